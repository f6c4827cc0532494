"""Files that are whole or not there: written to a temporary name, synced, renamed.

After a power cut a file has its old content or its new one, never a part. Names that end in ``.tmp`` are
leftovers of a write that was cut short; whoever writes the file next writes over them.
"""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from starl.errors import StarlError

try:
    import fcntl
except ImportError:  # Windows has no such locks; two runs on one file are the caller's care there
    fcntl = None  # type: ignore[assignment]

_CHUNK = 1 << 20
_held: set[Path] = set()
"""Locks of this process: the system's are between processes alone."""


class WriteError(StarlError, OSError):
    """A file cannot be written."""


class BusyError(StarlError, RuntimeError):
    """Another process is at work in the same folder."""


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turn an `OSError` into one clear line about ``path``.

    Raises
    ------
    WriteError
        For any `OSError`, with what to do about it.
    """
    try:
        yield
    except WriteError:
        raise
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            todo = "make room and go on with --resume"
        else:
            todo = "choose another place or mend its permissions"
        told = (error.strerror or str(error) or type(error).__name__).lower()
        raise WriteError(f"{path} must be writable, got {told}; {todo}") from error


def write(path: Path, fill: Callable[[IO[bytes]], object], *, last: bool = True) -> None:
    """Write a file so that it is whole or not there, whenever the machine stops.

    Parameters
    ----------
    path
        The file; one of that name is replaced.
    fill
        Writes the content into the stream it is given.
    last
        Whether the name shall last at once; if not, it does after the next write in this folder.

    Raises
    ------
    WriteError
        If the disk is full or the folder cannot be written.
    """
    temporary = path.with_name(path.name + ".tmp")
    with writing(path):
        with temporary.open("wb") as stream:
            fill(stream)
            stream.flush()
            os.fsync(stream.fileno())
        if last:
            move(temporary, path)
        else:
            temporary.replace(path)


def write_bytes(path: Path, content: bytes | memoryview, *, last: bool = True) -> None:
    """Write ``content`` as `write` does."""
    write(path, lambda stream: stream.write(content), last=last)


def move(old: Path, new: Path) -> None:
    """Rename a file or folder, and see to it that the new name lasts."""
    with writing(new):
        old.replace(new)
        sync_folder(new.parent)


def sync_folder(folder: Path) -> None:
    """See to it that the names in a folder last; Windows does so by itself."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def append(stream: IO[bytes], path: Path) -> None:
    """Copy the content of a file to the end of a stream."""
    with path.open("rb") as source:
        shutil.copyfileobj(source, stream, _CHUNK)


def discard(folder: Path) -> None:
    """Remove a folder, in one step as far as others can see."""
    clean(folder)
    move(folder, gone(folder))
    clean(folder)


def clean(folder: Path) -> None:
    """Remove what an interrupted `discard` has left."""
    shutil.rmtree(gone(folder), ignore_errors=True)  # what is left does no harm


def gone(folder: Path) -> Path:
    """Return the name of a folder that is about to be removed."""
    return folder.with_name(folder.name + ".gone")


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold a folder for one run; the lock ends with the process, however it ends.

    Raises
    ------
    BusyError
        If another run holds it.
    WriteError
        If the folder cannot be written.
    """
    path = (folder / "lock").resolve()
    if path in _held:
        raise _busy(folder)
    with writing(path):
        stream = path.open("ab")
    with stream:
        if not _is_free(stream, path):
            raise _busy(folder)
        _held.add(path)
        try:
            yield
        finally:
            _held.discard(path)


def _is_free(stream: IO[bytes], path: Path) -> bool:
    """Lock a file for this process; a child does not share the lock, so that one left behind does no harm."""
    try:
        if fcntl is not None:
            fcntl.lockf(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # A run that ended between open and lock has taken the folder away with it.
        return path.exists() and os.path.samestat(os.fstat(stream.fileno()), path.stat())
    except (BlockingIOError, PermissionError):
        return False


def _busy(folder: Path) -> BusyError:
    return BusyError(f"{folder} must be used by one run at a time, got another one at work; wait for it")
