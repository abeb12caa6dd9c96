"""Values in recorded requests that the next run will not send again.

The law of this file: a value is named when it looks as if it was made for that one run, matching
compares it, and no earlier answer gave it out: a replay then asks with another value, and finds
nothing. A time far from the recording is somebody's constant.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from .._core.canonical import Canonical
from .._core.explain import volatile_form
from .._core.windows import holds

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from .._core.canonical import Ignore
    from .._core.cassette import Entry

__all__ = ["Volatile", "volatile_values"]

_FORMS = frozenset({"a UUID", "a time", "an epoch", "a hash"})
_NEAR = timedelta(days=32)  # between a time and its recording, so that it was "now", or so long ago


@dataclass(frozen=True, slots=True)
class Volatile:
    """A place whose values are volatile; ``address`` is the `ignore` entry that leaves it out."""

    entry: Entry  # the first one
    part: str  # "url" or "body"
    address: str
    form: str
    value: str
    further: int = 0  # how many more interactions have one there


def volatile_values(
    entries: Sequence[Entry], ignore: Ignore, *, query: bool = True, body: bool = True
) -> list[Volatile]:
    """The places in requests where a value is volatile, each named once; `query` and `body` are compared."""
    found: dict[str, Volatile] = {}
    for at, entry in enumerate(entries):
        request = Canonical(entry.interaction.request, ignore)
        leaves: list[tuple[str, str, str]] = []
        if query:
            leaves += [("url", f"query:{name}", value) for name, value in request.query]
        if body:
            leaves += [("body", address, value) for address, value in _leaves(request)]
        named = set()
        for part, address, value in leaves:
            form = volatile_form(value)
            if form is None or form not in _FORMS or address in named:
                continue
            # Where the next run will send something else is known by the first value there.
            first = found.get(address)
            if first is None and not _is_new(value, form, entry, _before(entries, at)):
                continue
            named.add(address)
            further = first.further + 1 if first else 0
            found[address] = (
                Volatile(first.entry, part, address, first.form, first.value, further)
                if first
                else Volatile(entry, part, address, form, value)
            )
    return list(found.values())


def _before(entries: Sequence[Entry], at: int) -> Iterator[Entry]:
    """The entries before this place, the nearest first: what gave a value out mostly stands there."""
    return map(entries.__getitem__, range(at - 1, -1, -1))


def _leaves(request: Canonical) -> Iterator[tuple[str, str]]:
    body = request.body
    if body.kind == "json":
        yield from _json_leaves(body.value)
    elif body.kind == "form":
        yield from ((f"form:{name}", value) for name, value in body.value)
    elif body.kind == "multipart":
        for part in body.value:
            if not part.filename:
                yield f"form:{part.name}", part.content.decode("utf-8", "replace")


def _json_leaves(value: Any) -> Iterator[tuple[str, str]]:  # Any: JSON
    """The leaves with their paths; those of a list share one."""
    waiting: list[tuple[str, Any]] = [("$", value)]
    while waiting:
        path, node = waiting.pop()
        if isinstance(node, dict):
            waiting += [(_below(path, key), below) for key, below in reversed(node.items())]
        elif isinstance(node, list):
            waiting += [(f"{path}[*]", below) for below in reversed(node)]
        elif isinstance(node, str) or (isinstance(node, int | float) and not isinstance(node, bool)):
            yield f"json:{path}", str(node)


def _below(path: str, key: str) -> str:
    if key.isidentifier():
        return f"{path}.{key}"
    escaped = key.replace("\\", "\\\\").replace("'", "\\'")
    return f"{path}['{escaped}']"


def _is_new(value: str, form: str, entry: Entry, earlier: Iterable[Entry]) -> bool:
    """Whether the value was made by the code under test, near the time of the recording."""
    moment = _moment(value, form)
    recorded = entry.interaction.recorded_at
    if form in ("a time", "an epoch") and (
        moment is None or (recorded is not None and abs(recorded - moment) > _NEAR)
    ):
        return False
    return not any(_gave(other, value) for other in earlier)


def _moment(value: str, form: str) -> datetime | None:
    with suppress(ValueError, OverflowError, OSError):
        if form == "an epoch":
            whole = value.partition(".")[0]
            return datetime.fromtimestamp(int(whole) / 10 ** (len(whole) - 10), UTC)
        moment = parsedate_to_datetime(value) if "," in value else datetime.fromisoformat(value)
        return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    return None


def _gave(entry: Entry, value: str) -> bool:
    response = entry.interaction.response
    if response is None:
        return False
    needle = value.encode()
    if response.large is not None and holds(response.large, needle):
        return True
    return needle in response.body or any(value in held for _, held in response.headers)
