"""Several processes at once: two runs of one project, workers, and the children of a test."""

from __future__ import annotations

import json
import re
import sys
from subprocess import PIPE, Popen
from typing import TYPE_CHECKING

import pytest
from tests.plugin.conftest import QUIET
from tests.plugin.test_nothing_lost import HEAD, interactions, recorded

from api_mocker._storage.files import CassetteFile
from api_mocker._storage.ledger import load

if TYPE_CHECKING:
    from pathlib import Path

    from tests.plugin.conftest import Project

# Both runs are in the test at the same time: each waits until the other has recorded.
MEET = (
    HEAD
    + """
me, other = os.environ["ME"], os.environ["OTHER"]

def meet(at):
    open(f"met-{at}-{me}", "w").close()
    while not os.path.exists(f"met-{at}-{other}"):
        time.sleep(0.01)

@pytest.mark.cassette("shared")
def test_shared():
    requests.post(f"URL/{me}", data=me * 150_000)
    meet("shared")

@pytest.mark.cassette
def test_own():
    pass
"""
)


def both(project: Project, *words: str) -> list[str]:
    """Two runs of the project at once; what each of them said."""
    import os

    plugins = [word for word in QUIET if "cacheprovider" not in word][:-1]
    command = [sys.executable, "-m", "pytest", "--color=no", *plugins, *words]
    runs = [
        Popen(
            command,
            cwd=project.root,
            env={**os.environ, "ME": me, "OTHER": other},
            stdout=PIPE,
            text=True,
            encoding="utf-8",
        )
        for me, other in (("a", "b"), ("b", "a"))
    ]
    return [run.communicate()[0] for run in runs]


def whole(path: Path) -> list[str]:
    """The paths of a cassette, every document and every body of which can be read."""
    for entry in CassetteFile(path).entries():
        _ = entry.interaction
    return sorted(interactions(path.read_text("utf-8")))


@pytest.mark.parametrize(
    ("mode", "begins"), [("once", "new"), ("new_episodes", "old"), ("rewrite", "old"), ("all", "old")]
)
def test_two_runs_at_once(project: Project, mode: str, begins: str) -> None:
    """Runs that record one cassette are merged, or one of them is told and its part is set aside; the ledger is whole."""
    project.write("test_a.py", MEET)
    cassette = project.root / "cassettes" / "shared.yaml"
    if begins == "old":
        project.write("script.py", HEAD + "with api_mocker.use_cassette('cassettes/shared.yaml', record_mode='once'):\n"
                      "    requests.post('URL/old', data='o' * 150_000)\n")  # fmt: skip
        assert project.pytester.run(sys.executable, "script.py").ret == 0
    old = ["/old"] if begins == "old" and mode != "rewrite" else []
    said = both(project, f"--record-mode={mode}")
    found = whole(cassette)
    if mode == "new_episodes":
        assert found == sorted([*old, "/a", "/b"])
        assert project.aside() == []
    else:
        told = [me for me, text in zip("ab", said, strict=True) if "changed by another process" in text]
        assert len(told) == 1, said
        (kept,) = {*"ab"} - {*told}
        assert found == sorted([*old, f"/{kept}"])
        aside = project.root / ".api_mocker" / "failed" / "cassettes" / "shared.yaml"
        assert whole(aside) == sorted([*old, f"/{told[0]}"])
    bodies = {path.name for path in (cassette.parent / "shared.bodies").iterdir()}
    assert bodies == {*re.findall(r"shared\.bodies/(\S+?)[\"']?\n", cassette.read_text())}
    (ledger,) = (project.root / ".pytest_cache").rglob("ledger.json")
    assert {*load(ledger).tests} == {"test_a.py::test_shared", "test_a.py::test_own"}
    assert not list(project.root.rglob("*.tmp"))


def test_a_ledger_is_one_of_both(project: Project) -> None:
    """Runs that end again and again at the same time leave a ledger that can be read, whenever one looks."""
    project.write("test_a.py", MEET.replace('meet("shared")', "pass"))
    project.write("met", "")
    for _ in range(2):
        both(project, "--record-mode=new_episodes", "--cassette-ledger=l.json")
        assert json.loads((project.root / "l.json").read_text())["ledger"] == 1
        assert load(project.root / "l.json").tests["test_a.py::test_own"] == "passed"


def test_eight_workers_and_bodies(project: Project) -> None:
    """Eight workers of xdist that add large bodies to one cassette lose none of them, and leave none too many."""
    tests = "".join(
        f"@pytest.mark.cassette('shared')\ndef test_{n}():\n"
        f"    assert requests.post('URL/{n}', data='{n:03}' * 50_000).ok\n"
        for n in range(16)
    )
    project.write("test_a.py", HEAD + tests)
    assert project.run("--record-mode=new_episodes", "-n", "8").ret == 0
    cassette = project.root / "cassettes" / "shared.yaml"
    assert whole(cassette) == sorted(f"/{n}" for n in range(16))
    assert len([*(cassette.parent / "shared.bodies").iterdir()]) == 32
    assert project.aside() == []
    project.service.stop()
    assert project.run().ret == 0


CHILDREN = """
import concurrent.futures, multiprocessing, os, pytest, requests

def asked(path):
    try:
        return requests.get("URL" + path, timeout=20).status_code
    except Exception as error:
        return type(error).__name__

@pytest.mark.cassette
def test_process(method):
    requests.get("URL/before")
    context = multiprocessing.get_context(method)
    child = context.Process(target=asked, args=(f"/{method}-child",))
    child.start()
    child.join()
    requests.get("URL/after")

@pytest.mark.cassette
def test_pool(method):
    requests.get("URL/before")
    with concurrent.futures.ProcessPoolExecutor(2, multiprocessing.get_context(method)) as pool:
        print("POOL", method, [*pool.map(asked, [f"/{method}-0", f"/{method}-1"])])
    requests.get("URL/after")
"""


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_children_of_a_test(project: Project, method: str) -> None:
    """The parent's recording is whole and the parent's alone. A forked child records nothing; one that starts anew knows no cassette."""
    if sys.platform == "win32" and method != "spawn":
        pytest.skip("Windows only spawns")
    project.write("test_a.py", CHILDREN)
    project.write("conftest.py", f"import pytest\n@pytest.fixture\ndef method():\n    return {method!r}\n")
    for mode, forked in (("once", "RecordingForbidden"), ("none", "NotRecorded")):
        result = project.run(f"--record-mode={mode}", "-W", "ignore", "-s")
        assert result.ret == 0
        word = f"'{forked}'" if method == "fork" else "200"
        result.stdout.fnmatch_lines([f"*POOL {method} [[]{word}, {word}]*"])
    kept = {name: whole(project.root / "cassettes" / name) for name in project.cassettes()}
    assert kept == {f"test_a/test_{name}.yaml": ["/after", "/before"] for name in ("pool", "process")}
    assert project.aside() == []
    assert not [*(project.root / ".api_mocker").glob("journal/*")]
    live = [line for line in project.service.log if f"/{method}-" in line]
    assert bool(live) == (method != "fork")


def test_a_child_with_a_cassette_of_its_own(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """A child that starts anew records, and replays, in a cassette that it opens itself, beside its parent's."""
    project.write(
        "work.py",
        """
import api_mocker, requests

def asked(number):
    with api_mocker.use_cassette(f"cassettes/child-{number}.yaml"):
        return requests.get(f"URL/{number}").json()["time"]
""",
    )
    project.write(
        "test_a.py",
        """
import concurrent.futures, multiprocessing, pytest, requests, sys
sys.path.insert(0, ".")
from work import asked

@pytest.mark.cassette
def test_it():
    requests.get("URL/parent")
    with concurrent.futures.ProcessPoolExecutor(2, multiprocessing.get_context("spawn")) as pool:
        assert [*pool.map(asked, [1, 2])] == [1, 1]
""",
    )
    for mode in ("once", "none"):
        monkeypatch.setenv("API_MOCKER_RECORD_MODE", mode)
        assert project.run().ret == 0
    assert recorded(project) == {
        "child-1.yaml": ["/1"],
        "child-2.yaml": ["/2"],
        "test_a/test_it.yaml": ["/parent"],
    }
    assert len(project.service.log) == 3


@pytest.mark.skipif("not hasattr(os, 'fork')", reason="needs fork")
def test_a_child_that_outlives_its_test(project: Project) -> None:
    """What a forked child asks when its test is over is refused, and changes nothing that others recorded."""
    project.write(
        "test_a.py",
        HEAD
        + """
@pytest.mark.cassette
def test_it():
    requests.get("URL/1")
    if os.fork() == 0:
        while not os.path.exists("go on"):
            time.sleep(0.01)
        try:
            answer = requests.get("URL/late").text
        except BaseException as error:
            answer = type(error).__name__
        with open("part", "w") as file:
            file.write(answer)
        os.rename("part", "answer")
        os._exit(0)

@pytest.mark.cassette
def test_next():
    requests.get("URL/2")
    open("go on", "w").close()
    while not os.path.exists("answer"):
        time.sleep(0.01)
    requests.get("URL/3")
""",
    )
    assert project.run("--record-mode=once", "-W", "ignore").ret == 0
    assert recorded(project) == {"test_a/test_it.yaml": ["/1"], "test_a/test_next.yaml": ["/2", "/3"]}
    assert (project.root / "answer").read_text() == "RecordingForbidden"
    assert "GET /late" not in project.service.log


def test_threads_that_go_on_when_their_test_ends(project: Project) -> None:
    """Blocks of threads that end while tests end, and others begin, are all kept: committed, or set aside."""
    project.write(
        "test_a.py",
        HEAD
        + """
from concurrent.futures import ThreadPoolExecutor
pool = ThreadPoolExecutor(4)

def block(number):
    with api_mocker.use_cassette(f"cassettes/{number}.yaml"):
        requests.get(f"URL/{number}")

@pytest.fixture(scope="session", autouse=True)
def _wait():
    yield
    pool.shutdown()

@pytest.mark.parametrize("number", range(60))
def test_it(number):
    pool.submit(block, number)
    assert number % 7
""",
    )
    project.run("--record-mode=once", "-q", "--tb=no")
    found = [path for paths in recorded(project).values() for path in paths]
    assert sorted(found) == sorted(f"/{n}" for n in range(60))
    assert len(project.service.log) == 60
    assert not [*(project.root / ".api_mocker").glob("journal/*")]


@pytest.mark.skipif("not hasattr(os, 'fork')", reason="needs fork")
def test_a_child_that_goes_through_the_end_of_a_test(project: Project) -> None:
    """What a block has recorded, and waits for the end of the test, is the parent's to commit, who alone does it."""
    project.write(
        "test_a.py",
        HEAD
        + """
import gc
def test_it():
    with api_mocker.use_cassette("cassettes/c.yaml"):
        requests.get("URL/1")
    gc.collect()
    child = os.fork()
    if child == 0:
        return
    os.waitpid(child, 0)
    assert not os.path.exists("cassettes/c.yaml")
    assert len([name for name in os.listdir(".api_mocker/journal") if name.endswith(".yaml")]) == 1
""",
    )
    result = project.run("--record-mode=once", "-W", "ignore")
    assert result.ret == 0
    assert recorded(project) == {"c.yaml": ["/1"]}
