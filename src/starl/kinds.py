"""Tokens, roles -> what kind of answer it is, and whether it can be judged at all."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from starl.clauses import team_starts
from starl.features import Stream
from starl.hashing import mix, shift, to_ids
from starl.lexicon import CUES, DELETED, PUNCT, cue_bits, hash_of, read_cues, shape_bits
from starl.roles import ANSWER_TYPES, ROLES, STATUSES, AnswerType, Role, Status

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from starl.clauses import Clauses
    from starl.hashing import Hashes
    from starl.measures import Measures
    from starl.profiles import Profile
    from starl.tokens import Bools, Ints, Tokens

    Floats = npt.NDArray[np.float64]

NARRATIVE = np.array([t in (AnswerType.STORY, AnswerType.HABIT) for t in ANSWER_TYPES])
OTHER, STORY = ROLES.index(Role.OTHER), ANSWER_TYPES.index(AnswerType.STORY)

MOSTLY_OTHER = 0.85
"""From this share of Other on, no story is left to judge."""
PARTLY_OTHER = 0.5
"""From this share on, an answer whose type is no story is refused."""
MIN_ENGLISH = 0.12
"""Least share of words that are common English function words; running English has 0.4 to 0.6."""
PROSE_WORDS = 20
"""Marks and repetition count in an answer of this many words."""
MIN_VARIED = 0.48
"""Least share of different runs of three tokens; stories have 0.93 and more, one pasted twice 0.5."""
MANY_MARKS = 0.35
"""From this share of marks among the tokens on, it is code or a list; stories have 0.29 at most."""
HARDLY_TOLD = 0.05
"""Share of past forms and words for the speaker (see `count_telling`) below which nothing happens and nobody
acts. Of the stories trained on one in a hundred has less than 0.08, one in five hundred less than this."""
LITTLE_TOLD, SOME_OTHER = 0.08, 0.3
"""The same, for an answer whose type is no story or of which at least this share is Other."""
LEAST_SURE = 0.5
"""Mean confidence in the roles below which they are more likely wrong than right: a text that names no
speaker and is read so is none that the model knows."""
ANSWERS_AT_ONCE = 64
"""Answers whose types are found at once: the weights of more would not fit the caches of a processor."""
_VOWEL = re.compile("[aeiouy]")
N_BINS = 512
"""Bins that runs of tokens are sorted into for a quick look at how varied an answer is."""
_PAST, _HALF = 1 << CUES.index("past"), 31
_NONE = 0x9E3779B9
"""Stands for the tokens before an answer."""


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


def count_by_answer(tokens: Tokens, values: Ints | Bools) -> Ints:
    """Sum token values by answer, shape (n_answers,)."""
    before = np.concatenate([[0], np.cumsum(values)])
    total: Ints = before[tokens.offsets[1:]] - before[tokens.offsets[:-1]]
    return total


def of_language(string: str) -> int:
    """Return `is_english` and `is_odd` of a string as one number."""
    return is_english(string) | is_odd(string) << _HALF


def of_telling(string: str) -> int:
    """Return whether a string is a past form, and whether it is I, we or a form of them, as one number."""
    return int(cue_bits(string) & _PAST > 0) | int(shape_bits(string) & DELETED > 0) << _HALF


def count_both(tokens: Tokens, function: Callable[[str], int]) -> tuple[Ints, Ints]:
    """Count by answer what `of_language` or `of_telling` says of its tokens, shapes (n_answers,)."""
    both = count_by_answer(tokens, tokens.vocab.attribute(function)[tokens.ids])
    return both & ((1 << _HALF) - 1), both >> _HALF


def count_telling(tokens: Tokens, shape: Hashes) -> tuple[Ints, Ints, Ints]:
    """Count the past forms of each answer, its words for the speaker, and "the team", shapes (n_answers,).

    I, we and "the team" are one speaker each, so that it does not matter who acts.

    Parameters
    ----------
    tokens
        A batch of answers.
    shape : (n_tokens,)
        `shape_bits` of each token.
    """
    past, speaker = count_both(tokens, of_telling)
    team = team_starts(tokens, shape)
    answer = np.searchsorted(tokens.offsets, team, "right") - 1
    new = shape[team] & DELETED == 0  # in "my team" the first word is counted already
    speaker += np.bincount(answer[new], minlength=len(speaker))
    return past, speaker, np.bincount(answer, minlength=len(speaker))


def repeats_itself(tokens: Tokens, share: float) -> Bools:
    """Whether less than a share of an answer's runs of three tokens are different ones, shape (n_answers,).

    Runs may begin before the answer, so that there is one for each token. Case and digits do not matter.
    """
    n_tokens = np.diff(tokens.offsets)
    n_answers = len(n_tokens)
    first = tokens.offsets[:-1][n_tokens > 0]
    same = np.ones(len(tokens), dtype=bool)
    same[first] = False
    word = tokens.vocab.attribute(hash_of, np.uint32)[tokens.ids]
    before = shift(word, same, _NONE)
    run = mix(0, word, before, shift(before, same, _NONE))
    answer = np.repeat(np.arange(n_answers), n_tokens)
    # runs that fall together here make an answer look less varied: only such answers need a true count
    seen = np.zeros((n_answers, N_BINS), dtype=bool)
    seen.reshape(-1)[answer * N_BINS + (run >> np.uint32(23))] = True
    eights = seen.view(np.uint64).sum(axis=1)  # eight sums at once, one a byte: none is over 64
    distinct = eights.view(np.uint8).reshape(n_answers, 8).sum(axis=1, dtype=np.int64)
    some = np.maximum(n_tokens, 1)
    for i in np.flatnonzero(distinct / some < share):
        distinct[i] = len(np.unique(run[tokens.offsets[i] : tokens.offsets[i + 1]]))
    few: Bools = distinct / some < share
    return few


def find_status(
    clauses: Clauses, types: Ints, measures: Measures, confidence: Floats, profile: Profile
) -> Ints:
    """Return the index into `STATUSES` of each answer.

    Doubt favours the answer: each refusal needs clear evidence.

    Parameters
    ----------
    clauses
        The clauses of a batch of answers.
    types : (n_answers,)
        Index into `ANSWER_TYPES`, -1 for an answer without words.
    measures
        The counts of the answers.
    confidence : (n_clauses,)
        Calibrated probability that the role of a clause is right.
    profile
        Says how many words are too few.
    """
    tokens = clauses.tokens
    n_words, n_tokens = measures.n_words, np.diff(tokens.offsets)
    some = np.maximum(n_words, 1)
    shape = tokens.vocab.attribute(shape_bits, np.uint32)[tokens.ids]
    english, odd = count_both(tokens, of_language)
    marks = count_by_answer(tokens, shape & PUNCT > 0)
    past, speaker, team = count_telling(tokens, shape)
    told = (past + speaker) / np.maximum(n_words - team, 1)  # "the team" counts as one word, as I does
    sure = np.bincount(clauses.answer, weights=measures.clause_words * confidence, minlength=len(n_words))
    unlike_prose = (marks >= MANY_MARKS * n_tokens) | repeats_itself(tokens, MIN_VARIED)
    unreadable = (odd / some > 0.4) | (unlike_prose & (n_words >= PROSE_WORDS))

    status = np.full(len(n_words), STATUSES.index(Status.OK), dtype=np.int64)

    def refuse(where: Bools, reason: Status) -> None:
        status[where] = STATUSES.index(reason)

    refuse(tells_nothing(types, measures, told), Status.NOT_A_STORY)
    refuse((sure < LEAST_SURE * n_words) & (speaker == 0), Status.NOT_A_STORY)
    refuse(n_words < profile.refuse_words, Status.TOO_SHORT)
    refuse((n_words >= 8) & (english / some < MIN_ENGLISH), Status.NOT_ENGLISH)
    refuse(unreadable | (n_words == 0), Status.UNREADABLE)
    refuse(n_tokens == 0, Status.EMPTY)
    return status


def tells_nothing(types: Ints, measures: Measures, told: Floats) -> Bools:
    """Whether hardly any of an answer tells what happened, shape (n_answers,).

    Parameters
    ----------
    types : (n_answers,)
        Index into `ANSWER_TYPES`, -1 for an answer without words.
    measures
        The counts of the answers.
    told : (n_answers,)
        Share of words that tell of something done.
    """
    other = measures.words[:, OTHER] / np.maximum(measures.n_words, 1)
    narrative = np.where(types >= 0, NARRATIVE[np.maximum(types, 0)], False)
    nothing: Bools = (other >= MOSTLY_OTHER) | (~narrative & (other >= PARTLY_OTHER))
    doubtful = (types != STORY) | (other >= SOME_OTHER)
    nothing |= (told < HARDLY_TOLD) | (doubtful & (told < LITTLE_TOLD))
    return nothing


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
