"""What a rule is: a value that holds its words, its examples, its source, its check and what it shows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import nan

import numpy as np

from starl.findings.facts import Facts, Floats
from starl.findings.reading import Bytes, Limit, SeverityIndex, Values, evidence_of
from starl.profiles import Profile
from starl.report import Clause, Evidence, Finding, Report
from starl.roles import AnswerType, Severity
from starl.tokens import Bools, Ints


@dataclass(frozen=True, slots=True, eq=False)
class Verdict:
    """What a check says of each answer of a batch; a single number stands for all of them."""

    where: Bools
    """(n,) whether something was found; a severity of -1 says no as well."""
    severity: Bytes | SeverityIndex
    """(n,) how bad, as an index into `SEVERITIES`."""
    value: Values | float = nan
    """(n,) measured how; NaN if the rule measures nothing."""
    limit: Limit = nan
    """(n,) held against which limit; NaN if there is none."""
    gain: Floats | float = 0.0
    """(n,) share of the answer's words that mending it would move, add or make clear, in 0..1; it orders
    findings of one severity."""
    clauses: Bools | None = None
    """(n_clauses,) the clauses it rests on; None if it rests on no single ones."""


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """One answer in which a check found something."""

    facts: Facts
    answer: int
    """Which answer of the facts it is."""
    report: Report
    profile: Profile
    severity: Severity
    value: float | None
    limit: float | None
    marked: Bools | None
    """The clauses of the verdict."""

    @property
    def at(self) -> Ints:
        """The clauses that the verdict rests on, as indices into those of the facts."""
        first, last = self.facts.clauses.offsets[self.answer : self.answer + 2].tolist()
        return np.flatnonzero(self.marked[first:last]) + first if self.marked is not None else np.arange(0)

    @property
    def clauses(self) -> list[Clause]:
        """The clauses that the verdict rests on, in order."""
        first = self.facts.clauses.offsets[self.answer]
        return [self.report.clauses[c] for c in (self.at - first).tolist()]


@dataclass(frozen=True, slots=True)
class Shown:
    """What a finding points at, and what its message says."""

    evidence: tuple[Evidence, ...]
    facts: Mapping[str, object] = field(default_factory=dict)
    """Further values for the message; ``value`` and ``limit`` are always there."""


Check = Callable[[Facts, Profile], Verdict]
Show = Callable[[Case], Shown]


def show_clauses(case: Case) -> Shown:
    """Show each clause that the verdict rests on."""
    return Shown(evidence_of(case.clauses))


@dataclass(frozen=True, slots=True)
class Example:
    """An answer in clause lines: role letter, agent word and text, parted by tabs."""

    lines: str
    type: AnswerType = AnswerType.STORY

    @property
    def clauses(self) -> tuple[tuple[str, str, str], ...]:
        """One triple a clause: role letter, agent word, text."""
        rows = (line.split("\t") for line in self.lines.strip("\n").split("\n"))
        return tuple((role, agent, text) for role, agent, text in rows)

    @property
    def text(self) -> str:
        """The answer as running text."""
        return " ".join(text for _, _, text in self.clauses)


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. The code never changes its meaning and is never used again."""

    code: str
    name: str
    since: str
    severities: tuple[Severity, ...]
    """What it can emit, the mildest first."""
    finds: str
    """What it finds, in a sentence."""
    message: str
    """What is so; a template for `str.format`."""
    help: str
    """What to do about it."""
    why: str
    bad: Example
    good: Example
    limits: str
    """When to leave it, and where it departs from its source."""
    source: str
    settings: tuple[str, ...]
    """The fields of `Profile` that it reads."""
    check: Check
    show: Show = show_clauses

    def find(self, case: Case) -> Finding:
        """Return the finding on a case of this rule."""
        shown = self.show(case)
        return Finding(
            code=self.code,
            name=self.name,
            severity=case.severity,
            message=self.message.format(value=case.value, limit=case.limit, **shown.facts),
            help=self.help,
            evidence=shown.evidence,
            value=case.value,
            limit=case.limit,
        )
