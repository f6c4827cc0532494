"""Frameworks: STAR and its kin as views of one reading.

An answer is read once, into the roles of `starl.roles`. A framework says which roles its parts hold, so that
the same report can be shown as STAR, CARL or PAR; nothing is read again. Where a framework has no part for
learning (STAR, CAR, PAR, SOAR), what was learnt counts to the result: these frameworks have the speaker close
the result with it, and no source in the survey behind `starl.profiles` gives it a share of its own. SBI is a
framework of feedback, whose impact is what others felt: there learning is outside.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from itertools import accumulate, groupby
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Self

from pydantic import BaseModel, Field, NonNegativeInt, ValidationInfo, field_validator, model_validator

from starl.errors import FrameworkError, did_you_mean
from starl.roles import ROLE_LETTERS, ROLES, STORY_ROLES, Role

if TYPE_CHECKING:
    from starl.report import Report, ShareIntervals, Span

Share = Annotated[float, Field(ge=0, le=1)]
Interval = tuple[Share, Share]
Name = Annotated[str, Field(pattern=r"^\w[\w '/-]*$", max_length=24)]
Letter = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9]?$")]
Color = Annotated[str, Field(pattern=r"^#[0-9a-fA-F]{6}$")]

COLORS: Mapping[Role, str] = MappingProxyType(
    {
        Role.SITUATION: "#afd7ff",
        Role.TASK: "#d7d7ff",
        Role.ACTION: "#afffaf",
        Role.RESULT: "#ffffaf",
        Role.LEARNING: "#ffd7ff",
    }
)
"""Colour behind the words of each role; a part without a colour of its own takes that of its first role."""


class Part(BaseModel, frozen=True, extra="forbid"):
    """A part of a framework."""

    letter: Letter = Field(description="What stands in the margin: a capital, and a second one or a digit.")
    name: Name = Field(description="Name of the part, such as context.")
    roles: tuple[Role, ...] = Field(min_length=1, description="Roles that make up the part.")
    color: Color = Field(
        default="",
        validate_default=True,
        description="Colour as #rrggbb; that of the first role if left out.",
    )

    @field_validator("color", mode="before")
    @classmethod
    def _color_of_first_role(cls, color: object, info: ValidationInfo) -> object:
        roles = info.data.get("roles", STORY_ROLES)
        return color or COLORS.get(roles[0], COLORS[Role.SITUATION])


class Framework(BaseModel, frozen=True, extra="forbid"):
    """A way to tell a story: parts in their order, each with the roles it holds.

    A role that no part holds is outside the framework.
    """

    name: Name = Field(description="Name of the framework, such as CARL.")
    parts: tuple[Part, ...] = Field(min_length=1, description="In the order they are told.")

    @model_validator(mode="after")
    def _check_parts(self) -> Self:
        _check_unique("letter", (part.letter for part in self.parts))
        _check_unique("name", (part.name for part in self.parts))
        roles = [role for part in self.parts for role in part.roles]
        _check_unique("role", roles)
        if Role.OTHER in roles:
            raise ValueError("a part must hold roles of the story, got other; leave it out")
        return self

    @property
    def outside(self) -> tuple[Role, ...]:
        """Roles of the story that no part holds."""
        held = {role for part in self.parts for role in part.roles}
        return tuple(role for role in STORY_ROLES if role not in held)


def _check_unique(what: str, values: Iterable[str]) -> None:
    seen: set[str] = set()
    for value in values:
        if value in seen:
            raise ValueError(f"every {what} must be in one part alone, got {str(value)!r} twice")
        seen.add(value)


class PartSpan(BaseModel, frozen=True, extra="forbid"):
    """An unbroken run of clauses of one part."""

    start_char: NonNegativeInt = Field(description="First character.")
    end_char: NonNegativeInt = Field(description="One past the last character.")
    n_words: NonNegativeInt = Field(description="Words in the span.")
    confidence: Share = Field(description="Mean confidence of the roles read in it, weighted by words.")


class PartView(BaseModel, frozen=True, extra="forbid"):
    """What an answer tells of one part of a framework."""

    letter: str = Field(description="What stands in the margin.")
    name: str = Field(description="Name of the part.")
    color: str = Field(description="Colour as #rrggbb.")
    roles: tuple[Role, ...] = Field(description="Roles that make up the part.")
    n_words: NonNegativeInt = Field(description="Words of its roles.")
    share: Share | None = Field(
        description="n_words / words of the story (all but other); None if there is no story."
    )
    interval: Interval | None = Field(
        description="Lower and upper end of the share. The ends of several roles add up, which is wider than "
        "need be, but for situation + task, which have an interval of their own. None if none was measured."
    )
    spans: tuple[PartSpan, ...] = Field(description="Where it is told, in order.")


class View(BaseModel, frozen=True, extra="forbid"):
    """A report as the parts of a framework."""

    framework: str = Field(description="Name of the framework.")
    parts: tuple[PartView, ...] = Field(description="In the framework's order, told or not.")
    outside_words: NonNegativeInt = Field(description="Words in no part, of the whole answer.")
    outside_share: Share | None = Field(
        description="Words of the story in no part / words of the story; None if there is no story. "
        "It and the shares of the parts sum to 1, up to rounding."
    )
    labels: tuple[str | None, ...] = Field(
        description="Letter of the part of each clause of the report, in order; None outside the parts."
    )


def view(report: Report, framework: str | Framework = "STARL") -> View:
    """Show a report as the parts of a framework.

    Words are those of the report's balance: the words of a part are the sum of those of its roles, and its
    share is that sum over the words of the story.

    Parameters
    ----------
    report
        What was read in an answer.
    framework
        A framework, or the name of one in `FRAMEWORKS`.

    Raises
    ------
    FrameworkError
        If there is no framework of that name.

    Examples
    --------
    >>> import starl
    >>> report = starl.analyze("We were late. I rang the client. She was glad.", model="en_starl_sm")
    >>> [(part.letter, part.name) for part in view(report, "PAR").parts]
    [('P', 'problem'), ('A', 'action'), ('R', 'result')]
    """
    if isinstance(framework, str):
        framework = get_framework(framework)
    words = report.balance.words.model_dump() if report.balance else {}
    story = sum(words.get(role, 0) for role in STORY_ROLES)
    at = {role: i for i, part in enumerate(framework.parts) for role in part.roles}
    letters = [part.letter for part in framework.parts]
    interval = report.balance.interval if report.balance else None
    spans = list(_spans(report, at))
    parts = tuple(
        PartView(
            **part.model_dump(),
            n_words=n_words,
            share=_share(n_words, story),
            interval=_interval(part.roles, interval),
            spans=tuple(span for where, span in spans if where == i),
        )
        for i, part in enumerate(framework.parts)
        for n_words in (sum(words.get(role, 0) for role in part.roles),)
    )
    return View(
        framework=framework.name,
        parts=parts,
        outside_words=sum(words.values()) - sum(part.n_words for part in parts),
        outside_share=_share(sum(words.get(role, 0) for role in framework.outside), story),
        labels=tuple(letters[at[c.role]] if c.role in at else None for c in report.clauses),
    )


def _share(n_words: int, story: int) -> float | None:
    return round(n_words / story, 4) if story else None


def _interval(roles: tuple[Role, ...], interval: ShareIntervals | None) -> Interval | None:
    """Return the ends of the share of some roles together."""
    if interval is None:
        return None
    if set(roles) == {Role.SITUATION, Role.TASK}:
        return interval.setting
    ends: list[Interval] = [getattr(interval, role) for role in roles]
    return tuple(min(1.0, round(sum(side), 4)) for side in zip(*ends, strict=True))


def _spans(report: Report, at: Mapping[Role, int]) -> Iterator[tuple[int, PartSpan]]:
    """Yield the spans of all parts in order, with the index of the part.

    Spans of one part are merged if no clause stands between them.
    """
    starts = [clause.start_char for clause in report.clauses]
    ends = [0, *(span.end_char for span in report.spans)]
    gaps = (
        bisect_left(starts, end) < bisect_left(starts, span.start_char)
        for end, span in zip(ends, report.spans, strict=False)
    )
    runs = zip(report.spans, accumulate(gaps), strict=True)  # a gap starts a new run
    for (part, _), group in groupby(runs, key=lambda run: (at.get(run[0].role, -1), run[1])):
        if part >= 0:
            yield part, _merged([span for span, _ in group])


def _merged(spans: list[Span]) -> PartSpan:
    n_words = sum(span.n_words for span in spans)
    weights = [span.n_words if n_words else 1 for span in spans]
    mean = sum(w * span.confidence for w, span in zip(weights, spans, strict=True)) / sum(weights)
    return PartSpan(
        start_char=spans[0].start_char,
        end_char=spans[-1].end_char,
        n_words=n_words,
        confidence=min(1.0, round(mean, 4)) if len(spans) > 1 else spans[0].confidence,
    )


def _framework(name: str, *parts: str) -> Framework:
    """Make a framework from parts like ``C context ST``: letter, name, letters of the roles."""
    role_of = dict(zip(ROLE_LETTERS, ROLES, strict=True))
    told = []
    for part in parts:
        letter, title, roles = part.split()
        told.append(Part(letter=letter, name=title, roles=tuple(role_of[role] for role in roles)))
    return Framework(name=name, parts=tuple(told))


FRAMEWORKS: Mapping[str, Framework] = MappingProxyType(
    {
        made.name: made
        for made in (
            _framework("STARL", "S situation S", "T task T", "A action A", "R result R", "L learning L"),
            _framework("STAR", "S situation S", "T task T", "A action A", "R result RL"),
            _framework("STARR", "S situation S", "T task T", "A action A", "R result R", "R2 reflection L"),
            _framework("CAR", "C context ST", "A action A", "R result RL"),
            _framework("CARL", "C context ST", "A action A", "R result R", "L learning L"),
            _framework("PAR", "P problem ST", "A action A", "R result RL"),
            _framework("SOAR", "S situation S", "O obstacle T", "A action A", "R result RL"),
            _framework("SBI", "S situation ST", "B behaviour A", "I impact R"),
        )
    }
)
"""The frameworks by name; STARL first, which shows the roles as they were read."""


def get_framework(name: str, own: Mapping[str, Framework] = MappingProxyType({})) -> Framework:
    """Return the framework of that name; the case of built-in names does not matter.

    Parameters
    ----------
    name
        Name of a framework.
    own
        Further frameworks by name, such as those of a configuration.

    Raises
    ------
    FrameworkError
        If there is none.
    """
    found = own.get(name) or FRAMEWORKS.get(name.upper())
    if found is None:
        known = (*FRAMEWORKS, *own)
        raise FrameworkError(
            f"unknown framework {name!r}, expected one of {', '.join(known)}{did_you_mean(name, known)}"
        )
    return found
