"""A cassette file as a stream of documents: the split, the lazy index, and putting it together again.

The law of this file: the file is cut where YAML itself would cut it, and nowhere else. A ``---`` in
the first column, followed by white space or the end of the line, ends a document in every context
(YAML 1.1 section 9.2): a literal block is indented, and quoted text cannot hold such a line. So the
file is cut by searching bytes; documents are decoded and parsed when they are touched, and the
search goes no further than it was asked to.
"""

from __future__ import annotations

import mmap
import re
from typing import TYPE_CHECKING

from ..exceptions import CassetteUnreadable
from .shape import read_scalar
from .yaml_reader import find_line, read_document

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Sequence
    from pathlib import Path

    from .notation import Node

__all__ = ["LAST_LINE", "Piece", "Stream", "assemble", "separated"]

_FIRST_LINE = b"# api-mocker cassette\n"
_SEPARATOR = b"---\n"
LAST_LINE = b"...\n"
_BOM = b"\xef\xbb\xbf"

_OWN_SEPARATOR = (b"--- ", b"---\t")
_AFTER_DASHES = (b"", b" ", b"\t", b"\r", b"\n")
_BARE = re.compile(rb"---[ \t]*+\r?\n?")
_BLANK = rb" *+(?:#[^\r\n]*+)?\r?"
_ONLY_COMMENTS = re.compile(rb"(?:%b\n)*+" % _BLANK)
_CLOSING = re.compile(rb"\n\.\.\.(?:[ \t]++#[^\r\n]*+|[ \t]*+)\r?(?:\n%b)*+\Z" % _BLANK)
_CLOSING_REACH = 4096  # bytes at the end in which `...` is looked for: it and a comment

_KEEP = 16 << 20  # bytes of a mapped file that stay in memory while it is searched
_PAGES = 1 << 16  # a multiple of every system's page

# The next line must begin with a key at these indentations, or the URL may go on in it.
_HEAD = re.compile(rb"request:\r?\n  method: ([^\r\n]++)\r?\n  url: ([^\r\n]++)\r?\n(?:  )?[a-z]")
_HEAD_REACH = 4096  # bytes; an interaction with a longer URL is parsed in full


class Piece:
    """One document, as it stands in the file; nothing of it is decoded before it is asked for.

    ``start`` and ``end`` are offsets in bytes, ``line`` the number of its first line, from 1. A
    separator line that says more than ``---`` belongs to the piece, so that a comment is not lost.
    """

    __slots__ = ("_stream", "end", "line", "start")

    def __init__(self, stream: Stream, start: int, end: int, line: int) -> None:
        self._stream = stream
        self.start = start
        self.end = end
        self.line = line

    @property
    def raw(self) -> bytes:
        """The bytes, the newline before the next separator included."""
        return self._stream.data[self.start : self.end]

    @property
    def text(self) -> str:
        """The text; CassetteUnreadable where it is not UTF-8."""
        raw = self.raw
        try:
            return raw.decode()
        except UnicodeDecodeError as error:
            line = self.line + raw.count(b"\n", 0, error.start)
            raise CassetteUnreadable("not UTF-8 text", self._stream.path, line) from None

    def read(self) -> dict[str, Node]:
        """The document; CassetteUnreadable where it is broken."""
        return read_document(self.text, path=self._stream.path, line=self.line)

    def line_of(self, place: Sequence[str]) -> int:
        """The line of the key that these keys lead to, or of the last of them that is there."""
        return self.line + find_line(self.text, place)

    def look(self) -> tuple[str, str] | None:
        """Method and URL of an interaction from its first lines, without parsing the rest.

        None where they have not exactly the shape of the emitter; the caller then parses in full.
        Where there is an answer, `read` gives the same one or raises.
        """
        head = _HEAD.match(self._stream.data[self.start : min(self.end, self.start + _HEAD_REACH)])
        if head is None:
            return None
        try:
            method, url = read_scalar(head[1].decode()), read_scalar(head[2].decode())
        except UnicodeDecodeError:
            return None
        return None if method is None or url is None else (method, url)


class Stream:
    """The pieces of a file, found as they are asked for.

    `data` is the whole file, as bytes or as a memory map that outlives the stream; `path` is for
    errors. Only one thread at a time may use a stream.
    """

    def __init__(self, data: bytes | mmap.mmap, path: Path | str | None = None) -> None:
        self.data = data
        self.path = path
        tail_at = max(0, len(data) - _CLOSING_REACH)
        closing = _CLOSING.search(data[tail_at:])
        self.closed = closing is not None
        """Whether the file ends with ``...``; one that does not was cut off, or never finished."""
        self._end = tail_at + closing.start() + 1 if closing else len(data)
        self._pieces: list[Piece] = []
        self._first = self._start = len(_BOM) if data[: len(_BOM)] == _BOM else 0
        self._line = 1
        self._search_at = self._start
        self._gone = 0  # bytes of a mapped file that were let go
        self._exhausted = False
        if data[self._start : self._start + 3] == b"---":
            self._begin_at(self._start)

    @property
    def known(self) -> int:
        """How many pieces have been found so far, the header among them."""
        return len(self._pieces)

    @property
    def header(self) -> Piece:
        """The first document; CassetteUnreadable where the file is empty."""
        if not self.data:
            raise CassetteUnreadable("the file is empty", self.path)
        self._reach(0)
        return self._pieces[0]

    def interactions(self) -> Iterator[Piece]:
        """The documents after the header, each found when the iterator gets there."""
        at = 1
        while self._reach(at):
            yield self._pieces[at]
            at += 1

    def without(self, numbers: Container[int]) -> Iterator[bytes]:
        """The bytes of the file but for these interactions (from 0), and the separators above them."""
        at = 0
        for number, piece in enumerate(self.interactions()):
            if number in numbers:
                yield self.data[at : self._pieces[number].end]  # where the one before it ends
                at = piece.end
        yield self.data[at:]

    def require_closed(self) -> None:
        """Raise CassetteUnreadable when the file does not end with ``...``."""
        if not self.closed:
            last = self.data[:].count(b"\n") + 1
            raise CassetteUnreadable("the file was cut off: it does not end with '...'", self.path, last)

    def _reach(self, at: int) -> bool:
        """Whether there is a piece `at`; searches as far as that and no further."""
        while len(self._pieces) <= at and not self._exhausted:
            self._find()
        return at < len(self._pieces)

    def _find(self) -> None:
        """Find the end of the piece that begins at `_start`."""
        separator = self._next_separator()
        end = self._end if separator is None else separator
        start, line = self._start, self._line
        if separator is None:
            self._exhausted = True
        else:
            self._begin_at(separator)
            self._let_go(separator)
            # Comments above the first separator are no document (YAML 1.1 section 9.2).
            if start == self._first and _ONLY_COMMENTS.fullmatch(self.data[start:end]):
                return
        self._pieces.append(Piece(self, start, end, line))

    def _let_go(self, end: int) -> None:
        """What was searched of a mapped file need not stay in memory; it is read again where it is touched."""
        page = end - end % _PAGES
        if isinstance(self.data, bytes) or page - self._gone < _KEEP:
            return
        if hasattr(mmap, "MADV_DONTNEED"):
            self.data.madvise(mmap.MADV_DONTNEED, self._gone, page - self._gone)
            self._gone = page

    def _next_separator(self) -> int | None:
        at = self._search_at
        while (found := self.data.find(b"\n---", at, self._end)) >= 0:
            at = found + 1
            if self.data[at + 3 : at + 4] in _AFTER_DASHES:
                return at
        return None

    def _begin_at(self, separator: int) -> None:
        """Begin the next piece at this separator line, or behind it where the line says nothing else."""
        stop = self.data.find(b"\n", separator, self._end) + 1 or self._end
        bare = _BARE.fullmatch(self.data[separator:stop])
        start = stop if bare else separator
        self._line += self.data[self._start : start].count(b"\n")
        self._start = start
        self._search_at = stop - 1


def assemble(header: str | bytes, pieces: Iterable[str | bytes]) -> Iterator[bytes]:
    """The bytes of a file, from documents as text (just emitted) or as bytes (copied as they are).

    Of a piece that was read, ``raw`` is to be given: it comes out unchanged, byte for byte.
    """
    first = _ended(header)
    if not first.startswith(b"#"):
        yield _FIRST_LINE
    yield first
    for piece in pieces:
        yield separated(piece)
    yield LAST_LINE


def separated(piece: str | bytes) -> bytes:
    """A document with the separator line that stands above it in a file."""
    raw = _ended(piece)
    return raw if raw.startswith(_OWN_SEPARATOR) else _SEPARATOR + raw


def _ended(text: str | bytes) -> bytes:
    raw = text.encode() if isinstance(text, str) else text
    return raw if raw.endswith(b"\n") else raw + b"\n"
