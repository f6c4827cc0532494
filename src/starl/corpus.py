"""Annotated answers in the ``.starl`` format: read, check, count, split.

The format is described in ``docs/annotation-guidelines.md``. Every fault reads
``file:line: what, rule, value met``.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from starl.errors import CorpusError
from starl.roles import ANSWER_TYPES, ROLE_LETTERS

AGENT_WORDS = ("I", "we", "other", "none", "-")
DEED_LETTERS = "AR"
STYLES = ("written", "spoken", "transcript", "second-language")
TRAITS = (
    "complete", "hidden-i", "hypothetical", "multi-story", "no-action", "no-learning", "no-result",
    "no-situation", "no-task", "non-story", "out-of-order", "passive", "quantified", "rambling",
    "situation-heavy", "task-heavy", "terse", "vague", "we-heavy",
)  # fmt: skip
HEADER_KEYS = ("id", "question", "style", "type", "traits")
HEADER_SHAPE = "# " + " | ".join(f"{key}=..." for key in HEADER_KEYS)
NO_AGENT = "-"
CARD_START, CARD_END = "<!-- counts: starl corpus stats -->", "<!-- end of counts -->"


@dataclass(frozen=True, slots=True)
class AnnotatedAnswer:
    """One annotated answer.

    ``clauses`` holds one triple a clause: role letter (one of ``STARLO``), agent word (``I``, ``we``,
    ``other``, ``none`` or ``-``) and text. `text` joins them with one space.
    """

    id: str
    question: str
    style: str
    type: str
    traits: frozenset[str]
    clauses: tuple[tuple[str, str, str], ...]
    source: str

    @property
    def text(self) -> str:
        """The answer as running text."""
        return " ".join(clause[2] for clause in self.clauses)

    @property
    def pair(self) -> str:
        """The id without its ``-weak`` or ``-strong`` ending: equal for the two halves of a pair."""
        return re.sub(r"-(weak|strong)$", "", self.id)

    @property
    def held_out(self) -> bool:
        """Whether the answer belongs to the held-out part (about a tenth, fixed by a hash of `pair`)."""
        return hashlib.sha256(self.pair.encode()).digest()[0] < 26

    def spans(self) -> list[tuple[int, int, str, str]]:
        """Return ``(start_char, end_char, role letter, agent word)`` of each clause within `text`."""
        out, at = [], 0
        for role, agent, words in self.clauses:
            out.append((at, at + len(words), role, agent))
            at += len(words) + 1
        return out


@dataclass(frozen=True, slots=True)
class Stats:
    """Counts over annotated answers; each table maps a name to a count, zeros included."""

    n_answers: int
    n_held_out: int
    n_clauses: int
    n_words: int
    role: Mapping[str, int]
    """Clauses by role letter."""
    words: Mapping[str, int]
    """Words by role letter."""
    agent: Mapping[str, int]
    """Action and result clauses by agent; ``-`` tells of no deed."""
    style: Mapping[str, int]
    type: Mapping[str, int]
    trait: Mapping[str, int]
    """Answers by trait; an answer may have several."""
    file: Mapping[str, int]

    def as_dict(self) -> dict[str, int | dict[str, int]]:
        """Return plain numbers and tables by name, for JSON."""
        return asdict(self)

    @property
    def headline(self) -> str:
        """Say in one sentence how much there is."""
        return (
            f"{self.n_answers:,} answers ({self.n_held_out:,} held out), {self.n_clauses:,} clauses, "
            f"{self.n_words:,} words."
        )


def read_corpus(paths: Iterable[Path]) -> list[AnnotatedAnswer]:
    """Read the answers of files, and of all ``.starl`` files of folders, in order.

    Raises
    ------
    CorpusError
        On the first fault, with the words of `check`.
    """
    answers = []
    for item in _walk(paths):
        if isinstance(item, str):
            raise CorpusError(f"{item}; starl corpus check lists every fault")
        answers.append(item)
    return answers


def check(paths: Iterable[Path]) -> Iterator[str]:
    """Yield every fault of files and folders as ``file:line: what, rule, value met``."""
    return (item for item in _walk(paths) if isinstance(item, str))


def stats(answers: Iterable[AnnotatedAnswer]) -> Stats:
    """Count answers, clauses and words."""
    answers = list(answers)
    clauses = [clause for answer in answers for clause in answer.clauses]
    words: Counter[str] = Counter()
    for role, _, text in clauses:
        words[role] += len(text.split())
    return Stats(
        n_answers=len(answers),
        n_held_out=sum(answer.held_out for answer in answers),
        n_clauses=len(clauses),
        n_words=words.total(),
        role=_table((role for role, _, _ in clauses), ROLE_LETTERS),
        words={letter: words[letter] for letter in ROLE_LETTERS},
        agent=_table((agent for role, agent, _ in clauses if role in DEED_LETTERS), AGENT_WORDS),
        style=_table((answer.style for answer in answers), STYLES),
        type=_table((answer.type for answer in answers), ANSWER_TYPES),
        trait=_table((trait for answer in answers for trait in answer.traits), TRAITS),
        file=dict(sorted(Counter(answer.source for answer in answers).items())),
    )


def stats_text(counts: Stats) -> str:
    """Lay counts out for a terminal."""
    lines = [counts.headline]
    for title, table in _tables(counts):
        lines += ["", title]
        lines += [f"  {name:20}{n:>9,}" for name, n in table.items()]
    return "\n".join(lines)


def stats_markdown(counts: Stats) -> str:
    """Lay counts out as the tables of the dataset card."""
    lines = [counts.headline]
    for title, table in _tables(counts):
        lines += ["", f"| {title} | |", "| --- | ---: |"]
        lines += [f"| {name} | {n:,} |" for name, n in table.items()]
    return "\n".join(lines)


def update_card(path: Path, counts: Stats) -> None:
    """Write the tables between the two marks of a dataset card.

    Raises
    ------
    CorpusError
        If the card does not hold both marks, in order.
    """
    card = path.read_text(encoding="utf-8")
    before, start, rest = card.partition(CARD_START)
    _, end, after = rest.partition(CARD_END)
    if not (start and end):
        raise CorpusError(f"{path}:1: card must hold the marks {CARD_START!r} and {CARD_END!r}, got none")
    path.write_text(
        f"{before}{start}\n{stats_markdown(counts)}\n{end}{after}", encoding="utf-8", newline="\n"
    )


def _tables(counts: Stats) -> Iterator[tuple[str, Mapping[str, int]]]:
    yield "clauses by role", counts.role
    yield "words by role", counts.words
    yield "action and result clauses by agent", counts.agent
    yield "answers by style", counts.style
    yield "answers by type", counts.type
    yield "answers by trait", counts.trait
    yield "answers by file", counts.file


def _table(values: Iterable[str], names: Iterable[str]) -> dict[str, int]:
    counts = Counter(values)
    return {str(name): counts[name] for name in names}


def _walk(paths: Iterable[Path]) -> Iterator[AnnotatedAnswer | str]:
    """Yield answers and faults in the order of the files; an answer with a fault is left out."""
    first_seen: dict[str, str] = {}
    for path in paths:
        if not path.is_dir():
            yield from _read_file(path, first_seen)
            continue
        files = sorted(path.rglob("*.starl"))
        if not files:
            yield f"{path}:1: a folder must hold .starl files, got none"
        for file in files:
            yield from _read_file(file, first_seen)


def _read_file(path: Path, first_seen: dict[str, str]) -> Iterator[AnnotatedAnswer | str]:
    """Yield the answers and faults of one file; ``first_seen`` maps ids met so far to their places."""
    try:
        raw = path.read_bytes()
        text = raw.decode("utf-8")
    except OSError as error:
        yield f"{path}:1: file must be readable, got {error.strerror or error}"
        return
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        yield f"{path}:{line}: file must be UTF-8, got byte 0x{raw[error.start]:02x}"
        return
    yield from (f"{path}:{line}: {fault}" for line, fault in _file_faults(text))
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").split("\n")
    for number, block in _blocks(lines):
        faults: list[tuple[int, str]] = []
        answer = _parse(block, number, path.name, faults)
        place = first_seen.setdefault(answer.id, f"{path}:{number}") if answer.id else f"{path}:{number}"
        if place != f"{path}:{number}":
            faults.insert(0, (number, f"id must be new, got {answer.id!r} again, first at {place}"))
        yield from (f"{path}:{line}: {fault}" for line, fault in faults)
        if not faults:
            yield answer


def _file_faults(text: str) -> Iterator[tuple[int, str]]:
    """Yield line and fault of what is wrong with the file as a whole."""
    if not text.strip():
        yield 1, "file must hold an answer, got none"
        return
    if text.startswith("\ufeff"):
        yield 1, "file must start with a header, got a byte order mark"
    if "\r\n" in text:
        yield text.count("\n", 0, text.index("\r\n")) + 1, "line must end with \\n, got \\r\\n"
    if not text.replace("\r\n", "\n").endswith("\n\n"):
        yield (
            text.count("\n") + (not text.endswith("\n")),
            "answer must end with a blank line, got the file's end",
        )


def _blocks(lines: list[str]) -> Iterator[tuple[int, list[str]]]:
    """Yield the number of the first line and the lines of each block; a header opens one too."""
    block: list[str] = []
    for number, line in enumerate([*lines, ""], start=1):
        if block and (not line or line.startswith("# ")):
            yield number - len(block), block if not line else [*block, ""]
            block = []
        if line:
            block.append(line)


def _parse(block: list[str], number: int, source: str, faults: list[tuple[int, str]]) -> AnnotatedAnswer:
    """Parse one answer, adding its faults to ``faults``; a trailing empty line marks a missing blank one."""
    if not block[-1]:
        block = block[:-1]
        faults.append((number + len(block) - 1, "answer must end with a blank line, got the next header"))
    has_header = block[0].startswith("#")
    if has_header:
        fields = _header(block[0], number, faults)
    else:
        fields = {}
        faults.append((number, f"answer must start with a header {HEADER_SHAPE!r}, got {_cut(block[0])}"))
    clauses = []
    for line_number, line in enumerate(block[has_header:], start=number + has_header):
        problems = list(_clause_faults(line))
        faults.extend((line_number, problem) for problem in problems)
        if not problems:
            role, agent, text = line.split("\t")
            clauses.append((role, agent, text))
    if has_header and len(block) == 1:
        faults.append((number, "answer must have a clause, got none"))
    return AnnotatedAnswer(
        id=fields.get("id", ""),
        question=fields.get("question", ""),
        style=fields.get("style", ""),
        type=fields.get("type", ""),
        traits=frozenset(filter(None, fields.get("traits", "").split(","))),
        clauses=tuple(clauses),
        source=source,
    )


def _header(line: str, number: int, faults: list[tuple[int, str]]) -> dict[str, str]:
    """Return the fields of a header line, adding its faults to ``faults``."""
    fields: dict[str, str] = {}
    keys = []
    for part in line.removeprefix("#").removeprefix(" ").split(" | "):
        key, equals, value = part.partition("=")
        if not equals:
            faults.append((number, f"header must have the shape {HEADER_SHAPE!r}, got {_cut(part)}"))
            return {}
        if key in fields:
            faults.append((number, f"header must give {key} once, got it again"))
        elif key not in HEADER_KEYS:
            faults.append((number, f"unknown key {_cut(key)} in header, expected {', '.join(HEADER_KEYS)}"))
        keys.append(key)
        fields.setdefault(key, value)
    missing = [key for key in HEADER_KEYS if key not in fields]
    faults.extend((number, f"header must give {key}, got no {key}=") for key in missing)
    if sorted(keys) == sorted(HEADER_KEYS) and tuple(keys) != HEADER_KEYS:
        faults.append(
            (number, f"header must give {', '.join(HEADER_KEYS)} in this order, got {', '.join(keys)}")
        )
    faults.extend((number, problem) for problem in _value_faults(fields))
    return fields


def _value_faults(fields: Mapping[str, str]) -> Iterator[str]:
    """Yield what is wrong with the values of a header."""
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", fields.get("id", "x")):
        yield f"id must be lower-case letters, digits and single hyphens, got {_cut(fields['id'])}"
    if not fields.get("question", "x").strip():
        yield "question must not be empty, got ''"
    for key, known in (("style", STYLES), ("type", tuple(ANSWER_TYPES))):
        if fields.get(key, known[0]) not in known:
            yield f"unknown {key} {_cut(fields[key])}, expected one of {', '.join(known)}"
    traits = fields["traits"].split(",") if fields.get("traits") else []
    for trait, n_times in Counter(traits).items():
        if trait not in TRAITS:
            yield f"unknown trait {_cut(trait)}, expected one of {', '.join(TRAITS)}"
        if n_times > 1:
            yield f"trait must be given once, got {_cut(trait)} {n_times} times"


def _clause_faults(line: str) -> Iterator[str]:
    """Yield what is wrong with a clause line."""
    fields = line.split("\t")
    if len(fields) != 3:
        yield f"clause must have 3 fields parted by tabs, got {len(fields)} in {_cut(line)}"
        return
    role, agent, text = fields
    if len(role) != 1 or role not in ROLE_LETTERS:
        yield f"unknown role {_cut(role)}, expected one of {', '.join(ROLE_LETTERS)}"
    elif agent in AGENT_WORDS and agent != NO_AGENT and role not in DEED_LETTERS:
        yield f"agent must be '-' outside A and R, got {agent!r} on {role}"
    if agent not in AGENT_WORDS:
        yield f"unknown agent {_cut(agent)}, expected one of {', '.join(AGENT_WORDS)}"
    if not text.strip():
        yield f"text must not be empty, got {text!r}"
    elif text != text.strip():
        yield f"text must not start or end with white space, got {_cut(text)}"
    if "  " in text.strip():
        yield f"text must not hold two spaces in a row, got {_cut(text)}"
    if not text.isprintable() and (odd := [char for char in text if _is_control(char)]):
        yield f"text must not hold control characters, got {odd[0]!r}"


def _is_control(char: str) -> bool:
    return ord(char) < 0x20 or 0x7F <= ord(char) < 0xA0 or char in "\u2028\u2029"


def _cut(value: str, length: int = 40) -> str:
    """Quote a value for a message, cut to a length that fits a line."""
    return repr(value if len(value) <= length else value[: length - 3] + "...")
