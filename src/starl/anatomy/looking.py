"""Facts -> signs: where each sign of a batch of answers stands, decided on arrays."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from starl.anatomy.places import Places, clause_places, joined, places_of
from starl.anatomy.wording import (
    APPLIED,
    BASELINE,
    CALENDAR,
    CHANGE,
    CLICHE,
    DECISION,
    DIGITS,
    FEEDBACK,
    HEDGES,
    NEGATIVE,
    NO_FIGURE,
    PEOPLE,
    PROMISE,
    REASON,
    SPECIFIC,
    TIME_FRAME,
    TOOL,
    VAGUE,
    book,
)
from starl.findings.automaton import Found
from starl.findings.evidence import name_shape
from starl.findings.facts import ACTION, LEARNING, RESULT, Facts
from starl.findings.phrases import Phrases
from starl.findings.wording import QUANTITY, QUOTATION
from starl.roles import AGENTS, Agent
from starl.tokens import Bools

_I, _WE, _OTHER, _NONE = (AGENTS.index(agent) for agent in (Agent.I, Agent.WE, Agent.OTHER, Agent.NONE))
_CAPITAL, _LOWER = 1, 2


_CLOCK = re.compile(r"\d{1,2}:\d\d\w*|\d{1,2}(?:[.:]\d\d)?(?:am|pm|h)|\d{1,2}h\d\d", re.IGNORECASE)


def is_clock(token: str) -> bool:
    """Whether a token is a time of day.

    Examples
    --------
    >>> [is_clock(token) for token in ("11:52", "6pm", "3.40")]
    [True, True, False]
    """
    return _CLOCK.fullmatch(token) is not None


@dataclass(frozen=True, eq=False)
class Signs:
    """All signs of a batch of answers, looked for as they are asked for."""

    facts: Facts

    @cached_property
    def found(self) -> Found:
        """Every place where one of the phrases of `starl.anatomy.wording` stands."""
        return book().find(self.facts.clauses)

    @cached_property
    def result(self) -> Mapping[str, Places]:
        """Where each sign of `ResultAnatomy` stands."""
        inside = self.facts.roles == RESULT  # (n_clauses,)
        promise, feedback = (self._at(phrases, inside) for phrases in (PROMISE, FEEDBACK))
        figures = joined(self._at(QUANTITY, inside))
        times = self._at(TIME_FRAME, inside)
        measured = self._counting(figures.apart_from(times))
        changes = places_of(self.found, CHANGE).holding[measured.clause]
        digits = figures.touching(self._at(DIGITS, inside))
        return {
            "stated": self._clauses(inside & (feedback.holding | ~promise.holding)),
            "measured": measured,
            "change": measured.where(changes),
            "size": measured.where(~changes),
            "baseline": self._at(BASELINE, inside),
            "time_frame": times,
            "digits": figures.where(digits),
            "number_words": figures.where(~digits),
            "feedback": feedback,
            "by_speaker": self._done_by(inside, _I),
            "by_speaker_and_others": self._done_by(inside, _WE),
            "by_others": self._done_by(inside, _OTHER),
            "by_nobody_named": self._done_by(inside, _NONE),
            "hedged": self._at(HEDGES, inside),
            "negative": self._at(NEGATIVE, inside),
            "promise": promise,
        }

    @cached_property
    def action(self) -> Mapping[str, Places]:
        """Where each sign of `ActionAnatomy` stands."""
        inside = self.facts.roles == ACTION  # (n_clauses,)
        not_others = self.facts.agents != _OTHER
        names = self.names.within(inside)
        plain = inside & ~names.holding
        for phrases in (QUANTITY, QUOTATION):
            plain &= ~places_of(self.found, phrases).holding
        vague = self._at(VAGUE, plain & not_others)
        own = (self.facts.agents >= 0) & not_others
        return {
            "steps": self._clauses(inside & own & ~vague.holding),
            "decisions": self._at(DECISION, inside & not_others),
            "vague": vague,
            "tools": self._at(TOOL, inside),
            "people": self._at(PEOPLE, inside),
            "names": names,
            "reasons": self._at(REASON, inside),
        }

    @cached_property
    def learning(self) -> Mapping[str, Places]:
        """Where each sign of `LearningAnatomy` stands."""
        inside = self.facts.roles == LEARNING  # (n_clauses,)
        cliche = self._at(CLICHE, inside)
        return {
            "specific": self._at(SPECIFIC, inside & ~cliche.holding),
            "applied": self._at(APPLIED, inside),
            "cliche": cliche,
        }

    @cached_property
    def names(self) -> Places:
        """Words with a capital within a sentence, neighbours as one."""
        tokens, clauses = self.facts.tokens, self.facts.clauses
        shape = tokens.vocab.attribute(name_shape, np.int8)[tokens.ids]  # (n_tokens,)
        capital = (shape & _CAPITAL > 0) & tokens.space
        inside = np.zeros(len(tokens), dtype=bool)
        inside[1:] = shape[:-1] & _LOWER > 0
        inside[clauses.start[:-1]] = False
        at = np.flatnonzero(capital & inside)
        apart = Places(clauses, at, at)
        for phrases in (CALENDAR, TOOL):
            apart = apart.apart_from(places_of(self.found, phrases))
        return joined(apart)

    def has(self, part: str, sign: str) -> Bools:
        """Return which answers show a sign, shape (n,).

        Parameters
        ----------
        part
            ``result``, ``action`` or ``learning``.
        sign
            Name of a field of its type, such as ``measured``.
        """
        return self.facts.has(getattr(self, part)[sign].holding)

    def _at(self, phrases: Phrases, clauses: Bools) -> Places:
        return places_of(self.found, phrases).within(clauses)

    def _counting(self, figures: Places) -> Places:
        """Return the quantities that count something: no clock times, nor "one of"."""
        tokens = self.facts.tokens
        clock = tokens.vocab.attribute(is_clock, np.int8)[tokens.ids[figures.first]] > 0
        return figures.where(~clock).apart_from(places_of(self.found, NO_FIGURE))

    def _clauses(self, mask: Bools) -> Places:
        return clause_places(self.facts.clauses, mask)

    def _done_by(self, inside: Bools, agent: int) -> Places:
        return self._clauses(inside & (self.facts.agents == agent))
