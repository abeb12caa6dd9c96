"""What is noted for the usage ledger: who owns a cassette, who played what of it, how each test ended.

The law of this file: the ledger claims no more than was seen. Whatever may have kept a test from
playing its recordings is a gap in the ledger, or an outcome that is not "passed"; and trouble with
the ledger fails no run that did not ask for one.
"""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from time import time as _wall_clock  # bound at import, so that a frozen clock does not date ledgers
from typing import TYPE_CHECKING, Any

import pytest

from .._storage.ledger import digest
from .._storage.naming import SUFFIX
from .._storage.pytest_cache import PARTIAL, WHOLE
from .._storage.replacing import stamp_of
from . import circumstances
from .marks import has_cassette, paths_of
from .names import told, without_secrets

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Mapping, Sequence
    from pathlib import Path

    from .._config import Config
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
    unfinished: int = 0  # uses that have begun and not ended
    repeat: set[str] = field(default_factory=set)
    played: dict[str, set[int]] = field(default_factory=dict)

    def plain(self) -> list[Any]:  # Any: a tree of plain values, for another process
        played = {test: sorted(numbers) for test, numbers in self.played.items()}
        return [
            [stamp and list(stamp) for stamp in self.stamps],
            self.loose,
            sorted(self.repeat),
            played,
            self.unfinished,
        ]

    def add(
        self,
        stamps: Iterable[Any],
        loose: bool,  # noqa: FBT001
        repeat: Iterable[str],
        played: Mapping[str, Iterable[int]],
        unfinished: int = 0,
    ) -> None:
        """What `plain` made of another process's."""
        self.stamps |= {stamp and tuple(stamp) for stamp in stamps}
        self.loose |= loose
        self.unfinished += unfinished
        self.repeat |= set(repeat)
        for test, numbers in played.items():
            self.played.setdefault(test, set()).update(numbers)


class Books:
    """The notes of one process, and a plugin that takes them; a worker's go to its controller."""

    def __init__(self, session: Session, *, auto: bool) -> None:
        self.item: str | None = None  # the test that runs
        self.only_ours: set[str] = set()  # tests that passed but for what we said at their end
        self.gaps: set[str] = set()
        self.hidden: set[str] = set()  # files that were skipped as a whole
        self._names: dict[str, str] = {}  # what tests with a cassette are called in what is written
        self._session = session
        self._auto = auto
        self._has_collected = False
        self._tests: set[str] = set()
        self._left_out: set[str] = set()
        self._modules: dict[str, Sequence[int] | None] = {}  # with the stamp that each had then
        self._items: list[pytest.Item] = []  # until all are known
        self._imported: set[str] = set()
        self._ignored: set[str] = set()
        self._owners: dict[str, set[str]] = {}
        self._further: set[str] = set()
        self._seen: dict[str, _Seen] = {}
        self._open: dict[Use, tuple[list[str], str]] = {}  # those that go on, or are of the test that runs
        self._phases: dict[str, dict[str, str]] = {}
        session.watchers = self.opened, self.used

    @pytest.hookimpl(wrapper=True)
    def pytest_ignore_collect(
        self, collection_path: Path, config: pytest.Config
    ) -> Generator[None, bool | None, bool | None]:
        """Notes what the project itself leaves out."""
        ignored = yield
        if ignored and collection_path.name != "__pycache__" and not circumstances.ignores(config):
            self._ignored.add(self._name(collection_path))
        return ignored

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """A file was looked through; its tests stay unknown where that failed or was skipped."""
        module = report.nodeid.partition("::")[0]
        if report.failed:
            self.gaps.add(f"{report.nodeid} could not be collected")
        elif report.skipped:
            self.hidden.add(module)
        if module not in self._modules and (path := self._session.root / module).is_file():
            self._modules[module] = stamp_of(path)

    def pytest_itemcollected(self, item: pytest.Item) -> None:
        """A test, be it left out later, by whomever."""
        self._items.append(item)

    def pytest_deselected(self, items: Sequence[pytest.Item]) -> None:
        """Some of them were left out."""
        self._items += items
        self._left_out.update(item.nodeid for item in items)

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """All tests are known, with the markers that others gave them."""
        self._has_collected = True
        items, self._items = dict.fromkeys([*self._items, *session.items]), []
        for item in items:
            self._collected(item)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """How a phase of a test ended; the worst counts where a part of it (a subtest) has a report too."""
        word = "xfailed" if hasattr(report, "wasxfail") else report.outcome
        phases = self._phases.setdefault(report.nodeid, {})
        if phases.get(report.when) not in _GRAVE:
            phases[report.when] = word

    def opened(self, use: Use) -> None:
        """The use of a cassette begins; one that never ends was not seen to its end."""
        names = [
            self._name(path) for path in use.paths
        ]  # now: the working directory may be another one later
        self._open[use] = names, self._test_of(use)
        for name in names:
            self._seen.setdefault(name, _Seen()).unfinished += 1

    def used(self, use: Use) -> None:
        """The use of a cassette ended: a test's own, or one that code opened by itself."""
        names, test = self._open[use]
        for at, (tape, file) in enumerate(zip(use.engine.tapes, use.files, strict=True)):
            name = names[at]
            is_written = at == 0 and (bool(use.engine.slots) or (file is None and bool(tape.entries)))
            numbers = [entry.number for entry in tape.entries if entry.plays or entry.covers or entry.tried]
            self._seen[name].add(
                [None if is_written or file is None else file.stamp],
                use.test is None or use.test not in self._owners.get(name, ()),
                [self._repeat(use.config)],
                {test: numbers},
                -1,
            )
            if use.test is not None:
                self._own(name, use.test, further=at > 0)
            elif at > 0:
                self._further.add(name)

    def ended(self) -> None:
        """A test is over: what it looked at, be it after it had used it, counts as played."""
        for use, (names, test) in [*self._open.items()]:
            seen = self._seen[names[0]]
            if use.cassette.was_looked_at:
                seen.played.setdefault(test, set()).update(range(len(use.engine.tapes[0].all())))
            if not seen.unfinished:
                del self._open[use]

    def _test_of(self, use: Use) -> str:
        return use.test or (self.item if self._session.deferring else None) or ""

    def _repeat(self, config: Config) -> str:
        usual = self._session.config
        if config.repeat == "error" or config.order != "any":
            return "once"
        is_usual = (config.match_on, config.ignore) == (usual.match_on, usual.ignore)
        return config.repeat if is_usual else "once"

    def _collected(self, item: pytest.Item) -> None:
        self._tests.add(item.nodeid)
        if has_cassette(item, auto=self._auto) and not self._session.disabled:
            self._names[item.nodeid] = told(item, self._session)
            for at, path in enumerate(paths_of(item, self._session)):
                self._own(self._name(path), told(item, self._session), further=at > 0)

    def _own(self, name: str, test: str, *, further: bool) -> None:
        self._owners.setdefault(name, set()).add(test)
        if further:
            self._further.add(name)

    def handed_over(self) -> dict[str, Any]:  # Any: a tree of plain values, for another process
        """What a worker gives its controller, which has the reports already."""
        self.ended()
        self._imported |= circumstances.imported(self._session.root)
        return {
            **{name: sorted(getattr(self, name)) for name in _SETS},
            "collected": self._has_collected,
            "modules": self._modules,
            "names": self._names,
            "owners": {name: sorted(tests) for name, tests in self._owners.items()},
            "seen": {name: seen.plain() for name, seen in self._seen.items()},
        }

    def taken_over(self, given: dict[str, Any] | None) -> None:  # Any: what `handed_over` made
        """What a worker gave; None when it crashed."""
        if given is None:
            self.gaps.add("a worker of pytest-xdist crashed")
            return
        self._has_collected |= given["collected"]
        for name in _SETS:
            getattr(self, name).update(given[name])
        self._modules |= given["modules"]
        self._names |= given["names"]
        for name, tests in given["owners"].items():
            self._owners.setdefault(name, set()).update(tests)
        for name, row in given["seen"].items():
            self._seen.setdefault(name, _Seen()).add(*row)

    def write(self, session: pytest.Session, *, whole: bool) -> str | None:
        """Leaves the ledger of this run; what is to be said where it was asked for and cannot be written.

        Without ``--cassette-ledger``, that of a part of the tests never takes the place of one of all.
        """
        config = session.config
        asked: str | None = config.getoption("api_mocker_ledger")
        if self._session.disabled or circumstances.runs_no_test(config):
            return None
        try:
            if asked is None and not self._is_about_cassettes():
                return None
            self._write(session, asked, whole=whole)
        except (OSError, RuntimeError) as error:  # RuntimeError: a loop of links, to Python 3.12
            why = getattr(error, "strerror", None) or error
            return (
                None if asked is None else f"--cassette-ledger: {asked or 'no file'} cannot be written: {why}"
            )
        return None

    def _write(self, session: pytest.Session, asked: str | None, *, whole: bool) -> None:
        from .._storage.ledger import store

        config = session.config
        self.ended()
        self.gaps |= {*circumstances.gaps(session, collected=self._has_collected)}
        is_whole = whole and not self.gaps and not circumstances.selects(config)
        place = circumstances.place(config, asked, whole=is_whole)
        if place is None:
            return
        store(without_secrets(self._ledger(config), self._names, self._session), place)
        if place.name == WHOLE and asked is None:
            place.with_name(PARTIAL).unlink(missing_ok=True)

    def _is_about_cassettes(self) -> bool:
        return bool(self._owners or self._seen) or self._folder().is_dir()

    def _folder(self) -> Path:
        configured = self._session.is_configured
        return self._session.root / (self._session.config.cassette_dir if configured else "cassettes")

    def _ledger(self, config: pytest.Config) -> Ledger:
        from .._storage.ledger import Ledger

        tests = self._tests | self._phases.keys()
        return Ledger(
            datetime.fromtimestamp(int(_wall_clock()), UTC).isoformat(),
            [*map(str, config.invocation_params.args)],
            sorted(self.gaps),
            [self._name(place) for place in circumstances.wanted(config)],
            [*config.getini("python_files")],
            [*config.getini("norecursedirs")],
            sorted(self._ignored),
            sorted(self._modules),
            sorted(self.hidden),
            self._sources(),
            {test: self._outcome(test) for test in sorted(tests)},
            self._tracks(),
        )

    def _sources(self) -> dict[str, str]:
        """What had a part in the run; a test file that was changed while it ran has no digest."""
        root = self._session.root
        names = self._imported | circumstances.imported(root)
        found = {name: digest(root / name) for name in names | self._modules.keys()}
        for name, was in self._modules.items():
            if was is not None and tuple(was) != stamp_of(root / name):
                found[name] = ""
        return {name: known for name, known in sorted(found.items()) if known is not None}

    def _present(self) -> set[str]:
        """The cassettes in the project's folder, whoever owns them."""
        names: dict[str, str] = {}  # folders are resolved once, not for each file in them
        present = set()
        for path in self._folder().rglob(f"*{SUFFIX}"):
            folder = os.path.dirname(path)  # noqa: PTH120 - as text: there are thousands
            names[folder] = names.get(folder) or self._name(path.parent)
            with suppress(OSError, RuntimeError):  # a loop of links is no cassette
                present.add(self._name(path) if path.is_symlink() else f"{names[folder]}/{path.name}")
        return present

    def _tracks(self) -> dict[str, Track]:
        """One for each cassette that has to do with a test, and for those that have not."""
        from .._storage.ledger import Track

        tracks = {}
        for name in sorted(self._present() | self._owners.keys() | self._seen.keys()):
            path, seen = self._session.root / name, self._seen.get(name, _Seen())
            unchanged = seen.stamps <= {stamp_of(path)} and None not in seen.stamps and not seen.unfinished
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


_SETS = ("only_ours", "gaps", "hidden", "_tests", "_left_out", "_imported", "_ignored", "_further")
