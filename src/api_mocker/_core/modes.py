"""Record modes: what is done with a request, as one table.

The law of this file: nobody else asks which mode it is in order to decide. A mode is a row here.
"""

from __future__ import annotations

from enum import Enum, StrEnum
from typing import TYPE_CHECKING

from ..exceptions import UsageError
from .nearest import nearest_name

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["DECISIONS", "Action", "RecordMode", "Situation"]


class RecordMode(StrEnum):
    """How a cassette treats requests: what it replays, records and refuses."""

    NONE = "none"
    ONCE = "once"
    NEW_EPISODES = "new_episodes"
    ALL = "all"
    REWRITE = "rewrite"

    @classmethod
    def of(cls, value: str | RecordMode) -> RecordMode:
        """The mode of that name; UsageError names the nearest one."""
        try:
            return cls(value)
        except ValueError:
            raise UsageError(
                f"there is no record mode {value!r}{nearest_name(value, cls)} "
                f"(record modes: {', '.join(cls)})"
            ) from None

    @property
    def records(self) -> bool:
        """Whether this mode may send anything at all."""
        return any(action is Action.RECORD for action in DECISIONS[self].values())


class Situation(Enum):
    """What the cassette knows of a request."""

    ABSENT = "no cassette"
    UNUSED = "recorded and unused"
    UNKNOWN = "not recorded"  # or every recording of it has been played


class Action(Enum):
    """What is done with a request."""

    REPLAY = "replay"
    RECORD = "record"
    REFUSE = "refuse"


DECISIONS: Mapping[RecordMode, Mapping[Situation, Action]] = {
    mode: dict(zip(Situation, row, strict=True))
    for mode, row in {
        RecordMode.NONE: (Action.REFUSE, Action.REPLAY, Action.REFUSE),
        RecordMode.ONCE: (Action.RECORD, Action.REPLAY, Action.REFUSE),
        RecordMode.NEW_EPISODES: (Action.RECORD, Action.REPLAY, Action.RECORD),
        RecordMode.ALL: (Action.RECORD, Action.RECORD, Action.RECORD),
        RecordMode.REWRITE: (Action.RECORD, Action.RECORD, Action.RECORD),
    }.items()
}
"""``all`` puts what it records in the place of the recording that matched; ``rewrite`` starts empty."""
