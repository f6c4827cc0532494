"""``starl summarize``: arguments in, a summary as text, JSON or a page out."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from starl.console import clear_errors, fail

if TYPE_CHECKING:
    from starl.summary.summing import Summary

_PAGES = (".html", ".htm")


class SummaryFormat(StrEnum):
    """How a summary is printed."""

    TEXT = "text"
    JSON = "json"


def summarize(
    outputs: Annotated[
        list[str],
        typer.Argument(
            metavar="OUT...", help="What starl score has written: files, folders, globs; - reads JSON lines."
        ),
    ],
    by: Annotated[
        str | None,
        typer.Option("--by", metavar="COLUMN", help="Column to group by; the 20 largest are shown."),
    ] = None,
    html: Annotated[
        Path | None, typer.Option("--html", metavar="FILE", help="Write a page with plots too.")
    ] = None,
    format: Annotated[SummaryFormat, typer.Option(help="Text to read, or JSON.")] = SummaryFormat.TEXT,
    profile: Annotated[
        str | None,
        typer.Option(help="Name of the limits to hold shares against; those of the rows if left out."),
    ] = None,
) -> None:
    """Print how scored answers spread, who did the deeds, and how often each finding is found.

    Exits 0, or 2 on a wrong call or a file that cannot be read or written.
    """
    if html is not None and html.suffix.lower() not in _PAGES:
        fail(f"page must end in {' or '.join(_PAGES)}, got {html}; name it so")
    with clear_errors():
        from starl.profiles import get_profile
        from starl.summary.scored import read_scored
        from starl.summary.summing import summarize as count

        limits = None if profile is None else get_profile(profile)
        summary = count(read_scored(outputs, by), by, limits)
        if html is not None:
            _write_page(summary, html)
        if format is SummaryFormat.JSON:
            typer.echo(summary.model_dump_json().encode())
        else:
            _echo_text(summary)


def _write_page(summary: Summary, path: Path) -> None:
    from starl.summary.html import to_html

    page = to_html(summary).encode()
    try:
        path.write_bytes(page)
    except OSError as error:
        fail(f"{path} must be writable, got {(error.strerror or str(error)).lower()}; choose another place")


def _echo_text(summary: Summary) -> None:
    from starl.summary.text import BARS, to_text

    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    try:
        BARS.encode(encoding)
    except UnicodeEncodeError:
        text = to_text(summary, ascii_only=True)
    else:
        text = to_text(summary)
    typer.echo(text.encode(encoding, "replace"))
