"""What the commands print.

The law of this file: recorded text never drives the terminal (control characters are shown, not
sent), colours and widths are the terminal's business, and the JSON forms are stable.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click
from rich.cells import cell_len
from rich.console import Console, Group
from rich.measure import Measurement
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text

from .._core.body import pack
from .._core.explain import printable
from .._core.model import media_type
from .._storage import schema

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from rich.console import ConsoleOptions, RenderableType, RenderResult

    from .._core.cassette import Entry
    from .._core.model import Interaction, Request, Response
    from .._storage.files import CassetteFile
    from ..maintain.overview import Overview

__all__ = ["list_", "list_json", "show", "show_json"]

_LINES_SHOWN = 12  # of a body
_LINE_SHOWN = 400  # characters of a line of it
_WIDE = 4000
_UNITS = ((1e3, "kB"), (1e6, "MB"), (1e9, "GB"), (1e12, "TB"))
_STATUS_STYLES = {1: "cyan", 2: "green", 3: "cyan", 4: "yellow", 5: "red"}


def _console() -> Console:
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = _WIDE  # whoever reads it from a pipe wraps it
    return console


def show(file: CassetteFile, entries: Sequence[Entry], *, bodies: bool) -> None:
    """The flow of one cassette."""
    console = _console()
    console.print(Text(printable(str(file.path)), "bold"))
    moments = [moment for entry in entries if (moment := entry.interaction.recorded_at) is not None]
    facts = [f"test {file.test}"] if file.test else []
    facts.append(_counted(len(entries), "interaction"))
    if moments:
        facts.append(f"recorded {max(moments):%Y-%m-%d %H:%M} UTC")
    console.print(Text(printable(", ".join(facts)), "dim"))
    for entry in entries:
        console.print()
        console.print(_interaction(entry.number + 1, entry.interaction, bodies=bodies))


def _interaction(number: int, interaction: Interaction, *, bodies: bool) -> RenderableType:
    request = interaction.request
    line = Text.assemble(
        (f"{number:>3}  ", "dim"), (printable(request.method), "bold"), " ", printable(request.url)
    )
    parts: list[RenderableType] = [line]
    if bodies:
        parts += _body(request)
    parts.append(_answer(interaction))
    if bodies and interaction.response is not None:
        parts += _body(interaction.response)
    return Group(*parts)


def _answer(interaction: Interaction) -> Text:
    line = Text("     <- ", "dim")
    response = interaction.response
    if response is not None:
        line.append(
            f"{response.status} {printable(response.reason)}".strip(),
            _STATUS_STYLES.get(response.status // 100),
        )
        kind = media_type(response.headers)[0]
        sizes = [kind] if kind else []
        sizes.append(_bytes(len(response.body)))
        if response.coding is not None:
            sizes.append(f"sent as {response.coding.name}")
        if response.chunks is not None:
            sizes.append(_counted(len(response.chunks), "chunk"))
        if response.truncated:
            sizes.append("closed early by the caller")
        line.append(f"  {printable(', '.join(sizes))}", "dim")
        for location in response.headers.get_all("location"):
            line.append(f"  -> {printable(location)}", "cyan")
    if interaction.failure is not None:
        line.append(f"{'  then ' if response else ''}{interaction.failure.kind}", "red")
    return line


def _body(message: Request | Response) -> list[Text]:
    fields = pack(message.body, *_described(message)) if message.body else {}
    if not fields or "base64" in fields:
        return (
            [_indented(Text(f"({_bytes(len(message.body))} of binary content)", "dim"))]
            if message.body
            else []
        )
    language, text = ("json", fields["json"]) if "json" in fields else ("text", fields["text"])
    lines = printable(text).splitlines()
    shown = "\n".join(map(_folded, lines[:_LINES_SHOWN]))
    colours = Syntax(shown, language, theme="ansi_dark", background_color="default")
    content = colours.highlight(shown)
    content.rstrip()
    parts = [_indented(content)]
    if len(lines) > _LINES_SHOWN:
        parts.append(_indented(Text(f"... {_counted(len(lines) - _LINES_SHOWN, 'more line')}", "dim")))
    return parts


def _folded(line: str) -> str:
    more = len(line) - _LINE_SHOWN
    return line if more <= 0 else f"{line[:_LINE_SHOWN]} ... {_counted(more, 'more character')}"


def _described(message: Request | Response) -> tuple[str, str | None]:
    kind, parameters = media_type(message.headers)
    return kind, parameters.get("charset")


def _indented(content: Text) -> Text:
    margin = Text(" " * 8)
    return Text("\n").join(Text.assemble(margin, line) for line in content.split("\n"))


def show_json(file: CassetteFile, entries: Sequence[Entry]) -> str:
    """The same as JSON: the header and the documents of the format."""
    documents = [schema.write(entry.interaction) for entry in entries]
    return json.dumps({"path": str(file.path), "test": file.test, "interactions": documents}, indent=2)


def list_(found: Sequence[Overview], others: Sequence[Path]) -> None:
    """A table of cassettes, and what else was there."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("cassette", "interactions", "size", "recorded", "hosts"):
        is_figure = name in ("interactions", "size", "recorded")
        table.add_column(
            name,
            justify="right" if is_figure and name != "recorded" else "left",
            overflow="fold",
            no_wrap=is_figure,
        )
    for item in found:
        path = _Path(printable(str(item.path)))
        if item.error is not None:
            table.add_row(path, "-", _bytes(item.size), "", Text("cannot be read", "red"))
            continue
        hosts = Text(printable(", ".join(item.hosts or ())))  # as text: what is in brackets is no markup
        table.add_row(path, str(item.interactions), _bytes(item.size), _age(item.recorded_last), hosts)
    console = _console()
    if found:
        console.print(table)
        total = _counted(sum(item.interactions for item in found), "interaction")
        size = _bytes(sum(item.size for item in found))
        console.print(Text(f"{_counted(len(found), 'cassette')}, {total}, {size}", "dim"))
    else:
        console.print("no cassettes")
    for item in found:
        if item.error is not None:
            click.echo(printable(item.error), err=True)
    for other in others:
        click.echo(f"{printable(str(other))}: no cassette, left alone", err=True)


def list_json(found: Sequence[Overview], others: Sequence[Path]) -> str:
    """The same as JSON."""
    return json.dumps(
        {"cassettes": [_plain(item) for item in found], "others": [str(path) for path in others]}, indent=2
    )


class _Path:
    """A path that goes on in the next line between two words, where it must."""

    def __init__(self, path: str) -> None:
        self._parts = re.split("(?<=[/_-])", path)

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


def _plain(item: Overview) -> dict[str, Any]:  # Any: JSON
    return {
        "path": str(item.path),
        "test": item.test,
        "interactions": item.interactions,
        "hosts": dict(item.hosts or {}),
        "bytes": item.size,
        "recorded_first": item.recorded_first and item.recorded_first.isoformat(),
        "recorded_last": item.recorded_last and item.recorded_last.isoformat(),
        "error": item.error,
    }


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _bytes(size: int) -> str:
    if size < 1000:
        return f"{size} B"
    return next(f"{size / scale:.1f} {unit}" for scale, unit in _UNITS if size < 1000 * scale)


def _age(moment: datetime | None) -> str:
    if moment is None:
        return ""
    days = (datetime.now(UTC) - moment).days
    return "today" if days <= 0 else f"{_counted(days, 'day')} ago"
