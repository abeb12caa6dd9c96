"""One declaration: which requests a route takes.

The law of this file: a declaration is read once, and what cannot be meant is refused where it
stands; a request is taken when nothing that was declared differs, and the query counts though
nobody declared it.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from ..exceptions import UsageError
from .addresses import address_of
from .matching import own_matcher
from .model import Request
from .signed import moments
from .wanted import UNSET, Content, Fields, Json, Multiset, multiset

if TYPE_CHECKING:
    from .addresses import Address, Prefix
    from .canonical import Canonical
    from .place import Place
    from .wanted import Body

__all__ = ["Declared", "Match", "body_of", "declared", "query_of"]

Match = Callable[..., object]
"""A predicate of the request, or a matcher of the request and the declared one."""

_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")


@dataclass(frozen=True)
class Declared:
    """What was declared; each part None where it was not. ``where`` is file and line.

    ``methods`` None: any method. ``query`` None: any query.
    """

    where: Place
    methods: tuple[str, ...] | None
    address: Address
    query: Multiset | None
    headers: Multiset | None
    body: Body | None
    match: tuple[tuple[str, Match, bool], ...]  # its name, and whether it takes two requests

    def takes(self, live: Canonical) -> Mapping[str, str] | None:
        """The values of the template when the request is meant; None when it is not."""
        if self.methods is not None and live.method not in self.methods:
            return None
        values = self.address.values(live)
        if values is None:
            return None
        if self.query is not None and not self.query.takes(live.query):
            return None
        if self.headers is not None and self.headers.lacks(_lowered(live)):
            return None
        if self.body is not None and not self.body.takes(live):
            return None
        return values if all(self.says(live, *each) is None for each in self.match) else None

    def says(self, live: Canonical, name: str, match: Match, both: bool) -> str | None:  # noqa: FBT001  # a row of `match`
        """What one's own predicate or matcher has against the request; None: nothing."""
        try:
            said: object = match(live.request, self.nearest(live)) if both else match(live.request)
        except Exception as error:
            raise UsageError(
                f"{self.where}: match= {name} failed: {type(error).__name__}: {error}"
            ) from error
        if not both:
            return None if said else f"{name} says no"
        if said is not None and not isinstance(said, str):
            raise UsageError(
                f"{self.where}: match= {name} returned {said!r}: a matcher of two requests returns None when they "
                f"are the same, else one line that says how they differ"
            )
        return said

    def nearest(self, live: Canonical) -> Request:
        """The request that is wanted, as near to `live` as may be."""
        method = live.method if self.methods is None or live.method in self.methods else self.methods[0]
        url = self.address.nearest(live) or live.request.url.partition("?")[0]
        pairs = live.query if self.query is None else self.query.nearest(live.query)
        if pairs:
            from urllib.parse import urlencode

            url += "?" + urlencode(pairs, errors="surrogateescape")
        headers, content = live.request.headers, live.request.body
        if self.body is not None:
            kind, content = self.body.nearest(live)
            headers = headers.replacing("Content-Type", kind or None)
        for name, value in self.headers.lacks(_lowered(live)) if self.headers is not None else ():
            headers = headers.replacing(name, str(value))
        return Request(method, url, headers, content)

    def covers(self, other: Declared) -> bool:
        """Whether it is certain that it takes whatever `other` takes."""
        if self.match or not self.address.covers(other.address):
            return False
        if self.methods is not None and not (other.methods and {*other.methods} <= {*self.methods}):
            return False
        if self.query is not None and (
            other.query is None
            or not _same(sorted(self.query.pairs, key=_name), sorted(other.query.pairs, key=_name))
        ):
            return False
        if self.headers is not None and not (
            other.headers and all(any(_same(a, b) for b in other.headers.pairs) for a in self.headers.pairs)
        ):
            return False
        return self.body is None or (
            type(other.body) is type(self.body) and _same(self.body.key, getattr(other.body, "key", None))
        )

    @cached_property
    def line(self) -> str:
        """``POST /orders``: how it is called in texts."""
        methods = "|".join(self.methods) if self.methods else "ANY"
        query = (
            ""
            if self.query is None or self.address.pairs
            else "&".join(f"{n}={v}" for n, v in self.query.pairs)
        )
        return f"{methods} {self.address.text}{'?' if query else ''}{query}"


def _lowered(live: Canonical) -> Iterable[tuple[str, str]]:
    return ((name.lower(), value) for name, value in live.request.headers)


def _name(pair: tuple[str, object]) -> str:
    return pair[0]


def _same(one: object, other: object) -> bool:
    """Equal, and certainly so: an object that equals everything says nothing of what another one takes."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(_same(one[name], other[name]) for name in one)
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(map(_same, one, other))
    return one is other or (type(one) is type(other) and type(one) in _PLAIN and one == other)


_PLAIN = (str, bytes, int, float, bool, type(None))


def declared(
    where: Place, prefix: Prefix, method: object, url: object, options: Mapping[str, Any]
) -> Declared:
    """The declaration of a route; `options` are the keywords of the verbs. UsageError where it cannot be meant."""
    address = address_of(url, prefix)
    query = _query(address, options.get("query", UNSET))
    headers = options.get("headers")
    wanted = None if headers is None else multiset(headers, "headers").lowered()
    return Declared(
        where, _methods(method), address, query, wanted, body_of(options), _matches(options.get("match"))
    )


def _methods(method: object) -> tuple[str, ...] | None:
    if isinstance(method, str):
        if not method.isascii() or not method.replace("-", "").isalpha():
            raise UsageError(f"{method!r} is no method of HTTP; {', '.join(_METHODS)} are, and ANY is any")
        return (method.upper(),)
    if isinstance(method, list | tuple | set | frozenset) and method:
        return tuple(name for each in method for name in _methods(each) or ())
    if method == object():  # what equals anything at all, as ANY does
        return None
    raise UsageError(f"{method!r} is no method of HTTP; {', '.join(_METHODS)} are, and ANY is any")


def _query(address: Address, given: object) -> Multiset | None:
    if given is UNSET and address.whole:
        return None  # a regular expression has the whole URL before it, query included
    wanted = query_of(() if given is UNSET else given)
    if wanted is None or not address.pairs:
        return wanted
    return query_of((*address.pairs, *wanted.pairs))


def query_of(given: object) -> Multiset | None:
    """The query that ``query=`` says; None for ANY."""
    if not isinstance(given, Mapping | str | Iterable):
        if given == object():  # as ANY does
            return None
        raise UsageError(f"query= is a mapping, pairs or ANY, and is {given!r}")
    wanted = multiset(given, "query")
    signed = moments(name for name, _ in wanted.pairs)
    return Multiset(tuple(pair for pair in wanted.pairs if pair[0] not in signed))


def body_of(options: Mapping[str, Any]) -> Body | None:
    """The body that these keywords say; None where none of them says one."""
    given = [name for name in ("json", "content", "data", "files") if options.get(name, UNSET) is not UNSET]
    if len(given) > 1 and given != ["data", "files"]:
        raise UsageError(f"a request has one body, and here are {' and '.join(f'{name}=' for name in given)}")
    if "json" in given:
        return Json(options["json"])
    if "content" in given:
        value = options["content"]
        return Content(value.encode() if isinstance(value, str) else value)
    if not given:
        return None
    if isinstance(options.get("data"), str | bytes):
        raise UsageError("data= are the fields of a form; a body of text or bytes is given as content=")
    data = options.get("data", UNSET)
    fields = multiset(data, "data") if isinstance(data, Mapping | Iterable) else None
    if fields is None and data is not UNSET and data != object():
        raise UsageError(f"data= is a mapping or pairs, and is {data!r}")
    files = options.get("files", UNSET)
    return Fields(fields, None if files is UNSET else _files(files))


def _files(given: object) -> tuple[tuple[str, object], ...]:
    pairs = list(given.items()) if isinstance(given, Mapping) else given
    if not isinstance(pairs, list | tuple) or not all(
        isinstance(pair, Sequence) and len(pair) == 2 for pair in pairs
    ):
        raise UsageError(
            f"files= is a mapping of names to contents or to (filename, content, type), and is {given!r}"
        )
    read = []
    for name, value in pairs:
        if hasattr(value, "read"):
            raise UsageError(f"files=: {name!r} is an open file, which can be read once; give its bytes")
        if isinstance(value, tuple) and not 2 <= len(value) <= 3:
            raise UsageError(
                f"files=: {name!r} is (filename, content) or (filename, content, type), not {value!r}"
            )
        read.append((str(name), value))
    return tuple(read)


def _matches(given: object) -> tuple[tuple[str, Match, bool], ...]:
    if given is None:
        return ()
    each = given if isinstance(given, list | tuple) else [given]
    return tuple(_match(one) for one in each)


def _match(one: object) -> tuple[str, Match, bool]:
    if isinstance(one, str):
        return one, own_matcher(one), True
    if not callable(one):
        raise UsageError(f"match= takes functions of the request and names of matchers, not {one!r}")
    name = getattr(one, "__name__", repr(one))
    try:
        needed = [
            parameter
            for parameter in inspect.signature(one).parameters.values()
            if parameter.default is parameter.empty and parameter.kind in _POSITIONAL
        ]
    except (TypeError, ValueError):  # written in C: nobody knows what it takes
        return name, one, False
    if len(needed) > 2:
        raise UsageError(
            f"match= {name} takes {len(needed)} arguments; it is called with the request (and the declared one)"
        )
    return name, one, len(needed) == 2


_POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
