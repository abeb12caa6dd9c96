"""JSON as a tree of scalars that know their places.

The law of this file: what is no JSON is refused by Python's own reader first, so that here only what is
valid is cut into pieces; and how deep it lies drives no recursion.
"""

from __future__ import annotations

import json
import re

from .tree import MAX_DEPTH, Broken, Mapping, Node, Scalar, Sequence, broken

__all__ = ["read_json"]

_TOKEN = re.compile(
    r"""[ \t\r\n]*+(?:(?P<text>"(?:[^"\\]|\\.)*+")|(?P<bare>[A-Za-z0-9.+-]++)|(?P<mark>[{}\[\],:]))"""
)


def read_json(text: str) -> Node:
    """The tree of a text; Broken where it is no JSON."""
    try:
        json.loads(text, parse_int=str, parse_float=str)
    except json.JSONDecodeError as error:
        raise Broken(f"not valid JSON: {error.msg}", error.lineno) from None
    except (ValueError, RecursionError) as error:
        raise Broken(f"not valid JSON: {type(error).__name__}") from None
    return _Builder(text).tree()


class _Builder:
    """Nodes under construction: those that are open, and the key in each mapping that has no value yet."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._top = Sequence(0, 1)
        self._open: list[Sequence | Mapping] = [self._top]
        self._keys: list[Scalar | None] = [None]
        self._line, self._seen = 1, 0

    def tree(self) -> Node:
        """The one value of the text."""
        for token in _TOKEN.finditer(self._text):
            kind, start = token.lastgroup or "", token.start(token.lastgroup or 0)
            self._line += self._text.count("\n", self._seen, start)
            self._seen = start
            if kind == "text":
                self._place(Scalar(json.loads(token["text"]), start, token.end(), self._line, "json"))
            elif kind == "bare":
                self._place(Scalar(token["bare"], start, token.end(), self._line, "bare"))
            elif token["mark"] in "{[":
                self._begin(token["mark"], start)
            elif token["mark"] in "}]":
                self._end(token.end())
        return self._top.items[0]

    def _begin(self, mark: str, start: int) -> None:
        node = Mapping(start, self._line) if mark == "{" else Sequence(start, self._line)
        if len(self._open) > MAX_DEPTH:
            broken(f"nested deeper than {MAX_DEPTH} levels", node)
        self._place(node)
        self._open.append(node)
        self._keys.append(None)

    def _end(self, end: int) -> None:
        node = self._open.pop()
        self._keys.pop()
        node.end = end
        self._open[-1].size += node.size

    def _place(self, node: Node) -> None:
        parent, key = self._open[-1], self._keys[-1]
        if isinstance(node, Scalar):
            parent.size += node.size
        if isinstance(parent, Sequence):
            parent.items.append(node)
        elif key is not None:
            parent.pairs.append((key, node))
            self._keys[-1] = None
        elif isinstance(node, Scalar):  # the reader has seen that a key is one
            self._keys[-1] = node
