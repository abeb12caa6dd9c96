"""Line breaks in what becomes the head of a message: refused, with their place."""

from __future__ import annotations

from dataclasses import replace

import pytest

from api_mocker._core.head_text import flaw
from api_mocker._core.model import Failure, Headers, Interaction, Request, Response

REQUEST = Request("GET", "https://h/a?b=c d", Headers.of([("Accept", "*/*")]))
RESPONSE = Response(200, Headers.of([("X-A", "a\r\n b\n\tc"), ("X-B", "\xff\x1b")]), b"\r\n", "OK, g\xfct")
WHOLE = Interaction(REQUEST, RESPONSE)


def test_what_a_wire_carries() -> None:
    """Folded values, bytes beyond ASCII and bodies of any kind are no flaw; nor is an exchange that failed."""
    assert flaw(WHOLE) is None
    assert flaw(Interaction(REQUEST, None, Failure("reset", "a\r\nb"))) is None


FLAWS = {
    "method": (
        replace(WHOLE, request=replace(REQUEST, method="GET /x\r\n")),
        "request.method holds a space",
        2,
    ),
    "url": (
        replace(WHOLE, request=replace(REQUEST, url="https://h/\r\nX: 1")),
        "request.url holds a line break",
        2,
    ),
    "sent name": (
        replace(WHOLE, request=replace(REQUEST, headers=Headers.of([("A\n", "1")]))),
        "request.headers",
        2,
    ),
    "sent value": (
        replace(WHOLE, request=replace(REQUEST, headers=Headers.of([("A", "1\nB: 2")]))),
        "request.headers.A holds a line break",
        3,
    ),
    "reason": (
        replace(WHOLE, response=replace(RESPONSE, reason="OK\nX: 1")),
        "response.reason holds a line",
        2,
    ),
    "version": (replace(WHOLE, response=replace(RESPONSE, http_version="HTTP/1.1 x")), "holds a space", 2),
    "name": (
        replace(WHOLE, response=replace(RESPONSE, headers=Headers.of([("A: b", "1")]))),
        "the name of a header in response.headers holds a colon",
        2,
    ),
    "no name": (
        replace(WHOLE, response=replace(RESPONSE, headers=Headers.of([("", "1")]))),
        "holds nothing",
        2,
    ),
    "carriage return": (
        replace(WHOLE, response=replace(RESPONSE, headers=Headers.of([("A", "1\rB: 2")]))),
        "response.headers.A holds a line break, which would begin another line",
        3,
    ),
    "nul": (
        replace(WHOLE, response=replace(RESPONSE, headers=Headers.of([("A", "1\x00")]))),
        "the control character U+0000",
        3,
    ),
    "no byte": (
        replace(WHOLE, response=replace(RESPONSE, headers=Headers.of([("A", "\u20ac")]))),
        "no byte, U+20AC",
        3,
    ),
}


@pytest.mark.parametrize("name", FLAWS)
def test_what_would_break_out(name: str) -> None:
    """Each part of a head is looked at, and what is wrong is said with the keys that lead there."""
    interaction, said, depth = FLAWS[name]
    found = flaw(interaction)
    assert found is not None
    assert said in found.text
    assert len(found.place) == depth
    assert "\n" not in found.text
