"""Rules on the kind of answer: whether it tells of something that happened."""

import re

from starl.findings.reading import evidence_of, exceeds, find, whole, words_in
from starl.findings.rule import Example, Hit, Rule
from starl.profiles import Profile
from starl.report import Report
from starl.roles import AnswerType, Severity

_WOULD = re.compile(
    r"\b(?:i|we|you|it)(?:\s+\w+ly|\s+also|\s+then|\s+first|\s+always)?(?:\s+would|['’]d(?!\s+(?:been|had|\w+ed)\b))"
    r"(?!\s+(?:say|like|love|argue|describe|call|consider|rather|prefer|have|think|add|guess)\b)"
    r"|\b(?:and|then)\s+would\b",
    re.IGNORECASE,
)


def hypothetical(report: Report, profile: Profile) -> Hit | None:
    """Find an answer that says what would be done instead of what was done."""
    if report.balance is None or not report.balance.n_words:
        return None
    told = [clause for clause, _ in find(report, report.clauses, _WOULD)]
    value = min(1.0, round(words_in(report, told) / report.balance.n_words, 4))
    heavy = exceeds(value, profile.hypothetical_share)
    if not heavy and report.answer_type is not AnswerType.HYPOTHETICAL:
        return None
    return Hit(
        severity=Severity.WARNING if heavy else Severity.NOTE,
        evidence=evidence_of(told) or whole(report),
        value=value,
        limit=profile.hypothetical_share if heavy else None,
        gain=value,
        facts={"how": f' ({value:.0%} of the words stand with "would")' if told else ""},
    )


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
)
