"""The benchmarks' own parts: words, swaps, baselines and tables. Their modules are scripts, not a package."""

import sys
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

from starl.corpus import AnnotatedAnswer

BENCHMARKS = Path(__file__).resolve().parents[1] / "benchmarks"
sys.path.insert(0, str(BENCHMARKS))

baselines, counting, gold, pronouns, tables, truth = map(
    import_module, ("baselines", "counting", "gold", "pronouns", "tables", "truth")
)

ANSWER = gold.from_corpus(
    AnnotatedAnswer(
        id="t-1",
        question="Tell me about a mistake.",
        style="written",
        type="story",
        traits=frozenset({"quantified"}),
        clauses=(
            ("S", "-", "The till was down."),
            ("T", "-", "I had to fix it."),
            ("A", "I", "I called the shop,"),
            ("A", "we", "and we swapped the cable."),
            ("R", "none", "It worked in 5 minutes."),
        ),
        source="t.starl",
    )
)


def reading(role: tuple[int, ...], agent: tuple[int, ...]) -> object:
    """Read the clauses of ANSWER with other labels."""
    units = ANSWER.units
    return gold.Reading(gold.Units(units.start, units.end, np.array(role), np.array(agent)))


def test_a_faultless_reading_has_faultless_figures() -> None:
    table = counting.tabulate([ANSWER], [gold.Reading(ANSWER.units, type="story", agents=ANSWER.units)])
    figures = counting.figures(table)
    best = {"window_diff": 0.0, "setting_share_error": 0.0}
    names = [name for name in counting.HEADLINE if name in figures and name != "calibration_error"]
    assert {name: figures[name] for name in names} == {name: best.get(name, 1.0) for name in names}


def test_figures_of_a_reading_by_hand() -> None:
    """The 4 words of S become T; one of three deeds gets a wrong agent, one is read as none."""
    table = counting.tabulate([ANSWER], [reading((1, 1, 2, 2, 3), (-1, -1, 0, 0, -1))])
    figures = counting.figures(table)
    assert figures["accuracy"] == round(19 / 23, 4)
    assert figures["agent_accuracy"] == round(1 / 3, 4)
    assert figures["setting_share_error"] == 0.0
    assert figures["boundary_f1"] == 1.0
    assert table["boundaries"].tolist() == [[4, 0, 0]]


def test_units_that_annotators_dispute_do_not_count() -> None:
    agreed = np.array([0, 1, 1, 1, 1], dtype=bool)
    disputed = gold.Gold(
        **{f: getattr(ANSWER, f) for f in gold.Gold.__slots__ if f != "agreed"}, agreed=agreed
    )
    figures = counting.figures(counting.tabulate([disputed], [reading((1, 1, 2, 2, 3), (-1, -1, 0, 1, 3))]))
    assert (figures["words"], figures["agreed"], figures["accuracy"]) == (23, 19, 1.0)


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("I -> we", "I was sure; my boss paid me.", "We were sure; our boss paid us."),
        ("I -> we", "then I'm off, I also was late", "then we're off, we also were late"),
        ("we -> I", "We were late. The US firms paid us.", "I was late. The US firms paid me."),
        ("we -> I", "they were late, we weren't", "they were late, I wasn't"),
        ("I -> the team", "I am in I/O, and I like my job.", "The team is in I/O, and the team like my job."),
    ],
)
def test_swap(name: str, old: str, new: str) -> None:
    assert pronouns.swap(old, name)[0] == new


def test_bare_pronouns_leave_verbs_alone() -> None:
    assert pronouns.swap("I was here, I'm gone.", "I -> we", verbs=False)[0] == "We was here, I'm gone."


@pytest.mark.parametrize("name", pronouns.SWAPS)
def test_swap_keeps_the_place_of_every_word(name: str) -> None:
    old = "We (I mean I) sold it,\nand I'm glad we did: my plan - our plan - worked."
    new, start = pronouns.swap(old, name)
    words = gold.find_words(old)[0]
    assert len(start) == len(words)
    for before, after in zip(words.tolist(), start.tolist(), strict=True):
        assert not new[after].isspace()
        assert after == 0 or new[after - 1].isspace()
        assert old[before].lower() == new[after].lower() or old[before].lower() in "iwmo"


def test_keyword_baseline_reads_stock_phrases() -> None:
    text = "At my last job sales fell. I was asked to help. We decided to act. As a result, sales grew."
    units = baselines.keywords(text).units
    assert units.role.tolist() == [0, 1, 2, 3]
    assert units.agent.tolist() == [-1, -1, 1, 3]


def test_gold_report_counts_like_a_report() -> None:
    report = truth.gold_report(ANSWER)
    assert report.balance is not None
    assert report.ownership is not None
    assert (report.balance.n_words, report.balance.words.action) == (23, 9)
    assert (report.balance.words_before_first_own_deed, report.ownership.i_share) == (9, 0.5)
    assert [span.role for span in report.spans] == ["situation", "task", "action", "result"]


@pytest.mark.parametrize(
    ("finding", "has"), [("unquantified-result", False), ("vague-action", False), ("late-action", None)]
)
def test_traits_that_a_finding_is_held_against(finding: str, has: bool | None) -> None:
    assert truth.has_trait(ANSWER, finding) is has


def test_tables_are_put_between_their_marks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "ROOT", tmp_path)
    page = tmp_path / "README.md"
    page.write_text("a\n<!-- speed:begin -->\nold\n<!-- speed:end -->\nb\n")
    assert tables.update(page, {"speed": "new"}, check=True)
    assert "old" in page.read_text()
    assert tables.update(page, {"speed": "new"}, check=False)
    assert page.read_text() == "a\n<!-- speed:begin -->\nnew\n<!-- speed:end -->\nb\n"
    assert not tables.update(page, {"speed": "new"}, check=True)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("<!-- speed:begin -->\n", "no <!-- speed:end -->"),
        ("<!-- quality:begin -->\n", "no results for the table"),
    ],
)
def test_broken_marks_are_named(
    text: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables, "ROOT", tmp_path)
    page = tmp_path / "README.md"
    page.write_text(text)
    with pytest.raises(ValueError, match=message):
        tables.update(page, {"speed": "new"}, check=True)


def test_numbers_are_written_as_papers_do() -> None:
    assert [tables.number(n) for n in (0.871, 1.0, None)] == [".87", "1.00", "–"]
