import doctest
import importlib
import pkgutil
import re
import subprocess
import sys
from pathlib import Path

import pytest

import starl

ROOT = Path(__file__).parents[1]
MODULES = sorted(
    m.name for m in pkgutil.walk_packages(starl.__path__, "starl.") if not m.name.endswith("__main__")
)
TRAINING_ONLY = ("torch", "onnx", "safetensors")
PAGES = [
    ROOT / "README.md",
    *sorted((ROOT / "docs").rglob("*.md")),
    *sorted((ROOT / "models").glob("*/README.md")),
]


@pytest.mark.model
@pytest.mark.parametrize("name", MODULES)
def test_every_example_of_a_docstring_runs(name):
    try:
        module = importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name not in TRAINING_ONLY:
            raise
        pytest.skip(f"{name} needs {error.name}, which is for training alone")
    assert doctest.testmod(module).failed == 0


@pytest.mark.model
def test_the_example_of_the_readme_runs_and_finds_the_parts(capsys):
    block = re.search(r"```python\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.S)
    exec(block[1], {})
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == [
        "situation",
        "task",
        "action",
        "result",
    ]


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_every_link_leads_to_a_file(page):
    links = re.findall(r"\]\((?!https?://|#|mailto:)([^)#]+)", page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_the_tables_say_what_the_results_say():
    check = [sys.executable, str(ROOT / "benchmarks" / "tables.py"), "--check"]
    done = subprocess.run(check, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
