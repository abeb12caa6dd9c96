"""Recordings that wait: those of failed tests, and re-recordings that people want to see first.

The law of this file: a recording waits where it is no cassette and is kept as one, with all that it
needs, until it was taken or dropped by name. It says itself (in comments behind its end, so that it
is written in one step) which cassette it is for and what that held, so that nothing is put in the
place of what nobody compared it with.

They lie under ``.api_mocker/failed`` and ``.api_mocker/review``, at the cassette's own path from the
root: outside of every cassette folder, so that nothing takes one for a cassette, and inside of the
folder that ignores itself in Git, so that what was not taken is not committed by accident.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

from .._core.cassette import Entry
from ..exceptions import CassetteBusy, CassetteError, shown
from .bodies import bodies_folder
from .files import CassetteFile, own, replace_file, save, state_folder, writing
from .naming import JOURNALS, STATE_FOLDER, SUFFIX
from .replacing import stamp_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .._core.model import Interaction
    from .replacing import Stamp

__all__ = [
    "KINDS",
    "Kind",
    "Others",
    "Waiting",
    "drop",
    "place_of",
    "put_aside",
    "put_in_place",
    "waiting",
    "waiting_root",
]

Kind = Literal["review", "failed"]
"""Why a recording waits: somebody wants to see it first, or its test failed."""

KINDS: tuple[Kind, ...] = get_args(Kind)

_REACH = 4096  # bytes at the end in which the comments stand
_FOR = re.compile(rb'^# waits for: (".*")\r?$', re.MULTILINE)
_REPLACES = re.compile(rb"^# replaces: (nothing|[0-9a-f]{64})\r?$", re.MULTILINE)
_RUN = re.compile(rb"^# run: ([!-~]+)\r?$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Waiting:
    """One recording that waits.

    ``path`` is where it lies, ``cassette`` what it is for. ``replaces`` is the SHA-256 of the cassette
    that it was compared with, "" where there was none, None where it does not say.
    """

    kind: Kind
    path: Path
    cassette: Path
    replaces: str | None
    stamp: Stamp | None
    root: Path

    def fits(self, current: CassetteFile | None) -> bool:
        """Whether the cassette is the one that this was recorded against."""
        if self.replaces is not None:
            return self.replaces == (current.digest if current is not None else "")
        return current is None or (self.stamp is not None and current.stamp[0] <= self.stamp[0])


@dataclass(frozen=True, slots=True)
class Others:
    """The other processes of a ``run`` (its id), which may record the same cassette for review.

    ``seen`` is what we put there ourselves. What they put there is not replaced: with ``append`` ours is
    added to it, else it is CassetteBusy.
    """

    run: str
    seen: Stamp | None
    append: bool

    def put(self, path: Path) -> bool:
        """Whether what waits there is theirs."""
        return bool(self.run) and stamp_of(path) not in (None, self.seen) and _run_of(_end(path)) == self.run


def place_of(path: Path, root: Path, kind: Kind) -> Path:
    """Where the recording of a cassette waits."""
    absolute = path.resolve()
    below = absolute.relative_to(root) if absolute.is_relative_to(root) else Path(absolute.name)
    return root / STATE_FOLDER / kind / below


def put_aside(
    path: Path,
    head: bytes | str,
    items: Sequence[Entry | Interaction],
    root: Path,
    kind: Kind = "failed",
    *,
    opened: CassetteFile | None = None,
    others: Others | None = None,
) -> Path:
    """Keeps a recording that is not to be committed (yet); returns where.

    ``opened`` is the cassette as it was when it was recorded. What waited there before is replaced,
    unless one of the `others` put it there. CassetteError when the disk refuses.
    """
    state_folder(root)
    target = own(place_of(path, root, kind), root)
    with writing(target, root):
        if others is not None and others.put(target):
            if not others.append:
                raise CassetteBusy("waits for review already, from another process that records it too", path)
            theirs = CassetteFile(target)
            head = theirs.head
            ours = [item for item in items if not isinstance(item, Entry)]
            items = [*theirs.entries(), *ours]
        replace_file(
            target,
            head,
            items,
            beside=path,
            comment=_comment(path, root, opened, others.run if others else ""),
        )
    return target


def _comment(path: Path, root: Path, opened: CassetteFile | None, run: str) -> bytes:
    absolute = path.resolve()
    shown = absolute.relative_to(root).as_posix() if absolute.is_relative_to(root) else str(absolute)
    replaces = opened.digest if opened is not None else "nothing"
    lines = [f"# waits for: {json.dumps(shown)}", f"# replaces: {replaces}"]
    if run:
        lines.append(f"# run: {run}")
    return "".join(f"{line}\n" for line in lines).encode()


def _end(path: Path) -> bytes:
    """What stands behind the end of a recording."""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - _REACH))
        return file.read().rpartition(b"\n...")[2]


def _run_of(end: bytes) -> str:
    found = _RUN.search(end)
    return found[1].decode() if found else ""


def waiting(root: Path) -> Iterator[Waiting]:
    """All that waits in a project, by cassette."""
    found = [
        _read(kind, path, root)
        for kind in KINDS
        for path in (root / STATE_FOLDER / kind).rglob(f"*{SUFFIX}")
        if path.is_file() and not path.name.startswith(".")
    ]
    yield from sorted(found, key=lambda each: (each.cassette, KINDS.index(each.kind)))


def waiting_root(start: Path) -> Path | None:
    """The nearest folder at or above `start` in which recordings wait, or have waited; of no other repository."""
    for folder in (start, *start.parents):
        if any((folder / STATE_FOLDER / kind).is_dir() for kind in (*KINDS, JOURNALS)):
            return folder
        if (folder / ".git").exists():
            break
    return None


def _read(kind: Kind, path: Path, root: Path) -> Waiting:
    stamp = stamp_of(path)
    end = _end(path)
    replaces = _REPLACES.search(end)
    cassette = root / path.relative_to(root / STATE_FOLDER / kind)
    named = _FOR.search(end)
    if named is not None:
        with contextlib.suppress(ValueError):
            cassette = root / str(json.loads(named[1]))  # an absolute one stays as it is
    digest = replaces[1].decode() if replaces else None
    return Waiting(kind, path, cassette, "" if digest == "nothing" else digest, stamp, root)


def put_in_place(
    recording: Waiting,
    head: bytes,
    items: Sequence[Entry | Interaction],
    current: CassetteFile | None,
) -> None:
    """Makes `items` the cassette, in one step; CassetteBusy when it is not `current` any more.

    CassetteError where the disk refuses, or the recording names a place outside of its project.
    """
    path, root = recording.cassette, recording.root
    if not path.resolve().is_relative_to(root.resolve()):
        raise CassetteError(
            f"{shown(path)} lies outside of the project, and nothing is put there: move "
            f"{shown(recording.path)} yourself, if that is where it belongs"
        )
    if current is None and os.path.exists(path):  # noqa: PTH110  # which raises nothing
        raise CassetteBusy("was made by another process meanwhile", path)
    save(path, head, items, opened=current, root=root, beside=recording.path)


def drop(recording: Waiting) -> bool:
    """Takes a recording away; False where it is another one by now, which stays."""
    with writing(recording.path, recording.root):
        if stamp_of(recording.path) != recording.stamp:
            return False
        recording.path.unlink(missing_ok=True)
        folder = bodies_folder(recording.path)
        # It is gone by now; what cannot be tidied up is no error.
        with contextlib.suppress(OSError):
            for body in folder.iterdir() if folder.is_dir() else ():
                body.unlink()
            if folder.is_dir():
                folder.rmdir()
            above = recording.path.parent
            while above != recording.root / STATE_FOLDER:
                above.rmdir()  # as long as it is empty
                above = above.parent
    return True
