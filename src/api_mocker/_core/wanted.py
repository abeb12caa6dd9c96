"""Names and values that a declared route wants of a request: its query, headers, fields of a form.

The law of this file: each wanted pair needs a pair of its own, and ``ANY`` (or any other object with an
``==`` of its own) may stand for a value. For what is wanted there is the same as near to a given
request as may be: what is shown to people is the difference between the two.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..exceptions import UsageError

__all__ = ["UNSET", "Multiset", "Unset", "Written", "is_any", "kind_of", "multiset", "written"]

# What is declared may be an object of any class: only its ``==`` is asked.


class Unset:
    """The class of what was not given, where None is something to give."""

    def __repr__(self) -> str:
        return "..."


UNSET = Unset()


@dataclass(frozen=True, slots=True)
class Multiset:
    """Names and the values wanted under each, in any order; of ``headers`` others may be there too."""

    pairs: tuple[tuple[str, object], ...]

    def lowered(self) -> Multiset:
        """The same with names in lower case, as names of headers are compared."""
        return Multiset(tuple((name.lower(), value) for name, value in self.pairs))

    def takes(self, live: Iterable[tuple[str, object]]) -> bool:
        """Whether these pairs are the wanted ones, no more and no fewer."""
        live = list(live)
        return len(live) == len(self.pairs) and len(self.found(live)) == len(live)

    def lacks(self, live: Iterable[tuple[str, object]]) -> list[tuple[str, object]]:
        """The wanted pairs that are not among these."""
        found = self.found(list(live))
        return [pair for at, pair in enumerate(self.pairs) if at not in found]

    def found(self, live: Sequence[tuple[str, object]]) -> dict[int, int]:
        """Which wanted pair is found where; as many are as can be, and none in the place of another."""
        takers: dict[int, int] = {}  # by place among the live ones

        def settled(at: int, seen: set[int]) -> bool:
            name, value = self.pairs[at]
            for place, (other, sent) in enumerate(live):
                if place in seen or name != other or not value == sent:  # noqa: SIM201 - only its == is asked
                    continue
                seen.add(place)
                if place not in takers or settled(takers[place], seen):
                    takers[place] = at
                    return True
            return False

        for at in range(len(self.pairs)):
            settled(at, set())
        return {at: place for place, at in takers.items()}

    def nearest(self, live: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
        """The wanted pairs in text, each that the request satisfies as the request has it."""
        found = self.found(live)
        return [
            live[found[at]] if at in found else (name, written(value))
            for at, (name, value) in enumerate(self.pairs)
        ]


def written(value: object) -> str:
    """A wanted value as people are told of it."""
    return value if isinstance(value, str) else repr(value)


def is_any(value: object) -> bool:
    """Whether it is ``unittest.mock.ANY``, which certainly equals everything."""
    return (type(value).__module__, type(value).__name__) == ("unittest.mock", "_ANY")


def kind_of(value: object) -> str:
    """What a value is that was given by mistake; never itself, for it may be a secret."""
    name = type(value).__name__
    if value is None or name == "bytes":
        return "None" if value is None else name
    return f"{'an' if name[0] in 'aeiou' else 'a'} {name}"


def multiset(given: object, what: str) -> Multiset:
    """The multiset that a mapping (whose values may be lists) or pairs say; UsageError where it is neither."""
    items: list[tuple[Any, Any]] = []
    if isinstance(given, Mapping):
        for name, value in given.items():
            items += [(name, each) for each in (value if isinstance(value, list | tuple) else [value])]
    elif isinstance(given, str | bytes) or not isinstance(given, Iterable):
        raise UsageError(f"{what}= is a mapping or pairs, and not {kind_of(given)}")
    else:
        for pair in given:
            if not isinstance(pair, list | tuple) or len(pair) != 2:
                raise UsageError(
                    f"{what}= is a mapping or pairs, and one of its items is {kind_of(pair)}, no pair"
                )
            items.append((pair[0], pair[1]))
    return Multiset(tuple((_name(name, what), _value(value, name, what)) for name, value in items))


def _name(name: object, what: str) -> str:
    if not isinstance(name, str):
        raise UsageError(f"{what}=: a name is text, and {name!r} is {type(name).__name__}")
    return name


def _value(value: object, name: object, what: str) -> object:
    if value is None:
        raise UsageError(
            f"{what}=: the value of {name!r} is None, which clients send differently or not at all; say '' or leave it out"
        )
    if isinstance(value, bool):  # requests writes True, httpx true
        return Written({str(value), str(value).lower()}, str(value))
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, Mapping | set | frozenset):
        raise UsageError(f"{what}=: the value of {name!r} is {kind_of(value)}, and not text")
    if not isinstance(value, bytes):
        return value
    return value.decode("latin-1") if what == "headers" else value.decode("utf-8", "surrogateescape")


class Written:
    """A value that clients write in more than one way."""

    def __init__(self, ways: set[str], shown: str) -> None:
        self._ways, self._shown = ways, shown

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Written):
            return self._ways == other._ways
        return other in self._ways if isinstance(other, str) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._shown)

    def __repr__(self) -> str:
        return self._shown
