"""What ledgers prove about a cassette: that something in it is unused, or why that cannot be said.

The law of this file: nothing is unused before it is proved. A test that did not pass, did not run or is not
as it was may play anything that it could ever reach; so may any test, where nobody can tell whose a
cassette is.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from .._storage.ledger import OUTCOMES, digest
from .._storage.naming import of_test
from .mentions import Files, matches
from .owners import Owners, literal_variants

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

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
    even when it holds nothing, ``repeats`` how often each interaction was allowed to answer.
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
        self.root = root.resolve()
        self._folder = folder
        self._files = Files(self.root, folder)
        self._owners = Owners()
        self._digests: dict[str, str | None] = {}
        self._outcomes: dict[str, Outcome] = {}
        for ledger in ledgers:
            for test, outcome in ledger.tests.items():
                before = self._outcomes.get(test, outcome)
                self._outcomes[test] = before if _rank(before) < _rank(outcome) else outcome

    @cached_property
    def gap(self) -> str | None:
        """Why these runs prove nothing at all; None where they know the project as it is now."""
        return next(self._gaps(), None)

    def _gaps(self) -> Iterator[str]:
        if not self._ledgers:
            yield "there is no ledger of a run of the tests; run all of them:  pytest"
        for ledger in self._ledgers:
            yield from (f"the run was not a whole one: {gap}" for gap in ledger.gaps)
        new = [name for name in self._unseen if self._is_wanted(name)]
        if new:
            more = f" (and {len(new) - 1} other files)" if len(new) > 1 else ""
            yield f"the run was not a whole one: it knows nothing of {new[0]}{more}"
        for ledger in self._ledgers:
            changed = (name for name, known in ledger.sources.items() if known != self._digest(name))
            yield from (f"{name} was changed after the run" for name in changed)
        yield from (f"{name} is newer than the run" for name in self._new_conftests())

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
        doubt = self.gap or self._stale(name, tracks)
        if doubt is None:
            doubt = self._owned_doubt(path, known) if owned else self._orphan_doubt(path, test)
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

    def _owned_doubt(self, path: Path, tracks: Sequence[Track]) -> str | None:
        """Why those that have to do with it, or others, may play more of it than was seen."""
        owners = {test for track in tracks for test in track.owners}
        for test in sorted(owners | {test for track in tracks for test in track.played if test}):
            outcome = self._outcomes.get(test)
            if outcome != "passed":
                return f"{test} {'is not in the ledger' if outcome is None else _SAID[outcome]}"
        if any(track.loose for track in tracks):
            return self._any_doubt("opened by code, not by a marker") or self._mentioned(path)
        is_own = len(owners) == 1 and all(self._is_own(path, test) for test in owners)
        if not is_own and self._hidden is not None:
            return f"{self._hidden} was skipped as a whole, and a test in it may play it"
        return self._mentioned(path)

    def _orphan_doubt(self, path: Path, test: str | None) -> str | None:
        """Why a file that no test owns may be needed all the same."""
        if test is not None and test not in self._outcomes and not self._is_gone(test):
            return f"its test {test} may still be there, though the run did not collect it"
        if test is None or not self._is_own(path, test) or self._outcomes.get(test, "passed") != "passed":
            doubt = self._any_doubt("of no test by name")
            if doubt is not None:
                return doubt
        return self._mentioned(path)

    def _is_own(self, path: Path, test: str) -> bool:
        return of_test(self._folder, test).resolve() == path.resolve()

    def _is_gone(self, test: str) -> bool:
        """Whether a test that was not collected is there no more."""
        module, separator, rest = test.partition("::")
        name, bracket, _ = rest.partition("[")
        variants = [
            found for found in self._outcomes if self._function(found) == f"{module}{separator}{name}"
        ]
        if variants and all(self._outcomes[found] == "passed" for found in variants):
            # Another variant may be made at run time, for an option or a platform that this run had not.
            return bool(bracket) and literal_variants(self.root / module, name.split("::")) == len(variants)
        return not variants and self._owners.gone(test, [self.root]) is not None

    @staticmethod
    def _function(test: str) -> str:
        module, separator, rest = test.partition("::")
        return module + separator + rest.partition("[")[0]

    def _any_doubt(self, what: str) -> str | None:
        """Why any test might play of a file; None where all of them passed."""
        if self._hidden is not None:
            return f"it is {what}, and {self._hidden} was skipped as a whole: a test in it may play it"
        if not self._failed:
            return None
        test = self._failed[0]
        more = f" (as {len(self._failed) - 1} other tests did not pass)" if len(self._failed) > 1 else ""
        return f"it is {what}, and {test} {_SAID[self._outcomes[test]]}{more} and may play it"

    def _mentioned(self, path: Path) -> str | None:
        """Where the name of a file stands though nobody ran that: a test that did not pass, a script, a page."""
        ran = {name for ledger in self._ledgers for name in ledger.sources} - self._all_hidden
        found = self._files.saying(path, ran, self._unfinished)
        return None if found is None else f"its name stands in {found}, which did not run to its end"

    @cached_property
    def _unfinished(self) -> dict[str, set[str]]:
        """By module, the functions of the tests that did not pass."""
        found: dict[str, set[str]] = {}
        for test in self._failed:
            module, _, rest = test.partition("::")
            found.setdefault(module, set()).add(rest.partition("[")[0].rpartition("::")[2])
        return found

    @cached_property
    def _failed(self) -> list[str]:
        """The tests that did not pass."""
        return [test for test, outcome in self._outcomes.items() if outcome != "passed"]

    @cached_property
    def _all_hidden(self) -> set[str]:
        """The files that were skipped as a whole, in every run."""
        known = {test.partition("::")[0] for test in self._outcomes}
        return {name for ledger in self._ledgers for name in ledger.hidden} - known

    @cached_property
    def _hidden(self) -> str | None:
        return min(self._all_hidden, default=None)

    @cached_property
    def _unseen(self) -> list[str]:
        """The test files that no run has collected."""
        known = {name for ledger in self._ledgers for name in ledger.modules}
        patterns = {pattern for ledger in self._ledgers for pattern in ledger.patterns}
        return [name for name in self._files.tests(patterns) if name not in known]

    def _is_wanted(self, name: str) -> bool:
        """Whether a whole run would collect this test file; one that the project leaves out, it would not."""
        ledgers = self._ledgers
        path = Path(name)
        if any(out == name or name.startswith(f"{out}/") for ledger in ledgers for out in ledger.ignored):
            return False
        closed = {pattern for ledger in ledgers for pattern in ledger.closed}
        if any(matches(folder, pattern) for folder in path.parents for pattern in closed):
            return False
        patterns = {pattern for ledger in ledgers for pattern in ledger.patterns}
        places = {place for ledger in ledgers for place in ledger.wanted}
        return any(matches(path, pattern) for pattern in patterns) and any(
            place in (".", "", name) or name.startswith(f"{place}/") for place in places
        )

    def _new_conftests(self) -> Iterator[str]:
        """Conftests of collected tests that no run has read."""
        known = {name for ledger in self._ledgers for name in ledger.sources}
        modules = [name for ledger in self._ledgers for name in ledger.modules]
        for folder in sorted({parent for name in modules for parent in Path(name).parents}):
            conftest = (folder / "conftest.py").as_posix()
            if conftest not in known and (self.root / conftest).is_file():
                yield conftest

    def _digest(self, name: str) -> str | None:
        if name not in self._digests:
            self._digests[name] = digest(self.root / name)
        return self._digests[name]

    def _name(self, path: Path) -> str:
        path = path.resolve()
        return path.relative_to(self.root).as_posix() if path.is_relative_to(self.root) else path.as_posix()


def _rank(outcome: Outcome) -> int:
    return OUTCOMES.index(outcome)
