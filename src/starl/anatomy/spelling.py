"""One phrase of a list -> the phrases that say the same: "I" or "we", in full or contracted.

Lists are written with ``i``, ``my``, ``me`` and ``was`` and in full (``did not``, ``i would``), so that who
tells the story, and how, moves no sign.
"""

import re

from starl.findings.phrases import Phrases
from starl.lexicon import read_cues

NUMBERS = (
    "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen"
    "|seventeen|eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundred|thousand"
    "|million|billion|dozen"
)
UNITS = (
    "second|minute|hour|day|night|week|weekend|month|quarter|year|term|semester|season|sprint"
    "|seconds|minutes|hours|days|nights|weeks|weekends|months|quarters|years|terms|semesters|seasons|sprints"
)
_PERSONS = {
    "i": "i|we",
    "my": "my|our",
    "me": "me|us",
    "mine": "mine|ours",
    "myself": "myself|ourselves",
    "am": "am|are",
    "was": "was|were",
}
_PRONOUNS = frozenset({"i", "we", "you", "he", "she", "it", "they", "that", "there", "this"})
_CONTRACTED = {
    "am": "'m", "are": "'re", "is": "'s", "has": "'s", "have": "'ve", "will": "'ll", "would": "'d",
    "had": "'d",
}  # fmt: skip
_AUXILIARIES = (
    "did", "does", "do", "was", "were", "is", "are", "has", "have", "had", "could", "would", "should",
)  # fmt: skip
_BEFORE_NT = {"will": "wo", "can": "ca"}
_TWICE = re.compile(r"'\w+n't")
"""What nobody contracts, as in "I'lln't"."""


def spellings(phrase: str) -> tuple[str, ...]:
    """Return the phrases that one entry of a list stands for.

    ``<number>`` stands for a figure or a number word, ``<unit>`` for a unit of time.

    Examples
    --------
    >>> spellings("i did not")
    ('i|we did not', "i|we didn't")
    >>> spellings("it will not")
    ('it will not', "it won't", "it'll not")
    """
    words = [_any_person(word) for word in phrase.split(" ")]
    forms = [""]
    for i, word in enumerate(words):
        before = words[i - 1] if i else ""
        forms = [form + tail for form in forms for tail in _tails(before, word, first=not i)]
    return tuple(dict.fromkeys(_settle(form) for form in forms if not _TWICE.search(form)))


def _any_person(word: str) -> str:
    """Return a word of a phrase for the speaker alone or with others."""
    said = [person for part in word.split("|") for person in _PERSONS.get(part, part).split("|")]
    return "|".join(dict.fromkeys(said))


def _tails(before: str, word: str, *, first: bool) -> list[str]:
    """Return how a word may be written after another, white space in front with it."""
    space = "" if first else " "
    if word == "<number>":
        return [space + "<figure>", space + NUMBERS]
    tails = [space + (UNITS if word == "<unit>" else word)]
    if first and "not" in word.split("|"):
        tails.append("|".join(_AUXILIARIES) + "n't")
    if not first and _PRONOUNS & set(before.split("|")):
        tails += sorted({_CONTRACTED[part] for part in word.split("|") if part in _CONTRACTED})
    if word == "not" and set(before.split("|")) <= {*_AUXILIARIES, *_BEFORE_NT}:
        tails.append("n't")
    return tails


def _settle(form: str) -> str:
    """Write a verb as it stands before "n't"."""
    return re.sub(r"\b(will|can)(?=n't)", lambda found: _BEFORE_NT[found[1]], form)


def read_spelled(name: str, *, but: str = "", more: Phrases | None = None) -> Phrases:
    """Return the phrases of ``cues/anatomy/<name>.txt`` in every spelling.

    Parameters
    ----------
    name
        Of the list.
    but
        Name of the list of phrases that take back each place of the first that they overlap, if any.
    more
        Phrases that count as well, as they stand.
    """
    phrases = _read(name) + (more.phrases if more else ())
    return Phrases(name, tuple(dict.fromkeys(phrases)), _read(but) if but else ())


def _read(name: str) -> tuple[str, ...]:
    entries = sorted(read_cues(f"anatomy/{name}"))
    return tuple(dict.fromkeys(form for entry in entries for form in spellings(entry)))
