"""A file put in the place of another one, in one step.

The law of this file: whoever looks sees the old file or the new one, whole and on the disk, whatever
happens in between; what could not be finished leaves nothing behind.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable
    from io import BufferedReader

__all__ = [
    "Stamp",
    "drop_partial",
    "open_regular",
    "reason",
    "require_writable",
    "stamp",
    "stamp_of",
    "sync_folder",
    "write_file",
]

Stamp: TypeAlias = tuple[int, int, int]
"""When a file was written, its size and its number on the disk: another one when it was replaced."""

_NEW = os.O_CREAT | os.O_EXCL | os.O_WRONLY | getattr(os, "O_BINARY", 0)


def write_file(path: Path, content: Iterable[bytes]) -> None:
    """Puts a file in place, whole and on the disk, or leaves everything as it was."""
    require_writable(path)
    old = _status(path)
    partial = path.with_name(f".{path.name}.{os.urandom(4).hex()}.tmp")
    # Opened so, a new file is for whom the process's umask says; an old one stays for whom it was.
    handle = os.open(partial, _NEW, 0o666 if old is None else stat.S_IMODE(old.st_mode) & 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.writelines(content)
            file.flush()
            os.fsync(file.fileno())
        if old is not None:
            _give(partial, old)
        partial.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            partial.unlink()
        raise


def require_writable(path: Path) -> None:
    """PermissionError where a file is there and is read-only: whoever renames or deletes is not asked."""
    if _status(path) is not None and not os.access(path, os.W_OK):
        raise PermissionError(errno.EACCES, "it is read-only")


def _status(path: Path) -> os.stat_result | None:
    """What is replaced: nothing, where nothing is there or only a link."""
    try:
        found = path.lstat()
    except FileNotFoundError:
        return None
    return None if stat.S_ISLNK(found.st_mode) else found


def _give(partial: Path, old: os.stat_result) -> None:
    """Makes a file that of whom the old one is, as far as we may, and for whom it is."""
    new = partial.stat()
    mode = stat.S_IMODE(old.st_mode)
    if (new.st_uid, new.st_gid) != (old.st_uid, old.st_gid) and hasattr(os, "chown"):
        for owner in (old.st_uid, -1):
            try:
                os.chown(partial, owner, old.st_gid)
                break
            except OSError:
                continue
        else:
            mode &= ~0o070 | (mode & 0o007) << 3  # another group may do what everybody may, and no more
    partial.chmod(mode)


def drop_partial(path: Path) -> None:
    """Takes away what killed processes left of this file; for whoever alone may write it."""
    with contextlib.suppress(OSError), os.scandir(path.parent) as found:
        for each in found:
            if each.name.startswith(f".{path.name}.") and each.name.endswith(".tmp"):
                Path(each).unlink(missing_ok=True)


def open_regular(path: Path) -> BufferedReader:
    """Opens a file for reading; OSError where it is none that ends (a device) or begins (a pipe)."""
    if not stat.S_ISREG(mode := path.stat().st_mode):
        number = errno.EISDIR if stat.S_ISDIR(mode) else errno.EINVAL
        raise OSError(number, "it is no regular file" if number == errno.EINVAL else os.strerror(number))
    return path.open("rb")


def stamp(status: os.stat_result) -> Stamp:
    """The stamp of a file that was looked at."""
    return status.st_mtime_ns, status.st_size, status.st_ino


def stamp_of(path: Path) -> Stamp | None:
    """The stamp of a file; None where there is none."""
    try:
        return stamp(path.stat())
    except OSError:
        return None


def sync_folder(folder: Path) -> None:
    """Puts the names in a folder on the disk."""
    # A rename is on disk when its folder is; systems that cannot open folders do it by themselves.
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def reason(error: OSError) -> str:
    """Why the disk refused, in words."""
    if error.errno == errno.ENOSPC:
        return "the disk is full"
    return error.strerror or str(error)
