"""Where recordings are read from: a file, or a commit; and which files of two sides belong together.

The law of this file: it knows places, not formats. What reads a format is one row of `READERS`, tried in
order, so that either side of a comparison may be in any of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from .._storage.files import CassetteFile
from .._storage.foreign.looks import looks_foreign
from .._storage.naming import STATE_FOLDER, SUFFIX
from .._storage.schema import SchemaError
from ..exceptions import CassetteUnreadable, UsageError
from .overview import begins_like_one, cassette_files

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from .._core.cassette import Entry
    from .._storage.git import Repository

__all__ = [
    "OWN",
    "READERS",
    "Pair",
    "Recording",
    "Source",
    "checked",
    "in_folders",
    "in_git",
    "is_a_stranger",
    "on_disk",
    "read",
    "read_own",
]


@dataclass(frozen=True, slots=True)
class Source:
    """A file that may hold a recording.

    ``name`` is what people call it; ``beside`` reads a body in a file next to it.
    """

    path: Path
    name: str
    content: Callable[[], bytes]
    beside: Callable[[str, str], bytes] | None = None


@dataclass(frozen=True, slots=True)
class Recording:
    """What a source holds: the test that owns it, and its interactions, parsed when they are touched.

    ``beside`` is what a foreign file holds besides its interactions, or says of them once more.
    """

    test: str | None
    entries: tuple[Entry, ...]
    head: bytes | str = b""
    beside: tuple[Entry, ...] = ()


@dataclass(frozen=True, slots=True)
class Pair:
    """Two files of one relative path; None where a side has none.

    ``named`` says that somebody asked for this very file, so that it has to be a cassette.
    """

    path: str
    before: Source | None
    after: Source | None
    named: bool = False


def on_disk(path: Path, name: str | None = None) -> Source:
    """A file."""

    def content() -> bytes:
        try:
            return path.read_bytes()
        except OSError as error:
            is_folder = path.is_dir()
            reason = "this is a folder, not a cassette" if is_folder else f"{error.strerror or error}"
            raise CassetteUnreadable(reason, path, advised=False) from None

    return Source(path, name or path.as_posix(), content)


def _cassette(source: Source, content: bytes) -> Recording | None:
    """Our own format; tried last, it says what is wrong with a file that is none."""
    file = CassetteFile(source.path, content, source.beside)
    return Recording(file.test, tuple(file.entries()), file.head)


def _foreign(source: Source, content: bytes) -> Recording | None:
    """What other tools recorded, in any format of theirs that is known."""
    if not looks_foreign(content):
        return None
    from .._storage.foreign.document import read as read_foreign  # only who has one pays for it
    from .foreign import entries

    document = read_foreign(content, source.path)
    if document is None:
        return None
    found, beside = entries(document)
    return Recording(None, found, beside=beside)


OWN = "api-mocker"
"""The name of our own format."""

READERS: dict[str, Callable[[Source, bytes], Recording | None]] = {
    "foreign": _foreign,
    OWN: _cassette,
}
"""One reader per format: None where the content is in another one. Readers of foreign formats stand first."""


def read_own(source: Source) -> Recording:
    """The recording of a source in our own format, for who writes it again; CassetteUnreadable for any other."""
    found = READERS[OWN](source, source.content())
    if found is None:
        raise CassetteUnreadable("this is no cassette", source.path)
    return found


def read(source: Source | None) -> Recording:
    """The recording of a source, nothing where there is none; CassetteUnreadable where it cannot be read."""
    if source is None:
        return Recording(None, ())
    content = source.content()
    for reader in READERS.values():
        found = reader(source, content)
        if found is not None:
            return found
    raise CassetteUnreadable("this is no cassette", source.path)


def is_a_stranger(pair: Pair) -> bool:
    """Whether a file that was met in a folder is somebody else's."""
    sides = (side for side in (pair.before, pair.after) if side is not None)
    return not pair.named and not any(begins_like_one(side.content()) for side in sides)


def in_folders(before: Path, after: Path) -> list[Pair]:
    """The files of two folders, or two files."""
    if not before.is_dir() and not after.is_dir():
        name = before.as_posix() if before == after else f"{before.as_posix()} -> {after.as_posix()}"
        return [Pair(name, on_disk(before), on_disk(after), named=True)]
    if before.is_dir() != after.is_dir():
        file, folder = (after, before) if before.is_dir() else (before, after)
        raise UsageError(f"{folder} is a folder and {file} is a file: compare two of a kind")
    ours, theirs = (
        {path.relative_to(side).as_posix(): on_disk(path) for path in cassette_files([side])}
        for side in (before, after)
    )
    return [Pair(name, ours.get(name), theirs.get(name)) for name in sorted({*ours, *theirs})]


def in_git(
    repository: Repository, before: tuple[str, str], after: tuple[str, str] | None, paths: Sequence[str]
) -> list[Pair]:
    """The files that differ between two commits (hash and name of each), or a commit and the working tree."""
    changed = repository.changed(before[0], after and after[0], paths)
    wanted = [one for one in changed if _is_one(one.path, paths)]
    old = _Blobs(repository, before, [one.before for one in wanted if one.before])
    new = after and _Blobs(repository, after, [one.after for one in wanted if one.after])
    pairs = []
    for one in wanted:
        if new is not None:
            after_side = new.source(one.path, one.after) if one.after else None
        else:
            path = repository.top / one.path
            after_side = on_disk(path, one.path) if one.after and path.is_file() else None
        before_side = old.source(one.path, one.before) if one.before else None
        if before_side or after_side:
            pairs.append(Pair(one.path, before_side, after_side, named=one.path in paths))
    return pairs


def _is_one(path: str, paths: Sequence[str]) -> bool:
    return path in paths or (path.endswith(SUFFIX) and STATE_FOLDER not in path.split("/"))


class _Blobs:
    """Files of one commit, read all at once."""

    def __init__(self, repository: Repository, commit: tuple[str, str], blobs: Sequence[str]) -> None:
        self._repository = repository
        self._commit, self._name = commit
        self._contents = dict(zip(blobs, repository.blobs(blobs), strict=True))

    def source(self, path: str, blob: str) -> Source:
        folder = path.rpartition("/")[0]

        def beside(name: str, digest: str) -> bytes:
            place = f"{folder}/{name}" if folder else name
            try:
                content = self._repository.blob(f"{self._commit}:{place}")
            except UsageError as error:
                raise SchemaError(f"the body's file {name!r} cannot be read: {error}") from None
            return checked(content, name, digest)

        shown = f"{self._name}:{path}"
        return Source(Path(shown), shown, lambda: self._contents[blob], beside)


def checked(content: bytes, name: str, digest: str) -> bytes:
    """The content of a body's file; SchemaError where it is not the one that was recorded."""
    if sha256(content).hexdigest() != digest:
        raise SchemaError(f"the body's file {name!r} was changed: its SHA-256 is another one")
    return content
