"""Write the tables of the Markdown files from the results files.

    python benchmarks/tables.py            write them
    python benchmarks/tables.py --check    fail if a file is not up to date

A table stands between ``<!-- NAME:begin -->`` and ``<!-- NAME:end -->``, with NAME one of quality, figures,
roles, styles, findings, swap, speed. README.md must hold quality and speed; the other files what they like.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "benchmarks" / "results"
REQUIRED = ("quality", "speed")
ORDER = ("corpus-held-out", "real-dev", "typed-dev")
TITLES = {
    "corpus-held-out": "own corpus, held out",
    "real-dev": "published notes",
    "typed-dev": "typed into a form",
}
Results = dict[str, Any]


def main(argv: Sequence[str] | None = None) -> int:
    """Write or check every table of every Markdown file."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="write nothing, exit 1 on drift")
    args = parser.parse_args(argv)
    try:
        tables = build(RESULTS)
        stale = [path for path in files(ROOT) if update(path, tables, check=args.check)]
        missing = [name for name in REQUIRED if f"<!-- {name}:begin -->" not in _read(ROOT / "README.md")]
    except (OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return 2
    for name in missing:
        print(
            f"README.md: no place for the table {name!r}; add <!-- {name}:begin --> and <!-- {name}:end -->"
        )
    for path in stale:
        state = "is out of date; run python benchmarks/tables.py" if args.check else "written"
        print(f"{path.relative_to(ROOT)}: {state}")
    return int(bool(missing or (stale and args.check)))


def files(root: Path) -> list[Path]:
    """Return the Markdown files that may hold tables."""
    folders = (root / "docs", root / "models")
    nested = (path for folder in folders for path in sorted(folder.rglob("*.md")))
    return [
        path for path in (root / "README.md", root / "benchmarks" / "README.md", *nested) if path.exists()
    ]


def build(results: Path) -> dict[str, str]:
    """Return every table whose results exist, by name."""
    quality = [json.loads(_read(path)) for path in sorted(results.glob("quality-*.json"))]
    quality.sort(key=lambda r: (ORDER.index(r["name"]) if r["name"] in ORDER else len(ORDER), r["name"]))
    tables = {name: render(quality) for name, render in QUALITY.items()} if quality else {}
    speed = results / "speed.json"
    if speed.exists():
        tables["speed"] = speed_table(json.loads(_read(speed)))
    return tables


def update(path: Path, tables: dict[str, str], *, check: bool) -> bool:
    """Put the tables into a file; tell whether that changes it. ``check`` leaves the file as it is.

    Raises
    ------
    ValueError
        If a table has a beginning but no end, or no results.
    """
    old = new = _read(path)
    for name in re.findall(r"^<!-- (\w+):begin -->$", old, re.MULTILINE):
        if name not in tables:
            raise ValueError(
                f"{path.relative_to(ROOT)}: no results for the table {name!r}; run the benchmark first"
            )
        begin, end = f"<!-- {name}:begin -->", f"<!-- {name}:end -->"
        before, _, rest = new.partition(begin + "\n")
        _, found, after = rest.partition(end)
        if not found:
            raise ValueError(f"{path.relative_to(ROOT)}: table {name!r} has no {end}")
        new = f"{before}{begin}\n{tables[name]}\n{found}{after}"
    if new != old and not check:
        path.write_text(new, encoding="utf-8")
    return new != old


def quality_table(quality: Iterable[Results]) -> str:
    """Return the headline figures of each data set, beside the baselines."""
    rows = [
        [
            title_of(result) if system == "starl" else "",
            system,
            *(cell(figures, key) for key in ("accuracy", "starl_f1", "macro_f1", "agent_accuracy_any_role")),
            cell(figures, "agent_accuracy_gold_cut"),
            cell(figures, "setting_share_error"),
        ]
        for result in quality
        for system, figures in result["systems"].items()
    ]
    return table(
        [
            "answers",
            "",
            "words right",
            "F1 of S T A R L",
            "F1 of all six",
            "agents right",
            "on gold clauses",
            "S+T off by",
        ],
        rows,
    )


FIGURES = {
    "kappa": "kappa",
    "window_diff": "WindowDiff",
    "boundary_f1": "clause boundaries, F1",
    "agent_f1": "F1 of the four agents",
    "calibration_error": "calibration error",
    "type_accuracy": "answer type right",
    "author_accuracy": "agreement with the writer's headings",
}


def figures_table(quality: Iterable[Results]) -> str:
    """Return the further figures of each data set, with their intervals."""
    results = list(quality)
    rows = [
        [title, *(cell(result["systems"]["starl"], key) for result in results)]
        for key, title in FIGURES.items()
    ]
    return table(["", *map(title_of, results)], rows)


def roles_table(quality: Iterable[Results]) -> str:
    """Return the F1 of each role by data set."""
    rows = []
    for result in quality:
        roles = result["systems"]["starl"]["roles"]
        rows.append([title_of(result), *(number(roles[letter]["f1"]) for letter in "STARLO")])
    return table(["F1 of", "S", "T", "A", "R", "L", "O"], rows)


def styles_table(quality: Iterable[Results]) -> str:
    """Return figures by style, for data sets that tell styles apart."""
    keys = ("accuracy", "starl_f1", "macro_f1", "boundary_precision", "boundary_recall", "boundary_f1")
    rows = [
        [title_of(result), style, str(row["answers"]), *(number(row.get(key)) for key in keys)]
        for result in quality
        for style, row in result["by_style"].items()
    ]
    heads = ["", "style", "answers", "words right", "F1 of S T A R L", "F1 of all six"]
    return table([*heads, "boundary P", "boundary R", "boundary F1"], rows)


def findings_table(quality: Iterable[Results]) -> str:
    """Return precision and recall of each finding, for the first data set with traits."""
    rows = []
    result = next((r for r in quality if any("traits" in row for row in r["findings"].values())), None)
    for name, row in result["findings"].items() if result else ():
        truths = [row.get(truth) or {} for truth in ("labels", "traits")]
        cells = [number(t.get(key)) for t in truths for key in ("precision", "recall")]
        rows.append([f"`{name}`", str(row["answers"]), str(row["fired"]), *cells])
    heads = ["finding", "answers", "fired", "P, gold labels", "R, gold labels", "P, traits", "R, traits"]
    return table(heads, rows)


def swap_table(quality: Iterable[Results]) -> str:
    """Return the share of words whose role changes under each pronoun swap."""
    rows = []
    for result in quality:
        for name, row in result["swap"].items():
            shares = (percent(row[key]["share"]) for key in ("with_verbs", "pronouns_only"))
            rows.append([title_of(result), name, str(row["with_verbs"]["words"]), *shares])
    return table(["answers", "swap", "words", "roles that change", "pronoun alone"], rows)


QUALITY: dict[str, Callable[[Iterable[Results]], str]] = {
    "quality": quality_table,
    "figures": figures_table,
    "roles": roles_table,
    "styles": styles_table,
    "findings": findings_table,
    "swap": swap_table,
}


def speed_table(speed: Results) -> str:
    """Return answers a second and ratios for the 220-word answers: whole calls, then stages."""
    rows = []
    part = speed["inputs"]["answers-220"]
    for name, row in {**part["timings"], **part["stages"]}.items():
        rows.append(
            [
                f"`{name}`",
                f"{row['answers_per_second']:,.0f}",
                f"{row['x_split']:.1f}",
                f"{row['x_spacy']:.3f}",
            ]
        )
    return table(
        ["220-word answers, one thread, warm", "answers/s", "x `str.split`", "x spaCy's tokenizer"], rows
    )


def title_of(result: Results) -> str:
    """Return the title of a data set, with its size."""
    return f"{TITLES.get(result['name'], result['name'])} ({result['systems']['starl']['answers']})"


def cell(figures: Results, key: str) -> str:
    """Return a figure with its interval."""
    interval = figures.get(key + "_95")
    ends = f" ({number(interval[0])}–{number(interval[1])})" if interval else ""
    return number(figures.get(key)) + ends


def number(figure: float | None) -> str:
    """Return a share as .87, a dash if it is undefined."""
    return "–" if figure is None else f"{figure:.2f}".removeprefix("0") if figure < 1 else f"{figure:.2f}"


def percent(figure: float | None) -> str:
    """Return a share in percent."""
    return "–" if figure is None else f"{figure:.2%}"


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table; all columns but leading texts are set to the right."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
