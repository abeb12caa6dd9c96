"""The order that two sequences have in common.

The law of this file: what is found is in order on both sides; few are said to be out of it; and no input
takes quadratic time, however often its elements repeat.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Sequence

__all__ = ["aligned", "out_of_order"]

_MOST = 5_000_000  # steps that difflib may take, before the first that comes is taken


def aligned(ours: Sequence[Hashable], theirs: Sequence[Hashable]) -> list[tuple[int, int]]:
    """Pairs of the places of equal elements, ascending on both sides.

    What stands once on either side anchors the rest ("patience"); between the anchors difflib looks.
    """
    pairs: list[tuple[int, int]] = []
    todo = [(0, len(ours), 0, len(theirs))]
    while todo:
        start, end, begin, stop = todo.pop()
        while start < end and begin < stop and ours[start] == theirs[begin]:
            pairs.append((start, begin))
            start, begin = start + 1, begin + 1
        while start < end and begin < stop and ours[end - 1] == theirs[stop - 1]:
            end, stop = end - 1, stop - 1
            pairs.append((end, stop))
        if start == end or begin == stop:
            continue
        anchors = _anchors(ours[start:end], theirs[begin:stop])
        if not anchors:
            found = _matched(ours[start:end], theirs[begin:stop])
            pairs += ((start + old, begin + new) for old, new in found)
        at, there = start, begin
        for old, new in anchors:
            pairs.append((start + old, begin + new))
            todo.append((at, start + old, there, begin + new))
            at, there = start + old + 1, begin + new + 1
        if anchors:
            todo.append((at, end, there, stop))
    return sorted(pairs)


def _anchors(ours: Sequence[Hashable], theirs: Sequence[Hashable]) -> list[tuple[int, int]]:
    """What stands once on either side, as far as it is in one order."""
    here, there = Counter(ours), Counter(theirs)
    places = {key: at for at, key in enumerate(theirs) if there[key] == 1}
    common = [(at, places[key]) for at, key in enumerate(ours) if here[key] == 1 and key in places]
    late = out_of_order([new for _, new in common])
    return [pair for pair, is_late in zip(common, late, strict=True) if not is_late]


def _matched(ours: Sequence[Hashable], theirs: Sequence[Hashable]) -> Iterator[tuple[int, int]]:
    there = Counter(theirs)
    if sum(there[key] for key in ours) * min(len(ours), len(theirs)) <= _MOST:
        matcher = SequenceMatcher(None, ours, theirs, autojunk=False)
        for old, new, size in matcher.get_matching_blocks():
            yield from ((old + at, new + at) for at in range(size))
        return
    places: dict[Hashable, list[int]] = defaultdict(list)
    for at, key in enumerate(theirs):
        places[key].append(at)
    last = -1
    for old, key in enumerate(ours):
        known = places.get(key, [])
        following = bisect_left(known, last + 1)
        if following < len(known):
            last = known[following]
            yield old, last


def out_of_order(order: Sequence[int]) -> list[bool]:
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
