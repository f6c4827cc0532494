"""Report, transcript -> delivery: seconds, pace, pauses, fillers and hedges, and what each turn supplied.

It is information beside the report: no finding and no share of words depends on it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from starl.errors import ShapeError
from starl.markers import find_markers
from starl.report import (
    AnswerTurn,
    Clause,
    Delivery,
    Pauses,
    Report,
    RoleSeconds,
    RoleShares,
    RoleWords,
)
from starl.roles import ROLES, STORY_ROLES, Agent, Role
from starl.transcripts import Spoken, SpokenTurn, SpokenWord, Transcript, spoken

PAUSE_SECONDS = 1.0
"""A silence of this length between two words of a turn is a pause; ours: shorter ones are phrasing."""


def with_delivery(report: Report, transcript: Transcript) -> Report:
    """Add to a report how the answer was told.

    Parameters
    ----------
    report
        On the text of ``spoken(transcript)``.
    transcript
        The talk.

    Raises
    ------
    ShapeError
        If the report is on another text.
    """
    answer = spoken(transcript)
    if report.text != answer.text:
        raise ShapeError(
            f"the report must be on the answer in the transcript, {answer.text[:40]!r}, "
            f"got {report.text[:40]!r}; analyze the transcript"
        )
    return report.model_copy(update={"delivery": deliver(answer, report.clauses)})


def deliver(answer: Spoken, clauses: Sequence[Clause]) -> Delivery:
    """Measure how an answer was told.

    Formulas, ranges and undefined cases are in ``docs/guides/transcripts.md``.

    Parameters
    ----------
    answer
        The candidate's words with their times.
    clauses
        Of the report on its text: each character that is no space is in exactly one.
    """
    roles = roles_of(answer.text, clauses)
    seconds = role_seconds(answer, roles)
    story = [seconds[role] for role in STORY_ROLES]
    silent = [gap for turn in answer.turns for gap in pauses(turn)]
    n_words = sum(is_word(answer.text, word) for word in answer.words)
    spent = sum(seconds.values()) + sum(silent)
    return Delivery(
        candidate=answer.candidate,
        candidate_rule=answer.rule,
        seconds_spoken=round(sum(seconds.values()), 3),
        words_per_minute=round(60 * n_words / spent, 1) if spent > 0 else None,
        pauses=Pauses(
            count=len(silent), seconds=round(sum(silent), 3), longest=max(silent) if silent else None
        ),
        seconds=RoleSeconds(**{role: round(n, 3) for role, n in seconds.items()}),
        share=_shares(story),
        setting_share=_share(sum(story[:2]), sum(story)),
        core_share=_share(sum(story[2:4]), sum(story)),
        seconds_to_first_own_action=_first_own_action(answer, clauses),
        fillers=find_markers(answer.text, "fillers", n_words),
        hedges=find_markers(answer.text, "hedges", n_words),
        turns=tuple(_turns(answer, clauses, roles)),
    )


def roles_of(text: str, clauses: Sequence[Clause]) -> list[Role]:
    """Return the role of each character of a text; what stands in no clause is other."""
    roles = [Role.OTHER] * len(text)
    for clause in clauses:
        roles[clause.start_char : clause.end_char] = [clause.role] * (clause.end_char - clause.start_char)
    return roles


def is_word(text: str, word: SpokenWord) -> bool:
    """Whether a word counts as one: it holds a letter or a digit."""
    return any(map(str.isalnum, text[word.start_char : word.end_char]))


def held(turn: SpokenTurn) -> list[float]:
    """Return how long each word of a turn lasts, in seconds.

    It lasts until the next one begins, so that the short silences of phrasing count as speech; before a
    pause, and as the last one, until its own end. The words and the pauses make up the turn.
    """
    following = [*(word.start for word in turn.words[1:]), turn.end]
    return [
        max(following[i] - word.start - (gap if gap is not None else 0.0), 0.0)  # a pause is rounded
        for i, (word, gap) in enumerate(zip(turn.words, _gaps(turn), strict=True))
    ]


def pauses(turn: SpokenTurn) -> list[float]:
    """Return the silences of `PAUSE_SECONDS` or more between two words of a turn, in seconds.

    None is found after a word whose end the transcript does not know.
    """
    return [gap for gap in _gaps(turn) if gap is not None]


def _gaps(turn: SpokenTurn) -> Iterator[float | None]:
    """Yield the pause after each word of a turn, None where there is none."""
    for word, following in zip(turn.words, [*turn.words[1:], None], strict=True):
        if following is None or word.end is None:
            yield None
        else:
            gap = round(following.start - word.end, 3)
            yield gap if gap >= PAUSE_SECONDS else None


def role_seconds(answer: Spoken, roles: Sequence[Role]) -> dict[Role, float]:
    """Return the seconds of speech by role; a word that two clauses share is divided by characters."""
    seconds = dict.fromkeys(ROLES, 0.0)
    for turn in answer.turns:
        for word, time in zip(turn.words, held(turn), strict=True):
            chars = roles[word.start_char : word.end_char]
            for role, run in groupby(chars):
                seconds[role] += time * len(list(run)) / len(chars)
    return seconds


def _share(part: float, whole: float) -> float | None:
    return min(round(part / whole, 4), 1.0) if whole > 0 else None


def _shares(story: Sequence[float]) -> RoleShares | None:
    whole = sum(story)
    if whole <= 0:
        return None
    return RoleShares(
        **{role: min(round(n / whole, 4), 1.0) for role, n in zip(STORY_ROLES, story, strict=True)}
    )


def _first_own_action(answer: Spoken, clauses: Sequence[Clause]) -> float | None:
    """Return the seconds from the first word to the first action of the speaker, alone or with others."""
    own = (c for c in clauses if c.role is Role.ACTION and c.agent in (Agent.I, Agent.WE))
    first = next(own, None)
    if first is None:
        return None
    return round(answer.seconds_at(first.start_char) - answer.words[0].start, 3)


def _turns(answer: Spoken, clauses: Sequence[Clause], roles: Sequence[Role]) -> Iterator[AnswerTurn]:
    """Yield the candidate's turns; a part is supplied by the turn in which its first clause begins."""
    first = {role: answer.turn_at(c.start_char) for c in reversed(clauses) for role in (c.role,)}
    for i, turn in enumerate(answer.turns):
        words = dict.fromkeys(ROLES, 0)
        for word in turn.words:
            words[roles[word.start_char]] += is_word(answer.text, word)
        yield AnswerTurn(
            start_char=turn.start_char,
            end_char=turn.end_char,
            start=turn.start,
            end=turn.end,
            question=turn.question,
            words=RoleWords(**words),
            supplies=tuple(role for role in STORY_ROLES if first.get(role) == i),
        )


def lines_of(delivery: Delivery) -> list[str]:
    """Say in plain lines how an answer was told.

    Examples
    --------
    Told by Ann (most words): 20.0 s, 153 words a minute, 2 pauses of 3.5 s in all
    Seconds: situation 4.0 (24 %), action 8.5 (52 %), result 4.0 (24 %)
    First own action after 6.0 s
    2 fillers, 1 hedge
    The result came in turn 2, after "And what came of it?"
    """
    return [_told(delivery), *_seconds_line(delivery), *_counts(delivery), *follow_ups(delivery)]


def follow_ups(delivery: Delivery) -> list[str]:
    """Say which parts of the story came after the first turn, and what was asked before them."""
    return [
        f"The {' and '.join(turn.supplies)} came in turn {n}"
        + (f', after "{turn.question}"' if turn.question else "")
        for n, turn in enumerate(delivery.turns, 1)
        if n > 1 and turn.supplies
    ]


def _told(delivery: Delivery) -> str:
    silent = delivery.pauses
    rule = delivery.candidate_rule.replace("_", " ")
    by = f" by {delivery.candidate} ({rule})" if delivery.candidate else ""
    pace = "" if delivery.words_per_minute is None else f", {delivery.words_per_minute:.0f} words a minute"
    pauses = f", {_counted(silent.count, 'pause')}"
    pauses += f" of {silent.seconds:.1f} s in all" if silent.count else ""
    return f"Told{by}: {delivery.seconds_spoken + silent.seconds:.1f} s{pace}{pauses}"


def _seconds_line(delivery: Delivery) -> Iterator[str]:
    if delivery.share:
        told = delivery.seconds.model_dump()
        parts = [f"{role} {told[role]:.1f} ({n:.0%})" for role, n in delivery.share if told[role]]
        yield "Seconds: " + ", ".join(parts).replace("%", " %")


def _counts(delivery: Delivery) -> Iterator[str]:
    if delivery.seconds_to_first_own_action is not None:
        yield f"First own action after {delivery.seconds_to_first_own_action:.1f} s"
    yield f"{_counted(delivery.fillers.count, 'filler')}, {_counted(delivery.hedges.count, 'hedge')}"


def _counted(n: int, what: str) -> str:
    return f"{n} {what}" if n == 1 else f"{n} {what}s"
