"""Hosts that are never recorded, replayed or refused."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["DEFAULT_PORTS", "passes"]

DEFAULT_PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443}
"""The port of a URL that names none (RFC 9110 section 4.2)."""


def passes(url: str, passthrough: Sequence[str]) -> bool:
    """Whether a URL's host, alone or as host:port, matches one of these globs."""
    parts = urlsplit(url)
    host = (parts.hostname or "").lower()
    port = parts.port or DEFAULT_PORTS.get(parts.scheme, 0)
    globs = [_without_brackets(glob.lower()) for glob in passthrough]
    return any(fnmatchcase(host, glob) or fnmatchcase(f"{host}:{port}", glob) for glob in globs)


def _without_brackets(glob: str) -> str:
    """An IPv6 address as it stands in a URL is no set of characters (RFC 3986 section 3.2.2)."""
    address, _, rest = glob[1:].partition("]")
    return address + rest if glob.startswith("[") and ":" in address else glob
