"""What a process has recorded of a cassette so far, on the disk: what is left of it when it is killed.

The law of this file: what stands in a journal is what a cassette would hold if it were written at that
moment, redacted as one, and never what a secret's later discovery would have hidden: then it is written
anew. It goes when the recording was committed or set aside. That of a process that is gone becomes a
recording that waits, like that of a failed test.

A journal is a help and not the recording: where the disk refuses it, it ends, and says nothing.
"""

from __future__ import annotations

import contextlib
import json
import os
from hashlib import sha256
from itertools import count
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from .._core.placeholders import highest
from .._core.redaction import Redactor
from ..exceptions import CassetteError
from . import schema
from .emit import emit
from .files import STATE_FOLDER, CassetteFile, own, state_folder
from .naming import SUFFIX
from .stream import LAST_LINE, separated
from .waiting import put_aside

if TYPE_CHECKING:
    from filelock import FileLock

    from .._core.known_values import Known
    from .._core.model import Interaction
    from .._core.redaction import Rules

__all__ = ["JOURNALS", "Journal", "recover"]

JOURNALS = "journal"
"""The folder of the state folder in which journals lie."""

_ABOUT = "# journal: "
_LARGEST = 8 << 20  # bytes of a body; what is larger is not worth writing twice
_numbers = count()


class Journal:
    """What one use of a cassette has recorded; called with each interaction, as a cassette would hold it.

    `opened` is the cassette as it was; with `carries`, what it holds stays beside what is recorded.
    """

    def __init__(
        self,
        cassette: Path,
        root: Path,
        head: bytes | str,
        rules: Rules,
        opened: CassetteFile | None,
        *,
        carries: bool,
    ) -> None:
        self._cassette = cassette
        self._root = root
        self._head = head if isinstance(head, str) else head.decode("utf-8", "replace")
        self._rules = rules
        self._opened = opened
        self._carries = carries and opened is not None
        self._raw: list[Interaction] = []
        self._texts: list[str] = []
        self._told: list[Known] = []
        self._redactor: Redactor | None = None
        self._path: Path | None = None
        self._lock: FileLock | None = None
        self._over = False

    def __call__(self, interaction: Interaction) -> None:
        """Writes it down; the process may end at any moment after that."""
        response = interaction.response
        size = max(len(interaction.request.body), len(response.body) if response else 0)
        if self._over or size > _LARGEST:
            return
        try:
            self._keep(interaction)
        except (OSError, CassetteError):
            self.drop()

    def know(self, known: Known) -> None:
        """A value is a secret, as the code under test says: it stands in the journal no longer."""
        self._told.append(known)
        if self._redactor is None or self._over:
            return
        self._redactor.know(known)
        try:
            self._write_anew()
        except OSError:
            self.drop()

    def drop(self) -> None:
        """The recording is where it belongs, or is not to be kept: the journal goes."""
        self._over = True
        self._raw, self._texts = [], []
        with contextlib.suppress(OSError):
            if self._path is not None:
                self._path.unlink(missing_ok=True)
            if self._lock is not None:
                self._lock.release()
                Path(self._lock.lock_file).unlink(missing_ok=True)

    def abandon(self) -> None:
        """In a forked process: the journal is the parent's."""
        self._over = True
        self._path = self._lock = None

    def _keep(self, interaction: Interaction) -> None:
        if self._redactor is None:
            self._redactor = Redactor(self._rules, self._taken(), self._told)
        known = self._redactor.learnt
        self._raw.append(interaction)
        (sealed,) = self._redactor.seal([interaction])
        self._texts.append(self._spelled(sealed))
        path = self._begin() if self._path is None else self._path
        grown = self._redactor.learnt > known and len(self._texts) > 1
        if grown and any(self._redactor.text(text) != text for text in self._texts[:-1]):
            self._write_anew()
            return
        with path.open("ab") as file:
            file.write(separated(self._texts[-1]))

    def _write_anew(self) -> None:
        if self._redactor is None or self._path is None:
            return
        self._texts = [self._spelled(each) for each in self._redactor.seal(self._raw)]
        anew = self._path.with_suffix(".new")
        anew.write_bytes(self._about() + b"".join(map(separated, self._texts)))
        anew.replace(self._path)

    def _spelled(self, interaction: Interaction) -> str:
        return emit(schema.write(interaction))

    def _taken(self) -> dict[str, int]:
        taken: dict[str, int] = {}
        if self._carries and self._opened is not None:
            for entry in self._opened.entries():
                for name, number in highest(entry.source.raw.decode("utf-8", "replace")).items():  # type: ignore[union-attr]  # entries of a file have one
                    taken[name] = max(taken.get(name, 0), number)
        return taken

    def _begin(self) -> Path:
        from filelock import FileLock

        folder = own(state_folder(self._root) / JOURNALS, self._root)
        folder.mkdir(exist_ok=True)
        key = sha256(os.fsencode(self._cassette.resolve())).hexdigest()[:16]
        path = folder / f"{key}-{os.getpid()}-{next(_numbers)}{SUFFIX}"
        self._lock = FileLock(path.with_suffix(".lock"), timeout=0)
        self._lock.acquire()
        path.write_bytes(self._about())
        self._path = path
        return path

    def _about(self) -> bytes:
        absolute = self._cassette.resolve()
        root = self._root.resolve()
        inside = absolute.relative_to(root).as_posix() if absolute.is_relative_to(root) else absolute.name
        about = {
            "cassette": inside,
            "replaces": self._opened.digest if self._opened is not None else "",
            "carries": self._carries,
        }
        head = self._head if self._head.endswith("\n") else f"{self._head}\n"
        return f"{_ABOUT}{json.dumps(about)}\n{head}".encode()


def recover(root: Path) -> list[Path]:
    """Makes recordings that wait of the journals that killed processes left; where those are."""
    folder = root / STATE_FOLDER / JOURNALS
    if not folder.is_dir():
        return []
    from filelock import FileLock, Timeout

    found = []
    own(folder, root)
    for path in sorted(folder.glob(f"*{SUFFIX}")):
        lock = FileLock(path.with_suffix(".lock"), timeout=0)
        try:
            with lock:
                found += _recovered(path, root)
                path.unlink(missing_ok=True)
                path.with_suffix(".new").unlink(missing_ok=True)
        except Timeout:
            continue  # who writes it lives
        except (OSError, CassetteError):
            continue  # the disk refuses: it stays for another time
        with contextlib.suppress(OSError):
            Path(lock.lock_file).unlink(missing_ok=True)
    return found


def _recovered(path: Path, root: Path) -> list[Path]:
    if not path.is_file():
        return []
    content = path.read_bytes()
    about = _read_about(content)
    entries = []
    head = b""
    with contextlib.suppress(CassetteError):
        file = CassetteFile(path, content=content + b"\n" + LAST_LINE)
        head = file.head.partition(b"\n")[2]
        for entry in file.entries():
            _ = entry.interaction  # the last one may have been cut
            entries.append(entry)
    if about is None or not entries:
        return []
    cassette = root / about["cassette"]
    current = CassetteFile(cassette) if cassette.is_file() else None
    if current is not None and current.digest != about["replaces"]:
        current = None  # another one by now: whoever takes the recording is told so
    items = [*(current.entries() if current is not None and about["carries"] else ()), *entries]
    return [put_aside(cassette, head, items, root, opened=current)]


def _read_about(content: bytes) -> dict[str, str] | None:
    first = content.partition(b"\n")[0]
    if not first.startswith(_ABOUT.encode()):
        return None
    try:
        about: dict[str, str] = json.loads(first[len(_ABOUT) :])
        name = PurePosixPath(about["cassette"])
        return (
            None
            if name.is_absolute() or ".." in name.parts or {*about} != {"cassette", "replaces", "carries"}
            else about
        )
    except (ValueError, TypeError, KeyError):
        return None
