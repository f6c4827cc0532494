"""A text file of answers -> rows, a few at a time, from any place in it.

Broken lines are rows too: their answers are marked as no text. One batch is in memory, however long the file
or one of its lines.
"""

from __future__ import annotations

import csv
import json
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import IO

from starl.errors import ColumnError
from starl.files.rows import (
    MOST_CHARS,
    NOT_TEXT,
    Place,
    Rows,
    SourceError,
    Wanted,
    as_question,
    json_array,
    typed_array,
)

_FIRST_OBJECTS = 1000  # searched for the columns asked for: a key may be left out of some objects
_BOM = b"\xef\xbb\xbf"
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_END = None
_BROKEN: Sequence[str] = ()
_OVERSIZED: Sequence[str] = []
"""Marks, told apart by identity: both have no fields, like a blank line."""
_MOST_FIELD = 2**31 - 1


class Reader(ABC):
    """Reads the rows of one file in order."""

    place: Place
    """Where the next row begins."""

    @abstractmethod
    def read(self, n: int) -> Rows:
        """Return the next rows: at most ``n``, none at the end of the file."""

    @abstractmethod
    def share(self) -> float:
        """Return how much of the file is read, in 0..1."""

    @abstractmethod
    def columns(self) -> list[str]:
        """Return the names of the columns there are, before anything is read."""

    @abstractmethod
    def close(self) -> None:
        """Close the file."""


def check_columns(reader: Reader, wanted: Wanted) -> None:
    """Check that all columns are there.

    Raises
    ------
    ColumnError
        If one is missing, or there are several of its name.
    """
    there = reader.columns()
    for name in wanted.names:
        if name not in there:
            known = ", ".join(map(repr, there)) or "(none)"
            raise ColumnError(f"column must be one of {known}, got {name!r}")
        if there.count(name) > 1:
            raise ColumnError(f"column must have a name of its own, got {there.count(name)} called {name!r}")


class LineReader(Reader):
    """Reads lines of a stream of bytes.

    Parameters
    ----------
    stream
        Bytes; they are only sought in if the place is not the start.
    wanted
        What is wanted of each row.
    place
        Where to begin.
    size
        Bytes of the file, compressed as it may be; None if unknown.

    Raises
    ------
    SourceError
        If the text is in UTF-16.
    """

    def __init__(self, stream: IO[bytes], wanted: Wanted, place: Place, size: int | None = None) -> None:
        self.stream = stream
        self.wanted = wanted
        self.place = Place()
        self.size = size
        self.ahead: deque[tuple[bytes, int]] = deque()
        """Lines that were read and put back, with their size in the file."""
        self._check_start()
        if place.offset:
            self.go_to(place)

    def go_to(self, place: Place) -> None:
        """Go to a place where a row begins."""
        self.stream.seek(place.offset)
        self.ahead.clear()
        self.place = place

    def _check_start(self) -> None:
        """Drop a byte order mark and refuse text that is not in UTF-8."""
        line, size = self._fetch()
        if line.startswith(_UTF16):
            raise SourceError("must be UTF-8 text, got a UTF-16 byte order mark; convert it first")
        if line:
            self.ahead.append((line.removeprefix(_BOM), size))

    def _fetch(self) -> tuple[bytes, int]:
        """Return the next line and its size; of a line that is too long the rest is skipped."""
        longest = self.wanted.longest_line
        line = part = self.stream.readline(longest)
        size = len(line)
        while len(part) == longest and not part.endswith(b"\n"):
            part = self.stream.readline(longest)
            size += len(part)
        return line, size

    def next_line(self) -> bytes:
        """Return the next line with its end, nothing at the end of the file."""
        line, size = self.ahead.popleft() if self.ahead else self._fetch()
        self.place = Place(self.place.offset + size, self.place.line + 1)
        return line

    def is_cut(self, line: bytes) -> bool:
        """Whether a line is only the first part of one that is too long."""
        return len(line) >= self.wanted.longest_line

    def share(self) -> float:
        """Return how much of the file is read; of a compressed file, how much of its compressed bytes."""
        if not self.size:
            return 0.0
        at: int = getattr(self.stream, "fileobj", self.stream).tell()
        return min(at / self.size, 1.0)

    def close(self) -> None:
        """Close the stream."""
        self.stream.close()


class JsonLines(LineReader):
    """Reads JSON lines: one object a line; blank lines are no rows."""

    def read(self, n: int) -> Rows:
        """Return the next rows."""
        objects: list[dict[str, object]] = []
        lines: list[int] = []
        n_chars = 0
        while len(objects) < n and n_chars <= MOST_CHARS:
            number = self.place.line
            line = self.next_line()
            if not line:
                break
            if not line.isspace():
                objects.append(self._object(line))
                lines.append(number)
                n_chars += min(len(line), self.wanted.max_chars)
        return self._rows(objects, lines)

    def _object(self, line: bytes) -> dict[str, object]:
        if self.is_cut(line):
            return {self.wanted.text: self.wanted.oversized}
        found = parse(line)
        return found if isinstance(found, dict) else {self.wanted.text: NOT_TEXT}

    def _rows(self, objects: list[dict[str, object]], lines: list[int]) -> Rows:
        wanted = self.wanted
        texts = [wanted.clipped(found.get(wanted.text)) for found in objects]
        questions = None
        if wanted.question is not None:
            questions = [as_question(found.get(wanted.question), wanted.max_chars) for found in objects]
        to_array = json_array if wanted.as_json else typed_array
        kept = {name: to_array([found.get(name) for found in objects]) for name in wanted.keep}
        return Rows(texts, questions, kept, lines, wanted.as_json)

    def columns(self) -> list[str]:
        """Return the keys of the first objects, until all that are wanted are found.

        Of a file that holds no object at all nothing is known, and so nothing is said to be missing.
        """
        found: dict[str, None] = {}
        seen: list[tuple[bytes, int]] = []
        n = n_chars = 0
        while n < _FIRST_OBJECTS and n_chars <= MOST_CHARS and not set(self.wanted.names) <= found.keys():
            line, size = self.ahead.popleft() if self.ahead else self._fetch()
            if not line:
                break
            seen.append((line, size))
            value = parse(line)
            if isinstance(value, dict):
                found.update(dict.fromkeys(value))
                n += 1
            n_chars += len(line)
        self.ahead.extendleft(reversed(seen))
        return list(found) if n else list(self.wanted.names)


def parse(line: bytes) -> object:
    """Return the value of a line of JSON, None if it is broken; bytes outside UTF-8 as lone surrogates."""
    try:
        return json.loads(line.decode(errors="surrogateescape"))
    except (ValueError, RecursionError):  # broken JSON, a number too long, lists too deep
        return None


class Records(LineReader):
    """Reads comma- or tab-separated records under a header; blank lines are no rows.

    A record with more or fewer fields than the header is broken, and so is one whose quote is never closed:
    of that only the first line is given up.
    """

    def __init__(
        self, stream: IO[bytes], wanted: Wanted, place: Place, size: int | None = None, delimiter: str = ","
    ) -> None:
        super().__init__(stream, wanted, Place(), size)
        self.delimiter = delimiter
        self.start()
        self.header = self._header()
        if place.offset:
            self.go_to(place)

    def start(self) -> None:
        """Start a record."""
        self.taken: list[tuple[bytes, int]] = []
        """Lines of the record that is being read, with their size in the file."""
        self.n_bytes = 0
        self.is_open = False
        """Whether the record ended for lack of lines, with a quote still open."""
        self.parser = csv.reader(self._feed(), delimiter=self.delimiter)

    def _feed(self) -> Iterator[str]:
        """Yield lines to the parser, which asks for one more as long as a quote is open."""
        while True:
            before = self.place.offset
            line = self.next_line() if self.n_bytes < self.wanted.longest_line else b""
            if not line:
                self.is_open = bool(self.taken)
                return
            self.taken.append((line, self.place.offset - before))
            self.n_bytes += len(line)
            yield line.decode(errors="surrogateescape")

    def _header(self) -> list[str]:
        with long_fields():
            fields = self._record()
        if not fields:
            found = "an empty file" if fields is _END else "a broken or blank one"
            raise SourceError(f"must begin with a line of column names, got {found}")
        self.taken.clear()
        return list(fields)

    def read(self, n: int) -> Rows:
        """Return the next rows."""
        records: list[Sequence[str]] = []
        lines: list[int] = []
        n_chars = 0
        with long_fields():
            while len(records) < n and n_chars <= MOST_CHARS:
                number = self.place.line
                fields = self._record()
                if fields is _END:
                    break
                if fields or fields is _BROKEN or fields is _OVERSIZED:
                    records.append(fields)
                    lines.append(number)
                n_chars += min(self.n_bytes, self.wanted.max_chars)
        return self._rows(records, lines)

    def _record(self) -> Sequence[str] | None:
        """Return the fields of the next record, none for a blank line."""
        self.taken.clear()
        self.n_bytes = 0
        start = self.place
        try:
            fields = next(self.parser, _END)
        except csv.Error:
            return _BROKEN
        if any(self.is_cut(line) for line, _ in self.taken):
            self.start()
            return _OVERSIZED
        if self.is_open:
            self._give_up(start)
            return _BROKEN
        return fields

    def _give_up(self, start: Place) -> None:
        """Put back all lines but the first of a record whose quote is never closed."""
        (_, size), *rest = self.taken
        self.ahead.extendleft(reversed(rest))
        self.start()
        self.place = Place(start.offset + size, start.line + 1)

    def _rows(self, records: list[Sequence[str]], lines: list[int]) -> Rows:
        wanted, n = self.wanted, len(self.header)

        def column(name: str) -> list[str | None]:
            at = self.header.index(name)
            return [fields[at] if at < len(fields) else None for fields in records]

        def answer(fields: Sequence[str], text: str | None) -> object:
            if len(fields) == n:
                return wanted.clipped(text)
            return wanted.oversized if fields is _OVERSIZED else NOT_TEXT

        texts = list(map(answer, records, column(wanted.text)))
        questions = None
        if wanted.question is not None:
            questions = [as_question(asked, wanted.max_chars) for asked in column(wanted.question)]
        return Rows(texts, questions, {name: typed_array(column(name)) for name in wanted.keep}, lines)

    def columns(self) -> list[str]:
        """Return the names in the header."""
        return self.header


@contextmanager
def long_fields() -> Iterator[None]:
    """Lift the limit of the csv module, which is one for the whole process, and put it back."""
    before = csv.field_size_limit(_MOST_FIELD)
    try:
        yield
    finally:
        csv.field_size_limit(before)
