"""Mixing of hashes into feature ids, the same on every platform.

All is unsigned 32-bit arithmetic, which wraps around alike everywhere and which processors do eight lanes
at a time.
"""

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from starl.tokens import Ints

Hashes = npt.NDArray[np.uint32]

_PARTS = np.array([0x9E3779B1, 0x85EBCA77, 0xC2B2AE3D, 0x27D4EB2F], dtype=np.uint32)
_SALT, _FINAL = 0x165667B1, np.uint32(0x2C1B3C6D)
_HALF = np.uint32(15)


def mix(salt: int, *parts: Hashes) -> Hashes:
    """Mix up to four hashes into one; the order of the parts matters, and so does the salt."""
    out: Hashes = parts[0] * _PARTS[0]
    for part, multiplier in zip(parts[1:], _PARTS[1:], strict=False):
        out += part * multiplier
    out += np.uint32((salt * _SALT) & 0xFFFFFFFF)
    out ^= out >> _HALF
    out *= _FINAL
    return out


def to_ids(mixed: Iterable[Hashes], n_templates: int, n_rows: int, n_bits: int) -> Ints:
    """Keep the best-mixed ``n_bits`` of each hash as an index into the weight table.

    Parameters
    ----------
    mixed
        One hash array of shape (n_rows,) a template.
    n_templates, n_rows
        Their number and length.
    n_bits
        The weight table has ``2 ** n_bits`` rows.

    Returns
    -------
    (n_templates, n_rows)
    """
    ids = np.empty((n_templates, n_rows), dtype=np.int64)
    by = np.uint32(32 - n_bits)
    for row, hashes in zip(ids, mixed, strict=True):
        np.right_shift(hashes, by, out=row, casting="unsafe")
    return ids


def shift(values: Hashes, same: npt.NDArray[np.bool_], fill: int) -> Hashes:
    """Return the value one place earlier where ``same`` allows it, else fill.

    Parameters
    ----------
    values : (n,)
        Hashes in order.
    same : (n,)
        True where a value belongs to the run of the one before it.
    fill
        What stands before a run.
    """
    out = np.full(len(values), fill, dtype=np.uint32)
    np.copyto(out[1:], values[:-1], where=same[1:])
    return out
