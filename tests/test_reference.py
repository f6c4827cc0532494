"""The plain-Python reference of the benchmarks reads the same integers as the array code."""

import sys
from importlib import import_module
from itertools import islice
from pathlib import Path

import pytest
import spacy
from hypothesis import given, settings
from hypothesis import strategies as st

from starl.analyzer import load
from starl.corpus import read_corpus

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "benchmarks"))
reference = import_module("reference")

pytestmark = pytest.mark.model

ANALYZER, WEIGHTS, TOKENIZER = load(), reference.load_weights(), spacy.blank("en").tokenizer
PARTS = ("characters", "cuts", "opens_sentence", "emissions", "path", "type", "words")
ANSWERS = [answer.text for answer in islice(read_corpus([ROOT / "models" / "corpus"]), 0, None, 21)]
ANY = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
WORDS = ["so", "I", "We", "the", "my", "team", "went", "called", "running", "was", "customer", "because"]
WORDS += [
    "would",
    ".",
    ",",
    "?",
    '."',
    "-",
    "(",
    "\n",
    "\u2028",
    "\x85",
    "*",
    "um",
    "result",
    "40",
    "%",
    "n't",
]
PROSE = st.lists(st.sampled_from(WORDS), max_size=70).map(" ".join)
ODD = ["", " \n ", "...", "- - -\n- *", "The team", "the\nteam", "team", "I", "was " * 90, "word" * 70]
ODD += ["so, " * 40, "* I went\n* we called\n*", 'He said "stop." Then I left', "\x1c\x85\u3000I\x85we"]
ODD += ["the team, my team and our team were late", "é" * 150 + " naïve\u2029x"]


def by_reference(text):
    read = reference.read(text, TOKENIZER, WEIGHTS)
    ends = [(token.start_char, token.end_char) for token in read.tokens]
    return (ends, *(getattr(read, part) for part in PARTS[1:-1]), read.measures.words)


def by_arrays(texts):
    """Return what `Analyzer.read` says of each answer, each from its own first token and clause on."""
    read = ANALYZER.read(texts)
    clauses, tokens = read.clauses, read.clauses.tokens
    ends = list(zip(tokens.start_char.tolist(), tokens.end_char.tolist(), strict=True))
    of_clause = [values.tolist() for values in (read.emitted.opens_sentence, read.emitted.scores, read.roles)]
    for i in range(len(texts)):
        first, last = tokens.offsets[i : i + 2].tolist()
        part = slice(*clauses.offsets[i : i + 2].tolist())
        cuts = [*(clauses.start[part] - first).tolist(), last - first]
        labels = [values[part] for values in of_clause]
        yield (ends[first:last], cuts, *labels, int(read.types[i]), read.measures.words[i].tolist())


@pytest.fixture(scope="module")
def readings():
    """Both readings of a few hundred answers of the corpus."""
    return [by_reference(text) for text in ANSWERS], list(by_arrays(ANSWERS))


@pytest.mark.parametrize("part", range(len(PARTS)), ids=PARTS)
def test_reference_and_arrays_read_the_same_integers_in_the_corpus(readings, part):
    expected, got = readings
    assert len(got) > 300
    assert [i for i, (a, b) in enumerate(zip(expected, got, strict=True)) if a[part] != b[part]] == []


@pytest.mark.parametrize("text", ODD, ids=repr)
def test_reference_and_arrays_agree_on_an_odd_text(text):
    [got] = by_arrays([text])
    assert got == by_reference(text)


@given(st.one_of(ANY, PROSE))
@settings(max_examples=150, deadline=None)
def test_reference_and_arrays_agree_on_any_text(text):
    [got] = by_arrays([text])
    assert got == by_reference(text)


@given(st.lists(st.one_of(ANY, PROSE), max_size=5))
@settings(max_examples=40, deadline=None)
def test_an_answer_is_read_alike_alone_and_in_a_batch(texts):
    """The reference knows of no batch."""
    assert list(by_arrays(texts)) == [by_reference(text) for text in texts]


def test_shares_are_those_of_the_report():
    for text in ANSWERS[:20]:
        shares, balance = reference.read(text, TOKENIZER, WEIGHTS).measures, ANALYZER.analyze(text).balance
        told = None if balance.share is None else list(balance.share.model_dump().values())
        assert shares.share == (told or [None] * 5)
        assert (shares.setting_share, shares.core_share) == (balance.setting_share, balance.core_share)


def test_features_of_a_place_and_a_clause_are_as_many_as_the_models():
    tokens = reference.tokenize("I was late so I called them.", TOKENIZER)
    views = reference.view_clauses(tokens, reference.segment(tokens, WEIGHTS))
    context = reference.describe_answer(views)
    units = reference.merge_speakers(tokens)
    n_places = len(reference.describe_place(units, 3))
    assert (n_places, len(reference.describe_frame(views, 0, context))) == (13, 73)


def test_the_script_prints_a_role_for_each_clause(capsys):
    assert reference.main([str(ROOT / "examples" / "office-move.txt")]) == 0
    *lines, last = capsys.readouterr().out.splitlines()
    assert len(lines) > 10
    assert last.startswith("type: story; words: situation ")
