"""What a run of pytest did as a whole: counts, written files, cassettes that tests share.

The law of this file: a cassette that several tests share is judged over all of them, and only when
all of them ran and passed; a part of a run proves nothing. Everything here is plain data, so that
the workers of pytest-xdist can hand it to their controller.
"""

from __future__ import annotations

import shlex
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import _runtime
from .._storage.naming import JOURNALS, STATE_FOLDER
from ..exceptions import ApiMockerError
from .judging import USE
from .ledger import Books

if TYPE_CHECKING:
    import pytest

    from .._session import Session
    from .._use import Use
    from .fence import Gate
    from .guard import Network

__all__ = ["Failures", "Run"]

_FILES_SHOWN = 30


@dataclass(slots=True)
class _Shared:
    """One named cassette: the tests that own it, those that passed, and what they played together."""

    owners: set[str] = field(default_factory=set)
    passed: set[str] = field(default_factory=set)
    played: set[int] = field(default_factory=set)
    judged: bool = True  # False: it was recorded in this run, or nothing is to be said about it
    path: str = ""


class Failures:
    """Notes what failed under a test's name, be it a part of it (a subtest) that its own report passes over."""

    def __init__(self, run: Run) -> None:
        self._run = run

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """A report of the test that is running here, or (in xdist's controller) of some other."""
        if report.failed:
            self._run.failed.add(report.nodeid)


class Run:
    """The books of one run."""

    def __init__(self, session: Session, *, auto: bool) -> None:
        self.session = session
        self.auto = auto  # every test has a cassette
        self.item: pytest.Item | None = None
        self.network: Network  # the guard
        self.gate: Gate | None = None  # behind the test that runs, if it has a cassette
        self.complete = True
        self.failed: set[str] = set()  # tests of which a part failed
        self.unused = 0
        self.errors: list[str] = []
        self.aside: list[str] = []
        self.written: dict[str, list[int]] = {}  # added, removed, changed
        self.books = Books(session, auto=auto)
        self.to_review: dict[str, list[int]] = {}  # the same of what waits
        self._shared: dict[str, _Shared] = {}
        self._inside = False

    def step_in(self) -> None:
        """Lays the seams when the first cassette needs them; they stay until the run is over."""
        if not self._inside:
            from .. import interceptors

            interceptors.install()
            self._inside = True

    def step_out(self) -> None:
        """Undoes `step_in`."""
        if self._inside:
            from .. import interceptors

            interceptors.uninstall()
            self._inside = False

    def guard(self, test: str | None) -> None:
        """A test begins; its name where it has a cassette, and requests are somebody's business."""
        self.gate = None
        if test is not None and not self.session.disabled:
            from .fence import Gate

            self.gate = Gate(test, self.session)

    def unguard(self) -> list[ApiMockerError]:
        """The test is over; what was refused to the finalizers of other fixtures."""
        gate, self.gate = self.gate, None
        if gate is None:
            return []
        gate.lift()
        return gate.refusals

    def begin_end_of(self, fixture: str, scope: str) -> None:
        """A fixture of wider scope is about to be torn down."""
        if self.gate is not None:
            self.step_in()
            self.gate.begin(fixture, scope)

    def tell(self, error: ApiMockerError) -> None:
        """An error is reported: it is not to be said again when the test ends."""
        if self.gate is not None and error in self.gate.refusals:
            self.gate.refusals.remove(error)

    def recover(self) -> None:
        """What a run that was killed had recorded is set aside, as it would have done itself."""
        if (self.session.root / STATE_FOLDER / JOURNALS).is_dir():
            from .._storage.journal import recover

            try:
                self.session.aside += recover(self.session.root)
            except ApiMockerError as error:
                self.errors.append(str(error))

    def abandon(self) -> None:
        """The run ends in the middle of a test (somebody interrupted it): what it recorded is set aside."""
        item, self.item = self.item, None
        if item is None or self.session.disabled:
            return
        self.errors += map(str, self.settled(item.stash.get(USE, None), passed=False))

    def settled(self, use: Use | None, *, passed: bool) -> list[ApiMockerError]:
        """Commits or sets aside what blocks of a test recorded and what it did itself; what of it could not be."""
        errors = []
        steps = (self.session.decide, *(() if use is None else (use.settle,)))
        for step in steps:
            try:
                step(passed=passed)
            except ApiMockerError as error:  # the other has its turn
                errors.append(error)
        return errors

    def owned(self, key: str, test: str) -> None:
        """A collected test owns a named cassette."""
        self._shared.setdefault(key, _Shared()).owners.add(test)

    def is_shared(self, key: str) -> bool:
        """Whether several of the collected tests own this cassette."""
        return len(self._shared[key].owners) > 1

    def played(self, key: str, test: str, use: Use, *, passed: bool) -> None:
        """A test used a named cassette."""
        shared = self._shared.setdefault(key, _Shared())
        shared.path = str(use.path)
        shared.owners.add(test)
        if passed:
            shared.passed.add(test)
        shared.played |= {entry.number for entry in use.engine.entries() if entry.plays or entry.covers}
        shared.judged &= use.replaying and use.config.unused == "error"

    def handed_over(self) -> dict[str, Any]:  # Any: a tree of plain values, for another process
        """What a worker gives its controller."""
        self._collect_files()
        return {
            "counts": asdict(self.session.counts),
            "unused": self.unused,
            "complete": self.complete,
            "aside": self.aside,
            "written": self.written,
            "books": self.books.handed_over(),
            "to_review": self.to_review,
            "late": [*self.errors, *map(str, (*_runtime.late, *self.network.strays))],
            "live": self.session.live,
            "shared": {
                key: [
                    sorted(shared.owners),
                    sorted(shared.passed),
                    sorted(shared.played),
                    shared.judged,
                    shared.path,
                ]
                for key, shared in self._shared.items()
            },
        }

    def taken_over(self, output: dict[str, Any] | None) -> None:
        """What a worker gave; None when it crashed."""
        self.books.taken_over(None if output is None else output["books"])
        if output is None:
            self.complete = False
            return
        for name, count in output["counts"].items():
            setattr(self.session.counts, name, getattr(self.session.counts, name) + count)
        self.unused += output["unused"]
        self.complete &= output["complete"]
        self.aside += output["aside"]
        for book, theirs in ((self.written, output["written"]), (self.to_review, output["to_review"])):
            for path, changes in theirs.items():
                mine = book.get(path, [0, 0, 0])
                book[path] = [one + other for one, other in zip(mine, changes, strict=True)]
        self.errors += output["late"]
        self.session.live += map(tuple, output["live"])
        for key, (owners, passed, played, judged, path) in output["shared"].items():
            shared = self._shared.setdefault(key, _Shared())
            shared.path = path or shared.path
            shared.owners |= set(owners)
            shared.passed |= set(passed)
            shared.played |= set(played)
            shared.judged &= judged

    def judge(self, *, whole: bool, no_live: bool) -> None:
        """Says, at the end, what no single test could know; with `no_live`, live calls are an error."""
        self._collect_files()
        self.errors += [str(error) for error in (*_runtime.late, *self.network.strays)]
        if no_live and self.session.live:
            from .._core.explain_network import left_live

            self.errors.append(left_live(self.session.live))
        _runtime.late.clear()
        if not (whole and self.complete and not self.books.hidden):  # a skipped file may play the rest
            return
        for _, shared in sorted(self._shared.items()):
            path = Path(shared.path)
            if shared.judged and shared.passed and shared.owners <= shared.passed and path.exists():
                self._judge_shared(path, shared)

    def _judge_shared(self, path: Path, shared: _Shared) -> None:
        from .._core.cassette import veiled
        from .._core.explain import unused_interactions
        from .._core.redaction import Redactor
        from .._storage.files import CassetteFile

        unused = [entry for entry in CassetteFile(path).entries() if entry.number not in shared.played]
        if unused:
            self.unused += len(unused)
            redact = Redactor(self.session.rules(self.session.config)).request
            owners = " ".join(map(shlex.quote, sorted(shared.owners)))
            advice = f"rm {shlex.quote(self._shown(path))}; pytest --record-mode=once {owners}"
            error = unused_interactions(self._shown(path), veiled(unused, redact), advice)
            self.errors.append(str(error))

    def _collect_files(self) -> None:
        for book, files in ((self.written, self.session.written), (self.to_review, self.session.to_review)):
            for path, result in files:
                changes = book.setdefault(self._shown(path), [0, 0, 0])
                for index, number in enumerate((result.added, result.removed, result.changed)):
                    changes[index] += number
            files.clear()
        self.aside += [self._shown(path) for path in self.session.aside]
        self.session.aside.clear()

    def _shown(self, path: Path) -> str:
        root = self.session.root
        return (
            path.resolve().relative_to(root).as_posix() if path.resolve().is_relative_to(root) else str(path)
        )

    def summary(self) -> list[str]:
        """The lines at the end of the run; none when no cassette was in use."""
        counts = self.session.counts
        numbers = {**asdict(counts), "unused": self.unused}
        mocked = numbers.pop("mocked")
        if mocked:
            numbers["mocked"] = mocked
        lines = []
        if any(numbers.values()) or self.written or self.to_review or self.aside:
            lines.append("api-mocker: " + ", ".join(f"{number} {name}" for name, number in numbers.items()))
        written = [f"+{new} -{gone} ~{other} {path}" for path, (new, gone, other) in self.written.items()]
        lines += written[:_FILES_SHOWN]
        if len(written) > _FILES_SHOWN:
            lines.append(f"... and {len(written) - _FILES_SHOWN} more files")
        lines += [
            f"waiting for review: {path} (+{new} -{gone} ~{other}); api-mocker cassette review"
            for path, (new, gone, other) in self.to_review.items()
        ]
        lines += [f"set aside, not committed: {path}" for path in dict.fromkeys(self.aside)]
        return lines
