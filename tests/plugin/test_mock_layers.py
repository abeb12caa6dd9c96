"""Routes over a cassette: what is declared answers first, everything else replays, or is recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .conftest import Project

FLOW = """
import requests
from requests.adapters import HTTPAdapter
from urllib3.util.retry import Retry

def flow(retries=0):
    with requests.Session() as session:
        session.mount("http://", HTTPAdapter(max_retries=Retry(retries, status_forcelist=[503], backoff_factor=0)))
        user = session.get("URL/users/1")
        charge = session.post("URL/charges", json={"amount": 5}, params={"dry": "1"})
        charge.raise_for_status()
        done = session.get("URL/done")
    return [each.json()["asked"] for each in (user, charge, done)]
"""

RECORDED = """
import pytest, requests
from flow import flow

@pytest.mark.cassette
def test_flow():
    assert flow() == ["GET /users/1", "POST /charges?dry=1", "GET /done"]
"""


def recorded(project: Project, text: str, *args: str) -> None:
    """Records the flow as test_a.py::test_flow, then puts `text` in the place of the tests that use it."""
    project.write("flow.py", FLOW)
    project.write("test_a.py", RECORDED)
    project.run("--record-mode=once", *args).assert_outcomes(passed=1)
    project.service.stop()
    project.write("test_a.py", text)


def test_one_endpoint_of_a_recorded_flow_fails(project: Project) -> None:
    """One line fails it; what is recorded for it is not unused, and the rest replays, also in strict order."""
    recorded(
        project,
        """
import pytest, requests
from flow import flow

@pytest.mark.cassette("test_a/test_flow", unused="ignore")
def test_stops_there(api_mocker):
    api_mocker.post("/charges?dry=1").respond_with(503, json={"error": "busy"})
    with pytest.raises(requests.HTTPError):
        flow()

@pytest.mark.cassette("test_a/test_flow")
def test_changed(api_mocker, cassette):
    charges = api_mocker.post("/charges", query={"dry": "1"}).respond_with(json={"asked": "changed"})
    assert flow() == ["GET /users/1", "changed", "GET /done"]
    assert charges.calls[0].request.json() == {"amount": 5}
    assert len(cassette.sent) == 3

@pytest.mark.cassette("test_a/test_flow", order="strict")
def test_in_strict_order(api_mocker):
    api_mocker.post("/charges?dry=1").respond_with(json={"asked": "changed"})
    assert flow() == ["GET /users/1", "changed", "GET /done"]
""",
    )
    result = project.run()
    result.assert_outcomes(passed=3)
    result.stdout.fnmatch_lines(["api-mocker: 5 replayed, 0 recorded, 0 live, 0 blocked, 0 unused, 3 mocked"])


def test_the_retry_replays_what_was_recorded(project: Project) -> None:
    """A route that answers once makes the first attempt fail; the client's own retry gets the recorded answer."""
    recorded(
        project,
        """
import pytest
from flow import flow

@pytest.mark.cassette
@pytest.mark.parametrize("declare", [
    lambda route: route.respond_with(503).times(1),
    lambda route: route.respond_with(503, headers={"Retry-After": "0"}).respond_with(error="connect_timeout"),
])
@pytest.mark.cassette("test_a/test_flow")
def test_flow(api_mocker, declare):
    users = declare(api_mocker.get("/users/1"))
    assert flow(retries=3) == ["GET /users/1", "POST /charges?dry=1", "GET /done"]
    assert 1 <= users.call_count <= 2
""",
    )
    result = project.run()
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(["api-mocker: 6 replayed, 0 recorded, 0 live, 0 blocked, 0 unused, 3 mocked"])


def test_each_test_of_a_shared_cassette_may_have_routes(project: Project) -> None:
    """What a route answered in the place of a recording is used, when the cassette is judged over all its tests."""
    project.write(
        "test_a.py",
        """
import pytest, requests

def get(path): return requests.get("URL" + path).json()

@pytest.mark.cassette("shared")
def test_one():
    get("/a")
    get("/b")

@pytest.mark.cassette("shared")
def test_two():
    get("/a")
""",
    )
    project.run("--record-mode=once").assert_outcomes(passed=2)
    project.service.stop()
    one = """
import pytest, requests

def get(path): return requests.get("URL" + path).json()

@pytest.mark.cassette("shared")
def test_one(api_mocker):
    api_mocker.get("/b").respond_with(json=0)
    assert get("/b") == 0

@pytest.mark.cassette("shared")
def test_two():
    get("/a")
"""
    project.write("test_a.py", one)
    result = project.run()
    assert result.ret == pytest.ExitCode.OK
    result.assert_outcomes(passed=2)
    project.write(
        "test_a.py", one.replace('    assert get("/b") == 0\n', "").replace("json=0)", "json=0).optional()")
    )
    result = project.run()
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert result.stdout.str().count("1 recorded interaction was never asked for: cassettes/shared.yaml") == 1


def test_what_a_route_answered_is_not_recorded(project: Project) -> None:
    """Recording beside routes keeps what really came; re-recording leaves what a route covered as it was."""
    project.write(
        "test_a.py",
        """
import pytest, requests

@pytest.mark.cassette
def test_flow(api_mocker):
    api_mocker.post("/charges").respond_with(json="mocked")
    assert requests.post("URL/charges", json={"amount": 5}).json() == "mocked"
    assert requests.get("URL/real").json()["asked"] == "GET /real"
""",
    )
    result = project.run("--record-mode=once")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["api-mocker: 0 replayed, 1 recorded, 0 live, 0 blocked, 0 unused, 1 mocked"])
    (text,) = project.cassettes().values()
    assert "/real" in text
    assert "charges" not in text
    assert "mocked" not in text
    assert project.service.log == ["GET /real"]
    project.service.stop()
    project.run().assert_outcomes(passed=1)


def test_a_recording_that_a_route_covers_survives(project: Project) -> None:
    """`all` records the rest anew and keeps it; nothing is lost because a test fails one endpoint on purpose."""
    project.write("flow.py", FLOW)
    project.write("test_a.py", RECORDED)
    project.run("--record-mode=once").assert_outcomes(passed=1)
    project.write(
        "test_a.py",
        """
import pytest
from flow import flow

@pytest.mark.cassette
def test_flow(api_mocker):
    api_mocker.post("/charges?dry=1").respond_with(json={"asked": "changed"})
    flow()
""",
    )
    result = project.run("--record-mode=all")
    result.assert_outcomes(passed=1)
    (text,) = project.cassettes().values()
    assert text.count("method: POST") == 1
    assert text.count("method: GET") == 2


def test_the_error_of_an_unrecorded_request_names_the_nearest_declaration(project: Project) -> None:
    """Where neither the cassette nor a route has it, one error says what is near in both, and is reported once."""
    recorded(
        project,
        """
import pytest, requests
from flow import flow

@pytest.mark.cassette("test_a/test_flow", unused="ignore")
def test_wrong_query(api_mocker):
    api_mocker.get("/done?dry=1").respond_with()
    requests.get("URL/done?dry=2")

@pytest.mark.cassette("test_a/test_flow", unused="ignore")
def test_swallowed(api_mocker):
    api_mocker.get("/users/1").respond_with().times(1)
    requests.get("URL/users/1")
    requests.get("URL/users/1")
    try:
        requests.get("URL/users/1")
    except Exception:
        pass

@pytest.mark.cassette("test_a/test_flow")
def test_not_reached(api_mocker):
    api_mocker.post("/charges").respond_with(503)
    flow()
""",
    )
    result = project.run()
    result.assert_outcomes(failed=1, passed=2, errors=2)
    text = result.stdout.str().replace("\nE       ", "\n")
    url = project.service.url
    assert text.count(f"GET {url}/done?dry=2\n  is not recorded.") == 1
    assert "  nearest:  interaction 3 " in text
    assert "  Nor does a declared route take it; nearest:  GET /done?dry=1 (test_a.py:7); it differs in\n    query dry: sent '2', declared '1'" in text  # fmt: skip
    assert text.count("this is one request more.") == 1
    assert "  It was declared for 1 call, and this is one more: GET /users/1 (test_a.py:12)." in text
    assert f"  POST /charges (test_a.py:22): never called\n    nearest request:  POST {url}/charges?dry=1; it differs in\n      query dry: sent '1', not declared" in text  # fmt: skip


def test_both_layers_are_judged_in_one_report(project: Project) -> None:
    """An unused route and a swallowed refusal of the cassette are one error at teardown."""
    recorded(
        project,
        """
import pytest, requests
from flow import flow

@pytest.mark.cassette
def test_flow(api_mocker):
    api_mocker.get("/never").respond_with()
    flow()
    try:
        requests.get("URL/unknown")
    except Exception:
        pass
""",
    )
    result = project.run()
    result.assert_outcomes(passed=1, errors=1)
    text = result.stdout.str()
    assert text.count("ERROR at teardown of test_flow") == 1
    assert text.count("/unknown\n") == 1
    assert text.count("GET /never (test_a.py:7): never called") == 1


def test_without_recording_mocks_stay(project: Project) -> None:
    """--disable-recording makes live what a cassette would answer, and leaves to mocks what is theirs."""
    recorded(
        project,
        """
import pytest, requests

@pytest.mark.cassette
def test_flow(api_mocker):
    api_mocker.get("/mine").respond_with(json="mocked")
    assert requests.get("http://127.0.0.1:9/mine").json() == "mocked"
    with pytest.raises(requests.ConnectionError):
        requests.get("URL/live")

def test_late(request):
    api_mocker = request.getfixturevalue("api_mocker")
    api_mocker.get("/mine").respond_with(json="mocked")
    assert requests.get("http://127.0.0.1:9/mine").json() == "mocked"

def test_without_cassette(api_mocker):
    try:
        requests.get("http://127.0.0.1:9/refused")
    except Exception:
        pass
""",
    )
    result = project.run("--disable-recording")
    result.assert_outcomes(passed=3, errors=1)
    assert result.stdout.str().count("GET http://127.0.0.1:9/refused\n") == 1


def test_a_mock_block_over_a_cassette(project: Project) -> None:
    """In Python as under pytest: inside `use_cassette` a `mock()` answers first, and around it as well."""
    recorded(
        project,
        """
import api_mocker, pytest, requests
from flow import flow

@pytest.fixture
def cassette_path(request):
    return request.config.rootpath / "cassettes" / "test_a" / "test_flow.yaml"

def test_inside(cassette_path):
    with api_mocker.use_cassette(cassette_path), api_mocker.mock() as mocker:
        mocker.get("/done").respond_with(json={"asked": "mocked"})
        assert flow()[2] == "mocked"

def test_around(cassette_path):
    with api_mocker.mock() as mocker, api_mocker.use_cassette(cassette_path):
        mocker.get("/done").respond_with(json={"asked": "mocked"})
        assert flow()[2] == "mocked"

def test_passthrough(cassette_path):
    with api_mocker.use_cassette(cassette_path, unused="ignore"), api_mocker.mock(passthrough=["127.0.0.1"]) as mocker:
        with pytest.raises(requests.ConnectionError):
            flow()
""",
    )
    project.run().assert_outcomes(passed=3)
