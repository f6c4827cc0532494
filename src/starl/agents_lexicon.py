"""Words -> what they can be to the rules of `starl.agents`: pronouns, verbs, names of people and the like."""

from functools import cache
from importlib.resources import files


class Kind:
    """What a token can be, a bit each; most tokens can be several things."""

    I = 1 << 0  # noqa: E741  (the word itself): the speaker
    WE = 1 << 1  # the speaker with others
    PERSON = 1 << 2  # he, she, they, somebody
    WHO = 1 << 3  # who
    WHICH = 1 << 4  # which, that
    THING = 1 << 5  # it, this, everything
    YOU = 1 << 6  # you
    OBJECT = 1 << 7  # me, us, him, her, them
    US = 1 << 8  # us
    ME = 1 << 9  # me, myself
    DET = 1 << 10  # articles, possessives, number words
    MINE = 1 << 11  # my, our, the whole
    QUANTITY = 1 << 12  # two, some, most, everyone
    OF = 1 << 13  # of
    PREP = 1 << 14  # prepositions and particles
    LEAD = 1 << 15  # prepositions that can open a clause
    SUB = 1 << 16  # when, because, if
    WHEN = 1 << 17  # those of SUB whose clause can come first
    WITH = 1 << 18  # with
    AND = 1 << 19  # and
    COORD = 1 << 20  # and, but, so, because
    BY = 1 << 21  # by
    TO = 1 << 22  # to
    BE = 1 << 23  # all forms of be
    BEEN = 1 << 24  # been, being
    HAVE = 1 << 25  # all forms of have
    DO = 1 << 26  # all forms of do
    MODAL = 1 << 27  # could, would, must
    NEG = 1 << 28  # not, n't, never
    GET = 1 << 29  # all forms of get
    ADV = 1 << 30  # adverbs
    FILLER = 1 << 31  # um, like, well
    HEDGE = 1 << 32  # the verb of "I think", "you know"
    COMMA = 1 << 33  # any mark within a sentence
    HARD = 1 << 34  # a mark that parts clauses
    STOP = 1 << 35  # a mark that ends a sentence
    TIME = 1 << 36  # days, months, parts of the day
    BASE = 1 << 37  # a verb as it stands in a dictionary
    THIRD = 1 << 38  # a verb in -s
    ING = 1 << 39  # a verb in -ing
    PAST = 1 << 40  # a past tense
    PARTICIPLE = 1 << 41  # a past participle
    STATE = 1 << 42  # verbs of being, feeling, knowing
    THINGSTATE = 1 << 43  # verbs that tell of no deed if a thing is their subject
    RECEIVE = 1 << 44  # get, receive, gain
    FEELING = 1 << 45  # participles that tell a state: worried, based
    PEOPLE = 1 << 46  # nouns for persons, given names
    GROUP = 1 << 47  # nouns for firms and bodies
    TEAM = 1 << 48  # team
    CAPITAL = 1 << 49  # starts with a capital
    PLURAL = 1 << 50  # can be a plural
    ABSTRACT = 1 << 51  # nouns that are never persons
    MANAGE = 1 << 52  # verbs before "to" that help: try, begin
    HUMAN = 1 << 53  # verbs only persons can be subject of
    EFFECT = 1 << 54  # verbs of bringing about: cut, save, lead to
    MARK = 1 << 55  # what one is given: grades, awards, answers
    EVENT = 1 << 56  # what happens: a meeting, to fall
    APPROX = 1 << 57  # about, nearly, kind (of)
    FROM = 1 << 58  # from
    LOOK = 1 << 59  # look, search
    LIKE = 1 << 60  # like
    COLON = 1 << 61  # a colon or a dash
    PLACE = 1 << 62  # places that stand for the people in them


K = Kind


def _entries(name: str) -> list[list[str]]:
    text = files("starl").joinpath("cues", f"agents_{name}.txt").read_text("utf-8")
    return [line.split() for line in text.splitlines()[1:] if line]


_VOWELS = "aeiou"


def _stem(verb: str) -> str:
    """Return the verb as it stands before -ed and -ing: "plan" is "plann", "use" is "us"."""
    if verb.endswith("e") and not verb.endswith(("ee", "oe", "ye")):
        return verb[:-1]
    return verb


def _doubles(verb: str) -> bool:
    return (
        len(verb) > 2 and verb[-1] not in _VOWELS + "wxy" and verb[-2] in _VOWELS and verb[-3] not in _VOWELS
    )


def _third(verb: str) -> str:
    if verb.endswith(("s", "x", "z", "ch", "sh", "o")):
        return verb + "es"
    if verb.endswith("y") and verb[-2] not in _VOWELS:
        return verb[:-1] + "ies"
    return verb + "s"


def _pasts(verb: str) -> set[str]:
    if verb.endswith("y") and verb[-2] not in _VOWELS:
        return {verb[:-1] + "ied"}
    forms = {verb + "d" if verb.endswith("e") else verb + "ed"}
    if _doubles(verb):
        forms.add(verb + verb[-1] + "ed")
    return forms


def _ings(verb: str) -> set[str]:
    if verb.endswith("ie"):
        return {verb[:-2] + "ying"}
    forms = {_stem(verb) + "ing"}
    if _doubles(verb):
        forms.add(verb + verb[-1] + "ing")
    return forms


@cache
def _lexicon() -> dict[str, int]:
    """Every word of the lists in every form -> its kinds."""
    kinds: dict[str, int] = {}

    def note(word: str, kind: int) -> None:
        kinds[word] = kinds.get(word, 0) | kind

    for name, *words in _entries("words"):
        for word in words:
            note(word, getattr(Kind, name.upper()))
    irregular = _entries("irregular")
    regular = [base for (base,) in _entries("verbs")]
    classes: dict[str, int] = {}
    for name, *verbs in _entries("classes"):
        for verb in verbs:
            classes[verb] = classes.get(verb, 0) | getattr(Kind, name.upper())
    for base in {row[0] for row in irregular} | set(regular) | classes.keys():
        extra = classes.get(base, 0)
        note(base, K.BASE | extra)
        note(_third(base), K.THIRD | K.PLURAL | extra)
        for form in _ings(base):
            note(form, K.ING | extra)
    for base, past, participle in irregular:
        note(past, K.PAST | classes.get(base, 0))
        note(participle, K.PARTICIPLE | classes.get(base, 0))
    for base in (set(regular) | classes.keys()) - {row[0] for row in irregular}:
        for form in _pasts(base):
            note(form, K.PAST | K.PARTICIPLE | classes.get(base, 0))
    for name, kind in (("people", K.PEOPLE), ("groups", K.GROUP), ("places", K.PLACE)):
        for (noun,) in _entries(name):
            note(noun, kind)
            note(_third(noun), kind | K.PLURAL)
    for word, kind in {"'s": K.BE | K.HAVE, "team": K.TEAM, "teams": K.PLURAL}.items():
        note(word, kind)
    for (word,) in _entries("feelings"):
        note(word, K.FEELING)
    for (word,) in _entries("things"):
        for form in (word, _third(word)):
            kinds[form] = kinds.get(form, 0) & ~K.PEOPLE | K.ABSTRACT | (K.PLURAL if form != word else 0)
    for (word,) in _entries("names"):
        note(word, K.PEOPLE)
    for verb in regular:
        for noun in {_stem(verb) + "er", _stem(verb) + "or", _stem(verb) + "ers", _stem(verb) + "ors"}:
            if noun not in kinds:
                note(noun, K.PEOPLE)
    for verb in regular:
        if _doubles(verb):
            for noun in {verb + verb[-1] + "er", verb + verb[-1] + "ers"} - kinds.keys():
                note(noun, K.PEOPLE)
    kinds["last"] = K.DET
    return kinds


_PERSON_ENDINGS = (
    "ologist",
    "onist",
    "ician",
    "grapher",
    "eer",
    "woman",
    "man",
    "men",
    "people",
    "ists",
    "icians",
)
_ABSTRACT_ENDINGS = (
    "tion", "tions", "ment", "ments", "ness", "ity", "ities", "ance", "ence", "ances", "age", "ages", "ship",
    "sion", "sions", "ings", "ing", "al", "als", "ure", "ures", "th", "back", "rate", "rates", "ism", "ics",
)  # fmt: skip


_CAPITALISED = {"May": K.TIME} | dict.fromkeys(("IT", "US", "WHO", "Will", "Mark", "Grace"), K.PEOPLE)
_GRADES = {grade + sign for grade in "ABCDF" for sign in ("", "+", "-", "*")}


def kind_of(string: str) -> int:
    """Return the kinds of a token as an integer: a pure function of its characters."""
    word = string.lower().replace("’", "'")
    kind = _lexicon().get(word, 0)
    kind = _CAPITALISED.get(string, kind)
    if string in _GRADES:
        return kind | K.MARK
    if string[0].isupper() and (len(string) == 1 or not string.isupper()):
        kind |= K.CAPITAL
    if string[0].isdigit():
        kind |= K.DET | K.QUANTITY
    if not string[0].isalnum() and not kind:
        kind |= K.COMMA
    if kind & ~(K.CAPITAL):
        return kind
    if word.endswith("ed") and len(word) > 4:
        kind |= K.PAST | K.PARTICIPLE
    elif word.endswith("ing") and len(word) > 5:
        kind |= K.ING
    elif word.endswith("ly") and len(word) > 4:
        kind |= K.ADV
    elif word.endswith(_PERSON_ENDINGS):
        kind |= K.PEOPLE
    if word.endswith(_ABSTRACT_ENDINGS):
        kind |= K.ABSTRACT
    if word.endswith("s") and not word.endswith(("ss", "us", "is")):
        kind |= K.PLURAL
    return kind


@cache
def possessive() -> int:
    """Return the kinds of "'s", which no other word has."""
    return _lexicon()["'s"]
