"""The fields of a document, each read as what the format says that it is.

The law of this file: what is anything else is an error that says what is wrong, and where.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from .._core.nearest import nearest_name

if TYPE_CHECKING:
    Document = dict[str, Any]  # Any: a tree of strings, numbers, lists and mappings

__all__ = [
    "SchemaError",
    "mapping_of",
    "moment_of",
    "only",
    "place_of",
    "text_of",
    "truth_of",
    "url_of",
    "whole_of",
]


class SchemaError(ValueError):
    """A mapping that is no document of this format; the text says what is wrong and where in it.

    ``place`` are the keys that lead there, as far as they are known.
    """

    def __init__(self, text: str, *place: str) -> None:
        super().__init__(text)
        self.place = place


def only(document: Document, known: frozenset[str], what: str, *place: str) -> None:
    """Refuses keys that are not `known`."""
    if document.keys() <= known:
        return
    key = next(key for key in document if key not in known)
    raise SchemaError(f"{what} has no key {key!r}{nearest_name(key, sorted(known))}", *place, key)


def place_of(where: str) -> list[str]:
    """``request.headers.X-A.b``: what lies in a header's name are no keys."""
    return where.split(".", 2)


def mapping_of(value: Any, where: str) -> Document:
    """The value, which is a mapping."""
    if not isinstance(value, dict):
        raise SchemaError(f"{where} must be a mapping", *place_of(where))
    return value


def text_of(value: Any, where: str) -> str:
    """The value, which is text."""
    if not isinstance(value, str):
        raise SchemaError(f"{where} {'is missing' if value is None else 'must be text'}", *place_of(where))
    return value


def url_of(value: Any, where: str) -> str:
    """The value, which is a URL."""
    url = text_of(value, where)
    try:
        _ = urlsplit(url).port
    except ValueError as error:
        raise SchemaError(f"{where} is no URL: {error}", *place_of(where)) from None
    return url


def whole_of(value: Any, where: str) -> int:
    """The value, which is a whole number."""
    if isinstance(value, int):
        return value
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 20:
        return int(value)
    raise SchemaError(f"{where} must be a whole number, and is {value!r}", *place_of(where))


def truth_of(value: Any, where: str) -> bool:
    """The value, which is true or false."""
    if value in (True, "true"):
        return True
    if value in (False, "false"):
        return False
    raise SchemaError(f"{where} must be true or false, and is {value!r}", *place_of(where))


def moment_of(text: str) -> datetime:
    """The moment that a text names."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        said = f"recorded_at {text!r} is no time such as '2026-01-31T12:00:00Z'"
        raise SchemaError(said, "recorded_at") from None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
