"""No secret leaves memory by any door: files of all kinds, error texts, reports, the ledger, names, the command line."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

import pytest
from tests.cli.program import run

if TYPE_CHECKING:
    from tests.plugin.conftest import Project

KNOWN = "q8Zk3mX0vT71bLw9/+x"
NAMED = "n4med-p4ssw0rd-4711"
FORMED = "ghp_" + "a1B2c3D4e5F6" * 3
SECRETS = (KNOWN, NAMED, FORMED)

FLOW = """
import os
import pytest
import requests

KNOWN = os.environ["SHOP_TOKEN"]
NAMED = "n4med-" + "p4ssw0rd-4711"
FORMED = "ghp_" + "a1B2c3D4e5F6" * 3

def send(number=1):
    requests.post(
        f"URL/{KNOWN.replace('/', '%2F')}/{number}?password={NAMED}",
        json={"password": NAMED, "text": f"{KNOWN} and {FORMED}"},
        headers={"Authorization": f"Bearer {NAMED}", "Accept": FORMED},
    )

"""


@pytest.fixture(autouse=True)
def known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_TOKEN", KNOWN)


def ways(secret: str) -> set[str]:
    """How a secret may be written."""
    escaped = json.dumps(secret)[1:-1]
    coded = {base64.b64encode(b"x" * at + secret.encode())[4:-4].decode() for at in range(3)}
    return {secret, quote(secret, safe=""), quote(secret), escaped, escaped.replace("/", "\\/"), *coded}


def require_none(project: Project, *printed: str) -> None:
    """None of the secrets is in a file that was written, in a file's name, or in what was printed."""
    texts = dict(enumerate(printed))
    for path in project.root.rglob("*"):
        if "__pycache__" in path.parts or path.suffix == ".py":
            continue
        content = path.read_bytes().decode("utf-8", "replace") if path.is_file() else ""
        texts[path.relative_to(project.root).as_posix()] = f"{path}\n{content}"  # type: ignore[index]  # names beside numbers
    for name, text in texts.items():
        for secret in SECRETS:
            for way in ways(secret):
                assert way not in text, f"{name} holds {way!r}"
                assert way not in unquote(text), f"{name} holds {way!r}"


def test_a_failed_test_keeps_no_secret(project: Project) -> None:
    """In the copy that is set aside, in the report of the run, with everything that pytest shows."""
    project.write("test_a.py", FLOW + "@pytest.mark.cassette\ndef test_a():\n    send()\n    assert 0\n")
    result = project.run("--record-mode=once", "-rA", "--junitxml=report.xml")
    result.assert_outcomes(failed=1)
    assert project.aside()
    require_none(project, result.stdout.str(), result.stderr.str())


@pytest.mark.parametrize("order", ["any", "strict"])
def test_an_unmatched_request_is_told_without_secrets(project: Project, order: str) -> None:
    """The error at the call, the nearest recordings, the sections of the report, and what was swallowed."""
    project.write(
        "test_a.py",
        FLOW
        + f"""
@pytest.mark.cassette("c", order={order!r})
def test_a():
    send(int(os.environ.get("N", 1)))
    send(int(os.environ.get("N", 2)))

@pytest.mark.cassette("c", order={order!r}, unused="ignore")
def test_b():
    try:
        send(int(os.environ.get("N", 1)))
    except Exception:
        pass
""",
    )
    project.run("--record-mode=once", "test_a.py::test_a").assert_outcomes(passed=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("N", "7")
        result = project.run("--junitxml=report.xml", "--tb=short", "--show-capture=all")
    result.assert_outcomes(failed=1, passed=1, errors=1)
    require_none(project, result.stdout.str(), result.stderr.str())
    result.stdout.fnmatch_lines(["*<redacted:*"])


def test_a_transport_failure_is_recorded_without_secrets(project: Project) -> None:
    """Its message quotes what was sent."""
    project.write(
        "test_a.py",
        FLOW
        + """
@pytest.mark.cassette(record_errors=True)
def test_a():
    with pytest.raises(requests.RequestException):
        requests.get(f"http://127.0.0.1:9/{NAMED}?password={NAMED}&q={FORMED}&t={KNOWN.replace('/', '%2F').replace('+', '%2B')}")
""",
    )
    result = project.run("--record-mode=once")
    result.assert_outcomes(passed=1)
    assert "refused" in next(iter(project.cassettes().values()))
    require_none(project, result.stdout.str())


def test_declared_routes_tell_no_secret(project: Project) -> None:
    """What no route takes, and routes that nobody called."""
    project.write(
        "test_a.py",
        FLOW
        + """
def test_a(api_mocker):
    api_mocker.post(f"URL/other?password={NAMED}", json={"password": NAMED, "text": FORMED})
    send()
""",
    )
    result = project.run("--tb=line", "-rA", "--junitxml=report.xml")
    result.assert_outcomes(failed=1)
    require_none(project, result.stdout.str())


def test_what_waits_for_review_holds_no_secret(project: Project) -> None:
    """The file that waits, and what the commands say of it."""
    project.write(
        "test_a.py",
        FLOW
        + "@pytest.mark.cassette(review=True)\ndef test_a():\n    send()\n    send(os.environ.get('N', 2))\n",
    )
    project.run("--record-mode=once").assert_outcomes(passed=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("N", "7")
        project.run("--record-mode=rewrite").assert_outcomes(passed=1)
    (waits,) = (project.root / ".api_mocker" / "review").rglob("*.yaml")
    said = [
        run(project.root, "cassette", *words).stdout
        for words in (
            ["review", "--diff"],
            ["show", str(waits)],
            ["to-mocks", str(waits)],
            ["accept", "--help"],
        )
    ]
    require_none(project, *said)


PARAMETERS = """
import pytest
import requests

@pytest.mark.cassette
@pytest.mark.parametrize("token", ["ghp_" + "a1B2c3D4e5F6" * 3, "plain"])
@pytest.mark.parametrize("number", [1, 2])
def test_a(token, number):
    assert requests.get(f"URL/{number}", headers={"Authorization": token}).json()["time"]

@pytest.mark.cassette("shared", repeat="last")
@pytest.mark.parametrize("token", ["ghp_" + "a1B2c3D4e5F6" * 3])
def test_b(token):
    requests.get("URL/b")

@pytest.mark.parametrize("password", ["q8Zk3mX0vT71bLw9/+x"])
def test_c(password):
    pass
"""


@pytest.mark.parametrize("workers", [(), ("-n2",)], ids=["alone", "xdist"])
def test_the_id_of_a_parameter_that_is_a_secret(project: Project, workers: tuple[str, ...]) -> None:
    """In no file's name, no header, and not in the ledger, which still proves what it has to."""
    project.write("test_a.py", PARAMETERS)
    options = ("-p", "no:terminalreporter") if not workers else ("-p", "no:cacheprovider")
    result = project.run("--record-mode=once", "--cassette-ledger=ledger.json", *workers, *options)
    assert result.ret == 0
    require_none(project)
    assert [*project.cassettes()] == [
        "shared.yaml",
        "test_a/test_a[1-plain].yaml",
        "test_a/test_a[2-plain].yaml",
        "test_a/test_a[number0-token0].yaml",
        "test_a/test_a[number2-token2].yaml",
    ]
    text = project.cassettes()["test_a/test_a[number0-token0].yaml"]
    assert "test: 'test_a.py::test_a[number0-token0]'" in text
    ledger = json.loads((project.root / "ledger.json").read_text("utf-8"))
    assert "test_a.py::test_a[number2-token2]" in ledger["tests"]
    assert "test_a.py::test_c[<redacted:shop_token:1>]" in ledger["tests"]
    project.service.stop()
    assert project.run("--cassette-ledger=ledger.json", *workers, *options).ret == 0
    done = run(project.root, "cassette", "prune", "--ledger", "ledger.json", "--format", "json")
    pruned = json.loads(done.stdout)
    assert done.returncode == 0
    assert (pruned["cassettes"], pruned["bodies"]) == ([], []), done.stdout
    require_none(project, done.stdout)


def test_the_advice_of_an_error_names_no_secret_parameter(project: Project) -> None:
    """It names the test, whatever its parameters."""
    project.write("test_a.py", PARAMETERS.split("@pytest.mark.cassette(", maxsplit=1)[0])
    result = project.run("-k", "ghp", "--tb=no", "-q")
    result.assert_outcomes(failed=2)
    result = project.run("--tb=line", "-q", "-rN", "-k", "ghp")
    advised = [line for line in result.outlines if "--record-mode" in line]
    assert advised
    assert all(FORMED not in line for line in advised)


def test_the_guard_names_no_secret_parameter(project: Project) -> None:
    """What it says of a test has the name that files have."""
    project.write(
        "test_a.py",
        f"""
import socket
from pathlib import Path
import pytest

@pytest.mark.block_network
@pytest.mark.parametrize("number", [1])
@pytest.mark.parametrize("token", ["{FORMED}"])
def test_a(number, token):
    try:
        socket.create_connection(("192.0.2.1", 9))
    except Exception as error:
        Path("said").write_text(str(error))
""",
    )
    project.run("--tb=no", "-q").assert_outcomes(passed=1, errors=1)
    said = (project.root / "said").read_text("utf-8")
    assert "test_a.py::test_a[" in said
    assert FORMED not in said
