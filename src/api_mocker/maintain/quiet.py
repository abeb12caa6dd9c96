"""A cassette as a text that Git can compare line by line, without what changes in every recording.

The law of this file: two cassettes that differ in noise alone give the same text, and what means something is
on a line of its own: a header, a member of JSON, a line of a body. Nothing is numbered, so that what comes
in at the front changes no other line.
"""

from __future__ import annotations

import json
from hashlib import sha256
from typing import TYPE_CHECKING

from .._core.body import pack
from .._core.canonical import Ignore, canonical_body, plain
from .._core.explain import printable
from .._core.meaning import is_noise
from .._core.model import Response, media_type

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._core.model import Headers, Interaction, Request
    from .sources import Recording

__all__ = ["quiet"]

_STEP = "  "


def quiet(recording: Recording) -> str:
    """The text: each interaction begins with a line ``METHOD URL`` in the first column."""
    lines = ["# volatile values are left out: Date, ETag, request ids, cookies, ..."]
    for entry in recording.entries:
        lines += ["", *_interaction(entry.interaction)]
    return "".join(f"{line}\n" for line in lines)


def _interaction(interaction: Interaction) -> Iterator[str]:
    request, response = interaction.request, interaction.response
    yield _line(f"{request.method} {request.url}")
    yield from _message(request)
    if response is not None:
        version = "" if response.http_version == "HTTP/1.1" else f" ({response.http_version})"
        yield _line(f"{_STEP}-> {response.status} {response.reason}".rstrip() + version)
        yield from (f"{_STEP}{line}" for line in _message(response))
        if response.truncated:
            yield f"{_STEP * 2}(left after {response.size} bytes)"
    if interaction.failure is not None:
        yield f"{_STEP}-> {interaction.failure.kind}"


def _message(message: Request | Response) -> Iterator[str]:
    for name, value in _meant(message.headers):
        yield _line(f"{_STEP}{name}: {value}")
    yield from (f"{_STEP}{line}" for line in _body(message))


def _meant(headers: Headers) -> Iterator[tuple[str, str]]:
    for name, value in sorted((name.lower(), value) for name, value in headers):
        if name == "set-cookie":
            yield name, f"{value.partition('=')[0]}=..."
        elif not is_noise(name):
            yield name, value


def _body(message: Request | Response) -> Iterator[str]:
    if isinstance(message, Response) and message.large is not None:
        yield f"({message.large.size:,} bytes, sha256 {message.large.sha256})"
    if not message.body:
        return
    body = canonical_body(message.body, message.headers, Ignore())
    if body.kind == "json":
        pretty = json.dumps(body.value, indent=2, ensure_ascii=False, sort_keys=True)
        yield from map(_line, pretty.splitlines())
    elif body.kind == "form":
        yield from (_line(f"{name} = {value}") for name, value in body.value)
    elif body.kind == "multipart":
        for part in body.value:
            yield _line(f"part {part.name}: {part.filename or ''} {part.media_type} {_sized(part.content)}")
    else:
        kind, parameters = media_type(message.headers)
        text = pack(message.body, kind, parameters.get("charset")).get("text")
        yield from map(_line, (_sized(message.body),) if text is None else text.splitlines())


def _sized(content: bytes) -> str:
    return f"({len(content):,} bytes, sha256 {sha256(content).hexdigest()})"


def _line(text: str) -> str:
    return printable(str(plain(text))).replace("\n", "\\n")
