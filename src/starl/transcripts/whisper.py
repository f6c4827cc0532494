"""The JSON of Whisper and its kin -> transcripts.

Known are the shapes of openai-whisper and faster-whisper (``segments``, with or without ``words``), of
WhisperX (``speaker`` on segments or words, words without times), of whisper.cpp (``transcription``, with or
without ``tokens``), of the OpenAI API (``words`` beside ``segments``), and a bare list of segments.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path

from pydantic import ValidationError

from starl.errors import TranscriptError
from starl.transcripts.reading import read_text
from starl.transcripts.turns import (
    MAX_SECONDS,
    Said,
    Transcript,
    Word,
    explained,
    spread,
    to_transcript,
)

Json = Mapping[str, object]

_SPECIAL = re.compile(r"\s*(\[_[^\]]*\]|<\|[^|]*\|>)\s*")
_SOUND = re.compile(r"\[[^\[\]\n]*\]|[♪♫]")


@dataclass(frozen=True, slots=True)
class Heard:
    """A word as the file gives it; times may be missing."""

    text: str
    start: float | None
    end: float | None
    speaker: str | None


def read_whisper(path: str | Path, *, candidate: str | None = None) -> Transcript:
    """Read a JSON file of Whisper or its kin.

    Words without times of their own share the time between their neighbours by their characters, and those
    of a segment without words the time of the segment. A segment without a speaker goes on with the speaker
    of the one before.

    Parameters
    ----------
    path
        The file, in UTF-8.
    candidate
        Name of who gives the answer, in any case; None leaves it to `starl.transcripts.spoken`.

    Raises
    ------
    TranscriptError
        If the file is no such JSON, or the candidate does not speak in it.
    """
    return parse_whisper(read_text(path), name=str(path), candidate=candidate)


def parse_whisper(text: str, *, name: str = "transcript", candidate: str | None = None) -> Transcript:
    """Read JSON of Whisper or its kin from a text; ``name`` stands for the file in errors.

    Examples
    --------
    >>> talk = parse_whisper('{"segments": [{"start": 0, "end": 3, "text": " We rang"}]}')
    >>> [(word.text, word.end) for word in talk.turns[0].words]
    [('We', 1.0), ('rang', 3.0)]
    """
    try:
        data = json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        raise TranscriptError(f"{name}: must be JSON, got {text[:40]!r}: {error}") from error
    said: list[Said] = []
    for i, segment in enumerate(_segments(data, name)):
        before, where = said[-1].speaker if said else None, f"{name}: segment {i}"
        try:
            said += _said(segment, where, before)
        except ValidationError as error:
            raise TranscriptError(f"{where}: {explained(error)}") from error
    return to_transcript(said, name, candidate)


def _segments(data: object, name: str) -> list[Json]:
    """Return the segments of any known shape, words of the whole as one segment."""
    if isinstance(data, Mapping):
        found = data.get("segments", data.get("transcription"))
        words = data.get("words", data.get("word_segments"))
        if isinstance(words, list) and words and _is_bare(found):
            text = "".join(str(part.get("text", "")) for part in found or []) or data.get("text")
            return [{"words": words, "text": text}]
    else:
        found = data
        if (
            isinstance(data, list)
            and data
            and all(isinstance(item, Mapping) and "word" in item for item in data)
        ):
            return [{"words": data}]
    if not isinstance(found, list) or not all(isinstance(item, Mapping) for item in found):
        keys = sorted(data)[:6] if isinstance(data, Mapping) else type(data).__name__
        raise TranscriptError(f"{name}: must have a list of segments, transcription or words, got {keys}")
    return found


def _is_bare(segments: object) -> bool:
    """Whether segments are missing, or have neither words nor speakers of their own."""
    return not segments or (
        isinstance(segments, list)
        and all(isinstance(s, Mapping) and not s.get("words") and not s.get("speaker") for s in segments)
    )


def _said(segment: Json, where: str, before: str | None) -> Iterator[Said]:
    """Yield what was said in a segment, by speaker."""
    text = _SOUND.sub(" ", str(segment.get("text") or ""))
    speaker = _speaker(segment) or before
    heard = list(_heard(segment, where))
    if text.split() and len(text.split()) == len(heard):  # its text has the marks that words may lack
        heard = [replace(word, text=part) for word, part in zip(heard, text.split(), strict=True)]
    if heard:
        start, end = (_time(segment, key, where, needed=False) for key in ("start", "end"))
        yield from _by_speaker(_filled(heard, start, end, where), heard, speaker)
    elif text.split():
        start, end = (_time(segment, key, where, needed=True) or 0.0 for key in ("start", "end"))
        if end < start:
            raise TranscriptError(f"{where}: must end at {start:g} s or later, got {end:g}")
        yield Said(speaker, spread(text, start, end))


def _speaker(item: Json) -> str | None:
    speaker = item.get("speaker")
    return " ".join(str(speaker).split()) or None if isinstance(speaker, (str, int)) else None


def _by_speaker(words: Sequence[Word], heard: Sequence[Heard], speaker: str | None) -> Iterator[Said]:
    """Yield runs of words of one speaker; a word that names none goes on with the one before."""
    voices = []
    for word, raw in zip(words, heard, strict=True):
        speaker = raw.speaker or speaker
        voices.append((speaker, word))
    for who, run in groupby(voices, key=lambda pair: pair[0]):
        yield Said(who, tuple(word for _, word in run))


def _heard(segment: Json, where: str) -> Iterator[Heard]:
    """Yield the words of a segment, parts of words put together.

    Where some of them begin with a space, the others go on with the word before, as tokens do.
    """
    items = segment.get("words") or segment.get("tokens") or []
    if not isinstance(items, list):
        raise TranscriptError(f"{where}: words must be a list, got {items!r}")
    parts = [_part(item, f"{where}, word {i}") for i, item in enumerate(items) if isinstance(item, Mapping)]
    parts = [part for part in parts if not _SPECIAL.fullmatch(part.text)]
    spaced = any(part.text[:1].isspace() for part in parts)
    joined: list[Heard] = []
    for part in parts:
        if spaced and joined and not part.text[:1].isspace():
            last = joined[-1]
            joined[-1] = replace(
                last, text=last.text + part.text, end=part.end if part.end is not None else last.end
            )
        else:
            joined.append(part)
    for word in joined:
        yield from _single(replace(word, text=_SOUND.sub(" ", word.text)))


def _part(item: Json, where: str) -> Heard:
    text = str(item.get("word", item.get("text")) or "")
    start, end = (_time(item, key, where, needed=False) for key in ("start", "end"))
    if start is not None and end is not None:
        end = max(start, end)  # aligners slip by some milliseconds
    return Heard(text, start, end, _speaker(item))


def _time(item: Json, key: str, where: str, *, needed: bool) -> float | None:
    """Return the start or end of a segment or word in seconds; whisper.cpp gives milliseconds.

    Raises
    ------
    TranscriptError
        If it is no number of seconds, or is needed and missing.
    """
    value, unit, offsets = item.get(key), 1, item.get("offsets")
    if value is None and isinstance(offsets, Mapping):
        value, unit = offsets.get("from" if key == "start" else "to"), 1000
    if value is None and not needed:
        return None
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not is_number or not 0 <= value / unit <= MAX_SECONDS:  # type: ignore[operator]  # a number by now
        raise TranscriptError(f"{where}: {key} must be seconds in 0..{MAX_SECONDS:g}, got {value!r}")
    return round(value / unit, 3)  # type: ignore[operator]  # as above


def _single(word: Heard) -> Iterator[Heard]:
    """Yield the words of an item that holds several, one or none, sharing its time by their characters."""
    texts = word.text.split()
    if len(texts) < 2 or word.start is None or word.end is None:
        yield from (replace(word, text=text) for text in texts)
    else:
        parts = spread(word.text, word.start, word.end)
        yield from (Heard(part.text, part.start, part.end, word.speaker) for part in parts)


def _filled(heard: Sequence[Heard], start: float | None, end: float | None, where: str) -> list[Word]:
    """Return words that all begin somewhere: those without a time share the one between their neighbours.

    Raises
    ------
    TranscriptError
        If there is no time to share.
    """
    words: list[Word] = []
    for known, run in groupby(heard, key=lambda word: word.start is not None):
        some = list(run)
        if known:
            words += [Word(text=word.text, start=word.start or 0.0, end=word.end) for word in some]
            continue
        following = heard[len(words) + len(some)].start if len(words) + len(some) < len(heard) else end
        since = (words[-1].start if words[-1].end is None else words[-1].end) if words else start
        since = following if since is None else since
        if since is None:
            raise TranscriptError(f"{where}: words or their segment must have a start, got none")
        words += spread(" ".join(word.text for word in some), since, max(since, following or since))
    return words
