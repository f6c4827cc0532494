"""What commands share that take one answer a file: how they read it, by which options, which rules count."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from starl.console import fail
from starl.report import Report
from starl.transcripts import Transcript, read_transcript
from starl.transcripts.files import SUFFIXES

STDIN = "-"

QuestionOption = Annotated[str | None, typer.Option("--question", "-q", help="The question that was asked.")]
CandidateOption = Annotated[
    str | None, typer.Option(help="Who answers in a transcript; else whoever says most.")
]
ProfileOption = Annotated[
    str | None, typer.Option(help="Name of the limits to judge by; the configuration's, else default.")
]
ModelOption = Annotated[
    str | None,
    typer.Option(help="Name or folder of the model; en_starl_md with the extra encoder, else en_starl_sm."),
]


def read_answer(name: str, candidate: str | None = None) -> str | Transcript:
    """Read an answer, as a transcript where the suffix says so.

    Parameters
    ----------
    name
        A file, or ``-`` for standard input. Text must be UTF-8; a byte order mark is dropped.
    candidate
        Who answers in a transcript.

    Raises
    ------
    typer.Exit
        With code 2 and one line on stderr, if it is no text.
    TranscriptError
        If a transcript cannot be read.
    OSError
        If a file cannot be read.
    """
    if Path(name).suffix.lower() in SUFFIXES:
        return read_transcript(name, candidate=candidate)
    return read_text(name)


def read_text(name: str) -> str:
    """Read a file or standard input as text, as `read_answer` does."""
    if name == STDIN:
        raw = typer.get_binary_stream("stdin").read()
        name = "standard input"
    elif Path(name).is_dir():
        fail(f"{name} must be a file, got a folder; give the files in it")
    else:
        raw = Path(name).read_bytes()
    if b"\0" in raw:
        fail(f"{name} must be UTF-8 text, got NUL bytes, as in a binary or UTF-16 file")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        fail(
            f"{name} must be UTF-8 text, got byte 0x{raw[error.start]:02x} at {error.start}; convert it first"
        )


def keep(report: Report, codes: set[str]) -> Report:
    """Leave out the findings of other rules."""
    findings = tuple(finding for finding in report.findings if finding.code in codes)
    return report.model_copy(update={"findings": findings})
