"""Reports built from annotated clauses, so that rules are tested without a model."""

import numpy as np

from starl.agents import Deeds
from starl.clauses import Clauses, cut
from starl.findings import Example
from starl.findings.ownership import opens_with_team
from starl.measures import balance, measure, ownership
from starl.report import Clause, Report
from starl.roles import AGENTS, ROLE_LETTERS, ROLES, AnswerType, Status
from starl.spans import answer_spans, merge
from starl.tokens import Bools, Ints, Tokenizer

TOKENIZE = Tokenizer()
AGENT_WORDS = ("I", "we", "other", "none")


def gold(examples: list[Example]) -> tuple[Clauses, Ints, Deeds]:
    """Return the clauses, roles and deeds of a batch of annotated answers."""
    tokens = TOKENIZE([example.text for example in examples])
    opens = np.zeros(len(tokens), dtype=bool)
    for i, example in enumerate(examples):
        at = np.cumsum([0] + [len(text) + 1 for _, _, text in example.clauses])[:-1]
        first, last = tokens.offsets[i : i + 2]
        opens[first:last] = np.isin(tokens.start_char[first:last], at)
    rows = [row for example in examples for row in example.clauses]
    roles = np.array([ROLE_LETTERS.index(role) for role, _, _ in rows], dtype=np.int64)
    agent = [AGENT_WORDS.index(agent) if agent in AGENT_WORDS else -1 for _, agent, _ in rows]
    deeds = Deeds(agent=np.array(agent, dtype=np.int64), team=_team(rows))
    return cut(tokens, opens), roles, deeds


def _team(rows: list[tuple[str, str, str]]) -> Bools:
    named = [agent == "other" and opens_with_team(text) for _, agent, text in rows]
    return np.array(named, dtype=bool)


def measured(example: Example | str, *, status: Status = Status.OK, confidence: float = 1.0) -> Report:
    """Return the report of an annotated answer, without findings."""
    if isinstance(example, str):
        example = Example(example)
    clauses, roles, deeds = gold([example])
    sure = np.full(len(clauses), confidence)
    start, end = clauses.start_char.tolist(), clauses.end_char.tolist()
    measures = measure(clauses, roles, deeds)
    return Report(
        starl_version="0",
        model="gold",
        profile="default",
        fingerprint="0",
        status=status,
        status_reason=None if status is Status.OK else status.value,
        answer_type=AnswerType(example.type),
        question=None,
        text=example.text,
        clauses=tuple(
            Clause(
                start_char=start[c],
                end_char=end[c],
                role=ROLES[roles[c]],
                agent=AGENTS[deeds.agent[c]] if deeds.agent[c] >= 0 else None,
                confidence=confidence,
            )
            for c in range(len(clauses))
        ),
        spans=answer_spans(merge(clauses, roles, sure), 0),
        balance=balance(measures, 0),
        ownership=ownership(measures, 0),
        findings=(),
    )
