"""``starl explain``: the page of a rule, or why a clause got its role and a rule found something."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from starl.cli_answers import CandidateOption, ModelOption, ProfileOption, QuestionOption, read_answer
from starl.cli_profiles import ConfigOption, IsolatedOption, find
from starl.console import clear_errors, fail
from starl.explanation_text import to_text
from starl.findings import get_rule, page
from starl.render import visible
from starl.transcripts import Transcript, spoken


class ExplainFormat(StrEnum):
    """How an explanation is written."""

    TEXT = "text"
    JSON = "json"


def explain(
    name: Annotated[
        str,
        typer.Argument(
            help="Code or name of a rule; with --clause, --at or --finding a file with an answer, or - for "
            "standard input."
        ),
    ],
    clause: Annotated[
        int | None, typer.Option(help="Explain the role of this clause, counted from 0; -1 is the last.")
    ] = None,
    at: Annotated[
        int | None, typer.Option(help="Explain the role of the clause at this character, counted from 0.")
    ] = None,
    finding: Annotated[
        str | None, typer.Option(help="Explain what this rule measured: its code or name.")
    ] = None,
    question: QuestionOption = None,
    candidate: CandidateOption = None,
    profile: ProfileOption = None,
    model: ModelOption = None,
    format: Annotated[ExplainFormat, typer.Option(help="Text to read, or JSON.")] = ExplainFormat.TEXT,
    config: ConfigOption = None,
    isolated: IsolatedOption = False,
) -> None:
    """Print the page of a rule, or say why a clause got its role or a rule found something.

    The page says what the rule finds, why it matters, an example, its source.
    """
    with clear_errors():
        wanted = [what for what in (clause, at, finding) if what is not None]
        if not wanted:
            typer.echo(page(get_rule(name)))
            return
        if len(wanted) > 1:
            fail(f"one thing must be explained, got {len(wanted)}; give one of --clause, --at and --finding")
        limits = find(config, isolated).get_profile(profile)
        answer = read_answer(name, candidate)
        if isinstance(answer, Transcript):
            told = spoken(answer)
            answer, question = told.text, told.question if question is None else question
        from starl.analyzer import load
        from starl.explaining import explain as explain_answer
        from starl.model import best_model

        what = clause if clause is not None else finding
        analyzer = load(model or best_model(), profile=limits)
        explanation = explain_answer(analyzer, answer, what, at=at, question=question)
        if format is ExplainFormat.JSON:
            typer.echo(explanation.model_dump_json().encode())
        else:
            typer.echo("\n".join(map(_line, to_text(explanation).splitlines())).encode())


def _line(line: str) -> str:
    """Return a line that is safe on a terminal, with its indent."""
    indent = len(line) - len(line.lstrip(" "))
    return " " * indent + visible(line)
