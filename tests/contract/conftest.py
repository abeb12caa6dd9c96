"""The server, its certificates, and the table spread out over drivers and schemes."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

import pytest
import trustme

from api_mocker._session import set_session

from .drivers import drivers
from .runs import Combination, Runs
from .scenario import load
from .wire import Server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

COMBINATIONS = [
    Combination(scenario, driver, scheme)
    for scenario in load()
    for driver in drivers()
    if scenario.needs <= driver.can
    for scheme in scenario.schemes
]


@pytest.fixture(scope="session")
def here(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder beside those of the tests, where what failed is set aside: below none of them."""
    return tmp_path_factory.mktemp("here")


@pytest.fixture(autouse=True)
def session(here: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Each test is a process of its own to api-mocker, in a project without configuration."""
    monkeypatch.chdir(here)
    before = set_session(None)
    yield
    set_session(before)


@pytest.fixture(scope="session")
def ca(tmp_path_factory: pytest.TempPathFactory) -> tuple[trustme.CA, str]:
    """A certificate authority of this run, and the file that names it."""
    authority = trustme.CA()
    file = tmp_path_factory.mktemp("ca") / "ca.pem"
    authority.cert_pem.write_to_path(str(file))
    return authority, str(file)


@pytest.fixture(scope="session")
def server(ca: tuple[trustme.CA, str]) -> Iterator[Server]:
    """One server for all tests of this process, so that a scenario has the same URLs in each run."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ca[0].issue_cert("127.0.0.1", "::1", "localhost").configure_cert(context)
    server = Server(context)
    yield server
    server.close()


@pytest.fixture(scope="module", params=COMBINATIONS, ids=str)
def runs(
    request: pytest.FixtureRequest,
    server: Server,
    ca: tuple[trustme.CA, str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Runs:
    """The runs of one scenario with one driver; each is made once, when it is first asked for."""
    folder: Path = tmp_path_factory.mktemp("cassettes")
    return Runs(request.param, server, ca[1], folder)
