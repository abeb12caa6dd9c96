"""Mixing a cassette and the recording that waits for it: what holds for whatever they hold."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api_mocker import Headers, Interaction, Request, Response
from api_mocker._core.cassette import Entry
from api_mocker._storage import schema
from api_mocker._storage.emit import emit
from api_mocker._storage.files import CassetteFile, save
from api_mocker._storage.waiting import Others, drop, put_aside, put_in_place, waiting
from api_mocker.exceptions import CassetteBusy
from api_mocker.maintain.review import Mixture, Review

from .interactions import MOMENT, interactions

HEAD = emit(schema.header(None))
API = "https://h"

plain = st.builds(
    lambda path, answer, token, date: asked(path, answer, token=token, date=date),
    st.sampled_from(["/a", "/b", "/c"]),
    st.integers(0, 3),
    st.integers(0, 2),
    st.integers(0, 1),
)
flows = st.lists(plain | interactions, max_size=6)


def asked(path: str, answer: object, *, method: str = "GET", token: int = 0, date: int = 0) -> Interaction:
    """A request, with the N of a token where it is not 0, and its answer."""
    headers = Headers((("Authorization", f"Bearer <redacted:token:{token}>"),)) if token else Headers()
    answered = Headers((("Content-Type", "application/json"), ("Date", f"day {date}, of noise")))
    return Interaction(
        Request(method, API + path, headers),
        Response(200, answered, json.dumps(answer).encode(), "OK"),
        None,
        MOMENT,
    )


def reviewed(before: list[Interaction], after: list[Interaction]) -> Review:
    """Both as files have them."""
    with TemporaryDirectory() as folder:
        sides = []
        for name, side in (("a.yaml", before), ("b.yaml", after)):
            path = Path(folder) / name
            save(path, HEAD, side, opened=None, root=Path(folder))
            entries = [*CassetteFile(path).entries()]
            assert [entry.interaction for entry in entries] == side  # parsed while the files are there
            sides.append(entries)
        return Review(sides[0], sides[1])


def held(mixture: Mixture) -> list[Interaction]:
    return [item.interaction if isinstance(item, Entry) else item for item in mixture.items]


def taken_where(review: Review, *kinds: str) -> list[int]:
    return [at for at, change in enumerate(review.changes) if change.kind in kinds]


@settings(max_examples=60, deadline=None)
@given(flows, flows)
def test_all_is_the_recording_and_nothing_is_the_cassette(
    before: list[Interaction], after: list[Interaction]
) -> None:
    """Through the disk: accepting all gives the waiting file, rejecting all leaves the old one, byte for byte."""
    with TemporaryDirectory() as name:
        root = Path(name).resolve()
        path = root / "cassettes" / "c.yaml"
        save(path, HEAD, before, opened=None, root=root)
        for take in (False, True):
            text = path.read_bytes()
            current = CassetteFile(path)
            place = put_aside(path, HEAD, after, root, "review", opened=current)
            recording = place.read_bytes()
            (found,) = waiting(root)
            assert found.fits(current)
            entries = [*current.entries()], [*CassetteFile(place).entries()]
            review = Review(*entries)
            if take:
                mixture = review.mixed(range(len(review.changes)))
                put_in_place(found, current.head, mixture.items, current)
                assert path.read_bytes() == recording.partition(b"# waits for")[0]
                assert [entry.interaction for entry in CassetteFile(path).entries()] == after
            elif review.changes:
                assert held(review.mixed(())) == before
            assert drop(found)
            assert take or path.read_bytes() == text
            assert not (root / ".api_mocker" / "review").exists()


@settings(max_examples=100, deadline=None)
@given(flows, flows, st.data())
def test_a_part_is_made_of_both(
    before: list[Interaction], after: list[Interaction], data: st.DataObject
) -> None:
    """Whatever is taken: nothing else goes, nothing else comes, old texts stay, each change is as it was answered."""
    review = reviewed(before, after)
    numbers = list(range(len(review.changes)))
    taken = data.draw(st.sets(st.sampled_from(numbers)) if numbers else st.just(set[int]()))
    mixture = review.mixed(taken)
    dropped = sum(change.kind == "removed" for at, change in enumerate(review.changes) if at in taken)
    added = sum(change.kind == "added" for at, change in enumerate(review.changes) if at in taken)
    assert len(mixture.items) == len(before) - dropped + added
    for at, change in enumerate(review.changes):
        if at not in taken and change.before is not None and taken:
            assert before[change.before] in held(mixture)


def test_numbers_follow_the_texts_that_stay() -> None:
    """A rejected log-in keeps its number; what came with the new numbers is renumbered to the same values."""
    login = {"access": "<redacted:token:1>"}
    before = [asked("/login", login), asked("/me", 1, token=1)]
    after = [
        asked("/first", {"access": "<redacted:token:1>"}),
        asked("/login", {"access": "<redacted:token:2>"}),
        asked("/me", 2, token=2),
    ]
    review = reviewed(before, after)
    mixed = review.mixed(taken_where(review, "changed"))
    assert held(mixed) == [before[0], asked("/me", 2, token=1)]
    assert mixed.unmet == ()


def test_a_new_value_gets_no_number_that_stays() -> None:
    """Two values that have nothing to do with each other do not share a number."""
    before = [asked("/old", {"access": "<redacted:token:1>"}), asked("/old/me", 1, token=1)]
    after = [asked("/new", {"access": "<redacted:token:1>"}), asked("/new/me", 1, token=1)]
    review = reviewed(before, after)
    mixed = held(review.mixed(taken_where(review, "added")))
    assert asked("/new/me", 1, token=2) in mixed
    assert asked("/new", {"access": "<redacted:token:2>"}) in mixed
    assert before[0] in mixed
    assert before[1] in mixed


def test_an_old_request_that_loses_its_answer_is_said() -> None:
    """The other way round: what stays and sends what only a replaced answer gave."""
    before = [asked("/orders", {"id": "o-1"}, method="POST"), asked("/orders/o-1", {"state": "open"})]
    after = [asked("/orders", {"id": "o-2"}, method="POST"), asked("/orders/o-2", {"state": "open"})]
    review = reviewed(before, after)
    (first,) = taken_where(review, "changed")
    (reliance,) = review.mixed([first]).unmet
    assert (reliance.interaction, reliance.giver, reliance.value) == (before[1], before[0], "o-1")
    assert not reliance.new


def test_a_value_that_the_client_knew_is_no_reliance() -> None:
    """What was sent before any answer held it came from the test itself."""
    before = [asked("/orders/o-1", {"id": "o-1"}), asked("/orders/o-1/items", 1)]
    after = [asked("/orders/o-1", {"state": "gone"}), asked("/orders/o-1/items", 2)]
    review = reviewed(before, after)
    for number in range(len(review.changes)):
        assert review.mixed([number]).unmet == ()


def test_noise_that_is_sent_comes_along() -> None:
    """A new ETag is noise; where a request that is taken sends it, the answer that gave it is taken, too."""

    def tagged(tag: str) -> Interaction:
        headers = Headers((("Content-Type", "application/json"), ("ETag", tag)))
        return Interaction(Request("GET", f"{API}/doc"), Response(200, headers, b"1", "OK"), None, MOMENT)

    def conditional(tag: str, answer: int) -> Interaction:
        return Interaction(
            Request("GET", f"{API}/other", Headers((("If-None-Match", tag),))),
            Response(200, Headers((("Content-Type", "application/json"),)), b"%d" % answer, "OK"),
            None,
            MOMENT,
        )

    before = [tagged('"aaaaaaaa"'), conditional('"aaaaaaaa"', 1), asked("/x", 1)]
    after = [tagged('"bbbbbbbb"'), conditional('"bbbbbbbb"', 2), asked("/x", 2)]
    review = reviewed(before, after)
    other, x = taken_where(review, "changed")
    assert held(review.mixed([other])) == [after[0], after[1], before[2]]
    assert held(review.mixed([x])) == [before[0], before[1], after[2]]


def test_a_move_that_is_not_taken_stays_where_it_was() -> None:
    """Order is a change like others."""
    before = [asked("/a", 1), asked("/b", 1), asked("/c", 1)]
    after = [before[2], before[0], before[1], asked("/d", 1)]
    review = reviewed(before, after)
    assert held(review.mixed(taken_where(review, "added"))) == [*before, after[3]]
    assert held(review.mixed(taken_where(review, "moved"))) == after[:3]


def test_processes_of_one_run_do_not_replace_each_other(tmp_path: Path) -> None:
    """What another process of the run put to review is added to, or left alone, loudly; that of an older run goes."""
    path = tmp_path / "cassettes" / "c.yaml"
    first, second, third = (asked(f"/{name}", 1) for name in "abc")

    def put(item: Interaction, run: str, *, append: bool) -> list[Interaction]:
        place = put_aside(path, HEAD, [item], tmp_path, "review", others=Others(run, None, append))
        return [entry.interaction for entry in CassetteFile(place).entries()]

    assert put(first, "one", append=False) == [first]
    with pytest.raises(CassetteBusy, match="waits for review already"):
        put(second, "one", append=False)
    assert put(second, "one", append=True) == [first, second]
    assert put(third, "two", append=False) == [third]
