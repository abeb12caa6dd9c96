"""Secrets that were learnt, wherever else they stand: in any encoding, and short numbers as whole values.

The law of this file: one value has one placeholder, so what came in one message is hidden in all others, and a
placeholder that a client coded or escaped is written as it was given.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from .base64_runs import coded_placeholders
from .redaction_draft import JSON_KINDS, Edit, edited
from .secret_fields import json_spots
from .unescaped import escaped_placeholders, unescaped

if TYPE_CHECKING:
    from collections.abc import Container, Iterable

    from .redaction_draft import Draft
    from .redaction_rules import Rules
    from .vault import Echo, Vault

__all__ = ["LearntValues"]

_WHOLE = re.compile(r"(?<=[/=])(?<!//)\d{4,7}(?=[/?#&]|\Z)")
_SHORTEST_OF_JSON = 6  # a year, an amount: where a URL holds a placeholder, any value may stand, but not here


class LearntValues:
    """Hides what `vault` has learnt."""

    def __init__(self, rules: Rules, vault: Vault) -> None:
        self._rules = rules
        self._vault = vault

    def found(self, text: str) -> tuple[list[Echo], list[Edit]]:
        """The learnt values in `text`, and edits for placeholders that came back in another spelling."""
        if self._vault.learning or not text:
            return [], []
        reading = unescaped(text)
        others = coded_placeholders(text) + escaped_placeholders(text, reading)
        return [*self._vault.echoes(text, reading)], others

    def _masked(self, echoes: Iterable[Echo], numbers: Container[int] = ()) -> list[Edit]:
        """Edits for learnt values; `numbers` are the places where a JSON number stands."""
        return [
            (start, end, self._vault.mask(value, number=start in numbers, coded=coded))
            for start, end, value, coded in echoes
        ]

    def edits(self, text: str) -> list[Edit]:
        """Edits for all of that."""
        echoes, others = self.found(text)
        return self._masked(echoes) + others

    def body(self, draft: Draft) -> None:
        """Hides all of that in a body."""
        echoes, others = self.found(draft.text)
        if not echoes and not others:
            return
        numbers: set[int] = set()
        if draft.kind in JSON_KINDS:
            spots = json_spots(draft.text, self._rules.field_names, 0, len(draft.text))
            numbers = {at for spot in spots if spot.number for at in range(spot.start, spot.end)}
        draft.edit(self._masked(echoes, numbers) + others)

    def numbers(self, text: str) -> str:
        """A URL or a form without the short secret numbers that are a whole segment or value in it."""
        if not self._vault.may_hold_number(text):
            return text
        found = [match for match in _WHOLE.finditer(text) if self._vault.is_number(match[0])]
        return edited(text, [(*match.span(), self._vault.mask(match[0])) for match in found])

    def numbers_of(self, draft: Draft) -> None:
        """Hides such numbers in a body."""
        if not (self._vault.knows_numbers and self._vault.may_hold_number(draft.text)):
            return
        if draft.kind == "form":
            new = self.numbers(draft.text)
            draft.edit([(0, len(draft.text), new)] if new != draft.text else [])
        elif draft.kind in JSON_KINDS:
            spots = json_spots(draft.text, self._rules.field_names, 0, len(draft.text))
            numbers = [
                (spot.start, spot.end, draft.text[spot.start : spot.end]) for spot in spots if spot.number
            ]
            draft.edit(
                [
                    (start, end, self._vault.mask(value, number=True))
                    for start, end, value in numbers
                    if self._vault.is_number(value, _SHORTEST_OF_JSON)
                ]
            )
