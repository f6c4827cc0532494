"""How an answer was told: seconds, pauses, fillers, and what each turn supplied."""

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import starl
from starl.analyzer import load
from starl.delivery import PAUSE_SECONDS, deliver, follow_ups, lines_of, with_delivery
from starl.errors import ShapeError
from starl.markers import find_markers, phrases
from starl.render import headline
from starl.report import CandidateRule, Clause, Report
from starl.roles import ROLES, STORY_ROLES, Agent, Role
from starl.transcripts import Transcript, Turn, Word, spoken

ANALYZER = load()
PAGE = (Path(__file__).parents[1] / "docs" / "guides" / "transcripts.md").read_text(encoding="utf-8")


def words(*timed):
    """Words of (text, start, end)."""
    return tuple(Word(text=text, start=start, end=end) for text, start, end in timed)


def clause(text, part, role, agent=None):
    start = text.index(part)
    return Clause(start_char=start, end_char=start + len(part), role=role, agent=agent, confidence=1)


def told(turns, *parts):
    """Delivery of the turns, of clauses given as (words, role, agent)."""
    answer = spoken(Transcript(turns=turns))
    return deliver(answer, [clause(answer.text, *part) for part in parts])


ANN = Turn(
    speaker="Ann", words=words(("Once", 1, 2), ("late,", 2.5, 3), ("I", 5, 6), ("rang", 6, 7), ("all.", 7, 9))
)
BO = Turn(speaker="Bo", text="And then?", start=10, end=11)
END = Turn(speaker="Ann", text="We won.", start=12, end=16)
PARTS = [("Once late,", "situation"), ("I rang all.", "action", Agent.I), ("We won.", "result", Agent.WE)]
DELIVERY = told([ANN, BO, END], *PARTS)


def test_a_silence_of_a_second_within_a_turn_is_a_pause():
    pauses = DELIVERY.pauses
    assert (pauses.count, pauses.seconds, pauses.longest) == (1, 2.0, 2.0)


@pytest.mark.parametrize(("gap", "n"), [(PAUSE_SECONDS - 0.001, 0), (PAUSE_SECONDS, 1)])
def test_a_shorter_silence_is_speech(gap, n):
    delivery = told([Turn(words=words(("I", 0, 0.3), ("rang", 0.3 + gap, 2)))], ("I rang", "action"))
    assert delivery.pauses.count == n
    assert delivery.seconds_spoken + delivery.pauses.seconds == 2.0


def test_no_pause_is_found_after_a_word_of_unknown_end():
    delivery = told([Turn(words=words(("I", 0, None), ("rang", 9, 10)))], ("I rang", "action"))
    assert (delivery.pauses.count, delivery.seconds_spoken) == (0, 10.0)


def test_a_last_word_of_unknown_end_lasts_until_the_turn_ends():
    turn = Turn(words=words(("I", 0, 1), ("rang", 1, None)), end=4)
    assert told([turn], ("I rang", "action")).seconds_spoken == 4.0


def test_seconds_are_those_of_the_words_of_a_role():
    seconds = DELIVERY.seconds
    assert (seconds.situation, seconds.action, seconds.result, seconds.other) == (2.0, 4.0, 4.0, 0.0)
    assert DELIVERY.seconds_spoken == 10.0
    assert (DELIVERY.share.situation, DELIVERY.setting_share, DELIVERY.core_share) == (0.2, 0.2, 0.8)


def test_a_word_that_two_clauses_share_is_divided_by_characters():
    delivery = told([Turn(text="late–I rang", start=0, end=10)], ("late–", "situation"), ("I rang", "action"))
    assert (delivery.seconds.situation, delivery.seconds.action) == (5.0, 5.0)


def test_pace_is_words_by_speech_and_pauses():
    assert DELIVERY.words_per_minute == 60 * 7 / 12


def test_the_first_own_action_is_timed_from_the_first_word():
    assert DELIVERY.seconds_to_first_own_action == 4.0


@pytest.mark.parametrize(
    ("role", "agent"), [("action", Agent.OTHER), ("action", None), ("result", Agent.I)]
)  # fmt: skip
def test_what_others_do_and_what_comes_of_it_is_no_own_action(role, agent):
    assert told([END], ("We won.", role, agent)).seconds_to_first_own_action is None


def test_each_turn_says_what_it_is_the_first_to_supply():
    first, last = DELIVERY.turns
    assert (first.supplies, first.question) == ((Role.SITUATION, Role.ACTION), None)
    assert (last.supplies, last.question) == ((Role.RESULT,), "And then?")
    assert (last.start_char, last.end_char, last.start, last.end) == (23, 30, 12.0, 16.0)
    assert (last.words.result, last.words.action) == (2, 0)


def test_a_part_that_was_told_before_is_not_supplied_again():
    delivery = told([ANN, BO, END], *PARTS[:2], ("We won.", "action", Agent.WE))
    assert delivery.turns[1].supplies == ()
    assert follow_ups(delivery) == []


def test_what_a_follow_up_brought_is_said_with_its_question():
    assert follow_ups(DELIVERY) == ['The result came in turn 2, after "And then?"']


def test_an_answer_without_words_has_nothing_undefined_as_zero():
    delivery = told([])
    assert (delivery.seconds_spoken, delivery.turns, delivery.candidate) == (0, (), None)
    assert delivery.words_per_minute is delivery.share is delivery.pauses.longest is None
    assert delivery.fillers.per_100_words is None
    assert lines_of(delivery) == ["Told: 0.0 s, 0 pauses", "0 fillers, 0 hedges"]


# Fillers and hedges


def found(text, name):
    return [text[e.start_char : e.end_char] for e in find_markers(text, name, 10).evidence]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Um, so we, uh, rang.", ["Um", "uh"]),
        ("It was, like, three weeks. Like, ages.", ["like", "Like"]),
        ("I like it, he was like me, and like that.", []),
        ("We were, you know, late, and you know we rang.", ["you know", "you know"]),
        ("Do you know why? As you know, you know how it is.", []),
        ("It was kind of slow, sort of.", ["kind of", "sort of"]),
        ("This kind of work is a sort of art.", []),
        ("I mean, we rang. What I mean is that I mean it.", ["I mean"]),
        ("She went to the ER for 5 mm.", []),
        ("UM WE ER RANG", ["UM", "ER"]),
        ("", []),
        ("you know", ["you know"]),
    ],
)
def test_fillers_count_only_where_they_mean_nothing(text, expected):
    assert found(text, "fillers") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I think we were maybe late.", ["I think", "maybe"]),
        ("When I think of it, what I think is clear.", []),
        ("I’m not sure, as far as I know.", ["I’m not sure", "as far as I know"]),
        ("I believe in it. I believe so.", ["I believe"]),
    ],
)
def test_hedges_count_only_where_they_take_back(text, expected):
    assert found(text, "hedges") == expected


def test_the_rate_is_for_each_hundred_words():
    assert find_markers("um we um rang", "fillers", 4).per_100_words == 50


@pytest.mark.parametrize("name", ["fillers", "hedges"])
def test_each_phrase_of_a_list_is_found(name):
    for phrase in phrases(name):
        text = " ".join(phrase.tokens)
        assert find_markers(text, name, 1).count == 1, text


# With a model


def talk():
    ask = Turn(speaker="Bo", text="Were you ever late?", start=0, end=2)
    tell = Turn(
        speaker="Ann",
        text="Last May our van broke down on the way to a client. I rang the client and I hired a car.",
        start=3,
        end=15,
    )
    more = Turn(speaker="Bo", text="And what came of it?", start=16, end=18)
    end = Turn(speaker="Ann", text="We were there by nine and the client stayed with us.", start=18, end=24)
    return Transcript(turns=[ask, tell, more, end])


@pytest.mark.model
def test_a_transcript_is_analyzed_as_the_words_of_its_candidate():
    report = starl.analyze(talk(), model="en_starl_sm")
    plain = starl.analyze(report.text, question="Were you ever late?", model="en_starl_sm")
    assert report.model_copy(update={"delivery": None}) == plain
    assert headline(report) == headline(plain)


@pytest.mark.model
def test_a_question_that_is_given_goes_before_that_of_the_transcript():
    assert ANALYZER.analyze(talk(), question="When?").question == "When?"


@pytest.mark.model
def test_a_report_with_delivery_is_read_again_from_json():
    report = ANALYZER.analyze(talk())
    assert report.delivery.candidate_rule is CandidateRule.MOST_WORDS
    assert Report.model_validate_json(report.model_dump_json()) == report


@pytest.mark.model
def test_a_report_that_was_saved_without_delivery_has_none():
    report = ANALYZER.analyze("We were late.")
    assert Report.model_validate(report.model_dump(exclude={"delivery"})).delivery is None


@pytest.mark.model
def test_delivery_belongs_to_the_text_it_was_made_of():
    with pytest.raises(ShapeError, match="the report must be on the answer in the transcript, 'Last May"):
        with_delivery(ANALYZER.analyze("We were late."), talk())


PIECES = ["um,", "I", "rang", "them.", "We", "were", "late", "and", "–", "12%", "sold—so", "it", "worked."]
WORD = st.tuples(st.sampled_from(PIECES), st.floats(0, 2), st.one_of(st.none(), st.floats(0, 2)))
TALK = st.lists(
    st.tuples(st.sampled_from(["Ann", "Bo"]), st.lists(WORD, min_size=1, max_size=12)), max_size=6
)


def built(said):
    """A talk of turns of (text, seconds it lasts or None, silence before it)."""
    now, turns = 0.0, []
    for who, timed in said:
        made = []
        for text, gap, length in timed:
            made.append(Word(text=text, start=now + gap, end=None if length is None else now + gap + length))
            now += gap + (length or 0.5)
        turns.append(Turn(speaker=who, words=made))
    return Transcript(turns=turns, candidate="Ann" if any(who == "Ann" for who, _ in said) else None)


@pytest.mark.model
@given(TALK)
@settings(max_examples=60, deadline=None)
def test_seconds_and_words_add_up(said):
    report = ANALYZER.analyze(built(said))
    delivery = report.delivery
    seconds = [getattr(delivery.seconds, role) for role in ROLES]
    length = sum(turn.end - turn.start for turn in delivery.turns)
    assert sum(seconds) == pytest.approx(delivery.seconds_spoken, abs=0.004)
    assert delivery.seconds_spoken + delivery.pauses.seconds == pytest.approx(length, abs=0.004)
    for role in ROLES:
        told = sum(getattr(turn.words, role) for turn in delivery.turns)
        assert told == (getattr(report.balance.words, role) if report.balance else 0)


@pytest.mark.model
@given(TALK)
@settings(max_examples=60, deadline=None)
def test_each_part_is_supplied_by_one_turn(said):
    report = ANALYZER.analyze(built(said))
    supplied = [role for turn in report.delivery.turns for role in turn.supplies]
    assert sorted(supplied) == sorted({span.role for span in report.spans} & set(STORY_ROLES))


@pytest.mark.model
def test_the_example_of_the_guide_prints_what_it_shows(tmp_path, monkeypatch, capsys):
    talk, code, shown = (
        re.search(f"```{kind}\n(.*?)```", PAGE, re.S)[1] for kind in ("vtt", "python", "text")
    )
    (tmp_path / "mock.vtt").write_text(talk, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    exec(code, {})
    assert capsys.readouterr().out == shown
