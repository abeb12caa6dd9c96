"""How a text may write a value: every encoding in which a known secret is recognised.

The law of this file: an expression finds a value however often it was escaped, and no text makes it
try its ways twice.
"""

from __future__ import annotations

import base64
import json
import re
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple, TypeAlias
from urllib.parse import quote, quote_plus

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["LONGEST_MIXED", "SHARED", "Form", "Way", "expression", "forms", "is_number", "needles", "runs"]

LONGEST_MIXED = 2_048  # of longer values only the usual encodings are sought
_SHORTEST_BASE64 = 8  # characters of base64 that are the value's alone

_DIGITS = re.compile(r"\d+")
_PIECES = re.compile(r"\\+|.", re.DOTALL)
_RUN = re.compile(r"[A-Za-z0-9]+")
_ALNUM = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
_HTML = {"&": "amp", "<": "lt", ">": "gt", '"': "quot", "'": "apos"}
_JSON = {"\n": "n", "\r": "r", "\t": "t", "\b": "b", "\f": "f", '"': '"', "/": "/"}


class Way(NamedTuple):
    """One way of writing a character: the characters that it may begin with, and its expression.

    It ends at one place only, unless it is `ragged`: then at each second place before that, too.
    """

    first: str
    pattern: str
    ragged: bool = False


Form: TypeAlias = "tuple[str | tuple[Way, ...], ...]"
"""What an expression finds, one after the other: texts as they are, and ways of which the first counts."""

SHARED = (
    Way(_ALNUM + "+/_-", "[A-Za-z0-9+/_-]"),
    Way("%", "%(?:25)*2[BbFf]"),
)
"""A character of base64 that tells of its neighbour, too."""

_EITHER = {
    "+": (Way("+-", "[+-]"), Way("%", "%(?:25)*2[Bb]")),
    "/": (Way("_", "_"), Way("\\/", r"\\*/"), Way("%", "%(?:25)*2[Ff]")),
}


def runs(value: str) -> list[str]:
    """The runs of plain characters that stand in every way of writing `value` as a text."""
    return _RUN.findall(value)


def needles(value: str) -> list[str]:
    """A run of plain characters for each way of writing `value`: one of them is where it is."""
    cores = [core for _, core, _ in _base64(value)]
    return [max(runs(text), key=len, default="") for text in (value, *cores)]


@lru_cache(maxsize=1024)
def expression(value: str) -> re.Pattern[str]:
    """Finds `value` in every encoding; where it is in base64, that is the group."""
    if len(value) > LONGEST_MIXED and not is_number(value):
        plain = "|".join(re.escape(form) for form in _whole(value))
        coded = [_spelled(_in_base64(form)) for form in _base64(value)]
    else:
        plain, *coded = map(_spelled, forms(value))
    if is_number(value):
        plain = rf"(?<![\d.]){plain}(?!\d|\.\d)"
    return re.compile(f"{plain}|({'|'.join(coded)})" if coded else f"{plain}|((?!))")


def is_number(value: str) -> bool:
    """Whether it is digits alone: such a value is found where no others stand beside it."""
    return _DIGITS.fullmatch(value) is not None


def forms(value: str) -> list[Form]:
    """The forms of `value`: as a text, which is to stand alone where it is a number, and inside base64."""
    plain: Form = (value,) if is_number(value) else _joined(map(_ways, _PIECES.findall(value)))
    return [plain, *map(_in_base64, _base64(value))]


def _whole(value: str) -> list[str]:
    """The usual encodings of a long value, the longest first."""
    data = value.encode("utf-8", "surrogatepass")
    ways = {value, quote(data), quote(data, safe=""), quote_plus(data), json.dumps(value)[1:-1]}
    return sorted(ways, key=len, reverse=True)


def _base64(value: str) -> list[tuple[bool, str, bool]]:
    """`value` inside base64, at each of the three alignments: the characters that are its alone.

    And whether those before and after are shared with what stands beside it.
    """
    data = value.encode("utf-8", "surrogatepass")
    found = []
    for shift in range(3):
        coded = base64.b64encode(b"\0" * shift + data).decode().rstrip("=")
        first = (shift * 8 + 5) // 6
        last = (shift + len(data)) * 8 // 6
        if last - first >= _SHORTEST_BASE64:
            found.append((bool(shift), coded[first:last], bool((shift + len(data)) % 3)))
    return found


def _in_base64(form: tuple[bool, str, bool]) -> Form:
    before, core, after = form
    middle = _joined(_EITHER.get(char, char) for char in core)
    return (*((SHARED,) if before else ()), *middle, *((SHARED,) if after else ()))


def _joined(parts: Iterable[str | tuple[Way, ...]]) -> Form:
    """The form of these parts, its texts as long as they can be."""
    form: list[str | tuple[Way, ...]] = []
    for part in parts:
        last = form[-1] if form else None
        if isinstance(part, str) and isinstance(last, str):
            form[-1] = last + part
        else:
            form.append(part)
    return tuple(form)


def _spelled(form: Form) -> str:
    """The expression of a form."""
    return "".join(
        re.escape(part) if isinstance(part, str) else f"(?:{'|'.join(way.pattern for way in part)})"
        for part in form
    )


@lru_cache(maxsize=1024)
def _ways(piece: str) -> str | tuple[Way, ...]:
    """Every way in which a text may write `piece`: one character, or backslashes.

    Each nesting of JSON in JSON doubles the backslashes, so any number stands for some, and they
    are taken possessively: no text makes the expression try its ways twice.
    """
    if piece.isascii() and piece.isalnum():
        return piece
    if piece[0] == "\\":
        count = f"{{{len(piece)}}}"
        return (
            Way("\\", rf"\\{{{len(piece)},}}+"),
            Way("%", rf"(?:%(?:25)*5[Cc]){count}"),
            Way("\\", rf"(?:\\++u005[Cc]){count}"),
        )
    encoded = piece.encode("utf-8", "surrogatepass")
    units = piece.encode("utf-16-be", "surrogatepass").hex()
    ways = [
        Way(piece, re.escape(piece)),
        *([Way("+", r"\+")] if piece == " " else []),
        Way("%", "".join(f"%(?:25)*(?i:{byte:02x})" for byte in encoded), ragged=piece == "%"),
        Way("\\u", "".join(rf"\\*+u(?i:{units[at : at + 4]})" for at in range(0, len(units), 4))),
    ]
    if piece in _JSON:
        ways.append(Way("\\" + _JSON[piece], rf"\\*+{re.escape(_JSON[piece])}"))
    if piece in _HTML:
        ways.append(Way("&", f"&{_HTML[piece]};"))
    ways.append(Way("&", rf"&#(?:0*{ord(piece)}|[xX]0*(?i:{ord(piece):x}));"))
    if not piece.isascii():
        latin = encoded.decode("latin-1")
        ways.append(Way(latin[0], re.escape(latin)))
    return tuple(ways)
