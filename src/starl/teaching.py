"""What an encoder's folds read in answers they have not seen: soft labels for a small model. Training only.

Each answer is read by the encoder that was fitted without its file, so that no label is read back; its
variants (parts shuffled or left out, other pronouns) by the same one.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from starl.clauses import Clauses, cut, join_wordless
from starl.encoder import PRECISION, ROLE_COLUMNS, Encoder, opening_scores, pool_clauses
from starl.errors import ModelError
from starl.features import sentence_edges
from starl.tokens import Ints, Tokenizer, Tokens
from starl.viterbi import Floats, Transitions, marginals, pad

CHAIN = "chain.npz"


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
        probs = np.zeros((len(tokens), self._mixing.shape[1]))
        fold = np.array([self._fold[source] for source in sources])
        for i, encoder in enumerate(self._encoders):
            rows = np.flatnonzero(fold == i)
            if not len(rows):
                continue
            some = self._tokenizer([tokens.texts[row] for row in rows.tolist()])
            read = self._read(encoder, some)
            for at, row in enumerate(rows):
                found = read[some.offsets[at] : some.offsets[at + 1]]
                probs[tokens.offsets[row] : tokens.offsets[row + 1]] = found
        return probs

    def _read(self, encoder: Encoder, tokens: Tokens) -> Floats:
        scores = encoder(tokens, self._tokenizer([""] * len(tokens.texts)))
        clauses = join_wordless(cut(tokens, tokens.newline | (opening_scores(scores, len(tokens)) > 0)))
        plain = pool_clauses(scores, clauses.start)[:, ROLE_COLUMNS] / PRECISION
        emissions = np.concatenate([plain, np.ones((len(plain), 1))], axis=1) @ self._mixing / self._heat
        opens, _ = sentence_edges(clauses)
        probs = np.zeros_like(emissions)
        sizes: Ints = np.diff(clauses.offsets)
        index, mask = pad(clauses.offsets[:-1], sizes)
        read = marginals(emissions[index], self._chain, opens.astype(np.int64)[index], mask)
        probs[index[mask]] = read[mask]
        return np.repeat(probs, np.diff(clauses.start), axis=0)
