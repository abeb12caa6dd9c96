"""The recordings of other tools, as those who look at recordings take them; and how secrets are hidden in one.

The law of this file: a foreign file stays what it is. What is hidden is written where it stood, and the result
counts only where it reads as it was meant to, down to the last value.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .._core.cassette import Entry
from .._core.looking_into import looked_into
from .._core.placeholders import highest
from .._core.redaction import Redactor
from .._storage.files import writing
from .._storage.foreign.document import Document, read
from .._storage.replacing import sync_folder, write_file
from ..exceptions import CassetteBusy, CassetteError, CassetteUnreadable, shown
from .veil import with_all_headers

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from .._core.model import Interaction
    from .._core.redaction import Rules
    from .._storage.foreign.exchange import Exchange
    from .._storage.foreign.tree import Scalar

__all__ = ["Place", "entries", "hidden", "replace_bytes"]


@dataclass(frozen=True, slots=True)
class Place:
    """Where an interaction stands in a foreign file."""

    document: Document
    exchange: Exchange

    @property
    def raw(self) -> bytes:
        """Its text, and what it says."""
        return self.document.raw(self.exchange)

    def line_at(self, place: str) -> int | None:
        """The line of a place such as "response body $.a[0]"."""
        return self.exchange.line_of(place)

    def said(self, place: str) -> str:
        """A place in the words of the file."""
        return self.exchange.said(place)


def entries(document: Document) -> tuple[tuple[Entry, ...], tuple[Entry, ...]]:
    """The interactions, and what the file holds besides; the number of the latter is theirs, or -1."""
    return _entries(document, document.exchanges), _entries(document, document.beside)


def _entries(document: Document, exchanges: Iterable[Exchange]) -> tuple[Entry, ...]:
    return tuple(
        Entry(
            -1 if each.number is None else each.number,
            each.interaction,
            source=Place(document, each),
            line=each.node.line,
        )
        for each in exchanges
    )


def hidden(
    document: Document, path: Path, rules: Rules
) -> tuple[bytes, Sequence[tuple[Entry, Interaction, Interaction]]]:
    """The file with its secrets hidden, and which entries changed, from what to what.

    CassetteError where one of them cannot be written in the place of the old one.
    """
    redactor = Redactor(with_all_headers(rules), highest(document.text))
    found = [each for some in entries(document) for each in some]
    before = [looked_into(entry.interaction, redactor) for entry in found]
    changes = [
        change for change in zip(found, before, redactor.seal(before), strict=True) if change[1] != change[2]
    ]
    if changes and not document.is_placed:
        raise _refusal(path, "TOML is looked into and not written; let its own tool write it as YAML")
    values: dict[Scalar, str] = {}
    made = []
    for entry, was, now in changes:
        try:
            told = _written(entry, was, now)
        except ValueError as error:
            where = f"interaction {entry.number + 1}" if entry.number >= 0 else "besides its interactions"
            raise _refusal(path, f"a part of it ({where}) cannot be written anew: {error}") from None
        values.update(told)
        if told:  # a placeholder that was encoded is no other one
            made.append((entry, was, now))
    content = document.rewritten(values, redactor.text)
    if content == document.content():
        return content, made
    wanted = [values.get(node, node.value) for node in document.scalars()]
    try:
        again = read(content, path)
    except CassetteUnreadable as error:
        raise _refusal(path, f"it could not be read any more: {error.reason}") from None
    if again is None or [node.value for node in again.scalars()] != wanted:
        raise _refusal(path, "other values in it would change")
    return content, made


def _written(entry: Entry, was: Interaction, now: Interaction) -> dict[Scalar, str]:
    if not isinstance(entry.source, Place):
        return {}
    return {node: value for node, value in entry.source.exchange.written(was, now) if value != node.value}


def replace_bytes(path: Path, was: bytes, now: bytes, root: Path) -> None:
    """Puts a file in place, whole; CassetteBusy where it changed meanwhile, CassetteError where the disk refuses."""
    with writing(path, root):
        target = path.resolve()  # a file that is a link stays one
        if target.read_bytes() != was:
            raise CassetteBusy("was changed by another process meanwhile", path)
        write_file(target, [now])
        sync_folder(target.parent)


def _refusal(path: Path, why: str) -> CassetteError:
    return CassetteError(f"{shown(path)}: its secrets cannot be hidden in place: {why}; it is left as it was")
