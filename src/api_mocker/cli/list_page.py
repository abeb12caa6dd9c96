"""What ``list`` prints: cassettes in a table, and what they hold together.

The law of this file: names are shown as they are, whatever they hold, in a stable order; what is
wrong goes to the error output, so that a pipe gets the table alone; the JSON form is complete.
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Literal

import click
from rich.cells import cell_len
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from .._core.explain import printable
from .terminal import aged, counted, path_text, sized

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console, ConsoleOptions, RenderResult

    from ..maintain.inventory import Body, Duplicate, Inventory, Place
    from ..maintain.overview import Overview

__all__ = ["complain", "list_", "list_json"]

_WIDE = 120  # columns, below which the path has to tell whose test it is
_SHOWN = 5  # of the largest bodies, of duplicates, and of the places of one
_FIGURES = ("interactions", "size")


def list_(console: Console, found: Inventory) -> None:
    """A table of cassettes, their totals, the largest bodies, the duplicates, and what else was there."""
    if found.cassettes:
        console.print(_table(found.cassettes, console.width))
        total = counted(sum(item.interactions for item in found.cassettes), "interaction")
        size = sized(sum(item.size for item in found.cassettes))
        console.print(Text(f"{counted(len(found.cassettes), 'cassette')}, {total}, {size}", "dim"))
    else:
        console.print("no cassettes")
    if found.bodies:
        _print_bodies(console, found.bodies)
    if found.duplicates:
        _print_duplicates(console, found.duplicates)


def complain(found: Inventory) -> None:
    """Says on the error output what cannot be read, and what is no cassette."""
    for item in found.cassettes:
        if item.error is not None:
            click.echo(printable(item.error), err=True)
    for other in found.others:
        click.echo(f"{path_text(other)}: no cassette, left alone", err=True)


def _table(cassettes: Sequence[Overview], width: int) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    owned = width >= _WIDE and any(item.test for item in cassettes)
    for name in ("cassette", *(["test"] if owned else []), "interactions", "size", "recorded", "hosts"):
        is_figure = name in _FIGURES
        justify: Literal["left", "right"] = "right" if is_figure else "left"
        no_wrap = is_figure or name == "recorded"
        table.add_column(name, justify=justify, overflow="fold", no_wrap=no_wrap)
    for item in cassettes:
        cells: list[Any] = [_Words(path_text(item.path))]  # Any: whatever rich can print
        if owned:
            cells.append(_Words(printable(item.test or "")))
        if item.error is not None:
            table.add_row(*cells, "-", sized(item.size), "", Text("cannot be read", "red"))
            continue
        hosts = _Words(printable(", ".join(item.hosts or ())), "(?<= )")
        table.add_row(*cells, str(item.interactions), sized(item.size), aged(item.recorded_last), hosts)
    return table


def _print_bodies(console: Console, bodies: Sequence[Body]) -> None:
    console.print()
    console.print(Text("largest bodies", "bold"))
    for body in bodies[:_SHOWN]:
        kind = f" {printable(body.kind)}" if body.kind else ""
        console.print(Text(f"{sized(body.size):>9}{kind}, {body.side} of {printable(body.request)}"))
        console.print(Text(f"           {_place(body.place)}", "dim"))


def _print_duplicates(console: Console, duplicates: Sequence[Duplicate]) -> None:
    console.print()
    console.print(Text("recorded more than once, but for noise", "bold"))
    for duplicate in duplicates[:_SHOWN]:
        console.print(Text(f"{len(duplicate.places):>8}x {printable(duplicate.request)}"))
        for place in duplicate.places[:_SHOWN]:
            console.print(Text(f"           {_place(place)}", "dim"))
        if len(duplicate.places) > _SHOWN:
            console.print(Text(f"           ... and {len(duplicate.places) - _SHOWN} more", "dim"))
    if len(duplicates) > _SHOWN:
        console.print(f"... and {len(duplicates) - _SHOWN} more (all of them with --format json)")


def _place(place: Place) -> str:
    return f"{path_text(place.path)}, interaction {place.interaction}"


class _Words:
    """A text that goes on in the next line between two words, where it must; not as markup, whatever is in it."""

    def __init__(self, text: str, between: str = "(?<=[/_:-])(?!:)") -> None:
        self._parts = re.split(between, text)

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        widths = [cell_len(part) for part in self._parts]
        return Measurement(max(widths), sum(widths))

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        lines = [""]
        for part in self._parts:
            if cell_len(lines[-1] + part) <= options.max_width:
                lines[-1] += part
            else:
                lines.append(part)
        yield Text("\n".join(filter(None, lines)), overflow="fold")


def list_json(found: Inventory) -> str:
    """The same as JSON, with all bodies and duplicates that are known."""
    return json.dumps(
        {
            "cassettes": [_overview(item) for item in found.cassettes],
            "total": {
                "cassettes": len(found.cassettes),
                "interactions": sum(item.interactions for item in found.cassettes),
                "bytes": sum(item.size for item in found.cassettes),
            },
            "largest_bodies": [
                {
                    **_plain_place(body.place),
                    "bytes": body.size,
                    "type": body.kind,
                    "of": body.side,
                    "request": body.request,
                }
                for body in found.bodies
            ],
            "duplicates": [
                {"request": item.request, "places": [_plain_place(place) for place in item.places]}
                for item in found.duplicates
            ],
            "others": [path.as_posix() for path in found.others],
        },
        indent=2,
    )


def _plain_place(place: Place) -> dict[str, Any]:  # Any: JSON
    return {**asdict(place), "path": place.path.as_posix()}


def _overview(item: Overview) -> dict[str, Any]:  # Any: JSON
    return {
        "path": item.path.as_posix(),
        "test": item.test,
        "interactions": item.interactions,
        "hosts": dict(item.hosts or {}),
        "bytes": item.size,
        "recorded_first": item.recorded_first and item.recorded_first.isoformat(),
        "recorded_last": item.recorded_last and item.recorded_last.isoformat(),
        "error": item.error,
    }
