"""Content codings: exact where a recipe restores the coded bytes, decoded content where none does."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import zlib

import brotli  # type: ignore[import-untyped]  # ships no types
import zstandard

from ..answers import chunked, reply
from ..scenario import shows
from ..seen import SECRET

JSON = ("Content-Type", "application/json")
ITEMS = json.dumps({"items": [{"id": n, "name": f"item {n}"} for n in range(40)]}).encode()
GZIP = gzip.compress(ITEMS, 6, mtime=0)
TOKEN = gzip.compress(json.dumps({"access_token": f"{SECRET}-token"}).encode(), 6, mtime=0)
# Two members of different levels, with a time in each: nothing makes these bytes again.
ODD_GZIP = gzip.compress(ITEMS[:300], 1, mtime=7) + gzip.compress(ITEMS[300:], 4, mtime=8)


def coded(coding: str, body: bytes, *headers: tuple[str, str]) -> bytes:
    """A JSON answer whose body is already in `coding`."""
    return reply(200, JSON, ("Content-Encoding", coding), *headers, body=body)


shows("coded_gzip", coded("gzip", GZIP))
shows("coded_gzip_best", coded("gzip", gzip.compress(ITEMS, 9, mtime=0)))
shows("coded_gzip_with_a_time", coded("gzip", gzip.compress(ITEMS, 6, mtime=1)))
shows("coded_gzip_in_capitals", coded("GZIP", GZIP))
shows("coded_gzip_by_another_name", coded("x-gzip", GZIP))
shows("coded_gzip_in_chunks", chunked([GZIP[:99], GZIP[99:]], JSON, ("Content-Encoding", "gzip")))
shows("coded_deflate", coded("deflate", zlib.compress(ITEMS)))
shows("coded_br", coded("br", brotli.compress(ITEMS)), exact=False)
shows("coded_zstd", coded("zstd", zstandard.ZstdCompressor().compress(ITEMS)), exact=False)
shows("coded_identity", coded("identity", ITEMS))
shows("coded_unknown", coded("martian", ITEMS[::-1]))
shows("coded_twice", coded("deflate, gzip", gzip.compress(zlib.compress(ITEMS), mtime=0)))
shows("coded_with_nothing_in_it", coded("gzip", b""))
shows("coded_but_not_really", coded("gzip", ITEMS))
shows("coded_and_cut", coded("gzip", GZIP[:-40]))
shows("coded_with_something_behind", coded("gzip", GZIP + b"tail"))
shows("coded_by_an_unknown_hand", coded("gzip", ODD_GZIP), exact=False)
shows(
    "coded_and_digested",
    coded("gzip", ODD_GZIP, ("Content-MD5", base64.b64encode(hashlib.md5(ODD_GZIP).digest()).decode())),
)
shows("coded_with_a_secret", coded("gzip", TOKEN), exact=False)
shows("coded_binary", coded("gzip", gzip.compress(bytes(range(256)) * 8, 6, mtime=0)))
shows("head_of_a_coded_answer", coded("gzip", GZIP), send={"method": "HEAD"})
shows("coded_read_raw", coded("gzip", GZIP), send={"read": "raw"})
