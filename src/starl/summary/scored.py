"""Files that ``starl score`` has written -> batches of their rows, the columns of a summary alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from starl.columns import needed
from starl.files.rows import SourceError, Wanted
from starl.files.sources import SUFFIXES, Format, Source, find, open_reader, suffix, telling
from starl.summary.tally import COLUMNS, check_names

if TYPE_CHECKING:
    import pyarrow as pa

_TABLE_ROWS = 1 << 16
_LINES = 1 << 13
_STATUS = "status"
_KINDS = "be Parquet, Arrow or JSON lines"
_GIVE = "give what starl score has written"


def read_scored(inputs: Iterable[str], by: str | None = None) -> Iterator[pa.RecordBatch]:
    """Yield the rows of scored files in order, one batch in memory at a time.

    Parameters
    ----------
    inputs
        Parquet, Arrow and JSON lines files, folders, globs, or ``-`` for JSON lines on standard input.
    by
        A further column to read.

    Raises
    ------
    SourceError
        If there is no such file, or it is not what it should be.
    ColumnError
        If a column is missing.
    ExtraError
        If pyarrow is missing.
    """
    names = list(dict.fromkeys([*COLUMNS, *([] if by is None else [by])]))
    inputs = list(inputs)
    for name in inputs:
        if Path(name).is_file() and suffix(name) not in SUFFIXES:
            raise SourceError(f"{name} must {_KINDS}, got {suffix(name) or 'no suffix'}; {_GIVE}")
    for source in find(inputs):
        with telling(source):
            yield from _READERS[source.format](source, names, by)


def _parquet(source: Source, names: list[str], by: str | None) -> Iterator[pa.RecordBatch]:
    with needed("pyarrow.parquet").ParquetFile(source.name) as file:
        check_names(file.schema_arrow.names, by)
        yield from file.iter_batches(batch_size=_TABLE_ROWS, columns=names)


def _arrow(source: Source, names: list[str], by: str | None) -> Iterator[pa.RecordBatch]:
    pa, ipc = needed("pyarrow"), needed("pyarrow.ipc")
    with pa.memory_map(source.name) as file:
        is_file = file.read(6) == b"ARROW1"
        file.seek(0)
        reader = ipc.open_file(file) if is_file else ipc.open_stream(file)
        check_names(reader.schema.names, by)
        n = reader.num_record_batches if is_file else 0
        for batch in map(reader.get_batch, range(n)) if is_file else reader:
            yield batch.select(names)


def _lines(source: Source, names: list[str], by: str | None) -> Iterator[pa.RecordBatch]:
    pa = needed("pyarrow")
    wanted = Wanted(text=_STATUS, keep=tuple(name for name in names if name != _STATUS))
    with closing(open_reader(source, wanted)) as reader:
        check_names(reader.columns(), by)
        while len(rows := reader.read(_LINES)):
            for status, line in zip(rows.texts, rows.lines, strict=True):
                if not isinstance(status, str):
                    raise SourceError(f"must hold a row of scores in each line, got another at line {line}")
            yield pa.RecordBatch.from_pydict({_STATUS: pa.array(rows.texts, pa.string()), **rows.kept})


def _refused(source: Source, names: list[str], by: str | None) -> Iterator[pa.RecordBatch]:
    raise SourceError(f"must {_KINDS}, got {source.format}; {_GIVE}")


_READERS = {
    Format.PARQUET: _parquet,
    Format.ARROW: _arrow,
    Format.JSONL: _lines,
    Format.CSV: _refused,
    Format.TSV: _refused,
}
