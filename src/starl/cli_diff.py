"""``starl diff``: two drafts in, what changed out."""

from __future__ import annotations

import json
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from pydantic import ValidationError

from starl.cli_answers import (
    STDIN,
    CandidateOption,
    ModelOption,
    ProfileOption,
    QuestionOption,
    keep,
    read_answer,
    read_text,
)
from starl.cli_profiles import ConfigOption, IsolatedOption, find
from starl.comparing import compare as compare_reports
from starl.comparing import comparison_text
from starl.console import clear_errors, fail
from starl.findings import select_rules
from starl.report import Report

if TYPE_CHECKING:
    from starl.profiles import Profile
    from starl.transcripts import Transcript


class DiffFormat(StrEnum):
    """How a comparison is written."""

    TEXT = "text"
    JSON = "json"


def diff(
    old: Annotated[str, typer.Argument(metavar="OLD", help="The old draft, or a saved report of it.")],
    new: Annotated[str, typer.Argument(metavar="NEW", help="The new draft, or a saved report; - reads it.")],
    question: QuestionOption = None,
    candidate: CandidateOption = None,
    profile: ProfileOption = None,
    model: ModelOption = None,
    format: Annotated[DiffFormat, typer.Option(help="Text to read, or JSON.")] = DiffFormat.TEXT,
    exit_zero: Annotated[
        bool, typer.Option("--exit-zero", help="Exit 0 even if something is worse.")
    ] = False,
    config: ConfigOption = None,
    isolated: IsolatedOption = False,
) -> None:
    """Say what changed from one draft to the next: parts, deeds, findings mended and new.

    Exits 1 if a note or a warning is new or got worse, or only the new draft cannot be judged, 2 on a wrong
    call or an unreadable file, 0 otherwise.
    """
    with clear_errors():
        if old == new == STDIN:
            fail("drafts must be two, got standard input for both; give a file for one of them")
        known = find(config, isolated)
        shown = {rule.code for rule in select_rules(known.select, known.ignore)}
        limits = known.get_profile(profile)
        drafts = [_draft(name, candidate) for name in (old, new)]
        reports = _reports(drafts, question, limits, model)
        comparison = compare_reports(*(keep(report, shown) for report in reports))
        if format is DiffFormat.JSON:
            typer.echo(comparison.model_dump_json().encode())
        else:
            encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
            typer.echo(comparison_text(comparison).encode(encoding, "replace"), nl=False)
    raise typer.Exit(1 if comparison.is_worse and not exit_zero else 0)


def _draft(name: str, candidate: str | None) -> str | Transcript | Report:
    """Read a draft: an answer, a transcript, or a report that was saved as JSON."""
    if Path(name).suffix.lower() == ".json":
        text = read_text(name)
        if _is_report(text):
            try:
                return Report.model_validate_json(text)
            except ValidationError as error:
                fault = error.errors(include_url=False)[0]
                where = ".".join(map(str, fault["loc"]))
                fail(f"{name} must be a report of this version, got {where}: {fault['msg'].lower()}")
    return read_answer(name, candidate)


def _is_report(text: str) -> bool:
    try:
        held = json.loads(text)
    except (ValueError, RecursionError):
        return False
    return isinstance(held, dict) and "schema_version" in held


def _reports(
    drafts: list[str | Transcript | Report], question: str | None, profile: Profile, model: str | None
) -> list[Report]:
    """Read the drafts that are no reports yet; the model is loaded only if there is one."""
    if all(isinstance(draft, Report) for draft in drafts):
        return [draft for draft in drafts if isinstance(draft, Report)]
    from starl.analyzer import load
    from starl.model import best_model

    analyzer = load(model or best_model(), profile=profile)
    return [
        draft if isinstance(draft, Report) else analyzer.analyze(draft, question=question) for draft in drafts
    ]
