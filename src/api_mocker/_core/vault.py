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
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from .base64_runs import run_end
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
from .secret_encodings import expression, needles, runs
from .secret_search import found

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from .known_values import Known
    from .unescaped import Unescaped

__all__ = ["SHORTEST_ECHO", "SHORTEST_RUN", "Echo", "Vault"]

SHORTEST_ECHO = 8  # what is shorter stands in other texts by accident
SHORTEST_RUN = 4  # what is longer is found in the readable parts of what is not readable as a whole
_SHORTEST_WHOLE = 4  # of a number that is a whole segment, parameter or number
_SHORTEST_TOLD = 4  # likewise in the name of its own field
_WINDOW = 6
_FEW = 400  # so many needles are sought one by one; more, through their first characters
_ALIKE = 16  # of so many values with one needle, those are dropped of which some other run is missing
_CHEAP = 1 << 24  # values times characters of the text up to which that is looked at
_MANY = 10_000  # so many short ones are sought one by one; more, among all the short pieces of a text

# "accepted", "Development": a value that is one plain word is in other texts for its own sake.
_WORD = re.compile(r"[A-Z]?[a-z]{0,14}|[A-Z]{0,14}")

_MIXED = re.compile(r"(?=.*\d)(?=.*[A-Za-z]).{4}")
_GOES_ON = re.compile(r"[\w-]")


@lru_cache(maxsize=256)
def _behind(name: str) -> re.Pattern[str]:
    """Finds where a value begins that stands under this very name, in a query, a form, JSON or a line."""
    gap = r"(?:[\s\"'\\]|%(?:25)*2[02]|%(?:25)*5[Cc]){0,8}"
    return re.compile(rf"(?<![\w.-]){re.escape(name)}{gap}(?:[=:]|%(?:25)*3[AaDd]){gap}")


class Echo(NamedTuple):
    """Where a learnt value stands; `coded`: in base64, whose run is hidden from there on."""

    start: int
    end: int
    value: str
    coded: bool = False


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
        self._sought: dict[str, int] = {}  # the values that are looked for everywhere, in their order
        self._masks: dict[tuple[str, bool, str | None], str] = {}
        # A run of plain characters -> values that hold it, and whether in themselves or in base64.
        self._needles: dict[str, list[tuple[str, bool]]] = {}
        self._windows: dict[str, list[str]] = {}  # the first characters of a needle -> needles
        self._short: list[str] = []
        self._paired: dict[str, set[str]] = {}  # values that are looked for behind these names
        self._numbers: set[str] = set()  # short ones, which are sought as whole values only
        self._known: set[str] = set()
        self._nameless: set[str] = set()  # known ones that stood in no field yet
        self.longest = 0  # characters of a value that is looked for everywhere
        self.odd = False  # whether one of them is hardly told from chance, or is not written in ASCII
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

    def mask(self, value: str, *, number: bool = False, coded: bool = False) -> str:
        """What stands in for a learnt value; `number`: where only a JSON number may stand.

        `coded`: in base64, where nobody could take it for a number, a UUID or the like.
        """
        field, was_number = self._seen[value]
        text = None if number or was_number or coded else text_kind(value)
        self._nameless.discard(value)  # what it was called once, it is called for good
        # A short number is one of JSON only: a stand-in for it in a text is not told from a real number.
        typed = (number or (was_number and value not in self._numbers)) and not coded
        mask = self._masks.get((value, typed, text))
        if mask is None:
            kind = text or (number_kind(value) if typed else self._name(field, value) + self._mark)
            self._last[kind] = self._last.get(kind, 0) + 1
            number_of = self._last[kind]
            mask = stand_in(kind, number_of, value) if typed or text else placeholder(kind, number_of)
            self._masks[value, typed, text] = mask
        return mask

    def _name(self, field: str, value: str) -> str:
        """The NAME for a value that stood in `field`: nothing of it, nor of another secret, is told by it."""
        name = name_for(field)
        spelled = f"{field.lower()} {name}"
        for secret in (value, *self._candidates(field)):
            if len(secret) >= _SHORTEST_TOLD and not secret.isalpha() and secret.lower() in spelled:
                return name_for("")
        return name

    def echoes(self, text: str, reading: Unescaped | None) -> Iterator[Echo]:
        """Where learnt values stand in `text`, of which this is the `reading`, in order.

        Longer values win, then earlier ones.
        """
        yield from () if self.learning else self.sought(text, reading)

    def sought(self, text: str, reading: Unescaped | None = None) -> Iterator[Echo]:
        """As `echoes`, also while nothing is replaced."""
        if not self._needles:
            return
        if reading is None:
            yield from self._standing(text)
            return
        read = (
            echo._replace(start=reading.place(echo.start), end=reading.place(echo.end))
            for echo in self._standing(reading.text)
        )
        found = sorted([*self._standing(text), *read], key=lambda echo: echo.start - echo.end)
        yield from sorted(_apart(found, bytearray(len(text))))

    def _standing(self, text: str) -> Iterator[Echo]:
        """The values that stand in a text as expressions tell them."""
        values = self._candidates(text)
        if not values:
            return
        taken = bytearray(len(text))  # whether a character is part of something
        if "<redacted:" in text:
            for match in PLACEHOLDER.finditer(text):
                _take(taken, *match.span())
        everywhere = [value for value in values if value in self._sought]
        places = [Echo(start, end, value, coded) for value, start, end, coded in found(everywhere, text)]
        paired = [value for value in values if value not in self._sought]
        places += [Echo(*span, value) for value in paired for span in self._behind_its_name(value, text)]
        last = len(self._sought)
        places.sort(key=lambda echo: (-len(echo.value), self._sought.get(echo.value, last), echo.start))
        hidden = 0
        for echo in sorted(_apart(places, taken)):
            if echo.start >= hidden:
                hidden = run_end(text, echo.start, echo.end) if echo.coded else echo.end
                yield echo._replace(end=hidden)

    def _behind_its_name(self, value: str, text: str) -> Iterator[tuple[int, int]]:
        sought = expression(value)
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
            found = [*self._begun(text, hits), *self._short_in(text)]
        standing = [each for needle in found for each in self._needles[needle]]
        if len(standing) > _ALIKE and len(standing) * len(text) <= _CHEAP:
            standing = [
                (value, plain)
                for value, plain in standing
                if not plain or all(run in text for run in runs(value))
            ]
        return list({value: None for value, _ in standing})

    def _begun(self, text: str, hits: set[str]) -> set[str]:
        """The needles in `text` that begin with one of these, which all stand in it."""
        begun = [needle for hit in hits for needle in self._windows[hit]]
        if len(begun) <= _FEW:
            return {needle for needle in begun if needle in text}
        needles = {*begun}
        sizes = {hit: {len(needle) for needle in self._windows[hit]} for hit in hits}
        starts = [at for at in range(len(text) - _WINDOW + 1) if text[at : at + _WINDOW] in hits]
        pieces = {text[at : at + size] for at in starts for size in sizes[text[at : at + _WINDOW]]}
        return needles & pieces

    def _short_in(self, text: str) -> list[str]:
        if len(self._short) <= _MANY:
            return [needle for needle in self._short if needle in text]
        pieces = {text[at : at + size] for size in range(_WINDOW) for at in range(len(text) - size + 1)}
        return [needle for needle in self._short if needle in pieces]

    def _seek(self, value: str) -> None:
        self._sought[value] = len(self._sought)
        if value not in self._paired:
            self._note(value)

    def _note(self, value: str) -> None:
        self.longest = max(self.longest, len(value))
        self.odd = self.odd or len(value) < SHORTEST_RUN or not value.isascii()
        for number, needle in enumerate(needles(value)):
            values = self._needles.setdefault(needle, [])
            values.append((value, not number))
            if len(values) > 1:
                continue
            if len(needle) < _WINDOW:
                self._short.append(needle)
            else:
                self._windows.setdefault(needle[:_WINDOW], []).append(needle)


def _take(taken: bytearray, start: int, end: int) -> None:
    taken[start:end] = b"\1" * (end - start)


def _apart(echoes: Iterable[Echo], taken: bytearray) -> Iterator[Echo]:
    """Those that share no character with an earlier one, or with what is `taken` before."""
    for echo in echoes:
        if taken.find(1, echo.start, echo.end) < 0:
            _take(taken, echo.start, echo.end)
            yield echo
