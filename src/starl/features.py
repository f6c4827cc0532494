"""Tokens, clauses -> flat feature ids, ready for one gather from the weight table.

Roles must not depend on who acts: first-person pronouns and "the team" are deleted before any feature is
formed, and was/were, am/are/is, has/have fall together. What is left is described twice: by hashed
n-grams of the words, and by delexicalised frames of the clause, its neighbours
and its answer.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from starl.clauses import Clauses, team_starts
from starl.hashing import Hashes, mix, shift, to_ids
from starl.lexicon import (
    COMMA,
    CUES,
    DELETED,
    END,
    GERUND,
    PUNCT,
    cue_bits,
    hash_of,
    mark_bits,
    shape_bits,
)
from starl.tokens import Bools, Ints

MAX_CLAUSE = 64
"""Tokens of a clause that features see: more would overflow the packed sums of `starl.scoring`."""


@dataclass(frozen=True, slots=True, eq=False)
class Stream:
    """The tokens that features see: no punctuation, no first person, no "the team".

    ``start[c]:start[c + 1]`` are the stream's tokens of clause ``c``, which may be none.
    """

    index: Ints  # (n_kept,) place in the full token arrays
    clause: Ints  # (n_kept,)
    start: Ints  # (n_clauses + 1,)
    word: Hashes  # (n_kept,)
    cues: Hashes  # (n_kept,)
    shape: Hashes  # (n_kept,)


def make_stream(clauses: Clauses) -> Stream:
    """Delete what features must not see."""
    tokens = clauses.tokens
    shape = tokens.vocab.attribute(shape_bits, np.uint32)[tokens.ids]
    keep = shape & (PUNCT | DELETED) == 0
    team = team_starts(tokens, shape)
    keep[team] = keep[team + 1] = False
    index = np.flatnonzero(keep)
    start = np.concatenate([[0], np.cumsum(keep)])[clauses.start]
    ids = tokens.ids[index]
    return Stream(
        index=index,
        clause=np.repeat(np.arange(len(clauses)), np.diff(start)),
        start=start,
        word=tokens.vocab.attribute(hash_of, np.uint32)[ids],
        cues=tokens.vocab.attribute(cue_bits, np.uint32)[ids],
        shape=shape[index],
    )


@dataclass(frozen=True, slots=True, eq=False)
class Family:
    """Feature ids that share one grouping: columns ``begin[c]:end[c]`` of ``ids`` belong to ``c``.

    All features are binary, and each weighs as often as it occurs.
    """

    ids: Ints  # (n_templates, n_rows)
    begin: Ints  # (n_clauses,)
    end: Ints  # (n_clauses,)


@dataclass(frozen=True, slots=True, eq=False)
class Features:
    """Feature ids of a batch of clauses, and which clauses open a sentence."""

    stream: Stream
    families: tuple[Family, ...]
    opens_sentence: Ints  # (n_clauses,) 1 where a clause starts a sentence or a line, else 0


def segment_or(values: Hashes, start: Ints) -> Hashes:
    """Bitwise or of each segment; 0 for an empty one."""
    out = np.zeros(len(start) - 1, dtype=np.uint32)
    full = start[:-1] < start[1:]
    if full.any():
        out[full] = np.bitwise_or.reduceat(values, start[:-1][full])
    return out


def extract(clauses: Clauses, n_bits: int) -> Features:
    """Describe each clause by the ids of its features.

    Parameters
    ----------
    clauses
        A batch of cut answers.
    n_bits
        The weight table has ``2**n_bits`` rows.
    """
    stream = make_stream(clauses)
    opens, closes = sentence_edges(clauses)
    begin = stream.start[:-1]
    end = np.minimum(stream.start[1:], begin + MAX_CLAUSE)
    before = np.zeros(len(clauses), dtype=bool)  # another clause of the answer stands before
    before[1:] = clauses.answer[1:] == clauses.answer[:-1]
    after = np.zeros(len(clauses), dtype=bool)
    after[:-1] = before[1:]
    whole = np.arange(len(clauses))
    n = len(stream.word)
    words = to_ids(word_features(stream), N_WORD, n, n_bits)
    frames = frame_features(clauses, stream, opens, closes, before, after)
    return Features(
        stream=stream,
        families=(
            Family(words, begin, end),
            Family(to_ids([mix(70, stream.word)], 1, n, n_bits), *neighbour(begin, end, before, 1)),
            Family(to_ids([mix(80, stream.word)], 1, n, n_bits), *neighbour(begin, end, after, -1)),
            Family(to_ids(frames, N_FRAME, len(clauses), n_bits), whole, whole + 1),
        ),
        opens_sentence=opens.astype(np.int64),
    )


def neighbour(begin: Ints, end: Ints, there: Bools, by: int) -> tuple[Ints, Ints]:
    """Return the bounds of each clause's neighbour, empty where there is none."""
    return np.where(there, np.roll(begin, by), 0), np.where(there, np.roll(end, by), 0)


N_WORD = 4


def word_features(stream: Stream) -> Iterator[Hashes]:
    """Yield one hash array of shape (n_kept,) for each of the `N_WORD` kinds of n-gram."""
    w = stream.word
    same = np.zeros(len(w), dtype=bool)
    same[1:] = stream.clause[1:] == stream.clause[:-1]
    w1 = shift(w, same, 1)
    w2 = shift(w1, same, 2)
    yield from (mix(1, w), mix(2, w1, w), mix(3, w2, w1, w), mix(4, w2, w))


def sentence_edges(clauses: Clauses) -> tuple[Bools, Bools]:
    """Return which clauses open and which close a sentence, a line or the answer."""
    tokens = clauses.tokens
    shape = tokens.vocab.attribute(shape_bits, np.uint32)[tokens.ids]
    last = clauses.start[1:] - 1
    # a closing quote or bracket may stand after the full stop
    ends = shape & END > 0
    quoted = np.zeros(len(shape), dtype=bool)
    quoted[1:] = ends[:-1] & (shape[1:] & PUNCT > 0) & ~tokens.newline[1:]
    closes = (ends | quoted)[last]
    opens = tokens.newline[clauses.start[:-1]].copy()
    opens[1:] |= closes[:-1]
    first = clauses.offsets[:-1][clauses.offsets[:-1] < clauses.offsets[1:]]
    opens[first] = True
    closes[:-1] |= opens[1:]
    closes[-1:] = True
    return opens, closes


def bits(*names: str) -> np.uint32:
    """Return the mask of some word lists."""
    return np.uint32(sum(1 << CUES.index(name) for name in names))


TENSE = bits("past", "modal", "be", "participle", "negation")
TOPIC = bits("obligation", "hypothetical", "reflection", "outcome", "report", "greeting")
SUBJECT = bits("third", "thing", "second")
N_FRAME = 37 + 3 * 6 + len(CUES)


def at_edge(values: Hashes, where: Ints, full: Bools, fill: int) -> Hashes:
    """Return ``values[where]`` where ``full``, else fill."""
    out = np.full(len(where), fill, dtype=np.uint32)
    out[full] = values[where[full]]
    return out


def frame_features(
    clauses: Clauses, stream: Stream, opens: Bools, closes: Bools, before: Bools, after: Bools
) -> Iterator[Hashes]:
    """Yield `N_FRAME` hash arrays of shape (n_clauses,): frames of a clause, its neighbours, its answer."""
    begin, end = stream.start[:-1], stream.start[1:]
    full, longer = begin < end, begin + 1 < end
    cues = segment_or(stream.cues, stream.start)
    tense, topic, subject = cues & TENSE, cues & TOPIC, cues & SUBJECT
    first, last = at_edge(stream.word, begin, full, 11), at_edge(stream.word, end - 1, full, 13)
    second = at_edge(stream.word, begin + 1, longer, 12)
    opening, inner = at_edge(stream.cues, begin, full, 1 << 31), at_edge(stream.cues, begin + 1, longer, 0)
    gerund = at_edge(stream.shape & np.uint32(GERUND), begin, full, 77)
    edges = opens.astype(np.uint32) * np.uint32(2) + closes
    length = np.minimum(end - begin, 12).astype(np.uint32)
    marks = punctuation_marks(clauses, before)
    edge = (~before).astype(np.uint32) + np.uint32(2) * ~after

    def earlier(values: Hashes) -> Hashes:
        return np.where(before, np.roll(values, 1), np.uint32(9991))

    def later(values: Hashes) -> Hashes:
        return np.where(after, np.roll(values, -1), np.uint32(9992))

    old_topic, new_topic, old_tense, new_tense = earlier(topic), later(topic), earlier(tense), later(tense)
    yield from (mix(100, np.zeros_like(tense)), mix(101, tense), mix(102, topic), mix(103, subject))
    yield from (mix(104, tense, topic), mix(105, tense, subject), mix(106, first), mix(107, first, second))
    yield from (mix(108, last), mix(109, edges), mix(110, edges, first), mix(111, edges, tense))
    yield from (mix(112, length), mix(113, length, edges), mix(114, marks), mix(115, gerund, edges))
    yield from (mix(116, opening), mix(117, opening, tense), mix(118, opening, edges))
    yield from (mix(119, old_topic), mix(120, new_topic), mix(121, old_tense), mix(122, new_tense))
    yield from (mix(123, old_topic, topic), mix(124, new_topic, topic), mix(125, old_tense, tense))
    yield from (mix(126, new_tense, tense), mix(127, earlier(first)), mix(128, later(first)))
    yield from (mix(129, earlier(opening), opening), mix(130, later(opening), opening))
    yield from (mix(131, edge), mix(132, edge, topic), mix(133, edge, tense), mix(134, earlier(last), first))
    yield from (mix(135, earlier(edges), edges, later(edges)), mix(136, opening, inner))
    for i, value in enumerate(answer_context(clauses, cues)):
        yield from (mix(150 + i, value), mix(160 + i, value, tense), mix(170 + i, value, topic))
    for bit in range(len(CUES)):
        yield mix(180 + bit, (cues >> np.uint32(bit)) & np.uint32(1))


def punctuation_marks(clauses: Clauses, before: Bools) -> Hashes:
    """Return which marks a clause holds or follows: question, quote, colon, comma before."""
    tokens = clauses.tokens
    marks = segment_or(tokens.vocab.attribute(mark_bits, np.uint32)[tokens.ids], clauses.start)
    previous = tokens.ids[clauses.start[:-1][before] - 1]
    comma = tokens.vocab.attribute(shape_bits, np.uint32)[previous] & COMMA > 0
    marks[before] |= comma.astype(np.uint32) << np.uint32(4)
    return marks


def answer_context(clauses: Clauses, cues: Hashes) -> Iterator[Hashes]:
    """Yield what the whole answer is like, in steps of a fifth, for each clause of it."""
    size = np.diff(clauses.offsets)
    for name in ("past", "hypothetical", "second", "modal", "number"):
        has = np.concatenate([[0], np.cumsum(cues & bits(name) > 0)])
        count = has[clauses.offsets[1:]] - has[clauses.offsets[:-1]]
        step = (5 * count) // np.maximum(size, 1)
        yield step.astype(np.uint32)[clauses.answer]
    yield np.minimum(size // 4, 6).astype(np.uint32)[clauses.answer]
