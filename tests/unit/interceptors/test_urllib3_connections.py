"""Connections: TLS and its warning, proxies, pools older than the cassette, and who is refused."""

from __future__ import annotations

import logging
import socket
import ssl
import subprocess
import sys
import warnings
from contextlib import ExitStack, nullcontext
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import requests
import trustme
import urllib3
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import InsecureRequestWarning
from urllib3.util import Retry

from api_mocker import _runtime
from api_mocker._core.model import Request, Response
from api_mocker.exceptions import NotRecorded, UsageError
from api_mocker.interceptors import _seam
from api_mocker.interceptors import urllib3 as interceptor

from .urllib3_stage import Peer, Server, Tape, cut, listening, proxying, serving, thrice, tunnelling, watched

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from api_mocker._core.exchange import Exchange


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


@pytest.fixture(scope="module")
def tls(authority: trustme.CA) -> ssl.SSLContext:
    """A server's side of TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1", "localhost").configure_cert(context)
    return context


def echo(peer: Peer) -> None:
    peer.answer(peer.target.encode())


@pytest.fixture
def plain() -> Iterator[Server]:
    with serving(echo) as server:
        yield server


@pytest.fixture
def secure(tls: ssl.SSLContext) -> Iterator[Server]:
    with serving(echo, tls) as server:
        yield server


VERIFYING: dict[str, dict[str, Any]] = {
    "verified": {},
    "not verified": {"cert_reqs": "CERT_NONE"},
    "not verified, by context": {},
    "verified, any name": {"assert_hostname": False},
    "fingerprint": {"cert_reqs": "CERT_NONE"},
}


@pytest.mark.parametrize("through", ["direct", "proxy", "TLS proxy", "forwarding TLS proxy"])
@pytest.mark.parametrize("name", VERIFYING)
def test_the_warning_of_insecurity_is_the_same(
    name: str, through: str, secure: Server, tls: ssl.SSLContext, trusted: str
) -> None:
    """InsecureRequestWarning is given in all three runs or in none, whatever was verified, through whatever proxy."""
    options: dict[str, Any] = {"ca_certs": trusted, "retries": False, **VERIFYING[name]}
    if name == "fingerprint":
        if through.startswith("forwarding") and not hasattr(HTTPSConnection, "proxy_is_forwarding"):
            pytest.skip("this urllib3 takes the fingerprint of the target for that of a forwarding proxy")
        certificate = ssl.PEM_cert_to_DER_cert(ssl.get_server_certificate(("127.0.0.1", secure.port)))
        options["assert_fingerprint"] = sha256(certificate).hexdigest()
    if name == "not verified, by context":
        context = options["ssl_context"] = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        del options["ca_certs"]
    proxies: dict[str, Callable[[], Any]] = {
        "direct": nullcontext,
        "proxy": tunnelling,
        "TLS proxy": lambda: tunnelling(tls=tls),
        "forwarding TLS proxy": lambda: serving(echo, tls),
    }
    forwarding = through.startswith("forwarding")

    def scenario() -> Any:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            with (
                urllib3.ProxyManager(proxy.url, use_forwarding_for_https=forwarding, **options)
                if proxy
                else urllib3.PoolManager(**options)
            ) as pool:
                data = [pool.request("GET", f"{secure.url}/{number}").data for number in range(2)]
        return data, [warning.category for warning in caught if warning.category is InsecureRequestWarning]

    with proxies[through]() as proxy:
        thrice(scenario)


def test_the_target_is_recorded_not_the_proxy(plain: Server, secure: Server, trusted: str) -> None:
    """Through a forwarding proxy or a tunnel, what is recorded is the URL of the target."""
    with proxying() as proxy, tunnelling() as tunnel:

        def scenario() -> Any:
            with requests.Session() as session:
                session.proxies = {"http": proxy.url, "https": tunnel.url}
                return [
                    session.get(f"{plain.url}/a?b").text,
                    session.get(f"{secure.url}/c", verify=trusted).text,
                ]

        seen, tape = thrice(scenario)
    assert seen == [f"through the proxy: {plain.url}/a?b", "/c"]
    assert [request.url for request in tape.requests] == [f"{plain.url}/a?b", f"{secure.url}/c"]
    assert [peer.target for peer in tunnel.seen] == [f"127.0.0.1:{secure.port}"] * 2  # bare, and recording


def test_a_recording_through_a_proxy_replays_without(secure: Server, trusted: str) -> None:
    """A proxy is how a request travels, not what it is."""
    tape = Tape()
    with tunnelling() as tunnel, watched(tape), urllib3.ProxyManager(tunnel.url, ca_certs=trusted) as pool:
        pool.request("GET", f"{secure.url}/x")
    with watched(Tape(tape)), cut(), urllib3.PoolManager(ca_certs=trusted) as pool:
        assert pool.request("GET", f"{secure.url}/x").data == b"/x"


@pytest.mark.parametrize("scheme", ["plain", "secure"])
def test_a_pool_older_than_the_cassette(scheme: str, plain: Server, secure: Server, trusted: str) -> None:
    """A kept-alive connection from before is recorded and replayed, and is still there, and real, afterwards."""
    server = plain if scheme == "plain" else secure
    with urllib3.PoolManager(ca_certs=trusted) as pool:

        def get(path: str) -> bytes:
            return pool.request("GET", f"{server.url}{path}").data

        assert get("/before") == b"/before"
        with watched(tape := Tape()):
            assert get("/recorded") == b"/recorded"
        with watched(Tape(tape)), cut():
            assert get("/recorded") == b"/recorded"
        assert get("/after") == b"/after"
    assert [peer.target for peer in server.seen] == ["/before", "/recorded", "/after"]
    assert server.accepted == 1


@pytest.mark.parametrize("scheme", ["plain", "secure"])
def test_a_pool_that_outlives_the_cassette(scheme: str, plain: Server, secure: Server, trusted: str) -> None:
    """A connection that only replayed goes live when the cassette is closed: nothing unreal stays in the pool."""
    server = plain if scheme == "plain" else secure
    with urllib3.PoolManager(ca_certs=trusted) as pool:

        def get(path: str) -> bytes:
            return pool.request("GET", f"{server.url}{path}").data

        tape = Tape()
        with watched(tape):
            get("/x")
        pool.clear()
        with watched(Tape(tape)), cut():
            get("/x")
        assert [connection.sock for connection in pooled(pool)] == [None]
        assert get("/live") == b"/live"
        with watched(Tape(tape)), cut():
            assert get("/x") == b"/x"
        assert get("/live again") == b"/live%20again"
    assert server.accepted == 2


def pooled(manager: urllib3.PoolManager) -> list[HTTPConnection]:
    """The connections that wait in the pools of `manager`."""
    pools = [manager.pools.get(key) for key in manager.pools.keys()]  # noqa: SIM118 - it forbids to iterate
    assert all(pools)
    return [
        connection for pool in pools if pool and pool.pool for connection in pool.pool.queue if connection
    ]


def test_a_tunnel_older_than_the_cassette(secure: Server, trusted: str) -> None:
    """A tunnel that was made before is known by its target, recorded, replayed, and used again."""
    with tunnelling() as tunnel, urllib3.ProxyManager(tunnel.url, ca_certs=trusted) as pool:

        def get(path: str) -> bytes:
            return pool.request("GET", f"{secure.url}{path}").data

        get("/before")
        with watched(tape := Tape()):
            get("/recorded")
        with watched(Tape(tape)), cut():
            get("/recorded")
        get("/after")
        assert tunnel.accepted == 1
    assert tape.requests[0].url == f"{secure.url}/recorded"


def test_one_connection_by_hand(plain: Server) -> None:
    """A connection used without a pool, connected by hand, keeps its promise when the request is live."""

    def scenario() -> Any:
        connection = HTTPConnection("127.0.0.1", plain.port)
        connection.connect()
        seen = []
        for path in ("/a", "/b"):
            connection.request("GET", path)
            seen.append(connection.getresponse().data)
        connection.close()
        return seen

    assert thrice(scenario)[0] == [b"/a", b"/b"]


@pytest.mark.parametrize("client", ["urllib3", "requests"])
def test_a_refusal_comes_out_unchanged(client: str, plain: Server) -> None:
    """Our own error is neither retried nor wrapped, and nothing reaches the network."""
    tape = Tape(Tape())
    again = Retry(5, backoff_factor=0, allowed_methods=None)
    with watched(tape), urllib3.PoolManager(retries=again) as pool, requests.Session() as session:
        session.mount("http://", HTTPAdapter(max_retries=again))
        with pytest.raises(NotRecorded) as caught:
            (pool.request if client == "urllib3" else session.request)("GET", plain.url)
    assert tape.refusals == [caught.value]
    assert plain.accepted == 0


class Passing(Tape):
    """An engine that lets everything through."""

    def open(self, request: Any) -> Exchange | None:
        return None


def test_what_is_let_through_is_live(plain: Server, secure: Server, trusted: str) -> None:
    """A request that the engine lets through goes out, body and all, over HTTP and HTTPS."""
    with watched(Passing()), urllib3.PoolManager(ca_certs=trusted, retries=False) as pool:
        for server in (plain, secure):
            assert pool.request("PUT", f"{server.url}/x", body=iter([b"a", b"b"])).data == b"/x"
            assert server.seen[0].frames == [b"a", b"b"]
        with pytest.raises(urllib3.exceptions.SSLError):
            urllib3.PoolManager(retries=False).request("GET", secure.url)


def test_nothing_is_watched_from_inside(plain: Server) -> None:
    """While the original runs, and only then, its thread is not watched: stacked seams see one exchange."""
    watching: list[bool] = []

    class Asking(HTTPConnection):
        def send(self, data: Any) -> None:
            watching.append(_runtime.watching())
            super().send(data)

    with watched(Tape()), pool_of(Asking)("127.0.0.1", plain.port) as pool:
        pool.request("GET", "/")
        watching.append(_runtime.watching())
    assert watching == [False, True]


def pool_of(cls: type[HTTPConnection]) -> Any:  # Any: urllib3's protocols do not fit its own classes
    """A pool class of these connections."""
    base = HTTPSConnectionPool if issubclass(cls, HTTPSConnection) else HTTPConnectionPool
    return type("Pool", (base,), {"ConnectionCls": cls})


class Careful(HTTPSConnection):
    """Connects in its own way, on top of urllib3's."""

    def connect(self) -> None:
        super().connect()
        self.sock.settimeout(1)


class Reckless(HTTPSConnection):
    """Connects in its own way, past urllib3's."""

    def connect(self) -> None:
        self.sock = socket.create_connection((self.host, self.port))


@pytest.mark.parametrize("cls", [Careful, Reckless])
def test_a_class_that_connects_past_us_is_refused(cls: type[HTTPSConnection], trusted: str) -> None:
    """An HTTPS connection class that overrides connect() is refused by name, before it reaches the network.

    Whoever catches the error does not hide it: each is remembered.
    """

    tape = Tape()
    with listening(lambda _: None) as server, watched(tape):
        with pytest.raises(UsageError, match=rf"{cls.__module__}\.{cls.__name__} does not connect") as pooled:
            pool_of(cls)("127.0.0.1", server.port, retries=Retry(3), ca_certs=trusted).request("GET", "/")
        with pytest.raises(UsageError, match=cls.__name__) as bare:
            cls("127.0.0.1", server.port).request("GET", "/")
        with pytest.raises(UsageError, match="Careful") as connecting:
            Careful("127.0.0.1", server.port).connect()
    assert server.accepted == 0
    assert tape.refusals == [pooled.value, bare.value, connecting.value]


def test_a_class_that_connects_in_its_own_way_works_where_we_are_not(secure: Server, trusted: str) -> None:
    """Where no cassette is active, such a class is none of our business."""

    with watched(Tape()):
        pass
    with pool_of(Careful)("127.0.0.1", secure.port, ca_certs=trusted) as pool:
        assert pool.request("GET", "/x").data == b"/x"


def test_a_class_that_connects_in_its_own_way_may_where_we_only_look_on(secure: Server, trusted: str) -> None:
    """Where nothing is refused such a class is not either; its requests are seen all the same."""

    class Looking(Tape):
        def open(self, request: Request) -> None:
            self.requests.append(request)

    tape = Looking()
    with watched(tape, passive=True), pool_of(Careful)("127.0.0.1", secure.port, ca_certs=trusted) as pool:
        assert pool.request("PUT", "/x", body=b"a").data == b"/x"
    assert [(request.method, request.body) for request in tape.requests] == [("PUT", b"a")]


def test_seams_without_anybody_to_watch_change_nothing(secure: Server, trusted: str) -> None:
    """Where the seams are laid and nobody is active, connections and classes of any kind pass untouched."""
    with ExitStack() as stack:
        for seam in interceptor.seams("urllib3"):
            stack.callback(_seam.lift, seam, _seam.lay("urllib3", seam))
        pool = stack.enter_context(pool_of(Careful)("127.0.0.1", secure.port, ca_certs=trusted))
        assert pool.request("PUT", "/x", body=iter([b"a"])).data == b"/x"


def test_seams_that_were_laid_before_change_nothing(plain: Server) -> None:
    """Stacked seams see one exchange once: the upper ones record and replay as if they were alone."""
    with ExitStack() as stack:
        for seam in interceptor.seams("urllib3"):
            stack.callback(_seam.lift, seam, _seam.lay("urllib3", seam))
        with urllib3.PoolManager() as pool:
            _, tape = thrice(lambda: pool.request("GET", f"http://127.0.0.1:{plain.port}/x").data)
    assert len(tape.requests) == 1


def test_http2_is_refused() -> None:
    """urllib3's HTTP/2 connections are refused by name, whenever they were put in place."""
    pytest.importorskip("h2")
    code = """
import urllib3.http2, pytest
{0}
from api_mocker.interceptors import _seam, urllib3 as interceptor
from api_mocker._runtime import Activation
for seam in interceptor.seams("urllib3"):
    _seam.lay("urllib3", seam)
{1}
class Nobody:
    name, refusals, open = "nobody", [], None
Activation(Nobody()).enter()
from api_mocker.exceptions import UsageError
with pytest.raises(UsageError, match="HTTP2Connection does not connect"):
    urllib3.PoolManager().request("GET", "https://127.0.0.1:1/")
"""
    inject = "urllib3.http2.inject_into_urllib3()"
    for order in ((inject, ""), ("", inject)):
        done = subprocess.run(
            [sys.executable, "-c", code.format(*order)], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr


def test_another_library_of_that_name_is_refused() -> None:
    """A library that took urllib3's name, methods and all, is an error at activation: it would not be intercepted."""
    code = """
import pytest, urllib3.connection
class HTTPConnection:
    __module__, connect, request, getresponse = "urllib3.connection", None, None, None
urllib3.connection.HTTPConnection = HTTPConnection
from api_mocker.exceptions import UsageError
from api_mocker.interceptors import urllib3 as interceptor
with pytest.raises(UsageError, match="does not stand on http.client"):
    interceptor.seams("urllib3")
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_plain_class_may_connect_as_it_likes(tmp_path: Path) -> None:
    """A plain connection connects when it sends: one to a Unix socket is recorded, and replays without it."""
    path = str(tmp_path / "s")

    class Unix(HTTPConnection):
        def connect(self) -> None:
            self.sock = socket.socket(socket.AF_UNIX)
            self.sock.connect(path)

    def scenario() -> Any:
        with pool_of(Unix)("unix.example") as pool:
            return pool.request("GET", "/x").data

    with serving(echo, unix=path):
        seen, tape = thrice(scenario)
    assert seen == b"/x"
    assert tape.requests[0].url == "http://unix.example/x"


@pytest.mark.skipif(not hasattr(urllib3.HTTPResponse, "shutdown"), reason="not in this urllib3")
def test_a_shut_down_response_ends(plain: Server) -> None:
    """HTTPResponse.shutdown() ends a replayed body as it ends a live one."""
    tape = Tape()
    with watched(tape), urllib3.PoolManager() as pool:
        pool.request("GET", f"{plain.url}/{'x' * 20000}")
    with watched(Tape(tape)), cut(), urllib3.PoolManager() as pool:
        response = pool.request("GET", f"{plain.url}/{'x' * 20000}", preload_content=False)
        assert isinstance(response, urllib3.HTTPResponse)
        assert response.read(1) == b"/"
        response.shutdown()
        with pytest.raises(urllib3.exceptions.ProtocolError):
            response.read()


def test_a_response_of_http2_replays(plain: Server) -> None:
    """A response that another client recorded over HTTP/2 replays, as HTTP/1.1."""
    tape = Tape()
    tape.requests = []
    with watched(tape), urllib3.PoolManager() as pool:
        pool.request("GET", plain.url)
    tape.outcomes = [(Response(200, http_version="HTTP/2", body=b"two", chunks=(1, 2)), None)]
    with watched(Tape(tape)), cut(), urllib3.PoolManager() as pool:
        response = pool.request("GET", plain.url)
        assert (response.data, response.version) == (b"two", 11)


def test_nothing_is_logged_that_was_not_before(plain: Server, caplog: pytest.LogCaptureFixture) -> None:
    """What urllib3 logs at INFO and above is the same in all three runs."""

    def scenario() -> Any:
        caplog.clear()
        with urllib3.PoolManager() as pool:
            pool.request("GET", plain.url)
            pool.request("GET", plain.url)
        return [record.getMessage() for record in caplog.records if record.levelno >= logging.INFO]

    with caplog.at_level(logging.DEBUG):
        thrice(scenario)


def test_the_seams_are_there() -> None:
    """Every seam names a method that this urllib3 has on that class."""
    for seam in interceptor.seams("urllib3"):
        assert seam.name in vars(seam.owner), seam
