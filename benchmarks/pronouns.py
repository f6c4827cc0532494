"""The pronoun swap: who acts must not move a role.

Each edit is made where a pronoun stands, so that every word of the text as it was keeps a place in the
text as it is; an edit may turn one word into two ("I" -> "the team"), never the other way.
"""

from __future__ import annotations

import re

import numpy as np

from gold import find_words
from starl.evaluation import Ints

_I_TO_WE = {
    "i": "we", "me": "us", "my": "our", "mine": "ours", "myself": "ourselves", "i'm": "we're", "im": "we're",
    "i've": "we've", "ive": "we've", "i'd": "we'd", "i'll": "we'll",
}  # fmt: skip
_WE_TO_I = {
    "we": "I", "us": "me", "our": "my", "ours": "mine", "ourselves": "myself", "we're": "I'm",
    "we've": "I've", "we'd": "I'd", "we'll": "I'll",
}  # fmt: skip
_I_TO_TEAM = {
    "i": "the team", "i'm": "the team is", "im": "the team is", "i've": "the team has", "ive": "the team has",
    "i'd": "the team'd", "i'll": "the team'll",
}  # fmt: skip
SWAPS = {
    "I -> we": (_I_TO_WE, {"was": "were", "am": "are", "wasn't": "weren't", "wasnt": "werent"}),
    "we -> I": (_WE_TO_I, {"were": "was", "are": "am", "weren't": "wasn't", "werent": "wasnt"}),
    "I -> the team": (_I_TO_TEAM, {"am": "is"}),
}
"""Name -> forms of the pronoun, and of the verb "be" right after it; the -s of other verbs is left."""

_WORD = re.compile(r"(?<![\w'./&-])[A-Za-z]+(?:['’][A-Za-z]+)?(?![\w/&-]|\.\w)")
_OPENING = re.compile(r"(?:^|[.!?:\n])[\s\"'“”‘’()*•-]*$")
_SUBJECTS = ("i", "we")
_BETWEEN = frozenset(
    ["also", "then", "just", "still", "already", "never", "always", "really", "first", "actually", "only"]
)


def swap(text: str, name: str, *, verbs: bool = True) -> tuple[str, Ints]:
    """Swap a pronoun throughout a text.

    Parameters
    ----------
    text
        An answer.
    name
        A key of `SWAPS`.
    verbs
        Whether "was", "am" and the like follow their new subject ("I was" -> "we were"), and whether
        contractions with "be" and "have" are swapped at all. Without it only bare pronouns change.

    Returns
    -------
    tuple of str and (n_words,)
        The new text, and where each word of the old one starts in it.
    """
    pronouns, forms = SWAPS[name]
    out, at, shift = [], 0, 0
    edits: list[tuple[int, int]] = []  # where an edit ends in the old text, and the shift from there on
    before: list[str] = []
    for match in _WORD.finditer(text):
        word = match.group().replace("’", "'")
        low = word.lower()
        new = None if word == "US" else pronouns.get(low)
        if not verbs and "'" in (new or ""):
            new = None
        if new is None and verbs and low in forms and _follows(before, pronouns):
            new = forms[low]
        before.append(low)
        if new is None:
            continue
        new = _cased(new, text, match.start())
        out += [text[at : match.start()], new]
        at = match.end()
        shift += len(new) - (match.end() - match.start())
        edits.append((match.end(), shift))
    out.append(text[at:])
    ends = np.array([end for end, _ in edits], dtype=np.int64)
    shifts = np.array([0, *(s for _, s in edits)], dtype=np.int64)
    start, _ = find_words(text)
    return "".join(out), start + shifts[np.searchsorted(ends, start, side="right")]


def _follows(before: list[str], pronouns: dict[str, str]) -> bool:
    """Tell whether the words before a verb end in the subject that is swapped."""
    words = before[:-1] if before and before[-1] in _BETWEEN else before
    return bool(words) and words[-1] in _SUBJECTS and words[-1] in pronouns


def _cased(new: str, text: str, at: int) -> str:
    """Give a word the capital of a sentence start, where the old word had one."""
    opens = text[at].isupper() and _OPENING.search(text, max(0, at - 12), at)
    return new[0].upper() + new[1:] if opens else new
