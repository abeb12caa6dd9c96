"""What many cassettes hold together: the largest bodies, and what was recorded more than once.

The law of this file: two interactions count as equal when nothing but noise tells them apart, as
re-recording and ``diff`` have it; and what is named here is not wrong, only worth a look.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from hashlib import sha256
from heapq import nlargest
from typing import TYPE_CHECKING, Literal

from .._core.canonical import Ignore
from .._core.meaning import meaning
from .._core.model import media_type
from .overview import overviews

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from .._core.cassette import Entry
    from .overview import Overview


__all__ = ["SORTS", "Body", "Duplicate", "Inventory", "Place", "inventory"]

SORTS: dict[str, Callable[[Overview], float]] = {
    "name": lambda _: 0,
    "size": lambda item: -item.size,
    "age": lambda item: item.recorded_last.timestamp() if item.recorded_last else float("inf"),
    "interactions": lambda item: -item.interactions,
}
"""What cassettes are sorted by, ties and all else by their names: the largest first, and the oldest."""

_NO_IGNORE = Ignore()
_LARGE = 1000  # bytes, from which on a body is worth naming
_KEPT = 100  # of the largest bodies


@dataclass(frozen=True, slots=True)
class Place:
    """An interaction of a file; ``interaction`` counts from 1."""

    path: Path
    interaction: int


@dataclass(frozen=True, slots=True)
class Body:
    """A large body and where it is."""

    place: Place
    size: int
    kind: str  # its media type
    side: Literal["request", "response"]
    request: str  # method and URL


@dataclass(frozen=True, slots=True)
class Duplicate:
    """Places that hold the same interaction."""

    request: str  # method and URL
    places: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class Inventory:
    """All of it; ``others`` are files that are no cassettes."""

    cassettes: list[Overview]
    others: list[Path]
    bodies: list[Body]
    duplicates: list[Duplicate]


def inventory(paths: Iterable[Path], folder: Path | None = None, *, sort: str = "name") -> Inventory:
    """What these files hold; `folder` as for `overviews`, `sort` one of `SORTS`."""
    bodies: list[Body] = []
    same: defaultdict[bytes, list[Place]] = defaultdict(list)
    requests: dict[bytes, str] = {}

    def look(path: Path, entry: Entry) -> None:
        bodies.extend(_bodies(path, entry))
        key = sha256(repr(meaning(entry.interaction, _NO_IGNORE)).encode("utf-8", "surrogatepass")).digest()
        same[key].append(Place(path, entry.number + 1))
        requests.setdefault(key, _line(entry))

    found, others = overviews(paths, folder, look)
    keyed = SORTS[sort]
    found.sort(key=lambda item: (keyed(item), item.path.as_posix()))
    duplicates = [Duplicate(requests[key], tuple(places)) for key, places in same.items() if len(places) > 1]
    return Inventory(found, others, nlargest(_KEPT, bodies, _by_size), sorted(duplicates, key=_by_number))


def _by_size(body: Body) -> int:
    return body.size


def _by_number(duplicate: Duplicate) -> tuple[int, str]:
    return -len(duplicate.places), duplicate.request


def _bodies(path: Path, entry: Entry) -> Sequence[Body]:
    interaction = entry.interaction
    found: list[Body] = []
    place = Place(path, entry.number + 1)
    if len(interaction.request.body) >= _LARGE:
        kind = media_type(interaction.request.headers)[0]
        found.append(Body(place, len(interaction.request.body), kind, "request", _line(entry)))
    response = interaction.response
    if response is not None and response.size >= _LARGE:
        kind = media_type(response.headers)[0]
        found.append(Body(place, response.size, kind, "response", _line(entry)))
    return found


def _line(entry: Entry) -> str:
    request = entry.interaction.request
    return f"{request.method} {request.url}"
