"""What was answered, as the code of a reply.

The law of this file: what is printed is tried. Each way of saying an answer, the most readable first,
is made into the reply that it would be, and taken when that is what a replay serves; a whole
``Response`` can say anything. Of the headers that ``respond_with`` adds itself, letter case (and where
Content-Length stands) may come out otherwise: they mean the same, and an edited body keeps a length that is
true. A text that was sent in gzip or the like is said as text, and coded anew: as anywhere, its content is
what is promised, unless something depends on the coded bytes.
"""

from __future__ import annotations

import json
import zlib
from base64 import b64encode
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, cast

from .._core.body import is_json
from .._core.code import Call, Lines, Sum, flat, is_literal, text_of
from .._core.model import Failure, Interaction, Response, media_type
from .._core.replies import Reply, raising, reply
from .._core.views import DIGESTS, as_stored, as_wire
from ..exceptions import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

__all__ = ["reply_call", "spelled"]

_SHORT = 60  # characters of a literal that is never broken
_LONG = 96  # characters of a literal that is
_WIDTH = 76  # characters of Base64 in a line (RFC 2045 section 6.8)
_HUGE = 8_000  # characters of text that nobody reads

_ADDED = ("content-type", "content-length", "transfer-encoding")
_LEFT_OUT = (_ADDED, _ADDED[1:], _ADDED[:1], ())
"""The headers that may be added by ``respond_with``, the most first."""

_DUMPS: tuple[dict[str, Any], ...] = (
    {},
    {"ensure_ascii": False},
    {"separators": (",", ":")},
    *({"indent": indent, **more} for indent in (2, 4, 1, "\t") for more in ({}, {"ensure_ascii": False})),
)
"""What ``json.dumps`` is called with for the layouts that services use, besides the one that json= has."""

_RENAMED = (413, 414, 416, 422)
"""Statuses that RFC 9110 gave other reason phrases: which one is the default depends on Python's release."""

_TEXTS = {"text/html": ("html", "text", "content"), "": ("content", "text")}
"""The keywords for a text, by its media type: which of them adds none, or the right one."""


@dataclass(frozen=True, slots=True)
class _Spelled:
    """A value that is written as an expression."""

    value: str | bytes
    code: object


def reply_call(interaction: Interaction) -> Call:
    """The method of a route, and its arguments, that gives the recorded answer."""
    if interaction.response and interaction.response.large:
        raise UsageError(f"{interaction.request!r} was answered with too many bytes to be declared")
    wire, failure = as_wire(interaction), interaction.failure
    if wire is None:
        return _failing(cast("Failure", failure))  # an interaction has one or both
    breaking = _breaking(wire, failure)
    for body, content in _ways(interaction, wire):
        plain = _made({**_status(wire), **body, **breaking})
        for left_out in _LEFT_OUT:
            given = {**_status(wire), **body, **_headers(wire, left_out, plain), **breaking}
            if _says(given, wire, failure, counted="content-length" in left_out, content=content):
                return Call("respond_with", tuple((name, _code(value)) for name, value in given.items()))
    if failure is not None and not _can_break(failure):
        return _failing(failure)
    return Call("respond_with", (("", _whole(wire)), *breaking.items()))


def _ways(interaction: Interaction, wire: Response) -> Iterator[tuple[dict[str, Any], bytes | None]]:
    """The ways of saying the body, and where only the content matters, and not how it is coded, the content."""
    recorded = interaction.response
    assert recorded is not None  # noqa: S101 - the caller looked
    kind = media_type(wire.headers)[0]
    if recorded.coding is not None and interaction.failure is None and _is_free(recorded, kind):
        texts = [*_texts(recorded.body, kind)]
        yield from ((body, None) for body in texts)
        yield from ((body, recorded.body) for body in texts)
    yield from ((body, None) for body in _bodies(recorded, wire))


def _is_free(response: Response, kind: str) -> bool:
    """Whether nothing depends on the coded bytes: no digest of them, no events whose ends lie in them."""
    return kind != "text/event-stream" and not any(DIGESTS.fullmatch(name) for name, _ in response.headers)


def _can_break(failure: Failure) -> bool:
    """Whether it may come in the middle of a body; else it is said to come instead of one."""
    try:
        reply(Response(200), error=failure.kind, after=0)
    except UsageError:
        return False
    return True


def _failing(failure: Failure) -> Call:
    """A failure without a response; its message where it does not say what the declaration says by itself."""
    try:
        plain = raising(failure.kind).failure
    except UsageError:  # the kind belongs into a body, and there was none
        return Call("respond_with", (("error", failure.kind),))
    if plain is not None and failure.message in ("", plain.message):
        return Call("respond_with", (("error", failure.kind),))
    return Call("raises", (("", failure.kind), ("", failure.message)))


def _breaking(wire: Response, failure: Failure | None) -> dict[str, Any]:
    return {} if failure is None else {"error": failure.kind, "after": len(wire.body)}


def _says(
    given: Mapping[str, Any], wire: Response, failure: Failure | None, *, counted: bool, content: bytes | None
) -> bool:
    """Whether a reply with these keywords is the recorded answer.

    `counted`: it adds the length itself. `content`: this is the body, in whatever way it is coded.
    """
    made = _made(given)
    if made is None or made.response is None:
        return False
    kinds = [each and each.kind for each in (made.failure, failure)]
    if kinds[0] != kinds[1] or _head(made.response, counted) != _head(wire, counted):
        return False
    if content is not None:
        decoded = as_stored(made.response)
        return decoded.coding is not None and decoded.body == content
    lengths = [each.headers.get_all("content-length") for each in (made.response, wire)]
    return lengths[0] == lengths[1] and _pieces(made.response) == _pieces(wire)


def _made(given: Mapping[str, Any]) -> Reply | None:
    """The reply with these keywords; None where there is no such one."""
    plain: dict[str, Any] = {  # Any: as each keyword takes it
        name: value.value if isinstance(value, _Spelled) else value for name, value in given.items()
    }
    try:
        return reply(**plain)
    except UsageError:
        return None


def _head(response: Response, counted: bool) -> object:  # noqa: FBT001  # as `_says` was told
    """All before the body that a client can tell from another response."""
    headers = [
        (name.lower() if name.lower() in _ADDED else name, value)
        for name, value in response.headers
        if not (counted and name.lower() == "content-length")
    ]
    has_length = "content-length" in response.headers
    return response.status, response.reason, response.http_version, headers, has_length


def _pieces(response: Response) -> list[bytes]:
    return list(filter(None, response.pieces()))


def _status(wire: Response) -> dict[str, Any]:
    out: dict[str, Any] = {} if wire.status == 200 else {"status": wire.status}
    known = {status.value: status.phrase for status in HTTPStatus}
    if wire.reason != known.get(wire.status, "") or wire.status in _RENAMED:
        out["reason"] = wire.reason
    return out


# --- headers -------------------------------------------------------------------------------------


def _headers(wire: Response, left_out: Iterable[str], made: Reply | None) -> dict[str, Any]:
    """The headers of `wire`, but for these, and None for each that `made`, without headers, has too much."""
    pairs: list[tuple[str, str | None]] = [
        (name, _readable(value)) for name, value in wire.headers.pairs if name.lower() not in left_out
    ]
    if made is not None and made.response is not None:
        added = [name for name, _ in made.response.headers if name not in wire.headers]
        framed = {"content-length", "transfer-encoding"} & {name.lower() for name, _ in pairs}
        pairs += [(name, None) for name in added if name == "Content-Type" or not framed]
    if not pairs:
        return {}
    names = [name for name, _ in pairs]
    grouped: dict[str, Any] = {}
    for at, (name, value) in enumerate(pairs):
        if name not in grouped:
            grouped[name] = value
        elif names[at - 1] == name:
            before = grouped[name]
            grouped[name] = [*(before if isinstance(before, list) else [before]), value]
        else:
            return {"headers": pairs}  # a mapping would lose the order
    return {"headers": grouped}


def _readable(value: str) -> str:
    """The text that is sent as these bytes: in UTF-8 where Latin-1 has no such characters."""
    try:
        text = value.encode("latin-1").decode()
    except UnicodeDecodeError:
        return value
    return value if all(letter <= "\xff" for letter in text) else text


# --- bodies --------------------------------------------------------------------------------------


def _bodies(recorded: Response, wire: Response) -> Iterator[dict[str, Any]]:
    """The keywords that say the body as it was sent, the most readable first."""
    kind, parameters = media_type(wire.headers)
    if not wire.body:
        yield {}
    elif wire.chunks is not None:
        pieces = list(wire.pieces())
        if kind == "text/event-stream":
            yield {"events": [_event(piece) for piece in pieces]}
        if len(pieces) > 1:
            yield {"stream": [text_of(piece) for piece in pieces]}
    yield from _texts(recorded.body, kind)
    charset = parameters.get("charset", "")
    if charset and len(wire.body) < _SHORT and not wire.body.isascii():
        yield from _encoded(wire.body, charset)
    yield {"content": wire.body}
    if wire.body:
        yield {"stream": [text_of(piece) for piece in wire.pieces()]}


def _texts(content: bytes, kind: str) -> Iterator[dict[str, Any]]:
    if is_json(kind) or content[:1] in (b"{", b"["):
        value = _json(content)
        if value is not ...:
            yield {"json": value}
            for dumped in _dumped(content.decode(), value):
                yield {"content": dumped}
                yield {"text": dumped}
    text = text_of(content)
    if isinstance(text, str) and text:
        yield from ({name: text} for name in _TEXTS.get(kind, ("text", "content")))


def _json(content: bytes) -> Any:
    """The value, where Python's literals and json give it back; else ``...``."""
    try:
        value = json.loads(content.decode())
    except (ValueError, RecursionError):
        return ...
    return value if is_literal(value) else ...


def _dumped(text: str, value: object) -> Iterator[_Spelled]:
    for options in _DUMPS:
        found = json.dumps(value, **options)
        call = Call("json.dumps", (("", value), *options.items()))
        if found == text:
            yield _Spelled(text, call)
        elif found + "\n" == text:
            yield _Spelled(text, Sum(call, "\n"))


def _encoded(content: bytes, charset: str) -> Iterator[dict[str, Any]]:
    try:
        text = content.decode(charset)
        whole = text.encode(charset) == content
    except (ValueError, LookupError):
        return
    if whole and isinstance(text_of(text.encode()), str) and len(flat(text)) < _SHORT:
        yield {"content": _Spelled(content, Call(f"{flat(text)}.encode", (("", charset),)))}


def _event(piece: bytes) -> object:
    """A server-sent event as it is declared: its data, or its fields; whether that is all of it shows later."""
    text = piece.decode("utf-8", "replace").removesuffix("\n\n")
    fields: dict[str, Any] = {}
    for line in text.split("\n"):
        name, _, value = line.partition(": ")
        fields[name] = f"{fields[name]}\n{value}" if name in fields else value
    data = fields.get("data", "")
    if data[:1] in ("{", "["):
        value = _json(data.encode())
        if value is not ... and json.dumps(value, ensure_ascii=False, separators=(",", ":")) == data:
            fields["data"] = value
    retry = fields.get("retry", "")
    if retry.isascii() and retry.isdigit() and str(int(retry)) == retry:
        fields["retry"] = int(retry)
    return data if fields == {"data": data} else fields


# --- code ----------------------------------------------------------------------------------------


def _code(value: object) -> object:
    if isinstance(value, _Spelled):
        return value.code
    if isinstance(value, str | bytes):
        return spelled(value)
    return value


def spelled(value: str | bytes) -> object:
    """A text, or bytes, as they are best read: long ones line by line, binary ones in Base64."""
    if len(value) > _HUGE:
        return (
            Call("str", (("", _packed(value.encode())), ("", "utf-8")))
            if isinstance(value, str)
            else _packed(value)
        )
    if len(flat(value)) <= _LONG:
        return value
    if isinstance(value, bytes) and not (value.isascii() and isinstance(text_of(value), str)):
        return _packed(value)
    pieces = value.splitlines(keepends=True)
    return Lines(tuple(pieces)) if len(pieces) > 1 else value


def _packed(content: bytes) -> Call:
    squeezed = zlib.compress(content, 9)
    if len(squeezed) * 4 < len(content) * 3:
        return Call("zlib.decompress", (("", _base64(squeezed)),))
    return _base64(content)


def _base64(content: bytes) -> Call:
    text = b64encode(content).decode("ascii")
    pieces = tuple(text[at : at + _WIDTH] for at in range(0, len(text), _WIDTH))
    return Call("base64.b64decode", (("", Lines(pieces) if len(text) > _LONG else text),))


def _whole(wire: Response) -> Call:
    """A ``Response`` that says everything."""
    given: list[tuple[str, object]] = [("", wire.status)]
    if wire.headers:
        given.append(("headers", Call("Headers.of", (("", list(wire.headers.pairs)),))))
    if wire.body:
        given.append(("body", spelled(wire.body)))
    if wire.reason:
        given.append(("reason", wire.reason))
    if wire.http_version != "HTTP/1.1":
        given.append(("http_version", wire.http_version))
    if wire.chunks is not None and len(wire.chunks) > 1:
        given.append(("chunks", wire.chunks))
    return Call("Response", tuple(given))
