"""HTTP/2: its version, its missing reason phrase, its streams and their failures."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING, Any

import anyio
import pytest
import trustme

from .httpx_peer import Server, serving
from .httpx_stage import Facade, Stage, failing, on_every_driver, shown

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator

h2_connection = pytest.importorskip("h2.connection")
h2_config = pytest.importorskip("h2.config")
events = pytest.importorskip("h2.events")

pytestmark = on_every_driver


class Http2(Server):
    """Answers with the request's path and body, in two frames.

    `/reset` breaks off after the first; `/away` goes away, as if the connection's second request had never come.
    """

    def converse(self, connection: socket.socket) -> None:
        speaker = h2_connection.H2Connection(
            h2_config.H2Configuration(client_side=False, header_encoding="ascii")
        )
        speaker.initiate_connection()
        connection.sendall(speaker.data_to_send())
        asked: dict[int, bytes] = {}
        while (data := connection.recv(65_536)) and "CLOSED" not in str(speaker.state_machine.state):
            for event in speaker.receive_data(data):
                stream = getattr(event, "stream_id", 0)
                if isinstance(event, events.RequestReceived):
                    asked[stream] = dict(event.headers)[":path"].encode() + b" "
                elif isinstance(event, events.DataReceived):
                    asked[stream] += event.data
                    speaker.acknowledge_received_data(event.flow_controlled_length, stream)
                elif isinstance(event, events.StreamEnded):
                    self._answer(speaker, stream, asked[stream])
            connection.sendall(speaker.data_to_send())

    def _answer(self, speaker: Any, stream: int, said: bytes) -> None:
        if said.startswith(b"/away"):
            speaker.close_connection(last_stream_id=1)
            return
        speaker.send_headers(stream, [(":status", "404"), ("x-mine", "1"), ("set-cookie", "a=b")])
        speaker.send_data(stream, said[:1])
        if said.startswith(b"/reset"):
            speaker.reset_stream(stream)
        else:
            speaker.send_data(stream, said[1:], end_stream=True)


@pytest.fixture
def http2() -> Iterator[tuple[Server, dict[str, Any]]]:
    authority = trustme.CA()
    there, here = (ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context())
    authority.issue_cert("localhost").configure_cert(there)
    authority.configure_trust(here)
    there.set_alpn_protocols(["h2"])
    with serving(lambda _: None, there, Http2) as server:
        yield server, {"http2": True, "verify": here}


def test_a_response_of_http_2(stage: Stage, http2: tuple[Server, dict[str, Any]]) -> None:
    """The version is kept, and the reason phrase, which HTTP/2 has not, is the client's own on replay too."""
    server, options = http2

    async def scenario(client: Facade) -> Any:
        return shown(await client.send("POST", f"{server.url}/a", content=client.upload(b"b", b"c")))

    seen = stage.thrice(scenario, **options)
    assert (seen["http_version"], seen["reason"], seen["content"]) == ("HTTP/2", "Not Found", b"/a bc")
    response, _ = stage.tape.outcomes[0]
    assert response is not None
    assert (response.http_version, response.reason) == ("HTTP/2", "")


def test_a_reset_stream(stage: Stage, http2: tuple[Server, dict[str, Any]]) -> None:
    """A stream that the peer resets in its body fails as it does bare, after the same bytes."""
    server, options = http2

    async def scenario(client: Facade) -> Any:
        got: list[bytes] = []

        async def read() -> None:
            async with client.stream("GET", f"{server.url}/reset") as response:
                await client.take(response, got)

        name, _, url = await failing(read())
        return name, url, got

    assert stage.thrice(scenario, **options) == ("RemoteProtocolError", f"{server.url}/reset", [b"/"])


# trio tells of every generator that is left to the garbage collector; httpx leaves that of its body.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_an_upload_is_spent_for_the_clients_own_second_try(
    stage: Stage, http2: tuple[Server, dict[str, Any]]
) -> None:
    """A peer that goes away makes the client try again below the seam: one-shot bodies fail there as bare."""
    server, options = http2

    async def scenario(client: Facade) -> Any:
        await client.send("GET", server.url)
        return await failing(client.send("POST", f"{server.url}/away", content=client.upload(b"once")))

    bare = stage.driver.run(scenario, **options)
    assert stage.record(scenario, **options) == bare
    assert bare[0] == "StreamConsumed"


def test_many_at_once_on_one_connection(stage: Stage, http2: tuple[Server, dict[str, Any]]) -> None:
    """Concurrent streams are exchanges of their own, each with its own body."""
    server, options = http2
    if stage.driver.backend == "sync":
        pytest.skip("one client, one thread")

    async def scenario(client: Facade) -> Any:
        found: dict[int, bytes] = {}

        async def one(n: int) -> None:
            found[n] = (await client.send("PUT", f"{server.url}/{n}", content=b"%d" % n)).content

        async with anyio.create_task_group() as tasks:
            for n in range(20):
                tasks.start_soon(one, n)
        return [found[n] for n in range(20)]

    assert stage.record(scenario, **options) == [b"/%d %d" % (n, n) for n in range(20)]
    bodies = {request.url: request.body for request in stage.tape.requests}
    assert bodies == {f"{server.url}/{n}": b"%d" % n for n in range(20)}
    for request, (response, _) in zip(stage.tape.requests, stage.tape.outcomes, strict=True):
        assert response is not None
        assert response.body.partition(b" ")[2] == request.body
