"""Integer attributes of token strings: word lists, shape, normalised form, hash."""

from functools import cache
from hashlib import blake2b
from importlib.resources import files

CUES = (
    "past", "obligation", "modal", "hypothetical", "reflection", "outcome", "report", "mental", "be",
    "connective", "third", "thing", "number", "time", "greeting", "second", "negation", "participle",
)  # fmt: skip
"""Word lists of ``cues/``; the place in this tuple is the bit in `cue_bits`."""

_SAME = {
    "were": "was", "am": "is", "are": "is", "'m": "is", "'re": "is", "have": "has", "'ve": "has",
    "n't": "not", "n’t": "not", "'s": "s", "cannot": "can", "ca": "can", "wo": "will", "'ll": "will",
    "'d": "would", "us": "me", "our": "my", "ours": "mine", "ourselves": "myself", "u": "you",
    "thru": "through", "cuz": "because", "cos": "because",
}  # fmt: skip


@cache
def read_cues(name: str) -> frozenset[str]:
    """Read a word list of ``cues/``: one entry a line, the source on the first."""
    lines = files("starl").joinpath("cues", f"{name}.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(line for line in lines[1:] if line)


@cache
def lists_digest() -> str:
    """Hash all word lists, so that a report can say which ones it rests on."""
    folder = files("starl").joinpath("cues")
    texts = sorted(
        (item.name, item.read_text(encoding="utf-8")) for item in folder.iterdir() if item.is_file()
    )
    return blake2b(repr(texts).encode(), digest_size=16).hexdigest()


def normalise(string: str) -> str:
    """Return the form under which features know a token: lower case, one apostrophe, digits as 0."""
    lower = string.lower().replace("’", "'")
    if not lower.isalpha() and any(map(str.isdigit, lower)):
        return "".join("0" if c.isdigit() else c for c in lower)[:12]
    return _SAME.get(lower, lower)


def hash_of(string: str) -> int:
    """Hash the normalised form to 32 bits, never 0, the same on every platform."""
    return int.from_bytes(blake2b(normalise(string).encode(), digest_size=4).digest(), "little") or 1


@cache
def _cue_table() -> dict[str, int]:
    """Every word of the lists of `CUES` -> the lists that hold it, one bit each."""
    table: dict[str, int] = {}
    for i, name in enumerate(CUES):
        for word in read_cues(name):
            table[word] = table.get(word, 0) | 1 << i
    return table


_PAST, _NUMBER = (1 << CUES.index(name) for name in ("past", "number"))


def cue_bits(string: str) -> int:
    """Return the word lists that hold the token, one bit each in the order of `CUES`."""
    lower = string.lower().replace("’", "'")
    lower = _SAME.get(lower, lower)
    bits = _cue_table().get(lower, 0)
    if lower.endswith("ed") and len(lower) > 4 and not lower.endswith("eed"):
        bits |= _PAST
    if not lower.isalpha() and any(map(str.isdigit, lower)):
        bits |= _NUMBER
    return bits


GERUND, PUNCT, END, DELETED, DETERMINER, TEAM, CAPITAL, COMMA, QUOTE = (1 << i for i in range(9))


def shape_bits(string: str) -> int:
    """Return the shape of a token: gerund, punctuation, sentence end, deleted pronoun and the like."""
    lower = string.lower()
    bits = 0
    if len(lower) > 4 and lower.endswith("ing"):
        bits |= GERUND
    if not lower.isalpha() and not any(map(str.isalnum, string)) and string not in "%$£€&":
        bits |= PUNCT
        if any(c in ".!?;:…" for c in string):
            bits |= END
        if string in (",", "-", "–", "—", "--"):
            bits |= COMMA
        if string in ('"', "“", "”", "«", "»"):
            bits |= QUOTE
    if lower in read_cues("first"):
        bits |= DELETED
    if lower in ("the", "my", "our"):
        bits |= DETERMINER
    if lower == "team":
        bits |= TEAM
    if string[:1].isupper() and lower != "i":
        bits |= CAPITAL
    return bits


def mark_bits(string: str) -> int:
    """Return a bit each for a question mark, a double quote, a colon and a bracket."""
    return sum(1 << i for i, marks in enumerate(("?", '"“”', ":", "([")) if string and string in marks)
