"""Tokens -> clauses, with token and character offsets.

A clause may start at any token that follows a mark or that often opens clauses; at each such place a linear
classifier over the neighbouring words decides. I, we and "the team" look the same to it, so the cut does not
depend on who acts.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import repeat

import numpy as np
import numpy.typing as npt

from starl.hashing import Hashes, mix, to_ids
from starl.lexicon import (
    CAPITAL,
    COMMA,
    CUES,
    DELETED,
    DETERMINER,
    END,
    GERUND,
    PUNCT,
    TEAM,
    cue_bits,
    hash_of,
    shape_bits,
)
from starl.tokens import Bools, Ints, Tokens

Weights = npt.NDArray[np.int16]

_SPEAKER = np.uint32(0x5EEDBEEF)


@dataclass(frozen=True, slots=True, eq=False)
class Clauses:
    """The clauses of a batch of answers, one after the other.

    Clause ``c`` holds the tokens ``start[c]:start[c + 1]``; ``answer[c]`` is the answer it belongs to, and
    ``offsets[i]:offsets[i + 1]`` are the clauses of answer ``i``. Every token is in exactly one clause.
    """

    tokens: Tokens
    start: Ints  # (n_clauses + 1,)
    answer: Ints  # (n_clauses,)
    offsets: Ints  # (n_answers + 1,)

    def __len__(self) -> int:
        return len(self.answer)

    @property
    def start_char(self) -> Ints:
        """First character of each clause within its text, shape (n_clauses,)."""
        return self.tokens.start_char[self.start[:-1]]

    @property
    def end_char(self) -> Ints:
        """One past the last character of each clause within its text, shape (n_clauses,)."""
        return self.tokens.end_char[self.start[1:] - 1]


def cut(tokens: Tokens, opens: Bools) -> Clauses:
    """Cut tokens into clauses where ``opens`` says that a clause starts.

    Parameters
    ----------
    tokens
        A batch of answers.
    opens : (n_tokens,)
        True where a clause starts; the first token of an answer always starts one.
    """
    opens = opens.copy()
    first = tokens.offsets[:-1]
    opens[first[first < tokens.offsets[1:]]] = True
    start = np.flatnonzero(opens)
    answer = np.searchsorted(tokens.offsets, start, side="right") - 1
    return Clauses(
        tokens=tokens,
        start=np.append(start, len(tokens)),
        answer=answer,
        offsets=np.searchsorted(start, tokens.offsets),
    )


def segment(tokens: Tokens, weights: Weights) -> Clauses:
    """Cut a batch of answers into clauses.

    Parameters
    ----------
    tokens
        A batch of answers.
    weights : (2 ** n_bits,)
        Weights of the hashed features; a place with a sum above zero opens a clause, and so does a line.
    """
    places, mixed = view_places(tokens)
    total = np.zeros(len(places), dtype=np.int64)
    by = np.uint32(33 - len(weights).bit_length())
    for hashes in mixed:  # never all ids at once: they would not fit the cache
        total += weights.take(hashes >> by)
    opens = tokens.newline.copy()
    opens[places] |= total > 0
    return join_wordless(cut(tokens, opens))


def join_wordless(clauses: Clauses) -> Clauses:
    """Join a clause of marks alone, such as a bullet, to the clause after it, or before it at the end."""
    tokens, start = clauses.tokens, clauses.start
    real = tokens.vocab.attribute(shape_bits, np.uint32)[tokens.ids] & PUNCT == 0
    before = np.concatenate([[0], np.cumsum(real)])[start]
    wordless = np.flatnonzero(before[1:] == before[:-1])
    if not len(wordless):
        return clauses
    is_last = np.isin(wordless + 1, clauses.offsets)
    opens = np.zeros(len(tokens), dtype=bool)
    opens[start[:-1]] = True
    opens[start[wordless[~is_last] + 1]] = False
    opens[start[wordless[is_last]]] = False
    return cut(tokens, opens)


def describe_places(tokens: Tokens, n_bits: int) -> tuple[Ints, Ints]:
    """Return the places where a clause may start, and the feature ids of each.

    Returns
    -------
    places : (n_places,)
        Token indices: after a mark or a line break, or where a word stands that may open a clause.
    ids : (n_templates, n_places)
        Indices into a weight table of ``2 ** n_bits`` rows.
    """
    places, mixed = view_places(tokens)
    return places, to_ids(mixed, N_TEMPLATES, len(places), n_bits)


def view_places(tokens: Tokens) -> tuple[Ints, Iterator[Hashes]]:
    """Return the places where a clause may start, and the hashes of their `N_TEMPLATES` views."""
    if not len(tokens):
        return np.empty(0, dtype=np.int64), repeat(np.empty(0, dtype=np.uint32), N_TEMPLATES)
    shape, word, cues = merged(tokens)
    punct = shape & PUNCT > 0
    likely = (shape & (DELETED | GERUND) > 0) | (cues & OPENER > 0) | tokens.newline
    likely[1:] |= punct[:-1]
    likely &= ~punct & (word != 0)  # a deleted second half of "the team" is no place
    places = np.flatnonzero(likely)
    return places, place_features(tokens, places, shape, word, cues)


_OPENERS = ("connective", "third", "thing", "greeting", "past", "report", "second")
OPENER = np.uint32(sum(1 << CUES.index(c) for c in _OPENERS))
_SEEN = np.uint32(PUNCT | END | COMMA | GERUND | DELETED | CAPITAL)


def team_starts(tokens: Tokens, shape: Hashes) -> Ints:
    """Return where "the team", "my team" or "our team" starts, within one answer and line."""
    pair = (shape[1:] & TEAM > 0) & (shape[:-1] & DETERMINER > 0) & ~tokens.newline[1:]
    return np.flatnonzero(pair)


def merged(tokens: Tokens) -> tuple[Hashes, Hashes, Hashes]:
    """Return shape, word hash and cues of each token, with I, we and "the team" made the same."""
    shape = tokens.vocab.attribute(place_shape, np.uint32)[tokens.ids]
    word = tokens.vocab.attribute(place_hash, np.uint32)[tokens.ids]
    cues = tokens.vocab.attribute(place_cues, np.uint32)[tokens.ids]
    noun = team_starts(tokens, tokens.vocab.attribute(shape_bits, np.uint32)[tokens.ids])
    word[noun], cues[noun], shape[noun] = _SPEAKER, 0, DELETED
    word[noun + 1] = 0
    return shape, word, cues


def place_shape(string: str) -> int:
    """Return the shape of a token, with I and we alike and other pronouns like any word."""
    return DELETED if is_speaker(string) else shape_bits(string) & ~DELETED


def place_hash(string: str) -> int:
    """Return the hash of a token, the same for I and we."""
    return int(_SPEAKER) if is_speaker(string) else hash_of(string)


def place_cues(string: str) -> int:
    """Return the cues of a token, none for I and we."""
    return 0 if is_speaker(string) else cue_bits(string)


def is_speaker(string: str) -> int:
    """Return 1 for I and we."""
    return int(string.lower() in ("i", "we"))


N_TEMPLATES = 36
CONSTANT = -1
"""The template of `place_features` that is the same everywhere: the last."""
MARGIN = 3
"""Templates look this many tokens to either side at most."""


def place_features(
    tokens: Tokens, places: Ints, shape: Hashes, word: Hashes, cues: Hashes
) -> Iterator[Hashes]:
    """Yield one hash array of shape (n_places,) for each of the `N_TEMPLATES` views of the surroundings."""
    real = np.flatnonzero(word)  # tokens but for the second half of "the team"
    answer = np.repeat(np.arange(len(tokens.offsets) - 1), np.diff(tokens.offsets))
    slot = np.zeros(len(tokens), dtype=np.int64)  # answers stand MARGIN apart, so that none sees another
    slot[real] = np.arange(len(real)) + MARGIN * (answer[real] + 1)
    size = len(real) + MARGIN * (len(tokens.offsets) + 1)
    centre = slot[places]

    def around(values: Hashes, *places_off: int) -> dict[int, Hashes]:
        wide = np.full(size, 7, dtype=np.uint32)
        wide[slot[real]] = values[real]
        return {by: wide[centre + by] for by in places_off}

    w = around(word, -2, -1, 0, 1, 2)
    c = around(cues, -2, -1, 0, 1, 2, 3)
    s = around(shape & _SEEN, -2, -1, 0)
    line = tokens.newline[places].astype(np.uint32)
    marks = (shape & PUNCT > 0) | tokens.newline
    edges = np.concatenate([np.flatnonzero(marks), [len(tokens)]])  # the first token is one
    last = np.searchsorted(edges, places, side="left") - 1
    last, following = edges[np.maximum(last, 0)], edges[np.searchsorted(edges, places, side="right")]
    since, until = distances(places, last, following, word, shape)
    held = verbs_around(places, np.where(last < places, last, 0), following, cues)
    yield from (mix(1, w[0]), mix(2, w[-1]), mix(3, w[1]), mix(4, w[-1], w[0]), mix(5, w[0], w[1]))
    yield from (mix(6, w[-1], w[0], w[1]), mix(7, w[0], w[1], w[2]), mix(8, w[-2], w[-1], w[0]))
    yield from (mix(9, w[2]), mix(10, w[-2]), mix(11, w[1], w[2]), mix(12, c[0], c[1]))
    yield from (mix(13, c[-1], c[0], c[1]), mix(14, w[0], c[1]), mix(15, w[0], c[1], c[2]))
    yield from (mix(16, s[-1], w[0]), mix(17, s[-1], s[0], c[0]), mix(18, line, s[-1]))
    yield from (mix(19, s[-1], s[0], c[1]), mix(20, since, s[-1]), mix(21, until, s[-1]))
    yield from (mix(22, since, w[0]), mix(23, until, w[0]), mix(24, held, s[-1]), mix(25, held, w[0]))
    yield from (mix(26, s[-1], w[0], c[1]), mix(27, held, since, until), mix(28, s[-2], w[-1], c[0]))
    yield from (mix(29, c[-2], c[-1], w[0]), mix(30, w[-1], c[0]), mix(31, w[0], w[1], c[2]))
    yield from (mix(32, s[-1], w[0], held), mix(33, w[-1], w[0], c[1]), mix(34, w[0], c[1], c[2], c[3]))
    yield from (mix(35, w[-1], c[0], c[1]), mix(36, np.zeros(len(places), dtype=np.uint32)))


def distances(
    places: Ints, last: Ints, following: Ints, word: Hashes, shape: Hashes
) -> tuple[Hashes, Hashes]:
    """Return tokens since the last mark or line and until the next, in coarse steps."""
    nth = np.concatenate([[0], np.cumsum(word != 0)])  # "the team" counts as one token
    here = nth[places]
    since = np.where(shape[np.maximum(places - 1, 0)] & PUNCT > 0, 0, here - nth[last])
    return coarse(since), coarse(nth[following] - here)


_STEPS = np.searchsorted(np.array([1, 2, 3, 4, 6, 8, 12, 20]), np.arange(21), side="right").astype(np.uint32)


def coarse(n: Ints) -> Hashes:
    """Round counts to the steps 0 1 2 3 4 6 8 12 20."""
    steps: Hashes = _STEPS[np.clip(n, 0, 20)]
    return steps


_VERBS = ("past", "modal", "be", "report", "mental")
_VERB = np.uint32(sum(1 << CUES.index(c) for c in _VERBS))


def verbs_around(places: Ints, last: Ints, following: Ints, cues: Hashes) -> Hashes:
    """Say whether a finite verb stands between the last mark and here, and between here and the next."""
    verb = np.concatenate([[0], np.cumsum(cues & _VERB > 0)])
    here = verb[places]
    before, after = np.minimum(here - verb[last], 2), np.minimum(verb[following] - here, 2)
    held: Hashes = (3 * before + after).astype(np.uint32)
    return held
