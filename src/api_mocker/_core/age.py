"""How long something may last, as people write it: ``30d``.

The law of this file: what is written is read in one way, and what was read is written so that it
reads the same.
"""

from __future__ import annotations

import re
from datetime import timedelta

__all__ = ["duration", "in_days", "spelled"]

_UNITS = {"w": 7 * 86_400, "d": 86_400, "h": 3_600, "m": 60, "s": 1}
_WRITTEN = re.compile(rf"([1-9][0-9]{{0,8}})([{''.join(_UNITS)}])")


def duration(text: str) -> timedelta:
    """The duration of this text; ValueError, in plain words, where it is none."""
    found = _WRITTEN.fullmatch(text)
    if found is None:
        raise ValueError("a number and one of w, d, h, m, s, such as '30d'")
    try:
        return timedelta(seconds=int(found[1]) * _UNITS[found[2]])
    except OverflowError:
        raise ValueError("a time that people live to see") from None


def spelled(length: timedelta) -> str:
    """The duration as it is written, in the largest unit that says it in whole numbers."""
    seconds = int(length.total_seconds())
    return next(
        f"{seconds // size}{unit}" for unit, size in _UNITS.items() if unit != "w" and seconds % size == 0
    )


def in_days(length: timedelta) -> str:
    """The duration for people, rounded down: ``45 days``, ``1 day``, ``5 hours``, ``0 hours``."""
    number, unit = (length.days, "day") if length.days else (length.seconds // 3_600, "hour")
    return f"{number} {unit}{'' if number == 1 else 's'}"
