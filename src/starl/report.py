"""The typed result of reading one answer.

All types are frozen and refuse unknown fields. Offsets are characters of ``Report.text``, half-open.
What is undefined is ``None``, never 0 and never NaN. Shares and confidences are rounded to four digits,
so that a report is the same to the byte wherever it is made.
"""

from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from starl.frameworks import Framework, View, view
from starl.roles import Agent, AnswerType, Role, Severity, Status

SCHEMA_VERSION = "1"

Count = Annotated[int, Field(ge=0)]
Share = Annotated[float, Field(ge=0, le=1)]
Interval = tuple[Share, Share]
Seconds = Annotated[float, Field(ge=0)]
UNSURE_BELOW = 0.6
"""A span of less confidence than this is marked as unsure."""


class Frozen(BaseModel):
    """Base of all report types: immutable, and strict about its fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Evidence(Frozen):
    """The words a finding rests on."""

    start_char: Count = Field(description="First character.")
    end_char: Count = Field(description="One past the last character.")


class Clause(Frozen):
    """The smallest unit that gets a role."""

    start_char: Count = Field(description="First character.")
    end_char: Count = Field(description="One past the last character.")
    role: Role = Field(description="What the clause does for the story.")
    agent: Agent | None = Field(description="Who did the deed; None if the clause tells of no deed.")
    confidence: Share = Field(description="Calibrated probability that the role is right.")


class Span(Frozen):
    """An unbroken run of clauses of one STARL role."""

    start_char: Count = Field(description="First character.")
    end_char: Count = Field(description="One past the last character.")
    role: Role = Field(description="Situation, task, action, result or learning.")
    n_words: Count = Field(description="Words in the span.")
    confidence: Share = Field(description="Mean confidence of its clauses, weighted by words.")
    unsure: bool = Field(default=False, description="Whether the confidence is below 0.6.")


class RoleWords(Frozen):
    """Words by role."""

    situation: Count
    task: Count
    action: Count
    result: Count
    learning: Count
    other: Count


class RoleShares(Frozen):
    """Shares of the story's words by role; the five sum to 1."""

    situation: Share
    task: Share
    action: Share
    result: Share
    learning: Share


class ShareIntervals(Frozen):
    """How far shares may lie from what was read: eight in ten readings the model deems possible do."""

    situation: Interval
    task: Interval
    action: Interval
    result: Interval
    learning: Interval
    setting: Interval = Field(description="Situation + task.")


class Balance(Frozen):
    """How the words are spread over the parts of the story."""

    n_words: Count = Field(description="Words of the whole answer.")
    words: RoleWords = Field(description="Words by role; they sum to n_words.")
    share: RoleShares | None = Field(
        description="Words of a role / words of the story (all but other); None if there is no story."
    )
    interval: ShareIntervals | None = Field(
        default=None, description="Lower and upper end of each share; None if there is no story."
    )
    other_share: Share | None = Field(description="Words outside the story / all words; None without words.")
    setting_share: Share | None = Field(description="Situation + task, of the story's words.")
    core_share: Share | None = Field(description="Action + result, of the story's words.")
    words_before_first_own_deed: Count | None = Field(
        description="Story words before the first deed done by the speaker, alone or with others; "
        "None if there is none."
    )


class AgentCounts(Frozen):
    """Deeds by who did them."""

    i: Count = Field(description="Deeds of the speaker alone.")
    we: Count = Field(description="Deeds of the speaker with others.")
    other: Count = Field(description="Deeds of somebody else.")
    none: Count = Field(description="Deeds without a named doer.")


class PronounCounts(Frozen):
    """Plain counts of pronouns in the whole answer."""

    i: Count = Field(description="I, me, my, mine, myself.")
    we: Count = Field(description="we, us, our, ours, ourselves.")
    they: Count = Field(description="they, them, their, he, she, him, her and the like.")


class Ownership(Frozen):
    """Who did the deeds. Information, never a fault in itself."""

    action: AgentCounts = Field(description="Deeds in action clauses.")
    result: AgentCounts = Field(description="Deeds in result clauses.")
    i_share: Share | None = Field(description="I / (I + we) among deeds in action; None if neither occurs.")
    own_share: Share | None = Field(description="I / all deeds in action; None without deeds.")
    hidden_deeds: Count = Field(
        description="Deeds in action that nobody named does, or only 'the team' does."
    )
    pronouns: PronounCounts


class CandidateRule(StrEnum):
    """How it was decided which speaker of a talk gives the answer."""

    NAMED = "named"
    ONE_SPEAKER = "one_speaker"
    MOST_WORDS = "most_words"


class RoleSeconds(Frozen):
    """Seconds of speech by role."""

    situation: Seconds
    task: Seconds
    action: Seconds
    result: Seconds
    learning: Seconds
    other: Seconds


class Pauses(Frozen):
    """Silences of a second or more between two words of one turn."""

    count: Count
    seconds: Seconds = Field(description="All of them together.")
    longest: Seconds | None = Field(description="None if there is none.")


class Markers(Frozen):
    """Words of one kind in what was said, such as fillers."""

    count: Count
    per_100_words: Seconds | None = Field(description="Count for each hundred words; None without words.")
    evidence: tuple[Evidence, ...] = Field(description="Where they stand, in order.")


class AnswerTurn(Frozen):
    """One turn of the candidate."""

    start_char: Count = Field(description="First character.")
    end_char: Count = Field(description="One past the last character.")
    start: Seconds = Field(description="Second of the recording at which it begins.")
    end: Seconds = Field(description="Second of the recording at which it ends.")
    question: str | None = Field(description="What was asked right before; None if nothing was.")
    words: RoleWords = Field(description="Words by role.")
    supplies: tuple[Role, ...] = Field(description="Parts of the story that no earlier turn holds.")


class Delivery(Frozen):
    """How a spoken answer was told, in seconds. Information: no finding rests on it."""

    candidate: str | None = Field(description="Name of who gives the answer; None if not known.")
    candidate_rule: CandidateRule = Field(description="How that was decided.")
    seconds_spoken: Seconds = Field(description="The candidate's turns without their pauses.")
    words_per_minute: Seconds | None = Field(
        description="Words / (speech + pauses), in a minute; None if no time passed."
    )
    pauses: Pauses
    seconds: RoleSeconds = Field(description="Speech by role; they sum to seconds_spoken.")
    share: RoleShares | None = Field(
        description="Seconds of a role / seconds of the story (all but other); None if there are none."
    )
    setting_share: Share | None = Field(description="Situation + task, of the story's seconds.")
    core_share: Share | None = Field(description="Action + result, of the story's seconds.")
    seconds_to_first_own_action: Seconds | None = Field(
        description="From the first word of the answer to the first action done by the speaker, alone or "
        "with others; None if there is none."
    )
    fillers: Markers = Field(description="um, you know, and the like, as far as the transcript keeps them.")
    hedges: Markers = Field(description="I think, maybe, and the like.")
    turns: tuple[AnswerTurn, ...] = Field(description="The candidate's turns, in order.")


class Finding(Frozen):
    """One thing worth telling the speaker."""

    code: str = Field(description="Stable code of the rule, such as BAL001.")
    name: str = Field(description="Name of the rule, such as situation-heavy.")
    severity: Severity
    message: str = Field(description="What is so.")
    help: str = Field(description="What to do about it.")
    evidence: tuple[Evidence, ...] = Field(description="The words it rests on, in order.")
    value: float | None = Field(description="The measured value; None if the rule measures none.")
    limit: float | None = Field(description="The limit it is held against; None if there is none.")


class Report(Frozen):
    """What starl read in one answer."""

    schema_version: str = Field(default=SCHEMA_VERSION, description="Version of this schema.")
    starl_version: str
    model: str = Field(description="Name and version of the model.")
    profile: str = Field(description="Name of the profile of limits.")
    fingerprint: str = Field(description="Hash of model, settings and rules: equal means comparable.")
    status: Status = Field(description="ok, or the reason to refuse a verdict.")
    status_reason: str | None = Field(description="The reason in words; None if ok.")
    answer_type: AnswerType | None = Field(description="Kind of text; None for an empty answer.")
    question: str | None
    text: str = Field(description="The answer as it was given.")
    clauses: tuple[Clause, ...] = Field(description="In order; each non-space character is in exactly one.")
    spans: tuple[Span, ...] = Field(description="Runs of clauses of one STARL role, in order.")
    balance: Balance | None = Field(description="None for an empty answer.")
    ownership: Ownership | None = Field(description="None for an empty answer.")
    findings: tuple[Finding, ...] = Field(description="The worst first; few if the answer was refused.")
    delivery: Delivery | None = Field(
        default=None, description="How it was told; None for an answer without times."
    )

    def view(self, framework: str | Framework = "STARL") -> View:
        """Show this report as the parts of a framework, such as STAR or CARL; see `starl.frameworks`.

        Raises
        ------
        FrameworkError
            If there is no framework of that name.
        """
        return view(self, framework)
