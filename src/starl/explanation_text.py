"""Explanations -> text: what spoke for a role and against the next best, what a rule measured."""

from __future__ import annotations

from collections.abc import Iterator

from starl.explaining import ClauseExplanation, Explanation, FindingExplanation, Part, RolePoints


def to_text(explanation: Explanation, *, n_parts: int = 12) -> str:
    """Render an explanation as text, a line for each thing.

    Parameters
    ----------
    explanation
        Of a clause or a finding.
    n_parts
        Parts that are shown for the role read, and against it.
    """
    if isinstance(explanation, ClauseExplanation):
        lines = _clause_lines(explanation, n_parts)
    else:
        lines = _finding_lines(explanation)
    return "".join(f"{line}\n" for line in lines)


def _clause_lines(told: ClauseExplanation, n_parts: int) -> Iterator[str]:
    role, rival, scale = told.clause.role, told.rival, told.scale

    def ahead(points: RolePoints) -> float:
        return (points.of(role) - points.of(rival)) / scale

    yield f"Clause {told.index}: {told.text}"
    yield f"{role}, probability {told.clause.confidence:.2f}, read by {told.model}"
    yield ""
    yield f"What speaks for {role} and against {rival}, in log-odds"
    parts = sorted(told.parts, key=lambda part: (-ahead(part.points), part.name))
    best = [part for part in parts[:n_parts] if ahead(part.points) > 0]
    worst = [part for part in parts[len(best) :][-n_parts:] if ahead(part.points) < 0]
    rest = [part for part in parts if part not in best and part not in worst]
    for part in best:
        yield _part_line(ahead(part.points), part)
    if rest:
        total = sum(ahead(part.points) for part in rest)
        yield f"  {total:+6.2f}  {len(rest)} more"
    for part in worst:
        yield _part_line(ahead(part.points), part)
    yield f"  {ahead(told.emission):+6.2f}  = the clause"
    before, after = told.chain.before or "the start", told.chain.after or "the end"
    yield f"  {ahead(told.chain.from_before):+6.2f}  after {before}"
    yield f"  {ahead(told.chain.to_after):+6.2f}  before {after}"
    if told.method == "left out":
        yield "Of a neighbour: what leaving it out, and it alone, changes."
    yield ""
    yield "Roles by probability"
    yield from (f"  {a.prob:6.2f}  {a.role}" for a in told.alternatives)


def _part_line(ahead: float, part: Part) -> str:
    times = f" ({part.times} times)" if part.times > 1 else ""
    return f"  {ahead:+6.2f}  {part.name}{times}"


def _finding_lines(told: FindingExplanation) -> Iterator[str]:
    found = told.finding
    yield f"{told.code} {told.name}: {told.finds}"
    yield f"{found.severity}: {found.message}" if found else "Found nothing in this answer."
    if told.refused:
        yield f"The answer was not judged: {told.refused}"
    if found and found.value is not None:
        yield f"Measured: {found.value:g}" + (f", limit {found.limit:g}" if found.limit is not None else "")
    yield ""
    yield f"Limits of the profile {told.profile}"
    for limit in told.limits:
        value = (
            f"{limit.value:g}"
            if isinstance(limit.value, (int, float))
            else "{:g} to {:g}".format(*limit.value)
        )
        yield f"  {limit.key} = {value}{' (this one decided)' if limit.decided else ''}"
        yield f"    {limit.meaning}. {limit.source}"
    if told.evidence:
        yield ""
        yield "Evidence"
        yield from (f"  {' '.join(words.split())}" for words in told.evidence)
    yield ""
    yield f"Why: {told.why}"
    yield f"When to leave it: {told.leave_it}"
    yield f"Source: {told.source}"
