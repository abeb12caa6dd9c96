"""A project to run pytest in, and a service for it to talk to: both real."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from time import sleep
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

QUIET = ("-p", "no:hypothesispytest", "-p", "no:recording", "-p", "no:cassetter", "-p", "no:cacheprovider")
"""Plugins of this environment that are no part of the project under test."""


INI = '[tool.pytest.ini_options]\nasyncio_default_fixture_loop_scope = "function"\n'
"""What pytest-asyncio asks every project to say."""


@dataclass
class Service:
    """A server on loopback that answers each request with what it was asked, and can be gone."""

    server: ThreadingHTTPServer
    log: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        """Where it is, or was."""
        return f"http://127.0.0.1:{self.server.server_port}"

    def stop(self) -> None:
        """From now on, nobody answers."""
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def service() -> Iterator[Service]:
    """A service that counts: the same path answers with another number each time; /tired is slow the second time."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class's name for it
            """Keeps quiet."""

        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            line = f"{self.command} {self.path}"
            running.log.append(line)
            if self.path.startswith("/tired") and running.log.count(line) == 2:
                sleep(2)
            answer = {
                "asked": line,
                "body": body.decode(),
                "time": running.log.count(line),
                "token": "tok-4711-secret",
            }
            content = json.dumps(answer).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = _answer  # noqa: N815  # the names that http.server looks for

    running = Service(ThreadingHTTPServer(("127.0.0.1", 0), Handler))
    thread = Thread(target=running.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield running
    if thread.is_alive():
        running.stop()
    thread.join()


class Project:
    """A folder with tests, run by a real pytest of its own."""

    def __init__(self, pytester: pytest.Pytester, service: Service) -> None:
        self.pytester = pytester
        self.service = service
        self.root = pytester.path

    def write(self, name: str, text: str) -> Path:
        """Writes a file; ``URL`` in it is the service's address."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.replace("URL", self.service.url), "utf-8")
        return path

    def run(self, *args: str, plugins: tuple[str, ...] = QUIET) -> pytest.RunResult:
        """Runs pytest there; what it printed is shown when the test fails."""
        return self.pytester.runpytest_subprocess(*plugins, *args)

    def cassettes(self) -> dict[str, str]:
        """The cassettes by path from the cassette folder, and their texts."""
        folder = self.root / "cassettes"
        return {
            path.relative_to(folder).as_posix(): path.read_text("utf-8")
            for path in sorted(folder.rglob("*.yaml"))
        }

    def aside(self) -> list[str]:
        """The recordings set aside, by path."""
        folder = self.root / ".api_mocker" / "failed"
        return [path.relative_to(folder).as_posix() for path in sorted(folder.rglob("*.yaml"))]


@pytest.fixture
def project(pytester: pytest.Pytester, service: Service, monkeypatch: pytest.MonkeyPatch) -> Project:
    """An empty project beside a running service."""
    for name in ("CI", "API_MOCKER_RECORD_MODE"):
        monkeypatch.delenv(name, raising=False)
    pytester.makepyprojecttoml(INI)
    return Project(pytester, service)
