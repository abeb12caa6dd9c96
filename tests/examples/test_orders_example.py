"""The order example is what a newcomer sees first: it replays, its services behave, its demo tells the truth."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

EXAMPLES = Path(__file__).parents[2] / "examples"
PATIENCE = 180
"""Seconds."""


def environ(**more: str) -> dict[str, str]:
    """Ours, without what this very test run has set, and with the neighbours left out."""
    ours = {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST_", "ORDERS_", "API_MOCKER_"))}
    return {
        **ours,
        "PYTEST_ADDOPTS": "-p no:cassetter -p no:recording -p no:asyncio",
        "NO_PROXY": "127.0.0.1",
        **more,
    }


def run(*arguments: str, cwd: Path, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=cwd,
        env=environ(**more),
        capture_output=True,
        check=False,
        encoding="utf-8",
        stdin=subprocess.DEVNULL,
        timeout=PATIENCE,
    )


def listens(url: str) -> bool:
    where = urlsplit(url)
    with socket.socket() as probe:
        return probe.connect_ex((where.hostname, where.port)) == 0


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the example, cassettes included."""
    ignored = shutil.ignore_patterns("__pycache__", ".*")
    return Path(shutil.copytree(EXAMPLES / "orders", tmp_path / "orders", ignore=ignored))


@pytest.fixture
def launched(project: Path) -> Iterator[tuple[subprocess.Popen[str], list[str]]]:
    """The services on free ports, and where they are."""
    with subprocess.Popen(
        [sys.executable, "-m", "services", "--first-port=0", "--with-parent"],
        cwd=project,
        env=environ(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        urls = [process.stdout.readline().strip().partition("=")[2] for _ in range(4)]
        assert process.stdout.readline() == "ready\n"
        yield process, urls


def test_example_replays_without_a_socket(project: Path) -> None:
    """The committed cassettes answer the example's tests where no connection can be made."""
    before = {path: path.read_bytes() for path in (project / "cassettes").rglob("*.yaml")}

    done = run("-m", "pytest", "-p", "no_sockets", cwd=project, PYTHONPATH=with_path(Path(__file__).parent))

    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"\b6 passed\b", done.stdout)
    assert before == {path: path.read_bytes() for path in (project / "cassettes").rglob("*.yaml")}
    assert len(before) == 6


def with_path(folder: Path) -> str:
    return os.pathsep.join(filter(None, [str(folder), os.environ.get("PYTHONPATH", "")]))


def test_committed_cassettes_hold_no_secret(project: Path) -> None:
    """Where the client secret and the tokens were, there are placeholders."""
    texts = [path.read_text(encoding="utf-8") for path in (project / "cassettes").rglob("*.yaml")]

    assert not [text for text in texts if "sbx_" in text or "sandbox-secret" in text]
    assert any("<redacted:" in text for text in texts)


def test_demo_runs_from_end_to_end() -> None:
    """What the README promises of its first command is so, step by step."""
    done = run("demo.py", cwd=EXAMPLES)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "no secret is in any cassette" in done.stdout
    assert "connection refused" in done.stdout
    assert "the changed request was refused, not sent" in done.stdout


def test_demo_fails_when_a_step_does(project: Path) -> None:
    """A step that does not come out as announced ends the demo with an error, services stopped."""
    shutil.copy(EXAMPLES / "demo.py", project.parent)
    (project / "tests" / "test_orders.py").write_text("def test_nothing():\n    assert False\n")

    done = run("demo.py", cwd=project.parent)

    assert done.returncode == 1
    assert "The demo FAILED: pytest exited with 1 instead of 0" in done.stdout
    urls = re.findall(r"ORDERS_\w+_URL=(\S+)", done.stdout)
    assert len(urls) == 4
    assert not any(map(listens, urls))


def test_services_stop_when_asked(launched: tuple[subprocess.Popen[str], list[str]]) -> None:
    """Each says how much it answered, and nothing listens any more."""
    process, urls = launched
    assert all(map(listens, urls))

    last_words, _ = process.communicate()

    assert process.returncode == 0
    assert last_words.count("0 requests answered") == 4
    assert not any(map(listens, urls))


@pytest.mark.skipif(sys.platform == "win32", reason="has no SIGKILL")
def test_services_end_with_a_killed_parent(launched: tuple[subprocess.Popen[str], list[str]]) -> None:
    """Even a launcher that had no chance to clean up leaves no process behind."""
    process, urls = launched

    process.kill()
    # They share its standard error, which ends when the last of them has.
    process.communicate()

    assert not any(map(listens, urls))


def test_taken_port_is_named(project: Path) -> None:
    """A port that something else holds is named, together with the way out."""
    with socket.create_server(("127.0.0.1", 0)) as holder:
        port = holder.getsockname()[1]
        done = run("-m", "services", f"--first-port={port}", cwd=project)

    assert done.returncode == 1
    assert f"users: cannot listen on 127.0.0.1:{port}" in done.stderr
    assert "--first-port" in done.stderr
    assert "Traceback" not in done.stderr


def test_application_looks_where_the_services_are(project: Path) -> None:
    """The default addresses of the application are the default ports of the services."""
    code = (
        "from app.settings import Settings; from services import HOST, PORTS; s = Settings();"
        "assert {n: f'http://{HOST}:{p}' for n, p in PORTS.items()}"
        " == {n: getattr(s, n + '_url') for n in PORTS}"
    )

    done = run("-c", code, cwd=project)

    assert done.returncode == 0, done.stderr
