"""The network guard and subinterpreters, in real runs of pytest."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.plugin.conftest import Project

RUNS = """
import socket
from contextlib import contextmanager
import pytest
try:
    import _interpreters as interpreters
except ImportError:
    import _xxsubinterpreters as interpreters

@contextmanager
def another():
    number = interpreters.create()
    try:
        yield number
    finally:
        interpreters.destroy(number)

def run(number, code):
    failed = interpreters.run_string(number, code)
    if failed is not None:  # since Python 3.13
        raise RuntimeError(failed.formatted)

CONNECTS = '''
import socket
socket.create_connection(("192.0.2.1", 9), timeout=0.1)
'''
SWALLOWS = '''
import socket
try:
    socket.create_connection(("192.0.2.1", 9), timeout=0.1)
except BaseException:
    pass
'''
LOCAL = '''
import socket
with socket.create_server(("127.0.0.1", 0)) as server:
    socket.create_connection(server.getsockname()).close()
'''
"""


@pytest.mark.parametrize("options", [["--block-network"], []])
def test_an_interpreter_is_guarded_like_the_test_that_runs_it(project: Project, options: list[str]) -> None:
    """Nothing gets out of it, whether the run or a replaying test is guarded; what stays here works."""
    project.write(
        "test_a.py",
        f"""{RUNS}
@pytest.mark.cassette("one")
def test_replays():
    import requests
    requests.get("URL/a")
    with another() as number:
        run(number, "assert sum(range(10)) == 45")
        run(number, LOCAL)
        with pytest.raises(Exception, match="NetworkBlocked.*: a connection to 192.0.2.1:9 was blocked"):
            run(number, CONNECTS)
""",
    )
    project.write(
        "test_b.py",
        'import pytest, requests\n@pytest.mark.cassette("one")\ndef test(): requests.get("URL/a")\n',
    )
    project.run("test_b.py", "--record-mode=once").assert_outcomes(passed=1)
    result = project.run(*options, "--allowed-hosts=127.0.0.1", "test_a.py")
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["a connection to 192.0.2.1:9 was blocked", "*test_a.py::test_replays: *"])


def test_what_it_caught_inside_fails_the_test(project: Project) -> None:
    """The code in the other interpreter swallowed the error: it is remembered, with the ways out."""
    project.write(
        "test_a.py",
        f"""{RUNS}
def test_swallowed():
    with another() as number:
        run(number, SWALLOWS)
        run(number, SWALLOWS)

def test_clean():
    with another() as number:
        run(number, "pass")
""",
    )
    result = project.run("--block-network")
    result.assert_outcomes(passed=2, errors=1)
    result.stdout.fnmatch_lines(
        [
            "An attempt to reach the network was blocked, and the code under test caught the error:",
            "a connection to 192.0.2.1:9 was blocked",
            "*To let it through this guard alone:  allowed_hosts = *",
        ]
    )


def test_however_much_it_caught_is_told(project: Project) -> None:
    """Hundreds of refusals come out of the other interpreter, whole."""
    project.write(
        "test_a.py",
        f"""{RUNS}
MANY = '''
import socket
for number in range(250):
    try:
        socket.create_connection((f"192.0.2.{{number}}", 9), timeout=0.1)
    except BaseException:
        pass
'''

@pytest.mark.block_network
def test_swallowed():
    with another() as number:
        run(number, MANY)
""",
    )
    result = project.run("--block-network")
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["250 attempts to reach the network were blocked, *"])
    result.stdout.fnmatch_lines(["a connection to 192.0.2.249:9 was blocked"])


def test_what_is_allowed_is_allowed_there(project: Project) -> None:
    """Lists of hosts hold inside as outside."""
    project.write(
        "test_a.py",
        f"""{RUNS}
@pytest.mark.block_network(allowed_hosts=["192.0.2.0/24"])
def test_allowed():
    with another() as number, pytest.raises(Exception) as caught:
        run(number, CONNECTS)  # nobody is there: but it was tried
    assert "NetworkBlocked" not in str(caught.value)
""",
    )
    project.run().assert_outcomes(passed=1)


def test_an_interpreter_is_free_again_where_nothing_is_guarded(project: Project) -> None:
    """One that outlives a guarded test keeps nothing of its guard; one that is older than the guard is guarded."""
    project.write(
        "test_a.py",
        f"""{RUNS}
@pytest.fixture(scope="module")
def number():
    with another() as number:
        yield number

def test_before(number):
    run(number, "import socket")

@pytest.mark.block_network
def test_guarded(number):
    with pytest.raises(Exception, match="NetworkBlocked"):
        run(number, CONNECTS)

def test_after(number):
    with pytest.raises(Exception) as caught:
        run(number, CONNECTS)
    assert "NetworkBlocked" not in str(caught.value)
""",
    )
    project.run().assert_outcomes(passed=3, errors=1)


def test_an_interpreter_without_a_way_to_guard_it_runs_nothing(project: Project) -> None:
    """Where the guard cannot be put up inside, the code is not run, and the error says so."""
    project.write(
        "test_a.py",
        f"""{RUNS}
@pytest.mark.block_network
def test_strange(tmp_path):
    with another() as number:
        interpreters_run = interpreters.run_string.__wrapped__
        interpreters_run(number, "import sys; sys.modules['api_mocker'] = None")
        run(number, f"open({{str(tmp_path / 'ran')!r}}, 'w').close()")

def test_that_is_all(tmp_path_factory):
    assert not list(tmp_path_factory.getbasetemp().rglob("ran"))
""",
    )
    result = project.run()
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(
        [
            "E * api_mocker.NetworkBlocked: code for another interpreter was not run, for it cannot be guarded there: *"
        ]
    )
