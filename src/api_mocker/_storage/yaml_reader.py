"""One document, read strictly: strings, lists and mappings, and nothing that YAML adds of its own.

The law of this file: nothing is resolved (``no``, ``017`` and ``2026-11-20`` are strings until the
schema says otherwise), nothing is built but strings, lists and mappings, and whatever goes wrong is
a `CassetteUnreadable` with a line. A text in the emitter's own shape never meets YAML; any other is
read from YAML's events, one by one, so that neither depth nor aliases can make the reader grow.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NoReturn

from ..exceptions import CassetteUnreadable
from . import notation
from .shape import read_shape

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import yaml

    from .notation import Node

__all__ = ["events", "explain", "find_line", "read_document", "read_yaml"]

# YAML 1.1 section 5.1, without U+FEFF, which libyaml refuses; surrogates are not in it either.
_FORBIDDEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufeff\ufffe\uffff]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_DIRECTIVE = re.compile(r"^%", re.MULTILINE)
_NO_DIRECTIVES = "directives (%YAML, %TAG) have no place in a cassette"
_LONGEST_KEY = 1 << 16  # characters; no server takes a header's name of that length, or a parameter's
_TOO_DEEP = f"nested deeper than {notation.MAX_DEPTH} levels"


def read_document(text: str, *, path: Path | str | None = None, line: int = 1) -> dict[str, Node]:
    """Read one document; every scalar comes as a string, a key without a value as ``""``.

    `path` and `line` (of the document's first line, from 1) are for the error: CassetteUnreadable,
    for whatever is not one mapping of strings, lists and mappings.
    """
    # YAML reads CRLF as one line break; what Git made of a file on Windows has our shape again.
    document = read_shape(text.replace("\r\n", "\n") if "\r" in text else text)
    return read_yaml(text, path=path, line=line) if document is None else document


def read_yaml(
    text: str, *, path: Path | str | None = None, line: int = 1, pure: bool = False
) -> dict[str, Node]:
    """Read one document of any shape, else as `read_document`.

    With PyYAML's C loader where it was built, unless `pure`.
    """
    import yaml

    try:
        if found := _FORBIDDEN.search(text):
            _refuse(f"U+{ord(found[0]):04X} is not allowed in YAML", text.count("\n", 0, found.start()))
        return _build(events(text, pure=pure))
    except _Refused as refused:
        reason, at = refused.args
    except yaml.MarkedYAMLError as error:
        reason, at = explain(error, text)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        reason, at = f"not valid YAML: {error}", 0
    raise CassetteUnreadable(reason, path, line + at)


def find_line(text: str, place: Sequence[str]) -> int:
    """The line, from 0, of the key that these keys lead to in a document that could be read.

    Where it is not there, that of the last one on the way.
    """
    from yaml import events as kinds

    line = found = 0
    key_next: list[bool | None] = []  # for each open mapping, whether the next node in it is a key
    for event in events(text, pure=False) if place else ():
        if isinstance(event, kinds.CollectionEndEvent):
            key_next.pop()
            if len(key_next) == found:
                break  # of the mapping in which the next key was to be
        elif isinstance(event, kinds.NodeEvent):
            is_key = bool(key_next and key_next[-1])
            if key_next and found == len(key_next) and not isinstance(event, kinds.MappingStartEvent):
                break  # nothing is in it
            if key_next and key_next[-1] is not None:
                key_next[-1] = not is_key
            if isinstance(event, kinds.CollectionStartEvent):
                key_next.append(True if isinstance(event, kinds.MappingStartEvent) else None)
            elif is_key and len(key_next) == found + 1 and event.value == place[found]:  # type: ignore[attr-defined]  # a scalar
                line, found = _line(event), found + 1
                if found == len(place):
                    break
    return line


class _Refused(Exception):
    """YAML that is valid and not ours: the reason, and the line from 0; never leaves this file."""


def _refuse(reason: str, line: int) -> NoReturn:
    raise _Refused(reason, line)


def explain(error: yaml.MarkedYAMLError, text: str) -> tuple[str, int]:
    """What the parser says, and the line from 0; no line of the text, which may hold a secret."""
    if directive := _DIRECTIVE.search(text):
        return _NO_DIRECTIVES, text.count("\n", 0, directive.start())
    mark = error.problem_mark or error.context_mark
    said = ", ".join(part for part in (error.context, error.problem) if part)
    # Since PyYAML 6.0.4 the C library counts too, before it hands over the first event.
    reason = _TOO_DEEP if "nesting depth" in said else f"not valid YAML: {said}"
    return reason, mark.line if mark else 0


def events(text: str, *, pure: bool) -> Iterator[yaml.Event]:
    """What a text says, one by one; with PyYAML's C loader where it was built, unless `pure`."""
    import yaml

    loader = yaml.SafeLoader if pure else getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.parse(text, Loader=loader)  # pyright: ignore - its stub does not say what comes back


def _line(event: yaml.Event) -> int:
    return event.start_mark.line if event.start_mark else 0


def _build(told: Iterator[yaml.Event]) -> dict[str, Node]:
    """The one mapping that these events tell of."""
    from yaml import events as kinds

    tree = _Tree()
    for event in told:
        line = _line(event)
        if isinstance(event, kinds.NodeEvent):
            _require_plain(event, line)
        if isinstance(event, kinds.ScalarEvent):
            if _SURROGATE.search(event.value):  # from an escape; the C loader refuses it by itself
                _refuse("a lone surrogate is not allowed in YAML", line)
            tree.place(event.value, line)
        elif isinstance(event, kinds.CollectionStartEvent):
            tree.begin([] if isinstance(event, kinds.SequenceStartEvent) else {}, line)
        elif isinstance(event, kinds.CollectionEndEvent):
            tree.end()
        elif isinstance(event, kinds.DocumentStartEvent):
            _require_first(event, line, tree.documents)
    if not tree.documents:
        _refuse("the document is empty", 0)
    document = tree.documents[0]
    if not isinstance(document, dict):
        _refuse("a document must be a mapping of keys to values", 0)
    return document


def _require_first(event: yaml.DocumentStartEvent, line: int, before: list[Node]) -> None:
    if event.version or event.tags:
        _refuse(_NO_DIRECTIVES, line)
    if before:
        _refuse("one document was expected here, and a second one begins", line)


def _require_plain(event: yaml.NodeEvent, line: int) -> None:
    """No anchor, alias or tag: what they add to a document, it must not have."""
    if event.anchor is not None:  # an alias has one too: the one it refers to
        _refuse("anchors and aliases (&, *) have no place in a cassette", line)
    if getattr(event, "tag", None) is not None:
        _refuse("tags (!) have no place in a cassette", line)


class _Tree:
    """Nodes under construction: what is open, and the key in each open mapping that has no value yet."""

    def __init__(self) -> None:
        self.documents: list[Node] = []
        self._open: list[list[Node] | dict[str, Node]] = [self.documents]
        self._keys: list[str | None] = [None]

    def begin(self, node: list[Node] | dict[str, Node], line: int) -> None:
        if len(self._open) > notation.MAX_DEPTH:
            _refuse(_TOO_DEEP, line)
        self.place(node, line)
        self._open.append(node)
        self._keys.append(None)

    def end(self) -> None:
        self._open.pop()
        self._keys.pop()

    def place(self, node: Node, line: int) -> None:
        """Put a node where the parser stands: into a list, behind its key, or as the next key."""
        parent, key = self._open[-1], self._keys[-1]
        if isinstance(parent, list):
            parent.append(node)
        elif key is not None:
            parent[key] = node
            self._keys[-1] = None
        elif not isinstance(node, str):
            _refuse("a key must be a string", line)
        elif len(node) > _LONGEST_KEY:
            _refuse(f"a key is longer than {_LONGEST_KEY:,} characters", line)
        elif node in parent:
            _refuse(f"the key {node!r} stands twice", line)
        else:
            self._keys[-1] = node
