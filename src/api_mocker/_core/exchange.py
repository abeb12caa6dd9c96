"""One intercepted request, from the decision about it to its last byte.

The law of this file: what the caller gets is teed, never buffered. An interceptor that forwards a
request reports the answer here piece by piece, as the caller takes it; the interaction is complete
when the body is exhausted, broken off or closed. What is kept of a body is bounded: one that grows
large goes to a spool, piece by piece.

The life of an exchange, as an interceptor drives it::

    exchange = begin(lambda: request)       # raises UnmatchedRequest; None: not our business
    settle(exchange, ...)                   # a declared route's callback and delay (see _answers)
    if not exchange.live:                   # raise exchange.own_error(...) where there is one; else serve
        ...                                 #   exchange.response, then raise exchange.failure; read_on()
                                            #   where the caller wants more than was recorded
    else:                                   # call the client's original, and report
        exchange.began(head)                #   status and headers arrived (body empty)
        exchange.data(chunk)                #   a piece reached the caller
        exchange.ended()                    #   the body is exhausted
        exchange.ended(truncated=True)      #   the caller closed it early
        exchange.failed(failure)            #   the transport failed, before or after began()
"""

from __future__ import annotations

from array import array
from dataclasses import replace
from threading import Lock
from typing import TYPE_CHECKING, Protocol

from ..exceptions import ApiMockerError
from .large_body import LARGE
from .model import Failure, Request, Response
from .raised import origin

if TYPE_CHECKING:
    from collections.abc import Callable

    from .clock import Clock
    from .large_body import Spool

    Came = Callable[[Response | None, Failure | None, BaseException | None], None]
    """Whoever keeps the call of a declared route; told once its reply is known."""

__all__ = ["Exchange", "Outcome"]

_MOST_SIZES = 1 << 18
"""Pieces of a body, up to which their sizes are kept."""

_BATCH = 1 << 20  # bytes that go to the spool at once
_MOST_PIECES = 1 << 14  # that are held one by one


class Outcome(Protocol):
    """Whoever wants to know how a live exchange came out; called once, from the caller's thread."""

    def __call__(self, exchange: Exchange, response: Response | None, failure: Failure | None, /) -> None: ...


class Exchange:
    """One request on its way; made by the engine, driven by an interceptor.

    ``response`` and ``failure`` are what to serve, in the wire view; both None when ``live``.
    Both set means: serve the response's pieces, then fail.

    A declared route adds what the interceptor has to do before: to call ``compose`` (and to await what it
    gives) and hand the result to ``made``; to let ``delay`` seconds pass on ``clock``. ``raised`` is the
    very exception that was declared.
    """

    __slots__ = (
        "_chunks",
        "_done",
        "_head",
        "_held",
        "_left",
        "_limit",
        "_lock",
        "_outcome",
        "_size",
        "_sizes",
        "_spool",
        "came",
        "clock",
        "compose",
        "delay",
        "failure",
        "live",
        "lost",
        "made",
        "raised",
        "request",
        "response",
        "room",
    )

    def __init__(
        self,
        request: Request,
        *,
        response: Response | None = None,
        failure: Failure | None = None,
        outcome: Outcome | None = None,
        left: Callable[[], Exception] | None = None,
        came: Came | None = None,
        room: Callable[[], Spool] | None = None,
    ) -> None:
        self.request = request
        self.response = response
        self.failure = failure
        self.live = response is None and failure is None
        self._outcome = outcome
        self._left = left
        self._head: Response | None = None
        self._chunks: list[bytes] = []
        self._size = 0  # of all that came
        self._limit = LARGE  # the size from which on the pieces go to the spool
        self._held: list[bytes] = []  # many pieces each
        self._sizes = array("Q")  # of the pieces that are held so, or are in the spool
        self._spool: Spool | None = None
        self.room = room  # makes a spool; None: whatever comes is held
        self.lost: ApiMockerError | None = None  # why the body could not be kept
        self._done = False
        self._lock = Lock()
        self.came = came
        self.raised: BaseException | None = None
        self.compose: Callable[[], object] | None = None
        self.made: Callable[[object, Exception | None], None] | None = None
        self.delay = 0.0
        self.clock: Clock | None = None

    @property
    def is_declared(self) -> bool:
        """Whether a declared route answers it."""
        return self.came is not None

    def own_error(self, libraries: frozenset[str]) -> BaseException | None:
        """The declared exception, where a client of these libraries raises it as it is.

        None: what it means is in ``failure``, for the client to raise in its own words.
        """
        if self.raised is None or (self.failure is not None and origin(self.raised) not in libraries):
            return None
        return self.raised

    def take(self, returned: object, error: Exception | None = None) -> None:
        """What the callback returned, or raised."""
        made, self.made = self.made, None
        if made is not None:
            made(returned, error)

    def settled(self) -> None:
        """The reply is known."""
        if self.came is not None:
            self.came(self.response, self.failure, self.raised)

    def read_on(self) -> None:
        """The caller reads behind the served pieces: an error where the recording was left early."""
        if self._left is not None:
            raise self._left()

    def began(self, head: Response) -> None:
        """The live response began; `head` carries all but the body."""
        self._head = head

    def data(self, chunk: bytes) -> None:
        """A piece of the body, in its content coding, reached the caller."""
        if chunk and not self._done:
            self._chunks.append(chunk)
            self._size += len(chunk)
            if self._size >= self._limit or len(self._chunks) >= _MOST_PIECES:
                self._overflow()

    def _overflow(self) -> None:
        """Puts together what came by now, in the spool where it is large. If that fails, the caller gets all of it."""
        chunks, self._chunks = self._chunks, []
        self._limit = max(self._limit, self._size + _BATCH)
        if len(self._sizes) <= _MOST_SIZES:
            self._sizes.extend(map(len, chunks))
        if self.lost is not None:
            return
        self._held.append(b"".join(chunks))
        if self.room is None or self._size < LARGE:
            return
        try:
            self._spool = self._spool or self.room()
            for piece in self._held:
                self._spool.write(piece)
        except ApiMockerError as error:
            self.lost, self._spool = error, None
        self._held = []

    def ended(self, *, truncated: bool = False) -> None:
        """The body ended, or (`truncated`) the caller closed it early. Only the first end counts."""
        self._finish(None, truncated=truncated)

    def failed(self, failure: Failure) -> None:
        """The transport failed, before or in the middle of the response."""
        self._finish(failure, truncated=False)

    def _finish(self, failure: Failure | None, *, truncated: bool) -> None:
        with self._lock:
            if self._done:
                return
            self._done = True
        response = self._head
        if response is not None:
            truncated = truncated and not self._is_whole(response)
            response = replace(self._with_body(response), truncated=truncated)
        self._chunks, self._held, self._sizes, self._spool = [], [], array("Q"), None
        if self._outcome is not None:
            self._outcome(self, response, failure)

    def _with_body(self, head: Response) -> Response:
        if not self._sizes:
            return replace(head, body=b"".join(self._chunks), chunks=tuple(map(len, self._chunks)))
        self._overflow()
        # The boundaries of endlessly many pieces would be as large as a body.
        sizes = tuple(self._sizes) if len(self._sizes) <= _MOST_SIZES else None
        if self._spool is None:
            return replace(head, body=b"".join(self._held), chunks=sizes)
        return replace(head, large=self._spool.body(), chunks=sizes)

    def _is_whole(self, head: Response) -> bool:
        """Whether all of the body is there by its framing, though nobody read on to its end (RFC 9112 6.3)."""
        if self.request.method == "HEAD" or head.status in (204, 304):
            return True
        return head.headers.get("content-length") == str(self._size)
