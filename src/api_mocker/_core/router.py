"""Which declared route answers a request.

The law of this file: choosing a route and counting the call are one step under one lock, so that no
reply is given twice; the earliest route that takes the request and has a reply left answers it. What
nothing answers is raised *and* remembered, for the code under test may catch it.
"""

from __future__ import annotations

from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from threading import RLock
from typing import TYPE_CHECKING, Any

from ..exceptions import ApiMockerError, UsageError
from . import explain_routes as explain
from .canonical import Canonical, Ignore
from .counts import Counts
from .declared import declared
from .exchange import Exchange
from .passthrough import authority, passes
from .place import here
from .raised import meant
from .replies import made, raising
from .routes import Call, Route
from .views import as_stored

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from .addresses import Prefix
    from .clock import Clock
    from .model import Request, Response
    from .redaction import Rules
    from .replies import Reply
    from .routes import Step

__all__ = ["Router"]

_NOTHING = Ignore()


@dataclass(slots=True)
class Router:
    """The routes of one mock, in the order in which they were declared.

    ``name`` is how the mock is called in error texts, ``shown`` how a path is. ``ordered`` demands the
    order of declaration.
    """

    name: str
    rules: Rules
    clock: Clock
    shown: Callable[[str], str]
    passthrough: tuple[str, ...] = ()
    ordered: bool = False
    routes: list[Route] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    refusals: list[ApiMockerError] = field(default_factory=list)
    counts: Counts = field(default_factory=Counts)
    live: list[str] = field(default_factory=list)  # where requests went that were let through
    _exact: dict[tuple[str, str], list[int]] = field(default_factory=lambda: defaultdict(list))
    _others: list[int] = field(default_factory=list)  # routes whose path, or method, is not one
    turn: int = 0  # with ``ordered``: the route that was called last
    passed: list[Request] = field(default_factory=list)  # what it did not take, and something below did
    _lock: RLock = field(default_factory=RLock)

    def declare(self, prefix: Prefix, method: object, url: object, options: Mapping[str, Any]) -> Route:
        """A new route, behind those that there are."""
        route = Route(declared(here(self.shown), prefix, method, url, options), self)
        with self._lock:
            self.routes.append(route)
            self._index(len(self.routes) - 1, route)
        return route

    def _index(self, number: int, route: Route) -> None:
        path, methods = route.declared.address.path, route.declared.methods
        if path is None or methods is None:
            self._others.append(number)
        else:
            for method in methods:
                self._exact[method, path].append(number)

    def answers(self, route: Route) -> None:
        """The route has its first reply; UsageError when an earlier one never leaves it a request."""
        if self.ordered:
            return
        for earlier in self._rivals(route):
            if earlier.is_endless and earlier.declared.covers(route.declared):
                self._withdraw(route)  # what was refused does not also count as unused
                raise UsageError(explain.unreachable(self, route, earlier))

    def _rivals(self, route: Route) -> Iterator[Route]:
        """The earlier routes that may take the same requests."""
        path, methods = route.declared.address.path, route.declared.methods or ()
        same = [number for method in methods for number in self._exact.get((method, path or ""), ())]
        for number in sorted({*same, *self._others}):
            if self.routes[number] is route:
                return
            yield self.routes[number]

    def _withdraw(self, route: Route) -> None:
        with self._lock:
            self.routes.remove(route)
            self._exact.clear()
            self._others.clear()
            for number, other in enumerate(self.routes):
                self._index(number, other)

    def answer(self, request: Request) -> Exchange | None:
        """The exchange that a declared route makes of the request; None where none takes it (any more)."""
        stored = as_stored(request)
        live = Canonical(stored, _NOTHING)
        with self._lock:
            try:
                found = self._taking(live)
            except UsageError as error:
                told = UsageError(explain.safe(self, str(error), stored))
                raise self._remember(told) from error.__cause__
            if found is None:
                self.passed.append(stored)
                return None
            number, route, values = found
            step = route.next_step()
            assert step is not None  # noqa: S101 - `_taking` looked
            step.used += 1
            self.turn = number
            call = Call(route, stored, self.clock.time)
            route.calls.append(call)
            self.calls.append(call)
            self.counts.mocked += 1
        return self._exchange(request, call, step, values)

    def _taking(self, live: Canonical) -> tuple[int, Route, Mapping[str, str]] | None:
        """The route whose turn it is; with ``ordered``, one of which a reply is due before one that has given all."""
        found = None
        for number in self._candidates(live):
            route = self.routes[number]
            if self.ordered and (number < self.turn or (found is not None and not route.due())):
                continue
            values = route.declared.takes(live)
            if values is None:
                continue
            if not route.steps:
                raise UsageError(explain.no_reply(self, route))
            if route.next_step() is None:
                continue
            if not self.ordered:
                return number, route, values
            if any(not between.is_satisfied for between in self.routes[self.turn : number]):
                break
            found = number, route, values
            if route.due():
                break
        return found

    def _candidates(self, live: Canonical) -> Iterator[int]:
        exact = self._exact.get((live.method, live.path), ())
        return iter(sorted({*exact, *self._others}) if self._others else exact)

    def _exchange(self, request: Request, call: Call, step: Step, values: Mapping[str, str]) -> Exchange:
        given = step.reply
        exchange = Exchange(request, response=given.response, failure=given.failure, came=call.came)
        if given.callback is not None:
            exchange.compose = partial(given.callback, call.request, **values)
            exchange.made = partial(self._made, exchange, step)
        self._serve(exchange, given)
        return exchange

    def _serve(self, exchange: Exchange, given: Reply) -> None:
        exchange.live = False
        exchange.raised = given.raised
        exchange.response = _fitting(exchange.request, given.response)
        exchange.failure = given.failure
        if given.delay:
            exchange.delay, exchange.clock = given.delay, self.clock

    def _made(self, exchange: Exchange, step: Step, returned: object, error: Exception | None) -> None:
        """The callback is done."""
        try:
            if error is None:
                self._serve(exchange, made(returned, step.where))
            elif meant(error) is not None:
                self._serve(exchange, raising(error))
            else:
                raise error
        except ApiMockerError as refused:
            raise self._remember(refused) from None
        except Exception as failed:
            told = explain.callback_failed(step.where, failed)
            raise self._remember(
                UsageError(explain.safe(self, told, as_stored(exchange.request)))
            ) from failed

    def lets_through(self, request: Request) -> bool:
        """Whether the request is to reach the network, whatever lies below."""
        if not self.passthrough or not passes(request.url, self.passthrough):
            return False
        with self._lock:
            self.counts.live += 1
            self.live.append(authority(request.url))
        return True

    def open(self, request: Request, also: Callable[[], str] | None = None) -> Exchange | None:
        """Where nothing lies below: lets what is to pass through pass, and refuses the rest.

        `also` is what other mocks, which did not answer either, add to the error.
        """
        stored = as_stored(request)
        with self._lock, suppress(ValueError):
            self.passed.remove(stored)
        if self.lets_through(request):
            return None
        raise self._remember(explain.not_declared(self, stored, also() if also is not None else ""))

    def misses(self, request: Request) -> str:
        """For the error of whoever refuses the request after this mock did not take it."""
        return explain.nor_declared(self, as_stored(request))

    def _remember(self, error: ApiMockerError) -> ApiMockerError:
        if not any(error is known for known in self.refusals):  # a callback may hand on one of ours
            self.counts.blocked += 1
            self.refusals.append(error)
        return error

    def unused(self) -> list[Route]:
        """The routes of which something is still due."""
        return [route for route in self.routes if not route.is_satisfied or not route.steps]

    def unsatisfied_before(self, routes: Sequence[Route]) -> list[Route]:
        """With ``ordered``: what is still due before any of these routes."""
        numbers = (self.routes.index(route) for route in routes if route.next_step())
        first = min((number for number in numbers if number >= self.turn), default=self.turn)
        return [route for route in self.routes[self.turn : first] if not route.is_satisfied]

    def differs(self, route: Route, call: Call, options: Mapping[str, Any]) -> str | None:
        """How a call differs from what these keywords say; None when it does not."""
        return explain.asserted(self, route, call, options)


def _fitting(request: Request, response: Response | None) -> Response | None:
    """The response to a HEAD has no body, whatever its headers say of one."""
    if response is None or request.method != "HEAD" or not response.size:
        return response
    return replace(response, body=b"", large=None, chunks=None)
