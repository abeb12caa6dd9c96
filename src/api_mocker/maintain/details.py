"""In what two interactions of one request differ, each thing at the smallest place that has a name.

The law of this file: every difference of two interactions is a detail, and what is volatile (the one
table of noise, which re-recording shares) is a detail that says so. Numbers of placeholders are no
difference: they follow from the order of a recording.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from .._core.canonical import Canonical, Ignore, plain
from .._core.large_body import held
from .._core.meaning import is_noise, meaning_of_body
from .._core.model import media_type
from .json_changes import MISSING, json_changes, sequence_changes, shown
from .whole_bodies import whole_body

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from .._core.canonical import Body, Pairs
    from .._core.model import Headers, Interaction, Request, Response
    from .._core.multipart import Part

__all__ = ["NOTATION", "Detail", "details"]

_LINES_AROUND = 2  # of a hunk of text
_SHORT = 100  # characters of a part of a form that are shown as they are
_MOST_LINES = 4_000_000  # lines of one text times those of the other, up to which hunks are looked for
_BOUNDARY = re.compile(r";\s*boundary=[^;]*", re.IGNORECASE)  # of a multipart body: a client's own affair
_EVENT_END = re.compile(r"\r\n\r\n|\n\n|\r\r")


@dataclass(frozen=True, slots=True)
class Detail:
    """One thing that is not the same.

    ``before`` and ``after`` are as people read them, None where that side has no such thing. ``hunk`` are
    the lines of a changed text, as a unified diff. ``noise``: it changes with every recording.
    """

    where: str
    before: str | None
    after: str | None
    note: str = ""
    hunk: tuple[str, ...] = ()
    noise: bool = False


NOTATION = Detail("notation", None, None, "the same, written in another way", noise=True)


def details(before: Interaction, after: Interaction, ignore: Ignore) -> tuple[Detail, ...]:
    """All that differs, requests first.

    What is the same and merely written in another way (the layout of JSON, the case of a header's name, how a
    body was compressed) is one detail, and noise.
    """
    told = (*_requests(before.request, after.request, ignore), *_outcomes(before, after, ignore))
    if told or before == after:
        return told
    return (NOTATION,)


def _requests(before: Request, after: Request, ignore: Ignore) -> Iterator[Detail]:
    ours, theirs = Canonical(before, ignore), Canonical(after, ignore)
    for name in ("method", "scheme", "host", "port", "path"):
        yield from _value(f"request {name}", getattr(ours, name), getattr(theirs, name))
    yield from _pairs("request query", ours.query, theirs.query)
    yield from _headers("request header", before.headers, after.headers, ignore)
    yield from _bodies("request body", ours.body, theirs.body, after.headers)


def _outcomes(before: Interaction, after: Interaction, ignore: Ignore) -> Iterator[Detail]:
    kinds = [each.failure.kind if each.failure is not None else None for each in (before, after)]
    yield from _value("error", *kinds)
    if before.failure is not None and after.failure is not None:
        messages = [each.message for each in (before.failure, after.failure)]
        yield from _value("error message", *messages, noise=True)
    ours, theirs = before.response, after.response
    if ours is None or theirs is None:
        yield from _value("response", _status(ours), _status(theirs))
    else:
        yield from _responses(ours, theirs, ignore)
    if before.recorded_at != after.recorded_at:
        yield Detail("recorded_at", _moment(before), _moment(after), noise=True)


def _moment(interaction: Interaction) -> str | None:
    moment = interaction.recorded_at
    return None if moment is None else moment.isoformat()


def _status(response: Response | None) -> str | None:
    return None if response is None else f"{response.status} {response.reason}".strip()


def _responses(before: Response, after: Response, ignore: Ignore) -> Iterator[Detail]:
    yield from _value("status", before.status, after.status)
    if before.status == after.status:
        yield from _value("reason", before.reason, after.reason)
    yield from _value("http_version", before.http_version, after.http_version)
    yield from _headers("header", before.headers, after.headers, ignore)
    yield from _bodies_of_responses(before, after, ignore)
    yield from _value("body left after", _left(before), _left(after))
    if (
        before.chunks != after.chunks
        and plain(before.body) == plain(after.body)
        and before.large == after.large
    ):
        yield Detail("chunks", _chunks(before), _chunks(after), noise=True)


def _bodies_of_responses(before: Response, after: Response, ignore: Ignore) -> Iterator[Detail]:
    ours, theirs = whole_body(before, ignore), whole_body(after, ignore)
    if ours is None or theirs is None:
        if meaning_of_body(before) != meaning_of_body(after):
            yield Detail("body", _digest(before), _digest(after))
    elif _is_events(before.headers) and _is_events(after.headers):
        yield from _events(before, after)
    else:
        yield from _bodies("body", ours, theirs, after.headers)


def _digest(response: Response) -> str | None:
    body = response.large or held(response.body)
    return f"{body.size:,} bytes, sha256 {body.sha256}" if body.size else None


def _left(response: Response) -> str | None:
    return f"{response.size:,} bytes" if response.truncated else None


def _chunks(response: Response) -> str | None:
    return None if response.chunks is None else f"{len(response.chunks)} chunks"


def _value(where: str, before: object, after: object, *, noise: bool = False) -> Iterator[Detail]:
    was, now = (None if value is None else str(value) for value in (before, after))
    if plain(was) != plain(now):
        yield Detail(where, was, now, noise=noise)


def _pairs(where: str, before: Pairs, after: Pairs) -> Iterator[Detail]:
    ours, theirs = _grouped(before), _grouped(after)
    for name in dict.fromkeys((*ours, *theirs)):
        was, now = ours.get(name), theirs.get(name)
        if plain(was) != plain(now):
            yield Detail(f"{where} {name}", _joined(was), _joined(now))


def _grouped(pairs: Iterable[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    out: dict[str, list[str]] = {}
    for name, value in pairs:
        out.setdefault(name, []).append(value)
    return {name: tuple(values) for name, values in out.items()}


def _joined(values: tuple[str, ...] | None) -> str | None:
    return None if values is None else ", ".join(map(repr, values))


def _headers(where: str, before: Headers, after: Headers, ignore: Ignore) -> Iterator[Detail]:
    ours, theirs = (
        _grouped((name.lower(), value) for name, value in headers if name.lower() not in ignore.headers)
        for headers in (before, after)
    )
    for name in dict.fromkeys((*ours, *theirs)):
        was, now = ours.get(name), theirs.get(name)
        if plain(was) != plain(now):
            yield Detail(f"{where} {name}", _joined(was), _joined(now), noise=_is_volatile(name, was, now))


def _is_volatile(name: str, was: tuple[str, ...] | None, now: tuple[str, ...] | None) -> bool:
    if name == "content-type":
        return [*map(_unbound, was or ())] == [*map(_unbound, now or ())]
    if name == "set-cookie":  # the value and expiry of a cookie are another one each time, its name is not
        return [*map(_cookie, was or ())] == [*map(_cookie, now or ())]
    return is_noise(name)


def _unbound(value: str) -> str:
    return _BOUNDARY.sub("", value)


def _cookie(value: str) -> str:
    return value.partition("=")[0]


def _bodies(where: str, before: Body, after: Body, headers: Headers) -> Iterator[Detail]:
    if before.kind == after.kind and plain(before.key) == plain(after.key):
        return
    if before.kind != after.kind:
        yield Detail(where, _described(before), _described(after))
    elif before.kind == "json":
        yield from _json(where, before, after)
    elif before.kind == "form":
        yield from _pairs(f"{where} field", tuple(before.value), tuple(after.value))
    elif before.kind == "multipart":
        for at, was, now in sequence_changes(before.value, after.value):
            name = (was if now is MISSING else now).name
            yield Detail(f"{where} part {at} ({name})", _part(was), _part(now))
    else:
        yield from _content(where, before.value, after.value, headers)


def _json(where: str, before: Body, after: Body) -> Iterator[Detail]:
    try:
        found = [*json_changes(before.value, after.value)]
    except RecursionError:
        yield Detail(where, _deep(before), _deep(after))
        return
    for path, was, now, note in found:
        yield Detail(f"{where} {path}", shown(was), shown(now), note)


def _deep(body: Body) -> str:
    return f"JSON nested too deeply to be compared, {_sized(str(body.key).encode('utf-8', 'replace'))}"


def _part(part: Part) -> str | None:
    if part is MISSING:
        return None
    words = [word for word in (part.filename, part.media_type) if word]
    try:
        text = part.content.decode()
    except UnicodeDecodeError:
        text = "\0"
    is_short = len(text) <= _SHORT and "\0" not in text
    return ", ".join([*words, repr(text) if is_short else _sized(part.content)])


def _described(body: Body) -> str | None:
    if body.kind == "none":
        return None
    if body.kind == "json":
        try:
            return shown(body.value)
        except RecursionError:
            return _deep(body)
    return _sized(body.value) if body.kind == "bytes" else f"a {body.kind} body"


def _sized(content: bytes) -> str:
    return f"{len(content):,} bytes, sha256 {sha256(content).hexdigest()[:12]}"


def _content(where: str, before: bytes, after: bytes, headers: Headers) -> Iterator[Detail]:
    charset = media_type(headers)[1].get("charset", "utf-8")
    try:
        ours, theirs = (each.decode(charset) for each in (before, after))
    except (LookupError, ValueError):
        yield Detail(where, _sized(before), _sized(after))
        return
    lines, others = ours.splitlines(), theirs.splitlines()
    if "\0" in ours + theirs or len(lines) * len(others) > _MOST_LINES:
        yield Detail(where, _sized(before), _sized(after))
        return
    found = difflib.unified_diff(lines, others, lineterm="", n=_LINES_AROUND)
    yield Detail(where, _sized(before), _sized(after), hunk=tuple(found)[2:])  # the first two name files


def _is_events(headers: Headers) -> bool:
    return media_type(headers)[0] == "text/event-stream"


def _events(before: Response, after: Response) -> Iterator[Detail]:
    ours, theirs = ([*_split(each)] for each in (before, after))
    for at, was, now in sequence_changes(ours, theirs):
        yield Detail(f"event {at + 1}", _event(was), _event(now))


def _event(event: object) -> str | None:
    return None if event is MISSING else str(event)


def _split(response: Response) -> Sequence[str]:
    """The events of a stream, each on one line; numbers of placeholders left out."""
    pieces = _EVENT_END.split(response.body.decode("utf-8", "replace"))
    return [str(plain(" | ".join(piece.splitlines()))) for piece in pieces if piece.strip()]
