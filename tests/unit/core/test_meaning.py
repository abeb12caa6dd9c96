"""When two recordings mean the same: the table of noise, and nothing beyond it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.unit.core.made import answer, recording, request

from api_mocker._core.canonical import Ignore
from api_mocker._core.meaning import is_noise, meaning, noisy_values
from api_mocker._core.model import Failure, Headers, Interaction, Response

NOISE = [
    "Date",
    "Age",
    "Expires",
    "Last-Modified",
    "ETag",
    "Via",
    "Server",
    "Alt-Svc",
    "Server-Timing",
    "Connection",
    "Keep-Alive",
    "Content-Length",
    "Transfer-Encoding",
    "X-Request-Id",
    "Request-Id",
    "X-Correlation-ID",
    "X-Trace-Id",
    "traceparent",
    "tracestate",
    "X-Amzn-RequestId",
    "x-amz-request-id",
    "x-amz-id-2",
    "X-Amzn-Trace-Id",
    "CF-RAY",
    "CF-Cache-Status",
    "X-Cache",
    "X-Cache-Hits",
    "X-Served-By",
    "X-Timer",
    "X-Runtime",
    "X-GitHub-Request-Id",
    "X-RateLimit-Remaining",
    "RateLimit-Reset",
    "X-Rate-Limit-Limit",
    "Retry-After",
    "X-Process-Time",
    "x-envoy-upstream-service-time",
    "openai-processing-ms",
    "x-ms-request-id",
]
MEANT = [
    "Content-Type",
    "Location",
    "Link",
    "Set-Cookie",
    "WWW-Authenticate",
    "Content-Encoding",
    "Vary",
    "Cache-Control",
    "X-Total-Count",
    "Content-Disposition",
    "Allow",
    "Access-Control-Allow-Origin",
    "X-Idempotency-Key",
    "Dated",
    "X-Api-Version",
    "Accept-Ranges",
]


def same(one: Interaction, other: Interaction, *ignore: str) -> bool:
    parsed = Ignore.parse(ignore)
    return meaning(one, parsed) == meaning(other, parsed)


def answered(*pairs: tuple[str, str], body: bytes = b"", **fields: object) -> Interaction:
    return recording(request(), replace(Response(200, Headers.of(pairs), body), **fields))  # type: ignore[arg-type]  # as Response has them


@pytest.mark.parametrize("name", NOISE)
def test_noise_is_no_meaning(name: str) -> None:
    """A header that changes from run to run may change, come and go."""
    assert is_noise(name)
    assert same(answered((name, "1")), answered((name, "2")))
    assert same(answered((name, "1")), answered())


@pytest.mark.parametrize("name", MEANT)
def test_all_else_is_meant(name: str) -> None:
    """Any other header is part of the answer, and its absence too."""
    assert not is_noise(name)
    assert not same(answered((name, "a=1")), answered((name, "b=1")))
    assert not same(answered((name, "a=1")), answered())


def test_of_a_cookie_its_name_is_meant() -> None:
    """A session's value and expiry are others each time; that a cookie is set, and which, is the meaning."""
    assert same(answered(("Set-Cookie", "sid=1; Expires=x")), answered(("Set-Cookie", "sid=2")))
    assert not same(answered(("Set-Cookie", "sid=1")), answered(("Set-Cookie", "uid=1")))


@pytest.mark.parametrize(
    "other",
    [
        answered(body=b"y"),
        answered(body=b"x", status=201),
        answered(body=b"x", reason="Fine"),
        answered(body=b"x", http_version="HTTP/2"),
        answered(body=b"x", truncated=True),
        recording(request(), Failure("dns")),
        replace(answered(body=b"x"), failure=Failure("closed_early")),
        recording(request("https://h/other"), Response(200, body=b"x")),
        recording(request(method="PUT"), Response(200, body=b"x")),
        recording(request(accept="a/b"), Response(200, body=b"x")),
    ],
    ids=repr,
)
def test_what_is_another_meaning(other: Interaction) -> None:
    """Status, reason, version, body, failure and request are all meant."""
    assert not same(answered(body=b"x"), other)


def test_what_is_no_other_meaning() -> None:
    """When it was recorded, in which chunks, how JSON was laid out and a failure's words do not count."""
    one = recording(request(), answer('{"a":1,"b":2}'))
    assert one.recorded_at is not None
    assert same(one, replace(one, recorded_at=one.recorded_at + timedelta(1)))
    assert same(one, recording(request(), answer('{ "b": 2, "a": 1.0 }')))
    assert same(answered(body=b"ab", chunks=(1, 1)), answered(body=b"ab"))
    assert same(recording(request(), Failure("dns", "a")), recording(request(), Failure("dns", "b")))
    assert not same(recording(request(), Failure("dns")), recording(request(), Failure("tls")))


def test_numbers_of_placeholders_do_not_count() -> None:
    """Which number a secret got is no part of what an answer means."""
    one, other = (recording(request(), answer(f'{{"token":"<redacted:token:{n}>"}}')) for n in (1, 2))
    assert same(one, other)
    assert not same(one, recording(request(), answer('{"token":"<redacted:key:1>"}')))


def test_what_is_ignored_in_requests_is_no_meaning() -> None:
    """`ignore` leaves out the same things here as in matching; answers it does not touch."""
    one, other = (recording(request(f"https://h/?ts={n}"), answer()) for n in (1, 2))
    assert not same(one, other)
    assert same(one, other, "query:ts")
    one, other = (recording(request(), answer(f'{{"ts":{n}}}')) for n in (1, 2))
    assert not same(one, other, "json:$.ts")


def test_values_that_can_be_relied_on() -> None:
    """Noise that is long enough to be found elsewhere is told, without the quotes of an ETag."""
    found = answered(("ETag", '"abcdef"'), ("Age", "1"), ("Link", "abcdefgh"), ("X-Request-Id", "req-123456"))
    assert [*noisy_values(found)] == ["abcdef", "req-123456"]
