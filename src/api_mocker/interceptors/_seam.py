"""What every interceptor file is made of.

An interceptor file is named after the import name of its client and holds two names:

``CLIENTS``
    the import names it serves, each with the oldest version whose seam is known;
``seams(client)``
    the `Seam`s to lay into that (already imported) client.

A seam replaces one public method on one class. Where the method is not there, a new release of
the client moved it, and that is said at once: a seam that silently is not there would let
traffic through.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import metadata
from typing import TYPE_CHECKING, Any

from ..exceptions import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Seam", "lay", "lift"]


@dataclass(frozen=True, slots=True)
class Seam:
    """`wrap(original)` is put in place of ``owner.name``."""

    owner: type
    name: str
    # Any: the wrapped methods have as many signatures as there are clients.
    wrap: Callable[[Callable[..., Any]], Callable[..., Any]]


def lay(client: str, seam: Seam) -> Callable[..., Any]:
    """Puts the seam in place and returns the original; UsageError where the client moved it."""
    original = seam.owner.__dict__.get(seam.name)
    if original is None:
        raise UsageError(
            f"{client} {_version(client)} has no {seam.owner.__qualname__}.{seam.name}: "
            f"this release moved the place where api-mocker steps in, so nothing would be "
            f"intercepted. Pin {client} to an older release, or upgrade api-mocker."
        )
    setattr(seam.owner, seam.name, seam.wrap(original))
    return original  # type: ignore[no-any-return]  # a class attribute, looked up by name


def lift(seam: Seam, original: Callable[..., Any]) -> None:
    """Puts the original back."""
    setattr(seam.owner, seam.name, original)


def _version(client: str) -> str:
    try:
        return metadata.version(client)
    except metadata.PackageNotFoundError:
        return "(unknown version)"
