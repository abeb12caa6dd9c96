"""Messages as the tests of redaction write them, and what redacts them."""

from __future__ import annotations

from api_mocker._core.model import Headers, Request, Response
from api_mocker._core.redaction import Redactor, Rules

__all__ = ["EVENTS", "FORM", "JSON", "JWT", "all_of", "received", "redactor", "sent"]

JSON = ("Content-Type", "application/json")
FORM = ("Content-Type", "application/x-www-form-urlencoded")
EVENTS = ("Content-Type", "text/event-stream")
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmNHl0w5N"


def redactor(**more: object) -> Redactor:
    return Redactor(Rules.default().extended(**more))  # type: ignore[arg-type]  # keywords of one test


def sent(
    url: str = "https://api.example.com/",
    *headers: tuple[str, str],
    body: bytes | str = b"",
    method: str = "POST",
) -> Request:
    return Request(method, url, Headers(headers), body.encode() if isinstance(body, str) else body)


def received(*headers: tuple[str, str], body: bytes | str = b"", **more: object) -> Response:
    data = body.encode() if isinstance(body, str) else body
    return Response(200, Headers(headers), data, **more)  # type: ignore[arg-type]  # fields of Response


def all_of(message: Request | Response) -> str:
    """Everything that a message says, as one text."""
    start = message.url if isinstance(message, Request) else message.reason
    lines = [start, *(f"{name}: {value}" for name, value in message.headers)]
    return "\n".join(lines) + "\n" + message.body.decode("latin-1")
