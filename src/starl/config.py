"""Configuration: which profile, rules and framework to read by, from a TOML file.

::

    # starl.toml, or the same under [tool.starl] in pyproject.toml
    profile = "panel"
    framework = "CARL"
    ignore = ["no-learning"]

    [profiles.panel]
    extends = "senior"
    setting_note = 0.45
    bands.action = [0.45, 0.65]
    sources.setting_note = "our own interviewers, 2024"

    [frameworks.GROW]
    parts = [
        { letter = "G", name = "goal", roles = ["task"] },
        { letter = "R", name = "reality", roles = ["situation"] },
        { letter = "W", name = "way", roles = ["action", "result"] },
    ]
"""

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Self

from pydantic import Field, ValidationError, field_validator, model_validator

from starl.errors import ConfigError, FrameworkError, ProfileError, did_you_mean
from starl.findings import select_rules
from starl.frameworks import FRAMEWORKS, Framework, Part, get_framework
from starl.profiles import PROFILES, Profile, merge_fields
from starl.report import Frozen
from starl.roles import STORY_ROLES

OWN_FILE = "starl.toml"
PROJECT_FILE = "pyproject.toml"

_KNOWN_PROFILE_KEYS = ("extends", *(key for key in Profile.model_fields if key != "name"))
_RULES: Mapping[str, str] = {
    "greater_than_equal": "must be at least {ge:g}",
    "less_than_equal": "must be at most {le:g}",
    "too_short": "must hold at least {min_length}",
    "too_long": "must hold at most {max_length}",
    "string_too_short": "must not be empty",
    "string_too_long": "must have at most {max_length} characters",
    "string_pattern_mismatch": "must match {pattern}",
    "enum": "must be one of {expected}",
    "string_type": "must be text",
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "tuple_type": "must be a list",
    "dict_type": "must be a table",
    "mapping_type": "must be a table",
    "model_type": "must be a table",
}
"""How the commonest faults are worded."""


_CHOOSES: Mapping[type[Exception], str] = {ProfileError: "profile", FrameworkError: "framework"}
"""Key that names what was not found."""


class Config(Frozen):
    """What to read by. All fields have a default, so an empty file is a configuration."""

    profile: str = Field(default="default", description="Name of the profile: built in, or one of profiles.")
    profiles: Mapping[str, Profile] = Field(default={}, description="Profiles of your own, by name.")
    select: tuple[str, ...] = Field(default=(), description="Rules to show; all if empty.")
    ignore: tuple[str, ...] = Field(default=(), description="Rules to leave out; wins over select.")
    framework: str | None = Field(
        default=None, description="Name of the framework: built in, or one of frameworks."
    )
    frameworks: Mapping[str, Framework] = Field(default={}, description="Frameworks of your own, by name.")

    @field_validator("select", "ignore")
    @classmethod
    def _check_rules(cls, rules: tuple[str, ...]) -> tuple[str, ...]:
        select_rules(rules)
        return rules

    @model_validator(mode="after")
    def _check_names(self) -> Self:
        self.get_profile()
        self.get_framework()
        return self

    def get_profile(self, name: str | None = None) -> Profile:
        """Return the profile of that name, or the one that the configuration chooses.

        Raises
        ------
        ProfileError
            If there is none.
        """
        name = name or self.profile
        found = self.profiles.get(name) or PROFILES.get(name)
        if found is None:
            known = (*PROFILES, *self.profiles)
            raise ProfileError(
                f"unknown profile {name!r}, expected one of {', '.join(known)}{did_you_mean(name, known)}"
            )
        return found

    def get_framework(self, name: str | None = None) -> Framework | None:
        """Return the framework of that name, or the one that the configuration chooses; None if it does not.

        Raises
        ------
        FrameworkError
            If there is none of that name.
        """
        name = name or self.framework
        return get_framework(name, self.frameworks) if name else None


def find_config(start: Path) -> Path | None:
    """Return the nearest configuration file in a folder and those above it, or None.

    In one folder ``starl.toml`` comes before ``pyproject.toml``, which counts only if it has a table
    ``[tool.starl]``.

    Parameters
    ----------
    start
        A folder, or a file in it.

    Raises
    ------
    ConfigError
        If a ``pyproject.toml`` on the way is no TOML.
    """
    start = start.resolve()
    for folder in (start, *start.parents):
        if (folder / OWN_FILE).is_file():
            return folder / OWN_FILE
        project = folder / PROJECT_FILE
        if project.is_file() and "starl" in _tools(_read(project)):
            return project
    return None


def load_config(path: Path) -> Config:
    """Read and check a configuration file.

    Parameters
    ----------
    path
        A TOML file; of a ``pyproject.toml`` the table ``[tool.starl]`` is read.

    Raises
    ------
    ConfigError
        If it is no TOML, or holds a key or value that it must not; the message is one line.
    OSError
        If it cannot be read.

    Examples
    --------
    >>> load_config(Path("starl.toml")).get_profile().setting_note  # doctest: +SKIP
    0.45
    """
    raw, table = _read(path), ""
    if path.name == PROJECT_FILE:
        own, table = _tools(raw).get("starl"), "tool.starl: "
        if not isinstance(own, dict):
            raise ConfigError(f"{path} must hold a table [tool.starl], got none")
        raw = own
    try:
        return make_config(raw)
    except ConfigError as error:
        raise ConfigError(f"{path}: {table}{error}") from None


def make_config(raw: Mapping[str, Any]) -> Config:
    """Check a configuration that is plain data, as a TOML file holds it.

    Profiles are laid over those they extend, and take their names from their keys.

    Raises
    ------
    ConfigError
        If there is a key or value that must not be.

    Examples
    --------
    >>> make_config({"profiles": {"mine": {"extends": "short", "long_note": 180}}}).profiles["mine"].long_note
    180
    """
    whole = dict(raw)
    for key, named in (("profiles", _expanded), ("frameworks", _named)):
        if isinstance(raw.get(key), dict):
            whole[key] = dict(named(raw[key]))
    try:
        return Config.model_validate_json(json.dumps(whole, default=str), strict=True)
    except ValidationError as error:
        raise ConfigError(_line(error)) from None


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path} must be UTF-8 text, got {error.reason} at byte {error.start}") from None
    except tomllib.TOMLDecodeError as error:
        reason = str(error)
        raise ConfigError(f"{path} must be TOML, got {reason[:1].lower()}{reason[1:]}") from None


def _tools(project: Mapping[str, Any]) -> Mapping[str, Any]:
    tools = project.get("tool")
    return tools if isinstance(tools, dict) else {}


def _expanded(profiles: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield the profiles by name, each laid over the one it extends."""
    for name, fields in profiles.items():
        where = f"profiles.{toml_key(name)}"
        if name in PROFILES:
            raise ConfigError(f"{where} must have a name of its own, got that of a built-in profile")
        if isinstance(fields, dict):
            _check_keys(where, fields)
            yield name, {**_laid(name, profiles, ()), "name": name}
        else:
            yield name, fields


def _check_keys(where: str, fields: Mapping[str, Any]) -> None:
    for key in fields:
        if key not in _KNOWN_PROFILE_KEYS:
            raise ConfigError(_unknown(f"{where}.{key}", key, _KNOWN_PROFILE_KEYS))


def _laid(name: str, profiles: Mapping[str, Any], below: tuple[str, ...]) -> dict[str, Any]:
    """Return the fields of a profile over those of its parent, which may extend another in turn."""
    if name in PROFILES:
        return PROFILES[name].model_dump(mode="json")
    where = f"profiles.{toml_key(below[-1])}.extends" if below else f"profiles.{toml_key(name)}"
    known = (*PROFILES, *profiles)
    if name in below:
        chain = " -> ".join((*below[below.index(name) :], name))
        raise ConfigError(f"{where} must not lead back to itself, got {chain}")
    if name in profiles and not isinstance(profiles[name], dict):
        raise ConfigError(f"profiles.{toml_key(name)} must be a table, got {_shown(profiles[name])}")
    if name not in profiles:
        raise ConfigError(
            f"{where} must be one of {', '.join(known)}, got {name!r}{did_you_mean(name, known)}"
        )
    fields = {"description": f"Limits of {name}.", **profiles[name]}
    parent = fields.pop("extends", "default")
    if not isinstance(parent, str):
        raise ConfigError(
            f"profiles.{toml_key(name)}.extends must be the name of a profile, got {_shown(parent)}"
        )
    return merge_fields(_laid(parent, profiles, (*below, name)), fields)


def _named(frameworks: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield the frameworks by name, each with its name in it."""
    for name, fields in frameworks.items():
        if name.upper() in FRAMEWORKS:
            raise ConfigError(
                f"frameworks.{toml_key(name)} must have a name of its own, got that of a built-in framework"
            )
        if not isinstance(fields, dict):
            yield name, fields
        elif "name" in fields:
            raise ConfigError(
                f"frameworks.{toml_key(name)}.name must be left out, got {_shown(fields['name'])}"
            )
        else:
            yield name, {**fields, "name": name}


def _line(error: ValidationError) -> str:
    """Say the first fault as one line: key, rule, value met; an unknown key comes before all others."""
    faults = error.errors(include_url=False)
    fault = min(faults, key=lambda fault: fault["type"] != "extra_forbidden")
    kind, keys = fault["type"], fault["loc"]
    where = _path(keys)
    if kind == "extra_forbidden":
        return _unknown(where, str(keys[-1]), _known(keys))
    if keys and keys[-1] == "[key]":
        return _unknown(_path(keys[:-1]), str(keys[-2]), tuple(STORY_ROLES))
    if kind == "missing":
        return f"{where} must be given, got nothing"
    if kind == "value_error":
        reason = fault["ctx"]["error"]
        return f"{where or _CHOOSES[type(reason)]}: {reason}"
    rule = _RULES.get(kind, fault["msg"].replace("Input should", "must")).format(**fault.get("ctx", {}))
    return f"{where} {rule}, got {_shown(fault['input'])}"


def _shown(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else repr(value)


def _path(keys: tuple[int | str, ...]) -> str:
    """Return the path of a key as TOML writes it; a place in a list counts from 0."""
    told = "".join(f"[{key}]" if isinstance(key, int) else f".{toml_key(key)}" for key in keys)
    return told.removeprefix(".")


def toml_key(key: str) -> str:
    """Return a key as TOML writes it: bare if it can be."""
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else json.dumps(key, ensure_ascii=False)


def _known(keys: tuple[int | str, ...]) -> tuple[str, ...]:
    """Return the keys that may stand where one stands."""
    if len(keys) == 1:
        return tuple(Config.model_fields)
    return ("parts",) if len(keys) == 3 else tuple(Part.model_fields)


def _unknown(where: str, key: str, known: tuple[str, ...]) -> str:
    return f"unknown key {where}, expected one of {', '.join(known)}{did_you_mean(key, known)}"
