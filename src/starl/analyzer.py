"""The whole flow: texts in, reports or columns out."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from typing import TYPE_CHECKING, TypedDict

import numpy as np
import numpy.typing as npt

from starl import __version__
from starl.batches import Batch, OnInvalid, check_rows, in_batches, spread
from starl.clauses import Clauses
from starl.columns import ClauseScores, Scores, join, no_report, with_kept
from starl.delivery import with_delivery
from starl.emissions import Emissions, emit, find_deeds
from starl.errors import TextError
from starl.explaining import Explanation, explain
from starl.findings import RULES, Facts, Verdicts, findings_of, judge_all
from starl.findings.facts import share_of
from starl.findings.wording import LISTS
from starl.grading import grade_all
from starl.intervals import draw_paths, share_intervals
from starl.kinds import find_status, reason
from starl.lexicon import lists_digest
from starl.measures import Measures, balance, measure, ownership
from starl.model import DEFAULT_MODEL, Model, best_model, load_model
from starl.profiles import Profile, get_profile
from starl.report import Clause, Report, ShareIntervals
from starl.roles import AGENTS, ANSWER_TYPES, ROLES, STATUSES, STORY_ROLES, Role, Status
from starl.spans import answer_spans, merge
from starl.tokens import Ints, Tokenizer
from starl.transcripts import Transcript, spoken
from starl.viterbi import chain_marginals, decode_chains

if TYPE_CHECKING:
    import pyarrow as pa

Floats = npt.NDArray[np.float64]

_FIRST = "I went."
_STORY_DEEDS = np.array([role in (Role.ACTION, Role.RESULT) for role in ROLES])


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """All that was read in a batch of answers, as arrays."""

    emitted: Emissions
    roles: Ints  # (n_clauses,) index into ROLES
    confidence: Floats  # (n_clauses,)
    agents: Ints  # (n_clauses,) index into AGENTS, -1 for no deed
    measures: Measures
    types: Ints  # (n_answers,) index into ANSWER_TYPES, -1 for an empty answer
    status: Ints  # (n_answers,) index into STATUSES
    verdicts: Verdicts

    @property
    def clauses(self) -> Clauses:
        """The clauses that were read."""
        return self.emitted.clauses


class Stamp(TypedDict):
    """What tells rows of several analyzers apart."""

    model: str
    profile: str
    fingerprint: str


class Analyzer:
    """Reads answers with one model and one profile.

    Parameters
    ----------
    model
        A loaded model.
    profile
        The limits that findings are judged by.
    """

    def __init__(self, model: Model, profile: Profile) -> None:
        self.model = model
        self.profile = profile
        self.tokenizer = Tokenizer()
        self.fingerprint = fingerprint(model, profile)
        self._stamp: Stamp = {
            "model": model.meta.label, "profile": profile.name, "fingerprint": self.fingerprint
        }  # fmt: skip
        self._heat = model.meta.scale * model.meta.temperature
        self._cooled = model.transitions.cooled(self._heat)
        self.read([_FIRST])  # so that what is made on first use is made while loading

    def __reduce__(self) -> tuple[type[Analyzer], tuple[Model, Profile]]:
        return Analyzer, (self.model, self.profile)  # a process that gets a copy fills its own memory

    def analyze(self, text: str | Transcript, *, question: str | None = None) -> Report:
        """Return the report on one answer.

        Parameters
        ----------
        text
            The answer; may be empty. Of a `Transcript`, what the candidate says is read, and the report has
            a `Delivery`.
        question
            The question it answers, kept in the report; an encoder model reads it before the answer. None
            leaves it to the transcript, if there is one.

        Raises
        ------
        TextError
            If the text is no string of valid Unicode.
        """
        if isinstance(text, Transcript):
            answer = spoken(text)
            asked = answer.question if question is None else question
            return with_delivery(self.analyze(answer.text, question=asked), text)
        return self._report(self.read([text], [question]), 0, text, question)

    def pipe(
        self,
        texts: Iterable[str],
        *,
        questions: Iterable[str | None] | None = None,
        batch_size: int = 256,
    ) -> Iterator[Report]:
        """Yield one report for each answer, in order, holding one batch in memory at a time.

        Parameters
        ----------
        texts
            Answers.
        questions
            One question (or None) for each answer; none at all if left out.
        batch_size
            Answers read at once; it never changes a report.

        Raises
        ------
        TextError
            If a text is no string of valid Unicode.
        ValueError
            If there are fewer or more questions than answers.
        """
        n = 0
        for batch in in_batches(texts, questions, batch_size):
            missing = np.flatnonzero(batch.unread >= 0)
            if len(missing):
                raise TextError(f"answer {n + missing[0]} must be a str, got none; leave it out or score it")
            reading = self.read(batch.texts, batch.questions)
            asked = batch.questions or [None] * len(batch)
            for i, (text, question) in enumerate(zip(batch.texts, asked, strict=True)):
                yield self._report(reading, i, text, question)
            n += len(batch)

    def score(
        self,
        texts: Iterable[object],
        *,
        questions: Iterable[str | None] | None = None,
        batch_size: int = 1024,
        n_process: int = 1,
        on_invalid: OnInvalid = "raise",
        max_chars: int | None = None,
        keep_texts: bool = True,
    ) -> Scores:
        """Return columns for all answers, without building reports.

        Parameters
        ----------
        texts
            Answers: a list or iterator, or a column of NumPy, Arrow, pandas or polars. A null is an answer
            that is missing.
        questions
            One question (or None) for each answer; only an encoder model reads them.
        batch_size
            Answers read at once; it never changes a number.
        n_process
            Processes to read in; it never changes a number. Each loads the model, so it pays from some ten
            thousand answers on.
        on_invalid
            Whether to raise on an answer that is no valid text, or to mark it as not read.
        max_chars
            Longer answers are marked as not read; no limit if None.
        keep_texts
            Whether the answers are kept for `Scores.report`.

        Raises
        ------
        TextError
            If a text is no string of valid Unicode and shall not be marked.
        ValueError
            If there are fewer or more questions than answers.

        Examples
        --------
        >>> import starl
        >>> scores = starl.load().score(["We were late. I rang the client.", None])
        >>> scores.n_words.tolist(), scores.is_read.tolist()
        ([7, 0], [True, False])
        """
        parts = self.stream(
            texts, questions=questions, batch_size=batch_size, n_process=n_process, on_invalid=on_invalid,
            max_chars=max_chars, keep_texts=keep_texts,
        )  # fmt: skip
        return replace(join(list(parts)), analyze=self._again, **self._stamp)

    def stream(
        self,
        texts: Iterable[object],
        *,
        questions: Iterable[str | None] | None = None,
        batch_size: int = 1024,
        n_process: int = 1,
        on_invalid: OnInvalid = "raise",
        max_chars: int | None = None,
        keep_texts: bool = True,
    ) -> Iterator[Scores]:
        """Yield columns of one batch after the other, in order and in bounded memory.

        Parameters and errors are those of `score`.
        """
        batches = in_batches(texts, questions, batch_size, on_invalid, max_chars)
        for batch, scores in spread(self._score, batches, n_process):
            scores = replace(scores, analyze=self._again)
            if keep_texts:
                scores = replace(scores, texts=_kept(batch), questions=batch.questions or [])
            yield scores

    def score_batch(
        self,
        batch: pa.RecordBatch,
        *,
        text: str = "text",
        question: str | None = None,
        keep: Sequence[str] = (),
        clauses: bool = False,
        max_chars: int | None = None,
    ) -> pa.RecordBatch:
        """Score a batch of Arrow rows: one row out for each row in, in order.

        A row whose answer is null, no text or too long is marked in the column ``status``; it never raises.

        Parameters
        ----------
        batch
            Rows with a column of answers.
        text, question
            Names of the columns of answers and, if there is one, of their questions.
        keep
            Names of columns that are passed on, in front of the others.
        clauses
            Whether to add the clauses of each answer as a list.
        max_chars
            Longer answers are marked as not read; no limit if None.

        Returns
        -------
        RecordBatch
            The columns kept, then those of `starl.columns.answer_schema`.

        Raises
        ------
        ColumnError
            If there is no such column.
        ExtraError
            If pyarrow is missing.
        """
        checked = check_rows(batch, text, question, keep, max_chars)
        return with_kept(batch, keep, self._score(checked).to_arrow(clauses=clauses))

    def score_batches(
        self,
        batches: Iterable[pa.RecordBatch],
        *,
        n_process: int = 1,
        text: str = "text",
        question: str | None = None,
        keep: Sequence[str] = (),
        clauses: bool = False,
        max_chars: int | None = None,
    ) -> Iterator[pa.RecordBatch]:
        """Yield what `score_batch` makes of one batch after the other, in order.

        Parameters
        ----------
        batches
            Read as they are needed.
        n_process
            Processes to read in; it never changes a row.
        text, question, keep, clauses, max_chars
            As in `score_batch`.
        """
        work = partial(
            self.score_batch, text=text, question=question, keep=keep, clauses=clauses, max_chars=max_chars
        )
        for _, scored in spread(work, batches, n_process):
            yield scored

    def explain(
        self, text: str, what: int | str | None = None, *, at: int | None = None, question: str | None = None
    ) -> Explanation:
        """Say why a clause of an answer got its role, or why a rule found something in it.

        Parameters
        ----------
        text
            The answer.
        what
            Index of a clause, from 0, or code or name of a rule.
        at
            Instead of that, a character: the clause that holds it, or else the next one.
        question
            The question it answers.

        Raises
        ------
        TextError
            If there is no such clause, or not one thing to explain.
        RuleError
            If there is no such rule.

        Examples
        --------
        >>> import starl
        >>> told = starl.load().explain("The till broke. I rang the vendor and paid by phone.", 1)
        >>> sum(part.points.action for part in told.parts) == told.emission.action
        True
        """
        return explain(self, text, what, at=at, question=question)

    def _again(self, text: str, question: str | None) -> Report:
        return self.analyze(text, question=question)

    def _score(self, batch: Batch) -> Scores:
        """Read one batch into columns, without its texts."""
        reading = self.read(batch.texts, batch.questions)
        return gather(reading, batch.unread, self.profile, self._stamp)

    def read(self, texts: Sequence[str], questions: Sequence[str | None] | None = None) -> Reading:
        """Read a batch of answers at once: the flow of the whole package."""
        tokens = self.tokenizer(texts)
        emitted = emit(self.model, self.tokenizer, tokens, questions or [None] * len(texts))
        roles, confidence = self.label(emitted)
        deeds = find_deeds(emitted, _STORY_DEEDS[roles])
        measures = measure(emitted.clauses, roles, deeds)
        status = find_status(emitted.clauses, emitted.types, measures, confidence, self.profile)
        facts = Facts(emitted.clauses, roles, deeds.agent, confidence, measures, emitted.types, status)
        verdicts = judge_all(facts, self.profile)
        return Reading(emitted, roles, confidence, deeds.agent, measures, emitted.types, status, verdicts)

    def label(self, emitted: Emissions) -> tuple[Ints, Floats]:
        """Return the role of each clause and the calibrated probability that it is right."""
        scores, kinds, offsets = emitted.scores, emitted.opens_sentence, emitted.clauses.offsets
        path = decode_chains(scores, self.model.transitions, kinds, offsets)
        probs = chain_marginals(scores / self._heat, self._cooled, kinds, offsets)
        confidence = probs[np.arange(len(path)), path]
        return path, np.minimum(np.round(confidence, 4), 1.0)

    def intervals(self, reading: Reading, i: int) -> ShareIntervals | None:
        """Return how far the shares of answer ``i`` may lie from what was read, None without a story."""
        part = slice(reading.clauses.offsets[i], reading.clauses.offsets[i + 1])
        scores, kinds = reading.emitted.scores[part], reading.emitted.opens_sentence[part]
        paths = draw_paths(scores / self._heat, self._cooled, kinds)
        words = reading.measures.clause_words[part]
        ends = share_intervals(paths, words, len(ROLES), len(STORY_ROLES))
        if ends is None:
            return None
        read = np.bincount(reading.roles[part], weights=words, minlength=len(ROLES))[: len(STORY_ROLES)]
        told = np.append(read, read[:2].sum()) / max(read.sum(), 1)
        low = np.minimum(ends[:, 0], told.round(4)).tolist()
        high = np.maximum(ends[:, 1], told.round(4)).tolist()
        return ShareIntervals(
            **dict(zip((*STORY_ROLES, "setting"), zip(low, high, strict=True), strict=True))
        )

    def _report(self, reading: Reading, i: int, text: str, question: str | None) -> Report:
        clauses, first, last = reading.clauses, reading.clauses.offsets[i], reading.clauses.offsets[i + 1]
        status = STATUSES[reading.status[i]]
        kind = ANSWER_TYPES[reading.types[i]] if reading.types[i] >= 0 else None
        empty = status is Status.EMPTY
        part = Clauses(
            clauses.tokens, clauses.start[first : last + 1], np.zeros(last - first, dtype=np.int64),
            np.array([0, last - first]),
        )  # fmt: skip
        start, end = part.start_char.tolist(), part.end_char.tolist()
        roles, agents = reading.roles[first:last], reading.agents[first:last]
        confidence = reading.confidence[first:last]
        report = Report(
            starl_version=__version__,
            model=self.model.meta.label,
            profile=self.profile.name,
            fingerprint=self.fingerprint,
            status=status,
            status_reason=reason(status, kind, int(reading.measures.n_words[i])),
            answer_type=kind,
            question=question,
            text=text,
            clauses=tuple(
                Clause(
                    start_char=s, end_char=e, role=ROLES[r], agent=AGENTS[a] if a >= 0 else None, confidence=c
                )
                for s, e, r, a, c in zip(
                    start, end, roles.tolist(), agents.tolist(), confidence.tolist(), strict=True
                )
            ),
            spans=answer_spans(merge(part, roles, confidence), 0),
            balance=None if empty else balance(reading.measures, i, self.intervals(reading, i)),
            ownership=None if empty else ownership(reading.measures, i),
            findings=(),
        )
        found = findings_of(reading.verdicts, i, report, self.profile)
        return report.model_copy(update={"findings": found})


def gather(reading: Reading, unread: npt.NDArray[np.int8], profile: Profile, stamp: Stamp) -> Scores:
    """Turn a reading into columns.

    Parameters
    ----------
    reading
        A batch of answers.
    unread : (n_answers,)
        Index into `ROW_STATUSES` of why an answer was not read, -1 where it was.
    profile
        The limits and weights of scores.
    stamp
        What the answers were read and judged by.
    """
    measures, clauses, verdicts = reading.measures, reading.clauses, reading.verdicts
    weight = measures.clause_words
    sums = np.bincount(clauses.answer, weights=weight * reading.confidence, minlength=len(unread))
    return Scores(
        status=np.where(unread >= 0, unread, reading.status).astype(np.int8),
        answer_type=reading.types.astype(np.int8),
        words=measures.words.astype(np.int32),
        words_before_first_own_deed=measures.before_own.astype(np.int32),
        deeds=measures.deeds.astype(np.int32),
        hidden_deeds=measures.hidden.astype(np.int32),
        pronouns=measures.pronouns.astype(np.int32),
        confidence=share_of(sums, measures.n_words),
        severity=verdicts.severity,
        value=verdicts.value,
        scores=grade_all(verdicts.facts, profile).scores,
        order=verdicts.order.astype(np.int8),
        n_findings=verdicts.n_findings.astype(np.int32),
        clause_offsets=clauses.offsets,
        clauses=ClauseScores(
            answer=clauses.answer,
            start_char=clauses.start_char.astype(np.int32),
            end_char=clauses.end_char.astype(np.int32),
            role=reading.roles.astype(np.int8),
            agent=reading.agents.astype(np.int8),
            confidence=reading.confidence,
        ),
        **stamp,
        texts=[],
        questions=[],
        analyze=no_report,
    )


def _kept(batch: Batch) -> list[str | None]:
    return [text if why < 0 else None for text, why in zip(batch.texts, batch.unread.tolist(), strict=True)]


def fingerprint(model: Model, profile: Profile) -> str:
    """Hash what a report depends on beside the text: model, limits, rules, word lists, version."""
    rules = [(rule.code, rule.name, rule.message, rule.help) for rule in RULES]
    parts = (
        __version__,
        model.meta.digest,
        profile.model_dump_json(exclude={"sources"}),  # where a limit comes from changes nothing
        repr(rules),
        repr(LISTS),
        lists_digest(),
    )
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


@lru_cache(maxsize=16)
def _shared(model: str, profile: str) -> Analyzer:
    return Analyzer(load_model(model), get_profile(profile))


def load(model: str = DEFAULT_MODEL, *, profile: str | Profile = "default") -> Analyzer:
    """Load a model and a profile.

    Parameters
    ----------
    model
        Name or path of a model; the small one unless told otherwise, since it reads a corpus some hundred
        times as fast.
    profile
        Name of a profile, or a `Profile` of your own.

    Raises
    ------
    ModelError
        If the model is missing, damaged or does not fit.
    ProfileError
        If there is no profile of that name.
    """
    return Analyzer(load_model(model), get_profile(profile) if isinstance(profile, str) else profile)


def analyze(
    text: str | Transcript,
    *,
    question: str | None = None,
    profile: str | None = None,
    model: str | None = None,
) -> Report:
    """Read one answer with the best model there is; it is loaded on the first call and kept.

    Parameters
    ----------
    text
        The answer; may be empty. A `Transcript` gives a report with a `Delivery`.
    question
        The question it answers, kept in the report.
    profile
        Name of a profile; ``default`` if None.
    model
        Name or path of a model. If None, ``en_starl_md`` where the extra ``encoder`` is installed, else
        ``en_starl_sm``; the report names the one that read.

    Returns
    -------
    Report
        See `starl.report`.

    Raises
    ------
    TextError
        If the text is no string of valid Unicode.
    ModelError
        If the model is missing, damaged or does not fit.
    ProfileError
        If there is no profile of that name.

    Examples
    --------
    >>> import starl
    >>> report = starl.analyze("")
    >>> report.status
    <Status.EMPTY: 'empty'>
    """
    return _shared(model or best_model(), profile or "default").analyze(text, question=question)
