"""The network guard's parts: what is told apart before anything is asked, and who asks."""

from __future__ import annotations

import errno
import pickle
import socket
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api_mocker._core.hosts import Hosts
from api_mocker._guard import Watch, enter, leave
from api_mocker._guard.calls import CALLS, looking_up
from api_mocker.exceptions import NetworkBlocked

if TYPE_CHECKING:
    from collections.abc import Iterator

FAR = ("192.0.2.1", 80)


@contextmanager
def guarded(*allowed: str, **options: Any) -> Iterator[Watch]:
    """A watch in force."""
    watch = Watch("it is a test", Hosts(allowed), **options)
    enter(watch)
    try:
        yield watch
    finally:
        leave(watch)


@pytest.fixture
def port() -> Iterator[int]:
    """A server that listens on this machine."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def connect(host: str, port: int) -> None:
    socket.create_connection((host, port)).close()


def test_all_watches_must_agree(port: int) -> None:
    """Two watches: what is let out is let out by both; once they are gone, nothing is minded."""
    with guarded("127.0.0.1"):
        connect("127.0.0.1", port)
        with guarded("10.0.0.1"), pytest.raises(NetworkBlocked):
            connect("127.0.0.1", port)
        connect("127.0.0.1", port)
    connect("127.0.0.1", port)


def test_a_refused_socket_is_closed() -> None:
    """Clients that clean up behind errors of the system alone leak nothing."""
    with guarded(), socket.socket() as sock:
        with pytest.raises(NetworkBlocked):
            sock.connect(FAR)
        assert sock.fileno() == -1


def test_a_thread_aside_is_free(port: int) -> None:
    """Whoever steps aside is free, and nobody else."""
    caught: list[NetworkBlocked] = []

    def reach() -> None:
        try:
            connect("127.0.0.1", port)
        except NetworkBlocked as error:
            caught.append(error)

    with guarded(aside={threading.get_ident()}):
        connect("127.0.0.1", port)
        thread = threading.Thread(target=reach)
        thread.start()
        thread.join()
    assert [(error.host, error.port) for error in caught] == [("127.0.0.1", port)]


def test_refusals_are_remembered_once_for_each_place(port: int) -> None:
    """However often somebody tries."""
    with guarded() as watch:
        for _ in range(3):
            for place in (FAR, ("127.0.0.1", port)):
                with pytest.raises(NetworkBlocked):
                    connect(*place)
        assert len(watch.taken()) == 2
        assert watch.taken() == []


def test_what_is_only_noted_is_let_out(port: int) -> None:
    """A watch that takes notes refuses nothing, and names what a look-up led to by its name."""
    with guarded(only_notes=True) as watch:
        connect("localhost", port)
    assert watch.seen == [f"localhost:{port}"]


@pytest.mark.parametrize(
    "module",
    [
        "debugpy.common.sockets",
        "_pydevd_bundle.pydevd_comm",
        "multiprocessing.connection",
        "execnet.gateway_socket",
    ],
)
def test_the_machinery_connects_within_this_machine(port: int, module: str) -> None:
    """Debuggers and workers do, and beyond it they do not; code that they only run does not."""
    scope: dict[str, Any] = {"__name__": module, "socket": socket}
    exec(
        "def connect(*place):\n    socket.create_connection(place).close()\ndef run(code, *place):\n    code(*place)",
        scope,
    )
    with guarded():
        scope["connect"]("127.0.0.1", port)
        with pytest.raises(NetworkBlocked):
            scope["connect"](*FAR)
        with pytest.raises(NetworkBlocked):
            scope["run"](connect, "127.0.0.1", port)


def test_an_emulated_socketpair_is_one() -> None:
    """Where the system has none, Python connects to itself: asyncio's loops stand on it."""
    emulate = getattr(socket, "_fallback_socketpair", None) or socket.socketpair  # named so since Python 3.12
    with guarded():
        for sock in emulate():
            sock.close()


def test_an_error_survives_another_process() -> None:
    """It can be pickled, as pools of processes do."""
    error = pickle.loads(pickle.dumps(NetworkBlocked("told", "db", 5432)))
    assert (str(error), error.host, error.port) == ("told", "db", 5432)


def test_an_ipv6_server_is_reached_when_it_is_allowed() -> None:
    """By address, by network, with port."""
    try:
        server = socket.create_server(("::1", 0), family=socket.AF_INET6)
    except OSError as error:
        if error.errno not in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT):
            raise
        pytest.skip("no IPv6 on this machine")
    with server:
        port = server.getsockname()[1]
        for entry in ("::1", "::/64", f"[::1]:{port}", "localhost", "*:*:1"):
            with guarded(entry):
                connect("::1", port)
        for entry in ("::2", "127.0.0.1", f"[::1]:{port + 1}"):
            with guarded(entry), pytest.raises(NetworkBlocked):
                connect("::1", port)


LOCAL = [
    None,
    "",
    "localhost",
    "LOCALHOST.",
    "a.localhost",
    "127.0.0.1",
    "::1",
    "192.0.2.1",
    b"localhost",
    socket.gethostname(),
]


@pytest.mark.parametrize("host", LOCAL, ids=repr)
def test_nobody_is_asked_for_these(host: str | bytes | None) -> None:
    """The look-up of an address, of this machine and of nothing stays here."""
    assert looking_up(host, 80).is_local


class Sock:
    """What an audit event shows of a socket."""

    def __init__(self, family: int) -> None:
        self.family = family


@given(
    st.sampled_from(sorted(CALLS)),
    st.integers(0, 60),
    st.one_of(
        st.none(),
        st.text(),
        st.binary(),
        st.tuples(st.text(max_size=9), st.one_of(st.integers(), st.text(max_size=3), st.none())),
    ),
)
def test_whatever_is_asked_for_is_read(event: str, family: int, address: object) -> None:
    """Any family and any address is a call of some kind: an audit hook must not fail in ways of its own."""
    args = (Sock(family), address) if event.startswith(("socket.connect", "socket.send")) else (address,)
    call = CALLS[event](*args)
    assert call is None or isinstance(call.host, str)
