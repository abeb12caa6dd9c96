"""``api-mocker config``: what holds, and who said so."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.cli.program import run

if TYPE_CHECKING:
    from pathlib import Path

PROJECT = """
[tool.api_mocker]
cassette_dir = "tests/cassettes"
record_mode = "once"
ignore = ["query:ts"]
max_age = "12w"
auto = true

[tool.api_mocker.redact]
env = ["SHOP_SECRET"]
"""

SHOWN = """\
option value from
cassette_dir "tests/cassettes" pyproject.toml
record_mode "none" API_MOCKER_RECORD_MODE
match_on ["method", "scheme", "host", "port", "path", "query", "body"] default
ignore ["query:ts"] pyproject.toml
repeat "error" default
order "any" default
unused "error" default
delays "virtual" default
auto true pyproject.toml
passthrough [] default
block_network false default
allowed_hosts [] default
record_errors false default
max_age "84d" pyproject.toml
on_expiry "warn" default
review false default
redact { env = ["SHOP_SECRET"] } pyproject.toml
"""


def test_each_option_says_where_it_comes_from(tmp_path: Path) -> None:
    """Default, pyproject.toml or environment, from anywhere in the project; values of secrets are not shown."""
    (tmp_path / "pyproject.toml").write_text(PROJECT, "utf-8")
    (tmp_path / "below").mkdir()
    environment = {"API_MOCKER_RECORD_MODE": "none", "SHOP_SECRET": "hunter2"}
    shown = run(tmp_path / "below", "config", **environment)
    first, *lines = shown.stdout.splitlines()
    assert first == f"project {tmp_path.as_posix()}"
    assert [" ".join(line.split()) for line in lines] == SHOWN.splitlines()
    assert "hunter2" not in shown.stdout + run(tmp_path, "config", "--format", "json", **environment).stdout


def test_the_options_as_json(tmp_path: Path) -> None:
    """The same for programs."""
    (tmp_path / "pyproject.toml").write_text(PROJECT, "utf-8")
    shown = json.loads(run(tmp_path, "config", "--format", "json", CI="true").stdout)
    assert (shown["root"], shown["ci"]) == (tmp_path.as_posix(), True)
    assert shown["options"]["record_mode"] == {
        "value": "once",
        "from": "pyproject.toml",
        "where": "pyproject.toml [tool.api_mocker]",
    }
    assert shown["options"]["max_age"]["value"] == "84d"
    assert shown["options"]["order"] == {"value": "any", "from": "default", "where": None}
    assert "CI is set" in run(tmp_path, "config", CI="1").stdout


def test_without_a_project_the_defaults_hold(tmp_path: Path) -> None:
    """No pyproject.toml, no mistake."""
    shown = json.loads(run(tmp_path, "config", "--format", "json").stdout)
    assert {option["from"] for option in shown["options"].values()} == {"default"}


def test_a_mistake_in_the_project_is_said(tmp_path: Path) -> None:
    """One message, exit code 2."""
    (tmp_path / "pyproject.toml").write_text('[tool.api_mocker]\nmax_age = "30"\n', "utf-8")
    shown = run(tmp_path, "config")
    assert shown.stderr.startswith(
        "Error: pyproject.toml [tool.api_mocker]: max_age must be a number and one of"
    )
    assert shown.returncode == 2
    assert "record mode" in run(tmp_path.parent, "config", API_MOCKER_RECORD_MODE="onec").stderr
