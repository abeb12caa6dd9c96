"""The streams that stand between httpx and a body: uploads, live answers, replayed answers.

The laws of this file: a stream passes on what it gets when it gets it, and keeps nothing back; and
it says nothing of its own. The classes here only act; httpx's own checks (``isinstance`` of
``SyncByteStream``, ``AsyncByteStream``) are met where they are joined with a module's bases.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from .._core.exchange import Exchange
    from .._core.model import Response

__all__ = ["AsyncReplay", "AsyncTee", "Replay", "Tee", "Upload", "checkpoint"]


class _Live(Protocol):
    def __iter__(self) -> Iterator[bytes]: ...
    def close(self) -> None: ...


class _AsyncLive(Protocol):
    def __aiter__(self) -> AsyncIterator[bytes]: ...
    async def aclose(self) -> None: ...


async def checkpoint() -> None:
    """Lets other tasks run, and be cancelled, where the network would have."""
    # httpx's async half needs anyio and has it; its sync half does not, and is spared the import.
    from anyio.lowlevel import checkpoint

    await checkpoint()


class Upload:
    """A drained upload: its chunks once, and from then on the client's own stream again.

    `request` is of either module; its stream is what was drained, into `chunks`.
    """

    def __init__(self, request: Any, chunks: list[bytes]) -> None:  # Any: of either module
        self._request = request
        self._own: Any = request.stream  # Any: sync, async or both, as the client chose
        self._chunks: list[bytes] | None = chunks

    def spend(self) -> list[bytes] | None:
        """The chunks, once; puts the client's own stream back, drained as sending leaves it."""
        chunks, self._chunks = self._chunks, None
        if chunks is not None:
            self._request.stream = self._own
        return chunks

    def __iter__(self) -> Iterator[bytes]:
        chunks = self.spend()
        yield from self._own if chunks is None else chunks

    async def __aiter__(self) -> AsyncIterator[bytes]:
        chunks = self.spend()
        if chunks is None:
            async for chunk in self._own:
                yield chunk
        else:
            for chunk in chunks:
                yield chunk


class Tee:
    """A live body, reported to the exchange as the caller takes it; `broke` is told what ends it."""

    def __init__(self, exchange: Exchange, stream: _Live, broke: Callable[[BaseException], None]) -> None:
        self._exchange = exchange
        self._stream = stream
        self._broke = broke

    def __iter__(self) -> Iterator[bytes]:
        try:
            for chunk in self._stream:
                self._exchange.data(chunk)
                yield chunk
        except BaseException as error:
            self._broke(error)
            raise
        self._exchange.ended()

    def close(self) -> None:
        """Closes the live stream; an end that was not reached is a truncation."""
        try:
            self._stream.close()
        finally:
            self._exchange.ended(truncated=True)


class AsyncTee:
    """`Tee`, for async clients."""

    def __init__(
        self, exchange: Exchange, stream: _AsyncLive, broke: Callable[[BaseException], None]
    ) -> None:
        self._exchange = exchange
        self._stream = stream
        self._broke = broke

    async def __aiter__(self) -> AsyncIterator[bytes]:
        chunks = self._stream.__aiter__()
        try:
            async for chunk in chunks:
                self._exchange.data(chunk)
                yield chunk
        except BaseException as error:
            self._broke(error)
            raise
        finally:
            # httpx2 closes the generator it iterates, which is now ours: the closing is handed on.
            if isinstance(chunks, AsyncGenerator):
                await chunks.aclose()
        self._exchange.ended()

    async def aclose(self) -> None:
        """Closes the live stream; an end that was not reached is a truncation."""
        try:
            await self._stream.aclose()
        finally:
            self._exchange.ended(truncated=True)


class Replay:
    """A recorded body: its pieces, lazily, and then the `error` that ended it, if one did."""

    def __init__(self, response: Response, error: Exception | None, read_on: Callable[[], None]) -> None:
        self._response = response
        self._error = error
        self._read_on = read_on

    def __iter__(self) -> Iterator[bytes]:
        yield from self._response.pieces()
        if self._error is not None:
            raise self._error
        self._read_on()


class AsyncReplay:
    """`Replay`, for async clients."""

    def __init__(self, response: Response, error: Exception | None, read_on: Callable[[], None]) -> None:
        self._response = response
        self._error = error
        self._read_on = read_on

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self._response.pieces():
            yield piece
            await checkpoint()
        if self._error is not None:
            raise self._error
        self._read_on()
