"""Summary -> plain text of 80 columns: tables that line up, with small bars."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from textwrap import wrap

from starl.render import visible
from starl.roles import AnswerType, Severity, Status, Unread
from starl.summary.summing import FEW, Answers, Distribution, FindingRate, Group, Summary
from starl.summary.tally import OWNERSHIP, SHARES, WORDS

WIDTH = 80
PURPOSE = "starl is for coaching and research, not for ranking people."
TYPES: dict[str, str] = {
    AnswerType.STORY: "one event",
    AnswerType.HABIT: "a habit",
    AnswerType.APPROACH: "an approach",
    AnswerType.OPINION: "an opinion",
    AnswerType.SELF_DESCRIPTION: "a self-description",
    AnswerType.HYPOTHETICAL: "hypothetical",
    AnswerType.PLAN: "a plan",
    AnswerType.REFUSAL: "no answer given",
}
"""What each kind of text is called."""
REFUSED: dict[str, str] = {
    Status.EMPTY: "empty",
    Status.TOO_SHORT: "too short to judge",
    Status.NOT_A_STORY: "tells no story",
    Status.NOT_ENGLISH: "not English",
    Status.UNREADABLE: "no running text",
    Unread.MISSING: "no answer in the row",
    Unread.NOT_TEXT: "not text",
    Unread.OVERSIZED: "too long to read",
}
"""Why a row was not judged, by its status."""
NAMES: dict[str, str] = {
    "situation_share": "situation",
    "task_share": "task",
    "action_share": "action",
    "result_share": "result",
    "learning_share": "learning",
    "setting_share": "S + T",
    "core_share": "A + R",
    "other_share": "outside",
    "i_share": "I of I + we",
    "own_share": "I of all",
    "hidden_share": "hidden",
    "confidence": "confidence",
    WORDS: "words",
}
"""What each measure is called in a table."""
_EIGHTHS = " ▏▎▍▌▋▊▉█"
_LEVELS = " ▁▂▃▄▅▆▇█"
BARS = f"{_EIGHTHS[1:-1]}{_LEVELS[1:]}–…"
"""What a terminal must know to show a summary as it is meant."""
_PLAIN = str.maketrans(BARS, "...####" + ".:-=+*%#" + "-" + "~")
_BAR = 20
_MOST_FINDINGS = 6


def to_text(summary: Summary, *, ascii_only: bool = False) -> str:
    """Return a summary as text for people.

    Parameters
    ----------
    summary
        What rows hold.
    ascii_only
        Whether to draw bars for a terminal that knows no others.
    """
    answers = summary.answers
    blocks = [_head(summary), _statuses(answers)]
    if answers.judged:
        blocks += [_shares(answers), _ownership(answers), _findings(answers), _lengths(answers)]
        if summary.groups:
            blocks += [_groups(summary), _group_findings(summary)]
        blocks.append(_notes(summary))
    text = "\n\n".join("\n".join(line.rstrip() for line in block) for block in blocks if block)
    return text.translate(_PLAIN) if ascii_only else text


def _head(summary: Summary) -> list[str]:
    answers = summary.answers
    refused = answers.rows - answers.judged
    head = f"{count(answers.rows)} {plural('answer', answers.rows)}"
    if answers.rows:
        head += f": {count(answers.judged)} judged, {count(refused)} not"
    return [head, *(line for warning in summary.warnings for line in _wrapped(f"Warning: {warning}."))]


def _statuses(answers: Answers) -> list[str]:
    """Return how many were judged, and why the others were not."""
    if not answers.rows:
        return []
    known = {"judged": answers.judged} | {
        REFUSED[status]: n for status, n in answers.by_status.items() if status in REFUSED
    }
    lines = [_title("Judged or not", f"{'rows':>14}{'%':>8}")]
    for name, n in known.items():
        if n:
            lines.append(
                f"  {name:<22}{bar(n / answers.rows)}{count(n):>14}{percent(n / answers.rows, 1):>8}"
            )
    kinds = [(n, TYPES[kind]) for kind, n in answers.by_answer_type.items() if n]
    told = ", ".join(f"{name} {percent(n / answers.read, 1)} %" for n, name in sorted(kinds, reverse=True))
    return [*lines, *_wrapped(f"  They tell of: {told}.")] if told else lines


_SPREAD_HEAD = "".join(f"{head:>5}" for head in ("mean", "5 %", "25 %", "50 %", "75 %", "95 %"))
_SPREAD_HEAD += f"{'advised':>8}{'within':>7}"


def _shares(answers: Answers) -> list[str]:
    lines = [_title("Shares of the story, in %", _SPREAD_HEAD, 35)]
    lines += [_share(name, answers.measures[name]) for name in SHARES]
    return [*lines, "  (S + T: the setting; A + R: the core; outside: of all words)"]


def _ownership(answers: Answers) -> list[str]:
    lines = [_title("Who did the deeds, in %", _SPREAD_HEAD, 35)]
    lines += [_share(name, answers.measures[name]) for name in OWNERSHIP]
    deeds = answers.deeds
    total = deeds.i + deeds.we + deeds.other + deeds.none
    if total:
        told = (("I", deeds.i), ("we", deeds.we), ("others", deeds.other), ("nobody named", deeds.none))
        parts = ", ".join(f"{name} {percent(n / total, 1)} %" for name, n in told)
        lines += _wrapped(f"  Deeds told in actions: {count(total)}; by {parts}.")
    if answers.hidden.share is not None:
        share = percent(answers.hidden.share, 1)
        lines += _wrapped(f'  Answers with a deed that nobody, or only "the team", does: {share} %.')
    return lines


def _lengths(answers: Answers) -> list[str]:
    spread = answers.measures[WORDS]
    width = round(spread.histogram.width * 2)
    return [
        _title("Length, in words", _SPREAD_HEAD, 35),
        _share(WORDS, spread),
        f"  (a bar is {width} words wide; the last holds all above)",
    ]


def _share(name: str, spread: Distribution) -> str:
    """Return a row: name, histogram, mean, quantiles, what is advised and how many keep to it."""
    numbers = [spread.mean, spread.p5, spread.q1, spread.median, spread.q3, spread.p95]
    cells = "".join(f"{'–' if x is None else number(name, x):>5}" for x in numbers)
    within = "–" if spread.within is None or not spread.n else percent(spread.within / spread.n, 0)
    return f"  {NAMES[name]:<13}{spark(spread)}{cells}{band(name, spread):>8}{within:>7}"


def _findings(answers: Answers) -> list[str]:
    found = [finding for finding in answers.findings if finding.found.n]
    head = f"{'%':>7}{'95 %':>12}{'warn':>6}{'note':>6}{'info':>6}"
    lines = [_title("Findings, in % of judged answers", head, 43)]
    lines += [_finding(finding) for finding in found]
    never = ", ".join(finding.name for finding in answers.findings if not finding.found.n)
    lines += _wrapped(f"  Not found: {never}.") if never else []
    mend, warned = percent(answers.to_mend.share or 0, 1), percent(answers.warned.share or 0, 1)
    return [*lines, f"  At least one note or warning: {mend} %; at least one warning: {warned} %."]


def _finding(finding: FindingRate) -> str:
    rate = finding.found
    low, high = rate.interval or (0.0, 0.0)
    levels = [finding.by_severity[s].share or 0 for s in (Severity.WARNING, Severity.NOTE, Severity.INFO)]
    cells = "".join(f"{percent(share, 1) if share else '–':>6}" for share in levels)
    interval = f"{percent(low, 1)}–{percent(high, 1)}"
    share = rate.share or 0
    return f"  {finding.name:<21}{bar(share)}{percent(share, 1):>7}{interval:>12}{cells}"


def _groups(summary: Summary) -> list[str]:
    head = f"{'rows':>11}{'judged':>11}{'words':>7}{'S+T':>6}{'A':>6}{'R':>6}{'L':>6}{'I/we':>6}"
    lines = [_title(f"By {_clip(visible(summary.by or ''), 16)}", head, 21)]
    lines += [_group(clip_name(group), group.answers) for group in summary.groups]
    lines.append(_group("all answers", summary.answers))
    return [*lines, *_wrapped("  (words: median; S+T, A, R, L and I/we: mean share, in %)")]


def _group(name: str, answers: Answers) -> str:
    measures = answers.measures
    words = measures[WORDS].median
    shares = [
        measures[f"{part}_share"].mean for part in ("setting", "action", "result", "learning", "i")
    ]  # fmt: skip
    cells = "".join(f"{'–' if x is None else percent(x, 0):>6}" for x in shares)
    told = "–" if words is None else f"{words:.0f}"
    return f"  {name:<19}{count(answers.rows):>11}{count(answers.judged):>11}{told:>7}{cells}"


def _group_findings(summary: Summary) -> list[str]:
    """Return the most frequent findings by group."""
    top = [f for f in summary.answers.findings if f.found.n][:_MOST_FINDINGS]
    if not top:
        return []
    codes = "".join(f"{finding.code:>9}" for finding in top)
    lines = [_title("Findings by group, in %", codes, 26)]
    for group in summary.groups:
        lines.append(f"  {clip_name(group):<24}{_rates(group.answers, top)}")
    lines.append(f"  {'all answers':<24}{_rates(summary.answers, top)}")
    names = ", ".join(f"{finding.code} {finding.name}" for finding in top)
    return [*lines, *_wrapped(f"  ({names})")]


def _rates(answers: Answers, top: Sequence[FindingRate]) -> str:
    found = {finding.code: finding.found.share for finding in answers.findings}
    shares = [found[finding.code] for finding in top]
    return "".join(f"{'–' if share is None else percent(share, 1):>9}" for share in shares)


def _notes(summary: Summary) -> list[str]:
    few = sum(group.answers.judged < FEW for group in summary.groups)
    lines = [
        f"All but the first table is of judged answers. Advised by the profile {summary.profile}; "
        "within: % of answers that keep to it.",
        *([f"{few} {plural('group', few)} with fewer than {FEW} judged answers: chance alone moves them far."]
          if few else []),
        PURPOSE,
    ]  # fmt: skip
    return [line for note in lines for line in _wrapped(note)]


def _title(title: str, head: str, at: int = 44) -> str:
    return f"{title:<{at}}{head}"


def _wrapped(text: str) -> list[str]:
    indent = "  " if text.startswith("  ") else ""
    return wrap(text.strip(), WIDTH, initial_indent=indent, subsequent_indent=indent)


def bar(share: float, width: int = _BAR) -> str:
    """Draw a share as a bar of ``width`` columns; of more than nothing there is always something to see.

    Examples
    --------
    >>> bar(0.5, 4)
    '██  '
    """
    eighths = round(share * width * 8)
    eighths = max(eighths, 1) if share else 0
    whole, rest = divmod(eighths, 8)
    return ("█" * whole + (_EIGHTHS[rest] if rest else "")).ljust(width)


def spark(spread: Distribution, width: int = _BAR) -> str:
    """Draw a histogram one line high, as high as its highest bin; bins of a few answers stay visible."""
    counts = spread.histogram.counts
    ends = [round(i * len(counts) / width) for i in range(width + 1)]
    sums = [sum(counts[a:b]) for a, b in pairwise(ends)]
    most = max(sums) or 1
    return "".join(_LEVELS[-(-n * 8 // most)] for n in sums)


def band(name: str, spread: Distribution) -> str:
    """Return what is advised as text, such as ``10–20`` or ``to 35``."""
    if spread.advised is None:
        return "–"
    low, high = spread.advised
    if name == WORDS:
        return f"{low:.0f}–{high:.0f}"
    if low == 0:
        return f"to {percent(high, 0)}"
    return f"from {percent(low, 0)}" if high == 1 else f"{percent(low, 0)}–{percent(high, 0)}"


def number(name: str, value: float) -> str:
    """Return a value of a measure without decimals: words, or percent without its sign."""
    return f"{value:.0f}" if name == WORDS else percent(value, 0)


def percent(share: float, digits: int) -> str:
    """Return a share in percent, without its sign."""
    return f"{100 * share:.{digits}f}"


def count(n: int) -> str:
    """Return a number with its thousands parted."""
    return f"{n:,}"


def plural(word: str, n: int) -> str:
    """Return a word for so many."""
    return word if n == 1 else f"{word}s"


def clip_name(group: Group, width: int = 18) -> str:
    """Return the label of a group, as it may be shown in a column."""
    return _clip(visible(group.label), width)


def _clip(text: str, width: int) -> str:
    return text if len(text) <= width else f"{text[: width - 1]}…"
