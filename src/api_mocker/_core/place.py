"""Where in the user's code something was declared."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Place", "here"]

_PACKAGE = __name__.partition(".")[0]


@dataclass(frozen=True, slots=True)
class Place:
    """A line of a file; written out (``str``) only when somebody is told."""

    file: str
    line: int
    shown: Callable[[str], str]

    def __str__(self) -> str:
        return f"{self.shown(self.file)}:{self.line}"


def here(shown: Callable[[str], str]) -> Place:
    """The line that called into this package; `shown` is how a path is told."""
    frame = inspect.currentframe()
    while frame is not None and frame.f_globals.get("__name__", "").partition(".")[0] == _PACKAGE:
        frame = frame.f_back
    return (
        Place("an unknown place", 0, shown)
        if frame is None
        else Place(frame.f_code.co_filename, frame.f_lineno, shown)
    )
