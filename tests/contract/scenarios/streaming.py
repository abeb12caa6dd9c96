"""Bodies that the caller reads by itself: by chunk, by line, raw, partly, not at all, one by one."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

from ..answers import CHUNKED, LAST, chunk, chunked, head, reply
from ..scenario import scenario
from ..seen import SECRET
from ..wire import Break

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ..drivers import Client
    from ..seen import Seen
    from ..wire import Ask, Step

TEXT = ("Content-Type", "text/plain; charset=utf-8")
EVENTS = ("Content-Type", "text/event-stream")
LINES = [f"line {n}: größe\n".encode() for n in range(30)]
WAYS = ("chunks", "lines", "raw", "nothing")


def _every_framing(ask: Ask) -> Iterator[Step]:
    body = b"".join(LINES)
    if ask.path == "/sized":
        yield reply(200, TEXT, body=body)
    elif ask.path == "/chunked":
        yield chunked(LINES, TEXT)
    elif ask.path == "/coded":
        yield chunked([gzip.compress(body, 6, mtime=0)], TEXT, ("Content-Encoding", "gzip"))
    else:
        yield head(200, TEXT) + body
        yield Break.CLOSE


FRAMINGS = ("/sized", "/chunked", "/coded", "/unsized")


@scenario({"*": _every_framing})
async def read_every_way(client: Client) -> Sequence[Seen]:
    """Each framing read by chunk, by line, raw, and closed unread."""
    return [await client.send("GET", path, read=way) for path in FRAMINGS for way in WAYS]


@scenario({"*": _every_framing})
async def read_in_pieces_of_a_size(client: Client) -> Sequence[Seen]:
    """The caller says how much it wants at a time."""
    return [
        await client.send("GET", path, read=way, size=7) for path in FRAMINGS for way in ("chunks", "raw")
    ]


@scenario({"*": _every_framing})
async def read_partly(client: Client) -> Sequence[Seen]:
    """The caller takes two pieces and closes."""
    return [await client.send("GET", path, read="chunks", size=7, leave_after=2) for path in FRAMINGS]


@scenario({"*": _every_framing})
async def abandoned_unread(client: Client) -> Sequence[Seen]:
    """The caller neither reads nor closes; the client does when it is closed itself."""
    return [await client.send("GET", path, read="abandoned", closed=False) for path in FRAMINGS]


def _events(ask: Ask) -> Iterator[Step]:
    yield head(200, EVENTS, CHUNKED)
    for number in range(4):
        yield ask.stage.gate(f"event {number}")
        yield chunk(f"id: {number}\ndata: state {number}\n\n".encode())
    yield LAST


@scenario({"/": _events})
async def events_one_by_one(client: Client) -> Sequence[Seen]:
    """Each event reaches the caller before the server sends the next one."""
    arrived = 0

    def got(_: bytes) -> None:
        nonlocal arrived
        arrived += 1
        client.site.stage.gate(f"event {arrived}").set()

    client.site.stage.gate("event 0").set()
    return [await client.send("GET", "/", read="chunks", on_piece=got)]


SECRET_EVENTS = [b'data: {"n":%d,"access_token":"%b-%d"}\n\n' % (n, SECRET.encode(), n) for n in range(3)]


@scenario({"/": chunked(SECRET_EVENTS, EVENTS)})
async def events_with_secrets(client: Client) -> Sequence[Seen]:
    """Events stay apart though what stands in for a secret is longer."""
    return [await client.send("GET", "/", read="chunks"), await client.send("GET", "/", read="lines")]


def _endless(ask: Ask) -> Iterator[Step]:
    yield head(200, EVENTS, CHUNKED)
    number = 0
    while True:
        yield chunk(f"data: {number}\n\n".encode())
        # The next event is sent when the last one was taken, so that each run sees the same pieces.
        yield ask.stage.gate(f"took {number}")
        number += 1


@scenario({"/": _endless})
async def an_endless_stream_left(client: Client) -> Sequence[Seen]:
    """The caller leaves after three events; the stream would never end by itself."""
    taken = 0

    def got(_: bytes) -> None:
        nonlocal taken
        client.site.stage.gate(f"took {taken}").set()
        taken += 1

    return [await client.send("GET", "/", read="chunks", on_piece=got, leave_after=3)]


def _slow_pieces(ask: Ask) -> Iterator[Step]:
    yield head(200, TEXT)
    for number in range(3):
        yield ask.stage.gate(f"piece {number}")
        yield f"piece {number};".encode()
    yield Break.CLOSE


@scenario({"/": _slow_pieces})
async def pieces_without_a_length(client: Client) -> Sequence[Seen]:
    """A body until close arrives piece by piece as well, when it is read raw."""
    arrived = 0

    def got(_: bytes) -> None:
        nonlocal arrived
        arrived += 1
        client.site.stage.gate(f"piece {arrived}").set()

    client.site.stage.gate("piece 0").set()
    return [await client.send("GET", "/", read="raw", on_piece=got, size=8)]


@scenario({"*": _every_framing})
async def streams_after_one_another(client: Client) -> Sequence[Seen]:
    """A stream that was closed early does not disturb the next request of the client."""
    return [
        await client.send("GET", "/chunked", read="chunks", size=7, leave_after=1),
        await client.send("GET", "/sized"),
        await client.send("GET", "/chunked", read="lines"),
    ]
