"""Rules on balance: how the words are spread over the parts of the story."""

import numpy as np

from starl.findings.facts import ACTION, RESULT, SITUATION, TASK, Facts, share_of
from starl.findings.reading import NOTE, NOTHING, exceeds, hides_action, longest_spans, over
from starl.findings.rule import Case, Example, Rule, Shown, Verdict
from starl.measures import OTHER, WE
from starl.profiles import Profile
from starl.report import Evidence
from starl.roles import Role, Severity
from starl.tokens import Bools


def is_task_heavy(facts: Facts, profile: Profile) -> Bools:
    """Whether the task, rather than the situation, is what is too heavy, shape (n,)."""
    task, situation = facts.share[:, TASK], facts.share[:, SITUATION]
    return is_long(facts, profile) & exceeds(task, profile.task_note) & (task > situation)


def is_long(facts: Facts, profile: Profile) -> Bools:
    """Whether the setting has enough words to be too heavy, shape (n,)."""
    enough: Bools = facts.setting_words >= profile.setting_words
    return enough


def situation_heavy(facts: Facts, profile: Profile) -> Verdict:
    """Find a setting that takes more of the story than the profile allows."""
    value = facts.setting_share
    severity, limit = over(value, profile.setting_note, profile.setting_warning)
    where = is_long(facts, profile) & (severity >= 0)
    if not where.any():
        return Verdict(where, NOTHING)
    spared = (severity == NOTE) & (facts.share[:, ACTION] >= profile.action_note)
    spared |= hides_action(facts, profile) | is_task_heavy(facts, profile)
    return Verdict(where & ~spared, severity, value, limit, gain=value - profile.setting_note)


def show_setting(case: Case) -> Shown:
    """Show the longest spans of the setting."""
    spans = longest_spans(case.report, Role.SITUATION, Role.TASK)
    return Shown(spans, {"action": case.facts.share[case.answer, ACTION]})


def task_heavy(facts: Facts, profile: Profile) -> Verdict:
    """Find a task that takes more of the story than the profile allows, and more than the situation."""
    where = is_task_heavy(facts, profile)
    if not where.any():
        return Verdict(where, NOTHING)
    value = facts.share[:, TASK]
    severity, limit = over(value, profile.task_note, profile.task_warning)
    where &= ~hides_action(facts, profile)
    return Verdict(where, severity, value, limit, gain=value - profile.task_note)


def show_task(case: Case) -> Shown:
    """Show the longest spans of the task."""
    return Shown(longest_spans(case.report, Role.TASK))


def late_action(facts: Facts, profile: Profile) -> Verdict:
    """Find a first own deed that comes late, after deeds of others, although the setting is not heavy."""
    before = facts.measures.before_own
    value = share_of(np.maximum(before, 0), facts.story_words)
    severity, limit = over(value, profile.late_note, profile.late_warning)
    where = (severity >= 0) & (before >= profile.late_words)
    where &= ~exceeds(facts.setting_share, profile.setting_note)
    if not where.any():
        return Verdict(where, NOTHING)
    told = facts.agents >= 0  # (n_clauses,)
    own = told & (facts.agents <= WE)
    n_own = facts.so_far(own)
    others = told & (n_own == 0)
    named = 2 * facts.count(others & (facts.agents == OTHER)) > facts.count(others)  # (n,)
    in_result = facts.has(own & (n_own == 1) & (facts.roles == RESULT))
    return Verdict(
        where & named & ~in_result, severity, value, limit, gain=value - profile.late_note, clauses=others
    )


def show_others(case: Case) -> Shown:
    """Show what stands from the first deed of others to the last before the first own one."""
    deeds = case.clauses
    evidence = Evidence(start_char=deeds[0].start_char, end_char=deeds[-1].end_char)
    return Shown((evidence,), {"before": int(case.facts.measures.before_own[case.answer])})


SITUATION_HEAVY = Rule(
    code="BAL001",
    name="situation-heavy",
    since="0.1.0",
    severities=(Severity.NOTE, Severity.WARNING),
    finds="Situation and task together take more of the story than the profile allows.",
    message=(
        "situation and task take {value:.0%} of the story, over the {limit:.0%} limit; action has "
        "{action:.0%}"
    ),
    help=(
        "keep the two or three facts that the action needs in order to make sense, and drop or halve the "
        "rest; "
        "give the words to what you did"
    ),
    why=(
        "In recorded interviews the stories held more situation than anything else. "
        "The listener wants to hear what you do, and the setting only has to make that understandable."
    ),
    bad=Example(
        """\
S	-	I worked for a bank with nine branches along the coast,
S	-	some of them in towns where half the shops close after the summer,
S	-	and the branches had been put together from two older banks that had never liked each other.
S	-	Every branch kept its own rota on paper, pinned up beside the kettle,
S	-	and in July two of them had nobody at the counter for a whole morning.
T	-	Head office wanted one rota for everybody.
A	I	I put the nine rotas into one sheet,
A	I	and I called each manager about the gaps.
R	none	By August no counter stood empty, for the first time in four years."""
    ),
    good=Example(
        """\
S	-	In July two of our nine bank branches had nobody at the counter for a whole morning.
T	-	I was asked to make one rota for everybody.
A	I	I collected the nine paper rotas and typed them into one sheet,
A	I	then I marked every hour with fewer than two people in red,
A	I	and I called each manager about the red hours in their branch.
A	I	Where two managers wanted the same person I offered the second one a trainee,
A	I	and I wrote down what we had agreed so that nobody had to remember it.
R	none	By August no counter stood empty, for the first time in four years.
L	-	I learned to show people the gap before I ask them to fill it."""
    ),
    limits=(
        "A question that asks for context earns a longer setting. "
        "The source shows that situation dominates real answers, not that it harms them; the limits come "
        "from "
        "advice: the highest of 25 advised shares for situation and task is 40 %, the upper quartile 33 "
        "%, and "
        "50 % is named as too much. No outcome evidence stands behind any of them. "
        "There is no note where the action has action_note or more, the least that any of the 25 gives it, "
        "and none on a setting under setting_words words. Where no action was read, and a clause read with "
        "less than part_confidence may be it, the rule is silent. "
        "Where the task is the larger part, task-heavy says so instead."
    ),
    source=(
        "Bangerter, Corvalan and Cavin (2014), Storytelling in the selection interview, J. Bus. Psychol. 29, "
        "593-604, doi:10.1007/s10869-014-9350-0; shares: survey of 25 advice pages, among them the "
        "University of "
        "Washington, Swansea University and Competency Companion (UK Civil Service)"
    ),
    settings=("setting_note", "setting_warning", "setting_words", "action_note", "part_confidence"),
    check=situation_heavy,
    show=show_setting,
)

TASK_HEAVY = Rule(
    code="BAL002",
    name="task-heavy",
    since="0.1.0",
    severities=(Severity.NOTE, Severity.WARNING),
    finds="The task takes more of the story than the profile allows, and more than the situation.",
    message="the task takes {value:.0%} of the story, over the {limit:.0%} limit",
    help=(
        "say in one sentence what you had to achieve and by when; "
        "move single requirements to the step that met them"
    ),
    why="A list of duties tells what the job was. How you went about it is what sets you apart.",
    bad=Example(
        """\
S	-	I ran the archive of a small museum.
T	-	My task was to get four thousand glass plates ready for the move,
T	-	I was responsible for the list, the boxes, the insurance papers and the climate log,
T	-	everything had to be finished before the lease ended in May,
T	-	and I also had to make sure that the reading room stayed open on two days a week.
A	I	I numbered the shelves,
A	I	packed one shelf a day with a volunteer,
A	I	and logged each box in the evening.
R	none	The last box left on 28 April, with three plates cracked."""
    ),
    good=Example(
        """\
S	-	I ran the archive of a small museum whose lease ended in May.
T	-	I had to get four thousand glass plates ready for the move by then.
A	I	I numbered the shelves,
A	I	cut foam to the size of the plates,
A	I	and packed one shelf a day with a volunteer.
A	I	I logged each box in the evening, with a photograph of the top row for the insurance,
A	I	and on Tuesdays and Fridays I packed in the reading room itself, so that it could stay open.
R	none	The last box left on 28 April, with three plates cracked."""
    ),
    limits=(
        "An answer about setting priorities may need its list of duties. "
        "Task and situation are easily taken for one another; where only that is off, the advice "
        "still holds. "
        "The limits are ours: the highest of 25 advised shares for the task is 20 %, and we add a margin."
    ),
    source=(
        "survey of 25 advice pages that give a share for each part (median 10 %, upper quartile 15 %, "
        "highest 20 % "
        "for the task), among them the University of Washington, Swansea University and Competency Companion "
        "(UK Civil Service)"
    ),
    settings=("task_note", "task_warning", "setting_words", "part_confidence"),
    check=task_heavy,
    show=show_task,
)

LATE_ACTION = Rule(
    code="BAL003",
    name="late-action",
    since="0.1.0",
    severities=(Severity.NOTE, Severity.WARNING),
    finds="Others act for much of the story before the speaker, alone or with them, does anything.",
    message=(
        "your first own deed comes after {before} words, {value:.0%} of the story, over the {limit:.0%} limit"
    ),
    help="bring your first step forward; what others did can be cut to what you had to react to",
    why=(
        "As long as others act, the listener hears about them. "
        "A listener who waits too long for your part may take the story for somebody else's."
    ),
    bad=Example(
        """\
S	-	Our bakery's oven failed on the night before the town fair.
A	other	The owner called the maker in Turin,
A	other	who sent a man out from the next valley,
A	other	and he took the door off and measured every coil before he said anything.
A	other	My colleague Piet drove to the depot for a new relay,
A	other	came back with the wrong one,
A	other	and drove out again while the owner rang two other bakeries for oven space.
A	I	I then shaped the loaves in the cold room,
A	I	and baked them in shifts at the neighbour's.
R	we	We sold 600 loaves at the fair."""
    ),
    good=Example(
        """\
S	-	Our bakery's oven failed on the night before the town fair.
T	-	I had 600 loaves to bake by seven.
A	I	I moved the dough to the cold room to gain four hours,
A	other	while the owner rang other bakeries for oven space.
A	I	I packed the loaves on the cheese trolley,
A	I	wheeled them across the square to the neighbour's oven,
A	I	and baked them in five shifts,
A	I	with the rye first because it keeps its shape longest in the cold.
R	we	We sold 600 loaves at the fair."""
    ),
    limits=(
        "Leave it where the point of the story is that you waited or watched on purpose. "
        "The rule asks that most deeds before yours have a doer who is named; where they have none, "
        "hidden-agent says so. No source gives a number; the limits are ours. "
        "Where the setting itself is too heavy, situation-heavy or "
        "task-heavy says so instead."
    ),
    source=(
        "survey of 77 publishers of interview advice, 23 of whom name too much situation as a fault; "
        "the measure and its limits are our own"
    ),
    settings=("late_note", "late_warning", "late_words", "setting_note"),
    check=late_action,
    show=show_others,
)
