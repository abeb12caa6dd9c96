"""What replaying and recording take of memory: run without arguments, it measures all of `MEASURED`.

The law of this file: the bounds stand here once. `tests/unit/test_footprint.py` holds them at small sizes, `nox -s
large` at those of the promise, and docs/security.md states them from here. With a name and a size in MiB, it
measures that alone.
"""

from __future__ import annotations

import subprocess
import sys
import zlib
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["MEASURED", "Footprint", "measured"]

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
from random import Random
class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "application/octet-stream")
        self.send_header("Content-Length", str({size} << 20))
        self.end_headers()
        for number in range({size}):
            self.wfile.write(Random(number).randbytes(1 << 20))
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


class Footprint(NamedTuple):
    """What is promised: at most so many MiB, `of` something of so many MiB; `program` tries it in a folder."""

    what: str
    most: int
    of: int
    program: Callable[[Path, int], str]


MEASURED = {
    "replay": Footprint("replaying one request from a cassette", 64, 1024, _replay),
    "download": Footprint(
        "recording a response that `requests` reads piece by piece, and replaying it",
        96, 2048, partial(_download, "with_requests"),
    ),
    "download_httpx": Footprint(
        "recording a response that `httpx` reads piece by piece, and replaying it",
        96, 2048, partial(_download, "with_httpx"),
    ),
    "bomb": Footprint("recording a compressed response that would grow", 128, 8192, _bomb),
}  # fmt: skip
"""What is measured."""


def measured(name: str, size: int) -> float:
    """The peak of resident memory, in MiB, above that of a process that has imported all it needs."""
    with TemporaryDirectory() as place:
        program = MEASURED[name].program(Path(place), size)
        done = subprocess.run(
            [sys.executable, "-c", _PEAK + program], cwd=place, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise RuntimeError(done.stderr)
    return float(done.stdout)


def main() -> None:
    """Measures what the command line names, or all; exits with 1 where a bound does not hold."""
    given = sys.argv[1:]
    failed = False
    for name, size in (
        [(given[0], int(given[1]))] if given else [(name, each.of) for name, each in MEASURED.items()]
    ):
        took = measured(name, size)
        failed |= took >= MEASURED[name].most
        sys.stdout.write(f"{name} of {size} MiB: {took:.0f} MiB, of {MEASURED[name].most} at most\n")
        sys.stdout.flush()
    sys.exit(failed)


if __name__ == "__main__":
    main()
