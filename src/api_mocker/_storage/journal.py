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
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from .._core.redaction import Redactor
from .._core.renumbering import numbers_of
from ..exceptions import CassetteError
from . import schema
from .emit import emit
from .files import CassetteFile, is_there, own, state_folder
from .naming import JOURNALS, STATE_FOLDER, SUFFIX
from .replacing import stamp_of
from .stream import LAST_LINE, separated
from .waiting import put_aside

if TYPE_CHECKING:
    from collections.abc import Sequence

    from filelock import FileLock

    from .._core.cassette import Entry
    from .._core.known_values import Known
    from .._core.model import Interaction
    from .._core.redaction import Rules

__all__ = ["Journal", "recover"]

_ABOUT = "# journal: "
_LARGEST = 8 << 20  # bytes of a body; what is larger is not worth writing twice


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
        size = max(len(interaction.request.body), response.size if response else 0)
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
                self._path.with_suffix(".new").unlink(missing_ok=True)
            self._release()

    def _release(self) -> None:
        lock, self._path, self._lock = self._lock, None, None
        if lock is not None and lock.is_locked:  # one that we did not get is another's
            lock.release()
            Path(lock.lock_file).unlink(missing_ok=True)

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
        if self._path is not None and not self._path.exists():  # somebody cleaned up
            self._release()
        is_new = self._path is None
        path = self._path or self._begin()
        grown = self._redactor.learnt > known and any(
            self._redactor.text(text) != text for text in self._texts[:-1]
        )
        if len(self._texts) > 1 and (is_new or grown):
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
        return numbers_of(self._opened.entries()) if self._carries and self._opened is not None else {}

    def _begin(self) -> Path:
        from filelock import FileLock

        folder = own(state_folder(self._root) / JOURNALS, self._root)
        folder.mkdir(exist_ok=True)
        key = sha256(os.fsencode(self._cassette.resolve())).hexdigest()[:16]
        # Process ids come again, in containers at once: no name is one that a killed process left.
        path = folder / f"{key}-{os.getpid()}-{os.urandom(4).hex()}{SUFFIX}"
        # Whoever drops it may be another thread than the one that recorded first.
        self._lock = FileLock(path.with_suffix(".lock"), timeout=0, thread_local=False)
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
    from filelock import FileLock

    own(folder, root)
    left: dict[str, list[_Left]] = {}  # by cassette: several workers may have recorded one
    found, locks = [], []
    with contextlib.ExitStack() as held:
        for path in sorted(folder.glob(f"*{SUFFIX}"), key=_age):
            lock = FileLock(path.with_suffix(".lock"), timeout=0)
            with contextlib.suppress(OSError, CassetteError):  # who writes it lives, or the disk refuses
                held.enter_context(lock)
                locks.append(Path(lock.lock_file))
                one = _read(path)
                left.setdefault(one.cassette if one else "", []).append(one or _Left(path))
        for cassette, journals in left.items():
            with contextlib.suppress(OSError, CassetteError):  # it stays for another time
                found += _recovered(cassette, journals, root)
                for one in journals:
                    one.path.unlink(missing_ok=True)
                    one.path.with_suffix(".new").unlink(missing_ok=True)
    for path in locks:
        if not path.with_suffix(SUFFIX).exists():
            with contextlib.suppress(OSError):
                path.unlink(missing_ok=True)
    return found


@dataclass(frozen=True, slots=True)
class _Left:
    """A journal of a process that is gone, and what can be read of it."""

    path: Path
    cassette: str = ""
    replaces: str = ""
    carries: bool = False
    head: bytes = b""
    entries: tuple[Entry, ...] = ()


def _age(path: Path) -> tuple[int, str]:
    found = stamp_of(path)
    return (0 if found is None else found[0], path.name)


def _read(path: Path) -> _Left | None:
    content = path.read_bytes()
    about = _read_about(content)
    if about is None:
        return None
    entries = []
    head = b""
    with contextlib.suppress(CassetteError):
        file = CassetteFile(path, content=content + b"\n" + LAST_LINE)
        head = file.head.partition(b"\n")[2]
        for entry in file.entries():
            _ = entry.interaction  # the last one may have been cut
            entries.append(entry)
    return _Left(path, about["cassette"], about["replaces"], bool(about["carries"]), head, tuple(entries))


def _recovered(cassette: str, journals: Sequence[_Left], root: Path) -> list[Path]:
    journals = [one for one in journals if one.entries]
    if not journals:
        return []
    path = root / cassette
    current = None
    with contextlib.suppress(CassetteError):  # a broken one is compared with nothing
        current = CassetteFile(path) if is_there(path) else None
    if current is not None and any(one.replaces != current.digest for one in journals):
        current = None  # another one by now: whoever takes the recording is told so
    carried = current.entries() if current is not None and any(one.carries for one in journals) else ()
    items = [*carried, *(entry for one in journals for entry in one.entries)]
    return [put_aside(path, journals[0].head, items, root, opened=current)]


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
