"""An exchange as a foreign file tells it, and what to write there for one that is redacted.

The law of this file: each part of an interaction knows the scalar that it was read from, so that a part
that changed is written where it stood, and nowhere else.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from http.client import responses
from typing import TYPE_CHECKING

from ..._core.coding import decode, encode
from ..._core.model import Coding, Headers, Interaction, Request, Response
from ...exceptions import UsageError
from .contents import Nothing
from .tree import json_text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from .contents import Content, Form, Written
    from .tree import Node, Scalar

__all__ = ["Exchange", "Header", "Side"]

_LENGTH = "content-length"
_NOWHERE = "http://localhost/"


@dataclass(frozen=True, slots=True)
class Header:
    """A header. `before` is what its value has besides what stands in the scalar (``name=`` of a cookie)."""

    name: str
    value: Scalar
    before: str = ""

    @property
    def pair(self) -> tuple[str, str]:
        """Name and value."""
        return self.name, self.before + ("" if json_text(self.value) == "null" else self.value.value)


@dataclass(slots=True)
class Side:
    """A request or a response: its headers and its body."""

    headers: list[Header] = field(default_factory=list)
    content: Content = field(default_factory=Nothing)

    def told(self) -> tuple[Headers, bytes, Coding | None]:
        """Headers, the body decoded where that can be undone, and how it was coded."""
        headers = Headers.of(header.pair for header in self.headers)
        coding = headers.get("content-encoding")
        found = decode(self.content.raw, coding) if coding else None
        return (headers, self.content.raw, None) if found is None else (headers, *found)

    def written(self, was: Request | Response, now: Request | Response) -> Iterator[Written]:
        """What changes; ValueError where it cannot be written."""
        raw = self.content.raw
        if (now.body, now.coding) != (was.body, was.coding):
            raw = now.body if now.coding is None else _coded(now.body, now.coding)
            yield from self.content.written(raw)
        left = iter(now.headers)
        fresh = next(left, None)
        for header in self.headers:
            # In order, and by name: a digest of the body was dropped, and stays in the file.
            if fresh is None or fresh[0] != header.name:
                continue
            name, value = header.pair
            if name.lower() != _LENGTH:
                if fresh[1] != value:
                    yield header.value, fresh[1].removeprefix(header.before)
            elif value.strip() == str(len(self.content.raw)):
                yield header.value, value.replace(str(len(self.content.raw)), str(len(raw)))
            fresh = next(left, None)


def _coded(content: bytes, coding: Coding) -> bytes:
    """The content coded as it was; a recipe may be for what had been there."""
    try:
        try:
            return encode(content, coding)
        except ValueError:
            return encode(content, Coding(coding.name))
    except UsageError as error:
        raise ValueError(str(error)) from None


@dataclass(slots=True)
class Exchange:
    """One interaction and where it stands. `number` is None for what belongs to no interaction.

    `called` says places in the words of the file: what is read as a cookie may stand in a list of them.
    """

    node: Node
    number: int | None
    method: str = "GET"
    url: Scalar | None = None
    sent: Side = field(default_factory=Side)
    received: Side | None = None
    status: int = 200
    reason: Scalar | None = None
    recorded_at: datetime | None = None
    query: Form | None = None
    called: tuple[tuple[str, str], ...] = ()

    @property
    def is_whole(self) -> bool:
        """Whether it is an interaction, and not a part of one that the file says twice, or of none."""
        return not self.called

    def nodes(self) -> Iterator[Node]:
        """What of the file it was read from."""
        yield from filter(None, (self.url, self.reason))
        if self.query is not None:
            yield from self.query.nodes()
        for side in filter(None, (self.sent, self.received)):
            yield from (header.value for header in side.headers)
            yield from side.content.nodes()

    def interaction(self) -> Interaction:
        """It, as ours are."""
        url = "" if self.url is None else self.url.value
        if self.query is not None:
            url = f"{_NOWHERE}?{self.query.raw.decode()}"
        request = Request(self.method, url, *self.sent.told())
        response = None
        if self.received is not None:
            headers, body, coding = self.received.told()
            reason = responses.get(self.status, "") if self.reason is None else self.reason.value
            response = Response(self.status, headers, body, reason, coding=coding)
        return Interaction(request, response, None, self.recorded_at)

    def written(self, was: Interaction, now: Interaction) -> Iterator[Written]:
        """What changes where `was` becomes `now`; ValueError where it cannot be written."""
        if self.url is not None:
            yield self.url, now.request.url
        if self.query is not None:
            yield from self.query.written(now.request.url.removeprefix(f"{_NOWHERE}?").encode())
        yield from self.sent.written(was.request, now.request)
        if self.received is not None and was.response is not None and now.response is not None:
            if self.reason is not None:
                yield self.reason, now.response.reason
            yield from self.received.written(was.response, now.response)

    def line_of(self, place: str) -> int | None:
        """The line of a place such as "request header Cookie"."""
        side, part, *rest = [*place.split(" ", 2), "", ""][:3]
        message = self.sent if side == "request" else self.received
        if part == "url":
            held = self.url or self.query
            return self.node.line if held is None else held.line
        if message is not None and part == "header":
            return next((each.value.line for each in message.headers if each.name == rest[0]), self.node.line)
        if message is not None and part == "body":
            return message.content.line_of(rest[0]) or self.node.line
        return self.reason.line if part == "reason" and self.reason is not None else self.node.line

    def said(self, place: str) -> str:
        """A place in the words of the file."""
        for ours, theirs in self.called:
            if place == ours or place.startswith(f"{ours} "):
                return theirs + place[len(ours) :]
        return place
