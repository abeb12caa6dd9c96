"""``mock()``: declared routes, as a block; the pytest fixture yields the same.

The law of this file: strict both ways. What was declared and not used, and what was sent and not
declared, is said in one report when the block ends, unless it ends with an error of its own.
"""

from __future__ import annotations

import os
import sys
import warnings
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

from . import interceptors
from ._block import Block, enter
from ._core import explain_routes as explain
from ._core.addresses import Prefix
from ._core.clock import Clock
from ._core.replies import reply
from ._core.router import Router
from ._core.verbs import Base
from ._runtime import Activation
from ._session import session
from .exceptions import ApiMockerWarning, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ._config import Config
    from ._core.routes import Call, Route
    from .exceptions import SwallowedRequests, UnusedRoutes

__all__ = ["MockUse", "Mocker", "config_for", "mock"]

OPTIONS = ("unused", "passthrough", "delays", "redact")
"""The options of the project that mean something to a mock."""


class Mocker(Base):
    """Declared routes, active: what ``mock()`` and the fixture ``api_mocker`` yield."""

    reply = staticmethod(reply)

    @property
    def routes(self) -> list[Route]:
        """The routes, as declared."""
        return list(self._router.routes)

    @property
    def calls(self) -> list[Call]:
        """What the routes answered, in order."""
        return list(self._router.calls)

    @property
    def time(self) -> float:
        """Seconds since the mock was opened, delays that nobody waited for included."""
        return self._router.clock.time

    def in_order(self) -> None:
        """From now on requests must come in the order in which their routes are declared.

        Called before the routes are declared; the same request may then be declared again later on.
        """
        self._router.ordered = True

    def __repr__(self) -> str:
        return f"<Mocker {self._router.name}: {len(self._router.routes)} routes>"


class MockUse:
    """One use of a mock, in steps: start, stop, report. `mock` takes all three."""

    def __init__(self, config: Config, name: str) -> None:
        self.config = config
        self._session = session()
        self.router = Router(
            name,
            self._session.rules(config),
            Clock(monotonic, real=config.delays == "real"),
            self._shown,
            config.passthrough,
        )
        self.mocker = Mocker(self.router, Prefix())
        self._activation = Activation(self.router, overlay=True)

    def _shown(self, file: str) -> str:
        path = Path(file)
        return (
            os.fspath(path.relative_to(self._session.root))
            if path.is_relative_to(self._session.root)
            else path.name
        )

    def start(self) -> Mocker:
        """From now on, requests made here come to these routes first."""
        enter(self._activation)
        return self.mocker

    def stop(self) -> None:
        """Requests go where they went before."""
        self._activation.leave()
        interceptors.uninstall()
        self._session.counts.add(self.router.counts)
        self._session.went_live(self.router.live)

    @property
    def is_innermost(self) -> bool:
        """Whether requests made here and now come to this mock."""
        return self._activation.is_here

    def problem(self) -> UnusedRoutes | SwallowedRequests | None:
        """What went wrong though nothing was raised, as one error."""
        unused = self.router.unused() if self.config.unused == "error" else []
        if not unused and not self.router.refusals:
            return None
        return explain.report(self.router, unused, self.router.refusals)

    def warning(self) -> str | None:
        """What is only worth knowing."""
        unused = self.router.unused() if self.config.unused == "warn" else []
        return str(explain.report(self.router, unused, ())) if unused else None

    def finish(self, error: BaseException | None) -> None:
        """All that is left to do when the block ends, with the error it ended with."""
        self.stop()
        if error is not None:
            for refused in explain.hidden(error, self.router.refusals):
                error.add_note(f"api-mocker: {refused}")
            return
        if text := self.warning():
            warnings.warn(text, ApiMockerWarning, stacklevel=3)
        if problem := self.problem():
            raise problem


# Any: as in `mock`.
def config_for(config: Config, options: Mapping[str, Any], where: str) -> Config:
    """`config` with the options of a mock over it; UsageError for one that means nothing to a mock."""
    for name in options:
        if name not in OPTIONS:
            from ._core.nearest import nearest_name

            raise UsageError(
                f"{where}: a mock has no option {name!r}{nearest_name(name, OPTIONS)} (it has {', '.join(OPTIONS)})"
            )
    return config.over(options, where, "call")


class mock(Block[Mocker]):  # noqa: N801  # it is used like a function, in `with`
    """Answers requests with what is declared inside; ``with api_mocker.mock() as mocker: ...``.

    A context manager, sync and async. Options: ``unused`` ("error", "warn", "ignore": what is done about
    declared routes that were not called), ``passthrough`` (hosts that are let through), ``delays``
    ("virtual": nobody waits for a declared delay, "real": it is waited for) and ``redact``.

    Blocks nest: what the inner one does not declare, the outer one may answer, or a cassette.
    Raises at the call that nothing answers NotDeclared; at the end of the block SwallowedRequests
    when such an error was caught inside, and UnusedRoutes.
    """

    def __init__(self, **options: Any) -> None:  # Any: each is read, and refused with its name, by its row
        caller = sys._getframe(1)  # noqa: SLF001  # as use_cassette does
        self._where = f"mock() at {Path(caller.f_code.co_filename).name}:{caller.f_lineno}"
        self._options = {name: value for name, value in options.items() if value is not None}
        self._config()
        super().__init__()

    def _config(self) -> Config:
        return config_for(session().config, self._options, self._where)

    def _use(self) -> MockUse:
        return MockUse(self._config(), self._where)
