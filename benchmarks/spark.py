"""Measure starl on Spark in local mode: how long it takes to start, and how fast it reads then.

    python benchmarks/spark.py [--rounds N] [--limit N]

The input is pinned: the answers of 220 words of ``speed.py``, over again until there are as many as asked
for, in a Parquet file; their sha256 is in the results. Each master has a process and a JVM of its own. In
each round one process without Spark, then Spark read the same answers, so that a busy moment of the machine
touches both; ratios are medians over rounds of ratios within a round. It needs Java and the extra ``spark``.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from importlib.metadata import version
from itertools import cycle, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from speed import clock, inputs, machine

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

RESULTS = Path(__file__).resolve().parent / "results" / "spark.json"
MASTERS = ("local[1]", "local[2]")
ROW_GROUP = 1_000
"""Rows of a row group; Spark parts a file between groups."""
SETTINGS = {
    "spark.driver.memory": "1g",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
}
ONE_PROCESS = "one_process"
"""`Analyzer.score` and `Scores.to_arrow`, without Spark."""


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print a table and write the results."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=5, help="how often everything is timed")
    parser.add_argument("--limit", type=int, default=50_000, help="answers that are read")
    parser.add_argument("--model", default="en_starl_sm", help="name or folder of a model")
    parser.add_argument("--output", type=Path, default=RESULTS, help="results file")
    parser.add_argument("--child", nargs=2, metavar=("MASTER", "FILE"), help=argparse.SUPPRESS)
    args = parser.parse_args(argv)
    if args.child:
        print(json.dumps(run_master(*args.child, args.model, args.rounds)))
        return 0
    result = measure(args)
    print("\n".join(render(result)))
    args.output.parent.mkdir(parents=True, exist_ok=True)
    args.output.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    return 0


def measure(args: argparse.Namespace) -> dict[str, Any]:
    """Return everything that is measured."""
    from gold import digest

    texts = list(islice(cycle(inputs(None)["answers-220"]), args.limit))
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "answers.parquet")
        write(texts, file)
        masters = {master: child(master, file, args) for master in MASTERS}
    packages = {name: version(name) for name in ("pyspark", "pyarrow", "pandas")}
    return {
        "machine": {**machine(), **packages},
        "java": masters[MASTERS[0]]["java"],
        "model": args.model,
        "rounds": args.rounds,
        "answers": len(texts),
        "words": sum(len(text.split()) for text in texts),
        "sha256": digest(texts),
        "masters": {
            master: {key: value for key, value in row.items() if key != "java"}
            for master, row in masters.items()
        },
    }


def write(texts: Sequence[str], file: Path) -> None:
    """Write numbered answers as Parquet."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.table({"id": range(len(texts)), "text": texts}), file, row_group_size=ROW_GROUP)


def child(master: str, file: Path, args: argparse.Namespace) -> dict[str, Any]:
    """Measure one master in a fresh process."""
    command = [sys.executable, str(Path(__file__).resolve()), "--child", master, str(file)]
    command += ["--model", args.model, "--rounds", str(args.rounds)]
    output = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
    result: dict[str, Any] = json.loads(output.splitlines()[-1])
    return result


def run_master(master: str, file: str, model: str, rounds: int) -> dict[str, Any]:
    """Start Spark, read the first answer, then read all of them once to warm up and once a round."""
    import pyarrow.parquet as pq

    from starl.analyzer import load
    from starl.spark import score

    analyzer, texts = load(model), pq.read_table(file, columns=["text"])["text"]
    started: list[SparkSession] = []
    session_seconds = clock(lambda: started.append(start(master)))
    [session] = started
    scored = score(session.read.parquet(file), id="id", model=model)
    first = score(session.range(1).selectExpr("'I rang the client.' AS text"), model=model)
    first_seconds = clock(lambda: run(first))
    timed: dict[str, Callable[[], object]] = {
        ONE_PROCESS: lambda: analyzer.score(texts, keep_texts=False).to_arrow(),
        "spark": lambda: run(scored),
    }
    for call in timed.values():
        call()
    seconds = [{name: clock(call) for name, call in timed.items()} for _ in range(rounds)]
    java = session.sparkContext._jvm.System.getProperty("java.version")
    session.stop()
    return {
        "java": java,
        "session_seconds": round(session_seconds, 2),
        "first_answer_seconds": round(first_seconds, 2),
        **{f"{name}_answers_per_second": rate(len(texts), seconds, name) for name in timed},
        "x_one_process": round(statistics.median(each[ONE_PROCESS] / each["spark"] for each in seconds), 3),
    }


def start(master: str) -> SparkSession:
    """Return a session whose workers are this Python."""
    from pyspark.sql import SparkSession

    os.environ["PYSPARK_PYTHON"] = sys.executable
    return SparkSession.builder.master(master).config(map=SETTINGS).getOrCreate()


def run(frame: DataFrame) -> None:
    """Make all rows of a frame and keep none."""
    frame.write.format("noop").mode("overwrite").save()


def rate(n_answers: int, seconds: Sequence[dict[str, float]], name: str) -> float:
    """Return answers a second, by the median of the rounds."""
    return round(n_answers / statistics.median(each[name] for each in seconds), 1)


def render(result: dict[str, Any]) -> list[str]:
    """Return the figures as lines of text."""
    lines = [
        f"{result['answers']} answers, {result['words']} words, sha256 {result['sha256']}",
        f"{'':10}{'session s':>12}{'first s':>10}{'answers/s':>12}{'one process':>14}{'ratio':>8}",
    ]
    lines += [
        f"{master:10}{row['session_seconds']:>12.1f}{row['first_answer_seconds']:>10.1f}"
        f"{row['spark_answers_per_second']:>12,.0f}{row[f'{ONE_PROCESS}_answers_per_second']:>14,.0f}"
        f"{row['x_one_process']:>8.2f}"
        for master, row in result["masters"].items()
    ]
    return lines


if __name__ == "__main__":
    sys.exit(main())
