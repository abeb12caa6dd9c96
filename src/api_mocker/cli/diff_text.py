"""Differences of recordings as text, for a terminal or a pipe.

The law of this file: the signs and words are those of `changes`; nothing is said of what is the same, and
one line says what was folded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from ..maintain.compare import KINDS
from .changes import SIGNS, STYLES, change_lines, detail_lines, headline, kept, one_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rich.console import RenderableType

    from ..maintain.compare import Change, Kind
    from ..maintain.details import Detail
    from ..maintain.diffing import FileDiff, Report

__all__ = ["counted", "diff_text", "folded_line", "stat_text", "summary", "title"]

_WIDE = 120  # columns of a terminal, from which on values stand side by side
_GRAPH = 40  # signs of a line of statistics
_NAMES = 8  # of folded things


def diff_text(report: Report, *, noise: bool, width: int | None) -> Iterator[RenderableType]:
    """All changes, file by file; ``width`` is that of a terminal, None where there is none."""
    shown = [file for file in report.files if file.differs or (noise and file.folded)]
    for at, file in enumerate(shown):
        if at:
            yield Text()
        yield title(file)
        for change in file.changes(noise=noise):
            if width is not None and width >= _WIDE:
                yield headline(change)
                yield from _side_by_side(change, width)
            else:
                yield from change_lines(change)
        if noise and file.tests[0] != file.tests[1] and file.state == "changed":
            yield Text(f"       ~ test: {_test(file.tests[0])} -> {_test(file.tests[1])}", "dim")
    last = [Text(summary(report), "bold")] if len(shown) > 1 else []
    if report.folded and not noise:
        last.append(Text(folded_line(report.folded), "dim"))
    if shown and last:
        yield Text()
    yield from last


def _test(name: str | None) -> str:
    return one_line(name) if name else "none"


def title(file: FileDiff) -> Text:
    """The file, and how many of its interactions became what."""
    text = Text(one_line(file.path), "bold")
    said = [f"{number} {kind}" for kind, number in file.counts.items() if number]
    if file.state != "changed":
        said.insert(0, f"{'new' if file.state == 'added' else 'deleted'} file")
    return text.append(f": {', '.join(said) or 'only noise'}", "not bold")


def summary(report: Report) -> str:
    """All counts in one line."""
    files = sum(file.differs for file in report.files)
    said = [f"{number} {kind}" for kind, number in report.counts.items() if number]
    return f"{counted(files, 'cassette')} changed: {', '.join(said) or 'no interaction'}"


def folded_line(folded: Mapping[str, int]) -> str:
    """What was left out, in one line."""
    names = [one_line(name) for name in folded]
    more = f", and {len(names) - _NAMES} more" if len(names) > _NAMES else ""
    values = counted(sum(folded.values()), "volatile value")
    return f"{values} folded: {', '.join(names[:_NAMES])}{more} (--all shows them)"


def counted(number: int, noun: str) -> str:
    """``1 cassette``, ``2 cassettes``."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _side_by_side(change: Change, width: int) -> Iterator[RenderableType]:
    """The details of a change, values beside each other; a text as its hunk."""
    rows: list[Detail] = []
    for detail in change.details:
        if detail.hunk or detail.before is None or detail.after is None:
            yield from _table(rows, width)
            yield from detail_lines(detail)
            rows = []
        else:
            rows.append(detail)
    yield from _table(rows, width)


def _table(rows: list[Detail], width: int) -> Iterator[RenderableType]:
    if not rows:
        return
    table = Table.grid(padding=(0, 2, 0, 0))
    names = [_named(detail) for detail in rows]
    table.add_column(overflow="fold", width=min(max(map(len, names)), width // 3))
    table.add_column(overflow="fold", ratio=1)
    table.add_column(overflow="fold", ratio=1)
    table.expand = True
    for detail, name in zip(rows, names, strict=True):
        before, after = (one_line(value) for value in kept(detail.before, detail.after))
        table.add_row(name, Text(before, STYLES["removed"]), Text(after, STYLES["added"]))
    yield Padding(table, (0, 0, 0, 7))


def _named(detail: Detail) -> Text:
    name = Text.assemble((f"{SIGNS['changed']} ", STYLES["changed"]), one_line(detail.where))
    return name.append(f"  ({detail.note})", "bold") if detail.note else name


def stat_text(report: Report) -> Iterator[RenderableType]:
    """A line per file as ``git diff --stat`` has it, and the sum."""
    files = [file for file in report.files if file.differs]
    if not files:
        return
    totals = [sum(file.counts.values()) for file in files]
    scale = min(1.0, _GRAPH / max(*totals, 1))
    name, figure = max(len(one_line(file.path)) for file in files), len(str(max(totals)))
    for file, total in zip(files, totals, strict=True):
        line = Text(f" {one_line(file.path):<{name}} | {total:>{figure}} ")
        for kind in KINDS:
            line.append(SIGNS[kind] * _signs(file.counts[kind], scale), STYLES[kind])
        yield line
    said = [_summed(kind, number) for kind, number in report.counts.items() if number]
    yield Text(", ".join([f" {counted(len(files), 'cassette')} changed", *said]))


def _signs(number: int, scale: float) -> int:
    return max(1, int(number * scale)) if number else 0


def _summed(kind: Kind, number: int) -> str:
    return f"{counted(number, 'interaction')} {kind}({SIGNS[kind]})"
