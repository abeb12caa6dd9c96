"""Wrong arguments of a declaration, told with what was most likely meant."""

from __future__ import annotations

from functools import wraps
from inspect import signature
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from ..exceptions import UsageError
from .nearest import nearest_keyword

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["strict"]

P = ParamSpec("P")
R = TypeVar("R")


def strict(function: Callable[P, R]) -> Callable[P, R]:
    """The function, with a UsageError for arguments that it does not take; types stay as they are."""
    taken = signature(function)
    names = [name for name in taken.parameters if name != "self"]

    @wraps(function)
    def checked(*args: P.args, **kwargs: P.kwargs) -> R:
        __tracebackhide__ = True  # pytest shows the user's line
        for name in kwargs:
            if name not in names:
                listed = ", ".join(names)
                raise UsageError(
                    f"{function.__name__}() has no {name!r}{nearest_keyword(name, names)} (it has {listed})"
                )
        try:
            taken.bind(*args, **kwargs)
        except TypeError as error:
            raise UsageError(f"{function.__name__}(): {error}; it has {', '.join(names)}") from None
        return function(*args, **kwargs)

    return checked
