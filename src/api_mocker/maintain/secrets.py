"""Secrets that are left in cassettes: found, and hidden as they would be by now.

The law of this file: what a finding tells is where something stands, what kind of secret it is and how long,
never itself. A file is replaced whole or left as it is, and an interaction in which nothing is found keeps
its bytes. Request headers that were stored stay, for a test may match on them; their secrets do not.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import groupby, islice
from operator import itemgetter
from typing import TYPE_CHECKING, NamedTuple

from .._core.explain import printable
from .._core.leftover_secrets import leftovers
from .._core.looking_into import looked_into
from .._core.redaction import Redactor
from .._core.renumbering import numbers_of
from .._storage.files import CassetteFile, save
from .._storage.foreign.looks import ForeignUnreadable
from ..exceptions import CassetteError, CassetteUnreadable, shown
from .check import Finding, Report, unreadable
from .overview import begins_foreign, is_meant_to_be_one
from .sources import Source, on_disk, read
from .veil import with_all_headers

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from .._core.cassette import Entry
    from .._core.leftover_secrets import Leftover
    from .._core.model import Interaction
    from .._core.redaction import Rules
    from .sources import Recording

__all__ = ["Redacted", "check_secrets", "is_recording", "redact", "said"]

_KEPT = "or, where it is none, name its place:  [tool.api_mocker.redact] keep = [...]"
_SURE = f"api-mocker cassette redact --write {{path}}, and revoke it if it was ever committed\n{_KEPT}"
_PERHAPS = f"where it is one, name its field:  [tool.api_mocker.redact] fields = [...]\n{_KEPT}"

_MOST = 100  # findings of one interaction that are listed


@dataclass(frozen=True, slots=True)
class Redacted:
    """What hiding changes, or would change, in a cassette: how many of its interactions, and what is left where.

    ``elsewhere``: also where a file of another tool holds no interaction.
    """

    path: Path
    interactions: int
    changed: int
    left: tuple[Leftover, ...]
    elsewhere: bool = False

    @property
    def is_changed(self) -> bool:
        """Whether there is anything to hide."""
        return bool(self.changed) or self.elsewhere


def check_secrets(paths: Iterable[Path], rules: Rules, folder: Path | None = None) -> Report:
    """Looks for what `rules` would hide; within `folder`, nothing but cassettes belongs.

    The files may be of any format that there is a reader for.
    """
    report = Report()
    for path in paths:
        try:
            found = [*_findings(path, read(on_disk(path)), rules)]
        except CassetteUnreadable as error:
            if not is_recording(error, path, folder):
                report.others.append(path)
                continue
            found = [unreadable(error, path)]
        report.checked += 1
        report.findings += found
    return report


def is_recording(error: CassetteError, path: Path, folder: Path | None) -> bool:
    """Whether what could not be read, or written, is meant to be a recording, ours or another tool's."""
    return (
        not isinstance(error, CassetteUnreadable)
        or isinstance(error, ForeignUnreadable)
        or is_meant_to_be_one(path, folder)
    )


def _findings(path: Path, recording: Recording, rules: Rules) -> Iterator[Finding]:
    for entry, told in groupby(_left_in(recording, rules), key=itemgetter(0)):
        number = (entry.number + 1) or None
        lines = _Lines(entry)
        for _, left in islice(told, _MOST):
            remedy = _SURE if left.kind != "entropy" else _PERHAPS
            remedy = printable(remedy.format(path=path.as_posix(), what=left.what))
            text = printable(said(_in_words_of(entry, left)))
            yield Finding("secret", path, text, remedy, lines.of(left.place), number)
        if more := sum(1 for _ in told):
            text = f"and {more:,} more in the same interaction, which are not listed"
            remedy = printable(_SURE.format(path=path.as_posix()))
            yield Finding("secret", path, text, remedy, entry.line, number)


def _left_in(recording: Recording, rules: Rules) -> Iterator[tuple[Entry, Leftover]]:
    entries = [*recording.entries, *recording.beside]
    pairs, redactor = _pairs(entries, rules)
    for at, (entry, pair) in enumerate(zip(entries, pairs, strict=True)):
        for left in leftovers(pair.before, rules, pair.after, redactor):
            # Beside interactions stand ids of connections, frames of a stack: chance is all that there is.
            if left.kind != "entropy" or at < len(recording.entries):
                yield entry, left


class _Lines:
    """On which lines the places of an interaction are."""

    def __init__(self, entry: Entry) -> None:
        self._entry = entry
        self._known: dict[tuple[str, ...], int | None] = {}  # by the keys that lead there

    def of(self, place: str) -> int | None:
        """The line of the place of a finding."""
        source = self._entry.source
        if (at := getattr(source, "line_at", None)) is not None:  # a file of another tool
            found: int | None = at(place)
            return found or None
        look = getattr(source, "line_of", None)
        if look is None:
            return self._entry.line
        keys = _keys(place)
        if keys not in self._known:
            self._known[keys] = look(keys)
        return self._known[keys]


def _in_words_of(entry: Entry, left: Leftover) -> Leftover:
    said_there = getattr(entry.source, "said", None)
    return left if said_there is None else replace(left, place=said_there(left.place))


def said(left: Leftover) -> str:
    """A finding as a sentence: its place, its kind, its length."""
    size = "1 character" if left.length == 1 else f"{left.length} characters"
    if left.kind == "entropy":
        return f"{left.place} looks like a secret: {size} of chance"
    told = "by its name" if left.kind == "name" else "by its form, or known"
    return f"{left.place} holds a secret: {left.what} ({told}), {size}"


def _keys(place: str) -> tuple[str, ...]:
    """The keys in the document that lead to the place of a finding."""
    side, part, *more = place.split(" ", 2)
    if side == "failure":
        return ("error",)
    return (side, "headers", *more) if part == "header" else (side, part)


class _Pair(NamedTuple):
    """An interaction, decoded where that shows secrets, and the same redacted; an equal one is the same."""

    before: Interaction
    after: Interaction


def _pairs(entries: Sequence[Entry], rules: Rules) -> tuple[list[_Pair], Redactor]:
    redactor = Redactor(with_all_headers(rules), numbers_of(entries))
    before = [looked_into(entry.interaction, redactor) for entry in entries]
    after = redactor.seal(before)
    pairs = [_Pair(was, was if now == was else now) for was, now in zip(before, after, strict=True)]
    return pairs, redactor


def redact(path: Path, root: Path, rules: Rules, *, write: bool) -> Redacted:
    """Hides what is left in one cassette, if told to `write`, also in one of another tool.

    CassetteUnreadable when it cannot be read to its end, CassetteError when it cannot be written; it is
    then as it was.
    """
    if begins_foreign(path) and (found := _redact_foreign(path, root, rules, write=write)) is not None:
        return found
    file = CassetteFile(path)
    entries = [*file.entries()]
    pairs, redactor = _pairs(entries, rules)
    items: list[Entry | Interaction] = [
        entry if after is before else after for entry, (before, after) in zip(entries, pairs, strict=True)
    ]
    changes = [pair for pair in pairs if pair.after is not pair.before]
    left = tuple(one for pair in changes for one in _sure(pair.before, rules, pair.after, redactor))
    if write and changes:
        save(path, file.head, items, opened=file, root=root)
    return Redacted(path, len(entries), len(changes), left)


def _sure(
    before: Interaction, rules: Rules, after: Interaction, redactor: Redactor | None = None
) -> Iterator[Leftover]:
    """What is a secret; what looks like chance is no reason to change anything."""
    return (left for left in leftovers(before, rules, after, redactor) if left.kind != "entropy")


def _redact_foreign(path: Path, root: Path, rules: Rules, *, write: bool) -> Redacted | None:
    from .._storage.foreign.document import read as read_foreign
    from .foreign import hidden, replace_bytes

    content = on_disk(path).content()
    document = read_foreign(content, path)
    if document is None:
        return None
    new, changes = hidden(document, path, rules)
    left = tuple(_in_words_of(entry, one) for entry, was, now in changes for one in _sure(was, rules, now))
    again = read(Source(path, path.as_posix(), lambda: new))
    remains = [
        f"{said(_in_words_of(entry, one))} (interaction {entry.number + 1})"
        for entry, one in _left_in(again, rules)
        if one.kind != "entropy"
    ]
    if remains:
        told = printable("; ".join(remains[:3]))
        raise CassetteError(
            f"{shown(path)}: not all can be hidden in place, and it is left as it was: {told}"
        )
    if write and new != content:
        replace_bytes(path, content, new, root)
    numbers = {entry.number for entry, _, _ in changes}
    elsewhere = -1 in numbers or (new != content and not numbers)
    return Redacted(path, len(document.exchanges), len(numbers - {-1}), left, elsewhere)
