"""What may stand in the head of a message: its method, its URL, its reason, its headers.

The law of this file: no text of a cassette begins another line of a head, and each is one that a wire
can carry, in a coding that we know. A line that is folded (RFC 9112 section 5.2) is one line: servers send such values, and clients tell
of them.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from .coding import CODINGS, unknown_in
from .nearest import nearest_name

if TYPE_CHECKING:
    from .model import Interaction

__all__ = ["Flaw", "flaw"]

_BREAKS_OUT = re.compile(r"\r?\n(?![ \t])|\r(?!\n)|[^\x01-\xff]")
_IN_LINE = re.compile(r"[\r\n]|[^\x01-\xff]")
_IN_NAME = re.compile(r"[\r\n\t :]|[^\x01-\xff]")
_IN_VERSION = re.compile(r"[^\x21-\x7e]")
_IN_METHOD = re.compile(r"[\r\n ]|[^\x01-\xff]")
_IN_URL = re.compile(r"[\r\n\0]")


class Flaw(NamedTuple):
    """Something that no wire carries, or that would break out of its line: what it is, and the keys that lead to it in a document."""

    text: str
    place: tuple[str, ...]


def flaw(interaction: Interaction) -> Flaw | None:
    """The first thing in an interaction that no head of a message can hold; None when there is none."""
    request, response = interaction.request, interaction.response
    lines = [
        ("request.method", request.method, _IN_METHOD),
        ("request.url", request.url, _IN_URL),
    ]
    if response is not None:
        lines += [
            ("response.reason", response.reason, _IN_LINE),
            ("response.http_version", response.http_version, _IN_VERSION),
        ]
    for where, text, forbidden in lines:
        if found := forbidden.search(text):
            return Flaw(f"{where} holds {_named(found[0])}", tuple(where.split(".")))
    for where, message in (("request", request), ("response", response)):
        for name, value in message.headers if message is not None else ():
            found = _IN_NAME.search(name)
            if found or not name:
                held = _named(found[0]) if found else "nothing"
                return Flaw(f"the name of a header in {where}.headers holds {held}", (where, "headers"))
            if found := _BREAKS_OUT.search(value):
                return Flaw(f"{where}.headers.{name} holds {_named(found[0])}", (where, "headers", name))
        if message is not None and message.coding is not None:
            unknown = unknown_in(message.coding.name)
            if unknown is not None:
                said = f"{where}.body.encoding: there is no content coding {unknown!r}"
                return Flaw(f"{said}{nearest_name(unknown, CODINGS)}", (where, "body", "encoding"))
    return None


_NAMED = {
    "\r": "a line break, which would begin another line",
    "\n": "a line break, which would begin another line",
    " ": "a space",
    ":": "a colon",
}


def _named(text: str) -> str:
    code = ord(text[0])
    kind = "the control character" if code < 0xA0 else "a character that is no byte,"  # RFC 9110 section 5.5
    return _NAMED.get(text[0], f"{kind} U+{code:04X}")
