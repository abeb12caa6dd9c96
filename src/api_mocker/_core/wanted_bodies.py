"""The body that a declared route wants of a request, by its media type.

The law of this file: a declaration says what must be there, and ``ANY`` (or any other object with an
``==`` of its own) may stand for a value at any depth. For each body that is wanted there is the same
as near to a given request as may be: what is shown to people is the difference between the two.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from math import isfinite
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlencode
from uuid import UUID

from ..exceptions import UsageError
from .canonical import json_number
from .multipart import Part
from .wanted import UNSET, Multiset, Unset, kind_of, multiset, written

if TYPE_CHECKING:
    from .canonical import Canonical, Pairs

__all__ = ["Body", "Content", "Fields", "Json", "body_of"]

# What is declared may be an object of any class: only its ``==`` is asked.


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
    """A body that reads as this JSON value; `1` is the number `1.0`, and neither `True` nor `"1"`."""

    value: object

    def takes(self, live: Canonical) -> bool:
        """Whether the body is JSON and equal."""
        return live.body.kind == "json" and _equal(self.value, live.body.value)

    def nearest(self, live: Canonical) -> tuple[str, bytes]:
        """The value with the request's own parts wherever they are as wanted."""
        value = _nearest(self.value, live.body.value if live.body.kind == "json" else UNSET)
        return "application/json", json.dumps(value, ensure_ascii=False, default=written).encode(
            "utf-8", "surrogatepass"
        )

    @property
    def key(self) -> object:
        """The value."""
        return self.value


_NO_JSON = (bytes, bytearray, set, frozenset, date, time, timedelta, UUID)


def _json(value: object) -> object:
    """A declared JSON value as it is compared; UsageError where no JSON can be that."""
    if isinstance(value, Mapping):
        return {_key(name): _json(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_json(item) for item in value]
    if isinstance(value, float):
        if not isfinite(value):
            raise UsageError(f"json= holds {value!r}, which JSON does not have (RFC 8259 section 6)")
        return json_number(repr(value))
    if isinstance(value, _NO_JSON):
        raise UsageError(
            f"json= holds {kind_of(value)}, and a JSON value is never that; write it as it is sent"
        )
    return value


def _key(name: object) -> object:
    """A key as `json.dumps` writes it."""
    if name is None or isinstance(name, bool | int | float):
        return json.dumps(name)
    if not isinstance(name, str):
        raise UsageError(f"json=: the keys of an object are text, and one of them is {kind_of(name)}")
    return name


def _equal(wanted: object, live: object) -> bool:
    if isinstance(wanted, dict) and isinstance(live, dict):
        return wanted.keys() == live.keys() and all(_equal(wanted[name], live[name]) for name in wanted)
    if isinstance(wanted, list) and isinstance(live, list):
        return len(wanted) == len(live) and all(map(_equal, wanted, live))
    if isinstance(wanted, bool) or (isinstance(live, bool) and isinstance(wanted, int | float)):
        return wanted is live
    return bool(wanted == live)


def _nearest(wanted: object, live: object) -> object:
    if not isinstance(live, Unset) and _equal(wanted, live):
        return live
    if isinstance(wanted, dict):
        theirs = live if isinstance(live, dict) else {}
        return {name: _nearest(value, theirs.get(name, UNSET)) for name, value in wanted.items()}
    if isinstance(wanted, list):
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
        content = self.value if isinstance(self.value, bytes) else written(self.value).encode()
        return live.request.headers.get("content-type") or "", content

    @property
    def key(self) -> object:
        """The bytes."""
        return self.value


def _content(value: object) -> object:
    if isinstance(value, str):
        return value.encode()
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value)
    if isinstance(value, dict | list):
        raise UsageError(f"content= is bytes or text, and not {kind_of(value)}; json= takes a JSON value")
    if value is None or isinstance(value, int | float | tuple | set) or hasattr(value, "read"):
        raise UsageError(
            f"content= is bytes or text, and not {kind_of(value)}; content=b'' is a request without a body"
        )
    return value


@dataclass(frozen=True, slots=True)
class Fields:
    """A form (RFC 9110 knows it as application/x-www-form-urlencoded), or the parts of a multipart body.

    ``fields`` None: whatever fields there are. ``files`` None: a form; it has none. ``files`` an object
    that equals everything: whatever files there are.
    """

    fields: Multiset | None
    files: tuple[tuple[str, object], ...] | object | None = None

    def takes(self, live: Canonical) -> bool:
        """Whether fields and files are the wanted ones; the order of files counts, that of fields does not."""
        fields, files = _taken_apart(live)
        if fields is None:
            return False
        if self.fields is not None and not self.fields.takes(fields):
            return False
        if self._any_files:
            return bool(files)
        wanted = self._wanted
        return len(files) == len(wanted) and all(map(_file_is, wanted, files))

    @property
    def _any_files(self) -> bool:
        return self.files is not None and not isinstance(self.files, tuple)

    @property
    def _wanted(self) -> tuple[tuple[str, object], ...]:
        return self.files if isinstance(self.files, tuple) else ()

    def nearest(self, live: Canonical) -> tuple[str, bytes]:
        """A form, or a multipart body, with the request's own pairs and parts where they are as wanted."""
        fields, _ = _taken_apart(live)
        if self.files is None and live.body.kind != "multipart":
            pairs = list(fields or ()) if self.fields is None else self.fields.nearest(fields or ())
            return "application/x-www-form-urlencoded", urlencode(pairs, errors="surrogateescape").encode()
        parts: Sequence[Part] = live.body.value if live.body.kind == "multipart" else ()
        return "multipart/form-data; boundary=wanted", b"".join(
            map(_sent, self._parts(parts))
        ) + b"--wanted--\r\n"

    def _parts(self, live: Sequence[Part]) -> Iterator[Part]:
        """The wanted parts in the order of the request's own, each of these that is as wanted as it is."""
        pairs = [(part.name, part.content.decode("utf-8", "replace")) for part in live if not part.filename]
        kept = None if self.fields is None else {*self.fields.found(pairs).values()}
        left = [] if self.fields is None else self.fields.lacks(pairs)
        files, place = list(self._wanted), -1
        for part in live:
            if part.filename:
                if self._any_files:
                    yield part
                elif files:
                    wanted = files.pop(0)
                    yield part if _file_is(wanted, part) else _file(wanted)
                continue
            place += 1
            if kept is None or place in kept:
                yield part
            elif (pair := next((pair for pair in left if pair[0] == part.name), None)) is not None:
                left.remove(pair)
                yield part._replace(content=written(pair[1]).encode("utf-8", "surrogateescape"))
        for name, value in left:
            yield Part(name, None, "", written(value).encode("utf-8", "surrogateescape"))
        yield from map(_file, files)

    @property
    def key(self) -> object:
        """Both."""
        fields = None if self.fields is None else sorted(self.fields.pairs, key=lambda pair: pair[0])
        return fields, "any" if self._any_files else self.files


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
    filename, content, kind, *_ = (*value, "", "") if isinstance(value, tuple) else (name, value, "", "")
    return Part(
        name,
        written(filename),
        written(kind),
        content if isinstance(content, bytes) else written(content).encode(),
    )


def _sent(part: Part) -> bytes:
    head = f'--wanted\r\nContent-Disposition: form-data; name="{part.name}"'
    head += f'; filename="{part.filename}"' if part.filename is not None else ""
    head += f"\r\nContent-Type: {part.media_type}" if part.media_type else ""
    return head.encode("utf-8", "surrogateescape") + b"\r\n\r\n" + part.content + b"\r\n"


# Any: whatever the user gave.
def body_of(options: Mapping[str, Any]) -> Body | None:
    """The body that these keywords say; None where none of them says one. UsageError where none can be that."""
    given = [name for name in ("json", "content", "data", "files") if options.get(name, UNSET) is not UNSET]
    if len(given) > 1 and given != ["data", "files"]:
        raise UsageError(f"a request has one body, and here are {' and '.join(f'{name}=' for name in given)}")
    if "json" in given:
        try:
            return Json(_json(options["json"]))
        except RecursionError:
            raise UsageError("json= is nested too deeply, or holds itself") from None
    if "content" in given:
        return Content(_content(options["content"]))
    if not given:
        return None
    data, files = options.get("data", UNSET), options.get("files", UNSET)
    return Fields(None if data is UNSET else _data(data), None if files is UNSET else _files(files))


def _data(given: object) -> Multiset | None:
    if isinstance(given, str | bytes):
        raise UsageError("data= are the fields of a form; a body of text or bytes is given as content=")
    if not isinstance(given, Mapping | Iterable) and given == object():  # as ANY does
        return None
    return multiset(given, "data")


def _files(given: object) -> tuple[tuple[str, object], ...] | object:
    if not isinstance(given, Mapping | Iterable) and given == object():  # as ANY does
        return given
    pairs = list(given.items()) if isinstance(given, Mapping) else given
    if not isinstance(pairs, list | tuple) or not all(
        isinstance(pair, list | tuple) and len(pair) == 2 for pair in pairs
    ):
        raise UsageError(
            "files= is a mapping of names to contents or to (filename, content, type), or a list of such pairs, "
            f"and not {kind_of(given)}"
        )
    return tuple((str(name), _given_file(name, value)) for name, value in pairs)


def _given_file(name: object, value: object) -> object:
    if isinstance(value, tuple) and not 2 <= len(value) <= 3:
        raise UsageError(
            f"files=: {name!r} is (filename, content) or (filename, content, type), not {len(value)} items"
        )
    for each in value if isinstance(value, tuple) else (value,):
        if hasattr(each, "read"):
            raise UsageError(f"files=: {name!r} is an open file, which can be read once; give its bytes")
        if each is None or isinstance(each, list | dict | set | int | float):
            raise UsageError(
                f"files=: {name!r} is bytes, text or (filename, content, type), and not {kind_of(each)}"
            )
    return value
