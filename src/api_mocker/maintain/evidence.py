"""What ledgers prove about a cassette: that something in it is unused, or why that cannot be said.

The law of this file: nothing is unused before it is proved. A test that did not pass, did not run or is not
as it was may play anything that it could ever reach; so may any test, where nobody can tell whose a
cassette is.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from .._storage.ledger import OUTCOMES, digest
from .._storage.naming import of_test
from .owners import Owners

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from .._storage.ledger import Ledger, Outcome, Track

__all__ = ["Evidence", "Verdict"]

_SAID: dict[Outcome, str] = {
    "failed": "failed",
    "xfailed": "failed, as it was expected to",
    "skipped": "was skipped",
    "deselected": "was deselected",
    "not run": "was not run",
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What may be said about one cassette.

    ``doubt`` says why nothing can be proved unused; None: whatever is not in ``played`` (by number, the
    tests that did) is. ``owned`` says that a test has to do with it, ``needed`` that the file has to stay
    even when it holds nothing, ``repeats`` that each interaction was allowed to answer more than once.
    """

    doubt: str | None
    owned: bool = True
    needed: bool = False
    repeats: frozenset[str] = frozenset()
    played: dict[int, list[str]] | None = None


class Evidence:
    """What several ledgers of one state of the project prove together.

    `root` is what their paths are relative to, `folder` the project's cassette folder.
    """

    def __init__(self, ledgers: Sequence[Ledger], root: Path, folder: Path) -> None:
        self._ledgers = ledgers
        self._root = root
        self._folder = folder
        self._owners = Owners()
        self._digests: dict[str, str | None] = {}
        self._outcomes: dict[str, Outcome] = {}
        for ledger in ledgers:
            for test, outcome in ledger.tests.items():
                before = self._outcomes.get(test, outcome)
                self._outcomes[test] = before if _rank(before) < _rank(outcome) else outcome

    @cached_property
    def gap(self) -> str | None:
        """Why these runs prove nothing at all; None where they know every test of the project."""
        if not self._ledgers:
            return "there is no ledger of a run of the tests; run all of them:  pytest"
        for ledger in self._ledgers:
            if ledger.gaps:
                return f"the run was not a whole one: {ledger.gaps[0]}"
        known = {name for ledger in self._ledgers for name in ledger.modules}
        left = [name for name in self._test_files() if name not in known]
        if left:
            more = f" (and {len(left) - 1} other files)" if len(left) > 1 else ""
            return f"the run was not a whole one: it knows nothing of {left[0]}{more}"
        return None

    def verdict(self, path: Path, test: str | None) -> Verdict:
        """What may be said about this file, whose header names this test."""
        name = self._name(path)
        tracks = [ledger.cassettes.get(name) for ledger in self._ledgers]
        known = [track for track in tracks if track is not None]
        played: dict[int, list[str]] = {}
        for track in known:
            for by, numbers in track.played.items():
                for number in numbers:
                    played.setdefault(number, []).append(by)
        owned = any(track.owners or track.loose for track in known)
        doubt = (
            self.gap
            or self._stale(name, tracks)
            or self._doubt(known)
            or (None if owned else self._orphan_doubt(path, test))
        )
        return Verdict(
            doubt,
            owned,
            any(track.further for track in known),
            frozenset(kind for track in known for kind in track.repeat),
            played,
        )

    def _stale(self, name: str, tracks: Sequence[Track | None]) -> str | None:
        """Why this file is not the one that the ledgers tell of."""
        if None in tracks:
            return "the ledger does not know it: it is newer than the run, or lies elsewhere"
        seen = {track.sha256 for track in tracks if track is not None}
        if None in seen:
            return "the run itself recorded or changed it: run the tests once more"
        return None if seen == {self._digest(name)} else "it was changed after the run"

    def _doubt(self, tracks: Iterable[Track]) -> str | None:
        """Why those that have to do with it may play more of it than they did."""
        for test in sorted({test for track in tracks for test in (*track.owners, *track.played) if test}):
            why = self._not_as_it_was(test)
            if why is not None:
                return f"{test} {why}"
        if any(track.loose for track in tracks):
            return self._any_doubt("opened by code, not by a marker")
        return None

    def _orphan_doubt(self, path: Path, test: str | None) -> str | None:
        """Why a file that no test owns may be needed all the same."""
        if test is not None and test not in self._outcomes and not self._is_gone(test):
            return f"its test {test} may still be there, though the run did not collect it"
        is_own = test is not None and of_test(self._folder, test).resolve() == path.resolve()
        if is_own and test is not None and self._not_as_it_was(test, else_gone=True) is None:
            return None
        return self._any_doubt("of no test by name")

    def _is_gone(self, test: str) -> bool:
        """Whether a test that was not collected is there no more: left out for a while, it would be."""
        base = test.partition("[")[0]
        if base in self._functions:  # of its parameters, others were
            return True
        module, _, name = base.partition("::")
        is_known = any(module in ledger.modules for ledger in self._ledgers) and self._is_unchanged(module)
        if is_known and name.rpartition("::")[2] not in (self._root / module).read_text("utf-8", "replace"):
            return True
        return self._owners.gone(test, [self._root]) is not None

    def _any_doubt(self, what: str) -> str | None:
        """Why any test might play of a file; None where all of them passed."""
        return None if self._left is None else f"it is {what}, and {self._left}"

    @cached_property
    def _left(self) -> str | None:
        """Why some test may play more than was seen; None where all of them passed."""
        hidden = next((name for ledger in self._ledgers for name in ledger.hidden), None)
        if hidden is not None:
            return f"{hidden} was skipped as a whole, so that a test in it may play it"
        left = [(test, why) for test in self._outcomes if (why := self._not_as_it_was(test)) is not None]
        if not left:
            return None
        test, why = left[0]
        more = f" (as {len(left) - 1} other tests did not pass)" if len(left) > 1 else ""
        return f"{test} {why}{more} and may play it"

    def _not_as_it_was(self, test: str, *, else_gone: bool = False) -> str | None:
        """Why what a test played proves nothing; `else_gone`: one that was not collected is gone."""
        module = test.partition("::")[0]
        changed = next((name for name in self._around(module) if not self._is_unchanged(name)), None)
        if changed is not None and not (else_gone and not (self._root / module).exists()):
            return f"proves nothing, for {changed} was changed after the run"
        outcome = self._outcomes.get(test)
        if outcome is None:
            return None if else_gone else "is not in the ledger"
        return None if outcome == "passed" else _SAID[outcome]

    def _around(self, module: str) -> Iterator[str]:
        """The files that a test of this module depends on, as far as ledgers tell."""
        for ledger in self._ledgers:
            if module in ledger.modules:
                yield module
        for conftest in self._conftests:
            folder = conftest.rpartition("/")[0]
            if not folder or module.startswith(f"{folder}/"):
                yield conftest

    @cached_property
    def _conftests(self) -> list[str]:
        names = {name for ledger in self._ledgers for name in ledger.modules}
        return sorted(name for name in names if name.rpartition("/")[2] == "conftest.py")

    @cached_property
    def _functions(self) -> set[str]:
        """All collected tests, without their parameters."""
        return {test.partition("[")[0] for test in self._outcomes}

    def _is_unchanged(self, name: str) -> bool:
        return {ledger.modules.get(name, self._digest(name)) for ledger in self._ledgers} == {
            self._digest(name)
        }

    def _digest(self, name: str) -> str | None:
        if name not in self._digests:
            self._digests[name] = digest(self._root / name)
        return self._digests[name]

    def _name(self, path: Path) -> str:
        path, root = path.resolve(), self._root.resolve()
        return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.as_posix()

    def _test_files(self) -> list[str]:
        """The test files of the project as they are now."""
        patterns = {pattern for ledger in self._ledgers for pattern in ledger.patterns}
        closed = {name for ledger in self._ledgers for name in ledger.closed}
        ignored = {name for ledger in self._ledgers for name in ledger.ignored}
        wanted = {name for ledger in self._ledgers for name in ledger.wanted}
        found = set()
        for place in wanted:
            for path in _walk(self._root / place, closed):
                name = self._name(path)
                is_out = any(name == out or name.startswith(f"{out}/") for out in ignored)
                if not is_out and any(_matches(path, pattern) for pattern in patterns):
                    found.add(name)
        return sorted(found)


def _rank(outcome: Outcome) -> int:
    return OUTCOMES.index(outcome)


def _walk(place: Path, closed: Iterable[str]) -> Iterator[Path]:
    """The Python files below a place, but for folders that pytest does not enter."""
    if place.is_file():
        yield place
    for folder, below, files in os.walk(place):
        here = Path(folder)
        below[:] = [
            name
            for name in below
            if name != "__pycache__"
            and not any(_matches(here / name, pattern) for pattern in closed)
            and not (here / name / "pyvenv.cfg").is_file()
        ]
        yield from (here / name for name in files if name.endswith(".py"))


def _matches(path: Path, pattern: str) -> bool:
    """As pytest has it: a pattern with a slash is one of paths, any other one of names."""
    return path.match(pattern) if "/" in pattern else fnmatch(path.name, pattern)
