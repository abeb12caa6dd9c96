"""The nearest valid name, for errors about names that are not valid."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["nearest_keyword", "nearest_name"]

_ELSEWHERE = {
    "params": "query",
    "body": "content",
    "payload": "json",
    "form": "data",
    "status_code": "status",
    "code": "status",
    "sse": "events",
    "chunks": "stream",
    "exc": "error",
    "exception": "error",
}
"""What other libraries call our keywords."""


def nearest_name(given: str, names: Iterable[str], *, cutoff: float = 0.6) -> str:
    """``; did you mean 'once'?`` when a valid name is near enough, else nothing.

    A word of a name is nearer than what is spelt alike: ``mode`` means ``record_mode``.
    """
    from difflib import get_close_matches  # only who errs pays for it

    known = [str(name) for name in names]
    wanted = str(given).lower()
    close = [name for name in known if wanted in name.split("_")[-1:]]
    close = close or get_close_matches(wanted, known, n=1, cutoff=cutoff)
    return f"; did you mean {close[0]!r}?" if close else ""


def nearest_keyword(given: str, names: Iterable[str]) -> str:
    """The same for the keywords of a declaration, which have other names elsewhere."""
    names = list(names)
    elsewhere = _ELSEWHERE.get(str(given).lower())
    return f"; did you mean {elsewhere!r}?" if elsewhere in names else nearest_name(given, names)
