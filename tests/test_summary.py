"""What a summary says of scored rows, against numbers worked out by hand or by NumPy."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import starl
from scoredrows import scored
from starl.errors import ColumnError
from starl.findings import RULES
from starl.profiles import DEFAULT, PROFILES
from starl.roles import Severity
from starl.summary.summing import SHOWN_GROUPS, distribution, natural, rate, summarize
from starl.summary.tally import MOST_GROUPS, MOST_WORDS, N_BINS
from starl.summary.text import WIDTH, bar, clip_name, percent, to_text

SHARES = st.lists(st.integers(0, 10_000).map(lambda n: n / 10_000), min_size=1, max_size=60)
STATUSES = st.sampled_from(["ok", "ok", "ok", "empty", "not_a_story", "missing"])


@st.composite
def tables(draw):
    """Scored rows of three groups or none, some of them refused or not read."""
    n = draw(st.integers(0, 25))
    rows = []
    for _ in range(n):
        status = draw(STATUSES)
        row = {"status": status}
        if status == "ok":
            row |= {"action_share": draw(st.sampled_from([None, 0.0, 0.1234, 0.5, 1.0]))}
            row |= {"n_words": draw(st.integers(0, 300)), "no_task": draw(st.sampled_from([None, "info"]))}
            row |= {"action_i": draw(st.integers(0, 4)), "hidden_deeds": draw(st.integers(0, 2))}
        rows.append(row)
    return scored(*rows, extra={"site": pa.array(draw(st.lists(st.sampled_from(["a", "b", None]),
                  min_size=n, max_size=n)), pa.string())})  # fmt: skip


def spread_of(values, name="action_share"):
    return summarize([scored(*({name: value} for value in values))]).answers.measures[name]


def test_rows_are_counted_by_status_and_kind():
    table = scored({}, {"status": "not_a_story", "answer_type": "plan"}, {"status": "missing"})
    answers = summarize([table]).answers
    assert (answers.rows, answers.read, answers.judged) == (3, 2, 1)
    assert {name: n for name, n in answers.by_status.items() if n} == {
        "ok": 1, "not_a_story": 1, "missing": 1
    }  # fmt: skip
    assert {name: n for name, n in answers.by_answer_type.items() if n} == {"story": 1, "plan": 1}


def test_only_judged_answers_are_measured():
    table = scored({"action_share": 0.5}, {"status": "not_a_story", "action_share": 0.9})
    assert summarize([table]).answers.measures["action_share"].n == 1


def test_mean_and_spread_of_a_share_are_those_worked_out_by_hand():
    spread = spread_of([0.2, 0.4, 0.6, None])
    assert (spread.n, spread.mean, spread.sd) == (3, 0.4, pytest.approx(0.2))
    assert (spread.q1, spread.median, spread.q3) == (0.3, 0.4, 0.5)
    half = 1.959964 * 0.2 / 3**0.5
    assert spread.mean_interval == pytest.approx((0.4 - half, 0.4 + half), abs=1e-4)


@given(SHARES)
def test_quantiles_of_shares_are_those_of_numpy(shares):
    counts = np.bincount(np.rint(np.array(shares) * 10_000).astype(int), minlength=N_BINS)
    spread = distribution(counts)
    found = [spread.p5, spread.q1, spread.median, spread.q3, spread.p95, spread.mean]
    known = [*np.quantile(shares, [0.05, 0.25, 0.5, 0.75, 0.95]), np.mean(shares)]
    assert found == pytest.approx(known, abs=5.1e-5)


@given(SHARES.filter(lambda shares: len(shares) > 1))
def test_the_standard_deviation_is_that_of_numpy(shares):
    counts = np.bincount(np.rint(np.array(shares) * 10_000).astype(int), minlength=N_BINS)
    assert distribution(counts).sd == pytest.approx(np.std(shares, ddof=1), abs=5.1e-5)


@given(st.lists(st.integers(0, 900), min_size=1, max_size=50))
def test_quantiles_of_words_are_those_of_numpy(words):
    spread = distribution(np.bincount(words, minlength=N_BINS), is_words=True)
    known = np.quantile(words, [0.05, 0.25, 0.5, 0.75, 0.95])
    assert [spread.p5, spread.q1, spread.median, spread.q3, spread.p95] == pytest.approx(known, abs=0.051)


def test_of_one_answer_there_is_a_mean_but_no_interval():
    spread = spread_of([0.25])
    assert (spread.mean, spread.median, spread.sd, spread.mean_interval) == (0.25, 0.25, None, None)


def test_of_no_answer_there_is_nothing():
    spread = spread_of([None])
    assert (spread.n, spread.mean, spread.median, sum(spread.histogram.counts)) == (0, None, None, 0)


def test_a_value_at_the_end_of_the_advised_range_is_within_it():
    low, high = DEFAULT.bands["action"]
    spread = spread_of([low, high, low - 0.0001, high + 0.0001, 1.0])
    assert (spread.advised, spread.below, spread.within, spread.above) == ((low, high), 1, 2, 2)


def test_the_rows_say_by_which_profile_they_were_judged():
    assert summarize([scored({"profile": "short"}, {"profile": "short"}, {})]).profile == "short"
    assert summarize([scored({"profile": "of-ours"})]).profile == "default"
    assert summarize([scored()]).profile == "default"


def test_the_profile_says_what_is_advised():
    short = PROFILES["short"]
    measures = summarize([scored({})], profile=short).answers.measures
    assert measures["n_words"].advised == short.advised_words
    assert measures["setting_share"].advised == (0.0, short.setting_note)
    assert measures["learning_share"].advised is None


def test_bins_of_a_histogram_hold_all_answers_and_the_last_one_the_end():
    counts = spread_of([0.0, 0.0249, 0.025, 0.9999, 1.0]).histogram.counts
    assert (counts[0], counts[1], counts[-1], sum(counts), len(counts)) == (2, 1, 2, 5, 40)


def test_long_answers_are_counted_at_the_end():
    spread = spread_of([MOST_WORDS + 5, 2_000_000], "n_words")
    assert (spread.median, spread.histogram.counts[-1]) == (MOST_WORDS, 2)


def test_bins_of_words_are_as_wide_as_the_answers_are_long():
    assert spread_of([60] * 9, "n_words").histogram.width == 5
    assert spread_of([300] * 9, "n_words").histogram.width == 10
    assert spread_of([9000] * 9, "n_words").histogram.width == 250


def test_hidden_deeds_are_held_against_all_deeds():
    table = scored({"action_i": 3, "action_none": 1, "hidden_deeds": 1}, {"action_we": 2}, {})
    answers = summarize([table]).answers
    hidden = answers.measures["hidden_share"]
    assert (hidden.n, hidden.mean) == (2, 0.125)
    assert (answers.hidden.n, answers.hidden.of) == (1, 2)
    assert (answers.deeds.i, answers.deeds.we, answers.deeds.other, answers.deeds.none) == (3, 2, 0, 1)


def test_findings_are_rated_by_severity_among_judged_answers():
    table = scored({"no_task": "info"}, {"no_task": "note"}, {}, {}, {"status": "too_short"})
    found = next(f for f in summarize([table]).answers.findings if f.name == "no-task")
    assert (found.found.n, found.found.of, found.found.share) == (2, 4, 0.5)
    assert [found.by_severity[s].n for s in Severity] == [1, 1, 0]


def test_findings_come_most_frequent_first_and_all_are_named():
    table = scored({"no_task": "info", "we_heavy": "note"}, {"we_heavy": "warning"})
    findings = summarize([table]).answers.findings
    assert [f.name for f in findings[:2]] == ["we-heavy", "no-task"]
    assert {f.code for f in findings} == {rule.code for rule in RULES}


def test_answers_count_by_their_worst_finding():
    table = scored({"no_task": "info"}, {"no_task": "info", "we_heavy": "note"}, {"we_heavy": "warning"}, {})
    answers = summarize([table]).answers
    assert (answers.to_mend.n, answers.warned.n, answers.warned.of) == (2, 1, 4)


def test_a_rate_has_the_interval_of_wilson():
    """5 of 50: p = .1; (.1 + .0384) / 1.0768 -+ 1.96 * sqrt(.0018 + .00038) / 1.0768."""
    assert rate(5, 50).interval == (0.0435, 0.2136)


@given(st.integers(1, 10**9), st.floats(0, 1))
def test_the_interval_of_a_rate_holds_its_share(of, part):
    found = rate(round(of * part), of)
    assert 0 <= found.interval[0] <= found.share <= found.interval[1] <= 1


def test_a_rate_of_nothing_is_none():
    assert (rate(0, 0).share, rate(0, 0).interval) == (None, None)


@settings(max_examples=25, deadline=None)
@given(tables(), st.data())
def test_batches_of_any_size_give_an_equal_summary(table, data):
    size = data.draw(st.integers(1, 9))
    parts = [table.slice(at, size) for at in range(0, len(table), size)]
    assert summarize(parts, "site") == summarize([table], "site")


@settings(max_examples=15, deadline=None)
@given(tables())
def test_the_order_of_rows_changes_nothing(table):
    back = table.take(pa.array(range(len(table)), pa.int64())[::-1])
    assert summarize([back], "site") == summarize([table], "site")


@settings(max_examples=15, deadline=None)
@given(tables())
def test_a_group_is_what_its_rows_alone_are(table):
    for group in summarize([table], "site").groups:
        mine = table.filter(pa.array([name == group.name for name in table["site"].to_pylist()]))
        alone = summarize([mine]).answers
        assert group.answers.findings == alone.findings
        assert group.answers.measures["action_share"] == alone.measures["action_share"]


def test_groups_come_in_natural_order_and_rows_without_one_last():
    table = scored({}, {}, {}, {}, extra={"week": ["week 10", None, "week 9", "Week 1"]})
    assert [group.label for group in summarize([table], "week").groups] == [
        "Week 1", "week 9", "week 10", "(none)"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("values", "labels"),
    [
        (pa.array([1, 2, 1]), ["1", "2"]),
        (pa.array([True, None, True]), ["true", "(none)"]),
        (pa.array([0.5, float("nan"), 2.0]), ["0.5", "2", "(none)"]),
        (pa.array(["x", "y", "x"]).dictionary_encode(), ["x", "y"]),
        (pa.array([b"ok", b"\xff", b"ok"]).view(pa.string()), ["ok", "\ufffd"]),
        (pa.nulls(3), ["(none)"]),
    ],
    ids=["integers", "booleans", "floats", "categories", "broken UTF-8", "nulls"],
)
def test_plain_values_of_any_type_make_groups(values, labels):
    groups = summarize([scored({}, {}, {}, extra={"by": values})], "by").groups
    assert [group.label for group in groups] == labels


def test_one_of_the_scores_can_make_the_groups():
    groups = summarize([scored({}, {"status": "empty"})], "status").groups
    assert [(group.label, group.answers.judged) for group in groups] == [("empty", 0), ("ok", 1)]


def test_small_groups_beyond_the_twentieth_are_joined():
    names = [f"g{i}" for i in range(SHOWN_GROUPS + 3) for _ in range(2 if i < SHOWN_GROUPS else 1)]
    groups = summarize([scored(*[{}] * len(names), extra={"by": names})], "by").groups
    assert (len(groups), groups[-1].label, groups[-1].answers.rows) == (21, "other groups (3)", 3)
    assert sum(group.answers.rows for group in groups) == len(names)


def test_too_many_groups_are_refused():
    names = [str(i) for i in range(MOST_GROUPS + 1)]
    with pytest.raises(ColumnError, match="at most 500 different values to group by"):
        summarize([scored(*[{}] * len(names), extra={"id": names})], "id")


def test_as_many_groups_as_allowed_are_counted():
    names = [str(i) for i in range(MOST_GROUPS)]
    groups = summarize([scored(*[{}] * len(names), extra={"id": names})], "id").groups
    assert groups[-1].n_joined == MOST_GROUPS - SHOWN_GROUPS


def test_lists_make_no_groups():
    table = scored({}, extra={"tags": [["a", "b"]]})
    with pytest.raises(ColumnError, match="'tags' must hold text, numbers or dates"):
        summarize([table], "tags")


def test_mixed_fingerprints_are_told():
    summary = summarize([scored({}, {"fingerprint": "f2"}, {})])
    assert summary.fingerprints == {"f1": 2, "f2": 1}
    assert summary.warnings == (
        "rows of 2 different models or settings are mixed; their numbers do not compare",
    )


def test_no_rows_give_a_summary_of_nothing():
    answers = summarize([]).answers
    assert (answers.rows, answers.judged, answers.to_mend.share) == (0, 0, None)


def test_rows_that_were_never_judged_are_told():
    summary = summarize([scored({"status": "missing"}, {"status": "oversized"})])
    assert summary.warnings == ("no answer could be judged",)
    assert (summary.answers.read, summary.answers.by_status["missing"]) == (0, 1)


def test_a_missing_column_is_named():
    table = scored({}).drop_columns(["i_share", "n_words"])
    with pytest.raises(ColumnError, match="must have the column 'i_share' and 1 more"):
        summarize([table])


def test_a_missing_group_column_is_told_with_those_there_are():
    table = scored({}, extra={"site": ["a"], "team": ["b"]})
    with pytest.raises(ColumnError, match=r"one of 'site', 'team', got 'town'; starl score --keep"):
        summarize([table], "town")


def test_a_name_given_twice_is_refused():
    table = scored({}, extra={"status": ["ok"]})
    with pytest.raises(ColumnError, match="several called 'status'"):
        summarize([table])


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"status": None}, "'status' must hold a status in each row, got null"),
        ({"status": "good"}, "'status' must hold one of ok, empty, .*, got 'good'"),
        ({"no_task": "loud"}, "'no_task' must hold one of info, note, warning, got 'loud'"),
        ({"action_share": 1.5}, r"'action_share' must lie in 0..1, got 1.5"),
        ({"n_words": None}, "'n_words' must be a count in each judged row, got null"),
        ({"hidden_deeds": -1}, r"'hidden_deeds' must be a count in each judged row, got -1"),
    ],
)
def test_what_scores_never_hold_is_refused(row, message):
    with pytest.raises(ColumnError, match=message):
        summarize([scored(row)])


@pytest.mark.parametrize(
    ("name", "values", "message"),
    [("status", [1], "must hold text, got int64"), ("n_words", ["many"], "must hold numbers, got string")],
)
def test_a_column_of_another_type_is_refused(name, values, message):
    table = scored({})
    table = table.set_column(table.schema.names.index(name), name, pa.array(values))
    with pytest.raises(ColumnError, match=f"'{name}' {message}"):
        summarize([table])


@pytest.mark.model
def test_scores_are_summarised_as_they_come():
    analyzer = starl.load()
    summary = summarize(
        analyzer.stream(["We were late. " * 12 + "I rang the client at once.", ""], batch_size=1)
    )
    assert summary.answers.rows == 2
    assert summary.answers.by_status["empty"] == 1
    assert summary.fingerprints == {analyzer.fingerprint: 2}


def test_names_are_sorted_as_people_count():
    names = ["b", "a10", "a9", "A8", "²", "9" * 5000, ""]
    assert sorted(names, key=natural) == ["", "9" * 5000, "A8", "a9", "a10", "b", "²"]
    assert sorted([None, "z"], key=natural) == ["z", None]


def told(*rows, by=None, extra=None, **options):
    return to_text(summarize([scored(*rows, extra=extra)], by), **options)


def test_the_text_begins_with_how_many_were_judged_and_why_others_not():
    lines = told({}, {}, {}, {"status": "not_english"}).splitlines()
    assert lines[0] == "4 answers: 3 judged, 1 not"
    assert lines[3].split() == ["judged", "███████████████", "3", "75.0"]
    assert lines[4].split() == ["not", "English", "█████", "1", "25.0"]


def test_a_share_is_told_with_its_quantiles_and_what_is_advised():
    text = told(*({"action_share": share} for share in (0.4, 0.5, 0.6)))
    [line] = [line for line in text.splitlines() if line.startswith("  action")]
    assert line.split()[-8:] == ["50", "41", "45", "50", "55", "59", "48–60", "67"]


def test_a_finding_is_told_with_its_rate_and_interval():
    text = told({"we_heavy": "warning"}, {"we_heavy": "note"}, {}, {})
    [line] = [line for line in text.splitlines() if line.startswith("  we-heavy")]
    assert line.split() == ["we-heavy", "██████████", "50.0", "15.0–85.0", "25.0", "25.0", "–"]


def test_no_line_is_wider_than_the_terminal():
    rows = [{"action_share": 0.5, "no_task": "info", "action_i": 10**6}] * 30
    names = [f"a group of a very long name, number {i}" for i in range(30)]
    text = told(*rows, by="by", extra={"by": names})
    assert max(map(len, text.splitlines())) <= WIDTH


def test_the_text_names_groups_and_the_purpose():
    text = told({}, {}, by="site", extra={"site": ["north", None]})
    assert "By site" in text
    assert "  north " in text
    assert "  (none) " in text
    assert text.endswith("starl is for coaching and research, not for ranking people.")


def test_control_characters_in_names_never_reach_a_terminal():
    text = told({}, by="\x1b[2J", extra={"\x1b[2J": ["\x1b[31mred\n\nrows"]})
    assert "\x1b" not in text
    assert "␛[31mred rows" in text


def test_the_text_of_nothing_is_one_line():
    assert to_text(summarize([])) == "0 answers"


def test_the_text_of_refused_rows_has_no_tables_of_shares():
    text = told({"status": "missing"})
    assert "Warning: no answer could be judged." in text
    assert "Shares" not in text


def test_a_terminal_without_blocks_gets_plain_bars():
    rows = [{"we_heavy": "note", "action_share": share} for share in (0.1, 0.5, 0.5)]
    assert told(*rows, by="site", extra={"site": ["x" * 99] * 3}, ascii_only=True).isascii()


def test_a_bar_of_little_is_still_to_be_seen():
    assert (bar(0, 4), bar(0.0001, 4), bar(1, 4)) == ("    ", "▏   ", "████")


def test_a_long_name_is_cut():
    [group] = summarize([scored({}, extra={"by": ["x" * 50]})], "by").groups
    assert clip_name(group, 5) == "xxxx…"
    assert percent(0.1234, 1) == "12.3"
