"""Permission bits: who may not read or write is told so, and who may read a cassette stays who may."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from tests.plugin.conftest import QUIET
from tests.plugin.test_nothing_lost import HEAD, recorded

if TYPE_CHECKING:
    from pathlib import Path

    from tests.plugin.conftest import Project

NO_ROOT = ["setpriv", "--bounding-set=-dac_override,-dac_read_search,-fowner"]
"""Root whom permission bits bind as they bind everybody."""

pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="Windows has other permissions"),
    pytest.mark.skipif(
        sys.platform != "win32" and os.geteuid() == 0 and shutil.which("setpriv") is None,
        reason="root may read and write everything, and there is no setpriv to take that away",
    ),
]


def bound(project: Project, *words: str) -> str:
    """Runs a module of Python in the project as somebody whom permission bits bind; what it printed."""
    done = subprocess.run(
        [*(NO_ROOT if os.geteuid() == 0 else ()), sys.executable, "-m", *words],
        cwd=project.root,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    said = f"{done.stdout}{done.stderr}EXIT {done.returncode}"
    assert "Traceback" not in said, said
    assert "INTERNALERROR" not in said, said
    return said


def all_tests(project: Project, mode: str) -> str:
    """Runs the project's tests so."""
    return bound(project, "pytest", "--color=no", *QUIET, f"--record-mode={mode}", "test_a.py")


TESTS = (
    HEAD
    + """
@pytest.mark.cassette("a/c")
def test_it():
    requests.get("URL/1")
"""
)


@pytest.fixture
def recorded_once(project: Project) -> bytes:
    """What the project's cassette holds."""
    project.write("test_a.py", TESTS)
    assert project.run("--record-mode=once").ret == 0
    return (project.root / "cassettes" / "a" / "c.yaml").read_bytes()


REFUSED = {
    # what has which permissions: what is said, and whether the recording is set aside
    "a folder that is read-only": ("cassettes/a", 0o555, "cannot be written: Permission denied", True),
    "a folder that nobody enters": ("cassettes/a", 0o000, "cannot be read: Permission denied", False),
    "a cassette that is read-only": ("cassettes/a/c.yaml", 0o444, "cannot be written: it is read-only", True),
    "a cassette that nobody reads": ("cassettes/a/c.yaml", 0o000, "cannot be read: Permission denied", False),
    "a state folder that is read-only": (
        ".api_mocker",
        0o555,
        "What was recorded is not set aside: .api_mocker",
        False,
    ),
    "locks that are read-only": (".api_mocker/locks", 0o555, "Permission denied", False),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_not_permitted(project: Project, recorded_once: bytes, case: str) -> None:
    """The error names the file and why, the old cassette stays, and what was recorded is set aside where it can be."""
    name, mode, said, aside = REFUSED[case]
    place = project.root / name
    if name.startswith(".api_mocker"):
        shutil.rmtree(project.root / ".api_mocker")
        place.mkdir(parents=True)
    before = stat.S_IMODE(place.stat().st_mode)
    place.chmod(mode)
    try:
        found = all_tests(project, "rewrite")
        assert said in found, found
        assert found.endswith("EXIT 1")
    finally:
        place.chmod(before)
    assert (project.root / "cassettes" / "a" / "c.yaml").read_bytes() == recorded_once
    assert recorded(project) == {"a/c.yaml": ["/1"], **({"aside: a/c.yaml": ["/1"]} if aside else {})}


def test_a_command_takes_no_read_only_cassette_away(project: Project, recorded_once: bytes) -> None:
    """`prune --write` neither shortens nor deletes what is read-only; `accept` leaves it and what waits."""
    path = project.root / "cassettes" / "a" / "c.yaml"
    path.write_bytes(old := recorded_once.replace(b"2026-", b"2001-"))
    aside = project.root / ".api_mocker" / "failed" / "cassettes" / "a" / "c.yaml"
    aside.parent.mkdir(parents=True)
    aside.write_bytes(recorded_once)
    path.chmod(0o444)
    for words in (("prune", "--write", "--older-than", "5000d"), ("accept", "--all", "--force")):
        said = bound(project, "api_mocker", "cassette", *words)
        assert "cassettes/a/c.yaml cannot be written: it is read-only; the old file is as it was" in said
        assert said.endswith("EXIT 2")
        assert path.read_bytes() == old
        assert aside.is_file()


def mode_of(path: Path) -> str:
    """Its permission bits."""
    return f"{path.stat().st_mode & 0o7777:o}"


@pytest.mark.parametrize("umask", [0o022, 0o077, 0o002])
def test_new_files_are_for_whom_the_umask_says(project: Project, umask: int) -> None:
    """A cassette, a body beside it and the ledger are made as any program makes files, folders too."""
    project.write(
        "test_a.py",
        f"import os; os.umask({umask})\n" + TESTS + "    requests.post('URL/2', data='x' * 150_000)\n",
    )
    assert project.run("--record-mode=once", "--cassette-ledger=l.json").ret == 0
    folder = project.root / "cassettes" / "a"
    bodies = [*(folder / "c.bodies").iterdir()]
    assert bodies
    assert {mode_of(path) for path in (folder / "c.yaml", *bodies)} == {f"{0o666 & ~umask:o}"}
    assert {mode_of(path) for path in (folder, folder / "c.bodies")} == {f"{0o777 & ~umask:o}"}
    assert mode_of(project.root / "l.json") == f"{0o666 & ~umask:o}"


@pytest.mark.skipif(
    sys.platform == "win32" or os.geteuid() != 0, reason="only root may give a file to somebody else"
)
def test_a_cassette_stays_whose_it_was(project: Project, recorded_once: bytes) -> None:
    """Recorded again by root (in a container, say), it has the owner, group and bits that it had."""
    path = project.root / "cassettes" / "a" / "c.yaml"
    path.write_bytes(recorded_once.replace(b"/1", b"/0"))
    os.chown(path, 4711, 4712)
    path.chmod(0o640)
    assert project.run("--record-mode=rewrite").ret == 0
    found = path.stat()
    assert recorded(project) == {"a/c.yaml": ["/1"]}
    assert (found.st_uid, found.st_gid, mode_of(path)) == (4711, 4712, "640")


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() != 0, reason="needs a group that is not ours")
def test_a_group_that_cannot_be_kept_is_given_nothing(project: Project, recorded_once: bytes) -> None:
    """Where the old group cannot be kept, the new one may not do more than everybody may."""
    path = project.root / "cassettes" / "a" / "c.yaml"
    path.write_bytes(recorded_once.replace(b"/1", b"/0"))
    os.chown(path, 0, 4712)
    path.chmod(0o664)
    NO_ROOT[1] += ",-chown"
    try:
        assert all_tests(project, "rewrite").endswith("EXIT 0")
    finally:
        NO_ROOT[1] = NO_ROOT[1].removesuffix(",-chown")
    assert (path.stat().st_gid, mode_of(path)) == (os.getgid(), "644")


def test_a_folder_that_gives_its_group(project: Project) -> None:
    """In a folder with the setgid bit, new cassettes and folders have its group, as other programs' have."""
    project.write("test_a.py", TESTS)
    folder = project.root / "cassettes"
    folder.mkdir()
    group = 4712 if os.geteuid() == 0 else os.getgid()
    os.chown(folder, -1, group)
    folder.chmod(0o2775)
    for mode in ("once", "rewrite"):
        assert project.run(f"--record-mode={mode}").ret == 0
        assert {path.stat().st_gid for path in folder.rglob("*")} == {group}
