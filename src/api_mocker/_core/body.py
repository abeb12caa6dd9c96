"""Body bytes as fields that people can read, and back.

The law of this file: ``unpack(pack(content, ...)) == content``, byte for byte, for all content.
`CODECS` is an ordered table; the first codec that gives these exact bytes back wins, and that is
found out by doing it. The last one holds anything.
"""

from __future__ import annotations

import binascii
import codecs
import re
from base64 import encodebytes
from dataclasses import dataclass
from typing import TYPE_CHECKING

from . import json_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["CODECS", "Codec", "extension_for", "is_json", "pack", "unpack"]

_JSON_TYPE = re.compile(r"(?:application|text)/json|[^/]+/[^/]+\+json")  # RFC 6839 section 3.1
_JSON_LINES = frozenset(
    {
        "application/jsonl",
        "application/jsonlines",
        "application/json-seq",
        "application/ndjson",
        "application/x-jsonlines",
        "application/x-ndjson",
    }
)

# What YAML calls printable (YAML 1.2.2, production 1). Text holds nothing else, and what does is
# something binary that happens to be well-formed.
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")

# Python's codecs that are no charsets of texts, depend on the machine, or are very slow.
_NO_CHARSETS = frozenset(
    {"idna", "mbcs", "oem", "punycode", "raw-unicode-escape", "undefined", "unicode-escape", "utf-7"}
)


@dataclass(frozen=True, slots=True)
class Codec:
    """One way of writing a body down.

    `pack(content, media_type, charset)` gives the fields, the first of which bears the codec's
    name, or None where it declines; `unpack(fields)` gives the content, ValueError in plain words
    where the fields cannot be read. `options` are the fields that may stand beside the first.
    """

    pack: Callable[[bytes, str, str | None], dict[str, str] | None]
    unpack: Callable[[Mapping[str, str]], bytes]
    options: frozenset[str] = frozenset()


def pack(content: bytes, media_type: str, charset: str | None) -> dict[str, str]:
    """The fields that hold `content`: no field where it is empty.

    `media_type` is without parameters (RFC 9110 section 8.3.1) and may be empty; `charset` is the
    one declared with it, if any. Both only decide which reading is tried first.
    """
    if content:
        for codec in CODECS.values():
            fields = codec.pack(content, media_type.strip().lower(), charset)
            if fields is not None and _restores(fields, content):
                return fields
    return {}


def unpack(fields: Mapping[str, str]) -> bytes:
    """The content that these fields hold; ValueError in plain words when they hold none."""
    if not fields:
        return b""
    found = [name for name in CODECS if name in fields]
    if len(found) != 1:
        held = " and ".join(found) or "none of them"
        raise ValueError(f"a body is one of {', '.join(CODECS)}; this one holds {held}")
    codec = CODECS[found[0]]
    for name in fields:
        if name != found[0] and name not in codec.options:
            raise ValueError(f"{name!r} means nothing beside {found[0]!r}")
    return codec.unpack(fields)


def is_json(media_type: str) -> bool:
    """Whether one JSON text is what this media type stands for (JSON lines are none)."""
    return bool(_JSON_TYPE.fullmatch(media_type)) and media_type not in _JSON_LINES


def _restores(fields: dict[str, str], content: bytes) -> bool:
    try:
        return unpack(fields) == content
    except ValueError:
        return False


def _pack_json(content: bytes, media_type: str, charset: str | None) -> dict[str, str] | None:
    del charset  # JSON is UTF-8 (RFC 8259 section 8.1)
    if not is_json(media_type) and (content[:1] not in (b"{", b"[") or media_type in _JSON_LINES):
        return None
    try:
        found = json_text.prettify(content.decode("utf-8"))
    except UnicodeDecodeError:
        return None
    if found is None:
        return None
    pretty, layout = found
    return {"json": pretty} if layout == json_text.DEFAULT_LAYOUT else {"json": pretty, "layout": layout}


def _unpack_json(fields: Mapping[str, str]) -> bytes:
    layout = fields.get("layout", json_text.DEFAULT_LAYOUT)
    return _encoded(json_text.restore(fields["json"], layout), "utf-8")


def _pack_text(content: bytes, media_type: str, charset: str | None) -> dict[str, str] | None:
    del media_type
    declared = _charset(charset or "") or "utf-8"
    for name in (declared, "utf-8") if declared != "utf-8" else (declared,):
        try:
            text = content.decode(name)
        except ValueError:
            continue
        if not _UNPRINTABLE.search(text):
            plain = name == "utf-8" or text.encode("utf-8") == content
            return {"text": text} if plain else {"text": text, "charset": name}
    return None


def _unpack_text(fields: Mapping[str, str]) -> bytes:
    charset = fields.get("charset", "utf-8")
    if _charset(charset) is None:
        raise ValueError(f"there is no charset {charset!r}")
    return _encoded(fields["text"], charset)


def _pack_base64(content: bytes, media_type: str, charset: str | None) -> dict[str, str]:
    del media_type, charset
    return {"base64": encodebytes(content).decode("ascii").removesuffix("\n")}


def _unpack_base64(fields: Mapping[str, str]) -> bytes:
    try:
        return binascii.a2b_base64("".join(fields["base64"].split()), strict_mode=True)
    except ValueError as error:
        raise ValueError(f"this is no base64: {error}") from None


CODECS: dict[str, Codec] = {
    "json": Codec(_pack_json, _unpack_json, frozenset({"layout"})),
    "text": Codec(_pack_text, _unpack_text, frozenset({"charset"})),
    "base64": Codec(_pack_base64, _unpack_base64),
}
"""Every way of writing a body down, in the order in which they are tried."""


def _encoded(text: str, charset: str) -> bytes:
    try:
        return text.encode(charset)
    except UnicodeEncodeError as error:
        what = f"U+{ord(text[error.start]):04X}"
        raise ValueError(f"the charset {charset} has no {what}, which stands in this body") from None


def _charset(name: str) -> str | None:
    """Python's own name of a charset, None when it knows none by that name."""
    try:
        found = codecs.lookup(name)
        " ".encode(name)  # refuses the codecs that turn bytes into bytes
    except (LookupError, ValueError):
        return None
    return None if found.name in _NO_CHARSETS else found.name


_EXTENSIONS = {
    "application/gzip": ".gz",
    "application/javascript": ".js",
    "application/msword": ".doc",
    "application/octet-stream": ".bin",
    "application/pdf": ".pdf",
    "application/vnd.ms-excel": ".xls",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": ".pptx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
    "application/wasm": ".wasm",
    "application/x-tar": ".tar",
    "application/xml": ".xml",
    "application/yaml": ".yaml",
    "application/zip": ".zip",
    "audio/mpeg": ".mp3",
    "image/jpeg": ".jpg",
    "image/svg+xml": ".svg",
    "image/tiff": ".tif",
    "image/vnd.microsoft.icon": ".ico",
    "image/x-icon": ".ico",
    "text/calendar": ".ics",
    "text/css": ".css",
    "text/csv": ".csv",
    "text/html": ".html",
    "text/javascript": ".js",
    "text/markdown": ".md",
    "text/xml": ".xml",
    "video/quicktime": ".mov",
}
_SPEAKING = re.compile(r"(?:audio|font|image|video)/([a-z0-9]{2,5})")
"""Media types whose subtype is what files of that type are called: image/png, font/woff2."""


def extension_for(media_type: str) -> str:
    """The extension, with its dot, of a file that holds a body of this media type.

    From a table of our own: the one of the standard library reads the machine's files, and a
    cassette must not depend on the machine.
    """
    media_type = media_type.strip().lower()
    if media_type in _EXTENSIONS:
        return _EXTENSIONS[media_type]
    if is_json(media_type):
        return ".json"
    if speaking := _SPEAKING.fullmatch(media_type):
        return f".{speaking[1]}"
    if media_type.endswith("+xml"):
        return ".xml"
    return ".txt" if media_type.startswith("text/") or media_type in _JSON_LINES else ".bin"
