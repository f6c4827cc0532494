"""The words the whole package speaks: roles, agents, types and states of an answer."""

from enum import StrEnum


class Role(StrEnum):
    """What a clause does for the story."""

    SITUATION = "situation"
    TASK = "task"
    ACTION = "action"
    RESULT = "result"
    LEARNING = "learning"
    OTHER = "other"


class Agent(StrEnum):
    """Who did a deed. A clause that tells of no deed has no agent at all (``None``)."""

    I = "i"  # noqa: E741  (the field's own word)
    WE = "we"
    OTHER = "other"
    NONE = "none"


class AnswerType(StrEnum):
    """What kind of text an answer is; the annotation guidelines say what each means."""

    STORY = "story"
    HABIT = "habit"
    APPROACH = "approach"
    OPINION = "opinion"
    SELF_DESCRIPTION = "self-description"
    HYPOTHETICAL = "hypothetical"
    PLAN = "plan"
    REFUSAL = "refusal"


class Status(StrEnum):
    """Whether an answer can be judged, or why not."""

    OK = "ok"
    EMPTY = "empty"
    TOO_SHORT = "too_short"
    NOT_A_STORY = "not_a_story"
    NOT_ENGLISH = "not_english"
    UNREADABLE = "unreadable"


class Unread(StrEnum):
    """Why a row of a corpus was not read at all; it stands where a status would."""

    MISSING = "missing"
    NOT_TEXT = "not_text"
    OVERSIZED = "oversized"


class Severity(StrEnum):
    """How much a finding matters."""

    INFO = "info"
    NOTE = "note"
    WARNING = "warning"


ROLES: tuple[Role, ...] = tuple(Role)
"""Roles in index order; arrays of role indices and emissions follow it."""
AGENTS: tuple[Agent, ...] = tuple(Agent)
"""Agents in index order; an agent index of -1 means that the clause tells of no deed."""
ANSWER_TYPES: tuple[AnswerType, ...] = tuple(AnswerType)
"""Answer types in index order."""
STATUSES: tuple[Status, ...] = tuple(Status)
"""States of an answer in index order."""
ROW_STATUSES: tuple[Status | Unread, ...] = (*STATUSES, *Unread)
"""What may stand in the status column of a corpus, in index order: first those of answers that were read."""
SEVERITIES: tuple[Severity, ...] = tuple(Severity)
"""Severities in index order, the mildest first; an index of -1 means that nothing was found."""
ROLE_LETTERS = "STARLO"
"""The letters of the annotation format, in the order of `ROLES`."""
STORY_ROLES: tuple[Role, ...] = ROLES[:5]
"""The roles that make up the story; shares are shares of their words."""
