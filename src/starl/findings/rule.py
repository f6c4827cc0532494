"""What a rule is: a value that holds its words, its examples, its source and its check."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from starl.profiles import Profile
from starl.report import Evidence, Finding, Report
from starl.roles import AnswerType, Severity


@dataclass(frozen=True, slots=True)
class Hit:
    """What a check found: how bad, measured how, resting on which words."""

    severity: Severity
    evidence: tuple[Evidence, ...]
    value: float | None = None
    limit: float | None = None
    gain: float = 0.0
    """Share of the answer's words that mending it would move, add or make clear, in 0..1; it orders
    findings of one severity."""
    facts: Mapping[str, object] = field(default_factory=dict)
    """Further values for the message; ``value`` and ``limit`` are always there."""


Check = Callable[[Report, Profile], Hit | None]


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

    def __call__(self, report: Report, profile: Profile) -> tuple[Hit, Finding] | None:
        """Check a report; return the hit and the finding made of it, or None."""
        hit = self.check(report, profile)
        if hit is None:
            return None
        facts = {"value": hit.value, "limit": hit.limit, **hit.facts}
        return hit, Finding(
            code=self.code,
            name=self.name,
            severity=hit.severity,
            message=self.message.format(**facts),
            help=self.help,
            evidence=hit.evidence,
            value=hit.value,
            limit=hit.limit,
        )
