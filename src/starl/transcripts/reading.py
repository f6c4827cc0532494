"""Files -> their text, checked."""

from __future__ import annotations

from pathlib import Path

from starl.errors import TranscriptError


def read_text(path: str | Path) -> str:
    """Return the text of a file without a byte order mark.

    Raises
    ------
    TranscriptError
        If it is no UTF-8.
    OSError
        If it cannot be read.
    """
    raw = Path(path).read_bytes()
    if b"\0" in raw:
        raise TranscriptError(f"{path}: must be UTF-8 text, got NUL bytes, as in a binary or UTF-16 file")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        what = f"byte 0x{raw[error.start]:02x} at {error.start}"
        raise TranscriptError(f"{path}: must be UTF-8 text, got {what}; convert it first") from error
