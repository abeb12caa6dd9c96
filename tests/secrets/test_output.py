"""No secret in what is printed or set aside: error texts, reports, failed copies, the commands' output."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from .kinds import KINDS
from .places import PLACES
from .recorder import remains, serving

WHERE = ("request header", "query", "path after its name", "JSON, deep", "form", "cookie that is set")

COMMANDS = (
    "show",
    "show --format=json",
    "to-mocks",
    "check",
    "check --secrets",
    "check --format=json",
    "list",
    "redact",
    "prune",
    "migrate",
    "review --list",
)

TEST = """
import base64, json, os
import pytest, urllib3
from api_mocker import ApiMockerError

EXCHANGES = json.loads(open(os.environ["EXCHANGES"]).read())

@pytest.mark.cassette
def test_all():
    changed = os.environ.get("CHANGED", "")
    with urllib3.PoolManager() as pool:
        for url, headers, body in EXCHANGES[::7] if changed else EXCHANGES:
            try:
                pool.request("POST", url, headers=urllib3.HTTPHeaderDict(headers),
                             body=base64.b64decode(body) + changed.encode(), redirect=False, retries=False)
            except ApiMockerError as error:
                print(error)
                print(repr(error))
    assert not os.environ.get("FAIL"), "on purpose"
"""


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What each command printed, and what each file holds."""
    folder = tmp_path_factory.mktemp("project")
    exchanges = tmp_path_factory.mktemp("outside") / "exchanges.json"
    (folder / "pyproject.toml").write_text(
        "[tool.pytest.ini_options]\naddopts = '-p no:cassetter -p no:recording'\n"
    )
    (folder / "test_it.py").write_text(TEST)
    texts: dict[str, str] = {}

    def ran(what: str, *args: str, **environment: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", *args],
            cwd=folder,
            env={**os.environ, "EXCHANGES": str(exchanges), **environment},
            capture_output=True,
            check=False,
        )
        texts[what] = (done.stdout + done.stderr).decode("utf-8", "replace")
        return texts[what]

    with serving() as service:
        made = [
            (place.make(kind.name, kind.value), kind)
            for place in PLACES
            if place.what in WHERE
            for kind in KINDS
            if kind.what not in ("dictionary-word password", "cvc")  # in paths they are no more than words
        ]
        rows = [
            (service.add(exchange), exchange.headers, base64.b64encode(exchange.body).decode())
            for exchange, _ in made
        ]
        exchanges.write_text(json.dumps(rows))
        run = ("pytest", "-ra", "-vv", "--capture=no")
        ran("a failing recording", *run, "--record-mode=once", FAIL="1")
        ran("a recording", *run, "--record-mode=once")
    ran("unmatched requests", *run, "--record-mode=none", CHANGED="changed")
    cassette = "cassettes/test_it/test_all.yaml"
    for command in COMMANDS:
        ran(command, "api_mocker", "cassette", *command.split(), cassette)
    failed = next(iter((folder / ".api_mocker" / "failed").rglob("*.yaml")))
    ran("diff", "api_mocker", "cassette", "diff", str(failed.relative_to(folder)), cassette)
    for path in folder.rglob("*"):
        if path.is_file() and path.suffix != ".pyc":
            texts[str(path.relative_to(folder))] = path.read_bytes().decode("utf-8", "replace")
    return texts


def test_each_of_them_says_something(told: dict[str, str]) -> None:
    """The commands did their work: what is searched is no error message of theirs."""
    assert "1 failed" in told["a failing recording"]
    assert "1 passed" in told["a recording"]
    assert "is not recorded." in told["unmatched requests"]
    assert "POST" in told["show"]
    assert "<redacted:" in told["show"]
    assert "mock" in told["to-mocks"]
    assert any(Path(name).parts[:2] == (".api_mocker", "failed") for name in told)
    assert any(Path(name).parts[:1] == (".pytest_cache",) and "test_all" in told[name] for name in told)
    assert not [command for command in COMMANDS if "Usage:" in told[command]]


def test_no_secret_is_in_any_of_them(told: dict[str, str]) -> None:
    """Whatever was printed and whatever was written, read in every encoding."""
    cores = [core for kind in KINDS for core in kind.cores if len(core) > 6]
    assert {what: remains([text], cores) for what, text in told.items()} == {what: set() for what in told}
