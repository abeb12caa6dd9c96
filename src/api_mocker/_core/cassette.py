"""The cassette: what was recorded, in order, and which of it has been played.

The law of this file: matching and taking are one step, a look-up costs the same in any cassette,
and a recording is parsed when it is a candidate, not before. Entries come from a lazy source (the
storage's index of documents), in file order; the index grows only as far as a look-up needs.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol, get_args

from .canonical import Canonical, Ignore
from .masked import masked_match
from .model import Request

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
    from threading import Thread

    from .matching import Difference, Matching
    from .model import Interaction

__all__ = ["ORDERS", "REPEATS", "Entry", "Miss", "Order", "Repeat", "Tape"]

Repeat = Literal["error", "last", "cycle"]
"""What equal requests get once all their recordings are played."""

Order = Literal["any", "strict"]
"""Whether requests may come in another order than the recorded one."""

REPEATS: tuple[Repeat, ...] = get_args(Repeat)
ORDERS: tuple[Order, ...] = get_args(Order)

_PARSED_FOR_ADVICE = 30  # how many of the likeliest recordings are read to name the nearest


class Source(Protocol):
    """Where an entry stands in a file."""

    @property
    def raw(self) -> bytes:
        """Its document, byte for byte."""


class Entry:
    """One recorded interaction, parsed when it is first needed.

    ``head`` is its (method, url) where the file's first lines tell; ``source`` is the document as it
    stands in the file, None when it came from none.
    """

    __slots__ = ("_canonical", "_interaction", "_load", "head", "line", "number", "plays", "source")

    def __init__(
        self,
        number: int,
        load: Callable[[], Interaction],
        *,
        head: tuple[str, str] | None = None,
        source: Source | None = None,
        line: int | None = None,
    ) -> None:
        self.number = number  # its place in the file, from 0
        self.head = head
        self.source = source
        self.line = line
        self.plays = 0
        self._load = load
        self._interaction: Interaction | None = None
        self._canonical: Canonical | None = None

    @property
    def interaction(self) -> Interaction:
        """The interaction; CassetteUnreadable when its document is broken."""
        if self._interaction is None:
            self._interaction = self._load()
        return self._interaction

    def place(self, ignore: Ignore) -> Canonical:
        """Enough of the request to sort it: its method and URL."""
        if self.head is None:
            return self.canonical(ignore)
        return Canonical(Request(*self.head), ignore)

    def canonical(self, ignore: Ignore) -> Canonical:
        """The whole request in the form in which requests are compared."""
        if self._canonical is None:
            self._canonical = Canonical(self.interaction.request, ignore)
        return self._canonical


class Miss(NamedTuple):
    """A recording that was not taken, and why."""

    entry: Entry
    differences: Sequence[Difference]


class Tape:
    """The index over a cassette's entries."""

    def __init__(
        self,
        source: Iterable[Entry],
        matching: Matching,
        ignore: Ignore,
        *,
        repeat: Repeat = "error",
        order: Order = "any",
    ) -> None:
        self.entries: list[Entry] = []
        self.matching = matching
        self.ignore = ignore
        self.repeat = repeat
        self.order = order
        self._source: Iterator[Entry] = iter(source)
        self._buckets: dict[Hashable, _Bucket] = defaultdict(_Bucket)
        self._masked_places: list[Entry] = []  # entries with a placeholder in their URL
        self._next = 0  # order="strict": the entry whose turn it is

    def take(self, live: Canonical, *, mark: bool = True) -> Entry | None:
        """The recording that answers `live`, marked as played; None when there is none (left)."""
        entry = self._in_turn(live) if self.order == "strict" else self._anywhere(live)
        if entry is not None and mark:
            entry.plays += 1
            self._next = max(self._next, entry.number + 1)
        return entry

    def _anywhere(self, live: Canonical) -> Entry | None:
        bucket = self._buckets[self.matching.coarse(live)]
        fine = self.matching.fine(live)
        fallback: Entry | None = None
        for entry in self._candidates(bucket, fine):
            if entry.plays or not self._accepts(live, entry):
                continue
            if not live.numbered or _same_numbers(live, entry.canonical(self.ignore)):
                return entry
            fallback = fallback or entry
        return fallback or self._masked(live, bucket) or self._again(live, bucket, fine)

    def _masked(self, live: Canonical, bucket: _Bucket) -> Entry | None:
        """A recording that holds placeholders where `live` has values nobody knew to be secret."""
        self.all()
        for entry in (*bucket.entries, *self._masked_places):
            recorded = entry.canonical(self.ignore)
            if entry.plays or not recorded.numbered or not masked_match(live, recorded):
                continue
            if self._accepts(live, entry):
                return entry
        return None

    def _in_turn(self, live: Canonical) -> Entry | None:
        while len(self.entries) <= self._next and self._grow():
            pass
        if self._next >= len(self.entries):
            if self.repeat == "cycle" and self.entries:
                self._next = 0
            else:
                return None
        entry = self.entries[self._next]
        same = self.matching.coarse(live) == self.matching.coarse(entry.place(self.ignore))
        if same and self.matching.fine(live) == self.matching.fine(entry.canonical(self.ignore)):
            return entry if self._accepts(live, entry) else None
        return None

    def in_turn(self) -> Entry | None:
        """With ``order="strict"``: the entry whose turn it is."""
        while len(self.entries) <= self._next and self._grow():
            pass
        return self.entries[self._next] if self._next < len(self.entries) else None

    def _again(self, live: Canonical, bucket: _Bucket, fine: Hashable) -> Entry | None:
        if self.repeat == "error":
            return None
        known = [entry for entry in bucket.by_key.get(fine, ()) if self._accepts(live, entry)]
        if not known:
            return None
        return known[-1] if self.repeat == "last" else min(known, key=lambda entry: entry.plays)

    def _accepts(self, live: Canonical, entry: Entry) -> bool:
        return not self.matching.own or self.matching.accepts(live, entry.canonical(self.ignore))

    def _candidates(self, bucket: _Bucket, fine: Hashable) -> Iterator[Entry]:
        """The entries with this key, in file order; reads on in bucket and file as far as asked."""
        known = bucket.by_key[fine]
        start = bucket.first_unplayed(fine)
        yield from known[start:]
        seen = len(known)
        while bucket.parse_next(self) or self._grow_into(bucket):
            if len(known) > seen:
                yield from known[seen:]
                seen = len(known)

    def _grow(self) -> bool:
        """Indexes one more entry of the file; False when all are."""
        entry = next(self._source, None)
        if entry is None:
            return False
        self.entries.append(entry)
        place = entry.place(self.ignore)
        self._buckets[self.matching.coarse(place)].entries.append(entry)
        if place.numbered_place:
            self._masked_places.append(entry)
        return True

    def _grow_into(self, bucket: _Bucket) -> bool:
        before = len(bucket.entries)
        while self._grow():
            if len(bucket.entries) > before:
                return bucket.parse_next(self)
        return False

    def all(self) -> list[Entry]:
        """Every entry, the whole file indexed (not parsed)."""
        while self._grow():
            pass
        return self.entries

    def unused(self) -> list[Entry]:
        """The entries never played."""
        return [entry for entry in self.all() if not entry.plays]

    def played_before(self, live: Canonical) -> list[Entry]:
        """The entries that answer `live` and were all played already."""
        bucket = self._buckets[self.matching.coarse(live)]
        return [entry for entry in bucket.by_key.get(self.matching.fine(live), ()) if entry.plays]

    def nearest(self, live: Canonical, limit: int = 3) -> list[Miss]:
        """The recordings most like `live`, the likeliest first, with all that differs."""
        ranked = sorted(self.all(), key=lambda entry: _distance(live, entry.place(self.ignore)))
        misses = []
        for entry in ranked[:_PARSED_FOR_ADVICE]:
            differences = self.matching.differences(live, entry.canonical(self.ignore))
            misses.append(Miss(entry, differences))
        misses.sort(key=lambda miss: _weight(miss.differences))
        return misses[:limit]


class _Bucket:
    """The entries of one place (method and URL without query), sorted further as they are parsed."""

    __slots__ = ("_parsed", "_starts", "by_key", "entries")

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self._parsed = 0
        self.by_key: dict[Hashable, list[Entry]] = defaultdict(list)
        self._starts: dict[Hashable, int] = {}

    def parse_next(self, tape: Tape) -> bool:
        if self._parsed >= len(self.entries):
            return False
        entry = self.entries[self._parsed]
        self._parsed += 1
        self.by_key[tape.matching.fine(entry.canonical(tape.ignore))].append(entry)
        return True

    def first_unplayed(self, fine: Hashable) -> int:
        """Where the unplayed ones of this key begin; played ones are passed over once, not each time."""
        known = self.by_key[fine]
        start = self._starts.get(fine, 0)
        while start < len(known) and known[start].plays:
            start += 1
        self._starts[fine] = start
        return start


def _same_numbers(live: Canonical, recorded: Canonical) -> bool:
    return (live.path, live.query, live.body.key) == (recorded.path, recorded.query, recorded.body.key)


def _distance(live: Canonical, recorded: Canonical) -> float:
    distance = 4.0 * (live.host != recorded.host) + 2.0 * (live.method != recorded.method)
    distance += 1.0 * (live.port != recorded.port) + 0.5 * (live.scheme != recorded.scheme)
    if live.path != recorded.path:
        distance += 4.0 * (1 - SequenceMatcher(None, live.path, recorded.path).quick_ratio()) + 0.5
    return distance


_WEIGHTS = {"host": 8.0, "method": 6.0, "path": 6.0, "port": 3.0, "scheme": 2.0}


def _weight(differences: Sequence[Difference]) -> float:
    return sum(_WEIGHTS.get(difference.aspect, 1.0) for difference in differences)


@dataclass(slots=True)
class Slot:
    """A place on the tape, reserved when the request left; filled when its exchange is over.

    ``started`` and ``ended`` count events, so that two slots overlapped exactly when each
    started before the other ended.
    """

    request: Request
    known: Request  # the same, redacted
    started: int
    thread: Thread
    replaces: Entry | None = None
    interaction: Interaction | None = None
    ended: int | None = None
