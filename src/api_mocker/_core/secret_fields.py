"""Where the named values of a text stand: JSON, forms, multipart, streams of JSON, XML.

The law of this file: reading never fails. A strict reader refuses what a closed stream cut off,
and the secret in its first half would stay; so JSON is read token by token, and whatever is not a
token is stepped over. Every finding is a `Spot` of the text as it is; nothing is re-serialised.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING
from urllib.parse import unquote, unquote_plus

from .secret_names import HARMLESS_BELOW, HARMLESS_LEAVES, Names, Verdict, fold

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = [
    "COLON",
    "LABELLED",
    "LABELS",
    "PAIR",
    "TOKEN",
    "Level",
    "Part",
    "Spot",
    "below",
    "form_spots",
    "frames",
    "is_document",
    "json_spots",
    "name_under",
    "parts",
    "plain",
    "xml_names",
    "xml_spots",
]

# A closing quote stands before a delimiter. Where the first one does not (no JSON, or not quite),
# the string ends at one that does, or with its line: a stray quote does not turn the rest inside out.
# Nor does an escaped quote begin a string: whoever tried would read to the end from each of them.
TOKEN = re.compile(
    r'(?<!\\)"(?P<string>(?:[^"\\]|\\.)*+)"(?=\s*+(?:[:,}\]]|\Z)|[\r\n])'
    r'|"(?P<odd>[^\r\n]*?)"(?=\s*+[:,}\]])'
    r'|"(?P<cut>[^\r\n]*)'
    r"|(?P<number>(?<![\w.])-?\d[\d.eE+-]*)"
    r"|(?P<open>[\[{])|(?P<close>[\]}])",
    re.DOTALL,
)
COLON = re.compile(r"\s*:")
_PARTING = frozenset('" \t,{[:')  # what may stand before a key of broken JSON
_BETWEEN = '"0123456789.,:{}[] \t'  # what may stand between a value and the next key
_ESCAPED = re.compile(r"\\u00([0-7][0-9a-fA-F])")
PAIR = re.compile(r"([^&=\s]++)(?:=([^&\r\n]*+))?")
_FRAMES = {"lines": re.compile(r"\r?\n"), "events": re.compile(r"(?:\r?\n|\r){2}")}
_DISPOSITION = re.compile(
    r"^content-disposition:[^\r\n]*?;\s*name(?:=(?:\"([^\"\r\n]*)\"|([^\s;]+))|\*=[\w-]*'[\w-]*'([^\s;]+))",
    re.IGNORECASE | re.MULTILINE,
)
_CONTENT_TYPE = re.compile(r"^content-type:[ \t]*([^\r\n]*)", re.IGNORECASE | re.MULTILINE)
LABELS = frozenset({"name", "key", "field", "header", "variable", "param", "parameter", "property", "type"})
LABELLED = frozenset({"value", "val", "content", "default", "defaultvalue"})
"""Keys of a pair that says its name in a value: ``{"name": "password", "value": ...}``."""

_TYPES = ("password", "passwd", "passphrase", "secret", "apikey", "accesstoken", "refreshtoken", "authtoken")
"""How a type ends that is a label: that of a token may be one of a language, and that of a pin one of a map."""

_CREDENTIALS = frozenset({"credential", "credentials"})

_TITLE = re.compile(r"[A-Z][a-z]+(?:[ ,.'-]+[A-Za-z]+)*[.!?:]*")
_BLANK_LINE = re.compile(r"\r?\n\r?\n")

# What ends nowhere goes to the end of the text, so that no start of it is tried twice.
_MARKUP = re.compile(
    r"<redacted:[^<>\s]*+>"  # where the XML stands in what is no XML
    r"|<!--.*?(?:-->|\Z)|<\?.*?(?:\?>|\Z)"
    r"|<!\[CDATA\[(?P<cdata>.*?)(?:\]\]>|\Z)"
    r"|</(?P<close>[^<>]*+)>?"
    r"|<(?P<open>[^\s<>/!?\"'=]++)(?P<rest>(?:[^<>\"']++|\"[^\"<]*+\"|'[^'<]*+')*+)>?"
    r"|(?P<text>[^<]++)",
    re.DOTALL,
)
_BEGINS = ("<", "&lt;", "&#60;", "&#x3c;", "&#x3C;")
_ATTRIBUTE = re.compile(r"(?<=\s)(?:[\w.-]++:)?([\w.-]++)\s*+=\s*+(?:\"([^\"<]*+)\"|'([^'<]*+)')")
# Of a document in a text: what begins with an element of HTML is a page, or a piece of one. Those do not
# close all that they open, and <code> is how they show a hash.
_DOCUMENT = re.compile(
    r"\s*+<(?!a\s[^<>]*?href|(?:!doctype\s+html|html|head|body|p|div|span|br|hr|ul|ol|li|dl|h[1-6]|code|pre|table"
    r"|tbody|tr|td|th|img|strong|em|small|font|center|figure|blockquote|iframe|script|style|link|meta|svg|form|input"
    r"|button|textarea|video|audio)[\s/>])(?:\?xml\s|!--|!\[CDATA\[|[A-Za-z_][\w.:-]*+[\s/>])",
    re.IGNORECASE,
)
_MARKUP_NAME = re.compile(r"<(?:[\w.-]++:)?([\w.-]++)|\s(?:[\w.-]++:)?([\w.-]++)\s*+=")


@dataclass(frozen=True, slots=True)
class Spot:
    """A value from `start` to `end` of the text (of a string: without its quotes).

    `name` is the secret name that it stands under, None where it stands under none.
    """

    start: int
    end: int
    name: str | None
    number: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a multipart body: its content from `start` to `end`."""

    start: int
    end: int
    name: str
    content_type: str


@dataclass(slots=True)
class Level:
    """One open object or array: the secret name it stands under, and whether names count in it."""

    owner: str | None
    spared: bool
    label: str | None = None  # {"name": "password", "value": ...}
    held: Spot | None = None  # a value that its label may follow


def frames(kind: str, text: str) -> Iterator[tuple[int, int]]:
    """The pieces of a stream of JSON texts (``lines``, ``events``); else the whole."""
    start = 0
    if kind in _FRAMES:
        for gap in _FRAMES[kind].finditer(text):
            yield start, gap.start()
            start = gap.end()
    yield start, len(text)


def json_spots(
    text: str, names: Names, start: int, end: int, called: Mapping[str, str] | None = None
) -> Iterator[Spot]:
    """Every string and number of the JSON in ``text[start:end]`` that is a value, in order.

    `called` are other names for members of the outermost object.
    """
    levels = [Level(None, False)]
    key: str | None = None
    for token in TOKEN.finditer(text, start, end):
        kind = token.lastgroup
        if kind == "open":
            levels.append(below(levels[-1], key, names))
        elif kind == "close":
            if len(levels) > 1:
                levels.pop()
        elif kind == "number" or not COLON.match(text, token.end(), end):
            yield _valued(levels[-1], key, Spot(*token.span(kind or 0), None, kind == "number"), text, names)
        elif kind == "string" and key is None:
            key = plain(token["string"])
            if called and len(levels) == 2:
                key = called.get(key, key)
            continue
        else:
            value, torn = _torn(text, *token.span(kind or 0))
            if value.start < value.end:
                yield _valued(levels[-1], key, value, text, names)
            key = torn
            continue
        key = None


def _torn(text: str, first: int, last: int) -> tuple[Spot, str]:
    """What stands before a colon where no key can be: a value, and the key that a quote or a comma should part from it.

    A key is the last word alone, so that its name never holds a piece of the value.
    """
    at = last
    while at > first and text[at - 1] not in _PARTING:
        at -= 1
    if at == first:
        return Spot(first, last, None), plain(text[first:last])
    end = at - 1 if text[at - 1] == '"' else at
    closing = text.rfind('"', first, end)
    if closing >= 0 and not text[closing:end].strip(_BETWEEN):
        end = closing
    while end > first and text[end - 1] in ", \t":
        end -= 1
    return Spot(first, end, None), plain(text[at:last])


def _valued(level: Level, key: str | None, spot: Spot, text: str, names: Names) -> Spot:
    """The spot of a value with its name, or what it completes."""
    name = name_under(level, key, plain(text[spot.start : spot.end]), names)
    spot = Spot(spot.start, spot.end, name, spot.number)
    return spot if key is None or name is not None else _labelled(level, fold(key), spot, text, names)


def below(level: Level, key: str | None, names: Names) -> Level:
    if key is None:
        return Level(level.owner, level.spared, level.label)  # an item of a list
    secret = not level.spared and names.verdict(key) is Verdict.SECRET
    label = key if fold(key) in _CREDENTIALS else None
    owner = level.owner or (key if secret else None)
    return Level(owner, level.spared or fold(key) in HARMLESS_BELOW, label)


def name_under(level: Level, key: str | None, value: str, names: Names) -> str | None:
    if level.owner is not None:
        return None if key is not None and fold(key) in HARMLESS_LEAVES else level.owner
    if key is None or level.spared:
        return None
    return key if names.names_secret(key, value) else None


def _labelled(level: Level, key: str, spot: Spot, text: str, names: Names) -> Spot:
    """The spot, or what it completes: a label and its value, in either order."""
    value = text[spot.start : spot.end]
    if key in LABELS and not spot.number:
        _label(level, key, plain(value), names)
        held = level.held
        if held is not None and _labels(level, text[held.start : held.end], names):
            return Spot(held.start, held.end, level.label, held.number)
    elif key in LABELLED and not level.spared:
        level.held = spot
        if _labels(level, value, names):
            return Spot(spot.start, spot.end, level.label, spot.number)
    return spot


def _label(level: Level, key: str, label: str, names: Names) -> None:
    """Takes note of a label; one that names a secret outlasts all others."""
    if key == "type" and not fold(label).endswith(_TYPES):
        return
    if level.label is None or names.verdict(level.label) is Verdict.HARMLESS or names.verdict(label):
        level.label = label


def _labels(level: Level, value: str, names: Names) -> bool:
    label = level.label
    if label is None or not (names.names_secret(label, value) or fold(label) in _CREDENTIALS):
        return False
    # {"key": "login.password", "value": "Your password"} is a text for people.
    return _TITLE.fullmatch(value) is None or ("." not in label and " " not in value)


def plain(key: str) -> str:
    return _ESCAPED.sub(lambda match: chr(int(match[1], 16)), key) if "\\" in key else key


def form_spots(text: str, names: Names, start: int, end: int) -> Iterator[Spot]:
    """Every value of the ``name=value&...`` pairs in ``text[start:end]``, in order."""
    for pair in PAIR.finditer(text, start, end):
        if not pair[2]:
            continue
        name = unquote_plus(pair[1])
        secret = names.names_secret(name, unquote_plus(pair[2]))
        # user[password]=..., as nested parameters are written
        if not secret and name.endswith("]"):
            name = name.rpartition("[")[2].strip("]") or name.partition("[")[0]
            secret = names.names_secret(name, unquote_plus(pair[2]))
        yield Spot(*pair.span(2), name if secret else None)


def parts(text: str, boundary: str) -> Iterator[Part]:
    """The parts of a multipart body (RFC 2046 section 5.1), whole or cut off."""
    if not boundary:
        return
    delimiter = re.compile(rf"(?:\A|\r?\n)--{re.escape(boundary)}(?:--)?[ \t]*(?:\r?\n|\Z)")
    edges = [match.span() for match in delimiter.finditer(text)]
    edges.append((len(text), len(text)))
    for (_, start), (end, _) in pairwise(edges):
        blank = _BLANK_LINE.search(text, start, end)
        if blank is None:
            continue
        head = text[start : blank.start()]
        named, typed = _DISPOSITION.search(head), _CONTENT_TYPE.search(head)
        name = (named[1] or named[2] or unquote(named[3] or "")) if named else ""
        yield Part(blank.end(), end, name, typed[1].strip() if typed else "")


def xml_names(text: str) -> set[str]:
    """The local names of all elements and attributes, and perhaps some words more."""
    return {name for pair in _MARKUP_NAME.findall(text) for name in pair}


def is_document(text: str) -> bool:
    """Whether `text` looks like XML that stands for itself, and is no HTML."""
    return _DOCUMENT.match(text) is not None


def xml_spots(text: str, names: Names) -> Iterator[Spot]:
    """Every text and attribute value of the XML that stands under a secret name, or may be XML itself, in order.

    An element counts by its local name, and with all that it holds; an attribute for itself.
    """
    levels: list[tuple[Level, str | None]] = [(Level(None, False), None)]
    for token in _MARKUP.finditer(text):
        level, tag = levels[-1]
        kind = token.lastgroup
        if kind == "rest":
            yield from _attribute_spots(text, token, level, names)
            if not token[kind].endswith("/"):
                levels.append(_opened(level, tag, token["open"].rpartition(":")[2], names))
        elif kind == "close":
            if len(levels) > 1:
                levels.pop()
        elif kind in ("text", "cdata"):
            value = token[kind].strip()
            if tag is not None and fold(tag) in LABELS:
                _label(levels[-2][0], fold(tag), value, names)
            name = name_under(level, tag, value, names) if value else None
            if name is not None or value.startswith(_BEGINS):
                first = text.index(value, token.start(kind))
                yield Spot(first, first + len(value), name)


def _opened(level: Level, tag: str | None, inner: str, names: Names) -> tuple[Level, str]:
    """What is open within an element, and its name."""
    inside = below(level, tag, names)
    # <member><name>password</name><value><string>..., as XML-RPC has it
    if level.label and fold(inner) in LABELLED and names.verdict(level.label) is Verdict.SECRET:
        inside.owner = inside.owner or level.label
    return inside, inner


def _attribute_spots(text: str, token: re.Match[str], level: Level, names: Names) -> Iterator[Spot]:
    for attribute in _ATTRIBUTE.finditer(text, *token.span("rest")):
        first, last = attribute.span(attribute.lastindex or 0)
        name = name_under(Level(None, level.spared), attribute[1], text[first:last], names)
        if name is not None and first < last:
            yield Spot(first, last, name)
