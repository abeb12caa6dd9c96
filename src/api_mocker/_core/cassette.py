"""The cassette: what was recorded, in order, and which of it has been played.

The law of this file: matching and taking are one step, a look-up costs the same in any cassette,
and a recording is parsed when it is a candidate, not before. Entries come from a lazy source (the
storage's index of documents), in file order; the index grows only as far as a look-up needs.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol, get_args

from ..exceptions import ApiMockerError
from .bucket import Bucket
from .canonical import Canonical, Ignore
from .masked import masked_match
from .model import Request

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
    from threading import Thread

    from .matching import Matching
    from .model import Interaction

__all__ = ["ORDERS", "REPEATS", "Entry", "Order", "Repeat", "Tape", "veiled"]

Repeat = Literal["error", "last", "cycle"]
"""What equal requests get once all their recordings are played."""

Order = Literal["any", "strict"]
"""Whether requests may come in another order than the recorded one."""

REPEATS: tuple[Repeat, ...] = get_args(Repeat)
ORDERS: tuple[Order, ...] = get_args(Order)


class Source(Protocol):
    """Where an entry stands in a file."""

    @property
    def raw(self) -> bytes:
        """Its document, byte for byte."""
        ...


class Entry:
    """One recorded interaction, parsed when it is first needed.

    ``head`` is its (method, url) where the file's first lines tell; ``source`` is the document as it
    stands in the file, None when it came from none.
    """

    __slots__ = (
        "_canonical",
        "_interaction",
        "_is_veiled",
        "_load",
        "covers",
        "head",
        "line",
        "number",
        "plays",
        "source",
        "tried",
    )

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
        self.covers = 0  # how often a declared route answered in its place
        self.tried = False  # it was taken, and given back
        self._load = load
        self._interaction: Interaction | None = None
        self._canonical: Canonical | None = None
        self._is_veiled = False

    @property
    def interaction(self) -> Interaction:
        """The interaction; CassetteUnreadable when its document is broken."""
        if self._interaction is None:
            self._interaction = self._load()
        return self._interaction

    def place(self, ignore: Ignore) -> Canonical:
        """Enough of the request to sort it: its method and URL."""
        if self.head is None or self._is_veiled:
            return self.canonical(ignore)
        try:
            return Canonical(Request(*self.head), ignore)
        except ValueError:  # no URL: the whole document says so, with its line
            return self.canonical(ignore)

    def canonical(self, ignore: Ignore) -> Canonical:
        """The whole request in the form in which requests are compared."""
        if self._canonical is None:
            self._canonical = Canonical(self.interaction.request, ignore)
        return self._canonical

    @property
    def shown(self) -> Request:
        """The request as it may be shown, once it is veiled."""
        return self._canonical.request if self._is_veiled and self._canonical else self.interaction.request

    def veil(self, redact: Callable[[Request], Request], ignore: Ignore) -> bool:
        """From now on it is compared as redaction leaves it; whether that is not as it stands there."""
        try:
            request = self.interaction.request
        except ApiMockerError:  # it is broken, and whoever needs it will say so
            return False
        veiled = redact(request)
        if veiled is request:
            return False
        self._canonical = Canonical(veiled, ignore)
        self._is_veiled = True
        return True


def veiled(entries: Sequence[Entry], redact: Callable[[Request], Request]) -> Sequence[Entry]:
    """The entries, which show nothing from now on that is a secret, though it was recorded in plain."""
    for entry in entries:
        entry.veil(redact, Ignore())
    return entries


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
        self._buckets: dict[Hashable, Bucket] = defaultdict(Bucket)
        self._masked_places: list[Entry] = []  # entries with a placeholder in their URL
        self._next = 0  # order="strict": the entry whose turn it is

    def take(self, live: Canonical, *, again: bool = True) -> Entry | None:
        """The recording that answers `live`, marked as played; None when there is none (left).

        `again`: one that was played may answer once more, as `repeat` has it.
        """
        take = self._in_turn if self.order == "strict" else self._anywhere
        entry = take(live, again=again and self.repeat != "error")
        if entry is not None:
            entry.plays += 1
            self._next = max(self._next, entry.number + 1)
        return entry

    def cover(self, live: Canonical) -> None:
        """A declared route answered `live`: the recording that would have is not unused, and stays to be played."""
        bucket = self._buckets[self.matching.coarse(live)]
        known = self._candidates(bucket, self.matching.fine(live))
        for entry in (*known, *self._masked(live, bucket)):
            if not entry.plays and not entry.covers and self._accepts(live, entry):
                entry.covers += 1
                return

    def give_back(self, entry: Entry) -> None:
        """Undoes a `take`: what was taken for a request that came to nothing answers the next one."""
        entry.plays -= 1
        entry.tried = True
        if self._next == entry.number + 1:
            self._next = entry.number
        recorded = entry.canonical(self.ignore)
        self._buckets[self.matching.coarse(recorded)].starts.pop(self.matching.fine(recorded), None)

    def _anywhere(self, live: Canonical, *, again: bool) -> Entry | None:
        bucket = self._buckets[self.matching.coarse(live)]
        fine = self.matching.fine(live)
        numbered = self.matching.numbered(live)
        wanted = live.request.headers.get("range")  # threads that fetch parts overtake each other
        fallback: Entry | None = None
        for entry in self._candidates(bucket, fine):
            if entry.plays or not self._accepts(live, entry):
                continue
            recorded = entry.canonical(self.ignore)
            same_numbers = not numbered or self.matching.same_numbers(live, recorded)
            if same_numbers and (wanted is None or recorded.request.headers.get("range") == wanted):
                return entry
            fallback = fallback or entry
        fallback = fallback or next((entry for entry in self._masked(live, bucket) if not entry.plays), None)
        return self._again(live, bucket, fine) if fallback is None and again else fallback

    def _masked(self, live: Canonical, bucket: Bucket) -> Iterator[Entry]:
        """The recordings that hold placeholders where `live` has values nobody knew to be secret."""
        self.all()
        for entry in dict.fromkeys((*bucket.numbered, *self._masked_places)):
            recorded = entry.canonical(self.ignore)
            if masked_match(live, recorded, headers=self.matching.by_headers) and self._accepts(live, entry):
                yield entry

    def _in_turn(self, live: Canonical, *, again: bool) -> Entry | None:
        entry = self.in_turn()
        if entry is None and again and self.repeat == "cycle" and self.entries:
            self._next = 0
            entry = self.entries[0]
        while entry is not None:
            if self._answers(live, entry):
                return entry
            covered = (
                entry.covers and not entry.plays
            )  # a route answered in its place, so its turn may be over
            entry = self._at(entry.number + 1) if covered else None
        if (
            again
            and self.repeat == "last"
            and self._next
            and self._answers(live, self.entries[self._next - 1])
        ):
            return self.entries[self._next - 1]
        return None

    def in_turn(self) -> Entry | None:
        """With ``order="strict"``: the entry whose turn it is."""
        return self._at(self._next)

    def _at(self, number: int) -> Entry | None:
        while len(self.entries) <= number and self._grow():
            pass
        return self.entries[number] if number < len(self.entries) else None

    def _answers(self, live: Canonical, entry: Entry) -> bool:
        recorded, matching = entry.canonical(self.ignore), self.matching
        same = matching.coarse(live) == matching.coarse(recorded) and matching.fine(live) == matching.fine(
            recorded
        )
        return (same or masked_match(live, recorded, headers=matching.by_headers)) and self._accepts(
            live, entry
        )

    def _again(self, live: Canonical, bucket: Bucket, fine: Hashable) -> Entry | None:
        known = [entry for entry in bucket.by_key.get(fine, ()) if self._accepts(live, entry)]
        known = known or [*self._masked(live, bucket)]
        if not known:
            return None
        return known[-1] if self.repeat == "last" else min(known, key=lambda entry: entry.plays)

    def _accepts(self, live: Canonical, entry: Entry) -> bool:
        return not self.matching.own or self.matching.accepts(live, entry.canonical(self.ignore))

    def _candidates(self, bucket: Bucket, fine: Hashable) -> Iterator[Entry]:
        """The entries with this key, in file order; reads on in bucket and file as far as asked."""
        known = bucket.by_key[fine]
        at = bucket.first_unplayed(fine)
        while True:
            while at < len(known):
                yield known[at]
                at += 1
            if not (bucket.parse_next(self.matching, self.ignore) or self._grow_into(bucket)):
                return

    def _grow(self) -> bool:
        """Indexes one more entry of the file; False when all are."""
        entry = next(self._source, None)
        if entry is None:
            return False
        self.entries.append(entry)
        self._sort(entry)
        return True

    def _sort(self, entry: Entry) -> None:
        place = entry.place(self.ignore)
        self._buckets[self.matching.coarse(place)].entries.append(entry)
        if place.numbered_place:
            self._masked_places.append(entry)

    def _grow_into(self, bucket: Bucket) -> bool:
        before = len(bucket.entries)
        while self._grow():
            if len(bucket.entries) > before:
                return bucket.parse_next(self.matching, self.ignore)
        return False

    def all(self) -> list[Entry]:
        """Every entry, the whole file indexed (not parsed)."""
        while self._grow():
            pass
        return self.entries

    def veil(self, redact: Callable[[Request], Request]) -> bool:
        """Compares with what redaction leaves of each recording; whether any was recorded without it.

        So was one by hand, or before its secret was known to be one. Parses all.
        """
        changed = [entry for entry in self.all() if entry.veil(redact, self.ignore)]
        if changed:
            self._buckets.clear()
            self._masked_places.clear()
            for entry in self.entries:
                self._sort(entry)
        return bool(changed)

    def unused(self) -> list[Entry]:
        """The entries that nobody asked for, nor for what a declared route answered in their place."""
        return [entry for entry in self.all() if not (entry.plays or entry.covers or entry.tried)]

    def played_before(self, live: Canonical) -> list[Entry]:
        """The entries that answer `live`, when they were all played already."""
        self.all()
        bucket = self._buckets[self.matching.coarse(live)]
        while bucket.parse_next(self.matching, self.ignore):
            pass
        known = bucket.by_key.get(self.matching.fine(live), ())
        found = [entry for entry in known if self._accepts(live, entry)] or [*self._masked(live, bucket)]
        return found if all(entry.plays for entry in found) else []


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
