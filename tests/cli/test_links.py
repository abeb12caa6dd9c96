"""Cassettes that are links within their project: commands write where they lead, and the links stay."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from tests.cli.program import run
from tests.unit.interactions import interaction

from api_mocker._storage import files, schema
from api_mocker._storage.emit import emit
from api_mocker._storage.files import CassetteFile

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from api_mocker import Interaction

LARGE = bytes(range(256)) * 600
OLD = replace(interaction("https://h/old", answer=LARGE), recorded_at=datetime(2001, 1, 1, tzinfo=UTC))
SECRET = interaction("https://h/s?access_token=s3cr3t-Value-4711")


def held(path: Path) -> list[str]:
    """The URLs in a cassette, all of it read."""
    return [entry.interaction.request.url for entry in CassetteFile(path).entries()]


def linked(root: Path, items: Sequence[Interaction]) -> tuple[Path, Path]:
    """A cassette elsewhere in the project, and a link to it in the cassette folder."""
    (root / "pyproject.toml").write_text("")
    real = root / "shared" / "real.yaml"
    files.save(real, emit(schema.header(None)), items, opened=None, root=root)
    link = root / "cassettes" / "c.yaml"
    link.parent.mkdir()
    link.symlink_to("../shared/real.yaml")
    return link, real


@pytest.mark.parametrize(
    ("words", "left"),
    [
        (("prune", "--write", "--older-than", "5000d"), ["https://h/s?access_token=s3cr3t-Value-4711"]),
        (("redact", "--write"), ["https://h/old", "https://h/s?access_token=<redacted:access_token:1>"]),
    ],
)
def test_a_command_writes_behind_the_link(tmp_path: Path, words: Sequence[str], left: Sequence[str]) -> None:
    """`prune` and `redact` change what the link leads to, with the bodies beside it, and the link stays one."""
    link, real = linked(tmp_path, [OLD, SECRET])
    done = run(tmp_path, "cassette", *words, "cassettes/c.yaml")
    assert done.returncode == 0, done.stderr
    assert link.is_symlink()
    assert held(link) == held(real) == left
    assert sorted(path.name for path in link.parent.iterdir()) == ["c.yaml"]


def test_migrating_behind_the_link(tmp_path: Path) -> None:
    """`migrate` brings what the link leads to to the newest version; the link stays one."""
    link, real = linked(tmp_path, [OLD, SECRET])
    (tmp_path / "later.py").write_text(
        "from api_mocker._storage import schema\nschema.VERSION = 2\nschema.UPGRADES[1] = lambda document: document\n"
        "from api_mocker.cli import main\nmain()\n"
    )
    from subprocess import run as spawn
    from sys import executable

    spawn([executable, "later.py", "cassette", "migrate"], cwd=tmp_path, check=True, capture_output=True)
    assert link.is_symlink()
    assert b"\ncassette: 2\n" in real.read_bytes()
    assert len([*real.parent.glob("real.bodies/*")]) == 1


def test_accepting_behind_the_link(tmp_path: Path) -> None:
    """`accept` puts a recording, and the bodies beside it, where the link leads; the link stays one."""
    link, real = linked(tmp_path, [SECRET])
    opened = CassetteFile(link)
    from api_mocker._storage.waiting import put_aside

    put_aside(link, opened.head, [OLD], tmp_path, opened=opened)
    done = run(tmp_path, "cassette", "accept", "--all")
    assert done.returncode == 0, done.stderr
    assert link.is_symlink()
    assert held(link) == held(real) == ["https://h/old"]
    assert not [*(tmp_path / ".api_mocker" / "failed").rglob("*.yaml")]


def test_a_link_that_leads_nowhere(tmp_path: Path) -> None:
    """A dangling link is an error of the commands that were asked for it, and stays as it is."""
    link, real = linked(tmp_path, [SECRET])
    real.unlink()
    for words in (("prune", "--write"), ("redact", "--write"), ("migrate",), ("check",)):
        done = run(tmp_path, "cassette", *words, "cassettes/c.yaml")
        assert done.returncode == 2, words
        assert "Traceback" not in done.stderr
        assert done.stderr.count("\n") <= 4
    assert link.is_symlink()
    assert not real.exists()


@pytest.mark.parametrize("place", ["{outside}/c.yaml", "../outside/c.yaml", "cassettes/out/c.yaml"])
def test_a_recording_that_names_a_place_elsewhere(tmp_path: Path, place: str) -> None:
    """What waits says which cassette it is for; where that lies outside of the project, nothing is put there."""
    root, outside = tmp_path / "project", tmp_path / "outside"
    for folder in (root / "cassettes", outside):
        folder.mkdir(parents=True)
    (root / "pyproject.toml").write_text("")
    (root / "cassettes" / "out").symlink_to(outside)
    waits = root / ".api_mocker" / "review" / "cassettes" / "c.yaml"
    files.save(waits, emit(schema.header(None)), [SECRET], opened=None, root=root)
    with waits.open("a") as file:
        file.write(f'# waits for: "{place.format(outside=outside)}"\n# replaces: nothing\n')
    before = waits.read_bytes()
    done = run(root, "cassette", "accept", "--all")
    assert done.returncode == 2
    assert "lies outside of the project, and nothing is put there" in done.stderr
    assert "Traceback" not in done.stderr
    assert waits.read_bytes() == before
    assert [*outside.iterdir()] == []
    assert run(root, "cassette", "reject", "--all").returncode == 0
