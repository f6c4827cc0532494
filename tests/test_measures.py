import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from goldlines import gold
from starl.agents import Deeds
from starl.errors import ShapeError
from starl.findings import Example
from starl.measures import Measures, balance, measure, ownership, pronoun_kind

LINES = st.builds(
    "{}\t{}\t{}".format,
    st.sampled_from("STARLO"),
    st.sampled_from(["I", "we", "other", "none", "-"]),
    st.sampled_from(["I called them.", "we left,", "the team ran", "...", "it was done", "so our 3 vans"]),
)
EXAMPLES = st.lists(LINES, min_size=1, max_size=10).map(lambda lines: Example("\n".join(lines)))

STORY = Example(
    "O\t-\tSure, okay.\n"
    "S\t-\tOur van broke down in May.\n"
    "T\t-\tI had to get home.\n"
    "A\tother\tThe team pushed it,\n"
    "A\tnone\tand it was repaired,\n"
    "A\tI\tI paid him,\n"
    "A\twe\tand we drove on.\n"
    "R\tI\tI got home at nine.\n"
    "L\tI\tThey taught me patience."
)


def measures_of(*examples: Example) -> Measures:
    return measure(*gold(list(examples)))


def test_the_arithmetic_can_be_redone_by_hand() -> None:
    found = balance(measures_of(STORY), 0)
    assert found.words.model_dump() == {
        "situation": 6, "task": 5, "action": 15, "result": 5, "learning": 4, "other": 2,
    }  # fmt: skip
    assert found.n_words == 37
    assert found.share is not None
    assert found.share.action == round(15 / 35, 4)
    assert (found.other_share, found.setting_share, found.core_share) == (
        round(2 / 37, 4), round(11 / 35, 4), round(20 / 35, 4),
    )  # fmt: skip
    assert found.words_before_first_own_deed == 6 + 5 + 4 + 4


def test_deeds_are_counted_by_agent_in_action_and_result_only() -> None:
    found = ownership(measures_of(STORY), 0)
    assert found.action.model_dump() == {"i": 1, "we": 1, "other": 1, "none": 1}
    assert found.result.model_dump() == {"i": 1, "we": 0, "other": 0, "none": 0}
    assert (found.i_share, found.own_share, found.hidden_deeds) == (0.5, 0.25, 2)
    assert found.pronouns.model_dump() == {"i": 4, "we": 2, "they": 2}


def test_what_is_undefined_is_none() -> None:
    found = measures_of(Example("O\t-\tHello there."), Example("O\t-\t..."))
    talk, dots = balance(found, 0), balance(found, 1)
    assert (talk.share, talk.setting_share, talk.core_share, talk.other_share) == (None, None, None, 1.0)
    assert (dots.n_words, dots.other_share, dots.words_before_first_own_deed) == (0, None, None)
    deeds = ownership(found, 0)
    assert (deeds.i_share, deeds.own_share) == (None, None)


@given(st.lists(EXAMPLES, min_size=1, max_size=4))
def test_words_sum_and_shares_sum_to_one(examples: list[Example]) -> None:
    found = measures_of(*examples)
    for i, example in enumerate(examples):
        one = balance(found, i)
        assert sum(one.words.model_dump().values()) == one.n_words
        assert one.n_words == sum(any(map(str.isalnum, chunk)) for chunk in example.text.split())
        if one.share is not None:
            assert sum(one.share.model_dump().values()) == pytest.approx(1, abs=3e-4)


@given(st.lists(EXAMPLES, min_size=1, max_size=4))
def test_an_answer_measures_the_same_alone(examples: list[Example]) -> None:
    found = measures_of(*examples)
    for i, example in enumerate(examples):
        alone = measures_of(example)
        assert balance(found, i) == balance(alone, 0)
        assert ownership(found, i) == ownership(alone, 0)


@given(EXAMPLES, st.data())
def test_changing_we_to_i_never_lowers_i_share(example: Example, data: st.DataObject) -> None:
    clauses, roles, deeds = gold([example])
    before = ownership(measure(clauses, roles, deeds), 0).i_share
    swap = data.draw(st.lists(st.booleans(), min_size=len(clauses), max_size=len(clauses)))
    agent = np.where((deeds.agent == 1) & np.array(swap), 0, deeds.agent)
    after = ownership(measure(clauses, roles, Deeds(agent=agent, team=deeds.team)), 0).i_share
    assert (before is None) == (after is None)
    assert after is None or before is None or after >= before


@given(EXAMPLES)
def test_hidden_deeds_are_among_those_of_others_and_of_nobody(example: Example) -> None:
    deeds = ownership(measures_of(example), 0)
    assert deeds.action.none <= deeds.hidden_deeds <= deeds.action.none + deeds.action.other


@pytest.mark.parametrize(
    ("token", "kind"), [("I", 0), ("Myself", 0), ("US", -1), ("us", 1), ("Us", 1), ("She", 2), ("it", -1)]
)
def test_pronouns_are_told_apart(token: str, kind: int) -> None:
    assert pronoun_kind(token) == kind


def test_an_empty_batch_has_no_rows() -> None:
    assert len(measures_of()) == 0


def test_shapes_must_fit() -> None:
    clauses, roles, deeds = gold([STORY])
    with pytest.raises(ShapeError, match=r"must have shape \(9,\) to match the clauses, got \(8,\)"):
        measure(clauses, roles[:-1], deeds)
