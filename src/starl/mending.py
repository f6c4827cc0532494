"""Findings -> what to mend first: for each finding one edit, what it would do to a measure, and a question.

An edit is a kind of change and a number of words or clauses, never new words for the speaker. What it would
do is worked out from the counts of the report and can be redone by hand; `docs/reference/mending.md` gives
the formula of each rule.
"""

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import ceil
from types import MappingProxyType

from pydantic import Field

from starl.findings.balance import LATE_ACTION, SITUATION_HEAVY, TASK_HEAVY
from starl.findings.evidence import UNQUANTIFIED_RESULT, VAGUE_ACTION
from starl.findings.kind import HYPOTHETICAL
from starl.findings.length import TOO_LONG, TOO_SHORT
from starl.findings.ownership import HIDDEN_AGENT, WE_HEAVY, WEIGHT, opens_with_team
from starl.findings.parts import NO_ACTION, NO_LEARNING, NO_RESULT, NO_SITUATION, NO_TASK
from starl.probing import TEAM, ask, ask_who, is_passive, names_doer_of, quote
from starl.profiles import Profile
from starl.report import Balance, Clause, Evidence, Finding, Frozen, Ownership, Report, Share
from starl.roles import SEVERITIES, STORY_ROLES, Agent, Role, Severity

STEP = 5
"""Words to cut or add are rounded up to a multiple of this."""
MOST = 3

_CHUNK = re.compile(r"\S+")
_SETTING = (Role.SITUATION, Role.TASK)
_TELLING = 3
"""Words that a clause needs in order to be quoted, if another has them."""


class Mend(Frozen):
    """One edit that answers a finding, what it does to a measure, and what to ask the speaker.

    Each edit is taken alone: effects of several do not add up.
    """

    code: str = Field(description="Code of the rule, such as BAL001.")
    name: str = Field(description="Name of the rule, such as situation-heavy.")
    severity: Severity = Field(description="How much the finding matters.")
    effect: str = Field(description="The edit and what it does, as one line.")
    measure: str | None = Field(description="What before and after measure; None if there is no count.")
    before: float | None = Field(description="The measure as it is.")
    after: float | None = Field(description="The measure after the edit, other counts staying as they are.")
    words: int | None = Field(description="Words to add, or to cut if below 0; None if it is about neither.")
    gain: Share = Field(description="Words cut, added or made clear, of the words before or after the edit.")
    question: str | None = Field(description="What to ask the speaker; None if there is no clause to quote.")
    asked: Evidence | None = Field(description="The clause that the question quotes.")
    evidence: tuple[Evidence, ...] = Field(description="The words that the edit is about, in order.")


def mend_first(report: Report, profile: Profile, most: int = MOST) -> tuple[Mend, ...]:
    """Return the edits to make first: the first ``most`` of `mends`.

    Parameters
    ----------
    report
        What was read in an answer; may have been saved.
    profile
        The limits that its findings were judged by.
    most
        How many to return at most.
    """
    return mends(report, profile)[: max(most, 0)]


def mends(report: Report, profile: Profile) -> tuple[Mend, ...]:
    """Return one edit for each finding, the most useful first.

    A pure function of a report that may have been saved; it needs neither a model nor the tokenizer.

    Parameters
    ----------
    report
        What was read in an answer.
    profile
        The limits that its findings were judged by. A finding that is none by these limits, or is of a rule
        that is not known here, is left out.

    Returns
    -------
    tuple of Mend
        The worst finding first, then the largest gain, then by code.
    """
    if report.balance is None or report.ownership is None:
        return ()
    answer = _Answer(report, report.balance, report.ownership, profile)
    edits = ((finding, _EDITS[finding.code](answer, finding)) for finding in _known(report.findings))
    made = [_mend(answer, finding, edit) for finding, edit in edits if edit is not None]
    return tuple(sorted(made, key=lambda m: (-SEVERITIES.index(m.severity), -m.gain, m.code)))


def words_to_cut(part: int, whole: int, limit: float) -> int:
    """Return the fewest words to cut from a part so that its share of the whole is within a limit.

    Parameters
    ----------
    part, whole
        Words, the part being in the whole.
    limit
        Largest share, in 0..1.

    Examples
    --------
    >>> words_to_cut(94, 200, 0.35)  # (94 - 37) / (200 - 37) is 0.3497
    37
    """
    return max(0, _ceil((part - limit * whole) / (1 - limit))) if limit < 1 else 0


def words_to_add(part: int, whole: int, limit: float) -> int:
    """Return the fewest words to add to a part so that its share of the whole reaches a limit below 1.

    Examples
    --------
    >>> words_to_add(0, 180, 0.10)  # 20 / (180 + 20)
    20
    """
    return max(0, _ceil((limit * whole - part) / (1 - limit)))


def words_beside(part: int, whole: int, limit: float) -> int:
    """Return the fewest words to add beside a part so that its share is within a limit above 0.

    Examples
    --------
    >>> words_beside(30, 40, 0.5)  # 30 / (40 + 20)
    20
    """
    return max(0, _ceil(part / limit - whole))


def _ceil(number: float) -> int:
    return ceil(round(number, 6))  # so that 20.000000000000004 is 20


def _fives(n: int) -> int:
    return -(-n // STEP) * STEP


@dataclass(frozen=True)
class _Answer:
    """A report with words, and its limits."""

    report: Report
    balance: Balance
    ownership: Ownership
    profile: Profile

    def words(self, *roles: Role) -> int:
        """Count the words of some roles."""
        return sum(getattr(self.balance.words, role) for role in roles)

    @property
    def story(self) -> int:
        """Words of the story."""
        return self.words(*STORY_ROLES)

    @cached_property
    def counts(self) -> tuple[int, ...]:
        """Words of each clause; a word counts where it begins."""
        chunks = _CHUNK.finditer(self.report.text)
        starts = [chunk.start() for chunk in chunks if any(map(str.isalnum, chunk[0]))]
        return tuple(
            bisect_left(starts, c.end_char) - bisect_left(starts, c.start_char) for c in self.report.clauses
        )

    def count(self, clauses: Iterable[Clause]) -> int:
        """Count the words of some clauses."""
        known = {clause.start_char: n for clause, n in zip(self.report.clauses, self.counts, strict=True)}
        return sum(known[clause.start_char] for clause in clauses)

    def can_lose(self, n_words: int) -> bool:
        """Whether enough is left of the answer, and anything of the story, without so many of its words."""
        return self.balance.n_words - n_words >= self.profile.short_note and self.story > n_words

    def excess(self, role: Role) -> float:
        """Return how many words a role has over the share advised for it; outside the story, all it has."""
        high = self.profile.bands[role][1] if role in self.profile.bands else 0.0
        return self.words(role) - high * self.story

    def text(self, clause: Clause) -> str:
        """Return the text of a clause."""
        return self.report.text[clause.start_char : clause.end_char]

    def of(self, *roles: Role) -> list[Clause]:
        """Return the clauses of some roles, in order."""
        return [clause for clause in self.report.clauses if clause.role in roles]

    def within(self, evidence: Iterable[Evidence]) -> list[Clause]:
        """Return the clauses that hold some of the evidence, in order."""
        parts = tuple(evidence)
        return [
            clause
            for clause in self.report.clauses
            if any(e.start_char < clause.end_char and clause.start_char < e.end_char for e in parts)
        ]

    def quotable(self, clauses: Iterable[Clause]) -> list[Clause]:
        """Return the clauses that can be quoted: those of three words, or of any if none has three."""
        some = [clause for clause in clauses if quote(self.text(clause))]
        return [clause for clause in some if self.count([clause]) >= _TELLING] or some

    def longest(self, clauses: Iterable[Clause]) -> list[Clause]:
        """Return clauses by their words, the most first."""
        return sorted(clauses, key=lambda clause: (-self.count([clause]), clause.start_char))

    def holding(self, roles: Sequence[Role], n_words: int) -> tuple[Evidence, ...]:
        """Return the longest runs of clauses of some roles that together hold so many words, in order."""
        runs: list[list[Clause]] = [[]]
        for clause in self.report.clauses:
            if clause.role in roles:
                runs[-1].append(clause)
            elif runs[-1]:
                runs.append([])
        best = sorted(filter(None, runs), key=lambda run: (-self.count(run), run[0].start_char))
        kept: list[Evidence] = []
        held = 0
        for run in best:
            if kept and held >= n_words:
                break
            kept.append(Evidence(start_char=run[0].start_char, end_char=run[-1].end_char))
            held += self.count(run)
        return tuple(sorted(kept, key=lambda e: e.start_char))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Edit:
    """What a rule's function says; the rest of a `Mend` follows from it."""

    effect: str
    measure: str | None = None
    before: float | None = None
    after: float | None = None
    words: int | None = None
    touched: float
    """Words that it cuts, adds or makes clear."""
    evidence: tuple[Evidence, ...]
    probe: "_Probe | None"


@dataclass(frozen=True, slots=True)
class _Probe:
    """A question and the clause that it quotes."""

    clause: Clause
    question: str


def _mend(answer: _Answer, finding: Finding, edit: _Edit) -> Mend:
    most = answer.balance.n_words + max(edit.words or 0, 0)
    return Mend(
        code=finding.code,
        name=finding.name,
        severity=finding.severity,
        effect=edit.effect,
        measure=edit.measure,
        before=None if edit.before is None else round(edit.before, 4),
        after=None if edit.after is None else round(edit.after, 4),
        words=edit.words,
        gain=round(edit.touched / max(most, 1), 4),
        question=None if edit.probe is None else edit.probe.question,
        asked=None if edit.probe is None else _evidence(edit.probe.clause),
        evidence=edit.evidence,
    )


def _evidence(clause: Clause) -> Evidence:
    return Evidence(start_char=clause.start_char, end_char=clause.end_char)


def _probe(answer: _Answer, clauses: Iterable[Clause], question: str) -> _Probe | None:
    """Ask about the first of some clauses."""
    for clause in clauses:
        if asked := ask(answer.text(clause), question):
            return _Probe(clause, asked)
    return None


def _change(before: float, after: float) -> str:
    return f"{before:.0%} -> {after:.0%}"


def _words(n: int) -> str:
    return f"{n} word{'' if n == 1 else 's'}"


_CALLED: Mapping[str, str] = {
    "setting_share": "setting",
    "task_share": "task",
    "before_own_deed_share": "what stands before your first step",
}
LOST = "what would be lost without it?"


def _cut_setting(answer: _Answer, finding: Finding) -> _Edit | None:
    return _lighten(answer, finding, _SETTING, answer.profile.setting_note, "setting")


def _cut_task(answer: _Answer, finding: Finding) -> _Edit | None:
    return _lighten(answer, finding, (Role.TASK,), answer.profile.task_note, "task")


def _lighten(
    answer: _Answer, finding: Finding, roles: Sequence[Role], limit: float, called: str
) -> _Edit | None:
    """Cut a part to its limit, or add action where too little would be left of the answer."""
    part, story = answer.words(*roles), answer.story
    cut = min(_fives(words_to_cut(part, story, limit)), part)
    if not cut:
        return None
    if not answer.can_lose(cut) and limit > 0:
        probe = _probe(answer, answer.quotable(answer.of(*roles))[::-1], "what did you do about it?")
        return _tell_more(answer, finding, part, limit, f"{called}_share", probe)
    evidence = answer.holding(roles, cut)
    clauses = [clause for clause in answer.within(evidence) if clause.role in roles]
    before, after = part / story, (part - cut) / max(story - cut, 1)
    return _Edit(
        effect=f"cut about {_words(cut)} of {called}: {_change(before, after)} of the story",
        measure=f"{called}_share",
        before=before,
        after=after,
        words=-cut,
        touched=cut,
        evidence=evidence,
        probe=_probe(answer, answer.longest(answer.quotable(clauses)), LOST),
    )


def _tell_more(
    answer: _Answer, finding: Finding, part: int, limit: float, measure: str, probe: _Probe | None
) -> _Edit:
    """Add action beside a part whose share is over its limit."""
    story, called = answer.story, _CALLED[measure]
    more = _fives(words_beside(part, story, limit))
    before, after = part / story, part / (story + more)
    return _Edit(
        effect=f"add about {_words(more)} on what you did: {called} {_change(before, after)} of the story",
        measure=measure,
        before=before,
        after=after,
        words=more,
        touched=more,
        evidence=finding.evidence,
        probe=probe,
    )


def _act_sooner(answer: _Answer, finding: Finding) -> _Edit | None:
    """Cut what stands before the first own deed, or add action after it where too little would be left."""
    limit, story = answer.profile.late_note, answer.story
    part = answer.balance.words_before_first_own_deed or 0
    cut = min(_fives(words_to_cut(part, story, limit)), part)
    if not cut:
        return None
    theirs = answer.longest(answer.quotable(answer.within(finding.evidence)))
    probe = _probe(
        answer, [c for c in theirs if c.agent is Agent.OTHER] or theirs, "what did you do meanwhile?"
    )
    if not answer.can_lose(cut) and limit > 0:
        return _tell_more(answer, finding, part, limit, "before_own_deed_share", probe)
    before, after = part / story, (part - cut) / max(story - cut, 1)
    return _Edit(
        effect=f"cut about {_words(cut)} before your first step: {_change(before, after)} of the story",
        measure="before_own_deed_share",
        before=before,
        after=after,
        words=-cut,
        touched=cut,
        evidence=finding.evidence,
        probe=probe,
    )


def _give_figure(answer: _Answer, finding: Finding) -> _Edit:
    clauses = answer.quotable(answer.within(finding.evidence))
    return _Edit(
        effect="put one figure to the result: 0 -> 1",
        measure="figures_in_result",
        before=0,
        after=1,
        touched=answer.words(Role.RESULT),
        evidence=finding.evidence,
        probe=_probe(answer, clauses, "what figure could you put on it?"),
    )


def _be_concrete(answer: _Answer, finding: Finding) -> _Edit | None:
    """Tell the longest vague clauses anew, until the rest is within the limit."""
    clauses, total = answer.within(finding.evidence), answer.words(Role.ACTION)
    vague = answer.count(clauses)
    spare = vague - answer.profile.vague_note * total
    told: list[Clause] = []
    for clause in answer.longest(clauses):
        if answer.count(told) >= spare:
            break
        told.append(clause)
    if not told:
        return None
    before, after = vague / total, (vague - answer.count(told)) / total
    where = [e for e in finding.evidence if any(c in told for c in answer.within([e]))]
    mine = told[0].agent is Agent.I
    question = "what exactly did you do?" if mine else "what exactly was done, and by whom?"
    return _Edit(
        effect=f"say what was done in {_these(told)}: {_change(before, after)} of the action in set phrases",
        measure="vague_share",
        before=before,
        after=after,
        touched=answer.count(told),
        evidence=tuple(where),
        probe=_probe(answer, told, question),
    )


def _these(clauses: Sequence[Clause]) -> str:
    return "this clause" if len(clauses) == 1 else f"these {len(clauses)} clauses"


def _say_more(answer: _Answer, finding: Finding) -> _Edit | None:
    n = answer.balance.n_words
    more = _fives(max(0, answer.profile.short_note - n))
    if not more:
        return None
    last = answer.quotable(answer.of(*STORY_ROLES)) or answer.quotable(answer.report.clauses)
    return _Edit(
        effect=f"add about {_words(more)}: {n} -> {_words(n + more)}",
        measure="n_words",
        before=n,
        after=n + more,
        words=more,
        touched=more,
        evidence=finding.evidence,
        probe=_probe(answer, last[::-1], "what happened next?"),
    )


def _say_less(answer: _Answer, finding: Finding) -> _Edit | None:
    """Cut down to the limit, first from the part that is furthest over the share advised for it."""
    n = answer.balance.n_words
    cut = min(_fives(max(0, n - answer.profile.long_note)), n)
    if not cut:
        return None
    role = max((*answer.profile.bands, Role.OTHER), key=answer.excess)
    is_over = answer.excess(role) > 0
    called = "what is outside the story" if role is Role.OTHER else f"the {role.value}"
    place = f", first from {called}" if is_over else ""
    evidence = answer.holding((role,), cut) if is_over else finding.evidence
    clauses = [c for c in answer.within(evidence) if c.role is role or not is_over]
    return _Edit(
        effect=f"cut about {_words(cut)}{place}: {n} -> {n - cut} words",
        measure="n_words",
        before=n,
        after=n - cut,
        words=-cut,
        touched=cut,
        evidence=evidence,
        probe=_probe(answer, answer.longest(answer.quotable(clauses)), LOST),
    )


def _say_own_part(answer: _Answer, finding: Finding) -> _Edit | None:
    """Tell some of the deeds told with "we" as the speaker's own part in them."""
    own, shared = answer.ownership.action.i, answer.ownership.action.we
    n = own + shared
    steps = min(max(0, _ceil(answer.profile.i_note * n - own)), shared)
    if not steps:
        return None
    clauses = answer.longest(answer.quotable(answer.within(finding.evidence)))
    told = "one step" if steps == 1 else f"{steps} steps"
    change = _change(own / n, (own + steps) / n)
    return _Edit(
        effect=f"say what your own part was in {told} told with “we”: {change} of the steps of I and we",
        measure="i_share",
        before=own / n,
        after=(own + steps) / n,
        touched=WEIGHT * answer.count(clauses[:steps]),
        evidence=finding.evidence,
        probe=_probe(answer, clauses, TEAM),
    )


def _name_doer(answer: _Answer, finding: Finding) -> _Edit | None:
    """Name the doer in the longest of the deeds that have none, until the rest is within the limit."""
    counts, hidden = answer.ownership.action, answer.ownership.hidden_deeds
    n = counts.i + counts.we + counts.other + counts.none
    steps = min(max(0, _ceil(hidden - answer.profile.hidden_note * n)), hidden)
    if not steps:
        return None
    clauses = answer.longest(answer.within(finding.evidence))[:steps]
    change = _change(hidden / n, (hidden - steps) / n)
    where = "this step" if steps == 1 else f"these {steps} steps"
    return _Edit(
        effect=f"say who acted in {where}: {change} of the steps without a doer",
        measure="hidden_share",
        before=hidden / n,
        after=(hidden - steps) / n,
        touched=WEIGHT * answer.count(clauses),
        evidence=tuple(sorted(map(_evidence, clauses), key=lambda e: e.start_char)),
        probe=_ask_doer(answer, clauses),
    )


def _ask_doer(answer: _Answer, clauses: Sequence[Clause]) -> _Probe | None:
    """Ask about the clause whose question is surest of its grammar, the longest of them."""
    texts = [(clause, answer.text(clause)) for clause in clauses if quote(answer.text(clause))]
    ranked = sorted(texts, key=lambda pair: (not names_doer_of(pair[1]), not is_passive(pair[1])))
    for clause, text in ranked:
        asked = ask(text, TEAM) if opens_with_team(text) else ask_who(text)
        if asked:
            return _Probe(clause, asked)
    return None


def _tell_one_time(answer: _Answer, finding: Finding) -> _Edit:
    clauses = answer.within(finding.evidence)
    would = finding.value or 0.0
    told = f": {_change(would, 0)} of the words said with “would”" if would else ""
    return _Edit(
        effect=f"tell one time when it happened{told}",
        measure="would_share" if would else None,
        before=would or None,
        after=0 if would else None,
        touched=would * answer.balance.n_words,
        evidence=finding.evidence,
        probe=_probe(answer, answer.quotable(clauses), "when did this last happen?"),
    )


@dataclass(frozen=True, slots=True)
class _Missing:
    """How to add a part that the story lacks."""

    role: Role
    called: str
    question: str
    near: tuple[Role, ...]
    """Roles of the clause to ask about; of any clause of the story if it has none of them."""
    first: bool = False
    """Whether to ask about the first such clause, not the last."""

    def __call__(self, answer: _Answer, finding: Finding) -> _Edit:
        low, story = answer.profile.bands.get(self.role, (0.0, 1.0))[0], answer.story
        more = _fives(words_to_add(0, story, low))
        after = more / max(story + more, 1)
        clauses = answer.quotable(answer.of(*self.near)) or answer.quotable(answer.of(*STORY_ROLES))
        told = f"about {_words(more)}" if more else "a sentence"
        change = f": {self.role.value} {_change(0, after)} of the story" if more else ""
        return _Edit(
            effect=f"add {told} on {self.called}{change}",
            measure=f"{self.role.value}_share" if more else None,
            before=0 if more else None,
            after=after if more else None,
            words=more or None,
            touched=more,
            evidence=finding.evidence,
            probe=_probe(answer, clauses if self.first else clauses[::-1], self.question),
        )


_MISSING: Mapping[str, _Missing] = {
    NO_SITUATION.code: _Missing(
        Role.SITUATION, "where and when it was", "where and when was this?", STORY_ROLES, first=True
    ),
    NO_TASK.code: _Missing(
        Role.TASK, "what you had to achieve", "what did you have to achieve?", (Role.SITUATION,)
    ),
    NO_ACTION.code: _Missing(Role.ACTION, "what you did", "what did you do about it?", _SETTING),
    NO_RESULT.code: _Missing(Role.RESULT, "what came of it", "what came of it?", (Role.ACTION,)),
    NO_LEARNING.code: _Missing(
        Role.LEARNING, "what you do differently since", "what do you do differently since?", (Role.RESULT,)
    ),
}

_EDITS: Mapping[str, Callable[[_Answer, Finding], _Edit | None]] = MappingProxyType(
    {
        SITUATION_HEAVY.code: _cut_setting,
        TASK_HEAVY.code: _cut_task,
        LATE_ACTION.code: _act_sooner,
        UNQUANTIFIED_RESULT.code: _give_figure,
        VAGUE_ACTION.code: _be_concrete,
        TOO_SHORT.code: _say_more,
        TOO_LONG.code: _say_less,
        WE_HEAVY.code: _say_own_part,
        HIDDEN_AGENT.code: _name_doer,
        HYPOTHETICAL.code: _tell_one_time,
        **_MISSING,
    }
)
"""What to do about a finding of each rule."""


def _known(findings: Iterable[Finding]) -> list[Finding]:
    return [finding for finding in findings if finding.code in _EDITS]
