"""Report -> findings."""

from collections.abc import Sequence

from starl.findings.kind import HYPOTHETICAL
from starl.findings.length import TOO_SHORT
from starl.findings.rule import Hit, Rule
from starl.findings.rules import RULES
from starl.profiles import Profile
from starl.report import Finding, Report
from starl.roles import Severity, Status

_ALLOWED: dict[Status, tuple[Rule, ...]] = {
    Status.OK: RULES,
    Status.TOO_SHORT: (TOO_SHORT,),
    Status.NOT_A_STORY: (HYPOTHETICAL,),
}
_WORST_FIRST = (Severity.WARNING, Severity.NOTE, Severity.INFO)


def judge(report: Report, profile: Profile, *, rules: Sequence[Rule] = RULES) -> tuple[Finding, ...]:
    """Hold a report against a profile.

    A pure function of the measured part of the report: its own findings and profile are not read, so a saved
    report can be judged again.

    Parameters
    ----------
    report
        What was read in an answer. A refused answer gets no finding except why: too-short for an answer that
        is too short, hypothetical for an answer that is no story.
    profile
        The limits.
    rules
        The rules to check.

    Returns
    -------
    tuple of Finding
        At most one a rule: the worst first, then what mending would gain most, then by code.
    """
    allowed = _ALLOWED.get(report.status, ())
    found = [result for rule in rules if rule in allowed and (result := rule(report, profile))]
    return tuple(finding for _, finding in sorted(found, key=_order))


def _order(result: tuple[Hit, Finding]) -> tuple[int, float, str]:
    hit, finding = result
    return _WORST_FIRST.index(finding.severity), -round(hit.gain, 4), finding.code
