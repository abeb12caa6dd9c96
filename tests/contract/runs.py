"""The runs of one combination: alone, recording, replaying and mocked with the sockets cut, recording again."""

from __future__ import annotations

import re
import shutil
import socket
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import api_mocker
from api_mocker._config import config_of
from api_mocker._storage.files import CassetteFile
from api_mocker.maintain.to_mocks import to_mocks

from .drivers import Site
from .seen import answer, plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .drivers import Driver
    from .scenario import Scenario
    from .seen import Seen
    from .wire import Ask, Server

__all__ = ["Combination", "Run", "Runs", "sockets_cut"]


@dataclass(frozen=True)
class Combination:
    """One scenario with one driver under one scheme."""

    scenario: Scenario
    driver: Driver
    scheme: str

    def __str__(self) -> str:
        return f"{self.scenario.name}-{self.driver.name}-{self.scheme}"


@dataclass(frozen=True)
class Run:
    """What the caller saw, what the server saw, and what the server has to complain about."""

    seen: tuple[Seen, ...]
    asked: tuple[Ask, ...]
    faults: tuple[str, ...]

    @property
    def wire(self) -> list[object]:
        """The requests as the server read them, without what a client makes up anew each time."""
        return [_plain(ask) for ask in self.asked]


class Runs:
    """Each run is made once, when it is first asked for; all of them have the same URLs."""

    def __init__(self, what: Combination, server: Server, ca: str, folder: Path) -> None:
        self.scenario, self.driver, self.scheme = what.scenario, what.driver, what.scheme
        self.server, self.ca = server, ca
        self.path = folder / "cassette.yaml"
        self._count = 0

    def perform(self) -> Run:
        """Plays the scenario once, with whatever is active around it."""
        self._count += 1
        stage = self.server.stage
        stage.set(self.scenario.name, self.scenario.answers)
        site = Site(self.scenario.name, self.scheme, self.server.bases, stage, self.ca, self._count)
        seen = self.driver.run(self._act(site))
        if self.scenario.varies:
            seen = tuple(map(answer, seen))
        return Run(tuple(seen), tuple(stage.log), tuple(stage.faults))

    async def _act(self, site: Site) -> tuple[Seen, ...]:
        async with self.driver.open(site, **self.scenario.settings) as client:
            return tuple(await self.scenario.act(client))

    def tape(self, mode: str, path: Path | None = None, **options: object) -> api_mocker.use_cassette:
        """The cassette of this combination, opened in `mode`."""
        options = {**self.scenario.options, **options}
        return api_mocker.use_cassette(path or self.path, record_mode=mode, **options)

    def another(self, name: str) -> Path:
        """A copy of the cassette in a folder of its own, as a later process would find it."""
        return (
            Path(
                shutil.copytree(
                    self.path.parent, self.path.parent.with_name(f"{self.path.parent.name}-{name}")
                )
            )
            / self.path.name
        )

    @cached_property
    def alone(self) -> Run:
        """Without the tool."""
        return self.perform()

    @cached_property
    def recording(self) -> Run:
        """While the cassette is made; `interactions` is then what it holds."""
        with self.tape("once") as cassette:
            run = self.perform()
        self.interactions = list(cassette.interactions)
        return run

    def ensure_recorded(self) -> Run:
        """The recording, made now if it was not yet."""
        return self.recording

    @cached_property
    def replay(self) -> Run:
        """From the file, with the sockets cut."""
        self.ensure_recorded()
        with sockets_cut(), self.tape("none", self.another("replay")):
            return self.perform()

    @cached_property
    def code(self) -> str:
        """The declarations that ``cassette to-mocks`` prints for the recording."""
        self.ensure_recorded()
        config = config_of({"ignore": self.scenario.options.get("ignore", ())}, "the scenario")
        return to_mocks(CassetteFile(self.path), config)

    @cached_property
    def mocked(self) -> Run:
        """From those declarations, with the sockets cut; every route is used, and nothing is refused."""
        module: dict[str, Any] = {}  # Any: whatever the code defines
        exec(compile(self.code, f"<{self.scenario.name}>", "exec"), module)
        with sockets_cut(), api_mocker.mock() as mocker:
            module["declare"](mocker)
            return self.perform()


@contextmanager
def sockets_cut() -> Iterator[None]:
    """Whoever connects or resolves a name fails, and fails the test, even if it catches the failure."""
    attempts: list[str] = []

    def cut(*args: object, **_: object) -> None:
        attempts.append(repr(args[-1]))
        raise AssertionError(f"the network was touched: {args[-1]!r}")

    with pytest.MonkeyPatch.context() as patch:
        for name in ("connect", "connect_ex", "sendto"):
            patch.setattr(socket.socket, name, cut)
        patch.setattr(socket, "getaddrinfo", cut)
        yield
    assert not attempts, "a replay touched the network"


def _plain(ask: Ask) -> object:
    boundary = re.search(r"boundary=(\S+)", ask.header("content-type"))
    body = ask.body.replace(boundary[1].encode(), b"") if boundary else ask.body
    return ask.method, ask.target, [(name, plain(value)) for name, value in ask.headers], body
