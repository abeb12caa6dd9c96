"""Files and folders that go, or become something else, while a run uses them."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest
from tests.plugin.test_journal import journals
from tests.plugin.test_nothing_lost import HEAD, recorded

if TYPE_CHECKING:
    from tests.plugin.conftest import Project

OLD = """
@pytest.mark.cassette("{name}")
def test_{at}():
    requests.get("URL/old")
    requests.post("URL/large", data="x" * {size})
"""

MEANWHILE = {
    # by the name of the cassette: what happens to it while it is open, and what is said of it
    "state": ("shutil.rmtree('.api_mocker')", ""),
    "locks": ("shutil.rmtree('.api_mocker'); os.mkdir('.api_mocker')", ""),
    "alone/c": ("shutil.rmtree('cassettes/alone')", ""),
    "program/c": ("subprocess.run(['rm', '-r', 'cassettes/program'], check=True)", ""),
    "file/c": (
        "shutil.rmtree('cassettes/file'); pathlib.Path('cassettes/file').write_text('mine')",
        "cassettes/file/c.yaml cannot be written: a file is in the place of its folder",
    ),
    "deleted": ("os.unlink('cassettes/deleted.yaml')", ""),
    "folder": (
        "os.unlink('cassettes/folder.yaml'); os.mkdir('cassettes/folder.yaml')",
        "this is a folder, not a cassette",
    ),
    "broken": (
        "pathlib.Path('cassettes/broken.yaml').write_text('cassette: [1\\n')",
        "cassettes/broken.yaml",
    ),
    "cut": ("os.truncate('cassettes/cut.yaml', 100)", "does not end with '...'"),
    "newer": (
        "pathlib.Path('cassettes/newer.yaml').write_text('cassette: 99\\n...\\n')",
        "the cassette has format version 99",
    ),
    "journal": ("shutil.rmtree('.api_mocker/journal')", ""),
    "header": (
        "p = pathlib.Path('cassettes/header.yaml'); p.write_text('# mine\\n' + p.read_text())",
        "",
    ),
}


def project_with(project: Project, *, size: int) -> None:
    """Records a cassette for each case, and then has the tests add to them while that happens."""
    tests = [OLD.format(name=name, at=at, size=size) for at, name in enumerate(MEANWHILE)]
    project.write("test_a.py", HEAD + "".join(tests))
    assert project.run("--record-mode=once").ret == 0
    more = [
        f"{test}    {MEANWHILE[name][0]}\n    requests.get('URL/new')\n"
        for name, test in zip(MEANWHILE, tests, strict=True)
    ]
    project.write("test_a.py", HEAD + "import pathlib, shutil, subprocess\n" + "".join(more))


def test_what_goes_while_it_is_added_to(project: Project) -> None:
    """What is gone is made again, whole; what is something else by now stays as it is, and the recording is set aside."""
    project_with(project, size=10)
    result = project.run("--record-mode=new_episodes")
    said = result.stdout.str()
    assert "Traceback" not in said
    assert "INTERNALERROR" not in said
    found = recorded_readable(project)
    for name, (_, complaint) in MEANWHILE.items():
        asked = ["/old", "/large", "/new"]
        if complaint:
            assert complaint in said
            assert found.pop(f"aside: {name}.yaml") == asked
        else:
            assert found.pop(f"{name}.yaml") == asked
    assert found == {}
    cassettes = project.root / "cassettes"
    assert (cassettes / "file").read_text() == "mine"
    assert (cassettes / "broken.yaml").read_text() == "cassette: [1\n"
    assert (cassettes / "newer.yaml").read_text() == "cassette: 99\n...\n"
    assert (cassettes / "cut.yaml").stat().st_size == 100
    assert (cassettes / "header.yaml").read_text().startswith("# mine\n# api-mocker cassette\n")
    assert journals(project) == []


def recorded_readable(project: Project) -> dict[str, list[str]]:
    """What each cassette holds that is one, and what was set aside."""
    for name in ("broken", "cut", "newer"):
        path = project.root / "cassettes" / f"{name}.yaml"
        path.rename(path.with_suffix(".not"))
    (project.root / "cassettes" / "folder.yaml").rename(project.root / "cassettes" / "folder.not")
    found = recorded(project)
    for path in (project.root / "cassettes").glob("*.not"):
        path.rename(path.with_suffix(".yaml"))
    return found


def test_bodies_that_go_with_their_cassette(project: Project) -> None:
    """A cassette whose bodies beside it were removed with it is not put there again without them: the error says so."""
    project.write("test_a.py", HEAD + OLD.format(name="gone/c", at=0, size=150_000))
    assert project.run("--record-mode=once").ret == 0
    project.write(
        "test_a.py",
        HEAD
        + OLD.format(name="gone/c", at=0, size=150_000)
        + "    import shutil; shutil.rmtree('cassettes/gone'); requests.get('URL/new')\n",
    )
    result = project.run("--record-mode=new_episodes")
    result.stdout.fnmatch_lines(
        ["*cassettes/gone/c.yaml was removed while it was being recorded, and its body*"]
    )
    assert recorded(project) == {"aside: gone/c.yaml": ["/old", "/large", "/new"]}
    project.write("test_a.py", HEAD + OLD.format(name="gone/c", at=0, size=150_000))
    (project.root / ".api_mocker" / "failed" / "cassettes" / "gone" / "c.yaml").unlink()
    assert project.run("--record-mode=once").ret == 0
    assert project.run().ret == 0


def test_a_journal_that_somebody_removed(project: Project) -> None:
    """What was recorded before is written down again with what comes next: a killed run loses none of it."""
    project.write(
        "test_a.py",
        HEAD
        + """
import shutil
@pytest.mark.cassette
def test_it():
    requests.get("URL/1")
    shutil.rmtree(".api_mocker")
    requests.get("URL/2")
    for name in os.listdir(".api_mocker/journal"): os.unlink(".api_mocker/journal/" + name)
    requests.get("URL/3")
    os._exit(1)
""",
    )
    project.run("--record-mode=once")
    project.run("--co")
    assert recorded(project) == {"aside: test_a/test_it.yaml": ["/1", "/2", "/3"]}
    assert journals(project) == []


def test_the_working_directory_is_gone(project: Project) -> None:
    """Run in a folder that is removed meanwhile, errors are told and recordings are kept all the same."""
    project.write(
        "test_a.py",
        HEAD
        + """
@pytest.fixture
def nowhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    tmp_path.rmdir()
    yield
    monkeypatch.undo()

@pytest.mark.cassette
def test_kept(nowhere):
    requests.get("URL/1")

@pytest.mark.cassette
def test_busy(nowhere, request):
    requests.get("URL/2")
    path = request.config.rootpath / "cassettes/test_a/test_busy.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("mine")

@pytest.mark.cassette(record_mode="none")
def test_none(nowhere):
    requests.get("URL/3")
""",
    )
    result = project.run("--record-mode=once")
    result.stdout.fnmatch_lines(["*cassettes/test_a/test_busy.yaml was changed by another process*"])
    assert "INTERNALERROR" not in result.stdout.str()
    busy = project.root / "cassettes" / "test_a" / "test_busy.yaml"
    assert busy.read_text() == "mine"
    busy.unlink()
    assert recorded(project)["test_a/test_kept.yaml"] == ["/1"]
    assert recorded(project)["aside: test_a/test_busy.yaml"] == ["/2"]


def test_the_project_is_gone(project: Project) -> None:
    """A project that is removed while its tests run is made again as far as the recording needs it."""
    project.write(
        "test_a.py",
        HEAD
        + """
import shutil
@pytest.mark.cassette
def test_it(request):
    requests.get("URL/1")
    for path in {*request.config.rootpath.iterdir()} - {*request.config.rootpath.glob("std*")}:  # pytester's
        shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
""",
    )
    result = project.run("--record-mode=once")
    assert result.ret == 0
    assert recorded(project) == {"test_a/test_it.yaml": ["/1"]}


@pytest.mark.parametrize("carries", ["once", "new_episodes"])
def test_workers_that_were_killed_with_one_cassette(project: Project, carries: str) -> None:
    """What several killed processes had recorded of one cassette waits together, none in the place of another's."""
    script = """
import os, sys, api_mocker, requests
with api_mocker.use_cassette("cassettes/c.yaml", record_mode="{mode}"):
    requests.get("URL/" + sys.argv[1])
    {end}
"""
    expected = []
    if carries == "new_episodes":
        project.write("script.py", script.format(mode="once", end="pass"))
        project.pytester.run(sys.executable, "script.py", "old")
        expected = ["/old"]
    project.write("script.py", script.format(mode=carries, end="os._exit(1)"))
    for number in "123":
        project.pytester.run(sys.executable, "script.py", number)
    result = project.run("--co")
    result.stdout.fnmatch_lines(["set aside, not committed: .api_mocker/failed/cassettes/c.yaml"])
    assert recorded(project)["aside: c.yaml"] == [*expected, "/1", "/2", "/3"]
    assert journals(project) == []
    done = project.pytester.run(sys.executable, "-m", "api_mocker", "cassette", "accept", "--all")
    assert done.ret == 0
    assert recorded(project) == {"c.yaml": [*expected, "/1", "/2", "/3"]}


def test_a_rewriting_makes_room_for_what_cannot_be_read(project: Project) -> None:
    """A body that is gone from beside the cassette takes nothing of a new recording with it."""
    project.write(
        "test_a.py",
        "import os, requests, pytest\n@pytest.mark.cassette\ndef test_it():\n"
        "    requests.post('URL/a', data=os.environ.get('WITH', 'a') * 150_000)\n",
    )
    project.run("--record-mode=once").assert_outcomes(passed=1)
    for body in (project.root / "cassettes").rglob("*.bodies/*"):
        body.unlink()
    project.run("--record-mode=rewrite").assert_outcomes(passed=1)
    project.run().assert_outcomes(passed=1)
