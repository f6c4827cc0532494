"""Summary -> one HTML page that needs nothing else: no script, no font, no picture from elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cache
from importlib import resources

from jinja2 import Environment, StrictUndefined, Template
from markupsafe import Markup

from starl.findings import RULES
from starl.render import visible
from starl.roles import ROLES, STORY_ROLES
from starl.summary.charts import Line, histogram, lines, nice, rate_strip, stack, strip
from starl.summary.summing import FEW, Answers, Distribution, FindingRate, Group, Rate, Summary
from starl.summary.tally import OWNERSHIP, SHARES, WORDS
from starl.summary.text import PURPOSE, REFUSED, TYPES, band, clip_name, count, number, percent, plural

LABELS: dict[str, str] = {
    **{f"{role}_share": role.value.capitalize() for role in STORY_ROLES},
    "setting_share": "Setting (situation + task)",
    "core_share": "Core (action + result)",
    "other_share": "Outside the story, of all words",
    "i_share": "I, of deeds by I and we",
    "own_share": "I, of all deeds",
    "hidden_share": "Deeds nobody named does",
    WORDS: "Words",
}
"""What each measure is called in full."""
COMPARED: tuple[str, ...] = ("setting_share", "action_share", "result_share", "learning_share", "i_share")
"""Measures that are set side by side for groups."""
HEADS: dict[str, str] = {
    "setting_share": "S + T",
    "action_share": "Action",
    "result_share": "Result",
    "learning_share": "Learning",
    "i_share": "I of I\u00a0+\u00a0we",
}
"""What they are called at the head of a column."""
MOST_FINDINGS = 6
"""Findings that are set side by side for groups."""
_FINDS = {rule.code: rule.finds for rule in RULES}
_NAME = 17


def to_html(summary: Summary) -> str:
    """Return a summary as a page.

    It looks the same wherever it is opened, and the same summary gives the same bytes.

    Parameters
    ----------
    summary
        What rows hold. Names of groups are shown as text, whatever they hold.
    """
    found = [finding for finding in summary.answers.findings if finding.found.n]
    return template().render(
        summary=summary,
        answers=summary.answers,
        found=found,
        top=found[:MOST_FINDINGS],
        most=nice(max((f.found.interval or (0, 0))[1] for f in summary.answers.findings)),
        by=visible(summary.by or ""),
    )


@cache
def template() -> Template:
    """Return the page without its content."""
    page = resources.files("starl").joinpath("templates", "summary.html.jinja").read_text(encoding="utf-8")
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    constants = {
        "FEW": FEW, "LABELS": LABELS, "SHARES": SHARES, "OWNERSHIP": OWNERSHIP, "WORDS": WORDS,
        "COMPARED": COMPARED, "HEADS": HEADS, "PURPOSE": PURPOSE, "FINDS": _FINDS,
    }  # fmt: skip
    functions: tuple[Callable[..., object], ...] = (
        visible, count, percent, band, advice, interval, told, difference, statuses, kinds, strip_of,
        histogram_of, bar_of, parts_of, deeds_of, measure_lines, finding_lines, rate_of,
    )  # fmt: skip
    environment.globals.update(constants, **{function.__name__: function for function in functions})
    return environment.from_string(page)


def statuses(answers: Answers) -> list[tuple[str, int]]:
    """Return what became of the rows, in words, and of how many; the judged ones first."""
    others = [(REFUSED[status], n) for status, n in answers.by_status.items() if status in REFUSED and n]
    return [("judged", answers.judged), *sorted(others, key=lambda other: -other[1])]


def kinds(answers: Answers) -> list[tuple[str, int]]:
    """Return kinds of text, the most frequent first."""
    found = [(TYPES[kind], n) for kind, n in answers.by_answer_type.items() if n]
    return sorted(found, key=lambda kind: -kind[1])


def told(name: str, value: float | None) -> str:
    """Return a value with its unit, for a table or a sentence."""
    if value is None:
        return "–"
    return number(name, value) if name == WORDS else f"{percent(value, 0)} %"


def interval(rate: Rate) -> str:
    """Return the interval of a rate in percent."""
    return "–" if rate.interval is None else "–".join(percent(end, 1) for end in rate.interval)


def difference(value: float | None, other: float | None) -> str:
    """Return how far a share lies from another, in points with a sign; nothing if one is missing."""
    if value is None or other is None:
        return ""
    points = round(100 * (value - other))
    return "±0" if points == 0 else f"{points:+d}".replace("-", "−")


def _described(name: str, spread: Distribution) -> str:
    """Say in words what a chart of a measure shows."""
    if not spread.n:
        return "No answer has it."
    unit = " words" if name == WORDS else ""
    text = (
        f"{count(spread.n)} {plural('answer', spread.n)}; median {told(name, spread.median)}{unit}, "
        f"middle half {told(name, spread.q1)} to {told(name, spread.q3)}, nine in ten "
        f"{told(name, spread.p5)} to {told(name, spread.p95)}."
    )
    advised = advice(name, spread)
    within = percent((spread.within or 0) / spread.n, 0)
    return f"{text} Advised: {advised}; {within} % keep to it." if advised else text


def advice(name: str, spread: Distribution) -> str:
    """Return what is advised with its unit; nothing if the profile says nothing."""
    if spread.advised is None:
        return ""
    low, high = spread.advised
    if name == WORDS:
        return f"{low:.0f}–{high:.0f} words"
    if low == 0:
        return f"up to {percent(high, 0)} %"
    return f"at least {percent(low, 0)} %" if high == 1 else f"{percent(low, 0)}–{percent(high, 0)} %"


def strip_of(name: str, spread: Distribution) -> Markup:
    """Draw the quantiles of a share in one line."""
    return strip(spread, LABELS[name], _described(name, spread))


def histogram_of(name: str, spread: Distribution) -> Markup:
    """Draw how a measure spreads."""
    most = spread.histogram.width * len(spread.histogram.counts)

    def tick(value: float) -> str:
        if name != WORDS:
            return f"{value * 100:.0f} %"
        return f"{value:,.0f}{'+' if value >= most else ''}"

    return histogram(spread, f"{LABELS[name]}: how it spreads", _described(name, spread), tick)


def bar_of(n: int, of: int, name: str) -> Markup:
    """Draw a part of a whole as a bar."""
    share = n / of
    return rate_strip(
        Rate(n=n, of=of, share=share, interval=(share, share)), 1, name, f"{percent(share, 1)} %"
    )


def rate_of(finding: FindingRate, most: float) -> Markup:
    """Draw how often a finding is found."""
    rate = finding.found
    desc = f"{percent(rate.share or 0, 1)} % of judged answers, 95 % interval {interval(rate)} %."
    return rate_strip(rate, most, finding.name, desc)


def parts_of(answers: Answers, whose: str, width: int = 400) -> Markup:
    """Draw the mean shares of the parts of the story as one bar."""
    means = [(role, answers.measures[f"{role}_share"].mean or 0.0) for role in STORY_ROLES]
    desc = ", ".join(f"{role} {percent(mean, 0)} %" for role, mean in means)
    parts = [(role.value[0].upper(), f"part-{ROLES.index(role)}", mean) for role, mean in means]
    return stack(parts, f"Mean shares of the story, {visible(whose)}", f"{desc}.", width)


def deeds_of(answers: Answers) -> Markup:
    """Draw who did the deeds in action as one bar."""
    shares = list(deed_shares(answers))
    desc = ", ".join(f"{name} {percent(share, 1)} %" for name, share in shares)
    parts = [(name, f"part-{(0, 2, 3, 5)[i]}", share) for i, (name, share) in enumerate(shares)]
    return stack(parts, "Deeds in action by who did them", f"{desc}.")


def deed_shares(answers: Answers) -> Iterator[tuple[str, float]]:
    """Yield who did deeds in action, and their share of all deeds."""
    deeds = answers.deeds
    total = max(deeds.i + deeds.we + deeds.other + deeds.none, 1)
    for name, n in (("I", deeds.i), ("we", deeds.we), ("others", deeds.other), ("nobody", deeds.none)):
        yield name, n / total


def measure_lines(groups: Sequence[Group], name: str, all_answers: Answers) -> Markup:
    """Draw a measure of all groups on one axis."""
    rows = [Line(clip_name(group, _NAME), spread=group.answers.measures[name]) for group in groups]
    total = all_answers.measures[name]
    ends = [spread.p95 or 0 for spread in (total, *(group.answers.measures[name] for group in groups))]
    most = nice(max(*ends, *(total.advised or (0,))))
    desc = f"One line a group; the line through all is the median of all answers, {told(name, total.median)}."
    title = f"{LABELS[name]} by group"
    return lines(rows, most, title, f"{desc} The table has the numbers.", total.median)


def finding_lines(groups: Sequence[Group], finding: FindingRate) -> Markup:
    """Draw the rate of a finding in all groups on one axis."""
    found = [
        next(f.found for f in group.answers.findings if f.code == finding.code) for group in groups
    ]  # fmt: skip
    most = nice(max((rate.interval or (0, 0))[1] for rate in (*found, finding.found)))
    rows = [Line(clip_name(group, _NAME), rate=rate) for group, rate in zip(groups, found, strict=True)]
    desc = f"One line a group; the line through all is the rate of all answers, {_percent(finding.found)}."
    title = f"{finding.name} by group"
    return lines(rows, most, title, f"{desc} The table has the numbers.", finding.found.share)


def _percent(rate: Rate) -> str:
    return f"{percent(rate.share or 0, 1)} %"
