"""Runs that end badly: killed, interrupted, timed out, forked, broken in setup; what was recorded is where it has to be."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.plugin.conftest import Project

HEAD = """
import api_mocker, ctypes, multiprocessing, os, pytest, requests, signal, sys, threading, time
"""

FIRST = """
@pytest.mark.cassette
def test_first():
    assert requests.get("URL/1").ok
"""

OLD = "cassettes/test_a/test_first.yaml"


def interactions(text: str) -> list[str]:
    """The paths of the URLs in a cassette, which has to be whole."""
    assert text.endswith("\n...\n") or "\n...\n# " in text
    return re.findall(r"^  url: http://[^/]+(/\S+)$", text, re.MULTILINE)


def recorded(project: Project) -> dict[str, list[str]]:
    """What each cassette of the project holds, and what was set aside."""
    aside = project.root / ".api_mocker" / "failed" / "cassettes"
    found = {name: interactions(text) for name, text in project.cassettes().items()}
    return found | {
        f"aside: {path.relative_to(aside).as_posix()}": interactions(path.read_text("utf-8"))
        for path in sorted(aside.rglob("*.yaml"))
    }


ENDS = {
    # how a test ends that has recorded /2: what is left of it
    "os._exit": "os._exit(3)",
    "SIGKILL": "os.kill(os.getpid(), signal.SIGKILL)",
    "SIGTERM": "os.kill(os.getpid(), signal.SIGTERM); time.sleep(5)",
    "crash": "ctypes.string_at(0)",
    "abort": "os.abort()",
}


@pytest.mark.parametrize("end", ENDS)
def test_the_interpreter_ends_in_a_test(project: Project, end: str) -> None:
    """What other tests recorded before is committed; the cassette of the test that ended is as it was."""
    body = f"""
@pytest.mark.cassette
def test_second():
    assert requests.get("URL/2").ok
    assert os.path.exists("go on") or {ENDS[end].replace("; ", " or ")}
"""
    project.write("test_a.py", HEAD + FIRST + body)
    project.run("--record-mode=once")
    assert recorded(project)["test_a/test_first.yaml"] == ["/1"]
    assert "test_a/test_second.yaml" not in recorded(project)
    project.write("go on", "")
    assert project.run("--record-mode=once").ret == 0
    before = project.cassettes()
    (project.root / "go on").unlink()
    project.run("--record-mode=rewrite")
    assert project.cassettes()["test_a/test_second.yaml"] == before["test_a/test_second.yaml"]
    assert not [path for path in (project.root / "cassettes").rglob("*") if path.name.endswith(".tmp")]


INTERRUPTS = {
    "Ctrl-C": "os.kill(os.getpid(), signal.SIGINT); time.sleep(5)",
    "raised": "raise KeyboardInterrupt",
    "pytest.exit": "pytest.exit('enough')",
    "in a thread": "t = threading.Thread(target=lambda: os.kill(os.getpid(), signal.SIGINT)); t.start(); t.join(); time.sleep(5)",
}


@pytest.mark.parametrize("how", INTERRUPTS)
def test_an_interrupted_test_is_set_aside(project: Project, how: str) -> None:
    """Ctrl-C and its like leave the cassette as it was; what was recorded by then is set aside, and named."""
    body = f"""
@pytest.mark.cassette
def test_second():
    assert requests.get("URL/2").ok
    {INTERRUPTS[how]}
"""
    project.write("test_a.py", HEAD + FIRST + body)
    result = project.run("--record-mode=once")
    assert result.ret == 2
    assert recorded(project) == {"test_a/test_first.yaml": ["/1"], "aside: test_a/test_second.yaml": ["/2"]}
    result.stdout.fnmatch_lines(
        ["set aside, not committed: .api_mocker/failed/cassettes/test_a/test_second.yaml"]
    )


def test_an_interrupted_block_is_set_aside(project: Project) -> None:
    """Within an interrupted test, what a block of its own has recorded is set aside, too."""
    project.write(
        "test_a.py",
        HEAD
        + """
def test_block():
    with api_mocker.use_cassette("cassettes/block.yaml"):
        assert requests.get("URL/1").ok
    raise KeyboardInterrupt
""",
    )
    assert project.run("--record-mode=once").ret == 2
    assert recorded(project) == {"aside: block.yaml": ["/1"]}


PHASES = {
    "setup": ("raise RuntimeError", "pass", ""),
    "call": ("pass", "pass", "raise RuntimeError"),
    "teardown": ("pass", "raise RuntimeError", ""),
}


@pytest.mark.parametrize("phase", PHASES)
def test_a_failure_in_any_phase_is_set_aside(project: Project, phase: str) -> None:
    """Wherever it fails, the cassette is as it was and the recording is kept."""
    before, after, body = PHASES[phase]
    project.write(
        "test_a.py",
        HEAD
        + f"""
@pytest.fixture
def broken(api_mocker_cassette):
    requests.get("URL/fixture")
    {before}
    yield
    {after}

def test_it(broken):
    requests.get("URL/test")
    {body}
""",
    )
    assert project.run("--record-mode=once").ret == 1
    asked = ["/fixture"] if phase == "setup" else ["/fixture", "/test"]
    assert recorded(project) == {"aside: test_a/test_it.yaml": asked}


@pytest.mark.parametrize("method", ["signal", "thread"])
def test_a_timeout(project: Project, method: str) -> None:
    """pytest-timeout fails the test or ends the process: either way the cassette is as it was."""
    pytest.importorskip("pytest_timeout")
    project.write(
        "test_a.py",
        HEAD
        + FIRST
        + f"""
@pytest.mark.timeout(1, method="{method}")
@pytest.mark.cassette
def test_second():
    assert requests.get("URL/2").ok
    time.sleep(10)
""",
    )
    assert project.run("--record-mode=once").ret == 1
    found = recorded(project)
    assert found.pop("test_a/test_first.yaml") == ["/1"]
    assert found == ({"aside: test_a/test_second.yaml": ["/2"]} if method == "signal" else {})


FORKS = {
    "leaves": "os._exit(0)",
    "raises": "raise RuntimeError('in the child')",
    "exits": "sys.exit(0)",
}


@pytest.mark.skipif("not hasattr(os, 'fork')")
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("end", FORKS)
def test_a_forked_child_commits_nothing(project: Project, end: str) -> None:
    """The recording is the parent's: a child that goes through the end of the test, as pytest has it, writes nothing."""
    project.write(
        "test_a.py",
        HEAD
        + f"""
@pytest.mark.cassette
def test_it():
    requests.get("URL/before")
    child = os.fork()
    if child == 0:
        {FORKS[end]}
    os.waitpid(child, 0)
    assert not os.path.exists("cassettes/test_a")
    assert not os.path.exists(".api_mocker/failed")
    requests.get("URL/after")
""",
    )
    project.run("--record-mode=once", "-x")
    assert recorded(project) == {"test_a/test_it.yaml": ["/before", "/after"]}


WORKERS = {
    "fork": "context = multiprocessing.get_context('fork'); run(context)",
    "pool": "from concurrent.futures import ProcessPoolExecutor as P\n    with P(1, multiprocessing.get_context('fork')) as p: assert p.submit(asked).result() == 'RecordingForbidden'",
}


@pytest.mark.skipif("not hasattr(os, 'fork')")
@pytest.mark.parametrize("how", WORKERS)
def test_a_forked_worker_is_refused(project: Project, how: str) -> None:
    """What a forked worker sends while its parent records could not be kept, so it is refused, and not sent."""
    project.write(
        "test_a.py",
        HEAD
        + f"""
def asked():
    try:
        return requests.get("URL/child").text
    except api_mocker.ApiMockerError as error:
        return type(error).__name__

def run(context):
    queue = context.Queue()
    worker = context.Process(target=lambda: queue.put(asked()))
    worker.start()
    assert queue.get(timeout=20) == "RecordingForbidden"
    worker.join()

@pytest.mark.cassette
def test_it():
    requests.get("URL/1")
    {WORKERS[how]}
""",
    )
    assert project.run("--record-mode=once", "-W", "ignore").ret == 0
    assert recorded(project) == {"test_a/test_it.yaml": ["/1"]}
    assert "GET /child" not in project.service.log


THREADS = """
def test_two():
    both = threading.Barrier(2)
    errors = []

    def record(number):
        try:
            with api_mocker.use_cassette("cassettes/c.yaml"):
                both.wait()
                requests.get(f"URL/{number}")
                both.wait()
        except api_mocker.CassetteBusy as error:
            errors.append(str(error))

    threads = [threading.Thread(target=record, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print("BUSY", len(errors))
"""


@pytest.mark.parametrize("mode", ["once", "new_episodes", "all", "rewrite"])
def test_two_blocks_of_one_cassette_at_once(project: Project, mode: str) -> None:
    """Two threads that record one cassette lose nothing: it holds both, or one is told so and its part is set aside."""
    project.write("test_a.py", HEAD + THREADS)
    result = project.run(f"--record-mode={mode}", "-s")
    found = recorded(project)
    assert sorted(path for paths in found.values() for path in paths) == ["/0", "/1"]
    if mode == "new_episodes":
        assert list(found) == ["c.yaml"]
    else:
        assert sorted(found) == ["aside: c.yaml", "c.yaml"]
    result.stdout.fnmatch_lines([f"*BUSY {0 if mode == 'new_episodes' else 1}*"])


def test_many_threads_of_one_cassette(project: Project) -> None:
    """Threads inside one block are all recorded."""
    project.write(
        "test_a.py",
        HEAD
        + """
@pytest.mark.cassette
def test_it():
    threads = [threading.Thread(target=requests.get, args=(f"URL/{n}",)) for n in range(24)]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
""",
    )
    assert project.run("--record-mode=once").ret == 0
    assert sorted(recorded(project)["test_a/test_it.yaml"], key=lambda path: int(path[1:])) == [
        f"/{n}" for n in range(24)
    ]
    assert project.run().ret == 0


def test_eight_workers_of_one_cassette(project: Project) -> None:
    """Eight workers of xdist that add to one cassette at the same time lose nothing of each other."""
    tests = "".join(
        f"@pytest.mark.cassette('shared')\ndef test_{n}():\n    assert requests.get('URL/{n}').ok\n"
        for n in range(24)
    )
    project.write("test_a.py", HEAD + tests)
    assert project.run("--record-mode=new_episodes", "-n", "8").ret == 0
    found = recorded(project)
    assert sorted(found.pop("shared.yaml"), key=lambda path: int(path[1:])) == [f"/{n}" for n in range(24)]
    assert found == {}
    assert project.run("-n", "2").ret == 0
