"""``use_cassette``: recording and replaying, as a block or around a function.

The law of this file: the same cassette means the same with ``with``, with ``async with`` and as a
decorator, inside pytest and outside.
"""

from __future__ import annotations

import inspect
import sys
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from ._block import Block
from ._cassette import Cassette
from ._session import session
from ._use import Use
from .exceptions import UsageError

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Mapping

    from ._config import Config

    Function = TypeVar("Function", bound=Callable[..., Any])

__all__ = ["use_cassette"]

_NO_FUNCTIONS = (inspect.isclass, inspect.isgeneratorfunction, inspect.isasyncgenfunction)


def _shown(function: object) -> str:
    return getattr(function, "__qualname__", repr(function))


class use_cassette(Block[Cassette]):  # noqa: N801  # it is used like a function: as decorator and in `with`
    """Records into a cassette, and replays from it.

    A context manager, an async context manager and a decorator of functions, sync and async.

    ``path`` is the file that is played and, where the record mode allows it, written; further paths
    are played after it and never written. ``record_mode=None`` means the session's mode, else
    ``none``. The other options are those of ``[tool.api_mocker]`` (ignore, match_on, repeat,
    order, unused, passthrough, record_errors, review, redact, before_record) and go before them.

    Raises at the call that is refused UnmatchedRequest or CassetteMissing; at the end of the block
    SwallowedRequests when such an error was caught inside, and UnusedInteractions.
    A block that ends with an error leaves the file as it was, and its recording is set aside.
    """

    def __init__(
        self, path: str | os.PathLike[str], /, *extra: str | os.PathLike[str], **options: Any
    ) -> None:
        # Any: each option is read, and refused with its name, by the table of options.
        self._path = Path(path)
        self._extra = [Path(other) for other in extra]
        self._options = options
        super().__init__()
        caller = sys._getframe(1)  # noqa: SLF001  # as warnings and logging do, to name the caller
        self._where = f"use_cassette() at {Path(caller.f_code.co_filename).name}:{caller.f_lineno}"
        self._config()

    def _config(self) -> Config:
        given: Mapping[str, Any] = {name: value for name, value in self._options.items() if value is not None}
        return session().config.over(given, self._where, "call")

    def _use(self) -> Use:
        return Use(self._path, self._extra, self._config(), guarded=True)

    def __call__(self, function: Function) -> Function:
        """The function, with a cassette around each of its calls.

        UsageError for what would run its body outside of the cassette: a generator, a class, or a
        function that returns a coroutine without being one.
        """
        if any(asks(function) for asks in _NO_FUNCTIONS):
            raise UsageError(
                f"{self._where}: a decorator cannot hold a cassette open for {_shown(function)}; open it "
                f"inside, with `with use_cassette(...)`"
            )

        def again() -> use_cassette:
            copy = use_cassette.__new__(use_cassette)
            vars(copy).update(vars(self), _uses=[])
            return copy

        if inspect.iscoroutinefunction(function):

            @wraps(function)
            async def awaited(*args: Any, **kwargs: Any) -> Any:  # Any: the wrapped function's own
                async with again():
                    return await function(*args, **kwargs)

            return awaited  # type: ignore[return-value]  # `wraps` keeps the signature

        @wraps(function)
        def called(*args: Any, **kwargs: Any) -> Any:  # Any: the wrapped function's own
            with again():
                result = function(*args, **kwargs)
                if inspect.iscoroutine(result):
                    result.close()  # it is not to be awaited any more
                    raise UsageError(
                        f"{self._where}: {_shown(function)} returned a coroutine, which would run when the "
                        f"cassette is closed again; decorate a coroutine function itself"
                    )
                return result

        return called  # type: ignore[return-value]  # `wraps` keeps the signature
