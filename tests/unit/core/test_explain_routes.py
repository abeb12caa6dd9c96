"""What people are told of declared routes: near misses, the report, and never a secret."""

from __future__ import annotations

import base64
import json
import re
from typing import TYPE_CHECKING, Any
from unittest.mock import ANY
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.core.made import headers, request
from tests.unit.core.mocked import FORM, JSON, answered, asked, mocker, sent

from api_mocker._core import explain_routes as explain
from api_mocker._core.model import Headers, Request
from api_mocker.exceptions import (
    ApiMockerError,
    NotDeclared,
    SwallowedRequests,
    UnusedRoutes,
    UsageError,
)

if TYPE_CHECKING:
    from api_mocker._mock import Mocker

A = "https://h/a"


def told(text: object) -> str:
    """A text with the lines of this file left out, which change with it."""
    return "\n" + re.sub(r"test_explain_routes\.py:\d+", "t.py", str(text)) + "\n"


def refusal(api: Mocker, what: Request) -> str:
    with pytest.raises(NotDeclared) as caught:
        asked(api, what)
    return told(caught.value)


def report(api: Mocker) -> str:
    router = api._router
    return told(explain.report(router, router.unused(), router.refusals))


def test_not_declared() -> None:
    """The request, how many routes there are, the nearest with all that differs, others, and the line to add."""
    api = mocker()
    api.post("/orders", json={"sku": "A-1", "n": 1, "at": ANY}, headers={"X-Shop": "1"}).respond_with()
    api.get("/orders/{id}").respond_with()
    api.get("/users").respond_with()
    api.get("/items").respond_with()
    asked(api, request("https://h/users"))
    assert (
        refusal(api, request("https://h/orders?dry=1", '{"sku":"A-1","n":"1"}', content_type=JSON))
        == """
POST https://h/orders?dry=1
  is not declared.
  the mock: 4 routes, 1 of them called
  nearest:  POST /orders (t.py), not called yet; it differs in
    query dry: sent '1', not declared
    body $.n: sent "1", declared 1 (type changed)
    body $.at: not sent, declared "<ANY>"
    header x-shop: not sent, declared '1'
  also near:  GET /orders/{id} (t.py) (differs in method, path, query dry)
  also near:  GET /users (t.py) (differs in method, path, query dry)
  If the request is right, declare it:  api_mocker.post("/orders", query={"dry": "1"}, json={"sku": "A-1", "n": "1"}).respond_with(...)
"""
    )


def test_nothing_declared() -> None:
    """A mock without routes says so."""
    assert refusal(mocker(), request(A)) == """
GET https://h/a
  is not declared.
  the mock: 0 routes, 0 of them called
  Nothing was declared.
  If the request is right, declare it:  api_mocker.get("/a").respond_with(...)
"""  # fmt: skip


def test_one_call_too_many() -> None:
    """The route and how many calls it was declared for, and the three ways to allow one more."""
    api = mocker()
    api.get("/a").respond_with().times(2).respond_with()
    for _ in range(3):
        asked(api, request(A))
    assert refusal(api, request(A)) == """
GET https://h/a
  is one call too many: GET /a (t.py) was declared for 3 calls.
  If it may be called again:  .times(2) of the last reply, one more .respond_with(...), or .repeat_last()
"""  # fmt: skip
    api.get("/a").respond_with().times(1)
    asked(api, request(A))
    assert "is one call too many: GET /a (t.py) and GET /a (t.py) were declared for 4 calls." in refusal(api, request(A))  # fmt: skip


def test_the_declaration_of_a_request_names_the_headers_that_were_asked_for() -> None:
    """What is proposed is no weaker than what was meant, and holds no secret."""
    api = mocker()
    api.get("/a", headers={"X-Tenant": "shop", "Authorization": "Bearer right"}).respond_with()
    sent = Headers.of([("X-Tenant", "other"), ("Authorization", "Bearer wrong-0815"), ("Accept", "*/*")])
    text = refusal(api, Request("GET", A, sent))
    assert (
        'api_mocker.get("/a", headers={"x-tenant": "other", "authorization": ANY}).respond_with(...)' in text
    )
    assert "0815" not in text


def test_out_of_order() -> None:
    """What is due is named, and neither a declaration nor a count is blamed."""
    api = mocker()
    api.in_order()
    api.get("/first").respond_with()
    api.get("/a").respond_with()
    text = refusal(api, request(A))
    assert "comes out of order, and in_order() was asked for.\n  due before it:  GET /first" in text
    assert text.endswith("declare the routes in it; if any is, leave out in_order().\n")


@pytest.mark.parametrize(
    ("declare", "what", "lines"),
    [
        (lambda m: m.get("/a"), request(A, method="PUT"), ["method: sent PUT, declared GET"]),
        (lambda m: m.route(("GET", "HEAD"), "/a"), request(A, method="PUT"), ["method: sent PUT, declared GET or HEAD"]),
        (lambda m: m.get("/b"), request(A), ["path: sent /a, declared /b"]),
        (lambda m: m.get("/x%20{id}/c"), request("https://h/x%20y/b"), ["path: sent /x y/b, declared /x y/c"]),
        (lambda m: m.get("/{id}/c"), request(A), ["path: sent /a, declared /{id}/c"]),
        (lambda m: m.get("http://g:8/a"), request(A), ["scheme: sent https, declared http", "host: sent h, declared g", "port: sent 443, declared 8"]),
        (lambda m: m.get(re.compile("/b$"), query={"q": "1"}), request(A), ["url: sent https://h/a, declared re.compile('/b$')", "query q: not sent, declared '1'"]),
        (lambda m: m.base("/v1").get(re.compile("b")), request(A), ["url: sent https://h/a, declared re.compile('/v1b')"]),
        (lambda m: m.get("/a", query={"q": [1, 2]}), request(f"{A}?q=2&q=3&r="), ["query q: sent '2', '3', declared '1', '2'", "query r: sent '', not declared"]),
        (lambda m: m.post("/a", json=1), request(A, "1", content_type="text/plain"), ["body: sent 1 bytes, declared a json body", "header content-type: sent 'text/plain', declared 'application/json'"]),
        (lambda m: m.post("/a", json=1), request(A, "x"), ["body: sent 1 bytes, declared a json body", "header content-type: not sent, declared 'application/json'"]),
        (lambda m: m.post("/a", json=1), request(A, "[1", content_type=JSON), ["body: sent 2 bytes, declared a json body"]),
        (lambda m: m.get("/a", json=1), request(A), ["body: sent no body, declared a json body"]),
        (lambda m: m.post("/a", json={"x": [1, {"y": ANY, "z": 2}]}), request(A, '{"x":[1,{"y":5,"z":3}]}', content_type=JSON), ["body $.x[1].z: sent 3, declared 2"]),
        (lambda m: m.post("/a", json={"x": 1e23}), request(A, '{"x":2}', content_type=JSON), ["body $.x: sent 2, declared 100000000000000000000000"]),
        (lambda m: m.post("/a", data={"x": "1", "y": "2"}), request(A, "x=1&y=3", content_type=FORM), ["body y: sent '3', declared '2'"]),
        (lambda m: m.post("/a", data={"x": "\udcff"}), request(A, "x=%FE", content_type=FORM), ["body x: sent '\\udcfe', declared '\\udcff'"]),
        (lambda m: m.post("/a", content=b'{"a":1}'), request(A, '{"a": 1}', content_type=JSON), ["body byte 5: sent '{\"a\": 1}', declared '{\"a\":1}' (8 bytes sent, 7 recorded)"]),
        (lambda m: m.post("/a", headers={"Content-Type": "text/plain"}, json=1), request(A, "1", content_type=JSON), ["header content-type: sent 'application/json', declared 'text/plain'"]),
        (lambda m: m.get("/a", match=lambda sent: False), request(A), ["match: <lambda> says no"]),
        (lambda m: m.get("/a", match=lambda one, two: "too old"), request(A), ["match: too old"]),
    ],
)  # fmt: skip
def test_what_differs(declare: Any, what: Request, lines: list[str]) -> None:  # Any: a function of a mock
    """Each thing that keeps a request from the nearest route has a line, and nothing else has."""
    api = mocker()
    declare(api).respond_with()
    text = refusal(api, what)
    assert [line.strip() for line in re.findall(r"^    (.*)$", text, re.MULTILINE)] == lines


def upload(*parts: tuple[str, str, str]) -> Request:
    body = "".join(
        f'--B\r\nContent-Disposition: form-data; name="{name}"{f"; filename={file}" if file else ""}\r\n\r\n{text}\r\n'
        for name, file, text in parts
    )
    return request(A, f"{body}--B--\r\n", content_type="multipart/form-data; boundary=B")


def test_what_differs_in_multipart() -> None:
    """Part by part, whatever their order: only what is wrong is told."""
    api = mocker()
    api.post("/a", data={"x": "1", "y": "2"}, files={"doc": ("a.txt", b"hi")}).respond_with()
    text = refusal(api, upload(("y", "", "2"), ("doc", "a.txt", "hi"), ("x", "", "7")))
    assert re.findall(r"^    (.*)$", text, re.MULTILINE) == ["body part 'x': sent '7', declared '1'"]
    text = refusal(api, upload(("y", "", "2"), ("doc", "b.txt", "hi"), ("x", "", "1")))
    assert re.findall(r"^    (.*)$", text, re.MULTILINE) == [
        "body part 'doc': sent 'hi' (b.txt), declared 'hi' (a.txt)"
    ]
    text = refusal(api, upload(("y", "", "2"), ("x", "", "1")))
    assert re.findall(r"^    (.*)$", text, re.MULTILINE) == [
        "body part 'doc': not sent, declared 'hi' (a.txt)"
    ]
    text = refusal(api, upload(("y", "", "2"), ("n", "", "0"), ("x", "", "1"), ("doc", "a.txt", "hi")))
    assert re.findall(r"^    (.*)$", text, re.MULTILINE) == ["body part 'n': sent '0', not declared"]


def test_users_own_code_is_not_in_the_way() -> None:
    """A predicate or an == that fails on another request does not hide what is told of this one."""

    class Fails:
        def __eq__(self, other: object) -> bool:
            raise ZeroDivisionError

        __hash__ = None  # type: ignore[assignment]  # as it is for all who define == alone

    api = mocker()
    api.get("/b", match=lambda sent: sent.json()["x"]).respond_with()
    api.get("/c", headers={"x": Fails()}).respond_with()
    assert "path: sent /a, declared /b" in refusal(api, request(A, x="1"))


# --- the report ---------------------------------------------------------------------------------------


def test_the_report_of_unused_routes() -> None:
    """Each with its line and what is still due of it, and the way out."""
    api = mocker()
    api.get("/never").respond_with()
    api.get("/twice").respond_with().times(3)
    api.get("/row").respond_with().respond_with(201).times(2).respond_with(202)
    api.get("/maybe").respond_with().optional()
    api.get("/silent")
    answered(api, request("https://h/twice"))
    answered(api, request("https://h/row"))
    answered(api, request("https://h/row"))
    error = explain.report(api._router, api._router.unused(), ())
    assert isinstance(error, UnusedRoutes)
    assert report(api) == """
4 declared routes were not used as declared (the mock):
  GET /never (t.py): never called
  GET /twice (t.py): called once, and its reply is still due
  GET /row (t.py): called twice, and of its 3 replies these are still due: 2 (t.py), 3 (t.py)
  GET /silent (t.py): it has no reply; add .respond_with(...)
  If the code is right not to call, remove the declaration; if it may call or not, add .optional().
"""  # fmt: skip


def test_the_report_names_the_request_that_was_meant() -> None:
    """Another route, or what lies below, may have answered in the place of one that was never called."""
    api = mocker()
    api.get("/users/{id}").respond_with().times(1)
    api.get("/users/1").respond_with()
    api.post("/pay", json={"n": 2}).respond_with()
    api.post("/pay", json={"n": ANY}).respond_with()
    answered(api, request("https://h/users/1"))
    answered(api, request("https://h/pay", '{"n":3}', content_type=JSON))
    assert report(api) == """
2 declared routes were not used as declared (the mock):
  GET /users/1 (t.py): never called
    GET https://h/users/1 was answered by GET /users/{id} (t.py), and comes here only when that has no reply left
  POST /pay (t.py): never called
    nearest request:  POST https://h/pay, answered by POST /pay (t.py); it differs in
      body $.n: sent 3, declared 2
  If the code is right not to call, remove the declaration; if it may call or not, add .optional().
"""  # fmt: skip


def test_the_report_names_what_passed_to_a_cassette() -> None:
    """A request that a route did not take, and a recording answered, is near to what was declared."""
    api = mocker()
    api.get("/charges").respond_with(503)
    assert api._router.answer(request("https://h/charges?limit=3")) is None
    assert "    nearest request:  GET https://h/charges?limit=3; it differs in\n      query limit: sent '3', not declared\n" in report(api)  # fmt: skip


def test_the_report_of_refusals() -> None:
    """What was refused and swallowed, a retry's once with its number, before what is unused."""
    api = mocker()
    api.get("/b").respond_with()
    for url in (A, A, "https://h/c/d/e"):
        refusal(api, request(url))
    error = explain.report(api._router, api._router.unused(), api._router.refusals)
    assert isinstance(error, SwallowedRequests)
    assert len(error.requests) == 3
    text = told(error)
    assert text.startswith("\n3 requests were refused, and the code under test caught the error:\nGET https://h/a (2 times)\n  is not declared.\n")  # fmt: skip
    assert text.count("is not declared") == 2
    assert text.count("GET /b (t.py): never called") == 1


def test_for_the_error_of_a_cassette() -> None:
    """What a cassette's error adds of the routes above it: the nearest, the used up, the ones out of order."""
    api = mocker()
    assert explain.nor_declared(api._router, request(A)) == ""
    api.get("/b").respond_with().times(1)
    assert told(explain.nor_declared(api._router, request(A))) == (
        "\n  Nor does a declared route take it; nearest:  GET /b (t.py); it differs in\n    path: sent /a, declared /b\n"
    )
    answered(api, request("https://h/b"))
    assert told(explain.nor_declared(api._router, request("https://h/b"))) == (
        "\n  It was declared for 1 call, and this is one more: GET /b (t.py).\n"
    )
    api.in_order()
    api.get("/c").respond_with()
    api.get("/d").respond_with()
    assert told(explain.nor_declared(api._router, request("https://h/d"))) == (
        "\n  A declared route takes it out of order, and in_order() was asked for.\n  due before it:  GET /c (t.py)\n"
    )


# --- secrets ------------------------------------------------------------------------------------------

JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.c2lnbmF0dXJlLW9mLXRoZS10b2tlbg"
SECRET = "s3cr3t-Value+0815"
BASIC = base64.b64encode(f"alice:{SECRET}".encode()).decode()

SENT: dict[str, Request] = {
    "header": request(A, authorization=f"Bearer {SECRET}"),
    "basic": request(A, authorization=f"Basic {BASIC}"),
    "api key": request(A, x_api_key=SECRET),
    "cookie": request(A, cookie=f"session={SECRET}"),
    "query": request(f"{A}?api_key={quote(SECRET)}"),
    "userinfo": request(f"https://alice:{quote(SECRET)}@h/a"),
    "json": request(A, json.dumps({"password": SECRET, "n": 1}), content_type=JSON),
    "nested json": request(A, json.dumps({"auth": [{"client_secret": SECRET}]}), content_type=JSON),
    "form": request(A, f"password={quote(SECRET)}&n=1", content_type=FORM),
    "jwt in json": request(A, json.dumps({"data": JWT}), content_type=JSON),
    "jwt in text": request(A, f"token {JWT}", content_type="text/plain"),
    "echo": request(f"{A}?x={quote(SECRET)}", authorization=f"Bearer {SECRET}"),
    "multipart": request(A, f'--B\r\nContent-Disposition: form-data; name="password"\r\n\r\n{SECRET}\r\n--B--\r\n', content_type="multipart/form-data; boundary=B"),
}  # fmt: skip

WANTED: dict[str, dict[str, Any]] = {
    "nothing": {},
    "header": {"headers": {"Authorization": f"Bearer {SECRET}"}},
    "another header": {"headers": {"Authorization": f"Bearer {SECRET}", "X-Api-Key": SECRET, "Cookie": f"session={SECRET}"}},
    "query": {"query": {"api_key": SECRET, "n": 1}},
    "json": {"json": {"password": SECRET, "data": JWT, "n": 2}},
    "form": {"data": {"password": SECRET, "n": 2}},
    "content": {"content": f"token {JWT}!"},
    "files": {"data": {"password": SECRET}, "files": {"f": b""}},
}  # fmt: skip


def leaks(text: object) -> list[str]:
    """The secrets that stand in a text, as they are or encoded."""
    shown = str(text)
    forms = [SECRET, quote(SECRET), quote(SECRET, safe=""), BASIC, JWT, JWT.rpartition(".")[2]]
    return [form for form in forms if form in shown]


@pytest.mark.parametrize("wanted", WANTED)
@pytest.mark.parametrize("name", SENT)
def test_no_text_holds_a_secret(name: str, wanted: str) -> None:
    """Neither what was sent nor what was declared shows in errors, the report, reprs or assertions."""
    api = mocker()
    route = api.get("/other", **WANTED[wanted]).respond_with()
    texts: list[object] = [route, api]
    with pytest.raises(ApiMockerError) as refused:
        asked(api, SENT[name])
    texts += [refused.value, repr(refused.value)]
    texts.append(explain.nor_declared(api._router, SENT[name]))
    taking = api.route(ANY, "/a", query=ANY).respond_with().times(2)
    answered(api, SENT[name])
    texts += [taking, taking.calls, *api.calls]
    for options in (WANTED[wanted], {"json": {"password": "x"}}, {"query": {"api_key": "x"}}):
        with pytest.raises(AssertionError) as asserted:
            taking.assert_called_with(headers={"X-No": "1", **options.get("headers", {})}, **{key: value for key, value in options.items() if key != "headers"})  # fmt: skip
        texts.append(asserted.value)
    with pytest.raises(AssertionError) as often:
        route.assert_called_once()
    texts += [often.value, explain.report(api._router, api._router.unused(), api._router.refusals)]
    assert [leaks(text) for text in texts] == [[]] * len(texts)


def test_a_token_from_an_earlier_answer_is_known() -> None:
    """What a declared answer gave out is hidden where it is sent on, in a place that tells nothing of it."""
    api = mocker()
    api.post("/login").respond_with(json={"access_token": SECRET}, headers={"Content-Encoding": "gzip"})
    sent(api, "https://h/login", method="POST")
    with pytest.raises(NotDeclared) as refused:
        asked(api, request(f"https://h/next/{quote(SECRET)}?x={quote(SECRET)}"))
    assert leaks(refused.value) == []


def test_declarations_that_hold_a_secret_are_named_without_it() -> None:
    """In a query of the URL, in one of its own, with characters that need encoding."""
    strange = f"{SECRET} &\n'\""
    for route in (
        mocker().get(f"https://h/a?api_key={quote(SECRET)}"),
        mocker().get("/a", query={"api_key": SECRET}),
        mocker().get("/a", query={"api_key": strange, "n": "1"}),
    ):
        assert leaks(repr(route)) == []
        assert "0815" not in repr(route)
        with pytest.raises(UsageError) as caught:
            route.times(2)
        assert leaks(caught.value) == []


@pytest.mark.parametrize(
    "wrong",
    [
        lambda m: m.get("/a", headers=f"Authorization: Bearer {SECRET}"),
        lambda m: m.get("/a", headers=[f"Authorization: Bearer {SECRET}"]),
        lambda m: m.get("/a", query=f"api_key={SECRET}"),
        lambda m: m.post("/a", data=f"password={SECRET}"),
        lambda m: m.post("/a", files=[SECRET]),
        lambda m: m.get(f"https://alice:{SECRET}@h/a"),
        lambda m: m.get(f"alice:{SECRET}@h/a"),
        lambda m: m.base(f"https://alice:{SECRET}@h"),
        lambda m: m.get("/a").respond_with(headers={"Set-Cookie": f"session={SECRET}\n"}),
        lambda m: m.get("/a").respond_with(headers={"Authorization": SECRET.encode()}),
        lambda m: m.get("/a").respond_with(headers=f"Authorization: {SECRET}"),
        lambda m: m.get("/a").respond_with(content={"password": SECRET}),
        lambda m: m.get("/a").respond_with({"password": SECRET}),
        lambda m: m.get("/a").respond_with(f"token {SECRET}"),
    ],
)
def test_wrong_declarations_are_refused_without_their_values(wrong: Any) -> None:  # Any: a function of a mock
    """A mistake is told by its kind: a value may be what somebody read from the environment."""
    with pytest.raises(UsageError) as caught:
        wrong(mocker())
    assert leaks(caught.value) == []


@pytest.mark.parametrize("where", ["match", "callback", "returned"])
def test_what_users_code_says_is_redacted(where: str) -> None:
    """An exception or an answer of the user's own often holds what was sent."""
    api = mocker()

    def fails(sent: Request) -> Any:  # Any: nothing
        raise ValueError(f"no user for {sent.headers['authorization']} and {sent.json()['data']}")

    if where == "match":
        api.post("/a", match=fails).respond_with()
    elif where == "callback":
        api.post("/a").respond_with(fails)
    else:
        api.post("/a").respond_with(lambda sent: [sent.headers["authorization"]])
    what = Request(
        "POST",
        A,
        headers(authorization=f"Bearer {SECRET}", content_type=JSON),
        json.dumps({"data": JWT}).encode(),
    )
    with pytest.raises(UsageError) as caught:
        answered(api, what)
    assert leaks(caught.value) == []
    assert f"t.py: {'match= fails failed' if where == 'match' else 'the callback'}" in told(caught.value)


@given(st.text(max_size=8))
def test_no_text_drives_a_terminal(text: str) -> None:
    """Control characters and marks that turn text around are made visible, wherever they came from."""
    api = mocker()
    api.get("/b", query={"q": text}, headers={"x": text}).respond_with()
    with pytest.raises(NotDeclared) as caught:
        asked(
            api,
            request(
                f"https://h/{quote(text)}?q={quote(text + '1')}", json.dumps(text), "GET", content_type=JSON
            ),
        )
    shown = [caught.value, explain.report(api._router, api.routes, api._router.refusals), repr(api.routes[0])]
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]", "".join(map(str, shown)))
