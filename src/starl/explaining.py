"""An answer and a clause or a rule of it -> why it was read or judged so.

Explanations of a clause add up: the points of its parts sum to its emission exactly, in the model's own
integers. For the linear model the parts are features; for an encoder they are what changes when a
neighbouring clause is left out, and what remains. Explanations of a rule give what was measured, and where
each limit comes from. `starl.explanation_text` lays them out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np
from pydantic import Field

from starl.clauses import Clauses
from starl.emissions import emit
from starl.errors import TextError
from starl.feature_names import About, Feature, name_features
from starl.features import Family, Features, extract
from starl.findings import get_rule
from starl.model import EncoderModel, LinearModel
from starl.profiles import Limit
from starl.report import Clause, Count, Finding, Frozen, Report, Share
from starl.roles import ROLES, Role, Severity, Status
from starl.viterbi import chain_marginals

if TYPE_CHECKING:
    from starl.analyzer import Analyzer, Reading
    from starl.tokens import Bools, Ints, Tokens

NEIGHBOURS = 6
"""Clauses before, and after, that an encoder's explanation leaves out one at a time: a reading each."""
REST = "the clause itself, and what the others do together"
QUESTION = "the question"


class RolePoints(Frozen):
    """Points of each role, in the model's integer scale; larger is more likely."""

    situation: int
    task: int
    action: int
    result: int
    learning: int
    other: int

    def of(self, role: Role) -> int:
        """Return the points of a role."""
        points: int = getattr(self, role.value)
        return points


class Part(Frozen):
    """Something that speaks for some roles and against others."""

    name: str = Field(description="What it is, in words.")
    about: About | Literal["question", "rest"] = Field(description="What it looks at.")
    times: Annotated[int, Field(ge=1)] = Field(description="How often it is there; points are of all times.")
    points: RolePoints


class ChainPart(Frozen):
    """What the roles of the clauses before and after speak for."""

    before: Role | None = Field(description="Role read in the clause before; None for the first.")
    after: Role | None = Field(description="Role read in the clause after; None for the last.")
    from_before: RolePoints = Field(description="Of each role right after that one, or at the start.")
    to_after: RolePoints = Field(description="Of each role right before that one, or at the end.")


class Alternative(Frozen):
    """A role that the clause may have."""

    role: Role
    prob: Share = Field(description="Calibrated probability.")
    emission: int = Field(description="Points of the clause alone.")
    total: int = Field(description="Emission and the chain's points together.")


class ClauseExplanation(Frozen):
    """Why a clause got its role.

    Points divided by ``scale`` are log-potentials: a role that has more of them than another by 1 is ahead by
    a log-odds of 1, before the model's temperature.
    """

    kind: Literal["clause"] = "clause"
    model: str = Field(description="Name and version of the model.")
    method: Literal["features", "left out"] = Field(
        description="features: each is a weight of the model. left out: the change of the emission when a "
        "neighbouring clause is left out of the answer; what is left is shown as the rest."
    )
    index: Count = Field(description="Which clause of the answer it is, from 0.")
    text: str
    clause: Clause = Field(description="As in the report.")
    scale: Annotated[float, Field(gt=0)] = Field(description="Points to a log-potential of 1.")
    parts: tuple[Part, ...] = Field(description="In the order in which they speak for the role read.")
    emission: RolePoints = Field(description="The sum of the parts, exactly.")
    chain: ChainPart
    alternatives: tuple[Alternative, ...] = Field(description="Every role, the most probable first.")

    @property
    def rival(self) -> Role:
        """The most probable role but the one that was read."""
        return next(a.role for a in self.alternatives if a.role is not self.clause.role)


class LimitUsed(Frozen):
    """A limit of the profile that a rule looks at."""

    key: str
    value: float | tuple[float, float]
    meaning: str
    source: str
    decided: bool = Field(description="Whether the value was held against this one.")


class FindingExplanation(Frozen):
    """Why a rule found something, or that it did not."""

    kind: Literal["finding"] = "finding"
    code: str
    name: str
    finds: str = Field(description="What the rule looks for.")
    why: str = Field(description="Why it matters.")
    source: str = Field(description="Where the rule comes from.")
    leave_it: str = Field(description="When it is no fault.")
    profile: str = Field(description="Name of the profile of limits.")
    finding: Finding | None = Field(description="None if the rule found nothing.")
    refused: str | None = Field(description="Why the answer was not judged at all; None if it was.")
    limits: tuple[LimitUsed, ...]
    evidence: tuple[str, ...] = Field(description="The words that the finding rests on.")


Explanation = ClauseExplanation | FindingExplanation


def explain(
    analyzer: Analyzer,
    text: str,
    what: int | str | None = None,
    *,
    at: int | None = None,
    question: str | None = None,
) -> Explanation:
    """Say why a clause got its role, or why a rule found something.

    Parameters
    ----------
    analyzer
        Reads the answer.
    text
        The answer.
    what
        Index of a clause, from 0, or code or name of a rule.
    at
        Instead of that, a character: the clause that holds it, or else the next one.
    question
        The question it answers.

    Raises
    ------
    TextError
        If there is no such clause, or not one thing to explain.
    RuleError
        If there is no such rule.
    """
    if (what is None) == (at is None):
        raise TextError("one thing must be explained, a clause, a rule or a character; give just one of them")
    if isinstance(what, str):
        return explain_finding(analyzer.analyze(text, question=question), what, analyzer)
    reading = analyzer.read([text], [question])
    index = what if what is not None else clause_at(reading.clauses, at or 0)
    return explain_clause(analyzer, text, index, question)


def clause_at(clauses: Clauses, char: int) -> int:
    """Return the clause of the only answer that holds a character, or the next one.

    Raises
    ------
    TextError
        If there is none.
    """
    n_chars = len(clauses.tokens.texts[0])
    if not 0 <= char < n_chars:
        raise TextError(f"character must lie in 0..{n_chars - 1} of the answer, got {char}")
    behind = np.flatnonzero(clauses.end_char > char)
    if not len(behind):
        raise TextError(f"there must be a clause at or behind character {char}, got white space alone")
    return int(behind[0])


def explain_clause(analyzer: Analyzer, text: str, i: int, question: str | None = None) -> ClauseExplanation:
    """Say what made the role of a clause, in points that add up.

    Parameters
    ----------
    analyzer
        Reads the answer.
    text
        The answer.
    i
        Index of the clause, from 0; negative ones count from the end.
    question
        The question it answers.

    Raises
    ------
    TextError
        If there is no such clause.
    """
    reading = analyzer.read([text], [question])
    report = analyzer.analyze(text, question=question)
    n_clauses = len(reading.clauses)
    if not -n_clauses <= i < n_clauses:
        raise TextError(f"clause must be one of the answer's {n_clauses}, counted from 0, got {i}")
    i %= n_clauses
    model, clause = analyzer.model, report.clauses[i]
    if isinstance(model, EncoderModel):
        parts = parts_by_leaving_out(analyzer, reading, i, question)
    else:
        parts = parts_of_features(model, reading, i)
    links = chain_of(analyzer, reading, i)
    emission = points(reading.emitted.scores[i])
    return ClauseExplanation(
        model=model.meta.label,
        method="left out" if isinstance(model, EncoderModel) else "features",
        index=i,
        text=text[clause.start_char : clause.end_char],
        clause=clause,
        scale=model.meta.scale,
        parts=sort_parts(parts, clause.role),
        emission=emission,
        chain=links,
        alternatives=alternatives(analyzer, reading, i, emission, links),
    )


def points(row: Ints | Sequence[int]) -> RolePoints:
    """Name the points of a row in the order of `ROLES`."""
    return RolePoints(**{role: int(n) for role, n in zip(ROLES, row, strict=True)})


def sort_parts(parts: Sequence[Part], role: Role) -> tuple[Part, ...]:
    """Order parts by what they add to a role over the mean of all roles, the most first, then by name."""

    def speaks_for(part: Part) -> tuple[float, str]:
        every = [part.points.of(other) for other in ROLES]
        return (sum(every) - len(ROLES) * part.points.of(role), part.name)

    return tuple(sorted(parts, key=speaks_for))


def parts_of_features(model: LinearModel, reading: Reading, i: int) -> list[Part]:
    """Return each active feature of a clause, with the points that it brings."""
    features = extract(reading.clauses, model.meta.n_bits)
    named = name_features(reading.clauses, model.meta.n_bits)[i]
    rows = weigh(model, features, [feature.id for feature in named])
    together: dict[Feature, list[int]] = {}
    for k, feature in enumerate(named):
        together.setdefault(feature, []).append(k)
    return [
        Part(name=f.name, about=f.about, times=len(at), points=points(rows[at].sum(axis=0)))
        for f, at in together.items()
    ]


def weigh(model: LinearModel, features: Features, ids: Sequence[int]) -> Ints:
    """Return the weights of some features, shape (n_features, n_roles): each is scored as a clause is."""
    n = len(ids)
    one_each = Family(np.array([ids]), np.arange(n), np.arange(n) + 1, one_row=True)
    return model.weights.score(
        replace(features, families=(one_each,), opens_sentence=np.zeros(n, dtype=np.int64))
    )


def parts_by_leaving_out(analyzer: Analyzer, reading: Reading, i: int, question: str | None) -> list[Part]:
    """Return what each neighbour of a clause, and the question, change in its emission, and the rest."""
    whole, clauses = reading.emitted.scores[i], reading.clauses
    first, last = max(i - NEIGHBOURS, 0), min(i + NEIGHBOURS + 1, len(clauses))
    parts = []
    for j in chain(range(first, i), range(i + 1, last)):
        change = whole - scores_without(analyzer, clauses, j, question)[i - (j < i)]
        parts.append(
            Part(name=_neighbour(clauses, j, i), about=About.NEIGHBOURS, times=1, points=points(change))
        )
    if question:
        change = whole - scores_without(analyzer, clauses, None, None)[i]
        parts.append(Part(name=QUESTION, about="question", times=1, points=points(change)))
    told = np.array([[part.points.of(role) for role in ROLES] for part in parts]).reshape(-1, len(ROLES))
    return [*parts, Part(name=REST, about="rest", times=1, points=points(whole - told.sum(axis=0)))]


def _neighbour(clauses: Clauses, j: int, i: int) -> str:
    text = clauses.tokens.texts[0][int(clauses.start_char[j]) : int(clauses.end_char[j])]
    far = abs(i - j)
    side = "before" if j < i else "after"
    return f"{f'{far} clauses' if far > 1 else 'clause'} {side}: {' '.join(text.split())}"


def scores_without(analyzer: Analyzer, clauses: Clauses, j: int | None, question: str | None) -> Ints:
    """Return the emissions of the clauses of the only answer, read without clause ``j``, cut as before."""
    n_tokens = len(clauses.tokens)
    keep = np.ones(n_tokens, dtype=bool)
    opens = np.zeros(n_tokens, dtype=bool)
    opens[clauses.start[:-1]] = True
    if j is not None:
        keep[clauses.start[j] : clauses.start[j + 1]] = False
    rest = some_tokens(clauses.tokens, keep)
    return emit(analyzer.model, analyzer.tokenizer, rest, [question], opens[keep]).scores


def some_tokens(tokens: Tokens, keep: Bools) -> Tokens:
    """Return the tokens of the only answer of a batch that shall be kept."""
    places = replace(tokens.places, chunk=tokens.places.chunk[keep], known=tokens.places.known[keep])
    return replace(
        tokens,
        ids=tokens.ids[keep],
        offsets=np.array([0, int(keep.sum())]),
        newline=tokens.newline[keep],
        space=tokens.space[keep],
        word=tokens.word[keep],
        places=places,
    )


def chain_of(analyzer: Analyzer, reading: Reading, i: int) -> ChainPart:
    """Return what the roles read before and after a clause speak for."""
    transitions, roles = analyzer.model.transitions, reading.roles
    kinds, last = reading.emitted.opens_sentence, len(roles) - 1
    return ChainPart(
        before=ROLES[roles[i - 1]] if i else None,
        after=ROLES[roles[i + 1]] if i < last else None,
        from_before=points(transitions.between[kinds[i], roles[i - 1]] if i else transitions.start),
        to_after=points(transitions.between[kinds[i + 1], :, roles[i + 1]] if i < last else transitions.end),
    )


def alternatives(
    analyzer: Analyzer, reading: Reading, i: int, emission: RolePoints, links: ChainPart
) -> tuple[Alternative, ...]:
    """Return every role of a clause with its probability, the most probable first."""
    heat = analyzer.model.meta.scale * analyzer.model.meta.temperature
    emitted = reading.emitted
    probs = chain_marginals(
        emitted.scores / heat,
        analyzer.model.transitions.cooled(heat),
        emitted.opens_sentence,
        reading.clauses.offsets,
    )[i]
    told = np.minimum(np.round(probs, 4), 1.0).tolist()
    order = np.argsort(-probs, kind="stable").tolist()
    return tuple(
        Alternative(
            role=role,
            prob=told[r],
            emission=emission.of(role),
            total=emission.of(role) + links.from_before.of(role) + links.to_after.of(role),
        )
        for r, role in ((r, ROLES[r]) for r in order)
    )


def explain_finding(report: Report, name: str, analyzer: Analyzer) -> FindingExplanation:
    """Say what a rule measured in an answer, and against which limits it held it.

    Parameters
    ----------
    report
        The report on the answer.
    name
        Code or name of a rule.
    analyzer
        Has the profile that it was judged by.

    Raises
    ------
    RuleError
        If there is no such rule.
    """
    rule = get_rule(name)
    found = next((finding for finding in report.findings if finding.code == rule.code), None)
    limits = [limit for limit in analyzer.profile.limits() if limit.key.partition(".")[0] in rule.settings]
    decided = decisive(limits, found)
    return FindingExplanation(
        code=rule.code,
        name=rule.name,
        finds=rule.finds,
        why=rule.why,
        source=rule.source,
        leave_it=rule.limits,
        profile=analyzer.profile.name,
        finding=found,
        refused=report.status_reason if report.status is not Status.OK else None,
        limits=tuple(LimitUsed(**limit._asdict(), decided=limit.key == decided) for limit in limits),
        evidence=tuple(report.text[e.start_char : e.end_char] for e in found.evidence) if found else (),
    )


def decisive(limits: Sequence[Limit], finding: Finding | None) -> str | None:
    """Return which limit a value was held against: one that equals it, that of its severity before others."""
    if finding is None or finding.limit is None:
        return None
    equal = [limit.key for limit in limits if limit.value == finding.limit]
    end = "_warning" if finding.severity is Severity.WARNING else "_note"
    return next(chain((key for key in equal if key.endswith(end)), equal), None)
