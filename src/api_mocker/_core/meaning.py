"""When two recordings of one request mean the same, whatever noise the service added.

The law of this file: what counts as noise is one table, shared by re-recording (which keeps the old
text where nothing but noise changed) and by ``cassette diff`` (which folds it away).
"""

from __future__ import annotations

import re
from hashlib import sha256
from typing import TYPE_CHECKING

from .canonical import Canonical, Ignore, canonical_body, plain
from .large_body import LARGE, held
from .placeholders import without_numbers
from .windows import words

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator

    from .model import Headers, Interaction, Response

__all__ = ["is_noise", "meaning", "meaning_of_body", "noisy_values"]

_NOISE = re.compile(
    r"""
      date | age | expires | last-modified | etag | via | server | alt-svc | nel | report-to
    | connection | keep-alive | content-length | transfer-encoding
    | server-timing | x-timer | x-runtime | x-response-time | x-process(ing)?-time | x-served-by
    | x-cache.* | cf-.* | x-envoy-.* | x-varnish | x-amz-cf-.* | openai-processing-ms
    | (x-)?(amzn?-)?(request|correlation|trace|transaction|span|operation)-?id(-\w+)? | x-amz-id-2
    | x-github-request-id | x-ms-request-id | x-ms-client-request-id | x-goog-.*-?id | traceparent | tracestate
    | (x-)?rate-?limit-.* | retry-after
    """,
    re.VERBOSE | re.IGNORECASE,
)
_COOKIE_NAME = re.compile(r"[^=;]*")
_SHORT = 6  # a value shorter than this is found everywhere and names nothing


def is_noise(header: str) -> bool:
    """Whether a header's value changes from run to run without meaning anything."""
    return _NOISE.fullmatch(header) is not None


def meaning(interaction: Interaction, ignore: Ignore) -> Hashable:
    """Equal for two interactions exactly when nothing but noise tells them apart."""
    request = Canonical(interaction.request, ignore)
    asked = (
        request.method,
        request.scheme,
        request.host,
        request.port,
        request.path,
        request.query,
        request.body[:2],
        request.headers,
    )
    response = interaction.response
    answered: Hashable = None
    if response is not None:
        answered = (
            response.status,
            response.reason,
            response.http_version,
            tuple(_meant(response.headers)),
            meaning_of_body(response),
            response.truncated and response.size,
        )
    failure = interaction.failure and interaction.failure.kind
    return plain((asked, answered, failure))


def meaning_of_body(response: Response) -> Hashable:
    """Equal for two bodies that mean the same."""
    if response.size < LARGE:
        return canonical_body(response.body, response.headers, Ignore())[:2]
    # Held or not: its bytes, but for the numbers of placeholders.
    told = sha256()
    for text in words(response.large or held(response.body)):
        told.update(without_numbers(text).encode("latin-1"))
    return "large", told.hexdigest()


def _meant(headers: Headers) -> Iterator[tuple[str, str]]:
    for name, value in headers:
        lowered = name.lower()
        if lowered == "set-cookie":
            # The value and the expiry of a cookie are another one each time; its name is the meaning.
            match = _COOKIE_NAME.match(value)
            yield lowered, match.group() if match else ""
        elif not is_noise(lowered):
            yield name, value


def noisy_values(interaction: Interaction) -> Iterator[str]:
    """The values of an interaction's noisy headers, where they are long enough to be recognised."""
    for headers in (
        interaction.request.headers,
        interaction.response.headers if interaction.response else (),
    ):
        for name, value in headers:
            if is_noise(name) and len(value) >= _SHORT:
                yield value.strip('"')
