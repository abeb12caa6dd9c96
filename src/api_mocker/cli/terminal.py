"""The terminal, as every command treats it.

The law of this file: colours go to a terminal only and never against ``NO_COLOR``; what is longer
than the screen is paged there, what takes long shows how far it is there, and a pipe gets plain text
in a stable order; what an encoding cannot write is written so that it can, and never ends a command.
"""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from datetime import UTC, datetime
from io import TextIOWrapper
from time import monotonic
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import click

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from rich.console import Console

__all__ = [
    "STATUS_STYLES",
    "Glyphs",
    "aged",
    "console",
    "counted",
    "degrade",
    "followed",
    "glyphs",
    "page",
    "path_text",
    "sized",
]

Item = TypeVar("Item")

STATUS_STYLES = {1: "cyan", 2: "green", 3: "cyan", 4: "yellow", 5: "red"}
"""How an answer looks, by the first digit of its status."""

_WIDE = 4000  # columns of what is no terminal: whoever reads it from a pipe wraps it
_PATIENCE = 0.5  # seconds before it is worth saying how far something is
_UNITS = ((1e3, "kB"), (1e6, "MB"), (1e9, "GB"), (1e12, "TB"))


class Glyphs(NamedTuple):
    """The characters that drawings are made of."""

    bar: str
    ask: str
    answer: str
    right: str
    left: str
    broken: str
    more: str


_DRAWN = Glyphs("│", "─", "╌", "▶", "◀", "✕", "…")
_TYPED = Glyphs("|", "-", ".", ">", "<", "x", "...")


def glyphs() -> Glyphs:
    """The best that the output's encoding can write."""
    try:
        "".join(_DRAWN).encode(sys.stdout.encoding or "ascii")
    except (LookupError, UnicodeEncodeError):
        return _TYPED
    return _DRAWN


def degrade() -> None:
    """From now on, a character that the output cannot write is written as its escape."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def console(*, colour: bool | None = None) -> Console:
    """Where to print: as wide as the terminal, and without an end elsewhere; rich knows ``NO_COLOR``.

    ``colour`` overrides what the output is: what stands between us and a terminal may know better.
    """
    from rich.console import Console

    made = Console(highlight=False, emoji=False, force_terminal=colour)
    if not made.is_terminal:
        made.width = _WIDE
    return made


@contextmanager
def page(*, pager: bool = True) -> Iterator[Console]:
    """A console whose text goes through the pager where it is longer than the terminal."""
    made = console()
    if not (pager and _is_paged(made)):
        yield made
        return
    with made.capture() as captured:
        yield made
    text = captured.get()
    if text.count("\n") < made.height:
        sys.stdout.write(text)
    else:
        click.echo_via_pager(text)


def _is_paged(made: Console) -> bool:
    """Whether somebody sits there who can turn pages, and wants to: ``PAGER=cat`` and an empty one say no."""
    is_seen = (
        sys.stdout.isatty() and sys.stdin.isatty() and not (made.is_dumb_terminal or made.legacy_windows)
    )
    return is_seen and os.environ.get("PAGER", "less").strip() not in ("", "cat")


def followed(items: Iterable[Item], what: str, total: int) -> Iterator[Item]:
    """The items one by one; on a terminal, and when it takes a while, with how far that is."""
    if not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        yield from items
        return
    began = monotonic()
    rest = iter(items)
    for done, item in enumerate(rest, 1):
        yield item
        if monotonic() - began > _PATIENCE:
            yield from _shown(rest, what, done, total)


def _shown(items: Iterator[Item], what: str, done: int, total: int) -> Iterator[Item]:
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(what, total=total, completed=done)
        for item in items:
            yield item
            progress.advance(task)


def path_text(path: Path) -> str:
    """The path with slashes, whatever the system: as Git says it, and as every system takes it."""
    from .._core.explain import printable

    return printable(path.as_posix())


def counted(number: int, noun: str, nouns: str = "") -> str:
    """``1 cassette``, ``2 cassettes``."""
    return f"{number} {noun if number == 1 else nouns or f'{noun}s'}"


def sized(size: int) -> str:
    """``999 B``, ``1.5 kB``."""
    if size < 1000:
        return f"{size} B"
    return next(f"{size / scale:.1f} {unit}" for scale, unit in _UNITS if size < 1000 * scale)


def aged(moment: datetime | None) -> str:
    """``today``, ``3 days ago``."""
    if moment is None:
        return ""
    days = (datetime.now(UTC) - moment).days
    return "today" if days <= 0 else f"{counted(days, 'day')} ago"
