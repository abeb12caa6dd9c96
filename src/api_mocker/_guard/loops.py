"""Event loops that reach the network past Python's sockets, or by way of other threads.

The law of this file: a loop is a row, and it is touched only when somebody has imported it.
"""

from __future__ import annotations

import sys
from functools import wraps
from typing import TYPE_CHECKING, Any

from .calls import Call, connecting, looking_up

if TYPE_CHECKING:
    from collections.abc import Callable

    See = Callable[[Call], None]

__all__ = ["SIGNS", "lay", "lift"]

SIGNS = {"import", "socket.__new__"}
"""Audit events that come when a loop may have been imported."""

# Any, here and below: arguments of as many methods, passed on as they are.
_laid: list[tuple[Any, str, Any]] = []


def _connection(_factory: Any, host: Any = None, port: Any = None, **_: Any) -> Call | None:
    return None if host is None else connecting(host, port)


def _datagrams(_factory: Any, _local: Any = None, remote_addr: Any = None, **_: Any) -> Call | None:
    return None if remote_addr is None or isinstance(remote_addr, str) else connecting(*remote_addr[:2])


def _windows(_conn: Any, address: Any) -> Call | None:
    return connecting(*address[:2]) if isinstance(address, tuple) else None


_LOOPS: dict[str, tuple[str, dict[str, Callable[..., Call | None]]]] = {
    # It asks in a thread, where nobody could tell who wants to know.
    "asyncio.base_events": ("BaseEventLoop", {"getaddrinfo": looking_up}),
    "uvloop": (
        "Loop",
        {
            "create_connection": _connection,
            "create_datagram_endpoint": _datagrams,
            "getaddrinfo": looking_up,
        },
    ),
    "asyncio.windows_events": ("IocpProactor", {"connect": _windows}),
}
"""By module: the class, and its methods that reach out, each with how it is read."""


def lay(see: See) -> None:
    """Steps in at the loops that are there."""
    for module, (owner, methods) in _LOOPS.items():
        cls = getattr(sys.modules.get(module), owner, None)
        if cls is None or any(cls is laid for laid, _, _ in _laid):
            continue
        for name, read in methods.items():
            original = getattr(cls, name)
            _laid.append((cls, name, vars(cls).get(name)))
            setattr(cls, name, _wrapped(original, read, see))


def lift() -> None:
    """Undoes it."""
    while _laid:
        cls, name, before = _laid.pop()
        if before is None:  # it was, and is again, that of a class below
            delattr(cls, name)
        else:
            setattr(cls, name, before)


def _wrapped(original: Callable[..., Any], read: Callable[..., Call | None], see: See) -> Callable[..., Any]:
    @wraps(original)
    def method(self: Any, *args: Any, **options: Any) -> Any:
        call = read(*args, **options)
        if call is not None and not call.is_local:
            see(call)
        return original(self, *args, **options)

    return method
