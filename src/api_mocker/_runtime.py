"""Who is active: whose business a request is that is made here and now.

The law of this file: in doubt, raise; never guess, never pass. A context that was opened inside a
cassette belongs to it (a `ContextVar`, so tasks of one gather stay apart), and so does a thread
that was started while it was open. Another thread that has no context of its own belongs to the
innermost active one while all active ones form a single chain, and from its first request on to
that one for good: once it is closed, what the thread still sends is refused and reported against
it, never adopted by the next test.

There is no moment in which a seam is taken out while others are active: a second context variable
says that a seam is calling the client's original, so that stacked seams see one exchange once.
"""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from threading import Lock, Thread, current_thread, main_thread
from threading import enumerate as running_threads
from typing import TYPE_CHECKING, cast
from weakref import WeakKeyDictionary, WeakSet

from .exceptions import UnmatchedRequest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ._core.exchange import Exchange
    from ._core.model import Request
    from ._core.opener import Ground, Opener, Overlay
    from .exceptions import ApiMockerError

__all__ = [
    "Activation",
    "begin",
    "fenced",
    "forwarding",
    "is_any_open",
    "is_forwarding",
    "is_recording",
    "late",
    "let_through",
    "only_looking",
    "refuse",
    "watching",
]


late: list[ApiMockerError] = []
"""Requests refused after the cassette they belong to was closed; the plugin reports them."""

_here: ContextVar[Activation | None] = ContextVar("api_mocker_here", default=None)
_forwarding: ContextVar[object] = ContextVar("api_mocker_forwarding", default=None)
_recording: set[object] = set()  # of what `_forwarding` holds, what is being recorded
_open: list[Activation] = []
_overlays: list[Activation] = []
_owners: WeakKeyDictionary[Thread, Activation] = WeakKeyDictionary()
_lock = Lock()


def _forked() -> None:
    """In a forked process another thread, which is not there any more, may have held the lock."""
    global _lock  # noqa: PLW0603  # there is one process
    _lock = Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forked)


class Activation:
    """An opener made active, inside whichever was active here before.

    Entering and leaving may happen in different contexts (an async generator fixture does so), and
    in another order than that of a stack.
    """

    def __init__(self, opener: Opener, *, overlay: bool = False, passive: bool = False) -> None:
        self.opener = opener
        self.overlay = overlay  # declared routes, over whatever else is active
        self.passive = passive  # it only looks on, and nothing is refused in its name
        self.outer: Activation | None = None
        self.closed = False
        self.astray = False  # closed while its context was not at hand, which may thus still name it
        self.place: tuple[Thread, object] = current_thread(), None
        self._older: WeakSet[Thread] = WeakSet()  # threads that ran before it was opened

    def enter(self) -> None:
        """From now on, requests of this context come here."""
        self.place = _place()
        self._older = WeakSet(running_threads())
        with _lock:
            self.outer = _enclosing(self.place)
            _open.append(self)
            if self.overlay:
                _overlays.append(self)
        _here.set(self)

    def leave(self, *, for_good: bool = True) -> None:
        """Requests of this context go where they went before; threads that belong here are refused.

        With ``for_good`` False nothing belongs to it: contexts that still name it go by what is around.
        """
        with _lock:
            self.closed = True
            _open.remove(self)
            if self.overlay:
                _overlays.remove(self)
            for thread in running_threads():
                if for_good and thread not in self._older:
                    _owners.setdefault(thread, self)
        self.astray = not (for_good and self.is_here)
        if self.is_here:
            _here.set(self.open_outer())

    @property
    def is_here(self) -> bool:
        """Whether this context names it."""
        return _here.get() is self

    def open_outer(self) -> Activation | None:
        """The nearest one around it that is still open."""
        outer = self.outer
        while outer is not None and outer.closed:
            outer = outer.outer
        return outer


@contextmanager
def fenced(opener: Opener) -> Iterator[None]:
    """Makes `opener` active for a while.

    This context comes out as it went in: what opens meanwhile and stays open is active elsewhere only.
    """
    before = _here.get()
    activation = Activation(opener)
    activation.enter()
    try:
        yield
    finally:
        activation.leave(for_good=False)
        _here.set(before)


def is_any_open() -> bool:
    """Whether anything at all is active."""
    return bool(_open)


def let_through() -> Iterator[tuple[str, ...]]:
    """The lists of hosts that whatever is active lets through."""
    return (activation.opener.passthrough for activation in [*_open])


def only_looking() -> bool:
    """Whether whatever is active here looks on, and refuses nothing."""
    here = _belongs()
    return all(activation.passive for activation in ([here] if here is not None else _leaves()))


def refuse(error: ApiMockerError) -> ApiMockerError:
    """Remembers an error that an interceptor is about to raise where it is at home; returns it."""
    here = _belongs()
    for activation in [here] if here is not None else _leaves():
        activation.opener.refusals.append(error)
        if activation.closed:
            late.append(error)
    return error


def watching() -> bool:
    """Whether a request made here and now may be anybody's business; asked for every request."""
    if _forwarding.get() is not None:
        return False
    return bool(_open) or ((_here.get() is not None or bool(_owners)) and _belongs() is not None)


def begin(see: Callable[[], Request]) -> Exchange | None:
    """The decision about one request; None: let it pass untouched.

    Raises UnmatchedRequest where nothing may answer it, or nobody can say whose it is.
    """
    if _forwarding.get() is not None:
        return None
    activation = _current(see)
    if activation is None:
        return None
    if activation.closed:
        if activation.passive:
            return None
        raise _too_late(activation, see())
    return _layered(activation, see()) if _overlays else activation.opener.open(see())


def _layered(activation: Activation, request: Request) -> Exchange | None:
    """The decision where routes are declared: they answer first, and then what lies below them."""
    layers = [activation]
    while (outer := layers[-1].open_outer()) is not None:
        layers.append(outer)
    overlays = [cast("Overlay", layer.opener) for layer in layers if layer.overlay]
    ground = next((cast("Ground", layer.opener) for layer in layers if not layer.overlay), None)
    for overlay in overlays:
        exchange = overlay.answer(request)
        if exchange is not None:
            if ground is not None:
                ground.covered(request)
            return exchange
    if any(overlay.lets_through(request) for overlay in overlays):
        return None
    if ground is None:
        return overlays[0].open(request, lambda: _misses(overlays[1:], request))
    return ground.open(request, lambda: _misses(overlays, request))


def _misses(overlays: list[Overlay], request: Request) -> str:
    return "\n".join(filter(None, (overlay.misses(request) for overlay in overlays)))


def is_forwarding() -> bool:
    """Whether a seam is calling the client's original here: what happens is another seam's business."""
    return _forwarding.get() is not None


def is_recording(*, anywhere: bool = False) -> bool:
    """Whether a seam is sending, here or `anywhere`, what a cassette records."""
    return bool(_recording) if anywhere else _forwarding.get() in _recording


@contextmanager
def forwarding(*, recorded: bool = False) -> Iterator[None]:
    """While a seam calls the client's original: what happens inside is part of that exchange."""
    turn = object()
    token = _forwarding.set(turn)
    if recorded:
        _recording.add(turn)
    try:
        yield
    finally:
        _recording.discard(turn)
        with suppress(ValueError):  # a coroutine that is thrown away ends in another context
            _forwarding.reset(token)


def _current(see: Callable[[], Request]) -> Activation | None:
    here = _belongs()
    if here is not None:
        return here
    with _lock:
        leaves = _leaves()
        thread = current_thread()
        if len(leaves) == 1 and thread is not main_thread():
            _owners[thread] = leaves[0]
    if len(leaves) > 1 and not all(leaf.passive for leaf in leaves):
        raise _ambiguous(leaves, see())
    return leaves[0] if leaves else None


def _belongs() -> Activation | None:
    """The activation that this context, or else this thread, is known to belong to."""
    here = _here.get()
    while here is not None and here.closed and here.astray:
        here = here.outer
    return here if here is not None else _owners.get(current_thread())


def _enclosing(place: tuple[Thread, object]) -> Activation | None:
    """What a new activation lies inside of.

    Without a context that tells, that is the only one open, if it was opened around the place where
    the new one is: by the same task, below all tasks of this thread, or below those of the main
    one. Two tasks or threads that each open their own are independent.
    """
    here = _belongs()
    if here is not None:
        return None if here.closed else here
    leaves = _leaves()
    around = [place, (place[0], None), (main_thread(), None)]
    return leaves[0] if len(leaves) == 1 and leaves[0].place in around else None


def _place() -> tuple[Thread, object]:
    """The thread that runs here, and its task if it runs one."""
    asyncio = sys.modules.get("asyncio")  # who has no tasks does not pay for it
    if asyncio is not None:
        with suppress(RuntimeError):  # no loop runs here
            return current_thread(), asyncio.current_task()
    return current_thread(), None


def _leaves() -> list[Activation]:
    """The open activations that no other open one lies inside of."""
    outers = {id(activation.open_outer()) for activation in _open}  # what lay between may be closed
    return [activation for activation in _open if id(activation) not in outers]


def _too_late(activation: Activation, request: Request) -> UnmatchedRequest:
    error = UnmatchedRequest(
        f"{request!r}\n  was sent by a thread or task that belongs to {activation.opener.name}, which is closed.\n"
        "  Wait for it before the test ends: join the thread, shut the executor down, await the task. Where a pool\n"
        "  lives on across tests, hand it each test's context: pool.submit(contextvars.copy_context().run, function)."
    )
    activation.opener.refusals.append(error)
    late.append(error)
    return error


def _ambiguous(leaves: list[Activation], request: Request) -> UnmatchedRequest:
    names = " and ".join(activation.opener.name for activation in leaves)
    error = UnmatchedRequest(
        f"{request!r}\n  was sent by a thread of which nobody can say to whom it belongs: {names} are all active.\n"
        "  Start the thread with contextvars.copy_context().run, or use one of them at a time."
    )
    for activation in leaves:
        activation.opener.refusals.append(error)
    return error
