"""The one pass over the tokens finds what a regular expression finds, clause by clause."""

import re
from itertools import chain
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from goldlines import TOKENIZE
from starl.clauses import Clauses, cut
from starl.findings import wording
from starl.findings.automaton import PhraseBook
from starl.findings.evidence import is_quantified
from starl.findings.phrases import END, GAP, KINDS, Phrases, parts_of
from starl.findings.wording import LISTS, QUANTITY, STATE, VAGUE, WOULD, book

PLAIN = [p for p in LISTS if not re.search(r"[<|]", "".join((*p.phrases, *p.but)))]
"""The lists of words, which the oracle knows how to read."""
WORDS = sorted({word for p in PLAIN for text in p.phrases for word in text.replace("*", "ing").split()})


def answers(*texts: str) -> Clauses:
    """Return a batch of answers of one clause each; " / " parts clauses."""
    tokens = TOKENIZE([text.replace(" / ", " ") for text in texts])
    opens = np.zeros(len(tokens), dtype=bool)
    for i, text in enumerate(texts):
        at = np.cumsum([len(part) + 1 for part in text.split(" / ")])
        first, last = tokens.offsets[i : i + 2]
        opens[first:last] = np.isin(tokens.start_char[first:last], at)
    return cut(tokens, opens)


def found(phrases: Phrases, *texts: str) -> list[bool]:
    holding: list[bool] = book().find(answers(*texts)).holds(phrases).tolist()
    return holding


def oracle(phrases: tuple[str, ...]) -> re.Pattern[str]:
    patterns = (
        re.escape(text)
        .replace(r"\ \.\.\.\ ", r"\s+(?:\S+\s+){0,3}?")
        .replace(r"\ ", r"\s+")
        .replace(r"\*", r"\w*")
        for text in phrases
    )
    return re.compile(rf"(?<!\w)(?:{'|'.join(patterns)})(?!\w)", re.IGNORECASE)


texts_of_cues = st.lists(
    st.tuples(
        st.sampled_from([*WORDS, "Priya", "a", "very", "so", "the"]), st.sampled_from([" ", ", ", "\n"])
    ),
    min_size=1,
    max_size=30,
).map(lambda pairs: "".join(chain.from_iterable(pairs)).strip(", \n"))


@settings(max_examples=60, deadline=None)
@given(st.lists(texts_of_cues, min_size=1, max_size=4))
def test_every_list_of_words_is_found_as_its_pattern_finds_it(texts: list[str]) -> None:
    here = book().find(answers(*texts))
    for phrases in PLAIN:
        pattern = oracle(phrases.phrases)
        assert here.holds(phrases).tolist() == [bool(pattern.search(text)) for text in texts], phrases.name


letters = st.lists(st.sampled_from("abcd"), min_size=1, max_size=4).map(" ".join)
gapped = st.tuples(letters, letters).map(" ... ".join)
some_lists = st.lists(
    st.lists(st.one_of(letters, gapped, st.just("b*")), min_size=1, max_size=4), min_size=1, max_size=3
)


@settings(max_examples=150, deadline=None)
@given(
    some_lists, st.lists(st.lists(st.sampled_from("abcde"), min_size=1, max_size=12), min_size=1, max_size=3)
)
def test_any_lists_are_found_as_their_patterns_find_them(
    lists: list[list[str]], texts: list[list[str]]
) -> None:
    all_phrases = [Phrases(str(i), tuple(texts)) for i, texts in enumerate(lists)]
    told = [" ".join(words) for words in texts]
    here = PhraseBook(all_phrases).find(answers(*told))
    for phrases in all_phrases:
        pattern = oracle(phrases.phrases)
        assert here.holds(phrases).tolist() == [bool(pattern.search(text)) for text in told]


@settings(max_examples=60, deadline=None)
@given(st.lists(texts_of_cues, min_size=2, max_size=5), st.randoms(use_true_random=False))
def test_the_order_of_answers_orders_what_is_found(texts: list[str], random: Random) -> None:
    order = list(range(len(texts)))
    random.shuffle(order)
    straight, mixed = found(VAGUE, *texts), found(VAGUE, *(texts[i] for i in order))
    assert mixed == [straight[i] for i in order]


@pytest.mark.parametrize("phrases", LISTS, ids=lambda p: p.name)
def test_a_phrase_is_cut_where_the_tokenizer_cuts_a_text(phrases: Phrases) -> None:
    for text in (*phrases.phrases, *phrases.but):
        parts = [
            (part.split("|")[0].replace("*", "s"), " " * spaced)
            for part, spaced in parts_of(text)
            if part not in (*KINDS, GAP, END)
        ]
        tokens = TOKENIZE(["".join(space + word for word, space in parts)])
        assert [tokens.text(i) for i in range(len(tokens))] == [word for word, _ in parts]


def test_each_word_of_a_choice_is_one_token() -> None:
    parts = {part for p in LISTS for text in (*p.phrases, *p.but) for part, _ in parts_of(text)}
    words = {word.replace("*", "s") for part in parts - {*KINDS, GAP, END} for word in part.split("|")}
    assert [word for word in words if len(TOKENIZE([word])) != 1] == []


def test_every_list_of_the_module_is_looked_for() -> None:
    assert {p.name for p in vars(wording).values() if isinstance(p, Phrases)} == {p.name for p in LISTS}
    assert len({p.name for p in LISTS}) == len(LISTS)


def test_every_kind_in_a_phrase_is_known() -> None:
    parts = {part for p in LISTS for text in (*p.phrases, *p.but) for part, _ in parts_of(text)}
    assert {part for part in parts if "<" in part} <= {*KINDS, END}


def test_a_phrase_does_not_reach_into_the_next_clause_or_answer() -> None:
    assert found(VAGUE, "I did my / best", "did my", "best") == [False] * 4
    assert found(VAGUE, "I did my best / it", "did my best") == [True, False, True]


def test_a_gap_ends_with_the_clause() -> None:
    assert found(VAGUE, "we built a very good relationship") == [True]
    assert found(VAGUE, "we built a very / strong relationship") == [False, False]
    assert found(VAGUE, "we built a really rather quite very close relationship") == [False]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("buy-in", True),
        ("buy - in", False),
        ("buy in", False),
        ("cross-functional", True),
        ("step by step", True),
    ],
)
def test_white_space_stands_only_where_the_phrase_has_it(text: str, expected: bool) -> None:
    assert found(VAGUE, f"we got {text} early") == [expected]


def test_a_place_is_taken_back_only_once() -> None:
    texts = ("in 2019", "in 2019 and 2020", "in 2019, since 2020", "2019 was long", "by 2019 it was 4")
    assert found(QUANTITY, *texts) == [False, True, False, True, True]


def test_the_end_of_the_clause_is_a_part_of_a_phrase() -> None:
    assert found(QUANTITY, "I got a B", "I got a B / and left", "I got a B film", "a plan B") == [
        True, True, False, False, False,
    ]  # fmt: skip


def test_either_apostrophe_is_one() -> None:
    assert found(WOULD, "I'd ask", "I’d ask", "I’d been there", "we'd say so") == [True, True, False, False]


def test_a_state_is_none_where_something_is_asked_for() -> None:
    assert found(STATE, "it was dark", "I was asked to go", "I was asked while it was dark") == [
        True,
        False,
        True,
    ]


def test_a_clause_opens_with_a_phrase_only_at_its_first_token() -> None:
    here = book().find(answers("At the depot / we waited at noon", "So when it rained"))
    assert here.opens(wording.SETTING).tolist() == [True, False, True]


def test_of_phrases_at_one_place_the_longest_is_shown() -> None:
    clauses = answers("Then a proactive approach, and I did my best")
    spot = book().find(clauses).spot(VAGUE, 0)
    assert clauses.tokens.texts[0][spot.start_char : spot.end_char] == "proactive approach"


@pytest.mark.parametrize("texts", [(), ("",), ("", "  ")])
def test_answers_without_words_have_no_clause_to_look_in(texts: tuple[str, ...]) -> None:
    assert found(VAGUE, *texts) == found(WOULD, *texts) == []


def test_an_empty_answer_between_others_changes_nothing() -> None:
    assert found(VAGUE, "I did my", "", "best, I did my best") == [False, True]


def test_strings_met_later_are_known_as_well() -> None:
    small = PhraseBook([Phrases("grown", ("grow*", "<digit> <ed>"))])
    before = small.find(answers("nothing here")).holds(Phrases("grown", ()))
    after = small.find(answers("it growled", "7 needed", "7 needs")).holds(Phrases("grown", ()))
    assert before.tolist() + after.tolist() == [False, True, True, False]


def test_a_token_that_fits_no_phrase_is_not_taken_for_the_end_of_a_clause():
    """A grade counts before the end of the clause: "got a B", not "a B/c of it"."""
    assert is_quantified("I got a B")
    assert not is_quantified("a B/c of it")
