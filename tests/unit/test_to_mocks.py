"""Whatever a cassette holds, the declarations that are printed for it answer it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api_mocker._config import Config
from api_mocker._core.model import Coding, Failure, Headers, Interaction, Request, Response
from api_mocker._core.views import as_stored, as_wire
from api_mocker._mock import MockUse
from api_mocker.maintain.to_mocks import to_mocks

from .core.made import entries
from .interactions import bodies, headers, kinds, latin, unicode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from api_mocker._storage.files import CassetteFile

paths = st.sampled_from(["/", "/a", "/a/b", "/a//b/", "/%7Bx%7D/{y}", "/b/%3Credacted%3Aid%3A1%3E", "/b/me"])
queries = st.sampled_from(["", "?a=1", "?a=1&b=&a=2", "?token=%3Credacted%3Atoken%3A2%3E", "?%ff={}"])
hosts = st.sampled_from(["https://a.example.com", "http://127.0.0.1:8080", "https://[::1]"])
urls = st.builds(lambda *parts: "".join(parts), hosts, paths, queries)
methods = st.sampled_from(["GET", "POST", "PURGE", "M-SEARCH"])
requests = st.builds(Request, methods, urls, headers, bodies)
pairs = st.lists(
    st.tuples(
        st.sampled_from(["X-A", "x-a", "Set-Cookie", "Content-Length", "transfer-encoding", "date"]),
        latin | unicode.map(lambda text: text.encode().decode("latin-1")),
    ),
    max_size=4,
)


@st.composite
def responses(draw: st.DrawFn) -> Response:
    kind = draw(st.none() | kinds | st.just("text/html"))
    body = draw(bodies)
    coding = draw(st.none() | st.sampled_from([Coding("gzip"), Coding("gzip", "level=9"), Coding("deflate")]))
    said = [("Content-Type", kind)] if kind else []
    said += [("Content-Encoding", coding.name)] if coding else []
    said += draw(pairs)
    sizes = draw(st.none() | st.lists(st.integers(1, 9), max_size=4))
    chunks = None if sizes is None or coding else (*sizes, max(0, len(body) - sum(sizes)))
    version = draw(st.sampled_from(["HTTP/1.1", "HTTP/1.1", "HTTP/1.0", "HTTP/2"]))
    reason = draw(st.sampled_from(["OK", "OK", "Not Found", "", "Söså"]))
    status = draw(st.sampled_from([200, 200, 201, 204, 302, 304, 404, 422, 599, 999]))
    head = Headers(tuple(said))
    return Response(status, head, body, reason, version, chunks, draw(st.booleans()), coding)


failures = st.builds(Failure, st.sampled_from(["refused", "tls", "read_timeout", "reset"]), unicode)
broken = st.builds(Failure, st.sampled_from(["closed_early", "reset", "protocol"]), unicode)
interactions = st.one_of(
    st.builds(Interaction, requests, responses(), st.none()),
    st.builds(Interaction, requests, st.none(), failures),
    st.builds(Interaction, requests, responses(), broken),
)


class Held:
    """As much of a cassette's file as is asked for."""

    path = Path("flow.yaml")
    test = None

    def __init__(self, flow: Sequence[Interaction]) -> None:
        self.flow = flow

    def entries(self) -> object:
        return entries(self.flow)


def seen(response: Response | None, *, content: bool) -> object:
    """What of a response is promised: all, but the place and the case of what respond_with adds.

    `content`: and of its body what it says, not how that is coded, nor how long that makes it.
    """
    if response is None:
        return None
    added = ("content-length", "content-type", "transfer-encoding")
    said = [(name.lower() if name.lower() in added else name, value) for name, value in response.headers]
    said.sort(key=lambda pair: pair[0] == "content-length")
    pieces = [piece for piece in response.pieces() if piece]
    if content:
        said = [(name, "" if name == "content-length" else value) for name, value in said]
        pieces = [as_stored(response).body]
    return response.status, response.reason, response.http_version, said, pieces


@settings(max_examples=200)
@given(st.lists(interactions, min_size=1, max_size=5))
def test_the_printed_routes_answer_what_was_recorded(flow: list[Interaction]) -> None:
    """Bodies, headers, codings, chunks, failures: byte for byte, in the recorded order, and nothing is left over."""
    flow = [replace(one, request=as_stored(one.request)) for one in flow]
    code = to_mocks(cast("CassetteFile", Held(flow)), Config())
    module: dict[str, Any] = {}
    exec(compile(code, "flow", "exec"), module)
    use = MockUse(Config(), "the test")
    module["declare"](use.mocker)
    for one in flow:
        exchange = use.router.answer(one.request)
        assert exchange is not None, code
        assert (exchange.failure and exchange.failure.kind) == (one.failure and one.failure.kind)
        content = one.response is not None and one.response.coding is not None
        assert seen(exchange.response, content=content) == seen(as_wire(one), content=content), code
    assert not use.router.unused()


@pytest.mark.parametrize(
    ("headers", "line"),
    [
        ({}, 'json={"a":"ü"},headers={"Content-Type":"application/json","Content-Encoding":"gzip"}'),
        ({"Content-MD5": "x"}, 'respond_with(content=b"'),
    ],
)
def test_a_coded_text_is_said_as_text(headers: dict[str, str], line: str) -> None:
    """Whatever compressor made it, and in whatever pieces it came: unless something depends on these bytes."""
    said = Headers.of(
        {
            "Content-Type": "application/json",
            "Content-Encoding": "gzip",
            **headers,
            "Content-Length": "9",
        }.items()
    )
    answer = Response(
        200, said, '{"a":"ü"}'.encode(), "OK", chunks=(5, 4), coding=Coding("gzip", "level=1 mem=9")
    )
    flow = [Interaction(Request("GET", "https://a.example.com/"), answer)]
    code = to_mocks(cast("CassetteFile", Held(flow)), Config())
    assert line in "".join(code.split())
