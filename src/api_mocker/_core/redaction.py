"""The one point where secrets become placeholders: every interaction passes here as it leaves memory.

The law of this file: no value that a rule names stays, in no part of the message and in no
encoding; and redacting twice is redacting once, so that the live and the recorded side of a
comparison, both redacted, are equal where they were.

The strategy, for each message: values under a secret *name*; then values of a secret *form*; then
*echoes* of every value learnt so far, wherever they stand. Each step is a list of edits of the text
as it is, so what is no secret stays byte for byte. Most messages hold none: they are told from the
others by substring searches alone, and come back as the same object.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import unquote, unquote_plus

from .kept import kept_values
from .model import Coding, Headers, Interaction, Request, Response
from .placeholders import places_in, quoted, unquoted
from .redaction_draft import JSON_KINDS, Draft, Edit, edited
from .redaction_functions import found_by, name_of
from .redaction_names import NamedValues
from .redaction_rules import Rules
from .secret_fields import json_spots
from .vault import Vault
from .views import DIGESTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from .known_values import Known

__all__ = ["Redactor", "Rules"]

_CHALLENGES = frozenset({"www-authenticate", "proxy-authenticate"})  # needed to answer them again

_HIDDEN_BEARER = "Bearer <redacted:"  # the scheme of what is hidden is no reason to look for more

# A query in the middle of a text: a link in a header or a body, as it is or escaped.
_PARAMETER = re.compile(r"(?:[?&;#]|\\u0026|&amp;)([\w.~%\[\]-]{1,64})=([^&\s\"'<>\\#;]+)")


class Redactor:
    """Redacts the messages of one cassette; a value keeps its placeholder throughout.

    `taken` are the highest numbers given before, by name (`placeholders.highest`); `known` are secrets
    besides those of the rules; `mark` is put behind the names that are given here. Not to be called from two threads at once.
    """

    def __init__(
        self,
        rules: Rules,
        taken: Mapping[str, int] | None = None,
        known: Iterable[Known] = (),
        mark: str = "",
    ) -> None:
        self._rules = rules
        self._vault = Vault(taken or {}, (*known, *rules.values), mark)
        self._named = NamedValues(rules, self._vault)

    def seal(self, interactions: Sequence[Interaction]) -> list[Interaction]:
        """The interactions redacted together: what any of them shows to be secret is hidden in all."""
        for interaction in interactions:
            self.learn(interaction)
        return [self._interaction(interaction) for interaction in interactions]

    def know(self, known: Known) -> None:
        """Takes note of a secret that nothing in a message tells."""
        self._vault.know(known)

    def learn(self, interaction: Interaction) -> None:
        """Takes note of the secrets of an interaction that is going to be redacted."""
        self._vault.learning = True
        try:
            self._interaction(interaction)
        finally:
            self._vault.learning = False

    @property
    def learnt(self) -> int:
        """How many secrets are known by now that are sought everywhere."""
        return self._vault.learnt

    def request(self, request: Request) -> Request:
        """The request as it may be stored; the same object when nothing had to change."""
        draft = Draft(request.body, request.headers)
        self._vault.spared = kept_values(self._rules.keep, request, draft)
        url = self._named.url(unquoted(request.url))
        names, values = self._sent(request.headers)
        url, *values = self._rest(draft, [url, *values])
        headers = Headers(tuple(zip(names, values, strict=True)))
        if url == request.url and headers == request.headers and not draft.changed:
            return request
        coding = request.coding
        if coding is not None and draft.changed:
            # The recipe was for what had been there, and may hold a digest of it.
            coding = Coding(coding.name)
        return Request(request.method, url, headers, draft.body, coding)

    def response(self, response: Response) -> Response:
        """The response as it may be stored; the same object when nothing had to change."""
        draft = Draft(response.body, response.headers, response.chunks)
        self._vault.spared = kept_values(self._rules.keep, response, draft)
        names = [name for name, _ in response.headers]
        values = [self._received(name.lower(), value) for name, value in response.headers]
        reason, *values = self._rest(draft, [response.reason, *values])
        headers = Headers(tuple(zip(names, map(_delimited, names, values), strict=True)))
        if draft.changed:
            headers = _fitting(
                headers, len(draft.body) - len(response.body), coded=response.coding is not None
            )
        elif headers == response.headers and reason == response.reason:
            return response
        return replace(response, headers=headers, reason=reason, body=draft.body, chunks=draft.sizes)

    def text(self, text: str) -> str:
        """Any other text (of an error, a report) without the secrets that can be told in it."""
        self._vault.spared = ()
        text = edited(text, self._scan(text, formed=True))
        return edited(text, self._echoes(text))

    def _interaction(self, interaction: Interaction) -> Interaction:
        request = self.request(interaction.request)
        response = None if interaction.response is None else self.response(interaction.response)
        failure = interaction.failure
        if failure is not None:
            failure = replace(failure, message=self.text(failure.message))
        return replace(interaction, request=request, response=response, failure=failure)

    def _sent(self, headers: Headers) -> tuple[list[str], list[str]]:
        names, values = [], []
        table, allowed = self._rules.header_names, self._rules.allow_request_headers
        for name, value in headers:
            lowered = name.lower()
            if table.verdict(lowered) and table.names_secret(lowered, value):
                if lowered == "cookie":
                    values.append(self._named.cookies(value, lowered))
                else:
                    values.append(self._named.credentials(value, lowered, header=True))
            elif lowered in allowed:
                values.append(value)
            else:
                continue
            names.append(name)
        return names, values

    def _received(self, name: str, value: str) -> str:
        if name == "set-cookie":
            return self._named.cookies(value, name)
        if name not in _CHALLENGES and self._rules.header_names.names_secret(name, value):
            return self._named.credentials(value, name, header=True)
        return value

    def _rest(self, draft: Draft, texts: list[str]) -> list[str]:
        """All that no name in URL or headers tells: secret forms, echoes, and the whole body."""
        if draft.text:
            self._named.body(draft)
        together = "\n".join(texts)
        formed = self._holds_pattern(together.replace(_HIDDEN_BEARER, ""))
        if formed or _holds_link(together):
            texts = [edited(text, self._scan(text, formed=formed)) for text in texts]
            together = "\n".join(texts)
        draft.edit(self._scan(draft.text, formed=self._holds_pattern(draft.text)))
        if any(self._vault.echoes(together)):
            texts = [edited(text, self._echoes(text)) for text in texts]
        self._echo(draft)
        return texts

    def _holds_pattern(self, text: str) -> bool:
        if self._rules.functions:  # what they look for, nobody knows
            return bool(text)
        for guard, needles in self._rules.needles:
            if guard in text:
                for needle in needles:
                    if needle in text:
                        return True
        return False

    def _scan(self, text: str, *, formed: bool) -> list[Edit]:
        """Edits for values of a secret form (`formed`: there may be some), and parameters of links."""
        edits = [*self._formed(text)] if formed else []
        if _holds_link(text):
            for match in _PARAMETER.finditer(text):
                name, value = match.groups()
                if "%" in name or "%" in value or "+" in value:
                    name, value = unquote(name), unquote_plus(value)
                if self._rules.query_names.names_secret(name, value):
                    edits += self._edit(match.span(2), self._vault.hide(value, name))
        return edits

    def _formed(self, text: str) -> Iterator[Edit]:
        held = places_in(text)
        for pattern in self._rules.patterns:
            for match in pattern.found_in(text):
                span = match.span(1 if match.re.groups else 0)
                value = text[slice(*span)]
                inner = pattern.inner(value) if pattern.inner else ""
                if inner is None or _overlaps(span, held):
                    continue
                yield from self._edit(span, self._vault.hide(value, pattern.name))
                if inner:
                    self._vault.learn(inner, pattern.name)
        for function in self._rules.functions:
            name = name_of(function)
            for span in found_by(function, text):
                if not _overlaps(span, held):
                    yield from self._edit(span, self._vault.hide(text[slice(*span)], name))

    @staticmethod
    def _edit(span: tuple[int, int], mask: str | None) -> list[Edit]:
        return [] if mask is None else [(*span, mask)]

    def _echoes(self, text: str, numbers: Iterable[int] = ()) -> list[Edit]:
        """Edits for learnt values; `numbers` are the places where a JSON number begins."""
        return [
            (start, end, self._vault.mask(value, number=start in numbers))
            for start, end, value in self._vault.echoes(text)
        ]

    def _echo(self, draft: Draft) -> None:
        if not draft.text or not any(self._vault.echoes(draft.text)):
            return
        numbers: set[int] = set()
        if draft.kind in JSON_KINDS:
            spots = json_spots(draft.text, self._rules.field_names, 0, len(draft.text))
            numbers = {at for spot in spots if spot.number for at in range(spot.start, spot.end)}
        draft.edit(self._echoes(draft.text, numbers))


def _fitting(headers: Headers, grown: int, *, coded: bool) -> Headers:
    """The headers for a changed body: its length follows, digests of the old one go."""
    kept = Headers(tuple(pair for pair in headers if not DIGESTS.fullmatch(pair[0])))
    length = (kept.get("content-length") or "").strip()
    if coded or not length.isdecimal():
        return kept  # coding the body anew settles its length
    return kept.replacing("Content-Length", str(int(length) + grown))


def _overlaps(span: tuple[int, int], others: list[tuple[int, int]]) -> bool:
    """Whether it shares a character with one of the `others`, which are in order and apart."""
    before = bisect_left(others, (span[1], 0))
    return before > 0 and others[before - 1][1] > span[0]


def _holds_link(text: str) -> bool:
    return "=" in text and ("?" in text or "&" in text or "#" in text)


def _delimited(name: str, value: str) -> str:
    """Between the angle brackets of a Link (RFC 8288 section 3) a placeholder has to be encoded."""
    return quoted(value) if name.lower() == "link" else value
