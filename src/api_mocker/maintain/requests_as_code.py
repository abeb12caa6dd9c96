"""What was asked for, as the code of a declaration.

The law of this file: a declaration is read as a mock reads it, and must take the request that it was
made of. What a cassette does not compare (redacted values, `ignore`, what `match_on` leaves out) is
ANY, or is left out.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from .._core.addresses import Prefix
from .._core.canonical import Canonical, Ignore, canonical_body, places
from .._core.code import ANY, Raw, arguments, flat, path_of, text_of
from .._core.declared import declared
from .._core.matching import BUILT_IN
from .._core.place import Place
from .._core.placeholders import holds_placeholder
from ..exceptions import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .._core.declared import Declared
    from .._core.model import Request

__all__ = ["BODIES", "Wanted", "wanted_of"]

BODIES = frozenset({"json", "data", "content", "files"})
_NOTHING = Ignore()
_NOWHERE = Place("", 0, str)
_FRAMING = ("host", "user-agent", "accept-encoding", "connection", "content-type")


class _Anything:
    """Equal to whatever it is compared with, as ``unittest.mock.ANY`` is."""

    __hash__ = None  # type: ignore[assignment]  # it equals things of any hash

    def __eq__(self, other: object) -> bool:
        return True


@dataclass(frozen=True)
class Wanted:
    """A declaration: verb, place, keywords. ``origin`` is scheme and host, empty for any."""

    request: Request
    method: str | Raw
    origin: str
    path: str
    keywords: tuple[tuple[str, object], ...]
    own: tuple[str, ...] = field(default=())  # matchers of the project's own

    @cached_property
    def key(self) -> str:
        """Equal for declarations that are written alike."""
        return repr((self.method, self.origin, self.path, flat(list(self.keywords)), self.own))

    @cached_property
    def declared(self) -> Declared:
        """The declaration as a mock reads it; UsageError where it cannot be read."""
        options = {name: _meant(value) for name, value in self.keywords}
        return declared(_NOWHERE, Prefix(self.origin), _meant(self.method), self.path, options)

    @cached_property
    def live(self) -> Canonical:
        """Its request, as a mock compares it."""
        return Canonical(self.request, _NOTHING)

    @property
    def has_body(self) -> bool:
        """Whether the body matters to it."""
        return any(name in BODIES for name, _ in self.keywords)

    @cached_property
    def is_open(self) -> bool:
        """Whether something in it stands for more than one value."""
        return "{" in self.path or any(_holds_any(value) for _, value in (("", self.method), *self.keywords))

    def takes(self, other: Wanted) -> bool:
        """Whether it would take the request of another declaration."""
        return self.declared.takes(other.live) is not None

    def without_a_body(self) -> Wanted:
        """The same, for requests that have none."""
        return replace(self, keywords=(*self.keywords, ("content", b"")))


def wanted_of(request: Request, ignore: Ignore, match_on: Sequence[object]) -> Wanted:
    """The declaration of this (redacted) request, the closest one that takes it."""
    parts = urlsplit(request.url)
    everywhere = not {"scheme", "host", "port"} <= {*match_on}
    method = request.method.upper() if "method" in match_on else ANY
    origin = "" if everywhere else f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
    own = tuple(name for name in match_on if isinstance(name, str) and name not in BUILT_IN)
    for keywords in _keywords(request, ignore, match_on):
        wanted = Wanted(request, method, origin, path_of(parts.path or "/"), keywords, own)
        try:
            if wanted.takes(wanted):
                return wanted
        except UsageError:
            continue
    raise UsageError(f"{request!r} cannot be declared: a mock has no such URL")


def _keywords(
    request: Request, ignore: Ignore, match_on: Sequence[object]
) -> Iterator[tuple[tuple[str, object], ...]]:
    """What may be wanted of the request, the closest first."""
    exact = [_loosened(name, value, request, ignore) for name, value in arguments(request)]
    if "query" not in match_on:
        exact = [("query", ANY), *(pair for pair in exact if pair[0] != "query")]
    body = [pair for pair in exact if pair[0] in BODIES] if "body" in match_on else []
    place = [pair for pair in exact if pair[0] == "query"]
    headers = _headers(request, ignore) if "headers" in match_on else []
    yield (*place, *body, *headers)
    if body:
        yield (*place, ("content", text_of(request.body)), *headers)
        yield (*place, *headers)
    yield (("query", ANY),)


def _loosened(name: str, value: Any, request: Request, ignore: Ignore) -> tuple[str, object]:
    """A keyword with what `ignore` leaves out of the comparison as ANY. Any: code of a value."""
    if name == "json":
        return name, _without(value, request, ignore)
    if name == "files":
        return name, [(part, ANY if part in ignore.form else content) for part, content in value]
    ignored = {"query": ignore.query, "data": ignore.form}.get(name, frozenset())
    if not ignored or not isinstance(value, dict):
        return name, value
    return name, {
        key: ([ANY] * len(item) if isinstance(item, list) else ANY) if key in ignored else item
        for key, item in value.items()
    }


def _without(value: Any, request: Request, ignore: Ignore) -> Any:
    """The code of a JSON value with ANY wherever an ignored path leads."""
    if not ignore.json:
        return value
    plain = canonical_body(request.body, request.headers, _NOTHING).value
    try:
        found = places(plain, ignore.json)
    except ValueError:  # nor does the cassette look into it
        return value
    for place in sorted(found, key=len, reverse=True):  # a node within an ignored one goes first
        if not place:
            return ANY
        parent = value
        for step in place[:-1]:
            parent = parent[step]
        parent[place[-1]] = ANY
    return value


def _headers(request: Request, ignore: Ignore) -> list[tuple[str, object]]:
    compared = Canonical(request, ignore).headers
    pairs = {
        name: ANY if holds_placeholder(value) else value for name, value in compared if name not in _FRAMING
    }
    return [("headers", pairs)] if pairs else []


def _holds_any(value: object) -> bool:
    if isinstance(value, dict):
        return any(map(_holds_any, value.values()))
    return value is ANY or (isinstance(value, list | tuple) and any(map(_holds_any, value)))


def _meant(value: Any) -> Any:
    """The value of which this is the code."""
    if value is ANY:
        return _Anything()
    if isinstance(value, dict):
        return {name: _meant(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(map(_meant, value))
    return value
