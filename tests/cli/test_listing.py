"""``api-mocker cassette list``: order, totals, the largest bodies, and what was recorded twice."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from tests.cli.program import run, saved

from api_mocker import Headers, Interaction, Request, Response
from api_mocker._storage.files import bodies_folder

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime.now(UTC).replace(microsecond=0)


def asked(path: str, size: int = 10, days: int = 0, date: str = "a") -> Interaction:
    """A GET whose answer has this many bytes and was recorded so many days ago."""
    headers = Headers((("Content-Type", "text/plain"), ("Date", date)))
    response = Response(200, headers, b"x" * size, "OK")
    return Interaction(
        Request("GET", f"https://{path}"), response, None, NOW - timedelta(days=days, minutes=1)
    )


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Three cassettes, no two of which come in the same place by everything."""
    saved(tmp_path, "a.yaml", [asked("one/", 3000, days=3)], "tests/test_a.py::test_a")
    saved(tmp_path, "b.yaml", [asked("two/", days=9), asked("one/", 3000, 1, "b"), asked("two/", days=9)])
    saved(tmp_path, "c.yaml", [asked("three/", 200_000), asked("four/")])
    return tmp_path


LISTED = """\
cassette           test                     interactions      size  recorded    hosts
cassettes/a.yaml   tests/test_a.py::test_a             1    3.3 kB  3 days ago  one
cassettes/b.yaml                                       3    3.6 kB  1 day ago   two, one
cassettes/c.yaml                                       2  200.5 kB  today       three, four
3 cassettes, 6 interactions, 207.4 kB

largest bodies
 200.0 kB text/plain, response of GET https://three/
           cassettes/c.yaml, interaction 1
   3.0 kB text/plain, response of GET https://one/
           cassettes/a.yaml, interaction 1
   3.0 kB text/plain, response of GET https://one/
           cassettes/b.yaml, interaction 2

recorded more than once, but for noise
       2x GET https://one/
           cassettes/a.yaml, interaction 1
           cassettes/b.yaml, interaction 2
       2x GET https://two/
           cassettes/b.yaml, interaction 1
           cassettes/b.yaml, interaction 3
"""


def test_the_listing(project: Path) -> None:
    """Cassettes in a table, their totals, the largest bodies, and what is the same but for noise."""
    listed = run(project, "cassette", "list", "cassettes")
    shown = [" ".join(line.split()) for line in listed.stdout.splitlines()]
    assert shown == [" ".join(line.split()) for line in LISTED.splitlines()]
    assert listed.returncode == 0


@pytest.mark.parametrize(
    ("sort", "order"),
    [("name", "abc"), ("size", "cba"), ("age", "abc"), ("interactions", "bca")],
)
def test_cassettes_are_sorted(project: Path, sort: str, order: str) -> None:
    """By name, or with the largest, the longest untouched or the fullest first; in JSON too."""
    listed = run(project, "cassette", "list", "cassettes", "--sort", sort)
    rows = [line for line in listed.stdout.splitlines() if line.startswith("cassettes/")]
    assert "".join(row[len("cassettes/")] for row in rows) == order
    answer = json.loads(run(project, "cassette", "list", "--sort", sort, "--format", "json").stdout)
    assert [one["path"] for one in answer["cassettes"]] == [f"cassettes/{name}.yaml" for name in order]


def test_the_listing_as_json(project: Path) -> None:
    """All bodies and duplicates, with their places."""
    answer = json.loads(run(project, "cassette", "list", "--format", "json").stdout)
    assert answer["total"]["interactions"] == 6
    assert bodies_folder(project / "cassettes" / "c.yaml").is_dir()
    assert answer["total"]["bytes"] > 200_000
    assert answer["largest_bodies"][0] == {
        "path": "cassettes/c.yaml",
        "interaction": 1,
        "bytes": 200_000,
        "type": "text/plain",
        "of": "response",
        "request": "GET https://three/",
    }
    assert answer["duplicates"][0] == {
        "request": "GET https://one/",
        "places": [
            {"path": "cassettes/a.yaml", "interaction": 1},
            {"path": "cassettes/b.yaml", "interaction": 2},
        ],
    }
