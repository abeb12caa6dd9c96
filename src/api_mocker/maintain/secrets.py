"""Secrets that are left in cassettes: found, and hidden as they would be by now.

The law of this file: what a finding tells is where something stands, what kind of secret it is and how long,
never itself. A file is replaced whole or left as it is, and an interaction in which nothing is found keeps
its bytes. Request headers that were stored stay, for a test may match on them; their secrets do not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from .._core.explain import printable
from .._core.leftover_secrets import leftovers
from .._core.looking_into import looked_into
from .._core.redaction import Redactor
from .._core.renumbering import numbers_of
from .._storage.files import CassetteFile, save
from ..exceptions import CassetteUnreadable
from .check import Finding, Report, unreadable
from .overview import is_meant_to_be_one
from .sources import on_disk, read
from .veil import with_all_headers

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from .._core.cassette import Entry
    from .._core.leftover_secrets import Leftover
    from .._core.model import Interaction
    from .._core.redaction import Rules

__all__ = ["Redacted", "check_secrets", "redact", "said"]

_KEPT = "or, where it is none, name its place:  [tool.api_mocker.redact] keep = [...]"
_SURE = f"api-mocker cassette redact --write {{path}}, and revoke it if it was ever committed\n{_KEPT}"
_PERHAPS = f"where it is one, name its field:  [tool.api_mocker.redact] fields = [...]\n{_KEPT}"


@dataclass(frozen=True, slots=True)
class Redacted:
    """What hiding changes, or would change, in a cassette: how many of its interactions, and what is left where."""

    path: Path
    interactions: int
    changed: int
    left: tuple[Leftover, ...]


def check_secrets(paths: Iterable[Path], rules: Rules, folder: Path | None = None) -> Report:
    """Looks for what `rules` would hide; within `folder`, nothing but cassettes belongs.

    The files may be of any format that there is a reader for.
    """
    report = Report()
    for path in paths:
        try:
            entries = read(on_disk(path)).entries
            found = [*_findings(path, entries, rules)]
        except CassetteUnreadable as error:
            if not is_meant_to_be_one(path, folder):
                report.others.append(path)
                continue
            found = [unreadable(error, path)]
        report.checked += 1
        report.findings += found
    return report


def _findings(path: Path, entries: Sequence[Entry], rules: Rules) -> Iterator[Finding]:
    for entry, pair in zip(entries, _pairs(entries, rules), strict=True):
        for left in leftovers(pair.before, rules, pair.after):
            look = getattr(entry.source, "line_of", None)
            line = entry.line if look is None else look(_keys(left.place))
            sure = left.kind != "entropy"
            remedy = printable((_SURE if sure else _PERHAPS).format(path=path.as_posix(), what=left.what))
            yield Finding("secret", path, printable(said(left)), remedy, line, entry.number + 1)


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


def _pairs(entries: Sequence[Entry], rules: Rules) -> list[_Pair]:
    redactor = Redactor(with_all_headers(rules), numbers_of(entries))
    before = [looked_into(entry.interaction, redactor) for entry in entries]
    after = redactor.seal(before)
    return [_Pair(was, was if now == was else now) for was, now in zip(before, after, strict=True)]


def redact(path: Path, root: Path, rules: Rules, *, write: bool) -> Redacted:
    """Hides what is left in one cassette, if told to `write`.

    CassetteUnreadable when it cannot be read to its end, CassetteError when it cannot be written; it is
    then as it was.
    """
    file = CassetteFile(path)
    entries = [*file.entries()]
    pairs = _pairs(entries, rules)
    items: list[Entry | Interaction] = [
        entry if after is before else after for entry, (before, after) in zip(entries, pairs, strict=True)
    ]
    changes = [pair for pair in pairs if pair.after is not pair.before]
    left = tuple(
        one
        for pair in changes
        for one in leftovers(pair.before, rules, pair.after)
        if one.kind != "entropy"  # which is no reason to change anything
    )
    if write and changes:
        save(path, file.head, items, opened=file, root=root)
    return Redacted(path, len(entries), len(changes), left)
