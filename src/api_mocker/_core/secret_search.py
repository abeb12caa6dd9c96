"""Many values sought in one text at once, in every encoding.

The law of this file: each value is found where its own `expression` finds it, and what that costs grows
with the text and with the values, never with the one times the other. The forms of all values are one
tree: values that begin alike share the way to where they differ. It is entered only where the first
characters of a form stand.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from .secret_encodings import LONGEST_MIXED, SHARED, Way, expression, forms, is_number

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from .secret_encodings import Form

__all__ = ["found"]

_FEW = 50  # so many values are sought one by one
_HEADS = (6, 3, 1)  # characters by which the places are told where a form may stand

_BEFORE = re.compile(r"(?<![\d.])")
_BEHIND = re.compile(r"(?!\d|\.\d)")


class _End(NamedTuple):
    value: str
    rank: int
    """Which of the value's forms it is: the first one counts."""

    number: bool


class _Node:
    """What forms have begun with, and how they go on."""

    __slots__ = ("ends", "sizes", "texts", "ways")

    def __init__(self) -> None:
        self.ends: list[_End] = []
        self.texts: dict[str, _Node] = {}
        self.sizes: list[int] = []  # of the texts
        self.ways: dict[tuple[Way, ...], _Node] = {}

    def next(self, part: str | tuple[Way, ...]) -> _Node:
        """Where this part of a form leads to."""
        if isinstance(part, str):
            node = self.texts.get(part)
            if node is None:
                node = self.texts[part] = _Node()
                if len(part) not in self.sizes:
                    self.sizes.append(len(part))
            return node
        node = self.ways.get(part)
        if node is None:
            node = self.ways[part] = _Node()
        return node

    def found(self, text: str, at: int) -> Iterator[tuple[_End, int]]:
        """The forms that stand at this place, and where they end, in the order of their ways."""
        todo: list[tuple[_Node, int]] = [(self, at)]
        while todo:
            node, at = todo.pop()
            for end in node.ends:
                yield end, at
            for size in node.sizes:
                following = node.texts.get(text[at : at + size])
                if following is not None and at + size <= len(text):
                    todo.append((following, at + size))
            for ways, following in node.ways.items():
                for way in _by_first(ways).get(text[at : at + 1], ()):
                    todo += [(following, end) for end in _ends(way, text, at)]


class _Entry:
    """The forms whose first characters, so many, tell where they may stand."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._heads: set[str] = set()
        self._root = _Node()

    def add(self, form: Form, end: _End) -> None:
        first = form[0]
        self._heads.update({first[: self._size]} if isinstance(first, str) else _by_first(first))
        node = self._root
        for part in form:
            node = node.next(part)
        node.ends.append(end)

    def found(self, text: str) -> Iterator[tuple[_End, int, int]]:
        """The forms, and where they start and end."""
        size, heads = self._size, self._heads
        for start in [at for at in range(len(text) - size + 1) if text[at : at + size] in heads]:
            for end, stop in self._root.found(text, start):
                yield end, start, stop


def found(values: Iterable[str], text: str) -> Iterator[tuple[str, int, int, bool]]:
    """Each value, where it starts and ends, and whether in base64, as `expression` finds it."""
    values = [*values]
    if len(values) <= _FEW:
        for value in values:
            for match in expression(value).finditer(text):
                yield value, *match.span(), match[1] is not None
        return
    many = [value for value in values if is_number(value) or len(value) <= LONGEST_MIXED]
    for value in {*values}.difference(many):  # so long ones that there are never many
        for match in expression(value).finditer(text):
            yield value, *match.span(), match[1] is not None
    for value, places in _places(many, text).items():
        seen = 0
        for start in sorted(places):
            if start >= seen:
                rank, seen = places[start]
                yield value, start, seen, rank > 0


def _places(values: Iterable[str], text: str) -> dict[str, dict[int, tuple[int, int]]]:
    """For each value where it may start: the rank of the form that stands there, and its end."""
    entries: dict[tuple[bool, int], _Entry] = {}
    for value in values:
        for rank, whole in enumerate(forms(value)):
            shared = whole[0] == SHARED
            form = whole[1:] if shared else whole
            size = next(size for size in _HEADS if size <= _told(form[0]))
            entry = entries.setdefault((shared, size), _Entry(size))
            entry.add(form, _End(value, rank, number=not rank and is_number(value)))
    out: dict[str, dict[int, tuple[int, int]]] = {}
    for (shared, _), entry in entries.items():
        for end, start, stop in entry.found(text):
            if end.number and not (_BEFORE.match(text, start) and _BEHIND.match(text, stop)):
                continue
            places = out.setdefault(end.value, {})
            for first in _shared(text, start) if shared else (start,):
                # Of one form the first way counts, which comes first here, too.
                if first not in places or end.rank < places[first][0]:
                    places[first] = (end.rank, stop)
    return out


def _told(part: str | tuple[Way, ...]) -> int:
    return len(part) if isinstance(part, str) else 1


@lru_cache(maxsize=1024)
def _by_first(ways: tuple[Way, ...]) -> dict[str, list[Way]]:
    """The ways by each character that they may begin with; the one that is tried first comes last."""
    out: dict[str, list[Way]] = {}
    for way in reversed(ways):
        for char in dict.fromkeys(way.first):
            out.setdefault(char, []).append(way)
    return out


def _shared(text: str, end: int) -> Iterator[int]:
    """Where the character of base64 starts that ends here."""
    if not end:
        return
    if text[end - 1] in SHARED[0].first:
        yield end - 1
    if text[max(end - 2, 0) : end].upper() in ("2B", "2F"):
        at = end - 2
        while text[max(at - 2, 0) : at] == "25":
            at -= 2
        if at and text[at - 1] == "%":
            yield at - 1


def _ends(way: Way, text: str, at: int) -> Iterable[int]:
    """Where it may end that begins here; of several, the one that is tried first comes last."""
    match = _compiled(way.pattern).match(text, at)
    if match is None:
        return ()
    return range(at + 3, match.end() + 1, 2) if way.ragged else (match.end(),)


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)
