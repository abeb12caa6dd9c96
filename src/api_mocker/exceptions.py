"""Every error that api-mocker raises on purpose.

::

    ApiMockerError
    ├── UsageError                   a wrong option or declaration, where it was written
    ├── CassetteError
    │   ├── CassetteMissing          replay was asked of a file that is not there
    │   ├── CassetteUnreadable       not a cassette, or a broken one (path, line)
    │   ├── CassetteTooNew           written by a later version of the format
    │   └── CassetteBusy             another process is writing it
    ├── UnmatchedRequest             raised at the call, and again when the test ends
    │   ├── NotRecorded              the cassette holds no such request
    │   ├── AlreadyPlayed            it does, and every one of them has been played
    │   ├── RecordingForbidden       it would have to be recorded, and must not be
    │   └── NotDeclared              no route was declared for it
    ├── NetworkBlocked               a connection or a look-up that is not allowed; again when the test ends
    └── (when the test or the block ends)
        ├── UnusedInteractions       recorded, and never asked for
        ├── UnusedRoutes             declared, and never called
        ├── CassetteExpired          what was played is older than it may be
        └── SwallowedRequests        refused, and the refusal was caught by the code under test

The texts are built in ``api_mocker._core.explain``; nothing here composes a sentence.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "AlreadyPlayed",
    "ApiMockerError",
    "ApiMockerWarning",
    "CassetteBusy",
    "CassetteError",
    "CassetteExpired",
    "CassetteMissing",
    "CassetteTooNew",
    "CassetteUnreadable",
    "NetworkBlocked",
    "NotDeclared",
    "NotRecorded",
    "RecordingForbidden",
    "SwallowedRequests",
    "UnmatchedRequest",
    "UnusedInteractions",
    "UnusedRoutes",
    "UsageError",
]

_LONGEST_REASON = 600


class ApiMockerError(Exception):
    """The root: catching it catches whatever api-mocker raises on purpose."""


class ApiMockerWarning(UserWarning):
    """Something that is worth knowing and fails nothing: what went unused, what was not kept."""


class UsageError(ApiMockerError):
    """An option or a declaration that cannot be meant; the text names the nearest valid one."""


class CassetteError(ApiMockerError):
    """Something is wrong with a cassette file."""


class CassetteMissing(CassetteError):
    """The file is not there, and the record mode does not allow to make it."""

    def __init__(self, message: str, path: Path | str) -> None:
        super().__init__(message)
        self.path = path


class CassetteUnreadable(CassetteError):
    """The file is no cassette, or one that was damaged; it is left as it is.

    ``path`` is None where a document was read that came from no file; ``line`` counts from 1, and
    ``place`` are the keys that lead to what is wrong in a document that is YAML all the same. With ``advised`` False there is no file that one could restore or delete.
    """

    remedy = "restore it from version control, or delete it and record it again"

    def __init__(
        self,
        reason: str,
        path: Path | str | None = None,
        line: int | None = None,
        *,
        advised: bool = True,
        place: Sequence[str] = (),
    ) -> None:
        where = "".join([shown(path) if path else "", f":{line}" if line else ""])
        if len(reason) > _LONGEST_REASON:  # it may quote the file, and nobody reads on that far
            reason = f"{reason[: _LONGEST_REASON // 2]} ... {reason[-_LONGEST_REASON // 2 :]}"
        left = f"\n  The file is left as it is. If it is meant to be a cassette: {self.remedy}."
        left = left if path and advised else ""
        super().__init__(f"{where}: {reason}{left}" if where else reason)
        self.reason = reason
        self.path = path
        self.line = line
        self.place = tuple(place)


class CassetteTooNew(CassetteUnreadable):
    """The file was written by a later version of the format; upgrading api-mocker reads it."""

    remedy = "upgrade api-mocker"

    def __init__(self, reason: str, path: Path | str | None, line: int | None, version: int) -> None:
        super().__init__(reason, path, line)
        self.version = version


class CassetteBusy(CassetteError):
    """Another process holds the file; nothing was written."""

    def __init__(self, reason: str, path: Path) -> None:
        super().__init__(
            f"{shown(path)} {reason}\n  It is left as it is. Record it in one process at a time; "
            f"with pytest-xdist:  pytest -n 0"
        )
        self.path = path


class UnmatchedRequest(ApiMockerError):
    """A request that nothing answers. It never reached the network."""


class NotRecorded(UnmatchedRequest):
    """The cassette holds no interaction for this request."""


class AlreadyPlayed(UnmatchedRequest):
    """The cassette holds it, and each of its recordings has been played."""


class RecordingForbidden(UnmatchedRequest):
    """The request would have to go out, and here it must not."""


class NotDeclared(UnmatchedRequest):
    """No declared route takes this request."""


class NetworkBlocked(ApiMockerError):
    """A connection, a datagram or the look-up of a name that is not allowed here. Nothing was sent.

    It is no OSError: a client would wrap that into an error of its own, or try again.
    """

    def __init__(self, message: str, host: str = "", port: int | None = None) -> None:
        super().__init__(message)
        self.host = host
        self.port = port


class UnusedInteractions(ApiMockerError):
    """Recorded interactions that the test never asked for."""


class CassetteExpired(ApiMockerError):
    """Recordings that were played are older than ``max_age``, and ``on_expiry`` says to fail."""


class UnusedRoutes(ApiMockerError):
    """Declared routes that the test never called."""


class SwallowedRequests(ApiMockerError):
    """Requests were refused, and the code under test caught the refusal.

    ``requests`` are the errors as they were raised at the calls.
    """

    def __init__(self, message: str, requests: Sequence[ApiMockerError] = ()) -> None:
        super().__init__(message)
        self.requests = tuple(requests)


def shown(path: Path | str) -> str:
    """The path as people know it: from where they are, if it lies below; what it is called drives no terminal."""
    text = str(path)
    with suppress(OSError):  # where they are may be gone
        here = Path.cwd()
        text = str(Path(path).relative_to(here)) if Path(path).is_relative_to(here) else text
    return visible(text)


def visible(text: str) -> str:
    """One line of text, with what drives a terminal or reorders text as its escapes."""
    return text if text.isprintable() else "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


for _name in __all__:  # people know them by the name that they import
    globals()[_name].__module__ = "api_mocker"
