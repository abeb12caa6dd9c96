"""One numbering of placeholders where old recordings stay beside new ones.

The law of this file: one number, one value, throughout a file. What was recorded anew was numbered
by itself; where an old text stays in the place of its new one, the two show which new number is
which old one, and the new texts follow. A number that stands for no old value gets a free one.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

from .large_body import spooled
from .model import Headers
from .placeholders import PLACEHOLDER, STAND_INS, highest, renumbered
from .windows import words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from .cassette import Entry
    from .large_body import LargeBody
    from .model import Interaction
    from .views import Message

Number: TypeAlias = tuple[str, int]
"""NAME or kind, and N."""

__all__ = ["Agreement", "Number", "numbers_in", "numbers_of", "renumber"]


class Agreement:
    """The numbers of the old texts that stay, and which new numbers stand for the same values."""

    def __init__(self) -> None:
        self._old: dict[Number, Number] = {}  # by the new one
        self._new: dict[Number, Number] = {}  # by the old one
        self._kept: set[Number] = set()  # old ones that nothing new stands for, as far as is known

    def admits(self, new: Interaction, old: Interaction) -> bool:
        """Whether the old text may stay in the place of the new one: they number the same values.

        If so, that is part of what all others have to agree with.
        """
        ours, theirs = [*numbers_in(new)], [*numbers_in(old)]
        if [name for name, _ in ours] != [name for name, _ in theirs]:
            return False
        pairs = [*zip(ours, theirs, strict=True)]
        olds = dict(pairs) | self._old
        news = {other: one for one, other in pairs} | self._new
        if any(olds[one] != other or news[other] != one for one, other in pairs):
            return False
        self._old, self._new = olds, news
        return True

    def keep(self, old: Interaction) -> None:
        """An old text stays: its numbers are taken, whether something new stands for them or not."""
        self._kept.update(numbers_in(old))

    def renumbered(self, interactions: Sequence[Interaction]) -> list[Interaction]:
        """Interactions that are written anew, in the numbers of what stays."""
        numbers = self.numbers(interactions)
        return (
            [renumber(interaction, numbers) for interaction in interactions] if numbers else [*interactions]
        )

    def numbers(self, interactions: Sequence[Interaction]) -> dict[Number, int]:
        """The numbers that interactions written anew have to have, by those that they have."""
        if not self._old and not self._kept:
            return {}
        numbers = {number: old[1] for number, old in self._old.items()}
        used = {*self._new, *self._kept}
        for number in (number for interaction in interactions for number in numbers_in(interaction)):
            if number not in numbers:
                name, free = number
                while (name, free) in used:
                    free += 1
                used.add((name, free))
                numbers[number] = free
        return numbers


def numbers_in(interaction: Interaction) -> Iterator[Number]:
    """Every number that stands in an interaction, in order."""
    for text in _texts(interaction):
        if "redacted:" in text:
            for match in PLACEHOLDER.finditer(text):
                yield match[1], int(match[2])
        for kind, row in STAND_INS.items():
            if row.needle in text:
                for match in row.pattern.finditer(text):
                    yield kind, int(match[1])


def numbers_of(entries: Iterable[Entry]) -> dict[str, int]:
    """The highest numbers that stand in these entries, by NAME or kind."""
    taken: dict[str, int] = {}
    for entry in entries:
        if entry.source is None:
            found: Iterable[Number] = numbers_in(entry.interaction)
        else:
            found = highest(entry.source.raw.decode("utf-8", "replace")).items()
        for name, number in found:
            taken[name] = max(taken.get(name, 0), number)
    return taken


def _texts(interaction: Interaction) -> Iterator[str]:
    yield interaction.request.url
    for message in (interaction.request, interaction.response):
        if message is not None:
            yield from (value for _, value in message.headers)
            yield message.body.decode("latin-1")
    if interaction.response is not None and interaction.response.large is not None:
        yield from words(interaction.response.large)
    if interaction.failure is not None:
        yield interaction.failure.message


def renumber(interaction: Interaction, numbers: Mapping[Number, int]) -> Interaction:
    """The interaction with other numbers."""
    request, response, failure = interaction.request, interaction.response, interaction.failure
    request = replace(_message(request, numbers), url=renumbered(request.url, numbers))
    if response is not None and response.large is not None:
        response = replace(response, large=_large(response.large, numbers))
    return replace(
        interaction,
        request=request,
        response=response and _message(response, numbers),
        failure=failure and replace(failure, message=renumbered(failure.message, numbers)),
    )


def _large(large: LargeBody, numbers: Mapping[Number, int]) -> LargeBody:
    return spooled(large.spool(), (renumbered(text, numbers).encode("latin-1") for text in words(large)))


def _message(message: Message, numbers: Mapping[Number, int]) -> Message:
    headers = Headers.of((name, renumbered(value, numbers)) for name, value in message.headers)
    body = renumbered(message.body.decode("latin-1"), numbers).encode("latin-1")
    return replace(message, headers=headers, body=body)
