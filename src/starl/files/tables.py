"""A Parquet or Arrow file of answers -> rows, a few at a time, from any place in it.

Only the columns asked for are read, and of a file that is gone on with only the row groups that are left.
"""

from __future__ import annotations

import mmap
from collections import deque
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from starl.columns import needed
from starl.files.readers import Reader
from starl.files.rows import MOST_CHARS, Place, Rows, Wanted, as_question, sound, text_values

if TYPE_CHECKING:
    import pyarrow as pa

_MOST_BYTES = 8 * MOST_CHARS
"""Rows are no longer gathered into a batch when they hold more than this."""


class TableReader(Reader):
    """Reads batches of Arrow rows.

    Parameters
    ----------
    batches
        Those of the file, from the place on.
    wanted
        What is wanted of each row.
    place
        Where the first row stands.
    """

    def __init__(self, batches: Iterable[pa.RecordBatch], wanted: Wanted, place: Place) -> None:
        self.batches = iter(batches)
        self.wanted = wanted
        self.place = place
        self.ahead: deque[pa.RecordBatch] = deque()
        """Rows that were read and not yet given."""

    def read(self, n: int) -> Rows:
        """Return the next rows."""
        batch = self._gather(n)
        if batch is None:
            return self._rows([], None)
        texts = list(map(self.wanted.clipped, text_values(batch.column(self.wanted.text))))
        used = fitting(texts)
        if used < len(batch):
            self.ahead.appendleft(batch.slice(used))
        return self._rows(texts[:used], batch.slice(0, used))

    def _gather(self, n: int) -> pa.RecordBatch | None:
        """Return up to ``n`` rows as one batch, fewer if they are large; None at the end."""
        pieces: list[pa.RecordBatch] = []
        n_rows = n_bytes = 0
        while n_rows < n and n_bytes <= _MOST_BYTES:
            batch = self.ahead.popleft() if self.ahead else next(self.batches, None)
            if batch is None:
                break
            if n_rows + len(batch) > n:
                self.ahead.appendleft(batch.slice(n - n_rows))
                batch = batch.slice(0, n - n_rows)
            pieces.append(batch)
            n_rows += len(batch)
            n_bytes += batch.nbytes
        pieces = [piece for piece in pieces if len(piece)]
        return needed("pyarrow").concat_batches(pieces) if len(pieces) > 1 else next(iter(pieces), None)

    def _rows(self, texts: list[object], batch: pa.RecordBatch | None) -> Rows:
        wanted, first, n = self.wanted, self.place.line, len(texts)
        self.place = Place(self.place.offset + n, first + n)
        if batch is None:
            return Rows([], None, {}, range(0))
        questions = None
        if wanted.question is not None:
            asked = text_values(batch.column(wanted.question))
            questions = [as_question(question, wanted.max_chars) for question in asked]
        kept = {name: sound(batch.column(name)) for name in wanted.keep}
        return Rows(texts, questions, kept, range(first, first + n))


def fitting(texts: list[object]) -> int:
    """Return how many texts make up a batch: all, or as many as reach `MOST_CHARS`."""
    n_chars = 0
    for i, text in enumerate(texts):
        n_chars += len(text) if isinstance(text, str) else 0
        if n_chars > MOST_CHARS:
            return i + 1
    return len(texts)


class MappedReader(TableReader):
    """Reads a file through a memory map, giving its pages back as it goes.

    A column of a row group is one piece, and so is a batch of an Arrow file: read in the common way, all of
    the piece is in memory at once.
    """

    def __init__(self, path: Path, wanted: Wanted, place: Place) -> None:
        pa = needed("pyarrow")
        with path.open("rb") as stream:
            self.map = mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)
        self.stream = pa.BufferReader(pa.py_buffer(self.map))
        super().__init__((), wanted, place)

    def read(self, n: int) -> Rows:
        """Return the next rows."""
        rows = super().read(n)
        if hasattr(self.map, "madvise"):
            self.map.madvise(mmap.MADV_DONTNEED)  # what is asked for again is loaded again
        return rows

    def close(self) -> None:
        """Let go of the map, which is closed with the last of its rows."""
        self.batches = iter(())
        self.ahead.clear()


class ParquetRows(MappedReader):
    """Reads a Parquet file."""

    def __init__(self, path: Path, wanted: Wanted, place: Place) -> None:
        super().__init__(path, wanted, place)
        self.file = needed("pyarrow.parquet").ParquetFile(self.stream)
        self.n_rows: int = self.file.metadata.num_rows
        self.batches = self._batches(place.offset)

    def _batches(self, skip: int) -> Iterator[pa.RecordBatch]:
        """Yield batches from row ``skip`` on, without touching the row groups before it."""
        about = self.file.metadata
        groups: list[int] = []
        for group in range(about.num_row_groups):
            n = about.row_group(group).num_rows
            if not groups and skip >= n:
                skip -= n
            else:
                groups.append(group)
        size = sum(about.row_group(group).total_byte_size for group in groups)
        n_rows = sum(about.row_group(group).num_rows for group in groups)
        batches = self.file.iter_batches(
            batch_size=min(max(_MOST_BYTES * n_rows // max(size, 1), 1), 1024),
            row_groups=groups,
            columns=list(self.wanted.names),
            use_threads=False,
        )
        yield from skipped(batches, skip)

    def share(self) -> float:
        """Return how many of the rows are read."""
        return self.place.offset / max(self.n_rows, 1)

    def columns(self) -> list[str]:
        """Return the names of the columns."""
        names: list[str] = self.file.schema_arrow.names
        return names


class ArrowRows(MappedReader):
    """Reads an Arrow file or stream."""

    def __init__(self, path: Path, wanted: Wanted, place: Place) -> None:
        super().__init__(path, wanted, place)
        ipc = needed("pyarrow.ipc")
        self.is_file = self.map[:6] == b"ARROW1"
        self.reader = ipc.open_file(self.stream) if self.is_file else ipc.open_stream(self.stream)
        self.n_read = 0
        self.batches = skipped(self._batches(), place.offset)

    def _batches(self) -> Iterator[pa.RecordBatch]:
        names = list(self.wanted.names)
        if not self.is_file:
            yield from (batch.select(names) for batch in self.reader)
            return
        for i in range(self.reader.num_record_batches):
            self.n_read = i
            yield self.reader.get_batch(i).select(names)

    def share(self) -> float:
        """Return how much of the file is read, by batches or bytes."""
        if self.is_file:
            return self.n_read / max(int(self.reader.num_record_batches), 1)
        at: int = self.stream.tell()
        return at / max(len(self.map), 1)

    def columns(self) -> list[str]:
        """Return the names of the columns."""
        names: list[str] = self.reader.schema.names
        return names


def skipped(batches: Iterable[pa.RecordBatch], n: int) -> Iterator[pa.RecordBatch]:
    """Leave out the first ``n`` rows."""
    for batch in batches:
        if n < len(batch):
            yield batch.slice(n)
        n = max(n - len(batch), 0)
