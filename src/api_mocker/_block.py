"""A block in which something is active: what cassettes and mocks have in common as context managers.

The law of this file: ``with`` and ``async with`` mean the same, and of several tasks that share one
object each leaves what it entered.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from . import interceptors

if TYPE_CHECKING:
    from types import TracebackType

    from ._runtime import Activation

__all__ = ["Block", "Use", "enter"]

Yielded = TypeVar("Yielded")
Given_co = TypeVar("Given_co", covariant=True)


class Use(Protocol[Given_co]):
    """One use of what the block makes active."""

    @property
    def is_innermost(self) -> bool:
        """Whether requests made here and now come to this use."""
        ...

    def start(self) -> Given_co:
        """Makes it active; what the block yields."""
        ...

    def finish(self, error: BaseException | None) -> None:
        """Ends it, and says what went wrong; `error` is what the block ended with."""


def enter(activation: Activation) -> None:
    """Steps in at the clients, and makes `activation` active."""
    interceptors.install()
    try:
        activation.enter()
    except BaseException:
        interceptors.uninstall()
        raise


class Block(ABC, Generic[Yielded]):
    """A context manager, sync and async, that may be entered again and by several tasks at once."""

    def __init__(self) -> None:
        self._uses: list[Use[Yielded]] = []

    @abstractmethod
    def _use(self) -> Use[Yielded]:
        """A new use."""

    def __enter__(self) -> Yielded:
        use = self._use()
        yielded = use.start()
        self._uses.append(use)
        return yielded

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        use = next((use for use in reversed(self._uses) if use.is_innermost), self._uses[-1])
        self._uses.remove(use)
        use.finish(error)

    async def __aenter__(self) -> Yielded:
        return self.__enter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.__exit__(kind, error, traceback)
