"""How a cassette is written: the types of a document, and the expressions for its scalars.

The law of this file: the emitter and the shape reader share these expressions, so that the one
writes nothing that the other does not know. Each is a white list. What it allows, every YAML reader
takes literally: PyYAML's C loader, its pure loader, and those of YAML 1.2. What it does not allow
is quoted or escaped.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = [
    "BLOCK_TEXT",
    "DOUBLE",
    "FLOW_PLAIN",
    "INTEGER",
    "INTEGERS",
    "KEY",
    "LINE_TEXT",
    "MAX_DEPTH",
    "MAX_KEY",
    "PLAIN",
    "RESERVED",
    "SINGLE",
    "UNESCAPED",
    "Node",
    "Writable",
]

Node: TypeAlias = "str | list[Node] | dict[str, Node]"
"""What is read: every scalar is a string, whatever YAML would make of it. No value at all is ``""``."""

Writable: TypeAlias = "str | int | Sequence[Writable] | Mapping[str, Writable]"
"""What is written. A number or a bool is written as one (``201``, ``true``) and read as its text;
a string that looks like one is quoted, so that other tools read a string too."""

MAX_DEPTH = 32
"""Mappings and lists within each other that a reader follows; the format needs six."""

MAX_KEY = 128
"""The longest key, as written, that stands before its colon; a longer one is written ``? key``
(YAML 1.1 section 7.3.3 looks for the colon within 1,024 characters)."""

# What no text holds unescaped, besides control characters. YAML 1.1 section 5.1 allows more; here are
# also left out U+0085, U+2028 and U+2029 (line breaks to PyYAML), U+FEFF (refused by libyaml), and the
# characters that reorder or embed text (U+202A to U+202E, U+2066 to U+2069), with which a line can be
# made to look in review like what it is not. A class is written by what it leaves out: `re` compiles
# ranges up to U+10FFFF fifteen times as long, in every process that opens a cassette.
_NEVER = "\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff\ufffe\uffff"

LINE_TEXT = rf"[^\x00-\x1f{_NEVER}]"
"""A character that stands for itself within one line."""

BLOCK_TEXT = rf"[^\x00-\x08\x0b-\x1f{_NEVER}]"
"""A character that stands for itself in a line of a literal block."""

UNESCAPED = rf"[^\x00-\x1f\"\\{_NEVER}]"
"""A character that stands for itself between double quotes."""

_UNQUOTED = rf"[^\x00-\x1f'{_NEVER}]"

SINGLE = rf"'{_UNQUOTED}*+(?:''{_UNQUOTED}*+)*+'"
DOUBLE = rf'"{UNESCAPED}*+(?:\\(?:[\\"nrt]|x[0-9a-f]{{2}}|u(?!d[89a-f])[0-9a-f]{{4}}){UNESCAPED}*+)*+"'

# Neither ": " nor " #" nor a colon at the end, and no first character that means something.
_IN_PLAIN = r"""[!"$%&'()*+,\-./0-9;<=>?@A-Z^_a-z|~]"""

PLAIN = rf"(?:[A-Za-z/]|<(?!<)){_IN_PLAIN}*+(?:(?: |:++){_IN_PLAIN}++)*+"
"""A string without quotes, on a line of its own or after its key."""

FLOW_PLAIN = r"[A-Za-z][A-Za-z0-9_./-]*+"
"""A string without quotes, between brackets."""

KEY = r"[A-Za-z][A-Za-z0-9_.-]{0,127}+"
"""A key without quotes; not so long that YAML would miss its colon."""

INTEGER = r"-?[0-9]++"
INTEGERS = rf"\[{INTEGER}(?:,(?: |\n {{2,}}+){INTEGER})*+\]"

RESERVED = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})
"""Words (case aside) that a YAML 1.1 reader takes for a bool or for nothing; strings are quoted."""
