"""Findings: rules as data, one module a family, and the judging of a report by them."""

from starl.findings.judging import judge
from starl.findings.markdown import page
from starl.findings.rule import Example, Hit, Rule
from starl.findings.rules import RULES, get_rule, select_rules

__all__ = ["RULES", "Example", "Hit", "Rule", "get_rule", "judge", "page", "select_rules"]
