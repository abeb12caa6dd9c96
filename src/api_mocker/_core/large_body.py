"""A body that is too large to be held: read by pieces, from wherever it lies.

The law of this file: nobody has to hold one to compare, search or copy it, and two of the same bytes are
equal. Where it lies (a file without a name, a file beside a cassette, the memory) is not told here.
"""

from __future__ import annotations

from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

__all__ = ["LARGE", "PIECE", "LargeBody", "Spool", "as_held", "held", "sized", "spooled"]

LARGE = 16 << 20
"""Bytes of a response's body, from which on it is not held."""

PIECE = 1 << 16
"""Bytes that are read at once where nobody says how many."""


class Spool(Protocol):
    """Takes the pieces of a body that is too large to be held; CassetteError where they find no room."""

    def write(self, piece: bytes, /) -> object:
        """Takes one more piece."""

    def body(self) -> LargeBody:
        """All that was taken; nothing more is."""
        ...


class LargeBody:
    """The bytes of a body that is too large to be held: `size` of them, whose SHA-256 is `sha256`.

    ``read(at, size)`` gives some of them, as ``bytes``; ``spool`` makes a place for another body.
    """

    __slots__ = ("_spool", "read", "sha256", "size")

    def __init__(
        self, size: int, digest: str, read: Callable[[int, int], bytes], spool: Callable[[], Spool]
    ) -> None:
        self.size = size
        self.sha256 = digest
        self.read = read
        self._spool = spool

    def pieces(self, size: int = PIECE) -> Iterator[bytes]:
        """All of it, so many bytes at once."""
        for at in range(0, self.size, size):
            yield self.read(at, min(size, self.size - at))

    def content(self) -> bytes:
        """All of it at once, which takes as much memory."""
        return b"".join(self.pieces())

    def spool(self) -> Spool:
        """Takes another body that may be as large."""
        return self._spool()

    def __deepcopy__(self, memo: object) -> LargeBody:
        return self  # nothing changes it

    def __reduce__(self) -> tuple[Callable[[bytes], LargeBody], tuple[bytes]]:
        return held, (self.content(),)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, LargeBody):
            return NotImplemented
        return (self.size, self.sha256) == (other.size, other.sha256)

    def __hash__(self) -> int:
        return hash(self.sha256)

    def __repr__(self) -> str:
        return f"<LargeBody {self.size} bytes, sha256 {self.sha256}>"


class _Memory:
    """A spool that holds what it takes: for those who have it in memory as it is."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def write(self, piece: bytes) -> None:
        self._pieces.append(piece)

    def body(self) -> LargeBody:
        return held(b"".join(self._pieces))


def held(content: bytes) -> LargeBody:
    """A body that is in memory already, as one that is not."""
    return LargeBody(len(content), sha256(content).hexdigest(), partial(_part, content), _Memory)


def _part(content: bytes, at: int, size: int) -> bytes:
    return content[at : at + size]


def as_held(content: bytes | LargeBody, most: int) -> tuple[bytes, LargeBody | None]:
    """A body of up to `most` bytes as it is held, else as one that is not."""
    if isinstance(content, LargeBody):
        return (content.content(), None) if content.size <= most else (b"", content)
    return (content, None) if len(content) <= most else (b"", held(content))


def sized(body: LargeBody) -> dict[str, Any]:
    """The fields of a response with this body: one that has become small is held."""
    return {"large": body} if body.size >= LARGE else {"large": None, "body": body.content()}


def spooled(spool: Spool, pieces: Iterable[bytes]) -> LargeBody:
    """The body that consists of these pieces."""
    for piece in pieces:
        spool.write(piece)
    return spool.body()
