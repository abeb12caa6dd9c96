"""What Git has to be told about cassettes: attributes of files, and the programs that these name.

The law of this file: lines that are there stay, in their order; and doing it twice is doing it once.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from .._storage.git import Repository

__all__ = ["DRIVER", "attribute_lines", "configure", "settings", "with_lines"]

DRIVER = "api-mocker"
"""The name under which attributes and configuration speak of the same driver."""

_COMMENT = "# Cassettes: bytes are left alone, and api-mocker compares and merges them."
_SPECIAL = re.compile(r'[\\*?\[\]"!#]')


def attribute_lines(folders: Iterable[str]) -> list[str]:
    """The lines for cassettes in these folders, as they are called from where the file lies."""
    lines = []
    for folder in folders:
        place = f"/{folder}" if folder not in ("", ".") else ""
        lines += [
            f"{_pattern(place, '**')} -text",
            f"{_pattern(place, '**/*.yaml')} diff={DRIVER} merge={DRIVER}",
            f"{_pattern(place, '**/*.bodies/**')} !diff !merge",
        ]
    return lines


def _pattern(place: str, rest: str) -> str:
    escaped = _SPECIAL.sub(lambda found: f"\\{found[0]}", place)
    whole = f"{escaped}/{rest}" if place else rest
    if not re.search(r"\s", whole):
        return whole
    inner = whole.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{inner}"'


def with_lines(text: str, lines: Iterable[str]) -> str:
    """The text of a ``.gitattributes`` with these lines in it: what is missing comes at the end, as one block."""
    known = {line.strip() for line in text.splitlines()}
    missing = [line for line in lines if line not in known]
    if not missing:
        return text
    newline = "\r\n" if "\r\n" in text else "\n"
    if text and not text.endswith("\n"):
        text += newline
    block = [] if _COMMENT in known else [*([""] if text.strip() else []), _COMMENT]
    return text + "".join(f"{line}{newline}" for line in (*block, *missing))


def settings(program: str) -> dict[str, str]:
    """Git's configuration; ``program`` is how a shell calls api-mocker."""
    driver = f"{program} cassette git-driver"
    return {
        f"diff.{DRIVER}.command": f"{driver} diff",
        f"diff.{DRIVER}.textconv": f"{driver} text",
        f"diff.{DRIVER}.xfuncname": "^([A-Z]+ [a-z]+://.*)$",
        f"merge.{DRIVER}.name": "cassettes, interaction by interaction",
        f"merge.{DRIVER}.driver": f"{driver} merge %O %A %B %L %P %X %Y",
        f"merge.{DRIVER}.recursive": "text",
    }


def configure(repository: Repository, values: Mapping[str, str]) -> None:
    """Writes these values into the repository's own configuration."""
    for name, value in values.items():
        repository.run("config", "--local", "--replace-all", name, value)


def folder_name(folder: Path, home: Path) -> str:
    """The folder as it is called from `home`; ValueError where it does not lie below."""
    return folder.resolve().relative_to(home.resolve()).as_posix().replace(os.sep, "/")
