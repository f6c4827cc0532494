"""Annotated clauses -> variants of them: parts in another order, marks left out, slips of the hand.

Models learn from them what they must not lean on: order, punctuation, spelling.
"""

from __future__ import annotations

import random
import re

Triples = list[tuple[str, str, str]]
"""Role letter, agent word and text of each clause."""
_MARKS = re.compile(r"[^\w\s'’%$£€&]+|(?<!\w)['’]|['’](?!\w)")
_SMALL = frozenset(
    (
        "a",
        "an",
        "the",
        "of",
        "to",
        "is",
        "was",
        "were",
        "are",
        "be",
        "been",
        "have",
        "has",
        "had",
        "that",
        "so",
    )
)
_DROPPED, _MISSPELT = 0.25, 0.06


def shuffle_parts(clauses: Triples, share: float, rng: random.Random) -> Triples:
    """Put the parts of a share of the answers in another order, and leave out one part of as many."""
    parts: list[Triples] = []
    for clause in clauses:
        if parts and parts[-1][-1][0] == clause[0]:
            parts[-1].append(clause)
        else:
            parts.append([clause])
    if len(parts) > 2 and rng.random() < share:
        parts.pop(rng.randrange(len(parts)))
    if rng.random() < share:
        rng.shuffle(parts)
    return [clause for part in parts for clause in part]


def strip_marks(clauses: Triples) -> Triples:
    """Take away what raw speech recognition lacks; a clause of marks alone goes."""
    bare = [(role, agent, " ".join(_MARKS.sub(" ", text).split())) for role, agent, text in clauses]
    return [clause for clause in bare if clause[2]]


def roughen(clauses: Triples, rng: random.Random) -> Triples:
    """Leave out some small words and misspell some long ones, as hasty and second-language writers do."""
    rough = [
        (role, agent, " ".join(_misspell(word, rng) for word in text.split() if _stays(word, rng)))
        for role, agent, text in clauses
    ]
    return [clause for clause in rough if clause[2]]


def _stays(word: str, rng: random.Random) -> bool:
    return word.lower() not in _SMALL or rng.random() >= _DROPPED


def _misspell(word: str, rng: random.Random) -> str:
    if len(word) < 5 or not word.isalpha() or rng.random() >= _MISSPELT:
        return word
    at = rng.randrange(1, len(word) - 2)
    if rng.random() < 0.5:
        return word[:at] + word[at + 1 :]
    return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
