"""The reader, the checker and the counts of annotated answers."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from starl.corpus import (
    CARD_END,
    CARD_START,
    AnnotatedAnswer,
    check,
    read_corpus,
    stats,
    stats_markdown,
    stats_text,
    update_card,
)
from starl.errors import CorpusError

ROOT = Path(__file__).parents[1]
CORPUS = ROOT / "models" / "corpus"
HEADER = (
    "# id=tills-1 | question=Tell me about a hard day. | style=spoken | type=story | traits=complete,passive"
)
CLAUSES = "S\t-\tThe till broke.\nA\tI\tI fixed it,\nR\tother\tand the boss smiled.\n"
Write = Callable[..., Path]
GOOD = f"{HEADER}\n{CLAUSES}\n"


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(content: str | bytes, name: str = "a.starl") -> Path:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def faults(path: Path) -> list[str]:
    """The faults of a file, without the name of the file."""
    return [fault.removeprefix(f"{path}:") for fault in check([path])]


def test_reads_an_answer(write: Write) -> None:
    (answer,) = read_corpus([write(GOOD)])
    assert answer == AnnotatedAnswer(
        id="tills-1",
        question="Tell me about a hard day.",
        style="spoken",
        type="story",
        traits=frozenset({"complete", "passive"}),
        clauses=(
            ("S", "-", "The till broke."),
            ("A", "I", "I fixed it,"),
            ("R", "other", "and the boss smiled."),
        ),
        source="a.starl",
    )


def test_a_good_file_has_no_faults(write: Write) -> None:
    assert faults(write(GOOD + GOOD.replace("tills-1", "tills-2"))) == []


def test_an_answer_may_have_no_traits(write: Write) -> None:
    (answer,) = read_corpus([write(GOOD.replace("complete,passive", ""))])
    assert answer.traits == frozenset()


def test_spans_point_at_the_clauses_in_the_text(write: Write) -> None:
    (answer,) = read_corpus([write(GOOD)])
    assert [answer.text[start:end] for start, end, _, _ in answer.spans()] == [c[2] for c in answer.clauses]
    assert [(role, agent) for _, _, role, agent in answer.spans()] == [c[:2] for c in answer.clauses]


def test_a_folder_gives_its_files_in_order(write: Write, tmp_path: Path) -> None:
    write(GOOD.replace("tills-1", "second"), "b.starl")
    write(GOOD.replace("tills-1", "first"), "a.starl")
    write("not an answer", "README.md")
    assert [answer.id for answer in read_corpus([tmp_path])] == ["first", "second"]


HEADER_FAULTS = {
    ("style=spoken", "style=sung"): "unknown style 'sung', expected one of written, spoken, transcript",
    ("type=story", "type=tale"): "unknown type 'tale', expected one of story, habit",
    ("complete,passive", "complete,loud"): "unknown trait 'loud', expected one of complete",
    ("complete,passive", "passive,passive"): "trait must be given once, got 'passive' 2 times",
    (" | style=spoken", ""): "header must give style, got no style=",
    (" | type=story", ""): "header must give type, got no type=",
    ("type=story", "type=story | type=habit"): "header must give type once, got it again",
    ("type=story", "type=story | mood=grim"): "unknown key 'mood' in header, expected id, question",
    ("style=spoken | type=story", "type=story | style=spoken"): (
        "header must give id, question, style, type, traits in this order, got id, question, type"
    ),
    ("id=tills-1", "id=Tills 1"): "id must be lower-case letters, digits and single hyphens, got 'Tills 1'",
    ("id=tills-1", "id="): "id must be lower-case letters, digits and single hyphens, got ''",
    ("question=Tell me about a hard day.", "question="): "question must not be empty",
    ("# id=tills-1 | question=Tell", "# Tell"): "header must have the shape '# id=... | question=...",
}


@pytest.mark.parametrize(("change", "message"), HEADER_FAULTS.items(), ids=lambda v: str(v)[:40])
def test_header_faults(write: Write, change: tuple[str, str], message: str) -> None:
    fault, *more = faults(write(GOOD.replace(*change)))
    assert fault.startswith(f"1: {message}")
    assert more == []


CLAUSE_FAULTS = {
    "X\t-\tText.": "unknown role 'X', expected one of S, T, A, R, L, O",
    "SA\t-\tText.": "unknown role 'SA'",
    "\t-\tText.": "unknown role ''",
    "A\tme\tText.": "unknown agent 'me', expected one of I, we, other, none, -",
    "S\tI\tText.": "agent must be '-' outside A and R, got 'I' on S",
    "A\tI": "clause must have 3 fields parted by tabs, got 2 in 'A\\tI'",
    "A\tI\tone\ttwo": "clause must have 3 fields parted by tabs, got 4",
    "A\tI\t": "text must not be empty, got ''",
    "A\tI\t  ": "text must not be empty, got '  '",
    "A\tI\t Text.": "text must not start or end with white space, got ' Text.'",
    "A\tI\tText. ": "text must not start or end with white space",
    "A\tI\tTwo  spaces.": "text must not hold two spaces in a row, got 'Two  spaces.'",
    "A\tI\tA \x1b[31mred one.": "text must not hold control characters, got '\\x1b'",
}


@pytest.mark.parametrize(("line", "message"), CLAUSE_FAULTS.items(), ids=repr)
def test_clause_faults(write: Write, line: str, message: str) -> None:
    fault, *more = faults(write(f"{HEADER}\n{CLAUSES}{line}\n\n"))
    assert fault.startswith(f"5: {message}")
    assert more == []


def test_every_fault_of_a_line_is_told(write: Write) -> None:
    assert len(faults(write(f"{HEADER}\nX\tme\t two  spaces\n\n"))) == 4


def test_clauses_without_a_header(write: Write) -> None:
    assert faults(write(f"{CLAUSES}\n"))[0].startswith("1: answer must start with a header '# id=...")


def test_an_answer_without_clauses(write: Write) -> None:
    assert faults(write(f"{HEADER}\n\n")) == ["1: answer must have a clause, got none"]


@pytest.mark.parametrize("end", ["", "\n"])
def test_the_last_answer_ends_with_a_blank_line(write: Write, end: str) -> None:
    fault = "4: answer must end with a blank line, got the file's end"
    assert faults(write(GOOD.rstrip("\n") + end)) == [fault]


def test_a_blank_line_parts_two_answers(write: Write) -> None:
    both = f"{HEADER}\n{CLAUSES}" + GOOD.replace("tills-1", "tills-2")
    assert faults(write(both)) == ["4: answer must end with a blank line, got the next header"]


def test_an_id_is_used_once_across_files(write: Write) -> None:
    first, second = write(GOOD), write("\n" + GOOD, "b.starl")
    assert list(check([first, second])) == [
        f"{second}:2: id must be new, got 'tills-1' again, first at {first}:1"
    ]


def test_lines_end_with_a_line_feed(write: Write) -> None:
    assert faults(write(GOOD.replace("\n", "\r\n"))) == [r"1: line must end with \n, got \r\n"]


def test_a_byte_order_mark_is_a_fault(write: Write) -> None:
    assert faults(write("\ufeff" + GOOD)) == ["1: file must start with a header, got a byte order mark"]


def test_bad_utf8_names_line_and_byte(write: Write) -> None:
    assert faults(write(HEADER.encode() + b"\nS\t-\tcaf\xe9\n\n")) == ["2: file must be UTF-8, got byte 0xe9"]


@pytest.mark.parametrize("content", ["", "\n\n"])
def test_an_empty_file_is_a_fault(write: Write, content: str) -> None:
    assert faults(write(content)) == ["1: file must hold an answer, got none"]


def test_a_missing_file_is_a_fault(tmp_path: Path) -> None:
    assert faults(tmp_path / "gone.starl") == ["1: file must be readable, got No such file or directory"]


def test_a_folder_without_answers_is_a_fault(tmp_path: Path) -> None:
    assert faults(tmp_path) == ["1: a folder must hold .starl files, got none"]


def test_long_values_are_cut_in_messages(write: Write) -> None:
    (fault,) = faults(write(GOOD.replace("type=story", f"type={'x' * 500}")))
    assert len(fault) < 200


def test_read_corpus_raises_on_the_first_fault(write: Write) -> None:
    path = write(GOOD.replace("type=story", "type=tale"))
    with pytest.raises(CorpusError, match=r"a\.starl:1: unknown type 'tale', expected"):
        read_corpus([path])


@given(st.binary(max_size=300) | st.text(alphabet="# id=|\n\tSAI-x\r", max_size=100).map(str.encode))
def test_check_never_crashes(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.mktemp("any") / "any.starl"
    path.write_bytes(content)
    assert all(fault.startswith(f"{path}:") for fault in check([path]))


def test_the_halves_of_a_pair_are_held_out_together(write: Write) -> None:
    both = GOOD.replace("tills-1", "tills-1-weak") + GOOD.replace("tills-1", "tills-1-strong")
    weak, strong = read_corpus([write(both)])
    assert weak.pair == strong.pair == "tills-1"
    assert weak.held_out == strong.held_out == (hashlib.sha256(b"tills-1").digest()[0] < 26)


def test_stats_count_everything(write: Write) -> None:
    counts = stats(read_corpus([write(GOOD)]))
    assert (counts.n_answers, counts.n_clauses, counts.n_words) == (1, 3, 10)
    assert counts.role == {"S": 1, "T": 0, "A": 1, "R": 1, "L": 0, "O": 0}
    assert counts.words == {"S": 3, "T": 0, "A": 3, "R": 4, "L": 0, "O": 0}
    assert counts.agent == {"I": 1, "we": 0, "other": 1, "none": 0, "-": 0}
    assert {trait for trait, n in counts.trait.items() if n} == {"complete", "passive"}
    assert (counts.style["spoken"], counts.type["story"], counts.file) == (1, 1, {"a.starl": 1})


def test_stats_of_nothing_are_zeros() -> None:
    counts = stats([])
    assert (counts.n_answers, counts.n_words, sum(counts.role.values())) == (0, 0, 0)


def test_tables_show_every_count(write: Write) -> None:
    counts = stats(read_corpus([write(GOOD)]))
    assert "1 answers (" in stats_text(counts)
    assert "| hypothetical | 0 |" in stats_markdown(counts)
    assert counts.as_dict()["file"] == {"a.starl": 1}


def test_a_card_gets_its_tables_between_the_marks(write: Write) -> None:
    counts = stats(read_corpus([write(GOOD)]))
    card = write(f"before\n{CARD_START}\nold\n{CARD_END}\nafter\n", "README.md")
    update_card(card, counts)
    assert card.read_text() == f"before\n{CARD_START}\n{stats_markdown(counts)}\n{CARD_END}\nafter\n"


def test_a_card_without_marks_is_an_error(write: Write) -> None:
    with pytest.raises(CorpusError, match="card must hold the marks"):
        update_card(write("no marks", "README.md"), stats([]))


def test_the_committed_corpus_has_no_faults() -> None:
    assert list(check([CORPUS])) == []


def test_the_dataset_card_is_up_to_date() -> None:
    """Run ``starl corpus stats --update models/corpus/README.md`` after changing the corpus."""
    assert stats_markdown(stats(read_corpus([CORPUS]))) in (CORPUS / "README.md").read_text(encoding="utf-8")
