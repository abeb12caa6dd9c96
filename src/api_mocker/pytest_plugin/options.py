"""The command line's options.

The law of this file: pytest starts beside any other plugin. Where an installed peer defines one of
our options too, it is left to the peer and read from it; ``--api-mocker-mode`` is always ours. What
a committed file adds to the command line (``addopts``) is not what somebody said.
"""

from __future__ import annotations

import os
import shlex
from importlib.metadata import entry_points
from itertools import pairwise
from typing import TYPE_CHECKING

from .._core.modes import RecordMode

if TYPE_CHECKING:
    import pytest

__all__ = [
    "add",
    "allowed_hosts",
    "blocks_network",
    "disabled",
    "fails_on_live",
    "has_recording",
    "is_said",
    "mode",
]

_SHARED: dict[str, frozenset[str]] = {
    "--record-mode": frozenset({"recording", "cassetter"}),
    "--disable-recording": frozenset({"recording"}),
    "--block-network": frozenset({"recording"}),
    "--allowed-hosts": frozenset({"recording"}),
}
"""Options that others define too, and the names of their entry points: pytest-recording, cassetter."""

_MODE_OPTIONS = ("--record-mode", "--api-mocker-mode")
_MODE_IS = tuple(f"{name}=" for name in _MODE_OPTIONS)


def add(parser: pytest.Parser, pluginmanager: pytest.PytestPluginManager) -> None:
    """Defines what no peer defines."""
    peers = _peers(pluginmanager)
    group = parser.getgroup("api-mocker", "recording and replaying HTTP")
    group.addoption(
        *(name for name in _MODE_OPTIONS if not _SHARED.get(name, frozenset()) & peers),
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
    _add_guard(group, peers)


def _add_guard(group: pytest.OptionGroup, peers: set[str]) -> None:
    if not _SHARED["--block-network"] & peers:
        group.addoption(
            "--block-network",
            dest="api_mocker_block_network",
            action="store_true",
            default=False,
            help="let no test, fixture or module reach the network, but for what a cassette records",
        )
    if not _SHARED["--allowed-hosts"] & peers:
        group.addoption(
            "--allowed-hosts",
            dest="api_mocker_allowed_hosts",
            metavar="HOSTS",
            default=None,
            help="hosts that the network guard lets out, separated by commas: names, globs, addresses, "
            "networks, each with or without port",
        )
    group.addoption(
        "--fail-on-live",
        dest="api_mocker_fail_on_live",
        action="store_true",
        default=False,
        help="fail the run when any call went out live, and name the tests and hosts",
    )


def mode(config: pytest.Config) -> RecordMode | None:
    """The record mode that the command line says; UsageError when there is no such mode."""
    given = _mode(config)
    return None if given is None else RecordMode.of(given)


def is_said(config: pytest.Config) -> bool:
    """Whether who started the run said the record mode, there or in PYTEST_ADDOPTS, and not ``addopts`` alone."""
    words = _said(config)  # a worker of xdist has them, too
    told = {word.partition("=")[2] for word in words if word.startswith(_MODE_IS)}
    told.update(value for name, value in pairwise(words) if name in _MODE_OPTIONS)
    return _mode(config) in told


def _mode(config: pytest.Config) -> str | None:
    given: str | None = config.getoption("api_mocker_mode")
    return config.getoption("record_mode", None) if given is None else given  # a peer's


def _said(config: pytest.Config) -> list[str]:
    """The words that the run was started with, also those in ``-o addopts=...``."""
    words = [*map(str, config.invocation_params.args), *shlex.split(os.environ.get("PYTEST_ADDOPTS", ""))]
    return [*words, *(inner for word in words for inner in shlex.split(word.partition("addopts=")[2]))]


def disabled(config: pytest.Config) -> bool:
    """Whether everything is to go live."""
    names = ("api_mocker_disabled", "disable_recording")
    return any(bool(config.getoption(name, default=False)) for name in names)


def blocks_network(config: pytest.Config) -> bool:
    """Whether the command line forbids the network."""
    names = ("api_mocker_block_network", "block_network")
    return any(bool(config.getoption(name, default=False)) for name in names)


def allowed_hosts(config: pytest.Config) -> tuple[str, ...]:
    """The hosts that the command line allows."""
    names = ("api_mocker_allowed_hosts", "allowed_hosts")
    given = next(filter(None, (config.getoption(name, default=None) for name in names)), "")
    return tuple(filter(None, map(str.strip, given.split(","))))


def fails_on_live(config: pytest.Config) -> bool:
    """Whether a live call fails the run."""
    return bool(config.getoption("api_mocker_fail_on_live"))


def has_recording(pluginmanager: pytest.PytestPluginManager) -> bool:
    """Whether pytest-recording is loaded, which has a guard of its own, and markers that say what it does."""
    return pluginmanager.has_plugin("recording")


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
