"""A suite of 200 tests with three exchanges and a cassette each: milliseconds per test.

The client is shared by the tests: every `httpx.Client()` reads the trust store anew, which takes
longer than all that is measured here.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from functools import partial
from importlib.util import find_spec
from typing import TYPE_CHECKING

from contestants import FLOOR
from measure import Left, Table, turns
from tapes import body, tape, url

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tapes import Tapes

__all__ = ["tables"]

_TESTS = 200
_EMPTY = "tests that do nothing"
_TURNS = 5

# Plugin, marker, and whose cassettes it reads.
_TOOLS = {
    "api-mocker": ("api_mocker.pytest_plugin", "@pytest.mark.cassette", "api-mocker"),
    "cassetter": ("cassetter.pytest_plugin", "@pytest.mark.vcr", "cassetter"),
    "pytest-recording": ("pytest_recording.plugin", "@pytest.mark.vcr", "vcrpy"),
}
_CLIENTS = {"requests": "requests.Session()", "httpx": "httpx.Client()"}
_TOOK = re.compile(r"(\d+) passed.* in ([\d.]+)s")


def _test(number: int, marker: str, body_lines: str) -> str:
    return f"{marker}\ndef test_{number}():\n{body_lines}\n\n"


def _prepared(folder: Path, client: str, marker: str, tool: str | None, bare: Path) -> None:
    """Writes the suite; without a tool the client is answered from the bare client's dictionary."""
    folder.mkdir(exist_ok=True)
    setting = f"client = {_CLIENTS[client]}\n"
    if tool is None:
        setting = (
            f"import sys\nsys.path.insert(0, {str(bare)!r})\n"
            f"from contestants import _bare\nclient = _bare({client!r}, {3 * _TESTS})\n"
        )
    lines = [f"import pytest, httpx, requests\n{setting}\n"]
    (folder / "cassettes" / "test_suite").mkdir(parents=True, exist_ok=True)
    for number in range(_TESTS):
        numbers = range(3 * number, 3 * number + 3)
        asked = "\n".join(f"    assert client.get({url(n)!r}).json()['id'] == {n}" for n in numbers)
        lines.append(_test(number, marker, asked))
        if tool is not None:
            path = folder / "cassettes" / "test_suite" / f"test_{number}.yaml"
            path.write_text(tape(tool, numbers), "utf-8")
    (folder / "test_suite.py").write_text("".join(lines), "utf-8")
    assert body(0)


def _run(folder: Path, plugin: str) -> float:
    """Milliseconds per test, by pytest's own clock: start-up has a table of its own."""
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        *(("-p", plugin) if plugin else ()),
    ]
    environment = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    ran = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    took = _TOOK.search(ran.stdout)
    if ran.returncode or took is None:
        raise Left(f"fails: {ran.stdout.strip().splitlines()[-1][:200] if ran.stdout else ran.stderr[-200:]}")
    return float(took[2]) / int(took[1]) * 1e3


def tables(tapes: Tapes) -> Iterator[Table]:
    """One column per client."""
    from pathlib import Path

    here = Path(__file__).parent
    columns = []
    for client in _CLIENTS:
        empty = tapes.folder / "suite-empty"
        empty.mkdir(exist_ok=True)
        tests = "".join(_test(number, "", "    pass") for number in range(_TESTS))
        (empty / "test_suite.py").write_text(f"import pytest, httpx, requests\n{tests}", "utf-8")
        cases = {_EMPTY: partial(_run, empty, "")}
        bare = tapes.folder / f"suite-bare-{client}"
        _prepared(bare, client, "", None, here)
        cases[FLOOR] = partial(_run, bare, "")
        for name, (plugin, marker, tool) in _TOOLS.items():
            if find_spec(plugin.partition(".")[0]):
                folder = tapes.folder / f"suite-{name}-{client}"
                _prepared(folder, client, marker, tool, here)
                cases[name] = partial(_run, folder, plugin)
        columns.append(turns(f"{client}, shared client", cases, _TURNS))
    yield Table(f"A suite of {_TESTS} tests with three exchanges each", "ms per test", FLOOR, columns)
