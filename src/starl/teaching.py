"""What an encoder's folds read in answers they have not seen: soft labels for a small model. Training only.

Each answer is read by the encoder that was fitted without its file, so that no label is read back; its
variants (parts shuffled or left out, other pronouns) by the same one.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from starl.clauses import Clauses
from starl.emissions import cut_encoded
from starl.encoder import PRECISION, ROLE_COLUMNS, Encoder, pool_clauses
from starl.errors import ModelError
from starl.features import sentence_edges
from starl.tokens import Tokenizer, Tokens
from starl.viterbi import Floats, Transitions, chain_marginals

CHAIN = "chain.npz"
BATCH = 256


class Teacher:
    """The folds of a trained encoder, each for the files that it was fitted without.

    Parameters
    ----------
    folder
        Where the training of the encoder has kept its folds and its chain.
    vocabulary
        The encoder's word pieces.
    sources
        All files of the corpus, in order.

    Raises
    ------
    ModelError
        If the folder does not hold them.
    """

    def __init__(self, folder: Path, vocabulary: Path, sources: Sequence[str]) -> None:
        if not (folder / CHAIN).is_file():
            raise ModelError(f"a teacher must have {CHAIN} in {folder}, got none; train {folder.name} first")
        with np.load(folder / CHAIN, allow_pickle=False) as arrays:
            self._mixing, heat = arrays["mixing"], float(arrays["temperature"])
            chain = Transitions(*(arrays[name] for name in ("start", "between", "end")))
            n_folds = int(arrays["n_folds"])
        paths = [folder / f"fold-{fold}.onnx" for fold in range(n_folds)]
        self._encoders = [Encoder(path.read_bytes(), vocabulary, path.stem) for path in paths]
        self._heat, self._chain = heat, chain.cooled(heat)
        self._fold = {source: i % n_folds for i, source in enumerate(sources)}
        self._tokenizer = Tokenizer()
        self._known: dict[tuple[int, str], npt.NDArray[np.float32]] = {}

    def shares(self, clauses: Clauses, sources: Sequence[str]) -> Floats:
        """Return how likely each role is for each clause of a batch, shape (n_clauses, n_roles).

        Parameters
        ----------
        clauses
            The small model's clauses.
        sources
            The file of each answer.
        """
        probs = self.token_probs(clauses.tokens, sources)
        before = np.concatenate([np.zeros((1, probs.shape[1])), np.cumsum(probs, axis=0)])
        total = before[clauses.start[1:]] - before[clauses.start[:-1]]
        mean: Floats = total / np.diff(clauses.start)[:, None]
        return mean

    def token_probs(self, tokens: Tokens, sources: Sequence[str]) -> Floats:
        """Return how likely each role is for each token of a batch, shape (n_tokens, n_roles)."""
        fold = [self._fold[source] for source in sources]
        for i, encoder in enumerate(self._encoders):
            mine = dict.fromkeys(t for t, f in zip(tokens.texts, fold, strict=True) if f == i)
            new = [text for text in mine if (i, text) not in self._known]
            for at in range(0, len(new), BATCH):
                self._learn(i, encoder, new[at : at + BATCH])
        found = [self._known[key] for key in zip(fold, tokens.texts, strict=True)]
        return np.concatenate([np.zeros((0, self._mixing.shape[1])), *found])

    def _learn(self, fold: int, encoder: Encoder, texts: Sequence[str]) -> None:
        """Read texts and keep what was read: most texts are asked for again, in the next copy or fit."""
        tokens = self._tokenizer(texts)
        probs = self._read(encoder, tokens).astype(np.float32)
        for i, text in enumerate(texts):
            self._known[fold, text] = probs[tokens.offsets[i] : tokens.offsets[i + 1]]

    def _read(self, encoder: Encoder, tokens: Tokens) -> Floats:
        clauses, scores = read_clauses(encoder, self._tokenizer, tokens.texts, [""] * len(tokens.texts))
        emissions = with_constant(scores) @ self._mixing / self._heat
        kinds = sentence_edges(clauses)[0].astype(np.int64)
        probs = chain_marginals(emissions, self._chain, kinds, clauses.offsets)
        return np.repeat(probs, np.diff(clauses.start), axis=0)


def read_clauses(
    encoder: Encoder, tokenizer: Tokenizer, texts: Sequence[str], questions: Sequence[str]
) -> tuple[Clauses, Floats]:
    """Cut answers where an encoder says, and return its role scores of each clause."""
    tokens = tokenizer(texts)
    read = encoder(tokens, tokenizer(questions))
    clauses = cut_encoded(tokens, read)
    return clauses, pool_clauses(read, clauses.start)[:, ROLE_COLUMNS] / PRECISION


def with_constant(scores: Floats) -> Floats:
    """Return scores with a column of ones, which the chain's mixing gives each role's bias."""
    return np.concatenate([scores, np.ones((len(scores), 1))], axis=1)
