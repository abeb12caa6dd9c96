"""The command line's options.

The law of this file: pytest starts beside any other plugin. Where an installed peer defines one of
our options too, it is left to the peer and read from it; ``--api-mocker-mode`` is always ours.
"""

from __future__ import annotations

import os
from importlib.metadata import entry_points
from typing import TYPE_CHECKING

from .._core.modes import RecordMode

if TYPE_CHECKING:
    import pytest

__all__ = ["add", "disabled", "mode"]

_SHARED: dict[str, frozenset[str]] = {
    "--record-mode": frozenset({"recording", "cassetter"}),
    "--disable-recording": frozenset({"recording"}),
}
"""Options that others define too, and the names of their entry points: pytest-recording, cassetter."""


def add(parser: pytest.Parser, pluginmanager: pytest.PytestPluginManager) -> None:
    """Defines what no peer defines."""
    peers = _peers(pluginmanager)
    group = parser.getgroup("api-mocker", "recording and replaying HTTP")
    names = ["--record-mode", "--api-mocker-mode"]
    group.addoption(
        *(name for name in names if not _SHARED.get(name, frozenset()) & peers),
        dest="api_mocker_mode",
        metavar="MODE",
        default=None,
        help="what is done with the HTTP requests of tests that have a cassette: "
        f"{'|'.join(RecordMode)} (default: none)",
    )
    group.addoption(
        "--cassette-ledger",
        dest="api_mocker_ledger",
        metavar="FILE",
        default=None,
        help="where to note which recordings the tests played, for `api-mocker cassette prune` "
        "(default: in pytest's cache)",
    )
    if not _SHARED["--disable-recording"] & peers:
        group.addoption(
            "--disable-recording",
            dest="api_mocker_disabled",
            action="store_true",
            default=False,
            help="let every request through, live, as if there were no cassettes",
        )


def mode(config: pytest.Config) -> RecordMode | None:
    """The record mode that the command line says; UsageError when there is no such mode."""
    given = config.getoption("api_mocker_mode")
    if given is None:
        given = config.getoption("record_mode", None)  # a peer's
    return None if given is None else RecordMode.of(given)


def disabled(config: pytest.Config) -> bool:
    """Whether everything is to go live."""
    names = ("api_mocker_disabled", "disable_recording")
    return any(bool(config.getoption(name, default=False)) for name in names)


def _peers(pluginmanager: pytest.PytestPluginManager) -> set[str]:
    """The peers that are loaded, or are going to be."""
    autoload = not os.environ.get("PYTEST_DISABLE_PLUGIN_AUTOLOAD")
    wanted = frozenset().union(*_SHARED.values())
    return {
        point.name
        for point in entry_points(group="pytest11")
        if point.name in wanted
        and not pluginmanager.is_blocked(point.name)
        and (autoload or pluginmanager.has_plugin(point.name))
    }
