"""A Spark DataFrame of answers -> a DataFrame of columns, one row out for each row in.

Each Python worker of Spark loads the model once and keeps it. A row is the same as one that `Analyzer.score`
makes without Spark.
"""

from __future__ import annotations

import pickle
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from importlib.util import find_spec
from typing import TYPE_CHECKING

from starl.analyzer import Analyzer, load
from starl.batches import arrow_values
from starl.columns import answer_schema, needed
from starl.errors import ColumnError, ExtraError, ModelError
from starl.model import DEFAULT_MODEL
from starl.profiles import Profile, get_profile

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import Column, DataFrame
    from pyspark.sql.types import DataType, StructType

MAX_CHARS = 100_000
"""Longer answers are marked as not read, so that one odd row does not hold up a whole job."""
_MOST_ROWS, _MOST_BYTES = 1024, 1 << 24
"""Rows read at once, and about how many bytes of text; Spark's own batches may hold far more."""


@dataclass(frozen=True, slots=True)
class Job:
    """What a worker is told to do; all of it can be pickled."""

    model: str
    profile: bytes
    """The profile, pickled, so that workers can look up what they have loaded."""
    fingerprint: str
    """That of the driver; a worker with another would give other rows."""
    keep: tuple[str, ...]
    """Names of the columns that stand in front of the answers."""
    clauses: bool
    max_chars: int | None


def score(
    df: DataFrame,
    text: str = "text",
    *,
    id: str | Sequence[str] | None = None,
    question: str | None = None,
    model: str = DEFAULT_MODEL,
    profile: str | Profile = "default",
    clauses: bool = False,
    max_chars: int | None = MAX_CHARS,
) -> DataFrame:
    """Score a column of answers; nothing runs until Spark is asked for rows.

    A row whose answer is null, no text or too long is marked in the column ``status``; no row fails the job.

    Parameters
    ----------
    df
        Rows with a column of answers.
    text
        Name of the column of answers.
    id
        Name or names of columns that are passed on, in front of the others.
    question
        Name of a column of questions; only an encoder model reads them.
    model
        Name of a model, or the path of its folder, which must then be there on every worker.
    profile
        Name of a profile, or a `Profile` of your own.
    clauses
        Whether to add the clauses of each answer as an array.
    max_chars
        Longer answers are marked as not read; no limit if None.

    Returns
    -------
    DataFrame
        The columns kept, with their own types, then those of `starl.columns.answer_schema`, with words as
        strings. The order of rows is Spark's own.

    Raises
    ------
    ColumnError
        If there is no such column, more than one, or a kept one is named like a column of scores.
    ExtraError
        If pyspark, pandas or pyarrow is missing.
    ModelError
        If the model is missing, damaged or does not fit.
    ProfileError
        If there is no profile of that name.

    Examples
    --------
    >>> from starl.spark import score
    >>> score(df, "answer", id="id").write.parquet("scored")  # doctest: +SKIP
    """
    _check_installed()
    limits = get_profile(profile) if isinstance(profile, str) else profile
    keep = [id] if isinstance(id, str) else list(id or ())
    asked = [] if question is None else [question]
    for name in (text, *asked, *keep):
        _check_column(df, name)
    _check_kept(keep, answer_schema(clauses=clauses).names)
    job = Job(
        model=model,
        profile=pickle.dumps(limits),
        fingerprint=load(model, profile=limits).fingerprint,
        keep=tuple(keep),
        clauses=clauses,
        max_chars=max_chars,
    )
    columns = [df[_quoted(name)] for name in keep] + [_only_text(df, name) for name in (text, *asked)]
    plainly = [column.alias(f"c{at}") for at, column in enumerate(columns)]  # mapInArrow looks names up again
    return df.select(*plainly).mapInArrow(partial(work, job), _spark_schema(df, keep, clauses))


def work(job: Job, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Score the batches that Spark hands to a worker.

    Parameters
    ----------
    job
        What to do.
    batches
        Columns kept, then the answers, then, if there are any, the questions; told apart by their places.

    Raises
    ------
    ModelError
        If the worker would not read as the driver does.
    """
    analyzer = _analyzer(job)
    for batch in batches:
        for rows in _in_parts(batch, len(job.keep)):
            yield _scored(analyzer, job, rows)


def _analyzer(job: Job) -> Analyzer:
    analyzer = _loaded(job.model, job.profile)
    if analyzer.fingerprint != job.fingerprint:
        raise ModelError(
            f"{job.model} must have the fingerprint {job.fingerprint} on every worker, as on the driver, got "
            f"{analyzer.fingerprint}; install the same starl on all of them"
        )
    return analyzer


@lru_cache(maxsize=4)
def _loaded(model: str, profile: bytes) -> Analyzer:
    return load(model, profile=pickle.loads(profile))


def _in_parts(batch: pa.RecordBatch, text: int) -> Iterator[pa.RecordBatch]:
    """Cut a batch into parts that are read at once, the smaller the longer their texts."""
    n_bytes = max(batch.column(text).nbytes, 1)
    n_rows = max(min(_MOST_ROWS, len(batch) * _MOST_BYTES // n_bytes), 1)
    for first in range(0, len(batch), n_rows):
        yield batch.slice(first, n_rows)


def _scored(analyzer: Analyzer, job: Job, rows: pa.RecordBatch) -> pa.RecordBatch:
    """Return the columns kept and those of scores, without Arrow's dictionaries, which Spark has not."""
    arrow = needed("pyarrow")
    kept = rows.columns[: len(job.keep)]
    texts, *asked = map(arrow_values, rows.columns[len(kept) :])
    table = analyzer.score(
        texts,
        questions=asked[0] if asked else None,  # type: ignore[arg-type]  # no text counts as none
        batch_size=len(rows),
        on_invalid="mark",
        max_chars=job.max_chars,
        keep_texts=False,
    ).to_arrow(clauses=job.clauses)
    plain = arrow.schema([(field.name, _plain(field.type)) for field in table.schema])
    [scored] = table.cast(plain).combine_chunks().to_batches()
    names = [*job.keep, *scored.schema.names]
    batch: pa.RecordBatch = arrow.RecordBatch.from_arrays(kept + scored.columns, names=names)
    return batch


def _plain(kind: pa.DataType) -> pa.DataType:
    """Return an Arrow type with values in the place of dictionaries."""
    arrow = needed("pyarrow")
    if arrow.types.is_dictionary(kind):
        return kind.value_type
    if arrow.types.is_list(kind):
        return arrow.list_(_plain(kind.value_type))
    if arrow.types.is_struct(kind):
        return arrow.struct([(field.name, _plain(field.type)) for field in kind])
    return kind


def _spark_schema(df: DataFrame, keep: Sequence[str], clauses: bool) -> StructType:
    from pyspark.sql.types import StructField, StructType

    scored = [
        StructField(field.name, _spark_type(_plain(field.type))) for field in answer_schema(clauses=clauses)
    ]
    return StructType([df.schema[name] for name in keep] + scored)


def _spark_type(kind: pa.DataType) -> DataType:
    from pyspark.sql import types

    arrow = needed("pyarrow")
    if arrow.types.is_list(kind):
        return types.ArrayType(_spark_type(kind.value_type))
    if arrow.types.is_struct(kind):
        return types.StructType([types.StructField(field.name, _spark_type(field.type)) for field in kind])
    return {"string": types.StringType, "int32": types.IntegerType, "double": types.DoubleType}[str(kind)]()


def _only_text(df: DataFrame, name: str) -> Column:
    """Return a column as it is if it holds strings, else one of bytes, which are no text.

    So a worker gets no types that Arrow cannot hold, and no values that are of no use to it.
    """
    from pyspark.sql import functions, types

    column, kind = df[_quoted(name)], df.schema[name].dataType
    if isinstance(kind, types.StringType | types.CharType | types.VarcharType):
        return column
    there = column.isNotNull()
    if isinstance(kind, types.FloatType | types.DoubleType):
        there &= ~functions.isnan(column)  # as everywhere in starl
    return functions.when(there, functions.lit(bytearray()))


def _quoted(name: str) -> str:
    """Return a column's name as Spark takes it for a name, whatever characters it holds."""
    return "`" + name.replace("`", "``") + "`"


def _check_installed() -> None:
    for package in ("pyspark", "pandas", "pyarrow"):  # Spark moves no Arrow data without pandas
        if find_spec(package) is None:
            raise ExtraError(
                f"starl.spark needs {package}, which is not installed; pip install 'starl[spark]'"
            )


def _check_column(df: DataFrame, name: str) -> None:
    names = df.columns
    if name not in names:
        known = ", ".join(map(repr, names)) or "(none)"
        raise ColumnError(f"column must be one of {known}, got {name!r}")
    if names.count(name) > 1:
        raise ColumnError(f"a column must have a name of its own, got {names.count(name)} named {name!r}")


def _check_kept(keep: Sequence[str], scored: Sequence[str]) -> None:
    taken = {name.lower() for name in scored}  # Spark does not tell names apart by case
    for name in keep:
        if name.lower() in taken:
            raise ColumnError(
                f"a kept column must not have the name of a column of scores or of another kept one, got "
                f"{name!r}; rename it first"
            )
        taken.add(name.lower())
