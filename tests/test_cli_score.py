"""``starl score``. The analyzer is a stand-in but where a test is marked with ``model``."""

import gzip
import io
import json
import subprocess
import sys
from types import ModuleType, SimpleNamespace

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from rich.console import Console
from typer.testing import CliRunner

from standin import StandIn
from starl import cli, cli_score
from starl.cli_score import follow, make_bar, told
from starl.files.runs import Summary

LINES = '{"id": "a", "text": "I did it"}\n{"id": "b", "text": null}\n{"id": "c", "text": 5}\n'


@pytest.fixture(autouse=True)
def standin(request, monkeypatch):
    """Put the stand-in in place of the analyzer, but where the model is wanted."""
    if "model" in request.keywords:
        return None
    analyzer = StandIn()
    module = ModuleType("starl.analyzer")
    module.__dict__["load"] = lambda model, *, profile: analyzer
    monkeypatch.setitem(sys.modules, "starl.analyzer", module)
    return analyzer


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Run ``starl score`` in the folder of the test."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.jsonl").write_text(LINES)

    def run(*arguments, stdin=""):
        done = CliRunner().invoke(cli.app, ["score", *map(str, arguments)], input=stdin)
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        return SimpleNamespace(code=done.exit_code, out=done.stdout, err=done.stderr)

    return run


def lines_of(text):
    return [json.loads(line) for line in text.splitlines()]


def test_a_file_is_scored_into_parquet(run, tmp_path):
    done = run("a.jsonl", "-o", "out.parquet", "--id-column", "id")
    assert done.code == 0
    assert pq.read_table(tmp_path / "out.parquet")["id"].to_pylist() == ["a", "b", "c"]


def test_the_summary_says_rows_rate_and_what_was_not_read(run):
    first, second = run("a.jsonl", "-o", "out.jsonl").err.splitlines()
    assert first.startswith("starl: 3 rows in 0.")
    assert first.endswith(" a second: 1 ok, 1 missing, 1 not_text")
    assert second == "starl: 2 rows not read: 1 missing, 1 not_text; first at a.jsonl:2, a.jsonl:3"


def test_quiet_says_nothing(run):
    done = run("a.jsonl", "-o", "out.jsonl", "--quiet")
    assert (done.code, done.out, done.err) == (0, "", "")


def test_standard_input_and_output_take_json_lines(run):
    done = run("-", "-o", "-", stdin=LINES)
    assert [row["status"] for row in lines_of(done.out)] == ["ok", "missing", "not_text"]


def test_standard_input_can_be_csv(run):
    done = run("-", "-o", "-", "--input-format", "csv", "--keep", "g", stdin="g,text\n1,I did it\n2,\n")
    assert [(row["g"], row["n_words"]) for row in lines_of(done.out)] == [("1", 3), ("2", 0)]


def test_standard_input_can_go_to_a_file(run, tmp_path):
    assert run("-", "-o", "out.jsonl", stdin=LINES).code == 0
    assert len(lines_of((tmp_path / "out.jsonl").read_text())) == 3


def test_several_inputs_are_one_run_of_rows(run, tmp_path):
    (tmp_path / "b.csv").write_text("text\nfour\n")
    (tmp_path / "c.jsonl.gz").write_bytes(gzip.compress(b'{"text": "five"}\n'))
    pq.write_table(pa.table({"text": ["six"]}), tmp_path / "d.parquet")
    rows = lines_of(run(tmp_path, "-o", "-").out)
    assert [row["row"] for row in rows] == [0, 1, 2, 3, 4, 5]


def test_columns_are_chosen_by_name(run, tmp_path, standin):
    row = {"answer": "a b", "asked": "Why?", "who": "x", "team": 1, "year": 2}
    (tmp_path / "b.jsonl").write_text(json.dumps(row))
    options = ["--text-column", "answer", "--question-column", "asked", "--id-column", "who"]
    [row] = lines_of(run("b.jsonl", "-o", "-", *options, "--keep", "team,year").out)
    assert list(row)[:4] == ["who", "team", "year", "status"]
    assert (row["n_words"], standin.questions) == (2, ["Why?"])


def test_answers_over_the_limit_are_marked(run):
    rows = lines_of(run("a.jsonl", "-o", "-", "--max-chars", 3).out)
    assert [row["status"] for row in rows] == ["oversized", "missing", "not_text"]


def test_clauses_are_written_if_asked_for(run):
    assert list(lines_of(run("a.jsonl", "-o", "-", "--clauses").out)[0])[-1] == "clauses"


def test_an_interrupted_run_says_how_to_go_on_and_can(run, standin):
    standin.stop_at = "I did it"
    done = run("a.jsonl", "-o", "out.jsonl")
    assert (done.code, done.err) == (130, "starl: stopped; give the same with --resume to go on\n")
    standin.stop_at = None
    assert run("a.jsonl", "-o", "out.jsonl", "--resume").code == 0


def test_an_interrupted_pipe_cannot_go_on(run, standin):
    standin.stop_at = "I did it"
    assert run("-", "-o", "-", stdin=LINES).err == "starl: stopped\n"


def test_a_finished_run_is_said_to_be_whole(run):
    run("a.jsonl", "-o", "out.parquet")
    again = run("a.jsonl", "-o", "out.parquet", "--resume")
    assert again.err == "starl: out.parquet is whole already, nothing to do\n"


def test_overwriting_is_asked_for(run):
    run("a.jsonl", "-o", "out.parquet")
    assert run("a.jsonl", "-o", "out.parquet").code == 2
    assert run("a.jsonl", "-o", "out.parquet", "--overwrite").code == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["no.jsonl", "-o", "o.jsonl"], "no.jsonl must be a file, folder or glob, got nothing there"),
        (
            ["a.jsonl", "-o", "o.csv"],
            "output must end in .parquet, .jsonl or / (a folder",
        ),
        (["a.jsonl", "-o", "no/o.jsonl"], "no/o.jsonl must be writable, got no such file or directory"),
        (
            ["a.jsonl", "-o", "o.jsonl", "--text-column", "x"],
            "a.jsonl: column must be one of 'id', 'text'",
        ),
        (
            ["a.jsonl", "-o", "o.jsonl", "--keep", "status"],
            "a kept column must not have the name of",
        ),
        (["a.jsonl", "-o", "o.jsonl", "--resume", "--overwrite"], "a run must go on or start anew, got both"),
        (["a.jsonl", "-o", "-", "--resume"], "standard output must be written in one go, got --resume"),
        (["-", "-o", "o.jsonl", "--resume"], "a run must read files to be gone on with, got a pipe"),
        (["a.jsonl", "-o", "a.jsonl", "--overwrite"], "output must not be one of the inputs, got a.jsonl"),
    ],
)
def test_errors_are_one_clear_line(run, arguments, message):
    done = run(*arguments)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(f"starl: {message}")
    assert done.err.count("\n") == 1


def test_without_pyarrow_the_extra_is_named(run, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    done = run("a.jsonl", "-o", "out.parquet")
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert "pip install 'starl[arrow]'" in done.err


def test_the_bar_shows_share_rows_and_rate():
    console = Console(file=io.StringIO(), force_terminal=True, width=80)
    with make_bar(console) as bar:
        show = follow(bar)
        show(1000, 0.25)
        show(2500, 0.5)
        bar.refresh()
        text = console.file.getvalue()
    assert "50%" in text
    assert "2,500 rows" in text


def test_the_rate_leaves_out_what_an_earlier_run_did():
    with make_bar(Console(file=io.StringIO())) as bar:
        show = follow(bar)
        show(1_000_000, 0.5)
        show(1_000_000, 0.5)
        assert bar.tasks[0].fields["rate"] == 0


def test_a_bar_without_an_end_moves_on_all_the_same():
    with make_bar(Console(file=io.StringIO())) as bar:
        follow(bar)(10, None)
        assert bar.tasks[0].total is None


def test_the_bar_is_for_terminals_alone(run, monkeypatch):
    monkeypatch.setattr(cli_score, "make_bar", lambda console: pytest.fail("there is no terminal"))
    assert run("a.jsonl", "-o", "out.jsonl").code == 0


def test_a_resumed_run_says_how_much_was_done_before():
    summary = Summary(100_000, {"ok": 100_000}, (), 125.4, 40_000)
    rows = "100,000 rows, 40,000 of them before, in 2 min 5 s, 478 a second"
    assert told(summary, "o") == [f"{rows}: 100,000 ok"]


@pytest.mark.parametrize(("seconds", "shown"), [(59.6, "59.6 s"), (119.7, "2 min 0 s"), (7500, "2 h 5 min")])
def test_times_are_told_as_people_do(seconds, shown):
    assert f" in {shown}, " in told(Summary(1, {"ok": 1}, (), seconds, 0), "o")[0]


@pytest.mark.model
@pytest.mark.parametrize("name", ["out.parquet", "out.jsonl"])
def test_files_say_what_the_analyzer_says(run, tmp_path, name):
    import starl

    run("a.jsonl", "-o", name, "--clauses", "--id-column", "id")
    batch = pa.record_batch({"id": ["a", "b", "c"], "text": ["I did it", None, None]})
    expected = starl.load().score_batch(batch, keep=["id"], clauses=True).to_pylist()[:2]
    path = tmp_path / name
    is_table = path.suffix == ".parquet"
    rows = pq.read_table(path).to_pylist() if is_table else lines_of(path.read_text())
    assert rows[:2] == expected


@pytest.mark.model
def test_two_processes_give_the_same_bytes_as_one(run, tmp_path):
    lines = (json.dumps({"text": f"I rang {i} clients."}) + "\n" for i in range(3000))
    (tmp_path / "b.jsonl").write_text("".join(lines))
    run("b.jsonl", "-o", "one.parquet")
    code = ["-m", "starl", "score", "b.jsonl", "-o", "two.parquet", "--processes", "2", "--quiet"]
    subprocess.run([sys.executable, *code], check=True, cwd=tmp_path)
    assert (tmp_path / "one.parquet").read_bytes() == (tmp_path / "two.parquet").read_bytes()
