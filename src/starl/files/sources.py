"""Names of files, folders and globs -> the files they stand for -> one run of rows from first to last."""

from __future__ import annotations

import glob
import gzip
import hashlib
import sys
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import IO, Any, cast

from starl.columns import needed
from starl.errors import StarlError
from starl.files.readers import JsonLines, Reader, Records, check_columns
from starl.files.rows import Place, Rows, SourceError, Wanted
from starl.files.tables import ArrowRows, ParquetRows

STDIN = "-"
_SMALL = 1 << 26
"""Files up to this size are known by all their bytes, larger ones by head, tail, size and time of change."""
_END = 1 << 20
_MAGIC = "*?["


class Format(StrEnum):
    """How answers are stored."""

    JSONL = "jsonl"
    CSV = "csv"
    TSV = "tsv"
    PARQUET = "parquet"
    ARROW = "arrow"


_TEXT = (Format.JSONL, Format.CSV, Format.TSV)
SUFFIXES: dict[str, Format] = {
    ".jsonl": Format.JSONL,
    ".ndjson": Format.JSONL,
    ".csv": Format.CSV,
    ".tsv": Format.TSV,
    ".parquet": Format.PARQUET,
    ".arrow": Format.ARROW,
    ".arrows": Format.ARROW,
    ".feather": Format.ARROW,
}
"""What a suffix says; text may also end in ``.gz`` after it."""


@dataclass(frozen=True, slots=True)
class Source:
    """One file to read."""

    name: str
    """As it is shown; ``-`` for standard input."""
    format: Format

    @property
    def is_pipe(self) -> bool:
        """Whether it can be read only once."""
        return self.name == STDIN or not Path(self.name).is_file()

    @property
    def size(self) -> int | None:
        """Bytes of the file, None of a pipe."""
        return None if self.is_pipe else Path(self.name).stat().st_size


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What a file is known by."""

    path: str
    size: int
    mtime_ns: int
    sha256: str

    def same(self, other: Fingerprint) -> bool:
        """Whether the content is the same; of a large file also the time it was changed."""
        return (self.size, self.sha256) == (other.size, other.sha256) and (
            self.size <= _SMALL or self.mtime_ns == other.mtime_ns
        )

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain data."""
        return asdict(self)


def fingerprint(source: Source) -> Fingerprint:
    """Return what a file is known by.

    Raises
    ------
    SourceError
        If it cannot be read.
    """
    path = Path(source.name)
    with telling(source), path.open("rb") as stream:
        stat = path.stat()
        digest = hashlib.sha256()
        if stat.st_size <= _SMALL:
            for part in iter(lambda: stream.read(_END), b""):
                digest.update(part)
        else:
            digest.update(stream.read(_END))
            stream.seek(-_END, 2)
            digest.update(stream.read())
    return Fingerprint(source.name, stat.st_size, stat.st_mtime_ns, digest.hexdigest())


def find(inputs: Iterable[str], format: Format | None = None, exclude: Sequence[Path] = ()) -> list[Source]:
    """Return the files that names stand for, in order.

    Parameters
    ----------
    inputs
        Files, folders, globs, or ``-`` for standard input. Folders give the files of known suffix in them and
        in folders below; these and the matches of a glob are sorted.
    format
        Format of all of them; by suffix if None.
    exclude
        Files and folders that folders and globs do not give, such as the output.

    Raises
    ------
    SourceError
        If there is no such file, or no telling its format.
    """
    out = [
        Source(path, format or _format(path)) for name in inputs for path in _expand(name, format, exclude)
    ]
    for source in out:
        if source.is_pipe and source.format not in _TEXT:
            kinds = ", ".join(_TEXT)
            raise SourceError(f"a pipe must be one of {kinds}, got {source.format}; give a file")
    if sum(source.name == STDIN for source in out) > 1:
        raise SourceError("standard input must be given once, got - twice")
    return out


def _expand(name: str, format: Format | None, exclude: Sequence[Path]) -> list[str]:
    path = Path(name)
    if name == STDIN or (path.exists() and not path.is_dir()):
        return [name]
    if path.is_dir():
        found = [str(p) for p in path.rglob("*") if not _is_hidden(p.relative_to(path))]
        found = [p for p in found if format is not None or suffix(p) in SUFFIXES]
    elif any(char in name for char in _MAGIC):
        found = glob.glob(name, recursive=True)  # noqa: PTH207  (Path.glob takes no absolute ones)
    else:
        raise SourceError(f"{name} must be a file, folder or glob, got nothing there")
    files = sorted(p for p in found if Path(p).is_file() and not _is_in(Path(p), exclude))
    if not files:
        known = "" if format is not None else f" of {', '.join(SUFFIXES)}"
        raise SourceError(f"{name} must stand for files{known if path.is_dir() else ''}, got none")
    return files


def _is_hidden(path: Path) -> bool:
    return any(part.startswith((".", "_")) for part in path.parts)


def _is_in(path: Path, folders: Sequence[Path]) -> bool:
    whole = path.resolve()
    return any(folder == whole or folder in whole.parents for folder in (f.resolve() for f in folders))


def suffix(name: str) -> str:
    """Return the suffix that tells the format: of ``a.csv.gz`` it is ``.csv``."""
    path = Path(name)
    inner = Path(path.stem).suffix.lower()
    is_zipped = path.suffix.lower() == ".gz" and SUFFIXES.get(inner) in _TEXT
    return inner if is_zipped else path.suffix.lower()


def _format(name: str) -> Format:
    if name == STDIN:
        return Format.JSONL
    known = SUFFIXES.get(suffix(name))
    if known is None:
        got = suffix(name) or "none"
        raise SourceError(
            f"{name} must end in one of {', '.join(SUFFIXES)}, got {got}; say what it is with --input-format"
        )
    return known


def open_reader(source: Source, wanted: Wanted, place: Place = Place()) -> Reader:  # noqa: B008  (frozen)
    """Open a file at a place.

    Raises
    ------
    SourceError
        If it is not what it should be; see also `telling`.
    """
    with telling(source):
        if source.format is Format.PARQUET:
            return ParquetRows(Path(source.name), wanted, place)
        if source.format is Format.ARROW:
            return ArrowRows(Path(source.name), wanted, place)
        with ExitStack() as opened:
            stream = opened.enter_context(_open(source))
            if source.format is Format.JSONL:
                reader: Reader = JsonLines(stream, wanted, place, source.size)
            else:
                delimiter = "\t" if source.format is Format.TSV else ","
                reader = Records(stream, wanted, place, source.size, delimiter)
            opened.pop_all()
            return reader


def _open(source: Source) -> IO[bytes]:
    if source.name == STDIN:
        return sys.stdin.buffer
    if source.name.lower().endswith(".gz"):
        return cast("IO[bytes]", gzip.open(source.name, "rb"))
    return Path(source.name).open("rb", buffering=1 << 18)


@contextmanager
def telling(source: Source) -> Iterator[None]:
    """Turn whatever a broken file makes libraries raise into one clear line.

    Raises
    ------
    SourceError
        If the file cannot be read, or is not what it should be.
    """
    name = "standard input" if source.name == STDIN else source.name
    pyarrow = needed("pyarrow")
    try:
        yield
    except SourceError as error:
        told = str(error)
        raise SourceError(told if told.startswith(name) else f"{name} {told}") from error
    except StarlError as error:
        raise type(error)(f"{name}: {error}") from error
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise SourceError(f"{name} must be a whole gzip file, got {_line(error)}") from error
    except (pyarrow.ArrowException, ValueError) as error:
        raise SourceError(f"{name} must be a whole {source.format} file, got {_line(error)}") from error
    except OSError as error:
        if error.errno is None:  # pyarrow's word for damaged data
            raise SourceError(f"{name} must be a whole {source.format} file, got {_line(error)}") from error
        raise SourceError(f"{name} must be readable, got {(error.strerror or str(error)).lower()}") from error


def _line(error: BaseException) -> str:
    """Return the first line of what an error says, without a full stop."""
    text = str(error).strip() or type(error).__name__
    return text.splitlines()[0].rstrip(".")


@dataclass(frozen=True, slots=True)
class Position:
    """Where the next row is in a run of files."""

    file: int = 0
    """Which file."""
    offset: int = 0
    """See `Place`."""
    line: int = 1
    """See `Place`."""
    rows: int = 0
    """Rows before it in all files."""


@dataclass(frozen=True, slots=True, eq=False)
class Chunk:
    """Some rows of a file."""

    source: Source
    rows: Rows
    end: Position
    """Where the next row is."""


class Inputs:
    """Reads files one after the other.

    Parameters
    ----------
    sources
        Files in order.
    wanted
        What is wanted of each row.
    position
        Where to begin.
    """

    def __init__(
        self,
        sources: Sequence[Source],
        wanted: Wanted,
        position: Position = Position(),
    ) -> None:
        self.sources = sources
        self.wanted = wanted
        self.position = position
        self.reader: Reader | None = None
        self._sizes = [source.size for source in sources]

    def check(self) -> None:
        """Check that every file can be opened and has the columns asked for, pipes alone excepted.

        Raises
        ------
        SourceError
            If a file cannot be read.
        ColumnError
            If a column is missing.
        """
        for source in self.sources:
            if not source.is_pipe:
                reader = open_reader(source, self.wanted)
                with telling(source), closing(reader):
                    check_columns(reader, self.wanted)

    def read(self, n: int) -> Chunk | None:
        """Return the next rows, at most ``n`` and of one file; None at the end of the last.

        Raises
        ------
        SourceError
            If a file is damaged.
        """
        while self.position.file < len(self.sources):
            source = self.sources[self.position.file]
            reader = self._reader(source)
            with telling(source):
                rows = reader.read(n)
            at = self.position
            if len(rows):
                place = reader.place
                self.position = Position(at.file, place.offset, place.line, at.rows + len(rows))
                return Chunk(source, rows, self.position)
            self.close()
            self.position = Position(at.file + 1, rows=at.rows)
        return None

    def _reader(self, source: Source) -> Reader:
        if self.reader is None:
            at = self.position
            self.reader = open_reader(source, self.wanted, Place(at.offset, at.line))
            if source.is_pipe:
                with telling(source):
                    check_columns(self.reader, self.wanted)
        return self.reader

    def share(self) -> float | None:
        """Return how much of all bytes is read, in 0..1; None if that cannot be known."""
        if None in self._sizes:
            return None
        sizes = [size or 0 for size in self._sizes]
        done = float(sum(sizes[: self.position.file]))
        if self.reader is not None:
            done += self.reader.share() * sizes[self.position.file]
        return done / max(sum(sizes), 1)

    def close(self) -> None:
        """Close the file that is open."""
        if self.reader is not None:
            with suppress(OSError):
                self.reader.close()
            self.reader = None
