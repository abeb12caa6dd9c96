"""Secrets told by the name they stand under: in URLs, headers, cookies and bodies.

The law of this file: names are looked for in the shape that the text has (pairs, JSON, parts), also
where one shape is wrapped in another (JSON in a string, a URL in a parameter), and only values are
edited. Whether a text can hold a secret name at all is asked first, by substring searches.
"""

from __future__ import annotations

import json
import re
from html import unescape
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus, unquote, unquote_plus

from .model import Headers
from .placeholders import is_placeholder, unquoted
from .redaction_draft import JSON_KINDS, Draft, Edit, edited
from .secret_fields import LABELLED, LABELS, form_spots, frames, json_spots, parts, xml_names, xml_spots
from .secret_names import Verdict, fold, looks_made_up, looks_opaque, says_little
from .secret_patterns import basic_password, split_scheme
from .secret_text import csv_spots, path_spots, text_spots

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

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


class NamedValues:
    """Hides in `vault` what `rules` name."""

    def __init__(self, rules: Rules, vault: Vault, formed: FormedValues) -> None:
        self._rules = rules
        self._vault = vault
        self._formed = formed

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
                _unescaped(_unescaped(raw)) if "\\" in raw else unescape(raw) if "&" in raw else unquote(raw)
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
            return bool(folded & LABELS and folded & LABELLED) and self._rules.stems.may_stand_in(text)
        if draft.kind not in JSON_KINDS:
            return False
        keys = set(_KEY.findall(text))
        if any(map(verdict, keys)):
            return True
        folded = set(map(fold, keys))
        if folded & LABELS and folded & LABELLED and any(map(verdict, set(_LABEL.findall(text)))):
            return True
        # A name may be spelled with escapes.
        return "\\u00" in text and _ESCAPED_LETTER.search(text) is not None

    def _edits(self, text: str, kind: str, boundary: str = "", depth: int = 0) -> list[Edit]:
        if depth > _DEEPEST:
            return []
        if kind == "form":
            return self._form_edits(text, form_spots(text, self._rules.form_names, 0, len(text)), depth)
        if kind == "multipart":
            return list(self._part_edits(text, boundary, depth))
        if kind == "xml":
            return list(self._xml_edits(text))
        edits: list[Edit] = []
        if kind == "csv":
            for spot in csv_spots(text, self._rules.field_names):
                mask = self._vault.hide(text[spot.start : spot.end].replace('""', '"'), spot.name or "")
                edits += [] if mask is None else [(spot.start, spot.end, mask)]
        if kind in JSON_KINDS:
            for start, end in frames(kind, text):
                for spot in json_spots(text, self._rules.field_names, start, end):
                    edits += self._json_edit(text, spot, depth)
        return edits

    def _json_edit(self, text: str, spot: Spot, depth: int) -> list[Edit]:
        raw = text[spot.start : spot.end]
        if spot.number:
            mask = self._vault.hide(raw, spot.name, number=True) if spot.name else None
            return [] if mask is None else [(spot.start, spot.end, mask)]
        escaped = "\\u00" in raw
        if spot.name is None and not escaped and (raw[:1] not in ("{", "[") or '"' not in raw):
            return []
        value = _unescaped(raw)
        if spot.name is None and escaped:
            new = edited(value, self._formed.edits(value))
            new = edited(new, self._edits(new, "json", depth=depth + 1)) if new[:1] in ("{", "[") else new
        elif spot.name is None:
            new = edited(value, self._edits(value, "json", depth=depth + 1))
        else:
            new = self.credentials(value, spot.name)
        return [] if new == value else [(spot.start, spot.end, _escaped(new, like=raw))]

    def _xml_edits(self, text: str) -> Iterator[Edit]:
        for spot in xml_spots(text, self._rules.field_names):
            value = unescape(text[spot.start : spot.end])
            new = self.credentials(value, spot.name or "")
            if new != value:
                yield spot.start, spot.end, new

    def _form_edits(self, text: str, spots: Iterable[Spot], depth: int) -> list[Edit]:
        edits: list[Edit] = []
        for spot in spots:
            value = unquote_plus(text[spot.start : spot.end])
            if spot.name is not None:
                new = self.credentials(value, spot.name)
            elif value[:1] in ("{", "["):
                new = edited(value, self._edits(value, "json", depth=depth + 1))
            elif "=" in value and "?" in value and depth < _DEEPEST:
                new = self.url(value, depth + 1)
            elif "%" in text[spot.start : spot.end]:
                new = edited(value, self.text(value))
                new = edited(new, self._formed.edits(new))
            else:
                continue
            if new != value:
                edits.append((spot.start, spot.end, unquoted(quote_plus(new))))
        return edits

    def _part_edits(self, text: str, boundary: str, depth: int) -> Iterator[Edit]:
        for part in parts(text, boundary):
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


def _unescaped(raw: str) -> str:
    if "\\" not in raw:
        return raw
    try:
        return str(json.loads(f'"{raw}"', strict=False))
    except ValueError:
        return raw


def _escaped(value: str, *, like: str) -> str:
    return json.dumps(value, ensure_ascii=like.isascii())[1:-1]
