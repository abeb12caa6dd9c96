"""Cassettes on disk: opened lazily, replaced whole.

The law of this file: an existing cassette is never truncated, emptied or half-written. What is
written goes to a new file in the same folder, is flushed to the disk, and takes the old one's place
in one step, under a lock that all processes share; a file that somebody else changed in between
is merged with or left alone, loudly.
"""

from __future__ import annotations

import contextlib
import errno
import mmap
import os
import re
from dataclasses import dataclass
from hashlib import sha256
from itertools import chain
from typing import TYPE_CHECKING

from .._core.cassette import Entry
from ..exceptions import CassetteBusy, CassetteError, CassetteTooNew, CassetteUnreadable, shown
from . import schema
from .bodies import Bodies, bodies_folder, missing_body
from .emit import emit
from .loader import Loader
from .naming import STATE_FOLDER
from .replacing import (
    drop_partial,
    open_regular,
    reason,
    require_writable,
    stamp,
    stamp_of,
    sync_folder,
    write_file,
)
from .stream import Stream, assemble

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Sequence
    from pathlib import Path

    from .._core.model import Interaction
    from .replacing import Stamp
    from .schema import Beside
    from .stream import Piece

__all__ = [
    "CassetteFile",
    "Upgraded",
    "bodies_folder",
    "is_there",
    "own",
    "replace_file",
    "save",
    "state_folder",
    "writing",
]

_MAP_FROM = 64 * 1024 * 1024  # bytes of a cassette, from which on it is mapped: editors truncate in place
_LOCK_SECONDS = 30.0
_VERSION = re.compile(rb"""^(['"]?cassette['"]?[ \t]*:[ \t]*)(['"]?)[0-9]+\2""", re.MULTILINE)


class CassetteFile:
    """A cassette that was opened; its interactions are parsed when they are touched.

    Raises CassetteUnreadable (with path and line) or CassetteTooNew when it is no cassette of
    this format; ``entries`` raises the same for a document that turns out to be broken.
    ``content`` is what it holds where it is no file (a commit has it, say), and ``path`` its name then;
    ``beside`` reads its bodies where they do not lie next to it.

    A file of an older format is read as one of ours: ``head`` and the sources of its entries are what
    it is written as, byte for byte the old text where no upgrade changes it.
    """

    def __init__(self, path: Path, content: bytes | None = None, beside: Beside | None = None) -> None:
        self.path = path
        self._beside = beside
        self._data: bytes | mmap.mmap
        if content is None:
            self.stamp, self._data = _opened(path)
        else:
            self.stamp, self._data = (0, len(content), 0), content
        self._stream = Stream(self._data, path)
        self.version, self.test = self._read_header(self._stream.header)
        self.head = self._stream.header.raw
        if self.version < schema.VERSION:
            self.head = _VERSION.sub(rb"\g<1>%d" % schema.VERSION, self.head, count=1)
        self._stream.require_closed()  # nothing is played from a file that lost its end

    def without(self, numbers: Container[int]) -> bytes:
        """What the file holds but for these interactions (from 0); all the rest is as it was, byte for byte."""
        return b"".join(self._stream.without(numbers))

    def header_line(self, key: str) -> int:
        """The line of a key of the header."""
        return self._stream.header.line_of((key,))

    @property
    def digest(self) -> str:
        """The SHA-256 of the file as it was read."""
        return sha256(self._data).hexdigest()

    def _read_header(self, piece: Piece) -> tuple[int, str | None]:
        try:
            version, test = schema.read_header(piece.read())
        except schema.SchemaError as error:
            raise CassetteUnreadable(str(error), self.path, piece.line_of(error.place)) from None
        if version > schema.VERSION:
            raise CassetteTooNew(
                f"the cassette has format version {version}, and this api-mocker reads up to {schema.VERSION}",
                self.path,
                piece.line,
                version,
            )
        return version, test

    def entries(self) -> Iterator[Entry]:
        """The interactions in file order, found one by one and parsed when touched."""
        for number, piece in enumerate(self._stream.interactions()):
            loader = Loader(self.path, piece, self.version, self._beside)
            if self.version < schema.VERSION:
                yield Entry(number, loader, source=Upgraded(loader, piece), line=piece.line)
            else:
                yield Entry(number, loader, head=piece.look(), source=piece, line=piece.line)


def _opened(path: Path) -> tuple[Stamp, bytes | mmap.mmap]:
    try:
        with open_regular(path) as file:
            found = stamp(os.fstat(file.fileno()))
            if found[1] >= _MAP_FROM:
                return found, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
            return found, file.read()
    except OSError as error:
        raise CassetteUnreadable(_refusal(error, path), path, advised=False) from None


def is_there(path: Path) -> bool:
    """Whether a file is to be opened, be it a link that leads nowhere; CassetteUnreadable where nobody can tell."""
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError as error:
        raise CassetteUnreadable(_refusal(error, path), path, advised=False) from None
    return True


@dataclass(frozen=True, slots=True)
class Upgraded:
    """Where an entry of an older version stands in a file; what is written of it is of ours."""

    loader: Loader
    piece: Piece

    @property
    def raw(self) -> bytes:
        """The document, upgraded."""
        return self.loader.text()

    @property
    def changes(self) -> bool:
        """Whether an upgrade changed it."""
        return self.raw != self.piece.raw


def save(
    path: Path,
    head: bytes | str,
    items: Sequence[Entry | Interaction],
    *,
    opened: CassetteFile | None,
    root: Path,
    append: bool = False,
    beside: Path | None = None,
) -> None:
    """Puts a cassette in place, whole; `opened` is the file as it was read, None when there was none.

    With ``append``, interactions that another process added meanwhile are kept and ours come
    after them; else a file that changed meanwhile is CassetteBusy, and stays. Bodies that the
    entries of another cassette have beside it (``beside``: which one) come along.
    Raises CassetteError when the disk refuses; the old file is then as it was.
    """
    with writing(path, root):
        if _changed(path, opened):
            if not append:
                raise CassetteBusy("was changed by another process while it was being recorded", path)
            theirs = CassetteFile(path)
            head = theirs.head  # what somebody wrote there stays, too
            items = [*theirs.entries(), *(item for item in items if not isinstance(item, Entry))]
        elif opened is not None and beside is None and stamp_of(path) is None:
            _require_bodies(path, items)
        replace_file(path, head, items, beside=beside)


def _require_bodies(path: Path, items: Iterable[Entry | Interaction]) -> None:
    """A cassette that was removed meanwhile is not put there again without its bodies."""
    for item in items:
        if isinstance(item, Entry) and item.source is not None:
            name = missing_body(path, item.source.raw)
            if name is not None:
                raise CassetteError(
                    f"{shown(path)} was removed while it was being recorded, and its body {name} with it; "
                    f"restore both, or delete what is left and record it again"
                )


@contextlib.contextmanager
def writing(path: Path, root: Path) -> Iterator[None]:
    """Holds the lock of a file that all processes share; what the disk refuses is CassetteError."""
    from filelock import FileLock, Timeout  # only who writes pays for it

    locks = own(state_folder(root) / "locks", root)
    name = f"{sha256(os.fsencode(path.resolve())).hexdigest()[:16]}.lock"
    try:
        locks.mkdir(exist_ok=True)
        with FileLock(locks / name, timeout=_LOCK_SECONDS):
            drop_partial(path.resolve())
            yield
    except Timeout:
        raise CassetteBusy("is being written by another process", path) from None
    except OSError as error:
        raise CassetteError(
            f"{shown(path)} cannot be written: {reason(error)}; the old file is as it was"
        ) from None


def state_folder(root: Path) -> Path:
    """The project's own folder for what is not to be committed; made when needed."""
    folder = own(root / STATE_FOLDER, root)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        ignore = folder / ".gitignore"
        if not ignore.exists():  # not one that a full disk left empty
            write_file(ignore, [b"*\n"])
    except OSError as error:
        raise CassetteError(f"{shown(folder)} cannot be made: {reason(error)}") from None
    return folder


def own(path: Path, root: Path) -> Path:
    """A path below the project's state folder; CassetteError where links lead it anywhere else."""
    state = root.resolve() / STATE_FOLDER
    if not path.resolve().is_relative_to(state):
        raise CassetteError(f"{shown(path)} is a link, or lies behind one, and nothing is written there")
    return path


def replace_file(
    path: Path,
    head: bytes | str,
    items: Iterable[Entry | Interaction],
    *,
    beside: Path | None = None,
    comment: bytes = b"",
) -> None:
    """Writes a cassette, whole, without asking whether somebody else does; ``comment`` goes behind its end."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except FileExistsError:
        raise NotADirectoryError(errno.ENOTDIR, "a file is in the place of its folder") from None
    target = path.resolve()  # a cassette that is a link stays one
    require_writable(target)
    bodies = Bodies(target, beside)
    try:
        texts = [_text(item, bodies) for item in items]
        sync_folder(bodies_folder(target))
        write_file(target, chain(assemble(head, texts), [comment]))
    except BaseException:
        bodies.withdraw()
        raise
    sync_folder(target.parent)
    bodies.drop_unnamed(b"\n".join(texts))


def _text(item: Entry | Interaction, bodies: Bodies) -> bytes:
    if isinstance(item, Entry):
        if item.source is not None:
            bodies.bring(item.source.raw)
            return item.source.raw
        item = item.interaction
    return emit(schema.write(item, bodies)).encode()


def _changed(path: Path, opened: CassetteFile | None) -> bool:
    now = stamp_of(path)
    return now is not None and (opened is None or opened.stamp != now)


def _refusal(error: OSError, path: Path) -> str:
    if isinstance(error, IsADirectoryError) or os.path.isdir(path):  # noqa: PTH112  # which raises nothing
        return "this is a folder, not a cassette"
    return f"the cassette cannot be read: {reason(error)}"
