"""A small cassette with a body that would grow to hundreds of megabytes costs the commands little."""

from __future__ import annotations

import base64
import gzip
import subprocess
import sys
import zlib
from functools import cache
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the peak is read from /proc")

_MIB = 1 << 20

_CASSETTE = """# api-mocker cassette
cassette: 1
---
request:
  method: GET
  url: https://h.example.com/a
response:
  status: 200
  headers:
    Content-Type: application/json
    Content-Encoding: {coding}
  body:
    base64: {body}
recorded_at: '2026-01-01T00:00:00Z'
...
"""

_RUN = """
import sys
from api_mocker.__main__ import main
try:
    main()
finally:
    status = open("/proc/self/status").read()
    sys.stderr.write("\\npeak " + status.partition("VmHWM:")[2].split()[0])
"""


@cache
def _bomb() -> bytes:
    """300 MiB of nothing, compressed."""
    deflate = zlib.compressobj(1, zlib.DEFLATED, 31)
    return b"".join([*(deflate.compress(bytes(_MIB)) for _ in range(300)), deflate.flush()])


def _peak(root: Path, *words: str) -> float:
    """What a command of ``cassette`` takes of memory, in MiB."""
    done = subprocess.run(
        [sys.executable, "-c", _RUN, "cassette", *words],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Traceback" not in done.stderr
    return int(done.stderr.rpartition("peak ")[2]) / 1024


@pytest.mark.parametrize("coding", ["gzip", "gzip, gzip"])
@pytest.mark.parametrize(
    "words",
    [("check", "--secrets"), ("show", "--bodies"), ("diff", "harmless.yaml"), ("to-mocks",), ("redact",)],
    ids=" ".join,
)
def test_a_bomb_in_a_cassette_is_not_unpacked(tmp_path: Path, words: tuple[str, ...], coding: str) -> None:
    """What a command takes for it is at most 80 MiB more than for a cassette that holds nothing much."""
    (tmp_path / "pyproject.toml").write_text("", "utf-8")
    bodies = {"harmless.yaml": gzip.compress(b"{}"), "bomb.yaml": _bomb()}
    for name, body in bodies.items():
        coded = gzip.compress(body) if "," in coding else body
        text = _CASSETTE.format(coding=coding, body=base64.b64encode(coded).decode())
        (tmp_path / name).write_text(text, "utf-8")
    usual, bomb = (_peak(tmp_path, *words, name) for name in bodies)
    assert bomb - usual < 80
