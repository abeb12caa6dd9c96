"""Where a body lies while it is too large to be held and no cassette has it yet: a file without a name.

The law of this file: no secret reaches the disk. What was recorded is not redacted yet, so it is enciphered with a
key that this process has in memory and nobody else; the file is gone with the process, however that ends.
"""

from __future__ import annotations

import os
import tempfile
from hashlib import sha256, shake_128
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

_BLOCK = 1 << 16
_STEP = 1 << 20  # bytes that are enciphered at once


class FileSpool:
    """Takes the pieces of one body, in the system's folder for temporary files (`TMPDIR`)."""

    def __init__(self) -> None:
        try:
            self._file: File = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115  # it lives as long as the body
        except OSError as error:
            raise _full(error) from None
        self._pad = _Pad()
        self._reader = _Reader(self._file, self._pad)
        self._hash = sha256()
        self._size = 0

    def write(self, piece: bytes) -> None:
        """Takes one more piece; CassetteError where the disk has no room for it."""
        for start in range(0, len(piece), _STEP):
            self._append(piece[start : start + _STEP])

    def _append(self, piece: bytes) -> None:
        rest = memoryview(self._pad.over(self._size, piece))
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

    def __init__(self, file: File, pad: _Pad) -> None:
        self._file = file
        self._pad = pad
        self._lock = Lock()
        # Nobody closes a body: without this, the code under test would be warned of a file that it never opened.
        finalize(self, file.close)

    def __call__(self, at: int, size: int) -> bytes:
        return self._pad.over(at, self._read(at, size))

    def _read(self, at: int, size: int) -> bytes:
        if hasattr(os, "pread"):  # a forked process shares the place where a file is read
            return os.pread(self._file.fileno(), size, at)
        with self._lock:
            self._file.seek(at)
            return self._file.read(size)


class _Pad:
    """Enciphers and deciphers, from any place on: with SHAKE128 (FIPS 202) of a random key and a block's number.

    No block is written twice, so no part of the pad is used for two texts.
    """

    def __init__(self) -> None:
        self._key = os.urandom(32)
        self._last = -1, b""

    def over(self, at: int, content: bytes) -> bytes:
        """What stands at this place in the file, for what stands there in the body; and the other way round."""
        first, before = divmod(at, _BLOCK)
        blocks = range(first, (at + len(content) - 1) // _BLOCK + 1)
        pad = b"".join(map(self._block, blocks))[before : before + len(content)]
        mixed = int.from_bytes(content, "little") ^ int.from_bytes(pad, "little")
        return mixed.to_bytes(len(content), "little")

    def _block(self, number: int) -> bytes:
        last, block = self._last  # small pieces come one after the other
        if last != number:
            block = shake_128(self._key + number.to_bytes(8, "little")).digest(_BLOCK)
            self._last = number, block
        return block
