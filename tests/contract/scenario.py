"""One row of the table: what the server does, and what the client does with it.

::

    @scenario({"/": as_json({"id": 1})})
    async def json_answer(client):
        return [await client.send("GET", "/")]

The name of the function is the name of the scenario and the first part of its paths. A scenario is
written as a coroutine for all drivers; with a synchronous client it never suspends.
"""

from __future__ import annotations

import importlib
import pkgutil
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from .drivers import Client
    from .seen import Seen
    from .wire import Answer

__all__ = ["BOTH", "SCENARIOS", "Scenario", "load", "scenario", "shows"]

BOTH = ("http", "https")
SCENARIOS: dict[str, Scenario] = {}


@dataclass(frozen=True)
class Scenario:
    """What a scenario needs and promises beyond the laws.

    ``needs`` are capabilities of the driver. ``settings`` go to the client, ``options`` to
    `use_cassette`. ``unseen`` counts the exchanges of which the server sees no request (refused
    connections, failed handshakes). ``exact`` says that a recipe must restore coded bytes.
    ``varies`` says that its requests differ from run to run on purpose.
    """

    name: str
    act: Callable[[Client], Awaitable[Sequence[Seen]]]
    answers: Mapping[str, Answer]
    needs: frozenset[str] = frozenset()
    schemes: tuple[str, ...] = BOTH
    settings: Mapping[str, object] = field(default_factory=dict)
    options: Mapping[str, object] = field(default_factory=dict)
    unseen: int = 0
    exact: bool = True
    varies: bool = False


def scenario(
    answers: Mapping[str, Answer] | None = None, *, needs: str = "", **more: object
) -> Callable[..., object]:
    """Registers the decorated coroutine function; the keywords are the fields of `Scenario`."""

    def register(act: Callable[[Client], Awaitable[Sequence[Seen]]]) -> object:
        return _add(act.__name__, act, answers or {}, needs, more)

    return register


def shows(
    name: str, answer: Answer, *, needs: str = "", send: Mapping[str, object] | None = None, **more: object
) -> None:
    """Registers the plainest scenario: one GET (or what `send` says) of one answer, over HTTP."""

    async def act(client: Client) -> list[Seen]:
        return [await client.send(**{"method": "GET", "path": "/", **(send or {})})]  # type: ignore[arg-type]  # a row

    _add(name, act, {"*": answer}, needs, {"schemes": ("http",), **more})


def _add(
    name: str,
    act: Callable[[Client], Awaitable[Sequence[Seen]]],
    answers: Mapping[str, Answer],
    needs: str,
    more: Mapping[str, object],
) -> Scenario:
    if name in SCENARIOS:
        raise ValueError(f"two scenarios are named {name}")
    SCENARIOS[name] = Scenario(name, act, answers, frozenset(needs.split()), **more)  # type: ignore[arg-type]  # a row
    return SCENARIOS[name]


def load() -> list[Scenario]:
    """Every scenario of every file in ``scenarios/``."""
    from . import scenarios

    for module in pkgutil.iter_modules(scenarios.__path__):
        importlib.import_module(f"{scenarios.__name__}.{module.name}")
    return list(SCENARIOS.values())
