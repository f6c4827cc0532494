"""Files of timed talk -> turns with timed words -> the candidate's answer."""

import json
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from starl.report import CandidateRule
from starl.transcripts import (
    Transcript,
    TranscriptError,
    Turn,
    Word,
    read_srt,
    read_transcript,
    spoken,
    spread,
)
from starl.transcripts.captions import parse_srt, parse_vtt
from starl.transcripts.whisper import parse_whisper


def vtt(*cues):
    """A WebVTT text of cues as (times, lines)."""
    return "WEBVTT\n\n" + "\n\n".join(f"{times}\n{lines}" for times, lines in cues)


def srt(*cues):
    return "\n\n".join(f"{n}\n{times}\n{lines}" for n, (times, lines) in enumerate(cues, 1))


def turns(talk):
    return [(turn.speaker, turn.text) for turn in talk.turns]


def times(talk):
    return [(word.text, word.start, word.end) for turn in talk.turns for word in turn.words]


A, B, C = "00:01.000 --> 00:03.000", "00:03.000 --> 00:05.000", "00:05.500 --> 00:07.000"
SA, SB, SC = (f"00:{a[:5]},{a[6:9]} --> 00:{b[:5]},{b[6:]}" for a, b in (t.split(" --> ") for t in (A, B, C)))


# WebVTT


def test_voice_tags_name_the_speakers():
    talk = parse_vtt(vtt((A, "<v Bo Li>Were you late?</v>"), (B, "<v.loud Ann>Once."), (C, "<v Ann>In May.")))
    assert turns(talk) == [("Bo Li", "Were you late?"), ("Ann", "Once. In May.")]


def test_a_cue_without_a_voice_goes_on_with_the_speaker_before():
    talk = parse_vtt(vtt((A, "<v Bo>Were you late?"), (B, "<v Ann>Once."), (C, "In May.")))
    assert turns(talk)[1] == ("Ann", "Once. In May.")


def test_one_cue_may_hold_two_voices():
    talk = parse_vtt(vtt((A, "<v Bo>Late?\n<v Ann>Once.")))
    assert turns(talk) == [("Bo", "Late?"), ("Ann", "Once.")]
    assert times(talk) == [("Late?", 1.0, 2.0), ("Once.", 2.0, 3.0)]


def test_settings_identifiers_and_blocks_that_are_no_cues_are_left_out():
    text = (
        "WEBVTT - a mock\nKind: captions\n\nSTYLE\n::cue { color: red }\n\n"
        "REGION\nid:x\n\nNOTE\nby hand --> no\n\n"
        f"cue 1\n{A} align:start position:0%\nWe were late.\n\nNOTE the end"
    )
    assert turns(parse_vtt(text)) == [(None, "We were late.")]


def test_tags_go_and_entities_are_read():
    talk = parse_vtt(
        vtt((A, "<i>Pay &amp; rota</i> were <c.yellow>&lt;late&gt;</c>,&nbsp;un<b>true</b> at 3 < 4"))
    )
    assert turns(talk) == [(None, "Pay & rota were <late>, untrue at 3 < 4")]


def test_time_stamps_inside_a_cue_time_its_words():
    talk = parse_vtt(vtt((A, "We<00:01.500> were<00:02.500><c> late</c>")))
    assert times(talk) == [("We", 1.0, 1.5), ("were", 1.5, 2.5), ("late", 2.5, 3.0)]


def test_a_time_stamp_outside_its_cue_is_kept_within_it():
    talk = parse_vtt(vtt((A, "We<00:09.000> rang<00:00.500> them")))
    assert times(talk) == [("We", 1.0, 3.0), ("rang", 3.0, 3.0), ("them", 3.0, 3.0)]


def test_without_time_stamps_words_share_the_cue_by_their_characters():
    assert times(parse_vtt(vtt((A, "so we rang")))) == [
        ("so", 1.0, 1.5), ("we", 1.5, 2.0), ("rang", 2.0, 3.0),
    ]  # fmt: skip


def test_hours_may_be_given_and_may_be_many():
    assert times(parse_vtt(vtt(("100:00:01.000 --> 100:00:02.000", "Late")))) == [
        ("Late", 360001.0, 360002.0)
    ]


ROLLING = vtt(
    ("00:00.000 --> 00:02.000", " \nso<00:00.500><c> last</c><00:01.000><c> year</c>"),
    ("00:02.000 --> 00:02.010", "so last year\n "),
    ("00:02.010 --> 00:04.000", "so last year\nI<00:03.000><c> rang</c>"),
    ("00:04.000 --> 00:04.010", "I rang\n "),
    ("00:04.010 --> 00:05.000", "I rang\nthem"),
)


def test_lines_that_rolling_captions_show_again_count_once():
    assert turns(parse_vtt(ROLLING)) == [(None, "so last year I rang them")]
    assert times(parse_vtt(ROLLING))[2:5] == [("year", 1.0, 2.0), ("I", 2.01, 3.0), ("rang", 3.0, 4.0)]


def test_captions_that_grow_count_each_word_once():
    talk = parse_vtt(vtt((A, "We"), (B, "We were"), ("00:05.000 --> 00:06.000", "We were late")))
    assert turns(talk) == [(None, "We were late")]


def test_a_word_said_twice_by_two_people_is_no_rolling_caption():
    cues = [(A, "<v Bo>Okay."), (B, "<v Ann>Okay."), ("00:05.000 --> 00:06.000", "<v Bo>Okay.")]
    assert [text for _, text in turns(parse_vtt(vtt(*cues)))] == ["Okay."] * 3


def test_one_repeated_line_in_a_long_file_stays():
    cues = [
        (f"00:0{i}.000 --> 00:0{i + 1}.000", text)
        for i, text in enumerate(["No.", "No.", "We", "rang", "on"])
    ]
    assert turns(parse_vtt(vtt(*cues))) == [(None, "No. No. We rang on")]


def test_cues_out_of_order_are_put_in_order():
    assert turns(parse_vtt(vtt((C, "late."), (A, "We"), (B, "were")))) == [(None, "We were late.")]


def test_a_cue_ends_where_the_next_of_its_speaker_begins():
    talk = parse_vtt(vtt(("00:01.000 --> 00:09.000", "We"), ("00:02.000 --> 00:04.000", "rang")))
    assert times(talk) == [("We", 1.0, 2.0), ("rang", 2.0, 4.0)]


def test_people_may_speak_at_the_same_time():
    talk = parse_vtt(
        vtt(("00:01.000 --> 00:09.000", "<v Ann>We"), ("00:02.000 --> 00:04.000", "<v Bo>Late?"))
    )
    assert times(talk) == [("We", 1.0, 9.0), ("Late?", 2.0, 4.0)]


def test_cues_of_one_speaker_that_begin_at_once_are_one():
    assert times(parse_vtt(vtt((A, "We"), (A, "rang")))) == [("We", 1.0, 1.667), ("rang", 1.667, 3.0)]


# SRT


def test_srt_takes_commas_dots_and_times_without_hours():
    text = "1\n00:00:01,000 --> 00:00:02,000\nWe\n\n2\n00:02.5 --> 00:03.250 X1:0\nrang\n"
    assert times(parse_srt(text)) == [("We", 1.0, 2.0), ("rang", 2.5, 3.25)]


def test_srt_needs_no_blank_line_between_cues_and_keeps_one_inside():
    text = f"1\r\n{SA}\r\nWe\r\n\r\nwere\r\n2\r\n{SB}\r\nlate in\r\n2019\r\n\r\n3\r\n{SC}\r\nor so"
    assert turns(parse_srt(text)) == [(None, "We were late in 2019 or so")]


def test_names_before_a_colon_are_speakers_if_the_first_line_has_one():
    talk = parse_srt(srt((SA, "Bo: Late?"), (SB, "Ann Berg: The plan: ring all."), (SC, "Result: we did.")))
    assert turns(talk) == [("Bo", "Late?"), ("Ann Berg", "The plan: ring all. Result: we did.")]


def test_a_colon_later_in_a_talk_names_nobody():
    talk = parse_srt(srt((SA, "We had one plan."), (SB, "Note: it was mine.")))
    assert turns(talk) == [(None, "We had one plan. Note: it was mine.")]


def test_labels_of_diarisers_are_speakers():
    talk = parse_srt(srt((SA, "[SPEAKER_01]: Late?"), (SB, "Speaker 2: Once."), (SC, "[SPEAKER_01]: When?")))
    assert [who for who, _ in turns(talk)] == ["SPEAKER_01", "Speaker 2", "SPEAKER_01"]


@pytest.mark.parametrize("dash", ["- ", "-", ">> "])
def test_a_dash_changes_the_speaker(dash):
    talk = parse_srt(
        srt((SA, f"{dash}Were you late?\n{dash}Once."), (SB, "In May."), (SC, f"{dash}And then?"))
    )
    assert turns(talk) == [
        ("speaker 1", "Were you late?"), ("speaker 2", "Once. In May."), ("speaker 1", "And then?"),
    ]  # fmt: skip


def test_a_dash_within_a_sentence_changes_nobody():
    assert [who for who, _ in turns(parse_srt(srt((SA, "It was May"), (SB, "- and cold."))))] == [None]


def test_sounds_and_styles_are_no_words():
    talk = parse_srt(
        srt(
            (SA, "{\\an8}[Music] ♪ We [coughs] rang"), (SB, "(laughs)"), (SC, "<font color='red'>them</font>")
        )
    )
    assert turns(talk) == [(None, "We rang them")]


# Whisper


def segment(start, end, text, **more):
    return {"start": start, "end": end, "text": text, **more}


def whisper(*segments):
    return parse_whisper(json.dumps({"segments": segments, "language": "en"}))


def word(text, start=None, end=None, **more):
    return {"word": text} | {k: v for k, v in (("start", start), ("end", end)) if v is not None} | more


def test_segments_without_words_are_spread():
    assert times(whisper(segment(1, 3, " so we rang", tokens=[50364, 407]))) == [
        ("so", 1.0, 1.5), ("we", 1.5, 2.0), ("rang", 2.0, 3.0),
    ]  # fmt: skip


def test_words_keep_their_own_times():
    talk = whisper(segment(0, 3, " We rang.", words=[word(" We", 0.1, 0.4), word(" rang.", 2.0, 2.5)]))
    assert times(talk) == [("We", 0.1, 0.4), ("rang.", 2.0, 2.5)]


def test_parts_of_a_word_are_put_together():
    parts = [word(" twenty", 0, 1), word("-two", 1, 1.5), word(" calls", 1.5, 2)]
    assert times(whisper(segment(0, 2, " twenty-two calls", words=parts))) == [
        ("twenty-two", 0.0, 1.5), ("calls", 1.5, 2.0),
    ]  # fmt: skip


def test_words_without_times_share_what_their_neighbours_leave():
    words = [word("We", 0, 1), word("rang"), word("40"), word("firms", 4, 5)]
    assert times(whisper(segment(0, 5, "We rang 40 firms", words=words)))[1:3] == [
        ("rang", 1.0, 3.0), ("40", 3.0, 4.0),
    ]  # fmt: skip


def test_words_at_the_edges_share_the_rest_of_the_segment():
    words = [word("40"), word("firms", 1, 2), word("rang")]
    assert times(whisper(segment(0, 4, "40 firms rang", words=words))) == [
        ("40", 0.0, 1.0), ("firms", 1.0, 2.0), ("rang", 2.0, 4.0),
    ]  # fmt: skip


def test_speakers_stand_on_segments_or_on_words():
    words = [
        word("Late?", 0, 1, speaker="SPEAKER_00"),
        word("Once.", 1, 2, speaker="SPEAKER_01"),
        word("May.", 2, 3),
    ]
    talk = whisper(
        segment(0, 3, "Late? Once. May.", words=words), segment(3, 4, "Why?", speaker="SPEAKER_00")
    )
    assert turns(talk) == [("SPEAKER_00", "Late?"), ("SPEAKER_01", "Once. May."), ("SPEAKER_00", "Why?")]


def test_whisper_cpp_gives_milliseconds_and_tokens():
    def item(text, start, end, **more):
        return {"text": text, "offsets": {"from": start, "to": end}, **more}

    tokens = [item("[_BEG_]", 0, 0), item(" We", 0, 500), item(" r", 500, 700), item("ang", 700, 1500)]
    talk = parse_whisper(json.dumps({"transcription": [item(" We rang", 0, 2000, tokens=tokens)]}))
    assert times(talk) == [("We", 0.0, 0.5), ("rang", 0.5, 1.5)]


def test_words_beside_segments_take_the_marks_of_the_text():
    data = {"segments": [segment(0, 2, " We rang,"), segment(2, 3, " twice.")]}
    data["words"] = [word("We", 0, 1), word("rang", 1, 2), word("twice", 2.1, 3)]
    assert times(parse_whisper(json.dumps(data))) == [("We", 0, 1), ("rang,", 1, 2), ("twice.", 2.1, 3)]


def test_a_bare_list_of_segments_or_of_words_is_read():
    bare = parse_whisper(json.dumps([segment(0, 1, "We"), segment(1, 2, "rang")]))
    words = parse_whisper(json.dumps([word("We", 0, 1), word("rang", 1, 2)]))
    assert times(bare) == times(words) == [("We", 0, 1), ("rang", 1, 2)]


def test_a_word_of_no_known_end_has_none():
    assert times(whisper(segment(0, 3, "We rang", words=[word("We", 0), word("rang", 2, 3)])))[0] == (
        "We",
        0,
        None,
    )


def test_words_that_overlap_or_step_back_are_put_in_order():
    words = [word("We", 0, 2.5), word("rang", 2, 1.9), word("them", 1.5, 3)]
    assert times(whisper(segment(0, 3, "We rang them", words=words))) == [
        ("We", 0.0, 2.0), ("rang", 2.0, 2.0), ("them", 2.0, 3.0),
    ]  # fmt: skip


# Files that are none

BAD = {
    "a.vtt": [
        ("", "a.vtt:1: .* must begin with WEBVTT, got ''"),
        (f"WEBVTTX\n\n{A}\nWe", "a.vtt:1: .* got 'WEBVTTX'"),
        (vtt((A, "We"), ("00:01.000 -> 00:02.000", "rang")), "a.vtt:6: a block must have times with -->"),
        (vtt(("00:61.000 --> 00:62.000", "We")), "a.vtt:3: times must be .*, got '00:61.000 --> 00:62"),
        (vtt(("one --> two", "We")), "a.vtt:3: times must be as .*, got 'one --> two'"),
        (vtt(("00:03.000 --> 00:01.000", "We")), "a.vtt:3: a cue must end at 3 s or later, got 1 s"),
        (vtt(("999999:00:00.000 --> 999999:00:01.000", "We")), "a.vtt:3: times must be as"),
    ],
    "a.srt": [
        ("We were late.", "a.srt:1: an SRT file must begin with the times of a cue, got 'We were late.'"),
        ("1\n", "a.srt: an SRT file must have times with -->"),
        ("1\n00:00:01,000 --> 00:00:x\nWe", "a.srt:2: times must be as"),
    ],
    "a.json": [
        ("{", "a.json: must be JSON, got '{'"),
        ("[" * 100_000, r"a.json: must be JSON"),
        ('{"text": "We"}', r"a.json: must have a list of segments.*, got \['text'\]"),
        ("3", "a.json: must have a list of segments.*, got int"),
        (json.dumps([segment("x", 1, "We")]), "segment 0: start must be seconds in 0..1e.06, got 'x'"),
        (json.dumps([segment(-1, 1, "We")]), "segment 0: start must be seconds in .*, got -1"),
        (json.dumps([segment(float("nan"), 1, "We")]), "segment 0: start must be seconds in .*, got nan"),
        (json.dumps([{"text": "We"}]), "segment 0: start must be seconds in .*, got None"),
        (json.dumps([segment(2, 1, "We")]), "segment 0: must end at 2 s or later, got 1"),
        (json.dumps([segment(0, 1, "We", words="We")]), "segment 0: words must be a list, got 'We'"),
        (json.dumps([{"word": "We"}]), "segment 0: words or their segment must have a start, got none"),
        (json.dumps([segment(0, 1, "\ud800")]), "a.json: .*(unicode|surrogate)"),
    ],
    "a.txt": [("We were late.", "a.txt: must be WebVTT, SRT or JSON, got 'We were late.'")],
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "text", "message"), [(n, *case) for n, cases in BAD.items() for case in cases]
)
def test_a_bad_file_is_named_with_its_place_rule_and_value(name, text, message, tmp_path):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    with pytest.raises(TranscriptError, match=message):
        read_transcript(path)


@pytest.mark.parametrize(("raw", "what"), [(b"WEBVTT\xff", "byte 0xff at 6"), (b"W\0E\0", "NUL bytes")])
def test_a_file_must_be_utf8(raw, what, tmp_path):
    (tmp_path / "a.vtt").write_bytes(raw)
    with pytest.raises(TranscriptError, match=rf"a\.vtt: must be UTF-8 text, got {what}"):
        read_transcript(tmp_path / "a.vtt")


@pytest.mark.parametrize(
    "text", [vtt((A, "We rang")), srt((SA, "We rang")), json.dumps([segment(1, 3, "We rang")])]
)
def test_the_content_decides_where_the_suffix_says_nothing(text, tmp_path):
    path = tmp_path / "talk"
    path.write_text("\ufeff" + text, encoding="utf-8")
    assert times(read_transcript(path)) == [("We", 1.0, 1.667), ("rang", 1.667, 3.0)]


@pytest.mark.parametrize("text", ["WEBVTT", "WEBVTT\n\nNOTE nothing\n"])
def test_a_talk_may_be_silent(text):
    assert parse_vtt(text) == Transcript(turns=())
    assert spoken(parse_vtt(text)).text == ""


# Turns by hand


def test_a_turn_is_made_of_a_text_or_of_words():
    by_text = Turn(speaker="Ann", text="We rang", start=0, end=3)
    by_words = Turn(speaker="Ann", words=(Word(text="We", start=0, end=1), Word(text="rang", start=1, end=3)))
    assert by_text == by_words
    assert Turn.model_validate_json(by_text.model_dump_json()) == by_text


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"text": "We"}, "must have words, or text with start and end"),
        ({"text": "We", "start": 3, "end": 1}, "must have words"),
        ({"text": "We", "start": -1, "end": 1}, "greater than or equal to 0"),
        ({"words": [{"text": "We rang", "start": 0}]}, "must hold no white space, got 'We rang'"),
        ({"words": [{"text": "We", "start": 2, "end": 1}]}, "must end at 2.0 or later, got 1.0"),
        ({"words": [{"text": "We", "start": 2}, {"text": "rang", "start": 1}]}, "begin one after the other"),
        ({"words": [{"text": "We", "start": 2}], "text": "I"}, "must be its words, got 'I'"),
        ({"words": [{"text": "We", "start": 2, "end": 4}], "end": 3}, "end with its last word .*, got 3.0"),
    ],
)  # fmt: skip
def test_a_turn_that_does_not_fit_is_refused(fields, message):
    with pytest.raises(ValidationError, match=message):
        Turn(**fields)


def test_turns_must_be_in_order():
    early, late = (Turn(text="We", start=t, end=t + 1) for t in (1, 5))
    with pytest.raises(ValidationError, match="begin one after the other"):
        Transcript(turns=(late, early))


@given(st.text(st.sampled_from("ab é.\n\u2003"), max_size=40), st.floats(0, 100), st.floats(0, 100))
def test_spread_words_are_those_of_the_text_and_fill_its_time(text, start, length):
    words = spread(text, start, start + length)
    assert [word.text for word in words] == text.split()
    edges = [edge for word in words for edge in (word.start, word.end)]
    assert edges == sorted(edges)
    assert not words or edges[-1] == start + length
    assert not words or edges[0] == pytest.approx(start, abs=0.001)


# The answer


def talk(*said, candidate=None):
    """Turns of two seconds each, as "Name: words"."""
    parts = [line.split(": ", 1) for line in said]
    return Transcript(
        turns=[
            Turn(speaker=who, text=text, start=2 * i, end=2 * i + 2) for i, (who, text) in enumerate(parts)
        ],
        candidate=candidate,
    )


def test_the_one_with_more_words_is_the_candidate():
    answer = spoken(talk("Bo: Were you late?", "Ann: Once, and I rang the client."))
    assert (answer.candidate, answer.rule) == ("Ann", CandidateRule.MOST_WORDS)


def test_of_two_with_as_many_words_the_later_is_the_candidate():
    assert spoken(talk("Bo: Late?", "Ann: Once.")).candidate == "Ann"


def test_the_only_speaker_is_the_candidate():
    assert spoken(talk("Ann: Once.")).rule is CandidateRule.ONE_SPEAKER


def test_a_candidate_who_is_named_is_taken_in_any_case(tmp_path):
    (tmp_path / "a.srt").write_text(
        srt((SA, "Bo: Were you ever late?"), (SB, "Ann: Once.")), encoding="utf-8"
    )
    answer = spoken(read_srt(tmp_path / "a.srt", candidate="ann"))
    assert (answer.candidate, answer.rule, answer.text) == ("Ann", CandidateRule.NAMED, "Once.")


def test_a_candidate_who_does_not_speak_is_refused(tmp_path):
    (tmp_path / "a.srt").write_text(srt((SA, "Bo: Late?"), (SB, "Ann: Once.")), encoding="utf-8")
    with pytest.raises(
        TranscriptError, match=r"a.srt: candidate must be one of the speakers \(Bo, Ann\), got 'Cy'"
    ):
        read_srt(tmp_path / "a.srt", candidate="Cy")


def test_the_interviewers_ask_and_the_candidate_answers():
    answer = spoken(
        talk("Bo: Late?", "Cy: Ever?", "Ann: Once, in May.", "Bo: And?", "Ann: I rang.", candidate="Ann")
    )
    assert answer.text == "Once, in May.\nI rang."
    assert answer.question == "Late? Ever?"
    assert [turn.question for turn in answer.turns] == ["Late? Ever?", "And?"]


def test_a_nod_does_not_end_a_turn():
    answer = spoken(
        talk("Ann: Once we were late.", "Bo: Mm-hmm, okay.", "Ann: I rang.", "Bo: Right?", "Ann: Yes.")
    )
    assert answer.text == "Once we were late. I rang.\nYes."


def test_greetings_before_the_question_are_not_the_answer_to_it():
    said = ("Bo: Hi Ann, welcome.", "Ann: Hello!", "Bo: Were you late?", "Ann: Once, I was.")
    answer = spoken(talk(*said, candidate="Ann"))
    assert answer.question == "Hi Ann, welcome. Were you late?"


def test_characters_lead_to_turns_and_seconds():
    answer = spoken(talk("Ann: Once late", "Bo: And then?", "Ann: I rang all"))
    assert answer.text == "Once late\nI rang all"
    assert [answer.turn_at(i) for i in (0, 9, 10)] == [0, 0, 1]
    assert [answer.seconds_at(i) for i in (0, 2, 4, 5, 10)] == [0.0, 0.5, 1.0, 1.0, 4.0]


def test_there_is_no_character_after_the_text():
    with pytest.raises(IndexError, match=r"character must be in 0..8, got 9"):
        spoken(talk("Ann: Once late")).turn_at(9)


SPEECH = st.lists(
    st.tuples(st.sampled_from(["Ann", "Bo"]), st.sampled_from(["I rang", "yes", "Why?", "so um , it"]))
)
CUES = st.lists(
    st.tuples(st.integers(0, 90), st.integers(0, 9), st.sampled_from(["Ann", "Bo", "Cy"]), st.text("ab ?"))
)


def clock(seconds):
    return f"{seconds // 60:02}:{seconds % 60:02}.000"


@given(CUES)
def test_whatever_the_cues_no_word_begins_before_the_one_it_follows(cues):
    text = vtt(*((f"{clock(a)} --> {clock(a + n)}", f"<v {who}>{said.strip()}") for a, n, who, said in cues))
    answer = spoken(parse_vtt(text))
    edges = [edge for word in answer.words for edge in (word.start, word.end)]
    assert edges == sorted(edges)


@given(SPEECH)
def test_each_word_of_the_candidate_is_in_the_text_once(said):
    answer = spoken(talk(*(f"{who}: {text}" for who, text in said)))
    own = [word for who, text in said if who == answer.candidate for word in text.split()]
    assert answer.text.split() == own
    assert [answer.text[word.start_char : word.end_char] for word in answer.words] == own


def test_reading_a_transcript_needs_no_spacy():
    code = "import sys; from starl.transcripts import read_transcript; print('spacy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
