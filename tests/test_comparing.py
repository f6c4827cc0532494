"""What changed from one draft to the next, in Python and on the command line."""

import json
import re
import shlex
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
import typer
from rich.cells import cell_len
from typer.testing import CliRunner

from goldlines import measured
from starl import cli_diff
from starl.comparing import Comparison, State, compare, comparison_text
from starl.findings import get_rule, judge
from starl.profiles import DEFAULT
from starl.report import Report
from starl.roles import ROLES, Agent, Role, Severity, Status
from test_render import make_finding, make_report

ROOT = Path(__file__).parents[1]
GUIDE = ROOT / "docs" / "guides" / "compare-drafts.md"

Run = Callable[..., SimpleNamespace]


def judged(lines: object) -> Report:
    report = measured(lines)
    return report.model_copy(update={"findings": judge(report, DEFAULT)})


def holding(*found: tuple[str, Severity], **fields: object) -> Report:
    findings = tuple(make_finding(f"name-{code}", code=code, severity=severity) for code, severity in found)
    return make_report(findings=findings, **fields)


def states(comparison: Comparison) -> list[tuple[State, str]]:
    return [(finding.state, finding.code) for finding in comparison.findings]


HEAVY = get_rule("situation-heavy")
INFO, NOTE, WARNING = Severity
REFUSED = Status.NOT_A_STORY


@pytest.fixture
def drafts() -> tuple[Report, Report]:
    return judged(HEAVY.bad), judged(HEAVY.good)


def test_words_and_shares_are_those_of_the_reports(drafts: tuple[Report, Report]) -> None:
    old, new = drafts
    for part in compare(old, new).parts:
        assert part.words.before == getattr(old.balance.words, part.role)
        assert part.words.after == getattr(new.balance.words, part.role)
        share = [None if part.role is Role.OTHER else getattr(r.balance.share, part.role) for r in drafts]
        assert [part.share.before, part.share.after] == share


def test_every_role_and_agent_has_its_row_in_order(drafts: tuple[Report, Report]) -> None:
    change = compare(*drafts)
    assert [part.role for part in change.parts] == list(ROLES)
    assert [row.agent for row in change.deeds] == list(Agent)
    assert [row.deeds.after for row in change.deeds] == [5, 0, 0, 0]


def test_ownership_is_compared() -> None:
    old, new = judged(get_rule("hidden-agent").bad), judged(get_rule("hidden-agent").good)
    change = compare(old, new)
    assert (change.hidden_deeds.before, change.hidden_deeds.after) == (5, 0)
    assert (change.i_share.before, change.i_share.after) == (old.ownership.i_share, new.ownership.i_share)


def test_a_mended_finding_is_said_to_be_mended(drafts: tuple[Report, Report]) -> None:
    assert (State.MENDED, "BAL001") in states(compare(*drafts))
    assert (State.NEW, "BAL001") in states(compare(*drafts[::-1]))


FOUND = {
    State.NEW: (None, NOTE),
    State.WORSE: (NOTE, WARNING),
    State.SAME: (NOTE, NOTE),
    State.MILDER: (WARNING, INFO),
    State.MENDED: (NOTE, None),
}


@pytest.mark.parametrize(("state", "severities"), FOUND.items())
def test_states_of_a_finding(state: State, severities: tuple[Severity | None, Severity | None]) -> None:
    old, new = (holding(*[("X01", s)] if s else []) for s in severities)
    change = compare(old, new)
    assert states(change) == [(state, "X01")]
    assert (change.findings[0].before, change.findings[0].after) == severities


@pytest.mark.parametrize(("old", "new"), [(REFUSED, Status.OK), (Status.OK, REFUSED), (REFUSED, REFUSED)])
def test_nothing_follows_where_a_draft_was_not_judged(old: Status, new: Status) -> None:
    """Only the draft that was judged may have a finding, and the other one's lack of it says nothing."""
    found = [("X01", NOTE)]
    first = holding(*found if old is Status.OK else [], status=old)
    second = holding(*found if new is Status.OK else [], status=new)
    assert {state for state, _ in states(compare(first, second))} <= {State.UNKNOWN}


def test_findings_are_listed_by_state_then_severity_then_code() -> None:
    old = holding(("A01", NOTE), ("B01", NOTE), ("C01", NOTE))
    new = holding(("C01", WARNING), ("Z01", NOTE), ("Y01", NOTE), ("X01", WARNING), ("B01", NOTE))
    codes = [code for _, code in states(compare(old, new))]
    assert codes == ["X01", "Y01", "Z01", "C01", "B01", "A01"]


def test_a_draft_compared_with_itself_has_changed_in_nothing(drafts: tuple[Report, Report]) -> None:
    change = compare(drafts[0], drafts[0])
    assert {finding.state for finding in change.findings} == {State.SAME}
    assert all(part.words.before == part.words.after for part in change.parts)
    assert change.warnings == ()


def test_other_models_or_limits_give_a_warning(drafts: tuple[Report, Report]) -> None:
    other = drafts[1].model_copy(update={"fingerprint": "9", "model": "md", "question": "Well?"})
    said = compare(drafts[0], other).warnings
    assert [w.split(",")[0] for w in said] == [
        "the drafts were not read by the same model",
        "the drafts do not answer the same question",
    ]
    assert "gold, profile default, 0; md, profile default, 9" in said[0]


def test_an_empty_draft_counts_nothing() -> None:
    empty = make_report(status=Status.EMPTY, status_reason="empty", balance=None, ownership=None)
    change = compare(make_report(), empty)
    assert change.n_words.after == change.hidden_deeds.after == 0
    assert change.i_share.after is change.setting_share.after is change.parts[0].share.after is None


def test_a_comparison_comes_back_from_json(drafts: tuple[Report, Report]) -> None:
    change = compare(*drafts)
    assert Comparison.model_validate_json(change.model_dump_json()) == change


IS_WORSE = {
    "new note": (holding(), holding(("X01", NOTE)), True),
    "new info": (holding(), holding(("X01", INFO)), False),
    "worse": (holding(("X01", NOTE)), holding(("X01", WARNING)), True),
    "same warning": (holding(("X01", WARNING)), holding(("X01", WARNING)), False),
    "milder": (holding(("X01", WARNING)), holding(("X01", NOTE)), False),
    "mended": (holding(("X01", WARNING)), holding(), False),
    "refused now": (holding(), holding(status=REFUSED), True),
    "refused before": (holding(status=REFUSED), holding(("X01", WARNING)), False),
    "refused both": (holding(status=REFUSED), holding(status=Status.TOO_SHORT), False),
}


@pytest.mark.parametrize(("old", "new", "worse"), IS_WORSE.values(), ids=IS_WORSE)
def test_a_draft_is_worse_by_what_is_new_alone(old: Report, new: Report, worse: bool) -> None:
    assert compare(old, new).is_worse is worse


# text


@pytest.mark.parametrize(("old", "new", "worse"), IS_WORSE.values(), ids=IS_WORSE)
def test_no_line_is_wider_than_80_columns(old: Report, new: Report, worse: bool) -> None:
    other = new.model_copy(update={"fingerprint": "f" * 16, "model": "long name " * 12})
    lines = comparison_text(compare(old, other)).split("\n")
    assert max(map(cell_len, lines)) <= 80
    assert lines == [line.rstrip() for line in lines]


def test_text_says_words_shares_and_points(drafts: tuple[Report, Report]) -> None:
    text = comparison_text(compare(*drafts))
    assert text.startswith("105 -> 118 words (+13); findings: 2 mended\n")
    assert re.search(r"^  situation +69 -> +17 words +66% -> +14%  \(-52\)$", text, re.M)
    assert re.search(r"^  I of I and we 100% -> 100%  \(\+0\)$", text, re.M)
    assert re.search(r"^  mended   BAL001  situation-heavy +warning +72%$", text, re.M)


def test_text_says_which_draft_cannot_be_judged() -> None:
    text = comparison_text(compare(holding(), holding(status=REFUSED)))
    assert "the old draft can be judged, the new draft is not a story\n" in text


def test_text_gives_the_message_of_what_is_new_and_hides_controls() -> None:
    bad = make_finding("name", code="X01", severity=NOTE, message="a\x1b[31mred phrase")
    text = comparison_text(compare(holding(), make_report(findings=(bad,))))
    assert "a␛[31mred phrase" in text
    assert "\x1b" not in text


# starl diff


@pytest.fixture
def run() -> Run:
    app = typer.Typer()
    app.command()(cli_diff.diff)

    def run(*arguments: object, stdin: str | bytes = "") -> SimpleNamespace:
        done = CliRunner().invoke(app, [*map(str, arguments), "--isolated"], input=stdin)
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        return SimpleNamespace(code=done.exit_code, out=done.stdout, err=done.stderr)

    return run


@pytest.fixture
def saved(tmp_path: Path, drafts: tuple[Report, Report]) -> tuple[Path, Path]:
    paths = tmp_path / "old.json", tmp_path / "new.json"
    for path, report in zip(paths, drafts, strict=True):
        path.write_text(report.model_dump_json() + "\n", encoding="utf-8")
    return paths


def test_saved_reports_are_compared_without_a_model(
    run: Run, saved: tuple[Path, Path], drafts: tuple[Report, Report], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "starl.analyzer", None)
    done = run(*saved)
    assert (done.code, done.err) == (0, "")
    assert done.out == comparison_text(compare(*drafts))


def test_json_holds_the_comparison(run: Run, saved: tuple[Path, Path], drafts: tuple[Report, Report]) -> None:
    done = run(*saved, "--format", "json")
    assert Comparison.model_validate_json(done.out) == compare(*drafts)


def test_exit_codes_say_whether_the_new_draft_is_worse(run: Run, saved: tuple[Path, Path]) -> None:
    assert run(*saved).code == 0
    assert run(*saved[::-1]).code == 1
    assert run(*saved[::-1], "--exit-zero").code == 0


def test_rules_that_the_configuration_leaves_out_are_not_compared(
    saved: tuple[Path, Path], tmp_path: Path
) -> None:
    config = tmp_path / "mine.toml"
    config.write_text('ignore = ["BAL"]', encoding="utf-8")
    app = typer.Typer()
    app.command()(cli_diff.diff)
    done = CliRunner().invoke(app, [*map(str, saved[::-1]), "--config", str(config)])
    assert done.exit_code == 0
    assert "no-learning" in done.stdout
    assert "situation-heavy" not in done.stdout


WRONG = {
    "same input twice": (("-", "-"), "drafts must be two, got standard input for both"),
    "missing": (("gone.txt", "-"), "gone.txt must be readable, got No such file"),
    "folder": ((ROOT, "-"), f"{ROOT} must be a file, got a folder"),
    "profile": (("-", "gone.txt", "--profile", "xx"), "unknown profile 'xx'"),
}


@pytest.mark.parametrize(("arguments", "message"), WRONG.values(), ids=WRONG)
def test_wrong_calls_are_one_line_and_exit_2(run: Run, arguments: tuple[str, ...], message: str) -> None:
    done = run(*arguments)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(f"starl: {message}")
    assert done.err.count("\n") == 1


def test_a_report_of_another_version_is_refused(run: Run, saved: tuple[Path, Path]) -> None:
    held = json.loads(saved[0].read_text(encoding="utf-8"))
    saved[0].write_text(json.dumps(held | {"mood": "good"}), encoding="utf-8")
    done = run(*saved)
    assert done.code == 2
    assert "old.json must be a report of this version, got mood: extra inputs" in done.err


@pytest.mark.parametrize("content", [b"caf\xe9", b"a\0b"])
def test_a_draft_that_is_no_text_is_refused(run: Run, saved: tuple[Path, Path], content: bytes) -> None:
    done = run(saved[0], "-", stdin=content)
    assert done.code == 2
    assert done.err.startswith("starl: standard input must be UTF-8 text")


@pytest.mark.model
def test_a_transcript_and_a_text_can_be_compared(run: Run, tmp_path: Path) -> None:
    talk = tmp_path / "talk.vtt"
    talk.write_text("WEBVTT\n\n00:00.000 --> 00:03.000\n<v Ann>I mended the till.\n", encoding="utf-8")
    done = run(talk, "-", "--model", "en_starl_sm", stdin="I mended the till, and it ran.")
    assert done.out.startswith("4 -> 7 words (+3)")


@pytest.mark.model
def test_the_guide_shows_what_the_commands_print(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    text = GUIDE.read_text(encoding="utf-8")
    shown = re.findall(r"```console\n\$ starl diff (.*?)\n(.*?)```", text, re.S)
    assert shown
    for arguments, output in shown:
        assert run(*shlex.split(arguments)).out == output


@pytest.mark.model
def test_the_examples_of_the_guide_run(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    text = GUIDE.read_text(encoding="utf-8")
    pairs = re.findall(r"```python\n(.*?)```\n\n```text\n(.*?)```", text, re.S)
    assert pairs
    for code, output in pairs:
        exec(code, {})
        assert capsys.readouterr().out == output
