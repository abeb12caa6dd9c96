"""Secrets told by their form: credentials that vendors and standards made to be recognised.

The law of this file: an expression runs only over a text that may hold a match of it; one search
tells which of them all that may be.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote, unquote, unquote_plus

from .placeholders import PLACEHOLDER, places_in, unquoted
from .redaction_draft import edited
from .redaction_functions import found_by, name_of
from .secret_form import Pattern

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .redaction_draft import Edit
    from .redaction_rules import Rules
    from .vault import Vault

__all__ = ["Clues", "FormedValues"]

_HIDDEN_BEARER = "Bearer <redacted:"  # the scheme of what is hidden is no reason to look for more

_NEAR = 80
_SMALL = 16_384  # in a longer text a URL in a URL is looked into where a secret name is
_DEEPEST = 3

# A query in the middle of a text: a link in a header or a body, as it is or escaped.
_PARAMETER = re.compile(r"(?:[?&;#]|\\u0026|&amp;)([\w.~%\[\]-]{1,64})=([^&\s\"'<>\\#;]+)")
_READABLE = re.compile(r"[!-~]{4}|[!-~]+\Z")


class Clues(NamedTuple):
    """The patterns that a text may hold a match of; whether a secret name, and a URL in a URL."""

    patterns: Sequence[Pattern]
    names: bool
    nested: bool

    def __bool__(self) -> bool:
        return self.names or self.nested or bool(self.patterns)


class FormedValues:
    """Hides in `vault` what `rules` tell by its form."""

    def __init__(self, rules: Rules, vault: Vault) -> None:
        self._rules = rules
        self._vault = vault

    def clues(self, text: str) -> Clues:
        """What `text` may hold: asked once, for it costs more than all else where there is nothing."""
        if "<redacted:" in text:
            text = PLACEHOLDER.sub("", text.replace(_HIDDEN_BEARER, "<redacted:"))
        nested = "%" in text and "=" in text and len(text) <= _SMALL
        return Clues(self._rules.forms.candidates(text), self._rules.stems.may_stand_in(text), nested)

    def edits(
        self, text: str, clues: Clues | None = None, *, json: bool = False, binary: bool = False
    ) -> list[Edit]:
        """Edits for values of a secret form, and for parameters of links.

        `json`: numbers stay numbers; `binary`: it is no text, and chance writes the names of parameters, too.
        """
        clues = self.clues(text) if clues is None else clues
        found = [*self._formed(text, clues.patterns, json=json)] if clues.patterns else []
        if self._rules.functions:
            found += self._pointed_at(text)
        if (clues.names or clues.nested) and _holds_link(text):
            found += self._linked(text, 0, binary=binary)
        return found

    def _formed(self, text: str, patterns: Sequence[Pattern], *, json: bool) -> Iterator[Edit]:
        held = places_in(text)
        for pattern in patterns:
            for match in pattern.regex.finditer(text):
                start, end = match.span(pattern.group)
                value = text[start:end]
                inner = pattern.inner(value) if pattern.inner else ""
                if inner is None or _overlaps((start, end), held):
                    continue
                number = json and value.isdigit() and _bare(text, start, end)
                mask = self._vault.hide(value, pattern.name, number=number)
                if inner:
                    self._vault.learn(inner, pattern.name)
                if mask is not None:
                    yield start, end, mask

    def _pointed_at(self, text: str) -> Iterator[Edit]:
        """What functions of one's own find."""
        held = places_in(text)
        for function in self._rules.functions:
            name = name_of(function)
            for start, end in found_by(function, text):
                if _overlaps((start, end), held):
                    continue
                mask = self._vault.hide(text[start:end], name)
                if mask is not None:
                    yield start, end, mask

    def _linked(self, text: str, depth: int, *, binary: bool = False) -> Iterator[Edit]:
        for match in _PARAMETER.finditer(text):
            name, value = match.groups()
            if binary and not _READABLE.match(value):
                continue
            coded = "%" in value
            if coded or "%" in name or "+" in value:
                name, value = unquote(name), unquote_plus(value)
            if self._rules.query_names.names_secret(name, value):
                mask = self._vault.hide(value, name)
                if mask is not None:
                    yield *match.span(2), mask
            elif coded and depth < _DEEPEST:  # a URL in a parameter of a URL
                new = edited(value, [*self._formed(value, self._rules.forms.candidates(value), json=False)])
                new = edited(new, [*self._linked(new, depth + 1)])
                if new != value:
                    yield *match.span(2), unquoted(quote(new, safe=""))


def _overlaps(span: tuple[int, int], others: list[tuple[int, int]]) -> bool:
    """Whether it shares a character with one of the `others`, which are in order and apart."""
    before = bisect_left(others, (span[1], 0))
    return before > 0 and others[before - 1][1] > span[0]


def _holds_link(text: str) -> bool:
    """Whether there may be a query in `text`."""
    return "=" in text and ("?" in text or "&" in text or "#" in text)


def _bare(text: str, start: int, end: int) -> bool:
    """Whether what stands there is a number of JSON, not part of a string."""
    before, after = text[max(0, start - _NEAR) : start].rstrip(), text[end : end + _NEAR].lstrip()
    return before[-1:] in (":", "[", ",") and after[:1] in (",", "]", "}")
