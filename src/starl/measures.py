"""Clauses, roles and deeds -> balance and ownership: plain counts, and shares one can redo by hand.

`docs/reference/measures.md` gives the formula, the range and the undefined case of each measure.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from starl.errors import ShapeError
from starl.report import (
    AgentCounts,
    Balance,
    Ownership,
    PronounCounts,
    RoleShares,
    RoleWords,
    ShareIntervals,
)
from starl.roles import AGENTS, ROLES, STORY_ROLES, Agent, Role
from starl.spans import words_by_clause

if TYPE_CHECKING:
    from starl.agents import Deeds
    from starl.clauses import Clauses
    from starl.tokens import Bools, Ints

N_ROLES, N_STORY, N_AGENTS = len(ROLES), len(STORY_ROLES), len(AGENTS)
ACTION, RESULT = ROLES.index(Role.ACTION), ROLES.index(Role.RESULT)
I, WE, OTHER, NONE = (AGENTS.index(agent) for agent in (Agent.I, Agent.WE, Agent.OTHER, Agent.NONE))  # noqa: E741

_PRONOUNS = (
    frozenset({"i", "me", "my", "mine", "myself"}),
    frozenset({"we", "us", "our", "ours", "ourselves"}),
    frozenset({"they", "them", "their", "theirs", "themselves", "themself"})
    | {"he", "him", "his", "himself", "she", "her", "hers", "herself"},
)


@dataclass(frozen=True, slots=True, eq=False)
class Measures:
    """The counts of a batch of answers; every share follows from them."""

    n_words: Ints
    """(n_answers,) words of the whole answer."""
    words: Ints
    """(n_answers, n_roles) words by role, in the order of `ROLES`; a row sums to ``n_words``."""
    deeds: Ints
    """(n_answers, 2, n_agents) deeds in action and in result, by agent in the order of `AGENTS`."""
    hidden: Ints
    """(n_answers,) deeds in action that nobody named does, or only the team does."""
    before_own: Ints
    """(n_answers,) story words before the first deed of the speaker, alone or with others; -1 if none."""
    pronouns: Ints
    """(n_answers, 3) counts of first person singular, first person plural and third person."""
    clause_words: Ints
    """(n_clauses,) words of each clause."""

    def __len__(self) -> int:
        return len(self.n_words)


def measure(clauses: Clauses, roles: Ints, deeds: Deeds) -> Measures:
    """Count words, deeds and pronouns of every answer in a batch.

    Deeds outside action and result do not count.

    Parameters
    ----------
    clauses
        The clauses of a batch of answers.
    roles : (n_clauses,)
        Index into `ROLES` of each clause.
    deeds
        Who did the deed of each clause.

    Raises
    ------
    ShapeError
        If roles or deeds do not have one value a clause.
    """
    n_clauses, n_answers = len(clauses), len(clauses.offsets) - 1
    if not roles.shape == deeds.agent.shape == deeds.team.shape == (n_clauses,):
        raise ShapeError(
            f"roles and deeds must have shape ({n_clauses},) to match the clauses, "
            f"got {roles.shape}, {deeds.agent.shape} and {deeds.team.shape}"
        )
    answer, n_words = clauses.answer, words_by_clause(clauses)
    key = answer * N_ROLES + roles
    words = np.bincount(key, weights=n_words, minlength=n_answers * N_ROLES).astype(np.int64)
    words = words.reshape(n_answers, N_ROLES)

    is_deed = ((roles == ACTION) | (roles == RESULT)) & (deeds.agent >= 0)  # (n_clauses,)
    key = (answer * 2 + (roles == RESULT)) * N_AGENTS + deeds.agent
    counts = np.bincount(key[is_deed], minlength=n_answers * 2 * N_AGENTS)

    hides = (deeds.agent == NONE) | ((deeds.agent == OTHER) & deeds.team)
    hidden = np.bincount(answer[hides & (roles == ACTION)], minlength=n_answers)
    return Measures(
        n_words=words.sum(axis=1),
        words=words,
        deeds=counts.reshape(n_answers, 2, N_AGENTS),
        hidden=hidden,
        before_own=_words_before(clauses, n_words * (roles < N_STORY), is_deed & (deeds.agent <= WE)),
        pronouns=count_pronouns(clauses),
        clause_words=n_words,
    )


def _words_before(clauses: Clauses, story_words: Ints, own: Bools) -> Ints:
    """Return the story words before the first own deed of each answer, or -1."""
    before = np.concatenate([[0], np.cumsum(story_words)])  # (n_clauses + 1,)
    out = np.full(len(clauses.offsets) - 1, -1, dtype=np.int64)
    at = np.flatnonzero(own)[::-1]  # the last one written is the first deed
    answer = clauses.answer[at]
    out[answer] = before[at] - before[clauses.offsets[answer]]
    return out


def count_pronouns(clauses: Clauses) -> Ints:
    """Count the pronouns of each answer, shape (n_answers, 3): I, we, they and their forms."""
    tokens = clauses.tokens
    n_answers = len(tokens.offsets) - 1
    kind = tokens.vocab.attribute(pronoun_kind)[tokens.ids]  # (n_tokens,)
    answer = np.repeat(np.arange(n_answers), np.diff(tokens.offsets))  # (n_tokens,)
    counted = kind >= 0
    key = answer[counted] * len(_PRONOUNS) + kind[counted]
    return np.bincount(key, minlength=n_answers * len(_PRONOUNS)).reshape(n_answers, len(_PRONOUNS))


def pronoun_kind(token: str) -> int:
    """Return 0 for I, 1 for we, 2 for they and their forms, -1 for any other token.

    ``US`` in capitals is the country.
    """
    if token == "US":
        return -1
    low = token.lower()
    return next((kind for kind, words in enumerate(_PRONOUNS) if low in words), -1)


def share(part: int, whole: int) -> float | None:
    """Return ``part / whole`` in 0..1, rounded to four digits; None if the whole is 0."""
    return round(part / whole, 4) if whole else None


def balance(measures: Measures, i: int, interval: ShareIntervals | None = None) -> Balance:
    """Return the balance of answer ``i`` of the batch, with how far its shares may lie off."""
    words = [int(n) for n in measures.words[i]]
    n_words, story, before = int(measures.n_words[i]), sum(words[:N_STORY]), int(measures.before_own[i])
    situation, task, action, result, _, other = words
    return Balance(
        n_words=n_words,
        words=RoleWords(**dict(zip(ROLES, words, strict=True))),
        share=RoleShares(**{role: round(n / story, 4) for role, n in zip(STORY_ROLES, words, strict=False)})
        if story
        else None,
        interval=interval if story else None,
        other_share=share(other, n_words),
        setting_share=share(situation + task, story),
        core_share=share(action + result, story),
        words_before_first_own_deed=before if before >= 0 else None,
    )


def ownership(measures: Measures, i: int) -> Ownership:
    """Return the ownership of answer ``i`` of the batch."""
    action, result = (
        AgentCounts(**{agent: int(n) for agent, n in zip(AGENTS, row, strict=True)})
        for row in measures.deeds[i]
    )
    first, plural, third = (int(n) for n in measures.pronouns[i])
    return Ownership(
        action=action,
        result=result,
        i_share=share(action.i, action.i + action.we),
        own_share=share(action.i, action.i + action.we + action.other + action.none),
        hidden_deeds=int(measures.hidden[i]),
        pronouns=PronounCounts(i=first, we=plural, they=third),
    )
