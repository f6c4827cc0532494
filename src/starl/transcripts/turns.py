"""The typed talk: words with times, turns with speakers, and how words become turns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate, groupby, pairwise
from typing import Annotated, Any, Self, TypeGuard

from pydantic import Field, ValidationError, model_validator

from starl.errors import TranscriptError
from starl.report import Frozen

MAX_SECONDS = 1e6
"""No time is later: eleven days, so that sums of times stay finite and exact to the millisecond."""

Time = Annotated[float, Field(ge=0, le=MAX_SECONDS, allow_inf_nan=False)]


class Word(Frozen):
    """One word as it was said, with the marks that stand at it."""

    text: str = Field(min_length=1, description="The word; holds no white space.")
    start: Time = Field(description="Second at which it begins.")
    end: Time | None = Field(default=None, description="Second at which it ends; None if not known.")

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.text.split() != [self.text]:
            raise ValueError(f"a word must hold no white space, got {self.text!r}")
        if self.end is not None and self.end < self.start:
            raise ValueError(f"word {self.text!r} must end at {self.start} or later, got {self.end}")
        return self


class Turn(Frozen):
    """What one speaker says until another one speaks.

    Give its words, or its text with start and end: then the words share the time by their characters. What
    is left out is made of what is given.

    Examples
    --------
    >>> turn = Turn(speaker="Ann", text="We rang", start=2.0, end=5.0)
    >>> [(word.text, word.start, word.end) for word in turn.words]
    [('We', 2.0, 3.0), ('rang', 3.0, 5.0)]
    """

    speaker: str | None = Field(default=None, description="Name or label; None if not known.")
    text: str = Field(default="", description="Its words with a space between them.")
    start: Time = Field(default=0.0, description="Second at which it begins.")
    end: Time = Field(default=0.0, description="Second at which it ends.")
    words: tuple[Word, ...] = Field(default=(), description="In the order in which they begin; at least one.")

    @model_validator(mode="before")
    @classmethod
    def _complete(cls, data: Any) -> Any:  # noqa: ANN401  (whatever the caller gave)
        if not isinstance(data, dict):
            return data
        if not data.get("words"):
            text, start, end = (data.get(key) for key in ("text", "start", "end"))
            if isinstance(text, str) and _is_time(start) and _is_time(end) and start <= end:
                return {**data, "words": spread(text, start, end)}
            return data
        words = [word if isinstance(word, Word) else Word.model_validate(word) for word in data["words"]]
        made = {
            "text": " ".join(word.text for word in words),
            "start": words[0].start,
            "end": max(word.start if word.end is None else word.end for word in words),
        }
        return {**made, **data, "words": words}

    @model_validator(mode="after")
    def _check(self) -> Self:
        if not self.words:
            raise ValueError("a turn must have words, or text with start and end, got neither")
        if self.text.split() != [word.text for word in self.words]:
            raise ValueError(f"the text of a turn must be its words, got {self.text!r}")
        begins = [self.start, *(word.start for word in self.words)]
        if any(later < earlier for earlier, later in pairwise(begins)):
            raise ValueError(f"the words of a turn must begin one after the other, got {begins}")
        if self.end < max(word.start if word.end is None else word.end for word in self.words):
            raise ValueError(f"a turn must end with its last word or later, got {self.end}")
        return self


def _is_time(value: object) -> TypeGuard[float]:
    """Whether a value can be a time; if not, the check of its field says why."""
    return isinstance(value, (int, float)) and 0 <= value <= MAX_SECONDS


class Transcript(Frozen):
    """A talk as turns, in the order in which they begin.

    Examples
    --------
    >>> talk = Transcript(turns=[Turn(text="We were late.", start=0, end=2)])
    >>> talk.speakers
    (None,)
    """

    turns: tuple[Turn, ...] = Field(description="What was said, turn by turn.")
    candidate: str | None = Field(
        default=None, description="Who gives the answer; None leaves it to `starl.transcripts.spoken`."
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        begins = [turn.start for turn in self.turns]
        if begins != sorted(begins):
            raise ValueError(f"turns must begin one after the other, got {begins}")
        if self.candidate is not None and self.candidate not in self.speakers:
            names = ", ".join(str(name) for name in self.speakers)
            raise ValueError(f"candidate must be one of the speakers ({names}), got {self.candidate!r}")
        return self

    @property
    def speakers(self) -> tuple[str | None, ...]:
        """Who speaks, in order of appearance; None stands for all whose name is not known."""
        return tuple(dict.fromkeys(turn.speaker for turn in self.turns))


def spread(text: str, start: float, end: float) -> tuple[Word, ...]:
    """Spread the words of a text over a time, each by its number of characters.

    Parameters
    ----------
    text
        Words with white space between them.
    start, end
        Seconds, with ``start <= end``.

    Examples
    --------
    >>> [(word.text, word.start) for word in spread("so we rang", 0.0, 8.0)]
    [('so', 0.0), ('we', 2.0), ('rang', 4.0)]
    """
    words = text.split()
    at = list(accumulate((len(word) for word in words), initial=0))
    times = [start + (end - start) * n / at[-1] for n in at[:-1]] + [end] if words else []
    times = [round(min(time, end), 3) for time in times[:-1]] + times[-1:]
    edges = list(accumulate(times, max))  # rounding may step over an end that is finer
    return tuple(
        Word(text=word, start=min(a, end), end=min(b, end))
        for word, a, b in zip(words, edges, edges[1:], strict=False)
    )


@dataclass(frozen=True, slots=True)
class Said:
    """Words that one speaker said in a row, as a reader found them."""

    speaker: str | None
    words: tuple[Word, ...]


def to_transcript(said: Iterable[Said], name: str, candidate: str | None) -> Transcript:
    """Order what was said and join it to turns.

    Speech is ordered by its first word; where two begin at once, the one that stands first in the file
    comes first. Neighbours of one speaker are one turn, in which no word begins before the one that it
    follows, and none ends after the next one begins.

    Parameters
    ----------
    said
        In the order of the file.
    name
        Of the file, for errors.
    candidate
        Name of who gives the answer, in any case; None if it is not known.

    Raises
    ------
    TranscriptError
        If the candidate does not speak.
    """
    ordered = sorted((part for part in said if part.words), key=lambda part: part.words[0].start)
    turns = [
        Said(speaker, tuple(word for part in parts for word in part.words))
        for speaker, parts in groupby(ordered, key=lambda part: part.speaker)
    ]
    speakers = list(dict.fromkeys(turn.speaker for turn in turns))
    try:
        return Transcript(
            turns=tuple(Turn(speaker=turn.speaker, words=in_order(turn.words)) for turn in turns),
            candidate=_known(candidate, speakers),
        )
    except ValidationError as error:
        raise TranscriptError(f"{name}: {explained(error)}") from error


def in_order(words: Sequence[Word]) -> tuple[Word, ...]:
    """Return words none of which begins before the one that it follows or ends after the next begins."""
    begins = list(accumulate((word.start for word in words), max))
    limits = [*begins[1:], MAX_SECONDS][: len(begins)]
    return tuple(
        Word(text=word.text, start=start, end=None if word.end is None else max(start, min(word.end, limit)))
        for word, start, limit in zip(words, begins, limits, strict=True)
    )


def _known(candidate: str | None, speakers: Sequence[str | None]) -> str | None:
    """Return the speaker's own spelling of a name; the name itself where nobody has it."""
    if candidate is None or candidate in speakers:
        return candidate
    same = [name for name in speakers if name is not None and name.casefold() == candidate.casefold()]
    return same[0] if same else candidate


def explained(error: ValidationError) -> str:
    """Return what the first fault of a value is, and where."""
    first = error.errors(include_url=False)[0]
    where = ".".join(map(str, first["loc"]))
    what = first["msg"].removeprefix("Value error, ")
    return f"{where}: {what}, got {first.get('input')!r}" if where else what
