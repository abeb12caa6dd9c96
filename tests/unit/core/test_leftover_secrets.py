"""What a check of a stored interaction tells of secrets: where, why, how long, and never what."""

from __future__ import annotations

import base64
import hashlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api_mocker._core import leftover_secrets
from api_mocker._core.leftover_secrets import Leftover, leftovers, suspicious
from api_mocker._core.model import Failure, Headers, Interaction, Request, Response
from api_mocker._core.redaction import Redactor, Rules

from ..interactions import interactions

GITHUB = "ghp_" + "a1B2c3D4e5F6" * 3
CHANCE = "Xk29dLq0ZmP4vRt8WbYc1NsE"
JSON = ("Content-Type", "application/json")


def found(request: Request | None = None, response: Response | None = None, **more: object) -> list[Leftover]:
    request = request or Request("GET", "https://h.example.com/")
    return [*leftovers(Interaction(request, response, **more), Rules.default())]  # type: ignore[arg-type]


def test_a_finding_says_where_and_why() -> None:
    """In each part of both messages, with the path in a JSON body and the line in any other."""
    request = Request(
        "POST",
        "https://h.example.com/a?access_token=abcd1234&b=1",
        Headers((JSON, ("X-Anything", GITHUB))),
        json.dumps({"a": {"password": "hunter2!", "n": [1, {"cvv": 123}]}, "z": f"see {GITHUB} ok"}).encode(),
    )
    response = Response(
        401,
        Headers((("Location", "/x?token=0123456789"),)),
        f"one\nBearer {CHANCE}\n".encode(),
        reason=GITHUB,
    )
    assert found(request, response) == [
        Leftover("request url", "name", 8, "access_token"),
        Leftover("request header X-Anything", "pattern", 40, "github_token"),
        Leftover("request body $.a.password", "name", 8, "password"),
        Leftover("request body $.a.n[1].cvv", "name", 3, "number"),
        Leftover("request body $.z", "pattern", 40, "github_token"),
        Leftover("response reason phrase", "pattern", 40, "github_token"),
        Leftover("response header Location", "name", 10, "token"),
        Leftover("response body line 2", "pattern", 24, "bearer"),
    ]


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)).map(sorted)), st.integers(0, 30))
def test_spans_know_what_they_meet(spans: list[list[int]], start: int) -> None:
    """However they lie, in and over one another, empty ones, too."""
    known = leftover_secrets._Spans((first, last) for first, last in spans)
    for end in range(start + 1, 32):
        assert known.meet(start, end) == any(first < end and start < last for first, last in spans)


def test_each_line_is_told() -> None:
    """Of a text with several, ends of lines around them."""
    rows = ["", f"Bearer {CHANCE}", "", "", f"Bearer {CHANCE}x", ""]
    assert [each.place for each in found(response=Response(200, Headers(()), "\n".join(rows).encode()))] == [
        "response body line 2",
        "response body line 5",
    ]


def test_failures_are_looked_at() -> None:
    """A message of a failure is text that was stored, too."""
    assert found(failure=Failure("refused", f"no {GITHUB}")) == [
        Leftover("failure message", "pattern", 40, "github_token")
    ]


def test_chance_is_a_finding() -> None:
    """What looks like chance is told, although no rule names it."""
    response = Response(200, Headers((JSON,)), json.dumps({"x": [{"y-z": CHANCE}]}).encode())
    assert found(response=response) == [Leftover("response body $.x[0]['y-z']", "entropy", 24, "y-z")]


@pytest.mark.parametrize(
    "harmless",
    [
        hashlib.sha1(b"a").hexdigest(),
        hashlib.sha256(b"a").hexdigest(),
        "7f1b6c1e-9d5b-4c38-8f4e-2b8f6c1e9d5b",
        "2026-11-20T20:15:00.123Z",
        "how-to-keep-secrets-secret-2026",
        base64.b64encode(b"cursor:v2:2026-11-20").decode(),
        "sha512-" + base64.b64encode(hashlib.sha512(b"a").digest()).decode(),
        "/usr/lib/python3.12/site-packages/Requests",
        "<redacted:access_token:1>",
    ],
)
def test_what_is_no_chance(harmless: str) -> None:
    """Digests, identifiers, times, names and readable base64 are no findings."""
    assert [*suspicious(f"see {harmless} here")] == []


def test_a_text_without_structure() -> None:
    """`suspicious` gives places in a text and the reason."""
    assert [*suspicious(f"a {GITHUB} b {CHANCE}")] == [(2, 42, "pattern"), (45, 69, "entropy")]


@given(interactions)
def test_what_was_redacted_holds_none(interaction: Interaction) -> None:
    """After redaction no rule finds anything, and looking never fails."""
    rules = Rules.default()
    redacted = Redactor(rules).seal([interaction])[0]
    kinds = {
        leftover.kind for leftover in leftovers(redacted, rules) if "request header" not in leftover.place
    }
    assert kinds <= {"entropy"}
