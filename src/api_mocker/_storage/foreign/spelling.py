"""How a scalar is written in a file, and how a changed part of it is written in its place.

The law of this file: of what did not change no character changes. Each style of writing is told apart into
pieces, so that a place in the value is a place in the text; where a text cannot be told so, the scalar is
written anew between quotes, and nothing around it is touched.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_left, bisect_right
from itertools import accumulate
from typing import TYPE_CHECKING, TypeAlias

from ..._core.placeholders import PLACEHOLDER, STAND_INS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["STYLES", "respelled"]

Piece: TypeAlias = tuple[str, int, int]
"""A part of the value, and where it is written."""

Edit: TypeAlias = tuple[int, int, str]

_MASK = re.compile("|".join([PLACEHOLDER.pattern, *(row.pattern.pattern for row in STAND_INS.values())]))
_FOLD = r"[ \t]*+\r?\n(?P<blank>(?:[ \t]*+\r?\n)*+)[ \t]*+"
_JSON = re.compile(r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\.|[^\\]+")
_DOUBLE = re.compile(
    r"(?P<code>\\x[0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\U[0-9a-fA-F]{8})|(?P<join>\\\r?\n(?:[ \t]*+\r?\n)*+[ \t]*+)"
    rf"|\\(?P<char>.)|(?P<fold>{_FOLD})|[^\\\s]+|[ \t]+"
)
_SINGLE = re.compile(rf"(?P<quote>'')|(?P<fold>{_FOLD})|[^'\s]+|[ \t]+")
_PLAIN = re.compile(rf"(?P<fold>{_FOLD})|[^\s]+|[ \t]+")
_ESCAPES = {
    "0": "\0",
    "a": "\a",
    "b": "\b",
    "t": "\t",
    "\t": "\t",
    "n": "\n",
    "v": "\v",
    "f": "\f",
    "r": "\r",
    "e": "\x1b",
    " ": " ",
    '"': '"',
    "\\": "\\",
    "/": "/",
    "N": "\x85",
    "_": "\xa0",
    "L": "\u2028",
    "P": "\u2029",
}
_HEADER = re.compile(r"[|>](?P<signs>[0-9+-]*)[ \t]*(?:#[^\n]*)?\r?\n")
_LINE = re.compile(r"[^\n]*\n|[^\n]+\Z")


def respelled(raw: str, style: str, old: str, new: str) -> str:
    """`raw`, in which the value `old` is written in this style, with the value `new` in its place."""
    pieces = [*STYLES[style](raw)]
    told = "".join(text for text, _, _ in pieces)
    # What ends a block is for its header to say.
    fits = told == old or (style in ("literal", "folded") and told.rstrip("\n") == old.rstrip("\n"))
    edited = _edited(raw, style, pieces, _edits(old, new)) if fits else None
    return _anew(raw, style, new) if edited is None else edited


def _edits(old: str, new: str) -> list[Edit]:
    """What of the old value is another one in the new: around placeholders where that explains it all."""
    masks = [*_MASK.finditer(new)]
    starts = [*(mask.start() for mask in masks), len(new)]
    ends = [0, *(mask.end() for mask in masks)]
    edits: list[Edit] = []
    at = 0
    for index, (first, last) in enumerate(zip(ends, starts, strict=True)):
        kept = new[first:last]
        found = len(old) - len(kept) if index == len(masks) else old.find(kept, at)
        if found < at or not old.startswith(kept, found) or (index == 0 and found):
            return _difference(old, new)
        if index and old[at:found] != masks[index - 1][0]:
            edits.append((at, found, masks[index - 1][0]))
        at = found + len(kept)
    return edits


def _difference(old: str, new: str) -> list[Edit]:
    """One edit, between what both begin and end with."""
    most = min(len(old), len(new))
    start = next((at for at in range(most) if old[at] != new[at]), most)
    left = most - start
    end = next((at for at in range(left) if old[-1 - at] != new[-1 - at]), left)
    return [(start, len(old) - end, new[start : len(new) - end])]


def _edited(raw: str, style: str, pieces: list[Piece], edits: list[Edit]) -> str | None:
    """The edits made where they are written; None where one begins or ends within what is one sign."""
    bounds = [0, *accumulate(len(text) for text, _, _ in pieces)]

    def place(at: int, *, is_end: bool) -> int | None:
        index = bisect_left(bounds, at) - 1 if is_end else bisect_right(bounds, at) - 1
        if not 0 <= index < len(pieces):
            return None
        text, start, end = pieces[index]
        within = at - bounds[index]
        if end - start == len(text):
            return start + within
        return start if not within else end if within == len(text) else None

    out, seen = [], 0
    for first, last, text in edits:
        start, end = place(first, is_end=False), place(last, is_end=True)
        if start is None or end is None or first == last:
            return None
        if "\n" in text and style not in ("json", "double"):
            return None
        out += [raw[seen:start], _written(text, style)]
        seen = end
    return "".join([*out, raw[seen:]])


def _written(text: str, style: str) -> str:
    if style in ("json", "double"):
        return _quoted(text)[1:-1]
    return text.replace("'", "''") if style == "single" else text


def _quoted(text: str) -> str:
    """Between double quotes, as JSON and YAML read it."""
    # A pair of escaped surrogates is one character to JSON and none to YAML; unescaped it is one to both.
    return re.sub(
        r"[\ud800-\udfff]", lambda lone: f"\\u{ord(lone[0]):04x}", json.dumps(text, ensure_ascii=False)
    )


def _anew(raw: str, style: str, new: str) -> str:
    """The whole scalar, as whole lines where it was some."""
    head = _HEADER.match(raw) if style in ("literal", "folded") else None
    if style == "bare" and _MASK.fullmatch(new) and not new.startswith("<"):
        return new
    if head is None:
        return _quoted(new)
    ending = "\r\n" if head[0].endswith("\r\n") else "\n"
    lines = raw[head.end() :].splitlines(keepends=True)
    base64 = new.rstrip("\n").split("\n")
    if style == "literal" and lines and len(base64) > 1 and not any(map(str.isspace, "".join(base64))):
        indent = lines[0][: len(lines[0]) - len(lines[0].lstrip(" "))]
        return head[0] + "".join(f"{indent}{line}{ending}" for line in base64)
    return _quoted(new) + (ending if raw.endswith("\n") else "")


def _json(raw: str) -> Iterator[Piece]:
    for match in _JSON.finditer(raw, 1, len(raw) - 1):
        told = json.loads(f'"{match[0]}"') if match[0][0] == "\\" else match[0]
        yield told, *match.span()


def _double(raw: str) -> Iterator[Piece]:
    for match in _DOUBLE.finditer(raw, 1, len(raw) - 1):
        if match["code"]:
            told = chr(int(match["code"].lower().replace("\\", "0").replace("u", "x"), 0))
        elif match["join"]:
            told = "\n" * (match["join"].count("\n") - 1)
        elif match["char"]:
            told = _ESCAPES.get(match["char"], "")
        else:
            told = _unfolded(match)
        yield told, *match.span()


def _single(raw: str) -> Iterator[Piece]:
    for match in _SINGLE.finditer(raw, 1, len(raw) - 1):
        yield ("'" if match["quote"] else _unfolded(match)), *match.span()


def _plain(raw: str) -> Iterator[Piece]:
    for match in _PLAIN.finditer(raw.rstrip()):
        yield _unfolded(match), *match.span()


def _bare(raw: str) -> Iterator[Piece]:
    yield raw, 0, len(raw)


def _unfolded(match: re.Match[str]) -> str:
    if match["fold"] is None:
        return match[0]
    return "\n" * match["blank"].count("\n") or " "


def _literal(raw: str) -> Iterator[Piece]:
    for text, at, end in _lines(raw):
        told = text.rstrip("\r")
        yield told, at, at + len(told)
        yield "\n", at + len(text), end


def _folded(raw: str) -> Iterator[Piece]:
    before: str | None = None  # the last line that was not empty
    breaks, since = 0, 0
    for text, at, _ in _lines(raw):
        told = text.rstrip("\r")
        if told:
            if before is None or before[0] in " \t" or told[0] in " \t":
                between = "\n" * breaks
            else:
                between = "\n" * (breaks - 1) or " "
            if breaks:
                yield between, since, at
            yield told, at, at + len(told)
            before, breaks, since = told, 0, at + len(told)
        elif before is None and not breaks:
            since = at
        breaks += 1


def _lines(raw: str) -> Iterator[Piece]:
    """The lines of a block without their indentation and their ends; the third is where the next one begins."""
    head = _HEADER.match(raw)
    if head is None:
        return
    lines = [*_LINE.finditer(raw, head.end())]
    indent = next((len(line[0]) - len(line[0].lstrip(" ")) for line in lines if line[0].strip(" \r\n")), 0)
    for line in lines:
        text = line[0].removesuffix("\n")
        cut = min(indent, len(text) - len(text.lstrip(" ")))
        yield text[cut:], line.start() + cut, line.end()


STYLES: dict[str, Callable[[str], Iterator[Piece]]] = {
    "json": _json,
    "bare": _bare,
    "double": _double,
    "single": _single,
    "plain": _plain,
    "literal": _literal,
    "folded": _folded,
}
"""The ways of writing a scalar, and what tells each apart: JSON's texts and its numbers, and YAML's five."""
