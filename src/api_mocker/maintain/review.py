"""A recording that waits, beside the cassette that it would replace: what it changes, and taking parts of it.

The law of this file: all taken is the recording byte for byte, none taken is the cassette byte for
byte, and in between every interaction is one of either, in the recording's order; old texts stay as
they stand, and new ones follow their numbers of placeholders.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from .._core.meaning import noisy_values
from .._core.model import Interaction
from .._core.renumbering import Agreement, renumber
from .compare import KINDS, compare
from .reliance import Part, Reliance, unmet

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from .._core.cassette import Entry
    from .compare import Change, Comparison, How, Kind

__all__ = ["Mixture", "Review"]


@dataclass(frozen=True, slots=True)
class Mixture:
    """A cassette of old and new interactions, and what in it relies on what is not."""

    items: list[Entry | Interaction]
    unmet: tuple[Reliance, ...]


class Review:
    """What a recording (``after``) changes in a cassette (``before``); its changes are taken by their numbers."""

    def __init__(self, before: Sequence[Entry], after: Sequence[Entry], how: How | None = None) -> None:
        self._before, self._after = before, after
        self._comparison: Comparison = compare(before, after, how)

    @property
    def changes(self) -> tuple[Change, ...]:
        """All that somebody has to decide about, in the recording's order."""
        return self._comparison.changes

    @property
    def noise(self) -> tuple[Change, ...]:
        """What is another one with every recording, by pair."""
        return self._comparison.noise

    @cached_property
    def is_in_place(self) -> bool:
        """Whether the cassette is the recording already, to the byte."""
        return [*map(_raw, self._before)] == [*map(_raw, self._after)]

    def counts(self) -> dict[Kind, int]:
        """How many changes there are of each kind."""
        return {kind: self._comparison.count(kind) for kind in KINDS}

    def mixed(self, taken: Collection[int]) -> Mixture:
        """The cassette in which just these changes were made."""
        if len(set(taken)) == len(self.changes):
            return Mixture([*self._after], ())
        if not taken:
            return Mixture([*self._before], ())
        return _Mixing(self, taken).mixture()


class _Mixing:
    """One cassette made of two."""

    def __init__(self, review: Review, taken: Collection[int]) -> None:
        self._before, self._after = review._before, review._after  # noqa: SLF001  # two halves of one thing
        self._olds, self._news = (
            [entry.interaction for entry in side] for side in (self._before, self._after)
        )
        self._pairs = review._comparison.pairs  # noqa: SLF001
        self._changes = review.changes
        self._taken = set(taken)
        self._changed = {(change.before, change.after): at for at, change in enumerate(self._changes)}
        self._noise = self._needed_noise()

    def mixture(self) -> Mixture:
        """The cassette."""
        parts = self._ordered()
        numbers = self._numbers(parts)
        items: list[Entry | Interaction] = []
        for part in parts:
            entry = (self._after if part.new else self._before)[part.at]
            part.final = renumber(entry.interaction, numbers) if part.new else entry.interaction
            items.append(entry if part.final == entry.interaction else part.final)
        return Mixture(items, tuple(unmet(parts, self._olds, self._news, numbers)))

    def _is_same(self, old: int, new: int) -> bool:
        return _raw(self._before[old]) == _raw(self._after[new])

    def _needed_noise(self) -> set[int]:
        """Of the pairs that differ in noise alone, the new ones whose noise an interaction that is taken sends."""
        left = {pair[1] for pair in self._pairs if pair not in self._changed and not self._is_same(*pair)}
        numbers = [self._changes[at].after for at in self._taken]
        texts = [self._news[number] for number in numbers if number is not None]
        needed: set[int] = set()
        while texts and left:
            sent = "\n".join(map(_sent, texts))
            found = {at for at in left if any(value in sent for value in noisy_values(self._news[at]))}
            needed |= found
            left -= found
            texts = [self._news[at] for at in found]
        return needed

    def _ordered(self) -> list[Part]:
        """What the cassette is made of: in the new order, and what is only old where it stood."""
        olds = {new: old for old, new in self._pairs}
        parts: list[Part] = []
        stays = [
            change.before
            for at, change in enumerate(self._changes)
            if at not in self._taken and change.after is None
        ]
        for new in range(len(self._news)):
            old = olds.get(new)
            number = self._changed.get((old, new))
            moved = number is not None and self._changes[number].moved
            if number is None and old is not None:
                is_new = new in self._noise or self._is_same(old, new)
                parts.append(Part(new if is_new else old, new=is_new, old=old))
            elif number in self._taken:
                parts.append(Part(new, new=True, old=None if moved else old))
            elif moved:
                stays.append(old)
            elif old is not None:
                parts.append(Part(old, new=False, old=old))
        return [*_with_old_ones(parts, sorted(old for old in stays if old is not None))]

    def _numbers(self, parts: Sequence[Part]) -> dict[tuple[str, int], int]:
        """The numbers of the new texts among the old ones that stay; the same values have the same number."""
        stay = [self._olds[part.at] for part in parts if not part.new]
        agreement = Agreement()
        surest = sorted(self._pairs, key=lambda pair: (not self._is_same(*pair), pair in self._changed, pair))
        for old, new in surest:
            agreement.admits(self._news[new], self._olds[old])
        for interaction in stay:
            agreement.keep(interaction)
        return agreement.numbers([self._news[part.at] for part in parts if part.new]) if stay else {}


def _with_old_ones(parts: Sequence[Part], stays: Sequence[int]) -> Iterator[Part]:
    """The parts, and behind the nearest one that stood before it each that is only old."""
    behind: dict[int, list[Part]] = defaultdict(list)
    known = [part.old for part in parts if part.old is not None]  # in order: what has moved is not among them
    for old in stays:
        at = bisect_left(known, old)
        behind[known[at - 1] if at else -1].append(Part(old, new=False, old=old))
    yield from behind[-1]
    for part in parts:
        yield part
        if part.old is not None:
            yield from behind.get(part.old, ())


def _raw(entry: Entry) -> bytes | Interaction:
    return entry.source.raw if entry.source is not None else entry.interaction


def _sent(interaction: Interaction) -> str:
    request = interaction.request
    return "\n".join([request.url, *(value for _, value in request.headers), request.text])
