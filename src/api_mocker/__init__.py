"""Record what code says to HTTP services once, and replay it for ever.

The law of this file: names, and no logic. Importing it loads no HTTP client, no YAML and no
pytest; what needs more than the exceptions is found in `_HOMES` and loaded when it is asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .exceptions import (
    AlreadyPlayed,
    ApiMockerError,
    ApiMockerWarning,
    CassetteBusy,
    CassetteError,
    CassetteExpired,
    CassetteMissing,
    CassetteTooNew,
    CassetteUnreadable,
    NetworkBlocked,
    NotDeclared,
    NotRecorded,
    RecordingForbidden,
    SwallowedRequests,
    UnmatchedRequest,
    UnusedInteractions,
    UnusedRoutes,
    UsageError,
)

if TYPE_CHECKING:
    from typing import Any

    from ._api import use_cassette
    from ._cassette import Cassette
    from ._core.matching import matcher
    from ._core.model import Headers, Interaction, Request, Response
    from ._core.modes import RecordMode
    from ._core.replies import Reply, reply
    from ._core.routes import Call, Route
    from ._mock import Mocker, mock

__all__ = [
    "AlreadyPlayed",
    "ApiMockerError",
    "ApiMockerWarning",
    "Call",
    "Cassette",
    "CassetteBusy",
    "CassetteError",
    "CassetteExpired",
    "CassetteMissing",
    "CassetteTooNew",
    "CassetteUnreadable",
    "Headers",
    "Interaction",
    "Mocker",
    "NetworkBlocked",
    "NotDeclared",
    "NotRecorded",
    "RecordMode",
    "RecordingForbidden",
    "Reply",
    "Request",
    "Response",
    "Route",
    "SwallowedRequests",
    "UnmatchedRequest",
    "UnusedInteractions",
    "UnusedRoutes",
    "UsageError",
    "matcher",
    "mock",
    "reply",
    "use_cassette",
]

_HOMES: dict[str, str] = {
    "Cassette": "._cassette",
    "use_cassette": "._api",
    "Headers": "._core.model",
    "Interaction": "._core.model",
    "Request": "._core.model",
    "Response": "._core.model",
    "RecordMode": "._core.modes",
    "matcher": "._core.matching",
    "Call": "._core.routes",
    "Route": "._core.routes",
    "Reply": "._core.replies",
    "reply": "._core.replies",
    "Mocker": "._mock",
    "mock": "._mock",
}
"""Where the names live that are loaded when they are asked for."""


def __getattr__(name: str) -> Any:  # Any: as many types as there are public names
    if name == "__version__":
        from importlib.metadata import version

        return version("api-mocker")
    if name in _HOMES:
        from importlib import import_module

        return getattr(import_module(_HOMES[name], __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
