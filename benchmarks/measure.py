"""How things are measured: side by side, in turns, and compared within each turn.

The law of this file: a figure means something beside another one only. Contestants take turns in
one process, so what slows the machine down slows all of them down; a ratio is taken within a turn
and the median of those is shown. Nothing here passes or fails.
"""

from __future__ import annotations

import gc
from dataclasses import dataclass, field
from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

__all__ = ["Column", "Left", "Table", "turns"]

_ENOUGH = 8.0  # seconds that one contestant may take in one column, after its first turn


class Left(Exception):
    """A contestant is left out of a column; the text says why."""


@dataclass
class Column:
    """Measured values by contestant, one per turn, and the notes on who has none."""

    title: str
    values: dict[str, list[float]] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)

    def figure(self, name: str) -> float | None:
        """The median of a contestant's values."""
        return median(self.values[name]) if self.values.get(name) else None

    def ratio(self, name: str, floor: str) -> float | None:
        """How many times the floor's value it is, as the median of what it was in each turn."""
        pairs = zip(self.values.get(name, ()), self.values.get(floor, ()), strict=False)
        ratios = [value / bare for value, bare in pairs]
        return median(ratios) if ratios else None


def turns(title: str, cases: Mapping[str, Callable[[], float]], count: int) -> Column:
    """Lets the cases take turns, `count` times; each returns its value, which may be any unit of time."""
    column = Column(title)
    spent = dict.fromkeys(cases, 0.0)
    for _ in range(count):
        for name, case in cases.items():
            if name in column.notes or spent[name] > _ENOUGH:
                continue
            gc.collect()
            start = perf_counter()
            try:
                column.values.setdefault(name, []).append(case())
            except Left as why:
                column.notes[name] = str(why)
            spent[name] += perf_counter() - start
    return column


@dataclass
class Table:
    """Columns side by side; `floor` is the row that the others are compared with, if any."""

    title: str
    unit: str
    floor: str
    columns: Iterable[Column]

    def markdown(self) -> str:
        """The table as the documentation shows it, and below it why cells are empty."""
        columns = list(self.columns)
        names = list(dict.fromkeys(name for c in columns for name in (*c.values, *c.notes)))
        lines = [f"### {self.title}: {self.unit}", ""]
        lines.append(f"| | {' | '.join(column.title for column in columns)} |")
        lines.append(f"|---|{'--:|' * len(columns)}")
        lines += [
            f"| {name} | {' | '.join(self._cell(column, name) for column in columns)} |" for name in names
        ]
        notes = dict.fromkeys(f"{name}: {why}" for column in columns for name, why in column.notes.items())
        return "\n".join([*lines, "", *(f"- {note}" for note in notes), ""])

    def _cell(self, column: Column, name: str) -> str:
        value = column.figure(name)
        if value is None:
            return "-"
        shown = f"{value:,.0f}" if value >= 100 else f"{value:.2g}" if value < 10 else f"{value:.0f}"
        ratio = column.ratio(name, self.floor)
        if ratio is None or name == self.floor:
            return shown
        return f"{shown} ({ratio:,.0f}x)" if ratio >= 100 else f"{shown} ({ratio:.1f}x)"
