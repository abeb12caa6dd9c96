"""The bytes under http.client, with nothing above: what is served is read, what is read is seen."""

from __future__ import annotations

import http.client
import io
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api_mocker._core.exchange import Exchange
from api_mocker._core.model import Failure, Headers, Request, Response
from api_mocker.interceptors._http1 import Reply, watched
from api_mocker.interceptors._http1_request import Origin, written

if TYPE_CHECKING:
    from collections.abc import Callable

TOKEN = st.text("abcXYZ-09!~", min_size=1, max_size=8).map("x-{}".format)
# Every byte that http.client takes in a value and gives back; white space around it is not part of it.
VALUE = st.text(
    st.characters(min_codepoint=0x20, max_codepoint=0xFF, exclude_characters="\x7f\x85\xa0"), max_size=20
).map(str.strip)
HEADERS = st.lists(st.tuples(TOKEN, VALUE), max_size=6)
PIECES = st.lists(st.binary(min_size=1, max_size=50), max_size=6)


@st.composite
def responses(draw: st.DrawFn) -> Response:
    """Whole responses, as they are recorded."""
    headers, pieces = draw(HEADERS), draw(PIECES)
    body = b"".join(pieces)
    framing = draw(st.sampled_from(["chunked", "sized", "until close"]))
    if framing == "chunked":
        headers.append(("Transfer-Encoding", "chunked"))
    elif framing == "sized":
        headers.append(("Content-Length", str(len(body))))
    sizes = tuple(map(len, pieces))
    reason = draw(st.text("ab '", max_size=9).map(str.strip))
    version = draw(st.sampled_from(["HTTP/1.0", "HTTP/1.1"]))
    return Response(
        draw(st.sampled_from([200, 404, 599])), Headers.of(headers), body, reason, version, chunks=sizes
    )


class Seen:
    """An exchange, and what it was told."""

    def __init__(self, method: str = "GET") -> None:
        self.outcomes: list[tuple[Response | None, Failure | None]] = []
        self.exchange = Exchange(Request(method, "http://a.example/"), outcome=self._done)

    def _done(self, exchange: Exchange, response: Response | None, failure: Failure | None) -> None:
        self.outcomes.append((response, failure))


def read(sock: Any, how: Callable[[http.client.HTTPResponse], object], method: str = "GET") -> Seen:
    """What an exchange is told when a response is read from `sock`."""
    seen = Seen(method)
    response = watched(http.client.HTTPResponse, seen.exchange)(sock, method=method)
    response.begin()
    try:
        how(response)
    except http.client.IncompleteRead:
        pass
    finally:
        response.close()
    return seen


READS: dict[str, Callable[[http.client.HTTPResponse], object]] = {
    "all": lambda response: response.read(),
    "some": lambda response: list(iter(lambda: response.read(7), b"")),
    "read1": lambda response: list(iter(lambda: response.read1(7), b"")),
    "readinto": lambda response: list(iter(lambda: response.readinto(bytearray(7)), 0)),
    "lines": lambda response: list(iter(response.readline, b"")),
    "peeked": lambda response: (response.peek(3), response.read()),
}


@given(responses(), st.sampled_from(list(READS)))
def test_what_is_served_is_what_is_seen(response: Response, how: str) -> None:
    """A response that is served, and watched while it is read in any way, is recorded as the same again."""
    ((seen, failure),) = read(Reply(response, None), READS[how]).outcomes
    assert failure is None
    assert seen is not None
    assert (seen.status, seen.reason, seen.http_version) == (
        response.status,
        response.reason,
        response.http_version,
    )
    assert seen.headers == response.headers
    assert seen.body == response.body
    if how == "read1":  # closed where the last byte was read, but not beyond
        return
    assert not seen.truncated


@given(PIECES, st.data())
def test_chunks_are_found_however_they_are_read(pieces: list[bytes], data: st.DataObject) -> None:
    """Framing is taken off whatever part of it one read brings, extensions and trailers included."""
    frames = b"".join(b"%X;a=b\r\n%b\r\n" % (len(piece), piece) for piece in pieces)
    wire = frames + b"0;c\r\nTrailer: 1\r\n\r\n"
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"

    def raw(response: http.client.HTTPResponse) -> None:
        rest = len(wire)
        while rest:
            size = data.draw(st.integers(1, rest))
            response.fp.read(size)
            rest -= size

    ((seen, failure),) = read(Bytes(head + wire), raw).outcomes
    assert failure is None
    assert seen is not None
    assert seen.body == b"".join(pieces)
    assert not seen.truncated


class Bytes:
    """A socket that has received exactly these bytes."""

    def __init__(self, data: bytes) -> None:
        self.data = data

    def makefile(self, *_: object) -> io.BufferedReader:
        return io.BufferedReader(io.BytesIO(self.data))


CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
SIZED = b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"


@pytest.mark.parametrize("how", READS)
@pytest.mark.parametrize(
    ("wire", "body", "kind"),
    [
        (SIZED + b"abc", b"abc", "closed_early"),
        (CHUNKED + b"3\r\nabc\r\n", b"abc", "closed_early"),
        (CHUNKED + b"3\r\nabc\r\n9\r\n", b"abc", "closed_early"),
        (CHUNKED + b"zz\r\n", b"", "protocol"),
    ],
)
def test_a_cut_body_is_a_failure(wire: bytes, body: bytes, kind: str, how: str) -> None:
    """A body that ends before its framing does is recorded as far as it was given, and why it ended."""
    ((seen, failure),) = read(Bytes(wire), READS[how]).outcomes
    assert seen is not None
    assert seen.body == body
    assert failure is not None
    assert failure.kind == kind


def test_what_a_cut_chunk_brought_is_not_given() -> None:
    """http.client gives nothing of a chunk that it asked for and got in part; nor is it recorded."""
    got: list[bytes] = []
    ((seen, _),) = read(
        Bytes(CHUNKED + b"2\r\nab\r\n9\r\ncd"), lambda response: got.append(response.read())
    ).outcomes
    assert got == []
    assert seen is not None
    assert seen.body == b"ab"


@pytest.mark.parametrize(
    ("method", "head"),
    [
        ("HEAD", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"),
        ("HEAD", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"),
        ("GET", b"HTTP/1.1 204 No Content\r\n\r\n"),
        ("GET", b"HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n"),
        ("GET", b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
    ],
)
def test_no_body_ends_with_the_head(method: str, head: bytes) -> None:
    """Where there is no body, the exchange is over before anybody reads."""
    ((seen, failure),) = read(Bytes(head), lambda _: None, method).outcomes
    assert seen is not None
    assert not seen.truncated
    assert failure is None


def test_a_body_left_is_truncated() -> None:
    """What was read before the close is recorded, and that it was not all."""
    ((seen, _),) = read(Bytes(SIZED + b"abcdefghi"), lambda response: response.read(4)).outcomes
    assert seen is not None
    assert (seen.body, seen.chunks, seen.truncated) == (b"abcd", (4,), True)


def test_a_reply_is_lazy() -> None:
    """A recorded piece is taken when it is read, not before."""
    taken: list[bytes] = []

    class Slow(Response):
        def pieces(self) -> Any:
            for piece in (b"one", b"two"):
                taken.append(piece)
                yield piece

    response = http.client.HTTPResponse(Reply(Slow(200, Headers((("Transfer-Encoding", "chunked"),))), None))  # type: ignore[arg-type]  # socket enough
    response.begin()
    assert taken == []
    assert response.read1() == b"one"
    assert taken == [b"one"]
    response.close()


@given(st.lists(st.tuples(TOKEN, VALUE), max_size=5), st.binary(max_size=9))
def test_a_written_request_is_read(headers: list[tuple[str, str]], body: bytes) -> None:
    """What http.client writes for a request is read back: method, target, headers in order, body."""
    head = b"".join(f"{name}: {value}\r\n".encode("latin-1") for name, value in headers)
    request = written(b"PATCH /x?a=%20 HTTP/1.1\r\n" + head + b"\r\n", body, Origin("http", "a.example", 80))
    assert request == Request("PATCH", "http://a.example/x?a=%20", Headers.of(headers), body)
