import numpy as np
import pytest
import spacy
from hypothesis import given, settings
from hypothesis import strategies as st

from starl.errors import TextError
from starl.tokens import MAX_CHUNK, Tokenizer, _Table

TOKENIZE = Tokenizer()
NLP = spacy.blank("en")
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
PROSE = st.lists(
    st.sampled_from(
        ["I", "don't", "we've", "U.K.", "(so)", "3,000", "e.g.", "well...", "\n", "  ", "🎉", "it's", "km/h"]
    ),
    max_size=20,
).map(" ".join)


@given(st.one_of(TEXT, PROSE))
@settings(max_examples=300)
def test_tokens_equal_those_of_spacy(text):
    """All but the white-space ones, with the same offsets."""
    tokens = TOKENIZE([text])
    ours = [(tokens.text(i), int(tokens.start_char[i])) for i in range(len(tokens))]
    assert ours == [(t.text, t.idx) for t in NLP.make_doc(text) if not t.is_space]


CHUNKS = st.lists(
    st.one_of(
        st.text("abcXY'’.,-0é\0", min_size=1, max_size=22),
        st.sampled_from(
            ["customer", "customers", "responsibilities", "responsibilities,", "a\0", "a", "No."]
        ),
    ),
    max_size=12,
)


@given(st.lists(CHUNKS.map(" ".join), max_size=5), st.lists(CHUNKS.map(" ".join), max_size=5))
@settings(max_examples=30, deadline=None)  # each with a memory of its own, which takes a while to set up
def test_a_memory_never_mixes_up_chunks_of_any_length(first, second):
    """Chunks of up to 8, up to 16 and more bytes, alike in their first bytes, and with NULs in them."""
    tokenize = Tokenizer()
    for texts in (first, second, first):
        tokens = tokenize(texts)
        ours = [tokens.text(i) for i in range(len(tokens))]
        assert ours == [t.text for text in texts for t in NLP.make_doc(text) if not t.is_space]


WORD = st.text("abcdefghijklmnopqrstuvwxyz", min_size=1, max_size=12)


@given(st.lists(st.tuples(WORD, st.sampled_from(["", ",", ".", "!", "?", ";", ":", "..."])), max_size=20))
@settings(max_examples=300)
def test_plain_words_are_split_as_spacy_splits_them(parts):
    """They never reach spaCy; also with a capital in front."""
    text = " ".join(word + mark for word, mark in parts)
    for said in (text, text.title()):
        tokens = TOKENIZE([said])
        ours = [(tokens.text(i), int(tokens.start_char[i])) for i in range(len(tokens))]
        assert ours == [(t.text, t.idx) for t in NLP.make_doc(said) if not t.is_space]


def test_a_table_that_grows_keeps_what_it_knows():
    table = _Table(2)
    keys = np.random.default_rng(0).integers(0, 2**63, (3, 40_000)).astype(np.uint64)
    for part in np.array_split(np.arange(40_000), 7):
        table.add(part, keys[0, part], keys[1, part])
    assert (table.find(keys[0], keys[1]) == np.arange(40_000)).all()
    assert (table.find(keys[0], keys[2]) == -1).all()


@given(st.lists(TEXT, max_size=6), st.integers(0, 6), st.integers(0, 6))
def test_a_part_of_a_batch_reads_like_a_batch_of_its_own(texts, first, last):
    first, last = sorted((min(first, len(texts)), min(last, len(texts))))
    part, alone = TOKENIZE(texts).part(first, last), TOKENIZE(texts[first:last])
    for name in ("ids", "offsets", "newline", "space", "word", "start_char", "end_char"):
        assert (getattr(part, name) == getattr(alone, name)).all()


@given(st.lists(TEXT, max_size=6))
def test_every_non_space_character_is_in_exactly_one_token(texts):
    tokens = TOKENIZE(texts)
    for i, text in enumerate(texts):
        part = slice(tokens.offsets[i], tokens.offsets[i + 1])
        covered = [
            c
            for s, e in zip(tokens.start_char[part], tokens.end_char[part], strict=True)
            for c in range(s, e)
        ]
        assert covered == [at for at, char in enumerate(text) if not char.isspace()]


@given(TEXT)
def test_words_are_the_white_space_chunks_with_a_letter_or_digit(text):
    assert TOKENIZE([text]).word.sum() == sum(any(map(str.isalnum, chunk)) for chunk in text.split())


def test_a_line_break_is_seen_before_its_token():
    tokens = TOKENIZE(["one\ntwo three\r\n\r\nfour"])
    assert [tokens.text(i) for i in np.flatnonzero(tokens.newline)] == ["one", "two", "four"]


def test_a_huge_word_is_cut_into_pieces():
    tokens = TOKENIZE(["x" * (MAX_CHUNK * 3 + 1)])
    assert len(tokens) == 4
    assert tokens.end_char[-1] == MAX_CHUNK * 3 + 1


def test_a_lone_surrogate_is_named_with_its_place():
    with pytest.raises(
        TextError, match=r"answer 1 must be valid Unicode, got the lone surrogate '\\ud800' at character 2"
    ):
        TOKENIZE(["fine", "ab\ud800"])


@pytest.mark.parametrize("value", [None, 3, b"bytes", float("nan")])
def test_what_is_no_string_is_named(value):
    with pytest.raises(TextError, match=f"answer 0 must be a str, got {type(value).__name__}"):
        TOKENIZE([value])


def test_attributes_grow_with_the_vocabulary():
    tokenize = Tokenizer()
    first = tokenize(["one two"])
    assert first.vocab.attribute(len).tolist() == [3, 3]
    second = tokenize(["three"])
    assert second.vocab.attribute(len)[second.ids].tolist() == [5]


def test_a_full_memory_starts_anew(monkeypatch):
    monkeypatch.setattr("starl.tokens.MAX_MEMO", 2)
    tokenize = Tokenizer()
    before = tokenize(["a b c d"])
    after = tokenize(["e f"])
    assert [before.text(i) for i in range(4)] == list("abcd")
    assert [after.text(i) for i in range(2)] == ["e", "f"]
    assert len(after.vocab) == 2
