"""The lines of one caption -> its words, with the marks of speakers and times that stand before them."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from starl.transcripts.turns import MAX_SECONDS

CLOCK = r"(?:(\d{1,6}):)?(\d{1,2}):(\d{2})[.,](\d{1,3})"
"""Hours (may be left out), minutes, seconds and their fraction."""

_TAG = re.compile(r"</?[a-zA-Z][^<>]*>|<\d[^<>]*>|\{\\[^{}]*\}")
_VOICE = re.compile(r"<v(?:\.\S*)?\s+([^<>]+)>")
_SOUND = re.compile(r"\[[^\[\]\n]*\]|[♪♫]")
_ASIDE = re.compile(r"^[ \t]*\([^()\n]*\)[ \t]*$", re.M)
_UPPER = r"[^\W\d_a-zß-ÿ]"
_DASH = re.compile(rf"^[ \t]*(?:>>+|-(?=[ \t]*(?:{_UPPER}|\[)))[ \t]*", re.M)
_LABEL = (
    rf"{_UPPER}[\w.'’-]{{0,30}}(?: [^\Wa-zß-ÿ_][\w.'’-]{{0,30}}){{0,3}}|interviewer|interviewee|candidate"
)
_NAME = re.compile(rf"^[ \t]*(?:\[([^\[\]\n:]{{1,40}})\]|({_LABEL})):(?=\s|$)", re.M)
_PARTS = frozenset({"situation", "task", "action", "actions", "result", "results", "learning", "learnings"})
"""What a speaker may say before a colon without being called so."""


@dataclass(frozen=True, slots=True)
class Token:
    """A word of a caption, with what stands right before it.

    ``speaker`` is whom a tag or the head of the line names, ``at`` the second that a time stamp gives, and
    ``dash`` whether a dash or ">>" says that somebody else begins. ``line`` is its line in the caption.
    """

    text: str
    line: int
    speaker: str | None
    dash: bool
    at: float | None


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that is no word, before the character ``char``."""

    char: int
    speaker: str | None = None
    dash: bool = False
    at: float | None = None


def has_voice(lines: Sequence[str]) -> bool:
    """Whether a tag of a caption says who speaks."""
    return any(_VOICE.search(line) for line in lines)


def seconds(parts: Sequence[str | None]) -> float | None:
    """Return the seconds of what `CLOCK` found; None if minutes or seconds are over 59 or it is too late."""
    hours, minutes, full, fraction = (part or "0" for part in parts)
    total = int(hours) * 3600 + int(minutes) * 60 + int(full) + int(fraction.ljust(3, "0")) / 1000
    return round(total, 3) if max(int(minutes), int(full)) < 60 and total <= MAX_SECONDS else None


def tokens_of(lines: Sequence[str], *, names: bool) -> tuple[Token, ...]:
    """Take a caption apart.

    Tags, sounds in square brackets, notes of music and lines wholly in round brackets are left out.

    Parameters
    ----------
    lines
        Of the caption, as they stand in the file.
    names
        Whether "Name:" at the head of a line names the speaker; if not, it is a word.
    """
    text, marks = _untagged("\n".join(lines))
    text = _taken(_DASH, text, marks)
    if names:
        text = _taken(_NAME, text, marks)
    text = _ASIDE.sub(_blank, _SOUND.sub(_blank, text))
    marks.sort(key=lambda mark: mark.char)
    return tuple(_tokens(text, marks))


def _untagged(text: str) -> tuple[str, list[Mark]]:
    """Return the text without tags and entities, and the speakers and times that its tags give."""
    plain, marks, done = "", list[Mark](), 0
    for tag in _TAG.finditer(text):
        plain += html.unescape(text[done : tag.start()])
        at, done = len(plain), tag.end()
        voice, clock = _VOICE.fullmatch(tag[0]), re.fullmatch(f"<{CLOCK}>", tag[0], re.ASCII)
        if voice:
            marks.append(Mark(at, speaker=" ".join(html.unescape(voice[1]).split()) or None))
        elif clock:
            marks.append(Mark(at, at=seconds(clock.groups())))
    return plain + html.unescape(text[done:]), marks


def _taken(pattern: re.Pattern[str], text: str, marks: list[Mark]) -> str:
    """Blank out what names a speaker or says that another one begins, and add it to the marks."""

    def take(match: re.Match[str]) -> str:
        name = next((group for group in match.groups() if group), None)
        if name and name.lower() in _PARTS:
            return match[0]
        speaker = " ".join(name.split()) if name else None
        marks.append(Mark(match.end(), speaker=speaker, dash=name is None))
        return _blank(match)

    return pattern.sub(take, text)


def _blank(match: re.Match[str]) -> str:
    return re.sub(r"[^\n]", " ", match[0])


def _tokens(text: str, marks: Sequence[Mark]) -> Iterator[Token]:
    """Yield the words, each with the marks between the word before and itself."""
    done = line = seen = 0
    for word in re.finditer(r"\S+", text):
        line, seen = line + text.count("\n", seen, word.start()), word.start()
        last = next((i for i in range(done, len(marks)) if marks[i].char > word.start()), len(marks))
        here, done = marks[done:last], last
        yield Token(
            text=word[0],
            line=line,
            speaker=next((mark.speaker for mark in reversed(here) if mark.speaker), None),
            dash=any(mark.dash for mark in here),
            at=next((mark.at for mark in reversed(here) if mark.at is not None), None),
        )
