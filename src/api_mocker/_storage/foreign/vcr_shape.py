"""The shape that vcrpy took from Ruby's VCR, and others from vcrpy: what their readers share.

The law of this file: what a reader needs has to be there and be of its kind, and what is missing is said with
the line around it.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from .exchange import Exchange, Header, Side
from .tree import Mapping, Node, Scalar, Sequence, broken, json_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .contents import Content

__all__ = ["exchanges", "mapping", "messages", "moment", "scalar", "sequence", "url"]


def exchanges(root: Node, key: str, body: Callable[[Mapping], Content]) -> list[Exchange]:
    """The interactions under this key; `body` reads that of a request or a response."""
    listed = sequence(mapping(root, "a cassette", root).get(key), f"{key!r}", root)
    return [_exchange(item, number, body) for number, item in enumerate(listed.items)]


def messages(root: Node, key: str) -> Iterator[Mapping]:
    """The requests and responses under this key, where they are mappings."""
    listed = root.get(key) if isinstance(root, Mapping) else None
    for item in listed.items if isinstance(listed, Sequence) else ():
        for side in ("request", "response"):
            message = item.get(side) if isinstance(item, Mapping) else None
            if isinstance(message, Mapping):
                yield message


def _exchange(item: Node, number: int, body: Callable[[Mapping], Content]) -> Exchange:
    item = mapping(item, "an interaction", item)
    request = mapping(item.get("request"), "a request", item)
    response = mapping(item.get("response"), "a response", item)
    code, reason = _status(response.get("status"), response)
    return Exchange(
        item,
        number,
        scalar(request.get("method"), "a method", request).value.upper(),
        url(request.get("uri", "url"), request),
        _side(request, body),
        _side(response, body),
        code,
        reason,
        moment(item.get("recorded_at")),
    )


def _side(message: Mapping, body: Callable[[Mapping], Content]) -> Side:
    return Side(_headers(message.get("headers"), message), body(message))


def mapping(node: Node | None, what: str, around: Node) -> Mapping:
    """A node that has to be a mapping."""
    return node if isinstance(node, Mapping) else broken(f"{what} must be a mapping", node or around)


def sequence(node: Node | None, what: str, around: Node) -> Sequence:
    """A node that has to be a list."""
    return node if isinstance(node, Sequence) else broken(f"{what} must be a list", node or around)


def scalar(node: Node | None, what: str, around: Node) -> Scalar:
    """A node that has to be a scalar."""
    return node if isinstance(node, Scalar) else broken(f"{what} must be a text", node or around)


def url(node: Node | None, around: Node) -> Scalar:
    """A URL."""
    found = scalar(node, "a URL", around)
    try:
        _ = urlsplit(found.value).port
    except ValueError:
        broken("a URL is none", found)
    return found


def _headers(node: Node | None, around: Node) -> list[Header]:
    """Headers as a mapping of names to a value, or to a list of them."""
    if node is None or (isinstance(node, Scalar) and json_text(node) == "null"):
        return []
    found = []
    for name, value in mapping(node, "headers", around).items():
        values = value.items if isinstance(value, Sequence) else [value]
        found += [Header(name.value, scalar(each, "the value of a header", name)) for each in values]
    return found


def _status(node: Node | None, around: Node) -> tuple[int, Scalar | None]:
    """The status, and the scalar with its reason phrase: a number, or a mapping of ``code`` and ``message``."""
    reason = None
    if isinstance(node, Mapping):
        said = node.get("message")
        reason = said if isinstance(said, Scalar) and json_text(said) != "null" else None
        node = node.get("code")
    found = scalar(node, "a status", around)
    if not (found.value.isascii() and found.value.isdigit() and len(found.value) <= 3):
        broken("a status must be a number", found)
    return int(found.value), reason


def moment(node: Node | None) -> datetime | None:
    """When it was recorded, where that can be read."""
    if not isinstance(node, Scalar):
        return None
    try:
        found = datetime.fromisoformat(node.value)
    except ValueError:
        return None
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)
