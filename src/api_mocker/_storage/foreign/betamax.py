"""Cassettes of betamax (JSON), and of Ruby's VCR, whose shape it has (YAML or JSON).

Source: what betamax 0.9 writes (`betamax/util.py`), which follows VCR 2 to 6: ``http_interactions``, a body as
a mapping with ``encoding`` and ``string`` or ``base64_string``, headers as lists; VCR also writes
``!binary`` texts.

The law of this file: it tells this format from others, and reads it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .contents import Base64, Content, Nothing, text_or_binary
from .tree import Mapping, Node, Scalar, Sequence, json_text
from .vcr_shape import exchanges, mapping, scalar

if TYPE_CHECKING:
    from .exchange import Exchange

__all__ = ["is_one", "read"]

_KEY = "http_interactions"


def is_one(root: Node) -> bool:
    """Whether the tree has the shape of one."""
    return isinstance(root, Mapping) and isinstance(root.get(_KEY), Sequence)


def read(root: Node) -> list[Exchange]:
    """The interactions of the tree."""
    return exchanges(root, _KEY, _body)


def _body(message: Mapping) -> Content:
    node = message.get("body")
    if node is None:
        return Nothing()
    if isinstance(node, Scalar):
        return text_or_binary(node)
    body = mapping(node, "a body", node)
    coded, text, named = body.get("base64_string"), body.get("string"), body.get("encoding")
    if isinstance(coded, Scalar):
        return Base64(coded)
    charset = "utf-8"
    if isinstance(named, Scalar) and json_text(named) is None and named.value != "ASCII-8BIT":
        charset = named.value
    return Nothing() if text is None else text_or_binary(scalar(text, "a body", node), charset)
