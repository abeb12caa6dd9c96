"""What an exception of some client library says, in no client's own words.

The law of this file: a declaration that names the exception of one client means the same for all.
Classes are known by their names, so that no library is imported for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..exceptions import UsageError
from .model import Failure

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .model import FailureKind

__all__ = ["meant", "origin"]

_HTTPX: dict[str, FailureKind] = {
    "ConnectTimeout": "connect_timeout",
    "PoolTimeout": "connect_timeout",
    "ReadTimeout": "read_timeout",
    "WriteTimeout": "read_timeout",
    "TimeoutException": "read_timeout",
    "ConnectError": "refused",
    "ProxyError": "refused",
    "ReadError": "reset",
    "WriteError": "reset",
    "CloseError": "reset",
    "NetworkError": "reset",
    "RemoteProtocolError": "protocol",
    "ProtocolError": "protocol",
    "TransportError": "protocol",
}

_MEANT: Mapping[str, Mapping[str, FailureKind]] = {
    "builtins": {
        "TimeoutError": "read_timeout",
        "ConnectionRefusedError": "refused",
        "ConnectionResetError": "reset",
        "ConnectionAbortedError": "reset",
        "BrokenPipeError": "reset",
        "ConnectionError": "refused",
    },
    "socket": {"gaierror": "dns"},
    "ssl": {"SSLError": "tls"},
    "urllib3": {
        "ConnectTimeoutError": "connect_timeout",
        "ReadTimeoutError": "read_timeout",
        "TimeoutError": "read_timeout",
        "NameResolutionError": "dns",
        "NewConnectionError": "refused",
        "SSLError": "tls",
        "ProtocolError": "protocol",
    },
    "requests": {
        "ConnectTimeout": "connect_timeout",
        "ReadTimeout": "read_timeout",
        "Timeout": "read_timeout",
        "SSLError": "tls",
        "ChunkedEncodingError": "protocol",
        "ConnectionError": "refused",
    },
    "httpx": _HTTPX,
    "httpx2": _HTTPX,
    "httpcore": _HTTPX,
    "botocore": {
        "ConnectTimeoutError": "connect_timeout",
        "ReadTimeoutError": "read_timeout",
        "SSLError": "tls",
        "ConnectionClosedError": "protocol",
        "EndpointConnectionError": "refused",
    },
}
"""By the library and the name of a class; that of the class itself counts before those of its bases."""

_ABOVE = {
    "requests": "respond with the status or the headers that make requests raise it",
    "botocore": "respond with the answer that makes botocore raise it",
}
"""Libraries that raise what they raise above the place where a reply comes in."""


def origin(error: BaseException | type) -> str:
    """The library that defines the class of `error`."""
    kind = error if isinstance(error, type) else type(error)
    return kind.__module__.partition(".")[0]


def meant(error: BaseException) -> Failure | None:
    """The failure that `error` stands for; None where it is none of a transport's.

    UsageError where it cannot come from a transport at all.
    """
    for cls in type(error).__mro__:
        kind = _MEANT.get(origin(cls), {}).get(cls.__name__)
        if kind is not None:
            return Failure(kind, str(error))
    advice = _ABOVE.get(origin(error))
    if advice is not None:
        raise UsageError(
            f"{type(error).__module__}.{type(error).__name__} is raised above the transport: {advice}"
        )
    return None
