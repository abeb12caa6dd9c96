"""Hosts that are never recorded, replayed or refused."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from .hosts import hosts, spelled

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["DEFAULT_PORTS", "authority", "passes"]

DEFAULT_PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443}
"""The port of a URL that names none (RFC 9110 section 4.2)."""


def passes(url: str, passthrough: Sequence[str]) -> bool:
    """Whether a URL's host, alone or as host:port, is on this list."""
    return hosts(tuple(passthrough)).has(*_place(url))


def authority(url: str) -> str:
    """The URL's ``host:port``."""
    return spelled(*_place(url))


def _place(url: str) -> tuple[str, int]:
    parts = urlsplit(url)
    return (parts.hostname or "").lower(), parts.port or DEFAULT_PORTS.get(parts.scheme, 0)
