"""Two recordings of one flow, aligned by what they mean.

The law of this file: interactions are compared in the canonical form in which requests are matched,
never line by line; each interaction of either side stands in exactly one `Change` or is the same
in both; and nothing that changed goes unsaid: noise is set apart, not left out.

The alignment, each step on what the last one left: equal in all that means something; the same
request with another answer; another request to the same place. Pairs are made in order, so that
repeats stay in theirs. What is paired and not in the longest common order has moved. Documents that
are the same byte for byte are paired first, and not even parsed.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict, deque
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal, TypeAlias

from .._core.canonical import Canonical, Ignore
from .._core.cassette import Entry
from .._core.meaning import is_noise, meaning
from .._core.model import Headers, Interaction
from .details import NOTATION, Detail, details
from .order import aligned, out_of_order
from .shapes import shape_of, shaped_detail

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator, Sequence

__all__ = [
    "KINDS",
    "Change",
    "Comparison",
    "How",
    "Kind",
    "Recorded",
    "compare",
    "meaning_key",
    "request_key",
]

Kind = Literal["added", "removed", "changed", "moved"]
KINDS: tuple[Kind, ...] = ("added", "removed", "changed", "moved")

Recorded: TypeAlias = Interaction | Entry
"""An interaction, or where it stands in a file: then it is parsed when that has to be."""

_ASKED = 2000  # pairs of one place that are compared in full; of more, only those of near positions
_NEAR = 3


@dataclass(frozen=True, slots=True)
class How:
    """What counts: ``ignore`` leaves out, ``shape`` looks at structure alone (keys, types, status)."""

    ignore: Ignore = field(default_factory=Ignore)
    shape: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that is not as it was.

    ``before`` and ``after`` are the numbers (from 0) of the interaction on either side, None where it is
    not there; ``interaction`` is the newer one. ``moved`` may be said of one that changed as well.
    """

    kind: Kind
    before: int | None
    after: int | None
    interaction: Interaction
    details: tuple[Detail, ...] = ()
    moved: bool = False


@dataclass(frozen=True, slots=True)
class Comparison:
    """All changes, in the order of the newer side, and what changed without meaning anything.

    ``noise`` holds, for pairs of (before, after), details of volatile values.
    """

    changes: tuple[Change, ...]
    noise: tuple[Change, ...]
    pairs: tuple[tuple[int, int], ...]

    @property
    def differs(self) -> bool:
        """Whether anything changed but noise."""
        return bool(self.changes)

    def count(self, kind: Kind) -> int:
        """How many changes there are of a kind."""
        if kind == "moved":
            return sum(change.moved for change in self.changes)
        return sum(change.kind == kind for change in self.changes)


def compare(
    before: Sequence[Recorded],
    after: Sequence[Recorded],
    how: How | None = None,
    step: Callable[[int], object] = lambda _: None,
) -> Comparison:
    """What became of `before` in `after`.

    ``step(n)`` is told of every n interactions of either side that are read, and again of those that are
    compared. CassetteUnreadable when a document is broken that had to be parsed.
    """
    how = how or How()
    old_side, new_side = _Side(before, step, shape=how.shape), _Side(after, step, shape=how.shape)
    pairs = _Alignment(old_side, new_side, how.ignore).pairs()
    moved = out_of_order([new for _, new in pairs])
    changes: list[Change] = []
    noise: list[Change] = []
    for (old, new), has_moved in zip(pairs, moved, strict=True):
        same = old_side.raw(old) is not None and old_side.raw(old) == new_side.raw(new)
        if has_moved or not same:
            told = () if same else _told(old_side[old], new_side[new], how)
            meant = tuple(detail for detail in told if not detail.noise)
            if meant or has_moved:
                kind: Kind = "changed" if meant else "moved"
                changes.append(Change(kind, old, new, new_side.whole(new), meant, has_moved))
            volatile = tuple(detail for detail in told if detail.noise)
            if volatile:
                noise.append(Change("changed", old, new, new_side.whole(new), volatile))
        step(2)
    olds, news = {old for old, _ in pairs}, {new for _, new in pairs}
    changes += [
        Change("removed", at, None, old_side.whole(at)) for at in range(len(before)) if at not in olds
    ]
    changes += [Change("added", None, at, new_side.whole(at)) for at in range(len(after)) if at not in news]
    step(old_side.unread + new_side.unread + len(before) + len(after) - 2 * len(pairs))
    noise.sort(key=lambda change: change.after or 0)
    return Comparison(tuple(_ordered(changes, pairs)), tuple(noise), tuple(pairs))


def _told(before: Interaction, after: Interaction, how: How) -> tuple[Detail, ...]:
    """All that differs; what is ignored is noise: it is set apart, and not left out."""
    if before == after:
        return ()
    told = details(before, after, how.ignore)
    if how.shape:
        return tuple(shaped_detail(detail) for detail in told if not detail.noise)
    if not how.ignore.entries:
        return told
    ignored = [detail for detail in details(before, after, Ignore()) if detail not in told]
    kept = () if ignored and told[:1] == (NOTATION,) else told
    return (*kept, *(replace(detail, noise=True) for detail in ignored))


class _Side:
    """The interactions of one side, parsed (and shaped) when they are looked at."""

    def __init__(self, recorded: Sequence[Recorded], step: Callable[[int], object], *, shape: bool) -> None:
        self._recorded = recorded
        self._step = step
        self._shape = shape
        self._read: set[int] = set()
        self._shaped: dict[int, Interaction] = {}

    def __len__(self) -> int:
        return len(self._recorded)

    def __getitem__(self, at: int) -> Interaction:
        if not self._shape:
            return self.whole(at)
        if at not in self._shaped:
            self._shaped[at] = shape_of(self.whole(at))
        return self._shaped[at]

    def whole(self, at: int) -> Interaction:
        """The interaction as it was recorded, whatever of it is compared."""
        item = self._recorded[at]
        if at not in self._read:
            self._read.add(at)
            self._step(1)
        return item.interaction if isinstance(item, Entry) else item

    @property
    def unread(self) -> int:
        """How many were never looked at."""
        return len(self._recorded) - len(self._read)

    def raw(self, at: int) -> bytes | None:
        """The document as it stands in its file, None where it came from none."""
        item = self._recorded[at]
        return item.source.raw if isinstance(item, Entry) and item.source is not None else None


class _Alignment:
    """Pairs of interactions, made step by step."""

    def __init__(self, before: _Side, after: _Side, ignore: Ignore) -> None:
        self._before, self._after, self._ignore = before, after, ignore
        self._olds = list(range(len(before)))
        self._news = list(range(len(after)))
        self._pairs: list[tuple[int, int]] = []

    def pairs(self) -> list[tuple[int, int]]:
        """All pairs, in the order of the older side."""
        self._pair(lambda side, at: side.raw(at))  # most of a cassette did not change at all
        self._pair(lambda side, at: side[at])
        self._pair(lambda side, at: meaning_key(side[at], self._ignore))
        self._pair(lambda side, at: request_key(side[at], self._ignore))
        self._pair_by_place()
        return sorted(self._pairs)

    def _pair(self, key: Callable[[_Side, int], Hashable]) -> None:
        """Pairs what has the same key (None is none): in the common order, then what stands elsewhere."""
        olds, news = self._olds, self._news
        here = [key(self._before, at) for at in olds]
        there = [key(self._after, at) for at in news]
        in_order = [(old, new) for old, new in aligned(here, there) if here[old] is not None]
        taken, gone = {new for _, new in in_order}, {old for old, _ in in_order}
        waiting: dict[Hashable, deque[int]] = defaultdict(deque)
        for at, found in enumerate(here):
            if at not in gone and found is not None:
                waiting[found].append(at)
        pairs = list(in_order)
        for at, found in enumerate(there):
            if at not in taken and found is not None and waiting.get(found):
                pairs.append((waiting[found].popleft(), at))
        self._pairs += ((olds[old], news[new]) for old, new in pairs)
        gone, taken = {old for old, _ in pairs}, {new for _, new in pairs}
        self._olds = [number for at, number in enumerate(olds) if at not in gone]
        self._news = [number for at, number in enumerate(news) if at not in taken]

    def _pair_by_place(self) -> None:
        olds, news = self._by_place(self._before, self._olds), self._by_place(self._after, self._news)
        for place, ours in olds.items():
            self._pairs += self._likest(ours, news.get(place, []))

    def _by_place(self, side: _Side, which: Sequence[int]) -> dict[Hashable, list[int]]:
        places: dict[Hashable, list[int]] = defaultdict(list)
        for at in which:
            places[_place(side[at], self._ignore)].append(at)
        return places

    def _likest(self, olds: list[int], news: list[int]) -> Iterator[tuple[int, int]]:
        """Each with the one from which it differs in the fewest things; the rest in order."""
        taken_olds: set[int] = set()
        taken_news: set[int] = set()
        if len(olds) * len(news) > 1:
            for _, _, old, new in sorted(self._costs(olds, news)):
                if old not in taken_olds and new not in taken_news:
                    taken_olds.add(old)
                    taken_news.add(new)
                    yield old, new
        yield from zip(
            (old for old in olds if old not in taken_olds),
            (new for new in news if new not in taken_news),
            strict=False,
        )

    def _costs(self, olds: list[int], news: list[int]) -> Iterator[tuple[int, int, int, int]]:
        reach = max(_NEAR, _ASKED // len(olds))
        for at, old in enumerate(olds):
            for there in range(max(0, at - reach), min(len(news), at + reach + 1)):
                told = details(self._before[old], self._after[news[there]], self._ignore)
                cost = sum(not detail.noise for detail in told)
                yield cost, abs(at - there), old, news[there]


def _quiet(interaction: Interaction) -> Interaction:
    """The interaction without the headers of its request that are another one each time."""
    request = interaction.request
    if not any(is_noise(name) for name, _ in request.headers):
        return interaction
    kept = Headers.of(pair for pair in request.headers if not is_noise(pair[0]))
    return replace(interaction, request=replace(request, headers=kept))


def meaning_key(interaction: Interaction, ignore: Ignore) -> Hashable:
    """Equal where nothing but noise, on either way, tells two interactions apart."""
    return meaning(_quiet(interaction), ignore)


def request_key(interaction: Interaction, ignore: Ignore) -> Hashable:
    """Equal where two requests are the same but for noise, whatever was answered."""
    return meaning(_quiet(replace(interaction, response=None, failure=None)), ignore)


def _place(interaction: Interaction, ignore: Ignore) -> Hashable:
    request = Canonical(interaction.request, ignore)
    return request.method, request.host, request.port, request.path


def _ordered(changes: list[Change], pairs: Sequence[tuple[int, int]]) -> Iterator[Change]:
    """In the order of the newer side; what was removed stands where it stood."""
    news = sorted(pairs)
    olds = [old for old, _ in news]

    def where(change: Change) -> tuple[float, int]:
        if change.after is not None:
            return change.after, 1
        at = bisect_left(olds, change.before if change.before is not None else 0)
        return (news[at - 1][1] + 0.5 if at else -0.5), change.before or 0

    yield from sorted(changes, key=where)
