import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from starl.clauses import cut
from starl.features import extract, make_stream, sentence_edges
from starl.lexicon import CUES, cue_bits, normalise, read_cues
from starl.tokens import Tokenizer

TOKENIZE = Tokenizer()
SPEAKERS = ["I", "we", "We", "the team", "my team", "our team"]
FRAMES = [
    "{} rebuilt the ledger over a weekend",
    "so {} asked the vendor for a refund , and {} got it",
    "when {} looked closer {} found forty duplicates",
    "{} have learned to ask first",
]


def one_clause(text):
    return cut(TOKENIZE([text]), np.zeros(len(TOKENIZE([text])), dtype=bool))


@pytest.mark.parametrize("frame", FRAMES)
@pytest.mark.parametrize("speaker", SPEAKERS)
def test_who_acts_is_in_no_feature(frame, speaker):
    """I, we and "the team" give the very same ids."""
    ours, plain = (
        extract(one_clause(frame.replace("{}", speaker)), 18),
        extract(one_clause(frame.replace("{}", "I")), 18),
    )
    for a, b in zip(ours.families, plain.families, strict=True):
        assert (a.by_row == b.by_row).all()


@pytest.mark.parametrize(
    ("a", "b"), [("were", "was"), ("are", "is"), ("I'm", "I am"), ("have", "has"), ("1,250", "9,731")]
)
def test_forms_that_agree_with_the_speaker_fall_together(a, b):
    assert normalise(a.split("I")[-1]) == normalise(b.split("I ")[-1])


@given(st.lists(st.text(st.sampled_from("ab ,.I\n"), max_size=25), min_size=1, max_size=5))
def test_an_answers_features_do_not_depend_on_the_batch(texts):
    tokens = TOKENIZE(texts)
    whole = cut(tokens, tokens.word)
    batch = extract(whole, 12)
    for i, text in enumerate(texts):
        alone_tokens = TOKENIZE([text])
        alone = extract(cut(alone_tokens, alone_tokens.word), 12)
        first = whole.offsets[i]
        for a, b in zip(alone.families, batch.families, strict=True):
            for c in range(len(a.begin)):
                mine = a.by_row[:, a.begin[c] : a.end[c]]
                theirs = b.by_row[:, b.begin[first + c] : b.end[first + c]]
                assert (mine == theirs).all()


def test_the_stream_leaves_out_marks_and_the_first_person():
    clauses = one_clause("Then I told my boss, and the team (all of us) agreed.")
    stream = make_stream(clauses)
    assert [clauses.tokens.text(i) for i in stream.index] == [
        "Then",
        "told",
        "boss",
        "and",
        "all",
        "of",
        "agreed",
    ]


def test_sentences_open_after_a_full_stop_and_at_a_line():
    tokens = TOKENIZE(['He said "no." So I left\nWrote it down'])
    starts = [tokens.text(i) in ("He", "So", "Wrote") for i in range(len(tokens))]
    opens, closes = sentence_edges(cut(tokens, np.array(starts)))
    assert opens.tolist() == closes.tolist() == [True, True, True]


@pytest.mark.parametrize("name", CUES)
def test_each_word_list_names_its_source_and_sets_its_bit(name):
    assert read_cues(name)
    assert all(cue_bits(word) >> CUES.index(name) & 1 for word in read_cues(name))
