"""Tokens -> clauses, with token and character offsets.

A clause may start at any token that follows a mark or that often opens clauses; at each such place a linear
classifier over the neighbouring words decides. I, we and "the team" look the same to it, so the cut does not
depend on who acts.
"""

from collections.abc import Callable, Iterator
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
from starl.tokens import Bools, Ints, Tokens, Vocabulary

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
        return self.tokens.places.start_char(self.start[:-1])

    @property
    def end_char(self) -> Ints:
        """One past the last character of each clause within its text, shape (n_clauses,)."""
        return self.tokens.places.end_char(self.start[1:] - 1)


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
    return cut_at(tokens, np.flatnonzero(opens))


def cut_at(tokens: Tokens, start: Ints) -> Clauses:
    """Cut tokens into clauses that start at the given tokens, the first of each answer among them.

    Parameters
    ----------
    tokens
        A batch of answers.
    start : (n_clauses,)
        First token of each clause, ascending.
    """
    offsets = np.searchsorted(start, tokens.offsets)
    return Clauses(
        tokens=tokens,
        start=np.append(start, len(tokens)),
        answer=np.repeat(np.arange(len(offsets) - 1), np.diff(offsets)),
        offsets=offsets,
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
    by = np.uint32(33 - len(weights).bit_length())
    total = np.full(len(places), weights[int(mix(CONSTANT, _ZERO)[0] >> by)], dtype=np.int32)
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
    ids : (N_TEMPLATES + 1, n_places)
        Indices into a weight table of ``2 ** n_bits`` rows; the last is the same everywhere.
    """
    places, mixed = view_places(tokens)
    constant = np.broadcast_to(mix(CONSTANT, _ZERO), len(places))
    return places, to_ids([*mixed, constant], N_TEMPLATES + 1, len(places), n_bits)


def view_places(tokens: Tokens) -> tuple[Ints, Iterator[Hashes]]:
    """Return the places where a clause may start, and the hashes of their `N_TEMPLATES` views."""
    if not len(tokens):
        return np.empty(0, dtype=np.int64), repeat(np.empty(0, dtype=np.uint32), N_TEMPLATES)
    shape, word, cues = merged(tokens)
    punct = shape & PUNCT > 0
    likely = (shape & DELETED > 0) | (cues & OPENER > 0)
    likely[1:] &= cues[:-1] & CONNECTIVE == 0  # the connective is the place, not what stands behind it
    likely |= (cues & CONNECTIVE > 0) | tokens.newline
    likely[1:] |= punct[:-1]
    likely &= ~punct & (word != 0)  # a deleted second half of "the team" is no place
    places = np.flatnonzero(likely)
    return places, place_features(tokens, places, shape, word, cues)


CONNECTIVE, THIRD, GREETING = (np.uint32(1 << CUES.index(c)) for c in ("connective", "third", "greeting"))
OPENER = THIRD | GREETING
_SEEN = np.uint32(PUNCT | END | COMMA | GERUND | DELETED | CAPITAL)


def team_starts(tokens: Tokens, shape: Hashes) -> Ints:
    """Return where "the team", "my team" or "our team" starts, within one answer and line."""
    pair = (shape[1:] & TEAM > 0) & (shape[:-1] & DETERMINER > 0) & ~tokens.newline[1:]
    return np.flatnonzero(pair)


def merged(tokens: Tokens) -> tuple[Hashes, Hashes, Hashes]:
    """Return shape, word hash and cues of each token, with I, we and "the team" made the same."""
    shape, word, cues = (column[tokens.ids] for column in place_columns(tokens.vocab))
    noun = team_starts(tokens, tokens.vocab.attribute(shape_bits, np.uint32)[tokens.ids])
    word[noun], cues[noun], shape[noun] = _SPEAKER, 0, DELETED
    word[noun + 1] = 0
    return shape, word, cues


def place_columns(vocab: Vocabulary) -> Iterator[Hashes]:
    """Yield shape, word hash and cues of each string of a vocabulary.

    I and we are alike, and other pronouns like any word.
    """
    for name, function, same in (
        ("place shape", shape_bits, np.uint32(DELETED)),
        ("place hash", hash_of, _SPEAKER),
        ("place cues", cue_bits, np.uint32(0)),
    ):

        def make(first: int, function: Callable[[str], int] = function, same: np.uint32 = same) -> Hashes:
            values = vocab.attribute(function, np.uint32)[first:]
            if function is shape_bits:
                values = values & ~np.uint32(DELETED)
            return np.where(vocab.attribute(is_speaker)[first:] > 0, same, values)

        yield vocab.column(name, make)


def is_speaker(string: str) -> int:
    """Return 1 for I and we."""
    return int(string.lower() in ("i", "we"))


N_TEMPLATES, CONSTANT = 12, 36
"""Views of a place, and the salt of the feature that every place has.

Of 36 that were tried, these are left after the ones that mattered least were dropped, three at a time, with
no loss on corpus files that were not trained on.
"""
SEEN_FROM_PLACE, OUTSIDE = (-2, -1, 0, 1, 2, 3), 7
"""Tokens that templates look at, counted from the place, and what they see outside of the answer."""
_ZERO = np.zeros(1, dtype=np.uint32)


def place_features(
    tokens: Tokens, places: Ints, shape: Hashes, word: Hashes, cues: Hashes
) -> Iterator[Hashes]:
    """Yield one hash array of shape (n_places,) for each of the `N_TEMPLATES` views of the surroundings."""
    # "the team" is one token: from here on, tokens but for its second half are counted
    real = word != 0
    nth = np.concatenate([[0], np.cumsum(real)])
    centre, edge = nth.take(places), nth[tokens.offsets]
    n_places = np.diff(np.searchsorted(places, tokens.offsets))
    since_first = centre - np.repeat(edge[:-1], n_places)
    until_last = np.repeat(edge[1:] - 1, n_places) - centre
    outside = {
        by: np.flatnonzero((since_first if by < 0 else until_last) < abs(by)) for by in SEEN_FROM_PLACE
    }

    def around(values: Hashes, *places_off: int) -> dict[int, Hashes]:
        counted = values if edge[-1] == len(values) else values[real]
        seen = {by: counted.take(centre + by, mode="clip") for by in places_off}
        for by, out in seen.items():
            out[outside[by]] = OUTSIDE
        return seen

    w = around(word, -2, -1, 0, 1, 2)
    c = around(cues, -1, 0, 1, 2, 3)
    s = around(shape & _SEEN, -1, 0)
    marks = (shape & PUNCT > 0) | tokens.newline
    edges = np.concatenate([np.flatnonzero(marks), [len(tokens)]])  # the first token is one
    upto = np.cumsum(marks).take(places)  # marks up to and including each place
    last = edges.take(np.maximum(upto - marks.take(places) - 1, 0))
    following = edges.take(upto)
    since = coarse(np.where(s[-1] & PUNCT > 0, 0, centre - nth[last]))
    until = coarse(nth[following] - centre)
    held = verbs_around(places, np.where(last < places, last, 0), following, cues)
    yield from (mix(2, w[-1]), mix(3, w[1]), mix(5, w[0], w[1]), mix(8, w[-2], w[-1], w[0]))
    yield from (mix(6, w[-1], w[0], w[1]), mix(11, w[1], w[2]), mix(13, c[-1], c[0], c[1]))
    yield from (mix(17, s[-1], s[0], c[0]), mix(22, since, w[0]), mix(23, until, w[0]))
    yield from (mix(24, held, s[-1]), mix(34, w[0], c[1], c[2], c[3]))


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
