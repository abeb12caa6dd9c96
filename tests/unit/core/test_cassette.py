"""The tape: each recording is found, in order, once, and no more of the file is read than needed."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.core.made import Counted, canonical, recording, request, tape

from api_mocker._core import cassette
from api_mocker._core.canonical import Canonical, Ignore
from api_mocker._core.cassette import Entry, Tape
from api_mocker._core.likeness import nearest
from api_mocker._core.matching import DEFAULT, Matching

if TYPE_CHECKING:
    from collections.abc import Iterator

    from api_mocker._core.model import Request

A, B, C = (request(f"https://h/{name}") for name in "abc")


def taken(played: Tape, *asked: Request) -> list[int | None]:
    """The numbers of the recordings that answer these requests, one after the other."""
    found = [played.take(canonical(one)) for one in asked]
    return [None if entry is None else entry.number for entry in found]


def test_equal_requests_are_taken_in_recorded_order() -> None:
    """The first time gets the first recording, and so on; others in between do not matter."""
    assert taken(tape([A, B, A, A]), A, A, B, A) == [0, 2, 1, 3]


@pytest.mark.parametrize(
    ("repeat", "expected"),
    [("error", [0, 2, None, None, None]), ("last", [0, 2, 2, 2, 2]), ("cycle", [0, 2, 0, 2, 0])],
)
def test_when_all_are_played(repeat: str, expected: list[int | None]) -> None:
    """Once all recordings of a request are played: none, the last one again, or all of them in turn."""
    assert taken(tape([A, B, A], repeat=repeat), A, A, A, A, A) == expected


def test_repeating_is_not_for_what_was_never_recorded() -> None:
    """repeat answers again; it does not answer another request."""
    assert taken(tape([A], repeat="last"), B) == [None]
    assert taken(tape([A], repeat="cycle"), B) == [None]


def test_a_filled_in_placeholder_is_repeated_too() -> None:
    """A request that matched a placeholder gets its answer again, when told."""
    asked = request("https://h/users/4711")
    recorded = [request("https://h/users/<redacted:id:1>")]
    assert taken(tape(recorded, repeat="last"), asked, asked) == [0, 0]
    assert taken(tape(recorded, repeat="cycle"), asked, asked) == [0, 0]
    assert taken(tape(recorded), asked, asked) == [0, None]


def test_strict_order() -> None:
    """With order="strict" only the next recording answers, and a wrong request takes nothing."""
    played = tape([A, B, A], order="strict")
    assert played.in_turn() is not None
    assert taken(played, B, A, A, B, C, A, A) == [None, 0, None, 1, None, 2, None]
    assert played.in_turn() is None


def test_strict_order_with_repeats() -> None:
    """In strict order the request just answered may be repeated, or the whole flow begins anew."""
    assert taken(tape([A, B], order="strict", repeat="last"), A, A, A, B, B, A) == [0, 0, 0, 1, 1, None]
    assert taken(tape([A, B], order="strict", repeat="cycle"), A, A, B, A, B) == [0, None, 1, 0, 1]


def test_strict_order_fills_in_placeholders() -> None:
    """Redaction does not break strict order either."""
    recorded = [request("https://h/users/<redacted:id:1>"), B]
    assert taken(tape(recorded, order="strict"), request("https://h/users/4711"), B) == [0, 1]


@pytest.mark.parametrize("order", ["any", "strict"])
def test_what_is_given_back_answers_next(order: str) -> None:
    """A recording that was taken in vain is the next one to be taken, though later ones were taken meanwhile."""
    played = tape([A, A, B], order=order)
    (first, second) = (played.take(canonical(A)) for _ in range(2))
    assert first is not None
    assert second is not None
    played.give_back(second)
    assert taken(played, A) == [1]
    if order == "any":
        played.give_back(first)
        assert taken(played, A, A) == [0, None]
    assert taken(played, B) == [2]


def test_without_again_nothing_is_taken_twice() -> None:
    """Whoever replaces recordings takes each of them once, whatever `repeat` says."""
    for order in ("any", "strict"):
        for repeat in ("last", "cycle"):
            played = tape([A], order=order, repeat=repeat)
            found = [played.take(canonical(A), again=False) for _ in range(3)]
            assert [entry and entry.number for entry in found] == [0, None, None]


def test_the_same_number_is_preferred() -> None:
    """Of recordings that differ in the number of a placeholder, the same number answers first, then any."""
    recorded = [request(body=f"t=<redacted:t:{number}>", content_type="text/plain") for number in (1, 2, 3)]
    assert taken(tape(recorded), recorded[1], recorded[0], recorded[2]) == [1, 0, 2]
    assert taken(tape(recorded), recorded[1], recorded[1], recorded[1]) == [1, 0, 2]
    assert taken(tape(recorded), *[request(body="t=<redacted:t:9>", content_type="text/plain")] * 4) == [
        0,
        1,
        2,
        None,
    ]


def test_the_part_that_is_asked_for_is_preferred() -> None:
    """Threads that fetch a file in parts get each its own, whichever is first; another range is no obstacle."""
    parts = [request("https://h/file", range=f"bytes={start}-{start + 4}") for start in (0, 5)]
    assert taken(tape(parts), parts[1], parts[0]) == [1, 0]
    assert taken(tape(parts), request("https://h/file", range="bytes=9-"), request("https://h/file")) == [
        0,
        1,
    ]


def test_an_exact_recording_goes_before_a_filled_in_one() -> None:
    """A recording without placeholders that is the very request is taken first."""
    recorded = [request("https://h/users/<redacted:id:1>"), request("https://h/users/4711")]
    asked = request("https://h/users/4711")
    assert taken(tape(recorded), asked, asked) == [1, 0]


def test_what_was_played_and_what_was_not() -> None:
    """unused() names what nobody asked for; played_before() what was asked for once too often."""
    played = tape([A, B, A])
    assert [entry.number for entry in played.unused()] == [0, 1, 2]
    assert played.played_before(canonical(A)) == []
    taken(played, A)
    assert played.played_before(canonical(A)) == []  # one is left
    taken(played, A)
    assert [entry.number for entry in played.played_before(canonical(A))] == [0, 2]
    assert [entry.number for entry in played.unused()] == [1]
    assert played.played_before(canonical(C)) == []


def test_played_before_in_strict_order_and_behind_placeholders() -> None:
    """Strict order and filled-in placeholders know what was played as well."""
    played = tape([A, request("https://h/users/<redacted:id:1>")], order="strict")
    taken(played, A, request("https://h/users/4711"))
    assert [entry.number for entry in played.played_before(canonical(A))] == [0]
    assert [entry.number for entry in played.played_before(canonical(request("https://h/users/4711")))] == [1]


requests = st.builds(
    lambda path, body: request(f"https://h/{path}", body, "POST", content_type="text/plain"),
    st.sampled_from(["a", "b", "<redacted:id:1>", "<redacted:id:2>"]),
    st.sampled_from(["", "x", "y", "t=<redacted:t:1>", "t=<redacted:t:2>"]),
)


@settings(deadline=None)
@given(st.lists(requests, max_size=12), st.data())
def test_any_order_consumes_every_recording(recorded: list[Request], data: st.DataObject) -> None:
    """Whatever was recorded, replayed in any order: every request gets a recording of its own, and none is left."""
    order = data.draw(st.permutations(range(len(recorded))))
    played = tape(recorded)
    found = taken(played, *(recorded[at] for at in order))
    assert sorted(number for number in found if number is not None) == [*range(len(recorded))]
    assert [recorded[number] for number in found if number is not None] == [recorded[at] for at in order]
    assert played.unused() == []
    assert taken(played, *recorded) == [None] * len(recorded)


@settings(deadline=None)
@given(st.lists(requests, max_size=12))
def test_recorded_order_gets_each_its_own(recorded: list[Request]) -> None:
    """In recorded order each request gets exactly its own recording, strict or not."""
    for order in ("any", "strict"):
        assert taken(tape(recorded, order=order), *recorded) == [*range(len(recorded))]


class Reading:
    """A cassette of many entries that counts what is read of it."""

    def __init__(self, recorded: list[Request], *, look: bool = True) -> None:
        self.indexed = 0
        self.parsed = 0
        self.recorded = recorded
        self.look = look

    def entries(self) -> Iterator[Entry]:
        for number, asked in enumerate(self.recorded):
            self.indexed += 1
            load = Counted(lambda asked=asked: self.parse(asked))
            yield Entry(number, load, head=(asked.method, asked.url) if self.look else None)

    def parse(self, asked: Request) -> object:
        self.parsed += 1
        return recording(asked)

    def tape(self, **options: str) -> Tape:
        return Tape(self.entries(), Matching(DEFAULT), Ignore(), **options)  # type: ignore[arg-type]  # as told


MANY = 10_000


@pytest.mark.parametrize("order", ["any", "strict"])
def test_one_look_up_reads_no_more_than_it_needs(order: str) -> None:
    """Of 10,000 recordings the first request parses the first alone, and indexes no further."""
    reading = Reading([request(f"https://h/{number}") for number in range(MANY)])
    assert taken(reading.tape(order=order), request("https://h/0")) == [0]
    assert (reading.indexed, reading.parsed) == (1, 1)


def test_a_look_up_at_the_end_parses_one() -> None:
    """The last of 10,000 is found by first lines alone; only it is parsed."""
    reading = Reading([request(f"https://h/{number}") for number in range(MANY)])
    assert taken(reading.tape(), request(f"https://h/{MANY - 1}")) == [MANY - 1]
    assert (reading.indexed, reading.parsed) == (MANY, 1)


def test_a_refusal_parses_few() -> None:
    """A request that is not there is refused and explained without parsing the cassette."""
    reading = Reading([request(f"https://h/{number}") for number in range(MANY)])
    played = reading.tape()
    asked = canonical(request("https://h/nowhere"))
    assert played.take(asked) is None
    assert len(nearest([played], asked)) == 3
    assert reading.parsed <= 30


def canonicalised(monkeypatch: pytest.MonkeyPatch) -> Counted:
    """Counts how many requests are brought into canonical form by the tape."""
    made = Counted(Canonical)
    monkeypatch.setattr(cassette, "Canonical", made)
    return made


@pytest.mark.parametrize("backwards", [False, True])
def test_a_full_bucket_costs_each_recording_once(monkeypatch: pytest.MonkeyPatch, backwards: bool) -> None:
    """10,000 bodies sent to one URL, in order or against it: each recording is read and compared once."""
    made = canonicalised(monkeypatch)
    recorded = [request("https://h/", str(number), content_type="application/json") for number in range(MANY)]
    reading = Reading(recorded)
    played = reading.tape()
    order = recorded[::-1] if backwards else recorded
    found = taken(played, *order)
    assert found == [*range(MANY)][:: -1 if backwards else 1]
    assert reading.parsed == MANY
    assert made.calls == 2 * MANY  # by its first lines, and in full


def test_equal_requests_are_passed_over_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """10,000 equal requests: played recordings are not looked at again and again."""
    looked = 0

    class Looked(Entry):
        __slots__ = ()

        @property
        def interaction(self) -> object:  # type: ignore[override]  # counted
            nonlocal looked
            looked += 1
            return super().interaction

    monkeypatch.setattr("tests.unit.core.test_cassette.Entry", Looked)
    reading = Reading([A] * MANY)
    played = reading.tape(repeat="last")
    assert taken(played, *[A] * MANY) == [*range(MANY)]
    assert reading.parsed == MANY
    assert looked <= 2 * MANY


def test_no_shape_no_head() -> None:
    """Recordings whose first lines tell nothing are parsed to be indexed, and found all the same."""
    reading = Reading([A, B, C], look=False)
    assert taken(reading.tape(), B) == [1]
    assert reading.parsed == 2


def test_a_url_that_is_none_is_said_by_the_whole_document() -> None:
    """A head with a broken URL does not end in an error of Python's own: the document is read, and says so."""

    def load() -> object:
        raise LookupError("the document says what is wrong")

    broken = Entry(0, load, head=("GET", "http://[::1"))  # type: ignore[arg-type]  # it never gets that far
    played = Tape([broken], Matching(DEFAULT), Ignore())
    with pytest.raises(LookupError):
        played.take(canonical(A))


def test_the_nearest_come_first() -> None:
    """The likeliest is the one that differs least; method and host weigh more than a field of the body."""
    recorded = [
        request("https://other.example/v1/orders", '{"n":1}', content_type="application/json"),
        request("https://h/v1/orders", '{"n":2,"m":3}', content_type="application/json"),
        request("https://h/v1/orders", '{"n":2}', content_type="application/json"),
        request("https://h/v1/users", method="GET"),
    ]
    asked = canonical(request("https://h/v1/orders", '{"n":1}', content_type="application/json"))
    misses = nearest([tape(recorded)], asked)
    assert [miss.entry.number for miss in misses] == [2, 1, 0]
    assert all(len(one.differences) <= len(other.differences) for one, other in pairwise(misses[:2]))


def test_the_nearest_of_several_tapes() -> None:
    """With further cassettes the nearest of all is named first."""
    asked = canonical(request("https://h/v1/orders?page=2"))
    far, near = tape([request("https://h/about")]), tape([request("https://h/v1/orders?page=1")])
    assert nearest([far, near], asked)[0].entry is near.entries[0]
