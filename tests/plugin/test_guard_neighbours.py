"""The network guard beside what sits in the same process: debuggers, coverage, a client of a database."""

from __future__ import annotations

import sys
from socketserver import StreamRequestHandler, ThreadingTCPServer
from threading import Thread
from typing import TYPE_CHECKING

import pytest
from tests.plugin.conftest import QUIET

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.plugin.conftest import Project

TESTS = """
import asyncio, threading

def test_a_thread():
    done = []
    thread = threading.Thread(target=done.append, args=(1,))
    thread.start()
    thread.join()
    assert done == [1]

def test_a_loop():
    assert asyncio.run(asyncio.sleep(0, 2)) == 2
"""


@pytest.mark.parametrize(
    "tool",
    [
        ("coverage", "run", "--branch", "-m"),
        ("debugpy", "--listen", "127.0.0.1:0", "-m"),
        ("pdb", "-c", "continue", "-m"),
    ],
    ids=lambda tool: tool[0],
)
def test_a_tool_that_runs_pytest(
    project: Project, monkeypatch: pytest.MonkeyPatch, tool: tuple[str, ...]
) -> None:
    """It sees threads and event loops as ever, and is refused nothing."""
    project.write("test_a.py", TESTS)
    monkeypatch.setenv(
        "PYTEST_ADDOPTS", " ".join([*QUIET, "--block-network"])
    )  # pdb of 3.13.0 takes no options here
    done = project.pytester.run(sys.executable, "-m", *tool, "pytest", stdin=b"q\n", timeout=60)
    done.stdout.fnmatch_lines(["*2 passed*"])
    done.stdout.no_fnmatch_line("*NetworkBlocked*")


class Database(StreamRequestHandler):
    """Says yes to whatever a client of Redis sends (RESP2: an array of strings for each command)."""

    def handle(self) -> None:
        while line := self.rfile.readline():
            words = []
            for _ in range(int(line[1:])):
                self.rfile.readline()
                words.append(self.rfile.readline().strip())
            self.wfile.write(b"$3\r\nada\r\n" if words[0] == b"GET" else b"+OK\r\n")


@pytest.fixture
def database() -> Iterator[int]:
    """Its port."""
    with ThreadingTCPServer(("127.0.0.1", 0), Database) as server:
        server.daemon_threads = True
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


ASKS = """
import pytest, redis, requests

def asked():
    with redis.Redis("127.0.0.1", PORT, protocol=2, single_connection_client=True) as client:
        client.set("name", "ada")
        return client.get("name")

def test_it():
    assert asked() == b"ada"

@pytest.mark.cassette
def test_beside_a_cassette():
    assert requests.get("URL/a").ok
    assert asked() == b"ada"
"""


def test_a_database_that_is_allowed(project: Project, database: int) -> None:
    """Its client connects, in a guarded run and in a test that replays; without the entry it is refused by name."""
    project.write("test_a.py", ASKS.replace("PORT", str(database)))
    project.run("--record-mode=once").assert_outcomes(passed=2)
    refused = project.run("--block-network")
    refused.stdout.fnmatch_lines([f"*127.0.0.1:{database}*"])
    assert refused.ret == 1
    project.run("--block-network", f"--allowed-hosts=127.0.0.1:{database}").assert_outcomes(passed=2)
    replaying = project.run("test_a.py::test_beside_a_cassette", f"--allowed-hosts=127.0.0.1:{database}")
    replaying.assert_outcomes(passed=1)
