"""Texts -> flat arrays of tokens with character offsets.

The tokens are those of spaCy's blank English pipeline without the white-space ones. spaCy tokenises each
white-space chunk on its own, so a chunk met before is looked up instead of tokenised again; only this
module calls the tokenizer. A chunk longer than `MAX_CHUNK` characters is cut into pieces of that
length first, so that no input takes quadratic time.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from starl.errors import TextError

if TYPE_CHECKING:
    from spacy.tokenizer import Tokenizer as SpacyTokenizer

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

MAX_CHUNK = 128
MAX_MEMO = 1_000_000

_WHITESPACE = np.array([chr(i).isspace() for i in range(0x3001)])
_BREAKS = np.zeros(0x3001, dtype=bool)
_BREAKS[[0x0A, 0x0B, 0x0C, 0x0D, 0x85, 0x2028, 0x2029]] = True


class Vocabulary:
    """Token strings met so far, numbered in order, with integer attributes computed once a string."""

    def __init__(self) -> None:
        self.strings: list[str] = []
        self._ids: dict[str, int] = {}
        self._attributes: dict[Callable[[str], int], npt.NDArray[Any]] = {}
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self.strings)

    def add(self, string: str) -> int:
        """Return the number of a string, giving it one if it is new."""
        number = self._ids.get(string)
        if number is None:
            number = self._ids[string] = len(self.strings)
            self.strings.append(string)
        return number

    def attribute(
        self, function: Callable[[str], int], dtype: type[np.integer[Any]] = np.int64
    ) -> npt.NDArray[Any]:
        """Return ``function(string)`` of every string met so far, computed once for each.

        Parameters
        ----------
        function
            A pure function; it is also the key of the cache, so pass the same object each time.
        dtype
            Integer type of the values, the same each time.

        Returns
        -------
        (n_strings,)
            Index it with token ids: ``vocab.attribute(f)[tokens.ids]``.
        """
        known = self._attributes.get(function)
        if known is not None and len(known) == len(self.strings):
            return known
        with self._lock:
            known = self._attributes.get(function, np.empty(0, dtype=dtype))
            new = self.strings[len(known) :]
            known = np.concatenate([known, np.fromiter(map(function, new), dtype, len(new))])
            self._attributes[function] = known
        return known


@dataclass(frozen=True, slots=True, eq=False)
class Tokens:
    """The tokens of a batch of answers, one after the other.

    ``ids`` are numbers of ``vocab``; ``start_char`` and ``end_char`` count within the token's own text;
    ``offsets[i]:offsets[i + 1]`` are the tokens of answer ``i``. ``newline`` marks a token with a line
    break before it; ``space`` one with white space (or the start of the text) before it; ``word`` the
    first token of each white-space chunk that holds a letter or digit: their number is the number of words.
    """

    texts: Sequence[str]
    vocab: Vocabulary
    ids: Ints  # (n_tokens,)
    start_char: Ints  # (n_tokens,)
    end_char: Ints  # (n_tokens,)
    offsets: Ints  # (n_answers + 1,)
    newline: Bools  # (n_tokens,)
    space: Bools  # (n_tokens,)
    word: Bools  # (n_tokens,)

    def __len__(self) -> int:
        return len(self.ids)

    def text(self, i: int) -> str:
        """Return the string of token ``i``."""
        return self.vocab.strings[int(self.ids[i])]


class _Growing:
    """An integer array that grows at its end, in amortised constant time."""

    def __init__(self) -> None:
        self._array = np.zeros(1024, dtype=np.int64)
        self._size = 0
        self.fresh: list[int] = []

    def view(self) -> Ints:
        """Return all values, the fresh ones moved in; a view that later growth leaves as it is."""
        if self.fresh:
            size = self._size + len(self.fresh)
            if size > len(self._array):
                self._array = np.concatenate([self._array, np.zeros(size, dtype=np.int64)])
            self._array[self._size : size] = self.fresh
            self._size = size
            self.fresh = []
        return self._array[: self._size]


class _Chunks(dict[str, int]):
    """White-space chunk -> its number; tokenises a chunk the first time it is met."""

    def __init__(self, vocab: Vocabulary, tokenizer: SpacyTokenizer) -> None:
        super().__init__()
        self.vocab = vocab
        self.tokenizer = tokenizer
        self.n_tokens = 0
        self.ids, self.starts, self.ends = _Growing(), _Growing(), _Growing()  # one value a token
        self.first, self.is_word = _Growing(), _Growing()  # one value a chunk
        self.first.fresh.append(0)

    def __missing__(self, chunk: str) -> int:
        number = len(self)
        pieces: dict[str, list[tuple[int, int, int]]] = {}
        for at in range(0, len(chunk), MAX_CHUNK):
            piece = chunk[at : at + MAX_CHUNK]
            if piece not in pieces:
                pieces[piece] = [
                    (self.vocab.add(t.text), t.idx, t.idx + len(t.text)) for t in self.tokenizer(piece)
                ]
            for token, start, end in pieces[piece]:
                self.ids.fresh.append(token)
                self.starts.fresh.append(at + start)
                self.ends.fresh.append(at + end)
            self.n_tokens += len(pieces[piece])
        self.first.fresh.append(self.n_tokens)
        self.is_word.fresh.append(any(map(str.isalnum, chunk)))
        self[chunk] = number
        return number


class Tokenizer:
    """spaCy's English tokenizer with a memory, for batches."""

    def __init__(self) -> None:
        import spacy

        self._spacy = spacy.blank("en").tokenizer
        self._lock = threading.Lock()
        self._chunks = _Chunks(Vocabulary(), self._spacy)

    def __call__(self, texts: Sequence[str]) -> Tokens:
        """Tokenise a batch of answers.

        Raises
        ------
        TextError
            If an answer is no string or holds a lone surrogate.

        Examples
        --------
        >>> tokens = Tokenizer()(["I didn't wait.", ""])
        >>> [tokens.text(i) for i in range(len(tokens))], tokens.offsets.tolist()
        (['I', 'did', "n't", 'wait', '.'], [0, 5, 5])
        """
        joined = join_texts(texts)
        code = _code_points(joined, texts)
        chunk_start, newline = _chunk_starts(code)
        with self._lock:
            if len(self._chunks) > MAX_MEMO:
                self._chunks = _Chunks(Vocabulary(), self._spacy)
            chunks = self._chunks
            look_up = chunks.__getitem__
            found = chain.from_iterable(
                map(look_up, text.split()) for text in texts
            )  # text by text: in cache
            numbers = np.fromiter(found, np.int64, len(chunk_start))
            ids, starts, ends = chunks.ids.view(), chunks.starts.view(), chunks.ends.view()
            bounds, is_word = chunks.first.view(), chunks.is_word.view()
        lengths = np.array([len(text) for text in texts], dtype=np.int64)
        text_start = np.concatenate([[0], np.cumsum(lengths + 1)])  # (n_answers + 1,)
        chunk_offsets = np.searchsorted(chunk_start, text_start)  # (n_answers + 1,)
        origin = np.repeat(text_start[:-1], np.diff(chunk_offsets))  # (n_chunks,)
        first = bounds[numbers]  # (n_chunks,)
        n_tokens = bounds[numbers + 1] - first  # (n_chunks,)
        end = np.cumsum(n_tokens)
        index = np.arange(end[-1] if len(end) else 0) + np.repeat(first - end + n_tokens, n_tokens)
        base = np.repeat(chunk_start - origin, n_tokens)  # (n_tokens,)
        opens = np.zeros(len(index), dtype=bool)
        opens[end - n_tokens] = True
        space, breaks, word = opens, opens.copy(), opens.copy()
        breaks[opens] = newline
        word[opens] = is_word[numbers] > 0
        token_end = np.concatenate([[0], end])
        return Tokens(
            texts=texts,
            vocab=chunks.vocab,
            ids=ids[index],
            start_char=base + starts[index],
            end_char=base + ends[index],
            offsets=token_end[chunk_offsets],
            newline=breaks,
            space=space,
            word=word,
        )


def join_texts(texts: Sequence[str]) -> str:
    """Join answers with a line break between them, after checking that each is a string."""
    for i, text in enumerate(texts):
        if not isinstance(text, str):
            raise TextError(
                f"answer {i} must be a str, got {type(text).__name__}; decode or convert it first"
            )
    return "\n".join(texts)


def _code_points(joined: str, texts: Sequence[str]) -> npt.NDArray[np.uint32]:
    try:
        return np.frombuffer(joined.encode("utf-32-le"), dtype=np.uint32)
    except UnicodeEncodeError:
        for i, text in enumerate(texts):
            for at, char in enumerate(text):
                if "\ud800" <= char <= "\udfff":
                    raise TextError(
                        f"answer {i} must be valid Unicode, got the lone surrogate {char!r} "
                        f"at character {at}; decode it with errors='replace'"
                    ) from None
        raise


def _chunk_starts(code: npt.NDArray[np.uint32]) -> tuple[Ints, Bools]:
    """Return where each white-space chunk starts, and whether a line break stands before it."""
    clipped = np.minimum(code, len(_WHITESPACE) - 1)
    blank = _WHITESPACE[clipped]
    blank[code >= len(_WHITESPACE)] = False
    edge = np.concatenate([[True], blank[:-1]]) if len(blank) else np.empty(0, dtype=bool)
    start = np.flatnonzero(edge & ~blank)
    n_breaks = np.cumsum(_BREAKS[clipped])  # up to and including each character
    before = n_breaks[start]
    return start, np.diff(before, prepend=-1) > 0
