"""What became of the requests, in numbers."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Counts"]


@dataclass(slots=True)
class Counts:
    """Requests by what became of them.

    ``live`` are those that passed untouched, ``blocked`` those that were refused, ``mocked`` those that a
    declared route answered.
    """

    replayed: int = 0
    recorded: int = 0
    live: int = 0
    blocked: int = 0
    mocked: int = 0

    def add(self, other: Counts) -> None:
        """Adds the counts of another cassette, or another process."""
        self.replayed += other.replayed
        self.recorded += other.recorded
        self.live += other.live
        self.blocked += other.blocked
        self.mocked += other.mocked
