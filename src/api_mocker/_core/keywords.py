"""Misspelt keywords of a declaration, told with what was most likely meant."""

from __future__ import annotations

from functools import wraps
from inspect import signature
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from ..exceptions import UsageError
from .nearest import nearest_name

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["strict"]

P = ParamSpec("P")
R = TypeVar("R")


def strict(function: Callable[P, R]) -> Callable[P, R]:
    """The function, with a UsageError for a keyword that it does not have; types stay as they are."""
    names = [name for name in signature(function).parameters if name != "self"]

    @wraps(function)
    def checked(*args: P.args, **kwargs: P.kwargs) -> R:
        for name in kwargs:
            if name not in names:
                listed = ", ".join(names)
                raise UsageError(
                    f"{function.__name__}() has no {name!r}{nearest_name(name, names)} (it has {listed})"
                )
        return function(*args, **kwargs)

    return checked
