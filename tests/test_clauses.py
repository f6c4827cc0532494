import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from starl.clauses import N_TEMPLATES, describe_places, segment
from starl.model import load_model
from starl.tokens import Tokenizer

TOKENIZE = Tokenizer()
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)

pytestmark = pytest.mark.model


@pytest.fixture(scope="module")
def weights():
    return load_model().split


def pieces(text, weights):
    clauses = segment(TOKENIZE([text]), weights)
    return [text[s:e] for s, e in zip(clauses.start_char, clauses.end_char, strict=True)]


@given(st.lists(TEXT, max_size=5))
def test_every_token_is_in_exactly_one_clause(texts):
    tokens = TOKENIZE(texts)
    clauses = segment(tokens, load_model().split)
    assert clauses.start[0] == 0
    assert clauses.start[-1] == len(tokens)
    assert (np.diff(clauses.start) > 0).all()
    assert np.isin(tokens.offsets, clauses.start).all()


@pytest.mark.parametrize(
    "line",
    [
        "The belt stopped at two in the morning, | so I called the mechanic at home.",
        "I called the client | and fixed the invoice.",
        "we cut the waiting list, | saving two days a month.",
        "i was on the late shift when the belt just stopped | so i called the mechanic | and he came in",
        "Wrote a script.\n| Moved the backups.",
        "- Wrote a script\n| - Moved the backups\n| * Told the night shift",
    ],
)
def test_clause_boundaries(line, weights):
    text = line.replace("| ", "")
    assert pieces(text, weights) == [piece.strip() for piece in line.split("| ")]


@pytest.mark.parametrize("speaker", ["I", "we", "the team", "my team"])
def test_the_cut_does_not_depend_on_who_acts(speaker):
    text = "When {} saw the queue {} opened a second till, and {} were done by noon."
    here = describe_places(TOKENIZE([text.replace("{}", speaker)]), 17)[1]
    there = describe_places(TOKENIZE([text.replace("{}", "I")]), 17)[1]
    assert here.tolist() == there.tolist()


@pytest.mark.parametrize(("a", "b"), [("me", "us"), ("my", "our"), ("am", "are"), ("was", "were")])
def test_forms_of_the_first_person_look_the_same(a, b):
    text = "He told {} to wait | so {} wait and then he called {}."
    one, other = (describe_places(TOKENIZE([text.replace("{}", word)]), 17)[1] for word in (a, b))
    assert (one == other).all()


def test_marks_alone_make_no_clause(weights):
    assert pieces("( - ) I called him. ...\n--", weights) == ["( - ) I called him. ...\n--"]
    assert pieces("... !", weights) == ["... !"]


def test_no_tokens_give_no_places():
    places, ids = describe_places(TOKENIZE(["", " "]), 17)
    assert ids.shape == (N_TEMPLATES + 1, 0)
    assert len(places) == 0
