"""Scored rows -> counts of them, which add up: rows in any number and any order give the same counts.

All that a summary says is worked out from these counts, so memory depends on the number of groups alone.
Shares have four digits and words are whole, so counting each value loses nothing: quantiles are exact.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from starl.columns import RULE_COLUMNS, answer_schema, needed
from starl.errors import ColumnError
from starl.files.rows import sound
from starl.roles import AGENTS, ANSWER_TYPES, ROW_STATUSES, SEVERITIES, STATUSES, STORY_ROLES, Status

if TYPE_CHECKING:
    import pyarrow as pa

    from starl.tokens import Bools

Longs = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

DIGITS = 10_000
"""Shares are counted by steps of one in so many."""
N_BINS = DIGITS + 1
MOST_WORDS = DIGITS
"""Longer answers are counted as if they had so many words."""
SHARES: tuple[str, ...] = (
    *(f"{role}_share" for role in STORY_ROLES),
    "setting_share",
    "core_share",
    "other_share",
)
"""How the words are spread."""
OWNERSHIP: tuple[str, ...] = ("i_share", "own_share", "hidden_share")
"""Who did the deeds; ``hidden_share`` is hidden deeds / all deeds in action."""
WORDS = "n_words"
MEASURES: tuple[str, ...] = (*SHARES, *OWNERSHIP, "confidence", WORDS)
"""What is counted by value, in index order."""
MOST_GROUPS = 500

_HIDDEN = "hidden_share"
_DEEDS = tuple(f"action_{agent}" for agent in AGENTS)
_READ = tuple(name for name in MEASURES if name != _HIDDEN)
_OK = STATUSES.index(Status.OK)
COLUMNS: tuple[str, ...] = (
    "status", "answer_type", *_READ, *_DEEDS, "hidden_deeds", *RULE_COLUMNS, "profile", "fingerprint",
)  # fmt: skip
"""Columns of scored rows that are counted."""


@dataclass(slots=True, eq=False)
class Counts:
    """Counts of scored rows, by group. All but the first two are of judged answers alone."""

    status: Longs
    """(n_groups, n_statuses) rows, in the order of `ROW_STATUSES`."""
    answer_type: Longs
    """(n_groups, n_types) rows that were read, in the order of `ANSWER_TYPES`."""
    value: npt.NDArray[np.uint32]
    """(n_groups, n_measures, n_bins) answers by the value of each of `MEASURES`."""
    deeds: Longs
    """(n_groups, n_agents) deeds in action, in the order of `AGENTS`."""
    severity: Longs
    """(n_groups, n_rules, n_severities) findings."""
    worst: Longs
    """(n_groups, n_severities + 1) answers by their worst finding, first those without any."""

    @classmethod
    def empty(cls, n_groups: int) -> Counts:
        """Return counts of nothing."""
        return cls(
            np.zeros((n_groups, len(ROW_STATUSES)), dtype=np.int64),
            np.zeros((n_groups, len(ANSWER_TYPES)), dtype=np.int64),
            np.zeros((n_groups, len(MEASURES), N_BINS), dtype=np.uint32),  # half the memory of int64
            np.zeros((n_groups, len(AGENTS)), dtype=np.int64),
            np.zeros((n_groups, len(RULE_COLUMNS), len(SEVERITIES)), dtype=np.int64),
            np.zeros((n_groups, len(SEVERITIES) + 1), dtype=np.int64),
        )

    def __len__(self) -> int:
        return len(self.status)

    def grown(self, n_groups: int) -> Counts:
        """Return the same counts with room for more groups."""
        more = Counts.empty(n_groups - len(self))
        return Counts(*(np.concatenate(both) for both in zip(self._arrays(), more._arrays(), strict=True)))

    def joined(self, groups: Sequence[int]) -> Counts:
        """Return the counts of some groups as those of one."""
        total = Counts.empty(1)
        for into, array in zip(total._arrays(), self._arrays(), strict=True):
            for group in groups:
                into[0] += array[group]
        return total

    def _arrays(self) -> list[npt.NDArray[Any]]:
        return [getattr(self, field.name) for field in fields(self)]


class Tally:
    """Counts scored rows as they come.

    Parameters
    ----------
    by
        Name of a column to group by; None for one group of all rows.
    """

    def __init__(self, by: str | None = None) -> None:
        self.by = by
        self.counts = Counts.empty(1)
        self.groups: dict[str | None, int] = {}
        """Index of each group; None stands for rows without a value."""
        self.profiles: Counter[str] = Counter()
        self.fingerprints: Counter[str] = Counter()

    def add(self, batch: pa.RecordBatch) -> None:
        """Count the rows of a batch.

        Raises
        ------
        ColumnError
            If a column is missing or holds what scores do not, or there are more than `MOST_GROUPS` groups.
        """
        check_names(batch.schema.names, self.by)
        column = batch.column
        status = _index(column("status"), "status", ROW_STATUSES)
        if (status < 0).any():
            raise ColumnError("column 'status' must hold a status in each row, got null")
        kind = _index(column("answer_type"), "answer_type", ANSWER_TYPES)
        group = self._group(batch)
        _count(self.counts.status, group, status)
        typed = kind >= 0
        _count(self.counts.answer_type, group[typed], kind[typed])
        for name, seen in (("profile", self.profiles), ("fingerprint", self.fingerprints)):
            for value, n in zip(*_values(column(name), name), strict=True):
                seen[value or "none"] += n
        judged = status == _OK
        if judged.any():
            self._add_judged(batch.filter(needed("pyarrow").array(judged)), group[judged])

    def _add_judged(self, batch: pa.RecordBatch, group: Longs) -> None:
        deeds = np.stack([_whole(batch.column(name), name) for name in _DEEDS], axis=1)
        np.add.at(self.counts.deeds, group, deeds)
        total = deeds.sum(axis=1)
        hidden = np.minimum(_whole(batch.column("hidden_deeds"), "hidden_deeds"), total)
        for m, name in enumerate(MEASURES):
            if name == WORDS:
                bins = np.minimum(_whole(batch.column(name), name), MOST_WORDS)
                there = np.ones(len(group), dtype=bool)
            else:
                share = _ratio(hidden, total) if name == _HIDDEN else _share(batch.column(name), name)
                there = ~np.isnan(share)
                bins = np.rint(share[there] * DIGITS).astype(np.int64)
            _count(self.counts.value, group[there], np.full(len(bins), m), bins)
        worst = np.full(len(group), -1)
        for rule, name in enumerate(RULE_COLUMNS):
            severity = _index(batch.column(name), name, SEVERITIES)
            found = severity >= 0
            _count(self.counts.severity, group[found], np.full(found.sum(), rule), severity[found])
            worst = np.maximum(worst, severity)
        _count(self.counts.worst, group, worst + 1)

    def _group(self, batch: pa.RecordBatch) -> Longs:
        """Return the group of each row, making room for new ones."""
        if self.by is None:
            return np.zeros(len(batch), dtype=np.int64)
        encoded = _encoded(_as_text(batch.column(self.by), self.by))
        known = _known(encoded)
        at = _positions(encoded)
        used = np.unique(at)
        index = np.full(len(known), -1)
        for position in used.tolist():
            index[position] = self.groups.setdefault(known[position], len(self.groups))
            if len(self.groups) > MOST_GROUPS:
                raise ColumnError(
                    f"column {self.by!r} must hold at most {MOST_GROUPS} different values to group by, "
                    "got more; give a column of fewer, or leave --by out"
                )
        if len(self.groups) > len(self.counts):
            self.counts = self.counts.grown(min(2 * len(self.groups), MOST_GROUPS))
        return index[at]


def check_names(there: list[str], by: str | None) -> None:
    """Check that all columns that are counted are there.

    Raises
    ------
    ColumnError
        If one is missing, or there are several of its name.
    """
    lacking = [name for name in COLUMNS if name not in there]
    if lacking:
        more = f" and {len(lacking) - 1} more" if len(lacking) > 1 else ""
        raise ColumnError(
            f"scored rows must have the column {lacking[0]!r}{more}, got rows without; "
            "give what this version of starl score has written"
        )
    if by is not None and by not in there:
        scores = answer_schema(clauses=True).names
        free = ", ".join(repr(name) for name in there if name not in scores) or "(none)"
        raise ColumnError(
            f"column to group by must be one of {free}, got {by!r}; starl score --keep passes columns on"
        )
    double = [name for name in there if there.count(name) > 1 and name in (*COLUMNS, by)]
    if double:
        raise ColumnError(f"column must have a name of its own, got several called {double[0]!r}")


def _count(into: npt.NDArray[Any], *index: Longs) -> None:
    """Add 1 at each index, as often as it occurs."""
    flat = np.ravel_multi_index(index, into.shape)
    np.add.at(into.reshape(-1), flat, into.dtype.type(1))


def _index(column: Any, name: str, known: Sequence[str]) -> Longs:  # noqa: ANN401  (Arrow)
    """Return the index of each value among those known, -1 for null."""
    encoded = _encoded(_text(column, name))
    index = {str(word): i for i, word in enumerate(known)}
    at = _positions(encoded)
    values = _known(encoded)
    lookup = np.array([-1 if value is None else index.get(value, len(index)) for value in values])
    found: Longs = lookup[at]
    if (found == len(index)).any():
        value = values[at[found == len(index)][0]]
        raise ColumnError(f"column {name!r} must hold one of {', '.join(index)}, got {value!r}")
    return found


def _values(column: Any, name: str) -> tuple[list[str | None], list[int]]:  # noqa: ANN401  (Arrow)
    """Return the values of a column of text, and how often each occurs."""
    encoded = _encoded(_text(column, name))
    n = np.bincount(_positions(encoded), minlength=len(encoded.dictionary) + 1)
    found = np.flatnonzero(n)
    values = _known(encoded)
    return [values[i] for i in found.tolist()], n[found].tolist()


def _text(column: Any, name: str) -> Any:  # noqa: ANN401  (Arrow)
    """Return a column that is text, or categories of text."""
    pa = needed("pyarrow")
    kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
    if not (str(kind) in ("string", "large_string", "string_view") or pa.types.is_null(kind)):
        raise ColumnError(f"column {name!r} must hold text, got {column.type}")
    return column if pa.types.is_dictionary(column.type) else column.cast(pa.large_string())


def _as_text(column: Any, name: str) -> Any:  # noqa: ANN401  (Arrow)
    """Return a column of plain values of any type as text; NaN is no value."""
    pa, pc = needed("pyarrow"), needed("pyarrow.compute")
    if pa.types.is_dictionary(column.type):
        return _as_text(column.dictionary_decode(), name)
    if pa.types.is_nested(column.type) or "binary" in str(column.type):
        raise ColumnError(f"column {name!r} must hold text, numbers or dates to group by, got {column.type}")
    if pa.types.is_floating(column.type):
        column = pc.if_else(pc.is_null(column, nan_is_null=True), None, column)
    return column.cast(pa.large_string())


def _encoded(column: Any) -> Any:  # noqa: ANN401  (Arrow)
    pa = needed("pyarrow")
    return column if pa.types.is_dictionary(column.type) else column.dictionary_encode()


def _known(encoded: Any) -> list[str | None]:  # noqa: ANN401  (Arrow)
    """Return the values of a dictionary, then None, which stands for null."""
    return [*sound(encoded.dictionary).to_pylist(), None]


def _positions(encoded: Any) -> Longs:  # noqa: ANN401  (Arrow)
    """Return the position of each value in the dictionary, one past its end for null."""
    indices = encoded.indices.cast(needed("pyarrow").int64()).fill_null(len(encoded.dictionary))
    at: Longs = indices.to_numpy(zero_copy_only=False)
    return at


def _numbers(column: Any, name: str) -> Floats:  # noqa: ANN401  (Arrow)
    """Return a column of numbers, NaN for null."""
    pa = needed("pyarrow")
    kind = column.type
    if not (pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_null(kind)):
        raise ColumnError(f"column {name!r} must hold numbers, got {kind}")
    values: Floats = column.cast(pa.float64()).to_numpy(zero_copy_only=False)
    return values


def _share(column: Any, name: str) -> Floats:  # noqa: ANN401  (Arrow)
    values = _numbers(column, name)
    _refuse(values, (values < 0) | (values > 1), name, "lie in 0..1")
    return values


def _whole(column: Any, name: str) -> Longs:  # noqa: ANN401  (Arrow)
    values = _numbers(column, name)
    _refuse(values, ~(values >= 0), name, "be a count in each judged row")
    return values.astype(np.int64)


def _refuse(values: Floats, wrong: Bools, name: str, rule: str) -> None:
    if wrong.any():
        value = values[wrong][0]
        raise ColumnError(f"column {name!r} must {rule}, got {'null' if np.isnan(value) else value}")


def _ratio(part: Longs, whole: Longs) -> Floats:
    """Return ``part / whole``, NaN where the whole is 0."""
    out = np.full(len(part), np.nan)
    np.divide(part, whole, out=out, where=whole > 0)
    return out
