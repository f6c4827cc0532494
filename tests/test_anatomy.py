import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

import starl
from goldlines import measured
from starl.anatomy import (
    ActionAnatomy,
    Anatomy,
    LearningAnatomy,
    ResultAnatomy,
    Sign,
    Signs,
    anatomy_of,
    tell,
)
from starl.anatomy.spelling import spellings
from starl.anatomy.wording import LISTS
from starl.findings import facts_of
from starl.findings.wording import LISTS as FINDINGS_LISTS
from starl.lexicon import read_cues
from starl.report import Evidence, Frozen, Report
from starl.roles import Status

DATA = Path(__file__).parent / "data"
ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "reference" / "anatomy.md").read_text(encoding="utf-8")
RESULTS = json.loads((ROOT / "benchmarks" / "results" / "anatomy.json").read_text(encoding="utf-8"))
KINDS: dict[str, type[Frozen]] = {
    "result": ResultAnatomy,
    "action": ActionAnatomy,
    "learning": LearningAnatomy,
}
SIGNS = [f"{part}.{name}" for part, kind in KINDS.items() for name in kind.model_fields]
LETTERS = {"result": "R", "action": "A", "learning": "L"}
STORY = """\
S	-	At the pool the list had ninety names.
T	-	I had to find room for them.
A	I	I counted heads with Marta because nobody knew the figures.
A	we	We decided to open a late group.
R	none	Within a month complaints fell by 30 %,
R	other	and the chair thanked us.
L	-	Since then I count first, before I ask for money."""


def golden() -> dict[str, list[tuple[str, str]]]:
    """Read the golden clauses of each sign: agent and text with its evidence in brackets."""
    table: dict[str, list[tuple[str, str]]] = {}
    for line in (DATA / "anatomy.txt").read_text(encoding="utf-8").splitlines()[1:]:
        if line.startswith("## "):
            rows = table.setdefault(line[3:], [])
        else:
            agent, text = line.split("\t")
            rows.append((agent, text))
    return table


GOLDEN = golden()
each_sign = pytest.mark.parametrize("sign", SIGNS)


def read(sign: str, agent: str, text: str) -> str:
    """Return the text of a clause with what shows the sign in brackets."""
    part, name = sign.split(".")
    report = measured(f"{LETTERS[part]}\t{agent}\t{text}")
    return bracketed(text, getattr(getattr(anatomy_of(report), part), name))


def bracketed(text: str, sign: Sign) -> str:
    for e in reversed(sign.evidence):
        text = f"{text[: e.start_char]}[{text[e.start_char : e.end_char]}]{text[e.end_char :]}"
    return text


def plain(text: str) -> str:
    return text.replace("[", "").replace("]", "")


@each_sign
def test_a_sign_rests_on_the_words_of_its_golden_clauses(sign: str) -> None:
    assert [read(sign, agent, plain(text)) for agent, text in GOLDEN[sign]] == [t for _, t in GOLDEN[sign]]


@each_sign
def test_a_sign_has_a_dozen_golden_clauses_that_show_it_or_do_not(sign: str) -> None:
    shown = ["[" in text for _, text in GOLDEN[sign]]
    assert len(shown) >= 12
    assert sum(shown) >= 5
    assert shown.count(False) >= 5


# what moves no sign

SPEAKERS = {
    "I'm": "we're", "I am": "we are", "I was": "we were", "I": "we", "my": "our", "My": "Our", "me": "us",
    "am": "are",
}  # fmt: skip
SHORT = {
    "did not": "didn't", "could not": "couldn't", "was not": "wasn't", "were not": "weren't",
    "I am": "I'm", "We are": "We're", "I have": "I've", "I will": "I'll", "It is": "It's", "It will": "It'll",
    "They are": "They're", "I would": "I'd",
}  # fmt: skip


def swap(text: str, table: dict[str, str]) -> str:
    pattern = r"(?<![\w'])(?:" + "|".join(sorted(map(re.escape, table), key=len, reverse=True)) + r")(?![\w])"
    return re.sub(pattern, lambda found: table[found[0]], text)


def we_for_i(text: str) -> str:
    return swap(text, SPEAKERS)


def contracted(text: str) -> str:
    return swap(text, SHORT)


def in_full(text: str) -> str:
    return swap(text, {short: full for full, short in SHORT.items()})


def curly(text: str) -> str:
    return text.replace("'", "’")


def other_case(text: str) -> str:
    return text[0].swapcase() + text[1:]


@pytest.mark.parametrize("change", [we_for_i, contracted, in_full, curly, other_case])
@each_sign
def test_how_it_is_told_moves_no_sign(sign: str, change: Callable[[str], str]) -> None:
    moved = [
        text
        for agent, text in GOLDEN[sign]
        if ("[" in read(sign, agent, change(plain(text)))) != ("[" in text)
    ]
    assert moved == []


@pytest.mark.parametrize("change", [we_for_i, contracted, in_full, curly])
def test_each_change_changes_some_golden_clause(change: Callable[[str], str]) -> None:
    texts = [plain(text) for rows in GOLDEN.values() for _, text in rows]
    assert any(change(text) != text for text in texts if change is not curly or "'" in text)


@pytest.mark.parametrize("name", ["Ana", "Chukwuemeka", "Wei", "Siobhan", "Priya Nair"])
def test_any_name_is_a_name(name: str) -> None:
    assert read("action.names", "I", f"I asked {name} for it.") == f"I asked [{name}] for it."


# parts and places


def test_a_part_that_no_clause_was_read_as_is_none() -> None:
    anatomy = anatomy_of(measured("A\tI\tI called the foreman."))
    assert anatomy.action is not None
    assert anatomy.result is None
    assert anatomy.learning is None


def test_an_empty_answer_has_no_part() -> None:
    empty = measured("O\t-\tx", status=Status.EMPTY).model_copy(
        update={"text": "", "clauses": (), "spans": (), "balance": None, "ownership": None}
    )
    assert anatomy_of(empty) == Anatomy(result=None, action=None, learning=None)


def test_only_clauses_of_a_part_show_its_signs() -> None:
    result = anatomy_of(measured("S\t-\tSales fell by 30 %.\nR\tnone\tThe roof is dry.")).result
    assert result is not None
    assert not result.measured.present
    assert result.stated.count == 1


def test_a_promise_with_thanks_still_states_an_outcome() -> None:
    text = "They thanked us and they will order more."
    assert read("result.stated", "other", text) == f"[{text}]"
    assert "[" in read("result.promise", "other", text)


def test_a_saved_report_has_the_same_anatomy() -> None:
    report = measured(STORY)
    assert anatomy_of(Report.model_validate_json(report.model_dump_json())) == anatomy_of(report)


def test_an_anatomy_can_be_saved_and_read() -> None:
    anatomy = anatomy_of(measured(STORY))
    assert Anatomy.model_validate_json(anatomy.model_dump_json()) == anatomy


def test_change_and_size_part_the_measured_figures() -> None:
    result = anatomy_of(measured("R\tnone\tSales rose by 5 %,\nR\tnone\tand 40 guests came.")).result
    assert result is not None
    assert result.change.evidence + result.size.evidence == result.measured.evidence


def test_evidence_lies_in_clauses_of_its_part() -> None:
    report = measured(STORY)
    result = anatomy_of(report).result
    inside = [c for c in report.clauses if c.role == "result"]
    assert result is not None
    for name in ResultAnatomy.model_fields:
        for e in getattr(result, name).evidence:
            assert any(c.start_char <= e.start_char < e.end_char <= c.end_char for c in inside)


@given(st.text(max_size=60))
def test_any_text_has_an_anatomy_whose_evidence_is_in_order_and_apart(text: str) -> None:
    words = " ".join(re.sub(r"[^\w'.,% ]", "", text).split()) or "x"
    result = anatomy_of(measured(f"R\tnone\tIt fell by 30 % {words}")).result
    assert result is not None
    for name in ResultAnatomy.model_fields:
        ends = [end for e in getattr(result, name).evidence for end in (e.start_char, e.end_char)]
        assert ends == sorted(ends)


def test_signs_of_a_batch_say_which_answers_show_them() -> None:
    signs = Signs(facts_of(measured(STORY)))
    assert tell(signs, 0) == anatomy_of(measured(STORY))
    assert signs.has("result", "measured").tolist() == [True]
    assert signs.has("learning", "cliche").tolist() == [False]


# types and lists


def test_a_sign_is_present_if_it_has_evidence_and_only_then() -> None:
    words = Evidence(start_char=0, end_char=3)
    assert Sign(present=True, evidence=(words,)).count == 1
    with pytest.raises(ValidationError, match="present if it has evidence and only then, got False with 1"):
        Sign(present=False, evidence=(words,))


def test_the_lists_of_findings_are_left_as_they_are() -> None:
    assert not {p.name for p in LISTS} & (
        {p.name for p in FINDINGS_LISTS} - {"quantity", "quotation", "vague"}
    )
    assert len({p.name for p in LISTS}) == len(LISTS)


@pytest.mark.parametrize(
    ("entry", "forms"),
    [
        ("did not", {"did not", "didn't"}),
        ("i am", {"i|we am|are", "i|we'm", "i|we're"}),
        ("will not", {"will not", "won't"}),
        ("my list", {"my|our list"}),
        ("it will", {"it will", "it'll"}),
        (
            "not enough",
            {"not enough", "did|does|do|was|were|is|are|has|have|had|could|would|shouldn't enough"},
        ),
        ("on paper", {"on paper"}),
    ],
)
def test_an_entry_stands_for_every_speaker_and_contraction(entry: str, forms: set[str]) -> None:
    assert set(spellings(entry)) == forms


CUES = Path(starl.__file__).parent / "cues" / "anatomy"


@pytest.mark.parametrize("path", sorted(CUES.glob("*.txt")), ids=lambda p: p.stem)
def test_a_list_names_its_source_and_has_no_entry_twice(path: Path) -> None:
    first, *entries = path.read_text(encoding="utf-8").splitlines()
    assert first.startswith("# ")
    assert "by hand" in first
    assert len(entries) == len(set(entries)) > 0
    assert read_cues(f"anatomy/{path.stem}") == set(entries)


@each_sign
def test_the_page_says_of_each_sign_what_its_type_and_the_results_say(sign: str) -> None:
    part, name = sign.split(".")
    row = re.search(rf"^\| `{part}\.{name}` \| (.*?) \| (.*?) \| (.*?) \|", PAGE, re.MULTILINE)
    seen = RESULTS["by_eye"].get(sign)
    assert row is not None
    assert row.groups() == (
        KINDS[part].model_fields[name].description,
        f"{seen['right']} of {seen['of']}" if seen else "",
        f"{100 * RESULTS['rates']['labels'][sign]:.0f} %",
    )


@pytest.mark.parametrize("claim", RESULTS["traits"])
def test_the_page_says_how_claims_agree_with_traits(claim: str) -> None:
    row = RESULTS["traits"][claim]
    shares = [row[kind][rate] for kind in ("labels", "read") for rate in ("rate_with", "rate_without")]
    cells = [claim, f"{row['trait']} ({row['labels']['with_trait']})", *(f"{100 * x:.0f} %" for x in shares)]
    assert "| " + " | ".join(cells) + " |" in PAGE
