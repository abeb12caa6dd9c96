"""The network guard, in real runs of pytest: what is let out, what is not, and what is said of it."""

from __future__ import annotations

import re
import socket
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from tests.plugin.conftest import INI

if TYPE_CHECKING:
    from tests.plugin.conftest import Project

FAR = "192.0.2.1"
"""An address that nobody has (RFC 5737), as a test that gets out would find."""

NO_NAME = "api.nobody.invalid"
"""A name that nobody has (RFC 2606)."""

WAYS = """
import _socket, asyncio, os, socket, threading, urllib.request
import httpx, pytest, requests
from api_mocker import NetworkBlocked

def in_thread(function):
    caught = []
    def run():
        try:
            function()
        except NetworkBlocked as error:
            caught.append(error)
    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    raise caught[0]

def udp(family=socket.AF_INET):
    return socket.socket(family, socket.SOCK_DGRAM)

async def asked(url):
    async with httpx.AsyncClient() as client:
        await client.get(url)

async def raw(address):
    with socket.socket() as sock:
        sock.setblocking(False)
        await asyncio.get_running_loop().sock_connect(sock, address)

async def by_loop():
    await asyncio.get_running_loop().getaddrinfo("NAME", 80)

async def datagrams():
    await asyncio.get_running_loop().create_datagram_endpoint(asyncio.DatagramProtocol, remote_addr=("FAR", 53))

def closing(sock, act):
    with sock:
        act(sock)

WAYS = {
    "requests, by name": lambda: requests.get("http://NAME/"),
    "requests, by address": lambda: requests.get("http://FAR/"),
    "httpx, by name": lambda: httpx.get("http://NAME/"),
    "httpx, by address": lambda: httpx.get("http://FAR/"),
    "httpx async, by name": lambda: asyncio.run(asked("http://NAME/")),
    "httpx async, by address": lambda: asyncio.run(asked("http://FAR/")),
    "urllib.request": lambda: urllib.request.urlopen("http://NAME/"),
    "create_connection": lambda: socket.create_connection(("FAR", 80)),
    "connect to a name": lambda: closing(socket.socket(), lambda sock: sock.connect(("NAME", 80))),
    "connect_ex": lambda: closing(socket.socket(), lambda sock: sock.connect_ex(("FAR", 80))),
    "a C socket": lambda: _socket.socket(socket.AF_INET, socket.SOCK_STREAM).connect(("FAR", 80)),
    "an octal address": lambda: closing(socket.socket(), lambda sock: sock.connect(("0300.0.2.1", 80))),
    "IPv6": lambda: socket.create_connection(("2001:db8::1", 80)),
    "IPv4 in IPv6": lambda: closing(socket.socket(socket.AF_INET6), lambda sock: sock.connect(("::ffff:FAR", 80))),
    "sendto": lambda: closing(udp(), lambda sock: sock.sendto(b"x", ("FAR", 53))),
    "sendto with flags": lambda: closing(udp(), lambda sock: sock.sendto(b"x", 0, ("FAR", 53))),
    "sendmsg": lambda: closing(udp(), lambda sock: sock.sendmsg([b"x"], [], 0, ("FAR", 53))),
    "connected datagrams": lambda: closing(udp(), lambda sock: sock.connect(("FAR", 53))),
    "getaddrinfo": lambda: socket.getaddrinfo("NAME", 443),
    "gethostbyname": lambda: socket.gethostbyname("NAME"),
    "gethostbyname_ex": lambda: socket.gethostbyname_ex("NAME"),
    "gethostbyaddr": lambda: socket.gethostbyaddr("FAR"),
    "getnameinfo": lambda: socket.getnameinfo(("FAR", 80), 0),
    "streams": lambda: asyncio.run(asyncio.open_connection("FAR", 80)),
    "sock_connect": lambda: asyncio.run(raw(("FAR", 80))),
    "loop.getaddrinfo": lambda: asyncio.run(by_loop()),
    "datagram endpoint": lambda: asyncio.run(datagrams()),
    "a thread": lambda: in_thread(lambda: socket.create_connection(("FAR", 80))),
    "a thread that looks up": lambda: in_thread(lambda: socket.getaddrinfo("NAME", 80)),
}

def blocked(error):
    if isinstance(error, BaseExceptionGroup):
        return any(map(blocked, error.exceptions))
    return isinstance(error, NetworkBlocked)

@MARK
@pytest.mark.parametrize("way", WAYS)
def test_way(way, record_property):
    try:
        WAYS[way]()
    except BaseException as error:
        assert blocked(error), error
    else:
        pytest.fail("it got out")
"""


def ways(mark: str) -> str:
    return WAYS.replace("FAR", FAR).replace("NAME", NO_NAME).replace("MARK", mark)


@pytest.mark.parametrize(
    ("mark", "option"),
    [
        ("pytest.mark.usefixtures()", "--block-network"),
        ("pytest.mark.block_network", "-rN"),
        ("pytest.mark.cassette", "-rN"),
    ],
    ids=["run", "marker", "replaying"],
)
def test_no_way_leads_out(project: Project, mark: str, option: str) -> None:
    """Every client, raw sockets, datagrams and look-ups, in coroutines and threads: refused, and told at the end of a test that caught it."""
    project.write("test_a.py", ways(mark))
    project.write("pyproject.toml", INI + "[tool.api_mocker]\nunused = 'ignore'\n")
    result = project.run(option)
    number = len(re.findall(r'^    "', WAYS, re.MULTILINE))
    supported = 6 if "cassette" in mark else 0  # those are refused before they reach a socket
    if supported:
        assert result.parseoutcomes()["failed"] == supported
        result.assert_outcomes(failed=supported, passed=number - supported, errors=number - supported)
    else:
        result.assert_outcomes(passed=number, errors=number)
        result.stdout.fnmatch_lines(
            [f"api-mocker: 0 replayed, 0 recorded, 0 live, {number} blocked, 0 unused"]
        )
    result.stdout.no_fnmatch_line("*it got out*")


ALLOWED = """
import asyncio, socket
import pytest

@pytest.fixture
def port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]

MARK
def test_in(port):
    socket.create_connection(("HOST", port)).close()
    async def main():
        _, writer = await asyncio.open_connection("HOST", port)
        writer.close()
    asyncio.run(main())
"""


def allowing(host: str, mark: str = "") -> str:
    return ALLOWED.replace("HOST", host).replace("MARK", mark)


@pytest.mark.parametrize(
    ("host", "entry"),
    [
        ("127.0.0.1", "127.0.0.1"),
        ("127.0.0.1", "localhost"),
        ("localhost", "localhost"),
        ("localhost", "local*"),
        ("127.0.0.1", "127.0.0.0/8"),
        ("127.0.0.1", "other.example.com, 127.0.0.1:*"),
        (socket.gethostname(), socket.gethostname()),
        ("127.0.0.1", socket.gethostname()),  # who wrote the name may have looked it up before
    ],
)
def test_the_command_line_allows(project: Project, host: str, entry: str) -> None:
    """--allowed-hosts takes names, globs, addresses and networks; what an allowed name leads to is allowed."""
    if host == socket.gethostname() or entry == socket.gethostname():
        with suppress(OSError):
            if socket.gethostbyname(socket.gethostname()) != "127.0.0.1":
                pytest.skip("this machine's name leads elsewhere")
    project.write("test_a.py", allowing(host))
    project.run("--block-network", f"--allowed-hosts={entry}").assert_outcomes(passed=1)


def test_each_place_allows_and_the_closest_counts(project: Project) -> None:
    """allowed_hosts: of the marker, else of the command line, else of the project; passthrough adds to each."""
    project.write("test_plain.py", allowing("127.0.0.1"))
    project.write(
        "test_marked.py", allowing("127.0.0.1", '@pytest.mark.block_network(allowed_hosts=["127.0.0.1"])')
    )
    project.write(
        "test_other.py", allowing("127.0.0.1", '@pytest.mark.block_network(allowed_hosts=["10.0.0.1"])')
    )
    table = INI + "[tool.api_mocker]\nblock_network = true\n"
    project.write("pyproject.toml", table)
    project.run("-q").assert_outcomes(passed=1, failed=2)
    project.write("pyproject.toml", table + 'allowed_hosts = ["127.0.0.1"]\n')
    result = project.run("-q")
    result.assert_outcomes(passed=2, failed=1)
    result.stdout.fnmatch_lines(
        [
            "*test_other.py::test_in: block_network = true in pyproject.toml",
            "*@pytest.mark.block_network(allowed_hosts=*",
        ]
    )
    project.run("--allowed-hosts=10.0.0.1").assert_outcomes(passed=1, failed=2)
    project.write("pyproject.toml", table + 'passthrough = ["127.0.0.*"]\n')
    project.run("-q").assert_outcomes(passed=3)


def test_the_config_fixture_allows(project: Project) -> None:
    """What must be computed comes from api_mocker_config, also for tests without a cassette."""
    project.write("test_a.py", allowing("127.0.0.1"))
    project.write(
        "conftest.py",
        'import pytest\n@pytest.fixture(scope="session")\ndef api_mocker_config():\n'
        '    return {"allowed_hosts": ["127.0.0.1"]}\n',
    )
    project.run("--block-network").assert_outcomes(passed=1)


def test_an_error_tells_who_and_what_to_do(project: Project) -> None:
    """The test, the host, the library, the line, who forbids it, and the ways out; no traceback of ours."""
    project.write(
        "test_a.py",
        f'import requests\ndef test_one():\n    requests.get("https://{NO_NAME}/path?token=s3cret")\n',
    )
    result = project.run("--block-network")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            f"E * api_mocker.NetworkBlocked: the look-up of {NO_NAME}:443 was blocked",
            "E * test_a.py::test_one: --block-network is given",
            "E * asked for by:  requests (through urllib3), at test_a.py:3",
            "E * To answer it without the network:  @pytest.mark.cassette, or a route of the fixture api_mocker",
            f"E * To let it through cassettes, mocks and this guard:  passthrough = *{NO_NAME}:443*",
            f"E * To let it through this guard alone:  allowed_hosts = * or --allowed-hosts={NO_NAME}:443",
        ],
        consecutive=True,
    )
    result.stdout.no_fnmatch_line("*api_mocker/_guard*")


@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"])
def test_a_proxy_is_named_and_its_password_is_not(
    project: Project, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    """A connection to a proxy is one to the proxy's host; the variable that says so is named, without its value."""
    monkeypatch.setenv(variable, "http://user:pa55word@proxy.nobody.invalid:3128")
    project.write("test_a.py", f'import requests\ndef test_one():\n    requests.get("https://{NO_NAME}/")\n')
    result = project.run("--block-network", "--tb=line")
    result.stdout.fnmatch_lines(
        [
            "*the look-up of proxy.nobody.invalid:3128 was blocked",
            f"*{variable} is set, and names this host: *",
        ]
    )
    result.stdout.no_fnmatch_line("*pa55word*")


def test_a_caught_error_fails_the_test_once(project: Project) -> None:
    """Whatever the code does with the error, and however often it tries again: one report, one in the count."""
    project.write(
        "test_a.py",
        f"""
import socket
def attempt():
    try:
        socket.create_connection(("{FAR}", 80))
    except Exception as error:
        raise ConnectionError("no luck") from error

def test_swallowed():
    for _ in range(5):
        try:
            attempt()
        except ConnectionError:
            pass

def test_failing_for_another_reason():
    try:
        attempt()
    except ConnectionError:
        pass
    assert 1 == 2

def test_clean():
    pass
""",
    )
    result = project.run("--block-network")
    result.assert_outcomes(passed=2, failed=1, errors=1)
    result.stdout.fnmatch_lines(
        [
            "An attempt to reach the network was blocked, and the code under test caught the error:",
            f"a connection to {FAR}:80 was blocked",
            "*assert 1 == 2",
            "*api-mocker: refused requests*",
            f"a connection to {FAR}:80 was blocked",
            "api-mocker: 0 replayed, 0 recorded, 0 live, 2 blocked, 0 unused",
        ]
    )
    assert result.stdout.str().count(f"a connection to {FAR}:80 was blocked") == 2


REPLAYING = """
import socket
import pytest, requests

def local():
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname()).close()

@pytest.fixture(scope="session", autouse=SESSION)
def database():
    try:
        socket.create_connection(("FAR", 5432), timeout=0.01)
    except OSError:
        pass  # nobody is there: but it was tried
    yield
    with socket.socket() as sock:
        sock.settimeout(0.01)
        sock.connect_ex(("FAR", 5432))

@pytest.mark.cassette
def test_replays():
    requests.get("URL/a")
    local()

@pytest.mark.cassette
def test_reaches_out():
    requests.get("URL/a")
    socket.create_connection(("FAR", 80), timeout=0.01)

def test_free():
    local()
    with socket.socket() as sock:
        sock.settimeout(0.01)
        sock.connect_ex(("FAR", 80))
"""


def test_a_replaying_test_is_guarded_by_itself(project: Project) -> None:
    """Beyond this machine nothing of it gets, and only of it: not of recording tests, others, or fixtures of wider scope."""
    project.write("test_a.py", REPLAYING.replace("FAR", FAR).replace("SESSION", "True"))
    recorded = project.run("--record-mode=once")
    recorded.stdout.no_fnmatch_line("*was blocked*")
    project.write("test_a.py", REPLAYING.replace("FAR", FAR).replace("SESSION", "True"))
    project.write("cassettes/test_a/test_reaches_out.yaml", project.cassettes()["test_a/test_replays.yaml"])
    project.service.stop()
    result = project.run()
    result.assert_outcomes(passed=2, failed=1)
    result.stdout.fnmatch_lines(
        [
            f"*a connection to {FAR}:80 was blocked",
            "*test_a.py::test_reaches_out: its cassette only replays, so nothing of it may leave this machine",
        ]
    )
    project.run("--disable-recording", "-k", "reaches_out").stdout.no_fnmatch_line("*was blocked*")


def test_a_guard_over_the_run_minds_fixtures_and_imports(project: Project) -> None:
    """With --block-network a fixture of wider scope is held to it, and so is a module that is imported."""
    project.write("test_a.py", REPLAYING.replace("FAR", FAR).replace("SESSION", "True"))
    project.write(
        "test_b.py",
        f'import socket\ntry:\n    socket.create_connection(("{FAR}", 80))\nexcept Exception:\n    pass\ndef test_b(): pass\n',
    )
    result = project.run("--block-network", "-k", "free or test_b")
    result.stdout.fnmatch_lines(
        [
            f"*a connection to {FAR}:5432 was blocked",
            "*test_a.py::test_free: --block-network is given",
            f"*a connection to {FAR}:80 was blocked",
        ]
    )
    assert "the collection of test_b.py: --block-network is given" in result.stdout.str()
    assert result.ret == pytest.ExitCode.TESTS_FAILED


RECORDING = """
import asyncio, socket
import httpx, pytest, requests

async def ask():
    async with httpx.AsyncClient() as client:
        return await client.get("http://localhost:PORT/async")

@pytest.mark.cassette
def test_records():
    assert requests.get("http://localhost:PORT/a").ok
    assert httpx.get("http://localhost:PORT/b").is_success
    assert asyncio.run(ask()).is_success

@pytest.mark.cassette
def test_records_and_more():
    requests.get("http://localhost:PORT/a")
    socket.create_connection(("localhost", PORT))
"""


def test_what_a_cassette_records_goes_out(project: Project) -> None:
    """--block-network while recording lets out what is recorded, by whichever client, and nothing besides."""
    port = str(project.service.server.server_port)
    project.write("test_a.py", RECORDING.replace("PORT", port))
    result = project.run("--block-network", "--record-mode=once")
    result.assert_outcomes(passed=1, failed=1)
    assert list(project.cassettes()) == ["test_a/test_records.yaml"]
    result.stdout.fnmatch_lines(
        [f"*a connection to *:{port} was blocked", "*test_records_and_more: --block-network is given"]
    )


def test_disable_recording_yields_to_the_command_line_alone(project: Project) -> None:
    """--disable-recording lifts the project's and the marker's block; --block-network beside it stays in force."""
    project.write(
        "test_a.py",
        'import pytest, requests\n@pytest.mark.block_network\n@pytest.mark.cassette\ndef test_one():\n    assert requests.get("URL/a").ok\n',
    )
    project.write("pyproject.toml", INI + "[tool.api_mocker]\nblock_network = true\n")
    project.run("--disable-recording").assert_outcomes(passed=1)
    result = project.run("--disable-recording", "--block-network")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*NetworkBlocked: a connection to 127.0.0.1:* was blocked"])


def test_lists_of_mocks_and_markers_serve_the_guard_too(project: Project) -> None:
    """What a mock, a marker or a cassette passes through, the guard lets out."""
    project.write(
        "test_a.py",
        """
import api_mocker, pytest, requests, socket

@pytest.mark.cassette(passthrough=["127.0.0.1"])
def test_marker():
    assert requests.get("URL/a").ok
    socket.create_connection(("127.0.0.1", PORT)).close()

@pytest.mark.api_mocker(passthrough=["127.0.0.0/8"])
def test_mock(api_mocker):
    assert requests.get("URL/a").ok
    socket.create_connection(("127.0.0.1", PORT)).close()

def test_block():
    with api_mocker.mock(passthrough=["127.0.0.1:*"]):
        assert requests.get("URL/a").ok
    with pytest.raises(api_mocker.NetworkBlocked):
        socket.create_connection(("127.0.0.1", PORT))
""".replace("PORT", str(project.service.server.server_port)),
    )
    result = project.run("--block-network")
    result.assert_outcomes(passed=3, errors=1)  # what was let out then, is not any more


MACHINERY = """
import asyncio, concurrent.futures, multiprocessing, multiprocessing.connection, os, socket, subprocess, sys, threading
import http.server, email.utils

def double(number):
    return 2 * number

def test_pairs_and_unix_sockets(tmp_path, monkeypatch):
    for sock in socket.socketpair():
        sock.close()
    place = "s"  # a whole path may be too long for it
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as server, socket.socket(socket.AF_UNIX) as client:
        server.bind(place)
        server.listen()
        client.connect(place)

def test_loops_and_executors():
    async def main():
        process = await asyncio.create_subprocess_exec(sys.executable, "-c", "")
        await process.wait()
        return await asyncio.get_running_loop().run_in_executor(None, double, 2)
    assert asyncio.run(main()) == 4

def test_processes():
    with concurrent.futures.ProcessPoolExecutor(1) as pool:
        assert pool.submit(double, 2).result() == 4
    with multiprocessing.Manager() as manager:
        assert dict(manager.dict(a=1)) == {"a": 1}

def test_messages_between_processes_over_loopback():
    with multiprocessing.connection.Listener(("127.0.0.1", 0)) as listener:
        accepted = []
        thread = threading.Thread(target=lambda: accepted.append(listener.accept()))
        thread.start()
        with multiprocessing.connection.Client(listener.address) as client:
            client.send(1)
            thread.join()
            assert accepted[0].recv() == 1
            accepted[0].close()

def test_serving_and_naming_oneself():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler):
        assert socket.getaddrinfo("localhost", 80) and socket.getaddrinfo(None, 80)
    assert email.utils.make_msgid()
    assert socket.getfqdn()
"""


def test_the_machinery_goes_on(project: Project) -> None:
    """Socketpairs, AF_UNIX, event loops, worker processes, managers, servers of one's own, the own name: all as ever."""
    project.write("test_a.py", MACHINERY)
    result = project.run("--block-network", "-W", "ignore::DeprecationWarning")
    result.assert_outcomes(passed=5)


def test_a_forked_process_is_guarded(project: Project) -> None:
    """A child that was forked is held to the same; one that starts anew is another Python, and is not."""
    project.write(
        "test_a.py",
        f"""
import multiprocessing, os, pytest, socket
from api_mocker import NetworkBlocked

def reach():
    try:
        socket.create_connection(("{FAR}", 80))
    except NetworkBlocked as error:
        os._exit(7 if error.host == "{FAR}" else 8)

def test_fork():
    process = multiprocessing.get_context("fork").Process(target=reach)
    process.start()
    process.join()
    assert process.exitcode == 7
""",
    )
    project.run("--block-network", "-W", "ignore::DeprecationWarning").assert_outcomes(passed=1)


def test_under_xdist(project: Project) -> None:
    """Each worker guards its tests; the controller counts, and says what no test could be told of."""
    project.write("test_a.py", f'import socket\ndef test_a():\n    socket.create_connection(("{FAR}", 80))\n')
    project.write(
        "test_b.py",
        f'import socket\ntry:\n    socket.getaddrinfo("{NO_NAME}", 80)\nexcept Exception:\n    pass\ndef test_b(): pass\n',
    )
    result = project.run("--block-network", "-n2")
    assert result.parseoutcomes()["failed"] == 1
    assert "the collection of test_b.py: --block-network is given" in result.stdout.str()
    assert result.ret == pytest.ExitCode.TESTS_FAILED


ORDERS = {
    "as installed": (),
    "ours first": ("-p", "no:api_mocker", "-p", "api_mocker.pytest_plugin"),
    "theirs first": ("-p", "no:socket", "-p", "pytest_socket"),
}


@pytest.mark.parametrize("order", ORDERS)
def test_beside_pytest_socket(project: Project, order: str) -> None:
    """With pytest-socket both are in force, whichever was there first, and afterwards everything is as it was."""
    project.write(
        "test_a.py",
        f"""
import socket, pytest, pytest_socket
from api_mocker import NetworkBlocked

def reach(host="{FAR}"):
    with socket.socket() as sock:
        sock.connect((host, 80))

def test_ours():
    with pytest.raises(NetworkBlocked):
        reach()

@pytest.mark.disable_socket
@pytest.mark.filterwarnings("ignore")
def test_theirs():
    with pytest.raises(pytest_socket.SocketBlockedError):
        reach()
    with pytest.raises(pytest_socket.SocketBlockedError):
        socket.getaddrinfo("{NO_NAME}", 80)

@pytest.mark.allow_hosts(["{FAR}"])
@pytest.mark.filterwarnings("ignore")
def test_both():
    with pytest.raises(NetworkBlocked):
        reach()
    with pytest.raises(pytest_socket.SocketConnectBlockedError):
        reach("127.0.0.1")

def test_afterwards():
    assert socket.socket.__module__ == "socket"
    assert socket.getaddrinfo("localhost", 80)
""",
    )
    result = project.run(*ORDERS[order], "--block-network")
    result.assert_outcomes(passed=4, errors=2)


LIVE = """
import pytest, requests, socket

@pytest.mark.cassette
def test_let_through():
    assert requests.get("URL/a").ok
    assert requests.get("URL/a").ok

def test_outside():
    with socket.socket() as sock:
        sock.settimeout(0.01)
        sock.connect_ex(("FAR", 80))

def test_inside():
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname()).close()
"""


@pytest.mark.parametrize("workers", ["-n0", "-n2"])
def test_fail_on_live_names_tests_and_hosts(project: Project, workers: str) -> None:
    """Requests that were let through, and connections beyond this machine that no list allows, fail the run."""
    project.write("test_a.py", LIVE.replace("FAR", FAR))
    project.write("pyproject.toml", INI + '[tool.api_mocker]\npassthrough = ["127.0.0.1"]\n')
    project.run(workers).assert_outcomes(passed=3)
    result = project.run("--fail-on-live", workers)
    result.assert_outcomes(passed=3)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(
        [
            "--fail-on-live: 3 calls went out live",
            f"  test_a.py::test_let_through: 127.0.0.1:{project.service.server.server_port} (2 times)",
            f"  test_a.py::test_outside: {FAR}:80",
            "api-mocker: 0 replayed, 0 recorded, 3 live, 0 blocked, 0 unused",
        ]
    )


def test_fail_on_live_is_content_with_recordings(project: Project) -> None:
    """What is replayed or recorded is not live, and neither is what is blocked."""
    project.write(
        "test_a.py",
        'import pytest, requests\n@pytest.mark.cassette\ndef test_one():\n    requests.get("URL/a")\n',
    )
    for options in (["--record-mode=once"], [], ["--block-network"]):
        assert project.run("--fail-on-live", *options).ret == pytest.ExitCode.OK


BAD = [
    (["--allowed-hosts=http://a.b", "--block-network"], "", "usefixtures()", "the host alone is wanted"),
    (["--allowed-hosts=http://a.b"], "", "usefixtures()", "the host alone is wanted"),
    ([], "block_network = true\nallowed_hosts = ['.*x']", "usefixtures()", "allowed_hosts: '.*x' is no host"),
    ([], "block_network = 1", "usefixtures()", "block_network must be true or false"),
    ([], "", "block_network('localhost')", "block_network takes allowed_hosts=[...], and not 'localhost'"),
    ([], "", "block_network(allow=[])", "block_network takes allowed_hosts=[...], and not allow"),
    ([], "", "block_network(allowed_hosts=[3])", "allowed_hosts must be a list of strings"),
    ([], "", "block_network(allowed_hosts=['a b'])", "'a b' is no host"),
]


@pytest.mark.parametrize(("options", "table", "mark", "told"), BAD)
def test_a_mistake_is_named(project: Project, options: list[str], table: str, mark: str, told: str) -> None:
    """A list that can never match, or an argument that nobody takes, is an error in one message."""
    project.write("test_a.py", f"import pytest\n@pytest.mark.{mark}\ndef test_one(): pass\n")
    project.write("pyproject.toml", f"{INI}[tool.api_mocker]\n{table}\n")
    result = project.run(*options)
    assert result.ret != 0
    output = result.stdout.str() + result.stderr.str()
    assert told in output
    assert "Traceback" not in output


def test_nobody_pays_who_does_not_ask(project: Project) -> None:
    """Without a guard there is no hook and no wrapped look-up: its modules are not even loaded."""
    project.write(
        "test_a.py",
        """
import socket, sys
def test_one():
    assert not [name for name in sys.modules if name.startswith("api_mocker._guard")]
    assert "api_mocker._core.hosts" not in sys.modules
""",
    )
    project.run("-p", "no:xdist").assert_outcomes(passed=1)


def test_what_was_wrapped_is_given_back(project: Project) -> None:
    """Behind the last guarded test nothing of ours is left in Python's modules, and the hook minds nothing."""
    project.write(
        "test_a.py",
        """
import _socket, pytest, socket

@pytest.mark.block_network
def test_a():
    assert "connect" in vars(socket.socket)
    with pytest.raises(Exception, match="was blocked"):
        socket.create_connection(("192.0.2.1", 80))

def test_b():
    assert not {"connect", "connect_ex", "sendto", "sendmsg"} & vars(socket.socket).keys()
    assert type(_socket.getaddrinfo) is type(socket.gethostbyname) is type(len)
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname()).close()
""",
    )
    project.run("-p", "no:socket").assert_outcomes(passed=2, errors=1)


LOOPS = """
import asyncio, pytest, socket, uvloop
from api_mocker import NetworkBlocked

async def connect(host):
    await asyncio.open_connection(host, 80)

async def look_up(host):
    await asyncio.get_running_loop().getaddrinfo(host, 80)

async def datagrams(host):
    await asyncio.get_running_loop().create_datagram_endpoint(asyncio.DatagramProtocol, remote_addr=(host, 53))

async def by_socket(host):
    with socket.socket() as sock:
        sock.setblocking(False)
        await asyncio.get_running_loop().sock_connect(sock, (host, 80))

@pytest.mark.parametrize("act", [connect, look_up, datagrams, by_socket])
def test_refused(act):
    host = "NAME" if act is look_up else "FAR"
    with pytest.raises(NetworkBlocked):
        uvloop.run(act(host))

def test_allowed():
    async def main():
        server = await asyncio.start_server(lambda reader, writer: writer.close(), "127.0.0.1", 0)
        async with server:
            reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
            assert await reader.read() == b""
            writer.close()
    uvloop.run(main())
"""


def test_uvloop_is_guarded(project: Project) -> None:
    """A loop that reaches the network past Python's sockets is held to the same."""
    project.write("test_a.py", LOOPS.replace("FAR", FAR).replace("NAME", NO_NAME))
    result = project.run("--block-network", "--allowed-hosts=127.0.0.1")
    result.assert_outcomes(passed=5, errors=4)


BESIDE = """
import pytest, socket

@pytest.mark.block_network(allowed_hosts=[r"127\\.0\\.0\\.\\d+"])
def test_by_expression():
    reach("127.0.0.1")

@pytest.mark.block_network
def test_blocked():
    with pytest.raises(Exception, match="blocked|disabled"):
        reach("192.0.2.1")

@pytest.mark.vcr
@pytest.mark.block_network
def test_theirs():
    with pytest.raises(RuntimeError, match="Network is disabled"):
        reach("192.0.2.1")

def reach(host):
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket() as sock:
        sock.connect((host, server.getsockname()[1]))
"""


def test_beside_pytest_recording(project: Project) -> None:
    """Its marker means the same to both, its regular expressions count, and tests with its cassettes are left to it."""
    project.write("test_a.py", BESIDE)
    plugins = ("-p", "no:hypothesispytest", "-p", "no:cassetter", "-p", "no:cacheprovider", "-p", "no:socket")
    project.run(plugins=plugins).assert_outcomes(passed=3)
    project.run(
        "--block-network", r"--allowed-hosts=127\..*", "-k", "expression", plugins=plugins
    ).assert_outcomes(passed=1)


def test_a_fixture_of_wider_scope_is_no_tests_business(project: Project) -> None:
    """A marked or replaying test does not decide about such a fixture, set up for it, torn down behind it, or made anew."""
    project.write(
        "test_a.py",
        f"""
import pytest, socket

def reach(port):
    with socket.socket() as sock:
        sock.settimeout(0.01)
        sock.connect_ex(("{FAR}", port))

@pytest.fixture(scope="module", params=[1, 2])
def parameter(request):
    reach(request.param)
    yield
    reach(request.param)

@pytest.fixture(scope="session")
def late():
    reach(3)
    yield
    reach(3)

@pytest.mark.block_network
def test_marked(parameter, request):
    request.getfixturevalue("late")

@pytest.fixture
def own():
    yield
    reach(4)

@pytest.mark.block_network
def test_own(own, parameter):
    pass
""",
    )
    result = project.run()
    result.assert_outcomes(passed=4, errors=2)
    result.stdout.fnmatch_lines([f"*a connection to {FAR}:4 was blocked"])
    for port in (1, 2, 3):
        result.stdout.no_fnmatch_line(f"*{FAR}:{port} was*")


def test_a_replaying_block_is_guarded_too(project: Project) -> None:
    """use_cassette() in a test, as a block or around it: nothing leaves this machine while it only replays."""
    project.write(
        "test_a.py",
        f"""
import pytest, requests, socket
from api_mocker import use_cassette

def reach():
    with socket.socket() as sock:
        sock.settimeout(0.01)
        sock.connect_ex(("{FAR}", 80))

def test_block():
    with use_cassette("cassettes/a.yaml"):
        requests.get("URL/a")
        reach()

@use_cassette("cassettes/a.yaml")
def test_decorated():
    requests.get("URL/a")
    try:
        reach()
    except Exception:
        pass

@use_cassette("cassettes/a.yaml", passthrough=["{FAR}"])
def test_let_through():
    requests.get("URL/a")
    reach()

def test_behind():
    reach()
""",
    )
    project.run("--record-mode=rewrite").assert_outcomes(passed=4)
    project.service.stop()
    result = project.run()
    result.assert_outcomes(passed=3, failed=1, errors=1)
    result.stdout.fnmatch_lines(
        ["*a block with cassettes/a.yaml only replays, so nothing may leave this machine*"]
    )
