"""Spark for real: a local session with two cores and a JVM of its own, ended with this file."""

import pickle
import re
import shutil
import sys
from functools import reduce
from pathlib import Path
from types import SimpleNamespace

import pyarrow as pa
import pytest
from pyspark import SparkContext
from pyspark.sql import DataFrame, SparkSession, functions
from pyspark.sql.types import ArrayType, IntegerType, LongType, StringType, StructField

import starl
from starl import spark as module
from starl.columns import answer_schema
from starl.errors import ColumnError, ExtraError, ModelError, ProfileError
from starl.profiles import SHORT
from starl.spark import score

pytestmark = [
    pytest.mark.model,
    pytest.mark.skipif(shutil.which("java") is None, reason="Spark needs Java, which is not on the PATH"),
    pytest.mark.filterwarnings("ignore:PySpark does not yet fully support pandas:FutureWarning"),
]

GUIDE = Path(__file__).parents[1] / "docs" / "guides" / "spark.md"
STORIES = (
    "Our site went down on a Friday afternoon. I was asked to bring it back before the evening. "
    "So I rolled the release back and told the client. It was up again in ten minutes.",
    "At the café we had nine branches and no cover in July. We rewrote the rota. Sales rose by 12 %.",
    "I would call the customer first, and then I would ask my manager what to do about it.",
)
BAD = (None, "", " ", "x" * 2001, "Ich habe das Team geleitet und wir haben viel erreicht.", "?!")
N = 160
MAX_CHARS = 2000


def rows():
    """More rows than a batch holds, each fourth a bad one; each good one is a text of its own."""
    return [
        (i, f"g{i % 3}", BAD[i // 4 % len(BAD)] if i % 4 == 3 else f"{STORIES[i % 3]} It was case {i}.")
        for i in range(N)
    ]


@pytest.fixture(scope="module")
def session():
    settings = {
        "spark.driver.memory": "1g",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.ui.enabled": "false",
        "spark.sql.execution.arrow.maxRecordsPerBatch": "16",
        "spark.sql.shuffle.partitions": "2",
    }
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYSPARK_PYTHON", sys.executable)
        made = SparkSession.builder.master("local[2]").config(map=settings).getOrCreate()
    made.sparkContext.setLogLevel("OFF")
    yield made
    gateway = made.sparkContext._gateway
    made.stop()
    gateway.shutdown()
    gateway.proc.stdin.close()  # the JVM ends with its standard input
    gateway.proc.wait(timeout=30)
    SparkContext._gateway = SparkContext._jvm = None


@pytest.fixture(scope="module")
def df(session):
    return session.createDataFrame(rows(), "id long, group string, answer string").repartition(3).cache()


def local(texts, *, clauses=False, **options):
    scores = starl.load(**options).score(texts, on_invalid="mark", max_chars=MAX_CHARS)
    return scores.to_arrow(clauses=clauses).to_pylist()


def statuses(frame, text="answer"):
    return [row.status for row in score(frame, text).collect()]


def test_rows_are_those_scored_without_spark(df):
    scored = score(df, "answer", id="id", clauses=True, max_chars=MAX_CHARS)
    assert df.rdd.getNumPartitions() == 3
    found = sorted(scored.toArrow().to_pylist(), key=lambda row: row["id"])
    expected = local([text for _, _, text in rows()], clauses=True)
    assert [row.pop("id") for row in found] == list(range(N))
    assert found == expected


def test_bad_rows_are_marked(df):
    found = {row.status for row in score(df, "answer", max_chars=MAX_CHARS).collect()}
    assert {"ok", "missing", "empty", "oversized", "not_english", "not_a_story", "unreadable"} == found


def test_columns_are_kept_in_front_with_their_types(session):
    frame = session.sql(
        "SELECT map('a', 1) AS m, DATE'2026-01-02' AS `d.d`, 1.50BD AS price, 'I rang.' AS answer, "
        "TIMESTAMP'2026-01-02 03:04:05' AS at, array(named_struct('x', X'00ff')) AS deep"
    )
    keep = ["price", "at", "d.d", "m", "deep", "answer"]
    scored, kept = score(frame, "answer", id=keep), [f"`{name}`" for name in keep]
    assert scored.columns[:7] == [*keep, "status"]
    assert scored.schema.fields[:6] == [frame.schema[name] for name in keep]
    assert scored.select(kept).collect() == frame.select(kept).collect()


def test_columns_have_the_types_of_the_schema(df):
    fields = {field.name: field.dataType for field in score(df, "answer", clauses=True).schema}
    assert list(fields) == answer_schema(clauses=True).names
    assert (fields["status"], fields["n_words"]) == (StringType(), IntegerType())
    assert fields["findings"] == ArrayType(StringType())
    assert fields["clauses"].elementType["agent"] == StructField("agent", StringType())


def test_rows_without_the_kept_columns_or_batches_still_fit(session):
    frame = session.range(40).selectExpr("id", "'I rang the client.' AS text").repartition(4)
    assert score(frame).count() == 40


def test_no_rows_give_no_rows(df):
    scored = score(df.where("id < 0"), "answer", id=["id", "group"])
    assert (scored.count(), scored.schema["id"].dataType) == (0, LongType())


def test_a_partition_may_be_empty(session):
    frame = session.createDataFrame([(1, STORIES[0])], "id int, answer string").repartition(4)
    assert statuses(frame) == ["ok"]


def test_what_is_no_text_is_marked(session):
    values = (
        "7", "X'ff'", "array('a')", "1.5D", "INTERVAL 1 MONTH", "DATE'0001-01-01'", "CAST(X'ff' AS STRING)",
    )  # fmt: skip
    frames = [session.sql(f"SELECT {value} AS answer UNION ALL SELECT NULL") for value in values]
    marked = reduce(DataFrame.union, (score(frame, "answer").select("status") for frame in frames))
    assert [row.status for row in marked.collect()] == ["not_text", "missing"] * len(values)


def test_bytes_that_are_no_text_leave_their_neighbours_alone(session):
    frame = session.sql("SELECT * FROM VALUES ('I rang.'), (CAST(X'ff' AS STRING)), (NULL) AS t(answer)")
    assert statuses(frame.coalesce(1)) == ["too_short", "not_text", "missing"]


def test_nan_is_missing(session):
    assert statuses(session.sql("SELECT CAST('NaN' AS DOUBLE) AS answer")) == ["missing"]


def test_a_profile_of_ones_own_reaches_the_workers(df):
    own = SHORT.model_copy(update={"name": "mine", "short_note": 60})
    found = score(df.where("id = 0"), "answer", profile=own).toArrow().to_pylist()
    assert found == local([rows()[0][2]], profile=own)
    assert found != local([rows()[0][2]])


def test_questions_are_taken_from_their_column(session):
    frame = session.sql("SELECT 'I rang the client.' AS answer, 7 AS n, 'What did you do?' AS q")
    found = [score(frame, "answer", question=name).collect() for name in ("q", "n")]
    assert found[0] == found[1] == score(frame, "answer").collect()


def test_the_code_of_the_guide_scores_what_is_left(session, df, tmp_path):
    code = "".join(re.findall(r"```python\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.S))
    for name in ("answers", "scored"):
        code = code.replace(f'"{name}"', repr(str(tmp_path / name)))
    months = df.selectExpr("id", "answer", "id % 2 AS month")
    months.where("id < 90").write.parquet(str(tmp_path / "answers"))
    first, rest = code.split("done = ")
    exec(first, names := {})
    months.where("id >= 90").write.mode("append").parquet(str(tmp_path / "answers"))
    names["answers"] = session.read.parquet(str(tmp_path / "answers"))
    exec("done = " + rest, names)
    scored = session.read.parquet(str(tmp_path / "scored")).select("id", "month").collect()
    assert sorted(tuple(row) for row in scored) == [(i, i % 2) for i in range(N)]


def test_long_texts_are_read_in_smaller_parts():
    batch = pa.record_batch({"text": ["x" * 5_000_000] * 5})
    assert [len(part) for part in module._in_parts(batch, 0)] == [3, 2]
    assert [len(part) for part in module._in_parts(pa.record_batch({"text": ["x"] * 1500}), 0)] == [1024, 476]


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"text": "Answer"}, ColumnError, "column must be one of 'id', 'group', 'answer', got 'Answer'"),
        ({"id": ["id", "nr"]}, ColumnError, "got 'nr'"),
        ({"id": ["id", "id"]}, ColumnError, "another kept one, got 'id'"),
        ({"question": "q"}, ColumnError, "got 'q'"),
        ({"profile": "long"}, ProfileError, "unknown profile 'long'"),
        ({"model": "en_starl_xl"}, ModelError, "got 'en_starl_xl'"),
    ],
    ids=str,
)
def test_errors_are_raised_before_spark_runs(df, options, error, message):
    with pytest.raises(error, match=message):
        score(df, **{"text": "answer", **options})


def test_a_kept_column_named_like_a_score_is_refused(df):
    with pytest.raises(ColumnError, match="column of scores or of another kept one, got 'Status'"):
        score(df.withColumn("Status", functions.lit(1)), "answer", id="Status")


def test_two_columns_of_one_name_are_refused(df):
    with pytest.raises(ColumnError, match="a name of its own, got 2 named 'answer'"):
        score(df.select("answer", "answer"), "answer")


@pytest.mark.parametrize("package", ["pyspark", "pandas", "pyarrow"])
def test_without_a_package_the_extra_is_named(monkeypatch, package):
    monkeypatch.setattr(module, "find_spec", lambda name: None if name == package else name)
    with pytest.raises(ExtraError, match=rf"needs {package}, which is not.*pip install 'starl\[spark\]'"):
        score(SimpleNamespace(columns=["text"]))


def test_a_worker_that_reads_otherwise_than_the_driver_is_stopped():
    job = module.Job("en_starl_sm", pickle.dumps(SHORT), "0" * 16, (), False, None)
    with pytest.raises(ModelError, match=r"fingerprint 0{16} on every worker.*install the same starl"):
        list(module.work(job, []))
