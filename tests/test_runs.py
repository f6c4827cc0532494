"""Runs over files: parts, resuming, refusals. The analyzer is a stand-in."""

import errno
import io
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from standin import StandIn
from starl.errors import ColumnError
from starl.files.durable import BusyError, WriteError, locked
from starl.files.manifest import RunError
from starl.files.runs import Settings, score_files, score_stream
from starl.files.sources import SourceError

ROOT = Path(__file__).parents[1]
SMALL = Settings(ids=("id",), keep=("group",), part_rows=4)
TWO_PARTS = Settings(ids=("id",), keep=("group",), part_rows=6)
PAIRS = Settings(ids=("id",), part_rows=2)
OUTPUTS = ["out.parquet", "out.jsonl", "out/"]


class Killed(BaseException):
    """The process is gone: nothing of it may run but what Python itself unwinds."""


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """Do not wait for the disk."""
    monkeypatch.setattr(os, "fsync", lambda handle: None)


@pytest.fixture
def answers(tmp_path):
    """Ten answers, some of them bad, in a file of JSON lines."""
    path = tmp_path / "answers.jsonl"
    rows = [{"id": i, "group": "ab"[i % 2], "text": f"I did it {'and so on ' * i}"} for i in range(10)]
    rows[3]["text"], rows[5]["text"], rows[9]["text"] = None, 17, "x" * 200_000
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


@pytest.fixture
def run(tmp_path, answers):
    """Score the answers; give the summary."""

    def run(output="out.parquet", analyzer=None, settings=SMALL, **options):
        name = f"{tmp_path}/{output}"
        return score_files(analyzer or StandIn(), [str(answers)], name, settings, **options)

    return run


def content(folder):
    """Everything in a folder but the answers, by name."""
    files = (path for path in sorted(folder.rglob("*")) if path.name != "answers.jsonl")
    return {str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None for path in files}


def rows_of(path):
    if path.suffix == ".jsonl":
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return pq.read_table(path).to_pylist()


@pytest.mark.parametrize("output", OUTPUTS)
def test_each_row_has_one_row_in_order(run, tmp_path, output):
    run(output)
    rows = rows_of(tmp_path / output)
    assert [row["id"] for row in rows] == list(range(10))
    assert [row["group"] for row in rows] == list("ababababab")
    assert [row["n_words"] is None for row in rows] == [i in (3, 5, 9) for i in range(10)]


def test_ids_come_first_then_columns_kept_then_scores(run, tmp_path):
    run()
    assert pq.read_schema(tmp_path / "out.parquet").names[:4] == ["id", "group", "status", "answer_type"]


def test_without_ids_rows_are_numbered(run, tmp_path):
    run(settings=Settings(part_rows=4))
    assert pq.read_table(tmp_path / "out.parquet")["row"].to_pylist() == list(range(10))


def test_categories_stay_categories(run, tmp_path):
    run()
    assert pa.types.is_dictionary(pq.read_schema(tmp_path / "out.parquet").field("status").type)


def test_the_summary_counts_what_was_not_read_and_says_where(run, answers):
    summary = run()
    assert summary.by_status == {"ok": 7, "missing": 1, "not_text": 1, "oversized": 1}
    assert summary.bad == tuple(
        (f"{answers}:{line}", why) for line, why in ((4, "missing"), (6, "not_text"), (10, "oversized"))
    )


@pytest.mark.parametrize("output", OUTPUTS)
def test_only_the_output_is_left(run, tmp_path, output):
    run(output)
    parts = {f"out/part-00000{i}.parquet" for i in range(3)} | {"out/_starl.json", "out"}
    assert set(content(tmp_path)) == (parts if output == "out/" else {output})


@pytest.mark.parametrize("part_rows", [1, 3, 10, 1000])
def test_the_size_of_parts_changes_no_row(run, tmp_path, part_rows):
    run("a.jsonl")
    run("b.jsonl", settings=Settings(ids=("id",), keep=("group",), part_rows=part_rows))
    assert (tmp_path / "a.jsonl").read_bytes() == (tmp_path / "b.jsonl").read_bytes()


class Machine:
    """Counts what changes the disk, and stops at one step: before it, after it, or amid a write."""

    def __init__(self, monkeypatch, stop, when, error=Killed):
        self.n, self.stop, self.when, self.error = 0, stop, when, error
        for name in ("fsync", "replace", "mkdir", "unlink", "rmdir"):
            monkeypatch.setattr(os, name, self.watched(getattr(os, name)))
        monkeypatch.setattr(io, "open", self.opener(io.open))

    def watched(self, do):
        def step(*arguments, **options):
            self.step("before")
            result = do(*arguments, **options)
            self.step("after")
            return result

        return step

    def step(self, when):
        self.n += when == "before"
        if self.n == self.stop and self.when == when:
            raise self.error

    def opener(self, plain):
        machine = self

        class Torn(io.FileIO):
            def write(self, data):
                data = bytes(data)
                machine.n += 1
                if machine.n == machine.stop:
                    super().write(data[: {"before": 0, "after": len(data)}.get(machine.when, len(data) // 2)])
                    raise machine.error
                return super().write(data)

        def open(path, mode="r", *arguments, **options):
            if mode == "wb":
                return io.BufferedWriter(Torn(path, mode), 1 << 14)
            return plain(path, mode, *arguments, **options)

        return open


def stopped(run, output, stop, when, mode):
    """Run until the machine stops; whether it did, and how many steps there were."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        machine = Machine(monkeypatch, stop, when)
        try:
            run(output, settings=TWO_PARTS, mode=mode)
        except Killed:
            return True, machine.n
    return False, machine.n


@pytest.mark.parametrize("output", OUTPUTS)
@pytest.mark.parametrize("when", ["before", "after", "midst"])
def test_a_run_stopped_at_any_step_and_gone_on_with_gives_the_same_bytes(run, tmp_path, output, when):
    run(output, settings=TWO_PARTS)
    whole = content(tmp_path)
    n_steps = stopped(run, output, 0, when, "overwrite")[1]
    assert n_steps > 30
    for stop in range(1, n_steps + 1):
        for path in tmp_path.glob("out*"):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        stopped(run, output, stop, when, "new")
        stopped(run, output, stop * 7 % n_steps, when, "resume")
        run(output, settings=TWO_PARTS, mode="resume")
        assert content(tmp_path) == whole, f"step {stop}"


@pytest.mark.parametrize("output", OUTPUTS)
def test_overwriting_stopped_at_any_step_never_mixes_two_runs(run, tmp_path, output):
    run(output, settings=TWO_PARTS)
    whole, n_steps = content(tmp_path), stopped(run, output, 0, "after", "overwrite")[1]
    for stop in range(1, n_steps + 1, 2):
        run(output, analyzer=StandIn(fingerprint="e" * 16), settings=TWO_PARTS, mode="overwrite")
        stopped(run, output, stop, "after", "overwrite")
        try:
            run(output, settings=TWO_PARTS, mode="resume")
        except RunError:  # what is left is of the other run
            run(output, settings=TWO_PARTS, mode="overwrite")
        assert content(tmp_path) == whole, f"step {stop}"


def test_what_is_done_is_not_done_again(run):
    first, second = StandIn(stop_at=f"I did it {'and so on ' * 8}"), StandIn()
    with pytest.raises(KeyboardInterrupt):
        run(analyzer=first)
    summary = run(analyzer=second, mode="resume")
    assert (first.n_scored, second.n_scored) == (8, 2)
    assert (summary.rows, summary.rows_before) == (10, 8)


def test_the_summary_of_a_resumed_run_is_that_of_an_undisturbed_one(run, tmp_path):
    plain = run("a.parquet")
    with pytest.raises(KeyboardInterrupt):
        run(analyzer=StandIn(stop_at=f"I did it {'and so on ' * 8}"))
    resumed = run(mode="resume")
    assert (resumed.by_status, resumed.bad) == (plain.by_status, plain.bad)


def interrupted(run, **options):
    with pytest.raises(KeyboardInterrupt):
        run(analyzer=StandIn(stop_at=f"I did it {'and so on ' * 8}"), **options)


def test_a_changed_input_is_refused_by_name(run, answers):
    interrupted(run)
    answers.write_text(answers.read_text() + "\n")
    with pytest.raises(RunError, match=r"got another content of .*answers\.jsonl; .*--overwrite"):
        run(mode="resume")


def test_a_touched_input_of_the_same_content_is_not_refused(run, answers):
    interrupted(run)
    os.utime(answers, (1, 1))
    assert run(mode="resume").rows == 10


@pytest.mark.parametrize(
    ("analyzer", "settings", "message"),
    [
        (StandIn(label="other 2.0"), SMALL, r"another model other 2\.0 \(began with standin 1\.0\)"),
        (StandIn(profile="strict"), SMALL, r"another profile strict \(began with default\)"),
        (
            StandIn(fingerprint="0" * 16),
            SMALL,
            r"another model, limits, rules or word lists of the same name",
        ),
        (StandIn(), Settings(ids=("id",), part_rows=4), r"another keep \[\] \(began with \['group'\]\)"),
        (StandIn(), Settings(ids=("id",), keep=("group",), part_rows=5), r"another part_rows 5"),
    ],
)
def test_another_model_or_setting_is_refused_by_name(run, analyzer, settings, message):
    interrupted(run)
    with pytest.raises(RunError, match=message):
        run(analyzer=analyzer, settings=settings, mode="resume")


@pytest.mark.parametrize("output", OUTPUTS)
def test_a_finished_run_is_left_alone(run, tmp_path, output):
    run(output)
    before = content(tmp_path)
    assert not run(output, mode="resume").is_new
    assert content(tmp_path) == before


@pytest.mark.parametrize("output", OUTPUTS)
def test_a_finished_run_of_another_model_is_refused(run, output):
    run(output)
    with pytest.raises(RunError, match="must come from the same inputs, model and settings"):
        run(output, analyzer=StandIn(fingerprint="0" * 16), mode="resume")


@pytest.mark.parametrize("output", OUTPUTS)
def test_a_finished_run_of_other_settings_is_refused(run, output):
    run(output)
    with pytest.raises(RunError, match="must come from the same inputs, model and settings"):
        run(output, settings=Settings(ids=("id",), part_rows=4), mode="resume")


@pytest.mark.parametrize("output", OUTPUTS)
def test_a_finished_run_of_another_input_is_refused(run, answers, output):
    run(output)
    answers.write_text('{"id": 1, "group": "a", "text": "other"}\n')
    os.utime(answers, (2e9, 2e9))
    with pytest.raises(RunError, match="must come from the same inputs, model and settings"):
        run(output, mode="resume")


@pytest.mark.parametrize("output", OUTPUTS)
def test_an_output_that_is_there_is_refused(run, output):
    run(output)
    with pytest.raises(RunError, match=r"must be new, got .*; use --resume .* or --overwrite"):
        run(output)


def test_an_unfinished_run_is_refused(run):
    interrupted(run)
    with pytest.raises(RunError, match="got an unfinished run; use --resume to go on or --overwrite"):
        run()


@pytest.mark.parametrize("output", OUTPUTS)
def test_overwriting_replaces_what_is_there(run, tmp_path, output):
    run(output)
    whole = content(tmp_path)
    run(output, settings=Settings(part_rows=1), mode="overwrite")
    assert content(tmp_path) != whole
    run(output, mode="overwrite")
    assert content(tmp_path) == whole


@pytest.mark.parametrize("mode", ["new", "resume", "overwrite"])
def test_a_folder_of_other_files_is_never_touched(run, tmp_path, mode):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "part-00000-of-spark.parquet").write_bytes(b"mine")
    with pytest.raises(RunError, match="got a folder of other files; give another name"):
        run("out", mode=mode)


def test_a_second_run_on_the_same_output_is_refused(run, tmp_path):
    interrupted(run)
    with locked(tmp_path / "out.parquet.parts"), pytest.raises(BusyError, match="got another one at work"):
        run(mode="resume")


def test_the_output_must_not_be_an_input(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text('{"text": "a"}\n')
    with pytest.raises(RunError, match="output must not be one of the inputs"):
        score_files(StandIn(), [str(path)], path, mode="overwrite")


def test_parts_of_the_output_are_no_input_when_a_folder_is_scored_into_itself(run, tmp_path):
    with pytest.raises(KeyboardInterrupt):
        score_files(
            StandIn(stop_at="I did it and so on "),
            [str(tmp_path)],
            tmp_path / "o.jsonl",
            Settings(part_rows=1),
        )
    assert score_files(StandIn(), [str(tmp_path)], tmp_path / "o.jsonl", mode="overwrite").rows == 10


def test_an_input_that_changes_while_it_is_read_is_noticed(run, answers):
    def touch(rows, share):
        os.utime(answers, (rows, rows))

    with pytest.raises(RunError, match="must not change while it is read"):
        run(progress=touch)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EACCES])
def test_a_disk_that_takes_nothing_is_one_clear_line_at_every_step(run, number):
    told = os.strerror(number)
    for stop in range(1, 30):
        with pytest.MonkeyPatch.context() as monkeypatch:
            Machine(monkeypatch, stop, "before", OSError(number, told))
            with pytest.raises(WriteError, match=f"must be writable, got {told.lower()}; "):
                run(f"{stop}.jsonl")


@pytest.mark.parametrize("output", OUTPUTS)
def test_no_rows_give_the_columns_alone(tmp_path, output):
    (tmp_path / "none.jsonl").write_text("")
    summary = score_files(StandIn(), [str(tmp_path / "none.jsonl")], f"{tmp_path}/{output}", SMALL)
    assert summary.rows == 0
    if output != "out.jsonl":
        assert pq.read_table(tmp_path / output).schema.names[:3] == ["id", "group", "status"]


@pytest.mark.parametrize("output", ["out.parquet", "out/"])
def test_ids_of_several_kinds_become_text_and_none_is_lost(tmp_path, output):
    ids = [1, 2, "x", 4, 5, 6, 2.5, True, None, {"a": 1}]
    lines = [json.dumps({"id": i, "text": "a"}) + "\n" for i in ids]
    (tmp_path / "a.jsonl").write_text("".join(lines))
    score_files(
        StandIn(), [str(tmp_path / "a.jsonl")], f"{tmp_path}/{output}", Settings(ids=("id",), part_rows=2)
    )
    told = ["1", "2", "x", "4", "5", "6", "2.5", "true", None, '{"a":1}']
    assert pq.read_table(tmp_path / output)["id"].to_pylist() == told


def test_json_ids_stay_what_they_are_in_json(tmp_path):
    ids = [1, "x", 2.5, True, None, {"a": [1, "é"]}, "\ud800"]
    (tmp_path / "a.jsonl").write_text("".join(json.dumps({"id": i, "text": "a"}) + "\n" for i in ids))
    score_files(
        StandIn(), [str(tmp_path / "a.jsonl")], tmp_path / "out.jsonl", Settings(ids=("id",), part_rows=2)
    )
    assert [row["id"] for row in rows_of(tmp_path / "out.jsonl")] == ids


def test_a_kept_column_must_not_be_called_like_a_score(run):
    with pytest.raises(ColumnError, match="got 'status'; rename it"):
        run(settings=Settings(keep=("status",)))


def test_a_missing_column_names_those_there_are(run):
    with pytest.raises(
        ColumnError, match=r"answers\.jsonl: column must be one of 'id', 'group', 'text', got 'answer'"
    ):
        run(settings=Settings(text="answer"))


def test_an_output_of_unknown_suffix_is_refused(run):
    with pytest.raises(RunError, match=r"must end in \.parquet, \.jsonl or /"):
        run("out.csv")


def test_a_pipe_cannot_be_gone_on_with(tmp_path):
    with pytest.raises(RunError, match="got a pipe; leave out --resume"):
        score_files(StandIn(), ["-"], tmp_path / "out.jsonl", mode="resume")


def test_questions_reach_the_analyzer(tmp_path):
    (tmp_path / "a.jsonl").write_text('{"text": "a", "q": "Why?"}\n{"text": "b", "q": 3}\n{"text": "c"}\n')
    analyzer = StandIn()
    score_files(analyzer, [str(tmp_path / "a.jsonl")], tmp_path / "o.jsonl", Settings(question="q"))
    assert analyzer.questions == ["Why?", None, None]


def test_a_stream_gets_the_same_lines_as_a_file(run, tmp_path, answers):
    run("out.jsonl")
    stream = io.BytesIO()
    summary = score_stream(StandIn(), [str(answers)], stream, SMALL)
    assert stream.getvalue() == (tmp_path / "out.jsonl").read_bytes()
    assert summary.n_bad == 3


def test_progress_tells_rows_and_share(run):
    told = []
    run(progress=lambda rows, share: told.append((rows, share)))
    assert [rows for rows, _ in told] == [4, 8, 10]
    assert told[-1][1] == 1
    assert all(0 < share <= 1 for _, share in told)


def test_a_truncated_parquet_file_is_one_clear_line(tmp_path):
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"text": ["a"] * 1000}), path)
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(SourceError, match=r"a\.parquet must be a whole parquet file, got [^\n]+$"):
        score_files(StandIn(), [str(path)], tmp_path / "out.parquet")


KILLED = """
import sys
sys.path.insert(0, {tests!r})
from standin import StandIn
from starl.files.runs import Settings, score_files
import time
class Slow(StandIn):
    def score_batches(self, batches, **options):
        for batch in super().score_batches(batches, **options):
            time.sleep(0.005)
            yield batch
score_files(Slow(), [{answers!r}], {output!r}, Settings(ids=("id",), part_rows=20), mode="resume")
"""


def test_a_process_killed_at_random_moments_gives_the_same_bytes(tmp_path):
    answers, output = tmp_path / "a.jsonl", tmp_path / "out.parquet"
    answers.write_text("".join(json.dumps({"id": i, "text": f"I did {i}"}) + "\n" for i in range(2000)))
    score_files(StandIn(), [str(answers)], tmp_path / "whole.parquet", Settings(ids=("id",), part_rows=20))
    code = KILLED.format(tests=str(ROOT / "tests"), answers=str(answers), output=str(output))
    moments, n_killed = random.Random(7), 0
    for _ in range(4):
        process = subprocess.Popen([sys.executable, "-c", code])
        _wait_for(process, tmp_path / "out.parquet.parts" / "manifest.json")
        time.sleep(moments.uniform(0, 0.3))
        process.send_signal(signal.SIGKILL)
        n_killed += process.wait() == -signal.SIGKILL
    assert n_killed >= 2
    score_files(StandIn(), [str(answers)], output, Settings(ids=("id",), part_rows=20), mode="resume")
    assert output.read_bytes() == (tmp_path / "whole.parquet").read_bytes()


def _wait_for(process, path):
    """Wait until the process has begun its work."""
    end = time.monotonic() + 30
    while not path.exists() and process.poll() is None and time.monotonic() < end:
        time.sleep(0.002)
