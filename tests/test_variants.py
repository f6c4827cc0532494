import random

from starl.variants import roughen, shuffle_parts, strip_marks

CLAUSES = [
    ("S", "-", "It was a quiet day,"),
    ("S", "-", "the shop was empty."),
    ("A", "I", "I called Mr. O'Neil, who didn't answer;"),
    ("R", "none", "... 40% more!"),
]


def test_shuffling_moves_parts_and_never_parts_their_clauses():
    drawn = [shuffle_parts(CLAUSES, 1.0, random.Random(seed)) for seed in range(20)]
    assert all(len(clauses) < 4 for clauses in drawn)
    assert any(clauses[0][0] != "S" for clauses in drawn)
    assert all(c.index(CLAUSES[1]) == c.index(CLAUSES[0]) + 1 for c in drawn if CLAUSES[0] in c)


def test_a_share_of_nought_changes_nothing():
    assert shuffle_parts(CLAUSES, 0.0, random.Random(0)) == CLAUSES


def test_marks_go_and_what_is_spoken_stays():
    assert [text for _, _, text in strip_marks([*CLAUSES, ("O", "-", "...")])] == [
        "It was a quiet day",
        "the shop was empty",
        "I called Mr O'Neil who didn't answer",
        "40% more",
    ]


def test_rough_answers_keep_roles_and_lose_only_small_words():
    rough = roughen([("S", "-", "the a of it")] * 200, random.Random(0))
    assert {role for role, _, _ in rough} == {"S"}
    assert 100 < sum("the" in text for _, _, text in rough) < 190
    assert all(text.endswith("it") for _, _, text in rough)


def test_slips_touch_only_long_words_of_letters():
    text = "Our warehouse moved 12,000 boxes B2B"
    words = [roughen([("A", "we", text)], random.Random(seed))[0][2].split() for seed in range(60)]
    assert {(w[0], w[3], w[5]) for w in words} == {("Our", "12,000", "B2B")}
    assert len({w[1] for w in words}) > 1
