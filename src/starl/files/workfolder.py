"""The folder of a run: what it began with, the parts that are done, and the output put together from them.

::

    scores.parquet.parts/           results/_parts/
    ├── lock                        held while a run is at work
    ├── manifest.json               inputs, model and settings
    ├── part-000000.parquet         some rows in order
    ├── part-000000.json            their counts, and where the next row is; the part is done once it is there
    └── ...

Every file is whole or not there (`starl.files.durable`), so a run can be killed at any moment and go on.
The same inputs and settings give the same bytes, however often that happens.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from starl.columns import answer_schema, needed
from starl.files.durable import append, clean, discard, locked, move, write, write_bytes, writing
from starl.files.jsonl import json_lines
from starl.files.manifest import (
    ABOUT,
    SCHEMA,
    Kind,
    Manifest,
    Mode,
    Output,
    Part,
    RunError,
    manifest_of,
    part_of,
)
from starl.files.rows import cast_table, common_schema

if TYPE_CHECKING:
    import pyarrow as pa

COMPRESSION = {"compression": "zstd", "compression_level": 1}
_GROUP = 8
"""Parts that make up a row group: fewer groups keep the footer small."""
_TAIL = 1 << 24


class WorkFolder:
    """The folder of one run, held by this process.

    Parameters
    ----------
    output
        Where the scores go.
    manifest
        What the run begins with.
    """

    def __init__(self, output: Output, manifest: Manifest) -> None:
        self.output = output
        self.manifest = manifest
        self.path = output.work
        self.parts: list[Part] = []
        """Those that are done, in order."""

    def begin(self, mode: Mode) -> None:
        """Make the folder ready, or find the parts that are done.

        Raises
        ------
        RunError
            If the run began with something else.
        """
        before = self._before() if mode is Mode.RESUME else None
        if before is None:
            self._clear()
            write_bytes(self.path / "manifest.json", _plain(self.manifest.as_dict()))
            return
        if changes := self.manifest.changes(before):
            raise RunError(
                f"{self.path} must be gone on with as it began, got another {'; another '.join(changes)}; "
                "give the same again, or start anew with --overwrite"
            )
        self._find_done()

    def _before(self) -> Manifest | None:
        path = self.path / "manifest.json"
        if not path.exists():
            return None
        data = json.loads(path.read_bytes())
        if data.get("schema") != SCHEMA:
            raise RunError(
                f"{path} must be of schema {SCHEMA}, got {data.get('schema')}; "
                "go on with the starl that began it, or start anew with --overwrite"
            )
        return manifest_of(data)

    def _clear(self) -> None:
        """Remove what another run has left: first what says that it is of any worth."""
        with writing(self.path):
            for folder in {self.path, self.output.path} if self.output.kind is Kind.FOLDER else {self.path}:
                files = [path for path in folder.iterdir() if path.is_file() and path.name != "lock"]
                for path in sorted(files, key=lambda path: path.name.startswith("part-")):
                    path.unlink()

    def _find_done(self) -> None:
        """Note the parts that are done, up to the first gap."""
        while (path := self.path / f"part-{len(self.parts):06d}.json").exists():
            part = part_of(json.loads(path.read_bytes()))
            file = self._file(part)
            if not file.exists() or (file.parent == self.path and file.stat().st_size != part.n_bytes):
                return
            self.parts.append(part)

    def _file(self, part: Part) -> Path:
        """Return where the rows of a part are: parts of an output folder move there in the end."""
        here = self.path / (part.name + self.output.suffix)
        moved = self.output.path / here.name
        return moved if self.output.kind is Kind.FOLDER and moved.exists() else here

    def save(self, part: Part, content: bytes | memoryview) -> None:
        """Store a part; it is done when this returns.

        Raises
        ------
        WriteError
            If the disk is full or the folder cannot be written.
        """
        write_bytes(self.path / (part.name + self.output.suffix), content, last=False)
        write_bytes(self.path / f"{part.name}.json", _plain(asdict(part)))
        self.parts.append(part)

    def finish(self) -> None:
        """Put the output together from the parts, and remove the folder.

        Raises
        ------
        WriteError
            If the disk is full or the folder cannot be written.
        """
        if self.output.kind is Kind.FOLDER:
            self._move_parts()
        else:
            whole = self.path / f"whole{self.output.suffix}"
            write(whole, self._join_lines if self.output.kind is Kind.JSONL else self._join_tables)
            move(whole, self.output.path)
        discard(self.path)

    def _join_lines(self, stream: IO[bytes]) -> None:
        for part in self.parts:
            append(stream, self._file(part))

    def _join_tables(self, stream: IO[bytes]) -> None:
        parquet = needed("pyarrow.parquet")
        schema = self._schema()
        about = {"run": self.manifest.identity, "starl": self.manifest.starl, "model": self.manifest.model}
        told = schema.with_metadata({b"starl": json.dumps(about).encode()})
        with parquet.ParquetWriter(stream, told, **COMPRESSION) as writer:
            for i in range(0, len(self.parts), _GROUP):
                tables = [self._table(part, schema) for part in self.parts[i : i + _GROUP]]
                table = needed("pyarrow").concat_tables(tables).replace_schema_metadata(told.metadata)
                writer.write_table(table, row_group_size=max(len(table), 1))

    def _schema(self) -> pa.Schema:
        parquet = needed("pyarrow.parquet")
        return common_schema([parquet.read_schema(self._file(part)) for part in self.parts])

    def _table(self, part: Part, schema: pa.Schema) -> pa.Table:
        with needed("pyarrow.parquet").ParquetFile(self._file(part)) as file:
            return cast_table(file.read(use_threads=False), schema)

    def _move_parts(self) -> None:
        """Move the parts into the output folder, those of another type cast, and say what they are."""
        parquet = needed("pyarrow.parquet")
        schema = self._schema()
        for part in self.parts:
            here = self._file(part)
            if here.parent != self.path:
                continue
            if parquet.read_schema(here).types == schema.types:
                move(here, self.output.path / here.name)
            else:
                write_bytes(self.output.path / here.name, to_parquet(self._table(part, schema)))
        known = self.manifest.as_dict()
        for source in known["inputs"]:
            del source["mtime_ns"]  # so that the same content gives the same bytes
        rows = {part.name + self.output.suffix: part.rows for part in self.parts}
        about = {"run": self.manifest.identity, **known, "parts": rows}
        write_bytes(self.output.path / ABOUT, _plain(about))


@contextmanager
def opened(output: Output, manifest: Manifest, mode: Mode) -> Iterator[WorkFolder | None]:
    """Hold the folder of a run; give None if the run was finished already.

    Raises
    ------
    RunError
        If there is an output or an unfinished run, and ``mode`` does not say what to do with it, or if the
        run began with something else.
    BusyError
        If another run is at work.
    WriteError
        If the folder cannot be written.
    """
    if output.is_foreign:
        what = "a folder of other files" if output.kind is Kind.FOLDER else "a folder"
        raise RunError(f"{output.path} must be free for the output, got {what}; give another name")
    if mode is Mode.NEW and (output.work.exists() or output.is_there):
        got = (
            "an unfinished run" if output.work.exists() else "a file" if output.path.is_file() else "a folder"
        )
        raise RunError(
            f"{output.path} must be new, got {got}; use --resume to go on or --overwrite to start anew"
        )
    if mode is Mode.RESUME and output.is_there and not output.work.exists():
        clean(output.work)
        check_finished(output, manifest)
        yield None
        return
    with writing(output.path):
        output.work.mkdir(exist_ok=True, parents=output.kind is Kind.FOLDER)
    with locked(output.work):
        clean(output.work)
        folder = WorkFolder(output, manifest)
        folder.begin(mode)
        yield folder


def check_finished(output: Output, manifest: Manifest) -> None:
    """Check that an output was made from the same inputs with the same settings, as far as it tells.

    JSON lines tell their columns, and by the fingerprint model, limits and rules; an input that was changed
    after them is taken for another one.

    Raises
    ------
    RunError
        If it was made from something else.
    """
    same = _has_come_from if output.kind is Kind.JSONL else _is_marked
    if not same(output, manifest):
        raise RunError(
            f"{output.path} must come from the same inputs, model and settings to be gone on with, "
            "got others; use --overwrite to start anew"
        )


def _has_come_from(output: Output, manifest: Manifest) -> bool:
    """Whether JSON lines can have come from what a run begins with."""
    if any(known.mtime_ns > output.path.stat().st_mtime_ns for known in manifest.inputs):
        return False
    last, settings = _last_row(output.path), manifest.settings
    if last is None:
        return True
    scores = answer_schema(clauses=settings["clauses"]).names
    kept = dict.fromkeys([*settings["ids"], *settings["keep"]]) or ["row"]
    return {*kept, *scores} - {"row"} == last.keys() - {"row"} and last["fingerprint"] == manifest.fingerprint


def _is_marked(output: Output, manifest: Manifest) -> bool:
    return _identity(output) == manifest.identity


def _last_row(path: Path) -> dict[str, Any] | None:
    with path.open("rb") as stream:
        stream.seek(max(path.stat().st_size - _TAIL, 0))
        lines = stream.read().splitlines()
    try:
        return dict(json.loads(lines[-1])) if lines else None
    except (ValueError, TypeError):
        return {}


def _identity(output: Output) -> object:
    """Return the hash of what an output was made from, None if it does not tell."""
    if output.kind is Kind.FOLDER:
        about = output.path / ABOUT
        return json.loads(about.read_bytes()).get("run") if about.exists() else None
    pyarrow, parquet = needed("pyarrow"), needed("pyarrow.parquet")
    try:
        told = (parquet.read_schema(output.path).metadata or {}).get(b"starl", b"{}")
    except pyarrow.ArrowInvalid:
        return None
    return json.loads(told).get("run")


def _plain(data: object) -> bytes:
    return json.dumps(data, indent=1, ensure_ascii=False).encode("utf-8", "surrogateescape") + b"\n"


def encode(batches: Sequence[pa.RecordBatch], kind: Kind) -> bytes | memoryview:
    """Return scored batches as the content of a part.

    Parameters
    ----------
    batches
        At least one.
    kind
        What the output is.
    """
    if kind is Kind.JSONL:
        return b"".join(map(json_lines, batches))
    schema = common_schema_of(batches)
    tables = [cast_table(needed("pyarrow").Table.from_batches([batch]), schema) for batch in batches]
    return to_parquet(needed("pyarrow").concat_tables(tables))


def common_schema_of(batches: Iterable[pa.RecordBatch]) -> pa.Schema:
    """Return a schema that holds the rows of all batches."""
    return common_schema([batch.schema for batch in batches])


def to_parquet(table: pa.Table) -> memoryview:
    """Return a table as a Parquet file of one row group."""
    sink = needed("pyarrow").BufferOutputStream()
    needed("pyarrow.parquet").write_table(table, sink, row_group_size=max(len(table), 1), **COMPRESSION)
    return memoryview(sink.getvalue())
