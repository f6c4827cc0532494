"""What checks and evidence share: limits held against arrays, and the words of a report to point at."""

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from starl.findings.facts import ACTION, Facts, Floats
from starl.profiles import Profile
from starl.report import Clause, Evidence, Report
from starl.roles import SEVERITIES, Role, Severity
from starl.tokens import Bools, Ints

Bytes = npt.NDArray[np.int8]

SeverityIndex = np.int8

NOTHING = np.int8(-1)
INFO, NOTE, WARNING = (
    np.int8(SEVERITIES.index(severity)) for severity in (Severity.INFO, Severity.NOTE, Severity.WARNING)
)
Values = Floats | Ints
Limit = float | Floats


def exceeds(value: Values, limit: Limit) -> Bools:
    """Whether values lie above a limit. Shares are compared in whole percent, as messages show them."""
    return np.greater(_percent(value), _percent(limit))


def _percent(value: Values | Limit) -> Limit:
    return round(100 * value) if isinstance(value, float | int) else np.rint(100 * value)


def over(value: Values, note: float, warning: Limit) -> tuple[Bytes, Floats]:
    """Return the severity of values, and the limit that they lie above; -1 for those within."""
    percent = _percent(value)
    noted, warned = np.greater(percent, _percent(note)), np.greater(percent, _percent(warning))
    return _severity(noted, warned), np.where(warned, warning, note)


def under(value: Values, note: float, warning: Limit) -> tuple[Bytes, Floats]:
    """Return the severity of values, and the limit that they lie below; -1 for those within."""
    percent = _percent(value)
    noted, warned = np.less(percent, _percent(note)), np.less(percent, _percent(warning))
    return _severity(noted, warned), np.where(warned, warning, note)


def _severity(noted: Bools, warned: Bools) -> Bytes:
    severity: Bytes = np.where(warned, WARNING, np.where(noted, NOTE, NOTHING))
    return severity


def hides_action(facts: Facts, profile: Profile) -> Bools:
    """Whether no action was read although one of the clauses may well be it, shape (n,)."""
    no_action: Bools = facts.n_clauses[:, ACTION] == 0
    return no_action & facts.has(facts.confidence < profile.part_confidence)


def clauses_of(report: Report, *roles: Role) -> list[Clause]:
    """Return the clauses of the given roles, in order."""
    return [clause for clause in report.clauses if clause.role in roles]


def text_of(report: Report, clause: Clause) -> str:
    """Return the text of a clause."""
    return report.text[clause.start_char : clause.end_char]


def count_words(text: str) -> int:
    """Count the white-space chunks that hold a letter or digit."""
    return sum(any(map(str.isalnum, chunk)) for chunk in text.split())


def whole(report: Report) -> tuple[Evidence, ...]:
    """Return the answer as evidence, without the white space around it."""
    start = len(report.text) - len(report.text.lstrip())
    end = len(report.text.rstrip())
    return (Evidence(start_char=start, end_char=end),) if end > start else ()


def evidence_of(clauses: Iterable[Clause]) -> tuple[Evidence, ...]:
    """Return clauses as evidence, in order."""
    return tuple(Evidence(start_char=c.start_char, end_char=c.end_char) for c in clauses)


def longest_spans(report: Report, *roles: Role, most: int = 2) -> tuple[Evidence, ...]:
    """Return the longest spans of the given roles, in the order of the text."""
    spans = sorted(
        (span for span in report.spans if span.role in roles), key=lambda s: (-s.n_words, s.start_char)
    )
    best = sorted(spans[:most], key=lambda s: s.start_char)
    return tuple(Evidence(start_char=s.start_char, end_char=s.end_char) for s in best)
