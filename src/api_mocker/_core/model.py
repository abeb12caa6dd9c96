"""What travels: headers, requests, responses, failures, interactions.

The law of this file: everything here is a frozen value. Bytes are the truth: a body is the exact
payload, and readings of it (``text``, ``json()``) are computed, never stored.

A response exists in two views with the same type. As the *wire* has it, ``body`` is the payload
with its content coding (gzip, ...) and ``coding`` is None; this is what interceptors take and
give. As the *cassette* has it, ``body`` is decoded and ``coding`` says how it was coded;
``api_mocker._core.coding`` turns one view into the other.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, get_args
from urllib.parse import parse_qs, urlsplit

from ..exceptions import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from .large_body import LargeBody

__all__ = [
    "FAILURE_KINDS",
    "Coding",
    "Failure",
    "FailureKind",
    "Headers",
    "Interaction",
    "Request",
    "Response",
]

FailureKind = Literal[
    "connect_timeout",  # no connection within the connect timeout
    "read_timeout",  # connected, and no (further) byte within the read timeout
    "refused",  # the connection could not be made: refused, unreachable, reset while connecting
    "dns",  # the name could not be resolved
    "tls",  # the handshake or the certificate failed
    "reset",  # the peer reset an open connection
    "protocol",  # the peer hung up without an answer, or spoke no HTTP
    "closed_early",  # the peer hung up in the middle of the body
]
"""The ways in which a transport fails, in no client's own words."""

FAILURE_KINDS: tuple[FailureKind, ...] = get_args(FailureKind)


@dataclass(frozen=True, slots=True)
class Headers:
    """Ordered name/value pairs as on the wire; look-ups ignore case.

    Values are latin-1 readings of the raw bytes (RFC 9110 section 5.5), so that every byte
    survives.
    """

    pairs: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, pairs: Iterable[tuple[str, str]]) -> Headers:
        """Headers from any iterable of pairs."""
        return cls(tuple(pairs))

    def get(self, name: str, default: str | None = None) -> str | None:
        """The first value under `name`, or `default`."""
        name = name.lower()
        for key, value in self.pairs:
            if key.lower() == name:
                return value
        return default

    def get_all(self, name: str) -> list[str]:
        """Every value under `name`, in order."""
        name = name.lower()
        return [value for key, value in self.pairs if key.lower() == name]

    def replacing(self, name: str, value: str | None) -> Headers:
        """These headers with `name` set to `value` where it first stood; None drops it."""
        lowered = name.lower()
        out: list[tuple[str, str]] = []
        for key, old in self.pairs:
            if key.lower() != lowered:
                out.append((key, old))
            elif value is not None:
                out.append((key, value))
                value = None
        if value is not None:
            out.append((name, value))
        return Headers(tuple(out))

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and self.get(name) is not None

    def __getitem__(self, name: str) -> str:
        value = self.get(name)
        if value is None:
            raise KeyError(name)
        return value

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self.pairs)

    def __len__(self) -> int:
        return len(self.pairs)


@dataclass(frozen=True, slots=True)
class Coding:
    """A content coding (RFC 9110 section 8.4.1) and how to do it again.

    ``recipe`` names the settings that restore the exact coded bytes; empty when none is known,
    and then only the decoded content is promised.
    """

    name: str
    recipe: str = ""


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it leaves the client, one per exchange on the wire."""

    method: str
    url: str
    headers: Headers = field(default_factory=Headers)
    body: bytes = b""
    coding: Coding | None = None

    @property
    def path(self) -> str:
        """The path of the URL, as it was sent."""
        return urlsplit(self.url).path or "/"

    @property
    def query(self) -> dict[str, list[str]]:
        """The query, decoded: the values under each name, in order."""
        return parse_qs(urlsplit(self.url).query, keep_blank_values=True)

    @property
    def text(self) -> str:
        """The body in the charset its Content-Type names, else UTF-8 with replacement."""
        return _text(self.body, self.headers)

    def json(self) -> Any:
        """The body read as JSON; ValueError when it is none. Any: whatever the JSON says."""
        return json.loads(self.body)

    def __repr__(self) -> str:
        # It ends in the output of assertions.
        from .shown_place import shown_place

        return visible(f"<Request {self.method} {shown_place(self.url)}>")


@dataclass(frozen=True, slots=True)
class Response:
    """A response as it arrives, before the client reads anything into it.

    ``reason`` and ``http_version`` are as on the wire. ``chunks`` are the sizes in which the body
    reached the caller, where that matters (streams); ``truncated`` says that the caller
    closed the stream before its end.

    A body of 16 MiB or more that was recorded or read from a cassette is ``large``, and ``body`` is empty then:
    ``size``, ``content``, ``text`` and ``json()`` are those of all of it, and have it in memory but for ``size``.
    ``large.pieces()`` reads it piece by piece. A ``body`` that is put in its place counts; to leave it out,
    put ``large=None`` there. What ``before_record`` gets is held, whatever its size.
    """

    status: int
    headers: Headers = field(default_factory=Headers)
    body: bytes = b""
    reason: str = ""
    http_version: str = "HTTP/1.1"
    chunks: tuple[int, ...] | None = None
    truncated: bool = False
    coding: Coding | None = None
    large: LargeBody | None = None

    def __post_init__(self) -> None:
        if self.large is not None and self.body:
            object.__setattr__(self, "large", None)

    @property
    def size(self) -> int:
        """The length of the body."""
        return len(self.body) if self.large is None else self.large.size

    @property
    def content(self) -> bytes:
        """The body, also where it is large."""
        return self.body if self.large is None else self.large.content()

    @property
    def text(self) -> str:
        """The body in the charset its Content-Type names, else UTF-8 with replacement."""
        return _text(self.content, self.headers)

    def json(self) -> Any:
        """The body read as JSON; ValueError when it is none. Any: whatever the JSON says."""
        return json.loads(self.content)

    def pieces(self) -> Iterator[bytes]:
        """The body in its recorded chunks, one piece where none were kept; many where it is large."""
        if self.large is not None:
            yield from _pieces(self.large, self.chunks)
            return
        if self.chunks is None or sum(self.chunks) != len(self.body):
            if self.body:
                yield self.body
            return
        start = 0
        for size in self.chunks:
            yield self.body[start : start + size]
            start += size

    def __repr__(self) -> str:
        return f"<Response {self.status} {self.size} bytes>"


@dataclass(frozen=True, slots=True)
class Failure:
    """A transport failure in no client's own words; each interceptor raises its client's class."""

    kind: FailureKind
    message: str = ""


@dataclass(frozen=True, slots=True)
class Interaction:
    """One exchange: a request and what came of it.

    Exactly a response, exactly a failure, or both: the response began, and broke off.
    """

    request: Request
    response: Response | None = None
    failure: Failure | None = None
    recorded_at: datetime | None = None

    def __repr__(self) -> str:
        outcome = self.response or self.failure
        return f"<Interaction {self.request!r} -> {outcome!r}>"


def media_type(headers: Headers) -> tuple[str, dict[str, str]]:
    """The lower-case media type of these headers and its parameters (RFC 9110 section 8.3.1)."""
    kind, _, rest = (headers.get("content-type") or "").partition(";")
    parameters: dict[str, str] = {}
    for item in rest.split(";"):
        name, equals, value = item.partition("=")
        if equals:
            parameters[name.strip().lower()] = value.strip().strip('"')
    return kind.strip().lower(), parameters


def _pieces(large: LargeBody, chunks: tuple[int, ...] | None) -> Iterator[bytes]:
    if chunks is None or sum(chunks) != large.size:
        yield from large.pieces()
        return
    start = 0
    for size in chunks:
        yield large.read(start, size)
        start += size


def _text(body: bytes, headers: Headers) -> str:
    charset = media_type(headers)[1].get("charset", "utf-8")
    try:
        return body.decode(charset, "replace")
    except LookupError:
        return body.decode("utf-8", "replace")
