"""What a cassette holds after recording: which old entries stay, which new ones come, and where.

The law of this file: a re-recording shows only real changes. Where nothing but noise changed, the
old entry stays (and with it its text, byte for byte); and new interactions keep the old file's
order wherever their requests were free to overtake each other, so that concurrent code does not
shuffle the file.
"""

from __future__ import annotations

from collections import defaultdict, deque
from dataclasses import dataclass
from heapq import heappop, heappush
from typing import TYPE_CHECKING

from .canonical import Canonical
from .meaning import meaning, noisy_values
from .modes import RecordMode

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence
    from threading import Thread

    from .canonical import Ignore
    from .cassette import Entry, Slot, Tape
    from .model import Interaction

    Seal = Callable[[Sequence[Interaction], Sequence[Entry]], list[Interaction]]

__all__ = ["Arrangement", "arrange"]


@dataclass(frozen=True, slots=True)
class Arrangement:
    """The new content of a cassette, and how it differs from the old one.

    ``items`` are entries that stay as they stand in the file, and interactions written anew.
    """

    items: list[Entry | Interaction]
    added: int = 0
    changed: int = 0
    removed: int = 0

    @property
    def differs(self) -> bool:
        """Whether the file has to be written at all."""
        return bool(self.added or self.changed or self.removed)


def arrange(tape: Tape, slots: Sequence[Slot], mode: RecordMode, seal: Seal) -> Arrangement:
    """Puts what was recorded among what was there.

    ``tape`` is what the file holds; ``slots`` are the recordings in the order in which their
    requests left, not yet redacted; ``seal`` redacts interactions, numbering placeholders in
    the given order and beside those of the entries that stay.
    """
    old = tape.all()
    raw = [slot.interaction for slot in slots if slot.interaction is not None]
    slots = [slot for slot in slots if slot.interaction is not None]
    stay = [] if mode is RecordMode.REWRITE else _without_replaced(old, slots)
    departed = list(range(len(slots)))
    sealed = dict(zip(departed, seal(raw, stay), strict=True))
    partners = _partners(tape, slots, list(sealed.values()), mode)
    loose = mode is RecordMode.REWRITE and tape.order == "any"
    order = _order(slots, partners) if loose else departed
    if order != departed:  # placeholders are numbered in the order of the file
        sealed = dict(zip(order, seal([raw[index] for index in order], stay), strict=True))
    kept = _kept(sealed, partners, tape.ignore)
    items: dict[int, Entry | Interaction] = {
        index: partners[index] if index in kept else interaction for index, interaction in sealed.items()
    }
    changed = len(partners) - len(kept)
    added = len(slots) - len(partners)
    if mode is RecordMode.REWRITE:
        reordered = [partners[index].number for index in order if index in kept]
        moved = reordered != sorted(reordered)
        return Arrangement(
            [items[index] for index in order], added, changed + moved, len(old) - len(partners)
        )
    replaced = {
        slot.replaces.number: items[index] for index, slot in enumerate(slots) if slot.replaces is not None
    }
    appended = [items[index] for index, slot in enumerate(slots) if slot.replaces is None]
    return Arrangement([replaced.get(entry.number, entry) for entry in old] + appended, added, changed)


def _without_replaced(old: Sequence[Entry], slots: Sequence[Slot]) -> list[Entry]:
    replaced = {slot.replaces.number for slot in slots if slot.replaces is not None}
    return [entry for entry in old if entry.number not in replaced]


def _partners(
    tape: Tape, slots: Sequence[Slot], sealed: Sequence[Interaction], mode: RecordMode
) -> dict[int, Entry]:
    """For each slot the old entry of the same request: one of the same meaning if there is one."""
    if mode is not RecordMode.REWRITE:
        return {index: slot.replaces for index, slot in enumerate(slots) if slot.replaces is not None}

    def key(request: Canonical) -> Hashable:
        return tape.matching.coarse(request), tape.matching.fine(request)

    ignore = tape.ignore
    free: dict[Hashable, list[Entry]] = defaultdict(list)
    for entry in tape.all():
        free[key(entry.canonical(ignore))].append(entry)
    keys = [key(Canonical(interaction.request, ignore)) for interaction in sealed]
    partners: dict[int, Entry] = {}
    for index, interaction in enumerate(sealed):
        candidates = free.get(keys[index], [])
        means = meaning(interaction, ignore) if candidates else None
        for entry in candidates:
            if meaning(entry.interaction, ignore) == means:
                partners[index] = entry
                candidates.remove(entry)
                break
    for index in range(len(sealed)):
        if index not in partners and free.get(keys[index]):
            partners[index] = free[keys[index]].pop(0)
    return partners


def _order(slots: Sequence[Slot], partners: dict[int, Entry]) -> list[int]:
    """Departure order, but the old order among requests that were free to overtake each other.

    Those are requests of different threads, and requests of one thread (its tasks) that left
    while others were on their way: a burst lasts until nothing is on its way any more.
    """
    groups: dict[Thread, dict[int, list[int]]] = defaultdict(lambda: defaultdict(list))
    burst, busy_until = 0, -1.0
    for index, slot in enumerate(slots):
        burst += slot.started > busy_until
        busy_until = max(busy_until, _end(slot))
        groups[slot.thread][burst].append(index)
    waiting = {thread: deque(of_thread.values()) for thread, of_thread in groups.items()}
    free: list[tuple[float, int]] = []
    order: list[int] = []
    left: dict[Thread, int] = {}

    def let_go(thread: Thread) -> None:
        if waiting[thread]:
            burst = waiting[thread].popleft()
            left[thread] = len(burst)
            for index in burst:
                heappush(free, (_old_place(partners, index), index))

    for thread in waiting:
        let_go(thread)
    while free:
        index = heappop(free)[1]
        thread = slots[index].thread
        order.append(index)
        left[thread] -= 1
        if not left[thread]:
            let_go(thread)
    return order


def _end(slot: Slot) -> float:
    return float("inf") if slot.ended is None else slot.ended


def _old_place(partners: dict[int, Entry], index: int) -> float:
    return partners[index].number if index in partners else float("inf")


def _kept(sealed: dict[int, Interaction], partners: dict[int, Entry], ignore: Ignore) -> set[int]:
    """The slots whose old entry stays: the same meaning, and no noise that a changed one relies on."""
    same = {
        index
        for index, entry in partners.items()
        if meaning(entry.interaction, ignore) == meaning(sealed[index], ignore)
    }
    changed = "\n".join(_searchable(sealed[index]) for index in sealed if index not in same)
    if changed:
        same -= {index for index in same if any(value in changed for value in noisy_values(sealed[index]))}
    return same


def _searchable(interaction: Interaction) -> str:
    request = interaction.request
    headers = "\n".join(value for _, value in request.headers)
    return f"{request.url}\n{headers}\n{request.text}"
