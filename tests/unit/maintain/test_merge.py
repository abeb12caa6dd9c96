"""Three-way merging of recordings: what one side changed is taken, what both changed is for people."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st
from tests.unit.core.made import MOMENT, answer, recording, request

from api_mocker._storage import schema
from api_mocker._storage.emit import emit
from api_mocker._storage.files import CassetteFile
from api_mocker._storage.stream import assemble
from api_mocker.maintain.merge import Labels, Merged, merge
from api_mocker.maintain.sources import Recording, Source, read

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from api_mocker import Interaction


def got(path: str, body: str = "{}", day: int = 0) -> Interaction:
    """A GET, recorded on some day."""
    made = recording(request(f"https://h/{path}"), answer(body))
    return type(made)(made.request, made.response, None, MOMENT + timedelta(days=day))


def written(interactions: Iterable[Interaction], test: str | None = None) -> bytes:
    documents = [emit(schema.write(each)) for each in interactions]
    return b"".join(assemble(emit(schema.header(test)), documents))


def opened(content: bytes) -> Recording:
    return read(Source(Path("flow.yaml"), "flow.yaml", lambda: content))


def merged(base: Sequence[Interaction], ours: Sequence[Interaction], theirs: Sequence[Interaction]) -> Merged:
    return merge(opened(written(base)), opened(written(ours)), opened(written(theirs)))


def held(result: Merged) -> list[Interaction]:
    assert result.conflicts == 0
    return [entry.interaction for entry in CassetteFile(Path("m.yaml"), result.content).entries()]


A, B, C, D, E = (got(name) for name in "abcde")
A1, A2, B1, B2 = got("a", "[1]"), got("a", "[2]"), got("b", "[1]"), got("b", "[2]")


def test_what_one_side_changed_is_taken() -> None:
    """Changes, additions and removals of either side, wherever they stand."""
    assert held(merged([A, B], [A1, B], [A, B1])) == [A1, B1]
    assert held(merged([A, B, C], [A, C], [A, B, C, D])) == [A, C, D]
    assert held(merged([A], [A, B], [A, C])) == [A, B, C]
    assert held(merged([A], [B, A], [C, A])) == [B, C, A]
    assert held(merged([A, B], [A, D, B], [A, E, B])) == [A, D, E, B]
    assert held(merged([A, B], [], [A, B])) == []


def test_the_same_on_both_sides_stands_there_once() -> None:
    """Changed or added alike, noise aside."""
    assert held(merged([A], [A1], [A1])) == [A1]
    assert held(merged([A], [A, B], [A, got("b", day=3)])) == [A, B]
    assert held(merged([], [A], [A, A])) == [A, A]


def test_an_order_that_one_side_changed_is_taken() -> None:
    """And what the other added stands behind what it stood behind."""
    assert held(merged([A, B, C], [A, B, C], [C, A, B])) == [C, A, B]
    assert held(merged([A, B, C], [A, D, B, C], [C, A, B])) == [C, A, D, B]
    assert held(merged([A, B, C], [C, A, B], [A, D, B, C])) == [C, A, D, B]
    assert held(merged([A, B, C], [D, A, B, C], [C, A, E, B])) == [D, C, A, E, B]


def test_noise_is_no_change() -> None:
    """A re-recording conflicts with nothing."""
    assert held(merged([A], [got("a", day=1)], [A1])) == [A1]
    assert held(merged([A], [A1], [got("a", day=1)])) == [A1]
    assert held(merged([A], [], [got("a", day=1)])) == []


def test_both_changed_one_interaction() -> None:
    """Its documents stand between the markers, each with its separator, so that either may be taken."""
    result = merge(
        opened(written([A, B, C])),
        opened(written([A1, B, C])),
        opened(written([A2, B, C, D])),
        Labels("HEAD", "feature/x", 9),
    )
    assert result.conflicts == 1
    text = result.content.decode()
    ours, theirs = (f"---\n{emit(schema.write(each))}" for each in (A1, A2))
    assert f"\n<<<<<<<<< HEAD\n{ours}=========\n{theirs}>>>>>>>>> feature/x\n---\n" in text
    rest = text.replace(ours, "").replace(theirs, "")
    assert "https://h/a" not in rest
    assert [f"https://h/{name}" in rest for name in "bcd"] == [True] * 3


def test_changed_here_and_removed_there_is_a_conflict() -> None:
    """One side of it is empty."""
    result = merged([A, B], [B], [A1, B])
    assert result.conflicts == 1
    assert b"<<<<<<< ours\n=======\n---\n" in result.content
    assert merged([A, B], [A1, B], [B]).conflicts == 1


def test_added_on_both_sides_with_another_answer_is_a_conflict() -> None:
    """One request cannot have been answered in two ways at once."""
    assert merged([B], [B, A1], [B, A2]).conflicts == 1


def test_headers_are_merged_too() -> None:
    """A test that was renamed on one side is renamed; on both, it is a conflict."""
    base, ours, theirs = (opened(written([A], name)) for name in ("t.py::a", "t.py::b", "t.py::c"))
    assert merge(base, ours, base).content == written([A], "t.py::b")
    assert merge(base, base, theirs).content == written([A], "t.py::c")
    assert merge(base, ours, theirs).conflicts == 1


def test_comments_of_documents_stay() -> None:
    """What stays, stays byte for byte."""
    commented = (
        written([A, B]).replace(b"---\nrequest", b"--- # mine\nrequest").replace(b"# api-mocker", b"# own")
    )
    other = commented.replace(b"https://h/b", b"https://h/c")
    base = opened(commented)
    assert merge(base, base, opened(other)).content == other
    assert merge(base, opened(other), base).content == other


pool = st.lists(st.sampled_from([A, B, C, D, A1, A2, B1, B2, got("a", day=1)]), max_size=6)


@given(pool, pool)
def test_where_one_side_did_nothing_the_other_is_taken(
    base: list[Interaction], other: list[Interaction]
) -> None:
    """Byte for byte, in its order."""
    assert merged(base, base, other).content == written(other)
    assert merged(base, other, base).content == written(other)
    assert merged(base, other, other).content == written(other)


@given(pool, pool, pool)
def test_nothing_that_a_side_recorded_is_lost(
    base: list[Interaction], ours: list[Interaction], theirs: list[Interaction]
) -> None:
    """What is new on a side stands in the result, noise aside, or in a conflict; nothing is made up."""
    result = merged(base, ours, theirs)
    known = {emit(schema.write(each)) for each in (*base, *ours, *theirs)}
    text = result.content.decode()
    if not result.conflicts:
        assert all(emit(schema.write(each)) in known for each in held(result))
    for each in (*ours, *theirs):
        document = emit(schema.write(each))
        same = [
            one
            for one in (*base, *ours, *theirs)
            if one.request == each.request and one.response == each.response
        ]
        if each not in base and not any(one in base for one in same):
            assert document in text or any(emit(schema.write(one)) in text for one in same)
