"""A cassette for a fixture of wider scope: what ``api_mocker_cassette_factory`` returns.

The law of this file: such a cassette belongs to no test, so no test decides about it. It is
committed when its block ends, whichever test is running then.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from .._use import Cassette, Use

__all__ = ["FixtureCassette"]


class FixtureCassette:
    """Open inside of ``with``, or of ``async with``; the file is looked at when the block begins."""

    def __init__(self, make: Callable[[], Use]) -> None:
        self._make = make
        self._uses: list[Use] = []

    def __enter__(self) -> Cassette:
        use = self._make()
        cassette = use.start()
        self._uses.append(use)
        return cassette

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        use = self._uses.pop()
        session = use.session
        deferring, session.deferring = session.deferring, False  # it belongs to no test
        try:
            use.finish(error)
        finally:
            session.deferring = deferring

    async def __aenter__(self) -> Cassette:
        return self.__enter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.__exit__(kind, error, traceback)
