"""Report -> anatomy."""

from collections.abc import Mapping

from starl.anatomy.looking import Signs
from starl.anatomy.places import Places
from starl.anatomy.types import ActionAnatomy, Anatomy, LearningAnatomy, ResultAnatomy, Sign
from starl.findings.facts import ACTION, LEARNING, RESULT, facts_of
from starl.report import Evidence, Report


def anatomy_of(report: Report) -> Anatomy:
    """Say what the result, the action and the learning of an answer are made of.

    A pure function of the report, which may have been saved: it reads the text, the clauses and their agents
    alone. It cuts the text into tokens anew, for which it loads spaCy.

    Parameters
    ----------
    report
        What was read in an answer. A refused answer has an anatomy too, of the parts that were read in it.

    Returns
    -------
    Anatomy
        A part is None if no clause was read as it.
    """
    return tell(Signs(facts_of(report)), 0)


def tell(signs: Signs, i: int) -> Anatomy:
    """Return the anatomy of answer ``i`` of a batch."""
    there = signs.facts.n_clauses[i] > 0
    return Anatomy(
        result=ResultAnatomy(**_signs(signs.result, i)) if there[RESULT] else None,
        action=ActionAnatomy(**_signs(signs.action, i)) if there[ACTION] else None,
        learning=LearningAnatomy(**_signs(signs.learning, i)) if there[LEARNING] else None,
    )


def _signs(found: Mapping[str, Places], i: int) -> dict[str, Sign]:
    return {name: _sign(places, i) for name, places in found.items()}


def _sign(places: Places, i: int) -> Sign:
    """Return the places of one answer as a sign."""
    here = places.where(places.clauses.answer[places.clause] == i)
    at = here.clauses.tokens.places
    ends = zip(at.start_char(here.first).tolist(), at.end_char(here.last).tolist(), strict=True)
    evidence = tuple(Evidence(start_char=start, end_char=end) for start, end in ends)
    return Sign(present=bool(evidence), evidence=evidence)
