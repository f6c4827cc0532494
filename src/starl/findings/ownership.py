"""Rules on ownership: whether the listener can tell who did what.

Ownership is information, never a fault in itself. Only deeds in action are judged.
"""

import re
from functools import cache

from starl.findings.facts import ACTION, Facts, share_of
from starl.findings.reading import (
    clauses_of,
    count_words,
    evidence_of,
    over,
    text_of,
    under,
)
from starl.findings.rule import Case, Example, Rule, Shown, Verdict
from starl.lexicon import read_cues
from starl.measures import WE, I
from starl.profiles import Profile
from starl.roles import Agent, Role, Severity
from starl.tokens import Bools, Ints

WEIGHT = 0.25
"""Weight of ownership in the order of findings. Ours: kept small, since the evidence is mixed."""


def _deeds(facts: Facts) -> Ints:
    """Return the deeds in action by agent, shape (n, n_agents)."""
    deeds: Ints = facts.measures.deeds[:, 0]
    return deeds


def can_judge(facts: Facts, profile: Profile) -> Bools:
    """Whether there are enough deeds in action, surely read, to say who did them, shape (n,)."""
    enough: Bools = _deeds(facts).sum(axis=1) >= profile.min_deeds
    return enough & facts.is_sure(profile)


def we_heavy(facts: Facts, profile: Profile) -> Verdict:
    """Find action told mostly with "we"."""
    deeds = _deeds(facts)
    n = deeds[:, I] + deeds[:, WE]
    value = share_of(deeds[:, I], n)
    severity, limit = under(value, profile.i_note, profile.i_warning)
    return Verdict(
        can_judge(facts, profile) & (n >= profile.min_deeds),
        severity,
        value,
        limit,
        gain=(profile.i_note - value) * WEIGHT,
        clauses=(facts.roles == ACTION) & (facts.agents == WE),
    )


def show_we(case: Case) -> Shown:
    """Show the deeds told with "we"."""
    i, we = _deeds(case.facts)[case.answer, [I, WE]].tolist()
    return Shown(evidence_of(case.clauses), {"we": we, "n": i + we})


def hidden_agent(facts: Facts, profile: Profile) -> Verdict:
    """Find action in which many deeds have no named doer."""
    deeds, hidden = _deeds(facts), facts.measures.hidden
    n = deeds.sum(axis=1)
    value, own = share_of(hidden, n), share_of(deeds[:, I], n)
    severity, limit = over(value, profile.hidden_note, profile.hidden_warning)
    return Verdict(
        can_judge(facts, profile) & (hidden >= 2) & (own < profile.i_note),
        severity,
        value,
        limit,
        gain=(value - profile.hidden_note) * WEIGHT,
    )


def show_hidden(case: Case) -> Shown:
    """Show the deeds without a named doer, or done by the team alone."""
    report, deeds = case.report, _deeds(case.facts)[case.answer]
    hidden = [
        clause
        for clause in clauses_of(report, Role.ACTION)
        if clause.agent is Agent.NONE
        or (clause.agent is Agent.OTHER and opens_with_team(text_of(report, clause)))
    ]
    facts = {"hidden": int(case.facts.measures.hidden[case.answer]), "n": int(deeds.sum())}
    return Shown(evidence_of(hidden), facts)


def opens_with_team(text: str) -> bool:
    """Whether a clause names the speaker's own group within its first words."""
    match = _team().search(text)
    return match is not None and count_words(text[: match.start()]) <= 2


@cache
def _team() -> re.Pattern[str]:
    names = "|".join(map(re.escape, sorted(read_cues("team"), key=len, reverse=True)))
    return re.compile(rf"(?<!\w)(?:{names})(?!\w)".replace(r"\ ", r"\s+"), re.IGNORECASE)


_GOOD = Example(
    """\
S	-	Two weeks before the village festival our main stage company cancelled.
T	-	Three of us had to find a stage for 400 people.
A	I	I rang six companies from the county list
A	I	and asked each for its price and its first free day.
A	other	Asha measured the field,
A	we	and together we compared the offers on Sunday evening.
A	I	I wrote the contract with the smallest of them
A	I	and drove to the yard to check the roof.
R	none	The stage stood on Friday morning,
R	none	and it cost us 300 euros less than the first one."""
)

WE_HEAVY = Rule(
    code="OWN001",
    name="we-heavy",
    since="0.1.0",
    severities=(Severity.NOTE, Severity.WARNING),
    finds='Most deeds in the action are told with "we", so that the speaker\'s own part stays open.',
    message='{we} of {n} steps are told with "we"; the listener cannot tell which of them were yours',
    help=(
        'keep "we" for what you truly did together, and say for one or two steps what your own part in it '
        "was; "
        "naming the others is welcome"
    ),
    why=(
        "The listener is choosing one person. Shared work is a strength, and it counts for more when the "
        "listener "
        "can see what you brought to it."
    ),
    bad=Example(
        """\
S	-	Two weeks before the village festival our main stage company cancelled.
T	-	Three of us had to find a stage for 400 people.
A	we	We rang six companies from the county list
A	we	and asked each for its price and its first free day.
A	we	We measured the field on the Saturday,
A	we	and together we compared the offers on Sunday evening.
A	we	We wrote the contract with the smallest of them
A	we	and drove to the yard to check the roof.
R	none	The stage stood on Friday morning,
R	none	and it cost us 300 euros less than the first one."""
    ),
    good=_GOOD,
    limits=(
        'Leave it where the work was truly done together, or where "we" is the modest form in the '
        "speaker's culture. "
        'The evidence is mixed: a study of 138 interviews found "we" with higher ratings, and effects '
        "differ by gender "
        "and culture. The limits are ours, and so is that fewer deeds than min_deeds are not judged."
    ),
    source=(
        'survey of 77 publishers of interview advice, 34 of whom name too much "we" (among them Amazon, '
        "the UK Civil "
        "Service, Hays and Ask a Manager); against it Naim et al. (2015), a study of 138 interviews at MIT"
    ),
    settings=("i_note", "i_warning", "min_deeds", "part_words", "min_confidence"),
    check=we_heavy,
    show=show_we,
)

HIDDEN_AGENT = Rule(
    code="OWN002",
    name="hidden-agent",
    since="0.1.0",
    severities=(Severity.NOTE, Severity.WARNING),
    finds='Many deeds in the action have no named doer, or only "the team", and few are the speaker\'s own.',
    message="{hidden} of {n} steps do not say who did them; the listener cannot tell what your part was",
    help=(
        'name the doer of each step: turn "was done" into who did it, and split "the team" into you and '
        "the others"
    ),
    why=(
        "A passive reads well in a report. In an interview it leaves open whether you did the work or "
        "watched it."
    ),
    bad=Example(
        """\
S	-	Two weeks before the village festival our main stage company cancelled.
T	-	A stage for 400 people had to be found.
A	none	Six companies were called from the county list
A	none	and prices and free days were asked for.
A	other	The team measured the field,
A	none	and the offers were compared on Sunday evening.
A	I	I wrote the contract with the smallest of them
A	none	and the roof was checked at the yard.
R	none	The stage stood on Friday morning,
R	none	and it cost 300 euros less than the first one."""
    ),
    good=_GOOD,
    limits=(
        "Leave it in a written report whose form asks for the passive. A deed done by a person who is "
        "named is not hidden. "
        "The limits are ours; no source gives a number."
    ),
    source=(
        'survey of 77 publishers of interview advice, 34 of whom name too much "we", which hides the part; '
        "the measure of hidden deeds is our own"
    ),
    settings=("hidden_note", "hidden_warning", "i_note", "min_deeds", "part_words", "min_confidence"),
    check=hidden_agent,
    show=show_hidden,
)
