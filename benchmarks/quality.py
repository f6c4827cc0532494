"""Measure what starl reads against annotated answers, beside two baselines.

    python benchmarks/quality.py [DATA...]

DATA are ``.starl`` files or folders of them (together one data set) and JSONL files of answers labelled by
two annotators (a data set each). Without DATA, and for ``models/corpus`` in general, only the held-out
answers count unless ``--all`` is given. Results hold figures only, never the text of an answer.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from baselines import keywords, majority
from counting import by_group, by_label, figures, roles_at, tabulate
from gold import CORPUS, Gold, Reading, Units, digest, find_words, load_sets, reading_of
from pronouns import SWAPS, swap
from starl import evaluation as ev
from starl.analyzer import Analyzer, load
from starl.emissions import Emissions, emit, find_deeds
from starl.findings import judge
from starl.profiles import get_profile
from starl.report import Report
from starl.roles import AGENTS, ANSWER_TYPES
from truth import gold_report, has_trait

RESULTS = Path(__file__).resolve().parent / "results"


NOTES = {
    "words": "white-space chunks; a word counts where both annotators agree on the role of its unit; an "
    "answer without clauses reads as Other throughout",
    "starl_f1": "mean F1 of S T A R L over all words; Other words read as one of them are false alarms",
    "window_diff": "role changes, over windows of half a mean gold span; labels of all units, agreed or not",
    "boundary": "clause boundaries between words, exact; gold clauses of JSONL sets are smaller units",
    "agent": "gold Action and Result units; accuracy over those that tell of a deed, F1 over all; "
    "role_read: only those read as Action or Result; any_role: agents asked for whatever the role read; "
    "gold_cut: the same on the annotators' own clauses",
    "setting_share_error": "mean absolute error of (S + T) / story, where both sides have a story",
    "calibration_error": "ten bins, over words",
    "author": "words under the writer's own headings, five roles; Other is always wrong",
    "findings": "stories only (hypothetical: all answers); a refused answer has no findings; traits are what "
    "the writer set out to show and not complete, labels are what the same rule finds on gold labels; "
    "labels_traits holds these against the traits, and so shows the rule without the reading's errors",
    "interval": "95 %, percentile bootstrap over answers, 2,000 resamples, seed 0",
}
TRUTHS = {
    "labels": "on labels",
    "traits": "on traits",
    "warnings_traits": "warnings",
    "labels_traits": "rule only",
}
"""What findings are held against -> heading."""
EVERY_TYPE = frozenset({"hypothetical"})
"""Findings that are judged on every type of answer, not on stories alone."""


def main(argv: Sequence[str] | None = None) -> int:
    """Measure each data set, print a report and write the figures."""
    args = parse(argv)
    try:
        analyzer = load(args.model)
        sets = list(load_sets(args.data or [CORPUS], held_out=args.held_out))
        if args.output and len(sets) > 1:
            raise ValueError(f"--output must be given with one data set, got {len(sets)}; call once for each")
        for name, golds in sets:
            if not golds:
                print(f"{name} has no answers", file=sys.stderr)
                return 1
            result = measure_set(name, golds, analyzer)
            print("\n".join(render(result)))
            path = args.output or RESULTS / f"quality-{Path(args.model).name}-{name}.json"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    except (OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def parse(argv: Sequence[str] | None) -> argparse.Namespace:
    """Read the arguments."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument(
        "data", nargs="*", type=Path, metavar="DATA", help="files or folders; default: models/corpus"
    )
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--held-out", action="store_true", default=None, help="only held-out answers (.starl)")
    which.add_argument(
        "--all",
        dest="held_out",
        action="store_false",
        default=None,
        help="all answers (.starl), seen ones too",
    )
    parser.add_argument("--model", default="en_starl_md", help="name or folder of a model")
    parser.add_argument(
        "--output", type=Path, help="results file; default: results/quality-<model>-<data>.json"
    )
    return parser.parse_args(argv)


def measure_set(name: str, golds: Sequence[Gold], analyzer: Analyzer) -> dict[str, Any]:
    """Measure one data set: starl, the baselines, types, findings and the pronoun swap."""
    texts = [gold.text for gold in golds]
    questions = [gold.question or None for gold in golds]
    reports = read(analyzer, texts, questions)
    agents = agents_by_clause(analyzer.read(texts, questions).emitted)
    on_gold = agents_by_clause(emit_on_gold(analyzer, golds))
    readings = [
        replace(reading_of(r), agents=a, agents_gold_cut=g)
        for r, a, g in zip(reports, agents, on_gold, strict=True)
    ]
    table = tabulate(golds, readings)
    return {
        "name": name,
        "starl_version": reports[0].starl_version,
        "model": reports[0].model,
        "fingerprint": reports[0].fingerprint,
        "sha256": digest(texts),
        "notes": NOTES,
        "systems": {
            "starl": figures(table, intervals=True),
            "majority": figures(tabulate(golds, [majority(text) for text in texts]), intervals=True),
            "keywords": figures(tabulate(golds, [keywords(text) for text in texts]), intervals=True),
        },
        "agents": by_label(table["agents"].sum(0), [*map(str, AGENTS), "no deed"]),
        "by_style": by_group(table, [gold.style for gold in golds]),
        "by_source": by_group(table, [gold.source for gold in golds]),
        "types": measure_types(golds, readings, table["types"].sum(0)),
        "findings": measure_findings(golds, readings),
        "swap": {s: measure_swap(golds, readings, analyzer, s) for s in SWAPS},
    }


def read(analyzer: Analyzer, texts: Sequence[str], questions: Sequence[str | None]) -> list[Report]:
    """Read all texts, each with its question."""
    return list(analyzer.pipe(texts, questions=questions))


def emit_on_gold(analyzer: Analyzer, golds: Sequence[Gold]) -> Emissions:
    """Read the texts cut where the annotators did."""
    tokens = analyzer.tokenizer([gold.text for gold in golds])
    opens = np.zeros(len(tokens), dtype=bool)
    for gold, first, last in zip(golds, tokens.offsets[:-1], tokens.offsets[1:], strict=True):
        opens[first:last] = np.isin(tokens.start_char[first:last], gold.units.start)
    return emit(analyzer.model, analyzer.tokenizer, tokens, [gold.question for gold in golds], opens)


def agents_by_clause(emitted: Emissions) -> list[Units]:
    """Return who acts in each clause of each answer, whatever its role."""
    clauses = emitted.clauses
    columns = (
        clauses.start_char,
        clauses.end_char,
        np.zeros_like(clauses.answer),
        find_deeds(emitted).agent,
    )
    return [
        Units(*(column[first:last] for column in columns))
        for first, last in pairwise(clauses.offsets.tolist())
    ]


def judge_by_default(report: Report) -> frozenset[str]:
    """Return the names of what the rules find in a report under the default profile."""
    return frozenset(finding.name for finding in judge(report, get_profile("default")))


def measure_types(golds: Sequence[Gold], readings: Sequence[Reading], counts: ev.Ints) -> dict[str, Any]:
    """Measure answer types, and which answers are refused."""
    names = [*map(str, ANSWER_TYPES), "none"]
    known = [i for i, gold in enumerate(golds) if gold.type is not None]
    story = np.array([golds[i].type == "story" for i in known], dtype=bool)
    ok = np.array([readings[i].status == "ok" for i in known], dtype=bool)
    refusals = ev.hits(~story, ~ok).sum(0)
    return {
        "answers": len(known),
        "accuracy": ev.value(ev.accuracy(counts)),
        "by_type": {
            k: v for k, v in by_label(counts, names).items() if v["gold"] or v["precision"] is not None
        },
        "confusion": {
            names[i]: {names[j]: int(n) for j, n in enumerate(row) if n}
            for i, row in enumerate(counts)
            if row.any()
        },
        "status": dict(sorted(Counter(r.status for r in readings).items())),
        "refused": {
            "stories": int(np.count_nonzero(story)),
            "stories_refused": int(np.count_nonzero(story & ~ok)),
            "non_stories": int(np.count_nonzero(~story)),
            "non_stories_refused": int(np.count_nonzero(~story & ~ok)),
            "precision": ev.value(ev.hit_precision(refusals)),
            "recall": ev.value(ev.hit_recall(refusals)),
        },
    }


def measure_findings(golds: Sequence[Gold], readings: Sequence[Reading]) -> dict[str, Any]:
    """Measure each finding against the traits and against the same rule on gold labels."""
    stories = [gold.type == "story" or (gold.type is None and gold.traits is None) for gold in golds]
    ideal = [judge_by_default(gold_report(gold)) for gold in golds]
    names = sorted({*(n for r in readings for n in r.findings), *(n for found in ideal for n in found)})
    out: dict[str, Any] = {}
    for name in names:
        chosen = [i for i, story in enumerate(stories) if story or name in EVERY_TYPE]
        fired = _mark(name, (readings[i].findings for i in chosen))
        warned = _mark(name, (readings[i].warnings for i in chosen))
        on_labels = _mark(name, (ideal[i] for i in chosen))
        row: dict[str, Any] = {"answers": len(chosen), "fired": int(fired.sum()), "warned": int(warned.sum())}
        row["labels"] = _against(on_labels, fired)
        traits = [has_trait(golds[i], name) for i in chosen]
        if all(trait is not None for trait in traits):
            truth = np.array(traits, dtype=bool)
            row["traits"] = _against(truth, fired)
            row["warnings_traits"] = _against(truth, warned)
            row["labels_traits"] = _against(truth, on_labels)
        out[name] = row
    return out


def _mark(name: str, found: Iterable[frozenset[str]]) -> ev.Bools:
    return np.array([name in names for names in found], dtype=bool)


def _against(truth: ev.Bools, fired: ev.Bools) -> dict[str, Any]:
    hits = ev.hits(truth, fired)
    total = hits.sum(0)
    return {
        "gold": int(truth.sum()),
        "precision": ev.value(ev.hit_precision(total)),
        "precision_95": ev.bootstrap(ev.hit_precision, hits),
        "recall": ev.value(ev.hit_recall(total)),
    }


def measure_swap(
    golds: Sequence[Gold], readings: Sequence[Reading], analyzer: Analyzer, name: str
) -> dict[str, Any]:
    """Measure the share of words whose role changes, over the answers in which the swap edits anything.

    Once with the verb "be" made to agree and contractions swapped too, once with bare pronouns alone.
    """
    out: dict[str, Any] = {}
    for key, verbs in (("with_verbs", True), ("pronouns_only", False)):
        swapped = [swap(gold.text, name, verbs=verbs) for gold in golds]
        edited = [i for i, (text, _) in enumerate(swapped) if text != golds[i].text]
        again = [
            reading_of(report)
            for report in read(analyzer, [swapped[i][0] for i in edited], [golds[i].question for i in edited])
        ]
        counts = np.zeros((len(edited), 2), dtype=np.int64)
        for row, (i, reading) in enumerate(zip(edited, again, strict=True)):
            before = roles_at(readings[i].units, find_words(golds[i].text)[0])
            after = roles_at(reading.units, swapped[i][1])
            counts[row] = np.count_nonzero(before != after), len(before)
        total = counts.sum(0)
        out[key] = {
            "answers": len(edited),
            "answers_changed": int(np.count_nonzero(counts[:, 0])),
            "words": int(total[1]),
            "words_changed": int(total[0]),
            "share": ev.value(ev.share(total)),
            "share_95": ev.bootstrap(ev.share, counts),
        }
    return out


def render(result: dict[str, Any]) -> list[str]:
    """Return the figures as lines of text."""
    systems, types = result["systems"], result["types"]
    ours = systems["starl"]
    lines = [
        f"{result['name']}: {ours['answers']} answers, {ours['words']} words, "
        f"{ours['agreed']} with agreed roles; {result['model']}",
        "",
        f"{'':26}{'starl':>22}{'majority':>22}{'keywords':>22}",
    ]
    for name in [key for key in ours if key + "_95" in ours]:
        lines.append(f"{name:26}" + "".join(f"{_figure(systems[s], name):>22}" for s in systems))
    lines += ["", f"{'role':10}{'P':>7}{'R':>7}{'F1':>7}{'words':>9}    majority F1   keywords F1"]
    for role, row in ours["roles"].items():
        lines.append(
            f"{role:10}{_n(row['precision'])}{_n(row['recall'])}{_n(row['f1'])}{row['gold']:9}"
            f"{_n(systems['majority']['roles'][role]['f1']):>15}{_n(systems['keywords']['roles'][role]['f1']):>14}"
        )
    lines += ["", f"{'agent':10}{'P':>7}{'R':>7}{'F1':>7}{'units':>9}"]
    for agent, row in result["agents"].items():
        lines.append(f"{agent:10}{_n(row['precision'])}{_n(row['recall'])}{_n(row['f1'])}{row['gold']:9}")
    for group in ("by_style", "by_source"):
        if result[group]:
            lines += [
                "",
                f"{group:20}{'answers':>8}{'acc':>7}{'starl':>7}{'macro':>7}{'bound':>7}{'agent':>7}{'S+T':>7}",
            ]
        for name, row in result[group].items():
            keys = (
                "accuracy",
                "starl_f1",
                "macro_f1",
                "boundary_f1",
                "agent_accuracy",
                "setting_share_error",
            )
            lines.append(f"{name:20}{row['answers']:8}" + "".join(_n(row.get(key)) for key in keys))
    refused = types["refused"]
    lines += ["", "status: " + ", ".join(f"{k} {v}" for k, v in types["status"].items())]
    if types["answers"]:
        lines += [
            f"answer type: accuracy {_n(types['accuracy']).strip()} over {types['answers']}; refused "
            f"{refused['stories_refused']} of {refused['stories']} stories, "
            f"{refused['non_stories_refused']} of {refused['non_stories']} others"
        ]
        for gold_type, row in types["confusion"].items():
            lines.append(f"  {gold_type:18}" + ", ".join(f"{k} {v}" for k, v in row.items()))
    if result["findings"]:
        heads = (f" | {truth:9}{'gold':>5}{'P':>7}{'R':>7}" for truth in TRUTHS.values())
        lines += ["", f"{'finding':22}{'fired':>6}" + "".join(heads)]
    for name, row in result["findings"].items():
        lines.append(f"{name:22}{row['fired']:6}" + "".join(_truth(row.get(t)) for t in TRUTHS))
    lines += ["", "words whose role changes when the pronouns are swapped"]
    for name, row in result["swap"].items():
        both, bare = row["with_verbs"], row["pronouns_only"]
        lines.append(
            f"  {name:16}{both['words_changed']} of {both['words']} ({both['share'] or 0:.2%}) in "
            f"{both['answers_changed']} of {both['answers']} answers; bare pronouns only: "
            f"{bare['words_changed']} of {bare['words']} ({bare['share'] or 0:.2%})"
        )
    return [*lines, ""]


def _n(number: float | None) -> str:
    return f"{'-' if number is None else format(number, '.3f'):>7}"


def _figure(system: dict[str, Any], name: str) -> str:
    if name not in system:
        return "-"
    ends = system.get(name + "_95")
    return f"{system[name]:.3f}" + (f" [{ends[0]:.3f} {ends[1]:.3f}]" if ends else "")


def _truth(row: dict[str, Any] | None) -> str:
    if row is None:
        return f" | {'':9}{'-':>5}{'-':>7}{'-':>7}"
    return f" | {'':9}{row['gold']:5}{_n(row['precision'])}{_n(row['recall'])}"


if __name__ == "__main__":
    sys.exit(main())
