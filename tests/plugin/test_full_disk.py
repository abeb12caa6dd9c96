"""A disk that is full: a small one, mounted where nobody else sees it, with a project on it or parts of one."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING

import pytest
from tests.plugin.conftest import QUIET
from tests.unit.interactions import interaction

from api_mocker._storage import files, schema
from api_mocker._storage.emit import emit

if TYPE_CHECKING:
    from pathlib import Path

    from tests.plugin.conftest import Project

SIZE = 640  # KiB of the disk

RUN = f"""
set -e
disk=$1 root=$2 parts=$3 steps=$4
mount -t tmpfs -o size={SIZE}k,nr_inodes=400 none "$disk"
for part in $parts; do
    mkdir -p "$disk/$part" "$root/$part"
    cp -a "$root/$part/." "$disk/$part"
    mount --bind "$disk/$part" "$root/$part"
done
cd "$root"
fill() {{ dd if=/dev/zero of="$disk/filling" bs=1k 2>/dev/null || true; }}
free() {{ rm -f "$disk/filling"; }}
set +e
eval "$steps"
free
for part in $parts; do
    mkdir -p "$root/after/$part"
    cp -a "$disk/$part/." "$root/after/$part"
done
"""


@cache
def why_not() -> str:
    """Why no disk can be mounted here; nothing where it can."""
    if not sys.platform.startswith("linux"):
        return "a disk of its own is mounted on Linux only"
    if os.geteuid() != 0:
        return "only root may mount a disk; tests/unit/test_files.py has one that a limit makes full"
    try:
        done = subprocess.run(
            ["unshare", "-m", "mount", "-t", "tmpfs", "none", "/mnt"], capture_output=True, check=False
        )
    except FileNotFoundError:
        return "there is no program `unshare`"
    return "" if done.returncode == 0 else f"a disk cannot be mounted here: {done.stderr.decode().strip()}"


@pytest.fixture
def disk(project: Project) -> Disk:
    """A project of which parts are to be on a small disk."""
    if reason := why_not():
        pytest.skip(reason)
    return Disk(project)


class Disk:
    """Runs shell commands in a project of which some folders are on a small disk of their own."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.mount = project.root.parent / f"{project.root.name}-disk"
        self.mount.mkdir()

    def run(self, parts: str, *steps: str) -> str:
        """What they print; `fill` and `free` are the disk's. What is on it then is in the folder ``after``."""
        done = subprocess.run(
            ["unshare", "-m", "bash", "-c", RUN, "-", self.mount, self.project.root, parts, "\n".join(steps)],
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
        )
        said = done.stdout + done.stderr
        assert done.returncode == 0, said
        assert "Traceback" not in said
        assert "INTERNALERROR" not in said
        return said

    def pytest(self, *args: str) -> str:
        """The command that runs the project's tests."""
        return shlex.join([sys.executable, "-m", "pytest", "--color=no", *QUIET, *args]) + "; echo EXIT $?"

    def program(self, *args: str) -> str:
        """The command that runs ours."""
        return shlex.join([sys.executable, "-m", "api_mocker", *args]) + "; echo EXIT $?"

    def after(self, name: str) -> dict[str, bytes]:
        """What was on the disk at the end, below one of its folders."""
        return held(self.project.root / "after" / name)


def held(folder: Path) -> dict[str, bytes]:
    """Every file below a folder."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


TESTS = """
import pytest, requests

@pytest.mark.cassette("old")
def test_old():
    for n in range(3):
        assert requests.post(f"URL/{n}", data="x" * 30_000).ok

@pytest.mark.cassette("new")
def test_new():
    assert requests.post("URL/new", data="y" * 30_000).ok

@pytest.mark.cassette("bodies")
def test_bodies():
    assert requests.post("URL/large", data="z" * 150_000).ok
"""


def old_cassette(project: Project) -> dict[str, bytes]:
    """Records one test, and returns what is in the folder of cassettes."""
    project.write("test_a.py", TESTS)
    assert project.run("--record-mode=once", "-k", "test_old").ret == 0
    return held(project.root / "cassettes")


@pytest.mark.parametrize("mode", ["rewrite", "new_episodes"])
def test_cassettes_on_a_full_disk(disk: Disk, mode: str) -> None:
    """New, re-recorded, added to or with bodies beside it: the error says so, the old file is as it was, all is set aside."""
    project = disk.project
    before = old_cassette(project)
    project.write("test_a.py", TESTS.replace('data="x"', 'data="X"'))
    said = disk.run("cassettes", "fill", disk.pytest(f"--record-mode={mode}"))
    assert said.count("cannot be written: the disk is full; the old file is as it was") >= 3
    assert "EXIT 1" in said
    assert disk.after("cassettes") == before
    assert project.aside() == ["cassettes/bodies.yaml", "cassettes/new.yaml", "cassettes/old.yaml"]
    assert [path.name for path in project.root.rglob("*.bodies")] == ["bodies.bodies"]
    done = project.pytester.run(sys.executable, "-m", "api_mocker", "cassette", "accept", "--all")
    assert done.ret == 0
    project.service.stop()
    project.run().assert_outcomes(passed=3)


def test_all_of_the_project_on_a_full_disk(disk: Disk) -> None:
    """Where nothing can be set aside either, that is said, also behind a failure of the test's own; the old file is as it was."""
    project = disk.project
    before = old_cassette(project)
    project.write(
        "test_a.py",
        TESTS + "\n@pytest.mark.cassette\ndef test_bad():\n    requests.get('URL/bad'); assert 0\n",
    )
    said = disk.run("cassettes .api_mocker", "fill", disk.pytest("--record-mode=rewrite"))
    assert "EXIT 1" in said
    assert said.count("the disk is full; the old file is as it was") >= 3
    assert said.count("What was recorded is not set aside:") >= 3
    assert ".api_mocker/failed/cassettes/test_a/test_bad.yaml cannot be written: the disk is full" in said
    assert disk.after("cassettes") == before
    assert not [name for name in disk.after(".api_mocker") if "/cassettes/" in name]


def test_space_comes_back(disk: Disk) -> None:
    """A disk that is full for a while costs the recordings of that while; what comes after is committed, and whole."""
    project = disk.project
    (project.root / "cassettes").mkdir()
    project.write("test_a.py", TESTS)
    project.write(
        "conftest.py",
        f"""
import os, pathlib, pytest

@pytest.fixture(autouse=True)
def _disk(request, _api_mocker_use):
    filling = pathlib.Path({str(disk.mount)!r}) / "filling"
    yield
    if request.node.name == "test_new":
        try:
            filling.write_bytes(b"x" * 1_000_000)
        except OSError:
            pass
    else:
        filling.unlink(missing_ok=True)
""",
    )
    said = disk.run("cassettes", disk.pytest("--record-mode=once", "-v"))
    assert said.count("/new.yaml cannot be written: the disk is full") >= 1
    assert "EXIT 1" in said
    assert sorted(name for name in disk.after("cassettes") if name.endswith(".yaml")) == [
        "bodies.yaml",
        "old.yaml",
    ]
    assert project.aside() == ["cassettes/new.yaml"]


def test_a_ledger_on_a_full_disk(disk: Disk) -> None:
    """The run goes on without one, says so where one was asked for, and leaves no half of one."""
    project = disk.project
    before = old_cassette(project)
    for folder in (".pytest_cache", "ledgers"):
        (project.root / folder).mkdir()
    project.write("ledgers/l.json", "old")
    cached = [word for word in QUIET if "cacheprovider" not in word][:-1]
    run = shlex.join([sys.executable, "-m", "pytest", "-k", "test_old", "-p", "no:randomly", *cached])
    said = disk.run(
        ".pytest_cache ledgers",
        "fill",
        f"{run}; echo EXIT $?",
        f"{run} --cassette-ledger=ledgers/l.json; echo EXIT $?",
    )
    assert "EXIT 0" in said
    assert "EXIT 1" in said
    assert "--cassette-ledger: ledgers/l.json cannot be written: No space left on device" in said
    assert disk.after("ledgers") == {"l.json": b"old"}
    assert not [name for name in disk.after(".pytest_cache") if "ledger" in name]
    assert held(project.root / "cassettes") == before


def test_commands_on_a_full_disk(disk: Disk) -> None:
    """`accept`, `prune` and `redact` say so in one line, and leave cassettes and recordings as they were."""
    project = disk.project
    folder = project.root / "cassettes"
    project.write("test_a.py", "def test_nothing(): pass\n")
    items = [interaction(f"https://h/{n}", b"x" * 30_000) for n in range(4)]
    head = emit(schema.header(None))
    old = replace(items[0], recorded_at=datetime(2001, 1, 1, tzinfo=UTC))
    files.save(folder / "pruned.yaml", head, [*items, old], opened=None, root=project.root)
    secret = interaction("https://h/s?access_token=s3cr3t-Value-4711", b"x" * 30_000)
    files.save(folder / "secret.yaml", head, [secret, *items], opened=None, root=project.root)
    for name in ("accepted", "made"):
        aside = project.root / ".api_mocker" / "failed" / "cassettes" / f"{name}.yaml"
        files.save(aside, head, items, opened=None, root=project.root)
    before, waits = held(folder), held(project.root / ".api_mocker" / "failed")
    said = disk.run(
        "cassettes",
        "fill",
        disk.program("cassette", "accept", "--all"),
        disk.program("cassette", "prune", "--write", "--older-than", "5000d", "cassettes/pruned.yaml"),
        disk.program("cassette", "redact", "--write", "cassettes/secret.yaml"),
    )
    assert said.count("EXIT 2") == 3
    assert said.count("the disk is full; the old file is as it was") == 4
    assert disk.after("cassettes") == before
    assert held(project.root / ".api_mocker" / "failed") == waits


def test_migrating_on_a_full_disk(disk: Disk) -> None:
    """A cassette of an older format stays one, byte for byte."""
    project = disk.project
    items = [interaction(f"https://h/{n}", b"x" * 30_000) for n in range(4)]
    path = project.root / "cassettes" / "c.yaml"
    files.save(path, emit(schema.header(None)), items, opened=None, root=project.root)
    before = held(path.parent)
    # The format's next version, as a program of a later day would know it.
    project.write(
        "later.py",
        "from api_mocker._storage import schema\nschema.VERSION = 2\nschema.UPGRADES[1] = lambda document: document\n"
        "from api_mocker.cli import main\nmain()\n",
    )
    said = disk.run("cassettes", "fill", f"{sys.executable} later.py cassette migrate; echo EXIT $?")
    assert "EXIT 2" in said
    assert "cassettes/c.yaml cannot be written: the disk is full; the old file is as it was" in said
    assert disk.after("cassettes") == before
