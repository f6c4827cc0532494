"""Micro benchmarks: each stage of the flow alone, on one batch of answers.

    pytest benchmarks/test_stages.py --benchmark-only

A stage is a function that `starl.analyzer` calls. Its calls within one `.score` are noted, then made again
and timed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, partial
from itertools import islice
from typing import TYPE_CHECKING, Any

import pytest

from corpora import make_answers
from speed import CORPUS

if TYPE_CHECKING:
    from pytest_benchmark.fixture import BenchmarkFixture

    from starl.analyzer import Analyzer

STAGES = (
    "emit", "segment", "extract", "find_types", "score", "decode_chains", "chain_marginals", "find_deeds",
    "find_agents", "measure", "find_status",
)  # fmt: skip
"""``emit`` holds the four that follow it, ``find_deeds`` the one."""
N_ANSWERS, N_WORDS = 256, 76
Stage = Callable[[], object]


@cache
def batch() -> tuple[Analyzer, list[str]]:
    """Return an analyzer that has met every word, and a batch of answers."""
    from starl.analyzer import load
    from starl.corpus import read_corpus

    words = [word for answer in read_corpus([CORPUS]) for word in answer.text.split()]
    analyzer, texts = load(), list(islice(make_answers(words, N_WORDS), N_ANSWERS))
    analyzer.score(texts)
    return analyzer, texts


@cache
def calls() -> dict[str, list[Stage]]:
    """Return the calls of each stage within one ``.score``, ready to be made again."""
    analyzer, texts = batch()
    seen: dict[str, list[Stage]] = {"tokenizer": [partial(analyzer.tokenizer, texts)]}
    with watched(seen):
        analyzer.score(texts)
    return seen


@contextmanager
def watched(seen: dict[str, list[Stage]]) -> Iterator[None]:
    """Note the calls of `STAGES`, looked up where the flow finds them."""
    from starl import analyzer, emissions
    from starl.scoring import Weights

    def note(name: str, function: Callable[..., object]) -> Callable[..., object]:
        def noted(*args: Any, **options: Any) -> object:  # noqa: ANN401  (whatever the stage takes)
            seen.setdefault(name, []).append(partial(function, *args, **options))
            return function(*args, **options)

        return noted

    found = [(owner, name) for owner in (analyzer, emissions, Weights) for name in STAGES]
    with pytest.MonkeyPatch.context() as patch:
        for owner, name in found:
            if hasattr(owner, name):
                patch.setattr(owner, name, note(name, getattr(owner, name)))
        yield


@pytest.mark.parametrize("name", ["tokenizer", *STAGES])
def test_stage(name: str, benchmark: BenchmarkFixture) -> None:
    """One stage on one batch."""
    stage = calls()[name]
    benchmark(lambda: [call() for call in stage])


def test_score(benchmark: BenchmarkFixture) -> None:
    """All stages, and the columns."""
    analyzer, texts = batch()
    benchmark(analyzer.score, texts)


def test_to_arrow(benchmark: BenchmarkFixture) -> None:
    """From columns to a table."""
    pytest.importorskip("pyarrow")
    analyzer, texts = batch()
    benchmark(analyzer.score(texts).to_arrow)
