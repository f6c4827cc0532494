"""``starl score``: arguments in, progress and summary out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from starl.console import clear_errors, fail, names, say
from starl.files.manifest import Mode
from starl.files.sources import STDIN, Format
from starl.model import DEFAULT_MODEL

if TYPE_CHECKING:
    from rich.progress import Progress as Bar

    from starl.files.runs import Progress, Settings, Summary

STDOUT = "-"
INTERRUPTED = 130
"""Exit code after Ctrl-C, as shells have it."""


def score(
    inputs: Annotated[
        list[str],
        typer.Argument(
            metavar="INPUT...",
            help="JSON lines, CSV, Parquet or Arrow files, folders, globs; - reads standard input.",
        ),
    ],
    output: Annotated[
        str,
        typer.Option(
            "--output", "-o", help="File (.parquet, .jsonl), folder for Parquet parts, or - for JSON lines."
        ),
    ],
    text_column: Annotated[str, typer.Option(help="Column of answers.")] = "text",
    id_column: Annotated[
        list[str] | None, typer.Option(help="Column that names a row; without any, rows are numbered.")
    ] = None,
    question_column: Annotated[str | None, typer.Option(help="Column of questions.")] = None,
    keep: Annotated[
        list[str] | None, typer.Option(help="Further columns to pass on, by commas or one an option.")
    ] = None,
    input_format: Annotated[
        Format | None, typer.Option(help="Format of all inputs; by suffix if left out, - is jsonl.")
    ] = None,
    model: Annotated[str, typer.Option(help="Name or folder of the model.")] = DEFAULT_MODEL,
    profile: Annotated[str, typer.Option(help="Name of the limits to judge by.")] = "default",
    clauses: Annotated[bool, typer.Option("--clauses", help="Write the clauses of each answer too.")] = False,
    max_chars: Annotated[int, typer.Option(min=1, help="Longer answers are not read but marked.")] = 100_000,
    processes: Annotated[int, typer.Option(min=1, help="Processes to score in.")] = 1,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on where a stopped run left off; begin if there is none.")
    ] = False,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Start anew and replace the output.")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Show errors alone.")] = False,
) -> None:
    """Score files of answers of any size: one row out for each row in, in the same order.

    Rows that cannot be read (no text, too long) get a status and are counted. Exits 0 when all rows are
    written, 2 on a wrong call or a file that cannot be read or written, 130 when interrupted.
    """
    if resume and overwrite:
        fail("a run must go on or start anew, got both --resume and --overwrite; give one")
    if output == STDOUT and (resume or overwrite):
        fail("standard output must be written in one go, got --resume or --overwrite; give a file to -o")
    mode = Mode.RESUME if resume else Mode.OVERWRITE if overwrite else Mode.NEW
    with clear_errors():
        from starl.files.runs import Settings

        settings = Settings(
            text=text_column,
            ids=tuple(names(id_column)),
            question=question_column,
            keep=tuple(names(keep)),
            format=input_format,
            clauses=clauses,
            max_chars=max_chars,
        )
        try:
            summary = _score(inputs, output, settings, model, profile, mode, processes, quiet)
        except KeyboardInterrupt:
            again = "" if output == STDOUT or STDIN in inputs else "; give the same with --resume to go on"
            say(f"stopped{again}")
            raise typer.Exit(INTERRUPTED) from None
        if not quiet:
            for line in told(summary, output):
                say(line)


def _score(
    inputs: list[str],
    output: str,
    settings: Settings,
    model: str,
    profile: str,
    mode: Mode,
    n_process: int,
    quiet: bool,
) -> Summary:
    from starl.analyzer import load
    from starl.files.runs import score_files, score_stream

    analyzer = load(model, profile=profile)
    with _progress(not quiet) as progress:
        if output == STDOUT:
            stream = typer.get_binary_stream("stdout")
            return score_stream(analyzer, inputs, stream, settings, n_process=n_process, progress=progress)
        return score_files(
            analyzer, inputs, output, settings, mode=mode, n_process=n_process, progress=progress
        )


def told(summary: Summary, output: str) -> list[str]:
    """Return the lines that say what was done."""
    if not summary.is_new:
        return [f"{output} is whole already, nothing to do"]
    before = f", {summary.rows_before:,} of them before," if summary.rows_before else ""
    rows = f"{summary.rows:,} rows{before} in {_duration(summary.seconds)}, {summary.rate:,.0f} a second"
    lines = [f"{rows}: {_counts(summary.by_status)}" if summary.rows else "0 rows"]
    if summary.n_bad:
        first = ", ".join(place for place, _ in summary.bad)
        rows = "row" if summary.n_bad == 1 else "rows"
        lines.append(f"{summary.n_bad:,} {rows} not read: {_counts(summary.unread)}; first at {first}")
    return lines


def _counts(by_status: dict[str, int]) -> str:
    return ", ".join(f"{n:,} {status}" for status, n in by_status.items())


def _duration(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"


@contextmanager
def _progress(wanted: bool) -> Iterator[Progress | None]:
    """Show a bar on stderr if it is a terminal."""
    if not (wanted and typer.get_text_stream("stderr").isatty()):
        yield None
        return
    from rich.console import Console

    with make_bar(Console(stderr=True)) as bar:
        yield follow(bar)


def make_bar(console: object) -> Bar:
    """Return a bar with the share that is done, rows, rate and time left."""
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    return Progress(
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[rows]:,} rows"),
        TextColumn("{task.fields[rate]:,.0f}/s"),
        TimeRemainingColumn(),
        console=console,  # type: ignore[arg-type]  # rich is imported only when there is something to show
        transient=True,
    )


def follow(bar: Bar) -> Progress:
    """Return a function that moves a bar on; rows of an earlier call do not count for the rate."""
    task = None
    first_rows = 0

    def show(rows: int, share: float | None) -> None:
        nonlocal task, first_rows
        if task is None:
            first_rows = rows
            task = bar.add_task("", total=None if share is None else 1.0, rows=rows, rate=0.0)
        seconds = bar.tasks[0].elapsed or 0
        rate = (rows - first_rows) / seconds if seconds else 0.0
        bar.update(task, completed=share or 0, rows=rows, rate=rate)

    return show
