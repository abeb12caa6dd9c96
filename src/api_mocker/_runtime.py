"""Who is active: sketch; replaced by the full version."""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ._core.exchange import Exchange
    from ._core.model import Request


class Engine(Protocol):
    def open(self, request: Request) -> Exchange | None: ...


_active: ContextVar[Engine | None] = ContextVar("api_mocker_active", default=None)
_forwarding: ContextVar[bool] = ContextVar("api_mocker_forwarding", default=False)


def watching() -> bool:
    """Whether a request made here and now is anybody's business; cheap, asked for every request."""
    return not _forwarding.get() and _active.get() is not None


def begin(see: Callable[[], Request]) -> Exchange | None:
    """The decision about one request; None: let it pass untouched."""
    engine = None if _forwarding.get() else _active.get()
    return None if engine is None else engine.open(see())


@contextmanager
def forwarding() -> Iterator[None]:
    """While a seam calls the client's original: what happens inside is part of that exchange."""
    token = _forwarding.set(True)
    try:
        yield
    finally:
        _forwarding.reset(token)
