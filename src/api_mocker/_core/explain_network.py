"""What is said of connections that are blocked, and of calls that went out.

The law of this file: a host is named and never what stands beside it: of a proxy variable there is
the name alone, because its value may hold a password.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..exceptions import NetworkBlocked, SwallowedRequests
from .explain import printable
from .hosts import spelled

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["Blocked", "blocked", "left_live", "swallowed"]


@dataclass(frozen=True, slots=True)
class Blocked:
    """What is known of one attempt to reach the network."""

    what: str  # "a connection to", "the look-up of", ...
    host: str
    port: int | None
    why: str  # who forbids it, and where that was said
    client: str = ""  # the library that asked
    line: str = ""  # where the caller's own code called it
    proxy: str = ""  # the variable that names this host as a proxy
    anywhere: bool = False  # on this machine, on whichever port
    marked: bool = False  # it is a marker that lists what is allowed


def blocked(case: Blocked) -> NetworkBlocked:
    """It was not let out."""
    place = spelled(case.host, case.port)
    asked = ", at ".join(filter(None, [case.client, case.line]))
    entry = (
        case.host if case.anywhere else place
    )  # the port of a server of one's own is another one next time
    listed = json.dumps([entry], ensure_ascii=False)
    project = f"allowed_hosts = {listed} in [tool.api_mocker], or --allowed-hosts={entry}"
    allowing = f"@pytest.mark.block_network(allowed_hosts={listed})" if case.marked else project
    proxy = (
        f"{case.proxy} is set, and names this host: a request through a proxy is a connection to the proxy."
    )
    lines = [
        f"{case.what} {place} was blocked",
        f"  {case.why}",
        f"  asked for by:  {asked}" if asked else "",
        f"  {proxy}" if case.proxy else "",
        "  To answer it without the network:  @pytest.mark.cassette, or a route of the fixture api_mocker",
        f"  To let it through cassettes, mocks and this guard:  passthrough = {listed} in [tool.api_mocker]",
        f"  To let it through this guard alone:  {allowing}",
    ]
    return NetworkBlocked(printable("\n".join(filter(None, lines))), case.host, case.port)


def swallowed(errors: Sequence[NetworkBlocked]) -> SwallowedRequests:
    """Blocked, and the code under test caught the error."""
    count = "An attempt" if len(errors) == 1 else f"{len(errors)} attempts"
    texts = "\n".join(map(str, errors))
    text = f"{count} to reach the network was blocked, and the code under test caught the error:\n{texts}"
    return SwallowedRequests(text if len(errors) == 1 else text.replace(" was ", " were ", 1), errors)


def left_live(calls: Iterable[tuple[str, str]]) -> str:
    """What ``--fail-on-live`` says of calls that went out, each with its test."""
    counted = Counter(calls)
    number = sum(counted.values())
    lines = [f"--fail-on-live: {number} {'call' if number == 1 else 'calls'} went out live"]
    for (test, place), times in sorted(counted.items()):
        lines.append(f"  {test or 'outside of tests'}: {place}" + (f" ({times} times)" if times > 1 else ""))
    return printable("\n".join(lines))
