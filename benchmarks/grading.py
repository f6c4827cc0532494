"""Measure what the scores are worth: twins, wordings, one clause misread, parts cut out.

    python benchmarks/grading.py [--model NAME]...

Writes ``results/grading.json``; a model that is not measured keeps its figures there. Twins are the pairs of
the corpus, one story told twice; all other figures are over its held-out answers. Length and the number of
findings are the baselines.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from gold import AGENT_INDEX, CORPUS
from pronouns import swap
from starl import evaluation as ev
from starl.agents import Deeds
from starl.analyzer import Analyzer, Reading
from starl.clauses import cut
from starl.corpus import AnnotatedAnswer, read_corpus
from starl.emissions import find_deeds
from starl.findings import Facts, judge_all
from starl.findings.ownership import opens_with_team
from starl.gauges import SCORES
from starl.grading import Grade, Item, grade, grade_all
from starl.measures import measure
from starl.model import load_model
from starl.profiles import DEFAULT
from starl.report import Evidence, Report
from starl.roles import ANSWER_TYPES, ROLE_LETTERS, STATUSES, AnswerType, Status
from starl.tokens import Tokenizer
from wordings import PAIRS

RESULTS = Path(__file__).resolve().parent / "results"
NAMES = (*SCORES, "overall")
OVERALL = len(SCORES)
ALIKE = 0.10
"""Twins whose lengths differ by at most this share are of the same length."""
N_FLIPS = 12
LENGTHS = ((1, 8), (8, 12), (12, 20), (20, 1000))
"""Clauses of an answer, from and below, that figures on one clause are parted by."""
SPACED = 1 << 32
Floats = ev.Floats
Values = ev.Floats | ev.Ints


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print and write the figures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument(
        "--model", action="append", help="name or folder; en_starl_sm and en_starl_md if none"
    )
    args = parser.parse_args(argv)
    answers = read_corpus([CORPUS])
    path = RESULTS / "grading.json"
    figures: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    figures |= {"annotators": {"twins": twins(None, answers)}}
    for name in args.model or ("en_starl_sm", "en_starl_md"):
        figures[name] = of_model(Analyzer(load_model(name), DEFAULT), answers)
    RESULTS.mkdir(exist_ok=True)
    text = json.dumps(figures, indent=1)
    print(text)
    path.write_text(text + "\n", encoding="utf-8")
    return 0


def of_model(analyzer: Analyzer, answers: Sequence[AnnotatedAnswer]) -> dict[str, Any]:
    """Return all figures of one model."""
    held_out = [answer for answer in answers if answer.held_out]
    reading = read(analyzer, held_out)
    scores = grade_all(reading.verdicts.facts, DEFAULT).scores
    told = np.isfinite(scores[:, OVERALL])
    words = reading.measures.n_words
    low, high = DEFAULT.advised_words
    advised = (words >= low) & (words <= high)
    return {
        "model": analyzer.model.meta.label,
        "fingerprint": analyzer.fingerprint,
        "answers": len(held_out),
        "scored": int(told.sum()),
        "quartiles": {
            name: np.quantile(scores[told, k], [0.25, 0.5, 0.75]).round(1).tolist()
            for k, name in enumerate(NAMES)
        },
        "spearman_with_length": {
            "all": correlations(scores[told], words[told]),
            "of_advised_length": correlations(scores[told & advised], words[told & advised]),
        },
        "twins": twins(analyzer, answers),
        "wordings": wordings(analyzer, held_out),
        "pronouns": pronouns(analyzer, held_out),
        "one_clause_misread": flips(reading),
        "parts": parts(analyzer, held_out),
        "recomputed": recomputed(analyzer, held_out),
    }


def read(analyzer: Analyzer, answers: Sequence[AnnotatedAnswer], texts: Sequence[str] = ()) -> Reading:
    """Read answers, or other texts in their place, each with its question."""
    return analyzer.read(texts or [a.text for a in answers], [a.question or None for a in answers])


def score(analyzer: Analyzer, answers: Sequence[AnnotatedAnswer], texts: Sequence[str] = ()) -> Floats:
    """Return the scores of answers, shape (n, 5); NaN for a refused one."""
    return grade_all(read(analyzer, answers, texts).verdicts.facts, DEFAULT).scores


def correlations(scores: Floats, words: Values) -> dict[str, float]:
    """Return Spearman's correlation of each score with length, and of how many answers."""
    found = {name: round(rank_correlation(scores[:, k], words), 3) for k, name in enumerate(NAMES)}
    return {"answers": len(words), **found}


def rank_correlation(first: Values, second: Values) -> float:
    """Return Spearman's correlation; equal values share their mean rank."""
    return float(np.corrcoef(_ranks(first), _ranks(second))[0, 1])


def _ranks(values: Values) -> Floats:
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    mean: Floats = (np.cumsum(counts) - (counts - 1) / 2)[place]
    return mean


def annotated(answers: Sequence[AnnotatedAnswer]) -> Facts:
    """Return the facts of answers as the annotators read them."""
    tokens = Tokenizer()([a.text for a in answers])
    starts = [start for a in answers for start, *_ in a.spans()]
    answer = np.repeat(np.arange(len(answers)), [len(a.clauses) for a in answers])
    of_token = np.repeat(np.arange(len(answers)), np.diff(tokens.offsets))
    opens = np.isin(of_token * SPACED + tokens.start_char, answer * SPACED + np.array(starts))
    clauses = cut(tokens, opens)
    rows = [row for a in answers for row in a.clauses]
    roles = np.array([ROLE_LETTERS.index(role) for role, _, _ in rows])
    agents = np.array([AGENT_INDEX[agent] for _, agent, _ in rows])
    team = np.array([agent == "other" and opens_with_team(text) for _, agent, text in rows])
    measures = measure(clauses, roles, Deeds(agents, team))
    types = np.array([[str(kind) for kind in ANSWER_TYPES].index(a.type) for a in answers])
    told = np.isin(types, [ANSWER_TYPES.index(kind) for kind in (AnswerType.STORY, AnswerType.HABIT)])
    status = np.where(told, STATUSES.index(Status.OK), STATUSES.index(Status.NOT_A_STORY))
    return Facts(clauses, roles, agents, np.ones(len(rows)), measures, types, status)


def twins(analyzer: Analyzer | None, answers: Sequence[AnnotatedAnswer]) -> dict[str, Any]:
    """Return how often the strong telling of a story wins, by score and by each baseline.

    Without an analyzer the annotators' own reading is scored.
    """
    halves = {a.id: a for a in answers}
    weak = [a for a in answers if a.id.endswith("-weak") and f"{a.pair}-strong" in halves]
    strong = [halves[f"{a.pair}-strong"] for a in weak]
    facts = [
        annotated(half) if analyzer is None else read(analyzer, half).verdicts.facts
        for half in (weak, strong)
    ]
    grades = [grade_all(half, DEFAULT).scores for half in facts]
    words = [half.measures.n_words for half in facts]
    findings = [-judge_all(half, DEFAULT).n_findings for half in facts]
    both = np.isfinite(grades[0][:, OVERALL]) & np.isfinite(grades[1][:, OVERALL])
    ahead = np.isfinite(grades[1][:, OVERALL]) & ~(grades[0][:, OVERALL] >= grades[1][:, OVERALL])
    alike = np.abs(words[1] / words[0] - 1) <= ALIKE
    held_out = np.array([a.held_out for a in weak])

    def wins(where: ev.Bools) -> dict[str, Any]:
        of: dict[str, list[Any]] = {"findings": findings, "length": words}
        of |= {name: [g[:, k] for g in grades] for k, name in enumerate(NAMES)}
        both_told = where & both
        return {
            "pairs": int(where.sum()),
            "weak_refused": int((where & np.isnan(grades[0][:, OVERALL])).sum()),
            "strong_refused": int((where & np.isnan(grades[1][:, OVERALL])).sum()),
            "scored": int(both_told.sum()),
            "weak_loses": int((ahead & where).sum()),
            "wins": {
                name: _wins(first[both_told], second[both_told]) for name, (first, second) in of.items()
            },
            "mean_gain": round(float((grades[1] - grades[0])[both_told, OVERALL].mean()), 1),
        }

    return {
        "all": wins(np.ones(len(weak), dtype=bool)),
        "same_length": wins(alike),
        "balanced_length": wins(both & balanced(words[1] / words[0], both)),
        "held_out": wins(held_out),
    }


def balanced(ratio: Floats, both: ev.Bools) -> ev.Bools:
    """Return the pairs whose strong half is not longer, and as many whose strong half is so by the least.

    Length alone is right in half of them.
    """
    ratio = np.where(both, ratio, np.inf)
    n = int((ratio < 1).sum())
    chosen: ev.Bools = np.isin(np.arange(len(ratio)), np.argsort(ratio)[: 2 * n])
    return chosen


def _wins(weak: Values, strong: Values) -> float:
    """Return the share of pairs that the strong half wins; a tie counts half."""
    return round(float(np.mean(strong > weak) + np.mean(strong == weak) / 2), 3)


def wordings(analyzer: Analyzer, answers: Sequence[AnnotatedAnswer]) -> dict[str, Any]:
    """Return how far the overall score moves between two ways of writing the same."""
    moved = {}
    for name, ways in PAIRS.items():
        texts = [[way(a.text) for a in answers] for way in ways]
        changed = np.array([one != two for one, two in zip(*texts, strict=True)])
        moved[name] = _moved(*(score(analyzer, answers, some)[changed, OVERALL] for some in texts))
    return moved


def _moved(one: Floats, two: Floats) -> dict[str, Any]:
    both = np.isfinite(one) & np.isfinite(two)
    by = np.abs(one - two)[both]
    return {
        "changed": len(one),
        "scored_once": int((np.isfinite(one) != np.isfinite(two)).sum()),
        "scored": int(both.sum()),
        "within_1": round(float(np.mean(by <= 1)), 3),
        "mean": round(float(by.mean()), 2),
        "p95": round(float(np.quantile(by, 0.95)), 1),
        "most": round(float(by.max()), 1),
    }


def pronouns(analyzer: Analyzer, answers: Sequence[AnnotatedAnswer]) -> dict[str, Any]:
    """Return how each score moves when "I" is "we" throughout: ownership alone should."""
    texts = [swap(a.text, "I -> we")[0] for a in answers]
    changed = np.array([a.text != text for a, text in zip(answers, texts, strict=True)])
    one, two = score(analyzer, answers)[changed], score(analyzer, answers, texts)[changed]
    return {name: _moved(one[:, k], two[:, k]) for k, name in enumerate(NAMES)}


def flips(reading: Reading) -> dict[str, Any]:
    """Return how far the overall score moves when one clause of an answer gets another role, at random."""
    rng, facts = np.random.default_rng(0), reading.verdicts.facts
    before = grade_all(facts, DEFAULT).scores[:, OVERALL]
    n = np.diff(facts.clauses.offsets)
    moved = []
    for _ in range(N_FLIPS):
        at = facts.clauses.offsets[:-1][n > 0] + (rng.random(int((n > 0).sum())) * n[n > 0]).astype(int)
        roles = facts.roles.copy()
        roles[at] = (roles[at] + rng.integers(1, 6, len(at))) % 6
        deeds = find_deeds(reading.emitted, np.isin(roles, (2, 3)))
        measures = measure(facts.clauses, roles, deeds)
        other = replace(facts, roles=roles, agents=deeds.agent, measures=measures)
        moved.append(np.abs(grade_all(other, DEFAULT).scores[:, OVERALL] - before))
    by, size = np.concatenate(moved), np.tile(n, N_FLIPS)
    told = np.isfinite(by)
    out = {f"{low}-{high - 1}": _swing(by[told & (size >= low) & (size < high)]) for low, high in LENGTHS}
    return {"all": _swing(by[told]), "by_clauses": out}


def _swing(by: Floats) -> dict[str, float]:
    return {
        "draws": len(by),
        "mean": round(float(by.mean()), 2),
        "p95": round(float(np.quantile(by, 0.95)), 1),
        "most": round(float(by.max()), 1),
        "under_10": round(float(np.mean(by < 10)), 3),
    }


def parts(analyzer: Analyzer, answers: Sequence[AnnotatedAnswer]) -> dict[str, Any]:
    """Return how often a story loses when a part is cut out of it, by the annotators' roles."""
    stories = [a for a in answers if a.type == "story" and {"A", "R"} <= {c[0] for c in a.clauses}]
    whole = score(analyzer, stories)[:, OVERALL]
    out = {}
    for name, letters in (("result", "R"), ("action", "A"), ("setting", "ST")):
        rest = [" ".join(text for role, _, text in a.clauses if role not in letters) for a in stories]
        less = score(analyzer, stories, rest)[:, OVERALL]
        both = np.isfinite(whole) & np.isfinite(less)
        lost = (whole - less)[both]
        out[name] = {
            "stories": int(both.sum()),
            "refused_without": int((np.isfinite(whole) & np.isnan(less)).sum()),
            "lose": round(float(np.mean(lost > 0)), 3),
            "mean_loss": round(float(lost.mean()), 1),
        }
    return out


def recomputed(analyzer: Analyzer, answers: Sequence[AnnotatedAnswer]) -> dict[str, Any]:
    """Return how many numbers of the grades follow from the evidence they name and from their items."""
    n = right = 0
    wrong: dict[str, int] = {}
    for report in analyzer.pipe([a.text for a in answers], questions=[a.question or None for a in answers]):
        made = grade(report, DEFAULT)
        if made is None:
            continue
        for name, holds in checks(made, report):
            n, right = n + 1, right + holds
            wrong[name] = wrong.get(name, 0) + (not holds)
    return {"numbers": n, "right": round(right / n, 5), "wrong": {k: v for k, v in wrong.items() if v}}


def checks(made: Grade, report: Report) -> list[tuple[str, bool]]:
    """Return for each number of a grade whether it follows from what it rests on."""
    out = []
    for name in NAMES:
        part = getattr(made, name)
        out.append((name, part.points == round(sum(item.points for item in part.items), 2)))
    for name in SCORES:
        for item in getattr(made, name).items:
            value = by_hand(item.name, item.evidence, report)
            out.append((item.name, item.value == value))
            out.append((f"{item.name} points", abs(item.points - points(item)) <= 0.005 + 1e-9))
    return out


def points(item: Item) -> float:
    """Return the points of an item from its value and its band, without rounding."""
    if item.value is None:
        return 0.0
    value, share = item.value, 1.0
    if item.low is not None and item.none_below is not None and value < item.low:
        share = (value - item.none_below) / (item.low - item.none_below)
    if item.high is not None and item.none_above is not None and value > item.high:
        share = (item.none_above - value) / (item.none_above - item.high)
    return item.of * max(0.0, share)


def by_hand(name: str, evidence: Sequence[Evidence], report: Report) -> float | None:
    """Return the value of an item from its evidence and the counts of the report."""
    balance, ownership = report.balance, report.ownership
    if balance is None or ownership is None:
        return None
    story = balance.n_words - balance.words.other
    words = sum(len(_words(report.text, one)) for one in evidence)
    deeds = ownership.action
    whole = {
        "action_figures": balance.words.action,
        "stock_phrases": balance.words.action,
        "outside_story": balance.n_words,
        "would": balance.n_words,
    }
    if name == "result_figures":
        return float(len(evidence))
    if name in ("enough_story", "not_too_many_words"):
        return float(words)
    if name == "i_share":
        return _share(deeds.i, deeds.i + deeds.we) if len(evidence) == deeds.i + deeds.we else -1.0
    if name == "hidden_share":
        return _share(len(evidence), deeds.i + deeds.we + deeds.other + deeds.none)
    return _share(words, whole.get(name, story))


def _words(text: str, one: Evidence) -> list[str]:
    chunks = text[one.start_char : one.end_char].split()
    return [chunk for chunk in chunks if any(map(str.isalnum, chunk))]


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


if __name__ == "__main__":
    sys.exit(main())
