"""Transcript -> the candidate's answer as one text, with its characters mapped to seconds and turns."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from starl.lexicon import read_cues
from starl.report import CandidateRule
from starl.transcripts.turns import MAX_SECONDS, Transcript, Turn, Word, in_order

_STRIPPED = ".,!;:…\"'“”‘’()-–—"


@dataclass(frozen=True, slots=True)
class SpokenWord:
    """A word of the answer, where it stands in the text and when it was said.

    ``end`` is None where the transcript does not know it.
    """

    start_char: int
    end_char: int
    start: float
    end: float | None


@dataclass(frozen=True, slots=True)
class SpokenTurn:
    """A turn of the candidate: a line of the text, its words, and what was asked right before it.

    ``end`` is the second at which its last word ends, ``question`` None if nothing was asked.
    """

    start_char: int
    end_char: int
    start: float
    end: float
    words: tuple[SpokenWord, ...]
    question: str | None


@dataclass(frozen=True, slots=True)
class Spoken:
    """The candidate's answer: its turns joined by line breaks, the words of a turn by spaces."""

    text: str
    question: str | None
    candidate: str | None
    rule: CandidateRule
    turns: tuple[SpokenTurn, ...]

    @property
    def words(self) -> tuple[SpokenWord, ...]:
        """All words, in order."""
        return tuple(word for turn in self.turns for word in turn.words)

    def turn_at(self, char: int) -> int:
        """Return the turn that a character stands in, from 0; a line break belongs to the turn before it.

        Raises
        ------
        IndexError
            If the text has no such character.
        """
        self._check(char)
        return bisect_right(self.turns, char, key=lambda turn: turn.start_char) - 1

    def seconds_at(self, char: int) -> float:
        """Return when a character was said; within a word, time runs evenly over its characters.

        White space has the time at which the word before it was over.

        Raises
        ------
        IndexError
            If the text has no such character.
        """
        turn = self.turns[self.turn_at(char)]
        at = bisect_right(turn.words, char, key=lambda word: word.start_char) - 1
        word, end = turn.words[at], _ends(turn)[at]
        part = (min(char, word.end_char) - word.start_char) / (word.end_char - word.start_char)
        return round(word.start + (end - word.start) * part, 3)

    def _check(self, char: int) -> None:
        if not 0 <= char < len(self.text):
            raise IndexError(f"character must be in 0..{len(self.text) - 1}, got {char}")


def _ends(turn: SpokenTurn) -> list[float]:
    """Return when each word of a turn ends; one of unknown end lasts until the next, or the turn's end."""
    nexts = [*(word.start for word in turn.words[1:]), turn.end]
    return [n if word.end is None else word.end for word, n in zip(turn.words, nexts, strict=True)]


def spoken(transcript: Transcript) -> Spoken:
    """Take the candidate's answer out of a talk.

    The candidate is the one who is named; else the only speaker; else the one with the most words, and of
    several with as many the one who begins last, since interviewers open. Everybody else is an interviewer.
    What they say between two turns of the candidate is the question of the later one, unless it is a nod
    ("mhm", "right", "I see": words of ``cues/nods.txt`` alone, without a question mark): then the two turns
    are one. The question of the answer is what is asked before the candidate first says more than a nod.

    Examples
    --------
    >>> ask = Turn(speaker="Bo", text="Were you ever late?", start=0, end=2)
    >>> tell = Turn(speaker="Ann", text="Once, and I rang the client at six.", start=3, end=6)
    >>> answer = spoken(Transcript(turns=[ask, tell]))
    >>> answer.question, answer.candidate, answer.text, answer.seconds_at(0)
    ('Were you ever late?', 'Ann', 'Once, and I rang the client at six.', 3.0)
    """
    candidate, rule = find_candidate(transcript)
    turns = tuple(_laid_out(transcript.turns, candidate))
    return Spoken(
        text="\n".join(" ".join(word.text for word in words) for words, _, _ in turns),
        question=_opening([(words, question) for words, _, question in turns]),
        candidate=candidate,
        rule=rule,
        turns=tuple(_placed(turns)),
    )


def find_candidate(transcript: Transcript) -> tuple[str | None, CandidateRule]:
    """Return who gives the answer, and the rule that says so."""
    if transcript.candidate is not None:
        return transcript.candidate, CandidateRule.NAMED
    said: Counter[str | None] = Counter()
    for turn in transcript.turns:
        said[turn.speaker] += len(turn.words)
    if len(said) < 2:
        return next(iter(said), None), CandidateRule.ONE_SPEAKER
    most = max(said.values())
    return [name for name in transcript.speakers if said[name] == most][-1], CandidateRule.MOST_WORDS


def is_nod(words: Sequence[Word]) -> bool:
    """Whether somebody only shows that they listen, or greets."""
    nods = read_cues("nods")
    return not any("?" in word.text for word in words) and all(
        part in nods for word in words for part in _parts(word.text)
    )


def _parts(text: str) -> list[str]:
    low = text.lower().replace("’", "'").strip(_STRIPPED)
    return [low] if low in read_cues("nods") else [part for part in re.split(r"[^\w']+", low) if part]


Laid = tuple[tuple[Word, ...], float, str | None]
"""The words of a turn, the second at which it ends, and what was asked before it."""


def _laid_out(turns: Sequence[Turn], candidate: str | None) -> Iterator[Laid]:
    """Yield the candidate's turns in order of time, with turns that only a nod parts made one."""
    found: list[tuple[list[Turn], str | None]] = []
    asked: list[str] = []  # since the candidate last spoke
    for turn in turns:
        if turn.speaker != candidate:
            asked += [] if is_nod(turn.words) else [turn.text]
        elif found and not asked:
            found[-1][0].append(turn)
        else:
            found.append(([turn], " ".join(asked) or None))
            asked = []
    words = iter(in_order([word for parts, _ in found for turn in parts for word in turn.words]))
    for i, (parts, question) in enumerate(found):
        following = found[i + 1][0][0].start if i + 1 < len(found) else MAX_SECONDS
        said = tuple(islice(words, sum(len(turn.words) for turn in parts)))
        end = said[-1].end
        last = max(said[-1].start, min(parts[-1].end, following)) if end is None else end
        yield said, last, question


def _opening(turns: Sequence[tuple[tuple[Word, ...], str | None]]) -> str | None:
    """Return what is asked before the candidate first says more than a nod."""
    asked = []
    for words, question in turns:
        asked += [question] if question else []
        if not is_nod(words):
            break
    return " ".join(asked) or None


def _placed(turns: Sequence[Laid]) -> Iterator[SpokenTurn]:
    """Yield turns with the places of their words in the text."""
    at = 0
    for words, end, question in turns:
        first, placed = at, []
        for word in words:
            placed.append(SpokenWord(at, at + len(word.text), word.start, word.end))
            at += len(word.text) + 1
        yield SpokenTurn(first, at - 1, words[0].start, end, tuple(placed), question)
