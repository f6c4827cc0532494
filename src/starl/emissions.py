"""Tokens, a model -> clauses with a score of each role, and all else a model says of an answer.

One design, two ways to score: the linear model cuts first and sums the weights of each clause's features, the
encoder reads the whole answer and takes the mean over the clauses it then cuts. What follows is the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from starl.agents import Deeds, find_agents
from starl.clauses import Clauses, cut, cut_at, join_wordless, segment
from starl.encoder import (
    AGENT_COLUMNS,
    NO_DEED,
    NOBODY,
    PRECISION,
    ROLE_COLUMNS,
    SOMEBODY,
    SPEAKER,
    Scores,
    opening_scores,
    pool_clauses,
)
from starl.features import extract, sentence_edges
from starl.kinds import find_types
from starl.lexicon import PUNCT, shape_bits
from starl.model import EncoderModel, LinearModel, Model
from starl.roles import AGENTS, Agent
from starl.tokens import Bools, Ints, Tokenizer, Tokens

BLOCK = 512
"""Answers whose features are made at once: more would not fit the caches of a processor."""
SURE = 0.8
"""Probability from which an encoder's agent class overrides the rules."""
_I, _WE, _OTHER, _NONE = (AGENTS.index(a) for a in (Agent.I, Agent.WE, Agent.OTHER, Agent.NONE))


@dataclass(frozen=True, slots=True, eq=False)
class Emissions:
    """What a model says of a batch of answers, before a path is chosen."""

    clauses: Clauses
    scores: Ints  # (n_clauses, n_roles) log-potentials in the model's integer scale
    opens_sentence: Ints  # (n_clauses,) 1 where a clause starts a sentence or a line, else 0
    types: Ints  # (n_answers,) index into ANSWER_TYPES, -1 for an answer without words
    agents: Ints | None = None  # (n_clauses, n_classes) scores of agent classes, where the model has them


def emit(
    model: Model,
    tokenizer: Tokenizer,
    tokens: Tokens,
    questions: Sequence[str | None],
    opens: Bools | None = None,
) -> Emissions:
    """Cut and score a batch of answers.

    Parameters
    ----------
    model
        A linear or an encoder model.
    tokenizer
        Cuts the questions, where the model reads them.
    tokens
        The answers.
    questions
        The question of each answer, or None; only an encoder reads them.
    opens : (n_tokens,)
        Where clauses start, if the model shall not say so itself.
    """
    if isinstance(model, EncoderModel):
        return emit_encoded(model, tokens, tokenizer([question or "" for question in questions]), opens)
    return emit_linear(model, tokens, opens)


def emit_linear(model: LinearModel, tokens: Tokens, opens: Bools | None = None) -> Emissions:
    """Cut by the linear cutter and sum feature weights, a block of answers after the other."""
    n_answers = len(tokens.offsets) - 1
    starts, parts = [np.zeros(0, dtype=np.int64)], []
    for first in range(0, max(n_answers, 1), BLOCK):
        last = min(first + BLOCK, n_answers)
        some = tokens.part(first, last)
        at = tokens.offsets[first]
        cut_here = None if opens is None else opens[at : tokens.offsets[last]]
        clauses, *part = emit_block(model, some, cut_here)
        starts.append(clauses.start[:-1] + at)
        parts.append(part)
    scores, opens_sentence, types = (np.concatenate(column) for column in zip(*parts, strict=True))
    clauses = cut_at(tokens, np.concatenate(starts))
    return Emissions(clauses, scores, opens_sentence, types)


def emit_block(model: LinearModel, tokens: Tokens, opens: Bools | None) -> tuple[Clauses, Ints, Ints, Ints]:
    """Return clauses, scores, which clauses open a sentence, and types of a few answers."""
    clauses = segment(tokens, model.split) if opens is None else cut(tokens, opens)
    features = extract(clauses, model.meta.n_bits)
    types = find_types(features.stream, clauses, model.types, model.type_bias, model.meta.type_bits)
    return clauses, model.weights.score(features), features.opens_sentence, types


def emit_encoded(
    model: EncoderModel, tokens: Tokens, questions: Tokens, opens: Bools | None = None
) -> Emissions:
    """Read by the encoder, cut where it says, and take the mean score of each clause's pieces."""
    read = model.encoder(tokens, questions)
    clauses = cut_encoded(tokens, read) if opens is None else cut(tokens, opens)
    scores = pool_clauses(read, clauses.start)
    edges, _ = sentence_edges(clauses)
    best = read.answer.argmax(axis=1)
    types = np.where(np.diff(tokens.offsets) > 0, best, -1)
    roles, agents = scores[:, ROLE_COLUMNS], scores[:, AGENT_COLUMNS]
    return Emissions(clauses, roles, edges.astype(np.int64), types, agents)


def cut_encoded(tokens: Tokens, read: Scores) -> Clauses:
    """Cut where the encoder says that a clause opens, at each line, and never before a closing mark."""
    opens = tokens.newline | (opening_scores(read, len(tokens)) > 0)
    marks = tokens.vocab.attribute(shape_bits, np.uint32)[tokens.ids] & PUNCT > 0
    closing = np.flatnonzero(opens & marks & ~tokens.space)  # as the quote in: he said "stop." Then
    opens[closing] = False
    opens[closing[closing + 1 < len(tokens)] + 1] = True
    return join_wordless(cut(tokens, opens))


def find_deeds(emitted: Emissions, wanted: Bools | None = None) -> Deeds:
    """Say who did the deed of each clause: by rule, and by the model where it has a say.

    Parameters
    ----------
    emitted
        What the model says of a batch.
    wanted : (n_clauses,)
        Clauses that are asked about, all if None; the others get no agent.
    """
    deeds = find_agents(emitted.clauses, wanted)
    if emitted.agents is None:
        return deeds
    deeds = name_agents(emitted.clauses, emitted.agents, deeds)
    if wanted is None:
        return deeds
    return Deeds(np.where(wanted, deeds.agent, -1), deeds.team & wanted)


def name_agents(clauses: Clauses, scores: Ints, by_rule: Deeds) -> Deeds:
    """Say who acts: as the encoder says where it is sure, else as the rules do.

    The encoder cannot tell I from we, but the words can: where the rules find a first person, theirs counts,
    else the last subject pronoun so far does.

    Parameters
    ----------
    clauses
        A batch of cut answers.
    scores : (n_clauses, n_classes)
        Score of each agent class of `starl.encoder`, in its integer scale.
    by_rule
        Agents found by the rules of `starl.agents`.
    """
    weight = np.exp((scores - scores.max(axis=1, keepdims=True)) / PRECISION)
    sure = weight.sum(axis=1) <= 1 / SURE  # the best class has weight 1
    kind = np.where(sure, scores.argmax(axis=1), class_of(by_rule))
    own = np.isin(by_rule.agent, (_I, _WE))
    speaker = np.where(own, by_rule.agent, last_subject(clauses))
    team = by_rule.team & np.isin(kind, (SPEAKER, SOMEBODY))
    agent = np.choose(kind, [np.where(team, _OTHER, speaker), _OTHER, _NONE, -1])
    return Deeds(agent, team)


def class_of(deeds: Deeds) -> Ints:
    """Return the agent class of each clause, the speaker's team being one with the speaker."""
    classes = np.array([NO_DEED, SPEAKER, SPEAKER, SOMEBODY, NOBODY])  # for agents -1, I, we, other, none
    return np.where(deeds.team, SPEAKER, classes[deeds.agent + 1])


def last_subject(clauses: Clauses) -> Ints:
    """Return I or we for each clause: the first subject pronoun in it, or else the last one before.

    A clause before any pronoun is the speaker's own (I).
    """
    tokens = clauses.tokens
    said = tokens.vocab.attribute(subject_pronoun)[tokens.ids]
    place = np.flatnonzero(said)
    first = np.searchsorted(place, clauses.start[:-1])
    inside = first < np.searchsorted(place, clauses.start[1:])
    at = np.where(inside, first, first - 1)
    known = at >= 0
    at = place[np.maximum(at, 0)] if len(place) else np.zeros(len(clauses), dtype=np.int64)
    known &= at >= tokens.offsets[clauses.answer]
    return np.where(known & (said[at] == 2), _WE, _I) if len(tokens) else np.zeros(0, dtype=np.int64)


def subject_pronoun(string: str) -> int:
    """Return 1 for I, 2 for we, else 0."""
    return {"i": 1, "we": 2}.get(string.lower(), 0)
