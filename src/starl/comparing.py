"""Two reports -> what changed from one draft of an answer to the next."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from textwrap import fill

from pydantic import Field

from starl.findings.length import TOO_LONG, TOO_SHORT
from starl.render import AGENT_WORDS, visible
from starl.report import Count, Finding, Frozen, Report, Share
from starl.roles import ROLES, SEVERITIES, Agent, Role, Severity, Status

WIDTH = 80


class State(StrEnum):
    """What became of a finding from the old draft to the new one."""

    NEW = "new"
    WORSE = "worse"
    SAME = "same"
    MILDER = "milder"
    UNKNOWN = "unknown"
    """One of the drafts cannot be judged, so that nothing follows from its having no such finding."""
    MENDED = "mended"


STATES: tuple[State, ...] = tuple(State)
"""In the order in which findings are listed."""


class CountChange(Frozen):
    """A count in both drafts."""

    before: Count
    after: Count


class ShareChange(Frozen):
    """A share in both drafts; None where it is undefined."""

    before: Share | None
    after: Share | None


class PartChange(Frozen):
    """How much is said in one role."""

    role: Role
    words: CountChange
    share: ShareChange = Field(description="Of the words of the story; None for other.")


class DeedChange(Frozen):
    """How many deeds in action one agent does."""

    agent: Agent
    deeds: CountChange


class FindingChange(Frozen):
    """What became of a finding."""

    code: str
    name: str
    state: State
    before: Severity | None = Field(description="Severity in the old draft; None if it was not found.")
    after: Severity | None = Field(description="Severity in the new draft; None if it was not found.")
    value_before: float | None = Field(description="Measured value in the old draft.")
    value_after: float | None = Field(description="Measured value in the new draft.")
    message: str = Field(description="What is so in the new draft, or was so in the old one.")


class Comparison(Frozen):
    """What changed from one draft to the next. All counts are those of the two reports."""

    status_before: Status
    status_after: Status
    n_words: CountChange = Field(description="Words of the whole answer.")
    parts: tuple[PartChange, ...] = Field(description="All six roles, in order.")
    setting_share: ShareChange = Field(description="Situation + task, of the words of the story.")
    deeds: tuple[DeedChange, ...] = Field(description="Deeds in action, by all four agents, in order.")
    i_share: ShareChange = Field(description="I / (I + we) among deeds in action.")
    hidden_deeds: CountChange = Field(description="Deeds in action without a named doer.")
    findings: tuple[FindingChange, ...] = Field(description="By state in the order of State, then severity.")
    warnings: tuple[str, ...] = Field(description="Why the drafts may not be comparable; mostly empty.")

    def of(self, *states: State) -> tuple[FindingChange, ...]:
        """Return the findings of some states."""
        return tuple(finding for finding in self.findings if finding.state in states)

    @property
    def is_worse(self) -> bool:
        """Whether a note or warning is new or got worse, or the new draft alone cannot be judged."""
        refused = self.status_before is Status.OK and self.status_after is not Status.OK
        found = self.of(State.NEW, State.WORSE)
        return refused or any(finding.after is not Severity.INFO for finding in found)


def compare(old: Report, new: Report) -> Comparison:
    """Say what changed from one draft of an answer to the next.

    Parameters
    ----------
    old, new
        Reports on the two drafts; may have been saved. If they were not made by the same model, limits and
        version, there is a warning and the comparison is made all the same.

    Returns
    -------
    Comparison
        A finding that only one draft has is new or mended where the other draft was judged, else unknown.
    """
    words, deeds = (_words(old), _words(new)), (_deeds(old), _deeds(new))
    return Comparison(
        status_before=old.status,
        status_after=new.status,
        n_words=CountChange(before=sum(words[0].values()), after=sum(words[1].values())),
        parts=tuple(
            PartChange(
                role=role,
                words=CountChange(before=words[0][role], after=words[1][role]),
                share=ShareChange(before=_share(old, role), after=_share(new, role)),
            )
            for role in ROLES
        ),
        setting_share=ShareChange(before=_setting_share(old), after=_setting_share(new)),
        deeds=tuple(
            DeedChange(agent=agent, deeds=CountChange(before=deeds[0][agent], after=deeds[1][agent]))
            for agent in Agent
        ),
        i_share=ShareChange(before=_i_share(old), after=_i_share(new)),
        hidden_deeds=CountChange(before=_hidden_deeds(old), after=_hidden_deeds(new)),
        findings=tuple(sorted(_findings(old, new), key=_place)),
        warnings=tuple(_warnings(old, new)),
    )


def _words(report: Report) -> dict[Role, int]:
    return {role: getattr(report.balance.words, role) if report.balance else 0 for role in ROLES}


def _deeds(report: Report) -> dict[Agent, int]:
    return {agent: getattr(report.ownership.action, agent) if report.ownership else 0 for agent in Agent}


def _share(report: Report, role: Role) -> float | None:
    share = report.balance.share if report.balance else None
    return None if share is None or role is Role.OTHER else getattr(share, role)


def _setting_share(report: Report) -> float | None:
    return report.balance.setting_share if report.balance else None


def _i_share(report: Report) -> float | None:
    return report.ownership.i_share if report.ownership else None


def _hidden_deeds(report: Report) -> int:
    return report.ownership.hidden_deeds if report.ownership else 0


def _findings(old: Report, new: Report) -> Iterator[FindingChange]:
    before = {finding.code: finding for finding in old.findings}
    after = {finding.code: finding for finding in new.findings}
    for code, known in {**before, **after}.items():
        was, is_ = before.get(code), after.get(code)
        yield FindingChange(
            code=code,
            name=known.name,
            state=_state(was, is_, old.status, new.status),
            before=was.severity if was else None,
            after=is_.severity if is_ else None,
            value_before=was.value if was else None,
            value_after=is_.value if is_ else None,
            message=known.message,
        )


def _state(was: Finding | None, is_: Finding | None, old: Status, new: Status) -> State:
    if was is None:
        return State.NEW if old is Status.OK else State.UNKNOWN
    if is_ is None:
        return State.MENDED if new is Status.OK else State.UNKNOWN
    step = SEVERITIES.index(is_.severity) - SEVERITIES.index(was.severity)
    return State.WORSE if step > 0 else State.MILDER if step < 0 else State.SAME


def _place(finding: FindingChange) -> tuple[int, int, str]:
    severity = finding.after or finding.before or Severity.INFO
    return STATES.index(finding.state), -SEVERITIES.index(severity), finding.code


def _warnings(old: Report, new: Report) -> Iterator[str]:
    if old.fingerprint != new.fingerprint:
        made = [f"{r.model}, profile {r.profile}, {r.fingerprint}" for r in (old, new)]
        yield (
            "the drafts were not read by the same model, limits and version, so a change may come from "
            f"those: {made[0]}; {made[1]}"
        )
    if old.question != new.question:
        yield "the drafts do not answer the same question, which a model may take into account"


def comparison_text(comparison: Comparison) -> str:
    """Render a comparison as text of at most 80 columns.

    Returns
    -------
    str
        Lines that end with a line break, without trailing spaces.
    """
    lines = [line for warning in comparison.warnings for line in (_wrapped(f"Note: {warning}."), "")]
    lines += [*_head(comparison), "", "How the words are spread"]
    lines += [_part(part) for part in comparison.parts if part.words.before or part.words.after]
    lines += ["", "Who did what, in the action"]
    lines += [
        f"  {AGENT_WORDS[d.agent]:13} {d.deeds.before:4} -> {d.deeds.after:4}" for d in comparison.deeds
    ]
    lines.append(f"  {'I of I and we':13} {_share_change(comparison.i_share)}")
    if comparison.findings:
        lines += ["", "Findings"]
        lines += [line for finding in comparison.findings for line in _finding(finding)]
    return "".join(f"{line.rstrip()}\n" for line in "\n".join(lines).split("\n"))


def _head(comparison: Comparison) -> Iterator[str]:
    n = comparison.n_words
    counts = [(state, len(comparison.of(state))) for state in STATES]
    told = ", ".join(f"{count} {state}" for state, count in counts if count) or "none in either"
    yield f"{n.before} -> {n.after} words ({n.after - n.before:+}); findings: {told}"
    before, after = (_called(s) for s in (comparison.status_before, comparison.status_after))
    if comparison.status_before is not Status.OK or comparison.status_after is not Status.OK:
        yield f"the old draft {before}, the new draft {after}"


def _called(status: Status) -> str:
    return "can be judged" if status is Status.OK else f"is {status.value.replace('_', ' ')}"


def _part(part: PartChange) -> str:
    words = f"{part.words.before:5} -> {part.words.after:4} words"
    known = part.role is not Role.OTHER
    return f"  {part.role:10} {words}{'   ' + _share_change(part.share) if known else ''}"


def _share_change(share: ShareChange) -> str:
    before, after = ("   –" if s is None else f"{s:4.0%}" for s in (share.before, share.after))
    if share.before is None or share.after is None:
        return f"{before} -> {after}"
    return f"{before} -> {after}  ({round(100 * share.after) - round(100 * share.before):+})"


def _finding(finding: FindingChange) -> Iterator[str]:
    both = dict.fromkeys(str(s) for s in (finding.before, finding.after) if s)
    values = [v for v in (finding.value_before, finding.value_after) if v is not None]
    told = " -> ".join(_value(finding.code, v) for v in values)
    yield f"  {finding.state:8} {finding.code:7} {finding.name:20} {' -> '.join(both):17} {told}"
    if finding.state in (State.NEW, State.WORSE):
        yield _wrapped(finding.message, 11)


def _value(code: str, value: float) -> str:
    return f"{value:.0f} words" if code in (TOO_SHORT.code, TOO_LONG.code) else f"{value:.0%}"


def _wrapped(text: str, indent: int = 0) -> str:
    spaces = " " * indent
    return fill(visible(text), WIDTH, initial_indent=spaces, subsequent_indent=spaces)
