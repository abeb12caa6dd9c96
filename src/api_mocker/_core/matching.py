"""Matchers: whether two requests are the same, and if not, in what they differ.

The law of this file: a matcher answers None (the same) or says how they differ, and what it says
is what people read. The built-in ones are a table of a *key*, by which recordings are indexed so
that a look-up costs the same in any cassette, and a *difference*, which is computed only when
somebody must be told.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..exceptions import UsageError
from .canonical import SLASH, plain
from .model import Request
from .nearest import nearest_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from .canonical import Body, Canonical

__all__ = ["BUILT_IN", "COARSE", "DEFAULT", "Aspect", "Difference", "Matcher", "Matching", "matcher"]

Matcher = Callable[[Request, Request], str | None]
"""``(live, recorded)``, both redacted -> None when they are the same, else one line: how they differ."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing in which a request and a recording differ.

    ``sent`` and ``recorded`` are None where that side has no such thing. ``address`` is the
    `ignore` entry that would leave it out of the comparison, empty when there is none.
    """

    aspect: str
    where: str
    sent: str | None
    recorded: str | None
    address: str = ""
    note: str = ""


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


def _pairs(
    aspect: str, kind: str, live: Iterable[tuple[str, str]], recorded: Iterable[tuple[str, str]]
) -> Iterator[Difference]:
    """Two multisets of pairs, name by name."""
    ours, theirs = _grouped(live), _grouped(recorded)
    for name in [*ours, *(name for name in theirs if name not in ours)]:
        sent, was = ours.get(name), theirs.get(name)
        if sent != was:
            yield Difference(aspect, name, _joined(sent), _joined(was), f"{kind}:{name}")


def _grouped(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    out: dict[str, list[str]] = {}
    for name, value in pairs:
        out.setdefault(name, []).append(value)
    return out


def _joined(values: list[str] | None) -> str | None:
    return None if values is None else ", ".join(repr(value) for value in values)


def _query(live: Canonical, recorded: Canonical) -> Iterator[Difference]:
    return _pairs("query", "query", live.query, recorded.query)


def _headers(live: Canonical, recorded: Canonical) -> Iterator[Difference]:
    return _pairs("headers", "header", live.headers, recorded.headers)


def _body(live: Canonical, recorded: Canonical) -> Iterator[Difference]:
    return body_differences(live.body, recorded.body)


def body_differences(ours: Body, theirs: Body) -> Iterator[Difference]:
    """How two bodies differ, at the smallest place that their media type gives a name to."""
    if ours.kind != theirs.kind:
        yield Difference("body", "", _described(ours), _described(theirs))
    elif ours.kind == "json":
        yield from json_differences(ours.value, theirs.value)
    elif ours.kind == "form":
        yield from _pairs("body", "form", ours.value, theirs.value)
    elif ours.kind == "multipart":
        yield from _parts(ours.value, theirs.value)
    elif ours.key != theirs.key:
        yield _bytes(ours.value, theirs.value)


def _described(body: Body) -> str:
    match body.kind:
        case "none":
            return "no body"
        case "bytes":
            return f"{len(body.value)} bytes"
        case _:
            return f"a {body.kind} body"


def _bytes(sent: bytes, recorded: bytes) -> Difference:
    at = next(
        (i for i, (a, b) in enumerate(zip(sent, recorded, strict=False)) if a != b),
        min(len(sent), len(recorded)),
    )
    start = max(0, at - 12)
    return Difference(
        "body",
        f"byte {at}",
        _around(sent[start : at + 28]),
        _around(recorded[start : at + 28]),
        note=f"{len(sent)} bytes sent, {len(recorded)} recorded",
    )


def _around(piece: bytes) -> str:
    try:
        return repr(piece.decode("utf-8"))
    except UnicodeDecodeError:
        return repr(piece)[1:]


def _parts(ours: Sequence[Any], theirs: Sequence[Any]) -> Iterator[Difference]:
    for index in range(max(len(ours), len(theirs))):
        sent = ours[index] if index < len(ours) else None
        recorded = theirs[index] if index < len(theirs) else None
        if sent == recorded:
            continue
        name = next(part.name for part in (sent, recorded) if part is not None)
        yield Difference("body", f"part {name!r}", _part(sent), _part(recorded), f"form:{name}")


def _part(part: Any) -> str | None:
    if part is None:
        return None
    head = ", ".join(filter(None, [part.filename, part.media_type]))
    return f"{_around(part.content[:40])}{' ...' if len(part.content) > 40 else ''}{f' ({head})' if head else ''}"


def json_differences(sent: Any, recorded: Any, path: str = "$") -> Iterator[Difference]:
    """How two JSON values differ, leaf by leaf, by normalized path (RFC 9535 section 2.7)."""
    if isinstance(sent, dict) and isinstance(recorded, dict):
        for key in [*sent, *(key for key in recorded if key not in sent)]:
            below = f"{path}.{key}" if key.isidentifier() else f"{path}[{key!r}]"
            if key not in recorded:
                yield _leaf(below, _shown(sent[key]), None)
            elif key not in sent:
                yield _leaf(below, None, _shown(recorded[key]))
            else:
                yield from json_differences(sent[key], recorded[key], below)
    elif isinstance(sent, list) and isinstance(recorded, list):
        for index in range(max(len(sent), len(recorded))):
            below = f"{path}[{index}]"
            if index >= len(recorded):
                yield _leaf(below, _shown(sent[index]), None)
            elif index >= len(sent):
                yield _leaf(below, None, _shown(recorded[index]))
            else:
                yield from json_differences(sent[index], recorded[index], below)
    elif type(sent) is not type(recorded) or sent != recorded:
        numbers = isinstance(sent, int | float) and isinstance(recorded, int | float)
        note = "" if type(sent) is type(recorded) or numbers else "type changed"
        yield Difference("body", path, _shown(sent), _shown(recorded), f"json:{path}", note)


def _leaf(path: str, sent: str | None, recorded: str | None) -> Difference:
    return Difference("body", path, sent, recorded, f"json:{path}")


def _shown(value: Any) -> str:
    import json

    if isinstance(value, str) and value.startswith("\0number "):
        return value[8:]
    return json.dumps(value, ensure_ascii=False)


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


class Matching:
    """The matchers of one cassette, ready to be asked."""

    def __init__(self, match_on: Sequence[str | Matcher]) -> None:
        self.aspects: list[Aspect] = []
        self.own: list[tuple[str, Matcher]] = []
        for entry in match_on:
            if callable(entry):
                self.own.append((getattr(entry, "__name__", "matcher"), entry))
            elif entry in BUILT_IN:
                self.aspects.append(BUILT_IN[entry])
            elif entry in _own:
                self.own.append((entry, _own[entry]))
            else:
                names = [*BUILT_IN, *_own]
                raise UsageError(
                    f"there is no matcher {entry!r}{nearest_name(str(entry), names)} (matchers: {', '.join(names)})"
                )
        self._coarse = [aspect.key for aspect in self.aspects if aspect.name in COARSE]
        self._fine = [aspect.key for aspect in self.aspects if aspect.name not in COARSE]

    def coarse(self, request: Canonical) -> Hashable:
        """What the index sorts recordings by; needs the method and the URL alone."""
        key = tuple([key(request) for key in self._coarse])
        return plain(key) if request.numbered_place else key

    def fine(self, request: Canonical) -> Hashable:
        """The rest of the key; needs the whole request."""
        key = tuple([key(request) for key in self._fine])
        return plain(key) if request.numbered else key

    def accepts(self, live: Canonical, recorded: Canonical) -> bool:
        """Whether one's own matchers find no difference; asked only where the keys are equal."""
        return all(own(live.request, recorded.request) is None for _, own in self.own)

    def differences(self, live: Canonical, recorded: Canonical) -> list[Difference]:
        """Everything in which the two differ."""
        out: list[Difference] = []
        for aspect in self.aspects:
            if plain(aspect.key(live)) != plain(aspect.key(recorded)):
                out.extend(aspect.differences(live, recorded))
        for name, own in self.own:
            line = own(live.request, recorded.request)
            if line is not None:
                out.append(Difference(name, "", None, None, note=line))
        return out
