import pickle
import sys
from collections import Counter
from dataclasses import fields
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import starl
from starl.analyzer import load
from starl.columns import RULE_COLUMNS, Scores, answer_schema, join, needed
from starl.corpus import read_corpus
from starl.errors import ColumnError, ExtraError, TextError
from starl.findings import RULES
from starl.gauges import SCORES
from starl.grading import grade
from starl.roles import AGENTS, ROLES, ROW_STATUSES, STATUSES

pytestmark = pytest.mark.model

ANALYZER = load()
CORPUS = Path(__file__).parents[1] / "models" / "corpus"
TEXTS = [answer.text for answer in read_corpus(sorted(CORPUS.glob("*.starl"))[:3])][:150]
MIXED = [*TEXTS[:40], None, "", "x" * 60, *TEXTS[40:60]]
COLUMNS = {
    "list": list,
    "iterator": iter,
    "numpy": lambda values: np.array(values, dtype=object),
    "arrow": pa.array,
    "arrow large": lambda values: pa.array(values, pa.large_string()),
    "arrow view": lambda values: pa.array(values, pa.string_view()),
    "arrow chunks": lambda values: pa.chunked_array([values[:9], values[9:]]),
    "arrow words": lambda values: pa.array(values).dictionary_encode(),
    "pandas": pd.Series,
    "pandas object": lambda values: pd.Series(values, dtype=object),
    "polars": pl.Series,
}


def table(scores):
    return scores.to_arrow(clauses=True)


@pytest.mark.parametrize("make", COLUMNS.values(), ids=list(COLUMNS))
def test_answers_may_come_as_any_column(make):
    assert table(ANALYZER.score(make(MIXED))).equals(table(ANALYZER.score(MIXED)))


def test_a_numpy_array_of_strings_is_a_column():
    assert table(ANALYZER.score(np.array(TEXTS[:5]))).equals(table(ANALYZER.score(TEXTS[:5])))


@given(st.integers(1, 70), st.randoms())
@settings(max_examples=15, deadline=None)
def test_neither_batch_size_nor_order_change_a_row(size, random):
    order = random.sample(range(len(MIXED)), len(MIXED))
    shuffled = ANALYZER.score([MIXED[i] for i in order], batch_size=size)
    assert table(shuffled).take(np.argsort(order)).equals(table(ANALYZER.score(MIXED)))


def test_processes_change_no_row():
    alone, spread = ANALYZER.score(MIXED), ANALYZER.score(MIXED, batch_size=20, n_process=2)
    assert table(spread).equals(table(alone))
    assert spread.clauses.to_arrow().equals(alone.clauses.to_arrow())
    assert spread.report(3) == alone.report(3)


def test_an_analyzer_can_be_sent_to_another_process():
    copy = pickle.loads(pickle.dumps(ANALYZER))
    assert copy.fingerprint == ANALYZER.fingerprint
    assert table(copy.score(TEXTS[:3])).equals(table(ANALYZER.score(TEXTS[:3])))


def test_a_stream_gives_the_rows_of_a_whole_in_batches():
    parts = list(ANALYZER.stream(iter(MIXED), batch_size=25))
    assert [len(part) for part in parts] == [25, 25, 13]
    assert table(join(parts)).equals(table(ANALYZER.score(MIXED)))


def test_a_stream_reads_no_further_than_it_must():
    taken = []
    stream = ANALYZER.stream((taken.append(text) or text for text in TEXTS), batch_size=10)
    next(stream)
    assert len(taken) == 10


@pytest.mark.parametrize(
    ("value", "status"),
    [(None, "missing"), (float("nan"), "missing"), (pd.NA, "missing"), (3, "not_text"), (b"a", "not_text"),
     (["a"], "not_text"), ("\ud800", "not_text"), ("x" * 101, "oversized")],
)  # fmt: skip
def test_a_row_that_cannot_be_read_is_marked_and_the_others_stand(value, status):
    scores = ANALYZER.score([TEXTS[0][:100], value, TEXTS[1][:100]], on_invalid="mark", max_chars=100)
    rows = scores.to_arrow().to_pylist()
    assert [row["status"] for row in rows[::2]] != [status, status]
    full = {name for name, value in rows[1].items() if value is not None}
    assert full == {"status", "model", "profile", "fingerprint"}
    assert rows[1]["status"] == status


@pytest.mark.parametrize("value", [3, b"a", "\ud800"])
def test_what_is_no_text_is_an_error_unless_it_shall_be_marked(value):
    with pytest.raises(TextError, match="answer 1 must be"):
        ANALYZER.score(["fine", value])


def test_nothing_has_no_text_but_an_empty_answer_has_a_report():
    scores = ANALYZER.score(["", None])
    assert scores.report(0) == ANALYZER.analyze("")
    with pytest.raises(TextError, match="row 1 must have been read to have a report, got missing"):
        scores.report(1)
    with pytest.raises(IndexError, match=r"row must lie in 0\.\.1, got 2"):
        scores.report(2)


def test_reports_are_built_on_access():
    scores = ANALYZER.score(TEXTS[:4], questions=["why?", None, None, None])
    assert scores.report(0) == ANALYZER.analyze(TEXTS[0], question="why?")
    assert scores.report(-1) == ANALYZER.analyze(TEXTS[3])


def test_texts_that_were_not_kept_give_no_report():
    with pytest.raises(TextError, match="texts must be kept to build a report"):
        ANALYZER.score(TEXTS[:2], keep_texts=False).report(0)


def test_the_table_says_what_the_reports_say():
    for row, report in zip(table(ANALYZER.score(TEXTS[:60])).to_pylist(), ANALYZER.pipe(TEXTS), strict=False):
        balance, ownership = report.balance, report.ownership
        assert row["status"] == report.status
        assert row["answer_type"] == report.answer_type
        assert [row[name] for name in ("model", "profile", "fingerprint")] == [
            report.model, report.profile, report.fingerprint
        ]  # fmt: skip
        for name, role in ((f"{role}_words", role) for role in ROLES):
            assert row[name] == getattr(balance.words, role)
        shares = balance.share.model_dump() if balance.share else {}
        assert {role: row[f"{role}_share"] for role in shares} == shares
        for name in ("other_share", "setting_share", "core_share", "words_before_first_own_deed", "n_words"):
            assert row[name] == getattr(balance, name)
        for part in ("action", "result"):
            deeds = getattr(ownership, part)
            assert [row[f"{part}_{agent}"] for agent in AGENTS] == [getattr(deeds, agent) for agent in AGENTS]
        for name in ("i_share", "own_share", "hidden_deeds"):
            assert row[name] == getattr(ownership, name)
        assert row["findings"] == [finding.code for finding in report.findings]
        found = {finding.name.replace("-", "_"): finding for finding in report.findings}
        assert {name: (row[name], row[f"{name}_value"]) for name in RULE_COLUMNS} == {
            name: (found[name].severity, found[name].value) if name in found else (None, None)
            for name in RULE_COLUMNS
        }
        made = grade(report, ANALYZER.profile)
        scores = [row[f"{name}_score"] for name in (*SCORES, "overall")]
        assert scores == [getattr(made, name).points if made else None for name in (*SCORES, "overall")]
        clauses = [clause.model_dump(mode="json") for clause in report.clauses]
        assert [{**clause} for clause in row["clauses"]] == clauses


def test_the_schema_is_known_beforehand():
    assert ANALYZER.score([]).to_arrow(clauses=True).schema == answer_schema(clauses=True)
    assert ANALYZER.score(MIXED).to_arrow().schema == answer_schema()


def test_others_take_the_columns_without_our_help():
    scores = ANALYZER.score(MIXED)
    expected = scores.to_arrow()
    assert pl.DataFrame(scores).shape == expected.shape
    assert pl.DataFrame(scores.clauses).height == len(scores.clauses)
    assert pa.table(scores).equals(expected)
    assert pd.DataFrame.from_arrow(scores).shape == scores.to_pandas().shape == expected.shape


def test_numpy_columns_have_the_names_and_values_of_the_table():
    scores = ANALYZER.score(MIXED)
    arrays, expected = scores.to_numpy(), scores.to_arrow()
    assert list(arrays) == expected.column_names
    assert arrays["status"].tolist() == expected["status"].to_pylist()
    assert arrays["findings"][0].split() == expected["findings"][0].as_py()
    assert arrays["n_words"][scores.is_read].tolist() == expected["n_words"].drop_null().to_pylist()
    nested = scores.clauses.to_numpy()
    assert list(nested) == scores.clauses.to_arrow().column_names
    assert set(nested["agent"]) <= {"", *AGENTS}


def rows(**more):
    return pa.record_batch({"id": pa.array(range(len(MIXED))), "answer": pa.array(MIXED), **more})


def test_a_batch_of_rows_gives_a_row_for_each_and_keeps_what_it_shall():
    scored = ANALYZER.score_batch(rows(), text="answer", keep=["id"], clauses=True)
    assert scored.schema.names == ["id", *answer_schema(clauses=True).names]
    assert scored["id"].to_pylist() == list(range(len(MIXED)))
    assert pa.table(scored.drop_columns(["id"])).equals(table(ANALYZER.score(MIXED)).combine_chunks())


@pytest.mark.parametrize("kind", [pa.int64(), pa.binary(), pa.list_(pa.string()), pa.null()])
def test_a_column_of_anything_else_is_marked_row_by_row(kind):
    value = {pa.int64(): 3, pa.binary(): b"a", pa.list_(pa.string()): ["a"]}.get(kind)
    batch = pa.record_batch({"text": pa.array([value, None], kind)})
    status = ANALYZER.score_batch(batch)["status"].to_pylist()
    assert status == ["missing" if kind == pa.null() else "not_text", "missing"]


def test_a_string_that_is_no_utf8_is_marked_and_its_neighbours_stand():
    bad = pa.Array.from_buffers(pa.string(), 3, pa.array([b"ok", b"\xff\xfe", None]).buffers())
    status = ANALYZER.score_batch(pa.record_batch({"text": bad}))["status"].to_pylist()
    assert status == ["too_short", "not_text", "missing"]


def test_batches_of_rows_are_scored_in_order_by_any_number_of_processes():
    batches = [rows().slice(at, 10) for at in range(0, len(MIXED), 10)]
    one, two = (
        pa.Table.from_batches(ANALYZER.score_batches(batches, text="answer", keep=["id"], n_process=n))
        for n in (1, 2)
    )
    assert one.equals(two)
    assert one["id"].to_pylist() == list(range(len(MIXED)))


@pytest.mark.parametrize(
    ("options", "message"),
    [({"text": "nope"}, "column must be one of 'id', 'answer', got 'nope'"),
     ({"text": "answer", "keep": ["who"]}, "got 'who'"),
     ({"text": "answer", "question": "why"}, "got 'why'")],
)  # fmt: skip
def test_a_column_that_is_not_there_is_named(options, message):
    with pytest.raises(ColumnError, match=message):
        ANALYZER.score_batch(rows(), **options)


def test_a_kept_column_must_not_hide_a_column_of_scores():
    with pytest.raises(ColumnError, match="got 'status'"):
        ANALYZER.score_batch(rows(status=pa.array(MIXED)), text="answer", keep=["status"])


def test_joining_nothing_gives_columns_without_rows():
    assert len(join([])) == 0
    assert join([]).to_arrow().num_rows == 0


def test_columns_without_an_analyzer_give_no_report():
    with pytest.raises(TextError, match="columns without an analyzer"):
        join([]).analyze("a", None)


@pytest.mark.parametrize(("package", "advice"), [("pyarrow_", "pyarrow_"), ("pyarrow", r"starl\[arrow\]")])
def test_a_missing_package_is_named_with_its_extra(package, advice, monkeypatch):
    def missing(name):
        raise ModuleNotFoundError(name)

    monkeypatch.setattr("starl.columns.import_module", missing)
    with pytest.raises(ExtraError, match=f"{package} is needed for this and is not installed; .*{advice}"):
        needed(package)


def test_arrays_are_small_and_indices_lie_within_their_names():
    scores = ANALYZER.score(MIXED)
    assert scores.status.max() < len(ROW_STATUSES)
    assert scores.severity.shape == scores.value.shape == (len(MIXED), len(RULES))
    assert {getattr(scores, f.name).dtype for f in fields(Scores) if f.type in ("Bytes", "Counts")} == {
        np.dtype(np.int8), np.dtype(np.int32)
    }  # fmt: skip
    assert [ROW_STATUSES[s] in STATUSES for s in scores.status] == scores.is_read.tolist()
    assert starl.Scores is Scores


def test_every_column_is_documented():
    page = (Path(__file__).parents[1] / "docs" / "reference" / "columns.md").read_text(encoding="utf-8")
    names = [
        name for name in answer_schema(clauses=True).names if name.removesuffix("_value") not in RULE_COLUMNS
    ]
    assert [name for name in names if f"`{name}`" not in page] == []


def python_calls(function):
    """Count the calls of Python functions, from which no loop over answers can hide."""
    calls = Counter()

    def count(frame, event, _):
        if event == "call":
            calls[frame.f_code.co_name] += 1

    sys.setprofile(count)
    try:
        function()
    finally:
        sys.setprofile(None)
    return calls.total()


def test_no_python_function_is_called_for_each_answer():
    """Eight times as many answers, and nearly the same calls: all that grows is arrays."""
    few, many = TEXTS[:12], TEXTS[:12] * 8
    list(ANALYZER.stream(few)), list(ANALYZER.stream(many))  # warm
    some, more = (python_calls(lambda texts=texts: list(ANALYZER.stream(texts))) for texts in (few, many))
    assert more < 1.5 * some
