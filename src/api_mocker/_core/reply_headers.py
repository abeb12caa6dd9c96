"""The headers of a declared reply, as they were given.

The law of this file: no value begins another header, and every byte that a server may send can be said.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from ..exceptions import UsageError
from .wanted import kind_of

__all__ = ["headers_of", "latin"]

_ADDED = ("content-type", "content-length", "transfer-encoding")


def headers_of(given: object) -> tuple[tuple[str, str | None], ...]:
    """The pairs that ``headers=`` says; None stands for a header that is not to be added either."""
    if given is None:
        return ()
    items: list[tuple[object, object]] = []
    if isinstance(given, Mapping):
        for name, value in given.items():
            items += [(name, each) for each in (value if isinstance(value, list | tuple) else [value])]
    elif isinstance(given, Iterable) and not isinstance(given, str | bytes):
        for pair in given:
            if not isinstance(pair, Sequence) or isinstance(pair, str | bytes) or len(pair) != 2:
                raise UsageError(
                    f"headers= is a mapping or pairs, and one of its items is {kind_of(pair)}, no pair"
                )
            items.append((pair[0], pair[1]))
    else:
        raise UsageError(f"headers= is a mapping or pairs, and not {kind_of(given)}")
    return tuple(
        (
            _token(name),
            None if value is None and str(name).lower() in _ADDED else latin(value, f"the header {name!r}"),
        )
        for name, value in items
    )


def _token(name: object) -> str:
    if not isinstance(name, str) or not name or not name.isascii() or set(name) & set(" \t\r\n:\0"):
        raise UsageError(f"{name!r} is no name of a header")
    return name


def latin(value: object, what: str) -> str:
    """A value in the form that headers have here: a latin-1 reading of its bytes."""
    text = str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value
    if not isinstance(text, str):
        raise UsageError(f"{what} is text, and not {kind_of(value)}")
    if set(text) & set("\r\n\0"):
        raise UsageError(f"{what} holds a line break, which would begin another header")
    try:
        text.encode("latin-1")
    except UnicodeEncodeError:
        return text.encode().decode("latin-1")  # as servers send it
    return text
