"""Tokens, clauses -> flat feature ids, ready for one gather from the weight table.

Roles must not depend on who acts: first-person pronouns and "the team" are deleted before any feature is
formed, and was/were, am/are/is, has/have fall together. What is left is described twice: by hashed
n-grams of the words, and by delexicalised frames of the clause, its neighbours
and its answer.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

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
from starl.tokens import Bools, Ints, Tokens

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
    cues: Ints  # (n_kept,)
    shape: Ints  # (n_kept,)


def hashes(tokens: Tokens) -> Hashes:
    """Return the hash of each token's normalised form, shape (n_tokens,)."""
    return tokens.vocab.attribute(hash_of)[tokens.ids].astype(np.uint64)


def make_stream(clauses: Clauses) -> Stream:
    """Delete what features must not see."""
    tokens = clauses.tokens
    shape = tokens.vocab.attribute(shape_bits)[tokens.ids]
    keep = shape & (PUNCT | DELETED) == 0
    team = team_starts(tokens, shape)
    keep[team] = keep[team + 1] = False
    index = np.flatnonzero(keep)
    kept = np.concatenate([[0], np.cumsum(keep)])
    clause = np.repeat(np.arange(len(clauses)), np.diff(clauses.start))
    return Stream(
        index=index,
        clause=clause[index],
        start=kept[clauses.start],
        word=hashes(tokens)[index],
        cues=tokens.vocab.attribute(cue_bits)[tokens.ids[index]],
        shape=shape[index],
    )


@dataclass(frozen=True, slots=True, eq=False)
class Family:
    """Feature ids that share one grouping: rows ``begin[c]:end[c]`` of ``ids`` belong to clause ``c``.

    All features are binary, and each weighs as often as it occurs.
    """

    ids: Ints  # (n_rows, n_templates)
    begin: Ints  # (n_clauses,)
    end: Ints  # (n_clauses,)


@dataclass(frozen=True, slots=True, eq=False)
class Features:
    """Feature ids of a batch of clauses, and which clauses open a sentence."""

    stream: Stream
    families: tuple[Family, ...]
    opens_sentence: Ints  # (n_clauses,) 1 where a clause starts a sentence or a line, else 0


def segment_or(values: Ints, start: Ints) -> Ints:
    """Bitwise or of each segment; 0 for an empty one."""
    out = np.zeros(len(start) - 1, dtype=np.int64)
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
    words = to_ids(word_features(stream), n_bits)
    frames = to_ids(frame_features(clauses, stream, opens, closes, before, after), n_bits)
    return Features(
        stream=stream,
        families=(
            Family(words, begin, end),
            Family(to_ids(mix(70, stream.word)[:, None], n_bits), *neighbour(begin, end, before, 1)),
            Family(to_ids(mix(80, stream.word)[:, None], n_bits), *neighbour(begin, end, after, -1)),
            Family(frames, whole, whole + 1),
        ),
        opens_sentence=opens.astype(np.int64),
    )


def neighbour(begin: Ints, end: Ints, there: Bools, by: int) -> tuple[Ints, Ints]:
    """Return the bounds of each clause's neighbour, empty where there is none."""
    return np.where(there, np.roll(begin, by), 0), np.where(there, np.roll(end, by), 0)


def word_features(stream: Stream) -> Hashes:
    """Return n-grams of words, shape (n_kept, 4)."""
    w, same = stream.word, stream.clause
    w1, w2 = shift(w, 1, same, 1), shift(w, 2, same, 2)
    return np.stack([mix(1, w), mix(2, w1, w), mix(3, w2, w1, w), mix(4, w2, w)], axis=1)


def sentence_edges(clauses: Clauses) -> tuple[Bools, Bools]:
    """Return which clauses open and which close a sentence, a line or the answer."""
    tokens = clauses.tokens
    shape = tokens.vocab.attribute(shape_bits)[tokens.ids]
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


TENSE = sum(1 << CUES.index(c) for c in ("past", "modal", "be", "participle", "negation"))
TOPIC = sum(
    1 << CUES.index(c) for c in ("obligation", "hypothetical", "reflection", "outcome", "report", "greeting")
)
SUBJECT = sum(1 << CUES.index(c) for c in ("third", "thing", "second"))


def at_edge(values: npt.NDArray[np.generic], where: Ints, full: Bools, fill: int) -> Hashes:
    """Return ``values[where]`` as hashes where ``full``, else fill."""
    out = np.full(len(where), fill, dtype=np.uint64)
    out[full] = values[where[full]].astype(np.uint64)
    return out


def frame_features(
    clauses: Clauses, stream: Stream, opens: Bools, closes: Bools, before: Bools, after: Bools
) -> Hashes:
    """Return frames of each clause, its neighbours and its answer, shape (n_clauses, n_templates)."""
    begin, end = stream.start[:-1], stream.start[1:]
    full = begin < end
    cues = segment_or(stream.cues, stream.start)
    tense, topic, subject = (h.astype(np.uint64) for h in (cues & TENSE, cues & TOPIC, cues & SUBJECT))
    first = at_edge(stream.word, begin, full, 11)
    second = at_edge(stream.word, begin + 1, begin + 1 < end, 12)
    last = at_edge(stream.word, end - 1, full, 13)
    opening_cues = at_edge(stream.cues, begin, full, 1 << 40)
    gerund = at_edge(stream.shape & GERUND, begin, full, 77)
    edges = opens.astype(np.uint64) * np.uint64(2) + closes.astype(np.uint64)
    length = np.minimum(end - begin, 12).astype(np.uint64)
    marks = punctuation_marks(clauses, before).astype(np.uint64)
    is_first, is_last = ~before, ~after
    edge = is_first.astype(np.uint64) + np.uint64(2) * is_last.astype(np.uint64)
    whole = answer_context(clauses, cues)

    def earlier(values: Hashes) -> Hashes:
        return np.where(before, np.roll(values, 1), np.uint64(9991))

    def later(values: Hashes) -> Hashes:
        return np.where(after, np.roll(values, -1), np.uint64(9992))

    rows = [
        mix(100, np.zeros(len(clauses), dtype=np.uint64)),
        mix(101, tense), mix(102, topic), mix(103, subject), mix(104, tense, topic), mix(105, tense, subject),
        mix(106, first), mix(107, first, second), mix(108, last), mix(109, edges), mix(110, edges, first),
        mix(111, edges, tense), mix(112, length), mix(113, length, edges), mix(114, marks),
        mix(115, gerund, edges),
        mix(116, opening_cues), mix(117, opening_cues, tense), mix(118, opening_cues, edges),
        mix(119, earlier(topic)), mix(120, later(topic)), mix(121, earlier(tense)), mix(122, later(tense)),
        mix(123, earlier(topic), topic), mix(124, later(topic), topic), mix(125, earlier(tense), tense),
        mix(126, later(tense), tense), mix(127, earlier(first)), mix(128, later(first)),
        mix(129, earlier(opening_cues), opening_cues), mix(130, later(opening_cues), opening_cues),
        mix(131, edge), mix(132, edge, topic), mix(133, edge, tense), mix(134, earlier(last), first),
        mix(135, earlier(edges), edges, later(edges)),
        mix(136, opening_cues, at_edge(stream.cues, begin + 1, begin + 1 < end, 0)),
    ]  # fmt: skip
    rows += [mix(150 + i, value) for i, value in enumerate(whole)]
    rows += [mix(160 + i, value, tense) for i, value in enumerate(whole)]
    rows += [mix(170 + i, value, topic) for i, value in enumerate(whole)]
    for bit in range(len(CUES)):
        rows.append(mix(180 + bit, ((cues >> bit) & 1).astype(np.uint64)))
    return np.stack(rows, axis=1)


def punctuation_marks(clauses: Clauses, before: Bools) -> Ints:
    """Return which marks a clause holds or follows: question, quote, colon, comma before."""
    tokens = clauses.tokens
    bits = segment_or(tokens.vocab.attribute(mark_bits)[tokens.ids], clauses.start)
    comma = np.zeros(len(clauses), dtype=np.int64)
    shape = tokens.vocab.attribute(shape_bits)[tokens.ids]
    comma[before] = shape[clauses.start[:-1][before] - 1] & COMMA > 0
    return bits | (comma << 4)


def answer_context(clauses: Clauses, cues: Ints) -> list[Hashes]:
    """Return what the rest of the answer is like, in steps of a fifth, for each clause of it."""
    size = np.diff(clauses.offsets)
    out = []
    for name in ("past", "hypothetical", "second", "modal", "number"):
        has = np.concatenate([[0], np.cumsum((cues >> CUES.index(name)) & 1)])
        count = has[clauses.offsets[1:]] - has[clauses.offsets[:-1]]
        step = (5 * count) // np.maximum(size, 1)
        out.append(step[clauses.answer].astype(np.uint64))
    out.append(np.minimum(size // 4, 6)[clauses.answer].astype(np.uint64))
    return out
