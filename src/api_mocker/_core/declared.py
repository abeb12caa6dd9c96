"""One declaration: which requests a route takes.

The law of this file: a declaration is read once, and what cannot be meant is refused where it
stands; a request is taken when nothing that was declared differs, and the query counts though
nobody declared it.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from ..exceptions import UsageError
from .addresses import address_of, shown
from .matching import own_matcher
from .model import Request
from .nearest import nearest_name
from .signed import moments
from .wanted import UNSET, Multiset, Written, is_any, kind_of, multiset, written
from .wanted_bodies import body_of

if TYPE_CHECKING:
    from .addresses import Address, Prefix
    from .canonical import Canonical
    from .place import Place
    from .wanted_bodies import Body

__all__ = ["Declared", "Match", "declared", "query_of"]

Match = Callable[..., object]
"""A predicate of the request, or a matcher of the request and the declared one."""

_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110 section 5.6.2
_REGISTERED = frozenset({"ORDERPATCH", "PROPPATCH", "REPORT"})
"""Methods of IANA's registry that look like a misspelt one of ours, and are none."""


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
        """The values of the template when the request is meant; None when it is not.

        UsageError where something of the user's own, which was to be compared with, failed.
        """
        if self.methods is not None and live.method not in self.methods:
            return None
        values = self.address.values(live)
        if values is None or next(self._unlike(live), None) is not None:
            return None
        return values if all(self.says(live, *each) is None for each in self.match) else None

    def unlike(self, live: Canonical) -> Iterator[str]:
        """The parts in which the request is not as declared, one's own predicates and matchers left out."""
        if self.methods is not None and live.method not in self.methods:
            yield "method"
        if self.address.values(live) is None:
            yield "place"
        yield from self._unlike(live)

    def _unlike(self, live: Canonical) -> Iterator[str]:
        try:
            if self.query is not None and not self.query.takes(live.query):
                yield "query"
            if self.body is not None and not self.body.takes(live):
                yield "body"
            if self.lacking(live):
                yield "headers"
        except Exception as error:
            raise UsageError(
                f"{self.where}: comparing with what was declared failed: {type(error).__name__}: {error}"
            ) from error

    def lacking(self, live: Canonical) -> list[tuple[str, object]]:
        """The declared headers that the request does not have."""
        return self.headers.lacks(_lowered(live)) if self.headers is not None else []

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
            url += "?" + urlencode(pairs, errors="surrogateescape")
        headers, content = live.request.headers, live.request.body
        if self.body is not None and not self.body.takes(live):
            kind, content = self.body.nearest(live)
            headers = headers.replacing("Content-Type", kind or None)
        for name, value in self.lacking(live):
            headers = headers.replacing(name, written(value))
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
        if self.headers is not None and not (other.headers and _are_among(self.headers, other.headers)):
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
            else "&".join(f"{quote(n, _SAFE)}={quote(written(v), _SAFE)}" for n, v in self.query.pairs)
        )
        return f"{methods} {self.address.text}{'?' if query else ''}{query}"


def _lowered(live: Canonical) -> Iterable[tuple[str, str]]:
    return ((name.lower(), value) for name, value in live.request.headers)


def _name(pair: tuple[str, object]) -> str:
    return pair[0]


def _are_among(wanted: Multiset, others: Multiset) -> bool:
    left = list(others.pairs)
    for pair in wanted.pairs:
        found = next((at for at, other in enumerate(left) if _same(pair, other)), None)
        if found is None:
            return False
        del left[found]
    return True


def _same(one: object, other: object) -> bool:
    """Whether it is certain that the first takes whatever the second does: they are equal, or it takes anything."""
    if is_any(one):
        return True
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(_same(one[name], other[name]) for name in one)
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(map(_same, one, other))
    return one is other or (type(one) is type(other) and type(one) in _PLAIN and one == other)


_SAFE = "/:,@*()!$'<>"
_PLAIN = (str, bytes, int, float, bool, type(None), Written)


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
    if isinstance(method, str) and _TOKEN.fullmatch(method):
        name = method.upper()
        if (
            name not in _METHODS
            and name not in _REGISTERED
            and (meant := nearest_name(name, map(str.lower, _METHODS)))
        ):
            raise UsageError(f"{method!r} is no method of HTTP{meant}")
        return (name,)
    if isinstance(method, list | tuple | set | frozenset) and method:
        each = [_methods(one) for one in method]
        return None if None in each else tuple(dict.fromkeys(name for names in each for name in names or ()))
    if not isinstance(method, str) and method == object():  # what equals anything at all, as ANY does
        return None
    raise UsageError(f"{method!r} is no method of HTTP; {', '.join(_METHODS)} are, and ANY is any")


def _query(address: Address, given: object) -> Multiset | None:
    if given is UNSET and address.whole:
        return None  # a regular expression has the whole URL before it, query included
    wanted = query_of(() if given is UNSET else given)
    if not address.pairs:
        return wanted
    if wanted is None:
        raise UsageError(
            f"{shown(address.text)} has a query, and query=ANY takes any: say the one or the other; "
            f"a parameter that may be anything is query={{{address.pairs[0][0]!r}: ANY}}"
        )
    return query_of((*address.pairs, *wanted.pairs))


def query_of(given: object) -> Multiset | None:
    """The query that ``query=`` says; None for ANY."""
    if not isinstance(given, Mapping | str | Iterable):
        if given == object():  # as ANY does
            return None
        raise UsageError(f"query= is a mapping, pairs or ANY, and not {kind_of(given)}")
    if isinstance(given, str | bytes):
        raise UsageError("query= is a mapping, pairs or ANY; as text a query stands in the URL, behind a ?")
    wanted = multiset(given, "query")
    signed = moments(name for name, _ in wanted.pairs)
    return Multiset(tuple(pair for pair in wanted.pairs if pair[0] not in signed))


def _matches(given: object) -> tuple[tuple[str, Match, bool], ...]:
    if given is None:
        return ()
    each = given if isinstance(given, list | tuple) else [given]
    return tuple(_match(one) for one in each)


def _match(one: object) -> tuple[str, Match, bool]:
    if isinstance(one, str):
        return one, own_matcher(one), True
    if not callable(one):
        raise UsageError(
            f"match= takes functions of the request and names of matchers, and not {kind_of(one)}"
        )
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
