"""Tokens -> clauses, with token and character offsets.

A clause may start at any token that follows a mark or that often opens clauses; at each such place a linear
classifier over the neighbouring words decides. I, we and "the team" look the same to it, so the cut does not
depend on who acts.
"""

from dataclasses import dataclass
from typing import Any

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

_SPEAKER = np.uint64(0x5EEDBEEF)


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
        Weights of the hashed features; a place with a sum above zero opens a clause.
    """
    places, ids = describe_places(tokens, len(weights).bit_length() - 1)
    opens = np.zeros(len(tokens), dtype=bool)
    opens[places] = weights[ids].sum(axis=1, dtype=np.int64) > 0
    return cut(tokens, opens)


def describe_places(tokens: Tokens, n_bits: int) -> tuple[Ints, Ints]:
    """Return the places where a clause may start, and the feature ids of each.

    Returns
    -------
    places : (n_places,)
        Token indices: after a mark or a line break, or where a word stands that may open a clause.
    ids : (n_places, n_templates)
        Indices into a weight table of ``2 ** n_bits`` rows.
    """
    if not len(tokens):
        return np.empty(0, dtype=np.int64), np.empty((0, 1), dtype=np.int64)
    shape, word, cues = merged(tokens)
    punct = shape & PUNCT > 0
    after = np.concatenate([[True], punct[:-1]])
    speaker = shape & DELETED > 0
    opener = cues & OPENER > 0
    gap = np.zeros(len(tokens), dtype=bool)  # a deleted second half of "the team" is no place
    gap[1:] = word[1:] == 0
    places = np.flatnonzero(
        (after | speaker | opener | tokens.newline | (shape & GERUND > 0)) & ~punct & ~gap
    )
    return places, to_ids(place_features(tokens, places, shape, word, cues), n_bits)


OPENER = sum(
    1 << CUES.index(c) for c in ("connective", "third", "thing", "greeting", "past", "report", "second")
)
_MARKS = PUNCT | END | COMMA
_KIND = sum(1 << CUES.index(c) for c in CUES)


def team_starts(tokens: Tokens, shape: Ints) -> Ints:
    """Return where "the team", "my team" or "our team" starts, within one answer and line."""
    pair = (shape[1:] & TEAM > 0) & (shape[:-1] & DETERMINER > 0) & ~tokens.newline[1:]
    return np.flatnonzero(pair)


def merged(tokens: Tokens) -> tuple[Ints, Hashes, Ints]:
    """Return shape, word hash and cues of each token, with I, we and "the team" made the same."""
    shape = tokens.vocab.attribute(shape_bits)[tokens.ids].copy()
    word = tokens.vocab.attribute(hash_of)[tokens.ids].astype(np.uint64)
    cues = tokens.vocab.attribute(cue_bits)[tokens.ids].copy()
    subject = tokens.vocab.attribute(is_speaker)[tokens.ids] > 0
    noun = team_starts(tokens, shape)
    subject[noun] = True
    shape[~subject] &= ~DELETED
    word[subject], cues[subject] = _SPEAKER, 0
    shape[subject] = DELETED
    word[noun + 1] = 0
    return shape, word, cues


CONSTANT = -1
"""The template of `place_features` that is the same everywhere."""


def is_speaker(string: str) -> int:
    """Return 1 for I and we."""
    return int(string.lower() in ("i", "we"))


def place_features(tokens: Tokens, places: Ints, shape: Ints, word: Hashes, cues: Ints) -> Hashes:
    """Describe the surroundings of each place, shape (n_places, n_templates)."""
    real = np.flatnonzero(word != 0)  # tokens but for the second half of "the team"
    rank = np.searchsorted(real, places)

    answer = np.searchsorted(tokens.offsets, places, side="right")
    first, stop = tokens.offsets[answer - 1], tokens.offsets[answer]
    index = {by: real[np.clip(rank + by, 0, len(real) - 1)] for by in range(-3, 4)}
    inside = {
        by: (i >= first) & (i < stop) & (rank + by >= 0) & (rank + by < len(real)) for by, i in index.items()
    }

    def around(values: npt.NDArray[Any], by: int) -> Hashes:
        return np.where(inside[by], values[index[by]].astype(np.uint64), np.uint64(7))

    w = {k: around(word, k) for k in range(-3, 4)}
    c = {k: around(cues, k) for k in range(-2, 4)}
    s = {k: around(shape & (_MARKS | GERUND | DELETED | CAPITAL), k) for k in range(-2, 3)}
    line = tokens.newline[places].astype(np.uint64)
    since, until = distances(tokens, places, shape, word)
    held = verbs_around(tokens, places, shape, cues)
    rows = [
        mix(1, w[0]), mix(2, w[-1]), mix(3, w[1]), mix(4, w[-1], w[0]), mix(5, w[0], w[1]),
        mix(6, w[-1], w[0], w[1]), mix(7, w[0], w[1], w[2]), mix(8, w[-2], w[-1], w[0]), mix(9, w[2]),
        mix(10, w[-2]), mix(11, w[1], w[2]), mix(12, c[0], c[1]), mix(13, c[-1], c[0], c[1]),
        mix(14, w[0], c[1]), mix(15, w[0], c[1], c[2]), mix(16, s[-1], w[0]), mix(17, s[-1], s[0], c[0]),
        mix(18, line, s[-1]), mix(19, s[-1], s[0], c[1]), mix(20, since, s[-1]), mix(21, until, s[-1]),
        mix(22, since, w[0]), mix(23, until, w[0]), mix(24, held, s[-1]), mix(25, held, w[0]),
        mix(26, s[-1], w[0], c[1]), mix(27, held, since, until), mix(28, s[-2], w[-1], c[0]),
        mix(29, c[-2], c[-1], w[0]), mix(30, w[-1], c[0]), mix(31, w[0], w[1], c[2]),
        mix(32, s[-1], w[0], held), mix(33, w[-1], w[0], c[1]), mix(34, w[0], c[1], c[2], c[3]),
        mix(35, w[-1], c[0], c[1]), mix(36, np.zeros(len(places), dtype=np.uint64)),
    ]  # fmt: skip
    return np.stack(rows, axis=1)


def distances(tokens: Tokens, places: Ints, shape: Ints, word: Hashes) -> tuple[Hashes, Hashes]:
    """Return tokens since the last mark or line and until the next, in coarse steps."""
    marks = (shape & PUNCT > 0) | tokens.newline
    at = np.concatenate([np.flatnonzero(marks), [len(tokens)]])
    following = np.searchsorted(at, places, side="right")
    nth = np.concatenate([[0], np.cumsum(word != 0)])  # "the team" counts as one token
    until = nth[at[following]] - nth[places]
    before = np.searchsorted(at, places, side="left") - 1
    since = nth[places] - nth[np.where(before >= 0, at[np.maximum(before, 0)], 0)]
    since = np.where(shape[np.maximum(places - 1, 0)] & PUNCT > 0, 0, since)
    return coarse(since), coarse(until)


def coarse(n: Ints) -> Hashes:
    """Round counts to the steps 0 1 2 3 4 6 8 12 20."""
    return np.searchsorted(np.array([1, 2, 3, 4, 6, 8, 12, 20]), n, side="right").astype(np.uint64)


_VERB = sum(1 << CUES.index(c) for c in ("past", "modal", "be", "report", "mental"))


def verbs_around(tokens: Tokens, places: Ints, shape: Ints, cues: Ints) -> Hashes:
    """Say whether a finite verb stands between the last mark and here, and between here and the next."""
    verb = np.concatenate([[0], np.cumsum(cues & _VERB > 0)])
    marks = (shape & PUNCT > 0) | tokens.newline
    at = np.concatenate([[0], np.flatnonzero(marks), [len(tokens)]])
    left = at[np.searchsorted(at, places, side="left") - (places > 0)]
    right = at[np.searchsorted(at, places, side="right")]
    before = np.minimum(verb[places] - verb[left], 2)
    held: Hashes = (3 * before + np.minimum(verb[right] - verb[places], 2)).astype(np.uint64)
    return held
