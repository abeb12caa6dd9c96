"""Where members of JSON, and pairs of a form, stand that are called by some names: read as in `secret_fields`.

The law of this file: as there, reading never fails, and what is found is told by its place.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from .secret_fields import COLON, PAIR, TOKEN, plain

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

__all__ = ["Member", "json_members", "named_pairs"]


class Member(NamedTuple):
    """A member of an object: its value from `start` to `end`, without the quotes of a `string`.

    `owner` is the same for the members of one object.
    """

    owner: int
    key: str
    start: int
    end: int
    string: bool


def json_members(text: str, wanted: Collection[str], start: int, end: int) -> Iterator[Member]:
    """The strings, objects and arrays of the JSON in ``text[start:end]`` that are members called so."""
    opened: list[tuple[int, str | None]] = []
    key: str | None = None
    for token in TOKEN.finditer(text, start, end):
        kind = token.lastgroup
        owner = opened[-1][0] if opened else -1
        if kind == "open":
            opened.append((token.start(), key))
        elif kind == "close":
            first, key = opened.pop() if opened else (0, None)
            if key is not None and key in wanted:
                yield Member(opened[-1][0] if opened else -1, key, first, token.end(), string=False)
        elif kind != "number" and COLON.match(text, token.end(), end):
            key = plain(token[kind or 0])
            continue
        elif kind != "number" and key is not None and key in wanted:
            yield Member(owner, key, *token.span(kind or 0), string=True)
        key = None


def named_pairs(text: str, wanted: Collection[str], start: int, end: int) -> Iterator[tuple[str, int, int]]:
    """The ``name=value`` pairs in ``text[start:end]`` that are called so: the name, and where its value is."""
    for pair in PAIR.finditer(text, start, end):
        if pair[2] and pair[1] in wanted:
            yield pair[1], *pair.span(2)
