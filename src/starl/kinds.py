"""Tokens, roles -> what kind of answer it is, and whether it can be judged at all."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from starl.features import Stream
from starl.hashing import mix, to_ids
from starl.lexicon import read_cues
from starl.roles import ANSWER_TYPES, ROLES, STATUSES, AnswerType, Role, Status

if TYPE_CHECKING:
    import numpy.typing as npt

    from starl.clauses import Clauses
    from starl.measures import Measures
    from starl.profiles import Profile
    from starl.tokens import Ints, Tokens

NARRATIVE = np.array([t in (AnswerType.STORY, AnswerType.HABIT) for t in ANSWER_TYPES])
OTHER = ROLES.index(Role.OTHER)

MOSTLY_OTHER = 0.85
"""From this share of Other on, no story is left to judge."""
PARTLY_OTHER = 0.5
"""From this share on, an answer whose type is no story is refused."""
MIN_ENGLISH = 0.12
"""Least share of words that are common English function words; running English has 0.4 to 0.6."""
MIN_VARIED = 0.12
"""Least share of different strings among the tokens of an answer of forty words or more."""
ANSWERS_AT_ONCE = 64
"""Answers whose types are found at once: the weights of more would not fit the caches of a processor."""
_VOWEL = re.compile("[aeiouy]")
N_BINS = 256
"""Bins that token strings are sorted into for a quick look at how varied an answer is."""


def type_features(stream: Stream, clauses: Clauses, n_bits: int) -> tuple[Ints, Ints]:
    """Return ids of words and word pairs and the answer of each column, shapes (2, n_kept) and (n_kept,)."""
    ids = to_ids((mix(1, stream.word), stream.pair), 2, len(stream.word), n_bits)
    return ids, clauses.answer[stream.clause]


def find_types(
    stream: Stream, clauses: Clauses, weights: npt.NDArray[np.int16], bias: Ints, n_bits: int
) -> Ints:
    """Return the index into `ANSWER_TYPES` of each answer, -1 for one without words.

    Each type's score is the mean of the integer weights of the answer's words and word pairs, plus a bias;
    on a tie the smaller index wins.
    """
    edge = stream.start[clauses.offsets]  # the kept tokens of answer i are edge[i]:edge[i + 1]
    n = np.diff(edge)
    sums = np.zeros((len(n), len(bias)), dtype=np.int64)
    by = np.uint32(32 - n_bits)
    for first in range(0, len(n), ANSWERS_AT_ONCE):
        last = min(first + ANSWERS_AT_ONCE, len(n))
        some = slice(edge[first], edge[last])
        rows = weights.take(mix(1, stream.word[some]) >> by, axis=0).astype(np.int32)  # (n_kept, n_types)
        rows += weights.take(stream.pair[some] >> by, axis=0)
        told = first + np.flatnonzero(n[first:last])  # reduceat knows no empty segments
        if len(told):
            sums[told] = np.add.reduceat(rows, edge[told] - edge[first], axis=0, dtype=np.int64)
    best = (sums / np.maximum(n, 1)[:, None] + bias).argmax(axis=1)
    return np.where(np.diff(clauses.offsets) > 0, best, -1)


def is_english(string: str) -> int:
    """Return 1 for a common English function word."""
    return int(string.lower().replace("’", "'") in read_cues("english"))


def is_odd(string: str) -> int:
    """Return 1 for a word of letters that no language spells: no vowel, or one letter over and over."""
    if len(string) < 4 or not string.isascii() or not string.isalpha():
        return 0
    low = string.lower()
    return int(_VOWEL.search(low) is None or len(set(low)) < 2)


def count_by_answer(tokens: Tokens, values: Ints) -> Ints:
    """Sum token values by answer, shape (n_answers,)."""
    before = np.concatenate([[0], np.cumsum(values)])
    total: Ints = before[tokens.offsets[1:]] - before[tokens.offsets[:-1]]
    return total


def repeats_itself(tokens: Tokens, share: float) -> npt.NDArray[np.bool_]:
    """Whether each answer's different token strings are less than a share of its tokens, (n_answers,)."""
    n_tokens = np.diff(tokens.offsets)
    n_answers = len(n_tokens)
    answer = np.repeat(np.arange(n_answers), n_tokens)
    # strings that fall together here make an answer look less varied: only such answers need a true count
    seen = np.zeros((n_answers, N_BINS), dtype=bool)
    seen.reshape(-1)[answer * N_BINS + tokens.ids % N_BINS] = True
    distinct = seen.sum(axis=1)
    some = np.maximum(n_tokens, 1)
    for i in np.flatnonzero(distinct / some < share):
        distinct[i] = len(np.unique(tokens.ids[tokens.offsets[i] : tokens.offsets[i + 1]]))
    few: npt.NDArray[np.bool_] = distinct / some < share
    return few


def find_status(tokens: Tokens, types: Ints, measures: Measures, profile: Profile) -> Ints:
    """Return the index into `STATUSES` of each answer.

    Doubt favours the answer: each refusal needs clear evidence.
    """
    n_words, n_tokens = measures.n_words, np.diff(tokens.offsets)
    some = np.maximum(n_words, 1)
    english = count_by_answer(tokens, tokens.vocab.attribute(is_english)[tokens.ids])
    odd = count_by_answer(tokens, tokens.vocab.attribute(is_odd)[tokens.ids])
    repeats = (n_words >= 40) & repeats_itself(tokens, MIN_VARIED)
    long_enough = n_words >= 8
    other = measures.words[:, OTHER] / some
    told = np.where(types >= 0, NARRATIVE[np.maximum(types, 0)], False)

    status = np.full(len(n_words), STATUSES.index(Status.OK), dtype=np.int64)

    def refuse(where: npt.NDArray[np.bool_], reason: Status) -> None:
        status[where] = STATUSES.index(reason)

    refuse((other >= MOSTLY_OTHER) | (~told & (other >= PARTLY_OTHER)), Status.NOT_A_STORY)
    refuse(n_words < profile.refuse_words, Status.TOO_SHORT)
    refuse(long_enough & (english / some < MIN_ENGLISH), Status.NOT_ENGLISH)
    refuse((odd / some > 0.4) | repeats | (n_words == 0), Status.UNREADABLE)
    refuse(n_tokens == 0, Status.EMPTY)
    return status


REASONS: dict[Status, str] = {
    Status.EMPTY: "there is no text",
    Status.TOO_SHORT: "{n_words} {words} are too few to judge; tell what happened and what you did",
    Status.NOT_ENGLISH: "this does not read as English, the only language starl knows",
    Status.UNREADABLE: "most of this cannot be read as words, or it repeats itself; paste the answer again",
}
NO_STORY: dict[AnswerType, str] = {
    AnswerType.APPROACH: "you describe how you usually go about it; tell one time you did it",
    AnswerType.OPINION: "you say what you think; tell one time it mattered and what you did",
    AnswerType.SELF_DESCRIPTION: "you describe yourself; tell one time that shows it",
    AnswerType.HYPOTHETICAL: "you describe what you would do; tell one time you did it",
    AnswerType.PLAN: "you tell what you want to do; tell one time you did something like it",
    AnswerType.REFUSAL: "you say that you have no example; a small one, from study or private life, will do",
    AnswerType.HABIT: "you tell what you usually did there; pick one time and tell what happened",
    AnswerType.STORY: "hardly any of this tells what happened; tell one time and what you did in it",
}


def reason(status: Status, answer_type: AnswerType | None, n_words: int) -> str | None:
    """Say in words why an answer cannot be judged and what would help; None if it can."""
    if status is Status.OK:
        return None
    if status is Status.NOT_A_STORY:
        return NO_STORY[answer_type or AnswerType.STORY]
    return REASONS[status].format(n_words=n_words, words="word" if n_words == 1 else "words")
