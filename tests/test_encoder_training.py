"""The training of an encoder, on a base of random weights made here; needs the packages of training."""

import json
import random
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")
pytest.importorskip("scipy")

import torch
from safetensors.torch import save_file

from starl.corpus import read_corpus
from starl.encoder import Encoder, open_session, read_vocabulary
from starl.encoder_data import IGNORED, NO_NOISE, batches, make_examples
from starl.encoder_export import build
from starl.encoder_net import forward, load_base, n_layers, pool
from starl.encoder_training import blend
from starl.model import load_model
from starl.pieces import Cutter
from starl.recipes import train
from starl.tokens import Tokenizer

CORPUS = Path(__file__).parents[1] / "models" / "corpus"
WIDTH, INNER, PIECES = 16, 32, 300
CONFIG = """
design = "encoder"
name = "tiny"
version = "0.0.1"
seed = 1
corpus = "corpus"
licence = "MIT"
base = "tinybase"
folds = 2
fold_share = 0.5
[fit]
epochs = {epochs}
rate = 1e-3
layer_decay = 0.9
head_rate = 5.0
dropout = 0.1
weight_decay = 0.01
average = 0.9
max_pieces = 64
places = 2048
threads = 1
[noise]
shuffle_share = 0.5
question_share = 0.5
bare_share = 0.2
rough_share = 0.2
mask_share = 0.1
[chain]
l2 = 10.0
iterations = 10
caution = 1.5
"""


def random_base(folder):
    """A BERT of one layer with random weights, and a vocabulary of letters and common words."""
    folder.mkdir(parents=True)
    draw = torch.Generator().manual_seed(0)
    linear = {"attention.self.query": (WIDTH, WIDTH), "attention.self.key": (WIDTH, WIDTH)}
    linear |= {"attention.self.value": (WIDTH, WIDTH), "attention.output.dense": (WIDTH, WIDTH)}
    linear |= {"intermediate.dense": (INNER, WIDTH), "output.dense": (WIDTH, INNER)}
    weights = {
        "embeddings.word_embeddings.weight": torch.randn(PIECES, WIDTH, generator=draw),
        "embeddings.position_embeddings.weight": torch.randn(512, WIDTH, generator=draw) * 0.1,
        "embeddings.token_type_embeddings.weight": torch.zeros(2, WIDTH),
    }
    at = "encoder.layer.0."
    for name, shape in linear.items():
        weights[f"{at}{name}.weight"] = torch.randn(shape, generator=draw) * 0.2
        weights[f"{at}{name}.bias"] = torch.zeros(shape[0])
    for name in ("embeddings.", at + "attention.output.", at + "output."):
        weights |= {name + "LayerNorm.weight": torch.ones(WIDTH), name + "LayerNorm.bias": torch.zeros(WIDTH)}
    save_file(weights, folder / "model.safetensors")
    (folder / "config.json").write_text(json.dumps({"hidden_size": WIDTH, "num_attention_heads": 4}))
    letters = "abcdefghijklmnopqrstuvwxyz"
    pieces = ["[UNK]", *letters, *(f"##{c}" for c in letters), *"0123456789.,?!'-"]
    words = sorted({w for a in read_corpus([CORPUS / "typed.starl"])[:60] for w in a.text.lower().split()})
    pieces += [w for w in words if w.isalpha()]
    (folder / "vocab.txt").write_text("\n".join(pieces[:PIECES]) + "\n")


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    root = tmp_path_factory.mktemp("encoder")
    random_base(root / "packages" / "tinybase" / "model")
    (root / "packages" / "tinybase" / "__init__.py").touch()
    (root / "corpus").mkdir()
    for name in ("typed.starl", "terse.starl"):
        lines = (CORPUS / "typed.starl").read_text(encoding="utf-8").split("\n\n")
        part = lines[:24] if name == "typed.starl" else lines[24:48]
        (root / "corpus" / name).write_text("\n\n".join(part) + "\n\n", encoding="utf-8")
    sys.path.insert(0, str(root / "packages"))
    yield root
    sys.path.remove(str(root / "packages"))


def run(home, name, epochs):
    """Train in a folder of its own."""
    root = home / name
    if not root.exists():
        shutil.copytree(home / "corpus", root / "corpus")
    (root / "tiny.toml").write_text(CONFIG.format(epochs=epochs), encoding="utf-8")
    return train(root / "tiny.toml")


def test_training_gives_a_model_that_loads_and_knows_its_scores(home):
    folder = run(home, "once", 2)
    model = load_model(str(folder))
    assert model.meta.label == "tiny-0.0.1"
    assert (model.meta.n_layers, model.meta.n_heads) == (1, 4)
    assert 0 <= model.meta.scores["accuracy"] <= 1


def test_a_training_that_was_stopped_ends_as_if_it_had_not_been(home, monkeypatch):
    whole = run(home, "once", 2)

    def stop_after_first(path, state, real=torch.save):
        real(state, path)
        if state["epoch"] == 1:
            monkeypatch.undo()
            monkeypatch.setattr("starl.encoder_fitting._average", fail)

    def fail(*args):
        raise KeyboardInterrupt

    monkeypatch.setattr("starl.encoder_fitting.torch.save", lambda state, path: stop_after_first(path, state))
    with pytest.raises(KeyboardInterrupt):
        run(home, "stopped", 2)
    monkeypatch.undo()
    again = run(home, "stopped", 2)
    assert (again / "encoder.onnx").read_bytes() == (whole / "encoder.onnx").read_bytes()


def test_the_exported_graph_computes_what_was_trained(home):
    params, n_heads = load_base(home / "packages" / "tinybase" / "model", seed=3)
    ids = np.array([1, 5, 60, 61, 7, 2])
    with torch.no_grad():
        want = forward(params, torch.tensor(ids)[None], torch.ones(1, 6, dtype=torch.bool), n_heads, 0.0)[0]
    arrays = {name: value.numpy() for name, value in params.items()}
    for quantised, off in ((False, 1e-5), (True, 0.02)):
        graph = build(arrays, n_layers(params), n_heads, quantised=quantised)
        got = open_session(graph, "tiny").run(None, {"ids": ids})[0]
        assert np.abs(got - want.numpy()).max() < off


def test_a_blend_lies_between_its_parts():
    whole, parts = {"w": torch.tensor([4.0])}, [{"w": torch.tensor([0.0])}, {"w": torch.tensor([2.0])}]
    assert [blend(whole, parts, share)["w"].item() for share in (0.0, 0.5, 1.0)] == [4.0, 2.5, 1.0]


def test_padding_never_changes_a_score(home):
    params, n_heads = load_base(home / "packages" / "tinybase" / "model", seed=3)
    ids, mask = torch.tensor([[1, 5, 60, 0, 0]]), torch.tensor([[True, True, True, False, False]])
    with torch.no_grad():
        padded = forward(params, ids, mask, n_heads, 0.0)[0, :3]
        alone = forward(params, ids[:, :3], mask[:, :3], n_heads, 0.0)[0]
    assert torch.allclose(padded, alone, atol=1e-5)


def test_the_mean_of_a_group_without_pieces_is_nought():
    scores = torch.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    assert pool(scores, torch.tensor([0, 0, 2]), 3).tolist() == [[2.0, 3.0], [0.0, 0.0], [5.0, 6.0]]


def test_an_example_carries_the_labels_of_its_answer(home):
    answer = read_corpus([CORPUS / "typed.starl"])[0]
    cutter = Cutter(read_vocabulary(home / "packages" / "tinybase" / "model" / "vocab.txt", "tiny"))
    (example,) = make_examples(Tokenizer(), cutter, [answer], NO_NOISE, random.Random(0), 512)
    assert sorted(set(example.clause)) == list(range(-1, len(answer.clauses)))
    assert (example.opens == 1).sum() == len(answer.clauses)
    outside = [i for i, clause in enumerate(answer.clauses) if clause[0] not in "AR"]
    assert (example.agent[outside] == IGNORED).all()


def test_batches_hold_every_example_once_and_keep_to_their_size():
    sizes = [random.Random(i).randrange(5, 60) for i in range(50)]
    groups = batches(sizes, 200, random.Random(0))
    assert sorted(i for group in groups for i in group) == list(range(50))
    assert all(len(g) * max(sizes[i] for i in g) <= 200 for g in groups)


def test_an_encoder_reads_an_empty_batch(home):
    params, n_heads = load_base(home / "packages" / "tinybase" / "model", seed=3)
    graph = build({n: v.numpy() for n, v in params.items()}, n_layers(params), n_heads)
    encoder = Encoder(graph, home / "packages" / "tinybase" / "model" / "vocab.txt", "tiny")
    tokens = Tokenizer()([""])
    assert encoder(tokens, tokens).piece.shape == (0, 19)
