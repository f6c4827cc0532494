"""Rules on the kind of answer: whether it tells of something that happened."""

import numpy as np

from starl.findings.facts import Facts, share_of
from starl.findings.reading import NOTE, WARNING, evidence_of, exceeds, whole
from starl.findings.rule import Case, Example, Rule, Shown, Verdict
from starl.findings.wording import WOULD
from starl.profiles import Profile
from starl.roles import ANSWER_TYPES, AnswerType, Severity

_HYPOTHETICAL = ANSWER_TYPES.index(AnswerType.HYPOTHETICAL)


def hypothetical(facts: Facts, profile: Profile) -> Verdict:
    """Find an answer that says what would be done instead of what was done."""
    told = facts.holds(WOULD)  # (n_clauses,)
    value = share_of(facts.words(told), facts.measures.n_words)
    heavy = exceeds(value, profile.hypothetical_share)
    return Verdict(
        (facts.measures.n_words > 0) & (heavy | (facts.types == _HYPOTHETICAL)),
        severity=np.where(heavy, WARNING, NOTE),
        value=value,
        limit=np.where(heavy, profile.hypothetical_share, np.nan),
        gain=value,
        clauses=told,
    )


def show_would(case: Case) -> Shown:
    """Show what would be done, or the whole answer where nothing says "would"."""
    told = evidence_of(case.clauses)
    how = f' ({case.value:.0%} of the words stand with "would")' if told else ""
    return Shown(told or whole(case.report), {"how": how})


HYPOTHETICAL = Rule(
    code="TYP001",
    name="hypothetical",
    since="0.1.0",
    severities=(Severity.NOTE, Severity.WARNING),
    finds="The answer says what the speaker would do instead of what happened.",
    message="the answer says what would be done, not what was done{how}",
    help=(
        "tell one time when it happened, at work, in a course or at home; if it never did, say so in a "
        "sentence "
        "and tell the nearest thing that did"
    ),
    why="The question asks about the past because what people did says more than what they mean to do.",
    bad=Example(
        """\
O	-	If a customer shouted at me I would stay calm first of all.
O	-	I would let them finish,
O	-	and then I would ask what exactly had gone wrong with the delivery.
O	-	If it was our fault I would apologise and send a new parcel on the same day.
O	-	I would also tell the driver about it,
O	-	and I would call the customer after a week to hear whether everything was fine.""",
        type=AnswerType.HYPOTHETICAL,
    ),
    good=Example(
        """\
S	-	In March a customer shouted at me because her parcel had stood in the rain.
T	-	I had ten minutes before the next collection.
A	I	I let her finish,
A	I	and then I asked what had been in it.
A	I	I sent a new parcel on the same afternoon,
A	I	told the driver to use the porch,
A	I	and called her after a week.
R	other	She has ordered four times since then,
L	-	and I still begin by asking what was in the parcel."""
    ),
    limits=(
        'Leave it where the question was hypothetical ("what would you do if"). '
        'A "would" of habit in a story stays under the limit, which is ours.'
    ),
    source=(
        "survey of 77 publishers of interview advice, 10 of whom name hypothetical or opinion answers as "
        "a fault"
    ),
    settings=("hypothetical_share",),
    check=hypothetical,
    show=show_would,
)
