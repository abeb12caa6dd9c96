"""The entries of a tape that one look-up finds together.

The law of this file: an entry is parsed when it is a candidate, and one that was played is passed over
once, not each time.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Hashable

    from .canonical import Ignore
    from .cassette import Entry
    from .matching import Matching

__all__ = ["Bucket"]


class Bucket:
    """The entries of one place (method and URL without query), sorted further as they are parsed."""

    __slots__ = ("_parsed", "by_key", "entries", "numbered", "starts")

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.numbered: list[Entry] = []  # those that hold placeholders
        self._parsed = 0
        self.by_key: dict[Hashable, list[Entry]] = defaultdict(list)
        self.starts: dict[Hashable, int] = {}

    def parse_next(self, matching: Matching, ignore: Ignore) -> bool:
        """Sorts one more entry; False when all are."""
        if self._parsed >= len(self.entries):
            return False
        entry = self.entries[self._parsed]
        self._parsed += 1
        recorded = entry.canonical(ignore)
        self.by_key[matching.fine(recorded)].append(entry)
        if matching.numbered(recorded):
            self.numbered.append(entry)
        return True

    def first_unplayed(self, fine: Hashable) -> int:
        """Where the unplayed ones of this key begin; played ones are passed over once, not each time."""
        known = self.by_key[fine]
        start = self.starts.get(fine, 0)
        while start < len(known) and known[start].plays:
            start += 1
        self.starts[fine] = start
        return start
