"""One document of a cassette, read when it is needed, with what lies beside it.

The law of this file: an older document is read as one of our version, whoever asks for it, and what is
wrong with one is said with the path and the line of what is wrong.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..exceptions import CassetteUnreadable
from . import schema
from .bodies import read_body
from .emit import emit

if TYPE_CHECKING:
    from pathlib import Path

    from .._core.large_body import LargeBody
    from .._core.model import Interaction
    from .schema import Beside
    from .stream import Piece

__all__ = ["Loader"]


class Loader:
    """Reads one document when it is needed."""

    __slots__ = ("_elsewhere", "_path", "_piece", "_version")

    def __init__(self, path: Path, piece: Piece, version: int, elsewhere: Beside | None) -> None:
        self._path = path
        self._piece = piece
        self._version = version
        self._elsewhere = elsewhere

    def __call__(self) -> Interaction:
        """The interaction; CassetteUnreadable with path and line when the document is none."""
        document = self._piece.read()
        try:
            return schema.read(schema.upgraded(document, self._version), self._elsewhere or self._beside)
        except schema.SchemaError as error:
            line = self._piece.line_of(error.place)
            raise CassetteUnreadable(str(error), self._path, line, place=error.place) from None

    def text(self) -> bytes:
        """The document as one of our version: the very bytes where no upgrade changes it."""
        document = self._piece.read()
        newer = schema.upgraded(document, self._version)
        return self._piece.raw if newer == document else emit(schema.typed(newer)).encode()

    def _beside(self, name: str, digest: str) -> bytes | LargeBody:
        return read_body(self._path, name, digest)
