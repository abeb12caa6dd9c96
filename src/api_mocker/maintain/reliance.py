"""Which recorded request sends what an earlier answer gave out, and what becomes of it without that answer.

The law of this file: a value counts only where the flow itself shows that it came from an answer: an
earlier one holds it, and no request before that sent it.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote, urlsplit

from .._core.model import Response
from .._core.placeholders import PLACEHOLDER, renumbered
from .._core.windows import words
from .whole_bodies import whole_body

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from .._core.model import Headers, Interaction, Request
    from .._core.renumbering import Number

__all__ = ["Part", "Reliance", "unmet"]

_WORDS = re.compile(r"[\s;,]+")
_SAY_NOTHING = {"", "true", "false", "null", "0", "1"}


@dataclass(slots=True)
class Part:
    """One interaction of a mixture: the `at`-th of the old or of the new ones.

    ``old`` is the place of the old one that it is or replaces, None where that says nothing of its own.
    """

    at: int
    new: bool
    old: int | None
    final: Interaction | None = None


@dataclass(frozen=True, slots=True)
class Reliance:
    """An interaction that sends a value which only an answer gave that is not there.

    ``new`` says from which side both are.
    """

    interaction: Interaction
    giver: Interaction
    value: str
    new: bool


def unmet(
    parts: Sequence[Part],
    olds: Sequence[Interaction],
    news: Sequence[Interaction],
    numbers: Mapping[Number, int],
) -> Iterator[Reliance]:
    """What in a mixture relies on an answer that is not in it, once for each pair of interactions."""
    givers = {True: _givers(news), False: _givers(olds)}
    given: set[str] = set()
    for part in parts:
        side = news if part.new else olds
        said: set[int] = set()
        for value, giver in givers[part.new][part.at].items():
            shown = renumbered(value, numbers) if part.new else value
            if shown not in given and giver not in said:
                said.add(giver)
                yield Reliance(side[part.at], side[giver], value, part.new)
        if part.final is not None:
            given.update(_given(part.final))


def _givers(side: Sequence[Interaction]) -> list[dict[str, int]]:
    """For each interaction the values that it sends and has from an answer, with the number of that one."""
    first: dict[str, int] = {}
    own: set[str] = set()  # what the client knew by itself
    found: list[dict[str, int]] = []
    for at, interaction in enumerate(side):
        sent = dict.fromkeys(_sent(interaction.request))
        found.append({value: first[value] for value in sent if value in first})
        own |= {value for value in sent if value not in first}
        for value in _given(interaction):
            if value not in own:
                first.setdefault(value, at)
    return found


def _sent(request: Request) -> Iterator[str]:
    parts = urlsplit(request.url)
    values = [
        *map(unquote, parts.path.split("/")),
        *(value for _, value in parse_qsl(parts.query)),
        *_words(request.headers, ("content-type", "content-length", "accept", "host", "user-agent")),
        *_values(request),
    ]
    yield from (value for value in values if value not in _SAY_NOTHING)


def _given(interaction: Interaction) -> Iterator[str]:
    response = interaction.response
    if response is None:
        return
    values = [
        *_words(response.headers, ("content-type", "content-length", "date", "server")),
        *_values(response),
    ]
    for location in response.headers.get_all("location"):
        parts = urlsplit(location)
        values += [*map(unquote, parts.path.split("/")), *(value for _, value in parse_qsl(parts.query))]
    yield from (value for value in values if value not in _SAY_NOTHING)


def _words(headers: Headers, without: Sequence[str]) -> Iterator[str]:
    for name, value in headers:
        if name.lower() not in without:
            yield value.strip('"')
            yield from (word.strip('"') for word in _WORDS.split(value))
            yield from PLACEHOLDER.sub("\0\\g<0>\0", value).split("\0")[1::2]


def _values(message: Request | Response) -> Iterator[str]:
    """The single values of a body, and the placeholders in it."""
    body = whole_body(message)
    if body is not None and body.kind == "json":
        yield from _leaves(body.value)
    elif body is not None and body.kind == "form":
        yield from (value for _, value in body.value)
    large = isinstance(message, Response) and message.large
    for text in words(large) if large else (message.text,):
        for found in PLACEHOLDER.finditer(text):
            yield found[0]


def _leaves(value: Any) -> Iterator[str]:  # Any: JSON
    if isinstance(value, dict):
        for item in value.values():
            yield from _leaves(item)
    elif isinstance(value, list):
        for item in value:
            yield from _leaves(item)
    elif isinstance(value, str):
        yield value.removeprefix("\0number ")
    else:
        yield json.dumps(value)
