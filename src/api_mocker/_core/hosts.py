"""Lists of hosts, as `passthrough` and `allowed_hosts` write them.

The law of this file: one notation for cassettes, mocks and the network guard. An entry is a name, a
glob, an address or a network, alone or with a port; what is none of these is an error, because an
entry that can never match lets a team believe in a door that is not there.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TYPE_CHECKING

from ..exceptions import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["Hosts", "address_of", "hosts", "named", "spelled"]

_ENTRY = re.compile(r"[\w.*?\[\]!:/%-]+")
_PORT = re.compile(r"[0-9*?]+")


@dataclass(frozen=True, slots=True)
class _Entry:
    """One entry: a network, or a glob of names, and of ports if it names one."""

    text: str
    network: IPv4Network | IPv6Network | None
    glob: str
    port: str | None

    def has(self, host: str, addresses: Sequence[IPv4Address | IPv6Address], port: int | None) -> bool:
        if port is not None and self.port is not None and not fnmatchcase(str(port), self.port):
            return self.network is None and fnmatchcase(f"{host}:{port}", self.text)
        if self.network is not None:
            return any(address in self.network for address in addresses)  # never across versions
        return (
            fnmatchcase(host, self.glob)
            or any(fnmatchcase(str(address), self.glob) for address in addresses)
            or fnmatchcase(f"{host}:{port}", self.text)
        )


class Hosts:
    """A list of hosts that can be asked; ``names`` are those of its entries that are no patterns.

    With ``regexes`` an entry that is none of ours is a regular expression for the beginning of a
    name: so pytest-recording means it, where the list is written for both.
    """

    def __init__(self, entries: Iterable[str], *, regexes: bool = False) -> None:
        self._entries: list[_Entry] = []
        self._regexes: list[re.Pattern[str]] = []
        self.texts = tuple(entries)
        for text in self.texts:
            if regexes and not _is_ours(text):
                self._regexes.append(_regex(text))
            else:
                self._entries.append(_entry(text))
        self.names = tuple(
            entry.glob
            for entry in self._entries
            if entry.network is None and not set("*?[") & set(entry.glob)
        )

    def has(self, host: str, port: int | None = None) -> bool:
        """Whether a host, by name or by address, is on the list; without a port, on whichever port."""
        host = named(host)
        addresses = _addresses(host)
        return any(entry.has(host, addresses, port) for entry in self._entries) or any(
            regex.match(host) for regex in self._regexes
        )

    def __bool__(self) -> bool:
        return bool(self.texts)


@lru_cache(maxsize=256)
def hosts(entries: tuple[str, ...]) -> Hosts:
    """The list, made once for the same entries; UsageError for an entry that names no host."""
    return Hosts(entries)


def named(host: str) -> str:
    """A host as it is compared: in lower case, in ASCII, without a final dot or a scope."""
    host = host.strip("[]").lower().removesuffix(".")
    if not host.isascii():
        try:
            host = host.encode("idna").decode("ascii")
        except UnicodeError:
            return host
    return host.partition("%")[0] if ":" in host else host


def spelled(host: str, port: int | None) -> str:
    """``host:port``, as one writes it."""
    host = f"[{host}]" if ":" in host and port is not None else host
    return host if port is None else f"{host}:{port}"


def address_of(host: str) -> IPv4Address | IPv6Address | None:
    """The address that a text is; None for a name. An IPv4 address inside of IPv6 is the IPv4 address."""
    return next(iter(_addresses(host)), None)


def _addresses(host: str) -> Sequence[IPv4Address | IPv6Address]:
    """What the text is an address of: with one inside of IPv6, both."""
    try:
        address = ip_address(host)
    except ValueError:
        return ()
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return (address,) if mapped is None else (mapped, address)


def _entry(entry: str) -> _Entry:
    text = entry.strip().lower()
    if "://" in text:
        raise UsageError(
            f"{entry!r} is an address of a page; the host alone is wanted, as in 'api.example.com'"
        )
    if not _is_ours(entry):
        raise UsageError(
            f"{entry!r} is no host: it takes a name, a glob ('*.example.com', no regular expression), an address or "
            f"a network ('10.0.0.0/8'), alone or with a port ('localhost:8080')"
        )
    host, port = _split(text)
    network = _network(host)
    if network is None and "/" in host:
        raise UsageError(f"{entry!r} is no network: it is written as in '10.0.0.0/8' or 'fd00::/8'")
    glob = host if set("*?[") & set(host) else named(host)
    return _Entry(f"{glob}:{port}" if port is not None else glob, network, glob, port)


def _split(text: str) -> tuple[str, str | None]:
    """Host and port; an IPv6 address has its port behind brackets (RFC 3986 section 3.2.2)."""
    if _network(text) is not None:
        return text, None
    inside, closed, rest = text[1:].partition("]")
    if text.startswith("[") and closed and ":" in inside:
        if not rest:
            return inside, None
        if rest.startswith(":") and _PORT.fullmatch(rest[1:]):
            return inside, rest[1:]
        return text, None
    host, colon, port = text.rpartition(":")
    if colon and ":" not in host and _PORT.fullmatch(port):
        return host, port
    return text, None


def _network(text: str) -> IPv4Network | IPv6Network | None:
    try:
        network = ip_network(text.partition("%")[0] if ":" in text else text, strict=False)
    except ValueError:
        return None
    if isinstance(network, IPv6Network) and network.prefixlen >= 96:
        mapped = network.network_address.ipv4_mapped
        if mapped is not None:
            return IPv4Network((mapped, network.prefixlen - 96))
    return network


def _is_ours(text: str) -> bool:
    plain = text.strip()
    return bool(_ENTRY.fullmatch(plain)) and not plain.startswith(".*")


def _regex(text: str) -> re.Pattern[str]:
    try:
        return re.compile(text)
    except re.error as error:
        raise UsageError(f"{text!r} is neither a host nor a regular expression: {error}") from None
