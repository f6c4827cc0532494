"""Tokens -> the word pieces that an encoder reads, with first-person pronouns made one.

An encoder must not see who acts, or it would take "I" for Action. Before a token is cut into pieces, I and
we, my and our and the like become one form, "the team" becomes "I", and was/were, am/are/is, has/have fall
together. Two answers that differ only in these are one and the same to the encoder: not nearly, but exactly.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from starl.clauses import team_starts
from starl.lexicon import shape_bits
from starl.tokens import Ints, Tokens, Vocabulary

if TYPE_CHECKING:
    from tokenizers import Tokenizer as WordPiece

SPEAKER = "i"
_SAME = {
    "we": SPEAKER, "us": "me", "our": "my", "ours": "mine", "ourselves": "myself", "ourself": "myself",
    "am": "is", "are": "is", "'m": "is", "'re": "is", "m": "is", "re": "is", "were": "was", "has": "have",
    "'ve": "have", "n't": "not", "ca": "can", "wo": "will", "'ll": "will", "'d": "would",
}  # fmt: skip
MAX_PIECES = 8
"""Pieces of one token that are read; running English has hardly a token of more than five."""


def canonical(string: str) -> str:
    """Return the form under which an encoder knows a token.

    Examples
    --------
    >>> [canonical(s) for s in ("We", "were", "n't", "Ourselves", "Budget")]
    ['i', 'was', 'not', 'myself', 'budget']
    """
    lower = string.lower().replace("’", "'")
    return _SAME.get(lower, lower)


@dataclass(frozen=True, slots=True, eq=False)
class Pieces:
    """The word pieces of a batch of answers, one after the other.

    ``token[p]`` is the token that piece ``p`` belongs to; ``offsets[i]:offsets[i + 1]`` are the pieces of
    answer ``i``. A token may have none: the second half of "the team".
    """

    ids: Ints  # (n_pieces,) in the encoder's vocabulary
    token: Ints  # (n_pieces,)
    offsets: Ints  # (n_answers + 1,)

    def of(self, i: int) -> Ints:
        """Return the pieces of answer ``i``."""
        return self.ids[self.offsets[i] : self.offsets[i + 1]]


class Cutter:
    """Cuts tokens into the word pieces of one vocabulary, each different token once."""

    def __init__(self, wordpiece: WordPiece) -> None:
        self._wordpiece = wordpiece
        self._lock = threading.Lock()
        self._vocab: Vocabulary | None = None
        self._first = np.zeros(1, dtype=np.int64)
        self._ids = np.empty(0, dtype=np.int64)
        self.speaker = self._encode([SPEAKER])[0][0]

    def __call__(self, tokens: Tokens) -> Pieces:
        """Cut a batch of answers.

        Parameters
        ----------
        tokens
            A batch of answers.
        """
        with self._lock:
            first, ids = self._table(tokens.vocab)
        noun = team_starts(tokens, tokens.vocab.attribute(shape_bits, np.uint32)[tokens.ids])
        begin = first[tokens.ids]
        size = first[tokens.ids + 1] - begin
        size[noun], size[noun + 1] = 1, 0
        stop = np.cumsum(size)
        token = np.repeat(np.arange(len(tokens)), size)
        index = np.arange(len(token)) + np.repeat(begin - stop + size, size)
        found = ids.take(index, mode="clip")
        found[(stop - size)[noun]] = self.speaker
        return Pieces(found, token, np.concatenate([[0], stop])[tokens.offsets])

    def _table(self, vocab: Vocabulary) -> tuple[Ints, Ints]:
        """Return where the pieces of each string start, and the pieces of all strings."""
        if vocab is not self._vocab:
            self._vocab, self._first, self._ids = vocab, np.zeros(1, dtype=np.int64), np.empty(0, np.int64)
        known = len(self._first) - 1
        new = vocab.strings[known:]
        if new:
            cut = self._encode([canonical(string) for string in new])
            sizes = np.fromiter(map(len, cut), np.int64, len(cut))
            self._first = np.concatenate([self._first, self._first[-1] + np.cumsum(sizes)])
            self._ids = np.concatenate([self._ids, *(np.array(c, dtype=np.int64) for c in cut)])
        return self._first, self._ids

    def _encode(self, strings: list[str]) -> list[list[int]]:
        return [
            encoding.ids[:MAX_PIECES]
            for encoding in self._wordpiece.encode_batch(strings, add_special_tokens=False)
        ]
