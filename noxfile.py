"""What is checked, and how: `nox -l` lists it, `nox` runs what every change must pass.

The law of this file: versions, extras and groups stand in pyproject.toml and are read from there,
and a session needs the package index and nothing else of the network.
"""

from __future__ import annotations

from pathlib import Path

import nox
from packaging.requirements import Requirement

nox.needs_version = ">=2025.2.9"
nox.options.default_venv_backend = "virtualenv"
# Here and on a build server alike: `nox -s matrix` runs what this machine has.
nox.options.error_on_missing_interpreters = False

PYPROJECT = nox.project.load_toml("pyproject.toml")
PYTHONS = nox.project.python_versions(PYPROJECT)
PROJECT = ".[all]"


def group(*names: str) -> tuple[str, ...]:
    """The requirements of these dependency groups."""
    return nox.project.dependency_groups(PYPROJECT, *names)


@nox.session
def lint(session: nox.Session) -> None:
    """The rules and the layout of the code."""
    session.install(*group("lint"))
    session.run("ruff", "check", *session.posargs)
    session.run("ruff", "format", "--check")


@nox.session
def typing(session: nox.Session) -> None:
    """Types, by two checkers."""
    session.install("-e", PROJECT, *group("typing", "tests"))
    session.run("mypy")
    with session.chdir("examples/orders"):
        session.run("mypy", "--config-file", "../../pyproject.toml", ".")
    session.run("pyright")


@nox.session
def docs(session: nox.Session) -> None:
    """The documentation; a warning is an error."""
    session.install("-e", PROJECT, *group("docs"))
    session.run("sphinx-build", "-nWq", "--keep-going", "-b", "html", "docs", "docs/_build/html")


@nox.session
def package(session: nox.Session) -> None:
    """The wheel, built from the source distribution, works where nothing else is installed."""
    session.install("build", "twine")
    out = Path(session.create_tmp()).resolve()
    session.run("python", "-m", "build", "-q", "--outdir", str(out / "dist"))
    distributions = sorted(str(path) for path in (out / "dist").iterdir())
    session.run("twine", "check", "--strict", *distributions)
    session.run("python", "-m", "venv", "--clear", str(out / "bare"))
    bare = out / "bare" / "bin"
    (wheel,) = (path for path in distributions if path.endswith(".whl"))
    session.run(str(bare / "pip"), "install", "-q", wheel, external=True)
    session.run(
        str(bare / "python"), "-Ic", "import api_mocker; print(api_mocker.__version__)", external=True
    )
    session.run(str(bare / "api-mocker"), "--help", external=True, silent=True)


@nox.session
def tests(session: nox.Session) -> None:
    """The test suite, on the interpreter that runs nox."""
    session.install(PROJECT, *group("tests"))
    session.run("pytest", "-n", "auto", "--dist", "worksteal", *session.posargs)


@nox.session(python=PYTHONS, default=False)
def matrix(session: nox.Session) -> None:
    """The test suite, on every supported interpreter that this machine has."""
    tests(session)


@nox.session(default=False)
def minimums(session: nox.Session) -> None:
    """The test suite, with each dependency and each client at the floor that pyproject.toml names."""
    project = PYPROJECT["project"]
    declared = [*project["dependencies"], *(r for e in project["optional-dependencies"].values() for r in e)]
    floors = Path(session.create_tmp()) / "floors.txt"
    floors.write_text("".join(sorted({floor(Requirement(line)) for line in declared if "[" not in line})))
    session.install(PROJECT, *group("tests"), "-c", str(floors))
    session.run("pytest", *session.posargs)


def floor(requirement: Requirement) -> str:
    """The line of a constraints file that holds a requirement at its floor."""
    (lowest,) = (bound.version for bound in requirement.specifier if bound.operator == ">=")
    return f"{requirement.name}=={lowest}\n"


@nox.session(default=False)
def coverage(session: nox.Session) -> None:
    """Which lines and branches the test suite reaches, in subprocesses too."""
    session.install("-e", PROJECT, *group("tests", "coverage"))
    session.env["COVERAGE_FILE"] = str(Path(session.create_tmp()).resolve() / ".coverage")
    session.run("coverage", "erase")
    session.run("coverage", "run", "-m", "pytest", *session.posargs)
    session.run("coverage", "combine", "-q")
    session.run("coverage", "report")


@nox.session(default=False)
def side_by_side(session: nox.Session) -> None:
    """The same tests with the peers, into `docs/side-by-side.md`; `-- --check` only says whether it is out of date."""
    session.install(".[requests,httpx,pytest]", *group("peers"))
    session.run("python", "side_by_side", *session.posargs)


@nox.session(default=False)
def bench(session: nox.Session) -> None:
    """How long things take, beside the peers; `nox -s bench -- replay suite` measures these parts only."""
    session.install(PROJECT, *group("bench"))
    session.run("python", "benchmarks", *session.posargs)


@nox.session(default=False)
def fuzz(session: nox.Session) -> None:
    """Cassettes of any bytes, for a minute; `nox -s fuzz -- 3600` has an hour."""
    session.install("-e", PROJECT, *group("tests"))
    session.run("python", "-m", "tests.fuzz", *(session.posargs or ["60"]))


@nox.session(default=False)
def kills(session: nox.Session) -> None:
    """A recording process killed at a random moment, two hundred times."""
    session.install("-e", PROJECT, *group("tests"))
    session.run("python", "-m", "tests.kills", *(session.posargs or ["200"]))


@nox.session(default=False)
def large(session: nox.Session) -> None:
    """What a cassette of 1 GiB, a bomb of 8 GiB and downloads of 2 GiB take of memory."""
    session.install("-e", PROJECT, *group("tests"))
    session.run("python", "-m", "tests.footprint", *session.posargs)
