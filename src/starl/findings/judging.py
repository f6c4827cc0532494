"""Facts -> verdicts -> findings."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

from starl.findings.facts import Facts, Floats, facts_of
from starl.findings.kind import HYPOTHETICAL
from starl.findings.length import TOO_SHORT
from starl.findings.reading import Bytes
from starl.findings.rule import Case, Rule
from starl.findings.rules import RULES
from starl.profiles import Profile
from starl.report import Finding, Report
from starl.roles import ROW_STATUSES, SEVERITIES, Status, Unread
from starl.tokens import Bools, Ints

_ALLOWED: dict[Status | Unread, frozenset[str]] = {
    Status.OK: frozenset(rule.code for rule in RULES),
    Status.TOO_SHORT: frozenset({TOO_SHORT.code}),
    Status.NOT_A_STORY: frozenset({HYPOTHETICAL.code}),
}


@dataclass(frozen=True, eq=False)
class Verdicts:
    """What rules say of each answer of a batch; ``n`` stands for the number of answers."""

    rules: tuple[Rule, ...]
    severity: Bytes
    """(n, n_rules) index into `SEVERITIES`, -1 where a rule found nothing."""
    value: Floats
    """(n, n_rules) the measured value; NaN where there is none."""
    limit: Floats
    """(n, n_rules) the limit it is held against; NaN where there is none."""
    gain: Floats
    """(n, n_rules) what mending it would move, add or make clear, of the words of the answer, in 0..1."""
    facts: Facts
    clauses: tuple[Bools | None, ...]
    """The clauses that each rule's verdicts rest on, over the whole batch."""

    def __len__(self) -> int:
        return len(self.severity)

    @cached_property
    def order(self) -> Ints:
        """Rules that found something, answer by answer, as indices into ``rules``, shape (n_findings,).

        In an answer the worst come first, then what mending would gain most, then by code.
        """
        answer, rule = np.nonzero(self.severity >= 0)
        codes = np.argsort(np.argsort([r.code for r in self.rules]))
        gain = self.gain[answer, rule].round(4)
        best: Ints = rule[np.lexsort((codes[rule], -gain, -self.severity[answer, rule], answer))]
        return best

    @cached_property
    def n_findings(self) -> Ints:
        """How many of ``order`` belong to each answer, shape (n,)."""
        n: Ints = (self.severity >= 0).sum(axis=1)
        return n

    def case(self, i: int, rule: int, report: Report, profile: Profile) -> Case:
        """Return the case of a rule that found something in answer ``i``."""
        value, limit = float(self.value[i, rule]), float(self.limit[i, rule])
        return Case(
            facts=self.facts,
            answer=i,
            report=report,
            profile=profile,
            severity=SEVERITIES[self.severity[i, rule]],
            value=None if np.isnan(value) else value,
            limit=None if np.isnan(limit) else limit,
            marked=self.clauses[rule],
        )


def judge_all(facts: Facts, profile: Profile, *, rules: Sequence[Rule] = RULES) -> Verdicts:
    """Hold a batch of answers against a profile.

    Parameters
    ----------
    facts
        What was read in the answers. A refused answer gets no finding except why: too-short for an answer
        that is too short, hypothetical for an answer that is no story.
    profile
        The limits.
    rules
        The rules to check.
    """
    size = (len(rules), len(facts))
    severity = np.full(size, -1, dtype=np.int8)
    value, limit, gain = np.empty(size), np.empty(size), np.empty(size)
    clauses = []
    for r, rule in enumerate(rules):
        verdict = rule.check(facts, profile)
        np.copyto(severity[r], verdict.severity, where=verdict.where)
        value[r], limit[r], gain[r] = verdict.value, verdict.limit, verdict.gain
        clauses.append(verdict.clauses)
    severity[~_allowed(tuple(rule.code for rule in rules))[facts.status].T] = -1
    nothing = severity < 0
    value[nothing] = limit[nothing] = np.nan
    gain[nothing] = 0
    return Verdicts(tuple(rules), severity.T, value.T, limit.T, gain.T, facts, tuple(clauses))


@lru_cache(maxsize=64)
def _allowed(codes: tuple[str, ...]) -> Bools:
    """Return which rules are checked in answers of each status, shape (n_statuses, n_rules)."""
    allowed = [_ALLOWED.get(status, frozenset()) for status in ROW_STATUSES]
    return np.array([[code in some for code in codes] for some in allowed]).reshape(-1, len(codes))


def findings_of(verdicts: Verdicts, i: int, report: Report, profile: Profile) -> tuple[Finding, ...]:
    """Return the findings on one answer of a batch that was judged.

    Parameters
    ----------
    verdicts
        What `judge_all` said of the batch.
    i
        Which answer of the batch it is.
    report
        The report on that answer; its own findings are not read.
    profile
        The limits that the batch was judged by.

    Returns
    -------
    tuple of Finding
        At most one a rule: the worst first, then what mending would gain most, then by code.
    """
    before = int(verdicts.n_findings[:i].sum())
    found = verdicts.order[before : before + int(verdicts.n_findings[i])].tolist()
    return tuple(verdicts.rules[r].find(verdicts.case(i, r, report, profile)) for r in found)


def judge(report: Report, profile: Profile, *, rules: Sequence[Rule] = RULES) -> tuple[Finding, ...]:
    """Hold a report against a profile.

    A pure function of the measured part of the report: its own findings and profile are not read, so a saved
    report can be judged again. It cuts the text into tokens anew, for which it loads spaCy.

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
    return findings_of(judge_all(facts_of(report), profile, rules=rules), 0, report, profile)
