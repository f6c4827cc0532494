"""Profiles as text, TOML and Markdown; ``python -m starl.profile_pages docs/reference/profiles.md``."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from io import StringIO
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from starl.config import toml_key
from starl.profiles import DEFAULT, PROFILES, Limit, Profile

FAMILIES: Mapping[str, tuple[str, ...]] = {
    "Shares": ("bands", "setting", "action", "task", "late", "hypothetical"),
    "Length": ("advised", "short", "long", "refuse"),
    "Ownership": ("i", "hidden", "min_deeds"),
    "Parts and evidence": ("part", "min_confidence", "warning", "result", "vague"),
}
"""Headings of the limits, each with how their keys begin; the longest beginning counts."""

_INTRO = """\
# Profiles

A profile is a set of limits that findings are judged by.
It never changes what is read in an answer, only what is said about it.
`starl profiles` lists the profiles, `starl profiles NAME` prints one, and the guide \
[Configure](../guides/configure.md) shows how to write your own.

Advice is a range, never a point: a band has a lower and an upper end, and its source says how widely the \
advice differs.
A value that equals its limit is still within it.
No limit has been shown to predict who does well in an interview or in a job: they say what is advised.

## The survey

*Survey* stands for advice pages, universities and public bodies, of which 25 give a share to all four of \
situation, task, action and result.
None gives learning a share of its own.
*Ours* marks a limit that no source states and that we chose.

Shares advised, in percent, as situation/task/action/result:

- 10/10/60/20: JobCoachAI, Competency Companion (UK Civil Service), Mploydia, Dev-interviewer
- 20/10/60/10: University of Washington, Dandy Hire
- 10/10/70/10: Swansea University
- 15/10/60/15: Velyq
- 15/10/50/25: Nerd Level Tech
- the least for action: CVedo, 40 to 50
- four sites that count in seconds: situation + task 34, action 45, result 19
"""

_MEANINGS = """\
## What the limits mean

A key that ends in `_note` or `_warning` is the limit for a finding of that severity.
"""


def rows(profile: Profile) -> Iterator[tuple[str, list[Limit]]]:
    """Yield the limits of a profile by family, in the order of `FAMILIES`."""
    limits = list(profile.limits())
    for family in FAMILIES:
        yield family, [limit for limit in limits if _family(limit.key) == family]


def _family(key: str) -> str:
    starts = {start: family for family, starts in FAMILIES.items() for start in starts}
    return starts[max((start for start in starts if key.startswith(start)), key=len)]


def shown(limit: Limit) -> str:
    """Return the value of a limit as one reads it: shares in percent, ranges with both ends.

    Examples
    --------
    >>> [shown(limit) for limit in DEFAULT.limits()][:5:4]
    ['10–20 %', '150–350 words']
    """
    ends = limit.value if isinstance(limit.value, tuple) else (limit.value,)
    is_share = any(isinstance(end, float) for end in ends)
    numbers = [f"{round(end * 100, 1):g}" if is_share else str(end) for end in ends]
    unit = "%" if is_share else "deeds" if limit.key.endswith("deeds") else "words"
    return f"{'–'.join(numbers)} {unit}"


def to_text(profile: Profile, *, width: int = 80) -> str:
    """Return a profile as a table of limits and sources, no line longer than ``width`` columns."""
    out = StringIO()
    console = Console(file=out, width=width, markup=False, emoji=False, highlight=False, color_system=None)
    console.print(Text(f"{profile.name}: {profile.description}"))
    low, high = profile.advised_i
    console.print(Text(f"I among the deeds of I and we: {low:.0%} to {high:.0%} advised."))
    key_width = max(len(limit.key) for limit in profile.limits())
    for family, limits in rows(profile):
        table = Table.grid(padding=(0, 2, 0, 0))
        table.add_column(width=key_width, no_wrap=True)
        table.add_column(width=13, no_wrap=True)
        table.add_column(ratio=1)
        for limit in limits:
            table.add_row(limit.key, shown(limit), Text(limit.source))
        console.print(Text(f"\n{family}"), table)
    return "".join(line.rstrip() + "\n" for line in out.getvalue().splitlines())


def to_toml(profile: Profile, name: str) -> str:
    """Return a profile as a TOML table ``[profiles.NAME]`` with all limits and sources."""
    fields = profile.model_dump(mode="json", exclude={"name"})
    nested = {key: fields.pop(key) for key in ("bands", "weights", "sources")}
    head = f"profiles.{toml_key(name)}"
    lines = _table(head, fields)
    for key, values in nested.items():
        lines += ["", *_table(f"{head}.{key}", values)]
    return "\n".join(lines) + "\n"


def _table(head: str, values: Mapping[str, object]) -> list[str]:
    """Write a flat table; TOML writes strings, numbers and lists as JSON does."""
    pairs = (f"{toml_key(key)} = {json.dumps(value, ensure_ascii=False)}" for key, value in values.items())
    return [f"[{head}]", *pairs]


def markdown(profiles: Iterable[Profile]) -> str:
    """Return the page of all profiles."""
    meanings = _markdown_table(("key", "limits"), ((f"`{m.key}`", m.meaning) for m in DEFAULT.limits()))
    return "\n".join([_INTRO, *map(_section, profiles), _MEANINGS, meanings])


def _section(profile: Profile) -> str:
    """Return the section of a profile; past the default, with the limits that differ from it alone."""
    usual = {limit.key: limit for limit in DEFAULT.limits()}
    limits = [limit for _, group in rows(profile) for limit in group]
    if profile is not DEFAULT:
        limits = [limit for limit in limits if limit != usual.get(limit.key)]
    table = _markdown_table(
        ("key", "limit", "source"), ((f"`{limit.key}`", shown(limit), limit.source) for limit in limits)
    )
    low, high = profile.advised_i
    own = f"Advised share of I among the deeds of I and we: {low:.0%} to {high:.0%}."
    rest = [] if profile is DEFAULT else ["All other limits are those of `default`."]
    return "\n".join([f"## {profile.name}", "", profile.description, own, *rest, "", table])


def _markdown_table(head: Sequence[str], body: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *body]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def main(arguments: Sequence[str]) -> None:
    """Write the page to the file given first, by default the project's own."""
    path = Path(arguments[0] if arguments else "docs/reference/profiles.md")
    path.write_text(markdown(PROFILES.values()), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main(sys.argv[1:])
