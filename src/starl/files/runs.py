"""Score files of any size: read, score and write in parts, and go on after a stop."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures.process import BrokenProcessPool
from dataclasses import asdict, dataclass
from pathlib import Path
from time import perf_counter
from typing import IO, TYPE_CHECKING

from starl import __version__
from starl.columns import answer_schema, needed
from starl.errors import ColumnError
from starl.files.durable import gone
from starl.files.jsonl import json_lines
from starl.files.manifest import Kind, Manifest, Mode, Output, Part, RunError, output_of
from starl.files.rows import Rows, Wanted, answer_name, question_name, to_batch
from starl.files.sources import Chunk, Fingerprint, Format, Inputs, Position, Source, find, fingerprint
from starl.files.workfolder import WorkFolder, encode, opened
from starl.roles import Unread

if TYPE_CHECKING:
    import pyarrow as pa

    from starl.analyzer import Analyzer

Progress = Callable[[int, float | None], object]
"""Is told the rows that are done, and how much of the input they are in 0..1, or None if nobody knows."""
BATCH_ROWS = 1024
"""Rows scored at once; it never changes a number."""
N_BAD = 3
"""So many places of rows that were not read are told."""
_UNREAD = frozenset(Unread)


@dataclass(frozen=True, slots=True)
class Settings:
    """What is read, and what is written of it."""

    text: str = "text"
    """Name of the column of answers."""
    ids: tuple[str, ...] = ()
    """Names of the columns that name a row; without any, rows are numbered from 0 in a column ``row``."""
    question: str | None = None
    """Name of the column of questions; only an encoder model reads them."""
    keep: tuple[str, ...] = ()
    """Names of further columns that are passed on."""
    format: Format | None = None
    """Format of the inputs; by suffix if None."""
    clauses: bool = False
    """Whether the clauses of each answer are written."""
    max_chars: int = 100_000
    """Longer answers are not read but marked."""
    part_rows: int = 8192
    """Rows of a part: what is lost at most when a run is killed."""

    @property
    def kept(self) -> tuple[str, ...]:
        """Columns that are passed on, each once, ids first."""
        return tuple(dict.fromkeys((*self.ids, *self.keep)))

    @property
    def number(self) -> str | None:
        """Name of the column of row numbers, None if there is none."""
        return None if self.ids or "row" in self.keep else "row"


@dataclass(frozen=True, slots=True)
class Summary:
    """What a run has done."""

    rows: int
    """Rows of the output."""
    by_status: dict[str, int]
    """How many of them have which status, in the order of statuses; only those that occur."""
    bad: tuple[tuple[str, str], ...]
    """Where the first rows are that were not read, as file and line, and their status."""
    seconds: float
    """Since this call began."""
    rows_before: int
    """Rows that an earlier call had done."""
    is_new: bool = True
    """Whether there was anything to do; if not, the output was whole already, and nothing is counted."""

    @property
    def unread(self) -> dict[str, int]:
        """How many rows were not read, by why."""
        return {status: n for status, n in self.by_status.items() if status in _UNREAD}

    @property
    def n_bad(self) -> int:
        """Rows that were not read."""
        return sum(self.unread.values())

    @property
    def rate(self) -> float:
        """Rows a second of this call."""
        return (self.rows - self.rows_before) / max(self.seconds, 1e-9)


def score_files(
    analyzer: Analyzer,
    inputs: Sequence[str],
    output: str | Path,
    settings: Settings | None = None,
    *,
    mode: Mode = Mode.NEW,
    n_process: int = 1,
    progress: Progress | None = None,
) -> Summary:
    """Score files of answers of any size in bounded memory.

    The run can be killed at any moment; with ``mode="resume"`` it goes on where it stopped, and the output is
    equal to that of an undisturbed run. The same inputs and settings give the same bytes.

    Parameters
    ----------
    analyzer
        What scores the answers.
    inputs
        Files (JSON lines, CSV, Parquet, Arrow), folders, globs, or ``-`` for standard input.
    output
        A file that ends in ``.parquet`` or ``.jsonl``; or a folder, which gets a Parquet file for each part.
    settings
        What is read and written.
    mode
        What to do with an output or an unfinished run that is there: refuse, go on, or start anew.
    n_process
        Processes to score in; it never changes the output.
    progress
        Is called after each batch.

    Raises
    ------
    SourceError
        If an input is not there, damaged, or no telling what it is.
    ColumnError
        If a column is missing, or has the name of a column of scores.
    RunError
        If the output is there already, or the run began with something else.
    WriteError
        If the disk is full or the folder cannot be written.
    BusyError
        If another run is at work on the same output.
    """
    start = perf_counter()
    settings = settings or Settings()
    target = output_of(str(output))
    mode = Mode(mode)
    sources = find(inputs, settings.format, (target.path, target.work, gone(target.work)))
    _check(sources, target, settings, mode)
    wanted = _wanted(settings, as_json=target.kind is Kind.JSONL)
    Inputs(sources, wanted).check()
    known = tuple(_known(source) for source in sources)
    with opened(target, _manifest(analyzer, settings, target, known), mode) as folder:
        if folder is None:
            return Summary(0, {}, (), perf_counter() - start, 0, is_new=False)
        before = sum(part.rows for part in folder.parts)
        reading = Inputs(sources, wanted, folder.parts[-1].end if folder.parts else Position())
        _score_parts(analyzer, reading, settings, folder, n_process, progress)
        _check_unchanged(known)
        folder.finish()
        return _summary(folder.parts, perf_counter() - start, before)


def score_stream(
    analyzer: Analyzer,
    inputs: Sequence[str],
    stream: IO[bytes],
    settings: Settings | None = None,
    *,
    n_process: int = 1,
    progress: Progress | None = None,
) -> Summary:
    """Score answers and write JSON lines into a stream as they are done; such a run cannot be gone on with.

    Parameters and errors are those of `score_files`.
    """
    start = perf_counter()
    settings = settings or Settings()
    sources = find(inputs, settings.format)
    _check_names(settings)
    reading = Inputs(sources, _wanted(settings, as_json=True))
    reading.check()
    count = _Count()
    for chunk, scored in scored_rows(analyzer, reading, settings, n_process):
        count.add(chunk, scored)
        stream.write(json_lines(scored))
        if progress is not None:
            progress(count.rows, reading.share())
    stream.flush()
    return Summary(count.rows, _ordered(count.status), tuple(count.bad), perf_counter() - start, 0)


def _score_parts(
    analyzer: Analyzer,
    reading: Inputs,
    settings: Settings,
    folder: WorkFolder,
    n_process: int,
    progress: Progress | None,
) -> None:
    """Score what is left and store each part as it is done; without any row, one part without rows."""
    count, batches = _Count(), []
    for chunk, scored in scored_rows(analyzer, reading, settings, n_process):
        count.add(chunk, scored)
        batches.append(scored)
        if progress is not None:
            progress(chunk.end.rows, reading.share())
        if chunk.end.rows % settings.part_rows == 0:
            _save(folder, batches, count)
            count, batches = _Count(), []
    if not batches and not folder.parts:
        batches = [_nothing(analyzer, reading.wanted, settings)]
    if batches:
        _save(folder, batches, count)


def _save(folder: WorkFolder, batches: list[pa.RecordBatch], count: _Count) -> None:
    content = encode(batches, folder.output.kind)
    status, bad = _ordered(count.status), tuple(count.bad)
    folder.save(Part(len(folder.parts), count.rows, len(content), status, bad, count.end), content)


def _nothing(analyzer: Analyzer, wanted: Wanted, settings: Settings) -> pa.RecordBatch:
    """Return scores of no rows, for their columns."""
    pa = needed("pyarrow")
    kept = {name: pa.nulls(0) for name in wanted.keep}
    rows = Rows([], None if wanted.question is None else [], kept, range(0))
    [scored] = _scores(analyzer, iter([to_batch(rows, 0, wanted, settings.number)]), wanted, settings, 1)
    return scored


def _summary(parts: Sequence[Part], seconds: float, before: int) -> Summary:
    status: Counter[str] = Counter()
    for part in parts:
        status.update(part.status)
    bad = tuple(place for part in parts for place in part.bad)[:N_BAD]
    return Summary(sum(part.rows for part in parts), _ordered(status), bad, seconds, before)


def _check(sources: Sequence[Source], target: Output, settings: Settings, mode: Mode) -> None:
    if mode is Mode.RESUME and any(source.is_pipe for source in sources):
        raise RunError("a run must read files to be gone on with, got a pipe; leave out --resume")
    for source in sources:
        if not source.is_pipe and target.path.exists() and Path(source.name).samefile(target.path):
            raise RunError(f"output must not be one of the inputs, got {source.name}; give another name")
    if settings.part_rows < 1 or settings.max_chars < 1:
        raise RunError(
            f"part_rows and max_chars must be at least 1, got {settings.part_rows} and {settings.max_chars}"
        )
    _check_names(settings)


def _check_names(settings: Settings) -> None:
    taken = set(answer_schema(clauses=settings.clauses).names)
    for name in settings.kept:
        if name in taken:
            raise ColumnError(
                f"a kept column must not have the name of a column of scores, got {name!r}; rename it"
            )


def _wanted(settings: Settings, *, as_json: bool) -> Wanted:
    return Wanted(settings.text, settings.question, settings.kept, settings.max_chars, as_json)


def _known(source: Source) -> Fingerprint:
    return Fingerprint(source.name, -1, 0, "") if source.is_pipe else fingerprint(source)


def _manifest(
    analyzer: Analyzer, settings: Settings, target: Output, known: tuple[Fingerprint, ...]
) -> Manifest:
    told = {
        key: list(value) if isinstance(value, tuple) else value for key, value in asdict(settings).items()
    }
    return Manifest(
        starl=__version__,
        model=analyzer.model.meta.label,
        profile=analyzer.profile.name,
        fingerprint=analyzer.fingerprint,
        settings={**told, "output": str(target.kind)},
        inputs=known,
    )


def _check_unchanged(known: Sequence[Fingerprint]) -> None:
    for before in known:
        if before.size < 0:
            continue
        now = Path(before.path).stat()
        if (now.st_size, now.st_mtime_ns) != (before.size, before.mtime_ns):
            raise RunError(
                f"{before.path} must not change while it is read, got another size or time; "
                "start anew with --overwrite"
            )


class _Count:
    """Counts rows by status, and keeps the places of the first that were not read."""

    def __init__(self) -> None:
        self.rows = 0
        self.status: Counter[str] = Counter()
        self.bad: list[tuple[str, str]] = []
        self.end = Position()

    def add(self, chunk: Chunk, scored: pa.RecordBatch) -> None:
        """Count a batch."""
        counts = scored.column("status").value_counts()
        found = {str(pair["values"]): int(pair["counts"]) for pair in counts.to_pylist()}
        self.status.update(found)
        self.rows += len(chunk.rows)
        self.end = chunk.end
        if len(self.bad) < N_BAD and found.keys() & _UNREAD:
            told = zip(chunk.rows.lines, scored.column("status").to_pylist(), strict=True)
            bad = [(f"{chunk.source.name}:{line}", status) for line, status in told if status in _UNREAD]
            self.bad = [*self.bad, *bad][:N_BAD]


def _ordered(counts: Counter[str]) -> dict[str, int]:
    """Return counts by status: first those that were read, each by how many there are."""
    return dict(sorted(counts.items(), key=lambda pair: (pair[0] in _UNREAD, -pair[1], pair[0])))


def scored_rows(
    analyzer: Analyzer, reading: Inputs, settings: Settings, n_process: int
) -> Iterator[tuple[Chunk, pa.RecordBatch]]:
    """Yield rows with their scores, in order; a batch never reaches over the end of a part.

    Raises
    ------
    RunError
        If a process was killed.
    """
    waiting: deque[Chunk] = deque()
    wanted = reading.wanted

    def batches() -> Iterator[pa.RecordBatch]:
        while True:
            first = reading.position.rows
            chunk = reading.read(min(BATCH_ROWS, settings.part_rows - first % settings.part_rows))
            if chunk is None:
                return
            waiting.append(chunk)
            yield to_batch(chunk.rows, first, wanted, settings.number)

    try:
        for scored in _scores(analyzer, batches(), wanted, settings, n_process):
            yield waiting.popleft(), scored
    except BrokenProcessPool as error:
        raise RunError(
            "processes must live to the end of a run, got one that was killed, perhaps for want of memory; "
            "go on with --resume and fewer --processes"
        ) from error
    finally:
        reading.close()


def _scores(
    analyzer: Analyzer, batches: Iterator[pa.RecordBatch], wanted: Wanted, settings: Settings, n_process: int
) -> Iterator[pa.RecordBatch]:
    number = () if settings.number is None else (settings.number,)
    return analyzer.score_batches(
        batches,
        n_process=n_process,
        text=answer_name(wanted),
        question=None if wanted.question is None else question_name(wanted),
        keep=(*number, *wanted.keep),
        clauses=settings.clauses,
        max_chars=settings.max_chars,
    )
