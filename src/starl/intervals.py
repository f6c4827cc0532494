"""Emissions, transitions -> how far the shares of an answer may lie from what was read.

Paths are drawn from the chain's own distribution, each as likely as the model holds it to be, and the shares
of their words are compared. The draws are the same for every answer and every run, so the interval is too.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from starl.tokens import Ints
from starl.viterbi import Floats, Transitions

N_PATHS = 256
LEVEL = 0.8
"""Share of the drawn paths whose shares lie within an interval."""


@cache
def _draws() -> Floats:
    """Return numbers in 0..1 that decide between roles, (512, N_PATHS); longer answers use them again."""
    return np.random.default_rng(0).random((512, N_PATHS))


def draw_paths(emissions: Floats, transitions: Transitions, kinds: Ints) -> Ints:
    """Draw paths of one answer from the chain's distribution.

    Parameters
    ----------
    emissions : (n_clauses, n_roles)
        Log-potentials.
    transitions
        Scores of the chain, in the same scale.
    kinds : (n_clauses,)
        Kind of the border before each clause.

    Returns
    -------
    (n_clauses, N_PATHS)
        Role index of each clause in each path.

    References
    ----------
    Scott (2002), Bayesian methods for hidden Markov models, J. Am. Stat. Assoc. 97(457),
    doi:10.1198/016214502753479464: forward filtering, backward sampling.
    """
    n_clauses, n_roles = emissions.shape
    draws = _draws()
    alpha = np.zeros((n_clauses, n_roles))
    for t in range(n_clauses):
        if t == 0:
            step = emissions[0] + transitions.start
        else:
            into = alpha[t - 1][:, None] + transitions.between[kinds[t]]  # (from, to)
            peak = into.max(axis=0)
            step = np.log(np.exp(into - peak).sum(axis=0)) + peak + emissions[t]
        alpha[t] = step - step.max()
    last = _cumulative(alpha[-1] + transitions.end)  # (from,)
    into = alpha[:-1, None, :] + transitions.between.transpose(0, 2, 1)[kinds[1:]]  # (T - 1, to, from)
    before = _cumulative(into)
    paths = np.empty((n_clauses, N_PATHS), dtype=np.int64)
    paths[-1] = np.searchsorted(last, draws[(n_clauses - 1) % len(draws)])
    for t in range(n_clauses - 2, -1, -1):
        paths[t] = (before[t][paths[t + 1]] < draws[t % len(draws), :, None]).sum(axis=1)
    return paths


def _cumulative(scores: Floats) -> Floats:
    """Return the cumulative chances of log-potentials over the last axis; the last one is 1."""
    weight = np.exp(scores - scores.max(axis=-1, keepdims=True))
    total = np.cumsum(weight, axis=-1)
    chances: Floats = total / total[..., -1:]
    return chances


def share_intervals(paths: Ints, n_words: Ints, n_roles: int, n_story: int) -> Floats | None:
    """Return the interval of each story role's share, and that of the first two roles together.

    Parameters
    ----------
    paths : (n_clauses, n_paths)
        Drawn paths.
    n_words : (n_clauses,)
        Words of each clause.
    n_roles, n_story
        Number of roles, and of those that make up the story, which come first.

    Returns
    -------
    (n_story + 1, 2) or None
        Lower and upper end, in 0..1: the central `LEVEL` of the paths; None if no path tells a story.
    """
    words = np.stack([(n_words[:, None] * (paths == role)).sum(axis=0) for role in range(n_roles)])
    story = words[:n_story].sum(axis=0)  # (n_paths,)
    told = story > 0
    if not told.any():
        return None
    shares = words[:n_story, told] / story[told]
    shares = np.concatenate([shares, shares[:2].sum(axis=0, keepdims=True)])
    ends = np.quantile(shares, [(1 - LEVEL) / 2, (1 + LEVEL) / 2], axis=1)
    return np.asarray(ends.T.round(4))
