"""Scored rows -> what one wants to know of them first: how they spread, how often each finding is found.

Everything but the counts of rows is about *judged* answers, those whose status is ok. The same rows give the
same summary in whatever batches and order they come.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from math import floor, sqrt
from typing import Any

import numpy as np
from pydantic import Field

from starl.columns import needed
from starl.findings import RULES
from starl.profiles import DEFAULT, PROFILES, Profile
from starl.report import AgentCounts, Count, Frozen, Interval, Share
from starl.roles import AGENTS, ANSWER_TYPES, ROW_STATUSES, SEVERITIES, STATUSES, Severity, Status
from starl.summary.tally import DIGITS, MEASURES, WORDS, Counts, Longs, Tally

SUMMARY_VERSION = "1"
SHOWN_GROUPS = 20
"""Groups beyond this number are joined, the smallest ones."""
FEW = 30
"""A group with fewer judged answers says little."""
_Z = 1.959964  # of 95 % of a normal distribution
_SHARE_BINS = 40
_WORD_BINS = 40
_WORD_WIDTHS = (5, 10, 25, 50, 100, 250)
_QUANTILES = {"p5": (1, 20), "q1": (1, 4), "median": (1, 2), "q3": (3, 4), "p95": (19, 20)}


class Rate(Frozen):
    """How many of some answers have something."""

    n: Count
    of: Count
    share: Share | None = Field(description="n / of; None of nothing.")
    interval: Interval | None = Field(description="95 % interval of the share by Wilson; None of nothing.")


class Histogram(Frozen):
    """Answers by value, in bins of one width."""

    width: float = Field(gt=0, description="Width of a bin; the first begins at 0.")
    counts: tuple[Count, ...] = Field(description="Answers in each bin; the last holds all above it too.")


class Distribution(Frozen):
    """How a measure spreads over answers. All is None if no answer has it."""

    n: Count = Field(description="Answers that have the measure.")
    mean: float | None
    sd: float | None = Field(description="Standard deviation; None of fewer than two.")
    mean_interval: tuple[float, float] | None = Field(
        description="95 % interval of the mean by its standard error; None of fewer than two."
    )
    p5: float | None = Field(description="5 % of the answers lie below; quantiles as NumPy's default.")
    q1: float | None
    median: float | None
    q3: float | None
    p95: float | None
    advised: tuple[float, float] | None = Field(
        description="What the profile advises, or the limit beyond which it notes; None if it says nothing."
    )
    below: Count | None = Field(description="Answers under what is advised.")
    within: Count | None
    above: Count | None
    histogram: Histogram


class FindingRate(Frozen):
    """How often a rule finds something in judged answers."""

    code: str
    name: str
    found: Rate
    by_severity: dict[Severity, Rate]


class Answers(Frozen):
    """Some answers, counted."""

    rows: Count = Field(description="All rows.")
    read: Count = Field(description="Rows with an answer that could be read; it may be empty.")
    judged: Count = Field(description="Answers with the status ok.")
    by_status: dict[str, Count] = Field(description="Rows by status.")
    by_answer_type: dict[str, Count] = Field(description="Answers read, by what kind of text they are.")
    measures: dict[str, Distribution] = Field(description="By name of the column; of judged answers.")
    deeds: AgentCounts = Field(description="Deeds in action of all judged answers.")
    hidden: Rate = Field(description="Answers with a hidden deed, of those with a deed in action.")
    to_mend: Rate = Field(description="Answers with a note or a warning.")
    warned: Rate = Field(description="Answers with a warning.")
    findings: tuple[FindingRate, ...] = Field(description="All rules, the most frequent first.")


class Group(Frozen):
    """The answers of one group."""

    name: str | None = Field(description="Value of the column; None for no value and for joined groups.")
    n_joined: Count = Field(description="How many small groups are joined in this one; 0 for a group.")
    answers: Answers

    @property
    def label(self) -> str:
        """What the group is called."""
        if self.n_joined:
            return f"other groups ({self.n_joined})"
        return "(none)" if self.name is None else self.name


class Summary(Frozen):
    """What scored rows hold."""

    summary_version: str = Field(default=SUMMARY_VERSION, description="Version of this schema.")
    profile: str = Field(description="Name of the profile whose advice the shares are held against.")
    by: str | None = Field(description="The column of the groups; None if there are none.")
    answers: Answers = Field(description="All of them.")
    groups: tuple[Group, ...] = Field(description="In order of their names, joined ones last.")
    fingerprints: dict[str, Count] = Field(description="Rows by fingerprint of model, settings and rules.")
    warnings: tuple[str, ...] = Field(description="What to know before comparing numbers.")


def summarize(tables: Iterable[Any], by: str | None = None, profile: Profile | None = None) -> Summary:
    """Count scored rows and return their summary.

    Parameters
    ----------
    tables
        Tables, batches or frames with the columns of `starl.columns.answer_schema`: whatever Arrow takes,
        `Scores` among it. One is in memory at a time.
    by
        Name of a further column to group by; the 20 largest groups stand alone, the others are joined.
    profile
        Whose advice the shares are held against; if None, the one that the rows were judged by, or the
        default where that is none of starl's own.

    Raises
    ------
    ColumnError
        If a column is missing or holds what scores do not.
    ExtraError
        If pyarrow is missing.

    Examples
    --------
    >>> import starl
    >>> scores = starl.load().score(["", "We were late. I rang the client."])
    >>> summarize([scores]).answers.by_status["empty"]
    1
    """
    tally = Tally(by)
    pa = needed("pyarrow")
    for rows in tables:
        for batch in [rows] if isinstance(rows, pa.RecordBatch) else pa.table(rows).to_batches():
            tally.add(batch)
    return summary_of(tally, profile)


def summary_of(tally: Tally, profile: Profile | None = None) -> Summary:
    """Return what counts say."""
    if profile is None:
        [(name, _)] = tally.profiles.most_common(1) or [(DEFAULT.name, 0)]
        profile = PROFILES.get(name, DEFAULT)
    total = tally.counts.joined(range(len(tally.counts)))
    width = _word_width(total.value[0, MEASURES.index(WORDS)])
    groups = tuple(
        Group(name=name, n_joined=n_joined, answers=_answers(tally.counts.joined(at), profile, width))
        for name, n_joined, at in _shown(tally)
    )
    answers = _answers(total, profile, width)
    fingerprints = dict(sorted(tally.fingerprints.items()))
    return Summary(
        profile=profile.name,
        by=tally.by,
        answers=answers,
        groups=groups,
        fingerprints=fingerprints,
        warnings=tuple(_warnings(answers, len(fingerprints))),
    )


def _warnings(answers: Answers, n_fingerprints: int) -> Iterable[str]:
    if n_fingerprints > 1:
        yield f"rows of {n_fingerprints} different models or settings are mixed; their numbers do not compare"
    if answers.rows and not answers.judged:
        yield "no answer could be judged"


def _shown(tally: Tally) -> list[tuple[str | None, int, list[int]]]:
    """Return name, number joined and indices of the groups to show, in order."""
    rows = tally.counts.status.sum(axis=1)
    largest = sorted(tally.groups.items(), key=lambda group: (-rows[group[1]], natural(group[0])))
    n = len(largest) if len(largest) <= SHOWN_GROUPS else SHOWN_GROUPS
    alone = sorted(largest[:n], key=lambda group: natural(group[0]))
    shown: list[tuple[str | None, int, list[int]]] = [(name, 0, [at]) for name, at in alone]
    rest = sorted(at for _, at in largest[n:])
    return [*shown, (None, len(rest), rest)] if rest else shown


def natural(name: str | None) -> tuple[Any, ...]:
    """Return a key that sorts 9 before 10, and no name last.

    Examples
    --------
    >>> sorted(["week 10", None, "week 9"], key=natural)
    ['week 9', 'week 10', None]
    """
    if name is None:
        return (1,)
    parts = re.split(r"([0-9]{1,18})", name.casefold())
    return (0, tuple(int(part) if i % 2 else part for i, part in enumerate(parts)), name)


def _answers(counts: Counts, profile: Profile, width: int) -> Answers:
    """Return what the counts of one group say."""
    status, worst = counts.status[0].tolist(), counts.worst[0].tolist()
    judged = status[STATUSES.index(Status.OK)]
    bands = advised(profile)
    measures = {
        name: distribution(value.astype(np.int64), name == WORDS, bands.get(name), width)
        for name, value in zip(MEASURES, counts.value[0], strict=True)
    }
    hidden = counts.value[0, MEASURES.index("hidden_share")]
    return Answers(
        rows=sum(status),
        read=sum(status[: len(STATUSES)]),
        judged=judged,
        by_status={str(name): n for name, n in zip(ROW_STATUSES, status, strict=True)},
        by_answer_type={
            str(name): n for name, n in zip(ANSWER_TYPES, counts.answer_type[0].tolist(), strict=True)
        },
        measures=measures,
        deeds=AgentCounts(**dict(zip(map(str, AGENTS), counts.deeds[0].tolist(), strict=True))),
        hidden=rate(int(hidden[1:].sum()), int(hidden.sum())),
        to_mend=rate(sum(worst[1 + SEVERITIES.index(Severity.NOTE) :]), judged),
        warned=rate(worst[1 + SEVERITIES.index(Severity.WARNING)], judged),
        findings=_findings(counts.severity[0], judged),
    )


def _findings(severity: Longs, judged: int) -> tuple[FindingRate, ...]:
    found = [
        FindingRate(
            code=rule.code,
            name=rule.name,
            found=rate(sum(counts), judged),
            by_severity={s: rate(n, judged) for s, n in zip(SEVERITIES, counts, strict=True)},
        )
        for rule, counts in zip(RULES, severity.tolist(), strict=True)
    ]
    return tuple(sorted(found, key=lambda finding: (-finding.found.n, finding.code)))


def rate(n: int, of: int) -> Rate:
    """Return a share with its 95 % interval.

    References
    ----------
    Wilson (1927), Probable inference, J. Am. Stat. Assoc. 22(158), doi:10.1080/01621459.1927.10502953.

    Examples
    --------
    >>> rate(2, 10).interval
    (0.0567, 0.5098)
    """
    if not of:
        return Rate(n=n, of=of, share=None, interval=None)
    share, z2 = n / of, _Z * _Z
    middle = (share + z2 / (2 * of)) / (1 + z2 / of)
    half = _Z * sqrt(share * (1 - share) / of + z2 / (4 * of * of)) / (1 + z2 / of)
    low = 0.0 if n == 0 else max(round(middle - half, 4), 0.0)
    high = 1.0 if n == of else min(round(middle + half, 4), 1.0)
    return Rate(n=n, of=of, share=round(share, 4), interval=(low, high))


def distribution(
    counts: Longs, is_words: bool = False, advised: tuple[float, float] | None = None, width: int = 25
) -> Distribution:
    """Return how a measure spreads.

    Parameters
    ----------
    counts : (n_bins,)
        Answers of each number of words, or of each share in steps of 0.0001.
    is_words
        Whether they are words.
    advised
        Lowest and highest value that is within what is advised.
    width
        Width of a bin of the histogram of words.
    """
    unit, digits = (1, 1) if is_words else (DIGITS, 4)
    n = int(counts.sum())
    found: dict[str, Any] = dict.fromkeys(("mean", "sd", "mean_interval", *_QUANTILES))
    if n:
        ends = np.cumsum(counts)
        found |= {
            name: round(_quantile(ends, *at) / unit, digits) for name, at in _QUANTILES.items()
        } | _moments(counts, n, unit, digits)
    return Distribution(
        n=n, advised=advised, histogram=_histogram(counts, is_words, width), **found,
        **_held_against(counts, advised, unit),
    )  # fmt: skip


def _moments(counts: Longs, n: int, unit: int, digits: int) -> dict[str, Any]:
    """Return mean and standard deviation; sums are exact, in Python's integers."""
    value = np.arange(len(counts))
    first, second = int(counts @ value), int(counts @ value**2)
    mean = first / n / unit
    if n < 2:
        return {"mean": round(mean, digits)}
    sd = sqrt((n * second - first * first) / (n * (n - 1))) / unit
    half = _Z * sd / sqrt(n)
    most = (len(counts) - 1) / unit
    interval = (round(max(mean - half, 0.0), digits), round(min(mean + half, most), digits))
    return {"mean": round(mean, digits), "sd": round(sd, digits), "mean_interval": interval}


def _quantile(ends: Longs, part: int, whole: int) -> float:
    """Return the quantile ``part / whole`` of counted values, between two values by linear interpolation.

    Parameters
    ----------
    ends : (n_bins,)
        Running sum of the counts.
    """
    at, rest = divmod((int(ends[-1]) - 1) * part, whole)
    low, high = np.searchsorted(ends, [at, min(at + 1, int(ends[-1]) - 1)], side="right").tolist()
    return float(low + (high - low) * rest / whole)


def _held_against(counts: Longs, advised: tuple[float, float] | None, unit: int) -> dict[str, int | None]:
    if advised is None:
        return dict.fromkeys(("below", "within", "above"))
    low, high = (round(end * unit) for end in advised)
    return {
        "below": int(counts[:low].sum()),
        "within": int(counts[low : high + 1].sum()),
        "above": int(counts[high + 1 :].sum()),
    }


def _histogram(counts: Longs, is_words: bool, width: int) -> Histogram:
    step, n_bins = (width, _WORD_BINS) if is_words else (DIGITS // _SHARE_BINS, _SHARE_BINS)
    bins = np.minimum(np.arange(len(counts)) // step, n_bins - 1)
    total = np.bincount(bins, weights=counts, minlength=n_bins).astype(np.int64)
    return Histogram(width=float(step) if is_words else 1 / _SHARE_BINS, counts=tuple(total.tolist()))


def _word_width(counts: Longs) -> int:
    """Return the smallest width of bins that hold 99 in 100 answers."""
    ends = np.cumsum(counts, dtype=np.int64)
    if not ends[-1]:
        return _WORD_WIDTHS[2]
    most = floor(_quantile(ends, 99, 100))
    return next((width for width in _WORD_WIDTHS if width * _WORD_BINS > most), _WORD_WIDTHS[-1])


def advised(profile: Profile) -> Mapping[str, tuple[float, float]]:
    """Return what a profile advises, or allows without a note, by name of the measure."""
    bands = {f"{role}_share": band for role, band in profile.bands.items()}
    return bands | {
        "setting_share": (0.0, profile.setting_note),
        "i_share": (profile.i_note, 1.0),
        "hidden_share": (0.0, profile.hidden_note),
        WORDS: (float(profile.advised_words[0]), float(profile.advised_words[1])),
    }
