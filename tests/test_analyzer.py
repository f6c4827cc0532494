import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import starl
from starl.analyzer import load
from starl.corpus import read_corpus
from starl.errors import ModelError, ProfileError, TextError
from starl.profiles import get_profile
from starl.report import Report
from starl.roles import AGENTS, ROLES, STATUSES, STORY_ROLES, Agent, AnswerType, Role, Status

pytestmark = pytest.mark.model

ANALYZER, OTHER = load(), load()
CORPUS = Path(__file__).parents[1] / "models" / "corpus"
STORY = (
    "Last March our booking system lost two days of orders. I was asked to get them back before the weekend. "
    "I exported the payment log, I matched it with the mails, and I called the forty customers left over. "
    "By Friday all but one order was back, and the owner thanked me in front of the shift. "
    "I learned to test a backup before I need it."
)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=80)
WORDS = ["so", "I", "we", "the", "team", "went", "called", "was", "customer", ".", ",", "and", "because"]
WORDS += ["um", "result", "learned", "40", "%", "when", "asked", "\n"]
PROSE = st.lists(st.sampled_from(WORDS), max_size=60).map(" ".join)
ANSWERS = st.one_of(TEXT, PROSE)


@given(ANSWERS)
@settings(max_examples=150)
def test_every_non_space_character_is_in_exactly_one_clause(text):
    """And clauses start and end on one."""
    report = ANALYZER.analyze(text)
    covered = [at for c in report.clauses for at in range(c.start_char, c.end_char) if not text[at].isspace()]
    assert covered == [at for at, char in enumerate(text) if not char.isspace()]
    assert all(
        text[c.start_char : c.end_char].strip() == text[c.start_char : c.end_char] for c in report.clauses
    )


@given(ANSWERS)
def test_spans_are_runs_of_clauses_of_one_story_role(text):
    report = ANALYZER.analyze(text)
    inside = [c for c in report.clauses if c.role is not Role.OTHER]
    for span in report.spans:
        clauses = [c for c in inside if span.start_char <= c.start_char < span.end_char]
        assert {c.role for c in clauses} == {span.role}
        assert (clauses[0].start_char, clauses[-1].end_char) == (span.start_char, span.end_char)
        inside = inside[len(clauses) :]
    assert not inside


@given(st.lists(ANSWERS, max_size=8), st.integers(1, 5), st.randoms())
@settings(max_examples=60)
def test_batch_size_and_order_never_change_a_report(texts, size, random):
    alone = [ANALYZER.analyze(text) for text in texts]
    assert list(ANALYZER.pipe(texts, batch_size=size)) == alone
    order = random.sample(range(len(texts)), len(texts))
    assert list(ANALYZER.pipe([texts[i] for i in order])) == [alone[i] for i in order]


@given(st.lists(ANSWERS, min_size=1, max_size=6), st.integers(1, 4))
@settings(max_examples=60)
def test_columns_say_what_the_reports_say(texts, size):
    scores = ANALYZER.score(texts, batch_size=size)
    reports = list(ANALYZER.pipe(texts))
    assert len(scores) == len(texts)
    clauses = [(i, c) for i, report in enumerate(reports) for c in report.clauses]
    table = scores.clauses
    assert table.answer.tolist() == [i for i, _ in clauses]
    assert table.start_char.tolist() == [c.start_char for _, c in clauses]
    assert table.end_char.tolist() == [c.end_char for _, c in clauses]
    assert [ROLES[r] for r in table.role] == [c.role for _, c in clauses]
    assert [AGENTS[a] if a >= 0 else None for a in table.agent] == [c.agent for _, c in clauses]
    assert table.confidence.tolist() == [c.confidence for _, c in clauses]
    assert scores.findings == [tuple(f.code for f in report.findings) for report in reports]
    for i, report in enumerate(reports):
        assert STATUSES[scores.status[i]] is report.status
        if report.balance is None or report.ownership is None:
            continue
        assert scores.n_words[i] == report.balance.n_words
        assert scores.words[i].tolist() == [getattr(report.balance.words, role) for role in ROLES]
        assert scores.deeds[i, 0].tolist() == [getattr(report.ownership.action, agent) for agent in AGENTS]
        for share, column in (
            (report.balance.setting_share, scores.setting_share),
            (report.ownership.i_share, scores.i_share),
        ):
            assert column[i] == share if share is not None else np.isnan(column[i])


@given(ANSWERS)
def test_a_report_survives_json(text):
    report = ANALYZER.analyze(text, question="Why?")
    assert Report.model_validate_json(report.model_dump_json()) == report


@given(ANSWERS)
def test_the_same_answer_gives_the_same_bytes(text):
    assert ANALYZER.analyze(text).model_dump_json() == OTHER.analyze(text).model_dump_json()


@pytest.mark.parametrize(("old", "new"), [("I", "we"), ("I", "the team"), ("I", "my team")])
def test_a_pronoun_swap_never_changes_a_role(old, new):
    """Over all held-out answers; forms of be and have follow the subject."""
    forms = {"am": "are", "was": "were", "'m": "'re"} if new == "we" else {"am": "is", "have": "has"}
    answers = [a.text for a in read_corpus([CORPUS]) if a.held_out]
    swapped = [swap(text, old, new, forms) for text in answers]
    pairs = zip(ANALYZER.pipe(answers), ANALYZER.pipe(swapped), strict=True)
    changed = [a.text for a, b in pairs if [c.role for c in a.clauses] != [c.role for c in b.clauses]]
    assert len(changed) == 0


def swap(text, old, new, forms):
    """Replace bare subject pronouns; a contraction is left alone but for a form in ``forms``."""
    words = text.split(" ")
    for i, word in enumerate(words):
        if word == old:
            words[i] = new
            if i + 1 < len(words):
                words[i + 1] = forms.get(words[i + 1], words[i + 1])
    return " ".join(words)


def test_a_plain_story_is_read_as_told():
    report = starl.analyze(STORY, question="Tell me about a mistake.")
    assert report.status is Status.OK
    assert report.answer_type is AnswerType.STORY
    assert report.question == "Tell me about a mistake."
    assert [span.role for span in report.spans] == list(STORY_ROLES)
    assert {c.agent for c in report.clauses if c.role is Role.ACTION} == {Agent.I}
    assert report.ownership.i_share == 1.0


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("", Status.EMPTY),
        (" \n\t ", Status.EMPTY),
        ("Fine.", Status.TOO_SHORT),
        ("🎉 " * 10_000, Status.UNREADABLE),
        ("sdfkjh qwrtp zxcvb " * 12, Status.UNREADABLE),
        ("Ich habe im letzten Jahr ein kleines Team geleitet und wir haben gemeinsam alle Ziele erreicht, "
         "obwohl es nicht einfach gewesen ist und viele Kunden unzufrieden waren.", Status.NOT_ENGLISH),
        ("If a customer shouted at me I would stay calm and I would listen, then I would ask a manager and I "
         "would offer a refund, and I would never shout back at them.", Status.NOT_A_STORY),
    ],
)  # fmt: skip
def test_what_cannot_be_judged_is_refused_with_a_reason(text, status):
    report = starl.analyze(text)
    assert report.status is status
    assert report.status_reason
    assert not [f for f in report.findings if f.name not in ("too-short", "hypothetical")]


@pytest.mark.parametrize(
    "text",
    [
        "I fixed it. " * 90_000,
        "x" * 1_000_000,
        "a\u0301\u200d" * 100_000,
        "\x00\x01" * 1000,
        "קראתי ללקוח " * 3000,
        "(((" * 100_000,
        "\n" * 1_000_000,
        "so and then " * 80_000,
    ],
    ids=["prose", "word", "marks", "nul", "rtl", "brackets", "lines", "no stop"],
)
def test_strange_and_huge_texts_give_a_report(text):
    report = ANALYZER.analyze(text)
    assert sum(c.end_char - c.start_char for c in report.clauses) <= len(text)


def test_memory_is_bounded_by_the_batch():
    taken = []

    def texts():
        for i in range(10_000):
            taken.append(i)
            yield STORY

    next(ANALYZER.pipe(texts(), batch_size=16))
    assert len(taken) == 16


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: starl.analyze(None), TextError, "answer 0 must be a str, got NoneType"),
        (lambda: starl.analyze("\ud800"), TextError, "lone surrogate"),
        (lambda: list(ANALYZER.pipe("one")), TextError, "must be an iterable of answers, got one str"),
        (lambda: list(ANALYZER.pipe(["a"], batch_size=0)), ValueError, "batch_size must be at least 1"),
        (lambda: starl.analyze("a", profile="nope"), ProfileError, "nope"),
        (lambda: starl.analyze("a", model="nope"), ModelError, "nope"),
    ],
)  # fmt: skip
def test_bad_input_is_named(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_each_answer_gets_its_own_question():
    reports = ANALYZER.pipe(["a", "b", "c"], questions=["x", None, "z"], batch_size=2)
    assert [report.question for report in reports] == ["x", None, "z"]


@pytest.mark.parametrize(
    ("questions", "message"), [(["x"], "got 1 for more answers"), (["x", "y", "z"], "got more than 2")]
)
def test_questions_that_do_not_match_the_answers_are_an_error(questions, message):
    with pytest.raises(ValueError, match=message):
        list(ANALYZER.pipe(["a", "b"], questions=questions))


def test_no_answers_give_empty_columns():
    assert len(ANALYZER.score([])) == 0
    assert list(ANALYZER.pipe([])) == []


def test_the_fingerprint_covers_profile_and_model():
    short = load(profile=get_profile("short"))
    assert short.fingerprint != ANALYZER.fingerprint
    assert load().fingerprint == ANALYZER.fingerprint


def test_import_loads_neither_spacy_nor_the_model():
    code = "import sys, starl; print('spacy' in sys.modules, 'numpy' in sys.modules)"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert out.split() == ["False", "False"]
