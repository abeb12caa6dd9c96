"""Recording: microseconds per request for a thousand of them, saving included."""

from __future__ import annotations

import subprocess
import sys
from contextlib import contextmanager, nullcontext
from functools import partial
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

from contestants import FLOOR, client
from measure import Table, turns

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from tapes import Tapes

__all__ = ["tables"]

_REQUESTS = 1_000
_numbers = count()


def _api_mocker(path: Path, _: Any) -> AbstractContextManager[Any]:
    import api_mocker

    return api_mocker.use_cassette(path.with_suffix(".yaml"), record_mode="once")


def _cassetter(path: Path, _: Any) -> AbstractContextManager[Any]:
    import cassetter

    return cassetter.use_cassette(path.with_suffix(".yaml"), record_mode="once")


def _vcrpy(path: Path, _: Any) -> AbstractContextManager[Any]:
    import vcr

    return vcr.use_cassette(str(path.with_suffix(".yaml")), record_mode="once")


def _betamax(path: Path, session: Any) -> AbstractContextManager[Any]:
    from betamax import Betamax

    recorder = Betamax(session, cassette_library_dir=str(path.parent))
    return recorder.use_cassette(path.name, record="once")


_RECORDERS: dict[str, tuple[str, tuple[str, ...], Callable[[Path, Any], AbstractContextManager[Any]]]] = {
    FLOOR: ("httpx", ("requests", "httpx"), lambda *_: nullcontext()),
    "api-mocker": ("api_mocker", ("requests", "httpx"), _api_mocker),
    "cassetter": ("cassetter", ("requests", "httpx"), _cassetter),
    "vcrpy": ("vcr", ("requests", "httpx"), _vcrpy),
    "betamax": ("betamax", ("requests",), _betamax),
}


def _recorded(name: str, make: Callable[[Path, Any], Any], folder: Path, server: str) -> float:
    session = client(name)
    session.get(server)  # connected beforehand
    start = perf_counter()
    with make(folder / f"recorded-{next(_numbers)}", session):
        for number in range(_REQUESTS):
            assert session.get(f"{server}/{number}").content
    return (perf_counter() - start) / _REQUESTS * 1e6


@contextmanager
def _server() -> Iterator[str]:
    """A server in a process of its own, so that it does not take part in what is measured."""
    command = [sys.executable, str(Path(__file__).with_name("server.py"))]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        try:
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


def tables(tapes: Tapes) -> Iterator[Table]:
    """One column per client."""
    with _server() as server:
        columns = [
            turns(
                name,
                {
                    tool: partial(_recorded, name, make, tapes.folder, server)
                    for tool, (package, served, make) in _RECORDERS.items()
                    if name in served and find_spec(package)
                },
                3,
            )
            for name in ("requests", "httpx")
        ]
    yield Table(
        f"Recording {_REQUESTS:,} requests", "µs per request, and times the bare client", FLOOR, columns
    )
