"""Explanations: every feature has its name, parts add up, rules show what they measured."""

from itertools import islice
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from starl.analyzer import load
from starl.clauses import cut
from starl.corpus import read_corpus
from starl.emissions import emit
from starl.errors import RuleError, TextError
from starl.explaining import NEIGHBOURS, QUESTION, REST, clause_at, explain
from starl.explanation_text import to_text
from starl.feature_names import CLAUSE_TEMPLATES, LISTS, name_features
from starl.features import CODED, GRIDS, N_FRAME, N_WORD, extract, grid_ids
from starl.lexicon import CUES
from starl.model import load_model
from starl.roles import ROLES, Role
from starl.tokens import Tokenizer

TOKENIZE = Tokenizer()
ANSWER = (
    "Last year our warehouse lost orders every week. I had to find the cause.\n"
    "I compared the lists with the drivers, and we called each of them. So I made a new form. "
    "After two months the errors fell by 50 %. I learned to ask first."
)
CORPUS = Path(__file__).parents[1] / "models" / "corpus"
WORDS = ["I", "we", "the", "team", "was", "had", "to", "fixed", "it", "learned", "so", "would", "you", "7"]
TEXTS = st.lists(st.sampled_from([*WORDS, ".", ",", "?", '"', "\n", "(", "making"]), max_size=90).map(
    " ".join
)


@pytest.fixture(scope="module")
def small():
    return load("en_starl_sm")


@pytest.fixture(scope="module")
def encoder():
    pytest.importorskip("onnxruntime")
    return load("en_starl_md")


def ids_of(clauses, n_bits):
    """The feature ids of each clause, in the order of the families."""
    families = extract(clauses, n_bits).families
    return [
        [i for f in families for i in f.by_row[:, f.begin[c] : f.end[c]].ravel().tolist()]
        for c in range(len(clauses))
    ]


def summed(explanation):
    return {role: sum(part.points.of(role) for part in explanation.parts) for role in ROLES}


def test_every_template_of_a_clause_has_a_name():
    n_grids = sum(len(grid_ids(name, 12)) for name in GRIDS)
    assert len(CLAUSE_TEMPLATES) == N_FRAME + n_grids
    assert len({template.salt for template in CLAUSE_TEMPLATES}) == len(CLAUSE_TEMPLATES)
    assert set(LISTS) == set(CUES) == set(CODED)


@given(st.lists(TEXTS, max_size=3), st.integers(1, 9))
@settings(max_examples=60, deadline=None)
def test_named_features_are_those_of_the_model(texts, every):
    tokens = TOKENIZE(texts)
    clauses = cut(tokens, np.arange(len(tokens)) % every == 0)
    named = name_features(clauses, 18)
    assert [[feature.id for feature in features] for features in named] == ids_of(clauses, 18)


def test_a_clause_of_more_words_than_features_see_is_named_alike():
    tokens = TOKENIZE(["we sold " * 100 + ". Then I left"])
    clauses = cut(tokens, np.array([tokens.text(i) == "Then" for i in range(len(tokens))]))
    assert [[f.id for f in features] for features in name_features(clauses, 18)] == ids_of(clauses, 18)


def test_features_read_as_words():
    tokens = TOKENIZE(["I had to act. So I rolled back"])
    clauses = cut(tokens, np.array([tokens.text(i) == "So" for i in range(len(tokens))]))
    names = {feature.name for feature in name_features(clauses, 18)[1]}
    assert {"word 'rolled'", "pair 'so rolled'", "first word 'so'", "tense: past"} <= names
    assert {"word 'act' in the clause before", "last clause", "a whole sentence"} <= names
    assert len(names) > N_WORD


@pytest.mark.model
def test_features_add_up_to_the_emission_on_the_corpus(small):
    for answer in islice(read_corpus([CORPUS]), 0, 4000, 200):
        scores = small.read([answer.text]).emitted.scores
        for i in (0, len(scores) // 2, -1):
            told = explain(small, answer.text, i)
            assert list(summed(told).values()) == scores[i].tolist()


@pytest.mark.model
@given(TEXTS)
@settings(max_examples=40, deadline=None)
def test_features_add_up_to_the_emission_on_any_text(text):
    analyzer = load("en_starl_sm")
    for i in range(min(len(analyzer.read([text]).clauses), 3)):
        told = explain(analyzer, text, i)
        assert summed(told) == {role: told.emission.of(role) for role in ROLES}


@pytest.mark.model
def test_no_other_role_has_more_points_between_the_same_neighbours(small):
    for i in range(len(small.analyze(ANSWER).clauses)):
        told = explain(small, ANSWER, i)
        best = max(told.alternatives, key=lambda a: a.total)
        assert best.role is told.clause.role


@pytest.mark.model
@pytest.mark.parametrize("model", ["small", "encoder"])
def test_probabilities_are_those_of_the_report(model, request):
    analyzer = request.getfixturevalue(model)
    for i, clause in enumerate(analyzer.analyze(ANSWER).clauses):
        told = explain(analyzer, ANSWER, i)
        prob = {a.role: a.prob for a in told.alternatives}
        assert prob[clause.role] == clause.confidence == told.clause.confidence
        assert sum(prob.values()) == pytest.approx(1, abs=1e-3)
        assert told.text == ANSWER[clause.start_char : clause.end_char]


@pytest.mark.model
def test_the_chain_tells_the_roles_beside_a_clause(small):
    roles = [clause.role for clause in small.analyze(ANSWER).clauses]
    told = [explain(small, ANSWER, i).chain for i in range(len(roles))]
    assert [part.before for part in told] == [None, *roles[:-1]]
    assert [part.after for part in told] == [*roles[1:], None]
    assert told[0].from_before.of(Role.TASK) == load_model("en_starl_sm").transitions.start[1]


@pytest.mark.model
@pytest.mark.parametrize("question", [None, "Tell me about a hard problem."])
def test_what_an_encoder_leaves_out_adds_up_with_the_rest(encoder, question):
    told = explain(encoder, ANSWER, 2, question=question)
    scores = encoder.read([ANSWER], [question]).emitted.scores
    assert list(summed(told).values()) == scores[2].tolist()
    names = [part.name for part in told.parts]
    n_neighbours = min(len(scores) - 1, 2 + NEIGHBOURS)
    assert len(names) == n_neighbours + 1 + (question is not None)
    assert REST in names
    assert (QUESTION in names) == (question is not None)


@pytest.mark.model
def test_a_neighbour_counts_as_the_answer_without_it_is_read(encoder):
    first = "Last year our warehouse lost orders every week."
    told = explain(encoder, f"{first} I called each driver.", 1)
    alone = TOKENIZE(["I called each driver."])
    opens = np.arange(len(alone)) == 0
    without = emit(encoder.model, encoder.tokenizer, alone, [None], opens).scores[0]
    [rest] = [part for part in told.parts if part.name == REST]
    assert [rest.points.of(role) for role in ROLES] == without.tolist()


@pytest.mark.model
def test_the_analyzer_explains_clauses_characters_and_rules(small):
    assert small.explain(ANSWER, 3) == explain(small, ANSWER, 3)
    assert small.explain(ANSWER, at=80) == small.explain(ANSWER, 2)
    assert small.explain(ANSWER, "no-result") == explain(small, ANSWER, "PRT004")


@pytest.mark.model
def test_an_explanation_is_the_same_each_time(encoder):
    assert explain(encoder, ANSWER, -1) == explain(encoder, ANSWER, -1)


@pytest.mark.model
def test_a_lone_clause_is_explained_by_itself(small, encoder):
    for analyzer in (small, encoder):
        told = explain(analyzer, "Fixed it", 0)
        assert (told.chain.before, told.chain.after) == (None, None)
        assert summed(told) == {role: told.emission.of(role) for role in ROLES}


@pytest.mark.parametrize(("char", "word"), [(0, "Last"), (3, "Last"), (48, "I had"), (72, "I compared")])
def test_a_character_names_the_clause_that_holds_it_or_the_next(char, word):
    tokens = TOKENIZE([ANSWER])
    starts = tokens.start_char.tolist()
    opens = np.array([s in (0, 48, 73) for s in starts])
    clauses = cut(tokens, opens)
    assert ANSWER[clauses.start_char[clause_at(clauses, char)] :].startswith(word)


@pytest.mark.model
def test_what_is_not_there_is_named(small):
    with pytest.raises(TextError, match=r"clause must be one of the answer's 7, counted from 0, got 7"):
        explain(small, ANSWER, 7)
    with pytest.raises(TextError, match=r"character must lie in 0\.\.\d+ of the answer, got 900"):
        explain(small, ANSWER, at=900)
    with pytest.raises(TextError, match="got white space alone"):
        explain(small, "Done. \n ", at=6)
    with pytest.raises(TextError, match="give just one of them"):
        explain(small, ANSWER, 0, at=0)
    with pytest.raises(RuleError, match="unknown rule 'loud'"):
        explain(small, ANSWER, "loud")


@pytest.mark.model
def test_a_finding_shows_value_limit_source_and_words(small):
    told = explain(small, ANSWER, "LEN001")
    assert told.finding in small.analyze(ANSWER).findings
    [limit] = [limit for limit in told.limits if limit.decided]
    assert (limit.key, limit.value) == ("short_note", told.finding.limit)
    assert limit.source == small.profile.sources["short_note"]
    assert told.evidence == tuple(ANSWER[e.start_char : e.end_char] for e in told.finding.evidence)


@pytest.mark.model
def test_a_rule_that_found_nothing_says_so_with_its_limits(small):
    told = explain(small, ANSWER, "situation-heavy")
    assert told.finding is None
    assert told.evidence == ()
    assert {"setting_note", "setting_warning"} <= {limit.key for limit in told.limits}
    assert not any(limit.decided for limit in told.limits)
    assert "Found nothing in this answer." in to_text(told)


@pytest.mark.model
def test_a_refused_answer_says_why_nothing_was_judged(small):
    told = explain(small, "Too few words.", "no-result")
    assert told.refused == small.analyze("Too few words.").status_reason
    assert told.refused in to_text(told)


@pytest.mark.model
@pytest.mark.parametrize("model", ["small", "encoder"])
@pytest.mark.parametrize("n_parts", [1, 5, 500])
def test_the_lines_of_a_clause_add_up(model, n_parts, request):
    analyzer = request.getfixturevalue(model)
    lines = to_text(explain(analyzer, ANSWER, 3), n_parts=n_parts).split("\n\n")[1].splitlines()[1:]
    total = next(i for i, line in enumerate(lines) if line.endswith("= the clause"))
    shown = [float(line.split()[0]) for line in lines[:total]]
    assert sum(shown) == pytest.approx(float(lines[total].split()[0]), abs=0.006 * (len(shown) + 1))


@pytest.mark.model
def test_parts_come_in_the_order_in_which_they_speak_for_the_role(small):
    told = explain(small, ANSWER, 3)
    role = told.clause.role
    ahead = [6 * p.points.of(role) - sum(p.points.of(r) for r in ROLES) for p in told.parts]
    assert ahead == sorted(ahead, reverse=True)
