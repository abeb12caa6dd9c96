"""Python code of declarations, laid out as formatters lay it out.

The law of this file: what is printed can be imported, and means what it was made of. What was
redacted is written as ``ANY``, or as a field of a template where it stands in a path.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING, Any
from unicodedata import category, east_asian_width
from urllib.parse import parse_qsl, urlsplit

from .canonical import Canonical, Ignore
from .placeholders import PLACEHOLDER, holds_placeholder, is_stand_in, unquoted

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from .model import Request

__all__ = [
    "ANY",
    "WIDTH",
    "Call",
    "Lines",
    "Raw",
    "Sum",
    "arguments",
    "call_of",
    "flat",
    "is_literal",
    "path_of",
    "rendered",
    "text_of",
    "value_of",
    "width",
]

WIDTH = 100
_NOTHING = Ignore()
_CONTENT_SHOWN = 200
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_DEEPEST = 40


@dataclass(frozen=True, slots=True)
class Raw:
    """Code as it stands."""

    text: str


@dataclass(frozen=True, slots=True)
class Call:
    """A call: what is called, and its arguments with their keywords (empty for positional ones)."""

    name: str
    arguments: tuple[tuple[str, object], ...]


@dataclass(frozen=True, slots=True)
class Lines:
    """A text, or bytes, too long for one line: its literals stand below each other."""

    pieces: tuple[str | bytes, ...]


@dataclass(frozen=True, slots=True)
class Sum:
    """A call, and a text that is added to what it returns."""

    call: Call
    text: str


ANY = Raw("ANY")


def rendered(value: object, before: int = 0, indent: int = 0, behind: int = 0) -> str:
    """The code of a value, `before` characters into a line that is indented by `indent`.

    What does not fit into the line with `behind` more characters stands one item a line; the
    arguments of a call stand on one line of their own where they fit there.
    """
    line = flat(value)
    if before + width(line) + behind <= WIDTH or isinstance(value, Raw | str | bytes):
        return line
    if isinstance(value, Lines):
        return f"(\n{_pieces(value, indent + 4)}\n{' ' * indent})"
    if isinstance(value, Sum):
        return f"{rendered(value.call, before, indent)}\n{' ' * indent}+ {flat(value.text)}"
    opened, items, closed = _parts(value)
    if not items:
        return line
    inner = indent + 4
    if isinstance(value, Call):
        alone = ", ".join(label + flat(item) for label, item in items)
        if inner + width(alone) <= WIDTH:
            return f"{opened}\n{' ' * inner}{alone}\n{' ' * indent}{closed}"
        if len(items) == 1:
            return f"{opened}\n{_only(*items[0], inner)}\n{' ' * indent}{closed}"
    lines = [f"{' ' * inner}{label}{rendered(item, inner + len(label), inner, 1)}," for label, item in items]
    return "\n".join([opened, *lines, " " * indent + closed])


def width(line: str) -> int:
    """The columns that a line takes, as formatters count them: wide characters take two."""
    if line.isascii():
        return len(line)
    return sum(
        2 if east_asian_width(letter) in "WF" else 0 if category(letter) in ("Mn", "Me", "Cf") else 1
        for letter in line
    )


def _only(label: str, item: object, indent: int) -> str:
    """The one argument of a call, on lines of its own."""
    if isinstance(item, Lines) and not label:
        return _pieces(item, indent)
    return " " * indent + label + rendered(item, indent + len(label), indent)


def _pieces(lines: Lines, indent: int) -> str:
    return "\n".join(" " * indent + flat(piece) for piece in lines.pieces)


def _parts(value: object) -> tuple[str, list[tuple[str, object]], str]:
    if isinstance(value, Call):
        return f"{value.name}(", [(f"{name}=" if name else "", item) for name, item in value.arguments], ")"
    if isinstance(value, dict):
        return "{", [(f"{flat(name)}: ", item) for name, item in value.items()], "}"
    if isinstance(value, list):
        return "[", [("", item) for item in value], "]"
    if isinstance(value, tuple):
        return "(", [("", item) for item in value], ")"
    return "", [], ""


def flat(value: object) -> str:
    """The code of a value on one line."""
    if isinstance(value, Raw):
        return value.text
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, bytes):
        return "b" + _quoted_bytes(value)
    if isinstance(value, Lines):
        return " ".join(map(flat, value.pieces))
    if isinstance(value, Sum):
        return f"{flat(value.call)} + {flat(value.text)}"
    opened, items, closed = _parts(value)
    if not opened:
        return repr(value).replace("e+", "e")
    inner = ", ".join(label + flat(item) for label, item in items)
    return f"{opened}{inner}{',' if isinstance(value, tuple) and len(items) == 1 else ''}{closed}"


def _quoted(text: str) -> str:
    if text.count('"') > text.count("'"):
        return "'" + repr('"' + text)[2:-1] + "'"
    return '"' + repr('"' + text)[2:-1].replace("\\'", "'").replace('"', '\\"') + '"'


def _quoted_bytes(content: bytes) -> str:
    if content.count(b'"') > content.count(b"'"):
        return "'" + repr(b'"' + content)[3:-1] + "'"
    return '"' + repr(b'"' + content)[3:-1].replace("\\'", "'").replace('"', '\\"') + '"'


def value_of(value: Any) -> object:
    """A JSON value as code, ``ANY`` where something was redacted."""
    if isinstance(value, str):
        return ANY if holds_placeholder(value) else value
    if isinstance(value, dict):
        return {name: value_of(item) for name, item in value.items()}
    if isinstance(value, list):
        return [value_of(item) for item in value]
    if isinstance(value, int | float) and is_stand_in(str(value)):
        return ANY
    return value


def path_of(path: str) -> str:
    """A path, as a template where something in it was redacted."""
    names: dict[str, int] = {}

    def field(found: Any) -> str:
        name = "".join(letter if letter.isalnum() else "_" for letter in found[1]).strip("_") or "value"
        name = f"_{name}" if name[0].isdigit() else name
        names[name] = names.get(name, 0) + 1
        return f"{{{name}{'' if names[name] == 1 else f'_{names[name]}'}}}"

    plain = unquoted(path)
    return PLACEHOLDER.sub(field, plain.replace("{", "%7B").replace("}", "%7D"))


def arguments(request: Request) -> list[tuple[str, object]]:
    """The keywords of a declaration of this (redacted) request: query and body."""
    live = Canonical(request, _NOTHING)
    out: list[tuple[str, object]] = []
    query = [*parse_qsl(urlsplit(request.url).query, keep_blank_values=True, errors="surrogateescape")]
    if live.query:
        out.append(("query", _pairs(pair for pair in query if pair in live.query)))
    match live.body.kind:
        case "json" if is_literal(live.body.value):
            out.append(("json", value_of(live.body.value)))
        case "form":
            sent = parse_qsl(request.body.decode(), keep_blank_values=True, errors="surrogateescape")
            out.append(("data", _pairs(pair for pair in sent if pair in live.body.value)))
        case "multipart":
            out += _multipart(live.body.value)
        case "none":
            pass
        case _:
            out.append(("content", ANY if holds_placeholder(request.body) else text_of(request.body)))
    return out


def is_literal(value: Any, depth: int = 0) -> bool:
    """Whether a Python literal restores it: no number that a float would round, nor deeper than compilers nest."""
    if isinstance(value, str):
        return not value.startswith("\0number ")
    if isinstance(value, float):
        return isfinite(value)
    items: Iterable[Any] = (
        value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    )
    return depth < _DEEPEST and all(is_literal(item, depth + 1) for item in items)


def text_of(content: bytes) -> str | bytes:
    """The text, where it is one; who takes either reads it better."""
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return content
    return content if _CONTROL.search(text) else text


def _pairs(pairs: Iterable[tuple[str, str]]) -> dict[str, object]:
    grouped: dict[str, list[object]] = {}
    for name, value in pairs:
        grouped.setdefault(name, []).append(value_of(unquoted(value)))
    return {name: values[0] if len(values) == 1 else values for name, values in grouped.items()}


def _multipart(parts: Sequence[Any]) -> list[tuple[str, object]]:
    fields = tuple(
        (part.name, part.content.decode("utf-8", "replace")) for part in parts if not part.filename
    )
    files = [part for part in parts if part.filename]
    out: list[tuple[str, object]] = [("data", _pairs(fields))] if fields else []
    items: list[object] = [
        (
            part.name,
            (part.filename, ANY if holds_placeholder(part.content) else part.content, part.media_type),
        )
        for part in files
    ]
    return [*out, ("files", items)]


def call_of(request: Request, headers: Mapping[str, str] | None = None) -> str:
    """A declaration of this request (redacted) on one line; a long body is left open.

    `headers` are those (redacted) that the declaration is to name.
    """
    parts = urlsplit(request.url)
    called: list[tuple[str, object]] = [("", path_of(parts.path or "/")), *arguments(request)]
    if headers:
        called.append(("headers", {name: value_of(value) for name, value in headers.items()}))
    shown = [
        (name, ANY if name not in ("", "query") and len(flat(value)) > _CONTENT_SHOWN else value)
        for name, value in called
    ]
    method = request.method.lower()
    if method in ("get", "post", "put", "patch", "delete", "head", "options"):
        return flat(Call(f"api_mocker.{method}", tuple(shown)))
    return flat(Call("api_mocker.route", (("", request.method), *shown)))
