"""All rules, found by code or name."""

from collections.abc import Iterable

from starl.errors import RuleError
from starl.findings.balance import LATE_ACTION, SITUATION_HEAVY, TASK_HEAVY
from starl.findings.evidence import UNQUANTIFIED_RESULT, VAGUE_ACTION
from starl.findings.kind import HYPOTHETICAL
from starl.findings.length import TOO_LONG, TOO_SHORT
from starl.findings.ownership import HIDDEN_AGENT, WE_HEAVY
from starl.findings.parts import NO_ACTION, NO_LEARNING, NO_RESULT, NO_SITUATION, NO_TASK
from starl.findings.rule import Rule

RULES: tuple[Rule, ...] = (
    SITUATION_HEAVY,
    TASK_HEAVY,
    LATE_ACTION,
    UNQUANTIFIED_RESULT,
    VAGUE_ACTION,
    TOO_SHORT,
    TOO_LONG,
    WE_HEAVY,
    HIDDEN_AGENT,
    NO_SITUATION,
    NO_TASK,
    NO_ACTION,
    NO_RESULT,
    NO_LEARNING,
    HYPOTHETICAL,
)
"""Every rule, by code."""


def get_rule(code_or_name: str) -> Rule:
    """Return the rule of that code or name; case does not matter.

    Raises
    ------
    RuleError
        If there is none.
    """
    wanted = code_or_name.strip().lower()
    for rule in RULES:
        if wanted in (rule.code.lower(), rule.name):
            return rule
    known = ", ".join(f"{rule.name} ({rule.code})" for rule in RULES)
    raise RuleError(f"unknown rule {code_or_name!r}, expected one of {known}")


def select_rules(select: Iterable[str] = (), ignore: Iterable[str] = ()) -> tuple[Rule, ...]:
    """Return the selected rules without the ignored ones, in the order of `RULES`.

    Parameters
    ----------
    select
        Codes, names or families (``BAL``); every rule if empty.
    ignore
        Codes, names or families to leave out; it wins over ``select``.

    Raises
    ------
    RuleError
        If one of them is unknown.
    """
    chosen = {rule.code for wanted in select for rule in _matching(wanted)} or {rule.code for rule in RULES}
    chosen -= {rule.code for wanted in ignore for rule in _matching(wanted)}
    return tuple(rule for rule in RULES if rule.code in chosen)


def _matching(wanted: str) -> tuple[Rule, ...]:
    family = tuple(rule for rule in RULES if rule.code.rstrip("0123456789") == wanted.strip().upper())
    return family or (get_rule(wanted),)
