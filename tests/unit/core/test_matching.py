"""Matchers: built-in ones say the same thing by their key and by their difference; one's own are asked once."""

from __future__ import annotations

from itertools import permutations
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.core.made import Counted, canonical, request, tape

from api_mocker._core.canonical import Canonical, Ignore
from api_mocker._core.differences import json_differences
from api_mocker._core.explain import difference_lines, volatile
from api_mocker._core.likeness import nearest
from api_mocker._core.matching import BUILT_IN, DEFAULT, Matching, matcher
from api_mocker._core.model import Request
from api_mocker.exceptions import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

BASE = request(
    "https://api.example.com/v1/items?a=1", '{"n":1}', accept="a/b", content_type="application/json"
)

OTHER: dict[str, tuple[Request, list[str]]] = {
    "method": (
        request(BASE.url, BASE.body, "PUT", accept="a/b", content_type="application/json"),
        ["method: sent POST, recorded PUT"],
    ),
    "scheme": (
        request(
            "http://api.example.com:443/v1/items?a=1",
            BASE.body,
            accept="a/b",
            content_type="application/json",
        ),
        ["scheme: sent https, recorded http"],
    ),
    "host": (
        request(
            "https://api.example.org/v1/items?a=1", BASE.body, accept="a/b", content_type="application/json"
        ),
        ["host: sent api.example.com, recorded api.example.org"],
    ),
    "port": (
        request(
            "https://api.example.com:8443/v1/items?a=1",
            BASE.body,
            accept="a/b",
            content_type="application/json",
        ),
        ["port: sent 443, recorded 8443"],
    ),
    "path": (
        request(
            "https://api.example.com/v1%2Fitems?a=1", BASE.body, accept="a/b", content_type="application/json"
        ),
        ["path: sent /v1/items, recorded /v1%2Fitems"],
    ),
    "query": (
        request(
            "https://api.example.com/v1/items?a=1&a=2",
            BASE.body,
            accept="a/b",
            content_type="application/json",
        ),
        ["query a: sent '1', recorded '1', '2'"],
    ),
    "body": (
        request(BASE.url, '{"n":"1","x":[]}', accept="a/b", content_type="application/json"),
        ['body $.n: sent 1, recorded "1" (type changed)', "body $.x: not sent, recorded []"],
    ),
    "headers": (
        request(BASE.url, BASE.body, accept="c/d", content_type="application/json"),
        ["headers accept: sent 'a/b', recorded 'c/d'"],
    ),
}


def test_every_built_in_matcher_is_tested() -> None:
    """The table of differences covers every built-in matcher."""
    assert set(OTHER) == set(BUILT_IN)
    assert [*DEFAULT] == [name for name in BUILT_IN if name != "headers"]


@pytest.mark.parametrize("name", BUILT_IN)
def test_a_built_in_matcher(name: str) -> None:
    """Each sees its own subject and nothing else, and says in words what it saw."""
    recorded, lines = OTHER[name]
    live = canonical(BASE)
    for other in BUILT_IN:
        matching = Matching([other])
        found = matching.differences(live, canonical(recorded))
        same = (matching.coarse(live), matching.fine(live)) == (
            matching.coarse(canonical(recorded)),
            matching.fine(canonical(recorded)),
        )
        assert same == (not found) == (other != name)
        assert [*difference_lines(found)] == ([] if same else lines)


JSON, FORM = "application/json", "application/x-www-form-urlencoded"


@pytest.mark.parametrize(
    ("kind", "sent", "recorded", "lines"),
    [
        (JSON, '{"a":{"b":[1,2]}}', '{"a":{"b":[1,3,4]}}', ["body $.a.b[1]: sent 2, recorded 3", "body $.a.b[2]: not sent, recorded 4"]),
        (JSON, '{"a b":1,"x\'y":1}', '{"a b":2,"x\'y":2}', ["body $['a b']: sent 1, recorded 2", r"body $['x\'y']: sent 1, recorded 2"]),
        (JSON, "1", "true", ["body $: sent 1, recorded true (type changed)"]),
        (JSON, "1", "1.5", ["body $: sent 1, recorded 1.5"]),
        (JSON, "1e400", "1e401", ["body $: sent 1e400, recorded 1e401"]),
        (JSON, '{"a":1}', '{"a":1,"a":2}', ["body: sent a json body, recorded 13 bytes"]),
        (JSON, "", '{"a":1}', ["body: sent no body, recorded a json body"]),
        (FORM, "a=1&b=2", "a=1&b=3&c=4", ["body b: sent '2', recorded '3'", "body c: not sent, recorded '4'"]),
        ("text/plain", "hello world", "hello there", ["body byte 6: sent 'hello world', recorded 'hello there' (11 bytes sent, 11 recorded)"]),
        ("a/b", b"\xff\x00", b"\xff\x01", [r"body byte 1: sent '\xff\x00', recorded '\xff\x01' (2 bytes sent, 2 recorded)"]),
    ],
)  # fmt: skip
def test_bodies_differ_at_the_smallest_place(
    kind: str, sent: str | bytes, recorded: str, lines: list[str]
) -> None:
    """Bodies of one type are told apart at the leaf, the field or the byte; else by what they are."""
    asked, was = (request("https://h/", body, "POST", content_type=kind) for body in (sent, recorded))
    found = Matching(DEFAULT).differences(canonical(asked), canonical(was))
    assert [*difference_lines(found)] == lines


def test_parts_differ_by_name() -> None:
    """A multipart body is told apart by its parts, and names the entry that ignores one."""
    kind = "multipart/form-data; boundary=X"
    bodies = [
        f'--X\r\nContent-Disposition: form-data; name="f"; filename="{name}"\r\n\r\n1\r\n--X--\r\n'
        for name in "ab"
    ]
    live, recorded = (canonical(request("https://h/", body, content_type=kind)) for body in bodies)
    (found,) = Matching(DEFAULT).differences(live, recorded)
    assert [*difference_lines([found])] == ["body part 'f': sent '1' (a), recorded '1' (b)"]
    assert found.address == "form:f"


keys = st.text(st.characters(exclude_categories=["Cs"]), max_size=6) | st.sampled_from(
    ["a", "a b", "'", '"', "\\"]
)
values = st.recursive(
    st.integers(0, 2) | st.sampled_from(["", "x", None, True]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
    max_leaves=8,
)


@settings(deadline=None)
@given(values, values)
def test_ignoring_every_difference_makes_two_bodies_the_same(one: object, other: object) -> None:
    """Each JSON difference names an `ignore` entry; with all of them, the two requests match."""
    import json

    bodies = [json.dumps(value) for value in (one, other)]
    entries = [
        difference.address for difference in json_differences(json.loads(bodies[0]), json.loads(bodies[1]))
    ]
    asked = [request("https://h/", body, content_type=JSON) for body in bodies]
    matching = Matching(["body"])
    keys = [matching.fine(Canonical(side, Ignore.parse(entries))) for side in asked]
    assert keys[0] == keys[1]


def test_an_unknown_matcher_names_the_nearest() -> None:
    """A matcher that is not there is an error with the nearest name and all of them."""
    with pytest.raises(UsageError, match=r"no matcher 'quary'; did you mean 'query'\?.*method, scheme, host"):
        Matching(["quary"])


@pytest.mark.parametrize("entry", [3, None, ["body"]])
def test_what_is_no_matcher_is_refused(entry: str) -> None:
    """Neither a name nor a function: an error of ours."""
    with pytest.raises(UsageError, match="there is no matcher"):
        Matching([entry])


def test_ones_own_matcher_by_name() -> None:
    """@matcher makes a function known under its name; a built-in name is not to be had."""

    @matcher
    def same_length(live: Request, recorded: Request) -> str | None:
        return None if len(live.body) == len(recorded.body) else "another length"

    played = tape([request(body="abc")], ["path", "same_length"])
    assert played.take(canonical(request(body="xy"))) is None
    assert played.take(canonical(request(body="xyz"))) is not None

    def body(live: Request, recorded: Request) -> str | None:
        raise NotImplementedError

    with pytest.raises(UsageError, match="cannot be called 'body'"):
        matcher(body)


def test_ones_own_matcher_as_a_callable_is_shown_by_name() -> None:
    """A function in match_on needs no registration, and what it says is shown under its name."""

    def never(live: Request, recorded: Request) -> str:
        return f"{live.method} is not wanted"

    played = tape([request()], [*DEFAULT, never])
    asked = canonical(request())
    assert played.take(asked) is None
    (miss,) = nearest([played], asked)
    assert [*difference_lines(miss.differences)] == ["never: GET is not wanted"]


@pytest.mark.parametrize("verdict", [True, False, 0, ["x"]])
def test_a_matcher_that_answers_otherwise_is_an_error(verdict: object) -> None:
    """True, as other tools want it, would mean the opposite: it is refused."""

    def odd(live: Request, recorded: Request) -> Any:  # Any: what it must not return
        return verdict

    played = tape([request()], [*DEFAULT, odd])
    with pytest.raises(UsageError, match=r"the matcher 'odd' returned .*: it returns None"):
        played.take(canonical(request()))


def secret(number: int) -> Request:
    return request(f"https://h/refresh?token=<redacted:token:{number}>", "same", "POST")


@pytest.mark.parametrize("order", ["any", "strict"])
@pytest.mark.parametrize("repeat", ["error", "last", "cycle"])
@pytest.mark.parametrize(
    ("recorded", "sent"),
    [
        ([request(body="same")] * 3, request(body="same")),
        ([request(), request(body="same"), request(body="other")], request(body="same")),
        ([secret(1), secret(2), secret(1)], secret(1)),
        ([secret(1), secret(2)], request("https://h/refresh?token=abcdefghij", "same", "POST")),
    ],
)
def test_no_matcher_runs_twice_for_one_pair(
    order: str, repeat: str, recorded: Sequence[Request], sent: Request
) -> None:
    """However a request is looked up, refused and explained: one call for each recording it is compared with."""
    pairs: list[tuple[int, int]] = []

    def refuses(live: Request, was: Request) -> str:
        pairs.append((id(live), id(was)))
        return "never"

    own = Counted(refuses)
    played = tape(recorded, [*DEFAULT, own], order=order, repeat=repeat)
    live = canonical(sent)
    assert played.take(live, again=False) is None
    assert played.take(live) is None
    assert played.played_before(live) == []
    assert all(miss.differences for miss in nearest([played], live))
    assert own.calls == len(pairs)
    # one and the same request may be recorded several times: each recording is a pair of its own
    assert own.calls <= len(recorded)


def test_a_matcher_is_only_asked_where_all_else_is_equal() -> None:
    """One's own matcher narrows; it is not called for recordings that differ anyway."""
    own = Counted(lambda live, recorded: None)
    played = tape([request(body=str(number)) for number in range(20)], [*DEFAULT, own])
    assert played.take(canonical(request(body="13"))) is not None
    assert own.calls == 1


def bearer(value: str) -> Request:
    return request("https://h/me", authorization=value)


def test_numbers_of_secrets_in_headers_choose_and_do_not_exclude() -> None:
    """With "headers" among the matchers, the same number is preferred, and any number will do."""
    recorded = [bearer("<redacted:authorization:1>"), bearer("<redacted:authorization:2>")]
    for order in permutations((0, 1)):
        played = tape(recorded, [*DEFAULT, "headers"])
        assert [played.take(canonical(recorded[at])) for at in order] == [played.entries[at] for at in order]
    played = tape(recorded, [*DEFAULT, "headers"])
    assert played.take(canonical(bearer("<redacted:authorization:1>"))) is played.entries[0]
    assert played.take(canonical(bearer("<redacted:authorization:1>"))) is played.entries[1]
    assert played.take(canonical(bearer("<redacted:other:1>"))) is None


def test_headers_count_where_a_placeholder_is_filled_in() -> None:
    """A value that was redacted later matches its placeholder, but not with another header beside it."""
    recorded = request("https://h/<redacted:id:1>", accept="a/b")
    played = tape([recorded], [*DEFAULT, "headers"])
    assert played.take(canonical(request("https://h/0815", accept="c/d"))) is None
    assert played.take(canonical(request("https://h/0815", accept="a/b"))) is not None


@pytest.mark.parametrize(
    ("sent", "recorded"),
    [
        ("https://h/users/4711/x", "https://h/users/<redacted:id:1>/x"),
        ("https://h/users/4711/x", "https://h/users/%3Credacted%3Aid%3A1%3E/x"),
        ("https://h/?key=a%26b&x=1", "https://h/?x=1&key=<redacted:key:1>"),
        ("https://h/?key=a-b-c", "https://h/?key=a-<redacted:key:1>-c"),
    ],
)
def test_a_placeholder_stands_for_any_value_in_a_url(sent: str, recorded: str) -> None:
    """What was only known to be secret later is sent as it is, and finds its recording."""
    assert tape([request(recorded)]).take(canonical(request(sent))) is not None


@pytest.mark.parametrize(
    ("sent", "recorded"),
    [
        ("https://h/users/4711/y", "https://h/users/<redacted:id:1>/x"),
        ("https://h/users/47/11/x", "https://h/users/<redacted:id:1>/x"),
        ("https://h/users//x", "https://h/users/<redacted:id:1>/x"),
        ("https://h/?key=a&y=1", "https://h/?x=1&key=<redacted:key:1>"),
        ("https://h/?key=", "https://h/?key=<redacted:key:1>"),
        ("https://i/?key=a", "https://h/?key=<redacted:key:1>"),
        ("http://h/?key=a", "https://h/?key=<redacted:key:1>"),
    ],
)
def test_a_placeholder_stands_for_one_value_only(sent: str, recorded: str) -> None:
    """A placeholder is filled within its segment or its pair; all around it has to be equal."""
    assert tape([request(recorded)]).take(canonical(request(sent))) is None


@pytest.mark.parametrize(
    ("kind", "sent", "recorded", "fits"),
    [
        (JSON, '{"t":"a\\"b","n":1}', '{"n":1,"t":"<redacted:t:1>"}', True),
        (JSON, '{"t":"a","n":2}', '{"n":1,"t":"<redacted:t:1>"}', False),
        (JSON, '{"t":["a"],"n":1}', '{"n":1,"t":"<redacted:t:1>"}', False),
        (JSON, '{"t":"a","u":"b"}', '{"t":"<redacted:t:1>"}', False),
        (FORM, "t=a&n=1", "n=1&t=%3Credacted%3At%3A1%3E", True),
        (FORM, "t=a&n=1", "n=2&t=<redacted:t:1>", False),
        ("text/plain", "key: abc\n", "key: <redacted:key:1>\n", True),
        ("text/plain", "key: a c\n", "key: <redacted:key:1>\n", False),
        ("text/plain", "", "<redacted:key:1>", False),
    ],
)
def test_a_placeholder_in_a_body(kind: str, sent: str, recorded: str, fits: bool) -> None:
    """In a body it stands for one string, one field, one word."""
    asked, was = (request("https://h/", body, "POST", content_type=kind) for body in (sent, recorded))
    assert (tape([was]).take(canonical(asked)) is not None) == fits


@pytest.mark.parametrize(
    ("sent", "recorded", "expected"),
    [
        ("0b9d3ae5-3f0c-4a54-9f5e-0d3f0f3a9a11", "7d793037-a076-4c3a-8b9c-6ae0b2c0b1aa", True),
        ("1700000000", "1763755200", True),
        ("1700000000.25", "1763755200.5", True),
        ("1700000000123", "1763755200999", True),
        ("2026-11-20T20:15:00Z", "2026-11-21T08:00:00.123+01:00", True),
        ("Fri, 20 Nov 2026 20:15:00 GMT", "Sat, 21 Nov 2026 08:00:00 GMT", True),
        ("deadbeef00112233", "0123456789abcdef", True),
        ("aB3dE5gH7jK9mN1p", "zY8xW6vU4tS2rQ0o", True),
        ("alice", "bob", False),
        ("42", "43", False),
        ("1700000000", "2026-11-20T20:15:00Z", False),
        ("2026-11-20", "2026-11-21", False),
    ],
)
def test_what_looks_volatile(sent: str, recorded: str, expected: bool) -> None:
    """UUIDs, epochs, ISO and HTTP times, hashes and nonces on both sides look as if made anew in each run."""
    asked, was = (request(f"https://h/?id={value.replace('+', '%2B')}") for value in (sent, recorded))
    (found,) = Matching(DEFAULT).differences(canonical(asked), canonical(was))
    assert volatile(found) == expected
