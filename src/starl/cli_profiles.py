"""``starl profiles``, and what commands share that are told what to read by: ``--config``, ``--isolated``."""

from __future__ import annotations

import json
import shutil
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from starl.config import Config, find_config, load_config
from starl.console import clear_errors, fail
from starl.profile_pages import to_text, to_toml
from starl.profiles import PROFILES

ConfigOption = Annotated[
    Path | None,
    typer.Option(
        "--config",
        metavar="FILE",
        help="TOML file to read by, instead of the nearest starl.toml or pyproject.toml.",
    ),
]
IsolatedOption = Annotated[bool, typer.Option("--isolated", help="Look for no configuration file.")]


class ProfileFormat(StrEnum):
    """How a profile is written."""

    TEXT = "text"
    JSON = "json"
    TOML = "toml"


def find(config: Path | None, isolated: bool) -> Config:
    """Return the configuration to read by: the file given, the nearest one, or none at all."""
    if config and isolated:
        fail("a configuration must be given or left out, got both --config and --isolated; give one")
    path = config or (None if isolated else find_config(Path.cwd()))
    return load_config(path) if path else Config()


def profiles(
    name: Annotated[str | None, typer.Argument(help="Name of a profile; none lists them all.")] = None,
    format: Annotated[
        ProfileFormat, typer.Option(help="A table with sources, JSON, or TOML to start your own from.")
    ] = ProfileFormat.TEXT,
    config: ConfigOption = None,
    isolated: IsolatedOption = False,
) -> None:
    """List the profiles, or print the limits of one and where each comes from."""
    with clear_errors():
        known = find(config, isolated)
        if name is None:
            _list(known, format)
            return
        profile = known.get_profile(name)
        if format is ProfileFormat.TEXT:
            width = min(max(shutil.get_terminal_size((80, 24)).columns, 60), 120)
            typer.echo(to_text(profile, width=width), nl=False)
        elif format is ProfileFormat.JSON:
            typer.echo(profile.model_dump_json(indent=2))
        else:
            own = f"my-{name}" if name in PROFILES else name
            typer.echo(to_toml(profile, own), nl=False)


def _list(config: Config, format: ProfileFormat) -> None:
    described = {p.name: p.description for p in (*PROFILES.values(), *config.profiles.values())}
    if format is ProfileFormat.TEXT:
        width = max(map(len, described))
        for name, description in described.items():
            typer.echo(f"{name:{width}}  {description}")
    elif format is ProfileFormat.JSON:
        typer.echo(json.dumps(described, indent=2, ensure_ascii=False))
    else:
        fail("a list of profiles must be text or json, got toml; name a profile")
