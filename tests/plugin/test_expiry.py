"""``max_age``: recordings that are played past their time are named, and never recorded again by themselves."""

from __future__ import annotations

import re
import warnings
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import requests
from tests.plugin.conftest import INI

from api_mocker import ApiMockerWarning, CassetteExpired, use_cassette
from api_mocker._core.age import duration, in_days, spelled

if TYPE_CHECKING:
    from pathlib import Path

    from tests.plugin.conftest import Project

TEST = """
import pytest, requests

@pytest.mark.cassette({options})
def test_a():
    requests.get("URL/a")
"""
OLD = "2020-01-31T12:00:00Z"


def record(project: Project, options: str = "", *, at: str = OLD) -> str:
    """Records the test's cassette, and dates it back; its text."""
    project.write("test_a.py", TEST.format(options=options))
    project.run("--record-mode=once").assert_outcomes(passed=1)
    project.service.stop()
    path = project.root / "cassettes" / "test_a" / "test_a.yaml"
    text = re.sub("(?<=recorded_at: ').*(?=')", at, path.read_text("utf-8"))
    path.write_text(text, "utf-8")
    return text


def test_old_recordings_warn(project: Project) -> None:
    """The test passes, with a warning that names cassette, interaction, age and the way out."""
    text = record(project)
    project.write("pyproject.toml", f'{INI}[tool.api_mocker]\nmax_age = "30d"\n')
    for mode in ("none", "once", "new_episodes"):
        result = project.run(f"--record-mode={mode}")
        result.assert_outcomes(passed=1, warnings=1)
        result.stdout.fnmatch_lines(
            [
                "*ApiMockerWarning: 1 interaction that was played here may be out of date (max_age = 30d): cass*",
                "*the oldest: interaction 1 (line *): GET http://127.0.0.1:*/a, recorded * days ago",
                "*To record anew:  pytest --record-mode=rewrite test_a.py::test_a",
            ]
        )
        assert [*project.cassettes().values()] == [text]


def test_old_recordings_fail_where_they_are_to(project: Project) -> None:
    """``on_expiry = "fail"``, in the project or in a marker, fails the test; the file stays."""
    text = record(project, 'max_age="1d", on_expiry="fail"')
    result = project.run()
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["*may be out of date (max_age = 1d)*"])
    assert [*project.cassettes().values()] == [text]


@pytest.mark.parametrize("options", ["", 'max_age="4000w"', "max_age=None"])
def test_recordings_that_may_be_as_old_pass(project: Project, options: str) -> None:
    """Without max_age nothing ages, and a marker may allow more than the project does."""
    record(project, options)
    if options:
        project.write("pyproject.toml", f'{INI}[tool.api_mocker]\nmax_age = "30d"\non_expiry = "fail"\n')
    project.run("-W", "error").assert_outcomes(passed=1)


def test_without_pytest(tmp_path: Path) -> None:
    """The block ends with the error, or warns, with the cassettes that are only read as well."""
    path = tmp_path / "a.yaml"
    path.write_text(
        "# api-mocker cassette\ncassette: 1\n---\nrequest:\n  method: GET\n  url: http://a.invalid/\n"
        f"response:\n  status: 204\nrecorded_at: '{OLD}'\n...\n",
        "utf-8",
    )
    other = tmp_path / "other.yaml"
    other.write_text(path.read_text("utf-8").replace("a.invalid", "b.invalid"), "utf-8")

    @use_cassette(path, other, max_age="30d", on_expiry="fail")
    def play() -> None:
        requests.get("http://a.invalid/", timeout=5)
        requests.get("http://b.invalid/", timeout=5)

    with pytest.raises(CassetteExpired, match=r"a\.yaml\n(.*\n)*.*other\.yaml"):
        play()
    with pytest.warns(ApiMockerWarning, match="out of date"), use_cassette(path, max_age="30d"):
        requests.get("http://a.invalid/", timeout=5)
    with warnings.catch_warnings(), use_cassette(path, max_age="30d", unused="ignore"):
        warnings.simplefilter("error")  # what nobody played is nobody's business


@pytest.mark.parametrize(
    ("text", "length", "again"),
    [
        ("30d", timedelta(days=30), "30d"),
        ("8w", timedelta(weeks=8), "56d"),
        ("48h", timedelta(hours=48), "2d"),
        ("90m", timedelta(minutes=90), "90m"),
        ("1s", timedelta(seconds=1), "1s"),
    ],
)
def test_durations_are_read_and_written(text: str, length: timedelta, again: str) -> None:
    """What is written reads the same."""
    assert duration(text) == length
    assert spelled(length) == again
    assert duration(again) == length


@pytest.mark.parametrize("text", ["", "30", "d", "0d", "-1d", "1.5d", "30 d", "30D", "1y", "999999999w"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    """A number and a unit, and nothing else."""
    with pytest.raises(ValueError, match=r"such as|live to see"):
        duration(text)


def test_ages_are_for_people() -> None:
    """Days, and hours below one."""
    lengths = [timedelta(days=45, hours=3), timedelta(days=1), timedelta(hours=5), timedelta(minutes=5)]
    assert [in_days(length) for length in lengths] == ["45 days", "1 day", "5 hours", "0 hours"]
