"""What a cassette holds after recording: which old entries stay, which new ones come, and where.

The law of this file: a re-recording shows only real changes. Where nothing but noise changed, the
old entry stays (and with it its text, byte for byte); and new interactions keep the old file's
order wherever their requests were free to overtake each other, so that concurrent code does not
shuffle the file.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from heapq import heapify, heappop, heappush
from typing import TYPE_CHECKING

from .canonical import Canonical
from .meaning import meaning, noisy_values
from .modes import RecordMode

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence

    from .canonical import Ignore
    from .cassette import Entry, Slot
    from .matching import Matching
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


def arrange(
    old: Sequence[Entry],
    slots: Sequence[Slot],
    mode: RecordMode,
    matching: Matching,
    ignore: Ignore,
    seal: Seal,
) -> Arrangement:
    """Puts what was recorded among what was there.

    ``old`` are the entries of the file; ``slots`` the completed recordings in the order in which
    their requests left, not yet redacted; ``seal`` redacts interactions, numbering placeholders in
    the given order and beside those of the entries that stay.
    """
    raw = [slot.interaction for slot in slots if slot.interaction is not None]
    slots = [slot for slot in slots if slot.interaction is not None]
    stay = [] if mode is RecordMode.REWRITE else _without_replaced(old, slots)
    partners = _partners(old, slots, seal(raw, stay), mode, matching, ignore)
    order = _order(slots, partners) if mode is RecordMode.REWRITE else list(range(len(slots)))
    sealed = dict(zip(order, seal([raw[index] for index in order], stay), strict=True))
    kept = _kept(sealed, partners, ignore)
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
    old: Sequence[Entry],
    slots: Sequence[Slot],
    sealed: Sequence[Interaction],
    mode: RecordMode,
    matching: Matching,
    ignore: Ignore,
) -> dict[int, Entry]:
    """For each slot the old entry of the same request: one of the same meaning if there is one."""
    if mode is not RecordMode.REWRITE:
        return {index: slot.replaces for index, slot in enumerate(slots) if slot.replaces is not None}

    def key(request: Canonical) -> Hashable:
        return matching.coarse(request), matching.fine(request)

    free: dict[Hashable, list[Entry]] = defaultdict(list)
    for entry in old:
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
    """Departure order, but old order among requests that were on their way at the same time."""
    ends = [(_end(slot), index) for index, slot in enumerate(slots)]
    heapify(ends)
    free: list[tuple[float, int]] = []
    order: list[int] = []
    done: set[int] = set()
    upcoming = 0
    while len(order) < len(slots):
        while ends[0][1] in done:
            heappop(ends)
        # Whoever started before the first of the waiting ended was free to overtake it.
        while upcoming < len(slots) and slots[upcoming].started < ends[0][0]:
            heappush(free, (_old_place(partners, upcoming), upcoming))
            upcoming += 1
        chosen = heappop(free)[1]
        order.append(chosen)
        done.add(chosen)
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
