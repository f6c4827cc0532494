"""``starl summarize``: files in every form in, text, JSON or a page out."""

import gzip
import io
import json
from types import SimpleNamespace

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import typer
from typer.testing import CliRunner

from scoredrows import scored
from starl.cli_summarize import summarize as command
from starl.files.jsonl import json_lines
from starl.summary.scored import read_scored
from starl.summary.summing import summarize

TABLE = scored(
    {"action_share": 0.5, "n_words": 120, "no_task": "info"},
    {"action_share": 0.25, "status": "ok", "we_heavy": "warning", "action_we": 4},
    {"status": "missing"},
    {"status": "not_a_story", "answer_type": "plan"},
    extra={"id": [1, 2, 3, 4], "site": ["a", "b", None, "a"]},
)
LINES = b"".join(bytes(json_lines(batch)) for batch in TABLE.to_batches())


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Run the command in the folder of the test."""
    monkeypatch.chdir(tmp_path)
    app = typer.Typer()
    app.command()(command)

    def run(*arguments, stdin=b""):
        done = CliRunner().invoke(app, [*map(str, arguments)], input=stdin)
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        return SimpleNamespace(code=done.exit_code, out=done.stdout, err=done.stderr)

    return run


@pytest.fixture
def parquet(tmp_path):
    """Write the table as a file of two row groups."""
    pq.write_table(TABLE, tmp_path / "out.parquet", row_group_size=2)
    return tmp_path / "out.parquet"


def write_arrow(path, table, make):
    with make(str(path), table.schema) as writer:
        writer.write_table(table, 3)


def test_the_text_is_printed(run, parquet):
    done = run("out.parquet")
    assert done.code == 0
    assert done.out.startswith("4 answers: 2 judged, 2 not\n")


def test_json_is_the_summary(run, parquet):
    done = run("out.parquet", "--by", "site", "--format", "json")
    assert done.out == summarize([TABLE], "site").model_dump_json() + "\n"


def test_a_page_is_written_beside_the_text(run, parquet, tmp_path):
    done = run("out.parquet", "--html", "page.html")
    assert done.out.startswith("4 answers")
    assert (tmp_path / "page.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


def test_the_profile_says_what_is_advised(run, parquet):
    assert " 60–150 " in run("out.parquet", "--profile", "short").out


@pytest.mark.parametrize("name", ["out.jsonl", "out.jsonl.gz", "out.arrow", "out.arrows", "parts/b.parquet"])
def test_every_form_gives_the_same_summary(tmp_path, name):
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    if name.endswith("parquet"):
        pq.write_table(TABLE.slice(0, 1), path.with_name("a.parquet"))
        pq.write_table(TABLE.slice(1), path)
        path = path.parent
    elif "jsonl" in name:
        path.write_bytes(gzip.compress(LINES) if name.endswith("gz") else LINES)
    else:
        write_arrow(path, TABLE, pa.ipc.new_stream if name.endswith("s") else pa.ipc.new_file)
    assert summarize(read_scored([str(path)], "site"), "site") == summarize([TABLE], "site")


def test_several_files_are_one_corpus(run, parquet):
    assert run("out.parquet", "out.parquet").out.startswith("8 answers: 4 judged")


def test_json_lines_are_read_from_a_pipe(run):
    assert run("-", stdin=LINES).out.startswith("4 answers: 2 judged")


def test_a_file_without_rows_is_no_error(run, tmp_path):
    pq.write_table(TABLE.slice(0, 0), tmp_path / "none.parquet")
    (tmp_path / "none.jsonl").write_bytes(b"")
    done = run("none.parquet", "none.jsonl", "--by", "site", "--html", "page.html")
    assert (done.code, done.out) == (0, "0 answers\n")


def refused(done):
    """Return the one line on stderr of a call that was refused."""
    assert (done.code, done.out) == (2, "")
    [line] = done.err.splitlines()
    return line


def test_a_column_that_is_not_there_is_told_with_the_file(run, parquet):
    line = refused(run("out.parquet", "--by", "town"))
    assert line == (
        "starl: out.parquet: column to group by must be one of 'id', 'site', got 'town'; "
        "starl score --keep passes columns on"
    )


def test_rows_that_were_not_scored_are_refused(run, tmp_path):
    (tmp_path / "raw.jsonl").write_text('{"text": "I did it"}\n')
    assert "raw.jsonl: scored rows must have the column 'status'" in refused(run("raw.jsonl"))


def test_a_line_that_is_no_row_is_told_by_its_number(run, tmp_path):
    (tmp_path / "out.jsonl").write_bytes(LINES + b"{broken\n")
    assert "out.jsonl must hold a row of scores in each line, got another at line 5" in refused(
        run("out.jsonl")
    )


def test_a_truncated_file_is_told(run, parquet):
    parquet.write_bytes(parquet.read_bytes()[:-20])
    assert "out.parquet must be a whole parquet file" in refused(run("out.parquet"))


@pytest.mark.parametrize("name", ["out.csv", "out.txt"])
def test_a_file_that_starl_score_does_not_write_is_refused(run, tmp_path, name):
    (tmp_path / name).write_text("a,b\n")
    assert f"{name} must be Parquet, Arrow or JSON lines, got" in refused(run(name))


def test_a_folder_of_other_files_is_refused(run, tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "a.csv").write_text("a,b\n")
    assert "a.csv must be Parquet, Arrow or JSON lines, got csv" in refused(run("folder"))


def test_nothing_there_is_told(run):
    assert "nope.parquet must be a file, folder or glob, got nothing there" in refused(run("nope.parquet"))


def test_an_unknown_profile_is_told(run, parquet):
    assert "unknown profile 'nope'" in refused(run("out.parquet", "--profile", "nope"))


def test_a_page_never_replaces_scores(run, parquet):
    before = parquet.read_bytes()
    assert "page must end in .html or .htm" in refused(run("out.parquet", "--html", "out.parquet"))
    assert parquet.read_bytes() == before


def test_a_page_that_cannot_be_written_is_told(run, parquet):
    line = refused(run("out.parquet", "--html", "nowhere/page.html"))
    assert (
        line
        == "starl: nowhere/page.html must be writable, got no such file or directory; choose another place"
    )


def test_a_terminal_without_blocks_gets_plain_bars(run, parquet, monkeypatch):
    raw = io.BytesIO()
    monkeypatch.setattr("sys.stdout", io.TextIOWrapper(raw, encoding="ascii"))
    command([str(parquet)], by=None, html=None)
    assert b"judged                ##########" in raw.getvalue()


def test_every_field_of_the_summary_is_in_the_json(run, parquet):
    found = json.loads(run("out.parquet", "--by", "site", "--format", "json").out)
    assert [group["name"] for group in found["groups"]] == ["a", "b", None]
    assert found["answers"]["measures"]["action_share"]["median"] == 0.375
    assert found["fingerprints"] == {"f1": 4}
