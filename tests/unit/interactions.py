"""Interactions of every kind, as a cassette has them."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import strategies as st

from api_mocker._core.model import FAILURE_KINDS, Coding, Failure, Headers, Interaction, Request, Response

__all__ = ["MOMENT", "interaction", "interactions"]

MOMENT = datetime(2026, 11, 20, 20, 15, tzinfo=UTC)

latin = st.text(st.characters(max_codepoint=0xFF, exclude_characters="\r\n\0"), max_size=12)
token = st.text(
    st.characters(min_codepoint=0x21, max_codepoint=0xFF, exclude_characters=":\x7f"), min_size=1, max_size=12
)
unicode = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
odd = st.sampled_from(
    [
        "",
        " ",
        "no",
        "017",
        "1:30",
        '"etag"',
        "*/*",
        "=",
        "a:",
        " #",
        "null",
        "---",
        "...",
        "'",
        "\t",
        "a\r\n b",
    ]
)
names = st.sampled_from(["Content-Type", "content-type", "X-A", "x-a", "Set-Cookie", "no"]) | token
values = odd | latin
kinds = st.sampled_from(
    [
        "application/json",
        "text/plain; charset=latin-1",
        "text/event-stream",
        "image/png",
        "application/x-www-form-urlencoded",
    ]
)
headers = st.builds(
    lambda kind, pairs: Headers.of([*([("Content-Type", kind)] if kind else []), *pairs]),
    st.none() | kinds,
    st.lists(st.tuples(names, values), max_size=4),
)
json_text = st.sampled_from(
    [
        '{"a":1,"a":2}',
        '{"a": 1.00}',
        "[1,2]\n",
        '{"b": [1, {"c": null}]}',
        "1e5",
        "NaN",
        '"\\ud800"',
        '{"a":"é"}',
        "[[[]]]",
        " {}",
    ]
)
bodies = st.binary(max_size=40) | unicode.map(str.encode) | json_text.map(str.encode) | st.just(b"")
codings = st.none() | st.builds(Coding, st.sampled_from(["gzip", "br", "deflate", "zstd,gzip"]), odd | latin)
urls = st.sampled_from(["https://h/", "http://127.0.0.1:8080/a?b=c", "https://[::1]/#x", "", "no"]) | st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\r\n\0"), max_size=12
).map(lambda text: f"https://h/?q={text}")
requests = st.builds(
    Request, st.sampled_from(["GET", "POST", "NO", "M-SEARCH"]) | token, urls, headers, bodies, codings
)
responses = st.builds(
    Response,
    st.integers(100, 999),
    headers,
    bodies,
    st.sampled_from(["", "OK", "Not Found", "no"]) | latin,
    st.sampled_from(["HTTP/1.1", "HTTP/1.0", "HTTP/2", "no"]),
    st.none() | st.lists(st.integers(0, 10**9), max_size=40).map(tuple),
    st.booleans(),
    codings,
)
failures = st.builds(Failure, st.sampled_from(FAILURE_KINDS), odd | unicode)
moments = st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=st.just(UTC)).map(  # noqa: DTZ001  # bounds
    lambda moment: moment.replace(microsecond=0)
)
interactions: st.SearchStrategy[Interaction] = st.one_of(
    st.builds(Interaction, requests, responses, st.none(), moments),
    st.builds(Interaction, requests, st.none(), failures, moments),
    st.builds(Interaction, requests, responses, failures, moments),
)


def interaction(url: str = "https://h/a", body: bytes = b"", answer: bytes = b'{"n":1}') -> Interaction:
    """A plain one."""
    asked = Request("POST" if body else "GET", url, Headers(), body)
    kind = "application/json" if answer[:1] == b"{" else "application/octet-stream"
    return Interaction(asked, Response(200, Headers.of([("Content-Type", kind)]), answer, "OK"), None, MOMENT)
