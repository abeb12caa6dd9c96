"""What an audit hook is not told: the answer to a look-up, and a name that a socket is given.

The law of this file: nothing is decided here. A socket looks a name up before the hook hears of the
connection, so the question is put beforehand; and the addresses that an allowed name has are noted,
because it is them that are connected to. All of it is taken away again, unless somebody else has
put something in its place.
"""

from __future__ import annotations

import _socket
import socket
from functools import wraps
from typing import TYPE_CHECKING, Any

from .._core.hosts import address_of, named
from .calls import looking_up

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from .calls import Call

    See = Callable[[Call], None]
    Answered = Callable[[str, str], None]

__all__ = ["lay", "lift"]

# Any, here and below: functions of as many signatures, passed on as they are.
_laid: list[tuple[Any, str, Any, Any]] = []

_ANSWERS: tuple[tuple[Any, str, Callable[[Any], Iterable[Any]]], ...] = (
    (
        _socket,
        "getaddrinfo",
        lambda found: (row[4][0] for row in found),
    ),  # socket's own asks it, by this name
    (socket, "gethostbyname", lambda found: (found,)),
    (socket, "gethostbyname_ex", lambda found: found[2]),
)

_SENDING = ("connect", "connect_ex", "sendto", "sendmsg")


def lay(see: See, answered: Answered) -> None:
    """Puts them in place, also where others have since put back what they knew."""
    for module, name, addresses in _ANSWERS:
        if not _is_ours(module, name):
            _replace(module, name, _heard(getattr(module, name), addresses, answered))
    # Under other plugins' `socket.socket` there is still the standard library's.
    owner = next(cls for cls in socket.socket.__mro__ if _socket.socket in cls.__bases__)
    for name in _SENDING:
        if hasattr(owner, name) and not _is_ours(owner, name):
            _replace(owner, name, _asked(getattr(owner, name), see))


def lift() -> None:
    """Takes them away."""
    while _laid:
        owner, name, before, ours = _laid.pop()
        if getattr(owner, name) is not ours:
            continue  # somebody came after us, and is asked no more than before
        if before is None:  # it was that of a class below
            delattr(owner, name)
        else:
            setattr(owner, name, before)


def _is_ours(owner: Any, name: str) -> bool:
    return any(getattr(owner, name) is ours for _, _, _, ours in _laid)


def _replace(owner: Any, name: str, ours: Any) -> None:
    _laid.append((owner, name, vars(owner).get(name), ours))
    setattr(owner, name, ours)


def _heard(
    original: Callable[..., Any], addresses: Callable[[Any], Iterable[Any]], answered: Answered
) -> Callable[..., Any]:
    @wraps(original)
    def look_up(host: Any, *args: Any, **options: Any) -> Any:
        found = original(host, *args, **options)
        if host and isinstance(host, str | bytes):
            name = host.decode("latin-1") if isinstance(host, bytes) else host
            for address in addresses(found):
                answered(name, str(address))
        return found

    return look_up


def _asked(original: Callable[..., Any], see: See) -> Callable[..., Any]:
    @wraps(original)
    def send(sock: Any, *args: Any) -> Any:
        address = args[-1] if args else None
        if (
            isinstance(address, tuple)
            and len(address) >= 2
            and isinstance(address[0], str | bytes | bytearray)
        ):
            host = address[0] if isinstance(address[0], str) else bytes(address[0]).decode("latin-1")
            # Digits are no name, whatever they mean to the system.
            if address_of(named(host)) is None and not host[:1].isdigit():
                call = looking_up(host, address[1])
                if not call.is_local:
                    see(call)
        return original(sock, *args)

    return send
