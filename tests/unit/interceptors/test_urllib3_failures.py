"""Transports that fail: the same exceptions bare, recording and replaying, all the way down.

What is compared is the class of the exception and of everything it wraps, for urllib3 (with and
without `Retry`) and for requests; and the neutral kind that is recorded.
"""

from __future__ import annotations

import contextlib
import re
import socket
import ssl
import struct
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
import requests
import trustme
import urllib3
from urllib3.exceptions import HTTPError
from urllib3.util import Retry, Timeout

from api_mocker._core.exchange import Exchange
from api_mocker._core.model import FAILURE_KINDS, Failure, Headers, Request, Response

from .urllib3_stage import Peer, Tape, cut, failing, listening, serving, thrice, tunnelling, watched

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

PATIENCE = 5.0
"""Seconds until a broken run gives up."""
IMPATIENCE = 0.15
"""Seconds to wait for what never comes."""
HEAD = b"HTTP/1.1 200 OK\r\n"


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    """A certificate authority of our own."""
    return trustme.CA()


@pytest.fixture(scope="module")
def trusted(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Its certificate, in a file."""
    path: Path = tmp_path_factory.mktemp("ca") / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return str(path)


def context(authority: trustme.CA, name: str = "127.0.0.1") -> ssl.SSLContext:
    """A server's side of TLS, as `name`."""
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(tls)
    return tls


def with_urllib3(url: str, patience: float = PATIENCE, **options: Any) -> bytes:
    with urllib3.PoolManager(retries=False, timeout=patience, **options) as pool:
        return pool.request("GET", url).data


def with_retry(url: str, patience: float = PATIENCE, **options: Any) -> bytes:
    timeout = Timeout(connect=patience, read=patience)
    with urllib3.PoolManager(retries=Retry(1), timeout=timeout, **options) as pool:
        return b"".join(pool.request("GET", url, preload_content=False).stream(4))


def with_requests(url: str, patience: float = PATIENCE, ca_certs: str = "", proxy: str = "") -> bytes:
    with requests.Session() as session:
        session.proxies.update({"all": proxy} if proxy else {})
        return session.get(url, timeout=patience, verify=ca_certs or True).content


def patience(name: str) -> float:
    return (
        IMPATIENCE if name.startswith(("stall", "stays", "silent", "full", "connect_timeout")) else PATIENCE
    )


CLIENTS: dict[str, Callable[..., bytes]] = {
    "urllib3": with_urllib3,
    "urllib3, retrying": with_retry,
    "requests": with_requests,
}


def then(*, answered: bool = False, resets: bool = False) -> Callable[[socket.socket], None]:
    """Takes what a client says first, and then: waits until it leaves, hangs up, or resets."""

    def handle(connection: socket.socket) -> None:
        connection.recv(1 if resets else 65536)
        if resets:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        elif answered:
            connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        else:
            connection.recv(1)

    return handle


def hang_up(connection: socket.socket) -> None:
    connection.recv(65536)


def saying(data: bytes, *, stall: bool = False, reset: bool = False) -> Callable[[Peer], None]:
    """A script that says `data`, and then waits until the client leaves, or hangs up."""

    def script(peer: Peer) -> None:
        peer.say(data)
        if stall:
            peer.connection.recv(1)
        else:
            peer.hang_up(reset=reset)

    return script


SIZED = HEAD + b"Content-Length: 9\r\n\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"

SCRIPTS: dict[str, tuple[Callable[[Peer], None], str]] = {
    "hangs up": (saying(b""), "protocol"),
    "hangs up in the head": (saying(b"HT"), "protocol"),
    "speaks no HTTP": (saying(b"SSH-2.0-x\r\n"), "protocol"),
    "resets": (saying(b"", reset=True), "reset"),
    "stays silent": (saying(b"", stall=True), "read_timeout"),
    "cut body": (saying(SIZED + b"abcde"), "closed_early"),
    "cut before the body": (saying(SIZED), "closed_early"),
    "cut chunk": (saying(CHUNKED + b"5\r\nabcde\r\n9\r\nfg"), "closed_early"),
    "cut between chunks": (saying(CHUNKED + b"5\r\nabcde\r\n"), "closed_early"),
    "no chunk": (saying(CHUNKED + b"5\r\nabcde\r\nxyz\r\n"), "protocol"),
    "stalls in the body": (saying(SIZED + b"abcde", stall=True), "read_timeout"),
    "stalls in a chunk": (saying(CHUNKED + b"1\r\na\r\n5\r\nb", stall=True), "read_timeout"),
    "stalls between chunks": (saying(CHUNKED + b"1\r\na\r\n", stall=True), "read_timeout"),
}


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("name", SCRIPTS)
def test_a_peer_that_fails(name: str, client: str) -> None:
    """What a peer does wrong after the request raises the same in all three runs, and is recorded by its kind."""
    script, kind = SCRIPTS[name]
    with serving(script) as server:
        _, tape = thrice(lambda: failing(lambda: CLIENTS[client](f"{server.url}/x", patience(name))))
    assert {failure and failure.kind for _, failure in tape.outcomes} == {kind}


def test_a_body_that_is_reset() -> None:
    """A reset in the middle of the body: what came before is given, then the same exception."""

    def script(peer: Peer) -> None:
        peer.say(HEAD + b"Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n")
        # Only once the first chunk was read; a reset may overtake it.
        peer.connection.recv(1)
        peer.hang_up(reset=True)

    def scenario() -> Any:
        with urllib3.connection_from_url(server.url, timeout=2) as pool:
            response = pool.urlopen("GET", "/", preload_content=False)
            chunks = response.stream()
            got = next(chunks)
            assert isinstance(response, urllib3.HTTPResponse)
            if response.connection and response.connection.sock:  # on replay there is nobody to nudge
                response.connection.sock.sendall(b"!")
            return got, failing(lambda: list(chunks))

    with serving(script) as server:
        seen, tape = thrice(scenario)
    assert seen[0] == b"a"
    assert tape.outcomes[0][1] == Failure("reset", "[Errno 104] Connection reset by peer")


@contextmanager
def nobody() -> Iterator[str]:
    """A port where nobody listens."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield f"127.0.0.1:{bound.getsockname()[1]}"


@contextmanager
def full() -> Iterator[str]:
    """A port that never accepts: its queue is full."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        bound.listen(0)
        with socket.create_connection(bound.getsockname()):
            yield f"127.0.0.1:{bound.getsockname()[1]}"


@contextmanager
def unknown() -> Iterator[str]:
    """A name that does not resolve."""
    yield "nope.invalid"


UNREACHED = {"refused": nobody, "connect_timeout": full, "dns": unknown}


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("kind", UNREACHED)
def test_a_peer_that_is_not_reached(kind: str, scheme: str, client: str) -> None:
    """No connection: the same exceptions, texts included where no address of an object is in them."""
    with UNREACHED[kind]() as place:
        _, tape = thrice(lambda: failing(lambda: CLIENTS[client](f"{scheme}://{place}/x", patience(kind))))
    assert {failure and failure.kind for _, failure in tape.outcomes} == {kind}


def test_the_texts_of_failures_are_kept() -> None:
    """What urllib3 says of a refused connection and an unknown name is what it says on replay."""

    def text(url: str) -> str:
        with urllib3.PoolManager(retries=False) as pool, pytest.raises(HTTPError) as caught:
            pool.request("GET", url)
        return re.sub("0x[0-9a-f]+", "", str(caught.value))

    with nobody() as place:
        thrice(lambda: (text(f"http://{place}"), text("http://nope.invalid/")))


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("name", ["untrusted", "another name", "silent", "reset", "no TLS"])
def test_a_handshake_that_fails(name: str, client: str, authority: trustme.CA, trusted: str) -> None:
    """A handshake fails as it would inside of connect(), though it happens later."""

    kinds = {"silent": "read_timeout", "reset": "reset"}
    with contextlib.ExitStack() as stack:
        if name in {"untrusted", "another name"}:
            tls = context(trustme.CA() if name == "untrusted" else authority, "other.example")
            server = stack.enter_context(serving(lambda peer: peer.answer(), tls))
        else:
            handle = then(answered=name == "no TLS", resets=name == "reset")
            server = stack.enter_context(listening(handle, scheme="https"))
        _, tape = thrice(
            lambda: failing(lambda: CLIENTS[client](f"{server.url}/x", patience(name), ca_certs=trusted))
        )
    assert {failure and failure.kind for _, failure in tape.outcomes} == {kinds.get(name, "tls")}


def test_a_timeout_in_the_handshake_tells_pool_and_url(authority: trustme.CA) -> None:
    """A handshake that never ends is a ReadTimeoutError that knows its pool and URL."""

    def scenario() -> Any:
        with urllib3.connection_from_url(server.url, timeout=IMPATIENCE, retries=False) as pool:
            with pytest.raises(urllib3.exceptions.ReadTimeoutError) as caught:
                pool.urlopen("GET", "/x")
            return caught.value.pool is pool, caught.value.url, caught.value.args

    with listening(then(), scheme="https") as server:
        assert thrice(scenario)[0][:2] == (True, "/x")


PROXIES: dict[str, Callable[[trustme.CA], Any]] = {
    "refused": lambda _: nobody(),
    "unknown": lambda _: unknown(),
    "full": lambda _: full(),
    "says no": lambda _: tunnelling(b"407 Proxy Authentication Required"),
    "resets": lambda _: listening(then(resets=True)),
    "hangs up": lambda _: listening(hang_up),
    "silent": lambda _: listening(then()),
    "TLS, untrusted": lambda _: tunnelling(tls=context(trustme.CA())),
    "TLS, reset": lambda _: listening(then(resets=True), scheme="https"),
}


@pytest.mark.parametrize("client", ["urllib3", "requests"])
@pytest.mark.parametrize("name", PROXIES)
def test_a_proxy_that_fails(name: str, client: str, authority: trustme.CA, trusted: str) -> None:
    """A proxy that does not let us through to an HTTPS server raises what it raises without us."""
    with serving(lambda peer: peer.answer(), context(authority)) as server, PROXIES[name](authority) as proxy:
        url = getattr(proxy, "url", f"http://{proxy}")

        def ask() -> bytes:
            if client == "requests":
                return with_requests(server.url, patience(name), trusted, url)
            with urllib3.ProxyManager(url, retries=False, timeout=patience(name), ca_certs=trusted) as pool:
                return pool.request("GET", server.url).data

        thrice(lambda: failing(ask))


@pytest.mark.parametrize("name", ["untrusted", "silent", "hangs up"])
def test_a_server_that_fails_behind_a_proxy(name: str, authority: trustme.CA, trusted: str) -> None:
    """Once the proxy was reached, it is the server that is blamed, in all three runs."""

    def script(peer: Peer) -> None:
        if name == "hangs up":
            peer.hang_up()
        else:
            peer.connection.recv(1)

    tls = context(trustme.CA() if name == "untrusted" else authority)
    with serving(script, tls) as server, tunnelling() as proxy:

        def ask() -> bytes:
            with urllib3.ProxyManager(
                proxy.url, retries=False, timeout=patience(name), ca_certs=trusted
            ) as pool:
                return pool.request("GET", server.url).data

        seen, _ = thrice(lambda: failing(ask))
    if (
        name != "hangs up"
    ):  # http.client closes the connection, and urllib3 forgets that it had reached the proxy
        assert "ProxyError" not in str(seen)


class Declared:
    """An engine that answers everything in one way."""

    name = "a declaration"

    def __init__(self, failure: Failure, response: Response | None = None) -> None:
        self.refusals: list[Any] = []
        self.failure = failure
        self.response = response

    def open(self, request: Request) -> Exchange:
        return Exchange(request, response=self.response, failure=self.failure)


@pytest.mark.parametrize("kind", FAILURE_KINDS)
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_every_kind_can_be_declared(kind: Any, scheme: str) -> None:
    """A failure without a text, which nobody recorded, raises a class that requests users know."""
    raised = {
        "connect_timeout": requests.exceptions.ConnectTimeout,
        "read_timeout": requests.exceptions.ReadTimeout,
        "tls": requests.exceptions.SSLError,
    }
    with watched(Declared(Failure(kind))), cut(), pytest.raises(requests.RequestException) as caught:
        requests.get(f"{scheme}://a.example/")
    assert type(caught.value) is raised.get(kind, requests.exceptions.ConnectionError)


@pytest.mark.parametrize(
    ("kind", "raised"),
    [
        ("read_timeout", requests.exceptions.ConnectionError),
        ("reset", requests.exceptions.ChunkedEncodingError),
        ("closed_early", requests.exceptions.ChunkedEncodingError),
        ("tls", requests.exceptions.SSLError),
    ],
)
@pytest.mark.parametrize("framing", [("Content-Length", "100"), ("Transfer-Encoding", "chunked")])
def test_a_failure_can_follow_a_response(
    kind: Any, raised: type[Exception], framing: tuple[str, str]
) -> None:
    """A response that breaks off gives its pieces first, and then raises."""
    engine = Declared(Failure(kind), Response(200, Headers((framing,)), b"abcdef", chunks=(3, 3)))
    with watched(engine), cut(), requests.get("http://a.example/", stream=True) as response:
        pieces = response.iter_content(3)
        assert [next(pieces), next(pieces)] == [b"abc", b"def"]
        with pytest.raises(raised):
            next(pieces)


def test_broken_framing_is_broken_again() -> None:
    """A chunk that was none when recorded is none on replay, and not the end of the connection."""
    engine = Declared(
        Failure("protocol"), Response(200, Headers((("Transfer-Encoding", "chunked"),)), b"abc")
    )
    with watched(engine), cut(), urllib3.PoolManager() as pool:
        response = pool.request("GET", "http://a.example/", preload_content=False)
        with pytest.raises(urllib3.exceptions.ProtocolError, match="InvalidChunkLength"):
            list(response.stream())


@pytest.mark.parametrize("drains", [True, False])
def test_an_answer_to_an_unfinished_upload_is_read(drains: bool) -> None:
    """A server that answers before the upload ended, and may hang up on it: its answer is read in all three runs."""

    def handle(connection: socket.socket) -> None:
        connection.recv(1)
        connection.sendall(b"HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno")
        connection.shutdown(socket.SHUT_WR)
        while drains and connection.recv(65536):
            pass

    def scenario() -> Any:
        with urllib3.PoolManager(retries=False) as pool:
            response = pool.request("POST", server.url, body=b"x" * 20_000_000)
            return response.status, response.data

    with listening(handle) as server:
        assert thrice(scenario)[0] == (413, b"no")


def test_a_failure_of_our_own_is_not_recorded() -> None:
    """An exception that says nothing of the peer ends the exchange without an outcome."""
    tape = Tape()
    with watched(tape), urllib3.PoolManager() as pool, pytest.raises(urllib3.exceptions.LocationParseError):
        pool.request("GET", "http://" + "a" * 70 + ".example/")
    assert tape.outcomes in ([], [(None, None)])
