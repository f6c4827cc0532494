"""Tokens, clauses -> who acted in each clause.

Every clause is read by the same few rules, each over all clauses of a batch at once: skip what opens the
clause, find its verb, find the subject of the verb, say from the verb whether a deed is told and whose it
is, and take a left-out subject from the clause before. A pointer is an array with one token index a
clause; "the next verb after a pointer" is a lookup in an array made once a batch.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntFlag, auto
from functools import cache
from importlib.resources import files

import numpy as np

from starl.clauses import Clauses
from starl.roles import AGENTS, Agent
from starl.tokens import Bools, Ints


@dataclass(frozen=True, slots=True, eq=False)
class Deeds:
    """Who did the deed of each clause of a batch."""

    agent: Ints  # (n_clauses,), index into AGENTS, -1 where the clause tells of no deed
    team: Bools  # (n_clauses,), the agent is the speaker's own group, the speaker's part hidden


class Kind(IntFlag):
    """What a token can be; most tokens can be several things."""

    I = auto()  # noqa: E741  (the word itself): the speaker
    WE = auto()  # the speaker with others
    PERSON = auto()  # he, she, they, somebody
    WHO = auto()  # who
    WHICH = auto()  # which, that
    THING = auto()  # it, this, everything
    YOU = auto()  # you
    OBJECT = auto()  # me, us, him, her, them
    US = auto()  # us
    ME = auto()  # me, myself
    DET = auto()  # articles, possessives, number words
    MINE = auto()  # my, our, the whole
    QUANTITY = auto()  # two, some, most, everyone
    OF = auto()  # of
    PREP = auto()  # prepositions and particles
    LEAD = auto()  # prepositions that can open a clause
    SUB = auto()  # when, because, if
    WHEN = auto()  # those of SUB whose clause can come first
    WITH = auto()  # with
    AND = auto()  # and
    COORD = auto()  # and, but, so, because
    BY = auto()  # by
    TO = auto()  # to
    BE = auto()  # all forms of be
    BEEN = auto()  # been, being
    HAVE = auto()  # all forms of have
    DO = auto()  # all forms of do
    MODAL = auto()  # could, would, must
    NEG = auto()  # not, n't, never
    GET = auto()  # all forms of get
    ADV = auto()  # adverbs
    FILLER = auto()  # um, like, well
    HEDGE = auto()  # the verb of "I think", "you know"
    COMMA = auto()  # any mark within a sentence
    HARD = auto()  # a mark that parts clauses
    STOP = auto()  # a mark that ends a sentence
    TIME = auto()  # days, months, parts of the day
    BASE = auto()  # a verb as it stands in a dictionary
    THIRD = auto()  # a verb in -s
    ING = auto()  # a verb in -ing
    PAST = auto()  # a past tense
    PARTICIPLE = auto()  # a past participle
    STATE = auto()  # verbs of being, feeling, knowing
    THINGSTATE = auto()  # verbs that tell of no deed if a thing is their subject
    RECEIVE = auto()  # get, receive, gain
    FEELING = auto()  # participles that tell a state: worried, based
    PEOPLE = auto()  # nouns for persons, given names
    GROUP = auto()  # nouns for firms and bodies
    TEAM = auto()  # team
    CAPITAL = auto()  # starts with a capital
    PLURAL = auto()  # can be a plural
    ABSTRACT = auto()  # nouns that are never persons
    MANAGE = auto()  # verbs before "to" that help: try, begin
    HUMAN = auto()  # verbs only persons can be subject of
    EFFECT = auto()  # verbs of bringing about: cut, save, lead to
    MARK = auto()  # what one is given: grades, awards, answers
    EVENT = auto()  # what happens: a meeting, to fall
    APPROX = auto()  # about, nearly, kind (of)
    FROM = auto()  # from
    LOOK = auto()  # look, search
    LIKE = auto()  # like
    COLON = auto()  # a colon or a dash
    PLACE = auto()  # places that stand for the people in them


K = Kind
_NOMINATIVE = K.I | K.WE | K.PERSON | K.WHO | K.THING | K.YOU
_PEOPLE = K.PEOPLE | K.GROUP | K.TEAM
_AUX = K.BE | K.HAVE | K.DO | K.MODAL
_VERB = K.BASE | K.THIRD | K.ING | K.PAST | K.PARTICIPLE
_SKIP = K.ADV | K.FILLER | K.COORD | K.COMMA | K.STOP
_LIGHT = K.ADV | K.FILLER | K.NEG
_NO_NOUN = K.ADV | K.FILLER | K.COMMA | K.COORD | K.STOP | K.NEG | K.HAVE
_OBJECTLIKE = K.DET | K.OBJECT | K.PREP | K.TO | K.ADV | K.CAPITAL | K.THING | K.HARD | K.STOP


def _entries(name: str) -> list[list[str]]:
    text = files("starl").joinpath("cues", f"agents_{name}.txt").read_text("utf-8")
    return [line.split() for line in text.splitlines()[1:] if line]


_VOWELS = "aeiou"


def _stem(verb: str) -> str:
    """Return the verb as it stands before -ed and -ing: "plan" is "plann", "use" is "us"."""
    if verb.endswith("e") and not verb.endswith(("ee", "oe", "ye")):
        return verb[:-1]
    return verb


def _doubles(verb: str) -> bool:
    return (
        len(verb) > 2 and verb[-1] not in _VOWELS + "wxy" and verb[-2] in _VOWELS and verb[-3] not in _VOWELS
    )


def _third(verb: str) -> str:
    if verb.endswith(("s", "x", "z", "ch", "sh", "o")):
        return verb + "es"
    if verb.endswith("y") and verb[-2] not in _VOWELS:
        return verb[:-1] + "ies"
    return verb + "s"


def _pasts(verb: str) -> set[str]:
    if verb.endswith("y") and verb[-2] not in _VOWELS:
        return {verb[:-1] + "ied"}
    forms = {verb + "d" if verb.endswith("e") else verb + "ed"}
    if _doubles(verb):
        forms.add(verb + verb[-1] + "ed")
    return forms


def _ings(verb: str) -> set[str]:
    if verb.endswith("ie"):
        return {verb[:-2] + "ying"}
    forms = {_stem(verb) + "ing"}
    if _doubles(verb):
        forms.add(verb + verb[-1] + "ing")
    return forms


@cache
def _lexicon() -> dict[str, int]:
    """Every word of the lists in every form -> its kinds."""
    kinds: dict[str, int] = {}

    def note(word: str, kind: int) -> None:
        kinds[word] = kinds.get(word, 0) | kind

    for name, *words in _entries("words"):
        for word in words:
            note(word, Kind[name.upper()])
    irregular = _entries("irregular")
    regular = [base for (base,) in _entries("verbs")]
    classes: dict[str, int] = {}
    for name, *verbs in _entries("classes"):
        for verb in verbs:
            classes[verb] = classes.get(verb, 0) | Kind[name.upper()]
    for base in {row[0] for row in irregular} | set(regular) | classes.keys():
        extra = classes.get(base, 0)
        note(base, K.BASE | extra)
        note(_third(base), K.THIRD | K.PLURAL | extra)
        for form in _ings(base):
            note(form, K.ING | extra)
    for base, past, participle in irregular:
        note(past, K.PAST | classes.get(base, 0))
        note(participle, K.PARTICIPLE | classes.get(base, 0))
    for base in (set(regular) | classes.keys()) - {row[0] for row in irregular}:
        for form in _pasts(base):
            note(form, K.PAST | K.PARTICIPLE | classes.get(base, 0))
    for name, kind in (("people", K.PEOPLE), ("groups", K.GROUP), ("places", K.PLACE)):
        for (noun,) in _entries(name):
            note(noun, kind)
            note(_third(noun), kind | K.PLURAL)
    for word, kind in {"'s": K.BE | K.HAVE, "team": K.TEAM, "teams": K.PLURAL}.items():
        note(word, kind)
    for (word,) in _entries("feelings"):
        note(word, K.FEELING)
    for (word,) in _entries("things"):
        for form in (word, _third(word)):
            kinds[form] = kinds.get(form, 0) & ~int(K.PEOPLE) | K.ABSTRACT | (K.PLURAL if form != word else 0)
    for (word,) in _entries("names"):
        note(word, K.PEOPLE)
    for verb in regular:
        for noun in {_stem(verb) + "er", _stem(verb) + "or", _stem(verb) + "ers", _stem(verb) + "ors"}:
            if noun not in kinds:
                note(noun, K.PEOPLE)
    for verb in regular:
        if _doubles(verb):
            for noun in {verb + verb[-1] + "er", verb + verb[-1] + "ers"} - kinds.keys():
                note(noun, K.PEOPLE)
    kinds["last"] = int(K.DET)
    return kinds


_PERSON_ENDINGS = (
    "ologist",
    "onist",
    "ician",
    "grapher",
    "eer",
    "woman",
    "man",
    "men",
    "people",
    "ists",
    "icians",
)
_ABSTRACT_ENDINGS = (
    "tion", "tions", "ment", "ments", "ness", "ity", "ities", "ance", "ence", "ances", "age", "ages", "ship",
    "sion", "sions", "ings", "ing", "al", "als", "ure", "ures", "th", "back", "rate", "rates", "ism", "ics",
)  # fmt: skip


_CAPITALISED = {"May": int(K.TIME)} | dict.fromkeys(
    ("IT", "US", "WHO", "Will", "Mark", "Grace"), int(K.PEOPLE)
)
_GRADES = {grade + sign for grade in "ABCDF" for sign in ("", "+", "-", "*")}


def kind_of(string: str) -> int:
    """Return the kinds of a token as an integer: a pure function of its characters."""
    word = string.lower().replace("’", "'")
    kind = _lexicon().get(word, 0)
    kind = _CAPITALISED.get(string, kind)
    if string in _GRADES:
        return kind | int(K.MARK)
    if string[0].isupper() and (len(string) == 1 or not string.isupper()):
        kind |= K.CAPITAL
    if string[0].isdigit():
        kind |= K.DET | K.QUANTITY
    if not string[0].isalnum() and not kind:
        kind |= K.COMMA
    if kind & ~(K.CAPITAL):
        return kind
    if word.endswith("ed") and len(word) > 4:
        kind |= K.PAST | K.PARTICIPLE
    elif word.endswith("ing") and len(word) > 5:
        kind |= K.ING
    elif word.endswith("ly") and len(word) > 4:
        kind |= K.ADV
    elif word.endswith(_PERSON_ENDINGS):
        kind |= K.PEOPLE
    if word.endswith(_ABSTRACT_ENDINGS):
        kind |= K.ABSTRACT
    if word.endswith("s") and not word.endswith(("ss", "us", "is")):
        kind |= K.PLURAL
    return kind


def find_agents(clauses: Clauses) -> Deeds:
    """Say who did the deed of each clause.

    Roles play no part: a caller blanks the clauses that are neither Action nor Result.

    Parameters
    ----------
    clauses
        The clauses of a batch of answers.

    Returns
    -------
    Deeds
        Agent of each clause as an index into `AGENTS`, -1 where the clause tells of no deed, and whether
        the agent is the speaker's own team.
    """
    if not len(clauses):
        return Deeds(np.empty(0, np.int64), np.empty(0, bool))
    return _Reader(clauses).deeds()


_I, _WE, _OTHER, _NONE = (AGENTS.index(a) for a in (Agent.I, Agent.WE, Agent.OTHER, Agent.NONE))
_OWN_TEAM = len(AGENTS)
_NO_DEED, _LEFT_OUT = -1, -2
# a left-out subject is that of the clause before, but of an outcome ("cutting costs") only the speaker is
# one, and of a human act ("and said no") nothing but a person
_OUTCOME, _HUMAN = -3, -4


def _is(kinds: Ints, kind: int) -> Bools:
    found: Bools = (kinds & int(kind)) != 0
    return found


class _Reader:
    """The clauses of a batch, seen as kinds of tokens, with lookups from pointers."""

    def __init__(self, clauses: Clauses) -> None:
        tokens = clauses.tokens
        self.clauses = clauses
        self.begin, self.end = clauses.start[:-1], clauses.start[1:]
        self.n = len(tokens)
        self.clause = np.repeat(np.arange(len(clauses)), np.diff(clauses.start))  # (n_tokens,)
        self.first = np.zeros(self.n, dtype=bool)
        self.first[self.begin] = True
        self.kind = tokens.vocab.attribute(kind_of)[tokens.ids]
        self._nexts: dict[int, Ints] = {}
        self.settle_kinds()
        self.mark_verbs()

    # -- lookups ---------------------------------------------------------------------------------------

    def has(self, kind: int) -> Bools:
        """Whether each token is of one of the kinds, shape (n_tokens,)."""
        return _is(self.kind, kind)

    def at(self, pointer: Ints, mask: int | Bools) -> Bools:
        """Whether the token under each pointer is in the mask; False outside of the clause."""
        inside = (pointer >= self.begin) & (pointer < self.end)
        clipped = np.clip(pointer, 0, self.n - 1)
        return inside & (mask[clipped] if isinstance(mask, np.ndarray) else _is(self.kind[clipped], mask))

    def next(self, mask: int | Bools, pointer: Ints) -> Ints:
        """First token at or after each pointer in the mask; the clause's end if there is none."""
        if isinstance(mask, np.ndarray):
            found = self._next(mask)
        else:
            if int(mask) not in self._nexts:
                self._nexts[int(mask)] = self._next(self.has(mask))
            found = self._nexts[int(mask)]
        return np.minimum(found[np.minimum(pointer, self.n)], self.end)

    def _next(self, mask: Bools) -> Ints:
        found = np.where(mask, np.arange(self.n), self.n)
        return np.append(np.minimum.accumulate(found[::-1])[::-1], self.n)  # (n_tokens + 1,)

    def last(self, mask: Bools, pointer: Ints, low: Ints) -> Ints:
        """Last token before each pointer in the mask; ``low - 1`` if there is none from ``low`` on."""
        found = np.append(-1, np.maximum.accumulate(np.where(mask, np.arange(self.n), -1)))
        last: Ints = np.maximum(found[np.minimum(pointer, self.n)], low - 1)
        return last

    def following(self, pointer: Ints) -> Ints:
        """First token after each pointer that is no adverb, filler or negation."""
        return self.next(~self.has(_LIGHT), pointer + 1)

    def shifted(self, by: int) -> Ints:
        """Kind of the token ``by`` places on, 0 outside of the clause."""
        index = np.clip(np.arange(self.n) + by, 0, self.n - 1)
        inside = (self.clause[index] == self.clause) & (index == np.arange(self.n) + by)
        return np.where(inside, self.kind[index], 0)

    def before(self) -> Ints:
        """Kind of the last token before each one that is no adverb, filler or negation; 0 at the start."""
        content = ~self.has(_LIGHT) | self.has(K.DET | K.PREP | K.TO)
        index = np.append(-1, np.maximum.accumulate(np.where(content, np.arange(self.n), -1))[:-1])
        return np.where(index >= self.begin[self.clause], self.kind[np.maximum(index, 0)], 0)

    # -- rules over tokens -----------------------------------------------------------------------------

    def settle_kinds(self) -> None:
        """Turn into adverbs what is one here: "about ten", "kind of", "like we", "we all", "pre-warmed"."""
        after, prev = self.shifted(1), self.shifted(-1)
        about = self.has(K.APPROX) & _is(after, K.QUANTITY)
        kind_of_ = self.has(K.APPROX) & _is(after, K.OF) & ~_is(prev, K.DET)
        hyphen = self.has(K.COLON) & ~self.clauses.tokens.space
        prefix = np.append(hyphen[1:], False) & _is(self.shifted(2), K.PAST)
        all_ = self.has(K.QUANTITY) & _is(prev, K.WE | K.PERSON | K.YOU) & ~self.has(K.PERSON)
        like = self.has(K.LIKE) & _is(after, K.I | K.WE | K.PERSON | K.YOU)
        adverb = like | about | kind_of_ | np.append(False, kind_of_[:-1]) | prefix | all_
        self.kind = np.where(adverb, int(K.ADV), self.kind)
        starts = ~self.has(_SKIP)
        skipped = np.cumsum(starts)
        first = self.begin[self.clause]
        self.opening = (skipped - skipped[first] + starts[first]) == starts

    def mark_verbs(self) -> None:
        """Mark subject pronouns and what can be a finite verb, surely (`strong`) or not (`weak`, `faint`)."""
        prior, after, prev = self.before(), self.shifted(1), self.shifted(-1)
        demonstrative = self.has(K.THING) & self.has(K.DET)
        stands_alone = _is(after, _AUX | K.PAST | K.THIRD | K.ADV | K.NEG) & ~_is(after, K.DET | K.PLURAL)
        self.subject = self.has(_NOMINATIVE) & (~demonstrative | stands_alone) & ~self.has(K.WHO | K.WHICH)
        self.relative = self.has(K.WHO | K.WHICH) & ~(demonstrative & _is(prev, K.PREP))

        determined = _is(prior, K.DET) & ~_is(prior, K.THING | K.QUANTITY | K.WHICH)
        determined |= _is(prev, K.DET) & ~_is(prev, K.THING | K.QUANTITY | K.WHICH)
        free = ~determined & ~(_is(prior, K.PREP) & ~_is(prior, K.TO | K.SUB)) & ~_is(prior, _AUX | K.TO)
        past, base = self.has(K.PAST) & free, self.has(K.BASE) & free & ~_is(prior, K.BY)
        third = self.has(K.THIRD) & free & ~self.has(_PEOPLE)
        either = self.has(K.BASE)  # "put", "set": past or present, noun or verb

        pronoun = _is(prior, K.I | K.WE | K.PERSON | K.WHO | K.YOU) & ~_is(prior, K.DET)
        noun = _is(prior, _PEOPLE | K.PLURAL | K.CAPITAL | K.OBJECT) & ~_is(prior, _NOMINATIVE | K.DET)
        governs = (after == 0) | _is(after, _OBJECTLIKE) & ~_is(after, K.I | K.WE)
        opens = self.opening | _is(prior, K.COORD | K.COMMA)
        unknown = (self.kind & ~int(K.PLURAL | K.ABSTRACT)) == 0
        unknown &= _is(prev, K.I | K.WE | K.PERSON | K.WHO) & ~_is(prev, K.DET)

        reduced = past & self.has(K.PARTICIPLE) & self.maybe_adjective(prior, after, pronoun)
        aux = self.auxiliary(prior, after)
        after_verb = np.append(False, (self.opening & self.has(K.PAST))[:-1]) & ~self.first
        self.strong = aux | unknown | base & pronoun | third & (pronoun | _is(prior, K.THING | K.WHICH))
        self.strong |= past & (~either | noun | pronoun)
        self.strong &= ~reduced & ~(after_verb & past & ~aux)
        self.weak = reduced | past & either & ~self.strong | third & governs
        self.weak |= base & (opens | noun) & (governs | self.opening & ~self.has(K.CAPITAL))
        self.faint = (base & noun | third & _is(prior, _PEOPLE)) & ~self.first
        self.done = self.has(K.PARTICIPLE) & ~determined & ~_is(prior, _AUX | K.TO) | base & governs

    def maybe_adjective(self, prior: Ints, after: Ints, pronoun: Bools) -> Bools:
        """Where a form in -ed may stand for an adjective: "affected customers", "a list made by hand"."""
        agent = _is(prior, K.CAPITAL | _PEOPLE) & (~_is(prior, K.PLURAL) | _is(prior, _PEOPLE))
        behind = ~pronoun & ~self.opening & ~agent & _is(after, K.BY | K.PREP)
        object_ = K.DET | K.PREP | K.OBJECT | K.SUB | K.ADV | K.THING | K.WE | K.I
        adjective: Bools = behind | self.opening & ~_is(after, object_) & (after != 0)
        return adjective

    def auxiliary(self, prior: Ints, after: Ints) -> Bools:
        """Finite auxiliaries; not "be" after "to", nor the "'s" of "Maureen's staff"."""
        pronoun = _is(prior, _NOMINATIVE | K.WHICH | K.ADV)
        possessive = (self.kind == _lexicon()["'s"]) & ~pronoun & ~_is(after, K.ING | K.DET | K.ADV | K.BEEN)
        finite = self.has(_AUX) & ~self.has(K.BEEN) & ~possessive & ~_is(prior, K.TO | K.MODAL)
        bare: Bools = self.has(K.BASE) & self.has(K.HAVE | K.DO) & _is(prior, K.DO | K.MODAL)
        auxiliary: Bools = finite & ~bare
        return auxiliary

    # -- where the clause proper starts ----------------------------------------------------------------

    def deeds(self) -> Deeds:
        """Read every clause, then fill in what was left out from the clauses before."""
        start = self.skip_opener(self.skip_heading())
        subject, agent = self.read(start)
        subject, agent = self.read_on(start, subject, agent)
        agent = self.carry(subject, agent)
        team = agent == _OWN_TEAM
        return Deeds(np.where(team, _OTHER, agent), team)

    def content(self, pointer: Ints) -> Ints:
        """Move pointers over connectives, adverbs, fillers, punctuation and "I think"."""
        content = ~self.has(_SKIP)
        stop = content | self.has(K.WITH | K.LEAD | K.SUB)
        for _ in range(2):
            pointer = self.next(stop, pointer)
            after = self.next(content, pointer + 2)
            hedge = self.at(pointer, K.I | K.YOU) & self.at(pointer + 1, K.HEDGE)
            hedge &= self.at(after, self.subject | self.has(K.DET | K.CAPITAL))
            pointer = np.where(hedge, after, pointer)
        return self.next(stop, pointer)

    def skip_heading(self) -> Ints:
        """Start after a heading that was left in the clause: "Result: ..."."""
        colon = self.next(K.COLON, self.begin)
        heading = (colon > self.begin) & (colon <= self.begin + 3)
        heading &= (colon < self.end) & ~self.at(colon + 1, ~self.clauses.tokens.space)
        return self.content(np.where(heading, colon + 1, self.begin))

    def skip_opener(self, at: Ints) -> Ints:
        """Find where the main clause starts: after "when it rang,", "in the spring", "looking at it,"."""
        finite = self.strong | self.weak
        human = self.subject & ~self.has(K.THING)
        for _ in range(3):
            verb, subordinate = self.next(finite, at), self.at(at, K.WHEN)
            # a subordinate clause has a verb of its own before the main subject, a phrase has none
            own = self.next(human, np.where(subordinate, np.maximum(verb, at), at) + 1)
            bound = self.at(self.last(~self.has(_LIGHT), own, at), K.SUB | K.AND | K.WHICH | K.WHO)
            phrase_end = self.next(human, at + 1)
            phrase = self.at(at, K.LEAD | K.TO) & (phrase_end > at + 1) & (verb >= phrase_end)
            phrase &= ~self.at(phrase_end - 1, K.AND)
            target = np.where(phrase, phrase_end, own)
            after_comma = self.content(self.next(K.HARD, at) + 1)
            to_pronoun = (subordinate & (verb < own) & ~bound | phrase) & (target < after_comma)
            to_pronoun &= (target < self.end) & (self.next(finite, target) < self.end)
            to_comma = self.opens_main(at, after_comma)
            inside = self.at(at, K.SUB) & ~to_comma & ~to_pronoun
            at = np.where(to_pronoun, target, np.where(to_comma, after_comma, at))
            at = np.where(inside, self.content(at + 1), at)
        return at

    def opens_main(self, at: Ints, after_comma: Ints) -> Bools:
        """Whether an opener starts at one pointer and the main clause, past a comma, at the other."""
        gerund = self.at(at, self.has(K.ING) & ~self.has(_PEOPLE))
        opener = self.at(at, K.SUB | K.LEAD | K.TO) | gerund
        main = self.at(after_comma, ~self.relative & ~(self.has(K.TO | K.PREP) & ~self.has(K.LEAD)))
        main &= self.next(self.strong, after_comma) < self.end
        noun = self.subject | self.has(K.DET | K.CAPITAL | _PEOPLE | K.SUB | K.LEAD)
        return opener & main & (self.at(after_comma, noun) | ~self.at(at, K.ING))

    # -- verb and subject ------------------------------------------------------------------------------

    def read(self, start: Ints) -> tuple[Ints, Ints]:
        """Return subject and agent of each clause as read from ``start`` on, left-out ones not filled in."""
        subject, verb = self.subject_of(start, self.main_verb(start))
        subject = np.where(verb < self.end, subject, _LEFT_OUT)
        return subject, self.verdict(subject, verb)

    def main_verb(self, start: Ints) -> Ints:
        """First finite verb; an uncertain one only if no certain one could have it in its subject."""
        strong, weak = self.next(self.strong, start), self.next(self.weak, start)
        object_ = self.has(K.OBJECT) & ~_is(self.shifted(-1), K.OF)
        parted = self.subject | self.relative | object_ | self.has(K.HARD | K.COORD | K.SUB)
        own = (strong >= self.end) | (self.next(parted, weak + 1) < strong)
        verb = np.where((weak < strong) & own, weak, strong)
        none = verb >= self.end
        verb = np.where(none & (self.next(_AUX, start) >= self.end), self.next(self.faint, start), verb)
        tail = (verb >= self.end) & (self.at(start, K.ING | K.BEEN) | self.at(self.begin, K.WITH))
        verb = np.where(tail, self.next(K.ING | K.PARTICIPLE, start), verb)
        verb = np.where(self.at(start, self.has(K.ING) & ~self.has(_PEOPLE | K.CAPITAL)), start, verb)
        infinitive = self.at(start, K.TO) & self.at(start + 1, ~self.has(K.DET | K.MINE))
        return np.where(infinitive, start + 1, verb)

    def subject_of(self, start: Ints, verb: Ints) -> tuple[Ints, Ints]:
        """Read what stands between the start of the main clause and its verb.

        Returns the subject and the verb, which is a later one if the first stands in a relative clause.
        """
        comma = self.last(self.has(K.HARD), verb, start)
        low = np.where(comma >= start, comma + 1, start)
        low = np.where(self.next(~self.has(_SKIP), low) >= verb, start, low)
        pronoun, relative = self.last(self.subject, verb, low), self.last(self.relative, verb, low)
        later, embedded = self.past_relative(low, pronoun, relative, verb)
        has_relative = (relative > low) & (relative < verb)
        edge = np.where(relative > low, relative, pronoun)
        high = np.where(embedded | has_relative, np.minimum(edge, verb), verb)
        subject = self.noun_phrase(low, high)
        subject = np.where(has_relative & self.at(relative, K.WHO), _OTHER, subject)
        pronoun = np.where(embedded, low - 1, pronoun)
        verb = np.where(embedded, later, verb)
        subject = np.where(self.at(start, K.TO) & (verb == start + 1), _LEFT_OUT, subject)

        inner = self.next(~self.has(_SKIP), relative + 1)  # "who called", but "which our chemist mixed"
        alone = np.where(self.at(relative, K.WHO), _OTHER, _NONE)
        alone = np.where(inner < verb, self.noun_phrase(inner, verb), alone)
        subject = np.where((relative == low) & (pronoun < relative), alone, subject)
        subject = np.where(pronoun >= low, self.pronoun(pronoun, low, verb), subject)
        us = self.next(K.US | K.ME, low)  # "both of us", "me and Sam"
        ours = self.at(us, K.US) & self.at(us - 1, K.OF) | self.at(us + 1, K.AND) | self.at(us - 1, K.AND)
        return np.where((us < verb) & (pronoun < low) & ours, _WE, subject), verb

    def past_relative(self, low: Ints, pronoun: Ints, relative: Ints, verb: Ints) -> tuple[Ints, Bools]:
        """Find the main verb after a relative clause: "the test (that) we ran has been repeated"."""
        later = self.next(self.strong, verb + 1)
        parted = self.next(self.subject | self.has(K.HARD | K.COORD | K.SUB), verb + 1)
        noun = ~self.has(_SKIP | K.TIME | K.DET | K.PREP | K.SUB)
        contact = (pronoun > low + 1) & self.at(low, self.has(K.DET) & ~self.has(K.TIME))
        contact &= self.at(pronoun - 1, noun) & ~self.at(pronoun, K.THING)
        # "the first thing I did was to ask": the speaker's deed stands in the relative clause
        is_ = self.at(later, K.BE) & ~self.at(self.following(later), K.PARTICIPLE | K.BEEN)
        found = (relative > low) & ~(contact & is_) | contact & ~is_
        return later, found & (later < self.end) & (parted >= later)

    def pronoun(self, at: Ints, low: Ints, verb: Ints) -> Ints:
        """Agent named by the pronoun under each pointer, and by what is joined to it with "and"."""
        joined = self.at(at - 1, K.AND) & (at - 1 > self.content(low))
        joined |= self.at(at + 1, K.AND) & (at + 2 < verb)
        team = self.next(K.TEAM, at)  # "everyone on the team"
        agent = np.full(len(at), _OTHER)
        agent[self.at(at, K.QUANTITY) & self.at(at + 1, K.PREP) & (team < verb)] = _OWN_TEAM
        agent[self.at(at, K.THING | K.YOU)] = _NONE
        agent[self.at(at, K.I)] = _I
        agent[self.at(at, K.WE) | self.at(at, K.I) & joined] = _WE
        return agent

    def noun_phrase(self, low: Ints, high: Ints, *, places: bool = False) -> Ints:
        """Agent named by the noun phrase from ``low`` up to ``high``: a person, a group, a thing, nobody.

        A place counts for the people in it where ``places`` is set.
        """
        opens = self.has(K.DET) & ~_is(self.shifted(-1), K.PREP | K.DET | K.COORD | K.TO)
        first = np.maximum(self.last(opens, high, low), low)
        stop = self.next(K.PREP | K.HARD, first + 1)
        of = self.at(stop, K.OF) & self.at(stop - 1, K.QUANTITY) & (stop < high)  # "two of the clerks"
        first = np.where(of, stop + 1, first)
        stop = np.minimum(np.where(of, self.next(K.PREP | K.HARD, first), stop), high)
        head = self.last(~self.has(_NO_NOUN) | self.has(K.QUANTITY), stop, first)
        person = self.has(_PEOPLE | K.OBJECT | (K.PLACE if places else 0))
        person |= self.has(K.QUANTITY) & ~self.has(K.THING)
        agent = np.where(self.at(head, person) | self.is_name(head, low), _OTHER, _NONE)
        owned = self.at(head - 1, K.MINE) | (head == first)
        agent[self.at(head, K.TEAM) & owned] = _OWN_TEAM
        phrase = self.at(low, K.LEAD) & (head - low - self.at(low + 1, K.DET) <= 1)  # "in parallel"
        agent[(head < first) | phrase] = _LEFT_OUT
        return agent

    def is_name(self, head: Ints, low: Ints) -> Bools:
        """Whether a token reads as a name: capitalised, or an unknown word alone before a verb of acting."""
        capital = self.at(head, self.has(K.CAPITAL) & ~self.has(K.TIME))
        acts = self.at(self.following(head), self.strong & ~self.has(_AUX | K.EVENT))
        common = self.at(head, K.ABSTRACT | K.PLURAL | K.PLACE | _VERB)
        lone = (head == low) & self.at(head, (self.kind & ~int(K.CAPITAL)) == 0)
        name: Bools = capital & (~self.at(head, self.first) | acts & ~common) | lone & acts
        return name

    # -- what the verb says ----------------------------------------------------------------------------

    def verdict(self, subject: Ints, verb: Ints) -> Ints:
        """Say whose deed the verb tells of, from its helpers, its voice and its meaning."""
        main, passive = self.verb_group(verb)
        reduced = self.at(verb, K.PARTICIPLE) & (main == verb) & self.at(verb + 1, K.BY)  # "approved by her"
        reduced &= ~self.at(verb + 2, K.ING | K.TIME) & ((subject == _LEFT_OUT) | (subject == _NONE))
        told = self.tells_deed(subject, verb, main, passive)
        noun = (subject == _NONE) & ~self.at(verb - 1, self.subject | self.relative & ~self.has(K.WHICH))
        human = self.at(main, K.HUMAN)
        agent = np.where(noun & human, _OTHER, subject)
        agent = np.where(~passive & self.is_given(main), self.giver(main, agent), agent)
        tail = self.at(main, self.has(K.ING) & self.has(K.EFFECT)) & (main == verb)
        agent = np.where((agent == _LEFT_OUT) & human, _HUMAN, agent)
        agent = np.where((agent == _LEFT_OUT) & tail, _OUTCOME, agent)
        agent = np.where(passive | reduced, self.by_phrase(main), agent)
        return np.where(told, agent, _NO_DEED)

    def verb_group(self, verb: Ints) -> tuple[Ints, Bools]:
        """Follow helpers to the verb of meaning: "had been trying to fix"; say if the group is passive."""
        at, passive = verb, np.zeros(len(verb), dtype=bool)
        for _ in range(4):
            after = self.following(at)
            be, have = self.at(at, K.BE), self.at(at, K.HAVE)
            done, been = self.at(after, K.PARTICIPLE), self.at(after, K.BEEN)
            beyond = self.following(after)
            to = self.at(after, K.TO) & ~self.at(beyond, K.DET | K.OBJECT | K.CAPITAL | K.PREP)
            able = (
                be
                & self.at(after, self.has(K.MANAGE) & ~self.has(K.PAST | K.BASE))
                & self.at(after + 1, K.TO)
            )
            modal = self.at(at, K.MODAL | K.DO) & (self.at(after, K.BASE | K.HAVE)) & ~(have & done)
            helper = modal | have & (done | been) | be & (been | self.at(after, K.ING))
            turned = (be & ~have | self.at(at, K.GET)) & done
            manage = (have | self.at(at, K.MANAGE)) & to
            step = np.where(able, self.next(K.BASE, after + 2), np.where(manage, beyond, after))
            move = (helper | turned | manage | able) & ~passive & (step < self.end)
            at = np.where(move, step, at)
            passive |= turned
        return at, passive

    def tells_deed(self, subject: Ints, verb: Ints, main: Ints, passive: Bools) -> Bools:
        """Whether the verb tells of something done, not of being, feeling, knowing or having."""
        thing, after = subject == _NONE, main + 1
        person = ~thing & ~passive
        be = self.at(main, K.BE) & ~(self.at(after, K.LIKE) & person & ~self.at(main + 2, K.DET | K.QUANTITY))
        state = self.at(main, self.has(K.STATE) & ~self.has(K.HAVE)) & ~(
            self.at(main, K.LOOK) & person & ~self.at(after, K.LIKE)
        )
        feels = self.at(main, K.FEELING) & passive & ~thing
        stands = self.at(verb, self.has(K.BE) & ~self.has(K.PAST)) & passive & thing  # "is kept in the hall"
        stands &= ~self.at(self.following(verb), K.BEEN)
        noun = ~self.at(verb - 1, self.subject | self.relative)
        busy = self.at(after, K.EVENT) | self.at(after, K.OBJECT | K.PREP) & noun
        idle = self.at(main, K.THINGSTATE) & thing & ~passive & ~busy  # "it took a week"
        owns = self.at(main, self.has(K.GET) & self.has(K.PARTICIPLE)) & (main > verb) & ~passive
        owns &= self.at(verb, K.HAVE)  # "has got"
        has = self.at(main, K.HAVE) & ~self.causes(main)
        no_deed = be | state | feels | stands | idle | owns | has | self.at(main, K.MODAL)
        told: Bools = (verb < self.end) & ~no_deed
        return told

    def causes(self, have: Ints) -> Bools:
        """Whether "had" governs a deed: "had him write", "had it redone", "had a word"."""
        someone = self.next(self.has(K.OBJECT) | self.subject, have + 1)
        each = np.where(self.at(someone + 1, K.QUANTITY), someone + 2, someone + 1)
        stop = self.next(self.relative | self.has(K.HARD | K.STOP | K.COORD | K.TO | K.PREP), have + 1)
        stop = np.minimum(stop, have + 6)
        event, done = self.next(K.EVENT, have + 1), self.next(self.done, have + 2)
        told = (someone <= have + 2) & self.at(each, K.BASE | K.PARTICIPLE)
        return told | (event < stop) | (done < stop)

    def is_given(self, verb: Ints) -> Bools:
        """Whether a verb of receiving has a mark, a score, an award or an answer as its object."""
        end = self.has(K.HARD | K.COORD | K.SUB | K.PREP | K.OBJECT | K.PARTICIPLE) & ~self.has(K.MARK)
        mark = self.next(K.MARK, verb + 1)
        figure = self.next(~self.has(_LIGHT | K.DET) | self.has(K.QUANTITY), verb + 1)
        alone = K.STOP | K.COMMA | K.COORD | K.PREP | K.ADV | K.MARK | K.WHICH | K.FILLER
        score = self.at(figure, self.has(K.QUANTITY) & self.has(K.DET)) & ~self.at(figure + 1, K.TO)
        score &= (figure + 1 >= self.end) | self.at(figure + 1, alone)
        score |= ~self.at(verb, K.GET)
        return self.at(verb, K.RECEIVE) & (score | (mark <= verb + 6) & (mark < self.next(end, verb + 1)))

    def giver(self, verb: Ints, agent: Ints) -> Ints:
        """Who gave what the speaker got: the one after "from", else nobody."""
        source = self.next(K.FROM, verb)
        stop = self.next(self.strong | self.has(K.HARD | K.STOP | K.COORD | K.TO), source)
        named = self.noun_phrase(source + 1, stop)
        somebody = (source < self.end) & ((named == _OTHER) | (named == _OWN_TEAM))
        speaker = (agent == _I) | (agent == _WE) | (agent == _LEFT_OUT)
        return np.where(speaker, np.where(somebody, _OTHER, _NONE), agent)

    def by_phrase(self, verb: Ints) -> Ints:
        """Agent named with "by" after a passive, none if there is no such phrase."""
        by = self.next(K.BY, verb)
        again = self.has(K.DET) & ~_is(self.shifted(-1), K.PREP | K.DET | K.BY)
        stop = self.next(self.strong | again | self.has(K.HARD | K.STOP | K.COORD | K.TO | K.ING), by + 2)
        agent = self.noun_phrase(by + 1, stop, places=True)
        agent = np.where(self.at(by + 1, K.US), _WE, np.where(self.at(by + 1, K.ME), _I, agent))
        named = (by < self.end) & (by <= verb + 8) & ~self.at(by + 1, K.ING) & (agent != _LEFT_OUT)
        return np.where(named, agent, _NONE)

    # -- across clauses --------------------------------------------------------------------------------

    def read_on(self, start: Ints, subject: Ints, agent: Ints) -> tuple[Ints, Ints]:
        """Where the first verb tells of no deed, read what is joined to it with a comma or "and"."""
        human = self.subject & ~self.has(K.THING | K.YOU)
        past = self.has(K.PAST) & ~self.has(K.BASE | _AUX)
        for _ in range(2):
            joint = self.next(K.COORD | K.HARD, self.main_verb(start) + 1)
            start = np.where(joint < self.end, self.content(joint), self.end)
            joined = self.at(start, human) | self.at(start, past) & self.at(joint, K.AND)
            other, deed = self.read(start)
            deed = np.where((deed == _LEFT_OUT) | (deed == _HUMAN), subject, deed)
            found = (agent == _NO_DEED) & joined & (deed >= 0)
            agent = np.where(found, deed, agent)
            subject = np.where(found & (other != _LEFT_OUT), other, subject)
        return subject, agent

    def carry(self, subject: Ints, agent: Ints) -> Ints:
        """Give a left-out subject that of the clause before; "I" where there is none."""
        index = np.arange(len(subject))
        first = self.clauses.offsets[:-1][self.clauses.answer]
        named, fresh = subject != _LEFT_OUT, self.is_fresh()
        source = np.maximum(np.maximum.accumulate(np.where(named | fresh, index, 0)), first)
        carried = np.where(named[source], subject[source], _I)
        agent = np.where(agent == _OUTCOME, np.where(carried == _I, _I, _NONE), agent)
        agent = np.where(agent == _HUMAN, np.where(carried == _NONE, _OTHER, carried), agent)
        agent = np.where(agent == _LEFT_OUT, carried, agent)
        # "I checked the plan | and the list.": no verb of its own, so part of the deed before
        rest = (agent == _NO_DEED) & ~named & ~fresh & self.at(self.begin, K.AND) & self.is_verbless()
        return agent[np.maximum(np.maximum.accumulate(np.where(rest, 0, index)), first)]

    def is_verbless(self) -> Bools:
        """Whether each clause holds no token that could be its verb."""
        return self.next(self.strong | self.weak | self.faint, self.begin) >= self.end

    def is_fresh(self) -> Bools:
        """Whether each clause opens a sentence or a line, so that it takes no subject from the one before."""
        last = self.kind[np.maximum(self.begin - 1, 0)]
        joined = self.at(self.begin, K.COORD | K.ING | K.ADV)
        broken = ~_is(last, K.HARD | K.COMMA) & ~joined
        opens = self.at(self.begin, K.CAPITAL | K.HARD) | self.clauses.tokens.newline[self.begin]
        return _is(last, K.STOP) | opens | broken
