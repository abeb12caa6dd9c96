"""What comes back: bodies, codings, charsets, framing, and odd heads."""

from __future__ import annotations

import gzip
import json
import zlib
from typing import TYPE_CHECKING

import brotli  # type: ignore[import-untyped]  # ships no types
import zstandard

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
ITEMS = json.dumps({"items": [{"id": n, "name": f"item {n}"} for n in range(40)]}).encode()

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
shows(
    "head_of_a_coded_answer",
    reply(200, ("Content-Encoding", "gzip"), body=gzip.compress(b"x")),
    send={"method": "HEAD"},
)
shows("head_of_a_chunked_answer", chunked([b"a"], TEXT), send={"method": "HEAD"})

shows("coded_gzip", reply(200, JSON, ("Content-Encoding", "gzip"), body=gzip.compress(ITEMS, 6, mtime=0)))
shows(
    "coded_gzip_best", reply(200, JSON, ("Content-Encoding", "gzip"), body=gzip.compress(ITEMS, 9, mtime=0))
)
shows(
    "coded_gzip_with_a_time",
    reply(200, JSON, ("Content-Encoding", "gzip"), body=gzip.compress(ITEMS, 6, mtime=1)),
)
shows("coded_deflate", reply(200, JSON, ("Content-Encoding", "deflate"), body=zlib.compress(ITEMS)))
shows("coded_br", reply(200, JSON, ("Content-Encoding", "br"), body=brotli.compress(ITEMS)), exact=False)
shows(
    "coded_zstd",
    reply(200, JSON, ("Content-Encoding", "zstd"), body=zstandard.ZstdCompressor().compress(ITEMS)),
    exact=False,
)
shows("coded_identity", reply(200, JSON, ("Content-Encoding", "identity"), body=ITEMS))
shows("coded_unknown", reply(200, JSON, ("Content-Encoding", "martian"), body=ITEMS[::-1]))
shows(
    "coded_twice",
    reply(
        200, JSON, ("Content-Encoding", "deflate, gzip"), body=gzip.compress(zlib.compress(ITEMS), mtime=0)
    ),
)
shows("coded_with_nothing_in_it", reply(200, JSON, ("Content-Encoding", "gzip")))
shows("coded_but_not_really", reply(200, JSON, ("Content-Encoding", "gzip"), body=ITEMS))
shows(
    "coded_in_capitals", reply(200, JSON, ("Content-Encoding", "GZIP"), body=gzip.compress(ITEMS, 6, mtime=0))
)
shows(
    "coded_by_an_unknown_hand",
    reply(
        200,
        JSON,
        ("Content-Encoding", "gzip"),
        body=gzip.compress(ITEMS[:300], 1, mtime=7) + gzip.compress(ITEMS[300:], 4),
    ),
    exact=False,
)
shows(
    "coded_binary",
    reply(200, ("Content-Encoding", "gzip"), body=gzip.compress(bytes(range(256)) * 8, 6, mtime=0)),
)
shows("coded_in_chunks", chunked([gzip.compress(ITEMS, 6, mtime=0)], JSON, ("Content-Encoding", "gzip")))

shows("chunked_answer", chunked([b"one ", b"two ", b"three"], TEXT))
shows("chunked_and_empty", chunked([], TEXT))
shows("chunk_extensions", head(200, TEXT, CHUNKED) + b'3;note="x"\r\nabc\r\n' + LAST)
shows("trailers", head(200, TEXT, CHUNKED, ("Trailer", "X-Sum")) + chunk(b"abc") + b"0\r\nX-Sum: 6\r\n\r\n")
shows(
    "interim_103",
    b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n" + reply(200, TEXT, body=b"body"),
)

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
shows("reason_of_one's_own".replace("'", ""), reply(200, body=b"ok", reason="Fine By Me"))
shows("reason_empty", reply(200, body=b"ok", reason=""))
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
