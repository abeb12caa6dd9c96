"""The guard of a subinterpreter: it holds there what holds in the interpreter that runs it.

The law of this file: it runs inside, and nothing but text crosses over: what holds comes in as JSON,
and what was refused or seen goes out as JSON.
"""

from __future__ import annotations

import json
import os

from .._core.hosts import Hosts
from . import Watch, enter, leave

__all__ = ["hold", "rest"]

_held: list[Watch] = []


def hold(told: str) -> None:
    """From now on what these watches refuse is refused here."""
    for one in json.loads(told):
        allowed = Hosts(one.pop("allowed"), regexes=True)
        watch = Watch(allowed=allowed, **one)
        enter(watch)
        _held.append(watch)


def rest(file: int) -> None:
    """Takes them away again, and writes down, in this open file, what each has refused and seen."""
    said = []
    while _held:
        watch = _held.pop(0)
        leave(watch)
        refused = [(place, str(error), error.host, error.port) for place, error in watch.refused.items()]
        said.append({"refused": refused, "seen": watch.seen})
    with os.fdopen(os.dup(file), "wb") as out:
        out.write(json.dumps(said).encode())
