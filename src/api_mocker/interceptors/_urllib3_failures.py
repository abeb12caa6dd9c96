"""What urllib3's exceptions say of the peer, and what it raises where a connection was not made.

The law of this file: a failure is recorded in no client's own words, and comes back in urllib3's.
"""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError
from urllib3.util.ssl_match_hostname import CertificateError

from .._core.model import Failure
from ._http1 import failure, reason

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from urllib3.connection import HTTPConnection

    from .._core.model import FailureKind

__all__ = ["UNREACHED", "failure_of"]

UNREACHED: Mapping[FailureKind, Callable[[HTTPConnection, str], Exception]] = {
    "connect_timeout": lambda conn, _: ConnectTimeoutError(
        conn, f"Connection to {conn.host} timed out. (connect timeout={conn.timeout})"
    ),
    "refused": lambda conn, message: NewConnectionError(
        conn, f"Failed to establish a new connection: {message or 'Connection refused'}"
    ),
    "dns": lambda conn, message: NameResolutionError(
        conn.host, conn, socket.gaierror(socket.EAI_NONAME, reason(message) or "Name or service not known")
    ),
}
"""What ``request`` raises where there was no connection; the other kinds come out of ``getresponse``."""

_KINDS: tuple[tuple[type[Exception], FailureKind], ...] = (
    (NameResolutionError, "dns"),  # the first two are connect timeouts to urllib3
    (NewConnectionError, "refused"),
    (ConnectTimeoutError, "connect_timeout"),
    (CertificateError, "tls"),
)
"""What urllib3's own exceptions say of the peer; ``_http1`` knows those of the standard library."""


def failure_of(conn: HTTPConnection, error: Exception) -> Failure | None:
    """What `error`, raised on this connection, says of the peer; None: nothing."""
    for exception, kind in _KINDS:
        if isinstance(error, exception):
            return Failure(kind, str(error.__cause__ or error))
    found = failure(error)
    if found and conn.proxy and not conn.has_connected_to_proxy:
        # urllib3 calls every such error one of the proxy, and does so with these two.
        return Failure("connect_timeout" if found.kind == "read_timeout" else "refused", found.message)
    return found
