"""The bytes of answers, spelled out: nothing is added that a scenario did not ask for."""

from __future__ import annotations

import hashlib
import json
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from .wire import Ask, Step

__all__ = ["CHUNKED", "LAST", "as_json", "chunk", "chunked", "echo", "head", "in_turn", "redirect", "reply"]

Pairs = "Iterable[tuple[str | bytes, str | bytes]]"
CHUNKED = ("Transfer-Encoding", "chunked")
LAST = b"0\r\n\r\n"
"""The chunk that ends a chunked body."""


def _raw(value: str | bytes) -> bytes:
    return value if isinstance(value, bytes) else value.encode("latin-1")


def head(status: int, *headers: tuple[str | bytes, str | bytes], reason: str | bytes = "OK") -> bytes:
    """A status line and headers, to their closing empty line."""
    lines = [b"HTTP/1.1 %d %s" % (status, _raw(reason))]
    lines += [_raw(name) + b": " + _raw(value) for name, value in headers]
    return b"\r\n".join(lines) + b"\r\n\r\n"


def reply(
    status: int = 200,
    *headers: tuple[str | bytes, str | bytes],
    body: bytes = b"",
    reason: str | bytes = "OK",
) -> bytes:
    """A whole answer with its Content-Length."""
    return head(status, *headers, ("Content-Length", str(len(body))), reason=reason) + body


def as_json(value: object, *headers: tuple[str, str], status: int = 200) -> bytes:
    """A JSON answer in the compact layout that most services send."""
    body = json.dumps(value, separators=(",", ":")).encode()
    return reply(status, ("Content-Type", "application/json"), *headers, body=body)


def chunk(data: bytes) -> bytes:
    """One chunk of a chunked body (RFC 9112 section 7.1)."""
    return b"%x\r\n%b\r\n" % (len(data), data)


def chunked(pieces: Iterable[bytes], *headers: tuple[str | bytes, str | bytes]) -> bytes:
    """A whole answer in chunks."""
    return head(200, *headers, CHUNKED) + b"".join(map(chunk, pieces)) + LAST


def in_turn(*answers: bytes) -> Callable[[Ask], Iterator[Step]]:
    """The first answer to the first request of a path, and so on; the last one for all later ones."""

    def answer(ask: Ask) -> Iterator[Step]:
        yield answers[min(ask.nth, len(answers) - 1)]

    return answer


def redirect(status: int, path: str, *headers: tuple[str, str]) -> Callable[[Ask], Iterator[Step]]:
    """A redirect to another path of the scenario."""

    def answer(ask: Ask) -> Iterator[Step]:
        yield reply(status, ("Location", ask.at(path)), *headers, body=b"elsewhere", reason="Moved")

    return answer


def echo(ask: Ask) -> Iterator[Step]:
    """What arrived, as JSON: enough of it to notice that anything was lost on the way."""
    kind = ask.header("content-type")
    body = ask.body
    if found := re.search(r"boundary=(\S+)", kind):
        kind, body = "multipart", body.replace(found[1].encode(), b"BOUNDARY")
    digest = hashlib.sha256(body).hexdigest()[:16]
    yield as_json(
        {
            "method": ask.method,
            "path": ask.path,
            "query": ask.query,
            "type": kind,
            "size": len(body),
            "sha": digest,
        }
    )
