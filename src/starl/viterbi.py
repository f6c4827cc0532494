"""Emissions, transitions, mask -> best path and marginals, for a batch of answers at once."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from starl.errors import ShapeError
from starl.tokens import Bools, Ints

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Transitions:
    """Scores of a linear chain. All are log-potentials: they add, larger is better.

    ``between[k, i, j]`` scores role ``j`` right after role ``i`` at a border of kind ``k`` (0 inside a
    sentence, 1 between two); ``start[j]`` the first role and ``end[j]`` the last one.
    """

    start: npt.NDArray[Any]  # (n_roles,)
    between: npt.NDArray[Any]  # (n_kinds, n_roles, n_roles)
    end: npt.NDArray[Any]  # (n_roles,)

    @property
    def parts(self) -> tuple[npt.NDArray[Any], npt.NDArray[Any], npt.NDArray[Any]]:
        """Start, between and end."""
        return self.start, self.between, self.end

    def cooled(self, heat: float) -> "Transitions":
        """Return the same chain with all scores divided by ``heat``."""
        return Transitions(self.start / heat, self.between / heat, self.end / heat)


def pad(first: Ints, sizes: Ints) -> tuple[Ints, Bools]:
    """Lay out chains of unequal length as rows.

    Parameters
    ----------
    first, sizes : (n_answers,)
        Index of each chain's first clause, and its number of clauses.

    Returns
    -------
    index, mask : (n_answers, longest)
        Clause at each place, 0 on padding, and True where there is one.

    Examples
    --------
    >>> pad(np.array([0, 2]), np.array([2, 1]))[0]
    array([[0, 1],
           [2, 0]])
    """
    place = np.arange(sizes.max(initial=0))
    mask = place < sizes[:, None]
    return np.where(mask, first[:, None] + place, 0), mask


def check_shapes(emissions: npt.NDArray[Any], transitions: Transitions, kinds: Ints, mask: Bools) -> None:
    """Raise `ShapeError` unless the four fit each other."""
    if emissions.ndim != 3:
        raise ShapeError(f"emissions must have 3 axes (answers, clauses, roles), got {emissions.ndim}")
    n_roles = emissions.shape[2]
    shape = transitions.between.shape
    if shape[1:] != (n_roles, n_roles):
        raise ShapeError(
            f"transitions must have shape (kinds, {n_roles}, {n_roles}) to match emissions "
            f"{emissions.shape}, got {shape}"
        )
    for name, array in (("mask", mask), ("kinds", kinds)):
        if array.shape != emissions.shape[:2]:
            raise ShapeError(
                f"{name} must have shape {emissions.shape[:2]} to match emissions {emissions.shape}, "
                f"got {array.shape}"
            )


def decode(emissions: npt.NDArray[Any], transitions: Transitions, kinds: Ints, mask: Bools) -> Ints:
    """Find the best role path of every answer in a batch.

    Scores are log-potentials: they add, larger is better. On a tie the smaller index wins. With integer
    scores the result is exact and does not depend on the platform.

    Parameters
    ----------
    emissions : (n_answers, n_clauses, n_roles)
        Score of each role for each clause; values on padding are ignored.
    transitions
        Scores of the chain.
    kinds : (n_answers, n_clauses)
        Kind of the border before each clause; the first clause's is ignored.
    mask : (n_answers, n_clauses)
        True for a clause, False for padding; padding comes last in a row.

    Returns
    -------
    (n_answers, n_clauses)
        Role index of each clause, -1 on padding.

    Raises
    ------
    ShapeError
        If the shapes disagree.

    References
    ----------
    Forney (1973), The Viterbi algorithm, Proc. IEEE 61(3), doi:10.1109/PROC.1973.9030.

    Examples
    --------
    >>> sticky = Transitions(np.zeros(2), np.eye(2)[None], np.zeros(2))
    >>> scores = np.array([[[2.0, 0.0], [0.0, 0.5], [2.0, 0.0]]])
    >>> decode(scores, sticky, np.zeros((1, 3), int), np.ones((1, 3), bool))
    array([[0, 0, 0]])
    """
    check_shapes(emissions, transitions, kinds, mask)
    path = np.full(mask.shape, -1, dtype=np.int64)
    offsets = np.concatenate([[0], np.cumsum(mask.sum(axis=1))])
    path[mask] = decode_chains(emissions[mask], transitions, kinds[mask], offsets)
    return path


def marginals(emissions: Floats, transitions: Transitions, kinds: Ints, mask: Bools) -> Floats:
    """Return the probability of each role of each clause, by the forward-backward algorithm.

    Parameters
    ----------
    emissions, transitions, kinds, mask
        As in `decode`.

    Returns
    -------
    (n_answers, n_clauses, n_roles)
        Probabilities in 0..1 that sum to 1 over roles; 0 on padding.

    Raises
    ------
    ShapeError
        If the shapes disagree.

    References
    ----------
    Rabiner (1989), A tutorial on hidden Markov models, Proc. IEEE 77(2), doi:10.1109/5.18626.

    Examples
    --------
    >>> flat = Transitions(np.zeros(2), np.zeros((1, 2, 2)), np.zeros(2))
    >>> marginals(np.log([[[3.0, 1.0]]]), flat, np.zeros((1, 1), int), np.ones((1, 1), bool))
    array([[[0.75, 0.25]]])
    """
    check_shapes(emissions, transitions, kinds, mask)
    probs = np.zeros(emissions.shape)
    offsets = np.concatenate([[0], np.cumsum(mask.sum(axis=1))])
    probs[mask] = chain_marginals(emissions[mask], transitions, kinds[mask], offsets)
    return probs


@dataclass(frozen=True, slots=True, eq=False)
class Steps:
    """Chains of unequal length laid out step by step, the longest first, without padding.

    Clause ``order[at]`` stands at place ``at``; the clauses at step ``t`` are the places
    ``start[t]:start[t + 1]``, and each has its predecessor at the same distance from ``start[t - 1]``.
    """

    order: Ints  # (n_clauses,)
    start: list[int]  # (n_steps + 1,)

    def back(self, values: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Return values of shape (n_clauses, ...) in the order of the clauses."""
        out = np.empty_like(values)
        out[self.order] = values
        return out


def lay_out(offsets: Ints) -> Steps:
    """Lay out chains step by step.

    Parameters
    ----------
    offsets : (n_answers + 1,)
        ``offsets[i]:offsets[i + 1]`` are the clauses of answer ``i``.

    Examples
    --------
    >>> steps = lay_out(np.array([0, 1, 4]))
    >>> steps.order.tolist(), steps.start
    ([1, 0, 2, 3], [0, 2, 3, 4])
    """
    size = np.diff(offsets)
    step = np.arange(offsets[-1]) - np.repeat(offsets[:-1], size)
    rank = np.empty(len(size), dtype=np.int64)
    rank[np.argsort(-size, kind="stable")] = np.arange(len(size))
    n_at = np.bincount(step, minlength=1 if len(step) else 0)  # clauses at each step
    start = np.concatenate([[0], np.cumsum(n_at)])
    order = np.empty(len(step), dtype=np.int64)
    order[start[step] + np.repeat(rank, size)] = np.arange(len(step))
    return Steps(order, start.tolist())


def decode_chains(scores: npt.NDArray[Any], transitions: Transitions, kinds: Ints, offsets: Ints) -> Ints:
    """Find the best role path of every answer, as `decode` does, for answers that stand one after the other.

    Parameters
    ----------
    scores : (n_clauses, n_roles)
        Score of each role for each clause.
    transitions
        Scores of the chain.
    kinds : (n_clauses,)
        Kind of the border before each clause; that of an answer's first clause is ignored.
    offsets : (n_answers + 1,)
        ``offsets[i]:offsets[i + 1]`` are the clauses of answer ``i``.

    Returns
    -------
    (n_clauses,)
    """
    steps = lay_out(offsets)
    start, kind = steps.start, kinds[steps.order]
    best = np.ascontiguousarray(scores[steps.order].T)  # (K, n), a step after the other
    arcs = np.ascontiguousarray(transitions.between.transpose(1, 2, 0))  # (from, to, kind)
    n_steps = len(start) - 1
    if n_steps > 0:
        best[:, : start[1]] += transitions.start[:, None]
    for before, here, stop in zip(start, start[1:], start[2:], strict=False):
        step = arcs.take(kind[here:stop], axis=2)  # (from, to, n_here)
        step += best[:, None, before : before + stop - here]
        best[:, here:stop] += step.max(axis=0)
    path = np.empty(len(kind), dtype=np.int64)
    role = np.empty(0, dtype=np.int64)
    for t in range(n_steps - 1, -1, -1):
        here, stop = start[t], start[t + 1]
        ended = len(role)  # chains up to here go on: their role here follows from the one behind
        path[here : here + ended] = role
        path[here + ended : stop] = (best[:, here + ended : stop] + transitions.end[:, None]).argmax(axis=0)
        if t:
            before, role = start[t - 1], path[here:stop]
            # only now: a sixth of the work
            role = (best[:, before : before + stop - here] + arcs[:, role, kind[here:stop]]).argmax(axis=0)
    return steps.back(path)


def chain_marginals(scores: Floats, transitions: Transitions, kinds: Ints, offsets: Ints) -> Floats:
    """Return the probability of each role of each clause, as `marginals` does, for answers in a row.

    Sums run over roles one by one, never through a matrix product, so that an answer's numbers do not
    depend on its neighbours in the batch.

    Parameters
    ----------
    scores, transitions, kinds, offsets
        As in `decode_chains`.

    Returns
    -------
    (n_clauses, n_roles)
        Probabilities in 0..1 that sum to 1 over roles.
    """
    steps = lay_out(offsets)
    start, kind = steps.start, kinds[steps.order]
    expo = np.ascontiguousarray(scores[steps.order].T, dtype=np.float64)  # (K, n), a step after the other
    expo -= expo.max(axis=0)
    np.exp(expo, out=expo)
    first, arcs, end = (np.exp(np.asarray(part, dtype=np.float64)) for part in transitions.parts)
    arcs = np.ascontiguousarray(arcs.transpose(1, 2, 0))  # (from, to, kind)
    alpha, scale = expo.copy(), np.empty(expo.shape[1])
    for t in range(len(start) - 1):
        here, stop = start[t], start[t + 1]
        now = alpha[:, here:stop]
        if t:
            before = start[t - 1]
            step = arcs.take(kind[here:stop], axis=2)  # (from, to, n_here)
            step *= alpha[:, None, before : before + stop - here]
            now *= step.sum(axis=0)
        else:
            now *= first[:, None]
        scale[here:stop] = now.sum(axis=0)
        now /= scale[here:stop]
    probs = alpha
    beta = np.empty((len(end), 0))
    for t in range(len(start) - 2, -1, -1):
        here, stop = start[t], start[t + 1]
        last = alpha[:, here + beta.shape[1] : stop]
        total = (last * end[:, None]).sum(axis=0)
        beta = np.concatenate([beta, end[:, None] / total], axis=1)  # (K, n_here)
        if t:
            inner = expo[:, here:stop] * beta
            inner /= scale[here:stop]
            probs[:, here:stop] *= beta
            step = arcs.take(kind[here:stop], axis=2)
            step *= inner[None]
            beta = step.sum(axis=1)
        else:
            probs[:, here:stop] *= beta
    found: Floats = steps.back(probs.T)
    return found


def forward_backward(
    emissions: Floats, transitions: Transitions, kinds: Ints, mask: Bools, *, counts: bool = True
) -> tuple[Floats, Floats, Floats, Floats]:
    """Run the scaled forward-backward algorithm.

    Sums run over roles one by one, never through a matrix product, so that an answer's numbers do not
    depend on its neighbours in the batch.

    Returns
    -------
    probs : (n_answers, n_clauses, n_roles)
    pairs : (n_kinds, n_roles, n_roles)
        Expected number of each transition, summed over the batch.
    log_z : (n_answers,)
        Log of the partition function.
    ends : (2, n_roles)
        Expected first and last roles, summed over the batch.
    """
    n_answers, n_clauses, n_roles = emissions.shape
    probs = np.zeros((n_clauses, n_roles, n_answers))
    pairs = np.zeros(transitions.between.shape)
    log_z = np.zeros(n_answers)
    ends = np.zeros((2, n_roles))
    if not n_answers or not n_clauses:
        return probs.transpose(2, 0, 1), pairs, log_z, ends
    scores = np.ascontiguousarray(emissions.transpose(1, 2, 0), dtype=np.float64)  # (T, K, B)
    peak = scores.max(axis=1)  # (T, B)
    expo = np.exp(scores - peak[:, None, :])
    arcs = np.exp(np.asarray(transitions.between, dtype=np.float64).transpose(1, 2, 0))  # (from, to, kind)
    stop = np.exp(np.asarray(transitions.end, dtype=np.float64))[:, None]
    valid, kind = mask.T, kinds.T
    alpha = np.zeros_like(expo)
    scale = np.ones((n_clauses, n_answers))
    alpha[0] = expo[0] * np.exp(np.asarray(transitions.start, dtype=np.float64))[:, None]
    scale[0] = alpha[0].sum(axis=0)
    alpha[0] /= scale[0]
    for t in range(1, n_clauses):
        step = (alpha[t - 1][:, None, :] * arcs.take(kind[t], axis=2)).sum(axis=0) * expo[t]
        scale[t] = np.where(valid[t], step.sum(axis=0), 1.0)
        alpha[t] = np.where(valid[t], step / scale[t], alpha[t - 1])
    total = (alpha[-1] * stop).sum(axis=0)
    beta = np.broadcast_to(stop / total, alpha[-1].shape).copy()
    for t in range(n_clauses - 1, -1, -1):
        probs[t] = alpha[t] * beta * valid[t]
        if t:
            inner = expo[t] * beta / scale[t]  # (K, B)
            if counts:
                for k in range(len(pairs)):
                    pairs[k] += arcs[:, :, k] * (alpha[t - 1] @ (inner * (valid[t] & (kind[t] == k))).T)
            back = (arcs.take(kind[t], axis=2) * inner[None]).sum(axis=1)
            beta = np.where(valid[t], back, beta)
    if counts:
        log_z = np.where(valid[0], np.log(total) + np.log(scale).sum(0) + (peak * valid).sum(0), 0.0)
        final = valid.copy()
        final[:-1] &= ~valid[1:]
        ends[0], ends[1] = probs[0].sum(axis=1), (probs * final[:, None, :]).sum(axis=(0, 2))
    return probs.transpose(2, 0, 1), pairs, log_z, ends
