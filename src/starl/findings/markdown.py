"""The page of a rule, as Markdown; nothing on it is written anywhere but in the rule."""

from collections.abc import Sequence
from itertools import groupby

from starl.findings.rule import Example, Rule
from starl.profiles import DEFAULT, Profile
from starl.roles import ROLE_LETTERS, ROLES

_ROLE_NAMES = dict(zip(ROLE_LETTERS, ROLES, strict=True))


def page(rule: Rule) -> str:
    """Return the page of a rule."""
    title = f"# {rule.name} ({rule.code})"
    sections = {
        "What it finds": f"{rule.finds}\n\nSeverity: {', '.join(rule.severities)}.",
        "Why it matters": rule.why,
        "Example": _example(rule.bad),
        "Tell it like this": f"{rule.help[0].upper()}{rule.help[1:]}.\n\n{_example(rule.good)}",
        "When to leave it": rule.limits,
        "Setting": _settings(rule),
        "Source": f"{rule.source[0].upper()}{rule.source[1:]}.",
        "Since": rule.since,
    }
    return "\n\n".join([title, *(f"## {heading}\n\n{body}" for heading, body in sections.items())]) + "\n"


def index(rules: Sequence[Rule]) -> str:
    """Return the page that lists the rules."""
    rows = [f"| [{r.code}]({r.code}.md) | {r.name} | {', '.join(r.severities)} | {r.finds} |" for r in rules]
    return "\n".join(
        ["# Findings", "", "| code | name | severity | finds |", "| --- | --- | --- | --- |", *rows, ""]
    )


def _example(example: Example) -> str:
    """Quote an example, one line a run of clauses of one role."""
    runs = groupby(example.clauses, key=lambda clause: clause[0])
    return "\n>\n".join(
        f"> **{_ROLE_NAMES[letter]}** {' '.join(text for _, _, text in run)}" for letter, run in runs
    )


def _settings(rule: Rule) -> str:
    """List the fields of the profile that a rule reads, with their defaults."""
    fields = Profile.model_fields
    return "\n".join(
        f"- `{name}` (default {getattr(DEFAULT, name)}): {fields[name].description}" for name in rule.settings
    )
