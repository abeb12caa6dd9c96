"""What the project's files are and say: which of them are tests, and where the name of a cassette stands.

The law of this file: it reads, and never imports; a folder that holds somebody else's code (a virtual
environment, what npm installed) is no part of the project.
"""

from __future__ import annotations

import ast
import os
import re
from fnmatch import fnmatch
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from .._storage.naming import SUFFIX

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

__all__ = ["Files", "matches"]

_FOREIGN = {"__pycache__", "node_modules", "site-packages"}
_USUAL = ("test_*.py", "*_test.py")  # the patterns that pytest has of its own
_TOLD = {".py", ".md", ".rst", ".txt", ".sh", ".ipynb"}
_LONGEST = 1024 * 1024  # bytes; what is longer is no source


class Files:
    """The files of a project; `folder` is where its cassettes are."""

    def __init__(self, root: Path, folder: Path) -> None:
        self._root = root
        self._folder = folder.resolve()
        self._texts: dict[str, str] = {}

    @cached_property
    def names(self) -> list[str]:
        """All files that may be sources, from the root, with slashes."""
        return sorted(path.relative_to(self._root).as_posix() for path in self._walk())

    def tests(self, patterns: Iterable[str]) -> list[str]:
        """Those whose names are names of test files, by these patterns or those that pytest has anyway."""
        wanted = {*patterns, *_USUAL}
        return [name for name in self.names if any(matches(Path(name), pattern) for pattern in wanted)]

    def saying(
        self, cassette: Path, without: Collection[str], parts: Mapping[str, Collection[str]]
    ) -> str | None:
        """A file in which the name of a cassette stands, as a text or in a path; `without` these.

        Of some files only the functions of these names count (`parts`).
        """
        stem = cassette.name.removesuffix(SUFFIX)
        said = re.compile(rf"(?<=[\"'`/\\]){re.escape(stem)}(?:\.ya?ml)?(?![\w.\[-])")
        for name in self.names:
            if name not in parts and name in without:
                continue
            text = self._text(name)
            if stem in text and said.search(_functions(text, parts[name]) if name in parts else text):
                return name
        return None

    def _text(self, name: str) -> str:
        if name not in self._texts:
            path = self._root / name
            try:
                is_source = path.stat().st_size <= _LONGEST
                self._texts[name] = path.read_text("utf-8", "replace") if is_source else ""
            except OSError:
                self._texts[name] = ""
        return self._texts[name]

    def _walk(self) -> Iterator[Path]:
        for place, below, files in os.walk(self._root):
            here = Path(place)
            below[:] = [
                name
                for name in below
                if not name.startswith(".")
                and name not in _FOREIGN
                and not (here / name / "pyvenv.cfg").is_file()
                and (here / name).resolve() != self._folder
            ]
            yield from (here / name for name in files if os.path.splitext(name)[1] in _TOLD)  # noqa: PTH122 - many


def _functions(text: str, names: Collection[str]) -> str:
    """The text of the functions of these names, with what decorates them; all of it where it is no Python."""
    try:
        nodes = [*ast.walk(ast.parse(text))]
    except (SyntaxError, ValueError, RecursionError):
        return text
    lines = text.splitlines()
    found = []
    for node in nodes:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name in names:
            first = min([node.lineno, *(each.lineno for each in node.decorator_list)])
            found += lines[first - 1 : node.end_lineno]
    return "\n".join(found)


def matches(path: Path, pattern: str) -> bool:
    """As pytest has it: a pattern with a slash is one of paths, any other one of names."""
    return path.match(pattern) if "/" in pattern else fnmatch(path.name, pattern)
