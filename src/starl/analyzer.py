"""The whole flow: texts in, reports or columns out."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice, repeat
from typing import Any

import numpy as np
import numpy.typing as npt

from starl import __version__
from starl.clauses import Clauses
from starl.emissions import Emissions, emit
from starl.errors import TextError
from starl.findings import RULES, judge
from starl.intervals import draw_paths, share_intervals
from starl.kinds import STATUSES, find_status, reason
from starl.lexicon import lists_digest
from starl.measures import Measures, balance, measure, ownership
from starl.model import DEFAULT_MODEL, Model, best_model, load_model
from starl.profiles import Profile, get_profile
from starl.report import Clause, Report, ShareIntervals
from starl.roles import AGENTS, ANSWER_TYPES, ROLES, STORY_ROLES, Role, Status
from starl.spans import answer_spans, merge
from starl.tokens import Ints, Tokenizer
from starl.viterbi import decode, marginals, pad

Floats = npt.NDArray[np.float64]

_END = object()
_STORY_DEEDS = np.array([role in (Role.ACTION, Role.RESULT) for role in ROLES])


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """All that was read in a batch of answers, as arrays."""

    emitted: Emissions
    roles: Ints  # (n_clauses,) index into ROLES
    confidence: Floats  # (n_clauses,)
    agents: Ints  # (n_clauses,) index into AGENTS, -1 for no deed
    measures: Measures
    types: Ints  # (n_answers,) index into ANSWER_TYPES, -1 for an empty answer
    status: Ints  # (n_answers,) index into STATUSES

    @property
    def clauses(self) -> Clauses:
        """The clauses that were read."""
        return self.emitted.clauses


@dataclass(frozen=True, slots=True, eq=False)
class Scores:
    """Columns for a corpus of answers: one row an answer, and one row a clause.

    Shares are NaN where a report has None: NumPy columns know no other way.
    """

    status: Ints  # (n_answers,) index into starl.kinds.STATUSES
    answer_type: Ints  # (n_answers,) index into starl.roles.ANSWER_TYPES, -1 for an empty answer
    n_words: Ints  # (n_answers,)
    words: Ints  # (n_answers, n_roles)
    deeds: Ints  # (n_answers, 2, n_agents) in action and in result
    hidden_deeds: Ints  # (n_answers,)
    words_before_first_own_deed: Ints  # (n_answers,) -1 if there is no own deed
    setting_share: Floats  # (n_answers,)
    core_share: Floats  # (n_answers,)
    i_share: Floats  # (n_answers,)
    clause_answer: Ints  # (n_clauses,)
    clause_start_char: Ints  # (n_clauses,)
    clause_end_char: Ints  # (n_clauses,)
    clause_role: Ints  # (n_clauses,)
    clause_agent: Ints  # (n_clauses,) -1 for no deed
    clause_confidence: Floats  # (n_clauses,)

    def __len__(self) -> int:
        return len(self.status)


class Analyzer:
    """Reads answers with one model and one profile.

    Parameters
    ----------
    model
        A loaded model.
    profile
        The limits that findings are judged by.
    """

    def __init__(self, model: Model, profile: Profile) -> None:
        self.model = model
        self.profile = profile
        self.tokenizer = Tokenizer()
        self.fingerprint = fingerprint(model, profile)
        self._heat = model.meta.scale * model.meta.temperature
        self._cooled = model.transitions.cooled(self._heat)

    def analyze(self, text: str, *, question: str | None = None) -> Report:
        """Return the report on one answer.

        Parameters
        ----------
        text
            The answer; may be empty.
        question
            The question it answers, kept in the report; an encoder model reads it before the answer.

        Raises
        ------
        TextError
            If the text is no string of valid Unicode.
        """
        return self._report(self.read([text], [question]), 0, text, question)

    def pipe(
        self,
        texts: Iterable[str],
        *,
        questions: Iterable[str | None] | None = None,
        batch_size: int = 256,
    ) -> Iterator[Report]:
        """Yield one report for each answer, in order, holding one batch in memory at a time.

        Parameters
        ----------
        texts
            Answers.
        questions
            One question (or None) for each answer; none at all if left out.
        batch_size
            Answers read at once; it never changes a report.

        Raises
        ------
        TextError
            If a text is no string of valid Unicode.
        ValueError
            If there are fewer or more questions than answers.
        """
        asked = repeat(None) if questions is None else iter(questions)
        n_read = 0
        for batch in batched(texts, batch_size):
            some = list(islice(asked, len(batch)))
            n_read += len(some)
            if len(some) < len(batch):
                raise ValueError(f"questions must hold one for each answer, got {n_read} for more answers")
            reading = self.read(batch, some)
            for i, (text, question) in enumerate(zip(batch, some, strict=True)):
                yield self._report(reading, i, text, question)
        if questions is not None and next(asked, _END) is not _END:
            raise ValueError(f"questions must hold one for each answer, got more than {n_read}")

    def score(self, texts: Iterable[str], *, batch_size: int = 1024) -> Scores:
        """Return columns for all answers, without building reports.

        Parameters
        ----------
        texts
            Answers.
        batch_size
            Answers read at once; it never changes a number.

        Raises
        ------
        TextError
            If a text is no string of valid Unicode.
        """
        readings = [self.read(batch) for batch in batched(texts, batch_size)]
        return columns(readings or [self.read([])])

    def read(self, texts: Sequence[str], questions: Sequence[str | None] | None = None) -> Reading:
        """Read a batch of answers at once: the flow of the whole package."""
        tokens = self.tokenizer(texts)
        emitted = emit(self.model, self.tokenizer, tokens, questions or [None] * len(texts))
        clauses, deeds = emitted.clauses, emitted.deeds
        roles, confidence = self.label(emitted)
        measures = measure(clauses, roles, deeds)
        status = find_status(tokens, emitted.types, measures, self.profile)
        agents = np.where(_STORY_DEEDS[roles], deeds.agent, -1)
        return Reading(emitted, roles, confidence, agents, measures, emitted.types, status)

    def label(self, emitted: Emissions) -> tuple[Ints, Floats]:
        """Return the role of each clause and the calibrated probability that it is right."""
        n_clauses = len(emitted.clauses)
        roles, confidence = np.zeros(n_clauses, dtype=np.int64), np.zeros(n_clauses)
        for index, mask in padded(emitted.clauses.offsets):
            scores, kinds = emitted.scores[index], emitted.opens_sentence[index]
            path = decode(scores, self.model.transitions, kinds, mask)[mask]
            probs = marginals(scores / self._heat, self._cooled, kinds, mask)[mask]
            roles[index[mask]] = path
            confidence[index[mask]] = probs[np.arange(len(path)), path]
        return roles, np.minimum(np.round(confidence, 4), 1.0)

    def intervals(self, reading: Reading, i: int) -> ShareIntervals | None:
        """Return how far the shares of answer ``i`` may lie from what was read, None without a story."""
        part = slice(reading.clauses.offsets[i], reading.clauses.offsets[i + 1])
        scores, kinds = reading.emitted.scores[part], reading.emitted.opens_sentence[part]
        paths = draw_paths(scores / self._heat, self._cooled, kinds)
        words = reading.measures.clause_words[part]
        ends = share_intervals(paths, words, len(ROLES), len(STORY_ROLES))
        if ends is None:
            return None
        read = np.bincount(reading.roles[part], weights=words, minlength=len(ROLES))[: len(STORY_ROLES)]
        told = np.append(read, read[:2].sum()) / max(read.sum(), 1)
        low = np.minimum(ends[:, 0], told.round(4)).tolist()
        high = np.maximum(ends[:, 1], told.round(4)).tolist()
        return ShareIntervals(
            **dict(zip((*STORY_ROLES, "setting"), zip(low, high, strict=True), strict=True))
        )

    def _report(self, reading: Reading, i: int, text: str, question: str | None) -> Report:
        clauses, first, last = reading.clauses, reading.clauses.offsets[i], reading.clauses.offsets[i + 1]
        status = STATUSES[reading.status[i]]
        kind = ANSWER_TYPES[reading.types[i]] if reading.types[i] >= 0 else None
        empty = status is Status.EMPTY
        part = Clauses(
            clauses.tokens, clauses.start[first : last + 1], np.zeros(last - first, dtype=np.int64),
            np.array([0, last - first]),
        )  # fmt: skip
        start, end = part.start_char.tolist(), part.end_char.tolist()
        roles, agents = reading.roles[first:last], reading.agents[first:last]
        confidence = reading.confidence[first:last]
        report = Report(
            starl_version=__version__,
            model=self.model.meta.label,
            profile=self.profile.name,
            fingerprint=self.fingerprint,
            status=status,
            status_reason=reason(status, kind, int(reading.measures.n_words[i])),
            answer_type=kind,
            question=question,
            text=text,
            clauses=tuple(
                Clause(
                    start_char=s, end_char=e, role=ROLES[r], agent=AGENTS[a] if a >= 0 else None, confidence=c
                )
                for s, e, r, a, c in zip(
                    start, end, roles.tolist(), agents.tolist(), confidence.tolist(), strict=True
                )
            ),
            spans=answer_spans(merge(part, roles, confidence), 0),
            balance=None if empty else balance(reading.measures, i, self.intervals(reading, i)),
            ownership=None if empty else ownership(reading.measures, i),
            findings=(),
        )
        return report.model_copy(update={"findings": judge(report, self.profile)})


def batched(texts: Iterable[str], size: int) -> Iterator[list[str]]:
    """Cut an iterable into lists of ``size``."""
    if isinstance(texts, str):
        raise TextError("texts must be an iterable of answers, got one str; wrap it in a list")
    if size < 1:
        raise ValueError(f"batch_size must be at least 1, got {size}")
    iterator = iter(texts)
    while batch := list(islice(iterator, size)):
        yield batch


def padded(offsets: Ints) -> Iterator[tuple[Ints, npt.NDArray[np.bool_]]]:
    """Yield groups of answers of like length as padded rows of clause indices, with their mask.

    Lengths within a group differ by at most a factor of two, so padding at most doubles the work.
    """
    size = np.diff(offsets)
    bucket = np.ceil(np.log2(np.maximum(size, 1))).astype(np.int64)
    for b in np.unique(bucket[size > 0]):
        answers = np.flatnonzero((bucket == b) & (size > 0))
        yield pad(offsets[answers], size[answers])


def columns(readings: Sequence[Reading]) -> Scores:
    """Join readings into columns."""

    def join(name: str) -> npt.NDArray[Any]:
        return np.concatenate([getattr(r, name) for r in readings])

    def joined(name: str) -> Ints:
        return np.concatenate([getattr(r.measures, name) for r in readings])

    words, deeds = joined("words"), joined("deeds")
    situation, task, action, result = words[:, :4].T
    own, shared = deeds[:, 0, 0], deeds[:, 0, 1]
    n_answers = np.cumsum([0, *(len(r.status) for r in readings)])
    return Scores(
        status=join("status"),
        answer_type=join("types"),
        n_words=joined("n_words"),
        words=words,
        deeds=deeds,
        hidden_deeds=joined("hidden"),
        words_before_first_own_deed=joined("before_own"),
        setting_share=ratio(situation + task, words[:, :5].sum(axis=1)),
        core_share=ratio(action + result, words[:, :5].sum(axis=1)),
        i_share=ratio(own, own + shared),
        clause_answer=np.concatenate(
            [r.clauses.answer + n for r, n in zip(readings, n_answers, strict=False)]
        ),
        clause_start_char=np.concatenate([r.clauses.start_char for r in readings]),
        clause_end_char=np.concatenate([r.clauses.end_char for r in readings]),
        clause_role=join("roles"),
        clause_agent=join("agents"),
        clause_confidence=join("confidence"),
    )


def ratio(part: Ints, whole: Ints) -> Floats:
    """Return ``part / whole`` rounded to four digits, NaN where the whole is 0."""
    out = np.full(len(part), np.nan)
    np.divide(part, whole, out=out, where=whole > 0)
    return out.round(4)


def fingerprint(model: Model, profile: Profile) -> str:
    """Hash what a report depends on beside the text: model, limits, rules, word lists, version."""
    rules = [(rule.code, rule.name, rule.message, rule.help) for rule in RULES]
    parts = (__version__, model.meta.digest, profile.model_dump_json(), repr(rules), lists_digest())
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


@lru_cache(maxsize=16)
def _shared(model: str, profile: str) -> Analyzer:
    return Analyzer(load_model(model), get_profile(profile))


def load(model: str = DEFAULT_MODEL, *, profile: str | Profile = "default") -> Analyzer:
    """Load a model and a profile.

    Parameters
    ----------
    model
        Name or path of a model; the small one unless told otherwise, since it reads a corpus some hundred
        times as fast.
    profile
        Name of a profile, or a `Profile` of your own.

    Raises
    ------
    ModelError
        If the model is missing, damaged or does not fit.
    ProfileError
        If there is no profile of that name.
    """
    return Analyzer(load_model(model), get_profile(profile) if isinstance(profile, str) else profile)


def analyze(
    text: str, *, question: str | None = None, profile: str | None = None, model: str | None = None
) -> Report:
    """Read one answer with the best model there is; it is loaded on the first call and kept.

    Parameters
    ----------
    text
        The answer; may be empty.
    question
        The question it answers, kept in the report.
    profile
        Name of a profile; ``default`` if None.
    model
        Name or path of a model. If None, ``en_starl_md`` where the extra ``encoder`` is installed, else
        ``en_starl_sm``; the report names the one that read.

    Returns
    -------
    Report
        See `starl.report`.

    Raises
    ------
    TextError
        If the text is no string of valid Unicode.
    ModelError
        If the model is missing, damaged or does not fit.
    ProfileError
        If there is no profile of that name.

    Examples
    --------
    >>> import starl
    >>> report = starl.analyze("")
    >>> report.status
    <Status.EMPTY: 'empty'>
    """
    return _shared(model or best_model(), profile or "default").analyze(text, question=question)
