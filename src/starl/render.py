"""Report -> text a speaker likes to read: the marked answer, shares, deeds, findings.

Everything is readable without colour: each part carries its letter, and doubt a question mark. Control
characters of the answer are shown as pictures and never reach the terminal.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import StringIO
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from starl.frameworks import Framework, PartView, View, view
from starl.mending import Mend, mends
from starl.profiles import DEFAULT
from starl.report import UNSURE_BELOW, AgentCounts, Clause, Finding, Interval, Report
from starl.roles import STORY_ROLES, Agent, AnswerType, Role, Severity, Status

if TYPE_CHECKING:
    from starl.profiles import Profile

N_FINDINGS = 3
N_QUOTES = 2
QUOTE_CHARS = 90
JOINERS = "\u200c\u200d"
INVISIBLE = "\u00ad\u200b\u200e\u200f\u2060\ufeff"
MIN_WIDTH = 20
PARTS = (
    (frozenset({Role.SITUATION, Role.TASK}), ("no-situation", "no-task")),
    (frozenset({Role.ACTION}), ("no-action",)),
    (frozenset({Role.RESULT}), ("no-result",)),
)
"""Parts that a headline calls missing, and the rules that are sure of it."""

AGENT_WORDS: Mapping[Agent, str] = {
    Agent.I: "I",
    Agent.WE: "we",
    Agent.OTHER: "others",
    Agent.NONE: "nobody named",
}
IN_MARGIN: Mapping[Agent, str] = {**AGENT_WORDS, Agent.NONE: "–"}
BAR_STYLE: Mapping[Role, str] = {
    Role.SITUATION: "blue",
    Role.TASK: "magenta",
    Role.ACTION: "green",
    Role.RESULT: "yellow",
    Role.LEARNING: "red",
}
SEVERITY_STYLE: Mapping[Severity, str] = {
    Severity.INFO: "cyan",
    Severity.NOTE: "yellow",
    Severity.WARNING: "bold red",
}
KIND: Mapping[AnswerType | None, str] = {
    AnswerType.STORY: "A story",
    AnswerType.HABIT: "An account of what you usually do, told in",
}
ADVICE: Mapping[Status, str] = {
    Status.EMPTY: "Give the words of an answer: what was going on, what you had to do, what you did, "
    "and what came of it.",
    Status.TOO_SHORT: "Say a little more of each part: what was going on, what you had to do, what you did "
    "step by step, and what came of it.",
    Status.NOT_A_STORY: "Tell of one particular time: when and where it was, what you did, what came of it.",
    Status.NOT_ENGLISH: "Only English can be read so far; give the answer in English.",
    Status.UNREADABLE: "Give the answer as plain sentences, as they were said or written.",
}
KIND_ADVICE: Mapping[AnswerType, str] = {
    AnswerType.HABIT: "You tell what you usually do. Pick one time you did it, and tell how that one went.",
    AnswerType.APPROACH: "You tell how you go about it. Pick one time you did, and tell how that one went.",
    AnswerType.OPINION: "You tell what you think. Add one time when you acted on it, and how that went.",
    AnswerType.SELF_DESCRIPTION: "You tell who you are. Add one time that shows it, and how that went.",
    AnswerType.HYPOTHETICAL: "You tell what you would do. Tell of a time when it came up, and what you did.",
    AnswerType.PLAN: "You tell what you want to do. Add one thing you have done already that leads there.",
    AnswerType.REFUSAL: "You tell of no example. A small one will do: from study, a club, or at home.",
}


def to_text(
    report: Report,
    profile: Profile | None = None,
    *,
    framework: str | Framework | None = None,
    width: int = 80,
    color: bool = False,
) -> str:
    """Render a report as text.

    Parameters
    ----------
    report
        What was read in an answer.
    profile
        Where the advised ranges come from; without one, none are shown.
    framework
        Parts to show the answer by: a framework or the name of one. STARL if None.
    width
        Columns of the terminal; no line is longer.
    color
        Whether to write ANSI colours.

    Returns
    -------
    str
        Lines that end with a line break, without trailing spaces.

    Raises
    ------
    FrameworkError
        If there is no framework of that name.
    """
    out = StringIO()
    console = Console(
        file=out,
        width=max(width, MIN_WIDTH),
        height=25,
        force_terminal=color,
        color_system="256" if color else None,
        legacy_windows=False,
        markup=False,
        emoji=False,
        highlight=False,
        _environ={},
    )
    console.print(render(report, profile, framework))
    return "".join(line.rstrip() + "\n" for line in out.getvalue().split("\n")[:-1])


def render(
    report: Report, profile: Profile | None = None, framework: str | Framework | None = None
) -> RenderableType:
    """Lay a report out for a rich console."""
    return Group(*_sections(report, profile, framework))


def _sections(
    report: Report, profile: Profile | None, framework: str | Framework | None
) -> Iterator[RenderableType]:
    shown = view(report, framework or "STARL")
    yield Text(headline(report, shown), "bold")
    if report.question:
        yield Text(f"Question: {visible(report.question)}", "dim")
    if report.status is not Status.OK:
        yield from _refusal(report)
        return
    yield _titled("Your answer", _marked_answer(report, shown))
    if report.balance and report.balance.share:
        bands = profile.bands if profile else {}
        yield _titled(
            "How the words of the story are spread",
            _shares(shown, bands, in_color_of_part=framework is not None),
        )
    if report.ownership:
        yield _titled(f"Who did what, in the {_action_name(shown)}", _deeds(report.ownership.action))
    yield from _findings(report, profile or DEFAULT)
    yield Text()
    yield Text(
        visible(f"{report.model}, profile {report.profile}, {report.fingerprint}"), "dim", overflow="fold"
    )


def headline(report: Report, shown: View | None = None) -> str:
    """Say in one sentence what kind of answer it is and whether there is something to mend.

    Parts that were not told are named as in the view; without one, as in STARL.

    Examples
    --------
    A story of 212 words without a result; 2 things to mend.
    """
    if report.status is not Status.OK:
        return visible(
            _sentence(report.status_reason or f"this answer is {report.status.value.replace('_', ' ')}")
        )
    n_words = report.balance.n_words if report.balance else 0
    start = KIND.get(report.answer_type, "An answer")
    of = "" if start.endswith(" in") else " of"
    n_faults = sum(finding.severity is not Severity.INFO for finding in report.findings)
    mend = {0: "nothing to mend", 1: "one thing to mend"}.get(n_faults, f"{n_faults} things to mend")
    return f"{start}{of} {_counted(n_words, 'word')}{_lacking(report, shown or view(report))}; {mend}."


def _lacking(report: Report, shown: View) -> str:
    """Say which parts were not read; "perhaps" where no rule is sure enough of it to find a fault."""
    told = {span.role for span in report.spans}
    missing = [(roles, rules) for roles, rules in PARTS if not told & roles]
    lacks = [_called(set(roles), shown) for roles, _ in missing]
    either = ", ".join(lacks[:-1]) + (" or " if lacks[1:] else "") + "".join(lacks[-1:])
    if not lacks:
        return ""
    found = any(finding.name in rules for finding in report.findings for _, rules in missing)
    return f" without {either}" if found else f", perhaps without {either}"


def _called(roles: set[Role], shown: View) -> str:
    """Return what the view calls the parts of some roles."""
    parts = [part for part in shown.parts if roles & set(part.roles)]
    if len(parts) == 1 and parts[0].name not in ("action", "result"):
        return f"{parts[0].name} ({parts[0].letter})"
    return "a setting" if Role.SITUATION in roles else "action" if Role.ACTION in roles else "a result"


def _refusal(report: Report) -> Iterator[RenderableType]:
    advice = ADVICE[report.status]
    if report.status is Status.NOT_A_STORY and report.answer_type:
        advice = KIND_ADVICE.get(report.answer_type, advice)
    yield Text()
    yield Text(advice)
    if report.findings:
        yield Text()
        yield _explain_line("See", report.findings)


@dataclass(slots=True)
class _Row:
    """Neighbouring clauses shown together."""

    label: str
    agent: Agent | None
    letter: str | None
    start_char: int
    end_char: int


def _rows(report: Report, shown: View) -> Iterator[_Row]:
    """Yield rows: a new one at each change of part, and at each deed of another agent."""
    outside = _outside_letter(shown)
    label_at = {
        span.start_char: _label(part.letter, span.confidence) for part in shown.parts for span in part.spans
    }
    row: _Row | None = None
    for clause, letter in zip(report.clauses, shown.labels, strict=True):
        new_part = row is None or letter != row.letter
        if row is not None and not new_part and clause.agent in (None, row.agent):
            row.end_char = clause.end_char
            continue
        if row is not None:
            yield row
        own = _label(letter or outside, _confidence(clause) if letter else 1.0)
        label = label_at.get(clause.start_char, own) if new_part else ""
        row = _Row(label, clause.agent, letter, clause.start_char, clause.end_char)
    if row is not None:
        yield row


def _confidence(clause: Clause) -> float:
    """Return 1 outside the story, where a wrong label harms nobody."""
    return 1.0 if clause.role is Role.OTHER else clause.confidence


def _label(letter: str, confidence: float) -> str:
    return f"[{letter}{'?' if confidence < UNSURE_BELOW else ''}]"


def _outside_letter(shown: View) -> str:
    """Return O, or a full stop where a part has that letter, such as the obstacle of SOAR."""
    return "." if any(part.letter == "O" for part in shown.parts) else "O"


def _marked_answer(report: Report, shown: View) -> RenderableType:
    rows = list(_rows(report, shown))
    styles = {part.letter: f"black on {part.color}" for part in shown.parts}
    table = Table.grid(padding=(0, 1, 0, 0))
    table.add_column(width=3 + max(len(part.letter) for part in shown.parts), no_wrap=True)
    table.add_column(width=6, no_wrap=True, style="dim")
    table.add_column(ratio=1, overflow="fold")
    for row in rows:
        style = styles[row.letter] if row.letter else "dim"
        text = visible(report.text[row.start_char : row.end_char])
        table.add_row(Text(row.label, "bold"), IN_MARGIN[row.agent] if row.agent else "", Text(text, style))
    return Group(table, Text(_legend(rows, shown), "dim"))


def _legend(rows: Sequence[_Row], shown: View) -> str:
    used = {row.letter for row in rows}
    marks = [f"[{part.letter}] {part.name}" for part in shown.parts if part.letter in used]
    if None in used:
        whole = sum(len(part.roles) for part in shown.parts) == len(STORY_ROLES)
        marks.append(f"[{_outside_letter(shown)}] outside {'the story' if whole else shown.framework}")
    if any(row.agent is Agent.NONE for row in rows):
        marks.insert(0, "– nobody named")
    if any("?" in row.label for row in rows):
        marks.insert(0, "? unsure")
    return ", ".join(marks)


def _shares(
    shown: View, bands: Mapping[Role, tuple[float, float]], *, in_color_of_part: bool
) -> RenderableType:
    table = Table.grid(padding=(0, 1, 0, 0), expand=True)
    table.add_column(width=max(cell_len(part.name) for part in shown.parts), no_wrap=True)
    table.add_column(ratio=1)
    table.add_column(width=8, no_wrap=True, justify="right")
    table.add_column(width=14, no_wrap=True, style="dim")
    table.add_column(width=5, no_wrap=True)
    for part in shown.parts:
        share = part.share or 0.0
        band = _band(part, bands)
        advised = f"advised {round(band[0] * 100)}–{band[1]:.0%}" if band else ""
        ends = part.interval or (share, share)  # where no interval was measured, the share itself
        verdict = Text(_verdict(ends, band), "bold")
        bar = ShareBar(part.roles[0], share, band, part.color if in_color_of_part else None)
        table.add_row(part.name, bar, _percent(ends), advised, verdict)
    legend = Text("░ advised range, ▒ beyond it" if bands else "", "dim")
    return Group(table, legend) if bands else table


def _band(part: PartView, bands: Mapping[Role, tuple[float, float]]) -> Interval | None:
    """Return the advised range of a part: the ends of its roles' ranges added up; learning has none."""
    own = [bands[role] for role in part.roles if role in bands]
    if not own:
        return None
    return sum(low for low, _ in own), min(1.0, sum(high for _, high in own))


def _percent(ends: Interval) -> str:
    """Say a share as a range of whole percent, or as one number where both ends are the same."""
    low, high = ends
    return f"{high:.0%}" if round(low * 100) == round(high * 100) else f"{round(low * 100)}–{high:.0%}"


def _verdict(ends: Interval, band: Interval | None) -> str:
    """Compare in whole percent, as the numbers are shown; nothing is said of what may lie within."""
    if band is None:
        return ""
    low, high = (round(end * 100) for end in ends)
    if low > round(band[1] * 100):
        return "over"
    return "under" if high < round(band[0] * 100) else ""


@dataclass(frozen=True, slots=True)
class ShareBar:
    """A bar from 0 to 100 %, as wide as its place, with the advised range behind it."""

    role: Role
    share: float
    band: tuple[float, float] | None
    color: str | None = None
    """Colour of the bar; that of the role if None."""

    def cells(self, width: int) -> str:
        """Return the bar as ``width`` characters.

        Examples
        --------
        >>> ShareBar(Role.SITUATION, 0.5, (0.1, 0.3)).cells(10)
        '███▒▒     '
        >>> ShareBar(Role.RESULT, 0.1, (0.1, 0.3)).cells(10)
        '█░░       '
        """
        low, high = self.band or (0.0, 1.0)
        filled = max(round(self.share * width), int(self.share > 0))
        first, last = round(low * width), round(high * width)
        over = self.band is not None and _verdict((self.share, self.share), self.band) == "over"
        ink = "█" * min(filled, last) + "▒" * (filled - last) if over else "█" * filled
        behind = "".join("░" if self.band and first <= i < last else " " for i in range(width))
        return ink + behind[len(ink) :]

    def __rich_console__(self, console: Console, options: object) -> Iterator[RenderableType]:
        width: int = getattr(options, "max_width", console.width)
        yield Text(self.cells(width), self.color or BAR_STYLE[self.role])


def _action_name(shown: View) -> str:
    """Return what the view calls the action, if it has a part for it alone."""
    return next((part.name for part in shown.parts if part.roles == (Role.ACTION,)), "action")


def _deeds(counts: AgentCounts) -> RenderableType:
    by_agent = {agent: getattr(counts, agent.value) for agent in Agent}
    if not any(by_agent.values()):
        return Text("no deed is told")
    return Text("   ".join(f"{AGENT_WORDS[agent]} {n}" for agent, n in by_agent.items()))


def _findings(report: Report, profile: Profile) -> Iterator[RenderableType]:
    first, rest = report.findings[:N_FINDINGS], report.findings[N_FINDINGS:]
    if not first:
        return
    mend = any(finding.severity is not Severity.INFO for finding in first)
    edits = {made.code: made for made in mends(report, profile)}
    entries = [
        _entry(number, finding, report.text, edits.get(finding.code))
        for number, finding in enumerate(first, start=1)
    ]
    yield _titled("What to mend first" if mend else "Worth knowing", Group(*entries))
    more = _explain_line("Also", rest) if rest else _explain_line("More on it", first[:1])
    yield Padding(more, (0, 0, 0, 2))


def _entry(number: int, finding: Finding, text: str, edit: Mend | None) -> RenderableType:
    head = Text(f"{number}. ")
    head.append(finding.name, SEVERITY_STYLE[finding.severity])
    head.append(f"  {finding.code}, {finding.severity.value}", "dim")
    lines = [Text(visible(_sentence(finding.message)))]
    quotes = [quote(text[e.start_char : e.end_char]) for e in finding.evidence]
    lines += [Text(f"“{words}”", "italic") for words in quotes[:N_QUOTES]]
    if len(quotes) > N_QUOTES:
        lines.append(Text(f"and {_counted(len(quotes) - N_QUOTES, 'more place')}", "dim"))
    lines.append(Text(f"→ {visible(_sentence(finding.help))}"))
    if edit:
        lines.append(Text(f"→ {visible(_sentence(edit.effect))}"))
        if edit.question:
            lines.append(Text(f"? {visible(edit.question)}", "italic"))
    return Group(head, *(Padding(line, (0, 0, 0, 3)) for line in lines))


def _explain_line(start: str, findings: Sequence[Finding]) -> Text:
    names = ", ".join(dict.fromkeys(finding.name for finding in findings))
    return Text(f"{start}: {names} (starl explain {findings[0].name})", "dim")


def _titled(title: str, body: RenderableType) -> RenderableType:
    return Group(Text(), Text(title, "bold underline"), Padding(body, (0, 0, 0, 2)))


def quote(words: str, length: int = QUOTE_CHARS) -> str:
    """Return words for quoting: visible, and cut in the middle to ``length`` characters.

    Examples
    --------
    >>> quote("one two three four five six", 20)
    'one two … six'
    """
    words = visible(words)
    if len(words) <= length:
        return words
    half = (length - 3) // 2
    head, tail = words[:half], words[-half:]
    return f"{head.rpartition(' ')[0] or head} … {tail.partition(' ')[2] or tail}"


def visible(text: str) -> str:
    r"""Return text that is safe on a terminal: white space as single spaces, controls as pictures.

    Examples
    --------
    >>> visible("red\x1b[31m\tand  bell\x07")
    'red␛[31m and bell␇'
    """
    return "".join(map(_picture, " ".join(text.split())))


def _picture(char: str) -> str:
    if char.isprintable() or char in JOINERS:
        return char
    if char in INVISIBLE:
        return ""
    code = ord(char)
    if code < 0x20 or code == 0x7F:
        return chr(0x2400 + code) if code < 0x20 else "\u2421"
    return char if unicodedata.category(char) == "Co" else "\ufffd"


def _sentence(text: str) -> str:
    """Start with a capital and end with a stop: findings are worded like a linter's."""
    text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _counted(n: int, noun: str) -> str:
    return f"{n} {noun}{'' if n == 1 else 's'}"
