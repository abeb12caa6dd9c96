"""Opening: milliseconds from nothing to the first answer, by the length of the cassette."""

from __future__ import annotations

from functools import partial
from time import perf_counter
from typing import TYPE_CHECKING

from contestants import contestants
from measure import Left, Table, turns
from tapes import url

if TYPE_CHECKING:
    from collections.abc import Iterator

    from contestants import Contestant
    from tapes import Tapes

__all__ = ["tables"]

_TURNS = {1: 15, 100: 15, 1_000: 7, 10_000: 3}


def _opened(contestant: Contestant, tapes: Tapes, size: int, wanted: int) -> float:
    tapes.path(contestant.name, size)
    start = perf_counter()
    try:
        with contestant.playing("requests", tapes, size) as client:
            assert client.get(url(wanted)).content
            return (perf_counter() - start) * 1e3
    except Exception as error:
        raise Left(f"fails with {size:,}: {str(error).splitlines()[0][:100]}") from error


def tables(tapes: Tapes) -> Iterator[Table]:
    """The first and the last of the recorded answers."""
    cases = [contestant for contestant in contestants("requests") if contestant.has_files]
    for place, title in ((0, "its first"), (-1, "its last")):
        columns = [
            turns(
                f"{size:,}",
                {case.name: partial(_opened, case, tapes, size, place % size) for case in cases},
                count,
            )
            for size, count in _TURNS.items()
        ]
        yield Table(f"Opening a cassette and playing {title} answer", "ms by its length", "", columns)
