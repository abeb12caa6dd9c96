"""Zstandard (RFC 8878), with Python's own module, its backport, or ``zstandard``.

The frame's header says whether it holds a checksum and the size of the content, so the level alone
has to be found, and whether the encoder knew the size beforehand. As with Brotli, what the guesses
may cost is bounded by a table of measured prices.
"""

from __future__ import annotations

from contextlib import suppress
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple

from .recipe import Settings, read, spell

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["PACKAGE", "begun", "decode", "encode"]

PACKAGE = "backports-zstd"

_DEFAULTS: Settings = {
    "level": 3,
    "checksum": 0,
    "size": 1,  # whether the header tells the size of the content
    "stream": 0,  # whether the encoder was not told that size
}

_PRICES = {3: 5, 1: 2, 2: 4, 6: 11, 5: 9, 4: 6, 7: 14, 8: 18, 9: 22, 10: 30, 11: 45, 12: 63, -1: 2} | {
    19: 800, 15: 340, 13: 200, 14: 270, 16: 400, 17: 550, 18: 700, 20: 800, 21: 800, 22: 800
}  # fmt: skip
"""Nanoseconds per byte of content at each level, in the order in which they are tried."""

_BUDGET = 500_000_000  # nanoseconds
_HIGHEST_STREAMED = 11  # above, an encoder that does not know the size takes hundreds of megabytes
_AT_ONCE = 8 << 20  # content; whether a longer one is too long is seen before it is held
_PIECE = 1 << 10  # of coded bytes; a block of four may stand for 128 KiB


class _Library(NamedTuple):
    error: type[Exception]
    decompressor: Callable[[], Any]  # Any: `decompress(data)` and `eof` are all that is used of it
    compress: Callable[[bytes, Settings], bytes]


def decode(coded: bytes, name: str, limit: int) -> tuple[bytes, str] | None:
    """The content and the recipe, None when `coded` is anything but one whole frame."""
    del name
    library = _library()
    try:
        if limit > _AT_ONCE and _read(library, coded, limit, held=False) is None:
            return None
        content = _read(library, coded, limit, held=True)
    except library.error:
        return None
    if content is None:
        return None
    for settings in _guesses(coded, len(content)):
        if library.compress(content, settings) == coded:
            return content, spell(settings, _DEFAULTS)
    return content, ""


def _read(library: _Library, coded: bytes, limit: int, *, held: bool) -> bytes | None:
    """The content, empty unless it is to be held; None where it is too long or not one whole frame."""
    stream = library.decompressor()
    pieces: list[bytes] = []
    size = 0
    for at in range(0, len(coded), _PIECE):
        if stream.eof or size > limit:
            return None
        piece = stream.decompress(coded[at : at + _PIECE])
        size += len(piece)
        if held:
            pieces.append(piece)
    return b"".join(pieces) if stream.eof and not stream.unused_data and size <= limit else None


def begun(coded: bytes, limit: int) -> bytes:
    """The content of all the frames that follow each other here, as far as they can be read."""
    library = _library()
    content = bytearray()
    stream = library.decompressor()
    with suppress(library.error):
        for at in range(0, len(coded), _PIECE):
            rest = coded[at : at + _PIECE]
            while rest and len(content) < limit:
                content += stream.decompress(rest)
                rest = stream.unused_data if stream.eof else b""
                if stream.eof:
                    stream = library.decompressor()
    return bytes(content)


def encode(content: bytes, name: str, recipe: str) -> bytes:
    """The coded content; ValueError when the recipe is none."""
    library = _library()
    settings = read(recipe, _DEFAULTS)
    try:
        return library.compress(content, settings)
    except (ValueError, OverflowError, library.error):
        raise ValueError(f"the recipe {recipe!r} is none for {name}") from None


def _guesses(coded: bytes, length: int) -> Iterator[Settings]:
    if len(coded) < 5:
        return
    flags = coded[4]  # Frame_Header_Descriptor, RFC 8878 section 3.1.1.1.1
    sized, checksum = int(flags & 0xE0 != 0), flags >> 2 & 1
    left = _BUDGET
    for level, price in _PRICES.items():
        for stream in (0,) if sized else (1, 0):
            if price * length <= left and (level <= _HIGHEST_STREAMED or not stream):
                left -= price * length
                yield {"level": level, "checksum": checksum, "size": sized, "stream": stream}


@cache
def _library() -> _Library:
    for name in ("compression.zstd", "backports.zstd"):
        try:
            return _python_library(import_module(name))
        except ImportError:
            continue
    return _zstandard_library(import_module("zstandard"))


def _python_library(module: Any) -> _Library:  # Any: which of two modules it is, is known at run time
    def compress(content: bytes, settings: Settings) -> bytes:
        parameter = module.CompressionParameter
        options = {
            parameter.compression_level: settings["level"],
            parameter.checksum_flag: settings["checksum"],
            parameter.content_size_flag: settings["size"],
        }
        compressor = module.ZstdCompressor(options=options)
        if settings["stream"]:
            return bytes(compressor.compress(content) + compressor.flush())
        return bytes(compressor.compress(content, mode=compressor.FLUSH_FRAME))

    return _Library(module.ZstdError, module.ZstdDecompressor, compress)


def _zstandard_library(module: Any) -> _Library:  # Any: the module is known at run time only
    def compress(content: bytes, settings: Settings) -> bytes:
        compressor = module.ZstdCompressor(
            level=settings["level"],
            write_checksum=bool(settings["checksum"]),
            write_content_size=bool(settings["size"]),
        )
        if settings["stream"]:
            stream = compressor.compressobj()
            return bytes(stream.compress(content) + stream.flush())
        return bytes(compressor.compress(content))

    return _Library(module.ZstdError, lambda: module.ZstdDecompressor().decompressobj(), compress)
