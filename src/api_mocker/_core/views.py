"""The two views of a message: as the wire has it, and as a cassette has it.

The law of this file: what is promised to come back exactly does. A content-coded body is stored
decoded where the decoded form and a recipe restore the coded bytes, or where nothing depends on
those bytes; where something does (a digest of them, the boundaries of a stream) and no recipe is
known, they are kept as they are.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from .coding import decode, encode
from .coding_large import STREAMED, recoded
from .large_body import sized
from .model import Request, Response, media_type

if TYPE_CHECKING:
    from .model import Headers, Interaction

__all__ = ["DIGESTS", "as_stored", "as_wire", "stored"]

Message = TypeVar("Message", Request, Response)

DIGESTS = re.compile(
    r"content-md5|digest|content-digest|repr-digest"
    r"|x-amz-checksum-.*|x-amz-content-sha256|x-amz-crc32|x-goog-hash",
    re.IGNORECASE,
)
"""Headers that carry a digest of the body as it was sent (RFC 9530, RFC 1864; S3, DynamoDB, GCS)."""

_NO_BODY = frozenset({204, 304})


def as_stored(message: Message) -> Message:
    """The message with its body decoded, as redaction, matching and cassettes take it."""
    if isinstance(message, Response):
        message = _with_needed_chunks(message)
    name = message.headers.get("content-encoding")
    if name is None or message.coding is not None:
        return message
    name = name.strip().lower()
    body = _undone(message, name)
    decoded = decode(body, name) if body else None
    if decoded is None:
        return message  # also what is large: nobody reads it, and what restores it is found for no such body
    content, coding = decoded
    if coding.recipe:
        return replace(message, body=content, coding=coding)
    if _depends_on_coded_bytes(message.headers):
        return message
    if isinstance(message, Response):
        return replace(message, body=content, coding=coding, chunks=None)
    return replace(message, body=content, coding=coding)


def _undone(message: Request | Response, name: str) -> bytes:
    """The body, where its coding has to be undone in memory."""
    if isinstance(message, Response) and message.large is not None:
        return b"" if name in STREAMED else message.content
    return message.body


def stored(interaction: Interaction) -> Interaction:
    """Both messages of an interaction as a cassette has them."""
    response = interaction.response
    return replace(
        interaction,
        request=as_stored(interaction.request),
        response=None if response is None else as_stored(response),
    )


def as_wire(interaction: Interaction) -> Response | None:
    """The recorded response as the wire had it, for a client to read."""
    response = interaction.response
    if response is None:
        return None
    if response.coding is not None and response.large is not None:
        coded = recoded(response.large, response.coding)
        response = replace(response, coding=None, **sized(coded))
    elif response.coding is not None:
        response = replace(response, body=encode(response.body, response.coding), coding=None)
    if response.chunks is not None and sum(response.chunks) != response.size:
        response = replace(response, chunks=None)
    whole = interaction.failure is None and not response.truncated
    if whole and interaction.request.method != "HEAD" and response.status not in _NO_BODY:
        declared = response.headers.get("content-length")
        if declared is not None and declared.strip() != str(response.size):
            # The body was redacted, edited by hand or coded anew: its length follows it.
            return replace(response, headers=response.headers.replacing("Content-Length", str(response.size)))
    return response


def _with_needed_chunks(response: Response) -> Response:
    """Boundaries are kept where a caller can see them: in bodies that came in several unsized pieces."""
    if response.chunks is None or (len(response.chunks) > 1 and not _is_sized(response.headers)):
        return response
    return replace(response, chunks=None)


def _is_sized(headers: Headers) -> bool:
    return "content-length" in headers and "transfer-encoding" not in headers


def _depends_on_coded_bytes(headers: Headers) -> bool:
    """Whether a digest names them, or the boundaries of a stream of events lie in them."""
    return media_type(headers)[0] == "text/event-stream" or any(
        DIGESTS.fullmatch(name) for name, _ in headers
    )
