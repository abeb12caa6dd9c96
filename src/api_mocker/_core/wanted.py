"""What a declared route wants of a request besides its place: query, headers, body.

The law of this file: a declaration says what must be there, in the words of its media type, and
``ANY`` (or any other object with an ``==`` of its own) may stand for a value at any depth. For each
thing that is wanted there is the same thing as near to a given request as may be: what is shown to
people is the difference between the two.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from ..exceptions import UsageError
from .multipart import Part

if TYPE_CHECKING:
    from .canonical import Canonical, Pairs

__all__ = ["UNSET", "Body", "Content", "Fields", "Json", "Multiset", "Unset", "multiset"]

# What is declared may be an object of any class: only its ``==`` is asked.


class Unset:
    """The class of what was not given, where None is something to give."""

    def __repr__(self) -> str:
        return "..."


UNSET = Unset()


@dataclass(frozen=True, slots=True)
class Multiset:
    """Names and the values wanted under each, in any order; of ``headers`` others may be there too."""

    pairs: tuple[tuple[str, object], ...]

    def lowered(self) -> Multiset:
        """The same with names in lower case, as names of headers are compared."""
        return Multiset(tuple((name.lower(), value) for name, value in self.pairs))

    def takes(self, live: Iterable[tuple[str, object]]) -> bool:
        """Whether these pairs are the wanted ones, no more and no fewer."""
        live = list(live)
        return len(live) == len(self.pairs) and not self._left(live)

    def lacks(self, live: Iterable[tuple[str, object]]) -> list[tuple[str, object]]:
        """The wanted pairs that are not among these."""
        return self._left(list(live))

    def nearest(self, live: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
        """The wanted pairs in text, each that the request satisfies as the request has it."""
        rest = list(live)
        out: list[tuple[str, str]] = []
        for name, value in self._plain_first():
            found = _first(rest, name, value)
            if found is not None:
                rest.remove(found)
            out.append((name, found[1] if found is not None else _shown(value)))
        return out

    def _left(self, live: list[tuple[str, object]]) -> list[tuple[str, object]]:
        left = []
        for name, value in self._plain_first():
            found = _first(live, name, value)
            if found is None:
                left.append((name, value))
            else:
                live.remove(found)
        return left

    def _plain_first(self) -> list[tuple[str, object]]:
        # An object that equals everything must not take what a plain value needs.
        return sorted(self.pairs, key=lambda pair: not isinstance(pair[1], str))


def _first(live: list[tuple[str, Any]], name: str, value: object) -> tuple[str, Any] | None:
    return next((pair for pair in live if pair[0] == name and value == pair[1]), None)


def _shown(value: object) -> str:
    return value if isinstance(value, str) else repr(value)


def multiset(given: object, what: str) -> Multiset:
    """The multiset that a mapping (whose values may be lists) or pairs say; UsageError where it is neither."""
    items: list[tuple[Any, Any]] = []
    if isinstance(given, Mapping):
        for name, value in given.items():
            items += [(name, each) for each in (value if isinstance(value, list | tuple) else [value])]
    elif isinstance(given, str | bytes) or not isinstance(given, Iterable):
        raise UsageError(f"{what}= is a mapping or pairs, and is {given!r}")
    else:
        for pair in given:
            if not isinstance(pair, list | tuple) or len(pair) != 2:
                raise UsageError(f"{what}= is a mapping or pairs, and {pair!r} is no pair")
            items.append((pair[0], pair[1]))
    return Multiset(tuple((_name(name, what), _value(value, name, what)) for name, value in items))


def _name(name: object, what: str) -> str:
    if not isinstance(name, str):
        raise UsageError(f"{what}=: a name is text, and {name!r} is {type(name).__name__}")
    return name


def _value(value: object, name: object, what: str) -> object:
    if value is None:
        raise UsageError(
            f"{what}=: the value of {name!r} is None, which clients send differently or not at all; say '' or leave it out"
        )
    if isinstance(value, bool):  # requests writes True, httpx true
        return _Written({str(value), str(value).lower()}, str(value))
    if isinstance(value, int | float):
        return str(value)
    return value.decode("latin-1") if isinstance(value, bytes) else value


class _Written:
    """A value that clients write in more than one way."""

    def __init__(self, ways: set[str], shown: str) -> None:
        self._ways, self._shown = ways, shown

    def __eq__(self, other: object) -> bool:
        return other in self._ways if isinstance(other, str) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._shown)

    def __repr__(self) -> str:
        return self._shown


class Body(Protocol):
    """A wanted body."""

    def takes(self, live: Canonical) -> bool:
        """Whether the request's body is the wanted one."""
        ...

    def nearest(self, live: Canonical) -> tuple[str, bytes]:
        """The wanted body, as near to the request's as may be, and its media type."""
        ...

    @property
    def key(self) -> object:
        """Equal for wanted bodies that certainly take the same."""
        ...


@dataclass(frozen=True, slots=True)
class Json:
    """A body that reads as this JSON value; `1` is neither `1.5` nor `True` nor `"1"`."""

    value: object

    def takes(self, live: Canonical) -> bool:
        """Whether the body is JSON and equal."""
        return live.body.kind == "json" and _equal(self.value, live.body.value)

    def nearest(self, live: Canonical) -> tuple[str, bytes]:
        """The value with the request's own parts wherever they are as wanted."""
        value = _nearest(self.value, live.body.value if live.body.kind == "json" else UNSET)
        return "application/json", json.dumps(value, ensure_ascii=False, default=repr).encode()

    @property
    def key(self) -> object:
        """The value."""
        return self.value


def _equal(wanted: object, live: object) -> bool:
    if isinstance(wanted, Mapping) and isinstance(live, dict):
        return wanted.keys() == live.keys() and all(_equal(wanted[name], live[name]) for name in wanted)
    if isinstance(wanted, list | tuple) and isinstance(live, list):
        return len(wanted) == len(live) and all(map(_equal, wanted, live))
    if isinstance(wanted, bool) or (isinstance(live, bool) and isinstance(wanted, int | float)):
        return wanted is live
    return bool(wanted == live)


def _nearest(wanted: object, live: object) -> object:
    if not isinstance(live, Unset) and _equal(wanted, live):
        return live
    if isinstance(wanted, Mapping):
        theirs = live if isinstance(live, dict) else {}
        return {str(name): _nearest(value, theirs.get(name, UNSET)) for name, value in wanted.items()}
    if isinstance(wanted, list | tuple):
        rest = live if isinstance(live, list) else []
        return [_nearest(value, rest[at] if at < len(rest) else UNSET) for at, value in enumerate(wanted)]
    return wanted


@dataclass(frozen=True, slots=True)
class Content:
    """A body of exactly these bytes (or that an object of one's own takes)."""

    value: object

    def takes(self, live: Canonical) -> bool:
        """Whether the bytes are equal; content codings are taken off before."""
        return bool(self.value == live.request.body)

    def nearest(self, live: Canonical) -> tuple[str, bytes]:
        """The bytes."""
        if isinstance(self.value, bytes):
            return live.request.headers.get("content-type") or "", self.value
        return "", repr(self.value).encode()

    @property
    def key(self) -> object:
        """The bytes."""
        return self.value


@dataclass(frozen=True, slots=True)
class Fields:
    """A form (RFC 9110 knows it as application/x-www-form-urlencoded), or the parts of a multipart body.

    ``fields`` None: whatever fields there are. ``files`` None: a form; it has none.
    """

    fields: Multiset | None
    files: tuple[tuple[str, object], ...] | None = None

    def takes(self, live: Canonical) -> bool:
        """Whether fields and files are the wanted ones; the order of files counts, that of fields does not."""
        fields, files = _taken_apart(live)
        if fields is None:
            return False
        if self.fields is not None and not self.fields.takes(fields):
            return False
        wanted = self.files if self.files is not None else ()
        return len(files) == len(wanted) and all(map(_file_is, wanted, files))

    def nearest(self, live: Canonical) -> tuple[str, bytes]:
        """A form, or a multipart body, with the request's own pairs and parts where they are as wanted."""
        from urllib.parse import urlencode

        fields, files = _taken_apart(live)
        pairs = self.fields.nearest(fields or ()) if self.fields is not None else list(fields or ())
        if self.files is None and live.body.kind != "multipart":
            return "application/x-www-form-urlencoded", urlencode(pairs).encode()
        parts = [Part(name, None, "", value.encode()) for name, value in pairs]
        for at, wanted in enumerate(self.files or ()):
            theirs = files[at] if at < len(files) else None
            parts.append(theirs if theirs is not None and _file_is(wanted, theirs) else _file(wanted))
        return "multipart/form-data; boundary=wanted", b"".join(map(_written, parts)) + b"--wanted--\r\n"

    @property
    def key(self) -> object:
        """Both."""
        return self.fields, self.files


def _taken_apart(live: Canonical) -> tuple[Pairs | None, list[Part]]:
    if live.body.kind == "form":
        return tuple(live.body.value), []
    if live.body.kind == "multipart":
        parts: tuple[Part, ...] = live.body.value
        fields = tuple(
            (part.name, part.content.decode("utf-8", "replace")) for part in parts if not part.filename
        )
        return fields, [part for part in parts if part.filename]
    return None if live.request.body else (), []


def _file_is(wanted: tuple[str, object], part: Part) -> bool:
    name, value = wanted
    if name != part.name:
        return False
    if isinstance(value, tuple):
        actual = (part.filename, part.content, part.media_type)[: len(value)]
        return all(_same_bytes(each, other) for each, other in zip(value, actual, strict=True))
    return _same_bytes(value, part.content)


def _same_bytes(wanted: object, actual: object) -> bool:
    if isinstance(wanted, str) and isinstance(actual, bytes):
        wanted = wanted.encode()
    return bool(wanted == actual)


def _file(wanted: tuple[str, object]) -> Part:
    name, value = wanted
    filename, content, kind, *_ = (*value, "", "") if isinstance(value, tuple) else ("file", value, "", "")
    return Part(
        name, str(filename), str(kind), content if isinstance(content, bytes) else str(content).encode()
    )


def _written(part: Part) -> bytes:
    head = f'--wanted\r\nContent-Disposition: form-data; name="{part.name}"'
    head += f'; filename="{part.filename}"' if part.filename is not None else ""
    head += f"\r\nContent-Type: {part.media_type}" if part.media_type else ""
    return head.encode() + b"\r\n\r\n" + part.content + b"\r\n"
