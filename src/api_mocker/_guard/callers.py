"""Who asks for the network: read from the stack, and only when the answer is needed.

The law of this file: a library is known by the module it runs in; nothing is imported, and what
cannot be told is left out.
"""

from __future__ import annotations

import socket
import sys
import sysconfig
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

__all__ = ["caller", "is_of_the_machinery"]

_MACHINERY = {
    "_pydevd_bundle",
    "_pydevd_sys_monitoring",
    "debugpy",
    "execnet",
    "multiprocessing",
    "pydevd",
    "xdist",
}
"""Whose connections within this machine are none of the code under test: debuggers, workers."""

_SOCKETS = {"socket", "ssl", "selectors"}
_SOCKETPAIRS = {"socketpair", "_fallback_socketpair"}

_CLIENTS = {"ftplib", "http", "imaplib", "nntplib", "poplib", "smtplib", "telnetlib", "urllib", "xmlrpc"}
"""The clients of the standard library."""

_LIBRARIES = tuple(
    str(Path(sysconfig.get_path(name)).resolve()) for name in ("stdlib", "platstdlib", "purelib", "platlib")
)
_OURS = (str(Path(__file__).parent), "<frozen ")


def is_of_the_machinery() -> bool:
    """Whether a debugger, a worker's messenger or an emulated socketpair wants to connect.

    That is whoever calls the socket; further out stand a debugger and a forked worker always.
    """
    for frame in _frames():
        module, code = _module(frame), frame.f_code
        if code.co_name in _SOCKETPAIRS and code.co_filename == socket.__file__:
            return True
        if module not in _SOCKETS and not code.co_filename.startswith(_OURS):
            return _top(module) in _MACHINERY
    return False


def caller() -> tuple[str, str]:
    """The client library, and the line of other code that called it; empty where it cannot be told."""
    libraries: list[str] = []
    line = ""
    for frame in _frames():
        name = frame.f_code.co_filename
        if name.startswith(_OURS):
            continue
        if not name.startswith(_LIBRARIES):
            line = f"{_shown(name)}:{frame.f_lineno}"
            break
        module = _module(frame)
        library = module.partition(".")[0]
        if library in ("_pytest", "pluggy", "pytest"):
            break
        if library in _CLIENTS and not any(one not in _CLIENTS for one in map(_top, libraries)):
            libraries.append(module)
        elif library and library not in sys.stdlib_module_names and library not in libraries:
            libraries.append(library)
    if not libraries:
        return "", line
    innermost, outermost = libraries[0], libraries[-1]
    return (outermost if innermost == outermost else f"{outermost} (through {innermost})"), line


def _top(module: str) -> str:
    return module.partition(".")[0]


def _frames() -> Iterator[FrameType]:
    frame: FrameType | None = sys._getframe(1)  # noqa: SLF001  # as logging does, to name the caller
    while frame is not None:
        yield frame
        frame = frame.f_back


def _module(frame: FrameType) -> str:
    return str(frame.f_globals.get("__name__") or "")


def _shown(name: str) -> str:
    path, here = Path(name), Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else path.name
