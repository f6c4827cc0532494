"""Mixing of hashes into feature ids, the same on every platform."""

import numpy as np
import numpy.typing as npt

from starl.tokens import Ints

Hashes = npt.NDArray[np.uint64]

_MULTIPLIERS = np.array(
    [0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0xD6E8FEB86659FD93], dtype=np.uint64
)


def shift(values: Hashes, by: int, same: Ints, fill: int) -> Hashes:
    """Return values ``by`` places earlier (later if negative) within runs of equal ``same``, else fill."""
    out = np.full(len(values), fill, dtype=np.uint64)
    if by > 0 and len(values) > by:
        ok = same[by:] == same[:-by]
        out[by:][ok] = values[:-by][ok]
    elif by < 0 and len(values) > -by:
        ok = same[:by] == same[-by:]
        out[:by][ok] = values[-by:][ok]
    return out


def mix(salt: int, *parts: Hashes) -> Hashes:
    """Mix hashes into one; the order of the parts matters, and so does the salt."""
    out = np.full(parts[0].shape, (salt * 0x9E3779B97F4A7C15) & (2**64 - 1), dtype=np.uint64)
    for part in parts:
        out ^= part
        out *= _MULTIPLIERS[1]
        out ^= out >> np.uint64(29)
    return out


def to_ids(mixed: Hashes, n_bits: int) -> Ints:
    """Keep the best-mixed ``n_bits`` of a hash as an index into the weight table."""
    ids: Ints = ((mixed * _MULTIPLIERS[0]) >> np.uint64(64 - n_bits)).astype(np.int64)
    return ids
