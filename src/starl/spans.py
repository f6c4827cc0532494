"""Clauses and their roles -> spans: a run of neighbouring clauses of one role is one span."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from starl.clauses import Clauses
from starl.errors import ShapeError
from starl.report import UNSURE_BELOW, Span
from starl.roles import ROLES, STORY_ROLES
from starl.tokens import Ints

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Spans:
    """The spans of a batch of answers, one after the other; clauses of role other are in none.

    Span ``s`` holds the clauses ``first[s]:last[s]`` of the batch, and ``offsets[i]:offsets[i + 1]`` are the
    spans of answer ``i``. ``confidence`` is the mean of the clauses' confidences weighted by their words,
    or the plain mean if the span holds no word.
    """

    clauses: Clauses
    answer: Ints  # (n_spans,)
    role: Ints  # (n_spans,)
    first: Ints  # (n_spans,)
    last: Ints  # (n_spans,)
    n_words: Ints  # (n_spans,)
    confidence: Floats  # (n_spans,)
    offsets: Ints  # (n_answers + 1,)

    def __len__(self) -> int:
        return len(self.answer)


def words_by_clause(clauses: Clauses) -> Ints:
    """Count the words of each clause, shape (n_clauses,)."""
    before = np.concatenate([[0], np.cumsum(clauses.tokens.word)])  # (n_tokens + 1,)
    n_words: Ints = before[clauses.start[1:]] - before[clauses.start[:-1]]
    return n_words


def merge(clauses: Clauses, roles: Ints, confidence: Floats) -> Spans:
    """Merge neighbouring clauses of one STARL role within an answer.

    Parameters
    ----------
    clauses
        The clauses of a batch of answers.
    roles : (n_clauses,)
        Index into `ROLES` of each clause.
    confidence : (n_clauses,)
        Probability that the role is right, in 0..1.

    Returns
    -------
    Spans
        A clause of role other breaks a run and yields no span.

    Raises
    ------
    ShapeError
        If roles or confidence do not have one value a clause.
    """
    n = len(clauses)
    if roles.shape != (n,) or confidence.shape != (n,):
        raise ShapeError(
            f"roles and confidence must have shape ({n},) to match the clauses, "
            f"got {roles.shape} and {confidence.shape}"
        )
    opens = np.ones(n, dtype=bool)
    opens[1:] = (np.diff(roles) != 0) | (np.diff(clauses.answer) != 0)
    run = np.cumsum(opens) - 1  # (n_clauses,)
    first = np.flatnonzero(opens)  # (n_runs,)
    last = np.append(first[1:], n) if n else first
    n_words = words_by_clause(clauses)
    run_words = np.bincount(run, weights=n_words, minlength=len(first)).astype(np.int64)
    weight = np.where(run_words[run] > 0, n_words, 1)  # (n_clauses,)
    total = np.bincount(run, weights=weight, minlength=len(first))
    mean = np.bincount(run, weights=weight * confidence, minlength=len(first)) / total
    story = roles[first] < len(STORY_ROLES)  # (n_runs,)
    answer = clauses.answer[first][story]
    return Spans(
        clauses=clauses,
        answer=answer,
        role=roles[first][story],
        first=first[story],
        last=last[story],
        n_words=run_words[story],
        confidence=mean[story],
        offsets=np.searchsorted(answer, np.arange(len(clauses.offsets))),
    )


def answer_spans(spans: Spans, i: int) -> tuple[Span, ...]:
    """Return the spans of answer ``i`` of the batch as report values, in order."""
    start, end = spans.clauses.start_char, spans.clauses.end_char
    return tuple(
        Span(
            start_char=int(start[spans.first[s]]),
            end_char=int(end[spans.last[s] - 1]),
            role=ROLES[spans.role[s]],
            n_words=int(spans.n_words[s]),
            confidence=confidence,
            unsure=confidence < UNSURE_BELOW,
        )
        for s in range(spans.offsets[i], spans.offsets[i + 1])
        for confidence in (min(1.0, round(float(spans.confidence[s]), 4)),)
    )
