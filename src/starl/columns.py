"""Readings -> columns: one row an answer, and one row a clause, as NumPy arrays or an Arrow table.

What a `Report` says of one answer, the columns say of a corpus, without an object for each. Missing values
are -1 in integer arrays and NaN in floats, and null in Arrow, in pandas and wherever else Arrow goes: a table
of columns can be handed to anything that takes the Arrow PyCapsule interface.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from starl.errors import ColumnError, ExtraError, TextError
from starl.findings import RULES
from starl.findings.facts import share_of
from starl.gauges import SCORES
from starl.roles import (
    AGENTS,
    ANSWER_TYPES,
    ROLES,
    ROW_STATUSES,
    SEVERITIES,
    STATUSES,
    STORY_ROLES,
)

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

    from starl.report import Report
    from starl.tokens import Bools

Bytes = npt.NDArray[np.int8]
Counts = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Column = npt.NDArray[Any]

N_STORY = len(STORY_ROLES)
RULE_COLUMNS: tuple[str, ...] = tuple(rule.name.replace("-", "_") for rule in RULES)
"""Name of the column of each rule."""
SCORE_COLUMNS: tuple[str, ...] = tuple(f"{name}_score" for name in (*SCORES, "overall"))
"""Name of the column of each score."""
_DEEDS = tuple(f"{part}_{agent}" for part in ("action", "result") for agent in AGENTS)
_SAME = ("model", "profile", "fingerprint")
"""Columns that are the same in all rows of one analyzer: they tell rows of several apart."""
_PRONOUNS = ("i_pronouns", "we_pronouns", "they_pronouns")


class _Table:
    """What both tables can do: become Arrow, pandas, NumPy, or a stream that others take."""

    def to_arrow(self) -> pa.Table:
        """Return the columns as an Arrow table; needs pyarrow (extra ``arrow``)."""
        raise NotImplementedError

    def to_numpy(self) -> dict[str, Column]:
        """Return the columns as NumPy arrays, by name."""
        raise NotImplementedError

    def to_pandas(self) -> pd.DataFrame:
        """Return the columns as a pandas frame; needs pandas and pyarrow.

        Raises
        ------
        ExtraError
            If one of them is missing.
        """
        needed("pandas")
        frame: pd.DataFrame = self.to_arrow().to_pandas()
        return frame

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """Hand the table over by the Arrow PyCapsule interface, as polars, DuckDB and pandas ask for it."""
        return self.to_arrow().__arrow_c_stream__(requested_schema)


@dataclass(frozen=True, slots=True, eq=False)
class ClauseScores(_Table):
    """One row a clause."""

    answer: Longs
    """(n_clauses,) row of the answer it belongs to."""
    start_char: Counts
    end_char: Counts
    role: Bytes
    """(n_clauses,) index into `ROLES`."""
    agent: Bytes
    """(n_clauses,) index into `AGENTS`, -1 where no deed is told or it does not count."""
    confidence: Floats
    """(n_clauses,) calibrated probability that the role is right, in 0..1."""

    def __len__(self) -> int:
        return len(self.answer)

    def to_numpy(self) -> dict[str, Column]:
        """Return the columns as NumPy arrays; role and agent as words, an empty one for no agent."""
        out: dict[str, Column] = {field.name: getattr(self, field.name) for field in fields(self)}
        return out | {"role": _words(ROLES, self.role), "agent": _words(AGENTS, self.agent)}

    def to_arrow(self) -> pa.Table:
        """Return the columns as an Arrow table; needs pyarrow (extra ``arrow``)."""
        arrow = needed("pyarrow")
        answer = {"answer": arrow.array(self.answer)} | dict(
            zip(_clause_names(), self._arrays(), strict=True)
        )
        table: pa.Table = arrow.table(answer)
        return table

    def _arrays(self) -> list[Any]:
        arrow = needed("pyarrow")
        return [
            arrow.array(self.start_char),
            arrow.array(self.end_char),
            _category(ROLES, self.role),
            _category(AGENTS, self.agent),
            arrow.array(self.confidence),
        ]


def _clause_names() -> list[str]:
    return [field.name for field in fields(ClauseScores)][1:]


@dataclass(frozen=True, slots=True, eq=False)
class Scores(_Table):
    """Columns for a corpus of answers: one row an answer, and one row a clause in ``clauses``.

    ``n`` stands for the number of answers. A row that was not read (`starl.roles.Unread`) has no words, no
    clauses and no findings, and all is null in its Arrow row but status, model, profile and fingerprint.
    """

    status: Bytes
    """(n,) index into `ROW_STATUSES`."""
    answer_type: Bytes
    """(n,) index into `ANSWER_TYPES`, -1 for an empty answer."""
    words: Counts
    """(n, n_roles) words by role, in the order of `ROLES`."""
    words_before_first_own_deed: Counts
    """(n,) story words before the first deed of the speaker, -1 if there is none."""
    deeds: Counts
    """(n, 2, n_agents) deeds in action and in result, in the order of `AGENTS`."""
    hidden_deeds: Counts
    """(n,) deeds in action that nobody named does, or only the team does."""
    pronouns: Counts
    """(n, 3) pronouns: I, we, they and their forms."""
    confidence: Floats
    """(n,) mean confidence of the clauses weighted by their words, NaN without words."""
    severity: Bytes
    """(n, n_rules) index into `SEVERITIES` of each rule of `RULES`, -1 where it found nothing."""
    value: Floats
    """(n, n_rules) the measured value of each finding, NaN where there is none."""
    scores: Floats
    """(n, 5) scores of structure, ownership, evidence and focus, and overall, in 0..100; NaN without one."""
    order: Bytes
    """(n_findings,) rules that found something, as indices into `RULES`, the worst of an answer first."""
    n_findings: Counts
    """(n,) how many of ``order`` belong to each answer."""
    clause_offsets: Longs
    """(n + 1,) ``clause_offsets[i]:clause_offsets[i + 1]`` are the clauses of answer ``i``."""
    clauses: ClauseScores
    model: str
    """Name and version of the model that read."""
    profile: str
    """Name of the profile that findings were judged by."""
    fingerprint: str
    """Hash of model, settings and rules: equal means comparable."""
    texts: Sequence[str | None]
    """The answers, None for one that was not read; none at all if they were not kept."""
    questions: Sequence[str | None]
    """The question of each answer; none at all if there are none."""
    analyze: Callable[[str, str | None], Report]
    """How to read one answer again."""

    def __len__(self) -> int:
        return len(self.status)

    @property
    def is_read(self) -> Bools:
        """Which rows were read, shape (n,)."""
        read: Bools = self.status < len(STATUSES)
        return read

    @property
    def n_words(self) -> Longs:
        """Words of each answer, shape (n,)."""
        total: Longs = self.words.sum(axis=1, dtype=np.int64)
        return total

    @property
    def n_clauses(self) -> Longs:
        """Clauses of each answer, shape (n,)."""
        return np.diff(self.clause_offsets)

    @property
    def share(self) -> Floats:
        """Words of a role / words of the story, shape (n, 5); NaN without a story."""
        return share_of(self.words[:, :N_STORY], self._story[:, None])

    @property
    def other_share(self) -> Floats:
        """Words outside the story / all words, shape (n,); NaN without words."""
        return share_of(self.words[:, N_STORY], self.n_words)

    @property
    def setting_share(self) -> Floats:
        """Words of situation and task / words of the story, shape (n,); NaN without a story."""
        return share_of(self.words[:, :2].sum(axis=1), self._story)

    @property
    def core_share(self) -> Floats:
        """Words of action and result / words of the story, shape (n,); NaN without a story."""
        return share_of(self.words[:, 2:4].sum(axis=1), self._story)

    @property
    def i_share(self) -> Floats:
        """I / (I + we) among deeds in action, shape (n,); NaN if neither occurs."""
        return share_of(self.deeds[:, 0, 0], self.deeds[:, 0, :2].sum(axis=1))

    @property
    def own_share(self) -> Floats:
        """I / all deeds in action, shape (n,); NaN without deeds."""
        return share_of(self.deeds[:, 0, 0], self.deeds[:, 0].sum(axis=1))

    @property
    def _story(self) -> Longs:
        total: Longs = self.words[:, :N_STORY].sum(axis=1, dtype=np.int64)
        return total

    @property
    def findings(self) -> list[tuple[str, ...]]:
        """Codes of the findings of each answer, the worst first."""
        codes = [RULES[rule].code for rule in self.order.tolist()]
        end = np.cumsum(self.n_findings).tolist()
        return [tuple(codes[a:b]) for a, b in zip([0, *end], end, strict=False)]

    def report(self, i: int) -> Report:
        """Return the report on answer ``i``: what `Analyzer.analyze` says of it.

        Raises
        ------
        IndexError
            If there is no such row.
        TextError
            If the row was not read, or the texts were not kept.
        """
        if not -len(self) <= i < len(self):
            raise IndexError(f"row must lie in 0..{len(self) - 1}, got {i}")
        if not len(self.texts):
            raise TextError("texts must be kept to build a report, got scores without; use keep_texts=True")
        text = self.texts[i]
        if not self.is_read[i] or text is None:
            raise TextError(f"row {i} must have been read to have a report, got {self._status_of(i)}")
        return self.analyze(text, self.questions[i] if len(self.questions) else None)

    def _status_of(self, i: int) -> str:
        return str(ROW_STATUSES[int(self.status[i])])

    def to_numpy(self) -> dict[str, Column]:
        """Return the columns of `to_arrow` as NumPy arrays; words for categories, an empty one for null.

        ``findings`` holds the codes of an answer, parted by a space.
        """
        out: dict[str, Column] = {name: column for name, column, _ in self._numbers()}
        head: dict[str, Column] = {
            "status": _words(ROW_STATUSES, self.status),
            "answer_type": _words(ANSWER_TYPES, self.answer_type),
        }
        out = head | out | {"findings": np.array([" ".join(codes) for codes in self.findings], dtype=np.str_)}
        for rule, name in enumerate(RULE_COLUMNS):
            out[name] = _words(SEVERITIES, self.severity[:, rule])
            out[f"{name}_value"] = self.value[:, rule]
        out |= dict(zip(SCORE_COLUMNS, self.scores.T, strict=True))
        return out | {name: np.full(len(self), getattr(self, name)) for name in _SAME}

    def to_arrow(self, *, clauses: bool = False) -> pa.Table:
        """Return one row an answer as an Arrow table; needs pyarrow (extra ``arrow``).

        Parameters
        ----------
        clauses
            Whether to add the column ``clauses``, which holds the clauses of each answer as a list.

        Raises
        ------
        ExtraError
            If pyarrow is missing.
        """
        arrow = needed("pyarrow")
        unread = ~self.is_read
        columns = [_category(ROW_STATUSES, self.status), _category(ANSWER_TYPES, self.answer_type)]
        columns += [_array(column, unread | null) for _, column, null in self._numbers()]
        columns.append(self._findings(unread))
        for rule in range(len(RULES)):
            columns.append(_category(SEVERITIES, self.severity[:, rule]))
            value = self.value[:, rule]
            columns.append(_array(value, np.isnan(value)))
        columns += [_array(score, np.isnan(score)) for score in self.scores.T]
        all_alike = np.zeros(len(self), dtype=np.int8)
        columns += [_category([getattr(self, name)], all_alike) for name in _SAME]
        if clauses:
            columns.append(self._nested(unread))
        table: pa.Table = arrow.table(columns, schema=answer_schema(clauses=clauses))
        return table

    def _numbers(self) -> Iterator[tuple[str, Column, Bools]]:
        """Yield name, values and where they are null of each plain column, in order."""
        never = np.zeros(len(self), dtype=bool)
        yield "n_words", self.n_words.astype(np.int32), never
        yield "n_clauses", self.n_clauses.astype(np.int32), never
        for role, words in zip(ROLES, self.words.T, strict=True):
            yield f"{role}_words", words, never
        shares = [(f"{role}_share", share) for role, share in zip(STORY_ROLES, self.share.T, strict=True)]
        shares += [(name, getattr(self, name)) for name in ("other_share", "setting_share", "core_share")]
        for name, share in shares:
            yield name, share, np.isnan(share)
        before = self.words_before_first_own_deed
        yield "words_before_first_own_deed", before, before < 0
        for name, deeds in zip(_DEEDS, self.deeds.reshape(-1, len(_DEEDS)).T, strict=True):
            yield name, deeds, never
        for name in ("i_share", "own_share"):
            share = getattr(self, name)
            yield name, share, np.isnan(share)
        yield "hidden_deeds", self.hidden_deeds, never
        for name, pronouns in zip(_PRONOUNS, self.pronouns.T, strict=True):
            yield name, pronouns, never
        yield "confidence", self.confidence, np.isnan(self.confidence)

    def _findings(self, unread: Bools) -> Any:  # noqa: ANN401  (an Arrow array)
        arrow = needed("pyarrow")
        codes = _category([rule.code for rule in RULES], self.order).dictionary_decode()
        end = np.concatenate([[0], np.cumsum(self.n_findings)]).astype(np.int32)
        return arrow.ListArray.from_arrays(arrow.array(end), codes, mask=arrow.array(unread))

    def _nested(self, unread: Bools) -> Any:  # noqa: ANN401  (an Arrow array)
        arrow = needed("pyarrow")
        names = _clause_names()
        rows = arrow.StructArray.from_arrays(self.clauses._arrays(), names)
        offsets = arrow.array(self.clause_offsets.astype(np.int32))
        return arrow.ListArray.from_arrays(offsets, rows, mask=arrow.array(unread))


def answer_schema(*, clauses: bool = False) -> pa.Schema:
    """Return the Arrow schema of `Scores.to_arrow`.

    Parameters
    ----------
    clauses
        Whether the nested column ``clauses`` is there.

    Raises
    ------
    ExtraError
        If pyarrow is missing.
    """
    arrow = needed("pyarrow")
    word = arrow.dictionary(arrow.int8(), arrow.string())
    kinds = {np.dtype(np.int32): arrow.int32(), np.dtype(np.float64): arrow.float64()}
    out = [("status", word), ("answer_type", word)]
    out += [(name, kinds[column.dtype]) for name, column, _ in join([])._numbers()]
    out.append(("findings", arrow.list_(arrow.string())))
    for name in RULE_COLUMNS:
        out += [(name, word), (f"{name}_value", arrow.float64())]
    out += [(name, arrow.float64()) for name in SCORE_COLUMNS]
    out += [(name, word) for name in _SAME]
    if clauses:
        kind = [arrow.int32(), arrow.int32(), word, word, arrow.float64()]
        out.append(("clauses", arrow.list_(arrow.struct(list(zip(_clause_names(), kind, strict=True))))))
    schema: pa.Schema = arrow.schema(out)
    return schema


def join(parts: Sequence[Scores]) -> Scores:
    """Join scores of batches into those of the whole, in order.

    Parameters
    ----------
    parts
        Scores of one analyzer; none at all give columns without rows.
    """
    if len(parts) == 1:
        return parts[0]
    first = parts[0] if parts else _EMPTY
    rows = np.cumsum([0, *(len(part) for part in parts)])
    clauses = np.cumsum([0, *(len(part.clauses) for part in parts)])
    joined: dict[str, Any] = {
        field.name: np.concatenate([getattr(part, field.name) for part in (parts or [first])])
        for field in fields(Scores)
        if isinstance(getattr(first, field.name), np.ndarray)
    }
    joined["clause_offsets"] = np.concatenate(
        [[0], *(part.clause_offsets[1:] + n for part, n in zip(parts, clauses, strict=False))]
    ).astype(np.int64)
    table = {
        field.name: np.concatenate([getattr(part.clauses, field.name) for part in (parts or [first])])
        for field in fields(ClauseScores)
    }
    answer = [part.clauses.answer + n for part, n in zip(parts, rows, strict=False)]
    table["answer"] = np.concatenate(answer) if parts else first.clauses.answer
    joined["clauses"] = ClauseScores(**table)
    for name in ("texts", "questions"):
        joined[name] = [value for part in parts for value in getattr(part, name)]
    return replace(first, **joined)


def with_kept(rows: pa.RecordBatch, keep: Sequence[str], table: pa.Table) -> pa.RecordBatch:
    """Put columns of the rows that were scored before the columns of their scores.

    Parameters
    ----------
    rows
        The rows that were scored.
    keep
        Names of their columns to pass on.
    table
        Their scores.

    Raises
    ------
    ColumnError
        If a name is that of a column of scores.
    """
    arrow = needed("pyarrow")
    taken = [name for name in keep if name in table.schema.names]
    if taken:
        raise ColumnError(f"a kept column must not have the name of a column of scores, got {taken[0]!r}")
    [scored] = table.combine_chunks().to_batches() or [arrow.RecordBatch.from_pylist([], table.schema)]
    kept = [rows.schema.field(name) for name in keep]
    columns = [rows.column(field.name) for field in kept] + scored.columns
    batch: pa.RecordBatch = arrow.RecordBatch.from_arrays(
        columns, schema=arrow.schema([*kept, *scored.schema])
    )
    return batch


def needed(package: str) -> Any:  # noqa: ANN401  (a module)
    """Import a package that only some columns need.

    Raises
    ------
    ExtraError
        If it is not installed.
    """
    try:
        return import_module(package)
    except ModuleNotFoundError as error:
        raise ExtraError(
            f"{package} is needed for this and is not installed; pip install "
            + ("'starl[arrow]'" if package == "pyarrow" else package)
        ) from error


def _words(names: Iterable[str], index: Bytes) -> Column:
    """Return the name under each index, an empty one for -1."""
    known = np.array([*map(str, names), ""])
    found: Column = known[index]
    return found


def _category(names: Iterable[str], index: Bytes) -> Any:  # noqa: ANN401  (an Arrow array)
    """Return indices as an Arrow dictionary array, null for -1."""
    arrow = needed("pyarrow")
    return arrow.DictionaryArray.from_arrays(_array(index, index < 0), arrow.array(list(map(str, names))))


def _array(column: Column, null: Bools) -> Any:  # noqa: ANN401  (an Arrow array)
    return needed("pyarrow").array(np.ascontiguousarray(column), mask=null if null.any() else None)


def no_report(text: str, question: str | None) -> Report:
    """Stand in for an analyzer where there is none yet."""
    raise TextError("columns without an analyzer must not be asked for a report, got a row to read again")


def _zeros(dtype: type[np.generic], *shape: int) -> Column:
    return np.zeros((0, *shape), dtype=dtype)


_EMPTY = Scores(
    status=_zeros(np.int8),
    answer_type=_zeros(np.int8),
    words=_zeros(np.int32, len(ROLES)),
    words_before_first_own_deed=_zeros(np.int32),
    deeds=_zeros(np.int32, 2, len(AGENTS)),
    hidden_deeds=_zeros(np.int32),
    pronouns=_zeros(np.int32, 3),
    confidence=_zeros(np.float64),
    severity=_zeros(np.int8, len(RULES)),
    value=_zeros(np.float64, len(RULES)),
    scores=_zeros(np.float64, len(SCORES) + 1),
    order=_zeros(np.int8),
    n_findings=_zeros(np.int32),
    clause_offsets=np.zeros(1, dtype=np.int64),
    clauses=ClauseScores(
        *(_zeros(kind) for kind in (np.int64, np.int32, np.int32, np.int8, np.int8, np.float64))
    ),
    model="",
    profile="",
    fingerprint="",
    texts=[],
    questions=[],
    analyze=no_report,
)
