"""Values that are known to be secret, told by the environment, by ``.env`` files or by the test itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.plugin.conftest import Project

VALUE = "q8Zk3mX0vT71bLw9"

TENANT = """
import os
import pytest
import requests

@pytest.mark.cassette
def test_tenant():
    tenant = os.environ.get("SHOP_TOKEN", "dummy")
    answer = requests.post(f"URL/tenants/{tenant}/orders", data=f"for {tenant}, please")
    assert answer.json()["time"] == 1
"""

TOLD = """
import pytest
import requests

def made_up():
    return "q8Zk3m" + "X0vT71bLw9"

@pytest.mark.cassette
def test_told(cassette):
    requests.get(f"URL/before/{made_up()}")
    cassette.redact(made_up(), name="One-Time Code")
    requests.get(f"URL/after/{made_up()}")
    END
"""


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SHOP_TOKEN", raising=False)


def everything(project: Project) -> str:
    """The bytes of every file below the project that the tool or pytest wrote there, but for its sources."""
    return "\n".join(
        path.read_bytes().decode("utf-8", "replace")
        for path in project.root.rglob("*")
        if path.is_file() and path.suffix != ".py" and path.name != ".env" and "__pycache__" not in path.parts
    )


@pytest.mark.parametrize("source", ["environment", "file"])
def test_what_a_variable_holds_is_hidden_and_matches_any_other(
    project: Project, monkeypatch: pytest.MonkeyPatch, source: str
) -> None:
    """Recorded with the real value; replayed without the variable, and with a dummy."""
    project.write("test_a.py", TENANT)
    if source == "file":
        project.write(".env", f'export SHOP_TOKEN="{VALUE}"\n')
        project.write("conftest.py", f"import os\nos.environ.setdefault('SHOP_TOKEN', {VALUE!r})\n")
    else:
        monkeypatch.setenv("SHOP_TOKEN", VALUE)
    project.run("--record-mode=once").assert_outcomes(passed=1)
    assert VALUE not in everything(project)
    (text,) = project.cassettes().values()
    assert "/tenants/<redacted:shop_token:1>/orders" in text
    assert "for <redacted:shop_token:1>, please" in text
    project.service.stop()
    (project.root / ".env").unlink(missing_ok=True)
    (project.root / "conftest.py").unlink(missing_ok=True)
    for other in (None, "dummy", "an0ther-real-l00king-one"):
        if other is None:
            monkeypatch.delenv("SHOP_TOKEN", raising=False)
        else:
            monkeypatch.setenv("SHOP_TOKEN", other)
        project.run().assert_outcomes(passed=1)


def test_a_recording_from_where_it_was_not_known(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """A variable that holds by chance what a cassette holds in plain breaks no replay."""
    project.write("test_a.py", TENANT.replace('os.environ.get("SHOP_TOKEN", "dummy")', repr(VALUE)))
    project.run("--record-mode=once").assert_outcomes(passed=1)
    (text,) = project.cassettes().values()
    assert f"/tenants/{VALUE}/orders" in text
    project.service.stop()
    monkeypatch.setenv("SHOP_TOKEN", VALUE)
    project.run().assert_outcomes(passed=1)


def test_what_the_test_tells_is_hidden_before_and_after(project: Project) -> None:
    """In all that this cassette records, by the name that was given; and it replays."""
    project.write("test_a.py", TOLD.replace("END", ""))
    project.run("--record-mode=once").assert_outcomes(passed=1)
    assert VALUE not in everything(project)
    (text,) = project.cassettes().values()
    assert "/before/<redacted:one-time-code:1>" in text
    assert "/after/<redacted:one-time-code:1>" in text
    project.service.stop()
    project.run().assert_outcomes(passed=1)


def test_what_the_test_tells_is_hidden_where_it_failed(project: Project) -> None:
    """In the copy that is set aside, and in all that is printed."""
    project.write("test_a.py", TOLD.replace("END", "assert False"))
    result = project.run("--record-mode=once")
    result.assert_outcomes(failed=1)
    assert project.aside()
    assert VALUE not in everything(project)
    assert VALUE not in result.stdout.str() + result.stderr.str()


def test_what_the_test_tells_is_hidden_in_errors_that_came_before(project: Project) -> None:
    """An error that the code caught is said at the end of the test, without what was told in between."""
    project.write(
        "test_a.py",
        TOLD.replace('    requests.get(f"URL/before/{made_up()}")', "    refused()").replace("END", "")
        + """
def refused():
    try:
        requests.get(f"URL/before/{made_up()}")
    except Exception:
        pass
""",
    )
    result = project.run()
    result.assert_outcomes(passed=0, failed=1)
    result.stdout.fnmatch_lines(["*before/<redacted:one-time-code:1>*"])
    assert VALUE not in result.stdout.str() + result.stderr.str()


@pytest.mark.parametrize(
    ("call", "said"),
    [
        ('cassette.redact("abc")', "at least 4 characters"),
        ("cassette.redact(1234567)", "takes the secret as text"),
    ],
)
def test_what_cannot_be_a_secret_is_refused(project: Project, call: str, said: str) -> None:
    """With the reason."""
    project.write("test_a.py", TOLD.replace("END", call))
    result = project.run("--record-mode=once")
    result.assert_outcomes(failed=1)
    assert said in result.stdout.str()


def test_telling_too_late_is_refused(project: Project) -> None:
    """What is settled is not changed any more; silence would leave the secret in the file."""
    project.write(
        "test_a.py",
        """
import requests
from api_mocker import use_cassette

def test_late():
    with use_cassette("cassettes/late.yaml") as cassette:
        requests.get("URL/a")
    cassette.redact("q8Zk3mX0vT71bLw9")
""",
    )
    result = project.run("--record-mode=once")
    result.assert_outcomes(failed=1)
    assert "comes too late for cassettes/late.yaml" in result.stdout.str()


def test_a_consumer_of_typed_values_works_on_replay(project: Project) -> None:
    """A UUID is read as one, an address validated, a token's claims read, and all are sent again; none is in a file."""
    project.write(
        "test_a.py",
        """
import re
import time
import uuid
import jwt
import pytest
import requests

TOKEN = jwt.encode({"sub": "ada", "exp": int(time.time()) + 3600}, "k" * 32, "HS256")

@pytest.mark.cassette(redact={"fields": ["email"]})
def test_typed():
    sent = {"session_token": "7f1b6c1e-9d5b-4c38-8f4e-2b8f6c1e9d5b", "email": "ada" + "@lovelace.org"}
    sent["id_token"] = TOKEN
    asked = requests.post("URL/login", json=sent).json()["body"]
    answer = requests.models.complexjson.loads(asked)
    session = uuid.UUID(answer["session_token"])
    assert session.version == 4
    assert re.fullmatch(r"[^@ ]+@[^@ ]+[.][a-z]+", answer["email"])
    claims = jwt.decode(answer["id_token"], options={"verify_signature": False, "verify_exp": True})
    assert claims["exp"] > time.time()
    bearer = {"Authorization": "Bearer " + answer["id_token"]}
    requests.get(f"URL/sessions/{session}", params={"email": answer["email"]}, headers=bearer)
""",
    )
    project.run("--record-mode=once").assert_outcomes(passed=1)
    (text,) = project.cassettes().values()
    assert "eyJzdWIiOiJhZGEi" not in text
    assert text.count("NDgwMH0.redacted-00000000001") == 3  # sent, answered, sent as the bearer
    assert "7f1b6c1e-9d5b" not in text
    assert "lovelace" not in text
    assert "/sessions/5ec2e700-0000-4000-8000-000000000001?email=redacted-1@example.com" in text
    project.service.stop()
    project.run().assert_outcomes(passed=1)
