"""Who a cassette belongs to: names, shared cassettes, fixtures of wider scope, workers, leftovers."""

from __future__ import annotations

import shlex
from textwrap import dedent
from typing import TYPE_CHECKING

import pytest

from .conftest import INI, QUIET

if TYPE_CHECKING:
    from .conftest import Project


def test_names_are_safe_and_never_shared(project: Project) -> None:
    """Parameter ids that no file system takes, or that look alike, give each test a file of its own."""
    project.write(
        "sub/test_a.py",
        """
import pytest, requests
@pytest.mark.cassette
@pytest.mark.parametrize("value", ["a:b", "a-b", "A-B", "a/../../b", "CON", "x" * 300, "ü", "", "a b"], ids=str)
def test_p(value):
    requests.get("URL/p", params={"value": value})
""",
    )
    project.run("--record-mode=once").assert_outcomes(passed=9)
    names = list(project.cassettes())
    assert len({name.lower() for name in names}) == 9
    for name in names:
        assert name.startswith("sub/test_a/test_p")
        assert len(name.rpartition("/")[2]) < 130
        assert not set(name) & set('<>:"\\|?*')
    assert "sub/test_a/test_p[a-b].yaml" in names
    project.service.stop()
    project.run().assert_outcomes(passed=9)


SHARED = """
import pytest, requests
@pytest.mark.cassette("shared/checkout")
def test_one():
    assert requests.get("URL/login").json()["time"] == 1
    requests.get("URL/one")

@pytest.mark.cassette("shared/checkout")
def test_two():
    assert requests.get("URL/login").json()["time"] == 1
    requests.get("URL/two")
"""


def test_several_tests_share_a_named_cassette(project: Project) -> None:
    """`once` records for all tests of the run that began the file; each test replays it from its start."""
    project.write("test_a.py", SHARED)
    project.run("--record-mode=once").assert_outcomes(passed=2)
    assert list(project.cassettes()) == ["shared/checkout.yaml"]
    assert project.service.log == ["GET /login", "GET /one", "GET /two"]
    project.service.stop()
    project.run().assert_outcomes(passed=2)
    project.run("test_a.py::test_two").assert_outcomes(passed=1)


def test_a_shared_cassette_is_judged_over_all_its_tests(project: Project) -> None:
    """What no test of a complete run played fails the run, once; a part of the run proves nothing."""
    project.write("test_a.py", SHARED)
    project.run("--record-mode=once")
    project.write("test_a.py", SHARED.replace('    requests.get("URL/two")\n', ""))
    result = project.run()
    result.assert_outcomes(passed=2)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert result.stdout.str().count("never asked for: cassettes/shared/checkout.yaml") == 1
    advice = (
        "rm cassettes/shared/checkout.yaml; pytest --record-mode=once test_a.py::test_one test_a.py::test_two"
    )
    assert advice in result.stdout.str()
    for part in (["-k", "two"], ["test_a.py::test_one"], ["test_a.py"]):
        assert project.run(*part).ret == pytest.ExitCode.OK


HALF = """
import pytest, requests
@pytest.mark.cassette("shared/checkout")
def test_{name}():
    requests.get("URL/{name}")
"""


@pytest.fixture
def halves(project: Project) -> Project:
    """A project with two folders, whose tests share a cassette and each play a half of it."""
    for name in ("one", "two"):
        project.write(f"{name}/test_{name}.py", HALF.format(name=name))
    project.run("--record-mode=once").assert_outcomes(passed=2)
    project.service.stop()
    return project


@pytest.mark.parametrize(
    "part",
    [
        ["--ignore=two"],
        ["--ignore-glob=*/test_two.py"],
        ["--deselect=two/test_two.py::test_two"],
        ["-k", "one"],
        ["one"],
        ["one/test_one.py::test_one"],
    ],
    ids=" ".join,
)
def test_a_part_of_a_run_proves_nothing_unused(halves: Project, part: list[str]) -> None:
    """Whatever leaves tests out, their half of a shared cassette is not called unused."""
    result = halves.run(*part)
    result.assert_outcomes(
        passed=1, deselected=int(part[0] in ("-k", "--deselect=two/test_two.py::test_two"))
    )
    assert result.ret == pytest.ExitCode.OK


@pytest.mark.parametrize("config", ["", 'testpaths = ["one", "two"]\n'], ids=["plain", "testpaths"])
def test_a_run_from_a_folder_below_is_no_whole_run(
    halves: Project, monkeypatch: pytest.MonkeyPatch, config: str
) -> None:
    """pytest, started without arguments in a folder of the project, runs that folder only."""
    halves.write("pyproject.toml", INI + config)
    monkeypatch.chdir(halves.root / "one")
    result = halves.run()
    result.assert_outcomes(passed=1)
    assert result.ret == pytest.ExitCode.OK


def test_a_run_of_what_failed_last_is_no_whole_run(halves: Project) -> None:
    """--lf passes over whole files without a word."""
    plugins = QUIET[:-2]
    test = halves.root / "two" / "test_two.py"
    text = test.read_text("utf-8")
    test.write_text(text + "    assert False\n", "utf-8")
    halves.run(plugins=plugins).assert_outcomes(passed=1, failed=1)
    test.write_text(text, "utf-8")
    result = halves.run("--lf", plugins=plugins)
    result.assert_outcomes(passed=1)
    assert result.ret == pytest.ExitCode.OK


def test_a_shared_cassette_is_judged_over_all_workers(project: Project) -> None:
    """Under xdist the controller puts together what the workers played."""
    project.write("test_a.py", SHARED)
    project.run("--record-mode=once")
    project.run("-n2").assert_outcomes(passed=2)
    project.write("test_a.py", SHARED.replace('    requests.get("URL/two")\n', ""))
    result = project.run("-n2")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["*never asked for: cassettes/shared/checkout.yaml"])


def test_a_failed_test_does_not_stop_the_others_of_its_cassette(project: Project) -> None:
    """What the run began goes on being recorded for the tests behind one whose recording was set aside."""
    project.write(
        "test_a.py",
        """
import pytest, requests
pytestmark = pytest.mark.cassette("shared/flow")
def test_one(): requests.get("URL/one")
def test_two():
    requests.get("URL/two")
    assert False
def test_three(): requests.get("URL/three")
""",
    )
    project.run("--record-mode=once").assert_outcomes(passed=2, failed=1)
    text = project.cassettes()["shared/flow.yaml"]
    assert ("/one" in text, "/two" in text, "/three" in text) == (True, False, True)
    assert project.aside() == ["cassettes/shared/flow.yaml"]


@pytest.mark.parametrize("name", ["test_one", "test_one[a b]"], ids=["plain", "to be quoted"])
def test_the_advised_command_works_where_pytest_was_started(
    project: Project, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """The test is named from there, and quoted for a shell where it must be."""
    mark = '@pytest.mark.parametrize("value", ["a b"])\n' if "[" in name else ""
    test = f"def test_one({'value' if mark else ''}): requests.get('URL/one')\n"
    project.write("sub/test_a.py", f"import pytest, requests\n@pytest.mark.cassette\n{mark}{test}")
    monkeypatch.chdir(project.root / "sub")
    refused = project.run()
    refused.assert_outcomes(failed=1)
    (line,) = (line for line in refused.outlines if "pytest --record-mode=once" in line)
    project.run(*shlex.split(line.partition(" pytest ")[2])).assert_outcomes(passed=1)


def test_extra_cassettes_are_only_read(project: Project) -> None:
    """Further names in the marker are played after the first and never written."""
    project.write(
        "test_a.py",
        'import pytest, requests\n@pytest.mark.cassette("login")\ndef test_login():\n    requests.get("URL/login")\n',
    )
    project.run("--record-mode=once")
    login = project.cassettes()["login.yaml"]
    project.write(
        "test_a.py",
        """
import pytest, requests
@pytest.mark.cassette("checkout", "login")
def test_checkout():
    requests.get("URL/login")
    requests.get("URL/checkout")
""",
    )
    project.run("--record-mode=once").assert_outcomes(passed=1)
    assert project.cassettes()["login.yaml"] == login
    assert project.service.log == ["GET /login", "GET /checkout"]
    project.service.stop()
    project.run().assert_outcomes(passed=1)


FIXTURE = """
import pytest, requests

@pytest.fixture(scope="{scope}")
def token(api_mocker_cassette_factory):
    with api_mocker_cassette_factory("login"):
        return requests.get("URL/login").json()["token"]

@pytest.mark.cassette
@pytest.mark.parametrize("n", [1, 2])
def test_it(token, n):
    requests.get(f"URL/it/{{n}}", headers={{"Authorization": token}})

@pytest.mark.cassette
def test_late(request):
    requests.get("URL/before")
    request.getfixturevalue("token")
    requests.get("URL/after")
"""


@pytest.mark.parametrize("scope", ["session", "module"])
def test_a_fixture_of_wider_scope_has_a_cassette_of_its_own(project: Project, scope: str) -> None:
    """Its traffic is in its own file, whichever test comes first."""
    project.write("test_a.py", FIXTURE.format(scope=scope))
    project.run("--record-mode=once").assert_outcomes(passed=3)
    assert project.service.log.count("GET /login") == 1
    cassettes = project.cassettes()
    assert "/login" in cassettes["fixtures/login.yaml"]
    assert all("/login" not in text for name, text in cassettes.items() if name != "fixtures/login.yaml")
    assert cassettes["test_a/test_late.yaml"].count("\n---\n") == 2
    project.service.stop()
    project.run("-k", "2").assert_outcomes(passed=1, deselected=2)
    project.run().assert_outcomes(passed=3)


def test_an_async_fixture_of_wider_scope_has_a_cassette_of_its_own(project: Project) -> None:
    """With `async with` as with `with`."""
    project.write(
        "test_a.py",
        """
import httpx, pytest, pytest_asyncio
pytestmark = pytest.mark.asyncio(loop_scope="module")
@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def token(api_mocker_cassette_factory):
    async with api_mocker_cassette_factory("login") as cassette, httpx.AsyncClient() as client:
        answer = await client.get("URL/login")
        assert [sent.url for sent in cassette.sent] == ["URL/login"]
    return answer.json()["token"]
@pytest.mark.cassette
async def test_it(token):
    async with httpx.AsyncClient() as client:
        await client.get("URL/it", headers={"Authorization": token})
""",
    )
    project.run("--record-mode=once").assert_outcomes(passed=1)
    assert list(project.cassettes()) == ["fixtures/login.yaml", "test_a/test_it.yaml"]
    project.service.stop()
    project.run().assert_outcomes(passed=1)


@pytest.mark.parametrize("mode", ["none", "once"])
def test_a_fixture_of_wider_scope_without_one_is_refused(project: Project, mode: str) -> None:
    """Such traffic does not fall into the first test's cassette, nor to the network: the factory is named."""
    project.write(
        "test_a.py",
        """
import pytest, requests
@pytest.fixture(scope="module")
def token():
    try: return requests.get("URL/login").json()
    except Exception: return None
@pytest.mark.cassette
def test_it(token): pass
""",
    )
    result = project.run(f"--record-mode={mode}")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(
        ["*module-scoped fixture 'token'*", '*with api_mocker_cassette_factory("token"):']
    )
    assert project.service.log == []


def test_workers_record_and_replay_their_own_tests(project: Project) -> None:
    """Four xdist workers record and replay, each its own tests; counts and files are reported once."""
    project.write(
        "test_a.py",
        """
import httpx, pytest, requests
@pytest.mark.cassette
@pytest.mark.parametrize("n", range(20))
def test_n(n):
    assert requests.get(f"URL/{n}").json()["asked"] == f"GET /{n}"
    assert httpx.get(f"URL/h/{n}").json()["asked"] == f"GET /h/{n}"
""",
    )
    recorded = project.run("-n4", "--record-mode=once")
    recorded.assert_outcomes(passed=20)
    recorded.stdout.fnmatch_lines(["api-mocker: 0 replayed, 40 recorded, 0 live, 0 blocked, 0 unused"])
    assert len(project.cassettes()) == 20
    project.service.stop()
    replayed = project.run("-n4")
    replayed.assert_outcomes(passed=20)
    replayed.stdout.fnmatch_lines(["api-mocker: 40 replayed, 0 recorded, 0 live, 0 blocked, 0 unused"])


@pytest.mark.parametrize("mode", ["once", "rewrite", "all"])
def test_a_fixtures_cassette_is_recorded_by_one_worker_alone(project: Project, mode: str) -> None:
    """Several workers are told so at once, before anything is sent; one worker records, and all replay."""
    project.write("test_a.py", FIXTURE.format(scope="session"))
    if mode != "once":
        project.run("--record-mode=once").assert_outcomes(passed=3)
        project.service.log.clear()
    before = project.cassettes()
    result = project.run("-n2", f"--record-mode={mode}", "-k", "test_it")
    result.assert_outcomes(errors=2)
    result.stdout.fnmatch_lines(
        [
            "*api_mocker_cassette_factory('login'): 2 workers of pytest-xdist would each record this cassette*",
            f"*Record with one worker, *:  pytest -n 0 --record-mode={mode}",
        ]
    )
    assert project.service.log == []
    assert project.cassettes() == before
    for workers in ("-n1", "-n0"):
        project.run(workers, f"--record-mode={mode}").assert_outcomes(passed=3)
    project.service.stop()
    project.run("-n2").assert_outcomes(passed=3)
    project.run("-n2", "--record-mode=once").assert_outcomes(passed=3)
    project.run("-n2", "--record-mode=new_episodes").assert_outcomes(passed=3)


def test_nothing_is_added_to_a_fixtures_cassette_by_several_workers(project: Project) -> None:
    """With new_episodes what is there is replayed, and what is missing is refused: each worker would add it."""
    text = FIXTURE.format(scope="session")
    project.write("test_a.py", text)
    project.run("--record-mode=once").assert_outcomes(passed=3)
    project.write(
        "test_a.py", text.replace("        return", '        requests.get("URL/more")\n        return')
    )
    project.service.log.clear()
    result = project.run("-n2", "--record-mode=new_episodes", "-k", "test_it")
    result.assert_outcomes(errors=2)
    result.stdout.fnmatch_lines(
        ["*must not be recorded: 2 workers of pytest-xdist would each do it; use -n 0.*"]
    )
    assert project.service.log == []


def test_a_thread_that_outlives_its_test_is_reported_against_it(project: Project) -> None:
    """What a leftover thread sends later is refused, goes into no other cassette, and fails the run."""
    project.write(
        "test_a.py",
        """
import pytest, requests, threading
go, done = threading.Event(), threading.Event()

def linger():
    requests.get("URL/first")
    go.wait(10)
    try: requests.get("URL/late")
    except Exception: pass
    done.set()

@pytest.mark.cassette
def test_one():
    thread = threading.Thread(target=linger)
    thread.start()
    while not requests.get("URL/poll").json()["time"]: pass

@pytest.mark.cassette
def test_two():
    requests.get("URL/two")
    go.set()
    assert done.wait(10)
""",
    )
    result = project.run("--record-mode=once")
    assert "GET /late" not in project.service.log
    assert "/late" not in "".join(project.cassettes().values())
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["*/late*", "*belongs to cassettes/test_a/test_one.yaml, which is closed*"])


def test_a_failed_rerun_is_set_aside_and_the_passing_one_committed(project: Project) -> None:
    """With pytest-rerunfailures only the attempt that passed is kept."""
    project.write(
        "test_a.py",
        """
import pytest, requests
@pytest.mark.cassette
@pytest.mark.flaky(reruns=2)
def test_flaky():
    assert requests.get("URL/a").json()["time"] == 2
""",
    )
    assert project.run("--record-mode=once").parseoutcomes() == {"passed": 1, "rerun": 1}
    (text,) = project.cassettes().values()
    assert '"time": 2' in text
    assert text.count("\n---\n") == 1


def test_async_tests_have_their_cassette(project: Project) -> None:
    """Tests and fixtures of pytest-asyncio are covered, tasks and threads of theirs included."""
    project.write(
        "test_a.py",
        """
import asyncio, httpx, pytest, pytest_asyncio, requests

@pytest_asyncio.fixture
async def client():
    async with httpx.AsyncClient() as client:
        await client.get("URL/warm-up")
        yield client
        await client.get("URL/goodbye")

@pytest.mark.cassette
@pytest.mark.asyncio
@pytest.mark.parametrize("n", [1, 2])
async def test_it(client, n):
    answers = await asyncio.gather(*(client.get(f"URL/{n}/{i}") for i in range(5)))
    assert [answer.json()["asked"] for answer in answers] == [f"GET /{n}/{i}" for i in range(5)]
    answer = await asyncio.to_thread(requests.get, f"URL/thread/{n}")
    assert answer.ok
""",
    )
    project.run("--record-mode=once", plugins=QUIET).assert_outcomes(passed=2)
    assert [text.count("\n---\n") for text in project.cassettes().values()] == [8, 8]
    project.service.stop()
    project.run().assert_outcomes(passed=2)


def test_rewriting_one_test_of_a_shared_cassette_keeps_the_others(project: Project) -> None:
    """The command that an error advises never drops what other tests recorded."""
    anytime = SHARED.replace(
        'assert requests.get("URL/login").json()["time"] == 1', 'requests.get("URL/login")'
    )
    project.write("test_a.py", anytime)
    project.run("--record-mode=once")
    project.write("test_a.py", anytime.replace("/two", "/new"))
    refused = project.run("test_a.py::test_two")
    refused.stdout.fnmatch_lines(["*record it:  pytest --record-mode=rewrite test_a.py::test_two"])
    project.run("--record-mode=rewrite", "test_a.py::test_two").assert_outcomes(passed=1)
    text = project.cassettes()["shared/checkout.yaml"]
    assert "/one" in text
    assert "/new" in text
    project.run("test_a.py::test_one").assert_outcomes(passed=1)


def test_ids_that_look_alike_have_files_of_their_own(project: Project) -> None:
    """A parameter id with colons is not that with dots."""
    project.write(
        "test_a.py",
        """
import pytest, requests
@pytest.mark.cassette
@pytest.mark.parametrize("value", ["a::b", "a.b"])
def test_p(value):
    requests.get("URL/p", params={"value": value})
""",
    )
    project.run("--record-mode=once").assert_outcomes(passed=2)
    assert len(project.cassettes()) == 2
    project.run().assert_outcomes(passed=2)


ENDING = """
import pytest, requests
@pytest.fixture(scope="module")
def service():
    yield
    GOODBYE
@pytest.mark.cassette
def test_first(service): requests.get("URL/first")
@pytest.mark.cassette
def test_last(): requests.get("URL/last")
"""


GOODBYES = {
    "plain": 'requests.get("URL/goodbye")',
    "swallowed": 'try: requests.get("URL/goodbye")\n    except Exception: pass',
    "wrapped": 'try: requests.get("URL/goodbye")\n    except Exception as e: raise ValueError("no goodbye") from e',
}


@pytest.mark.parametrize("goodbye", GOODBYES)
def test_the_end_of_a_wider_fixture_is_refused(project: Project, goodbye: str) -> None:
    """What a module's fixture sends when it is torn down belongs to no test, and is no live traffic either.

    That is said once, with the fixture's name, and the last test's own recording is kept.
    """
    project.write("test_a.py", ENDING.replace("GOODBYE", GOODBYES[goodbye]))
    result = project.run("--record-mode=once")
    result.assert_outcomes(passed=2, errors=1)
    output = result.stdout.str()
    said = "was sent by the module-scoped fixture 'service' while it was torn down after test_a.py::test_last"
    assert output.count(said) == 1
    assert "set up" not in output
    assert project.service.log == ["GET /first", "GET /last"]
    assert list(project.cassettes()) == ["test_a/test_first.yaml", "test_a/test_last.yaml"]
    assert project.aside() == []
    project.service.stop()
    project.run().assert_outcomes(passed=2, errors=1)


def test_what_the_refusal_of_a_finalizer_advises_works(project: Project) -> None:
    """A cassette around the yield, or a second one behind it: recorded and replayed with the service gone."""
    project.write("test_a.py", ENDING.replace("GOODBYE", GOODBYES["plain"]))
    lines = project.run().stdout.str().splitlines()
    start = next(
        number for number, line in enumerate(lines) if "def service(api_mocker_cassette_factory)" in line
    )
    code = dedent("\n".join(line.removeprefix("E") for line in lines[start : start + 4]))
    around = code.replace("...  #", 'requests.get("URL/goodbye")  #')
    behind = """
def service(api_mocker_cassette_factory):
    with api_mocker_cassette_factory("service"): requests.get("URL/hello")
    yield
    with api_mocker_cassette_factory("service-end"): requests.get("URL/goodbye")
"""
    for name, fixture in {"a": around, "b": behind}.items():
        text = ENDING.replace("def service():\n    yield\n    GOODBYE\n", fixture + "\n")
        project.write(f"test_{name}.py", text.replace('"service', f'"{name}/service'))
    project.run("--record-mode=once").assert_outcomes(passed=4)
    assert project.service.log.count("GET /goodbye") == 2
    fixtures = [name for name in project.cassettes() if name.startswith("fixtures/")]
    assert fixtures == ["fixtures/a/service.yaml", "fixtures/b/service-end.yaml", "fixtures/b/service.yaml"]
    project.service.stop()
    project.run().assert_outcomes(passed=4)


def test_each_finalizer_is_told_from_the_others(project: Project) -> None:
    """Fixtures that need each other are named one by one; a failure that has nothing to do with us is one."""
    project.write(
        "test_a.py",
        """
import pytest, requests
@pytest.fixture(scope="session")
def outer(request):
    request.addfinalizer(lambda: requests.get("URL/outer"))
@pytest.fixture(scope="module")
def inner(outer):
    yield
    requests.get("URL/inner")
@pytest.fixture(scope="module")
def broken():
    yield
    assert FINE
@pytest.mark.cassette
def test_it(inner, broken): requests.get("URL/it")
""".replace("FINE", "True"),
    )
    result = project.run("--record-mode=once")
    output = result.stdout.str()
    assert output.count("was sent by the module-scoped fixture 'inner' while it was torn down") == 1
    assert output.count("was sent by the session-scoped fixture 'outer' while it was torn down") == 1
    assert project.service.log == ["GET /it"]
    (cassette,) = (project.root / "cassettes" / "test_a").iterdir()
    cassette.unlink()
    project.write("test_a.py", (project.root / "test_a.py").read_text().replace("True", "False"))
    project.run("--record-mode=once")
    assert project.cassettes() == {}


def test_a_finalizer_that_makes_way_for_another_value_is_refused(project: Project) -> None:
    """A parametrized fixture is torn down while the next test is set up: that is no live traffic either."""
    project.write(
        "test_a.py",
        """
import pytest, requests
@pytest.fixture(scope="module", params=[1, 2])
def service(request):
    yield
    try: requests.get("URL/goodbye")
    except Exception: pass
@pytest.mark.cassette
def test_it(service): requests.get("URL/it")
""",
    )
    result = project.run("--record-mode=once")
    result.assert_outcomes(passed=2, errors=1)
    assert project.service.log == ["GET /it", "GET /it"]
    assert len(project.cassettes()) == 2
    for when in ("before", "after"):
        result.stdout.fnmatch_lines([f"*'service' while it was torn down {when} test_a.py::test_it?2?,*"])
    result.stdout.fnmatch_lines(["api-mocker: 0 replayed, 2 recorded, 0 live, 2 blocked, 0 unused"])


def test_a_wider_fixture_beside_tests_without_cassette_is_nobodys_business(project: Project) -> None:
    """Set up or torn down in a test without cassette, it is live."""
    project.write(
        "test_a.py",
        """
import pytest, requests
@pytest.fixture(scope="module")
def service():
    requests.get("URL/hello")
    yield
    requests.get("URL/goodbye")
def test_first(service): pass
@pytest.mark.cassette
def test_recorded(service): requests.get("URL/it")
def test_last(): pass
""",
    )
    project.run("--record-mode=once").assert_outcomes(passed=3)
    assert project.service.log == ["GET /hello", "GET /it", "GET /goodbye"]
    project.write("pyproject.toml", INI + "[tool.api_mocker]\nauto = true\n")
    project.run().assert_outcomes(errors=2, passed=1)
    assert project.service.log == ["GET /hello", "GET /it", "GET /goodbye"]


def test_the_end_of_a_wider_fixture_has_the_cassette_that_it_keeps_open(project: Project) -> None:
    """What the error advises records and replays, the finalizer's request too."""
    project.write(
        "test_a.py",
        """
import pytest, requests
@pytest.fixture(scope="module")
def service(api_mocker_cassette_factory):
    with api_mocker_cassette_factory("service"):
        yield requests.get("URL/hello")
        requests.get("URL/goodbye")
@pytest.mark.cassette
def test_it(service): requests.get("URL/it")
""",
    )
    project.run("--record-mode=once").assert_outcomes(passed=1)
    assert "/goodbye" in project.cassettes()["fixtures/service.yaml"]
    assert "/it" in project.cassettes()["test_a/test_it.yaml"]
    project.service.stop()
    project.run().assert_outcomes(passed=1)


def test_wider_async_fixtures_of_anyio_are_no_trouble(project: Project) -> None:
    """A runner that outlives the set-up of a fixture does not carry the fence along."""
    project.write(
        "test_a.py",
        """
import httpx, pytest
pytestmark = [pytest.mark.anyio, pytest.mark.cassette]
@pytest.fixture(scope="session")
def anyio_backend(): return "asyncio"
@pytest.fixture(scope="session")
async def db(): yield 1
@pytest.mark.parametrize("n", [1, 2])
async def test_it(db, n):
    async with httpx.AsyncClient() as client:
        assert (await client.get(f"URL/{n}")).json()["asked"] == f"GET /{n}"
""",
    )
    project.run("--record-mode=once").assert_outcomes(passed=2)
    project.service.stop()
    project.run().assert_outcomes(passed=2)


def test_a_thread_started_in_a_test_belongs_to_it(project: Project) -> None:
    """Though it sends its first request in the time of the next one."""
    project.write(
        "test_a.py",
        """
import pytest, requests, threading
go, done = threading.Event(), threading.Event()
def linger():
    go.wait(10)
    try: requests.get("URL/late")
    except Exception: pass
    done.set()
@pytest.mark.cassette
def test_one():
    threading.Thread(target=linger).start()
@pytest.mark.cassette
def test_two():
    requests.get("URL/two")
    go.set()
    assert done.wait(10)
""",
    )
    result = project.run("--record-mode=once")
    assert project.service.log == ["GET /two"]
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["*belongs to cassettes/test_a/test_one.yaml, which is closed*"])
