"""Texts -> flat arrays of tokens with character offsets.

The tokens are those of spaCy's blank English pipeline without the white-space ones. spaCy tokenises each
white-space chunk on its own, so a chunk met before is looked up instead of tokenised again; only this
module calls the tokenizer. Chunks are found and looked up for a whole batch at once, on its bytes: the first
sixteen bytes of a chunk are two integers, and a table of such integers says which chunk it is. What the
table does not know (a chunk that is new, longer, or holds a NUL) is looked up as a string. A chunk of more
than `MAX_CHUNK` characters is cut into pieces of that length first, so that no input takes quadratic time.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from starl.errors import TextError

if TYPE_CHECKING:
    from spacy.tokenizer import Tokenizer as SpacyTokenizer

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Bytes = npt.NDArray[np.uint8]
Hashes = npt.NDArray[np.uint64]

MAX_CHUNK = 128
MAX_MEMO = 250_000
"""Chunks that are remembered; a memory that is full starts anew."""

_SPACE, _BREAK = 1, 2
_BREAKS = "\n\x0b\x0c\r\x85\u2028\u2029"
_KINDS = bytes((_BREAK if chr(i) in _BREAKS else chr(i).isspace()) if i < 128 else 0 for i in range(256))
_WIDE = {c.encode(): _BREAK if c in _BREAKS else _SPACE for c in map(chr, range(128, 0x3001)) if c.isspace()}
"""White space of more than one byte in UTF-8, and its kind."""
_WIDE_CODES = np.array([int.from_bytes(c, "big") for c in _WIDE], dtype=np.int32)
_CONTINUES, _LEAD_BITS, _THREE_BYTES = np.uint8(0x80), np.uint8(0xC0), np.uint8(0xE0)
_WORD, _LONGEST = 8, 16
"""Bytes of one integer, and of the longest chunk that the table knows."""
_MASKS = np.array([(1 << 8 * n) - 1 for n in range(_WORD + 1)], dtype=np.uint64)
_MULTIPLIERS = np.array([0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F], dtype=np.uint64)
_PLAIN = re.compile(r"([A-Za-z]?[a-z]{2,60})([,;:!?]?|(?<=[a-z]{3})\.)")
"""Chunks that spaCy splits before the mark and nowhere else; a short word may be an abbreviation."""
_AT_ONCE = 4096
"""Chunks that are looked up as strings before the tables are asked again."""
_MIN_BITS, _ROOM = 14, 4
"""A table begins with 2 ** 14 places, and has four and more for each key."""


class Vocabulary:
    """Token strings met so far, numbered in order, with integer attributes computed once a string."""

    def __init__(self) -> None:
        self.strings: list[str] = []
        self._ids: dict[str, int] = {}
        self._attributes: dict[object, npt.NDArray[Any]] = {}
        self._lock = threading.RLock()  # a column may be made of another

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

        def make(first: int) -> npt.NDArray[Any]:
            new = self.strings[first:]
            return np.fromiter(map(function, new), dtype, len(new))

        return self.column(function, make)

    def column(self, key: object, make: Callable[[int], npt.NDArray[Any]]) -> npt.NDArray[Any]:
        """Return an array with a row for every string met so far, computed once for each.

        Parameters
        ----------
        key
            Stands for what is computed.
        make
            Returns the rows of all strings from a number on, shape (n_new, ...).

        Returns
        -------
        (n_strings, ...)
        """
        known = self._attributes.get(key)
        if known is not None and len(known) == len(self.strings):
            return known
        with self._lock:
            known = self._attributes.get(key)
            new = make(len(known) if known is not None else 0)
            known = self._attributes[key] = new if known is None else np.concatenate([known, new])
        return known


@dataclass(frozen=True, slots=True, eq=False)
class Tokens:
    """The tokens of a batch of answers, one after the other.

    ``ids`` are numbers of ``vocab``; ``offsets[i]:offsets[i + 1]`` are the tokens of answer ``i``.
    ``newline`` marks a token with a line break before it; ``space`` one with white space (or the start of the
    text) before it; ``word`` the first token of each white-space chunk that holds a letter or digit: their
    number is the number of words.
    """

    texts: Sequence[str]
    vocab: Vocabulary
    ids: Ints  # (n_tokens,)
    offsets: Ints  # (n_answers + 1,)
    newline: Bools  # (n_tokens,)
    space: Bools  # (n_tokens,)
    word: Bools  # (n_tokens,)
    places: Places

    def __len__(self) -> int:
        return len(self.ids)

    def text(self, i: int) -> str:
        """Return the string of token ``i``."""
        return self.vocab.strings[int(self.ids[i])]

    def part(self, first: int, last: int) -> Tokens:
        """Return the tokens of the answers ``first:last``, as views."""
        a, b = self.offsets[first], self.offsets[last]
        newline, space, word = (flags[a:b] for flags in (self.newline, self.space, self.word))
        places = replace(self.places, chunk=self.places.chunk[a:b], known=self.places.known[a:b])
        offsets = self.offsets[first : last + 1] - a
        return Tokens(
            self.texts[first:last], self.vocab, self.ids[a:b], offsets, newline, space, word, places
        )

    @property
    def start_char(self) -> Ints:
        """First character of each token within its own text, shape (n_tokens,)."""
        return self.places.start_char(slice(None))

    @property
    def end_char(self) -> Ints:
        """One past the last character of each token within its own text, shape (n_tokens,)."""
        return self.places.end_char(slice(None))


@dataclass(frozen=True, slots=True, eq=False)
class Places:
    """Where tokens stand in their texts; most are never asked, so that it is worked out on demand."""

    chunk: Ints  # (n_tokens,) chunk of the batch
    known: Ints  # (n_tokens,) place in the memory of tokens
    chunk_char: Ints  # (n_chunks,) first character of each chunk within its own text
    starts: Ints  # first character of each remembered token within its chunk
    ends: Ints  # one past its last character

    def start_char(self, tokens: Ints | slice) -> Ints:
        """First character of some tokens within their own texts."""
        return self.chunk_char[self.chunk[tokens]] + self.starts[self.known[tokens]]

    def end_char(self, tokens: Ints | slice) -> Ints:
        """One past the last character of some tokens within their own texts."""
        return self.chunk_char[self.chunk[tokens]] + self.ends[self.known[tokens]]


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


class _Table:
    """Keys, of one or two integers each, and a number for each: open addressing, for many keys at once."""

    def __init__(self, width: int) -> None:
        self.width = width
        self._size = 0
        self._clear(_MIN_BITS)

    def _clear(self, n_bits: int) -> None:
        self._shift, self._last = np.uint64(64 - n_bits), (1 << n_bits) - 1
        self._keys = [np.zeros(1 << n_bits, dtype=np.uint64) for _ in range(self.width)]
        self._numbers = np.full(1 << n_bits, -1, dtype=np.int64)

    def find(self, *keys: Hashes) -> Ints:
        """Return the number of each key, -1 where it is not known; each part of the keys is of shape (n,)."""
        slot = self._home(keys)
        number = self._numbers.take(slot)
        rows = np.flatnonzero(self._differs(slot, keys))  # an empty place differs too, which is harmless
        while len(rows := rows[number[rows] >= 0]):
            slot[rows] = place = (slot[rows] + 1) & self._last
            number[rows] = self._numbers[place]
            rows = rows[self._differs(place, [key[rows] for key in keys])]
        return number

    def add(self, numbers: Ints, *keys: Hashes) -> None:
        """Add keys that are not known and differ from one another."""
        self._size += len(numbers)
        if self._size * _ROOM > self._last:
            used = np.flatnonzero(self._numbers >= 0)
            numbers = np.concatenate([self._numbers[used], numbers])
            keys = tuple(np.concatenate([old[used], new]) for old, new in zip(self._keys, keys, strict=True))
            self._clear(max(_MIN_BITS, (2 * self._size * _ROOM).bit_length()))
        slot, rows = self._home(keys), np.arange(len(numbers))
        while len(rows):
            free = rows[self._numbers[slot[rows]] < 0]
            self._numbers[slot[free]] = numbers[free]  # of several that want one place, the last gets it
            won = free[self._numbers[slot[free]] == numbers[free]]
            for part, key in zip(self._keys, keys, strict=True):
                part[slot[won]] = key[won]
            rows = np.setdiff1d(rows, won)
            slot[rows] = (slot[rows] + 1) & self._last

    def _home(self, keys: Sequence[Hashes]) -> Ints:
        mixed = keys[0] * _MULTIPLIERS[0]
        for key, multiplier in zip(keys[1:], _MULTIPLIERS[1:], strict=False):
            mixed ^= key * multiplier
        mixed >>= self._shift
        home: Ints = mixed.view(np.int64)
        return home

    def _differs(self, slot: Ints, keys: Sequence[Hashes]) -> Bools:
        differs: Bools = self._keys[0].take(slot) != keys[0]
        for part, key in zip(self._keys[1:], keys[1:], strict=True):
            differs |= part.take(slot) != key
        return differs


class _Keys:
    """What the tables know chunks by: their first eight bytes and the next eight as integers.

    ``hard`` are the chunks that this does not tell apart from others: longer ones, and ones with a NUL.
    """

    def __init__(self, raw: bytes, start: Ints, end: Ints) -> None:
        self.size = end - start
        words = np.frombuffer(raw, dtype="<u8")
        self.head: Hashes = _load(words, start)
        self.head &= _MASKS.take(np.minimum(self.size, _WORD))
        self.tail: Hashes = np.zeros(len(start), dtype=np.uint64)
        long = np.flatnonzero(self.size > _WORD)
        rest = _MASKS.take(np.minimum(self.size[long] - _WORD, _WORD))
        self.tail[long] = _load(words, start[long] + _WORD) & rest
        self.hard = np.flatnonzero(self.size > _LONGEST)
        if b"\0" in raw:
            nul = np.flatnonzero(np.frombuffer(raw, dtype=np.uint8) == 0)
            self.hard = np.union1d(self.hard, np.searchsorted(start, nul, side="right") - 1)

    def only(self, rows: Ints) -> _Keys:
        """Return the keys of some chunks, in ascending order."""
        part = object.__new__(_Keys)
        part.size, part.head, part.tail = self.size[rows], self.head[rows], self.tail[rows]
        part.hard = np.flatnonzero(np.isin(rows, self.hard))
        return part


class _Chunks:
    """The chunks met so far, numbered in order, with the tokens of each."""

    def __init__(self) -> None:
        import spacy

        tokenizer: Any = spacy.blank("en").tokenizer
        self.tokenizer: SpacyTokenizer = tokenizer
        self.vocab = Vocabulary()
        self.ids, self.starts, self.ends = _Growing(), _Growing(), _Growing()  # one value a token
        self.first, self.is_word = _Growing(), _Growing()  # one value a chunk
        self.first.fresh.append(0)
        self._n_tokens = 0
        self._numbers: dict[str, int] = {}
        self._special = frozenset(tokenizer.rules)
        self._short, self._long = _Table(1), _Table(2)

    def __len__(self) -> int:
        return len(self._numbers)

    def look_up(self, raw: bytes, start: Ints, end: Ints) -> Ints:
        """Return the number of each chunk ``raw[start[i]:end[i]]``; 16 bytes of padding follow."""
        keys = _Keys(raw, start, end)
        number = self._find(keys)
        unknown = np.flatnonzero(number < 0)
        while len(unknown):  # a few at a time: in a first batch, all are unknown and most are the same
            some, unknown = unknown[:_AT_ONCE], unknown[_AT_ONCE:]
            number[some] = self._learn(raw, start[some], end[some], keys.only(some))
            found = self._find(keys.only(unknown))
            number[unknown] = found
            unknown = unknown[found < 0]
        return number

    def _find(self, keys: _Keys) -> Ints:
        """Return the number of each chunk that the tables know, -1 for the others."""
        number = self._short.find(keys.head)
        long = np.flatnonzero(keys.size > _WORD)
        number[long] = self._long.find(keys.head[long], keys.tail[long])
        number[keys.hard] = -1
        return number

    def _learn(self, raw: bytes, start: Ints, end: Ints, keys: _Keys) -> Ints:
        """Return the number of each chunk, looked up as a string, and put it into the tables."""
        bounds = zip(start.tolist(), end.tolist(), strict=True)
        number = np.array(self._numbers_of([raw[a:b].decode() for a, b in bounds]), dtype=np.int64)
        soft = np.ones(len(number), dtype=bool)
        soft[keys.hard] = False
        for table, rows in (
            (self._short, np.flatnonzero(soft & (keys.size <= _WORD))),
            (self._long, np.flatnonzero(soft & (keys.size > _WORD))),
        ):
            new, first = np.unique(number[rows], return_index=True)
            table.add(new, *(part[rows[first]] for part in (keys.head, keys.tail)[: table.width]))
        return number

    def _numbers_of(self, chunks: Sequence[str]) -> list[int]:
        """Return the number of each chunk, tokenising those that are new."""
        new = [chunk for chunk in dict.fromkeys(chunks) if chunk not in self._numbers]
        self._tokenize(new)
        return [self._numbers[chunk] for chunk in chunks]

    def _tokenize(self, chunks: Sequence[str]) -> None:
        plain = [self._split_plain(chunk) for chunk in chunks]
        hard = [chunk for chunk, parts in zip(chunks, plain, strict=True) if not parts]
        found = iter(
            self._split([c[at : at + MAX_CHUNK] for c in hard for at in range(0, len(c), MAX_CHUNK)])
        )
        for chunk, parts in zip(chunks, plain, strict=True):
            for at in range(0, len(chunk), MAX_CHUNK):
                for string, start in parts or next(found):
                    self.ids.fresh.append(self.vocab.add(string))
                    self.starts.fresh.append(at + start)
                    self.ends.fresh.append(at + start + len(string))
                    self._n_tokens += 1
            self.first.fresh.append(self._n_tokens)
            self.is_word.fresh.append(bool(parts) or any(map(str.isalnum, chunk)))
            self._numbers[chunk] = len(self._numbers)

    def _split_plain(self, chunk: str) -> list[tuple[str, int]]:
        """Split a plain word, or one with a mark behind it, that no rule of spaCy is about; else nothing."""
        match = _PLAIN.fullmatch(chunk)
        if match is None or chunk in self._special or chunk[:-1] in self._special:
            return []
        word, mark = match.groups()
        return [(word, 0), (mark, len(word))] if mark else [(word, 0)]

    def _split(self, pieces: Sequence[str]) -> list[list[tuple[str, int]]]:
        """Tokenise pieces without white space: the strings of each and where they start in it."""
        if not pieces:
            return []
        out: list[list[tuple[str, int]]] = [[] for _ in pieces]
        bounds = np.cumsum([len(piece) + 1 for piece in pieces]).tolist()
        i = start = 0
        for token in self.tokenizer(" ".join(pieces)):  # together: to make a Doc is what costs
            while token.idx >= bounds[i]:
                start, i = bounds[i], i + 1
            out[i].append((token.text, token.idx - start))
        return out


def _load(words: Hashes, at: Ints) -> Hashes:
    """Return the eight bytes from each place on as an integer, the first byte lowest."""
    word, by = at >> 3, ((at & 7) << 3).astype(np.uint64)
    loaded: Hashes = words.take(word) >> by
    loaded |= words.take(word + 1) << (np.uint64(64) - by)  # by 64 places: nothing is left
    return loaded


class Tokenizer:
    """spaCy's English tokenizer with a memory, for batches."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._chunks = _Chunks()

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
        raw = encode(texts)
        start, end, newline, start_char = find_chunks(raw)
        with self._lock:
            if len(self._chunks) > MAX_MEMO:
                self._chunks = _Chunks()
            chunks = self._chunks
            number = chunks.look_up(raw, start, end)
            ids, starts, ends = chunks.ids.view(), chunks.starts.view(), chunks.ends.view()
            bounds, is_word = chunks.first.view(), chunks.is_word.view()
        lengths = np.array([len(text) for text in texts], dtype=np.int64)
        text_start = np.concatenate([[0], np.cumsum(lengths + 1)])  # (n_answers + 1,)
        chunk_offsets = np.searchsorted(start_char, text_start)  # (n_answers + 1,)
        base = start_char - np.repeat(text_start[:-1], np.diff(chunk_offsets))  # (n_chunks,)
        first = bounds.take(number)  # (n_chunks,)
        n_tokens = bounds.take(number + 1) - first  # (n_chunks,)
        token_end = np.concatenate([[0], np.cumsum(n_tokens)])
        opening = token_end[:-1]
        chunk = np.repeat(np.arange(len(number)), n_tokens)  # (n_tokens,)
        index = np.arange(token_end[-1]) + (first - opening).take(chunk)
        space = np.zeros(len(index), dtype=bool)
        space[opening] = True
        breaks, word = np.zeros(len(index), dtype=bool), np.zeros(len(index), dtype=bool)
        breaks[opening] = newline
        word[opening] = is_word.take(number)
        return Tokens(
            texts=texts,
            vocab=chunks.vocab,
            ids=ids.take(index),
            offsets=token_end[chunk_offsets],
            newline=breaks,
            space=space,
            word=word,
            places=Places(chunk, index, base, starts, ends),
        )


def encode(texts: Sequence[str]) -> bytes:
    """Return the answers in UTF-8 with a line break after each, and padding behind the last.

    Raises
    ------
    TextError
        If one is no string or holds a lone surrogate.
    """
    for i, text in enumerate(texts):
        if not isinstance(text, str):
            raise TextError(
                f"answer {i} must be a str, got {type(text).__name__}; decode or convert it first"
            )
    try:
        raw = ("\n".join(texts) + "\n" * _LONGEST).encode()
    except UnicodeEncodeError:
        raise surrogate_error(texts) from None
    return raw + b"\n" * (-len(raw) % _WORD)


def surrogate_error(texts: Sequence[str], first: int = 0) -> TextError:
    """Return the error that names the first lone surrogate in answers, the first of which has a number."""
    i, at = next(
        (i, at)
        for i, text in enumerate(texts)
        for at, char in enumerate(text)
        if "\ud800" <= char <= "\udfff"
    )
    return TextError(
        f"answer {first + i} must be valid Unicode, got the lone surrogate {texts[i][at]!r} "
        f"at character {at}; decode it with errors='replace'"
    )


def find_chunks(raw: bytes) -> tuple[Ints, Ints, Bools, Ints]:
    """Find the white-space chunks of UTF-8 text that ends in white space.

    Returns
    -------
    start, end : (n_chunks,)
        Bytes of each chunk, half-open.
    newline : (n_chunks,)
        Whether a line break, or nothing, stands before it.
    start_char : (n_chunks,)
        Character at which it starts.
    """
    kind = np.frombuffer(raw.translate(_KINDS), dtype=np.uint8)
    continued = np.empty(0, dtype=np.int64)
    if not raw.isascii():
        code = np.frombuffer(raw, dtype=np.uint8)
        kind = mark_wide(raw, code, kind.copy())
        continued = np.flatnonzero(code & _LEAD_BITS == _CONTINUES)
    solid = kind == 0
    edge = np.flatnonzero(solid[1:] != solid[:-1])
    edge += 1
    if solid[0]:
        edge = np.concatenate([[0], edge])
    start, end = edge[::2], edge[1::2]
    newline = np.zeros(len(start) + 1, dtype=bool)
    newline[np.searchsorted(start, np.flatnonzero(kind == _BREAK))] = True
    newline[0] = True
    # bytes that continue a character, before each chunk: there are fewer of them than of chunks
    before = np.cumsum(np.bincount(np.searchsorted(start, continued, "right"), minlength=len(start) + 1))
    return start, end, newline[:-1], start - before[:-1]


def mark_wide(raw: bytes, code: Bytes, kind: Bytes) -> Bytes:
    """Mark the white space of more than one byte."""
    at = np.flatnonzero(code >= _LEAD_BITS)
    two = code[at].astype(np.int32) << 8 | code[at + 1]
    three = two << 8 | code[at + 2]
    for start in at[np.isin(two, _WIDE_CODES) | np.isin(three, _WIDE_CODES)].tolist():
        size = 2 if code[start] < _THREE_BYTES else 3
        kind[start : start + size] = _WIDE[raw[start : start + size]]
    return kind
