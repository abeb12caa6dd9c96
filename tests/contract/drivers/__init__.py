"""One file per client: how it is opened, how it sends, and what it shows.

A driver file is named after its client and holds ``DRIVERS``, a list of `Driver`. A client class says three things about its
library (`exchange`, `pieces`, `facts`); everything else, failures and early leaving included, is
done here once for all of them.
"""

from __future__ import annotations

import asyncio
import importlib
import inspect
import pkgutil
from abc import ABC, abstractmethod
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, TypeVar

from api_mocker.exceptions import ApiMockerError

from ..seen import Seen

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Mapping, Sequence
    from contextlib import AbstractAsyncContextManager

    from ..wire import Stage

__all__ = ["TIMEOUT", "Client", "Drip", "Driver", "Site", "drivers", "each", "settle"]

T = TypeVar("T")
TIMEOUT = 15.0
"""Seconds to connect and to read, where a scenario does not say otherwise."""


@dataclass(frozen=True)
class Site:
    """Where a scenario plays: the beginnings of its URLs, the gates of its server, its run.

    ``run`` counts the runs of one scenario, for requests that differ from run to run.
    """

    name: str
    scheme: str
    bases: Mapping[str, str]
    stage: Stage
    ca: str
    run: int

    def url(self, path: str) -> str:
        """The URL of a path of this scenario; one that begins with ``name:`` is under another base."""
        base, colon, rest = path.partition(":")
        if colon and base in self.bases:
            prefix = self.bases[base]
            return f"{prefix if '://' in prefix else f'{self.scheme}://{prefix}'}/{self.name}{rest}"
        return path if "://" in path else f"{self.bases[self.scheme]}/{self.name}{path}"


class Drip:
    """An upload that arrives in pieces: a generator, or an async generator, that can be read once."""

    def __init__(self, *pieces: bytes) -> None:
        self._pieces = pieces

    def sync(self) -> Iterable[bytes]:
        """A fresh generator."""
        yield from self._pieces

    async def asynchronous(self) -> AsyncIterator[bytes]:
        """A fresh async generator."""
        for piece in self._pieces:
            await asyncio.sleep(0)
            yield piece


class Client(ABC):
    """A client of some library, in the one shape that scenarios use."""

    is_async = False

    def __init__(self, site: Site) -> None:
        self.site = site

    @abstractmethod
    def exchange(
        self, method: str, url: str, stream: bool, **options: Any
    ) -> AbstractAsyncContextManager[Any]:
        """Sends; the response is open inside. Any: each library has its own response class."""

    @abstractmethod
    def pieces(self, response: Any, read: str, size: int | None) -> Any:
        """The body as an iterable (or async iterable), in the way that `read` names."""

    @abstractmethod
    def facts(self, response: Any) -> dict[str, Any]:
        """The fields of `Seen` that are known once the exchange is over."""

    async def send(
        self,
        method: str,
        path: str,
        *,
        read: str = "body",
        size: int | None = None,
        on_piece: Callable[[bytes], object] | None = None,
        leave_after: int | None = None,
        **options: Any,
    ) -> Seen:
        """One request, and all that can be seen of its answer.

        `read` is ``body`` (the client reads by itself), or a stream read by ``chunks`` (of `size`),
        ``lines``, ``raw`` (still coded), ``nothing`` (closed unread), ``abandoned`` (neither read nor
        closed). `leave_after` closes the stream after so many pieces. The other options are those of
        the driver's `exchange`; ``timeout`` is a pair of seconds, to connect and to read.
        """
        chunks: list[bytes] = []
        response: Any = None
        raised: tuple[str, ...] = ()
        causes: tuple[str, ...] = ()
        try:
            async with self.exchange(method, self.site.url(path), read != "body", **options) as response:
                if read not in ("body", "nothing", "abandoned"):
                    async for piece in each(self.pieces(response, read, size)):
                        chunks.append(piece.encode() if isinstance(piece, str) else piece)
                        if on_piece is not None:
                            on_piece(chunks[-1])
                        if len(chunks) == leave_after:
                            break
        except (ApiMockerError, AssertionError):
            raise
        except Exception as error:
            if type(error).__module__ == "builtins":  # no client fails in Python's own words; a bug does
                raise
            raised, causes = raised_classes(error), causes_of(error)
        facts = {} if response is None else self.facts(response)
        return Seen(**facts, chunks=None if read == "body" else tuple(chunks), raised=raised, causes=causes)

    async def together(self, calls: Sequence[Mapping[str, Any]]) -> list[Seen]:
        """All of `calls` at once: in one gather, or in eight threads; answers in the order of calls."""
        if self.is_async:
            return list(await asyncio.gather(*(self.send(**call) for call in calls)))
        with ThreadPoolExecutor(8) as pool:
            return list(pool.map(lambda call: at_once(self.send(**call)), calls))


@dataclass(frozen=True)
class Driver:
    """How a client is opened, and what it can do.

    Capabilities: ``cookies`` (keeps a jar), ``digest``, ``retry``, ``file`` (uploads file objects),
    ``sized-stream`` (uploads a generator of stated length). A scenario that needs one that is missing
    is not generated.
    """

    name: str
    open: Callable[..., AbstractAsyncContextManager[Client]]
    can: frozenset[str]
    is_async: bool = False

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """`work` in an event loop of its own, or at once when the client is synchronous."""
        return asyncio.run(work) if self.is_async else at_once(work)


def at_once(work: Coroutine[Any, Any, T]) -> T:
    """The result of a coroutine that never suspends."""
    try:
        work.send(None)
    except StopIteration as done:
        return done.value  # type: ignore[no-any-return]  # what a coroutine returns is untyped here
    raise RuntimeError("a synchronous client suspended")


async def settle(value: Any) -> Any:
    """`value`, awaited where it must be."""
    return await value if inspect.isawaitable(value) else value


async def each(pieces: Any) -> AsyncIterator[Any]:
    """The elements of an iterable, async or not."""
    if hasattr(pieces, "__aiter__"):
        async for piece in pieces:
            yield piece
    else:
        for piece in pieces:
            yield piece


def raised_classes(error: BaseException) -> tuple[str, ...]:
    """The class of an exception and of those that it carries: what an ``except`` clause can tell."""
    carried = [arg for arg in (*error.args, getattr(error, "reason", None)) if isinstance(arg, BaseException)]
    return _name(error), *(name for inner in carried[:1] for name in raised_classes(inner))


def causes_of(error: BaseException) -> tuple[str, ...]:
    """The classes of its causes, outermost first."""
    return () if error.__cause__ is None else (_name(error.__cause__), *causes_of(error.__cause__))


def _name(error: BaseException) -> str:
    return f"{type(error).__module__}.{type(error).__qualname__}"


def drivers() -> list[Driver]:
    """Every driver of every file in this folder whose client is installed; a file has its client's name."""
    names = [found.name for found in pkgutil.iter_modules(__path__) if not found.name.startswith("_")]
    files = [importlib.import_module(f"{__name__}.{name}") for name in names if find_spec(name)]
    return [driver for file in files for driver in file.DRIVERS]
