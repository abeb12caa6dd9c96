"""One document of a cassette, read when it is needed, with what lies beside it.

The law of this file: a body in a file of its own is verified by its hash, and no name leads out of the
cassette's folder.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from ..exceptions import CassetteUnreadable
from . import schema
from .emit import emit
from .replacing import reason

if TYPE_CHECKING:
    from pathlib import Path

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

    def _beside(self, name: str, digest: str) -> bytes:
        folder = self._path.resolve().parent  # of a link: where the cassette itself is
        path = (folder / name).resolve()
        if not path.is_relative_to(folder):
            raise schema.SchemaError(f"the body's file {name!r} lies outside the cassette's folder")
        try:
            content = path.read_bytes()
        except OSError as error:
            raise schema.SchemaError(f"the body's file {name!r} cannot be read: {reason(error)}") from None
        if sha256(content).hexdigest() != digest:
            raise schema.SchemaError(f"the body's file {name!r} was changed: its SHA-256 is another one")
        return content
