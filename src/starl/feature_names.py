"""Clauses -> the name of each of their features, in words, beside the id that `starl.features` gives it.

A template says which values it mixes under which salt, and how it reads: one description for the id and the
name, so that neither can be changed alone. The ids must be those of `starl.features.extract`; a test holds
the two against each other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from starl.clauses import Clauses
from starl.features import (
    CODED,
    MAX_CLAUSE,
    N_CONTEXTS,
    NO_WORD,
    SUBJECT,
    TENSE,
    TOPIC,
    Stream,
    answer_context,
    bits,
    cue_codes,
    make_stream,
    punctuation_marks,
    segment_or,
    sentence_edges,
)
from starl.hashing import Hashes, mix
from starl.lexicon import CUES, GERUND, cue_bits, hash_of, normalise, shape_bits


class About(StrEnum):
    """What a feature looks at."""

    WORDS = "words"
    FORM = "form"
    NEIGHBOURS = "neighbours"
    ANSWER = "answer"


@dataclass(frozen=True, slots=True)
class Template:
    """What features of one kind mix, and how they read."""

    salt: int
    parts: tuple[str, ...]
    """Names of the values that are mixed, in order."""
    says: str
    """Their name; a template for `str.format`."""
    about: About


@dataclass(frozen=True, slots=True)
class Seen:
    """A value that templates mix, and what it means."""

    value: int
    says: str


@dataclass(frozen=True, slots=True)
class Feature:
    """An active feature of a clause."""

    id: int
    """Its row of the weight table."""
    name: str
    about: About


Values = Mapping[str, Seen]

_BEFORE_FIRST, _AFTER_LAST = 9991, 9992
NO_FIRST, NO_SECOND, NO_LAST, NO_OPENING = 11, 12, 13, 1 << 31
START = "^"
"""Stands in names for what is before the first word of a clause."""

WORD_TEMPLATES = (
    Template(2, ("before", "word"), "pair '{before} {word}'", About.WORDS),
    Template(
        3, ("second before", "before", "word"), "three words '{second before} {before} {word}'", About.WORDS
    ),
    Template(4, ("second before", "word"), "skip-gram '{second before} ... {word}'", About.WORDS),
    Template(1, ("word",), "word '{word}'", About.WORDS),
)
"""Templates of each word of a clause."""
BEFORE_TEMPLATE = Template(70, ("word",), "word '{word}' in the clause before", About.NEIGHBOURS)
AFTER_TEMPLATE = Template(80, ("word",), "word '{word}' in the clause after", About.NEIGHBOURS)
"""Templates of each word of a neighbour."""


def _of_lists(names: Sequence[str]) -> tuple[Template, ...]:
    return tuple(
        Template(180 + CUES.index(name), (f"has {name}",), f"{{has {name}}}", About.FORM) for name in names
    )


def _of_context(i: int) -> tuple[Template, ...]:
    name = f"context {i}"
    return (
        Template(150 + i, (name,), f"answer: {{{name}}}", About.ANSWER),
        Template(160 + i, (name, "tense"), f"answer: {{{name}}}, with tense: {{tense}}", About.ANSWER),
        Template(170 + i, (name, "topic"), f"answer: {{{name}}}, with topic: {{topic}}", About.ANSWER),
    )


CLAUSE_TEMPLATES = (
    Template(106, ("first",), "first word {first}", About.WORDS),
    Template(107, ("first", "second"), "first two words {first} {second}", About.WORDS),
    Template(108, ("last",), "last word {last}", About.WORDS),
    Template(110, ("edges", "first"), "{edges}, first word {first}", About.WORDS),
    Template(116, ("opening",), "first word: {opening}", About.FORM),
    Template(117, ("opening", "tense"), "first word: {opening}, with tense: {tense}", About.FORM),
    Template(118, ("opening", "edges"), "first word: {opening}, {edges}", About.FORM),
    Template(127, ("first before",), "first word {first before} in the clause before", About.NEIGHBOURS),
    Template(128, ("first after",), "first word {first after} in the clause after", About.NEIGHBOURS),
    Template(
        129,
        ("opening before", "opening"),
        "first word: {opening}, before it: {opening before}",
        About.NEIGHBOURS,
    ),
    Template(
        130,
        ("opening after", "opening"),
        "first word: {opening}, after it: {opening after}",
        About.NEIGHBOURS,
    ),
    Template(134, ("last before", "first"), "{last before} before the first word {first}", About.NEIGHBOURS),
    Template(136, ("opening", "inner"), "first word: {opening}, second word: {inner}", About.FORM),
    Template(100, ("nothing",), "any clause", About.FORM),
    Template(101, ("tense",), "tense: {tense}", About.FORM),
    Template(102, ("topic",), "topic: {topic}", About.FORM),
    Template(104, ("tense", "topic"), "tense: {tense}, with topic: {topic}", About.FORM),
    *_of_lists(TENSE),
    *_of_lists(TOPIC),
    Template(103, ("subject",), "subject: {subject}", About.FORM),
    Template(105, ("tense", "subject"), "tense: {tense}, with subject: {subject}", About.FORM),
    *_of_lists(SUBJECT),
    *_of_lists(CODED[14:]),
    Template(109, ("edges",), "{edges}", About.FORM),
    Template(111, ("edges", "tense"), "{edges}, with tense: {tense}", About.FORM),
    Template(131, ("place",), "{place}", About.ANSWER),
    Template(133, ("place", "tense"), "{place}, with tense: {tense}", About.ANSWER),
    Template(132, ("place", "topic"), "{place}, with topic: {topic}", About.ANSWER),
    Template(112, ("length",), "{length}", About.FORM),
    Template(113, ("length", "edges"), "{length}, {edges}", About.FORM),
    Template(115, ("gerund", "edges"), "{gerund}, {edges}", About.FORM),
    Template(114, ("marks",), "marks: {marks}", About.FORM),
    Template(
        135,
        ("edges before", "edges", "edges after"),
        "{edges}, before it: {edges before}, after it: {edges after}",
        About.NEIGHBOURS,
    ),
    Template(119, ("topic before",), "topic before: {topic before}", About.NEIGHBOURS),
    Template(123, ("topic before", "topic"), "topic: {topic}, before it: {topic before}", About.NEIGHBOURS),
    Template(120, ("topic after",), "topic after: {topic after}", About.NEIGHBOURS),
    Template(124, ("topic after", "topic"), "topic: {topic}, after it: {topic after}", About.NEIGHBOURS),
    Template(121, ("tense before",), "tense before: {tense before}", About.NEIGHBOURS),
    Template(125, ("tense before", "tense"), "tense: {tense}, before it: {tense before}", About.NEIGHBOURS),
    Template(122, ("tense after",), "tense after: {tense after}", About.NEIGHBOURS),
    Template(126, ("tense after", "tense"), "tense: {tense}, after it: {tense after}", About.NEIGHBOURS),
    *(template for i in range(N_CONTEXTS) for template in _of_context(i)),
)
"""Templates of a clause as a whole, in the order of `extract`: `N_FRAME` frames, then those of each grid."""

LISTS: Mapping[str, str] = {
    "past": "past", "obligation": "duty", "modal": "modal verb", "hypothetical": "would, usually",
    "reflection": "learning", "outcome": "outcome", "report": "saying", "mental": "thinking", "be": "be",
    "connective": "connective", "third": "they", "thing": "it", "number": "number", "time": "time",
    "greeting": "yes, um", "second": "you", "negation": "not", "participle": "participle",
}  # fmt: skip
"""What each word list of `CUES` holds, in short."""
_EDGES = ("inside a sentence", "closes a sentence", "opens a sentence", "a whole sentence")
_PLACES = ("clause in the middle", "first clause", "last clause", "only clause")
_MARKS = ("question mark", "quotation mark", "colon", "bracket", "comma before")
_SHARES = ("past forms", "would or usually", "you", "modal verbs", "numbers")
_MOST_STEPS = 6
"""Steps of four clauses that features tell apart."""
_FIFTHS = ("under 20 %", "20 to 39 %", "40 to 59 %", "60 to 79 %", "80 to 99 %", "all")


def name_features(clauses: Clauses, n_bits: int) -> list[list[Feature]]:
    """Return the active features of each clause, in the order of `starl.features.extract`.

    Parameters
    ----------
    clauses
        A batch of cut answers; a few at most, as this goes through clauses one by one.
    n_bits
        The weight table has ``2**n_bits`` rows.

    Returns
    -------
    list of list of Feature
        One list a clause. A feature that is active twice is in it twice.
    """
    stream, seen = make_stream(clauses), describe(clauses)
    strings = clauses.tokens.vocab.strings
    words = [_words(stream, strings, c) for c in range(len(clauses))]
    answer = [-1, *clauses.answer.tolist(), -1]  # so that each clause has neighbours
    out = []
    for c in range(len(clauses)):
        before = words[c - 1] if answer[c] == answer[c + 1] else []
        after = words[c + 1] if answer[c + 2] == answer[c + 1] else []
        rows = [
            *((template, values) for template in WORD_TEMPLATES for values in words[c]),
            *((BEFORE_TEMPLATE, values) for values in before),
            *((AFTER_TEMPLATE, values) for values in after),
            *((template, seen[c]) for template in CLAUSE_TEMPLATES),
        ]
        out.append([_feature(template, values, n_bits) for template, values in rows])
    return out


def _feature(template: Template, values: Values, n_bits: int) -> Feature:
    parts = [np.array([values[part].value], dtype=np.uint32) for part in template.parts]
    name = template.says.format_map({part: values[part].says for part in template.parts})
    return Feature(int(mix(template.salt, *parts)[0]) >> (32 - n_bits), name, template.about)


def _words(stream: Stream, strings: Sequence[str], c: int) -> list[Values]:
    """Return each word of a clause that features see, with the two words before it."""
    begin = int(stream.start[c])
    end = min(int(stream.start[c + 1]), begin + MAX_CLAUSE)
    before, second = Seen(1, START), Seen(2, START)  # the second before a first word is another start
    out: list[Values] = []
    for i in range(begin, end):
        word = Seen(int(stream.word[i]), normalise(strings[int(stream.ids[i])]))
        out.append({"word": word, "before": before, "second before": second})
        before, second = word, before
    return out


def describe(clauses: Clauses) -> list[dict[str, Seen]]:
    """Return the values that `CLAUSE_TEMPLATES` mix, by name, for each clause of a batch."""
    own = list(_own_values(clauses))
    answer = [-1, *clauses.answer.tolist(), -1]
    contexts = [
        steps.astype(np.int64).tolist()
        for steps in answer_context(clauses, _codes(clauses, make_stream(clauses)))
    ]
    out = []
    for c, values in enumerate(own):
        first, last = answer[c] != answer[c + 1], answer[c + 2] != answer[c + 1]
        earlier = None if first else own[c - 1]
        later = None if last else own[c + 1]
        place = first + 2 * last
        out.append(
            values
            | {"place": Seen(place, _PLACES[place])}
            | {f"{name} before": _neighbour(earlier, name, _BEFORE_FIRST) for name in _LOOKED_AT}
            | {f"{name} after": _neighbour(later, name, _AFTER_LAST) for name in _LOOKED_AT}
            | {f"context {i}": Seen(steps[c], _context(i, steps[c])) for i, steps in enumerate(contexts)}
        )
    return out


_LOOKED_AT = ("first", "last", "opening", "edges", "topic", "tense")
"""What is seen of a neighbour."""


def _neighbour(values: Values | None, name: str, fill: int) -> Seen:
    return Seen(fill, "no clause") if values is None else values[name]


def _own_values(clauses: Clauses) -> Iterator[dict[str, Seen]]:
    """Yield what each clause has by itself."""
    stream = make_stream(clauses)
    codes, (opens, closes) = _codes(clauses, stream), sentence_edges(clauses)
    known = clauses.tokens.vocab.strings
    before = np.zeros(len(clauses), dtype=bool)
    before[1:] = clauses.answer[1:] == clauses.answer[:-1]
    marks = punctuation_marks(clauses, before).tolist()
    for c, code in enumerate(codes.tolist()):
        held = {name for i, name in enumerate(CODED) if code >> i & 1}
        strings = [known[i] for i in stream.ids[stream.start[c] : stream.start[c + 1]].tolist()]
        edges = 2 * int(opens[c]) + int(closes[c])
        yield {
            "nothing": Seen(0, ""),
            "edges": Seen(edges, _EDGES[edges]),
            "marks": Seen(marks[c], _listed(name for i, name in enumerate(_MARKS) if marks[c] >> i & 1)),
            "tense": _lists(TENSE, held),
            "topic": _lists(TOPIC, held),
            "subject": _lists(SUBJECT, held),
            **{
                f"has {name}": Seen(name in held, f"{'a' if name in held else 'no'} word of: {LISTS[name]}")
                for name in CUES
            },
            **_edge_words(strings),
        }


def _codes(clauses: Clauses, stream: Stream) -> Hashes:
    """Return which word lists have a word in each clause, bits in the order of `CODED`."""
    return segment_or(cue_codes(clauses.tokens.vocab)[stream.ids], stream.start)


def _edge_words(strings: Sequence[str]) -> dict[str, Seen]:
    """Return what is seen of the first, second and last word of a clause, and its length."""
    n = min(len(strings), 12)
    first = strings[0] if strings else None
    second = strings[1] if len(strings) > 1 else None
    gerund = NO_WORD if first is None else shape_bits(first) & GERUND
    return {
        "first": _word(first, NO_FIRST),
        "second": _word(second, NO_SECOND),
        "last": _word(strings[-1] if strings else None, NO_LAST),
        "opening": Seen(NO_OPENING, "none") if first is None else _cues(first),
        "inner": Seen(0, "in no list") if second is None else _cues(second),
        "gerund": Seen(
            gerund, {NO_WORD: "no word", 0: "first word without -ing"}.get(gerund, "first word in -ing")
        ),
        "length": Seen(n, f"{n}{' or more' if n == 12 else ''} word{'s' * (n != 1)}"),
    }


def _word(string: str | None, fill: int) -> Seen:
    return Seen(fill, "(none)") if string is None else Seen(hash_of(string), f"'{normalise(string)}'")


def _cues(string: str) -> Seen:
    found = cue_bits(string)
    return Seen(found, _listed((LISTS[name] for i, name in enumerate(CUES) if found >> i & 1), "in no list"))


def _lists(names: Sequence[str], held: set[str]) -> Seen:
    has = [name for name in names if name in held]
    return Seen(int(bits(*has)), _listed(LISTS[name] for name in has))


def _listed(names: Iterable[str], nothing: str = "none") -> str:
    return " + ".join(names) or nothing


def _context(i: int, step: int) -> str:
    if i < len(_SHARES):
        return f"{_SHARES[i]} in {_FIFTHS[step]} of the clauses"
    low = 4 * step
    return f"{low} clauses or more" if step == _MOST_STEPS else f"{low} to {low + 3} clauses"
