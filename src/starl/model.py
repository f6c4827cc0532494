"""A model folder, loaded and saved, with its checks.

``meta.json`` says what the model is and which starl it fits; ``weights.npz`` holds integer arrays only and
is never unpickled; ``README.md`` is the model card.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, ValidationError

from starl.errors import ModelError
from starl.roles import ANSWER_TYPES, ROLES
from starl.scoring import pack
from starl.tokens import Ints
from starl.viterbi import Transitions

FORMAT = 1
"""The model format that this version reads; a change of features or arrays raises it."""
DEFAULT_MODEL = "en_starl_sm"


class Meta(BaseModel):
    """What ``meta.json`` holds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    version: str
    format: int
    roles: tuple[str, ...]
    answer_types: tuple[str, ...]
    features: tuple[str, ...]
    n_bits: int
    split_bits: int
    type_bits: int
    scale: float
    type_scale: float
    temperature: float
    sha256: str
    data_sha256: str
    data: str
    seed: int
    scores: dict[str, Any]
    licence: str


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """A trained model, ready for use; all weights are integers."""

    meta: Meta
    table: Ints  # (2 ** n_bits, 2) packed role weights
    transitions: Transitions  # integers, in the scale of the emissions
    split: npt.NDArray[np.int16]  # (2 ** split_bits,)
    types: npt.NDArray[np.int16]  # (2 ** type_bits, n_types)
    type_bias: Ints  # (n_types,)

    @property
    def label(self) -> str:
        """Name and version in one word."""
        return f"{self.meta.name}-{self.meta.version}"


def find_model(name: str) -> Path:
    """Return the folder of a model, given its name or a path.

    Raises
    ------
    ModelError
        If there is no such folder.
    """
    packaged = Path(str(files("starl"))) / "models"
    source = Path(__file__).parents[2] / "models"
    places = [packaged / name, source / name] if "/" not in name and "\\" not in name else []
    for place in [*places, Path(name)]:
        if (place / "meta.json").is_file():
            return place
    known = sorted({p.parent.name for root in (packaged, source) for p in root.glob("*/meta.json")})
    raise ModelError(
        f"model must be one of {', '.join(known) or '(none installed)'} or a folder with a meta.json, "
        f"got {name!r}"
    )


def load_model(name: str = DEFAULT_MODEL) -> Model:
    """Load a model by name or path, and verify it.

    Parameters
    ----------
    name
        ``en_starl_sm``, or the path of a model folder.

    Raises
    ------
    ModelError
        If the folder is missing, damaged, or made for another version.
    """
    folder = find_model(name).resolve()
    return _load(folder, (folder / "meta.json").stat().st_mtime_ns)


@lru_cache(maxsize=4)
def _load(folder: Path, changed: int) -> Model:  # a changed model is loaded again
    meta = _read_meta(folder)
    path = folder / "weights.npz"
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ModelError(f"{folder.name}: weights.npz cannot be read: {error.strerror}") from error
    found = hashlib.sha256(data).hexdigest()
    if found != meta.sha256:
        raise ModelError(
            f"{folder.name}: weights.npz does not match its sha256 in meta.json "
            f"({meta.sha256[:12]}... expected, {found[:12]}... found); install the model again"
        )
    try:
        with np.load(path, allow_pickle=False) as arrays:
            return _build(meta, {name: arrays[name] for name in arrays.files})
    except (KeyError, ValueError, IndexError, zipfile.BadZipFile) as error:
        raise ModelError(
            f"{folder.name}: weights.npz does not hold what format {FORMAT} asks for: {error}"
        ) from error


def _read_meta(folder: Path) -> Meta:
    try:
        meta = Meta.model_validate_json((folder / "meta.json").read_text(encoding="utf-8"))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "meta.json"
        raise ModelError(
            f"{folder.name}: meta.json is no valid model description: {where}: {first['msg']}"
        ) from error
    if meta.format != FORMAT:
        raise ModelError(
            f"model {meta.name} must have format {FORMAT} to fit this version of starl, got {meta.format}; "
            "install a matching pair"
        )
    for name, expected, got in (
        ("roles", tuple(ROLES), meta.roles),
        ("answer_types", tuple(ANSWER_TYPES), meta.answer_types),
    ):
        if tuple(map(str, expected)) != got:
            raise ModelError(f"model {meta.name}: {name} must be {', '.join(expected)}, got {', '.join(got)}")
    return meta


def _dense(rows: npt.NDArray[Any], values: npt.NDArray[np.int16], n_bits: int) -> npt.NDArray[np.int16]:
    out = np.zeros((1 << n_bits, *values.shape[1:]), dtype=np.int16)
    out[rows] = values
    return out


def _build(meta: Meta, arrays: dict[str, npt.NDArray[Any]]) -> Model:
    roles = _dense(arrays["role_rows"], arrays["role_values"], meta.n_bits)
    return Model(
        meta=meta,
        table=pack(roles),
        transitions=Transitions(
            arrays["start"].astype(np.int64),
            arrays["between"].astype(np.int64),
            arrays["end"].astype(np.int64),
        ),
        split=_dense(arrays["split_rows"], arrays["split_values"], meta.split_bits),
        types=_dense(arrays["type_rows"], arrays["type_values"], meta.type_bits),
        type_bias=arrays["type_bias"].astype(np.int64),
    )


def save_model(folder: Path, meta: dict[str, Any], arrays: dict[str, npt.NDArray[Any]], card: str) -> None:
    """Write a model folder: weights without rows of zeros, their hash in the meta data, and the card.

    Parameters
    ----------
    folder
        Made if it is missing.
    meta
        The fields of `Meta` but ``sha256``.
    arrays
        ``roles`` (2 ** n_bits, n_roles), ``split`` (2 ** split_bits,) and ``types`` (2 ** type_bits, n_types)
        as int16; ``start``, ``between``, ``end`` and ``type_bias`` as int32.
    card
        The model card, Markdown.
    """
    folder.mkdir(parents=True, exist_ok=True)
    stored = {name: arrays[name] for name in ("start", "between", "end", "type_bias")}
    for name, key in (("role", "roles"), ("split", "split"), ("type", "types")):
        dense = arrays[key]
        rows = np.flatnonzero(dense.any(axis=1) if dense.ndim == 2 else dense)
        stored[f"{name}_rows"] = rows.astype(np.uint32)
        stored[f"{name}_values"] = dense[rows]
    path = folder / "weights.npz"
    np.savez_compressed(path, allow_pickle=False, **stored)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    text = json.dumps(Meta(**meta, sha256=digest).model_dump(mode="json"), indent=2, ensure_ascii=False)
    (folder / "meta.json").write_text(text + "\n", encoding="utf-8")
    (folder / "README.md").write_text(card, encoding="utf-8")
