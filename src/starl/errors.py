"""What can go wrong, as one tree.

::

    StarlError
    ├── ColumnError (ValueError)    a table has no such column
    ├── ConfigError (ValueError)    a configuration file breaks its rules
    ├── CorpusError (ValueError)    an annotated file breaks the format
    ├── ExtraError (ImportError)    a package that an extra brings is not installed
    ├── FrameworkError (ValueError) an unknown framework
    ├── ModelError (ValueError)     a model folder is missing, damaged or does not fit
    ├── ProfileError (ValueError)   an unknown profile
    ├── RuleError (ValueError)      an unknown rule code or name
    ├── ShapeError (ValueError)     arrays that do not fit each other
    ├── TextError (ValueError)      an answer that is no valid text
    └── TranscriptError (ValueError)  a transcript that cannot be read

`starl.files` adds what can go wrong with files: ``SourceError`` (ValueError), ``RunError`` and ``BusyError``
(RuntimeError), and ``WriteError`` (OSError).

Messages say the thing, the rule and the value met, then what to do.
"""

from collections.abc import Iterable
from difflib import get_close_matches


class StarlError(Exception):
    """Base of every error that starl raises on purpose."""


class ColumnError(StarlError, ValueError):
    """A table has no column of that name."""


class ConfigError(StarlError, ValueError):
    """A configuration file is no TOML, or holds a key or value that it must not."""


class CorpusError(StarlError, ValueError):
    """An annotated file breaks the ``.starl`` format."""


class ExtraError(StarlError, ImportError):
    """A package that an extra brings is not installed."""


class FrameworkError(StarlError, ValueError):
    """There is no framework of that name."""


class ModelError(StarlError, ValueError):
    """A model folder is missing, damaged or does not fit this version."""


class ProfileError(StarlError, ValueError):
    """There is no profile of that name."""


class RuleError(StarlError, ValueError):
    """There is no rule of that code or name."""


class ShapeError(StarlError, ValueError):
    """Arrays whose shapes do not fit each other."""


class TextError(StarlError, ValueError):
    """An answer that is not a string of valid Unicode."""


def did_you_mean(value: str, known: Iterable[str]) -> str:
    """Return the end of a message that names the known word closest to a wrong one, or nothing.

    Examples
    --------
    >>> did_you_mean("defualt", ["default", "short"])
    "; did you mean 'default'?"
    >>> did_you_mean("x", ["default", "short"])
    ''
    """
    close = get_close_matches(value, list(known), n=1)
    return f"; did you mean {str(close[0])!r}?" if close else ""


class TranscriptError(StarlError, ValueError):
    """A transcript that cannot be read, or a candidate who does not speak in it."""
