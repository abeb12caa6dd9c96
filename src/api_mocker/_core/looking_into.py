"""Bodies that are kept coded, because something depends on the coded bytes: what is in them counts, too.

The law of this file: a secret in a coded body is no less one; where there is any, the decoded content is
all that is promised, and digests and boundaries of the coded bytes go.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ..exceptions import CassetteError
from .coding import peek
from .coding_large import STREAMED, flowing
from .large_body import sized, spooled
from .model import Coding

if TYPE_CHECKING:
    from .model import Interaction
    from .redaction import Redactor

__all__ = ["learn", "looked_into"]


def learn(interaction: Interaction, redactor: Redactor) -> CassetteError | None:
    """Shows an interaction to the redactor; an error where it is too large for all of its secrets to be found."""
    try:
        redactor.learn(interaction)
        if interaction.response is not None and interaction.response.large is not None:
            looked_into(interaction, redactor)
    except CassetteError as error:
        return error
    return None


def looked_into(interaction: Interaction, redactor: Redactor) -> Interaction:
    """The interaction with its body decoded after all, where secrets would be kept in it."""
    response = interaction.response
    coding = response and response.coding is None and response.headers.get("content-encoding")
    if response is None or not coding or not response.size:
        return interaction
    name = coding.strip().lower()
    if response.large is not None and name in STREAMED:
        fields = sized(spooled(response.large.spool(), flowing(response.large)))
    elif content := peek(response.content, coding):
        fields = {"body": content, "large": None}
    else:
        return interaction
    plain = replace(response, coding=Coding(name), chunks=None, **fields)
    hidden = redactor.response(plain)
    same = (hidden.body, hidden.large) == (plain.body, plain.large)
    return interaction if same else replace(interaction, response=plain)
