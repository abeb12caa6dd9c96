"""The meaning of a body, whether it is held or not.

The law of this file: one that is too large to be held is read as a whole where its structure is asked for, as
JSON and forms have one, and up to what memory takes; of any other one nothing but its digest is told.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._core.canonical import Body, Ignore, canonical_body, has_structure
from .._core.coding import MOST
from .._core.model import Response

if TYPE_CHECKING:
    from .._core.model import Request

__all__ = ["whole_body"]


def whole_body(message: Request | Response, ignore: Ignore | None = None) -> Body | None:
    """What a body means; None where it is too large to say."""
    large = message.large if isinstance(message, Response) else None
    if large is None:
        content = message.body
    elif large.size <= MOST and has_structure(message.headers, large.read(0, 1)):
        content = large.content()
    else:
        return None
    return canonical_body(content, message.headers, ignore or Ignore())
