"""What a run writes, what it began with, and what is known of its parts."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from starl.errors import StarlError
from starl.files.sources import Fingerprint, Position

SCHEMA = 1
"""Version of the manifest."""
ABOUT = "_starl.json"
"""In an output folder: what the parts were made from; it is there once all of them are."""
_OURS = re.compile(r"part-\d{6}\.parquet(\.tmp)?|_parts(\.gone)?|_starl\.json(\.tmp)?")


class RunError(StarlError, RuntimeError):
    """A run that cannot begin or go on as asked."""


class Mode(StrEnum):
    """How a run treats what is there already."""

    NEW = "new"
    RESUME = "resume"
    OVERWRITE = "overwrite"


class Kind(StrEnum):
    """What the output is."""

    PARQUET = "parquet"
    JSONL = "jsonl"
    FOLDER = "folder"


@dataclass(frozen=True, slots=True)
class Output:
    """Where the scores go."""

    path: Path
    kind: Kind

    @property
    def work(self) -> Path:
        """The folder of the run."""
        if self.kind is Kind.FOLDER:
            return self.path / "_parts"
        return self.path.with_name(self.path.name + ".parts")

    @property
    def suffix(self) -> str:
        """Suffix of the parts."""
        return ".jsonl" if self.kind is Kind.JSONL else ".parquet"

    @property
    def is_there(self) -> bool:
        """Whether there is an output of that name, finished or not ours."""
        if self.kind is not Kind.FOLDER:
            return self.path.exists()
        return any(not path.name.startswith(self.work.name) for path in self._entries())

    @property
    def is_foreign(self) -> bool:
        """Whether the folder holds something that no run has put there."""
        if self.kind is not Kind.FOLDER:
            return self.path.is_dir()
        return any(not _OURS.fullmatch(path.name) for path in self._entries())

    def _entries(self) -> list[Path]:
        return list(self.path.iterdir()) if self.path.is_dir() else []


def output_of(name: str) -> Output:
    """Return where the scores go, by the suffix of the name.

    Raises
    ------
    RunError
        If the suffix says neither Parquet nor JSON lines, and it is no folder.
    """
    path = Path(name)
    if path.is_dir() or name.endswith("/"):
        return Output(path, Kind.FOLDER)
    kinds = {".parquet": Kind.PARQUET, ".jsonl": Kind.JSONL, ".ndjson": Kind.JSONL}
    kind = kinds.get(path.suffix.lower())
    if kind is None:
        raise RunError(
            f"output must end in .parquet, .jsonl or / (a folder of Parquet parts), got {name}; "
            "choose one, or - for JSON lines"
        )
    return Output(path, kind)


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a run began with."""

    starl: str
    model: str
    profile: str
    fingerprint: str
    """Hash of model, limits, rules and word lists."""
    settings: dict[str, Any]
    inputs: tuple[Fingerprint, ...]
    schema: int = SCHEMA

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain data."""
        return asdict(self)

    @property
    def identity(self) -> str:
        """Hash of all that the output depends on: not of names and times of the inputs."""
        parts = [self.schema, self.fingerprint, self.settings, [(f.size, f.sha256) for f in self.inputs]]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]

    def changes(self, before: Manifest) -> list[str]:
        """Return in words what is not as it was."""
        now, then = asdict(self), asdict(before)
        out = [
            f"{key} {now[key]} (began with {then[key]})"
            for key in ("schema", "starl", "model", "profile")
            if now[key] != then[key]
        ]
        if not out and self.fingerprint != before.fingerprint:
            out.append("model, limits, rules or word lists of the same name")
        keys = dict.fromkeys([*before.settings, *self.settings])
        pairs = ((key, self.settings.get(key), before.settings.get(key)) for key in keys)
        out += [f"{key} {new} (began with {old})" for key, new, old in pairs if new != old]
        return out + self._changed_inputs(before)

    def _changed_inputs(self, before: Manifest) -> list[str]:
        if len(self.inputs) != len(before.inputs):
            return [f"{len(self.inputs)} inputs (began with {len(before.inputs)})"]
        pairs = zip(self.inputs, before.inputs, strict=True)
        return [f"content of {new.path}" for new, old in pairs if not new.same(old)][:3]


def manifest_of(data: dict[str, Any]) -> Manifest:
    """Return the manifest that `Manifest.as_dict` has made plain data of."""
    return Manifest(**{**data, "inputs": tuple(Fingerprint(**known) for known in data["inputs"])})


@dataclass(frozen=True, slots=True)
class Part:
    """What is known of a part that is done."""

    number: int
    rows: int
    n_bytes: int
    status: dict[str, int]
    """How many rows have which status."""
    bad: tuple[tuple[str, str], ...]
    """Where the first rows are that were not read, and their status."""
    end: Position
    """Where the next row is."""

    @property
    def name(self) -> str:
        """Name of its files, without suffix."""
        return f"part-{self.number:06d}"


def part_of(data: dict[str, Any]) -> Part:
    """Return the part that ``dataclasses.asdict`` has made plain data of."""
    bad = tuple((place, status) for place, status in data["bad"])
    return Part(**{**data, "bad": bad, "end": Position(**data["end"])})
