"""Measure the signs of `starl.anatomy` on held-out answers of the corpus.

    python benchmarks/anatomy.py [--model NAME]

Signs are held against the traits that answers were written to have: on the annotators' clauses (labels) and
on what a model reads in the text (read). A trait names what stands out in an answer and is given sparingly,
so that many answers show a sign without it; recall, and the rate beside that of other answers, say more than
precision. ``by_eye`` is how many of up to 60 places of a sign in held-out answers, on the annotators'
clauses, are what the sign says, judged by one reader. The lists had been corrected on earlier draws from the
other answers; some entries were mended after this one.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from gold import CORPUS
from starl import evaluation as ev
from starl.agents import Deeds
from starl.analyzer import load
from starl.anatomy import (
    ActionAnatomy,
    Anatomy,
    LearningAnatomy,
    ResultAnatomy,
    Sign,
    Signs,
    anatomy_of,
    tell,
)
from starl.clauses import cut
from starl.corpus import AGENT_WORDS, AnnotatedAnswer, read_corpus
from starl.findings import Facts
from starl.measures import measure
from starl.report import Frozen
from starl.roles import ROLE_LETTERS
from starl.tokens import Bools, Tokenizer

RESULTS = Path(__file__).resolve().parent / "results" / "anatomy.json"
PARTS: dict[str, type[Frozen]] = {
    "result": ResultAnatomy,
    "action": ActionAnatomy,
    "learning": LearningAnatomy,
}
Claim = Callable[[Anatomy], bool]
CLAIMS: dict[str, tuple[str, Claim]] = {
    "result.measured": ("quantified", lambda a: a.result is not None and a.result.measured.present),
    "action.vague": ("vague", lambda a: a.action is not None and a.action.vague.present),
    "action.vague twice": ("vague", lambda a: a.action is not None and a.action.vague.count > 1),
    "no result.stated": ("no-result", lambda a: a.result is None or not a.result.stated.present),
    "no action.steps": ("no-action", lambda a: a.action is None or not a.action.steps.present),
    "no learning": ("no-learning", lambda a: a.learning is None),
}
"""What an anatomy is held to say -> the trait, and whether it says so."""
BY_EYE: dict[str, tuple[int, int]] = {
    "result.measured": (56, 60),
    "result.change": (53, 60),
    "result.size": (48, 60),
    "result.baseline": (59, 60),
    "result.time_frame": (57, 60),
    "result.feedback": (54, 60),
    "result.hedged": (17, 19),
    "result.negative": (28, 31),
    "result.promise": (2, 3),
    "action.steps": (56, 60),
    "action.decisions": (39, 43),
    "action.vague": (31, 38),
    "action.tools": (58, 60),
    "action.people": (57, 60),
    "action.names": (56, 60),
    "action.reasons": (50, 60),
    "learning.specific": (51, 60),
    "learning.applied": (44, 46),
    "learning.cliche": (14, 14),
}
"""Places that are what the sign says, and places read. The agents of a result are the annotators' own;
``stated`` and the two ways to write a quantity leave little to judge."""


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print and write the figures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--model", default="en_starl_md")
    args = parser.parse_args(argv)
    try:
        result = run(args.model)
    except (OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return 2
    text = json.dumps(result, indent=1)
    print(text)
    RESULTS.write_text(text + "\n", encoding="utf-8")
    return 0


def run(model: str) -> dict[str, Any]:
    """Return all figures."""
    every = [answer for answer in read_corpus([CORPUS]) if answer.type == "story"]
    answers = [answer for answer in every if answer.held_out]
    reports = list(load(model).pipe([answer.text for answer in answers]))
    on_labels = anatomies(answers)
    anatomy_of(reports[0])  # the book is made at the first call
    began = time.perf_counter()
    read = [anatomy_of(report) for report in reports]
    took = time.perf_counter() - began
    return {
        "answers": len(answers),
        "model": model,
        "ms_a_report": round(1000 * took / len(answers), 2),
        "by_eye": {name: {"right": right, "of": of} for name, (right, of) in BY_EYE.items()},
        "rates": {"labels": rates(on_labels), "read": rates(read)},
        "traits": {
            name: {
                "trait": trait,
                "labels": against(answers, on_labels, name),
                "read": against(answers, read, name),
            }
            for name, (trait, _) in CLAIMS.items()
        },
        "twins": twins([answer for answer in every if answer.pair != answer.id]),
    }


def anatomies(answers: Sequence[AnnotatedAnswer]) -> list[Anatomy]:
    """Return the anatomy of each answer on the annotators' clauses."""
    signs = Signs(gold_facts(answers))
    return [tell(signs, i) for i in range(len(answers))]


def gold_facts(answers: Sequence[AnnotatedAnswer]) -> Facts:
    """Return annotated answers as facts, each label held to be sure."""
    tokens = Tokenizer()([answer.text for answer in answers])
    opens = np.zeros(len(tokens), dtype=bool)
    for i, answer in enumerate(answers):
        first, last = tokens.offsets[i : i + 2]
        opens[first:last] = np.isin(tokens.start_char[first:last], [span[0] for span in answer.spans()])
    clauses = cut(tokens, opens)
    rows = [clause for answer in answers for clause in answer.clauses]
    roles = np.array([ROLE_LETTERS.index(role) for role, _, _ in rows], dtype=np.int64)
    agents = np.array([AGENT_WORDS.index(agent) for _, agent, _ in rows], dtype=np.int64)
    agents[agents == AGENT_WORDS.index("-")] = -1
    deeds = Deeds(agent=agents, team=np.zeros(len(rows), dtype=bool))
    nothing = np.zeros(len(answers), dtype=np.int64)
    sure = np.ones(len(rows))
    return Facts(clauses, roles, agents, sure, measure(clauses, roles, deeds), nothing, nothing)


def sign_of(anatomy: Anatomy, part: str, name: str) -> Sign | None:
    """Return a sign; None without the part."""
    told = getattr(anatomy, part)
    return None if told is None else getattr(told, name)


def rates(found: Sequence[Anatomy]) -> dict[str, float]:
    """Return the share of answers with a part that show each of its signs."""
    out = {}
    for part, kind in PARTS.items():
        for name in kind.model_fields:
            signs = [sign for anatomy in found if (sign := sign_of(anatomy, part, name)) is not None]
            out[f"{part}.{name}"] = round(sum(sign.present for sign in signs) / len(signs), 3)
    return out


def against(answers: Sequence[AnnotatedAnswer], found: Sequence[Anatomy], name: str) -> dict[str, Any]:
    """Hold a claim against its trait: the rate of it with and without the trait, precision and recall."""
    trait, says = CLAIMS[name]
    truth: Bools = np.array([trait in answer.traits for answer in answers])
    said: Bools = np.array([says(anatomy) for anatomy in found])
    total = ev.hits(truth, said).sum(0)
    return {
        "with_trait": int(truth.sum()),
        "rate_with": ev.value(ev.hit_recall(total)),
        "rate_without": round(float(said[~truth].mean()), 4),
        "precision": ev.value(ev.hit_precision(total)),
    }


def twins(answers: Sequence[AnnotatedAnswer]) -> dict[str, Any]:
    """Count in how many pairs the strong telling shows more of a sign than the weak, and the other way round.

    Pairs that are not held out are among them.
    """
    found = {answer.id: anatomy for answer, anatomy in zip(answers, anatomies(answers), strict=True)}
    pairs = [(f"{stem}-weak", f"{stem}-strong") for stem in sorted({answer.pair for answer in answers})]
    pairs = [pair for pair in pairs if all(half in found for half in pair)]
    out: dict[str, Any] = {"pairs": len(pairs)}
    for part, kind in PARTS.items():
        for name in kind.model_fields:
            counts = np.array([[_count(found[half], part, name) for half in pair] for pair in pairs])
            more, fewer = (counts[:, 1] > counts[:, 0]).sum(), (counts[:, 1] < counts[:, 0]).sum()
            out[f"{part}.{name}"] = {"strong_more": int(more), "weak_more": int(fewer)}
    return out


def _count(anatomy: Anatomy, part: str, name: str) -> int:
    sign = sign_of(anatomy, part, name)
    return sign.count if sign else 0


if __name__ == "__main__":
    sys.exit(main())
