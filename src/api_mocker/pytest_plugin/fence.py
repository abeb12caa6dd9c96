"""The fence around fixtures of wider scope.

The law of this file: which test comes first, or last, never decides whose cassette a fixture's
traffic falls into. While such a fixture is set up or torn down for a test with a cassette, what it
sends is refused, unless it opens a cassette of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._core.passthrough import authority, passes
from .._runtime import Activation, is_any_open
from ..exceptions import RecordingForbidden

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from .._core.model import Request
    from .._session import Session
    from ..exceptions import ApiMockerError

__all__ = ["Fence", "Gate", "is_due_to", "said"]

_NOBODYS = ("_xunit_", "_unittest_")  # fixtures that pytest makes of setup_module() and the like


class Fence:
    """Refuses whatever comes, and says why; `name` is how it is called in error texts."""

    _body = "            ..."

    def __init__(self, fixture: str, scope: str, test: str, session: Session) -> None:
        self.name = f"fixture {fixture!r}"
        self.refusals: list[ApiMockerError] = []
        self._session = session
        self._test = test
        self._fixture = fixture
        self._scope = scope

    @property
    def passthrough(self) -> tuple[str, ...]:
        """Hosts that are let through."""
        return self._session.config.passthrough

    def covered(self, request: Request) -> None:
        """A route that answers keeps the request from the network as well."""

    def open(self, request: Request, also: Callable[[], str] | None = None) -> None:
        """Refuses the request, and remembers that it did; only passthrough hosts are reached."""
        if passes(request.url, self.passthrough):
            self._session.counts.live += 1
            self._session.went_live([authority(request.url)])
            return
        told = also() if also is not None else ""
        error = RecordingForbidden("\n".join(filter(None, [f"{request!r}\n  {self._why()}", told])))
        self.refusals.append(error)
        self._session.counts.blocked += 1
        raise error

    def _why(self) -> str:
        return (
            f"was sent by the {self._scope}-scoped fixture {self._fixture!r} while {self._test} was being set up,"
            f" and belongs to no test.\n"
            f"  Give the fixture a cassette of its own:\n{self._code}"
        )

    @property
    def _code(self) -> str:
        """A fixture with a cassette, as one writes it."""
        fixture = "that_fixture" if not self._fixture or self._fixture.startswith(_NOBODYS) else self._fixture
        return (
            f"    def {fixture}(api_mocker_cassette_factory):\n"
            f'        with api_mocker_cassette_factory("{fixture}"):\n'
            f"{self._body}"
        )


class Gate(Fence):
    """Refuses what the finalizers of wider-scoped fixtures send; one for each test with a cassette.

    It is `shut` from the end of the test's cassette to the end of its teardown, and while a fixture
    is torn down to be set up anew for the test; never while a cassette of wider scope is open.
    """

    _body = "            yield ...\n            ...  # what it sends at its end"

    def __init__(self, test: str, session: Session) -> None:
        super().__init__("", "", test, session)
        self.name = "the finalizers"
        self._activation: Activation | None = None
        self._for_one = False

    def shut(self) -> None:
        """From now on, nothing passes."""
        if self._activation is None and not is_any_open():
            self._activation = Activation(self)
            self._activation.enter()

    def lift(self) -> None:
        """Takes it away."""
        if self._activation is not None:
            self._activation.leave(for_good=False)
            self._activation = None

    def begin(self, fixture: str, scope: str) -> None:
        """The finalizers of this fixture are about to run."""
        self._fixture, self._scope = fixture, scope
        self._for_one = self._activation is None
        self.shut()

    def end(self, fixture: str) -> None:
        """They have run."""
        if fixture != self._fixture:
            return
        if self._for_one:
            self.lift()
        self._fixture, self._for_one = "", False

    def _why(self) -> str:
        whose = (
            f"the {self._scope}-scoped fixture {self._fixture!r}"
            if self._fixture
            else "a fixture of wider scope"
        )
        return (
            f"was sent by {whose} while it was torn down {'before' if self._for_one else 'after'} {self._test},"
            f" and belongs to no test.\n"
            f"  Keep a cassette of its own open around the yield, or open a second one behind it:\n{self._code}"
        )


def is_due_to(error: BaseException, refusals: Sequence[ApiMockerError]) -> bool:
    """Whether an error is one of these, came from one of them, or is a group of nothing else."""
    if isinstance(error, BaseExceptionGroup):
        return all(is_due_to(one, refusals) for one in error.exceptions)
    return any(one in refusals for one in _within(error))


def said(error: BaseException, refusal: ApiMockerError) -> bool:
    """Whether a report of `error` shows this refusal."""
    return any(one is refusal for one in _within(error))


def _within(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        if isinstance(error, BaseExceptionGroup):
            for one in error.exceptions:
                yield from _within(one)
        error = error.__cause__ or error.__context__
