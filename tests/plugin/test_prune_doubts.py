"""What ``prune`` must not take for unused: tests that a run could not see, and uses that it did not see to their end.

The law of this file: each row was once a recording that a test needed and that went. In every one, the
cassette stays, and the line for it says why.
"""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
from tests.plugin.test_prune import HOST, QUIET, Suite, record, suite

from api_mocker._storage.naming import of_test

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["suite"]  # the fixture

HEAD = f"""
import os
from pathlib import Path
import pytest, requests
from api_mocker import use_cassette

ROOT = Path(__file__).resolve().parent

def play(*names):
    for name in names:
        assert requests.get(f"{HOST}/{{name}}").ok
"""
USERS = HEAD + "\n@pytest.mark.cassette('users')\ndef test_a():\n    play('a')\n"
LOOSE = (
    HEAD
    + "\ndef test_a():\n    with use_cassette(ROOT / 'cassettes/users.yaml', unused='ignore'):\n        play('a')\n"
)


@dataclass(frozen=True)
class Row:
    """A project: its files, the cassette ``name`` with a recording of /a and /b, and how its tests are run.

    ``why`` is part of the reason for which the cassette stays; ``test`` stands in its header.
    """

    files: dict[str, str]
    why: str
    args: tuple[str, ...] = ()
    name: str = "users"
    test: str | None = None
    ini: str = ""
    environment: dict[str, str] = field(default_factory=dict)


SKIPPED = "import pytest\npytest.importorskip('nothing_of_that_name')\n"
MORE = HEAD + "\n@pytest.mark.cassette('users')\ndef test_b():\n    play('b')\n"

ROWS = {
    "a module that was skipped shares it": Row(
        {"test_a.py": USERS, "test_b.py": SKIPPED + MORE}, "test_b.py was skipped as a whole"
    ),
    "a module that is ignored on this machine opens it": Row(
        {"test_a.py": USERS, "test_b.py": MORE, "conftest.py": "collect_ignore = ['test_b.py']\n"},
        "its name stands in test_b.py",
    ),
    "a folder that is never entered opens it": Row(
        {"test_a.py": USERS, "build/test_b.py": MORE}, "its name stands in build/test_b.py"
    ),
    "tests outside of testpaths open it": Row(
        {"tests/test_a.py": LOOSE.replace(".parent", ".parent.parent"), "e2e/test_b.py": MORE},
        "its name stands in e2e/test_b.py", ini='testpaths = "tests"\n',
    ),
    "a page opens it": Row(
        {"test_a.py": LOOSE, "docs/page.md": "    >>> use_cassette('cassettes/users.yaml')\n"},
        "its name stands in docs/page.md",
    ),
    "options of this run alone": Row(
        {"test_a.py": USERS, "check_b.py": MORE}, "it had an option of its own (-o python_files=", ("-o", "python_files=test_a.py")
    ),
    "another file of options": Row(
        {"test_a.py": USERS, "test_b.py": MORE, "fast.ini": "[pytest]\naddopts = --ignore=test_b.py\n"},
        "it had options of its own (-c)", ("-c", "fast.ini", "--rootdir", "."),
    ),
    "a skipped test of the same module opens it": Row(
        {"test_a.py": USERS + "\n@pytest.mark.skip\ndef test_b():\n    with use_cassette('cassettes/users.yaml'):\n        play('b')\n"},
        "its name stands in test_a.py",
    ),
    "a fixture says where it is": Row(
        {
            "test_a.py": USERS + "\n@pytest.mark.cassette('users')\n@pytest.mark.skip\ndef test_b():\n    play('b')\n",
            "conftest.py": "import pytest\n\n@pytest.fixture(scope='session')\ndef api_mocker_config():\n"
            "    return {'cassette_dir': 'cassettes/deep'}\n",
        },
        "opened by code, not by a marker, and test_a.py::test_b was skipped", name="deep/users",
    ),
    "it is still open when the run ends": Row(
        {
            "test_a.py": "def test_a():\n    pass\n",
            "conftest.py": HEAD + "\nUSE = use_cassette('cassettes/users.yaml', unused='ignore')\n"
            "def pytest_sessionstart():\n    USE.__enter__()\n"
            "def pytest_unconfigure():\n    play('a')\n    USE.__exit__(None, None, None)\n",
        },
        "the run itself recorded or changed it",
    ),
    "a class could not be collected": Row(
        {
            "test_a.py": USERS + "\nclass TestB:\n    @pytest.mark.parametrize('x', 1)\n"
            "    @pytest.mark.cassette('users')\n    def test_b(self, x):\n        play('b')\n"
        },
        "could not be collected", ("--continue-on-collection-errors",),
    ),
    "a hook drops a test without a word": Row(
        {
            "test_a.py": USERS + "\n@pytest.mark.cassette('users')\ndef test_b():\n    play('b')\n",
            "conftest.py": "import pytest\n\n@pytest.hookimpl(wrapper=True, tryfirst=True)\n"
            "def pytest_collection_modifyitems(items):\n    items[:] = items[:1]\n    return (yield)\n",
        },
        "test_a.py::test_b was not run",
    ),
    "a hook ends the run": Row(
        {
            "test_a.py": USERS,
            "conftest.py": "import pytest\n\ndef pytest_collection_modifyitems():\n    pytest.exit('no', returncode=77)\n",
        },
        "it was interrupted",
    ),
    "a parameter that another environment has": Row(
        {
            "test_a.py": HEAD + "\n@pytest.mark.cassette\n@pytest.mark.parametrize('at', [os.environ.get('AT', 'a')])\n"
            "def test_a(at):\n    pass\n"
        },
        "may still be there", name="test_a/test_a[b]", test="test_a.py::test_a[b]",
    ),
    "a test that has failed under other names": Row(
        {
            "test_a.py": HEAD + "\n@pytest.mark.cassette\ndef test_a(again):\n    play('a')\n",
            "conftest.py": "import pytest\n\ndef pytest_generate_tests(metafunc):\n"
            "    metafunc.parametrize('again', [1, 2])\n",
        },
        "may still be there", name="test_a/test_a", test="test_a.py::test_a",
    ),
    "a class that is there on another platform": Row(
        {
            "base.py": HEAD + "\nclass Base:\n    def test_inherited(self):\n        play('a', 'b')\n",
            "test_a.py": "import os, pytest\nfrom base import Base\nif os.environ.get('PLATFORM'):\n"
            "    @pytest.mark.cassette\n    class TestA(Base):\n        pass\n\ndef test_b():\n    pass\n",
        },
        "may still be there", name="test_a/TestA.test_inherited", test="test_a.py::TestA::test_inherited",
    ),
    "a folder with a bracket in its name": Row(
        {"tests/[v1]/test_a.py": "import os\nif os.environ.get('PLATFORM'):\n    def test_a():\n        pass\n\ndef test_b():\n    pass\n"},
        "may still be there", name="tests/-v1-/test_a/test_a", test="tests/[v1]/test_a.py::test_a",
    ),
    "the test file was edited while it ran": Row(
        {"test_a.py": USERS + "    Path(__file__).write_text(Path(__file__).read_text() + '# edited')\n"},
        "test_a.py was changed after the run",
    ),
}  # fmt: skip


def build(suite: Suite, row: Row) -> Path:
    """Writes the project, and its cassette."""
    for name, text in row.files.items():
        path = suite.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    if row.ini:
        pyproject = suite.root / "pyproject.toml"
        pyproject.write_text(pyproject.read_text("utf-8") + row.ini, "utf-8")
    path = suite.folder / f"{row.name}.yaml"
    if row.test is not None:
        path = of_test(suite.folder, row.test)
    record(path, row.test, [f"{HOST}/a", f"{HOST}/b"], suite.root)
    return path


@pytest.mark.parametrize("name", ROWS)
def test_what_a_run_could_not_see(suite: Suite, name: str) -> None:
    """The cassette keeps its bytes, and the reason is said."""
    row = ROWS[name]
    path = build(suite, row)
    before = path.read_bytes()
    suite.test(*row.args, **row.environment)
    said = suite.prune("--write")
    assert path.read_bytes() == before
    kept = {each["path"]: each["why"] for each in said["kept"]}
    assert row.why in kept[path.relative_to(suite.root).as_posix()]


USES = {
    "the working directory changes": "def test_a(tmp_path, monkeypatch):\n"
    "    with use_cassette('cassettes/users.yaml'):\n        monkeypatch.chdir(tmp_path)\n        play('a', 'b')\n",
    "it is only looked at": "def test_a():\n    with use_cassette('cassettes/users.yaml', unused='ignore') as cassette:\n"
    "        play('b')\n    assert cassette.interactions[0].request.url.endswith('/a')\n",
    "only its time is asked for": "def test_a():\n"
    "    with use_cassette('cassettes/users.yaml', unused='ignore') as cassette:\n        play('b')\n"
    "        assert cassette.recorded_at\n",
}


@pytest.mark.parametrize("name", USES)
def test_what_was_used_in_another_way(suite: Suite, name: str) -> None:
    """A relative path means what it meant when the cassette was opened; what was looked at was used."""
    path = build(suite, Row({"test_a.py": HEAD + "\n" + USES[name]}, ""))
    before = path.read_bytes()
    assert suite.test().ret == 0
    assert suite.prune("--write")["cassettes"] == []
    assert path.read_bytes() == before


def test_a_further_cassette_of_code_keeps_its_file(suite: Suite) -> None:
    """What a call names besides its own has to be there, be nothing of it played."""
    code = (
        "def test_a():\n    with use_cassette('cassettes/own.yaml', 'cassettes/users.yaml'):\n        pass\n"
    )
    path = build(suite, Row({"test_a.py": HEAD + "\n" + code}, ""))
    assert suite.test().ret == 0
    suite.prune("--write")
    assert path.exists()
    assert suite.test().ret == 0


def test_a_module_that_one_run_skipped_and_another_ran(suite: Suite) -> None:
    """Ledgers of two platforms: what either played is known."""
    skipped = "import os, pytest\nif not os.environ.get('ALL'):\n    pytest.skip(allow_module_level=True)\n"
    build(suite, Row({"test_a.py": USERS, "test_b.py": skipped + HEAD + "\ndef test_b():\n    pass\n"}, ""))
    suite.test("--cassette-ledger=1.json")
    suite.test("--cassette-ledger=2.json", ALL="1")
    assert suite.prune("--ledger", "1.json")["cassettes"] == []
    assert len(suite.prune("--ledger", "1.json", "--ledger", "2.json")["cassettes"]) == 1


def test_a_shared_cassette_is_not_judged_where_a_module_was_skipped(suite: Suite) -> None:
    """What that module plays of it is no unused recording."""
    build(suite, Row({"test_a.py": USERS, "test_b.py": SKIPPED + MORE, "test_c.py": USERS}, ""))
    result = suite.test()
    result.assert_outcomes(passed=2, skipped=1)
    assert result.ret == 0


def test_files_that_are_newer_than_the_run_or_reached_by_a_link(suite: Suite, tmp_path: Path) -> None:
    """A new conftest, a conftest that only workers read, a linked test file that was changed: nothing is proved."""
    (suite.root / "conftest.py").unlink()
    build(suite, Row({"deep/test_a.py": USERS, "deep/conftest.py": ""}, ""))
    suite.test("-n", "2")
    assert len(suite.prune()["cassettes"]) == 1
    (suite.root / "conftest.py").write_text("# new\n", "utf-8")
    assert "conftest.py is newer than the run" in suite.prune()["kept"][0]["why"]
    (suite.root / "conftest.py").unlink()
    (suite.root / "deep" / "conftest.py").write_text("# changed\n", "utf-8")
    assert "deep/conftest.py was changed after the run" in suite.prune()["kept"][0]["why"]

    elsewhere = tmp_path.parent / f"{tmp_path.name}-elsewhere"
    elsewhere.mkdir()
    (suite.root / "deep" / "test_a.py").rename(elsewhere / "test_a.py")
    (suite.root / "deep" / "test_a.py").symlink_to(elsewhere / "test_a.py")
    suite.test()
    assert len(suite.prune()["cassettes"]) == 1
    (elsewhere / "test_a.py").write_text(USERS + "    play('b')\n", "utf-8")
    assert "deep/test_a.py was changed after the run" in suite.prune()["kept"][0]["why"]


def test_duplicates_under_options_of_a_marker(suite: Suite) -> None:
    """Which requests are equal is for those who play them to say; where they say otherwise, none is dropped."""
    code = "@pytest.mark.cassette('users', repeat='last', ignore=['query:ts'])\ndef test_a():\n    play('a?ts=1', 'a?ts=2', 'a?ts=1')\n"
    build(suite, Row({"test_a.py": HEAD + "\n" + code}, ""))
    path = suite.folder / "users.yaml"
    path.unlink()
    record(path, None, [f"{HOST}/a?ts={at}" for at in (1, 2, 1)], suite.root)
    assert suite.test().ret == 0
    assert suite.prune("--duplicates")["cassettes"] == []


def test_git_and_virtual_environments_are_left_alone(suite: Suite) -> None:
    """With the project itself as PATH, empty folders of others stay; so do those that were empty anyway."""
    build(suite, Row({"test_a.py": "def test_a():\n    pass\n"}, ""))
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@b.c"]
    for args in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "a"], ["gc", "-q"], ["pack-refs", "--all"]):
        subprocess.run([*git, *args], cwd=suite.root, check=True)
    for name in ("venv/lib", "node_modules/a", "media"):
        (suite.root / name).mkdir(parents=True)
    (suite.root / "venv" / "pyvenv.cfg").write_text("", "utf-8")
    suite.test()
    run_here = suite.prune(".", "--write")
    assert [each["path"] for each in run_here["cassettes"]] == ["cassettes/users.yaml"]
    assert run_here["folders"] == ["cassettes"]
    subprocess.run(["git", "fsck"], cwd=suite.root, check=True)
    assert all((suite.root / name).is_dir() for name in ("venv/lib", "node_modules/a", "media"))


@pytest.mark.parametrize("form", ["yml", "escaped"])
def test_bodies_that_are_named_in_another_way(suite: Suite, form: str) -> None:
    """By a cassette with another ending, or with an escape of YAML: they stay."""
    code = f"def test_a():\n    with use_cassette('cassettes/big.{'yml' if form == 'yml' else 'yaml'}'):\n        play('a')\n"
    build(suite, Row({"test_a.py": HEAD + "\n" + code}, ""))
    (suite.folder / "users.yaml").unlink()
    path = suite.folder / ("big.yml" if form == "yml" else "big.yaml")
    record(path, None, [f"{HOST}/a"], suite.root, body=b"x" * 200_000)
    if form == "escaped":
        text = path.read_text("utf-8")
        start = text.index("file: ") + len("file: ")
        end = text.index("\n", start)
        name = text[start:end].strip("'\"")
        path.write_text(text[:start] + f'"\\x{ord(name[0]):02x}{name[1:]}"' + text[end:], "utf-8")
    assert suite.test().ret == 0
    assert suite.prune("--write")["bodies"] == []
    assert suite.test().ret == 0


def test_a_cache_that_cannot_be_used_fails_no_run(suite: Suite) -> None:
    """Nor does a loop of links, or a pipe, where the cassettes are."""
    build(suite, Row({"test_a.py": "def test_a():\n    pass\n"}, ""))
    (suite.root / ".pytest_cache").write_text("", "utf-8")
    result = suite.pytester.runpytest_subprocess(*QUIET)
    assert result.ret == 0
    (suite.root / ".pytest_cache").unlink()
    (suite.folder / "loop.yaml").symlink_to(suite.folder / "loop.yaml")
    os.mkfifo(suite.folder / "pipe.yaml")
    assert suite.test().ret == 0
    assert suite.prune()["cassettes"][0]["path"] == "cassettes/users.yaml"


@pytest.mark.parametrize("args", [("--fixtures-per-test",), ("--cache-show",), (".", "nosuch")])
def test_what_is_no_run_leaves_the_ledger_of_the_last_one(suite: Suite, args: tuple[str, ...]) -> None:
    """It is about something else, or a mistake."""
    build(suite, Row({"test_a.py": USERS}, ""))
    suite.test()
    suite.test(*args)
    assert len(suite.prune()["cassettes"]) == 1


def test_two_names_of_one_cassette(suite: Suite) -> None:
    """It is looked at once, under its own."""
    build(suite, Row({"test_a.py": USERS}, ""))
    (suite.folder / "also.yaml").symlink_to("users.yaml")
    suite.test()
    said = suite.prune("--write")
    assert [each["path"] for each in said["cassettes"]] == ["cassettes/users.yaml"]
    assert (suite.folder / "also.yaml").is_symlink()
