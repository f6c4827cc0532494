import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from starl.batches import check, in_batches, spread, values
from starl.errors import TextError
from starl.roles import ROW_STATUSES, Unread


def double(value):
    return 2 * value


def fail_at_three(value):
    if value == 3:
        raise TextError("answer 3 must be good, got bad")
    return value


@pytest.mark.parametrize("n_process", [1, 2, 3])
def test_results_come_in_the_order_of_their_items(n_process):
    assert list(spread(double, range(20), n_process)) == [(i, 2 * i) for i in range(20)]


@pytest.mark.parametrize("n_process", [1, 2])
def test_an_error_of_a_worker_reaches_the_caller(n_process):
    with pytest.raises(TextError, match="answer 3 must be good"):
        list(spread(fail_at_three, range(20), n_process))


def test_only_a_few_items_wait_at_a_time():
    taken = []
    results = spread(double, (taken.append(i) or i for i in range(100)), 2)
    next(results)
    assert len(taken) <= 6
    results.close()


def test_the_number_of_processes_must_be_one_or_more():
    with pytest.raises(ValueError, match="n_process must be at least 1, got 0"):
        list(spread(double, [1], 0))


def test_answers_are_cut_into_batches_with_their_questions():
    batches = list(in_batches(["a", None, "c"], ["x", None, "z"], 2))
    assert [batch.texts for batch in batches] == [["a", ""], ["c"]]
    assert [batch.questions for batch in batches] == [["x", None], ["z"]]
    assert batches[0].unread.tolist() == [-1, ROW_STATUSES.index(Unread.MISSING)]


def test_why_an_answer_is_not_read_is_kept():
    batch = check([None, 1, "\ud800", "long", "ok"], on_invalid="mark", max_chars=3)
    names = [ROW_STATUSES[why].value if why >= 0 else None for why in batch.unread]
    assert names == ["missing", "not_text", "not_text", "oversized", None]


def test_the_number_of_an_answer_in_an_error_counts_from_the_first_batch():
    with pytest.raises(TextError, match="answer 3 must be valid Unicode"):
        list(in_batches(["a", "b", "c", "\udfff"], None, 2))


@pytest.mark.parametrize(
    ("column", "message"),
    [
        ("one text", "got one str; wrap it in a list"),
        (b"bytes", "got one bytes"),
        ({"text": ["a"]}, r"got a table \(dict\); pick the column"),
        (pd.DataFrame({"text": ["a"]}), r"got a table \(DataFrame\)"),
        (pa.table({"text": ["a"]}), r"got a table \(Table\)"),
        (np.array([["a"]]), r"must have one axis, got shape \(1, 1\)"),
    ],
)
def test_what_is_no_column_is_named(column, message):
    with pytest.raises(TextError, match=message):
        list(values(column))


def test_without_pyarrow_an_arrow_column_is_read_value_by_value(monkeypatch):
    monkeypatch.setattr("starl.batches.find_spec", lambda name: None)
    assert list(values(pd.Series(["a", None]))) == ["a", None]


def test_how_to_treat_what_is_invalid_is_one_of_two_words():
    with pytest.raises(ValueError, match="on_invalid must be 'raise' or 'mark', got 'skip'"):
        list(in_batches([], None, 1, "skip"))
