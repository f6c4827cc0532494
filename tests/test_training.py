import random
import shutil
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("scipy")

from scipy.optimize import check_grad, minimize
from scipy.sparse import csr_matrix

from starl.corpus import read_corpus
from starl.fitting import Chains, fit_crf, fit_logistic, fit_softmax
from starl.model import load_model
from starl.recipes import train
from starl.training import common, quantise, shuffle
from starl.viterbi import decode

CORPUS = Path(__file__).parents[1] / "models" / "corpus"
SMALL = """
name = "tiny"
version = "0.0.1"
seed = 1
corpus = "corpus"
licence = "MIT"
[clauses]
n_bits = 12
l2 = 0.3
iterations = 10
lean = 0.5
[roles]
n_bits = 12
min_files = 1
dropout = 0.5
copies = 1
shuffled = 1
shuffle_share = 0.5
runs = 2
l2 = 1.0
iterations = 10
folds = 2
[types]
n_bits = 10
min_files = 1
l2 = 1.0
iterations = 10
"""


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    root = tmp_path_factory.mktemp("train")
    (root / "corpus").mkdir()
    for name in ("typed.starl", "rough.starl"):
        shutil.copy(CORPUS / name, root / "corpus")
    (root / "tiny.toml").write_text(SMALL, encoding="utf-8")
    return train(root / "tiny.toml")


def test_a_trained_model_loads_and_knows_its_scores(trained):
    model = load_model(str(trained))
    assert model.meta.label == "tiny-0.0.1"
    assert 0.3 < model.meta.scores["accuracy"] <= 1


def test_training_again_gives_the_same_bytes(trained):
    first = {path.name: path.read_bytes() for path in trained.iterdir()}
    assert {path.name: path.read_bytes() for path in train(trained.parent / "tiny.toml").iterdir()} == first


def test_the_crf_learns_an_order_that_single_clauses_do_not_show():
    """The same feature twice: the first is role 0, the second role 1."""
    rows = csr_matrix(np.ones((40, 1)))
    chains = Chains(rows, np.tile([0, 1], 20), np.zeros(40, dtype=int), np.full(20, 2))
    weights, chain = fit_crf(chains, 2, 1, 0.01, 50)
    scores = (rows @ weights).reshape(20, 2, 2)
    path = decode(scores, chain, np.zeros((20, 2), dtype=int), np.ones((20, 2), dtype=bool))
    assert (path == [0, 1]).all()


def test_the_gradient_of_the_crf_is_that_of_its_loss(monkeypatch):
    rng = np.random.default_rng(0)
    rows = csr_matrix(rng.integers(0, 2, (9, 5)).astype(float))
    chains = Chains(rows, rng.integers(0, 3, 9), rng.integers(0, 2, 9), np.array([2, 4, 3]))
    seen = {}

    def spy(objective, size, iterations):
        start = rng.normal(size=size)
        seen["error"] = check_grad(lambda p: objective(p)[0], lambda p: objective(p)[1], start)
        return minimize(objective, start, jac=True, method="L-BFGS-B", options={"maxiter": 1}).x

    monkeypatch.setattr("starl.fitting.climb", spy)
    fit_crf(chains, 3, 2, 0.5, 1)
    assert seen["error"] < 1e-4


def test_logistic_and_softmax_separate_what_can_be_separated():
    rows = csr_matrix(np.eye(3)[[0, 1, 2, 0, 1, 2]])
    labels = np.array([0, 1, 2, 0, 1, 2])
    weights, bias = fit_softmax(rows, labels, 3, 0.01, 50)
    assert ((rows @ weights + bias).argmax(axis=1) == labels).all()
    assert ((rows @ fit_logistic(rows, labels == 1, 0.01, 50) > 0) == (labels == 1)).all()


def test_quantised_weights_keep_their_order_and_fit_the_field():
    (a, b), scale = quantise(np.array([0.5, -2.0]), np.array([[1.0]]))
    assert a.tolist() == [512, -2047]
    assert b.tolist() == [[1024]]
    assert scale == 1023.5


def test_a_shuffled_answer_keeps_its_clauses():
    answer = read_corpus([CORPUS / "typed.starl"])[0]
    text, clauses = shuffle(answer, 1.0, random.Random(0))
    words = {(role, words) for role, _, words in answer.clauses}
    assert {(role, text[start:end]) for start, end, role in clauses} < words


def test_a_common_feature_occurs_in_enough_files():
    rows = csr_matrix(np.array([[1, 1, 0], [1, 0, 0], [0, 1, 1]]))
    assert common(rows, np.array([0, 1, 0]), 2).tolist() == [True, False, False]
