"""Read a behavioural-interview answer and say, with evidence, how it is built.

>>> import starl
>>> report = starl.analyze("Our site went down on a Friday. I rolled the release back.")  # doctest: +SKIP

The names below are loaded from their modules on first use, so that ``import starl`` stays quick and
reading a saved `Report` needs neither spaCy nor a model.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from starl.analyzer import Analyzer as Analyzer
    from starl.analyzer import analyze as analyze
    from starl.analyzer import load as load
    from starl.anatomy.telling import anatomy_of as anatomy_of
    from starl.anatomy.types import Anatomy as Anatomy
    from starl.columns import ClauseScores as ClauseScores
    from starl.columns import Scores as Scores
    from starl.comparing import Comparison as Comparison
    from starl.comparing import compare as compare
    from starl.errors import ColumnError as ColumnError
    from starl.errors import ConfigError as ConfigError
    from starl.errors import CorpusError as CorpusError
    from starl.errors import ExtraError as ExtraError
    from starl.errors import FrameworkError as FrameworkError
    from starl.errors import ModelError as ModelError
    from starl.errors import ProfileError as ProfileError
    from starl.errors import RuleError as RuleError
    from starl.errors import ShapeError as ShapeError
    from starl.errors import StarlError as StarlError
    from starl.errors import TextError as TextError
    from starl.errors import TranscriptError as TranscriptError
    from starl.frameworks import Framework as Framework
    from starl.frameworks import Part as Part
    from starl.frameworks import View as View
    from starl.grading import Grade as Grade
    from starl.grading import grade as grade
    from starl.mending import Mend as Mend
    from starl.mending import mend_first as mend_first
    from starl.mending import mends as mends
    from starl.profiles import Profile as Profile
    from starl.report import AgentCounts as AgentCounts
    from starl.report import AnswerTurn as AnswerTurn
    from starl.report import Balance as Balance
    from starl.report import CandidateRule as CandidateRule
    from starl.report import Clause as Clause
    from starl.report import Delivery as Delivery
    from starl.report import Evidence as Evidence
    from starl.report import Finding as Finding
    from starl.report import Markers as Markers
    from starl.report import Ownership as Ownership
    from starl.report import Pauses as Pauses
    from starl.report import PronounCounts as PronounCounts
    from starl.report import Report as Report
    from starl.report import RoleSeconds as RoleSeconds
    from starl.report import RoleShares as RoleShares
    from starl.report import RoleWords as RoleWords
    from starl.report import ShareIntervals as ShareIntervals
    from starl.report import Span as Span
    from starl.roles import Agent as Agent
    from starl.roles import AnswerType as AnswerType
    from starl.roles import Role as Role
    from starl.roles import Severity as Severity
    from starl.roles import Status as Status
    from starl.roles import Unread as Unread
    from starl.transcripts.captions import read_srt as read_srt
    from starl.transcripts.captions import read_vtt as read_vtt
    from starl.transcripts.files import read_transcript as read_transcript
    from starl.transcripts.turns import Transcript as Transcript
    from starl.transcripts.turns import Turn as Turn
    from starl.transcripts.turns import Word as Word
    from starl.transcripts.whisper import read_whisper as read_whisper

    __version__: str
else:

    def __getattr__(name: str) -> Any:  # noqa: ANN401  (the type of each name is declared above)
        if name == "__version__":
            value = import_module("importlib.metadata").version("starl")
        elif name in _HOME:
            value = getattr(import_module(_HOME[name]), name)
        else:
            raise AttributeError(f"module 'starl' has no attribute {name!r}")
        globals()[name] = value
        return value


_HOMES = {
    "starl.profiles": ("Profile",),
    "starl.frameworks": ("Framework", "Part", "View"),
    "starl.transcripts.captions": ("read_srt", "read_vtt"),
    "starl.transcripts.files": ("read_transcript",),
    "starl.transcripts.turns": ("Transcript", "Turn", "Word"),
    "starl.transcripts.whisper": ("read_whisper",),
    "starl.analyzer": ("Analyzer", "analyze", "load"),
    "starl.anatomy.telling": ("anatomy_of",),
    "starl.anatomy.types": ("Anatomy",),
    "starl.columns": ("ClauseScores", "Scores"),
    "starl.comparing": ("Comparison", "compare"),
    "starl.grading": ("Grade", "grade"),
    "starl.mending": ("Mend", "mend_first", "mends"),
    "starl.errors": (
        "ColumnError",
        "CorpusError",
        "ExtraError",
        "FrameworkError",
        "ConfigError",
        "ModelError",
        "ProfileError",
        "RuleError",
        "ShapeError",
        "StarlError",
        "TextError",
        "TranscriptError",
    ),
    "starl.report": (
        "AgentCounts",
        "Balance",
        "Clause",
        "Evidence",
        "RoleSeconds",
        "Pauses",
        "Markers",
        "CandidateRule",
        "AnswerTurn",
        "Delivery",
        "Finding",
        "Ownership",
        "PronounCounts",
        "Report",
        "RoleShares",
        "RoleWords",
        "ShareIntervals",
        "Span",
    ),
    "starl.roles": ("Agent", "AnswerType", "Role", "Severity", "Status", "Unread"),
}
_HOME = {name: module for module, names in _HOMES.items() for name in names}

__all__ = sorted([*_HOME, "__version__"])


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
