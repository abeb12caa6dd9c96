"""The two views of a message: what is promised to come back exactly does, on the wire as in the cassette."""

from __future__ import annotations

import gzip
import zlib
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.core.made import answer, headers, recording, request

from api_mocker._core.model import Coding, Failure, Request, Response
from api_mocker._core.views import as_stored, as_wire, stored

if TYPE_CHECKING:
    from collections.abc import Callable

CODERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": lambda content: gzip.compress(content, mtime=0),
    "deflate": zlib.compress,
    "x-unknown": lambda content: content[::-1],
}


@settings(deadline=None)
@given(st.binary(min_size=1, max_size=200), st.sampled_from(sorted(CODERS)), st.integers(1, 50))
def test_coded_bytes_come_back(content: bytes, coding: str, size: int) -> None:
    """A coded body is decoded where it can be, and the very bytes are on the wire again, or their content."""
    coded = CODERS[coding](content)
    chunks = tuple(len(coded[at : at + size]) for at in range(0, len(coded), size))
    sent = Response(
        200, headers(content_encoding=coding, transfer_encoding="chunked"), coded, "OK", chunks=chunks
    )
    kept = as_stored(sent)
    assert kept.body == (content if kept.coding else coded)
    again = as_wire(recording(request(), kept))
    assert again is not None
    if kept.coding is None or kept.coding.recipe:
        assert again.body == coded
        assert b"".join(again.pieces()) == coded
    else:
        assert as_stored(replace(again, chunks=None)).body == content
    assert as_stored(kept) == kept


@pytest.mark.parametrize(
    "name", ["Digest", "Content-MD5", "x-amz-checksum-sha256", "content-digest", "Repr-Digest"]
)
def test_what_a_digest_names_is_kept(name: str) -> None:
    """Where a header carries a digest of the coded bytes and no recipe is known, they are kept."""
    compressor = zlib.compressobj(wbits=31, strategy=zlib.Z_HUFFMAN_ONLY)  # which no recipe knows
    odd = compressor.compress(b"the same words again, " * 20) + compressor.flush()
    plain = Response(200, headers(content_encoding="gzip"), odd)
    assert as_stored(plain).coding == Coding("gzip")
    signed = replace(plain, headers=headers(content_encoding="gzip", **{name.replace("-", "_"): "x"}))
    assert as_stored(signed) == signed


def test_an_event_stream_keeps_its_bytes_where_it_must() -> None:
    """A stream of events whose coding cannot be done again keeps its coded bytes, and so its boundaries."""
    compressor = zlib.compressobj(wbits=31)
    pieces = [compressor.compress(b"data: 1\n\n") + compressor.flush(zlib.Z_SYNC_FLUSH) for _ in range(3)]
    fields = headers(content_encoding="gzip", content_type="text/event-stream")
    sent = Response(200, fields, b"".join(pieces), chunks=tuple(map(len, pieces)))
    again = as_wire(recording(request(), as_stored(sent)))
    assert again is not None
    assert [*again.pieces()] == pieces


@pytest.mark.parametrize(
    ("fields", "chunks", "kept"),
    [
        ({"transfer_encoding": "chunked"}, (2, 2), (2, 2)),
        ({}, (2, 2), (2, 2)),
        ({"content_length": "4"}, (2, 2), None),
        ({"content_length": "4", "transfer_encoding": "chunked"}, (2, 2), (2, 2)),
        ({"transfer_encoding": "chunked"}, (4,), None),
        ({"transfer_encoding": "chunked"}, None, None),
    ],
)
def test_boundaries_are_kept_where_a_caller_sees_them(
    fields: dict[str, str], chunks: tuple[int, ...] | None, kept: tuple[int, ...] | None
) -> None:
    """Chunk sizes are kept of bodies that came unsized and in several pieces, and of no others."""
    assert as_stored(Response(200, headers(**fields), b"abcd", chunks=chunks)).chunks == kept


@pytest.mark.parametrize(
    ("asked", "response", "failure", "expected"),
    [
        (request(), Response(200, headers(Content_Length="10"), b"abc"), None, "3"),
        (request(), Response(200, headers(Content_Length="3"), b"abc"), None, "3"),
        (request(), Response(200, headers(), b"abc"), None, None),
        (Request("HEAD", "https://h/"), Response(200, headers(Content_Length="10")), None, "10"),
        (request(), Response(304, headers(Content_Length="10")), None, "10"),
        (request(), Response(200, headers(Content_Length="10"), b"abc", truncated=True), None, "10"),
        (request(), Response(200, headers(Content_Length="10"), b"abc"), Failure("closed_early"), "10"),
    ],
)
def test_the_length_follows_the_body(
    asked: Request, response: Response, failure: Failure | None, expected: str | None
) -> None:
    """A body that was redacted or edited has the length it has; one that never came whole keeps what was said."""
    again = as_wire(replace(recording(asked, response), failure=failure))
    assert again is not None
    assert again.headers.get("content-length") == expected
    assert again.body == response.body


def test_boundaries_that_do_not_fit_any_more_are_dropped() -> None:
    """Chunk sizes that do not add up to the body, after an edit by hand, are no boundaries."""
    again = as_wire(recording(request(), Response(200, headers(), b"abcdef", chunks=(2, 2))))
    assert again is not None
    assert (again.chunks, [*again.pieces()]) == (None, [b"abcdef"])


def test_both_sides_are_decoded() -> None:
    """A cassette has request and response decoded; a failure alone has no response."""
    coded = gzip.compress(b'{"n":1}')
    found = stored(
        recording(
            request(body=coded, content_encoding="gzip", content_type="application/json"),
            answer(coded, 200, content_encoding="gzip"),
        )
    )
    assert found.request.body == b'{"n":1}'
    assert found.response is not None
    assert found.response.body == b'{"n":1}'
    assert stored(recording(request(), Failure("dns"))).response is None
    assert as_wire(recording(request(), Failure("dns"))) is None
