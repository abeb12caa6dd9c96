r"""Where the named values of a GraphQL document stand, and which variables are put in such a place.

The law of this file: reading never fails, and takes the time of reading the text once. Tokens are those
of the specification of October 2021 (section 2.1), told one by one; whatever is none is stepped over,
and a string that was cut off goes to the end of its line. What a value stands under is told by the
nearest ``name:``, which is why an alias (``token: login(...)``) names nothing: a field follows it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from .secret_fields import Level, Spot, below, name_under
from .secret_names import Verdict

if TYPE_CHECKING:
    from .secret_names import Names

__all__ = ["Document", "may_be_document", "read_document"]

_TOKEN = re.compile(
    r"#[^\r\n]*+"
    r'|"""(?P<block>(?:[^"\\]++|\\"""|\\|"(?!""))*+)(?:"""|\Z)'
    r'|"(?P<string>(?:[^"\\\r\n]++|\\[^\r\n])*+)"?'
    r"|\$(?P<variable>[A-Za-z_]\w*+)"
    r"|(?P<name>[A-Za-z_]\w*+)"
    r"|(?P<number>-?\d[\d.eE+-]*+)"
    r"|(?P<hidden><redacted:[^<>\s]*+>)"
    r"|(?P<colon>:)|(?P<equals>=)|(?P<open>[(\[{])|(?P<close>[)\]}])",
    re.ASCII,
)
_SOME = re.compile(r"(?=[^\d\s]*\d)\S{6,}")  # an item of a list that is more than a word


class Document(NamedTuple):
    """`spots` are the values that stand under a secret name, `bound` the variables that do, with that name."""

    spots: list[Spot]
    bound: dict[str, str]


def may_be_document(text: str) -> bool:
    """Whether `text` may be a document that says a value, or binds a variable."""
    return "{" in text and (":" in text or "$" in text)


def read_document(text: str, names: Names) -> Document:
    """What stands in a document under one of the secret `names`."""
    reader = _Reader(names)
    for token in _TOKEN.finditer(text):
        reader.take(token)
    return reader.document()


@dataclass(slots=True)
class _Place:
    """Within one pair of brackets. `each`: what an item of a list is called; `default`: of which variable."""

    level: Level
    each: str | None = None
    default: str | None = None


@dataclass(slots=True)
class _Reader:
    names: Names
    places: list[_Place] = field(default_factory=lambda: [_Place(Level(None, spared=False))])
    spots: list[Spot] = field(default_factory=list)
    bound: dict[str, str] = field(default_factory=dict)
    defaults: list[tuple[str, Spot, str]] = field(default_factory=list)  # variable, where, value
    last: str | None = None  # a name or a variable, when a colon may follow it
    declared: str | None = None  # ``$variable: Type``
    key: str | None = None  # ``name:``, whose value comes next
    default: str | None = None  # the variable whose default comes next

    def take(self, token: re.Match[str]) -> None:
        """The next token."""
        match token.lastgroup:
            case "colon":
                self._colon()
            case "equals":
                self.key = self.default = self.declared
            case "open":
                self.places.append(self._opened(token[0]))
                self._next()
            case "close":
                if len(self.places) > 1:
                    self.places.pop()
                self._next()
            case "name" | "hidden":
                self._next(token["name"])
            case "variable":
                self._variable(token["variable"])
            case "block" | "string" | "number" as kind:
                self._value(token, kind)
            case _:  # a comment
                return

    def document(self) -> Document:
        """What was found, now that all variables are known."""
        for variable, spot, value in self.defaults:
            name = self.bound.get(variable)
            if name is not None and self.names.names_secret(name, value):
                self.spots.append(Spot(spot.start, spot.end, name))
        return Document(self.spots, self.bound)

    def _next(self, last: str | None = None) -> None:
        self.last, self.key, self.default = last, None, None

    def _colon(self) -> None:
        last = self.last
        self._next()
        if last is not None and last.startswith("$"):
            self.declared = last[1:]
        else:
            self.key = last

    def _opened(self, bracket: str) -> _Place:
        if bracket == "(":  # the arguments of a field, whatever it stands in
            return _Place(Level(None, spared=False))
        place, key = self.places[-1], self.key
        inner = _Place(below(place.level, key, self.names), default=self.default or place.default)
        if bracket == "[" and key is not None:
            one = key if self.names.verdict(key) else key.removesuffix("s")
            inner.each = one if self.names.verdict(one) else None
        return inner

    def _variable(self, variable: str) -> None:
        name = self.places[-1].level.owner or self.key
        if (
            name is not None
            and self.names.verdict(variable) is not Verdict.SECRET
            and self.names.verdict(name)
        ):
            self.bound.setdefault(variable, name)
        self._next(f"${variable}")

    def _value(self, token: re.Match[str], kind: str) -> None:
        value, place = token[kind].strip(), self.places[-1]
        start = token.start(kind) + len(token[kind]) - len(token[kind].lstrip())
        name = name_under(place.level, self.key, value, self.names)
        if name is None and self.key is None and place.each and _SOME.fullmatch(value):
            name = place.each if self.names.names_secret(place.each, value) else None
        spot, variable = Spot(start, start + len(value), name), self.default or place.default
        if name is not None:
            self.spots.append(spot)
        elif variable is not None:
            self.defaults.append((variable, spot, value))
        self._next()
