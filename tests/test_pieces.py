import pytest
from hypothesis import given
from hypothesis import strategies as st

from starl.pieces import MAX_PIECES, Cutter, canonical
from starl.tokens import Tokenizer

tokenizers = pytest.importorskip("tokenizers")
LETTERS = "abcdefghijklmnopqrstuvwxyz"
VOCABULARY = ["[UNK]", *LETTERS, *(f"##{c}" for c in LETTERS), "team", "was", "called", "the", "is", "my"]


def wordpiece():
    model = tokenizers.models.WordPiece({s: i for i, s in enumerate(VOCABULARY)}, unk_token="[UNK]")
    made = tokenizers.Tokenizer(model)
    made.pre_tokenizer = tokenizers.pre_tokenizers.Whitespace()
    return made


TOKENIZER, CUTTER = Tokenizer(), Cutter(wordpiece())


def cut(text):
    pieces = CUTTER(TOKENIZER([text]))
    return [VOCABULARY[i] for i in pieces.ids]


@pytest.mark.parametrize(
    "pair",
    [
        ("I was called.", "We were called."),
        ("I'm called", "we're called"),
        ("The team called", "I called"),
        ("my own", "Our own"),
        ("I've called myself", "We've called ourselves"),
        ("I have", "the team has"),
    ],
)
def test_who_acts_is_not_in_the_pieces(pair):
    assert cut(pair[0]) == cut(pair[1])


def test_others_are_seen():
    assert cut("they called") != cut("we called")
    assert canonical("They") == "they"


def test_pieces_belong_to_their_tokens_and_a_team_is_one():
    pieces = CUTTER(TOKENIZER(["ab the team", "", "c"]))
    assert pieces.token.tolist() == [0, 0, 1, 3]
    assert pieces.offsets.tolist() == [0, 3, 3, 4]


def test_a_monstrous_token_is_read_in_part():
    assert len(cut("a" * 60)) == MAX_PIECES


@given(st.lists(st.text(st.sampled_from("abI we.,'\n"), max_size=30), max_size=4))
def test_an_answer_is_cut_alike_alone_and_in_a_batch(texts):
    batch = CUTTER(TOKENIZER(texts))
    for i, text in enumerate(texts):
        alone = CUTTER(TOKENIZER([text])).ids
        assert batch.ids[batch.offsets[i] : batch.offsets[i + 1]].tolist() == alone.tolist()
