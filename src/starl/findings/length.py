"""Rules on length."""

import re

import numpy as np

from starl.findings.facts import Facts
from starl.findings.reading import over, under, whole
from starl.findings.rule import Case, Example, Rule, Shown, Verdict
from starl.profiles import Profile
from starl.report import Evidence
from starl.roles import Severity

_CHUNK = re.compile(r"\S+")


def too_short(facts: Facts, profile: Profile) -> Verdict:
    """Find an answer with fewer words than the profile asks for."""
    n = facts.measures.n_words
    severity, limit = under(n, profile.short_note, profile.short_warning)
    return Verdict(n >= 0, severity, n, limit, gain=1 - n / max(profile.short_note, 1))


def show_answer(case: Case) -> Shown:
    """Show the whole answer."""
    return Shown(whole(case.report), {"words": "word" if case.value == 1 else "words"})


def too_long(facts: Facts, profile: Profile) -> Verdict:
    """Find an answer with more words than the profile allows."""
    n = facts.measures.n_words
    severity, limit = over(n, profile.long_note, profile.long_warning)
    return Verdict(n > 0, severity, n, limit, gain=1 - profile.long_note / np.maximum(n, 1))


def show_beyond(case: Case) -> Shown:
    """Show what stands beyond the limit for a note."""
    return Shown(_beyond(case.report.text, case.profile.long_note))


def _beyond(text: str, n_words: int) -> tuple[Evidence, ...]:
    """Return what stands after the first ``n_words`` words."""
    words = [chunk for chunk in _CHUNK.finditer(text) if any(map(str.isalnum, chunk[0]))]
    return (Evidence(start_char=words[n_words].start(), end_char=len(text.rstrip())),)


_LONG_GOOD = """\
S	-	I coached rowers at a school on the river, and in my second year the boathouse flooded.
T	-	We had a regatta in five weeks and nothing to row in.
A	I	I rang the two clubs downstream on the same evening
A	I	and asked for their worst boats, not their best.
A	other	One of them lent us an old eight with a patched hull.
A	I	I moved training to six in the morning, because the boat was free then,
A	I	and I drove the minibus myself.
R	we	We came in third of eleven,
R	other	and the club left us the boat for the rest of the season.
L	-	I learned that people lend more easily what they do not have to worry about."""
_DETOUR = """\
A	I	and I also went through the shed to see what was left of the oars and of the seats,
A	I	and I carried the seats into the sun and turned them over, first the blue ones, later the grey ones,
A	I	and I wrote a label for every seat, as my grandfather did with his fishing rods when we were small,
A	I	although I took most of the labels off again when the seats were dry."""


def _with_detours(lines: str, n: int) -> str:
    """Return the story with ``n`` detours after its fifth line."""
    rows = lines.split("\n")
    return "\n".join([*rows[:5], *[_DETOUR] * n, *rows[5:]])


TOO_SHORT = Rule(
    code="LEN001",
    name="too-short",
    since="0.1.0",
    severities=(Severity.NOTE, Severity.WARNING),
    finds="The answer has too few words to hold a story.",
    message="the answer has {value:.0f} {words}, under the limit of {limit:.0f}",
    help=(
        "say where it happened, what you had to do, the steps you took, and what came of them: a sentence "
        "or two each"
    ),
    why=(
        "Below about fifty words there is no room for a situation, an action and a result, and little to "
        "judge."
    ),
    bad=Example(
        """\
S	-	A guest lost his passport at our hostel.
A	I	I searched the laundry
A	I	and found it in a pillowcase.
R	other	He caught his flight."""
    ),
    good=Example(
        """\
S	-	A guest at our hostel lost his passport on the morning of his flight.
T	-	He had to leave for the airport within the hour.
A	I	I asked him which rooms he had slept in
A	I	and found that he had changed beds on Tuesday.
A	I	So I went down to the laundry,
A	I	stopped the machine,
A	I	and searched the pillowcases of the first bed.
R	I	I found the passport in the second one,
R	other	and he caught his flight with ten minutes to spare."""
    ),
    limits=(
        "Leave it where the form asks for a line or two, or use the profile short. "
        "That about fifty words are too few is advice; the limit for a warning is ours."
    ),
    source=(
        "survey of 77 publishers of interview advice, 4 of whom name it as a fault; advice of 60 to 90 "
        "seconds at least"
    ),
    settings=("short_note", "short_warning"),
    check=too_short,
    show=show_answer,
)

TOO_LONG = Rule(
    code="LEN002",
    name="too-long",
    since="0.1.0",
    severities=(Severity.NOTE, Severity.WARNING),
    finds="The answer has more words than a listener is likely to follow.",
    message="the answer has {value:.0f} words, over the limit of {limit:.0f}",
    help=(
        "cut what the action does not need, most often in the background, and leave details for the "
        "follow-up question"
    ),
    why="After about three minutes a listener loses the thread, and no time is left for questions.",
    bad=Example(_with_detours(_LONG_GOOD, 5)),
    good=Example(_LONG_GOOD),
    limits=(
        "Leave it where the question asked for the whole story. The note is advice (three minutes at 140 "
        "words a minute, "
        "with a margin); the limit for a warning is ours. The evidence is what stands beyond the limit, "
        "not what to cut."
    ),
    source=(
        "survey of 77 publishers of interview advice, 11 of whom name it as a fault; advice of up to two "
        "or three minutes "
        "at 140 words a minute"
    ),
    settings=("long_note", "long_warning"),
    check=too_long,
    show=show_beyond,
)
