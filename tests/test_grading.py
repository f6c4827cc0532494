"""Scores: sums that can be redone by hand, within bounds, and never worse for a fault that is mended."""

import json
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from goldlines import measured
from starl.analyzer import fingerprint, load
from starl.config import make_config
from starl.findings import RULES, Example
from starl.gauges import GAUGES, SCORES
from starl.grading import COARSE, Grade, Item, grade, grade_all, lines_of, points_of
from starl.profiles import DEFAULT, PROFILES, Profile, Weights, extend
from starl.report import Interval, Report, ShareIntervals
from starl.roles import Status

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "benchmarks"))
benchmark, wordings = import_module("grading"), import_module("wordings")

STORY = """\
S	-	At the swimming club in the old town the waiting list had grown to ninety children by the spring.
T	-	I had to find room for them without renting more hours.
A	I	I counted heads at every session for two weeks
A	I	and found that the lanes stood half empty after seven.
A	we	So we asked two of the older swimmers to teach a late group
A	none	and a letter was sent to all ninety families with the new times.
A	I	I wrote the rota for the late group
A	other	while the coach moved the lane ropes.
R	none	Sixty-one children started in September.
L	-	I learned to count first, before asking for more money."""
NO_RESULT = "\n".join(line for line in STORY.split("\n") if line[0] != "R")
examples = pytest.mark.parametrize(
    "example", [e for rule in RULES for e in (rule.bad, rule.good)], ids=lambda e: e.text[:30]
)

agents = st.sampled_from(["I", "we", "other", "none", "-"])
clauses = st.tuples(
    st.sampled_from("STARLO"),
    agents,
    st.lists(
        st.sampled_from(["word", "team", "4", "half", "I", "would", "teamwork", "said"]),
        min_size=1,
        max_size=30,
    ).map(" ".join),
)
stories = st.lists(clauses, min_size=1, max_size=12).map(
    lambda rows: "\n".join(f"{role}\t{agent if role in 'AR' else '-'}\t{text}" for role, agent, text in rows)
)


def words(n: int) -> str:
    return " ".join(["word"] * n)


def graded(lines: str | Example, profile: Profile = DEFAULT) -> Grade:
    made = grade(measured(lines), profile)
    assert made is not None
    return made


def item(made: Grade, name: str) -> Item:
    scores = (made.structure, made.ownership, made.evidence, made.focus)
    return next(one for score in scores for one in score.items if one.name == name)


def points(made: Grade | None) -> list[float]:
    assert made is not None
    return [getattr(made, name).points for name in (*SCORES, "overall")]


def never_lowers(before: str, after: str) -> None:
    worse, better = graded(before), graded(after)
    assert better.overall.points >= worse.overall.points
    assert better.overall.points > worse.overall.points or points(better) == points(worse)


# sums that can be redone by hand


@examples
def test_every_sum_can_be_redone_from_the_json(example: Example) -> None:
    made: dict[str, Any] = json.loads(graded(example).model_dump_json())
    for name in (*SCORES, "overall"):
        for key in ("points", "of", "least", "most"):
            assert made[name][key] == round(sum(one[key] for one in made[name]["items"]), 2)
    for one in made["overall"]["items"]:
        assert one["points"] == pytest.approx(
            made["weights"][one["name"]] * made[one["name"]]["points"], abs=0.006
        )


@examples
def test_every_number_follows_from_its_own_evidence(example: Example) -> None:
    report = measured(example)
    checks = benchmark.checks(graded(example), report)
    assert len(checks) == len(SCORES) + 1 + 2 * len(GAUGES)
    assert [name for name, holds in checks if not holds] == []


@settings(max_examples=60, deadline=None)
@given(lines=stories)
def test_any_reading_stays_within_bounds_and_follows_from_its_evidence(lines: str) -> None:
    report = measured(lines)
    made = grade(report, DEFAULT)
    if made is None:
        return
    assert all(0 <= p <= 100 for p in points(made))
    assert [name for name, holds in benchmark.checks(made, report) if not holds] == []


def test_the_points_of_an_item_lie_on_straight_lines() -> None:
    knots = next(gauge for gauge in GAUGES if gauge.name == "setting").knots(DEFAULT)
    shares = np.array([0, 0.1, 0.2, 0.35, 0.5, 0.65, 0.9, np.nan])
    assert points_of(shares, knots, 20).tolist() == [0, 10, 20, 20, 10, 0, 0, 0]


def test_the_items_of_each_score_sum_to_a_hundred() -> None:
    for name in SCORES:
        assert sum(gauge.of for gauge in GAUGES if gauge.score == name) == 100


@pytest.mark.parametrize("profile", PROFILES.values(), ids=list(PROFILES))
def test_every_band_runs_from_low_to_high(profile: Profile) -> None:
    for gauge in GAUGES:
        none_below, low, high, none_above = gauge.knots(profile)
        assert none_below <= low <= high <= none_above, gauge.name


@pytest.mark.parametrize(("story", "limit", "full"), [("R\tnone\tword", 0.0, 25.0), ("S\t-\tword", 0.1, 0.0)])
def test_a_limit_of_nothing_is_always_reached(story: str, limit: float, full: float) -> None:
    mine = extend(DEFAULT, {"name": "mine", "bands": {"result": (limit, 0.9)}})
    assert item(graded(story, mine), "result").points == full


# which answers have scores


@pytest.mark.parametrize("status", [status for status in Status if status is not Status.OK])
def test_a_refused_answer_has_no_score(status: Status) -> None:
    assert grade(measured(STORY, status=status), DEFAULT) is None


def test_an_empty_answer_has_no_score() -> None:
    assert grade(load("en_starl_sm").analyze(""), DEFAULT) is None


def test_an_answer_that_was_hardly_cut_has_no_score() -> None:
    long = words(COARSE)
    assert grade(measured(f"S\t-\tshort one\nA\tI\t{long}"), DEFAULT) is None
    assert grade(measured(f"S\t-\tshort one\nA\tI\t{long[:-5]}"), DEFAULT) is not None


def test_a_saved_report_has_the_same_grade_whatever_was_found_in_it() -> None:
    report = load("en_starl_sm").analyze(Example(STORY).text)
    saved = Report.model_validate_json(report.model_dump_json()).model_copy(update={"findings": ()})
    assert grade(saved, DEFAULT) == grade(report, DEFAULT) == grade(saved, DEFAULT)


def test_a_batch_has_the_grades_of_its_answers() -> None:
    texts = [Example(STORY).text, "", RULES[0].bad.text, "I would say so.", RULES[4].bad.text]
    analyzer = load("en_starl_sm")
    batch = grade_all(analyzer.read(texts).verdicts.facts, DEFAULT)
    for i, text in enumerate(texts):
        report = analyzer.analyze(text)
        made, alone = batch.grade(i, report), grade(report, DEFAULT)
        assert made == alone
        assert np.isnan(batch.scores[i]).all() if made is None else batch.scores[i].tolist() == points(made)


# mending a fault


def test_a_result_is_worth_having() -> None:
    result = "R\tnone\tIn the end there was room for the children"
    never_lowers(NO_RESULT, f"{NO_RESULT}\n{result}")
    assert graded(f"{NO_RESULT}\n{result}").structure.points > graded(NO_RESULT).structure.points


@settings(max_examples=60, deadline=None)
@given(
    n=st.integers(1, 12),
    rows=st.lists(clauses.filter(lambda row: row[0] not in "RO"), min_size=3, max_size=12),
)
def test_a_result_of_a_moderate_length_never_lowers_a_score(n: int, rows: list[tuple[str, str, str]]) -> None:
    before = "\n".join(f"{role}\t{agent}\t{text}" for role, agent, text in rows)
    n = min(n, max(1, len(Example(before).text.split()) // 6))
    one, two = (grade(measured(lines), DEFAULT) for lines in (before, f"{before}\nR\tnone\t{words(n)}"))
    assume(one is not None and two is not None)
    assert points(two)[0] >= points(one)[0]


def test_a_figure_in_the_result_is_worth_having() -> None:
    bare = STORY.replace("Sixty-one children", "Many more children")
    assert item(graded(STORY), "result_figures").points > item(graded(bare), "result_figures").points
    never_lowers(bare, STORY)


@pytest.mark.parametrize("n", range(1, 6))
def test_cutting_a_heavy_setting_never_lowers_a_score(n: int) -> None:
    more = "S\t-\tand the club had been founded by the mayor's father in a year that nobody remembers now\n"
    never_lowers(more * (n + 5) + STORY, more * 5 + STORY)


@pytest.mark.parametrize("agent", ["we", "none"])
def test_claiming_a_deed_never_lowers_a_score(agent: str) -> None:
    lines = STORY.split("\n")
    for at in [i for i, line in enumerate(lines) if line.startswith(f"A\t{agent}\t")]:
        never_lowers(STORY, "\n".join([*lines[:at], lines[at].replace(agent, "I", 1), *lines[at + 1 :]]))


def test_plain_words_for_a_stock_phrase_never_lower_a_score() -> None:
    vague = STORY.replace("I wrote the rota for the late group", "I went the extra mile for the late group")
    never_lowers(vague, STORY)
    assert item(graded(vague), "stock_phrases").points < item(graded(STORY), "stock_phrases").points == 40


def test_what_happened_never_scores_less_than_what_would() -> None:
    would = STORY.replace("I counted", "I would count").replace("I wrote", "I would write")
    never_lowers(would.replace("and found", "and I would find"), STORY)


def test_leaving_out_what_is_no_part_of_the_story_never_lowers_a_score() -> None:
    never_lowers(f"O\t-\tThat is a good question and I have to think about it for a while\n{STORY}", STORY)


# what must not matter


def test_the_order_of_the_parts_moves_ownership_alone() -> None:
    lines = STORY.split("\n")
    before, after = graded(STORY), graded("\n".join([*lines[8:9], *lines[:8], *lines[9:]]))
    assert [before.structure.points, before.evidence.points] == [
        after.structure.points,
        after.evidence.points,
    ]
    assert before.focus.points == after.focus.points


@settings(max_examples=25, deadline=None)
@given(who=st.lists(agents, min_size=6, max_size=6))
def test_who_acts_moves_at_most_a_tenth(who: list[str]) -> None:
    rows = [line.split("\t") for line in STORY.split("\n")]
    deeds = iter(who)
    other = graded("\n".join(f"{r}\t{next(deeds) if r == 'A' else a}\t{text}" for r, a, text in rows))
    mine = graded(STORY)
    assert [mine.structure, mine.evidence, mine.focus] == [other.structure, other.evidence, other.focus]
    assert abs(mine.overall.points - other.overall.points) <= 10


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("the coach", "Nkechi"),
        ("the coach", "Özlem"),
        ("all ninety", "“all” ninety"),
        ("I learned", "i learned"),
        ("Sixty-one", "sixty-one"),
        ("the mayor", "THE MAYOR"),
    ],
)
def test_names_quotes_and_capitals_have_no_points(old: str, new: str) -> None:
    story = STORY.replace("the coach", "Emma") if new in ("Nkechi", "Özlem") else STORY
    assert points(graded(story.replace("Emma", new))) == points(graded(STORY.replace(old, new)))
    assert points(graded(STORY.replace(old, new))) == pytest.approx(points(graded(story)), abs=0.5)


def test_length_beyond_what_is_advised_gains_nothing() -> None:
    twice = STORY.replace("\n", "\n\n").split("\n\n")
    double = "\n".join(line for line in twice for _ in range(2))
    fourfold = "\n".join(line for line in twice for _ in range(4))
    assert item(graded(double), "enough_story").points == item(graded(fourfold), "enough_story").points == 20
    assert graded(fourfold).structure.points == graded(double).structure.points
    assert graded(fourfold).overall.points <= graded(double).overall.points


def test_length_is_at_most_eight_points_of_a_hundred() -> None:
    of = sum(gauge.of for gauge in GAUGES if gauge.name in ("enough_story", "not_too_many_words"))
    assert of * DEFAULT.weights.focus == pytest.approx(8)


# how sure the points are


def test_the_points_of_a_share_lie_within_those_of_its_interval() -> None:
    report, unsure = measured(STORY), (0.0, 0.6)
    assert report.balance is not None
    ends: dict[str, Interval] = dict.fromkeys(ShareIntervals.model_fields, unsure)
    balance = report.balance.model_copy(update={"interval": ShareIntervals(**ends)})
    made = grade(report.model_copy(update={"balance": balance}), DEFAULT)
    assert made is not None
    setting = item(made, "setting")
    assert (setting.least, setting.most) == (0, 20)
    assert (made.structure.least, made.structure.most) == (0, 100)
    assert made.overall.least < made.overall.points < made.overall.most


def test_points_without_an_interval_are_taken_as_they_are() -> None:
    made = graded(STORY)
    assert (made.overall.least, made.overall.most) == (made.overall.points, made.overall.points)


# as text


def test_a_grade_as_text_names_every_item_with_its_points() -> None:
    overall, structure, *rest = lines_of(graded(STORY))
    assert overall.startswith("overall 8")
    assert structure.startswith("structure 84, counts 40%: setting 20/20, task 10/10, action 35/35,")
    assert len(rest) == 3
    assert sum(line.count("/") for line in (structure, *rest)) == len(GAUGES)


# weights


def test_weights_must_sum_to_one() -> None:
    with pytest.raises(ValidationError, match=r"weights must sum to 1, got 1\.1"):
        Weights(structure=0.5)


def test_ownership_weighs_at_most_a_tenth_in_every_profile() -> None:
    assert all(profile.weights.ownership <= 0.1 for profile in PROFILES.values())


def test_weights_of_ones_own_move_the_overall_score_alone() -> None:
    fields = {"structure": 0.7, "ownership": 0.0, "evidence": 0.3, "focus": 0.0}
    mine = make_config({"profiles": {"mine": {"weights": fields}}}).get_profile("mine")
    usual, own = graded(NO_RESULT), graded(NO_RESULT, mine)
    assert points(usual)[:-1] == points(own)[:-1]
    assert own.overall.points == pytest.approx(
        0.7 * own.structure.points + 0.3 * own.evidence.points, abs=0.01
    )


def test_weights_change_the_fingerprint_since_columns_hold_scores() -> None:
    model = load("en_starl_sm").model
    mine = DEFAULT.model_copy(update={"weights": Weights(ownership=0.0, focus=0.3)})
    assert fingerprint(model, mine) != fingerprint(model, DEFAULT)


# the ways of writing that the benchmark compares


@pytest.mark.parametrize(
    ("name", "one", "two"),
    [
        ("names", "Emma said no", "Nkechi said no"),
        ("spelling", "the colour of labour", "the color of labor"),
        ("contractions", "I'm sure it didn't", "I am sure it did not"),
        ("case", "We left. The end", "we left. the end"),
        ("quotes", '"no" isn\'t', "“no” isn’t"),
        ("punctuation", "Well, we left; 3.5 % (or so).", "Well we left 3 5 % or so"),
    ],
)
def test_two_ways_of_writing_differ_in_one_thing(name: str, one: str, two: str) -> None:
    first, second = wordings.PAIRS[name]
    text = one.replace("Emma", "my manager")
    assert (first(text), second(text)) == (one, two)


def test_fillers_come_in_at_the_same_places_every_time() -> None:
    text = Example(STORY).text
    filled = wordings.with_fillers(text)
    assert filled == wordings.with_fillers(text)
    assert len(text.split()) < len(filled.split()) <= len(text.split()) * 1.1
