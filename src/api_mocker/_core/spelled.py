"""A text that another one spells, with references of XML or escapes of JSON: read, and edited where it stands.

The law of this file: what no edit touches keeps its spelling, character by character.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from html import escape, unescape
from typing import TYPE_CHECKING

from .json_strings import escaped, unescaped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from .redaction_draft import Edit

__all__ = ["Spelled", "in_references", "in_string"]

_REFERENCE = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{0,31});")
_ESCAPE = re.compile(r"\\u[dD][89abAB]..\\u[dD][c-fC-F]..|\\u[0-9a-fA-F]{4}|\\.", re.DOTALL)


class Spelled:
    """`plain` is the text that `raw` spells: what `pattern` matches is read by `read`, the rest stands for itself."""

    def __init__(
        self, raw: str, pattern: re.Pattern[str], read: Callable[[str], str], write: Callable[[str], str]
    ) -> None:
        pieces: list[str] = []
        self._plain, self._raw = [0], [0]  # where the two meet, in order
        self._write = write
        seen = length = 0
        for match in pattern.finditer(raw):
            start, end = match.span()
            piece = read(match[0])
            pieces += [raw[seen:start], piece]
            length += start - seen
            self._plain += [length, length + len(piece)]
            self._raw += [start, end]
            length, seen = length + len(piece), end
        self.plain = "".join([*pieces, raw[seen:]])

    def edits(self, edits: Iterable[Edit], start: int) -> list[Edit]:
        """Edits of `plain` as those of a text in which `raw` begins at `start`."""
        return [
            (start + self._at(first), start + self._at(last), self._write(new)) for first, last, new in edits
        ]

    def _at(self, place: int) -> int:
        met = bisect_right(self._plain, place) - 1
        return self._raw[met] + place - self._plain[met]


def in_references(raw: str) -> Spelled:
    """The text that a text of XML spells (XML 1.0 section 4.1)."""
    return Spelled(raw, _REFERENCE, unescape, lambda new: escape(new, quote=False))


def in_string(raw: str) -> Spelled:
    """The text that the inside of a JSON string spells."""
    return Spelled(raw, _ESCAPE, unescaped, lambda new: escaped(new, raw))
