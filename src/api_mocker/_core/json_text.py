r"""JSON as text: laid out for people, restored for the wire, rewritten in place.

The law of this file: a token is never re-spelled. ``1.00``, ``1e5``, ``\/``, duplicate keys and
numbers of 5,000 digits come back as they were written, because only the white space between tokens
is taken away and put back. Nothing here recurses, and nothing costs more than linear time.

The strategy: in JSON a quotation mark inside a string is always escaped. So, with the escapes set
aside, cutting the text at ``"`` gives in turn what lies between strings (the *frame*) and what lies
in them; white space is changed in the frame alone, by string operations that run at C speed.
"""

from __future__ import annotations

import json
import re
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple, NoReturn, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["DEFAULT_LAYOUT", "LAYOUTS", "Layout", "Steps", "prettify", "restore", "rewrite"]

Steps: TypeAlias = tuple[str | int, ...]
"""The decoded keys and the indexes that lead to a value."""


class Layout(NamedTuple):
    """How white space stands between the tokens of a JSON text.

    `indent` is None where all stands on one line; `end` closes the text.
    """

    comma: str
    colon: str
    indent: str | None
    end: str = ""


_ENDLESS = {
    "compact": Layout(",", ":", None),  # JSON.stringify(x); json.dumps(x, separators=(",", ":"))
    "spaced": Layout(", ", ": ", None),  # json.dumps(x)
    "indent1": Layout(",", ": ", " "),  # json.dumps(x, indent=1)
    "indent2": Layout(",", ": ", "  "),  # JSON.stringify(x, null, 2)
    "indent4": Layout(",", ": ", "    "),
    "tab": Layout(",", ": ", "\t"),
}
LAYOUTS: dict[str, Layout] = {
    **_ENDLESS,
    **{f"{name}+newline": layout._replace(end="\n") for name, layout in _ENDLESS.items()},
}
"""The layouts that can be restored. The names are part of the file format; the table is closed.

Indented layouts put each member and each element on a line of its own and write empty containers
as ``{}`` and ``[]``. ``+newline`` is the same with one newline after the last token.
"""

DEFAULT_LAYOUT = "compact"

_PRETTY = _ENDLESS["indent2"]

_DEEPEST_PRETTY = 100
"""Indentation grows with depth times length; deeper texts are not for people anyway."""

_LONGEST_PATH = 256
"""Paths longer than this keep their innermost steps, so that depth never costs quadratic time."""

_OPENING = frozenset("{[")
_CLOSING = frozenset("}]")
_BLANKS = b" \t\n\r"
_BRACKET = re.compile(r"(\{\}|\[\]|[{}\[\]])")

# RFC 8259 sections 6 and 7.
_STRING = r'"[^"\\\x00-\x1f]*+(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\x00-\x1f]*+)*+"'
_NUMBER = r"-?+(?:(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?+(?:[eE][+-]?+[0-9]++)?+|Infinity)"
_ITEM = re.compile(
    rf"[ \t\n\r]*+(?:({_STRING})[ \t\n\r]*+:[ \t\n\r]*+)?+"  # a key
    rf"({_STRING}|{_NUMBER}|true|false|null|NaN|)[ \t\n\r]*+"  # a scalar, or nothing
    r"([{}\[\],]|\Z|.++)",  # a bracket, a comma, the end, or else all the rest: it is no JSON
    re.DOTALL,
)
_END = ""


def prettify(text: str) -> tuple[str, str] | None:
    """`text` with two-space indentation, and the name of the layout that restores it exactly.

    None when `text` is no JSON (RFC 8259), when no layout restores it, or when it is nested too
    deeply to be indented.
    """
    try:
        pieces = _cut(text)
        frame = '"'.join(pieces[0::2])
        bare = _bare(frame)
        name = next((name for name in _likely(frame) if _laid(bare, LAYOUTS[name]) == frame), None)
        if name is None:
            return None
        pieces[0::2] = _laid(bare, _PRETTY).split('"')
        pretty = _joined(pieces)
        return (pretty, name) if restore(pretty, name) == text else None
    except ValueError:
        return None


def restore(pretty: str, layout: str) -> str:
    """The tokens of `pretty`, however it is indented, in the named layout.

    ValueError, in plain words, when there is no such layout or `pretty` is no JSON.
    """
    if layout not in LAYOUTS:
        raise ValueError(f"there is no layout {layout!r}; there are {', '.join(LAYOUTS)}")
    _check(pretty)
    pieces = _cut(pretty)
    pieces[0::2] = _laid(_bare('"'.join(pieces[0::2])), LAYOUTS[layout]).split('"')
    return _joined(pieces)


def rewrite(text: str, visit: Callable[[Steps, str], str | None]) -> str:
    """`text` with those scalar tokens replaced for which `visit` returns another.

    `visit(path, token)` sees every string, number, ``true``, ``false`` and ``null`` in order, as it
    is spelled, with the decoded keys and the indexes that lead to it; None keeps it. Everything
    else stays as it is. As Python's own reader does, and so that nothing hides behind them, a byte
    order mark, ``NaN`` and ``Infinity`` are read too. Of paths longer than 256 steps only the last
    256 are given. ValueError when `text` is no JSON.
    """
    if text.startswith("\ufeff"):
        return "\ufeff" + rewrite(text[1:], visit)
    changes = _visited(text, visit)
    if not changes:
        return text
    parts: list[str] = []
    done = 0
    for number, item in enumerate(_ITEM.finditer(text)):
        if number in changes:
            start, end = item.span(2)
            parts += (text[done:start], changes[number])
            done = end
    parts.append(text[done:])
    return "".join(parts)


# One loop for the whole grammar: a call for each item would cost as much as the rest of the work.
def _visited(text: str, visit: Callable[[Steps, str], str | None]) -> dict[int, str]:  # noqa: C901, PLR0912
    """What `visit` wants changed, by the number of the item; checks the grammar on the way."""
    changes: dict[int, str] = {}
    outer: list[tuple[str, int]] = []
    steps: list[str | int] = []
    prefix: Steps | None = ()  # of the container we are in; None until it is asked for
    closer = _END  # what closes that container: } ] or the end
    index = 0
    due = "first"  # "first" or "next": a value must come; "": one has just ended
    for number, (key, scalar, mark) in enumerate(_ITEM.findall(text)):
        if scalar or mark in _OPENING:
            if not due or (not key) is (closer == "}"):
                _refuse(text, number)
            step = _decoded(key) if key else index
            if mark in _OPENING and not scalar:
                outer.append((closer, index))
                if closer:
                    steps.append(step)
                    prefix = None
                closer, index, due = "}" if mark == "{" else "]", 0, "first"
                continue
            if prefix is None:
                prefix = tuple(steps[1 - _LONGEST_PATH :])
            new = visit((*prefix, step) if closer else (), scalar)
            if new is not None and new != scalar:
                changes[number] = new
        elif key or (due and not (due == "first" and mark and mark == closer)):
            _refuse(text, number)
        if mark == "," and closer:
            index += 1
            due = "next"
        elif mark != closer:
            _refuse(text, number)
        else:
            due = ""
            if outer:
                closer, index = outer.pop()
                if closer:
                    steps.pop()
                    prefix = None
    return changes


def _refuse(text: str, number: int) -> NoReturn:
    """Says where the item stands that is no JSON."""
    item = next(islice(_ITEM.finditer(text), number, None))
    at = item.start(3)
    found = repr(text[at]) if at < len(text) else "the end"
    line, column = text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)
    raise ValueError(f"this is no JSON: {found} cannot stand at line {line}, column {column}")


def _decoded(key: str) -> str:
    if "\\" not in key:
        return key[1:-1]
    decoded: str = json.loads(key)
    return decoded


def _check(text: str) -> None:
    """ValueError unless `text` is JSON. Values are not converted: numbers may have any length."""
    try:
        _READER.decode(text)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise ValueError(f"this is no JSON: {error.msg} at {where}") from None
    except RecursionError:
        _visited(text, lambda _path, _token: None)


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"this is no JSON: it knows no {name}")


_READER = json.JSONDecoder(parse_int=str, parse_float=str, parse_constant=_no_constant)


def _cut(text: str) -> list[str]:
    """`text` cut at its quotation marks: frame, string, frame, ..., frame."""
    if "\\" in text:
        # Control characters cannot stand in JSON, so they can stand for the two escapes in which
        # a backslash hides a quotation mark or another backslash.
        text = text.replace("\\\\", "\x00").replace('\\"', "\x01")
    return text.split('"')


def _joined(pieces: list[str]) -> str:
    text = '"'.join(pieces)
    if "\x00" in text or "\x01" in text:
        text = text.replace("\x01", '\\"').replace("\x00", "\\\\")
    return text


def _bare(frame: str) -> str:
    """The frame without its white space."""
    return frame.encode("ascii").translate(None, _BLANKS).decode("ascii")


def _likely(frame: str) -> tuple[str, ...]:
    """The names of the layouts that a look at the frame's first line break leaves."""
    end = "+newline" if frame.endswith("\n") else ""
    lines = frame.split("\n", 2)
    if len(lines) == 1 or (end and len(lines) == 2):
        return f"compact{end}", f"spaced{end}"
    indent = lines[1][: len(lines[1]) - len(lines[1].lstrip(" \t"))]
    return tuple(name + end for name, layout in _ENDLESS.items() if layout.indent == indent)


def _laid(bare: str, layout: Layout) -> str:
    """A frame without white space, with that of `layout`; ValueError when nested too deeply."""
    if layout.indent is None:
        return bare.replace(",", layout.comma).replace(":", layout.colon) + layout.end
    parts: list[str] = []
    depth = 0
    newline = "\n"
    for part in _BRACKET.split(bare.replace(":", layout.colon)):
        if part in _OPENING:
            depth += 1
            if depth > _DEEPEST_PRETTY:
                raise ValueError(f"it is nested more than {_DEEPEST_PRETTY} levels deep")
            newline = "\n" + layout.indent * depth
            parts += (part, newline)
        elif part in _CLOSING:
            depth -= 1
            newline = "\n" + layout.indent * depth
            parts += (newline, part)
        elif part:
            parts.append(part.replace(",", layout.comma + newline))
    return "".join(parts) + layout.end
