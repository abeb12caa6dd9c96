"""Requests that differ from a recording only where the recording was redacted.

The law of this file: redacting never breaks matching. A value that is known to be secret only from a
later answer is redacted in the file, in earlier requests too; when it is sent again nothing tells
yet that it is one. So where a recording holds a placeholder, any one value may stand: within its
path segment, its pair, its JSON string, and nowhere else.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from .placeholders import MASK, holds_placeholder, unquoted

if TYPE_CHECKING:
    from .canonical import Canonical

__all__ = ["masked_match"]

_VALUE = {
    "path": r"[^/]+",
    "pair": r".+",
    "json": r'(?:[^"\\]|\\.)+',
    "bytes": rf"(?:{MASK}|[^\s\"'<>&=,;]+)",
}


def masked_match(live: Canonical, recorded: Canonical, *, headers: bool = False) -> bool:
    """Whether `live` is the recorded request, but for what stands under its placeholders.

    By the default matchers' subjects, and `headers` where those count as well; who matches on less
    than the defaults is not helped here.
    """
    same = (live.method, live.scheme, live.host, live.port) == (
        recorded.method,
        recorded.scheme,
        recorded.host,
        recorded.port,
    )
    return (
        same
        and _fits("path", live.path, recorded.path)
        and _pairs_fit(live.query, recorded.query)
        and live.body.kind == recorded.body.kind
        and _body_fits(live.body.kind, live.body.key, recorded.body.key)
        and (not headers or _pairs_fit(live.headers, recorded.headers))
    )


def _body_fits(kind: str, live: Any, recorded: Any) -> bool:
    """Bodies by their keys; Any: what they are, the kind says."""
    match kind:
        case "json":
            return _fits("json", live, recorded)
        case "form":
            return _pairs_fit(live, recorded)
        case "bytes":
            return _fits("bytes", live.decode("latin-1"), recorded.decode("latin-1"))
        case "multipart":
            return len(live) == len(recorded) and all(
                part[:-1] == was[:-1]
                and _fits("pair", part.content.decode("latin-1"), was.content.decode("latin-1"))
                for part, was in zip(live, recorded, strict=True)
            )
        case _:
            return bool(live == recorded)


def _pairs_fit(live: tuple[tuple[str, str], ...], recorded: tuple[tuple[str, str], ...]) -> bool:
    return len(live) == len(recorded) and all(
        name == other and _fits("pair", value, was)
        for (name, value), (other, was) in zip(live, recorded, strict=True)
    )


def _fits(place: str, live: str, recorded: str) -> bool:
    if live == recorded:
        return True
    live, recorded = unquoted(live), unquoted(recorded)
    if not holds_placeholder(recorded):
        return False
    pieces = re.split(MASK, recorded)
    return re.fullmatch(_VALUE[place].join(map(re.escape, pieces)), live, re.DOTALL) is not None
