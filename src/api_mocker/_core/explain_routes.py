"""Every sentence about declared routes.

The law of this file: as in `explain`; and whatever is shown passes through redaction, here or in
`near_misses`, for routes hold what was declared and what was sent as they are.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ..exceptions import NotDeclared, SwallowedRequests, UnusedRoutes
from .declared import query_of
from .explain import difference_lines, printable
from .model import Interaction
from .near_misses import Eye
from .redaction import Redactor
from .wanted import UNSET, multiset
from .wanted_bodies import body_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ..exceptions import ApiMockerError
    from .model import Request
    from .near_misses import Near
    from .place import Place
    from .router import Router
    from .routes import Call, Route

__all__ = [
    "asserted",
    "callback_failed",
    "called_so_often",
    "hidden",
    "named",
    "no_reply",
    "nor_declared",
    "not_declared",
    "report",
    "safe",
    "unreachable",
]

_SHOWN = 3  # near misses
_CLOSE = 2.0  # a request this far from an unused route is likely to be the one that was meant


def safe(router: Router, text: str, request: Request | None = None) -> str:
    """A text without the secrets that can be told in it, those of this request among them."""
    redactor = Redactor(router.rules)
    if request is not None:
        redactor.learn(Interaction(request))
    return printable(redactor.text(text))


def named(router: Router, route: Route) -> str:
    """``POST /orders``: how a route is called in texts."""
    return safe(router, route.declared.line)


def _placed(router: Router, route: Route) -> str:
    return f"{named(router, route)} ({route.declared.where})"


def _named(eye: Eye, route: Route) -> str:
    return f"{eye.text(route.declared)} ({route.declared.where})"


def _often(count: int) -> str:
    return {0: "not called yet", 1: "called once", 2: "called twice"}.get(count, f"called {count} times")


def _times(count: int) -> str:
    return "1 call" if count == 1 else f"{count} calls"


def not_declared(router: Router, request: Request, also: str = "") -> NotDeclared:
    """No route takes the request, or none has a reply left, or it is not its turn; `also` is said of other mocks."""
    eye = Eye(router, request)
    near = eye.nearest(router.routes)
    taken = [each.route for each in near if not each.differences]
    if not taken:
        called = sum(1 for route in router.routes if route.calls)
        count = "1 route" if len(router.routes) == 1 else f"{len(router.routes)} routes"
        lines = ["  is not declared.", f"  {router.name}: {count}, {called} of them called"]
        lines += [*_near_lines(eye, near), *filter(None, [also])]
    elif router.ordered and any(route.next_step() for route in taken):
        lines = ["  comes out of order, and in_order() was asked for.", *_out_of_order(eye, router, taken)]
        lines.append("  If this order is right, declare the routes in it; if any is, leave out in_order().")
        return NotDeclared("\n".join([eye.line, *lines]))
    else:
        lines = _one_too_many(eye, taken)
        return NotDeclared("\n".join([eye.line, *lines]))
    nearest = near[0].route.declared if near else None
    lines.append(f"  If the request is right, declare it:  {eye.declaration(nearest)}.respond_with(...)")
    return NotDeclared("\n".join([eye.line, *lines]))


def _out_of_order(eye: Eye, router: Router, taken: Sequence[Route]) -> list[str]:
    due = router.unsatisfied_before(taken)
    if due:
        return [f"  due before it:  {_named(eye, route)}" for route in due]
    return [f"  It is declared before {_named(eye, router.routes[router.turn])}, which was called already."]


def _one_too_many(eye: Eye, routes: Sequence[Route]) -> list[str]:
    last = routes[-1].steps[-1]
    named = " and ".join(_named(eye, route) for route in routes)
    was = "was" if len(routes) == 1 else "were"
    due = 1 + (last.times or 0)
    return [
        f"  is one call too many: {named} {was} declared for {_times(sum(len(route.calls) for route in routes))}.",
        f"  If it may be called again:  .times({due}) of the last reply, one more .respond_with(...), or .repeat_last()",
    ]


def _near_lines(eye: Eye, near: Sequence[Near]) -> list[str]:
    if not near:
        return ["  Nothing was declared."]
    route, differences = near[0]
    lines = [f"  nearest:  {_named(eye, route)}, {_often(len(route.calls))}; it differs in"]
    lines += [f"    {line}" for line in difference_lines(differences, "declared")]
    for other, others in near[1:_SHOWN]:
        names = dict.fromkeys(" ".join(filter(None, [each.aspect, each.where])) for each in others)
        lines.append(printable(f"  also near:  {_named(eye, other)} (differs in {', '.join([*names][:3])})"))
    return lines


def nor_declared(router: Router, request: Request) -> str:
    """For the error of a cassette that does not hold the request either."""
    if not router.routes:
        return ""
    eye = Eye(router, request)
    near = eye.nearest(router.routes)
    taken = [each.route for each in near if not each.differences]
    if router.ordered and any(route.next_step() for route in taken):
        out_of_order = "  A declared route takes it out of order, and in_order() was asked for."
        return "\n".join([out_of_order, *_out_of_order(eye, router, taken)])
    if taken:
        listed = " and ".join(_named(eye, route) for route in taken)
        count = sum(len(route.calls) for route in taken)
        return f"  It was declared for {_times(count)}, and this is one more: {listed}."
    route, differences = near[0]
    lines = [f"  Nor does a declared route take it; nearest:  {_named(eye, route)}; it differs in"]
    return "\n".join([*lines, *(f"    {line}" for line in difference_lines(differences, "declared"))])


def no_reply(router: Router, route: Route) -> str:
    """A route was declared, and not what it answers."""
    return (
        f"{route.declared.where}: {named(router, route)} was declared without a reply; add .respond_with(...)"
    )


def callback_failed(where: Place, error: Exception) -> str:
    """A callback raised what no transport raises."""
    return f"{where}: the callback failed: {type(error).__name__}: {error}"


def unreachable(router: Router, route: Route, earlier: Route) -> str:
    """A declaration that no request will ever come to."""
    return (
        f"{route.declared.where}: {named(router, route)} is never reached: the route declared at {earlier.declared.where} "
        f"takes the same requests, and answers every one.\n"
        "  For one answer after the other, add .respond_with(...) to that route; to answer once and then differently, "
        "say .times(1) there; where the order of declaration counts, call in_order() first."
    )


def called_so_often(router: Router, route: Route, wanted: int | None) -> str:
    """An assertion about the number of calls failed."""
    expected = {None: "was to be called", 0: "was not to be called"}.get(wanted, "was to be called once")
    count = len(route.calls)
    was = "was not" if count == 0 else f"was {_often(count)}"
    return f"{_placed(router, route)} {expected}, and {was}"


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
    eye = Eye(router, call.request)
    if wanted.takes(eye.live) is not None:
        return None
    lines = [f"{eye.line} ({_often(len(route.calls))}; this is the last call) was not as asserted:"]
    lines += [f"  {line}" for line in difference_lines(eye.differences(wanted), "asserted")]
    return "\n".join(lines)


def report(
    router: Router, unused: Sequence[Route], refusals: Sequence[ApiMockerError]
) -> UnusedRoutes | SwallowedRequests:
    """What is wrong at the end, in one text."""
    pieces = []
    if refusals:
        count = "A request was" if len(refusals) == 1 else f"{len(refusals)} requests were"
        texts = "\n".join(_each_once(refusals))
        pieces.append(f"{count} refused, and the code under test caught the error:\n{texts}")
    if unused:
        count = "1 declared route was" if len(unused) == 1 else f"{len(unused)} declared routes were"
        lines = [line for route in unused for line in _unused_lines(router, route)]
        pieces.append("\n".join([f"{count} not used as declared ({router.name}):", *lines]))
        pieces[-1] += (
            "\n  If the code is right not to call, remove the declaration; if it may call or not, add .optional()."
        )
    text = printable("\n".join(pieces))
    if refusals:
        return SwallowedRequests(text, refusals)
    return UnusedRoutes(text)


def hidden(error: BaseException, refusals: Sequence[ApiMockerError]) -> list[str]:
    """The texts of the refusals that are no part of what a block ended with: they are likely to be why."""
    chain: list[BaseException] = []
    link: BaseException | None = error
    while link is not None and link not in chain:
        chain.append(link)
        link = link.__cause__ or link.__context__
    return [*_each_once([each for each in refusals if each not in chain])]


def _each_once(refusals: Sequence[ApiMockerError]) -> Iterator[str]:
    """The texts of the refusals; one that came several times, as a client that tries again makes it, is told once."""
    for text, count in Counter(map(str, refusals)).items():
        first, *rest = text.split("\n")
        yield "\n".join([first if count == 1 else f"{first} ({count} times)", *rest])


def _unused_lines(router: Router, route: Route) -> Iterator[str]:
    line = f"  {_placed(router, route)}"
    if not route.steps:
        yield f"{line}: it has no reply; add .respond_with(...)"
    elif not route.calls:
        yield f"{line}: never called"
        yield from _likely_meant(router, route)
    else:
        numbers = {id(step): number for number, step in enumerate(route.steps, 1)}
        due = ", ".join(f"{numbers[id(step)]} ({step.where})" for step in route.due())
        count = len(route.steps)
        of = "its reply is" if count == 1 else f"of its {count} replies these are"
        yield f"{line}: {_often(len(route.calls))}, and {of} still due{'' if count == 1 else f': {due}'}"


def _likely_meant(router: Router, route: Route) -> Iterator[str]:
    """Of what was answered elsewhere, the request that an unused route was most likely declared for."""
    answered = [(call.request, _placed(router, call.route)) for call in router.calls]
    answered += [(request, "") for request in router.passed]
    eyes = [(Eye(router, request), by) for request, by in answered]
    close = [(eye, by) for eye, by in eyes if eye.distance(route) <= _CLOSE]
    if not close:
        return
    eye, by = min(close, key=lambda pair: pair[0].weight(route))
    differences = eye.differences(route.declared)
    if not differences:
        yield f"    {eye.line} was answered by {by or 'another'}, and comes here only when that has no reply left"
        return
    yield f"    nearest request:  {eye.line}{f', answered by {by}' if by else ''}; it differs in"
    yield from (f"      {line}" for line in difference_lines(differences, "declared"))
