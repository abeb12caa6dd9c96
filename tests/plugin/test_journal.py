"""A run that is killed: what it had recorded by then waits, redacted, when the next run or a command looks."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from tests.plugin.test_nothing_lost import HEAD, recorded

if TYPE_CHECKING:
    from pathlib import Path

    from tests.plugin.conftest import Project

KILLED = """
@pytest.mark.cassette
def test_second():
    assert requests.get("URL/2").ok
    assert requests.get("URL/3").ok
    if not os.path.exists("go on"):
        os.kill(os.getpid(), signal.SIGKILL)
"""
AT = "aside: test_a/test_second.yaml"


def journals(project: Project) -> list[Path]:
    """What lies in the folder of journals."""
    return sorted((project.root / ".api_mocker" / "journal").glob("*"))


@pytest.mark.parametrize(
    "end", ["os.kill(os.getpid(), signal.SIGKILL)", "os._exit(3)", "ctypes.string_at(0)"]
)
def test_the_next_run_sets_aside_what_a_killed_one_recorded(project: Project, end: str) -> None:
    """All that was finished is recovered, named at the end of the run, and can be accepted."""
    project.write("test_a.py", HEAD + KILLED.replace("os.kill(os.getpid(), signal.SIGKILL)", end))
    project.run("--record-mode=once")
    assert recorded(project) == {}
    assert len([path for path in journals(project) if path.suffix == ".yaml"]) == 1
    project.write("test_b.py", "def test_nothing(): pass\n")
    result = project.run("test_b.py")
    result.stdout.fnmatch_lines(
        ["set aside, not committed: .api_mocker/failed/cassettes/test_a/test_second.yaml"]
    )
    assert recorded(project) == {AT: ["/2", "/3"]}
    assert journals(project) == []
    done = project.pytester.run(sys.executable, "-m", "api_mocker", "cassette", "accept", "--all")
    assert done.ret == 0
    assert recorded(project) == {"test_a/test_second.yaml": ["/2", "/3"]}
    project.write("go on", "")
    project.service.stop()
    assert project.run().ret == 0


def test_a_command_finds_what_a_killed_run_recorded(project: Project) -> None:
    """`review` lists it, without another run."""
    project.write("test_a.py", HEAD + KILLED)
    project.run("--record-mode=once")
    done = project.pytester.run(sys.executable, "-m", "api_mocker", "cassette", "review", "--list")
    assert "cassettes/test_a/test_second.yaml" in "\n".join(done.outlines)
    assert recorded(project) == {AT: ["/2", "/3"]}


@pytest.mark.parametrize(("mode", "holds"), [("new_episodes", ["/1", "/2"]), ("rewrite", ["/1", "/2"])])
def test_what_was_there_stays_beside_it(project: Project, mode: str, holds: list[str]) -> None:
    """Where a cassette is added to, what waits is the whole of it; where it is recorded anew, what was recorded."""
    test = '@pytest.mark.cassette\ndef test_second():\n    requests.get("URL/1")\n'
    project.write("test_a.py", HEAD + test)
    assert project.run("--record-mode=once").ret == 0
    before = project.cassettes()
    project.write("test_a.py", HEAD + test + '    requests.get("URL/2")\n    os._exit(1)\n')
    project.run(f"--record-mode={mode}")
    assert project.cassettes() == before
    project.run("--co")
    assert recorded(project) == {"test_a/test_second.yaml": ["/1"], AT: holds}


def test_nothing_is_left_of_a_run_that_ended(project: Project) -> None:
    """Committed, set aside, interrupted or unchanged: the journal goes."""
    project.write("go on", "")
    project.write(
        "test_a.py",
        HEAD + KILLED + "\n@pytest.mark.cassette\ndef test_bad():\n    requests.get('URL/1'); assert 0\n",
    )
    for mode in ("once", "rewrite", "all", "new_episodes", "none"):
        project.run(f"--record-mode={mode}", "-n", "2" if mode == "all" else "0")
        assert journals(project) == []


def test_the_journal_of_a_run_that_goes_on_is_left_alone(project: Project) -> None:
    """Another run, or a command, beside one that records takes nothing away from it."""
    project.write(
        "test_a.py",
        HEAD
        + """
import subprocess
@pytest.mark.cassette
def test_it():
    requests.get("URL/1")
    subprocess.run([sys.executable, "-m", "api_mocker", "cassette", "review", "--list"], check=False)
    assert len([name for name in os.listdir(".api_mocker/journal") if name.endswith(".yaml")]) == 1
    requests.get("URL/2")
""",
    )
    assert project.run("--record-mode=once").ret == 0
    assert recorded(project) == {"test_a/test_it.yaml": ["/1", "/2"]}


def test_a_secret_that_shows_itself_later_is_in_no_journal(project: Project) -> None:
    """What a later exchange shows to be secret is hidden in what was written down before, as in a cassette."""
    project.write(
        "test_a.py",
        HEAD
        + """
@pytest.mark.cassette
def test_it():
    requests.post("URL/echo", data="it is s3cr3t-Value-4711, or not")
    requests.post("URL/login", json={"password": "s3cr3t-Value-4711"})
    os._exit(1)
""",
    )
    project.run("--record-mode=once")
    (journal,) = (path for path in journals(project) if path.suffix == ".yaml")
    text = journal.read_text("utf-8")
    assert "s3cr3t" not in text
    assert "tok-4711-secret" not in text
    assert len(re.findall("^request:", text, re.MULTILINE)) == 2
    project.run("--co")
    for path in (project.root / ".api_mocker").rglob("*"):
        assert not path.is_file() or b"s3cr3t" not in path.read_bytes()


def test_a_torn_or_foreign_journal(project: Project) -> None:
    """What was cut off in the middle of an interaction is recovered up to it; what is no journal goes."""
    project.write("test_a.py", HEAD + KILLED)
    project.run("--record-mode=once")
    (journal,) = (path for path in journals(project) if path.suffix == ".yaml")
    journal.write_bytes(journal.read_bytes()[:-60])
    about = '{"cassette": "../../evil", "replaces": "", "carries": false}'
    journal.with_name("evil.yaml").write_text(
        f"# journal: {about}\n" + journal.read_text().partition("\n")[2]
    )
    journal.with_name("odd.yaml").write_bytes(b"\xff\x00")
    project.run("--co")
    assert recorded(project) == {AT: ["/2"]}
    assert journals(project) == []
    assert not list(project.root.parent.glob("**/evil*"))


def test_a_block_without_pytest(project: Project) -> None:
    """A script that is killed leaves as much; a hook that decides what is kept leaves nothing."""
    script = """
import os, api_mocker, requests
with api_mocker.use_cassette("cassettes/c.yaml", record_mode="once"{hook}):
    requests.get("URL/1")
    os._exit(1)
"""
    for hook, left in (
        (", before_record=lambda interaction: interaction", {}),
        ("", {"aside: c.yaml": ["/1"]}),
    ):
        project.write("script.py", script.format(hook=hook))
        subprocess.run([sys.executable, "script.py"], cwd=project.root, check=False)
        project.run("--co")
        assert recorded(project) == left


def test_a_secret_that_the_test_tells_is_in_no_journal(project: Project) -> None:
    """`cassette.redact(value)` hides it in what was written down before, and in what comes after."""
    project.write(
        "test_a.py",
        HEAD
        + """
@pytest.mark.cassette
def test_it(api_mocker_cassette):
    requests.get("URL/told-4711-wortlos")
    api_mocker_cassette.redact("told-4711-wortlos")
    requests.get("URL/again/told-4711-wortlos")
    os._exit(1)
""",
    )
    project.run("--record-mode=once")
    texts = [path.read_text("utf-8") for path in journals(project) if path.suffix != ".lock"]
    assert [text.count("<redacted:secret:1>") > 1 for text in texts] == [True]
    assert "wortlos" not in "".join(texts)
