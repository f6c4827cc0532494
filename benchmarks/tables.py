"""Write the tables of the Markdown files from the results files.

    python benchmarks/tables.py            write them
    python benchmarks/tables.py --check    fail if a file is not up to date

A table stands between ``<!-- NAME:begin -->`` and ``<!-- NAME:end -->``, with NAME one of quality, speed,
agreement, training, refusals, refusals_kinds, refusals_types, a section of corpora.py as in corpora_rates, or
a table of one model: figures, roles, styles, findings, swap with its name, as in roles_en_starl_sm. README.md
must hold quality and speed; the other files what they like.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Callable, Iterable, Sequence
from functools import partial
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
    for name, show in OF_A_FILE.items():
        path = results / f"{name}.json"
        if path.exists():
            tables[name] = show(json.loads(_read(path)))
    refused = results / "refusals.json"
    if refused.exists():
        tables |= refusal_tables(json.loads(_read(refused)))
    grading = results / "grading.json"
    if grading.exists():
        figures = json.loads(_read(grading))
        tables |= {f"grading_{name}": show(figures) for name, show in OF_GRADING.items()}
    corpora = results / "corpora.json"
    if corpora.exists():
        shown = corpora_tables(json.loads(_read(corpora)))
        tables |= {f"corpora_{name}": text for name, text in shown.items()}
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


def refusal_tables(result: Results) -> dict[str, str]:
    """Return the tables of what is refused: in all, by kind of non-answer and by type of answer."""
    models = result["models"]
    rows: list[tuple[str, Callable[[Results], Results | None]]] = [
        ("non-answers, all", lambda part: part["nonanswers"]),
        ("non-answers, written after the limits were set", lambda part: part["nonanswers"]["fresh"]),
    ]
    for name in ORDER:
        rows.append((f"stories, {TITLES[name]}", partial(_stories, name)))
    found = [[title, *(refused_share(pick(part)) for part in models.values())] for title, pick in rows]
    kinds = next(iter(models.values()))["nonanswers"]["by_kind"]
    by_kind = [
        [kind, *(refused_share(part["nonanswers"]["by_kind"][kind]) for part in models.values())]
        for kind in kinds
    ]
    by_type = [
        [name if kind == next(iter(types)) else "", kind, str(row["n"]), *type_cells(row)]
        for name, part in models.items()
        for types in [part["sets"][ORDER[0]]["types"]]
        for kind, row in types.items()
    ]
    return {
        "refusals": table(["refused", *models], found),
        "refusals_kinds": table(["non-answers refused", *models], by_kind),
        "refusals_types": table(["", "type", "answers", "type P", "type R", "refused"], by_type),
    }


def _stories(name: str, part: Results) -> Results | None:
    """Return the counts of the stories of a data set, or of its answers where it knows no types."""
    counts = part["sets"].get(name)
    return counts and (counts["types"].get("story") or counts["untyped"])


def refused_share(counts: Results | None) -> str:
    """Return a share of refused texts, with the numbers it is made of."""
    if not counts or not counts["n"]:
        return number(None)
    return f"{counts['refused'] / counts['n']:.1%} ({counts['refused']} of {counts['n']})"


def type_cells(row: Results) -> list[str]:
    """Return precision and recall of an answer type, and the share of its answers that is refused."""
    shares = ((row["right"], row["read_as"]), (row["right"], row["n"]), (row["refused"], row["n"]))
    return [number(part / whole if whole else None) for part, whole in shares]


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


def corpora_tables(corpora: Results) -> dict[str, str]:
    """Return the tables of the whole runs that were measured."""
    sections = ((name, show, corpora.get(OF_SECTION.get(name, name))) for name, show in OF_CORPORA.items())
    return {name: show(part) for name, show, part in sections if part is not None}


def rates_table(rates: Results) -> str:
    """Return answers a second and ratios of everything that reads, by kind of answers."""
    rows = [
        [
            f"{title} ({part['answers']:,})" if name == next(iter(part["rows"])) else "",
            name,
            f"{row['answers_per_second']:,.0f}",
            *(times(row[key]) for key in ("x_split", "x_spacy", "x_score")),
        ]
        for title, part in rates.items()
        for name, row in part["rows"].items()
    ]
    return table(["answers", "", "answers/s", "x `str.split`", "x spaCy's tokenizer", "x `.score`"], rows)


def python_table(rates: Results) -> str:
    """Return how many times as long the plain-Python reference takes for the same stages."""
    stages = next(iter(rates.values()))["python_x"]
    rows = [[title, *(f"{part['python_x'][stage]:.0f}" for stage in stages)] for title, part in rates.items()]
    return table(["answers", *(f"{stage}, times as long" for stage in stages)], rows)


def cold_table(cold: Results) -> str:
    """Return how fast the first answers are read, and how many chunks are new."""
    rows = []
    for title, part in cold.items():
        ours, spacy = part["rows"][".score"], part["rows"]["spacy tokenizer"]
        cells = [f"{row[key]:,.{n}f}" for key, n in TOLD_COLD for row in (ours, spacy)]
        ends = (percent(part["misses"][at]) for at in (0, -1))
        rows.append([f"{title} ({part['answers']:,})", *cells, times(part["x_spacy"]), *ends])
    heads = ["answers", "load, s", "spaCy's, s", "answers/s", "spaCy's tokenizer", "x spaCy's tokenizer"]
    return table([*heads, "new chunks, first thousand", "last thousand"], rows)


TOLD_COLD = (("load_seconds", 2), ("answers_per_second", 0))


def processes_table(part: Results) -> str:
    """Return how fast one process and two read."""
    gains = {"1": "1.00", "2": f"{part['speed_up']:.2f}"}
    rows = [[n, f"{rate:,.0f}", gains[n]] for n, rate in part["answers_per_second"].items()]
    return table([f"processes, {part['answers']:,} answers of 76 words", "answers/s", "times as fast"], rows)


def sizes_table(part: Results) -> str:
    """Return the time an answer takes by the number of answers."""
    rows = [[f"{row['answers']:,}", f"{row['microseconds_per_answer']:,.1f}"] for row in part["rows"]]
    return table(["answers of 76 words, streamed", "microseconds an answer"], [*rows, *power(part, 1)])


def lengths_table(part: Results) -> str:
    """Return the time a word takes by the length of answers."""
    rows = [
        [f"{row['words']:,}", f"{row['answers']:,}", f"{row['microseconds_per_word']:.2f}"]
        for row in part["rows"]
    ]
    return table(["words an answer", "answers", "microseconds a word"], [*rows, *power(part, 2)])


def power(part: Results, n_columns: int) -> list[list[str]]:
    """Return a last row that says with which power time grows, if that was measured."""
    told = part["exponent"]
    return [] if told is None else [["power that time grows with", *[""] * (n_columns - 1), f"{told:.2f}"]]


def memory_table(part: Results) -> str:
    """Return the peak memory by the number of answers."""
    rows = [
        [f"{row['answers']:,}", f"{row['loaded_mb']:,.0f}", f"{row['over_mb']:,.0f}"] for row in part["rows"]
    ]
    return table(["answers of 76 words, streamed", "peak once loaded, MB", "over that, MB"], rows)


def files_table(part: Results) -> str:
    """Return how long the command takes from file to file, over reading the same answers in Python."""
    rows = [
        [
            f"`starl score`, {name}",
            f"{row['answers_per_second']:,.0f}",
            times(row["x_score"]),
            times(row["x_score_cpu"]),
        ]
        for name, row in part["rows"].items()
    ]
    heads = [f"{part['answers']:,} answers of 76 words", "answers/s", "x `.score`", "x `.score`, processor"]
    return table(heads, rows)


def resume_table(result: Results) -> str:
    """Return how many killed runs came out the same, and what `starl score` costs over scoring."""
    rows = [
        [name, percent(row["overhead"]), f"{row['memory_over_model_mb']:.0f}"]
        for name, row in result["costs"].items()
    ]
    head = f"{result['rows']:,} answers; {result['equal']} of {result['kills']} killed runs byte-equal"
    return table([head, "processor time over scoring", "memory over the model, MB"], rows)


def spark_table(result: Results) -> str:
    """Return how long a local session takes to start, and its rate beside one process without Spark."""
    rows = [
        [
            f"`{name}`",
            f"{row['session_seconds']:.1f}",
            f"{row['first_answer_seconds']:.1f}",
            f"{row['spark_answers_per_second']:,.0f}",
            f"{row['x_one_process']:.2f}",
        ]
        for name, row in result["masters"].items()
    ]
    heads = [f"{result['answers']:,} answers of 220 words", "session, s", "first answer, s", "answers/s"]
    return table([*heads, "of one process"], rows)


OF_A_FILE: dict[str, Callable[[Results], str]] = {
    "agreement": agreement_table,
    "training": training_table,
    "speed": speed_table,
    "resume": resume_table,
    "spark": spark_table,
}
"""Tables that show the whole of a results file of that name."""

OF_CORPORA: dict[str, Callable[[Results], str]] = {
    "rates": rates_table,
    "python": python_table,
    "cold": cold_table,
    "processes": processes_table,
    "sizes": sizes_table,
    "lengths": lengths_table,
    "memory": memory_table,
    "files": files_table,
}
"""Tables of corpora.json, by the section that each shows."""
OF_SECTION = {"python": "rates"}
"""Tables that have no section of their own."""


def twins_table(figures: Results) -> str:
    """Return how often the strong telling of a story wins, by what it is told apart by."""
    rows = []
    for name, title in TWINS.items():
        for reader, of in figures.items():
            pairs = of["twins"][name]
            first = title if reader == next(iter(figures)) else ""
            wins = (
                number(pairs["wins"][by]) for by in ("overall", "structure", "evidence", "findings", "length")
            )
            rows.append(
                [first, reader, str(pairs["scored"]), *wins, f"{pairs['weak_loses']} of {pairs['pairs']}"]
            )
    heads = [
        "pairs",
        "read by",
        "both scored",
        "overall",
        "structure",
        "evidence",
        "fewer findings",
        "length",
    ]
    return table([*heads, "weak loses or is refused"], rows)


TWINS = {
    "all": "all",
    "same_length": "within 10 % of length",
    "balanced_length": "longer and shorter in equal parts",
    "held_out": "held out",
}
"""Sets of pairs -> their title."""


def wordings_table(figures: Results) -> str:
    """Return how far the overall score moves with what must not matter."""
    rows = []
    for model, of in figures.items():
        for name, moved in of.get("wordings", {}).items():
            first = model if name == next(iter(of["wordings"])) else ""
            cells = (number(moved["within_1"]), *(f"{moved[key]:.1f}" for key in ("mean", "p95", "most")))
            rows.append([first, name, str(moved["scored"]), str(moved["scored_once"]), *cells])
    heads = ["model", "differ in", "answers", "scored one way alone", "within 1 point", "mean"]
    return table([*heads, "95 % within", "most"], rows)


def swings_table(figures: Results) -> str:
    """Return how far one clause with another role moves the overall score, by the length of the answer."""
    rows: list[list[str]] = []
    for model, of in figures.items():
        for clauses, swing in of.get("one_clause_misread", {}).get("by_clauses", {}).items():
            first = model if not rows or rows[-1][1] == "20 and more" else ""
            clauses = "20 and more" if clauses.startswith("20") else clauses.replace("-", " to ")
            cells = (f"{swing['mean']:.1f}", f"{swing['p95']:.1f}", number(swing["under_10"]))
            rows.append([first, clauses, *cells])
    return table(["model", "clauses", "mean", "95 % within", "under 10 points"], rows)


def length_table(figures: Results) -> str:
    """Return the rank correlation of each score with length."""
    names = ("structure", "ownership", "evidence", "focus", "overall")
    rows = []
    for model, of in figures.items():
        for where, found in of.get("spearman_with_length", {}).items():
            first = model if where == "all" else ""
            title = where.replace("_", " ")
            rows.append([first, title, str(found["answers"]), *(f"{found[name]:.2f}" for name in names)])
    return table(["model", "answers", "", *names], rows)


def parts_table(figures: Results) -> str:
    """Return how often a story loses when a part is cut out of it."""
    rows = []
    for model, of in figures.items():
        for part, cut in of.get("parts", {}).items():
            first = model if part == "result" else ""
            rows.append([first, part, str(cut["stories"]), number(cut["lose"]), f"{cut['mean_loss']:.1f}"])
    return table(["model", "without", "stories", "lose", "points lost, mean"], rows)


OF_GRADING: dict[str, Callable[[Results], str]] = {
    "twins": twins_table,
    "wordings": wordings_table,
    "swings": swings_table,
    "length": length_table,
    "parts": parts_table,
}
"""Tables of grading.json."""


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


def times(ratio: float) -> str:
    """Return a ratio of times, with as many digits as its size asks for."""
    return f"{ratio:,.1f}" if ratio >= 10 else f"{ratio:.2f}" if ratio >= 0.1 else f"{ratio:.4f}"


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
