"""Tokens of clauses as bits of integers: one integer a clause answers a question about all of its tokens.

Bit ``j + 1`` stands for token ``j`` of a clause. A set of tokens is an integer with their bits; a pointer to
a token is an integer with that bit alone, so that pointers compare like places, ``p << 1`` is the token
after ``p``, and sets of all clauses of a batch combine with one operation of NumPy. Bit 0 stands before the
clause, and the bit behind the last token is the clause's end; no set holds either.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property, reduce
from operator import or_
from typing import Any, Self, TypeVar

import numpy as np
import numpy.typing as npt

from starl.tokens import Bools, Ints

MAX_TOKENS = 56
"""A clause of more tokens does not fit: pointers run a few places past its end, and 63 bits hold."""

Scalar = TypeVar("Scalar", np.int64, np.bool_)

_BITS: npt.NDArray[np.uint8] = np.array([[1], [2], [4], [8], [16], [32], [64], [128]], dtype=np.uint8)
_EXPONENT = np.int64(0x7FF << 52)
_top_of_int = np.frompyfunc(lambda value: 1 << value.bit_length() >> 1, 1, 1)


def at(pointer: Ints, tokens: Ints) -> Bools:
    """Whether the token under each pointer is in the set; False outside of the clause."""
    found: Bools = (pointer & tokens).astype(bool)
    return found


def ahead(pointer: Ints, tokens: Ints) -> Bools:
    """Whether a token of the set stands at or after each pointer."""
    found: Bools = (tokens & -pointer).astype(bool)
    return found


def last(tokens: Ints, pointer: Ints, low: Ints) -> Ints:
    """Last token of the set before each pointer; the one before ``low`` if there is none from ``low`` on."""
    found: Ints = np.maximum(_top(tokens & (pointer - 1) & -low), low >> 1)
    return found


def _top(tokens: Ints) -> Ints:
    """Highest bit of each integer: the exponent of its float."""
    if tokens.dtype == object:
        top: Ints = _top_of_int(tokens)
        return top
    power = (tokens & ~(tokens >> 1)).astype(np.float64).view(np.int64) & _EXPONENT  # never rounded up
    return power.view(np.float64).astype(np.int64)


def token_set(rule: Callable[[Any], Ints]) -> cached_property[Ints]:
    """Turn a method of a kind of `Bits` into a set of tokens, found once for the whole batch."""

    def found(bits: Any) -> Ints:  # noqa: ANN401  (a method's own class, which mypy cannot name here)
        if bits.parent is None:
            return rule(bits)
        taken: Ints = getattr(bits.parent, rule.__name__)[bits.rows]
        return taken

    return cached_property(found)


class Bits:
    """Sets of tokens by what the tokens are, for the clauses of a batch or for some of them.

    Parameters
    ----------
    kind : (n_tokens,)
        Kinds of the tokens of the batch, a bit each.
    begin, size : (n_clauses,)
        First token and number of tokens of each clause. If one has more than `MAX_TOKENS`, the integers are
        Python's own: slower, and without a limit.
    """

    def __init__(self, kind: Ints, begin: Ints, size: Ints) -> None:
        self.parent: Bits | None = None
        self.rows: Ints = np.arange(len(size))
        self.kind = self.padded(kind)
        long = bool((size > MAX_TOKENS).any())
        self.first: Ints = np.array([2], dtype=object if long else np.int64).repeat(len(size))
        self.end: Ints = self.first << size
        self.beyond: Ints = -self.end
        self._byte, self._shift = begin >> 3, begin & 7
        self._last_byte = (begin + size >> 3) + 1
        self._sets: dict[int, Ints] = {}

    def only(self, rows: Ints) -> Self:
        """Return the same for some of the clauses."""
        part = object.__new__(type(self))
        part.parent, part.rows = self, rows
        part.first, part.end, part.beyond = self.first[rows], self.end[rows], self.beyond[rows]
        part._sets = {}
        return part

    # -- sets of tokens --------------------------------------------------------------------------------

    def has(self, kinds: int) -> Ints:
        """Tokens of one of the kinds."""
        found = self._sets.get(kinds)
        if found is None:
            found = self._sets[kinds] = self._find(kinds)
        return found

    def _find(self, kinds: int) -> Ints:
        if self.parent is not None:
            taken: Ints = self.parent.has(kinds)[self.rows]
            return taken
        bits = [bit for bit in range(kinds.bit_length()) if kinds >> bit & 1]
        if len(bits) > 1:
            return reduce(or_, [self.has(1 << bit) for bit in bits])
        first = bits[0] & ~7
        eight = (self.kind >> first).astype(np.uint8) & _BITS  # (8, n_padded)
        for bit, tokens in enumerate(self.where(eight), start=first):
            self._sets[1 << bit] = tokens
        return self._sets[kinds]

    def where(self, mask: npt.NDArray[np.uint8] | Bools) -> Ints:
        """Tokens that are not 0 in a padded array, or in rows of such: shape (..., n_clauses)."""
        packed = np.packbits(mask, axis=-1, bitorder="little")
        if self.first.dtype == object:
            bounds = list(zip(self._byte.tolist(), self._last_byte.tolist(), strict=True))
            rows = [row.tobytes() for row in packed.reshape(-1, packed.shape[-1])]
            long = [[int.from_bytes(row[a:b], "little") for a, b in bounds] for row in rows]
            shape = (*packed.shape[:-1], len(bounds))
            return np.asarray((np.array(long, dtype=object).reshape(shape) >> self._shift) & self.inside)
        # the 64 bits from each byte on
        every = np.ndarray((*packed.shape[:-1], packed.shape[-1] - 7), "<i8", packed, strides=packed.strides)
        words = every.astype(np.int64).take(self._byte, axis=-1)
        words >>= self._shift
        words &= self.inside
        return words

    @staticmethod
    def padded(values: npt.NDArray[Scalar]) -> npt.NDArray[Scalar]:
        """Put a 0 before values of shape (n_tokens,), since bit 0 stands before a clause, and 64 behind."""
        padded = np.zeros(len(values) + 65, dtype=values.dtype)
        padded[1:-64] = values
        return padded

    @token_set
    def inside(self) -> Ints:
        """All tokens of the clause."""
        return self.end - self.first

    def but(self, tokens: Ints) -> Ints:
        """All tokens of the clause but those of a set."""
        return self.inside & ~tokens

    # -- pointers --------------------------------------------------------------------------------------

    def next(self, tokens: Ints, pointer: Ints) -> Ints:
        """First token of the set at or after each pointer; the end or a place past it if there is none."""
        rest = (tokens | self.beyond) & -pointer
        return rest & -rest
