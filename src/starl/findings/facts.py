"""What rules look at: all that was read in a batch of answers, as arrays.

``n`` stands for the number of answers. A mask over clauses says which of them are meant; the answers are told
apart by the offsets of the clauses, so nothing here loops over them.
"""

from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from starl.clauses import Clauses
from starl.findings.automaton import Found
from starl.findings.phrases import Phrases
from starl.findings.wording import book
from starl.measures import N_AGENTS, N_ROLES, N_STORY, Measures
from starl.profiles import Profile
from starl.report import Report
from starl.roles import AGENTS, ANSWER_TYPES, ROLES, STATUSES, Role, Status
from starl.spans import words_by_clause
from starl.tokens import Bools, Ints, Tokenizer, Tokens

Floats = npt.NDArray[np.float64]

SITUATION, TASK, ACTION, RESULT, LEARNING = (ROLES.index(role) for role in ROLES[:N_STORY])


@dataclass(frozen=True, eq=False)
class Facts:
    """A batch of answers with all that was read in them.

    Its arrays are worked out once and shared by all rules, so no rule changes one in place.
    """

    clauses: Clauses
    roles: Ints
    """(n_clauses,) index into `ROLES`."""
    agents: Ints
    """(n_clauses,) index into `AGENTS`, -1 where no deed is told or it does not count."""
    confidence: Floats
    """(n_clauses,) calibrated probability that the role is right, rounded to four digits."""
    measures: Measures
    types: Ints
    """(n,) index into `ANSWER_TYPES`, -1 for an empty answer."""
    status: Ints
    """(n,) index into `ROW_STATUSES`."""
    _sure: dict[tuple[int, float], Bools] = field(default_factory=dict, init=False, repr=False)

    def __len__(self) -> int:
        return len(self.status)

    @property
    def tokens(self) -> Tokens:
        """The tokens of the batch."""
        return self.clauses.tokens

    @cached_property
    def found(self) -> Found:
        """Every place where one of the phrases of `starl.findings.wording` stands."""
        return book().find(self.clauses)

    @cached_property
    def story_words(self) -> Ints:
        """Words of the story, all but role other, shape (n,)."""
        total: Ints = self.measures.words[:, :N_STORY].sum(axis=1)
        return total

    @cached_property
    def share(self) -> Floats:
        """Share of each role in the words of the story, then of the setting, (n, 6); NaN without a story."""
        words = np.concatenate([self.measures.words[:, :N_STORY], self.setting_words[:, None]], axis=1)
        return share_of(words, self.story_words[:, None])

    @property
    def setting_share(self) -> Floats:
        """Share of situation and task in the words of the story, shape (n,); NaN without a story."""
        return self.share[:, N_STORY]

    @cached_property
    def setting_words(self) -> Ints:
        """Words of situation and task, shape (n,)."""
        total: Ints = self.measures.words[:, SITUATION] + self.measures.words[:, TASK]
        return total

    @cached_property
    def sure_words(self) -> Floats:
        """Confidence of the clauses times their words, summed by answer, shape (n,)."""
        weights = self.measures.clause_words * self.confidence
        total: Floats = np.bincount(self.clauses.answer, weights=weights, minlength=len(self)).astype(float)
        return total

    @cached_property
    def n_clauses(self) -> Ints:
        """Clauses of each role, shape (n, 6)."""
        key = self.clauses.answer * N_ROLES + self.roles
        return np.bincount(key, minlength=len(self) * N_ROLES).reshape(len(self), N_ROLES)

    @cached_property
    def nth(self) -> Ints:
        """Place of each clause in its answer, from 0, shape (n_clauses,)."""
        return np.arange(len(self.clauses)) - self.clauses.offsets[self.clauses.answer]

    @cached_property
    def in_second_half(self) -> Bools:
        """Whether a clause is in the second half of its answer, the middle one with it, (n_clauses,)."""
        half = np.diff(self.clauses.offsets) // 2
        second: Bools = self.nth >= half[self.clauses.answer]
        return second

    def is_sure(self, profile: Profile) -> Bools:
        """Whether the story is long enough, and the roles sure enough, to call a part missing, shape (n,)."""
        limits = profile.part_words, profile.min_confidence
        if limits not in self._sure:
            sure = self.sure_words >= profile.min_confidence * self.measures.n_words
            self._sure[limits] = sure & (self.story_words >= profile.part_words)
        return self._sure[limits]

    def holds(self, phrases: Phrases) -> Bools:
        """Return which clauses hold one of the phrases, shape (n_clauses,)."""
        return self.found.holds(phrases)

    def opens(self, phrases: Phrases) -> Bools:
        """Return which clauses begin with one of the phrases, shape (n_clauses,)."""
        return self.found.opens(phrases)

    def count(self, clauses: Bools) -> Ints:
        """Count the clauses of a mask by answer, shape (n,)."""
        return np.bincount(self.clauses.answer[clauses], minlength=len(self))

    def has(self, clauses: Bools) -> Bools:
        """Return which answers have a clause of a mask, shape (n,)."""
        out = np.zeros(len(self), dtype=bool)
        out[self.clauses.answer[clauses]] = True
        return out

    def words(self, clauses: Bools) -> Ints:
        """Count the words of the clauses of a mask by answer, shape (n,)."""
        weights = self.measures.clause_words[clauses]
        total = np.bincount(self.clauses.answer[clauses], weights=weights, minlength=len(self))
        return total.astype(np.int64)

    def so_far(self, clauses: Bools) -> Ints:
        """Count the clauses of a mask in the answer up to each clause, itself with them, (n_clauses,)."""
        total = np.concatenate([[0], np.cumsum(clauses)])
        before: Ints = total[self.clauses.offsets[:-1]]
        return total[1:] - before[self.clauses.answer]

    def last(self, clauses: Bools) -> Ints:
        """Return the last clause of a mask in each answer, a number past all clauses without one, (n,)."""
        out = np.full(len(self), len(self.clauses))
        at = np.flatnonzero(clauses)
        out[self.clauses.answer[at]] = at
        return out


def share_of(part: npt.NDArray[Any], whole: npt.NDArray[Any]) -> Floats:
    """Return ``part / whole`` in 0..1, rounded to four digits as Python rounds; NaN where the whole is 0."""
    exact = part / np.where(whole > 0, whole, np.nan)
    scaled = exact * 1e4
    near = np.rint(scaled)
    rounded = near / 1e4
    tie = np.abs(scaled - near) > 0.4999999  # the product is off in the last bit, which decides here
    if tie.any():
        for at in zip(*tie.nonzero(), strict=True):
            rounded[at] = round(float(exact[at]), 4)
    return rounded


def facts_of(report: Report) -> Facts:
    """Return the facts of one answer from its report, which may have been saved; loads spaCy.

    A report without measures is one of an empty answer.
    """
    tokens = shared_tokenizer()([report.text])
    at = [clause.start_char for clause in report.clauses]
    clauses = Clauses(
        tokens=tokens,
        start=np.append(np.searchsorted(tokens.start_char, at), len(tokens)),
        answer=np.zeros(len(at), dtype=np.int64),
        offsets=np.array([0, len(at)]),
    )
    roles = [_ROLE[clause.role] for clause in report.clauses]
    agents = [
        _AGENT[clause.agent] if r in (ACTION, RESULT) else -1
        for clause, r in zip(report.clauses, roles, strict=True)
    ]
    told = report.balance is not None and report.ownership is not None
    return Facts(
        clauses=clauses,
        roles=np.array(roles, dtype=np.int64),
        agents=np.array(agents, dtype=np.int64),
        confidence=np.array([clause.confidence for clause in report.clauses], dtype=np.float64),
        measures=_measures_of(report, clauses),
        types=np.array([-1 if report.answer_type is None else ANSWER_TYPES.index(report.answer_type)]),
        status=np.array([STATUSES.index(report.status if told else Status.EMPTY)]),
    )


_ROLE: dict[Role, int] = {role: i for i, role in enumerate(ROLES)}
_AGENT: dict[Any, int] = {None: -1, **{agent: i for i, agent in enumerate(AGENTS)}}


def _measures_of(report: Report, clauses: Clauses) -> Measures:
    """Return the measures of a report as those of a batch of one."""
    balance, ownership = report.balance, report.ownership
    words = [getattr(balance.words, role) for role in ROLES] if balance else [0] * N_ROLES
    before = balance.words_before_first_own_deed if balance else None
    counts = (ownership.action, ownership.result) if ownership else ()
    deeds = [getattr(count, agent) for count in counts for agent in AGENTS] or [0] * 2 * N_AGENTS
    told = ownership.pronouns if ownership else None
    return Measures(
        n_words=np.array([balance.n_words if balance else 0]),
        words=np.array([words]),
        deeds=np.array(deeds).reshape(1, 2, N_AGENTS),
        hidden=np.array([ownership.hidden_deeds if ownership else 0]),
        before_own=np.array([-1 if before is None else before]),
        pronouns=np.array([[told.i, told.we, told.they] if told else [0, 0, 0]]),
        clause_words=words_by_clause(clauses),
    )


@cache
def shared_tokenizer() -> Tokenizer:
    """Return the tokenizer that reports and single texts are read with."""
    return Tokenizer()
