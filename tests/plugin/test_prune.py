"""The usage ledger and ``cassette prune``, from end to end: a project of 200 tests, xdist, and the program.

The law of this file: what has to go is counted from the table of kinds, not by the code under test.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.cli.program import run
from tests.plugin.conftest import INI

from api_mocker import Headers, Interaction, Request, Response
from api_mocker._storage import files, schema
from api_mocker._storage.emit import emit
from api_mocker._storage.naming import of_test

if TYPE_CHECKING:
    from collections.abc import Sequence

QUIET = ("-p", "no:hypothesispytest", "-p", "no:recording", "-p", "no:cassetter")
HOST = "http://svc.example.com"
MOMENT = datetime(2026, 11, 20, 20, 15, tzinfo=UTC)


@dataclass(frozen=True)
class Kind:
    """Tests of one kind: their code, what their cassettes hold, and which of it has to go.

    In the code, ``{n}`` is the number of the test; ``play(n, ...)`` asks for interactions by their
    numbers. ``goes`` is what goes after a run in which some tests did not pass, ``later`` what goes after
    one in which all did; None: the whole file.
    """

    code: str
    holds: int
    goes: tuple[int, ...] | None = ()
    later: tuple[int, ...] | None = ()
    name: str = "{test}"  # of the cassette, {test}: the test's own
    test: str | None = "test_{n}"  # in its header


KINDS = {
    "all played": Kind("@MARK\ndef test_{n}():\n    play({n}, 0, 1, 2)\n", 3),
    "nothing played": Kind("@MARK\ndef test_{n}():\n    pass\n", 2, None, None),
    "first unused": Kind("@MARK\ndef test_{n}():\n    play({n}, 1, 2)\n", 3, (0,), (0,)),
    "middle and last unused": Kind("@MARK\ndef test_{n}():\n    play({n}, 0, 2)\n", 4, (1, 3), (1, 3)),
    "failed": Kind("@MARK\ndef test_{n}():\n    play({n}, 0)\n    assert ALL\n    play({n}, 1)\n", 3, (), (2,)),
    "failed in setup": Kind("@MARK\ndef test_{n}(brittle):\n    play({n}, 0)\n", 2, (), (1,)),
    "failed in teardown": Kind("@MARK\ndef test_{n}(brittle_end):\n    play({n}, 0)\n", 2, (), (1,)),
    "skipped": Kind("@MARK\n@pytest.mark.skipif(not ALL, reason='')\ndef test_{n}():\n    play({n}, 0)\n", 2, (), (1,)),
    "skipped on the way": Kind(
        "@MARK\ndef test_{n}():\n    play({n}, 0)\n    ALL or pytest.skip()\n    play({n}, 1)\n", 2
    ),
    "xfailed": Kind(
        "@MARK\n@pytest.mark.xfail(not ALL, reason='')\ndef test_{n}():\n    play({n}, 0)\n    assert ALL\n", 2, (), (1,)
    ),
    "xpassed": Kind("@MARK\n@pytest.mark.xfail(not ALL, reason='')\ndef test_{n}():\n    play({n}, 0)\n", 2, (), (1,)),
    "deselected": Kind("@MARK\n@pytest.mark.slow\ndef test_{n}():\n    play({n}, 0)\n", 2, (), (1,)),
    "parameter": Kind(
        "@MARK\n@pytest.mark.parametrize('at', [0, 1])\ndef test_{n}(at):\n    at or play({n}, 0)\n",
        2, (1,), (1,), test="test_{n}[0]",
    ),
    "parameter that is gone": Kind(
        "@MARK\n@pytest.mark.parametrize('at', [0])\ndef test_{n}(at):\n    pass\n", 1, None, None, test="test_{n}[1]"
    ),
    "mark that is gone": Kind("def test_{n}():\n    pass\n", 2, None, None),
    "test that is gone": Kind("@MARK\ndef test_{n}():\n    pass\n", 1, None, None, test="test_gone_{n}"),
    "named, of two": Kind(
        "@pytest.mark.cassette('named/{n}')\ndef test_{n}():\n    play({n}, 0)\n"
        "@pytest.mark.cassette('named/{n}')\ndef test_{n}_too():\n    play({n}, 1)\n",
        3, (), (2,), name="named/{n}",
    ),
    "named, of a skipped one too": Kind(
        "@pytest.mark.cassette('named/{n}')\ndef test_{n}():\n    play({n}, 0)\n"
        "@pytest.mark.cassette('named/{n}')\n@pytest.mark.skipif(not ALL, reason='')\ndef test_{n}_too():\n    pass\n",
        2, (), (1,), name="named/{n}",
    ),
    "further": Kind(
        "@pytest.mark.cassette('own/{n}', 'further/{n}')\ndef test_{n}():\n    play({n}, 0)\n",
        2, (), (1,), name="further/{n}", test=None,
    ),
    "further, nothing played": Kind(
        "@pytest.mark.cassette('own/{n}', 'further/{n}')\ndef test_{n}():\n    pass\n",
        2, (), (0, 1), name="further/{n}", test=None,
    ),
    "answered by a route": Kind(
        "@MARK\ndef test_{n}(api_mocker):\n    api_mocker.get('/{n}/0').respond_with(json={{}})\n    play({n}, 0, 1)\n",
        3, (2,), (2,),
    ),
    "opened by code": Kind(
        "def test_{n}():\n    with use_cassette(FOLDER / 'code/{n}.yaml', unused='ignore'):\n        play({n}, 0)\n",
        2, (), (1,), name="code/{n}", test=None,
    ),
    "of nobody": Kind("def test_{n}():\n    pass\n", 2, (), None, name="nobody/{n}", test=None),
    "of a module that is gone": Kind("def test_{n}():\n    pass\n", 2, None, None, test="gone.py::test_{n}"),
    "of a module that was skipped": Kind("def test_{n}():\n    pass\n", 2, test="test_hidden.py::test_hidden"),
}  # fmt: skip
EACH = 8
"""Tests of each kind: 25 kinds and some of them with two tests make more than 200."""

MODULE = """
import os
from pathlib import Path
import pytest, requests
from api_mocker import use_cassette

ALL = "ALL" in os.environ
FOLDER = Path(__file__).parent / "cassettes"
MARK = pytest.mark.cassette

def play(n, *numbers):
    for number in numbers:
        requests.get(f"HOST/{n}/{number}")
"""

CONFTEST = """
import os, pytest

@pytest.fixture
def brittle():
    assert "ALL" in os.environ

@pytest.fixture
def brittle_end():
    yield
    assert "ALL" in os.environ
"""


class Suite:
    """A project with tests of every kind, and the cassettes they once recorded."""

    def __init__(self, pytester: pytest.Pytester) -> None:
        self.pytester = pytester
        self.root = pytester.path
        self.folder = self.root / "cassettes"
        self.expected: dict[str, Kind] = {}
        (self.root / "pyproject.toml").write_text(
            f'{INI}addopts = "--strict-markers"\nmarkers = ["slow"]\n', "utf-8"
        )
        (self.root / "conftest.py").write_text(CONFTEST, "utf-8")

    def fill(self, kinds: Sequence[str] = tuple(KINDS), each: int = EACH) -> None:
        """Writes modules and cassettes; every kind stands in every module."""
        number = 0
        for at in range(each):
            module = f"test_m{at}.py"
            code = [MODULE.replace("HOST", HOST)]
            for name in kinds:
                code.append(KINDS[name].code.format(n=number))
                self._record(KINDS[name], module, number)
                number += 1
            (self.root / module).write_text("\n".join(code), "utf-8")
        if "of a module that was skipped" in kinds:
            text = (
                "import os, pytest\nif 'ALL' not in os.environ:\n    pytest.skip(allow_module_level=True)\n"
            )
            text += "from test_m0 import *\n@MARK\ndef test_hidden():\n    play('hidden', 0, 1)\n"
            (self.root / "test_hidden.py").write_text(text.replace("import *", "import MARK, play"), "utf-8")

    def _record(self, kind: Kind, module: str, number: int) -> None:
        test = None if kind.test is None else kind.test.format(n=number)
        if test is not None and "::" not in test:
            test = f"{module}::{test}"
        is_hidden = test is not None and "hidden" in test
        if kind.name != "{test}":
            path = self.folder / f"{kind.name.format(n=number)}.yaml"
        else:
            assert test is not None
            path = of_test(self.folder, test)
        if path.exists():
            return  # of the skipped module, there is one
        prefix = "hidden" if is_hidden else str(number)
        record(path, test, [f"{HOST}/{prefix}/{at}" for at in range(kind.holds)], self.root)
        self.expected[path.relative_to(self.root).as_posix()] = kind

    def test(self, *args: str, **environment: str) -> pytest.RunResult:
        """Runs the tests as a program."""
        with pytest.MonkeyPatch.context() as patch:
            for name, value in environment.items():
                patch.setenv(name, value)
            return self.pytester.runpytest_subprocess(*QUIET, *args)

    def prune(self, *args: str, code: int = 0) -> dict[str, Any]:
        """What the program says, as JSON."""
        result = run(self.root, "cassette", "prune", "--format", "json", *args)
        assert (result.returncode, result.stderr) == (code, "")
        return dict(json.loads(result.stdout))

    def tree(self) -> dict[str, bytes]:
        """Every cassette and its bytes."""
        return {
            path.relative_to(self.root).as_posix(): path.read_bytes() for path in self.folder.rglob("*.yaml")
        }


def record(path: Path, test: str | None, urls: Sequence[str], root: Path, body: bytes = b"") -> None:
    """Writes a cassette with these requests."""
    interactions = [
        Interaction(
            Request("GET", url),
            Response(200, Headers((("X-Of", url),)), body or url.encode(), "OK"),
            None,
            MOMENT,
        )
        for url in urls
    ]
    files.save(path, emit(schema.header(test)), interactions, opened=None, root=root)


@pytest.fixture
def suite(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Suite:
    """An empty one."""
    for name in ("CI", "API_MOCKER_RECORD_MODE"):
        monkeypatch.delenv(name, raising=False)
    return Suite(pytester)


def wanted(expected: dict[str, Kind], field: str) -> dict[str, tuple[int, ...] | None]:
    """What has to go, by file: interactions counted from 1, None for a whole file."""
    goes = {path: getattr(kind, field) for path, kind in expected.items()}
    return {
        path: numbers and tuple(at + 1 for at in numbers) for path, numbers in goes.items() if numbers != ()
    }


def told(said: dict[str, Any]) -> dict[str, tuple[int, ...] | None]:
    """What the program says would go."""
    return {
        cut["path"]: None if cut["whole"] else tuple(removed["interaction"] for removed in cut["removed"])
        for cut in said["cassettes"]
    }


def test_what_goes_and_what_stays(suite: Suite) -> None:
    """In 200 tests on two workers, exactly that goes which the table says, and all else keeps its bytes.

    After a run in which everything passes more goes; the next run is green, and another prune finds nothing.
    """
    suite.fill()
    before = suite.tree()
    suite.test("-n", "2", "-m", "not slow")
    said = suite.prune()
    assert told(said) == wanted(suite.expected, "goes")
    doubts = {
        path: kind for path, kind in suite.expected.items() if kind.goes != kind.later or "hidden" in path
    }
    assert {*doubts} <= {kept["path"] for kept in said["kept"]}
    assert suite.tree() == before
    suite.prune("--check", code=1)

    suite.prune("--write")
    assert_cut(before, suite, "goes")
    assert suite.prune("--check")["cassettes"] == []

    suite.test("-n", "2", ALL="1")
    assert told(suite.prune()) == {
        path: numbers
        for path, numbers in wanted(suite.expected, "later").items()
        if wanted(suite.expected, "goes").get(path, ()) != numbers
    }
    suite.prune("--write")
    assert_cut(before, suite, "later")
    green = suite.test("-n", "2", ALL="1")
    assert green.ret == 0
    assert green.parseoutcomes()["passed"] >= 200
    said = suite.prune("--check")
    assert (said["cassettes"], said["kept"]) == ([], [])


def assert_cut(before: dict[str, bytes], suite: Suite, field: str) -> None:
    """Holds every file to what it was without what the table says has to go."""
    separator = b"---\n"
    expected = {}
    for path, content in before.items():
        kind = suite.expected[path]
        numbers = getattr(kind, field)
        if numbers is None:
            continue
        head, *documents = content.removesuffix(b"...\n").split(separator)
        kept = [document for at, document in enumerate(documents) if at not in numbers]
        expected[path] = separator.join([head, *kept]) + b"...\n"
    assert suite.tree() == expected


GAPS = {
    "-k": (["-k", "not test_0"], "was deselected"),
    "a path": (["test_m0.py"], "it knows nothing of test_m1.py"),
    "one test": (["test_m0.py::test_0", "test_m1.py"], "of a file, only test_m0.py::test_0 was asked for"),
    "--lf": (["--lf"], "--lf leaves out"),
    "--ignore": (["--ignore=test_m1.py"], "--ignore was given"),
    "--deselect": (["--deselect=test_m0.py::test_0"], "was deselected"),
    "-x": (["-x", "--co"], "there is no ledger"),
}


@pytest.mark.parametrize("name", GAPS)
def test_a_part_of_the_tests_proves_nothing(suite: Suite, name: str) -> None:
    """What such a run does not prove stays, and the reason is said for the file."""
    suite.fill(["nothing played", "of nobody"], each=2)
    args, why = GAPS[name]
    suite.test(*args)
    said = suite.prune()
    kept = {row["path"]: row["why"] for row in said["kept"]}
    own = of_test(suite.folder, "test_m0.py::test_0").relative_to(suite.root).as_posix()
    assert why in kept[own]
    assert kept.keys() >= {path for path in suite.expected if "nobody" in path}
    assert not [cut for cut in said["cassettes"] if why != "was deselected"]


def test_a_part_never_takes_the_place_of_a_whole_run(suite: Suite) -> None:
    """The ledger of the last whole run is used until there is another one; one test more does no harm."""
    suite.fill(["nothing played"], each=2)
    suite.test("test_m0.py")
    assert suite.prune()["cassettes"] == []
    suite.test()
    assert len(suite.prune()["cassettes"]) == 2
    suite.test("-k", "test_0")
    assert len(suite.prune()["cassettes"]) == 2


def test_a_worker_that_crashed(suite: Suite) -> None:
    """Then nobody knows what its tests played."""
    suite.fill(["nothing played"], each=2)
    (suite.root / "test_crash.py").write_text("import os\ndef test_crash():\n    os._exit(1)\n", "utf-8")
    suite.test("-n", "2")
    said = suite.prune()
    assert said["cassettes"] == []
    assert all("a worker of pytest-xdist crashed" in row["why"] for row in said["kept"])


def test_a_file_that_cannot_be_collected(suite: Suite) -> None:
    """Its tests are not known."""
    suite.fill(["nothing played"], each=2)
    (suite.root / "test_broken.py").write_text("import nothing_of_that_name\n", "utf-8")
    suite.test("--continue-on-collection-errors", "-n", "2")
    said = suite.prune()
    assert said["cassettes"] == []
    assert all("test_broken.py could not be collected" in row["why"] for row in said["kept"])


CHANGES = {
    "the cassette": ("cassettes/test_m0/test_0.yaml", "was changed after the run"),
    "the test": ("test_m0.py", "test_m0.py was changed after the run"),
    "a conftest": ("conftest.py", "conftest.py was changed after the run"),
    "the code under test": ("shop.py", "shop.py was changed after the run"),
}


@pytest.mark.parametrize("what", CHANGES)
def test_what_was_changed_after_the_run(suite: Suite, what: str) -> None:
    """A ledger proves nothing of what is not as it was."""
    suite.fill(["nothing played"], each=2)
    (suite.root / "shop.py").write_text("", "utf-8")
    (suite.root / "test_shop.py").write_text("import shop\n\ndef test_shop():\n    pass\n", "utf-8")
    suite.test()
    name, why = CHANGES[what]
    path = suite.root / name
    path.write_bytes(b"# another\n" + path.read_bytes())
    said = suite.prune("--write")
    kept = {row["path"]: row["why"] for row in said["kept"]}
    assert why in kept["cassettes/test_m0/test_0.yaml"]
    assert len(said["cassettes"]) == (1 if what == "the cassette" else 0)


def test_tests_and_cassettes_that_are_newer_than_the_ledger(suite: Suite) -> None:
    """A cassette that the run did not know stays, and so does all when there is a test file more."""
    suite.fill(["nothing played"], each=1)
    suite.test()
    record(suite.folder / "new.yaml", None, [f"{HOST}/new"], suite.root)
    said = suite.prune()
    assert [row["path"] for row in said["kept"]] == ["cassettes/new.yaml"]
    assert len(said["cassettes"]) == 1
    (suite.root / "test_new.py").write_text("def test_new():\n    pass\n", "utf-8")
    said = suite.prune()
    assert said["cassettes"] == []
    assert "it knows nothing of test_new.py" in said["kept"][0]["why"]


def test_a_cassette_that_the_run_recorded(suite: Suite) -> None:
    """What was added while the tests ran was not looked at by all of them."""
    suite.fill(["nothing played"], each=1)
    suite.test("--record-mode=new_episodes")
    assert len(suite.prune()["cassettes"]) == 1
    (suite.root / "test_m0.py").write_text(
        "import pytest, api_mocker, requests, http.server, threading\n"
        "@pytest.mark.cassette\ndef test_0():\n"
        "    server = http.server.HTTPServer(('127.0.0.1', 0), http.server.SimpleHTTPRequestHandler)\n"
        "    threading.Thread(target=server.serve_forever, daemon=True).start()\n"
        "    requests.get(f'http://127.0.0.1:{server.server_port}')\n"
        "    server.shutdown()\n    server.server_close()\n",
        "utf-8",
    )
    suite.test("--record-mode=new_episodes").assert_outcomes(passed=1, warnings=1)
    said = suite.prune()
    assert said["cassettes"] == []
    assert "the run itself recorded or changed it" in said["kept"][0]["why"]


@pytest.mark.parametrize("split", ["paths", "-k"])
def test_the_ledgers_of_several_shards(suite: Suite, split: str) -> None:
    """Together they prove what one run of all tests does; each of them alone proves nothing."""
    kinds = [
        "all played",
        "first unused",
        "named, of two",
        "of nobody",
        "mark that is gone",
        "nothing played",
    ]
    suite.fill(kinds, each=4)
    shards = (
        [["test_m0.py", "test_m1.py"], ["test_m2.py", "test_m3.py"]]
        if split == "paths"
        else [["-k", "too or test_m1"], ["-k", "not too and not test_m1"]]
    )
    ledgers: list[str] = []
    for at, args in enumerate(shards):
        suite.test(*args, f"--cassette-ledger=ledgers/{at}.json", "-n", "2")
        ledgers += ["--ledger", f"ledgers/{at}.json"]
    assert told(suite.prune(*ledgers)) == wanted(suite.expected, "later")
    for at in range(2):
        alone = told(suite.prune(*ledgers[2 * at : 2 * at + 2]))
        assert alone != wanted(suite.expected, "later")
        assert alone.items() <= wanted(suite.expected, "later").items()
    suite.prune(*ledgers, "--write")
    assert suite.test("-n", "2").ret == 0


def test_a_test_that_passed_when_it_ran_again(suite: Suite) -> None:
    """Under pytest-rerunfailures the last run of a test counts, and what each of them played stays."""
    pytest.importorskip("pytest_rerunfailures")
    suite.fill(["all played"], each=1)
    (suite.root / "test_m0.py").write_text(
        MODULE.replace("HOST", HOST) + "seen = []\n@MARK\ndef test_0():\n    play(0, len(seen))\n"
        "    seen.append(1)\n    assert len(seen) > 1\n",
        "utf-8",
    )
    suite.test("--reruns", "1")
    assert told(suite.prune()) == {"cassettes/test_m0/test_0.yaml": (3,)}


def test_duplicates_go_where_one_before_them_answers_again(suite: Suite) -> None:
    """Only when asked, and only with ``repeat``; where each recording answers once, they stay, with the reason."""
    for name, urls in {"last": "abb", "cycle": "bb", "once": "bb", "mixed": "bab"}.items():
        record(suite.folder / f"{name}.yaml", None, [f"{HOST}/{url}" for url in urls], suite.root)
    (suite.root / "test_a.py").write_text(
        MODULE.replace("HOST", HOST)
        + "@pytest.mark.parametrize('name, urls', [])\ndef test_none(name, urls):\n    pass\n"
        + "".join(
            f"@MARK({name!r}, repeat={repeat!r})\ndef test_{name}():\n    play('b/..', *{urls!r})\n"
            for name, repeat, urls in [
                ("last", "last", "abbb"), ("cycle", "cycle", "bbb"), ("once", "error", "bb"), ("mixed", "last", "bab"),
            ]
        ).replace("'b/..'", "'.'"),
        "utf-8",
    )  # fmt: skip
    (suite.root / "test_a.py").write_text(
        (suite.root / "test_a.py").read_text("utf-8").replace("HOST/{n}/{number}", "HOST/{number}")
        .replace("/{n}/{number}", "/{number}"),
        "utf-8",
    )  # fmt: skip
    assert suite.test().ret == 0
    assert suite.prune()["cassettes"] == []
    said = suite.prune("--duplicates")
    assert told(said) == {
        "cassettes/last.yaml": (3,),
        "cassettes/cycle.yaml": (2,),
        "cassettes/mixed.yaml": (3,),
    }
    assert [row["path"] for row in said["kept"]] == ["cassettes/once.yaml"]
    assert "a duplicate, and answers a request of its own" in said["kept"][0]["why"]
    suite.prune("--duplicates", "--write")
    assert suite.test().ret == 0


def test_the_cache_folder_is_found_where_pytest_has_it(suite: Suite, monkeypatch: pytest.MonkeyPatch) -> None:
    """``cache_dir`` in the project's options is read, whatever file they are in."""
    suite.fill(["nothing played"], each=1)
    (suite.root / "pyproject.toml").write_text(f'{INI}cache_dir = "build/cache"\n', "utf-8")
    suite.test()
    assert (suite.root / "build" / "cache").is_dir()
    assert len(suite.prune()["cassettes"]) == 1
    (suite.root / "pytest.ini").write_text("[pytest]\ncache_dir = $PLACE/elsewhere\n", "utf-8")
    monkeypatch.setenv("PLACE", "deep")
    suite.test()
    shutil.rmtree(suite.root / "build")
    assert (suite.root / "deep" / "elsewhere").is_dir()
    assert len(suite.prune()["cassettes"]) == 1


@pytest.mark.parametrize("places", [".", "t?sts", "tests nowhere", "nowhere"])
def test_the_places_of_the_tests(suite: Suite, places: str) -> None:
    """``testpaths`` says what a whole run is, as pytest reads it: with patterns, and only where something is."""
    (suite.root / "pyproject.toml").write_text(f'{INI}testpaths = "{places}"\n', "utf-8")
    suite.fill(["nothing played"], each=1)
    is_part = places in ("t?sts", "tests nowhere")
    (suite.root / "tests").mkdir()
    (suite.root / "tests" / "test_more.py").write_text("def test_more():\n    pass\n", "utf-8")
    suite.test()
    assert len(suite.prune()["cassettes"]) == (0 if is_part else 1)
    suite.test("tests", "--cassette-ledger=part.json")
    said = suite.prune("--ledger", "part.json")
    assert said["cassettes"] == []
    assert ("it knows nothing of test_m0.py" in said["kept"][0]["why"]) is not is_part
    assert ("may still be there, though the run did not collect it" in said["kept"][0]["why"]) is is_part


def test_a_ledger_that_cannot_be_written(suite: Suite) -> None:
    """Fails the run that asked for it, in one line, and no other one."""
    suite.fill(["all played"], each=1)
    (suite.root / "file").write_text("", "utf-8")
    result = suite.test("--cassette-ledger=file/ledger.json")
    assert result.ret == 1
    result.stdout.fnmatch_lines(["--cassette-ledger: file/ledger.json cannot be written: *"])
    assert suite.test("-p", "no:cacheprovider").ret == 0


def test_a_run_without_cassettes_leaves_no_ledger(suite: Suite) -> None:
    """Nor does one in which recording is disabled, or that only looks for tests."""
    (suite.root / "test_a.py").write_text("def test_a():\n    pass\n", "utf-8")
    suite.test()
    assert not [*suite.root.rglob("ledger*.json")]
    suite.fill(["nothing played"], each=1)
    for args in (["--disable-recording"], ["--co"], ["--setup-plan"]):
        suite.test(*args)
        assert not [*suite.root.rglob("ledger*.json")]
