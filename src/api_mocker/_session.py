"""What holds for a whole process: the project's options, and what the command line said.

The law of this file: precedence is decided here and nowhere else. ``--record-mode``, then a marker
or a call, then the environment, then the project's config, then ``none``.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from . import _config
from ._core.engine import Counts
from ._core.modes import RecordMode

if TYPE_CHECKING:
    from ._config import Config
    from ._core.arrange import Arrangement

__all__ = ["Session", "session", "set_session"]


@dataclass(slots=True)
class Session:
    """What holds for a whole process: the project's config, and what the command line said.

    ``flag`` is the command line's record mode; ``guarded`` says that only it may record (pytest
    with ``CI`` set); ``disabled`` lets everything through live.
    """

    root: Path
    config: Config
    flag: RecordMode | None = None
    guarded: bool = False
    disabled: bool = False
    counts: Counts = field(default_factory=Counts)
    written: list[tuple[Path, Arrangement]] = field(default_factory=list)
    aside: list[Path] = field(default_factory=list)
    began: set[Path] = field(default_factory=set)

    def mode(self, config: Config) -> tuple[RecordMode, RecordMode, str]:
        """The mode in force for a cassette with this config, the mode asked for, and why they differ."""
        if self.flag is not None:
            return self.flag, self.flag, ""
        source = config.sources.get("record_mode")
        named = os.environ.get(_config.MODE_VARIABLE)
        if named and (source is None or source.place == "config"):
            wanted = RecordMode.of(named)
        else:
            wanted = config.record_mode or RecordMode.NONE
        if self.guarded and wanted.records:
            reason = f"CI is set, and then only --record-mode on the command line records (asked for here: {wanted})"
            return RecordMode.NONE, wanted, reason
        return wanted, wanted, ""


_session: Session | None = None


def session() -> Session:
    """The process's session; without pytest, that of the project around the working directory."""
    global _session  # noqa: PLW0603  # there is one process
    if _session is None:
        root = _config.project_root(Path.cwd())
        _session = Session(root, _config.read_project(root))
    return _session


def set_session(new: Session | None) -> Session | None:
    """Puts another session in force, and returns the one that was."""
    global _session  # there is one process
    old, _session = _session, new
    return old
