"""Cassettes of older versions of the format, rewritten as the newest.

The law of this file: a file is replaced whole or left as it is; a cassette of the newest version is
not touched, and of an older one only what an upgrade changes has other bytes than before.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .._storage import schema
from .._storage.files import CassetteFile, Upgraded, save

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Migration", "migrate"]


@dataclass(frozen=True, slots=True)
class Migration:
    """What a cassette becomes: from which version, and how many of its interactions are written anew."""

    path: Path
    version: int
    interactions: int
    changed: int


def migrate(path: Path, root: Path, *, write: bool) -> Migration | None:
    """Brings one cassette to the newest version, if told to `write`; None where it is of that already.

    CassetteUnreadable when it cannot be read to its end, CassetteError when it cannot be written; it is
    then as it was.
    """
    file = CassetteFile(path)
    if file.version >= schema.VERSION:
        return None
    entries = list(file.entries())
    for entry in entries:
        _ = entry.interaction  # what cannot be read is not written
    changed = sum(source.changes for entry in entries if isinstance(source := entry.source, Upgraded))
    if write:
        save(path, file.head, entries, opened=file, root=root)
    return Migration(path, file.version, len(entries), changed)
