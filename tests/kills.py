"""A process that records, killed at a random moment, again and again: `nox -s kills -- 200`.

Each time the cassette has to be whole, and as one of the recordings left it: the last that was finished
before, or the one that was being written.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic, sleep
from typing import NoReturn

import requests

import api_mocker
from api_mocker._session import set_session
from api_mocker._storage.files import CassetteFile
from api_mocker._storage.journal import recover

_SERVER = """
import http.server
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])) * (20_000 if self.path == "/large" else 1)
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *args): pass
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_port, flush=True)
server.serve_forever()
"""
_AS_LONG = 4  # times what the first recording took: within that, the others are killed
_PATHS = ("/a", "/large", "/b")


def kill(times: int, folder: Path, url: str) -> set[int]:
    """Kills that many recordings; the versions of the cassette that were found."""
    cassette = folder / "cassettes" / "c.yaml"
    begun = monotonic()
    child = os.fork()
    if child == 0:
        _record(cassette, url, 0, once=True)
    os.waitpid(child, 0)
    longest = _AS_LONG * (monotonic() - begun)
    found = {version(cassette)}
    for round_ in range(times):
        child = os.fork()
        if child == 0:
            _record(cassette, url, 1000 * (round_ + 1))
        sleep(random.uniform(0, longest))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        found.add(version(cassette))
    return found


def version(cassette: Path) -> int:
    """Which recording a cassette is of; AssertionError where it is not one whole."""
    versions = set()
    urls = []
    for entry in CassetteFile(cassette).entries():
        interaction = entry.interaction
        assert interaction.response is not None
        body = interaction.response.body
        size = len(interaction.request.body)
        assert body == interaction.request.body * (len(body) // size)
        versions.add(int(interaction.request.body))
        urls.append(interaction.request.path)
    assert urls == list(_PATHS)
    assert len(versions) == 1
    return versions.pop()


def _record(cassette: Path, url: str, number: int, *, once: bool = False) -> NoReturn:
    """Records the cassette anew until somebody ends it."""
    try:
        while True:
            number += 1
            set_session(None)  # as a process of its own: what it wrote before is an old recording
            with api_mocker.use_cassette(cassette, record_mode="once" if once else "rewrite"):
                for path in _PATHS:
                    requests.post(url + path, data=f"{number:010d}", timeout=20)
            if once:
                break
    finally:
        os._exit(1)


def main() -> None:
    """Runs it, as often as the command line says."""
    server = subprocess.Popen(
        [sys.executable, "-c", _SERVER], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert server.stdout is not None
    url = f"http://127.0.0.1:{server.stdout.readline().strip()}"
    try:
        with TemporaryDirectory() as name:
            folder = Path(name)
            (folder / "pyproject.toml").write_text("")
            os.chdir(folder)
            times = int(sys.argv[1])
            found = kill(times, folder, url)
            left = [path.name for path in (folder / "cassettes").iterdir()]
            assert len(left) <= 3, left
            recovered = [
                entry.interaction for path in recover(folder) for entry in CassetteFile(path).entries()
            ]
            assert recovered or times < 20
            sys.stdout.write(
                f"{times} kills, {len(found)} versions, each whole; {len(recovered)} interactions recovered\n"
            )
    finally:
        server.kill()


if __name__ == "__main__":
    main()
