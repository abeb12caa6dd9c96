"""Where a declared route is: a path on any host, a URL, a template, a regular expression.

The law of this file: what is declared is read once, when it is declared, and what cannot be meant is
refused there; and both sides are compared in the canonical form of `canonical`, so that it does not
matter how a client writes a URL.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, quote, unquote

from ..exceptions import UsageError
from .canonical import SLASH, Canonical, Ignore
from .model import Request
from .passthrough import DEFAULT_PORTS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .canonical import Pairs

__all__ = ["Address", "Prefix", "address_of", "prefix_of", "shown"]

_FIELD = re.compile(r"\{([^{}]*)\}")
_NOWHERE = "http://any"  # where a path is read as part of a URL
_NOTHING = Ignore()
_USERINFO = re.compile(r"(?:(?<=://)|^)[^/?#]+@")
_WHOLE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_BROKEN = re.compile(r"(https?):/*", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Prefix:
    """What ``base(...)`` puts before a URL: a scheme and host (perhaps none), and the beginning of a path.

    ``origin`` and ``path`` are its canonical parts; it has neither where nothing was said.
    """

    text: str = ""
    origin: tuple[str, str, int] | None = None
    path: str = ""

    def joined(self, url: str) -> str:
        """The URL below it; UsageError where that is no such thing."""
        if not self.text or not url:
            return self.text + url
        if _WHOLE.match(url):
            raise UsageError(f"{shown(url)} is a whole URL, and stands below base({shown(self.text)})")
        if url.startswith("/"):
            return self.text.rstrip("/") + url
        if url.startswith("?") or self.text.endswith("/"):
            return self.text + url
        raise UsageError(
            f"{shown(url)} is a relative URL; did you mean {shown('/' + url)}, below base({shown(self.text)})?"
        )

    def behind(self, live: Canonical) -> str | None:
        """What of the URL comes behind it, as it was sent; None where the URL is not below it."""
        if not self.text:
            return live.request.url
        if self.origin not in (None, (live.scheme, live.host, live.port)):
            return None
        path, question, query = live.request.url.partition("://")[2].partition("?")
        slash, rest = "/", path.partition("/")[2]
        for piece in self.path.strip("/").split("/") if self.path.strip("/") else ():
            first, slash, rest = rest.partition("/")
            if _canonical("/" + first) != "/" + piece:
                return None
        return slash + rest + question + query


@dataclass(frozen=True, slots=True)
class Address:
    """A place that requests are compared with.

    ``origin`` is (scheme, host, port), None for any; ``path`` the canonical path, None where
    ``pattern`` decides; ``pairs`` what a query in the URL said. ``pattern`` is matched against the
    canonical path or, with ``below``, searched in what of the URL comes behind that prefix.
    """

    text: str  # as it was declared
    origin: tuple[str, str, int] | None = None
    path: str | None = None
    pattern: re.Pattern[str] | None = None
    below: Prefix | None = None
    pairs: Pairs = ()

    @property
    def whole(self) -> bool:
        """Whether a regular expression has the whole URL before it, query included."""
        return self.below is not None

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the values that it takes out of a URL."""
        return () if self.pattern is None else tuple(self.pattern.groupindex)

    def values(self, live: Canonical) -> Mapping[str, str] | None:
        """The values of the template where the request is meant; None where it is not."""
        if self.origin is not None and self.origin != (live.scheme, live.host, live.port):
            return None
        if self.pattern is None:
            return {} if live.path == self.path else None
        if self.below is None:
            found = self.pattern.fullmatch(live.path)
            return None if found is None else _values(found)
        behind = self.below.behind(live)
        found = None if behind is None else self.pattern.search(behind)
        return None if found is None else {name: unquote(value) for name, value in _values(found).items()}

    def nearest(self, live: Canonical) -> str | None:
        """The URL (without query) that is meant, as near to the request as may be; None for a regular expression."""
        if self.whole:
            return None
        path = self.path if self.path is not None else self._filled(live.path)
        scheme, host, port = self.origin or (live.scheme, live.host, live.port)
        netloc = f"[{host}]" if ":" in host else host
        if port != DEFAULT_PORTS.get(scheme):
            netloc += f":{port}"
        return f"{scheme}://{netloc}{_written(path)}"

    def covers(self, other: Address) -> bool:
        """Whether it is certain that it takes whatever `other` takes."""
        if self.whole or other.whole:
            return self.whole and (self.pattern, self.below) == (other.pattern, other.below)
        if self.origin not in (None, other.origin):
            return False
        if self.pattern is None:
            return self.path == other.path
        if other.path is not None:
            return self.pattern.fullmatch(other.path) is not None
        shapes = [_FIELD.sub("{}", _path(each.text.partition("?")[0])) for each in (self, other)]
        return shapes[0] == shapes[1]

    def _filled(self, live: str) -> str:
        """The path of the template, with the request's own segments where it has fields."""
        ours, theirs = _path(self.text.partition("?")[0]).split("/"), live.split("/")
        alike = len(ours) == len(theirs)
        return "/".join(
            theirs[at] if alike and _segment(piece).fullmatch(theirs[at]) else _canonical("/" + piece)[1:]
            for at, piece in enumerate(ours)
        )


def prefix_of(text: object) -> Prefix:
    """The prefix that ``base(...)`` was given; UsageError where it is none."""
    if not isinstance(text, str):
        raise UsageError(f"base({text!r}): a base is text, such as 'https://api.example.com/v1' or '/v1'")
    where = f"base({shown(text)})"
    _printable(text, where)
    if "?" in text or "#" in text or "{" in text:
        raise UsageError(f"{where}: a base has no query, no fragment and no template")
    if not text:
        return Prefix()
    if not text.startswith("/") and not _WHOLE.match(text):
        raise UsageError(f"{where}: {_relative(text)}")
    origin = None if text.startswith("/") else _origin(text, where)
    return Prefix(text, origin, _canonical(_path(text)).rstrip("/"))


def shown(url: str) -> str:
    """A declared URL for a text, without what stands before an ``@``: that may be a password."""
    return repr(_USERINFO.sub("...@", url))


def _printable(url: str, where: str) -> None:
    if _CONTROL.search(url):
        raise UsageError(
            f"{where} holds a control character, which clients drop; write it as %0A and the like"
        )


def address_of(url: object, prefix: Prefix) -> Address:
    """The address of a declared URL; UsageError where it cannot be meant."""
    if isinstance(url, re.Pattern):
        if isinstance(url.pattern, bytes):
            raise UsageError(f"{url!r} is a regular expression of bytes; a URL is text")
        return Address(prefix.text + url.pattern, pattern=url, below=prefix)
    if not isinstance(url, str):
        raise UsageError(
            f"a URL is text or a compiled regular expression, and {url!r} is {type(url).__name__}"
        )
    text = prefix.joined(url)
    _printable(text, shown(text))
    if not text.startswith("/") and not _WHOLE.match(text):
        raise UsageError(_relative(text))
    if "#" in text:
        raise UsageError(
            f"{shown(text)} has a fragment, which is never sent; a # that is meant is written %23"
        )
    place, question, query = text.partition("?")
    pairs = tuple(parse_qsl(query, keep_blank_values=True, errors="surrogateescape")) if question else ()
    origin = None if place.startswith("/") else _origin(place, shown(text))
    path = _path(place)
    if "{" not in path and "}" not in path:
        return Address(text, origin, _canonical(path), pairs=pairs)
    return Address(text, origin, pattern=_template(path, text), pairs=pairs)


def _relative(text: str) -> str:
    if any(character in text for character in "^$*+\\("):
        return (
            f"{shown(text)} is no URL; a regular expression is declared compiled: re.compile({shown(text)})"
        )
    name = shown(text)
    if broken := _BROKEN.match(text):
        return f"{name} is no URL; did you mean {shown(f'{broken[1]}://{text[broken.end() :]}')}?"
    if {".", ":"} & {*re.split("[/?]", text)[0]}:
        return f"{name} is a relative URL; did you mean {shown('https://' + text)} or {shown('/' + text)}?"
    return f"{name} is a relative URL; did you mean {shown('/' + text)}?"


def _origin(text: str, where: str) -> tuple[str, str, int]:
    if "@" in text.partition("://")[2].partition("/")[0]:
        raise UsageError(f"{where} holds credentials; clients send them as a header: headers={{...}}")
    try:
        canonical = Canonical(Request("GET", text), _NOTHING)
    except ValueError as error:
        raise UsageError(f"{where} is no URL: {error}") from None
    if canonical.scheme not in ("http", "https"):
        raise UsageError(f"{where} is no URL of HTTP: its scheme is {canonical.scheme!r}")
    if not canonical.host:
        raise UsageError(f"{where} is no URL: it names no host")
    if "{" in canonical.host:
        raise UsageError(
            f"{where}: a template stands in the path, not in the host; for any host declare the path alone"
        )
    return canonical.scheme, canonical.host, canonical.port


def _path(place: str) -> str:
    return place if place.startswith("/") else "/" + place.partition("://")[2].partition("/")[2]


def _canonical(path: str) -> str:
    return Canonical(Request("GET", _NOWHERE + path), _NOTHING).path


def _written(path: str) -> str:
    pieces = (quote(piece, errors="surrogateescape") for piece in path.split(SLASH))
    return "%2F".join(pieces)


def _template(path: str, text: str) -> re.Pattern[str]:
    names = _FIELD.findall(path)
    for name in names:
        if name.partition(":")[0].isidentifier() and ":" in name:
            raise UsageError(
                f"{text!r}: a template's field has no type: {{{name.partition(':')[0]}}}; its value is text"
            )
        if not name.isidentifier():
            raise UsageError(
                f"{text!r}: a template's field has a name, as in /users/{{id}}, and not {{{name}}}"
            )
        if names.count(name) > 1:
            raise UsageError(f"{text!r}: the field {{{name}}} stands twice")
    if set(_FIELD.sub("", path)) & {"{", "}"}:
        raise UsageError(f"{text!r}: a brace has no counterpart; write %7B or %7D for one that is meant")
    return _segment(path)


def _segment(text: str) -> re.Pattern[str]:
    """A pattern for a text in which ``{name}`` stands for anything but a slash."""
    pieces = _FIELD.split(text)  # literal, name, literal, ...
    literal = [re.escape(_canonical("/" + piece)[1:]) for piece in pieces[::2]]
    fields = [f"(?P<{name}>[^/]+)" for name in pieces[1::2]]
    return re.compile("".join(piece for pair in zip(literal, [*fields, ""], strict=True) for piece in pair))


def _values(found: re.Match[str]) -> Mapping[str, str]:
    return {name: value.replace(SLASH, "/") for name, value in found.groupdict().items() if value is not None}
