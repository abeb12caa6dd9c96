"""The secrets that one cassette has seen, and what stands in for each.

The law of this file: one value, one placeholder. The name is where a value was first seen; its
number is given when it is first replaced, so numbers follow the recorded order and none is spent
on a value that stands nowhere.

A value that could be no accident is also sought where no rule names it (`echoes`): in a path, in a
redirect, inside a sentence. It is found in every encoding that text puts it in: percent-encoding,
JSON and HTML escapes, base64 at any alignment, UTF-8 read as latin-1.
"""

from __future__ import annotations

import re
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
from .secret_encodings import needles, runs
from .secret_search import found

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from .known_values import Known
    from .unescaped import Unescaped

__all__ = ["SHORTEST_ECHO", "SHORTEST_RUN", "Echo", "Vault"]

SHORTEST_ECHO = 8  # what is shorter stands in other texts by accident
SHORTEST_RUN = 4  # what is longer is found in the readable parts of what is not readable as a whole
_WINDOW = 6
_FEW = 400  # so many needles are sought one by one; more, through their first characters
_ALIKE = 16  # of so many values with one needle, those are dropped of which some other run is missing
_CHEAP = 1 << 24  # values times characters of the text up to which that is looked at
_MANY = 10_000  # so many short ones are sought one by one; more, among all the short pieces of a text

# "accepted", "Development": a value that is one plain word is in other texts for its own sake.
_WORD = re.compile(r"[A-Z]?[a-z]{0,14}|[A-Z]{0,14}")


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
                self._seen[value] = (name_for(known.name), False)
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
        return None if self.learning else self.mask(value, number=number)

    def learn(self, value: str, name: str, *, number: bool = False, echo: bool = True) -> None:
        """Takes note of a secret, as `hide` does, without replacing it."""
        if value in self._sought:
            if value in self._nameless:
                self._nameless.discard(value)
                self._seen[value] = (name_for(name), number)
            return
        if self._is_spared(value):
            return
        self._seen.setdefault(value, (name_for(name), number))
        if (
            echo
            and len(value) >= SHORTEST_ECHO
            and not _WORD.fullmatch(value)
            and not holds_placeholder(value)
        ):
            self._seek(value)

    def _is_spared(self, value: str) -> bool:
        if not self.spared or value in self._known:
            return False
        long = len(value) >= SHORTEST_ECHO
        return value in self.spared or (long and any(value in kept for kept in self.spared))

    def mask(self, value: str, *, number: bool = False, coded: bool = False) -> str:
        """What stands in for a learnt value; `number`: where only a JSON number may stand.

        `coded`: in base64, where nobody could take it for a number, a UUID or the like.
        """
        name, was_number = self._seen[value]
        typed = (number or was_number) and not coded
        text = None if typed or coded else text_kind(value)
        self._nameless.discard(value)  # what it was called once, it is called for good
        mask = self._masks.get((value, typed, text))
        if mask is None:
            kind = text or (number_kind(value) if typed else name + self._mark)
            self._last[kind] = self._last.get(kind, 0) + 1
            mask = (stand_in if typed or text else placeholder)(kind, self._last[kind])
            self._masks[value, typed, text] = mask
        return mask

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
        places = [Echo(start, end, value, coded) for value, start, end, coded in found(values, text)]
        places.sort(key=lambda echo: (-len(echo.value), self._sought[echo.value], echo.start))
        hidden = 0
        for echo in sorted(_apart(places, taken)):
            if echo.start >= hidden:
                hidden = run_end(text, echo.start, echo.end) if echo.coded else echo.end
                yield echo._replace(end=hidden)

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
