"""Report -> scores: structure, ownership, evidence and focus, each a sum of items, and the overall one.

An item holds one measured value against a band: within it the item has all its points, outside it fewer, on
a straight line down to none. `GAUGES` of `starl.gauges` lists the items; `docs/reference/scores.md` gives the
arithmetic. A score says how far an answer is built as advised, and nothing shows that it foretells more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import inf
from typing import Annotated

import numpy as np
from pydantic import Field

from starl.findings.facts import Facts, Floats, facts_of
from starl.gauges import GAUGES, SCORES, Gauge, Knots
from starl.profiles import Profile, Weights
from starl.report import Evidence, Frozen, Report
from starl.roles import STATUSES, Status
from starl.tokens import Bools

Points = Annotated[float, Field(ge=0, le=100)]

OK = STATUSES.index(Status.OK)
COARSE = 40
"""Words of a clause from which on it was hardly cut, as in speech without punctuation: it may tell of several
parts at once. An answer that mostly consists of such clauses has no score. Ours."""


class Item(Frozen):
    """One value held against a band."""

    name: str = Field(description="Name of the item, such as result.")
    points: Points = Field(description="Points it has.")
    of: Points = Field(description="Points at most.")
    value: float | None = Field(description="What was measured; None if it is not defined: no points.")
    none_below: float | None = Field(description="No points at or below this; None without a lower side.")
    low: float | None = Field(description="All points from here on; None without a lower side.")
    high: float | None = Field(description="All points up to here; None without an upper side.")
    none_above: float | None = Field(description="No points at or above this; None without an upper side.")
    least: Points = Field(description="Fewest points over the interval of the value; points if it has none.")
    most: Points = Field(description="Most points over the interval of the value; points if it has none.")
    rule: str | None = Field(description="Code of the rule that finds the fault; None if there is none.")
    evidence: tuple[Evidence, ...] = Field(description="The words that the value rests on, in order.")


class Score(Frozen):
    """A sum of items."""

    name: str
    points: Points = Field(description="Sum of the items' points.")
    of: Points = Field(description="Sum of the items' of: 100.")
    least: Points = Field(description="Sum of the items' least.")
    most: Points = Field(description="Sum of the items' most.")
    items: tuple[Item, ...]


class Grade(Frozen):
    """The scores of an answer, each of 100 points."""

    profile: str = Field(description="Name of the profile.")
    structure: Score
    ownership: Score
    evidence: Score
    focus: Score
    overall: Score = Field(description="The four scores as items, each times its weight.")
    weights: Weights


def points_of(value: Floats, knots: Knots, of: float) -> Floats:
    """Return the points of values, rounded to two digits; 0 where a value is not defined."""
    none_below, low, high, none_above = knots
    share = np.ones(np.shape(value))
    with np.errstate(divide="ignore", invalid="ignore"):
        if low > none_below:
            share = np.minimum(share, (value - none_below) / (low - none_below))
        if none_above > high:
            share = np.minimum(share, (none_above - value) / (none_above - high))
    share = np.where((value < none_below) | (value > none_above) | np.isnan(value), 0.0, share)
    return np.asarray(of * np.clip(share, 0, 1)).round(2)


@dataclass(frozen=True, eq=False)
class Grades:
    """The scores of a batch of answers as arrays; NaN for an answer without a score."""

    profile: Profile
    facts: Facts
    value: Floats
    """(n, n_gauges) what was measured; NaN where it is not defined."""
    points: Floats
    """(n, n_gauges) points of each item; NaN for an answer without a score."""
    scores: Floats
    """(n, 5) the four `SCORES`, then the overall one, in 0..100."""

    def __len__(self) -> int:
        return len(self.scores)

    @cached_property
    def shown(self) -> tuple[Bools, ...]:
        """The clauses that each gauge rests on, each of shape (n_clauses,)."""
        return tuple(gauge.shows(self.facts, self.profile) for gauge in GAUGES)

    def grade(self, i: int, report: Report) -> Grade | None:
        """Return the grade of answer ``i``, whose report is given for its clauses; None without one."""
        if np.isnan(self.scores[i, -1]):
            return None
        parts = {name: self._score(i, name, report) for name in SCORES}
        return Grade(
            profile=self.profile.name,
            overall=_overall(parts, self.profile.weights),
            weights=self.profile.weights,
            **parts,
        )

    def _score(self, i: int, name: str, report: Report) -> Score:
        items = [self._item(i, g, report) for g, gauge in enumerate(GAUGES) if gauge.score == name]
        return _sum(name, items)

    def _item(self, i: int, g: int, report: Report) -> Item:
        gauge, value, points = GAUGES[g], float(self.value[i, g]), float(self.points[i, g])
        knots = gauge.knots(self.profile)
        ends = [points, *_at_ends(gauge, knots, report)]
        bounds = {name: x if abs(x) < inf else None for name, x in knots._asdict().items()}
        return Item(
            name=gauge.name,
            points=points,
            of=gauge.of,
            value=None if np.isnan(value) else value,
            least=min(ends),
            most=max(ends),
            rule=gauge.rule,
            evidence=self._evidence(i, g, report),
            **bounds,
        )

    def _evidence(self, i: int, g: int, report: Report) -> tuple[Evidence, ...]:
        """Return the clauses that the value rests on; neighbours are one, unless clauses are counted."""
        first, last = self.facts.clauses.offsets[i : i + 2].tolist()
        at = np.flatnonzero(self.shown[g][first:last])
        runs = [at[c : c + 1] for c in range(len(at))]
        if not GAUGES[g].by_clause:
            runs = [run for run in np.split(at, np.flatnonzero(np.diff(at) > 1) + 1) if len(run)]
        return tuple(
            Evidence(start_char=report.clauses[run[0]].start_char, end_char=report.clauses[run[-1]].end_char)
            for run in runs
        )


def grade_all(facts: Facts, profile: Profile) -> Grades:
    """Score a batch of answers.

    Parameters
    ----------
    facts
        What was read in the answers. One that was refused has no score, nor has one that was hardly cut into
        clauses: all of it is NaN.
    profile
        The bands and the weights.
    """
    value = np.stack([gauge.value(facts, profile) for gauge in GAUGES], axis=1)  # (n, n_gauges)
    columns = zip(value.T, GAUGES, strict=True)
    points = np.stack([points_of(v, gauge.knots(profile), gauge.of) for v, gauge in columns], axis=1)
    points[(facts.status != OK) | is_coarse(facts)] = np.nan
    sums = np.stack([points[:, of].sum(axis=1) for of in _COLUMNS], axis=1).round(2)  # (n, 4)
    weights = np.array([getattr(profile.weights, name) for name in SCORES])
    overall = (sums * weights).round(2).sum(axis=1, keepdims=True).round(2)
    return Grades(profile, facts, value, points, np.concatenate([sums, overall], axis=1))


def is_coarse(facts: Facts) -> Bools:
    """Return which answers have half their words or more in clauses of `COARSE` words or more, shape (n,)."""
    words = facts.words(facts.measures.clause_words >= COARSE)
    coarse: Bools = 2 * words >= np.maximum(facts.measures.n_words, 1)
    return coarse


_COLUMNS = [[g for g, gauge in enumerate(GAUGES) if gauge.score == name] for name in SCORES]
"""Items of each score, as columns of `Grades.points`."""


def grade(report: Report, profile: Profile) -> Grade | None:
    """Score a report, which may have been saved; None for an answer that was refused or hardly cut.

    A pure function of the measured part of the report: its findings and profile are not read. It cuts the
    text into tokens anew, for which it loads spaCy.

    Parameters
    ----------
    report
        What was read in an answer.
    profile
        The bands and the weights.

    Examples
    --------
    >>> import starl
    >>> from starl.profiles import DEFAULT
    >>> grade(starl.load().analyze(""), DEFAULT) is None
    True
    """
    return grade_all(facts_of(report), profile).grade(0, report)


def lines_of(made: Grade) -> list[str]:
    """Return a grade as lines of text: the overall score, then each score with its items."""
    scores = (made.structure, made.ownership, made.evidence, made.focus)
    head = f"overall {made.overall.points:.0f} of 100, {_range(made.overall)}"
    weights = (getattr(made.weights, score.name) for score in scores)
    return [head, *(_line(score, weight) for score, weight in zip(scores, weights, strict=True))]


def _range(score: Score) -> str:
    return f"{score.least:.0f} to {score.most:.0f} as far as the shares may lie off"


def _line(score: Score, weight: float) -> str:
    items = ", ".join(
        f"{item.name.replace('_', ' ')} {item.points:.0f}/{item.of:.0f}" for item in score.items
    )
    return f"{score.name} {score.points:.0f}, counts {weight:.0%}: {items}"


def _at_ends(gauge: Gauge, knots: Knots, report: Report) -> list[float]:
    """Return the points at the ends of the value's interval, and where the band comes closest within it."""
    interval = report.balance and report.balance.interval
    if not interval or gauge.interval is None:
        return []
    low, high = getattr(interval, gauge.interval)
    at = np.clip([low, high, knots.low, knots.high], low, high)
    ends: list[float] = points_of(at, knots, gauge.of).tolist()
    return ends


def _sum(name: str, items: Sequence[Item]) -> Score:
    """Return the score of items: every number of it is the sum of theirs."""
    total = {
        key: round(sum(getattr(item, key) for item in items), 2) for key in ("points", "of", "least", "most")
    }
    return Score(name=name, items=tuple(items), **total)


def _overall(parts: Mapping[str, Score], weights: Weights) -> Score:
    """Return the overall score, whose items are the other scores, each times its weight."""
    return _sum("overall", [_weighted(score, getattr(weights, name)) for name, score in parts.items()])


def _weighted(score: Score, weight: float) -> Item:
    """Return a score as an item of the overall one: a straight line from 0 to 100."""
    return Item(
        name=score.name,
        points=_times(weight, score.points),
        of=_times(weight, score.of),
        value=score.points,
        none_below=0,
        low=100,
        high=None,
        none_above=None,
        least=_times(weight, score.least),
        most=_times(weight, score.most),
        rule=None,
        evidence=(),
    )


def _times(weight: float, points: float) -> float:
    return float(np.round(weight * points, 2))
