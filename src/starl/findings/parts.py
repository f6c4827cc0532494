"""Rules on parts: what the story lacks."""

import re
from collections.abc import Sequence
from itertools import takewhile

from starl.findings.reading import clauses_of, find, is_sure, longest_spans, phrases, whole
from starl.findings.rule import Check, Example, Hit, Rule
from starl.profiles import Profile
from starl.report import Clause, Evidence, Report
from starl.roles import STORY_ROLES, Agent, Role, Severity

_SETTING = re.compile(
    r"(?:so |well |and )?(?:during|at|in|on|when|while|as|last|once|after|before)\b", re.IGNORECASE
)
_STATE = re.compile(
    r"\b(?:(?:was|were|had)(?!\s+(?:asked|told|given|to)\b)|been|when|while|during|(?:19|20)\d\d)\b",
    re.IGNORECASE,
)
_OPENING = 3
"""Clauses of the story, from the first, in which a situation is looked for."""
_SURE_DEED = 0.90
"""Confidence of the action clause at which the search for a task stops."""


def _lacks(role: Role, report: Report, profile: Profile, where: Sequence[Clause]) -> bool:
    """Whether no clause has the role, and each clause where it could stand is surely something else."""
    return (
        is_sure(report, profile) and not clauses_of(report, role) and _least(where) >= profile.part_confidence
    )


def _least(clauses: Sequence[Clause]) -> float:
    """Return the lowest confidence of clauses."""
    return min((clause.confidence for clause in clauses), default=0.0)


def _says(report: Report, clauses: Sequence[Clause], name: str) -> bool:
    """Whether clauses hold one of the stock phrases of that name."""
    return any(True for _ in find(report, clauses, phrases(name)))


def _gain(role: Role, profile: Profile) -> float:
    """Return the lower end of the advised share: what the part would add."""
    return profile.bands.get(role, (0.0, 0.0))[0]


def no_situation(report: Report, profile: Profile) -> Hit | None:
    """Find a story without a situation."""
    opening = clauses_of(report, *STORY_ROLES)[:_OPENING]
    if not _lacks(Role.SITUATION, report, profile, opening):
        return None
    if opening[0].role is Role.RESULT or _SETTING.match(report.text, opening[0].start_char):
        return None
    if any(True for _ in find(report, opening, _STATE)):
        return None
    return Hit(severity=Severity.INFO, evidence=_opening(report), gain=_gain(Role.SITUATION, profile))


def no_task(report: Report, profile: Profile) -> Hit | None:
    """Find a story without a task."""
    if not _lacks(Role.TASK, report, profile, _before_sure_deed(report)):
        return None
    if _says(report, report.clauses, "task_said"):
        return None
    return Hit(
        severity=Severity.INFO, evidence=_opening(report, Role.SITUATION), gain=_gain(Role.TASK, profile)
    )


def _before_sure_deed(report: Report) -> list[Clause]:
    """Return the clauses before the first that surely is action, and at least the first clause."""
    before = takewhile(lambda c: c.role is not Role.ACTION or c.confidence < _SURE_DEED, report.clauses)
    return list(before) or list(report.clauses[:1])


def no_action(report: Report, profile: Profile) -> Hit | None:
    """Find a story in which nothing is done."""
    if not _lacks(Role.ACTION, report, profile, report.clauses):
        return None
    if sum(c.agent in (Agent.I, Agent.WE) for c in clauses_of(report, Role.RESULT)) >= _OWN_RESULTS:
        return None
    return Hit(
        severity=_severity(report.clauses, profile, mild=Severity.INFO),
        evidence=longest_spans(report, Role.SITUATION, Role.TASK, Role.RESULT, Role.LEARNING),
        gain=_gain(Role.ACTION, profile),
    )


_OWN_RESULTS = 2
"""Deeds of the speaker in result clauses from which on the action may stand there."""


def _severity(where: Sequence[Clause], profile: Profile, *, mild: Severity) -> Severity:
    """Return warning where the reading is quite sure, else the mild severity."""
    return Severity.WARNING if _least(where) >= profile.warning_confidence else mild


def no_result(report: Report, profile: Profile) -> Hit | None:
    """Find a story that stops before it says what came of it."""
    ending = _second_half(report)
    if not clauses_of(report, Role.ACTION) or not _lacks(Role.RESULT, report, profile, ending):
        return None
    if _says(report, report.clauses, "result_said") or _says(report, ending, "ending_said"):
        return None
    return Hit(
        severity=_severity(ending, profile, mild=Severity.NOTE),
        evidence=_ending(report),
        gain=_gain(Role.RESULT, profile),
    )


def no_learning(report: Report, profile: Profile) -> Hit | None:
    """Find a whole story without a reflection."""
    if not clauses_of(report, Role.RESULT) or not clauses_of(report, Role.ACTION):
        return None
    if not _lacks(Role.LEARNING, report, profile, _second_half(report)):
        return None
    if _says(report, report.clauses, "learning_said"):
        return None
    return Hit(severity=Severity.INFO, evidence=_ending(report), gain=_gain(Role.LEARNING, profile))


def _second_half(report: Report) -> Sequence[Clause]:
    """Return the second half of the clauses, the middle one with it."""
    return report.clauses[len(report.clauses) // 2 :]


def _opening(report: Report, *roles: Role) -> tuple[Evidence, ...]:
    """Return the first span, of the given roles if there is one."""
    spans = [span for span in report.spans if span.role in roles] or list(report.spans)
    return tuple(Evidence(start_char=s.start_char, end_char=s.end_char) for s in spans[:1])


def _ending(report: Report) -> tuple[Evidence, ...]:
    """Return the last clause of the story."""
    story = [clause for clause in report.clauses if clause.role is not Role.OTHER]
    return tuple(Evidence(start_char=c.start_char, end_char=c.end_char) for c in story[-1:]) or whole(report)


_GOOD = Example(
    """\
S	-	At the swimming club the waiting list for beginners had grown to ninety children.
T	-	I had to find room for them without renting more hours.
A	I	I counted heads at every session for two weeks
A	I	and found that the lanes stood half empty after seven.
A	I	So I asked two of the older swimmers to teach a late group
A	I	and I wrote to all ninety families with the new times.
R	none	Sixty-one children started in September.
L	-	I learned to count first, before asking for more money."""
)


def _good_without(letter: str) -> Example:
    """Return the good story with the clauses of one role left out."""
    lines = _GOOD.lines.split("\n")
    return Example("\n".join(line for line in lines if not line.startswith(letter)))


_BAD_NO_ACTION = Example(
    """\
S	-	At the swimming club the waiting list for beginners had grown to ninety children,
S	-	and some of them had been on it since the spring of the year before.
T	-	I had to find room for them without renting more hours from the town.
R	none	Sixty-one children started in September,
R	none	and the list was shorter than it had been for three years.
L	-	I learned to count first, before asking for more money."""
)


def _rule(
    code: str,
    name: str,
    check: Check,
    letter: str,
    severities: tuple[Severity, ...],
    *,
    finds: str,
    message: str,
    help: str,
    why: str,
    limits: str,
    source: str,
    more: tuple[str, ...] = (),
) -> Rule:
    """Make a rule whose bad example is the good one without the part, or nearly so."""
    return Rule(
        code=code,
        name=name,
        since="0.1.0",
        severities=severities,
        finds=finds,
        message=message,
        help=help,
        why=why,
        bad=_BAD_NO_ACTION if check is no_action else _good_without(letter),
        good=_GOOD,
        limits=f"{limits} {_SURE}",
        source=source,
        settings=("part_words", "min_confidence", "part_confidence", *more),
        check=check,
    )


_SURE = (
    "A false alarm costs more than silence: the rule is silent on a story under part_words words, where "
    "the roles were read with little confidence, and where a single clause in which the part could stand "
    "was read with less than part_confidence. Those limits are ours. The order of the parts does not matter."
)
_SHARES = "survey of 25 advice pages that give a share for each part, {share}"
_FAULTS = "survey of 77 publishers of interview advice, {n} of whom name it as a fault"

NO_SITUATION = _rule(
    "PRT001",
    "no-situation",
    no_situation,
    "S",
    (Severity.INFO,),
    finds="The story has no part that says where, when or with whom it happened.",
    message="nothing in the story says where and when it happened or how things stood",
    help=(
        "open with one or two facts: where it was, who was there, what had gone wrong or was about to change"
    ),
    why="Without a setting the listener cannot tell how hard the action was, nor what the result is worth.",
    limits=(
        "Leave it where the question itself named the setting. "
        "Only ever info: few stories lack a setting, and it is easily read as task or action. "
        "A story is left alone if it opens with the result or with a phrase of place or time "
        '("at the depot", "last May"), or if its first three clauses say how things were.'
    ),
    source=_SHARES.format(share="all of which give the situation at least 10 %"),
)

NO_TASK = _rule(
    "PRT002",
    "no-task",
    no_task,
    "T",
    (Severity.INFO,),
    finds="The story does not say what the speaker had to achieve.",
    message="nothing in the story says what you had to achieve, or what was asked of you",
    help="add one sentence on what you were responsible for, the goal, or the deadline",
    why="A result can only be held against an aim that was named.",
    limits=(
        "Many good stories leave the task to be understood from the situation, so this is only ever info. "
        "Stock words of a task anywhere keep the rule silent."
    ),
    source=_SHARES.format(share="all of which give the task at least 10 %"),
)

NO_ACTION = _rule(
    "PRT003",
    "no-action",
    no_action,
    "A",
    (Severity.INFO, Severity.WARNING),
    finds="Nothing in the story is done about the situation.",
    message="nothing in the story says what was done",
    help=(
        "tell the steps you took, in order, with a verb of doing for each: what you did first, then next, "
        "and why"
    ),
    why="The action is what the question asks for; every source gives it the largest share.",
    limits=(
        "A list of outcomes may hold the actions between the lines: two deeds of the speaker in the result "
        "keep the rule silent. Action in rough or short answers is easily read as something else, so this is "
        "info unless every clause was read with warning_confidence."
    ),
    source=_SHARES.format(share="all of which give the action at least 40 %"),
    more=("warning_confidence",),
)

NO_RESULT = _rule(
    "PRT004",
    "no-result",
    no_result,
    "R",
    (Severity.NOTE, Severity.WARNING),
    finds="The story stops before it says what came of the action.",
    message="the story stops before it says what came of it",
    help=(
        "end with what changed: a figure, what people said, or what was different afterwards; "
        "a result that was only partly good is a result too"
    ),
    why="Without an outcome the listener cannot tell whether the action worked.",
    limits=(
        "Leave it where the work is still going on, and say so. Stock words of outcome anywhere, or of "
        "thanks, feeling and change in the second half, keep the rule silent, and so does a story without "
        "action. It is a warning only if the second half was read with warning_confidence."
    ),
    source=_FAULTS.format(n=12),
    more=("warning_confidence",),
)

NO_LEARNING = _rule(
    "PRT005",
    "no-learning",
    no_learning,
    "L",
    (Severity.INFO,),
    finds="A whole story, with action and result, has no word on what the speaker took from it.",
    message="the story has no word on what you took from it",
    help="if there is time, add one sentence on what you do differently since, or would do differently now",
    why="A reflection shows that the next case will go better; it is welcome and seldom asked for.",
    limits="Only ever info: most sources do not ask for it and none gives it a share of its own.",
    source=_FAULTS.format(n=4),
)
