"""One use of a cassette, from opening it to settling what was recorded.

The law of this file: a recording is committed when the block (or, under pytest, the test) that made
it passed, and is set aside otherwise; and what was done wrong is said when it ends, unless it ends
with an error of its own.
"""

from __future__ import annotations

import os
import warnings
from datetime import UTC, datetime
from time import time as _wall_clock  # bound at import, so that a frozen clock does not date recordings
from typing import TYPE_CHECKING
from weakref import WeakSet

from . import interceptors
from ._block import enter
from ._cassette import Cassette
from ._core import explain
from ._core.canonical import Ignore
from ._core.cassette import Tape, veiled
from ._core.engine import Engine
from ._core.matching import Matching
from ._core.modes import DECISIONS, Action, RecordMode, Situation
from ._core.policy import Policy
from ._recording import Recording, begun_journals
from ._runtime import Activation
from ._session import session
from ._storage import schema
from ._storage.emit import emit
from ._storage.files import CassetteFile, is_there
from ._storage.spool import FileSpool
from .exceptions import ApiMockerWarning

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from ._config import Config
    from ._storage.replacing import Stamp
    from .exceptions import ApiMockerError, CassetteExpired, UnusedInteractions

__all__ = ["Use"]


_uses: WeakSet[Use] = WeakSet()


def _forked() -> None:
    """In a forked process: what the parent records stays the parent's, who alone commits it."""
    for use in _uses:
        use.session.forked()
        for journal in use.journals:
            journal.abandon()
        use.engine.forked()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forked)


def _now() -> datetime:
    return datetime.fromtimestamp(int(_wall_clock()), UTC)


class Use:
    """One use of a cassette, in steps: start, stop, settle. `use_cassette` takes all three.

    `only_replays` says why nothing is recorded whatever the mode; empty: it may be. What is `guarded`
    keeps the process off the network while it only replays, where a guard is at hand: under pytest.
    """

    def __init__(
        self,
        path: Path,
        extra: Sequence[Path],
        config: Config,
        *,
        test: str | None = None,
        shared: bool = False,
        only_replays: str = "",
        guarded: bool = False,
    ) -> None:
        self.path, self._extra, self.test = path, extra, test
        self.config = config
        self.session = session()
        self._target = self.session.target
        mode, wanted, forbidden = self.session.mode(config)
        if only_replays and mode.records:
            mode, forbidden = RecordMode.NONE, only_replays
        self.opened: CassetteFile | None = None
        self._base: Recording | None = None  # what waited for the end of the test when this was opened
        held = self._held(mode)
        # A file that this very run began is still being recorded: to later tests it is no old one.
        began = mode.records and path.resolve() in self.session.began
        existed = held is not None and not began
        self._review, self._seen = self._reviewed(held, began=began)
        if mode is RecordMode.REWRITE and (began or shared):
            mode = RecordMode.ALL  # what other tests recorded, or may have, is not this one's to drop
        policy = Policy(
            mode,
            self.session.rules(config),
            wanted,
            forbidden,
            config.passthrough,
            config.record_errors,
            config.before_record,
            self._advice(existed=existed),
            self.session.disabled,
        )
        others = [self._further(other) for other in self.paths[1:]]
        tapes = [self._tape(held), *map(self._tape, others)]
        self.files = [held if isinstance(held, CassetteFile) else None, *others]  # one for each tape
        self.engine = Engine(self._shown(path), tapes, policy, existed, _now)
        self.cassette = Cassette(path, self.engine)
        self.journals = begun_journals(path, self._head(), self.opened, policy, self.session)
        self.engine.journal = next(iter(self.journals), None)
        self.engine.room = FileSpool
        self._activation = Activation(self.engine, passive=self.session.disabled)
        self._guard = self.session.guard if guarded and self.replaying and not self.session.disabled else None
        self._unguard: Callable[[], None] | None = None
        _uses.add(self)

    def _head(self) -> bytes | str:
        return self.opened.head if self.opened is not None else emit(schema.header(self.test))

    def _held(self, mode: RecordMode) -> CassetteFile | Recording | None:
        """What is known of the cassette: the file, or what replaces it when the test has passed.

        Where it is recorded further, that is what waits for review since this process put it there.
        """
        path = self.path
        if self.session.disabled:
            return None  # as if there were no cassettes, not even broken ones
        pending = self._base = self.session.pending.get(path.resolve())
        if pending is None and mode.records:
            pending = self.session.reviewed.get(path.resolve())
            pending = pending if pending is not None and pending.is_waiting(self.session) else None
        if pending is not None:
            self.opened = pending.opened
        elif is_there(path):
            self.opened = CassetteFile(path)
        return pending or self.opened

    def _reviewed(self, held: CassetteFile | Recording | None, *, began: bool) -> tuple[bool, Stamp | None]:
        """Whether what is recorded is to wait for review, and what of ours waits there already."""
        if isinstance(held, Recording) and held.review:
            return True, held.seen
        # What nobody had before this run is nothing to compare with.
        new = self.opened is None or (began and self.path.resolve() not in self.session.reviewed)
        return self.config.review and not new, None

    @property
    def paths(self) -> list[Path]:
        """The cassette, and those that are only read besides; one for each tape."""
        return [self.path, *(() if self.session.disabled else self._extra)]

    def _tape(self, held: CassetteFile | Recording | None) -> Tape:
        config = self.config
        return Tape(
            held.entries() if held else (),
            Matching(config.match_on),
            Ignore.parse(config.ignore),
            repeat=config.repeat,
            order=config.order,
        )

    def _further(self, path: Path) -> CassetteFile:
        if not is_there(path):
            raise explain.further_missing(self._shown(path), self._shown(self.path))
        return CassetteFile(path)

    def _shown(self, path: Path) -> str:
        absolute = path.resolve()
        return str(
            absolute.relative_to(self.session.root) if absolute.is_relative_to(self.session.root) else path
        )

    def _advice(self, *, existed: bool) -> str:
        mode = "rewrite" if existed else "once"
        if self._target is not None:
            return f"pytest --record-mode={mode} {self._target}"
        return f'use_cassette(..., record_mode="{mode}")'

    def start(self) -> Cassette:
        """From now on, requests made here come to this cassette."""
        enter(self._activation)
        self._tell(0)
        if self._guard is not None:
            self._unguard = self._guard(self)
        return self.cassette

    def _tell(self, at: int) -> None:
        """Tells whoever watches that the use begins (0) or has ended (1)."""
        if self.session.watchers is not None and not self.session.disabled:
            self.session.watchers[at](self)

    @property
    def is_innermost(self) -> bool:
        """Whether requests made here and now come to this use."""
        return self._activation.is_here

    def stop(self) -> None:
        """Requests go where they went before; what is still on its way is ended."""
        self._activation.leave(for_good=not self.session.disabled)
        try:
            self.engine.close()
        finally:
            if self._unguard is not None:
                self._unguard()
            interceptors.uninstall()
            self.session.counts.add(self.engine.counts)
            self.session.went_live(self.engine.live)
            self._tell(1)

    def settle(self, *, passed: bool) -> None:
        """Commits what was recorded, or sets it aside; within a test that is decided when the test ends."""
        if not self.engine.policy.mode.records:
            return
        if not self.engine.slots:
            if self.engine.policy.mode is RecordMode.REWRITE and self.engine.existed and passed:
                self.engine.notes.append(explain.nothing_rewritten(self.engine.name))
            return
        result = self.engine.result()
        if not result.differs:
            for journal in self.journals:
                journal.drop()
            return
        mode = self.engine.policy.mode
        append = mode is RecordMode.NEW_EPISODES
        recording = Recording(
            self.path, self._head(), result, self.opened, append, self._review, self._seen, self.journals
        )
        if not passed:
            recording.set_aside(self.session)
            return
        if not self.engine.existed or mode is RecordMode.REWRITE:
            self.session.began.add(self.path.resolve())
        if not recording.wait(self.session, self._base):
            recording.commit(self.session)

    def finish(self, error: BaseException | None) -> None:
        """All that is left to do when the block ends, with the error it ended with."""
        self.stop()
        try:
            self.settle(passed=error is None and not self.engine.refusals)
        except Exception as ours:
            if error is None:
                raise
            error.add_note(f"api-mocker: {ours}")  # what the block ended with is not hidden
        if error is None and not self.session.disabled:
            self.report()

    def swallowed(self) -> ApiMockerError | None:
        """The refusals that the code under test caught, as one error."""
        return explain.swallowed(self.engine.refusals) if self.engine.refusals else None

    def unused(self) -> UnusedInteractions | None:
        """The recordings nobody asked for, as one error; None when there are none."""
        entries = self.engine.tapes[0].unused()
        if not entries or self.engine.policy.mode is RecordMode.REWRITE:
            return None
        shown = veiled(entries, self.engine.fresh().request)
        return explain.unused_interactions(self.engine.name, shown, self._advice(existed=True))

    def expired(self) -> CassetteExpired | None:
        """What was played and is older than ``max_age``, as one error; None when nothing is."""
        limit = self.config.max_age
        if limit is None or DECISIONS[self.engine.policy.mode][Situation.UNUSED] is not Action.REPLAY:
            return None
        now = _now()
        errors = []
        for path, tape in zip((self.path, *self._extra), self.engine.tapes, strict=False):
            old = [
                entry
                for entry in tape.all()
                if entry.plays and (made := entry.interaction.recorded_at) and now - made > limit
            ]
            if old:
                own = path is self.path
                advice = self._advice(existed=True) if own else "its own test, with --record-mode=rewrite"
                shown = veiled(old, self.engine.fresh().request)
                errors.append(explain.expired(self._shown(path), shown, now, limit, advice))
        return type(errors[0])("\n\n".join(map(str, errors))) if errors else None

    @property
    def replaying(self) -> bool:
        """Whether nothing could be recorded here, so that what is unused is an error."""
        mode = self.engine.policy.mode
        return mode is RecordMode.NONE or (mode is RecordMode.ONCE and self.engine.existed)

    def report(self) -> None:
        """Raises what went wrong though nothing was raised; warns of what is only worth knowing."""
        if error := self.swallowed():
            raise error
        for note in self.engine.notes:
            warnings.warn(note, ApiMockerWarning, stacklevel=3)
        if expired := self.expired():
            if self.config.on_expiry == "fail":
                raise expired
            warnings.warn(str(expired), ApiMockerWarning, stacklevel=3)
        unused = None if self.config.unused == "ignore" else self.unused()
        if unused is not None:
            if self.replaying and self.config.unused == "error":
                raise unused
            warnings.warn(str(unused), ApiMockerWarning, stacklevel=3)
