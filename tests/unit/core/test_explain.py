"""What people are told: every kind of error, word for word."""

from __future__ import annotations

import json
import re
import tomllib
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.core.made import canonical, engine, recording, request, tape

from api_mocker._core import explain
from api_mocker._core.explain import printable
from api_mocker._core.model import Failure
from api_mocker.exceptions import (
    AlreadyPlayed,
    ApiMockerError,
    CassetteMissing,
    NotRecorded,
    RecordingForbidden,
    SwallowedRequests,
    UnusedInteractions,
)

if TYPE_CHECKING:
    from api_mocker._core.engine import Engine
    from api_mocker._core.model import Request

JSON = "application/json"


def refusal(opened: Engine, asked: Request) -> ApiMockerError:
    """What the engine raises for a request; it remembers the same."""
    with pytest.raises(ApiMockerError) as caught:
        opened.open(asked)
    assert opened.refusals[-1] is caught.value
    return caught.value


def text(error: ApiMockerError) -> str:
    return f"\n{error}\n"


def test_missing() -> None:
    """No cassette: what was asked for, that nothing makes one, and how to."""
    error = refusal(engine(), request("https://h/a?b=1"))
    assert isinstance(error, CassetteMissing)
    assert error.path == "cassettes/flow.yaml"
    assert (
        text(error)
        == """
GET https://h/a?b=1
  there is no cassette cassettes/flow.yaml, and record mode none does not make one.
  To record it:  pytest --record-mode=once t.py
"""
    )


def test_not_recorded() -> None:
    """Another request: the nearest, at which places it differs, and what else is near."""
    recorded = [
        request("https://h/orders", '{"sku":"A-1","n":1}', content_type=JSON),
        request("https://h/orders", '{"sku":"B-2","n":"2"}', content_type=JSON),
        request("https://h/users"),
    ]
    opened = engine(tape(recorded))
    opened.open(recorded[0])
    error = refusal(opened, request("https://h/orders", '{"sku":"B-2","n":2}', content_type=JSON))
    assert isinstance(error, NotRecorded)
    assert (
        text(error)
        == """
POST https://h/orders
  is not recorded.
  cassette: cassettes/flow.yaml (record mode none, 3 recorded, 1 played)
  nearest:  interaction 2 (line 13): POST https://h/orders, not played yet; it differs in
    body $.n: sent 2, recorded "2" (type changed)
  also near:  interaction 1 (line 3): POST https://h/orders (differs in body $.sku, body $.n)
  also near:  interaction 3 (line 23): GET https://h/users (differs in method, path, body)
  If the request is right, record it:  pytest --record-mode=once t.py
"""
    )


def test_an_empty_cassette() -> None:
    """A cassette without interactions has nothing near."""
    error = refusal(engine(tape([])), request("https://h/a"))
    assert (
        text(error)
        == """
GET https://h/a
  is not recorded.
  cassette: cassettes/flow.yaml (record mode none, 0 recorded, 0 played)
  The cassette is empty.
  If the request is right, record it:  pytest --record-mode=once t.py
"""
    )


VOLATILE = {
    "a UUID": ("7d793037-a076-4c3a-8b9c-6ae0b2c0b1aa", "0b9d3ae5-3f0c-4a54-9f5e-0d3f0f3a9a11"),
    "an epoch": ("1763755200", "1700000000"),
    "an ISO time": ("2026-11-21T08:00:00Z", "2026-11-20T20:15:00Z"),
    "hex": ("0123456789abcdef", "deadbeef00112233"),
    "a nonce": ("zY8xW6vU4tS2rQ0o", "aB3dE5gH7jK9mN1p"),
}


@pytest.mark.parametrize("kind", VOLATILE)
def test_a_volatile_value_suggests_what_to_ignore(kind: str) -> None:
    """Where all that differs looks made anew in each run, the line that ignores it is ready to be pasted."""
    sent, recorded = VOLATILE[kind]
    opened = engine(tape([request("https://h/a", f'{{"x y":"{recorded}","n":1}}', content_type=JSON)]))
    error = refusal(opened, request("https://h/a", f'{{"x y":"{sent}","n":1}}', content_type=JSON))
    assert (
        text(error)
        == f"""
POST https://h/a
  is not recorded.
  cassette: cassettes/flow.yaml (record mode none, 1 recorded, 0 played)
  nearest:  interaction 1 (line 3): POST https://h/a, not played yet; it differs in
    body $['x y']: sent "{sent}", recorded "{recorded}"
  These look different in every run. To leave them out of the comparison:  ignore = ["json:$['x y']"]
  If the request is right, record it:  pytest --record-mode=once t.py
"""
    )


def test_a_suggested_line_is_valid_wherever_it_is_pasted() -> None:
    """A name with quotes and backslashes stays one string of TOML and Python, and works."""
    key, values = "a'b\"c\\d", VOLATILE["an epoch"]
    bodies = [json.dumps({key: value}) for value in values]
    opened = engine(tape([request("https://h/a", bodies[1], content_type=JSON)]))
    error = str(refusal(opened, request("https://h/a", bodies[0], content_type=JSON)))
    (line,) = re.findall(r"ignore = \[.*\]", error)
    ignore = tomllib.loads(line)["ignore"]
    assert ignore == eval(line.removeprefix("ignore = "))
    forms = [canonical(request("https://h/a", body, content_type=JSON), ignore).body for body in bodies]
    assert forms[0] == forms[1]


def test_no_suggestion_beside_a_real_difference() -> None:
    """Where something else differs too, ignoring would not help, and is not suggested."""
    opened = engine(tape([request("https://h/a?t=1700000000&n=1")]))
    assert "ignore = " not in str(refusal(opened, request("https://h/a?t=1763755200&n=2")))


def test_already_played() -> None:
    """Asked for once too often: where it stands, and both ways out."""
    opened = engine(tape([request("https://h/a"), request("https://h/b"), request("https://h/a")]))
    opened.open(request("https://h/a"))
    opened.open(request("https://h/a"))
    error = refusal(opened, request("https://h/a"))
    assert isinstance(error, AlreadyPlayed)
    assert (
        text(error)
        == """
GET https://h/a
  was recorded 2 times (interaction 1 (line 3), interaction 3 (line 23)) and has been played 2 times; this is one request more.
  cassette: cassettes/flow.yaml (record mode none, 3 recorded, 2 played)
  If it may be repeated:  repeat="last" (the last answer again) or repeat="cycle" (from the first again)
  If the code is right to ask once more, record it:  pytest --record-mode=once t.py
"""
    )


def test_strict_order_names_whose_turn_it_is() -> None:
    """In strict order: what is expected next, and that the request is there but not yet its turn."""
    opened = engine(tape([request("https://h/a"), request("https://h/b")], order="strict"))
    error = refusal(opened, request("https://h/b"))
    assert isinstance(error, NotRecorded)
    assert (
        text(error)
        == """
GET https://h/b
  is recorded, and it is not its turn.
  cassette: cassettes/flow.yaml (record mode none, 2 recorded, 0 played)
  order="strict" expects next: interaction 1 (line 3): GET https://h/a
  nearest:  interaction 2 (line 13): GET https://h/b, not played yet
  also near:  interaction 1 (line 3): GET https://h/a (differs in path)
  If the request is right, record it:  pytest --record-mode=once t.py
"""
    )
    opened.open(request("https://h/a"))
    assert isinstance(refusal(opened, request("https://h/a")), AlreadyPlayed)


def test_recording_forbidden() -> None:
    """The mode would record, and may not: why, and what records."""
    error = refusal(engine(None, "none", wanted="once", forbidden="CI is set"), request("https://h/a"))
    assert isinstance(error, RecordingForbidden)
    assert (
        text(error)
        == """
GET https://h/a
  has no cassette yet (cassettes/flow.yaml), and must not be recorded: CI is set.
  To record it:  pytest --record-mode=once t.py
"""
    )
    opened = engine(tape([]), "none", wanted="new_episodes", forbidden="CI is set")
    error = refusal(opened, request("https://h/a"))
    assert isinstance(error, RecordingForbidden)
    assert (
        text(error)
        == """
GET https://h/a
  is not recorded, and must not be recorded: CI is set.
  To record it:  pytest --record-mode=once t.py
"""
    )


def test_a_placeholder_is_not_sent() -> None:
    """What a replayed answer gave out is not sent to the real service."""
    recorded = recording(request("https://h/login"))
    opened = engine(tape([recorded]), "new_episodes")
    error = refusal(opened, request("https://h/me", authorization="Bearer <redacted:token:1>"))
    assert isinstance(error, RecordingForbidden)
    assert (
        text(error)
        == """
GET https://h/me
  carries a placeholder of a redacted value: an earlier, replayed answer gave it out, and the real service would not know it.
  cassette: cassettes/flow.yaml (record mode new_episodes, 1 recorded, 0 played)
  Record the whole flow anew, so that every answer is a live one:  pytest --record-mode=rewrite t.py
"""
    )


def test_unused() -> None:
    """What nobody asked for: each with its place, the first twenty of many."""
    opened = engine(tape([request("https://h/a"), request("https://h/b", "x")]))
    error = explain.unused_interactions("c.yaml", opened.entries(), "pytest --record-mode=rewrite")
    assert isinstance(error, UnusedInteractions)
    assert (
        text(error)
        == """
2 recorded interactions were never asked for: c.yaml
  interaction 1 (line 3): GET https://h/a
  interaction 2 (line 13): POST https://h/b
  If the code is right not to ask, record again:  pytest --record-mode=rewrite
  Or drop it, after a run of all tests:  api-mocker cassette prune --write
  If it may go unused:  unused="warn" or unused="ignore"
"""
    )
    many = tape([request(f"https://h/{number}") for number in range(25)]).all()
    lines = str(explain.unused_interactions("c.yaml", many, "x")).splitlines()
    assert lines[0] == "25 recorded interactions were never asked for: c.yaml"
    assert lines[20:22] == ["  interaction 20 (line 193): GET https://h/19", "  ... and 5 more"]
    assert str(explain.unused_interactions("c", many[:1], "x")).startswith("1 recorded interaction was never")


def test_swallowed() -> None:
    """Refusals that were caught come again, with the very texts of the calls."""
    opened = engine()
    errors = [refusal(opened, request(f"https://h/{name}")) for name in "ab"]
    error = explain.swallowed(opened.refusals)
    assert isinstance(error, SwallowedRequests)
    assert error.requests == tuple(errors)
    said = "2 requests were refused, and the code under test caught the error:\n"
    assert str(error) == f"{said}{errors[0]}\n{errors[1]}"
    assert str(explain.swallowed(errors[:1])).startswith("A request was refused, and")


def test_what_was_not_kept() -> None:
    """A failure that is not recorded, and a request that was given up, are named."""
    opened = engine(None, "once")
    exchange = opened.open(request("https://h/a?token=abcdefgh12345678"))
    assert exchange is not None
    exchange.failed(Failure("dns", "no such host"))
    gone = opened.open(request("https://h/b"))
    assert gone is not None
    gone.ended(truncated=True)
    failed, given_up = opened.notes
    assert failed == (
        "GET https://h/a?token=<redacted:token:1> failed while recording (dns) and was not kept; "
        "record_errors = true records failures"
    )
    assert (
        given_up == "GET https://h/b was given up while recording, before its answer came, and was not kept"
    )


def test_many_and_long_differences_are_cut() -> None:
    """A long list shows the first eight, a long value its beginning."""
    sent = {f"k{number}": "x" * 500 for number in range(20)}
    opened = engine(tape([request("https://h/a", json.dumps({}), content_type=JSON)]))
    lines = str(refusal(opened, request("https://h/a", json.dumps(sent), content_type=JSON))).splitlines()
    assert sum(line.startswith("    body $.k") for line in lines) == 8
    assert "    ... and 12 more" in lines
    assert max(map(len, lines)) < 200


NASTY = ["\x1b[31m", "\x07", "\r", "\x9b", "\x7f", "\u202e", "\u2066", "\u2028", "\udcff", "\0"]


@pytest.mark.parametrize("nasty", NASTY, ids=ascii)
def test_nothing_is_shown_raw(nasty: str) -> None:
    """No character that drives a terminal, reorders text or cannot be written is in any text, wherever it came from."""
    odd = quote(nasty, errors="surrogateescape")

    def own(live: Request, recorded: Request) -> str:
        return f"odd {nasty}"

    recorded = [
        request(f"https://h/{odd}?{odd}={odd}&t{odd}=1700000000", "x" + nasty if nasty != "\udcff" else "x"),
        request(f"https://h/{odd}", "y"),
        request(f"https://h/z{odd}", "z"),
    ]
    asked = request(f"https://h/{odd}?{odd}=1&t{odd}=1763755200", "x")
    for opened in (
        engine(tape(recorded)),
        engine(tape(recorded, ["method", "query"])),
        engine(tape(recorded, ["method", own])),
        engine(),
    ):
        opened.name = f"a{nasty}.yaml"
        said = str(refusal(opened, asked))
        said += str(explain.unused_interactions(opened.name, opened.entries(), "x"))
        assert nasty not in said
        said.encode("utf-8")


@settings(deadline=None)
@given(st.text())
def test_printable_is_harmless_and_loses_nothing(given_text: str) -> None:
    """Printable text can be written anywhere; tabs, newlines and all that is harmless stay."""
    shown = printable(given_text)
    shown.encode("utf-8")
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]", shown)
    if given_text.isascii() and given_text.isprintable():
        assert shown == given_text
