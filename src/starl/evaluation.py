"""How good the readings are: measures over counts, and their intervals.

Everything is counted per answer first and measured afterwards, so that one set of counts serves the
overall figure (sum the answers), every breakdown (sum some of them) and the bootstrap (sum a resample).
A measure takes counts with any number of leading axes and gives an array over those axes; what is
undefined is NaN inside such arrays, and `value` turns a single number into ``float | None`` for results.

========================  =============================  ======================================
counts                    made by                        measured by
========================  =============================  ======================================
``(..., gold, pred)``     `confusion`                    `accuracy`, `precision`, `recall`, `f1`,
                                                         `macro_f1`, `starl_f1`, `kappa`
``(..., tp fp fn)``       `hits`, `boundary_hits`        `hit_precision`, `hit_recall`, `hit_f1`
``(..., part whole)``     `window_misses`,               `share`
                          `share_errors`
``(..., bin, 3)``         `calibration_bins`             `calibration_error`
========================  =============================  ======================================
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from starl.errors import ShapeError
from starl.roles import STORY_ROLES

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Counts = npt.NDArray[Any]

N_BINS = 10


def value(measure: npt.ArrayLike) -> float | None:
    """Return one number as a float of four digits, None if it is undefined (NaN).

    Examples
    --------
    >>> value(np.float64(2 / 3)), value(np.nan)
    (0.6667, None)
    """
    number = float(np.asarray(measure))
    return None if np.isnan(number) else round(number, 4)


def confusion(
    gold: Ints, predicted: Ints, *, n_labels: int, answer: Ints | None = None, n_answers: int = 1
) -> Ints:
    """Count pairs of gold and predicted labels, answer by answer.

    Parameters
    ----------
    gold, predicted : (n_units,)
        Label indices in 0..n_labels - 1. A unit is a word for roles, a clause for agents.
    n_labels
        Number of labels.
    answer : (n_units,)
        The answer each unit belongs to; all belong to answer 0 if it is left out.
    n_answers
        Number of answers, those without any unit included.

    Returns
    -------
    (n_answers, n_labels, n_labels)
        ``[a, i, j]`` counts the units of answer ``a`` with gold label ``i`` and predicted label ``j``.

    Raises
    ------
    ShapeError
        If the arrays differ in length or hold a label or answer out of range.

    Examples
    --------
    >>> confusion(np.array([0, 0, 1]), np.array([0, 1, 1]), n_labels=2)
    array([[[1, 1],
            [0, 1]]])
    """
    answer = np.zeros(len(gold), dtype=np.int64) if answer is None else answer
    if not len(gold) == len(predicted) == len(answer):
        raise ShapeError(
            "gold, predicted and answer must be equally long, "
            f"got {len(gold)}, {len(predicted)} and {len(answer)}"
        )
    for name, array, limit in (
        ("gold", gold, n_labels),
        ("predicted", predicted, n_labels),
        ("answer", answer, n_answers),
    ):
        if len(array) and (array.min() < 0 or array.max() >= limit):
            raise ShapeError(f"{name} must lie in 0..{limit - 1}, got {array.min()}..{array.max()}")
    cell = (answer * n_labels + gold) * n_labels + predicted
    counts = np.bincount(cell, minlength=n_answers * n_labels**2)
    return counts.reshape(n_answers, n_labels, n_labels).astype(np.int64)


def accuracy(counts: Counts) -> Floats:
    """Return the share of units whose label is right.

    Formula: trace / sum. Range 0 (none right) to 1 (all right); undefined without units.

    Parameters
    ----------
    counts : (..., n_labels, n_labels)
        From `confusion`.

    Returns
    -------
    (...)

    Examples
    --------
    >>> float(accuracy(np.array([[8, 2], [1, 9]])))
    0.85
    """
    return _ratio(np.trace(counts, axis1=-2, axis2=-1), counts.sum((-2, -1)))


def precision(counts: Counts) -> Floats:
    """Return, for each label, the share of its predictions that are right.

    Formula: tp / (tp + fp). Range 0 to 1; undefined for a label never predicted.

    Parameters
    ----------
    counts : (..., n_labels, n_labels)
        From `confusion`.

    Returns
    -------
    (..., n_labels)

    Examples
    --------
    >>> precision(np.array([[3, 1], [0, 0]]))
    array([1., 0.])
    """
    return _ratio(_diagonal(counts), counts.sum(-2))


def recall(counts: Counts) -> Floats:
    """Return, for each label, the share of its gold units that are found.

    Formula: tp / (tp + fn). Range 0 to 1; undefined for a label that never is gold.

    Parameters
    ----------
    counts : (..., n_labels, n_labels)
        From `confusion`.

    Returns
    -------
    (..., n_labels)

    Examples
    --------
    >>> recall(np.array([[3, 1], [0, 0]]))
    array([0.75,  nan])
    """
    return _ratio(_diagonal(counts), counts.sum(-1))


def f1(counts: Counts) -> Floats:
    """Return the F1 of each label, the harmonic mean of its precision and recall.

    Formula: 2 tp / (2 tp + fp + fn). Range 0 to 1. Undefined only for a label that is neither gold nor
    predicted; 0, not undefined, for one that is gold but never predicted, or predicted but never gold.

    Parameters
    ----------
    counts : (..., n_labels, n_labels)
        From `confusion`.

    Returns
    -------
    (..., n_labels)

    References
    ----------
    van Rijsbergen (1979), Information Retrieval, 2nd ed., ch. 7.

    Examples
    --------
    >>> f1(np.array([[2, 0, 0], [1, 0, 0], [0, 0, 0]]))
    array([0.8, 0. , nan])
    """
    return _ratio(2 * _diagonal(counts), counts.sum(-1) + counts.sum(-2))


def macro_f1(counts: Counts, *, first: int | None = None) -> Floats:
    """Return the plain mean of F1 over all labels that occur in gold or prediction.

    The mean of the F1s, not the F1 of the mean precision and recall (Opitz and Burst 2019 show how far
    the two differ). Range 0 to 1; undefined without units. A label that occurs nowhere is left out of the
    mean, where scikit-learn by default counts it as 0.

    Parameters
    ----------
    counts : (..., n_labels, n_labels)
        From `confusion`.
    first
        Average only so many labels, from the first on; the others still count as errors of these.

    Returns
    -------
    (...)

    References
    ----------
    Opitz and Burst (2019), Macro F1 and Macro F1, arXiv:1911.03347.

    Examples
    --------
    >>> float(macro_f1(np.array([[2, 0, 0], [1, 0, 0], [0, 0, 0]])))
    0.4
    """
    return _mean(f1(counts)[..., :first])


def starl_f1(counts: Counts) -> Floats:
    """Return the plain mean of F1 over the five roles of a story: S, T, A, R, L.

    The F1 of each role is taken over all words, those whose gold role is Other included: an Other word
    read as Action is a false alarm of Action, an Action word read as Other a miss. Only the F1 of Other
    itself stays out of the mean. Range and undefined case as in `macro_f1`.

    Parameters
    ----------
    counts : (..., n_roles, n_roles)
        From `confusion`, roles in the order of `starl.roles.ROLES`.

    Returns
    -------
    (...)

    Examples
    --------
    Ten Situation words are found, and ten Other words are taken for Situation too:

    >>> counts = confusion(np.repeat([0, 5], 10), np.zeros(20, int), n_labels=6)[0]
    >>> round(float(starl_f1(counts)), 3), round(float(macro_f1(counts)), 3)
    (0.667, 0.333)
    """
    return macro_f1(counts, first=len(STORY_ROLES))


def kappa(counts: Counts) -> Floats:
    """Return Cohen's kappa: agreement beyond what the label frequencies alone would give.

    Formula: (po - pe) / (1 - pe), with po the share of equal labels and pe the sum over labels of
    (gold share x predicted share). At most 1 (all equal); 0 is chance, below 0 worse than chance. Undefined
    without units, and where both sides use one and the same label throughout (pe = 1).

    Parameters
    ----------
    counts : (..., n_labels, n_labels)
        From `confusion`.

    Returns
    -------
    (...)

    References
    ----------
    Cohen (1960), A coefficient of agreement for nominal scales, Educ. Psychol. Meas. 20:37,
    doi:10.1177/001316446002000104.

    Examples
    --------
    >>> round(float(kappa(np.array([[20, 5], [10, 15]]))), 3)
    0.4
    """
    total = counts.sum((-2, -1))
    equal = total * np.trace(counts, axis1=-2, axis2=-1)  # po and pe, both times total squared
    chance = (counts.sum(-1) * counts.sum(-2)).sum(-1)
    return _ratio(equal - chance, total * total - chance)


def hits(gold: Bools, predicted: Bools) -> Ints:
    """Count, answer by answer, whether something claimed is so.

    Parameters
    ----------
    gold, predicted : (n_answers,)
        Whether the answer has a trait, and whether a finding says so.

    Returns
    -------
    (n_answers, 3)
        True positives, false positives, false negatives; one of them is 1 or all are 0.

    Examples
    --------
    >>> hits(np.array([True, False]), np.array([True, True])).tolist()
    [[1, 0, 0], [0, 1, 0]]
    """
    if gold.shape != predicted.shape:
        raise ShapeError(f"gold and predicted must have one shape, got {gold.shape} and {predicted.shape}")
    counts: Ints = np.stack([gold & predicted, ~gold & predicted, gold & ~predicted], axis=-1).astype(
        np.int64
    )
    return counts


def boundary_hits(gold: Bools, predicted: Bools) -> Ints:
    """Count the clause boundaries of one answer that are found, invented and missed.

    A boundary lies between two neighbouring words, and counts only at exactly the same place.

    Parameters
    ----------
    gold, predicted : (n_words - 1,)
        Whether a clause ends after word ``i``; the two ends of the answer are no boundaries.

    Returns
    -------
    (3,)
        True positives, false positives, false negatives.

    Examples
    --------
    >>> boundary_hits(np.array([1, 0, 1], bool), np.array([1, 1, 0], bool)).tolist()
    [1, 1, 1]
    """
    counts: Ints = hits(gold, predicted).sum(0)
    return counts


def hit_precision(counts: Counts) -> Floats:
    """Return the share of claims that are right: tp / (tp + fp), undefined without claims.

    Parameters
    ----------
    counts : (..., 3)
        From `hits` or `boundary_hits`.

    Returns
    -------
    (...)

    Examples
    --------
    >>> float(hit_precision(np.array([3, 1, 6])))
    0.75
    """
    return _ratio(counts[..., 0], counts[..., 0] + counts[..., 1])


def hit_recall(counts: Counts) -> Floats:
    """Return the share of what is so that is claimed: tp / (tp + fn), undefined if nothing is so.

    Parameters
    ----------
    counts : (..., 3)
        From `hits` or `boundary_hits`.

    Returns
    -------
    (...)

    Examples
    --------
    >>> round(float(hit_recall(np.array([3, 1, 6]))), 3)
    0.333
    """
    return _ratio(counts[..., 0], counts[..., 0] + counts[..., 2])


def hit_f1(counts: Counts) -> Floats:
    """Return 2 tp / (2 tp + fp + fn), undefined if nothing is so and nothing is claimed.

    Parameters
    ----------
    counts : (..., 3)
        From `hits` or `boundary_hits`.

    Returns
    -------
    (...)

    Examples
    --------
    >>> round(float(hit_f1(np.array([3, 1, 6]))), 3)
    0.462
    """
    return _ratio(2 * counts[..., 0], 2 * counts[..., 0] + counts[..., 1] + counts[..., 2])


def window_size(n_words: int, n_segments: int) -> int:
    """Return half the mean segment length in words, rounded, at least 1: the window of WindowDiff.

    Examples
    --------
    >>> window_size(n_words=100, n_segments=5)
    10
    """
    return max(1, round(n_words / (2 * n_segments))) if n_segments else 1


def window_misses(gold: Bools, predicted: Bools, size: int) -> Ints:
    """Count the windows of one answer that hold unequal numbers of boundaries (WindowDiff).

    A window of ``size`` words slides over the answer one word at a time; it is a miss if gold and
    prediction differ in the number of boundaries within it. ``share`` of the counts, summed over answers,
    is WindowDiff: 0 for the same boundaries, 1 if every window differs; undefined where no answer is
    longer than the window. Unlike Pk it also punishes false boundaries close to true ones.

    Parameters
    ----------
    gold, predicted : (n_words - 1,)
        Whether the role changes after word ``i``.
    size
        Window in words, from `window_size` of the gold segments.

    Returns
    -------
    (2,)
        Windows that differ, and windows.

    References
    ----------
    Pevzner and Hearst (2002), A critique and improvement of an evaluation metric for text segmentation,
    Comput. Linguist. 28(1):19, doi:10.1162/089120102317341756.

    Examples
    --------
    >>> window_misses(np.array([0, 1, 0, 0], bool), np.array([0, 0, 1, 0], bool), size=2).tolist()
    [2, 3]
    """
    if gold.shape != predicted.shape:
        raise ShapeError(f"gold and predicted must have one shape, got {gold.shape} and {predicted.shape}")
    surplus = np.concatenate([[0], np.cumsum(gold.astype(np.int64) - predicted)])  # (n_words,)
    differs = surplus[size:] != surplus[:-size] if size < len(surplus) else surplus[:0]
    return np.array([np.count_nonzero(differs), len(differs)], dtype=np.int64)


def share_errors(gold: Floats, predicted: Floats) -> Floats:
    """Give the absolute error of a share for each answer where both sides define it.

    ``share`` of the counts, summed over answers, is the mean absolute error: 0 (all shares right) to 1.

    Parameters
    ----------
    gold, predicted : (n_answers,)
        Shares in 0..1, such as that of Situation and Task; NaN where undefined.

    Returns
    -------
    (n_answers, 2)
        Absolute error and 1; twice 0 where a share is undefined.

    Examples
    --------
    >>> share_errors(np.array([0.5, np.nan]), np.array([0.25, 0.5])).tolist()
    [[0.25, 1.0], [0.0, 0.0]]
    """
    error = np.abs(gold - predicted)
    defined = ~np.isnan(error)
    return np.stack([np.where(defined, error, 0.0), defined.astype(np.float64)], axis=-1)


def share(counts: Counts) -> Floats:
    """Return part / whole, undefined where the whole is 0.

    Parameters
    ----------
    counts : (..., 2)
        Part and whole, as from `window_misses` or `share_errors`.

    Returns
    -------
    (...)

    Examples
    --------
    >>> float(share(np.array([1, 4])))
    0.25
    """
    return _ratio(counts[..., 0], counts[..., 1])


def calibration_bins(
    confidence: Floats, right: Bools, *, answer: Ints | None = None, n_answers: int = 1
) -> Floats:
    """Sum confidences and right labels in ten equal bins of confidence, answer by answer.

    Parameters
    ----------
    confidence : (n_units,)
        Probability that the label is right, in 0..1. With words as units, as in the quality report, a
        clause weighs as much as it has words.
    right : (n_units,)
        Whether it is.
    answer : (n_units,)
        The answer each unit belongs to; all belong to answer 0 if it is left out.
    n_answers
        Number of answers.

    Returns
    -------
    (n_answers, 10, 3)
        Units, summed confidence, right units. Bin ``b`` holds confidences of (b / 10, (b + 1) / 10]; 0
        falls into the first.
    """
    answer = np.zeros(len(confidence), dtype=np.int64) if answer is None else answer
    if not len(confidence) == len(right) == len(answer):
        raise ShapeError(
            "confidence, right and answer must be equally long, "
            f"got {len(confidence)}, {len(right)} and {len(answer)}"
        )
    edges = np.arange(1, N_BINS) / N_BINS
    cell = answer * N_BINS + np.searchsorted(edges, confidence, side="left")
    n_cells = n_answers * N_BINS
    weights = (np.ones(len(cell)), confidence, right.astype(np.float64))
    sums: Floats = np.stack([np.bincount(cell, weights=w, minlength=n_cells) for w in weights], axis=-1)
    return sums.reshape(n_answers, N_BINS, 3)


def calibration_error(bins: Counts) -> Floats:
    """Return the expected calibration error over ten equal bins of confidence.

    Formula: the mean over units of |mean confidence of the bin - share of right labels in the bin|. Range
    0 (a confidence of 0.8 is right four times in five) to 1; undefined without units.

    Parameters
    ----------
    bins : (..., 10, 3)
        From `calibration_bins`.

    Returns
    -------
    (...)

    References
    ----------
    Naeini, Cooper and Hauskrecht (2015), Obtaining well calibrated probabilities using Bayesian binning,
    AAAI, doi:10.1609/aaai.v29i1.9602.

    Examples
    --------
    >>> bins = calibration_bins(np.full(4, 0.95), np.array([1, 1, 1, 0], bool))[0]
    >>> round(float(calibration_error(bins)), 3)
    0.2
    """
    gap = np.abs(bins[..., 1] - bins[..., 2]).sum(-1)
    return _ratio(gap, bins[..., 0].sum(-1))


def bootstrap(
    measure: Callable[[Counts], Floats],
    counts: Counts,
    *,
    n_resamples: int = 2000,
    level: float = 0.95,
    seed: int = 0,
) -> tuple[float, float] | None:
    """Return a percentile bootstrap interval of a measure over answers.

    Answers are drawn with replacement, never words, as words of one answer hang together. A resample is
    a row of multinomial weights, so that all of them are one matrix product with the counts. Answers by
    one and the same person hang together too, which makes the interval somewhat too narrow for them.

    Parameters
    ----------
    measure
        A measure of this module: counts with leading axes to an array over those axes.
    counts : (n_answers, ...)
        Counts of each answer.
    n_resamples
        How many resamples to draw.
    level
        Share of resamples within the interval.
    seed
        Seed of the draws; the same seed gives the same interval.

    Returns
    -------
    tuple of float or None
        Lower and upper end, four digits; None if there are fewer than two answers or no resample
        defines the measure. Resamples that do not define it are left out.

    References
    ----------
    Efron (1979), Bootstrap methods, Ann. Stat. 7(1):1, doi:10.1214/aos/1176344552.

    Examples
    --------
    >>> bootstrap(share, np.array([[1, 2], [1, 2], [1, 2]]))
    (0.5, 0.5)
    """
    n_answers = len(counts)
    if n_answers < 2:
        return None
    rng = np.random.default_rng(seed)
    weights = rng.multinomial(n_answers, np.full(n_answers, 1 / n_answers), size=n_resamples)
    sums = weights.astype(np.float64) @ counts.reshape(n_answers, -1).astype(np.float64)
    measures = measure(sums.reshape(n_resamples, *counts.shape[1:]))  # (n_resamples,)
    measures = measures[~np.isnan(measures)]
    if not len(measures):
        return None
    low, high = np.quantile(measures, [(1 - level) / 2, (1 + level) / 2])
    return round(float(low), 4), round(float(high), 4)


def _diagonal(counts: Counts) -> Counts:
    diagonal: Counts = np.diagonal(counts, axis1=-2, axis2=-1)
    return diagonal


def _ratio(part: npt.ArrayLike, whole: npt.ArrayLike) -> Floats:
    """Divide, with NaN where the whole is 0."""
    top, bottom = np.broadcast_arrays(np.asarray(part, np.float64), np.asarray(whole, np.float64))
    ratio: Floats = np.divide(top, bottom, out=np.full(top.shape, np.nan), where=bottom != 0)
    return ratio


def _mean(measures: Floats) -> Floats:
    """Average the defined measures of the last axis, with NaN where there is none."""
    defined = ~np.isnan(measures)
    return _ratio(np.where(defined, measures, 0.0).sum(-1), defined.sum(-1))
