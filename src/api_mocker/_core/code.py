"""Python code of declarations, laid out as formatters lay it out.

The law of this file: what is printed can be imported, and means what it was made of. What was
redacted is written as ``ANY``, or as a field of a template where it stands in a path.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from .canonical import Canonical, Ignore
from .placeholders import PLACEHOLDER, holds_placeholder, unquoted

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from .canonical import Pairs
    from .model import Request

__all__ = ["Call", "Raw", "arguments", "call_of", "path_of", "rendered", "value_of"]

WIDTH = 100
_NOTHING = Ignore()
_CONTENT_SHOWN = 200


@dataclass(frozen=True, slots=True)
class Raw:
    """Code as it stands."""

    text: str


@dataclass(frozen=True, slots=True)
class Call:
    """A call: what is called, and its arguments with their keywords (empty for positional ones)."""

    name: str
    arguments: tuple[tuple[str, object], ...]


ANY = Raw("ANY")


def rendered(value: object, before: int = 0, indent: int = 0, behind: int = 0) -> str:
    """The code of a value, `before` characters into a line that is indented by `indent`.

    What does not fit into the line with `behind` more characters stands one item a line.
    """
    flat = _flat(value)
    if before + len(flat) + behind <= WIDTH or isinstance(value, Raw | str | bytes):
        return flat
    opened, items, closed = _parts(value)
    if not items:
        return flat
    inner = indent + 4
    lines = [f"{' ' * inner}{label}{rendered(item, inner + len(label), inner, 1)}," for label, item in items]
    return "\n".join([opened, *lines, " " * indent + closed])


def _parts(value: object) -> tuple[str, list[tuple[str, object]], str]:
    if isinstance(value, Call):
        return f"{value.name}(", [(f"{name}=" if name else "", item) for name, item in value.arguments], ")"
    if isinstance(value, dict):
        return "{", [(f"{_flat(name)}: ", item) for name, item in value.items()], "}"
    if isinstance(value, list):
        return "[", [("", item) for item in value], "]"
    if isinstance(value, tuple):
        return "(", [("", item) for item in value], ")"
    return "", [], ""


def _flat(value: object) -> str:
    if isinstance(value, Raw):
        return value.text
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, bytes):
        return "b" + _quoted_bytes(value)
    opened, items, closed = _parts(value)
    if not opened:
        return repr(value)
    inner = ", ".join(label + _flat(item) for label, item in items)
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
    if not holds_placeholder(plain):
        return path.replace("{", "%7B").replace("}", "%7D")
    pieces = [
        PLACEHOLDER.sub(field, piece)
        if holds_placeholder(piece)
        else piece.replace("{", "%7B").replace("}", "%7D")
        for piece in plain.split("/")
    ]
    return "/".join(pieces)


def arguments(request: Request) -> list[tuple[str, object]]:
    """The keywords of a declaration of this (redacted) request: query and body."""
    live = Canonical(request, _NOTHING)
    out: list[tuple[str, object]] = []
    query = [*parse_qsl(urlsplit(request.url).query, keep_blank_values=True, errors="surrogateescape")]
    if live.query:
        out.append(("query", _pairs(tuple(pair for pair in query if pair in live.query))))
    match live.body.kind:
        case "json" if not _is_strange(live.body.value):
            out.append(("json", value_of(live.body.value)))
        case "form":
            out.append(("data", _pairs(live.body.value)))
        case "multipart":
            out += _multipart(live.body.value)
        case "none":
            pass
        case _:
            out.append(("content", ANY if holds_placeholder(request.body) else request.body))
    return out


def _is_strange(value: Any) -> bool:
    """Whether it holds a number that no Python literal restores."""
    if isinstance(value, str):
        return value.startswith("\0number ")
    items: Iterable[Any] = (
        value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    )
    return any(map(_is_strange, items))


def _pairs(pairs: Pairs) -> dict[str, object]:
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


def call_of(request: Request) -> str:
    """A declaration of this request (redacted) on one line; a long body is left open."""
    parts = urlsplit(request.url)
    called: list[tuple[str, object]] = [("", path_of(parts.path or "/")), *arguments(request)]
    shown = [
        (name, ANY if name not in ("", "query") and len(_flat(value)) > _CONTENT_SHOWN else value)
        for name, value in called
    ]
    method = request.method.lower()
    if method in ("get", "post", "put", "patch", "delete", "head", "options"):
        return _flat(Call(f"api_mocker.{method}", tuple(shown)))
    return _flat(Call("api_mocker.route", (("", request.method), *shown)))
