"""``starl explain`` by itself: a page, a clause, a finding, and what it refuses."""

import json
from types import SimpleNamespace

import pytest
import typer
from typer.testing import CliRunner

from starl.cli_explain import explain
from starl.explaining import ClauseExplanation, FindingExplanation
from starl.findings import get_rule, page

ANSWER = "The till broke at noon. I called the vendor, and I paid by phone. By two we sold again."
SMALL = ("--model", "en_starl_sm", "--isolated")


@pytest.fixture
def answer(tmp_path):
    path = tmp_path / "answer.txt"
    path.write_text(ANSWER, encoding="utf-8")
    return path


@pytest.fixture
def run():
    app = typer.Typer()
    app.command()(explain)

    def run(*arguments, stdin=""):
        done = CliRunner().invoke(app, [str(argument) for argument in arguments], input=stdin)
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        return SimpleNamespace(code=done.exit_code, out=done.stdout, err=done.stderr)

    return run


@pytest.mark.parametrize("name", ["situation-heavy", "BAL001"])
def test_a_name_alone_prints_the_page_of_a_rule(run, name):
    assert run(name).out == page(get_rule(name)) + "\n"


def test_a_name_alone_must_be_a_rule(run, answer):
    done = run(answer)
    assert done.code == 2
    assert "unknown rule" in done.err


@pytest.mark.model
def test_a_clause_is_explained(run, answer):
    done = run(answer, "--clause", 1, *SMALL)
    lines = done.out.splitlines()
    assert done.code == 0
    assert lines[0] == "Clause 1: I called the vendor,"
    assert lines[1].startswith("action, probability 0.")
    assert any(line.endswith("= the clause") for line in lines)


@pytest.mark.model
def test_a_character_means_its_clause(run, answer):
    at = run(answer, "--at", ANSWER.index("vendor"), *SMALL)
    assert at.out == run(answer, "--clause", 1, *SMALL).out


@pytest.mark.model
def test_an_answer_may_come_from_standard_input(run, answer):
    piped = run("-", "--clause", -1, *SMALL, stdin=ANSWER)
    assert piped.out == run(answer, "--clause", -1, *SMALL).out


@pytest.mark.model
def test_a_finding_is_explained(run, answer):
    done = run(answer, "--finding", "too-short", *SMALL)
    assert done.code == 0
    assert done.out.startswith("LEN001 too-short: ")
    assert "short_warning = 30 (this one decided)" in done.out


@pytest.mark.model
@pytest.mark.parametrize(
    ("arguments", "kind"),
    [(("--clause", 0), ClauseExplanation), (("--finding", "LEN001"), FindingExplanation)],
)
def test_json_is_the_whole_explanation(run, answer, arguments, kind):
    out = run(answer, *arguments, "--format", "json", *SMALL).out
    told = kind.model_validate_json(out)
    assert json.loads(out) == told.model_dump(mode="json")


@pytest.mark.model
def test_a_transcript_is_read_as_what_the_candidate_says(run, tmp_path):
    talk = tmp_path / "talk.vtt"
    talk.write_text(
        "WEBVTT\n\n00:00.000 --> 00:02.000\n<v Ann>What happened?\n\n"
        "00:02.000 --> 00:08.000\n<v Bo>The till broke. I called the vendor and paid by phone.\n"
    )
    done = run(talk, "--clause", 0, "--candidate", "Bo", *SMALL)
    assert done.out.startswith("Clause 0: The till broke.")


@pytest.mark.model
def test_no_control_character_of_an_answer_reaches_the_terminal(run):
    done = run("-", "--clause", 0, *SMALL, stdin="I fixed \x1b[31mit\x07 today")
    assert "\x1b" not in done.out
    assert "\x07" not in done.out


@pytest.mark.parametrize("given", [("--clause", 0, "--at", 3), ("--at", 3, "--finding", "LEN001")])
def test_one_thing_is_explained_at_a_time(run, answer, given):
    done = run(answer, *given)
    assert done.code == 2
    assert "give one of --clause, --at and --finding" in done.err


@pytest.mark.model
@pytest.mark.parametrize(
    ("given", "message"),
    [
        (("--clause", 9), "clause must be one of the answer's"),
        (("--at", 900), "character must lie in 0.."),
        (("--finding", "loud"), "unknown rule 'loud'"),
    ],
)
def test_what_is_not_there_is_one_line(run, answer, given, message):
    done = run(answer, *given, *SMALL)
    assert done.code == 2
    assert message in done.err
    assert done.err.count("\n") == 1
