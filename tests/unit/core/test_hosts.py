"""Lists of hosts: one notation for cassettes, mocks and the network guard."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api_mocker._core.hosts import Hosts, hosts, spelled
from api_mocker.exceptions import UsageError

ROWS = [
    # entry, host, port, whether it is on the list
    ("api.example.com", "api.example.com", 443, True),
    ("api.example.com", "API.Example.com.", 443, True),
    ("API.example.COM.", "api.example.com", None, True),
    ("api.example.com", "api.example.com.evil.org", 443, False),
    ("example.com", "api.example.com", 443, False),
    ("*.example.com", "api.example.com", 443, True),
    ("*.example.com", "example.com", 443, False),
    ("*.example.com", "a.b.example.com", 443, True),
    ("*.example.com", "example.com.evil.org", 443, False),
    ("db?.internal", "db1.internal", 5432, True),
    ("[ab].internal", "b.internal", 1, True),
    ("[ab].internal", "c.internal", 1, False),
    ("*", "anything.at.all", 1, True),
    ("bücher.example", "xn--bcher-kva.example", 443, True),
    ("xn--bcher-kva.example", "bücher.example", 443, True),
    ("db:5432", "db", 5432, True),
    ("db:5432", "db", 5433, False),
    ("db:5432", "db", None, True),
    ("localhost:*", "localhost", 1, True),
    ("localhost:80*", "localhost", 8080, True),
    ("localhost:80*", "localhost", 9080, False),
    ("127.0.0.1", "127.0.0.1", 80, True),
    ("127.0.0.1", "127.0.0.2", 80, False),
    ("127.0.*", "127.0.3.4", 80, True),
    ("10.0.0.0/8", "10.20.30.40", 80, True),
    ("10.0.0.0/8", "11.0.0.1", 80, False),
    ("10.0.0.7/8", "10.20.30.40", 80, True),
    ("10.0.0.0/8", "10.evil.org", 80, False),
    ("10.0.0.0/8:5432", "10.1.1.1", 5432, True),
    ("10.0.0.0/8:5432", "10.1.1.1", 80, False),
    ("10.0.0.0/8", "::ffff:10.1.1.1", 80, True),
    ("::ffff:10.0.0.0/104", "10.1.1.1", 80, True),
    ("::1", "::1", 80, True),
    ("::1", "0:0:0:0:0:0:0:1", 80, True),
    ("[::1]", "::1", 80, True),
    ("[::1]:8080", "::1", 8080, True),
    ("[::1]:8080", "::1", 80, False),
    ("fd00::/8", "fd12::7", 80, True),
    ("fd00::/8", "fe80::7", 80, False),
    ("[fd00::/8]:5432", "fd12::7", 5432, True),
    ("[fd00::/8]:5432", "fd12::7", 1, False),
    ("fe80::/10", "fe80::1%eth0", 80, True),
    ("0.0.0.0/0", "::1", 80, False),
]


@pytest.mark.parametrize(("entry", "host", "port", "expected"), ROWS)
def test_an_entry(entry: str, host: str, port: int | None, expected: bool) -> None:
    """Names, globs, addresses and networks, each alone or with a port; without a port, on whichever port."""
    assert Hosts([entry]).has(host, port) is expected


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        ("https://api.example.com", "the host alone is wanted"),
        (r".*\.example\.com", "no regular expression"),
        ("a b", "it takes a name"),
        ("", "it takes a name"),
        ("10.0.0.0/33", "is no network"),
        ("example.com/path", "is no network"),
    ],
)
def test_what_can_never_match_is_an_error(entry: str, told: str) -> None:
    """An entry that names no host is refused, with the entry and with what it takes."""
    with pytest.raises(UsageError, match=told) as caught:
        hosts((entry,))
    assert repr(entry) in str(caught.value)


def test_beside_pytest_recording_its_expressions_count() -> None:
    """A list that is written for both may hold expressions for the beginning of a name."""
    listed = Hosts([r".*\.example\.com", "10.0.0.0/8"], regexes=True)
    assert listed.has("a.example.com")
    assert listed.has("10.1.1.1")
    assert not listed.has("aXexampleXcom")
    with pytest.raises(UsageError, match="neither a host nor a regular expression"):
        Hosts(["("], regexes=True)


V4 = st.ip_addresses(v=4)
V6 = st.ip_addresses(v=6)
PORTS = st.integers(0, 65535)


@given(st.one_of(V4, V6), PORTS, PORTS)
def test_an_address_allows_itself(address: IPv4Address | IPv6Address, port: int, other: int) -> None:
    """An address is on a list of itself, however it is spelled, and with a port on no other port."""
    assert Hosts([str(address)]).has(str(address), port)
    assert Hosts([str(address)]).has(address.exploded, port)
    listed = Hosts([spelled(str(address), port)])
    assert listed.has(str(address), port)
    assert listed.has(str(address), other) == (port == other)


@given(V4, st.integers(0, 32), V4)
def test_a_network_is_that_of_ipaddress(base: IPv4Address, length: int, address: IPv4Address) -> None:
    """A network allows what it contains, and nothing else; also in the clothes of IPv6."""
    network = IPv4Network((base, length), strict=False)
    expected = address in network
    assert Hosts([f"{base}/{length}"]).has(str(address), 1) == expected
    assert Hosts([f"{base}/{length}"]).has(f"::ffff:{address}", 1) == expected


@given(V6, st.integers(0, 128), V6, PORTS)
def test_a_network_of_ipv6(base: IPv6Address, length: int, address: IPv6Address, port: int) -> None:
    """The same, in brackets with a port."""
    expected = address in IPv6Network((base, length), strict=False)
    assert Hosts([f"{base}/{length}"]).has(str(address), port) == expected
    assert Hosts([f"[{base}/{length}]:{port}"]).has(str(address), port) == expected


LABEL = st.text("abcdefghijklmnopqrstuvwxyz0123456789", min_size=1, max_size=8)
NAME = st.lists(LABEL, min_size=1, max_size=4).map(lambda labels: ".".join([*labels, "tld"]))


@given(NAME, NAME, PORTS)
def test_a_name_allows_itself_and_no_other(name: str, other: str, port: int) -> None:
    """A name allows itself, in any case; a glob what lies below it; nothing allows what only begins so."""
    assert Hosts([name]).has(name.upper(), port)
    assert Hosts([name]).has(other, port) == (name == other)
    assert Hosts([f"*.{name}"]).has(f"x.{name}", port)
    assert not Hosts([f"*.{name}"]).has(f"{name}.x", port)
    assert not Hosts([name]).has(f"{name}.x", port)


@given(st.text(max_size=40), st.text(max_size=40), PORTS)
def test_whatever_is_asked_there_is_an_answer(entry: str, host: str, port: int) -> None:
    """Any text is an entry or a UsageError, and any host is on the list or not: nothing else happens."""
    try:
        listed = Hosts([entry])
    except UsageError:
        return
    assert listed.has(host, port) in (True, False)
