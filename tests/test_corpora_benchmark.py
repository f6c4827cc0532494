"""The benchmark of whole runs works on tiny limits, and its tables render. Its modules are scripts."""

import json
import sys
from importlib import import_module
from itertools import islice
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "benchmarks"))
corpora, tables = map(import_module, ("corpora", "tables"))

pytestmark = pytest.mark.model

WORDS = [f"w{i}" for i in range(50)]
TINY = {
    "CORPUS": ROOT / "models" / "corpus" / "plain-forms-c.starl",
    "LENGTHS_OF": {"typed, 76 words": 76},
    "THOUSAND": 10,
    "SIZES": (5, 10),
    "LENGTHS": (10, 100, 200, 1_000_000),
    "N_PIPELINE": 5,
    "N_REFERENCE": 3,
    "N_ENCODER": 1,
    "WRITERS": dict([next(iter(corpora.WRITERS.items()))]),
}


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """All sections on a handful of answers: where the results are, and what they say."""
    path = tmp_path_factory.mktemp("corpora") / "corpora.json"
    with pytest.MonkeyPatch.context() as patch:
        for name, value in TINY.items():
            patch.setattr(corpora, name, value)
        assert corpora.main(["--rounds", "1", "--limit", "20", "--output", str(path)]) == 0
    return path, json.loads(path.read_text())


def test_every_section_is_measured_and_has_a_table(run):
    result = run[1]
    assert set(corpora.SECTIONS) < set(result)
    assert list(tables.corpora_tables(result)) == list(tables.OF_CORPORA)


@pytest.mark.parametrize("name", tables.OF_CORPORA)
def test_each_row_of_a_table_has_all_columns(run, name):
    lines = tables.corpora_tables(run[1])[name].splitlines()
    assert len(lines) > 2
    assert {line.count(" | ") for line in lines} == {lines[0].count(" | ")}


def test_tables_of_whole_runs_are_named_by_their_file(run):
    built = tables.build(run[0].parent)
    assert {f"corpora_{name}" for name in tables.OF_CORPORA} == set(built)


def test_all_that_reads_is_held_against_the_same_things(run):
    rows = run[1]["rates"]["typed, 76 words"]["rows"]
    assert {"str.split", "spacy tokenizer", "spacy, blank with sentencizer", ".score"} < set(rows)
    assert (
        rows["str.split"]["x_split"] == rows["spacy tokenizer"]["x_spacy"] == rows[".score"]["x_score"] == 1
    )
    assert min(row["microseconds_per_answer"] for row in rows.values()) > 0


def test_plain_python_is_slower_than_arrays(run):
    assert min(run[1]["rates"]["typed, 76 words"]["python_x"].values()) > 1


@pytest.mark.parametrize(("ratio", "told"), [(1234.5, "1,234.5"), (1.234, "1.23"), (0.0123, "0.0123")])
def test_ratios_have_the_digits_that_their_size_asks_for(ratio, told):
    assert tables.times(ratio) == told


def test_lengths_beyond_the_corpus_are_left_out(run):
    assert [row["words"] for row in run[1]["lengths"]["rows"]] == [10, 100, 200]


def test_one_section_measured_again_keeps_the_others(run):
    path, result = run
    head = {key: result[key] for key in ("machine", "model", "words", "rounds", "limit")}
    assert set(corpora.kept(path, head)) == set(corpora.SECTIONS)
    assert corpora.kept(path, head | {"rounds": 2}) == {}
    assert corpora.kept(path.with_name("none.json"), head) == {}


def test_answers_are_the_words_in_order_and_then_never_twice_the_same():
    made = list(islice(corpora.make_answers(WORDS, 7), 200))
    assert " ".join(made[:7]).split() == WORDS[:49]
    assert {len(text.split()) for text in made} == {7}
    assert len(set(made)) == 200


def test_misses_are_chunks_that_no_answer_before_held(monkeypatch):
    monkeypatch.setattr(corpora, "THOUSAND", 2)
    assert corpora.misses(["a b", "a c", "a d", "b", ""]) == [0.75, 0.3333, 0.0]


@pytest.mark.parametrize("power", [1, 2])
def test_exponent_is_the_power_that_time_grows_with(power):
    assert corpora.exponent({n: 3e-6 * n**power for n in (1_000, 10_000, 100_000)}) == power


def test_one_number_of_answers_has_no_exponent():
    assert corpora.exponent({1_000: 0.1}) is None


def test_peak_memory_is_told_without_a_proc_file_system(monkeypatch, tmp_path):
    known = corpora.own_peak_mb()
    monkeypatch.setattr(corpora, "STATUS", tmp_path / "none")
    assert min(known, corpora.own_peak_mb()) > 10
