"""Where named values stand in running text: assignments, markup, paths, tables.

The law of this file: a name is sought by its stem, so that a text without one costs next to nothing;
then what stands around it decides whether a value follows. Prose and code name secrets without
telling them ("password: must be long", ``token = get()``): such values stay.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from .needles import Needles
from .secret_fields import Spot
from .secret_names import ISSUED, MAILED, MARKERS, STEMS, Verdict, fold, looks_issued, looks_opaque

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .secret_names import Names

__all__ = ["Stems", "csv_spots", "path_spots", "text_spots"]

_LONGEST_NAME = 64
_LONG = 4096
_NEAR = 400  # a tag is no longer, up to the attribute that names it

_IN_NAME = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-[]")
_NAME_END = re.compile(r"[\w.\[\]-]*", re.ASCII)
_ASSIGNED = re.compile(r"(\\*[\"'`]?)[ \t]{0,8}(:=|=>|=|:(?!:))[ \t]{0,8}")
_TOLD = re.compile(r"\\*[\"'`]?[ \t](?:is|was)[ \t]?(:?)[ \t]?")
_QUOTED = re.compile(r"(\\*[\"'`])([^\r\n]{0,4096}?)(?<!\\)\1")
_CUT = re.compile(r"\\*[\"'`]([^\r\n]*)")
_BARE = re.compile(
    r"(?:(?:bearer|basic|token|digest|negotiate|apikey)[ ]+)?[^\s\"'`<>&;\\]{1,4096}", re.IGNORECASE
)
_LINE = re.compile(r"[^\r\n\"'`<>\\]{1,4096}")
_REST = re.compile(r"[^\s\"'`<>&;\\]*+")  # of a value that is longer
_ESCAPE = re.compile(r"u[0-9a-fA-F]{4}|[nrtbf]")
_HIDDEN = 16  # "redacted" is as near to all that stands in a placeholder
_TRAILING = ".,:;!?)]}"
_LINE_START = re.compile(r"(?:^|[\r\n])[ \t]*(?:-[ \t]+|export[ \t]+|set[ \t]+)?\Z", re.IGNORECASE)
_LABELLED = re.compile(r"(?:name|id|key|property|field)[ \t]*=[ \t]*(\\*[\"'])\Z", re.IGNORECASE)
_VALUE = re.compile(r"\s(?:value|content)\s*=\s*(\\*[\"'])([^<>]*?)\1", re.IGNORECASE)
# Base64 has slashes too: three letters at the end of what nobody would call anything are no name.
_SPELLED = re.compile(r"(?:(?:(?:[a-z]+|[A-Z]+|[A-Z]?[a-z]{2,}(?:[A-Z][a-z]{2,})*)\d{0,3}|\d+)(?:[_.-]|\Z))+")
_BLOCK = re.compile(r"[|>][+-]?[1-9]?[+-]?[ \t]*+(?:#[^\r\n]*+)?\r?\n((?:[ \t]*+\r?\n)*+)([ \t]++)(?=\S)")
_LEAD = re.compile(r"[ \t]*+(?:-[ \t]++)*+")
_BLANKS = re.compile(r"[ \t]++(?!-)")
_NETRC = re.compile(r"(?<![\w-])(?:machine\s+\S+|default)\s+(?:(?:login|account)\s+\S+\s+){0,2}\Z")
_SEGMENT = re.compile(r"/([^/?#\s\"'<>&;,)\\]+)")

_WORDS = re.compile(r"[A-Za-z]+(?:[ ,.'-]+[A-Za-z]+)*[.!?]*")
_SENTENCE = re.compile(r"[A-Za-z]+(?:[ ,.']+[A-Za-z]+)+[.!?]*|[A-Z][a-z]+")
_CODE = re.compile(r"\$?[{(<%\[]|[\w.\[\]]*[({\[]|[$@]\w")
_NO_VALUES = frozenset(
    {
        *("str", "string", "text", "bytes", "int", "integer", "number", "bool", "boolean", "object", "any"),
        *("null", "none", "nil", "undefined", "true", "false", "required", "optional", "hidden", "password"),
        *("token", "secret", "bearer", "basic", "yes", "no", "on", "off", "invalid", "missing", "expired"),
    }
)


class Stems:
    """The stems of the `names` that running text is searched for, and of all `others`, compiled."""

    def __init__(self, names: Names, *others: Names) -> None:
        self.names = names
        self._needles = Needles([*STEMS, *(stem for table in (names, *others) for stem in table.stems)])

    def may_stand_in(self, text: str) -> bool:
        """Whether one of the names may stand in `text`."""
        return self._needles.any_in(text.lower())

    def spans(self, text: str) -> Iterator[tuple[int, int]]:
        """Where in `text` a word stands that holds a stem."""
        seen = 0
        for at in self._needles.places(_lowered(text)):
            if at < seen:
                continue
            start = at
            while start > seen and text[start - 1] in _IN_NAME and at - start < _LONGEST_NAME:
                start -= 1
            if text[start - 1 : start] == "\\":  # "\ntoken=..." as JSON writes it
                escape = _ESCAPE.match(text, start, at)
                start = escape.end() if escape is not None else start
            seen = _NAME_END.match(text, at).end()  # type: ignore[union-attr]  # matches anything
            if seen - start <= _LONGEST_NAME and "redacted" not in text[max(0, start - _HIDDEN) : start]:
                yield start, seen


def _lowered(text: str) -> str:
    lowered = text.lower()
    # A few letters are two when they are small.
    return lowered if len(lowered) == len(text) else "".join(char.lower()[:1] for char in text)


def text_spots(text: str, stems: Stems, *, json: bool = False, code: bool = False) -> Iterator[Spot]:
    """Every value that is assigned to a secret name, or stands beside one in a tag, in order.

    `json`: keys of JSON are no names here; `code`: bare words are code, not values.
    """
    hidden = 0  # a value may hold a name, and what follows is part of that value
    for start, end in stems.spans(text):
        if start < hidden:
            continue
        name = text[start:end].strip(".-[]")
        if not stems.names.verdict(name):
            name = _last(name)
            if not stems.names.verdict(name):
                continue
        span = _in_tag(text, start, end) or _assigned(text, start, end, json=json, code=code)
        span = span or (None if code else _told_by_place(text, start, end))
        if (
            span is None
            and text[start - 1 : start] == "/" == text[end : end + 1]
            and _SPELLED.fullmatch(name)
        ):
            segment = _SEGMENT.match(text, end)
            if segment is not None and _tells_secret(segment[1], sure=True):
                span = segment.span(1)
        if span is not None and span[0] < span[1] and stems.names.names_secret(name, text[slice(*span)]):
            hidden = span[1]
            yield Spot(*span, name)


def _last(name: str) -> str:
    """The last part of ``spring.datasource.password`` and ``user[password]``."""
    return re.split(r"[.\[]", name.rstrip("]"))[-1]


def _in_tag(text: str, start: int, end: int) -> tuple[int, int] | None:
    """The value in ``<input name="..." value="...">``, ``<meta ...>``, ``<add key="..." value="..."/>``."""
    if text[end : end + 1] not in ('"', "'", "\\"):
        return None
    if _LABELLED.search(text, max(0, start - 20), start) is None:
        return None
    opened = text.rfind("<", max(0, start - _NEAR), start)
    closed = text.find(">", end, end + _NEAR * 10)
    if opened < 0 or closed < 0 or ">" in text[opened:start]:
        return None
    if text[opened : opened + 9].lower() == "<textarea":
        return closed + 1, _until(text, "<", closed + 1)
    value = _VALUE.search(text, opened, closed)
    return value.span(2) if value is not None else None


def _assigned(text: str, start: int, end: int, *, json: bool, code: bool) -> tuple[int, int] | None:
    after = _ASSIGNED.match(text, end)
    if after is None:
        told = _TOLD.match(text, end)
        if told is None:
            return None
        return _span(text, told.end(), lambda value: len(value) >= 4 and not _WORDS.fullmatch(value))
    if "redacted" in text[after.end() : after.end() + _HIDDEN]:
        return None
    if json and after[1] == '"' and after[2] == ":":
        return None  # a key of the JSON itself
    tight = after[2] == "=" and after[0].strip("\"'`\\") == "="
    whole_line = _LINE_START.search(text, max(0, start - 40), start) is not None
    if fold(text[start:end]).endswith(("authorization", "cookie")) and (whole_line or after[2] == ":"):
        line = _LINE.match(text, after.end())
        return _whole(text, line) if line is not None and not _says_nothing(line[0], code=True) else None
    start_of_value = after.end()

    def plausible(value: str) -> bool:
        if not any(map(str.isalpha, value)):
            return any(map(str.isdigit, value)) and (len(value) >= 4 or tight)
        if not _WORDS.fullmatch(value):
            return True
        if code:
            return False
        ends_line = text[start_of_value + len(value) : start_of_value + len(value) + 1] in ("", "\r", "\n")
        return tight or (whole_line and ends_line)

    return _span(text, start_of_value, plausible)


def _told_by_place(text: str, start: int, end: int) -> tuple[int, int] | None:
    """The value after ``--password``, after ``password`` in a file of passwords, and in a block of YAML."""
    if text[end : end + 1] == ":":
        return _block(text, start, end + 1)
    blanks = _BLANKS.match(text, end)
    if blanks is None:
        return None
    if text.startswith("--", start):
        return _span(text, blanks.end(), lambda value: not _WORDS.fullmatch(value))
    if _NETRC.search(text, max(0, start - _NEAR), start) is None:
        return None
    at = blanks.end()

    def plausible(value: str) -> bool:
        return text[at + len(value) : at + len(value) + 1] in ("", "\r", "\n") or not _WORDS.fullmatch(value)

    return _span(text, at, plausible)


def _block(text: str, start: int, at: int) -> tuple[int, int] | None:
    """The lines after ``name: |`` that are indented more than its own (YAML 1.2.2 section 8.1)."""
    block = _BLOCK.match(text, at + len(text[at : at + 9]) - len(text[at : at + 9].lstrip(" \t")))
    if block is None:
        return None
    lead = _LEAD.match(text, text.rfind("\n", 0, start) + 1)
    depth = lead.end() - lead.start() if lead is not None else 0
    if len(block[2]) <= depth:
        return None
    lines = re.compile(rf"[^\r\n]*+(?:(?:[ \t]*+\r?\n)*+[ \t]{{{depth + 1},}}+[^\s][^\r\n]*+)*+")
    value = lines.match(text, block.end())
    return None if value is None else value.span()


def _until(text: str, stop: str, at: int) -> int:
    found = text.find(stop, at)
    return len(text) if found < 0 else found


def _span(text: str, at: int, plausible: Callable[[str], bool]) -> tuple[int, int] | None:
    quoted = _QUOTED.match(text, at)
    if quoted is not None:
        return None if _says_nothing(quoted[2]) or _SENTENCE.fullmatch(quoted[2]) else quoted.span(2)
    cut = _CUT.match(text, at)
    if cut is not None:
        return cut.span(1)
    bare = _BARE.match(text, at)
    if bare is None:
        return None
    value = bare[0].rstrip(_TRAILING)
    if _says_nothing(value, code=True) or not plausible(value):
        return None
    return _whole(text, bare) if len(bare[0]) >= _LONG else (at, at + len(value))


def _whole(text: str, begun: re.Match[str]) -> tuple[int, int]:
    """The span of a value of which only so much was looked at as can tell whether it is one."""
    start, end = begun.span()
    return start, _REST.match(text, end).end() if end - start >= _LONG else end  # type: ignore[union-attr]  # matches anything


def _says_nothing(value: str, *, code: bool = False) -> bool:
    """Whether it is no value: the name of a type, a template, a call."""
    return not value or value.strip().lower() in _NO_VALUES or (code and _CODE.match(value) is not None)


def path_spots(path: str, names: Names) -> Iterator[Spot]:
    """The segments of a path that follow one which names a secret, or announces one."""
    at, before = 0, ""
    for segment in path.split("/"):
        if segment and before:
            sure = names.verdict(before) is Verdict.SECRET or fold(before) in MAILED
            short = fold(before) in ISSUED and segment.count("-") < 4 and looks_issued(segment)
            if short or ((sure or fold(before) in MARKERS) and _tells_secret(segment, sure=sure)):
                yield Spot(at, at + len(segment), before)
        at += len(segment) + 1
        before = segment


def _tells_secret(segment: str, *, sure: bool) -> bool:
    """Whether a segment is more than a word, a version or a small number; `sure`: after a secret name."""
    if sure:
        digits = sum(map(str.isdigit, segment))
        return digits > 0 and len(segment) >= (4 if digits == len(segment) else 6)
    return looks_opaque(segment) and segment.count("-") < 4  # a UUID names a thing


@lru_cache(maxsize=8)
def _cells(delimiter: str) -> re.Pattern[str]:
    rest = rf"[^{delimiter}\r\n]"
    return re.compile(rf"(?:\"((?:[^\"]|\"\")*+)\"|({rest}*+))({delimiter}|\r\n|\n|\r|\Z)")


def csv_spots(text: str, names: Names) -> Iterator[Spot]:
    """Every value of a table that stands in a column with a secret name, in order."""
    columns: list[str | None] = []
    heading, column = True, 0
    delimiter = max(",;\t", key=text.partition("\n")[0].count)
    for cell in _cells(delimiter).finditer(text):
        start, end = cell.span(1 if cell[1] is not None else 2)
        if heading:
            title = text[start:end].strip()
            columns.append(title if names.verdict(title) else None)
        elif column < len(columns) and start < end:
            name = columns[column]
            if name is not None and names.names_secret(name, text[start:end]):
                yield Spot(start, end, name)
        column += 1
        if cell[3] != delimiter:
            if heading and not any(columns):
                return
            heading, column = False, 0
