"""Tokens, clauses -> who acted in each clause.

Every clause is read by the same few rules, each over all clauses of a batch at once: skip what opens the
clause, find its verb, find the subject of the verb, say from the verb whether a deed is told and whose it
is, and take a left-out subject from the clause before. Sets of tokens and pointers to them are bits of one
integer a clause (see `starl.agents_bits`), and a rule that few clauses call for reads only those.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from starl.agents_bits import MAX_TOKENS, ahead, at, last, token_set
from starl.agents_lexicon import Kind
from starl.agents_tokens import AUX, LIGHT, OPENER, PEOPLE, SKIP, VERB, TokenSets, is_any, settled_kinds
from starl.clauses import Clauses
from starl.roles import AGENTS, Agent
from starl.tokens import Bools, Ints


@dataclass(frozen=True, slots=True, eq=False)
class Deeds:
    """Who did the deed of each clause of a batch."""

    agent: Ints  # (n_clauses,), index into AGENTS, -1 where the clause tells of no deed
    team: Bools  # (n_clauses,), the agent is the speaker's own group, the speaker's part hidden


Small = npt.NDArray[np.int8]

K = Kind
_I, _WE, _OTHER, _NONE = (AGENTS.index(a) for a in (Agent.I, Agent.WE, Agent.OTHER, Agent.NONE))
_OWN_TEAM = len(AGENTS)
_NO_DEED, _LEFT_OUT = -1, -2
# a left-out subject is that of the clause before, but of an outcome ("cutting costs") only the speaker is
# one, and of a human act ("and said no") nothing but a person
_OUTCOME, _HUMAN = -3, -4


def find_agents(clauses: Clauses, wanted: Bools | None = None) -> Deeds:
    """Say who did the deed of each clause.

    Parameters
    ----------
    clauses
        The clauses of a batch of answers.
    wanted : (n_clauses,)
        Clauses that are asked about, such as those that are Action or Result; all if None. Only they are
        read, and those before them that they may take their subject from: the same in half the time.

    Returns
    -------
    Deeds
        Agent of each clause as an index into `AGENTS`, -1 where the clause tells of no deed or is not wanted,
        and whether the agent is the speaker's own team.
    """
    n = len(clauses)
    if not n:
        return Deeds(np.empty(0, np.int64), np.empty(0, bool))
    kind = settled_kinds(clauses)
    begin, size, space = clauses.start[:-1], np.diff(clauses.start), clauses.tokens.space
    fresh = is_fresh(clauses, kind)
    read = np.ones(n, dtype=bool) if wanted is None else leads_to(wanted, fresh)
    subject, agent = np.full(n, _NONE, dtype=np.int8), np.full(n, _NO_DEED, dtype=np.int8)
    verbless = np.zeros(n, dtype=bool)
    for some in (read & (size <= MAX_TOKENS), read & (size > MAX_TOKENS)):
        if some.any():
            tokens, sizes = np.repeat(some, size), size[some]
            reader = _Reader(kind[tokens], np.cumsum(sizes) - sizes, sizes, space[tokens])
            subject[some], agent[some], verbless[some] = reader.deeds()
    rest = verbless & ~fresh & is_any(kind[begin], K.AND)
    agent = carry(clauses, subject, agent, fresh, rest)
    if wanted is not None:
        agent = np.where(wanted, agent, np.int8(_NO_DEED))
    team = agent == _OWN_TEAM
    return Deeds(np.where(team, _OTHER, agent).astype(np.int64), team)


def leads_to(wanted: Bools, fresh: Bools) -> Bools:
    """Whether a clause is wanted, or may lend its subject to a wanted one: no fresh one stands between."""
    run = np.cumsum(fresh)
    index = np.flatnonzero(wanted)
    last_wanted = np.full(int(run[-1]) + 1, -1, dtype=np.int64)
    last_wanted[run[index]] = index  # the last one written is the last of its run
    leads: Bools = np.arange(len(wanted)) <= last_wanted[run]
    return leads


class _Reader(TokenSets):
    """The rules, for the clauses of a batch or for some of them."""

    # -- where the clause proper starts ----------------------------------------------------------------

    def deeds(self) -> tuple[Small, Small, Bools]:
        """Return subject and agent of each clause, left-out ones as such, and whether it has no verb."""
        start = self.skip_opener(self.skip_heading())
        subject, agent, verb = self.read(start)
        self.read_on(verb, subject, agent)
        return subject, agent, (self.finite | self.faint) == 0

    def following(self, pointer: Ints) -> Ints:
        """First token after each pointer that is no adverb, filler or negation."""
        return self.next(self.heavy, pointer << 1)

    def skip(self, pointer: Ints) -> Ints:
        """Move pointers over connectives, adverbs, fillers, punctuation and "I think"."""
        pointer = self.next(self.stops, pointer)
        for _ in range(2):
            hedge = at(pointer, self.hedges)
            if not hedge.any():
                break
            after = self.next(self.content, pointer << 2)
            hedge &= at(after, self.hedged)
            pointer = self.next(self.stops, np.where(hedge, after, pointer))
        return pointer

    def skip_heading(self) -> Ints:
        """Start after a heading that was left in the clause: "Result: ..."."""
        colon = self.next(self.has(K.COLON), self.first)
        heading = (colon > self.first) & (colon <= self.first << 3) & (colon < self.end)
        if heading.any():
            heading &= ~at(colon << 1, self.where(self.padded(~self.space)))
            heading &= ~(at(self.first, self.opens_deed) & (self.next(self.strong, self.first) < colon))
        return self.skip(np.where(heading, colon << 1, self.first))

    @token_set
    def opens_deed(self) -> Ints:
        """Tokens that open no heading if a verb follows: "we divided: ...", "drew three pages: ..."."""
        subject = self.has(K.I | K.WE | K.PERSON | K.DET) & ~self.has(K.THING | K.WHICH)
        return subject | self.has(K.PAST) & self.has(K.DET) >> 1

    def skip_opener(self, start: Ints) -> Ints:
        """Find where the main clause starts: after "when it rang,", "in the spring", "looking at it,"."""
        rows = np.flatnonzero(start & self.has(OPENER))
        if len(rows):
            some, here = self.only(rows), start[rows]
            for _ in range(3):
                before, here = here, some.past_opener(here)
                if (here == before).all():
                    break
            start[rows] = here
        return start

    def past_opener(self, start: Ints) -> Ints:
        """Move past one opener."""
        verb, subordinate = self.next(self.finite, start), at(start, self.has(K.WHEN))
        # a subordinate clause has a verb of its own before the main subject, a phrase has none
        own = self.next(self.human, np.where(subordinate, verb, start) << 1)
        bound = at(last(self.heavy, own, start), self.has(K.SUB | K.AND | K.WHICH | K.WHO))
        phrase_end = self.next(self.human, start << 1)
        phrase = at(start, self.has(K.LEAD | K.TO)) & (phrase_end > start << 1) & (verb >= phrase_end)
        phrase &= ~at(phrase_end >> 1, self.has(K.AND))
        everyone = at(start, self.has(K.TO)) & at(phrase_end, self.has(K.QUANTITY))
        phrase &= ~everyone  # "to keep everyone safe, I"
        target = np.where(phrase, phrase_end, own)
        after_comma = self.skip(self.next(self.has(K.HARD), start) << 1)
        to_pronoun = (subordinate & (verb < own) & ~bound | phrase) & (target < after_comma)
        to_pronoun &= ahead(target, self.finite)
        to_comma = self.opens_main(start, after_comma)
        inside = at(start, self.has(K.SUB)) & ~to_comma & ~to_pronoun
        moved = np.where(to_pronoun, target, np.where(to_comma, after_comma, start))
        return np.where(inside, self.skip(moved << 1), moved)

    def opens_main(self, start: Ints, after_comma: Ints) -> Bools:
        """Whether an opener starts at one pointer and the main clause, past a comma, at the other."""
        gerund = at(start, self.has(K.ING))
        opener = at(start, self.has(K.SUB | K.LEAD | K.TO) | self.has(K.ING) & ~self.has(PEOPLE))
        no_main = self.relative | self.has(K.TO | K.PREP) & ~self.has(K.LEAD)
        main = at(after_comma, self.but(no_main)) & ahead(after_comma, self.strong)
        noun = self.subject | self.has(K.DET | K.CAPITAL | PEOPLE | K.SUB | K.LEAD)
        return opener & main & (at(after_comma, noun) | ~gerund)

    # -- verb and subject ------------------------------------------------------------------------------

    def read(self, start: Ints) -> tuple[Small, Small, Ints]:
        """Return subject, agent and first verb of each clause as read from ``start`` on."""
        first = self.main_verb(start)
        subject, verb = self.subject_of(start, first)
        subject[verb >= self.end] = _LEFT_OUT
        return subject, self.verdict(subject, verb), first

    def main_verb(self, start: Ints) -> Ints:
        """First finite verb; an uncertain one only if no certain one could have it in its subject."""
        strong, weak = self.next(self.strong, start), self.next(self.weak, start)
        own = (strong >= self.end) | (self.next(self.parted, weak << 1) < strong)
        verb = np.where((weak < strong) & own, weak, strong)
        verb = np.where(verb < self.end, verb, self.last_resort(start))
        rows = np.flatnonzero(at(start, self.modifiers) & (verb == start))
        if len(rows):
            verb[rows] = self.only(rows).past_modifier(start[rows])
        verb = np.where(at(start, self.has(K.ING) & ~self.has(PEOPLE | K.CAPITAL)), start, verb)
        infinitive = at(start, self.has(K.TO)) & at(start << 1, self.but(self.has(K.DET | K.MINE)))
        return np.where(infinitive, start << 1, verb)

    def past_modifier(self, start: Ints) -> Ints:
        """Verb of a clause that opens with a participle: "repeated tests were stopped", "tested it"."""
        later = self.next(self.strong & self.has(AUX), start << 1)
        main = (later < self.end) & (self.next(self.parted, start << 1) > later)
        return np.where(main, later, start)

    @token_set
    def modifiers(self) -> Ints:
        """Participles that may belong to a noun behind them."""
        object_ = self.has(K.DET | K.OBJECT | K.PREP | K.TO | K.ADV | K.SUB | K.THING | PEOPLE)
        return self.has(K.PAST) & self.has(K.PARTICIPLE) & ~(object_ >> 1)

    def last_resort(self, start: Ints) -> Ints:
        """Verb of a clause without a finite one: "the manager help", "looking after it", "with him gone"."""
        verb = np.where(ahead(start, self.has(AUX)), self.end, self.next(self.faint, start))
        tail = at(start, self.has(K.ING | K.BEEN)) | at(self.first, self.has(K.WITH))
        tail &= verb >= self.end
        return np.where(tail, self.next(self.has(K.ING | K.PARTICIPLE), start), verb)

    def subject_of(self, start: Ints, verb: Ints) -> tuple[Small, Ints]:
        """Read what stands between the start of the main clause and its verb.

        Returns the subject and the verb, which is a later one if the first stands in a relative clause.
        """
        comma = last(self.has(K.HARD), verb, start)
        low = np.where(comma >= start, comma << 1, start)
        low = np.where(self.next(self.content, low) >= verb, start, low)
        pronoun, relative = last(self.subject, verb, low), last(self.relative, verb, low)
        later, embedded = self.past_relative(low, pronoun, relative, verb)
        has_relative = relative > low
        edge = np.minimum(np.where(has_relative, relative, pronoun), verb)
        high = np.where(embedded | has_relative, edge, verb)
        pronoun = np.where(embedded, low >> 1, pronoun)
        verb = np.where(embedded, later, verb)

        subject = self.noun_phrase(low, high)
        subject[has_relative & at(relative, self.has(K.WHO))] = _OTHER
        subject[at(start, self.has(K.TO)) & (verb == start << 1)] = _LEFT_OUT
        rows = np.flatnonzero((relative == low) & (pronoun < relative))
        if len(rows):
            subject[rows] = self.only(rows).relative_alone(relative[rows], verb[rows])
        us = self.next(self.has(K.US | K.ME), low)
        subject[(us < verb) & at(us, self.ours)] = _WE
        return np.where(pronoun >= low, self.pronoun(pronoun, low, verb), subject), verb

    @token_set
    def ours(self) -> Ints:
        """Tokens of "both of us", "me and Sam" that name the group."""
        and_ = self.has(K.AND)
        us = self.has(K.US) & (self.has(K.OF) << 1 | self.has(K.QUANTITY) >> 1)
        return us | self.has(K.US | K.ME) & (and_ >> 1 | and_ << 1)

    def past_relative(self, low: Ints, pronoun: Ints, relative: Ints, verb: Ints) -> tuple[Ints, Bools]:
        """Find the main verb after a relative clause: "the test (that) we ran has been repeated"."""
        contact = (pronoun > low << 1) & at(low, self.has(K.DET) & ~self.has(K.TIME))
        contact &= at(pronoun >> 1, self.antecedents) & ~at(pronoun, self.has(K.THING))
        main = self.next(self.strong, verb << 1)
        parted = self.next(self.main_parted, verb << 1)
        # "the first thing I did was to ask": the speaker's deed stands in the relative clause
        is_ = at(main, self.has(K.BE)) & ~at(self.following(main), self.has(K.PARTICIPLE | K.BEEN))
        embedded = ((relative > low) | contact) & ~(contact & is_)
        return main, embedded & (main < self.end) & (parted >= main)

    @token_set
    def antecedents(self) -> Ints:
        return self.but(self.has(SKIP | K.TIME | K.DET | K.PREP | K.SUB))

    @token_set
    def main_parted(self) -> Ints:
        return self.subject | self.has(K.HARD | K.COORD | K.SUB)

    def relative_alone(self, relative: Ints, verb: Ints) -> Small:
        """Subject of a clause that starts with its relative: "who called", but "which our chemist mixed"."""
        inner = self.next(self.content, relative << 1)
        alone = np.where(at(relative, self.has(K.WHO)), np.int8(_OTHER), np.int8(_NONE))
        return np.where(inner < verb, self.noun_phrase(inner, verb), alone)

    def pronoun(self, pronoun: Ints, low: Ints, verb: Ints) -> Small:
        """Agent named by the pronoun under each pointer, and by what is joined to it with "and"."""
        and_ = self.has(K.AND)
        joined = at(pronoun >> 1, and_)
        if joined.any():
            joined &= pronoun >> 1 > self.skip(low)
        joined |= at(pronoun << 1, and_) & (pronoun << 2 < verb)
        group = at(pronoun, self.has(K.QUANTITY) & self.has(K.PREP) >> 1)  # "everyone on the team"
        team = self.next(self.has(K.TEAM), pronoun)
        speaker = at(pronoun, self.has(K.I))
        agent = np.full(len(pronoun), _OTHER, dtype=np.int8)
        agent[group & (team < verb)] = _OWN_TEAM
        agent[at(pronoun, self.has(K.THING | K.YOU))] = _NONE
        agent[speaker] = _I
        agent[at(pronoun, self.has(K.WE)) | speaker & joined] = _WE
        return agent

    def noun_phrase(self, low: Ints, high: Ints, *, places: bool = False) -> Small:
        """Agent named by the noun phrase from ``low`` up to ``high``: a person, a group, a thing, nobody.

        A place counts for the people in it where ``places`` is set.
        """
        edges = self.has(K.PREP | K.HARD)
        first = np.maximum(last(self.phrase_opens, high, low), low)
        stop = self.next(edges, first << 1)
        of = at(stop, self.has(K.OF) & self.has(K.QUANTITY) << 1) & (stop < high)  # "two of the clerks"
        first = np.where(of, stop << 1, first)
        stop = np.minimum(np.where(of, self.next(edges, first), stop), high)
        head = last(self.heads, stop, first)
        people = self.people | self.has(K.PLACE) if places else self.people
        person = at(head, people) | self.is_name(head, low)
        agent = np.where(person, np.int8(_OTHER), np.int8(_NONE))
        owned = at(head >> 1, self.has(K.MINE)) | (head == first)
        agent[at(head, self.has(K.TEAM)) & owned] = _OWN_TEAM
        near = np.where(at(low << 1, self.has(K.DET)), low << 2, low << 1)
        agent[(head < first) | at(low, self.has(K.LEAD)) & (head <= near)] = _LEFT_OUT  # "in parallel"
        return agent

    def is_name(self, head: Ints, low: Ints) -> Bools:
        """Whether a token reads as a name: capitalised, or an unknown word alone before a verb of acting."""
        capital = at(head, self.has(K.CAPITAL) & ~self.has(K.TIME))
        verb = self.following(head)
        department = (head == low) & at(head, self.has(K.PLACE)) & at(verb, self.acting)  # "sales objected"
        acts = at(verb, self.acting & ~self.undergone)
        common = at(head, self.has(K.ABSTRACT | K.PLURAL | K.PLACE | VERB))
        lone = (head == low) & at(head, self.unknown)
        name = capital & ((head > self.first) | acts & ~common) | lone & acts
        named: Bools = name | department
        return named

    @token_set
    def undergone(self) -> Ints:
        """Participles without an object: what was done, as likely as who did it."""
        ends = self.has(K.STOP | K.PREP | K.ADV | K.HARD) | self.inside << 1 & ~self.inside
        return self.has(K.PARTICIPLE) & ~self.has(K.HUMAN) & ends >> 1

    @token_set
    def acting(self) -> Ints:
        """Finite verbs of acting."""
        return self.strong & ~self.has(AUX | K.EVENT)

    @token_set
    def unknown(self) -> Ints:
        return self.where(self.kind & ~K.CAPITAL == 0)

    # -- what the verb says ----------------------------------------------------------------------------

    def verdict(self, subject: Small, verb: Ints) -> Small:
        """Say whose deed the verb tells of, from its helpers, its voice and its meaning."""
        main, passive = self.verb_group(verb)
        thing, left_out = subject == _NONE, subject == _LEFT_OUT
        lone = main == verb
        reduced = at(verb, self.has(K.PARTICIPLE) & self.has(K.BY) >> 1) & lone  # "approved by her"
        reduced &= ~at(verb << 2, self.has(K.ING | K.TIME)) & (left_out | thing)
        speaker = (subject == _I) | (subject == _WE) | left_out
        told = self.tells_deed(thing, speaker, verb, main, passive)
        human = at(main, self.has(K.HUMAN) | self.has(K.DO) & self.has(K.DET) >> 1)  # "Mina did the design"
        noun = thing & ~at(verb >> 1, self.subject | self.relative & ~self.has(K.WHICH))
        agent = subject.copy()
        agent[noun & human] = _OTHER
        rows = np.flatnonzero(at(main, self.has(K.RECEIVE)) & ~passive)
        if len(rows):
            agent[rows] = self.only(rows).given(main[rows], agent[rows])
        left_out = agent == _LEFT_OUT
        agent[left_out & human] = _HUMAN
        agent[left_out & ~human & lone & at(main, self.has(K.ING) & self.has(K.EFFECT))] = _OUTCOME
        rows = np.flatnonzero(passive | reduced)
        if len(rows):
            agent[rows] = self.only(rows).by_phrase(main[rows])
        agent[~told] = _NO_DEED
        return agent

    def verb_group(self, verb: Ints) -> tuple[Ints, Bools]:
        """Follow helpers to the verb of meaning: "had been trying to fix"; say if the group is passive."""
        main, passive, moves = self.past_helper(verb)
        main = np.where(moves, main, verb)
        rows = np.flatnonzero(moves & ~passive)
        if len(rows):
            some, here = self.only(rows), main[rows]
            voice = np.zeros(len(rows), dtype=bool)
            for _ in range(3):
                step, turned, moves = some.past_helper(here)
                here = np.where(moves & ~voice, step, here)
                voice |= turned
            main[rows], passive[rows] = here, voice
        return main, passive

    def past_helper(self, helper: Ints) -> tuple[Ints, Bools, Bools]:
        """Return the verb after a helper, whether it is passive, and whether the helper was one."""
        after = self.following(helper)
        beyond = self.following(after)
        be, have = at(helper, self.has(K.BE)), at(helper, self.has(K.HAVE))
        done, been = at(after, self.has(K.PARTICIPLE)), at(after, self.has(K.BEEN))
        to = at(after, self.has(K.TO)) & ~at(beyond, self.has(K.DET | K.OBJECT | K.CAPITAL | K.PREP))
        able = be & at(after, self.able)
        modal = at(helper, self.has(K.MODAL | K.DO)) & at(after, self.has(K.BASE | K.HAVE)) & ~(have & done)
        helps = modal | have & (done | been) | be & (been | at(after, self.has(K.ING)))
        helps |= be & at(after, self.bare) & at(helper >> 1, self.has(K.I | K.WE | K.PERSON))
        turned = (be & ~have | at(helper, self.has(K.GET))) & done
        manage = (have | at(helper, self.has(K.MANAGE))) & to
        step = np.where(able, self.following(beyond), np.where(manage, beyond, after))
        return step, turned, (helps | turned | manage | able) & (step < self.end)

    @token_set
    def bare(self) -> Ints:
        """Tokens that learners of English put for a verb in -ing: "we was discuss the plan"."""
        object_ = self.has(K.DET | K.OBJECT) & ~self.has(K.THING)
        plain = self.has(K.BASE) & ~self.has(K.EVENT | K.PARTICIPLE | K.ABSTRACT) & object_ >> 1
        return plain | self.has(K.PAST) & ~self.has(K.PARTICIPLE | K.BASE | AUX)

    @token_set
    def able(self) -> Ints:
        """Tokens of "able to", "going to"."""
        return self.has(K.MANAGE) & ~self.has(K.PAST | K.BASE) & self.has(K.TO) >> 1

    @token_set
    def now_able(self) -> Ints:
        """Tokens of "able" behind a present "is"."""
        return self.able & self.prior(self.strong & self.has(K.BE) & ~self.has(K.PAST))

    def tells_deed(self, thing: Bools, speaker: Bools, verb: Ints, main: Ints, passive: Bools) -> Bools:
        """Whether the verb tells of something done, not of being, feeling, knowing or having."""
        person, like = ~thing & ~passive, self.has(K.LIKE) & self.has(K.FILLER)
        conduct, like = self.has(K.LIKE) & ~like, like >> 1
        no_like = like & ~(self.has(K.DET | K.QUANTITY) >> 2)
        behaves = person & ~speaker & at(self.following(main), conduct)
        be = at(main, self.has(K.BE)) & ~(
            at(main, no_like) & person | behaves
        )  # "he was like no", "was rude"
        state = at(main, self.has(K.STATE) & ~self.has(K.HAVE))
        state &= ~(at(main, self.has(K.LOOK) & ~like) & person)
        state &= ~(at(main, self.has(K.HUMAN)) & person & ~speaker)  # what others like is a reaction
        feels = at(main, self.has(K.FEELING)) & passive & ~thing
        stands = at(verb, self.has(K.BE) & ~self.has(K.PAST)) & passive & thing  # "is based in the hall"
        stands &= at(main, self.has(K.FEELING) & ~self.has(K.HUMAN))
        noun = ~at(verb >> 1, self.subject | self.relative)
        after = main << 1
        busy = at(after, self.has(K.EVENT)) | at(after, self.has(K.OBJECT | K.PREP)) & noun
        idle = at(main, self.has(K.THINGSTATE)) & thing & ~passive & ~busy  # "it took a week"
        owns = at(main, self.has(K.GET) & self.has(K.PARTICIPLE)) & (main > verb) & ~passive
        owns &= at(verb, self.has(K.HAVE))  # "has got"
        has = at(main, self.has(K.HAVE))
        if has.any():
            has &= ~self.causes(main)
        can = self.is_ability(speaker, verb, main) | at(main, self.has(K.MODAL))
        no_deed = be | state | feels | stands | idle | owns | has | can
        told: Bools = (verb < self.end) & ~no_deed
        return told

    def is_ability(self, speaker: Bools, verb: Ints, main: Ints) -> Bools:
        """Whether the helper only says that one can: "I am able to read it", "I can read it", "I'd say"."""
        able = self.next(self.now_able, verb) < main
        modal = self.has(K.MODAL)
        can = at(verb, modal & self.has(K.STATE))
        can |= at(verb, modal & self.has(K.HAVE)) & at(main, self.has(K.HEDGE))
        ability: Bools = able | can & speaker
        return ability

    def causes(self, have: Ints) -> Bools:
        """Whether "had" governs a deed: "had him write", "had it redone", "had a word"."""
        after = have << 1
        someone = self.next(self.has(K.OBJECT) | self.subject, after)
        each = np.where(at(someone << 1, self.has(K.QUANTITY)), someone << 2, someone << 1)
        stop = self.next(self.relative | self.has(K.HARD | K.STOP | K.COORD | K.TO | K.PREP), after)
        event, done = self.next(self.has(K.EVENT), after), self.next(self.done, have << 2)
        told = (someone <= have << 2) & at(each, self.has(K.BASE | K.PARTICIPLE))
        near: Bools = (event < stop) & (event >> 6 < have) | (done < stop) & (done >> 6 < have)
        return told | near

    def is_given(self, verb: Ints) -> Bools:
        """Whether a verb of receiving has a mark, a score, an award or an answer as its object."""
        after = verb << 1
        end = self.has(K.HARD | K.COORD | K.SUB | K.PREP | K.OBJECT | K.PARTICIPLE) & ~self.has(K.MARK)
        mark = self.next(self.has(K.MARK), after)
        figure = self.next(self.but(self.has(LIGHT | K.DET)) | self.has(K.QUANTITY), after)
        alone = K.STOP | K.COMMA | K.COORD | K.PREP | K.ADV | K.MARK | K.WHICH | K.FILLER
        score = at(figure, self.has(K.QUANTITY) & self.has(K.DET)) & ~at(figure << 1, self.has(K.TO))
        part = self.has(K.OF) & ~(self.has(K.QUANTITY) >> 1)  # "one of the partners"
        score &= (figure << 1 >= self.end) | at(figure << 1, self.has(alone) & ~part)
        score |= ~at(verb, self.has(K.GET))
        return score | (mark >> 6 <= verb) & (mark < self.next(end, after))

    def given(self, verb: Ints, agent: Small) -> Small:
        """Who gave what the speaker got, if it is a mark or the like: the one after "from", else nobody."""
        source = self.next(self.has(K.FROM), verb)
        stop = self.next(self.strong | self.has(K.HARD | K.STOP | K.COORD | K.TO), source)
        named = self.noun_phrase(source << 1, stop)
        somebody = (source < self.end) & ((named == _OTHER) | (named == _OWN_TEAM))
        giver = np.where(somebody, np.int8(_OTHER), np.int8(_NONE))
        return np.where((agent != _NONE) & self.is_given(verb), giver, agent)

    def by_phrase(self, verb: Ints) -> Small:
        """Agent named with "by" after a passive, none if there is no such phrase."""
        by = self.next(self.has(K.BY), verb)
        after = by << 1
        stop = self.next(self.agent_ends, after << 1)
        agent = self.noun_phrase(after, stop, places=True)
        counted = at(after, self.has(K.QUANTITY) & self.has(K.DET)) & (by < self.end)  # "by half", "by 9.30"
        agent[counted & (self.next(self.has(PEOPLE | K.OBJECT), after) >= stop)] = _NONE
        agent[at(after, self.has(K.ME))] = _I
        agent[at(after, self.has(K.US))] = _WE
        named = (by < self.end) & (by >> 8 <= verb) & ~at(after, self.has(K.ING)) & (agent != _LEFT_OUT)
        agent[~named] = _NONE
        return agent

    @token_set
    def agent_ends(self) -> Ints:
        again = self.has(K.DET) & ~(self.has(K.PREP | K.DET | K.BY) << 1)
        return self.strong | again | self.has(K.HARD | K.STOP | K.COORD | K.TO | K.ING)

    # -- past the first verb ---------------------------------------------------------------------------

    def read_on(self, verb: Ints, subject: Small, agent: Small) -> None:
        """Where the first verb tells of no deed, read what is joined to it with a comma or "and"."""
        rows = np.flatnonzero((agent == _NO_DEED) & ahead(verb << 1, self.joints))
        if not len(rows):
            return
        some = self.only(rows)
        once, once_start, verb = some.past_joint(verb[rows])
        twice, twice_start, _ = some.past_joint(verb)
        again = np.concatenate([rows[once], rows[twice]])
        if not len(again):
            return
        other, deed, _ = self.only(again).read(np.concatenate([once_start, twice_start]))
        for part in (slice(len(once)), slice(len(once), None)):
            part_rows, part_deed = again[part], deed[part]
            left_out = (part_deed == _LEFT_OUT) | (part_deed == _HUMAN)
            part_deed = np.where(left_out, subject[part_rows], part_deed)
            found = (part_deed >= 0) & (agent[part_rows] == _NO_DEED)
            agent[part_rows[found]] = part_deed[found]
            named = found & (other[part] != _LEFT_OUT)
            subject[part_rows[named]] = other[part][named]

    def past_joint(self, verb: Ints) -> tuple[Ints, Ints, Ints]:
        """Return the rows that go on after their verb, where they do so, and the next verb of all rows."""
        joint = self.next(self.joints, verb << 1)
        start = self.skip(joint)
        joined = at(start, self.human_joined) | at(start, self.plain_past) & at(joint, self.has(K.AND))
        rows = np.flatnonzero(joined)
        return rows, start[rows], self.main_verb(start)

    @token_set
    def joints(self) -> Ints:
        return self.has(K.COORD | K.HARD)

    @token_set
    def human_joined(self) -> Ints:
        return self.subject & ~self.has(K.THING | K.YOU)

    @token_set
    def plain_past(self) -> Ints:
        return self.has(K.PAST) & ~self.has(K.BASE | AUX)


# -- across clauses ----------------------------------------------------------------------------------------


def is_fresh(clauses: Clauses, kind: Ints) -> Bools:
    """Whether each clause opens a sentence or a line, so that it takes no subject from the one before."""
    begin = clauses.start[:-1]
    first, before = kind[begin], kind[np.maximum(begin - 1, 0)]
    broken = ~is_any(before, K.HARD | K.COMMA) & ~is_any(first, K.COORD | K.ING | K.ADV)
    return is_any(before, K.STOP) | is_any(first, K.CAPITAL | K.HARD) | clauses.tokens.newline[begin] | broken


def carry(clauses: Clauses, subject: Small, agent: Small, fresh: Bools, rest: Bools) -> Small:
    """Give a left-out subject that of the clause before; "I" where there is none."""
    index = np.arange(len(subject))
    first = clauses.offsets[:-1][clauses.answer]
    named = subject != _LEFT_OUT
    source = np.maximum(np.maximum.accumulate(np.where(named | fresh, index, 0)), first)
    carried = np.where(named[source], subject[source], np.int8(_I))
    agent = np.where(agent == _OUTCOME, np.where(carried == _I, np.int8(_I), np.int8(_NONE)), agent)
    agent = np.where(agent == _HUMAN, np.where(carried == _NONE, np.int8(_OTHER), carried), agent)
    agent = np.where(agent == _LEFT_OUT, carried, agent)
    # "I checked the plan | and the list.": no verb of its own, so part of the deed before
    part = rest & (agent == _NO_DEED) & ~named
    return agent[np.maximum(np.maximum.accumulate(np.where(part, 0, index)), first)]
