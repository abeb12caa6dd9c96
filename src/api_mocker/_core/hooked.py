"""The user's ``before_record``, which sees an interaction before it is kept.

The law of this file: a hook that looks into ``body``, to hide something there, say, finds all of it, also where
it was too large to be held; that takes as much memory, for those alone who have a hook.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, cast

from ..exceptions import UsageError
from .model import Interaction

if TYPE_CHECKING:
    from .policy import BeforeRecord

__all__ = ["hooked"]


def hooked(hook: BeforeRecord, interaction: Interaction) -> Interaction | None:
    """What the hook returned: the very same `interaction` where it returned what it got."""
    seen = interaction
    if interaction.response is not None and interaction.response.large is not None:
        held = replace(interaction.response, body=interaction.response.content, large=None)
        seen = replace(interaction, response=held)
    kept = cast("object", hook(seen))  # whatever the user's hook does
    if kept is seen:
        return interaction
    if kept is not None and not isinstance(kept, Interaction):
        raise UsageError(
            f"before_record returned {kept!r}: it returns the interaction to keep, or None to drop it"
        )
    return kept
