import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from goldlines import TOKENIZE, gold
from starl.clauses import Clauses, cut
from starl.errors import ShapeError
from starl.findings import Example
from starl.roles import ROLE_LETTERS, Role
from starl.spans import answer_spans, merge

WORDS = st.sampled_from(["I called.", "they left", "...", "— !", "we won 3 prizes", "so", "ok 👍 then"])
ANSWERS = st.lists(st.lists(st.tuples(st.integers(0, 5), WORDS, st.floats(0, 1)), max_size=8), max_size=5)


def batch(answers: list[list[tuple[int, str, float]]]) -> tuple[Clauses, np.ndarray, np.ndarray]:
    """One clause a triple, whatever its words."""
    tokens = TOKENIZE([" ".join(words for _, words, _ in answer) for answer in answers])
    opens = np.zeros(len(tokens), dtype=bool)
    for i, answer in enumerate(answers):
        at = np.cumsum([0] + [len(words) + 1 for _, words, _ in answer])[:-1]
        first, last = tokens.offsets[i : i + 2]
        opens[first:last] = np.isin(tokens.start_char[first:last], at)
    rows = [row for answer in answers for row in answer]
    roles = np.array([role for role, _, _ in rows], dtype=np.int64)
    return cut(tokens, opens), roles, np.array([sure for _, _, sure in rows], dtype=np.float64)


@given(ANSWERS)
def test_spans_partition_the_clauses_of_the_story(answers: list[list[tuple[int, str, float]]]) -> None:
    clauses, roles, confidence = batch(answers)
    spans = merge(clauses, roles, confidence)
    inside = [c for first, last in zip(spans.first, spans.last, strict=True) for c in range(first, last)]
    assert inside == np.flatnonzero(roles < 5).tolist()
    for s in range(len(spans)):
        own = slice(spans.first[s], spans.last[s])
        assert set(roles[own]) == {spans.role[s]}
        assert set(clauses.answer[own]) == {spans.answer[s]}


@given(ANSWERS)
def test_neighbouring_spans_of_an_answer_differ_or_have_other_between(
    answers: list[list[tuple[int, str, float]]],
) -> None:
    spans = merge(*batch(answers))
    for s in range(len(spans) - 1):
        if spans.answer[s] == spans.answer[s + 1] and spans.last[s] == spans.first[s + 1]:
            assert spans.role[s] != spans.role[s + 1]


@given(ANSWERS)
def test_confidence_lies_between_those_of_its_clauses(answers: list[list[tuple[int, str, float]]]) -> None:
    clauses, roles, confidence = batch(answers)
    spans = merge(clauses, roles, confidence)
    for s in range(len(spans)):
        own = confidence[spans.first[s] : spans.last[s]]
        assert own.min() - 1e-9 <= spans.confidence[s] <= own.max() + 1e-9


@given(ANSWERS)
def test_an_answer_has_the_same_spans_alone(answers: list[list[tuple[int, str, float]]]) -> None:
    spans = merge(*batch(answers))
    for i, answer in enumerate(answers):
        assert answer_spans(spans, i) == answer_spans(merge(*batch([answer])), 0)


def test_other_breaks_a_run_and_yields_no_span() -> None:
    clauses, roles, _ = gold([Example("S\t-\tIt was May.\nO\t-\tWell.\nS\t-\tIt rained.\nS\t-\tA lot.")])
    spans = answer_spans(merge(clauses, roles, np.array([0.5, 0.1, 0.4, 0.6])), 0)
    assert [(s.start_char, s.end_char, s.role, s.n_words, s.confidence) for s in spans] == [
        (0, 11, Role.SITUATION, 3, 0.5),
        (18, 35, Role.SITUATION, 4, 0.5),
    ]


def test_clauses_without_words_get_the_plain_mean() -> None:
    clauses, _, _ = gold([Example("A\tI\t...\nA\tI\t— !")])
    spans = merge(clauses, np.array([2, 2]), np.array([0.2, 0.6]))
    assert (spans.n_words.tolist(), spans.confidence.tolist()) == ([0], [pytest.approx(0.4)])


def test_an_empty_batch_has_no_spans() -> None:
    spans = merge(*batch([]))
    assert (len(spans), spans.offsets.tolist()) == (0, [0])
    assert answer_spans(merge(*batch([[]])), 0) == ()


def test_shapes_must_fit() -> None:
    clauses, roles, _ = gold([Example("A\tI\tI left.")])
    with pytest.raises(
        ShapeError, match=r"must have shape \(1,\) to match the clauses, got \(1,\) and \(2,\)"
    ):
        merge(clauses, roles, np.ones(2))


def test_role_letters_are_in_index_order() -> None:
    assert [ROLE_LETTERS.index(letter) for letter in "STARLO"] == list(range(6))
