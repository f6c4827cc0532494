"""Train and score starl's linear sequence model on any labelled sentences, beside a majority baseline.

    python benchmarks/sequences.py --train FILE --test FILE [--dev FILE]
    python benchmarks/sequences.py DATA [--folds K]

A file is JSONL, one document a line, ``{"sentences": [...], "labels": [...]}``, or ``.starl`` (or a folder
of these), where clauses are the sentences and role letters the labels. Features, fit and decoding are those
of ``starl train``; each given sentence is one clause. Results hold figures only, never text.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import vstack

from counting import by_label
from documents import Document, read_documents
from gold import digest
from starl import __version__
from starl import evaluation as ev
from starl.clauses import cut
from starl.evaluation import Counts, Floats, Ints
from starl.features import extract
from starl.fitting import Chains, fit_crf
from starl.tokens import Tokenizer
from starl.training import N_KINDS, common, gold_opens, thinned, to_rows
from starl.viterbi import Transitions, decode, pad

RESULTS = Path(__file__).resolve().parent / "results"
N_BITS = 18
"""The weight table has ``2 ** N_BITS`` rows, as in the small model."""
N_TOGETHER = 512
"""So many documents are decoded at once."""


def weighted_f1(counts: Counts) -> Floats:
    """Return the mean F1 of the labels, each weighted by its share of the gold sentences.

    Parameters
    ----------
    counts : (..., n_labels, n_labels)
        From `starl.evaluation.confusion`.

    Returns
    -------
    (...)

    Examples
    --------
    >>> float(weighted_f1(np.array([[3, 0], [1, 0]])).round(4))
    0.6429
    """
    gold = counts.sum(-1)
    part = (np.nan_to_num(ev.f1(counts)) * gold).sum(-1)  # undefined only where there is no gold
    return ev.share(np.stack([part, gold.sum(-1)], axis=-1))


MEASURES: dict[str, Callable[[Counts], Floats]] = {
    "accuracy": ev.accuracy,
    "macro_f1": ev.macro_f1,
    "weighted_f1": weighted_f1,
}
NOTES = {
    "accuracy": "share of sentences whose label is right; the same as micro-F1, as each has one label",
    "macro_f1": "mean F1 of the labels that occur in gold or prediction",
    "weighted_f1": "mean F1 of the labels, weighted by gold sentences",
    "majority": "every sentence has the commonest label of the training documents",
    "single": "each sentence alone: no transitions, no features of neighbours or of the document",
    "interval": "95 %, percentile bootstrap over documents, 2,000 resamples, seed 0",
}


@dataclass(frozen=True, slots=True)
class Options:
    """How to train. With several values of ``l2``, there is a model for each."""

    l2: tuple[float, ...] = (1.0,)
    iterations: int = 120
    min_documents: int = 2
    dropout: float = 0.0
    copies: int = 4
    single: bool = False
    seed: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """A fitted sequence model, and what the majority baseline says."""

    l2: float
    kept: Ints  # (n_kept,) rows of the weight table in use
    weights: Floats  # (n_kept, n_labels)
    chain: Transitions
    majority: int


def main(argv: Sequence[str] | None = None) -> int:
    """Train, score, print a report and write the figures."""
    args = parse(argv)
    try:
        options = check(args)
        result = by_folds(args, options) if args.data else by_test(args, options)
        print("\n".join(render(result)))
        path = args.output or RESULTS / f"sequences-{result['name']}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    except (OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def parse(argv: Sequence[str] | None) -> argparse.Namespace:
    """Read the arguments."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    add = parser.add_argument
    add("data", nargs="*", type=Path, metavar="DATA", help="files or folders to cross-validate on")
    add(
        "--folds",
        type=int,
        default=5,
        metavar="K",
        help="parts of DATA, each tested once; default: %(default)s",
    )
    add("--train", nargs="+", type=Path, metavar="FILE", help="files or folders to train on")
    add("--test", nargs="+", type=Path, metavar="FILE", help="files or folders to score")
    add("--dev", nargs="+", type=Path, metavar="FILE", help="files or folders to choose --l2 by")
    add(
        "--sentences",
        default="sentences",
        metavar="FIELD",
        help="JSONL field of the sentences; default: %(default)s",
    )
    add(
        "--labels",
        default="labels",
        metavar="FIELD",
        help="JSONL field of their labels; default: %(default)s",
    )
    add("--single", action="store_true", help="each sentence alone, without neighbours and transitions")
    add("--l2", nargs="+", type=float, default=Options().l2, help="penalty, several with --dev; default: 1.0")
    add(
        "--iterations",
        type=int,
        default=Options().iterations,
        help="most steps of the fit; default: %(default)s",
    )
    add(
        "--min-documents",
        type=int,
        default=Options().min_documents,
        metavar="N",
        help="that hold a feature; default: %(default)s",
    )
    add(
        "--dropout",
        type=float,
        default=Options().dropout,
        help="share of features deleted in a copy; default: %(default)s",
    )
    add(
        "--copies",
        type=int,
        default=Options().copies,
        help="copies of the data under --dropout; default: %(default)s",
    )
    add("--seed", type=int, default=Options().seed, help="of the folds and of dropout; default: %(default)s")
    add("--name", help="name of the results; by default that of the data")
    add("--output", type=Path, help="results file; by default results/sequences-NAME.json")
    return parser.parse_args(argv)


def check(args: argparse.Namespace) -> Options:
    """Check the arguments and return how to train."""
    n_ways = bool(args.data) + bool(args.train and args.test)
    if n_ways != 1 or (args.data and (args.train or args.test or args.dev)):
        raise ValueError("data must be given as DATA alone or as --train and --test, got neither or both")
    rules = (
        ("--folds", args.folds, args.folds >= 2, "at least 2"),
        ("--l2", args.l2, all(0 < l2 < math.inf for l2 in args.l2), "above 0"),
        ("--l2", args.l2, args.dev or len(args.l2) == 1, "one value unless there is --dev to choose by"),
        ("--iterations", args.iterations, args.iterations >= 1, "at least 1"),
        ("--min-documents", args.min_documents, args.min_documents >= 1, "at least 1"),
        ("--dropout", args.dropout, 0 <= args.dropout < 1, "at least 0 and below 1"),
        ("--copies", args.copies, args.copies >= 1, "at least 1"),
        ("--seed", args.seed, args.seed >= 0, "at least 0"),
    )
    for option, met, holds, rule in rules:
        if not holds:
            raise ValueError(f"{option} must be {rule}, got {met}")
    return Options(**{name: getattr(args, name) for name in Options.__slots__} | {"l2": tuple(args.l2)})


def by_test(args: argparse.Namespace, options: Options) -> dict[str, Any]:
    """Train on some documents, choose the penalty on others if there are any, score a third set."""
    train, test, dev = (_read(paths, args) if paths else [] for paths in (args.train, args.test, args.dev))
    learned = labels_of(train)
    new = sorted({*labels_of(test), *labels_of(dev)} - {*learned})
    labels = [*learned, *new]
    models = list(fit(train, learned, options))
    result: dict[str, Any] = {"train": summary(train), "labels_not_in_training": new}
    best = models[0]
    if dev:
        right = [float(ev.accuracy(score(m, dev, labels, options)[0].sum(0))) for m in models]
        best = models[int(np.argmax(right))]
        figures = {str(m.l2): ev.value(share) for m, share in zip(models, right, strict=True)}
        result["dev"] = summary(dev) | {"accuracy_by_l2": figures}
    known = {document.content[0] for document in train}
    seen = sum(document.content[0] in known for document in test)
    result |= {"test": summary(test) | {"documents_also_in_train": seen}, "l2": best.l2}
    return head(args, options, args.test[0]) | result | systems(*score(best, test, labels, options), labels)


def by_folds(args: argparse.Namespace, options: Options) -> dict[str, Any]:
    """Cut the documents into folds, and score each by a model trained on the others."""
    documents = _read(args.data, args)
    labels = labels_of(documents)
    fold = assign([d.group for d in documents], args.folds, options.seed)
    ours = np.zeros((len(documents), len(labels), len(labels)), dtype=np.int64)
    majority = np.zeros_like(ours)
    for k in range(args.folds):
        (model,) = fit([d for d, f in zip(documents, fold, strict=True) if f != k], labels, options)
        held = [d for d, f in zip(documents, fold, strict=True) if f == k]
        ours[fold == k], majority[fold == k] = score(model, held, labels, options)
    result = {"data": summary(documents), "folds": args.folds, "l2": options.l2[0]}
    return head(args, options, args.data[0]) | result | systems(ours, majority, labels)


def assign(groups: Sequence[str], folds: int, seed: int) -> Ints:
    """Give each document a fold, the same one within a group, shape (n_documents,)."""
    names = sorted(set(groups))
    if len(names) < folds:
        raise ValueError(f"--folds must be at most the number of unlike documents, {len(names)}, got {folds}")
    random.Random(seed).shuffle(names)
    place = {name: i % folds for i, name in enumerate(names)}
    return np.array([place[group] for group in groups], dtype=np.int64)


@cache
def tokenizer() -> Tokenizer:
    """Return the one tokenizer, whose memory serves every call."""
    return Tokenizer()


def to_chains(documents: Sequence[Document], labels: Sequence[str], *, single: bool) -> Chains:
    """Run documents through tokens and features; each sentence is a clause, and alone if ``single``."""
    texts = [text for d in documents for text in (d.parts() if single else [d.content])]
    clauses = cut(*gold_opens(tokenizer(), texts))
    features = extract(clauses, N_BITS)
    number = {label: i for i, label in enumerate(labels)}
    return Chains(
        rows=to_rows(features, len(clauses), N_BITS),
        labels=np.array([number[label] for d in documents for label in d.labels], dtype=np.int64),
        kinds=features.opens_sentence,
        sizes=np.diff(clauses.offsets),
    )


def fit(documents: Sequence[Document], labels: Sequence[str], options: Options) -> Iterator[Model]:
    """Yield a model for each penalty."""
    chains = to_chains(documents, labels, single=options.single)
    majority = int(np.bincount(chains.labels).argmax())
    kept = np.flatnonzero(common(chains.rows, owners(documents), options.min_documents))
    chains = Chains(chains.rows[:, kept], chains.labels, chains.kinds, chains.sizes)
    if options.dropout:
        rng, n = np.random.default_rng(options.seed), options.copies
        rows = vstack([thinned(chains, options.dropout, rng).rows for _ in range(n)]).tocsr()
        labels_n, kinds_n, sizes_n = (np.tile(a, n) for a in (chains.labels, chains.kinds, chains.sizes))
        chains = Chains(rows, labels_n, kinds_n, sizes_n)
    for l2 in options.l2:
        weights, chain = fit_crf(chains, len(labels), N_KINDS, l2, options.iterations)
        yield Model(l2, kept, weights, chain, majority)


def score(
    model: Model, documents: Sequence[Document], labels: Sequence[str], options: Options
) -> tuple[Ints, Ints]:
    """Count gold and read labels of each document, for the model and for the majority baseline.

    Returns
    -------
    ours, majority : (n_documents, n_labels, n_labels)
    """
    chains = to_chains(documents, labels, single=options.single)

    def count(read: Ints) -> Ints:
        n = len(documents)
        return ev.confusion(chains.labels, read, n_labels=len(labels), answer=owners(documents), n_answers=n)

    return count(best_labels(model, chains)), count(np.full_like(chains.labels, model.majority))


def owners(documents: Sequence[Document]) -> Ints:
    """Return the document of each sentence, shape (n_sentences,)."""
    return np.repeat(np.arange(len(documents)), [len(d.labels) for d in documents])


def best_labels(model: Model, chains: Chains) -> Ints:
    """Return the best label of each sentence, shape (n_sentences,)."""
    emissions = chains.rows[:, model.kept] @ model.weights
    first = np.cumsum(chains.sizes) - chains.sizes
    read = np.zeros(len(emissions), dtype=np.int64)
    by_size = np.argsort(chains.sizes, kind="stable")
    for start in range(0, len(first), N_TOGETHER):
        some = by_size[start : start + N_TOGETHER]
        index, mask = pad(first[some], chains.sizes[some])
        read[index[mask]] = decode(emissions[index], model.chain, chains.kinds[index], mask)[mask]
    return read


def labels_of(documents: Sequence[Document]) -> list[str]:
    """Return the labels that occur, sorted."""
    return sorted({label for document in documents for label in document.labels})


def _read(paths: Sequence[Path], args: argparse.Namespace) -> list[Document]:
    return read_documents(paths, sentences=args.sentences, labels=args.labels)


def head(args: argparse.Namespace, options: Options, path: Path) -> dict[str, Any]:
    """Return what the results open with."""
    name = args.name or path.resolve().stem + ("-single" if options.single else "")
    return {"name": name, "starl_version": __version__, "notes": NOTES, "options": asdict(options)}


def summary(documents: Sequence[Document]) -> dict[str, Any]:
    """Return the size of a data set and the sha256 of its texts."""
    n_sentences = sum(len(document.labels) for document in documents)
    texts = (document.content[0] for document in documents)
    return {"documents": len(documents), "sentences": n_sentences, "sha256": digest(texts)}


def systems(ours: Ints, majority: Ints, labels: Sequence[str]) -> dict[str, Any]:
    """Measure the model and the baseline."""
    return {"systems": {"starl": figures(ours, labels), "majority": figures(majority, labels)}}


def figures(counts: Ints, labels: Sequence[str]) -> dict[str, Any]:
    """Measure counts of documents, overall and for each label, with intervals."""
    out: dict[str, Any] = {}
    for name, measure in MEASURES.items():
        out[name] = ev.value(measure(counts.sum(0)))
        out[name + "_95"] = ev.bootstrap(measure, counts)
    rows = by_label(counts.sum(0), labels)
    out["labels"] = {
        label: row | {"f1_95": ev.bootstrap(_f1_of(i), counts)} for i, (label, row) in enumerate(rows.items())
    }
    return out


def _f1_of(label: int) -> Callable[[Counts], Floats]:
    return lambda counts: ev.f1(counts)[..., label]


def render(result: dict[str, Any]) -> list[str]:
    """Return the figures as lines of text."""
    parts = [
        f"{part} {result[part]['documents']:,} documents, {result[part]['sentences']:,} sentences"
        for part in ("data", "train", "dev", "test")
        if part in result
    ]
    ours, majority = result["systems"]["starl"], result["systems"]["majority"]
    way = "each sentence alone" if result["options"]["single"] else "whole documents"
    lines = [f"{result['name']}: {'; '.join(parts)}; {way}, l2 {result['l2']:g}"]
    for label in result.get("labels_not_in_training", ()):
        lines.append(f"label {label!r} is not in the training documents, so its sentences are always wrong")
    if result.get("test", {}).get("documents_also_in_train"):
        lines.append(f"{result['test']['documents_also_in_train']} test documents are training documents too")
    width = max(map(len, [*ours["labels"], *MEASURES]))
    lines += ["", f"{'':{width}}{'starl':>22}{'majority':>22}"]
    for name in MEASURES:
        lines.append(f"{name:{width}}{_with_ends(ours, name):>22}{_with_ends(majority, name):>22}")
    lines += ["", f"{'label':{width}}{'P':>7}{'R':>7}{'F1':>22}{'sentences':>11}{'majority F1':>13}"]
    for label, row in ours["labels"].items():
        lines.append(
            f"{label:{width}}{_n(row['precision']):>7}{_n(row['recall']):>7}{_with_ends(row, 'f1'):>22}"
            f"{row['gold']:11,}{_n(majority['labels'][label]['f1']):>13}"
        )
    return [*lines, ""]


def _n(number: float | None) -> str:
    return "-" if number is None else format(number, ".3f")


def _with_ends(row: dict[str, Any], name: str) -> str:
    ends = row[name + "_95"]
    return _n(row[name]) + (f" [{ends[0]:.3f} {ends[1]:.3f}]" if ends else "")


if __name__ == "__main__":
    sys.exit(main())
