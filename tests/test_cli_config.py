"""``starl profiles``, and the configuration that commands read by. The analyzer is a stand-in."""

import json
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest
import typer
from typer.testing import CliRunner

from starl import cli
from starl.cli_profiles import find, profiles
from starl.config import Config, make_config
from starl.profiles import PROFILES, Profile
from test_render import make_finding, make_report

Run = Callable[..., SimpleNamespace]

CONFIG = """\
profile = "panel"
framework = "CARL"
ignore = ["situation-heavy"]
[profiles.panel]
extends = "senior"
bands.action = [0.45, 0.65]
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def run() -> Run:
    """Run ``starl profiles``, or ``starl analyze`` if that is the first argument."""
    alone = typer.Typer()
    alone.command()(profiles)

    def run(*arguments: str, stdin: str = "I fixed it.") -> SimpleNamespace:
        app = cli.app if arguments[:1] == ("analyze",) else alone
        done = CliRunner().invoke(app, list(arguments), input=stdin)
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        return SimpleNamespace(code=done.exit_code, out=done.stdout, err=done.stderr)

    return run


@pytest.fixture
def used(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Put a stand-in for the analyzer in place; give the names of the profiles it was loaded with."""
    seen: list[str] = []

    def load(model: str, *, profile: Profile) -> SimpleNamespace:
        seen.append(profile.name)
        report = make_report(profile=profile.name, findings=(make_finding(),))
        return SimpleNamespace(analyze=lambda text, *, question: report)

    module = ModuleType("starl.analyzer")
    module.__dict__["load"] = load
    monkeypatch.setitem(sys.modules, "starl.analyzer", module)
    return seen


def test_profiles_are_listed_with_their_descriptions(run: Run) -> None:
    lines = run().out.splitlines()
    assert [line.split()[0] for line in lines] == list(PROFILES)
    assert lines[0].endswith(PROFILES["default"].description)


def test_profiles_of_the_file_are_listed_too(run: Run, folder: Path) -> None:
    (folder / "starl.toml").write_text(CONFIG, encoding="utf-8")
    assert run().out.splitlines()[-1] == "panel          Limits of panel."
    assert "panel" not in run("--isolated").out


def test_the_list_can_be_json(run: Run) -> None:
    assert list(json.loads(run("--format", "json").out)) == list(PROFILES)


def test_a_list_is_no_toml(run: Run) -> None:
    done = run("--format", "toml")
    assert (done.code, done.out) == (2, "")
    assert "a list of profiles must be text or json, got toml; name a profile" in done.err


def test_one_profile_is_a_table_with_sources(run: Run) -> None:
    out = run("written-250").out
    assert out.startswith("written-250: Examples written into a form")
    assert "bands.situation" in out
    assert "long_warning        275 words      Ours: a tenth over the limit." in out


def test_one_profile_can_be_json(run: Run) -> None:
    assert Profile.model_validate_json(run("short", "--format", "json").out) == PROFILES["short"]


def test_one_profile_as_toml_starts_ones_own(run: Run) -> None:
    made = make_config(tomllib.loads(run("short", "--format", "toml").out)).profiles["my-short"]
    assert made.model_copy(update={"name": "short"}) == PROFILES["short"]


def test_a_profile_of_the_file_keeps_its_name_as_toml(run: Run, folder: Path) -> None:
    (folder / "starl.toml").write_text(CONFIG, encoding="utf-8")
    assert run("panel", "--format", "toml").out.startswith("[profiles.panel]\n")


def test_an_unknown_profile_is_one_line(run: Run) -> None:
    done = run("shrt")
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("starl: unknown profile 'shrt', expected one of default")


def test_the_nearest_file_is_read_unless_told(folder: Path) -> None:
    (folder / "pyproject.toml").write_text('[tool.starl]\nprofile = "short"', encoding="utf-8")
    (folder / "other.toml").write_text('profile = "senior"', encoding="utf-8")
    assert find(None, False).profile == "short"
    assert find(folder / "other.toml", False).profile == "senior"
    assert find(None, True) == Config()


def test_no_file_is_the_default() -> None:
    assert find(None, False) == Config()


def test_a_file_and_none_at_all_contradict(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit):
        find(folder / "starl.toml", True)
    assert "got both --config and --isolated; give one" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "message"),
    [("profle = 1", "starl.toml: unknown key profle"), ("= 1", "starl.toml must be TOML")],
)
def test_a_wrong_file_is_one_line(run: Run, folder: Path, text: str, message: str) -> None:
    (folder / "starl.toml").write_text(text, encoding="utf-8")
    done = run()
    assert (done.code, done.out, done.err.count("\n")) == (2, "", 1)
    assert message in done.err


def test_a_file_that_is_not_there_is_one_line(run: Run) -> None:
    done = run("--config", "nowhere.toml")
    assert (done.code, done.out) == (2, "")
    assert "nowhere.toml must be readable, got No such file or directory" in done.err


def test_analyze_reads_by_the_nearest_file(run: Run, folder: Path, used: list[str]) -> None:
    (folder / "starl.toml").write_text(CONFIG, encoding="utf-8")
    out = run("analyze").out
    assert used == ["panel"]
    assert "[C] context" in " ".join(out.split())
    assert "advised 45–65%" in out
    assert "situation-heavy" not in out


def test_analyze_isolated_reads_by_the_default(run: Run, folder: Path, used: list[str]) -> None:
    (folder / "starl.toml").write_text(CONFIG, encoding="utf-8")
    out = run("analyze", "--isolated").out
    assert used == ["default"]
    assert "[S] situation" in " ".join(out.split())
    assert "situation-heavy" in out


def test_analyze_reads_by_the_file_given(run: Run, folder: Path, used: list[str]) -> None:
    (folder / "mine.toml").write_text(CONFIG, encoding="utf-8")
    run("analyze", "--config", "mine.toml")
    assert used == ["panel"]


def test_options_win_over_the_file(run: Run, folder: Path, used: list[str]) -> None:
    (folder / "starl.toml").write_text(CONFIG, encoding="utf-8")
    out = run("analyze", "--profile", "short", "--framework", "SOAR", "--ignore", "task-heavy").out
    assert used == ["short"]
    assert "[O] obstacle" in " ".join(out.split())
    assert "situation-heavy" in out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--framework", "CRAL"), "unknown framework 'CRAL', expected one of STARL"),
        (("--profile", "panle"), "did you mean 'panel'?"),
        (("--config", "starl.toml", "--isolated"), "got both --config and --isolated"),
    ],
)
def test_wrong_names_stop_the_call(
    run: Run, folder: Path, used: list[str], arguments: tuple[str, ...], message: str
) -> None:
    (folder / "starl.toml").write_text(CONFIG, encoding="utf-8")
    done = run("analyze", *arguments)
    assert (done.code, done.out, used) == (2, "", [])
    assert message in done.err


def test_json_is_the_whole_report_in_any_framework(run: Run, used: list[str]) -> None:
    done = run("analyze", "--format", "json", "--framework", "CARL")
    assert done.out == run("analyze", "--format", "json").out
