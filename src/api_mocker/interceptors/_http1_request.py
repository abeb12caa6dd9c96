"""An HTTP/1 request as it was written for a wire, read as the model's `Request`.

The law of this file: the URL is that of the target (RFC 9112 section 3.3), however the request gets
there, and spelled one way: no user, no default port.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from .._core.model import Headers, Request

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Origin", "written"]

_PORTS: Mapping[str, int] = {"http": 80, "https": 443}

_ABSOLUTE = re.compile(r"(https?)://(?:[^/?]*@)?(\[[^]]*\]|[^/?:]*)(?::(\d*))?(.*)", re.IGNORECASE)
"""The absolute form of a request target, as plain HTTP proxies take it (RFC 9112 section 3.2.2)."""

_FOLD = re.compile(r"\r\n[ \t]+")


class Origin(NamedTuple):
    """Where a request goes to, unless its target says so itself."""

    scheme: str
    host: str
    port: int

    def url(self, path: str) -> str:
        """The URL of `path` here."""
        host = f"[{self.host}]" if ":" in self.host and self.host[0] != "[" else self.host
        port = "" if self.port == _PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{host}{port}{path}"


def written(head: bytes, body: bytes, origin: Origin) -> Request:
    """The request whose `head` http.client wrote, up to and with the empty line."""
    text = head.decode("latin-1").removesuffix("\r\n\r\n")
    if "\r\n " in text or "\r\n\t" in text:
        text = _FOLD.sub(" ", text)  # RFC 9112 section 5.2
    line, *fields = text.split("\r\n")
    method, target, _ = line.split(" ")
    pairs = (field.partition(": ") for field in fields)
    return Request(method, _url(target, origin), Headers.of((name, value) for name, _, value in pairs), body)


def _url(target: str, origin: Origin) -> str:
    if target == "*":
        return origin.url("")
    absolute = _ABSOLUTE.fullmatch(target)
    if absolute is None:
        return origin.url(target)
    scheme, host, port, path = absolute.groups()
    scheme = scheme.lower()
    return Origin(scheme, host, int(port or _PORTS[scheme])).url(path if path.startswith("/") else f"/{path}")
