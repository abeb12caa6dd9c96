"""Two recordings of one flow, aligned by what they mean.

The law of this file: interactions are compared in the canonical form in which requests are matched,
never line by line; each interaction of either side stands in exactly one `Change` or is the same
in both; and nothing that changed goes unsaid: noise is set apart, not left out.

The alignment, each step on what the last one left: equal in all that means something; the same
request with another answer; another request to the same place. Pairs are made in order, so that
repeats stay in theirs. What is paired and not in the longest common order has moved.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict, deque
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

from .._core.canonical import Canonical, Ignore
from .._core.meaning import meaning
from .details import Detail, details
from .shapes import shape_of

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator, Sequence

    from .._core.model import Interaction

__all__ = ["Change", "Comparison", "How", "Kind", "compare"]

Kind = Literal["added", "removed", "changed", "moved"]

_LIKELY = 200  # pairs of one place that are compared in full, before order alone decides


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
    before: Sequence[Interaction],
    after: Sequence[Interaction],
    how: How | None = None,
    step: Callable[[int], object] = lambda _: None,
) -> Comparison:
    """What became of `before` in `after`; ``step(n)`` is told of every n interactions that are done."""
    how = how or How()
    if how.shape:
        before, after = [*map(shape_of, before)], [*map(shape_of, after)]
    pairs = _Alignment(before, after, how.ignore, step).pairs()
    moved = _moved([new for _, new in pairs])
    changes: list[Change] = []
    noise: list[Change] = []
    for (old, new), has_moved in zip(pairs, moved, strict=True):
        told = details(before[old], after[new], how.ignore) if before[old] != after[new] else ()
        meant = tuple(detail for detail in told if not detail.noise)
        if meant or has_moved:
            kind: Kind = "changed" if meant else "moved"
            changes.append(Change(kind, old, new, after[new], meant, has_moved))
        volatile = tuple(detail for detail in told if detail.noise)
        if volatile and not how.shape:
            noise.append(Change("changed", old, new, after[new], volatile))
        step(1)
    olds, news = {old for old, _ in pairs}, {new for _, new in pairs}
    changes += [Change("removed", at, None, each) for at, each in enumerate(before) if at not in olds]
    changes += [Change("added", None, at, each) for at, each in enumerate(after) if at not in news]
    return Comparison(tuple(_ordered(changes, pairs)), tuple(noise), tuple(pairs))


class _Alignment:
    """Pairs of interactions, made step by step."""

    def __init__(
        self,
        before: Sequence[Interaction],
        after: Sequence[Interaction],
        ignore: Ignore,
        step: Callable[[int], object],
    ) -> None:
        self._before, self._after, self._ignore, self._step = before, after, ignore, step
        self._olds = list(range(len(before)))
        self._news = list(range(len(after)))
        self._pairs: list[tuple[int, int]] = []

    def pairs(self) -> list[tuple[int, int]]:
        """All pairs, in the order of the older side."""
        self._pair(lambda each: each)  # most of a cassette did not change at all
        self._pair(lambda each: meaning(each, self._ignore))
        self._pair(lambda each: _request(each, self._ignore))
        self._pair_by_place()
        return sorted(self._pairs)

    def _pair(self, key: Callable[[Interaction], Hashable]) -> None:
        waiting: dict[Hashable, deque[int]] = defaultdict(deque)
        for old in self._olds:
            waiting[key(self._before[old])].append(old)
        left: list[int] = []
        for new in self._news:
            found = waiting.get(key(self._after[new]))
            if found:
                self._pairs.append((found.popleft(), new))
            else:
                left.append(new)
        self._olds = sorted(old for queue in waiting.values() for old in queue)
        self._news = left

    def _pair_by_place(self) -> None:
        olds, news = self._by_place(self._before, self._olds), self._by_place(self._after, self._news)
        for place, ours in olds.items():
            self._pairs += self._likest(ours, news.get(place, []))

    def _by_place(self, side: Sequence[Interaction], which: Sequence[int]) -> dict[Hashable, list[int]]:
        places: dict[Hashable, list[int]] = defaultdict(list)
        for at in which:
            places[_place(side[at], self._ignore)].append(at)
        return places

    def _likest(self, olds: list[int], news: list[int]) -> Iterator[tuple[int, int]]:
        """Each with the one it differs from in the fewest things; in order where there are too many to ask."""
        if len(olds) * len(news) > _LIKELY or (len(olds), len(news)) == (1, 1):
            yield from zip(olds, news, strict=False)
            return
        costs = sorted(
            (len(details(self._before[old], self._after[new], self._ignore)), abs(at - there), old, new)
            for at, old in enumerate(olds)
            for there, new in enumerate(news)
        )
        taken: set[tuple[str, int]] = set()
        for _, _, old, new in costs:
            if not {("old", old), ("new", new)} & taken:
                taken |= {("old", old), ("new", new)}
                yield old, new


def _request(interaction: Interaction, ignore: Ignore) -> Hashable:
    return meaning(replace(interaction, response=None, failure=None), ignore)


def _place(interaction: Interaction, ignore: Ignore) -> Hashable:
    request = Canonical(interaction.request, ignore)
    return request.method, request.host, request.port, request.path


def _moved(order: Sequence[int]) -> list[bool]:
    """Which of these numbers are out of order: all that are not in a longest ascending series."""
    ends: list[int] = []  # the smallest number that ends a series of each length
    lengths = []
    for number in order:
        at = bisect_left(ends, number)
        ends[at : at + 1] = [number]
        lengths.append(at + 1)
    moved = [True] * len(order)
    wanted = len(ends)
    limit = float("inf")
    for at in range(len(order) - 1, -1, -1):
        if lengths[at] == wanted and order[at] < limit:
            moved[at], limit, wanted = False, order[at], wanted - 1
    return moved


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
