"""Cassettes, names and links of strangers in a project whose tests are run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.cli.test_escapes import RAW, hostile
from tests.unit.hostile import written

if TYPE_CHECKING:
    from pathlib import Path

    from tests.plugin.conftest import Project

ASKING = """
import httpx, pytest, requests
pytestmark = pytest.mark.cassette("a", {options})

def test_other():
    requests.get("https://h0.example.com/other")

def test_near():
    requests.post("https://h0.example.com/", data=b"x", headers={{"Content-Type": "text/plain"}})

def test_far():
    httpx.post("https://h2.example.com/", json={{"k": 1}})

def test_swallowed():
    try:
        httpx.get("https://h3.example.com/other")
    except Exception:
        pass

def test_nothing():
    pass

def test_broken_off():
    requests.post("https://h1.example.com/gone")
"""


@pytest.mark.parametrize(
    "options", ["", "match_on=['method', 'host']", "order='strict'", "max_age='1d', on_expiry='fail'"]
)
def test_a_report_drives_no_terminal(project: Project, options: str) -> None:
    """Whatever is said of a cassette full of terminal sequences, and in whichever way the tests fail, none comes out raw."""
    (project.root / "cassettes").mkdir()
    (project.root / "cassettes" / "a.yaml").write_bytes(written(hostile(plain=True)))
    project.write("test_a.py", ASKING.format(options=options))
    result = project.run("-rA")
    assert result.ret == 1
    assert RAW.findall("".join((*result.outlines, *result.errlines))) == []


OWN = """
import pytest, requests

@pytest.mark.cassette{name}
def test_a():
    assert requests.post("URL/a", data="x" * 200_000).ok
"""


@pytest.fixture
def outside(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that is none of the project's, with files that look like bodies of ours."""
    folder = tmp_path_factory.mktemp("outside")
    for name in ("0123456789abcdef.bin", "deadbeefdeadbeef", "real.yaml"):
        (folder / name).write_text("precious")
    return folder


def held(folder: Path) -> dict[str, str]:
    """What lies in a folder."""
    return {
        str(path.relative_to(folder)): path.read_text("utf-8") for path in folder.rglob("*") if path.is_file()
    }


LINKS = {
    # what is a link to a folder outside of the project
    "cassettes": "out of the project",
    "cassettes/test_a": "out of the project",
    "cassettes/test_a/test_a.bodies": "leads out of the folder of the cassette",
    ".api_mocker": "is a link, or lies behind one",
    ".api_mocker/locks": "is a link, or lies behind one",
}


@pytest.mark.parametrize("link", LINKS)
def test_nothing_is_written_through_a_link(project: Project, outside: Path, link: str) -> None:
    """A link that leads out of the project is named and nothing behind it is written, changed or deleted."""
    before = held(outside)
    place = project.root / link
    place.parent.mkdir(parents=True, exist_ok=True)
    place.symlink_to(outside)
    project.write("test_a.py", OWN.format(name=""))
    result = project.run("--record-mode=once")
    assert result.ret == 1
    result.stdout.fnmatch_lines([f"*{LINKS[link]}*"])
    assert held(outside) == before


def test_a_cassette_that_is_a_link_out_of_the_project(project: Project, outside: Path) -> None:
    """A cassette is no way to a file elsewhere, be it one or not, there or not."""
    folder = project.root / "cassettes" / "test_a"
    folder.mkdir(parents=True)
    for target in ("real.yaml", "none.yaml"):
        (folder / "test_a.yaml").unlink(missing_ok=True)
        (folder / "test_a.yaml").symlink_to(outside / target)
        project.write("test_a.py", OWN.format(name=""))
        before = held(outside)
        for mode in ("once", "rewrite", "all", "none"):
            result = project.run(f"--record-mode={mode}")
            assert result.ret == 1
            result.stdout.fnmatch_lines(["*a link leads the cassette test_a.yaml out of the project*"])
        assert held(outside) == before


def test_a_link_within_the_project(project: Project) -> None:
    """A cassette, or a folder of them, may be a link to another place of the project."""
    (project.root / "elsewhere").mkdir()
    (project.root / "cassettes").symlink_to("elsewhere")
    project.write("test_a.py", OWN.format(name=""))
    assert project.run("--record-mode=once").ret == 0
    assert (project.root / "elsewhere" / "test_a" / "test_a.yaml").is_file()
    assert project.run().ret == 0


@pytest.mark.parametrize(
    "name", ["../evil", "/evil", "a/../../evil", r"..\\evil", "C:evil", r"a\\..\\..\\evil", "..", "."]
)
def test_a_name_that_leaves_the_folder(project: Project, name: str) -> None:
    """A marker's name that would lead out of the cassette folder is an error, and nothing is made."""
    project.write("test_a.py", OWN.format(name=f'("{name}")'))
    result = project.run("--record-mode=once")
    assert result.ret == 1
    result.stdout.fnmatch_lines(["*must lie inside the cassette folder*"])
    assert project.cassettes() == {}
    assert not list(project.root.parent.glob("evil*"))


@pytest.mark.parametrize("folder", ["../out", "/out", "a/../../out", "~/out", "C:/out", r"..\\out"])
def test_a_cassette_folder_outside_of_the_project(project: Project, folder: str) -> None:
    """The config names a folder below the project's root."""
    project.write("pyproject.toml", f'[tool.api_mocker]\ncassette_dir = "{folder}"\n')
    project.write("test_a.py", OWN.format(name=""))
    result = project.run("--record-mode=once")
    assert result.ret != 0
    assert "must lie inside the project" in "\n".join((*result.outlines, *result.errlines))
    assert not (project.root.parent / "out").exists()


PARAMETERS = """
import pytest, requests

@pytest.mark.cassette
@pytest.mark.parametrize("value", [
    "../../x", "/etc/passwd", "a\\x00b", "con", "nul.txt", "a:b", "a-b", "A", "a", "x" * 400, ".", "..", "a\\nb",
    "\\x1b[31m", "\\u202e", "a.", "a ", "a?*<>|", "C:\\\\x", "~", "$HOME",
])
def test_a(value):
    assert requests.get("URL/a").ok
"""


def test_parameter_ids_stay_inside(project: Project) -> None:
    """Each parameter has a file of its own inside the module's folder, with a name that Windows takes, too."""
    project.write("test_a.py", PARAMETERS)
    result = project.run("--record-mode=once")
    assert result.ret == 0
    names = list(project.cassettes())
    assert len(names) == 21
    assert len({name.lower() for name in names}) == 21
    for name in names:
        folder, file = name.split("/")
        assert folder == "test_a"
        assert file.isprintable()
        assert not set(file) & set('\\:*?"<>|')
        assert len(file) < 150
    assert project.run().ret == 0


def test_links_in_a_circle_are_no_end(project: Project) -> None:
    """A folder that holds a link to itself is listed once."""
    project.write("test_a.py", OWN.format(name=""))
    assert project.run("--record-mode=once").ret == 0
    (project.root / "cassettes" / "round").symlink_to(".")
    (project.root / "cassettes" / "self.yaml").symlink_to("self.yaml")
    assert project.run().ret == 0
    for command in ("list", "check", "prune"):
        done = project.pytester.run("api-mocker", "cassette", command)
        assert not any("round/" in line for line in done.outlines)
        assert "Traceback" not in "\n".join(done.errlines)


CASES = """
import pytest, requests

@pytest.mark.cassette
def test_one():
    assert requests.get("URL/one").ok

@pytest.mark.cassette
def test_One():
    assert requests.get("URL/one").ok
"""


@pytest.mark.parametrize("mode", ["none", "new_episodes", "rewrite"])
def test_names_that_differ_by_case_alone(project: Project, mode: str) -> None:
    """Two such tests have two files; where the file system has one for both, one test is told, and the file stays."""
    project.write("test_a.py", CASES)
    assert project.run("--record-mode=once").ret == 0
    assert sorted(project.cassettes()) == ["test_a/test_One.yaml", "test_a/test_one.yaml"]
    assert project.run().ret == 0
    folder = project.root / "cassettes" / "test_a"
    (folder / "test_One.yaml").unlink()
    (folder / "test_One.yaml").hardlink_to(folder / "test_one.yaml")  # as such a file system has it
    before = (folder / "test_One.yaml").read_bytes()
    result = project.run(f"--record-mode={mode}", "-k", "test_One", "--deselect", "test_a.py::test_one")
    assert result.ret == 1
    result.stdout.fnmatch_lines(["*test_One.yaml belongs to test_a.py::test_one, whose name differs*"])
    assert (folder / "test_One.yaml").read_bytes() == before
