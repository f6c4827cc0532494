"""A file of any known kind -> transcript."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

from starl.errors import TranscriptError
from starl.transcripts.captions import parse_srt, parse_vtt
from starl.transcripts.reading import read_text
from starl.transcripts.turns import Transcript
from starl.transcripts.whisper import parse_whisper

SUFFIXES: Mapping[str, Callable[..., Transcript]] = MappingProxyType(
    {".vtt": parse_vtt, ".srt": parse_srt, ".json": parse_whisper}
)
"""Suffixes of transcripts, and what reads them."""


def read_transcript(path: str | Path, *, candidate: str | None = None) -> Transcript:
    """Read a transcript: WebVTT, SRT or JSON, as the suffix says, or the content where it says nothing.

    Parameters
    ----------
    path
        The file, in UTF-8.
    candidate
        Name of who gives the answer, in any case; None leaves it to `starl.transcripts.spoken`.

    Raises
    ------
    TranscriptError
        If the file breaks its format or has none of them, or the candidate does not speak in it.
    OSError
        If it cannot be read.
    """
    text = read_text(path)
    parse = SUFFIXES.get(Path(path).suffix.lower()) or _by_content(text)
    if parse is None:
        raise TranscriptError(f"{path}: must be WebVTT, SRT or JSON, got {text.strip()[:40]!r}")
    return parse(text, name=str(path), candidate=candidate)


def _by_content(text: str) -> Callable[..., Transcript] | None:
    start = text.lstrip()
    if start.startswith("WEBVTT"):
        return parse_vtt
    if start.startswith(("{", "[")):
        return parse_whisper
    return parse_srt if "-->" in text else None
