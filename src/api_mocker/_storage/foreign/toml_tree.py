"""TOML as a tree, without places: Python's reader of it tells none.

The law of this file: as in `tree`; what is read so can be looked into, and is never written again.
"""

from __future__ import annotations

import tomllib
from typing import Any

from .tree import MAX_DEPTH, Broken, Mapping, Node, Scalar, Sequence, broken

__all__ = ["read_toml"]


def read_toml(text: str) -> Node:
    """The tree of a text; Broken where it is no TOML."""
    try:
        root = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        reason = str(error) if isinstance(error, tomllib.TOMLDecodeError) else type(error).__name__
        raise Broken(f"not valid TOML: {reason}") from None
    return _node(root, 0)


def _node(value: Any, depth: int) -> Node:  # Any: what TOML may hold
    if depth > MAX_DEPTH:
        broken(f"nested deeper than {MAX_DEPTH} levels")
    if isinstance(value, dict):
        pairs: list[tuple[Node, Node]] = [
            (Scalar(key, 0, 0, 0, "json"), _node(item, depth + 1)) for key, item in value.items()
        ]
        return Mapping(0, 0, pairs=pairs)
    if isinstance(value, list):
        return Sequence(0, 0, items=[_node(item, depth + 1) for item in value])
    if isinstance(value, bool | int | float):
        return Scalar(str(value).lower(), 0, 0, 0, "bare")
    return Scalar(str(value), 0, 0, 0, "json")
