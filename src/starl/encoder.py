"""Word pieces -> scores of every token, by an encoder that reads the whole answer at once.

Each piece gets a score of each role, of each agent class, of opening a clause, and, on the class piece, of
each answer type. Answers are read one at a time, so that neither neighbours nor padding touch a number, and
scores are rounded to integers at once, so that all that follows is exact. Needs onnxruntime and tokenizers
(extra ``encoder``), which are imported when a model is loaded.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from starl.errors import ModelError
from starl.pieces import Cutter, Pieces
from starl.tokens import Ints, Tokens

if TYPE_CHECKING:
    from onnxruntime import InferenceSession
    from tokenizers import Tokenizer as WordPiece

ROLE_COLUMNS = slice(0, 6)
AGENT_COLUMNS = slice(6, 10)
OPEN_COLUMN = 10
TYPE_COLUMNS = slice(11, 19)
N_COLUMNS = 19
"""What the columns of the scores mean."""
SPEAKER, SOMEBODY, NOBODY, NO_DEED = range(4)
"""Agent classes: I and we are one to an encoder that must not tell them apart."""
SPEAKER_CLASS = {"I": SPEAKER, "we": SPEAKER, "other": SOMEBODY, "none": NOBODY, "-": NO_DEED}
CLASS_PIECE, END_PIECE, MASK_PIECE = 101, 102, 103
MAX_QUESTION = 48
"""Pieces of the question that are read."""
WINDOW, OVERLAP = 448, 128
"""Pieces of an answer read at once, and how many of them the next window reads again."""
PRECISION = 256
"""Scores are rounded to this part of one."""


@dataclass(frozen=True, slots=True, eq=False)
class Scores:
    """Scores of a batch of answers, as integers in steps of 1 / PRECISION."""

    pieces: Pieces
    piece: Ints  # (n_pieces, N_COLUMNS)
    answer: Ints  # (n_answers, n_types)


class Encoder:
    """A trained encoder, ready to read.

    Parameters
    ----------
    graph
        The ONNX model.
    vocabulary
        A file of word pieces, one a line.
    name
        Name of the model, for errors.

    Raises
    ------
    ModelError
        If onnxruntime or tokenizers is missing.
    """

    def __init__(self, graph: bytes, vocabulary: Path, name: str) -> None:
        self.folder = vocabulary.parent
        self._session = open_session(graph, name)
        self._cutter = Cutter(read_vocabulary(vocabulary, name))

    def __call__(self, tokens: Tokens, questions: Tokens) -> Scores:
        """Score a batch of answers.

        Parameters
        ----------
        tokens
            The answers.
        questions
            The question of each answer, without tokens where there is none.
        """
        pieces, asked = self._cutter(tokens), self._cutter(questions)
        n_answers = len(tokens.offsets) - 1
        piece = np.zeros((len(pieces.ids), N_COLUMNS), dtype=np.int64)
        answer = np.zeros((n_answers, TYPE_COLUMNS.stop - TYPE_COLUMNS.start), dtype=np.int64)
        for i in range(n_answers):
            first, last = pieces.offsets[i], pieces.offsets[i + 1]
            lead = asked.of(i)[:MAX_QUESTION]
            for start, keep, stop in windows(last - first):
                scores = self._run(lead, pieces.ids[first + start : first + stop])
                begin = len(lead) + 2
                piece[first + keep : first + stop] = scores[begin + keep - start : begin + stop - start]
                answer[i] += scores[0, TYPE_COLUMNS]
        return Scores(pieces, piece, answer)

    def _run(self, question: Ints, answer: Ints) -> Ints:
        scores = self._session.run(None, {"ids": lay_out(question, answer)})[0]
        rounded: Ints = np.rint(scores.astype(np.float64) * PRECISION).astype(np.int64)
        return rounded


def lay_out(question: Ints, answer: Ints) -> Ints:
    """Return what is read at once: a class piece, the question, an end piece, the answer, an end piece."""
    return np.concatenate([[CLASS_PIECE], question, [END_PIECE], answer, [END_PIECE]])


def windows(size: int) -> Iterator[tuple[int, int, int]]:
    """Yield start, first place to keep and end of each window over ``size`` pieces, none for no pieces.

    A later window takes over in the middle of its overlap with the one before.

    Examples
    --------
    >>> list(windows(500))
    [(0, 0, 448), (320, 384, 500)]
    """
    start = 0
    while start < size:
        stop = min(start + WINDOW, size)
        yield start, start + (OVERLAP // 2 if start else 0), stop
        if stop == size:
            return
        start += WINDOW - OVERLAP


def pool_clauses(scores: Scores, start: Ints) -> Ints:
    """Return the mean score of the pieces of each clause, rounded down; 0 for one without pieces.

    Parameters
    ----------
    scores
        Scores of a batch.
    start : (n_clauses + 1,)
        First token of each clause, and the number of tokens.

    Returns
    -------
    (n_clauses, N_COLUMNS)
    """
    edge = np.searchsorted(scores.pieces.token, start)  # (n_clauses + 1,)
    before = np.concatenate([np.zeros((1, N_COLUMNS), dtype=np.int64), np.cumsum(scores.piece, axis=0)])
    size = np.maximum(np.diff(edge), 1)[:, None]
    mean: Ints = (before[edge[1:]] - before[edge[:-1]]) // size
    return mean


def opening_scores(scores: Scores, n_tokens: int) -> Ints:
    """Return the score of opening a clause of each token: that of its first piece, shape (n_tokens,)."""
    out = np.full(n_tokens, -1, dtype=np.int64)
    token = scores.pieces.token
    first = np.flatnonzero(np.diff(token, prepend=-1))
    out[token[first]] = scores.piece[first, OPEN_COLUMN]
    return out


def open_session(graph: bytes, name: str) -> InferenceSession:
    """Load an ONNX model for one thread.

    Raises
    ------
    ModelError
        If onnxruntime is missing.
    """
    onnxruntime = needed("onnxruntime", name)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    session: InferenceSession = onnxruntime.InferenceSession(
        graph, options, providers=["CPUExecutionProvider"]
    )
    return session


def read_vocabulary(path: Path, name: str) -> WordPiece:
    """Build the tokenizer of word pieces from its vocabulary.

    Raises
    ------
    ModelError
        If tokenizers is missing.
    """
    tokenizers = needed("tokenizers", name)
    numbers = {string: i for i, string in enumerate(path.read_text(encoding="utf-8").splitlines())}
    wordpiece: WordPiece = tokenizers.Tokenizer(tokenizers.models.WordPiece(numbers, unk_token="[UNK]"))
    wordpiece.normalizer = tokenizers.normalizers.BertNormalizer(lowercase=True)
    wordpiece.pre_tokenizer = tokenizers.pre_tokenizers.BertPreTokenizer()
    return wordpiece


def needed(package: str, name: str) -> Any:  # noqa: ANN401  (a module)
    """Import a package that only a model needs.

    Raises
    ------
    ModelError
        If it is not installed.
    """
    try:
        return import_module(package)
    except ModuleNotFoundError as error:
        raise ModelError(
            f"model {name} needs {package}, which is not installed; "
            "pip install 'starl[encoder]' or load en_starl_sm"
        ) from error
