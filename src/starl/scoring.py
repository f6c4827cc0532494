"""Features, weights -> emissions, exactly.

Weights are small integers, three to a 64-bit word in fields of 21 bits, so that one gather and one sum serve
three roles. Integer sums do not depend on their order: an answer's emissions are the same whatever the
batch and the platform. What the same few values bring (a word, a place in a grid) is summed once and kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt

from starl.errors import ShapeError
from starl.features import Family, Features
from starl.tokens import Ints, Vocabulary

FIELD = 21
PER_WORD = 3
MAX_WEIGHT = 2047


def pack(weights: npt.NDArray[np.integer]) -> Ints:
    """Pack integer weights, three to a word.

    Parameters
    ----------
    weights : (n_rows, n_roles)
        Integers in -2047..2047.

    Returns
    -------
    (n_rows, ceil(n_roles / 3))
        One column for every three roles; a row is gathered at once.

    Raises
    ------
    ShapeError
        If a weight is out of range.

    Examples
    --------
    >>> unpack(pack(np.array([[3, -2, 1], [4, 1, -5]])).sum(axis=0), 3)
    array([[ 7, -1, -4]])
    """
    worst = int(np.abs(weights).max(initial=0))
    if worst > MAX_WEIGHT:
        raise ShapeError(f"weights must lie in -{MAX_WEIGHT}..{MAX_WEIGHT}, got {worst}")
    n_roles = weights.shape[1]
    table = np.zeros((len(weights), -(-n_roles // PER_WORD)), dtype=np.int64)
    for role in range(n_roles):
        table[:, role // PER_WORD] += weights[:, role].astype(np.int64) << (FIELD * (role % PER_WORD))
    return table


def unpack(sums: Ints, n_roles: int) -> Ints:
    """Undo `pack` on sums of packed weights.

    Parameters
    ----------
    sums : (n, ceil(n_roles / 3)) or (ceil(n_roles / 3),)
        Sums of packed weights; each role's own sum must lie within ``±2**20``.
    n_roles
        Number of roles.

    Returns
    -------
    (n, n_roles)
    """
    rest = np.atleast_2d(sums).T.copy()
    out = np.empty((rest.shape[1], n_roles), dtype=np.int64)
    half, mask = 1 << (FIELD - 1), (1 << FIELD) - 1
    for role in range(n_roles):
        word = rest[role // PER_WORD]
        value = ((word + half) & mask) - half
        out[:, role] = value
        word -= value
        word >>= FIELD
    return out


CLAUSES_AT_ONCE = 2048
"""Clauses whose words are weighed at once: the weights of more would not fit the caches of a processor."""


class Weights:
    """Packed weights, ready for sums.

    Parameters
    ----------
    table : (n_rows, ceil(n_roles / 3))
        Packed weights, as `pack` gives them.
    n_roles
        Number of roles.
    """

    def __init__(self, table: Ints, n_roles: int) -> None:
        self.n_roles = n_roles
        self._table = table
        self._grids: dict[object, Ints] = {}
        self._single: WeakKeyDictionary[Vocabulary, dict[object, Ints]] = WeakKeyDictionary()

    def __reduce__(self) -> tuple[type[Weights], tuple[Ints, int]]:
        return Weights, (self._table, self.n_roles)

    def score(self, features: Features) -> Ints:
        """Add up the weights of each clause's features.

        Parameters
        ----------
        features
            The features of a batch of clauses.

        Returns
        -------
        (n_clauses, n_roles)
            Emissions: log-potentials in the model's integer scale.
        """
        n_clauses = len(features.opens_sentence)
        sums = np.zeros((n_clauses, self._table.shape[1]), dtype=np.int64)
        for _, alike in groupby(features.families, key=lambda family: id(family.begin)):
            families = list(alike)
            if families[0].one_row:
                for family in families:
                    sums += self._by_row(family, slice(None))
                continue
            for first in range(0, n_clauses, CLAUSES_AT_ONCE):
                some = slice(first, first + CLAUSES_AT_ONCE)
                sums[some] += self._by_clause(families, some)
        return unpack(sums, self.n_roles)

    def _by_clause(self, families: Sequence[Family], clauses: slice) -> Ints:
        """Return the summed weights of families of one grouping for some clauses, still packed."""
        begin, end = families[0].begin[clauses], families[0].end[clauses]
        full = begin < end
        if not full.any():
            return np.zeros((len(begin), self._table.shape[1]), dtype=np.int64)
        begin, end = np.where(full, begin, end[full][-1]), np.where(full, end, end[full][-1])
        low = begin.min()
        rows = slice(low, end.max())
        total = self._by_row(families[0], rows)
        for family in families[1:]:
            total += self._by_row(family, rows)
        return segment_sum(total, begin - low, end - low)

    def _by_row(self, family: Family, rows: slice) -> Ints:
        """Return the summed weights of some rows of a family, still packed."""
        if family.value is None:
            return self._add_up(family.ids[:, rows])
        taken: Ints = self._by_value(family).take(family.value[rows], axis=0)
        return taken

    def _by_value(self, family: Family) -> Ints:
        """Return the summed weights of each value of a family, still packed; they are summed once."""
        sums = self._grids if family.owner is None else self._single.setdefault(family.owner, {})
        known = sums.get(family.key)
        n_known = 0 if known is None else len(known)
        if known is None or n_known < family.ids.shape[1]:
            new = self._add_up(family.ids[:, n_known:])
            known = sums[family.key] = new if known is None else np.concatenate([known, new])
        return known

    def _add_up(self, ids: Ints) -> Ints:
        """Sum the weights of features of shape (n_templates, n_rows) over templates."""
        total: Ints = self._table.take(ids[0], axis=0)
        for row in ids[1:]:
            total += self._table.take(row, axis=0)
        return total


def segment_sum(rows: Ints, begin: Ints, end: Ints) -> Ints:
    """Sum rows ``begin[c]:end[c]`` of each clause; sums wrap around, differences are exact."""
    before = np.zeros((len(rows) + 1, rows.shape[1]), dtype=np.int64)
    for column, total in zip(rows.T, before[1:].T, strict=True):  # one at a time: many times as fast
        np.cumsum(column, out=total)
    sums: Ints = before.take(end, axis=0) - before.take(begin, axis=0)
    return sums
