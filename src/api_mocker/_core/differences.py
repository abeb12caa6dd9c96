"""In what two requests differ, at the smallest place that has a name.

The law of this file: it is asked only when somebody must be told, and every difference carries the
`ignore` entry that would leave it out, where there is one.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from .canonical import Body

__all__ = ["Difference", "body_differences", "json_differences", "pair_differences"]


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing in which a request and a recording differ.

    ``sent`` and ``recorded`` are None where that side has no such thing. ``address`` is the
    `ignore` entry that would leave it out of the comparison, empty when there is none.
    """

    aspect: str
    where: str
    sent: str | None
    recorded: str | None
    address: str = ""
    note: str = ""


def pair_differences(
    aspect: str, kind: str, live: Iterable[tuple[str, str]], recorded: Iterable[tuple[str, str]]
) -> Iterator[Difference]:
    """Two multisets of pairs, name by name."""
    ours, theirs = _grouped(live), _grouped(recorded)
    for name in [*ours, *(name for name in theirs if name not in ours)]:
        sent, was = ours.get(name), theirs.get(name)
        if sent != was:
            yield Difference(aspect, name, _joined(sent), _joined(was), f"{kind}:{name}")


def _grouped(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    out: dict[str, list[str]] = {}
    for name, value in pairs:
        out.setdefault(name, []).append(value)
    return out


def _joined(values: list[str] | None) -> str | None:
    return None if values is None else ", ".join(repr(value) for value in values)


def body_differences(ours: Body, theirs: Body) -> Iterator[Difference]:
    """How two bodies differ, at the smallest place that their media type gives a name to."""
    if ours.kind != theirs.kind:
        yield Difference("body", "", _described(ours), _described(theirs))
    elif ours.kind == "json":
        yield from json_differences(ours.value, theirs.value)
    elif ours.kind == "form":
        yield from pair_differences("body", "form", ours.value, theirs.value)
    elif ours.kind == "multipart":
        yield from _parts(ours.value, theirs.value)
    elif ours.key != theirs.key:
        yield _bytes(ours.value, theirs.value)


def _described(body: Body) -> str:
    match body.kind:
        case "none":
            return "no body"
        case "bytes":
            return f"{len(body.value)} bytes"
        case _:
            return f"a {body.kind} body"


def _bytes(sent: bytes, recorded: bytes) -> Difference:
    at = next(
        (i for i, (a, b) in enumerate(zip(sent, recorded, strict=False)) if a != b),
        min(len(sent), len(recorded)),
    )
    start = max(0, at - 12)
    return Difference(
        "body",
        f"byte {at}",
        _around(sent[start : at + 28]),
        _around(recorded[start : at + 28]),
        note=f"{len(sent)} bytes sent, {len(recorded)} recorded",
    )


def _around(piece: bytes) -> str:
    try:
        return repr(piece.decode("utf-8"))
    except UnicodeDecodeError:
        return repr(piece)[1:]


def _parts(ours: Sequence[Any], theirs: Sequence[Any]) -> Iterator[Difference]:
    matched = SequenceMatcher(None, ours, theirs, autojunk=False)
    for _, start, end, begin, stop in (op for op in matched.get_opcodes() if op[0] != "equal"):
        for sent, recorded in zip_longest(ours[start:end], theirs[begin:stop]):
            name = next(part.name for part in (sent, recorded) if part is not None)
            yield Difference("body", f"part {name!r}", _part(sent), _part(recorded), f"form:{name}")


def _part(part: Any) -> str | None:
    if part is None:
        return None
    head = ", ".join(filter(None, [part.filename, part.media_type]))
    return f"{_around(part.content[:40])}{' ...' if len(part.content) > 40 else ''}{f' ({head})' if head else ''}"


def json_differences(sent: Any, recorded: Any, path: str = "$") -> Iterator[Difference]:
    """How two JSON values differ, leaf by leaf, by normalized path (RFC 9535 section 2.7)."""
    if isinstance(sent, dict) and isinstance(recorded, dict):
        for key in [*sent, *(key for key in recorded if key not in sent)]:
            below = f"{path}.{key}" if key.isidentifier() else f"{path}[{_quoted(key)}]"
            if key not in recorded:
                yield _leaf(below, _shown(sent[key]), None)
            elif key not in sent:
                yield _leaf(below, None, _shown(recorded[key]))
            else:
                yield from json_differences(sent[key], recorded[key], below)
    elif isinstance(sent, list) and isinstance(recorded, list):
        for index in range(max(len(sent), len(recorded))):
            below = f"{path}[{index}]"
            if index >= len(recorded):
                yield _leaf(below, _shown(sent[index]), None)
            elif index >= len(sent):
                yield _leaf(below, None, _shown(recorded[index]))
            else:
                yield from json_differences(sent[index], recorded[index], below)
    elif type(sent) is not type(recorded) or sent != recorded:
        numbers = {type(sent), type(recorded)} == {int, float}
        note = "" if type(sent) is type(recorded) or numbers else "type changed"
        yield Difference("body", path, _shown(sent), _shown(recorded), f"json:{path}", note)


def _quoted(key: str) -> str:
    escaped = json.dumps(key)[1:-1].replace('\\"', '"').replace("'", "\\'")
    return f"'{escaped}'"


def _leaf(path: str, sent: str | None, recorded: str | None) -> Difference:
    return Difference("body", path, sent, recorded, f"json:{path}")


def _shown(value: Any) -> str:

    if isinstance(value, str) and value.startswith("\0number "):
        return value[8:]
    return json.dumps(value, ensure_ascii=False)
