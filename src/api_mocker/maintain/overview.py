"""What a cassette holds, at a glance.

The law of this file: looking changes nothing, and what cannot be read is told apart from what is no
cassette at all.
"""

from __future__ import annotations

import re
from codecs import getincrementaldecoder
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from .._storage.files import CassetteFile, bodies_folder
from .._storage.foreign.looks import REACH, SUFFIXES, looks_foreign
from .._storage.naming import STATE_FOLDER, SUFFIX
from .._storage.replacing import open_regular
from ..exceptions import CassetteUnreadable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from datetime import datetime
    from pathlib import Path

    from .._core.cassette import Entry

__all__ = [
    "Overview",
    "begins_foreign",
    "begins_like_one",
    "cassette_files",
    "is_meant_to_be_one",
    "overview",
    "overviews",
]

_OPENING = re.compile(rb"(?:\xef\xbb\xbf)?(?:(?:#[^\n]*|---[^\n]*|[ \t\r]*)\n)*+")
_KEY = re.compile(rb"""^(?:'cassette'|"cassette"|cassette)[ \t]*:""", re.MULTILINE)
_NEXT_DOCUMENT = re.compile(rb"^---", re.MULTILINE)
_REACH = 4096  # bytes at the beginning in which a header stands
_NO_TEXT = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")


@dataclass(frozen=True, slots=True)
class Overview:
    """One cassette: whose it is, how much it holds, of which hosts, since when.

    ``size`` is in bytes, with the bodies beside it. ``error`` says why it cannot be read.
    """

    path: Path
    size: int
    test: str | None = None
    interactions: int = 0
    hosts: Mapping[str, int] | None = None
    recorded_first: datetime | None = None
    recorded_last: datetime | None = None
    error: str | None = None


def cassette_files(places: Iterable[Path], *, foreign: bool = False) -> Iterator[Path]:
    """The YAML files at these places, folders searched through, sorted; state folders left out.

    With `foreign`, also files that look like a recording of another tool.
    """
    for place in places:
        if place.is_dir():
            found = (path for path in place.rglob(f"*{SUFFIX}") if STATE_FOLDER not in path.parts)
            inside = {path for path in found if path.is_file()}
            yield from sorted(inside.union(_foreign_files(place)) if foreign else inside)
        else:
            yield place


def _foreign_files(folder: Path) -> Iterator[Path]:
    for path in folder.rglob("*"):
        if path.suffix.lower() not in SUFFIXES or STATE_FOLDER in path.parts:
            continue
        # A body beside a cassette is named by its content, whatever that is.
        if path.parent.suffix != bodies_folder(path).suffix and path.is_file() and begins_foreign(path):
            yield path


def begins_foreign(path: Path) -> bool:
    """Whether a file looks like a recording of another tool; False where it cannot be read."""
    try:
        with open_regular(path) as file:
            return looks_foreign(file.read(REACH))
    except OSError:
        return False


def overview(path: Path, look: Callable[[Path, Entry], None] | None = None) -> Overview:
    """The overview of one cassette, every document of it read; CassetteUnreadable when it is none.

    `look` is shown each of its interactions, once all of them could be read.
    """
    file = CassetteFile(path)
    entries = list(file.entries())
    moments = [moment for entry in entries if (moment := entry.interaction.recorded_at) is not None]
    hosts = dict(Counter(map(_host, entries)).most_common())
    if look is not None:
        for entry in entries:
            look(path, entry)
    return Overview(
        path,
        _size(path),
        file.test,
        len(entries),
        hosts,
        min(moments, default=None),
        max(moments, default=None),
    )


def overviews(
    paths: Iterable[Path],
    folder: Path | None = None,
    look: Callable[[Path, Entry], None] | None = None,
) -> tuple[list[Overview], list[Path]]:
    """The overviews of all cassettes among these files, and those of them that are none.

    A broken cassette is listed with its error. Within `folder`, where nothing but cassettes belongs,
    that is a file without text, too.
    """
    found: list[Overview] = []
    others: list[Path] = []
    for path in paths:
        try:
            found.append(overview(path, look))
        except CassetteUnreadable as error:
            if is_meant_to_be_one(path, folder):
                found.append(Overview(path, _size(path), error=str(error)))
            else:
                others.append(path)
    return found, others


def _host(entry: Entry) -> str:
    return urlsplit(entry.interaction.request.url).netloc.rpartition("@")[2]


def _size(path: Path) -> int:
    beside = bodies_folder(path)
    return path.stat().st_size + sum(body.stat().st_size for body in beside.glob("*") if body.is_file())


def is_meant_to_be_one(path: Path, folder: Path | None) -> bool:
    """Whether its first document has the key of a header, or it is nobody's YAML where cassettes live."""
    try:
        with path.open("rb") as file:
            start = file.read(_REACH)
    except OSError:
        return True
    is_at_home = folder is not None and path.resolve().is_relative_to(folder.resolve())
    return begins_like_one(start) or (is_at_home and not _is_text(start))


def begins_like_one(start: bytes) -> bool:
    """Whether what begins so is a cassette, be it a broken one: its first document has the key of a header."""
    header, *_ = _NEXT_DOCUMENT.split(_OPENING.sub(b"", start[:_REACH], count=1), maxsplit=1)
    return _KEY.search(header) is not None


def _is_text(start: bytes) -> bool:
    if not start.strip() or _NO_TEXT.search(start):
        return False
    try:
        getincrementaldecoder("utf-8")().decode(start)  # what is cut at the end may go on
    except UnicodeDecodeError:
        return False
    return True
