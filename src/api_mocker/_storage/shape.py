"""The fast reader: it knows the shape that `emit` writes, and nothing else.

The law of this file: a text is either read exactly as YAML reads it, or not at all. Lines are
recognised by expressions, at their position; whatever is unusual (a comment, an odd indentation, a
value that goes on in the next line, an empty one, a key that stands twice) yields None, and the YAML
reader decides. That strictness is what makes it safe: a property test changes emitted texts at
random and compares the two readers on each that this one takes.
"""

from __future__ import annotations

import re
from functools import lru_cache

from . import notation
from .notation import Node

__all__ = ["read_scalar", "read_shape"]

_SCALAR = rf"(?:{notation.PLAIN}|{notation.INTEGER}|{notation.SINGLE}|{notation.DOUBLE})"
_FLOW_SCALAR = rf"(?:{notation.FLOW_PLAIN}|{notation.INTEGER}|{notation.SINGLE}|{notation.DOUBLE})"

# Groups: 1 indentation, 2 key, and then what follows it, by the table of kinds below.
_LINE = re.compile(
    rf"((?:  )*+)({notation.KEY}):"
    rf"(?: (?:({_SCALAR})|(\|2?[-+]?)|({notation.INTEGERS})|(\[\])|(\{{\}})))?\n"
)
_NESTED, _ONE, _LITERAL, _INTEGERS, _NO_ITEMS, _NO_KEYS = range(2, 8)

_ITEM = re.compile(rf"- (?:({_SCALAR})|\[({_FLOW_SCALAR}), ({_FLOW_SCALAR})\])\n")
_INTEGER = re.compile(notation.INTEGER)
_OPENING = re.compile(rf"(?:---[ ]++#{notation.LINE_TEXT}*+\n)?(?:#{notation.LINE_TEXT}*+\n)*+")
_WHOLE_SCALAR = re.compile(_SCALAR)
_BLOCK = re.compile(f"{notation.BLOCK_TEXT}++")
_PLAIN_ASCII = bytes(code for code in range(128) if _BLOCK.fullmatch(chr(code)))
_ESCAPE = re.compile(r"\\(?:x(..)|u(....)|.)")
_ESCAPES = {r"\\": "\\", r"\"": '"', r"\n": "\n", r"\r": "\r", r"\t": "\t"}


def read_shape(text: str) -> dict[str, Node] | None:
    """The document, read by its shape; None where the text has not exactly the shape of `emit`."""
    opening = _OPENING.match(text)
    at = opening.end() if opening else 0
    root: dict[str, Node] = {}
    open_mappings = [root]  # by depth; the indentation is twice that
    while at < len(text):
        line = _LINE.match(text, at)
        if line is None:
            return None
        indentation, key, scalar = line.group(1, _NESTED, _ONE)
        depth = len(indentation) // 2
        if depth >= len(open_mappings):
            return None
        del open_mappings[depth + 1 :]
        mapping = open_mappings[depth]
        if key in mapping:
            return None
        if scalar is not None:
            mapping[key] = _scalar(scalar) if scalar[0] in "'\"" else scalar
            at = line.end()
            continue
        found = _value(text, line, depth)
        if found is None:
            return None
        mapping[key], at = found
        if line.lastindex == _NESTED and isinstance(child := found[0], dict):
            open_mappings.append(child)
    return root or None


def read_scalar(text: str) -> str | None:
    """The string that one scalar stands for, which fills the rest of its line; None for any other shape."""
    return _scalar(text) if _WHOLE_SCALAR.fullmatch(text) else None


def _value(text: str, line: re.Match[str], depth: int) -> tuple[Node, int] | None:
    """What follows a key other than one scalar, and where it ends; a mapping is left to be filled."""
    at = line.end()
    pad = "  " * (depth + 1)
    kind = line.lastindex
    if kind == _LITERAL:
        return _literal(text, at, pad, line[_LITERAL])
    if kind == _INTEGERS:
        return list[Node](_INTEGER.findall(line[_INTEGERS])), at
    if kind == _NO_ITEMS:
        return [], at
    if kind == _NO_KEYS:
        return {}, at
    if depth + 3 > notation.MAX_DEPTH or not text.startswith(pad, at):
        return None
    return _items(text, at, pad) if text.startswith("- ", at + len(pad)) else ({}, at)


def _items(text: str, at: int, pad: str) -> tuple[Node, int] | None:
    """A block list of scalars and pairs."""
    items: list[Node] = []
    while text.startswith(pad, at):
        item = _ITEM.match(text, at + len(pad))
        if item is None:
            return None
        one, name, value = item.groups()
        items.append([_scalar(name), _scalar(value)] if one is None else _scalar(one))
        at = item.end()
    return items, at


def _literal(text: str, at: int, pad: str, header: str) -> tuple[Node, int] | None:
    """A literal block whose lines are indented by exactly `pad`."""
    end = _end_of_block(pad).search(text, at - 1)
    if end is None or end.start() < at:
        return None
    block = text[at : end.start() + 1]
    if not _is_plain(block):
        return None
    # Without an indicator YAML takes the indentation from the first line that is not empty.
    if "2" not in header and (block[0] == "\n" or block[len(pad)] in " \t\n"):
        return None
    if block.isspace():
        return None
    inner = block.replace("\n" + pad, "\n").removeprefix(pad)
    if not header.endswith("+"):
        inner = inner.rstrip("\n") + ("" if header.endswith("-") else "\n")
    return inner, end.start() + 1


def _is_plain(block: str) -> bool:
    """Whether every character is one of `notation.BLOCK_TEXT`; the faster ways of telling come first."""
    if block.isascii():
        return not block.encode("ascii").translate(None, _PLAIN_ASCII)
    # What Python calls printable is within the white list.
    return block.replace("\n", "").isprintable() or _BLOCK.fullmatch(block) is not None


@lru_cache
def _end_of_block(pad: str) -> re.Pattern[str]:
    """The newline behind which neither an indented nor an empty line follows."""
    return re.compile(rf"\n(?!{pad}|\n)")


def _scalar(token: str) -> str:
    quote = token[0]
    if quote == "'":
        return token[1:-1].replace("''", "'")
    if quote == '"':
        return _ESCAPE.sub(_unescape, token[1:-1])
    return token


def _unescape(found: re.Match[str]) -> str:
    code = found[1] or found[2]
    return chr(int(code, 16)) if code else _ESCAPES[found[0]]
