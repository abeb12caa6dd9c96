"""The mock of a test: its options, and the time during which it is active.

The law of this file: a test's mock lies over its cassette, is there before the test's fixtures and
is closed after them, so that no finalizer of theirs gets past it.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from ..exceptions import UsageError
from .marks import plainly
from .names import told

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._config import Config
    from .._mock import Mocker, MockUse
    from .run import Run

__all__ = ["MOCK", "mocked"]

MOCK: pytest.StashKey[MockUse | None] = pytest.StashKey()
"""The mock of a test, once it was opened."""


@contextmanager
def mocked(request: pytest.FixtureRequest, run: Run) -> Iterator[Mocker]:
    """The test's mock, active."""
    from .._mock import MockUse

    item = request.node
    with plainly():
        use = item.stash[MOCK] = MockUse(
            _config(request, run), f"the fixture api_mocker of {told(item, run.session)}"
        )
    run.step_in()
    mocker = use.start()
    try:
        yield mocker
    finally:
        use.stop()


def _config(request: pytest.FixtureRequest, run: Run) -> Config:
    """The project's options, and over them those of the test's ``api_mocker`` markers, the closest last."""
    from .._mock import config_for

    given = request.getfixturevalue("api_mocker_config")
    config = run.session.config.over(given, "api_mocker_config", "fixture")
    for mark in reversed([*request.node.iter_markers("api_mocker")]):
        where = f"{request.node.nodeid}: @pytest.mark.api_mocker"
        if mark.args:
            raise UsageError(
                f"{where} takes options by name, such as unused='warn', and not {mark.args[0]!r}"
            )
        config = config_for(config, mark.kwargs, where)
    return config
