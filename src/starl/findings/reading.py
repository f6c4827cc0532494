"""What the checks read from a report: clauses by role, their words, phrases in them."""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from importlib.resources import files

from starl.profiles import Profile
from starl.report import Clause, Evidence, Report
from starl.roles import STORY_ROLES, Role, Severity


def clauses_of(report: Report, *roles: Role) -> list[Clause]:
    """Return the clauses of the given roles, in order."""
    return [clause for clause in report.clauses if clause.role in roles]


def text_of(report: Report, clause: Clause) -> str:
    """Return the text of a clause."""
    return report.text[clause.start_char : clause.end_char]


def count_words(text: str) -> int:
    """Count the white-space chunks that hold a letter or digit."""
    return sum(any(map(str.isalnum, chunk)) for chunk in text.split())


def words_in(report: Report, clauses: Iterable[Clause]) -> int:
    """Count the words of clauses."""
    return sum(count_words(text_of(report, clause)) for clause in clauses)


def story_words(report: Report) -> int:
    """Count the words of the story: all but role other."""
    if report.balance is None:
        return 0
    return sum(getattr(report.balance.words, role) for role in STORY_ROLES)


def whole(report: Report) -> tuple[Evidence, ...]:
    """Return the answer as evidence, without the white space around it."""
    start = len(report.text) - len(report.text.lstrip())
    end = len(report.text.rstrip())
    return (Evidence(start_char=start, end_char=end),) if end > start else ()


def evidence_of(clauses: Iterable[Clause]) -> tuple[Evidence, ...]:
    """Return clauses as evidence, in order."""
    return tuple(Evidence(start_char=c.start_char, end_char=c.end_char) for c in clauses)


def longest_spans(report: Report, *roles: Role, most: int = 2) -> tuple[Evidence, ...]:
    """Return the longest spans of the given roles, in the order of the text."""
    spans = sorted(
        (span for span in report.spans if span.role in roles), key=lambda s: (-s.n_words, s.start_char)
    )
    best = sorted(spans[:most], key=lambda s: s.start_char)
    return tuple(Evidence(start_char=s.start_char, end_char=s.end_char) for s in best)


def exceeds(value: float, limit: float) -> bool:
    """Whether a value lies above a limit. Shares are compared in whole percent, as messages show them."""
    return round(100 * value) > round(100 * limit)


def over(value: float, note: float, warning: float) -> tuple[Severity, float] | None:
    """Return the severity and the limit that a value lies above, or None."""
    if exceeds(value, warning):
        return Severity.WARNING, warning
    return (Severity.NOTE, note) if exceeds(value, note) else None


def under(value: float, note: float, warning: float) -> tuple[Severity, float] | None:
    """Return the severity and the limit that a value lies below, or None."""
    if exceeds(warning, value):
        return Severity.WARNING, warning
    return (Severity.NOTE, note) if exceeds(note, value) else None


def is_sure(report: Report, profile: Profile) -> bool:
    """Whether the story is long enough, and the roles sure enough, to call a part missing."""
    if story_words(report) < profile.part_words:
        return False
    weights = [(count_words(text_of(report, c)), c.confidence) for c in report.clauses]
    total = sum(n for n, _ in weights)
    return sum(n * confidence for n, confidence in weights) >= profile.min_confidence * total


def hides_action(report: Report, profile: Profile) -> bool:
    """Whether no action was read although one of the clauses may well be it."""
    return not clauses_of(report, Role.ACTION) and any(
        clause.confidence < profile.part_confidence for clause in report.clauses
    )


@cache
def phrases(name: str) -> re.Pattern[str]:
    """Return a pattern for the phrases of ``cues/<name>.txt``: one a line, the source on the first.

    A phrase matches in any case, over any white space, with either apostrophe. ``*`` stands for the rest
    of a word, ``...`` for up to three words.
    """
    lines = files("starl").joinpath("cues", f"{name}.txt").read_text(encoding="utf-8").splitlines()
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(_as_pattern, lines[1:]))})(?!\w)", re.IGNORECASE)


def _as_pattern(phrase: str) -> str:
    pattern = re.escape(phrase).replace(r"\ \.\.\.\ ", r"\s+(?:\S+\s+){0,3}?").replace(r"\ ", r"\s+")
    return pattern.replace(r"\*", r"\w*").replace("'", "['’]")


def find(
    report: Report, clauses: Sequence[Clause], pattern: re.Pattern[str]
) -> Iterator[tuple[Clause, Evidence]]:
    """Yield each clause that holds the pattern, with the first place it is found at."""
    for clause in clauses:
        if match := pattern.search(report.text, clause.start_char, clause.end_char):
            yield clause, Evidence(start_char=match.start(), end_char=match.end())
