"""A declared route: what it takes, what it answers, and what came.

The law of this file: one reply answers every call and must be used; several are a sequence, each
once, in order; ``times``, ``optional`` and ``repeat_last`` say otherwise. Nothing here decides
whose request it is: that is the router's.
"""

from __future__ import annotations

import inspect
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from ..exceptions import UsageError
from . import explain_routes as explain
from .keywords import strict
from .model import Response
from .place import here
from .replies import Reply, raising, reply
from .wanted import UNSET

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import timedelta

    from .declared import Declared
    from .model import Failure, Request
    from .place import Place
    from .replies import Callback
    from .router import Router

__all__ = ["Call", "Route", "Step"]

_UNSAID: Mapping[str, object] = {"json": ..., "delay": 0.0}
"""What the keywords of ``respond_with`` are when they are not given, where that is not None."""


class Call:
    """One request that a route answered.

    ``request`` is as it was sent, content codings taken off; ``response`` as the wire had it, None when
    it failed, and then ``error`` is the kind of failure or the exception. ``time`` is in seconds since the
    mock was opened, delays that nobody waited for included.
    """

    __slots__ = ("error", "request", "response", "route", "time")

    def __init__(self, route: Route, request: Request, time: float) -> None:
        self.route = route
        self.request = request
        self.time = time
        self.response: Response | None = None
        self.error: str | BaseException | None = None

    def came(self, response: Response | None, failure: Failure | None, raised: BaseException | None) -> None:
        """What became of it."""
        self.response = response
        self.error = raised if raised is not None else failure.kind if failure is not None else None

    def __repr__(self) -> str:
        outcome = self.error if self.error is not None else self.response
        return f"<Call {self.request!r} -> {outcome!r}>"


@dataclass(slots=True)
class Step:
    """A reply and how often it is due; ``times`` None: without end."""

    reply: Reply
    where: Place
    times: int | None = 1
    used: int = 0

    @property
    def is_left(self) -> bool:
        """Whether it may be given once more."""
        return self.times is None or self.used < self.times


class Route:
    """What a verb of the mock returns; its methods return it again, so that they can be chained."""

    def __init__(self, declared: Declared, router: Router) -> None:
        self.declared = declared
        self.steps: list[Step] = []
        self.calls: list[Call] = []
        self.is_optional = False
        self.repeats = False
        self._router = router
        self._counted = False  # times() was said of the one reply there is

    def __repr__(self) -> str:
        return f"<Route {self._line} ({self.declared.where})>"

    @property
    def _line(self) -> str:
        return explain.named(self._router, self)

    # --- what it answers -------------------------------------------------------------------------

    @strict
    def respond_with(  # noqa: PLR0913 - the keywords of a response
        self,
        status: int | Callback | Response | Reply = 200,
        *,
        json: object = ...,
        text: str | None = None,
        html: str | None = None,
        content: bytes | str | None = None,
        headers: Mapping[str, Any] | Iterable[tuple[str, Any]] | None = None,
        stream: Iterable[bytes | str] | None = None,
        events: Iterable[str | Mapping[str, Any]] | None = None,
        delay: float | timedelta = 0.0,
        error: str | None = None,
        after: int | None = None,
        reason: str | None = None,
    ) -> Route:
        """Adds a reply: a response, a failure, or what a callback makes of the request.

        ``status`` may be a function of the request (and, by name, of the template's values) instead, sync
        or async, or a whole ``Response``. One of ``json``, ``text``, ``html``, ``content`` (bytes),
        ``stream`` (a list of chunks) and ``events`` (server-sent events: their data, or mappings with event,
        data, id, retry) is the body. ``headers`` is a mapping or pairs; Content-Type and Content-Length are
        added where they are missing, and None leaves one out. ``delay`` is in seconds (or a timedelta), and nobody waits for it
        unless the mock says so; one that is longer than the client's read timeout is that timeout.
        ``error`` is a kind of transport failure (``connect_timeout``, ``read_timeout``, ``refused``,
        ``dns``, ``tls``, ``reset``, ``protocol``, ``closed_early``), which each client raises as its
        own exception; with ``after`` it comes behind that many bytes of the body.

        Raises UsageError for a reply that no server could give.
        """
        rest = {
            "json": json, "text": text, "html": html, "content": content, "headers": headers, "stream": stream,
            "events": events, "delay": delay, "error": error, "after": after, "reason": reason,
        }  # fmt: skip
        if isinstance(status, Reply) or callable(status):
            beside = [f"{name}=" for name, value in rest.items() if value is not _UNSAID.get(name)]
            if beside:
                what = (
                    "a reply is whole" if isinstance(status, Reply) else "the callback makes the whole reply"
                )
                raise UsageError(f"{what}: {', '.join(beside)} cannot stand beside it, but in it")
            if isinstance(status, Reply):
                return self._add(status)
            self._check(status)
            return self._add(Reply(callback=status))
        return self._add(reply(status, **rest))  # type: ignore[arg-type]  # each as it was given

    def raises(self, error: str | BaseException | type[BaseException], message: str | None = None) -> Route:
        """Adds a failure: a kind of transport failure, or an exception.

        Each client raises its own class for a kind, and for another client's exception that says
        the same (``httpx.ReadTimeout`` is what requests calls ``ReadTimeout``). Any other exception is
        raised as it is, at the network's place.
        """
        return self._add(raising(error, message))

    def _add(self, given: Reply) -> Route:
        first = not self.steps
        if self.repeats:
            raise UsageError(
                f"{self._line}: repeat_last() was said of the last reply; nothing comes behind it"
            )
        if len(self.steps) == 1 and not self._counted:
            self.steps[0].times = 1  # it was the only one, and is the first of a sequence now
        self.steps.append(Step(given, here(self._router.shown), None if first else 1))
        if first:
            self._router.answers(self)
        return self

    def _check(self, callback: Callable[..., object]) -> None:
        """UsageError where the callback cannot be called with the request and the values of the template."""
        names = self.declared.address.names
        with suppress(ValueError):  # written in C: nobody knows what it takes
            signature = inspect.signature(callback)
            try:
                signature.bind(object(), **dict.fromkeys(names, ""))
            except TypeError as error:
                takes = f"the request and {', '.join(names)} by name" if names else "the request alone"
                shown = getattr(callback, "__name__", repr(callback))
                raise UsageError(
                    f"the callback {shown}{signature} is called with {takes}, as {self._line} has it: {error}"
                ) from None

    # --- how often -------------------------------------------------------------------------------

    def times(self, count: int) -> Route:
        """The last reply answers exactly so many calls."""
        given = cast("object", count)  # whatever the user gave
        if isinstance(given, bool) or not isinstance(given, int) or given < 1:
            what = "a route that is not to be called is not declared" if count == 0 else f"it is {count!r}"
            raise UsageError(f"times() takes a number from 1 on; {what}")
        last = self._last("times")
        if self.repeats:
            raise UsageError(f"{self._line}: repeat_last() was said of the reply, which is without number")
        last.times = count
        self._counted = True
        return self

    def repeat_last(self) -> Route:
        """The last reply answers every further call; at least one must come."""
        last = self._last("repeat_last")
        if self._counted and last.times != 1:
            raise UsageError(
                f"{self._line}: times({last.times}) was said of the last reply, and repeat_last() takes no number"
            )
        last.times = None
        self.repeats = True
        return self

    def optional(self) -> Route:
        """It may stay unused, wholly or in part."""
        self.is_optional = True
        return self

    def _last(self, method: str) -> Step:
        if not self.steps:
            raise UsageError(f"{self._line}: {method}() is said of a reply; respond_with() comes first")
        return self.steps[-1]

    # --- what the router asks --------------------------------------------------------------------

    @property
    def is_endless(self) -> bool:
        """Whether it answers however many calls come."""
        return bool(self.steps) and self.steps[-1].times is None

    @property
    def is_satisfied(self) -> bool:
        """Whether nothing of it is still due."""
        return self.is_optional or not self.due()

    def due(self) -> list[Step]:
        """The replies that were not given as often as declared."""
        return [step for step in self.steps if (step.used == 0 if step.times is None else step.is_left)]

    def next_step(self) -> Step | None:
        """The reply whose turn it is; None when all are used up."""
        return next((step for step in self.steps if step.is_left), None)

    # --- what came -------------------------------------------------------------------------------

    @property
    def called(self) -> bool:
        """Whether it answered anything."""
        return bool(self.calls)

    @property
    def call_count(self) -> int:
        """How many requests it answered."""
        return len(self.calls)

    def assert_called_once(self) -> None:
        """AssertionError unless it answered exactly one request."""
        __tracebackhide__ = True  # pytest shows the line that asked
        if len(self.calls) != 1:
            raise AssertionError(explain.called_so_often(self._router, self, 1))

    def assert_not_called(self) -> None:
        """AssertionError when it answered a request."""
        __tracebackhide__ = True  # pytest shows the line that asked
        if self.calls:
            raise AssertionError(explain.called_so_often(self._router, self, 0))

    @strict
    def assert_called_with(
        self,
        *,
        json: object = UNSET,
        data: object = UNSET,
        content: object = UNSET,
        files: object = UNSET,
        query: object = UNSET,
        headers: Mapping[str, Any] | None = None,
    ) -> None:
        """AssertionError unless the last request that it answered was such a one, and says how it differs.

        The keywords mean what they mean in a declaration; what is not given is not looked at.
        """
        __tracebackhide__ = True  # pytest shows the line that asked
        if not self.calls:
            raise AssertionError(explain.called_so_often(self._router, self, None))
        options = {
            "json": json,
            "data": data,
            "content": content,
            "files": files,
            "query": query,
            "headers": headers,
        }
        problem = self._router.differs(self, self.calls[-1], options)
        if problem:
            raise AssertionError(problem)
