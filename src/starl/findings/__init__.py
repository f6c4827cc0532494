"""Findings: rules as data, one module a family, and the judging of answers by them.

A rule has a check, which decides on the arrays of a whole batch (`Facts` -> `Verdict`), and a show, which
finds what to point at in one answer where the check found something (`Case` -> `Shown`). The phrases that
checks look for are listed in `starl.findings.wording`, and the rules in `starl.findings.rules`.
"""

from starl.findings.facts import Facts, facts_of
from starl.findings.judging import Verdicts, findings_of, judge, judge_all
from starl.findings.markdown import page
from starl.findings.rule import Case, Example, Rule, Shown, Verdict
from starl.findings.rules import RULES, get_rule, select_rules

__all__ = [
    "RULES",
    "Case",
    "Example",
    "Facts",
    "Rule",
    "Shown",
    "Verdict",
    "Verdicts",
    "facts_of",
    "findings_of",
    "get_rule",
    "judge",
    "judge_all",
    "page",
    "select_rules",
]
