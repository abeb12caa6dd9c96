"""What declared routes answer: bodies and their headers, failures, callbacks, sequences, delays."""

from __future__ import annotations

import gzip
import json
import socket
import ssl
from datetime import timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from unittest.mock import ANY

import pytest
from tests.unit.core.made import request
from tests.unit.core.mocked import answered, mocker, sent, status_of

import api_mocker
from api_mocker._core.model import Failure, Headers, Request, Response
from api_mocker.exceptions import NotDeclared

if TYPE_CHECKING:
    from api_mocker._core.exchange import Exchange

A = "http://h/a"


def replied(**reply: Any) -> Response:  # Any: the keywords of respond_with
    """The response that such a reply is."""
    api = mocker()
    api.get("/a").respond_with(**reply)
    return sent(api, A)


@pytest.mark.parametrize(
    ("reply", "status", "headers", "body"),
    [
        ({}, 200, [("Content-Length", "0")], b""),
        ({"status": HTTPStatus.NOT_FOUND}, 404, [("Content-Length", "0")], b""),
        ({"status": 204}, 204, [], b""),
        ({"status": 304}, 304, [], b""),
        ({"json": {"a": "\u00fc"}}, 200, [("Content-Type", "application/json"), ("Content-Length", "10")], b'{"a":"\xc3\xbc"}'),
        ({"json": None}, 200, [("Content-Type", "application/json"), ("Content-Length", "4")], b"null"),
        ({"text": "\u00fc"}, 200, [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", "2")], b"\xc3\xbc"),
        ({"html": "<p>"}, 200, [("Content-Type", "text/html; charset=utf-8"), ("Content-Length", "3")], b"<p>"),
        ({"content": b"\x00\xff"}, 200, [("Content-Length", "2")], b"\x00\xff"),
        ({"content": "\u00fc"}, 200, [("Content-Length", "2")], b"\xc3\xbc"),
        ({"content": memoryview(b"ab")}, 200, [("Content-Length", "2")], b"ab"),
        ({"json": 1, "headers": {"content-type": "application/problem+json"}}, 200, [("content-type", "application/problem+json"), ("Content-Length", "1")], b"1"),
        ({"headers": {"Content-Length": "5"}}, 200, [("Content-Length", "5")], b""),
        ({"headers": {"Set-Cookie": ["a=1", "b=2"], "X-N": 3}}, 200, [("Set-Cookie", "a=1"), ("Set-Cookie", "b=2"), ("X-N", "3"), ("Content-Length", "0")], b""),
        ({"headers": [("X", "1"), ("X", "2")]}, 200, [("X", "1"), ("X", "2"), ("Content-Length", "0")], b""),
        ({"headers": {"X": "\u20ac"}}, 200, [("X", "\u20ac".encode().decode("latin-1")), ("Content-Length", "0")], b""),
    ],
)  # fmt: skip
def test_bodies(reply: dict[str, Any], status: int, headers: list[tuple[str, str]], body: bytes) -> None:
    """Each kind of body has its media type and its length, unless the declaration says otherwise."""
    response = replied(**reply)
    assert (response.status, list(response.headers), response.body) == (status, headers, body)
    assert response.chunks is None


def test_reasons() -> None:
    """The phrase is that of the status, none where there is no such status, or the one that was given."""
    assert [replied(status=status).reason for status in (200, 404, 599)] == ["OK", "Not Found", ""]
    assert replied(status=200, reason="Fine").reason == "Fine"


def test_streams() -> None:
    """Chunks come out as they were given, without a length; empty ones are none."""
    response = replied(stream=[b"ab", "\u00fc", b"", b"c"])
    assert list(response.pieces()) == [b"ab", "\u00fc".encode(), b"c"]
    assert list(response.headers) == [("Transfer-Encoding", "chunked")]
    assert list(replied(stream=[]).pieces()) == []


def test_events() -> None:
    """Events are written as the standard has it, one a chunk; several lines of data are several fields."""
    response = replied(
        events=["plain", {"event": "add", "data": {"n": 1}, "id": "7", "retry": 100}, {"data": "a\nb\r\nc\rd"}, {"data": ""}]
    )  # fmt: skip
    assert list(response.pieces()) == [
        b"data: plain\n\n",
        b'event: add\ndata: {"n":1}\nid: 7\nretry: 100\n\n',
        b"data: a\ndata: b\ndata: c\ndata: d\n\n",
        b"data: \n\n",
    ]
    assert response.headers["content-type"] == "text/event-stream"


def test_content_codings() -> None:
    """A body that is written here is coded as its header says, and has that length; one of bytes is as it is."""
    response = replied(json={"a": 1}, headers={"Content-Encoding": "gzip"})
    assert gzip.decompress(response.body) == b'{"a":1}'
    assert response.headers["content-length"] == str(len(response.body))
    assert replied(content=b"raw", headers={"Content-Encoding": "gzip"}).body == b"raw"


def test_a_response_is_answered_as_it_is() -> None:
    """A whole Response is no subject of additions."""
    given = Response(418, Headers.of([("X", "1")]), b"tea", "I'm a teapot", "HTTP/1.0")
    api = mocker()
    api.get("/a").respond_with(given)
    assert sent(api, A) == given


def test_a_reply_made_beforehand() -> None:
    """What `api_mocker.reply` makes may be given whole."""
    api = mocker()
    api.get("/a").respond_with(api_mocker.reply(202, text="soon"))
    assert (sent(api, A).status, sent(api, A).body) == (202, b"soon")


def test_the_answer_to_a_head_has_no_body() -> None:
    """Its headers are those that a GET would have."""
    api = mocker()
    api.head("/a").respond_with(json={"a": 1})
    response = sent(api, A, method="HEAD")
    assert (response.body, response.headers["content-length"]) == (b"", "7")


# --- failures -----------------------------------------------------------------------------------------


def failed(api: api_mocker.Mocker) -> Exchange:
    return answered(api, request(A))


@pytest.mark.parametrize(
    "kind", ["connect_timeout", "read_timeout", "refused", "dns", "tls", "reset", "protocol"]
)
def test_kinds_of_failure(kind: str) -> None:
    """A kind alone comes in the place of a response, said by either method."""
    api = mocker()
    api.get("/a").respond_with(error=kind).raises(kind, "no luck")
    first, second = failed(api), failed(api)
    assert first.response is None
    assert first.failure is not None
    assert first.failure.kind == kind
    assert first.failure.message  # what people read of it, where nobody said anything else
    assert second.failure is not None
    assert (second.response, second.failure.kind, second.failure.message) == (None, kind, "no luck")


def test_a_body_that_breaks_off() -> None:
    """After so many bytes the failure comes; the length in the headers is that of the whole."""
    api = mocker()
    api.get("/a").respond_with(text="hello", error="closed_early", after=2).respond_with(
        stream=[b"ab", b"cd", b"ef"], error="reset", after=3
    ).respond_with(text="hello", error="read_timeout")
    one, two, three = failed(api), failed(api), failed(api)
    assert one.response is not None
    assert (one.response.body, one.response.headers["content-length"]) == (b"he", "5")
    assert one.failure is not None
    assert one.failure.kind == "closed_early"
    assert two.response is not None
    assert list(two.response.pieces()) == [b"ab", b"c"]
    assert three.response is not None
    assert (three.response.body, three.failure and three.failure.kind) == (b"", "read_timeout")


@pytest.mark.parametrize(
    ("raised", "kind"),
    [
        (TimeoutError, "read_timeout"),
        (ConnectionRefusedError("no"), "refused"),
        (ConnectionResetError, "reset"),
        (socket.gaierror(-2, "no name"), "dns"),
        (ssl.SSLCertVerificationError("no"), "tls"),
    ],
)
def test_exceptions_that_mean_a_failure(raised: BaseException | type[BaseException], kind: str) -> None:
    """The standard library's own are kinds of failures, and stay at hand for whoever raises them as they are."""
    api = mocker()
    api.get("/a").raises(raised)
    exchange = failed(api)
    assert exchange.failure is not None
    assert exchange.failure.kind == kind
    assert exchange.own_error(frozenset({"somebody"})) is None
    assert isinstance(exchange.own_error(frozenset({"builtins", "socket", "ssl"})), OSError)


def test_other_exceptions_are_raised_as_they_are() -> None:
    """What says nothing of a transport comes to every client as the very object that was declared."""
    api = mocker()
    error = RuntimeError("mine")
    api.get("/a").raises(error).raises(KeyError, "x")
    assert failed(api).own_error(frozenset()) is error
    second = failed(api).own_error(frozenset())
    assert isinstance(second, KeyError)
    assert second.args == ("x",)


# --- callbacks ----------------------------------------------------------------------------------------


def test_callbacks() -> None:
    """They get the request as it was sent and the values of the template, and return a reply in any form."""
    api = mocker()
    api.post("/users/{id}").respond_with(lambda request, id: api.reply(201, json=[id, request.json()["x"]]))  # noqa: A006
    api.get("/mapping").respond_with(lambda request: {"status": 202, "text": request.method})
    api.get("/response").respond_with(lambda request: Response(203))
    assert json.loads(sent(api, "http://h/users/a%2Fb", '{"x":2}').body) == ["a/b", 2]
    assert (status_of(api, "http://h/mapping"), status_of(api, "http://h/response")) == (202, 203)


def test_an_async_callback_for_a_sync_client() -> None:
    """It is run to its end, on a loop of its own."""
    api = mocker()

    async def callback(request: Request) -> Any:  # Any: a reply
        return api.reply(json=request.path)

    api.get("/a").respond_with(callback)
    assert sent(api, A).body == b'"/a"'


def test_a_callable_object_and_defaults() -> None:
    """Whatever can be called with the request and the fields by name will do."""

    class Counter:
        count = 0

        def __call__(self, request: Request, **fields: str) -> dict[str, Any]:  # Any: keywords of a reply
            self.count += 1
            return {"json": [self.count, fields]}

    api = mocker()
    api.get("/{x}/{y}").respond_with(Counter())
    assert json.loads(sent(api, "http://h/1/2").body) == [1, {"x": "1", "y": "2"}]
    assert json.loads(sent(api, "http://h/3/4").body) == [2, {"x": "3", "y": "4"}]


def test_a_callback_may_fail_as_a_transport_does() -> None:
    """What it raises that means a failure is that failure; a reply with error= is one too."""
    api = mocker()

    def callback(request: Request) -> Any:  # Any: a reply
        if request.query:
            raise TimeoutError
        return api.reply(error="reset")

    api.get("/a", query=ANY).respond_with(callback)
    reset = answered(api, request(A))
    assert reset.failure is not None
    assert reset.failure.kind == "reset"
    late = answered(api, request(f"{A}?x=1"))
    assert late.failure is not None
    assert late.failure.kind == "read_timeout"
    assert api._router.refusals == []


def test_what_a_callback_hands_on_is_told_once() -> None:
    """An error of ours that comes out of a callback, as of a request that it made, is remembered once."""
    api = mocker()

    def callback(request: Request) -> Any:  # Any: nothing
        return answered(api, Request("GET", "http://h/other"))

    api.get("/a").respond_with(callback)
    with pytest.raises(NotDeclared, match=r"GET http://h/other\n  is not declared\."):
        answered(api, request(A))
    assert len(api._router.refusals) == 1
    assert api._router.counts.blocked == 1


# --- how often ----------------------------------------------------------------------------------------


def statuses(api: api_mocker.Mocker, count: int) -> list[int]:
    """Statuses of so many calls; 0 for one that was refused."""
    out = []
    for _ in range(count):
        try:
            out.append(status_of(api, A))
        except NotDeclared:
            out.append(0)
    return out


@pytest.mark.parametrize(
    ("declare", "expected"),
    [
        (lambda r: r.respond_with(200), [200, 200, 200, 200]),
        (lambda r: r.respond_with(200).times(2), [200, 200, 0, 0]),
        (lambda r: r.respond_with(200).respond_with(201), [200, 201, 0, 0]),
        (lambda r: r.respond_with(200).times(2).respond_with(201), [200, 200, 201, 0]),
        (lambda r: r.respond_with(200).respond_with(201).times(2), [200, 201, 201, 0]),
        (lambda r: r.respond_with(200).respond_with(201).repeat_last(), [200, 201, 201, 201]),
        (lambda r: r.respond_with(200).repeat_last(), [200, 200, 200, 200]),
        (lambda r: r.respond_with(200).times(1).repeat_last(), [200, 200, 200, 200]),
        (lambda r: r.optional().respond_with(200), [200, 200, 200, 200]),
    ],
)
def test_how_often(declare: Any, expected: list[int]) -> None:  # Any: a function of a route
    """One reply answers every call; several are given once each, or as often as was said."""
    api = mocker()
    declare(api.get("/a"))
    assert statuses(api, 4) == expected


@pytest.mark.parametrize(
    ("declare", "enough"),
    [
        (lambda r: r.respond_with(200), 1),
        (lambda r: r.respond_with(200).times(2), 2),
        (lambda r: r.respond_with(200).respond_with(201), 2),
        (lambda r: r.respond_with(200).times(2).respond_with(201).times(2), 4),
        (lambda r: r.respond_with(200).respond_with(201).repeat_last(), 2),
        (lambda r: r.respond_with(200).optional(), 0),
        (lambda r: r.respond_with(200).times(3).optional(), 0),
    ],
)
def test_what_is_due(declare: Any, enough: int) -> None:  # Any: as above
    """Every declared reply must be given as often as declared, an optional route's none."""
    api = mocker()
    route = declare(api.get("/a"))
    for calls in range(enough):
        assert api._router.unused() == [route], calls
        status_of(api, A)
    assert api._router.unused() == []


# --- delays -------------------------------------------------------------------------------------------


def test_nobody_waits_for_a_delay() -> None:
    """It moves the clock on; calls are dated by it."""
    api = mocker()
    route = api.get("/a").respond_with(delay=30).respond_with(delay=timedelta(minutes=1)).respond_with()
    statuses(api, 3)
    assert api.time == 90.0
    assert [call.time for call in route.calls] == [0.0, 30.0, 90.0]


def test_a_delay_beyond_the_timeout_is_that_timeout() -> None:
    """At once, in place of whatever was declared; one that fits, or no timeout, is waited for."""
    api = mocker()
    api.get("/a").respond_with(delay=5)
    assert answered(api, request(A), 5.0).failure is None
    late = answered(api, request(A), 4.9)
    assert late.response is None
    assert late.failure == Failure("read_timeout", "the declared delay of 5 s is longer than the timeout")
    assert answered(api, request(A), None).failure is None
    assert api.calls[1].error == "read_timeout"


# --- what came ----------------------------------------------------------------------------------------


def test_calls() -> None:
    """Each call has its request, decoded, and what became of it; the mock has those of all routes in order."""
    api = mocker()
    one = api.post("/a").respond_with(201)
    two = api.get("/b").respond_with(error="dns").raises(RuntimeError)
    sent(api, A, gzip.compress(b'{"a":1}'), content_encoding="gzip")
    answered(api, request("http://h/b"))
    answered(api, request("http://h/b"))
    assert (one.called, one.call_count, two.call_count) == (True, 1, 2)
    assert one.calls[0].request.json() == {"a": 1}
    assert one.calls[0].response is not None
    assert [call.route for call in api.calls] == [one, two, two]
    assert [call.error if isinstance(call.error, str) else type(call.error) for call in api.calls] == [type(None), "dns", RuntimeError]  # fmt: skip
    assert repr(one.calls[0]) == "<Call <Request POST http://h/a> -> <Response 201 0 bytes>>"
    assert repr(two.calls[0]) == "<Call <Request GET http://h/b> -> 'dns'>"


def test_the_namespace_of_the_mock() -> None:
    """`reply` is at hand where the mock is, and is the same function."""
    assert mocker().reply is api_mocker.reply
