r"""JSON as text: laid out for people, restored for the wire.

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
from typing import NamedTuple, NoReturn

__all__ = ["DEFAULT_LAYOUT", "LAYOUTS", "Layout", "prettify", "restore"]


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

_TOO_DEEP = f"it is nested more than {_DEEPEST_PRETTY} levels deep"

_OPENING = frozenset("{[")
_CLOSING = frozenset("}]")
_BLANKS = b" \t\n\r"
_BRACKET = re.compile(r"(\{\}|\[\]|[{}\[\]])")


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


def _check(text: str) -> None:
    """ValueError unless `text` is JSON. Values are not converted: numbers may have any length."""
    try:
        _READER.decode(text)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise ValueError(f"this is no JSON: {error.msg} at {where}") from None
    except RecursionError:
        raise ValueError(_TOO_DEEP) from None


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
                raise ValueError(_TOO_DEEP)
            newline = "\n" + layout.indent * depth
            parts += (part, newline)
        elif part in _CLOSING:
            depth -= 1
            newline = "\n" + layout.indent * depth
            parts += (newline, part)
        elif part:
            parts.append(part.replace(",", layout.comma + newline))
    return "".join(parts) + layout.end
