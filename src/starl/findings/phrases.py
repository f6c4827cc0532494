"""How phrases are written: lists of them, and the parts that a phrase is cut into."""

import re
from dataclasses import dataclass

from starl.lexicon import read_cues

KINDS = {
    "<digit>": r".*\d.*",
    "<figure>": r"\d.*",
    "<year>": r"(?:19|20)\d\d",
    "<sign>": r".*[%$€£¥].*",
    "<quote>": r".*[\"“”].*",
    "<stop>": r"[.,;!?].*",
    "<grade>": r"[A-D][+-]?",
    "<grade.>": r"[A-D][+-]?[.,;!?]",
    "<ed>": r"(?i:\w+ed)",
    "<adverb>": r"(?i:\w+ly|also|then|first|always)",
}
"""Parts of phrases that are no words: the pattern that a whole token has to fit as it is written."""
GAP = "..."
END = "<end>"

_PART = re.compile(r"<[\w.]+>|\.\.\.|'\w+|n't|[\w*|]+?(?=n't)|[\w*|]+|[^\w\s]")


@dataclass(frozen=True, slots=True)
class Phrases:
    """A list of phrases that stand for one thing.

    Words match in any case and with either apostrophe, over any white space where the phrase has a space and
    over none where it has none. ``*`` stands for any letters, ``|`` parts words that may stand in one place,
    ``<digit>`` and the like are `KINDS` of tokens, ``<end>`` is the end of the clause, and ``...`` stands for
    up to three chunks between white space. A phrase lies within one clause, and begins and ends with a token.
    """

    name: str
    phrases: tuple[str, ...]
    but: tuple[str, ...] = ()
    """Each place where one of these stands takes back one place of a phrase, as "in 2019" does of a digit."""


def read_phrases(name: str) -> Phrases:
    """Return the phrases of ``cues/<name>.txt``: one a line, the source on the first."""
    return Phrases(name, tuple(sorted(read_cues(name))))


def parts_of(phrase: str) -> list[tuple[str, bool]]:
    """Cut a phrase where the tokenizer cuts a text; say of each part whether white space stands before it.

    Examples
    --------
    >>> parts_of("i'd buy-in")
    [('i', True), ("'d", False), ('buy', True), ('-', False), ('in', False)]
    """
    found = _PART.finditer(phrase)
    return [(part[0], part.start() == 0 or phrase[part.start() - 1] == " ") for part in found]


def stems_of(part: str) -> str:
    """Return the pattern of a part in which ``*`` stands for any letters."""
    return "|".join(re.escape(word).replace(r"\*", r"\w*") for word in part.split("|"))
