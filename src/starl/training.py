"""Annotated answers, a config file -> a linear model folder. Run by ``starl train CONFIG``; needs scipy.

Text goes through the same tokens, clauses and features as in use. Clauses are cut by the trained cutter and
take the role that most of their words have, so the roles are learned on what they will meet.
"""

from __future__ import annotations

import hashlib
import random
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field
from scipy.sparse import csr_matrix, diags, vstack

from starl.analyzer import load
from starl.clauses import Clauses, describe_places, segment
from starl.corpus import AnnotatedAnswer, read_corpus
from starl.evaluation import accuracy, confusion, f1, macro_f1, starl_f1, value
from starl.features import Features, extract, make_stream
from starl.fitting import Chains, fit_crf, fit_logistic, fit_softmax, fit_temperature
from starl.kinds import type_features
from starl.lexicon import CUES
from starl.model import FORMATS, VOCABULARY, save_model
from starl.roles import ANSWER_TYPES, ROLE_LETTERS, ROLES
from starl.scoring import MAX_WEIGHT
from starl.tokens import Ints, Tokenizer, Tokens
from starl.variants import shuffle_parts
from starl.viterbi import Floats, Transitions

N_KINDS = 2
N_ROLES = len(ROLES)
Labelled = tuple[str, list[tuple[int, int, str]]]
"""A text, and the start, end and role letter of each of its gold clauses."""
Teach = Callable[[Clauses, Ints, Sequence[str]], Floats]
"""Clauses, their labels and the file of each answer -> shares of roles to learn."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    n_bits: int = Field(ge=8, le=22)
    l2: float = Field(gt=0)
    iterations: int = Field(ge=1)


class _Clauses(_Part):
    lean: float


class _Roles(_Part):
    min_files: int = Field(ge=1)
    dropout: float = Field(ge=0, lt=1)
    copies: int = Field(ge=1)
    shuffled: int = Field(ge=0)
    shuffle_share: float = Field(ge=0, le=1)
    runs: int = Field(ge=1)
    folds: int = Field(ge=2)
    caution: float = Field(default=1.0, ge=1)


class _Types(_Part):
    min_files: int = Field(ge=1)


class Distil(BaseModel):
    """Whose soft labels are mixed into those of the corpus, and to what share."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    teacher: str
    share: float = Field(ge=0, le=1)


class Recipe(BaseModel):
    """What the training config of any model holds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    version: str
    seed: int
    corpus: str
    licence: str


class Config(Recipe):
    """What the training config of a linear model holds; see ``models/en_starl_sm.toml``."""

    clauses: _Clauses
    roles: _Roles
    types: _Types
    distil: Distil | None = None


class Data:
    """The corpus of a training: its answers, those held out, and a hash of all files.

    Parameters
    ----------
    folder
        Where the ``.starl`` files are.
    """

    def __init__(self, folder: Path) -> None:
        paths = sorted(folder.glob("*.starl"))
        corpus = read_corpus(paths)
        self.answers = [answer for answer in corpus if not answer.held_out]
        self.held_out = [answer for answer in corpus if answer.held_out]
        self.sha256 = hashlib.sha256(b"".join(path.read_bytes() for path in paths)).hexdigest()
        self.summary = f"models/corpus, {len(self.answers)} answers of {len(paths)} files"


def train_linear(path: Path, config: Config) -> Path:
    """Train the linear model of a config file, and save it beside the file.

    Parameters
    ----------
    path
        The config file.
    config
        What it says.

    Returns
    -------
    Path
        The model folder.
    """
    data = Data(path.parent / config.corpus)
    answers = data.answers
    tokenizer = Tokenizer()
    _tell(f"{len(answers)} answers; fitting clauses")
    (split,), _ = quantise(fit_clauses(tokenizer, answers, config.clauses))
    _tell("fitting roles")
    teach = teacher(path.parent, config, sorted({a.source for a in answers}))
    weights, chain = fit_roles(tokenizer, split, answers, config, teach)
    _tell("calibrating on files not trained on")
    temperature = round(config.roles.caution * calibrate(tokenizer, split, answers, config, teach), 3)
    _tell("fitting answer types")
    types, type_bias = fit_types(tokenizer, split, answers, config.types)

    (roles, start, between, end), scale = quantise(weights, chain.start, chain.between, chain.end)
    (type_table, bias), type_scale = quantise(types, type_bias)
    meta = passport(config, data) | {
        "format": FORMATS["linear"],
        "features": ("word 1-3-grams", "skip-grams", "words of the neighbours", "frames", *CUES),
        "n_bits": config.roles.n_bits,
        "split_bits": config.clauses.n_bits,
        "type_bits": config.types.n_bits,
        "scale": scale,
        "type_scale": type_scale,
        "temperature": temperature,
    }
    arrays = {
        "roles": roles,
        "split": split,
        "types": type_table,
        "start": start,
        "between": between,
        "end": end,
        "type_bias": bias,
    }
    folder = path.parent / config.name
    text = read_card(folder)
    save_model(folder, meta, arrays, text)
    meta["scores"] = held_out_scores(folder, data.held_out)
    save_model(folder, meta, arrays, text)
    _tell(f"saved {folder.name}")
    return folder


def passport(config: Recipe, data: Data) -> dict[str, Any]:
    """Return the fields of ``meta.json`` that models of every design share, but for format and hash."""
    return {
        "name": config.name,
        "version": config.version,
        "roles": tuple(map(str, ROLES)),
        "answer_types": tuple(map(str, ANSWER_TYPES)),
        "data": data.summary,
        "data_sha256": data.sha256,
        "seed": config.seed,
        "scores": {},
        "licence": config.licence,
    }


def read_card(folder: Path) -> str:
    """Return the model card of a folder, or a heading to start one with."""
    card = folder / "README.md"
    return card.read_text(encoding="utf-8") if card.is_file() else f"# {folder.name}\n"


def held_out_scores(folder: Path, answers: Sequence[AnnotatedAnswer]) -> dict[str, float | None]:
    """Return word accuracy, F1 of each role and macro-F1 of the saved model on held-out answers."""
    if not answers:
        return {}
    texts = labelled(answers)
    reading = load(str(folder)).read([text for text, _ in texts])
    tokens = reading.clauses.tokens
    roles = np.repeat(reading.roles, np.diff(reading.clauses.start))  # (n_tokens,)
    gold = gold_roles(tokens, texts)
    counts = confusion(gold[tokens.word], roles[tokens.word], n_labels=N_ROLES)[0]
    scores = {"accuracy": accuracy(counts), "macro_f1": macro_f1(counts), "starl_f1": starl_f1(counts)}
    out = {name: value(score) for name, score in scores.items()}
    out |= {f"f1_{role}": value(v) for role, v in zip(ROLES, f1(counts), strict=True)}
    return {name: None if v is None else round(v, 4) for name, v in out.items()}


def _tell(line: str) -> None:
    sys.stderr.write(f"starl train: {line}\n")


def quantise(*arrays: Floats) -> tuple[list[npt.NDArray[np.int16]], float]:
    """Scale arrays together to integers of at most 2047; return them and the scale."""
    scale = MAX_WEIGHT / max(float(np.abs(a).max(initial=0.0)) for a in arrays)
    return [np.rint(a * scale).astype(np.int16) for a in arrays], scale


def gold_opens(tokenizer: Tokenizer, texts: Sequence[Labelled]) -> tuple[Tokens, npt.NDArray[np.bool_]]:
    """Return the tokens of the texts and where a gold clause starts."""
    tokens = tokenizer([text for text, _ in texts])
    opens = np.zeros(len(tokens), dtype=bool)
    for i, (_, clauses) in enumerate(texts):
        part = slice(tokens.offsets[i], tokens.offsets[i + 1])
        opens[part] = np.isin(tokens.start_char[part], [start for start, _, _ in clauses])
    return tokens, opens


def labelled(answers: Iterable[AnnotatedAnswer]) -> list[Labelled]:
    """Return answers as texts with gold clauses."""
    return [(a.text, [(start, end, role) for start, end, role, _ in a.spans()]) for a in answers]


def fit_clauses(tokenizer: Tokenizer, answers: Sequence[AnnotatedAnswer], config: _Clauses) -> Floats:
    """Fit the cutter; return weights, shape (2 ** n_bits,)."""
    tokens, opens = gold_opens(tokenizer, labelled(answers))
    places, ids = describe_places(tokens, config.n_bits)
    starts = np.arange(0, ids.size + 1, len(ids))
    rows = csr_matrix((np.ones(ids.size), ids.T.ravel(), starts), shape=(len(places), 1 << config.n_bits))
    weights = fit_logistic(rows, opens[places], config.l2, config.iterations)
    weights[ids[-1, 0]] += config.lean
    return weights


def shuffle(answer: AnnotatedAnswer, share: float, rng: random.Random) -> Labelled:
    """Put the parts of a share of the answers in another order, and leave out one part of as many."""
    clauses, texts, at = [], [], 0
    for role, _, words in shuffle_parts(list(answer.clauses), share, rng):
        clauses.append((at, at + len(words), role))
        texts.append(words)
        at += len(words) + 1
    return " ".join(texts), clauses


def gold_roles(tokens: Tokens, texts: Sequence[Labelled]) -> Ints:
    """Return the gold role of each token, shape (n_tokens,)."""
    gold = np.zeros(len(tokens), dtype=np.int64)
    for i, (_, spans) in enumerate(texts):
        part = slice(tokens.offsets[i], tokens.offsets[i + 1])
        starts = np.array([start for start, _, _ in spans])
        roles = np.array([ROLE_LETTERS.index(role) for _, _, role in spans])
        gold[part] = roles[np.searchsorted(starts, tokens.start_char[part], side="right") - 1]
    return gold


def label_clauses(clauses: Clauses, texts: Sequence[Labelled]) -> Ints:
    """Give each clause the role that most of its words have in gold, shape (n_clauses,)."""
    gold = gold_roles(clauses.tokens, texts)
    clause = np.repeat(np.arange(len(clauses)), np.diff(clauses.start))
    votes = np.zeros((len(clauses), N_ROLES), dtype=np.int64)
    np.add.at(votes, (clause, gold), 10 * clauses.tokens.word + 1)
    best: Ints = votes.argmax(axis=1)
    return best


def to_rows(features: Features, n_clauses: int, n_bits: int) -> csr_matrix:
    """Return the features as a sparse matrix, shape (n_clauses, 2 ** n_bits)."""
    total = csr_matrix((n_clauses, 1 << n_bits))
    for family in features.families:
        size = family.end - family.begin
        stop = np.cumsum(size)
        index = np.repeat(family.begin - stop + size, size) + np.arange(int(size.sum()))
        ids = family.by_row[:, index]
        starts = np.concatenate([[0], stop]) * len(ids)
        total = total + csr_matrix((np.ones(ids.size), ids.T.ravel(), starts), shape=total.shape)
    return total.tocsr()


def teacher(folder: Path, config: Config, sources: Sequence[str]) -> Teach | None:
    """Return what mixes an encoder's soft labels into those of the corpus, where the config asks for it."""
    if config.distil is None:
        return None
    from starl.teaching import Teacher

    name, weight = config.distil.teacher, config.distil.share
    reader = Teacher(folder / ".runs" / name, folder / name / VOCABULARY, sources)

    def teach(clauses: Clauses, labels: Ints, files: Sequence[str]) -> Floats:
        soft: Floats = weight * reader.shares(clauses, files) + (1 - weight) * np.eye(N_ROLES)[labels]
        return soft

    return teach


def to_chains(
    tokenizer: Tokenizer,
    split: npt.NDArray[np.int16],
    texts: Sequence[Labelled],
    n_bits: int,
    *,
    files: Sequence[str] = (),
    teach: Teach | None = None,
) -> Chains:
    """Run texts through tokens, clauses and features, and label the clauses, softly if they are taught."""
    clauses = segment(tokenizer([text for text, _ in texts]), split)
    features = extract(clauses, n_bits)
    labels = label_clauses(clauses, texts)
    return Chains(
        rows=to_rows(features, len(clauses), n_bits),
        labels=labels,
        kinds=features.opens_sentence,
        sizes=np.diff(clauses.offsets),
        soft=teach(clauses, labels, files) if teach else None,
    )


def common(rows: csr_matrix, sources: Ints, min_files: int) -> npt.NDArray[np.bool_]:
    """Say which columns occur in rows of at least ``min_files`` sources, shape (n_features,)."""
    seen = np.zeros(rows.shape[1], dtype=np.int64)
    for source in np.unique(sources):
        seen[np.unique(rows[sources == source].indices)] += 1
    return seen >= min_files


def thinned(chains: Chains, share: float, rng: np.random.Generator) -> Chains:
    """Delete a share of the features at random and let the rest weigh more."""
    rows = chains.rows.copy()
    rows.data = rows.data * (rng.random(len(rows.data)) >= share) / (1 - share)
    rows.eliminate_zeros()
    return replace(chains, rows=rows)


def fit_roles(
    tokenizer: Tokenizer,
    split: npt.NDArray[np.int16],
    answers: Sequence[AnnotatedAnswer],
    config: Config,
    teach: Teach | None = None,
) -> tuple[Floats, Transitions]:
    """Fit the CRF on several draws of shuffled and thinned copies of the corpus, and average the fits."""
    fits = [fit_once(tokenizer, split, answers, config, run, teach) for run in range(config.roles.runs)]
    chain = [np.mean([getattr(c, name) for _, c in fits], axis=0) for name in ("start", "between", "end")]
    return np.mean([weights for weights, _ in fits], axis=0), Transitions(*chain)


def fit_once(
    tokenizer: Tokenizer,
    split: npt.NDArray[np.int16],
    answers: Sequence[AnnotatedAnswer],
    config: Config,
    run: int,
    teach: Teach | None = None,
) -> tuple[Floats, Transitions]:
    """Fit the CRF on the corpus, its shuffled and its thinned copies, as drawn for this run."""
    options = config.roles
    rng = random.Random(config.seed + run)
    noise = np.random.default_rng([config.seed, run])
    names = sorted({a.source for a in answers})
    source = np.array([names.index(a.source) for a in answers])
    sets = [labelled(answers)] + [
        [shuffle(a, options.shuffle_share, rng) for a in answers] for _ in range(options.shuffled)
    ]
    files = [a.source for a in answers]
    parts = [to_chains(tokenizer, split, texts, options.n_bits, files=files, teach=teach) for texts in sets]
    keep = common(parts[0].rows, np.repeat(source, parts[0].sizes), options.min_files)
    some = diags(keep.astype(np.float64))
    parts = [replace(p, rows=(p.rows @ some).tocsr()) for p in parts]
    for p in parts:
        p.rows.eliminate_zeros()
    if options.dropout:
        parts = [thinned(p, options.dropout, noise) for p in parts for _ in range(options.copies)]
    whole = Chains(
        vstack([p.rows for p in parts]).tocsr(),
        np.concatenate([p.labels for p in parts]),
        np.concatenate([p.kinds for p in parts]),
        np.concatenate([p.sizes for p in parts]),
        None if teach is None else np.concatenate([p.soft for p in parts if p.soft is not None]),
    )
    return fit_crf(whole, N_ROLES, N_KINDS, options.l2, options.iterations)


def calibrate(
    tokenizer: Tokenizer,
    split: npt.NDArray[np.int16],
    answers: Sequence[AnnotatedAnswer],
    config: Config,
    teach: Teach | None = None,
) -> float:
    """Return the temperature under which roles of files not trained on are most likely."""
    names = sorted({a.source for a in answers})
    once = config.model_copy(update={"roles": config.roles.model_copy(update={"runs": 1})})
    held = []
    for fold in range(config.roles.folds):
        out = set(names[fold :: config.roles.folds])
        weights, chain = fit_roles(tokenizer, split, [a for a in answers if a.source not in out], once, teach)
        texts = labelled([a for a in answers if a.source in out])
        held.append((to_chains(tokenizer, split, texts, config.roles.n_bits), weights, chain))

    return fit_temperature(held)


def fit_types(
    tokenizer: Tokenizer, split: npt.NDArray[np.int16], answers: Sequence[AnnotatedAnswer], config: _Types
) -> tuple[Floats, Floats]:
    """Fit the classifier of answer types; return weights (2 ** n_bits, n_types) and bias (n_types,)."""
    clauses = segment(tokenizer([a.text for a in answers]), split)
    ids, answer = type_features(make_stream(clauses), clauses, config.n_bits)
    size = np.bincount(answer, minlength=len(answers))
    rows = csr_matrix(
        (np.tile(1 / size[answer], len(ids)), (np.tile(answer, len(ids)), ids.ravel())),
        shape=(len(answers), 1 << config.n_bits),
    )
    names = sorted({a.source for a in answers})
    keep = common(rows, np.array([names.index(a.source) for a in answers]), config.min_files)
    rows = (rows @ diags(keep.astype(np.float64))).tocsr() * SHARPNESS
    rows.eliminate_zeros()
    kinds = np.array([[str(t) for t in ANSWER_TYPES].index(a.type) for a in answers])
    weights, bias = fit_softmax(rows, kinds, len(ANSWER_TYPES), config.l2, config.iterations)
    return weights * SHARPNESS, bias


SHARPNESS = 20.0
"""Means of binary features are small; this brings them to a scale on which an L2 penalty of 1 is mild."""
