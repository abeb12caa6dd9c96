"""How a long answer, and a long time, meet whoever looks on.

The law of this file: colours, pages and progress are for terminals; a pipe gets plain text of any width,
and what is shown on the way goes to the error stream and vanishes.
"""

from __future__ import annotations

import sys
from contextlib import contextmanager
from io import StringIO
from typing import TYPE_CHECKING

import click
from rich.console import Console

from .._core.explain import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rich.console import RenderableType

__all__ = ["Progress", "console", "page", "progress"]

_ENDLESS = 4000
_MANY = 4000  # steps, from which on progress is worth showing


def console(*, colour: bool | None = None) -> Console:
    """Where commands print; ``colour`` overrides what the output is."""
    made = Console(highlight=False, soft_wrap=False, force_terminal=colour)
    if not made.is_terminal:
        made.width = _ENDLESS  # whoever reads it from a pipe wraps it
    return made


def page(out: Console, parts: Iterable[RenderableType]) -> None:
    """Prints all of it; on a terminal that it does not fit, through the pager."""
    if not (out.is_terminal and sys.stdout.isatty()):
        for part in parts:
            out.print(part, soft_wrap=not out.is_terminal)
        return
    text = StringIO()
    draft = Console(
        highlight=False, file=text, width=out.width, force_terminal=True, no_color=out.no_color,
        color_system=out.color_system,  # type: ignore[arg-type]  # what it says of itself
    )  # fmt: skip
    for part in parts:
        draft.print(part)
    written = text.getvalue()
    if written.count("\n") < out.height:
        click.echo(written, nl=False, color=True)
    else:
        click.echo_via_pager(written, color=True)


class Progress:
    """Nothing is shown."""

    def file(self, path: str, size: int) -> None:
        """A file is begun, with so many steps."""

    def step(self, count: int) -> None:
        """So many more of them are done."""


class _Bar(Progress):
    def __init__(self, err: Console) -> None:
        from rich import progress as bars

        self._bars = bars.Progress(
            bars.TextColumn("{task.description}", markup=False),
            bars.BarColumn(),
            bars.TaskProgressColumn(),
            console=err,
            transient=True,
        )
        self._task: bars.TaskID | None = None

    def file(self, path: str, size: int) -> None:
        if self._task is not None:
            self._bars.remove_task(self._task)
            self._task = None
        if size >= _MANY:
            self._bars.start()
            self._task = self._bars.add_task(printable(path), total=size)

    def step(self, count: int) -> None:
        if self._task is not None:
            self._bars.advance(self._task, count)

    def stop(self) -> None:
        self._bars.stop()


@contextmanager
def progress() -> Iterator[Progress]:
    """Shows how far it is, where a terminal looks on and it takes long."""
    err = Console(stderr=True)
    if not err.is_terminal:
        yield Progress()
        return
    bar = _Bar(err)
    try:
        yield bar
    finally:
        bar.stop()
