"""The verbs with which routes are declared.

The law of this file: every verb takes the same keywords, named once in `Wanted`, and returns a route.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypedDict, Unpack, cast

from ..exceptions import UsageError
from .addresses import Prefix, prefix_of
from .nearest import nearest_keyword

if TYPE_CHECKING:
    from re import Pattern

    from .model import Request
    from .router import Router
    from .routes import Route

__all__ = ["Base", "Wanted"]

# Any, below: ANY, or another object with an ``==`` of its own, may stand for each value.
Pairs = Mapping[str, Any] | Iterable[tuple[str, Any]]


class Wanted(TypedDict, total=False):
    """What a declaration may want of a request besides method and URL."""

    query: Pairs | Any
    json: object
    data: Pairs | Any
    content: bytes | str | Any
    files: Pairs | Any
    headers: Pairs
    match: Callable[[Request], object] | Callable[[Request, Request], str | None] | str | Sequence[Any]


class Base:
    """The verbs, for URLs below a prefix.

    A URL is a path (``/users/1``, on any host), a whole URL, a template (``/users/{id}``), or a compiled
    regular expression, searched in the whole URL. What may be said of a request besides:

    ``query``
        its query, exactly: a mapping (values may be lists) or pairs; ``ANY`` for whatever there is.
        A query in the URL says the same. Without either there must be none.
    ``json``, ``data``, ``content``, ``files``
        its body: a JSON value, the fields of a form (or of a multipart body), bytes, the files of a
        multipart body (contents, or ``(filename, content, type)``). Without any of them it does not matter.
    ``headers``
        headers that must be among those sent.
    ``match``
        functions of the request that say whether it is meant; functions of the request and the
        declared one, and names of registered matchers, that say None or how they differ.

    ``unittest.mock.ANY`` may stand for a value at any depth. Each verb raises UsageError where a
    declaration cannot be meant.
    """

    def __init__(self, router: Router, prefix: Prefix) -> None:
        self._router = router
        self._prefix = prefix

    def get(self, url: str | Pattern[str], **wanted: Unpack[Wanted]) -> Route:
        """Declares a GET."""
        return self._declare("GET", url, wanted)

    def post(self, url: str | Pattern[str], **wanted: Unpack[Wanted]) -> Route:
        """Declares a POST."""
        return self._declare("POST", url, wanted)

    def put(self, url: str | Pattern[str], **wanted: Unpack[Wanted]) -> Route:
        """Declares a PUT."""
        return self._declare("PUT", url, wanted)

    def patch(self, url: str | Pattern[str], **wanted: Unpack[Wanted]) -> Route:
        """Declares a PATCH."""
        return self._declare("PATCH", url, wanted)

    def delete(self, url: str | Pattern[str], **wanted: Unpack[Wanted]) -> Route:
        """Declares a DELETE."""
        return self._declare("DELETE", url, wanted)

    def head(self, url: str | Pattern[str], **wanted: Unpack[Wanted]) -> Route:
        """Declares a HEAD."""
        return self._declare("HEAD", url, wanted)

    def options(self, url: str | Pattern[str], **wanted: Unpack[Wanted]) -> Route:
        """Declares an OPTIONS."""
        return self._declare("OPTIONS", url, wanted)

    # Any: ANY is any method.
    def route(
        self, method: str | Sequence[str] | Any, url: str | Pattern[str], **wanted: Unpack[Wanted]
    ) -> Route:
        """Declares a request of this method, of one of these, or (``ANY``) of any."""
        return self._declare(method, url, wanted)

    def base(self, url: str) -> Base:
        """The same verbs for URLs below `url`: a whole URL or a path."""
        given = cast("object", url)  # whatever the user gave
        return Base(self._router, prefix_of(self._prefix.joined(given) if isinstance(given, str) else given))

    def _declare(self, method: object, url: object, wanted: Mapping[str, Any]) -> Route:  # Any: as in Wanted
        for name in wanted:
            if name not in Wanted.__annotations__:
                names = list(Wanted.__annotations__)
                raise UsageError(
                    f"a declaration has no {name!r}{nearest_keyword(name, names)} (it has {', '.join(names)}; "
                    f"what it answers is said by respond_with())"
                )
        return self._router.declare(self._prefix, method, url, wanted)
