"""Frameworks, and views of reports by them."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from goldlines import measured
from starl.errors import FrameworkError
from starl.frameworks import FRAMEWORKS, Framework, Part, View, get_framework, view
from starl.profiles import get_profile
from starl.render import headline, to_text
from starl.report import Report, RoleShares, ShareIntervals
from starl.roles import STORY_ROLES, Role, Status
from test_render import STORY, make_report, rows

ROOT = Path(__file__).parents[1]
DEFAULT = get_profile("default")
each_framework = pytest.mark.parametrize("framework", FRAMEWORKS.values(), ids=list(FRAMEWORKS))
GOLD = """\
S\t-\tIt was a wet July.
T\t-\tI had to mend it.
A\tI\tI rang.
O\t-\tWell.
A\tI\tI drove there.
R\t-\tIt held."""

lines = st.lists(st.tuples(st.sampled_from("STARLO"), st.integers(1, 9)), min_size=1, max_size=12)
reports = lines.map(
    lambda told: measured("\n".join(f"{letter}\t-\t{' '.join(['word'] * n)}." for letter, n in told))
)
own_frameworks = st.dictionaries(st.sampled_from(STORY_ROLES), st.sampled_from("XYZ"), min_size=1).map(
    lambda letter_of: Framework(
        name="own",
        parts=tuple(
            Part(letter=letter, name=letter, roles=tuple(r for r, own in letter_of.items() if own == letter))
            for letter in sorted(set(letter_of.values()))
        ),
    )
)
frameworks = st.sampled_from(list(FRAMEWORKS.values())) | own_frameworks


def letters(shown: View) -> list[str | None]:
    return list(shown.labels)


@given(reports, frameworks)
def test_words_and_shares_of_a_view_add_up(report: Report, framework: Framework) -> None:
    shown, balance = view(report, framework), report.balance
    assert balance is not None
    assert sum(part.n_words for part in shown.parts) + shown.outside_words == balance.n_words
    if shown.outside_share is None:
        assert balance.share is None
        assert all(part.share is None for part in shown.parts)
    else:
        total = sum(part.share or 0 for part in shown.parts) + shown.outside_share
        assert total == pytest.approx(1, abs=5e-4)


@given(reports, frameworks)
def test_a_share_is_redone_by_hand_from_counts(report: Report, framework: Framework) -> None:
    assert report.balance is not None
    words = report.balance.words
    story = sum(getattr(words, role) for role in STORY_ROLES)
    for part in view(report, framework).parts:
        n_words = sum(getattr(words, role) for role in part.roles)
        assert (part.n_words, part.share) == (n_words, round(n_words / story, 4) if story else None)


@given(reports, frameworks)
def test_spans_of_a_view_are_the_runs_of_its_labels(report: Report, framework: Framework) -> None:
    shown = view(report, framework)
    runs: list[tuple[str | None, int, int]] = []
    for clause, label in zip(report.clauses, shown.labels, strict=True):
        start = runs.pop()[1] if runs and runs[-1][0] == label else clause.start_char
        runs.append((label, start, clause.end_char))
    spans = [(part.letter, span.start_char, span.end_char) for part in shown.parts for span in part.spans]
    assert sorted(spans) == sorted(run for run in runs if run[0] is not None)


@given(reports, frameworks)
def test_words_of_spans_are_those_of_the_part(report: Report, framework: Framework) -> None:
    for part in view(report, framework).parts:
        assert sum(span.n_words for span in part.spans) == part.n_words


@given(reports)
def test_the_view_by_starl_is_the_reading_itself(report: Report) -> None:
    shown, balance = report.view(), report.balance
    assert balance is not None
    shares = RoleShares(**{part.name: part.share for part in shown.parts}) if balance.share else None
    assert shares == balance.share
    spans = [span.model_dump(include={"start_char", "end_char", "n_words"}) for span in report.spans]
    seen = [span.model_dump(exclude={"confidence"}) for part in shown.parts for span in part.spans]
    assert sorted(seen, key=str) == sorted(spans, key=str)


@settings(max_examples=30)
@given(reports)
def test_rendering_by_starl_changes_nothing(report: Report) -> None:
    assert to_text(report, DEFAULT, framework="STARL") == to_text(report, DEFAULT)
    assert headline(report, view(report)) == headline(report)


@each_framework
def test_no_built_in_framework_leaves_out_more_than_learning(framework: Framework) -> None:
    assert framework.outside == ((Role.LEARNING,) if framework.name == "SBI" else ())


@each_framework
def test_the_letters_of_a_framework_spell_its_name(framework: Framework) -> None:
    assert "".join(part.letter[0] for part in framework.parts) == framework.name


@pytest.mark.parametrize(
    ("name", "labels"),
    [
        ("STARL", ["S", "T", "A", None, "A", "R"]),
        ("SOAR", ["S", "O", "A", None, "A", "R"]),
        ("CAR", ["C", "C", "A", None, "A", "R"]),
        ("PAR", ["P", "P", "A", None, "A", "R"]),
        ("SBI", ["S", "S", "B", None, "B", "I"]),
    ],
)
def test_clauses_take_the_letters_of_the_framework(name: str, labels: list[str | None]) -> None:
    assert letters(measured(GOLD).view(name)) == labels


@pytest.mark.parametrize(
    ("name", "letter"), [("STAR", "R"), ("STARR", "R2"), ("CAR", "R"), ("CARL", "L"), ("SBI", None)]
)
def test_learning_goes_where_the_framework_has_it(name: str, letter: str | None) -> None:
    assert letters(measured("R\t-\tIt held.\nL\t-\tI ask first now.").view(name)) == [
        "R" if name != "SBI" else "I",
        letter,
    ]


def test_neighbours_of_one_part_are_one_span() -> None:
    report = measured(GOLD)
    context, action, _ = report.view("CAR").parts
    assert [report.text[s.start_char : s.end_char] for s in context.spans] == [
        "It was a wet July. I had to mend it."
    ]
    assert [report.text[s.start_char : s.end_char] for s in action.spans] == ["I rang.", "I drove there."]


def test_the_confidence_of_a_merged_span_is_weighted_by_words() -> None:
    report = measured("S\t-\tOne two three.\nT\t-\tFour.")
    first, second = report.spans
    spans = (first.model_copy(update={"confidence": 0.9}), second.model_copy(update={"confidence": 0.5}))
    (span,) = report.model_copy(update={"spans": spans}).view("CAR").parts[0].spans
    assert span.confidence == 0.8  # (3 * 0.9 + 1 * 0.5) / 4


def test_a_span_without_words_has_a_plain_mean() -> None:
    report = measured("S\t-\t...\nT\t-\t...")
    spans = tuple(
        s.model_copy(update={"confidence": c}) for s, c in zip(report.spans, (1.0, 0.5), strict=True)
    )
    (span,) = report.model_copy(update={"spans": spans}).view("CAR").parts[0].spans
    assert (span.n_words, span.confidence) == (0, 0.75)


def with_intervals(report: Report, **ends: tuple[float, float]) -> Report:
    usual = dict.fromkeys((*STORY_ROLES, "setting"), (0.1, 0.2))
    interval = ShareIntervals(**{**usual, **ends})
    assert report.balance is not None
    return report.model_copy(update={"balance": report.balance.model_copy(update={"interval": interval})})


def test_the_setting_keeps_its_own_interval() -> None:
    shown = with_intervals(measured(GOLD), setting=(0.25, 0.3)).view("CAR")
    assert shown.parts[0].interval == (0.25, 0.3)


def test_the_ends_of_other_roles_add_up_to_at_most_a_whole() -> None:
    report = with_intervals(measured(GOLD), result=(0.2, 0.7), learning=(0.1, 0.4))
    assert report.view("STAR").parts[-1].interval == (0.3, 1.0)
    assert measured(GOLD).view("STAR").parts[-1].interval is None


def test_an_answer_without_words_has_parts_without_shares() -> None:
    report = measured(GOLD).model_copy(
        update={"balance": None, "clauses": (), "spans": (), "status": Status.EMPTY}
    )
    shown = report.view("STAR")
    assert [part.share for part in shown.parts] == [None] * 4
    assert (shown.outside_share, shown.outside_words, shown.labels) == (None, 0, ())


def test_a_view_round_trips_through_json() -> None:
    shown = measured(GOLD).view("SOAR")
    assert View.model_validate_json(shown.model_dump_json()) == shown


@pytest.mark.parametrize("name", ["CARL", "carl", "Carl"])
def test_the_case_of_a_built_in_name_does_not_matter(name: str) -> None:
    assert get_framework(name) is FRAMEWORKS["CARL"]


def test_an_unknown_framework_names_the_known_and_a_close_one() -> None:
    with pytest.raises(
        FrameworkError, match=r"unknown framework 'STRA', expected one of STARL, .*; did you mean 'STAR"
    ):
        measured(GOLD).view("STRA")


def test_frameworks_of_ones_own_are_found_too() -> None:
    mine = Framework(name="mine", parts=(Part(letter="X", name="all", roles=STORY_ROLES),))
    assert get_framework("mine", {"mine": mine}) is mine
    with pytest.raises(FrameworkError, match="SBI, mine"):
        get_framework("yours", {"mine": mine})


BAD_PARTS = {
    "letter twice": (
        [("X", "a", ["task"]), ("X", "b", ["action"])],
        "every letter must be in one part alone",
    ),
    "name twice": ([("X", "a", ["task"]), ("Y", "a", ["action"])], "every name must be in one part alone"),
    "role twice": ([("X", "a", ["task"]), ("Y", "b", ["task"])], "every role must .* got 'task' twice"),
    "role outside": ([("X", "a", ["other"])], "a part must hold roles of the story, got other"),
    "no role": ([("X", "a", [])], "at least 1 item"),
    "no part": ([], "at least 1 item"),
    "small letter": ([("x", "a", ["task"])], "should match pattern"),
    "escape in a name": ([("X", "\x1b[31m", ["task"])], "should match pattern"),
}


@pytest.mark.parametrize(("parts", "message"), BAD_PARTS.values(), ids=list(BAD_PARTS))
def test_a_framework_that_cannot_be_told_apart_is_refused(
    parts: list[tuple[str, str, list[str]]], message: str
) -> None:
    told = [{"letter": letter, "name": name, "roles": roles} for letter, name, roles in parts]
    with pytest.raises(ValidationError, match=message):
        Framework.model_validate({"name": "mine", "parts": told})


def test_the_margin_follows_the_framework() -> None:
    text = to_text(make_report(), DEFAULT, framework="SOAR")
    assert [line.split()[0] for line in rows(text)[:3]] == ["[S]", "[O]", "[A]"]
    assert "[.]         That is my example." in text
    legend = "[S] situation, [O] obstacle, [A] action, [R] result, [.] outside the story"
    assert legend in " ".join(text.split())


def test_parts_of_one_role_pair_run_on() -> None:
    text = to_text(make_report(), DEFAULT, framework="CAR", width=120)
    told = "At my last job the printers failed every Monday, and I had to mend that before the audit."
    assert rows(text)[0] == f"[C]         {told}"


def test_a_longer_letter_widens_the_margin() -> None:
    text = to_text(make_report("L - I ask first now.", confidence=0.5), DEFAULT, framework="STARR")
    assert rows(text) == ["[R2?]        I ask first now.", "? unsure, [R2] reflection"]


def test_a_role_without_part_is_outside_the_framework() -> None:
    text = to_text(make_report("A i I rang.\nL - I ask first now.", confidence=0.5), DEFAULT, framework="SBI")
    assert rows(text)[1:] == ["[O]         I ask first now.", "? unsure, [B] behaviour, [O] outside SBI"]
    assert "Who did what, in the behaviour" in text


def test_the_table_of_shares_follows_the_framework() -> None:
    text = to_text(make_report(), DEFAULT, framework="CARL")
    table = text.split("are spread\n")[1].splitlines()[:4]
    assert [line.split()[0] for line in table] == ["context", "action", "result", "learning"]
    assert "advised 20–35%" in table[0]  # situation 10 to 20, task 10 to 15
    assert "advised" not in table[3]


def test_words_and_bars_take_the_colours_of_the_framework() -> None:
    mine = Framework(name="mine", parts=(Part(letter="X", name="all", roles=STORY_ROLES, color="#ff0000"),))
    text = to_text(make_report(), DEFAULT, framework=mine, color=True)
    assert "48;5;196m" in text
    assert "\x1b[38;5;196m█" in text
    assert "\x1b[34m█" in to_text(make_report(), DEFAULT, color=True)


def test_the_headline_names_what_the_framework_lacks() -> None:
    report = make_report("A i I mended the printers on every floor.")
    assert "perhaps without a setting or a result" in headline(report)
    assert "perhaps without problem (P) or a result" in headline(report, report.view("PAR"))
    assert "perhaps without situation (S) or impact (I)" in headline(report, report.view("SBI"))


def test_an_unknown_framework_is_no_rendering() -> None:
    with pytest.raises(FrameworkError, match="unknown framework 'xx'"):
        to_text(make_report(STORY), framework="xx")


def test_every_framework_is_documented_part_by_part() -> None:
    page = (ROOT / "docs" / "reference" / "frameworks.md").read_text(encoding="utf-8")
    for framework in FRAMEWORKS.values():
        told = ", ".join(f"{p.letter} {p.name} ({' + '.join(p.roles)})" for p in framework.parts)
        assert f"| {framework.name} | {told} |" in page
