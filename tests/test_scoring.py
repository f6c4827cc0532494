import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from starl.clauses import cut
from starl.errors import ShapeError
from starl.features import MAX_CLAUSE, extract
from starl.scoring import MAX_WEIGHT, Weights, pack, unpack
from starl.tokens import Tokenizer

TOKENIZE = Tokenizer()
WEIGHTS = hnp.arrays(
    np.int64, st.tuples(st.integers(1, 200), st.just(6)), elements=st.integers(-MAX_WEIGHT, MAX_WEIGHT)
)
WORDS = st.lists(
    st.sampled_from(
        ["so", "I", "we", "the", "team", "asked", ".", ",", "40", "%", "learned", "and", "built"]
    ),
    max_size=30,
)


def clauses_of(texts):
    tokens = TOKENIZE(texts)
    return cut(tokens, np.arange(len(tokens)) % 4 == 0)


@given(WEIGHTS)
def test_packed_sums_unpack_to_the_plain_sums(weights):
    assert (unpack(pack(weights).sum(axis=0), 6) == weights.sum(axis=0)).all()


def test_a_weight_out_of_range_is_named():
    with pytest.raises(ShapeError, match=r"weights must lie in -2047\.\.2047, got 2048"):
        pack(np.array([[2048, 0]]))


@given(st.lists(WORDS.map(" ".join), min_size=1, max_size=4))
def test_emissions_are_the_sums_of_the_weights_of_the_features(texts):
    """Against a plain loop over clauses, families and rows."""
    clauses = clauses_of(texts)
    features = extract(clauses, 10)
    weights = np.random.default_rng(0).integers(-MAX_WEIGHT, MAX_WEIGHT + 1, (1 << 10, 6))
    emissions = Weights(pack(weights), 6).score(features)
    for c in range(len(clauses)):
        ids = np.concatenate([f.by_row[:, f.begin[c] : f.end[c]].ravel() for f in features.families])
        assert emissions[c].tolist() == weights[ids].sum(axis=0).tolist()


def test_a_clause_without_end_cannot_overflow_the_fields():
    clauses = cut(TOKENIZE(["word " * 5000]), np.zeros(5000, dtype=bool))
    features = extract(clauses, 10)  # ids of values, where a family has them, are as many
    n = sum(int((f.end - f.begin).max()) * len(f.ids) for f in features.families)
    assert (features.families[0].end - features.families[0].begin).max() == MAX_CLAUSE
    assert n * MAX_WEIGHT < 2**20


def test_weights_that_were_summed_before_serve_words_that_are_new():
    """The vocabulary grows from batch to batch, and so do the sums kept for its words."""
    weights = np.random.default_rng(0).integers(-MAX_WEIGHT, MAX_WEIGHT + 1, (1 << 10, 6))
    used = Weights(pack(weights), 6)
    used.score(extract(clauses_of(["a first batch"]), 10))
    later = extract(clauses_of(["another one follows it"]), 10)
    assert (used.score(later) == Weights(pack(weights), 6).score(later)).all()


def test_weights_can_be_sent_to_another_process():
    weights = Weights(pack(np.arange(12).reshape(2, 6)), 6)
    features = extract(clauses_of(["so I asked"]), 1)
    assert (pickle.loads(pickle.dumps(weights)).score(features) == weights.score(features)).all()
