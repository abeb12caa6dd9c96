"""A body too large to be held, in windows, each of which can be looked at by itself.

The law of this file: nothing that is to be found in a body is cut in two. A window ends behind a line, a
member or a word, and before whatever a rule would take for a secret that goes on beyond its end.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from itertools import islice
from typing import TYPE_CHECKING

from .redaction_draft import Draft
from .redaction_functions import found_by

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from .large_body import LargeBody
    from .model import Headers
    from .redaction_rules import Rules
    from .vault import Vault

__all__ = ["Windows", "head_of", "holds", "words"]

_WINDOW = 2 << 20
_MARGIN = 1 << 16
_BLOB = 1_000_000  # characters of base64, up to which it is looked into

_NEAR = 256  # a name and the value that is assigned to it
_TRIED = 64  # ends of lines

_LINE = re.compile(r"\n")
_MEMBER = re.compile(r'(?<![\\:,\[{\s])"\s*,(?=\s*")|[}\]]\s*,|>(?=<)|&')
_WORD = re.compile(r"\s")

_ALPHABET = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_")
_MARKS = bytes(0x61 if char in _ALPHABET else 0x2E for char in range(256))


_LONGEST_WORD = 4096
_WORDS = bytes(char if 0x21 <= char < 0x7F and char not in b",\"'()[]{}|" else 0x20 for char in range(256))


class Windows:
    """Cuts bodies where `rules` and `vault` find nothing that goes on behind the cut."""

    def __init__(self, rules: Rules, vault: Vault) -> None:
        self._rules = rules
        self._vault = vault

    def of(self, large: LargeBody, head: Draft) -> Iterator[tuple[int, bytes]]:
        """Each window and where it begins; `head` is what the body begins with, and says how to read it."""
        # A value that is percent-encoded, or escaped, is several times as long.
        margin = max(_MARGIN, 8 * self._vault.longest)
        at = 0
        while at < large.size:
            piece = large.read(at, _WINDOW + margin)
            if at + len(piece) < large.size:
                piece = piece[: self._end(piece, margin, head)]
            yield at, piece
            at += len(piece)

    def _end(self, piece: bytes, margin: int, head: Draft) -> int:
        want = _WINDOW - _WINDOW % 4
        start = _blob(piece, want)
        if want - _BLOB < start < want - margin:
            want = start - start % 4
        first = max(0, want - margin)
        first -= first % 4
        near = piece[first : want + margin]
        if head.wide:
            before, behind = (
                part.decode(head.wide, "replace") for part in (near[: want - first], near[want - first :])
            )
            cut = self._cut(before + behind, len(before), head.kind)
            found = first + len((before + behind)[:cut].encode(head.wide, "replace"))
        else:
            outside = None if head.kind != "csv" else _Quotes(piece, first)
            found = first + self._cut(near.decode("latin-1"), want - first, head.kind, outside)
        return found or want

    def _cut(self, text: str, at: int, kind: str, fits: Callable[[int], bool] | None = None) -> int:
        """Where to cut `text`, `at` or before."""
        held = _merged(self._held(text))
        for end in islice(_ends(_LINE, text, at), _TRIED):
            if not _inside(end, held) and (fits is None or fits(end)):
                return end
        words = [start for start, _ in self._rules.stems.spans(text[:at])]
        for pattern in (_MEMBER, _WORD):
            for end in islice(_ends(pattern, text, at), _TRIED):
                before = bisect_right(words, end)
                if not _inside(end, held) and (not before or words[before - 1] < end - _NEAR):
                    return end
        return _outside(_character(text, at) if kind != "binary" else at, held)

    def _held(self, text: str) -> Iterator[tuple[int, int]]:
        """What may be a secret."""
        for start, end, _ in self._vault.sought(text):
            yield start, end
        for pattern in self._rules.forms.candidates(text):
            for match in pattern.regex.finditer(text):
                yield match.span()
        for function in self._rules.functions:
            yield from found_by(function, text)


class _Quotes:
    """Whether a place in a table is outside of quotes, where the window begins outside."""

    def __init__(self, piece: bytes, first: int) -> None:
        self._piece = piece
        self._first = first

    def __call__(self, end: int) -> bool:
        return self._piece.count(b'"', 0, self._first + end) % 2 == 0


def head_of(large: LargeBody, headers: Headers) -> Draft:
    """What a body begins with, as far as a character ends there."""
    piece = large.read(0, _MARGIN)
    return Draft(piece[: _character(piece.decode("latin-1"), len(piece) - 1)], headers)


def _ends(pattern: re.Pattern[str], text: str, at: int) -> Iterable[int]:
    """Where its matches end, the last one before `at` first."""
    return reversed([match.end() for match in pattern.finditer(text, 1, at)])


def _merged(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if found and start < found[-1][1]:
            found[-1] = found[-1][0], max(end, found[-1][1])
        else:
            found.append((start, end))
    return found


def _inside(at: int, held: list[tuple[int, int]]) -> bool:
    before = bisect_right(held, (at, 0)) - 1
    return before >= 0 and held[before][0] < at < held[before][1]


def _outside(at: int, held: list[tuple[int, int]]) -> int:
    """The same place, or the beginning of what stands there."""
    before = bisect_right(held, (at, 0)) - 1
    return held[before][0] if _inside(at, held) and held[before][0] else at


def _character(text: str, at: int) -> int:
    """Where a character begins, of UTF-8 that is read byte by byte."""
    start = at
    while start > max(0, at - 4) and "\x80" <= text[start : start + 1] <= "\xbf":
        start -= 1
    return start if at - start < 4 else at


def _blob(piece: bytes, at: int) -> int:
    """Where the run of base64 begins that stands at a place; the place itself where there is none."""
    return piece[max(0, at - _BLOB) : at].translate(_MARKS).rfind(b".") + 1 + max(0, at - _BLOB)


def words(large: LargeBody) -> Iterator[str]:
    """A body as latin-1, in pieces none of which ends within a word (a placeholder is one) that is not endless."""
    at = 0
    while at < large.size:
        piece = large.read(at, _WINDOW)
        if at + len(piece) < large.size:
            piece = piece[: _word_end(piece)]
        yield piece.decode("latin-1")
        at += len(piece)


def _word_end(piece: bytes) -> int:
    tail = piece[-_LONGEST_WORD:].translate(_WORDS)
    return len(piece) - len(tail) + tail.rfind(b" ") + 1


def holds(large: LargeBody, needle: bytes) -> bool:
    """Whether these bytes stand in it."""
    steps = range(0, large.size, _WINDOW)
    return any(needle in large.read(max(0, at - len(needle)), _WINDOW + len(needle)) for at in steps)
