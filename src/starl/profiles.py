"""Profiles: the limits that findings are judged by, each with its source.

Sources named in short: *survey* is the survey of advice pages, universities and public bodies behind
``docs/reference/profiles.md`` (25 give all four parts; their quartiles are the bands), and *ours* marks a
limit that no source states and that we chose.
"""

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple, Self

from pydantic import Field, ValidationInfo, field_validator, model_validator

from starl.errors import ProfileError, did_you_mean
from starl.report import Count, Frozen, Share
from starl.roles import STORY_ROLES, Role

Band = tuple[Share, Share]


class Weights(Frozen):
    """How much each score counts in the overall one; they sum to 1. All are ours."""

    structure: Share = Field(default=0.4, description="Weight of structure. Ours.")
    ownership: Share = Field(
        default=0.1, description="Weight of ownership. Ours: at most a tenth, since the evidence is mixed."
    )
    evidence: Share = Field(default=0.3, description="Weight of evidence. Ours.")
    focus: Share = Field(default=0.2, description="Weight of focus. Ours.")

    @model_validator(mode="after")
    def _check_sum(self) -> Self:
        total = sum(dict(self).values())
        if abs(total - 1) > 1e-9:
            raise ValueError(f"weights must sum to 1, got {total:g}")
        return self


QUARTILES: dict[Role, Band] = {
    Role.SITUATION: (0.10, 0.20),
    Role.TASK: (0.10, 0.15),
    Role.ACTION: (0.48, 0.60),
    Role.RESULT: (0.13, 0.20),
}
"""Lower and upper quartile of the shares that 25 sources advise; none gives learning a share of its own."""

NOT_STATED = "not stated"
"""Source of a limit that differs from the default and whose profile gives no source."""
SET = "set in the configuration"
"""Source of a limit that a profile sets over its parent's without giving one."""

_ADVISE = "Survey of 25 sources"
DEFAULT_SOURCES: Mapping[str, str] = MappingProxyType(
    {
        "bands.situation": f"{_ADVISE}: least 10 %, quartiles 10 and 20 %, median 15 %, most 21 %.",
        "bands.task": f"{_ADVISE}: least 10 %, quartiles 10 and 15 %, median 10 %, most 20 %.",
        "bands.action": f"{_ADVISE}: least 40 %, quartiles 48 and 60 %, median 60 %, most 70 %.",
        "bands.result": f"{_ADVISE}: least 10 %, quartiles 13 and 20 %, median 19 %, most 25 %.",
        "advised_words": "Survey: from 60 to 90 s up to 2 to 3 min, at 140 words a minute.",
        "setting_note": f"{_ADVISE}: situation + task least 20 %, quartiles 20 and 33 %, median 28 %, "
        "most 40 %. The upper quartile, rounded up.",
        "setting_warning": "Competency Companion calls 50 % too heavy, acejobi 80 %.",
        "setting_words": "Ours: 25 s of speech.",
        "action_note": f"{_ADVISE}: the least advised for action, 40 %; CVedo advises 40 to 50 %.",
        "task_note": "Ours, above the most that the survey advises (20 %).",
        "task_warning": "Ours.",
        "late_note": "Ours.",
        "late_warning": "Ours.",
        "late_words": "Ours: 26 s of speech.",
        "part_words": "Survey: under about 50 words is too short to judge.",
        "min_confidence": "Ours.",
        "part_confidence": "Ours: more likely right than wrong.",
        "warning_confidence": "Ours.",
        "i_note": "Ours. Amazon, UK Civil Service, Hays and Ask a Manager ask for I; Naim et al. (2015), "
        "138 interviews, found higher ratings with we; effects differ by gender and culture.",
        "i_warning": "Ours.",
        "hidden_note": "Ours.",
        "hidden_warning": "Ours.",
        "min_deeds": "Ours.",
        "result_words": "Ours.",
        "vague_note": "Ours.",
        "vague_warning": "Ours.",
        "hypothetical_share": "Ours.",
        "refuse_words": "Ours.",
        "short_warning": "Ours.",
        "short_note": "Survey: under about 50 words is too short to judge.",
        "long_note": "Survey: above 3 min, at 140 words a minute, 420 words, with room up to 450.",
        "long_warning": "Ours: 5 min, at 140 words a minute.",
    }
)
"""Where each limit of the default profile comes from, and how widely the sources differ."""

_RISING = ("setting", "task", "late", "hidden", "vague", "long")
_FALLING = ("i", "short")


class Profile(Frozen):
    """The limits that findings are judged by.

    A field that ends in ``_note`` or ``_warning`` is the limit for that severity. A value that equals its
    limit is still within it.
    """

    name: str = Field(min_length=1, description="Name of the profile.")
    description: str = Field(description="The answers it is meant for.")

    bands: Mapping[Role, Band] = Field(
        default=QUARTILES,
        description="Advised share of each part, (low, high); learning has none. Survey: quartiles.",
    )
    advised_words: tuple[Count, Count] = Field(
        default=(150, 350),
        description="Advised length in words, (low, high). Survey: 1 to 2.5 min at 140 wpm.",
    )

    setting_note: Share = Field(
        default=0.35,
        description="Situation + task, of the story: most. Survey: upper quartile 33 %, rounded up.",
    )
    setting_warning: Share = Field(
        default=0.50, description="The same, for a warning. Competency Companion calls 50 % too much."
    )
    setting_words: Count = Field(
        default=60, description="A setting shorter than this is never too heavy. Ours: 25 s of speech."
    )
    action_note: Share = Field(
        default=0.40,
        description="A setting that leaves the action this share gets no note. Survey: the lowest advised.",
    )
    task_note: Share = Field(
        default=0.25, description="Task, of the story: most. Ours, above the survey's highest (20 %)."
    )
    task_warning: Share = Field(default=0.40, description="The same, for a warning. Ours.")
    late_note: Share = Field(
        default=0.50, description="Share of the story before the speaker's first deed: most. Ours."
    )
    late_warning: Share = Field(default=0.65, description="The same, for a warning. Ours.")
    late_words: Count = Field(
        default=60, description="A first deed before this many words is never late. Ours: 26 s of speech."
    )

    part_words: Count = Field(
        default=50,
        description="Parts and deeds are not judged in a story shorter than this. Survey: about 50.",
    )
    min_confidence: Share = Field(
        default=0.60, description="Mean confidence below which no part is called missing. Ours."
    )
    part_confidence: Share = Field(
        default=0.50,
        description="Least confidence of every clause where a missing part could stand. Ours: "
        "more likely right than wrong.",
    )
    warning_confidence: Share = Field(
        default=0.80, description="The same, for a warning that a part is missing. Ours."
    )

    i_note: Share = Field(
        default=0.50, description="I / (I + we) among deeds in action: least. Ours; most advisers ask for I."
    )
    i_warning: Share = Field(default=0.25, description="The same, for a warning. Ours.")
    hidden_note: Share = Field(
        default=0.35, description="Deeds in action without a named doer, of all: most. Ours."
    )
    hidden_warning: Share = Field(default=0.60, description="The same, for a warning. Ours.")
    min_deeds: Count = Field(
        default=4, description="Ownership is not judged with fewer deeds in action than this. Ours."
    )

    result_words: Count = Field(
        default=8, description="A result shorter than this is not searched for figures. Ours."
    )
    vague_note: Share = Field(
        default=0.35,
        description="Words of action clauses that hold a stock phrase, of all action: most. Ours.",
    )
    vague_warning: Share = Field(default=0.65, description="The same, for a warning. Ours.")

    hypothetical_share: Share = Field(
        default=0.50, description="Words of clauses that say would, of all words: most. Ours."
    )

    refuse_words: Count = Field(
        default=20, description="Fewer words than this cannot be judged at all. Ours."
    )
    short_warning: Count = Field(default=30, description="Fewer words are far too short. Ours.")
    short_note: Count = Field(default=50, description="Fewer words are too short to judge. Survey: about 50.")
    long_note: Count = Field(default=450, description="More words are long. Survey: above 3 min at 140 wpm.")
    long_warning: Count = Field(default=700, description="More words are far too long. Ours: 5 min.")

    weights: Weights = Field(
        default=Weights(), description="What each score counts in the overall one; no finding reads it. Ours."
    )

    sources: Mapping[str, str] = Field(
        default={},
        validate_default=True,
        description="Where each limit comes from, by field (`setting_note`) or band (`bands.action`). A "
        "limit that is the default's has the default's source unless another is given.",
    )

    @field_validator("bands")
    @classmethod
    def _sort_bands(cls, bands: Mapping[Role, Band]) -> Mapping[Role, Band]:
        """Put the bands into the order of the roles, so that equal limits have equal fingerprints."""
        if Role.OTHER in bands:
            raise ValueError("bands must be of roles of the story, got other; leave it out")
        return {role: bands[role] for role in STORY_ROLES if role in bands}

    @field_validator("sources")
    @classmethod
    def _source_every_limit(cls, given: Mapping[str, str], info: ValidationInfo) -> Mapping[str, str]:
        values = dict(_flat(info.data))
        for key in given:
            if key not in values:
                raise ValueError(
                    f"unknown limit {key!r}, expected a field or a band such as bands.action"
                    f"{did_you_mean(key, values)}"
                )
        return {
            key: given.get(key) or (DEFAULT_SOURCES[key] if value == _DEFAULTS.get(key) else NOT_STATED)
            for key, value in values.items()
        }

    @model_validator(mode="after")
    def _check_order(self) -> Self:
        for stem in (*_RISING, *_FALLING):
            note, warning = getattr(self, f"{stem}_note"), getattr(self, f"{stem}_warning")
            if (note > warning) if stem in _RISING else (note < warning):
                side = "at most" if stem in _RISING else "at least"
                raise ValueError(f"{stem}_note must be {side} {stem}_warning ({warning}), got {note}")
        if self.refuse_words > self.short_warning:
            raise ValueError(
                f"refuse_words must be at most short_warning ({self.short_warning}), got {self.refuse_words}"
            )
        if self.short_note >= self.long_note:
            raise ValueError(f"short_note must be below long_note ({self.long_note}), got {self.short_note}")
        ranges: dict[str, tuple[float, float]] = {role.value: band for role, band in self.bands.items()}
        for name, (low, high) in {**ranges, "advised_words": self.advised_words}.items():
            if low >= high:
                raise ValueError(f"{name} must run from low to high, got ({low}, {high}); give a range")
        return self

    @property
    def advised_i(self) -> Band:
        """Advised share of I among the deeds of I and we, (low, high): from `i_note` up."""
        return (self.i_note, 1.0)

    def limits(self) -> Iterator["Limit"]:
        """Yield every limit, each band by itself, with its meaning and source."""
        for key, value in _flat(dict(self)):
            yield Limit(key, value, _meaning(key), self.sources[key])


class Limit(NamedTuple):
    """One limit of a profile."""

    key: str
    """Field of the profile (``setting_note``), or a band of it (``bands.action``)."""
    value: float | int | tuple[float, float] | tuple[int, int]
    """A share in 0..1 (float), a count (int), or a range of either."""
    meaning: str
    """What it limits."""
    source: str
    """Where it comes from."""


def _flat(fields: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield the limits among the fields of a profile by key, in the order of the fields and of the roles."""
    for name, value in fields.items():
        if name == "bands" and isinstance(value, Mapping):
            yield from ((f"bands.{role}", value[role]) for role in STORY_ROLES if role in value)
        elif name not in ("name", "description", "bands", "weights", "sources"):
            yield name, value


def _meaning(key: str) -> str:
    """Return what a limit is for: its description without the source that ends it."""
    field = Profile.model_fields[key.partition(".")[0]]
    told = re.split(r"\s*\b(?:Survey|Ours|Competency Companion)\b", field.description or "")[0]
    told = told.rstrip(" .:").replace(", (low, high)", "")
    stem = key.removesuffix("_warning")
    if told.startswith("The same") and stem != key:
        return f"{_meaning(f'{stem}_note')}; for a warning"
    return told.replace("each part", key.partition(".")[2])


_DEFAULTS: Mapping[str, Any] = dict(
    _flat({name: field.default for name, field in Profile.model_fields.items()})
)


DEFAULT = Profile(name="default", description="Answers told in one and a half to three minutes.")

_FOUR_SITES = "Four sites that count in seconds (weak): situation + task 34 %, action 45 %, result 19 %."

SHORT = Profile(
    name="short",
    description="Answers of about a minute, or of about 110 words typed into a form.",
    bands={
        Role.SITUATION: (0.12, 0.25),
        Role.TASK: (0.10, 0.20),
        Role.ACTION: (0.40, 0.55),
        Role.RESULT: (0.13, 0.25),
    },
    advised_words=(60, 150),
    setting_note=0.45,
    setting_warning=0.60,
    setting_words=30,
    part_words=30,
    refuse_words=15,
    short_warning=20,
    short_note=30,
    long_note=210,
    long_warning=300,
    sources={
        **{f"bands.{role}": f"{_FOUR_SITES} The width around it is ours." for role in QUARTILES},
        "advised_words": "Ours: half a minute to a minute, at 140 words a minute.",
        "setting_note": "Survey: suggested for answers under about 110 words.",
        **dict.fromkeys(("setting_warning", "setting_words", "part_words"), "Ours."),
        **dict.fromkeys(("refuse_words", "short_warning", "short_note", "long_warning"), "Ours."),
        "long_note": "Ours: one and a half minutes, at 140 words a minute.",
    },
)

_FORM_SITES = (
    "JobCoachAI, Competency Companion (UK Civil Service), Mploydia and Dev-interviewer advise 10/10/60/20."
)

WRITTEN_250 = Profile(
    name="written-250",
    description="Examples written into a form that takes 250 words, as in the UK Civil Service.",
    bands={
        Role.SITUATION: (0.08, 0.15),
        Role.TASK: (0.08, 0.15),
        Role.ACTION: (0.50, 0.65),
        Role.RESULT: (0.15, 0.25),
    },
    advised_words=(200, 250),
    setting_note=0.30,
    setting_warning=0.45,
    action_note=0.50,
    short_warning=60,
    short_note=120,
    long_note=250,
    long_warning=275,
    sources={
        **{f"bands.{role}": f"{_FORM_SITES} The width around it is ours." for role in QUARTILES},
        "advised_words": "The form's limit; the lower end is ours.",
        "setting_note": "Ours: half as much again as the 20 % advised.",
        "setting_warning": "Ours.",
        "action_note": "Ours: the lower end of the band.",
        "short_warning": "Ours.",
        "short_note": "Ours: half the form left empty.",
        "long_note": "The form's limit.",
        "long_warning": "Ours: a tenth over the limit.",
    },
)

SPOKEN_2MIN = Profile(
    name="spoken-2min",
    description="Answers told in about two minutes, with an interviewer who asks on.",
    advised_words=(210, 320),
    setting_words=50,
    late_words=50,
    short_note=70,
    long_note=350,
    long_warning=420,
    sources={
        "advised_words": "Ours: one and a half to two and a quarter minutes, at 140 words a minute; the "
        "survey's two minutes are 280.",
        "setting_words": "Ours: 21 s of speech.",
        "late_words": "Ours: 21 s of speech.",
        "short_note": "Ours: half a minute, at 140 words a minute.",
        "long_note": "Ours: two and a half minutes, at 140 words a minute.",
        "long_warning": "Survey: above 3 min, at 140 words a minute; as a warning ours.",
    },
)

SENIOR = Profile(
    name="senior",
    description="Long answers on work that many people shared, told in two and a half to five minutes.",
    bands={
        Role.SITUATION: (0.10, 0.21),
        Role.TASK: (0.10, 0.20),
        Role.ACTION: (0.40, 0.60),
        Role.RESULT: (0.13, 0.25),
    },
    advised_words=(350, 700),
    setting_note=0.40,
    setting_words=90,
    late_words=90,
    i_note=0.40,
    i_warning=0.20,
    refuse_words=30,
    short_warning=60,
    short_note=120,
    long_note=840,
    long_warning=1120,
    sources={
        "bands.situation": f"{DEFAULT_SOURCES['bands.situation']} From the least to the most: ours.",
        "bands.task": f"{DEFAULT_SOURCES['bands.task']} From the least to the most: ours.",
        "bands.action": f"{DEFAULT_SOURCES['bands.action']} From the least to the upper quartile: ours.",
        "bands.result": f"{DEFAULT_SOURCES['bands.result']} From the lower quartile to the most: ours.",
        "advised_words": "Ours: two and a half to five minutes, at 140 words a minute.",
        "setting_note": f"{_ADVISE}: the most advised for situation + task, 40 %.",
        "setting_words": "Ours: 39 s of speech.",
        "late_words": "Ours: 39 s of speech.",
        "i_note": "Ours, under the default: Naim et al. (2015) found higher ratings with we.",
        "i_warning": "Ours: half of i_note.",
        "refuse_words": "Ours.",
        "short_warning": "Ours.",
        "short_note": "Ours: 51 s of speech.",
        "long_note": "Ours: 6 min, at 140 words a minute.",
        "long_warning": "Ours: 8 min, at 140 words a minute.",
    },
)

ONE_WAY_VIDEO = Profile(
    name="one-way-video",
    description="Answers recorded in one go of one to two minutes, with nobody to ask on.",
    advised_words=(140, 280),
    setting_words=40,
    late_words=40,
    part_words=40,
    short_note=70,
    long_note=350,
    long_warning=420,
    sources={
        "advised_words": "Survey: from 60 to 90 s up to 2 to 3 min; one to two minutes of it, at 140 words a "
        "minute, is ours.",
        "setting_words": "Ours: 17 s of speech.",
        "late_words": "Ours: 17 s of speech.",
        "part_words": "Ours, under the default: nobody asks for a part that was left out.",
        "short_note": "Ours: half a minute, at 140 words a minute.",
        "long_note": "Ours: two and a half minutes, at 140 words a minute.",
        "long_warning": "Survey: above 3 min, at 140 words a minute; as a warning ours.",
    },
)

PROFILES: Mapping[str, Profile] = MappingProxyType(
    {p.name: p for p in (DEFAULT, SHORT, WRITTEN_250, SPOKEN_2MIN, SENIOR, ONE_WAY_VIDEO)}
)
"""The profiles by name."""


def extend(parent: Profile, fields: Mapping[str, Any]) -> Profile:
    """Return a profile that differs from another in some fields.

    Bands, weights and sources are merged key by key. A limit that is set without a source loses that of the
    parent and says that it was set.

    Parameters
    ----------
    parent
        The profile that gives all other fields.
    fields
        Fields of `Profile`; without a name and a description of its own it keeps the parent's.

    Raises
    ------
    ValueError
        If the fields do not make a profile.

    Examples
    --------
    >>> mine = extend(DEFAULT, {"name": "mine", "long_note": 400, "bands": {"action": (0.5, 0.7)}})
    >>> mine.sources["long_note"], mine.bands["result"]
    ('set in the configuration', (0.13, 0.2))
    """
    return Profile.model_validate(merge_fields(parent.model_dump(mode="json"), fields))


def merge_fields(parent: Mapping[str, Any], fields: Mapping[str, Any]) -> dict[str, Any]:
    """Lay the fields of a profile over those of its parent, both as plain data; nothing is checked."""
    merged = {**parent, **fields}
    for name in ("bands", "weights", "sources"):
        own, inherited = fields.get(name, {}), parent.get(name, {})
        if isinstance(own, Mapping) and isinstance(inherited, Mapping):
            merged[name] = {**inherited, **own}
    given = fields.get("sources", {})
    if isinstance(given, Mapping) and isinstance(merged["sources"], Mapping):
        was_set = dict.fromkeys((key for key, _ in _flat(fields) if key in DEFAULT_SOURCES), SET)
        merged["sources"] = {**merged["sources"], **was_set, **given}
    return merged


def get_profile(name: str) -> Profile:
    """Return the profile of that name.

    Raises
    ------
    ProfileError
        If there is none.
    """
    try:
        return PROFILES[name]
    except KeyError:
        known = ", ".join(PROFILES)
        raise ProfileError(
            f"unknown profile {name!r}, expected one of {known}{did_you_mean(name, PROFILES)}"
        ) from None
