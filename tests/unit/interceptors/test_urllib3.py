"""urllib3 and requests over real servers: bare, recording, and replaying with sockets cut."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import pytest
import requests
import urllib3
from urllib3.exceptions import HTTPError
from urllib3.util import Retry

from api_mocker._core.model import Response

from .urllib3_stage import Peer, Tape, cut, serving, thrice, watched

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

CRLF = b"\r\n"


def wire(*lines: bytes, body: bytes = b"") -> bytes:
    """The bytes of a response."""
    return CRLF.join([*lines, b"", b""]) + body


ANSWERS = {
    "sized": wire(b"HTTP/1.1 200 OK", b"Content-Length: 5", body=b"hello"),
    "empty": wire(b"HTTP/1.1 200 OK", b"Content-Length: 0"),
    "chunked": wire(
        b"HTTP/1.1 200 OK",
        b"Transfer-Encoding: chunked",
        body=b"2\r\nab\r\n3;x=y\r\ncde\r\n0\r\nT: 1\r\n\r\n",
    ),
    "chunked, nothing": wire(b"HTTP/1.1 200 OK", b"transfer-encoding: Chunked", body=b"0\r\n\r\n"),
    "gzip, chunked": wire(
        b"HTTP/1.1 200 OK",
        b"Transfer-Encoding: gzip, chunked",
        b"Connection: close",
        body=b"2\r\nab\r\n0\r\n\r\n",
    ),
    "chunked and sized": wire(
        b"HTTP/1.1 200 OK", b"Transfer-Encoding: chunked", b"Content-Length: 9", body=b"1\r\na\r\n0\r\n\r\n"
    ),
    "until close": wire(b"HTTP/1.1 200 OK", b"X: 1", b"Connection: close", body=b"hello"),
    "1.0": wire(b"HTTP/1.0 200 OK", b"X: 1", body=b"hello"),
    "1.0, kept alive": wire(b"HTTP/1.0 200 OK", b"Connection: keep-alive", b"Content-Length: 2", body=b"hi"),
    "204": wire(b"HTTP/1.1 204 No Content", b"X: 1"),
    "304": wire(b"HTTP/1.1 304 Not Modified", b"Content-Length: 7", b'ETag: "x"'),
    "100 first": wire(b"HTTP/1.1 100 Continue", b"X: 1")
    + wire(b"HTTP/1.1 200 OK", b"Content-Length: 2", body=b"hi"),
    "no reason": wire(b"HTTP/1.1 299", b"Content-Length: 0"),
    "odd reason": wire(b"HTTP/1.1 499 It's  \xe9t\xe9", b"Content-Length: 0"),
    "odd status": wire(b"HTTP/1.1 999 Odd", b"Content-Length: 2", body=b"no"),
    "same names": wire(
        b"HTTP/1.1 200 OK",
        b"Content-Length: 0",
        b"Set-Cookie: a=1",
        b"x-Y: 1",
        b"Set-Cookie: b=2; Path=/",
        b"X-y: 2",
    ),
    "odd values": wire(
        b"HTTP/1.1 200 OK", b"Content-Length: 0", b"A: \xff\xe9", b"B:", b"C:c \t", b"D:  d: e", b"E: f\r\n g"
    ),
    "many lengths": wire(b"HTTP/1.1 200 OK", b"Content-Length: 2, 2", b"Connection: close", body=b"hi"),
    "103": wire(b"HTTP/1.1 103 Early Hints", b"Link: </x>", b"Connection: close"),
}
CLOSING = {"until close", "1.0", "gzip, chunked", "many lengths", "103"}


@pytest.fixture
def answering() -> Iterator[str]:
    """A server that answers by the name in the path."""

    def script(peer: Peer) -> None:
        name = unquote(peer.target[1:])
        answer = ANSWERS[name]
        if peer.method == "HEAD":
            find = answer.rindex if name == "100 first" else answer.index
            answer = answer[: find(b"\r\n\r\n") + 4]
        peer.say(answer)
        if name in CLOSING:
            peer.hang_up()

    with serving(script) as server:
        yield server.url


READS: dict[str, Callable[[urllib3.HTTPResponse], Any]] = {
    "data": lambda response: response.data,
    "read": lambda response: response.read(),
    "read in pieces": lambda response: [response.read(2) for _ in range(5)],
    "read1": lambda response: b"".join(iter(lambda: response.read1(3), b"")),
    "readinto": lambda response: (response.readinto(buffer := bytearray(4)), buffer),
    "stream": lambda response: list(response.stream(2)),
    "lines": list,
    "chunks": lambda response: list(response.read_chunked()) if response.chunked else response.read(),
    "drained": lambda response: response.drain_conn(),
    "twice": lambda response: (response.read(), response.read()),
}

if not hasattr(urllib3.HTTPResponse, "read1"):  # not in the oldest
    del READS["read1"]


def facts(response: urllib3.BaseHTTPResponse) -> dict[str, Any]:
    """All that a caller sees of a response that was read."""
    assert isinstance(response, urllib3.HTTPResponse)
    original = response._original_response
    assert original is not None
    return {
        "status": response.status,
        "reason": response.reason,
        "version": (response.version, getattr(response, "version_string", None)),  # not in the oldest
        "headers": [(name, response.headers.getlist(name)) for name in response.headers],
        "raw": original.msg.items(),
        "length": response.length_remaining,
        "told": response.tell(),
        "closed": (response.closed, original.isclosed()),
    }


@pytest.mark.parametrize("read", READS)
@pytest.mark.parametrize("name", ANSWERS)
def test_urllib3_reads_every_framing(name: str, read: str, answering: str) -> None:
    """However a body is framed and read, status, headers and bytes are the same in all three runs."""

    def scenario() -> Any:
        with urllib3.PoolManager(retries=False) as pool:
            response = pool.request("GET", f"{answering}/{name}", preload_content=False)
            assert isinstance(response, urllib3.HTTPResponse)
            try:
                got = READS[read](response)
            except (HTTPError, ValueError) as error:
                got = type(error)
            return got, facts(response)

    thrice(scenario)


@pytest.mark.parametrize("method", ["GET", "HEAD", "DELETE"])
@pytest.mark.parametrize("name", ANSWERS)
def test_urllib3_preloads_every_framing(name: str, method: str, answering: str) -> None:
    """What urllib3 reads inside of getresponse() is seen and given back as well, HEAD included."""

    def scenario() -> Any:
        with urllib3.PoolManager(retries=False) as pool:
            response = pool.request(method, f"{answering}/{name}")
            return response.data, facts(response)

    thrice(scenario)


@pytest.mark.parametrize("name", ANSWERS)
def test_requests_reads_every_framing(name: str, answering: str) -> None:
    """A requests response is the same in all three runs, cookies included."""

    def scenario() -> Any:
        with requests.Session() as session:
            response = session.get(f"{answering}/{name}")
            return (
                response.status_code,
                response.reason,
                response.raw.version,
                list(response.headers.items()),
                response.content,
                sorted(session.cookies.items()),
                sorted(response.cookies.items()),
            )

    thrice(scenario)


def test_a_recorded_chunk_is_a_chunk_of_the_wire(answering: str) -> None:
    """Chunks of the wire are recorded without their framing, one by one, preloaded or not."""

    def scenario() -> Any:
        with urllib3.PoolManager() as pool:
            preloaded = pool.request("GET", f"{answering}/chunked").data
            return preloaded, list(
                pool.request("GET", f"{answering}/chunked", preload_content=False).stream()
            )

    seen, tape = thrice(scenario)
    assert seen == (b"abcde", [b"ab", b"cde"])
    assert [response and response.chunks for response, _ in tape.outcomes] == [(2, 3), (2, 3)]
    assert tape.response == Response(
        200, tape.response.headers, b"abcde", reason="OK", http_version="HTTP/1.1", chunks=(2, 3)
    )


def test_nothing_is_read_ahead() -> None:
    """While recording, an event reaches the caller before the server has sent the next one."""
    taken = threading.Event()

    def script(peer: Peer) -> None:
        peer.say(wire(b"HTTP/1.1 200 OK", b"Content-Type: text/event-stream", b"Transfer-Encoding: chunked"))
        peer.chunk(b"data: 1\n\n")
        assert taken.wait(5)
        peer.chunk(b"data: 2\n\n")
        peer.chunk(b"")

    def scenario() -> Any:
        taken.clear()
        with requests.get(server.url, stream=True) as response:
            events = response.iter_content(None)
            first = next(events)
            taken.set()
            return [first, *events]

    with serving(script) as server:
        assert thrice(scenario)[0] == [b"data: 1\n\n", b"data: 2\n\n"]


def test_an_endless_stream_can_be_left() -> None:
    """A stream that the caller closes early is recorded as far as it was read, and says so."""

    def script(peer: Peer) -> None:
        peer.say(wire(b"HTTP/1.1 200 OK", b"Transfer-Encoding: chunked"))
        while True:
            peer.chunk(b"tick")

    def scenario() -> Any:
        with requests.get(server.url, stream=True) as response:
            events = response.iter_content(None)
            return [next(events), next(events)]

    with serving(script) as server:
        assert thrice(scenario)[0] == [b"tick", b"tick"]
        _, tape = thrice(scenario)
    assert tape.response.body == b"ticktick"
    assert tape.response.truncated


def test_a_dropped_response_ends_its_exchange(answering: str) -> None:
    """A response that nobody reads or closes ends, truncated, as soon as it is collected."""
    tape = Tape()
    with watched(tape), urllib3.PoolManager() as pool:
        pool.request("GET", f"{answering}/sized", preload_content=False)
        pool.request("GET", f"{answering}/sized", preload_content=False)
        first = tape.outcomes[0][0]
    assert first is not None
    assert first.truncated
    assert first.body == b""


def test_what_a_truncated_recording_lacks_is_an_error(answering: str) -> None:
    """Who reads on where the recording was left gets no silent end of the body."""
    tape = Tape()
    with watched(tape), requests.get(f"{answering}/sized", stream=True) as response:
        assert next(response.iter_content(2)) == b"he"
    with watched(Tape(tape)), cut(), pytest.raises(requests.exceptions.ChunkedEncodingError):
        _ = requests.get(f"{answering}/sized").content


def test_each_attempt_and_hop_is_an_exchange() -> None:
    """Retries and redirects of urllib3 run for real: what is recorded is what crossed the wire."""
    calls: list[str] = []

    def script(peer: Peer) -> None:
        calls.append(peer.target)
        if calls.count("/busy") == 1:
            peer.answer(b"busy", b"Retry-After: 0", status=b"503 Busy")
        elif peer.target == "/busy":
            peer.answer(b"", b"Location: /done", status=b"302 Found")
        else:
            peer.answer(b"done")

    def scenario() -> Any:
        calls.clear()
        with urllib3.PoolManager(retries=Retry(3, status_forcelist=[503])) as pool:
            response = pool.request("GET", f"{server.url}/busy")
            assert response.retries is not None
            return response.data, response.geturl(), response.retries.history

    with serving(script) as server:
        seen, tape = thrice(scenario)
    assert seen[0] == b"done"
    assert [request.url.removeprefix(server.url) for request in tape.requests] == ["/busy", "/busy", "/done"]
    assert [response and response.status for response, _ in tape.outcomes] == [503, 302, 200]


def test_threads_keep_apart() -> None:
    """Eight threads over one pool: nothing is lost, and each caller gets the answer to its own request."""

    def script(peer: Peer) -> None:
        peer.answer(peer.target.encode())

    def ask(number: int) -> bytes:
        return pool.request("GET", f"{server.url}/{number}").data

    tape = Tape()
    with (
        serving(script) as server,
        urllib3.PoolManager(maxsize=3) as pool,
        watched(tape),
        ThreadPoolExecutor(8) as executor,
    ):
        contexts = [copy_context() for _ in range(50)]
        got = list(executor.map(lambda number: contexts[number].run(ask, number), range(50)))
    assert got == [b"/%d" % number for number in range(50)]
    recorded = {
        request.url.rpartition("/")[2]: response and response.body
        for request, (response, _) in zip(tape.requests, tape.outcomes, strict=True)
    }
    assert recorded == {str(number): b"/%d" % number for number in range(50)}
