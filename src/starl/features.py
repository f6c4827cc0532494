"""Tokens, clauses -> flat feature ids, ready for one gather from the weight table.

Roles must not depend on who acts: first-person pronouns and "the team" are deleted before any feature is
formed, and was/were, am/are/is, has/have fall together. What is left is described twice: by hashed
n-grams of the words, and by delexicalised frames of the clause, its neighbours
and its answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

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
from starl.tokens import Bools, Ints, Vocabulary

MAX_CLAUSE = 64
"""Tokens of a clause that features see: more would overflow the packed sums of `starl.scoring`."""


@dataclass(frozen=True, slots=True, eq=False)
class Stream:
    """The tokens that features see: no punctuation, no first person, no "the team".

    ``start[c]:start[c + 1]`` are the stream's tokens of clause ``c``, which may be none.
    """

    index: Ints  # (n_kept,) place in the full token arrays
    start: Ints  # (n_clauses + 1,)
    ids: Ints  # (n_kept,) in the vocabulary
    same: Bools  # (n_kept,) whether it has the word before it in its own clause
    word: Hashes  # (n_kept,)
    before: Hashes  # (n_kept,) the word before it in its clause, or 1
    pair: Hashes  # (n_kept,) the two together

    @property
    def clause(self) -> Ints:
        """Clause of each token, shape (n_kept,)."""
        return np.repeat(np.arange(len(self.start) - 1), np.diff(self.start))


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
    word = tokens.vocab.attribute(hash_of, np.uint32)[ids]
    same = np.ones(len(ids) + 1, dtype=bool)  # an empty clause at the end starts behind the last token
    same[start] = False
    same = same[:-1]
    before = shift(word, same, 1)
    return Stream(
        index=index, start=start, ids=ids, same=same, word=word, before=before, pair=mix(2, before, word)
    )


@dataclass(frozen=True, slots=True, eq=False)
class Family:
    """Feature ids that share one grouping: rows ``begin[c]:end[c]`` belong to clause ``c``.

    All features are binary, and each weighs as often as it occurs. Where rows have one of few values (a word
    of the vocabulary, a place in a grid), ``ids`` has a column a value, so that the weights of all features
    of a value are summed once and not for each row.
    """

    ids: Ints  # (n_templates, n_rows), or (n_templates, n_values) where there are values
    begin: Ints  # (n_clauses,)
    end: Ints  # (n_clauses,)
    value: Ints | None = None  # (n_rows,) column of ``ids``; None if each row has its own
    key: object = None  # stands for ``ids`` where rows have values: the same key and owner, the same ids
    owner: Vocabulary | None = None  # the vocabulary whose words are the values
    one_row: bool = False  # each clause has just its own row

    @property
    def by_row(self) -> Ints:
        """Feature ids of each row, shape (n_templates, n_rows)."""
        return self.ids if self.value is None else self.ids[:, self.value]


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
    whole_end = whole + 1
    n = len(stream.word)
    words = to_ids(word_features(stream), N_WORD, n, n_bits)
    frames, values = frame_features(clauses, stream, opens, closes, before, after)
    frame_ids = to_ids(frames, N_FRAME, len(clauses), n_bits)
    return Features(
        stream=stream,
        families=(
            Family(words, begin, end),
            single(clauses, stream, 1, n_bits, begin, end),
            single(clauses, stream, 70, n_bits, *neighbour(begin, end, before, 1)),
            single(clauses, stream, 80, n_bits, *neighbour(begin, end, after, -1)),
            Family(frame_ids, whole, whole_end, one_row=True),
            *(
                Family(grid_ids(name, n_bits), whole, whole_end, value, name, one_row=True)
                for name, value in zip(GRIDS, values, strict=True)
            ),
        ),
        opens_sentence=opens.astype(np.int64),
    )


def single(clauses: Clauses, stream: Stream, salt: int, n_bits: int, begin: Ints, end: Ints) -> Family:
    """Describe single words: each word of the vocabulary has its ids."""
    vocab = clauses.tokens.vocab

    def make(first: int) -> Ints:
        word = vocab.attribute(hash_of, np.uint32)[first:]
        [row] = to_ids([mix(salt, word)], 1, len(word), n_bits)
        return np.asarray(row)

    ids: Ints = vocab.column((salt, n_bits), make)
    return Family(ids[None], begin, end, stream.ids, salt, vocab)


def neighbour(begin: Ints, end: Ints, there: Bools, by: int) -> tuple[Ints, Ints]:
    """Return the bounds of each clause's neighbour, empty where there is none."""
    return np.where(there, np.roll(begin, by), 0), np.where(there, np.roll(end, by), 0)


N_WORD = 3


def word_features(stream: Stream) -> Iterator[Hashes]:
    """Yield one hash array of shape (n_kept,) for each of the `N_WORD` kinds of longer n-gram."""
    w, w1 = stream.word, stream.before
    w2 = shift(w1, stream.same, 2)
    yield from (stream.pair, mix(3, w2, w1, w), mix(4, w2, w))


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


TENSE = ("past", "modal", "be", "participle", "negation")
TOPIC = ("obligation", "hypothetical", "reflection", "outcome", "report", "greeting")
SUBJECT = ("third", "thing", "second")
CODED = (*TENSE, *TOPIC, *SUBJECT, *(name for name in CUES if name not in (*TENSE, *TOPIC, *SUBJECT)))
"""Word lists in the order of the bits of a code: those of one kind side by side."""
_TOPIC_AT, _SUBJECT_AT, _REST_AT = (CODED.index(name) for name in (TOPIC[0], SUBJECT[0], CODED[14]))
_FIVE, _SIX, _THREE = (np.uint32((1 << len(names)) - 1) for names in (TENSE, TOPIC, SUBJECT))


def cue_codes(vocab: Vocabulary) -> Hashes:
    """Return `cue_bits` of each string of a vocabulary, with the bits in the order of `CODED`."""

    def make(first: int) -> Hashes:
        found = vocab.attribute(cue_bits, np.uint32)[first:]
        out = np.zeros(len(found), dtype=np.uint32)
        for i, name in enumerate(CODED):
            out |= (found >> np.uint32(CUES.index(name)) & np.uint32(1)) << np.uint32(i)
        return out

    return vocab.column("cue codes", make)


def masks(names: Sequence[str], *more: int) -> Hashes:
    """Return the mask of word lists for each code of some of them, then further values."""
    code = np.arange(1 << len(names), dtype=np.uint32)
    found = np.zeros_like(code)
    for i, name in enumerate(names):
        found |= (code >> np.uint32(i) & np.uint32(1)) * bits(name)
    return np.concatenate([found, np.array(more, dtype=np.uint32)])


_BEFORE_FIRST, _AFTER_LAST = 9991, 9992
"""Stand for what a neighbour has, where there is none."""
NO_WORD = 77
_TENSES, _TOPICS, _SUBJECTS = masks(TENSE), masks(TOPIC), masks(SUBJECT)
_EDGES = np.arange(4, dtype=np.uint32)
_CONTEXTS = ("past", "hypothetical", "second", "modal", "number")
N_CONTEXTS = len(_CONTEXTS) + 1


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """Features of a few small numbers: the hashes of every combination are known beforehand."""

    axes: tuple[Hashes, ...]
    """The values of each number."""
    hashes: Callable[..., Sequence[Hashes]]
    """From arrays of combined values to one hash array a template."""

    def index(self, *numbers: Hashes | Ints) -> Ints:
        """Return the place of each combination, given the place of each value on its axis."""
        place = numbers[0].astype(np.int64)
        for axis, number in zip(self.axes[1:], numbers[1:], strict=True):
            place *= len(axis)
            place += number
        return place


def one_by_one(salt: int, names: Sequence[str], mask: Hashes) -> list[Hashes]:
    """Return a hash array for each word list on its own."""
    at = [CUES.index(name) for name in names]
    return [mix(salt + bit, mask >> np.uint32(bit) & np.uint32(1)) for bit in at]


def _context_grid(i: int) -> Grid:
    """Two features of what the answer is like, alone, with the tense and with the topic of the clause."""
    steps = np.arange(8, dtype=np.uint32)
    return Grid(
        (steps, _TENSES, _TOPICS),
        lambda step, tense, topic: [mix(150 + i, step), mix(160 + i, step, tense), mix(170 + i, step, topic)],
    )


GRIDS: Mapping[str, Grid] = {
    "topic, tense": Grid(
        (_TOPICS, _TENSES),
        lambda topic, tense: [
            *(mix(100, 0 * tense), mix(101, tense), mix(102, topic), mix(104, tense, topic)),
            *one_by_one(180, TENSE, tense),
            *one_by_one(180, TOPIC, topic),
        ],
    ),
    "subject, tense": Grid(
        (_SUBJECTS, _TENSES),
        lambda subject, tense: [
            *(mix(103, subject), mix(105, tense, subject)),
            *one_by_one(180, SUBJECT, subject),
        ],
    ),
    "other lists": Grid((masks(CODED[14:]),), lambda mask: one_by_one(180, CODED[14:], mask)),
    "edges, tense, place": Grid(
        (_EDGES, _TENSES, _EDGES),
        lambda edges, tense, edge: [
            *(mix(109, edges), mix(111, edges, tense), mix(131, edge), mix(133, edge, tense)),
        ],
    ),
    "place, topic": Grid((_EDGES, _TOPICS), lambda edge, topic: [mix(132, edge, topic)]),
    "length, edges, gerund": Grid(
        (np.arange(13, dtype=np.uint32), _EDGES, np.array([0, GERUND, NO_WORD], dtype=np.uint32)),
        lambda length, edges, gerund: [mix(112, length), mix(113, length, edges), mix(115, gerund, edges)],
    ),
    "marks": Grid((np.arange(32, dtype=np.uint32),), lambda marks: [mix(114, marks)]),
    "edges around": Grid(
        (np.append(_EDGES, np.uint32(_BEFORE_FIRST)), _EDGES, np.append(_EDGES, np.uint32(_AFTER_LAST))),
        lambda old, edges, new: [mix(135, old, edges, new)],
    ),
    "topic before": Grid(
        (masks(TOPIC, _BEFORE_FIRST), _TOPICS), lambda old, topic: [mix(119, old), mix(123, old, topic)]
    ),
    "topic after": Grid(
        (masks(TOPIC, _AFTER_LAST), _TOPICS), lambda new, topic: [mix(120, new), mix(124, new, topic)]
    ),
    "tense before": Grid(
        (masks(TENSE, _BEFORE_FIRST), _TENSES), lambda old, tense: [mix(121, old), mix(125, old, tense)]
    ),
    "tense after": Grid(
        (masks(TENSE, _AFTER_LAST), _TENSES), lambda new, tense: [mix(122, new), mix(126, new, tense)]
    ),
    **{f"context {i}": _context_grid(i) for i in range(N_CONTEXTS)},
}
"""Grids by name, in the order in which `frame_features` gives their places."""
N_FRAME = 13


@cache
def grid_ids(name: str, n_bits: int) -> Ints:
    """Return the feature ids of every place of a grid, shape (n_templates, n_places)."""
    grid = GRIDS[name]
    values = [axis.ravel() for axis in np.meshgrid(*grid.axes, indexing="ij")]
    hashes = grid.hashes(*values)
    return to_ids(hashes, len(hashes), len(values[0]), n_bits)


def at_edge(values: Hashes, where: Ints, full: Bools, fill: int) -> Hashes:
    """Return ``values[where]`` where ``full``, else fill."""
    out = np.full(len(where), fill, dtype=np.uint32)
    out[full] = values[where[full]]
    return out


def frame_features(
    clauses: Clauses, stream: Stream, opens: Bools, closes: Bools, before: Bools, after: Bools
) -> tuple[Iterator[Hashes], list[Ints]]:
    """Return `N_FRAME` hash arrays and a place in each of `GRIDS`, all of shape (n_clauses,).

    They are frames of a clause, its neighbours, its answer.
    """
    begin, end = stream.start[:-1], stream.start[1:]
    full, longer = begin < end, begin + 1 < end
    vocab = clauses.tokens.vocab
    code = segment_or(cue_codes(vocab)[stream.ids], stream.start)
    tense, topic = code & _FIVE, code >> np.uint32(_TOPIC_AT) & _SIX
    subject, rest = code >> np.uint32(_SUBJECT_AT) & _THREE, code >> np.uint32(_REST_AT)
    first, last = at_edge(stream.word, begin, full, 11), at_edge(stream.word, end - 1, full, 13)
    second = at_edge(stream.word, begin + 1, longer, 12)
    cues, shape = (vocab.attribute(function, np.uint32) for function in (cue_bits, shape_bits))
    lead = stream.ids.take(begin[full])
    opening, inner = np.full(len(full), 1 << 31, dtype=np.uint32), np.zeros(len(full), dtype=np.uint32)
    opening[full], inner[longer] = cues[lead], cues[stream.ids.take(begin[longer] + 1)]
    gerund = np.full(len(full), 2, dtype=np.int64)
    gerund[full] = shape[lead] & GERUND
    edges = opens.astype(np.uint32) * np.uint32(2) + closes
    length = np.minimum(end - begin, 12)
    edge = (~before).astype(np.uint32) + np.uint32(2) * ~after

    def earlier(values: Hashes, fill: int = _BEFORE_FIRST) -> Hashes:
        return np.where(before, np.roll(values, 1), np.uint32(fill))

    def later(values: Hashes, fill: int = _AFTER_LAST) -> Hashes:
        return np.where(after, np.roll(values, -1), np.uint32(fill))

    def hashes() -> Iterator[Hashes]:
        yield from (mix(106, first), mix(107, first, second), mix(108, last), mix(110, edges, first))
        yield from (mix(116, opening), mix(117, opening, _TENSES[tense]), mix(118, opening, edges))
        yield from (mix(127, earlier(first)), mix(128, later(first)))
        yield from (mix(129, earlier(opening), opening), mix(130, later(opening), opening))
        yield from (mix(134, earlier(last), first), mix(136, opening, inner))

    n_topics, n_tenses = 1 << len(TOPIC), 1 << len(TENSE)  # the place behind the last: no such neighbour
    places: list[tuple[Hashes | Ints, ...]] = [
        (topic, tense),
        (subject, tense),
        (rest,),
        (edges, tense, edge),
        (edge, topic),
        (length, edges, gerund),
        (punctuation_marks(clauses, before),),
        (earlier(edges, len(_EDGES)), edges, later(edges, len(_EDGES))),
        (earlier(topic, n_topics), topic),
        (later(topic, n_topics), topic),
        (earlier(tense, n_tenses), tense),
        (later(tense, n_tenses), tense),
        *((step, tense, topic) for step in answer_context(clauses, code)),
    ]
    return hashes(), [grid.index(*place) for grid, place in zip(GRIDS.values(), places, strict=True)]


def punctuation_marks(clauses: Clauses, before: Bools) -> Hashes:
    """Return which marks a clause holds or follows: question, quote, colon, comma before."""
    tokens = clauses.tokens
    marks = segment_or(tokens.vocab.attribute(mark_bits, np.uint32)[tokens.ids], clauses.start)
    previous = tokens.ids[clauses.start[:-1][before] - 1]
    comma = tokens.vocab.attribute(shape_bits, np.uint32)[previous] & COMMA > 0
    marks[before] |= comma.astype(np.uint32) << np.uint32(4)
    return marks


def answer_context(clauses: Clauses, code: Hashes) -> Iterator[Ints]:
    """Yield what the whole answer is like, in steps of a fifth, for each clause of it."""
    size = np.diff(clauses.offsets)
    for name in _CONTEXTS:
        has = np.concatenate([[0], np.cumsum(code >> np.uint32(CODED.index(name)) & np.uint32(1))])
        count = has[clauses.offsets[1:]] - has[clauses.offsets[:-1]]
        yield ((5 * count) // np.maximum(size, 1))[clauses.answer]
    yield np.minimum(size // 4, 6)[clauses.answer]
