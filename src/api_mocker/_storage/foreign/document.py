"""A foreign file: recognised, read, and written again with some of its values replaced.

The law of this file: any bytes are no foreign recording (None), or one, or CassetteUnreadable, and nothing
else; and what is written again differs from what was read in the values that are given, and in nothing else.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from . import betamax, cassetter, har, vcrpy
from .contents import Structure
from .exchange import Exchange, Side
from .looks import ForeignUnreadable, is_toml, looks_foreign
from .spelling import respelled
from .tree import Broken, Node, Scalar, Sequence

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path
    from types import ModuleType

__all__ = ["FORMATS", "Document", "read"]

FORMATS: dict[str, ModuleType] = {"cassetter": cassetter, "vcrpy": vcrpy, "betamax": betamax, "har": har}
"""The formats, in the order in which they are asked whether a tree is theirs (`is_one`, `read`)."""

_ELSEWHERE = (("response body", "elsewhere"),)
_COMMENT = re.compile(r"(?:^|(?<=\s))#[^\r\n]*")


class Document:
    """A foreign file that was read. `beside` is what it holds besides its interactions.

    Where `is_placed` is False, nobody knows where its values stand.
    """

    def __init__(self, text: str, format_: str, root: Node, found: list[Exchange], mark: str) -> None:
        self.text = text
        self.format = format_
        self.exchanges = [each for each in found if each.is_whole]
        taken = {node for each in found for node in each.nodes()}
        rest = Exchange(root, None, received=Side([], Structure(root, taken)), called=_ELSEWHERE)
        self.beside = [*(each for each in found if not each.is_whole), rest]
        self._root = root
        self._mark = mark
        self.is_placed = bool(root.end)

    def raw(self, exchange: Exchange) -> bytes:
        """The text of an interaction as it stands in the file, and what it says: an alias says it elsewhere."""
        text = self.text[exchange.node.start : exchange.node.end]
        return text.encode("utf-8", "surrogatepass") + b"\n" + Structure(exchange.node).raw

    def content(self) -> bytes:
        """The file as it was read."""
        return (self._mark + self.text).encode("utf-8", "surrogatepass")

    def scalars(self) -> Iterator[Scalar]:
        """Everything that is written in the file, once."""
        seen: set[Node] = set()
        left = [self._root]
        while left:
            node = left.pop()
            if node in seen:
                continue
            seen.add(node)
            if isinstance(node, Scalar):
                yield node
            elif isinstance(node, Sequence):
                left += node.items
            else:
                left += [each for pair in node.pairs for each in pair]

    def rewritten(self, values: Mapping[Scalar, str], hide: Callable[[str], str]) -> bytes:
        """The file with these values in the place of the old ones, and with comments as `hide` leaves them."""
        edits = [
            (node.start, node.end, respelled(self.text[node.start : node.end], node.style, node.value, value))
            for node, value in values.items()
            if node.value != value
        ]
        for start, end in self._comments():
            was = self.text[start:end]
            if (new := hide(was)) != was:
                edits.append((start, end, new))
        out, seen = [], 0
        for start, end, new in sorted(edits):
            out += [self.text[seen:start], new]
            seen = end
        return (self._mark + "".join([*out, self.text[seen:]])).encode("utf-8", "surrogatepass")

    def _comments(self) -> Iterable[tuple[int, int]]:
        """Where comments stand: whatever follows a number sign and is in no scalar."""
        if self.text.lstrip()[:1] == "{" or "#" not in self.text:
            return
        spans = sorted({(node.start, node.end) for node in self.scalars()})
        for (_, start), (end, _) in pairwise([(0, 0), *spans, (len(self.text), 0)]):
            for match in _COMMENT.finditer(self.text, start, max(start, end)):
                yield match.span()


def read(content: bytes, path: Path | str | None = None) -> Document | None:
    """The recording of another tool, None where it is none.

    CassetteUnreadable (`ForeignUnreadable`) where it looks like one, and cannot be read.
    """
    if not looks_foreign(content):
        return None
    try:
        return _read(content)
    except UnicodeDecodeError as error:
        raise _unreadable("not UTF-8 text", path, content.count(b"\n", 0, error.start) + 1) from None
    except Broken as error:
        raise _unreadable(error.reason, path, error.line) from None


def _unreadable(reason: str, path: Path | str | None, line: int) -> ForeignUnreadable:
    return ForeignUnreadable(
        f"it looks like a recording of another tool: {reason}", path, line, advised=False
    )


def _read(content: bytes) -> Document | None:
    text = content.decode("utf-8")
    mark, text = ("\ufeff", text[1:]) if text.startswith("\ufeff") else ("", text)
    root = _tree(text)
    for name, one in FORMATS.items():
        if one.is_one(root):
            return Document(text, name, root, one.read(root), mark)
    return None


def _tree(text: str) -> Node:
    if text.lstrip()[:1] == "{":
        from .json_tree import read_json

        return read_json(text)
    if is_toml(text):
        from .toml_tree import read_toml

        return read_toml(text)
    from .yaml_tree import read_yaml

    return read_yaml(text)
