"""What to mend first: the arithmetic is done again on the counts, the questions are read word by word."""

import sys
from collections.abc import Callable
from operator import attrgetter
from pathlib import Path
from subprocess import run

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goldlines import measured
from starl.findings import RULES, Rule, judge
from starl.findings.ownership import WEIGHT
from starl.mending import Mend, mend_first, mends, words_beside, words_to_add, words_to_cut
from starl.probing import MOST_WORDS, PAST_OF, ask, ask_who, quote
from starl.profiles import DEFAULT, Profile
from starl.report import Report
from starl.roles import SEVERITIES, STORY_ROLES, Role, Severity, Status

PROBES = Path(__file__).parent / "data" / "probes.txt"
REFERENCE = Path(__file__).parents[1] / "docs" / "reference" / "mending.md"
each_rule = pytest.mark.parametrize("rule", RULES, ids=attrgetter("code"))


def judged(lines: object, profile: Profile = DEFAULT) -> Report:
    report = measured(lines)
    return report.model_copy(update={"findings": judge(report, profile)})


def mend(code: str, report: Report, profile: Profile = DEFAULT) -> Mend:
    return next(m for m in mends(report, profile) if m.code == code)


def words(n: int, start: str = "word") -> str:
    return " ".join([start] * n)


def told(s: int = 0, t: int = 0, a: int = 0, r: int = 0, o: int = 0) -> Report:
    """Return an answer with so many words a part, judged."""
    rows = [("S", "-", s), ("T", "-", t), ("A", "I", a), ("R", "none", r), ("O", "-", o)]
    return judged("\n".join(f"{role}\t{agent}\t{words(n)}" for role, agent, n in rows if n))


def of_rule(code: str) -> Report:
    return judged(next(rule for rule in RULES if rule.code == code).bad)


# every rule


@each_rule
def test_every_rule_has_an_edit_with_words_to_point_at_and_a_question(rule: Rule) -> None:
    found = mend(rule.code, judged(rule.bad))
    assert found.evidence
    assert found.effect
    assert found.question is not None


@each_rule
def test_a_question_quotes_the_clause_it_points_at(rule: Rule) -> None:
    report = judged(rule.bad)
    for found in mends(report, DEFAULT):
        asked = report.text[found.asked.start_char : found.asked.end_char]
        assert found.question.startswith(f"You say “{quote(asked)}”: ")
        assert (found.asked.start_char, found.asked.end_char) in [
            (clause.start_char, clause.end_char) for clause in report.clauses
        ]


@each_rule
def test_what_was_measured_before_is_what_the_finding_measured(rule: Rule) -> None:
    report = judged(rule.bad)
    for found, finding in ((mend(f.code, report), f) for f in report.findings):
        if finding.value is not None:
            assert found.before == pytest.approx(finding.value, abs=1e-4)


@each_rule
def test_a_saved_report_is_mended_alike(rule: Rule) -> None:
    report = judged(rule.bad)
    saved = Report.model_validate_json(report.model_dump_json())
    assert mends(saved, DEFAULT) == mends(report, DEFAULT)


@each_rule
def test_findings_within_other_limits_are_left_out(rule: Rule) -> None:
    loose = DEFAULT.model_copy(
        update={
            "setting_note": 1.0, "task_note": 1.0, "late_note": 1.0, "i_note": 0.0, "hidden_note": 1.0,
            "vague_note": 1.0, "short_note": 0, "long_note": 10_000,
        }
    )  # fmt: skip
    limited = ("BAL", "OWN", "LEN", "EVD002")
    assert not [m.code for m in mends(judged(rule.bad), loose) if m.code.startswith(limited)]


@each_rule
def test_the_reference_gives_the_measure_of_every_rule(rule: Rule) -> None:
    row = next(
        line for line in REFERENCE.read_text(encoding="utf-8").splitlines() if f"| {rule.code} " in line
    )
    measure = mend(rule.code, judged(rule.bad)).measure
    assert f"`{measure}`" in row or (measure is None and "| none |" in row)


# the arithmetic, by hand


def test_cutting_the_setting_gives_the_share_it_says() -> None:
    report = told(s=90, t=10, a=60, r=20, o=7)
    found = mend("BAL001", report)
    assert (found.before, found.words) == (round(100 / 180, 4), -60)
    assert found.after == round((100 - 60) / (180 - 60), 4) == 0.3333
    assert found.effect == "cut about 60 words of setting: 56% -> 33% of the story"
    assert found.gain == round(60 / 187, 4)


def test_cutting_less_would_leave_the_setting_over_its_limit() -> None:
    cut = words_to_cut(100, 180, DEFAULT.setting_note)
    assert (100 - cut) / (180 - cut) <= DEFAULT.setting_note < (100 - cut + 1) / (180 - cut + 1)
    assert cut == 57


def test_a_short_answer_is_told_to_add_action_rather_than_to_cut() -> None:
    found = mend("BAL001", told(s=65, a=20, r=10))
    assert found.words == 95
    assert found.after == round(65 / (95 + 95), 4) <= DEFAULT.setting_note
    assert found.effect == "add about 95 words on what you did: setting 68% -> 34% of the story"


def test_cutting_the_task_gives_the_share_it_says() -> None:
    found = mend("BAL002", told(s=10, t=70, a=50, r=20))
    assert found.words == -45
    assert found.after == round((70 - 45) / (150 - 45), 4)


def test_acting_sooner_gives_the_share_it_says() -> None:
    report = judged(f"S\t-\t{words(20)}\nA\tother\tPiet drove {words(78)}\nA\tI\tI ran {words(58)}")
    found = mend("BAL003", report)
    assert (found.before, found.words) == (0.625, -40)
    assert found.after == round((100 - 40) / (160 - 40), 4) == DEFAULT.late_note
    assert found.effect == "cut about 40 words before your first step: 62% -> 50% of the story"


@pytest.mark.parametrize(
    ("role", "code"), [("S", "PRT001"), ("T", "PRT002"), ("A", "PRT003"), ("R", "PRT004")]
)
def test_a_missing_part_reaches_the_lower_end_of_its_range(role: str, code: str) -> None:
    report = of_rule(code)
    found, low = mend(code, report), DEFAULT.bands[STORY_ROLES["STAR".index(role)]][0]
    story = sum(getattr(report.balance.words, part) for part in STORY_ROLES)
    assert found.after == round(found.words / (story + found.words), 4)
    assert low <= found.after
    assert (found.words - 5) / (story + found.words - 5) < low


def test_a_part_without_an_advised_share_gets_a_sentence() -> None:
    found = mend("PRT005", of_rule("PRT005"))
    assert (found.before, found.after, found.words, found.gain) == (None, None, None, 0)
    assert found.effect == "add a sentence on what you do differently since"


def test_own_steps_are_counted_among_those_of_i_and_we() -> None:
    found = mend("OWN001", of_rule("OWN001"))
    assert (found.before, found.after) == (0, 3 / 6)
    assert found.effect.startswith("say what your own part was in 3 steps told with “we”: 0% -> 50%")


def test_naming_doers_points_at_as_many_steps_as_it_counts() -> None:
    report = of_rule("OWN002")
    found = mend("OWN002", report)
    assert (found.before, found.after) == (round(5 / 6, 4), round((5 - 3) / 6, 4))
    assert len(found.evidence) == 3
    n = sum(len(report.text[e.start_char : e.end_char].split()) for e in found.evidence)
    assert found.gain == round(WEIGHT * n / report.balance.n_words, 4)


def test_vague_words_are_counted_clause_by_clause() -> None:
    report = of_rule("EVD002")
    found = mend("EVD002", report)
    vague = [c for c in report.clauses for e in found.evidence if c.start_char <= e.start_char < c.end_char]
    n = sum(len(report.text[c.start_char : c.end_char].split()) for c in vague)
    action = report.balance.words.action
    assert found.after == round(found.before - n / action, 4) <= DEFAULT.vague_note


@pytest.mark.parametrize(("code", "limit"), [("LEN001", DEFAULT.short_note), ("LEN002", DEFAULT.long_note)])
def test_lengths_are_brought_to_their_limit(code: str, limit: int) -> None:
    found = mend(code, of_rule(code))
    assert found.after == found.before + found.words
    assert abs(found.after - limit) < 5


def test_a_long_answer_is_cut_first_where_most_is_over_the_range() -> None:
    found = mend("LEN002", told(s=60, t=30, a=250, r=60, o=90))
    assert found.effect == "cut about 40 words, first from what is outside the story: 490 -> 450 words"


@given(st.integers(0, 500), st.integers(1, 500), st.floats(0.01, 0.99))
def test_no_fewer_words_would_do(part: int, rest: int, limit: float) -> None:
    whole = part + rest
    cut, add, beside = (f(part, whole, limit) for f in (words_to_cut, words_to_add, words_beside))
    assert (part - cut) / (whole - cut) <= limit + 1e-6
    assert cut == 0 or (part - cut + 1) / (whole - cut + 1) > limit - 1e-6
    assert (part + add) / (whole + add) >= limit - 1e-6
    assert add == 0 or (part + add - 1) / (whole + add - 1) < limit + 1e-6
    assert part / (whole + beside) <= limit + 1e-6
    assert beside == 0 or part / (whole + beside - 1) > limit - 1e-6


# what stands in front


def test_the_worst_come_first_then_what_gains_most() -> None:
    report = told(s=260, t=30, a=80, r=30, o=120)
    found = mends(report, DEFAULT)
    assert len(found) > 2
    keys = [(-SEVERITIES.index(m.severity), -m.gain, m.code) for m in found]
    assert keys == sorted(keys)


def test_at_most_three_stand_in_front() -> None:
    report = told(s=260, t=30, a=80, r=30, o=120)
    assert mend_first(report, DEFAULT) == mends(report, DEFAULT)[:3]
    assert mend_first(report, DEFAULT, most=1) == mends(report, DEFAULT)[:1]
    assert mend_first(report, DEFAULT, most=-1) == ()


def test_an_empty_answer_and_one_without_findings_have_nothing_to_mend() -> None:
    empty = measured("S\t-\tWord.", status=Status.EMPTY)
    empty = empty.model_copy(update={"balance": None, "ownership": None, "text": "", "clauses": ()})
    assert mends(empty, DEFAULT) == mends(measured(RULES[0].good), DEFAULT) == ()


def test_a_finding_of_an_unknown_rule_is_left_out() -> None:
    report = of_rule("PRT004")
    other = report.findings[0].model_copy(update={"code": "NEW001"})
    assert [m.code for m in mends(report.model_copy(update={"findings": (other,)}), DEFAULT)] == []


def test_mending_a_saved_report_does_not_load_spacy() -> None:
    code = "import sys, starl.mending; sys.exit('spacy' in sys.modules)"
    assert run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_hypothetical_answer_is_asked_for_one_time() -> None:
    found = mend("TYP001", of_rule("TYP001"))
    assert (found.severity, found.after) == (Severity.WARNING, 0)
    assert found.question.endswith(": when did this last happen?")


# questions


@pytest.mark.parametrize("line", PROBES.read_text(encoding="utf-8").splitlines())
def test_the_question_about_a_clause_without_a_doer(line: str) -> None:
    clause, question = line.split("\t")
    assert ask_who(clause) == question


WHO = {
    "my request was approved": "who did this?",
    "the rota was not written": "what was your part in this?",
    "the debt was written off": "who did this?",
    "the tools were sold for": "who did this?",
    "it was fixed": "who did this?",
    "the two of us were moved": "who did this?",
    "the faults found were corrected": "who did this?",
    "on Monday the plan was revised": "who did this?",
    "a report, long and dull, was printed": "who did this?",
    "the offer was quickly rejected": "who did this?",
    "the form was quickly printed": "who printed the form?",
    "These forms were drawn at night": "who drew these forms?",
    "the plan was drawn by hand": "who did this?",
    "the team worried": "what was your part in this?",
    "the team was worried": "what was your part in this?",
}


@pytest.mark.parametrize(("clause", "end"), WHO.items(), ids=WHO)
def test_a_verb_is_named_only_where_it_is_sure(clause: str, end: str) -> None:
    assert ask_who(clause).endswith(f"”: {end}")


QUOTED = {
    'and he said "we need one rota",': "he said ‘we need one rota’",
    "he said “we need one": "he said we need one",
    "« le plan » was drawn": "le plan was drawn",
    "the workers’ rights weren't met": "the workers’ rights weren't met",
    "(see below) it was (late": "see below it was late",
    "we left at 9 p.m.": "we left at 9 p.m.",
    "was it broken?": "was it broken?",
    "  and\n\tum  we\r\nran. ": "we ran",
    "and so": "and so",
    words(13): f"{words(12)} …",
    f"{words(11)} of the word": f"{words(11)} …",
    "x" * 200: f"{'x' * 120} …",
}


@pytest.mark.parametrize(("clause", "quoted"), QUOTED.items())
def test_quoting(clause: str, quoted: str) -> None:
    assert quote(clause) == quoted


@pytest.mark.parametrize("clause", ["", " ", "—", "um", "and", "“”", "..."])
def test_nothing_is_asked_about_a_clause_that_says_nothing(clause: str) -> None:
    assert ask(clause, "what came of it?") is ask_who(clause) is None


@given(st.text(max_size=300))
def test_a_quotation_is_one_short_line_without_double_quotes(text: str) -> None:
    quoted = quote(text)
    assert len(quoted.split()) <= MOST_WORDS + 1
    assert not set('"“”„«»\n') & set(quoted)
    assert "You say “" in (ask_who(text) or "You say “")


@pytest.mark.parametrize("change", [str.upper, lambda text: text.replace("The", "My"), str.title])
def test_a_changed_subject_never_breaks_a_question(change: Callable[[str], str]) -> None:
    asked = ask_who(change("The rollout was moved forward."))
    assert asked.endswith("?")
    assert "who moved my" not in asked.lower()


def test_a_participle_that_is_named_has_a_past_tense() -> None:
    assert all(past.isalpha() and (past == done or not done.endswith("ed")) for done, past in PAST_OF.items())


def test_roles_alone_decide_what_is_asked_not_who_is_named() -> None:
    mine, ours = (
        f"S\t-\t{words(60)}\nT\t-\t{words(60)}\nA\t{a}\t{w} ran {words(60)}"
        for a, w in (("I", "I"), ("we", "We"))
    )
    first, second = (mend("BAL001", judged(lines)) for lines in (mine, ours))
    assert (first.effect, first.question) == (second.effect, second.question)


def test_other_is_never_a_part_of_the_story() -> None:
    assert (
        mend("BAL001", told(s=90, t=10, a=60, r=20)).after
        == mend("BAL001", told(s=90, t=10, a=60, r=20, o=50)).after
    )
    assert Role.OTHER not in STORY_ROLES
