"""HTTP archives (HAR 1.2), as browsers, proxies and test tools export them.

Source: the HAR 1.2 specification of the W3C's Web Performance group: ``log.entries``, headers, cookies and
queries as lists of ``name`` and ``value``, a body under ``postData`` (``text`` or ``params``) and
``content`` (``text``, with ``encoding: base64`` for bytes).

The law of this file: it tells this format from others, and reads it. What an entry says twice (a query, a
cookie, a form) is read twice, for both hold the secret.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._core.model import Headers, media_type
from .contents import Base64, Content, Form, Nothing, Text
from .exchange import Exchange, Header, Side
from .tree import Mapping, Node, Scalar, Sequence, json_text
from .vcr_shape import mapping, moment, scalar, sequence, url

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["is_one", "read"]

_COOKIES = (("request header Cookie", "request cookies"), ("response header Set-Cookie", "response cookies"))
_QUERY = (("request url", "request queryString"),)
_PARAMS = (("request body", "request postData.params"),)


def is_one(root: Node) -> bool:
    """Whether the tree has the shape of one."""
    log = root.get("log") if isinstance(root, Mapping) else None
    return isinstance(log, Mapping) and isinstance(log.get("entries"), Sequence)


def read(root: Node) -> list[Exchange]:
    """The interactions of the tree, and behind them what they say twice."""
    log = mapping(mapping(root, "an archive", root).get("log"), "'log'", root)
    entries = sequence(log.get("entries"), "'entries'", log).items
    found = [_exchange(mapping(entry, "an entry", entry), number) for number, entry in enumerate(entries)]
    for number, entry in enumerate(entries):
        if isinstance(entry, Mapping):
            found += _twice(entry, number)
    return found


def _exchange(entry: Mapping, number: int) -> Exchange:
    request = mapping(entry.get("request"), "a request", entry)
    response = mapping(entry.get("response"), "a response", entry)
    code, reason = response.get("status"), response.get("statusText")
    sent, received = Side(_headers(request)), Side(_headers(response))
    sent.content = _body(request.get("postData"), sent.headers)
    received.content = _body(response.get("content"), received.headers)
    return Exchange(
        entry,
        number,
        scalar(request.get("method"), "a method", request).value,
        url(request.get("url"), request),
        sent,
        received,
        _status(code),
        reason if isinstance(reason, Scalar) else None,
        moment(entry.get("startedDateTime")),
    )


def _status(node: Node | None) -> int:
    """The status; 0 where there was no answer, as browsers say it."""
    value = node.value if isinstance(node, Scalar) else ""
    return int(value) if value.isascii() and value.isdigit() and len(value) <= 3 else 0


def _headers(message: Mapping) -> list[Header]:
    return [Header(name.value, value) for name, value in _pairs(message.get("headers"))]


def _pairs(node: Node | None) -> Iterator[tuple[Scalar, Scalar]]:
    """What is listed as ``name`` and ``value``."""
    for item in node.items if isinstance(node, Sequence) else ():
        if isinstance(item, Mapping):
            name, value = item.get("name"), item.get("value")
            if isinstance(name, Scalar) and isinstance(value, Scalar):
                yield name, value


def _body(node: Node | None, headers: list[Header]) -> Content:
    if not isinstance(node, Mapping):
        return Nothing()
    text, encoding = node.get("text"), node.get("encoding")
    if isinstance(text, Scalar) and json_text(text) is None:
        if isinstance(encoding, Scalar) and encoding.value == "base64":
            return Base64(text)
        # A browser has read it in this charset.
        return Text(
            text, media_type(Headers.of(header.pair for header in headers))[1].get("charset", "utf-8")
        )
    params = [*_pairs(node.get("params"))]
    return Form(params) if params else Nothing()


def _twice(entry: Mapping, number: int) -> Iterator[Exchange]:
    """The cookies, the query and the form of an entry, each as an exchange that has nothing else."""
    request, response = (entry.get(side) for side in ("request", "response"))
    if not isinstance(request, Mapping) or not isinstance(response, Mapping):
        return
    sent, given = ([*_pairs(side.get("cookies"))] for side in (request, response))
    if sent or given:
        yield Exchange(
            entry,
            number,
            sent=Side([Header("Cookie", value, f"{name.value}=") for name, value in sent]),
            received=Side([Header("Set-Cookie", value, f"{name.value}=") for name, value in given]),
            called=_COOKIES,
        )
    if query := [*_pairs(request.get("queryString"))]:
        yield Exchange(entry, number, query=Form(query), called=_QUERY)
    post = request.get("postData")
    if (
        isinstance(post, Mapping)
        and post.get("text") is not None
        and (params := [*_pairs(post.get("params"))])
    ):
        yield Exchange(entry, number, "POST", sent=Side([], Form(params)), called=_PARAMS)
