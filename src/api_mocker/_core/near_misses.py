"""What stands between a refused request and the declared routes that it resembles most.

The law of this file: a difference is told where, and only where, a declaration does not take the
request for it; and whatever is told passes through redaction here, for routes hold what was declared
and what was sent as they are.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from .canonical import Body, Canonical, Ignore
from .code import call_of
from .differences import Difference, body_differences
from .explain import printable
from .likeness import distance, weight
from .matching import BUILT_IN, COARSE
from .model import Interaction, media_type
from .redaction import Redactor
from .views import stored
from .wanted import written
from .wanted_bodies import Content

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from .declared import Declared
    from .model import Request
    from .router import Router
    from .routes import Route

__all__ = ["Eye", "Near"]

_NOTHING = Ignore()
_COMPARED = 30  # routes that are compared in full


class Near(NamedTuple):
    """A route that did not take a request, and why not."""

    route: Route
    differences: Sequence[Difference]


class Eye:
    """One request as it may be shown, and what stands between it and the routes."""

    def __init__(self, router: Router, request: Request) -> None:
        self._redactor = Redactor(router.rules)
        self._rules = router.rules
        for call in router.calls:  # what came in an earlier answer may be sent now
            self._redactor.learn(stored(Interaction(call.request, call.response)))
        self._redactor.learn(Interaction(request))
        self.live = Canonical(request, _NOTHING)
        self.known = Canonical(self._redactor.request(request), _NOTHING)
        self.line = printable(f"{self.known.request.method} {self.known.request.url}")

    def declaration(self, near: Declared | None = None) -> str:
        """The declaration that takes this request, naming the headers that the nearest one names."""
        wanted = near.headers.pairs if near is not None and near.headers is not None else ()
        sent = self.live.request.headers
        headers = {name: self._hidden(name, sent[name]) for name, _ in wanted if name in sent}
        return printable(call_of(self.known.request, headers))

    def _hidden(self, name: str, value: str) -> str:
        secret = self._rules.header_names.names_secret(name, value)
        return "<redacted:header:1>" if secret else self._redactor.text(value)

    def text(self, declared: Declared) -> str:
        """A declaration's own line."""
        return printable(self._redactor.text(declared.line))

    def nearest(self, routes: Iterable[Route]) -> list[Near]:
        """The routes that this request resembles most."""
        by_place = sorted(routes, key=self.distance)[:_COMPARED]
        misses = [Near(route, self.differences(route.declared)) for route in by_place]
        return sorted(misses, key=lambda near: weight(near.differences))

    def weight(self, route: Route) -> float:
        """How much there is that keeps the request from the route."""
        return weight(self.differences(route.declared))

    def distance(self, route: Route) -> float:
        """How far the request is from the route, by method and place alone."""
        try:
            return distance(self.live, Canonical(route.declared.nearest(self.live), _NOTHING))
        except Exception:  # noqa: BLE001 - whatever an == of the user's own raises
            return float("inf")

    def differences(self, declared: Declared) -> list[Difference]:
        """All in which the request differs from what was declared; some where it is not taken, none where it is."""
        try:
            return self._differences(declared)
        except Exception as error:  # noqa: BLE001 - as above, told by who takes requests; here it is only in the way
            return [Difference("declaration", "", None, None, note=self.safe(str(error)))]

    def _differences(self, declared: Declared) -> list[Difference]:
        unlike = list(declared.unlike(self.live))
        # Of headers only those are told that lack; a Content-Type must not change how a body is read.
        wanted = replace(declared, headers=None).nearest(self.live)
        theirs = Canonical(self._redactor.request(wanted), _NOTHING)
        out: list[Difference] = []
        for part in unlike:
            nameless = Difference(part, "", None, None, note="not as declared")
            out += [*self._of(part, declared, theirs)] or [nameless]
        if not out:  # only then were one's own asked
            for each in declared.match:
                if (said := declared.says(self.live, *each)) is not None:
                    out.append(Difference("match", "", None, None, note=self.safe(said)))
        return out

    def _of(self, part: str, declared: Declared, theirs: Canonical) -> Iterator[Difference]:
        match part:
            case "method":
                yield Difference("method", "", self.known.method, " or ".join(declared.methods or ()))
            case "place" if declared.address.whole:
                yield Difference("url", "", self.known.request.url, f"re.compile({declared.address.text!r})")
            case "place":
                aspects = (BUILT_IN[name] for name in COARSE if name != "method")
                for aspect in aspects:
                    if aspect.key(self.known) != aspect.key(theirs):
                        yield from aspect.differences(self.known, theirs)
            case "query":
                yield from BUILT_IN["query"].differences(self.known, theirs)
            case "body" if isinstance(declared.body, Content):
                sent, wanted = (each.request.body for each in (self.known, theirs))
                yield from body_differences(Body("bytes", sent, sent), Body("bytes", wanted, wanted))
            case "body":
                yield from body_differences(self.known.body, theirs.body)
                if self.known.body.kind == "bytes":
                    yield from self._media_type(media_type(theirs.request.headers)[0])
            case _:
                yield from (self._header(name, value) for name, value in declared.lacking(self.live))

    def _media_type(self, wanted: str) -> Iterator[Difference]:
        """A body that was not read as what was declared: mostly it was sent as something else."""
        sent = media_type(self.known.request.headers)[0]
        if sent != wanted:
            yield Difference("header", "content-type", repr(sent) if sent else None, repr(wanted))

    def _header(self, name: str, wanted: object) -> Difference:
        sent = self.live.request.headers.get_all(name)
        return Difference(
            "header",
            name,
            ", ".join(self._value(name, each) for each in sent) if sent else None,
            self._value(name, wanted),
        )

    def safe(self, text: str) -> str:
        """Any other text, without the secrets that are known of."""
        return printable(self._redactor.text(text))

    def _value(self, name: str, value: object) -> str:
        text = written(value)
        if self._rules.header_names.verdict(name) and self._rules.header_names.names_secret(name, text):
            return "another secret value"
        shown = self._redactor.text(text)
        return repr(shown) if isinstance(value, str) else shown
