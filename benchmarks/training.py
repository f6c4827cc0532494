"""Train the linear model in several ways, and measure each on corpus files left out and on real answers.

    python benchmarks/training.py [JSONL...]

A fourth of the corpus files is left out of every training here. One fit each, where the shipped model
averages some; figures of one fit differ by about a point from one draw of the noise to the next. The encoders
of ``models/.runs/en_starl_md``, kept by ``starl train models/en_starl_md.toml``, are measured too where they
are there: each on the files that it was fitted without.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tomllib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np

from counting import by_group, figures, tabulate
from gold import CORPUS, Gold, Reading, from_corpus, read_jsonl, units_of
from starl.clauses import Clauses, segment
from starl.corpus import AnnotatedAnswer, read_corpus
from starl.encoder import Encoder
from starl.encoder_training import EncoderConfig
from starl.features import extract, sentence_edges
from starl.teaching import CHAIN, read_clauses, with_constant
from starl.tokens import Tokenizer
from starl.training import Config, Distil, fit_clauses, fit_once, quantise, teacher, to_rows
from starl.viterbi import Floats, Ints, Transitions, decode_chains

MODELS = CORPUS.parent
RUNS = MODELS / ".runs" / "en_starl_md"
RESULTS = Path(__file__).resolve().parent / "results" / "training.json"
FIRST = ("plain-", "notes-", "forms-", "raw-", "interviews")
"""How the files begin that were written for errors of the first models."""
TITLES = {"real-dev": "published notes", "typed-dev": "typed into a form"}
OTHER_FILES = "other files"
KEPT = ("accuracy", "starl_f1", "macro_f1", "setting_share_error")
Sets = dict[str, list[Gold]]


def main(argv: Sequence[str] | None = None) -> int:
    """Train, measure, print and write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("data", nargs="*", type=Path, metavar="JSONL", help="real answers, labelled")
    parser.add_argument("--only", help="only the ways of training whose name holds this")
    args = parser.parse_args(argv)
    real = {TITLES.get(path.stem, path.stem): list(read_jsonl(path)) for path in args.data}
    rows = []
    for what, run in (*linear_ways(real), *encoder_ways(real)):
        if args.only is None or args.only in what:
            rows.append({"what": what, **run()})
            print(json.dumps(rows[-1]), flush=True)
    RESULTS.write_text(json.dumps({"rows": rows}, indent=1) + "\n", encoding="utf-8")
    return 0


def linear_ways(real: Sets) -> Iterator[tuple[str, Callable[[], dict[str, Any]]]]:
    """Yield a name and a training of the linear model for each way."""
    config = Config.model_validate(tomllib.loads((MODELS / "en_starl_sm.toml").read_text(encoding="utf-8")))
    config = config.model_copy(update={"roles": config.roles.model_copy(update={"runs": 1})})
    corpus = read_corpus([CORPUS])
    names = sorted({answer.source for answer in corpus})
    out = set(names[::4])
    left = [answer for answer in corpus if answer.source not in out]
    sets = {OTHER_FILES: [from_corpus(a) for a in corpus if a.source in out], **real}
    run = partial(measure_linear, sets=sets)
    plain = config.model_copy(update={"distil": None})
    roles = plain.roles
    yield "linear", partial(run, left, plain)
    for part in (0.2, 0.5) if (RUNS / CHAIN).is_file() else ():
        taught = plain.model_copy(update={"distil": Distil(teacher="en_starl_md", share=part)})
        yield f"linear, {part:.0%} of its labels from the encoder", partial(run, left, taught, names=names)
    yield "linear, no chain", partial(run, left, plain, chain=False)
    for what, change in (("shuffled copies", {"shuffled": 0}), ("dropout", {"dropout": 0.0, "copies": 1})):
        other = plain.model_copy(update={"roles": roles.model_copy(update=change)})
        yield f"linear, no {what}", partial(run, left, other)
    old = [answer for answer in left if not answer.source.startswith(FIRST)]
    yield "linear, without the files written for errors", partial(run, old, plain)
    order = random.Random(0).sample(left, len(left))
    for part in (8, 4, 2):
        yield f"linear, 1/{part} of the answers", partial(run, order[: len(order) // part], plain)


def measure_linear(
    answers: Sequence[AnnotatedAnswer],
    config: Config,
    sets: Sets,
    *,
    chain: bool = True,
    names: Sequence[str] = (),
) -> dict[str, Any]:
    """Train on answers and measure on sets."""
    tokenizer = Tokenizer()
    (split,), _ = quantise(fit_clauses(tokenizer, answers, config.clauses))
    weights, transitions = fit_once(
        tokenizer, split, answers, config, 0, teacher(MODELS, config, names) if names else None
    )

    def read(golds: Sequence[Gold]) -> tuple[Clauses, Floats]:
        clauses = segment(tokenizer([gold.text for gold in golds]), split)
        features = extract(clauses, config.roles.n_bits)
        return clauses, to_rows(features, len(clauses), config.roles.n_bits) @ weights

    scores = {
        name: score(golds, *read(golds), transitions if chain else None) for name, golds in sets.items()
    }
    return {"answers": len(answers), "scores": scores}


def encoder_ways(real: Sets) -> Iterator[tuple[str, Callable[[], dict[str, Any]]]]:
    """Yield a name and a measuring of the kept fold encoders for each way of reading with them."""
    if not (RUNS / CHAIN).is_file():
        return
    yield "encoder", partial(measure_encoder, real)
    yield "encoder, no chain", partial(measure_encoder, real, chain=False)
    yield "encoder, question not shown", partial(measure_encoder, real, asked=False)
    if any(RUNS.glob("fold-0-*.pt")):
        yield "encoder, 32-bit weights", partial(measure_encoder, real, quantised=False)


def measure_encoder(
    real: Sets, *, chain: bool = True, asked: bool = True, quantised: bool = True
) -> dict[str, Any]:
    """Measure the first fold's encoder on the files that it was fitted without, and on real answers."""
    corpus = read_corpus([CORPUS])
    with np.load(RUNS / CHAIN) as arrays:
        n_folds, mixing = int(arrays["n_folds"]), arrays["mixing"]
        transitions = Transitions(*(arrays[name] for name in ("start", "between", "end")))
    out = set(sorted({answer.source for answer in corpus if not answer.held_out})[::n_folds])
    sets = {OTHER_FILES: [from_corpus(a) for a in corpus if a.source in out], **real}
    graph = (RUNS / "fold-0.onnx").read_bytes() if quantised else whole_graph()
    encoder = Encoder(graph, MODELS / "en_starl_md" / "pieces.txt", "fold-0")

    def read(golds: Sequence[Gold]) -> tuple[Clauses, Floats]:
        questions = [gold.question or "" if asked else "" for gold in golds]
        clauses, scores = read_clauses(encoder, Tokenizer(), [gold.text for gold in golds], questions)
        if not chain:
            return clauses, scores
        return clauses, with_constant(scores) @ mixing

    scores = {
        name: score(golds, *read(golds), transitions if chain else None) for name, golds in sets.items()
    }
    n_answers = sum(a.source not in out and not a.held_out for a in corpus)
    return {"answers": n_answers, "scores": scores}


def whole_graph() -> bytes:
    """Build the first fold's graph with 32-bit weights from the state of its training."""
    import torch

    from starl.encoder_export import build
    from starl.encoder_net import load_base, n_layers

    config = EncoderConfig.model_validate(
        tomllib.loads((MODELS / "en_starl_md.toml").read_text(encoding="utf-8"))
    )
    base = Path(str(files(config.base))) / "model"
    params, n_heads = load_base(base, config.seed)
    state = max(RUNS.glob("fold-0-*.pt"), key=lambda path: path.stat().st_mtime)
    params |= torch.load(state, weights_only=True)["mean"]
    arrays = {name: value.detach().numpy() for name, value in params.items()}
    return build(arrays, n_layers(params), n_heads, quantised=False)


def score(
    golds: Sequence[Gold], clauses: Clauses, emissions: Floats, transitions: Transitions | None
) -> dict[str, Any]:
    """Return the figures of a reading, by the best path or, without transitions, clause by clause."""
    roles = emissions.argmax(axis=1) if transitions is None else best_path(clauses, emissions, transitions)
    start, end = clauses.start_char.tolist(), clauses.end_char.tolist()
    readings = []
    for first, last in zip(clauses.offsets[:-1].tolist(), clauses.offsets[1:].tolist(), strict=True):
        part = slice(first, last)
        rows = zip(start[part], end[part], roles[part].tolist(), [-1] * (last - first), strict=True)
        readings.append(Reading(units_of(rows)))
    table = tabulate([replace(gold, type=None) for gold in golds], readings)
    found = figures(table)
    scores: dict[str, Any] = {name: found[name] for name in KEPT if name in found}
    if golds[0].traits is not None:
        by_file = by_group(table, [gold.source for gold in golds])
        scores["starl_f1_by_file"] = {name: row.get("starl_f1") for name, row in by_file.items()}
    return scores


def best_path(clauses: Clauses, emissions: Floats, transitions: Transitions) -> Ints:
    """Return the role of each clause on the best path of its answer."""
    opens = sentence_edges(clauses)[0].astype(np.int64)
    return decode_chains(emissions, transitions, opens, clauses.offsets)


if __name__ == "__main__":
    sys.exit(main())
