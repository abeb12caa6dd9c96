"""What lies about beside cassettes: bodies that nothing names, folders with nothing in them.

The law of this file: a body goes only where every cassette that might name it was read and does not; a
file that we did not name ourselves is somebody else's, and stays.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from .._storage.files import STATE_FOLDER
from .._storage.naming import SUFFIX

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping
    from pathlib import Path

__all__ = ["empty_folders", "unnamed_bodies"]

_BODIES = ".bodies"
_BODY_NAME = re.compile(r"[0-9a-f]{16}(\.\w+)?")


def unnamed_bodies(places: Iterable[Path], contents: Mapping[Path, bytes]) -> Iterator[Path]:
    """The bodies at these places that no cassette names, where some (resolved) will have other `contents`."""
    for folder in _folders(places):
        if not folder.name.endswith(_BODIES):
            continue
        bodies = [
            path for path in sorted(folder.iterdir()) if _BODY_NAME.fullmatch(path.name) and path.is_file()
        ]
        if not bodies:
            continue
        # Any cassette of the folder above may name them, by hand; what it says is searched, not parsed.
        cassettes = (path.resolve() for path in folder.parent.iterdir() if path.suffix == SUFFIX)
        texts = [
            contents[path] if path in contents else path.read_bytes() for path in cassettes if path.is_file()
        ]
        yield from (body for body in bodies if not any(body.name.encode() in text for text in texts))


def empty_folders(places: Iterable[Path], away: Collection[Path]) -> Iterator[Path]:
    """The folders below these places that hold nothing once the files `away` are gone, the deepest first."""
    empty: set[Path] = set()
    for folder in _folders(places):
        if all(path in empty or path.resolve() in away for path in folder.iterdir()):
            empty.add(folder)
            yield folder


def _folders(places: Iterable[Path]) -> Iterator[Path]:
    """The folders below these places, the deepest first, and those beside a cassette; links are not followed."""
    seen: dict[Path, None] = {}
    for place in places:
        if place.is_dir():
            seen |= dict.fromkeys(_below(place))
        elif (beside := place.with_name(place.name.removesuffix(SUFFIX) + _BODIES)).is_dir():
            seen[beside] = None
    yield from seen


def _below(place: Path) -> Iterator[Path]:
    for path in sorted(place.iterdir()):
        if path.is_dir() and not path.is_symlink() and path.name != STATE_FOLDER:
            yield from _below(path)
            yield path
