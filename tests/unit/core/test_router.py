"""Which declared route answers: the earliest that takes a request and has a reply left, each reply once."""

from __future__ import annotations

import random
import re
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from unittest.mock import ANY

import pytest
from tests.unit.core.made import request
from tests.unit.core.mocked import JSON, answered, asked, mocker, sent, status_of

from api_mocker._core.model import Request
from api_mocker._mock import Mocker
from api_mocker.exceptions import NotDeclared, UsageError

A = "http://h/a"


def refused(api: Mocker, url: str, body: str = "", method: str = "") -> str:
    """The text of the refusal of a request, which is remembered as well."""
    with pytest.raises(NotDeclared) as caught:
        asked(api, request(url, body, method, **({"content_type": JSON} if body else {})))
    assert api._router.refusals[-1] is caught.value
    return str(caught.value)


def test_the_earliest_that_takes_it_answers() -> None:
    """Routes are asked in the order of declaration, whatever kind of URL they have."""
    api = mocker()
    api.get("/users/1").respond_with(201)
    api.get("/users/{id}").respond_with(202)
    api.get(re.compile("/users/")).respond_with(203)
    api.route(ANY, re.compile("")).respond_with(204)
    assert [status_of(api, f"http://h{path}") for path in ("/users/1", "/users/2", "/users/1/x", "/")] == [201, 202, 203, 204]  # fmt: skip
    assert status_of(api, "http://h/users/1", method="DELETE") == 204


def test_a_later_route_takes_over() -> None:
    """Where an earlier one has no reply left, the next that takes the request answers."""
    api = mocker()
    api.get("/{any}").respond_with(201).times(1)
    api.get("/a").respond_with(202).respond_with(203)
    api.get(re.compile("/a")).respond_with(204)
    assert [status_of(api, A) for _ in range(5)] == [201, 202, 203, 204, 204]


def test_overlapping_routes_that_differ_in_what_they_want() -> None:
    """A narrower declaration before a wider one is a special case of it."""
    api = mocker()
    special = api.post("/orders", json={"sku": "X"}).respond_with(409)
    api.post("/orders", json=ANY).respond_with(201)
    assert status_of(api, "http://h/orders", '{"sku":"A"}', content_type=JSON) == 201
    assert status_of(api, "http://h/orders", '{"sku":"X"}', content_type=JSON) == 409
    assert special.call_count == 1


def test_what_nothing_takes() -> None:
    """It is refused, remembered and counted; a mock without routes refuses everything."""
    api = mocker()
    assert "Nothing was declared." in refused(api, A)
    api.get("/b").respond_with()
    assert "is not declared" in refused(api, A)
    assert len(api._router.refusals) == api._router.counts.blocked == 2
    assert api._router.counts.mocked == 0


def test_passthrough() -> None:
    """A host that is let through is not refused; a route for it answers first."""
    api = mocker(passthrough=("localhost:8080",))
    api.get("/mine").respond_with()
    assert asked(api, request("http://localhost:8080/other")) is None
    assert asked(api, request("http://localhost:8080/mine")) is not None
    refused(api, "http://localhost:9090/other")
    assert (api._router.counts.live, api._router.counts.mocked, api._router.counts.blocked) == (1, 1, 1)


def test_a_predicate_that_fails_is_remembered() -> None:
    """The code under test may swallow the error; and nothing was counted as answered."""
    api = mocker()
    route = api.get("/a", match=lambda sent: sent.json()).respond_with()
    with pytest.raises(UsageError):
        asked(api, request(A))
    assert len(api._router.refusals) == 1
    assert not route.called


def test_no_reply_is_given_twice() -> None:
    """Threads that ask at once share the replies out among them."""
    api = mocker()
    route = api.get("/a")
    for status in range(200, 300):
        route.respond_with(status)
    with ThreadPoolExecutor(8) as pool:
        given = [*pool.map(lambda _: status_of(api, A), range(100))]
    assert Counter(given) == Counter(range(200, 300))
    assert len(route.calls) == len(api.calls) == 100


def test_many_routes() -> None:
    """Among thousands, each request finds its own, by exact path and by template."""
    api = mocker()
    numbers = [*range(1000)]
    for number in numbers:
        api.get(f"/items/{number}").respond_with(json=number)
        api.get(f"/groups/{number}/{{id}}").respond_with(json=-number)
    random.Random(1).shuffle(numbers)
    for number in numbers[:100]:
        assert sent(api, f"http://h/items/{number}").body == str(number).encode()
        assert sent(api, f"http://h/groups/{number}/x").body == str(-number).encode()


# --- in_order -----------------------------------------------------------------------------------------


def ordered() -> Mocker:
    api = mocker()
    api.in_order()
    return api


def test_in_order() -> None:
    """Requests come in the order of declaration; one that comes too early is refused, and what is due named."""
    api = ordered()
    api.get("/login").respond_with()
    api.get("/cart").respond_with()
    api.get("/pay").respond_with()
    status_of(api, "http://h/login")
    text = refused(api, "http://h/pay")
    assert re.search(r"comes out of order, and in_order\(\) was asked for\.\n  due before it:  GET /cart \(test_router\.py:\d+\)\n", text)  # fmt: skip
    status_of(api, "http://h/cart")
    status_of(api, "http://h/cart")
    status_of(api, "http://h/pay")
    text = refused(api, "http://h/cart")
    assert re.search(
        r"It is declared before GET /pay \(test_router\.py:\d+\), which was called already\.", text
    )
    assert api._router.unused() == []


def test_in_order_with_optional_routes() -> None:
    """What need not come may be left out, and comes at its place if it does."""
    api = ordered()
    api.get("/a").respond_with()
    maybe = api.get("/b").respond_with().optional()
    api.get("/c").respond_with()
    status_of(api, A)
    status_of(api, "http://h/c")
    refused(api, "http://h/b")
    assert not maybe.called


def test_in_order_the_same_request_again() -> None:
    """Polls between which something happens: each declaration has its turn, next to each other or not."""
    api = ordered()
    api.get("/job").respond_with(json="queued")
    api.get("/job").respond_with(json="running")
    api.post("/kick").respond_with()
    api.get("/job").respond_with(json="done")
    texts = [sent(api, "http://h/job").text for _ in range(3)]
    sent(api, "http://h/kick", method="POST")
    texts += [sent(api, "http://h/job").text for _ in range(2)]
    assert texts == ['"queued"', '"running"', '"running"', '"done"', '"done"']
    assert api._router.unused() == []


def test_in_order_with_sequences() -> None:
    """All replies of a sequence are due before the next route has its turn."""
    api = ordered()
    api.get("/a").respond_with(200).respond_with(201)
    api.get("/b").respond_with()
    status_of(api, A)
    assert "due before it:  GET /a" in refused(api, "http://h/b")
    assert status_of(api, A) == 201
    status_of(api, "http://h/b")
    assert "is one call too many" not in refused(api, "http://h/c")


def test_in_order_a_call_too_many() -> None:
    """Where every declaration of a request is used up, that is what is said."""
    api = ordered()
    api.get("/a").respond_with().times(1)
    status_of(api, A)
    assert "is one call too many" in refused(api, A)


# --- declarations that are never reached --------------------------------------------------------------


def test_unreachable_declarations_are_reported_when_made() -> None:
    """At the first reply, with both places and the ways out; what was refused does not count as unused."""
    api = mocker()
    first = api.get("/users/{id}").respond_with()
    with pytest.raises(UsageError) as caught:
        api.get("/users/1").respond_with()
    assert re.fullmatch(
        r"test_router\.py:\d+: GET /users/1 is never reached: the route declared at test_router\.py:\d+ takes the same "
        r"requests, and answers every one\.\n  For one answer after the other, add \.respond_with\(\.\.\.\) to that route; "
        r"to answer once and then differently, say \.times\(1\) there; where the order of declaration counts, call "
        r"in_order\(\) first\.",
        str(caught.value),
    )
    assert api.routes == [first]
    assert status_of(api, "http://h/users/1") == 200


def test_what_may_be_reached_is_not_reported() -> None:
    """An earlier route that gives out, or a mock in order, leaves the later one something."""
    api = mocker()
    api.get("/a").respond_with().times(1)
    api.get("/a").respond_with().respond_with()
    api.get("/a").respond_with()
    api.get("/b", match=bool).respond_with()
    api.get("/b").respond_with()
    api.get("/c").respond_with().optional().times(3)
    api.get("/c").respond_with()
    api = ordered()
    api.get("/a").respond_with()
    api.get("/a").respond_with()


def test_a_refused_declaration_leaves_no_hole() -> None:
    """Those declared behind it are found all the same."""
    api = mocker()
    api.get("/a").respond_with(201)
    with pytest.raises(UsageError):
        api.get("/a").respond_with(202)
    api.get("/b").respond_with(203)
    api.get("/{x}").respond_with(204)
    assert [status_of(api, f"http://h/{path}") for path in "abc"] == [201, 203, 204]


# --- assertions ---------------------------------------------------------------------------------------


def test_assertions_about_numbers() -> None:
    """They pass or fail as those of unittest.mock do, and name the declaration."""
    api = mocker()
    route = api.get("/a").respond_with()
    route.assert_not_called()
    with pytest.raises(
        AssertionError, match=r"GET /a \(test_router\.py:\d+\) was to be called once, and was not"
    ):
        route.assert_called_once()
    with pytest.raises(AssertionError, match=r"was to be called, and was not"):
        route.assert_called_with()
    status_of(api, A)
    route.assert_called_once()
    with pytest.raises(AssertionError, match=r"was not to be called, and was called once"):
        route.assert_not_called()
    status_of(api, A)
    with pytest.raises(AssertionError, match=r"was to be called once, and was called twice"):
        route.assert_called_once()


def test_assert_called_with() -> None:
    """The last request is compared with what is given, in the words of a declaration, and with nothing else."""
    api = mocker()
    route = api.post("/a", query=ANY).respond_with()
    sent(api, f"{A}?x=1", '{"a":1}', content_type=JSON)
    sent(api, f"{A}?x=2&y=3", '{"a":2,"id":"u-1"}', content_type=JSON, x_trace="t")
    route.assert_called_with()
    route.assert_called_with(json={"a": 2, "id": ANY})
    route.assert_called_with(query={"y": "3", "x": 2}, headers={"X-Trace": "t"})
    route.assert_called_with(content=b'{"a":2,"id":"u-1"}')
    with pytest.raises(AssertionError) as caught:
        route.assert_called_with(
            json={"a": 1, "id": ANY}, query={"x": "2"}, headers={"X-Trace": "u", "X-No": ANY}
        )
    assert f"\n{caught.value}\n" == """
POST http://h/a?x=2&y=3 (called twice; this is the last call) was not as asserted:
  query y: sent '3', not asserted
  body $.a: sent 2, asserted 1
  header x-trace: sent 't', asserted 'u'
  header x-no: not sent, asserted <ANY>
"""  # fmt: skip


def test_assert_called_with_forms_and_files() -> None:
    """Fields and files are asserted as they are declared; what is no assertion is a mistake of its own."""
    api = mocker()
    route = api.post("/a").respond_with()
    sent(api, A, "a=1&b=2", content_type="application/x-www-form-urlencoded")
    route.assert_called_with(data={"b": "2", "a": 1})
    wrongs: list[dict[str, Any]]  # Any: the keywords of an assertion
    wrongs = [{"data": {"a": 1}}, {"files": {"f": b""}}, {"json": {"a": 1}}, {"content": b"b=2&a=1"}]
    for wrong in wrongs:
        with pytest.raises(AssertionError, match=r"was not as asserted:\n  .*body"):
            route.assert_called_with(**wrong)
    with pytest.raises(UsageError, match=r"assert_called_with\(\) has no 'jsn'; did you mean 'json'\?"):
        route.assert_called_with(jsn=1)  # type: ignore[call-arg]  # a user's mistake
    with pytest.raises(UsageError, match="a request has one body"):
        route.assert_called_with(json=1, content=b"")


def test_asserting_while_something_is_on_its_way() -> None:
    """A call is there from the moment at which it was answered, whatever its callback still does."""
    api = mocker()
    seen: list[int] = []
    route = api.get("/a")

    def callback(request: Request) -> object:
        seen.extend([len(route.calls), len(api.calls)])
        return api.reply()

    route.respond_with(callback)
    answered(api, request(A))
    assert seen == [1, 1]
