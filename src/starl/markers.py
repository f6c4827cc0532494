"""Text -> fillers and hedges: phrases of a list, unless the words beside them say that they mean more.

The lists are ``cues/fillers.txt`` and ``cues/hedges.txt``; their first lines say how they are written.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from starl.lexicon import read_cues
from starl.report import Evidence, Markers

_TOKEN = re.compile(r"[^\W_]+(?:['’\-][^\W_]+)*|[.,?!;:…—–]")
_EDGE = ".?!;:…—–"
"""Marks that a full stop in a list stands for."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words that count unless one of ``after`` stands before them or one of ``before`` follows."""

    tokens: tuple[str, ...]
    after: frozenset[str]
    before: frozenset[str]


@cache
def phrases(name: str) -> tuple[Phrase, ...]:
    """Read a list of phrases with the words that must not stand beside them, the longest first."""
    return tuple(
        sorted(map(_phrase, read_cues(name)), key=lambda phrase: (-len(phrase.tokens), phrase.tokens))
    )


def _phrase(line: str) -> Phrase:
    rest, _, before = line.partition(" > ")
    text, _, after = rest.partition(" < ")
    return Phrase(tuple(text.split()), frozenset(after.split()), frozenset(before.split()))


def find_markers(text: str, name: str, n_words: int) -> Markers:
    """Find the phrases of a list in a text, from left to right, the longest first.

    Parameters
    ----------
    text
        The answer.
    name
        Of the list: ``fillers`` or ``hedges``.
    n_words
        Words of the answer, which the rate is of.
    """
    found = list(_TOKEN.finditer(text))
    tokens = [".", *(_plain(token[0], shouted=text.isupper()) for token in found), "."]
    evidence, i = [], 0  # token i of the list is found[i - 1], since the text begins with an edge
    while i < len(tokens):
        phrase = next((phrase for phrase in phrases(name) if _stands(phrase, tokens, i)), None)
        if phrase is None:
            i += 1
            continue
        words = [i + k for k, token in enumerate(phrase.tokens) if token not in ",."]
        evidence.append(Evidence(start_char=found[words[0] - 1].start(), end_char=found[words[-1] - 1].end()))
        i = words[-1] + 1
    rate = round(100 * len(evidence) / n_words, 2) if n_words else None
    return Markers(count=len(evidence), per_100_words=rate, evidence=tuple(evidence))


def _plain(token: str, *, shouted: bool) -> str:
    """Return a token as lists write it; capitals stay in a text that has other letters: ER is no filler."""
    if token in _EDGE:
        return "."
    capitals = token.isupper() and len(token) > 1 and not shouted
    return token if capitals else token.lower().replace("’", "'")


def _stands(phrase: Phrase, tokens: Sequence[str], i: int) -> bool:
    end = i + len(phrase.tokens)
    return (
        tuple(tokens[i:end]) == phrase.tokens
        and tokens[i - 1] not in phrase.after
        and (end >= len(tokens) or tokens[end] not in phrase.before)
    )
