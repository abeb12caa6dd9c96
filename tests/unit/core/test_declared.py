"""What a declared route takes: methods, query, bodies, headers, predicates; and what it covers."""

from __future__ import annotations

import gzip
import json
import re
from typing import TYPE_CHECKING, Any
from unittest.mock import ANY
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.core.made import Counted, request
from tests.unit.core.mocked import FORM, JSON, mocker, takes

from api_mocker._core.matching import matcher
from api_mocker._core.model import Headers, Request
from api_mocker.exceptions import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from api_mocker._core.routes import Route

URL = "http://h/a"


def taken(what: Request, **wanted: Any) -> bool:  # Any: the keywords of a declaration
    """Whether a route for any method of the path takes the request."""
    return takes(mocker().route(ANY, "/a", **wanted), what) is not None


class Whatever:
    """An object with an ``==`` of its own, as users write them."""

    def __init__(self, says: Callable[[Any], bool]) -> None:  # Any: whatever it is compared with
        self.says = says

    def __eq__(self, other: object) -> bool:
        return self.says(other)

    __hash__ = None  # type: ignore[assignment]  # as it is for all who define == alone


def starts(text: str) -> Whatever:
    return Whatever(lambda other: isinstance(other, str) and other.startswith(text))


@pytest.mark.parametrize(
    ("method", "sent", "expected"),
    [
        ("GET", "GET", True),
        ("get", "GET", True),
        ("GET", "POST", False),
        ("GET", "HEAD", False),
        (["GET", "head"], "HEAD", True),
        (("GET", "HEAD"), "POST", False),
        ({"PUT"}, "PUT", True),
        ("PURGE", "PURGE", True),
        ("PROPPATCH", "PROPPATCH", True),
        ("M-SEARCH", "M-SEARCH", True),
        ("X_Y", "X_Y", True),
        (ANY, "BREW", True),
        (["GET", ANY], "BREW", True),
    ],
)
def test_methods(method: object, sent: str, expected: bool) -> None:
    """One method, in whatever case, one of several, or any."""
    assert (takes(mocker().route(method, "/a"), request(URL, method=sent)) is not None) is expected


@pytest.mark.parametrize("verb", ["get", "post", "put", "patch", "delete", "head", "options"])
def test_verbs(verb: str) -> None:
    """Each verb declares its own method and no other."""
    route: Route = getattr(mocker(), verb)("/a")
    others = {"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"}
    assert {name for name in others if takes(route, request(URL, method=name)) is not None} == {verb.upper()}


@pytest.mark.parametrize(
    ("query", "sent", "expected"),
    [
        ({}, "", True),
        ({}, "a=1", False),
        ({"a": "1"}, "a=1", True),
        ({"a": "1"}, "", False),
        ({"a": "1"}, "a=2", False),
        ({"a": "1"}, "A=1", False),
        ({"a": "1"}, "a=1&b=2", False),
        ({"a": "1", "b": "2"}, "b=2&a=1", True),
        ({"a": 1}, "a=1", True),
        ({"a": 1.5}, "a=1.5", True),
        ({"a": True}, "a=True", True),
        ({"a": True}, "a=true", True),
        ({"a": False}, "a=true", False),
        ({"a": ""}, "a=", True),
        ({"a": ""}, "a", True),
        ({"a": []}, "", True),
        ({"a": ["1", "2"]}, "a=2&a=1", True),
        ({"a": ["1", "1"]}, "a=1", False),
        ({"a": ["1", "1"]}, "a=1&a=1", True),
        ({"a": "1"}, "a=1&a=1", False),
        ([("a", "1"), ("a", "2")], "a=1&a=2", True),
        ((("a", "1"),), "a=1", True),
        ({"a": "\u00fc &"}, "a=%C3%BC+%26", True),
        ({"a": b"\xc3\xbc"}, "a=%C3%BC", True),
        ({"a": b"\xff"}, "a=%FF", True),
        ({"a": ANY}, "a=whatever", True),
        ({"a": ANY}, "b=1", False),
        ({"a": ANY}, "a=1&a=2", False),
        ({"a": [ANY, "1"]}, "a=1&a=2", True),
        ({"a": [ANY, starts("x")]}, "a=x1&a=y", True),
        ({"a": [starts(""), starts("x"), "x1"]}, "a=x1&a=x2&a=y", True),
        ({"a": [starts("x"), starts("xy")]}, "a=xy&a=z", False),
        (ANY, "", True),
        (ANY, "a=1&b", True),
    ],
)
def test_a_query_is_a_multiset(query: object, sent: str, expected: bool) -> None:
    """Each wanted pair needs one of its own, in any order, and there may be no other."""
    assert taken(request(f"{URL}?{sent}" if sent else URL), query=query) is expected


def test_a_query_in_the_url_says_the_same() -> None:
    """It is wanted together with that of ``query=``, and without either there must be none."""
    api = mocker()
    assert takes(api.get("/a?x=1&y="), request(f"{URL}?y=&x=1")) == {}
    assert takes(api.get("/a?x=1", query={"y": 2}), request(f"{URL}?x=1&y=2")) == {}
    assert takes(api.get("/a?x=1", query={"y": 2}), request(f"{URL}?x=1")) is None
    assert takes(api.get("/a"), request(f"{URL}?x=1")) is None
    assert takes(api.get(re.compile("/a")), request(f"{URL}?x=1")) == {}
    assert takes(api.get(re.compile("/a"), query={}), request(f"{URL}?x=1")) is None


def test_when_a_url_was_signed_does_not_matter() -> None:
    """As with recordings: beside a signature, the moment of signing is no part of what is asked for."""
    wanted = {"X-Amz-Signature": ANY, "X-Amz-Date": "20260101T000000Z", "part": "1"}
    assert taken(request(f"{URL}?X-Amz-Signature=ab&X-Amz-Date=20261231T000000Z&part=1"), query=wanted)
    assert not taken(request(f"{URL}?X-Amz-Signature=ab&X-Amz-Date=20261231T000000Z&part=2"), query=wanted)


@pytest.mark.parametrize(
    ("wanted", "sent", "expected"),
    [
        (1, "1", True),
        (1, "1.0", True),
        (1.0, "1", True),
        (1, "true", False),
        (1, '"1"', False),
        (1, "1.5", False),
        (0, "false", False),
        (True, "true", True),
        (True, "1", False),
        (True, '"true"', False),
        (None, "null", True),
        (None, "0", False),
        ("1", "1", False),
        (1.1, "1.1", True),
        (1e23, "1e23", True),
        (1e23, "100000000000000000000000", True),
        (0.1, "0.10", True),
        (0.1, "0.1000000000000000000001", False),
        (10**30, "1000000000000000000000000000000", True),
        ("\u00fc", '"\\u00fc"', True),
        ([], "[]", True),
        ([], "{}", False),
        ({}, "[]", False),
        ([1, 2], "[1,2]", True),
        ([1, 2], "[2,1]", False),
        ([1, 2], "[1,2,3]", False),
        ((1, (2,)), "[1,[2]]", True),
        ({"a": 1, "b": 2}, '{"b": 2, "a": 1}', True),
        ({"a": 1}, '{"a":1,"b":2}', False),
        ({"a": 1, "b": 2}, '{"a":1}', False),
        ({"a": None}, "{}", False),
        ({True: "x"}, '{"true":"x"}', True),
        ({1: "x", None: "y"}, '{"1":"x","null":"y"}', True),
        (ANY, "null", True),
        (ANY, "[1]", True),
        ({"a": ANY, "b": [1, ANY]}, '{"a":{"x":[]},"b":[1,null]}', True),
        ({"a": ANY}, "{}", False),
        ([{"id": ANY, "tags": [starts("x")]}], '[{"id":7,"tags":["xy"]}]', True),
        ([{"id": ANY, "tags": [starts("x")]}], '[{"id":7,"tags":["y"]}]', False),
    ],
)
def test_json(wanted: object, sent: str, expected: bool) -> None:
    """Values are compared strictly, numbers as numbers, and ANY stands for a value at any depth."""
    assert taken(request(URL, sent, content_type=JSON), json=wanted) is expected


def test_json_is_what_says_so() -> None:
    """A body is JSON by its media type, or where it has none and looks like it; and never when it is broken."""
    for kind in ("application/json; charset=utf-8", "application/vnd.api+json", "text/json"):
        assert taken(request(URL, "[1]", content_type=kind), json=[1])
    assert taken(request(URL, "[1]"), json=[1])
    assert not taken(request(URL, "[1]", content_type="text/plain"), json=[1])
    assert not taken(request(URL, "[1", content_type=JSON), json=ANY)
    assert not taken(request(URL, '{"a":1,"a":2}', content_type=JSON), json=ANY)
    assert not taken(request(URL), json=ANY)


def test_what_was_declared_stays_as_it_was() -> None:
    """A value that the test changes afterwards, as it may in building the next one, is declared as it was."""
    value = {"items": [1]}
    route = mocker().post("/a", json=value)
    value["items"].append(2)
    assert takes(route, request(URL, '{"items":[1]}', content_type=JSON)) == {}


@pytest.mark.parametrize(
    ("data", "sent", "expected"),
    [
        ({"a": "1", "b": "2"}, "b=2&a=1", True),
        ({"a": 1}, "a=1", True),
        ({"a": "1"}, "a=1&b=2", False),
        ({"a": ["1", "2"]}, "a=2&a=1", True),
        ({"a": "x y&\u00fc"}, "a=x+y%26%C3%BC", True),
        ({"a": ANY}, "a=", True),
        ([("a", "1")], "a=1", True),
        ({}, "a=1", False),
        (ANY, "a=1&b=2", True),
    ],
)
def test_forms(data: object, sent: str, expected: bool) -> None:
    """Fields are a multiset, as a query is."""
    assert taken(request(URL, sent, content_type=FORM), data=data) is expected


def test_a_form_is_what_says_so() -> None:
    """Without its media type, the same bytes are no form; no body at all is one without fields."""
    assert not taken(request(URL, "a=1", content_type="text/plain"), data={"a": "1"})
    assert not taken(request(URL, '{"a":"1"}', content_type=JSON), data={"a": "1"})
    assert taken(request(URL), data={})
    assert not taken(request(URL), data={"a": "1"})


def upload(*parts: tuple[str, str, bytes] | tuple[str, str, bytes, str]) -> Request:
    """A multipart request: parts of name, file name (empty for a field), content and perhaps a type."""
    body = b""
    for name, filename, content, *kind in parts:
        body += f'--B\r\nContent-Disposition: form-data; name="{name}"'.encode()
        body += f'; filename="{filename}"'.encode() if filename else b""
        body += f"\r\nContent-Type: {kind[0]}".encode() if kind else b""
        body += b"\r\n\r\n" + content + b"\r\n"
    return request(URL, body + b"--B--\r\n", content_type="multipart/form-data; boundary=B")


UPLOAD = upload(("a", "", b"1"), ("doc", "a.txt", b"hello", "text/plain"), ("b", "", "\u00fc".encode()))


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({"data": {"b": "\u00fc", "a": 1}, "files": {"doc": b"hello"}}, True),
        ({"files": {"doc": b"hello"}}, True),
        ({"files": {"doc": "hello"}}, True),
        ({"files": [("doc", b"hello")]}, True),
        ({"files": {"doc": ("a.txt", b"hello")}}, True),
        ({"files": {"doc": ("a.txt", "hello", "text/plain")}}, True),
        ({"files": {"doc": (ANY, b"hello")}}, True),
        ({"files": {"doc": ("a.txt", ANY, "text/plain")}}, True),
        ({"files": {"doc": ANY}}, True),
        ({"files": ANY}, True),
        ({"data": ANY, "files": ANY}, True),
        ({"data": {"a": "1"}, "files": ANY}, False),
        ({"files": {"doc": b"bye"}}, False),
        ({"files": {"other": b"hello"}}, False),
        ({"files": {"doc": ("b.txt", b"hello")}}, False),
        ({"files": {"doc": ("a.txt", b"hello", "text/html")}}, False),
        ({"files": [("doc", b"hello"), ("doc", b"hello")]}, False),
        ({"files": []}, False),
        ({"data": {"a": "1", "b": "\u00fc"}}, False),
        ({"data": {"a": "2", "b": "\u00fc"}, "files": {"doc": b"hello"}}, False),
    ],
)
def test_multipart(wanted: dict[str, Any], expected: bool) -> None:
    """Fields are a multiset, files come in their order; what is not said of either does not matter."""
    assert taken(UPLOAD, **wanted) is expected


def test_multipart_without_files() -> None:
    """Fields alone are a form however they were sent; any files are one at least."""
    fields = upload(("a", "", b"1"), ("b", "", b"2", "text/plain"))
    assert taken(fields, data={"b": "2", "a": "1"})
    assert taken(fields, data={"b": "2", "a": "1"}, files=[])
    assert not taken(fields, files=ANY)
    assert not taken(request(URL), files=ANY)


@pytest.mark.parametrize(
    ("content", "sent", "expected"),
    [
        (b"\x00\xff", b"\x00\xff", True),
        ("\u00fc", "\u00fc".encode(), True),
        (bytearray(b"ab"), b"ab", True),
        (b"", b"", True),
        (b"a", b"", False),
        (b'{"a":1}', b'{"a": 1}', False),
        (ANY, b"whatever", True),
        (Whatever(lambda sent: isinstance(sent, bytes) and len(sent) == 2), b"ab", True),
    ],
)
def test_content_is_bytes(content: object, sent: bytes, expected: bool) -> None:
    """Content is compared byte for byte, whatever its media type."""
    assert taken(request(URL, sent, content_type=JSON), content=content) is expected


def test_content_codings_are_taken_off() -> None:
    """A compressed request is compared by what it says."""
    sent = request(URL, gzip.compress(b'{"a":1}'), content_type=JSON, content_encoding="gzip")
    from api_mocker._core.views import as_stored

    assert taken(as_stored(sent), json={"a": 1})
    assert taken(as_stored(sent), content=b'{"a":1}')


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, True),
        ({"Authorization": "Bearer t"}, True),
        ({"authorization": "Bearer t"}, True),
        ({"Authorization": "bearer t"}, False),
        ({"X-Missing": ANY}, False),
        ({"X-Tag": "a"}, True),
        ({"X-Tag": ["a", "b"]}, True),
        ({"X-Tag": ["a", "a"]}, False),
        ([("X-Tag", "b"), ("Accept", "*/*")], True),
        ({"X-Tag": starts("b")}, True),
        ({"X-Count": 3}, True),
        ({"X-Name": "J\u00fcrgen"}, True),
    ],
)
def test_headers_are_a_subset(headers: Any, expected: bool) -> None:  # Any: a mapping, or pairs
    """The declared ones must be among those sent, in whatever case their names are; others may be too."""
    sent = Headers.of(
        [
            *[("authorization", "Bearer t"), ("x-tag", "a"), ("X-TAG", "b"), ("accept", "*/*")],
            *[("x-count", "3"), ("x-name", "J\u00fcrgen")],
        ]
    )
    assert taken(Request("GET", URL, sent), headers=headers) is expected


def test_predicates() -> None:
    """Functions of the request say whether it is meant: all of them, and only where all else is as declared."""
    is_big = Counted(lambda sent: len(sent.body) > 3)
    assert taken(request(URL, "12345"), match=is_big)
    assert not taken(request(URL, "12"), match=is_big)
    assert taken(request(URL, "12345"), match=[is_big, lambda sent: sent.text.isdigit()])
    assert not taken(request(URL, "12345"), match=(is_big, lambda sent: sent.text.isalpha()))
    before = is_big.calls
    assert not taken(request(URL, "12345"), match=is_big, query={"a": "1"})
    assert not taken(request("http://h/b", "12345"), match=is_big)
    assert is_big.calls == before


def test_matchers() -> None:
    """Functions of two requests, as cassettes have them, get the declared one too; registered ones go by name."""
    seen: list[Request] = []

    @matcher
    def same_length(live: Request, declared: Request) -> str | None:
        seen.append(declared)
        return None if len(live.body) == len(declared.body) else "another length"

    for match in (same_length, "same_length", ["same_length"]):
        assert taken(request(URL, '{"a":1}', content_type=JSON), match=match, json={"a": 1})
    assert [json.loads(each.body) for each in seen] == [{"a": 1}] * 3
    assert takes(mocker().get("/a", match=lambda one, two: "never"), request(URL)) is None


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ({"match": lambda sent: sent.json()["x"] == 1}, "match= <lambda> failed: JSONDecodeError: "),
        ({"match": lambda live, declared: True}, "match= <lambda> returned True: a matcher of two requests returns None"),
        ({"headers": {"x": Whatever(lambda other: other < 1 / 0)}}, "comparing with what was declared failed: ZeroDivisionError"),
    ],
)  # fmt: skip
def test_a_users_own_code_that_fails(wanted: dict[str, Any], words: str) -> None:
    """What a predicate, a matcher or an ``==`` raises, or returns by mistake, names the declaration."""
    with pytest.raises(UsageError, match=rf"^test_declared\.py:\d+: {re.escape(words)}"):
        taken(request(URL, x="1"), **wanted)


# --- what covers what ---------------------------------------------------------------------------------

SEGMENTS = st.sampled_from(["a", "b", "a%20b", "1", "%2F", "\u00e4"])
TEXTS = st.sampled_from(["1", "2", "", "True", "\u00e4"])
WANTED = st.one_of(TEXTS, st.just(ANY), st.booleans(), st.integers(0, 2))
VALUES = st.recursive(
    st.sampled_from([None, True, False, 0, 1, 1.0, 1.5, "", "1", ANY]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TEXTS, inner, max_size=2),
    max_leaves=3,
)


@st.composite
def urls(draw: st.DrawFn) -> str | re.Pattern[str]:
    if draw(st.integers(0, 5)) == 0:
        return re.compile(
            draw(st.sampled_from(["a", "/a$", "^http://h/", "/(?P<x>[^/]+)", "/a/(?P<x>[^/]+)", ""]))
        )
    pieces = draw(
        st.lists(SEGMENTS | st.sampled_from(["{x}", "{y}", "a{z}"]), min_size=1, max_size=2, unique=True)
    )
    origin = draw(st.sampled_from(["", "", "http://h", "https://h", "http://H:80"]))
    return origin + "/" + "/".join(pieces)


@st.composite
def declarations(draw: st.DrawFn) -> tuple[object, str | re.Pattern[str], dict[str, Any]]:
    """A method, a URL and what is wanted besides."""
    pairs = st.dictionaries(st.sampled_from("ab"), WANTED | st.lists(WANTED, max_size=2), max_size=2)
    wanted: dict[str, Any] = {}
    if draw(st.booleans()):
        wanted["query"] = draw(st.just(ANY) | pairs)
    if draw(st.booleans()):
        wanted["headers"] = draw(pairs)
    body = draw(st.sampled_from(["", "", "json", "data", "content", "files"]))
    if body == "json":
        wanted["json"] = draw(VALUES)
    elif body == "content":
        wanted["content"] = draw(st.sampled_from([b"1", b"", ANY, "a=1"]))
    elif body in ("data", "files"):
        if body == "data" or draw(st.booleans()):
            wanted["data"] = draw(st.just(ANY) | pairs)
        if body == "files":
            content = st.sampled_from([b"1", "1", ANY, ("f", b"1"), ("f", ANY, "text/plain")])
            wanted["files"] = draw(
                st.just(ANY) | st.lists(st.tuples(st.sampled_from("ab"), content), max_size=2)
            )
    return draw(st.sampled_from(["GET", "POST", ("GET", "POST"), ANY])), draw(urls()), wanted


def plainly(draw: st.DrawFn, value: Any) -> Any:  # Any: JSON in which ANY stands for something
    """The value with something in the place of each ANY, and its numbers written in some way."""
    if value is ANY:
        return draw(st.sampled_from([1, "1", None, [], {"a": 1}]))
    if isinstance(value, dict):
        return {name: plainly(draw, item) for name, item in value.items()}
    return [plainly(draw, item) for item in value] if isinstance(value, list) else value


def pairs_of(draw: st.DrawFn, given: Any) -> list[tuple[str, str]]:  # Any: a mapping of pairs, or ANY
    """Pairs that such a mapping takes, with now and then one more."""
    out: list[tuple[str, str]] = []
    for name, value in ({} if given is ANY else given).items():
        for each in value if isinstance(value, list) else [value]:
            out += [(name, draw(TEXTS) if each is ANY else str(each))]
    if given is ANY or draw(st.integers(0, 9)) == 0:
        out += draw(st.lists(st.tuples(st.sampled_from("abc"), TEXTS), max_size=2))
    return draw(st.permutations(out))


@st.composite
def requests_for(draw: st.DrawFn, declared: tuple[object, Any, dict[str, Any]]) -> Request:  # Any: a URL
    """A request that the declaration takes, mostly."""
    method, url, wanted = declared
    name = method if isinstance(method, str) else draw(st.sampled_from(["GET", "POST"]))
    if isinstance(url, re.Pattern):
        path = draw(st.sampled_from(["http://h/a", "https://h/a/b", "http://x/a%20b", "http://h/b/a"]))
    else:
        path = re.sub(r"\{\w+\}", lambda _: draw(SEGMENTS), url)
        path = path if "://" in path else draw(st.sampled_from(["http://h", "https://x:1"])) + path
    query = urlencode(pairs_of(draw, wanted.get("query", {})))
    headers = pairs_of(draw, wanted.get("headers", {}))
    body, kind = b"", ""
    if "json" in wanted:
        body, kind = json.dumps(plainly(draw, wanted["json"])).encode(), JSON
    elif "content" in wanted:
        given = wanted["content"]
        body = b"x" if given is ANY else given.encode() if isinstance(given, str) else given
        kind = draw(st.sampled_from(["", FORM, JSON]))
    elif "files" in wanted:
        fields = pairs_of(draw, wanted.get("data", {}))
        given = [("a", b"1")] if wanted["files"] is ANY else wanted["files"]
        parts: list[tuple[str, str, bytes, str]] = [
            (n, "", value.encode(), "text/plain") for n, value in fields
        ]
        parts += [(n, "f", b"1", "text/plain") for n, _ in given]
        made = upload(*parts)
        body, kind = made.body, made.headers["content-type"]
    elif "data" in wanted:
        body, kind = urlencode(pairs_of(draw, wanted["data"])).encode(), FORM
    headers += [("Content-Type", kind)] if kind else []
    return Request(name, f"{path}?{query}" if query else path, Headers.of(headers), body)


@st.composite
def two_and_a_request(draw: st.DrawFn) -> tuple[Any, Any, Request]:  # Any: declarations
    """Two declarations, the later much like the earlier, and a request for the later."""
    method, url, wanted = draw(declarations())
    other_method, other_url, other_wanted = draw(declarations())
    later = (
        draw(st.sampled_from([method, method, other_method])),
        draw(st.sampled_from([url, url, other_url])),
        draw(st.sampled_from([wanted, wanted, other_wanted, {**wanted, **{
            name: value for name, value in other_wanted.items() if name in ("query", "headers")}}])),
    )  # fmt: skip
    return (method, url, wanted), later, draw(requests_for(later))


@given(two_and_a_request())
def test_what_covers_another_takes_all_that_it_takes(case: tuple[Any, Any, Request]) -> None:
    """Where one declaration is said to cover another, each request that this one takes is taken by it as well."""
    earlier, later, sent = case
    first, second = (mocker().route(method, url, **wanted) for method, url, wanted in (earlier, later))
    if first.declared.covers(second.declared) and takes(second, sent) is not None:
        assert takes(first, sent) is not None


@given(declarations())
def test_a_declaration_covers_itself(declared: tuple[object, Any, dict[str, Any]]) -> None:
    """The same declaration once more is never reached."""
    method, url, wanted = declared
    first, second = (mocker().route(method, url, **wanted) for _ in range(2))
    assert first.declared.covers(second.declared)


@pytest.mark.parametrize(
    ("first", "second", "covers"),
    [
        ({"url": "/u/{id}"}, {"url": "/u/1"}, True),
        ({"url": "/u/{id}"}, {"url": "/u/{name}"}, True),
        ({"url": "/u/{id}"}, {"url": "https://h/u/{id}"}, True),
        ({"url": "https://h/u/1"}, {"url": "/u/1"}, False),
        ({"url": "/u/1"}, {"url": "/u/{id}"}, False),
        ({"url": "/u/1", "query": ANY}, {"url": "/u/1?a=1"}, True),
        ({"url": "/u/1"}, {"url": "/u/1?a=1"}, False),
        ({"url": "/u/1"}, {"url": "/u/1", "json": {"a": 1}}, True),
        ({"url": "/u/1", "json": {"a": 1}}, {"url": "/u/1"}, False),
        ({"url": "/u/1", "json": {"a": ANY}}, {"url": "/u/1", "json": {"a": 1}}, True),
        ({"url": "/u/1", "json": {"a": 1}}, {"url": "/u/1", "json": {"a": True}}, False),
        ({"url": "/u/1", "json": {"a": 1}}, {"url": "/u/1", "json": {"a": 1.0}}, True),
        ({"url": "/u/1", "data": {"a": 1}}, {"url": "/u/1", "data": {"a": "1"}}, True),
        ({"url": "/u/1", "headers": {"A": "1"}}, {"url": "/u/1", "headers": {"a": "1", "b": "2"}}, True),
        ({"url": "/u/1", "headers": [("a", "1"), ("a", "1")]}, {"url": "/u/1", "headers": {"a": "1"}}, False),
        ({"url": "/u/1", "match": bool}, {"url": "/u/1", "match": bool}, False),
        ({"url": "/u/{id}", "query": ANY}, {"url": re.compile("/u/(?P<id>[^/]+)")}, False),
        ({"url": re.compile("/u")}, {"url": re.compile("/u")}, True),
        ({"url": re.compile("/u")}, {"url": "/u"}, False),
        ({"url": "//a/{x}"}, {"url": "/{x}"}, False),
        ({"url": "/u", "files": ANY}, {"url": "/u", "files": []}, False),
        ({"url": "/u", "files": ANY}, {"url": "/u", "data": {}}, False),
    ],
)
def test_covering(first: dict[str, Any], second: dict[str, Any], covers: bool) -> None:
    """What is certain is known, and what is not certain is not claimed."""
    one, two = mocker().get(**first).declared, mocker().get(**second).declared
    assert one.covers(two) is covers
