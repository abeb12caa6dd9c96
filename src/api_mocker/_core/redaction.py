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
from dataclasses import replace
from typing import TYPE_CHECKING

from .kept import kept_values
from .large_body import sized, spooled
from .model import Coding, Headers, Interaction, Request, Response
from .placeholders import PLACEHOLDER, quoted, unquoted
from .redaction_blobs import BlobValues
from .redaction_draft import JSON_KINDS, Draft, Edit, edited
from .redaction_forms import Clues, FormedValues
from .redaction_large import LargeValues, whole_content
from .redaction_learnt import LearntValues
from .redaction_names import NamedValues
from .redaction_rules import Rules
from .vault import SHORTEST_ECHO, Vault
from .views import DIGESTS
from .windows import WINDOW

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from .known_values import Known
    from .large_body import LargeBody
    from .secret_names import Names

__all__ = ["Redactor", "Rules"]

_CHALLENGES = frozenset({"www-authenticate", "proxy-authenticate"})  # needed to answer them again

_SMALL = 16_384
_HOST = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://(?:[^/?#@]*@)?([^/?#@]*)")
_COOKIES = re.compile(r"(,\s*)(?=[^=;,\s\"]+=)")
_LOCATIONS = frozenset({"location", "content-location"})  # whose value is a URL and nothing else


class Redactor:
    """Redacts the messages of one cassette; a value keeps its placeholder throughout.

    `taken` are the highest numbers given before, by name (`placeholders.highest`); `known` are secrets
    besides those of the rules; `mark` is put behind the names that are given here; `window`: so
    many bytes of a large body are looked at together. Not to be called from two threads at once.
    """

    def __init__(
        self,
        rules: Rules,
        taken: Mapping[str, int] | None = None,
        known: Iterable[Known] = (),
        mark: str = "",
        window: int = WINDOW,
    ) -> None:
        self._rules = rules
        self._vault = Vault(taken or {}, (*known, *rules.values), mark)
        self._formed = FormedValues(rules, self._vault)
        self._named = NamedValues(rules, self._vault, self._formed)
        self._learnt = LearntValues(rules, self._vault)
        self._blobs = BlobValues(self._vault, self._named, self._formed)
        self._large = LargeValues(rules, self._vault, self._formed, self._blobs, self._within, window)

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
        url, *values = self._rest(draft, [url, *values], names)
        headers = Headers(tuple(zip(names, values, strict=True)))
        if self._vault.knows_numbers:
            url = self._learnt.numbers(url)
        url = _reachable(url, request.url)
        if url == request.url and headers == request.headers and not draft.changed:
            return request
        coding = request.coding
        if coding is not None and draft.changed:
            # The recipe was for what had been there, and may hold a digest of it.
            coding = Coding(coding.name)
        return Request(request.method, url, headers, draft.body, coding)

    def response(self, response: Response) -> Response:
        """The response as it may be stored; the same object when nothing had to change."""
        if response.large is not None:
            return self._with_large(response, response.large)
        draft = Draft(response.body, response.headers, response.chunks)
        self._vault.spared = kept_values(self._rules.keep, response, draft)
        names = [name for name, _ in response.headers]
        values = [self._received(name.lower(), value) for name, value in response.headers]
        reason, *values = self._rest(draft, [response.reason, *values], names)
        if self._vault.knows_numbers:
            values = [
                self._learnt.numbers(value) if name.lower() in _LOCATIONS else value
                for name, value in zip(names, values, strict=True)
            ]
        headers = Headers(tuple(zip(names, map(_delimited, names, values), strict=True)))
        if draft.changed:
            headers = _fitting(
                headers, len(draft.body) - len(response.body), coded=response.coding is not None
            )
        elif headers == response.headers and reason == response.reason:
            return response
        return replace(response, headers=headers, reason=reason, body=draft.body, chunks=draft.sizes)

    def _with_large(self, response: Response, large: LargeBody) -> Response:
        content = whole_content(response, large)
        if content is not None:
            whole = replace(response, body=content, large=None)
            told = self.response(whole)
            if told.body is not content:
                large = spooled(large.spool(), [told.body])
            return response if told is whole else replace(told, **{"body": b"", **sized(large)})
        bare = replace(response, large=None, chunks=None)
        head = self.response(bare)
        hidden, chunks = self._large.hidden(response, large)
        if hidden is large:
            return response if head is bare else replace(head, large=large, chunks=response.chunks)
        headers = _fitting(head.headers, hidden.size - large.size, coded=response.coding is not None)
        return replace(head, headers=headers, chunks=chunks, **sized(hidden))

    def parts(self, response: Response, large: LargeBody) -> Iterator[tuple[bytes, bytes]]:
        """The parts in which a large body is looked at, as they are and as they may be stored."""
        content = whole_content(response, large)
        if content is None:
            yield from self._large.parts(response, large)
        else:
            yield content, self.response(replace(response, body=content, large=None)).body

    def text(self, text: str) -> str:
        """Any other text (of an error, a report) without the secrets that can be told in it."""
        self._vault.spared = ()
        text = self._plain(text, self._formed.clues(text))
        return edited(text, self._learnt.edits(text))

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
            if _names_secret(table, lowered, value):
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
        if name == "set-cookie2":  # a list (RFC 2965 section 3.2.2)
            return "".join(self._named.cookies(each, "set-cookie") for each in _COOKIES.split(value))
        if name not in _CHALLENGES and _names_secret(self._rules.header_names, name, value):
            return self._named.credentials(value, name, header=True)
        return self._named.url(value) if name in _LOCATIONS else value

    def _rest(self, draft: Draft, texts: list[str], names: list[str]) -> list[str]:
        """All that no name in URL or headers tells: secret forms, echoes, and the whole body.

        `texts` are one, and the values of the headers `names`.
        """
        if draft.text:
            self._named.body(draft)
        together = "\n".join(texts)
        if len(draft.text) <= _SMALL:  # asked together, which spares a third of the time
            clues = inner = self._formed.clues(f"{together}\n{draft.text}")
        else:
            clues, inner = self._formed.clues(together), self._formed.clues(draft.text)
        texts = [self._plain(text, clues) for text in texts]
        if draft.text:
            self._tell(draft, inner)
        if any(self._learnt.found("\n".join(texts))):
            edits = [self._learnt.edits(text) for text in texts]
            edits[1:] = map(_beside_type, names, texts[1:], edits[1:])
            texts = [*map(edited, texts, edits)]
        self._learnt.body(draft)
        self._learnt.numbers_of(draft)
        return texts

    def _within(self, draft: Draft) -> None:
        """The secrets of a body, or of a part of one."""
        self._named.body(draft)
        self._tell(draft, self._formed.clues(draft.text))
        self._learnt.body(draft)
        self._learnt.numbers_of(draft)

    def _plain(self, text: str, clues: Clues) -> str:
        """A text without structure, as far as forms and names tell."""
        if clues or self._rules.functions:
            text = edited(text, self._formed.edits(text, clues))
            if clues.names:
                text = edited(text, self._named.text(text))
        return edited(text, self._blobs.edits(text))

    def _tell(self, draft: Draft, clues: Clues) -> None:
        json, binary = draft.kind in JSON_KINDS, draft.kind == "binary"
        if clues or self._rules.functions:
            draft.edit(self._formed.edits(draft.text, clues, json=json, binary=binary))
            if clues.names and not binary and draft.kind != "form":
                draft.edit(self._named.text(draft.text, json=json, code=draft.code))
        draft.edit(self._blobs.edits(draft.text))


def _reachable(url: str, before: str) -> str:
    """The URL with a host that can be one: what was found in it is encoded, a whole host stays.

    A known value that is the name of the host is told by the file's place in the network, too.
    """
    host = _HOST.match(url) if "<redacted:" in url else None
    if host is None or "<redacted:" not in host[1]:
        return url
    named = PLACEHOLDER.sub("", host[1]).partition(":")[0]
    was = _HOST.match(before)
    kept = was[1] if was is not None and not named else quoted(host[1])
    return url[: host.start(1)] + kept + url[host.end(1) :]


def _beside_type(name: str, value: str, edits: list[Edit]) -> list[Edit]:
    """The edits of a header that leave a media type as it is: it says how to read the body.

    A known value that is short may stand in it by accident.
    """
    if not edits or name.lower() != "content-type":
        return edits
    kind = len(value.partition(";")[0])
    return [edit for edit in edits if edit[0] > kind or edit[1] - edit[0] >= SHORTEST_ECHO]


def _fitting(headers: Headers, grown: int, *, coded: bool) -> Headers:
    """The headers for a changed body: its length follows, digests of the old one go."""
    kept = Headers(tuple(pair for pair in headers if not DIGESTS.fullmatch(pair[0])))
    length = (kept.get("content-length") or "").strip()
    if coded or not length.isdecimal():
        return kept  # coding the body anew settles its length
    return kept.replacing("Content-Length", str(int(length) + grown))


def _names_secret(table: Names, name: str, value: str) -> bool:
    """Whether a header is a secret, also where ``X-`` stands before the name of one."""
    return table.names_secret(name, value) or (
        name.startswith("x-") and table.names_secret(name.removeprefix("x-"), value)
    )


def _delimited(name: str, value: str) -> str:
    """Between the angle brackets of a Link (RFC 8288 section 3) a placeholder has to be encoded."""
    return quoted(value) if name.lower() == "link" else value
