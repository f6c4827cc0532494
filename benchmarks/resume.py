"""Kill ``starl score`` at random moments, go on, and compare; and measure what files cost over the scoring.

    python benchmarks/resume.py [--rows N] [--kills N] [--model NAME] [--processes N]

Each trial scores a file of answers of 220 words into a fresh output, is killed (SIGKILL) at a moment drawn
evenly from the time a whole run takes (drawn again if it had ended by then), goes on with ``--resume`` to the
end, and must then have written the same bytes as a run that nobody disturbed. The moments are seeded.

Overhead is CPU time of the whole run over CPU time within `Analyzer.score_batch`. Memory is the peak of a
fresh process, over that of one which only loads the model and scores a few answers.
"""

from __future__ import annotations

import argparse
import json
import random
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from time import perf_counter, process_time, sleep
from typing import Any

from corpora import make_answers
from speed import CORPUS, machine

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "results" / "resume.json"
N_WORDS = 220
SEED = 20
FORMATS = ("jsonl", "csv", "parquet", "arrow")
OUTPUTS = ("out.parquet", "out.jsonl", "out/")


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print and write the results; exit 1 if an output differs."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rows", type=int, default=50_000, help="answers of the file")
    parser.add_argument("--kills", type=int, default=20, help="trials")
    parser.add_argument("--model", default="en_starl_sm", help="name or folder of a model")
    parser.add_argument("--processes", type=int, default=1, help="processes of a run")
    parser.add_argument("--output", type=Path, default=RESULTS, help="results file")
    parser.add_argument("--cost", nargs=2, metavar=("INPUT", "OUTPUT"), help=argparse.SUPPRESS)
    args = parser.parse_args(argv)
    if args.cost:
        print(json.dumps(cost(args.model, *args.cost)))
        return 0
    with tempfile.TemporaryDirectory() as folder:
        result = measure(args, Path(folder))
    print("\n".join(render(result)))
    args.output.parent.mkdir(parents=True, exist_ok=True)
    args.output.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    return 0 if result["equal"] == result["kills"] else 1


def measure(args: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """Run the trials and the costs."""
    write_inputs(folder, args.rows)
    trials = list(run_trials(args, folder))
    small = cost_apart(args, folder / "few.jsonl", folder / "few.parquet")
    costs = {
        f"{kind} to {output}": cost_apart(args, folder / f"answers.{kind}", folder / f"{kind}-{output}")
        for kind in FORMATS
        for output in OUTPUTS
    }
    for row in costs.values():
        row["memory_over_model_mb"] = round(row["peak_mb"] - small["peak_mb"], 1)
    return {
        "machine": machine(),
        "rows": args.rows,
        "model": Path(args.model).name,
        "processes": args.processes,
        "kills": len(trials),
        "equal": sum(trial["equal"] for trial in trials),
        "trials": trials,
        "costs": costs,
    }


def write_inputs(folder: Path, rows: int) -> None:
    """Write the same answers in each format, and a few of them."""
    import pyarrow as pa
    from pyarrow import csv, parquet

    from starl.corpus import read_corpus

    words = " ".join(answer.text for answer in read_corpus([CORPUS])).split()
    table = pa.table({"id": range(rows), "text": list(islice(make_answers(words, N_WORDS), rows))})
    write_lines(folder / "answers.jsonl", table.to_pylist())
    write_lines(folder / "few.jsonl", table.slice(0, 1024).to_pylist())
    csv.write_csv(table, folder / "answers.csv")
    parquet.write_table(table, folder / "answers.parquet")
    with pa.ipc.new_file(str(folder / "answers.arrow"), table.schema) as writer:
        writer.write_table(table)


def write_lines(path: Path, rows: list[dict[str, Any]]) -> None:
    """Write rows as JSON lines."""
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def run_trials(args: argparse.Namespace, folder: Path) -> Iterator[dict[str, Any]]:
    """Kill a run, go on with it, and compare, again and again."""
    whole = folder / "whole.parquet"
    start = perf_counter()
    begin(args, folder, whole).wait()
    seconds, moments = perf_counter() - start, random.Random(SEED)
    done = 0
    while done < args.kills:
        moment = moments.uniform(0, seconds)
        trial = run_trial(args, folder, moment)
        if trial is not None:
            done += 1
            yield {"second": round(moment, 2), **trial}
    again = folder / "again.parquet"
    begin(args, folder, again).wait()
    if again.read_bytes() != whole.read_bytes():
        raise RuntimeError(
            "starl must not change while it is measured, got other bytes undisturbed; run it again"
        )


def run_trial(args: argparse.Namespace, folder: Path, moment: float) -> dict[str, Any] | None:
    """Kill a run after some seconds, go on with it, and compare; None if it had ended before."""
    output = folder / "trial.parquet"
    process = begin(args, folder, output)
    sleep(moment)
    process.send_signal(signal.SIGKILL)
    if process.wait() != -signal.SIGKILL:
        output.unlink()
        return None
    parts = len(list(output.with_name(f"{output.name}.parts").glob("part-*.json")))
    code = begin(args, folder, output).wait()
    equal = code == 0 and output.read_bytes() == (folder / "whole.parquet").read_bytes()
    output.unlink(missing_ok=True)
    return {"parts_done": parts, "equal": equal}


def begin(args: argparse.Namespace, folder: Path, output: Path) -> subprocess.Popen[bytes]:
    """Begin a run, or go on with it."""
    options = ["--id-column", "id", "--resume", "--quiet", "--model", args.model]
    options += ["--processes", str(args.processes), "-o", str(output)]
    return subprocess.Popen([sys.executable, "-m", "starl", "score", str(folder / "answers.jsonl"), *options])


def cost_apart(args: argparse.Namespace, source: Path, output: Path) -> dict[str, Any]:
    """Return `cost`, measured in a fresh process."""
    name = f"{output}/" if output.suffix == "" else str(output)
    command = [sys.executable, __file__, "--model", args.model, "--cost", str(source), name]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def cost(model: str, source: str, output: str) -> dict[str, Any]:
    """Score a file; return CPU time an answer, within the scoring and over it, and the peak of memory."""
    from starl.analyzer import Analyzer, load
    from starl.files.runs import Settings, score_files

    analyzer, spent = load(model), [0.0]
    score_batch = Analyzer.score_batch

    def timed(*arguments: Any, **options: Any) -> Any:  # noqa: ANN401  (those of score_batch)
        start = process_time()
        result = score_batch(*arguments, **options)
        spent[0] += process_time() - start
        return result

    Analyzer.score_batch = timed  # type: ignore[method-assign]
    start = process_time()
    summary = score_files(analyzer, [source], output, Settings(ids=("id",)))
    total = process_time() - start
    return {
        "scoring_us": round(spent[0] / summary.rows * 1e6, 1),
        "files_us": round((total - spent[0]) / summary.rows * 1e6, 1),
        "overhead": round(total / spent[0] - 1, 3),
        "peak_mb": round(peak_mb(), 1),
    }


def peak_mb() -> float:
    """Return the peak memory of this process; what it was before it became this program does not count."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


def render(result: dict[str, Any]) -> list[str]:
    """Return the figures as lines of text."""
    lines = [
        f"{result['equal']} of {result['kills']} runs killed at work wrote what an undisturbed one writes",
        "",
        "| files | scoring, us an answer | files, us an answer | overhead | memory over the model, MB |",
        "| --- | --- | --- | --- | --- |",
    ]
    for name, row in result["costs"].items():
        figures = (row["scoring_us"], row["files_us"], f"{row['overhead']:.0%}", row["memory_over_model_mb"])
        lines.append(f"| {name} | {' | '.join(map(str, figures))} |")
    return lines


if __name__ == "__main__":
    sys.exit(main())
