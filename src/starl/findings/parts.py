"""Rules on parts: what the story lacks."""

import numpy as np

from starl.findings.facts import ACTION, LEARNING, RESULT, SITUATION, TASK, Facts
from starl.findings.reading import INFO, NOTE, NOTHING, WARNING, Bytes, SeverityIndex, longest_spans, whole
from starl.findings.rule import Case, Check, Example, Rule, Show, Shown, Verdict
from starl.findings.wording import ENDING_SAID, LEARNING_SAID, RESULT_SAID, SETTING, STATE, TASK_SAID
from starl.measures import N_STORY, WE
from starl.profiles import Profile
from starl.report import Evidence
from starl.roles import ROLES, Role, Severity
from starl.tokens import Bools

_OPENING = 3
"""Clauses of the story, from the first, in which a situation is looked for."""
_SURE_DEED = 0.90
"""Confidence of the action clause at which the search for a task stops."""
_OWN_RESULTS = 2
"""Deeds of the speaker in result clauses from which on the action may stand there."""


def lacks(role: int, facts: Facts, profile: Profile) -> Bools:
    """Whether no clause of an answer that is read surely enough has the role, shape (n,)."""
    none: Bools = facts.n_clauses[:, role] == 0
    return none & facts.is_sure(profile)


def is_other(facts: Facts, profile: Profile, where: Bools) -> Bools:
    """Whether each clause where a part could stand is surely something else, shape (n,)."""
    return facts.has(where) & ~facts.has(where & (facts.confidence < profile.part_confidence))


def _gain(role: int, profile: Profile) -> float:
    """Return the lower end of the advised share: what the part would add."""
    return profile.bands.get(ROLES[role], (0.0, 0.0))[0]


def no_situation(facts: Facts, profile: Profile) -> Verdict:
    """Find a story without a situation."""
    where = lacks(SITUATION, facts, profile)
    if not where.any():
        return Verdict(where, NOTHING)
    story = facts.roles < N_STORY  # (n_clauses,)
    nth = facts.so_far(story)
    opening, first = story & (nth <= _OPENING), story & (nth == 1)
    set_up = first & ((facts.roles == RESULT) | facts.opens(SETTING))
    set_up |= opening & facts.holds(STATE)
    where &= is_other(facts, profile, opening) & ~facts.has(set_up)
    return Verdict(where, INFO, gain=_gain(SITUATION, profile))


def no_task(facts: Facts, profile: Profile) -> Verdict:
    """Find a story without a task."""
    where = lacks(TASK, facts, profile) & ~facts.has(facts.holds(TASK_SAID))
    if not where.any():
        return Verdict(where, NOTHING)
    sure_deed = (facts.roles == ACTION) & (facts.confidence >= _SURE_DEED)
    before = (facts.so_far(sure_deed) == 0) | (facts.nth == 0)
    return Verdict(where & is_other(facts, profile, before), INFO, gain=_gain(TASK, profile))


def no_action(facts: Facts, profile: Profile) -> Verdict:
    """Find a story in which nothing is done."""
    where = lacks(ACTION, facts, profile)
    if not where.any():
        return Verdict(where, NOTHING)
    anywhere = facts.roles >= 0  # (n_clauses,)
    own = (facts.roles == RESULT) & (facts.agents >= 0) & (facts.agents <= WE)
    where &= is_other(facts, profile, anywhere) & (facts.count(own) < _OWN_RESULTS)
    return Verdict(where, _severity(INFO, facts, profile, anywhere), gain=_gain(ACTION, profile))


def no_result(facts: Facts, profile: Profile) -> Verdict:
    """Find a story that stops before it says what came of it."""
    where = lacks(RESULT, facts, profile) & (facts.n_clauses[:, ACTION] > 0)
    if not where.any():
        return Verdict(where, NOTHING)
    ending = facts.in_second_half
    said = facts.holds(RESULT_SAID) | (ending & facts.holds(ENDING_SAID))
    where &= is_other(facts, profile, ending) & ~facts.has(said)
    return Verdict(where, _severity(NOTE, facts, profile, ending), gain=_gain(RESULT, profile))


def no_learning(facts: Facts, profile: Profile) -> Verdict:
    """Find a whole story without a reflection."""
    where = lacks(LEARNING, facts, profile)
    where &= (facts.n_clauses[:, ACTION] > 0) & (facts.n_clauses[:, RESULT] > 0)
    if not where.any():
        return Verdict(where, NOTHING)
    where &= is_other(facts, profile, facts.in_second_half) & ~facts.has(facts.holds(LEARNING_SAID))
    return Verdict(where, INFO, gain=_gain(LEARNING, profile))


def _severity(mild: SeverityIndex, facts: Facts, profile: Profile, where: Bools) -> Bytes:
    """Return warning where the reading is quite sure, else the mild severity, shape (n,)."""
    unsure = facts.has(where & (facts.confidence < profile.warning_confidence))
    severity: Bytes = np.where(unsure, mild, WARNING)
    return severity


def show_opening(case: Case) -> Shown:
    """Show the first span."""
    return Shown(_spans(case)[:1])


def show_situation(case: Case) -> Shown:
    """Show the first span of the situation, or the first of all if there is none."""
    return Shown((_spans(case, Role.SITUATION) or _spans(case))[:1])


def show_all_else(case: Case) -> Shown:
    """Show the longest spans of the other parts."""
    return Shown(longest_spans(case.report, Role.SITUATION, Role.TASK, Role.RESULT, Role.LEARNING))


def show_ending(case: Case) -> Shown:
    """Show the last clause of the story."""
    story = [clause for clause in case.report.clauses if clause.role is not Role.OTHER]
    last = tuple(Evidence(start_char=c.start_char, end_char=c.end_char) for c in story[-1:])
    return Shown(last or whole(case.report))


def _spans(case: Case, *roles: Role) -> tuple[Evidence, ...]:
    """Return the spans of the given roles, or all of them if none is given."""
    spans = [span for span in case.report.spans if not roles or span.role in roles]
    return tuple(Evidence(start_char=s.start_char, end_char=s.end_char) for s in spans)


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
    show: Show,
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
        show=show,
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
    show_opening,
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
    show_situation,
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
    show_all_else,
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
    show_ending,
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
    show_ending,
    "L",
    (Severity.INFO,),
    finds="A whole story, with action and result, has no word on what the speaker took from it.",
    message="the story has no word on what you took from it",
    help="if there is time, add one sentence on what you do differently since, or would do differently now",
    why="A reflection shows that the next case will go better; it is welcome and seldom asked for.",
    limits="Only ever info: most sources do not ask for it and none gives it a share of its own.",
    source=_FAULTS.format(n=4),
)
