"""Start-up: what every run pays before its first test, as processes that are started in turns."""

from __future__ import annotations

import os
import subprocess
import sys
from functools import partial
from importlib.util import find_spec
from time import perf_counter
from typing import TYPE_CHECKING

from measure import Table, turns

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tapes import Tapes

__all__ = ["tables"]

_TURNS = 11
_NOTHING = "nothing"
_PLUGINS = {
    "api-mocker": "api_mocker.pytest_plugin",
    "cassetter": "cassetter.pytest_plugin",
    "pytest-recording": "pytest_recording.plugin",
    "pytest-httpx": "pytest_httpx",
    "respx": "respx.plugin",
    "requests-mock": "requests_mock.contrib._pytest_plugin",
}
_IMPORTS = {
    "api-mocker": "api_mocker",
    "api-mocker's command line": "api_mocker.cli",
    "cassetter": "cassetter",
    "vcrpy": "vcr",
    "betamax": "betamax",
    "responses": "responses",
    "respx": "respx",
    "requests-mock": "requests_mock",
    "pytest-httpx": "pytest_httpx",
}


def _run(folder: Path, *command: str) -> float:
    environment = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    start = perf_counter()
    subprocess.run(
        [sys.executable, *command], cwd=folder, env=environment, stdout=subprocess.DEVNULL, check=False
    )
    return (perf_counter() - start) * 1e3


def tables(tapes: Tapes) -> Iterator[Table]:
    """Plugins, and imports."""
    empty = tapes.folder / "empty"
    empty.mkdir(exist_ok=True)
    collect = ("-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider")
    plugins = {_NOTHING: partial(_run, empty, *collect)} | {
        name: partial(_run, empty, *collect, "-p", module)
        for name, module in _PLUGINS.items()
        if _found(module)
    }
    imports = {_NOTHING: partial(_run, empty, "-c", "pass")} | {
        name: partial(_run, empty, "-c", f"import {module}")
        for name, module in _IMPORTS.items()
        if _found(module)
    }
    columns = [
        turns("`pytest --collect-only`, its plugin", plugins, _TURNS),
        turns("`import`", imports, _TURNS),
    ]
    yield Table("Start-up", "ms of a process that does nothing else", _NOTHING, columns)


def _found(module: str) -> bool:
    return find_spec(module.partition(".")[0]) is not None
