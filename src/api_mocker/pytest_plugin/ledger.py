"""What is noted for the usage ledger: who owns a cassette, who played what of it, how each test ended.

The law of this file: the ledger claims no more than was seen. Whatever may have kept a test from
playing its recordings is a gap in the ledger, or an outcome that is not "passed"; and trouble with
the ledger fails no run that did not ask for one.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from datetime import UTC, datetime
from glob import glob
from pathlib import Path
from time import time as _wall_clock  # bound at import, so that a frozen clock does not date ledgers
from typing import TYPE_CHECKING, Any

import pytest

from .._storage.pytest_cache import PARTIAL, WHOLE
from .marks import has_cassette, paths_of

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Sequence

    from .._session import Session
    from .._storage.ledger import Ledger, Outcome, Track
    from .._use import Use

__all__ = ["Books"]

_GRAVE: tuple[Outcome, ...] = ("failed", "skipped", "xfailed")
_LEFT_OUT = "deselected"


@dataclass(slots=True)
class _Seen:
    """One cassette as it was used; its stamps are None where it was no file yet, or is to become another."""

    stamps: set[tuple[int, ...] | None] = field(default_factory=set)
    loose: bool = False
    repeat: set[str] = field(default_factory=set)
    played: dict[str, set[int]] = field(default_factory=dict)

    def plain(self) -> list[Any]:  # Any: a tree of plain values, for another process
        played = {test: sorted(numbers) for test, numbers in self.played.items()}
        return [[stamp and list(stamp) for stamp in self.stamps], self.loose, sorted(self.repeat), played]

    def add(self, stamps: Iterable[Any], loose: bool, repeat: Iterable[str], played: dict[str, Any]) -> None:  # noqa: FBT001 - a row of `plain`
        """What `plain` made of another process's."""
        self.stamps |= {stamp and tuple(stamp) for stamp in stamps}
        self.loose |= loose
        self.repeat |= set(repeat)
        for test, numbers in played.items():
            self.played.setdefault(test, set()).update(numbers)


class Books:
    """The notes of one process, and a plugin that takes them; a worker's go to its controller."""

    def __init__(self, session: Session, *, auto: bool) -> None:
        self.item: str | None = None  # the test that runs
        self.only_ours: set[str] = set()  # tests that passed but for what we said at their end
        self.gaps: set[str] = set()
        self._session = session
        self._auto = auto
        self._tests: set[str] = set()
        self._left_out: set[str] = set()
        self._modules: set[str] = set()
        self._hidden: set[str] = set()
        self._ignored: set[str] = set()
        self._owners: dict[str, set[str]] = {}
        self._further: set[str] = set()
        self._seen: dict[str, _Seen] = {}
        self._phases: dict[str, dict[str, str]] = {}
        session.watcher = self.used

    @pytest.hookimpl(wrapper=True)
    def pytest_ignore_collect(
        self, collection_path: Path, config: pytest.Config
    ) -> Generator[None, bool | None, bool | None]:
        """Notes what the project itself leaves out."""
        ignored = yield
        if ignored and collection_path.name != "__pycache__" and not _ignores(config):
            self._ignored.add(self._name(collection_path))
        return ignored

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """A file was looked through; its tests stay unknown where that failed or was skipped."""
        if "::" in report.nodeid or not report.nodeid:
            return
        if report.failed:
            self.gaps.add(f"{report.nodeid} could not be collected")
        elif report.skipped:
            self._hidden.add(report.nodeid)
        self._modules.add(report.nodeid)

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, items: Sequence[pytest.Item]) -> None:
        """Every test of the project that was looked for, be it deselected or skipped later."""
        for item in items:
            self._collected(item)

    def pytest_deselected(self, items: Sequence[pytest.Item]) -> None:
        """Some of them were left out."""
        for item in items:
            self._collected(item)
            self._left_out.add(item.nodeid)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """How a phase of a test ended; the worst counts where a part of it (a subtest) has a report too."""
        word = "xfailed" if hasattr(report, "wasxfail") else report.outcome
        phases = self._phases.setdefault(report.nodeid, {})
        if phases.get(report.when) not in _GRAVE:
            phases[report.when] = word

    def used(self, use: Use) -> None:
        """The use of a cassette ended: a test's own, or one that code opened by itself."""
        test = use.test or (self.item if self._session.deferring else None) or ""
        config = use.config
        for at, (tape, file) in enumerate(zip(use.engine.tapes, use.files, strict=True)):
            name = self._name(use.path if file is None else file.path)
            is_written = at == 0 and (bool(use.engine.slots) or (file is None and bool(tape.entries)))
            numbers = [entry.number for entry in tape.entries if entry.plays or entry.covers or entry.tried]
            repeat = config.repeat if config.repeat != "error" and config.order == "any" else "once"
            self._seen.setdefault(name, _Seen()).add(
                [None if is_written or file is None else file.stamp],
                use.test is None,
                [repeat],
                {test: numbers},
            )
            if use.test is not None:
                self._own(name, use.test, further=at > 0)

    def _collected(self, item: pytest.Item) -> None:
        if item.nodeid in self._tests:
            return
        self._tests.add(item.nodeid)
        if has_cassette(item, auto=self._auto) and not self._session.disabled:
            for at, path in enumerate(paths_of(item, self._session)):
                self._own(self._name(path), item.nodeid, further=at > 0)

    def _own(self, name: str, test: str, *, further: bool) -> None:
        self._owners.setdefault(name, set()).add(test)
        if further:
            self._further.add(name)

    def handed_over(self) -> dict[str, Any]:  # Any: a tree of plain values, for another process
        """What a worker gives its controller, which has the reports already."""
        sets = {name: sorted(getattr(self, name)) for name in _SETS}
        owners = {name: sorted(tests) for name, tests in self._owners.items()}
        return {**sets, "owners": owners, "seen": {name: seen.plain() for name, seen in self._seen.items()}}

    def taken_over(self, given: dict[str, Any] | None) -> None:  # Any: what `handed_over` made
        """What a worker gave; None when it crashed."""
        if given is None:
            self.gaps.add("a worker of pytest-xdist crashed")
            return
        for name in _SETS:
            getattr(self, name).update(given[name])
        for name, tests in given["owners"].items():
            self._owners.setdefault(name, set()).update(tests)
        for name, row in given["seen"].items():
            self._seen.setdefault(name, _Seen()).add(*row)

    def write(self, session: pytest.Session, *, whole: bool) -> str | None:
        """Leaves the ledger of this run; what is to be said where it was asked for and cannot be written.

        Without ``--cassette-ledger``, that of a part of the tests never takes the place of one of all.
        """
        config = session.config
        self.gaps |= _gaps(session)
        asked = config.getoption("api_mocker_ledger")
        place = _place(config, asked, whole=whole and not self.gaps and not _selects(config))
        if place is None or self._session.disabled or _runs_no_test(config) or not self._is_about_cassettes():
            return None
        from .._storage.ledger import store

        try:
            store(self._ledger(config), place)
            if place.name == WHOLE:
                place.with_name(PARTIAL).unlink(missing_ok=True)
        except OSError as error:
            return (
                None if asked is None else f"--cassette-ledger: {asked} cannot be written: {error.strerror}"
            )
        return None

    def _is_about_cassettes(self) -> bool:
        return bool(self._owners or self._seen) or self._folder().is_dir()

    def _folder(self) -> Path:
        configured = self._session.is_configured
        return self._session.root / (self._session.config.cassette_dir if configured else "cassettes")

    def _ledger(self, config: pytest.Config) -> Ledger:
        from .._storage.ledger import Ledger, digest

        root = self._session.root
        tests = self._tests | self._phases.keys()
        conftests = (getattr(plugin, "__file__", None) for plugin in config.pluginmanager.get_plugins())
        files = {root / name for name in self._modules} | {
            Path(file) for file in conftests if file and Path(file).name == "conftest.py"
        }
        digests = {self._name(file): digest(file) for file in files if file.is_file()}
        return Ledger(
            datetime.fromtimestamp(int(_wall_clock()), UTC).isoformat(),
            [*map(str, config.invocation_params.args)],
            sorted(self.gaps),
            [self._name(place) for place in _wanted(config)],
            [*config.getini("python_files")],
            [*config.getini("norecursedirs")],
            sorted(self._ignored),
            {name: found for name, found in sorted(digests.items()) if found is not None},
            sorted(self._hidden),
            {test: self._outcome(test) for test in sorted(tests)},
            self._tracks(),
        )

    def _tracks(self) -> dict[str, Track]:
        """One for each cassette that has to do with a test, and for those that have not."""
        from .._storage.ledger import Track, digest
        from .._storage.naming import SUFFIX
        from .._storage.replacing import stamp_of

        names: dict[str, str] = {}  # folders are resolved once, not for each file in them
        present = set()
        for path in self._folder().rglob(f"*{SUFFIX}"):
            folder = os.path.dirname(path)  # noqa: PTH120 - as text: there are thousands
            names[folder] = names.get(folder) or self._name(path.parent)
            present.add(self._name(path) if path.is_symlink() else f"{names[folder]}/{path.name}")
        tracks = {}
        for name in sorted(present | self._owners.keys() | self._seen.keys()):
            path, seen = self._session.root / name, self._seen.get(name, _Seen())
            unchanged = seen.stamps <= {stamp_of(path)} and None not in seen.stamps
            tracks[name] = Track(
                digest(path) if unchanged else None,
                sorted(self._owners.get(name, ())),
                name in self._further,
                seen.loose,
                sorted(seen.repeat),
                {test: sorted(numbers) for test, numbers in sorted(seen.played.items())},
            )
        return tracks

    def _outcome(self, test: str) -> Outcome:
        phases = dict(self._phases.get(test, {}))
        if test in self.only_ours:
            phases.pop("teardown", None)
        for word in _GRAVE:
            if word in phases.values():
                return word
        if phases.get("call") == "passed":
            return "passed"
        return "deselected" if test in self._left_out else "not run"

    def _name(self, path: Path) -> str:
        path, root = path.resolve(), self._session.root
        return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.as_posix()


_SETS = ("only_ours", "gaps", "_tests", "_left_out", "_modules", "_hidden", "_ignored", "_further")


def _place(config: pytest.Config, asked: str | None, *, whole: bool) -> Path | None:
    """Where the ledger is to be; None where there is none to be written."""
    if asked is not None:
        return config.invocation_params.dir / asked
    cache: pytest.Cache | None = getattr(config, "cache", None)
    if cache is None:
        return None
    folder = Path(cache.mkdir("api-mocker"))
    return None if not whole and (folder / WHOLE).exists() else folder / (WHOLE if whole else PARTIAL)


def _gaps(session: pytest.Session) -> set[str]:
    """Why this run may not know all tests, as far as options and its end tell."""
    config = session.config
    gaps = set()
    if config.getoption("lf", default=False):
        gaps.add("--lf leaves out what passed before")
    if _ignores(config):
        gaps.add("--ignore was given")
    if config.args_source is pytest.Config.ArgsSource.ARGS:
        gaps |= {f"of a file, only {arg} was asked for" for arg in config.args if "::" in arg}
        if config.getoption("doctestmodules", default=False) or config.getoption("doctestglob", default=[]):
            gaps.add(f"doctests were looked for in {' '.join(config.args)} only")
    if session.exitstatus in (pytest.ExitCode.INTERRUPTED, pytest.ExitCode.INTERNAL_ERROR):
        gaps.add("it was interrupted")
    return gaps


def _ignores(config: pytest.Config) -> bool:
    """Whether this very run was told to leave files out, not the project's own options."""
    words = [*map(str, config.invocation_params.args), *os.environ.get("PYTEST_ADDOPTS", "").split()]
    return any(word.startswith("--ignore") for word in words)


def _selects(config: pytest.Config) -> bool:
    """Whether this very run was told which tests to leave out, not the project's own options."""
    usual: list[str] = config.getini("addopts")
    given = (config.getoption(name, default="") for name in ("keyword", "markexpr"))
    return any(words and not any(word.endswith(words) for word in usual) for words in given)


def _wanted(config: pytest.Config) -> list[Path]:
    """The places that hold the project's tests."""
    found: list[Path] = []
    for place in config.getini("testpaths"):
        names = glob(place, root_dir=config.rootpath)  # noqa: PTH207 - as pytest does: Path.glob knows no "."
        found += [config.rootpath / name for name in sorted(names)]
    return found or [config.rootpath]


def _runs_no_test(config: pytest.Config) -> bool:
    names = ("collectonly", "setupplan", "setuponly", "version", "help", "showfixtures", "markers")
    return any(config.getoption(name, default=False) for name in names)
