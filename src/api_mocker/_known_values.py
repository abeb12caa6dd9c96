"""Where known secrets are read: the environment, and the ``.env`` files of the project.

The law of this file: it only reads, and what it cannot read it passes over, for nothing here is
anybody's mistake. Files are read once; the environment is looked at when a cassette is opened, never
for a request, because fixtures set variables, too.
"""

from __future__ import annotations

import os
import re
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from ._core.known_values import SHORTEST_GIVEN, Known, variable_is_secret

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["KnownValues", "variables_in"]

_LARGEST = 1024 * 1024  # bytes; what is larger is no list of variables
_PUBLIC = frozenset({"example", "sample", "template", "tmpl", "dist", "defaults"})
"""``.env.example`` is committed, and what it holds is known to everybody."""

_VARIABLE = re.compile(
    r"""^[ \t]*(?:export[ \t]+)?([A-Za-z_][\w.-]*)[ \t]*=[ \t]*"""
    r"""(?:(?:'([^']*)'|"((?:[^"\\]|\\.)*+)")(?=[ \t]*(?:\#|\r?$))|([^\r\n]*))""",
    re.MULTILINE | re.DOTALL,
)
_COMMENT = re.compile(r"(?:^|[ \t])#.*")
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t"}


class KnownValues:
    """The secrets that are known around a project."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._last: tuple[object, tuple[Known, ...]] = (None, ())

    @cached_property
    def _files(self) -> tuple[tuple[str, str], ...]:
        found: list[tuple[str, str]] = []
        for path in sorted(self._root.glob(".env*")):
            if (path.name == ".env" or path.name.startswith(".env.")) and path.suffix[1:] not in _PUBLIC:
                found += variables_in(_text(path))
        return tuple(found)

    def known(self, given: Iterable[str] = ()) -> tuple[Known, ...]:
        """Each once: the values of variables whose names look secret, and of those `given` by name."""
        names, variables = frozenset(given), [*os.environ.items()]
        asked = (names, variables)
        if self._last[0] != asked:  # it hardly ever changes from one cassette to the next
            self._last = asked, tuple(self._found(names, variables))
        return self._last[1]

    def _found(self, names: frozenset[str], variables: Iterable[tuple[str, str]]) -> Iterator[Known]:
        seen: set[str] = set()
        for name, value in (*variables, *self._files):
            wanted = name in names and len(value) >= SHORTEST_GIVEN
            if value not in seen and (wanted or (variable_is_secret(name, value) and not _is_file(value))):
                seen.add(value)
                yield Known(name, value)


def variables_in(text: str) -> Iterator[tuple[str, str]]:
    """The variables of an ``.env`` file: quotes, escapes in double ones, ``export``, comments."""
    for name, single, double, bare in _VARIABLE.findall(text):
        if double:
            yield name, _ESCAPE.sub(lambda escape: _ESCAPES.get(escape[1], escape[1]), double)
        elif single:
            yield name, single
        else:  # a quote that is never closed is part of no value
            yield name, _COMMENT.sub("", bare).strip().strip("'\"")


def _text(path: Path) -> str:
    try:
        if not path.is_file() or path.stat().st_size > _LARGEST:
            return ""
        return path.read_text("utf-8-sig", "replace")
    except OSError:
        return ""


def _is_file(value: str) -> bool:
    """Whether it says where a secret is, and is none itself."""
    try:
        return ("/" in value or os.sep in value) and Path(value).exists()
    except (OSError, ValueError):
        return False
