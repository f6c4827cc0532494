"""Clauses -> sets of tokens that the rules of `starl.agents` ask for: subjects, finite verbs and the like."""

from __future__ import annotations

import numpy as np

from starl.agents_bits import Bits, token_set
from starl.agents_lexicon import Kind, kind_of, possessive
from starl.clauses import Clauses
from starl.tokens import Bools, Ints

K = Kind
NOMINATIVE = K.I | K.WE | K.PERSON | K.WHO | K.THING | K.YOU
PEOPLE = K.PEOPLE | K.GROUP | K.TEAM
AUX = K.BE | K.HAVE | K.DO | K.MODAL
VERB = K.BASE | K.THIRD | K.ING | K.PAST | K.PARTICIPLE
SKIP = K.ADV | K.FILLER | K.COORD | K.COMMA | K.STOP
LIGHT = K.ADV | K.FILLER | K.NEG
NO_NOUN = K.ADV | K.FILLER | K.COMMA | K.COORD | K.STOP | K.NEG | K.HAVE
OBJECTLIKE = K.DET | K.OBJECT | K.PREP | K.TO | K.ADV | K.CAPITAL | K.THING | K.HARD | K.STOP
OPENER = K.SUB | K.WHEN | K.LEAD | K.TO | K.ING


def is_any(kinds: Ints, kind: int) -> Bools:
    """Whether each token's kinds hold one of some kinds."""
    found: Bools = (kinds & kind) != 0
    return found


def settled_kinds(clauses: Clauses) -> Ints:
    """Return the kinds of each token; some turn adverbs: "about ten", "kind of", "like we", "pre-warmed"."""
    tokens = clauses.tokens
    kind = tokens.vocab.attribute(kind_of)[tokens.ids]
    opens = np.zeros(len(tokens) + 1, dtype=bool)  # a clause starts here, the one after the last included
    opens[clauses.start] = True
    index = np.flatnonzero(is_any(kind, K.APPROX | K.QUANTITY | K.LIKE | K.COLON))
    own = kind[index]
    after = np.where(opens[index + 1], 0, kind[np.minimum(index + 1, len(kind) - 1)])
    prev = np.where(opens[index], 0, kind[index - 1])
    about = is_any(own, K.APPROX) & is_any(after, K.QUANTITY)
    kind_of_ = is_any(own, K.APPROX) & is_any(after, K.OF) & ~is_any(prev, K.DET)
    prefix = is_any(own, K.COLON) & ~tokens.space[index] & ~opens[index] & is_any(after, K.PAST)
    all_ = is_any(own, K.QUANTITY) & is_any(prev, K.WE | K.PERSON | K.YOU) & ~is_any(own, K.PERSON)
    like = is_any(own, K.LIKE) & is_any(after, K.I | K.WE | K.PERSON | K.YOU)
    kind[index[like | about | kind_of_ | all_]] = K.ADV
    kind[index[kind_of_] + 1] = K.ADV
    kind[index[prefix] - 1] = K.ADV
    return kind


class TokenSets(Bits):
    """Sets of tokens by what they are and what stands beside them."""

    def __init__(self, kind: Ints, begin: Ints, size: Ints, space: Bools) -> None:
        super().__init__(kind, begin, size)
        self.space = space

    def prior(self, tokens: Ints) -> Ints:
        """Tokens whose last one before them is in the set, adverbs, fillers and negations left out."""
        light = self.light
        follows = (tokens & ~light) << 1
        return (((follows & light) + light) ^ light) | follows  # the sum carries a bit through a run

    @token_set
    def light(self) -> Ints:
        """Adverbs, fillers and negations that are nothing else."""
        return self.has(LIGHT) & ~self.has(K.DET | K.PREP | K.TO)

    @token_set
    def heavy(self) -> Ints:
        """Tokens that can be no adverb, filler or negation."""
        return self.but(self.has(LIGHT))

    @token_set
    def content(self) -> Ints:
        """Tokens that are no connective, adverb, filler or mark."""
        return self.but(self.has(SKIP))

    @token_set
    def stops(self) -> Ints:
        """Tokens that skipping stops at: content, and what opens a phrase or a subordinate clause."""
        return self.content | self.has(K.WITH | K.LEAD | K.SUB)

    @token_set
    def hedges(self) -> Ints:
        """Subjects of "I think", "you know" and the like."""
        return self.has(K.I | K.YOU) & (self.has(K.HEDGE) >> 1)

    @token_set
    def hedged(self) -> Ints:
        """Tokens that open a clause behind a hedge."""
        return self.subject | self.has(K.DET | K.CAPITAL)

    @token_set
    def opening(self) -> Ints:
        """Tokens up to the first one with content."""
        first = self.next(self.content, self.first)
        return ((first << 1) - 1) & self.inside

    @token_set
    def demonstrative(self) -> Ints:
        """Pronouns that may stand before a noun: "this", "that"."""
        return self.has(K.THING) & self.has(K.DET)

    @token_set
    def subject(self) -> Ints:
        """Subject pronouns."""
        alone = self.has(AUX | K.PAST | K.THIRD | K.ADV | K.NEG) & ~self.has(K.DET | K.PLURAL)
        no_subject = self.demonstrative & ~(alone >> 1) | self.has(K.WHO | K.WHICH)
        return self.has(NOMINATIVE) & ~no_subject

    @token_set
    def relative(self) -> Ints:
        """Relative pronouns."""
        return self.has(K.WHO | K.WHICH) & ~(self.demonstrative & self.has(K.PREP) << 1)

    @token_set
    def no_longer(self) -> Ints:
        """Tokens of "no" in "no longer"."""
        return self.has(K.DET) & self.has(K.FILLER) & self.has(K.ADV) >> 1

    @token_set
    def determined(self) -> Ints:
        """Tokens that a determiner makes a noun, or an auxiliary a part of its verb."""
        det = self.has(K.DET) & ~(self.has(K.THING | K.QUANTITY | K.WHICH) | self.no_longer)
        return self.prior(det | self.has(AUX | K.TO)) | det << 1

    @token_set
    def free(self) -> Ints:
        """Tokens that neither a determiner nor a preposition keeps from being a finite verb."""
        return self.but(self.determined | self.prior(self.has(K.PREP) & ~self.has(K.SUB)))

    @token_set
    def past(self) -> Ints:
        """Past tenses; "came", which is nothing else, behind a particle too: "someone over came"."""
        sure = self.has(K.PAST) & ~(self.has(K.PARTICIPLE | K.BASE | K.STATE) | self.determined)
        noun = self.has(K.BASE) & (self.has(K.STATE) & self.has(K.PREP) >> 1 | self.has(K.PAST | AUX) >> 1)
        return (self.has(K.PAST) & self.free | sure) & ~noun  # "labour cost rose"

    @token_set
    def titles(self) -> Ints:
        """Words that open a line of notes as nouns: "Picks per hour up", "Pilot with one firm"."""
        noun = self.has(K.THIRD) | (self.has(K.PREP) & ~self.has(K.TO)) >> 1
        return self.opening & self.has(K.CAPITAL) & ~self.has(K.PAST) & noun

    @token_set
    def base(self) -> Ints:
        """Verbs as they stand in a dictionary."""
        return self.has(K.BASE) & self.free & ~(self.prior(self.has(K.BY)) | self.titles)

    @token_set
    def third(self) -> Ints:
        """Verbs in -s."""
        counted = self.prior(self.has(K.QUANTITY) & self.has(K.DET))  # "two causes"
        people = self.has(PEOPLE)
        people &= ~(self.prior(people) & self.has(K.DET | K.OBJECT | K.THING) >> 1)  # "the junior leads it"
        return self.has(K.THIRD) & self.free & ~(self.has(K.LEAD) | people | counted | self.titles)

    @token_set
    def after_pronoun(self) -> Ints:
        """Tokens behind a subject pronoun."""
        return self.prior(self.has(K.I | K.WE | K.PERSON | K.WHO | K.YOU) & ~self.has(K.DET))

    @token_set
    def after_noun(self) -> Ints:
        """Tokens behind a noun."""
        noun = self.has(PEOPLE | K.PLURAL | K.CAPITAL | K.OBJECT)
        return self.prior(noun & ~self.has(NOMINATIVE | K.DET))

    @token_set
    def known(self) -> Ints:
        """Tokens of any kind."""
        return self.where(self.kind != 0)

    @token_set
    def governs(self) -> Ints:
        """Tokens with an object or with nothing behind them; "form", "time" and the like need the object."""
        no_object = self.known & ~(self.has(OBJECTLIKE) & ~self.has(K.I | K.WE | K.OF))
        object_ = self.has(K.DET | K.OBJECT) & ~self.has(K.QUANTITY)
        return self.but(no_object >> 1 | self.has(K.ABSTRACT) & self.has(K.BASE) & ~(object_ >> 1))

    @token_set
    def reduced(self) -> Ints:
        """Forms in -ed that may stand for an adjective: "affected customers", "a list made by hand"."""
        agent = self.prior(self.has(K.CAPITAL) & ~self.has(K.PLURAL) | self.has(PEOPLE))
        behind = (self.has(K.BY | K.PREP) >> 1) & ~(self.after_pronoun | self.opening | agent)
        behind &= ~self.has(K.EVENT) | (self.has(K.BY) & ~(self.has(K.QUANTITY) >> 1)) >> 1
        object_ = self.has(K.DET | K.PREP | K.OBJECT | K.SUB | K.ADV | K.THING | K.WE | K.I)
        return self.past & self.has(K.PARTICIPLE) & (behind | self.opening & (self.known & ~object_) >> 1)

    @token_set
    def auxiliary(self) -> Ints:
        """Finite auxiliaries; not "be" after "to", nor the "'s" of "Maureen's staff"."""
        clitic = self.where(self.kind == possessive()) & ~self.prior(self.has(NOMINATIVE | K.WHICH | K.ADV))
        clitic &= ~(self.has(K.ING | K.DET | K.ADV | K.BEEN) >> 1)
        bare = self.has(K.BASE) & self.has(K.HAVE | K.DO) & self.prior(self.has(K.DO | K.MODAL))
        return self.has(AUX) & ~(self.has(K.BEEN) | clitic | self.prior(self.has(K.TO | K.MODAL)) | bare)

    @token_set
    def strong(self) -> Ints:
        """Tokens that are surely finite verbs."""
        past, base, third, pronoun = self.past, self.base, self.third, self.after_pronoun
        unknown = self.where(self.kind & ~(K.PLURAL | K.ABSTRACT) == 0)
        unknown &= (self.has(K.I | K.WE | K.PERSON | K.WHO) & ~self.has(K.DET)) << 1
        strong = unknown | base & pronoun | third & (pronoun | self.prior(self.has(K.THING | K.WHICH)))
        strong |= past & (~self.has(K.BASE) | self.after_noun | pronoun)
        person = self.prior(self.has(PEOPLE) & ~self.has(K.PLURAL))
        strong |= third & self.has(K.HUMAN) & self.governs & person  # "the owner says my line is short"
        after_verb = (self.opening & self.has(K.PAST)) << 1
        return strong & ~(self.reduced | after_verb & past) | self.auxiliary & ~self.reduced

    @token_set
    def weak(self) -> Ints:
        """Tokens that may be finite verbs: "put", "set", which are past or present, noun or verb."""
        opens = self.opening | self.prior(self.has(K.COORD | K.COMMA)) | self.after_noun
        opens |= self.prior(self.has(K.QUANTITY) & self.has(K.DET)) & self.has(K.DET | K.OBJECT) >> 1
        plain = self.but(self.has(K.CAPITAL | K.ABSTRACT) | self.has(K.OF) >> 1)
        weak = self.reduced | self.past & self.has(K.BASE) & ~self.strong | self.third & self.governs
        return weak | self.base & opens & (self.governs | self.opening & plain)

    @token_set
    def finite(self) -> Ints:
        """Tokens that are or may be finite verbs."""
        return self.strong | self.weak

    @token_set
    def faint(self) -> Ints:
        """Tokens that are finite verbs if there is no other."""
        return self.base & self.after_noun | self.third & self.prior(self.has(PEOPLE))

    @token_set
    def done(self) -> Ints:
        """Tokens that tell what was done, behind "had it"."""
        return self.has(K.PARTICIPLE) & ~self.determined | self.base & self.governs

    @token_set
    def human(self) -> Ints:
        """Subject pronouns of persons."""
        return self.subject & ~self.has(K.THING)

    @token_set
    def parted(self) -> Ints:
        """Tokens that part an uncertain verb from a certain one."""
        object_ = self.has(K.OBJECT) & ~(self.has(K.OF) << 1)
        return self.subject | self.relative | object_ | self.has(K.HARD | K.COORD | K.SUB)

    @token_set
    def phrase_opens(self) -> Ints:
        """Words that open a noun phrase: determiners with none before them."""
        return self.has(K.DET) & ~(self.has(K.PREP | K.DET | K.COORD | K.TO) << 1 | self.no_longer)

    @token_set
    def heads(self) -> Ints:
        """Tokens that can be the last word of a noun phrase."""
        return self.but(self.has(NO_NOUN)) | self.has(K.QUANTITY)

    @token_set
    def people(self) -> Ints:
        """Tokens that stand for persons."""
        return self.has(PEOPLE | K.OBJECT) | self.has(K.QUANTITY) & ~self.has(K.THING)
