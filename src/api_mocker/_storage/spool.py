"""Where a body lies while it is too large to be held and no cassette has it yet: a file without a name.

The law of this file: nobody finds what lies here, and it is gone with the process, however that ends. What was
recorded stands here as it came, secrets included, as it would in memory that the system has swapped out.
"""

from __future__ import annotations

import os
import tempfile
from hashlib import sha256
from threading import Lock
from typing import TYPE_CHECKING
from weakref import finalize

from .._core.large_body import LargeBody
from ..exceptions import CassetteError
from .replacing import reason

if TYPE_CHECKING:
    from tempfile import _TemporaryFileWrapper  # what it is called on systems that cannot unlink an open file
    from typing import IO

    File = IO[bytes] | _TemporaryFileWrapper[bytes]

__all__ = ["FileSpool"]


class FileSpool:
    """Takes the pieces of one body, in the system's folder for temporary files (`TMPDIR`)."""

    def __init__(self) -> None:
        try:
            self._file: File = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115  # it lives as long as the body
        except OSError as error:
            raise _full(error) from None
        self._reader = _Reader(self._file)
        self._hash = sha256()
        self._size = 0

    def write(self, piece: bytes) -> None:
        """Takes one more piece; CassetteError where the disk has no room for it."""
        rest = memoryview(piece)
        try:
            while rest:
                rest = rest[self._file.write(rest) or 0 :]
        except OSError as error:
            raise _full(error) from None
        self._hash.update(piece)
        self._size += len(piece)

    def body(self) -> LargeBody:
        """What was taken."""
        return LargeBody(self._size, self._hash.hexdigest(), self._reader, FileSpool)


def _full(error: OSError) -> CassetteError:
    return CassetteError(
        f"a body that is too large to be held in memory found no room in the folder for temporary files (TMPDIR): "
        f"{reason(error)}"
    )


class _Reader:
    """Reads a part of a file, whoever else is reading it."""

    def __init__(self, file: File) -> None:
        self._file = file
        self._lock = Lock()
        # Nobody closes a body: without this, the code under test would be warned of a file that it never opened.
        finalize(self, file.close)

    def __call__(self, at: int, size: int) -> bytes:
        if hasattr(os, "pread"):  # a forked process shares the place where a file is read
            return os.pread(self._file.fileno(), size, at)
        with self._lock:
            self._file.seek(at)
            return self._file.read(size)
