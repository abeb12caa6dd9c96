"""The secrets that one cassette has seen, and what stands in for each.

The law of this file: one value, one placeholder. The name is where a value was first seen, unless
that would tell a secret; its number is given when it is first replaced, so numbers follow the
recorded order and none is spent on a value that stands nowhere.

A value that could be no accident is also sought where no rule names it (`echoes`): in a path, in a
redirect, inside a sentence. It is found in every encoding that text puts it in: percent-encoding,
JSON and HTML escapes, base64 at any alignment, UTF-8 read as latin-1.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from functools import lru_cache
from typing import TYPE_CHECKING

from .placeholders import (
    PLACEHOLDER,
    holds_placeholder,
    is_placeholder,
    is_stand_in,
    name_for,
    number_kind,
    placeholder,
    stand_in,
    text_kind,
)
from .secret_encodings import expression, needles

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from .known_values import Known

__all__ = ["SHORTEST_ECHO", "Vault"]

SHORTEST_ECHO = 8  # what is shorter stands in other texts by accident
_SHORTEST_WHOLE = 4  # of a number that is a whole segment, parameter or number
_SHORTEST_TOLD = 4  # likewise in the name of its own field
_WINDOW = 6
_FEW = 400  # so many needles are sought one by one; more, through their first characters

# "accepted", "Development": a value that is one plain word is in other texts for its own sake.
_WORD = re.compile(r"[A-Z]?[a-z]{0,14}|[A-Z]{0,14}")

_MIXED = re.compile(r"(?=.*\d)(?=.*[A-Za-z]).{4}")
_GOES_ON = re.compile(r"[\w-]")


@lru_cache(maxsize=256)
def _behind(name: str) -> re.Pattern[str]:
    """Finds where a value begins that stands under this very name, in a query, a form, JSON or a line."""
    gap = r"(?:[\s\"'\\]|%(?:25)*2[02]|%(?:25)*5[Cc]){0,8}"
    return re.compile(rf"(?<![\w.-]){re.escape(name)}{gap}(?:[=:]|%(?:25)*3[AaDd]){gap}")


class Vault:
    """Values and their placeholders; `taken` are the highest numbers given before, by name.

    While `learning`, values are taken note of, and everything stays as it is. `told` is the name of the
    last value that was to be hidden. What is `spared` stands in the message anyway, on purpose: it is no
    secret there, unless it is known to be one. A `mark` behind each name tells these placeholders from
    all others.
    """

    def __init__(self, taken: Mapping[str, int], known: Iterable[Known], mark: str = "") -> None:
        self._mark = mark
        self.learning = False
        self.spared: Collection[str] = ()
        self.told: str | None = None
        self._last = dict(taken)
        self._seen: dict[str, tuple[str, bool]] = {}  # value -> its name, whether it was a number
        self._sought: set[str] = set()  # the values that are looked for everywhere
        self._masks: dict[tuple[str, bool], str] = {}
        self._needles: dict[str, list[str]] = {}  # a run of plain characters -> values that hold it
        self._windows: dict[str, list[str]] = {}  # the first characters of a needle -> needles
        self._short: list[str] = []
        self._paired: dict[str, set[str]] = {}  # values that are looked for behind these names
        self._numbers: set[str] = set()  # short ones, which are sought as whole values only
        self._known: set[str] = set()
        self._nameless: set[str] = set()  # known ones that stood in no field yet
        for each in known:
            self.know(each)

    def know(self, known: Known) -> None:
        """A secret that no message had to tell. It goes by the name of the field that it is met in, if any.

        So what a variable is called on one machine, and whether it is set, changes no recording.
        """
        value = known.value
        if value and value not in self._known:
            self._known.add(value)
            if value not in self._seen:
                self._nameless.add(value)
                self._seen[value] = (known.name, False)
            if value not in self._sought:
                self._seek(value)

    @property
    def learnt(self) -> int:
        """How many values are looked for everywhere."""
        return len(self._sought)

    def hide(self, value: str, name: str, *, number: bool = False, echo: bool = True) -> str | None:
        """What to put in the place of a secret; None where it is to stay as it is.

        `name` is the field it stands in; `number`: it is a JSON number; `echo`: seek it elsewhere, too.
        """
        if not value or (is_stand_in(value) if number else is_placeholder(value)) or self._is_spared(value):
            return None
        self.told = name
        self.learn(value, name, number=number, echo=echo)
        if number and value.isdigit() and _SHORTEST_WHOLE <= len(value) < SHORTEST_ECHO:
            self._numbers.add(value)
        return None if self.learning else self.mask(value, number=number)

    def learn(self, value: str, name: str, *, number: bool = False, echo: bool = True) -> None:
        """Takes note of a secret, as `hide` does, without replacing it."""
        if value in self._sought:
            if value in self._nameless:
                self._nameless.discard(value)
                self._seen[value] = (name, number)
            return
        if self._is_spared(value):
            return
        self._seen.setdefault(value, (name, number))
        if (
            echo
            and len(value) >= SHORTEST_ECHO
            and not _WORD.fullmatch(value)
            and not holds_placeholder(value)
        ):
            self._seek(value)

    def pair(self, value: str, name: str) -> None:
        """Seeks a value that was hidden under `name` behind that name, where it is too short for more."""
        if value in self._sought or value not in self._seen or not _MIXED.match(value):
            return
        if value not in self._paired:
            self._note(value)
        self._paired.setdefault(value, set()).add(name)

    @property
    def knows_numbers(self) -> bool:
        """Whether a short number was hidden."""
        return bool(self._numbers)

    def is_number(self, value: str, digits: int = 0) -> bool:
        """Whether it is a short number that was hidden, which is one wherever it is a whole value."""
        return value in self._numbers and len(value) >= digits and not self._is_spared(value)

    def may_hold_number(self, text: str) -> bool:
        """Whether one of those numbers stands in a text."""
        return not self.learning and any(number in text for number in self._numbers)

    def _is_spared(self, value: str) -> bool:
        if not self.spared or value in self._known:
            return False
        long = len(value) >= SHORTEST_ECHO
        return value in self.spared or (long and any(value in kept for kept in self.spared))

    def mask(self, value: str, *, number: bool = False) -> str:
        """What stands in for a learnt value; `number`: where only a JSON number may stand."""
        field, was_number = self._seen[value]
        text = None if number or was_number else text_kind(value)
        self._nameless.discard(value)  # what it was called once, it is called for good
        # A short number is one of JSON only: a stand-in for it in a text is not told from a real number.
        typed = number or (was_number and value not in self._numbers)
        mask = self._masks.get((value, typed))
        if mask is None:
            kind = text or (number_kind(value) if typed else self._name(field, value) + self._mark)
            self._last[kind] = self._last.get(kind, 0) + 1
            number_of = self._last[kind]
            mask = stand_in(kind, number_of, value) if typed or text else placeholder(kind, number_of)
            self._masks[value, typed] = mask
        return mask

    def _name(self, field: str, value: str) -> str:
        """The NAME for a value that stood in `field`: nothing of it, nor of another secret, is told by it."""
        name = name_for(field)
        spelled = f"{field.lower()} {name}"
        for secret in (value, *self._candidates(field)):
            if len(secret) >= _SHORTEST_TOLD and not secret.isalpha() and secret.lower() in spelled:
                return name_for("")
        return name

    def echoes(self, text: str) -> Iterator[tuple[int, int, str]]:
        """Where learnt values stand in `text`: start, end, value. Longer values win."""
        values = [] if self.learning else self._candidates(text)
        if not values:
            return
        held = [(*match.span(), "") for match in PLACEHOLDER.finditer(text)] if "<redacted:" in text else []
        for value in sorted(values, key=len, reverse=True):
            for start, end in self._places(value, text):
                at = bisect_left(held, (start,))
                if (at == len(held) or end <= held[at][0]) and (not at or held[at - 1][1] <= start):
                    held.insert(at, (start, end, value))
        yield from (span for span in held if span[2])

    def _places(self, value: str, text: str) -> Iterator[tuple[int, int]]:
        sought = expression(value)
        if value in self._sought:
            yield from (match.span() for match in sought.finditer(text))
            return
        for name in self._paired[value]:
            for match in _behind(name).finditer(text):
                found = sought.match(text, match.end())
                if found is not None and not _GOES_ON.match(text, found.end()):
                    yield found.span()

    def _candidates(self, text: str) -> list[str]:
        if len(self._needles) <= _FEW:
            found = [needle for needle in self._needles if needle in text]
        else:
            windows = {text[at : at + _WINDOW] for at in range(len(text) - _WINDOW + 1)}
            hits = self._windows.keys() & windows
            found = [needle for hit in hits for needle in self._windows[hit] if needle in text]
            found += [needle for needle in self._short if needle in text]
        return list({value: None for needle in found for value in self._needles[needle]})

    def _seek(self, value: str) -> None:
        self._sought.add(value)
        if value not in self._paired:
            self._note(value)

    def _note(self, value: str) -> None:
        for needle in needles(value):
            values = self._needles.setdefault(needle, [])
            values.append(value)
            if len(values) > 1:
                continue
            if len(needle) < _WINDOW:
                self._short.append(needle)
            else:
                self._windows.setdefault(needle[:_WINDOW], []).append(needle)
