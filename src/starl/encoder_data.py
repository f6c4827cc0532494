"""Annotated answers -> labelled word pieces, ready for the encoder. Training only.

Each draw of an answer differs: some have their parts shuffled or lose one, some lose their marks as raw
speech recognition would, some lose small words and get slips of the hand, and the question is shown only now
and then.
"""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from starl.corpus import AnnotatedAnswer
from starl.encoder import MAX_QUESTION, SPEAKER_CLASS, lay_out
from starl.pieces import Cutter
from starl.roles import ANSWER_TYPES, ROLE_LETTERS
from starl.tokens import Ints, Tokenizer
from starl.variants import Triples, roughen, shuffle_parts, strip_marks

IGNORED = -100
"""Label of what is not learned from."""
_TEAM = re.compile(r"\b(?:the|my|our) team\b", re.IGNORECASE)


class Noise(BaseModel):
    """How answers are varied from one draw to the next; every share lies in 0..1."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    shuffle_share: float = Field(ge=0, le=1, description="answers whose parts are shuffled, or lose a part")
    question_share: float = Field(ge=0, le=1, description="answers shown with their question")
    bare_share: float = Field(ge=0, le=1, description="answers without marks")
    rough_share: float = Field(ge=0, le=1, description="answers with small words left out and misspellings")
    mask_share: float = Field(ge=0, lt=1, description="tokens hidden from the encoder")


NO_NOISE = Noise(shuffle_share=0, question_share=1, bare_share=0, rough_share=0, mask_share=0)


@dataclass(frozen=True, slots=True, eq=False)
class Example:
    """One labelled answer in pieces: a class piece, the question, an end piece, the answer, an end piece."""

    ids: Ints  # (n_pieces,)
    clause: Ints  # (n_pieces,) gold clause, -1 outside the answer
    opens: Ints  # (n_pieces,) 1 where a clause starts, 0 at the start of other tokens, else IGNORED
    role: Ints  # (n_clauses,)
    agent: Ints  # (n_clauses,) agent class, IGNORED outside action and result
    n_words: Ints  # (n_clauses,)
    type: int


def vary(answer: AnnotatedAnswer, noise: Noise, rng: random.Random) -> Triples:
    """Draw a variant of an answer."""
    clauses = shuffle_parts(list(answer.clauses), noise.shuffle_share, rng)
    if rng.random() < noise.rough_share:
        clauses = roughen(clauses, rng) or clauses
    return (strip_marks(clauses) or clauses) if rng.random() < noise.bare_share else clauses


def make_examples(
    tokenizer: Tokenizer,
    cutter: Cutter,
    answers: Sequence[AnnotatedAnswer],
    noise: Noise,
    rng: random.Random,
    max_pieces: int,
) -> list[Example]:
    """Draw a variant of each answer and cut it into pieces; what exceeds ``max_pieces`` is left out."""
    drawn = [vary(answer, noise, rng) for answer in answers]
    asked = [answer.question if rng.random() < noise.question_share else "" for answer in answers]
    questions, tokens = cutter(tokenizer(asked)), tokenizer([" ".join(c[2] for c in d) for d in drawn])
    pieces = cutter(tokens)
    out = []
    for i, (answer, clauses) in enumerate(zip(answers, drawn, strict=True)):
        lead_ids, ids = questions.of(i)[:MAX_QUESTION], pieces.of(i)
        token = pieces.token[pieces.offsets[i] : pieces.offsets[i + 1]]
        starts = np.cumsum([0, *(len(c[2]) + 1 for c in clauses)])[:-1]
        place = tokens.start_char[token]
        clause = np.searchsorted(starts, place, side="right") - 1
        first = np.concatenate([[True], token[1:] != token[:-1]]) if len(token) else np.zeros(0, bool)
        new = np.concatenate([[True], clause[1:] != clause[:-1]]) if len(token) else np.zeros(0, bool)
        opens = np.where(first, new.astype(np.int64), IGNORED)
        lead = 2 + len(lead_ids)
        keep = max_pieces - lead - 1
        outside = np.full(lead, -1), np.full(1, -1)
        out.append(
            Example(
                ids=lay_out(lead_ids, ids[:keep]),
                clause=np.concatenate([outside[0], clause[:keep], outside[1]]),
                opens=np.concatenate([outside[0] * 0 + IGNORED, opens[:keep], [IGNORED]]),
                role=np.array([ROLE_LETTERS.index(c[0]) for c in clauses]),
                agent=np.array([_agent_class(*c) for c in clauses]),
                n_words=np.array([len(c[2].split()) for c in clauses]),
                type=[str(t) for t in ANSWER_TYPES].index(answer.type),
            )
        )
    return out


def _agent_class(role: str, agent: str, text: str) -> int:
    """Return the class to learn: none outside action and result, nor where "our team" is read as I."""
    if role not in "AR" or (agent == "other" and _TEAM.search(text)):
        return IGNORED
    return SPEAKER_CLASS[agent]


def batches(sizes: Sequence[int], max_places: int, rng: random.Random) -> list[list[int]]:
    """Group examples of like size so that rows times places stay within a limit, in random order."""
    order = sorted(range(len(sizes)), key=lambda i: sizes[i] * (1 + 0.1 * rng.random()))
    groups: list[list[int]] = []
    widest = 0
    for i in order:
        widest = max(widest, sizes[i])
        if groups and (len(groups[-1]) + 1) * widest <= max_places:
            groups[-1].append(i)
        else:
            groups.append([i])
            widest = sizes[i]
    rng.shuffle(groups)
    return groups
