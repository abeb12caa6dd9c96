"""How foreign formats keep the bytes of a body: as text, in base64, in hexadecimal, as a structure, as a form.

The law of this file: each kind gives the bytes, and for other bytes the scalars that have to change; what a
reader of that format would read from those are these bytes again.
"""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import parse_qsl, quote_plus

from .tree import Mapping, Node, Scalar, Sequence, broken, is_binary, json_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from collections.abc import Set as AbstractSet

__all__ = [
    "Base64",
    "Content",
    "Form",
    "Hexadecimal",
    "Nothing",
    "Structure",
    "Text",
    "Written",
    "text_or_binary",
]

Written = tuple[Scalar, str]
"""A scalar, and the value that it gets."""


class Content(Protocol):
    """A body as a file keeps it."""

    @property
    def raw(self) -> bytes:
        """The bytes."""
        ...

    def written(self, raw: bytes) -> Iterator[Written]:
        """What changes where these are the bytes; ValueError where they cannot be written so."""
        ...

    def line_of(self, place: str) -> int | None:
        """The line of a place in it, such as ``$.a[0]``."""
        ...

    def nodes(self) -> Iterable[Node]:
        """What of the file it was read from."""
        ...


class _OneScalar:
    def __init__(self, scalar: Scalar) -> None:
        self._scalar = scalar

    def line_of(self, place: str) -> int | None:  # noqa: ARG002  # one scalar, one line
        """The line on which it begins."""
        return self._scalar.line

    def nodes(self) -> Iterable[Node]:
        """The scalar."""
        return (self._scalar,)


class Nothing:
    """No body."""

    raw = b""

    def written(self, raw: bytes) -> Iterator[Written]:
        """Nothing may have come from nothing."""
        if raw:
            raise ValueError("there was no body")
        return iter(())

    def line_of(self, place: str) -> None:
        """It stands nowhere."""

    def nodes(self) -> Iterable[Node]:
        """Nothing."""
        return ()


class Text(_OneScalar):
    """A text; `charset` is how it was read from the bytes."""

    def __init__(self, scalar: Scalar, charset: str = "utf-8") -> None:
        super().__init__(scalar)
        self._charset = charset
        try:
            self.raw = scalar.value.encode(charset)
        except (LookupError, ValueError):
            self._charset = "utf-8"
            self.raw = scalar.value.encode("utf-8", "surrogatepass")

    def written(self, raw: bytes) -> Iterator[Written]:
        """The text in this charset."""
        errors = "surrogatepass" if self._charset == "utf-8" else "strict"
        yield self._scalar, raw.decode(self._charset, errors)


class Base64(_OneScalar):
    """Base64, in one line or in several."""

    def __init__(self, scalar: Scalar) -> None:
        super().__init__(scalar)
        lines = scalar.value.split()
        self._width = len(lines[0]) if len(lines) > 1 else 0
        try:
            self.raw = base64.b64decode("".join(lines), validate=True)
        except (binascii.Error, ValueError):
            broken("a body is no base64", scalar)

    def written(self, raw: bytes) -> Iterator[Written]:
        """In lines as long as they were."""
        text = base64.b64encode(raw).decode()
        if self._width:
            text = "\n".join(text[at : at + self._width] for at in range(0, len(text), self._width))
        yield self._scalar, text + ("\n" if self._scalar.value.endswith("\n") else "")


class Hexadecimal(_OneScalar):
    """Two digits for each byte."""

    def __init__(self, scalar: Scalar) -> None:
        super().__init__(scalar)
        try:
            self.raw = bytes.fromhex(scalar.value)
        except ValueError:
            broken("a body is not hexadecimal", scalar)

    def written(self, raw: bytes) -> Iterator[Written]:
        """In lower case."""
        yield self._scalar, raw.hex()


class Form:
    """A form, or a query, as pairs of scalars; there is one at least."""

    def __init__(self, pairs: list[tuple[Scalar, Scalar]]) -> None:
        self._pairs = pairs
        self.raw = "&".join(f"{_sent(name)}={_sent(value)}" for name, value in pairs).encode()

    def written(self, raw: bytes) -> Iterator[Written]:
        """The pairs, in order."""
        now = parse_qsl(raw.decode(), keep_blank_values=True)
        if len(now) != len(self._pairs):
            raise ValueError("the form has other fields now")
        for (name, value), told in zip(self._pairs, now, strict=True):
            yield from zip((name, value), told, strict=True)

    @property
    def line(self) -> int:
        """The line of the first pair."""
        return self._pairs[0][0].line

    def line_of(self, place: str) -> int | None:  # noqa: ARG002  # a form has lines of its own
        """The line of the first pair."""
        return self.line

    def nodes(self) -> Iterable[Node]:
        """Names and values."""
        return [each for pair in self._pairs for each in pair]


def _sent(scalar: Scalar) -> str:
    return quote_plus(scalar.value.encode("utf-8", "surrogatepass"))


@dataclass(frozen=True, slots=True)
class _Number:
    text: str


class _Pairs(list[tuple[str, Any]]):  # Any: JSON
    """A mapping as it was written, keys that stand twice included."""


class Structure:
    """JSON that is not written as a text but as the file's own mappings and lists. Of `skip` it knows nothing."""

    def __init__(self, node: Node, skip: AbstractSet[Node] = frozenset()) -> None:
        self._node = node
        self._skip = skip
        self._lines: dict[str, int] = {}
        pieces: list[str] = []
        self._emit(node, "$", pieces, set())
        self.raw = "".join(pieces).encode("utf-8", "surrogatepass")

    def line_of(self, place: str) -> int | None:
        """The line of the scalar that this path leads to."""
        return self._lines.get(place, self._node.line)

    def nodes(self) -> Iterable[Node]:
        """The node on top."""
        return (self._node,)

    def _emit(self, node: Node, place: str, out: list[str], seen: set[Node]) -> None:
        if node in seen or node in self._skip:
            out.append("null")
            return
        seen.add(node)
        self._lines[place] = node.line
        if isinstance(node, Scalar):
            out.append(_json(node))
        elif isinstance(node, Sequence):
            for at, item in enumerate(node.items):
                out.append(", " if at else "[")
                self._emit(item, f"{place}[{at}]", out, seen)
            out.append("]" if node.items else "[]")
        else:
            pairs = _named(node)
            for at, (key, value) in enumerate(pairs):
                out += [", " if at else "{", json.dumps(key.value, ensure_ascii=False), ": "]
                name = key.value
                step = f".{name}" if name.isidentifier() else f"[{name!r}]"
                self._emit(value, place + step, out, seen)
            out.append("}" if pairs else "{}")

    def written(self, raw: bytes) -> Iterator[Written]:
        """The scalars that are others now; ValueError where more than scalars is."""
        now = json.loads(
            raw.decode("utf-8", "surrogatepass"),
            object_pairs_hook=_Pairs,
            parse_int=_Number,
            parse_float=_Number,
        )
        yield from self._compare(self._node, now, set())

    def _compare(self, node: Node, now: Any, seen: set[Node]) -> Iterator[Written]:  # Any: JSON
        if node in seen or node in self._skip:
            return
        seen.add(node)
        if isinstance(node, Scalar):
            text = now.text if isinstance(now, _Number) else now
            if isinstance(text, str):
                yield node, text
        elif isinstance(node, Sequence):
            if not isinstance(now, list) or isinstance(now, _Pairs) or len(now) != len(node.items):
                raise ValueError("a list is another one now")
            for item, value in zip(node.items, now, strict=True):
                yield from self._compare(item, value, seen)
        else:
            pairs = _named(node)
            if not isinstance(now, _Pairs) or len(now) != len(pairs):
                raise ValueError("a mapping is another one now")
            for (key, item), (name, value) in zip(pairs, now, strict=True):
                if key not in self._skip:
                    yield key, name
                yield from self._compare(item, value, seen)


def _named(node: Mapping) -> list[tuple[Scalar, Node]]:
    return [(key, value) for key, value in node.pairs if isinstance(key, Scalar)]


def _json(scalar: Scalar) -> str:
    told = json_text(scalar)
    return json.dumps(scalar.value, ensure_ascii=False) if told is None else told


def text_or_binary(scalar: Scalar, charset: str = "utf-8") -> Content:
    """A scalar as its tag says; no value at all is no body."""
    if is_binary(scalar):
        return Base64(scalar)
    return Nothing() if json_text(scalar) == "null" else Text(scalar, charset)
