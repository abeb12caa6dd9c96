"""What a declared reply makes of what it was given: headers that it adds or leaves out, codings, events."""

from __future__ import annotations

import pytest

from api_mocker._core.coding import encode
from api_mocker._core.model import Coding, Headers, Response
from api_mocker._core.replies import reply
from api_mocker.exceptions import UsageError


@pytest.mark.parametrize(
    ("given", "headers"),
    [
        ({"json": 1}, [("Content-Type", "application/json"), ("Content-Length", "1")]),
        ({"json": 1, "headers": {"Content-Length": None}}, [("Content-Type", "application/json")]),
        ({"text": "a", "headers": {"content-type": None}}, [("Content-Length", "1")]),
        ({"stream": ["a"], "headers": [("Transfer-Encoding", None), ("X", "1")]}, [("X", "1")]),
        ({"json": {}, "headers": {"Content-Length": None, "Content-Type": "a/b"}}, [("Content-Type", "a/b")]),
    ],
)  # fmt: skip
def test_none_leaves_out_a_header_that_would_be_added(
    given: dict[str, object], headers: list[tuple[str, str]]
) -> None:
    """A server that sends no length, or no type, can be declared with the keywords alone."""
    response = reply(**given).response  # type: ignore[arg-type]  # a row
    assert response is not None
    assert list(response.headers) == headers


def test_none_is_no_value_of_any_other_header() -> None:
    """What nobody would add cannot be left out: somebody meant a value."""
    with pytest.raises(UsageError, match="the header 'X' is text"):
        reply(headers={"X": None})


def test_a_response_of_a_cassette_is_coded_again() -> None:
    """What a cassette holds is decoded; answered from a route, the client finds the coding that is said."""
    headers = Headers((("Content-Encoding", "gzip"), ("Content-Length", "2")))
    response = reply(Response(200, headers, b"{}", coding=Coding("gzip"))).response
    assert response is not None
    assert response.body == encode(b"{}", Coding("gzip"))
    assert response.headers["content-length"] == str(len(response.body))
    odd = Response(200, Headers((("Content-Length", "812"),)))
    assert reply(odd).response is odd


def test_the_fields_of_an_event_stand_in_the_order_given() -> None:
    """Servers put the id first or last; a client that reads raw bytes sees which."""
    response = reply(events=[{"id": "7", "data": "a", "event": "tick"}]).response
    assert response is not None
    assert response.body == b"id: 7\ndata: a\nevent: tick\n\n"
