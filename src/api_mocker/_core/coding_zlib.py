"""gzip and deflate: RFC 1952, RFC 1950 and, as some servers send it, bare RFC 1951.

The law of this file: the container is kept as it is and only the compressed stream in it is made
again. Of the compressor's settings those that servers use are tried, the likeliest first, each
only as far as its output agrees; so a wrong guess costs one block of the stream.
"""

from __future__ import annotations

import struct
import zlib
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from .recipe import Settings, read, spell

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["PACKAGE", "begun", "decode", "encode"]

PACKAGE = ""

_DEFAULTS: Settings = {
    "level": 6,
    "mem": 8,  # memLevel, as zlib calls it
    "window": 15,  # its size is two to the power of this
    "header": "",  # the container's first bytes in hexadecimal; "none" is a bare stream
    "flush": "",  # sizes of the pieces of content after which the stream was flushed (Z_SYNC_FLUSH)
}
_LEVELS = (6, 9, 1, 5, 4, 7, 8, 3, 2, 0)
_BARE = "none"

_PIECE = 1 << 16
_STEP = 1 << 12  # coded bytes that are read at once where the stream may break
_LONGEST = 32 << 20  # content; a longer one is not coded again just to find a recipe
_AT_ONCE = 8 << 20  # content; whether a longer one is too long is seen before it is held
_WRONG_GUESSES = 8 << 20  # bytes of content, over all guesses
_MOST_FLUSHES = 256
_LONGEST_HEADER = 64

_HINT_AT = {"gzip": 8, "zlib": 1}  # the byte of a header that hints at the level
_FLUSHED = b"\x00\x00\xff\xff"  # how an empty stored block ends, which is what a flush leaves
_GZIP_UNUSUAL = 0xE2  # header checksum and reserved bits: clients disagree about them
_GZIP_EXTRA, _GZIP_NAME, _GZIP_COMMENT = 0x04, 0x08, 0x10


class _Guess(NamedTuple):
    level: int
    mem: int
    window: int
    flushes: tuple[int, ...]


def decode(coded: bytes, name: str, limit: int) -> tuple[bytes, str] | None:
    """The content and the recipe, None when `coded` is anything but one whole stream."""
    starts = (_gzip_start(coded),) if name != "deflate" else (_zlib_start(coded), 0)
    for start in starts:
        if start is None:
            continue
        header, kind = coded[:start], _kind(name, headed=start > 0)
        content, rest = _inflated(coded[start:], limit)
        if content is not None and rest == _trailer(kind, content):
            stream = coded[start : len(coded) - len(rest)]
            return content, _recipe(content, stream, header, kind)
    return None


def begun(coded: bytes, limit: int) -> bytes:
    """The content of all the streams that follow each other here, as far as they can be read."""
    for wbits in (zlib.MAX_WBITS | 32, -zlib.MAX_WBITS):  # gzip or zlib, told by their heads; else bare
        content = bytearray()
        at: int | None = 0
        while at is not None and at < len(coded):
            at = _inflated_into(content, coded, at, wbits, limit)
        if content:
            return bytes(content)
    return b""


def encode(content: bytes, name: str, recipe: str) -> bytes:
    """The coded content; ValueError when the recipe is none."""
    settings = read(recipe, _DEFAULTS)
    kind = _kind(name, headed=settings["header"] != _BARE)
    try:
        level, mem, window = (int(settings[key]) for key in ("level", "mem", "window"))
        flushes = tuple(map(int, str(settings["flush"]).split(","))) if settings["flush"] else ()
        header = b"" if kind == "bare" else bytes.fromhex(str(settings["header"]))
        stream = b"".join(_deflated(content, _Guess(level, mem, window, flushes)))
    except (ValueError, zlib.error):
        raise ValueError(f"the recipe {recipe!r} is none for {name}") from None
    return (header or _usual_header(kind, level, window)) + stream + _trailer(kind, content)


def _kind(name: str, *, headed: bool) -> str:
    """The container: gzip, zlib or bare (deflate comes with a header and without)."""
    return "gzip" if name != "deflate" else "zlib" if headed else "bare"


def _trailer(kind: str, content: bytes) -> bytes:
    if kind == "gzip":  # RFC 1952 section 2.3.1
        return struct.pack("<II", zlib.crc32(content), len(content) & 0xFFFFFFFF)
    return struct.pack(">I", zlib.adler32(content)) if kind == "zlib" else b""  # RFC 1950 section 2.2


def _gzip_start(coded: bytes) -> int | None:
    """Where the stream starts behind a gzip header (RFC 1952 section 2.3)."""
    if coded[:3] != b"\x1f\x8b\x08" or len(coded) < 18 or coded[3] & _GZIP_UNUSUAL:
        return None
    start = 10
    if coded[3] & _GZIP_EXTRA:
        start += 2 + int.from_bytes(coded[10:12], "little")
    for flag in (_GZIP_NAME, _GZIP_COMMENT):
        if coded[3] & flag:
            start = coded.find(b"\x00", start) + 1
            if not start:
                return None
    return start


def _zlib_start(coded: bytes) -> int | None:
    """2, the length of a zlib header without dictionary (RFC 1950 section 2.2), if there is one."""
    method, flags = coded[0], coded[1] if len(coded) > 1 else 0
    usual = method & 0x0F == 8 and method >> 4 <= 7 and not flags & 0x20
    return 2 if usual and (method << 8 | flags) % 31 == 0 else None


def _inflated(data: bytes, limit: int) -> tuple[bytes | None, bytes]:
    """The content of the stream that `data` begins with, and what follows the stream."""
    stream = zlib.decompressobj(-15)
    try:
        content = stream.decompress(data, min(limit, _AT_ONCE) + 1)
        if len(content) <= min(limit, _AT_ONCE):
            return (content if stream.eof else None), stream.unused_data
        del content
        size, rest = _measured(data, limit) if limit > _AT_ONCE else (None, b"")
        return (None if size is None else zlib.decompress(data, -15, size)), rest
    except zlib.error:
        return None, b""


def _measured(data: bytes, limit: int) -> tuple[int | None, bytes]:
    """How long the content is, None where it is too long or the stream does not end, and what follows it."""
    stream = zlib.decompressobj(-15)
    size = 0
    for at in range(0, len(data), _PIECE):
        rest = data[at : at + _PIECE]
        while rest and not stream.eof:
            size += len(stream.decompress(rest, _PIECE << 4))
            rest = stream.unconsumed_tail
            if size > limit:
                return None, b""
        if stream.eof:
            return size, stream.unused_data + data[at + _PIECE :]
    return None, b""


def _inflated_into(content: bytearray, coded: bytes, at: int, wbits: int, limit: int) -> int | None:
    """Adds what the stream at `at` holds; where the next one begins, None when it was cut or is broken."""
    stream = zlib.decompressobj(wbits)
    for start in range(at, len(coded), _STEP):
        if len(content) >= limit:
            return None
        piece = coded[start : start + _STEP]
        before = stream.copy()
        try:
            content += stream.decompress(piece)
        except zlib.error:
            with suppress(zlib.error):  # what stands before the break
                for byte in piece:
                    content += before.decompress(bytes([byte]))
            return None
        if stream.eof:
            return start + len(piece) - len(stream.unused_data)
    return None


def _usual_header(kind: str, level: int, window: int) -> bytes:
    """The header that zlib itself writes: a hint at the level is all that varies in it."""
    if kind == "bare":
        return b""
    if kind == "gzip":
        return b"\x1f\x8b\x08\x00\x00\x00\x00\x00%c\x03" % {0: 4, 1: 4, 9: 2}.get(level, 0)
    hint = 0 if level < 2 else 1 if level < 6 else 2 if level == 6 else 3
    first = (window - 8) << 12 | 0x0800 | hint << 6
    return struct.pack(">H", first + 31 - first % 31)


def _recipe(content: bytes, stream: bytes, header: bytes, kind: str) -> str:
    """What makes `stream` of `content` again; empty when that was not found."""
    if len(content) > _LONGEST or len(header) > _LONGEST_HEADER:
        return ""
    left = _WRONG_GUESSES
    for guess in _guesses(content, stream, header, kind):
        agreed = _agreement(content, stream, guess)
        if agreed is None:
            level, mem, window, flushes = guess
            usual = header and header == _usual_header(kind, level, window)
            spelled = "" if usual else header.hex() or _BARE
            sizes = ",".join(map(str, flushes))
            settings: Settings = {
                "level": level,
                "mem": mem,
                "window": window,
                "header": spelled,
                "flush": sizes,
            }
            return spell(settings, _DEFAULTS)
        left -= agreed
        if left < 0:
            break
    return ""


def _guesses(content: bytes, stream: bytes, header: bytes, kind: str) -> Iterator[_Guess]:
    window = max(9, (header[0] >> 4) + 8) if kind == "zlib" else 15
    shapes = [(8, window), (9, window)]
    nginx = _nginx(len(content))
    if kind == "gzip" and nginx not in shapes:
        shapes.insert(1, nginx)
    at = _HINT_AT.get(kind, 0)
    levels = sorted(_LEVELS, key=lambda level: header[at:][:1] != _usual_header(kind, level, window)[at:][:1])
    flushes = _flushes(stream)
    for sizes in (flushes, ()) if flushes else ((),):
        for mem, bits in shapes:
            for level in levels:
                yield _Guess(level, mem, bits, sizes)


def _nginx(length: int) -> tuple[int, int]:
    """The memLevel and the window as nginx sets them where it knows the length of the content."""
    mem, window = 8, 15
    while length < (1 << (window - 1)) - 262:
        mem, window = mem - 1, window - 1
    return mem, window


def _flushes(stream: bytes) -> tuple[int, ...]:
    """The sizes of the pieces of content that end where the stream was flushed."""
    if not 0 < stream.count(_FLUSHED) <= _MOST_FLUSHES:
        return ()
    inflate = zlib.decompressobj(-15)
    return tuple(len(inflate.decompress(piece + _FLUSHED)) for piece in stream.split(_FLUSHED)[:-1])


def _deflated(content: bytes, guess: _Guess) -> Iterator[bytes]:
    """The stream, in pieces."""
    deflate = zlib.compressobj(guess.level, zlib.DEFLATED, -guess.window, guess.mem)
    start = 0
    for size in (*guess.flushes, None):
        end = len(content) if size is None else min(start + size, len(content))
        for at in range(start, end, _PIECE):
            yield deflate.compress(content[at : min(at + _PIECE, end)])
        if size is not None:
            yield deflate.flush(zlib.Z_SYNC_FLUSH)
        start = end
    yield deflate.flush()


def _agreement(content: bytes, stream: bytes, guess: _Guess) -> int | None:
    """None when the guess makes this very stream, else how much content it took to see it does not."""
    at = taken = 0
    for piece in _deflated(content, guess):
        if not stream.startswith(piece, at):
            return min(taken, len(content)) + _PIECE
        at += len(piece)
        taken += _PIECE
    return None if at == len(stream) else taken
