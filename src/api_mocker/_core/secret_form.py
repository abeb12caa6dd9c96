"""One form that a secret has: how it is recognised whatever its field is called.

The law of this file: an expression is tried only where the text may hold a match, which costs a
fraction of the expression itself.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .needles import Needles

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

__all__ = ["Forms", "Pattern", "row"]


@dataclass(frozen=True, slots=True)
class Pattern:
    """``name`` names the placeholder; the secret is what the group of number ``group`` matched.

    A text that holds a match holds one of the ``needles``, or makes ``gate`` true; without either the expression is always tried. ``inner`` reads the secret that is part of the
    found value (the password of Basic credentials), "" for none; and None says that the value is no
    credential after all.
    """

    name: str
    regex: re.Pattern[str]
    needles: tuple[str, ...] = ()
    inner: Callable[[str], str | None] | None = None
    gate: Callable[[str], object] | None = None
    group: int = 0


class Forms:
    """Patterns, and which of them a text may hold a match of."""

    def __init__(self, patterns: Iterable[Pattern]) -> None:
        self._patterns = tuple(patterns)
        self._needles = Needles(needle for pattern in self._patterns for needle in pattern.needles)
        self._gated = tuple(pattern for pattern in self._patterns if pattern.gate or not pattern.needles)

    def candidates(self, text: str) -> Sequence[Pattern]:
        """In their order."""
        if not self._needles.any_in(text):
            return [pattern for pattern in self._gated if pattern.gate is None or pattern.gate(text)]
        found = self._needles.found_in(text)
        return [
            pattern
            for pattern in self._patterns
            if not found.isdisjoint(pattern.needles)
            or (pattern.gate is not None and pattern.gate(text))
            or (pattern.gate is None and not pattern.needles)
        ]


def row(
    name: str,
    expression: str,
    *needles: str,
    inner: Callable[[str], str | None] | None = None,
    gate: Callable[[str], object] | None = None,
    group: int | None = None,
) -> Pattern:
    r"""A pattern of a table. Its secret is group 1 where there is one, else the whole match.

    ``\w`` is ASCII: what is next to a secret may be any other letter.
    """
    regex = re.compile(expression, re.ASCII)
    return Pattern(name, regex, needles, inner, gate, min(regex.groups, 1) if group is None else group)
