"""Brotli (RFC 7932), with ``brotli`` or ``brotlicffi``, whichever is installed.

The window's size stands in the stream, so only the quality has to be found; the mode "text" makes
no other bytes, and "font" is for fonts that are compressed inside. The encoder holds its output
back for megabytes, so no guess can be judged by a prefix: what the guesses may cost is bounded
instead, by a table of measured prices.
"""

from __future__ import annotations

from contextlib import suppress
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Protocol, cast

from .recipe import Settings, read, spell

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["PACKAGE", "begun", "decode", "encode"]

PACKAGE = "brotli"

_DEFAULTS: Settings = {"quality": 5, "window": 22}
_GENERIC = 0

_PRICES = {4: 15, 5: 20, 6: 26, 11: 1100, 1: 4, 3: 8, 2: 7, 9: 80, 7: 53, 8: 58, 0: 3, 10: 350}
"""Nanoseconds per byte of content at each quality, in the order in which they are tried."""

_BUDGET = 500_000_000  # nanoseconds
_AT_ONCE = 8 << 20  # content; whether a longer one is too long is seen before it is held
_STEP = 1 << 6  # coded bytes that are read at once where the stream may break


class _Decompressor(Protocol):
    def process(self, data: bytes, output_buffer_limit: int = ...) -> bytes: ...

    def is_finished(self) -> bool: ...


class _Library(Protocol):
    error: type[Exception]
    Decompressor: Callable[[], _Decompressor]
    compress: Callable[[bytes, int, int, int], bytes]  # content, mode, quality, window


def decode(coded: bytes, name: str, limit: int) -> tuple[bytes, str] | None:
    """The content and the recipe, None when `coded` is anything but one whole stream."""
    del name
    library = _library()
    stream = library.Decompressor()
    try:
        if hasattr(stream, "can_accept_more_data"):
            if limit > _AT_ONCE and _is_longer(library.Decompressor(), coded, limit):
                return None
            content = stream.process(coded, output_buffer_limit=limit + 1)
        else:  # a release before 1.2, which can be stopped between pieces only
            content = _in_steps(stream, coded, limit)
    except library.error:
        return None
    if not stream.is_finished() or len(content) > limit:
        return None
    for settings in _guesses(coded, len(content)):
        if _compressed(library, content, settings) == coded:
            return content, spell(settings, _DEFAULTS)
    return content, ""


def _is_longer(stream: _Decompressor, coded: bytes, limit: int) -> bool:
    """Whether the content is longer, seen without holding it."""
    size = len(stream.process(coded, output_buffer_limit=_AT_ONCE))
    while size <= limit and not stream.is_finished():
        piece = stream.process(b"", output_buffer_limit=_AT_ONCE)
        if not piece:
            break
        size += len(piece)
    return size > limit


def _in_steps(stream: _Decompressor, coded: bytes, limit: int) -> bytes:
    pieces: list[bytes] = []
    size = 0
    for at in range(0, len(coded), _STEP):
        pieces.append(stream.process(coded[at : at + _STEP]))
        size += len(pieces[-1])
        if size > limit:
            break
    return b"".join(pieces)


def begun(coded: bytes, limit: int) -> bytes:
    """The content as far as it can be read."""
    library = _library()
    stream = library.Decompressor()
    most = {"output_buffer_limit": limit} if hasattr(stream, "can_accept_more_data") else {}
    content = bytearray()
    with suppress(library.error):
        for at in range(0, len(coded), _STEP):
            if len(content) >= limit:
                break
            content += stream.process(coded[at : at + _STEP], **most)
    return bytes(content)


def encode(content: bytes, name: str, recipe: str) -> bytes:
    """The coded content; ValueError when the recipe is none."""
    library = _library()
    settings = read(recipe, _DEFAULTS)
    try:
        return _compressed(library, content, settings)
    except (ValueError, OverflowError, library.error):
        raise ValueError(f"the recipe {recipe!r} is none for {name}") from None


@cache
def _library() -> _Library:
    try:
        return cast("_Library", import_module("brotli"))
    except ImportError:
        return cast("_Library", import_module("brotlicffi"))


def _compressed(library: _Library, content: bytes, settings: Settings) -> bytes:
    return library.compress(content, _GENERIC, int(settings["quality"]), int(settings["window"]))


def _guesses(coded: bytes, length: int) -> Iterator[Settings]:
    window = _window(coded[0])
    left = _BUDGET
    for quality, price in _PRICES.items():
        if price * length <= left:
            left -= price * length
            yield {"quality": quality, "window": window}


def _window(first: int) -> int:
    """The size of the window, as a power of two (RFC 7932 section 9.1)."""
    if not first & 1:
        return 16
    if first >> 1 & 7:
        return 17 + (first >> 1 & 7)
    return 8 + (first >> 4 & 7) if first >> 4 & 7 else 17
