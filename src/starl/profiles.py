"""Profiles: the limits that findings are judged by, each with its source.

Sources named in short: *survey* is the survey of advice pages, universities and public bodies behind
``docs/reference/measures.md`` (25 give all four parts; their quartiles are the bands), and *ours* marks a
limit that no source states and that we chose.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Self

from pydantic import Field, model_validator

from starl.errors import ProfileError
from starl.report import Count, Frozen, Share
from starl.roles import Role

Band = tuple[Share, Share]

QUARTILES: dict[Role, Band] = {
    Role.SITUATION: (0.10, 0.20),
    Role.TASK: (0.10, 0.15),
    Role.ACTION: (0.48, 0.60),
    Role.RESULT: (0.13, 0.20),
}
"""Lower and upper quartile of the shares that 25 sources advise; none gives learning a share of its own."""

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
            if low > high:
                raise ValueError(f"{name} must run from low to high, got ({low}, {high})")
        return self


DEFAULT = Profile(name="default", description="Answers told in one and a half to three minutes.")

SHORT = Profile(
    name="short",
    description="Answers of about a minute, or of about 110 words typed into a form.",
    # Four sites that count in seconds: S+T 34 %, A 45 %, R 19 %. The widths around them are ours.
    bands={
        Role.SITUATION: (0.12, 0.25),
        Role.TASK: (0.10, 0.20),
        Role.ACTION: (0.40, 0.55),
        Role.RESULT: (0.13, 0.25),
    },
    advised_words=(60, 150),  # ours: half a minute to a minute at 140 words a minute
    setting_note=0.45,  # survey: suggested for answers under about 110 words
    setting_warning=0.60,  # ours
    setting_words=30,  # ours
    part_words=30,  # ours
    refuse_words=15,  # ours
    short_warning=20,  # ours
    short_note=30,  # ours
    long_note=210,  # ours: one and a half minutes
    long_warning=300,  # ours
)

WRITTEN_250 = Profile(
    name="written-250",
    description="Examples written into a form that takes 250 words, as in the UK Civil Service.",
    # 10/10/60/20: JobCoachAI, Competency Companion (UK Civil Service), Mploydia, Dev-interviewer.
    # The widths around them are ours.
    bands={
        Role.SITUATION: (0.08, 0.15),
        Role.TASK: (0.08, 0.15),
        Role.ACTION: (0.50, 0.65),
        Role.RESULT: (0.15, 0.25),
    },
    advised_words=(200, 250),  # the form's limit; the lower end is ours
    setting_note=0.30,  # ours: half as much again as the 20 % advised
    setting_warning=0.45,  # ours
    action_note=0.50,  # the lower end of the band
    short_warning=60,  # ours
    short_note=120,  # ours: half the form left empty
    long_note=250,  # the form's limit
    long_warning=275,  # ours: a tenth over the limit
)

PROFILES: Mapping[str, Profile] = MappingProxyType({p.name: p for p in (DEFAULT, SHORT, WRITTEN_250)})
"""The profiles by name."""


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
        raise ProfileError(f"unknown profile {name!r}, expected one of {known}") from None
