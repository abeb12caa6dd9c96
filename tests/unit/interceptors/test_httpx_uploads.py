"""Request bodies: drained before the decision, and sent as the one-shot streams that they were."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import pytest

from .httpx_peer import Peer, serving
from .httpx_stage import Facade, Stage, Tape, cut, failing, on_every_driver, shown, watched

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

pytestmark = on_every_driver


class Unseekable(io.RawIOBase):
    """A file that can be read once, and does not know its length."""

    def __init__(self, data: bytes) -> None:
        self._data = io.BytesIO(data)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        return self._data.readinto(buffer)


BODIES: dict[str, Callable[[Facade], dict[str, Any]]] = {
    "nothing": lambda _: {},
    "bytes": lambda _: {"content": b"\x00\xff"},
    "text": lambda _: {"content": "é"},
    "json": lambda _: {"json": {"a": [1, None]}},
    "form": lambda _: {"data": {"a": ["1", "2"], "b": "ü"}},
    "multipart": lambda _: {"files": {"f": ("n.bin", io.BytesIO(b"\x00file"))}, "data": {"k": "v"}},
    "multipart bytes": lambda _: {"files": [("f", ("n", b"one")), ("f", ("n", b"two", "text/plain"))]},
    "one-shot": lambda client: {"content": client.upload(b"one", b"", b"two")},
    "empty one-shot": lambda client: {"content": client.upload()},
    "sized one-shot": lambda client: {
        "content": client.upload(b"ab", b"c"),
        "headers": {"Content-Length": "3"},
    },
}


@pytest.mark.parametrize("name", BODIES)
def test_every_kind_of_body_arrives_and_is_seen(stage: Stage, name: str) -> None:
    """What the service reads is what the tape holds, framed into the chunks in which the caller gave it."""

    async def scenario(client: Facade) -> Any:
        headers = {"Content-Type": "multipart/form-data; boundary=b"} if "multipart" in name else {}
        options = {"headers": headers, **BODIES[name](client)}
        return shown(await client.send("PUT", f"{server.url}/{name}", **options))

    with serving(lambda peer: peer.answer(b"%d" % len(peer.body))) as server:
        stage.thrice(scenario)
    bare, recorded = server.seen
    assert (recorded.head, recorded.body, recorded.frames) == (bare.head, bare.body, bare.frames)
    assert stage.tape.requests[0].body == bare.body


@pytest.mark.parametrize("status", [b"307 Temporary Redirect", b"308 Permanent Redirect"])
def test_a_spent_upload_is_not_sent_again(stage: Stage, status: bytes) -> None:
    """A redirect that keeps the body fails on a one-shot upload exactly as it does without the tool."""

    async def scenario(client: Facade) -> Any:
        upload = client.upload(b"once")
        return await failing(client.send("POST", server.url, content=upload, follow_redirects=True))

    with serving(lambda peer: peer.answer(b"", b"Location: /next", status=status)) as server:
        assert stage.thrice(scenario)[0] == "StreamConsumed"
    assert len(stage.tape.requests) == 1


@pytest.mark.parametrize("kind", ["multipart", "list"])
def test_what_can_be_sent_again_is(stage: Stage, kind: str) -> None:
    """A redirect that keeps the body repeats one that can be iterated anew: two equal exchanges."""

    def script(peer: Peer) -> None:
        if peer.target == "/start":
            peer.answer(b"", b"Location: /end", status=b"307 Temporary Redirect")
        else:
            peer.answer(peer.body)

    class Again:
        """An iterable, sync and async, that is no generator."""

        def __iter__(self) -> Iterator[bytes]:
            return iter((b"a", b"b"))

    class AgainLater:
        async def __aiter__(self) -> AsyncIterator[bytes]:
            yield b"a"
            yield b"b"

    async def scenario(client: Facade) -> Any:
        options: dict[str, Any] = {"content": AgainLater() if client.is_async else Again()}
        if kind == "multipart":
            options = {
                "files": {"f": io.BytesIO(b"x")},
                "headers": {"Content-Type": "multipart/form-data; boundary=b"},
            }
        return shown(await client.send("POST", f"{server.url}/start", follow_redirects=True, **options))

    with serving(script) as server:
        content = stage.thrice(scenario)["content"]
    first, second = stage.tape.requests
    assert first.body == second.body == content != b""


async def _after(client: Facade, response: Any) -> tuple[str, ...]:
    """How the request of a response answers to being asked for its body, before and after reading it."""
    request = response.request

    async def content() -> Any:
        return request.content

    async def read() -> Any:
        return await request.aread() if client.is_async else request.read()

    found = []
    for ask in (content, read, content):
        try:
            found.append(repr(await ask()))
        except Exception as error:
            found.append(type(error).__qualname__)
    return tuple(found)


@pytest.mark.parametrize("name", ["bytes", "multipart", "one-shot", "empty one-shot", "nothing"])
def test_the_request_of_a_response_knows_what_it_knew(stage: Stage, name: str) -> None:
    """`response.request.content` and `.read()` behave as without the tool, streamed bodies included."""

    async def scenario(client: Facade) -> Any:
        headers = {"Content-Type": "multipart/form-data; boundary=b"}
        response = await client.send("POST", server.url, headers=headers, **BODIES[name](client))
        return await _after(client, response)

    with serving(lambda peer: peer.answer(b"")) as server:
        stage.thrice(scenario)


def test_a_body_that_was_never_sent_can_still_be(stage: Stage) -> None:
    """Where no connection came about, the upload is unspent: the same request may be sent again."""

    async def scenario(client: Facade) -> Any:
        request = client.client.build_request(
            "POST", "http://127.0.0.1:1/", content=client.upload(b"a", b"b")
        )
        failed = await failing(client.send_request(request))
        again = await failing(client.send_request(request))
        request.url = stage.module.URL(server.url)
        request.headers["Host"] = "service"
        response = await client.send_request(request)
        return failed, again, response.content

    with serving(lambda peer: peer.answer(peer.body)) as server:
        failed, again, content = stage.thrice(scenario)
    assert (failed[0], again[0], content) == ("ConnectError", "ConnectError", b"ab")
    assert [request.body for request in stage.tape.requests] == [b"ab"] * 3


def test_an_upload_that_breaks_breaks_as_itself(stage: Stage) -> None:
    """An error in the caller's generator is the caller's: it comes out, and nothing is recorded."""

    async def scenario(client: Facade) -> Any:
        async def later() -> AsyncIterator[bytes]:
            yield b"a"
            raise KeyError("mine")

        def now() -> Iterator[bytes]:
            yield b"a"
            raise KeyError("mine")

        return await failing(client.send("POST", server.url, content=later() if client.is_async else now()))

    with serving(lambda peer: peer.answer()) as server:
        assert stage.thrice(scenario)[0] == "KeyError"
    assert stage.tape.requests == []


# trio notes that httpx leaves the generator of a body it could not write to the garbage collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_body_that_contradicts_its_length_is_the_callers_error(stage: Stage) -> None:
    """What the client refuses to write is no failure of the peer: same error, nothing on the tape."""

    async def scenario(client: Facade) -> Any:
        headers = {"Content-Length": "1"}
        return await failing(client.send("POST", server.url, content=client.upload(b"long"), headers=headers))

    with serving(lambda peer: peer.answer()) as server:
        bare = stage.driver.run(scenario)
        assert stage.record(scenario) == bare
    assert bare[0] == "LocalProtocolError"
    assert (stage.tape.requests, stage.tape.outcomes) == ([], [])


def test_unwatched_uploads_are_not_touched(stage: Stage) -> None:
    """With nobody active, a request keeps the very stream it was made with."""

    async def scenario(client: Facade) -> Any:
        request = client.client.build_request("POST", server.url, content=client.upload(b"a"))
        stream = request.stream
        await client.send_request(request)
        return request.stream is stream

    with serving(lambda peer: peer.answer()) as server:
        assert stage.thrice(scenario) is True


def test_a_file_without_a_length_is_sent_chunked(stage: Stage) -> None:
    """A file that can only be read arrives in the client's own portions."""
    if stage.driver.backend != "sync":
        pytest.skip("async clients take no plain files as content")

    async def scenario(client: Facade) -> Any:
        return (await client.send("POST", server.url, content=Unseekable(b"x" * 70_000))).content

    with serving(lambda peer: peer.answer(b"ok")) as server:
        stage.thrice(scenario)
    bare, recorded = server.seen
    assert [len(frame) for frame in recorded.frames] == [len(frame) for frame in bare.frames]


def test_an_unmatched_upload_raises_before_any_byte_leaves(stage: Stage) -> None:
    """The decision is taken on the whole body, and the network is not touched for it."""

    async def scenario(client: Facade) -> Any:
        return await failing(client.send("POST", "http://service.invalid/", content=client.upload(b"a")))

    with watched(Tape(Tape())), cut():
        assert stage.driver.run(scenario)[0] == "NotRecorded"
