"""The encoder as plain functions on torch tensors: base weights, forward pass, pooling. Training only.

A BERT of a few layers reads the pieces; one linear map gives every piece its scores (see `starl.encoder`).
Parameters are a dictionary of tensors under their names in the base weights, so that nothing stands between
what is trained and what is exported.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from torch.nn import functional as fn

from starl.encoder import N_COLUMNS

Tensor = Any
Params = dict[str, Tensor]
INITIAL = 0.02


def load_base(folder: Path, seed: int) -> tuple[Params, int]:
    """Return the base weights with a fresh head, and the number of attention heads."""
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    params = {
        name: value.float()
        for name, value in load_file(folder / "model.safetensors").items()
        if not name.startswith("pooler") and "position_ids" not in name
    }
    drawn = torch.Generator().manual_seed(seed)
    width = config["hidden_size"]
    params["head.weight"] = torch.randn(N_COLUMNS, width, generator=drawn) * INITIAL
    params["head.bias"] = torch.zeros(N_COLUMNS)
    return params, config["num_attention_heads"]


def n_layers(params: Params) -> int:
    """Return the number of layers of the weights."""
    return 1 + max(int(name.split(".")[2]) for name in params if name.startswith("encoder.layer."))


def forward(params: Params, ids: Tensor, mask: Tensor, n_heads: int, dropout: float) -> Tensor:
    """Return the scores of each piece, shape (n_rows, n_places, N_COLUMNS).

    Parameters
    ----------
    ids, mask : (n_rows, n_places)
        Pieces, and True where there is one.
    n_heads
        Attention heads.
    dropout
        Share of activations dropped; 0 when nothing is trained.
    """
    embed = "embeddings."
    x = fn.embedding(ids, params[embed + "word_embeddings.weight"])
    x = x + params[embed + "position_embeddings.weight"][: ids.shape[1]]
    x = x + params[embed + "token_type_embeddings.weight"][0]
    x = fn.dropout(_norm(params, embed + "LayerNorm", x), dropout, training=dropout > 0)
    bias = torch.zeros(mask.shape, dtype=x.dtype).masked_fill(~mask, -1e4)[:, None, None, :]
    for layer in range(n_layers(params)):
        x = _layer(params, f"encoder.layer.{layer}.", x, bias, n_heads, dropout)
    x = fn.dropout(x, dropout, training=dropout > 0)
    return _linear(params, "head", x).float()


def _layer(params: Params, at: str, x: Tensor, bias: Tensor, n_heads: int, dropout: float) -> Tensor:
    rows, places, width = x.shape

    def split(name: str) -> Tensor:
        return (
            _linear(params, f"{at}attention.self.{name}", x).view(rows, places, n_heads, -1).transpose(1, 2)
        )

    query, key, value = split("query"), split("key"), split("value")
    seen = fn.scaled_dot_product_attention(query, key, value, attn_mask=bias.to(query.dtype))
    seen = _linear(params, at + "attention.output.dense", seen.transpose(1, 2).reshape(rows, places, width))
    x = _norm(params, at + "attention.output.LayerNorm", x + fn.dropout(seen, dropout, training=dropout > 0))
    wide = fn.gelu(_linear(params, at + "intermediate.dense", x))
    out = fn.dropout(_linear(params, at + "output.dense", wide), dropout, training=dropout > 0)
    return _norm(params, at + "output.LayerNorm", x + out)


def _linear(params: Params, name: str, x: Tensor) -> Tensor:
    return fn.linear(x, params[name + ".weight"], params[name + ".bias"])


def _norm(params: Params, name: str, x: Tensor) -> Tensor:
    weight, bias = params[name + ".weight"], params[name + ".bias"]
    return fn.layer_norm(x, weight.shape, weight, bias, 1e-12)


def pool(scores: Tensor, group: Tensor, n_groups: int) -> Tensor:
    """Return the mean score of each group of pieces, shape (n_groups, n_columns).

    Parameters
    ----------
    scores : (n_pieces, n_columns)
    group : (n_pieces,)
        Number of the group of each piece.
    n_groups
        Number of groups; one without pieces gets zeros.
    """
    total = torch.zeros(n_groups, scores.shape[1]).index_add_(0, group, scores)
    size = torch.zeros(n_groups).index_add_(0, group, torch.ones(len(group)))
    return total / size.clamp(min=1)[:, None]
