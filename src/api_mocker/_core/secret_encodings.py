"""How a text may write a value: every encoding in which a known secret is recognised.

The law of this file: an expression finds a value however often it was escaped, and no text makes it
try its ways twice.
"""

from __future__ import annotations

import base64
import json
import re
from functools import lru_cache
from urllib.parse import quote, quote_plus

__all__ = ["expression", "needles"]

_LONGEST_MIXED = 2_048  # of longer values only the usual encodings are sought
_SHORTEST_BASE64 = 8  # characters of base64 that are the value's alone

_DIGITS = re.compile(r"\d+")
_PIECES = re.compile(r"\\+|.", re.DOTALL)
_RUN = re.compile(r"[A-Za-z0-9]+")
_HTML = {"&": "amp", "<": "lt", ">": "gt", '"': "quot", "'": "apos"}
_JSON = {"\n": "n", "\r": "r", "\t": "t", "\b": "b", "\f": "f", '"': '"', "/": "/"}


def needles(value: str) -> list[str]:
    """A run of plain characters for each way of writing `value`: one of them is where it is."""
    cores = [core for _, core, _ in _base64(value)]
    return [max(_RUN.findall(text), key=len, default="") for text in (value, *cores)]


@lru_cache(maxsize=1024)
def expression(value: str) -> re.Pattern[str]:
    """Finds `value` in every encoding; where it is in base64, that is the group."""
    if _DIGITS.fullmatch(value):
        plain = rf"(?<![\d.]){value}(?!\d|\.\d)"
    elif len(value) > _LONGEST_MIXED:
        forms = {value, quote(value), quote(value, safe=""), quote_plus(value), json.dumps(value)[1:-1]}
        plain = "|".join(re.escape(form) for form in sorted(forms, key=len, reverse=True))
    else:
        plain = "".join(_encodings(piece) for piece in _PIECES.findall(value))
    coded = "|".join(map(_in_base64, _base64(value)))
    return re.compile(f"{plain}|({coded})" if coded else f"{plain}|((?!))")


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


def _in_base64(form: tuple[bool, str, bool]) -> str:
    before, core, after = form
    either = {"+": r"(?:[+-]|%(?:25)*2[Bb])", "/": r"(?:[_]|\\*/|%(?:25)*2[Ff])"}
    shared = r"(?:[A-Za-z0-9+/_-]|%(?:25)*2[BbFf])"
    middle = "".join(either.get(char, char) for char in core)
    return (shared if before else "") + middle + (shared if after else "")


@lru_cache(maxsize=1024)
def _encodings(piece: str) -> str:
    """An expression for every way in which a text may write `piece`: one character, or backslashes.

    Each nesting of JSON in JSON doubles the backslashes, so any number stands for some, and they
    are taken possessively: no text makes the expression try its ways twice.
    """
    if piece.isascii() and piece.isalnum():
        return piece
    if piece[0] == "\\":
        return rf"(?:\\{{{len(piece)},}}+|(?:%(?:25)*5[Cc]){{{len(piece)}}}|(?:\\++u005[Cc]){{{len(piece)}}})"
    encoded = piece.encode("utf-8", "surrogatepass")
    units = piece.encode("utf-16-be", "surrogatepass").hex()
    ways = [
        re.escape(piece),
        *([r"\+"] if piece == " " else []),
        "".join(f"%(?:25)*(?i:{byte:02x})" for byte in encoded),
        "".join(rf"\\*+u(?i:{units[at : at + 4]})" for at in range(0, len(units), 4)),
    ]
    if piece in _JSON:
        ways.append(rf"\\*+{re.escape(_JSON[piece])}")
    if piece in _HTML:
        ways.append(f"&{_HTML[piece]};")
    ways.append(rf"&#(?:0*{ord(piece)}|[xX]0*(?i:{ord(piece):x}));")
    if not piece.isascii():
        ways.append(re.escape(encoded.decode("latin-1")))
    return f"(?:{'|'.join(ways)})"
