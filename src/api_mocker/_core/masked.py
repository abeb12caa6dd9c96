"""Requests that differ from a recording only where the recording was redacted.

The law of this file: redacting never breaks matching. A value that is known to be secret only from a
later answer is redacted in the file, in earlier requests too; when it is sent again nothing tells
yet that it is one. So where a recording holds a placeholder, any one value may stand: within its
path segment, its pair, its JSON string, and nowhere else. What a cassette holds is not trusted: the
time is that of reading the text once, however many placeholders stand in it and wherever.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from .placeholders import MASK, PLACEHOLDER, holds_placeholder, unquoted

if TYPE_CHECKING:
    from .canonical import Canonical

__all__ = ["fits", "masked_match"]

# What one value may consist of. Nothing is ever given back, so these never try twice.
_VALUE = {
    "path": re.compile(r"[^/]++"),
    "pair": re.compile(r".++", re.DOTALL),
    "json": re.compile(r'(?:[^"\\]|\\.)++', re.DOTALL),
    # Base64 ends in padding, or in a placeholder that was inside of it.
    "bytes": re.compile(
        rf"{MASK}|[^\s\"'<>&=,;]++(?:={{1,2}}+(?![^\s\"'<>&,;])|{PLACEHOLDER.pattern.replace('(', '(?:')})?+"
    ),
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
        and fits("path", live.path, recorded.path)
        and _pairs_fit(live.query, recorded.query)
        and live.body.kind == recorded.body.kind
        and _body_fits(live.body.kind, live.body.key, recorded.body.key)
        and (not headers or _pairs_fit(live.headers, recorded.headers))
    )


def _body_fits(kind: str, live: Any, recorded: Any) -> bool:
    """Bodies by their keys; Any: what they are, the kind says."""
    match kind:
        case "json":
            return fits("json", live, recorded)
        case "form":
            return _pairs_fit(live, recorded)
        case "bytes":
            return fits("bytes", live.decode("latin-1"), recorded.decode("latin-1"))
        case "multipart":
            return len(live) == len(recorded) and all(
                part[:-1] == was[:-1]
                and fits("pair", part.content.decode("latin-1"), was.content.decode("latin-1"))
                for part, was in zip(live, recorded, strict=True)
            )
        case _:
            return bool(live == recorded)


def _pairs_fit(live: tuple[tuple[str, str], ...], recorded: tuple[tuple[str, str], ...]) -> bool:
    return len(live) == len(recorded) and all(
        name == other and fits("pair", value, was)
        for (name, value), (other, was) in zip(live, recorded, strict=True)
    )


def fits(place: str, live: str, recorded: str) -> bool:
    """Whether a text is the recorded one, or differs from it under placeholders only.

    `place` says what one placeholder may stand for: a path segment, a value, a JSON string, a word.
    """
    if live == recorded:
        return True
    live, recorded = unquoted(live), unquoted(recorded)
    if not holds_placeholder(recorded):
        return False
    return _passes(live, re.split(MASK, recorded), place)


def _passes(text: str, pieces: list[str], place: str) -> bool:
    """Whether the text is these pieces with one value between each two.

    Each piece is taken where it first comes: what a later one leaves room for, the first does too,
    as whatever a value must not hold would stand before the later one.
    """
    first, *middle, last = pieces
    if not text.startswith(first):
        return False
    at = len(first)
    for piece in middle:
        at = _behind(text, at, piece, place)
        if at < 0:
            return False
    end = len(text) - len(last)
    return end > at and text.endswith(last) and _VALUE[place].fullmatch(text, at, end) is not None


def _behind(text: str, at: int, piece: str, place: str) -> int:
    """Where the piece ends that comes first behind a value which begins here; -1 where none does."""
    value = _VALUE[place].match(text, at)
    if value is None:
        return -1
    found = text.find(piece, at + 1, value.end() + len(piece))
    while found >= 0 and place == "json" and _is_escaped(text, at, found):
        found = text.find(piece, found + 1, value.end() + len(piece))
    if place == "bytes" and text[value.end() - 1] == ">" and found > text.rfind("<", at, value.end()):
        found = value.end() if text.startswith(piece, value.end()) else -1  # no piece begins in a placeholder
    return found + len(piece) if found >= 0 else -1


def _is_escaped(text: str, start: int, at: int) -> bool:
    """Whether an odd number of backslashes stands before this character."""
    before = at
    while before > start and text[before - 1] == "\\":
        before -= 1
    return (at - before) % 2 == 1
