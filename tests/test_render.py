"""Rendering, tested on reports built by hand: no model is needed."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from goldlines import measured
from starl.findings import get_rule, judge
from starl.profiles import DEFAULT, get_profile
from starl.render import ShareBar, headline, quote, to_text, visible
from starl.report import (
    AgentCounts,
    Balance,
    Clause,
    Evidence,
    Finding,
    Ownership,
    PronounCounts,
    Report,
    RoleShares,
    RoleWords,
    ShareIntervals,
    Span,
)
from starl.roles import ROLES, STORY_ROLES, Agent, AnswerType, Role, Severity, Status

STORY = """
S - At my last job the printers failed every Monday,
T - and I had to mend that before the audit.
A i I traced the fault to an old driver,
A we and we replaced it on all forty machines.
A none The fleet was then restarted.
R other The manager closed the ticket.
O - That is my example.
"""


def make_report(lines: str = STORY, *, confidence: float = 0.9, **fields: object) -> Report:
    """Build a report from lines of role letter, agent and text, parted by one space."""
    clauses, at = [], 0
    rows = [line.split(" ", 2) for line in lines.strip().splitlines()]
    for letter, agent, words in rows:
        role = ROLES["STARLO".index(letter)]
        who = None if agent == "-" else Agent(agent)
        end = at + len(words)
        clauses.append(Clause(start_char=at, end_char=end, role=role, agent=who, confidence=confidence))
        at = end + 1
    text = " ".join(words for _, _, words in rows)
    return Report.model_validate(
        {
            "starl_version": "0.1.0",
            "model": "en_starl_sm-0.1.0",
            "profile": "default",
            "fingerprint": "0f1e2d3c",
            "status": Status.OK,
            "status_reason": None,
            "answer_type": AnswerType.STORY,
            "question": None,
            "text": text,
            "clauses": tuple(clauses),
            "spans": spans_of(clauses),
            "balance": balance_of(clauses, text),
            "ownership": ownership_of(clauses),
            "findings": (),
            **fields,
        }
    )


def spans_of(clauses: list[Clause]) -> tuple[Span, ...]:
    spans: list[Span] = []
    before = None
    for c in clauses:
        start = c.start_char
        if c.role is before:
            start = spans.pop().start_char if spans and c.role is not Role.OTHER else start
        if c.role is not Role.OTHER:
            spans.append(
                Span(start_char=start, end_char=c.end_char, role=c.role, n_words=1, confidence=c.confidence)
            )
        before = c.role
    return tuple(spans)


def balance_of(clauses: list[Clause], text: str) -> Balance:
    words = {
        r: sum(len(text[c.start_char : c.end_char].split()) for c in clauses if c.role is r) for r in ROLES
    }
    story = sum(words[r] for r in STORY_ROLES)
    share = RoleShares(**{r.value: words[r] / story for r in STORY_ROLES}) if story else None
    return Balance(
        n_words=sum(words.values()),
        words=RoleWords(**{r.value: n for r, n in words.items()}),
        share=share,
        other_share=None,
        setting_share=None,
        core_share=None,
        words_before_first_own_deed=None,
    )


def ownership_of(clauses: list[Clause]) -> Ownership:
    def count(role: Role) -> AgentCounts:
        return AgentCounts(
            **{a.value: sum(c.role is role and c.agent is a for c in clauses) for a in Agent},
        )

    return Ownership(
        action=count(Role.ACTION),
        result=count(Role.RESULT),
        i_share=None,
        own_share=None,
        hidden_deeds=0,
        pronouns=PronounCounts(i=0, we=0, they=0),
    )


def make_finding(name: str = "situation-heavy", n_quotes: int = 1, **fields: object) -> Finding:
    return Finding.model_validate(
        {
            "code": "BAL001",
            "name": name,
            "severity": Severity.NOTE,
            "message": "48% of the words set the scene",
            "help": "cut the background to two facts",
            "evidence": tuple(Evidence(start_char=0, end_char=14) for _ in range(n_quotes)),
            "value": 0.48,
            "limit": 0.35,
            **fields,
        }
    )


def plain(report: Report, width: int = 80) -> str:
    return to_text(report, get_profile("default"), width=width)


def rows(text: str) -> list[str]:
    """The lines of the marked answer."""
    return [line.strip() for line in text.split("Your answer\n")[1].split("\n\n")[0].splitlines()]


def test_each_part_carries_its_letter_and_agent() -> None:
    assert rows(plain(make_report()))[:7] == [
        "[S]         At my last job the printers failed every Monday,",
        "[T]         and I had to mend that before the audit.",
        "[A]  I      I traced the fault to an old driver,",
        "we     and we replaced it on all forty machines.",
        "–      The fleet was then restarted.",
        "[R]  others The manager closed the ticket.",
        "[O]         That is my example.",
    ]


def test_clauses_of_one_part_and_agent_run_on() -> None:
    text = plain(make_report("A i I called,\nA - which took an hour,\nA i then I wrote.\nA we We met."))
    assert rows(text)[:2] == ["[A]  I      I called, which took an hour, then I wrote.", "we     We met."]


def test_unsure_parts_have_a_question_mark() -> None:
    text = plain(make_report(confidence=0.49))
    assert "[S?]" in text
    assert "? unsure" in text
    assert "[O?]" not in text


def test_sure_parts_have_none() -> None:
    assert "?" not in plain(make_report(confidence=0.6))


def test_shares_stand_beside_the_advised_range() -> None:
    text = plain(make_report("S - one two three four five six\nA i I did it all"))
    assert re.search(r"situation █+▒+ +60% advised 10–20% over\n", text)
    assert re.search(r"action    █+ *░+ +40% advised 48–60% under\n", text)
    assert re.search(r"learning +0%\n", text)


def test_a_share_that_may_lie_off_is_a_range_and_gets_no_verdict() -> None:
    report = make_report("S - one two three four five six\nA i I did it all")
    ends = dict.fromkeys((*(r.value for r in STORY_ROLES), "setting"), (0.0, 0.0))
    interval = ShareIntervals(**ends | {"situation": (0.15, 0.7), "action": (0.2, 0.4)})
    balance = report.balance.model_copy(update={"interval": interval})
    text = plain(report.model_copy(update={"balance": balance}))
    assert re.search(r"situation █+▒+ +15–70% advised 10–20%\n", text)
    assert re.search(r"action    █+ *░+ +20–40% advised 48–60% under\n", text)


def test_without_a_profile_no_range_is_shown() -> None:
    text = to_text(make_report())
    assert "situation █" in text
    assert "advised" not in text


def test_an_answer_outside_the_story_has_no_bars() -> None:
    assert "█" not in plain(make_report("O - Thank you for having me."))


def test_missing_measures_are_left_out() -> None:
    text = plain(make_report(balance=None, ownership=None, clauses=(), spans=()))
    assert "█" not in text
    assert "Who did what" not in text


@pytest.mark.parametrize("width", [7, 20, 50, 100])
@given(share=st.floats(0, 1), low=st.floats(0, 1), high=st.floats(0, 1))
def test_a_bar_fills_its_place(width: int, share: float, low: float, high: float) -> None:
    low, high = sorted([low, high])
    bar = ShareBar(Role.TASK, share, (low, high)).cells(width)
    assert len(bar) == width
    assert ("█" in bar or "▒" in bar) == (share > 0)


def test_deeds_are_counted_by_who_did_them() -> None:
    assert "I 1   we 1   others 0   nobody named 1" in plain(make_report())


def test_no_deeds_is_said() -> None:
    assert "no deed is told" in plain(make_report("S - It was cold."))


def test_three_findings_are_told_and_the_rest_named() -> None:
    names = ("situation-heavy", "we-heavy", "no-result", "vague-action", "no-learning")
    text = plain(make_report(findings=tuple(make_finding(name) for name in names)))
    assert re.findall(r"^  \d\. (\S+)", text, re.M) == list(names[:3])
    assert "Also: vague-action, no-learning (starl explain vague-action)" in text
    assert "“At my last job”" in text
    assert "→ Cut the background to two facts." in text


def test_one_finding_points_to_its_page() -> None:
    assert "More on it: no-result (starl explain no-result)" in plain(
        make_report(findings=(make_finding("no-result"),))
    )


@pytest.mark.parametrize(
    ("n", "tail"), [(0, None), (2, None), (3, "and 1 more place\n"), (5, "and 3 more places\n")]
)
def test_two_places_are_quoted_and_the_rest_counted(n: int, tail: str | None) -> None:
    text = plain(make_report(findings=(make_finding(n_quotes=n),)))
    assert text.count("“At my last job”") == min(n, 2)
    assert (tail in text) if tail else ("more place" not in text)


def test_findings_of_info_are_worth_knowing() -> None:
    text = plain(make_report(findings=(make_finding("no-learning", severity=Severity.INFO),)))
    assert "Worth knowing" in text
    assert "nothing to mend" in text


HEADLINES = {
    STORY: "A story of 48 words; nothing to mend.",
    "A i I ran.": "A story of 2 words, perhaps without a setting or a result; nothing to mend.",
    "S - It was.\nR - It went.": "A story of 4 words, perhaps without action; nothing to mend.",
    "O - Hello.": "A story of 1 word, perhaps without a setting, action or a result; nothing to mend.",
}


@pytest.mark.parametrize(("lines", "sentence"), HEADLINES.items())
def test_the_headline_names_what_is_lacking(lines: str, sentence: str) -> None:
    assert headline(make_report(lines)) == sentence


def test_the_headline_is_sure_where_a_rule_is() -> None:
    report = make_report("S - It was.\nA i I ran.", findings=(make_finding("no-result"),))
    assert headline(report) == "A story of 4 words without a result; one thing to mend."


@pytest.mark.parametrize(("n", "tail"), [(1, "one thing to mend."), (2, "2 things to mend.")])
def test_the_headline_counts_what_to_mend(n: int, tail: str) -> None:
    assert headline(make_report(findings=(make_finding(),) * n)).endswith(tail)


def test_the_headline_names_the_kind_of_answer() -> None:
    assert headline(make_report(answer_type=AnswerType.HABIT)).startswith(
        "An account of what you usually do, told in 48 words;"
    )
    assert headline(make_report(answer_type=AnswerType.OPINION)).startswith("An answer of 48 words;")


REFUSALS = {
    Status.EMPTY: "Give the words of an answer",
    Status.TOO_SHORT: "Say a little more of each part",
    Status.NOT_A_STORY: "Tell of one particular time",
    Status.NOT_ENGLISH: "Only English can be read so far",
    Status.UNREADABLE: "Give the answer as plain sentences",
}


@pytest.mark.parametrize(("status", "advice"), REFUSALS.items())
def test_a_refusal_says_why_and_what_would_help(status: Status, advice: str) -> None:
    reason = "the answer cannot be judged"
    text = plain(make_report(status=status, status_reason=reason, answer_type=None))
    assert text.startswith("The answer cannot be judged.\n")
    assert advice in text
    assert not re.search(r"█|\[S\]|Who did what", text)


@pytest.mark.parametrize("kind", [kind for kind in AnswerType if kind is not AnswerType.STORY])
def test_each_kind_of_no_story_has_its_own_advice(kind: AnswerType) -> None:
    refused = make_report(status=Status.NOT_A_STORY, status_reason="no story", answer_type=kind)
    assert "You tell" in plain(refused)


def test_a_story_refused_as_none_gets_the_general_advice() -> None:
    refused = make_report(status=Status.NOT_A_STORY, status_reason="no story")
    assert "Tell of one particular time" in plain(refused)


def test_a_refusal_without_a_reason_names_the_state() -> None:
    assert headline(make_report(status=Status.TOO_SHORT)) == "This answer is too short."


def test_a_refusal_names_its_rule() -> None:
    finding = make_finding("hypothetical")
    refused = make_report(status=Status.NOT_A_STORY, status_reason="no story", findings=(finding,))
    assert "See: hypothetical (starl explain hypothetical)" in plain(refused)


def test_the_question_is_shown() -> None:
    assert "Question: Tell me about a fix.\n" in plain(make_report(question="Tell me  about a fix."))


def test_the_report_names_model_profile_and_fingerprint() -> None:
    assert plain(make_report()).endswith("\nen_starl_sm-0.1.0, profile default, 0f1e2d3c\n")


ANY_ANSWER = st.text(min_size=1).map(lambda text: f"A i I {text}".replace("\n", " ").replace("\r", " "))


@given(st.sampled_from([60, 80, 120]), ANY_ANSWER)
def test_no_line_is_wider_than_asked(width: int, line: str) -> None:
    line = " ".join(line.split())
    report = make_report(line, question="w" * 200, findings=(make_finding(n_quotes=3),))
    assert all(cell_len(line) <= width for line in plain(report, width).split("\n"))


@pytest.mark.parametrize("text", ["漢字" * 100, "🎉" * 100, "x" * 500, "naïve café " * 30, "שלום " * 50])
def test_wide_and_long_words_are_folded(text: str) -> None:
    shown = plain(make_report(f"A i {text.strip()}"), 60)
    assert all(cell_len(line) <= 60 for line in shown.split("\n"))


@given(st.text())
def test_nothing_unprintable_is_written(text: str) -> None:
    assert not re.search(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", visible(text))


def test_escapes_of_the_answer_are_shown_and_not_run() -> None:
    text = plain(make_report("A i I\x1b[2J\x1b]0;owned\x07 cleared [bold]it[/bold] :smile:"))
    assert "I␛[2J␛]0;owned␇ cleared [bold]it[/bold] :smile:" in text
    assert "\x1b" not in text


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("a\x7fb", "a␡b"),
        ("a\u202eb", "a�b"),
        ("a\u200bb", "ab"),
        ("👩\u200d🔬", "👩\u200d🔬"),
        ("\ue000", "\ue000"),
    ],
)
def test_other_controls(raw: str, shown: str) -> None:
    assert visible(raw) == shown


def test_colours_are_written_only_when_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b[" not in to_text(make_report())
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[30;48;5;153mAt my last job" in to_text(make_report(), color=True)


def test_colours_change_no_word() -> None:
    report = make_report(findings=(make_finding(),))
    colored = re.sub(r"\x1b\[[\d;]*m", "", to_text(report, color=True))
    assert [line.rstrip() for line in colored.split("\n")] == to_text(report).split("\n")


def test_long_quotes_are_cut_in_the_middle_at_words() -> None:
    words = " ".join(f"word{i}" for i in range(100))
    assert (
        quote(words)
        == "word0 word1 word2 word3 word4 word5 word6 … word94 word95 word96 word97 word98 word99"
    )


@given(st.text(alphabet="ab ", max_size=200), st.integers(10, 100))
def test_quotes_are_no_longer_than_asked(words: str, length: int) -> None:
    assert len(quote(words, length)) <= length


def test_a_finding_says_what_mending_it_would_change_and_asks_about_ones_own_words() -> None:
    report = measured(get_rule("situation-heavy").bad)
    told = plain(report.model_copy(update={"findings": judge(report, DEFAULT)}))
    assert "→ Add about 115 words on what you did: setting 72% -> 35% of the story." in told
    assert re.search(r"\? You say “.*”:", told)


def test_a_finding_on_one_part_makes_no_other_part_surely_missing() -> None:
    report = make_report("A i I ran.\nR - It went.", findings=(make_finding("no-task"),))
    assert "without a setting" in headline(report)
    lacking_result = make_report("T - We had to.\nA i I ran.", findings=(make_finding("no-situation"),))
    assert ", perhaps without a result" in headline(lacking_result)
