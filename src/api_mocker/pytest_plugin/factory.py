"""A cassette for a fixture of wider scope: what ``api_mocker_cassette_factory`` returns.

The law of this file: such a cassette belongs to no test, so no test decides about it. It is
committed when its block ends, whichever test is running then. It is recorded by one process alone:
what another one replayed of it, a token say, would be a placeholder that no real service knows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._core.modes import DECISIONS, Action, Situation
from ..exceptions import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from types import TracebackType

    import pytest

    from .._cassette import Cassette
    from .._config import Config
    from .._session import Session
    from .._use import Use

__all__ = ["FixtureCassette", "opened"]


def opened(path: Path, config: Config, session: Session, where: str, run: pytest.Config) -> Use:
    """The use of a fixture's cassette; UsageError where several workers would all record it."""
    from .._use import Use

    workers: int = getattr(run, "workerinput", {}).get("workercount", 1)
    if workers == 1 or session.disabled:
        return Use(path, [], config)
    mode, _, _ = session.mode(config)
    held = Situation.UNUSED if path.exists() else Situation.ABSENT
    if DECISIONS[mode][held] is Action.RECORD:
        raise UsageError(
            f"{where}: {workers} workers of pytest-xdist would each record this cassette, and what one of them "
            f"redacts no other could use.\n"
            f"  Record with one worker, the tests that use the fixture too:  pytest -n 0 --record-mode={mode}"
        )
    return Use(path, [], config, only_replays=f"{workers} workers of pytest-xdist would each do it; use -n 0")


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
