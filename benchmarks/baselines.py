"""Two readings to stand beside: everything is Action, and the cue words that advice pages print."""

from __future__ import annotations

import re

from gold import Reading, units_of
from starl.roles import ROLE_LETTERS

ACTION, I = ROLE_LETTERS.index("A"), 0  # noqa: E741

CUES = {
    "S": "at my last|at my previous|in my last|in my previous|when i was|while i was|while working|last year|"
    "last summer|years ago|months ago|there was|there were|at the time|i was working|i worked|we had|"
    "the situation|the problem was|background|during my",
    "T": "my task|my job was|my role|my goal|the goal|i was responsible|i was asked|i was assigned|"
    "i was tasked|i had to|we had to|i needed to|we needed to|"
    "responsible for|objective|deadline|the challenge|the aim",
    "A": "i decided|i started|i created|i built|i made|i worked with|i called|i asked|i organi[sz]ed|i led|"
    "i developed|i implemented|i analy[sz]ed|i spoke|i set up|i wrote|i met|i used|we decided|we built|first|"
    "then|next|after that",
    "R": "as a result|result|in the end|finally|eventually|increased|reduced|decreased|improved|saved|"
    r"successfully|achieved|led to|outcome|feedback|\d+ ?%|percent|on time",
    "L": "i learned|i learnt|taught me|lesson|looking back|in hindsight|since then|next time|i realized|"
    "i realised|takeaway|going forward|if i could do it again|made me a better",
    "O": "great question|good question|let me think|thank you|thanks for|i would|i'd say|in general|usually|"
    "i am a|i'm a|happy to",
}
"""Stock phrases as pages on the STAR method list them; a cue counts wherever a word starts with it."""

_PATTERNS = {role: re.compile(rf"(?<!\w)(?:{cues})", re.IGNORECASE) for role, cues in sorted(CUES.items())}
_SENTENCE_OR_LINE = re.compile(r"\S[^\n]*?(?:[.!?]+[\"')]*(?=\s|$)|(?=\s*\n)|(?=\s*$))")
_AGENTS = (
    (0, re.compile(r"\b(?:i|i'm|i've|i'd|i'll)\b", re.IGNORECASE)),
    (1, re.compile(r"\b(?:we|we're|we've|we'd|we'll)\b", re.IGNORECASE)),
    (
        2,
        re.compile(r"\b(?:he|she|they|the team|my manager|my boss|the client|the customer)\b", re.IGNORECASE),
    ),
)


def majority(text: str) -> Reading:
    """Read the whole text as one Action clause whose deed is the speaker's, and as a story."""
    units = units_of([(0, len(text), ACTION, I)] if text.strip() else [])
    return Reading(units, type="story", agents=units)


def keywords(text: str) -> Reading:
    """Read each sentence by its cues: most hits win, ties go to the earlier in ALORST, none is Action.

    The agent is that of the first pronoun or stock noun of the sentence, none if there is none; a sentence
    outside Action and Result has no deed. The text is a story unless most of its sentences are Other.
    """
    rows = []
    for match in _SENTENCE_OR_LINE.finditer(text):
        sentence = match.group().replace("’", "'")
        role = _best_role(sentence)
        found = [(m.start(), agent) for agent, pattern in _AGENTS if (m := pattern.search(sentence))]
        agent = min(found)[1] if found else 3
        rows.append((match.start(), match.end(), ROLE_LETTERS.index(role), agent))
    n_other = sum(ROLE_LETTERS[row[2]] == "O" for row in rows)
    return Reading(
        units=units_of((*row[:3], row[3] if ROLE_LETTERS[row[2]] in "AR" else -1) for row in rows),
        type="opinion" if 2 * n_other > len(rows) else "story",
        agents=units_of(rows),
    )


def _best_role(sentence: str) -> str:
    hits = {role: len(pattern.findall(sentence)) for role, pattern in _PATTERNS.items()}
    return max(hits, key=hits.__getitem__) if any(hits.values()) else "A"
