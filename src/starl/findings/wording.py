"""The phrases that rules look for, as data; a new list also goes into `LISTS`."""

from functools import cache

from starl.findings.automaton import PhraseBook
from starl.findings.phrases import Phrases, read_phrases

VAGUE = read_phrases("vague")
RECOGNITION = read_phrases("recognition")
PEOPLE_SAID = read_phrases("people_said")
TASK_SAID = read_phrases("task_said")
RESULT_SAID = read_phrases("result_said")
ENDING_SAID = read_phrases("ending_said")
LEARNING_SAID = read_phrases("learning_said")

_NUMBERS = (
    "two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen"
    "|eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundred|thousand|million|billion"
    "|dozen|zero"
)
_UNITS = (
    "hundred|thousand|million|billion|half|third|quarter|fifth|tenth|percent|per|minute|hour|day|week|month"
    "|year|point|in|of"
)
_TIMES = "doubl|tripl|quadrupl"

QUANTITY = Phrases(
    "quantity",
    (
        "<digit>",
        "<sign>",
        "percent|percentage",
        "per cent",
        _NUMBERS,
        _NUMBERS.replace("|", "s|") + "s",
        f"one {_UNITS}",
        f"one-{_UNITS}",
        "a|an third|quarter|fifth|sixth|eighth|tenth|hundred|thousand|million|dozen",
        "half|halve|halved|halves|halving",
        "|".join(stem + ending for stem in _TIMES.split("|") for ending in ("e", "ed", "es", "ing")),
        "twice|thrice|twofold|threefold|tenfold",
        "first|second|third place|prize",
        "a|an <grade> on|in|for|grade",
        "a|an <grade><stop>",
        "a|an <grade.>",
        "a|an <grade><end>",
    ),
    but=("in|since|until|till|during|of|by|from <year>",),
)
"""A quantity; a calendar year alone is none, nor is "one" by itself."""

MEASURED = Phrases(
    "measured",
    (
        "<digit>%",
        "<digit> %",
        "percent",
        "per cent",
        "by|to a third*",
        "by|to half*",
        "by|to <figure>",
        "in half",
        "doubled",
    ),
)
"""A quantity that says by how much something changed."""

QUOTATION = Phrases("quotation", ("<quote>",))

_PLACE_OR_TIME = "during|at|in|on|when|while|as|last|once|after|before"
SETTING = Phrases("setting", (_PLACE_OR_TIME, f"so|well|and {_PLACE_OR_TIME}"))
"""What a clause that sets the scene opens with."""

STATE = Phrases(
    "state",
    ("was|were|had|been|when|while|during", "<year>"),
    but=("was|were|had asked|told|given|to",),
)
"""How things were."""

_SUBJECTS = ("i|we|you|it", "i|we|you|it <adverb>")
_SAY = "say|like|love|argue|describe|call|consider|rather|prefer|have|think|add|guess"
WOULD = Phrases(
    "would",
    (*(f"{who} would" for who in _SUBJECTS), *(f"{who}'d" for who in _SUBJECTS), "and|then would"),
    but=(
        *(f"{who} would {_SAY}" for who in _SUBJECTS),
        *(f"{who}'d {_SAY}" for who in _SUBJECTS),
        *(f"{who}'d {had}" for who in _SUBJECTS for had in ("been|had", "<ed>")),
    ),
)
"""Something that would be done; not a "would" of speech, nor a "had"."""

LISTS: tuple[Phrases, ...] = (
    VAGUE,
    RECOGNITION,
    PEOPLE_SAID,
    TASK_SAID,
    RESULT_SAID,
    ENDING_SAID,
    LEARNING_SAID,
    QUANTITY,
    MEASURED,
    QUOTATION,
    SETTING,
    STATE,
    WOULD,
)
"""All of them, looked for together."""


@cache
def book() -> PhraseBook:
    """Return the book of `LISTS`."""
    return PhraseBook(LISTS)
