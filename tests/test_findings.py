import json
import re
from operator import attrgetter
from pathlib import Path

import numpy as np
import pytest

from goldlines import TOKENIZE, measured
from starl.clauses import cut
from starl.errors import RuleError
from starl.findings import RULES, Example, Rule, get_rule, judge, page, select_rules
from starl.findings.evidence import is_quantified
from starl.findings.pages import main, pages
from starl.findings.reading import NOTE, NOTHING, WARNING, exceeds, over, under
from starl.findings.wording import VAGUE, book
from starl.profiles import DEFAULT, PROFILES, Profile
from starl.report import Finding, Report
from starl.roles import AnswerType, Severity, Status

PAGES = Path(__file__).parent.parent / "docs" / "reference" / "findings"
each_rule = pytest.mark.parametrize("rule", RULES, ids=attrgetter("code"))


def words(n: int, start: str = "word") -> str:
    return " ".join([start] * n)


def shares(**counts: int) -> Report:
    """Return the report of an answer with so many words a role, the action told in four deeds of "I"."""
    lines = []
    for letter, n in counts.items():
        if letter == "A":
            lines += [f"A\tI\t{words(k)}" for k in (n - 3 * (n // 4), n // 4, n // 4, n // 4) if k]
        elif n:
            lines.append(f"{letter}\t-\t{words(n)}")
    return measured("\n".join(lines))


def deeds(agents: list[str]) -> Report:
    lines = [f"A\t{agent}\t{'the team' if agent == 'other' else 'word'} {words(9)}" for agent in agents]
    return measured("\n".join([f"S\t-\t{words(20)}", *lines, f"R\t-\t{words(9)} 12"]))


def found(name: str, report: Report, profile: Profile = DEFAULT) -> Finding | None:
    return next((finding for finding in judge(report, profile) if finding.name == name), None)


def severity(name: str, report: Report, profile: Profile = DEFAULT) -> str | None:
    finding = found(name, report, profile)
    return finding.severity.value if finding else None


# every rule


@each_rule
def test_rule_fires_on_its_bad_example_and_not_on_its_good_one(rule: Rule) -> None:
    assert rule.name in [f.name for f in judge(measured(rule.bad), DEFAULT)]
    assert rule.name not in [f.name for f in judge(measured(rule.good), DEFAULT)]


@each_rule
def test_no_other_rule_finds_more_than_information_in_the_bad_example(rule: Rule) -> None:
    others = [f.name for f in judge(measured(rule.bad), DEFAULT) if f.severity is not Severity.INFO]
    assert set(others) <= {rule.name}


@each_rule
def test_the_good_example_gets_neither_note_nor_warning(rule: Rule) -> None:
    assert [f.name for f in judge(measured(rule.good), DEFAULT) if f.severity is not Severity.INFO] == []


@each_rule
def test_a_finding_states_value_and_limit_and_rests_on_words(rule: Rule) -> None:
    report = measured(rule.bad)
    finding = found(rule.name, report)
    assert finding is not None
    assert (finding.code, finding.help) == (rule.code, rule.help)
    assert finding.severity in rule.severities
    assert finding.evidence
    for evidence in finding.evidence:
        quoted = report.text[evidence.start_char : evidence.end_char]
        assert quoted == quoted.strip() != ""
    assert finding.evidence == tuple(sorted(finding.evidence, key=attrgetter("start_char")))
    if finding.limit is not None and "{limit" in rule.message:
        assert f"{finding.limit:.0%}" in finding.message or f"{finding.limit:.0f}" in finding.message


@each_rule
def test_rule_is_whole(rule: Rule) -> None:
    for told in (rule.finds, rule.message, rule.help, rule.why, rule.limits, rule.source, rule.since):
        assert told.strip() == told != ""
    assert re.fullmatch(r"(BAL|PRT|OWN|EVD|LEN|TYP)\d{3}", rule.code)
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", rule.name)
    assert not rule.message.endswith(".")
    assert set(rule.settings) <= set(Profile.model_fields)
    assert "survey of" in rule.source


@each_rule
def test_message_and_help_say_what_to_do_and_never_judge_the_speaker(rule: Rule) -> None:
    told = f"{rule.message} {rule.help}".lower()
    assert not re.search(r"\b(?:bad|poor|weak|fail|wrong answer|should have|must)\b", told)


@each_rule
def test_page_has_every_section_and_is_up_to_date(rule: Rule) -> None:
    text = page(rule)
    assert re.findall(r"^## (.*)$", text, re.MULTILINE) == [
        "What it finds",
        "Why it matters",
        "Example",
        "Tell it like this",
        "When to leave it",
        "Setting",
        "Source",
        "Since",
    ]
    assert (PAGES / f"{rule.code}.md").read_text(encoding="utf-8") == text, (
        "run python -m starl.findings.pages"
    )


def test_there_are_no_other_pages() -> None:
    assert {path.name: path.read_text(encoding="utf-8") for path in PAGES.glob("*.md")} == pages()


def test_pages_are_written_where_told(tmp_path: Path) -> None:
    main([str(tmp_path / "new")])
    assert {path.name for path in (tmp_path / "new").iterdir()} == set(pages())


def test_pages_go_to_the_docs_by_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    main([])
    assert (tmp_path / "docs/reference/findings/BAL001.md").exists()


def test_codes_and_names_are_unique_and_in_order() -> None:
    codes = [rule.code for rule in RULES]
    assert codes == sorted(set(codes))
    assert len({rule.name for rule in RULES}) == len(RULES)


# looking rules up


@pytest.mark.parametrize("wanted", ["BAL001", "bal001", " situation-heavy "])
def test_a_rule_is_found_by_code_or_name(wanted: str) -> None:
    assert get_rule(wanted).name == "situation-heavy"


def test_an_unknown_rule_names_the_known_ones() -> None:
    with pytest.raises(RuleError, match=r"unknown rule 'XYZ', expected one of situation-heavy \(BAL001\), "):
        get_rule("XYZ")


def test_rules_are_selected_and_ignored_by_code_name_or_family() -> None:
    names = [rule.name for rule in select_rules(["bal", "no-task"], ["BAL002"])]
    assert names == ["situation-heavy", "late-action", "no-task"]
    assert select_rules() == RULES
    assert select_rules(ignore=[rule.code for rule in RULES]) == ()
    with pytest.raises(RuleError, match="unknown rule 'LEN009'"):
        select_rules(ignore=["LEN009"])


# judging


@pytest.mark.parametrize("status", [Status.EMPTY, Status.NOT_ENGLISH, Status.UNREADABLE])
@each_rule
def test_a_refused_answer_gets_no_finding(rule: Rule, status: Status) -> None:
    assert judge(measured(rule.bad, status=status), DEFAULT) == ()


@each_rule
def test_an_answer_refused_as_too_short_or_no_story_is_only_told_why(rule: Rule) -> None:
    short = judge(measured(rule.bad, status=Status.TOO_SHORT), DEFAULT)
    other = judge(measured(rule.bad, status=Status.NOT_A_STORY), DEFAULT)
    assert {f.name for f in short} <= {"too-short"}
    assert {f.name for f in other} <= {"hypothetical"}


def test_a_report_without_measures_gets_no_finding() -> None:
    report = measured("S\t-\tIt rained.").model_copy(
        update={"balance": None, "ownership": None, "clauses": ()}
    )
    assert judge(report, DEFAULT) == ()


def test_findings_come_worst_first_and_at_most_once_a_rule() -> None:
    order = [Severity.WARNING, Severity.NOTE, Severity.INFO]
    for rule in RULES:
        findings = judge(measured(rule.bad), DEFAULT)
        ranks = [order.index(f.severity) for f in findings]
        assert ranks == sorted(ranks)
        assert len({f.code for f in findings}) == len(findings)


def test_of_equal_severity_the_larger_gain_comes_first() -> None:
    report = shares(S=80, T=0, A=8, R=0)
    assert [f.name for f in judge(report, DEFAULT)][:2] == ["situation-heavy", "no-result"]


def test_only_the_rules_given_are_checked() -> None:
    report = measured(get_rule("no-learning").bad)
    assert judge(report, DEFAULT, rules=select_rules(ignore=["PRT"])) == ()


def test_a_saved_report_is_judged_the_same() -> None:
    for rule in RULES:
        report = measured(rule.bad)
        again = Report.model_validate_json(json.dumps(report.model_dump(mode="json")))
        assert judge(again, DEFAULT) == judge(report, DEFAULT)


@pytest.mark.parametrize("profile", PROFILES.values(), ids=attrgetter("name"))
@each_rule
def test_every_profile_can_judge_every_example(rule: Rule, profile: Profile) -> None:
    for example in (rule.bad, rule.good):
        judge(measured(example), profile)


def test_no_unsure_reading_calls_a_part_missing_or_judges_deeds() -> None:
    for rule in RULES:
        names = {f.name for f in judge(measured(rule.bad, confidence=0.5), DEFAULT)}
        assert not any(name.startswith("no-") for name in names)
        assert not names & {"we-heavy", "hidden-agent", "vague-action", "unquantified-result"}


# limits


def test_shares_are_compared_in_whole_percent() -> None:
    assert exceeds(np.array([0.354, 0.356]), 0.35).tolist() == [False, True]


def test_a_value_is_over_its_limits_only_above_them() -> None:
    severity, limit = over(np.array([0.35, 0.36, 0.51, np.nan]), 0.35, 0.5)
    assert severity.tolist() == [NOTHING, NOTE, WARNING, NOTHING]
    assert limit.tolist()[1:3] == [0.35, 0.5]


def test_a_value_is_under_its_limits_only_below_them() -> None:
    severity, limit = under(np.array([0.5, 0.49, 0.24, np.nan]), 0.5, 0.25)
    assert severity.tolist() == [NOTHING, NOTE, WARNING, NOTHING]
    assert limit.tolist()[1:3] == [0.5, 0.25]


@pytest.mark.parametrize(("setting", "expected"), [(70, None), (72, "note"), (100, "note"), (102, "warning")])
def test_the_setting_is_heavy_above_its_limits(setting: int, expected: str | None) -> None:
    report = shares(
        S=setting - 10, T=10, A=(200 - setting) * 6 // 10, R=200 - setting - (200 - setting) * 6 // 10
    )
    assert severity("situation-heavy", report) == expected


def test_a_setting_that_leaves_the_action_its_share_gets_no_note() -> None:
    assert severity("situation-heavy", shares(S=70, T=20, A=110)) is None


def test_a_setting_of_few_words_is_not_heavy() -> None:
    assert severity("situation-heavy", shares(S=59, A=20)) is None
    assert severity("situation-heavy", shares(S=60, A=20)) == "warning"


def test_the_short_profile_allows_more_setting() -> None:
    report = shares(S=40, T=5, A=40, R=15)
    assert severity("situation-heavy", report, PROFILES["short"]) is None
    assert severity("situation-heavy", shares(S=43, T=5, A=37, R=15), PROFILES["short"]) == "note"


@pytest.mark.parametrize(("task", "expected"), [(50, None), (52, "note"), (80, "note"), (82, "warning")])
def test_the_task_is_heavy_above_its_limits(task: int, expected: str | None) -> None:
    assert severity("task-heavy", shares(S=30, T=task, A=170 - task)) == expected


@pytest.mark.parametrize(("counts", "name"), [({"S": 90}, "situation-heavy"), ({"T": 90}, "task-heavy")])
def test_a_setting_in_which_the_action_may_hide_is_not_heavy(counts: dict[str, int], name: str) -> None:
    report = shares(**counts, R=10)
    assert severity(name, report) == "warning"
    assert severity(name, unsure(report, 0, 0.49)) is None


def test_either_the_situation_or_the_task_is_heavy() -> None:
    assert severity("task-heavy", shares(S=90, T=60, A=50)) is None
    assert severity("situation-heavy", shares(S=30, T=100, A=70)) is None


@pytest.mark.parametrize(("others", "expected"), [(60, None), (62, "note"), (90, "note"), (92, "warning")])
def test_the_first_own_deed_is_late_above_the_limits(others: int, expected: str | None) -> None:
    lines = [
        f"S\t-\t{words(40)}",
        f"A\tother\t{words(others)}",
        f"A\tI\t{words(150 - others)}",
        "R\t-\t" + words(10),
    ]
    assert severity("late-action", measured("\n".join(lines))) == expected


def test_a_first_own_deed_within_few_words_is_never_late() -> None:
    lines = [f"S\t-\t{words(20)}", f"A\tother\t{words(39)}", f"A\tI\t{words(10)}"]
    assert severity("late-action", measured("\n".join(lines))) is None


@pytest.mark.parametrize(
    ("doer", "role", "expected"),
    [("other", "A", "warning"), ("none", "A", None), ("-", "A", None), ("other", "R", None)],
)
def test_an_own_deed_is_late_only_after_deeds_of_named_others(
    doer: str, role: str, expected: str | None
) -> None:
    lines = [f"S\t-\t{words(40)}", f"A\t{doer}\t{words(100)}", f"{role}\tI\t{words(20)}"]
    assert severity("late-action", measured("\n".join(lines))) == expected


def test_a_late_action_rests_on_the_deeds_of_the_others() -> None:
    report = measured(get_rule("late-action").bad)
    finding = found("late-action", report)
    assert finding is not None
    (evidence,) = finding.evidence
    quoted = report.text[evidence.start_char : evidence.end_char]
    assert quoted.startswith("The owner called")
    assert quoted.endswith("for oven space.")


def test_a_story_without_own_deeds_is_not_late() -> None:
    assert severity("late-action", measured(f"S\t-\t{words(30)}\nA\tother\t{words(90)}")) is None


@pytest.mark.parametrize(
    ("n_i", "n_we", "expected"),
    [(4, 4, None), (3, 4, "note"), (2, 6, "note"), (1, 4, "warning"), (1, 2, None)],
)
def test_we_is_heavy_below_the_limits_and_with_enough_deeds(
    n_i: int, n_we: int, expected: str | None
) -> None:
    assert severity("we-heavy", deeds(["I"] * n_i + ["we"] * n_we)) == expected


def test_deeds_of_others_do_not_make_we_heavy() -> None:
    assert severity("we-heavy", deeds(["I", "we", "we", "other", "other"])) is None


@pytest.mark.parametrize(
    ("agents", "expected"),
    [
        (["I"] * 2 + ["we"] * 11 + ["none"] * 7, None),
        (["I"] * 2 + ["we"] * 10 + ["none"] * 4 + ["other"] * 4, "note"),
        (["I"] + ["we"] + ["none"] * 3, "note"),
        (["I"] + ["none"] * 3, "warning"),
        (["I"] * 3 + ["none"] * 3, None),
    ],
)
def test_the_agent_is_hidden_above_the_limits_and_where_few_deeds_are_own(
    agents: list[str], expected: str | None
) -> None:
    assert severity("hidden-agent", deeds(agents)) == expected


def test_a_named_person_is_not_hidden() -> None:
    lines = [
        f"S\t-\t{words(20)}",
        *[f"A\tother\tmy manager told the team {words(9)}"] * 4,
        f"A\tI\t{words(9)}",
    ]
    assert severity("hidden-agent", measured("\n".join(lines))) is None


@pytest.mark.parametrize(("n", "expected"), [(29, "warning"), (30, "note"), (49, "note"), (50, None)])
def test_an_answer_is_too_short_below_the_limits(n: int, expected: str | None) -> None:
    assert severity("too-short", shares(S=5, A=n - 5)) == expected


@pytest.mark.parametrize(("n", "expected"), [(450, None), (451, "note"), (700, "note"), (701, "warning")])
def test_an_answer_is_too_long_above_the_limits(n: int, expected: str | None) -> None:
    report = shares(S=50, A=n - 50)
    assert severity("too-long", report) == expected
    if expected:
        finding = found("too-long", report)
        assert finding is not None
        beyond = report.text[finding.evidence[0].start_char : finding.evidence[0].end_char]
        assert len(beyond.split()) == n - 450


def test_one_word_is_counted_in_the_singular() -> None:
    finding = found("too-short", measured("A\tI\tLeft."))
    assert finding is not None
    assert finding.message == "the answer has 1 word, under the limit of 30"


# parts


@pytest.mark.parametrize(
    ("letter", "name", "expected"),
    [
        ("S", "no-situation", "info"),
        ("T", "no-task", "info"),
        ("A", "no-action", "warning"),
        ("R", "no-result", "warning"),
        ("L", "no-learning", "info"),
    ],
)
def test_a_part_is_missing_if_no_clause_has_its_role(letter: str, name: str, expected: str | None) -> None:
    counts = dict.fromkeys("STARL", 20)
    assert severity(name, shares(**counts)) is None
    assert severity(name, shares(**{**counts, letter: 0})) == expected


def test_a_short_story_lacks_no_part() -> None:
    assert severity("no-result", shares(S=20, A=29)) is None
    assert severity("no-result", shares(S=20, A=30)) == "warning"


def unsure(report: Report, at: int, confidence: float) -> Report:
    """Return the report with the confidence of one clause changed."""
    clauses = list(report.clauses)
    clauses[at] = clauses[at].model_copy(update={"confidence": confidence})
    return report.model_copy(update={"clauses": tuple(clauses)})


@pytest.mark.parametrize(
    ("letter", "name", "at"),
    [("S", "no-situation", 0), ("T", "no-task", 0), ("A", "no-action", 2), ("R", "no-result", -1),
     ("L", "no-learning", -1)],
)  # fmt: skip
def test_one_unsure_clause_where_the_part_could_stand_keeps_the_rule_silent(
    letter: str, name: str, at: int
) -> None:
    report = shares(**{**dict.fromkeys("STARL", 20), letter: 0})
    assert severity(name, unsure(report, at, 0.50)) is not None
    assert severity(name, unsure(report, at, 0.49)) is None


@pytest.mark.parametrize(("letter", "name", "mild"), [("A", "no-action", "info"), ("R", "no-result", "note")])
def test_a_missing_part_is_a_warning_only_if_quite_sure(letter: str, name: str, mild: str) -> None:
    report = shares(**{**dict.fromkeys("STARL", 20), letter: 0})
    assert severity(name, unsure(report, -1, 0.80)) == "warning"
    assert severity(name, unsure(report, -1, 0.79)) == mild


def test_a_task_is_looked_for_only_before_the_first_sure_action() -> None:
    report = measured(f"S\t-\t{words(20)}\nA\tI\t{words(20)}\nA\tI\t{words(20)}")
    assert severity("no-task", unsure(report, 2, 0.1)) == "info"
    assert severity("no-task", unsure(unsure(report, 1, 0.89), 2, 0.1)) is None


def test_a_story_without_action_is_not_asked_for_a_result() -> None:
    assert severity("no-result", shares(S=60, T=20)) is None


def test_a_story_that_opens_with_its_result_does_not_lack_the_situation() -> None:
    assert severity("no-situation", shares(R=20, A=60)) is None


@pytest.mark.parametrize(("told", "expected"), [("it was dark", None), ("I was asked to go", "info")])
def test_how_things_were_stands_for_a_situation(told: str, expected: str | None) -> None:
    assert severity("no-situation", measured(f"A\tI\t{told} {words(60)}")) == expected


@pytest.mark.parametrize(("n", "expected"), [(1, "warning"), (2, None)])
def test_own_deeds_in_the_result_may_be_the_action(n: int, expected: str | None) -> None:
    lines = [f"S\t-\t{words(60)}", *[f"R\tI\t{words(9)}"] * n]
    assert severity("no-action", measured("\n".join(lines))) == expected


def test_words_of_feeling_near_the_end_may_be_the_result() -> None:
    lines = f"S\t-\twe were very happy {words(20)}\nA\tI\t{words(30)}\nA\tI\t{words(9)}"
    assert severity("no-result", measured(lines)) == "warning"
    assert severity("no-result", measured(f"{lines} and it went well")) is None


@pytest.mark.parametrize("opening", ["During my time there", "at the depot", "So last May"])
def test_a_phrase_of_place_or_time_stands_for_a_situation(opening: str) -> None:
    assert severity("no-situation", measured(f"A\tI\t{opening} {words(60)}")) is None


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("no-task", "I had to"),
        ("no-result", "as a result"),
        ("no-learning", "it taught me"),
        ("no-task", "my job"),
    ],
)
def test_stock_words_of_a_part_keep_its_rule_silent(name: str, said: str) -> None:
    letters = {"no-task": "SARL", "no-result": "STAL", "no-learning": "STAR"}[name]
    lines = "\n".join(f"{letter}\t-\t{words(20)}" for letter in letters)
    assert severity(name, measured(lines)) is not None
    assert severity(name, measured(lines.replace("A\t-\t", f"A\t-\t{said} "))) is None


def test_a_story_without_action_or_result_is_not_asked_for_learning() -> None:
    assert severity("no-learning", shares(S=40, T=20, A=40)) is None


# figures and phrases


@pytest.mark.parametrize(
    "text",
    ["4 vans", "40%", "€5", "ten of them", "two thirds", "a third", "half", "in half", "doubled",
     "an A on it", "a B+.", "twice as fast", "one hundred", "per cent", "dozens", "in one week",
     "third place", "halved"],
)  # fmt: skip
def test_quantities_are_seen(text: str) -> None:
    assert is_quantified(f"It was {text}.")


@pytest.mark.parametrize(
    "text",
    [
        "no one came",
        "one of us",
        "since 2019",
        "the third parties",
        "someone",
        "often",
        "the one thing",
        "a bit",
        "A",
    ],
)
def test_what_is_no_quantity_is_not(text: str) -> None:
    assert is_quantified(f"It was {text}.") == (text == "one of us")


@pytest.mark.parametrize("told", ["we stayed on good terms", "I felt more confident", "they were friends"])
def test_a_result_about_people_makes_a_missing_figure_milder(told: str) -> None:
    rows = get_rule("unquantified-result").bad.lines
    assert severity("unquantified-result", measured(f"{rows}\nR\tnone\t{told}")) == "info"


def test_a_missing_figure_rests_on_the_two_surest_clauses_of_the_result() -> None:
    rows = [f"S\t-\t{words(30)}", f"A\tI\t{words(30)}", *[f"R\tnone\tit was {w} so" for w in "abc"]]
    report = unsure(measured("\n".join(rows)), 3, 0.7)
    finding = found("unquantified-result", report)
    assert finding is not None
    assert [report.text[e.start_char : e.end_char] for e in finding.evidence] == [
        "it was a so",
        "it was c so",
    ]


def test_unsure_results_are_not_searched_for_figures() -> None:
    report = shares(S=30, A=50, R=20)
    assert severity("unquantified-result", unsure(report, -1, 0.5)) == "note"
    assert severity("unquantified-result", unsure(report, -1, 0.49)) is None


def test_feedback_makes_a_missing_figure_milder() -> None:
    rows = get_rule("unquantified-result").bad.lines
    mild = measured(rows + "\nR\tother\tand the depot manager thanked me for it.")
    finding = found("unquantified-result", mild)
    assert finding is not None
    assert finding.severity is Severity.INFO
    assert finding.message == "the result names no figure, though it tells how people took it"


@pytest.mark.parametrize(
    "line", ["L\t-\tIt was 40 in all.", "O\t-\tThat is about 12 a week.", "A\tI\tand cut it by half"]
)
def test_a_figure_elsewhere_about_the_outcome_counts(line: str) -> None:
    assert (
        severity("unquantified-result", measured(f"{get_rule('unquantified-result').bad.lines}\n{line}"))
        is None
    )


def test_a_result_of_few_words_is_not_searched_for_figures() -> None:
    assert severity("unquantified-result", shares(S=30, A=50, R=7)) is None
    assert severity("unquantified-result", shares(S=30, A=50, R=8)) == "note"


@pytest.mark.parametrize(("n", "expected"), [(35, None), (36, "note"), (65, "note"), (66, "warning")])
def test_action_is_vague_above_the_limits(n: int, expected: str | None) -> None:
    vague = [
        f"A\tI\tdid my best {words(n - 23)}",
        *[f"A\tI\tand worked hard together, we helped out {words(3)}"] * 2,
    ]
    lines = [f"S\t-\t{words(20)}", *vague, f"A\tI\t{words(100 - n)}", f"R\t-\t{words(9)} 12"]
    assert severity("vague-action", measured("\n".join(lines))) == expected


@pytest.mark.parametrize("detail", ["with 12 people", "and called Priya", 'and said "no more"'])
def test_a_phrase_beside_a_figure_name_or_quotation_is_not_vague(detail: str) -> None:
    lines = get_rule("vague-action").bad.lines.split("\n")
    made = [f"{line} {detail}" if line.startswith("A") else line for line in lines]
    assert severity("vague-action", measured("\n".join(made))) is None


def test_two_stock_phrases_are_a_note_at_most() -> None:
    vague = [f"A\tI\tI did my best {words(20)}"] * 2
    assert severity("vague-action", measured("\n".join([f"S\t-\t{words(30)}", *vague]))) == "note"
    assert (
        severity("vague-action", measured("\n".join([f"S\t-\t{words(30)}", *vague, vague[0]]))) == "warning"
    )


def test_a_single_stock_phrase_is_not_reported() -> None:
    assert severity("vague-action", measured(f"S\t-\t{words(30)}\nA\tI\tI did my best {words(20)}")) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [("I HANDLED\n it", True), ("built a very good relationship", True), ("leveraging it", True),
     ("mishandled it", False)],
)  # fmt: skip
def test_phrases_match_in_any_case_and_spacing(text: str, expected: bool) -> None:
    tokens = TOKENIZE([text])
    found = book().find(cut(tokens, np.zeros(len(tokens), dtype=bool)))
    assert found.holds(VAGUE).tolist() == [expected]


# kind


WOULD = "O\t-\tI would ask them first.\nO\t-\tThen I'd write it down.\n"


def test_an_answer_full_of_would_is_hypothetical_whatever_its_type() -> None:
    assert severity("hypothetical", measured(WOULD)) == "warning"
    finding = found("hypothetical", measured(WOULD))
    assert finding is not None
    assert (finding.value, finding.limit) == (1.0, 0.5)


def test_a_hypothetical_type_alone_is_a_note() -> None:
    report = measured(Example("O\t-\tFirst the manager is called.", AnswerType.HYPOTHETICAL))
    finding = found("hypothetical", report)
    assert finding is not None
    assert (finding.severity, finding.limit, finding.message) == (
        Severity.NOTE, None, "the answer says what would be done, not what was done",
    )  # fmt: skip


@pytest.mark.parametrize(
    "text",
    ["I would say it went well.", "I'd been there a year.", "I'd called him.", "I would like to add this."],
)
def test_a_would_of_speech_and_a_had_are_not_hypothetical(text: str) -> None:
    assert severity("hypothetical", measured(f"O\t-\t{text}")) is None
