"""Wrong declarations: each is refused where it stands, with what was meant most likely."""

from __future__ import annotations

import io
import re
import traceback
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from unittest.mock import ANY

import pytest
from tests.unit.core.made import request
from tests.unit.core.mocked import answered, mocker

import api_mocker
from api_mocker._core.model import Response
from api_mocker.exceptions import UsageError
from api_mocker.pytest_plugin.traceback import end_at_users_code

if TYPE_CHECKING:
    from collections.abc import Callable

    from api_mocker._mock import Mocker

    Wrong = Callable[[Any], object]  # Any: a mock, of which the type checkers would tell what is wrong here

LOOP: list[object] = []
LOOP.append(LOOP)


class CannotBeMade(Exception):
    def __init__(self, one: int, two: int) -> None: ...


def no_request() -> None: ...
def one_more(request: object, id: object) -> None: ...  # noqa: A002  # a field of a template
def two_more(request: object, id: object, other: object) -> None: ...  # noqa: A002  # as above


DECLARATIONS: dict[str, tuple[Wrong, str]] = {
    # keywords
    "misspelt": (lambda m: m.get("/a", jsn={}), "a declaration has no 'jsn'; did you mean 'json'? (it has query, json, data"),
    "of a reply": (lambda m: m.get("/a", status=200), "a declaration has no 'status'"),
    "of a reply, where it belongs": (lambda m: m.get("/a", status=200), "what it answers is said by respond_with()"),
    "of requests": (lambda m: m.get("/a", params={}), "a declaration has no 'params'; did you mean 'query'?"),
    "of urllib3": (lambda m: m.post("/a", body=b""), "a declaration has no 'body'; did you mean 'content'?"),
    # methods
    "misspelt method": (lambda m: m.route("PSOT", "/a"), "'PSOT' is no method of HTTP; did you mean 'post'?"),
    "one of several": (lambda m: m.route(["GET", "DELTE"], "/a"), "'DELTE' is no method of HTTP; did you mean 'delete'?"),
    "no token": (lambda m: m.route("GET /a", "/a"), "'GET /a' is no method of HTTP; GET, POST, PUT, PATCH, DELETE, HEAD, OPTIONS are, and ANY is any"),
    "empty method": (lambda m: m.route("", "/a"), "'' is no method of HTTP"),
    "no methods": (lambda m: m.route([], "/a"), "[] is no method of HTTP"),
    "a number as method": (lambda m: m.route(1, "/a"), "1 is no method of HTTP"),
    # query
    "query as text": (lambda m: m.get("/a", query="a=1"), "query= is a mapping, pairs or ANY; as text a query stands in the URL, behind a ?"),
    "query is None": (lambda m: m.get("/a", query=None), "query= is a mapping, pairs or ANY, and not None"),
    "a value is None": (lambda m: m.get("/a", query={"a": None}), "query=: the value of 'a' is None, which clients send differently or not at all; say '' or leave it out"),
    "a value is a mapping": (lambda m: m.get("/a", query={"a": {}}), "query=: the value of 'a' is a dict, and not text"),
    "a name is no text": (lambda m: m.get("/a", query={1: "a"}), "query=: a name is text, and 1 is int"),
    "no pairs": (lambda m: m.get("/a", query=["ab"]), "query= is a mapping or pairs, and one of its items is a str, no pair"),
    "said twice": (lambda m: m.get("/a?b=1", query=ANY), "'/a?b=1' has a query, and query=ANY takes any: say the one or the other; a parameter that may be anything is query={'b': ANY}"),
    # bodies
    "two bodies": (lambda m: m.post("/a", json={}, content=b""), "a request has one body, and here are json= and content="),
    "three bodies": (lambda m: m.post("/a", json={}, data={}, files={}), "a request has one body, and here are json= and data= and files="),
    "data as text": (lambda m: m.post("/a", data="a=1"), "data= are the fields of a form; a body of text or bytes is given as content="),
    "data as bytes": (lambda m: m.post("/a", data=b"a=1"), "a body of text or bytes is given as content="),
    "data is None": (lambda m: m.post("/a", data=None), "data= is a mapping or pairs, and not None"),
    "a field is None": (lambda m: m.post("/a", data={"a": None}), "data=: the value of 'a' is None"),
    "content is None": (lambda m: m.post("/a", content=None), "content= is bytes or text, and not None; content=b'' is a request without a body"),
    "content as JSON": (lambda m: m.post("/a", content={"a": 1}), "content= is bytes or text, and not a dict; json= takes a JSON value"),
    "content as file": (lambda m: m.post("/a", content=io.BytesIO()), "content= is bytes or text, and not a BytesIO"),
    "NaN": (lambda m: m.post("/a", json={"a": [float("nan")]}), "json= holds nan, which JSON does not have (RFC 8259 section 6)"),
    "infinity": (lambda m: m.post("/a", json=float("-inf")), "json= holds -inf"),
    "bytes in JSON": (lambda m: m.post("/a", json={"a": b""}), "json= holds bytes, and a JSON value is never that; write it as it is sent"),
    "a time in JSON": (lambda m: m.post("/a", json=datetime.now(UTC)), "json= holds a datetime"),
    "a set in JSON": (lambda m: m.post("/a", json={1}), "json= holds a set"),
    "no key of JSON": (lambda m: m.post("/a", json={(1, 2): 3}), "json=: the keys of an object are text, and one of them is a tuple"),
    "a loop": (lambda m: m.post("/a", json=LOOP), "json= is nested too deeply, or holds itself"),
    "files as text": (lambda m: m.post("/a", files="a"), "files= is a mapping of names to contents or to (filename, content, type), or a list of such pairs, and not a str"),
    "files is None": (lambda m: m.post("/a", files=None), "files= is a mapping of names to contents"),
    "an open file": (lambda m: m.post("/a", files={"doc": io.BytesIO()}), "files=: 'doc' is an open file, which can be read once; give its bytes"),
    "an open file, named": (lambda m: m.post("/a", files={"doc": ("a.txt", io.BytesIO())}), "files=: 'doc' is an open file"),
    "a file of four": (lambda m: m.post("/a", files={"doc": ("a", b"", "a/b", {})}), "files=: 'doc' is (filename, content) or (filename, content, type), not 4 items"),
    "files under one name": (lambda m: m.post("/a", files={"doc": [b"", b""]}), "files=: 'doc' is bytes, text or (filename, content, type), and not a list"),
    # headers, match
    "headers as text": (lambda m: m.get("/a", headers="a: b"), "headers= is a mapping or pairs, and not a str"),
    "a header is None": (lambda m: m.get("/a", headers={"a": None}), "headers=: the value of 'a' is None"),
    "match as number": (lambda m: m.get("/a", match=1), "match= takes functions of the request and names of matchers, and not an int"),
    "unknown matcher": (lambda m: m.get("/a", match="no_such"), "there is no matcher 'no_such' of one's own"),
    "match takes three": (lambda m: m.get("/a", match=lambda a, b, c: a), "match= <lambda> takes 3 arguments; it is called with the request (and the declared one)"),
}  # fmt: skip

REPLIES: dict[str, tuple[Wrong, str]] = {
    # keywords
    "misspelt": (lambda r: r.respond_with(jsom={}), "respond_with() has no 'jsom'; did you mean 'json'? (it has status, json, text"),
    "of requests-mock": (lambda r: r.respond_with(status_code=500), "respond_with() has no 'status_code'; did you mean 'status'?"),
    "of responses": (lambda r: r.respond_with(body=b""), "respond_with() has no 'body'; did you mean 'content'?"),
    "two in a row": (lambda r: r.respond_with(200, {"a": 1}), "respond_with(): too many positional arguments; it has status, json, text"),
    # status
    "99": (lambda r: r.respond_with(99), "there is no status 99: 200 to 599 are in use"),
    "101": (lambda r: r.respond_with(101), "status 101 is interim (RFC 9110 section 15.2) and ends no request"),
    "1000": (lambda r: r.respond_with(status=1000), "there is no status 1000"),
    "-1": (lambda r: r.respond_with(-1), "there is no status -1"),
    "True": (lambda r: r.respond_with(True), "status is a number such as 200, and not a bool"),
    "'200'": (lambda r: r.respond_with("200"), "status is a number such as 200, and not a str: 200, without quotes"),
    "a text": (lambda r: r.respond_with("hello"), "and not a str; a body is given by name: text=, html= or content="),
    "a mapping": (lambda r: r.respond_with({"a": 1}), "and not a dict; a body of JSON is given by name: json="),
    "None": (lambda r: r.respond_with(None), "status is a number such as 200, and not None"),
    "200.0": (lambda r: r.respond_with(200.0), "status is a number such as 200, and not a float"),
    # bodies
    "two bodies": (lambda r: r.respond_with(json={}, text=""), "a response has one body, and here are json= and text="),
    "a body twice": (lambda r: r.respond_with(Response(200), json={}), "a Response is answered as it is: give it its body, headers and reason, or none of it here"),
    "a body for 204": (lambda r: r.respond_with(204, text="a"), "a response of status 204 has no body (RFC 9110 section 6.4.1)"),
    "a body for 304": (lambda r: r.respond_with(304, json=1), "a response of status 304 has no body"),
    "NaN": (lambda r: r.respond_with(json=float("nan")), "json= cannot be written as JSON: Out of range float values"),
    "a set": (lambda r: r.respond_with(json={1}), "json= cannot be written as JSON: Object of type set is not JSON serializable"),
    "a loop": (lambda r: r.respond_with(json=LOOP), "json= cannot be written as JSON: Circular reference detected"),
    "bytes as text": (lambda r: r.respond_with(text=b"a"), "text= is text, and not bytes; bytes are content="),
    "JSON as text": (lambda r: r.respond_with(text={}), "text= is text, and not a dict; JSON is json="),
    "JSON as content": (lambda r: r.respond_with(content={}), "content= is bytes, and not a dict; JSON is json="),
    "chunks as content": (lambda r: r.respond_with(content=iter([b""])), "content= is bytes, and not a list_iterator; chunks are stream="),
    "a generator": (lambda r: r.respond_with(stream=(each for each in [b"a"])), "stream= is a list of chunks, and not a generator: every call of the route gets all of them"),
    "one chunk": (lambda r: r.respond_with(stream=b"abc"), "stream= is a list of chunks, and not bytes"),
    "no chunks": (lambda r: r.respond_with(stream=[1]), "stream= is a list of chunks, bytes or text, and one of them is an int"),
    "one event": (lambda r: r.respond_with(events={"data": "a"}), "events= is a list of events, and not a dict"),
    "no event": (lambda r: r.respond_with(events=[{"dta": "a"}]), "an event has no field 'dta'; did you mean 'data'? (fields: event, data, id, retry)"),
    "an event of two lines": (lambda r: r.respond_with(events=[{"id": "a\nb"}]), "the id of an event is one line, and here holds a line break"),
    "no coding": (lambda r: r.respond_with(json={}, headers={"Content-Encoding": "gzp"}), "there is no content coding 'gzp'; did you mean 'gzip'?; give the coded bytes as content="),
    # headers
    "CR/LF": (lambda r: r.respond_with(headers={"X-A": "a\r\nSet-Cookie: b"}), "the header 'X-A' holds a line break, which would begin another header"),
    "LF in a name": (lambda r: r.respond_with(headers={"X\nA": "a"}), r"'X\nA' is no name of a header"),
    "a colon in a name": (lambda r: r.respond_with(headers={"X:": "a"}), "'X:' is no name of a header"),
    "LF in a reason": (lambda r: r.respond_with(reason="a\nb"), "reason= holds a line break"),
    "headers as text": (lambda r: r.respond_with(headers="X: a"), "headers= is a mapping or pairs, and not a str"),
    "no pairs": (lambda r: r.respond_with(headers=["X: a"]), "headers= is a mapping or pairs, and one of its items is a str, no pair"),
    "None as header": (lambda r: r.respond_with(headers={"X": None}), "the header 'X' is text, and not None"),
    # delays and errors
    "a delay before now": (lambda r: r.respond_with(delay=-1), "delay= is a number of seconds, and is -1"),
    "a delay as text": (lambda r: r.respond_with(delay="1s"), "delay= is a number of seconds, and is '1s'"),
    "an endless delay": (lambda r: r.respond_with(delay=float("inf")), "delay= is a number of seconds, and is inf"),
    "a span before now": (lambda r: r.respond_with(delay=timedelta(days=-1)), "delay= is a number of seconds, and is datetime.timedelta"),
    "unknown error": (lambda r: r.respond_with(error="conect_timeout"), "there is no error 'conect_timeout'; did you mean 'connect_timeout'? (errors: connect_timeout, read_timeout"),
    "an exception": (lambda r: r.respond_with(error=TimeoutError()), "error= is the kind of a failure; an exception is given to .raises()"),
    "a class": (lambda r: r.respond_with(error=TimeoutError), "an exception is given to .raises()"),
    "a body for refused": (lambda r: r.respond_with(error="refused", json={}), "with error='refused' no body comes; closed_early, reset, read_timeout, protocol may come in the middle of one"),
    "after without error": (lambda r: r.respond_with(text="abc", after=1), "after= says where an error= comes in, and there is no error="),
    "after beyond": (lambda r: r.respond_with(text="abc", error="closed_early", after=4), "after=4 is behind the end of the body, which has 3 bytes"),
    "after the last byte": (lambda r: r.respond_with(text="abc", error="reset", after=3), "after=3 is at the end of the body, which has 3 bytes"),
    "after -1": (lambda r: r.respond_with(text="abc", error="reset", after=-1), "after= is a number of bytes, and is -1"),
    "after True": (lambda r: r.respond_with(text="abc", error="reset", after=True), "after= is a number of bytes, and is True"),
    "nothing to close": (lambda r: r.respond_with(error="closed_early"), "error='closed_early' breaks off a body, and there is none: say one, and after="),
    "no kind to raise": (lambda r: r.raises("timeout"), "there is no error 'timeout'; did you mean 'connect_timeout'? (errors: connect_timeout, read_timeout"),
    "closed_early to raise": (lambda r: r.raises("closed_early"), "'closed_early' happens in a body: respond_with(..., error='closed_early', after=n)"),
    "a number to raise": (lambda r: r.raises(500), "raises() takes an exception or one of connect_timeout, read_timeout"),
    "cannot be made": (lambda r: r.raises(CannotBeMade), "CannotBeMade cannot be made without arguments; give raises() an instance"),
    "a second message": (lambda r: r.raises(TimeoutError("a"), "b"), "raises(): an exception has its message already"),
    # callbacks
    "takes nothing": (lambda r: r.respond_with(no_request), "the callback no_request() -> 'None' is called with the request and id by name, as GET /users/{id} has it: too many positional arguments"),
    "lacks the field": (lambda r: r.respond_with(lambda request: None), "is called with the request and id by name, as GET /users/{id} has it: got an unexpected keyword argument 'id'"),
    "takes too much": (lambda r: r.respond_with(two_more), "has it: missing a required argument: 'other'"),
    "and a body": (lambda r: r.respond_with(one_more, json=0), "the callback makes the whole reply: json= cannot stand beside it, but in it"),
    "a reply and a header": (lambda r: r.respond_with(api_mocker.reply(200), headers={}), "a reply is whole: headers= cannot stand beside it, but in it"),
    # how often
    "times(0)": (lambda r: r.respond_with().times(0), "times() takes a number from 1 on; a route that is not to be called is not declared"),
    "times(-1)": (lambda r: r.respond_with().times(-1), "times() takes a number from 1 on; it is -1"),
    "times(True)": (lambda r: r.respond_with().times(True), "times() takes a number from 1 on; it is True"),
    "times(1.0)": (lambda r: r.respond_with().times(1.0), "times() takes a number from 1 on; it is 1.0"),
    "times() first": (lambda r: r.times(2), "GET /users/{id}: times() is said of a reply; respond_with() comes first"),
    "repeat_last() first": (lambda r: r.repeat_last(), "GET /users/{id}: repeat_last() is said of a reply; respond_with() comes first"),
    "behind repeat_last()": (lambda r: r.respond_with().repeat_last().respond_with(), "GET /users/{id}: repeat_last() was said of the last reply; nothing comes behind it"),
    "times() of repeat_last()": (lambda r: r.respond_with().repeat_last().times(2), "repeat_last() was said of the reply, which is without number"),
    "repeat_last() of times()": (lambda r: r.respond_with().times(2).repeat_last(), "times(2) was said of the last reply, and repeat_last() takes no number"),
}  # fmt: skip


def refusal(wrong: Wrong, what: object) -> str:
    """The text of the error, which ends at the line of whoever declared."""
    with pytest.raises(UsageError) as caught:
        wrong(what)
    end_at_users_code(caught.value)
    last = traceback.extract_tb(caught.value.__traceback__)[-1]
    code = wrong.__code__
    assert (last.filename, last.lineno) == (code.co_filename, code.co_firstlineno)
    return str(caught.value)


@pytest.mark.parametrize("name", DECLARATIONS)
def test_declarations(name: str) -> None:
    """A declaration that cannot be meant is refused at its line, and is none."""
    wrong, words = DECLARATIONS[name]
    api = mocker()
    assert words in refusal(wrong, api)
    assert api.routes == []


@pytest.mark.parametrize("name", REPLIES)
def test_replies(name: str) -> None:
    """A reply that no server could give is refused at its line."""
    wrong, words = REPLIES[name]
    assert words in refusal(wrong, mocker().get("/users/{id}"))


def mock_with(**options: Any) -> api_mocker.mock:  # Any: a user's mistakes
    return api_mocker.mock(**options)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"unsed": "warn"}, "a mock has no option 'unsed'; did you mean 'unused'? (it has unused, passthrough, delays, redact)"),
        ({"unused": "warm"}, "did you mean 'warn'?"),
        ({"delays": "none"}, "delays"),
        ({"record_mode": "once"}, "a mock has no option 'record_mode'"),
    ],
)  # fmt: skip
def test_options(options: dict[str, Any], words: str) -> None:
    """An option that means nothing to a mock is refused where the mock is made, and names that place."""
    with pytest.raises(UsageError) as caught:
        mock_with(**options)
    assert words in str(caught.value)
    assert re.search(r"mock\(\) at test_bad_declarations\.py:\d+", str(caught.value))


def failing(request: object) -> object:
    raise RuntimeError("as users' code does")


ANSWERS: dict[str, tuple[Callable[..., object], str]] = {
    "None": (lambda request: None, "the callback returned None: it returns api_mocker.reply(...), a mapping of its keywords, or a Response"),
    "a number": (lambda request: 200, "the callback returned an int: it returns"),
    "a pair": (lambda request: (200, {}), "the callback returned a tuple: it returns"),
    "JSON": (lambda request: {"id": 1}, "the callback's reply: a reply has no 'id'; a body of JSON is returned as api_mocker.reply(json=...)"),
    "a misspelt keyword": (lambda request: {"sttus": 1}, "the callback's reply: a reply has no 'sttus'; did you mean 'status'?"),
    "no status": (lambda request: {"status": 99}, "the callback's reply: there is no status 99"),
    "a wrong reply": (lambda request: api_mocker.reply(jsn={}), "reply() has no 'jsn'; did you mean 'json'?"),  # type: ignore[call-arg]  # a user's mistake
    "an error": (failing, "the callback failed: RuntimeError: as users' code does"),
}  # fmt: skip


@pytest.mark.parametrize("name", ANSWERS)
def test_what_callbacks_return(name: str) -> None:
    """A callback that returns nonsense or raises fails the request, is remembered, and names its line."""
    callback, words = ANSWERS[name]
    api = mocker()
    route = api.get("/a").respond_with(callback)
    with pytest.raises(UsageError) as caught:
        answered(api, request("http://h/a"))
    assert words in str(caught.value)
    if name != "a wrong reply":  # that one is raised in the callback, at a line of its own
        assert str(caught.value).startswith(str(route.steps[0].where))
    assert api._router.refusals == [caught.value]


def test_a_callback_that_fails_shows_where() -> None:
    """What it raised is the cause, so that its own line is in the traceback."""
    api = mocker()
    api.get("/a").respond_with(failing)
    with pytest.raises(UsageError) as caught:
        answered(api, request("http://h/a"))
    assert isinstance(caught.value.__cause__, RuntimeError)


def test_a_route_without_reply() -> None:
    """It is an error when it is called, and when it is not."""
    api: Mocker = mocker()
    route = api.get("/a")
    with pytest.raises(
        UsageError,
        match=r"^test_bad_declarations\.py:\d+: GET /a was declared without a reply; add \.respond_with",
    ):
        answered(api, request("http://h/a"))  # fmt: skip
    assert api._router.unused() == [route]
