"""The order of a re-recording: that of departure, but the old one where requests could overtake each other.

The law of this file: concurrent code does not shuffle a cassette, and nothing that had an order
loses it. Free to overtake each other are requests of different threads, and requests of one thread
(its tasks) that left while others were on their way: a burst lasts until nothing is on its way any
more. Two *equal* requests keep their order wherever one was over before the other left: they are
told apart by that order alone when they are replayed.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict, deque
from heapq import heappop, heappush
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
    from threading import Thread

    from .cassette import Entry, Slot

__all__ = ["in_old_order"]


def in_old_order(
    indices: Sequence[int], slots: Sequence[Slot], keys: Sequence[Hashable], partners: Mapping[int, Entry]
) -> list[int]:
    """`indices` of `slots`, which are in departure order, in the order of the file.

    `keys` are equal for equal requests; `partners` are the old entries, whose order is kept.
    """
    waiting = {thread: deque(bursts) for thread, bursts in _bursts(indices, slots).items()}
    equals = _Equals(indices, slots, keys)
    free: list[tuple[float, int]] = []
    left: dict[Thread, int] = {}
    order: list[int] = []

    def release(released: Iterable[int]) -> None:
        for index in released:
            heappush(free, (partners[index].number if index in partners else float("inf"), index))

    def next_burst(thread: Thread) -> None:
        if waiting[thread]:
            burst = waiting[thread].popleft()
            left[thread] = len(burst)
            release(burst)

    for thread in waiting:
        next_burst(thread)
    while free:
        index = heappop(free)[1]
        if equals.hold(index):
            continue
        order.append(index)
        release(equals.passed(index))
        thread = slots[index].thread
        left[thread] -= 1
        if not left[thread]:
            next_burst(thread)
    return order


def _bursts(indices: Sequence[int], slots: Sequence[Slot]) -> dict[Thread, list[list[int]]]:
    found: dict[Thread, dict[int, list[int]]] = defaultdict(lambda: defaultdict(list))
    burst, busy_until = 0, -1.0
    for index in indices:
        slot = slots[index]
        burst += slot.started > busy_until
        busy_until = max(busy_until, _end(slot))
        found[slot.thread][burst].append(index)
    return {thread: [*bursts.values()] for thread, bursts in found.items()}


class _Equals:
    """Of equal requests, who has to wait for whom: for all that were over when it left."""

    def __init__(self, indices: Sequence[int], slots: Sequence[Slot], keys: Sequence[Hashable]) -> None:
        self._keys = keys
        self._over: dict[Hashable, list[int]] = defaultdict(list)  # by key, in the order of their ends
        for index in sorted(indices, key=lambda index: _end(slots[index])):
            self._over[keys[index]].append(index)
        self._waits_for: dict[int, int] = {}  # how many of them
        for equal in self._over.values():
            ends = [_end(slots[index]) for index in equal]
            self._waits_for |= {index: bisect_left(ends, slots[index].started) for index in equal}
        self._passed: dict[Hashable, int] = defaultdict(int)  # by key, how many of them, without a gap
        self._out: set[int] = set()
        self._held: dict[Hashable, list[int]] = defaultdict(list)

    def hold(self, index: int) -> bool:
        """Whether it has to wait, and is kept until `passed` gives it back."""
        key = self._keys[index]
        waits = self._passed[key] < self._waits_for[index]
        if waits:
            self._held[key].append(index)
        return waits

    def passed(self, index: int) -> Iterator[int]:
        """Notes that it is in its place; gives those that waited for it and need not any more."""
        key = self._keys[index]
        over = self._over[key]
        self._out.add(index)
        while self._passed[key] < len(over) and over[self._passed[key]] in self._out:
            self._passed[key] += 1
        held = self._held.pop(key, [])
        for other in held:
            if not self.hold(other):
                yield other


def _end(slot: Slot) -> float:
    return float("inf") if slot.ended is None else slot.ended
