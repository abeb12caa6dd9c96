"""Tests and fixtures that end a run, each in its own way: cassettes are whole, and what was recorded is kept or waits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.plugin.test_journal import journals
from tests.plugin.test_nothing_lost import HEAD, recorded

if TYPE_CHECKING:
    from tests.plugin.conftest import Project

TEST = """
import faulthandler
def end():
    {how}

@pytest.fixture
def ends(api_mocker_cassette):
    requests.get("URL/setup")
    {setup}
    yield
    {teardown}

@pytest.mark.cassette
def test_first():
    requests.get("URL/first")

def test_it(ends):
    requests.get("URL/call")
    {call}

@pytest.mark.cassette
def test_last():
    requests.get("URL/last")
"""

PHASES = {"setup": ["/setup"], "call": ["/setup", "/call"], "teardown": ["/setup", "/call"]}


def written(project: Project, how: str, phase: str, name: str = "test_a.py") -> None:
    """A file of tests in which this happens in this phase of one of them."""
    phases = {**dict.fromkeys(PHASES, "pass"), phase: "end()"}
    project.write(name, HEAD + TEST.format(how=how, **phases))


HARD = (
    ("os._exit(7)", "setup"),
    ("os._exit(7)", "teardown"),
    ("faulthandler._sigsegv()", "setup"),
    ("os.abort()", "teardown"),
    ("os.kill(os.getpid(), signal.SIGTERM); time.sleep(5)", "teardown"),
)


def test_the_process_ends(project: Project) -> None:
    """Whatever ends it in setup or teardown: what was committed stays, and what was recorded by then waits when the next run looks."""
    expected = {}
    for number, (how, phase) in enumerate(HARD):
        written(project, how, phase, f"test_{number}.py")
        assert project.run("--record-mode=once", "-p", "no:faulthandler", f"test_{number}.py").ret not in (
            0,
            1,
        )
        expected[f"test_{number}/test_first.yaml"] = ["/first"]
        expected[f"aside: test_{number}/test_it.yaml"] = PHASES[phase]
        for other in range(number + 1):
            assert f"test_{other}/test_it.yaml" not in project.cassettes()
    project.run("--co")
    assert recorded(project) == expected
    assert journals(project) == []


SOFT = {
    "sys_exit": "sys.exit(1)",
    "thread": "t = threading.Thread(target=sys.exit); t.start(); t.join(); assert 0",
    "generator": "raise GeneratorExit",
    "recursion": "end()",
    "memory": "raise MemoryError",
    "skip": "pytest.skip('late')",
    "xfail": "pytest.xfail('known')",
}


def test_the_test_ends(project: Project) -> None:
    """However it ends, but by passing, its cassette is not made and the recording is set aside; its neighbours are kept."""
    expected = {}
    for name, how in SOFT.items():
        for phase, asked in PHASES.items():
            written(project, how, phase, f"test_{name}_{phase}.py")
            for kept in ("first", "last"):
                expected[f"test_{name}_{phase}/test_{kept}.yaml"] = [f"/{kept}"]
            expected[f"aside: test_{name}_{phase}/test_it.yaml"] = asked
    project.run("--record-mode=once")
    assert recorded(project) == expected
    assert journals(project) == []


@pytest.mark.parametrize("how", ["raise KeyboardInterrupt", "pytest.exit('enough')"])
@pytest.mark.parametrize("phase", ["setup", "teardown"])
def test_the_run_is_interrupted_in_a_fixture(project: Project, how: str, phase: str) -> None:
    """The recording is set aside and named, though no test comes after it."""
    written(project, how, phase, "test_a.py")
    result = project.run("--record-mode=once")
    assert result.ret == 2
    result.stdout.fnmatch_lines(["set aside, not committed: *test_it.yaml"])
    assert recorded(project) == {
        "test_a/test_first.yaml": ["/first"],
        "aside: test_a/test_it.yaml": PHASES[phase],
    }
    assert journals(project) == []


WIDER = """
@pytest.fixture(scope="{scope}")
def wide():
    {setup}
    yield
    {teardown}

@pytest.mark.cassette
def test_it(wide):
    requests.get("URL/it")

@pytest.mark.cassette
def test_last(wide):
    requests.get("URL/last")
"""


@pytest.mark.parametrize("scope", ["module", "session"])
@pytest.mark.parametrize("phase", ["setup", "teardown"])
def test_a_wider_fixture_fails(project: Project, scope: str, phase: str) -> None:
    """Its failure in teardown is that of the last test, whose recording is set aside; in setup nothing is recorded."""
    code = {"setup": "pass", "teardown": "pass", phase: "raise RuntimeError('broken')"}
    project.write("test_a.py", HEAD + WIDER.format(scope=scope, **code))
    assert project.run("--record-mode=once").ret == 1
    kept = {"test_a/test_it.yaml": ["/it"], "aside: test_a/test_last.yaml": ["/last"]}
    assert recorded(project) == (kept if phase == "teardown" else {})
    assert journals(project) == []


def test_the_first_failure_ends_the_run(project: Project) -> None:
    """What passed before is committed, what failed is set aside, and what did not run is untouched."""
    written(project, "assert 0", "call")
    assert project.run("--record-mode=once", "-x").ret == 1
    assert recorded(project) == {
        "test_a/test_first.yaml": ["/first"],
        "aside: test_a/test_it.yaml": PHASES["call"],
    }


BROKEN_PLUGINS = {
    "pytest_runtest_call": ["/setup"],
    "pytest_runtest_teardown": ["/setup", "/call"],
    "pytest_runtest_logreport": ["/setup"],
    "pytest_sessionfinish": None,
}


@pytest.mark.parametrize("hook", BROKEN_PLUGINS)
def test_another_plugin_breaks(project: Project, hook: str) -> None:
    """An internal error of pytest's leaves cassettes whole; what the test had recorded is set aside, now or by the next run."""
    written(project, "pass", "call")
    name = "session" if hook == "pytest_sessionfinish" else "report" if "report" in hook else "item"
    project.write(
        "conftest.py",
        f"""
import pytest
@pytest.hookimpl(tryfirst=True)
def {hook}({name}):
    if {name == "session"} or getattr({name}, "nodeid", "").endswith("test_it"):
        raise RuntimeError("a broken plugin")
""",
    )
    project.run("--record-mode=once")
    (project.root / "conftest.py").unlink()
    project.run("--co")
    found = recorded(project)
    assert found.pop("test_a/test_first.yaml") == ["/first"]
    asked = BROKEN_PLUGINS[hook]
    if asked is None:
        assert found.pop("test_a/test_it.yaml") == ["/setup", "/call"]
    else:
        assert found.pop("aside: test_a/test_it.yaml") == asked
    assert found.keys() <= {"test_a/test_last.yaml"}
    assert journals(project) == []


def test_one_recording_that_cannot_be_kept_hides_no_other(project: Project) -> None:
    """Of several blocks and the test's own cassette, one that is refused takes nothing from the others."""
    project.write(
        "test_a.py",
        HEAD
        + """
@pytest.mark.cassette
def test_it():
    for name in ("one", "two", "three"):
        with api_mocker.use_cassette(f"cassettes/{name}.yaml"):
            requests.get(f"URL/{name}")
        if name != "three":
            with open(f"cassettes/{name}.yaml", "w") as file:
                file.write("mine")
    requests.get("URL/own")
""",
    )
    (project.root / "cassettes").mkdir()
    result = project.run("--record-mode=once")
    for name in ("one", "two"):
        assert f"cassettes/{name}.yaml was changed by another process" in result.stdout.str()
        path = project.root / "cassettes" / f"{name}.yaml"
        assert path.read_text() == "mine"
        path.unlink()
    assert recorded(project) == {
        "aside: one.yaml": ["/one"],
        "aside: two.yaml": ["/two"],
        "three.yaml": ["/three"],
        "test_a/test_it.yaml": ["/own"],
    }
