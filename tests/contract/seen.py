"""What a caller sees of an exchange, frozen, and the views in which two runs must be equal.

Only the functions of this file say where two runs may differ; a scenario cannot excuse itself.
"""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import brotli  # type: ignore[import-untyped]  # ships no types
import zstandard

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["SECRET", "Seen", "alone", "answer", "decoded", "differences", "plain", "promised"]

SECRET = "s3cr3t"
"""Every secret that a scenario uses begins with this, so that no file may hold it."""

_FRESH = re.compile(r'(?<=cnonce=")[^"]+|(?<=response=")[^"]+|(?<=boundary=)\S+')
_HIDDEN = re.compile(rf"{SECRET}[-.\w]*|(?:<|%3C)redacted(?::|%3A)[-\w]+(?::|%3A)\d+(?:>|%3E)")


@dataclass(frozen=True)
class Seen:
    """One response, or one failure, as the code under test sees it.

    ``chunks`` are the pieces of a body read as a stream, None when the client read it itself.
    ``extras`` is what else this client offers. ``raised`` names the class of an exception and of those
    that it carries, ``causes`` the classes behind it.
    """

    status: int | None = None
    reason: str | None = None
    version: str | None = None
    url: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    cookies: tuple[tuple[str, str | None], ...] = ()
    history: tuple[tuple[object, ...], ...] = ()
    encoding: str | None = None
    body: bytes | None = None
    text: str | None = None
    chunks: tuple[bytes, ...] | None = None
    elapsed: bool = False
    extras: tuple[tuple[str, object], ...] = ()
    raised: tuple[str, ...] = ()
    causes: tuple[str, ...] = ()

    def header(self, name: str) -> str | None:
        """The first value of a header."""
        return next((value for key, value in self.headers if key.lower() == name), None)


def alone(seen: Seen) -> Seen:
    """For a run without the tool: where a stream was cut into pieces is an accident of TCP."""
    return seen if seen.chunks is None else replace(seen, chunks=(b"".join(seen.chunks),))


def answer(seen: Seen) -> Seen:
    """For requests that differ from run to run on purpose: the answer without the request."""
    return replace(seen, url="", extras=())


def promised(seen: Seen, *, recipe: bool) -> Seen:
    """For a replay: what ARCHITECTURE sections 7 and 10 promise, and no less.

    A redacted value has a placeholder in its place. A failure has the class that this client raises, and
    what lower layers said of it is not recorded. Chunk boundaries of bodies that stated their length are not kept. Where no recipe restores a
    coded body, its decoded content is promised, and Content-Length follows the bytes.
    """
    seen = replace(_masked_answer(seen), raised=_told(seen.raised), causes=())
    if seen.chunks is not None and seen.header("content-length") is not None:
        seen = alone(seen)
    if recipe or not seen.header("content-encoding"):
        return seen
    coding = seen.header("content-encoding") or ""
    return replace(
        seen,
        headers=tuple(pair for pair in seen.headers if pair[0].lower() != "content-length"),
        body=seen.body and decoded(coding, seen.body),
        text=None,
        chunks=None if seen.chunks is None else (decoded(coding, b"".join(seen.chunks)),),
        extras=tuple((name, value) for name, value in seen.extras if name not in _MEASURES),
    )


_MEASURES = {"raw headers", "num_bytes_downloaded"}


def differences(here: Sequence[Seen], there: Sequence[Seen]) -> list[str]:
    """Every field in which two runs differ, one line each."""
    if len(here) != len(there):
        return [f"{len(here)} answers here, {len(there)} there"]
    return [
        f"answer {at}: {name}: {one.get(name)!r:.600} here, {other.get(name)!r:.600} there"
        for at, (one, other) in enumerate(zip(map(_flat, here), map(_flat, there), strict=True))
        for name in one | other
        if one.get(name) != other.get(name)
    ]


def _flat(seen: Seen) -> dict[str, object]:
    return {name: value for name, value in vars(seen).items() if name != "extras"} | dict(seen.extras)


def plain(value: str) -> str:
    """A header value without what a client makes up anew for each request: boundaries and nonces."""
    return _FRESH.sub("", value)


def masked(value: object) -> object:
    """`value` with every secret and every placeholder of a secret replaced by one word."""
    if isinstance(value, str):
        return _HIDDEN.sub("<secret>", value)
    if isinstance(value, bytes):
        return _HIDDEN.sub("<secret>", value.decode("latin-1")).encode("latin-1")
    if isinstance(value, tuple):
        return tuple(map(masked, value))
    return value


def _masked_answer(seen: Seen) -> Seen:
    """A body that holds a secret has another length on replay: its Content-Length is masked with it."""
    fields = {name: masked(value) for name, value in vars(seen).items()}
    hidden = Seen(**fields)  # type: ignore[arg-type]  # the fields of a Seen, each masked
    if (hidden.body, hidden.chunks) == (seen.body, seen.chunks):
        return hidden
    return replace(
        hidden,
        headers=tuple(pair for pair in hidden.headers if pair[0].lower() != "content-length"),
        extras=tuple((name, value) for name, value in hidden.extras if name not in _MEASURES),
    )


def _told(raised: tuple[str, ...]) -> tuple[str, ...]:
    """The classes down to the one that says what kind of failure it was; below are details of framing."""
    kind = "urllib3.exceptions.ProtocolError"
    return raised[: raised.index(kind) + 1] if kind in raised else raised


def decoded(coding: str, body: bytes) -> bytes:
    """`body` without its content coding; as it is where it does not carry it (any more)."""
    try:
        match coding.lower():
            case "gzip":
                return zlib.decompressobj(31).decompress(body)
            case "deflate":
                return zlib.decompress(body)
            case "br":
                return bytes(brotli.decompress(body))
            case "zstd":
                return zstandard.ZstdDecompressor().decompressobj().decompress(body)
            case _:
                return body
    except (zlib.error, brotli.error, zstandard.ZstdError):
        return body
