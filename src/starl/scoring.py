"""Features, weights -> emissions, exactly.

Weights are small integers, three to a 64-bit word in fields of 21 bits, so that one gather and one sum serve
three roles. Integer sums do not depend on their order: an answer's emissions are the same whatever the
batch and the platform.
"""

import numpy as np
import numpy.typing as npt

from starl.errors import ShapeError
from starl.features import Family, Features
from starl.tokens import Ints

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


def score(features: Features, table: Ints, n_roles: int) -> Ints:
    """Add up the weights of each clause's features.

    Parameters
    ----------
    features
        The features of a batch of clauses.
    table : (2 ** n_bits, ceil(n_roles / 3))
        Packed weights.
    n_roles
        Number of roles.

    Returns
    -------
    (n_clauses, n_roles)
        Emissions: log-potentials in the model's integer scale.
    """
    sums = np.zeros((len(features.opens_sentence), table.shape[1]), dtype=np.int64)
    for family in features.families:
        sums += segment_sum(family, table)
    return unpack(sums, n_roles)


def segment_sum(family: Family, table: Ints) -> Ints:
    """Sum the weights of each segment of a family; sums wrap around, differences are exact."""
    before = np.zeros((family.ids.shape[1] + 1, table.shape[1]), dtype=np.int64)
    columns = before[1:]
    for row in family.ids:
        columns += table.take(row, axis=0)
    np.cumsum(columns, axis=0, out=columns)
    total: Ints = before[family.end] - before[family.begin]
    return total
