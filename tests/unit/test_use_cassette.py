"""use_cassette outside of pytest: the same with `with`, `async with` and as a decorator."""

from __future__ import annotations

import asyncio
import json
import os
import re
import subprocess
import sys
import warnings
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from textwrap import dedent
from threading import Barrier, Thread
from typing import TYPE_CHECKING, Any

import httpx
import pytest

import api_mocker
from api_mocker import (
    AlreadyPlayed,
    ApiMockerWarning,
    CassetteBusy,
    CassetteMissing,
    CassetteUnreadable,
    NotRecorded,
    SwallowedRequests,
    UnmatchedRequest,
    UnusedInteractions,
    UsageError,
    use_cassette,
)
from api_mocker._session import MODE_VARIABLE, session, set_session

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator


class Service:
    """A server on loopback that counts: the same path answers with another number each time."""

    def __init__(self) -> None:
        log: list[str] = []

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # its name there
                """Keeps quiet."""

            def do_GET(self) -> None:  # the name that http.server looks for
                log.append(self.path)
                told: dict[str, object] = {"path": self.path, "time": log.count(self.path)}
                if self.path == "/numbers":
                    told = {"pin": 48271, "otp": 830152}
                content = json.dumps(told).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

        self.log = log
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self.thread.start()

    def stop(self) -> None:
        """From now on, nobody answers."""
        if self.thread.is_alive():
            self.server.shutdown()
            self.server.server_close()
            self.thread.join()

    def get(self, path: str = "/a") -> int:
        """Which time this was that the path was asked for."""
        return int(httpx.get(self.url + path).json()["time"])

    async def aget(self, path: str = "/a") -> int:
        async with httpx.AsyncClient() as client:
            return int((await client.get(self.url + path)).json()["time"])


@pytest.fixture
def service() -> Iterator[Service]:
    service = Service()
    yield service
    service.stop()


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A process of its own to api-mocker, in a project without options."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pyproject.toml").write_text("")
    before = set_session(None)
    yield tmp_path
    set_session(before)


def fresh() -> None:
    """What comes now is a later run: it began no file."""
    set_session(None)


@pytest.fixture
def path(project: Path) -> Path:
    return project / "cassettes" / "c.yaml"


@pytest.fixture
def recorded(path: Path, service: Service) -> Path:
    """A cassette of /a and /b, made by an earlier run; the service is still there."""
    with use_cassette(path, record_mode="once"):
        service.get("/a")
        service.get("/b")
    service.log.clear()
    fresh()
    return path


def play(
    service: Service, path: Path, *asked: str, ends: BaseException | None = None, **options: Any
) -> list[int]:  # Any: the options of use_cassette
    """Asks for these paths in a block, which then ends with this error."""
    with use_cassette(path, **options):
        found = [service.get(one) for one in asked]
        if ends is not None:
            raise ends
    return found


def test_records_and_replays(path: Path, service: Service) -> None:
    """What a block recorded is replayed by the next one, with the service gone."""
    with use_cassette(path, record_mode="once") as cassette:
        assert [service.get("/a"), service.get("/a"), service.get("/b")] == [1, 2, 1]
    assert (cassette.path, cassette.mode) == (path, "once")
    service.stop()
    with use_cassette(path) as cassette:
        assert [service.get("/a"), service.get("/b"), service.get("/a")] == [1, 1, 2]
    assert cassette.mode == "none"
    assert re.match(r"<Cassette .*c\.yaml \(none\)>", repr(cassette))


def test_what_a_cassette_tells(recorded: Path, service: Service) -> None:
    """interactions, requests, sent, played, unused() and recorded_at: what is in the file and what became of it."""
    with use_cassette(recorded, unused="ignore") as cassette:
        assert [one.request.url for one in cassette.interactions] == [f"{service.url}/a", f"{service.url}/b"]
        assert cassette.requests == [one.request for one in cassette.interactions]
        assert (cassette.sent, cassette.played) == ([], [])
        assert cassette.recorded_at is not None
        httpx.get(f"{service.url}/b", headers={"Authorization": "Bearer abcdefgh"})
        assert [asked.headers["authorization"] for asked in cassette.sent] == ["Bearer abcdefgh"]
        assert cassette.played == cassette.interactions[1:]
        assert cassette.unused() == cassette.interactions[:1]


def test_an_empty_cassette_tells_nothing(path: Path) -> None:
    """Before anything is recorded there is no time and no interaction."""
    with use_cassette(path, record_mode="once") as cassette:
        assert cassette.recorded_at is None
        assert cassette.interactions == []
    assert not path.exists()


def test_what_is_recorded_is_seen_redacted(path: Path, service: Service) -> None:
    """While recording and afterwards interactions are as the file has them; `sent` is as it was sent."""
    with use_cassette(path, record_mode="once") as cassette:
        service.get("/a?token=abcdefgh12345678")
        (during,) = cassette.requests
    (after,) = cassette.requests
    assert during.url == after.url == f"{service.url}/a?token=<redacted:token:1>"
    assert cassette.sent[0].url == f"{service.url}/a?token=abcdefgh12345678"


def test_async_with_means_the_same(path: Path, service: Service) -> None:
    """`async with` records and replays like `with`."""

    async def run(mode: str) -> int:
        async with use_cassette(path, record_mode=mode):
            return await service.aget()

    assert asyncio.run(run("once")) == 1
    service.stop()
    assert asyncio.run(run("none")) == 1


def test_a_decorator_opens_it_for_each_call(recorded: Path, service: Service) -> None:
    """A decorated function plays the cassette from the beginning each time, and keeps its name and arguments."""

    @use_cassette(recorded)
    def both(first: str, *, second: str = "/b") -> tuple[int, int]:
        """Asks twice."""
        return service.get(first), service.get(second)

    @use_cassette(recorded)
    async def aboth() -> tuple[int, int]:
        return await service.aget("/a"), await service.aget("/b")

    assert both("/a") == both("/a", second="/b") == asyncio.run(aboth()) == asyncio.run(aboth()) == (1, 1)
    assert (both.__name__, both.__doc__) == ("both", "Asks twice.")
    assert service.log == []


def test_a_decorator_is_used_by_many_at_once(recorded: Path, service: Service) -> None:
    """One decorated function, called by threads and tasks at the same time: each call has a cassette of its own."""
    barrier = Barrier(4)

    @use_cassette(recorded)
    def both() -> tuple[int, int]:
        barrier.wait()
        first = service.get("/a")
        barrier.wait()
        return first, service.get("/b")

    found: list[tuple[int, int]] = []
    threads = [Thread(target=lambda: found.append(both())) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    @use_cassette(recorded)
    async def aboth() -> tuple[int, int]:
        first = await service.aget("/a")
        await asyncio.sleep(0)
        return first, await service.aget("/b")

    async def many() -> list[tuple[int, int]]:
        return await asyncio.gather(*(aboth() for _ in range(4)))

    assert found + asyncio.run(many()) == [(1, 1)] * 8
    assert service.log == []


def test_one_object_is_entered_again(recorded: Path, service: Service) -> None:
    """A use_cassette object may be entered again, also inside of itself, and by two tasks in turn."""
    again = use_cassette(recorded)
    for _ in range(2):
        with again:
            assert (service.get("/a"), service.get("/b")) == (1, 1)
    with again:
        service.get("/a")
        with again:
            assert (service.get("/a"), service.get("/b")) == (1, 1)
        service.get("/b")

    async def both() -> list[int]:
        entered, left = [asyncio.Event() for _ in range(2)], asyncio.Event()

        async def leaves_first() -> int:
            async with again:
                entered[0].set()
                await entered[1].wait()
                found = await service.aget("/a") + await service.aget("/b")
            left.set()
            return found

        async def entered_last() -> int:
            await entered[0].wait()
            async with again:
                entered[1].set()
                await left.wait()
                return await service.aget("/a") + await service.aget("/b")

        return [*await asyncio.gather(leaves_first(), entered_last())]

    assert asyncio.run(both()) == [2, 2]
    assert service.log == []


def generator() -> Iterator[None]:
    yield


async def agenerator() -> AsyncIterator[None]:
    yield


class Anything:
    """A class."""


@pytest.mark.parametrize("decorated", [generator, agenerator, Anything])
def test_what_would_run_outside_is_not_decorated(path: Path, decorated: Callable[..., Any]) -> None:
    """A generator or a class would send when the cassette is closed again: refused where it is decorated."""
    with pytest.raises(
        UsageError, match=rf"use_cassette\(\) at test_use_cassette.py:\d+: .*{decorated.__name__}"
    ):
        use_cassette(path)(decorated)


def test_a_function_that_returns_a_coroutine_is_refused(recorded: Path, service: Service) -> None:
    """A coroutine that came out of a plain function is not awaited outside of the cassette."""

    @use_cassette(recorded, unused="ignore")
    def asks() -> Any:
        return service.aget()

    with pytest.raises(UsageError, match="returned a coroutine"):
        asks()
    assert service.log == []


def test_the_default_is_to_replay(path: Path, service: Service) -> None:
    """Without a mode nothing is sent and nothing is made: a missing cassette is an error at the request."""
    with pytest.raises(CassetteMissing, match=r'use_cassette\(..., record_mode="once"\)'), use_cassette(path):
        service.get()
    assert service.log == []
    assert not path.parent.exists()


@pytest.mark.parametrize(
    ("call", "environment", "project_mode", "expected"),
    [
        ("none", "all", "rewrite", "none"),
        (None, "new_episodes", "rewrite", "new_episodes"),
        (None, None, "rewrite", "rewrite"),
        (None, None, None, "none"),
    ],
)
def test_who_decides_the_mode(
    path: Path,
    monkeypatch: pytest.MonkeyPatch,
    call: str | None,
    environment: str | None,
    project_mode: str | None,
    expected: str,
) -> None:
    """The call goes before the environment, that before pyproject.toml, and `none` is what is left."""
    monkeypatch.delenv(MODE_VARIABLE, raising=False)
    if environment:
        monkeypatch.setenv(MODE_VARIABLE, environment)
    if project_mode:
        Path("pyproject.toml").write_text(f"[tool.api_mocker]\nrecord_mode = '{project_mode}'\n")
    fresh()
    with use_cassette(path, record_mode=call) as cassette:
        assert cassette.mode == expected


def test_options_of_the_project_hold(recorded: Path, project: Path, service: Service) -> None:
    """pyproject.toml is read outside of pytest too, and the call goes over it."""
    (project / "pyproject.toml").write_text("[tool.api_mocker]\nrepeat = 'last'\nunused = 'ignore'\n")
    fresh()
    assert play(service, recorded, "/a", "/a") == [1, 1]
    with pytest.raises(AlreadyPlayed):
        play(service, recorded, "/a", "/a", repeat="error")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"ignor": ["query:x"]}, "there is no option 'ignor'; did you mean 'ignore'?"),
        ({"record_mode": "onec"}, "record_mode: there is no record mode 'onec'; did you mean 'once'?"),
        ({"repeat": "lst"}, "did you mean 'last'?"),
        ({"cassette_dir": "x"}, "option 'cassette_dir'"),
    ],
)
def test_a_wrong_option_is_said_where_it_is_given(path: Path, options: dict[str, Any], said: str) -> None:
    """An error in an option names the nearest, and file and line of the call, at once."""
    with pytest.raises(UsageError) as caught:
        use_cassette(path, **options)
    assert re.match(r"use_cassette\(\) at test_use_cassette\.py:\d+: ", str(caught.value))
    assert said in str(caught.value)


@pytest.mark.parametrize("mode", ["once", "new_episodes", "all", "rewrite"])
def test_a_block_that_fails_commits_nothing(path: Path, service: Service, project: Path, mode: str) -> None:
    """An error inside the block comes out as it is; the recording is set aside, and no file is made or changed."""
    with pytest.raises(ZeroDivisionError):
        play(service, path, "/c", record_mode=mode, ends=ZeroDivisionError())
    assert not path.exists()
    aside = project / ".api_mocker" / "failed" / "cassettes" / "c.yaml"
    assert aside.exists()
    assert session().aside == [aside]


@pytest.mark.parametrize("mode", ["new_episodes", "all", "rewrite"])
def test_a_block_that_fails_leaves_the_old_file(recorded: Path, service: Service, mode: str) -> None:
    """An existing cassette is byte for byte as it was."""
    before = recorded.read_bytes()
    with pytest.raises(ZeroDivisionError):
        play(service, recorded, "/c", record_mode=mode, ends=ZeroDivisionError())
    assert recorded.read_bytes() == before


def test_a_swallowed_refusal_commits_nothing(recorded: Path, service: Service) -> None:
    """A block in which a request was refused did not pass, though nothing came out of it."""
    before = recorded.read_bytes()

    def swallow() -> None:
        with use_cassette(recorded, record_mode="all"):
            service.get("/c")
            with pytest.raises(UnmatchedRequest):
                service.get("/<redacted:token:1>")

    with pytest.raises(SwallowedRequests, match="placeholder"):
        swallow()
    assert recorded.read_bytes() == before


def test_a_refusal_comes_out_once(recorded: Path, service: Service) -> None:
    """A refusal that ends the block is the error; it does not come a second time, nor does what is unused."""
    with pytest.raises(NotRecorded) as caught, use_cassette(recorded):
        service.get("/c")
    assert caught.value.__context__ is None or not isinstance(
        caught.value.__context__, api_mocker.ApiMockerError
    )


def test_unused_interactions_are_an_error(recorded: Path, service: Service) -> None:
    """What was recorded and is not asked for fails the block, warns, or is ignored."""
    with pytest.raises(UnusedInteractions, match="/b"), use_cassette(recorded):
        service.get("/a")
    with pytest.warns(ApiMockerWarning, match="/b"), use_cassette(recorded, unused="warn"):
        service.get("/a")
    with warnings.catch_warnings(), use_cassette(recorded, unused="ignore"):
        warnings.simplefilter("error")
        service.get("/a")


@pytest.mark.parametrize("mode", ["new_episodes", "all"])
def test_while_recording_unused_ones_warn(recorded: Path, service: Service, mode: str) -> None:
    """While recording, what was not asked for is named, stays, and stops nothing."""
    with pytest.warns(ApiMockerWarning, match="/b"):
        play(service, recorded, "/a", "/c", record_mode=mode)
    with use_cassette(recorded) as cassette:
        for name in "abc":
            service.get(f"/{name}")
    assert len(cassette.played) == 3


def test_rewriting_drops_what_is_not_asked_for(recorded: Path, service: Service) -> None:
    """rewrite holds what this run asked for, and nothing else."""
    with use_cassette(recorded, record_mode="rewrite"):
        service.get("/b")
    with use_cassette(recorded) as cassette:
        service.get("/b")
    assert len(cassette.interactions) == 1


def test_rewriting_without_a_request_says_so(recorded: Path) -> None:
    """A rewrite in which nothing is asked for empties no file, and says what to do."""
    before = recorded.read_bytes()
    with (
        pytest.warns(ApiMockerWarning, match="is left as it was. Delete it"),
        use_cassette(recorded, record_mode="rewrite"),
    ):
        pass
    assert recorded.read_bytes() == before


@pytest.mark.parametrize("mode", ["all", "rewrite"])
def test_a_dead_service_changes_no_file(recorded: Path, service: Service, mode: str) -> None:
    """Recording with the service gone, by code that catches it, warns and leaves the cassette."""
    before = recorded.read_bytes()
    service.stop()

    def swallow() -> None:
        with use_cassette(recorded, record_mode=mode):
            for name in "ab":
                with pytest.raises(httpx.ConnectError):
                    service.get(f"/{name}")

    with pytest.warns(ApiMockerWarning) as caught:
        swallow()
    assert sum("failed while recording (refused)" in str(one.message) for one in caught) == 2
    assert recorded.read_bytes() == before


def test_failures_are_recorded_when_told(path: Path, service: Service) -> None:
    """With record_errors a refused connection is recorded, and raised again as this client raises it."""
    service.stop()
    with use_cassette(path, record_mode="once", record_errors=True), pytest.raises(httpx.ConnectError):
        service.get()
    fresh()
    with use_cassette(path), pytest.raises(httpx.ConnectError):
        service.get()


def test_once_goes_on_with_what_this_run_began(path: Path, service: Service) -> None:
    """A file that this run made is still being recorded by later blocks; one of an earlier run is not."""
    with use_cassette(path, record_mode="once"):
        service.get("/a")
    with pytest.warns(ApiMockerWarning, match="never asked for"), use_cassette(path, record_mode="once"):
        service.get("/b")
    fresh()
    with pytest.raises(NotRecorded), use_cassette(path, record_mode="once"):
        service.get("/c")


def test_further_cassettes_are_only_read(recorded: Path, project: Path, service: Service) -> None:
    """Further paths answer what the first does not, and are never written, in no mode."""
    login = project / "login.yaml"
    with use_cassette(login, record_mode="once"):
        service.get("/login")
    fresh()
    before = login.read_bytes()
    with use_cassette(recorded, login) as cassette:
        for name in ("login", "a", "b"):
            assert service.get(f"/{name}") == 1
    assert len(cassette.interactions) == 2
    for mode in ("new_episodes", "all", "rewrite"):
        with use_cassette(recorded, login, record_mode=mode, unused="ignore"):
            for name in ("login", "a", "b", mode):
                service.get(f"/{name}")
    assert login.read_bytes() == before


def test_a_further_cassette_that_is_not_there(recorded: Path, project: Path) -> None:
    """A further cassette is named when it is missing, at once, or when it is none."""
    with pytest.raises(CassetteMissing, match=r"there is no cassette login\.yaml, which cassettes.c\.yaml"):
        use_cassette(recorded, project / "login.yaml").__enter__()
    (project / "login.yaml").write_text("services: {}\n")
    with pytest.raises(CassetteUnreadable, match=r"login\.yaml:1: this is no cassette"):
        use_cassette(recorded, project / "login.yaml").__enter__()


def test_passthrough_is_live(path: Path, service: Service) -> None:
    """A host on the list is reached live in every mode, and leaves nothing."""
    with use_cassette(path, passthrough=["127.0.0.1"]) as cassette:
        assert service.get() == 1
    assert cassette.sent == []
    assert not path.exists()


def test_nested_cassettes(project: Path, service: Service) -> None:
    """The inner cassette takes its block, the outer one all around it; each is committed by itself."""
    outer, inner = project / "outer.yaml", project / "inner.yaml"
    with use_cassette(outer, record_mode="once"):
        service.get("/1")
        with pytest.raises(ZeroDivisionError):
            play(service, inner, "/2", record_mode="once", ends=ZeroDivisionError())
        service.get("/3")
    assert not inner.exists()
    with use_cassette(outer) as cassette:
        assert [service.get("/1"), service.get("/3")] == [1, 1]
    assert len(cassette.interactions) == 2


@contextmanager
def broken(path: Path) -> Iterator[None]:
    """A file that is no cassette, before and after."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"services:\n  web: {}\n")
    yield
    assert path.read_bytes() == b"services:\n  web: {}\n"


@pytest.mark.parametrize("mode", ["none", "once", "new_episodes", "all", "rewrite"])
def test_a_file_that_is_no_cassette_is_left_alone(path: Path, mode: str) -> None:
    """In no mode is a file that is no cassette taken for one or overwritten."""
    with broken(path), pytest.raises(CassetteUnreadable, match=r"c\.yaml:1: this is no cassette"):
        use_cassette(path, record_mode=mode).__enter__()


def test_a_cassette_without_its_end_is_not_played(recorded: Path, service: Service) -> None:
    """A cut file is refused when it is opened, though its first interactions would be readable."""
    recorded.write_bytes(recorded.read_bytes().removesuffix(b"...\n"))
    with pytest.raises(CassetteUnreadable, match="was cut off"):
        use_cassette(recorded).__enter__()


def test_a_broken_interaction_is_not_swallowed(recorded: Path, service: Service) -> None:
    """Code that catches everything does not hide a broken recording."""
    recorded.write_text(recorded.read_text("utf-8").replace("status: 200", "status: 2OO"), "utf-8")
    with (
        pytest.raises(SwallowedRequests, match=r"response\.status must be a whole number"),
        use_cassette(recorded),
        pytest.raises(CassetteUnreadable),
    ):
        service.get()


def test_what_cannot_be_committed_is_set_aside(recorded: Path, service: Service, project: Path) -> None:
    """A file that somebody else changed meanwhile stays as they left it, and the recording is not lost."""
    opened = use_cassette(recorded, record_mode="all", unused="ignore")
    opened.__enter__()
    service.get("/c")
    before = recorded.read_bytes() + b"\n"
    recorded.write_bytes(before)
    with pytest.raises(CassetteBusy):
        opened.__exit__(None, None, None)
    assert recorded.read_bytes() == before
    assert (project / ".api_mocker" / "failed" / "cassettes" / "c.yaml").exists()


def test_where_nothing_can_be_set_aside_the_own_error_comes_out(
    path: Path, service: Service, project: Path
) -> None:
    """What we have to say beside the block's own error is a note of it, and never in its place."""
    (project / ".api_mocker").write_text("in the way")
    with pytest.raises(ZeroDivisionError) as caught:
        play(service, path, "/a", record_mode="once", ends=ZeroDivisionError())
    assert any("cannot be made" in note for note in caught.value.__notes__)


def test_a_hook_runs_once_for_each(path: Path, service: Service) -> None:
    """before_record sees each interaction once; what it drops is not in the file."""
    seen: list[str] = []

    def hook(interaction: api_mocker.Interaction) -> api_mocker.Interaction | None:
        seen.append(interaction.request.url.removeprefix(service.url))
        return None if seen[-1] == "/drop" else interaction

    with use_cassette(path, record_mode="once", before_record=hook) as cassette:
        service.get("/a")
        service.get("/drop")
    assert seen == ["/a", "/drop"]
    assert [asked.url for asked in cassette.requests] == [f"{service.url}/a"]
    with use_cassette(path, before_record=hook):
        service.get("/a")
    assert len(seen) == 2


def test_leaving_restores_the_clients(recorded: Path, service: Service) -> None:
    """After the last block clients are as they were, whatever ended it."""
    original = httpx.HTTPTransport.handle_request
    with pytest.raises(ZeroDivisionError), use_cassette(recorded):
        raise ZeroDivisionError
    with pytest.raises(UnusedInteractions), use_cassette(recorded):
        assert httpx.HTTPTransport.handle_request is not original
    assert httpx.HTTPTransport.handle_request is original
    assert service.get("/live") == 1


def test_a_generator_that_is_left_elsewhere(recorded: Path, service: Service) -> None:
    """Entered in one context and left in another: nothing is left behind, and the rest goes on live."""

    async def fixture() -> AsyncIterator[None]:
        async with use_cassette(recorded, unused="ignore"):
            yield

    async def main() -> None:
        generator = fixture()
        await asyncio.create_task(_step(generator))
        assert await service.aget("/a") == 1
        assert service.log == []
        await asyncio.create_task(_step(generator))
        assert await service.aget("/a") == 1
        assert service.log == ["/a"]

    asyncio.run(main())


async def _step(generator: AsyncIterator[None]) -> None:
    async for _ in generator:
        return


def test_a_frozen_clock_does_not_date_recordings(
    path: Path, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who freezes time in a test gets recordings with the true time in them."""
    monkeypatch.setattr("time.time", lambda: 0.0)
    with use_cassette(path, record_mode="once") as cassette:
        service.get()
    assert cassette.recorded_at is not None
    assert cassette.recorded_at.year > 2000
    assert cassette.recorded_at.microsecond == 0


def test_a_secret_number_is_sent_on(path: Path, service: Service) -> None:
    """What was an answer's secret number is told from no other value by replay, be it sent before or after."""
    for mode in ("once", "none"):
        with use_cassette(path, record_mode=mode), httpx.Client(base_url=service.url) as client:
            client.get("/users/48271?otp=830152")  # by accident, or known from elsewhere
            numbers = client.get("/numbers").json()
            client.get(f"/a/{numbers['pin']}?q={numbers['otp']}")
    assert service.log == ["/users/48271?otp=830152", "/numbers", "/a/48271?q=830152"]
    urls = [line for line in path.read_text("utf-8").splitlines() if "url:" in line]
    assert len(urls) == 3
    assert not re.search("48271|830152", "".join(urls))


def test_without_pytest(path: Path, service: Service) -> None:
    """A plain script records and replays; pytest is not even imported, and CI means nothing there."""
    code = dedent(
        """
        import sys, httpx, api_mocker
        with api_mocker.use_cassette(sys.argv[1], record_mode=sys.argv[3]):
            print(httpx.get(sys.argv[2]).json()["time"], "pytest" in sys.modules)
        """
    )
    environment = {**os.environ, "CI": "true"}
    for mode in ("once", "none"):
        run = subprocess.run(
            [sys.executable, "-c", code, path, f"{service.url}/a", mode],
            cwd=path.parents[1],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert run.stdout == "1 False\n", run.stderr
    assert service.log == ["/a"]
