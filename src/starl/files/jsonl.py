"""Arrow rows -> JSON lines, column by column.

A row of scores has some seventy values. Making an object and a string of each one takes longer than reading
a short answer, so each column is turned into JSON at once and the columns are joined by Arrow.
"""

from __future__ import annotations

import json
from functools import cache
from math import isfinite
from typing import TYPE_CHECKING, Any

import numpy as np

from starl.columns import needed

if TYPE_CHECKING:
    import pyarrow as pa

RAW = {b"starl": b"json"}
"""Metadata of a field whose strings are JSON already."""
_DIGITS = 10_000  # shares have four digits


def json_lines(batch: pa.RecordBatch) -> memoryview:
    """Return one JSON object a line, nulls kept, in the order of the columns.

    The same rows give the same bytes. Floats are written as Python writes them.

    Parameters
    ----------
    batch
        Rows; a field with the metadata `RAW` holds JSON as text, which is written as it stands.

    Returns
    -------
    memoryview
        UTF-8, with a line feed after each row.
    """
    if not len(batch):
        return memoryview(b"")
    lines = _objects(batch.schema, batch.columns, "\n")
    offsets = np.frombuffer(lines.buffers()[1], dtype=np.int64)
    return memoryview(lines.buffers()[2])[offsets[0] : offsets[len(lines)]]


def _objects(fields: Any, columns: list[Any], end: str = "") -> Any:  # noqa: ANN401  (Arrow)
    """Join columns of JSON into JSON objects."""
    pa, pc = needed("pyarrow"), needed("pyarrow.compute")
    parts: list[Any] = []
    before = "{"
    for field, column in zip(fields, columns, strict=True):
        key = f"{before}{json.dumps(field.name, ensure_ascii=False)}:"
        parts += [pa.scalar(key, pa.large_string()), as_json(column, field.metadata == RAW)]
        before = ","
    parts += [pa.scalar("}" + end, pa.large_string()), pa.scalar("", pa.large_string())]
    return pc.binary_join_element_wise(*parts, null_handling="replace", null_replacement="null")


def as_json(column: Any, raw: bool = False) -> Any:  # noqa: ANN401  (Arrow)
    """Return each value of an Arrow column as JSON text; a null stays null.

    Parameters
    ----------
    column
        Any Arrow array.
    raw
        Whether its values are JSON already.
    """
    pa, pc = needed("pyarrow"), needed("pyarrow.compute")
    kind, large = column.type, pa.large_string()
    if column.null_count == len(column):
        return pa.nulls(len(column), large)
    if raw or pa.types.is_integer(kind) or pa.types.is_boolean(kind):
        return pc.cast(column, large)
    if pa.types.is_dictionary(kind):
        return as_json(column.dictionary).take(column.indices)
    if pa.types.is_floating(kind):
        return _floats(pc.cast(column, pa.float64()))
    if pa.types.is_timestamp(kind) or pa.types.is_date(kind) or pa.types.is_decimal(kind):
        return as_json(pc.cast(column, pa.string()))
    if pa.types.is_struct(kind):
        return pc.if_else(column.is_valid(), _objects(kind, column.flatten()), pa.scalar(None, large))
    if pa.types.is_list(kind):
        return _lists(column)
    return pa.array(list(map(_dumped, column.to_pylist())), large)


def _floats(column: Any) -> Any:  # noqa: ANN401  (Arrow)
    """Write floats as Python does; those of four digits in 0..1 are looked up."""
    pa = needed("pyarrow")
    valid = column.is_valid()
    values = column.fill_null(0.0).to_numpy(zero_copy_only=False)
    index = np.rint(np.clip(np.nan_to_num(values), 0, 1) * _DIGITS)
    if (index / _DIGITS == values).all() and not np.signbit(values).any():
        known, at = _shares(), index.astype(np.int32)
    else:
        bits = np.ascontiguousarray(values).view(np.int64)  # which tell -0.0 from 0.0
        unique, at = np.unique(bits, return_inverse=True)
        numbers = unique.view(np.float64).tolist()
        told = [repr(number) if isfinite(number) else None for number in numbers]  # JSON has no NaN
        known = pa.array(told, pa.large_string())
    return known.take(pa.array(at, mask=~valid.to_numpy(zero_copy_only=False)))


@cache
def _shares() -> Any:  # noqa: ANN401  (Arrow)
    pa = needed("pyarrow")
    return pa.array([repr(i / _DIGITS) for i in range(_DIGITS + 1)], pa.large_string())


def _lists(column: Any) -> Any:  # noqa: ANN401  (Arrow)
    """Join the JSON of the items of each list."""
    pa, pc = needed("pyarrow"), needed("pyarrow.compute")
    large = pa.large_string()
    items = as_json(column.flatten()).fill_null("null")
    size = column.value_lengths().fill_null(0).to_numpy()
    ends = pa.array(np.concatenate([[0], np.cumsum(size)]).astype(np.int32))
    joined = pc.binary_join(pa.ListArray.from_arrays(ends, items), pa.scalar(",", large))
    whole = pc.binary_join_element_wise(
        pa.scalar("[", large), joined, pa.scalar("]", large), pa.scalar("", large)
    )
    return pc.if_else(column.is_valid(), whole, pa.scalar(None, large))


def _dumped(value: object) -> str | None:
    """Write a value of any kind; one that JSON lacks as its text."""
    if value is None:
        return None
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)
