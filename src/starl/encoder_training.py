"""Annotated answers, a config file -> an encoder model folder. Run by ``starl train CONFIG``; needs torch.

The corpus is parted into folds by file, so that no writer's manner is on both sides. One encoder is fitted
without each fold; what these read in answers they have not seen fits the chain on top and its temperature,
and teaches the small model. The encoder that is kept is the mean of one fitted on all folds and of these.
Everything that takes long is kept in ``.runs`` beside the config and taken up again by the next call.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field
from scipy.sparse import csr_matrix

from starl.corpus import AnnotatedAnswer
from starl.encoder import PRECISION, ROLE_COLUMNS, Encoder, read_vocabulary
from starl.encoder_data import Noise
from starl.encoder_export import build
from starl.encoder_fitting import Fit, fit_encoder
from starl.encoder_net import Params, n_layers
from starl.features import sentence_edges
from starl.fitting import Chains, fit_crf, fit_temperature
from starl.model import FORMATS, save_encoder
from starl.pieces import Cutter
from starl.teaching import CHAIN, read_clauses, with_constant
from starl.tokens import Tokenizer
from starl.training import (
    N_KINDS,
    N_ROLES,
    Data,
    Recipe,
    held_out_scores,
    label_clauses,
    labelled,
    passport,
    read_card,
)
from starl.viterbi import Floats, Transitions


class ChainFit(BaseModel):
    """How the chain over the encoder's scores is fitted."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    l2: float = Field(gt=0)
    iterations: int = Field(ge=1)
    caution: float = Field(ge=1, description="factor on the fitted temperature, for people unlike the corpus")


class EncoderConfig(Recipe):
    """What the training config of an encoder holds; see ``models/en_starl_md.toml``."""

    design: Literal["encoder"]
    base: str = Field(description="package of the base weights, which holds them in its folder model")
    folds: int = Field(ge=2)
    fold_share: float = Field(ge=0, le=1, description="weight of the folds' parameters in those kept")
    fit: Fit
    noise: Noise
    chain: ChainFit


FREE = ("name", "version", "chain", "licence", "fold_share")
"""Settings that a fit of an encoder does not depend on, beside the number of threads."""


def train_encoder(path: Path, config: EncoderConfig) -> Path:
    """Train the encoder model of a config file, and save it beside the file.

    Parameters
    ----------
    path
        The config file; ``.runs`` beside it holds what is done so far.
    config
        What it says.

    Returns
    -------
    Path
        The model folder.
    """
    data = Data(path.parent / config.corpus)
    answers = data.answers
    run = Run(path.parent / ".runs" / config.name, config, data.sha256)
    held, parts = [], []
    for fold in range(config.folds):
        out = run.fold_sources(answers, fold)
        run.tell(f"fold {fold + 1} of {config.folds}: {len(out)} files left out")
        parts.append(run.params(f"fold-{fold}", [a for a in answers if a.source not in out]))
        encoder = run.encoder(f"fold-{fold}", parts[-1])
        held.append(read_held(encoder, run.tokenizer, [a for a in answers if a.source in out]))
    run.tell("fitting the chain on answers not seen")
    mixing, chain = fit_chain(held, config.chain)
    fitted = fit_temperature([(chains, mixing, chain) for chains in held])
    temperature = round(config.chain.caution * fitted, 3)
    arrays = {name: getattr(chain, name) for name in ("start", "between", "end")}
    np.savez(
        run.folder / CHAIN,
        allow_pickle=False,
        mixing=mixing,
        temperature=temperature,
        n_folds=config.folds,
        **arrays,
    )
    run.tell("fitting on all folds")
    params = blend(run.params("all", answers), parts, config.fold_share)
    graph = run.graph(params, mixing)
    meta = passport(config, data) | {
        "format": FORMATS["encoder"],
        "design": "encoder",
        "base": config.base,
        "n_layers": n_layers(params),
        "n_heads": run.n_heads,
        "scale": float(PRECISION),
        "temperature": temperature,
    }
    folder = path.parent / config.name
    text = read_card(folder)
    whole = Transitions(*(np.rint(getattr(chain, n) * PRECISION) for n in ("start", "between", "end")))
    pieces = (run.base / "vocab.txt").read_text(encoding="utf-8")
    save_encoder(folder, meta, whole, graph, pieces, text)
    meta["scores"] = held_out_scores(folder, data.held_out)
    save_encoder(folder, meta, whole, graph, pieces, text)
    run.tell(f"saved {folder.name}")
    return folder


class Run:
    """The state of one training: where it is kept, and the parts that it is made of.

    Parameters
    ----------
    folder
        Where encoders are kept, each under a hash of all that it depends on.
    config
        How to train.
    data_hash
        Hash of the corpus.
    """

    def __init__(self, folder: Path, config: EncoderConfig, data_hash: str) -> None:
        self.folder = folder
        self.config = config
        self.base = Path(str(files(config.base))) / "model"
        self.tokenizer = Tokenizer()
        self.cutter = Cutter(read_vocabulary(self.base / "vocab.txt", config.name))
        self.n_heads = 0
        settings = config.model_dump_json(exclude={**dict.fromkeys(FREE, True), "fit": {"threads"}})
        self.key = hashlib.sha256(f"{settings}\n{data_hash}".encode()).hexdigest()[:12]

    def tell(self, line: str) -> None:
        """Say on stderr how far the training is."""
        sys.stderr.write(f"starl train: {line}\n")
        sys.stderr.flush()

    def fold_sources(self, answers: Sequence[AnnotatedAnswer], fold: int) -> set[str]:
        """Return the files of a fold."""
        return set(sorted({a.source for a in answers})[fold :: self.config.folds])

    def params(self, name: str, answers: Sequence[AnnotatedAnswer]) -> Params:
        """Fit an encoder, or take it from an earlier run."""
        state = self.folder / f"{name}-{self.key}.pt"
        config = self.config
        params, self.n_heads = fit_encoder(
            self.base, self.tokenizer, self.cutter, answers, config.fit, config.noise, config.seed, state,
            lambda line: self.tell(f"{name}: {line}"),
        )  # fmt: skip
        return params

    def graph(self, params: Params, mixing: Floats) -> bytes:
        """Return the ONNX model, the chain's mixing of role scores folded into the head."""
        arrays = {name: value.float().numpy() for name, value in params.items()}
        head, bias = arrays["head.weight"].copy(), arrays["head.bias"].copy()
        head[ROLE_COLUMNS] = mixing[:N_ROLES].T @ head[ROLE_COLUMNS]
        bias[ROLE_COLUMNS] = mixing[:N_ROLES].T @ bias[ROLE_COLUMNS] + mixing[N_ROLES]
        return build(arrays | {"head.weight": head, "head.bias": bias}, n_layers(params), self.n_heads)

    def encoder(self, name: str, params: Params) -> Encoder:
        """Return a fitted encoder, ready to read; its graph is kept for the small model's training."""
        path = self.folder / f"{name}.onnx"
        plain = np.concatenate([np.eye(N_ROLES), np.zeros((1, N_ROLES))])
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(self.graph(params, plain))
        return Encoder(path.read_bytes(), self.base / "vocab.txt", name)


def blend(whole: Params, parts: Sequence[Params], share: float) -> Params:
    """Return the weighted mean of the parameters of one fit and of several others.

    All fits start from the same weights, so their mean is an encoder too, and it reads strangers better.

    Parameters
    ----------
    whole
        Parameters of the fit on all answers.
    parts
        Parameters of the fits on the folds.
    share
        Weight of the parts together, in 0..1.

    References
    ----------
    Wortsman et al. (2022), Model soups, ICML, arXiv:2203.05482.
    """
    return {
        name: (1 - share) * value + share * sum(part[name] for part in parts) / len(parts)
        for name, value in whole.items()
    }


def read_held(encoder: Encoder, tokenizer: Tokenizer, answers: Sequence[AnnotatedAnswer]) -> Chains:
    """Read answers that an encoder has not seen, and label its clauses; half of them with their question."""
    asked = [a.question if i % 2 else "" for i, a in enumerate(answers)]
    clauses, scores = read_clauses(encoder, tokenizer, [a.text for a in answers], asked)
    opens, _ = sentence_edges(clauses)
    rows = csr_matrix(with_constant(scores))
    labels = label_clauses(clauses, labelled(answers))
    return Chains(rows, labels, opens.astype(np.int64), np.diff(clauses.offsets))


def fit_chain(chains: Sequence[Chains], config: ChainFit) -> tuple[Floats, Transitions]:
    """Fit a CRF over the scores; return how they are mixed, (n_roles + 1, n_roles), and the transitions."""
    whole = Chains(
        csr_matrix(np.concatenate([c.rows.toarray() for c in chains])),
        np.concatenate([c.labels for c in chains]),
        np.concatenate([c.kinds for c in chains]),
        np.concatenate([c.sizes for c in chains]),
    )
    return fit_crf(whole, N_ROLES, N_KINDS, config.l2, config.iterations)
