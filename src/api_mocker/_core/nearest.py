"""The nearest valid name, for errors about names that are not valid."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["nearest_name"]


def nearest_name(given: str, names: Iterable[str]) -> str:
    """``; did you mean 'once'?`` when a valid name is near enough, else nothing."""
    from difflib import get_close_matches  # only who errs pays for it

    close = get_close_matches(str(given).lower(), list(names), n=1, cutoff=0.6)
    return f"; did you mean {str(close[0])!r}?" if close else ""
