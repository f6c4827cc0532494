"""Arrow rows as JSON lines, against the json module."""

import datetime
import decimal
import json

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from starl.files.jsonl import RAW, json_lines

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
FLOATS = st.floats(allow_nan=False, allow_infinity=False) | st.integers(0, 10_000).map(lambda n: n / 10_000)
PART = st.none() | st.fixed_dictionaries({"n": st.integers(0, 9) | st.none(), "x": FLOATS})
KINDS = {
    "int": (pa.int32(), st.integers(-(2**31), 2**31 - 1)),
    "float": (pa.float64(), FLOATS),
    "text": (pa.string(), TEXT),
    "word": (pa.dictionary(pa.int8(), pa.string()), st.sampled_from(['a"b', "é\n", ""])),
    "flag": (pa.bool_(), st.booleans()),
    "words": (pa.list_(pa.string()), st.lists(TEXT | st.none(), max_size=3)),
    "parts": (pa.list_(pa.struct([("n", pa.int32()), ("x", pa.float64())])), st.lists(PART, max_size=3)),
}
ROW = st.fixed_dictionaries({name: values | st.none() for name, (_, values) in KINDS.items()})


def dumped(batch):
    lines = (json.dumps(row, ensure_ascii=False, separators=(",", ":")) for row in batch.to_pylist())
    return "".join(line + "\n" for line in lines).encode()


def batch_of(**columns):
    return pa.RecordBatch.from_pydict(columns)


@settings(max_examples=80, deadline=None)
@given(st.lists(ROW, max_size=6), st.data())
def test_lines_are_those_of_the_json_module(rows, data):
    schema = pa.schema([(name, kind) for name, (kind, _) in KINDS.items()])
    batch = pa.RecordBatch.from_pylist(rows, schema)
    part = batch.slice(data.draw(st.integers(0, len(rows))))
    assert bytes(json_lines(part)) == dumped(part)


def test_each_share_of_four_digits_is_written_as_python_does():
    shares = [i / 10_000 for i in range(10_001)]
    assert bytes(json_lines(batch_of(share=shares))) == dumped(batch_of(share=shares))


def test_names_of_columns_are_escaped():
    assert json.loads(bytes(json_lines(batch_of(**{'a "b"\n': [1]})))) == {'a "b"\n': 1}


def test_what_json_lacks_is_null():
    lines = bytes(json_lines(batch_of(x=[np.nan, np.inf, -np.inf, -0.0])))
    assert lines == b'{"x":null}\n{"x":null}\n{"x":null}\n{"x":-0.0}\n'


def test_zero_and_minus_zero_stay_apart():
    assert bytes(json_lines(batch_of(x=[0.0, -0.0, 2.5]))) == b'{"x":0.0}\n{"x":-0.0}\n{"x":2.5}\n'


def test_json_goes_through_as_it_stands():
    schema = pa.schema([pa.field("id", pa.string(), metadata=RAW)])
    batch = pa.RecordBatch.from_pydict({"id": ['{"a": 1}', "2", None]}, schema)
    assert bytes(json_lines(batch)) == b'{"id":{"a": 1}}\n{"id":2}\n{"id":null}\n'


@pytest.mark.parametrize(
    ("array", "written"),
    [
        (pa.array([datetime.date(2020, 1, 2)]), '"2020-01-02"'),
        (pa.array([datetime.datetime(2020, 1, 2, 3)], pa.timestamp("s")), '"2020-01-02 03:00:00"'),
        (pa.array([1577934000000000001], pa.timestamp("ns")), '"2020-01-02 03:00:00.000000001"'),
        (pa.array([decimal.Decimal("1.50")]), '"1.50"'),
        (pa.array([0.5], pa.float32()), "0.5"),
        (pa.array([[1, 2]], pa.large_list(pa.int64())), "[1,2]"),
        (pa.array([b"a"]), "\"b'a'\""),
    ],
)
def test_columns_of_other_types_are_written_as_text_or_as_they_are(array, written):
    assert bytes(json_lines(batch_of(x=array))).decode() == f'{{"x":{written}}}\n'
