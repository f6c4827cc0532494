"""Rules on ownership: whether the listener can tell who did what.

Ownership is information, never a fault in itself. Only deeds in action are judged.
"""

from starl.findings.reading import (
    clauses_of,
    count_words,
    evidence_of,
    is_sure,
    over,
    phrases,
    text_of,
    under,
)
from starl.findings.rule import Example, Hit, Rule
from starl.profiles import Profile
from starl.report import AgentCounts, Report
from starl.roles import Agent, Role, Severity

WEIGHT = 0.25
"""Weight of ownership in the order of findings. Ours: kept small, since the evidence is mixed."""


def _deeds(report: Report, profile: Profile) -> AgentCounts | None:
    """Return the deeds in action, or None if there are too few to judge."""
    if report.ownership is None or not is_sure(report, profile):
        return None
    deeds = report.ownership.action
    return deeds if deeds.i + deeds.we + deeds.other + deeds.none >= profile.min_deeds else None


def opens_with_team(text: str) -> bool:
    """Whether a clause names the speaker's own group within its first words."""
    match = phrases("team").search(text)
    return match is not None and count_words(text[: match.start()]) <= 2


def we_heavy(report: Report, profile: Profile) -> Hit | None:
    """Find action told mostly with "we"."""
    deeds = _deeds(report, profile)
    if deeds is None or report.ownership is None or report.ownership.i_share is None:
        return None
    if deeds.i + deeds.we < profile.min_deeds:
        return None
    value = report.ownership.i_share
    found = under(value, profile.i_note, profile.i_warning)
    if found is None:
        return None
    return Hit(
        severity=found[0],
        evidence=evidence_of(c for c in clauses_of(report, Role.ACTION) if c.agent is Agent.WE),
        value=value,
        limit=found[1],
        gain=(profile.i_note - value) * WEIGHT,
        facts={"we": deeds.we, "n": deeds.i + deeds.we},
    )


def hidden_agent(report: Report, profile: Profile) -> Hit | None:
    """Find action in which many deeds have no named doer."""
    deeds = _deeds(report, profile)
    if deeds is None or report.ownership is None or report.ownership.own_share is None:
        return None
    hidden, n = report.ownership.hidden_deeds, deeds.i + deeds.we + deeds.other + deeds.none
    value = round(hidden / n, 4)
    found = over(value, profile.hidden_note, profile.hidden_warning)
    if found is None or hidden < 2 or report.ownership.own_share >= profile.i_note:
        return None
    return Hit(
        severity=found[0],
        evidence=evidence_of(
            c
            for c in clauses_of(report, Role.ACTION)
            if c.agent is Agent.NONE or (c.agent is Agent.OTHER and opens_with_team(text_of(report, c)))
        ),
        value=value,
        limit=found[1],
        gain=(value - profile.hidden_note) * WEIGHT,
        facts={"hidden": hidden, "n": n},
    )


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
)
