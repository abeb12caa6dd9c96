"""What was recorded and is no file yet: to be committed, or to be set aside.

The law of this file: nothing recorded is lost. What cannot be committed is set aside, and until it
is decided which, later cassettes of the same path replay it from memory.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from ._core.cassette import Entry
from ._storage import files
from .exceptions import CassetteError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ._core.arrange import Arrangement
    from ._core.model import Interaction
    from ._session import Session
    from ._storage.files import CassetteFile

__all__ = ["Recording"]


@dataclass(frozen=True, slots=True)
class Recording:
    """The new content of one cassette.

    ``head`` is its header document; ``opened`` the file that it is to replace, None where there was
    none; with ``append``, what others added to that file meanwhile is kept.
    """

    path: Path
    head: bytes | str
    result: Arrangement
    opened: CassetteFile | None
    append: bool

    def entries(self) -> Iterator[Entry]:
        """Its interactions, none of them played yet."""
        for number, item in enumerate(self.result.items):
            if isinstance(item, Entry):
                yield Entry(number, partial(getattr, item, "interaction"), source=item.source)
            else:
                yield Entry(number, partial(_itself, item))

    def commit(self, session: Session) -> None:
        """Puts it in place; CassetteError when that cannot be, and then it is set aside."""
        try:
            files.save(
                self.path,
                self.head,
                self.result.items,
                opened=self.opened,
                root=session.root,
                append=self.append,
            )
        except CassetteError:
            with suppress(CassetteError):  # where even that cannot be written, the first error says why
                self.set_aside(session)
            raise
        session.written.append((self.path, self.result))

    def set_aside(self, session: Session) -> None:
        """Keeps it where it is no cassette."""
        if not self.path.exists():
            session.began.discard(self.path.resolve())
        session.aside.append(files.set_aside(self.path, self.head, self.result.items, session.root))


def _itself(interaction: Interaction) -> Interaction:
    return interaction
