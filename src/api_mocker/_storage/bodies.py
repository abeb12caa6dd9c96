"""The bodies that are too large for a cassette: files in a folder beside it, named by their content.

The law of this file: a body is read only where its SHA-256 is the one that the cassette names, and no
name leads out of the cassette's folder; one that a cassette names comes along when its interaction
moves, and goes when nothing names it any more.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
from hashlib import file_digest, sha256
from typing import TYPE_CHECKING
from weakref import finalize

from .._core.body import extension_for
from .._core.large_body import LARGE, LargeBody
from ..exceptions import CassetteUnreadable
from . import schema
from .replacing import open_regular, reason, stamp, write_file
from .spool import FileSpool
from .yaml_reader import read_document

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from io import BufferedReader
    from pathlib import Path

    from .replacing import Stamp
    from .schema import Document

__all__ = ["Bodies", "bodies_folder", "missing_body", "read_body"]

_BESIDE_FROM = 128 * 1024  # bytes of a body, from which on it lives in a file of its own
_PIECE = 1 << 20  # bytes that are written at once
_BODY_NAME = re.compile(r"[0-9a-f]{16}(\.\w+)?|\..*\.tmp")  # and what a killed process left


def read_body(cassette: Path, name: str, digest: str) -> bytes | LargeBody:
    """The content of a file beside a cassette; SchemaError where it is not the one that is meant."""
    folder = cassette.resolve().parent  # of a link: where the cassette itself is
    path = (folder / name).resolve()
    if not path.is_relative_to(folder):
        raise schema.SchemaError(f"the body's file {name!r} lies outside the cassette's folder")
    try:
        with open_regular(path) as file:
            found = stamp(os.fstat(file.fileno()))
            content = None if found[1] >= LARGE else file.read()
            read = (
                sha256(content).hexdigest()
                if content is not None
                else file_digest(file, "sha256").hexdigest()
            )
    except OSError as error:
        raise schema.SchemaError(f"the body's file {name!r} cannot be read: {reason(error)}") from None
    if read != digest:
        raise schema.SchemaError(f"the body's file {name!r} was changed: its SHA-256 is another one")
    return LargeBody(found[1], digest, _Part(path, found), FileSpool) if content is None else content


class _Part:
    """Reads parts of a file whose content was looked at, as long as that is the same.

    Once it was read from, it stays open where the system allows that: a response that is being read does not end
    because its cassette is recorded anew.
    """

    def __init__(self, path: Path, looked_at: Stamp) -> None:
        self._path = path
        self._stamp = looked_at
        self._file: BufferedReader | None = None

    def __call__(self, at: int, size: int) -> bytes:
        try:
            if not hasattr(os, "pread"):
                with open_regular(self._path) as file:
                    self._require_same(file)
                    file.seek(at)
                    return file.read(size)
            file = self._file or self._opened()
            self._require_same(file)
            return os.pread(file.fileno(), size, at)
        except OSError as error:
            raise CassetteUnreadable(f"the body's file cannot be read: {reason(error)}", self._path) from None

    def _opened(self) -> BufferedReader:
        self._file = file = open_regular(self._path)
        finalize(self, file.close)
        return file

    def _require_same(self, file: BufferedReader) -> None:
        if stamp(os.fstat(file.fileno())) != self._stamp:
            raise CassetteUnreadable("the body's file was changed while it was read", self._path)


def missing_body(cassette: Path, document: bytes) -> str | None:
    """The name of a file that a document of this cassette names and that is not there."""
    if b"sha256" not in document:
        return None
    named = (name for name, _ in _files_in(read_document(document.decode())))
    return next((name for name in named if not (cassette.resolve().parent / name).is_file()), None)


def bodies_folder(cassette: Path) -> Path:
    """Where the bodies are that are too large for a cassette."""
    return cassette.with_name(f"{cassette.name.removesuffix('.yaml')}.bodies")


class Bodies:
    """The bodies that are too large for a cassette, in a folder beside it, named by their content."""

    def __init__(self, cassette: Path, beside: Path | None) -> None:
        self._cassette = cassette
        self._folder = bodies_folder(cassette)
        self._beside = beside
        self._made: list[Path] = []

    def __call__(self, content: bytes | LargeBody, media_type: str) -> tuple[str, str] | None:
        if not isinstance(content, LargeBody) and len(content) < _BESIDE_FROM:
            return None
        digest = content.sha256 if isinstance(content, LargeBody) else sha256(content).hexdigest()
        path = self._folder / f"{digest[:16]}{extension_for(media_type)}"
        self._require_own(path.parent)
        if not path.exists():
            self._made.append(path)
            path.parent.mkdir(parents=True, exist_ok=True)
        elif path.is_file() and not path.is_symlink() and _digest(path) == digest:
            return f"{self._folder.name}/{path.name}", digest
        write_file(path, _pieces(content))
        return f"{self._folder.name}/{path.name}", digest

    def bring(self, document: bytes) -> None:
        """Copies what a document of another cassette names there; what is missing there, its reader says."""
        if self._beside is None or b"sha256" not in document:
            return
        for name, digest in _files_in(read_document(document.decode())):
            path = self._folder.parent / name
            with contextlib.suppress(schema.SchemaError):
                content = read_body(self._beside, name, digest)
                self._require_own(path.parent)
                if not path.exists():
                    self._made.append(path)
                elif _digest(path) == digest:
                    continue
                elif not path.name.startswith(digest[:16]):  # it was named by hand, and so was another one
                    raise FileExistsError(errno.EEXIST, f"another body is called {name}")
                path.parent.mkdir(parents=True, exist_ok=True)
                write_file(path, _pieces(content))

    def _require_own(self, folder: Path) -> None:
        """Nothing is written through a link, which may lead anywhere."""
        home = self._folder.parent.resolve()
        if not folder.resolve().is_relative_to(home):
            raise OSError(errno.ELOOP, f"its folder {folder.name} leads out of the folder of the cassette")

    def withdraw(self) -> None:
        """Leaves no body behind of a cassette that could not be written."""
        self._drop(self._made)

    def drop_unnamed(self, text: bytes) -> None:
        """Bodies that nothing names any more go when the cassette that named them was replaced."""
        if self._folder.is_dir() and not self._folder.is_symlink():
            ours = [path for path in self._folder.iterdir() if _BODY_NAME.fullmatch(path.name)]
            gone = [path for path in ours if path.name.encode() not in text]
            others = self._others() if gone else []
            self._drop(path for path in gone if not any(path.name.encode() in other for other in others))

    def _others(self) -> list[bytes]:
        """What else may name our bodies: a copy of the cassette has them where the cassette has."""
        around = (path for path in self._folder.parent.iterdir() if path != self._cassette)
        texts = (path.read_bytes() for path in around if path.is_file())
        return [text for text in texts if self._folder.name.encode() in text]

    def _drop(self, paths: Iterable[Path]) -> None:
        # The cassette is what it has to be by now: a file too many is no error.
        with contextlib.suppress(OSError):
            for path in paths:
                path.unlink(missing_ok=True)
            self._folder.rmdir()


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def _pieces(content: bytes | LargeBody) -> Iterable[bytes]:
    return content.pieces(_PIECE) if isinstance(content, LargeBody) else [content]


def _files_in(document: Document) -> Iterator[tuple[str, str]]:
    """The files beside the cassette that a document names: name and SHA-256."""
    for key in ("request", "response"):
        message = document.get(key)
        body = message.get("body") if isinstance(message, dict) else None
        if isinstance(body, dict) and "file" in body:
            yield str(body["file"]), str(body.get("sha256", ""))
