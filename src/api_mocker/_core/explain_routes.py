"""Every sentence about declared routes.

The law of this file: as in `explain`; and whatever is shown passes through redaction here, for
routes hold what was declared and what was sent as they are.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from ..exceptions import NotDeclared, SwallowedRequests, UnusedRoutes
from .canonical import Canonical, Ignore
from .code import call_of
from .declared import body_of, query_of
from .differences import Difference
from .explain import difference_lines, printable
from .likeness import distance, weight
from .matching import BUILT_IN, DEFAULT
from .model import Interaction, Request
from .redaction import Redactor
from .wanted import UNSET, multiset

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ..exceptions import ApiMockerError
    from .declared import Declared
    from .place import Place
    from .router import Router
    from .routes import Call, Route

__all__ = [
    "asserted",
    "callback_failed",
    "called_so_often",
    "no_reply",
    "nor_declared",
    "not_declared",
    "report",
    "unreachable",
]

_NOTHING = Ignore()
_SHOWN = 3  # near misses
_COMPARED = 30  # routes that are compared in full


class _Near(NamedTuple):
    """A route that did not take a request, and why not."""

    route: Route
    differences: Sequence[Difference]


class _Eye:
    """One request as it may be shown, and what stands between it and the routes."""

    def __init__(self, router: Router, request: Request) -> None:
        self._redactor = Redactor(router.rules)
        self._rules = router.rules
        for call in router.calls:  # what came in an earlier answer may be sent now
            self._redactor.learn(Interaction(call.request, call.response))
        self._redactor.learn(Interaction(request))
        self.live = Canonical(request, _NOTHING)
        self.known = Canonical(self._redactor.request(request), _NOTHING)
        self.line = printable(f"{self.known.request.method} {self.known.request.url}")

    def declaration(self) -> str:
        """The declaration that takes this request."""
        return printable(call_of(self.known.request))

    def text(self, declared: Declared) -> str:
        """A declaration's own line."""
        return printable(self._redactor.text(declared.line))

    def nearest(self, routes: Iterable[Route]) -> list[_Near]:
        """The routes that this request resembles most."""
        by_place = sorted(routes, key=self._distance)[:_COMPARED]
        misses = [_Near(route, self.differences(route.declared)) for route in by_place]
        return sorted(misses, key=lambda near: weight(near.differences))[:_SHOWN]

    def _distance(self, route: Route) -> float:
        return distance(self.live, Canonical(route.declared.nearest(self.live), _NOTHING))

    def differences(self, declared: Declared) -> list[Difference]:
        """All in which the request differs from what was declared."""
        theirs = Canonical(self._redactor.request(declared.nearest(self.live)), _NOTHING)
        out: list[Difference] = []
        if declared.address.whole and declared.address.values(self.live) is None:
            out.append(
                Difference("url", "", self.known.request.url, f"re.compile({declared.address.text!r})")
            )
        for aspect in (BUILT_IN[name] for name in DEFAULT):
            if aspect.key(self.known) != aspect.key(theirs):
                out.extend(aspect.differences(self.known, theirs))
        if declared.headers is not None:
            lacking = declared.headers.lacks(
                (name.lower(), value) for name, value in self.live.request.headers
            )
            out += [self._header(name, value) for name, value in lacking]
        for each in declared.match:
            if (said := declared.says(self.live, *each)) is not None:
                out.append(Difference("match", "", None, None, note=self._redactor.text(said)))
        return out

    def _header(self, name: str, wanted: object) -> Difference:
        sent = self.live.request.headers.get_all(name)
        return Difference(
            "header",
            name,
            ", ".join(self._value(name, each) for each in sent) if sent else None,
            self._value(name, wanted),
        )

    def _value(self, name: str, value: object) -> str:
        text = value if isinstance(value, str) else repr(value)
        if self._rules.header_names.verdict(name) and self._rules.header_names.names_secret(name, text):
            return "another secret value"
        return repr(self._redactor.text(text))


def _named(eye: _Eye, route: Route) -> str:
    return f"{eye.text(route.declared)} ({route.declared.where})"


def _often(count: int) -> str:
    return {0: "not called yet", 1: "called once", 2: "called twice"}.get(count, f"called {count} times")


def not_declared(router: Router, request: Request) -> NotDeclared:
    """No route takes the request, or none has a reply left, or it is not its turn."""
    eye = _Eye(router, request)
    near = eye.nearest(router.routes)
    taken = [each.route for each in near if not each.differences]
    lines = [eye.line]
    if not taken:
        lines.append("  is not declared.")
        called = sum(1 for route in router.routes if route.calls)
        count = "1 route" if len(router.routes) == 1 else f"{len(router.routes)} routes"
        lines.append(f"  {router.name}: {count}, {called} of them called")
        lines += _near_lines(eye, near)
    elif router.ordered and any(route.next_step() for route in taken):
        lines.append("  comes out of order, and in_order() was asked for.")
        lines += [f"  due before it:  {_named(eye, route)}" for route in router.unsatisfied_before(taken)]
    else:
        lines += _one_too_many(eye, taken[0])
        return NotDeclared("\n".join(lines))
    lines.append(f"  If the request is right, declare it:  {eye.declaration()}.respond_with(...)")
    return NotDeclared("\n".join(lines))


def _one_too_many(eye: _Eye, route: Route) -> list[str]:
    count = len(route.calls)
    return [
        f"  is one call too many: {_named(eye, route)} was declared for {count} call{'' if count == 1 else 's'}.",
        f"  If it may be called again:  .times({count + 1}), one more .respond_with(...), or .repeat_last()",
    ]


def _near_lines(eye: _Eye, near: Sequence[_Near]) -> list[str]:
    if not near:
        return ["  Nothing was declared."]
    route, differences = near[0]
    lines = [f"  nearest:  {_named(eye, route)}, {_often(len(route.calls))}; it differs in"]
    lines += [f"    {line}" for line in difference_lines(differences, "declared")]
    for other, others in near[1:]:
        names = dict.fromkeys(" ".join(filter(None, [each.aspect, each.where])) for each in others)
        lines.append(printable(f"  also near:  {_named(eye, other)} (differs in {', '.join([*names][:3])})"))
    return lines


def nor_declared(router: Router, request: Request) -> str:
    """For the error of a cassette that does not hold the request either."""
    if not router.routes:
        return ""
    eye = _Eye(router, request)
    near = eye.nearest(router.routes)[:1]
    route, differences = near[0]
    if not differences:
        return "\n".join(["  Of the declared routes,", f"  {_named(eye, route)} has no reply left for it."])
    lines = [f"  Nor does a declared route take it; nearest: {_named(eye, route)}, it differs in"]
    return "\n".join([*lines, *(f"    {line}" for line in difference_lines(differences, "declared"))])


def no_reply(route: Route) -> str:
    """A route was declared, and not what it answers."""
    return (
        f"{route.declared.where}: {route.declared.line} was declared without a reply; add .respond_with(...)"
    )


def callback_failed(where: Place, error: Exception) -> str:
    """A callback raised what no transport raises."""
    return f"{where}: the callback failed: {type(error).__name__}: {error}"


def unreachable(route: Route, earlier: Route) -> str:
    """A declaration that no request will ever come to."""
    return (
        f"{route.declared.where}: {route.declared.line} is never reached: the route declared at {earlier.declared.where} "
        f"takes the same requests, and answers every one.\n"
        "  For one answer after the other, add .respond_with(...) to that route; to answer once and then differently, "
        "say .times(1) there; where the order of declaration counts, call in_order() first."
    )


def called_so_often(route: Route, wanted: int | None) -> str:
    """An assertion about the number of calls failed."""
    expected = {None: "be called", 0: "not be called"}.get(wanted, "be called once")
    return f"{route.declared.line} ({route.declared.where}) was to {expected}, and was {_often(len(route.calls))}"


def asserted(router: Router, route: Route, call: Call, options: Mapping[str, Any]) -> str | None:
    """How a call differs from what an assertion says; None when it does not."""
    declared = route.declared
    headers = options["headers"]
    query = options["query"]
    wanted = replace(
        declared,
        query=None if query is UNSET else query_of(query),
        headers=None if headers is None else multiset(headers, "headers").lowered(),
        body=body_of(options),
        match=(),
    )
    eye = _Eye(router, call.request)
    if wanted.takes(eye.live) is not None:
        return None
    lines = [f"{eye.line} ({_often(len(route.calls))}; this is the last call) was not as asserted:"]
    lines += [f"  {line}" for line in difference_lines(eye.differences(wanted), "asserted")]
    return "\n".join(lines)


def report(
    router: Router, unused: Sequence[Route], refusals: Sequence[ApiMockerError]
) -> UnusedRoutes | SwallowedRequests:
    """What is wrong at the end, in one text."""
    pieces, redactor = [], Redactor(router.rules)
    if refusals:
        count = "A request was" if len(refusals) == 1 else f"{len(refusals)} requests were"
        texts = "\n".join(str(error) for error in refusals)
        pieces.append(f"{count} refused, and the code under test caught the error:\n{texts}")
    if unused:
        count = "1 declared route was" if len(unused) == 1 else f"{len(unused)} declared routes were"
        pieces.append(
            "\n".join(
                [
                    f"{count} not used as declared ({router.name}):",
                    *(redactor.text(_unused_line(route)) for route in unused),
                ]
            )
        )
        pieces[-1] += (
            "\n  If the code is right not to call, remove the declaration; if it may call or not, add .optional()."
        )
    text = printable("\n".join(pieces))
    if refusals:
        return SwallowedRequests(text, refusals)
    return UnusedRoutes(text)


def _unused_line(route: Route) -> str:
    line = f"  {route.declared.line} ({route.declared.where})"
    if not route.steps:
        return f"{line}: it has no reply; add .respond_with(...)"
    if not route.calls:
        return f"{line}: never called"
    numbers = {id(step): number for number, step in enumerate(route.steps, 1)}
    due = ", ".join(f"{numbers[id(step)]} ({step.where})" for step in route.due())
    return f"{line}: {_often(len(route.calls))}, and these of its {len(route.steps)} replies are still due: {due}"
