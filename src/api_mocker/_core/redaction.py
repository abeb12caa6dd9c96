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

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import quote_plus, unquote, unquote_plus

from .model import Headers, Interaction, Request, Response
from .placeholders import is_placeholder, is_stand_in, quoted, unquoted
from .redaction_draft import Draft, Edit, edited, fold_bytes
from .redaction_rules import Rules
from .secret_fields import form_spots, frames, json_spots, parts
from .secret_names import Verdict, fold, looks_opaque
from .secret_patterns import basic_password, split_scheme
from .vault import Vault
from .views import DIGESTS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from .secret_fields import Spot

__all__ = ["Redactor", "Rules"]

_JSON_KINDS = frozenset({"json", "lines", "events"})
_CHALLENGES = frozenset({"www-authenticate", "proxy-authenticate"})
_ESCAPED_LETTER = re.compile(r"\\u00[2-7]")
_DEEPEST = 4  # a JSON text in a string of a JSON text in a form, and one to spare

_USERINFO = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://([^/?#@\s]+)@")
_COOKIE = re.compile(r"([^=;\s]+)=(\"?)([^\";]*)")
# A query in the middle of a text: a link in a header or a body, as it is or escaped.
_PARAMETER = re.compile(r"(?:[?&;#]|\\u0026|&amp;)([\w.~%\[\]-]{1,64})=([^&\s\"'<>\\#;]+)")


class Redactor:
    """Redacts the messages of one cassette; a value keeps its placeholder throughout.

    `taken` are the highest numbers given before, by name (`placeholders.highest`). Not to be
    called from two threads at once.
    """

    def __init__(self, rules: Rules, taken: Mapping[str, int] | None = None) -> None:
        self._rules = rules
        self._vault = Vault(taken or {}, rules.values)
        self._learning = False

    def seal(self, interactions: Sequence[Interaction]) -> list[Interaction]:
        """The interactions redacted together: what any of them shows to be secret is hidden in all."""
        for interaction in interactions:
            self.learn(interaction)
        return [self._interaction(interaction) for interaction in interactions]

    def learn(self, interaction: Interaction) -> None:
        """Takes note of the secrets of an interaction that is going to be redacted."""
        self._learning = True
        try:
            self._interaction(interaction)
        finally:
            self._learning = False

    def request(self, request: Request) -> Request:
        """The request as it may be stored; the same object when nothing had to change."""
        url = self._url(unquoted(request.url))
        names, values = self._sent_headers(request.headers)
        draft = Draft(request.body, request.headers)
        self._named_body(draft)
        url, *values = self._scanned([url, *values])
        draft.edit(self._scan(draft.text))
        url, *values = self._echoed([url, *values])
        self._echo_body(draft)
        headers = Headers(tuple(zip(names, values, strict=True)))
        if url == request.url and headers == request.headers and not draft.changed:
            return request
        return replace(request, url=url, headers=headers, body=draft.body)

    def response(self, response: Response) -> Response:
        """The response as it may be stored; the same object when nothing had to change."""
        names = [name for name, _ in response.headers]
        values = [self._received_header(name.lower(), value) for name, value in response.headers]
        draft = Draft(response.body, response.headers, response.chunks)
        self._named_body(draft)
        scanned = self._scanned(values)
        draft.edit(self._scan(draft.text))
        reason, *values = self._echoed([response.reason, *scanned])
        self._echo_body(draft)
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
        return self._echoed(self._scanned([text]))[0]

    def _interaction(self, interaction: Interaction) -> Interaction:
        request = self.request(interaction.request)
        response = interaction.response and self.response(interaction.response)
        failure = interaction.failure
        if failure is not None:
            failure = replace(failure, message=self.text(failure.message))
        return replace(interaction, request=request, response=response, failure=failure)

    # Single values

    def _mask(self, value: str, name: str, *, number: bool = False, echo: bool = True) -> str | None:
        """What to put in the place of a secret; None where it is to stay as it is."""
        if not value or (is_stand_in(value) if number else is_placeholder(value)):
            return None
        value = _as_unicode(value)
        self._vault.learn(value, name, number=number, echo=echo)
        return None if self._learning else self._vault.mask(value, number=number)

    def _credentials(self, value: str, name: str) -> str:
        """`value` with all but its authentication scheme masked."""
        scheme, secret = split_scheme(value)
        if scheme.lower().strip() != "bearer" and not fold(name).endswith("authorization"):
            scheme, secret = "", value
        mask = self._mask(secret, name)
        if mask is not None or self._learning:
            password = basic_password(secret) if scheme.lower().strip() == "basic" else None
            if password:
                self._vault.learn(password, name)
        return value if mask is None else scheme + mask

    def _cookies(self, value: str, limit: int = 0) -> str:
        def masked(match: re.Match[str]) -> str:
            name, quote, secret = match.groups()
            sure = self._rules.field_names(name) is Verdict.SECRET or looks_opaque(secret)
            mask = self._mask(secret, name, echo=sure)
            return match[0] if mask is None else f"{name}={quote}{mask}"

        return _COOKIE.sub(masked, value, count=limit)

    # Headers and URLs

    def _sent_headers(self, headers: Headers) -> tuple[list[str], list[str]]:
        names, values = [], []
        for name, value in headers:
            lowered = name.lower()
            if lowered == "cookie":
                value = self._cookies(value)
            elif self._rules.header_names.names_secret(lowered, value):
                value = self._credentials(value, lowered)
            elif lowered not in self._rules.allow_request_headers:
                continue
            names.append(name)
            values.append(value)
        return names, values

    def _received_header(self, name: str, value: str) -> str:
        if name == "set-cookie":
            return self._cookies(value, limit=1)
        if name not in _CHALLENGES and self._rules.header_names.names_secret(name, value):
            return self._credentials(value, name)
        return value

    def _url(self, url: str, depth: int = 0) -> str:
        edits: list[Edit] = []
        userinfo = _USERINFO.match(url) if "@" in url else None
        if userinfo is not None:
            mask = self._mask(userinfo[1], "userinfo")
            password = unquote(userinfo[1].partition(":")[2])
            if password and not is_placeholder(userinfo[1]):
                self._vault.learn(password, "userinfo")
            edits += [] if mask is None else [(*userinfo.span(1), mask)]
        query = url.find("?") + 1
        if query:
            end = url.find("#", query)
            spots = form_spots(url, self._rules.query_names, query, len(url) if end < 0 else end)
            edits += self._form_edits(url, spots, depth)
        return edited(url, edits)

    # Bodies, by name

    def _named_body(self, draft: Draft) -> None:
        if not draft.text or draft.kind in ("binary", "text"):
            return
        if draft.kind in _JSON_KINDS and not self._may_name(draft.text):
            return
        if draft.kind == "form":
            draft.edit(_unquoting(draft.text))
        draft.edit(self._named(draft.text, draft.kind, draft.boundary))

    def _may_name(self, text: str) -> bool:
        folded = fold_bytes(text)
        for ending in self._rules.endings:
            if ending in folded:
                return True
        return "\\u00" in text and _ESCAPED_LETTER.search(text) is not None

    def _named(self, text: str, kind: str, boundary: str = "", depth: int = 0) -> list[Edit]:
        """Edits for all that stands under a secret name."""
        if depth > _DEEPEST:
            return []
        if kind == "form":
            return self._form_edits(text, form_spots(text, self._rules.form_names, 0, len(text)), depth)
        if kind == "multipart":
            return list(self._part_edits(text, boundary, depth))
        edits: list[Edit] = []
        if kind in _JSON_KINDS:
            for start, end in frames(kind, text):
                for spot in json_spots(text, self._rules.field_names, start, end):
                    edits += self._json_edit(text, spot, depth)
        return edits

    def _json_edit(self, text: str, spot: Spot, depth: int) -> list[Edit]:
        raw = text[spot.start : spot.end]
        if spot.name is None:
            if spot.number or raw[:1] not in ("{", "[") or '"' not in raw:
                return []
            value = _unescaped(raw)
            inner = edited(value, self._named(value, "json", depth=depth + 1))
            return [] if inner == value else [(spot.start, spot.end, _escaped(inner, like=raw))]
        if spot.number:
            mask = self._mask(raw, spot.name, number=True)
            return [] if mask is None else [(spot.start, spot.end, mask)]
        value = _unescaped(raw)
        new = self._credentials(value, spot.name)
        return [] if new == value else [(spot.start, spot.end, _escaped(new, like=raw))]

    def _form_edits(self, text: str, spots: Iterator[Spot], depth: int) -> list[Edit]:
        edits: list[Edit] = []
        for spot in spots:
            raw = text[spot.start : spot.end]
            value = unquote_plus(raw)
            if spot.name is not None:
                new = self._mask(value, spot.name)
                edits += [] if new is None else [(spot.start, spot.end, new)]
            elif depth < _DEEPEST and "=" in value or value[:1] in ("{", "["):
                inner = self._nested(value, depth + 1)
                edits += [] if inner == value else [(spot.start, spot.end, unquoted(quote_plus(inner)))]
        return edits

    def _nested(self, value: str, depth: int) -> str:
        """A JSON text or a URL that is the value of a parameter."""
        if value[:1] in ("{", "["):
            return edited(value, self._named(value, "json", depth=depth))
        return self._url(value, depth) if "?" in value else value

    def _part_edits(self, text: str, boundary: str, depth: int) -> Iterator[Edit]:
        for part in parts(text, boundary):
            content = text[part.start : part.end]
            if self._rules.form_names.names_secret(part.name, content):
                new = self._credentials(content, part.name)
            else:
                inner = Draft(
                    content.encode("utf-8", "surrogatepass"), Headers((("Content-Type", part.content_type),))
                )
                new = edited(content, self._named(content, inner.kind, inner.boundary, depth + 1))
            if new != content:
                yield part.start, part.end, new

    # All texts, by form and by value

    def _scanned(self, texts: list[str]) -> list[str]:
        return [edited(text, self._scan(text)) for text in texts]

    def _scan(self, text: str) -> list[Edit]:
        """Edits for values of a secret form, and for secret parameters of links."""
        edits: list[Edit] = []
        for pattern in self._rules.patterns:
            if not pattern.may_be_in(text):
                continue
            for match in pattern.regex.finditer(text):
                span = match.span(1 if pattern.regex.groups else 0)
                value = text[slice(*span)]
                inner = pattern.inner(value) if pattern.inner else ""
                mask = None if inner is None else self._mask(value, pattern.name)
                if inner and not is_placeholder(value):
                    self._vault.learn(inner, pattern.name)
                if mask is not None:
                    edits.append((*span, mask))
        if "=" in text and ("?" in text or "&" in text or "#" in text):
            for match in _PARAMETER.finditer(text):
                name, value = unquote(match[1]), unquote_plus(match[2])
                if self._rules.query_names.names_secret(name, value):
                    mask = self._mask(value, name)
                    edits += [] if mask is None else [(*match.span(2), mask)]
        return edits

    def _echoed(self, texts: list[str]) -> list[str]:
        if self._learning:
            return texts
        return [edited(text, self._echoes(text)) for text in texts]

    def _echoes(self, text: str) -> list[Edit]:
        return [(start, end, self._vault.mask(value)) for start, end, value in self._vault.echoes(text)]

    def _echo_body(self, draft: Draft) -> None:
        if self._learning or not draft.text:
            return
        echoes = list(self._vault.echoes(draft.text))
        if not echoes:
            return
        numbers: set[int] = set()
        if draft.kind in _JSON_KINDS:
            spots = json_spots(draft.text, self._rules.field_names, 0, len(draft.text))
            numbers = {at for spot in spots if spot.number for at in range(spot.start, spot.end)}
        draft.edit(
            [(start, end, self._vault.mask(value, number=start in numbers)) for start, end, value in echoes]
        )


def _fitting(headers: Headers, grown: int, *, coded: bool) -> Headers:
    """The headers for a changed body: its length follows, digests of the old one go."""
    kept = Headers(tuple(pair for pair in headers if not DIGESTS.fullmatch(pair[0])))
    length = (kept.get("content-length") or "").strip()
    if coded or not length.isdecimal():
        return kept  # coding the body anew settles its length
    return kept.replacing("Content-Length", str(int(length) + grown))


def _delimited(name: str, value: str) -> str:
    """Between the angle brackets of a Link (RFC 8288 section 3) a placeholder has to be encoded."""
    return quoted(value) if name.lower() == "link" else value


def _unquoting(form: str) -> list[Edit]:
    plain = unquoted(form)
    return [] if plain == form else [(0, len(form), plain)]


def _as_unicode(value: str) -> str:
    """A header value, or a text read as latin-1, as the UTF-8 that it mostly is."""
    if value.isascii():
        return value
    try:
        return value.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return value


def _unescaped(raw: str) -> str:
    if "\\" not in raw:
        return raw
    try:
        return str(json.loads(f'"{raw}"', strict=False))
    except ValueError:
        return raw


def _escaped(value: str, *, like: str) -> str:
    return json.dumps(value, ensure_ascii=like.isascii())[1:-1]
