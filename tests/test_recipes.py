"""The recipes of the docs, each run as a script of its own on two small files."""

import os
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import starl

PAGE = Path(__file__).parents[1] / "docs" / "guides" / "recipes.md"
CODE = dict(re.findall(r"^## (\w+).*?```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.M | re.S))
TEXTS = [
    "Our site went down. I was asked to bring it back. So I rolled it back. It was up in ten minutes.",
    None,
    "We were short of people in July, and so we rewrote the rota for all nine branches. Sales rose by 12 %.",
    "",
] * 10
TOO_LONG = 200  # seconds; Ray starts several processes


@pytest.fixture
def folder(tmp_path):
    table = pa.table({"id": range(len(TEXTS)), "answer": TEXTS, "other": [0] * len(TEXTS)})
    (tmp_path / "answers").mkdir()
    for part, first in enumerate((0, 24)):
        pq.write_table(table.slice(first, 24), tmp_path / "answers" / f"{part}.parquet", row_group_size=7)
    return tmp_path


def run(code, folder):
    script = folder / "recipe.py"
    script.write_text(code, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, str(script)],
        cwd=folder,
        env={**os.environ, "RAY_USAGE_STATS_ENABLED": "0"},
        capture_output=True,
        text=True,
        timeout=TOO_LONG,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.model
@pytest.mark.parametrize("name", CODE)
def test_a_recipe_gives_the_rows_of_a_local_run(name, folder):
    if find_spec(name.lower()) is None:
        pytest.skip(f"{name} is not installed")
    run(CODE[name], folder)
    [scored] = folder.glob("scored*")
    found = pq.read_table(scored).sort_by("id").to_pylist()
    assert [row.pop("id") for row in found] == list(range(len(TEXTS)))
    assert found == starl.load().score(TEXTS).to_arrow().to_pylist()


def test_the_page_has_a_recipe_for_each_tool():
    assert list(CODE) == ["Ray", "Dask", "DuckDB", "Polars"]
