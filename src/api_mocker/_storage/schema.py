"""Interactions to plain mappings and back: the cassette format, version 1.

The law of this file: ``read(write(interaction)) == interaction``, and what is not part of the
format is an error that names the nearest key, never ignored. ``docs/format.md`` is the
specification; a JSON Schema beside it is checked against what is written here.

A mapping holds strings (as the reader gives them), numbers and booleans (as the emitter takes
them), lists and mappings.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from datetime import UTC
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, TypeVar

from .._core.body import pack, unpack
from .._core.coding import MOST as MOST_CODED
from .._core.head_text import flaw
from .._core.large_body import LARGE, LargeBody, as_held
from .._core.model import FAILURE_KINDS, Coding, Failure, Headers, Interaction, Request, Response, media_type
from .._core.nearest import nearest_name
from .fields import SchemaError, mapping_of, moment_of, only, place_of, text_of, truth_of, url_of, whole_of

if TYPE_CHECKING:
    from collections.abc import Callable

    Document = dict[str, Any]  # Any: a tree of strings, numbers, lists and mappings
    Beside = Callable[[str, str], bytes | LargeBody]
    SetBeside = Callable[[bytes | LargeBody, str], tuple[str, str] | None]
    Part = TypeVar("Part")

__all__ = [
    "UPGRADES",
    "VERSION",
    "SchemaError",
    "header",
    "read",
    "read_header",
    "typed",
    "upgraded",
    "write",
]

VERSION = 1

UPGRADES: dict[int, Callable[[Document], Document]] = {}
"""For each older version, how its interaction documents become the next version's.

An upgrade gets a document as the reader gives it, every scalar a string, and may change it in place.
"""

_HEADER = frozenset({"cassette", "test"})
_INTERACTION = frozenset({"request", "response", "error", "recorded_at"})
_REQUEST = frozenset({"method", "url", "headers", "body"})
_RESPONSE = frozenset({"status", "reason", "http_version", "headers", "body", "chunks", "truncated"})
_ERROR = frozenset({"kind", "message"})
_BODY = frozenset({"encoding", "recipe", "json", "layout", "text", "charset", "base64", "file", "sha256"})
_REASONS = {status.value: status.phrase for status in HTTPStatus}


def header(test: str | None) -> Document:
    """The header document of a new cassette; `test` is the node id of the test that owns it."""
    return {"cassette": VERSION} | ({"test": test} if test else {})


def read_header(document: Document) -> tuple[int, str | None]:
    """The version and, up to our own, the owning test; SchemaError when it is no header document."""
    if "cassette" not in document:
        raise SchemaError("this is no cassette: its first document has no key 'cassette'")
    version = whole_of(document["cassette"], "cassette")
    if version < 1:
        raise SchemaError(f"there is no format version {version}: the first one is 1", "cassette")
    if version > VERSION:
        return version, None  # what else it holds is for a later reader to say
    only(document, _HEADER, "the header")
    return version, _maybe_text(document, "test")


def upgraded(document: Document, version: int) -> Document:
    """An interaction document of an older version as one of ours, one upgrade after the other."""
    for older in range(version, VERSION):
        if older in UPGRADES:  # a version may have changed nothing about interactions
            document = UPGRADES[older](deepcopy(document))
    return document


def typed(document: Document) -> Document:
    """A document that was read as the emitter takes it: what the format calls a number or a truth value is one."""
    response = document.get("response")
    if not isinstance(response, dict):
        return document
    response = dict(response)
    if "status" in response:
        response["status"] = whole_of(response["status"], "response.status")
    if isinstance(response.get("chunks"), list):
        response["chunks"] = [whole_of(size, "response.chunks") for size in response["chunks"]]
    if "truncated" in response:
        response["truncated"] = truth_of(response["truncated"], "response.truncated")
    return document | {"response": response}


def write(interaction: Interaction, beside: SetBeside | None = None) -> Document:
    """The document of an interaction.

    ``beside(content, media type)`` may take a body that is too large for the document, and
    returns the name and the SHA-256 of the file that holds it; None leaves it here.
    """
    request = interaction.request
    document: Document = {"request": {"method": request.method, "url": request.url}}
    _set(document["request"], "headers", _headers_out(request.headers))
    _set(document["request"], "body", _body_out(request.body, request.headers, request.coding, beside))
    if interaction.response is not None:
        document["response"] = _response_out(interaction.response, beside)
    if interaction.failure is not None:
        document["error"] = {"kind": interaction.failure.kind}
        _set(document["error"], "message", interaction.failure.message)
    if interaction.recorded_at is not None:
        moment = interaction.recorded_at.astimezone(UTC)
        document["recorded_at"] = moment.isoformat(timespec="seconds").replace("+00:00", "Z")
    return document


def read(document: Document, beside: Beside | None = None) -> Interaction:
    """The interaction of a document; SchemaError when it is none.

    ``beside(name, sha256)`` reads a file beside the cassette.
    """
    only(document, _INTERACTION, "an interaction")
    for needed in ("request", "recorded_at"):
        if needed not in document:
            cut = " (was the file cut off?)" if needed == "recorded_at" else ""
            raise SchemaError(f"the interaction has no {needed!r}{cut}")
    if "response" not in document and "error" not in document:
        raise SchemaError("the interaction has neither 'response' nor 'error'")
    response = _part(document, "response", _response_in, beside) if "response" in document else None
    failure = _part(document, "error", _failure_in, beside) if "error" in document else None
    interaction = Interaction(
        _part(document, "request", _request_in, beside),
        response,
        failure,
        moment_of(text_of(document["recorded_at"], "recorded_at")),
    )
    if found := flaw(interaction):
        raise SchemaError(found.text, *found.place)
    return interaction


def _part(
    document: Document, key: str, reader: Callable[[Document, Beside | None], Part], beside: Beside | None
) -> Part:
    """What `reader` makes of a part of the document; its errors know in which part they are."""
    try:
        return reader(mapping_of(document[key], key), beside)
    except SchemaError as error:
        if error.place[:1] != (key,):
            error.place = (key, *error.place)
        raise


def _response_out(response: Response, beside: SetBeside | None) -> Document:
    out: Document = {"status": response.status}
    if response.reason != _REASONS.get(response.status, ""):
        out["reason"] = response.reason
    if response.http_version != "HTTP/1.1":
        out["http_version"] = response.http_version
    _set(out, "headers", _headers_out(response.headers))
    content = response.large or response.body
    _set(out, "body", _body_out(content, response.headers, response.coding, beside))
    if response.chunks is not None:
        out["chunks"] = list(response.chunks)
    if response.truncated:
        out["truncated"] = True
    return out


def _headers_out(headers: Headers) -> Document | list[list[str]]:
    """A mapping where that restores the order, else a list of pairs."""
    mapping = dict(headers.pairs)
    if len(mapping) == len(headers):
        return mapping
    return [[name, value] for name, value in headers]


def _body_out(
    content: bytes | LargeBody, headers: Headers, coding: Coding | None, beside: SetBeside | None
) -> Document:
    if not content and coding is None:
        return {}
    out: Document = {}
    if coding is not None:
        out["encoding"] = coding.name
        _set(out, "recipe", coding.recipe)
    kind, parameters = media_type(headers)
    elsewhere = beside(content, kind) if beside is not None else None
    if elsewhere is not None:
        return out | {"file": elsewhere[0], "sha256": elsewhere[1]}
    content = content.content() if isinstance(content, LargeBody) else content
    return out | pack(content, kind, parameters.get("charset"))


def _set(document: Document, key: str, value: Any) -> None:
    if value:
        document[key] = value


def _request_in(document: Document, beside: Beside | None) -> Request:
    only(document, _REQUEST, "a request")
    content, coding = _body_in(document, beside)
    return Request(
        text_of(document.get("method"), "request.method"),
        url_of(document.get("url"), "request.url"),
        _headers_in(document.get("headers", {}), "request.headers"),
        content.content() if isinstance(content, LargeBody) else content,
        coding,
    )


def _response_in(document: Document, beside: Beside | None) -> Response:
    only(document, _RESPONSE, "a response")
    content, coding = _body_in(document, beside)
    body, large = as_held(content, LARGE - 1 if coding is None else MOST_CODED)
    status = whole_of(document.get("status"), "response.status")
    if not 100 <= status <= 999:
        raise SchemaError(f"response.status is {status}, and must have three digits", "status")
    chunks = document.get("chunks")
    if chunks is not None and not isinstance(chunks, list):
        raise SchemaError("response.chunks must be a list of sizes", "chunks")
    return Response(
        status,
        _headers_in(document.get("headers", {}), "response.headers"),
        body,
        text_of(document.get("reason", _REASONS.get(status, "")), "response.reason"),
        text_of(document.get("http_version", "HTTP/1.1"), "response.http_version"),
        None if chunks is None else tuple(whole_of(size, "response.chunks") for size in chunks),
        truth_of(document.get("truncated", "false"), "response.truncated"),
        coding,
        large,
    )


def _failure_in(document: Document, _beside: Beside | None) -> Failure:
    only(document, _ERROR, "an error")
    kind = text_of(document.get("kind"), "error.kind")
    for known in FAILURE_KINDS:
        if kind == known:
            return Failure(known, text_of(document.get("message", ""), "error.message"))
    raise SchemaError(f"there is no error kind {kind!r}{nearest_name(kind, FAILURE_KINDS)}", "kind")


def _headers_in(value: Any, where: str) -> Headers:
    if isinstance(value, Mapping):
        if all(type(item) is str for item in value.values()):
            return Headers(tuple(value.items()))
        return Headers.of((name, text_of(item, f"{where}.{name}")) for name, item in value.items())
    if isinstance(value, list) and all(isinstance(pair, list) and len(pair) == 2 for pair in value):
        return Headers.of((text_of(name, where), text_of(item, where)) for name, item in value)
    raise SchemaError(f"{where} must be a mapping, or a list of [name, value]", *place_of(where))


def _body_in(document: Document, beside: Beside | None) -> tuple[bytes | LargeBody, Coding | None]:
    if "body" not in document:
        return b"", None
    fields = dict(mapping_of(document["body"], "body"))
    only(fields, _BODY, "a body", "body")
    coding = None
    if "encoding" in fields:
        coding = Coding(
            text_of(fields.pop("encoding"), "body.encoding"), text_of(fields.pop("recipe", ""), "body.recipe")
        )
    try:
        if "file" not in fields:
            return unpack({key: text_of(value, f"body.{key}") for key, value in fields.items()}), coding
        if set(fields) != {"file", "sha256"}:
            raise SchemaError("a body in a file has 'file' and 'sha256' and nothing else")
        if beside is None:
            raise SchemaError("the body is in a file beside the cassette, and there is none to read it from")
        return beside(text_of(fields["file"], "body.file"), text_of(fields["sha256"], "body.sha256")), coding
    except SchemaError as error:
        error.place = error.place or ("body",)
        raise
    except ValueError as error:
        raise SchemaError(f"the body cannot be restored: {error}", "body") from None


def _maybe_text(document: Document, key: str) -> str | None:
    return text_of(document[key], key) if key in document else None
