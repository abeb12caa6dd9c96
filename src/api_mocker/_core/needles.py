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

# How often a character stands in JSON and HTML, roughly: fewer are better to start from.
_COMMON = {":": 6, '"': 9, " ": 9, "/": 3, ".": 3, "-": 2, "=": 2, "_": 1}


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
    cost = _COMMON.get(char, 12 if char.islower() else 3 if char.isdigit() else 1)
    return sum(char in needle for needle in needles) / cost


def _expression(first: str, needles: list[str]) -> re.Pattern[str]:
    ways: dict[str, list[str]] = {}
    for needle in needles:
        before, _, after = needle.partition(first)
        behind = f"(?<={re.escape(before + first)})" if before else ""
        # The one character before tells most places apart from all needles at once.
        ways.setdefault(before[-1:], []).append(behind + re.escape(after))
    if "" not in ways:
        near = "".join(map(re.escape, sorted(ways)))
        start = f"{re.escape(first)}(?<=[{near}]{re.escape(first)})"
    else:
        start = re.escape(first)
    return re.compile(f"{start}(?:{'|'.join(way for group in ways.values() for way in group)})")
