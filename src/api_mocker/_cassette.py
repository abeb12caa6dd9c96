"""A cassette in use, as the code under test and its author see it.

The law of this file: it shows and tells, and decides nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from ._core.known_values import SHORTEST_GIVEN, Known
from .exceptions import UsageError

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from ._core.engine import Engine
    from ._core.model import Interaction, Request
    from ._core.modes import RecordMode

__all__ = ["Cassette"]


class Cassette:
    """A cassette in use: what is recorded, what was sent, what was played.

    `requests` and `interactions` are as the file has them (redacted), `sent` is what the code
    under test sent, in order, unredacted and in memory only. With recording disabled, only `sent`
    holds anything.
    """

    def __init__(self, path: Path, engine: Engine) -> None:
        self.path = path
        self.was_looked_at = False  # somebody asked what it holds, and may count on it
        self._engine = engine

    @property
    def mode(self) -> RecordMode:
        """The record mode in force."""
        return self._engine.policy.mode

    @property
    def interactions(self) -> list[Interaction]:
        """What the file held when it was opened, and after the end of the block what it holds now."""
        self.was_looked_at = True
        return self._engine.interactions()

    @property
    def requests(self) -> list[Request]:
        """The requests of `interactions`."""
        return [interaction.request for interaction in self.interactions]

    @property
    def sent(self) -> list[Request]:
        """What the code under test sent, in order."""
        return list(self._engine.sent)

    @property
    def played(self) -> list[Interaction]:
        """The interactions that were played, in file order."""
        return [entry.interaction for entry in self._engine.entries() if entry.plays]

    def redact(self, value: str, name: str = "secret") -> None:
        """Says that `value` is a secret, wherever it stands in what this cassette records, before and after.

        For what only the code under test knows: a password that was made up, a code that was read from a
        phone. It is hidden in recordings, in those that are set aside and in error texts, as
        ``<redacted:NAME:1>``. UsageError when the cassette is closed already, and for less than four
        characters, which stand in other texts by accident. What older recordings of the file hold stays:
        ``api-mocker cassette redact`` is for those.
        """
        if not isinstance(cast("object", value), str) or len(value) < SHORTEST_GIVEN:
            raise UsageError(
                f"cassette.redact() takes the secret as text of at least {SHORTEST_GIVEN} characters; shorter "
                f"ones stand in other texts by accident"
            )
        self._engine.redact(Known(name, value))

    def unused(self) -> list[Interaction]:
        """The recorded interactions that nobody has asked for (yet)."""
        return [entry.interaction for entry in self._engine.tapes[0].unused()]

    @property
    def recorded_at(self) -> datetime | None:
        """When its first interaction was recorded: the moment to freeze a clock at; None while empty."""
        return next((interaction.recorded_at for interaction in self.interactions), None)

    def __repr__(self) -> str:
        return f"<Cassette {self.path} ({self.mode})>"
