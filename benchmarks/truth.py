"""What findings are held against: the traits an answer was written to have, and its gold labels.

Traits are what the writer of an answer set out to do and are not complete: a story may lack a learning
without saying so in its traits. So precision against traits is a lower bound, and a second figure holds
each finding against what the same rule finds when it is given the gold labels of the same answer: it
shows what the reading costs, and leaves the rule's own limits out of account.
"""

from __future__ import annotations

import re
from collections import Counter

from gold import Gold
from starl.report import (
    AgentCounts,
    Balance,
    Clause,
    Ownership,
    PronounCounts,
    Report,
    RoleShares,
    RoleWords,
    Span,
)
from starl.roles import AGENTS, ROLES, STORY_ROLES, AnswerType, Role, Status

TRAITS: dict[str, frozenset[str]] = {
    "situation-heavy": frozenset({"situation-heavy"}),
    "task-heavy": frozenset({"task-heavy"}),
    "no-situation": frozenset({"no-situation"}),
    "no-task": frozenset({"no-task"}),
    "no-action": frozenset({"no-action"}),
    "no-result": frozenset({"no-result"}),
    "no-learning": frozenset({"no-learning"}),
    "we-heavy": frozenset({"we-heavy"}),
    "hidden-agent": frozenset({"hidden-i", "passive"}),
    "vague-action": frozenset({"vague"}),
    "hypothetical": frozenset({"hypothetical"}),
    "too-short": frozenset({"terse"}),
    "too-long": frozenset({"rambling"}),
}
"""Finding -> traits, any of which it should tell of. late-action has no trait of its own."""

_TEAM = re.compile(r"\b(?:the|my|our)(?: whole| entire)? team\b", re.IGNORECASE)
_PRONOUNS = (
    frozenset(["i", "me", "my", "mine", "myself"]),
    frozenset(["we", "us", "our", "ours", "ourselves"]),
    frozenset(
        [
            "they",
            "them",
            "their",
            "theirs",
            "themselves",
            "he",
            "him",
            "his",
            "himself",
            "she",
            "her",
            "hers",
            "herself",
        ]
    ),
)


def has_trait(gold: Gold, finding: str) -> bool | None:
    """Tell whether the answer was written to have what the finding tells of, None if nothing says so."""
    if gold.traits is None:
        return None
    if finding == "unquantified-result":
        has_result = bool((gold.units.role == ROLES.index(Role.RESULT)).any())
        return has_result and "quantified" not in gold.traits
    return bool(gold.traits & TRAITS[finding]) if finding in TRAITS else None


def gold_report(gold: Gold) -> Report:
    """Build the report that a faultless reading of the answer would give, without findings."""
    units = gold.units
    clauses = tuple(
        Clause(
            start_char=start,
            end_char=end,
            role=ROLES[role],
            agent=AGENTS[agent] if agent >= 0 else None,
            confidence=1.0,
        )
        for start, end, role, agent in zip(
            units.start.tolist(), units.end.tolist(), units.role.tolist(), units.agent.tolist(), strict=True
        )
    )
    n_words = [_count_words(gold.text[c.start_char : c.end_char]) for c in clauses]
    type_ = AnswerType(gold.type) if gold.type else AnswerType.STORY
    return Report(
        starl_version="0",
        model="gold",
        profile="default",
        fingerprint="",
        status=Status.OK if type_ is AnswerType.STORY else Status.NOT_A_STORY,
        status_reason=None,
        answer_type=type_,
        question=gold.question,
        text=gold.text,
        clauses=clauses,
        spans=_spans(clauses, n_words),
        balance=_balance(clauses, n_words),
        ownership=_ownership(gold.text, clauses),
        findings=(),
    )


def _count_words(text: str) -> int:
    return sum(any(map(str.isalnum, chunk)) for chunk in text.split())


def _spans(clauses: tuple[Clause, ...], n_words: list[int]) -> tuple[Span, ...]:
    runs: list[tuple[Role, int, int, int]] = []
    last = None
    for clause, n in zip(clauses, n_words, strict=True):
        if clause.role is last and runs:
            role, start, _, words = runs.pop()
            runs.append((role, start, clause.end_char, words + n))
        else:
            runs.append((clause.role, clause.start_char, clause.end_char, n))
        last = clause.role
    return tuple(
        Span(start_char=start, end_char=end, role=role, n_words=words, confidence=1.0)
        for role, start, end, words in runs
        if role is not Role.OTHER
    )


def _balance(clauses: tuple[Clause, ...], n_words: list[int]) -> Balance:
    words: Counter[Role] = Counter()
    before: int | None = None
    for clause, n in zip(clauses, n_words, strict=True):
        own = clause.role in (Role.ACTION, Role.RESULT) and clause.agent in AGENTS[:2]
        if before is None and own:
            before = sum(words[role] for role in STORY_ROLES)
        words[clause.role] += n
    total, story = sum(words.values()), sum(words[role] for role in STORY_ROLES)

    def share(*roles: Role) -> float | None:
        return round(sum(words[role] for role in roles) / story, 4) if story else None

    return Balance(
        n_words=total,
        words=RoleWords(**{role.value: words[role] for role in ROLES}),
        share=RoleShares(**{role.value: share(role) for role in STORY_ROLES}) if story else None,
        other_share=round(words[Role.OTHER] / total, 4) if total else None,
        setting_share=share(Role.SITUATION, Role.TASK),
        core_share=share(Role.ACTION, Role.RESULT),
        words_before_first_own_deed=before,
    )


def _ownership(text: str, clauses: tuple[Clause, ...]) -> Ownership:
    deeds = {
        role: Counter(c.agent for c in clauses if c.role is role and c.agent is not None)
        for role in (Role.ACTION, Role.RESULT)
    }
    action = AgentCounts(**{a.value: deeds[Role.ACTION][a] for a in AGENTS})
    teams = sum(
        c.role is Role.ACTION and c.agent is AGENTS[2] and bool(_TEAM.search(text, c.start_char, c.end_char))
        for c in clauses
    )
    total = action.i + action.we + action.other + action.none
    low = re.findall(r"[a-z]+", text.lower())
    first, plural, third = (sum(word in words for word in low) for words in _PRONOUNS)
    return Ownership(
        action=action,
        result=AgentCounts(**{a.value: deeds[Role.RESULT][a] for a in AGENTS}),
        i_share=round(action.i / (action.i + action.we), 4) if action.i + action.we else None,
        own_share=round(action.i / total, 4) if total else None,
        hidden_deeds=action.none + teams,
        pronouns=PronounCounts(i=first, we=plural, they=third),
    )
