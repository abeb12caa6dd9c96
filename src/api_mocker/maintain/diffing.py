"""The differences of many recordings: file by file, with what could not be compared.

The law of this file: one file that cannot be read hides no other, and is never taken for equal.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Protocol

from ..exceptions import CassetteError
from .compare import KINDS, How, compare
from .sources import is_a_stranger, read
from .veil import Veil

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from .._core.redaction import Rules
    from .compare import Change, Comparison, Kind
    from .sources import Pair

__all__ = ["FileDiff", "Report", "Watch", "diff_files"]


class Watch(Protocol):
    """Is told how far it is."""

    def file(self, path: str, size: int) -> None:
        """A file is begun, with so many steps: two for each interaction of either side."""
        ...

    def step(self, count: int) -> None:
        """So many more of them are done."""
        ...


@dataclass(frozen=True, slots=True)
class FileDiff:
    """What became of one file. ``before`` and ``after`` are its names, None where it is not there."""

    path: str
    before: str | None
    after: str | None
    comparison: Comparison
    tests: tuple[str | None, str | None] = (None, None)

    @property
    def state(self) -> Kind:
        """``added`` or ``removed`` for a file that only one side has."""
        return "added" if self.before is None else "removed" if self.after is None else "changed"

    @property
    def differs(self) -> bool:
        """Whether anything but noise is not as it was; an empty cassette that came or went is something."""
        return self.comparison.differs or self.state != "changed"

    @property
    def counts(self) -> dict[Kind, int]:
        """How many interactions there are of each kind of change."""
        return {kind: self.comparison.count(kind) for kind in KINDS}

    @property
    def folded(self) -> Counter[str]:
        """The names of noisy things, and how often each changed."""
        names = Counter(
            detail.where.removeprefix("request ").removeprefix("header ")
            for change in self.comparison.noise
            for detail in change.details
        )
        if self.state == "changed" and self.tests[0] != self.tests[1]:
            names["test"] += 1
        return names

    def changes(self, *, noise: bool) -> list[Change]:
        """The changes in order; with ``noise`` those, too, that mean nothing."""
        if not noise:
            return [*self.comparison.changes]
        volatile = {(change.before, change.after): change for change in self.comparison.noise}
        out: list[Change] = []
        for change in self.comparison.changes:
            more = volatile.pop((change.before, change.after), None)
            out.append(change if more is None else _with(change, more))
        at = 0
        for change in sorted(volatile.values(), key=lambda one: one.after or 0):
            while at < len(out) and (out[at].after is None or (out[at].after or 0) < (change.after or 0)):
                at += 1
            out.insert(at, change)
        return out


def _with(change: Change, noise: Change) -> Change:
    return replace(change, details=(*change.details, *noise.details))


@dataclass(frozen=True, slots=True)
class Report:
    """All that was found; ``strangers`` are files that are no cassettes, ``errors`` why others were not read."""

    files: list[FileDiff] = field(default_factory=list)
    strangers: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    @property
    def differs(self) -> bool:
        """Whether anything but noise is not as it was."""
        return any(file.differs for file in self.files)

    @property
    def counts(self) -> dict[Kind, int]:
        """How many interactions there are of each kind of change."""
        return {kind: sum(file.counts[kind] for file in self.files) for kind in KINDS}

    @property
    def folded(self) -> Mapping[str, int]:
        """The names of noisy things, the most frequent first."""
        names: Counter[str] = Counter()
        for file in self.files:
            names.update(file.folded)
        return dict(sorted(names.items(), key=lambda item: (-item[1], item[0])))


def diff_files(pairs: Iterable[Pair], how: How, watch: Watch, rules: Rules | None = None) -> Report:
    """Compares all pairs; with `rules`, what is told of them holds no secret."""
    report = Report()
    for pair in pairs:
        try:
            if is_a_stranger(pair):
                report.strangers.append(pair.path)
                continue
            found = _diff(pair, how, watch, rules)
        except CassetteError as error:
            report.errors.append(str(error).partition("\n")[0])
            continue
        if found is not None:
            report.files.append(found)
    return report


def _diff(pair: Pair, how: How, watch: Watch, rules: Rules | None) -> FileDiff | None:
    before, after = pair.before, pair.after
    if before is not None and after is not None and not pair.named and before.content() == after.content():
        return None
    old, new = read(before), read(after)
    watch.file(pair.path, 2 * (len(old.entries) + len(new.entries)))
    olds, news = old.entries, new.entries
    if rules is not None:
        veil = Veil(rules)
        olds, news = veil.over(olds), veil.over(news)
    comparison = compare(olds, news, how, watch.step)
    was, now = (None if side is None else side.name for side in (before, after))
    return FileDiff(pair.path, was, now, comparison, (old.test, new.test))
