"""httpbin: every route with every client, alone, recorded, and replayed when the server is gone."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any
from uuid import UUID

import httpbin  # type: ignore[import-untyped]  # ships no types
import pytest
from tests.contract.drivers import Driver, Site, drivers
from tests.contract.runs import sockets_cut
from tests.contract.seen import SECRET, Seen, alone, differences, promised
from tests.contract.wire import Stage

import api_mocker

from .routes import ROUTES, Row
from .serving import Waitress

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from .routes import Call

DRIVERS = {driver.name: driver for driver in drivers()}
ROWS = [(name, row) for name, driver in DRIVERS.items() for row in ROUTES if ROUTES[row].needs <= driver.can]

_FRESH = (
    r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}"  # /uuid
    r"|\b[0-9a-f]{32,}\b"  # nonces and ETags
    r"|\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT"  # Date and Last-Modified
    r"|(?<=boundary=)[-\w]+"
    r"|(?s:(?<=\x1f\x8b\x08).{5})"  # the time in the head of a gzip stream
)
"""What httpbin and the clients make up anew in each run."""


@dataclass(frozen=True)
class Visitor:
    """A client of httpbin: its driver, httpbin's address, the file of certificates to trust."""

    driver: Driver
    url: str
    ca: str

    def visit(self, row: Row) -> tuple[Seen, ...]:
        """Makes the calls of a row, and tells what it saw."""

        async def act() -> tuple[Seen, ...]:
            async with self.driver.open(Site("httpbin", "http", {}, Stage(), self.ca, 0)) as client:
                return tuple([await client.send(**self._options(call)) for call in row.calls])

        return self.driver.run(act())

    def _options(self, call: Call) -> dict[str, Any]:
        """A file object can be read once, so each run gets its own."""
        files = {
            name: (filename, io.BytesIO(content), kind)
            for name, (filename, content, kind) in call.get("files", {}).items()
        }
        return {**call, "path": self.url + call["path"], **({"files": files} if files else {})}


@dataclass(frozen=True)
class Recorded:
    """What a visitor saw of one row, without the tool and with it, and what was written down."""

    row: Row
    visitor: Visitor
    bare: tuple[Seen, ...]
    seen: tuple[Seen, ...]
    asked: tuple[str, ...]
    interactions: tuple[api_mocker.Interaction, ...]
    path: Path


def _recorded(row: Row, visitor: Visitor, log: list[str], path: Path) -> Recorded:
    bare = visitor.visit(row)
    log.clear()
    with api_mocker.use_cassette(path, record_mode="once") as cassette:
        seen = visitor.visit(row)
    return Recorded(row, visitor, bare, seen, tuple(log), tuple(cassette.interactions), path)


def _secret(value: object, expression: str) -> object:
    """`value` with all that `expression` matches made a secret, which is compared as one."""
    if isinstance(value, str):
        return re.sub(expression, SECRET, value)
    if isinstance(value, bytes):
        return re.sub(expression.encode(), SECRET.encode(), value)
    return tuple(_secret(item, expression) for item in value) if isinstance(value, tuple) else value


def _without(seen: Seen, expression: str) -> Seen:
    fields = {name: _secret(value, expression) for name, value in vars(seen).items()}
    return Seen(**fields)  # type: ignore[arg-type]  # the fields of a Seen


@pytest.fixture(scope="module")
def visits(tmp_path_factory: pytest.TempPathFactory, ca: str) -> Callable[[Driver], Mapping[str, Recorded]]:
    """Records every row that a driver can make, once; then the server is stopped."""

    @cache
    def visited(driver: Driver) -> Mapping[str, Recorded]:
        folder = tmp_path_factory.mktemp(driver.name)
        with Waitress(httpbin.app) as server:
            visitor = Visitor(driver, server.url, ca)
            return {
                name: _recorded(row, visitor, server.log, folder / f"{name}.yaml")
                for name, row in ROUTES.items()
                if row.needs <= driver.can
            }

    return visited


@pytest.fixture(params=ROWS, ids=" ".join)
def recorded(request: pytest.FixtureRequest, visits: Callable[[Driver], Mapping[str, Recorded]]) -> Recorded:
    """One row with one driver."""
    driver, name = request.param
    return visits(DRIVERS[driver])[name]


def test_recording_changes_nothing(recorded: Recorded) -> None:
    """What a client sees while it is recorded is what it sees without the tool."""
    bare = [alone(_without(seen, _FRESH)) for seen in recorded.bare]
    assert not differences([alone(_without(seen, _FRESH)) for seen in recorded.seen], bare)


def test_every_exchange_is_one_interaction(recorded: Recorded) -> None:
    """The cassette holds as many interactions as requests reached httpbin."""
    assert recorded.asked
    assert len(recorded.interactions) == len(recorded.asked)


def test_a_replay_shows_what_the_recording_showed(recorded: Recorded) -> None:
    """With the server gone, the same client sees the same again, coded bytes and chunks included."""
    with sockets_cut(), api_mocker.use_cassette(recorded.path):
        replayed = recorded.visitor.visit(recorded.row)
    hidden = recorded.row.hidden
    shown = [promised(_without(seen, hidden), recipe=True) for seen in recorded.seen]
    assert not differences([promised(_without(seen, hidden), recipe=True) for seen in replayed], shown)


def test_no_secret_is_written(recorded: Recorded) -> None:
    """Passwords, tokens and cookies do not reach the file, though httpbin repeats what it is sent."""
    assert SECRET not in recorded.path.read_text()


@pytest.mark.parametrize("driver", DRIVERS.values(), ids=DRIVERS)
def test_what_varies_does_not_matter(driver: Driver, ca: str, tmp_path: Path) -> None:
    """Headers may vary as they like; a query key, a form field or a JSON value that varies is named."""

    def row(run: str) -> Row:
        headers = {"X-Request-Id": run, "Traceparent": f"00-{run}", "User-Agent": f"test/{run}"}
        post = {"method": "POST", "path": "/anything", "headers": headers}
        return Row(
            [
                {"method": "GET", "path": f"/anything?page=1&ts={run}", "headers": headers},
                {**post, "json": {"id": 1, "meta": {"sent": run}}},
                {**post, "form": {"id": "1", "nonce": run}},
                {**post, "form": {"nonce": run}, "files": {"f": ("a", b"a", "a/b")}},
            ]
        )

    path, ignore = tmp_path / "varied.yaml", ["query:ts", "json:$.meta.sent", "form:nonce"]
    with Waitress(httpbin.app) as server:
        visitor = Visitor(driver, server.url, ca)
        with api_mocker.use_cassette(path, record_mode="once", ignore=ignore):
            recorded = visitor.visit(row(str(UUID(int=1))))
    with sockets_cut(), api_mocker.use_cassette(path, ignore=ignore):
        replayed = visitor.visit(row(str(UUID(int=2))))
    assert [seen.body for seen in replayed] == [seen.body for seen in recorded]
    with (
        sockets_cut(),
        pytest.raises(api_mocker.NotRecorded, match="query:ts"),
        api_mocker.use_cassette(path),
    ):
        visitor.visit(row(str(UUID(int=2))))
