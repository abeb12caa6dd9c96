"""A body too large to be held, in windows, each of which can be looked at by itself.

The law of this file: nothing that is to be found in a body is cut in two. A window ends behind a record where the
body has records (`RECORDS`), else behind a line, a word or before a name; and before whatever a rule would take for
a secret that goes on beyond its end. What has structure across its lines (`WHOLE`) is not cut at all.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from itertools import islice
from typing import TYPE_CHECKING

from ..exceptions import CassetteError
from .redaction_draft import SNIFFED, Draft
from .redaction_functions import found_by

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .large_body import LargeBody
    from .model import Headers
    from .redaction_rules import Rules
    from .vault import Vault

__all__ = ["WHOLE", "WINDOW", "Windows", "head_of", "heading_of", "holds", "words"]

WINDOW = 2 << 20
"""Bytes that are looked at together, if nothing ends there and there."""

WHOLE = frozenset({"json", "xml", "form", "multipart", "graphql"})
"""The kinds of body that cannot be looked at in parts."""

_LONGEST_RECORD = 64 << 20
_LONGEST_HEADING = 1 << 16
_MARGIN = 1 << 16
_WIDEST_MARGIN = 1 << 18
_BLOB = 1_000_000  # characters of base64, up to which it is looked into

_FAR = 2048  # what a name announces on the lines below it stands nearer than that
_NEAR = 256  # a name and the value that is assigned to it
_TAG = 4096
_TRIED = 64  # ends of lines

_LINE = re.compile(r"\n")
_BREAK = re.compile(r"\s|>(?=<)|[,;&](?![ ])")

_ALPHABET = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_")
_MARKS = bytes(0x61 if char in _ALPHABET else 0x2E for char in range(256))

_LONGEST_WORD = 4096
_WORDS = bytes(char if 0x21 <= char < 0x7F and char not in b",\"'()[]{}|" else 0x20 for char in range(256))


def _lines(piece: bytes, _: bytes) -> int:
    return piece.rfind(b"\n") + 1


def _events(piece: bytes, _: bytes) -> int:
    """Behind the last blank line (WHATWG HTML, 9.2.5)."""
    found = ((piece.rfind(mark), len(mark)) for mark in (b"\n\n", b"\r\n\r\n", b"\r\r"))
    return max(at + size if at >= 0 else 0 for at, size in found)


def _rows(piece: bytes, head: bytes) -> int:
    """Behind the last row that ends outside of quotes, where the piece begins outside (RFC 4180)."""
    mark = b"\n" if b"\n" in head else b"\r"
    end, quotes = len(piece), piece.count(b'"')
    while (at := piece.rfind(mark, 0, end)) >= 0:
        quotes -= piece.count(b'"', at, end)
        if quotes % 2 == 0:
            return at + 1
        end = at
    return 0


RECORDS: dict[str, Callable[[bytes, bytes], int]] = {"lines": _lines, "events": _events, "csv": _rows}
"""Where the last record of a piece ends, by the kind of a body, and by its beginning; 0 where none ends."""


class Windows:
    """Cuts bodies where `rules` and `vault` find nothing that goes on behind the cut."""

    def __init__(self, rules: Rules, vault: Vault, size: int) -> None:
        self._rules = rules
        self._vault = vault
        self._size = size

    def of(self, large: LargeBody, head: Draft) -> Iterator[tuple[int, bytes]]:
        """Each window and where it begins; `head` is what the body begins with, and says how to read it.

        CassetteError where there is no place to cut.
        """
        at = 0
        while at < large.size:
            piece = self._records(large, at, head) if head.kind in RECORDS else self._part(large, at, head)
            yield at, piece
            at += len(piece)

    def _records(self, large: LargeBody, at: int, head: Draft) -> bytes:
        size = self._size
        while True:
            piece = large.read(at, size)
            if at + len(piece) >= large.size:
                return piece
            if end := RECORDS[head.kind](piece, head.body):
                return piece[:end]
            if size >= _LONGEST_RECORD:
                raise CassetteError(
                    f"it has a record of more than {_LONGEST_RECORD >> 20} MiB, and secrets in it are found in whole "
                    f"records only. Let its host pass untouched (passthrough), or ask for less of it"
                )
            size *= 2

    def _part(self, large: LargeBody, at: int, head: Draft) -> bytes:
        # A value that is percent-encoded, or escaped, is several times as long.
        margin = min(max(_MARGIN, 8 * self._vault.longest), _WIDEST_MARGIN, self._size // 4)
        piece = large.read(at, self._size + margin)
        return piece[: self._end(piece, margin, head)] if at + len(piece) < large.size else piece

    def _end(self, piece: bytes, margin: int, head: Draft) -> int:
        want = self._size - self._size % 4
        start = _blob(piece, want)
        if want - _BLOB < start < want - margin:
            want = start - start % 4
        first = max(0, want - margin)
        first -= first % 4
        near = piece[first : want + margin]
        if not head.wide:
            return first + self._cut(near.decode("latin-1"), want - first, head.kind) or want
        before, behind = (
            part.decode(head.wide, "replace") for part in (near[: want - first], near[want - first :])
        )
        cut = self._cut(before + behind, len(before), head.kind)
        return first + len((before + behind)[:cut].encode(head.wide, "replace")) or want

    def _cut(self, text: str, at: int, kind: str) -> int:
        """Where to cut `text`, `at` or before."""
        held = _merged(self._held(text))
        if kind != "binary":
            for end in self._ends(text, at):
                if not _inside(end, held) and not _in_tag(text, end):
                    return end
            at = text.rfind("<", 1, at) if _in_tag(text, at) else _character(text, at)
        return _outside(at, held)

    def _ends(self, text: str, at: int) -> Iterator[int]:
        """Where something ends in `text`, `at` or before; what comes first is better."""
        names = [start for start, _ in self._rules.stems.spans(text[:at])]

        def far(ends: list[int], distance: int) -> list[int]:
            return [end for end in ends if bisect_left(names, end - distance) == bisect_left(names, end)]

        seen = min(_TAG, at // 2)  # so much of what stands before an end is known
        lines, breaks = (
            [match.end() for match in pattern.finditer(text, seen, at)] for pattern in (_LINE, _BREAK)
        )
        for ends in (far(lines, _FAR), lines, far(breaks, _NEAR), names):
            yield from islice(reversed(ends), _TRIED)

    def _held(self, text: str) -> Iterator[tuple[int, int]]:
        """What may be a secret."""
        for echo in self._vault.sought(text):
            yield echo.start, echo.end
        for pattern in self._rules.forms.candidates(text):
            for match in pattern.regex.finditer(text):
                yield match.span()
        for function in self._rules.functions:
            yield from found_by(function, text)


def head_of(large: LargeBody, headers: Headers) -> Draft:
    """What a body begins with, as far as a character ends there; it is too long to be sniffed as a form."""
    piece = large.read(0, SNIFFED + 8)
    whole = Draft(piece, headers)
    return (
        whole if whole.wide else Draft(piece[: _character(piece.decode("latin-1"), len(piece) - 3)], headers)
    )


def heading_of(head: Draft) -> bytes:
    """The first row of a table, which says what stands in its columns; nothing of anything else."""
    if head.kind != "csv":
        return b""
    mark = b"\n" if b"\n" in head.body else b"\r"
    end = head.body.find(mark)
    while end >= 0 and head.body.count(b'"', 0, end) % 2:
        end = head.body.find(mark, end + 1)
    return head.body[: end + 1][:_LONGEST_HEADING]


def _merged(spans: Iterator[tuple[int, int]]) -> list[tuple[int, int]]:
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


def _in_tag(text: str, at: int) -> bool:
    first = max(0, at - _TAG)
    return text.rfind("<", first, at) > text.rfind(">", first, at)


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
        piece = large.read(at, WINDOW)
        if at + len(piece) < large.size:
            piece = piece[: _word_end(piece)]
        yield piece.decode("latin-1")
        at += len(piece)


def _word_end(piece: bytes) -> int:
    tail = piece[-_LONGEST_WORD:].translate(_WORDS)
    return len(piece) - len(tail) + tail.rfind(b" ") + 1


def holds(large: LargeBody, needle: bytes) -> bool:
    """Whether these bytes stand in it."""
    steps = range(0, large.size, WINDOW)
    return any(needle in large.read(max(0, at - len(needle)), WINDOW + len(needle)) for at in steps)
