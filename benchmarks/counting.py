"""Gold and reading of one answer -> counts; counts of many answers -> figures."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from gold import OTHER, Gold, Reading, Units, find_words
from starl import evaluation as ev
from starl.evaluation import Bools, Counts, Floats, Ints
from starl.roles import AGENTS, ANSWER_TYPES, ROLE_LETTERS, ROLES

N_ROLES, N_AGENTS, N_TYPES = len(ROLES), len(AGENTS) + 1, len(ANSWER_TYPES) + 1
NO_DEED, NO_TYPE = len(AGENTS), len(ANSWER_TYPES)
SETTING, CORE = (0, 1), (2, 3)  # S and T; A and R

Table = dict[str, Counts]


def deed_accuracy(counts: Counts) -> Floats:
    """Share of gold deeds whose agent is right; a deed read as no deed is wrong."""
    deeds = counts[..., : len(AGENTS), :]
    return ev.share(np.stack([np.trace(deeds, axis1=-2, axis2=-1), deeds.sum((-2, -1))], axis=-1))


def agent_f1(counts: Counts) -> Floats:
    """Macro-F1 over the four agents; deeds missed and deeds invented count as errors of the agents."""
    return ev.macro_f1(counts, first=len(AGENTS))


HEADLINE: dict[str, tuple[str, Callable[[Counts], Floats]]] = {
    "accuracy": ("roles", ev.accuracy),
    "starl_f1": ("roles", ev.starl_f1),
    "macro_f1": ("roles", ev.macro_f1),
    "kappa": ("roles", ev.kappa),
    "window_diff": ("windows", ev.share),
    "boundary_precision": ("boundaries", ev.hit_precision),
    "boundary_recall": ("boundaries", ev.hit_recall),
    "boundary_f1": ("boundaries", ev.hit_f1),
    "agent_accuracy": ("agents", deed_accuracy),
    "agent_f1": ("agents", agent_f1),
    "agent_accuracy_role_read": ("agents_role_read", deed_accuracy),
    "agent_accuracy_any_role": ("agents_any_role", deed_accuracy),
    "agent_accuracy_gold_cut": ("agents_gold_cut", deed_accuracy),
    "setting_share_error": ("setting", ev.share),
    "setting_interval_holds": ("interval", ev.share),
    "calibration_error": ("calibration", ev.calibration_error),
    "type_accuracy": ("types", ev.accuracy),
    "author_accuracy": ("author", ev.accuracy),
    "author_starl_f1": ("author", ev.starl_f1),
}
"""Figure -> the counts it rests on, and its measure."""


def window_of(golds: Sequence[Gold]) -> int:
    """Return the WindowDiff window of a data set: half its mean gold span, in words."""
    n_words = n_spans = 0
    for gold in golds:
        roles = roles_at(gold.units, find_words(gold.text)[0])
        n_words += len(roles)
        n_spans += len(roles) and int(np.count_nonzero(np.diff(roles))) + 1
    return ev.window_size(n_words, n_spans)


def roles_at(units: Units, at: Ints) -> Ints:
    """Return the role at each character, Other where no unit holds it."""
    unit = units.holding(at)
    return _take(units.role, unit, OTHER)


def tabulate(golds: Sequence[Gold], readings: Sequence[Reading]) -> Table:
    """Count every answer; each array of the table has the answers on its first axis."""
    size = window_of(golds)
    rows = [count(gold, reading, size) for gold, reading in zip(golds, readings, strict=True)]
    return {key: np.stack([row[key] for row in rows]) for key in rows[0]} if rows else {}


def count(gold: Gold, reading: Reading, size: int) -> Table:
    """Count one answer; see the table in `starl.evaluation` for what each array measures."""
    start, end = find_words(gold.text)
    gold_unit, read_unit = gold.units.holding(start), reading.units.holding(start)
    read_role = _take(reading.units.role, read_unit, OTHER)
    counted = (gold_unit >= 0) & _take(gold.agreed, gold_unit, False)
    gold_role = _take(gold.units.role, gold_unit, OTHER)
    return {
        "words": np.array([len(start), np.count_nonzero(counted)]),
        "roles": ev.confusion(gold_role[counted], read_role[counted], n_labels=N_ROLES)[0],
        "windows": ev.window_misses(np.diff(gold_role) != 0, np.diff(read_role) != 0, size)
        if len(start)
        else np.zeros(2, dtype=np.int64),
        "boundaries": ev.boundary_hits(_opens(gold.units, end)[1:], _opens(reading.units, end)[1:]),
        "agents": _agents(gold, reading.units),
        "agents_role_read": _agents(gold, reading.units, only_core=True),
        "agents_any_role": _agents(gold, reading.agents),
        "agents_gold_cut": _agents(gold, reading.agents_gold_cut),
        "setting": ev.share_errors(np.array([_setting(gold_role)]), np.array([_setting(read_role)]))[0],
        "interval": _interval(reading, _setting(gold_role)),
        "calibration": _calibration(reading, read_unit, counted, gold_role == read_role),
        "types": _types(gold, reading),
        "author": _author(gold, start, read_role),
    }


def figures(table: Table, chosen: Bools | None = None, *, intervals: bool = False) -> dict[str, object]:
    """Measure a table, or its chosen answers; undefined figures are left out."""
    part = {key: counts if chosen is None else counts[chosen] for key, counts in table.items()}
    words = part["words"].sum(0)
    out: dict[str, object] = {"answers": len(part["words"]), "words": int(words[0]), "agreed": int(words[1])}
    for name, (key, measure) in HEADLINE.items():
        number = ev.value(measure(part[key].sum(0)))
        if number is not None:
            out[name] = number
            if intervals:
                out[name + "_95"] = ev.bootstrap(measure, part[key])
    out["roles"] = by_label(part["roles"].sum(0), ROLE_LETTERS)
    return out


def by_label(counts: Counts, labels: Sequence[str]) -> dict[str, dict[str, float | int | None]]:
    """Return precision, recall, F1 and gold units of each label."""
    measures = (ev.precision(counts), ev.recall(counts), ev.f1(counts))
    return {
        label: {
            "precision": ev.value(measures[0][i]),
            "recall": ev.value(measures[1][i]),
            "f1": ev.value(measures[2][i]),
            "gold": int(counts[i].sum()),
        }
        for i, label in enumerate(labels)
    }


def by_group(table: Table, groups: Sequence[str]) -> Mapping[str, dict[str, object]]:
    """Measure the answers of each group apart."""
    names = np.array(groups)
    return {name: figures(table, names == name) for name in sorted(set(groups)) if name}


def _take(values: Counts, at: Ints, default: int | bool) -> Counts:
    """Index an array, with a default where the index is -1."""
    if not len(values):
        return np.full(len(at), default)
    return np.where(at >= 0, values[at], default)


def _opens(units: Units, word_end: Ints) -> Bools:
    """Tell in which words a unit starts."""
    opens = np.zeros(len(word_end) + 1, dtype=bool)
    opens[np.searchsorted(word_end, units.start, side="right")] = True
    return opens[:-1]


def _setting(roles: Ints) -> float:
    """Return the share of Situation and Task among the words of the story, NaN without story."""
    story = np.count_nonzero(roles != OTHER)
    return np.count_nonzero(np.isin(roles, SETTING)) / story if story else np.nan


def _interval(reading: Reading, setting: float) -> Ints:
    """Count whether the interval holds the gold share, and whether there are both."""
    if reading.setting_interval is None or np.isnan(setting):
        return np.zeros(2, dtype=np.int64)
    low, high = reading.setting_interval
    return np.array([low - 0.005 <= setting <= high + 0.005, 1], dtype=np.int64)


def _agents(gold: Gold, read: Units | None, *, only_core: bool = False) -> Ints:
    """Count gold agent x read agent of the gold Action and Result units on which annotators agree.

    A gold unit is compared with the read unit that holds most of its characters that are no white space.
    ``only_core`` leaves out units read as another role, which never have an agent.
    """
    pairs: list[tuple[int, int]] = []
    if read is None:
        return np.zeros((N_AGENTS, N_AGENTS), dtype=np.int64)
    for i in np.flatnonzero(np.isin(gold.units.role, CORE) & gold.agreed & gold.agent_agreed):
        start, end = int(gold.units.start[i]), int(gold.units.end[i])
        at = np.array([c for c in range(start, end) if not gold.text[c].isspace()], dtype=np.int64)
        unit = read.holding(at)
        unit = unit[unit >= 0]
        best = int(np.bincount(unit).argmax()) if len(unit) else -1
        if only_core and (best < 0 or read.role[best] not in CORE):
            continue
        pairs.append((int(gold.units.agent[i]), int(read.agent[best]) if best >= 0 else -1))
    both = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    both = np.where(both < 0, NO_DEED, both)
    counts: Ints = ev.confusion(both[:, 0], both[:, 1], n_labels=N_AGENTS)[0]
    return counts


def _calibration(reading: Reading, unit: Ints, counted: Bools, right: Bools) -> Floats:
    chosen = counted & (unit >= 0)
    if reading.confidence is None or not chosen.any():
        return np.zeros((ev.N_BINS, 3))
    bins: Floats = ev.calibration_bins(reading.confidence[unit[chosen]], right[chosen])[0]
    return bins


def _types(gold: Gold, reading: Reading) -> Ints:
    counts = np.zeros((N_TYPES, N_TYPES), dtype=np.int64)
    if gold.type is not None:
        names = [str(t) for t in ANSWER_TYPES]
        read = names.index(reading.type) if reading.type is not None else NO_TYPE
        counts[names.index(gold.type), read] = 1
    return counts


def _author(gold: Gold, start: Ints, read_role: Ints) -> Ints:
    """Count the writer's own heading x read role of each word under a heading; Other is always wrong."""
    if gold.author is None:
        return np.zeros((N_ROLES, N_ROLES), dtype=np.int64)
    unit = gold.author.holding(start)
    inside = unit >= 0
    counts: Ints = ev.confusion(gold.author.role[unit[inside]], read_role[inside], n_labels=N_ROLES)[0]
    return counts
