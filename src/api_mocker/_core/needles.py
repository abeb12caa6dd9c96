"""Many short texts sought in a long one at once: which of them stand in it.

The law of this file: the answer is exact, and what it costs hardly depends on how many are sought.
Needles that share a character are sought by one expression that starts with it, for an expression
that starts with a character runs as fast as a plain search; what stands before and after is looked
at only where the character is.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Needles"]

# How often a character stands in JSON and HTML, roughly: rare ones are better to start from.
_COMMON = {
    **dict.fromkeys('e"ta', 12),
    **dict.fromkeys(" insor:", 9),
    **dict.fromkeys("cdl0123456789", 6),
    **dict.fromkeys("mufhpg", 4),
    **dict.fromkeys("bvwyk/.", 3),
    **dict.fromkeys("xz-=", 2),
}


class Needles:
    """The set of needles; an empty one is in every text."""

    def __init__(self, needles: Iterable[str]) -> None:
        wanted = sorted(set(needles))
        self._always: set[str] = {needle for needle in wanted if not needle}
        self._groups: list[tuple[re.Pattern[str], list[str]]] = []
        left = [needle for needle in wanted if needle]
        while left:
            # Greedily: the character that serves most of what is left at the least cost.
            first = max(sorted({*"".join(left)}), key=lambda char: _gain(char, left))
            group = [needle for needle in left if first in needle]
            left = [needle for needle in left if first not in needle]
            self._groups.append((_expression(first, group), group))

    def any_in(self, text: str) -> bool:
        """Whether one of them stands in `text`."""
        if self._always:
            return True
        for regex, _ in self._groups:  # noqa: SIM110  # a plain loop costs a third of a generator
            if regex.search(text) is not None:
                return True
        return False

    def found_in(self, text: str) -> set[str]:
        """Those of them that stand in `text`."""
        found = set(self._always)
        for regex, group in self._groups:
            if regex.search(text) is not None:
                found.update(needle for needle in group if needle in text)
        return found

    def places(self, text: str) -> list[int]:
        """Where they stand: for each the place of one of its characters, in order."""
        return sorted(match.start() for regex, _ in self._groups for match in regex.finditer(text))


def _gain(char: str, needles: list[str]) -> float:
    return sum(char in needle for needle in needles) / _COMMON.get(char, 1)


def _expression(first: str, needles: list[str]) -> re.Pattern[str]:
    split = [needle.partition(first)[::2] for needle in needles]
    ways = [re.escape(after) for before, after in split if not before]
    groups: dict[str, list[str]] = {}
    for before, after in split:
        if before:
            behind = rf"(?<={re.escape(before + first)}){re.escape(after)}"
            groups.setdefault(re.escape(before[-1]), []).append(behind)
    if groups:
        # The one character before tells most places apart from all of them at once.
        each = [rf"(?<={near}{re.escape(first)})(?:{'|'.join(group)})" for near, group in groups.items()]
        ways.append(rf"(?<=[{''.join(groups)}]{re.escape(first)})(?:{'|'.join(each)})")
    return re.compile(f"{re.escape(first)}(?:{'|'.join(ways)})")
