"""Measure how fast starl reads, beside `str.split` and spaCy's own tokenizer in the same run.

    python benchmarks/speed.py [--rounds N] [--limit N]

The input is pinned: every answer of ``models/corpus``, and answers of 220 words made by joining their words
one after the other; the sha256 of both is in the results. One thread. Each round times everything once,
so that a busy moment of the machine touches all alike; ratios are medians over rounds of ratios within
a round. Cold figures and memory come from fresh processes.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from importlib.metadata import version
from itertools import chain
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from starl.analyzer import Analyzer

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS"):
    os.environ[_name] = "1"  # before NumPy is imported

HERE = Path(__file__).resolve().parent
CORPUS = HERE.parent / "models" / "corpus"
RESULTS = HERE / "results" / "speed.json"
N_WORDS = 220
N_ANALYZED = 200  # answers that .analyze reads one by one; its time is scaled up to all of them
IMPORT = """
import sys, time
start = time.perf_counter()
import starl
print(time.perf_counter() - start, "spacy" in sys.modules)
"""
STAGES = {
    "score": (
        "tokenizer",
        "segment",
        "extract",
        "find_types",
        "score",
        "decode_chains",
        "chain_marginals",
        "find_agents",
        "measure",
        "find_status",
        "judge_all",
        "gather",
    ),
    "pipe": ("findings_of",),
}
"""Functions that are stages of a call."""
ENCODER = ".analyze, encoder"
"""The encoder model, where it is installed; timed on as many answers as `.analyze`."""
CALLS: dict[str, Callable[[Analyzer, list[str]], object]] = {
    "score": lambda analyzer, texts: analyzer.score(texts),
    "pipe": lambda analyzer, texts: exhaust(analyzer.pipe(texts)),
    "analyze": lambda analyzer, texts: exhaust(map(analyzer.analyze, texts[:N_ANALYZED])),
}


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print a table and write the results."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=5, help="how often everything is timed")
    parser.add_argument("--limit", type=int, help="only so many answers of each input")
    parser.add_argument("--model", default="en_starl_sm", help="name or folder of a model")
    parser.add_argument("--output", type=Path, default=RESULTS, help="results file")
    parser.add_argument("--cold", choices=CALLS, help=argparse.SUPPRESS)
    args = parser.parse_args(argv)
    if args.cold:
        print(json.dumps(run_cold(args.cold, args.model, args.limit)))
        return 0
    result = measure(args)
    print("\n".join(render(result)))
    args.output.parent.mkdir(parents=True, exist_ok=True)
    args.output.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    return 0


def measure(args: argparse.Namespace) -> dict[str, Any]:
    """Return everything that is measured."""
    cold = {call: cold_of(call, args) for call in CALLS}  # first: a fresh process, an idle one here
    return {
        "machine": machine(),
        "rounds": args.rounds,
        "import": import_time(),
        "cold": cold,
        "inputs": {name: time_input(texts, args) for name, texts in inputs(args.limit).items()},
    }


def machine() -> dict[str, Any]:
    """Return what the figures depend on, and nothing that names the machine."""
    packages = {name: version(name) for name in ("starl", "numpy", "spacy", "pydantic")}
    return {
        "system": platform.system(),
        "architecture": platform.machine(),
        "cores": os.cpu_count(),
        "threads": 1,
        "python": platform.python_version(),
        **packages,
    }


def inputs(limit: int | None) -> dict[str, list[str]]:
    """Return the pinned texts: the corpus' own answers, and answers of 220 words made of them."""
    from starl.corpus import read_corpus

    answers = [answer.text for answer in read_corpus([CORPUS])]
    words = list(chain.from_iterable(map(str.split, answers)))
    joined = [" ".join(words[at : at + N_WORDS]) for at in range(0, len(words) - N_WORDS + 1, N_WORDS)]
    return {"answers-220": joined[:limit], "corpus": answers[:limit]}


def time_input(texts: list[str], args: argparse.Namespace) -> dict[str, Any]:
    """Time the baselines, each whole call and each stage on one input, warm."""
    from gold import digest
    from starl.analyzer import load
    from starl.model import best_model

    analyzer = load(args.model)
    whole = {f".{name}": partial(call, analyzer, texts) for name, call in CALLS.items()}
    if best_model() != args.model:
        whole[ENCODER] = partial(CALLS["analyze"], load(best_model()), texts)
    timed: dict[str, Callable[[], object]] = {**baselines(texts), **whole}
    for run in timed.values():
        run()  # warm: fills the tokenizer's memory and imports what is imported late
    rounds = [
        {**{name: clock(run) for name, run in timed.items()}, **stages(analyzer, texts)}
        for _ in range(args.rounds)
    ]
    for each in rounds:
        for name in {".analyze", ENCODER} & each.keys():
            each[name] *= len(texts) / len(texts[:N_ANALYZED])
    seconds = {name: [each[name] for each in rounds] for name in rounds[0]}
    rows = {name: row_of(name, seconds, len(texts)) for name in seconds}
    return {
        "answers": len(texts),
        "words": sum(len(text.split()) for text in texts),
        "sha256": digest(texts),
        "timings": {name: row for name, row in rows.items() if name in timed},
        "stages": {name: row for name, row in rows.items() if name not in timed},
    }


def clock(run: Callable[[], object]) -> float:
    """Return the seconds of one call."""
    start = perf_counter()
    run()
    return perf_counter() - start


def row_of(name: str, seconds: dict[str, list[float]], n_answers: int) -> dict[str, float]:
    """Return speed and ratios of one timed thing."""

    def ratio(other: str) -> float:
        return round(statistics.median(a / b for a, b in zip(seconds[name], seconds[other], strict=True)), 4)

    median = statistics.median(seconds[name])
    return {
        "answers_per_second": round(n_answers / median, 1),
        "answers_per_second_best": round(n_answers / min(seconds[name]), 1),
        "microseconds_per_answer": round(1e6 * median / n_answers, 2),
        "x_split": ratio("str.split"),
        "x_spacy": ratio("spacy tokenizer"),
    }


def baselines(texts: list[str]) -> dict[str, Callable[[], object]]:
    """Return what all else is compared with."""
    import spacy

    tokenizer: Any = spacy.blank("en").tokenizer

    def thrown_away() -> None:
        for text in texts:
            text.split()

    return {
        "str.split": lambda: [
            text.split() for text in texts
        ],  # the words are kept, as starl keeps its columns
        "str.split, thrown away": thrown_away,
        "spacy tokenizer": lambda: exhaust(tokenizer.pipe(texts)),
    }


def stages(analyzer: Analyzer, texts: list[str]) -> dict[str, float]:
    """Return the seconds of each stage in one pass of ``.score`` and one of ``.pipe``.

    The functions that `starl.analyzer` calls are replaced, for this pass, by ones that keep the time.
    """
    seconds: dict[str, float] = {}
    for call, names in STAGES.items():
        with timed_names(analyzer, names, seconds):
            total = clock(partial(CALLS[call], analyzer, texts))
        known = sum(seconds.get(name, 0.0) for name in names)
        if call == "score":
            seconds["the rest of .score"] = total - known
            within = total
        else:
            seconds["reports: the rest of .pipe"] = total - known - within
    return seconds


@contextmanager
def timed_names(analyzer: Analyzer, names: Iterable[str], seconds: dict[str, float]) -> Iterator[None]:
    """Make the named functions that `starl.analyzer` and `starl.emissions` call add up their time.

    So do the tokenizer and the weights of the model.
    """
    from starl import analyzer as flow
    from starl import emissions

    apart: dict[str, tuple[object, ...]] = {
        "tokenizer": (analyzer,),
        "score": (getattr(analyzer.model, "weights", analyzer.model),),
    }

    def keep(name: str, function: Callable[..., object]) -> Callable[..., object]:
        def timed(*args: object, **options: object) -> object:
            start = perf_counter()
            try:
                return function(*args, **options)
            finally:
                seconds[name] = seconds.get(name, 0.0) + perf_counter() - start

        return timed

    owners = [(owner, name) for name in names for owner in apart.get(name, (flow, emissions))]
    before = [(owner, name, getattr(owner, name)) for owner, name in owners if hasattr(owner, name)]
    try:
        for owner, name, function in before:
            setattr(owner, name, keep(name, function))
        yield
    finally:
        for owner, name, function in before:
            setattr(owner, name, function)


def exhaust(items: Iterable[object]) -> None:
    """Run through an iterator and keep nothing."""
    for _ in items:
        pass


def import_time(repeats: int = 7) -> dict[str, Any]:
    """Time ``import starl`` in fresh processes."""
    command = [sys.executable, "-c", IMPORT]
    outputs = (subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True) for _ in range(repeats))
    runs = [output.stdout.split() for output in outputs]
    return {
        "seconds": round(statistics.median(float(seconds) for seconds, _ in runs), 4),
        "imports_spacy": any(spacy == "True" for _, spacy in runs),
    }


def cold_of(call: str, args: argparse.Namespace, repeats: int = 3) -> dict[str, Any]:
    """Return medians of a call's first run in fresh processes."""
    command = [sys.executable, str(HERE / "speed.py"), "--cold", call, "--model", args.model]
    command += ["--limit", str(args.limit)] if args.limit else []
    runs = [
        json.loads(subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout)
        for _ in range(repeats)
    ]
    return {key: round(statistics.median(run[key] for run in runs), 4) for key in runs[0]}


def run_cold(call: str, model: str, limit: int | None) -> dict[str, float]:
    """Load a model and read the 220-word answers for the first time, in a process of its own."""
    texts = inputs(limit)["answers-220"]
    at_start = peak_mb()
    start = perf_counter()
    from starl.analyzer import load

    analyzer = load(model)
    loaded = perf_counter()
    loaded_mb = peak_mb()
    CALLS[call](analyzer, texts[:1])
    one = perf_counter()
    seconds = clock(partial(CALLS[call], analyzer, texts))
    return {
        "load_seconds": loaded - start,
        "first_answer_seconds": one - loaded,
        "answers_per_second": len(texts[:N_ANALYZED] if call == "analyze" else texts) / seconds,
        "peak_mb_texts": at_start,
        "peak_mb_loaded": loaded_mb,
        "peak_mb": peak_mb(),
    }


def peak_mb() -> float:
    """Return the peak memory of this process so far, in MB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1e6 if sys.platform == "darwin" else 1e3)


def render(result: dict[str, Any]) -> list[str]:
    """Return the figures as lines of text."""
    lines = [
        f"import starl: {result['import']['seconds']:.3f} s, "
        f"{'with' if result['import']['imports_spacy'] else 'without'} spaCy"
    ]
    for call, row in result["cold"].items():
        lines.append(
            f"cold .{call}: load {row['load_seconds']:.2f} s, "
            f"first answer {1e3 * row['first_answer_seconds']:.0f} ms, "
            f"then {row['answers_per_second']:,.0f} answers/s; peak {row['peak_mb']:.0f} MB "
            f"({row['peak_mb_loaded']:.0f} MB once loaded, {row['peak_mb_texts']:.0f} MB before)"
        )
    for name, part in result["inputs"].items():
        lines += ["", f"{name}: {part['answers']} answers, {part['words']} words, sha256 {part['sha256']}"]
        lines.append(f"{'':32}{'answers/s':>12}{'us/answer':>12}{'x split':>10}{'x spaCy':>10}")
        lines += [
            f"{key:32}{row['answers_per_second']:>12,.0f}{row['microseconds_per_answer']:>12,.1f}"
            f"{row['x_split']:>10.2f}{row['x_spacy']:>10.3f}"
            for key, row in {**part["timings"], **part["stages"]}.items()
        ]
    return [*lines, ""]


if __name__ == "__main__":
    sys.exit(main())
