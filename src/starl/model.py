"""A model folder, loaded and saved, with its checks.

``meta.json`` says what the model is and which starl it fits; ``weights.npz`` holds integer arrays only and
is never unpickled; an encoder model has ``encoder.onnx`` and its vocabulary ``pieces.txt`` beside it;
``README.md`` is the model card.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, ValidationError

from starl.encoder import Encoder
from starl.errors import ModelError
from starl.roles import ANSWER_TYPES, ROLES
from starl.scoring import Weights, pack
from starl.tokens import Ints
from starl.viterbi import Transitions

FORMATS = {"linear": 2, "encoder": 1}
"""The model formats that this version reads, by design; a change of features or arrays raises one."""
DEFAULT_MODEL = "en_starl_sm"
"""The model for many answers, and the one that needs no extra."""
BEST_MODEL = "en_starl_md"
"""The model for a single answer, where what it needs is installed."""
WEIGHTS, GRAPH, VOCABULARY = "weights.npz", "encoder.onnx", "pieces.txt"


class Meta(BaseModel):
    """What ``meta.json`` holds, whatever the design."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    version: str
    format: int
    roles: tuple[str, ...]
    answer_types: tuple[str, ...]
    scale: float
    temperature: float
    sha256: str
    data_sha256: str
    data: str
    seed: int
    scores: dict[str, Any]
    licence: str

    @property
    def label(self) -> str:
        """Name and version in one word."""
        return f"{self.name}-{self.version}"

    @property
    def digest(self) -> str:
        """Hashes of all files that a reading depends on."""
        return self.sha256


class LinearMeta(Meta):
    """What ``meta.json`` of a linear model holds."""

    design: Literal["linear"] = "linear"
    features: tuple[str, ...]
    n_bits: int
    split_bits: int
    type_bits: int
    type_scale: float


class EncoderMeta(Meta):
    """What ``meta.json`` of an encoder model holds."""

    design: Literal["encoder"]
    base: str
    n_layers: int
    n_heads: int
    encoder_sha256: str
    pieces_sha256: str

    @property
    def digest(self) -> str:
        """Hashes of all files that a reading depends on."""
        return f"{self.sha256} {self.encoder_sha256} {self.pieces_sha256}"


@dataclass(frozen=True, slots=True, eq=False)
class LinearModel:
    """A trained linear model, ready for use; all weights are integers."""

    meta: LinearMeta
    weights: Weights  # of roles
    transitions: Transitions  # integers, in the scale of the emissions
    split: npt.NDArray[np.int16]  # (2 ** split_bits,)
    types: npt.NDArray[np.int16]  # (2 ** type_bits, n_types)
    type_bias: Ints  # (n_types,)


@dataclass(frozen=True, slots=True, eq=False)
class EncoderModel:
    """A trained encoder model, ready for use; its scores are integers."""

    meta: EncoderMeta
    transitions: Transitions  # integers, in the scale of the emissions
    encoder: Encoder

    def __reduce__(self) -> tuple[Callable[[str], Model], tuple[str]]:
        return load_model, (str(self.encoder.folder),)  # a session is loaded again, not copied


Model = LinearModel | EncoderModel


@cache
def best_model() -> str:
    """Return the model a single answer deserves: the encoder where it can run, or else the small one."""
    there = all(find_spec(package) is not None for package in ("onnxruntime", "tokenizers"))
    return BEST_MODEL if there and BEST_MODEL in known_models() else DEFAULT_MODEL


def find_model(name: str) -> Path:
    """Return the folder of a model, given its name or a path.

    Raises
    ------
    ModelError
        If there is no such folder.
    """
    known = known_models()
    if name in known:
        return known[name]
    if (Path(name) / "meta.json").is_file():
        return Path(name)
    raise ModelError(
        f"model must be one of {', '.join(known) or '(none installed)'} or a folder with a meta.json, "
        f"got {name!r}"
    )


def known_models() -> dict[str, Path]:
    """Return the folders of the models that come with starl, by name; installed ones before a checkout's."""
    packaged, source = Path(str(files("starl"))) / "models", Path(__file__).parents[2] / "models"
    found = {p.parent.name: p.parent for root in (source, packaged) for p in root.glob("*/meta.json")}
    return dict(sorted(found.items()))


def load_model(name: str = DEFAULT_MODEL) -> Model:
    """Load a model by name or path, and verify it.

    Parameters
    ----------
    name
        ``en_starl_sm``, ``en_starl_md``, or the path of a model folder.

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
    path = folder / WEIGHTS
    _verified(path, meta.sha256)
    try:
        with np.load(path, allow_pickle=False) as arrays:
            found = {name: arrays[name] for name in arrays.files}
            chain = Transitions(*(found[name].astype(np.int64) for name in ("start", "between", "end")))
            if isinstance(meta, LinearMeta):
                return _build(meta, chain, found)
    except (KeyError, ValueError, IndexError, zipfile.BadZipFile) as error:
        raise ModelError(
            f"{folder.name}: {WEIGHTS} does not hold what format {meta.format} asks for: {error}"
        ) from error
    graph = _verified(folder / GRAPH, meta.encoder_sha256)
    _verified(folder / VOCABULARY, meta.pieces_sha256)
    return EncoderModel(meta, chain, Encoder(graph, folder / VOCABULARY, meta.name))


def _verified(path: Path, expected: str) -> bytes:
    """Read a file of a model and hold it against its hash."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ModelError(f"{path.parent.name}: {path.name} cannot be read: {error.strerror}") from error
    found = hashlib.sha256(data).hexdigest()
    if found != expected:
        raise ModelError(
            f"{path.parent.name}: {path.name} does not match its sha256 in meta.json "
            f"({expected[:12]}... expected, {found[:12]}... found); install the model again"
        )
    return data


def _read_meta(folder: Path) -> LinearMeta | EncoderMeta:
    try:
        raw = json.loads((folder / "meta.json").read_text(encoding="utf-8"))
        kind = EncoderMeta if isinstance(raw, dict) and raw.get("design") == "encoder" else LinearMeta
        meta = kind.model_validate(raw)
    except json.JSONDecodeError as error:
        raise ModelError(f"{folder.name}: meta.json is no valid model description: {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "meta.json"
        raise ModelError(
            f"{folder.name}: meta.json is no valid model description: {where}: {first['msg']}"
        ) from error
    if meta.format != FORMATS[meta.design]:
        raise ModelError(
            f"model {meta.name} must have format {FORMATS[meta.design]} to fit this version of starl, got "
            f"{meta.format}; install a matching pair"
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


def _build(meta: LinearMeta, chain: Transitions, arrays: dict[str, npt.NDArray[Any]]) -> LinearModel:
    roles = _dense(arrays["role_rows"], arrays["role_values"], meta.n_bits)
    return LinearModel(
        meta=meta,
        weights=Weights(pack(roles), len(ROLES)),
        transitions=chain,
        split=_dense(arrays["split_rows"], arrays["split_values"], meta.split_bits),
        types=_dense(arrays["type_rows"], arrays["type_values"], meta.type_bits),
        type_bias=arrays["type_bias"].astype(np.int64),
    )


def save_model(folder: Path, meta: dict[str, Any], arrays: dict[str, npt.NDArray[Any]], card: str) -> None:
    """Write a folder of a linear model: weights without rows of zeros, their hash, and the card.

    Parameters
    ----------
    folder
        Made if it is missing.
    meta
        The fields of `LinearMeta` but ``sha256``.
    arrays
        ``roles`` (2 ** n_bits, n_roles), ``split`` (2 ** split_bits,) and ``types`` (2 ** type_bits, n_types)
        as int16; ``start``, ``between``, ``end`` and ``type_bias`` as int32.
    card
        The model card, Markdown.
    """
    stored = {name: arrays[name] for name in ("start", "between", "end", "type_bias")}
    for name, key in (("role", "roles"), ("split", "split"), ("type", "types")):
        dense = arrays[key]
        rows = np.flatnonzero(dense.any(axis=1) if dense.ndim == 2 else dense)
        stored[f"{name}_rows"] = rows.astype(np.uint32)
        stored[f"{name}_values"] = dense[rows]
    _write(folder, LinearMeta, meta, stored, card)


def save_encoder(
    folder: Path, meta: dict[str, Any], chain: Transitions, graph: bytes, pieces: str, card: str
) -> None:
    """Write a folder of an encoder model: graph, vocabulary, transitions, their hashes, and the card.

    Parameters
    ----------
    folder
        Made if it is missing.
    meta
        The fields of `EncoderMeta` but the hashes.
    chain
        Transitions as integers in the scale of the emissions.
    graph
        The ONNX model.
    pieces
        The vocabulary, one piece a line.
    card
        The model card, Markdown.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / GRAPH).write_bytes(graph)
    (folder / VOCABULARY).write_text(pieces, encoding="utf-8", newline="\n")
    hashes = {
        "encoder_sha256": hashlib.sha256(graph).hexdigest(),
        "pieces_sha256": hashlib.sha256((folder / VOCABULARY).read_bytes()).hexdigest(),
    }
    stored = {name: getattr(chain, name).astype(np.int32) for name in ("start", "between", "end")}
    _write(folder, EncoderMeta, meta | hashes, stored, card)


def _write(
    folder: Path, kind: type[Meta], meta: dict[str, Any], arrays: dict[str, npt.NDArray[Any]], card: str
) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / WEIGHTS
    np.savez_compressed(path, allow_pickle=False, **arrays)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    text = json.dumps(kind(**meta, sha256=digest).model_dump(mode="json"), indent=2, ensure_ascii=False)
    (folder / "meta.json").write_text(text + "\n", encoding="utf-8")
    (folder / "README.md").write_text(card, encoding="utf-8")
