"""What a declared reply adds to the headers that were given, and what it leaves out when told to."""

from __future__ import annotations

import pytest

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
