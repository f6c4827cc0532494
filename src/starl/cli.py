"""The command line: arguments in, rendering out, no logic.

Exit codes are a linter's: 0 nothing to mend, 1 something to mend, 2 a wrong call or a file that cannot be
read. Errors are one line on stderr.
"""

import json
import os
import shutil
import sys
from collections.abc import Iterable
from enum import StrEnum
from importlib import metadata
from pathlib import Path
from typing import Annotated

import typer

from starl.cli_answers import (
    STDIN,
    CandidateOption,
    ModelOption,
    ProfileOption,
    QuestionOption,
    keep,
    read_answer,
)
from starl.cli_diff import diff
from starl.cli_explain import explain
from starl.cli_profiles import ConfigOption, IsolatedOption, find, profiles
from starl.cli_score import score
from starl.cli_summarize import summarize
from starl.console import clear_errors, fail, names
from starl.corpus import check, read_corpus, stats, stats_markdown, stats_text, update_card
from starl.delivery import lines_of
from starl.findings import RULES, select_rules
from starl.frameworks import Framework
from starl.grading import grade as grade_of
from starl.grading import lines_of as score_lines
from starl.profiles import Profile
from starl.render import to_text, visible
from starl.report import Report
from starl.roles import Severity, Status

CORPUS = Path("models/corpus")

app = typer.Typer(
    help="Read a behavioural-interview answer and say, with evidence, how it is built.",
    add_completion=False,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
corpus_app = typer.Typer(help="Check and count annotated answers.", no_args_is_help=True)
app.add_typer(corpus_app, name="corpus")


class Format(StrEnum):
    """How reports are written."""

    TEXT = "text"
    JSON = "json"


class StatsFormat(StrEnum):
    """How counts are written."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"starl {metadata.version('starl')}")
        raise typer.Exit


@app.callback()
def main(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit."),
    ] = False,
) -> None:
    """Read a behavioural-interview answer and say, with evidence, how it is built."""


@app.command()
def analyze(
    files: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[FILE...]",
            help="Answers, one a file; .vtt, .srt and .json are transcripts; - or none reads standard input.",
        ),
    ] = None,
    question: QuestionOption = None,
    candidate: CandidateOption = None,
    profile: ProfileOption = None,
    framework: Annotated[
        str | None,
        typer.Option(help="Parts to show: STARL, STAR, STARR, CAR, CARL, PAR, SOAR, SBI or your own."),
    ] = None,
    model: ModelOption = None,
    format: Annotated[Format, typer.Option(help="Text to read, or JSON, one report a line.")] = Format.TEXT,
    grade: Annotated[bool, typer.Option("--grade", help="Add scores, each a sum of items.")] = False,
    select: Annotated[
        list[str] | None, typer.Option(help="Show only these rules: codes, names or prefixes, by commas.")
    ] = None,
    ignore: Annotated[list[str] | None, typer.Option(help="Leave these rules out, after --select.")] = None,
    exit_zero: Annotated[
        bool, typer.Option("--exit-zero", help="Exit 0 even with something to mend.")
    ] = False,
    config: ConfigOption = None,
    isolated: IsolatedOption = False,
) -> None:
    """Report how answers are built and what to mend.

    Exits 1 if an answer has a note or a warning or cannot be judged, 2 on a wrong call or an unreadable
    file, 0 otherwise.
    """
    with clear_errors():
        known = find(config, isolated)
        limits, parts = known.get_profile(profile), known.get_framework(framework)
        rules = select_rules(names(select) or known.select, names(ignore) or known.ignore)
        shown = {rule.code for rule in rules}
        answers = [(name, read_answer(name, candidate)) for name in files or [STDIN]]
        from starl.analyzer import load
        from starl.model import best_model

        analyzer = load(model or best_model(), profile=limits)
        clean = True
        for name, text in answers:
            report = keep(analyzer.analyze(text, question=question), shown)
            clean = clean and not _to_mend(report)
            if format is Format.JSON:
                typer.echo((_graded_json(report, limits) if grade else report.model_dump_json()).encode())
            else:
                _echo_text(report, limits, parts, name if len(answers) > 1 else None, grade=grade)
    raise typer.Exit(0 if clean or exit_zero else 1)


app.command()(diff)
app.command()(score)
app.command()(summarize)
app.command()(profiles)
app.command()(explain)


@app.command()
def rules() -> None:
    """List the rules."""
    with clear_errors():
        width = max(len(rule.name) for rule in RULES)
        for rule in RULES:
            typer.echo(f"{rule.code}  {rule.name:{width}}  {rule.finds}")


@app.command()
def schema() -> None:
    """Print the JSON Schema of a report."""
    with clear_errors():
        typer.echo(json.dumps(Report.model_json_schema(), indent=2))


@app.command()
def train(config: Annotated[Path, typer.Argument(help="Config file of the model.")]) -> None:
    """Train a model from annotated answers, as its config file says."""
    with clear_errors():
        _need([config])
        from starl.recipes import train as fit

        fit(config)


@corpus_app.command("check")
def corpus_check(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH...", help="Files or folders.")],
) -> None:
    """Print every fault of annotated files as file:line: what, rule, value met; exit 1 if there is one."""
    with clear_errors():
        _need(paths)
        faults = 0
        for fault in check(paths):
            typer.echo(fault)
            faults += 1
        if not faults:
            typer.echo(f"{len(read_corpus(paths))} answers, no faults", err=True)
    raise typer.Exit(1 if faults else 0)


@corpus_app.command("stats")
def corpus_stats(
    paths: Annotated[
        list[Path] | None, typer.Argument(metavar="[PATH...]", help=f"Files or folders; {CORPUS} if none.")
    ] = None,
    format: Annotated[StatsFormat, typer.Option(help="Text, JSON or Markdown tables.")] = StatsFormat.TEXT,
    update: Annotated[
        Path | None, typer.Option(help="Write the tables into this dataset card instead of printing them.")
    ] = None,
) -> None:
    """Count annotated answers by role, agent, style, type, trait and file."""
    with clear_errors():
        paths = paths or [CORPUS]
        _need(paths)
        counts = stats(read_corpus(paths))
        if update:
            update_card(update, counts)
        elif format is StatsFormat.JSON:
            typer.echo(json.dumps(counts.as_dict()))
        else:
            typer.echo(stats_text(counts) if format is StatsFormat.TEXT else stats_markdown(counts))


def _need(paths: Iterable[Path]) -> None:
    for path in paths:
        if not path.exists():
            fail(f"{path} must be a file or folder, got nothing there")


def _to_mend(report: Report) -> bool:
    refused = report.status is not Status.OK
    return refused or any(finding.severity is not Severity.INFO for finding in report.findings)


def _is_terminal() -> bool:
    return sys.stdout.isatty()


def _graded_json(report: Report, profile: Profile) -> str:
    """Return a report and its grade, null if it has none, as one line."""
    made = grade_of(report, profile)
    told = made.model_dump_json() if made else "null"
    return f'{{"report":{report.model_dump_json()},"grade":{told}}}'


def _echo_text(
    report: Report, profile: Profile, framework: Framework | None, name: str | None, *, grade: bool = False
) -> None:
    color = _is_terminal() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    width = min(max(shutil.get_terminal_size((80, 24)).columns, 60), 120)
    head = f"== {visible(name)} ==\n" if name else ""
    text = head + to_text(report, profile, framework=framework, width=width, color=color)
    if report.delivery:
        text += "".join(f"{visible(line)}\n" for line in ["", "How it was told", *lines_of(report.delivery)])
    made = grade_of(report, profile) if grade else None
    if made:
        text += "".join(f"{line}\n" for line in ["", "Scores", *score_lines(made)])
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    typer.echo(text.encode(encoding, "replace"), color=color)
