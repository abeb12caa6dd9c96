"""Recordings as they may be shown: without the secrets that a file holds all the same.

The law of this file: what is shown of a file is redacted like what is written into one, be it a foreign
or an old one; a document is still parsed only when it is looked at. The placeholders say what they hide:
``<redacted:token.plain:1>`` stands in the file in plain.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from .._core.cassette import Entry
from .._core.looking_into import looked_into
from .._core.redaction import Redactor

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .._core.model import Interaction
    from .._core.redaction import Rules

__all__ = ["Veil", "with_all_headers"]


class _AllNames(frozenset[str]):
    """Every name there is: whichever headers a file holds were stored."""

    def __contains__(self, _: object) -> bool:
        return True


def with_all_headers(rules: Rules) -> Rules:
    """The rules for what was stored already: no header is dropped for not being listed."""
    return replace(rules, allow_request_headers=_AllNames(rules.allow_request_headers))


class Veil:
    """Hides the same secret in the same way in all entries that it is laid over; they are not changed."""

    def __init__(self, rules: Rules) -> None:
        self._redactor = Redactor(with_all_headers(rules), mark=".plain")

    def over(self, entries: Iterable[Entry]) -> tuple[Entry, ...]:
        """The entries, each redacted when it is parsed."""
        return tuple(
            Entry(entry.number, partial(self._shown, entry), source=entry.source, line=entry.line)
            for entry in entries
        )

    def _shown(self, entry: Entry) -> Interaction:
        interaction = entry.interaction
        hidden = self._redactor.seal([looked_into(interaction, self._redactor)])[0]
        return interaction if hidden == interaction else hidden
