"""What the tests of declared routes are made of: a mock without a client, and what it answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.unit.core.made import canonical, request

from api_mocker._core.addresses import Prefix
from api_mocker._core.clock import Clock
from api_mocker._core.redaction import Rules
from api_mocker._core.router import Router
from api_mocker._mock import Mocker
from api_mocker.interceptors._answers import settle

if TYPE_CHECKING:
    from collections.abc import Mapping

    from api_mocker._core.exchange import Exchange
    from api_mocker._core.model import Request, Response
    from api_mocker._core.routes import Route

__all__ = ["JSON", "answered", "asked", "mocker", "sent", "status_of", "takes"]

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"


def mocker(**fields: Any) -> Mocker:  # Any: the other fields of Router
    """A mock that no client knows; its clock stands still but for delays."""
    router = Router("the mock", Rules.default(), Clock(lambda: 0.0, real=False), shown, **fields)
    return Mocker(router, Prefix())


def shown(file: str) -> str:
    """How the path of a test module is shown."""
    return file.rpartition("/")[2]


def asked(api: Mocker, what: Request) -> Exchange | None:
    """What a seam does with a request that comes to this mock, and to nothing below it."""
    exchange = api._router.answer(what)
    return exchange if exchange is not None else api._router.open(what)


def answered(api: Mocker, what: Request, timeout: float | None = None) -> Exchange:
    """The exchange of a request that is answered, as a sync client with this read timeout has it."""
    exchange = asked(api, what)
    assert exchange is not None
    settle(exchange, timeout)
    return exchange


def sent(api: Mocker, url: str, body: bytes | str = b"", method: str = "", **headers: str) -> Response:
    """The response to a request; POST where it has a body, else GET."""
    response = answered(api, request(url, body, method, **headers)).response
    assert response is not None
    return response


def status_of(api: Mocker, url: str, body: bytes | str = b"", method: str = "", **headers: str) -> int:
    """The status of the response to a request."""
    return sent(api, url, body, method, **headers).status


def takes(route: Route, what: Request) -> Mapping[str, str] | None:
    """The values of the template where the route takes the request; None where it does not."""
    return route.declared.takes(canonical(what))
