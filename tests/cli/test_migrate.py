"""``api-mocker cassette migrate``: the mechanism, with an upgrade that a later version might have."""

from __future__ import annotations

import json
import subprocess
import sys
from textwrap import dedent
from typing import TYPE_CHECKING

import pytest
from tests.cli.program import run

from api_mocker._storage import schema

if TYPE_CHECKING:
    from pathlib import Path

LATER = """
import sys
from api_mocker._storage import schema
from api_mocker.cli import main

def upgrade(document):
    # version 2 spells methods in upper case
    document["request"]["method"] = document["request"]["method"].upper()
    return document

schema.VERSION = 2
schema.UPGRADES[1] = upgrade
main(sys.argv[1:])
"""
"""The program as version 2 of the format would have it."""

OLD = """\
# api-mocker cassette
# recorded by hand
cassette: 1 # the first
test: tests/test_a.py::test_a
---
# stays as it is: "quotes" and all
request: {url: "https://a/", method: GET}
response: {status: 204}
recorded_at: 2026-11-20T20:15:00Z
--- # a comment
request:
  method: get
  url: https://a/b
response:
  status: 200
  headers:
    Content-Type: text/plain
    X-Number: '017'
  body:
    text: |
      on
  chunks: [1, 2]
  truncated: true
recorded_at: '2026-11-20T20:15:00Z'
...
"""
NEW = (
    OLD.replace("cassette: 1 #", "cassette: 2 #")
    .replace("--- # a comment\n", "---\n")
    .replace("method: get", "method: GET")
)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with a cassette of version 1, one of version 2, and another file."""
    folder = tmp_path / "cassettes"
    folder.mkdir()
    (folder / "old.yaml").write_text(OLD, "utf-8")
    (folder / "new.yaml").write_text(NEW, "utf-8")
    (folder / "other.yaml").write_text("services: {}\n", "utf-8")
    return tmp_path


def later(project: Path, *args: str) -> subprocess.CompletedProcess[str]:
    """Runs the later program."""
    return subprocess.run(
        [sys.executable, "-c", LATER, *args], cwd=project, capture_output=True, text=True, check=False
    )


def texts(project: Path) -> dict[str, str]:
    """All cassettes and what is beside them."""
    return {path.name: path.read_text("utf-8") for path in (project / "cassettes").iterdir()}


def test_what_is_older_is_rewritten(project: Path) -> None:
    """The version, and the documents that the upgrade changes; all else keeps its bytes, comments included."""
    migrated = later(project, "cassette", "migrate")
    assert migrated.stdout == dedent("""\
        cassettes/old.yaml: version 1 is now 2, 1 of 2 interactions written anew
        1 cassette of version 2 left as it is
        """)
    assert migrated.stderr == "cassettes/other.yaml: no cassette, left alone\n"
    assert migrated.returncode == 0
    assert texts(project) == {"old.yaml": NEW, "new.yaml": NEW, "other.yaml": "services: {}\n"}
    assert later(project, "cassette", "migrate", "--check").returncode == 0


def test_check_writes_nothing(project: Path) -> None:
    """--check says what would be done, and exits with 1 when there is something."""
    before = texts(project)
    checked = later(project, "cassette", "migrate", "--check", "--format", "json")
    assert json.loads(checked.stdout) == {
        "version": 2,
        "checked": 2,
        "written": False,
        "migrated": [{"path": "cassettes/old.yaml", "version": 1, "interactions": 2, "changed": 1}],
        "others": ["cassettes/other.yaml"],
    }
    assert checked.returncode == 1
    assert texts(project) == before


def test_what_is_older_is_read_as_it_is(project: Path) -> None:
    """An older version needs no migration to be shown, or played."""
    shown = later(project, "cassette", "show", "cassettes/old.yaml", "--no-bodies")
    assert "  2  GET https://a/b\n" in shown.stdout
    assert texts(project)["old.yaml"] == OLD


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (OLD.removesuffix("...\n"), "does not end with '...'"),
        (OLD.replace("  status: 200", "  status: no"), "response.status must be a whole number"),
    ],
)
def test_what_cannot_be_read_is_left_alone(project: Path, text: str, said: str) -> None:
    """A broken cassette is trouble and stays; the others are migrated all the same."""
    (project / "cassettes" / "broken.yaml").write_text(text, "utf-8")
    migrated = later(project, "cassette", "migrate")
    assert said in migrated.stderr
    assert migrated.returncode == 2
    assert texts(project)["broken.yaml"] == text
    assert texts(project)["old.yaml"] == NEW


def test_there_is_one_version_now(project: Path) -> None:
    """The program as it is has nothing to migrate."""
    (project / "cassettes" / "new.yaml").unlink()
    before = texts(project)
    migrated = run(project, "cassette", "migrate")
    assert migrated.stdout == "1 cassette of version 1 left as it is\n"
    assert texts(project) == before
    assert schema.UPGRADES == {}
