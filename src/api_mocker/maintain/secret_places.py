"""Where a secret stands, told without it: by comparing an interaction with the same redacted.

The law of this file: of the secret itself nothing is told but how long it is.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .._core.placeholders import PLACEHOLDER, STAND_INS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._core.model import Headers, Interaction, Request, Response

__all__ = ["Left", "left_in"]

_HIDDEN = re.compile("|".join([PLACEHOLDER.pattern, *(row.pattern.pattern for row in STAND_INS.values())]))
_ANCHOR = 24  # characters that tell where the text goes on behind a secret


@dataclass(frozen=True, slots=True)
class Left:
    """A secret in a `place`, of a `kind` (what its placeholder is called) and a `length` in characters.

    ``keys`` lead to the place in the document.
    """

    place: str
    kind: str
    length: int
    keys: tuple[str, ...]

    @property
    def said(self) -> str:
        """In a sentence."""
        return f"{self.place} holds a secret: {self.kind}, {self.length} characters"


def left_in(before: Interaction, after: Interaction) -> Iterator[Left]:
    """What was hidden in `after`."""
    if after is before:
        return
    yield from _left("the URL", ("request", "url"), before.request.url, after.request.url)
    yield from _in_message("request", before.request, after.request)
    if before.response is not None and after.response is not None:
        was, now = before.response, after.response
        yield from _left("the reason phrase", ("response", "reason"), was.reason, now.reason)
        yield from _in_message("response", was, now)
    if before.failure is not None and after.failure is not None:
        yield from _left("the error", ("error",), before.failure.message, after.failure.message)


def _in_message(side: str, before: Request | Response, after: Request | Response) -> Iterator[Left]:
    yield from _in_headers(side, before.headers, after.headers)
    if before.body != after.body:
        # Where it had been stored coded, the coded bytes tell no length.
        was = "" if before.coding is None and after.coding is not None else _text(before.body)
        yield from _left(f"the {side} body", (side, "body"), was, _text(after.body))


def _in_headers(side: str, before: Headers, after: Headers) -> Iterator[Left]:
    values: dict[str, list[str]] = {}
    for name, value in after:
        values.setdefault(name, []).append(value)
    for name, value in before:
        left = values.get(name)
        if left:
            yield from _left(f"the {side} header {name}", (side, "headers", name), value, left.pop(0))


def _text(body: bytes) -> str:
    return body.decode("utf-8", "replace")


def _left(place: str, keys: tuple[str, ...], before: str, after: str) -> Iterator[Left]:
    """Walks through both texts; what differs stands where the one has a placeholder and the other has not."""
    if before == after:
        return
    at = end = 0
    hidden = [*_HIDDEN.finditer(after)]
    for number, mask in enumerate(hidden):
        at += mask.start() - end
        end = mask.end()
        if before.startswith(mask[0], at):  # it stood there before
            at += len(mask[0])
            continue
        follows = hidden[number + 1].start() if number + 1 < len(hidden) else len(after)
        anchor = after[end : min(follows, end + _ANCHOR)]
        begins = before.find(anchor, at + 1) if anchor else len(before)
        begins = len(before) if begins < 0 else begins
        yield Left(place, mask[1] or "a number", begins - at, keys)
        at = begins
