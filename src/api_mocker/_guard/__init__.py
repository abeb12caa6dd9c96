"""The network guard: what may leave this process, and what may not.

The law of this file: what is open is asked before any connection, datagram or look-up, whoever asks
for it. An audit hook sees them all, also those of code that took ``getaddrinfo`` before we came, of
threads, and under other plugins that replace ``socket.socket``; it cannot be taken away again, so
without an open watch it returns at once. What C libraries do with sockets of their own it does not
see; of the event loops that have such, those are wrapped that are Python classes.
"""

from __future__ import annotations

import socket
import sys
from dataclasses import replace
from threading import Lock, get_ident, local
from typing import TYPE_CHECKING, Any

from .. import _runtime
from .._core.hosts import address_of, hosts
from . import callers, interpreters, loops, wraps
from .calls import CALLS, Call
from .watch import Watch

if TYPE_CHECKING:
    from .calls import Reader

__all__ = ["Call", "Watch", "enter", "leave"]

_lock = Lock()
_watches: tuple[Watch, ...] = ()
_hooked = False
_own = local()  # what this thread looks up for us
_names: dict[str, set[str]] = {}  # by address: the names that led to it
_looked_up: set[str] = set()  # names that were allowed, whoever got the answer


def enter(watch: Watch) -> None:
    """From now on nothing gets out that `watch` refuses."""
    global _watches, _hooked  # noqa: PLW0603  # there is one process
    with _lock:
        if not _hooked:
            sys.addaudithook(_hook)
            _hooked = True
        wraps.lay(_see, _answered)
        loops.lay(_see)
        interpreters.lay(_held)
        # Who takes notes comes last: what another one refuses did not happen.
        _watches = tuple(sorted((*_watches, watch), key=lambda one: one.only_notes))


def leave(watch: Watch) -> None:
    """Undoes one `enter`."""
    global _watches  # noqa: PLW0603  # there is one process
    with _lock:
        _watches = tuple(other for other in _watches if other is not watch)
        if not _watches:
            interpreters.lift()
            loops.lift()
            wraps.lift()
            _names.clear()
            _looked_up.clear()


def _held() -> list[tuple[Watch, list[str]]]:
    """The watches that hold in this thread, each with the hosts that it lets out."""
    if _runtime.is_recording():
        return []
    through = [host for listed in _runtime.let_through() for host in listed]
    thread = get_ident()
    return [(watch, [*watch.allowed.texts, *through]) for watch in _watches if thread not in watch.aside]


def _hook(event: str, args: tuple[Any, ...]) -> None:  # Any: each event has its own
    if not _watches:
        return
    reader: Reader | None = CALLS.get(event)
    if reader is not None:
        call = reader(*args)
        if call is not None:
            _see(call)
    elif event in loops.SIGNS:
        loops.lay(_see)
    elif event in interpreters.SIGNS:
        interpreters.lay(_held)


def _see(call: Call) -> None:
    """Raises NetworkBlocked for what is not let out."""
    if getattr(_own, "busy", False) or call.is_local or _runtime.is_recording(anywhere=call.resolves):
        return  # a loop looks names up in threads that do not know for whom
    thread = get_ident()
    asked = False
    for watch in _watches:
        if thread in watch.aside or (watch.loopback and call.is_loopback):
            continue
        if _is_allowed(watch, call):
            if call.resolves:
                _looked_up.add(call.host)
            continue
        if not asked and call.is_loopback and callers.is_of_the_machinery():
            return
        asked = True
        error = watch.refuse(_with_name(call))
        if error is not None:
            call.close()
            raise error


def _with_name(call: Call) -> Call:
    """With the name that led to its address, where that is known."""
    name = min(_names.get(call.host, ()), default=None)
    return call if name is None else replace(call, host=name)


def _is_allowed(watch: Watch, call: Call) -> bool:
    known = [call.host, *_names.get(call.host, ()), *(["localhost"] if call.is_loopback else ())]
    port = None if call.resolves else call.port
    lists = [watch.allowed, *map(hosts, filter(None, _runtime.let_through()))]
    if any(allowed.has(host, port) for host in known for allowed in lists):
        return True
    if call.resolves or address_of(call.host) is None:
        return False
    # Somebody looked a name up past `wraps`, or wrote down the address of an allowed name.
    wanted = {name for allowed in lists for name in allowed.names} | _looked_up
    return any(
        call.host in _addresses(name) and allowed.has(name, port) for name in wanted for allowed in lists
    )


def _answered(name: str, address: str) -> None:
    _names.setdefault(address, set()).add(name)


def _addresses(name: str) -> set[str]:
    """The addresses of an allowed name; none where it has none."""
    _own.busy = True
    try:
        return {str(found[4][0]) for found in socket.getaddrinfo(name, None)}
    except (OSError, UnicodeError):
        return set()
    finally:
        _own.busy = False
