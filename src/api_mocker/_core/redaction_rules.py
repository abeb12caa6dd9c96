"""Rules: what counts as a secret, as one value that projects extend.

The law of this file: request headers are an allow-list, everything else is detection in layers:
names, forms of values, functions of one's own, known values. Extending only ever adds; what is not
to be hidden is named in one place, ``keep``, and never outweighs a known value.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, TypeAlias

from . import secret_names as tables
from .canonical import Ignore
from .known_values import Known
from .secret_form import Forms, Pattern
from .secret_names import Names
from .secret_patterns import PATTERNS
from .secret_text import Stems

if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Iterable

__all__ = ["Finder", "Rules"]

Finder: TypeAlias = "Callable[[str], Iterable[str | tuple[int, int]]]"
"""Gives the secrets in a text: themselves, or where they start and end."""


_NOWHERE = Ignore()


@dataclass(frozen=True)
class Rules:
    """What is redacted. Rows of names are written as in `secret_names`: ``name``, ``*name``, ``?name``.

    ``allow_request_headers`` are stored as sent; of the other request headers those that name a
    secret are stored as a placeholder, and the rest is dropped. ``headers``, ``query`` and
    ``fields`` (of JSON, forms and multipart bodies, at any depth) name secrets on both sides;
    ``patterns`` find values by their form, ``functions`` in any way they like; ``values`` are secrets
    known beforehand. What stands at a place of ``keep`` is no secret for its name or its form.
    """

    allow_request_headers: frozenset[str] = tables.REQUEST_HEADERS
    headers: tuple[str, ...] = tables.HEADERS
    query: tuple[str, ...] = tables.QUERY
    fields: tuple[str, ...] = tables.FIELDS
    patterns: tuple[Pattern, ...] = PATTERNS
    values: tuple[Known, ...] = ()
    functions: tuple[Finder, ...] = ()
    keep: Ignore = _NOWHERE

    @staticmethod
    @lru_cache(maxsize=1)
    def default() -> Rules:
        """The rules that hold when nothing is configured."""
        return Rules()

    def extended(
        self,
        *,
        headers: Iterable[str] = (),
        query: Iterable[str] = (),
        fields: Iterable[str] = (),
        patterns: Iterable[re.Pattern[str]] = (),
        allow_request_headers: Iterable[str] = (),
        values: Iterable[str | Known] = (),
        functions: Iterable[Finder] = (),
        keep: Iterable[str] = (),
    ) -> Rules:
        """These rules and more. Of a pattern group 1 is the secret, or the whole match without groups."""
        kept = Ignore.parse((*self.keep.entries, *keep), "entry of redact.keep")
        return replace(
            self,
            headers=(*self.headers, *headers),
            query=(*self.query, *query),
            fields=(*self.fields, *fields),
            patterns=(
                *self.patterns,
                *(Pattern("secret", regex, group=min(regex.groups, 1)) for regex in patterns),
            ),
            allow_request_headers=self.allow_request_headers.union(
                map(str.lower, allow_request_headers), kept.headers
            ),
            values=(
                *self.values,
                *(Known("secret", value) if isinstance(value, str) else value for value in values),
            ),
            functions=(*self.functions, *functions),
            keep=kept,
        )

    @cached_property
    def header_names(self) -> Names:
        """``headers``, compiled."""
        return Names(self.headers)

    @cached_property
    def cookie_names(self) -> Names:
        """The names of cookies that hold sessions, compiled."""
        return Names(tables.COOKIES)

    @cached_property
    def query_names(self) -> Names:
        """``query``, compiled."""
        return Names(self.query)

    @cached_property
    def field_names(self) -> Names:
        """``fields``, compiled."""
        return Names(self.fields)

    @cached_property
    def form_names(self) -> Names:
        """``fields``, and what only a form may hold, compiled."""
        return Names((*self.fields, *tables.FORM_FIELDS))

    @cached_property
    def forms(self) -> Forms:
        """``patterns``, compiled."""
        return Forms(self.patterns)

    @cached_property
    def stems(self) -> Stems:
        """``fields`` and ``query`` as running text has them, compiled."""
        return Stems(self.field_names, self.query_names)
