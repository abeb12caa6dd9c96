"""Cassettes of vcrpy and pytest-recording: YAML, or JSON of the same shape.

Source: what vcrpy 9.4 writes, and reads of what its older releases wrote (`vcr/serialize.py`,
`vcr/serializers/compat.py`): a body is a text, ``!!binary``, or a mapping with ``string`` or
``base64_string``; the value of a header is a text or a list. With `decode_compressed_response`, and often
without, a body stands there decoded beside a Content-Encoding that no longer says how it was coded.

The law of this file: it tells this format from others, and reads it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .contents import Base64, Content, Nothing, text_or_binary
from .tree import Mapping, Node, Scalar, Sequence
from .vcr_shape import exchanges, scalar

if TYPE_CHECKING:
    from .exchange import Exchange

__all__ = ["is_one", "read"]

_KEY = "interactions"


def is_one(root: Node) -> bool:
    """Whether the tree has the shape of one."""
    return isinstance(root, Mapping) and isinstance(root.get(_KEY), Sequence)


def read(root: Node) -> list[Exchange]:
    """The interactions of the tree."""
    return exchanges(root, _KEY, _body)


def _body(message: Mapping) -> Content:
    node = message.get("body", "content")
    if not isinstance(node, Mapping):
        return Nothing() if node is None else text_or_binary(scalar(node, "a body", node))
    coded, text = node.get("base64_string"), node.get("string")
    if isinstance(coded, Scalar):
        return Base64(coded)
    return Nothing() if text is None else text_or_binary(scalar(text, "a body", node))
