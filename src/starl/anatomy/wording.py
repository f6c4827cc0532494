"""The phrases that signs rest on, as data; a new list also goes into `LISTS`.

They have a book of their own, so that what findings are looked for with stays as small as it is.
"""

from functools import cache

from starl.anatomy.spelling import NUMBERS, read_spelled
from starl.findings.automaton import PhraseBook
from starl.findings.phrases import Phrases
from starl.findings.wording import QUANTITY, QUOTATION
from starl.findings.wording import VAGUE as STOCK
from starl.lexicon import read_cues

CHANGE = read_spelled("change", but="change_not")
BASELINE = read_spelled("baseline", but="baseline_not")
FEEDBACK = read_spelled("feedback", but="feedback_not")
HEDGES = read_spelled("hedges", but="hedges_not")
NEGATIVE = read_spelled("negative", but="negative_not")
PROMISE = read_spelled("promise", but="promise_not")
TIME_FRAME = read_spelled("time_frame", but="time_frame_not")
DIGITS = Phrases("digits", ("<digit>",))
NO_FIGURE = read_spelled("figure_not")

VAGUE = read_spelled("vague", but="vague_not", more=STOCK)
"""Those of the rule on vague action, and more."""
DECISION = read_spelled("decision", but="decision_not")
REASON = read_spelled("reason", but="reason_not")
TOOL = read_spelled("tool", but="tool_not")
CALENDAR = read_spelled("calendar")

SPECIFIC = read_spelled("specific", but="specific_not")
APPLIED = read_spelled("applied", but="applied_not")
CLICHE = read_spelled("cliche", but="cliche_not")

_NO_PERSONS = frozenset({
    "chair", "general", "doc", "dog", "cat", "cook", "coach", "people", "person", "folk", "folks", "other",
    "others", "one", "ones", "lot", "leads",
})  # fmt: skip
"""Nouns of the list that are as often something else, or say nothing of who."""
_NOUNS = "|".join(
    plural
    for noun in sorted(read_cues("agents_people") - _NO_PERSONS)
    for plural in (noun, noun + "s")
    if "-" not in noun and plural not in _NO_PERSONS
)
_WHOSE = f"my|our|the|a|an|his|her|their|its|this|that|each|every|another|both|some|other|all|{NUMBERS}"
PEOPLE = Phrases("people", (f"{_WHOSE} {_NOUNS}", f"{_WHOSE} * {_NOUNS}"))
"""Persons by what they are, with a word before them that says which."""

LISTS: tuple[Phrases, ...] = (
    QUANTITY,
    QUOTATION,
    NO_FIGURE,
    CHANGE,
    BASELINE,
    FEEDBACK,
    HEDGES,
    NEGATIVE,
    PROMISE,
    TIME_FRAME,
    DIGITS,
    VAGUE,
    DECISION,
    REASON,
    TOOL,
    CALENDAR,
    SPECIFIC,
    APPLIED,
    CLICHE,
    PEOPLE,
)
"""All of them, looked for together."""


@cache
def book() -> PhraseBook:
    """Return the book of `LISTS`."""
    return PhraseBook(LISTS)
