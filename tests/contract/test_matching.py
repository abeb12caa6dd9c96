"""What a replay takes, and what it refuses: each driver asks for something else than was recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

import api_mocker
from api_mocker._session import set_session

from .answers import as_json, chunked, echo, in_turn
from .drivers import drivers
from .runs import Combination, Runs, sockets_cut
from .scenario import Scenario
from .seen import SECRET

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    import trustme

    from .drivers import Client, Driver
    from .seen import Seen
    from .wire import Answer, Ask, Server, Step

    Call = Mapping[str, Any]

STATES = [as_json({"state": state}) for state in ("queued", "running", "done")]
JOB = {"method": "GET", "path": "/job"}


class Desk:
    """Sends lists of calls with one driver to one server, with one cassette."""

    def __init__(self, driver: Driver, server: Server, ca: str, folder: Path) -> None:
        self.driver, self.server, self.ca, self.folder = driver, server, ca, folder
        self.path = folder / "cassettes" / "desk.yaml"

    def send(
        self, calls: list[Call], driver: Driver | None = None, answers: Mapping[str, Answer] | None = None
    ) -> list[Seen]:
        """All of `calls`, one after the other."""

        async def act(client: Client) -> list[Seen]:
            return [await client.send(**call) for call in calls]

        scenario = Scenario("desk", act, {"*": echo} if answers is None else answers)
        runs = Runs(Combination(scenario, driver or self.driver, "http"), self.server, self.ca, self.folder)
        return list(runs.perform().seen)

    def record(
        self, calls: list[Call], answers: Mapping[str, Answer] | None = None, **options: Any
    ) -> list[Seen]:
        """Sends and records."""
        with api_mocker.use_cassette(self.path, record_mode="once", **options):
            return self.send(calls, answers=answers)

    def replay(self, calls: list[Call], driver: Driver | None = None, **options: Any) -> list[Seen]:
        """Sends against the cassette alone."""
        with sockets_cut(), api_mocker.use_cassette(self.path, record_mode="none", **options):
            return self.send(calls, driver)


@pytest.fixture(params=drivers(), ids=lambda driver: driver.name)
def desk(request: pytest.FixtureRequest, server: Server, ca: tuple[trustme.CA, str], tmp_path: Path) -> Desk:
    """One desk per driver."""
    return Desk(request.param, server, ca[1], tmp_path)


def states(seen: list[Seen]) -> list[str]:
    """The states of a polled job."""
    return [(one.body or b"").decode().split('"')[3] for one in seen]


def test_a_fourth_request_is_refused(desk: Desk) -> None:
    """Three answers to the same request come in order; the fourth time there is none."""
    desk.record([JOB] * 3, {"*": in_turn(*STATES)})
    assert states(desk.replay([JOB] * 3)) == ["queued", "running", "done"]
    with pytest.raises(api_mocker.AlreadyPlayed):
        desk.replay([JOB] * 4)


def test_reading_on_behind_a_stream_that_was_left_is_refused(desk: Desk) -> None:
    """Where the recording ends because its caller left, nothing is made up: not even an end."""
    left = {"method": "GET", "path": "/long", "read": "chunks", "size": 7, "leave_after": 2}
    desk.record([left], {"*": in_turn(chunked([b"0123456789" * 3] * 9))})
    desk.replay([left])
    with pytest.raises(api_mocker.NotRecorded, match="was left after"):
        desk.replay([{**left, "leave_after": None}])


@pytest.mark.parametrize(
    ("repeat", "expected"),
    [
        ("last", ["queued", "running", "done", "done", "done"]),
        ("cycle", ["queued", "running", "done", "queued", "running"]),
    ],
)
def test_repeat_answers_again(desk: Desk, repeat: str, expected: list[str]) -> None:
    """With `repeat` a poller may ask as often as it likes."""
    desk.record([JOB] * 3, {"*": in_turn(*STATES)})
    assert states(desk.replay([JOB] * 5, repeat=repeat)) == expected


SAME: dict[str, tuple[Call, Call]] = {
    "query order": (
        {"method": "GET", "path": "/q?a=1&b=2&a=3"},
        {"method": "GET", "path": "/q?b=2&a=1&a=3"},
    ),
    "escapes": ({"method": "GET", "path": "/q/a~b?x=%7e"}, {"method": "GET", "path": "/q/a%7Eb?x=~"}),
    "form order": (
        {"method": "POST", "path": "/", "form": {"a": "1", "b": "2"}},
        {"method": "POST", "path": "/", "form": {"b": "2", "a": "1"}},
    ),
    "JSON layout": (
        {"method": "POST", "path": "/", "json": {"a": 1, "b": [1, 2]}},
        {
            "method": "POST",
            "path": "/",
            "content": b'{"b": [1,2],\n "a": 1.0}',
            "headers": {"Content-Type": "application/json; charset=utf-8"},
        },
    ),
    "headers": (
        {"method": "GET", "path": "/", "headers": {"X-Trace": "1", "Accept": "a/b"}},
        {"method": "GET", "path": "/", "headers": {"X-Trace": "2"}},
    ),
}
OTHER: dict[str, tuple[Call, Call]] = {
    "method": ({"method": "GET", "path": "/"}, {"method": "DELETE", "path": "/"}),
    "path": ({"method": "GET", "path": "/a"}, {"method": "GET", "path": "/a/"}),
    "an encoded slash": ({"method": "GET", "path": "/a%2Fb"}, {"method": "GET", "path": "/a/b"}),
    "query value": ({"method": "GET", "path": "/?a=1"}, {"method": "GET", "path": "/?a=2"}),
    "query repeat": ({"method": "GET", "path": "/?a=1&a=1"}, {"method": "GET", "path": "/?a=1"}),
    "JSON type": (
        {"method": "POST", "path": "/", "json": {"a": 1}},
        {"method": "POST", "path": "/", "json": {"a": "1"}},
    ),
    "JSON truth": (
        {"method": "POST", "path": "/", "json": {"a": 1}},
        {"method": "POST", "path": "/", "json": {"a": True}},
    ),
    "JSON order": (
        {"method": "POST", "path": "/", "json": [1, 2]},
        {"method": "POST", "path": "/", "json": [2, 1]},
    ),
    "form value": (
        {"method": "POST", "path": "/", "form": {"a": "1"}},
        {"method": "POST", "path": "/", "form": {"a": "2"}},
    ),
    "bytes": (
        {"method": "PUT", "path": "/", "content": b"\x00\x01"},
        {"method": "PUT", "path": "/", "content": b"\x00\x02"},
    ),
    "no body": ({"method": "POST", "path": "/", "content": b"x"}, {"method": "POST", "path": "/"}),
}


@pytest.mark.parametrize("pair", SAME.values(), ids=SAME)
def test_what_is_no_difference(desk: Desk, pair: tuple[Call, Call]) -> None:
    """The same request, written in another way, takes the recording."""
    recorded, asked = pair
    body = desk.record([recorded])[0].body
    assert desk.replay([asked])[0].body == body


@pytest.mark.parametrize("pair", OTHER.values(), ids=OTHER)
def test_what_is_a_difference(desk: Desk, pair: tuple[Call, Call]) -> None:
    """Another request is refused, though it looks alike."""
    recorded, asked = pair
    desk.record([recorded])
    with pytest.raises(api_mocker.NotRecorded):
        desk.replay([asked])


def test_order_matters_only_when_told(desk: Desk) -> None:
    """Requests may come in another order, but not with order="strict"."""
    first, second = {"method": "GET", "path": "/first"}, {"method": "GET", "path": "/second"}
    desk.record([first, second])
    assert len(desk.replay([second, first])) == 2
    assert len(desk.replay([first, second], order="strict")) == 2
    with pytest.raises(api_mocker.UnmatchedRequest):
        desk.replay([second, first], order="strict")


def test_a_missing_cassette_is_said(desk: Desk) -> None:
    """Nothing is recorded, and nothing goes out, when nobody asked for it."""
    with pytest.raises(api_mocker.CassetteMissing):
        desk.replay([JOB])
    assert not desk.path.exists()


def test_an_unused_interaction_is_an_error(desk: Desk) -> None:
    """What was recorded and never asked for fails the block."""
    desk.record([JOB, {"method": "GET", "path": "/other"}])
    with pytest.raises(api_mocker.UnusedInteractions, match="/other"):
        desk.replay([JOB])


def test_a_swallowed_refusal_is_an_error(desk: Desk) -> None:
    """Code that catches everything does not hide that a request was refused."""
    desk.record([JOB])

    def swallow() -> None:
        with pytest.raises(api_mocker.NotRecorded):
            desk.send([{"method": "GET", "path": "/other"}])
        desk.send([JOB])

    with (
        sockets_cut(),
        pytest.raises(api_mocker.SwallowedRequests, match="/other"),
        api_mocker.use_cassette(desk.path, record_mode="none"),
    ):
        swallow()


def test_new_episodes_adds_what_is_missing(desk: Desk) -> None:
    """What is recorded replays, what is not goes out once and is appended."""
    recorded = desk.record([JOB], {"*": in_turn(*STATES)})
    before = desk.path.read_text()
    other: Call = {"method": "GET", "path": "/other"}
    with api_mocker.use_cassette(desk.path, record_mode="new_episodes"):
        seen = desk.send([JOB, other])
    assert [ask.path for ask in desk.server.stage.log] == ["/other"]
    assert seen[0].body == recorded[0].body
    assert desk.path.read_text().startswith(before.removesuffix("...\n"))
    assert [one.body for one in desk.replay([JOB, other])] == [one.body for one in seen]


def test_a_failed_block_leaves_the_file(desk: Desk) -> None:
    """A recording is committed when its block passed, and the file is untouched otherwise."""
    desk.record([JOB])
    before = desk.path.read_bytes()

    def fail() -> None:
        with api_mocker.use_cassette(desk.path, record_mode="rewrite"):
            desk.send([{"method": "GET", "path": "/other"}])
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert desk.path.read_bytes() == before


@pytest.mark.parametrize("other", drivers(), ids=lambda driver: driver.name)
def test_one_client_replays_what_another_recorded(desk: Desk, other: Driver) -> None:
    """A cassette belongs to no client."""
    calls: list[Call] = [
        {"method": "GET", "path": "/users", "params": {"page": "1", "q": "a b"}},
        {"method": "POST", "path": "/orders", "json": {"sku": "größe", "n": 1}},
        {"method": "POST", "path": "/token", "form": {"a": "b c", "d": "é"}},
        {"method": "PUT", "path": "/blob", "content": bytes(range(256))},
    ]
    recorded = desk.record(calls)
    replayed = desk.replay(calls, other)
    assert [(one.status, one.body) for one in replayed] == [(one.status, one.body) for one in recorded]


def _noisy(state: str) -> Callable[[Ask], Iterator[Step]]:
    """An answer with what services add anew each time, and the state of one path."""
    fresh = uuid4().hex
    noise = (
        ("Date", f"Sat, 21 Nov 2026 01:02:{int(fresh, 16) % 60:02} GMT"),
        ("X-Request-Id", fresh),
        ("ETag", f'"{fresh}"'),
    )

    def answer(ask: Ask) -> Iterator[Step]:
        yield as_json({"path": ask.path, "state": state if ask.path == "/b" else "same"}, *noise)

    return answer


@pytest.mark.parametrize("mode", ["all", "rewrite"])
def test_a_recording_again_shows_only_real_changes(desk: Desk, mode: str) -> None:
    """Noise leaves the file byte for byte; a changed answer changes its own lines alone."""
    calls: list[Call] = [{"method": "GET", "path": path} for path in ("/a", "/b", "/c")]
    desk.record(calls, {"*": _noisy("old")})
    before = after = desk.path.read_text()
    for state in ("old", "new"):
        set_session(None)  # a later run
        with api_mocker.use_cassette(desk.path, record_mode=mode):
            desk.send(calls, answers={"*": _noisy(state)})
        after = desk.path.read_text()
        assert (after == before) is (state == "old")
    kept = [piece for piece in before.split("---\n") if piece in after.split("---\n")]
    assert [path for path in ("/a", "/b") if any(f"desk{path}\n" in piece for piece in kept)] == ["/a"]
    assert after.count("same") == 2


def test_dummy_credentials_replay_what_real_ones_recorded(desk: Desk) -> None:
    """Whoever replays needs no secret: another one, in header, query, form and JSON, is no difference."""

    def calls(secret: str) -> list[Call]:
        return [
            {"method": "GET", "path": "/", "headers": {"Authorization": f"Bearer {secret}"}},
            {"method": "GET", "path": "/", "params": {"api_key": secret, "page": "1"}},
            {"method": "POST", "path": "/", "form": {"client_secret": secret, "a": "1"}},
            {"method": "POST", "path": "/", "json": {"password": secret, "a": 1}},
        ]

    recorded = desk.record(calls(f"{SECRET}-real"), {"*": as_json({"ok": True})})
    assert SECRET not in desk.path.read_text()
    replayed = desk.replay(calls("dummy"))
    assert [one.body for one in replayed] == [one.body for one in recorded]
