"""Labelled pieces -> encoder parameters, by AdamW; resumable after each epoch. Training only; needs torch.

All heads learn from one reading: roles (of whole clauses and of their pieces), agent classes, places where a
clause opens, and the type of the answer. An average of the parameters over the last steps is what is kept.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from pydantic import BaseModel, ConfigDict, Field
from torch.nn import functional as fn

from starl.corpus import AnnotatedAnswer
from starl.encoder import AGENT_COLUMNS, MASK_PIECE, OPEN_COLUMN, ROLE_COLUMNS, TYPE_COLUMNS
from starl.encoder_data import Example, Noise, batches, make_examples
from starl.encoder_net import Params, Tensor, forward, load_base, n_layers, pool
from starl.pieces import Cutter
from starl.tokens import Tokenizer

FROZEN = ("embeddings.word_embeddings.weight", "embeddings.token_type_embeddings.weight")
"""Words the corpus lacks must stay beside the words it has, so their vectors do not move."""
WEIGHTS = {"role": 1.0, "piece": 0.5, "agent": 0.5, "open": 1.0, "type": 0.3}
"""How much each loss counts."""
WARM_UP = 0.1
REPORT_EVERY = 100
Tell = Callable[[str], None]


class Fit(BaseModel):
    """How an encoder is fitted."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    epochs: int = Field(ge=1)
    rate: float = Field(gt=0, description="highest step size, of the uppermost layer")
    layer_decay: float = Field(gt=0, le=1, description="step size of a layer over that of the one above")
    head_rate: float = Field(gt=0, description="step size of the head over that of the uppermost layer")
    dropout: float = Field(ge=0, lt=1)
    weight_decay: float = Field(ge=0)
    average: float = Field(ge=0, lt=1, description="decay of the running mean of the parameters")
    max_pieces: int = Field(ge=32, le=512, description="pieces of an answer that are read")
    places: int = Field(ge=32, description="rows times places of a batch")
    threads: int = Field(ge=1)


def fit_encoder(
    base: Path,
    tokenizer: Tokenizer,
    cutter: Cutter,
    answers: Sequence[AnnotatedAnswer],
    fit: Fit,
    noise: Noise,
    seed: int,
    state: Path,
    tell: Tell,
) -> tuple[Params, int]:
    """Fit an encoder; return its parameters and the number of attention heads.

    Parameters
    ----------
    base
        Folder of the base weights.
    tokenizer, cutter
        Cut the answers into tokens and pieces.
    answers
        What to learn from.
    fit, noise
        How.
    seed
        Fixes the fresh head and every draw; each epoch draws anew from it.
    state
        A file that holds all after each epoch; where it exists, the fit goes on from it.
    tell
        Told of the progress.
    """
    torch.set_num_threads(fit.threads)
    params, n_heads = load_base(base, seed)
    for name, tensor in params.items():
        tensor.requires_grad_(name not in FROZEN)
    trained = {name: tensor for name, tensor in params.items() if tensor.requires_grad}
    mean = {name: tensor.detach().clone() for name, tensor in trained.items()}
    optimizer = torch.optim.AdamW(_groups(trained, n_layers(params), fit))
    first, step = 0, 0
    if state.is_file():
        first, step = _restore(state, optimizer, trained, mean)
        tell(f"going on after epoch {first} of {fit.epochs}")
    for epoch in range(first, fit.epochs):
        rng = random.Random(f"{seed}-{epoch}")
        torch.manual_seed(rng.getrandbits(32))
        examples = make_examples(tokenizer, cutter, answers, noise, rng, fit.max_pieces)
        groups = batches([len(e.ids) for e in examples], fit.places, rng)
        told = 0.0
        for at, group in enumerate(groups, start=1):
            _set_rates(optimizer, (epoch + at / len(groups)) / fit.epochs)
            loss = _loss(params, [examples[i] for i in group], n_heads, fit.dropout, noise.mask_share)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(trained.values(), 1.0)
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
            _average(mean, trained, min(fit.average, (1 + step) / (10 + step)))
            step, told = step + 1, told + loss.item()
            if at % REPORT_EVERY == 0:
                where = f"epoch {epoch + 1}/{fit.epochs}, batch {at}/{len(groups)}"
                tell(f"{where}, loss {told / REPORT_EVERY:.3f}")
                told = 0.0
        _save(
            state,
            {
                "epoch": epoch + 1,
                "step": step,
                "optimizer": optimizer.state_dict(),
                "params": trained,
                "mean": mean,
            },
        )
    return params | mean, n_heads


def _set_rates(optimizer: Any, done: float) -> None:  # noqa: ANN401  (torch is not there for the type check)
    """Let the step size rise over the first tenth and fall to nearly nothing at the end."""
    share = min(done / WARM_UP, max(0.02, (1 - done) / (1 - WARM_UP)))
    for group in optimizer.param_groups:
        group["lr"] = group["highest"] * share


def _restore(path: Path, optimizer: Any, trained: Params, mean: Params) -> tuple[int, int]:  # noqa: ANN401
    """Take up a fit where it was left; return the epochs and steps done."""
    saved = torch.load(path, weights_only=True)
    optimizer.load_state_dict(saved["optimizer"])
    with torch.no_grad():
        for name, tensor in trained.items():
            tensor.copy_(saved["params"][name])
            mean[name].copy_(saved["mean"][name])
    return saved["epoch"], saved["step"]


def _save(path: Path, state: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    torch.save(state, part)
    part.replace(path)


def _groups(trained: Params, layers: int, fit: Fit) -> list[dict[str, Any]]:
    """Return one group of the optimizer for each tensor, deeper layers with smaller steps."""
    groups = []
    for name, tensor in trained.items():
        rate = fit.rate * fit.layer_decay ** _depth(name, layers)
        if name.startswith("head"):
            rate *= fit.head_rate
        decay = fit.weight_decay if tensor.dim() > 1 else 0.0
        groups.append({"params": [tensor], "lr": rate, "highest": rate, "weight_decay": decay})
    return groups


def _depth(name: str, layers: int) -> int:
    if name.startswith("head"):
        return 0
    return layers - int(name.split(".")[2]) if name.startswith("encoder.layer.") else layers + 1


def _average(mean: Params, trained: Params, decay: float) -> None:
    with torch.no_grad():
        for name, tensor in mean.items():
            tensor.lerp_(trained[name], 1 - decay)


def _loss(
    params: Params, examples: Sequence[Example], n_heads: int, dropout: float, mask_share: float
) -> Tensor:
    """Return the weighted sum of all losses over a batch."""
    widest = max(len(e.ids) for e in examples)
    ids = torch.zeros(len(examples), widest, dtype=torch.long)
    mask = torch.zeros(len(examples), widest, dtype=torch.bool)
    for row, example in enumerate(examples):
        ids[row, : len(example.ids)] = torch.from_numpy(example.ids)
        mask[row, : len(example.ids)] = True
    hidden = (torch.rand(ids.shape) < mask_share) & mask & (ids > MASK_PIECE)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        scores = forward(params, ids.masked_fill(hidden, MASK_PIECE), mask, n_heads, dropout)
    first = np.cumsum([0, *(len(e.role) for e in examples)])
    group = torch.from_numpy(
        np.concatenate(
            [np.where(e.clause >= 0, e.clause + at, -1) for e, at in zip(examples, first, strict=False)]
        )
    )

    def joined(name: str) -> Tensor:
        return torch.from_numpy(np.concatenate([getattr(e, name) for e in examples]))

    role, agent, opens = joined("role"), joined("agent"), joined("opens")
    flat, inside, known = scores[mask], group >= 0, opens >= 0
    pooled = pool(flat[inside], group[inside], len(role))
    read = torch.zeros(len(role), dtype=torch.bool)
    read[group[inside]] = True
    weight = joined("n_words").float().sqrt() * read
    by_clause = fn.cross_entropy(pooled[:, ROLE_COLUMNS], role, reduction="none")
    deeds = read & (agent >= 0)
    losses = {
        "role": (by_clause * weight).sum() / weight.sum(),
        "piece": fn.cross_entropy(flat[inside][:, ROLE_COLUMNS], role[group[inside]]),
        "agent": fn.cross_entropy(pooled[deeds][:, AGENT_COLUMNS], agent[deeds])
        if deeds.any()
        else torch.zeros(()),
        "open": fn.binary_cross_entropy_with_logits(flat[known][:, OPEN_COLUMN], opens[known].float()),
        "type": fn.cross_entropy(scores[:, 0, TYPE_COLUMNS], torch.tensor([e.type for e in examples])),
    }
    return sum(WEIGHTS[name] * loss for name, loss in losses.items())
