"""What a declared route answers: one reply, made when it is declared and served as often as it is due.

The law of this file: a reply is a response as the wire would have it, a failure in no client's own
words, an exception, or a function that makes one of these; and one that no server could give is
refused where it is declared.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from http import HTTPStatus
from typing import Any, NoReturn

from ..exceptions import UsageError
from .keywords import strict
from .model import FAILURE_KINDS, Failure, FailureKind, Headers, Interaction, Request, Response
from .nearest import nearest_keyword, nearest_name
from .raised import meant
from .reply_bodies import body, coded
from .reply_headers import headers_of, latin
from .views import as_wire
from .wanted import kind_of

__all__ = ["KEYWORDS", "Callback", "Reply", "made", "raising", "reply"]

Callback = Callable[..., Any]
"""A function of the request and the values of the template. Any: a reply, a mapping, a response, or an
awaitable of one."""

KEYWORDS = frozenset(
    {
        "status",
        "json",
        "text",
        "html",
        "content",
        "headers",
        "stream",
        "events",
        "delay",
        "error",
        "after",
        "reason",
    }
)

_BODIES = ("json", "text", "html", "content", "stream", "events")
_TYPES = {
    "json": "application/json",
    "text": "text/plain; charset=utf-8",
    "html": "text/html; charset=utf-8",
    "events": "text/event-stream",
}
_BREAKING: tuple[FailureKind, ...] = ("closed_early", "reset", "read_timeout", "protocol")
"""Failures that may come in the middle of a body."""
_SAID: Mapping[FailureKind, str] = {
    "connect_timeout": "timed out",
    "read_timeout": "timed out",
    "refused": "Connection refused",
    "dns": "Name or service not known",
    "tls": "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed",  # as most do that fail
    "reset": "Connection reset by peer",
    "protocol": "Server disconnected without sending a response.",
    "closed_early": "peer closed connection without sending complete message body",
}
"""What a failure says where the declaration does not: an error without words is no help in a log."""
_NO_BODY = (204, 304)
_ANYHOW = Request("GET", "http://any/")


@dataclass(frozen=True, slots=True)
class Reply:
    """One reply. Exactly one of ``response``, ``failure`` and ``callback``, but for a response that breaks off.

    ``raised`` is the very exception that was declared, where one was; ``delay`` is in seconds.
    """

    response: Response | None = None
    failure: Failure | None = None
    raised: BaseException | None = None
    callback: Callback | None = None
    delay: float = 0.0


@strict
def reply(  # noqa: PLR0913 - the keywords of a response
    status: int | Response = 200,
    *,
    json: object = ...,
    text: str | None = None,
    html: str | None = None,
    content: bytes | str | None = None,
    headers: object = None,
    stream: Iterable[bytes | str] | None = None,
    events: Iterable[object] | None = None,
    delay: float | timedelta = 0.0,
    error: str | None = None,
    after: int | None = None,
    reason: str | None = None,
) -> Reply:
    """What a callback returns: the same keywords as those of ``respond_with``.

    One of ``json``, ``text``, ``html``, ``content`` (bytes as on the wire), ``stream`` (chunks) and
    ``events`` (server-sent events) is the body. ``delay`` is in seconds. ``error`` is the kind of a
    transport failure, which comes instead of the response or (``after``) behind that many bytes of the
    body. UsageError for what no server could answer.
    """
    bodies = {"json": json, "text": text, "html": html, "content": content, "stream": stream, "events": events}  # fmt: skip
    given = {name: value for name, value in bodies.items() if value is not (... if name == "json" else None)}
    if len(given) > 1:
        raise UsageError(
            f"a response has one body, and here are {' and '.join(f'{name}=' for name in given)}"
        )
    seconds = _seconds(delay)
    failure = _failure(error, after, has_body=bool(given))
    if isinstance(status, Response):
        if given or headers is not None or reason is not None:
            raise UsageError(
                "a Response is answered as it is: give it its body, headers and reason, or none of it here"
            )
        response = status if status.coding is None else as_wire(Interaction(_ANYHOW, status)) or status
    else:
        response = _response(_status(status), given, headers, reason)
    if failure is None:
        return Reply(response, delay=seconds)
    if after is None and failure.kind != "closed_early" and not given:
        return Reply(failure=failure, delay=seconds)
    if response is not status:  # a whole Response is answered as it is
        _require_break(response, after or 0, failure.kind)
    return Reply(_broken(response, after or 0), failure, delay=seconds)


def made(value: object, where: object) -> Reply:
    """The reply that a callback returned; UsageError for what is none."""
    if isinstance(value, Reply) and value.callback is None:
        return value
    try:
        if isinstance(value, Response):
            return reply(value)
        if isinstance(value, Mapping):
            for name in value:
                if name not in KEYWORDS:
                    raise UsageError(
                        f"a reply has no {name!r}{nearest_keyword(str(name), sorted(KEYWORDS))}; "
                        f"a body of JSON is returned as api_mocker.reply(json=...)"
                    )
            return reply(**value)
    except UsageError as error:
        raise UsageError(f"{where}: the callback's reply: {error}") from None
    raise UsageError(
        f"{where}: the callback returned {kind_of(value)}: it returns api_mocker.reply(...), a mapping of its keywords, "
        f"or a Response"
    )


def raising(error: object, message: str | None = None) -> Reply:
    """The reply of ``raises(...)``: a kind of failure, or an exception (class)."""
    if isinstance(error, str):
        if (failure := _failure(error, None, has_body=False)) is None:
            raise UsageError("raises() needs an exception or the kind of a failure")
        if failure.kind == "closed_early":
            raise UsageError(
                "'closed_early' happens in a body: respond_with(..., error='closed_early', after=n)"
            )
        return Reply(failure=replace(failure, message=message or failure.message))
    if isinstance(error, type) and issubclass(error, BaseException):
        try:
            error, message = error() if message is None else error(message), None
        except TypeError:
            _unmade(error)
    if not isinstance(error, BaseException):
        raise UsageError(
            f"raises() takes an exception or one of {', '.join(FAILURE_KINDS)}, and not {kind_of(error)}"
        )
    if message is not None:
        raise UsageError("raises(): an exception has its message already; give it one where it is made")
    return Reply(failure=meant(error), raised=error)


def _unmade(kind: object) -> NoReturn:
    name = getattr(kind, "__name__", repr(kind))
    raise UsageError(f"{name} cannot be made without arguments; give raises() an instance") from None


def _seconds(delay: object) -> float:
    seconds = delay.total_seconds() if isinstance(delay, timedelta) else delay
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 <= seconds < float("inf"):
        raise UsageError(f"delay= is a number of seconds, and is {delay!r}")
    return float(seconds)


def _status(status: object) -> int:
    if isinstance(status, bool) or not isinstance(status, int):
        raise UsageError(f"status is a number such as 200, and not {kind_of(status)}{_instead(status)}")
    if 100 <= status < 200:
        raise UsageError(f"status {int(status)} is interim (RFC 9110 section 15.2) and ends no request")
    if not 200 <= status <= 999:
        raise UsageError(f"there is no status {int(status)}: 200 to 599 are in use")
    return int(status)


def _instead(status: object) -> str:
    if isinstance(status, str) and status.isdecimal():
        return f": {status}, without quotes"
    if isinstance(status, str | bytes):
        return "; a body is given by name: text=, html= or content="
    return "; a body of JSON is given by name: json=" if isinstance(status, dict | list) else ""


def _failure(error: object, after: object, *, has_body: bool) -> Failure | None:
    if after is not None and (isinstance(after, bool) or not isinstance(after, int) or after < 0):
        raise UsageError(f"after= is a number of bytes, and is {after!r}")
    if error is None:
        if after is not None:
            raise UsageError("after= says where an error= comes in, and there is no error=")
        return None
    if isinstance(error, BaseException | type):
        raise UsageError("error= is the kind of a failure; an exception is given to .raises()")
    kind: FailureKind | None = next((kind for kind in FAILURE_KINDS if kind == error), None)
    if kind is None:
        listed = ", ".join(FAILURE_KINDS)
        raise UsageError(
            f"there is no error {error!r}{nearest_name(str(error), FAILURE_KINDS)} (errors: {listed})"
        )
    if kind not in _BREAKING and (after is not None or has_body):
        raise UsageError(
            f"with error={kind!r} no body comes; {', '.join(_BREAKING)} may come in the middle of one"
        )
    return Failure(kind, _SAID[kind])


def _require_break(response: Response, after: int, kind: FailureKind) -> None:
    """UsageError where the body would be over before it breaks off."""
    size = response.size
    whole = response.headers.get("content-length") == str(size)
    if kind == "closed_early" and not size and whole:
        raise UsageError("error='closed_early' breaks off a body, and there is none: say one, and after=")
    if after > size or (after == size and whole and size):
        where = "at" if after == size else "behind"
        raise UsageError(f"after={after} is {where} the end of the body, which has {size} bytes")


def _broken(response: Response, after: int) -> Response:
    if response.chunks is None:
        return replace(response, body=response.content[:after], large=None)
    sizes, left = [], after
    for size in response.chunks:
        sizes.append(min(size, left))
        left -= sizes[-1]
    return replace(response, body=response.content[:after], large=None, chunks=tuple(filter(None, sizes)))


def _response(status: int, given: Mapping[str, Any], headers: object, reason: str | None) -> Response:
    said = headers_of(headers)
    pairs = tuple((key, value) for key, value in said if value is not None)
    (name, value), *_ = (*given.items(), ("", None))
    content, chunks = body(name, value)
    if status in _NO_BODY and content:
        raise UsageError(f"a response of status {status} has no body (RFC 9110 section 6.4.1)")
    sent = {key.lower(): value for key, value in said}
    if content and name in ("json", "text", "html") and (coding := sent.get("content-encoding")):
        content = coded(content, coding)
    if name in _TYPES and "content-type" not in sent:
        pairs = (*pairs, ("Content-Type", _TYPES[name]))
    if not {"content-length", "transfer-encoding"} & {*sent}:
        if chunks is not None:
            pairs = (*pairs, ("Transfer-Encoding", "chunked"))
        elif status not in _NO_BODY:
            pairs = (*pairs, ("Content-Length", str(len(content))))
    return Response(status, Headers(pairs), content, _reason(status, reason), chunks=chunks)


_REASONS = {status.value: status.phrase for status in HTTPStatus}


def _reason(status: int, reason: object) -> str:
    return _REASONS.get(status, "") if reason is None else latin(reason, "reason=")
