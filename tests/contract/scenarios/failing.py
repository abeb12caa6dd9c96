"""Transport failures: recorded in no client's words, raised again in this client's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..answers import CHUNKED, chunk, head, reply
from ..drivers import TIMEOUT
from ..scenario import BOTH, scenario
from ..wire import Break

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ..drivers import Client
    from ..seen import Seen
    from ..wire import Answer, Ask, Step

RECORDED = {"record_errors": True}
TEXT = ("Content-Type", "text/plain")
SHORT = 0.1
"""Seconds of a timeout that expires in any case."""
BRIEF = 0.6
"""Seconds of a read timeout within which a head must have arrived."""


def _breaking(*steps: Step) -> Answer:
    return lambda ask: iter(steps)


BROKEN: dict[str, Answer] = {
    "/silence": _breaking(Break.SILENCE),
    "/reset": _breaking(Break.RESET),
    "/hangup": _breaking(Break.CLOSE),
    "/garbage": _breaking(b"this is no HTTP at all\r\n\r\n", Break.CLOSE),
    "/half-a-head": _breaking(b"HTTP/1.1 200 OK\r\nContent-Le", Break.CLOSE),
    "/too-long": _breaking(head(200, TEXT, ("Content-Length", "100")) + b"short", Break.CLOSE),
    "/too-short": _breaking(
        head(200, TEXT, ("Connection", "close"), ("Content-Length", "5")) + b"rather long", Break.CLOSE
    ),
    "/cut-chunk": _breaking(head(200, TEXT, CHUNKED) + chunk(b"whole") + b"ff\r\nhalf", Break.CLOSE),
    "/bad-chunk": _breaking(head(200, TEXT, CHUNKED) + chunk(b"whole") + b"zz\r\nhalf\r\n", Break.CLOSE),
    "/no-last-chunk": _breaking(head(200, TEXT, CHUNKED) + chunk(b"whole"), Break.CLOSE),
    "/reset-in-body": _breaking(head(200, TEXT, ("Content-Length", "100")) + b"short", Break.RESET),
    "/silence-in-body": _breaking(head(200, TEXT, ("Content-Length", "100")) + b"short", Break.SILENCE),
}


def _fails(path: str) -> None:
    slow = {"/silence": SHORT, "/silence-in-body": BRIEF}.get(path)

    async def act(client: Client) -> Sequence[Seen]:
        if slow is not None:
            return [await client.send("GET", path, read="chunks", timeout=(TIMEOUT, slow))]
        return [await client.send("GET", path), await client.send("GET", path, read="chunks")]

    act.__name__ = "fails_by_" + path[1:].replace("-", "_")
    scenario(BROKEN, options=RECORDED, schemes=("http",) if slow else BOTH)(act)


for _path in BROKEN:
    _fails(_path)


def _unreachable(base: str, schemes: tuple[str, ...], timeout: float = TIMEOUT) -> None:
    async def act(client: Client) -> Sequence[Seen]:
        return [await client.send("GET", f"{base}:/", timeout=(timeout, timeout))]

    act.__name__ = f"fails_by_{base}"
    scenario(options=RECORDED, schemes=schemes, unseen=1)(act)


_unreachable("refused", ("http", "https"))
_unreachable("unknown", ("http",))
_unreachable("full", ("http",), SHORT)
_unreachable("mute", ("https",), SHORT)
_unreachable("abrupt", ("https",))


@scenario(options=RECORDED, schemes=("https",), settings={"trusted": False}, unseen=1)
async def fails_by_an_untrusted_certificate(client: Client) -> Sequence[Seen]:
    """The handshake fails, no request leaves."""
    return [await client.send("GET", "/")]


@scenario(options=RECORDED, needs="retry", settings={"retries": 2}, unseen=3)
async def fails_by_refused_again_and_again(client: Client) -> Sequence[Seen]:
    """Each attempt to connect is an exchange that failed."""
    return [await client.send("GET", "refused:/")]


def _once_broken(ask: Ask) -> Iterator[Step]:
    if ask.nth == 0:
        yield Break.CLOSE
    else:
        yield reply(200, TEXT, body=b"at last")


@scenario({"/": _once_broken, "/after": reply(200, body=b"after")}, options=RECORDED)
async def recovers_after_a_failure(client: Client) -> Sequence[Seen]:
    """The caller tries again by itself, and goes on."""
    return [await client.send("GET", "/"), await client.send("GET", "/"), await client.send("GET", "/after")]
