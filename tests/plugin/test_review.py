"""Re-recording with ``review = true``: what differs waits beside the old cassette, and is said."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from .conftest import QUIET

if TYPE_CHECKING:
    from pathlib import Path

    from .conftest import Project

FLOW = """
import pytest, requests

@pytest.mark.cassette(MARK)
def test_flow():
    for path in PATHS:
        assert requests.get("URL" + path).json()["asked"] == f"GET {path}"
"""
INI = '[tool.pytest.ini_options]\nasyncio_default_fixture_loop_scope = "function"\n'
NAME = "test_a/test_flow.yaml"


def flow(project: Project, *paths: str, mark: str = "") -> None:
    """A test that asks these paths, one after the other."""
    project.write("test_a.py", FLOW.replace("MARK", mark).replace("PATHS", repr(paths)))


def set_up(project: Project) -> None:
    """The project wants to see re-recordings first."""
    project.write("pyproject.toml", f"{INI}\n[tool.api_mocker]\nreview = true\n")


def waiting(project: Project) -> list[str]:
    """What waits for review, by path."""
    folder = project.root / ".api_mocker" / "review"
    return [path.relative_to(folder).as_posix() for path in sorted(folder.rglob("*.yaml"))]


def cassette(project: Project, *args: str) -> subprocess.CompletedProcess[str]:
    """Runs ``api-mocker cassette`` in the project."""
    return subprocess.run(
        [sys.executable, "-m", "api_mocker", "cassette", *args],
        cwd=project.root,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )


def test_a_re_recording_waits_and_the_test_passes(project: Project) -> None:
    """A first recording is committed; the next waits, is said, and once accepted is what is replayed."""
    set_up(project)
    flow(project, "/a", "/b")
    first = project.run("--record-mode=once")
    first.stdout.fnmatch_lines([f"+2 -0 ~0 cassettes/{NAME}"])
    assert waiting(project) == []
    before = project.cassettes()
    flow(project, "/a", "/c")
    again = project.run("--record-mode=rewrite")
    again.assert_outcomes(passed=1)
    again.stdout.fnmatch_lines(
        [
            "api-mocker: 0 replayed, 2 recorded, 0 live, 0 blocked, 0 unused",
            f"waiting for review: cassettes/{NAME} (+1 -1 ~1); api-mocker cassette review",
        ]
    )
    again.stdout.no_fnmatch_line("set aside*")
    assert project.cassettes() == before
    assert waiting(project) == [f"cassettes/{NAME}"]
    project.run().assert_outcomes(failed=1)  # what waits is not in force
    accepted = cassette(project, "accept", "--all")
    assert (accepted.stdout, accepted.returncode) == (f"accepted: cassettes/{NAME} (+1 -1 ~1)\n", 0)
    assert waiting(project) == []
    project.service.stop()
    project.run().assert_outcomes(passed=1)


def test_what_did_not_change_does_not_wait(project: Project) -> None:
    """A re-recording that means what the cassette says is nothing to review."""
    set_up(project)
    flow(project, "/a")
    project.run("--record-mode=once")
    project.service.log.clear()  # so that it answers as the first time
    result = project.run("--record-mode=rewrite")
    result.stdout.no_fnmatch_line("waiting for review*")
    assert waiting(project) == []


def test_a_failing_re_recording_is_set_aside(project: Project) -> None:
    """A test that failed is told apart from one whose recording waits for review."""
    set_up(project)
    flow(project, "/a")
    project.run("--record-mode=once")
    before = project.cassettes()
    flow(project, "/a", "/b")
    project.write("test_a.py", (project.root / "test_a.py").read_text() + "    assert False\n")
    result = project.run("--record-mode=rewrite")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines([f"set aside, not committed: .api_mocker/failed/cassettes/{NAME}"])
    result.stdout.no_fnmatch_line("waiting for review*")
    assert waiting(project) == []
    assert project.cassettes() == before
    listed = cassette(project, "review", "--list")
    assert f"cassettes/{NAME}" in listed.stdout
    assert "its test failed" in listed.stdout


@pytest.mark.parametrize("place", ["marker", "fixture", "call"])
def test_it_is_asked_for_wherever_options_stand(project: Project, place: str) -> None:
    """A marker, the fixture and a call ask for a review as well as the project does."""
    flow(project, "/a", mark="review=True" if place == "marker" else "")
    if place == "fixture":
        project.write(
            "conftest.py",
            "import pytest\n@pytest.fixture(scope='session')\ndef api_mocker_config(): return {'review': True}\n",
        )
    if place == "call":
        project.write(
            "test_a.py",
            """
import requests, api_mocker
def test_flow():
    with api_mocker.use_cassette("cassettes/test_a/test_flow.yaml", review=True):
        requests.get("URL/a")
""",
        )
    project.run("--record-mode=once")
    before = project.cassettes()
    result = project.run("--record-mode=rewrite")
    result.assert_outcomes(passed=1)
    assert waiting(project) == [f"cassettes/{NAME}"]
    assert project.cassettes() == before


SHARED = """
import pytest, requests

@pytest.mark.cassette("shared")
@pytest.mark.parametrize("n", range(3))
def test_it(n):
    requests.get(f"URL/{n}")
"""


@pytest.mark.parametrize("mode", ["all", "rewrite"])
def test_tests_that_share_a_cassette_are_reviewed_together(project: Project, mode: str) -> None:
    """What the first of them recorded is not lost when the next one does."""
    set_up(project)
    project.write("test_a.py", SHARED)
    project.run("--record-mode=once")
    before = project.cassettes()
    result = project.run(f"--record-mode={mode}")
    result.stdout.fnmatch_lines(["waiting for review: cassettes/shared.yaml (+0 -0 ~3)*"])
    assert project.cassettes() == before
    assert cassette(project, "accept", "--all").stdout == "accepted: cassettes/shared.yaml (+0 -0 ~3)\n"
    project.service.stop()
    project.run().assert_outcomes(passed=3)


def test_a_first_recording_that_tests_share_is_committed_whole(project: Project) -> None:
    """The file that this very run began is no old one: the second test's recording does not wait."""
    set_up(project)
    project.write("test_a.py", SHARED)
    project.run("--record-mode=all")
    assert waiting(project) == []
    assert project.cassettes()["shared.yaml"].count("request:") == 3


def test_workers_that_record_one_cassette_lose_nothing(project: Project) -> None:
    """With pytest-xdist, what two workers add to one cassette waits together or is set aside, and is said."""
    set_up(project)
    project.write("test_a.py", SHARED.replace("range(3)", "range(1)"))
    project.run("--record-mode=once")
    project.write("test_a.py", SHARED.replace("range(3)", "range(6)"))
    result = project.run("--record-mode=new_episodes", "-n", "3", plugins=QUIET)
    result.assert_outcomes(passed=6)
    result.stdout.fnmatch_lines(["waiting for review: cassettes/shared.yaml (+5 -0 ~0)*"])
    assert cassette(project, "accept", "--all").returncode == 0
    project.service.stop()
    project.run().assert_outcomes(passed=6)


def test_review_of_a_run_takes_what_is_taken(project: Project) -> None:
    """From a real re-recording, one interaction is taken and the other is left as it was."""
    set_up(project)
    flow(project, "/a", "/b")
    project.run("--record-mode=once")
    old = project.cassettes()[NAME].split("---\n")
    project.run("--record-mode=rewrite")
    reviewed = subprocess.run(
        [sys.executable, "-m", "api_mocker", "cassette", "review"],
        cwd=project.root,
        input="n\ny\n",
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert reviewed.returncode == 0, reviewed.stderr
    assert "body $.time: 1 -> 2" in reviewed.stdout
    new = project.cassettes()[NAME].split("---\n")
    assert new[1] == old[1]
    assert '"time": 2' in new[2]
    assert waiting(project) == []
    project.service.stop()
    project.run().assert_outcomes(passed=1)


def test_git_does_not_see_it(project: Project, tmp_path: Path) -> None:
    """What waits is in the folder that ignores itself."""
    set_up(project)
    flow(project, "/a")
    project.run("--record-mode=once")
    project.run("--record-mode=rewrite")
    subprocess.run(["git", "init", "-q"], cwd=project.root, check=True)
    status = subprocess.run(
        ["git", "status", "--porcelain", "-uall"],
        cwd=project.root,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert f"cassettes/{NAME}" in status
    assert ".api_mocker" not in status


def test_workers_that_add_one_after_the_other_lose_nothing(project: Project) -> None:
    """Each worker records on from what waits by then, whoever put it there."""
    set_up(project)
    project.write("test_a.py", SHARED.replace("range(3)", "range(1)"))
    project.run("--record-mode=once")
    project.write("test_a.py", SHARED.replace("range(3)", "range(12)"))
    project.run("--record-mode=new_episodes", "-n", "2", plugins=QUIET).assert_outcomes(passed=12)
    cassette(project, "accept", "--all")
    assert project.cassettes()["shared.yaml"].count("request:") == 12


def test_a_later_run_replaces_what_waits(project: Project) -> None:
    """The newest re-recording is the one that waits."""
    set_up(project)
    flow(project, "/a")
    project.run("--record-mode=once")
    for _ in range(2):
        project.run("--record-mode=rewrite").assert_outcomes(passed=1)
    waits = project.root / ".api_mocker" / "review" / "cassettes" / NAME
    assert '"time": 3' in waits.read_text()
    assert cassette(project, "accept", "--all").returncode == 0
