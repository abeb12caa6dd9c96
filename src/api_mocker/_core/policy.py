"""What one cassette was told to do.

The law of this file: it says, and does nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from .model import Interaction
    from .modes import RecordMode
    from .redaction import Rules

    BeforeRecord = Callable[[Interaction], Interaction | None]

__all__ = ["Policy"]


@dataclass(frozen=True, slots=True)
class Policy:
    """What one cassette was told to do; everything an `Engine` needs to know besides the tape.

    ``wanted`` is the mode that was asked for, ``mode`` the one in force; they differ where
    recording is forbidden, and ``forbidden`` then says why.
    """

    mode: RecordMode
    rules: Rules
    wanted: RecordMode | None = None
    forbidden: str = ""
    passthrough: tuple[str, ...] = ()
    record_errors: bool = False
    before_record: BeforeRecord | None = None
    advice: str = ""  # the command that records, for error texts
    disabled: bool = False  # whatever comes goes live
