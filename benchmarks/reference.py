"""The model in plain Python: one answer at a time, lists, dicts and ints, no arrays.

    python benchmarks/reference.py FILE...

This is the flow of `starl.analyzer` with the linear model, written to be read, and the oracle that the array
code is held against: cuts, emissions, path, answer type and word counts are the same integers. `read` is the
list of its stages.

Left out are who did the deeds (`starl.agents`: a thousand lines of rules over bits of words), what rests on
them (ownership, words before the first own deed), confidence and intervals, the refusals of `starl.kinds`,
and findings. Word lists and the form of a word come from `starl.lexicon`, plain Python too; each word is
described once and kept, as the array code does.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

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
    mark_bits,
    shape_bits,
)
from starl.model import DEFAULT_MODEL, WEIGHTS, find_model
from starl.roles import ANSWER_TYPES, ROLES, STORY_ROLES

Row = tuple[int, ...]

MAX_CHUNK = 128
"""Longer runs without white space are tokenised in pieces of so many characters."""
MAX_CLAUSE = 64
"""Words of a clause that n-grams are made of; the rest is only seen by the frame."""
MASK = 0xFFFFFFFF
"""Hashes are numbers of 32 bits."""


def cue(*names: str) -> int:
    """Return the mask of some word lists."""
    return sum(1 << CUES.index(name) for name in names)


# --- the model -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Weights:
    """The integers of a linear model. What a table lacks weighs nothing."""

    split: Mapping[int, int]
    """Weight of each feature of a place where a clause may open."""
    roles: Mapping[int, Row]
    """Weight of each feature of a clause, by role."""
    types: Mapping[int, Row]
    """Weight of each word and word pair, by answer type."""
    split_bits: int
    role_bits: int
    type_bits: int
    type_bias: Row
    start: Row
    """Score of each role at the first clause."""
    between: Sequence[Sequence[Row]]
    """``between[kind][i][j]``: role ``j`` right after ``i``; kind 1 between two sentences, 0 inside one."""
    end: Row
    """Score of each role at the last clause."""


def load_weights(model: str = DEFAULT_MODEL) -> Weights:
    """Read the weights of a linear model; arrays are turned into dicts and tuples once, here."""
    import numpy as np  # the file holds arrays; nothing below knows of them

    folder = find_model(model)
    meta = json.loads((folder / "meta.json").read_text(encoding="utf-8"))
    with np.load(folder / WEIGHTS, allow_pickle=False) as arrays:
        held: dict[str, Any] = {name: arrays[name].tolist() for name in arrays.files}
    return Weights(
        split=dict(zip(held["split_rows"], held["split_values"], strict=True)),
        roles=dict(zip(held["role_rows"], map(tuple, held["role_values"]), strict=True)),
        types=dict(zip(held["type_rows"], map(tuple, held["type_values"]), strict=True)),
        split_bits=meta["split_bits"],
        role_bits=meta["n_bits"],
        type_bits=meta["type_bits"],
        type_bias=tuple(held["type_bias"]),
        start=tuple(held["start"]),
        between=[[tuple(row) for row in kind] for kind in held["between"]],
        end=tuple(held["end"]),
    )


# --- the flow ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Reading:
    """What is read in one answer."""

    tokens: list[Token]
    cuts: list[int]
    """Index of the first token of each clause, then the number of tokens."""
    opens_sentence: list[int]
    emissions: list[list[int]]
    path: list[int]
    """Index into `ROLES` of each clause."""
    type: int
    """Index into `ANSWER_TYPES`, -1 for an answer without words."""
    measures: Measures


def read(text: str, tokenizer: Any, weights: Weights) -> Reading:  # noqa: ANN401  (spaCy's)
    """Read one answer: text -> tokens -> clauses -> features -> emissions -> path -> measures."""
    tokens = tokenize(text, tokenizer)
    cuts = segment(tokens, weights)
    views = view_clauses(tokens, cuts)
    context = describe_answer(views)
    emissions = [score(describe_clause(views, c, context), weights) for c in range(len(views))]
    opens = [int(view.opens) for view in views]
    path = decode(emissions, opens, weights)
    return Reading(
        tokens, cuts, opens, emissions, path, find_type(views, weights), measure(tokens, cuts, path)
    )


# --- text -> tokens ------------------------------------------------------------------------------------


class Token(NamedTuple):
    """A token of spaCy's English tokenizer."""

    string: str
    start_char: int
    end_char: int
    newline: bool
    """Whether a line break, or the start of the answer, stands before it."""
    word: bool
    """Whether it is the first token of a white-space chunk that holds a letter or digit."""


BREAK = re.compile("[\n\x0b\x0c\r\x85\u2028\u2029]")


def tokenize(text: str, tokenizer: Any) -> list[Token]:  # noqa: ANN401  (spaCy's)
    """Cut each white-space chunk into tokens, on its own."""
    tokens: list[Token] = []
    end = 0
    for chunk in re.finditer(r"\S+", text):
        line = not tokens or BREAK.search(text, end, chunk.start()) is not None
        word = any(map(str.isalnum, chunk[0]))
        for at in range(chunk.start(), chunk.end(), MAX_CHUNK):
            for token in tokenizer(text[at : min(at + MAX_CHUNK, chunk.end())]):
                start = at + token.idx
                tokens.append(Token(token.text, start, start + len(token.text), line, word))
                line = word = False
        end = chunk.end()
    return tokens


# --- words ---------------------------------------------------------------------------------------------


class Word(NamedTuple):
    """What is known of a string, whatever stands around it."""

    hash: int
    """Hash of the normalised form."""
    cues: int
    """A bit for each word list that holds it."""
    shape: int
    """Bits of its form: gerund, punctuation, deleted pronoun and the like."""


@cache
def describe_word(string: str) -> Word:
    """Look a string up in the word lists."""
    return Word(hash_of(string), cue_bits(string), shape_bits(string))


def is_team(tokens: Sequence[Token], i: int) -> bool:
    """Whether "the team", "my team" or "our team" starts at token ``i``, within one line."""
    if i + 1 >= len(tokens) or tokens[i + 1].newline:
        return False
    here, following = describe_word(tokens[i].string), describe_word(tokens[i + 1].string)
    return here.shape & DETERMINER > 0 and following.shape & TEAM > 0


def mix(salt: int, *parts: int) -> int:
    """Mix hashes into one; the order of the parts matters, and so does the salt."""
    out = salt * 0x165667B1
    for part, multiplier in zip(parts, (0x9E3779B1, 0x85EBCA77, 0xC2B2AE3D, 0x27D4EB2F), strict=False):
        out += part * multiplier
    out &= MASK
    out ^= out >> 15
    return out * 0x2C1B3C6D & MASK


# --- tokens -> clauses ---------------------------------------------------------------------------------

SPEAKER = Word(0x5EEDBEEF, 0, DELETED)
"""What stands for I, we and "the team": where clauses are cut does not depend on who acts."""
OUTSIDE = Word(7, 7, 7)
"""What stands before and after an answer."""
CONNECTIVE, OPENER = cue("connective"), cue("third", "greeting")
VERB = cue("past", "modal", "be", "report", "mental")
SEEN = PUNCT | END | COMMA | GERUND | DELETED | CAPITAL
STEPS = (1, 2, 3, 4, 6, 8, 12, 20)


def segment(tokens: Sequence[Token], weights: Weights) -> list[int]:
    """Return the first token of each clause, and the number of tokens.

    A line opens a clause. So does a place after a mark, or at a word that often opens clauses, whose features
    weigh more than nothing. Behind a connective only the connective itself is such a place.
    """
    units = merge_speakers(tokens)
    opens = set()
    for i, unit in enumerate(units):
        before = units[i - 1].word  # of the first, whatever it is: a line opens there
        opener = unit.word.shape & DELETED or unit.word.cues & OPENER
        likely = unit.word.cues & CONNECTIVE or (opener and not before.cues & CONNECTIVE)
        if unit.line or (
            not unit.word.shape & PUNCT
            and (likely or before.shape & PUNCT)
            and sum_split(describe_place(units, i), weights) > 0
        ):
            opens.add(unit.token)
    return join_wordless(tokens, [*sorted(opens), len(tokens)])


class Unit(NamedTuple):
    """A token, or the two of "the team", as the cutter sees it."""

    token: int
    word: Word
    line: bool


def merge_speakers(tokens: Sequence[Token]) -> list[Unit]:
    """Make I, we and "the team" one and the same word."""
    units = []
    for i, token in enumerate(tokens):
        if i and is_team(tokens, i - 1):
            continue
        speaker = token.string.lower() in ("i", "we") or is_team(tokens, i)
        word = describe_word(token.string)
        word = SPEAKER if speaker else word._replace(shape=word.shape & ~DELETED)
        units.append(Unit(i, word, token.newline))
    return units


def sum_split(hashes: Iterable[int], weights: Weights) -> int:
    """Add up the weights of the features of a place."""
    by = 32 - weights.split_bits
    return sum(weights.split.get(mixed >> by, 0) for mixed in hashes)


def describe_place(units: Sequence[Unit], i: int) -> list[int]:
    """Describe a place where a clause may open by the words, word lists and marks around it."""

    def word(by: int) -> Word:
        return units[i + by].word if 0 <= i + by < len(units) else OUTSIDE

    w = {by: word(by).hash for by in range(-2, 3)}
    c = {by: word(by).cues for by in range(-1, 4)}
    s = {by: word(by).shape & SEEN for by in (-1, 0)}
    last, following = nearest_mark(units, i, -1), nearest_mark(units, i, 1)
    since = 0 if units[i - 1].word.shape & PUNCT else coarse(i - last)
    until = coarse(following - i)
    held = 3 * min(2, count_verbs(units[last:i])) + min(2, count_verbs(units[i:following]))
    return [
        mix(2, w[-1]), mix(3, w[1]), mix(5, w[0], w[1]), mix(6, w[-1], w[0], w[1]),
        mix(8, w[-2], w[-1], w[0]), mix(11, w[1], w[2]), mix(13, c[-1], c[0], c[1]),
        mix(17, s[-1], s[0], c[0]), mix(22, since, w[0]), mix(23, until, w[0]), mix(24, held, s[-1]),
        mix(34, w[0], c[1], c[2], c[3]), mix(36, 0),
    ]  # fmt: skip


def nearest_mark(units: Sequence[Unit], i: int, by: int) -> int:
    """Return the next place on one side that is a mark or opens a line; the end if there is none."""
    at = i + by
    while at < len(units) and not (units[at].line or units[at].word.shape & PUNCT):
        at += by
    return at


def coarse(n: int) -> int:
    """Round a distance to the steps 0 1 2 3 4 6 8 12 20."""
    return bisect_right(STEPS, n)


def count_verbs(units: Iterable[Unit]) -> int:
    """Count the words that may be finite verbs."""
    return sum(unit.word.cues & VERB > 0 for unit in units)


def join_wordless(tokens: Sequence[Token], cuts: list[int]) -> list[int]:
    """Join a clause of marks alone, such as a bullet, to the one after it, or before it at the end."""
    n_clauses = len(cuts) - 1
    dropped = set()
    for c, (start, stop) in enumerate(pairwise(cuts)):
        if all(describe_word(token.string).shape & PUNCT for token in tokens[start:stop]):
            dropped.add(c + 1 if c + 1 < n_clauses else c)
    return [start for c, start in enumerate(cuts) if c not in dropped or c == 0]


# --- clauses -> features -------------------------------------------------------------------------------

TENSE = cue("past", "modal", "be", "participle", "negation")
TOPIC = cue("obligation", "hypothetical", "reflection", "outcome", "report", "greeting")
SUBJECT = cue("third", "thing", "second")
TOLD = tuple(map(cue, ("past", "hypothetical", "second", "modal", "number")))
NOTHING_BEFORE, NOTHING_AFTER = 9991, 9992
"""What stands for a frame where an answer has no clause."""


@dataclass(slots=True)
class View:
    """What the features see of a clause: no punctuation, no first person, no "the team"."""

    words: list[Word]
    cues: int
    """The word lists that any of the words is in."""
    marks: int
    """Bits: question mark, quote, colon, bracket; a comma before."""
    opens: bool
    """Whether it opens a sentence, a line or the answer."""
    closes: bool
    """Whether it closes one."""


def view_clauses(tokens: Sequence[Token], cuts: Sequence[int]) -> list[View]:
    """Delete what features must not see, and find the edges of sentences."""
    team = {i + half for i in range(len(tokens)) if is_team(tokens, i) for half in (0, 1)}
    views: list[View] = []
    for start, stop in pairwise(cuts):
        seen = [
            word
            for i in range(start, stop)
            if i not in team and not (word := describe_word(tokens[i].string)).shape & (PUNCT | DELETED)
        ]
        opens = tokens[start].newline or views[-1].closes
        if opens and views:
            views[-1].closes = True  # so does the clause before a line
        marks = either(mark_bits(token.string) for token in tokens[start:stop])
        if views and describe_word(tokens[start - 1].string).shape & COMMA:
            marks |= 1 << 4
        closes = ends_sentence(tokens, stop - 1)
        views.append(View(seen, either(word.cues for word in seen), marks, opens, closes))
    if views:
        views[-1].closes = True
    return views


def either(bits: Iterable[int]) -> int:
    """Return the bits that any has."""
    out = 0
    for value in bits:
        out |= value
    return out


def ends_sentence(tokens: Sequence[Token], i: int) -> bool:
    """Whether token ``i`` ends a sentence: a full stop or the like, or a quote or bracket right after one."""
    if describe_word(tokens[i].string).shape & END:
        return True
    mark = describe_word(tokens[i].string).shape & PUNCT and not tokens[i].newline
    return bool(i and mark and describe_word(tokens[i - 1].string).shape & END)


def describe_clause(views: Sequence[View], c: int, context: Sequence[int]) -> list[int]:
    """Describe clause ``c`` by hashes of its words, its neighbours' words and its frame in the answer."""
    hashes = list(describe_words(views[c].words))
    if c > 0:
        hashes += [mix(70, word.hash) for word in views[c - 1].words[:MAX_CLAUSE]]
    if c + 1 < len(views):
        hashes += [mix(80, word.hash) for word in views[c + 1].words[:MAX_CLAUSE]]
    return hashes + describe_frame(views, c, context)


def describe_words(words: Sequence[Word]) -> Iterator[int]:
    """Hash each word, and with the one or two before it; 1 and 2 stand before the first."""
    before, earlier = 1, 2
    for word in words[:MAX_CLAUSE]:
        yield mix(1, word.hash)
        yield mix(2, before, word.hash)
        yield mix(3, earlier, before, word.hash)
        yield mix(4, earlier, word.hash)
        before, earlier = word.hash, before


class Frame(NamedTuple):
    """A clause without its content: what carries over to other subjects."""

    tense: int
    topic: int
    first: int
    last: int
    opening: int
    """The word lists of the first word."""
    edges: int


def frame_of(view: View) -> Frame:
    """Return the frame of a clause; a clause that has no words has fillers of its own."""
    words = view.words
    return Frame(
        tense=view.cues & TENSE,
        topic=view.cues & TOPIC,
        first=words[0].hash if words else 11,
        last=words[-1].hash if words else 13,
        opening=words[0].cues if words else 1 << 31,
        edges=2 * view.opens + view.closes,
    )


def describe_frame(views: Sequence[View], c: int, context: Sequence[int]) -> list[int]:
    """Describe a clause by its frame, those of its neighbours, and what the whole answer is like."""
    view, words = views[c], views[c].words
    is_first, is_last = c == 0, c + 1 == len(views)
    here = frame_of(view)
    old = Frame(*[NOTHING_BEFORE] * 6) if is_first else frame_of(views[c - 1])
    new = Frame(*[NOTHING_AFTER] * 6) if is_last else frame_of(views[c + 1])
    tense, topic, first, last, opening, edges = here
    subject = view.cues & SUBJECT
    second, inner = (words[1].hash, words[1].cues) if len(words) > 1 else (12, 0)
    gerund = words[0].shape & GERUND if words else 77
    length = min(len(words), 12)
    edge = is_first + 2 * is_last
    hashes = [
        mix(100, 0), mix(101, tense), mix(102, topic), mix(103, subject),
        mix(104, tense, topic), mix(105, tense, subject), mix(106, first), mix(107, first, second),
        mix(108, last), mix(109, edges), mix(110, edges, first), mix(111, edges, tense),
        mix(112, length), mix(113, length, edges), mix(114, view.marks), mix(115, gerund, edges),
        mix(116, opening), mix(117, opening, tense), mix(118, opening, edges),
        mix(119, old.topic), mix(120, new.topic), mix(121, old.tense), mix(122, new.tense),
        mix(123, old.topic, topic), mix(124, new.topic, topic), mix(125, old.tense, tense),
        mix(126, new.tense, tense), mix(127, old.first), mix(128, new.first),
        mix(129, old.opening, opening), mix(130, new.opening, opening),
        mix(131, edge), mix(132, edge, topic), mix(133, edge, tense), mix(134, old.last, first),
        mix(135, old.edges, edges, new.edges), mix(136, opening, inner),
    ]  # fmt: skip
    for i, value in enumerate(context):
        hashes += [mix(150 + i, value), mix(160 + i, value, tense), mix(170 + i, value, topic)]
    return hashes + [mix(180 + bit, view.cues >> bit & 1) for bit in range(len(CUES))]


def describe_answer(views: Sequence[View]) -> list[int]:
    """Say in steps of a fifth how many clauses have words of some lists, and how long the answer is."""
    counts = [sum(view.cues & words > 0 for view in views) for words in TOLD]
    return [*(5 * count // max(len(views), 1) for count in counts), min(len(views) // 4, 6)]


# --- features -> emissions, answer type ----------------------------------------------------------------


def score(hashes: Iterable[int], weights: Weights) -> list[int]:
    """Add up the weights of a clause's features: a score for each role."""
    return sum_rows(hashes, weights.roles, weights.role_bits, len(ROLES))


def find_type(views: Sequence[View], weights: Weights) -> int:
    """Return the type with the highest mean weight of words and word pairs, the first on a tie."""
    if not views:
        return -1
    words = [view.words for view in views]
    n = sum(map(len, words))
    hashes = (mixed for some in words for mixed in describe_pairs(some))
    sums = sum_rows(hashes, weights.types, weights.type_bits, len(ANSWER_TYPES))
    means = [total / max(n, 1) + bias for total, bias in zip(sums, weights.type_bias, strict=True)]
    return best(means)


def describe_pairs(words: Sequence[Word]) -> Iterator[int]:
    """Hash each word, and with the one before it."""
    before = 1
    for word in words:
        yield mix(1, word.hash)
        yield mix(2, before, word.hash)
        before = word.hash


def sum_rows(hashes: Iterable[int], table: Mapping[int, Row], bits: int, size: int) -> list[int]:
    """Add up the rows that hashes point at: their upper bits are the index."""
    sums = [0] * size
    for mixed in hashes:
        for i, value in enumerate(table.get(mixed >> (32 - bits), ())):
            sums[i] += value
    return sums


def best(scores: Sequence[float]) -> int:
    """Return the place of the highest score, the first on a tie."""
    return max(range(len(scores)), key=scores.__getitem__)


# --- emissions -> path ---------------------------------------------------------------------------------


def decode(emissions: Sequence[Sequence[int]], opens: Sequence[int], weights: Weights) -> list[int]:
    """Find the best path of roles by the Viterbi algorithm; on a tie the smaller index wins."""
    if not emissions:
        return []
    reach = [[e + s for e, s in zip(emissions[0], weights.start, strict=True)]]
    for scores, kind in zip(emissions[1:], opens[1:], strict=True):
        arcs = weights.between[kind]
        step = [max(r + row[j] for r, row in zip(reach[-1], arcs, strict=True)) for j in range(len(ROLES))]
        reach.append([a + b for a, b in zip(step, scores, strict=True)])
    path = [best([r + e for r, e in zip(reach[-1], weights.end, strict=True)])]
    for t in range(len(emissions) - 1, 0, -1):
        arcs, role = weights.between[opens[t]], path[-1]
        path.append(best([r + row[role] for r, row in zip(reach[t - 1], arcs, strict=True)]))
    return path[::-1]


# --- path -> measures ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Measures:
    """Words of an answer, and shares of them, in 0..1 with four digits; None without a story."""

    words: list[int]
    """Words by role; they sum to the words of the answer."""
    share: list[float | None]
    """Words of S, T, A, R, L / words of the story."""
    setting_share: float | None
    """Words of situation and task / words of the story."""
    core_share: float | None
    """Words of action and result / words of the story."""


def measure(tokens: Sequence[Token], cuts: Sequence[int], path: Sequence[int]) -> Measures:
    """Count the words of each role."""
    words = [0] * len(ROLES)
    for (start, stop), role in zip(pairwise(cuts), path, strict=True):
        words[role] += sum(token.word for token in tokens[start:stop])
    situation, task, action, result, *_ = words
    story = sum(words[: len(STORY_ROLES)])
    parts = [*words[: len(STORY_ROLES)], situation + task, action + result]
    *share, setting, core = [round(part / story, 4) if story else None for part in parts]
    return Measures(words, share, setting, core)


# --- a look --------------------------------------------------------------------------------------------


def render(text: str, reading: Reading) -> Iterator[str]:
    """Yield a line a clause with its role, then the type and the words by role."""
    for (start, stop), role in zip(pairwise(reading.cuts), reading.path, strict=True):
        clause = text[reading.tokens[start].start_char : reading.tokens[stop - 1].end_char]
        yield f"{ROLES[role]:10} {' '.join(clause.split())}"
    kind = ANSWER_TYPES[reading.type] if reading.type >= 0 else "none"
    words = ", ".join(f"{role} {n}" for role, n in zip(ROLES, reading.measures.words, strict=True))
    yield f"type: {kind}; words: {words}"


def main(argv: Sequence[str] | None = None) -> int:
    """Read answers from files and print the role of each clause."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("files", nargs="+", type=Path, help="one answer each")
    parser.add_argument("--model", default=DEFAULT_MODEL, help="name or folder of a linear model")
    args = parser.parse_args(argv)
    import spacy

    tokenizer, weights = spacy.blank("en").tokenizer, load_weights(args.model)
    for path in args.files:
        text = path.read_text(encoding="utf-8")
        print("\n".join(render(text, read(text, tokenizer, weights))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
