"""In what two JSON values differ: paths, and what was and is there.

The law of this file: elements of arrays are aligned before they are compared, so that one that came
in at the front is one insertion and not a change of all that follow.
"""

from __future__ import annotations

import json
from collections import deque
from typing import TYPE_CHECKING, Any

from .._core.canonical import plain
from .order import aligned

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["MISSING", "json_changes", "sequence_changes", "shown"]

# Any, in this file: JSON, or the elements of any sequence.

_NAMES = ("id", "uuid", "key", "sku", "name", "code", "slug")
"""Keys by which an element of an array is known though something else of it changed."""


class _Missing:
    def __repr__(self) -> str:
        return "nothing"


MISSING: Any = _Missing()


def json_changes(before: Any, after: Any, path: str = "$") -> Iterator[tuple[str, Any, Any, str]]:
    """Each place that differs: its path (RFC 9535 section 2.7), what was there, what is, and a note.

    An index is that of the newer value, or of the older one for what is gone.
    """
    if isinstance(before, dict) and isinstance(after, dict):
        for key in [*before, *(key for key in after if key not in before)]:
            below = f"{path}.{key}" if key.isidentifier() else f"{path}[{_quoted(key)}]"
            was, now = before.get(key, MISSING), after.get(key, MISSING)
            yield from json_changes(was, now, below)
    elif isinstance(before, list) and isinstance(after, list):
        for at, was, now in sequence_changes(before, after):
            yield from json_changes(was, now, f"{path}[{at}]")
    elif before is MISSING or after is MISSING:
        yield path, before, after, ""
    elif _leaf(before) != _leaf(after):
        yield path, before, after, "type changed" if _kind(before) != _kind(after) else ""


def shown(value: Any) -> str | None:
    """A value as people read it; None for what is missing."""
    if value is MISSING:
        return None
    if isinstance(value, str) and value.startswith("\0number "):
        return value[8:]
    return json.dumps(value, ensure_ascii=False)


def sequence_changes(before: Sequence[Any], after: Sequence[Any]) -> Iterator[tuple[int, Any, Any]]:
    """The elements that are not as they were: number, what was there and what is (`MISSING` where nothing)."""
    at = there = 0
    same = aligned([*map(_key, before)], [*map(_key, after)])
    for old, new in (*same, (len(before), len(after))):
        yield from _block(before, after, (at, old), (there, new))
        at, there = old + 1, new + 1


def _block(
    before: Sequence[Any], after: Sequence[Any], old: tuple[int, int], new: tuple[int, int]
) -> Iterator[tuple[int, Any, Any]]:
    """A run of elements that stands in the place of another one: those of one name are the same, changed."""
    olds, news = list(range(*old)), list(range(*new))
    names: dict[object, int] = {}
    for at in olds:
        names.setdefault(_name(before[at]), at)
    pairs: dict[int, int] = {}
    for at in news:
        name = _name(after[at])
        if name is not None and name in names:
            pairs[at] = names.pop(name)
    named = set(pairs.values())
    left = deque(at for at in olds if at not in named)
    others = [at for at in news if at not in pairs]
    alone = len(left) == len(others) == 1  # what else should it have become
    for at in others:
        if left and (alone or _alike(before[left[0]], after[at])):
            pairs[at] = left.popleft()
    yield from ((at, before[at], MISSING) for at in left)
    yield from ((at, before[pairs[at]] if at in pairs else MISSING, after[at]) for at in news)


def _name(element: Any) -> object:
    if not isinstance(element, dict):
        return None
    return next(((name, str(element[name])) for name in _NAMES if name in element), None)


def _alike(before: Any, after: Any) -> bool:
    """Whether one may have become the other: elements that have names of their own are what they are called."""
    return _name(before) is None or _name(after) is None


def _key(element: Any) -> str:
    if isinstance(element, str):
        return str(plain(element))
    if isinstance(element, dict | list | int | float | bool) or element is None:
        return str(plain(json.dumps(element, sort_keys=True)))
    return str(plain(repr(element)))


def _kind(value: Any) -> type:
    return float if isinstance(value, int | float) and not isinstance(value, bool) else type(value)


def _leaf(value: Any) -> Any:
    if isinstance(value, str):
        return plain(value)
    return (bool, value) if isinstance(value, bool) else value


def _quoted(key: str) -> str:
    escaped = json.dumps(key)[1:-1].replace('\\"', '"').replace("'", "\\'")
    return f"'{escaped}'"
