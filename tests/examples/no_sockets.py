"""A pytest plugin (``-p no_sockets``) under which no connection and no name can be asked for."""

from __future__ import annotations

import sys

__all__: list[str] = []


def _refuse(event: str, _arguments: tuple[object, ...]) -> None:
    if event in {"socket.connect", "socket.getaddrinfo"}:
        raise AssertionError(f"{event} was called: something wanted to go out")


# An audit hook sees every socket, whoever opened it, and cannot be taken away again.
sys.addaudithook(_refuse)
