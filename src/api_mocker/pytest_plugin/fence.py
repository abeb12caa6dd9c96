"""The fence around fixtures of wider scope.

The law of this file: which test comes first never decides whose cassette a fixture's traffic falls
into. While such a fixture is set up for a test with a cassette, what it sends is refused, unless
it opens a cassette of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._core.passthrough import passes
from .._runtime import Activation, is_any_open
from ..exceptions import RecordingForbidden

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from .._core.model import Request
    from ..exceptions import ApiMockerError

__all__ = ["Fence", "Gate"]


class Gate:
    """A fence that stands until it is closed, unless a cassette of wider scope is open anyway."""

    def __init__(self, fence: Fence) -> None:
        self._fence = fence
        self._activation = None if is_any_open() else Activation(fence)
        if self._activation is not None:
            self._activation.enter()

    def close(self) -> list[ApiMockerError]:
        """Takes it away; what it refused."""
        if self._activation is not None:
            self._activation.leave(for_good=False)
            self._activation = None
        return self._fence.refusals


class Fence:
    """Refuses whatever comes, and says why; `name` is how it is called in error texts."""

    def __init__(self, name: str, why: str, passthrough: Sequence[str]) -> None:
        self.name = name
        self.refusals: list[ApiMockerError] = []
        self._why = why
        self._passthrough = passthrough

    @classmethod
    def around(cls, fixture: str, scope: str, test: str, passthrough: Sequence[str]) -> Fence:
        """The one that stands while a fixture of wider scope is set up."""
        why = (
            f"was sent by the {scope}-scoped fixture {fixture!r} while {test} was being set up,"
            f" and belongs to no test.\n"
            f"  Give the fixture a cassette of its own:\n"
            f"    def {fixture}(api_mocker_cassette_factory):\n"
            f'        with api_mocker_cassette_factory("{fixture}"):\n'
            f"            ..."
        )
        return cls(f"fixture {fixture!r}", why, passthrough)

    @classmethod
    def behind(cls, test: str, passthrough: Sequence[str]) -> Fence:
        """The one that stands from the end of a test's cassette on, while fixtures of wider scope are torn down."""
        why = (
            f"was sent by the finalizer of a fixture while {test} was being torn down, when the test's cassette"
            f" was closed already.\n"
            f"  Give the fixture a cassette of its own, which stays open until it ends:\n"
            f"    def the_fixture(api_mocker_cassette_factory):\n"
            f'        with api_mocker_cassette_factory("the_fixture"):\n'
            f"            yield ..."
        )
        return cls("a fixture's finalizer", why, passthrough)

    def covered(self, request: Request) -> None:
        """A route that answers keeps the request from the network as well."""

    def open(self, request: Request, also: Callable[[], str] | None = None) -> None:
        """Refuses the request, and remembers that it did; only passthrough hosts are reached."""
        if passes(request.url, self._passthrough):
            return
        told = also() if also is not None else ""
        error = RecordingForbidden("\n".join(filter(None, [f"{request!r}\n  {self._why}", told])))
        self.refusals.append(error)
        raise error
