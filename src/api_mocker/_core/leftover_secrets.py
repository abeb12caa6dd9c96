"""Secrets that are left in an interaction which was stored: what a check of a cassette reports.

The law of this file: a finding tells where something stands, why it is taken for a secret and how
long it is, and never what it is. Names and forms are those of redaction, asked by redacting and
comparing; so what redaction hides is what is found, and nothing is told in two tables. High entropy
is no reason to change anything, and here it is one to look.
"""

from __future__ import annotations

import base64
import json
import math
import re
from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass, replace
from itertools import accumulate, starmap
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from .kept import kept_values
from .placeholders import PLACEHOLDER, STAND_INS, is_placeholder, unquoted
from .redaction import Redactor, Rules
from .redaction_draft import Draft
from .secret_names import fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from .model import Interaction, Request, Response

__all__ = ["Kind", "Leftover", "leftovers", "suspicious"]

Kind: TypeAlias = Literal["name", "pattern", "entropy"]
"""Why: the name it stands under, its form, or that it looks like chance."""

_MASK = re.compile("|".join([PLACEHOLDER.pattern, *(row.pattern.pattern for row in STAND_INS.values())]))
_LINE_END = re.compile("\n")
_RUN = re.compile(r"(?<![\w+/=-])[\w+/-]{20,256}(?![\w+/-])", re.ASCII)
_WORDS = re.compile(r"[A-Za-z]?[a-z]{6,}|[A-Z]{6,}")
_DATA = re.compile(r"data:[\w/+.-]*;base64,[\w+/=-]*|\bsha(?:256|384|512)[-=:][\w+/=-]*", re.ASCII)
_IDS = (
    "id",
    "ids",
    "uuid",
    "etag",
    "hash",
    "digest",
    "checksum",
    "integrity",
    "sha",
    "md5",
    "sha1",
    "sha256",
)
_NAMED_IDS = (*_IDS, "cursor", "nonce", "trace", "ray", "challenge", "fingerprint", "after", "before", "url")
_PICTURES = ("iVBORw0KGgo", "/9j/", "R0lGOD", "JVBERi0", "UklGR")  # PNG, JPEG, GIF, PDF, WebP
_RANDOM = 0.86  # of the entropy that as many characters could have; words and numbers stay below


@dataclass(frozen=True, slots=True)
class Leftover:
    """Something that looks like a secret. `what`: the field, or the form, that it was told by.

    `place` is such as "request url", "response header Location", "response body $.a[0].b" or
    "response body line 12".
    """

    place: str
    kind: Kind
    length: int
    what: str


@dataclass(frozen=True, slots=True)
class _Text:
    """One text of an interaction, as it stands in the file and as each way of redacting leaves it."""

    place: str
    was: str
    named: str
    hidden: str
    field: str = ""
    lines: bool = False
    before: int = 0  # lines that stand before it


def leftovers(
    interaction: Interaction,
    rules: Rules,
    redacted: Interaction | None = None,
    redactor: Redactor | None = None,
) -> Iterator[Leftover]:
    """What in a stored interaction `rules` would hide, and what else looks like a secret.

    `redacted` is the same, redacted (by `redactor`) together with others that may tell more of its secrets.
    """
    # Every header is looked at, also those that recording would have dropped.
    sent = (name.lower() for name, _ in interaction.request.headers)
    rules = replace(rules, allow_request_headers=rules.allow_request_headers.union(sent))
    by_name = Redactor(replace(rules, patterns=(), values=(), functions=()))
    redactor = redactor or Redactor(rules)
    hidden = redacted or redactor.seal([interaction])[0]
    bare = _bare(interaction)
    kept = _kept(bare, rules)
    for text in _texts(bare, by_name.seal([bare])[0], _bare(hidden)):
        yield from _found(text, kept)
    for text in _parts(interaction, by_name, redactor):
        yield from _found(text, kept)


def _bare(interaction: Interaction) -> Interaction:
    """The interaction without a body that is too large to be held."""
    response = interaction.response
    if response is None or response.large is None:
        return interaction
    return replace(interaction, response=replace(response, large=None, chunks=None))


def _parts(interaction: Interaction, by_name: Redactor, redactor: Redactor) -> Iterator[_Text]:
    """A body that is too large to be held, part by part."""
    response = interaction.response
    if response is None or response.large is None:
        return
    line = 0
    for was, now in redactor.parts(response, response.large):
        named = by_name.response(replace(response, large=None, body=was, chunks=None)).body
        texts = (body.decode("utf-8", "replace") for body in (was, named, now))
        yield _Text("response body", next(texts), next(texts), next(texts), lines=True, before=line)
        line += was.count(b"\n")


def _kept(interaction: Interaction, rules: Rules) -> frozenset[str]:
    """What stands where nothing is to be hidden, and is no finding for looking like chance either."""
    messages = (message for message in (interaction.request, interaction.response) if message is not None)
    return frozenset().union(
        *(kept_values(rules.keep, each, Draft(each.body, each.headers)) for each in messages)
        if rules.keep.entries
        else ()
    )


def suspicious(text: str, rules: Rules | None = None) -> Iterator[tuple[int, int, Kind]]:
    """Where in a text without structure something looks like a secret: start, end, why."""
    hidden = Redactor(rules or Rules.default()).text(text)
    spans = [(start, end) for start, end, _ in _hidden(text, hidden)]
    for start, end in spans:
        yield start, end, "pattern"
    for start, end in _random(text, spans):
        yield start, end, "entropy"


def _found(text: _Text, kept: frozenset[str]) -> Iterator[Leftover]:
    lines = [match.start() for match in _LINE_END.finditer(text.was)] if text.lines else []

    def at(start: int) -> str:
        line = text.before + bisect_left(lines, start) + 1
        return f"{text.place} line {line}" if text.lines else text.place

    spans = [*_hidden(text.was, text.hidden)]
    names = _Spans((start, end) for start, end, _ in _hidden(text.was, text.named)) if spans else _Spans(())
    for start, end, what in spans:
        yield Leftover(at(start), "name" if names.meet(start, end) else "pattern", end - start, what)
    if not fold(text.field).endswith(_NAMED_IDS):
        for start, end in _random(text.was, [(start, end) for start, end, _ in spans]):
            if any(text.was[start:end] in value for value in kept):
                continue
            yield Leftover(at(start), "entropy", end - start, text.field)


class _Spans:
    """Parts of a text, asked for any that others meet."""

    def __init__(self, spans: Iterable[tuple[int, int]]) -> None:
        spans = sorted(spans)
        self._starts = [start for start, _ in spans]
        self._ends = [*accumulate((end for _, end in spans), max)]  # the last end up to each

    def meet(self, start: int, end: int) -> bool:
        """Whether any of them lies in this part, wholly or not."""
        before = bisect_left(self._starts, end)
        return before > 0 and self._ends[before - 1] > start


def _texts(was: Interaction, named: Interaction, hidden: Interaction) -> Iterator[_Text]:
    yield _Text("request url", was.request.url, named.request.url, hidden.request.url)
    yield from _message("request", was.request, named.request, hidden.request)
    if was.response and named.response and hidden.response:
        reasons = was.response.reason, named.response.reason, hidden.response.reason
        yield _Text("response reason phrase", *reasons)
        yield from _message("response", was.response, named.response, hidden.response)
    if was.failure and named.failure and hidden.failure:
        yield _Text("failure message", was.failure.message, named.failure.message, hidden.failure.message)


def _message(
    side: str, was: Request | Response, named: Request | Response, hidden: Request | Response
) -> Iterator[_Text]:
    for name, value in was.headers:
        if name.lower() == "content-length":
            continue  # it is another one because of the body
        # By name: redaction may have dropped a digest of the body.
        values = [value, *(other.headers.get_all(name) for other in (named, hidden))]
        at = was.headers.get_all(name).index(value)
        if all(len(other) > at for other in values[1:]):
            yield _Text(f"{side} header {name}", value, values[1][at], values[2][at], name)
    bodies = [message.body for message in (was, named, hidden)]
    if not bodies[0]:
        return
    try:
        documents = [json.loads(body, parse_float=str, parse_int=str) for body in bodies]
    except (ValueError, RecursionError):
        texts = [body.decode("utf-8", "replace") for body in bodies]
        yield _Text(f"{side} body", texts[0], texts[1], texts[2], lines=True)
    else:
        yield from starmap(_Text, _leaves(f"{side} body $", *documents))


def _leaves(
    # Any: whatever the JSON says
    place: str,
    was: Any,
    named: Any,
    hidden: Any,
) -> Iterator[tuple[str, str, str, str, str]]:
    """The strings and numbers of a JSON document by their path, beside what stands there redacted."""
    todo = [(place, "", was, named, hidden)]
    while todo:
        place, key, was, named, hidden = todo.pop()
        match was, named, hidden:
            case str(), str(), str():
                yield place, was, named, hidden, key
            case dict(), dict(), dict():
                todo += [
                    (f"{place}.{name}" if name.isidentifier() else f"{place}[{name!r}]", name, value, *others)
                    for name, value in reversed(was.items())
                    if name in named and name in hidden
                    for others in [(named[name], hidden[name])]
                ]
            case list(), list(), list():
                rows = [*enumerate(zip(was, named, hidden, strict=False))]
                todo += [(f"{place}[{at}]", key, *row) for at, row in reversed(rows)]
            case _:
                continue


def _hidden(was: str, now: str) -> Iterator[tuple[int, int, str]]:
    """What stood in `was` where placeholders stand in `now`: start, end, and their NAME."""
    if was == now:
        return
    was_plain, now = unquoted(was), unquoted(now)
    masks = [*_MASK.finditer(now)]
    ends = [0, *(mask.end() for mask in masks)]
    starts = [*(mask.start() for mask in masks), len(now)]
    at = 0
    for index, (first, last) in enumerate(zip(ends, starts, strict=True)):
        piece = now[first:last]
        last_one = index == len(masks)
        found = len(was_plain) - len(piece) if last_one else was_plain.find(piece, at)
        if found < at or not was_plain.startswith(piece, found):  # not only secrets changed
            yield 0, len(was), (masks[0][1] if masks else None) or "number"
            return
        if index and found > at and not is_placeholder(was_plain[at:found]):
            yield at, found, masks[index - 1][1] or "number"
        at = found + len(piece)


def _random(text: str, known: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Runs of characters that look like chance, without those of `known`, placeholders and digests."""
    if len(text) < 20:
        return
    apart = [*known, *(match.span() for match in _DATA.finditer(text))]
    apart += [match.span() for match in _MASK.finditer(text)]
    spans = _Spans(apart)
    for run in _RUN.finditer(text):
        start, end = run.span()
        if _by_chance(run[0]) and not spans.meet(start, end):
            yield start, end


def _by_chance(run: str) -> bool:
    if not (any(map(str.isdigit, run)) and any(map(str.isupper, run)) and any(map(str.islower, run))):
        return False  # digests, UUIDs, names of things
    if run.startswith(_PICTURES) or _WORDS.search(run) or _says_something(run):
        return False
    counts = Counter(run).values()
    entropy = -sum(count / len(run) * math.log2(count / len(run)) for count in counts)
    return entropy >= _RANDOM * math.log2(min(len(run), 64))


def _says_something(run: str) -> bool:
    """Whether it is text in base64: a cursor, a note."""
    padded = run.replace("-", "+").replace("_", "/")
    padded += "=" * (-len(padded) % 4)
    try:
        return base64.b64decode(padded, validate=True).decode("utf-8").isprintable()
    except ValueError:
        return False
