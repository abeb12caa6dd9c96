"""Clients that live longer than a cassette, and requests that belong to none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import api_mocker

from .answers import as_json, chunked
from .drivers import drivers
from .runs import Combination, Runs, sockets_cut
from .scenario import Scenario

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from pathlib import Path

    import trustme

    from .drivers import Client, Driver
    from .seen import Seen
    from .wire import Answer, Server

    Play = Callable[[Callable[[Client], Awaitable[Sequence[Seen]]]], Sequence[Seen]]

ANSWERS: dict[str, Answer] = {
    "*": lambda ask: [as_json({"path": ask.path, "nth": ask.nth})],
    "/stream": chunked([b"one ", b"two "], ("Content-Type", "text/plain")),
}


@pytest.fixture(params=drivers(), ids=lambda driver: driver.name)
def play(request: pytest.FixtureRequest, server: Server, ca: tuple[trustme.CA, str], tmp_path: Path) -> Play:
    """Plays a coroutine function with one driver."""
    driver: Driver = request.param

    def played(act: Callable[[Client], Awaitable[Sequence[Seen]]]) -> Sequence[Seen]:
        what = Combination(Scenario("life", act, ANSWERS), driver, "http")
        return Runs(what, server, ca[1], tmp_path).perform().seen

    return played


def test_a_client_outlives_its_cassettes(play: Play, server: Server, tmp_path: Path) -> None:
    """One client: live, recorded, live again, replayed, and live at the end; its connection may be kept."""
    path = tmp_path / "cassette.yaml"

    async def act(client: Client) -> list[Seen]:
        seen = [await client.send("GET", "/")]
        with api_mocker.use_cassette(path, record_mode="once"):
            seen.append(await client.send("GET", "/"))
        seen.append(await client.send("GET", "/"))
        with sockets_cut(), api_mocker.use_cassette(path, record_mode="none"):
            seen.append(await client.send("GET", "/"))
        seen.append(await client.send("GET", "/"))
        return seen

    seen = play(act)
    assert [(one.body or b"").decode()[-2] for one in seen] == ["0", "1", "2", "1", "3"]
    assert len(server.stage.log) == 4


def test_async_with_and_decorators_mean_the_same(play: Play, server: Server, tmp_path: Path) -> None:
    """`async with`, and a decorated coroutine function, record and replay like a plain block."""
    path = tmp_path / "cassette.yaml"

    async def act(client: Client) -> list[Seen]:
        @api_mocker.use_cassette(path, record_mode="none")
        async def replayed() -> Seen:
            return await client.send("GET", "/")

        async with api_mocker.use_cassette(path, record_mode="once"):
            seen = [await client.send("GET", "/")]
        return [*seen, await replayed(), await replayed()]

    seen = play(act)
    assert len({one.body for one in seen}) == 1
    assert len(server.stage.log) == 1


def test_a_stream_that_the_cassette_does_not_outlive(play: Play, tmp_path: Path) -> None:
    """A stream that is still being read when the block ends is kept as far as it came."""
    path = tmp_path / "cassette.yaml"

    async def act(client: Client) -> list[Seen]:
        opened = api_mocker.use_cassette(path, record_mode="once")
        opened.__enter__()
        pieces: list[bytes] = []

        def close(piece: bytes) -> None:
            pieces.append(piece)
            if len(pieces) == 1:
                opened.__exit__(None, None, None)

        return [await client.send("GET", "/stream", read="chunks", size=4, on_piece=close)]

    assert b"".join(play(act)[0].chunks or ()) == b"one two "
    with api_mocker.use_cassette(path, record_mode="none", unused="ignore") as cassette:
        assert [
            interaction.response and interaction.response.truncated for interaction in cassette.interactions
        ] == [True]


def test_what_passes_through_is_not_recorded(play: Play, server: Server, tmp_path: Path) -> None:
    """A host on the passthrough list is reached live in every mode, and leaves nothing in the file."""
    path = tmp_path / "cassette.yaml"

    async def act(client: Client) -> list[Seen]:
        with api_mocker.use_cassette(path, record_mode="once", passthrough=["127.0.0.1"]) as cassette:
            seen = [await client.send("GET", "/")]
        assert not cassette.interactions
        return seen

    assert play(act)[0].status == 200
    assert len(server.stage.log) == 1
    assert not path.exists()


def test_nested_cassettes_answer_from_the_inside(play: Play, tmp_path: Path) -> None:
    """The innermost cassette decides; when it is closed, the outer one goes on."""
    outer, inner = tmp_path / "outer.yaml", tmp_path / "inner.yaml"

    async def act(client: Client) -> list[Seen]:
        with api_mocker.use_cassette(outer, record_mode="once") as first:
            seen = [await client.send("GET", "/a")]
            with api_mocker.use_cassette(inner, record_mode="once") as second:
                seen.append(await client.send("GET", "/b"))
            seen.append(await client.send("GET", "/c"))
        assert [request.url[-2:] for request in first.requests] == ["/a", "/c"]
        assert [request.url[-2:] for request in second.requests] == ["/b"]
        return seen

    assert len(play(act)) == 3
