"""Anatomy: what the result, the action and the learning of an answer are made of.

`anatomy_of` says it of one report. `Signs` looks in a whole batch, on arrays. What they look for is listed in
``cues/anatomy`` and made ready in `starl.anatomy.wording`.
"""

from starl.anatomy.looking import Signs
from starl.anatomy.telling import anatomy_of, tell
from starl.anatomy.types import ActionAnatomy, Anatomy, LearningAnatomy, ResultAnatomy, Sign

__all__ = [
    "ActionAnatomy",
    "Anatomy",
    "LearningAnatomy",
    "ResultAnatomy",
    "Sign",
    "Signs",
    "anatomy_of",
    "tell",
]
