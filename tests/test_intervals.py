from itertools import pairwise, product

import numpy as np
import pytest

from starl.intervals import N_PATHS, draw_paths, share_intervals
from starl.viterbi import Transitions

CHAIN = Transitions(np.array([0.3, 0.0]), np.array([[[1.0, 0.0], [0.0, 1.0]]]), np.array([0.0, 0.2]))
SCORES = np.array([[0.5, 0.0], [0.0, 0.4], [0.2, 0.0]])
KINDS = np.zeros(3, dtype=np.int64)


def chance(path):
    """The chance of a path, up to a factor."""
    score = CHAIN.start[path[0]] + CHAIN.end[path[-1]] + sum(SCORES[t, r] for t, r in enumerate(path))
    return np.exp(score + sum(CHAIN.between[0, a, b] for a, b in pairwise(path)))


def test_paths_are_drawn_as_often_as_they_are_likely():
    """Against every path, by enumeration."""
    drawn = draw_paths(SCORES, CHAIN, KINDS).T.tolist()
    every = list(product(range(2), repeat=3))
    total = sum(map(chance, every))
    for path in every:
        assert drawn.count(list(path)) / N_PATHS == pytest.approx(chance(path) / total, abs=0.08)


def test_the_draws_are_the_same_each_time():
    assert (draw_paths(SCORES, CHAIN, KINDS) == draw_paths(SCORES, CHAIN, KINDS)).all()


def test_a_sure_reading_has_no_width():
    paths = np.repeat([[0], [1], [1]], N_PATHS, axis=1)
    ends = share_intervals(paths, np.array([2, 1, 1]), n_roles=3, n_story=2)
    assert ends.tolist() == [[0.5, 0.5], [0.5, 0.5], [1.0, 1.0]]


def test_an_interval_holds_eight_in_ten_of_the_paths():
    paths = np.zeros((2, 10), dtype=np.int64)
    paths[1] = [0, 0, 1, 1, 1, 1, 1, 1, 1, 2]
    ends = share_intervals(paths, np.array([1, 1]), n_roles=3, n_story=3)
    assert ends[1].tolist() == [0.0, 0.5]
    assert ends[2, 1] < 0.5


def test_no_story_has_no_interval():
    assert share_intervals(np.full((1, 4), 2), np.array([3]), n_roles=3, n_story=2) is None
