"""Write the tables of the Markdown files from the results files.

    python benchmarks/tables.py            write them
    python benchmarks/tables.py --check    fail if a file is not up to date

A table stands between ``<!-- NAME:begin -->`` and ``<!-- NAME:end -->``, with NAME one of quality, speed,
agreement, or a table of one model: figures, roles, styles, findings, swap with its name, as in
roles_en_starl_sm. README.md must hold quality and speed; the other files what they like.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Callable, Iterable, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "benchmarks" / "results"
REQUIRED = ("quality", "speed")
ORDER = ("corpus-held-out", "real-dev", "typed-dev")
MODELS = ("en_starl_md", "en_starl_sm")
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
    quality.sort(key=lambda r: (place(ORDER, r["name"]), r["name"], place(MODELS, model_of(r))))
    tables = {"quality": quality_table(quality)} if quality else {}
    for model in dict.fromkeys(map(model_of, quality)):
        own = [result for result in quality if model_of(result) == model]
        tables |= {f"{name}_{model}": render(own) for name, render in OF_A_MODEL.items()}
    for name, show in (("agreement", agreement_table), ("training", training_table)):
        path = results / f"{name}.json"
        if path.exists():
            tables[name] = show(json.loads(_read(path)))
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
    """Return the headline figures of each data set: each model, and the baselines."""
    keys = ("accuracy", "starl_f1", "macro_f1", "agent_accuracy_any_role", "agent_accuracy_gold_cut")
    rows = []
    for title, results in groupby(quality, title_of):
        models = list(results)
        systems = {model_of(result): result["systems"]["starl"] for result in models}
        systems |= {name: models[0]["systems"][name] for name in ("majority", "keywords")}
        for system, figures in systems.items():
            first = title if system == next(iter(systems)) else ""
            rows.append([first, system, *(cell(figures, key) for key in (*keys, "setting_share_error"))])
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
    "setting_interval_holds": "S+T within its interval",
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


OF_A_MODEL: dict[str, Callable[[Iterable[Results]], str]] = {
    "figures": figures_table,
    "roles": roles_table,
    "styles": styles_table,
    "findings": findings_table,
    "swap": swap_table,
}


def agreement_table(result: Results) -> str:
    """Return how far two annotators agree."""
    heads = ["", "agree on", "kappa"]
    rows = [
        [name, number(result[name]["agreement"]), cell(result[name], "kappa")]
        for name in ("role", "agent", "type")
    ]
    return table(heads, rows)


def training_table(result: Results) -> str:
    """Return the figures of each way of training that was tried."""
    keys = ("other files", "published notes", "typed into a form")
    heads = [
        "",
        "answers",
        *(f"{key}: {what}" for key in keys for what in ("words right", "F1 of S T A R L")),
    ]
    rows = [
        [
            row["what"],
            str(row["answers"]),
            *(number(row["scores"].get(key, {}).get(f)) for key in keys for f in ("accuracy", "starl_f1")),
        ]
        for row in result["rows"]
    ]
    return table(heads, rows)


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


def place(order: Sequence[str], name: str) -> int:
    """Return the place of a name in an order, last if it is not there."""
    return order.index(name) if name in order else len(order)


def model_of(result: Results) -> str:
    """Return the name of the model that was measured, without its version."""
    return str(result["model"].rpartition("-")[0])


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
