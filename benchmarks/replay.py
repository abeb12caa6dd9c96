"""Replay: microseconds per request, every answer asked for once, in shuffled order."""

from __future__ import annotations

import asyncio
import random
from functools import partial
from time import perf_counter
from typing import TYPE_CHECKING, Any

from contestants import FLOOR, Contestant, contestants
from measure import Left, Table, turns
from tapes import url

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tapes import Tapes

__all__ = ["tables"]

_SIZES = (100, 1_000, 10_000)
_TURNS = {100: 15, 1_000: 7, 10_000: 3}
_LONG = 8.0  # seconds after which a turn is ended; what was played by then is counted
_TOO_LONG = 60.0  # seconds of setting up that nobody waits for


class _Case:
    """One contestant with one client; it remembers how long the smaller sizes took to set up."""

    def __init__(self, contestant: Contestant, client: str, tapes: Tapes) -> None:
        self.contestant = contestant
        self._client = client
        self._tapes = tapes
        self._seconds = 0.0
        self._size = 1

    def __call__(self, size: int) -> float:
        forecast = self._seconds * (size / self._size) ** 2
        if size != self._size and forecast > _TOO_LONG:
            raise Left(f"setting up {size:,} answers would take more than {_TOO_LONG:.0f} s")
        urls = [url(number) for number in range(size)]
        random.Random(size).shuffle(urls)
        if self.contestant.has_files:
            self._tapes.path(self.contestant.name, size)
        start = perf_counter()
        try:
            with self.contestant.playing(self._client, self._tapes, size) as client:
                self._seconds, self._size = perf_counter() - start, size
                if self._client == "httpx async":
                    return asyncio.run(_asked_async(client, urls))
                return _asked(client, urls)
        except Exception as error:
            if size == _SIZES[0]:
                raise
            raise Left(f"fails with {size:,}: {str(error).splitlines()[0][:100]}") from error


def _asked(client: Any, urls: list[str]) -> float:  # Any: requests' or httpx's
    count, spent, start = 0, 0.0, perf_counter()
    for count, address in enumerate(urls, 1):  # noqa: B007  # how far it came
        assert client.get(address).content
        if (spent := perf_counter() - start) > _LONG:
            break
    return spent / count * 1e6


async def _asked_async(client: Any, urls: list[str]) -> float:
    count, spent, start = 0, 0.0, perf_counter()
    for count, address in enumerate(urls, 1):  # noqa: B007  # how far it came
        assert (await client.get(address)).content
        if (spent := perf_counter() - start) > _LONG:
            break
    return spent / count * 1e6


def tables(tapes: Tapes) -> Iterator[Table]:
    """One table per client."""
    for client in ("requests", "httpx", "httpx async"):
        cases = [_Case(contestant, client, tapes) for contestant in contestants(client)]
        columns = [
            turns(
                f"N = {size:,}", {case.contestant.name: partial(case, size) for case in cases}, _TURNS[size]
            )
            for size in _SIZES
        ]
        yield Table(f"Replay with {client}", "µs per request, and times the bare client", FLOOR, columns)
