"""aws-chunked: how SDKs frame an upload to S3, so that its checksum can follow it as a trailer.

Amazon S3 API Reference, "Signature Calculations for the Authorization Header: Transferring Payload in
Multiple Chunks". Chunks that are signed one by one are declined: no recipe makes their signatures.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from .recipe import Settings, read, spell

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["PACKAGE", "begun", "decode", "encode"]

PACKAGE = ""

_DEFAULTS: Settings = {
    "size": 1 << 20,  # of each chunk but the last
    "trailer": "",  # the line that follows the last chunk
}
_CHUNK = re.compile(rb"([0-9a-f]{1,8})\r\n")
_END = re.compile(rb"0\r\n(?:([!-~]+)\r\n)?\r\n")


def decode(coded: bytes, name: str, limit: int) -> tuple[bytes, str] | None:
    """The content and the recipe, None when no recipe makes `coded`."""
    pieces: list[bytes] = []
    at = 0
    while (end := _END.match(coded, at)) is None:
        size = _CHUNK.match(coded, at)
        if size is None:
            return None
        at = size.end() + int(size[1], 16) + 2
        pieces.append(coded[size.end() : at - 2])
    content = b"".join(pieces)
    first = len(pieces[0]) if len(pieces) > 1 else max(len(content), int(_DEFAULTS["size"]))
    recipe = spell({"size": first, "trailer": (end[1] or b"").decode()}, _DEFAULTS)
    return (content, recipe) if len(content) <= limit and encode(content, name, recipe) == coded else None


def begun(coded: bytes, limit: int) -> bytes:
    """Nothing: an upload is cut by nobody, and no response is framed so."""
    del coded, limit
    return b""


def encode(content: bytes, name: str, recipe: str) -> bytes:
    """The coded content; ValueError when the recipe is none."""
    settings = read(recipe, _DEFAULTS)
    size, trailer = int(settings["size"]), str(settings["trailer"])
    if size < 1:
        raise ValueError(f"the recipe {recipe!r} is none for {name}")
    last = f"{trailer}\r\n" if trailer else ""
    return b"".join(_framed(content, size)) + f"0\r\n{last}\r\n".encode()


def _framed(content: bytes, size: int) -> Iterator[bytes]:
    for start in range(0, len(content), size):
        piece = content[start : start + size]
        yield b"%x\r\n%b\r\n" % (len(piece), piece)
