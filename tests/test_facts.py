"""One verdict for all: a batch says of each answer what `judge` says of its report alone."""

import re
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from goldlines import gold, measured
from starl.corpus import read_corpus
from starl.findings import RULES, Example, Facts, facts_of, findings_of, judge, judge_all
from starl.findings.evidence import is_quantified
from starl.findings.facts import share_of
from starl.findings.wording import QUANTITY, VAGUE, WOULD
from starl.measures import measure
from starl.profiles import DEFAULT, PROFILES, Profile
from starl.report import Evidence, Finding, Report
from starl.roles import (
    ANSWER_TYPES,
    ROLES,
    ROW_STATUSES,
    SEVERITIES,
    STATUSES,
    AnswerType,
    Role,
    Severity,
    Status,
    Unread,
)

CORPUS = Path(__file__).parent.parent / "models" / "corpus"
EXAMPLES = [example for rule in RULES for example in (rule.bad, rule.good)]
Judged = list[tuple[Report, tuple[Finding, ...]]]
NO_TEXT = Example("O\t-\t...")


def story(*lines: str) -> Example:
    return Example("\n".join(lines))


def batch(examples: list[Example], *, confidence: float = 1.0, status: Status | Unread = Status.OK) -> Facts:
    """Return the facts of annotated answers."""
    clauses, roles, deeds = gold(examples)
    counts = np.isin(roles, [ROLES.index(Role.ACTION), ROLES.index(Role.RESULT)])
    return Facts(
        clauses=clauses,
        roles=roles,
        agents=np.where(counts, deeds.agent, -1),
        confidence=np.full(len(roles), confidence),
        measures=measure(clauses, roles, deeds),
        types=np.array([ANSWER_TYPES.index(example.type) for example in examples], dtype=np.int64),
        status=np.full(len(examples), ROW_STATUSES.index(status)),
    )


@pytest.fixture(scope="module")
def sample() -> list[Example]:
    """Return every twentieth answer of the corpus and the examples of all rules."""
    rows = read_corpus([CORPUS])[::20]
    read = [Example("\n".join(map("\t".join, row.clauses)), AnswerType(row.type)) for row in rows]
    return EXAMPLES + read


@pytest.fixture(scope="module")
def judged(sample: list[Example]) -> Judged:
    """Return the reports of the sample and the findings of the batch."""
    verdicts = judge_all(batch(sample), DEFAULT)
    reports = [measured(example) for example in sample]
    return [(report, findings_of(verdicts, i, report, DEFAULT)) for i, report in enumerate(reports)]


def cases(judged: Judged, name: str) -> list[tuple[Report, Finding]]:
    found = [(report, finding) for report, findings in judged for finding in findings if finding.name == name]
    assert found
    return found


def quote(report: Report, evidence: Evidence) -> str:
    return report.text[evidence.start_char : evidence.end_char]


# one answer and many


@pytest.mark.parametrize("profile", PROFILES.values(), ids=lambda profile: profile.name)
def test_a_batch_is_judged_as_each_report_is(sample: list[Example], profile: Profile) -> None:
    verdicts = judge_all(batch(sample), profile)
    for i, example in enumerate(sample):
        report = measured(example)
        assert findings_of(verdicts, i, report, profile) == judge(report, profile)


@pytest.mark.parametrize(("status", "confidence"), [*product(STATUSES, (0.45, 0.79))])
def test_a_batch_of_any_status_is_judged_as_each_report_is(status: Status, confidence: float) -> None:
    verdicts = judge_all(batch(EXAMPLES, status=status, confidence=confidence), DEFAULT)
    for i, example in enumerate(EXAMPLES):
        report = measured(example, status=status, confidence=confidence)
        assert findings_of(verdicts, i, report, DEFAULT) == judge(report, DEFAULT)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from([*EXAMPLES, NO_TEXT]), max_size=8))
def test_an_answer_is_judged_the_same_in_any_company(examples: list[Example]) -> None:
    together = judge_all(batch(examples), DEFAULT)
    for i, example in enumerate(examples):
        alone = judge_all(batch([example]), DEFAULT)
        for name in ("severity", "value", "limit", "gain"):
            np.testing.assert_array_equal(getattr(together, name)[i], getattr(alone, name)[0])


def test_the_facts_of_a_report_are_those_it_was_made_of() -> None:
    for example in EXAMPLES:
        made, read = batch([example]), facts_of(measured(example))
        for name in ("roles", "agents", "confidence", "types", "status"):
            np.testing.assert_array_equal(getattr(made, name), getattr(read, name))
        np.testing.assert_array_equal(made.clauses.start, read.clauses.start)
        for name in ("n_words", "words", "deeds", "hidden", "before_own", "pronouns", "clause_words"):
            np.testing.assert_array_equal(getattr(made.measures, name), getattr(read.measures, name))


def test_a_batch_without_answers_has_no_findings() -> None:
    verdicts = judge_all(batch([]), DEFAULT)
    assert len(verdicts) == len(verdicts.order) == len(verdicts.n_findings) == 0
    assert verdicts.severity.shape == (0, len(RULES))


@pytest.mark.parametrize("status", [*Unread, Status.EMPTY, Status.NOT_ENGLISH, Status.UNREADABLE])
def test_a_row_that_was_not_read_gets_no_finding(status: Status | Unread) -> None:
    verdicts = judge_all(batch(EXAMPLES, status=status), DEFAULT)
    assert (verdicts.severity < 0).all()
    assert np.isnan(verdicts.value).all()
    assert np.isnan(verdicts.limit).all()


def test_only_rules_that_were_given_are_held() -> None:
    verdicts = judge_all(batch(EXAMPLES), DEFAULT, rules=RULES[::-2])
    whole = judge_all(batch(EXAMPLES), DEFAULT)
    np.testing.assert_array_equal(verdicts.severity, whole.severity[:, ::-2])


def test_findings_come_in_the_order_of_the_verdicts(judged: Judged, sample: list[Example]) -> None:
    verdicts = judge_all(batch(sample), DEFAULT)
    told = [finding.code for _, findings in judged for finding in findings]
    assert [RULES[rule].code for rule in verdicts.order] == told
    assert verdicts.n_findings.tolist() == [len(findings) for _, findings in judged]


def test_the_order_is_worst_first_then_gain_then_code_whatever_the_order_of_rules() -> None:
    for rules in (RULES, RULES[::-1]):
        verdicts = judge_all(batch(EXAMPLES), DEFAULT, rules=rules)
        answer = np.repeat(np.arange(len(verdicts)), verdicts.n_findings)
        rows = zip(answer.tolist(), verdicts.order.tolist(), strict=True)
        keys = [
            (i, -verdicts.severity[i, r], -round(float(verdicts.gain[i, r]), 4), rules[r].code)
            for i, r in rows
        ]
        assert keys == sorted(keys)
        assert len(keys) == (verdicts.severity >= 0).sum()


def test_a_severity_is_one_that_the_rule_can_emit(sample: list[Example]) -> None:
    verdicts = judge_all(batch(sample), DEFAULT)
    for rule, severity in zip(RULES, verdicts.severity.T, strict=True):
        assert {SEVERITIES[s] for s in severity[severity >= 0]} <= set(rule.severities)


# numbers


@given(st.integers(0, 1000), st.integers(0, 1000))
def test_a_share_is_rounded_as_python_rounds(part: int, more: int) -> None:
    share = share_of(np.array([part]), np.array([part + more]))[0]
    assert np.isnan(share) if part + more == 0 else share == round(part / (part + more), 4)


def test_every_share_of_few_words_is_rounded_as_python_rounds() -> None:
    whole, part = (index[1:] for index in np.tril_indices(400))
    pairs = zip(part.tolist(), whole.tolist(), strict=True)  # NumPy's own floats round otherwise
    assert share_of(part, whole).tolist() == [round(p / w, 4) for p, w in pairs]


def test_words_of_a_quantity_are_seen_alike_in_a_text_and_in_a_batch(sample: list[Example]) -> None:
    facts = batch(sample[::3])
    texts = [text for example in sample[::3] for _, _, text in example.clauses]
    assert facts.holds(QUANTITY).tolist() == [is_quantified(text) for text in texts]


# what findings point at


def test_vague_action_points_at_a_stock_phrase_in_each_clause_that_counts(judged: Judged) -> None:
    stems = {phrase.split()[0].split("*")[0].split("-")[0] for phrase in VAGUE.phrases}
    for report, finding in cases(judged, "vague-action"):
        action = [c for c in report.clauses if c.role is Role.ACTION]
        held = [c for c in action if any(c.start_char <= e.start_char < c.end_char for e in finding.evidence)]
        assert len(held) == len(finding.evidence) >= 2
        assert all(quote(report, e).lower().startswith(tuple(stems)) for e in finding.evidence)
        words = [
            sum(len(report.text[c.start_char : c.end_char].split()) for c in some) for some in (held, action)
        ]
        assert finding.value == pytest.approx(words[0] / words[1], abs=1e-4)


def test_hypothetical_points_at_the_clauses_that_say_would(judged: Judged) -> None:
    for report, finding in cases(judged, "hypothetical"):
        told = [quote(report, e) for e in finding.evidence]
        if finding.severity is Severity.WARNING:
            assert all(re.search(r"\b(?:would\b|\w+['’]d\b)", text) for text in told)
            assert finding.value == pytest.approx(
                sum(len(t.split()) for t in told) / len(report.text.split()), abs=1e-4
            )


def test_unquantified_result_points_at_results_without_a_figure(judged: Judged) -> None:
    for report, finding in cases(judged, "unquantified-result"):
        for evidence in finding.evidence:
            [clause] = [c for c in report.clauses if c.start_char == evidence.start_char]
            assert clause.role is Role.RESULT
            assert not is_quantified(quote(report, evidence))


@pytest.mark.parametrize("name", ["we-heavy", "hidden-agent"])
def test_ownership_points_at_as_many_deeds_as_it_counts(judged: Judged, name: str) -> None:
    for _, finding in cases(judged, name):
        assert int(finding.message.split()[0]) == len(finding.evidence)


def test_late_action_points_at_what_stands_before_the_first_own_deed(judged: Judged) -> None:
    for report, finding in cases(judged, "late-action"):
        [evidence] = finding.evidence
        own = next(c for c in report.clauses if c.agent in ("i", "we"))
        assert evidence.end_char <= own.start_char


def test_no_finding_points_outside_the_answer_or_at_nothing(judged: Judged) -> None:
    for report, findings in judged:
        for finding in findings:
            assert finding.evidence
            for evidence in finding.evidence:
                assert quote(report, evidence).strip() == quote(report, evidence) != ""


def test_a_would_counts_clause_by_clause() -> None:
    facts = batch([story("O\t-\tI would ask.", "O\t-\tI would say so.", "O\t-\tThen I'd go.")])
    assert facts.holds(WOULD).tolist() == [True, False, True]
    assert judge_all(facts, DEFAULT).value[0, -1] == round(6 / 10, 4)
