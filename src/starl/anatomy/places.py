"""Where signs stand in a batch of answers: places of one token or more, kept in order and apart."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from starl.clauses import Clauses
from starl.findings.automaton import Found
from starl.findings.phrases import Phrases
from starl.tokens import Bools, Ints


@dataclass(frozen=True, slots=True, eq=False)
class Places:
    """Places in a batch of answers, in order; no two overlap and each lies in one clause."""

    clauses: Clauses
    first: Ints
    """(n_places,) first token."""
    last: Ints
    """(n_places,) last token."""

    def __len__(self) -> int:
        return len(self.first)

    @property
    def clause(self) -> Ints:
        """Clause of each place, shape (n_places,)."""
        return np.searchsorted(self.clauses.start, self.first, side="right") - 1

    @property
    def holding(self) -> Bools:
        """Which clauses hold a place, shape (n_clauses,)."""
        out = np.zeros(len(self.clauses), dtype=bool)
        out[self.clause] = True
        return out

    def where(self, keep: Bools) -> Places:
        """Return the places of a mask, shape (n_places,)."""
        return Places(self.clauses, self.first[keep], self.last[keep])

    def within(self, clauses: Bools) -> Places:
        """Return the places in the clauses of a mask, shape (n_clauses,)."""
        return self.where(clauses[self.clause])

    def touching(self, other: Places) -> Bools:
        """Return which places overlap one of some others, shape (n_places,)."""
        if not len(other):
            return np.zeros(len(self), dtype=bool)
        at = np.searchsorted(other.last, self.first)
        begins = np.append(other.first, np.iinfo(np.int64).max)
        touching: Bools = begins[at] <= self.last
        return touching

    def apart_from(self, other: Places) -> Places:
        """Return the places that overlap none of some others."""
        return self.where(~self.touching(other))


def merged(clauses: Clauses, first: Ints, last: Ints) -> Places:
    """Return places with those that overlap made one, shape (n_places,) in any order."""
    order = np.argsort(first, kind="stable")
    first, last = first[order], np.maximum.accumulate(last[order]) if len(last) else last
    opens = np.ones(len(first), dtype=bool)
    opens[1:] = first[1:] > last[:-1]
    closes = np.append(opens[1:], True)[: len(first)]
    return Places(clauses, first[opens], last[closes])


def joined(places: Places) -> Places:
    """Return places with those that stand side by side in a clause made one."""
    clause = places.clause
    opens = np.ones(len(places), dtype=bool)
    opens[1:] = (places.first[1:] > places.last[:-1] + 1) | (clause[1:] != clause[:-1])
    closes = np.append(opens[1:], True)[: len(places)]
    return Places(places.clauses, places.first[opens], places.last[closes])


def places_of(found: Found, phrases: Phrases) -> Places:
    """Return where a list of phrases stands, but for what its "but" overlaps."""
    row = found.place[phrases.name]
    here, not_here = (_ending(found, row + i) for i in (0, 1))
    alone = Places(found.clauses, found.first[here], found.last[here])
    taken_back = merged(found.clauses, found.first[not_here], found.last[not_here])
    kept = alone.apart_from(taken_back)
    return merged(found.clauses, kept.first, kept.last)


def _ending(found: Found, row: int) -> Bools:
    ending: Bools = found.ends[row].take(found.state)
    return ending


def clause_places(clauses: Clauses, mask: Bools) -> Places:
    """Return the clauses of a mask as places, shape (n_clauses,)."""
    at = np.flatnonzero(mask)
    return Places(clauses, clauses.start[at], clauses.start[at + 1] - 1)
