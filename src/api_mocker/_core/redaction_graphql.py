"""Secrets in GraphQL: in documents, and in variables that a document puts in the place of a secret.

The law of this file: a document is looked into where its member, parameter or part is called as the
protocol calls it and a secret name may stand in it; nothing else is taken for one. A variable belongs to
the documents that are sent beside it, and to no others.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote_plus, unquote_plus

from .json_strings import escaped, unescaped
from .placeholders import unquoted
from .redaction_draft import edited
from .secret_graphql import may_be_document, read_document
from .secret_members import json_members, named_pairs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from .redaction_draft import Edit
    from .redaction_rules import Rules
    from .secret_fields import Part

__all__ = ["DOCUMENTS", "GraphqlValues"]

DOCUMENTS = frozenset({"query", "mutation"})
"""What members, parameters and parts are called that hold a document."""

_WANTED = DOCUMENTS | {"variables"}


class _Written(NamedTuple):
    """How a text stands in another one; `write` takes the new text, and what stood there."""

    read: Callable[[str], str]
    write: Callable[[str, str], str]


_AS_IT_IS = _Written(lambda raw: raw, lambda new, _: new)
_IN_STRING = _Written(unescaped, escaped)
_IN_PAIR = _Written(unquote_plus, lambda new, _: unquoted(quote_plus(new)))


class _Sent(NamedTuple):
    """A document or its variables; `operation`: the same for what belongs together."""

    operation: int
    name: str
    start: int
    end: int
    written: _Written


class GraphqlValues:
    """Hides by `credentials` (value, name) and `variables` (their JSON, names of its members, depth)."""

    def __init__(
        self,
        rules: Rules,
        credentials: Callable[[str, str], str],
        variables: Callable[[str, Mapping[str, str], int], list[Edit]],
    ) -> None:
        self._rules = rules
        self._credentials = credentials
        self._variables = variables

    def edits(self, text: str) -> list[Edit]:
        """Edits for a document."""
        return self._document(text)[0]

    def in_json(self, text: str, start: int, end: int, depth: int) -> Iterator[Edit]:
        """Edits for the documents and variables that are members of the JSON in ``text[start:end]``."""
        if '"query"' not in text and '"mutation"' not in text:
            return
        sent = (
            _Sent(each.owner, each.key, each.start, each.end, _IN_STRING if each.string else _AS_IT_IS)
            for each in json_members(text, _WANTED, start, end)
            if each.string or each.key == "variables"
        )
        yield from self._sent(text, sent, depth)

    def in_pairs(self, text: str, start: int, end: int, depth: int) -> Iterator[Edit]:
        """Edits for those that are pairs of the query or form in ``text[start:end]``."""
        if "query=" not in text and "mutation=" not in text:
            return
        pairs = named_pairs(text, _WANTED, start, end)
        sent = (_Sent(0, name, first, last, _IN_PAIR) for name, first, last in pairs)
        yield from self._sent(text, sent, depth)

    def in_parts(self, text: str, parts: Iterable[Part], depth: int) -> Iterator[Edit]:
        """Edits for those that are parts of a multipart body."""
        sent = (
            _Sent(0, part.name, part.start, part.end, _AS_IT_IS) for part in parts if part.name in _WANTED
        )
        yield from self._sent(text, sent, depth)

    def _document(self, text: str) -> tuple[list[Edit], Mapping[str, str]]:
        if not may_be_document(text) or not self._rules.stems.may_stand_in(text):
            return [], {}
        found = read_document(text, self._rules.field_names)
        edits: list[Edit] = []
        for spot in found.spots:
            raw = text[spot.start : spot.end]
            value = unescaped(raw)  # what GraphQL escapes is what JSON escapes
            new = self._credentials(value, spot.name or "")
            if new != value:
                edits.append((spot.start, spot.end, new))
        return edits, found.bound

    def _sent(self, text: str, sent: Iterable[_Sent], depth: int) -> Iterator[Edit]:
        bound: dict[int, dict[str, str]] = defaultdict(dict)
        variables: list[_Sent] = []
        for each in sent:
            if each.name == "variables":
                variables.append(each)
                continue
            raw = text[each.start : each.end]
            document = each.written.read(raw)
            edits, more = self._document(document)
            bound[each.operation].update(more)
            if edits:
                yield each.start, each.end, each.written.write(edited(document, edits), raw)
        seen = 0
        for each in sorted(variables, key=lambda each: each.start):
            names = bound.get(each.operation)
            if not names or each.start < seen:  # what stands in variables is looked into with them
                continue
            seen = each.end
            raw = text[each.start : each.end]
            value = each.written.read(raw)
            new = edited(value, self._variables(value, names, depth + 1))
            if new != value:
                yield each.start, each.end, each.written.write(new, raw)
