"""Secrets told by the name they stand under: in URLs, headers, cookies and bodies.

The law of this file: names are looked for in the shape that the text has (pairs, JSON, parts), also
where one shape is wrapped in another (JSON in a string, a URL in a parameter), and only values are
edited. Whether a text can hold a secret name at all is asked first, by substring searches.
"""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus, unquote, unquote_plus

from .json_strings import escaped, unescaped
from .model import Headers
from .placeholders import is_placeholder, unquoted
from .redaction_draft import JSON_KINDS, Draft, Edit, disjoint, edited, well_formed
from .redaction_graphql import DOCUMENTS, GraphqlValues
from .secret_fields import (
    LABELLED,
    LABELS,
    form_spots,
    frames,
    is_document,
    json_spots,
    parts,
    xml_names,
    xml_spots,
)
from .secret_names import Verdict, fold, looks_made_up, looks_opaque, says_little
from .secret_patterns import basic_password, split_scheme
from .secret_text import csv_spots, path_spots, text_spots
from .spelled import in_references, in_string

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from .redaction_forms import FormedValues
    from .redaction_rules import Rules
    from .secret_fields import Spot
    from .vault import Vault

__all__ = ["NamedValues"]

_DEEPEST = 4  # a JSON text in a string of a JSON text in a form, and one to spare

_KEY = re.compile(r'"([^"]*+)"\s*+:')
_ESCAPED_LETTER = re.compile(r"\\u00[2-7]")
_USERINFO = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://([^/?#@\s]+)@")
_PATH = re.compile(r"(?:[A-Za-z][A-Za-z0-9+.-]*://[^/?#]*)?(/[^?#]*)")
_PAIRS = re.compile(r"[?#]([^?#]*)")  # a query, or a fragment like one (RFC 6749 section 4.2.2)
_COOKIE = re.compile(r"([^=;\s]++)(?:=(\"?)([^;]*+))?")
_LABEL = re.compile(r'"(?:' + "|".join(sorted(LABELS)) + r')"\s*+:\s*+"([^"\\]{1,64}+)"', re.IGNORECASE)
_MARKED = re.compile(r"(?:\s|\\[nrt])*+<")


class NamedValues:
    """Hides in `vault` what `rules` name."""

    def __init__(self, rules: Rules, vault: Vault, formed: FormedValues) -> None:
        self._rules = rules
        self._vault = vault
        self._formed = formed
        self._graphql = GraphqlValues(rules, self.credentials, self._json_edits)

    def credentials(self, value: str, name: str, *, header: bool = False) -> str:
        """The value of a secret field or `header`, hidden but for an authentication scheme."""
        scheme, secret = split_scheme(value)
        kind = scheme.lower().strip()
        if kind != "bearer" and not fold(name).endswith("authorization"):
            scheme, secret = "", value
        password = basic_password(secret) if kind == "basic" else None
        hidden = self._vault.hide(_as_unicode(secret) if header else secret, name)
        if password:
            self._vault.learn(password, name)
        return value if hidden is None else scheme + hidden

    def cookies(self, value: str, header: str) -> str:
        """The cookies of a Cookie or Set-Cookie header with their values hidden; attributes stay."""

        def hidden(match: re.Match[str]) -> str:
            name, quote, secret = match.groups("")
            if match[3] is None and name != ",":  # a cookie without a name (RFC 6265bis, 5.7)
                return self._vault.hide(_as_unicode(name), header) or name
            if quote and secret.endswith('"'):
                secret = secret[:-1]
            else:
                secret, quote = quote + secret, ""
            session = self._rules.cookie_names.verdict(name) and not says_little(secret)
            sure = self._rules.field_names.verdict(name) is Verdict.SECRET or looks_opaque(secret)
            mask = self._vault.hide(_as_unicode(secret), name, echo=sure or bool(session))
            if session or looks_made_up(secret):
                self._vault.pair(_as_unicode(secret), name)
            return match[0] if mask is None else f"{name}={quote}{mask}{quote}"

        return _COOKIE.sub(hidden, value, count=1 if header == "set-cookie" else 0)

    def url(self, url: str, depth: int = 0) -> str:
        """A URL with its userinfo and the secrets of its path, query and fragment hidden."""
        edits: list[Edit] = []
        userinfo = _USERINFO.match(url) if "@" in url else None
        if userinfo is not None and not is_placeholder(userinfo[1]):
            mask = self._vault.hide(userinfo[1], "userinfo")
            edits += [] if mask is None else [(*userinfo.span(1), mask)]
            password = unquote(userinfo[1].partition(":")[2])
            if password:
                self._vault.learn(password, "userinfo")
        edits += self._path_edits(url)
        for part in _PAIRS.finditer(url):
            edits += self._graphql.in_pairs(url, *part.span(1), depth)
            spots = form_spots(url, self._rules.query_names, *part.span(1))
            edits += self._form_edits(url, spots, depth)
        return edited(url, edits)

    def _path_edits(self, url: str) -> Iterator[Edit]:
        path = _PATH.match(url)
        if path is None:
            return
        first = path.start(1)
        marked = {spot.start for spot in path_spots(path[1], self._rules.field_names)}
        at = 0
        for segment in path[1].split("/"):
            value = unquote(segment)
            if at in marked:
                new = self._vault.hide(value, "path") or value
            elif value != segment:
                new = edited(value, self._formed.edits(value))
            else:
                new = value
            if new != value:
                yield first + at, first + at + len(segment), unquoted(quote(new, safe=""))
            at += len(segment) + 1

    def text(self, text: str, *, json: bool = False, code: bool = False) -> list[Edit]:
        """Edits for what is assigned to a secret name in running text, or in a string of JSON (`json`)."""
        edits: list[Edit] = []
        for spot in text_spots(text, self._rules.stems, json=json, code=code):
            raw = text[spot.start : spot.end]
            value = (
                unescaped(unescaped(raw)) if "\\" in raw else unescape(raw) if "&" in raw else unquote(raw)
            )
            new = self.credentials(value, spot.name or "") if not is_placeholder(value) else value
            if new != value:
                edits.append((spot.start, spot.end, new))
        return edits

    def body(self, draft: Draft) -> None:
        """Hides the secrets of a body that stand under a name."""
        if draft.kind == "form":
            plain = unquoted(draft.text)
            if plain != draft.text:
                draft.edit([(0, len(draft.text), plain)])
        if draft.kind in ("form", "multipart", "csv") or self._may_be_named(draft):
            draft.edit(self._edits(draft.text, draft.kind, draft.boundary))

    def edits(self, draft: Draft) -> list[Edit]:
        """The edits for a text that stands in another one."""
        edits = self._edits(draft.text, draft.kind, draft.boundary, 1)
        return edits + self.text(draft.text, json=draft.kind in JSON_KINDS)

    def _may_be_named(self, draft: Draft) -> bool:
        text, verdict = draft.text, self._rules.field_names.verdict
        if draft.kind == "xml":
            spelled = xml_names(text)
            if any(map(verdict, spelled)):
                return True
            folded = set(map(fold, spelled))
            told = folded & LABELS and folded & LABELLED
            within = "<![CDATA[" in text or "&lt;" in text or "&#" in text
            return bool(told or within) and self._rules.stems.may_stand_in(text)
        if draft.kind not in JSON_KINDS:
            return draft.kind == "graphql"
        keys = set(_KEY.findall(text))
        if any(map(verdict, keys)):
            return True
        folded = set(map(fold, keys))
        if folded & LABELS and folded & LABELLED and any(map(verdict, set(_LABEL.findall(text)))):
            return True
        if (keys & DOCUMENTS or _holds_markup(text)) and self._rules.stems.may_stand_in(text):
            return True
        # A name may be spelled with escapes.
        return "\\u00" in text and _ESCAPED_LETTER.search(text) is not None

    def _edits(self, text: str, kind: str, boundary: str = "", depth: int = 0) -> list[Edit]:
        if depth > _DEEPEST:
            return []
        if kind == "form":
            asked = self._graphql.in_pairs(text, 0, len(text), depth)
            spots = form_spots(text, self._rules.form_names, 0, len(text))
            return [*asked, *self._form_edits(text, spots, depth)]
        if kind == "multipart":
            return list(self._part_edits(text, boundary, depth))
        if kind == "xml":
            return list(self._xml_edits(text, depth))
        if kind == "graphql":
            return self._graphql.edits(text)
        if kind in JSON_KINDS:
            return [
                edit for start, end in frames(kind, text) for edit in self._framed(text, start, end, depth)
            ]
        edits: list[Edit] = []
        if kind == "csv":
            for spot in csv_spots(text, self._rules.field_names):
                mask = self._vault.hide(text[spot.start : spot.end].replace('""', '"'), spot.name or "")
                edits += [] if mask is None else [(spot.start, spot.end, mask)]
        return edits

    def _json_edits(self, text: str, called: Mapping[str, str], depth: int) -> list[Edit]:
        return [*self._framed(text, 0, len(text), depth, called)] if depth <= _DEEPEST else []

    def _framed(
        self, text: str, start: int, end: int, depth: int, called: Mapping[str, str] | None = None
    ) -> Iterator[Edit]:
        yield from self._graphql.in_json(text, start, end, depth)
        for spot in json_spots(text, self._rules.field_names, start, end, called):
            yield from self._json_edit(text, spot, depth)

    def _json_edit(self, text: str, spot: Spot, depth: int) -> list[Edit]:
        raw = text[spot.start : spot.end]
        if spot.number:
            mask = self._vault.hide(raw, spot.name, number=True) if spot.name else None
            return [] if mask is None else [(spot.start, spot.end, mask)]
        spelled = "\\u00" in raw
        if spot.name is None and not spelled and "<" in raw and _MARKED.match(raw) is not None:
            inside = in_string(raw)
            return inside.edits(self._document_edits(inside.plain, depth), spot.start)
        if spot.name is None and not spelled and (raw[:1] not in ("{", "[") or '"' not in raw):
            return []
        value = unescaped(raw)
        if spot.name is None and spelled:
            new = edited(value, self._formed.edits(value))
            new = self._within(new, depth)
        elif spot.name is None:
            new = edited(value, self._edits(value, "json", depth=depth + 1))
        else:
            new = self.credentials(value, spot.name)
        return [] if new == value else [(spot.start, spot.end, escaped(new, raw))]

    def _xml_edits(self, text: str, depth: int) -> Iterator[Edit]:
        for spot in xml_spots(text, self._rules.field_names):
            raw = text[spot.start : spot.end]
            if spot.name is None:
                yield from self._inner_edits(raw, spot.start, depth)
                continue
            value = unescape(raw)
            new = self.credentials(value, spot.name)
            if new != value:
                yield spot.start, spot.end, new

    def _inner_edits(self, raw: str, start: int, depth: int) -> list[Edit]:
        """Edits for XML in a text of XML: in references, or as it is in a CDATA section."""
        if raw.startswith("<"):
            edits = self._document_edits(raw, depth)
            return [(start + first, start + last, new) for first, last, new in edits]
        spelled = in_references(raw)
        return spelled.edits(self._document_edits(spelled.plain, depth), start)

    def _document_edits(self, text: str, depth: int) -> list[Edit]:
        """Edits for XML that stands in another text, which leave it well-formed."""
        if depth >= _DEEPEST or not is_document(text):
            return []
        return well_formed(text, disjoint([*self._xml_edits(text, depth + 1)]))

    def _form_edits(self, text: str, spots: Iterable[Spot], depth: int) -> list[Edit]:
        edits: list[Edit] = []
        for spot in spots:
            value = unquote_plus(text[spot.start : spot.end])
            if spot.name is not None:
                new = self.credentials(value, spot.name)
            else:
                new = self._within(value, depth)
                if "%" in text[spot.start : spot.end]:
                    json = value[:1] in ("{", "[")
                    new = edited(new, self.text(new, json=json))
                    new = edited(new, self._formed.edits(new, json=json))
            if new != value:
                edits.append((spot.start, spot.end, unquoted(quote_plus(unquoted(new)))))
        return edits

    def _within(self, value: str, depth: int) -> str:
        """A value with the secrets hidden that its shape tells."""
        if value[:1] in ("{", "["):
            return edited(value, self._edits(value, "json", depth=depth + 1))
        if "=" in value and "?" in value and depth < _DEEPEST:
            return self.url(value, depth + 1)
        return edited(value, self._document_edits(value, depth)) if "<" in value else value

    def _part_edits(self, text: str, boundary: str, depth: int) -> Iterator[Edit]:
        found = [*parts(text, boundary)]
        yield from self._graphql.in_parts(text, found, depth)
        for part in found:
            content = text[part.start : part.end]
            if self._rules.form_names.names_secret(part.name, content):
                new = self.credentials(content, part.name)
            else:
                typed = Headers((("Content-Type", part.content_type),))
                inner = Draft(content.encode("utf-8", "surrogatepass"), typed)
                new = edited(content, self._edits(content, inner.kind, inner.boundary, depth + 1))
            if new != content:
                yield part.start, part.end, new


def _as_unicode(value: str) -> str:
    """A header value, which is a latin-1 reading, as the UTF-8 that it mostly was."""
    if value.isascii():
        return value
    try:
        return value.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return value


def _holds_markup(text: str) -> bool:
    """Whether XML may stand in a string of this JSON."""
    return "<" in text and ("</" in text or "/>" in text or "<\\/" in text)
