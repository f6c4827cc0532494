"""The benchmark on any labelled sentences: reading, training, folds and figures."""

import json
import sys
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("scipy")

BENCHMARKS = Path(__file__).resolve().parents[1] / "benchmarks"
sys.path.insert(0, str(BENCHMARKS))

documents, sequences = map(import_module, ("documents", "sequences"))

WORDS = {"aim": "We ask whether it heals.", "way": "Patients got a dose.", "end 2": "The rate fell by half."}
STARL = """# id=t-{i} | question=Why? | style=written | type=story | traits=terse
S\t-\tThe till was down {i} times
A\tI\tand I called the shop.
R\tnone\tIt worked.

"""


def write(path, rows, **names):
    lines = [
        json.dumps({names.get("s", "sentences"): s, names.get("l", "labels"): labels}) for s, labels in rows
    ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return str(path)


def told(labels, number=0):
    return [f"{WORDS[label]} See {number}." for label in labels], labels


def run(tmp_path, *argv):
    output = tmp_path / "out" / "result.json"
    assert sequences.main([*map(str, argv), "--output", str(output)]) == 0
    return json.loads(output.read_text(encoding="utf-8"))


def test_the_chain_knows_an_order_that_no_sentence_shows(tmp_path):
    rows = [([f"It was so {i}."] * 3, ["aim", "way", "end 2"]) for i in range(12)]
    data = write(tmp_path / "data.jsonl", rows)
    together = run(tmp_path, data, "--folds", 3)
    alone = run(tmp_path, data, "--folds", 3, "--single")
    assert together["systems"]["starl"]["accuracy"] == 1.0
    assert alone["systems"]["starl"]["accuracy"] == together["systems"]["majority"]["accuracy"] == 0.3333
    assert (together["name"], alone["name"]) == ("data", "data-single")


def test_a_sentence_alone_is_described_without_its_neighbours():
    first, second = (
        documents.Document((f"{a}\nIt fell.", [(0, 4, "x"), (5, 13, "y")]), a) for a in ("Abcd", "Efgh")
    )
    alone = [sequences.to_chains([d], ["x", "y"], single=True) for d in (first, second)]
    together = [sequences.to_chains([d], ["x", "y"], single=False) for d in (first, second)]
    assert (alone[0].rows[1] != alone[1].rows[1]).nnz == 0
    assert (together[0].rows[1] != together[1].rows[1]).nnz > 0
    assert (alone[0].sizes.tolist(), together[0].sizes.tolist()) == ([1, 1], [2])


def test_each_given_sentence_is_one_clause(tmp_path):
    sentences = ["One. Two. When it rang, I ran", "x" * 300, " - ", "So\nit went\u2028on."]
    path = write(tmp_path / "data.jsonl", [(sentences, [1, 2, 1, 0]), (["One."], [2])])
    found = documents.read_documents([Path(path)])
    chains = sequences.to_chains(found, ["0", "1", "2"], single=False)
    assert chains.sizes.tolist() == [4, 1]
    assert chains.labels.tolist() == [1, 2, 1, 0, 2]
    assert [text for text, _ in found[0].parts()] == [s.strip() for s in sentences]


def test_a_label_that_training_lacks_is_always_wrong(tmp_path):
    train = write(tmp_path / "train.jsonl", [told(["aim", "way"], i) for i in range(8)], s="text", l="tags")
    test = write(tmp_path / "test.jsonl", [told(["aim", "way", "way", "end 2"])], s="text", l="tags")
    fields = ("--sentences", "text", "--labels", "tags")
    result = run(tmp_path, "--train", train, "--test", test, *fields)
    ours = result["systems"]["starl"]
    assert result["labels_not_in_training"] == ["end 2"]
    assert (ours["accuracy"], ours["labels"]["end 2"]["recall"]) == (0.75, 0.0)
    assert (ours["labels"]["aim"]["f1"], ours["accuracy_95"]) == (1.0, None)


def test_the_penalty_that_is_best_on_dev_is_taken(tmp_path):
    rows = [told(["aim", "way", "way", "end 2"][i % 2 :], i) for i in range(12)]
    train, dev, test = (
        write(tmp_path / f"{name}.jsonl", rows[part])
        for name, part in (("train", slice(12)), ("dev", slice(4)), ("test", slice(4, 6)))
    )
    result = run(tmp_path, "--train", train, "--dev", dev, "--test", test, "--l2", "1e6", "0.1", "1e7")
    assert result["l2"] == 0.1
    assert result["dev"]["accuracy_by_l2"]["0.1"] == 1.0 > result["dev"]["accuracy_by_l2"]["1000000.0"]
    assert result["test"]["documents_also_in_train"] == 2


def test_dropout_gives_the_same_figures_again_and_no_text(tmp_path):
    rows = [told(list(WORDS) if i % 3 else ["way", "aim"], i) for i in range(9)]
    argv = (write(tmp_path / "data.jsonl", rows), "--folds", 3, "--dropout", 0.8, "--copies", 2)
    first = run(tmp_path, *argv)
    assert run(tmp_path, *argv) == first
    assert not any(word in json.dumps(first) for word in ("heals", "Patients", "rate fell"))


def test_annotated_answers_are_data_too(tmp_path):
    (tmp_path / "corpus").mkdir()
    text = "".join(STARL.format(i=i) for i in range(6))
    (tmp_path / "corpus" / "till.starl").write_text(text, encoding="utf-8")
    result = run(tmp_path, tmp_path / "corpus", "--folds", 2)
    assert (result["name"], result["data"]["documents"], result["data"]["sentences"]) == ("corpus", 6, 18)
    assert {k: v["gold"] for k, v in result["systems"]["starl"]["labels"].items()} == {"A": 6, "R": 6, "S": 6}
    assert result["systems"]["starl"]["accuracy"] == 1.0


def test_documents_of_one_group_share_a_fold():
    groups = [*"abcdefg", *"gfedcba"]
    fold = sequences.assign(groups, 3, seed=0)
    assert fold[:7].tolist() == fold[:6:-1].tolist()
    assert sorted(np.bincount(fold[:7]).tolist()) == [2, 2, 3]
    assert sequences.assign(groups, 3, seed=1).tolist() != fold.tolist()


def test_no_document_is_scored_by_a_model_that_has_seen_it(tmp_path):
    """Each word is met once; left out one by one, a document's label is the rarer one of the others."""
    rows = [([3 * chr(97 + i)], ["aim" if i % 2 else "way"]) for i in range(8)]
    data = write(tmp_path / "data.jsonl", rows)
    held = run(tmp_path, data, "--folds", 8, "--min-documents", 1)
    seen, bare = (
        run(tmp_path, "--train", data, "--test", data, "--min-documents", n)["systems"]["starl"]
        for n in (1, 9)
    )
    assert (held["systems"]["starl"]["accuracy"], held["systems"]["majority"]["accuracy"]) == (0.0, 0.0)
    assert (seen["accuracy"], bare["accuracy"]) == (1.0, 0.5)


def test_weighted_f1_by_hand():
    """Gold 3, 1 and 0 sentences; F1 is 2/3, 0 and 0, and a label that occurs nowhere counts for nothing."""
    counts = np.array([[2, 0, 1, 0], [1, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]])
    assert float(sequences.weighted_f1(counts)) == pytest.approx(3 / 4 * 2 / 3)
    assert np.isnan(sequences.weighted_f1(np.zeros((2, 3, 3)))).all()


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (b"oops", "line must be a JSON object, got 'oops' (Expecting value, column 1)"),
        (b"[1]", "line must be a JSON object, got [1]"),
        (b"\xff", "line must be UTF-8, got byte 0xff"),
        (b'{"labels": []}', "line must have the field 'sentences', got ['labels']; see --sentences"),
        (b'{"sentences": [], "labels": "a"}', "field 'labels' must be a list, got 'a'; see --labels"),
        (b'{"sentences": [], "labels": []}', "field 'sentences' must hold a sentence, got []"),
        (b'{"sentences": ["a"], "labels": []}', "labels must be as many as sentences, 1, got 0"),
        (
            b'{"sentences": ["a", " "], "labels": []}',
            "sentence 2 must be a string of valid Unicode with a word, got ' '",
        ),
        (
            b'{"sentences": ["\\ud800"], "labels": []}',
            "sentence 1 must be a string of valid Unicode with a word, got '\\ud800'",
        ),
        (
            b'{"sentences": ["a"], "labels": [["x", "y"]]}',
            "label 1 must be one printable string or a whole number, got ['x', 'y']",
        ),
    ],
)
def test_a_bad_line_is_named(line, message, tmp_path, capsys):
    path = tmp_path / "data.jsonl"
    path.write_bytes(b'{"sentences": ["a"], "labels": ["x"]}\n\n' + line + b"\n")
    assert sequences.main([str(path)]) == 2
    assert capsys.readouterr() == ("", f"{path}:3: {message}\n")


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        ([], "data must be given as DATA alone or as --train and --test"),
        (["FILE", "--dev", "FILE"], "data must be given as DATA alone or as --train and --test"),
        (["FILE", "--l2", "1", "2"], "--l2 must be one value unless there is --dev to choose by"),
        (["FILE", "--l2", "nan"], "--l2 must be above 0, got [nan]"),
        (["FILE", "--dropout", "1"], "--dropout must be at least 0 and below 1, got 1.0"),
        (["FILE", "--folds", "2"], "--folds must be at most the number of unlike documents, 1, got 2"),
    ],
)
def test_a_bad_call_is_named(argv, message, tmp_path, capsys):
    path = write(tmp_path / "data.jsonl", [told(["aim"])] * 3)
    assert sequences.main([path if arg == "FILE" else arg for arg in argv]) == 2
    out, err = capsys.readouterr()
    assert not out
    assert err.startswith(message)
    assert err.count("\n") == 1


def test_an_empty_file_is_named(tmp_path, capsys):
    path = tmp_path / "data.jsonl"
    path.write_text("\n", encoding="utf-8")
    assert sequences.main(["--train", str(path), "--test", str(path)]) == 2
    assert capsys.readouterr().err == f"{path}:1: file must hold a document, got none\n"


def test_the_report_shows_model_and_baseline(tmp_path, capsys):
    rows = [told(["way", "way", "aim"], i) for i in range(6)]
    run(tmp_path, write(tmp_path / "data.jsonl", rows), "--folds", 2)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "data: data 6 documents, 18 sentences; whole documents, l2 1"
    assert lines[3].split() == ["accuracy", "1.000", "[1.000", "1.000]", "0.667", "[0.667", "0.667]"]
    assert lines[-2].split() == ["way", "1.000", "1.000", "1.000", "[1.000", "1.000]", "12", "0.800"]
