"""Many requests at once: nothing is lost, nothing is swapped, and the file stays in order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..answers import as_json, chunked
from ..scenario import scenario

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ..drivers import Client
    from ..seen import Seen
    from ..wire import Ask, Step

AT_ONCE = 8


def _crowded(ask: Ask) -> Iterator[Step]:
    """Nobody is answered before eight have asked: they overtake each other for certain."""
    ask.stage.crowd(AT_ONCE)
    yield as_json({"path": ask.path, "query": ask.query})


@scenario({"*": _crowded})
async def fifty_at_once(client: Client) -> Sequence[Seen]:
    """Fifty different requests in eight threads, or in one gather; each gets its own answer."""
    seen = await client.together([{"method": "GET", "path": f"/item/{n}"} for n in range(50)])
    assert [f'"path":"/item/{n}"' in (one.body or b"").decode() for n, one in enumerate(seen)] == [True] * 50
    return seen


def _same(ask: Ask) -> Iterator[Step]:
    ask.stage.crowd(AT_ONCE)
    yield as_json({"state": "same"})


@scenario({"*": _same})
async def the_same_at_once(client: Client) -> Sequence[Seen]:
    """The same request sixteen times at once takes sixteen recordings."""
    return await client.together([{"method": "POST", "path": "/same", "json": {"a": 1}}] * 16)


def _streams(ask: Ask) -> Iterator[Step]:
    ask.stage.crowd(AT_ONCE)
    yield chunked([f"{ask.path} {n}\n".encode() for n in range(5)], ("Content-Type", "text/plain"))


@scenario({"*": _streams})
async def streams_at_once(client: Client) -> Sequence[Seen]:
    """Streams that are read side by side keep apart."""
    return await client.together([{"method": "GET", "path": f"/{n}", "read": "lines"} for n in range(16)])
