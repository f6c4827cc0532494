"""Whatever holds answers -> batches of texts, what cannot be read marked; batches -> results, in order.

Answers may come as a list or iterator, or as a column of NumPy, Arrow, pandas or polars.
"""

from __future__ import annotations

import os
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import islice
from multiprocessing import parent_process
from threading import Thread
from typing import Any, Literal, TypeVar

import numpy as np
import numpy.typing as npt

from starl.errors import ColumnError, TextError
from starl.roles import ROW_STATUSES, Unread
from starl.tokens import surrogate_error

OnInvalid = Literal["raise", "mark"]
Item = TypeVar("Item")
Result = TypeVar("Result")

_AHEAD = 2
"""Batches a process that wait for their turn: enough to keep it busy, few enough to hold in memory."""
_END = object()
_worker: Callable[[Any], Any] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Some answers in order."""

    texts: list[str]
    """An empty text stands for an answer that cannot be read."""
    unread: npt.NDArray[np.int8]
    """(n_answers,) index into `ROW_STATUSES` of why it cannot be read, -1 where it can."""
    questions: list[str | None] | None

    def __len__(self) -> int:
        return len(self.texts)


def batched(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    """Cut an iterable into lists of ``size``."""
    if size < 1:
        raise ValueError(f"batch_size must be at least 1, got {size}")
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch


def in_batches(
    texts: Iterable[object],
    questions: Iterable[str | None] | None,
    size: int,
    on_invalid: OnInvalid = "raise",
    max_chars: int | None = None,
) -> Iterator[Batch]:
    """Yield batches of ``size`` answers with their questions.

    Parameters
    ----------
    texts
        Answers; None and the nulls of Arrow, pandas and polars are missing ones.
    questions
        One question (or None) for each answer, or none at all.
    size
        Answers a batch, at least 1.
    on_invalid
        Whether to raise on an answer that is no valid text, or to mark it.
    max_chars
        Longer answers are marked as oversized; no limit if None.

    Raises
    ------
    TextError
        If there is no column of answers, or one is invalid and shall not be marked.
    ValueError
        If there are fewer or more questions than answers.
    """
    if on_invalid not in ("raise", "mark"):
        raise ValueError(f"on_invalid must be 'raise' or 'mark', got {on_invalid!r}")
    asked = None if questions is None else iter(values(questions))
    n = 0
    for batch in batched(values(texts), size):
        some = None if asked is None else [_question(q) for q in islice(asked, len(batch))]
        if some is not None and len(some) < len(batch):
            raise ValueError(f"questions must hold one for each answer, got {n + len(some)} for more answers")
        yield check(batch, some, on_invalid, max_chars, n)
        n += len(batch)
    if asked is not None and next(asked, _END) is not _END:
        raise ValueError(f"questions must hold one for each answer, got more than {n}")


def values(column: Iterable[object]) -> Iterable[object]:
    """Return the values of whatever holds answers, nulls as None.

    Raises
    ------
    TextError
        If it is one text, or a table.
    """
    if isinstance(column, str | bytes | bytearray):
        kind = type(column).__name__
        raise TextError(f"texts must be an iterable of answers, got one {kind}; wrap it in a list")
    if isinstance(column, Mapping) or hasattr(column, "columns") or hasattr(column, "column_names"):
        raise TextError(
            f"texts must be one column of answers, got a table ({type(column).__name__}); pick the column"
        )
    if isinstance(column, np.ndarray):
        if column.ndim != 1:
            raise TextError(f"texts must have one axis, got shape {column.shape}")
        return _listed(column.tolist())
    if hasattr(column, "__arrow_c_stream__") or hasattr(column, "__arrow_c_array__"):
        return _from_arrow(column)
    return column


def _listed(items: list[object]) -> Iterable[object]:
    return (None if _is_null(item) else item for item in items)


def _is_null(item: object) -> bool:
    """Whether a value is None, NaN, or the NA of pandas."""
    return item is None or (isinstance(item, float) and item != item) or type(item).__name__ == "NAType"


def _from_arrow(column: Any) -> Iterable[object]:  # noqa: ANN401  (any column of Arrow, pandas, polars)
    if find_spec("pyarrow") is None:
        return _listed(list(column))
    import pyarrow as pa

    try:
        array = pa.chunked_array(column)
    except (pa.ArrowException, TypeError, ValueError):  # a pandas column of mixed objects
        return _listed(list(column))
    return (item for chunk in array.chunks for item in arrow_values(chunk))


def arrow_values(array: Any) -> list[object]:  # noqa: ANN401  (an Arrow array)
    """Return the values of an Arrow array as a list, nulls as None."""
    import pyarrow as pa

    kind = array.type
    if pa.types.is_dictionary(kind):
        return arrow_values(array.dictionary_decode())
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        try:
            found: list[object] = array.to_numpy(zero_copy_only=False).tolist()
        except (pa.ArrowException, UnicodeDecodeError):  # not all is UTF-8: what is not stays bytes
            found = [_decoded(value) for value in array.cast(pa.large_binary()).to_pylist()]
        return found
    listed: list[object] = array.to_pylist()
    return listed


def _decoded(value: bytes | None) -> object:
    try:
        return None if value is None else value.decode()
    except UnicodeDecodeError:
        return value


def check_rows(
    rows: Any,  # noqa: ANN401  (an Arrow record batch)
    text: str,
    question: str | None = None,
    keep: Sequence[str] = (),
    max_chars: int | None = None,
) -> Batch:
    """Return the answers of a batch of Arrow rows; what cannot be read is marked.

    Parameters
    ----------
    rows
        An Arrow record batch.
    text, question, keep
        Names of the columns of answers, of questions, and of what is passed on.
    max_chars
        Longer answers are marked as oversized; no limit if None.

    Raises
    ------
    ColumnError
        If there is no such column.
    """
    names = rows.schema.names
    for name in (text, *([question] if question is not None else []), *keep):
        if name not in names:
            known = ", ".join(map(repr, names)) or "(none)"
            raise ColumnError(f"column must be one of {known}, got {name!r}")
    asked = None if question is None else [_question(q) for q in arrow_values(rows.column(question))]
    return check(arrow_values(rows.column(text)), asked, "mark", max_chars)


def _question(value: object) -> str | None:
    return value if isinstance(value, str) else None


def check(
    items: Sequence[object],
    questions: list[str | None] | None = None,
    on_invalid: OnInvalid = "raise",
    max_chars: int | None = None,
    first: int = 0,
) -> Batch:
    """Mark the answers that cannot be read.

    Parameters
    ----------
    items
        Answers; None is a missing one.
    questions
        One question (or None) for each answer, or none at all.
    on_invalid
        Whether to raise on an answer that is no valid text, or to mark it.
    max_chars
        Longer answers are marked as oversized; no limit if None.
    first
        Number of the first answer, for errors.

    Raises
    ------
    TextError
        If an answer is no str, or holds a lone surrogate, and shall not be marked.
    """
    texts = [item if isinstance(item, str) else "" for item in items]
    unread = np.full(len(texts), -1, dtype=np.int8)

    def mark(rows: list[int], why: Unread) -> None:
        unread[rows] = ROW_STATUSES.index(why)
        for row in rows:
            texts[row] = ""

    for row in [row for row, item in enumerate(items) if item is not texts[row]]:
        if _is_null(items[row]):
            mark([row], Unread.MISSING)
        elif on_invalid == "raise":
            raise TextError(
                f"answer {first + row} must be a str, got {type(items[row]).__name__}; "
                "decode or convert it first"
            )
        else:
            mark([row], Unread.NOT_TEXT)
    if max_chars is not None:
        mark([row for row, text in enumerate(texts) if len(text) > max_chars], Unread.OVERSIZED)
    broken = _with_surrogates(texts)
    if broken and on_invalid == "raise":
        raise surrogate_error(texts, first)
    mark(broken, Unread.NOT_TEXT)
    return Batch(texts, unread, questions)


def _with_surrogates(texts: Sequence[str]) -> list[int]:
    """Return the rows with a lone surrogate; ASCII, which most are, holds none."""
    return [row for row, text in enumerate(texts) if not (text.isascii() or _is_valid(text))]


def _is_valid(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def spread(
    worker: Callable[[Item], Result], items: Iterable[Item], n_process: int
) -> Iterator[tuple[Item, Result]]:
    """Yield each item with what a worker makes of it, in order.

    Parameters
    ----------
    worker
        What is done; it is sent to each process once.
    items
        Read as they are needed: only a few wait at a time.
    n_process
        Processes to use; with 1, all is done here.

    Raises
    ------
    ValueError
        If ``n_process`` is less than 1.
    """
    if n_process < 1:
        raise ValueError(f"n_process must be at least 1, got {n_process}")
    if n_process == 1:
        yield from ((item, worker(item)) for item in items)
        return
    waiting: deque[tuple[Item, Future[Result]]] = deque()
    pool = ProcessPoolExecutor(n_process, initializer=_set_worker, initargs=(worker,))
    try:
        for item in items:
            waiting.append((item, pool.submit(_work, item)))
            if len(waiting) > _AHEAD * n_process:
                done, future = waiting.popleft()
                yield done, future.result()
        while waiting:
            done, future = waiting.popleft()
            yield done, future.result()
    finally:
        pool.shutdown(cancel_futures=True)


def _set_worker(worker: Callable[[Any], Any]) -> None:
    global _worker
    _worker = worker
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent stops its processes itself
    Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """End this process when its parent is gone; a parent that was killed cannot stop it."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _work(item: Any) -> Any:  # noqa: ANN401  (what the worker takes and gives)
    if _worker is None:
        raise RuntimeError("a process must be given its work before its first batch, got none")
    return _worker(item)
