"""httpx and httpx2: what comes back is the same bare, recording and replaying with sockets cut."""

from __future__ import annotations

import gzip
import ssl
from typing import TYPE_CHECKING, Any

import anyio
import pytest
import trustme

from api_mocker import _runtime
from api_mocker.exceptions import UnmatchedRequest, UsageError

from .httpx_peer import Peer, serving
from .httpx_stage import Facade, Stage, Tape, cut, on_every_driver, shown, watched

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from api_mocker._core.model import Request

pytestmark = on_every_driver


def test_a_response_is_the_same_in_all_that_a_caller_sees(stage: Stage) -> None:
    """Status, reason, headers in case and order and number, cookies, body, version, elapsed: all equal."""

    def script(peer: Peer) -> None:
        headers = (
            b"X-Twice: a",
            b"x-other: 1",
            b"X-Twice: b",
            b"Set-Cookie: k=v; Path=/",
            b"Content-Type: text/plain",
        )
        peer.answer(b"body", *headers, status=b"299 Odd But Fine")

    async def scenario(client: Facade) -> Any:
        return shown(await client.send("GET", f"{server.url}/a?b=c&b=d", headers={"X-Mine": "1"}))

    with serving(script) as server:
        seen = stage.thrice(scenario)
    assert seen["reason"] == "Odd But Fine"
    (request,) = stage.tape.requests
    assert (request.method, request.url, request.body) == ("GET", f"{server.url}/a?b=c&b=d", b"")
    assert ("X-Mine", "1") in request.headers.pairs


@pytest.mark.parametrize(
    "values",
    [("é".encode(),), (b"\xe9",), ("é".encode(), b"\xe9"), (b"\xff\x80",), ("€".encode(), b"plain")],
    ids=["utf-8", "latin-1", "both", "neither", "utf-8 and ascii"],
)
def test_header_bytes_are_guessed_over_the_same_set(stage: Stage, values: tuple[bytes, ...]) -> None:
    """Header bytes above 0x7f reach the client as they were, so that its guess at them is the same."""

    def script(peer: Peer) -> None:
        peer.answer(b"", *[b"X-%d: %s" % item for item in enumerate(values)])

    async def scenario(client: Facade) -> Any:
        response = await client.send("GET", server.url)
        return shown(response), list(response.headers.items())

    with serving(script) as server:
        stage.thrice(scenario)


@pytest.mark.parametrize("reason", [b"200 OK", b"200 ", b"200", b"200 D\xe9j\xe0"], ids=repr)
def test_a_reason_phrase_may_be_anything(stage: Stage, reason: bytes) -> None:
    """An empty, an absent and a non-ASCII reason phrase come back as the client shows them bare."""

    async def scenario(client: Facade) -> Any:
        return shown(await client.send("GET", server.url))

    with serving(lambda peer: peer.answer(b"x", status=reason)) as server:
        stage.thrice(scenario)


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 204 No Content\r\n\r\n",
        b'HTTP/1.1 304 Not Modified\r\nContent-Length: 10\r\nETag: "x"\r\n\r\n',
        b"HTTP/1.0 200 OK\r\n\r\nto the end",
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n3\r\ncde\r\n0\r\nTrailer: t\r\n\r\n",
    ],
    ids=["204", "304", "1.0", "100", "trailers"],
)
def test_framings(stage: Stage, answer: bytes) -> None:
    """Bodies that are forbidden, ended by the connection, preceded by 100 or followed by trailers."""

    def script(peer: Peer) -> None:
        peer.say(answer)
        peer.hang_up()

    async def scenario(client: Facade) -> Any:
        return shown(await client.send("GET", server.url))

    with serving(script) as server:
        stage.thrice(scenario)


def test_head_keeps_the_length_it_announces(stage: Stage) -> None:
    """The answer to HEAD has a Content-Length and no body, and nobody misses one."""

    async def scenario(client: Facade) -> Any:
        return shown(await client.send("HEAD", server.url))

    with serving(lambda peer: peer.answer(b"seven77")) as server:
        seen = stage.thrice(scenario)
    assert (seen["content"], (b"Content-Length", b"7") in seen["headers"]) == (b"", True)


def test_a_coded_body_is_decoded_by_the_client(stage: Stage) -> None:
    """The coded bytes are what is reported and replayed; the client's own decoder runs both times."""
    coded = gzip.compress(b"plain" * 100)

    async def scenario(client: Facade) -> Any:
        return shown(await client.send("GET", server.url))

    with serving(lambda peer: peer.answer(coded, b"Content-Encoding: gzip")) as server:
        assert stage.thrice(scenario)["content"] == b"plain" * 100
    response, _ = stage.tape.outcomes[0]
    assert response is not None
    assert response.body == coded


def test_redirects_cookies_auth_and_hooks_are_the_clients(stage: Stage) -> None:
    """Each hop is one interaction; history, the cookie set on the way and digest's second try are real."""

    def script(peer: Peer) -> None:
        if peer.target == "/start":
            peer.answer(b"", b"Location: /end", b"Set-Cookie: way=1", status=b"302 Found")
        elif b"Authorization: Digest" not in peer.head:
            challenge = b'WWW-Authenticate: Digest realm="r", nonce="n", algorithm=MD5'
            peer.answer(b"who?", challenge, status=b"401 Unauthorized")
        else:
            peer.answer(b"in " + (b"with cookie" if b"way=1" in peer.head else b"without"))

    async def scenario(client: Facade) -> Any:
        hooked: list[str] = []

        def note(message: Any) -> None:
            hooked.append(type(message).__name__)

        async def anote(message: Any) -> None:
            note(message)

        hook = anote if client.is_async else note
        client.client.event_hooks = {"request": [hook], "response": [hook]}
        auth = client.module.DigestAuth("u", "p")
        response = await client.send("GET", f"{server.url}/start", auth=auth, follow_redirects=True)
        return shown(response), hooked, dict(client.client.cookies)

    with serving(script) as server:
        seen, hooked, cookies = stage.thrice(scenario)
    assert seen["content"] == b"in with cookie"
    assert seen["history"] == [401, 302]
    assert [response.status for response, _ in stage.tape.outcomes if response] == [302, 401, 302, 200]
    assert (len(hooked), cookies) == (8, {"way": "1"})


def test_userinfo_and_fragment_are_not_seen(stage: Stage) -> None:
    """The URL is the one that goes out: credentials in it travel as a header, a fragment stays at home."""

    async def scenario(client: Facade) -> Any:
        url = server.url.replace("http://", "http://me:secret@")
        return (await client.send("GET", f"{url}/p?q=%20a#part")).status_code

    with serving(lambda peer: peer.answer()) as server:
        stage.thrice(scenario)
    (request,) = stage.tape.requests
    assert request.url == f"{server.url}/p?q=%20a"
    assert request.headers["authorization"].startswith("Basic ")


def test_https(stage: Stage) -> None:
    """TLS is made for real while recording, and not at all on replay."""
    authority = trustme.CA()
    there, here = (ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context())
    authority.issue_cert("localhost").configure_cert(there)
    authority.configure_trust(here)

    async def scenario(client: Facade) -> Any:
        return shown(await client.send("POST", server.url, json={"a": 1}))

    with serving(lambda peer: peer.answer(peer.body), there) as server:
        assert stage.thrice(scenario, verify=here)["content"] == stage.tape.requests[0].body
    assert stage.tape.requests[0].json() == {"a": 1}


def test_a_proxied_request_is_recorded_under_its_own_url(stage: Stage) -> None:
    """`proxy=` changes the way, not the exchange: what is seen names the service."""

    async def scenario(client: Facade) -> Any:
        return shown(await client.send("GET", "http://service.invalid/x"))

    with serving(lambda peer: peer.answer(peer.target.encode())) as proxy:
        seen = stage.thrice(scenario, proxy=proxy.url)
    assert seen["content"] == b"http://service.invalid/x"
    assert [request.url for request in stage.tape.requests] == ["http://service.invalid/x"]


def test_a_client_from_before_a_wrapper_and_a_mount_are_caught(stage: Stage) -> None:
    """Clients made before the seam was laid, transports that wrap or extend, and mounts are all seen."""
    module = stage.module
    asynchronous = stage.driver.backend != "sync"
    base: Any = module.AsyncHTTPTransport if asynchronous else module.HTTPTransport

    class Mine(base):  # type: ignore[misc]  # of either module
        def handle_request(self, request: Any) -> Any:
            request.headers["X-Added"] = "below"
            return super().handle_request(request)

        async def handle_async_request(self, request: Any) -> Any:
            request.headers["X-Added"] = "below"
            return await super().handle_async_request(request)

    tape = Tape()

    async def scenario(client: Facade) -> Any:
        with watched(tape):  # later than the client
            one = await client.send("GET", f"{server.url}/one")
            two = await client.send("GET", f"{server.url.replace('127.0.0.1', 'localhost')}/two")
        return one.content, two.content

    with serving(lambda peer: peer.answer(peer.target.encode())) as server:
        assert stage.driver.run(scenario, mounts={"all://localhost": Mine()}) == (b"/one", b"/two")
    assert [request.headers.get("x-added") for request in tape.requests] == [None, "below"]


def test_transports_that_reach_no_network_are_left_alone(stage: Stage) -> None:
    """Mock, WSGI and ASGI transports answer as ever, and the engine is not asked."""
    tape = Tape(Tape())
    module = stage.module

    async def scenario(client: Facade) -> Any:
        return (await client.send("GET", "http://nowhere.invalid/")).text

    def wsgi(environ: object, start_response: Any) -> list[bytes]:  # Any: as PEP 3333 has it
        start_response("200 OK", [])
        return [b"mine"]

    async def asgi(scope: object, receive: object, send: Any) -> None:  # Any: as ASGI has it
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"mine"})

    local = (
        module.WSGITransport(app=wsgi) if stage.driver.backend == "sync" else module.ASGITransport(app=asgi)
    )
    with watched(tape), cut():
        for transport in (module.MockTransport(lambda _: module.Response(200, text="mine")), local):
            assert stage.driver.run(scenario, transport=transport) == "mine"
    assert tape.requests == []


def test_a_refusal_comes_out_as_it_was_raised(stage: Stage) -> None:
    """UnmatchedRequest crosses the client unchanged, in a task group too."""
    refusal = UnmatchedRequest("nothing for you")

    class Refusing(Tape):
        def open(self, request: Request) -> None:
            raise refusal

    async def scenario(client: Facade) -> Any:
        with pytest.raises(UnmatchedRequest) as caught:
            await client.send("POST", "http://service.invalid/", content=client.upload(b"a"))
        assert caught.value is refusal
        if client.is_async:
            with pytest.raises(ExceptionGroup) as group:
                async with anyio.create_task_group() as tasks:
                    tasks.start_soon(client.send, "GET", "http://service.invalid/")
            assert group.value.exceptions == (refusal,)

    with watched(Refusing()), cut():
        stage.driver.run(scenario)


def test_what_the_engine_lets_pass_goes_out_untouched(stage: Stage) -> None:
    """None from the engine: the request is sent, with its one-shot body, and nothing is reported."""

    class Passing(Tape):
        def open(self, request: Request) -> None:
            self.requests.append(request)

    engine = Passing()

    async def scenario(client: Facade) -> Any:
        return (await client.send("POST", server.url, content=client.upload(b"a", b"b"))).content

    with serving(lambda peer: peer.answer(peer.body)) as server, watched(engine):
        assert stage.driver.run(scenario) == b"ab"
    assert [request.body for request in engine.requests] == [b"ab"]


def test_an_upload_that_fetches_is_two_exchanges(stage: Stage) -> None:
    """What a body's generator sends while it is drained is seen, as the request of its own that it is."""

    async def scenario(client: Facade) -> Any:
        async def fetched() -> AsyncIterator[bytes]:
            yield (await client.send("GET", f"{server.url}/inner")).content

        def fetched_now() -> Any:
            yield client.client.get(f"{server.url}/inner").content

        body = fetched() if client.is_async else fetched_now()
        return (await client.send("POST", f"{server.url}/outer", content=body)).content

    with serving(lambda peer: peer.answer(peer.target.encode() + peer.body)) as server:
        assert stage.thrice(scenario) == b"/outer/inner"
    assert [request.method for request in stage.tape.requests] == ["GET", "POST"]


def test_seams_below_are_told_and_those_above_are_not(stage: Stage) -> None:
    """While the original runs, its inside is nobody else's exchange; while the body is read, it is over."""

    async def scenario(client: Facade) -> Any:
        inside: set[bool] = set()
        reading: set[bool] = set()

        def trace(event: str, _: Any) -> None:
            if event.startswith(("connection", "http11.send")):
                inside.add(_runtime.watching())

        async def atrace(event: str, info: Any) -> None:
            trace(event, info)

        watcher = {"trace": atrace if client.is_async else trace}
        async with client.stream("GET", server.url, extensions=watcher) as response:
            async for _ in client.each(response):
                reading.add(_runtime.watching())
        return inside, reading, _runtime.watching()

    with serving(lambda peer: peer.answer(b"body")) as server:
        assert stage.record(scenario) == ({False}, {True}, True)


def test_what_the_transport_refuses_by_itself_it_still_refuses(stage: Stage) -> None:
    """A URL that no transport takes is the client's own error, and nobody's recording."""

    async def scenario(client: Facade) -> Any:
        with pytest.raises(stage.module.UnsupportedProtocol):
            await client.send("GET", "gopher://service.invalid/")

    stage.thrice(scenario)
    assert stage.tape.requests == []


def test_switching_protocols_is_said_to_be_impossible(stage: Stage) -> None:
    """A 101 is no exchange that could be replayed: it is refused with the way out, remembered, and not recorded."""

    def script(peer: Peer) -> None:
        peer.say(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n")

    async def scenario(client: Facade) -> Any:
        with pytest.raises(UsageError, match="passthrough") as caught:
            await client.send("GET", server.url, headers={"Connection": "Upgrade", "Upgrade": "websocket"})
        return caught.value

    with serving(script) as server:
        error = stage.record(scenario)
    assert stage.tape.requests == []
    assert stage.tape.outcomes == []
    assert stage.tape.refusals == [error]
