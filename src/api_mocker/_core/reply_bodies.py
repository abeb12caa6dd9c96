"""The body of a declared reply, from what was given for it: its bytes, and its chunks where it is a stream.

The law of this file: every call of a route gets the same bytes, so what can be read only once is
refused.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from ..exceptions import UsageError
from .coding import CODINGS, encode
from .model import Coding
from .nearest import nearest_name
from .wanted import kind_of

__all__ = ["body", "coded"]

_EVENT = ("event", "data", "id", "retry")
_NOT_ONE = (str, bytes, Mapping)


def body(name: str, value: Any) -> tuple[bytes, tuple[int, ...] | None]:
    if name == "json":
        return _json(value), None
    if name in ("text", "html"):
        if not isinstance(value, str):
            instead = (
                "; bytes are content="
                if isinstance(value, bytes)
                else "; JSON is json="
                if isinstance(value, dict | list)
                else ""
            )
            raise UsageError(f"{name}= is text, and not {kind_of(value)}{instead}")
        return value.encode(), None
    if name == "content":
        if not isinstance(value, str | bytes | bytearray | memoryview):
            instead = (
                "; JSON is json="
                if isinstance(value, dict | list)
                else "; chunks are stream="
                if isinstance(value, Iterable)
                else ""
            )
            raise UsageError(f"content= is bytes, and not {kind_of(value)}{instead}")
        return value.encode() if isinstance(value, str) else bytes(value), None
    if not name:
        return b"", None
    if (
        isinstance(value, str | bytes | Mapping)
        or not isinstance(value, Iterable)
        or hasattr(value, "__next__")
    ):
        what = "events" if name == "events" else "chunks"
        raise UsageError(
            f"{name}= is a list of {what}, and not {kind_of(value)}: every call of the route gets all of them"
        )
    pieces = [_event(each) if name == "events" else _chunk(each) for each in value]
    return b"".join(pieces), tuple(len(piece) for piece in pieces if piece)


def _json(value: object) -> bytes:
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise UsageError(f"json= cannot be written as JSON: {error}") from None


def _chunk(piece: object) -> bytes:
    if not isinstance(piece, str | bytes):
        raise UsageError(f"stream= is a list of chunks, bytes or text, and one of them is {kind_of(piece)}")
    return piece.encode() if isinstance(piece, str) else piece


def _event(event: object) -> bytes:
    """One event as a server sends it (HTML Living Standard, section 9.2), its fields in the order given."""
    fields: Mapping[str, object] = event if isinstance(event, Mapping) else {"data": event}
    lines = []
    for name in fields:
        if name not in _EVENT:
            raise UsageError(
                f"an event has no field {name!r}{nearest_name(str(name), _EVENT)} (fields: {', '.join(_EVENT)})"
            )
    for name, value in fields.items():
        text = value if isinstance(value, str) else _json(value).decode()
        if name != "data" and set(text) & set("\r\n\0"):
            raise UsageError(f"the {name} of an event is one line, and here holds a line break")
        lines += [f"{name}: {line}" for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n")]
    return "".join(f"{line}\n" for line in [*lines, ""]).encode()


def coded(content: bytes, names: str) -> bytes:
    for name in (each.strip().lower() for each in names.split(",")):
        if name == "identity":
            continue
        if name not in CODINGS:
            raise UsageError(
                f"there is no content coding {name!r}{nearest_name(name, CODINGS)}; give the coded bytes as content="
            )
        content = encode(content, Coding(name))
    return content
