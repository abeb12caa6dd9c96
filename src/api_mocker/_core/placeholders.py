r"""What stands in a cassette where a secret stood.

The law of this file: a placeholder is recognised wherever it comes back, so that redacting one is
the identity. A string becomes ``<redacted:NAME:N>``: NAME says which field it was first seen in, N
counts the different values of that name. A JSON number stays a number, with its sign and
its point, taken from a reserved range of the same length class, a UUID stays a UUID, an e-mail address one and a JSON Web Token one
(`STAND_INS`; further types are further rows), or a consumer that computes with it, or reads it,
would break.

Placeholders travel: a client percent-encodes one into a URL or a form, a JSON encoder may write
``<`` as ``\u003c``, and in XML it has to be ``&lt;`` (``&amp;lt;`` in XML that is escaped in XML). The plain form is the canonical one, and
`unquoted` restores it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

__all__ = [
    "BASE64_STARTS",
    "MASK",
    "PLACEHOLDER",
    "STAND_INS",
    "broken",
    "highest",
    "holds_placeholder",
    "is_placeholder",
    "is_stand_in",
    "name_for",
    "number_kind",
    "placeholder",
    "places_in",
    "quoted",
    "referenced",
    "renumbered",
    "stand_in",
    "text_kind",
    "unquoted",
    "without_numbers",
]

PLACEHOLDER = re.compile(r"<redacted:([a-z0-9_.-]+):([1-9][0-9]*)>")

_ENCODED = re.compile(
    r"(?:<|%(?:25)*3[Cc]|\\u003[cC]|&(?:amp;){0,3}lt;)redacted(?::|%(?:25)*3[Aa])([a-z0-9_.-]+)"
    r"(?::|%(?:25)*3[Aa])([1-9][0-9]*)(?:>|%(?:25)*3[Ee]|\\u003[eE]|&(?:amp;){0,3}gt;)"
)
_QUOTED = re.compile(
    r"(?:<|%3[Cc]|&(?:amp;){0,3}lt;)redacted(?::|%3[Aa])([a-z0-9_.-]+)(?::|%3[Aa])([1-9][0-9]*)(?:>|%3[Ee]|&(?:amp;){0,3}gt;)"
)

_BEGUN = re.compile(
    r"(?:<|%(?:25)*3[Cc]|\\u003[cC]|&(?:amp;){0,3}lt;)redacted(?::|%(?:25)*3[Aa])", re.IGNORECASE
)

# "<redacted:" in base64, at each of the three alignments, without the characters its neighbours
# share: how a placeholder looks inside Basic credentials.
BASE64_STARTS = ("PHJlZGFjdGVkO", "xyZWRhY3RlZD", "8cmVkYWN0ZWQ6")

_LONGEST_NAME = 60


@dataclass(frozen=True)
class _StandIn:
    """Values in which N stands between two constant texts, in `digits` digits (0: as many as it has).

    ``sure``: no real value is plausibly mistaken for one. ``beside`` are characters that neither stand
    before nor behind it, or it is part of something else.
    """

    needle: str
    behind: str
    digits: int
    sure: bool
    beside: str = r"[\w.]"
    number: bool = True

    @cached_property
    def room(self) -> int:
        """The highest N; beyond it the last one is shared."""
        return int(10 ** (self.digits or 9) - 1)

    @cached_property
    def expression(self) -> str:
        """Finds one, percent-encoded or not; its group is N."""
        digits = rf"\d{{{self.digits}}}" if self.digits else r"[1-9]\d*+"
        behind = re.escape(self.behind).replace("@", "(?:@|%40)")
        sign, point = ("-?", r"(?:\.0)?") if self.number else ("", "")
        return rf"(?<!{self.beside}){sign}{re.escape(self.needle)}({digits}){behind}{point}(?!{self.beside}|\.\w)"

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """The expression, compiled."""
        return re.compile(self.expression)

    def numbered(self, text: str, number: Callable[[int], int | None]) -> str:
        """`text` with other numbers in what it holds of these; None leaves one as it is."""

        def written(match: re.Match[str]) -> str:
            new = number(int(match[1]))
            if new is None:
                return match[0]
            start, end = match.start(1) - match.start(), match.end(1) - match.start()
            return match[0][:start] + self.spelled(new) + match[0][end:]

        return self.pattern.sub(written, text)

    def spelled(self, number: int) -> str:
        """N as it stands in one."""
        return f"{min(number, self.room):0{self.digits}}" if self.digits else str(number)


STAND_INS: Mapping[str, _StandIn] = {
    # Up to 9 digits: fits a signed 32-bit integer. One real 9-digit number in 100,000 looks alike.
    "number:9": _StandIn("90909", "", 4, sure=False),
    # Longer: below 2^53, so that JavaScript and float readers keep it (RFC 8259 section 6).
    "number:16": _StandIn("90009090909", "", 5, sure=True),
    # RFC 9562: version 4, variant 10; "5ec2e7" is as near to "secret" as hexadecimal digits come.
    "uuid:4": _StandIn("5ec2e700-0000-4000-8000-", "", 12, sure=True, beside=r"[\w-]", number=False),
    # RFC 2606: example.com is nobody's, and validators take it.
    "email:1": _StandIn("redacted-", "@example.com", 0, sure=True, beside=r"[\w-]", number=False),
    # RFC 7519: {"alg":"HS256","typ":"JWT"}, {"sub":"redacted","exp":4102444800} (the year 2100), and a
    # signature that says what it is; whoever reads a token without verifying it finds it valid.
    "jwt:3": _StandIn(
        "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJyZWRhY3RlZCIsImV4cCI6NDEwMjQ0NDgwMH0.redacted-",
        "",
        11,
        sure=True,
        beside=r"[\w-]",
        number=False,
    ),
}
"""Stand-ins by kind. A kind holds a colon, so it can never be the NAME of a placeholder."""

_SURE = tuple((row.needle, row.pattern) for row in STAND_INS.values() if row.sure)
_TEXTS = tuple(row for row in STAND_INS.values() if not row.number)

MASK = "|".join(
    [PLACEHOLDER.pattern.replace("(", "(?:"), *(re.sub(r"\((?!\?)", "(?:", row.expression) for row in _TEXTS)]
)
"""An expression, without groups, for all that stands in the place of a text."""

_UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)
_JWT = re.compile(r"eyJ[\w-]{8,}+\.eyJ[\w-]{6,}+\.[\w-]*", re.ASCII)
_EMAIL = re.compile(r"[\w.+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z]{2,24}")


def name_for(field: str) -> str:
    """The NAME for a value first seen in `field`: lower case, ``[a-z0-9_.-]``, never empty."""
    name = re.sub(r"[^a-z0-9_.-]+", "-", field.lower()).strip("-.")
    return name[:_LONGEST_NAME] or "secret"


def placeholder(name: str, number: int) -> str:
    """The placeholder in its plain form."""
    return f"<redacted:{name}:{number}>"


def number_kind(token: str) -> str:
    """The kind of stand-in that keeps the length class of this JSON number."""
    digits = sum(map(str.isdigit, re.split(r"[.eE]", token)[0]))
    return "number:9" if digits <= 9 else "number:16"


def text_kind(value: str) -> str | None:
    """The kind of stand-in that a consumer of this text takes for one of its kind; None: it is any text."""
    if _UUID.fullmatch(value):
        return "uuid:4"
    if _JWT.fullmatch(value):
        return "jwt:3"
    return "email:1" if "@" in value and _EMAIL.fullmatch(value) else None


def stand_in(kind: str, number: int, like: str = "") -> str:
    """The `number`-th stand-in of `kind`; beyond the reserved range the last one is shared.

    A number has the sign of the one that it is `like`, and a point where that has one.
    """
    row = STAND_INS[kind]
    text = f"{row.needle}{row.spelled(number)}{row.behind}"
    if not row.number or like.isdigit():
        return text
    return f"{'-' * like.startswith('-')}{text}{'.0' * any(char in like for char in '.eE')}"


def is_placeholder(text: str) -> bool:
    """Whether `text` is one placeholder, in any of its encodings, and nothing else."""
    return _ENCODED.fullmatch(text) is not None or any(row.pattern.fullmatch(text) for row in _TEXTS)


def is_stand_in(token: str) -> bool:
    """Whether this JSON number is a stand-in."""
    return any(row.number and row.pattern.fullmatch(token) for row in STAND_INS.values())


# Asked several times of every request: plain loops, which cost a third of what `any` with a generator does.
def holds_placeholder(data: bytes | str) -> bool:
    """Whether a placeholder or an unmistakable stand-in is anywhere in `data`, encoded or not."""
    if not data:
        return False
    text = data.decode("latin-1") if isinstance(data, bytes) else data
    if "redacted" in text and _ENCODED.search(text):
        return True
    for start in BASE64_STARTS:
        if start in text:
            return True
    for needle, pattern in _SURE:  # noqa: SIM110
        if needle in text and pattern.search(text):
            return True
    return False


def places_in(text: str) -> list[tuple[int, int]]:
    """Where placeholders stand in `text`, encoded or not."""
    found = [match.span() for match in _ENCODED.finditer(text)] if "redacted" in text else []
    for row in _TEXTS:
        if row.needle in text:
            found += [match.span() for match in row.pattern.finditer(text)]
    return sorted(found)


def broken(text: str) -> Iterator[int]:
    """Where in `text` something begins as a placeholder does and is none, encoded or not."""
    for begun in _BEGUN.finditer(text):
        whole = _ENCODED.match(text, begun.start())
        if whole is None or len(whole[1]) > _LONGEST_NAME:
            yield begun.start()


def without_numbers(text: str) -> str:
    """`text` with every N left out, so that texts that differ in N alone are equal."""
    if "<redacted:" in text:
        text = PLACEHOLDER.sub(r"<redacted:\1>", text)
    for row in STAND_INS.values():
        if row.needle in text:
            # Sign and point are no part of what is compared: they were not always kept.
            text = (
                row.pattern.sub(row.needle + row.spelled(0), text)
                if row.number
                else row.numbered(text, lambda _: 0)
            )
    return text


def highest(text: str) -> dict[str, int]:
    """The highest N in `text` by NAME (stand-ins: by kind)."""
    found: dict[str, int] = {}
    for name, number in PLACEHOLDER.findall(unquoted(text)):
        found[name] = max(found.get(name, 0), int(number))
    for kind, row in STAND_INS.items():
        numbers = [int(number) for number in row.pattern.findall(text)]
        if any(numbers):
            found[kind] = max(numbers)
    return found


def renumbered(text: str, mapping: Mapping[tuple[str, int], int]) -> str:
    """`text` with other numbers: ``{(NAME or kind, old N): new N}``; what is not named stays."""

    def plain(match: re.Match[str]) -> str:
        name, number = match[1], int(match[2])
        return placeholder(name, mapping.get((name, number), number))

    text = PLACEHOLDER.sub(plain, text)
    for kind, row in STAND_INS.items():
        if row.needle in text:
            text = row.numbered(text, partial(_mapped, mapping, kind))
    return text


def _mapped(mapping: Mapping[tuple[str, int], int], kind: str, number: int) -> int | None:
    return mapping.get((kind, number))


def unquoted(text: str) -> str:
    """`text` (a URL, a form, XML) with its encoded placeholders in plain form."""
    return _QUOTED.sub(r"<redacted:\1:\2>", text) if "redacted" in text else text


def quoted(text: str) -> str:
    """`text` with its placeholders percent-encoded, for places that ``<`` and ``>`` delimit."""
    return PLACEHOLDER.sub(r"%3Credacted%3A\1%3A\2%3E", text)


def referenced(text: str) -> str:
    """`text` with its placeholders as they have to stand in XML (XML 1.0 section 2.4)."""
    return PLACEHOLDER.sub(r"&lt;redacted:\1:\2&gt;", text)
