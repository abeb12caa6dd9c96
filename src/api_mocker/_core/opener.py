"""Whoever decides about requests, as the runtime knows them.

The law of this file: an opener answers, refuses or lets pass; whether it is a cassette, declared
routes or a fence is nobody's business above.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..exceptions import ApiMockerError
    from .exchange import Exchange
    from .model import Request

__all__ = ["Ground", "Layer", "Opener", "Overlay"]


class Opener(Protocol):
    """Whoever decides about requests: the engine."""

    @property
    def name(self) -> str:
        """How it is called in error texts."""
        ...

    @property
    def refusals(self) -> list[ApiMockerError]:
        """Where an error is remembered that the code under test may swallow."""
        ...

    @property
    def passthrough(self) -> tuple[str, ...]:
        """Hosts that it lets through."""
        ...

    def open(self, request: Request) -> Exchange | None:
        """The decision; None lets the request pass."""


class Layer(Opener, Protocol):
    """An opener that has others above it."""

    def open(self, request: Request, also: Callable[[], str] | None = None) -> Exchange | None:
        """The decision; `also` is what those above, which did not answer, add to an error."""


class Overlay(Layer, Protocol):
    """Declared routes: they answer first, and what they do not take goes to whatever is below."""

    def answer(self, request: Request) -> Exchange | None:
        """The exchange, where a route takes the request."""

    def lets_through(self, request: Request) -> bool:
        """Whether the request is to reach the network, whatever lies below."""
        ...

    def misses(self, request: Request) -> str:
        """Why none did; empty where there is nothing to say."""
        ...


class Ground(Layer, Protocol):
    """A cassette, which wants to know what routes answered in its place."""

    def covered(self, request: Request) -> None:
        """A route answered this request."""
