"""What stands at the places that ``redact.keep`` names: the values that are shown on purpose.

The law of this file: a place is meant as ``ignore`` means it, and what cannot be read as its media type
has no places. Below a JSON path, all that is found counts.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from .canonical import places
from .model import Headers, Request
from .redaction_draft import JSON_KINDS
from .secret_fields import frames, parts
from .secret_patterns import split_scheme

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .canonical import Ignore
    from .model import Response
    from .redaction_draft import Draft

__all__ = ["kept_values"]

_PIECE = re.compile(r"[^\s=;,\"]+")


def kept_values(keep: Ignore, message: Request | Response, draft: Draft) -> frozenset[str]:
    """The values of a message (`draft`: its body) that stand at places to keep, and what they consist of."""
    if not keep.entries:
        return frozenset()
    found = {*_in_headers(keep, message.headers), *_in_body(keep, draft)}
    if keep.query and isinstance(message, Request):
        found |= _of(keep.query, urlsplit(message.url).query)
    found.discard("")
    return frozenset(found)


def _of(names: frozenset[str], pairs: str) -> set[str]:
    return {value for name, value in parse_qsl(pairs, errors="surrogateescape") if name in names}


def _in_headers(keep: Ignore, headers: Headers) -> Iterator[str]:
    for name, value in headers:
        if name.lower() in keep.headers:
            yield from (value, split_scheme(value)[1], *_PIECE.findall(value))


def _in_body(keep: Ignore, draft: Draft) -> Iterator[str]:
    if keep.form and draft.kind == "form":
        yield from _of(keep.form, draft.text)
    elif keep.form and draft.kind == "multipart":
        for part in parts(draft.text, draft.boundary):
            if part.name in keep.form:
                yield draft.text[part.start : part.end]
    elif keep.json and draft.kind in JSON_KINDS:
        for start, end in frames(draft.kind, draft.text):
            yield from _in_json(keep, draft.text[start:end])


def _in_json(keep: Ignore, text: str) -> Iterator[str]:
    try:
        value = json.loads(text, parse_int=str, parse_float=str)  # numbers as they are written
        selected = places(value, keep.json)
    except (ValueError, RecursionError):
        return
    for place in selected:
        node = value
        for step in place:
            node = node[step]
        yield from _leaves(node)


def _leaves(node: Any) -> Iterator[str]:  # Any: parsed JSON
    waiting = [node]
    while waiting:
        match waiting.pop():
            case str() as text:
                yield text
            case dict() as held:
                waiting += held.values()
            case list() as items:
                waiting += items
            case _:  # true, false, null
                continue
