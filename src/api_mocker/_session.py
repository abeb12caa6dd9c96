"""What holds for a whole process: the project's options, and what the command line said.

The law of this file: precedence is decided here and nowhere else. ``--record-mode``, then a marker
or a call, then the environment, then the project's config, then ``none``.
"""

from __future__ import annotations

import os
import re
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from ._core.counts import Counts
from ._core.modes import RecordMode
from .exceptions import CassetteError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from ._config import Config
    from ._core.arrange import Arrangement
    from ._core.redaction import Redactor, Rules
    from ._known_values import KnownValues
    from ._recording import Recording
    from ._use import Use

__all__ = ["MODE_VARIABLE", "Session", "in_ci", "project_root", "session", "set_session"]


MODE_VARIABLE = "API_MOCKER_RECORD_MODE"

# A table of that name or one like it, or such a key: of [tool], that is; a dependency looks otherwise.
_TABLE = re.compile(
    rb"""^[ \t]*(?:\[[^\]\n]*)?["']?api.?mo\w*["']?[ \t]*(?:[.\]]|=(?!=))|^tool\b.*api.?mo""",
    re.IGNORECASE | re.MULTILINE,
)


class Session:
    """What holds for a whole process.

    ``flag`` is the command line's record mode; ``guarded`` says that only it may record (pytest
    with ``CI`` set), where it ``is_said`` and comes from no committed file; ``disabled`` lets
    everything through live. What was counted and written stands here too.
    """

    def __init__(
        self,
        root: Path,
        *,
        flag: RecordMode | None = None,
        is_said: bool = True,
        guarded: bool = False,
        disabled: bool = False,
    ) -> None:
        self.root = root
        self.flag = flag
        self.is_said = is_said
        self.guarded = guarded
        self.disabled = disabled
        self.counts = Counts()
        self.written: list[tuple[Path, Arrangement]] = []
        self.aside: list[Path] = []
        self.live: list[tuple[str, str]] = []  # for each live call the test, and host:port
        self.began: set[Path] = set()  # files that this very process made
        self.name_target: Callable[[], str] | None = None  # says `target`, once it is asked for
        self.deferring = False  # a test is running, and will decide what is committed
        self.run = ""  # its id, where several processes are at work in it
        self.lock = Lock()
        self.pending: dict[Path, Recording] = {}  # guarded by the lock: threads may have blocks of their own
        self.watchers: tuple[Callable[[Use], None], Callable[[Use], None]] | None = (
            None  # of uses that begin and end
        )
        # Keeps the process off the network while a block only replays; what it returns ends that.
        self.guard: Callable[[Use], Callable[[], None]] | None = None
        self.reviewed: dict[Path, Recording] = {}  # what this very process put to review
        self.to_review: list[tuple[Path, Arrangement]] = []
        self._rules: dict[object, Rules] = {}
        self._redactor: Redactor | None = None

    @property
    def target(self) -> str | None:
        """The test that runs, as one names it on the command line; None while none does."""
        return None if self.name_target is None else self.name_target()

    def forked(self) -> None:
        """In the copy in a forked process, nothing waits: it is the parent's to commit."""
        self.lock = Lock()
        self.pending.clear()

    def went_live(self, places: Sequence[str]) -> None:
        """Notes where requests went that passed untouched."""
        self.live += [(self.target or "", place) for place in places]

    def decide(self, *, passed: bool) -> None:
        """Commits or sets aside what waited for the end of a test; CassetteError when some of it cannot be."""
        with self.lock:  # what a thread's block leaves from now on is its own to commit
            self.deferring = False
            pending, self.pending = self.pending, {}
        errors = []
        for recording in pending.values():
            try:
                if passed:
                    recording.commit(self)
                else:
                    recording.set_aside(self)
            except CassetteError as error:  # the others have their turn
                errors.append(error)
        if errors:
            raise errors[0] if len(errors) == 1 else CassetteError("\n\n".join(map(str, errors)))

    @cached_property
    def config(self) -> Config:
        """The project's options, read when they are first needed; UsageError for a mistake in them."""
        from ._config import read_project  # most of the package hangs on it

        return read_project(self.root)

    @cached_property
    def _known_values(self) -> KnownValues:
        from ._known_values import KnownValues

        return KnownValues(self.root)

    def rules(self, config: Config) -> Rules:
        """The redaction rules of this config, and the secrets that are known around the project by now.

        Made once for all cassettes for which they are the same, so that none compiles them anew.
        """
        redact = config.redact
        known = self._known_values.known(redact.get("env", ()))
        key = (frozenset(redact.items()), known)
        rules = self._rules.get(key)
        if rules is None:
            from ._redact import rules_of

            rules = self._rules[key] = rules_of(redact, "redact", known)
        return rules

    def hidden(self, text: str) -> str:
        """A text (a test's id, an argument) without the secrets that can be told in it."""
        if self._redactor is None:
            from ._core.redaction import Redactor

            self._redactor = Redactor(self.rules(self.config))
        return self._redactor.text(text)

    @cached_property
    def is_configured(self) -> bool:
        """Whether the project seems to say anything about api-mocker, be it misspelt; cheap."""
        try:
            text = (self.root / "pyproject.toml").read_bytes()
        except OSError:
            return False
        return _TABLE.search(text) is not None

    def mode(self, config: Config) -> tuple[RecordMode, RecordMode, str]:
        """The mode in force for a cassette with this config, the mode asked for, and why they differ."""
        if self.flag is not None:
            return self._guarded(self.flag, " in addopts") if not self.is_said else (self.flag, self.flag, "")
        source = config.sources.get("record_mode")
        named = os.environ.get(MODE_VARIABLE)
        if named and (source is None or source.place in ("project", "fixture")):
            try:
                wanted = RecordMode.of(named)
            except UsageError as error:
                raise UsageError(f"the environment variable {MODE_VARIABLE}: {error}") from None
        else:
            wanted = config.record_mode or RecordMode.NONE
        return self._guarded(wanted)

    def _guarded(self, wanted: RecordMode, where: str = "") -> tuple[RecordMode, RecordMode, str]:
        """A mode that nobody said on the command line, as `mode` has it."""
        if not self.guarded or not wanted.records:
            return wanted, wanted, ""
        reason = (
            "CI is set, and then only --record-mode on the command line records "
            f"(asked for here: {wanted}{where})"
        )
        return RecordMode.NONE, wanted, reason


_session: Session | None = None


def session() -> Session:
    """The process's session; without pytest, that of the project around the working directory."""
    global _session  # noqa: PLW0603  # there is one process
    if _session is None:
        _session = Session(project_root(Path.cwd()))
    return _session


def set_session(new: Session | None) -> Session | None:
    """Puts another session in force, and returns the one that was."""
    global _session  # there is one process
    old, _session = _session, new
    return old


def project_root(start: Path) -> Path:
    """The nearest folder at or above `start` that has a pyproject.toml, else `start`."""
    return next(
        (folder for folder in (start, *start.parents) if (folder / "pyproject.toml").is_file()), start
    )


def in_ci(environment: Mapping[str, str]) -> bool:
    """Whether ``CI`` is set, and not to something that means no."""
    return environment.get("CI", "").strip().lower() not in ("", "0", "false")
