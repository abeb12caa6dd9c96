"""A document as YAML text, block style, to be read by people and by every YAML tool alike.

The law of this file: what is written can be read in one way only. A notation is used where a white
list of `notation` allows it, else the next one: plain, single-quoted, double-quoted for one line;
a literal block for several, double-quoted where it cannot hold them. In the first column stand keys
and nothing else, so that no text of a body can look like the end of its document.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from . import notation

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .notation import Writable

__all__ = ["emit"]

_STEP = "  "
_PER_LINE = 16  # integers, before a list of them goes on in the next line

_CONTENT = frozenset({"json", "text", "base64"})
_LONG = 80
"""Content longer than this is a literal block even when it is one line: nothing in it is quoted."""

_KEY = re.compile(notation.KEY)
_PLAIN = re.compile(notation.PLAIN)
_FLOW_PLAIN = re.compile(notation.FLOW_PLAIN)
_LINE = re.compile(f"{notation.LINE_TEXT}*+")
_BLOCK = re.compile(f"{notation.BLOCK_TEXT}++")
_ESCAPED = re.compile(notation.UNESCAPED.replace("[^", "[", 1))
_ESCAPES = {"\\": r"\\", '"': r"\"", "\n": r"\n", "\r": r"\r", "\t": r"\t"}


def emit(document: Mapping[str, Writable]) -> str:
    """YAML text of one document, without a separator, ending in a newline.

    Strings come back as they are, numbers and bools as their text. ValueError for a string that YAML
    cannot carry: one with a lone surrogate.
    """
    return _mapping(document, "") if document else "{}\n"


def _mapping(mapping: Mapping[str, Writable], pad: str) -> str:
    return "".join(
        f"{pad}{_key(key, pad)}{_value(value, pad, content=key in _CONTENT)}"
        for key, value in mapping.items()
    )


def _key(key: str, pad: str) -> str:
    written = _scalar(key, _KEY)
    return f"{written}:" if len(written) <= notation.MAX_KEY else f"? {written}\n{pad}:"


def _value(node: Writable, pad: str, *, content: bool = False) -> str:
    """What follows a ``key:`` or a ``-`` that stands behind `pad`, up to and with its last newline."""
    if isinstance(node, str):
        if (
            ("\n" in node or (content and len(node) > _LONG))
            and _BLOCK.fullmatch(node)
            and not node.isspace()
        ):
            return _literal(node, pad)
        return f" {_scalar(node, _PLAIN)}\n"
    if isinstance(node, int):
        return f" {_integer(node)}\n"
    if isinstance(node, Mapping):
        return f"\n{_mapping(node, pad + _STEP)}" if node else " {}\n"
    if not node:
        return " []\n"
    if all(isinstance(item, int) for item in node):
        return f" {_integers(node, pad)}\n"
    return "\n" + "".join(f"{pad}{_STEP}-{_item(item, pad + _STEP)}" for item in node)


def _item(node: Writable, pad: str) -> str:
    """An item of a block list; a list of scalars in it stays on one line: ``[name, value]``."""
    if not isinstance(node, str | int | Mapping) and node:
        scalars = [item for item in node if isinstance(item, str | int)]
        if len(scalars) == len(node):
            return f" [{', '.join(_scalar(item, _FLOW_PLAIN) for item in scalars)}]\n"
    return _value(node, pad)


def _integer(number: int) -> str:
    return str(number).lower() if isinstance(number, bool) else str(number)


def _integers(numbers: Sequence[Writable], pad: str) -> str:
    written = [_integer(number) for number in numbers if isinstance(number, int)]
    rows = [", ".join(written[at : at + _PER_LINE]) for at in range(0, len(written), _PER_LINE)]
    next_row = f",\n{pad}{_STEP}"
    return f"[{next_row.join(rows)}]"


def _scalar(node: str | int, plain: re.Pattern[str]) -> str:
    """A scalar on one line; without quotes where `plain` allows them to be left out."""
    if isinstance(node, int):
        return _integer(node)
    if plain.fullmatch(node) and node.lower() not in notation.RESERVED:
        return node
    if _LINE.fullmatch(node):
        doubled = node.replace("'", "''")
        return f"'{doubled}'"
    return f'"{_ESCAPED.sub(_escape, node)}"'


def _escape(found: re.Match[str]) -> str:
    character = found[0]
    if character in _ESCAPES:
        return _ESCAPES[character]
    code = ord(character)
    if 0xD800 <= code <= 0xDFFF:
        raise ValueError(f"YAML cannot carry the lone surrogate U+{code:04X}")
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def _literal(text: str, pad: str) -> str:
    """A literal block (YAML 1.1 section 9.3.3); the indicators say what a reader could not guess."""
    indentation = len(_STEP) if text[0] in " \t\n" else ""
    chomping = "-" if not text.endswith("\n") else "+" if text.endswith("\n\n") else ""
    inner = pad + _STEP
    lines = text.removesuffix("\n").split("\n")
    # An empty line gets no indentation: white space that nobody sees is lost in editors.
    return f" |{indentation}{chomping}\n" + "".join(f"{inner}{line}\n" if line else "\n" for line in lines)
