"""Tokens -> where phrases stand: every list of phrases in one pass over a batch of answers.

All phrases are made into one automaton over tokens. A token string has a class, the set of parts of phrases
that it fits, which is found once a string; the pass itself only looks up states, for all answers at once.
"""

import re
import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from starl.clauses import Clauses
from starl.findings.phrases import END, GAP, KINDS, Phrases, parts_of, stems_of
from starl.report import Evidence
from starl.tokens import Bools, Ints

States = npt.NDArray[np.int16]
Rows = list[dict[int, int]]

DEAD, ROOT = 0, 1
END_SYMBOL, GAP_SYMBOL = 0, -1
"""The symbol of a token is twice its class, plus 1 after white space; class 0 fits no part, so 0 is free."""
MOST_BETWEEN = 3
"""Chunks that a gap may span."""


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """The automaton as arrays."""

    opening: States  # (n_classes,) the state after the first token of a phrase
    following: States  # (n_states * 2 * n_classes,) the state after one more token, by state and symbol
    goes_on: Bools  # (n_states,) whether a token may follow
    after_gap: States  # (n_states,) the state that waits for what stands after a gap
    is_end: Bools  # (n_states,) whether any phrase ends here
    ends: Bools  # (2 * n_lists, n_states) whether one of a list does: of its phrases, then of its "but"

    @property
    def n_symbols(self) -> int:
        """Symbols that a token may be."""
        return 2 * len(self.opening)


class Trie:
    """Phrases by their parts: a node for each beginning of a phrase, 0 for none of it yet."""

    def __init__(self, lists: Sequence[Phrases]) -> None:
        self.next: list[dict[tuple[str, bool], int]] = [{}]
        self.ends: dict[int, set[int]] = {}
        for i, phrases in enumerate(lists):
            for phrase in phrases.phrases:
                self._add(phrase, 2 * i)
            for phrase in phrases.but:
                self._add(phrase, 2 * i + 1)

    @property
    def parts(self) -> set[str]:
        """The parts of all phrases."""
        return {part for edges in self.next for part, _ in edges} - {GAP, END}

    def _add(self, phrase: str, place: int) -> None:
        node = 0
        for part in parts_of(phrase):
            node = self.next[node].setdefault(part, len(self.next))
            if node == len(self.next):
                self.next.append({})
        self.ends.setdefault(node, set()).add(place)


class PhraseBook:
    """Lists of phrases, made ready to be looked for together.

    Parameters
    ----------
    lists
        The lists, each with a name of its own.
    """

    def __init__(self, lists: Sequence[Phrases]) -> None:
        self.place = {phrases.name: 2 * i for i, phrases in enumerate(lists)}
        """Row of the phrases of each list in `Table.ends`; that of its "but" is the next."""
        self._trie = Trie(lists)
        self._words: dict[str, set[str]] = {}
        self._stems: dict[str, re.Pattern[str]] = {}
        self._kinds: dict[str, re.Pattern[str]] = {}
        for part in sorted(self._trie.parts):
            self._know(part)
        self._any_stem = any_of(self._stems.values())
        self._any_kind = any_of(self._kinds.values())
        self._classes: dict[frozenset[str], int] = {frozenset(): 0}
        self._lock = threading.Lock()
        for word in self._words:
            self.class_of(word)
        self._table = self._build()

    def find(self, clauses: Clauses) -> "Found":
        """Find every phrase of every list in a batch of answers."""
        tokens = clauses.tokens
        kind = tokens.vocab.attribute(self.class_of, np.int32).take(tokens.ids)  # (n_tokens,)
        table = self.table
        alone = table.is_end[table.opening].take(kind).nonzero()[0]
        leads = table.goes_on[table.opening].take(kind).nonzero()[0]
        found = [(alone, alone, table.opening[kind[alone]])]
        found += walk(table, clauses, kind, leads, table.opening[kind[leads]])
        first, last, state = map(np.concatenate, zip(*found, strict=True))
        return Found(clauses, self.place, table.ends, first, last, state)

    def class_of(self, string: str) -> int:
        """Return the class of a token: which parts of phrases it fits, as one number; 0 if it fits none."""
        low = string.lower().replace("’", "'")
        parts = set(self._words.get(low, ()))
        if self._any_kind.fullmatch(string):
            parts |= {part for part, pattern in self._kinds.items() if pattern.fullmatch(string)}
        if self._any_stem.fullmatch(low):
            parts |= {part for part, pattern in self._stems.items() if pattern.fullmatch(low)}
        if not parts:
            return 0
        with self._lock:
            return self._classes.setdefault(frozenset(parts), len(self._classes))

    @property
    def table(self) -> Table:
        """The automaton over all classes met so far."""
        table = self._table
        if len(table.opening) < len(self._classes):
            table = self._table = self._build()
        return table

    def _know(self, part: str) -> None:
        """Make ready to tell which tokens fit a part."""
        if part in KINDS:
            self._kinds[part] = re.compile(KINDS[part], re.DOTALL)
        elif "*" in part:
            self._stems[part] = re.compile(stems_of(part))
        else:
            for word in part.split("|"):
                self._words.setdefault(word, set()).add(part)

    def _build(self) -> Table:
        with self._lock:
            classes = list(self._classes)
        having: dict[str, list[int]] = {}
        for number, parts in enumerate(classes):
            for part in parts:
                having.setdefault(part, []).append(number)
        states, rows = determinise(self._trie, having)
        return as_table(self._trie, states, rows, len(classes), 2 * len(self.place))


def any_of(patterns: Iterable[re.Pattern[str]]) -> re.Pattern[str]:
    """Return a pattern that matches where one of some patterns does, as most tokens match none."""
    return re.compile("|".join(f"(?:{pattern.pattern})" for pattern in patterns) or r"(?!)", re.DOTALL)


def determinise(trie: Trie, having: dict[str, list[int]]) -> tuple[list[frozenset[int]], Rows]:
    """Return states, each the set of nodes that the tokens so far may have led to, and the next of each.

    Parameters
    ----------
    trie
        The phrases.
    having
        The classes of token that fit each part.

    Returns
    -------
    states
        The first is `DEAD`, the second `ROOT`.
    rows
        For each state, the number of the next one by symbol.
    """
    number: dict[frozenset[int], int] = {frozenset(): DEAD, frozenset({0}): ROOT}
    rows: Rows = []
    while len(rows) < len(number):
        for nodes in list(number)[len(rows) :]:
            targets: dict[int, set[int]] = {}
            for node in nodes:
                for (part, spaced), target in trie.next[node].items():
                    for symbol in symbols(part, spaced, having):
                        targets.setdefault(symbol, set()).add(target)
            rows.append({s: number.setdefault(frozenset(t), len(number)) for s, t in targets.items()})
    return list(number), rows


def symbols(part: str, spaced: bool, having: dict[str, list[int]]) -> Iterable[int]:
    """Return the symbols that a part of a phrase may be."""
    if part in (END, GAP):
        return (END_SYMBOL if part == END else GAP_SYMBOL,)
    return (2 * number + spaced for number in having.get(part, ()))


def as_table(trie: Trie, states: list[frozenset[int]], rows: Rows, n_classes: int, n_places: int) -> Table:
    """Lay an automaton out as arrays."""
    following = np.zeros((len(rows), 2 * n_classes), dtype=np.int16)
    after_gap = np.zeros(len(rows), dtype=np.int16)
    ends = np.zeros((n_places, len(rows)), dtype=bool)
    for state, (nodes, row) in enumerate(zip(states, rows, strict=True)):
        after_gap[state] = row.pop(GAP_SYMBOL, DEAD)
        following[state, list(row)] = list(row.values())
        ends[[place for node in nodes for place in trie.ends.get(node, ())], state] = True
    return Table(
        opening=following[ROOT, 1::2].copy(),  # its first part is written as one after white space
        following=following.reshape(-1),
        goes_on=following.any(axis=1) | (after_gap > 0),
        after_gap=after_gap,
        is_end=np.asarray(ends.any(axis=0)),
        ends=ends,
    )


@dataclass(frozen=True, eq=False)
class Found:
    """Every place where a phrase of a book stands in a batch of answers."""

    clauses: Clauses
    place: dict[str, int]  # row of each list in ends
    ends: Bools  # (2 * n_lists, n_states)
    first: Ints  # (n_found,) token that the phrase begins with
    last: Ints  # (n_found,) token that it ends with
    state: States  # (n_found,)

    @cached_property
    def clause(self) -> Ints:
        """Clause of each place, shape (n_found,)."""
        return np.searchsorted(self.clauses.start, self.first, side="right") - 1

    def holds(self, phrases: Phrases) -> Bools:
        """Return which clauses hold one of the phrases, shape (n_clauses,)."""
        place = self.place[phrases.name]
        here = self.clause[self._ending(place)]
        if not phrases.but:
            return self._at(here)
        n = len(self.clauses)
        taken_back = self.clause[self._ending(place + 1)]
        more: Bools = np.bincount(here, minlength=n) > np.bincount(taken_back, minlength=n)
        return more

    def opens(self, phrases: Phrases) -> Bools:
        """Return which clauses begin with one of the phrases, shape (n_clauses,)."""
        at = self._ending(self.place[phrases.name])
        clause = self.clause[at]
        return self._at(clause[self.clauses.start[clause] == self.first[at]])

    def spot(self, phrases: Phrases, clause: int) -> Evidence:
        """Return the first place of a phrase in a clause that holds one; of several there the longest."""
        at = (self.clause == clause) & self._ending(self.place[phrases.name])
        first = self.first[at].min()
        last = self.last[at & (self.first == first)].max()
        places = self.clauses.tokens.places
        return Evidence(start_char=int(places.start_char(first)), end_char=int(places.end_char(last)))

    def _ending(self, place: int) -> Bools:
        ending: Bools = self.ends[place].take(self.state)
        return ending

    def _at(self, clause: Ints) -> Bools:
        out = np.zeros(len(self.clauses), dtype=bool)
        out[clause] = True
        return out


def walk(
    table: Table, clauses: Clauses, kind: Ints, first: Ints, state: States
) -> Iterator[tuple[Ints, Ints, States]]:
    """Follow the automaton from tokens that open a phrase until none can go on; yield what ends at each step.

    What is yielded has the first token, the last token and the state of each phrase.
    """
    tokens, at = clauses.tokens, first
    edge = np.zeros(len(tokens) + 1, dtype=bool)
    edge[clauses.start] = True
    while len(first):
        first, at, state = over_gaps(table, clauses, first, at + 1, state)
        closed = edge[at]
        symbol = 2 * kind.take(at, mode="clip") + tokens.space.take(at, mode="clip")
        symbol = np.maximum(symbol, END_SYMBOL + 1)  # a token that fits nothing is no end of the clause
        symbol[closed] = END_SYMBOL
        state = table.following[state.astype(np.int32) * table.n_symbols + symbol]
        alive = state.nonzero()[0]
        first, at, state = first[alive], at[alive] - closed[alive], state[alive]
        hit = table.is_end[state].nonzero()[0]
        yield first[hit], at[hit], state[hit]
        on = table.goes_on[state].nonzero()[0]
        first, at, state = first[on], at[on], state[on]


def over_gaps(
    table: Table, clauses: Clauses, first: Ints, at: Ints, state: States
) -> tuple[Ints, Ints, States]:
    """Add, for each state that waits for a gap, a state after it at each chunk where it may be over."""
    waits = table.after_gap[state].nonzero()[0]
    if not len(waits):
        return first, at, state
    opens = np.append(np.flatnonzero(clauses.tokens.space), len(clauses.tokens))
    stop = clauses.start[np.searchsorted(clauses.start, first[waits], side="right")]
    nth = np.searchsorted(opens, at[waits])
    for between in range(MOST_BETWEEN + 1):
        then = opens.take(nth + between, mode="clip")
        ok = then < stop
        first = np.append(first, first[waits[ok]])
        at = np.append(at, then[ok])
        state = np.append(state, table.after_gap[state[waits[ok]]])
    return first, at, state
