"""Probe questions: the words of a clause, quoted, and one thing to ask about them.

A question never says anew what a clause says. It quotes the clause, so that the speaker knows which one is
meant, and asks for what is missing. Where a rule cannot be sure of its grammar, the plain form is asked.
"""

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from starl.agents_lexicon import Kind, kind_of

MOST_WORDS = 12
MOST_CHARS = 120

WHO = "who did this?"
PART = "what was your part in this?"
TEAM = "which part of this was yours?"


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_LEAD = frozenset({"and", "but", "or", "um", "uh", "er", "erm"})
_LOOSE = _set(
    "a an the this that these those my our your his her its their and or but so as of to in on at by for "
    "from with into who which whose where than because when while if was were is are be been had has have "
    "not very"
)
"""Words that a cut quotation does not end on."""
_EDGE = " ,;:–—-…"
_SAME_QUOTES = str.maketrans("„‟«»", "“““”")
_SINGLE = str.maketrans("“”", "‘’")

_WAS = frozenset({"was", "were"})
_BE = frozenset({"is", "are", "was", "were", "been", "being", "be", "got", "gets", "get", "gotten"})
_ARTICLES: Mapping[str, str] = MappingProxyType(
    {"a": "the", "an": "the"}
    | {word: word for word in ("the", "this", "these", "that", "those", "all", "each", "every", "both")}
)
"""What a subject may open with, and what it opens with in a question."""
_PHRASAL = _set("up off out over back down away on in through aside apart together around about along by to")
"""What may change the meaning of the verb before it: "written off", "moved on"."""
_STRAY = frozenset({"for", "at", "with", "of", "from", "into", "after", "against"})
"""What may end a passive as part of the verb: "asked for", "looked after"."""
_MOST_SUBJECT = 4

_IRREGULAR: Mapping[str, str] = MappingProxyType(
    {
        "bought": "bought", "built": "built", "chosen": "chose", "done": "did", "drawn": "drew",
        "rebuilt": "rebuilt", "redrawn": "redrew", "rewritten": "rewrote", "sold": "sold", "written": "wrote",
    }
)  # fmt: skip
_REGULAR = _set(
    "adapted added analysed analyzed approved archived booked calculated cancelled canceled changed checked "
    "cleaned collected compared configured copied corrected counted created deleted designed developed "
    "documented drafted edited evaluated examined filed fitted fixed implemented installed introduced "
    "labelled labeled launched listed logged measured merged migrated modelled moved organised organized "
    "packed painted photographed planned posted postponed prepared printed produced published recalculated "
    "recorded redesigned relabelled removed renamed reopened reorganised reorganized repaired replaced "
    "requested reviewed revised scanned scheduled shortened signed simplified sorted stored submitted tested "
    "timed translated typed updated uploaded verified washed weighed"
)
"""Participles of verbs with one plain object, which are their own past tense; checked by hand."""
PAST_OF: Mapping[str, str] = MappingProxyType({**{verb: verb for verb in sorted(_REGULAR)}, **_IRREGULAR})
"""Participle -> past tense of the verbs that a question may name."""


def ask(clause: str, question: str) -> str | None:
    """Quote a clause and ask something about it; None if it holds no word.

    Examples
    --------
    >>> ask("and the doors stayed shut.", "what came of it?")
    'You say “the doors stayed shut”: what came of it?'
    """
    words = quote(clause)
    return f"You say “{words}”: {question}" if words else None


def ask_who(clause: str) -> str | None:
    """Ask who did the deed of a clause that names nobody; None if it holds no word.

    The verb is named only in a passive of a few checked verbs whose subject opens the clause; else a passive
    gets "who did this?", and any other clause "what was your part in this?".

    Examples
    --------
    >>> ask_who("The rollout was moved forward.")
    'You say “The rollout was moved forward”: who moved the rollout?'
    >>> ask_who("and prices were asked for.")
    'You say “prices were asked for”: who did this?'
    >>> ask_who("The calls stopped.")
    'You say “The calls stopped”: what was your part in this?'
    """
    words = [_bare(word) for word in _led(clause.split())]
    if named := _named(words, clause):
        return ask(clause, f"who {named}?")
    return ask(clause, WHO if is_passive(clause) else PART)


def names_doer_of(clause: str) -> bool:
    """Whether `ask_who` names the verb of a clause."""
    return _named([_bare(word) for word in _led(clause.split())], clause) is not None


def is_passive(clause: str) -> bool:
    """Whether a form of be or get stands right before a participle, with at most adverbs between.

    A participle that tells a state ("was worried") and a negated one do not count.

    Examples
    --------
    >>> [is_passive(text) for text in ("it was quickly fixed", "it was not fixed", "it was good")]
    [True, False, False]
    """
    words = [_bare(word) for word in clause.split()]
    kinds = [_kind(word) for word in words]
    for at, word in enumerate(words):
        if word.lower() not in _BE:
            continue
        after = at + 1
        while after < len(words) and _is_between(kinds[after]):
            after += 1
        if after < len(words) and _done(kinds[after]) and words[after].lower() not in _BE:
            return True
    return False


def quote(clause: str) -> str:
    """Return a clause for quoting: one line, at most 12 words, cut at a word, double quotes as single ones.

    What joins it to the clause before, and marks at its ends, are left out.

    Examples
    --------
    >>> quote('and he said "we need one rota",')
    'he said ‘we need one rota’'
    >>> quote("the rota that hung in the kitchen was copied by hand on to the back of a calendar")
    'the rota that hung in the kitchen was copied by hand …'
    """
    words = _led(clause.split())
    kept = words[:MOST_WORDS]
    while len(kept) > 1 and len(" ".join(kept)) > MOST_CHARS:
        kept.pop()
    is_cut = len(kept) < len(words)
    while is_cut and len(kept) > 4 and _bare(kept[-1]).lower() in _LOOSE:
        kept.pop()
    text = _trimmed(" ".join(kept))
    if len(text) > MOST_CHARS:
        text, is_cut = text[:MOST_CHARS], True
    return f"{text} …" if is_cut and text else text


def _kind(word: str) -> int:
    return kind_of(word) if word else 0


def _is_between(kind: int) -> bool:
    return bool(kind & (Kind.ADV | Kind.FILLER | Kind.BEEN)) and not kind & Kind.NEG and not _done(kind)


def _done(kind: int) -> bool:
    return bool(kind & Kind.PARTICIPLE) and not kind & (Kind.FEELING | Kind.STATE)


def _bare(word: str) -> str:
    return re.sub(r"^\W+|\W+$", "", word)


def _led(words: Sequence[str]) -> list[str]:
    """Drop joining words, hesitations and lone marks in front, as long as two words stay."""
    rest = list(words)
    while len(rest) > 2 and (_bare(rest[0]).lower() in _LEAD or not _bare(rest[0])):
        rest = rest[1:]
    return rest


def _trimmed(text: str) -> str:
    """Strip marks that belong to the sentence around a clause; lone brackets and quotes go too."""
    text = re.sub(r'(?<!\w)"(?=\w)', "“", text).replace('"', "”").translate(_SAME_QUOTES)
    for opening, closing in ("()", "[]", "“”"):
        if text.count(opening) != text.count(closing) or text.find(closing) < text.find(opening):
            text = text.replace(opening, "").replace(closing, "")
    text = " ".join(text.translate(_SINGLE).split()).strip(_EDGE)
    if text.endswith(".") and "." not in text.split()[-1][:-1]:  # "at 9 p.m." keeps its own
        text = text.rstrip(".").strip(_EDGE)
    said = any(word for word in map(_bare, text.split()) if word.lower() not in _LEAD)
    return text if said else ""


def _named(words: Sequence[str], clause: str) -> str | None:
    """Return "moved the rollout" for a clause that says surely that it was moved, else None."""
    low = [word.lower() for word in words]
    at = next((i for i, word in enumerate(low) if word in _WAS), 0)
    done = at + 1
    if done < len(low) and _kind(low[done]) & Kind.ADV and low[done].endswith("ly"):
        done += 1
    if not 1 < at <= _MOST_SUBJECT or done >= len(low) or low[done] not in PAST_OF:
        return None
    article, *nouns = low[:at]
    if article not in _ARTICLES or not all(map(_plain, nouns)) or not _ends_well(low[done + 1 :]):
        return None
    if _kind(nouns[-1]) & (Kind.PAST | Kind.ADV):  # "the faults found", "all those absent today"
        return None
    before = " ".join(clause.split())
    if re.search(r"[^\w\s'’-]", before[: before.lower().find(f" {low[at]} ")]):
        return None
    return " ".join([PAST_OF[low[done]], _ARTICLES[article], *words[1:at]])


def _plain(word: str) -> bool:
    """Whether a word can only be part of a plain noun phrase that is right in a question too."""
    kind = _kind(word)
    wrong = (
        Kind.I | Kind.WE | Kind.WHO | Kind.WHICH | Kind.PERSON | Kind.THING | Kind.YOU | Kind.OBJECT
        | Kind.MINE | Kind.PREP | Kind.SUB | Kind.COORD | Kind.OF | Kind.TO | Kind.BE | Kind.HAVE | Kind.DO
        | Kind.MODAL | Kind.NEG | Kind.FILLER | Kind.HEDGE
    )  # fmt: skip
    return word.isascii() and word.replace("-", "").isalnum() and not kind & wrong


def _ends_well(rest: Sequence[str]) -> bool:
    """Whether what follows the participle leaves its meaning alone."""
    if not rest:
        return True
    return rest[0] not in _PHRASAL and not (len(rest) == 1 and rest[0] in _STRAY)
