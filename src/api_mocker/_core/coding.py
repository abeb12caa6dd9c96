"""Content codings (RFC 9110 section 8.4.1): taken off for people, put on again for clients.

The law of this file: a recipe is given only where it restored the exact coded bytes when it was
found, and `decode` declines whatever a client's own decoder might read in another way: what is
broken, cut, followed by anything, stacked or too big stays as it came.

Each coding lives in a file of its own, imported when such a body turns up. A recipe holds for the
compressor that found it: another build of the same library may code the same content in other
bytes, so whoever encodes must count their length anew.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Protocol, cast

from ..exceptions import UsageError
from .model import Coding

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["CODINGS", "MOST", "decode", "encode", "grown", "peek", "unknown_in"]


class _Rule(Protocol):
    """What the file of a coding offers. All raise ImportError when its library is not there."""

    PACKAGE: str
    """What to install to have it; empty when Python has it."""

    decode: Callable[[bytes, str, int], tuple[bytes, str] | None]
    """The content of these bytes, coded under this name and not longer than that, and the recipe.

    What is longer is never held whole.
    """

    encode: Callable[[bytes, str, str], bytes]
    """This content coded under this name after this recipe; ValueError when the recipe is none."""

    begun: Callable[[bytes, int], bytes]
    """The content as far as these bytes, cut, broken or followed by others, tell it; not much more than that."""


CODINGS = {
    "gzip": "coding_zlib",
    "x-gzip": "coding_zlib",
    "deflate": "coding_zlib",
    "br": "coding_brotli",
    "zstd": "coding_zstd",
    "aws-chunked": "coding_aws_chunked",
}
"""The codings, by the name that Content-Encoding gives them, and the file that knows each."""

MOST = 256 << 20
"""Bytes of content, up to which it is held decoded."""

_HARMLESS = 8 << 20
_MOST_EXPANSION = 200


def decode(coded: bytes, name: str) -> tuple[bytes, Coding] | None:
    """The content of `coded`, whose Content-Encoding is `name`, and how to code it again.

    None when it is better left as it is: the coding is unknown or several are stacked, its library
    is not installed, the data are empty, broken, cut or followed by others, or the content is
    longer than 256 MiB, or than 8 MiB and 200 times the coded bytes.
    """
    return _decoded(coded, name.strip().lower(), _bound(coded))


def grown(size: int) -> int:
    """What so many bytes may grow to: text shrinks to a tenth, hardly anything to less than a hundredth."""
    return max(_HARMLESS, size * _MOST_EXPANSION)


def _bound(coded: bytes) -> int:
    return min(MOST, grown(len(coded)))


def _decoded(coded: bytes, name: str, limit: int) -> tuple[bytes, Coding] | None:
    if name not in CODINGS or not coded:
        return None
    try:
        found = _rule(name).decode(coded, name, limit)
    except ImportError:
        return None
    if found is None:
        return None
    content, recipe = found
    return content, Coding(name, recipe)


def peek(coded: bytes, names: str) -> bytes | None:
    """As much of the content as can be read, of codings that are stacked or data that were cut, too.

    For looking only: what comes back is not promised to be what a client would read. Codings that are
    stacked grow together to no more than one may.
    """
    limit = _bound(coded)
    for name in reversed([name.strip().lower() for name in names.split(",")]):
        found = _decoded(coded, name, limit)
        coded = found[0] if found is not None else _begun(coded, name)
    return coded or None


def _begun(coded: bytes, name: str) -> bytes:
    try:
        return _rule(name).begun(coded, _HARMLESS) if name in CODINGS else b""
    except ImportError:
        return b""


def encode(content: bytes, coding: Coding) -> bytes:
    """`content` coded after the recipe of `coding`, or with the same settings always.

    UsageError when the coding is unknown or needs a package that is not installed; ValueError when
    the recipe is none.
    """
    if "," in coding.name:
        for name in coding.name.split(","):
            content = encode(content, Coding(name.strip()))
        return content
    if coding.name not in CODINGS:
        raise UsageError(f"there is no content coding {coding.name!r}; there are {', '.join(CODINGS)}")
    rule = _rule(coding.name)
    try:
        return rule.encode(content, coding.name, coding.recipe)
    except ImportError:
        raise UsageError(
            f"a recorded body is coded with {coding.name}, which needs the package {rule.PACKAGE}: "
            f"pip install {rule.PACKAGE}"
        ) from None


def unknown_in(names: str) -> str | None:
    """The first of these codings (one, or several with commas) that `encode` does not know."""
    return next((one for name in names.split(",") if (one := name.strip()) not in CODINGS), None)


def _rule(name: str) -> _Rule:
    return cast("_Rule", import_module(f".{CODINGS[name]}", __package__))
