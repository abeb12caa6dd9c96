"""One watch: what it lets out, and what it has refused.

The law of this file: a refusal is raised and remembered, because the code under test may catch it;
and it is remembered once for each place, however often somebody tries again.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from .._core.explain_network import Blocked, blocked
from .._core.hosts import Hosts, spelled
from . import callers

if TYPE_CHECKING:
    from ..exceptions import NetworkBlocked
    from .calls import Call

__all__ = ["Watch"]

_PROXIES = ("http_proxy", "https_proxy", "all_proxy")


@dataclass(slots=True, eq=False)
class Watch:
    """`why` says who forbids the rest, to `who`, and `marked` that a marker's list counts; `aside` are threads that are free for now.

    With `loopback` whatever stays on this machine is let out. With `only_notes` nothing is refused,
    and `seen` has what left the machine all the same.
    """

    why: str
    allowed: Hosts
    loopback: bool = False
    only_notes: bool = False
    aside: set[int] = field(default_factory=set)
    who: str = ""
    marked: bool = False
    refused: dict[str, NetworkBlocked] = field(default_factory=dict)
    seen: list[str] = field(default_factory=list)

    def taken(self) -> list[NetworkBlocked]:
        """What was refused since this was asked for the last time."""
        refused, self.refused = self.refused, {}
        return [*refused.values()]

    def refuse(self, call: Call) -> NetworkBlocked | None:
        """The error to raise; None where it is only noted."""
        place = spelled(call.host, call.port)
        if self.only_notes:
            if not call.resolves:
                self.seen.append(place)
            return None
        client, line = callers.caller()
        why = ": ".join(filter(None, [self.who, self.why]))
        case = Blocked(
            call.what,
            call.host,
            call.port,
            why,
            client,
            line,
            _proxy(call.host),
            call.is_loopback,
            self.marked,
        )
        error = blocked(case)
        self.refused.setdefault(place, error)
        return error


def _proxy(host: str) -> str:
    """The variable of the environment that names this host as a proxy."""
    for name, value in os.environ.items():
        if name.lower() in _PROXIES and value:
            try:
                proxy = urlsplit(value if "://" in value else f"//{value}").hostname
            except ValueError:
                continue
            if proxy == host:
                return name
    return ""
