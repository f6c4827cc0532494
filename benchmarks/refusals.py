"""Measure what is refused: non-answers should be, stories should not.

    python benchmarks/refusals.py [DATA...]

The non-answers are those of ``nonanswers.jsonl``; stories are the held-out answers of ``models/corpus`` and
of DATA, JSONL files labelled by two annotators. Results hold counts only, never the text of an answer, and
of DATA no id either.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gold import CORPUS, Gold, digest, load_sets
from starl import __version__
from starl.analyzer import Analyzer, load
from starl.report import Report
from starl.roles import ANSWER_TYPES, AnswerType, Status

HERE = Path(__file__).resolve().parent
NONANSWERS = HERE / "nonanswers.jsonl"
OUTPUT = HERE / "results" / "refusals.json"
MODELS = ("en_starl_md", "en_starl_sm")
FRESH = "fresh"
"""Part of the non-answers that were written after the last threshold was chosen."""
NARRATIVE = (AnswerType.STORY, AnswerType.HABIT)
"""Types of answers that tell what happened; one of another type should be refused."""
Result = dict[str, Any]


@dataclass(frozen=True, slots=True)
class NonAnswer:
    """A text that answers no question of an interview."""

    id: str
    kind: str
    part: str
    text: str


def main(argv: Sequence[str] | None = None) -> int:
    """Measure both models and write the counts."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("data", nargs="*", type=Path, metavar="DATA", help="JSONL files of labelled answers")
    parser.add_argument("--models", nargs="+", default=MODELS, help="names or folders of models")
    parser.add_argument("--output", type=Path, default=OUTPUT, help="results file")
    args = parser.parse_args(argv)
    try:
        sets = list(load_sets([CORPUS, *args.data], held_out=None))
        rows = read_nonanswers()
        result = {
            "version": __version__,
            "nonanswers_sha256": hashlib.sha256(NONANSWERS.read_bytes()).hexdigest(),
            "sets": {name: digest(gold.text for gold in golds) for name, golds in sets},
            "models": {Path(name).name: measure(load(name), rows, sets) for name in args.models},
        }
    except (OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return 2
    args.output.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    print("\n".join(render(result)))
    return 0


def read_nonanswers(path: Path = NONANSWERS) -> list[NonAnswer]:
    """Read the non-answers, in order."""
    return [NonAnswer(**json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines()]


def measure(
    analyzer: Analyzer, rows: Sequence[NonAnswer], sets: Iterable[tuple[str, Sequence[Gold]]]
) -> Result:
    """Measure one model."""
    reports = list(analyzer.pipe(row.text for row in rows))
    return {
        "label": analyzer.model.meta.label,
        "nonanswers": count_nonanswers(rows, reports),
        "sets": {name: count_types(golds, read(analyzer, golds)) for name, golds in sets},
    }


def read(analyzer: Analyzer, golds: Sequence[Gold]) -> list[Report]:
    """Read annotated answers with their questions."""
    questions = [gold.question or None for gold in golds]
    return list(analyzer.pipe([gold.text for gold in golds], questions=questions))


def count_nonanswers(rows: Sequence[NonAnswer], reports: Sequence[Report]) -> Result:
    """Count the non-answers that are refused, in all, of the fresh part and by kind."""
    refused = [report.status is not Status.OK for report in reports]

    def count(which: Iterable[int]) -> Result:
        chosen = list(which)
        return {"n": len(chosen), "refused": sum(refused[i] for i in chosen)}

    kinds = dict.fromkeys(row.kind for row in rows)
    return {
        **count(range(len(rows))),
        FRESH: count(i for i, row in enumerate(rows) if row.part == FRESH),
        "by_kind": {kind: count(i for i, row in enumerate(rows) if row.kind == kind) for kind in kinds},
        "kept": [row.id for row, gone in zip(rows, refused, strict=True) if not gone],
    }


def count_types(golds: Sequence[Gold], reports: Sequence[Report]) -> Result:
    """Count answers by their type: how many, how many were refused, how many were read as that type.

    Answers without a type are counted apart. ``read_as`` counts all answers read as a type, right or not.
    """
    pairs = list(zip(golds, reports, strict=True))
    typed = [(gold, report) for gold, report in pairs if gold.type is not None]
    untyped = [report for gold, report in pairs if gold.type is None]
    rows = {}
    for kind in ANSWER_TYPES:
        of_kind = [report for gold, report in typed if gold.type == kind]
        if of_kind or any(report.answer_type is kind for _, report in typed):
            rows[kind.value] = {
                "n": len(of_kind),
                "refused": sum(report.status is not Status.OK for report in of_kind),
                "right": sum(report.answer_type is kind for report in of_kind),
                "read_as": sum(report.answer_type is kind for _, report in typed),
            }
    return {
        "types": rows,
        "untyped": {"n": len(untyped), "refused": sum(report.status is not Status.OK for report in untyped)},
        "refusals": refusals(rows),
    }


def refusals(rows: Result) -> Result:
    """Return precision and recall of refusing answers whose type tells of nothing; None without any."""
    due = [row for name, row in rows.items() if name not in NARRATIVE]
    right, wanted = sum(row["refused"] for row in due), sum(row["n"] for row in due)
    given = sum(row["refused"] for row in rows.values())
    return {
        "precision": round(right / given, 4) if given else None,
        "recall": round(right / wanted, 4) if wanted else None,
    }


def render(result: Result) -> list[str]:
    """Return what was measured as lines."""
    lines = []
    for name, part in result["models"].items():
        told = part["nonanswers"]
        lines += [name, f"  non-answers refused {told['refused']} of {told['n']}"]
        lines.append(f"    of them fresh: {told[FRESH]['refused']} of {told[FRESH]['n']}")
        lines += [f"    kept: {', '.join(told['kept'])}"] if told["kept"] else []
        for title, counts in part["sets"].items():
            story = counts["types"].get("story")
            if story:
                lines.append(f"  {title}: stories refused {story['refused']} of {story['n']}")
            if counts["untyped"]["n"]:
                lines.append(
                    f"  {title}: without a type, refused {counts['untyped']['refused']} of "
                    f"{counts['untyped']['n']}"
                )
    return lines


if __name__ == "__main__":
    sys.exit(main())
