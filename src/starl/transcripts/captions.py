"""WebVTT and SRT files -> transcripts.

Cues are put in order of their begin. A cue that a later one of the same speaker overlaps ends where that
one begins. The words of a cue share its time by their characters, between the time stamps inside it if
there are any. Who speaks is said by ``<v Name>``, else by "Name:" at the head of a line, else by a dash or
">>", with which the speaker changes; a cue that does not say it goes on with the speaker of the cue before.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, pairwise
from pathlib import Path

from starl.errors import TranscriptError
from starl.transcripts.payloads import CLOCK, Token, has_voice, seconds, tokens_of
from starl.transcripts.reading import read_text
from starl.transcripts.turns import Said, Transcript, Word, spread, to_transcript

ROLLS_WITHIN = 0.1
"""Seconds within which a cue that repeats words must follow the one that showed them."""
ROLLS_FROM = 2, 1 / 3
"""Least number and share of cues that repeat the words before, for a file to count as rolling captions."""
MAX_SHOWN = 100
"""Words that a rolling caption shows at most."""

_TIMES = re.compile(rf"\s*{CLOCK}\s*-->\s*{CLOCK}(?:\s.*)?$", re.ASCII)
_SKIPPED = re.compile(r"(NOTE|STYLE|REGION)(\s|$)")


@dataclass(frozen=True, slots=True)
class Cue:
    """What is shown from ``start`` to ``end`` (seconds), and the line of the file that gives the times."""

    line: int
    start: float
    end: float
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """The words of one speaker in a cue, with the time of the cue."""

    start: float
    end: float
    speaker: str | None
    tokens: tuple[Token, ...]


def read_vtt(path: str | Path, *, candidate: str | None = None) -> Transcript:
    """Read a WebVTT file.

    Parameters
    ----------
    path
        The file, in UTF-8.
    candidate
        Name of who gives the answer, in any case; None leaves it to `starl.transcripts.spoken`.

    Raises
    ------
    TranscriptError
        If the file breaks the format, or the candidate does not speak in it.
    """
    return parse_vtt(read_text(path), name=str(path), candidate=candidate)


def read_srt(path: str | Path, *, candidate: str | None = None) -> Transcript:
    """Read an SRT file; parameters and errors are those of `read_vtt`."""
    return parse_srt(read_text(path), name=str(path), candidate=candidate)


def parse_vtt(text: str, *, name: str = "transcript", candidate: str | None = None) -> Transcript:
    r"""Read WebVTT from a text; ``name`` stands for the file in errors.

    Examples
    --------
    >>> talk = parse_vtt("WEBVTT\n\n00:01.000 --> 00:03.000\n<v Ann>We were late.")
    >>> talk.turns[0].speaker, talk.turns[0].text, talk.turns[0].end
    ('Ann', 'We were late.', 3.0)
    """
    return _transcript(list(vtt_cues(text, name)), name, candidate)


def parse_srt(text: str, *, name: str = "transcript", candidate: str | None = None) -> Transcript:
    """Read SRT from a text; ``name`` stands for the file in errors."""
    return _transcript(list(srt_cues(text, name)), name, candidate)


def vtt_cues(text: str, name: str) -> Iterator[Cue]:
    """Yield the cues of a WebVTT text in the order of the file; blocks of other kinds are left out."""
    lines = _lines(text)
    if not re.match(r"WEBVTT(\s|$)", lines[0]):
        raise TranscriptError(f"{name}:1: a WebVTT file must begin with WEBVTT, got {lines[0][:60]!r}")
    for filled, group in groupby(list(enumerate(lines, 1)), key=lambda numbered: numbered[1] != ""):
        block = list(group)
        if not filled or block[0][0] == 1 or _SKIPPED.match(block[0][1]):
            continue
        at = next((i for i, (_, line) in enumerate(block[:2]) if "-->" in line), None)
        if at is None:
            n, line = block[0]
            raise TranscriptError(f"{name}:{n}: a block must have times with --> in it, got {line[:60]!r}")
        n, line = block[at]
        yield _cue(name, n, line, tuple(line for _, line in block[at + 1 :]))


def srt_cues(text: str, name: str) -> Iterator[Cue]:
    """Yield the cues of an SRT text in the order of the file, without their numbers."""
    head: tuple[int, str] | None = None
    held: list[str] = []
    for n, line in enumerate(_lines(text), 1):
        if "-->" in line:
            if held and held[-1].strip().isdecimal():
                held.pop()  # the number of the cue that begins here
            if head:
                yield _cue(name, *head, tuple(held))
            head, held = (n, line), []
        elif head or line.strip().isdecimal():
            held.append(line)
        elif line.strip():
            raise TranscriptError(
                f"{name}:{n}: an SRT file must begin with the times of a cue, got {line[:60]!r}"
            )
    if head:
        yield _cue(name, *head, tuple(held))
    elif held:
        raise TranscriptError(f"{name}: an SRT file must have times with --> in it, got none")


def _lines(text: str) -> list[str]:
    return re.split(r"\r\n|\r|\n", text)


def _cue(name: str, n: int, line: str, lines: tuple[str, ...]) -> Cue:
    match = _TIMES.match(line)
    times = [seconds(match.groups()[i : i + 4]) for i in (0, 4)] if match else []
    if not times or None in times:
        raise TranscriptError(
            f"{name}:{n}: times must be as 00:01:02.500 --> 00:01:04.000, got {line.strip()[:60]!r}"
        )
    start, end = (time or 0.0 for time in times)
    if end < start:
        raise TranscriptError(f"{name}:{n}: a cue must end at {start:g} s or later, got {end:g} s")
    return Cue(n, start, end, lines)


def _transcript(cues: Sequence[Cue], name: str, candidate: str | None) -> Transcript:
    cues = sorted(cues, key=lambda cue: cue.start)
    shown = list(_voiced(cues, *_tokens(cues)))
    timed = _timed(_joined(_unrolled(shown) if _rolls(shown) else shown))
    return to_transcript(timed, name, candidate)


def _tokens(cues: Sequence[Cue]) -> tuple[list[tuple[Token, ...]], bool]:
    """Return the words of each cue, and whether tags or the heads of lines name speakers.

    The heads of lines do only if the very first word of the file stands after one.
    """
    voiced = any(has_voice(cue.lines) for cue in cues)
    tokens = [tokens_of(cue.lines, names=not voiced) for cue in cues]
    first = next((some[0] for some in tokens if some), None)
    if voiced or (first and first.speaker):
        return tokens, True
    return [tokens_of(cue.lines, names=False) for cue in cues], False


def _voiced(cues: Sequence[Cue], tokens: Sequence[tuple[Token, ...]], named: bool) -> Iterator[Shown]:
    """Yield the words of each cue by speaker; who is not named is the one who spoke before."""
    dashed = not named and any(token.dash for some in tokens for token in some)
    speaker: str | None = None
    for cue, some in zip(cues, tokens, strict=True):
        voices = []
        for token in some:
            if dashed and (token.dash or speaker is None):
                speaker = "speaker 2" if speaker == "speaker 1" else "speaker 1"
            speaker = token.speaker or speaker
            voices.append((speaker, token))
        parts = groupby(voices, key=lambda pair: pair[0])
        yield from _shared(cue, [(who, tuple(token for _, token in part)) for who, part in parts])


def _shared(cue: Cue, parts: Sequence[tuple[str | None, tuple[Token, ...]]]) -> Iterator[Shown]:
    """Share the time of a cue among its speakers, by characters or by the time stamps inside it."""
    n_chars = sum(len(token.text) for _, tokens in parts for token in tokens)
    done, start = 0, cue.start
    ends = []
    for _, tokens in parts:
        done += sum(len(token.text) for token in tokens)
        ends.append(round(cue.start + (cue.end - cue.start) * done / n_chars, 3))
    for i, (who, tokens) in enumerate(parts):
        following = parts[i + 1][1][0].at if i + 1 < len(parts) else None
        end = cue.end if i + 1 == len(parts) else following if following is not None else ends[i]
        end = min(max(end, start), cue.end)
        yield Shown(start, end, who, tokens)
        start = end


def _rolls(shown: Sequence[Shown]) -> bool:
    """Whether cues show again what the cue before them showed, as live captions do."""
    repeats = sum(_overlap(earlier, later) > 0 for earlier, later in pairwise(shown))
    least, share = ROLLS_FROM
    return repeats >= max(least, share * (len(shown) - 1))


def _overlap(earlier: Shown, later: Shown) -> int:
    """Return how many words of a cue repeat the one before: its last line at least, or none."""
    if later.speaker != earlier.speaker or later.start > earlier.end + ROLLS_WITHIN:
        return 0
    old, new = ([token.text for token in cue.tokens] for cue in (earlier, later))
    last_line = sum(token.line == earlier.tokens[-1].line for token in earlier.tokens)
    most = min(len(old), len(new), MAX_SHOWN)
    return next((k for k in range(most, last_line - 1, -1) if old[-k:] == new[:k]), 0)


def _unrolled(shown: Sequence[Shown]) -> Iterator[Shown]:
    """Leave out of each cue the words that repeat the one before."""
    yield from shown[:1]
    for earlier, later in pairwise(shown):
        fresh = later.tokens[_overlap(earlier, later) :]
        if fresh:
            yield replace(later, tokens=fresh)


def _joined(shown: Iterator[Shown] | Sequence[Shown]) -> list[Shown]:
    """Make cues of one speaker that begin at once one cue."""
    joined: list[Shown] = []
    for cue in shown:
        last = joined[-1] if joined else None
        if last and (last.start, last.speaker) == (cue.start, cue.speaker):
            joined[-1] = replace(last, end=max(last.end, cue.end), tokens=last.tokens + cue.tokens)
        else:
            joined.append(cue)
    return joined


def _timed(shown: Sequence[Shown]) -> Iterator[Said]:
    """Give each word its time; a cue ends where the speaker's next one begins, if that is earlier."""
    following: dict[str | None, float] = {}
    ends = []
    for cue in reversed(shown):
        ends.append(min(cue.end, following.get(cue.speaker, cue.end)))
        following[cue.speaker] = cue.start
    for cue, end in zip(shown, reversed(ends), strict=True):
        yield Said(cue.speaker, tuple(_spread(cue.tokens, cue.start, end)))


def _spread(tokens: Sequence[Token], start: float, end: float) -> Iterator[Word]:
    """Spread tokens over a cue, each run between two time stamps over the time between them."""
    first = 0
    marks = [i for i, token in enumerate(tokens) if token.at is not None and i]
    for last in [*marks, len(tokens)]:
        at = tokens[last].at if last < len(tokens) else end
        until = end if at is None else min(max(at, start), end)
        yield from spread(" ".join(token.text for token in tokens[first:last]), start, until)
        first, start = last, until
