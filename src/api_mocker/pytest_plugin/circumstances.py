"""Under which circumstances a run took place: what the ledger says besides what was played.

The law of this file: it asks pytest's own options, as pytest reads them, and whatever may make a run know
less than all tests of the project is named.
"""

from __future__ import annotations

import os
import sys
from glob import glob
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from .._storage.pytest_cache import PARTIAL, WHOLE

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["gaps", "ignores", "imported", "inside", "place", "runs_no_test", "selects", "wanted"]

_NORMAL = (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED, pytest.ExitCode.NO_TESTS_COLLECTED)
_COLLECTING = ("addopts", "testpaths", "norecursedirs", "collect", "python_", "confcutdir")
_FOREIGN = {"site-packages", "dist-packages", "node_modules"}


def place(config: pytest.Config, asked: str | None, *, whole: bool) -> Path | None:
    """Where the ledger is to be; None where there is none to be written. OSError where there is no place."""
    if asked is not None:
        return config.invocation_params.dir / asked
    cache: pytest.Cache | None = getattr(config, "cache", None)
    if cache is None:
        return None
    folder = Path(cache.mkdir("api-mocker"))
    return None if not whole and (folder / WHOLE).exists() else folder / (WHOLE if whole else PARTIAL)


def gaps(session: pytest.Session, *, collected: bool) -> Iterator[str]:
    """Why this run may not know all tests, as far as options and its end tell; `collected`: it came so far."""
    config = session.config
    if not collected or session.exitstatus not in _NORMAL:
        yield "it was interrupted"
    if config.getoption("lf", default=False):
        yield "--lf leaves out what passed before"
    if ignores(config):
        yield "--ignore was given"
    if config.getoption("inifilename", default=None):
        yield "it had options of its own (-c)"
    for option in config.getoption("override_ini", default=None) or ():
        if option.startswith(_COLLECTING):
            yield f"it had an option of its own (-o {option})"
    if config.args_source is pytest.Config.ArgsSource.ARGS:
        yield from (f"of a file, only {arg} was asked for" for arg in config.args if "::" in arg)
        if config.getoption("doctestmodules", default=False) or config.getoption("doctestglob", default=[]):
            yield f"doctests were looked for in {' '.join(config.args)} only"


def ignores(config: pytest.Config) -> bool:
    """Whether this very run was told to leave files out, not the project's own options."""
    words = [*map(str, config.invocation_params.args), *os.environ.get("PYTEST_ADDOPTS", "").split()]
    return any(word.startswith("--ignore") for word in words)


def selects(config: pytest.Config) -> bool:
    """Whether this very run was told which tests to leave out, not the project's own options."""
    usual: list[str] = config.getini("addopts")
    given = (config.getoption(name, default="") for name in ("keyword", "markexpr"))
    return any(words and not any(word.endswith(words) for word in usual) for words in given)


def wanted(config: pytest.Config) -> list[Path]:
    """The places that hold the project's tests."""
    found: list[Path] = []
    for name in config.getini("testpaths"):
        # As pytest does: Path.glob knows no ".".
        names = glob(name, root_dir=config.rootpath, recursive=True)  # noqa: PTH207
        found += [config.rootpath / each for each in sorted(names)]
    return found or [config.rootpath]


def runs_no_test(config: pytest.Config) -> bool:
    """Whether it was asked for something else than to run tests."""
    names = ("collectonly", "setupplan", "setuponly", "version", "help", "showfixtures", "markers")
    return any(
        config.getoption(name, default=False) for name in (*names, "show_fixtures_per_test", "cacheshow")
    )


def imported(root: Path) -> set[str]:
    """The project's own files that this process has imported: tests, conftests, and the code under test."""
    files = {getattr(module, "__file__", None) for module in [*sys.modules.values()]}
    names = {inside(Path(file), root) for file in files if isinstance(file, str)}
    return {name for name in names if name is not None and not _FOREIGN & {*name.split("/")}}


def inside(path: Path, root: Path) -> str | None:
    """The path from `root`, with slashes and as it was given where that is possible; None outside of it."""
    for each in (path, path.parent.resolve() / path.name):
        if each.is_relative_to(root):
            return each.relative_to(root).as_posix()
    return None
