"""What the interpreter says before it asks the operating system: one row for each audit event.

The law of this file: what stays in this machine's kernel is local; anything that cannot be read is
not.
"""

from __future__ import annotations

import socket
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .._core.hosts import address_of, named

if TYPE_CHECKING:
    from collections.abc import Callable

    Reader = Callable[..., "Call | None"]

__all__ = ["CALLS", "Call", "is_local_name"]

_INTERNET = {socket.AF_INET, socket.AF_INET6}
_LOCAL = {
    getattr(socket, name) for name in ("AF_UNIX", "AF_NETLINK", "AF_ALG", "AF_CAN") if hasattr(socket, name)
}


@dataclass(frozen=True, slots=True)
class Call:
    """One attempt: to connect, to send a datagram, or (`resolves`) to look a name up."""

    what: str
    host: str
    port: int | None = None
    resolves: bool = False
    is_local: bool = False
    sock: Any = None  # Any: a socket of whichever class

    @property
    def is_loopback(self) -> bool:
        """Whether it stays on this machine."""
        if self.resolves:
            return False
        address = address_of(self.host)
        if address is None:
            return self.host == "localhost" or self.host.endswith(".localhost")
        return address.is_loopback or address.is_unspecified

    def close(self) -> None:
        """Closes what was to be connected: who expects only errors of the system leaves it open."""
        if self.what == _CONNECTION and self.sock is not None and self.sock.type == socket.SOCK_STREAM:
            with suppress(OSError):
                self.sock.close()


_CONNECTION = "a connection to"


def is_local_name(host: str) -> bool:
    """Whether nobody is asked for it: it is an address, this machine, or nothing at all."""
    return (
        host in ("", "localhost", "<broadcast>")
        or host.endswith(".localhost")
        or address_of(host) is not None
        or host == named(socket.gethostname())
    )


def _text(host: Any) -> str:  # Any: what callers may pass
    if host is None:
        return ""
    if isinstance(host, bytes | bytearray):
        host = bytes(host).decode("latin-1")
    return _canonical(named(str(host)))


def _canonical(host: str) -> str:
    """As an address where the system takes it for one: 127.1, 0x7f000001 (inet_aton)."""
    special = {"": "0.0.0.0", "<broadcast>": "255.255.255.255"}.get(host)  # noqa: S104  # what they mean to connect
    if special is not None or not host[:1].isdigit() or address_of(host) is not None:
        return special or str(address_of(host) or host)
    with suppress(OSError, ValueError):
        return socket.inet_ntoa(socket.inet_aton(host))
    return host


def _port(port: Any) -> int | None:  # Any: a number, a service, or none
    if isinstance(port, bytes | bytearray):
        port = bytes(port).decode("latin-1")
    if isinstance(port, str):
        with suppress(OSError, ValueError):
            return int(port) if port.isdecimal() else socket.getservbyname(port)
        return None
    return port if isinstance(port, int) else None


def _sending(what: str) -> Reader:
    def read(
        sock: Any, address: Any = None
    ) -> Call | None:  # Any: a socket, and what it takes for an address
        if address is None:
            return None  # it is connected, and that was seen
        family = sock.family
        if family in _INTERNET and isinstance(address, tuple) and len(address) >= 2:
            return Call(what, _text(address[0]), _port(address[1]), sock=sock)
        name = getattr(family, "name", str(family))
        return Call(what, name, is_local=family in _LOCAL, sock=sock)

    return read


def looking_up(host: Any, port: Any = None, *_: Any, **__: Any) -> Call:  # Any: as callers pass them
    """The look-up of a name."""
    text = "" if host is None else named(host.decode("latin-1") if isinstance(host, bytes) else str(host))
    return Call("the look-up of", text, _port(port), resolves=True, is_local=is_local_name(text))


def _reverse(host: Any) -> Call:  # Any: as callers pass it
    text = _text(host)
    address = address_of(text)
    local = is_local_name(text) and (address is None or address.is_loopback or address.is_unspecified)
    return Call("the look-up of", text, resolves=True, is_local=local)


def connecting(host: Any, port: Any = None) -> Call:  # Any: as callers pass them
    """A connection that some library makes by itself."""
    return Call(_CONNECTION, _text(host), _port(port))


CALLS: dict[str, Reader] = {
    "socket.connect": _sending(_CONNECTION),
    "socket.sendto": _sending("a datagram to"),
    "socket.sendmsg": _sending("a datagram to"),
    "socket.getaddrinfo": looking_up,
    "socket.gethostbyname": looking_up,
    "socket.gethostbyaddr": _reverse,
    "socket.getnameinfo": lambda place: _reverse(place[0] if place else None),
}
"""The audit events of Python's socket module (https://docs.python.org/3/library/audit_events.html)."""
