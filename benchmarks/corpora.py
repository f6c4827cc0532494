"""Measure whole runs: how fast a corpus of answers is read, and whether time and memory stay in proportion.

    python benchmarks/corpora.py [--rounds N] [--limit N] [--full] [--only SECTION...]

Answers are made of the words of ``models/corpus``, so that their vocabulary is a real one; the sha256 of each
input is in the results. One thread. What is compared is timed in turn within a round, and ratios are medians
over rounds of ratios within a round. Cold figures and memory come from fresh processes. ``--full`` adds a
hundred thousand and a million answers; ``--only`` measures some sections again and keeps the others, if they
are from the same machine and versions.
"""

from __future__ import annotations

import argparse
import json
import math
import resource
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from itertools import count, islice
from pathlib import Path
from time import perf_counter, process_time
from typing import TYPE_CHECKING, Any, NamedTuple

from speed import CORPUS, baselines, clock, exhaust, machine, peak_mb, timed_names

if TYPE_CHECKING:
    from reference import Token, Weights
    from starl.analyzer import Analyzer

RESULTS = Path(__file__).resolve().parent / "results" / "corpora.json"
LENGTHS_OF = {"typed, 76 words": 76, "long, 220 words": 220}
"""Words of the answers that are made of the corpus' words."""
OWN = "the corpus' own answers"
THOUSAND = 1_000
SIZES = (10, 100, 1_000, 10_000)
FULL_SIZES = (100_000, 1_000_000)
LENGTHS = (10, 30, 100, 300, 1_000, 3_000, 10_000, 20_000)
N_PIPELINE, N_REFERENCE, N_TRAINED, N_ENCODER = 1_000, 200, 200, 20
"""Answers that slower things read; their time is taken an answer."""
CORE = ("segment", "features to path")
"""Stages of ours that the plain-Python reference is held against."""
IN_PYTHON = ", plain Python"
STATUS, RESET_PEAK = Path("/proc/self/status"), Path("/proc/self/clear_refs")
Result = dict[str, Any]


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print the tables and write the results."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=5, help="how often everything is timed")
    parser.add_argument("--limit", type=int, default=10_000, help="answers of each input")
    parser.add_argument("--full", action="store_true", help="also 100,000 and 1,000,000 answers")
    parser.add_argument(
        "--only", nargs="+", choices=SECTIONS, default=[*SECTIONS], help="sections to measure"
    )
    parser.add_argument("--model", default="en_starl_sm", help="name or folder of a linear model")
    parser.add_argument("--output", type=Path, default=RESULTS, help="results file")
    parser.add_argument("--child", type=json.loads, help=argparse.SUPPRESS)
    args = parser.parse_args(argv)
    if args.child:
        print(json.dumps(CHILDREN[args.child.pop("what")](**args.child)))
        return 0
    result = measure(args)
    from tables import corpora_tables

    print("\n\n".join(f"{name}\n\n{table}" for name, table in corpora_tables(result).items()))
    args.output.parent.mkdir(parents=True, exist_ok=True)
    args.output.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    return 0


def measure(args: argparse.Namespace) -> Result:
    """Return what is measured, beside the sections of earlier results that still hold."""
    with tempfile.TemporaryDirectory() as folder:
        setup = prepare(args, Path(folder))
        head = {
            "machine": machine(),
            "model": setup.analyzer.model.meta.label,
            "words": setup.passport,
            "rounds": args.rounds,
            "limit": args.limit,
        }
        return {**head, **kept(args.output, head), **{name: SECTIONS[name](setup) for name in args.only}}


def kept(path: Path, head: Result) -> Result:
    """Return the sections of earlier results, if they were measured in the same way on the same machine."""
    old = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    same = all(old.get(key) == value for key, value in head.items())
    return {name: part for name, part in old.items() if name in SECTIONS} if same else {}


# --- what is read ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Setup:
    """What every section needs."""

    args: argparse.Namespace
    analyzer: Analyzer
    """It has met every word."""
    answers: list[str]
    """The corpus' own answers."""
    words: list[str]
    """Their words, one after the other."""
    word_file: Path
    """The same for other processes."""

    @property
    def passport(self) -> Result:
        """What the words are."""
        from gold import digest

        return {"words": len(self.words), "chunks": len(set(self.words)), "sha256": digest(self.words)}

    def inputs(self) -> dict[str, list[str]]:
        """Return the answers that are read, by what they are like."""
        made = {name: self.make(n_words, self.args.limit) for name, n_words in LENGTHS_OF.items()}
        return {**made, OWN: self.answers[: self.args.limit]}

    def make(self, n_words: int, n: int) -> list[str]:
        """Return ``n`` answers of ``n_words``."""
        return list(islice(make_answers(self.words, n_words), n))

    def sizes(self) -> list[int]:
        """Return the numbers of answers that are read."""
        return [*SIZES, *(FULL_SIZES if self.args.full else ())]


def prepare(args: argparse.Namespace, folder: Path) -> Setup:
    """Read the corpus, and load a model that then meets all its words."""
    from starl.analyzer import load
    from starl.corpus import read_corpus

    answers = [answer.text for answer in read_corpus([CORPUS])]
    words = [word for answer in answers for word in answer.split()]
    word_file = folder / "words.txt"
    word_file.write_text(" ".join(words), encoding="utf-8")
    analyzer = load(args.model)
    exhaust(analyzer.stream(answers))
    return Setup(args, analyzer, answers, words, word_file)


def make_answers(words: Sequence[str], n_words: int) -> Iterator[str]:
    """Yield answers of ``n_words`` without end, hardly two alike.

    Each is a stretch of words, the next one right after it. Each time round one more word is left out between
    the halves of an answer, so that answers differ until there are as many laps as words.
    """
    half = n_words // 2
    starts, tails = len(words) - n_words + 1, len(words) - n_words + half + 1
    for lap in count():
        for at in range(0, starts, n_words):
            tail = (at + half + lap) % tails
            yield " ".join([*words[at : at + half], *words[tail : tail + n_words - half]])


# --- sections --------------------------------------------------------------------------------------------


def measure_rates(setup: Setup) -> Result:
    """Time ours and all it is compared with, warm, on each kind of answers."""
    return {name: time_input(setup, texts) for name, texts in setup.inputs().items()}


def time_input(setup: Setup, texts: list[str]) -> Result:
    """Time everything on one input."""
    from gold import digest

    timed = {name: (run, len(texts)) for name, run in baselines(texts).items()}
    timed[".score"] = (partial(setup.analyzer.score, texts), len(texts))
    timed |= {name: (run, len(some)) for name, run, some in slower(texts)}
    timed |= in_python(setup, texts[:N_REFERENCE])
    for run, _ in timed.values():
        run()  # warm: fills memories and imports what is imported late
    seconds: dict[str, list[float]] = {}
    for _ in range(setup.args.rounds):
        for name, (run, n) in timed.items():
            seconds.setdefault(name, []).append(clock(run) / n)
        for name, total in core(setup.analyzer, texts).items():
            seconds.setdefault(name, []).append(total / len(texts))
    pairs = [name for stage in CORE for name in (stage, stage + IN_PYTHON)]
    return {
        "answers": len(texts),
        "words": sum(len(text.split()) for text in texts),
        "sha256": digest(texts),
        "rows": {
            name: row_of(seconds, name) for name in [*(name for name in seconds if name not in pairs), *pairs]
        },
        "python_x": {name: ratio(seconds[name + IN_PYTHON], seconds[name]) for name in CORE},
    }


def slower(texts: list[str]) -> Iterator[tuple[str, Callable[[], object], list[str]]]:
    """Yield what reads fewer answers: spaCy's pipelines, and the encoder where it is installed."""
    import spacy

    from starl.analyzer import load
    from starl.model import DEFAULT_MODEL, best_model

    nlp = spacy.blank("en")
    nlp.add_pipe("sentencizer")
    some = texts[:N_PIPELINE]
    yield "spacy, blank with sentencizer", lambda: exhaust(nlp.pipe(some)), some
    if find_spec("en_core_web_sm") is not None:
        trained, few = spacy.load("en_core_web_sm"), texts[:N_TRAINED]
        yield "spacy, en_core_web_sm", lambda: exhaust(trained.pipe(few)), few
    if best_model() != DEFAULT_MODEL:
        encoder, least = load(best_model()), texts[:N_ENCODER]
        yield ".score, encoder", lambda: encoder.score(least), least


def in_python(setup: Setup, texts: list[str]) -> dict[str, tuple[Callable[[], object], int]]:
    """Return the stages of the plain-Python reference, and how many answers each reads.

    Tokens, and for the second stage clauses, are made beforehand.
    """
    import spacy

    import reference

    weights, tokenizer = reference.load_weights(setup.args.model), spacy.blank("en").tokenizer
    tokens = [reference.tokenize(text, tokenizer) for text in texts]
    cut = [(some, reference.segment(some, weights)) for some in tokens]
    return {
        f"segment{IN_PYTHON}": (lambda: [reference.segment(some, weights) for some in tokens], len(texts)),
        f"features to path{IN_PYTHON}": (
            lambda: [find_path(some, cuts, weights) for some, cuts in cut],
            len(texts),
        ),
    }


def find_path(tokens: Sequence[Token], cuts: Sequence[int], weights: Weights) -> tuple[int, list[int]]:
    """Go from clauses to the answer type and the path in plain Python."""
    import reference

    views = reference.view_clauses(tokens, cuts)
    context = reference.describe_answer(views)
    described = (reference.describe_clause(views, c, context) for c in range(len(views)))
    emissions = [reference.score(hashes, weights) for hashes in described]
    path = reference.decode(emissions, [int(view.opens) for view in views], weights)
    return reference.find_type(views, weights), path


def core(analyzer: Analyzer, texts: list[str]) -> dict[str, float]:
    """Return the seconds of our own stages of `CORE` within one pass of ``.score``.

    The second is what stands between clauses and path: features, emissions and answer type, that is ``emit``
    without its cut, and then ``decode_chains``.
    """
    seconds: dict[str, float] = {}
    with timed_names(analyzer, ("emit", "segment", "decode_chains"), seconds):
        analyzer.score(texts)
    path = seconds["emit"] - seconds["segment"] + seconds["decode_chains"]
    return dict(zip(CORE, (seconds["segment"], path), strict=True))


def row_of(seconds: Mapping[str, list[float]], name: str) -> Result:
    """Return the speed of one thing, and its time over that of others."""
    median = statistics.median(seconds[name])
    others = {"x_split": "str.split", "x_spacy": "spacy tokenizer", "x_score": ".score"}
    return {
        "answers_per_second": round(1 / median, 1),
        "microseconds_per_answer": round(1e6 * median, 2),
        **{key: ratio(seconds[name], seconds[other]) for key, other in others.items()},
    }


def ratio(ours: Iterable[float], others: Iterable[float]) -> float:
    """Return the median over rounds of the ratios within a round."""
    return round(statistics.median(a / b for a, b in zip(ours, others, strict=True)), 4)


def measure_cold(setup: Setup) -> Result:
    """Read the first thousand answers in fresh processes, in turn with spaCy's tokenizer alone."""
    out = {}
    for name, n_words in LENGTHS_OF.items():
        job = {"words": str(setup.word_file), "n_words": n_words, "n": min(THOUSAND, setup.args.limit)}
        runs = [
            {reader: child("cold", reader=reader, model=setup.args.model, **job) for reader in READERS}
            for _ in range(setup.args.rounds)
        ]
        columns = {reader: [run[reader]["seconds"] for run in runs] for reader in READERS}
        out[name] = {
            "answers": job["n"],
            "rows": {reader: row_of_cold([run[reader] for run in runs], job["n"]) for reader in READERS},
            "x_spacy": ratio(columns[".score"], columns["spacy tokenizer"]),
            "misses": misses(setup.make(n_words, setup.args.limit)),
        }
    return out


def row_of_cold(runs: Sequence[Mapping[str, float]], n: int) -> Result:
    """Return the medians of one reader's cold runs."""
    return {
        "load_seconds": round(statistics.median(run["load_seconds"] for run in runs), 3),
        "answers_per_second": round(n / statistics.median(run["seconds"] for run in runs), 1),
    }


def misses(texts: Sequence[str]) -> list[float]:
    """Return, for each thousand answers, the share of white-space chunks that none before them held."""
    met: set[str] = set()
    shares = []
    for at in range(0, len(texts), THOUSAND):
        chunks = [chunk for text in texts[at : at + THOUSAND] for chunk in text.split()]
        new = set(chunks) - met
        met |= new
        shares.append(round(len(new) / max(len(chunks), 1), 4))
    return shares


def measure_processes(setup: Setup) -> Result:
    """Read the same answers, ten times as many as elsewhere, in one process and in two, in turn."""
    texts = setup.make(76, 10 * setup.args.limit)
    seconds: dict[int, list[float]] = {1: [], 2: []}
    for _ in range(setup.args.rounds):
        for n_process, times in seconds.items():
            times.append(clock(partial(setup.analyzer.score, texts, n_process=n_process)))
    return {
        "answers": len(texts),
        "answers_per_second": {
            str(n): round(len(texts) / statistics.median(times), 1) for n, times in seconds.items()
        },
        "speed_up": ratio(seconds[1], seconds[2]),
    }


def measure_sizes(setup: Setup) -> Result:
    """Stream more and more answers: time an answer must not grow. That of making them is taken off."""
    seconds: dict[int, list[float]] = {n: [] for n in setup.sizes()}
    for at in range(setup.args.rounds):
        for n, times in seconds.items():
            if at == 0 or n <= max(SIZES):  # the largest are read once
                times.append(time_stream(setup, n))
    medians = {n: statistics.median(times) for n, times in seconds.items()}
    return {
        "rows": [
            {"answers": n, "microseconds_per_answer": round(1e6 * s / n, 2)} for n, s in medians.items()
        ],
        "exponent": exponent({n: s for n, s in medians.items() if n >= THOUSAND}),
    }


def time_stream(setup: Setup, n: int) -> float:
    """Return the seconds that streaming ``n`` answers takes, less those that making them takes."""
    repeats = max(1, THOUSAND // n)

    def made() -> Iterator[str]:
        return islice(make_answers(setup.words, 76), n)

    making = sum(clock(lambda: exhaust(made())) for _ in range(repeats))
    reading = sum(clock(lambda: exhaust(setup.analyzer.stream(made()))) for _ in range(repeats))
    return (reading - making) / repeats


def exponent(seconds: Mapping[int, float]) -> float | None:
    """Return the power of the number with which time grows; 1 is in proportion, None below two numbers.

    It is the slope of a straight line through the logarithms, by least squares.
    """
    if len(seconds) < 2:
        return None
    logs = [math.log(n) for n in seconds], [math.log(s) for s in seconds.values()]
    return round(statistics.linear_regression(*logs).slope, 3)


def measure_lengths(setup: Setup) -> Result:
    """Read about as many words in longer and longer answers: time a word must not grow."""
    lengths = [length for length in LENGTHS if length < len(setup.words)]
    texts = {n_words: setup.make(n_words, max(1, 76 * setup.args.limit // n_words)) for n_words in lengths}
    seconds: dict[int, list[float]] = {n_words: [] for n_words in lengths}
    for _ in range(setup.args.rounds):
        for n_words, times in seconds.items():
            n = n_words * len(texts[n_words])
            times.append(clock(partial(setup.analyzer.score, texts[n_words])) / n)
    medians = {n_words: statistics.median(times) for n_words, times in seconds.items()}
    return {
        "rows": [
            {"words": n, "answers": len(texts[n]), "microseconds_per_word": round(1e6 * s, 3)}
            for n, s in medians.items()
        ],
        "exponent": exponent({n: n * s for n, s in medians.items() if n >= 100}),
    }


def measure_memory(setup: Setup) -> Result:
    """Stream more and more answers in fresh processes: peak memory must not grow."""
    job = {"words": str(setup.word_file), "n_words": 76, "model": setup.args.model}
    sizes = [n for n in setup.sizes() if n >= THOUSAND]
    return {"rows": [{"answers": n} | child("memory", n=n, **job) for n in sizes]}


def measure_files(setup: Setup) -> Result:
    """Let ``starl score`` read files, in turn with `.score` on the same answers, both in fresh processes.

    What the command takes for a file of one answer is taken off: that is starting, loading and what is done
    once. `.score` has read one answer before, too.
    """
    n = 10 * setup.args.limit  # so that what starting takes, more or less, does not matter
    job = {"reader": ".score", "model": setup.args.model, "words": str(setup.word_file), "n_words": 76}
    files = {name: (write(setup, n), write(setup, 1)) for name, write in WRITERS.items()}
    spent: dict[str, list[Spent]] = {name: [] for name in (*files, "one answer", ".score")}
    for _ in range(setup.args.rounds):
        read = child("cold", n=n, before=1, **job)
        spent[".score"].append(Spent(read["seconds"], read["cpu_seconds"]))
        for name, (whole, one) in files.items():
            fixed, total = (score_file(path, setup.args.model) for path in (one, whole))
            spent["one answer"].append(fixed)
            spent[name].append(Spent(total.wall - fixed.wall, total.cpu - fixed.cpu))
    walls = {name: [each.wall for each in times] for name, times in spent.items()}
    cpus = {name: [each.cpu for each in times] for name, times in spent.items()}
    rows = {
        name: {
            "answers_per_second": round(n / statistics.median(walls[name]), 1),
            "x_score": ratio(walls[name], walls[".score"]),
            "x_score_cpu": ratio(cpus[name], cpus[".score"]),
        }
        for name in files
    }
    return {
        "answers": n,
        "rows": rows,
        "one_answer_seconds": round(statistics.median(walls["one answer"]), 3),
    }


class Spent(NamedTuple):
    """Seconds by the clock and seconds of the processor."""

    wall: float
    cpu: float


def write_parquet(setup: Setup, n: int) -> Path:
    """Write answers of 76 words to a Parquet file."""
    import pyarrow as pa
    from pyarrow import parquet

    path = setup.word_file.with_name(f"answers-{n}.parquet")
    parquet.write_table(pa.table({"text": setup.make(76, n)}), path)
    return path


def write_jsonl(setup: Setup, n: int) -> Path:
    """Write answers of 76 words to a file of JSON lines."""
    path = setup.word_file.with_name(f"answers-{n}.jsonl")
    with path.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps({"text": text}) + "\n" for text in setup.make(76, n))
    return path


WRITERS = {"Parquet to Parquet": write_parquet, "JSON lines to Parquet": write_jsonl}


def score_file(path: Path, model: str) -> Spent:
    """Run ``starl score`` on a file."""
    out = path.with_name(f"scored-{path.stem}.parquet")
    command = [sys.executable, "-m", "starl", "score", str(path), "-o", str(out), "--model", model]
    start, before = perf_counter(), cpu_of_children()
    subprocess.run([*command, "--text-column", "text", "--overwrite", "--quiet"], check=True)
    return Spent(perf_counter() - start, cpu_of_children() - before)


def cpu_of_children() -> float:
    """Return the processor seconds of all processes that were started here and have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


SECTIONS: dict[str, Callable[[Setup], Result]] = {
    "rates": measure_rates,
    "cold": measure_cold,
    "processes": measure_processes,
    "sizes": measure_sizes,
    "lengths": measure_lengths,
    "memory": measure_memory,
    "files": measure_files,
}


# --- in fresh processes ----------------------------------------------------------------------------------


def child(what: str, **options: object) -> Result:
    """Run one of `CHILDREN` in a fresh process and return what it measured."""
    command = [sys.executable, __file__, "--child", json.dumps({"what": what, **options})]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    result: Result = json.loads(done.stdout)
    return result


def read_words(path: str) -> list[str]:
    """Read the words that a parent has written."""
    return Path(path).read_text(encoding="utf-8").split()


def run_cold(reader: str, model: str, words: str, n_words: int, n: int, before: int = 0) -> Result:
    """Load a reader and let it read answers for the first time, but for some that it may read before."""
    texts = list(islice(make_answers(read_words(words), n_words), n))
    start = perf_counter()
    read = READERS[reader](model)
    loaded = perf_counter()
    if before:
        read(texts[:before])
    cpu = process_time()
    seconds = clock(partial(read, texts))
    return {"load_seconds": loaded - start, "seconds": seconds, "cpu_seconds": process_time() - cpu}


def _load_score(model: str) -> Callable[[list[str]], object]:
    from starl.analyzer import load

    return load(model).score


def _load_tokenizer(model: str) -> Callable[[list[str]], object]:
    import spacy

    tokenizer: Any = spacy.blank("en").tokenizer
    return lambda texts: exhaust(tokenizer.pipe(texts))


READERS = {".score": _load_score, "spacy tokenizer": _load_tokenizer}


def run_memory(model: str, words: str, n_words: int, n: int) -> Result:
    """Stream answers that are made one by one, and return the peak memory before and over that."""
    from starl.analyzer import load

    analyzer, known = load(model), read_words(words)
    with suppress(OSError):  # what loading needed for a moment must not hide what reading needs
        RESET_PEAK.write_text("5", encoding="ascii")
    loaded = own_peak_mb()
    exhaust(analyzer.stream(islice(make_answers(known, n_words), n)))
    return {"loaded_mb": round(loaded, 1), "over_mb": round(own_peak_mb() - loaded, 1)}


def own_peak_mb() -> float:
    """Return the peak memory of this process, in MB.

    On Linux ``ru_maxrss`` starts from that of the parent, so the kernel's own figure is taken there.
    """
    try:
        status = STATUS.read_text(encoding="ascii")
    except OSError:
        return peak_mb()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1e3


CHILDREN: dict[str, Callable[..., Result]] = {"cold": run_cold, "memory": run_memory}


if __name__ == "__main__":
    sys.exit(main())
