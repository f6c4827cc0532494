"""Who did the deed of a clause."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from starl.agents import Deeds, find_agents
from starl.agents_lexicon import Kind, kind_of
from starl.clauses import Clauses, cut
from starl.roles import AGENTS, Agent
from starl.tokens import Tokenizer

DATA = Path(__file__).parent / "data" / "agents.txt"
WORDS = {"I": Agent.I, "we": Agent.WE, "other": Agent.OTHER, "team": Agent.OTHER, "none": Agent.NONE}
TOKENIZER = Tokenizer()

CLAUSES = [
    "I called him,",
    "and fixed it.",
    "The roof leaked,",
    "cutting costs.",
    "Wrote a note.",
    "um",
    "-",
    "and",
]
MORE = [
    "we left",
    "who paid.",
    "It was led by me",
    "The team",
    "I got a B",
    "had it done",
    "to rest",
    "5",
    "a/b",
    "x-y",
]
answers = st.lists(st.lists(st.sampled_from([*CLAUSES, *MORE]), max_size=6), max_size=4)
plain = st.tuples(
    st.sampled_from(["", "When it rang, ", "So ", "In the spring ", "and ", "I think ", "As a result, "]),
    st.sampled_from(
        ["called the firm", "had to wait", "did not sign it", "was asked to stay", "got the key", "knew it"]
    ),
    st.sampled_from([".", " and left.", ", which helped.", " because he asked."]),
)


def golden() -> list[str]:
    return [line for line in DATA.read_text("utf-8").splitlines() if line[0] != "#"]


def clauses_of(batch: list[list[str]]) -> Clauses:
    tokens = TOKENIZER([" ".join(answer) for answer in batch])
    opens = np.zeros(len(tokens), dtype=bool)
    for i, answer in enumerate(batch):
        starts = np.cumsum([0] + [len(clause) + 1 for clause in answer])[:-1]
        first, end = tokens.offsets[i : i + 2]
        opens[first + np.searchsorted(tokens.start_char[first:end], starts)] = True
    return cut(tokens, opens)


def agents_of(*clauses: str) -> list[int]:
    return [int(agent) for agent in find_agents(clauses_of([list(clauses)])).agent]


def words_of(deeds: Deeds) -> list[str]:
    names = {AGENTS.index(agent): word for word, agent in WORDS.items() if word != "team"} | {-1: "-"}
    return [
        "team" if team else names[agent] for agent, team in zip(deeds.agent.tolist(), deeds.team, strict=True)
    ]


@pytest.mark.parametrize("line", golden())
def test_each_clause_of_the_table_has_its_agent(line: str) -> None:
    text, agents = line.split(" => ")
    assert words_of(find_agents(clauses_of([text.split(" | ")]))) == agents.split()


def test_the_table_has_at_least_sixty_examples() -> None:
    assert len(golden()) >= 60


@given(answers)
def test_the_rest_of_a_batch_never_changes_an_agent(batch: list[list[str]]) -> None:
    together = find_agents(clauses_of(batch))
    apart = [find_agents(clauses_of([answer])) for answer in batch]
    assert together.agent.tolist() == [agent for deeds in apart for agent in deeds.agent.tolist()]
    assert together.team.tolist() == [team for deeds in apart for team in deeds.team.tolist()]


@given(answers)
def test_every_agent_is_an_index_or_minus_one(batch: list[list[str]]) -> None:
    clauses = clauses_of(batch)
    deeds = find_agents(clauses)
    assert deeds.agent.shape == deeds.team.shape == (len(clauses),)
    assert set(deeds.agent.tolist()) <= {-1, *range(len(AGENTS))}
    assert (deeds.agent[deeds.team] == AGENTS.index(Agent.OTHER)).all()


@given(st.lists(plain, min_size=1, max_size=4), st.data())
def test_i_for_we_never_takes_a_deed_from_the_speaker(
    parts: list[tuple[str, str, str]], data: st.DataObject
) -> None:
    subjects = [data.draw(st.sampled_from(["I", "we", ""])) for _ in parts]

    def told(subjects: list[str]) -> list[int]:
        return agents_of(*(f"{a}{s} {b}{c}" for s, (a, b, c) in zip(subjects, parts, strict=True)))

    mixed, alone = told(subjects), told([s.replace("we", "I") for s in subjects])
    speaker = AGENTS.index(Agent.I)
    assert all(after == speaker for before, after in zip(mixed, alone, strict=True) if before == speaker)


@given(plain)
def test_we_for_i_turns_the_speaker_into_the_group(part: tuple[str, str, str]) -> None:
    """Nothing else about the subject matters: what is a deed of "I" is one of "we"."""
    before, verb, after = part
    (alone,), (together,) = agents_of(f"{before}I {verb}{after}"), agents_of(f"{before}we {verb}{after}")
    assert together == (AGENTS.index(Agent.WE) if alone == AGENTS.index(Agent.I) else alone)


@pytest.mark.parametrize("batch", [[], [[]], [[], []]])
def test_an_empty_batch_has_no_deeds(batch: list[list[str]]) -> None:
    deeds = find_agents(clauses_of(batch))
    assert len(deeds.agent) == len(deeds.team) == 0


@pytest.mark.parametrize(
    ("string", "kind"),
    [
        ("Quietly", Kind.ADV),
        ("radiologist", Kind.PEOPLE),
        ("zorbed", Kind.PAST),
        ("zorbing", Kind.ING),
        ("…", Kind.COMMA),
    ],
)
def test_an_unknown_word_is_read_by_its_form(string: str, kind: Kind) -> None:
    assert kind_of(string) & kind


def test_a_first_clause_without_a_subject_is_the_speakers() -> None:
    assert agents_of("called the client,") == [AGENTS.index(Agent.I)]


def test_a_subject_is_not_carried_into_another_answer() -> None:
    deeds = find_agents(clauses_of([["She came in,"], ["and fixed it."]]))
    assert words_of(deeds) == ["other", "I"]


@given(st.text(min_size=1))
def test_the_kind_of_any_token_is_a_number_that_fits_64_bits(string: str) -> None:
    assert 0 <= kind_of(string) < 2**63
