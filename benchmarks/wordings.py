"""Ways to write one answer differently without changing what it says; scores must not move with them."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping

from starl.variants import strip_marks

SPELLINGS = {
    "organis": "organiz", "realis": "realiz", "recognis": "recogniz", "analys": "analyz",
    "prioritis": "prioritiz", "summaris": "summariz", "apologis": "apologiz", "minimis": "minimiz",
    "optimis": "optimiz", "finalis": "finaliz", "emphasis": "emphasiz", "reorganis": "reorganiz",
    "behaviour": "behavior", "colour": "color", "favour": "favor", "labour": "labor", "neighbour": "neighbor",
    "honour": "honor", "humour": "humor", "centre": "center", "theatre": "theater", "metre": "meter",
    "litre": "liter", "programme": "program", "catalogue": "catalog", "dialogue": "dialog",
    "cancelled": "canceled", "labelled": "labeled", "travelled": "traveled", "modelled": "modeled",
    "defence": "defense", "licence": "license", "enrol": "enroll", "fulfil": "fulfill", "grey": "gray",
    "cheque": "check", "learnt": "learned", "spelt": "spelled", "whilst": "while", "mum": "mom",
}  # fmt: skip
"""British beginning of a word -> the American one."""
_KEPT = ("emphasis", "analysis", "optimism", "enroll", "fulfill", "programmer", "programmed", "programmes")
"""Words that begin like one of them and are the same in both, or change otherwise."""

CONTRACTED = {
    "did not": "didn't", "was not": "wasn't", "were not": "weren't", "could not": "couldn't",
    "had not": "hadn't", "do not": "don't", "does not": "doesn't", "is not": "isn't", "would not": "wouldn't",
    "have not": "haven't", "has not": "hasn't", "are not": "aren't", "should not": "shouldn't",
    "cannot": "can't", "I am": "I'm", "I have": "I've", "I will": "I'll", "we have": "we've",
    "we are": "we're", "we will": "we'll", "they are": "they're", "it is": "it's", "that is": "that's",
}  # fmt: skip
_STAND_INS = ("my manager", "my boss", "my supervisor", "my colleague", "a colleague", "my teammate",
              "my friend", "one of my colleagues", "the manager", "the client", "the customer",
              "the director", "the owner", "the teacher")  # fmt: skip
NAMES = (
    ("Emma", "Jack", "Sarah", "Tom", "Laura", "David"),
    ("Nkechi", "Xiulan", "Özlem", "Thabo", "Guadalupe", "Rajesh"),
)
"""Two lists of names, one to stand for the other."""
FILLERS = ("um", "uh", "you know", "I mean", "sort of", "like")


def british(text: str) -> str:
    """Spell as the British do."""
    return _respelt(text, {american: own for own, american in SPELLINGS.items()})


def american(text: str) -> str:
    """Spell as Americans do."""
    return _respelt(text, SPELLINGS)


def _respelt(text: str, spellings: Mapping[str, str]) -> str:
    beginnings = "|".join(sorted(map(re.escape, spellings), key=len, reverse=True))

    def respell(match: re.Match[str]) -> str:
        word = match[0]
        return word if word.lower().startswith(_KEPT) else spellings[match[1].lower()] + match[2]

    return re.sub(rf"\b({beginnings})(\w*)", respell, text)


def contracted(text: str) -> str:
    """Contract what may be contracted."""
    return _replaced(text, CONTRACTED)


def expanded(text: str) -> str:
    """Write contractions out."""
    return _replaced(text.replace("’", "'"), {short: full for full, short in CONTRACTED.items()})


def _replaced(text: str, pairs: Mapping[str, str]) -> str:
    for old, new in pairs.items():
        text = re.sub(rf"\b{old}\b(?!['’])", new, text)
        text = re.sub(rf"\b{old.capitalize()}\b(?!['’])", new[0].upper() + new[1:], text)
    return text


def named(text: str, which: int) -> str:
    """Give a name to people who have none, from one of the lists of `NAMES`."""
    for n, person in enumerate(_STAND_INS):
        text = re.sub(
            rf"\b{person}\b(?!['’])", NAMES[which][n % len(NAMES[which])], text, flags=re.IGNORECASE
        )
    return text


def uncapped(text: str) -> str:
    """Begin no sentence with a capital."""
    return re.sub(r"(^|[.!?]\s+)([A-Z])(?=\w*[a-z]|\s)", lambda m: m[1] + m[2].lower(), text)


def typographic(text: str) -> str:
    """Write quotation marks and apostrophes as a printer does."""
    text = re.sub(r'(^|[\s(])"', r"\1“", text).replace('"', "”")
    return re.sub(r"(^|[\s(])'", r"\1‘", text).replace("'", "’")


def straight(text: str) -> str:
    """Write quotation marks and apostrophes as a typewriter does."""
    return text.translate(str.maketrans("“”‘’", "\"\"''"))


def with_fillers(text: str, one_in: int = 30) -> str:
    """Put a filler after about one word in thirty, after a comma or full stop where there is one."""
    rng, words = random.Random(text), text.split(" ")
    places = [i for i, word in enumerate(words[:-1]) if word.endswith((",", "."))] or [0]
    for i in sorted(rng.sample(places, min(len(places), max(1, len(words) // one_in))), reverse=True):
        filler = rng.choice(FILLERS)
        words.insert(i + 1, (filler if words[i].endswith(",") else filler.capitalize()) + ",")
    return " ".join(words)


def unmarked(text: str) -> str:
    """Leave out all punctuation but that within words."""
    return " ".join(words for _, _, words in strip_marks([("S", "-", text)]))


PAIRS: Mapping[str, tuple[Callable[[str], str], Callable[[str], str]]] = {
    "names": (lambda text: named(text, 0), lambda text: named(text, 1)),
    "spelling": (british, american),
    "contractions": (contracted, expanded),
    "case": (lambda text: text, uncapped),
    "fillers": (lambda text: text, with_fillers),
    "quotes": (straight, typographic),
    "punctuation": (lambda text: text, unmarked),
}
"""What must not matter -> two ways of writing that differ in it alone."""
