"""The one form in which requests are compared, and in which a recording's meaning is judged.

The law of this file: the live and the recorded side pass through the same function, redaction
included, so neither redacting nor a client's way of writing a URL can break matching. Whatever
cannot be read as its media type is compared as bytes: a body that was not understood never
matches by accident.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import parse_qsl, unquote, urlsplit

from ..exceptions import UsageError
from .model import media_type
from .multipart import multipart
from .nearest import nearest_name
from .passthrough import DEFAULT_PORTS
from .placeholders import holds_placeholder, unquoted, without_numbers
from .signed import moments

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Sequence

    from .model import Headers, Request

__all__ = ["Body", "Canonical", "Ignore", "Pairs", "canonical_body", "has_structure", "json_number", "places"]

Pairs = tuple[tuple[str, str], ...]
"""A multiset of names and values: of a query, a form, headers."""

SLASH = "\ud800"
"""An encoded slash in a decoded path: a character that decoding gives for nothing else."""
_JSON_TYPE = re.compile(r"(?:application|text)/(?:.*[+.-])?json(?:[+.-].*)?\Z")  # AWS: x-amz-json-1.1


@dataclass(frozen=True, slots=True)
class Ignore:
    """What two requests may differ in and still be the same.

    ``json`` holds compiled JSONPath queries (RFC 9535); names of query keys and form fields are
    exact, header names ignore case.
    """

    json: tuple[Any, ...] = ()  # Any: the compiled query's class is only imported when one is used
    query: frozenset[str] = frozenset()
    form: frozenset[str] = frozenset()
    headers: frozenset[str] = frozenset()
    entries: tuple[str, ...] = ()

    @classmethod
    def parse(cls, entries: Iterable[str], called: str = "ignore entry") -> Ignore:
        """Reads entries such as ``json:$..timestamp``, ``query:ts``, ``form:nonce``, ``header:x-date``.

        `called` is what one of them is called in an error.
        """
        names: dict[str, list[str]] = {"json": [], "query": [], "form": [], "header": []}
        entries = tuple(entries)
        for entry in entries:
            kind, colon, name = str(entry).partition(":")
            if not colon or not name or kind not in names:
                raise UsageError(
                    f"{called} {entry!r} is not of the form json:$.path, query:name, form:name or "
                    f"header:name{nearest_name(kind, names)}"
                )
            names[kind].append(name)
        return cls(
            tuple(_compile(path, called) for path in names["json"]),
            frozenset(names["query"]),
            frozenset(names["form"]),
            frozenset(name.lower() for name in names["header"]),
            entries,
        )


def _compile(path: str, called: str) -> Any:
    import jsonpath_rfc9535  # only who ignores JSON paths pays for the library

    try:
        return jsonpath_rfc9535.compile(path)
    except jsonpath_rfc9535.JSONPathError as error:
        raise UsageError(f"{called} 'json:{path}' is no JSONPath (RFC 9535): {error}") from None


class Body(NamedTuple):
    """A body's meaning: `key` is equal exactly for bodies that mean the same; `value` is for people."""

    kind: str  # "none", "json", "form", "multipart", "bytes"
    key: Hashable
    value: Any  # Any: parsed JSON, a list of pairs, a list of parts or bytes, as `kind` says


_NO_BODY = Body("none", None, None)


class _Place(NamedTuple):
    """What the URL alone says."""

    scheme: str
    host: str
    port: int
    path: str
    query: str
    numbered: bool


# A recording is looked at by its first lines and then in full, and the request it answers has its URL.
@lru_cache(maxsize=512)
def _place(url: str) -> _Place:
    """ValueError where `url` is none."""
    parts = urlsplit(url)
    scheme = parts.scheme.lower()
    path = parts.path or "/"
    if "%" in path:
        path = unquote(path.replace("%2f", SLASH).replace("%2F", SLASH), errors="surrogateescape")
    port = parts.port or DEFAULT_PORTS.get(scheme, 0)
    return _Place(scheme, (parts.hostname or "").lower(), port, path, parts.query, holds_placeholder(url))


class Canonical:
    """A redacted request, with each costly part of its meaning computed when first asked for.

    ``path`` is percent-decoded but for encoded slashes, which mean something else than slashes
    (RFC 3986 2.2). ``numbered`` says that placeholders occur in it, whose numbers then take part in
    choosing a recording, ``numbered_place`` that they occur in its URL. ``verdicts`` are what one's own
    matchers said of it and a recording, so that none is asked twice.
    """

    def __init__(self, request: Request, ignore: Ignore) -> None:
        self.request = request
        self.ignore = ignore
        self.method = request.method.upper()
        self.scheme, self.host, self.port, self.path, self._raw_query, self.numbered_place = _place(
            request.url
        )
        self.numbered = self.numbered_place or holds_placeholder(request.body)
        self.verdicts: dict[tuple[int, int], str | None] = {}
        self._query: tuple[tuple[str, str], ...] | None = None if self._raw_query else ()
        self._body: Body | None = None

    # These two are asked of every request, and before Python 3.12 a cached_property takes a lock.
    @property
    def query(self) -> tuple[tuple[str, str], ...]:
        """The query as a sorted multiset of pairs."""
        if self._query is None:
            pairs = parse_qsl(self._raw_query, keep_blank_values=True, errors="surrogateescape")
            self._query = tuple(_compared(pairs, self.ignore.query))
        return self._query

    @property
    def body(self) -> Body:
        """What the body means by its media type."""
        if self._body is None:
            self._body = canonical_body(self.request.body, self.request.headers, self.ignore)
        return self._body

    @cached_property
    def headers(self) -> tuple[tuple[str, str], ...]:
        """The stored headers, sorted, but for those that merely describe the body's framing."""
        skip = self.ignore.headers | {"content-length", "transfer-encoding"}
        boundary = re.compile(r";\s*boundary=[^;]*", re.IGNORECASE)
        pairs = ((name.lower(), boundary.sub("", value)) for name, value in self.request.headers)
        return tuple(sorted(pair for pair in pairs if pair[0] not in skip))

    @cached_property
    def numbered_headers(self) -> bool:
        """Whether placeholders occur in its headers."""
        return any(holds_placeholder(value) for _, value in self.headers)


def _compared(pairs: list[tuple[str, str]], ignored: frozenset[str]) -> list[tuple[str, str]]:
    left_out = ignored | moments(name for name, _ in pairs)
    return sorted(pair for pair in pairs if pair[0] not in left_out)


def plain(key: Hashable) -> Hashable:
    """A key with the numbers of its placeholders left out, and percent-encoded ones read."""
    if isinstance(key, str):
        return without_numbers(unquoted(key))
    if isinstance(key, bytes):
        return plain(key.decode("latin-1"))
    if isinstance(key, tuple):
        return tuple(plain(item) for item in key)
    return key


def canonical_body(content: bytes, headers: Headers, ignore: Ignore) -> Body:
    """The meaning of a body, by its media type; bytes where it cannot be read as that."""
    if not content:
        return _NO_BODY
    kind, parameters = media_type(headers)
    reader = _reader(kind, content[:1])
    read = None if reader is None else reader(content, parameters, ignore)
    return read or Body("bytes", content, content)


def has_structure(headers: Headers, start: bytes) -> bool:
    """Whether more is compared than bytes, in a body that begins with `start`."""
    return _reader(media_type(headers)[0], start) is not None


def _reader(kind: str, start: bytes) -> Callable[[bytes, dict[str, str], Ignore], Body | None] | None:
    if _JSON_TYPE.match(kind) or (not kind and start in (b"{", b"[")):
        return _json
    if kind == "application/x-www-form-urlencoded":
        return _form
    return _multipart if kind.startswith("multipart/") else None


class _Duplicate(ValueError):
    """An object with one key twice: what it means is anybody's guess (RFC 8259 section 4)."""


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise _Duplicate
    return value


def _constant(name: str) -> Any:
    raise ValueError(name)


def json_number(text: str) -> int | float | str:
    """The number that this text of JSON says."""
    # 1.0 and 1 are the same number; 0.1 stays itself; digits that a float would lose are kept as text.
    value = Decimal(text)
    if value.adjusted() < 400 and value == value.to_integral_value():
        return int(value)
    near = float(text)
    return near if Decimal(repr(near)) == value else f"\0number {_written_alike(value)}"


def _written_alike(value: Decimal) -> str:
    """One way of writing for equal numbers; `Decimal.normalize` would round to 28 digits."""
    sign, digits, exponent = value.as_tuple()
    kept = "".join(map(str, digits)).rstrip("0")
    return f"{'-' * sign}{kept}e{int(exponent) + len(digits) - len(kept)}"


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_float=json_number, parse_constant=_constant)


def _json(content: bytes, _: dict[str, str], ignore: Ignore) -> Body | None:
    try:
        value = _DECODER.decode(content.decode("utf-8"))
        if ignore.json:
            value = _without(value, ignore.json)
        return Body("json", json.dumps(value, sort_keys=True, separators=(",", ":")), value)
    except (ValueError, RecursionError, ArithmeticError):
        return None


def places(value: Any, queries: Iterable[Any]) -> set[tuple[int | str, ...]]:
    """Where in `value` the nodes are that compiled JSONPaths select. Any: parsed JSON; the class of a query.

    ValueError where that cannot be told.
    """
    import jsonpath_rfc9535  # who has compiled queries has it

    try:
        return {tuple(node.location) for query in queries for node in query.find(value)}
    except jsonpath_rfc9535.JSONPathError as error:  # `..` in a value that is nested too deeply for it
        raise ValueError(str(error)) from None


def _without(value: Any, queries: Iterable[Any]) -> Any:
    """`value` without the nodes that compiled JSONPaths select; deepest and last first.

    All are looked for before any goes: an index means a place in what was sent.
    """
    selected = places(value, queries)
    for place in sorted(selected, key=_depth_then_index, reverse=True):
        if not place:
            return None
        parent = value
        for step in place[:-1]:
            parent = parent[step]
        del parent[place[-1]]
    return value


def _depth_then_index(place: Sequence[int | str]) -> tuple[int, list[tuple[int, str]]]:
    return len(place), [(step, "") if isinstance(step, int) else (-1, step) for step in place]


def _form(content: bytes, _: dict[str, str], ignore: Ignore) -> Body | None:
    try:
        pairs = parse_qsl(content.decode("ascii"), keep_blank_values=True, errors="surrogateescape")
    except ValueError:
        return None
    kept = _compared(pairs, ignore.form)
    return Body("form", tuple(kept), kept)


def _multipart(content: bytes, parameters: dict[str, str], ignore: Ignore) -> Body | None:
    parts = multipart(content, parameters.get("boundary", ""))
    if parts is None:
        return None
    left_out = ignore.form | moments(part.name for part in parts)
    kept = tuple(part for part in parts if part.name not in left_out)
    return Body("multipart", kept, kept)
