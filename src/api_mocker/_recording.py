"""What was recorded and is no file yet: to be committed, to wait for review, or to be set aside.

The law of this file: nothing recorded is lost. What cannot be committed is set aside, and until it
is decided which, later cassettes of the same path replay it from memory; what waits for review
goes on being recorded from there, too.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from ._core.arrange import Arrangement
from ._core.cassette import Entry
from ._core.modes import RecordMode
from ._storage import files
from ._storage.replacing import stamp_of
from ._storage.waiting import Others, place_of, put_aside
from .exceptions import CassetteBusy, CassetteError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ._core.model import Interaction
    from ._core.policy import Policy
    from ._session import Session
    from ._storage.files import CassetteFile
    from ._storage.journal import Journal
    from ._storage.replacing import Stamp

__all__ = ["Recording", "begun_journals"]


@dataclass(frozen=True, slots=True)
class Recording:
    """The new content of one cassette.

    ``head`` is its header document; ``opened`` the file that it is to replace, None where there was
    none; with ``append``, what others added to that file meanwhile is kept. With ``review`` it is not
    to replace the file but to wait beside it, in the place of the one ``seen`` there before. Its
    ``journals`` go when it is on the disk.
    """

    path: Path
    head: bytes | str
    result: Arrangement
    opened: CassetteFile | None
    append: bool
    review: bool = False
    seen: Stamp | None = None
    journals: tuple[Journal, ...] = ()

    def entries(self) -> Iterator[Entry]:
        """Its interactions, none of them played yet."""
        for number, item in enumerate(self.result.items):
            if isinstance(item, Entry):
                yield Entry(number, partial(getattr, item, "interaction"), source=item.source)
            else:
                yield Entry(number, partial(_itself, item))

    def wait(self, session: Session, base: Recording | None) -> bool:
        """Waits until the test is over, if one is running; `base` is what waited when its cassette was opened.

        What another block, opened at the same time, left there meanwhile is kept: ours is added to it, or
        is set aside, and that is CassetteBusy.
        """
        path = self.path.resolve()
        with session.lock:
            if not session.deferring:
                return False
            other = session.pending.get(path)
            if other is base:
                before = base.journals if base is not None else ()
                session.pending[path] = replace(self, journals=(*before, *self.journals))
                return True
            if other is not None and self.append:
                session.pending[path] = other.joined(self)
                return True
        error = CassetteBusy("was recorded by another block that was open at the same time", self.path)
        self._set_aside_after(error, session)
        raise error

    def joined(self, other: Recording) -> Recording:
        """The same, and behind it what the other recorded."""
        new = [item for item in other.result.items if not isinstance(item, Entry)]
        result = replace(
            self.result, items=[*self.result.items, *new], added=self.result.added + other.result.added
        )
        return replace(self, result=result, journals=(*self.journals, *other.journals))

    def commit(self, session: Session) -> None:
        """Puts it in place; CassetteError when that cannot be, and then it is set aside."""
        try:
            if self.review:
                self._put_to_review(session)
            else:
                self._put_in_place(session)
        except CassetteError as error:
            self._set_aside_after(error, session)
            raise
        self._forget()

    def _set_aside_after(self, error: CassetteError, session: Session) -> None:
        """Sets it aside; where that cannot be either, the error says so, too."""
        try:
            self.set_aside(session)
        except CassetteError as another:
            error.args = (f"{error}\n  What was recorded is not set aside: {another}", *error.args[1:])

    def _forget(self) -> None:
        for journal in self.journals:
            journal.drop()

    def _put_in_place(self, session: Session) -> None:
        files.save(
            self.path,
            self.head,
            self.result.items,
            opened=self.opened,
            root=session.root,
            append=self.append,
        )
        session.written.append((self.path, self.result))

    def _put_to_review(self, session: Session) -> None:
        place = put_aside(
            self.path,
            self.head,
            self.result.items,
            session.root,
            "review",
            opened=self.opened,
            others=Others(session.run, self.seen, self.append),
        )
        written = files.CassetteFile(place)  # with what other processes added to it
        recorded = Arrangement([*written.entries()])
        session.reviewed[self.path.resolve()] = replace(self, result=recorded, seen=written.stamp)
        session.to_review.append((self.path, self.result))

    def is_waiting(self, session: Session) -> bool:
        """Whether it lies for review as it was put there."""
        return self.seen is not None and stamp_of(place_of(self.path, session.root, "review")) == self.seen

    def set_aside(self, session: Session) -> None:
        """Keeps it where it is no cassette."""
        if not os.path.exists(self.path):  # noqa: PTH110  # which raises nothing
            session.began.discard(self.path.resolve())
        session.aside.append(
            put_aside(self.path, self.head, self.result.items, session.root, opened=self.opened)
        )
        self._forget()


def begun_journals(
    path: Path, head: bytes | str, opened: CassetteFile | None, policy: Policy, session: Session
) -> tuple[Journal, ...]:
    """The journal of what is to be recorded; none where the user decides what of it may be kept."""
    if not policy.mode.records or policy.disabled or policy.before_record is not None:
        return ()
    from ._storage.journal import Journal

    carries = policy.mode is not RecordMode.REWRITE
    return (Journal(path, session.root, head, policy.rules, opened, carries=carries),)


def _itself(interaction: Interaction) -> Interaction:
    return interaction
