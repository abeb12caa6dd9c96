"""What replaying and recording take of memory: run with a name of `MEASURED` and a size in MiB, prints MiB.

`tests/unit/test_footprint.py` holds the bounds at small sizes, `nox -s large` at those of the promise.
"""

from __future__ import annotations

import subprocess
import sys
import zlib
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["MEASURED", "measured"]

_MIB = 1 << 20

_HEAD = b"# api-mocker cassette\ncassette: 1\n"
_LINE = b"      " + b"x" * 93 + b"\n"
_INTERACTION = b"""---
request:
  method: GET
  url: https://h.example.com/%d
response:
  status: 200
  headers:
    Content-Type: text/plain
  body:
    text: |-
%brecorded_at: '2026-01-01T00:00:00Z'
"""

_PEAK = """
def peak():
    return int(next(line for line in open("/proc/self/status") if line.startswith("VmHWM")).split()[1]) / 1024
import api_mocker, requests
"""

_REPLAY = """
before = peak()
with api_mocker.use_cassette("big.yaml", unused="ignore"):
    assert len(requests.get("https://h.example.com/{last}").content) > 100_000
print(peak() - before)
"""

_RECORD = """
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
body = open("body", "rb").read()
class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *args): pass
server = HTTPServer(("127.0.0.1", 0), Handler)
Thread(target=server.serve_forever, daemon=True).start()
before = peak()
with api_mocker.use_cassette("c.yaml", record_mode="once"):
    with requests.get("http://127.0.0.1:%d/" % server.server_port, stream=True) as answer:
        assert answer.raw.read(decode_content=False) == body
with api_mocker.use_cassette("c.yaml", record_mode="none"):
    with requests.get("http://127.0.0.1:%d/" % server.server_port, stream=True) as answer:
        assert answer.raw.read(decode_content=False) == body
print(peak() - before)
"""

_SERVER = """
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
piece = bytes(range(256)) * 4096
class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "application/octet-stream")
        self.send_header("Content-Length", str({size} << 20))
        self.end_headers()
        for _ in range({size}):
            self.wfile.write(piece)
    def log_message(self, *args): pass
server = HTTPServer(("127.0.0.1", 0), Handler)
print(server.server_port, flush=True)
server.serve_forever()
"""

_DOWNLOAD = """
import subprocess, sys, httpx
serving = subprocess.Popen([sys.executable, "server.py"], stdout=subprocess.PIPE, text=True)
url = "http://127.0.0.1:%d/" % int(serving.stdout.readline())
def with_requests():
    with requests.get(url, stream=True) as answer:
        return sum(map(len, answer.iter_content(1 << 20)))
def with_httpx():
    with httpx.stream("GET", url) as answer:
        return sum(map(len, answer.iter_bytes(1 << 20)))
before = peak()
try:
    with api_mocker.use_cassette("c.yaml", record_mode="once"):
        assert {read}() == {size} << 20
finally:
    serving.kill()
with api_mocker.use_cassette("c.yaml", record_mode="none"):
    assert {read}() == {size} << 20
print(peak() - before)
"""


def _replay(folder: Path, size: int) -> str:
    """One request from a cassette of this size: its last interaction."""
    body = _LINE * 1250
    count = size * _MIB // len(_INTERACTION % (0, body)) + 1
    with (folder / "big.yaml").open("wb") as file:
        file.write(_HEAD)
        file.writelines(_INTERACTION % (number, body) for number in range(count))
        file.write(b"...\n")
    return _REPLAY.format(last=count - 1)


def _bomb(folder: Path, size: int) -> str:
    """A response that would grow to this size where somebody decodes it."""
    deflate = zlib.compressobj(9, zlib.DEFLATED, 31)
    pieces = [deflate.compress(bytes(_MIB)) for _ in range(size)]
    (folder / "body").write_bytes(b"".join([*pieces, deflate.flush()]))
    return _RECORD


def _download(read: str, folder: Path, size: int) -> str:
    """A response of this size, which its server never has as a whole, recorded and replayed piece by piece."""
    (folder / "server.py").write_text(_SERVER.replace("{size}", str(size)))
    return _DOWNLOAD.replace("{read}", read).replace("{size}", str(size))


MEASURED: dict[str, Callable[[Path, int], str]] = {
    "replay": _replay,
    "bomb": _bomb,
    "download": partial(_download, "with_requests"),
    "download_httpx": partial(_download, "with_httpx"),
}
"""What is measured, and the programs that do it."""


def measured(name: str, size: int) -> float:
    """The peak of resident memory, in MiB, above that of a process that has imported all it needs."""
    with TemporaryDirectory() as place:
        program = MEASURED[name](Path(place), size)
        done = subprocess.run(
            [sys.executable, "-c", _PEAK + program], cwd=place, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise RuntimeError(done.stderr)
    return float(done.stdout)


def main() -> None:
    """Runs it, for the name and the size of the command line."""
    sys.stdout.write(
        f"{sys.argv[1]} of {sys.argv[2]} MiB: {measured(sys.argv[1], int(sys.argv[2])):.0f} MiB\n"
    )


if __name__ == "__main__":
    main()
