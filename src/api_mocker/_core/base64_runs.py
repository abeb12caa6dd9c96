"""Runs of base64 that hold more than one value: where they end, and placeholders that come back in them.

The law of this file: in a run of base64, what stands behind a hidden value goes with it. How that is
written depends on how long the value is, and a placeholder has another length: it could neither be
read any more, nor be compared. What stands before it stays.
"""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING

from .placeholders import BASE64_STARTS, PLACEHOLDER

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .redaction_draft import Edit

__all__ = ["coded_placeholders", "padding_end", "run_end"]

_PLUS = r"%(?:25)*+2[Bb]"
_SLASH = r"%(?:25)*+2[Ff]"
_ESCAPED_SLASH = r"\\++/"
_PADDING = re.compile(r"(?:=|%(?:25)*+3[Dd]|\\++u003[dD]){0,2}+")
_REST = re.compile(rf"(?:[A-Za-z0-9+/_-]|{_PLUS}|{_SLASH}|{_ESCAPED_SLASH})*+")
_REST_OF_SEGMENT = re.compile(rf"(?:[A-Za-z0-9+_-]|{_PLUS}|{_SLASH})*+")
_SHARED = rf"(?:[A-Za-z0-9+/_-]|{_PLUS}|{_SLASH})"

_LONGEST_URL = 2_048  # of a longer one the beginning is not looked for
_DELIMITERS = re.compile(r"[\s\"'<>]")
_IN_PATH = re.compile(r"(?:[A-Za-z][A-Za-z0-9+.-]*:/)?/[^?#]*\Z")

_LONGEST_PLACEHOLDER = 128  # characters of base64 that hold the longest
_STARTS = [
    (shift, start, re.compile((_SHARED if shift else "") + start))
    for shift, start in enumerate(BASE64_STARTS)
]


def run_end(text: str, start: int, end: int) -> int:
    """Where the run of base64 ends that holds what stands from `start` to `end`; a segment of a path ends it."""
    before = _DELIMITERS.split(text[max(0, start - _LONGEST_URL) : start])[-1]
    rest = (_REST_OF_SEGMENT if _IN_PATH.match(before) else _REST).match(text, end)
    return padding_end(text, end if rest is None else rest.end())


def padding_end(text: str, at: int) -> int:
    """Where the padding ends, escaped or not, that begins there or does not."""
    padding = _PADDING.match(text, at)
    return at if padding is None else padding.end()


def coded_placeholders(text: str) -> list[Edit]:
    """Edits that write a placeholder in plain where a client coded it, as a replayed token in a blob."""
    found = [
        edit for shift, start, pattern in _STARTS if start in text for edit in _coded(text, pattern, shift)
    ]
    if len(found) > 1:
        found.sort()
        found = [edit for at, edit in enumerate(found) if not at or found[at - 1][1] <= edit[0]]
    return found


def _coded(text: str, pattern: re.Pattern[str], shift: int) -> Iterator[Edit]:
    at = 0
    while begun := pattern.search(text, at):
        end = at = run_end(text, *begun.span())
        # Without the characters that are shared with, or belong to, what stands before.
        code = "A" * shift + _plain(text[begun.start() : min(end, begun.start() + 3 * _LONGEST_PLACEHOLDER)])
        code = code[:_LONGEST_PLACEHOLDER]
        code = code[: len(code) - (len(code) % 4 == 1)]
        read = base64.b64decode(code + "=" * (-len(code) % 4)).decode("latin-1")
        mask = PLACEHOLDER.match(read, shift)
        if mask is not None:
            yield begun.start(), end, mask[0]


def _plain(code: str) -> str:
    for escape, char in ((_PLUS, "+"), (_SLASH, "/"), (_ESCAPED_SLASH, "/"), ("-", "+"), ("_", "/")):
        code = re.sub(escape, char, code)
    return re.sub(r"[^A-Za-z0-9+/].*", "", code, flags=re.DOTALL)
