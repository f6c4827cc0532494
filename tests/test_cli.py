"""The command line. The analyzer is a stand-in but where a test is marked with ``model``."""

import ast
import builtins
import errno
import json
import os
import subprocess
import sys
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest
from typer.main import get_command
from typer.testing import CliRunner

import starl
from starl import cli
from starl.errors import ModelError
from starl.findings import RULES
from starl.profiles import Profile
from starl.report import Report
from starl.roles import AnswerType, Severity, Status
from test_render import make_finding, make_report

ROOT = Path(__file__).parents[1]
GOOD = """\
# id=tills-1 | question=Tell me about a hard day. | style=spoken | type=story | traits=complete
S\t-\tThe till broke.
A\tI\tI fixed it.

"""

Run = Callable[..., SimpleNamespace]
Use = Callable[..., list[tuple[str, str | None]]]


@pytest.fixture
def run() -> Run:
    """Run ``starl`` with arguments; give its exit code, output and errors."""

    def run(*arguments: object, stdin: str | bytes = "") -> SimpleNamespace:
        done = CliRunner().invoke(cli.app, [str(argument) for argument in arguments], input=stdin)
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        return SimpleNamespace(code=done.exit_code, out=done.stdout, err=done.stderr)

    return run


@pytest.fixture
def use(monkeypatch: pytest.MonkeyPatch) -> Use:
    """Put a stand-in for the analyzer in place that gives one report; return the calls it gets."""

    def use(report: Report | None = None) -> list[tuple[str, str | None]]:
        calls: list[tuple[str, str | None]] = []

        def load(model: str, *, profile: Profile) -> SimpleNamespace:
            if model not in ("en_starl_sm", "en_starl_md"):
                raise ModelError(f"there is no model {model!r}")
            return SimpleNamespace(analyze=analyze)

        def analyze(text: str, *, question: str | None) -> Report:
            calls.append((text, question))
            return report or make_report()

        module = ModuleType("starl.analyzer")
        module.__dict__["load"] = load
        monkeypatch.setitem(sys.modules, "starl.analyzer", module)
        return calls

    return use


@pytest.fixture
def answer(tmp_path: Path) -> Path:
    path = tmp_path / "answer.txt"
    path.write_text("I fixed the till.", encoding="utf-8")
    return path


def note(name: str = "situation-heavy", code: str = "BAL001", severity: Severity = Severity.NOTE) -> Report:
    return make_report(findings=(make_finding(name, code=code, severity=severity),))


def test_a_file_is_analysed(run: Run, use: Use, answer: Path) -> None:
    calls = use()
    done = run("analyze", answer, "--question", "Well?")
    assert calls == [("I fixed the till.", "Well?")]
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("A story of 48 words")


@pytest.mark.parametrize("arguments", [(), ("-",)])
def test_standard_input_is_analysed(run: Run, use: Use, arguments: tuple[str, ...]) -> None:
    calls = use()
    assert run("analyze", *arguments, stdin="From the pipe.").code == 0
    assert calls == [("From the pipe.", None)]


def test_several_files_are_headed_by_their_names(run: Run, use: Use, answer: Path) -> None:
    use()
    done = run("analyze", answer, "-", stdin="Hello.")
    assert [line for line in done.out.splitlines() if line.startswith("==")] == [f"== {answer} ==", "== - =="]


def test_json_is_one_report_a_line(run: Run, use: Use, answer: Path) -> None:
    report = note()
    use(report)
    done = run("analyze", answer, answer, "--format", "json")
    assert [Report.model_validate_json(line) for line in done.out.splitlines()] == [report, report]


def test_scores_are_added_to_text_and_json_if_asked(run: Run, use: Use) -> None:
    use()
    assert "Scores" not in run("analyze").out
    assert "\nScores\noverall " in run("analyze", "--grade").out
    line = json.loads(run("analyze", "--grade", "--format", "json").out)
    assert Report.model_validate(line["report"]) == make_report()
    assert line["grade"]["overall"]["of"] == 100


def test_a_refused_answer_has_no_scores(run: Run, use: Use) -> None:
    use(make_report(status=Status.TOO_SHORT, status_reason="too short"))
    assert "Scores" not in run("analyze", "--grade").out
    assert json.loads(run("analyze", "--grade", "--format", "json").out)["grade"] is None


def test_a_byte_order_mark_is_dropped(run: Run, use: Use) -> None:
    calls = use()
    run("analyze", stdin="\ufeffHello.".encode())
    assert calls == [("Hello.", None)]


def test_the_text_is_handed_on_as_it_is(run: Run, use: Use) -> None:
    calls = use()
    run("analyze", stdin=b" One.\r\n\r\nTwo.\n")
    assert calls == [(" One.\r\n\r\nTwo.\n", None)]


REFUSED = make_report(status=Status.EMPTY, status_reason="there are no words")
EXITS = {
    "nothing found": (make_report(), 0),
    "info": (note(severity=Severity.INFO), 0),
    "note": (note(), 1),
    "warning": (note(severity=Severity.WARNING), 1),
    "refused": (REFUSED, 1),
}


@pytest.mark.parametrize(("report", "code"), EXITS.values(), ids=EXITS)
def test_exit_codes_are_a_linters(run: Run, use: Use, report: Report, code: int) -> None:
    use(report)
    assert run("analyze").code == code


def test_exit_zero_is_always_zero(run: Run, use: Use) -> None:
    use(note())
    assert run("analyze", "--exit-zero").code == 0


SHOWN = {
    ("--select", "BAL001"): True,
    ("--select", "situation-heavy"): True,
    ("--select", "BAL"): True,
    ("--select", "OWN, bal"): True,
    ("--select", "OWN", "--select", "BAL001"): True,
    ("--select", "OWN"): False,
    ("--ignore", "BAL001"): False,
    ("--ignore", "we-heavy,BAL"): False,
    ("--select", "BAL", "--ignore", "situation-heavy"): False,
    ("--ignore", "OWN"): True,
}


@pytest.mark.parametrize(("arguments", "shown"), SHOWN.items(), ids=lambda v: str(v))
def test_select_and_ignore(run: Run, use: Use, arguments: tuple[str, ...], shown: bool) -> None:
    use(note())
    done = run("analyze", *arguments)
    assert ("situation-heavy" in done.out) == shown
    assert done.code == int(shown)


WRONG = {
    "unknown model": (("--model", "xx"), "there is no model 'xx'"),
    "unknown profile": (("--profile", "xx"), "unknown profile 'xx', expected one of default"),
    "unknown rule selected": (("--select", "xx"), "unknown rule 'xx', expected one of situation-heavy"),
    "unknown rule ignored": (("--ignore", "BAL,xx"), "unknown rule 'xx', expected one of situation-heavy"),
    "missing file": (("gone.txt",), "gone.txt must be readable, got No such file or directory"),
    "folder": ((ROOT,), f"{ROOT} must be a file, got a folder"),
}


@pytest.mark.parametrize(("arguments", "message"), WRONG.values(), ids=WRONG)
def test_wrong_calls_are_one_line_and_exit_2(
    run: Run, use: Use, arguments: tuple[str, ...], message: str
) -> None:
    calls = use()
    done = run("analyze", *arguments)
    assert (done.code, done.out, calls) == (2, "", [])
    assert done.err.startswith(f"starl: {message}")
    assert done.err.count("\n") == 1


UNREADABLE = {
    b"PK\x03\x04\x00\x00": "standard input must be UTF-8 text, got NUL bytes, as in a binary or UTF-16 file",
    "I ran".encode("utf-16"): "standard input must be UTF-8 text, got NUL bytes",
    b"caf\xe9 noir": "standard input must be UTF-8 text, got byte 0xe9 at 3",
}


@pytest.mark.parametrize(("content", "message"), UNREADABLE.items())
def test_input_that_is_no_text(run: Run, use: Use, content: bytes, message: str) -> None:
    use()
    done = run("analyze", stdin=content)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(f"starl: {message}")


def test_one_bad_file_stops_the_call_before_any_output(run: Run, use: Use, answer: Path) -> None:
    use()
    done = run("analyze", answer, "gone.txt")
    assert (done.code, done.out) == (2, "")


def test_escapes_in_a_file_name_are_not_run(run: Run, use: Use) -> None:
    use()
    assert "␛[31mred" in run("analyze", "\x1b[31mred").err


def test_an_unknown_option_exits_2(run: Run) -> None:
    assert run("analyze", "--nonsense").code == 2


@pytest.mark.parametrize("name", ["BAL001", "bal001", "situation-heavy"])
def test_explain_prints_the_page_of_a_rule(run: Run, name: str) -> None:
    done = run("explain", name)
    assert done.code == 0
    assert done.out.startswith("# situation-heavy (BAL001)\n")


def test_explain_knows_only_rules(run: Run) -> None:
    done = run("explain", "loud")
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("starl: unknown rule 'loud'")


def test_rules_lists_every_rule(run: Run) -> None:
    lines = run("rules").out.splitlines()
    assert [line.split()[:2] for line in lines] == [[rule.code, rule.name] for rule in RULES]


def test_schema_is_the_reports(run: Run) -> None:
    assert json.loads(run("schema").out) == Report.model_json_schema()


def test_version(run: Run) -> None:
    assert run("--version").out == f"starl {metadata.version('starl')}\n"


def test_corpus_check_is_silent_on_good_files(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.starl").write_text(GOOD)
    done = run("corpus", "check", tmp_path)
    assert (done.code, done.out, done.err) == (0, "", "1 answers, no faults\n")


def test_corpus_check_prints_every_fault(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "a.starl"
    path.write_text(GOOD.replace("spoken", "sung").replace("A\tI", "A\tme"))
    done = run("corpus", "check", path)
    assert done.code == 1
    assert [line.partition(": ")[0] for line in done.out.splitlines()] == [f"{path}:1", f"{path}:3"]


@pytest.mark.parametrize("command", ["check", "stats"])
def test_corpus_paths_must_exist(run: Run, tmp_path: Path, command: str) -> None:
    done = run("corpus", command, tmp_path / "gone")
    assert (done.code, done.out) == (2, "")
    assert "must be a file or folder, got nothing there" in done.err


def test_corpus_stats_needs_a_path_away_from_the_project(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert "models/corpus must be a file or folder" in run("corpus", "stats").err


def test_corpus_stats_in_each_format(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.starl").write_text(GOOD)
    assert "1 answers (" in run("corpus", "stats", tmp_path).out
    assert json.loads(run("corpus", "stats", tmp_path, "--format", "json").out)["n_words"] == 6
    assert "| story | 1 |" in run("corpus", "stats", tmp_path, "--format", "markdown").out


def test_corpus_stats_stops_at_a_fault(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.starl").write_text("nonsense")
    assert run("corpus", "stats", tmp_path).code == 2


def test_corpus_stats_updates_a_card(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.starl").write_text(GOOD)
    card = tmp_path / "README.md"
    card.write_text("<!-- counts: starl corpus stats -->\n<!-- end of counts -->\n")
    assert run("corpus", "stats", tmp_path, "--update", card).out == ""
    assert "| story | 1 |" in card.read_text()


@pytest.fixture
def training(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """A stand-in for training; return the config files it gets."""
    configs: list[Path] = []
    module = ModuleType("starl.recipes")
    module.__dict__["train"] = configs.append
    monkeypatch.setitem(sys.modules, "starl.recipes", module)
    return configs


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A config file of a linear model."""
    path = tmp_path / "tiny.toml"
    path.write_text('name = "tiny"\n', encoding="utf-8")
    return path


def test_train_gets_the_config(run: Run, training: list[Path], answer: Path) -> None:
    assert run("train", answer).code == 0
    assert training == [answer]


def test_train_needs_a_config(run: Run, training: list[Path]) -> None:
    assert "gone.toml must be a file" in run("train", "gone.toml").err
    assert training == []


@pytest.mark.parametrize("missing", ["scipy", "scipy.optimize"])
def test_train_names_the_extra(run: Run, config: Path, monkeypatch: pytest.MonkeyPatch, missing: str) -> None:
    break_training(monkeypatch, missing)
    done = run("train", config)
    assert (done.code, done.out) == (2, "")
    assert (
        done.err == "starl: training tiny needs scipy, which is not installed; pip install 'starl[train]'\n"
    )


def test_train_hides_no_other_fault(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    break_training(monkeypatch, "elsewhere")
    done = CliRunner().invoke(cli.app, ["train", str(config)])
    assert isinstance(done.exception, ModuleNotFoundError)


def test_training_an_encoder_names_its_own_extra(
    run: Run, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("training", "fitting", "net", "export"):
        monkeypatch.delitem(sys.modules, f"starl.encoder_{name}", raising=False)
    for name in ("torch", "onnx"):
        monkeypatch.setitem(sys.modules, name, None)
    config.write_text('design = "encoder"\n', encoding="utf-8")
    assert run("train", config).err.endswith("pip install 'starl[train-encoder]'\n")


def test_train_names_what_is_wrong_with_a_config(run: Run, config: Path) -> None:
    pytest.importorskip("scipy")
    assert run("train", config).err == "starl: tiny.toml: version: Field required, got {'name': 'tiny'}\n"
    config.write_text("name", encoding="utf-8")
    assert run("train", config).err.startswith("starl: tiny.toml must be TOML: ")


def break_training(monkeypatch: pytest.MonkeyPatch, missing: str) -> None:
    def load(name: str, *rest: object) -> object:
        if name == "starl.training":
            raise ModuleNotFoundError(f"No module named {missing!r}", name=missing)
        return real(name, *rest)  # type: ignore[arg-type]  # handed on as it came

    real = builtins.__import__
    monkeypatch.setattr(builtins, "__import__", load)


def test_every_command_is_documented() -> None:
    page = (ROOT / "docs" / "reference" / "cli.md").read_text(encoding="utf-8")
    for command in commands():
        assert f"## starl {command}\n" in page


def test_every_option_is_documented() -> None:
    page = (ROOT / "docs" / "reference" / "cli.md").read_text(encoding="utf-8")
    for command, options in commands().items():
        section = page.split(f"## starl {command}\n")[1].split("\n## ")[0]
        assert [option for option in options if f"`{option}" not in section] == []


def commands() -> dict[str, list[str]]:
    """The long options of each command."""
    root = get_command(cli.app)
    found: dict[str, list[str]] = {}
    for name, command in root.commands.items():  # type: ignore[attr-defined]  # a group
        for path, leaf in getattr(command, "commands", {"": command}).items():
            options = [option for p in leaf.params for option in p.opts if option.startswith("--")]
            found[f"{name} {path}".strip()] = [option for option in options if option != "--help"]
    return found


def shell(command: str, stdin: str = "", **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["sh", "-c", command.replace("starl ", f"{sys.executable} -m starl ")],
        input=stdin,
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, **env},
        check=False,
    )


def test_a_broken_pipe_is_silent() -> None:
    done = shell("starl schema | head -n 1")
    assert (done.stdout, done.stderr) == ("{\n", "")


def test_a_reader_that_goes_away_is_no_file_fault(use: Use, monkeypatch: pytest.MonkeyPatch) -> None:
    def to_text(*_: object, **__: object) -> str:
        raise BrokenPipeError(errno.EPIPE, "Broken pipe")

    use()
    monkeypatch.setattr(cli, "to_text", to_text)
    done = CliRunner().invoke(cli.app, ["analyze"])
    assert (done.exit_code, done.stdout, done.stderr) == (1, "", "")


def test_output_that_the_terminal_cannot_write_is_replaced(run: Run, use: Use) -> None:
    use(make_report("A i I said “no” 🎉 to it"))
    done = CliRunner(charset="ascii").invoke(cli.app, ["analyze"])
    assert done.exit_code == 0
    assert "I said ?no? ? to it" in done.stdout


@pytest.mark.parametrize(
    ("env", "colored"),
    [({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False), ({"NO_COLOR": ""}, True)],
)
def test_colour_only_on_a_terminal_that_wants_it(
    env: dict[str, str], colored: bool, monkeypatch: pytest.MonkeyPatch, use: Use
) -> None:
    use()
    shown: list[bool] = []

    def to_text(*_: object, color: bool, **_options: object) -> str:
        shown.append(color)
        return ""

    monkeypatch.setattr(cli, "to_text", to_text)
    for key, value in {"TERM": "xterm", "NO_COLOR": "", **env}.items():
        monkeypatch.setenv(key, value)
    monkeypatch.setattr(cli, "_is_terminal", lambda: True)
    CliRunner().invoke(cli.app, ["analyze"])
    monkeypatch.setattr(cli, "_is_terminal", lambda: False)
    CliRunner().invoke(cli.app, ["analyze"])
    assert shown == [colored, False]


def test_import_starl_loads_nothing_heavy() -> None:
    code = "import sys, starl; print(*[m for m in ('spacy', 'numpy', 'pydantic') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "\n"


def test_reading_a_report_needs_no_spacy() -> None:
    code = "import sys, starl; starl.Report; print('spacy' in sys.modules, 'numpy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False False\n"


def test_public_names_are_sorted_and_listed() -> None:
    assert starl.__all__ == sorted(starl.__all__)
    assert set(starl.__all__) <= set(dir(starl))


def test_every_public_name_but_the_analyzers_is_what_its_module_defines() -> None:
    for name, module in starl._HOME.items():
        if module != "starl.analyzer":
            assert getattr(starl, name).__module__ == module


def test_type_checkers_see_the_names_of_the_table() -> None:
    tree = ast.parse(Path(starl.__file__).read_text(encoding="utf-8"))
    (block,) = (node for node in tree.body if isinstance(node, ast.If))
    imports = [node for node in block.body if isinstance(node, ast.ImportFrom)]
    assert {node.names[0].asname: node.module for node in imports} == starl._HOME


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'starl' has no attribute 'analyse'"):
        starl.analyse  # type: ignore[attr-defined]  # noqa: B018


def test_the_version_is_the_packages() -> None:
    assert starl.__version__ == metadata.version("starl")


def test_the_module_runs_as_a_command() -> None:
    assert shell("starl --version").stdout == f"starl {starl.__version__}\n"


EXAMPLES = sorted((ROOT / "examples").glob("*.txt"))


@pytest.mark.model
@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_examples_are_stories(run: Run, path: Path) -> None:
    report = Report.model_validate_json(run("analyze", path, "--format", "json").out)
    assert (report.status, report.answer_type) == (Status.OK, AnswerType.STORY)
    assert report.text == path.read_text(encoding="utf-8")


@pytest.mark.model
def test_the_main_example_shows_what_to_mend(run: Run) -> None:
    done = run("analyze", ROOT / "examples" / "office-move.txt")
    assert done.code == 1
    assert "situation-heavy" in done.out


@pytest.mark.model
@pytest.mark.parametrize(("option", "value"), [("--model", "xx"), ("--profile", "xx"), ("--select", "xx")])
def test_unknown_names_are_one_line(run: Run, option: str, value: str) -> None:
    done = run("analyze", option, value, stdin="I ran.")
    assert (done.code, done.out, done.err.count("\n")) == (2, "", 1)


@pytest.mark.model
def test_an_empty_answer_is_refused_kindly(run: Run) -> None:
    done = run("analyze", stdin="\n")
    assert done.code == 1
    assert "Give the words of an answer" in done.out
