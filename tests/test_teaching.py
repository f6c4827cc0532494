import numpy as np
import pytest

pytest.importorskip("tokenizers")

from starl.clauses import cut
from starl.errors import ModelError
from starl.pieces import Pieces
from starl.roles import ROLES
from starl.teaching import CHAIN, Teacher
from starl.tokens import Tokenizer

ROLE_OF = {"wet": 0, "ran": 2}


class StubEncoder:
    """Scores a token by its word, and opens a clause at each; one piece a token."""

    def __init__(self, graph, vocabulary, name):
        self.fold = int(name.removeprefix("fold-"))
        self.read = []

    def __call__(self, tokens, questions):
        from starl.encoder import N_COLUMNS, OPEN_COLUMN, PRECISION, Scores

        self.read += tokens.texts
        piece = np.zeros((len(tokens), N_COLUMNS), dtype=np.int64)
        for i in range(len(tokens)):
            piece[i, ROLE_OF.get(tokens.text(i), 5)] = 9 * PRECISION * (1 if self.fold == 0 else -1)
        piece[:, OPEN_COLUMN] = 1
        pieces = Pieces(np.zeros(len(tokens), np.int64), np.arange(len(tokens)), tokens.offsets)
        return Scores(pieces, piece, np.zeros((len(tokens.texts), 8), np.int64))


@pytest.fixture
def teacher(tmp_path, monkeypatch):
    n = len(ROLES)
    chain = {"start": np.zeros(n), "between": np.zeros((2, n, n)), "end": np.zeros(n)}
    mixing = np.concatenate([np.eye(n), np.zeros((1, n))])
    np.savez(tmp_path / CHAIN, mixing=mixing, temperature=1.0, n_folds=2, **chain)
    for fold in range(2):
        (tmp_path / f"fold-{fold}.onnx").touch()
    monkeypatch.setattr("starl.teaching.Encoder", StubEncoder)
    return Teacher(tmp_path, tmp_path / "pieces.txt", ["a.starl", "b.starl"])


def test_a_clause_gets_the_mean_of_its_tokens(teacher):
    tokens = Tokenizer()(["wet wet ran ran"])
    clauses = cut(tokens, np.array([True, False, False, True]))
    shares = teacher.shares(clauses, ["a.starl"])
    assert shares.argmax(axis=1).tolist() == [0, 2]
    assert shares[0, [0, 2]] == pytest.approx([2 / 3, 1 / 3], abs=0.01)
    assert shares.sum(axis=1) == pytest.approx([1, 1])


def test_each_file_is_read_by_the_fold_that_left_it_out(teacher):
    probs = teacher.token_probs(Tokenizer()(["wet", "wet"]), ["a.starl", "b.starl"])
    assert probs[0].argmax() == 0
    assert probs[1].argmin() == 0


def test_a_text_is_read_once(teacher):
    for _ in range(2):
        teacher.token_probs(Tokenizer()(["wet", "ran", "wet"]), ["a.starl"] * 3)
    assert teacher._encoders[0].read == ["wet", "ran"]


def test_a_teacher_that_was_not_trained_is_an_error(tmp_path):
    with pytest.raises(ModelError, match=r"must have chain.npz in .*, got none; train .* first"):
        Teacher(tmp_path, tmp_path / "pieces.txt", [])
