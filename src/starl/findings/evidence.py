"""Rules on evidence: whether the story gives the listener something to hold."""

import re
from collections.abc import Sequence

from starl.findings.reading import (
    clauses_of,
    evidence_of,
    find,
    is_sure,
    over,
    phrases,
    text_of,
    words_in,
)
from starl.findings.rule import Example, Hit, Rule
from starl.profiles import Profile
from starl.report import Clause, Report
from starl.roles import Role, Severity

_CALENDAR = re.compile(r"\b(?:in|since|until|till|during|of|by|from)\s+(?:19|20)\d\d\b", re.IGNORECASE)
_NUMBERS = (
    "two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen"
    ""
    "|eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundred|thousand|million|billion"
    "|dozen|zero"
)
_UNITS = (
    "hundred|thousand|million|billion|half|third|quarter|fifth|tenth|percent|per|minute|hour|day|week|month"
    "|year|point|in|of"
)
_QUANTITY = re.compile(
    rf"""
    \d | % | [$€£¥]
    | \bper\s?cent\b | \bpercentage\b
    | \b(?:{_NUMBERS})s?\b
    | \bone(?:\s+|-)(?:{_UNITS})\b
    | \b(?:a|an)\s+(?:third|quarter|fifth|sixth|eighth|tenth|hundred|thousand|million|dozen)\b
    | \b(?:two|three)[\s-](?:thirds|quarters|fifths)\b
    | \bhal(?:f|ve|ved|ves|ving)\b | \b(?:doubl|tripl|quadrupl)(?:e|ed|es|ing)\b
    | \b(?:twice|thrice|two-?fold|three-?fold|ten-?fold)\b
    | \b(?:first|second|third)\s+(?:place|prize)\b
    | \ban?\s+(?-i:[A-D])[+-]?(?=\s+(?:on|in|for|grade)\b|[.,;!?]|$)
    """,
    re.IGNORECASE | re.VERBOSE,
)
_MEASURED = re.compile(
    r"\d\s?%|\bper\s?cent\b|\b(?:by|to)\s+(?:a\s+third|half|\d)|\bin half\b|\bdoubled\b", re.IGNORECASE
)
_CONCRETE = re.compile(r"[\"“”]|(?<=[a-z,] )(?!I\b)[A-Z][a-z]+")


def is_quantified(text: str) -> bool:
    """Whether the text holds a quantity; a calendar year alone is none, nor is "one" by itself.

    Examples
    --------
    >>> [is_quantified(t) for t in ("cut it by a third", "no one left", "we stopped in 2019")]
    [True, False, False]
    """
    return _QUANTITY.search(_CALENDAR.sub(" ", text)) is not None


def unquantified_result(report: Report, profile: Profile) -> Hit | None:
    """Find a result without any figure; feedback or recognition makes it milder."""
    results = [c for c in clauses_of(report, Role.RESULT) if c.confidence >= profile.part_confidence]
    n_words = words_in(report, results)
    if not is_sure(report, profile) or n_words < profile.result_words:
        return None
    after = [c for c in report.clauses if c.role is Role.RESULT or c.start_char > results[-1].start_char]
    if any(is_quantified(text_of(report, clause)) for clause in after) or _MEASURED.search(report.text):
        return None
    told = any(True for name in ("recognition", "people_said") for _ in find(report, results, phrases(name)))
    return Hit(
        severity=Severity.INFO if told else Severity.NOTE,
        evidence=evidence_of(_surest(results)),
        gain=n_words / words_in(report, report.clauses),
        facts={"also": ", though it tells how people took it" if told else ""},
    )


def _surest(clauses: Sequence[Clause], most: int = 2) -> list[Clause]:
    """Return the clauses read with most confidence, in the order of the text."""
    best = sorted(clauses, key=lambda c: (-c.confidence, c.start_char))[:most]
    return sorted(best, key=lambda c: c.start_char)


def vague_action(report: Report, profile: Profile) -> Hit | None:
    """Find action told largely in stock phrases that name no concrete deed."""
    if not is_sure(report, profile):
        return None
    action = clauses_of(report, Role.ACTION)
    total = words_in(report, action)
    vague = [
        (clause, phrase)
        for clause, phrase in find(report, action, phrases("vague"))
        if not _is_concrete(report, clause)
    ]
    if not total or len(vague) < 2:
        return None
    value = round(words_in(report, (clause for clause, _ in vague)) / total, 4)
    found = over(value, profile.vague_note, profile.vague_warning if len(vague) > 2 else 1.0)
    if found is None:
        return None
    return Hit(
        severity=found[0],
        evidence=tuple(phrase for _, phrase in vague),
        value=value,
        limit=found[1],
        gain=value * total / words_in(report, report.clauses),
        facts={"phrase": max((report.text[p.start_char : p.end_char] for _, p in vague), key=len)},
    )


def _is_concrete(report: Report, clause: Clause) -> bool:
    """Whether a clause holds a quantity, a quotation or a name, which makes it concrete."""
    text = text_of(report, clause)
    return is_quantified(text) or _CONCRETE.search(text) is not None


UNQUANTIFIED_RESULT = Rule(
    code="EVD001",
    name="unquantified-result",
    since="0.1.0",
    severities=(Severity.INFO, Severity.NOTE),
    finds="The result has no figure: no digit, no number word, no half or double.",
    message="the result names no figure{also}",
    help=(
        "add a figure you are sure of: how many, how much, how long before and after; "
        "an honest estimate will do, and where nothing was counted, say who noticed and how"
    ),
    why="A figure lets the listener judge how large the result was, and is what they write down.",
    bad=Example(
        """\
S	-	The night shift and the day shift at our warehouse blamed each other for broken pallets.
T	-	I had to stop the breakages before the autumn season.
A	I	I stood at the ramp for a week with a notebook
A	I	and wrote down every pallet that came in damaged.
A	I	Then I moved the strapping machine next to the ramp
A	I	and showed both shifts how to strap the corners.
R	none	The breakages became much rarer after that,
R	none	and the mood between the shifts got a lot better."""
    ),
    good=Example(
        """\
S	-	The night shift and the day shift at our warehouse blamed each other for broken pallets.
T	-	I had to stop the breakages before the autumn season.
A	I	I stood at the ramp for a week with a notebook
A	I	and wrote down every pallet that came in damaged.
A	I	Then I moved the strapping machine next to the ramp
A	I	and showed both shifts how to strap the corners.
R	none	The breakages fell from thirty a week to four,
R	other	and the two shift leads now share one notebook."""
    ),
    limits=(
        "Not every result can be counted: where the answer tells of feedback, of recognition, or of how "
        "people got on or felt, this is only info. "
        'A calendar year is no figure, nor is "one" by itself; a figure anywhere from the last result on '
        "counts. "
        "Results under result_words words, not counting clauses read with less than part_confidence, are not "
        "judged; those limits are ours."
    ),
    source=(
        "survey of 77 publishers of interview advice, 12 of whom name missing numbers as a fault; in "
        "answers typed into "
        "a form only 7 % hold a digit, so the absence is common"
    ),
    settings=("result_words", "part_confidence", "part_words", "min_confidence"),
    check=unquantified_result,
)

VAGUE_ACTION = Rule(
    code="EVD002",
    name="vague-action",
    since="0.1.0",
    severities=(Severity.NOTE, Severity.WARNING),
    finds="Much of the action is told in stock phrases that name no concrete deed.",
    message=(
        '{value:.0%} of the action is told in general phrases such as "{phrase}", over the {limit:.0%} limit'
    ),
    help=(
        "for each phrase ask what a camera would have seen: whom you called, what you wrote, moved or "
        "changed, "
        "and tell that instead"
    ),
    why="A phrase that fits every story tells the listener nothing about this one, and nothing about you.",
    bad=Example(
        """\
S	-	Last winter a regular guest at our hotel was angry about the noise from the building site next door.
T	-	I had to keep him as a guest.
A	I	I handled the situation professionally
A	I	and made sure that we were on the same page.
A	I	I communicated with everyone involved in a timely manner,
A	I	took the appropriate steps,
A	I	and went the extra mile at all times.
R	other	He has booked five more stays since,
L	-	and I learned that guests can take bad news if they get it early."""
    ),
    good=Example(
        """\
S	-	Last winter a regular guest at our hotel was angry about the noise from the building site next door.
T	-	I had to keep him as a guest.
A	I	I walked over to the site
A	I	and asked the foreman for his drilling hours.
A	I	Then I moved the guest to a room on the garden side,
A	I	slid the drilling hours under his door every evening,
A	I	and took the minibar off his bill.
R	other	He has booked five more stays since,
L	-	and I learned that guests can take bad news if they get it early."""
    ),
    limits=(
        "A single stock phrase is never reported, two are a note at most, and a clause that also holds a "
        "figure, a name or a quotation does not count. "
        "The list of phrases and the limits are ours; a trade may have a precise use for one of them."
    ),
    source=(
        "survey of 77 publishers of interview advice, 29 of whom name vagueness as a fault; the phrases "
        "are our own"
    ),
    settings=("vague_note", "vague_warning", "part_words", "min_confidence"),
    check=vague_action,
)
