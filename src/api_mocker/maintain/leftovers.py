"""What lies about beside cassettes: bodies that nothing names, folders with nothing in them.

The law of this file: a body goes only where every cassette that might name it was read and does not; a
file that we did not name ourselves is somebody else's, and stays.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from .._storage.bodies import bodies_folder
from .._storage.naming import SUFFIX

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping
    from pathlib import Path

__all__ = ["cassette_beside", "empty_folders", "unnamed_bodies"]

_BODIES = ".bodies"
_BODY_NAME = re.compile(r"[0-9a-f]{16}(\.\w+)?")
_ESCAPED = re.compile(rb"""^\s*["']?file["']?\s*:.*\\""", re.MULTILINE)


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
        # Any file of the folder above may be the cassette; what it says is searched, not parsed, and
        # where it spells the name of a body in a roundabout way, none of them goes.
        others = [path.resolve() for path in folder.parent.iterdir() if path.is_file()]
        texts = [contents[path] if path in contents else path.read_bytes() for path in others]
        if not any(_ESCAPED.search(text) for text in texts):
            yield from (body for body in bodies if not any(body.name.encode() in text for text in texts))


def empty_folders(places: Iterable[Path], away: Collection[Path], home: Path | None) -> Iterator[Path]:
    """The folders below these places that hold nothing once the files `away` are gone, the deepest first.

    At `home`, where nothing but cassettes belongs, that is any of them; elsewhere one that becomes empty by it.
    """
    empty: set[Path] = set()
    for place in _folders(places):
        held = [*place.iterdir()]
        is_home = home is not None and place.resolve().is_relative_to(home.resolve())
        if (held or is_home) and all(path in empty or path.resolve() in away for path in held):
            empty.add(place)
            yield place


def cassette_beside(body: Path) -> Path:
    """The cassette that a body belongs to, by the name of its folder."""
    name = body.parent.name.removesuffix(_BODIES)
    return body.parent.with_name(name if "." in name else name + SUFFIX)


def _folders(places: Iterable[Path]) -> Iterator[Path]:
    """The folders below these places, the deepest first, and those beside a cassette; links are not followed."""
    seen: dict[Path, None] = {}
    for place in places:
        if place.is_dir():
            seen |= dict.fromkeys(_below(place))
        elif (beside := bodies_folder(place)).is_dir():
            seen[beside] = None
    yield from seen


def _below(place: Path) -> Iterator[Path]:
    for path in sorted(place.iterdir()):
        # A name with a dot in front is Git's, an editor's, or ours; a virtual environment is nobody's cassettes.
        if (
            path.is_dir()
            and not path.is_symlink()
            and not path.name.startswith(".")
            and not _is_foreign(path)
        ):
            yield from _below(path)
            yield path


def _is_foreign(path: Path) -> bool:
    return path.name in ("node_modules", "__pycache__") or (path / "pyvenv.cfg").is_file()
