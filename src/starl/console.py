"""What all commands share: errors as one line, exit codes, names given by commas."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

import typer

from starl.errors import StarlError
from starl.render import visible


@contextmanager
def clear_errors() -> Iterator[None]:
    """Turn errors of the caller's making into one line on stderr and exit code 2."""
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except StarlError as error:
        fail(str(error))
    except OSError as error:
        fail(f"{error.filename or 'file'} must be readable, got {error.strerror or error}")


def fail(message: str) -> NoReturn:
    """Say what is wrong on stderr and exit with code 2."""
    say(message)
    raise typer.Exit(2) from None


def say(message: str) -> None:
    """Write a line to stderr."""
    typer.echo(f"starl: {visible(message)}", err=True)


def names(values: list[str] | None) -> list[str]:
    """Split names given by commas, or one an option, or both."""
    return [name.strip() for value in values or [] for name in value.split(",") if name.strip()]
