import importlib
import sys
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("onnxruntime")
pytest.importorskip("tokenizers")

from hypothesis import given, settings
from hypothesis import strategies as st

import starl
from starl.agents import Deeds
from starl.analyzer import load
from starl.clauses import cut
from starl.corpus import read_corpus
from starl.emissions import last_subject, name_agents
from starl.encoder import NO_DEED, OVERLAP, PRECISION, SOMEBODY, SPEAKER, WINDOW, windows
from starl.errors import ModelError
from starl.model import BEST_MODEL, DEFAULT_MODEL, best_model, find_model
from starl.roles import AGENTS, Agent, Role
from starl.tokens import Tokenizer

pytestmark = pytest.mark.model
CORPUS = Path(__file__).parents[1] / "models" / "corpus"
ANALYZER = load(BEST_MODEL)
ANSWERS = [a for a in read_corpus([CORPUS]) if a.held_out]
STORY = (
    "Last spring our payroll file was rejected by the bank two days before payday. "
    "I had to get it through before Friday. I compared the file with the one of the month before and found a "
    "wrong account code. I corrected it and sent the file again. Everyone was paid on time. "
    "I learned to test the file a week ahead."
)


@given(st.integers(0, 5000))
def test_windows_read_every_piece(size):
    kept = [i for start, keep, stop in windows(size) for i in range(keep, stop)]
    assert sorted(set(kept)) == list(range(size))
    assert all(stop - start <= WINDOW for start, _, stop in windows(size))


def test_a_piece_is_kept_where_it_has_neighbours_on_both_sides():
    (_, _, first_stop), (start, keep, _) = list(windows(WINDOW + 1))
    assert (first_stop - start, keep - start) == (OVERLAP, OVERLAP // 2)


def test_one_answer_gets_the_encoder_and_many_the_small_model(monkeypatch):
    assert best_model() == BEST_MODEL
    assert starl.analyze(STORY).model.startswith(BEST_MODEL)
    assert load().model.meta.name == DEFAULT_MODEL
    monkeypatch.setattr("starl.model.find_spec", lambda name: None)
    assert best_model.__wrapped__() == DEFAULT_MODEL


@pytest.mark.parametrize("package", ["onnxruntime", "tokenizers"])
def test_a_missing_package_is_named_with_its_extra(monkeypatch, package):
    from starl.model import _load

    _load.cache_clear()
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(ModelError, match=rf"en_starl_md needs {package}, .* pip install 'starl\[encoder\]'"):
        load(BEST_MODEL)
    _load.cache_clear()


def test_the_runtime_packages_are_imported_late():
    before = set(sys.modules) - {"onnxruntime", "tokenizers"}
    assert {"starl.encoder", "starl.model"} <= before
    source = Path(importlib.import_module("starl.encoder").__file__).read_text(encoding="utf-8")
    assert "\nimport onnxruntime" not in source


def test_a_plain_story_is_read_as_told():
    report = ANALYZER.analyze(STORY, question="Tell me about a problem you solved.")
    assert [span.role for span in report.spans] == list(Role)[:5]
    assert {c.agent for c in report.clauses if c.role is Role.ACTION} == {Agent.I}


def test_neither_batch_nor_order_changes_a_byte():
    texts = [a.text for a in ANSWERS[:6]] + ["", "Fine."]
    alone = [ANALYZER.analyze(text).model_dump_json() for text in texts]
    assert [r.model_dump_json() for r in ANALYZER.pipe(texts)] == alone
    assert [r.model_dump_json() for r in ANALYZER.pipe(texts[::-1], batch_size=3)] == alone[::-1]


@pytest.mark.parametrize(("old", "new"), [(" I ", " we "), (" I ", " the team "), (" my ", " our ")])
def test_a_pronoun_swap_never_changes_a_role(old, new):
    for answer in ANSWERS[:40]:
        roles = [
            [c.role for c in ANALYZER.analyze(t).clauses]
            for t in (answer.text, answer.text.replace(old, new))
        ]
        assert roles[0] == roles[1]


@settings(deadline=None, max_examples=20)
@given(st.text(max_size=200))
def test_any_text_is_read_and_every_character_is_in_a_clause(text):
    report = ANALYZER.analyze(text)
    inside = {i for c in report.clauses for i in range(c.start_char, c.end_char)}
    assert inside >= {i for i, char in enumerate(text) if not char.isspace()}


def test_a_very_long_answer_is_read_to_its_end():
    report = ANALYZER.analyze(" ".join([STORY] * 40))
    assert report.clauses[-1].role is Role.LEARNING
    assert report.balance.n_words == 40 * len(STORY.split())


def clauses_of(*parts):
    tokens = Tokenizer()([" ".join(parts)])
    starts = np.cumsum([0, *(len(p) + 1 for p in parts)])[:-1]
    return cut(tokens, np.isin(tokens.start_char, starts))


def test_a_left_out_subject_is_the_last_one_named():
    clauses = clauses_of(
        "Called the bank.", "We met,", "and fixed it.", "She told me I was right.", "Went home."
    )
    assert [AGENTS[i] for i in last_subject(clauses)] == [Agent.I, Agent.WE, Agent.WE, Agent.I, Agent.I]


def test_the_encoder_says_who_and_the_words_say_i_or_we():
    clauses = clauses_of("We met.", "He paid.", "Went home.", "The team met.")
    by_rule = Deeds(np.array([1, 2, -1, 2]), np.array([False, False, False, True]))
    sure = 5 * PRECISION * np.eye(4, dtype=int)[[SPEAKER, SOMEBODY, NO_DEED, SPEAKER]]
    deeds = name_agents(clauses, sure, by_rule)
    assert deeds.agent.tolist() == [1, 2, -1, 2]
    assert deeds.team.tolist() == [False, False, False, True]


def test_the_rules_hold_where_the_encoder_is_unsure():
    clauses = clauses_of("We met.", "He paid.")
    by_rule = Deeds(np.array([1, 2]), np.zeros(2, dtype=bool))
    unsure = PRECISION * np.eye(4, dtype=int)[[NO_DEED, NO_DEED]]
    assert name_agents(clauses, unsure, by_rule).agent.tolist() == [1, 2]
    assert name_agents(clauses, 5 * unsure, by_rule).agent.tolist() == [-1, -1]


def test_a_closing_quote_stays_with_what_it_closes():
    report = ANALYZER.analyze("My boss said, “Fix it now.” I rewrote the job. “It runs,” he said.")
    parts = [report.text[c.start_char : c.end_char] for c in report.clauses]
    assert not any(part.startswith("”") for part in parts)


def test_changed_pieces_are_seen(tmp_path):
    import shutil

    folder = shutil.copytree(find_model(BEST_MODEL), tmp_path / "copy")
    (folder / "pieces.txt").write_text("a\n", encoding="utf-8")
    with pytest.raises(ModelError, match=r"pieces.txt does not match its sha256"):
        load(str(folder))
