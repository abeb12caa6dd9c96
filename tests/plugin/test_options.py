"""What the plugin is told: flags, markers, the environment, the config, and mistakes in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from .conftest import INI, QUIET

if TYPE_CHECKING:
    from .conftest import Project

ONE = """
import pytest, requests
@pytest.mark.cassette
def test_one():
    requests.get("URL/a")
"""

BESIDE = {
    "alone": ("-p", "no:recording", "-p", "no:cassetter"),
    "beside pytest-recording": ("-p", "no:cassetter"),
    "beside cassetter": ("-p", "no:recording"),
}


@pytest.mark.parametrize("neighbours", BESIDE)
@pytest.mark.parametrize("option", ["--record-mode", "--api-mocker-mode"])
def test_pytest_starts_and_records_beside_its_neighbours(
    project: Project, neighbours: str, option: str
) -> None:
    """--record-mode records, whoever defined it; --api-mocker-mode is always there."""
    project.write("test_a.py", ONE)
    plugins = ("-p", "no:hypothesispytest", *BESIDE[neighbours])
    project.run(f"{option}=once", plugins=plugins).assert_outcomes(passed=1)
    assert list(project.cassettes()) == ["test_a/test_one.yaml"]
    project.service.stop()
    project.run(plugins=plugins).assert_outcomes(passed=1)


@pytest.mark.parametrize("neighbours", BESIDE)
def test_the_fixture_with_a_name_of_its_own_is_always_ours(project: Project, neighbours: str) -> None:
    """api_mocker_cassette is our cassette also where another plugin owns the short name."""
    project.write(
        "test_a.py",
        """
import requests
def test_one(api_mocker_cassette):
    requests.get("URL/a")
    assert [request.url for request in api_mocker_cassette.sent] == ["URL/a"]
""",
    )
    plugins = ("-p", "no:hypothesispytest", *BESIDE[neighbours])
    project.run("--record-mode=once", plugins=plugins).assert_outcomes(passed=1)
    assert list(project.cassettes()) == ["test_a/test_one.yaml"]


@pytest.mark.parametrize("neighbours", BESIDE)
def test_a_test_without_a_cassette_is_left_alone(project: Project, neighbours: str) -> None:
    """Nobody gets a cassette for nothing, also where another plugin gives each test a fixture of that name."""
    project.write("test_a.py", 'import requests\ndef test_one():\n    assert requests.get("URL/a").ok\n')
    plugins = ("-p", "no:hypothesispytest", *BESIDE[neighbours])
    project.run(plugins=plugins).assert_outcomes(passed=1)
    assert project.service.log == ["GET /a"]


GUARDED = """
import pytest, socket
def reach(host):
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket() as sock:
        sock.connect((host, server.getsockname()[1]))

def test_allowed():
    reach("127.0.0.1")

def test_blocked():
    reach("192.0.2.1")
"""


@pytest.mark.parametrize("neighbours", BESIDE)
def test_the_network_is_blocked_beside_its_neighbours(project: Project, neighbours: str) -> None:
    """--block-network, --allowed-hosts, --disable-recording and --fail-on-live are there, whoever defined them."""
    project.write("test_a.py", GUARDED + ONE)
    plugins = ("-p", "no:hypothesispytest", *BESIDE[neighbours])
    result = project.run(
        "--block-network",
        "--allowed-hosts=127.0.0.1,localhost",
        "--disable-recording",
        "--fail-on-live",
        plugins=plugins,
    )
    result.assert_outcomes(passed=2, failed=1)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(
        ["--fail-on-live: 1 call went out live", "api-mocker: 0 replayed, 0 recorded, 1 live, *"]
    )
    result = project.run("--block-network", "-k", "test_blocked or test_allowed", plugins=plugins)
    result.assert_outcomes(failed=2)


def test_asking_for_the_cassette_is_as_good_as_the_marker(project: Project) -> None:
    """A test that takes the fixture `cassette` has one, active from the first line."""
    project.write(
        "test_a.py",
        """
import requests
def test_one(cassette):
    requests.get("URL/a")
    assert cassette.mode == "once"
    assert [request.url for request in cassette.sent] == ["URL/a"]
""",
    )
    project.run("--record-mode=once").assert_outcomes(passed=1)
    assert list(project.cassettes()) == ["test_a/test_one.yaml"]


MODES = [
    # flag, marker, environment, config -> whether the request was recorded
    ("once", "none", "none", "none", True),
    ("none", "once", "once", "once", False),
    (None, "once", "none", "none", True),
    (None, "none", "once", "once", False),
    (None, None, "once", "none", True),
    (None, None, "none", "once", False),
    (None, None, None, "once", True),
    (None, None, None, None, False),
]


@pytest.mark.parametrize("row", MODES, ids=str)
def test_who_decides_the_record_mode(
    project: Project,
    monkeypatch: pytest.MonkeyPatch,
    row: tuple[str | None, str | None, str | None, str | None, bool],
) -> None:
    """The flag, then the marker, then the environment, then the config; and none when nobody says."""
    flag, marker, environment, config, recorded = row
    project.write(
        "test_a.py", ONE.replace("cassette", f"cassette(record_mode={marker!r})" if marker else "cassette")
    )
    if environment:
        monkeypatch.setenv("API_MOCKER_RECORD_MODE", environment)
    if config:
        project.write("pyproject.toml", f'{INI}[tool.api_mocker]\nrecord_mode = "{config}"\n')
    project.run(*([f"--record-mode={flag}"] if flag else []))
    assert bool(project.cassettes()) == recorded
    assert bool(project.service.log) == recorded


@pytest.mark.parametrize(
    ("value", "forbidden"), [("true", True), ("1", True), ("", False), ("0", False), ("false", False)]
)
def test_in_ci_only_the_flag_records(
    project: Project,
    monkeypatch: pytest.MonkeyPatch,
    value: str,
    forbidden: bool,
) -> None:
    """With CI set, a marker cannot record, and the error says so; the flag can."""
    monkeypatch.setenv("CI", value)
    project.write("test_a.py", ONE.replace("cassette", 'cassette(record_mode="once")'))
    result = project.run()
    assert bool(project.cassettes()) is not forbidden
    if forbidden:
        result.stdout.fnmatch_lines(["*must not be recorded: CI is set*"])
        project.run("--record-mode=once").assert_outcomes(passed=1)
        assert project.cassettes()


@pytest.mark.parametrize(
    ("addopts", "variable", "said", "recorded"),
    [
        ("--record-mode=once", "", [], False),
        ("--record-mode once -n 1", "", [], False),
        ("--api-mocker-mode=once", "", ["--record-mode=none"], False),
        ("--record-mode=none", "", ["--record-mode", "once"], True),
        ("--record-mode=once", "", ["--record-mode=once", "-n", "1"], True),
        ("--record-mode=none", "-v --record-mode=once", [], True),
        ("", "", ["-o", "addopts=--record-mode=once"], True),
        ("-o addopts=--record-mode=once", "", [], False),
    ],
)
def test_in_ci_addopts_do_not_record(
    project: Project,
    monkeypatch: pytest.MonkeyPatch,
    addopts: str,
    variable: str,
    said: list[str],
    recorded: bool,
) -> None:
    """What a committed file adds to the command line nobody said; what PYTEST_ADDOPTS says somebody did."""
    project.write("pyproject.toml", f'{INI}addopts = "{addopts}"\n')
    project.write("test_a.py", ONE)
    monkeypatch.setenv("PYTEST_ADDOPTS", variable)
    monkeypatch.setenv("CI", "true")
    result = project.run(*said)
    assert bool(project.cassettes()) == recorded
    assert bool(project.service.log) == recorded
    if addopts == "--record-mode=once" and not recorded:
        result.stdout.fnmatch_lines(["*must not be recorded: CI is set*(asked for here: once in addopts)*"])
        monkeypatch.delenv("CI")
        project.run().assert_outcomes(passed=1)
        assert project.cassettes()


def test_markers_merge_and_the_closest_wins(project: Project) -> None:
    """Options of module, class and test come together; lists of what to ignore add up."""
    project.write(
        "test_a.py",
        """
import pytest, requests
pytestmark = pytest.mark.cassette(ignore=["query:a"], repeat="last", unused="ignore")

@pytest.mark.cassette(ignore=["query:b"])
class TestIt:
    @pytest.mark.cassette(repeat="error", ignore=["query:c"])
    def test_one(self, cassette):
        import itertools
        n = 0 if cassette.mode == "once" else 1
        requests.get(f"URL/x?a={n}&b={n}&c={n}&d=0")
        if cassette.mode == "none":
            with pytest.raises(Exception, match="has been played"):
                requests.get(f"URL/x?a={n}&b={n}&c={n}&d=0")
""",
    )
    project.run("--record-mode=once").assert_outcomes(passed=1)
    assert list(project.cassettes()) == ["test_a/TestIt.test_one.yaml"]
    project.run().assert_outcomes(
        passed=1, errors=1
    )  # the second request was refused, and caught by the test


BAD = [
    (
        "marker",
        "cassette(record_mod='once')",
        "",
        "there is no option 'record_mod'; did you mean 'record_mode'?",
    ),
    (
        "marker",
        "cassette(repeat='lats')",
        "",
        "must be 'error' or 'last' or 'cycle', and is 'lats'; did you mean 'last'?",
    ),
    (
        "marker",
        "cassette(ignore=['jsn:$.a'])",
        "",
        "ignore entry 'jsn:$.a' is not of the form*did you mean 'json'?",
    ),
    ("marker", "cassette(ignore=['json:$.['])", "", "is no JSONPath (RFC 9535)"),
    ("marker", "cassette(match_on=['methd'])", "", "there is no matcher 'methd'; did you mean 'method'?"),
    ("marker", "cassette('../../etc/x')", "", "must lie inside the cassette folder"),
    ("marker", "cassette(7)", "", "a cassette's name must be text, and is 7"),
    (
        "config",
        "cassette",
        "cassete_dir = 'x'",
        "there is no option 'cassete_dir'; did you mean 'cassette_dir'?",
    ),
    ("config", "cassette", "record_mode = 'onec'", "there is no record mode 'onec'; did you mean 'once'?"),
    ("config", "cassette", "unused = 'eror'", "did you mean 'error'?"),
    (
        "config",
        "cassette",
        "[tool.api_mocker.redact]\nheader = ['x']",
        "has no key 'header'; did you mean 'headers'?",
    ),
    ("config", "cassette", "[tool.api_mocker.redact]\npatterns = ['(']", "is no regular expression"),
]


@pytest.mark.parametrize(("place", "marker", "config", "text"), BAD, ids=[row[3][:40] for row in BAD])
def test_a_mistake_is_named_without_a_traceback(
    project: Project, place: str, marker: str, config: str, text: str
) -> None:
    """A wrong option says where it stands and what was meant, in one message, and nothing is sent."""
    project.write("test_a.py", ONE.replace("cassette", marker, 1))
    if config:
        project.write("pyproject.toml", f"{INI}[tool.api_mocker]\n{config}\n")
    result = project.run("--record-mode=once")
    output = result.stdout.str() + result.stderr.str()
    for piece in text.split("*"):
        assert piece in output
    assert ("test_a.py::test_one: @pytest.mark.cassette" if place == "marker" else "pyproject.toml") in output
    assert "Traceback" not in output
    assert "api_mocker/" not in output
    assert result.ret != 0
    assert project.service.log == []


def test_a_wrong_mode_on_the_command_line_is_a_usage_error(project: Project) -> None:
    """A misspelt --record-mode ends pytest at once, with the nearest mode."""
    project.write("test_a.py", ONE)
    result = project.run("--record-mode=onec")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*there is no record mode 'onec'; did you mean 'once'?*"])


@pytest.mark.parametrize(
    "table",
    [
        "[tool]\napi_mocker = 3",
        "[tool]\n'api_mocker' = 3",
        "tool = {api_mocker = 3}",
        "[tool]\napi_mocker.repaet = 'last'",
        "[tool.'api_mocker']\nrepaet = 'last'",
        "[ tool . api-mocker ]",
        "[tool.apimocker.redact]",
        "[tool.api_mock]",
    ],
)
def test_a_wrong_table_is_a_usage_error(project: Project, table: str) -> None:
    """Whatever is wrong with the project's options, and however they are written, ends pytest in one line."""
    rest = "" if table.startswith("tool") else "[tool.pytest.ini_options]\n"
    project.write("pyproject.toml", f"{table}\n{rest}")
    project.write("test_a.py", ONE.replace("cassette", "cassette('a')"))
    result = project.run("-c", "pyproject.toml")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert result.stderr.str().strip().count("\n") == 0
    result.stderr.fnmatch_lines(["ERROR: pyproject.toml*api_mocker*"])
    assert "Traceback" not in result.stdout.str()


def test_a_table_that_a_glance_does_not_show_is_a_usage_error(project: Project) -> None:
    """Also where the table is found only when a test asks for it."""
    project.write("pyproject.toml", f'{INI}[tool."api\\u005fmocker"]\nrepaet = "last"\n')
    project.write("test_a.py", ONE.replace("cassette", "cassette('a')"))
    result = project.run()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: pyproject.toml*did you mean 'repeat'?"])
    assert "Traceback" not in result.stdout.str() + result.stderr.str()


DISABLED = """
import api_mocker, pytest, requests, threading

@pytest.fixture(scope="module")
def login(api_mocker_cassette_factory):
    with api_mocker_cassette_factory("login") as cassette:
        assert requests.get("URL/login").ok
        yield cassette
        requests.get("URL/logout")

@pytest.mark.cassette("test_a/test_one", "no-such-cassette")
def test_one(cassette, login):
    assert requests.post("URL/a", json={"n": 1}).json()["body"] == '{"n": 1}'
    with api_mocker.use_cassette("block.yaml", record_mode="none") as block:
        requests.get("URL/block")
    thread = threading.Thread(target=requests.get, args=("URL/thread",))
    thread.start()
    thread.join()
    assert [sent.url for sent in login.sent] == ["URL/login"]
    assert [sent.url for sent in cassette.sent] == ["URL/a", "URL/thread"]
    assert cassette.sent[0].json() == {"n": 1}
    assert [sent.url for sent in block.sent] == ["URL/block"]
    assert cassette.interactions == cassette.requests == []

@pytest.mark.cassette("shared")
def test_two(): pass
"""


@pytest.mark.parametrize("workers", ["-n0", "-n2"])
def test_disable_recording_lets_everything_through(project: Project, workers: str) -> None:
    """--disable-recording is live, for debugging: no file is read, nothing refused, and all of it is counted and sent."""
    project.write("test_a.py", DISABLED)
    broken = {
        name: project.write(f"cassettes/{name}", "cassette: [")
        for name in ("test_a/test_one.yaml", "fixtures/login.yaml", "shared.yaml")
    }
    expected = {"/login", "/a", "/block", "/thread", "/logout"}
    for _ in range(2):
        project.service.log.clear()
        result = project.run("--disable-recording", "--record-mode=rewrite", workers)
        result.assert_outcomes(passed=2)
        result.stdout.fnmatch_lines(["api-mocker: 0 replayed, 0 recorded, 5 live, 0 blocked, 0 unused"])
        assert {line.partition(" ")[2] for line in project.service.log} == expected
    assert all(path.read_text() == "cassette: [" for path in broken.values())
    assert not (project.root / "block.yaml").exists()


def test_disable_recording_minds_no_thread(project: Project) -> None:
    """Where nothing is recorded it is nobody's mistake that a thread outlives its test."""
    project.write(
        "test_a.py",
        """
import pytest, requests, threading
go = threading.Event()
answers = []
def linger():
    answers.append(requests.get("URL/first"))
    go.wait(10)
    answers.append(requests.get("URL/late"))
thread = threading.Thread(target=linger)

@pytest.mark.cassette
def test_one():
    thread.start()
    while not answers: pass

@pytest.mark.cassette
def test_two():
    go.set()
    thread.join()
    assert len(answers) == 2
""",
    )
    project.run("--disable-recording").assert_outcomes(passed=2)


def test_auto_gives_every_test_a_cassette(project: Project) -> None:
    """auto = true marks everything; a test that sends nothing leaves no file."""
    project.write("pyproject.toml", INI + "[tool.api_mocker]\nauto = true\n")
    project.write("test_a.py", ONE.replace("@pytest.mark.cassette\n", "") + "\ndef test_quiet(): pass\n")
    project.run("--record-mode=once").assert_outcomes(passed=2)
    assert list(project.cassettes()) == ["test_a/test_one.yaml"]


def test_an_unmarked_test_is_none_of_our_business(project: Project) -> None:
    """Without marker, fixture and auto a test's traffic passes untouched, also beside marked tests."""
    project.write("test_a.py", ONE + '\ndef test_free():\n    assert requests.get("URL/free").ok\n')
    project.run("--record-mode=once").assert_outcomes(passed=2)
    project.run().assert_outcomes(passed=2)
    assert project.service.log.count("GET /free") == 2
    assert project.service.log.count("GET /a") == 1


def test_the_config_fixture_goes_over_the_project(project: Project) -> None:
    """api_mocker_config is overridden like any fixture, and merged over [tool.api_mocker]."""
    project.write(
        "conftest.py",
        'import pytest\n@pytest.fixture(scope="session")\ndef api_mocker_config():\n    return {"cassette_dir": "tapes"}\n',
    )
    project.write("test_a.py", ONE)
    project.run("--record-mode=once").assert_outcomes(passed=1)
    assert (project.root / "tapes" / "test_a" / "test_one.yaml").is_file()


def test_passthrough_is_live_and_counted(project: Project) -> None:
    """A host on the passthrough list is neither recorded nor refused, and counted as live."""
    project.write("pyproject.toml", INI + '[tool.api_mocker]\npassthrough = ["127.0.*"]\n')
    project.write("test_a.py", ONE)
    result = project.run()
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["api-mocker: 0 replayed, 0 recorded, 1 live, 0 blocked, 0 unused"])


def test_a_suite_without_cassettes_is_left_alone(project: Project) -> None:
    """Where no cassette is used, nothing is printed, no folder is made and no client is imported."""
    project.write(
        "test_a.py",
        "import sys\ndef test_none():\n    assert not {'requests', 'httpx', 'urllib3', 'yaml'} & sys.modules.keys()\n",
    )
    result = project.run("-p", "no:xdist", plugins=QUIET)
    result.assert_outcomes(passed=1)
    result.stdout.no_fnmatch_line("api-mocker:*")
    assert (
        sorted(path.name for path in project.root.iterdir() if path.name.startswith((".api", "cass"))) == []
    )
