"""A body on its way to being redacted: a text, edits of it, and the bytes and chunks that result.

The law of this file: what no edit touches stays byte for byte. A charset is only used where it
gives back the very bytes it read, else latin-1, which always does.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import lru_cache
from typing import TYPE_CHECKING, TypeAlias

from .model import media_type
from .placeholders import referenced

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .model import Headers

__all__ = ["JSON_KINDS", "SNIFFED", "Draft", "Edit", "disjoint", "edited", "well_formed"]

Edit: TypeAlias = tuple[int, int, str]
"""What stands from start to end becomes the new text."""

JSON_KINDS = frozenset({"json", "lines", "events"})
"""The kinds of body that are JSON, or a stream of it."""

_KINDS = (
    (re.compile(r"multipart/.*"), "multipart"),
    (re.compile(r"text/event-stream"), "events"),
    (re.compile(r"application/(?:x-)?(?:ndjson|jsonl|jsonlines|json-lines|json-seq|json-stream)"), "lines"),
    (re.compile(r"(?:application|text)/(?:.*[+.-])?json(?:[+.-].*)?"), "json"),
    (re.compile(r"application/x-www-form-urlencoded"), "form"),
    (re.compile(r"application/graphql"), "graphql"),
    (re.compile(r"text/(?:csv|tab-separated-values)|application/csv"), "csv"),
    (re.compile(r"(?:application|text|image)/(?:.*[+.-])?xml(?:[+.-].*)?"), "xml"),
)
_TEXTUAL = re.compile(r"|text/.*|.*(?:json|xml|javascript|graphql|yaml|urlencoded|multipart|http).*")
_CODE = re.compile(r".*(?:html|javascript|ecmascript|typescript|css).*")
_FORM = re.compile(r"[\w.%+\[\]-]{1,100}=[^&\s]*(?:&[\w.%+\[\]-]{1,100}=[^&\s]*)*")
_NARROW = re.compile(rb"[!-~]{8}")  # a word in a text of wide characters has zeros in it: this one is none
_OBJECT = re.compile(r"\s*\{\s*[\"}]")  # of JSON: a selection begins with a name

SNIFFED = 65_536
"""Characters of a text, up to which it may be a form though nobody says so."""

_SHOWS_KIND = 8192  # bytes: where a zero is among them, and nobody says what they are, they are no text
_CDATA = re.compile(r"<!\[CDATA\[.*?(?:\]\]>|\Z)", re.DOTALL)


class Draft:
    """A body being redacted. `kind` says how to look for names in it; `code`: it is one's source.

    One that is part of a larger one, whose beginning is `after`, is of its kind, whatever it begins with itself.
    """

    __slots__ = ("_encoding", "body", "boundary", "changed", "code", "kind", "sizes", "text")

    def __init__(
        self,
        body: bytes,
        headers: Headers,
        sizes: tuple[int, ...] | None = None,
        after: Draft | None = None,
    ) -> None:
        self.body = body
        self.sizes = sizes
        self.changed = self.code = False
        self.text = self.kind = self.boundary = ""
        self._encoding = "utf-8"
        if not body:
            return
        declared, parameters = media_type(headers)
        self.boundary = parameters.get("boundary", "")
        self.text, self._encoding, sure = _decoded(
            body, declared, parameters.get("charset", ""), "" if after is None else after.wide
        )
        self.code = _CODE.fullmatch(declared) is not None
        textual = sure or (_TEXTUAL.fullmatch(declared) and (declared or b"\0" not in body[:_SHOWS_KIND]))
        if not textual:
            self.kind = "binary"
        elif after is None:
            self.kind = _kind(declared, self.text)
        else:
            self.kind = "text" if after.kind == "binary" else after.kind

    @property
    def wide(self) -> str:
        """The charset, where a character of it takes several bytes always; in the order that it was read in."""
        name = self._encoding.lower().replace("_", "-")
        if not name.startswith(("utf-16", "utf-32")):
            return ""
        return name if name.endswith(("le", "be")) else f"{name}-le"  # what begins with a mark says the order

    def edit(self, edits: list[Edit]) -> None:
        """Makes the edits; where two overlap, the first one counts."""
        edits = disjoint(edits)
        if not edits:
            return
        if self.kind == "xml":
            edits = well_formed(self.text, edits)
        if self.sizes is not None and sum(self.sizes) == len(self.body):
            self.sizes = _shifted(self.sizes, self._in_bytes(edits))
        self.text = _applied(self.text, edits)
        self.body = self._coded(self.text)
        self.changed = True

    def _coded(self, text: str) -> bytes:
        try:
            return text.encode(self._encoding)
        except ValueError:  # some codecs read what they cannot write once it was edited
            return text.encode("utf-8", "surrogatepass")

    def _in_bytes(self, edits: Iterable[Edit]) -> list[tuple[int, int, int]]:
        """The edits as (start, end, new length), counted in bytes."""
        spans, at, seen = [], 0, 0
        for start, end, new in edits:
            first = at + len(self._coded(self.text[seen:start]))
            at = first + len(self._coded(self.text[start:end]))
            seen = end
            spans.append((first, at, len(self._coded(new))))
        return spans


def edited(text: str, edits: list[Edit]) -> str:
    """`text` with the edits made; where two overlap, the first one counts."""
    return _applied(text, disjoint(edits)) if edits else text


def disjoint(edits: list[Edit]) -> list[Edit]:
    """The edits in order; where two overlap, the first one counts."""
    kept: list[Edit] = []
    for edit in sorted(edits, key=lambda edit: edit[0]):
        if not kept or edit[0] >= kept[-1][1]:
            kept.append(edit)
    return kept


def well_formed(text: str, edits: list[Edit]) -> list[Edit]:
    """The edits as XML takes them: a ``<`` is written as itself in CDATA sections only."""
    sections = [match.span() for match in _CDATA.finditer(text)]
    if not sections:
        return [(start, end, referenced(new)) for start, end, new in edits]
    ends = [end for _, end in sections] + [len(text)]
    starts = [start for start, _ in sections] + [len(text)]
    return [
        (start, end, new if starts[bisect_right(ends, start)] < start else referenced(new))
        for start, end, new in edits
    ]


def _applied(text: str, edits: list[Edit]) -> str:
    pieces, seen = [], 0
    for start, end, new in edits:
        pieces += [text[seen:start], new]
        seen = end
    return "".join([*pieces, text[seen:]])


def _shifted(sizes: tuple[int, ...], spans: list[tuple[int, int, int]]) -> tuple[int, ...]:
    """Chunk sizes after the edits: a change lies wholly in the chunk in which the old value began."""
    bounds, end = [], 0
    for size in sizes:
        end += size
        bounds.append(end)
    moved, grown, at = [], 0, 0
    for bound in bounds:
        while at < len(spans) and spans[at][0] < bound:
            grown += spans[at][2] - (spans[at][1] - spans[at][0])
            at += 1
        # A value that goes on beyond this bound takes its rest into this chunk.
        rest = max(0, spans[at - 1][1] - bound) if at else 0
        moved.append(bound + rest + grown)
    starts = [0, *moved]
    return tuple(end - start for start, end in zip(starts, moved, strict=False) if end > start)


@lru_cache(maxsize=256)
def _declared_kind(declared: str) -> str:
    return next((kind for pattern, kind in _KINDS if pattern.fullmatch(declared)), "")


def _kind(declared: str, text: str) -> str:
    kind = _declared_kind(declared)
    if kind in ("multipart", "events", "lines"):
        return kind
    if kind == "graphql" and _OBJECT.match(text) is None:
        return kind
    if text.lstrip("\ufeff \t\r\n")[:1] in ("{", "["):
        return "json"
    if text.startswith("<?xml"):
        return "xml"
    if kind:
        return kind
    return "form" if len(text) <= SNIFFED and _FORM.fullmatch(text.strip()) else "text"


def _decoded(body: bytes, declared: str, charset: str, before: str = "") -> tuple[str, str, bool]:
    """The text, the charset that gives the same bytes back, and whether it was more than a guess.

    `before` is the one of what stands before it, if that is a wide one.
    """
    charsets = ["utf-8"]
    if before:
        charsets.insert(0, before)
    elif charset and charset.lower() not in ("utf-8", "utf8", "us-ascii"):
        charsets.insert(0, charset)
    elif b"\0" in body[:4] and _TEXTUAL.fullmatch(declared) and _NARROW.search(body) is None:
        charsets[:0] = ["utf-32-le", "utf-32-be", "utf-16-le", "utf-16-be"]
    for name in charsets:
        try:
            text = body.decode(name)
            if name == "utf-8" or text.encode(name) == body:
                return text, name, True
        except (LookupError, ValueError):
            continue
    return body.decode("latin-1"), "latin-1", False
