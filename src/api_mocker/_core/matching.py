"""Matchers: whether two requests are the same, and if not, in what they differ.

The law of this file: a matcher answers None (the same) or says how they differ, and what it says
is what people read. The built-in ones are a table of a *key*, by which recordings are indexed so
that a look-up costs the same in any cassette, and a *difference*, which is computed only when
somebody must be told.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from ..exceptions import UsageError
from .canonical import SLASH, plain
from .differences import Difference, body_differences, pair_differences
from .model import Request
from .nearest import nearest_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from .canonical import Canonical

__all__ = ["BUILT_IN", "COARSE", "DEFAULT", "Aspect", "Matcher", "Matching", "matcher", "own_matcher"]

Matcher = Callable[[Request, Request], str | None]
"""``(live, recorded)``, both redacted -> None when they are the same, else one line: how they differ."""


@dataclass(frozen=True, slots=True)
class Aspect:
    """A built-in matcher: equal keys match; `differences` says how two requests differ."""

    name: str
    key: Callable[[Canonical], Hashable]
    differences: Callable[[Canonical, Canonical], Iterable[Difference]]
    summary: str  # one line for the docs' table


def _plainly(
    name: str, show: Callable[[Canonical], str]
) -> Callable[[Canonical, Canonical], Iterator[Difference]]:
    def differences(live: Canonical, recorded: Canonical) -> Iterator[Difference]:
        yield Difference(name, "", show(live), show(recorded))

    return differences


def _query(live: Canonical, recorded: Canonical) -> Iterator[Difference]:
    return pair_differences("query", "query", live.query, recorded.query)


def _headers(live: Canonical, recorded: Canonical) -> Iterator[Difference]:
    return pair_differences("headers", "header", live.headers, recorded.headers)


def _body(live: Canonical, recorded: Canonical) -> Iterator[Difference]:
    return body_differences(live.body, recorded.body)


BUILT_IN: dict[str, Aspect] = {
    aspect.name: aspect
    for aspect in (
        Aspect("method", lambda c: c.method, _plainly("method", lambda c: c.method), "the method"),
        Aspect("scheme", lambda c: c.scheme, _plainly("scheme", lambda c: c.scheme), "http or https"),
        Aspect("host", lambda c: c.host, _plainly("host", lambda c: c.host), "the host, ignoring case"),
        Aspect("port", lambda c: c.port, _plainly("port", lambda c: str(c.port)), "the port, the scheme's own if none is given"),
        Aspect("path", lambda c: c.path, _plainly("path", lambda c: c.path.replace(SLASH, "%2F")), "the path, percent-decoded"),
        Aspect("query", lambda c: c.query, _query, "the query as a multiset: order is free, repeats count"),
        Aspect("body", lambda c: (c.body.kind, c.body.key), _body, "the body, by its media type"),
        Aspect("headers", lambda c: c.headers, _headers, "the stored request headers (not among the defaults)"),
    )
}  # fmt: skip

COARSE = ("method", "scheme", "host", "port", "path")
"""What the first lines of a recording tell, without reading the rest."""

DEFAULT = (*COARSE, "query", "body")

_own: dict[str, Matcher] = {}


def matcher(function: Matcher) -> Matcher:
    """Registers one's own matcher under its function's name, for use in ``match_on``.

    It is called with the live and the recorded request, both redacted, and returns None when they
    are the same, else one line that says how they differ.
    """
    name = getattr(function, "__name__", "")
    if name in BUILT_IN:
        raise UsageError(f"a matcher of one's own cannot be called {name!r}: that is a built-in one")
    _own[name] = function
    return function


def own_matcher(name: str) -> Matcher:
    """The registered matcher of that name; UsageError names the nearest one."""
    if name not in _own:
        listed = f" (registered: {', '.join(_own)})" if _own else " (none is registered)"
        raise UsageError(f"there is no matcher {name!r} of one's own{nearest_name(name, _own)}{listed}")
    return _own[name]


class Matching:
    """The matchers of one cassette, ready to be asked."""

    def __init__(self, match_on: Sequence[str | Matcher]) -> None:
        self.aspects: list[Aspect] = []
        self.own: list[tuple[str, Matcher]] = []
        for entry in match_on:
            name = str(entry)
            if callable(entry):
                self.own.append((getattr(entry, "__name__", "matcher"), entry))
            elif name in BUILT_IN:
                self.aspects.append(BUILT_IN[name])
            elif name in _own:
                self.own.append((name, _own[name]))
            else:
                names = [*BUILT_IN, *_own]
                raise UsageError(
                    f"there is no matcher {entry!r}{nearest_name(name, names)} (matchers: {', '.join(names)})"
                )
        self.by_headers = BUILT_IN["headers"] in self.aspects
        self._coarse = [aspect.key for aspect in self.aspects if aspect.name in COARSE]
        self._fine = [aspect.key for aspect in self.aspects if aspect.name not in COARSE]

    def coarse(self, request: Canonical) -> Hashable:
        """What the index sorts recordings by; needs the method and the URL alone."""
        key = tuple([key(request) for key in self._coarse])
        return plain(key) if request.numbered_place else key

    def fine(self, request: Canonical) -> Hashable:
        """The rest of the key; needs the whole request."""
        key = tuple([key(request) for key in self._fine])
        return plain(key) if self.numbered(request) else key

    def numbered(self, request: Canonical) -> bool:
        """Whether placeholders occur in what is compared, whose numbers then choose among recordings."""
        return request.numbered or (self.by_headers and request.numbered_headers)

    def same_numbers(self, live: Canonical, recorded: Canonical) -> bool:
        """Whether two requests with equal keys are equal to the numbers of their placeholders."""
        return all(key(live) == key(recorded) for key in (*self._coarse, *self._fine))

    def accepts(self, live: Canonical, recorded: Canonical) -> bool:
        """Whether one's own matchers find no difference; asked only where the keys are equal."""
        return all(self._verdict(live, recorded, name, own) is None for name, own in self.own)

    @staticmethod
    def _verdict(live: Canonical, recorded: Canonical, name: str, own: Matcher) -> str | None:
        pair = id(recorded), id(own)
        if pair not in live.verdicts:
            try:
                line = cast("object", own(live.request, recorded.request))  # whatever the user's matcher does
            except Exception as error:
                raise UsageError(f"the matcher {name!r} failed: {type(error).__name__}: {error}") from error
            if line is not None and not isinstance(line, str):
                raise UsageError(
                    f"the matcher {name!r} returned {line!r}: it returns None when two requests are the "
                    f"same, else one line that says how they differ"
                )
            live.verdicts[pair] = line
        return live.verdicts[pair]

    def differences(self, live: Canonical, recorded: Canonical) -> list[Difference]:
        """Everything in which the two differ."""
        out: list[Difference] = []
        for aspect in self.aspects:
            if plain(aspect.key(live)) != plain(aspect.key(recorded)):
                out.extend(aspect.differences(live, recorded))
        for name, own in self.own:
            line = self._verdict(live, recorded, name, own)
            if line is not None:
                out.append(Difference(name, "", None, None, note=line))
        return out
