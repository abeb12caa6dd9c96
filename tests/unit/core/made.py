"""What the tests of the core are made of: requests, recordings, tapes and engines, in one line each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from typing import TYPE_CHECKING, Any

from api_mocker._core.canonical import Canonical, Ignore
from api_mocker._core.cassette import Entry, Tape
from api_mocker._core.engine import Engine
from api_mocker._core.matching import DEFAULT, Matching
from api_mocker._core.model import Failure, Headers, Interaction, Request, Response
from api_mocker._core.modes import RecordMode
from api_mocker._core.policy import Policy
from api_mocker._core.redaction import Rules

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from api_mocker._core.exchange import Exchange
    from api_mocker._core.matching import Matcher

__all__ = [
    "MOMENT",
    "Counted",
    "answer",
    "canonical",
    "engine",
    "entries",
    "headers",
    "live",
    "recording",
    "request",
    "tape",
]

MOMENT = datetime(2026, 11, 20, 20, 15, tzinfo=UTC)


def headers(**values: str) -> Headers:
    """Headers from keywords: ``content_type="a/b"``."""
    return Headers.of((name.replace("_", "-"), value) for name, value in values.items())


def request(
    url: str = "https://api.example.com/v1/items", body: bytes | str = b"", method: str = "", **fields: str
) -> Request:
    """A request; POST where it has a body, else GET."""
    content = body.encode() if isinstance(body, str) else body
    return Request(method or ("POST" if content else "GET"), url, headers(**fields), content)


def answer(body: bytes | str = b"{}", status: int = 200, **fields: str) -> Response:
    """A JSON response."""
    content = body.encode() if isinstance(body, str) else body
    return Response(status, headers(**{"content_type": "application/json", **fields}), content, "OK")


def recording(asked: Request, answered: Response | Failure | None = None) -> Interaction:
    """An interaction as a cassette has it."""
    if isinstance(answered, Failure):
        return Interaction(asked, None, answered, MOMENT)
    return Interaction(asked, answered or answer(), None, MOMENT)


def canonical(asked: Request, ignore: Sequence[str] = ()) -> Canonical:
    """The form in which it is compared."""
    return Canonical(asked, Ignore.parse(ignore))


class Counted:
    """Calls a function, and counts how often."""

    def __init__(self, function: Callable[..., Any]) -> None:  # Any: whatever the function takes and gives
        self.function = function
        self.calls = 0

    def __call__(self, *args: object) -> Any:  # Any: as above
        self.calls += 1
        return self.function(*args)


@dataclass(frozen=True)
class Raw:
    """A document of a file that is not there."""

    raw: bytes


def entries(interactions: Iterable[Interaction], *, look: bool = True) -> list[Entry]:
    """Recordings as a file gives them; `look`: their first lines tell method and URL."""
    return [
        Entry(
            number,
            lambda found=item: found,  # type: ignore[misc]  # its default is its argument
            head=(item.request.method, item.request.url) if look else None,
            source=Raw(repr(item).encode()),
            line=10 * number + 3,
        )
        for number, item in enumerate(interactions)
    ]


def tape(
    interactions: Iterable[Interaction] | Iterable[Request] = (),
    match_on: Sequence[str | Matcher] = DEFAULT,
    ignore: Sequence[str] = (),
    **options: Any,  # Any: those of Tape
) -> Tape:
    """A tape of recordings, or of requests whose answers do not matter."""
    items = [item if isinstance(item, Interaction) else recording(item) for item in interactions]
    return Tape(entries(items), Matching(match_on), Ignore.parse(ignore), **options)


def engine(
    played: Tape | None = None,
    mode: RecordMode | str = RecordMode.NONE,
    *,
    existed: bool | None = None,
    extra: Sequence[Tape] = (),
    **policy: Any,  # Any: the other fields of Policy
) -> Engine:
    """An engine over one tape; the file existed unless there is none."""
    ticks = count()
    fields: dict[str, Any] = {"advice": "pytest --record-mode=once t.py", **policy}  # Any: as above
    return Engine(
        "cassettes/flow.yaml",
        [played or tape(), *extra],
        Policy(RecordMode.of(mode), Rules.default(), **fields),
        played is not None if existed is None else existed,
        lambda: MOMENT.replace(microsecond=next(ticks)),
    )


def live(exchange: Exchange | None, response: Response | None = None) -> None:
    """Lets a live exchange come back with this response."""
    assert exchange is not None
    assert exchange.live
    found = response or answer()
    exchange.began(Response(found.status, found.headers, reason=found.reason))
    exchange.data(found.body)
    exchange.ended()
