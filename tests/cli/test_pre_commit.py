"""The hooks for pre-commit, run by pre-commit itself on commits of a real repository."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml
from tests.cli.program import saved
from tests.cli.test_secrets import GITHUB, LEAKY, SECRET

if TYPE_CHECKING:
    from collections.abc import Callable

    Run = Callable[..., subprocess.CompletedProcess[str]]

MANIFEST = Path(__file__).parents[2] / ".pre-commit-hooks.yaml"
RECORDED = Path(__file__).parents[1] / "foreign_cassettes"
HOOKS = {hook["id"]: hook for hook in yaml.safe_load(MANIFEST.read_text("utf-8"))}


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Runs a program in a repository whose hooks are ours, without an environment of their own."""
    folder = Path(sys.executable).parent
    # No user's or machine's settings for Git; the stores of pre-commit are the test's own.
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "PRE_COMMIT"))},
        "PATH": os.pathsep.join([str(folder), os.environ["PATH"]]),
        "HOME": str(tmp_path / "home"),
        "PRE_COMMIT_HOME": str(tmp_path / "home"),
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_SYSTEM": os.devnull,
    }
    project = tmp_path / "project"
    project.mkdir()

    def in_project(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            words, cwd=project, env=environment, capture_output=True, text=True, encoding="utf-8", check=False
        )

    assert in_project("git", "init", "-q").returncode == 0
    (project / "pyproject.toml").write_text("", "utf-8")
    return in_project


def configured(project: Path, *names: str) -> None:
    """Has the repository use these hooks of the manifest."""
    hooks = [{**HOOKS[name], "language": "system"} for name in names]
    text = json.dumps({"repos": [{"repo": "local", "hooks": hooks}]})  # JSON is YAML
    (project / ".pre-commit-config.yaml").write_text(text, "utf-8")


def test_the_manifest_is_one() -> None:
    """As pre-commit reads it."""
    words = [sys.executable, "-m", "pre_commit", "validate-manifest", str(MANIFEST)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert {hook["language"] for hook in HOOKS.values()} == {"python"}


def test_a_commit_with_a_secret_is_refused(tmp_path: Path, run: Run) -> None:
    """The finding says where; the secret itself is in no output, and other files are no business of the hook."""
    project = tmp_path / "project"
    configured(project, "api-mocker-check")
    saved(project, "leaky.yaml", LEAKY)
    (project / "compose.yaml").write_text(f"password: {SECRET}\n", "utf-8")
    run("git", "add", ".")
    done = run("pre-commit", "run")
    assert done.returncode == 1, done.stderr
    assert "cassettes/leaky.yaml:12: secret (interaction 1): response body $.access_token" in done.stdout
    assert "4 findings in 1 of 1 cassette" in done.stdout
    for secret in (SECRET, GITHUB):
        assert secret not in done.stdout + done.stderr


def test_the_other_hook_hides_it(tmp_path: Path, run: Run) -> None:
    """It changes the file, which pre-commit takes for a failure; once that is added, the commit may pass."""
    project = tmp_path / "project"
    configured(project, "api-mocker-redact", "api-mocker-check")
    path = saved(project, "leaky.yaml", LEAKY)
    run("git", "add", ".")
    done = run("pre-commit", "run")
    assert done.returncode == 1
    assert "files were modified by this hook" in done.stdout
    assert SECRET not in path.read_text("utf-8") + done.stdout
    run("git", "add", ".")
    again = run("pre-commit", "run")
    assert again.returncode == 0, again.stdout


def test_recordings_of_other_tools_are_looked_at_too(tmp_path: Path, run: Run) -> None:
    """Under whatever name they lie there; what is no recording is left alone, and fails no commit."""
    project = tmp_path / "project"
    configured(project, "api-mocker-check")
    folder = project / "cassettes"
    folder.mkdir()
    (folder / "package.json").write_text('{"password": "none of our business"}', "utf-8")
    (folder / "compose.yml").write_text("services: {}\n", "utf-8")
    run("git", "add", ".")
    done = run("pre-commit", "run")
    assert done.returncode == 0, done.stdout
    for name in ("vcrpy.yaml", "browser.har", "betamax.json"):
        shutil.copy(RECORDED / name, folder / name.replace("yaml", "yml"))
    run("git", "add", ".")
    done = run("pre-commit", "run")
    assert done.returncode == 1
    for name in ("vcrpy.yml", "browser.har", "betamax.json"):
        assert f"cassettes/{name}:" in done.stdout
    configured(project, "api-mocker-redact", "api-mocker-check")
    run("git", "add", ".")
    assert run("pre-commit", "run").returncode == 1
    run("git", "add", ".")
    again = run("pre-commit", "run")
    assert again.returncode == 0, again.stdout


def test_a_commit_without_cassettes_runs_nothing(tmp_path: Path, run: Run) -> None:
    """The hooks look at what is in folders of cassettes."""
    configured(tmp_path / "project", *HOOKS)
    (tmp_path / "project" / "a.yaml").write_text("a: 1\n", "utf-8")
    run("git", "add", ".")
    done = run("pre-commit", "run")
    assert done.returncode == 0
    assert done.stdout.count("(no files to check)") == 2
