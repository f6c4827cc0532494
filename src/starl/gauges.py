"""The items that scores are made of, as data: what is measured, and the band it is held against.

Who acts moves ownership alone. Names, quotation marks and capitals count nowhere: they depend on spelling,
and names on where a speaker comes from.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import inf
from typing import NamedTuple

import numpy as np

from starl.findings.facts import ACTION, LEARNING, RESULT, SITUATION, TASK, Facts, Floats, share_of
from starl.findings.ownership import opens_with_team
from starl.findings.wording import MEASURED, QUANTITY, VAGUE, WOULD
from starl.measures import NONE, WE, I
from starl.measures import OTHER as OTHERS
from starl.profiles import Profile
from starl.roles import ROLES, Role
from starl.tokens import Bools

SCORES = ("structure", "ownership", "evidence", "focus")
"""The scores that the overall one is made of."""
ASIDE = ROLES.index(Role.OTHER)

LEARNING_SHARE = 0.05
"""Share of the story from which on learning has all its points. Ours: a sentence in two hundred words."""
RESULT_FIGURES = 2
"""Clauses with a figure on the outcome from which on there are no more points. Ours."""
ACTION_FIGURES = 0.25
"""Share of the action told with figures from which on there are no more points. Ours."""
WOULD_FREE = 0.15
"""Share of words beside "would" up to which focus loses nothing: plans and questions retold. Ours."""
ASIDE_FREE, ASIDE_MOST = 0.10, 0.50
"""Share of words outside the story up to which focus loses nothing, and from which on all. Ours."""


class Knots(NamedTuple):
    """Where the points of an item begin, are full, and end; an open end is infinite."""

    none_below: float
    low: float
    high: float
    none_above: float


@dataclass(frozen=True, slots=True)
class Gauge:
    """One item of a score, as data."""

    score: str
    name: str
    of: int
    """Points at most; those of a score sum to 100."""
    rule: str | None
    """Code of the rule that finds the fault; None if there is none."""
    knots: Callable[[Profile], Knots]
    value: Callable[[Facts, Profile], Floats]
    """What is measured, shape (n,); NaN where it is not defined, which has no points."""
    shows: Callable[[Facts, Profile], Bools]
    """Clauses that the value rests on, shape (n_clauses,)."""
    interval: str | None = None
    """Field of `ShareIntervals` that says how far the value may lie off."""
    by_clause: bool = False
    """Whether clauses are counted, rather than their words."""


def from_low(low: float) -> Knots:
    """Return the knots of a value that should reach a limit."""
    return Knots(0.0, low, inf, inf)


def to_high(high: float, none: float) -> Knots:
    """Return the knots of a value that should stay within a limit."""
    return Knots(-inf, -inf, high, none)


def _least(profile: Profile, *roles: Role) -> float:
    """Return the least share that is advised for parts together; 0 for one without a band."""
    return sum(profile.bands.get(role, (0.0, 0.0))[0] for role in roles)


def _setting(profile: Profile) -> Knots:
    """Full between what is advised at least and `setting_note`, half at `setting_warning`."""
    low = min(_least(profile, Role.SITUATION, Role.TASK), profile.setting_note)
    return Knots(0.0, low, profile.setting_note, 2 * profile.setting_warning - profile.setting_note)


def _enough(profile: Profile) -> Knots:
    low = profile.advised_words[0]
    return Knots(min(profile.refuse_words, low), low, inf, inf)


def _not_too_many(profile: Profile) -> Knots:
    high = profile.advised_words[1]
    return to_high(high, max(profile.long_warning, high))


def _vague(facts: Facts) -> Bools:
    vague: Bools = (facts.roles == ACTION) & facts.holds(VAGUE) & ~facts.holds(QUANTITY)
    return vague


def _of_action(facts: Facts, clauses: Bools) -> Floats:
    """Return the share of some clauses of action in all its words, shape (n,)."""
    return share_of(facts.words(clauses), facts.measures.words[:, ACTION])


def _counted_action(facts: Facts) -> Bools:
    counted: Bools = (facts.roles == ACTION) & facts.holds(QUANTITY)
    return counted


def _outcome_figures(facts: Facts) -> Bools:
    """Return which clauses of the result hold a figure, or of the story say by how much something changed."""
    measured = (facts.roles != ASIDE) & facts.holds(MEASURED)
    figures: Bools = measured | ((facts.roles == RESULT) & facts.holds(QUANTITY))
    return figures


def _i_share(facts: Facts) -> Floats:
    deeds = facts.measures.deeds[:, 0]
    return share_of(deeds[:, I], deeds[:, I] + deeds[:, WE])


def _hidden_share(facts: Facts) -> Floats:
    return share_of(facts.measures.hidden, facts.measures.deeds[:, 0].sum(axis=1))


def _before_own(facts: Facts) -> Floats:
    """Return the share of the story before the first own deed, all of it if there is none, shape (n,)."""
    before = facts.measures.before_own
    return share_of(np.where(before < 0, facts.story_words, before), facts.story_words)


def _acts(facts: Facts, *agents: int) -> Bools:
    deeds: Bools = (facts.roles == ACTION) & np.isin(facts.agents, agents)
    return deeds


def _hidden(facts: Facts) -> Bools:
    """Return which deeds are hidden, shape (n_clauses,); only read for evidence.

    Those of nobody, and as many of others as were counted: the ones that name the speaker's group first.
    """
    out, others = _acts(facts, NONE), _acts(facts, OTHERS)
    n_team = facts.measures.hidden - facts.count(out)
    for i in np.flatnonzero(n_team > 0).tolist():
        first, last = facts.clauses.offsets[i : i + 2].tolist()
        deeds = first + np.flatnonzero(others[first:last])
        deeds = sorted(deeds.tolist(), key=lambda clause: not opens_with_team(_text(facts, clause)))
        out[deeds[: n_team[i]]] = True
    return out


def _text(facts: Facts, clause: int) -> str:
    clauses = facts.clauses
    text = facts.tokens.texts[clauses.answer[clause]]
    return str(text)[clauses.start_char[clause] : clauses.end_char[clause]]


def _before_own_deed(facts: Facts) -> Bools:
    """Return which clauses of the story stand before the first own deed, shape (n_clauses,)."""
    own = (facts.agents >= 0) & (facts.agents <= WE)
    before: Bools = (facts.so_far(own) == 0) & (facts.roles != ASIDE)
    return before


def _part(role: int, of: int, rule: str, knots: Callable[[Profile], Knots]) -> Gauge:
    """Return the item of the share of one part in the story."""
    return Gauge(
        score="structure",
        name=ROLES[role].value,
        of=of,
        rule=rule,
        knots=knots,
        value=lambda facts, _: facts.share[:, role],
        shows=lambda facts, _: facts.roles == role,
        interval=ROLES[role].value,
    )


GAUGES: tuple[Gauge, ...] = (
    Gauge(
        "structure",
        "setting",
        20,
        "BAL001",
        _setting,
        value=lambda facts, _: facts.setting_share,
        shows=lambda facts, _: (facts.roles == SITUATION) | (facts.roles == TASK),
        interval="setting",
    ),
    _part(TASK, 10, "PRT002", lambda profile: from_low(_least(profile, Role.TASK))),
    _part(ACTION, 35, "PRT003", lambda profile: from_low(_least(profile, Role.ACTION))),
    _part(RESULT, 25, "PRT004", lambda profile: from_low(_least(profile, Role.RESULT))),
    _part(LEARNING, 10, "PRT005", lambda profile: from_low(LEARNING_SHARE)),
    Gauge(
        "ownership",
        "i_share",
        50,
        "OWN001",
        lambda profile: from_low(profile.i_note),
        value=lambda facts, _: _i_share(facts),
        shows=lambda facts, _: _acts(facts, I, WE),
        by_clause=True,
    ),
    Gauge(
        "ownership",
        "hidden_share",
        35,
        "OWN002",
        lambda profile: to_high(profile.hidden_note, 2 * profile.hidden_warning - profile.hidden_note),
        value=lambda facts, _: _hidden_share(facts),
        shows=lambda facts, _: _hidden(facts),
        by_clause=True,
    ),
    Gauge(
        "ownership",
        "before_own_deed",
        15,
        "BAL003",
        lambda profile: to_high(profile.late_note, 1.0),
        value=lambda facts, _: _before_own(facts),
        shows=lambda facts, _: _before_own_deed(facts),
    ),
    Gauge(
        "evidence",
        "result_figures",
        35,
        "EVD001",
        lambda profile: from_low(RESULT_FIGURES),
        value=lambda facts, _: facts.count(_outcome_figures(facts)).astype(float),
        shows=lambda facts, _: _outcome_figures(facts),
        by_clause=True,
    ),
    Gauge(
        "evidence",
        "action_figures",
        25,
        None,
        lambda profile: from_low(ACTION_FIGURES),
        value=lambda facts, _: _of_action(facts, _counted_action(facts)),
        shows=lambda facts, _: _counted_action(facts),
    ),
    Gauge(
        "evidence",
        "stock_phrases",
        40,
        "EVD002",
        lambda profile: to_high(0.0, profile.vague_warning),
        value=lambda facts, _: _of_action(facts, _vague(facts)),
        shows=lambda facts, _: _vague(facts),
    ),
    Gauge(
        "focus",
        "enough_story",
        20,
        "LEN001",
        _enough,
        value=lambda facts, _: facts.story_words.astype(float),
        shows=lambda facts, _: facts.roles != ASIDE,
    ),
    Gauge(
        "focus",
        "not_too_many_words",
        20,
        "LEN002",
        _not_too_many,
        value=lambda facts, _: facts.measures.n_words.astype(float),
        shows=lambda facts, _: facts.roles >= 0,
    ),
    Gauge(
        "focus",
        "outside_story",
        30,
        None,
        lambda profile: to_high(ASIDE_FREE, ASIDE_MOST),
        value=lambda facts, _: share_of(facts.measures.words[:, ASIDE], facts.measures.n_words),
        shows=lambda facts, _: facts.roles == ASIDE,
    ),
    Gauge(
        "focus",
        "would",
        30,
        "TYP001",
        lambda profile: to_high(min(WOULD_FREE, profile.hypothetical_share), profile.hypothetical_share),
        value=lambda facts, _: share_of(facts.words(facts.holds(WOULD)), facts.measures.n_words),
        shows=lambda facts, _: facts.holds(WOULD),
    ),
)
"""Every item, by score."""
