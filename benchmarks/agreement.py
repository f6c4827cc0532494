"""Measure how far two annotators agree on answers of the corpus.

    python benchmarks/agreement.py [SECOND...]

SECOND are ``.starl`` files of a second annotator, who saw the texts alone; ``models/agreement`` if none. The
first annotator is the corpus itself. Words are compared, so that two cuts of one sentence can be.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from gold import AGENT_INDEX, CORPUS, Gold, find_words, from_corpus
from starl import evaluation as ev
from starl.corpus import AnnotatedAnswer, read_corpus
from starl.roles import ANSWER_TYPES, ROLE_LETTERS

SECOND = CORPUS.parent / "agreement"
RESULTS = Path(__file__).resolve().parent / "results"
CORE = [ROLE_LETTERS.index(letter) for letter in "AR"]
N_AGENTS = len(AGENT_INDEX)


def main(argv: Sequence[str] | None = None) -> int:
    """Compare, print and write the figures."""
    paths = [Path(arg) for arg in (sys.argv[1:] if argv is None else argv)] or [SECOND]
    try:
        result = measure(list(read_pairs(paths)))
    except (OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return 2
    text = json.dumps(result, indent=1)
    print(text)
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "agreement.json").write_text(text + "\n", encoding="utf-8")
    return 0


def read_pairs(paths: Sequence[Path]) -> list[tuple[AnnotatedAnswer, AnnotatedAnswer]]:
    """Return each answer as the first and as the second annotator labelled it.

    Raises
    ------
    ValueError
        If the corpus lacks an answer, or has another text for it.
    """
    first = {answer.id: answer for answer in read_corpus([CORPUS])}
    pairs = []
    for answer in read_corpus(paths):
        twin = first.get(answer.id)
        if twin is None or twin.text != answer.text:
            got = "none" if twin is None else "another"
            raise ValueError(f"{answer.id} must have its text in the corpus, got {got}")
        pairs.append((twin, answer))
    return pairs


def measure(pairs: Sequence[tuple[AnnotatedAnswer, AnnotatedAnswer]]) -> dict[str, Any]:
    """Return agreement and kappa of roles, of agents in what both call action or result, and of types."""
    roles = np.stack([count_roles(from_corpus(a), from_corpus(b)) for a, b in pairs])
    agents = np.stack([count_agents(from_corpus(a), from_corpus(b)) for a, b in pairs])
    names = [str(kind) for kind in ANSWER_TYPES]
    types = np.stack(
        [
            ev.confusion(
                np.array([names.index(a.type)]), np.array([names.index(b.type)]), n_labels=len(names)
            )[0]
            for a, b in pairs
        ]
    )
    return {"answers": len(pairs), "words": int(roles.sum())} | {
        name: {
            "agreement": ev.value(ev.accuracy(counts.sum(0))),
            "kappa": ev.value(ev.kappa(counts.sum(0))),
            "kappa_95": ev.bootstrap(ev.kappa, counts),
        }
        for name, counts in (("role", roles), ("agent", agents), ("type", types))
    }


def count_roles(first: Gold, second: Gold) -> ev.Ints:
    """Count the words of each pair of roles, shape (n_roles, n_roles)."""
    words, _ = find_words(first.text)
    pair = [gold.units.role[gold.units.holding(words)] for gold in (first, second)]
    return ev.confusion(pair[0], pair[1], n_labels=len(ROLE_LETTERS))[0]


def count_agents(first: Gold, second: Gold) -> ev.Ints:
    """Count the words of each pair of agents (the last: no deed) where both see an action or a result."""
    words, _ = find_words(first.text)
    units = [gold.units.holding(words) for gold in (first, second)]
    both = np.isin(first.units.role[units[0]], CORE) & np.isin(second.units.role[units[1]], CORE)
    pair = [
        gold.units.agent[unit[both]] % N_AGENTS for gold, unit in zip((first, second), units, strict=True)
    ]
    return ev.confusion(pair[0], pair[1], n_labels=N_AGENTS)[0]


if __name__ == "__main__":
    sys.exit(main())
