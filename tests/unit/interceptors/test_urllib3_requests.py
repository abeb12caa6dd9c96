"""What goes out: bodies of every kind, and the request as the recording sees it."""

from __future__ import annotations

import array
import io
from typing import TYPE_CHECKING, Any

import pytest
import requests
import urllib3
from urllib3.connection import HTTPConnection
from urllib3.util.request import body_to_chunks

from .urllib3_stage import Peer, Tape, serving, thrice, watched

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .urllib3_stage import Server

TEXT = b"".join(body_to_chunks(io.StringIO("caf\xe9"), "POST", 9).chunks or ())
"""A text file, as this release encodes it."""

BODIES: dict[str, tuple[Callable[[], Any], bytes]] = {
    "none": (lambda: None, b""),
    "bytes": (lambda: b"a\x00b", b"a\x00b"),
    "str": (lambda: "caf\xe9", "caf\xe9".encode()),
    "bytearray": (lambda: bytearray(b"abc"), b"abc"),
    "memoryview": (lambda: memoryview(b"xabcx")[1:4], b"abc"),
    "array": (lambda: array.array("b", [1, 2]), b"\x01\x02"),
    "file": (lambda: io.BytesIO(b"x" * 40000), b"x" * 40000),
    "file, read before": (lambda: _at(io.BytesIO(b"skipped, kept"), 9), b"kept"),
    "text file": (lambda: io.StringIO("caf\xe9"), TEXT),
    "generator": (lambda: (chunk for chunk in (b"one", b"", b"three")), b"onethree"),
    "generator of text": (lambda: (chunk for chunk in ("\xe9", "b")), "\xe9b".encode()),
    "list": (lambda: [b"one", b"two"], b"onetwo"),
    "empty generator": (lambda: iter(()), b""),
    "empty bytes": (lambda: b"", b""),
}
HEADERS = {
    "plain": {},
    "sized": {"Content-Length": "SIZE"},
    "chunked": {"transfer-encoding": "chunked"},
}


def _at(file: io.BytesIO, position: int) -> io.BytesIO:
    file.seek(position)
    return file


@pytest.fixture
def server() -> Iterator[Server]:
    """A server that answers with what it was sent."""
    with serving(lambda peer: peer.answer(peer.body)) as server:
        yield server


def sent(peer: Peer) -> tuple[bytes, bytes, list[bytes]]:
    return peer.head, peer.body, peer.frames


@pytest.mark.parametrize("headers", HEADERS)
@pytest.mark.parametrize("kind", BODIES)
def test_a_body_goes_out_as_it_would(kind: str, headers: str, server: Server) -> None:
    """Every kind of body reaches the server in the same frames, is read once, and is seen whole."""
    make, payload = BODIES[kind]
    fields = {name: value.replace("SIZE", str(len(payload))) for name, value in HEADERS[headers].items()}

    def scenario() -> Any:
        body = make()
        with urllib3.PoolManager(retries=False) as pool:
            response = pool.request("POST", f"{server.url}/x", body=body, headers=fields)
        return response.data, body.read() if hasattr(body, "read") else None

    (echo, rest), tape = thrice(scenario)
    bare, recording = server.seen
    assert sent(recording) == sent(bare)
    assert echo == payload
    assert not rest
    assert tape.requests[0].body == payload


def test_a_requests_upload_goes_out_as_it_would(server: Server) -> None:
    """Generators, files and multipart forms of requests reach server and tape whole."""
    files = {"file": ("a.txt", b"some text")}

    def scenario() -> Any:
        with requests.Session() as session:
            return [
                session.post(server.url, data=iter([b"a", b"b"])).content,
                session.post(server.url, data=io.BytesIO(b"file")).content,
                session.post(server.url, json={"a": 1}).content,
                len(session.post(server.url, data={"b": "2"}, files=files).content),
            ]

    tape = Tape()
    bare = scenario()
    with watched(tape):
        assert scenario() == bare
    for one, other in zip(server.seen[:3], server.seen[4:7], strict=True):
        assert sent(one) == sent(other)
    assert [request.body for request in tape.requests[:3]] == [b"ab", b"file", b'{"a": 1}']
    assert b'filename="a.txt"' in tape.requests[3].body


def test_an_iterable_is_iterated_once(server: Server) -> None:
    """A generator with an effect has it once per request, as without us."""
    effects: list[str] = []

    def chunks() -> Iterator[bytes]:
        effects.append("began")
        yield b"a"
        effects.append("ended")

    def scenario() -> Any:
        effects.clear()
        with urllib3.PoolManager() as pool:
            return pool.request("PUT", server.url, body=chunks()).data, tuple(effects)

    assert thrice(scenario)[0] == (b"a", ("began", "ended"))


def test_an_iterable_may_fail(server: Server) -> None:
    """An exception out of the caller's own generator comes out unchanged, and nothing is sent."""

    def chunks() -> Iterator[bytes]:
        yield b"a"
        raise LookupError("the caller's own")

    with watched(tape := Tape()), urllib3.PoolManager() as pool, pytest.raises(LookupError, match="own"):
        pool.request("PUT", server.url, body=chunks())
    assert server.seen == []
    assert tape.requests == []


def test_an_upload_that_fetches_is_seen_whole(server: Server) -> None:
    """A body whose chunks are fetched while it is read: both requests are recorded, the inner one first."""

    def scenario() -> Any:
        with urllib3.PoolManager() as pool:
            body = (pool.request("GET", f"{server.url}/{path}", body=path).data for path in ("a", "b"))
            return pool.request("PUT", f"{server.url}/whole", body=body).data

    seen, tape = thrice(scenario)
    assert seen == b"ab"
    assert [request.url.rpartition("/")[2] for request in tape.requests] == ["a", "b", "whole"]


def test_a_file_is_rewound_for_a_retry() -> None:
    """A 307 sends a file again from where it began, in all three runs."""

    def script(peer: Peer) -> None:
        if peer.target == "/first":
            peer.answer(b"", b"Location: /second", status=b"307 Again")
        else:
            peer.answer(peer.body)

    with serving(script) as server:

        def scenario() -> Any:
            with urllib3.connection_from_url(server.url) as pool:
                return pool.urlopen("PUT", "/first", body=_at(io.BytesIO(b"all of it"), 4)).data

        seen, tape = thrice(scenario)
    assert seen == b"of it"
    assert [request.body for request in tape.requests] == [b"of it", b"of it"]


def test_the_head_is_seen_as_it_is_sent(server: Server) -> None:
    """The recorded headers are those on the wire: what urllib3 adds, duplicates, order, case and folds included."""
    headers = urllib3.HTTPHeaderDict([("b-X", "1"), ("A", "\xe9"), ("B-x", "2"), ("Fold", "a\r\n b")])
    with watched(tape := Tape()), urllib3.PoolManager() as pool:
        pool.request("PATCH", f"{server.url}/a%20b?q=1&q=2", headers=headers, body=b"x")
    request = tape.requests[0]
    (peer,) = server.seen
    lines = peer.head.decode("latin-1").replace("\r\n b", " b").split("\r\n")[1:-2]
    assert [f"{name}: {value}" for name, value in request.headers] == lines
    assert request.method == "PATCH"
    assert request.url == f"{server.url}/a%20b?q=1&q=2"


URLS = {
    # host and port of the connection, tunnel, target -> URL
    "http://a.example/x": (("a.example", 80), None, "/x"),
    "http://a.example:8080/x?y": (("a.example", 8080), None, "/x?y"),
    "http://[::1]:81/": (("::1", 81), None, "/"),
    "http://[::1]/": (("[::1]", 80), None, "/"),
    "http://a.example:443/": (("a.example", 443), None, "/"),
    "http://a.example": (("a.example.", 80), None, "*"),
    "http://b.example/x": (("proxy", 3128), None, "http://b.example:80/x"),
    "http://b.example:81/?q": (("proxy", 3128), None, "HTTP://user:word@b.example:81?q"),
    "https://b.example/x@y": (("proxy", 3128), None, "https://b.example:443/x@y"),
    "http://c.example:82/x": (("proxy", 3128), ("c.example", 82), "/x"),
    "http://[::2]/x": (("proxy", 3128), ("[::2]", 80), "/x"),
}


@pytest.mark.parametrize("url", URLS)
def test_the_url_is_the_targets(url: str) -> None:
    """The URL names the target in one spelling: never a proxy, a default port, or a user."""
    (host, port), tunnel, target = URLS[url]
    with watched(tape := Tape(Tape())):
        connection = HTTPConnection(host, port)
        if tunnel:
            connection.set_tunnel(*tunnel)
        with pytest.raises(Exception, match="nothing recorded"):
            connection.request("OPTIONS", target)
    assert [request.url for request in tape.requests] == [url]


def test_ipv6_is_seen_with_its_brackets() -> None:
    """A URL with an IPv6 address is recorded as one, and replays."""
    with serving(lambda peer: peer.answer(b"six"), host="::1") as server:
        seen, tape = thrice(lambda: requests.get(f"{server.url}/x").text)
    assert seen == "six"
    assert tape.requests[0].url == f"{server.url}/x"


def test_100_continue_is_kept(server: Server) -> None:
    """A request that expects 100-continue gets the final answer in all three runs."""

    def scenario() -> Any:
        with urllib3.PoolManager() as pool:
            return pool.request("PUT", server.url, body=b"abc", headers={"Expect": "100-continue"}).data

    assert thrice(scenario)[0] == b"abc"
