"""The measures against brute force and sums done by hand."""

import doctest
import math
from collections import Counter
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from starl import evaluation as ev
from starl.errors import ShapeError

LABELS = st.integers(0, 5)
PAIRS = st.lists(st.tuples(LABELS, LABELS), max_size=40)
ANSWERS = st.lists(st.tuples(st.integers(0, 3), LABELS, LABELS), max_size=40)
BITS = st.lists(st.tuples(st.booleans(), st.booleans()), max_size=25)


def counts_of(pairs: list[tuple[int, int]]) -> ev.Ints:
    gold = np.array([g for g, _ in pairs], dtype=np.int64)
    predicted = np.array([p for _, p in pairs], dtype=np.int64)
    counts: ev.Ints = ev.confusion(gold, predicted, n_labels=6)[0]
    return counts


def divide(a: float, b: float) -> float:
    return a / b if b else math.nan


def test_examples_in_docstrings_hold() -> None:
    assert doctest.testmod(ev).failed == 0


@given(ANSWERS)
def test_confusion_counts_each_unit_once(units: list[tuple[int, int, int]]) -> None:
    answer, gold, predicted = (np.array([u[i] for u in units], dtype=np.int64) for i in range(3))
    counts = ev.confusion(gold, predicted, n_labels=6, answer=answer, n_answers=4)
    expected = Counter(units)
    assert counts.shape == (4, 6, 6)
    assert all(counts[index] == expected[index] for index in np.ndindex(4, 6, 6))


@given(PAIRS)
def test_precision_recall_and_f1_equal_counting(pairs: list[tuple[int, int]]) -> None:
    counts = counts_of(pairs)
    for role in range(6):
        tp = sum(g == p == role for g, p in pairs)
        fp = sum(p == role != g for g, p in pairs)
        fn = sum(g == role != p for g, p in pairs)
        assert ev.precision(counts)[role] == pytest.approx(divide(tp, tp + fp), nan_ok=True)
        assert ev.recall(counts)[role] == pytest.approx(divide(tp, tp + fn), nan_ok=True)
        assert ev.f1(counts)[role] == pytest.approx(divide(2 * tp, 2 * tp + fp + fn), nan_ok=True)


@given(PAIRS)
def test_macro_averages_only_roles_that_occur(pairs: list[tuple[int, int]]) -> None:
    counts = counts_of(pairs)
    scores = {role: float(ev.f1(counts)[role]) for role in {label for pair in pairs for label in pair}}
    story = [score for role, score in scores.items() if role < 5]
    assert float(ev.macro_f1(counts)) == pytest.approx(divide(sum(scores.values()), len(scores)), nan_ok=True)
    assert float(ev.starl_f1(counts)) == pytest.approx(divide(sum(story), len(story)), nan_ok=True)


@given(PAIRS)
def test_accuracy_and_kappa_equal_their_definitions(pairs: list[tuple[int, int]]) -> None:
    counts, n = counts_of(pairs), len(pairs)
    observed = divide(sum(g == p for g, p in pairs), n)
    gold, predicted = Counter(g for g, _ in pairs), Counter(p for _, p in pairs)
    chance = sum(gold[role] * predicted[role] for role in range(6))
    expected = math.nan if chance == n * n else (observed - chance / n**2) / (1 - chance / n**2)
    assert float(ev.accuracy(counts)) == pytest.approx(observed, nan_ok=True)
    assert float(ev.kappa(counts)) == pytest.approx(expected, nan_ok=True, abs=1e-9)


def test_kappa_of_a_worked_table() -> None:
    """Observed agreement .70, chance .25 + .25 = .50."""
    assert float(ev.kappa(np.array([[20, 5], [10, 15]]))) == pytest.approx(0.4)


def test_an_other_word_read_as_action_lowers_starl_f1() -> None:
    right = counts_of([(2, 2)] * 3)
    assert float(ev.starl_f1(right)) == 1.0
    assert float(ev.starl_f1(right + counts_of([(5, 2)] * 3))) == pytest.approx(2 / 3)


@given(ANSWERS)
def test_measures_take_leading_axes(units: list[tuple[int, int, int]]) -> None:
    """Each answer's figure in one call equals its figure on its own."""
    answer, gold, predicted = (np.array([u[i] for u in units], dtype=np.int64) for i in range(3))
    counts = ev.confusion(gold, predicted, n_labels=6, answer=answer, n_answers=4)
    for measure in (ev.accuracy, ev.macro_f1, ev.starl_f1, ev.kappa):
        alone = [float(measure(counts[i])) for i in range(4)]
        np.testing.assert_array_equal(measure(counts), alone)


@given(BITS)
def test_boundary_hits_equal_sets(bits: list[tuple[bool, bool]]) -> None:
    gold, predicted = (np.array([b[i] for b in bits], dtype=bool) for i in range(2))
    true, claimed = set(np.flatnonzero(gold)), set(np.flatnonzero(predicted))
    counts = ev.boundary_hits(gold, predicted)
    assert counts.tolist() == [len(true & claimed), len(claimed - true), len(true - claimed)]
    assert float(ev.hit_precision(counts)) == pytest.approx(
        divide(len(true & claimed), len(claimed)), nan_ok=True
    )
    assert float(ev.hit_recall(counts)) == pytest.approx(divide(len(true & claimed), len(true)), nan_ok=True)
    total = len(true) + len(claimed)
    assert float(ev.hit_f1(counts)) == pytest.approx(divide(2 * len(true & claimed), total), nan_ok=True)


def test_hits_mark_each_answer_at_most_once() -> None:
    gold, predicted = np.array([1, 0, 1, 0], bool), np.array([1, 1, 0, 0], bool)
    assert ev.hits(gold, predicted).tolist() == [[1, 0, 0], [0, 1, 0], [0, 0, 1], [0, 0, 0]]


@given(BITS, st.integers(1, 6))
def test_window_misses_equal_the_sliding_window(bits: list[tuple[bool, bool]], size: int) -> None:
    gold, predicted = ([b[i] for b in bits] for i in range(2))
    windows = range(len(bits) + 1 - size)
    missed = sum(sum(gold[i : i + size]) != sum(predicted[i : i + size]) for i in windows)
    counts = ev.window_misses(np.array(gold, bool), np.array(predicted, bool), size)
    assert counts.tolist() == [missed, len(windows)]


def test_window_diff_of_a_near_miss_lies_between_right_and_missing() -> None:
    gold = np.array([0, 0, 0, 1, 0, 0, 0, 0], bool)
    near = np.roll(gold, 1)
    miss = np.zeros(8, bool)
    diff = [float(ev.share(ev.window_misses(gold, other, 3))) for other in (gold, near, miss)]
    assert diff == pytest.approx([0, 2 / 6, 3 / 6])


@pytest.mark.parametrize(
    ("n_words", "n_segments", "size"), [(100, 5, 10), (3, 3, 1), (0, 0, 1), (1, 1, 1), (30, 4, 4)]
)
def test_window_is_half_a_mean_segment(n_words: int, n_segments: int, size: int) -> None:
    assert ev.window_size(n_words, n_segments) == size


def test_share_error_leaves_undefined_shares_out() -> None:
    counts = ev.share_errors(np.array([0.5, np.nan, 0.2]), np.array([0.25, 0.1, 0.3]))
    assert float(ev.share(counts.sum(0))) == pytest.approx((0.25 + 0.1) / 2)
    assert np.isnan(ev.share(counts[1]))


@given(st.lists(st.tuples(st.integers(0, 20), st.booleans()), min_size=1, max_size=30))
def test_calibration_error_equals_the_sum_over_bins(units: list[tuple[int, bool]]) -> None:
    confidence = np.array([step / 20 for step, _ in units])
    right = np.array([r for _, r in units], dtype=bool)
    expected = 0.0
    for low in range(10):
        inside = [(s / 20, r) for s, r in units if 2 * low < s <= 2 * low + 2 or (s == 0 and low == 0)]
        if inside:
            gap = sum(c for c, _ in inside) / len(inside) - sum(r for _, r in inside) / len(inside)
            expected += len(inside) / len(units) * abs(gap)
    assert float(ev.calibration_error(ev.calibration_bins(confidence, right)[0])) == pytest.approx(expected)


def test_calibration_bins_of_answers_sum_to_those_of_all() -> None:
    rng = np.random.default_rng(1)
    confidence, right, answer = rng.random(50), rng.random(50) < 0.5, rng.integers(0, 3, 50)
    by_answer = ev.calibration_bins(confidence, right, answer=answer, n_answers=4)
    assert by_answer.shape == (4, 10, 3)
    np.testing.assert_allclose(by_answer.sum(0), ev.calibration_bins(confidence, right)[0])


def test_bootstrap_equals_resampling_one_by_one() -> None:
    counts = np.random.default_rng(3).integers(0, 9, (12, 6, 6))
    rng = np.random.default_rng(7)
    drawn = rng.multinomial(12, np.full(12, 1 / 12), size=300)
    scores = [float(ev.macro_f1(np.repeat(counts, weights, axis=0).sum(0))) for weights in drawn]
    interval = ev.bootstrap(ev.macro_f1, counts, n_resamples=300, seed=7)
    assert interval == pytest.approx(tuple(np.quantile(scores, [0.025, 0.975])), abs=1e-4)


def test_bootstrap_of_a_mean_agrees_with_its_standard_error() -> None:
    right = np.random.default_rng(5).integers(0, 11, 400)
    low, high = ev.bootstrap(ev.share, np.stack([right, np.full(400, 10)], axis=-1)) or (0.0, 0.0)
    error = 1.96 * (right / 10).std() / 20
    assert (high - low) / 2 == pytest.approx(error, rel=0.1)


def test_bootstrap_is_seeded() -> None:
    counts = np.random.default_rng(2).integers(0, 9, (9, 2))
    counts[:, 1] += 9
    assert ev.bootstrap(ev.share, counts, seed=1) == ev.bootstrap(ev.share, counts, seed=1)
    assert ev.bootstrap(ev.share, counts, seed=1) != ev.bootstrap(ev.share, counts, seed=2)


@pytest.mark.parametrize("counts", [np.ones((1, 2)), np.zeros((5, 2)), np.ones((0, 2))])
def test_bootstrap_without_evidence_is_undefined(counts: ev.Floats) -> None:
    assert ev.bootstrap(ev.share, counts) is None


def test_undefined_is_none_in_results() -> None:
    assert ev.value(ev.accuracy(np.zeros((6, 6)))) is None
    assert ev.value(ev.calibration_error(np.zeros((10, 3)))) is None
    assert ev.value(0.123456) == 0.1235


def test_labels_out_of_range_are_named() -> None:
    with pytest.raises(ShapeError, match=r"predicted must lie in 0..1, got 0..2"):
        ev.confusion(np.array([0, 1]), np.array([0, 2]), n_labels=2)


@pytest.mark.parametrize("bad", ["confusion", "calibration", "hits", "windows"])
def test_arrays_that_do_not_fit_are_refused(bad: str) -> None:
    one, two = np.zeros(1, dtype=np.int64), np.zeros(2, dtype=np.int64)
    calls: dict[str, Callable[[], object]] = {
        "confusion": lambda: ev.confusion(one, two, n_labels=2),
        "calibration": lambda: ev.calibration_bins(one.astype(np.float64), two > 0),
        "hits": lambda: ev.hits(one > 0, two > 0),
        "windows": lambda: ev.window_misses(one > 0, two > 0, 1),
    }
    with pytest.raises(ShapeError, match="must"):
        calls[bad]()
