"""What an answer tells in its result, its action and its learning, as frozen types.

Each sign rests on words of the answer. A part that the answer lacks is ``None``, never a part without signs.
"""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from starl.report import Evidence, Frozen


class Sign(Frozen):
    """Something that words of the answer show, or do not show."""

    present: bool = Field(description="Whether any words show it.")
    evidence: tuple[Evidence, ...] = Field(description="The words that show it, in order, apart.")

    @property
    def count(self) -> int:
        """How many places show it."""
        return len(self.evidence)

    @model_validator(mode="after")
    def _rests_on_words(self) -> Self:
        if self.present != bool(self.evidence):
            raise ValueError(
                f"a sign must be present if it has evidence and only then, got {self.present} "
                f"with {len(self.evidence)}"
            )
        return self


class ResultAnatomy(Frozen):
    """What the result is made of."""

    stated: Sign = Field(
        description="An outcome is stated: clauses of the result that tell what came of it, not what is yet "
        "to come."
    )
    measured: Sign = Field(
        description="It is measured: quantities that are neither a calendar year nor a time frame. "
        "They are those of change and of size together."
    )
    change: Sign = Field(
        description="A measured change (cut by 30 %, from ten to two): quantities in a clause with a word of "
        "change."
    )
    size: Sign = Field(description="A mere size (40 users, 87 percent): the other quantities.")
    baseline: Sign = Field(
        description="What the outcome is compared with: from ten to two, than before, above target."
    )
    time_frame: Sign = Field(description="When, or how fast: within two weeks, a month later, on time.")
    digits: Sign = Field(description="Quantities written with digits, time frames among them.")
    number_words: Sign = Field(description="Quantities in words (twenty, half), time frames among them.")
    feedback: Sign = Field(
        description="Feedback or recognition by others: thanks, praise, an award, a promotion."
    )
    by_speaker: Sign = Field(description="Deeds of the speaker alone among the result's clauses.")
    by_speaker_and_others: Sign = Field(description="Deeds of the speaker with others among them.")
    by_others: Sign = Field(description="Deeds of somebody else among them.")
    by_nobody_named: Sign = Field(description="Deeds and events without a named doer among them.")
    hedged: Sign = Field(description="Words that take back part of a claim: I think, more or less.")
    negative: Sign = Field(
        description="An outcome that fell short, or a cost of it, told as such: unfortunately, did not reach."
    )
    promise: Sign = Field(
        description="Something still to come: will save, are going to. It stands instead of an outcome where "
        "stated is not present."
    )


class ActionAnatomy(Frozen):
    """What the action is made of."""

    steps: Sign = Field(
        description="Concrete steps: clauses with a deed of the speaker, alone or with others, or of nobody "
        "named, and without vague activity."
    )
    decisions: Sign = Field(description="Decisions, but not those of others: decided, chose, ruled out.")
    vague: Sign = Field(
        description="Vague activity (handled it, was involved in) of anybody but others, in a clause without "
        "a quantity, a name or a quotation."
    )
    tools: Sign = Field(description="Tools, documents and methods that are named: a checklist, SQL.")
    people: Sign = Field(description="Persons by what they are: my manager, two nurses.")
    names: Sign = Field(
        description="Names of persons, firms, products, places and languages: a capital within a sentence. "
        "None are seen in a text without capitals, nor at the beginning of a clause."
    )
    reasons: Sign = Field(description="Reasons given: because, so that, to make sure.")


class LearningAnatomy(Frozen):
    """What the learning is made of."""

    specific: Sign = Field(
        description="A lesson that says in which case to do what (before I, instead of, in writing), in a "
        "clause without a stock lesson."
    )
    applied: Sign = Field(description="Put to use since: since then I, these days I, in my present job.")
    cliche: Sign = Field(description="A stock lesson that fits every story: communication is key.")


class Anatomy(Frozen):
    """What an answer tells in its result, its action and its learning; never a fault in itself."""

    result: ResultAnatomy | None = Field(description="None if no clause was read as result.")
    action: ActionAnatomy | None = Field(description="None if no clause was read as action.")
    learning: LearningAnatomy | None = Field(description="None if no clause was read as learning.")
