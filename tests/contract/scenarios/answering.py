"""What comes back: bodies, charsets, framing, and odd heads."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from ..answers import CHUNKED, LAST, as_json, chunk, chunked, head, reply
from ..scenario import scenario, shows
from ..wire import Break

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ..drivers import Client
    from ..seen import Seen
    from ..wire import Ask, Step

JSON = ("Content-Type", "application/json")
TEXT = ("Content-Type", "text/plain; charset=utf-8")

shows("json_answer", as_json({"id": 1, "name": "Alice", "deep": {"list": [1, 2.5, None]}}))
shows("json_with_a_trailing_newline", reply(200, JSON, body=b'{"a": 1}\n'))
shows("json_indented", reply(200, JSON, body=json.dumps({"a": [1, {"b": "ü"}]}, indent=4).encode()))
shows("json_with_duplicate_keys", reply(200, JSON, body=b'{"a":1,"a":2,"n":1.00}'))
shows("json_broken", reply(200, JSON, body=b'{"a": 1'))
shows("json_with_a_byte_order_mark", reply(200, JSON, body=b'\xef\xbb\xbf{"a": 1}'))
shows("json_in_utf_16", reply(200, JSON, body='{"a": "ü"}'.encode("utf-16")))
shows("text_answer", reply(200, TEXT, body="größe €\r\nline\n\n  end ".encode()))
shows(
    "text_with_odd_characters",
    reply(200, TEXT, body="\x85\u2028\u2029\r\x00\x07\x7f\ufffe\ufeff\t- a: b #c".encode()),
)
shows(
    "text_in_latin_1",
    reply(200, ("Content-Type", "text/plain; charset=iso-8859-1"), body="größe".encode("latin-1")),
)
shows(
    "text_in_shift_jis",
    reply(200, ("Content-Type", "text/html; charset=Shift_JIS"), body="日本語".encode("shift_jis")),
)
shows(
    "text_in_an_unknown_charset",
    reply(200, ("Content-Type", "text/plain; charset=martian"), body=b"gr\xf6\xdfe"),
)
shows("text_that_is_not_what_it_says", reply(200, TEXT, body=b"\xff\xfe not utf-8"))
shows("text_without_a_type", reply(200, body="größe".encode()))
shows("binary_answer", reply(200, ("Content-Type", "application/octet-stream"), body=bytes(range(256))))
shows("large_text_answer", reply(200, TEXT, body=b"a line of text\n" * 70_000))
shows("empty_answer", reply(200, TEXT))
shows("answer_204", head(204, reason="No Content"))
shows("answer_304", head(304, ("ETag", '"abc"'), reason="Not Modified"))
shows("answer_304_with_length", head(304, ("Content-Length", "812"), reason="Not Modified"))
shows("answer_404", as_json({"error": "none"}, status=404))
shows("answer_500", reply(500, TEXT, body=b"oops", reason="Internal Server Error"))
shows("answer_599", reply(599, body=b"odd"))
shows("head_with_length", reply(200, TEXT, body=b"twelve bytes"), send={"method": "HEAD"})
shows("head_of_a_chunked_answer", chunked([b"a"], TEXT), send={"method": "HEAD"})

shows("chunked_answer", chunked([b"one ", b"two ", b"three"], TEXT))
shows("chunked_and_empty", chunked([], TEXT))
shows("chunk_extensions", head(200, TEXT, CHUNKED) + b'3;note="x"\r\nabc\r\n' + LAST)
shows("trailers", head(200, TEXT, CHUNKED, ("Trailer", "X-Sum")) + chunk(b"abc") + b"0\r\nX-Sum: 6\r\n\r\n")
shows(
    "interim_103",
    b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n" + reply(200, TEXT, body=b"body"),
)

shows("chunked_and_sized", head(200, TEXT, CHUNKED, ("Content-Length", "3")) + chunk(b"abc") + LAST)
shows("line_feeds_alone", b"HTTP/1.1 200 OK\nContent-Type: text/plain\nContent-Length: 2\n\nok")
shows("folded_header", head(200, ("X-Fold", "one\r\n two"), ("Content-Length", "2")) + b"ok")
shows("two_content_types", reply(200, TEXT, JSON, body=b"1"))

shows(
    "duplicate_headers",
    reply(200, ("X-A", "1"), ("X-B", "-"), ("X-A", "2"), ("x-a", "3"), ("Vary", "a"), ("Vary", "b")),
)
shows("latin_1_header", reply(200, ("X-Name", "größe"), body=b"ok"))
shows("utf_8_header", reply(200, ("X-Name", "größe €".encode()), ("X-Mixed", b"\xfc\xe9\x80"), body=b"ok"))
shows(
    "odd_headers",
    reply(
        200, ("X-Empty", ""), ("X-Colon", "a: b #c"), ("x-On", "on"), ("ETAG", '"a"'), ("X-Long", "v" * 5000)
    ),
)
shows("reason_of_its_own", reply(200, body=b"ok", reason="Fine By Me"))
shows("reason_empty", reply(200, body=b"ok", reason=""))
shows("reason_missing", b"HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nok")
shows("reason_in_latin_1", reply(200, body=b"ok", reason="Schön"))


def _until_close(ask: Ask) -> Iterator[Step]:
    yield head(200, TEXT).replace(b"1.1", ask.path[1:].encode())
    yield b"as long as it lasts"
    yield Break.CLOSE


@scenario({"*": _until_close})
async def until_close(client: Client) -> Sequence[Seen]:
    """A body without any length ends when the server hangs up; HTTP/1.0 knows no other way."""
    return [await client.send("GET", path) for path in ("/1.1", "/1.0", "/1.0")]


@scenario({"*": lambda ask: [reply(200, ("Set-Cookie", "a=; Max-Age=0"), TEXT, body=b"x" * ask.nth)]})
async def one_connection_many_answers(client: Client) -> Sequence[Seen]:
    """A kept connection carries the next request."""
    return [await client.send("GET", "/") for _ in range(4)]
