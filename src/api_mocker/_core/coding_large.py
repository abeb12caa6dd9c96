"""Content codings of bodies that are too large to be held: taken off and put on piece by piece.

The law of this file: what is read here is for looking, or becomes the content that is promised; the coded bytes are
kept wherever nothing in them has to change. Only what zlib codes is known here; any other coding is undone in memory.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

from .coding import encode, grown
from .large_body import held, spooled

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .large_body import LargeBody
    from .model import Coding

__all__ = ["STREAMED", "flowing", "recoded"]

STREAMED = frozenset({"gzip", "x-gzip", "deflate"})
"""The codings that are undone without holding what is coded."""

_CONTAINERS = (zlib.MAX_WBITS | 32, -zlib.MAX_WBITS)  # gzip or zlib, told by their heads; else bare
_PIECE = 1 << 16
_MOST = 1 << 20  # bytes of content at once


def flowing(coded: LargeBody) -> Iterator[bytes]:
    """The content, as far as it can be read: of a bomb, 8 MiB or 200 times the coded bytes."""
    left = grown(coded.size)
    told = next((wbits for wbits in _CONTAINERS if _begins(coded, wbits)), 0)
    if not told:
        return
    stream = zlib.decompressobj(told)
    for piece in coded.pieces(_PIECE):
        rest, more = piece, True
        while more and left > 0:
            try:
                content = stream.decompress(rest, _MOST)
            except zlib.error:
                return
            left -= len(content)
            yield content
            rest = stream.unconsumed_tail
            if stream.eof:
                rest = stream.unused_data
                stream = zlib.decompressobj(told)
            more = bool(rest) or len(content) == _MOST


def _begins(coded: LargeBody, wbits: int) -> bool:
    try:
        return bool(zlib.decompressobj(wbits).decompress(coded.read(0, _PIECE), 1))
    except zlib.error:
        return False


def recoded(content: LargeBody, coding: Coding) -> LargeBody:
    """`content`, coded; as `encode` does it with the settings that it uses always."""
    if coding.name not in STREAMED or coding.recipe:
        return held(encode(content.content(), coding))
    return spooled(content.spool(), _deflated(content, 31 if coding.name != "deflate" else 15))


def _deflated(content: LargeBody, wbits: int) -> Iterator[bytes]:
    deflate = zlib.compressobj(6, zlib.DEFLATED, wbits)
    for piece in content.pieces(_PIECE):
        yield deflate.compress(piece)
    yield deflate.flush()
