"""Multipart bodies, part by part.

The law of this file: a part is what it is named, what it is called as a file, its type and its
bytes; the boundary, and the order of a part's headers, are the client's own affair.
"""

from __future__ import annotations

import re
from typing import NamedTuple

__all__ = ["Part", "multipart"]


class Part(NamedTuple):
    """One part of a multipart body; its boundary and header order are no part of its meaning."""

    name: str
    filename: str | None
    media_type: str
    content: bytes


# The parameters of a Content-Disposition (RFC 6266 section 4.1): a token, or a quoted string.
_PARAMETER = re.compile(rb';\s*([^=;\s"]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;]*))', re.DOTALL)


def multipart(content: bytes, boundary: str) -> list[Part] | None:
    """The parts of a multipart body (RFC 2046 section 5.1); None when it is no such body."""
    if not boundary:
        return None
    # A boundary stands at the start of a line; what precedes the first is a preamble.
    pieces = (b"\r\n" + content).split(b"\r\n--" + boundary.encode("latin-1", "replace"))
    if len(pieces) < 2 or not pieces[-1].startswith(b"--"):
        return None
    parts = []
    for piece in pieces[1:-1]:
        head, blank, body = piece.partition(b"\r\n\r\n")
        if not blank:
            return None
        fields: dict[bytes, bytes] = {}
        for line in head.strip().split(b"\r\n"):
            name, _, value = line.partition(b":")
            fields[name.strip().lower()] = value.strip()
        disposition = _PARAMETER.findall(fields.get(b"content-disposition", b""))
        names = {name.lower(): quoted or token.strip() for name, quoted, token in disposition}
        filename = names.get(b"filename*", names.get(b"filename"))
        parts.append(
            Part(
                names.get(b"name", b"").decode("utf-8", "replace"),
                None if filename is None else filename.decode("utf-8", "replace"),
                fields.get(b"content-type", b"").decode("latin-1"),
                body,
            )
        )
    return parts
