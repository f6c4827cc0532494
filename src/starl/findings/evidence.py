"""Rules on evidence: whether the story gives the listener something to hold."""

import numpy as np

from starl.clauses import Clauses
from starl.findings.facts import ACTION, RESULT, Facts, share_of, shared_tokenizer
from starl.findings.reading import INFO, NOTE, NOTHING, evidence_of, over
from starl.findings.rule import Case, Example, Rule, Shown, Verdict
from starl.findings.wording import MEASURED, PEOPLE_SAID, QUANTITY, QUOTATION, RECOGNITION, VAGUE, book
from starl.profiles import Profile
from starl.roles import Severity
from starl.tokens import Bools


def is_quantified(text: str) -> bool:
    """Whether the text holds a quantity; a calendar year alone is none, nor is "one" by itself.

    Examples
    --------
    >>> [is_quantified(t) for t in ("cut it by a third", "no one left", "we stopped in 2019")]
    [True, False, False]
    """
    tokens = shared_tokenizer()([text])
    start = np.array([0, len(tokens)])
    clause = Clauses(tokens, start, answer=np.zeros(1, dtype=np.int64), offsets=np.array([0, 1]))
    return len(tokens) > 0 and bool(book().find(clause).holds(QUANTITY)[0])


def unquantified_result(facts: Facts, profile: Profile) -> Verdict:
    """Find a result without any figure; feedback or recognition makes it milder."""
    is_result = facts.roles == RESULT
    results = is_result & (facts.confidence >= profile.part_confidence)  # (n_clauses,)
    n_words = facts.words(results)  # (n,)
    where = facts.is_sure(profile) & (n_words >= max(profile.result_words, 1))
    if not where.any():
        return Verdict(where, NOTHING)
    answer = facts.clauses.answer
    after = is_result | (np.arange(len(answer)) > facts.last(results)[answer])
    figure = facts.has(after & facts.holds(QUANTITY)) | facts.has(facts.holds(MEASURED))
    told = facts.has(results & (facts.holds(RECOGNITION) | facts.holds(PEOPLE_SAID)))
    return Verdict(
        where & ~figure,
        severity=np.where(told, INFO, NOTE),
        gain=n_words / np.maximum(facts.measures.n_words, 1),
        clauses=results,
    )


def show_surest(case: Case, most: int = 2) -> Shown:
    """Show the clauses of the result that were read with most confidence."""
    best = sorted(case.clauses, key=lambda c: (-c.confidence, c.start_char))[:most]
    told = case.severity is Severity.INFO
    return Shown(
        evidence_of(sorted(best, key=lambda c: c.start_char)),
        {"also": ", though it tells how people took it" if told else ""},
    )


def vague_action(facts: Facts, profile: Profile) -> Verdict:
    """Find action told largely in stock phrases that name no concrete deed."""
    action = facts.roles == ACTION  # (n_clauses,)
    vague = action & facts.holds(VAGUE)
    where = facts.is_sure(profile) & (facts.count(vague) >= 2)
    if not where.any():
        return Verdict(where, NOTHING)
    vague &= ~facts.holds(QUANTITY) & ~facts.holds(QUOTATION)
    vague &= ~holds_name(facts, vague)
    n, total = facts.count(vague), facts.words(action)  # (n,)
    value = share_of(facts.words(vague), total)
    severity, limit = over(value, profile.vague_note, np.where(n > 2, profile.vague_warning, 1.0))
    return Verdict(
        where & (n >= 2),
        severity,
        value,
        limit,
        gain=value * total / np.maximum(facts.measures.n_words, 1),
        clauses=vague,
    )


def holds_name(facts: Facts, clauses: Bools) -> Bools:
    """Return which of some clauses hold a name: a capital within a sentence, shape (n_clauses,)."""
    tokens, start = facts.tokens, facts.clauses.start
    out = np.zeros(len(clauses), dtype=bool)
    at = np.flatnonzero(clauses)
    size = start[at + 1] - start[at] - 1  # all but its first token
    clause = np.repeat(at, size)
    token = np.arange(len(clause)) + np.repeat(start[at] + 1 - np.cumsum(size) + size, size)
    shape = tokens.vocab.attribute(name_shape, np.int8)
    capital = shape[tokens.ids[token]] & _CAPITAL > 0
    inside = (shape[tokens.ids[token - 1]] & _LOWER > 0) & tokens.space[token]
    out[clause[capital & inside]] = True
    return out


_CAPITAL, _LOWER = 1, 2


def name_shape(token: str) -> int:
    """Say whether a token begins like a name (1), and whether one may stand after it in a sentence (2)."""
    capital = token[:1].isupper() and token[1:2].islower() and token[:2].isascii()
    lower = token[-1:] == "," or (token[-1:].islower() and token[-1:].isascii())
    return _CAPITAL * capital + _LOWER * lower


def show_phrases(case: Case) -> Shown:
    """Show the stock phrase of each clause that the verdict rests on."""
    phrases = tuple(case.facts.found.spot(VAGUE, clause) for clause in case.at.tolist())
    text = case.report.text
    longest = max((text[phrase.start_char : phrase.end_char] for phrase in phrases), key=len)
    return Shown(phrases, {"phrase": longest})


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
    show=show_surest,
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
    show=show_phrases,
)
