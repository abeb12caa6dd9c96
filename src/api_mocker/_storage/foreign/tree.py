"""A foreign file as a tree, in which every scalar knows where in the text it stands.

The law of this file: nothing is built but texts, lists and mappings, whatever a file's tags ask for; and
what a tree costs is in proportion to its text, also where aliases say the same many times.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NoReturn, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "MAX_DEPTH",
    "Broken",
    "Mapping",
    "Node",
    "Scalar",
    "Sequence",
    "broken",
    "is_binary",
    "json_text",
]

MAX_DEPTH = 128
"""Mappings and lists within each other that are followed; bodies that are written as such lie deep."""

_PLAIN_JSON = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|true|false|null")
_PLAIN_WORDS = {"": "null", "~": "null", "null": "null", "true": "true", "false": "false"}


@dataclass(slots=True, eq=False)
class Scalar:
    """A text, and where it stands: offsets in characters, and the line from 1. `style` is a key of `STYLES`."""

    value: str
    start: int
    end: int
    line: int
    style: str = "plain"
    tag: str = ""

    @property
    def size(self) -> int:
        """About how much it holds."""
        return len(self.value) + 1


@dataclass(slots=True, eq=False)
class Sequence:
    """A list. `size` is what it holds with every alias followed."""

    start: int
    line: int
    end: int = 0
    size: int = 1
    items: list[Node] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Mapping:
    """A mapping, with its pairs as they stand there. `size` is what it holds with every alias followed."""

    start: int
    line: int
    end: int = 0
    size: int = 1
    pairs: list[tuple[Node, Node]] = field(default_factory=list)

    def items(self) -> Iterator[tuple[Scalar, Node]]:
        """The pairs whose key is a scalar, those that are merged (``<<``) included."""
        for key, value in self.pairs:
            if not isinstance(key, Scalar):
                continue
            if key.value == "<<" and isinstance(value, Mapping):
                yield from value.items()
            else:
                yield key, value

    def get(self, *keys: str) -> Node | None:
        """The value under the first of these keys that is there; of a key that stands twice, the last."""
        held = {key.value: value for key, value in self.items()}
        return next((held[key] for key in keys if key in held), None)


Node: TypeAlias = "Scalar | Sequence | Mapping"


class Broken(Exception):
    """What is wrong with a foreign file, and its line from 1; never leaves the readers."""

    def __init__(self, reason: str, line: int = 1) -> None:
        super().__init__(reason)
        self.reason = reason
        self.line = line


def broken(reason: str, node: Node | None = None) -> NoReturn:
    """Says what is wrong, and where."""
    raise Broken(reason, 1 if node is None else node.line)


def is_binary(scalar: Scalar) -> bool:
    """Whether the text is base64 by its tag: ``!!binary``, and ``!binary`` as Ruby writes it."""
    return scalar.tag in ("tag:yaml.org,2002:binary", "!binary")


def json_text(scalar: Scalar) -> str | None:
    """The scalar as JSON where it is no text: a number, a word; None where it is one."""
    if scalar.style not in ("plain", "bare") or scalar.tag:
        return None
    if _PLAIN_JSON.fullmatch(scalar.value):
        return scalar.value
    return _PLAIN_WORDS.get(scalar.value.lower()) if scalar.style == "plain" else None
