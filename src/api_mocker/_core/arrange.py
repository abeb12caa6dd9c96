"""What a cassette holds after recording: which old entries stay, which new ones come, and where.

The law of this file: a re-recording shows only real changes. Where nothing but noise changed, the
old entry stays (and with it its text, byte for byte); and new interactions keep the old file's
order wherever their requests were free to overtake each other, so that concurrent code does not
shuffle the file.
"""

from __future__ import annotations

from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..exceptions import ApiMockerError
from .canonical import Canonical
from .meaning import meaning, noisy_values
from .model import Interaction
from .modes import RecordMode
from .overtaking import in_old_order
from .renumbering import Agreement

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence

    from .canonical import Ignore
    from .cassette import Entry, Slot, Tape
    from .model import Request

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
    requests left, not yet redacted, and the requests that were never answered; ``seal`` redacts
    interactions, numbering placeholders in the given order and beside those of the entries that
    stay.
    """
    if mode is RecordMode.REWRITE:
        return _rewritten(tape, slots, seal)
    return _inserted(tape, [slot for slot in slots if slot.interaction is not None], seal)


def _inserted(tape: Tape, slots: Sequence[Slot], seal: Seal) -> Arrangement:
    """Each new interaction in the place of the one that it replaces, or at the end."""
    old = tape.all()
    partners = {index: slot.replaces for index, slot in enumerate(slots) if slot.replaces is not None}
    replaced = {entry.number for entry in partners.values()}
    stay = [entry for entry in old if entry.number not in replaced]
    sealed = _sealed(seal, slots, range(len(slots)), stay)
    written = _changed(sealed, partners, tape.ignore)
    successors = {entry.number: written.get(index, entry) for index, entry in partners.items()}
    appended = [interaction for index, interaction in written.items() if index not in partners]
    return Arrangement(
        [*(successors.get(entry.number, entry) for entry in old), *appended],
        len(appended),
        len(written) - len(appended),
    )


def _rewritten(tape: Tape, slots: Sequence[Slot], seal: Seal) -> Arrangement:
    """What was recorded, and of the old recordings those whose requests were made and not answered."""
    old = tape.all()
    sealed = _sealed(seal, slots, range(len(slots)), ())
    keys = [_key(tape, sealed[at].request if at in sealed else slot.known) for at, slot in enumerate(slots)]
    partners = _partners(tape, sealed, keys)
    present = [index for index in range(len(slots)) if index in sealed or index in partners]
    order = departure = [index for index in present if index in sealed]
    if tape.order == "any":
        present = in_old_order(present, slots, keys, partners)
        order = [index for index in present if index in sealed]
    stay = [entry for index, entry in partners.items() if index not in sealed]
    if stay or order != departure:  # placeholders are numbered in the order of the file
        sealed = _sealed(seal, slots, order, stay)
    written = _changed(sealed, partners, tape.ignore)
    items = [written[index] if index in written else partners[index] for index in present]
    numbers = [item.number for item in items if not isinstance(item, Interaction)]
    return Arrangement(
        items,
        added=sum(index not in partners for index in written),
        changed=sum(index in partners for index in written) + (numbers != sorted(numbers)),
        removed=len(old) - len(partners),
    )


def _sealed(
    seal: Seal, slots: Sequence[Slot], order: Iterable[int], stay: Sequence[Entry]
) -> dict[int, Interaction]:
    """What was recorded, redacted, by the slot that it stands in."""
    found = {index: slots[index].interaction for index in order}
    raw = {index: interaction for index, interaction in found.items() if interaction is not None}
    return dict(zip(raw, seal([*raw.values()], stay), strict=True))


def _key(tape: Tape, request: Request) -> Hashable:
    live = Canonical(request, tape.ignore)
    return tape.matching.coarse(live), tape.matching.fine(live)


def _partners(tape: Tape, sealed: Mapping[int, Interaction], keys: Sequence[Hashable]) -> dict[int, Entry]:
    """For each slot the old entry of the same request: one of the same meaning if there is one."""
    free: dict[Hashable, list[Entry]] = defaultdict(list)
    for entry in tape.all():
        with suppress(
            ApiMockerError
        ):  # one that cannot be read, or not any more, makes room like all the others
            free[_key(tape, entry.interaction.request)].append(entry)
    partners: dict[int, Entry] = {}
    for index, interaction in sealed.items():
        candidates = free.get(keys[index], [])
        means = meaning(interaction, tape.ignore) if candidates else None
        for entry in candidates:
            if meaning(entry.interaction, tape.ignore) == means:
                partners[index] = entry
                candidates.remove(entry)
                break
    # Those with an answer first: what was not answered may have been sent again.
    for index in sorted(range(len(keys)), key=lambda index: index not in sealed):
        if index not in partners and free.get(keys[index]):
            partners[index] = free[keys[index]].pop(0)
    return partners


def _changed(
    sealed: Mapping[int, Interaction], partners: Mapping[int, Entry], ignore: Ignore
) -> dict[int, Interaction]:
    """The slots whose old entry does not stay, and what is written there.

    An old entry stays where it means the same, numbers its secrets as the others do, and holds no
    noise that what is written anew relies on.
    """
    agreement = Agreement()
    same = {
        index
        for index, interaction in sealed.items()
        if index in partners
        and meaning(partners[index].interaction, ignore) == meaning(interaction, ignore)
        and agreement.admits(interaction, partners[index].interaction)
    }
    changed = set(sealed) - same
    while changed:
        text = "\n".join(_searchable(sealed[index]) for index in changed)
        changed = {index for index in same if any(value in text for value in noisy_values(sealed[index]))}
        same -= changed
    anew = [index for index in sealed if index not in same]
    return dict(zip(anew, agreement.renumbered([sealed[index] for index in anew]), strict=True))


def _searchable(interaction: Interaction) -> str:
    request = interaction.request
    headers = "\n".join(value for _, value in request.headers)
    return f"{request.url}\n{headers}\n{request.text}"
