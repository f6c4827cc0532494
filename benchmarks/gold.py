"""Annotated answers and readings of them, in one form: words, and labelled units over them.

A word is a white-space chunk of the text. It belongs to the unit that holds its first character.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

from starl.corpus import AnnotatedAnswer, read_corpus
from starl.evaluation import Bools, Floats, Ints
from starl.report import Report
from starl.roles import AGENTS, ROLE_LETTERS, ROLES, Severity, Status

CORPUS = Path(__file__).resolve().parents[1] / "models" / "corpus"
OTHER = ROLE_LETTERS.index("O")
AGENT_INDEX = {"I": 0, "we": 1, "other": 2, "none": 3, "-": -1}
TYPED = {
    "story": "story",
    "approach": "approach",
    "pseudo-story": "habit",
    "opinion": "opinion",
    "hypothetical": "hypothetical",
}
"""Types of the typed answers -> ours; the remaining type, other, has no counterpart."""


@dataclass(frozen=True, slots=True, eq=False)
class Units:
    """Labelled stretches of one text, in order and without overlap."""

    start: Ints  # (n_units,)
    end: Ints  # (n_units,)
    role: Ints  # (n_units,)
    agent: Ints  # (n_units,), -1 where no deed is told

    def holding(self, at: Ints) -> Ints:
        """Return the unit that holds each character, -1 where none does."""
        if not len(self.start):
            return np.full(len(at), -1, dtype=np.int64)
        unit = np.searchsorted(self.start, at, side="right") - 1
        return np.where((unit >= 0) & (at < self.end[unit]), unit, -1)


@dataclass(frozen=True, slots=True, eq=False)
class Gold:
    """One annotated answer. ``agreed`` marks the units that count for headline figures."""

    id: str
    source: str
    style: str
    type: str | None
    traits: frozenset[str] | None
    question: str
    text: str
    units: Units
    agreed: Bools  # (n_units,) role and, for agents, agent agreed
    agent_agreed: Bools  # (n_units,)
    author: Units | None


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """What a system reads in one answer.

    ``warnings`` are the findings of that severity. ``agents`` says who acts in each clause whatever its
    role, where the system can be asked; ``agents_gold_cut`` the same for gold clauses.
    ``setting_interval`` is where the share of situation and task is said to lie.
    """

    units: Units
    confidence: Floats | None = None  # (n_units,)
    type: str | None = None
    status: str = "ok"
    findings: frozenset[str] = frozenset()
    warnings: frozenset[str] = frozenset()
    agents: Units | None = None
    agents_gold_cut: Units | None = None
    setting_interval: tuple[float, float] | None = None


def find_words(text: str) -> tuple[Ints, Ints]:
    """Return the first character of each word, and one past its last."""
    spans = np.array([m.span() for m in re.finditer(r"\S+", text)], dtype=np.int64).reshape(-1, 2)
    return spans[:, 0], spans[:, 1]


def units_of(rows: Iterable[tuple[int, int, int, int]]) -> Units:
    """Build units from ``(start, end, role, agent)`` rows."""
    columns = np.array(list(rows), dtype=np.int64).reshape(-1, 4).T
    return Units(*columns)


def reading_of(report: Report) -> Reading:
    """Take from a report what is measured."""
    return Reading(
        units=units_of(
            (c.start_char, c.end_char, ROLES.index(c.role), -1 if c.agent is None else AGENTS.index(c.agent))
            for c in report.clauses
        ),
        confidence=np.array([c.confidence for c in report.clauses], dtype=np.float64),
        type=None if report.answer_type is None else report.answer_type.value,
        status=Status(report.status).value,
        findings=frozenset(f.name for f in report.findings),
        warnings=frozenset(f.name for f in report.findings if f.severity is Severity.WARNING),
        setting_interval=report.balance.interval.setting
        if report.balance and report.balance.interval
        else None,
    )


def load_sets(paths: Sequence[Path], *, held_out: bool | None) -> Iterator[tuple[str, list[Gold]]]:
    """Yield a name and the answers of each data set: all ``.starl`` files together, each JSONL alone.

    ``held_out`` None stands for the default: only held-out answers of the project's own corpus, all of
    any other file.
    """
    annotated = [p for p in paths if p.suffix != ".jsonl"]
    own = [p for p in annotated if p.resolve() == CORPUS or p.resolve().parent == CORPUS]
    if annotated:
        only = len(own) == len(annotated) if held_out is None else held_out
        answers = [a for a in read_corpus(annotated) if a.held_out or not only]
        stem = "corpus" if len(own) == len(annotated) else "-".join(p.stem for p in annotated)
        if len(annotated) == 1 and own and annotated[0].suffix == ".starl":
            stem = annotated[0].stem
        yield stem + ("-held-out" if only else ""), [from_corpus(a) for a in answers]
    for path in paths:
        if path.suffix == ".jsonl":
            yield path.stem, list(read_jsonl(path))


def from_corpus(answer: AnnotatedAnswer) -> Gold:
    """Turn an answer of a ``.starl`` file into gold; all of its labels count as agreed."""
    units = units_of(
        (start, end, ROLE_LETTERS.index(role), AGENT_INDEX[agent])
        for start, end, role, agent in answer.spans()
    )
    return Gold(
        id=answer.id,
        source=answer.source and Path(answer.source.rsplit(":", 1)[0]).stem,
        style=answer.style,
        type=answer.type or None,
        traits=answer.traits,
        question=answer.question,
        text=answer.text,
        units=units,
        agreed=np.ones(len(units.start), dtype=bool),
        agent_agreed=np.ones(len(units.start), dtype=bool),
        author=None,
    )


def read_jsonl(path: Path) -> Iterator[Gold]:
    """Read answers labelled by two annotators; sources are named by a hash, as they may name people."""
    for line in path.read_text(encoding="utf-8").splitlines():
        row: dict[str, Any] = json.loads(line)
        clauses = sorted(row["clauses"])
        author = sorted(row["author_spans"])
        yield Gold(
            id=row["id"],
            source="source-" + hashlib.sha256(row["source"].encode()).hexdigest()[:6],
            style="",
            type=TYPED.get(row.get("type", "")),
            traits=None,
            question=row["question"],
            text=row["text"],
            units=units_of((c[0], c[1], ROLE_LETTERS.index(c[2]), AGENT_INDEX[c[3]]) for c in clauses),
            agreed=np.array([c[4] for c in clauses], dtype=bool),
            agent_agreed=np.array([c[5] for c in clauses], dtype=bool),
            author=units_of((a[0], a[1], ROLE_LETTERS.index(a[2]), -1) for a in author) if author else None,
        )


def digest(texts: Iterable[str]) -> str:
    """Return the sha256 of texts, each ended by a NUL."""
    return hashlib.sha256("".join(chain.from_iterable((t, "\0") for t in texts)).encode()).hexdigest()
