from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from starl.errors import ShapeError
from starl.viterbi import Transitions, decode, forward_backward, marginals


@st.composite
def batches(draw):
    """Return emissions (B, T, K), transitions, kinds (B, T) and mask (B, T) with small integer scores."""
    sizes = draw(st.lists(st.integers(0, 4), min_size=1, max_size=4))
    n_roles, longest = draw(st.integers(1, 3)), max([*sizes, 1])
    rng = np.random.default_rng(draw(st.integers(0, 10**6)))
    shape = (len(sizes), longest, n_roles)
    chain = Transitions(
        rng.integers(-3, 4, n_roles), rng.integers(-3, 4, (2, n_roles, n_roles)), rng.integers(-3, 4, n_roles)
    )
    mask = np.arange(longest) < np.array(sizes)[:, None]
    return rng.integers(-3, 4, shape), chain, rng.integers(0, 2, shape[:2]), mask


def path_score(scores, chain, kinds, path):
    inner = sum(chain.between[kinds[t + 1], a, b] for t, (a, b) in enumerate(pairwise(path)))
    return (
        chain.start[path[0]]
        + chain.end[path[-1]]
        + inner
        + sum(s[r] for s, r in zip(scores, path, strict=True))
    )


def every_path(batch, b):
    scores, chain, kinds, mask = batch
    n = int(mask[b].sum())
    paths = list(product(range(scores.shape[2]), repeat=n))
    return paths, np.array([path_score(scores[b, :n], chain, kinds[b], p) for p in paths])


@given(batches())
def test_no_path_beats_the_decoded_one(batch):
    """Against every path of every answer, by enumeration."""
    for b, path in enumerate(decode(*batch)):
        n = int(batch[3][b].sum())
        assert (path[n:] == -1).all()
        if n:
            _, scores = every_path(batch, b)
            assert path_score(batch[0][b, :n], batch[1], batch[2][b], path[:n]) == scores.max()


@given(batches())
def test_marginals_equal_those_of_all_paths(batch):
    """Also the pair counts, the ends and the partition function."""
    probs, pairs, log_z, ends = forward_backward(*batch)
    want_pairs, want_ends = np.zeros_like(pairs), np.zeros_like(ends)
    for b in range(len(probs)):
        n = int(batch[3][b].sum())
        assert not probs[b, n:].any()
        if not n:
            continue
        paths, scores = every_path(batch, b)
        weight = np.exp(scores - np.logaddexp.reduce(scores))
        assert log_z[b] == pytest.approx(np.logaddexp.reduce(scores))
        want = np.zeros((n, batch[0].shape[2]))
        for path, w in zip(paths, weight, strict=True):
            want[np.arange(n), path] += w
            want_ends[0, path[0]] += w
            want_ends[1, path[-1]] += w
            for t, (i, j) in enumerate(pairwise(path)):
                want_pairs[batch[2][b, t + 1], i, j] += w
        assert probs[b, :n] == pytest.approx(want)
    assert pairs == pytest.approx(want_pairs)
    assert ends == pytest.approx(want_ends)


@given(batches(), st.integers(1, 3))
def test_padding_changes_no_path_and_no_probability(batch, more):
    scores, chain, kinds, mask = batch
    wide = (
        np.pad(scores, ((0, 0), (0, more), (0, 0)), constant_values=99),
        chain,
        np.pad(kinds, ((0, 0), (0, more))),
        np.pad(mask, ((0, 0), (0, more))),
    )
    n = mask.shape[1]
    assert (decode(*wide)[:, :n] == decode(*batch)).all()
    assert (marginals(*wide)[:, :n] == marginals(*batch)).all()


@given(batches())
def test_an_answer_does_not_depend_on_its_neighbours(batch):
    scores, chain, kinds, mask = batch
    alone = [
        marginals(scores[b : b + 1], chain, kinds[b : b + 1], mask[b : b + 1])[0] for b in range(len(scores))
    ]
    assert (np.stack(alone) == marginals(*batch)).all()


def test_an_empty_batch_gives_empty_paths():
    chain = Transitions(np.zeros(2), np.zeros((1, 2, 2)), np.zeros(2))
    none = np.zeros((0, 3), dtype=int)
    assert decode(np.zeros((0, 3, 2)), chain, none, none > 0).shape == (0, 3)
    assert marginals(np.zeros((0, 3, 2)), chain, none, none > 0).shape == (0, 3, 2)


@pytest.mark.parametrize(
    ("shape", "roles", "mask", "message"),
    [
        ((2, 3), 2, (2, 3), "emissions must have 3 axes"),
        (
            (2, 3, 4),
            2,
            (2, 3),
            r"transitions must have shape \(kinds, 4, 4\) to match emissions \(2, 3, 4\), got \(1, 2, 2\)",
        ),
        ((2, 3, 2), 2, (2, 4), r"mask must have shape \(2, 3\) to match emissions \(2, 3, 2\), got \(2, 4\)"),
    ],
)
def test_shapes_that_disagree_are_both_named(shape, roles, mask, message):
    chain = Transitions(np.zeros(roles), np.zeros((1, roles, roles)), np.zeros(roles))
    with pytest.raises(ShapeError, match=message):
        decode(np.zeros(shape), chain, np.zeros(shape[:2], dtype=int), np.ones(mask, dtype=bool))
