"""Trained encoder parameters -> an ONNX graph with 8-bit weights. Training only; needs onnx.

The graph is written node by node, so that each operation is one that onnxruntime has a fast kernel for.
Weights of a matrix have one scale a column; activations are quantised as they come, one answer at a time.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper

Array = npt.NDArray[Any]
CONTRIB = "com.microsoft"
OPSET, IR_VERSION = 17, 9


def quantise_columns(weight: Array) -> tuple[npt.NDArray[np.int8], npt.NDArray[np.float32]]:
    """Return 8-bit weights and the scale of each column, for a matrix of shape (n_in, n_out)."""
    scale = np.maximum(np.abs(weight).max(axis=0), 1e-12) / 127
    return np.rint(weight / scale).astype(np.int8), scale.astype(np.float32)


class _Graph:
    """Collects nodes and constants."""

    def __init__(self, params: Mapping[str, Array], *, quantised: bool) -> None:
        self.params = params
        self.quantised = quantised
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []
        self._known: set[str] = set()

    def constant(self, name: str, value: Array) -> str:
        if name not in self._known:
            self._known.add(name)
            self.constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def node(self, kind: str, inputs: list[str], name: str, domain: str = "", **attributes: float) -> str:
        self.nodes.append(helper.make_node(kind, inputs, [name], name=name, domain=domain, **attributes))
        return name

    def floats(self, name: str) -> str:
        return self.constant(name, self.params[name].astype(np.float32))

    def linear(self, x: str, name: str, *, exact: bool = False) -> str:
        """Multiply by a weight matrix, of 8 bits unless ``exact``, and add the bias."""
        weight = self.params[name + ".weight"].T.astype(np.float32)
        bias = self.floats(name + ".bias")
        if exact or not self.quantised:
            product = self.node("MatMul", [x, self.constant(name + ".matrix", weight)], name + ".product")
            return self.node("Add", [product, bias], name)
        small, scale = quantise_columns(weight)
        inputs = [x, self.constant(name + ".matrix", small), self.constant(name + ".scale", scale), "", bias]
        return self.node("DynamicQuantizeMatMul", inputs, name, CONTRIB)

    def add_and_norm(self, x: str, skip: str, name: str) -> str:
        """Add the skipped input and normalise."""
        inputs = [x, skip, self.floats(name + ".weight"), self.floats(name + ".bias")]
        return self.node("SkipLayerNormalization", inputs, name, CONTRIB, epsilon=1e-12)

    def embed(self, ids: str) -> str:
        """Look pieces and places up; shape (1, n_pieces, width)."""
        at = "embeddings."
        words = self.params[at + "word_embeddings.weight"]
        if self.quantised:
            small, scale = quantise_columns(words.T.astype(np.float32))
            rows = self.node("Gather", [self.constant("words", small.T), ids], "word_rows")
            wide = self.node("Cast", [rows], "word_floats", to=TensorProto.FLOAT)
            scales = self.node("Gather", [self.constant("word_scale", scale[:, None]), ids], "word_scales")
            found = self.node("Mul", [wide, scales], "word_vectors")
        else:
            found = self.node("Gather", [self.floats(at + "word_embeddings.weight"), ids], "word_vectors")
        places = (
            self.params[at + "position_embeddings.weight"]
            + self.params[at + "token_type_embeddings.weight"][0]
        )
        zero, axis = self.constant("zero", np.array([0])), self.constant("axis_0", np.array([0]))
        size = self.node("Shape", [ids], "n_pieces")
        table = self.constant("places", places.astype(np.float32))
        place = self.node("Slice", [table, zero, size, axis], "place_vectors")
        summed = self.node("Add", [found, place], "embedded")
        norm = [summed, self.floats(at + "LayerNorm.weight"), self.floats(at + "LayerNorm.bias")]
        normed = self.node("LayerNormalization", norm, "embedded_norm", epsilon=1e-12)
        return self.node("Unsqueeze", [normed, axis], "embedded_row")

    def layer(self, x: str, at: str, n_heads: int) -> str:
        """One layer of the encoder."""
        heads = [self.linear(x, f"{at}attention.self.{part}") for part in ("query", "key", "value")]
        seen = self.node("MultiHeadAttention", heads, at + "attention", CONTRIB, num_heads=n_heads)
        seen = self.linear(seen, at + "attention.output.dense")
        x = self.add_and_norm(seen, x, at + "attention.output.LayerNorm")
        wide = self.node("Gelu", [self.linear(x, at + "intermediate.dense")], at + "gelu", CONTRIB)
        return self.add_and_norm(self.linear(wide, at + "output.dense"), x, at + "output.LayerNorm")


def build(params: Mapping[str, Array], n_layers: int, n_heads: int, *, quantised: bool = True) -> bytes:
    """Return the ONNX model: ``ids`` (n_pieces,) in, ``scores`` (n_pieces, n_columns) out.

    Parameters
    ----------
    params
        Parameters by their names in the base weights, with ``head.weight`` and ``head.bias``.
    n_layers, n_heads
        Size of the encoder.
    quantised
        Whether weights have 8 bits; the head always has 32.
    """
    graph = _Graph(params, quantised=quantised)
    x = graph.embed("ids")
    for layer in range(n_layers):
        x = graph.layer(x, f"encoder.layer.{layer}.", n_heads)
    row = graph.linear(x, "head", exact=True)
    graph.node("Squeeze", [row, graph.constant("axis_0", np.array([0]))], "scores")
    n_columns = len(params["head.bias"])
    proto = helper.make_graph(
        graph.nodes,
        "starl_encoder",
        [helper.make_tensor_value_info("ids", TensorProto.INT64, ["n_pieces"])],
        [helper.make_tensor_value_info("scores", TensorProto.FLOAT, ["n_pieces", n_columns])],
        graph.constants,
    )
    opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid(CONTRIB, 1)]
    model = helper.make_model(proto, producer_name="starl", opset_imports=opsets, ir_version=IR_VERSION)
    return bytes(model.SerializeToString())
