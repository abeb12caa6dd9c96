"""How far something is that takes long, where a terminal looks on.

The law of this file: what is shown on the way goes to the error stream and vanishes.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console

from .._core.explain import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Progress", "progress"]

_MANY = 4000  # steps, from which on progress is worth showing


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
