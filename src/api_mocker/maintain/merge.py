"""Two branches' recordings of one cassette, merged interaction by interaction.

The law of this file: what only one side changed is taken from that side, byte for byte; nothing that a side
recorded is lost; and where both changed the same interaction, both stand there between git's markers, and
nobody has decided. What changed in noise alone counts as unchanged.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from .._core.canonical import Ignore
from .._storage.stream import assemble, separated
from .compare import compare, meaning_key, request_key
from .order import out_of_order

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from .._core.cassette import Entry
    from .sources import Recording

__all__ = ["Labels", "Merged", "merge"]

_NOTHING = Ignore()


@dataclass(frozen=True, slots=True)
class Labels:
    """What stands behind git's markers, and how long they are."""

    ours: str = "ours"
    theirs: str = "theirs"
    size: int = 7


@dataclass(frozen=True, slots=True)
class Merged:
    """The bytes of the merged cassette, and how many conflicts are in it."""

    content: bytes
    conflicts: int


@dataclass(frozen=True, slots=True)
class _Conflict:
    ours: Entry | None
    theirs: Entry | None


_Item: TypeAlias = "Entry | _Conflict"


def merge(base: Recording, ours: Recording, theirs: Recording, labels: Labels | None = None) -> Merged:
    """The merged cassette; CassetteUnreadable where a document is broken that has to be looked at."""
    labels = labels or Labels()
    items = _Merge(base.entries, ours.entries, theirs.entries).items()
    head, conflicts = _head(_bytes(base.head), _bytes(ours.head), _bytes(theirs.head), labels)
    texts: list[bytes] = []
    for item in items:
        if isinstance(item, _Conflict):
            conflicts += 1
            texts.append(_marked(_document(item.ours), _document(item.theirs), labels))
        else:
            texts.append(separated(_raw(item)))
    *first, last = assemble(head, ())
    return Merged(b"".join([*first, *texts, last]), conflicts)


def _bytes(text: bytes | str) -> bytes:
    return text.encode() if isinstance(text, str) else text


def _raw(entry: Entry) -> bytes:
    return entry.source.raw if entry.source is not None else b""


def _document(entry: Entry | None) -> bytes:
    return b"" if entry is None else separated(_raw(entry))


def _head(base: bytes, ours: bytes, theirs: bytes, labels: Labels) -> tuple[bytes, int]:
    if theirs in (ours, base):
        return ours, 0
    if ours == base:
        return theirs, 0
    return _marked(ours, theirs, labels), 1


def _marked(ours: bytes, theirs: bytes, labels: Labels) -> bytes:
    """Both sides between the markers that every tool for conflicts knows."""
    lines = [
        f"{'<' * labels.size} {labels.ours}\n".encode(),
        ours,
        f"{'=' * labels.size}\n".encode(),
        theirs,
        f"{'>' * labels.size} {labels.theirs}\n".encode(),
    ]
    return b"".join(lines)


class _Merge:
    """Which interactions the merged cassette holds, and in which order."""

    def __init__(self, base: Sequence[Entry], ours: Sequence[Entry], theirs: Sequence[Entry]) -> None:
        self._base, self._ours, self._theirs = base, ours, theirs
        self._here = dict(compare(base, ours).pairs)
        self._there = dict(compare(base, theirs).pairs)
        # What stands in the place of an interaction of either side, None where it goes.
        self._of_ours: dict[int, _Item | None] = {}
        self._of_theirs: dict[int, _Item | None] = {}

    def items(self) -> list[_Item]:
        """The merged interactions."""
        for at in range(len(self._base)):
            self._decide(at, self._here.get(at), self._there.get(at))
        self._add()
        ours, theirs = (
            self._sequence(self._ours, self._of_ours),
            self._sequence(self._theirs, self._of_theirs),
        )
        if _reordered(self._there) and not _reordered(self._here):
            return _woven(theirs, ours, first=True)
        return _woven(ours, theirs, first=False)  # where both reordered, our order holds

    def _sequence(self, side: Sequence[Entry], placed: dict[int, _Item | None]) -> list[_Item]:
        found = (placed[at] for at in range(len(side)))
        return [item for item in found if item is not None]

    def _decide(self, at: int, here: int | None, there: int | None) -> None:
        base = self._base[at]
        ours = None if here is None else self._ours[here]
        theirs = None if there is None else self._theirs[there]
        result = _decided(base, ours, theirs)
        if here is not None:
            self._of_ours[here] = result
        if there is not None:
            self._of_theirs[there] = result

    def _add(self) -> None:
        """What is new: the same on both sides once, another answer to the same request as a conflict."""
        ours = [at for at in range(len(self._ours)) if at not in self._of_ours]
        theirs = [at for at in range(len(self._theirs)) if at not in self._of_theirs]
        waiting: dict[Hashable, list[int]] = defaultdict(list)
        if ours:
            for at in theirs:
                waiting[request_key(self._theirs[at].interaction, _NOTHING)].append(at)
        for at in ours:
            self._of_ours[at] = self._ours[at]
            same = waiting.get(request_key(self._ours[at].interaction, _NOTHING)) if waiting else None
            if same:
                there = same.pop(0)
                item = _both(self._ours[at], self._theirs[there])
                self._of_ours[at] = self._of_theirs[there] = item
        for at in theirs:
            self._of_theirs.setdefault(at, self._theirs[at])


def _decided(base: Entry, ours: Entry | None, theirs: Entry | None) -> _Item | None:
    """What becomes of an interaction that both came from; None where it was removed."""
    if ours is None or theirs is None:
        left = ours or theirs
        return None if left is None or _same(base, left) else _Conflict(ours, theirs)
    if _raw(ours) == _raw(theirs) or _raw(theirs) == _raw(base):
        return ours
    if _raw(ours) == _raw(base) or _same(ours, base):
        return theirs
    if _same(theirs, base):
        return ours
    return _both(ours, theirs)


def _both(ours: Entry, theirs: Entry) -> _Item:
    return ours if _same(ours, theirs) else _Conflict(ours, theirs)


def _same(one: Entry, other: Entry) -> bool:
    """Whether nothing but noise tells them apart."""
    if _raw(one) == _raw(other):
        return True
    return meaning_key(one.interaction, _NOTHING) == meaning_key(other.interaction, _NOTHING)


def _reordered(pairs: dict[int, int]) -> bool:
    return any(out_of_order([pairs[at] for at in sorted(pairs)]))


def _woven(backbone: Sequence[_Item], others: Sequence[_Item], *, first: bool) -> list[_Item]:
    """The backbone, and what only the other side has behind what it stands behind there.

    Where both added something in one place, that of the others stands ``first``, or behind the backbone's.
    """
    known = {id(item) for item in backbone}
    shared = {id(item) for item in others} & known
    followers: dict[int | None, list[_Item]] = defaultdict(list)
    anchor: int | None = None
    for item in others:
        if id(item) in known:
            anchor = id(item)
        else:
            followers[anchor].append(item)
    out: list[_Item] = [*followers[None]] if first else []
    pending = [] if first else followers[None]
    for item in backbone:
        if id(item) in shared:
            out += pending
            pending = followers[id(item)]
        out.append(item)
        if first:
            out += pending
            pending = []
    return [*out, *pending]
