"""The recordings that a refused request resembles most.

The law of this file: method and URL, which the first lines of a recording tell, choose the few that
are parsed and compared in full; so that advice costs no whole cassette.
"""

from __future__ import annotations

from difflib import SequenceMatcher
from heapq import nsmallest
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from .canonical import Canonical
    from .cassette import Entry, Tape
    from .differences import Difference

__all__ = ["Miss", "distance", "nearest", "weight"]

_PARSED = 30  # how many of the likeliest recordings of a cassette are compared in full


class Miss(NamedTuple):
    """A recording that was not taken, and why."""

    entry: Entry
    differences: Sequence[Difference]


def nearest(tapes: Iterable[Tape], live: Canonical, limit: int = 3) -> list[Miss]:
    """The recordings most like `live`, the likeliest first, with all that differs."""
    misses = [miss for tape in tapes for miss in _likeliest(tape, live)]
    return nsmallest(limit, misses, lambda miss: weight(miss.differences))


def _likeliest(tape: Tape, live: Canonical) -> Iterator[Miss]:
    for entry in nsmallest(_PARSED, tape.all(), lambda entry: distance(live, entry.place(tape.ignore))):
        yield Miss(entry, tape.matching.differences(live, entry.canonical(tape.ignore)))


def distance(live: Canonical, recorded: Canonical) -> float:
    """How far apart two requests are, by method and place alone."""
    far = 4.0 * (live.host != recorded.host) + 2.0 * (live.method != recorded.method)
    far += 1.0 * (live.port != recorded.port) + 0.5 * (live.scheme != recorded.scheme)
    if live.path != recorded.path:
        far += 4.0 * (1 - SequenceMatcher(None, live.path, recorded.path).quick_ratio()) + 0.5
    return far


_WEIGHTS = {"host": 8.0, "method": 6.0, "path": 6.0, "port": 3.0, "scheme": 2.0, "declaration": 99.0}


def weight(differences: Sequence[Difference]) -> float:
    """How much these differences count together."""
    return sum(_WEIGHTS.get(difference.aspect, 1.0) for difference in differences)
