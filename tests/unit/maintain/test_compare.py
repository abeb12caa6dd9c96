"""What became of a recording: alignment, details, noise; and that nothing is said twice or not at all."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.core.made import MOMENT, answer, entries, recording, request
from tests.unit.interactions import interactions

from api_mocker import Headers, Interaction
from api_mocker._core.canonical import Ignore
from api_mocker._core.model import Coding, Failure
from api_mocker.maintain.compare import Comparison, How, Kind, compare, meaning_key
from api_mocker.maintain.details import Detail

HOST = "https://api.example.com"


def got(path: str, body: object = None, status: int = 200, **fields: str) -> Interaction:
    """A GET and its JSON."""
    return recording(request(f"{HOST}{path}"), answer(json.dumps(body or {}), status, **fields))


def details(before: Interaction, after: Interaction, *ignore: str, shape: bool = False) -> list[str]:
    """What is said of one that changed, as ``where: before -> after (note)``."""
    comparison = compare([before], [after], How(Ignore.parse(ignore), shape))
    return [said(detail) for change in comparison.changes for detail in change.details]


def said(detail: Detail) -> str:
    note = f" ({detail.note})" if detail.note else ""
    return f"{detail.where}: {detail.before} -> {detail.after}{note}"


def noise(comparison: Comparison) -> list[str]:
    return [detail.where for change in comparison.noise for detail in change.details]


def kinds(comparison: Comparison) -> list[tuple[Kind, int | None, int | None]]:
    return [(change.kind, change.before, change.after) for change in comparison.changes]


A, B, C, D = (got(f"/{name}") for name in "abcd")


def test_each_kind_of_change_is_told_once() -> None:
    """Added, removed, changed and moved, in the order of the newer side."""
    changed = got("/b", status=404)
    assert kinds(compare([A, B, C], [A, changed, C, D])) == [("changed", 1, 1), ("added", None, 3)]
    assert kinds(compare([A, B, C], [A, C])) == [("removed", 1, None)]
    assert kinds(compare([A, B, C], [B, C, A])) == [("moved", 0, 2)]
    both = compare([A, B, C, D], [B, C, D, got("/a", status=500)])
    assert kinds(both) == [("changed", 0, 3)]
    assert both.changes[0].moved
    assert (both.count("changed"), both.count("moved")) == (1, 1)


def test_what_comes_in_at_the_front_is_one_addition() -> None:
    """Nothing else has moved or changed."""
    assert kinds(compare([A, B, C], [D, A, B, C])) == [("added", None, 0)]


def test_repeats_stay_in_their_order() -> None:
    """Of equal ones, the one in the common order stays; the others came or went."""
    assert kinds(compare([A, B, A], [B, A])) == [("removed", 0, None)]
    assert kinds(compare([A, A], [A, A, A])) == [("added", None, 2)]
    polled = [got("/job", {"state": state}) for state in ("queued", "queued", "done")]
    longer = [got("/job", {"state": state}) for state in ("queued", "queued", "queued", "done")]
    assert [kind for kind, _, _ in kinds(compare(polled, longer))] == ["added"]


def test_requests_to_one_place_are_paired_by_likeness() -> None:
    """An operation that came in first does not make all that follow another one."""

    def operation(name: str, size: int) -> Interaction:
        body = json.dumps({"operation": name, "size": size, "version": 1})
        return recording(request(f"{HOST}/graphql", body, content_type="application/json"))

    before = [operation(name, 1) for name in "abc"]
    after = [operation(name, 2) for name in "xabc"]
    assert kinds(compare(before, after)) == [
        ("added", None, 0),
        ("changed", 0, 1),
        ("changed", 1, 2),
        ("changed", 2, 3),
    ]


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ({"items": [{"price": 10}]}, {"items": [{"price": "10"}]}, ['body $.items[0].price: 10 -> "10" (type changed)']),
        ({"a": 1}, {"a": 1.5}, ["body $.a: 1 -> 1.5"]),
        ({"a": True}, {"a": 1}, ["body $.a: true -> 1 (type changed)"]),
        ({"a": None}, {"b-c": None}, ["body $.a: null -> None", "body $['b-c']: None -> null"]),
        ([1, 2, 3], [0, 1, 2, 3], ["body $[0]: None -> 0"]),
        ([{"id": 1}, {"id": 2, "n": 1}], [{"id": 3}, {"id": 1}, {"id": 2, "n": 2}],
         ['body $[0]: None -> {"id": 3}', "body $[2].n: 1 -> 2"]),
        ([{"id": 1, "n": "a"}], [{"id": 2, "n": "a"}], ["body $[0].id: 1 -> 2"]),
        ({"a": {"b": [1]}}, {"a": {"b": []}}, ["body $.a.b[0]: 1 -> None"]),
    ],
)  # fmt: skip
def test_json_is_told_at_its_smallest_place(before: object, after: object, told: list[str]) -> None:
    """Paths, with a change of type called out; elements of arrays are aligned."""
    assert details(got("/a", before), got("/a", after)) == told


def test_status_headers_query_and_form_are_told_by_name() -> None:
    """Each thing that has a name is told under it."""
    assert details(got("/a", x_a="1"), got("/a", status=404, x_a="2", x_b="3")) == [
        "status: 200 -> 404",
        "header x-a: '1' -> '2'",
        "header x-b: None -> '3'",
    ]
    assert details(got("/a?page=1"), got("/a?page=2")) == ["request query page: '1' -> '2'"]
    form = {"content_type": "application/x-www-form-urlencoded"}
    before, after = (recording(request(HOST, body, **form)) for body in ("a=1&b=2", "a=1&b=3&c=4"))
    assert details(before, after) == [
        "request body field b: '2' -> '3'",
        "request body field c: None -> '4'",
    ]


def test_texts_are_hunks_and_binaries_sizes_with_hashes() -> None:
    """Lines with their neighbours; what is no text is told by size and hash."""
    lines = [f"line {number}" for number in range(9)]
    text = [
        recording(request(), answer("\n".join(one), content_type="text/plain"))
        for one in (lines, [*lines[:4], "new", *lines[5:]])
    ]
    (change,) = compare(text[:1], text[1:]).changes
    hunk = ("@@ -3,5 +3,5 @@", " line 2", " line 3", "-line 4", "+new", " line 5", " line 6")
    assert change.details[0].hunk == hunk
    images = [recording(request(), answer(body, content_type="image/png")) for body in (b"\0a", b"\0bc")]
    sizes = [f"{len(body)} bytes, sha256 {sha256(body).hexdigest()[:12]}" for body in (b"\0a", b"\0bc")]
    assert details(images[0], images[1]) == [f"body: {sizes[0]} -> {sizes[1]}"]


def test_events_of_a_stream_are_aligned() -> None:
    """One event more is one event more."""
    before, after = (
        recording(request(), answer(body, content_type="text/event-stream"))
        for body in ("data: a\n\ndata: b\n\n", "data: a\n\nevent: x\ndata: n\n\ndata: b\n\n")
    )
    assert details(before, after) == ["event 2: None -> event: x | data: n"]


def test_parts_of_a_form_are_told_by_name_and_their_boundary_is_noise() -> None:
    """Another boundary is no change."""

    def upload(boundary: str, content: str) -> Interaction:
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="note"\r\n\r\n'
        body = f"{head}{content}\r\n--{boundary}--\r\n"
        return recording(request(HOST, body, content_type=f"multipart/form-data; boundary={boundary}"))

    same = compare([upload("x", "a")], [upload("y", "a")])
    assert not same.differs
    assert noise(same) == ["request header content-type"]
    assert details(upload("x", "a"), upload("y", "b")) == ["request body part 0 (note): 'a' -> 'b'"]


def test_outcomes_of_another_kind_are_told() -> None:
    """A failure in the place of an answer, and a stream that was left at another place."""
    failed = recording(request(f"{HOST}/a"), Failure("read_timeout", "x"))
    assert details(got("/a"), failed) == ["error: None -> read_timeout", "response: 200 OK -> None"]
    again = recording(request(f"{HOST}/a"), Failure("read_timeout", "y"))
    assert noise(compare([failed], [again])) == ["error message"]
    assert A.response is not None
    left = replace(A, response=replace(A.response, truncated=True))
    assert details(A, left) == ["body left after: None -> 2 bytes"]


def test_noise_is_set_apart_and_never_left_out() -> None:
    """What changes with every recording is no change, and is told all the same."""
    before = got("/a", date="Mon", etag='"1"', set_cookie="s=1; Path=/")
    after = replace(
        got("/a", date="Tue", etag='"2"', set_cookie="s=2"), recorded_at=MOMENT + timedelta(days=1)
    )
    comparison = compare([before], [after])
    assert not comparison.differs
    assert noise(comparison) == ["header date", "header etag", "header set-cookie", "recorded_at"]
    assert details(before, got("/a", set_cookie="other=1")) == [
        "header set-cookie: 's=1; Path=/' -> 'other=1'"
    ]


def test_a_request_id_of_the_request_is_noise_too() -> None:
    """It does not keep two requests from being the same."""
    before, after = (
        [recording(request(f"{HOST}/a", x_request_id=f"{name}{n}"), answer(f"[{n}]")) for n in range(3)]
        for name in "ab"
    )
    assert kinds(compare(before, after)) == []


def test_what_is_written_in_another_way_is_noise() -> None:
    """The layout of JSON, the case of a header's name, how it was compressed."""
    assert A.response is not None
    for other in (
        replace(A.response, body=b"{ }"),
        replace(A.response, headers=Headers.of([("CONTENT-TYPE", "application/json")])),
        replace(A.response, coding=Coding("gzip")),
    ):
        comparison = compare([A], [replace(A, response=other)])
        assert not comparison.differs
        assert noise(comparison) == ["notation"]


def test_what_is_ignored_is_folded_like_noise() -> None:
    """The paths of the configuration, in requests and answers."""
    before, after = got("/a?ts=1", {"id": 1, "n": 1}), got("/a?ts=2", {"id": 2, "n": 1})
    comparison = compare([before], [after], How(Ignore.parse(["json:$.id", "query:ts"])))
    assert not comparison.differs
    assert noise(comparison) == ["request query ts", "body $.id"]
    assert details(before, after, "query:ts") == ["body $.id: 1 -> 2"]
    assert details(before, got("/a?ts=2", {"id": 2, "n": 2}), "json:$.id", "query:ts") == ["body $.n: 1 -> 2"]


def test_shape_looks_at_structure_alone() -> None:
    """Keys, types and status; elements of one shape are one."""
    before = got("/a?page=1", {"items": [{"id": 1, "price": 10}, {"id": 2, "price": 11}]}, x_a="1")
    same = got("/a?page=9", {"items": [{"id": 7, "price": 1.5}]}, x_a="2")
    assert details(before, same, shape=True) == []
    other = got("/a?page=1", {"items": [{"id": "1", "price": 10}], "next": None}, status=201)
    assert details(before, other, shape=True) == [
        "status: 200 -> 201",
        "body $.items[*].id: number -> string (type changed)",
        "body $.next: None -> null",
    ]


def test_numbers_of_placeholders_are_no_difference() -> None:
    """They follow from the order of a recording."""
    before, after = (got("/a", {"token": f"<redacted:token:{n}>"}) for n in (1, 2))
    assert not compare([before], [after]).differs


def test_what_stands_in_a_file_byte_for_byte_is_not_parsed() -> None:
    """Entries whose documents are the same are never loaded."""
    before, after = entries([A, B, C]), entries([A, got("/b", status=404), C])
    assert kinds(compare(before, after)) == [("changed", 1, 1)]
    assert [entry._interaction is not None for entry in before] == [False, True, False]


def test_a_body_that_is_nested_too_deeply_is_told_by_its_hash() -> None:
    """No recursion ends the comparison."""
    deep = [recording(request(), answer("[" * 900 + str(n) + "]" * 900)) for n in (1, 2)]
    (told,) = details(deep[0], deep[1])
    assert told.startswith("body")


def test_every_interaction_is_counted_when_read_and_when_compared() -> None:
    """Progress ends where it has to."""
    for before, after in ([[A, B, C], [B, D]], [[A], [A]], [[], [A]], [[A, B], []]):
        for older, newer in ((before, after), (entries(before), entries(after))):
            steps: list[int] = []
            compare(older, newer, None, steps.append)
            assert sum(steps) == 2 * (len(before) + len(after))


def applied(before: list[Interaction], comparison: Comparison, size: int) -> list[Interaction]:
    """`before` with all that was reported done to it."""
    gone = {change.before for change in comparison.changes}
    stays = iter([each for at, each in enumerate(before) if at not in gone])
    put = {change.after: change.interaction for change in comparison.changes if change.after is not None}
    return [put[at] if at in put else next(stays) for at in range(size)]


few = st.lists(
    st.sampled_from(
        [A, B, C, D, got("/a", {"n": 1}), got("/a", {"n": 2}), got("/b", status=404), got("/a?q=1")]
    )
    | interactions,
    max_size=8,
)


@given(few)
def test_a_recording_does_not_differ_from_itself(recorded: list[Interaction]) -> None:
    """Nothing is said of what is the same."""
    comparison = compare(recorded, list(recorded))
    assert comparison == Comparison((), (), tuple((at, at) for at in range(len(recorded))))
    assert not compare(recorded, list(recorded), How(shape=True)).changes


@settings(deadline=None)
@given(few, few)
def test_what_is_reported_makes_the_one_into_the_other(
    before: list[Interaction], after: list[Interaction]
) -> None:
    """Removals, additions, changes and moves, applied to the older side, give the newer one, but for noise."""
    comparison = compare(before, after)
    made = applied(before, comparison, len(after))
    noisy = {change.after: change.interaction for change in comparison.noise}
    assert [noisy.get(at, each) for at, each in enumerate(made)] == after
    nothing = Ignore()
    for mine, theirs in zip(made, after, strict=True):
        if mine != theirs and meaning_key(mine, nothing) != meaning_key(theirs, nothing):
            assert noise(compare([mine], [theirs])) == [
                "notation"
            ]  # the case of a name, the order of headers


@settings(deadline=None)
@given(few, few)
def test_both_ways_tell_the_same(before: list[Interaction], after: list[Interaction]) -> None:
    """What one way adds, the other removes."""
    there, back = compare(before, after), compare(after, before)
    assert there.count("added") - there.count("removed") == len(after) - len(before)
    assert back.count("added") - back.count("removed") == len(before) - len(after)


def test_ten_thousand_are_compared_without_a_quadratic_step() -> None:
    """One in a hundred changed, all in one place: it is over before anybody asks."""
    before = [got("/a", {"n": n}) for n in range(10_000)]
    after = [got("/a", {"n": -n} if n % 100 == 50 else {"n": n}) for n in range(10_000)]
    assert compare(before, after).count("changed") == 100
