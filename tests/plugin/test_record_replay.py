"""Recording and replaying under pytest: what is committed, what is set aside, what fails."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .conftest import Project

TWO_CLIENTS = """
import httpx, pytest, requests

@pytest.mark.cassette
def test_flow():
    assert requests.get("URL/a").json()["asked"] == "GET /a"
    assert httpx.post("URL/b", json={"n": 1}).json()["body"] == '{"n":1}'
"""


def test_once_records_and_none_replays_with_the_service_gone(project: Project) -> None:
    """What --record-mode=once recorded is replayed by a plain run, and the counts say so."""
    project.write("test_a.py", TWO_CLIENTS)
    recorded = project.run("--record-mode=once")
    recorded.assert_outcomes(passed=1)
    recorded.stdout.fnmatch_lines(
        [
            "api-mocker: 0 replayed, 2 recorded, 0 live, 0 blocked, 0 unused",
            "+2 -0 ~0 cassettes/test_a/test_flow.yaml",
        ]
    )
    project.service.stop()
    replayed = project.run()
    replayed.assert_outcomes(passed=1)
    replayed.stdout.fnmatch_lines(["api-mocker: 2 replayed, 0 recorded, 0 live, 0 blocked, 0 unused"])
    assert project.service.log == ["GET /a", "POST /b"]


def test_the_header_names_the_test(project: Project) -> None:
    """A cassette says whose it is."""
    project.write("test_a.py", TWO_CLIENTS)
    project.run("--record-mode=once")
    assert project.cassettes()["test_a/test_flow.yaml"].startswith(
        "# api-mocker cassette\ncassette: 1\ntest: test_a.py::test_flow\n---\n"
    )


def test_without_a_flag_nothing_is_sent(project: Project) -> None:
    """The default mode is none: a missing cassette fails the test, says how to record, and sends nothing."""
    project.write("test_a.py", TWO_CLIENTS)
    result = project.run()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "*there is no cassette cassettes/test_a/test_flow.yaml*",
            "*pytest --record-mode=once test_a.py::test_flow*",
        ]
    )
    assert project.service.log == []


def test_a_refused_request_ends_the_traceback_at_the_test(project: Project) -> None:
    """The failure shows the line that sent the request, and no line of a client library."""
    project.write("test_a.py", TWO_CLIENTS)
    output = project.run().stdout.str()
    assert 'requests.get("' in output
    assert "site-packages" not in output
    assert "adapters.py" not in output


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("call", "requests.get('URL/a'); assert False"),
        ("skip", "requests.get('URL/a'); pytest.skip('later')"),
        ("xfail", "requests.get('URL/a'); pytest.xfail('known')"),
        ("teardown", "requests.get('URL/a'); request.addfinalizer(lambda: 1 / 0)"),
        (
            "swallowed",
            "requests.get('URL/a')\n    try: requests.get('URL/<redacted:token:1>')\n    except Exception: pass",
        ),
    ],
)
def test_only_a_passed_test_commits(project: Project, name: str, body: str) -> None:
    """A test that did not pass leaves no cassette; its recording is set aside, outside of Git's sight."""
    project.write(
        "test_a.py",
        f"import pytest, requests\n@pytest.mark.cassette\ndef test_{name}(request):\n    {body}\n",
    )
    result = project.run("--record-mode=once")
    assert project.cassettes() == {}
    assert project.aside() == [f"cassettes/test_a/test_{name}.yaml"]
    assert (project.root / ".api_mocker" / ".gitignore").read_text() == "*\n"
    result.stdout.fnmatch_lines([f"set aside*.api_mocker/failed/cassettes/test_a/test_{name}.yaml"])


def test_a_file_that_was_set_aside_twice_is_named_once(project: Project) -> None:
    """Tests that share a cassette and fail are one line of the summary."""
    project.write(
        "test_a.py",
        """
import pytest, requests
@pytest.mark.cassette("shared")
@pytest.mark.parametrize("n", range(3))
def test_it(n):
    requests.get("URL/a")
    assert False
""",
    )
    result = project.run("--record-mode=once")
    assert (
        result.stdout.str().count("set aside, not committed: .api_mocker/failed/cassettes/shared.yaml") == 1
    )


@pytest.mark.parametrize("mode", ["all", "rewrite", "new_episodes"])
def test_a_failing_test_leaves_the_old_cassette(project: Project, mode: str) -> None:
    """Whatever the mode, the file of a test that failed while recording is byte for byte the old one."""
    project.write("test_a.py", TWO_CLIENTS)
    project.run("--record-mode=once")
    before = project.cassettes()
    project.write("test_a.py", TWO_CLIENTS + "    httpx.get('URL/new')\n    assert False\n")
    project.run(f"--record-mode={mode}").assert_outcomes(failed=1)
    assert project.cassettes() == before


@pytest.mark.parametrize("mode", ["all", "rewrite"])
def test_recording_with_the_service_gone_loses_nothing(project: Project, mode: str) -> None:
    """A dead network while re-recording fails the test and leaves the cassette."""
    project.write("test_a.py", TWO_CLIENTS)
    project.run("--record-mode=once")
    before = project.cassettes()
    project.service.stop()
    project.run(f"--record-mode={mode}").assert_outcomes(failed=1)
    assert project.cassettes() == before


def test_a_swallowed_refusal_fails_the_test(project: Project) -> None:
    """Code that catches the refusal does not make the test pass; the text is the same as at the call."""
    project.write(
        "test_a.py",
        """
import pytest, requests
@pytest.mark.cassette
def test_quiet():
    try: requests.get("URL/a")
    except Exception: pass
""",
    )
    result = project.run()
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(
        [
            "A request was refused, and the code under test caught the error:",
            "*GET */a",
            "*there is no cassette*",
        ]
    )


def test_a_failing_test_shows_what_was_refused_behind_it(project: Project) -> None:
    """The test's own failure comes first; a refusal that it hid is a section of the report, not an error."""
    project.write(
        "test_a.py",
        """
import pytest, requests
@pytest.mark.cassette
def test_hidden():
    answer = None
    try: answer = requests.get("URL/a")
    except Exception: pass
    assert answer is not None
""",
    )
    result = project.run()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*assert answer is not None*", "*api-mocker: refused requests*", "GET */a"])


def test_an_unused_interaction_fails_the_test(project: Project) -> None:
    """A recording that nobody asks for any more is an error, with its place in the file."""
    project.write("test_a.py", TWO_CLIENTS)
    project.run("--record-mode=once")
    lines = TWO_CLIENTS.splitlines()
    project.write("test_a.py", "\n".join(lines[:-1]))
    result = project.run()
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(
        ["1 recorded interaction was never asked for*", "*interaction 2 (line *): POST */b"]
    )
    result.stdout.fnmatch_lines(["api-mocker: 1 replayed, 0 recorded, 0 live, 0 blocked, 1 unused"])


def test_an_unused_interaction_is_not_reported_behind_a_failure(project: Project) -> None:
    """A test that failed by itself is not blamed for what it then left unused."""
    project.write("test_a.py", TWO_CLIENTS)
    project.run("--record-mode=once")
    project.write("test_a.py", TWO_CLIENTS.replace("assert requests", "assert False\n    assert requests"))
    result = project.run()
    result.assert_outcomes(failed=1)
    assert "never asked for" not in result.stdout.str()


@pytest.mark.parametrize(("policy", "errors", "warned"), [("warn", 0, True), ("ignore", 0, False)])
def test_unused_can_be_relaxed(project: Project, policy: str, errors: int, warned: bool) -> None:
    """unused="warn" warns, unused="ignore" says nothing."""
    project.write("test_a.py", TWO_CLIENTS)
    project.run("--record-mode=once")
    text = TWO_CLIENTS.replace("mark.cassette", f"mark.cassette(unused={policy!r})")
    project.write("test_a.py", "\n".join(text.splitlines()[:-1]))
    result = project.run()
    result.assert_outcomes(passed=1, errors=errors, warnings=int(warned))
    assert ("never asked for" in result.stdout.str()) == warned


def test_re_recording_an_unchanged_service_changes_no_byte(project: Project) -> None:
    """rewrite and all leave the file as it was where nothing but noise changed."""
    project.write(
        "test_a.py",
        """
import pytest, requests
@pytest.mark.cassette
def test_same():
    for n in range(5):
        requests.post("URL/a", json={"n": n})
""",
    )
    project.run("--record-mode=once")
    before = project.cassettes()
    project.service.log.clear()
    for mode in ("rewrite", "all"):
        project.service.log.clear()
        result = project.run(f"--record-mode={mode}")
        result.assert_outcomes(passed=1)
        assert project.cassettes() == before
        assert "cassettes/test_a" not in result.stdout.str()


def test_secrets_do_not_reach_the_file_or_the_terminal(project: Project) -> None:
    """A token sent and a token received are placeholders in the cassette and in every report."""
    project.write(
        "test_a.py",
        """
import pytest, requests
@pytest.mark.cassette
def test_secret():
    token = requests.get("URL/login", params={"api_key": "key-0815-secret"}).json()["token"]
    requests.get("URL/me", headers={"Authorization": f"Bearer {token}"})
""",
    )
    project.run("--record-mode=once").assert_outcomes(passed=1)
    (text,) = project.cassettes().values()
    assert "<redacted:token:1>" in text
    project.write("test_a.py", (project.root / "test_a.py").read_text().replace("/me", "/you"))
    output = project.run().stdout.str()
    assert "is not recorded" in output
    for secret in ("tok-4711-secret", "key-0815-secret"):
        assert secret not in text
        assert secret not in output.replace('"api_key": "key-0815-secret"', "")


BLOCK = """
import api_mocker, pytest, requests

def test_block():
    with api_mocker.use_cassette("block.yaml", record_mode="once"):
        first = requests.get("URL/a").json()
    with api_mocker.use_cassette("block.yaml") as cassette:
        assert requests.get("URL/a").json()["time"] == first["time"]
    with api_mocker.use_cassette("block.yaml", record_mode="new_episodes", unused="ignore"):
        requests.get("URL/b")
    assert OUTCOME
"""


def test_a_block_in_a_test_is_committed_with_the_test(project: Project) -> None:
    """What a block recorded is replayed by later blocks at once, and a file when the test has passed."""
    project.write("test_a.py", BLOCK.replace("OUTCOME", "True"))
    result = project.run()
    result.assert_outcomes(passed=1)
    assert project.service.log == ["GET /a", "GET /b"]
    assert (project.root / "block.yaml").read_text("utf-8").count("\n---\n") == 2
    result.stdout.fnmatch_lines(["*~0 block.yaml"])


def test_a_block_in_a_failing_test_is_set_aside(project: Project) -> None:
    """The block passed, the test did not: no file."""
    project.write("test_a.py", BLOCK.replace("OUTCOME", "False"))
    project.run().assert_outcomes(failed=1)
    assert not (project.root / "block.yaml").exists()
    assert project.aside() == ["block.yaml"]


def test_a_failed_subtest_commits_nothing(project: Project) -> None:
    """A test of which a part failed did not pass, whatever its own report says."""
    project.write(
        "test_a.py",
        """
import pytest, requests, unittest
@pytest.mark.cassette
class TestIt(unittest.TestCase):
    def test_parts(self):
        requests.get("URL/a")
        with self.subTest("part"):
            assert False
""",
    )
    assert project.run("--record-mode=once").ret == pytest.ExitCode.TESTS_FAILED
    assert project.cassettes() == {}
    assert project.aside() == ["cassettes/test_a/TestIt.test_parts.yaml"]


def test_a_retry_while_recording_all_replaces_once(project: Project) -> None:
    """An attempt that failed takes no recording's place away from the one that succeeds."""
    project.write(
        "test_a.py",
        """
import pytest, requests
@pytest.mark.cassette
def test_retry():
    try: requests.get("URL/tired", timeout=0.5)
    except requests.Timeout: requests.get("URL/tired")
""",
    )
    project.run("--record-mode=once").assert_outcomes(passed=1)
    project.run("--record-mode=all").assert_outcomes(passed=1, warnings=1)
    assert project.service.log == ["GET /tired"] * 3
    (recorded,) = project.cassettes().values()
    assert recorded.count("\n---\n") == 1
    assert '"time": 3' in recorded


def test_what_was_not_recorded_is_shown_with_a_failure(project: Project) -> None:
    """A failing test's report has a section for the attempts that came to nothing; a passing one's is a warning."""
    text = """
import pytest, requests
@pytest.mark.cassette
def test_it():
    try: requests.get("http://127.0.0.1:9/a")
    except requests.ConnectionError: requests.get("URL/b")
    assert RESULT
"""
    said = "*http://127.0.0.1:9/a failed while recording (refused)*"
    project.write("test_a.py", text.replace("RESULT", "False"))
    failed = project.run("--record-mode=once")
    failed.assert_outcomes(failed=1)
    failed.stdout.fnmatch_lines(["*- api-mocker: not recorded -*", said])
    project.write("test_a.py", text.replace("RESULT", "True"))
    passed = project.run("--record-mode=once")
    passed.assert_outcomes(passed=1, warnings=1)
    passed.stdout.fnmatch_lines([said])
    passed.stdout.no_fnmatch_line("*api-mocker: not recorded*")


@pytest.mark.parametrize("mode", ["none", "once"])
def test_a_client_that_cannot_be_watched_fails_the_test(project: Project, mode: str) -> None:
    """Also where the code under test swallows what the interceptor raised."""
    project.write(
        "test_a.py",
        """
import pytest, urllib3
class Own(urllib3.connection.HTTPSConnection):
    def connect(self): super().connect()
@pytest.mark.cassette
def test_quiet():
    try: Own("127.0.0.1", 9).request("GET", "/")
    except Exception: pass
""",
    )
    result = project.run(f"--record-mode={mode}")
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["*Own does not connect as urllib3's own connections do*"])


@pytest.mark.parametrize("body", ["raise AttributeError('x')", "return True"])
def test_a_matcher_that_fails_fails_the_test(project: Project, body: str) -> None:
    """Also where the code under test swallows what it raised."""
    project.write("test_a.py", TWO_CLIENTS)
    project.run("--record-mode=once")
    project.write(
        "test_a.py",
        f"""
import pytest, requests
def mine(live, recorded):
    {body}
@pytest.mark.cassette("test_a/test_flow", match_on=["path", mine], unused="ignore")
def test_quiet():
    try: requests.get("URL/a")
    except Exception: pass
""",
    )
    result = project.run()
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["*the matcher 'mine' *"])
