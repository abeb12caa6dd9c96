"""What may go: interactions that no test plays, cassettes that no test owns, and what lies about beside them.

The law of this file: only what is proved unused goes, or what was asked for by name; what stays keeps its
bytes, and has a reason. A plan is made first and changes nothing; carrying it out touches one file
at a time, whole, and leaves a file alone that is not as it was when the plan was made.
"""

from __future__ import annotations

from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from .._core.age import in_days
from .._storage.files import CassetteFile, writing
from .._storage.replacing import require_writable, stamp_of, sync_folder, write_file
from ..exceptions import CassetteBusy, CassetteUnreadable
from .leftovers import cassette_beside, empty_folders, unnamed_bodies
from .overview import is_meant_to_be_one

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime, timedelta
    from pathlib import Path

    from .._core.canonical import Ignore
    from .._core.cassette import Entry
    from .._core.matching import Matching
    from .._core.model import Interaction
    from .evidence import Evidence, Verdict

__all__ = ["Cut", "Dropped", "Kept", "Leftover", "Plan", "Wish", "carry_out", "plan"]

NOT_PLAYED = "no test plays it"
NOT_OWNED = "no test owns it"


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked for besides: interactions recorded before a moment, and exact duplicates.

    ``limit`` is how old an interaction may be at the moment ``now``; ``matching`` and ``ignore`` tell which
    requests are equal, for duplicates.
    """

    now: datetime
    matching: Matching
    ignore: Ignore
    limit: timedelta | None = None
    duplicates: bool = False


@dataclass(frozen=True, slots=True)
class Dropped:
    """An interaction that goes, and why; ``played`` names the tests that play it all the same."""

    number: int  # from 0
    interaction: Interaction
    why: str
    played: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Cut:
    """A cassette that loses something, or goes as a whole; ``size`` is in bytes, without bodies beside it."""

    path: Path
    file: CassetteFile
    dropped: tuple[Dropped, ...]
    total: int
    size: int
    whole: bool
    why: str = ""  # of the whole file

    @property
    def content(self) -> bytes:
        """What is left of the file, byte for byte."""
        return self.file.without({dropped.number for dropped in self.dropped})


@dataclass(frozen=True, slots=True)
class Kept:
    """A cassette of which something may be unused, and why that is not proved; None: the whole file."""

    path: Path
    why: str
    interactions: int | None = None


@dataclass(frozen=True, slots=True)
class Leftover:
    """A body that no cassette names, or (``size`` is None) a folder without anything in it."""

    path: Path
    size: int | None = None


@dataclass(slots=True)
class Plan:
    """All of it; ``others`` are files that are no cassettes, ``broken`` those that cannot be read."""

    cuts: list[Cut] = field(default_factory=list)
    kept: list[Kept] = field(default_factory=list)
    leftovers: list[Leftover] = field(default_factory=list)
    others: list[Path] = field(default_factory=list)
    broken: list[CassetteUnreadable] = field(default_factory=list)

    @property
    def size(self) -> int:
        """The bytes saved."""
        return sum(cut.size for cut in self.cuts) + sum(left.size or 0 for left in self.leftovers)

    def __bool__(self) -> bool:
        return bool(self.cuts or self.leftovers)


def plan(
    paths: Iterable[Path],
    evidence: Evidence,
    wish: Wish,
    *,
    places: Sequence[Path],
    folder: Path | None = None,
) -> Plan:
    """What would go of these files, and of what lies about at these `places`.

    Within `folder`, where nothing but cassettes belongs, a file without text is a broken cassette.
    """
    made = Plan()
    seen: set[Path] = set()
    for path in paths:
        if (real := path.resolve()) in seen:  # a link to one that was looked at
            continue
        seen.add(real)
        try:
            _look(path, evidence, wish, made)
        except CassetteUnreadable as error:
            if is_meant_to_be_one(path, folder):
                made.broken.append(error)
            else:
                made.others.append(path)
    gone = {cut.path.resolve(): b"" if cut.whole else cut.content for cut in made.cuts}
    bodies = [*unnamed_bodies(places, gone)]
    made.leftovers = [Leftover(path, path.stat().st_size) for path in bodies]
    away = {cut.path.resolve() for cut in made.cuts if cut.whole} | {path.resolve() for path in bodies}
    home = folder if folder is not None and folder.resolve() != evidence.root else None
    made.leftovers += [Leftover(path) for path in empty_folders(places, away, home)]
    return made


def _look(path: Path, evidence: Evidence, wish: Wish, made: Plan) -> None:
    file = CassetteFile(path)
    entries = [*file.entries()]
    verdict = evidence.verdict(path, file.test)
    played = verdict.played or {}
    unplayed = [entry for entry in entries if entry.number not in played]
    why: dict[int, str] = {}
    if verdict.doubt is None:
        why |= {entry.number: NOT_PLAYED for entry in unplayed}
    elif unplayed or not verdict.owned:
        made.kept.append(Kept(path, verdict.doubt, len(unplayed) if verdict.owned else None))
    for entry, reason in _asked(entries, verdict, wish):
        why.setdefault(entry.number, reason)
    dropped = tuple(
        Dropped(entry.number, entry.interaction, why[entry.number], tuple(played.get(entry.number, ())))
        for entry in entries
        if entry.number in why
    )
    if wish.duplicates and verdict.doubt is None and (spare := _spare(entries, why)):
        made.kept.append(Kept(path, "it is a duplicate, and answers a request of its own", spare))
    orphan = verdict.doubt is None and not verdict.owned
    whole = (orphan or (bool(dropped) and len(dropped) == len(entries))) and not verdict.needed
    if not (dropped or whole):
        return
    if path.is_symlink() and whole:
        made.kept.append(Kept(path, "it is a link: whether what it points to may go is not known here"))
        return
    cut = Cut(path, file, dropped, len(entries), 0, whole, NOT_OWNED if orphan else "nothing is left of it")
    before = path.stat().st_size
    made.cuts.append(replace(cut, size=before if whole else before - len(cut.content)))


def _asked(entries: Sequence[Entry], verdict: Verdict, wish: Wish) -> Iterator[tuple[Entry, str]]:
    if wish.limit is not None:
        for entry in entries:
            made = entry.interaction.recorded_at
            if made is not None and wish.now - made > wish.limit:
                yield entry, f"recorded {in_days(wish.now - made)} ago"
    if wish.duplicates and verdict.doubt is None and verdict.repeats <= {"last", "cycle"}:
        yield from _duplicates(entries, verdict, wish)


def _duplicates(entries: Sequence[Entry], verdict: Verdict, wish: Wish) -> Iterator[tuple[Entry, str]]:
    """Those that may go without any request being answered otherwise, for one before them answers again.

    With ``repeat="last"`` these are the equal ones at the end of a series, with "cycle" all of a series
    of equal ones; without either, each recording answers once and none is one too many.
    """
    series: defaultdict[Hashable, list[Entry]] = defaultdict(list)
    for entry in entries:
        live = entry.canonical(wish.ignore)
        series[wish.matching.coarse(live), wish.matching.fine(live)].append(entry)
    for equal in series.values():
        first = len(equal) - 1
        while first and _same(equal[first - 1], equal[first]):
            first -= 1
        if first == 0 or verdict.repeats <= {"last"}:
            yield from ((entry, f"a duplicate of {equal[first].number + 1}") for entry in equal[first + 1 :])


def _spare(entries: Sequence[Entry], why: Mapping[int, str]) -> int:
    """How many stay that are the same as one before them."""
    left = [entry for entry in entries if entry.number not in why]
    return sum(any(_same(entry, other) for other in left[:at]) for at, entry in enumerate(left))


def _same(one: Entry, other: Entry) -> bool:
    return replace(one.interaction, recorded_at=None) == replace(other.interaction, recorded_at=None)


def carry_out(made: Plan, root: Path) -> Iterator[Cut | Leftover]:
    """Does it, one after the other, and says what is done; CassetteError where the disk or somebody refuses."""
    for cut in made.cuts:
        with writing(cut.path, root):
            if stamp_of(cut.path) != cut.file.stamp:
                raise CassetteBusy("was changed since it was looked at; nothing of it was removed", cut.path)
            if cut.whole:
                require_writable(cut.path)
                cut.path.unlink()
            else:
                write_file(cut.path.resolve(), [_checked(cut)])
            sync_folder(cut.path.resolve().parent)
        yield cut
    for left in made.leftovers:
        if _remove(left, root):
            yield left


def _remove(left: Leftover, root: Path) -> bool:
    """Whether it could go: by now something may be in the folder, or a cassette name the body."""
    if left.size is None:
        with suppress(OSError):
            left.path.rmdir()
        return not left.path.exists()
    cassette = cassette_beside(left.path)
    with writing(cassette, root):
        is_unnamed = left.path in unnamed_bodies([cassette], {})
        if is_unnamed:
            left.path.unlink()
        return is_unnamed


def _checked(cut: Cut) -> bytes:
    """What is left, once it is sure that it is what was there."""
    content = cut.content
    gone = {dropped.number for dropped in cut.dropped}
    before = [entry.source.raw for entry in cut.file.entries() if entry.number not in gone and entry.source]
    after = [entry.source.raw for entry in CassetteFile(cut.path, content).entries() if entry.source]
    if before != after:
        raise CassetteUnreadable("what is left cannot be told from what goes; nothing was removed", cut.path)
    return content
