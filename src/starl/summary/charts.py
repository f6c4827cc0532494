"""Summaries -> inline SVG: a few plain charts, sized in CSS pixels, coloured by the classes of the page.

Every chart has a title and a description, so that nothing is told by the picture alone, and takes its colours
from the page, so that it suits light, dark and paper.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import ceil, log10

from markupsafe import Markup, escape

from starl.summary.summing import Distribution, Rate

_WIDTH = 320
_SIDE = 10
_TOP, _FLOOR, _HEIGHT = 32, 120, 140
_STRIP = 22
_ROW, _NAME, _HEAD = 22, 118, 22
_LETTER = 8


@dataclass(frozen=True, slots=True)
class Axis:
    """Values from 0 on -> pixels."""

    most: float
    """The value at the right end."""
    left: float = _SIDE
    right: float = _WIDTH - _SIDE

    def __call__(self, value: float) -> float:
        """Return where a value stands; what is beyond the axis stands at its end."""
        return self.left + (self.right - self.left) * min(value / self.most, 1.0)


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a chart of groups."""

    name: str
    spread: Distribution | None = None
    rate: Rate | None = None


def histogram(
    spread: Distribution, title: str, desc: str, tick: Callable[[float], str], n_ticks: int = 4
) -> Markup:
    """Draw how a measure spreads: its bins, what is advised, and its quantiles above them.

    Parameters
    ----------
    spread
        The measure; it may be of no answer at all.
    title, desc
        What it says to those who do not see it.
    tick
        How a value on the axis is written.
    n_ticks
        Steps of the axis; the last tick stands at the right end.
    """
    bins = spread.histogram
    most = bins.width * len(bins.counts)
    x = Axis(most)
    high = nice(max(bins.counts) / max(spread.n, 1))
    parts = [_band(spread, x, _TOP, _FLOOR)]
    parts += [
        _line(x.left, _TOP, x.right, _TOP, "grid"),
        _text(x.right, _TOP - 3, _percent(high), "tick end"),
    ]
    for i, n in enumerate(bins.counts):
        if n:
            height = max((_FLOOR - _TOP) * n / max(spread.n, 1) / high, 1)
            left, right = x(i * bins.width), x((i + 1) * bins.width)
            parts.append(_rect(left + 0.5, _FLOOR - height, right - left - 1, height, "bin"))
    parts.append(_line(x.left, _FLOOR, x.right, _FLOOR, "axis"))
    for i in range(n_ticks + 1):
        at = most * i / n_ticks
        place = "start" if i == 0 else "end" if i == n_ticks else "middle"
        parts += [
            _line(x(at), _FLOOR, x(at), _FLOOR + 4, "axis"),
            _text(x(at), _FLOOR + 16, tick(at), f"tick {place}"),
        ]
    parts += _quantiles(spread, x, 9)
    return _svg(_WIDTH, _HEIGHT, title, desc, parts)


def strip(spread: Distribution, title: str, desc: str) -> Markup:
    """Draw a share as quantiles over 0..1 in one line, without words: it may be stretched."""
    x = Axis(1.0, 1, 199)
    parts = [_line(x(i / 4), 0, x(i / 4), _STRIP, "grid") for i in range(5)]
    parts += [_band(spread, x, 0, _STRIP), *_quantiles(spread, x, _STRIP / 2)]
    return _svg(200, _STRIP, title, desc, parts, "strip")


def rate_strip(rate: Rate, most: float, title: str, desc: str) -> Markup:
    """Draw a rate as a bar with its interval over 0..most in one line, without words."""
    x = Axis(most, 0, 200)
    parts = [_line(x(0) + 0.5, 0, x(0) + 0.5, _STRIP, "axis")]
    if rate.share is not None and rate.interval is not None:
        low, high = map(x, rate.interval)
        parts.append(_rect(x(0), 5, max(x(rate.share), 0.5), _STRIP - 10, "bin"))
        parts.append(_line(low, _STRIP / 2, high, _STRIP / 2, "whisker"))
    return _svg(200, _STRIP, title, desc, parts, "strip")


def stack(parts: Sequence[tuple[str, str, float]], title: str, desc: str, width: int = 400) -> Markup:
    """Draw shares that add up to 1 as one bar.

    Parameters
    ----------
    parts
        Name, class and share of each part; a name that does not fit is left out.
    title, desc
        What it says to those who do not see it.
    width
        Its width in pixels.
    """
    drawn, at = [], 0.0
    for name, kind, share in parts:
        if share > 0:
            drawn.append(_rect(at * width, 0, max(share * width - 1.5, 0.5), _STRIP, kind))
            if share * width >= _LETTER * (len(name) + 0.75):
                drawn.append(_text((at + share / 2) * width - 0.75, 15.5, name, "letter"))
        at += share
    return _svg(width, _STRIP, title, desc, drawn)


def lines(rows: Sequence[Line], most: float, title: str, desc: str, reference: float | None = None) -> Markup:
    """Draw one line a group: quantiles of a measure, or a rate with its interval, on one axis.

    Parameters
    ----------
    rows
        Groups in order; one without numbers has an empty line.
    most
        Value at the right end of the axis, a share.
    title, desc
        What it says to those who do not see it.
    reference
        Value of all answers, drawn through all lines.
    """
    x = Axis(most, _NAME, _WIDTH - 14)
    height = _HEAD + _ROW * len(rows) + 4
    parts = []
    for i in range(3):
        at = most * i / 2
        parts += [
            _line(x(at), _HEAD - 4, x(at), height, "grid"),
            _text(x(at), _HEAD - 9, _percent(at), "tick middle"),
        ]
    band = next((row.spread for row in rows if row.spread and row.spread.advised), None)
    parts += [_band(band, x, _HEAD - 4, height)] if band else []
    if reference is not None:
        parts.append(_line(x(reference), _HEAD - 4, x(reference), height, "reference"))
    for i, row in enumerate(rows):
        y = _HEAD + _ROW * (i + 0.5)
        parts.append(_text(_NAME - 8, y + 4, row.name, "name end"))
        parts += _quantiles(row.spread, x, y) if row.spread else _rate(row.rate, x, y)
    return _svg(_WIDTH, height, title, desc, parts)


def nice(value: float) -> float:
    """Return the next round number at or above a value: an end for an axis.

    Examples
    --------
    >>> nice(0.17), nice(0.0), nice(0.04)
    (0.2, 0.01, 0.04)
    """
    if value <= 0.01:
        return 0.01
    power = 10.0 ** ceil(log10(value) - 1e-9) / 10
    top = next(step for step in (1, 2, 3, 4, 5, 6, 8, 10) if value <= step * power * (1 + 1e-9))
    return round(top * power, 6)


def _rate(rate: Rate | None, x: Axis, y: float) -> list[Markup]:
    if rate is None or rate.share is None or rate.interval is None:
        return []
    low, high = map(x, rate.interval)
    dot = Markup('<circle cx="{}" cy="{}" r="3.5" class="dot"/>').format(_n(x(rate.share)), _n(y))
    return [_line(low, y, high, y, "whisker"), dot]


def _quantiles(spread: Distribution | None, x: Axis, y: float) -> list[Markup]:
    """Draw 5 to 95 % as a thin line, the middle half as a thick one, the median across."""
    if spread is None or spread.p5 is None or spread.q1 is None or spread.median is None:
        return []
    p95, q3 = spread.p95 or 0.0, spread.q3 or 0.0
    at = x(spread.median)
    return [
        _line(x(spread.p5), y, x(p95), y, "thin"),
        _rect(x(spread.q1), y - 3.5, max(x(q3) - x(spread.q1), 1), 7, "half"),
        _rect(at - 1.5, y - 7, 3, 14, "median"),
    ]


def _band(spread: Distribution, x: Axis, top: float, floor: float) -> Markup:
    """Shade what is advised; its ends are lines, so that it shows without colour too."""
    if spread.advised is None:
        return Markup()
    low, high = map(x, spread.advised)
    inner = [at for at in (low, high) if x.left < at < x.right]
    edges = [_line(at, top, at, floor, "edge") for at in inner]
    return Markup().join([_rect(low, top, high - low, floor - top, "band"), *edges])


def _svg(
    width: float, height: float, title: str, desc: str, parts: Iterable[Markup], kind: str = ""
) -> Markup:
    stretch = Markup(' preserveAspectRatio="none"') if kind == "strip" else Markup()
    return Markup(
        '<svg viewBox="0 0 {} {}" role="img" class="{}"{}><title>{}</title><desc>{}</desc>{}</svg>'
    ).format(_n(width), _n(height), kind, stretch, title, desc, Markup().join(parts))


def _rect(x: float, y: float, width: float, height: float, kind: str) -> Markup:
    return Markup('<rect x="{}" y="{}" width="{}" height="{}" class="{}"/>').format(
        _n(x), _n(y), _n(width), _n(height), kind
    )


def _line(x1: float, y1: float, x2: float, y2: float, kind: str) -> Markup:
    return Markup('<line x1="{}" y1="{}" x2="{}" y2="{}" class="{}"/>').format(
        _n(x1), _n(y1), _n(x2), _n(y2), kind
    )


def _text(x: float, y: float, text: str, kind: str) -> Markup:
    return Markup('<text x="{}" y="{}" class="{}">{}</text>').format(_n(x), _n(y), kind, escape(text))


def _percent(share: float) -> str:
    return f"{share * 100:.3g} %"


def _n(value: float) -> str:
    """Write a coordinate with at most two decimals, the same everywhere."""
    return f"{value:.2f}".rstrip("0").rstrip(".")
