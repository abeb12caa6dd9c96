"""Transport failures: recorded in neutral words, raised again as the class that this client raises."""

from __future__ import annotations

import socket
import ssl
from typing import TYPE_CHECKING, Any

import anyio
import pytest
import trustme

from api_mocker._core.exchange import Exchange
from api_mocker._core.model import FAILURE_KINDS, Failure, FailureKind, Request, Response

from .httpx_peer import Peer, serving
from .httpx_stage import Facade, Stage, Tape, cut, failing, on_every_driver, watched

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = on_every_driver

RAISED: dict[FailureKind, str] = {
    "connect_timeout": "ConnectTimeout",
    "read_timeout": "ReadTimeout",
    "refused": "ConnectError",
    "dns": "ConnectError",
    "tls": "ConnectError",
    "reset": "ReadError",
    "protocol": "RemoteProtocolError",
    "closed_early": "RemoteProtocolError",
}


def silent(peer: Peer) -> None:
    peer.connection.recv(1)  # until the client leaves


def stuck(peer: Peer) -> None:
    peer.say(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")
    peer.connection.recv(1)


def cut_short(peer: Peer) -> None:
    peer.say(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")
    peer.hang_up()


def cut_chunk(peer: Peer) -> None:
    peer.say(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n8\r\nno")
    peer.hang_up()


HALF: dict[str, tuple[Callable[[Peer], None], FailureKind]] = {
    "no answer": (lambda peer: peer.hang_up(), "protocol"),
    "not http": (lambda peer: peer.say(b"SSH-2.0-x\r\n\r\n"), "protocol"),
    "reset": (lambda peer: peer.hang_up(reset=True), "reset"),
    "silent": (silent, "read_timeout"),
    "stuck": (stuck, "read_timeout"),
    "cut short": (cut_short, "closed_early"),
    "cut chunk": (cut_chunk, "closed_early"),
}


@pytest.mark.parametrize("name", HALF)
def test_what_a_peer_does_wrong_is_recorded_and_raised_again(stage: Stage, name: str) -> None:
    """Class, text and request of the exception are the same, and what arrived before it as well."""
    script, kind = HALF[name]

    async def scenario(client: Facade) -> Any:
        got: list[bytes] = []

        async def read() -> None:
            async with client.stream("GET", f"{server.url}/x") as response:
                await client.take(response, got)

        return await failing(read()), await failing(client.send("GET", f"{server.url}/x")), b"".join(got)

    with serving(script) as server:
        streamed, whole, got = stage.thrice(scenario, timeout=0.2 if kind == "read_timeout" else 5)
    assert streamed == whole == (RAISED[kind], whole[1], f"{server.url}/x")
    for response, failure in stage.tape.outcomes:
        assert failure is not None
        assert (failure.kind, failure.message) == (kind, whole[1])
        assert (b"" if response is None else response.body) == got


def test_a_refused_connection(stage: Stage) -> None:
    """Nobody listens: refused."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

    async def scenario(client: Facade) -> Any:
        return await failing(client.send("GET", f"http://127.0.0.1:{port}/"))

    assert stage.thrice(scenario)[0] == "ConnectError"
    assert [failure.kind for _, failure in stage.tape.outcomes if failure] == ["refused"]


def test_an_unknown_name(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that does not resolve: dns."""
    real = socket.getaddrinfo

    def resolve(host: Any, *rest: Any, **named: Any) -> Any:
        if host in ("service.invalid", b"service.invalid"):
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return real(host, *rest, **named)

    monkeypatch.setattr(socket, "getaddrinfo", resolve)

    async def scenario(client: Facade) -> Any:
        return await failing(client.send("GET", "http://service.invalid/"))

    assert stage.thrice(scenario)[:2] == ("ConnectError", "[Errno -2] Name or service not known")
    assert [failure.kind for _, failure in stage.tape.outcomes if failure] == ["dns"]


def test_a_certificate_nobody_trusts(stage: Stage) -> None:
    """The handshake fails on the certificate: tls, with its text."""
    there = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("localhost").configure_cert(there)

    async def scenario(client: Facade) -> Any:
        return await failing(client.send("GET", server.url))

    with serving(lambda peer: peer.answer(), there) as server:
        name, _, url = stage.thrice(scenario, verify=ssl.create_default_context())
    assert (name, url) == ("ConnectError", server.url)
    assert [failure.kind for _, failure in stage.tape.outcomes if failure] == ["tls"]


def test_a_handshake_that_never_ends(stage: Stage) -> None:
    """A peer that accepts and says nothing while TLS begins: connect_timeout."""

    async def scenario(client: Facade) -> Any:
        return await failing(client.send("GET", f"https://127.0.0.1:{port}/"))

    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        assert stage.thrice(scenario, timeout=0.2)[0] == "ConnectTimeout"
    assert [failure.kind for _, failure in stage.tape.outcomes if failure] == ["connect_timeout"]


@pytest.mark.parametrize("began", [False, True], ids=["before", "within"])
@pytest.mark.parametrize("kind", FAILURE_KINDS)
def test_every_kind_has_its_class(stage: Stage, kind: FailureKind, *, began: bool) -> None:
    """A failure from any tape or route is raised as this client's class, at the place it is told for."""

    class Failing(Tape):
        def open(self, request: Request) -> Exchange:
            response = Response(200, body=b"abc", chunks=(1, 2)) if began else None
            return Exchange(request, response=response, failure=Failure(kind, "as told"))

    async def scenario(client: Facade) -> Any:
        got: list[bytes] = []

        async def read() -> None:
            async with client.stream("GET", "http://service.invalid/") as response:
                await client.take(response, got)

        return await failing(read()), got

    with watched(Failing()), cut():
        (name, text, url), got = stage.driver.run(scenario)
    assert (name, text, url) == (RAISED[kind], "as told", "http://service.invalid/")
    assert issubclass(getattr(stage.module, name), stage.module.TransportError)
    assert got == ([b"a", b"bc"] if began else [])


def test_a_full_pool_says_nothing_of_the_peer(stage: Stage) -> None:
    """PoolTimeout passes, and leaves no interaction."""

    async def scenario(client: Facade) -> Any:
        async with client.stream("GET", server.url):
            return await failing(client.send("GET", f"{server.url}/second"))

    timeout = stage.module.Timeout(5, pool=0.05)
    with serving(lambda peer: peer.answer(b"held")) as server:
        limits = stage.module.Limits(max_connections=1)
        bare = stage.driver.run(scenario, limits=limits, timeout=timeout)
        assert stage.record(scenario, limits=limits, timeout=timeout) == bare
    assert bare[0] == "PoolTimeout"
    assert [request.url for request in stage.tape.requests] == [server.url.rstrip("/") + "/"]


# trio tells of every generator that is left to the garbage collector; httpx leaves that of its body.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_peer_that_does_not_read_has_no_word(stage: Stage) -> None:
    """No neutral word stands for WriteTimeout, and none that lies is taken: it passes, and is not recorded."""

    async def scenario(client: Facade) -> Any:
        return await failing(client.send("POST", f"http://127.0.0.1:{port}/", content=b"x" * 20_000_000))

    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        timeout = stage.module.Timeout(5, write=0.1)
        assert stage.record(scenario, timeout=timeout)[0] == "WriteTimeout"
    assert (stage.tape.requests, stage.tape.outcomes) == ([], [])


def test_a_proxy_that_refuses_is_not_the_service(stage: Stage) -> None:
    """A proxy's own refusal of a tunnel passes, and leaves no interaction."""

    async def scenario(client: Facade) -> Any:
        return await failing(client.send("GET", "https://service.invalid/"))

    with serving(lambda peer: peer.answer(status=b"403 No")) as proxy:
        bare = stage.driver.run(scenario, proxy=proxy.url)
        assert stage.record(scenario, proxy=proxy.url) == bare
    assert bare[0] == "ProxyError"
    assert (stage.tape.requests, stage.tape.outcomes) == ([], [])


def test_retries_of_the_transport_are_one_exchange(stage: Stage) -> None:
    """`retries=` tries to connect again below the seam: one request, one failure."""
    module = stage.module

    async def scenario(client: Facade) -> Any:
        return await failing(client.send("GET", "http://127.0.0.1:1/"))

    kind = module.HTTPTransport if stage.driver.backend == "sync" else module.AsyncHTTPTransport
    bare = stage.driver.run(scenario, transport=kind(retries=1))
    assert stage.record(scenario, transport=kind(retries=1)) == bare
    assert len(stage.tape.outcomes) == 1


def test_a_failure_in_a_task_group_arrives_as_it_does_bare(stage: Stage) -> None:
    """A replayed failure cancels its siblings and is grouped, as a live one."""
    if stage.driver.backend == "sync":
        pytest.skip("only tasks are grouped")

    async def scenario(client: Facade) -> Any:
        async def together() -> None:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(anyio.sleep_forever)
                tasks.start_soon(client.send, "GET", server.url)

        with pytest.raises(ExceptionGroup) as group:
            await together()
        return [type(error).__qualname__ for error in group.value.exceptions]

    with serving(lambda peer: peer.hang_up()) as server:
        assert stage.thrice(scenario) == ["RemoteProtocolError"]
