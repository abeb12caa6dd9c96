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
    return any(fnmatchcase(host, glob) or fnmatchcase(f"{host}:{port}", glob) for glob in passthrough)
