"""The shape of an interaction: keys, types and status, and no values.

The law of this file: two interactions have one shape exactly when a consumer that relies on
structure alone cannot tell them apart; the elements of an array are one shape each kind.
"""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from .._core.model import Headers, media_type
from .whole_bodies import whole_body

if TYPE_CHECKING:
    from .._core.model import Interaction, Request, Response
    from .details import Detail

__all__ = ["shape_of", "shaped_detail"]

_TYPE = re.compile(r'"(null|boolean|number|string)"')
_INDEX = re.compile(r"\[\d+\]")


def shape_of(interaction: Interaction) -> Interaction:
    """The interaction with its values left out."""
    request, response = interaction.request, interaction.response
    parts = urlsplit(request.url)
    names = sorted({name for name, _ in parse_qsl(parts.query, keep_blank_values=True)})
    url = urlunsplit(parts._replace(query=urlencode([(name, "") for name in names])))
    return replace(
        interaction,
        request=replace(request, url=url, headers=_type(request), body=_shaped(request), coding=None),
        response=response
        and replace(
            response, headers=_type(response), body=_shaped(response), large=None, reason="", chunks=None, coding=None,
            truncated=False,
        ),
        recorded_at=None,
    )  # fmt: skip


def shaped_detail(detail: Detail) -> Detail:
    """A detail of two shapes: types stand without quotes, and elements of an array have no numbers."""
    before, after = (value and _TYPE.sub(r"\1", value) for value in (detail.before, detail.after))
    both_types = all(value and _TYPE.fullmatch(value) for value in (detail.before, detail.after))
    note = "type changed" if both_types else detail.note
    return replace(detail, where=_INDEX.sub("[*]", detail.where), before=before, after=after, note=note)


def _type(message: Request | Response) -> Headers:
    kind = media_type(message.headers)[0]
    return Headers.of([("content-type", kind)] if kind else [])


def _shaped(message: Request | Response) -> bytes:
    body = whole_body(message)
    if body is None:
        return b""
    match body.kind:
        case "json":
            return json.dumps(_shape(body.value), sort_keys=True).encode()
        case "form":
            return urlencode([(name, "") for name in sorted({name for name, _ in body.value})]).encode()
        case _:
            return b""


def _shape(value: Any) -> Any:  # Any: JSON
    if isinstance(value, dict):
        return {name: _shape(item) for name, item in value.items()}
    if isinstance(value, list):
        shapes = {json.dumps(_shape(item), sort_keys=True) for item in value}
        return [json.loads(shape) for shape in sorted(shapes)]
    if isinstance(value, bool) or value is None:
        return "null" if value is None else "boolean"
    if isinstance(value, int | float) or (isinstance(value, str) and value.startswith("\0number ")):
        return "number"
    return "string"
