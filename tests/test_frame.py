"""What is said in two places is the same in both: README, pyproject.toml, docs and code."""

from __future__ import annotations

import tomllib
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

from api_mocker import interceptors

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS = {
    name: [Requirement(line) for line in lines] for name, lines in PROJECT["optional-dependencies"].items()
}
REQUIRED = [Requirement(line) for line in PROJECT["dependencies"]]
PINNED = [*REQUIRED, *(each for name, extra in EXTRAS.items() if name != "all" for each in extra)]


def floor(requirement: Requirement) -> str:
    (lowest,) = (bound.version for bound in requirement.specifier if bound.operator == ">=")
    return lowest


def test_the_build_server_runs_what_the_readme_says() -> None:
    """The command in .ci/run stands in the README and in the guide for contributors, word for word."""
    lines = (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    (command,) = (line.strip() for line in lines if line.strip().startswith("python3 -m venv"))
    for page in ("README.md", "docs/contributing.md"):
        assert command in (ROOT / page).read_text(encoding="utf-8").splitlines(), (
            f"{page} does not say: {command}"
        )


@pytest.mark.parametrize("requirement", PINNED, ids=str)
def test_each_dependency_has_its_reason(requirement: Requirement) -> None:
    """docs/dependencies.md has a row for each library, with the floor that pyproject.toml declares."""
    page = (
        (ROOT / "docs" / "dependencies.md")
        .read_text(encoding="utf-8")
        .lower()
        .replace("backports.", "backports-")
    )
    rows = [row for row in page.splitlines() if row.startswith("|") and requirement.name in row]
    assert any(f" {floor(requirement)}" in row for row in rows), (
        f"no row with {requirement.name} {floor(requirement)}"
    )


def test_the_extra_all_is_all_of_them() -> None:
    """No extra is left out of `all`."""
    (everything,) = EXTRAS["all"]
    assert {*everything.extras, "all"} == set(EXTRAS)


def test_interceptors_and_extras_name_the_same_floors() -> None:
    """A client's oldest release is the same in its interceptor and in its extra."""
    served = {
        client: Version(oldest)
        for module in iter_modules(interceptors.__path__)
        if not module.name.startswith("_")
        for client, oldest in import_module(f"{interceptors.__name__}.{module.name}").CLIENTS.items()
    }
    declared = {
        each.name: Version(floor(each)) for extra in EXTRAS.values() for each in extra if each.name in served
    }
    assert declared == served
