"""Time as a mock has it: real time, and the delays that nobody waited for.

The law of this file: a declared delay costs no time unless it was asked to; it moves the clock on
instead. Tasks that wait at once go on in the order in which they would have.
"""

from __future__ import annotations

from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["Clock"]


class Clock:
    """Seconds since it was made; `now` gives real seconds, and with `real` delays are waited for."""

    def __init__(self, now: Callable[[], float], *, real: bool) -> None:
        self.real = real
        self._now = now
        self._start = now()
        self._skipped = 0.0
        self._waiting: list[float] = []
        self._lock = Lock()

    @property
    def time(self) -> float:
        """Seconds that have passed, or seem to have."""
        return self._now() - self._start + self._skipped

    def skip_to(self, moment: float) -> None:
        """From now on it is at least `moment`."""
        with self._lock:
            self._skipped += max(0.0, moment - self.time)

    @contextmanager
    def waiting(self, moment: float) -> Iterator[None]:
        """While somebody waits for `moment`."""
        with self._lock:
            self._waiting.append(moment)
        try:
            yield
        finally:
            with self._lock:
                self._waiting.remove(moment)

    def is_next(self, moment: float) -> bool:
        """Whether nobody waits for an earlier one."""
        with self._lock:
            return all(moment <= other for other in self._waiting)
