"""A config file -> a trained model folder, by the training that its design asks for."""

from __future__ import annotations

import tomllib
from pathlib import Path

from pydantic import ValidationError

from starl.errors import ModelError

NEEDED = ("scipy", "torch", "onnx", "safetensors")
"""Packages that only training needs."""


def train(path: Path) -> Path:
    """Train the model of a config file, and save it beside the file.

    Parameters
    ----------
    path
        A TOML file; ``design = "encoder"`` asks for `starl.encoder_training`, else `starl.training` is meant.

    Returns
    -------
    Path
        The model folder.

    Raises
    ------
    ModelError
        If the config breaks a rule, or a package is missing.
    """
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise ModelError(f"{path.name} must be TOML: {error}") from error
    encoder = raw.get("design") == "encoder"
    try:
        if encoder:
            from starl.encoder_training import EncoderConfig, train_encoder

            return train_encoder(path, EncoderConfig.model_validate(raw))
        from starl.training import Config, train_linear

        return train_linear(path, Config.model_validate(raw))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise ModelError(f"{path.name}: {where}: {first['msg']}, got {first.get('input')!r}") from error
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        if package not in NEEDED:
            raise
        extra = "train-encoder" if encoder else "train"
        raise ModelError(
            f"training {path.stem} needs {package}, which is not installed; pip install 'starl[{extra}]'"
        ) from error
