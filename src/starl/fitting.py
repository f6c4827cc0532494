"""Sparse features, labels -> weights: logistic, softmax and linear-chain CRF, by L-BFGS with an L2 penalty.

Needs scipy (extra ``train``). Everything is deterministic: no sampling, fixed order of sums.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize, minimize_scalar
from scipy.sparse import csr_matrix

from starl.tokens import Ints
from starl.viterbi import Floats, Transitions, chain_marginals, forward_backward, pad

N_BUCKETS = 12
"""Answers are padded in this many groups of like length."""


@dataclass(frozen=True, slots=True, eq=False)
class Chains:
    """Labelled clauses of many answers, one after the other."""

    rows: csr_matrix  # (n_clauses, n_features)
    labels: Ints  # (n_clauses,)
    kinds: Ints  # (n_clauses,) kind of the border before each clause
    sizes: Ints  # (n_answers,) clauses of each answer, none 0
    soft: Floats | None = None  # (n_clauses, n_roles) shares of roles to learn instead of the labels


def climb(objective: Callable[[Floats], tuple[float, Floats]], size: int, iterations: int) -> Floats:
    """Minimise a function that returns its value and gradient, from zero."""
    options = {"maxiter": iterations, "maxfun": 2 * iterations, "maxcor": 6}
    best: Floats = minimize(objective, np.zeros(size), jac=True, method="L-BFGS-B", options=options).x
    return best


def active(rows: csr_matrix) -> tuple[Ints, csr_matrix, csr_matrix]:
    """Return the columns in use, the rows cut down to them, and their transpose."""
    columns = np.unique(rows.indices)
    small = rows[:, columns].tocsr()
    return columns, small, small.T.tocsr()


def fit_logistic(rows: csr_matrix, labels: npt.NDArray[np.bool_], l2: float, iterations: int) -> Floats:
    """Fit a binary classifier; return weights, shape (n_features,)."""
    columns, x, xt = active(rows)
    y = labels.astype(np.float64)

    def objective(w: Floats) -> tuple[float, Floats]:
        z = x @ w
        loss = np.logaddexp(0, z).sum() - y @ z + l2 / 2 * (w @ w)
        return float(loss), xt @ (1 / (1 + np.exp(-z)) - y) + l2 * w

    out = np.zeros(rows.shape[1])
    out[columns] = climb(objective, len(columns), iterations)
    return out


def fit_softmax(
    rows: csr_matrix, labels: Ints, n_classes: int, l2: float, iterations: int
) -> tuple[Floats, Floats]:
    """Fit a multinomial classifier; return weights (n_features, n_classes) and bias (n_classes,)."""
    columns, x, xt = active(rows)
    gold = np.eye(n_classes)[labels]
    n = len(columns) * n_classes

    def objective(p: Floats) -> tuple[float, Floats]:
        w, bias = p[:n].reshape(-1, n_classes), p[n:]
        z = x @ w + bias
        z -= z.max(axis=1, keepdims=True)
        log_z = np.log(np.exp(z).sum(axis=1))
        error = np.exp(z - log_z[:, None]) - gold
        loss = log_z.sum() - (z * gold).sum() + l2 / 2 * (w * w).sum()
        return float(loss), np.concatenate([(xt @ error + l2 * w).ravel(), error.sum(axis=0)])

    p = climb(objective, n + n_classes, iterations)
    out = np.zeros((rows.shape[1], n_classes))
    out[columns] = p[:n].reshape(-1, n_classes)
    return out, p[n:]


def fit_crf(
    chains: Chains, n_roles: int, n_kinds: int, l2: float, iterations: int
) -> tuple[Floats, Transitions]:
    """Fit a linear-chain CRF; return emission weights (n_features, n_roles) and transitions.

    Soft labels count as if each clause had been drawn from its shares, apart from its neighbours.

    References
    ----------
    Lafferty, McCallum, Pereira (2001), Conditional random fields, ICML.
    Hinton, Vinyals, Dean (2015), Distilling the knowledge in a neural network, arXiv:1503.02531.
    """
    columns, x, xt = active(chains.rows)
    kinds = chains.kinds
    first = np.concatenate([[0], np.cumsum(chains.sizes)[:-1]])
    last = first + chains.sizes - 1
    gold = np.eye(n_roles)[chains.labels] if chains.soft is None else chains.soft
    inner = np.ones(len(gold), dtype=bool)
    inner[first] = False
    at = np.flatnonzero(inner)
    gold_between = np.zeros((n_kinds, n_roles, n_roles))
    for kind in range(n_kinds):
        of_kind = at[kinds[at] == kind]
        gold_between[kind] = gold[of_kind - 1].T @ gold[of_kind]
    gold_start, gold_end = gold[first].sum(axis=0), gold[last].sum(axis=0)
    groups = _groups(first, chains.sizes)
    n = len(columns) * n_roles
    n_arcs = gold_between.size

    def parts(p: Floats) -> tuple[Floats, Transitions]:
        arcs, ends = p[n : n + n_arcs].reshape(gold_between.shape), p[n + n_arcs :].reshape(2, n_roles)
        return p[:n].reshape(-1, n_roles), Transitions(ends[0], arcs, ends[1])

    def objective(p: Floats) -> tuple[float, Floats]:
        weights, chain = parts(p)
        emissions = x @ weights
        probs = np.zeros_like(emissions)
        pairs, ends, log_z = np.zeros_like(gold_between), np.zeros((2, n_roles)), 0.0
        for index, mask in groups:
            some, between, z, edges = forward_backward(emissions[index], chain, kinds[index], mask)
            probs[index[mask]] = some[mask]
            pairs, ends, log_z = pairs + between, ends + edges, log_z + float(z.sum())
        told = (emissions * gold).sum() + (gold_between * chain.between).sum()
        told += gold_start @ chain.start + gold_end @ chain.end
        gradient = np.concatenate(
            [
                (xt @ (probs - gold)).ravel(),
                (pairs - gold_between).ravel(),
                ends[0] - gold_start,
                ends[1] - gold_end,
            ]
        )
        return log_z - float(told) + l2 / 2 * float(p @ p), gradient + l2 * p

    weights, chain = parts(climb(objective, n + n_arcs + 2 * n_roles, iterations))
    out = np.zeros((chains.rows.shape[1], n_roles))
    out[columns] = weights
    return out, chain


def fit_temperature(held: Sequence[tuple[Chains, Floats, Transitions]]) -> float:
    """Return the temperature under which the labels of chains not fitted on are most likely, in 0.5..4.

    Parameters
    ----------
    held
        Chains, and the emission weights and transitions of a fit that has not seen them.

    References
    ----------
    Guo et al. (2017), On calibration of modern neural networks, ICML.
    """

    def loss(temperature: float) -> float:
        total, n = 0.0, 0
        for chains, weights, chain in held:
            emissions = (chains.rows @ weights) / temperature
            offsets = np.concatenate([[0], np.cumsum(chains.sizes)])
            probs = chain_marginals(emissions, chain.cooled(temperature), chains.kinds, offsets)
            right = probs[np.arange(len(chains.labels)), chains.labels]
            total, n = total - float(np.log(np.maximum(right, 1e-9)).sum()), n + len(right)
        return total / n

    best = minimize_scalar(loss, bounds=(0.5, 4.0), method="bounded", options={"xatol": 1e-3})
    return round(float(best.x), 3)


def _groups(first: Ints, sizes: Ints) -> list[tuple[Ints, npt.NDArray[np.bool_]]]:
    split = np.array_split(np.argsort(sizes, kind="stable"), min(N_BUCKETS, len(sizes)))
    return [pad(first[answers], sizes[answers]) for answers in split]
