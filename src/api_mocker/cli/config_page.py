"""What ``config`` prints: one line for each option.

The law of this file: a value is written as pyproject.toml takes it, and no secret is shown: of
environment variables that hold some, there are only the names.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from .._config import plain, written
from .._core.explain import printable
from .check_page import kept_on_purpose
from .terminal import path_text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from rich.console import Console

__all__ = ["Setting", "config", "config_json"]

_CI = "CI is set: under pytest only --record-mode on the command line records"


@dataclass(frozen=True, slots=True)
class Setting:
    """One option in force; ``origin`` is default, pyproject.toml or environment, ``where`` says which."""

    name: str
    value: object
    origin: str
    where: str


def config(console: Console, root: Path, settings: Sequence[Setting], *, guarded: bool) -> None:
    """The options in a table."""
    console.print(Text.assemble("project ", (path_text(root), "bold")))
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("option", "value", "from"):
        table.add_column(name, overflow="fold", no_wrap=name == "option")
    for setting in settings:
        style = "dim" if setting.origin == "default" else ""
        origin = setting.where if setting.origin == "environment" else setting.origin
        table.add_row(setting.name, Text(printable(written(setting.value))), origin, style=style)
    console.print(table)
    if kept := _kept(settings):
        console.print(Text(kept_on_purpose(kept), "yellow"))
    if guarded:
        console.print(Text(_CI, "yellow"))


def config_json(root: Path, settings: Sequence[Setting], *, guarded: bool) -> str:
    """The same as JSON; values are those of TOML, null where there is none."""
    options = {
        setting.name: {
            "value": plain(setting.value),
            "from": setting.origin,
            "where": setting.where or None,
        }
        for setting in settings
    }
    found = {"root": root.as_posix(), "ci": guarded, "kept": _kept(settings), "options": options}
    return json.dumps(found, indent=2)


def _kept(settings: Sequence[Setting]) -> list[str]:
    """The places at which nothing is hidden for its name or its form."""
    tables = (plain(setting.value) for setting in settings if setting.name == "redact")
    return [entry for table in tables for entry in table.get("keep", ())]
