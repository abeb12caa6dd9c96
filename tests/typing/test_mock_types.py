"""What an editor knows of mocks: the types of what is declared, and that a mistake is an error before it is run.

Both type checkers read this file, and complain of an ignored error that is none; each line runs as well.
"""
# pyright: reportUnnecessaryTypeIgnoreComment=true

from __future__ import annotations

import re
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Any, assert_type
from unittest.mock import ANY

import pytest
from tests.unit.core.made import request
from tests.unit.core.mocked import answered, mocker

import api_mocker
from api_mocker import Call, Headers, Mocker, Request, Response, Route, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from api_mocker._core.replies import Reply
    from api_mocker._core.verbs import Base


def test_declarations_are_routes() -> None:
    """Every verb takes the same keywords and gives a route, and every method of a route gives it again."""
    api = mocker()
    assert_type(api, Mocker)
    assert_type(api.get("/a"), Route)
    assert_type(api.post("/b", json={"sku": ANY, "n": [1, 2]}), Route)
    assert_type(api.put(re.compile("/c"), data={"a": 1}, headers={"X": "1"}), Route)
    assert_type(api.patch("/d", content=b"", query=[("a", "1")]), Route)
    assert_type(api.delete("/e", query=ANY, match=lambda sent: sent.path == "/e"), Route)
    assert_type(api.head("/f", match=["name_of_a_matcher", bool][1:]), Route)
    assert_type(api.options("/g", files={"doc": ("a.txt", b"")}), Route)
    assert_type(api.route("PURGE", "/h"), Route)
    assert_type(api.route(["GET", "HEAD"], "/i"), Route)
    assert_type(api.route(ANY, "/j"), Route)
    base: Base = api.base("https://api.example.com").base("/v1")
    assert_type(base.get("/k"), Route)


def test_replies_are_routes_again() -> None:
    """A reply in any form, how often it is due, and the same as a value of its own."""
    api = mocker()
    route = (
        api.get("/{id}")
        .respond_with(status=201, json={"id": 1}, headers={"X": "1"}, delay=timedelta(seconds=1))
        .respond_with(503, text="busy", headers=[("Retry-After", "1")])
        .times(2)
        .respond_with(stream=[b"a", "b"], error="closed_early", after=1)
        .respond_with(events=["a", {"event": "b", "data": {"n": 1}}])
        .raises("connect_timeout")
        .raises(TimeoutError("late"))
        .raises(KeyError, "x")
        .respond_with(Response(200, Headers(), b""))
        .respond_with(api_mocker.reply(html="<p>"))
        .optional()
        .repeat_last()
    )
    assert_type(route, Route)
    reply: Reply = api.reply(204)
    assert_type(api.get("/x/y").respond_with(reply), Route)


def callback(request: Request, id: str) -> Mapping[str, Any]:  # noqa: A002  # Any: keywords of a reply
    return {"json": [request.path, id]}


async def async_callback(request: Request) -> Response:
    return Response(200, body=request.body)


def test_callbacks() -> None:
    """Sync and async ones, and lambdas."""
    api = mocker()
    assert_type(api.get("/{id}").respond_with(callback), Route)
    assert_type(api.get("/a/b").respond_with(async_callback), Route)
    assert_type(api.get("/a/b/c").respond_with(lambda request: api.reply(202)), Route)


def test_calls() -> None:
    """What came, with its request and response."""
    api = mocker()
    route = api.get("/a").respond_with(json=1)
    answered(api, request("http://h/a"))
    assert_type(route.calls, list[Call])
    assert_type(api.calls, list[Call])
    assert_type(api.routes, list[Route])
    assert_type(route.calls[0].request, Request)
    assert_type(route.calls[0].response, Response | None)
    assert_type(route.calls[0].error, str | BaseException | None)
    assert_type(route.calls[0].time, float)
    assert_type(route.called, bool)
    assert_type(route.call_count, int)
    assert_type(api.time, float)
    route.assert_called_once()
    route.assert_called_with(headers={}, query={})


def test_blocks() -> None:
    """A block gives a mock, sync and async alike."""
    with api_mocker.mock(unused="warn", passthrough=["localhost"], delays="virtual") as api:
        assert_type(api, Mocker)

    async def use() -> None:
        async with api_mocker.mock() as inner:
            assert_type(inner, Mocker)

    with suppress(StopIteration):
        use().send(None)


def the_fixture(api_mocker: Mocker) -> None:
    """It is annotated with the class that `api_mocker` exports."""
    assert_type(api_mocker.get("/a").respond_with().optional(), Route)


def mistakes() -> Iterator[object]:
    """Each is an error to a type checker, and when it is run."""
    api = mocker()
    with pytest.raises(UsageError):
        yield api.get("/a", jsn={})  # type: ignore[call-arg]
    with pytest.raises(UsageError):
        yield api.get("/a", params={})  # type: ignore[call-arg]
    with pytest.raises(UsageError):
        yield api.get(17)  # type: ignore[arg-type]
    with pytest.raises(UsageError):
        yield api.get("/a", headers=1)  # type: ignore[arg-type]
    with pytest.raises(UsageError):
        yield api.get("/a", match=1)  # type: ignore[arg-type]
    with pytest.raises(UsageError):
        yield api.base(re.compile("/a"))  # type: ignore[arg-type]
    route = api.get("/a")
    with pytest.raises(UsageError):
        yield route.respond_with(sttus=500)  # type: ignore[call-arg]
    with pytest.raises(UsageError):
        yield route.respond_with("200")  # type: ignore[arg-type]
    with pytest.raises(UsageError):
        yield route.respond_with(200, {"a": 1})  # type: ignore[call-arg]
    with pytest.raises(UsageError):
        yield route.respond_with(text=b"a")  # type: ignore[arg-type]
    with pytest.raises(UsageError):
        yield route.raises(500)  # type: ignore[arg-type]
    with pytest.raises(UsageError):
        yield route.respond_with().times("2")  # type: ignore[arg-type]
    with pytest.raises(UsageError):
        yield api_mocker.reply(jsn=1)  # type: ignore[call-arg]


def test_mistakes_are_errors() -> None:
    """A mistake that a type checker sees is refused where nobody ran one."""
    assert list(mistakes()) == []
