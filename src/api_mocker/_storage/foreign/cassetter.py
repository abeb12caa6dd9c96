"""Cassettes of cassetter in YAML.

Source: what cassetter 0.16 writes: the shape of vcrpy, but for a body with ``type`` (none, text, json, binary)
and ``content``, where JSON is written as YAML and bytes in hexadecimal. It hides much by itself, and leaves
what its lists do not name; what it keeps of other protocols is looked at as the rest of the file is.

The law of this file: it tells this format from others, and reads it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .contents import Content, Hexadecimal, Nothing, Structure, Text
from .vcr_shape import bodies, exchanges, mapping, scalar

if TYPE_CHECKING:
    from .exchange import Exchange
    from .tree import Node

__all__ = ["is_one", "read"]

_KEY = "interactions"


def is_one(root: Node) -> bool:
    """Whether the tree has the shape of one."""
    return any(body.get("type") is not None for body in bodies(root, _KEY))


def read(root: Node) -> list[Exchange]:
    """The interactions of the tree."""
    return exchanges(root, _KEY, _body)


def _body(node: Node) -> Content:
    body = mapping(node, "a body", node)
    kind, content = scalar(body.get("type"), "the type of a body", node).value, body.get("content")
    if content is None or kind == "none":
        return Nothing()
    if kind == "json":
        return Structure(content)
    text = scalar(content, "a body", node)
    return Hexadecimal(text) if kind == "binary" else Text(text)
