"""Documents of labelled sentences, read from JSONL and ``.starl`` files and checked.

Every fault reads ``file:line: what, rule, value met``.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from reprlib import repr as short

from starl.corpus import read_corpus
from starl.training import Labelled, labelled


@dataclass(frozen=True, slots=True)
class Document:
    """A text with its labelled sentences, in order.

    Documents of one group hang together and are never parted by a fold.
    """

    content: Labelled
    group: str

    @property
    def labels(self) -> list[str]:
        """The label of each sentence."""
        return [label for _, _, label in self.content[1]]

    def parts(self) -> list[Labelled]:
        """Return each sentence as a text of its own."""
        text, spans = self.content
        return [(text[start:end], [(0, end - start, label)]) for start, end, label in spans]


def read_documents(
    paths: Sequence[Path], *, sentences: str = "sentences", labels: str = "labels"
) -> list[Document]:
    """Read the documents of ``.starl`` files and folders, then those of JSONL files.

    Parameters
    ----------
    paths
        A path that is no folder and does not end in ``.starl`` is read as JSONL.
    sentences, labels
        Fields of a JSONL line.

    Raises
    ------
    ValueError
        On the first fault.
    """
    annotated = [path for path in paths if path.is_dir() or path.suffix == ".starl"]
    answers = read_corpus(annotated)
    found = [Document(text, a.pair) for text, a in zip(labelled(answers), answers, strict=True)]
    for path in paths:
        if path not in annotated:
            found += _read_jsonl(path, sentences, labels)
    return found


def _read_jsonl(path: Path, sentences: str, labels: str) -> list[Document]:
    found = []
    for number, line in enumerate(path.read_bytes().removeprefix(b"\xef\xbb\xbf").split(b"\n"), start=1):
        try:
            if line.strip():
                found.append(_to_document(line, sentences, labels))
        except ValueError as error:
            raise ValueError(f"{path}:{number}: {error}") from None
    if not found:
        raise ValueError(f"{path}:1: file must hold a document, got none")
    return found


def _to_document(line: bytes, sentences: str, labels: str) -> Document:
    """Join the sentences of a line by line breaks; equal texts are one group."""
    row = _to_object(line)
    texts = [_to_sentence(i, value) for i, value in enumerate(_list(row, sentences, "--sentences"), start=1)]
    names = [_to_label(i, value) for i, value in enumerate(_list(row, labels, "--labels"), start=1)]
    if not texts:
        raise ValueError(f"field {sentences!r} must hold a sentence, got []")
    if len(names) != len(texts):
        raise ValueError(f"labels must be as many as sentences, {len(texts)}, got {len(names)}")
    starts = accumulate((len(text) + 1 for text in texts[:-1]), initial=0)
    spans = [(start, start + len(t), name) for start, t, name in zip(starts, texts, names, strict=True)]
    text = "\n".join(texts)
    return Document((text, spans), group=text)


def _to_object(line: bytes) -> dict[str, object]:
    try:
        row = json.loads(line.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise ValueError(f"line must be UTF-8, got byte 0x{line[error.start]:02x}") from None
    except json.JSONDecodeError as error:
        raise ValueError(
            f"line must be a JSON object, got {short(error.doc)} ({error.msg}, column {error.colno})"
        ) from None
    except RecursionError:
        raise ValueError("line must be a JSON object of lists, got one nested too deeply") from None
    if not isinstance(row, dict):
        raise ValueError(f"line must be a JSON object, got {short(row)}")
    return row


def _list(row: dict[str, object], field: str, option: str) -> list[object]:
    if field not in row:
        raise ValueError(f"line must have the field {field!r}, got {short([*row])}; see {option}")
    found = row[field]
    if not isinstance(found, list):
        raise ValueError(f"field {field!r} must be a list, got {short(found)}; see {option}")
    return found


def _to_sentence(i: int, value: object) -> str:
    text = value.strip() if isinstance(value, str) else ""
    if not text or any("\ud800" <= char <= "\udfff" for char in text):
        raise ValueError(f"sentence {i} must be a string of valid Unicode with a word, got {short(value)}")
    return text


def _to_label(i: int, value: object) -> str:
    whole = isinstance(value, int) and not isinstance(value, bool)
    name = value.strip() if isinstance(value, str) else str(value) if whole else ""
    if not name or not name.isprintable():
        raise ValueError(f"label {i} must be one printable string or a whole number, got {short(value)}")
    return name
