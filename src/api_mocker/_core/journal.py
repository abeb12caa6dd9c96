"""Where what is recorded is written down at once, as the engine sees it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from .known_values import Known
    from .model import Interaction

__all__ = ["Journal"]


class Journal(Protocol):
    """Where what is recorded is written down at once."""

    def __call__(self, interaction: Interaction) -> None:
        """An interaction was recorded."""

    def know(self, known: Known) -> None:
        """A value is a secret, in what was written down as well."""
