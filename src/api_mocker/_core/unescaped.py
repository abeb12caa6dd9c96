"""A text with its characters read that are escaped for no reason: letters and digits among them.

The law of this file: no encoder escapes letters and digits, so a text is read anew only where one is;
what is found there is told by its place in the text as it stands. The time is linear in the text.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import TYPE_CHECKING

from .placeholders import holds_placeholder, is_placeholder, places_in, unquoted

if TYPE_CHECKING:
    from .redaction_draft import Edit

__all__ = ["Unescaped", "carries_placeholder", "escaped_placeholders", "unescaped"]

_ALNUM = r"(?:3[0-9]|[46][1-9A-Fa-f]|[57][0-9Aa])"  # in hexadecimal digits
_DECIMAL = r"(?:4[89]|5[0-7]|6[5-9]|[78]\d|9[0-9]|1[01]\d|12[0-2])"
_ENTITY = rf"(?:[xX]0*+{_ALNUM}|0*+{_DECIMAL})(?:;|%3[Bb])"
_CLUES = (
    ("u00", re.compile(rf"u00{_ALNUM}")),
    ("%", re.compile(rf"%(?:25)*+{_ALNUM}")),
    ("&#", re.compile(rf"&#{_ENTITY}")),
    ("%26%23", re.compile(rf"%26%23{_ENTITY}")),
)
_CODE = r"([2-7][0-9A-Fa-f])"
_ESCAPE = re.compile(
    rf"(?:(?<!\\)\\++|(?<!5[Cc])(?:%(?:25)*+5[Cc])++)u00{_CODE}"
    rf"|(?:&\#|%26%23)(?:[xX]0*+{_CODE}|0*+(\d{{2,3}}))(?:;|%3[Bb])"
    rf"|%(?:25)*+{_CODE}"
)


class Unescaped:
    """`text` is what the escapes say; `place` tells where a character of it stands in the original."""

    def __init__(self, original: str) -> None:
        pieces: list[str] = []
        # From each of these places on, both texts run alike until the next one.
        self._here, self._there = [0], [0]
        seen = length = 0
        for escape in _ESCAPE.finditer(original):
            start, end = escape.span()
            char = _said(escape)
            length += start - seen
            pieces += (original[seen:start], char)
            self._here += (length, length + 1)
            self._there += (start, end)
            length += 1
            seen = end
        self.text = "".join([*pieces, original[seen:]])

    def place(self, at: int) -> int:
        """Where in the original the character stands that is at `at` here."""
        index = bisect_right(self._here, at) - 1
        return self._there[index] + at - self._here[index]


def unescaped(text: str) -> Unescaped | None:
    """The text read once; None where no letter and no digit is escaped in it."""
    for clue, pattern in _CLUES:
        if clue in text and pattern.search(text):
            return Unescaped(text)
    return None


def carries_placeholder(data: bytes | str) -> bool:
    """Whether a placeholder or an unmistakable stand-in is anywhere in `data`, whatever is escaped of it."""
    if holds_placeholder(data):
        return True
    text = data.decode("latin-1") if isinstance(data, bytes) else data
    reading = unescaped(text)
    return reading is not None and holds_placeholder(reading.text)


def escaped_placeholders(text: str, reading: Unescaped | None) -> list[Edit]:
    """Edits that write a placeholder in plain where a client escaped its letters, too."""
    if reading is None:
        return []
    edits = []
    for first, last in places_in(reading.text):
        start, end = reading.place(first), reading.place(last)
        if not is_placeholder(text[start:end]):
            edits.append((start, end, unquoted(reading.text[first:last])))
    return edits


def _said(escape: re.Match[str]) -> str:
    json, entity, decimal, percent = escape.groups()
    return chr(int(decimal) if decimal else int(json or entity or percent, 16))
