"""What can go wrong, as one tree.

::

    StarlError
    ├── ColumnError (ValueError)    a table has no such column
    ├── CorpusError (ValueError)    an annotated file breaks the format
    ├── ExtraError (ImportError)    a package that an extra brings is not installed
    ├── ModelError (ValueError)     a model folder is missing, damaged or does not fit
    ├── ProfileError (ValueError)   an unknown profile
    ├── RuleError (ValueError)      an unknown rule code or name
    ├── ShapeError (ValueError)     arrays that do not fit each other
    └── TextError (ValueError)      an answer that is no valid text

Messages say the thing, the rule and the value met, then what to do.
"""


class StarlError(Exception):
    """Base of every error that starl raises on purpose."""


class ColumnError(StarlError, ValueError):
    """A table has no column of that name."""


class CorpusError(StarlError, ValueError):
    """An annotated file breaks the ``.starl`` format."""


class ExtraError(StarlError, ImportError):
    """A package that an extra brings is not installed."""


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
