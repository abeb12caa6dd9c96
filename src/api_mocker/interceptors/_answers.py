"""What a declared route wants done before it is answered: its callback called, its delay let pass.

The law of this file: sync and async clients get the same answer from the same declaration, and a
callback runs once for each request, outside of every lock. A delay that is longer than the client's
read timeout is that timeout, and nobody waits for it.
"""

from __future__ import annotations

import asyncio
import inspect
import time
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import TYPE_CHECKING, Any

from .._core.model import Failure

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from .._core.exchange import Exchange

__all__ = ["settle", "settle_async"]

_CALM = 10
"""Turns of the event loop that stand for a moment: what is done at once is done within them."""


def settle(exchange: Exchange, timeout: float | None) -> None:
    """For a sync client, whose read timeout is `timeout` seconds (None: it waits for ever)."""
    if exchange.compose is not None:
        returned, failed = None, None
        try:
            returned = exchange.compose()
            if inspect.isawaitable(returned):
                returned = _awaited(returned)
        except Exception as error:  # noqa: BLE001 - whatever the user's callback raises
            failed = error
        exchange.take(returned, failed)
    clock = exchange.clock
    if clock is not None:
        late = _late(exchange, timeout)
        if not clock.real:
            clock.skip_to(clock.time + exchange.delay)
        elif not late:
            time.sleep(exchange.delay)
    exchange.settled()


async def settle_async(exchange: Exchange, timeout: float | None) -> None:  # noqa: ASYNC109 - the client's own
    """For an async client; see `settle`."""
    if exchange.compose is not None:
        returned, failed = None, None
        try:
            returned = exchange.compose()
            if inspect.isawaitable(returned):
                returned = await returned
        except Exception as error:  # noqa: BLE001 - as above
            failed = error
        exchange.take(returned, failed)
    if exchange.clock is not None and not (_late(exchange, timeout) and exchange.clock.real):
        await _pass(exchange)
    exchange.settled()


async def _pass(exchange: Exchange) -> None:
    import anyio
    from anyio.lowlevel import checkpoint

    clock = exchange.clock
    assert clock is not None  # noqa: S101 - the caller looked
    if clock.real:
        await anyio.sleep(exchange.delay)
        return
    moment = clock.time + exchange.delay
    with clock.waiting(moment):
        calm = 0  # turns for which nobody was before it, in which others come to wait, or do what they waited for
        while calm < _CALM:
            await checkpoint()
            calm = calm + 1 if clock.is_next(moment) else 0
    clock.skip_to(moment)


def _late(exchange: Exchange, timeout: float | None) -> bool:
    """Whether the client does not wait for the answer; how long it would have waited is the delay then."""
    if timeout is None or exchange.delay <= timeout:
        return False
    exchange.response, exchange.raised = None, None
    exchange.failure = Failure(
        "read_timeout", f"the declared delay of {exchange.delay:g} s is longer than the timeout"
    )
    exchange.delay = timeout
    return True


def _awaited(returned: Awaitable[Any]) -> Any:  # Any: what the user's callback gives
    """The result of an async callback, for a client that cannot await it."""

    async def wait() -> Any:  # Any: as above
        return await returned

    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(wait())
    with ThreadPoolExecutor(1) as aside:  # a loop runs here already, and is blocked by this very call
        return aside.submit(copy_context().run, asyncio.run, wait()).result()
