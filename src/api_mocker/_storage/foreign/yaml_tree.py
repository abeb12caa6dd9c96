"""YAML as a tree of scalars that know their places.

The law of this file: it is read from events, one by one, and nothing is resolved; aliases are followed as
far as a file of its size may go, and tags are names, of which only the one for base64 means anything.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Protocol

from ..yaml_reader import events, explain
from .tree import MAX_DEPTH, Broken, Mapping, Node, Scalar, Sequence, broken

if TYPE_CHECKING:
    import yaml

__all__ = ["read_yaml"]

_STYLES = {'"': "double", "'": "single", "|": "literal", ">": "folded"}
# What may stand before a scalar and is none of it; its event begins there.
_PROPERTIES = re.compile(r"(?:[&!][^\s,\[\]{}]*+(?:[ \t]*+(?:#[^\n]*+)?\r?\n|[ \t]++)*+)*+")
_MOST_ALIASED = 32  # times the size of the text; each of many interactions may share its headers
_ALLOWANCE = 1 << 24


def read_yaml(text: str) -> Node:
    """The tree of the one document in a text; Broken where it is none."""
    import yaml

    try:
        return _Builder(text).tree()
    except yaml.MarkedYAMLError as error:
        reason, at = explain(error, text)
        raise Broken(reason, at + 1) from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        what = error.reason if isinstance(error, yaml.reader.ReaderError) else type(error).__name__
        raise Broken(f"not valid YAML: {what}") from None


class _Mark(Protocol):
    """A place in a text, counted from 0."""

    @property
    def index(self) -> int: ...

    @property
    def line(self) -> int: ...


def _at(mark: _Mark | None) -> tuple[int, int]:
    """Offset and line, from 1, of a place; each event has one."""
    return (0, 1) if mark is None else (mark.index, mark.line + 1)


class _Builder:
    """Nodes under construction: those that are open, and the key in each mapping that has no value yet."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._most = _ALLOWANCE + _MOST_ALIASED * len(text)
        self._top = Sequence(0, 1)
        self._open: list[Sequence | Mapping] = [self._top]
        self._keys: list[Node | None] = [None]
        self._named: dict[str, Node] = {}

    def tree(self) -> Node:
        """The root of the one document."""
        from yaml import events as kinds

        for event in events(self._text, pure=False):
            if isinstance(event, kinds.ScalarEvent):
                self._place(self._named_as(event, self._scalar(event)))
            elif isinstance(event, kinds.AliasEvent):
                self._alias(event)
            elif isinstance(event, kinds.CollectionStartEvent):
                self._begin(event, is_list=isinstance(event, kinds.SequenceStartEvent))
            elif isinstance(event, kinds.CollectionEndEvent):
                self._end(event)
            elif isinstance(event, kinds.DocumentStartEvent) and self._top.items:
                broken("one document was expected, and a second one begins", self._top.items[0])
        if not self._top.items:
            broken("the document is empty")
        return self._top.items[0]

    def _scalar(self, event: yaml.ScalarEvent) -> Scalar:
        (start, line), (end, _) = _at(event.start_mark), _at(event.end_mark)
        if event.anchor is not None or event.tag is not None:
            found = _PROPERTIES.match(self._text, start, end)
            start = found.end() if found else start
        return Scalar(event.value, start, end, line, _STYLES.get(event.style or "", "plain"), event.tag or "")

    def _begin(self, event: yaml.CollectionStartEvent, *, is_list: bool) -> None:
        start, line = _at(event.start_mark)
        node = Sequence(start, line) if is_list else Mapping(start, line)
        if len(self._open) > MAX_DEPTH:
            broken(f"nested deeper than {MAX_DEPTH} levels", node)
        self._place(self._named_as(event, node))
        self._open.append(node)
        self._keys.append(None)

    def _end(self, event: yaml.CollectionEndEvent) -> None:
        node = self._open.pop()
        self._keys.pop()
        node.end = _at(event.end_mark)[0]
        self._grow(node.size, node)

    def _alias(self, event: yaml.AliasEvent) -> None:
        node = self._named.get(event.anchor or "")
        if node is None:
            raise Broken("an alias refers to nothing", _at(event.start_mark)[1])
        if any(node is each for each in self._open):
            raise Broken("an alias stands within what it refers to", _at(event.start_mark)[1])
        self._grow(node.size, node)
        self._place(node, grow=False)

    def _grow(self, size: int, node: Node) -> None:
        self._open[-1].size += size
        if self._open[-1].size > self._most:
            broken("aliases make far more of this file than it seems", node)

    def _named_as(self, event: yaml.NodeEvent, node: Node) -> Node:
        if event.anchor is not None:
            self._named[event.anchor] = node
        return node

    def _place(self, node: Node, *, grow: bool = True) -> None:
        parent, key = self._open[-1], self._keys[-1]
        if grow and isinstance(node, Scalar):
            parent.size += node.size
        if isinstance(parent, Sequence):
            parent.items.append(node)
        elif key is None:
            self._keys[-1] = node
        else:
            parent.pairs.append((key, node))
            self._keys[-1] = None
