"""Cassettes of cassetter, in YAML and in TOML.

Source: what cassetter 0.16 writes: the shape of vcrpy, but for a body with ``type`` (none, text, json, binary)
and ``content``, where JSON is written as YAML and bytes in hexadecimal; in TOML ``body_type`` and
``body_content``, with JSON as a text. It hides much by itself, and leaves
what its lists do not name; what it keeps of other protocols is looked at as the rest of the file is.

The law of this file: it tells this format from others, and reads it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .contents import Content, Hexadecimal, Nothing, Structure, Text
from .tree import Mapping
from .vcr_shape import exchanges, messages, scalar

if TYPE_CHECKING:
    from .exchange import Exchange
    from .tree import Node

__all__ = ["is_one", "read"]

_KEY = "interactions"


def is_one(root: Node) -> bool:
    """Whether the tree has the shape of one."""
    return any(_kind(message) is not None for message in messages(root, _KEY))


def read(root: Node) -> list[Exchange]:
    """The interactions of the tree."""
    return exchanges(root, _KEY, _body)


def _kind(message: Mapping) -> Node | None:
    body = message.get("body")
    return body.get("type") if isinstance(body, Mapping) else message.get("body_type")


def _body(message: Mapping) -> Content:
    body, found = message.get("body"), _kind(message)
    content = body.get("content") if isinstance(body, Mapping) else message.get("body_content")
    kind = "none" if found is None else scalar(found, "the type of a body", message).value
    if content is None or kind == "none":
        return Nothing()
    if kind == "json" and isinstance(body, Mapping):
        return Structure(content)
    text = scalar(content, "a body", message)
    return Hexadecimal(text) if kind == "binary" else Text(text)
