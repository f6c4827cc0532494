"""Rows of a file of answers -> a batch that `Analyzer.score_batch` takes.

A row that cannot be taken as it stands is a row all the same: its answer is one that is marked in the column
``status``.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING, Any

from starl.batches import arrow_values
from starl.columns import needed
from starl.errors import StarlError
from starl.files.jsonl import RAW, as_json

if TYPE_CHECKING:
    import pyarrow as pa

NOT_TEXT = b""
"""Stands for an answer that is no text."""
MOST_CHARS = 1 << 21
"""A batch is closed when it holds more characters than this, so that long answers do not fill the memory."""
_LONGEST_LINE = 1 << 24


class SourceError(StarlError, ValueError):
    """An input that cannot be read as what it should be."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is wanted of each row."""

    text: str
    """Name of the column of answers."""
    question: str | None = None
    """Name of the column of questions."""
    keep: tuple[str, ...] = ()
    """Names of columns that are passed on."""
    max_chars: int = 100_000
    """Of a longer answer only so much is held as shows that it is too long."""
    as_json: bool = False
    """Whether columns kept of JSON lines stay JSON, or become Arrow columns of one type."""

    @property
    def names(self) -> tuple[str, ...]:
        """All columns that are read, each once."""
        asked = (self.text, *((self.question,) if self.question is not None else ()), *self.keep)
        return tuple(dict.fromkeys(asked))

    @property
    def longest_line(self) -> int:
        """Bytes of a line after which it is skipped as oversized."""
        return max(_LONGEST_LINE, 12 * self.max_chars)

    @property
    def oversized(self) -> str:
        """An answer that is too long, in place of one that was not read to its end."""
        return "x" * (self.max_chars + 1)

    def clipped(self, text: object) -> object:
        """Return an answer, of one that is too long just enough to show it."""
        if isinstance(text, str) and len(text) > self.max_chars:
            return text[: self.max_chars + 1]
        return text


@dataclass(frozen=True, slots=True)
class Place:
    """Where a row begins in a file."""

    offset: int = 0
    """Bytes before it in a text file, rows before it in a table."""
    line: int = 1
    """Its line in a text file, its number in a table; the first is 1."""


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Some rows of a file in order."""

    texts: list[object]
    """Answers; None is a missing one, what is no str is marked."""
    questions: list[str | None] | None
    kept: dict[str, Any]
    """Arrow arrays of the columns passed on."""
    lines: Sequence[int]
    """Line, or number in the table, of each row."""
    json: bool = False
    """Whether ``kept`` holds JSON."""

    def __len__(self) -> int:
        return len(self.texts)


def text_values(column: Any) -> list[object]:  # noqa: ANN401  (Arrow)
    """Return the answers of an Arrow array of any type: None for a null, bytes for what is no text."""
    types = needed("pyarrow").types
    if types.is_dictionary(column.type):
        return text_values(column.dictionary_decode())
    if not is_text(column.type):
        null = column.is_null(nan_is_null=types.is_floating(column.type)).to_pylist()
        return [None if missing else NOT_TEXT for missing in null]
    return arrow_values(column)


def is_text(kind: Any) -> bool:  # noqa: ANN401  (Arrow)
    """Whether an Arrow type is one of strings."""
    return str(kind) in ("string", "large_string", "string_view")


def sound(column: Any) -> Any:  # noqa: ANN401  (Arrow)
    """Return a column whose strings are valid UTF-8; bytes that are not become replacement characters."""
    pa = needed("pyarrow")
    if not is_text(column.type):
        return column
    try:
        column.validate(full=True)
    except pa.ArrowInvalid:
        raw = column.cast(pa.large_binary()).to_pylist()
        return pa.array([None if r is None else r.decode(errors="replace") for r in raw], column.type)
    return column


def as_question(value: object, max_chars: int) -> str | None:
    """Return a question as text, None if there is none."""
    if not isinstance(value, str):
        return None
    return value[:max_chars].encode("utf-8", "replace").decode()


def typed_array(values: Sequence[object]) -> Any:  # noqa: ANN401  (Arrow)
    """Return JSON values as an Arrow array of one type; of several types, as text."""
    pa = needed("pyarrow")
    kinds = set(map(type, values)) - {type(None)}
    for known, arrow in (
        (set(), pa.null()), ({str}, pa.string()), ({bool}, pa.bool_()), ({int}, pa.int64()),
        ({int, float}, pa.float64()),
    ):  # fmt: skip
        if kinds <= known:
            try:
                return pa.array(values, arrow)
            except (pa.ArrowInvalid, OverflowError, UnicodeEncodeError):  # an int too large, a lone surrogate
                break
    return pa.array(list(map(_as_text, values)), pa.string())


def _as_text(value: object) -> str | None:
    text = value if value is None or isinstance(value, str) else _json(value)
    return None if text is None else text.encode("utf-8", "backslashreplace").decode()


def json_array(values: Sequence[object]) -> Any:  # noqa: ANN401  (Arrow)
    """Return JSON values as JSON."""
    return needed("pyarrow").array(list(map(_json, values)))


def _json(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text if text.isascii() or _is_valid(text) else json.dumps(value, separators=(",", ":"))


def _is_valid(text: str) -> bool:
    return text == text.encode("utf-8", "replace").decode()


def to_batch(rows: Rows, first: int, wanted: Wanted, number: str | None) -> pa.RecordBatch:
    """Return rows as `Analyzer.score_batch` takes them.

    Parameters
    ----------
    rows
        Some rows.
    first
        Number of the first of them.
    wanted
        What was read.
    number
        Name of a column with the number of the row, None for no such column.

    Returns
    -------
    RecordBatch
        The number and the columns kept, then `answer_name` and, if asked for, `question_name`.
    """
    arrow = needed("pyarrow")
    columns: list[tuple[Any, Any]] = []
    if number is not None:
        numbers = arrow.array(range(first, first + len(rows)), arrow.int64())
        columns.append((arrow.field(number, numbers.type), numbers))
    meta = RAW if rows.json else None
    columns += [(arrow.field(name, array.type, metadata=meta), array) for name, array in rows.kept.items()]
    texts = text_array(rows.texts)
    columns.append((arrow.field(answer_name(wanted), texts.type), texts))
    if rows.questions is not None:
        asked = arrow.array(rows.questions, arrow.string())
        columns.append((arrow.field(question_name(wanted), arrow.string()), asked))
    schema = arrow.schema([field for field, _ in columns])
    batch: pa.RecordBatch = arrow.RecordBatch.from_arrays([array for _, array in columns], schema=schema)
    return batch


def answer_name(wanted: Wanted) -> str:
    """Return the name of the column of answers in a batch, which no column kept has."""
    return _free("text", wanted.keep)


def question_name(wanted: Wanted) -> str:
    """Return the name of the column of questions in a batch, which no column kept has."""
    return _free("question", wanted.keep)


def _free(name: str, taken: Sequence[str]) -> str:
    while name in taken:
        name += "_"
    return name


def text_array(texts: Sequence[object]) -> Any:  # noqa: ANN401  (Arrow)
    """Return answers as an Arrow array: of strings, or of strings and what is none."""
    pa = needed("pyarrow")
    if set(map(type, texts)) <= {str, type(None)}:
        try:
            return pa.array(texts, pa.string())
        except UnicodeEncodeError:  # a lone surrogate
            pass
    good = [text is None or (isinstance(text, str) and _is_valid(text)) for text in texts]
    strings = pa.array([text for text, ok in zip(texts, good, strict=True) if ok], pa.string())
    n_good = len(strings)
    other = pa.array([0] * (len(texts) - n_good), pa.int8())
    offsets, seen = [], [0, 0]
    for ok in good:
        offsets.append(seen[ok])
        seen[ok] += 1
    kinds = pa.array([0 if ok else 1 for ok in good], pa.int8())
    return pa.UnionArray.from_dense(kinds, pa.array(offsets, pa.int32()), [strings, other], ["text", "other"])


def common_schema(schemas: Sequence[pa.Schema]) -> pa.Schema:
    """Return a schema that holds the rows of all: columns kept may differ in type from part to part.

    Integers and floats become floats, other types that differ become text, and so does a column without any
    value.

    Parameters
    ----------
    schemas
        At least one, all with the same names.
    """
    arrow = needed("pyarrow")
    first = schemas[0]
    fields = []
    for i, field in enumerate(first):
        kind = reduce(_common_type, dict.fromkeys(schema.field(i).type for schema in schemas))
        fields.append(field.with_type(arrow.string() if arrow.types.is_null(kind) else kind))
    schema: pa.Schema = arrow.schema(fields)
    return schema


def _common_type(one: Any, other: Any) -> Any:  # noqa: ANN401  (Arrow)
    arrow = needed("pyarrow")
    if one == other or arrow.types.is_null(other):
        return one
    if arrow.types.is_null(one):
        return other
    return arrow.float64() if {one, other} == {arrow.int64(), arrow.float64()} else arrow.string()


def cast_table(table: pa.Table, schema: pa.Schema) -> pa.Table:
    """Return a table in the types of `common_schema`."""
    columns = [
        _cast(column, field.type) if column.type != field.type else column
        for column, field in zip(table.columns, schema, strict=True)
    ]
    cast: pa.Table = needed("pyarrow").table(columns, schema=schema)
    return cast


def _cast(column: Any, kind: Any) -> Any:  # noqa: ANN401  (Arrow)
    arrow = needed("pyarrow")
    decoded = column.combine_chunks()
    if arrow.types.is_dictionary(decoded.type):
        decoded = decoded.dictionary_decode()
    if is_text(kind) and not is_text(decoded.type):
        decoded = as_json(decoded)
    return decoded.cast(kind)
