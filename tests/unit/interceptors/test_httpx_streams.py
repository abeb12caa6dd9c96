"""Response streams: passed on as they arrive, reported as they are taken, replayed in the same pieces."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import anyio
import pytest

from api_mocker._core.exchange import Exchange
from api_mocker._core.model import Request, Response

from .httpx_peer import Peer, serving
from .httpx_stage import Facade, Stage, Tape, cut, failing, on_every_driver, shown, watched

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = on_every_driver

# trio tells of every generator that is left to the garbage collector; httpx leaves its own, with or without us.
LEFT_EARLY = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
EVENTS = (b"data: one\n\n", b"data: two\n\n", b"data: three\n\n")


def step_by_step(taken: threading.Semaphore) -> Any:
    """A script that sends an event only once the one before it was taken by the caller."""

    def script(peer: Peer) -> None:
        peer.say(HEAD)
        for event in EVENTS:
            peer.chunk(event)
            assert taken.acquire(timeout=5)
        peer.chunk(b"")

    return script


@pytest.mark.parametrize("way", ["raw", "bytes", "text", "lines"])
def test_an_event_reaches_the_caller_before_the_next_is_sent(stage: Stage, way: str) -> None:
    """The server sends each event only after the caller took the last: a buffering tee would wait for ever."""
    taken = threading.Semaphore(0)

    async def scenario(client: Facade) -> Any:
        found: list[Any] = []
        async with client.stream("GET", server.url) as response:
            async for item in client.each(response, way):
                found.append(item)
                if way != "lines" or item == "":
                    taken.release()
        return found

    with serving(step_by_step(taken)) as server:
        found = stage.thrice(scenario)
    # Older releases end iter_text with an empty text; what matters is that nothing came in one lump.
    assert len([item for item in found if item]) == len(EVENTS)
    response, failure = stage.tape.outcomes[0]
    assert response is not None
    assert (response.chunks, response.truncated, failure) == (tuple(map(len, EVENTS)), False, None)


def endless(peer: Peer) -> None:
    peer.say(HEAD)
    while True:
        peer.chunk(b"tick\n")


@LEFT_EARLY
def test_an_endless_stream_can_be_left(stage: Stage) -> None:
    """The caller leaves after three lines: the recording ends there and says that it was cut short."""

    async def scenario(client: Facade) -> Any:
        found: list[str] = []
        async with client.stream("GET", server.url) as response:
            async for line in client.each(response, "lines"):
                found.append(line)
                if len(found) == 3:
                    break
        return found, response.is_closed

    with serving(endless) as server:
        assert stage.thrice(scenario) == (["tick"] * 3, True)
    response, _ = stage.tape.outcomes[0]
    assert response is not None
    assert response.truncated
    assert response.body.startswith(b"tick\n" * 3)


def test_a_stream_that_is_never_read_ends_when_it_is_closed(stage: Stage) -> None:
    """Leaving the block closes the response: the interaction is complete, with nothing of the body."""

    async def scenario(client: Facade) -> Any:
        async with client.stream("GET", server.url) as response:
            status = response.status_code
        return status, response.is_closed, response.is_stream_consumed, response.elapsed.total_seconds() >= 0

    with serving(lambda peer: peer.answer(b"unread")) as server:
        stage.thrice(scenario)
    response, _ = stage.tape.outcomes[0]
    assert response is not None
    assert (response.body, response.truncated) == (b"", True)


def test_misuse_is_told_by_the_client(stage: Stage) -> None:
    """Reading twice, after closing, or in the wrong colour raises what it raises without the tool."""

    async def scenario(client: Facade) -> Any:
        found: list[tuple[str, ...]] = []

        async def wrong(response: Any) -> None:
            if client.is_async:
                next(response.iter_raw())
            else:
                await anext(response.aiter_raw())

        async with client.stream("GET", server.url) as response:
            found.append(await failing(wrong(response)))
            await client.take(response, [])
            found.append(await failing(client.take(response, [])))
            found.append((str(response.is_closed), str(response.num_bytes_downloaded)))
        async with client.stream("GET", server.url) as response:
            pass
        found.append(await failing(client.take(response, [], "bytes")))
        return found

    with serving(lambda peer: peer.answer(b"body")) as server:
        found = stage.thrice(scenario)
    assert [item[0] for item in found] == ["RuntimeError", "StreamConsumed", "True", "StreamClosed"]


@LEFT_EARLY
def test_a_connection_is_free_again_after_a_recorded_body(stage: Stage) -> None:
    """Bodies read, and bodies left, give their connection back: a pool of one serves them all."""
    limits = stage.module.Limits(max_connections=1)

    async def scenario(client: Facade) -> Any:
        await client.send("GET", server.url)
        async with client.stream("GET", server.url):
            pass
        async with client.stream("GET", server.url) as response:
            async for _ in client.each(response):
                break
        return (await client.send("GET", server.url)).content

    with serving(lambda peer: peer.answer(b"body")) as server:
        assert stage.thrice(scenario, limits=limits) == b"body"
    assert len(stage.tape.outcomes) == 4


def test_a_replayed_stream_is_lazy(stage: Stage) -> None:
    """A piece is made when it is asked for, and not before."""
    made: list[bytes] = []

    class Told(Response):
        def pieces(self) -> Iterator[bytes]:
            for piece in (b"one", b"two"):
                made.append(piece)
                yield piece

    class Telling(Tape):
        def open(self, request: Request) -> Exchange:
            return Exchange(request, response=Told(200))

    async def scenario(client: Facade) -> Any:
        async with client.stream("GET", "http://service.invalid/") as response:
            assert made == []
            return [(piece, len(made)) async for piece in client.each(response)]

    with watched(Telling()), cut():
        assert stage.driver.run(scenario) == [(b"one", 1), (b"two", 2)]


def test_cancelling_a_recorded_request_drops_it(stage: Stage) -> None:
    """A task cancelled before the answer leaves no interaction, one cancelled in the body a truncated one."""
    if stage.driver.backend == "sync":
        pytest.skip("only tasks are cancelled")
    arrived = threading.Event()

    def script(peer: Peer) -> None:
        if peer.target == "/body":
            peer.say(HEAD)
            peer.chunk(b"first")
        arrived.set()
        peer.connection.recv(1)  # until the client leaves

    async def scenario(client: Facade) -> Any:
        async def headless() -> None:
            await client.send("GET", f"{server.url}/head")

        async def bodied(status: Any) -> None:
            async with client.stream("GET", f"{server.url}/body") as response:
                async for _ in client.each(response):
                    status.started()

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(headless)
            await anyio.to_thread.run_sync(arrived.wait)
            tasks.cancel_scope.cancel()
        async with anyio.create_task_group() as tasks:
            await tasks.start(lambda *, task_status: bodied(task_status))
            tasks.cancel_scope.cancel()

    with serving(script) as server:
        stage.record(scenario)
    assert [request.url for request in stage.tape.requests] == [f"{server.url}/body"]
    (outcome,) = stage.tape.outcomes
    assert outcome[0] is not None
    assert (outcome[0].body, outcome[0].truncated, outcome[1]) == (b"first", True, None)


def test_other_tasks_run_during_a_replay(stage: Stage) -> None:
    """Replay gives way where the network would have: between the request, the pieces, and other tasks."""
    if stage.driver.backend == "sync":
        pytest.skip("only tasks take turns")

    async def scenario(client: Facade) -> Any:
        turns: list[str] = []

        async def one(name: str) -> None:
            async with client.stream("GET", server.url) as response:
                async for piece in client.each(response):
                    turns.append(name)
                    assert piece

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(one, "a")
            tasks.start_soon(one, "b")
        return sorted(turns), "".join(turns) not in ("a" * 9 + "b" * 9, "b" * 9 + "a" * 9)

    def script(peer: Peer) -> None:
        peer.say(HEAD)
        for event in EVENTS * 3:
            peer.chunk(event)
        peer.chunk(b"")

    with serving(script) as server:
        stage.record(scenario)
        turns, mixed = stage.replay(scenario)
    assert mixed
    assert set(turns) == {"a", "b"}


def test_requests_between_pieces_are_exchanges_of_their_own(stage: Stage) -> None:
    """What the caller sends while a stream is open is seen, and not taken for a part of that stream."""

    async def scenario(client: Facade) -> Any:
        found: list[bytes] = []
        async with client.stream("GET", f"{server.url}/outer") as response:
            async for piece in client.each(response):
                found.append(piece)
                found.append((await client.send("GET", f"{server.url}/inner")).content)
        return b"".join(found)

    def script(peer: Peer) -> None:
        peer.answer(peer.target.encode())

    with serving(script) as server:
        assert stage.thrice(scenario) == b"/outer/inner"
    assert len(stage.tape.requests) == 2


def test_a_big_body_comes_whole(stage: Stage) -> None:
    """Five MiB, both ways, byte for byte."""
    data = bytes(range(256)) * (5 * 4096)

    async def scenario(client: Facade) -> Any:
        return shown(await client.send("POST", server.url, content=data))

    with serving(lambda peer: peer.answer(peer.body)) as server:
        assert stage.thrice(scenario)["content"] == data
    assert stage.tape.requests[0].body == data
