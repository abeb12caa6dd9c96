"""Secrets that are left in cassettes: found, and hidden as they would be by now.

The law of this file: what a finding tells is where something stands, what kind of secret it is and how long,
never itself. A file is replaced whole or left as it is, and an interaction in which nothing is found keeps
its bytes. Request headers that were stored stay, for a test may match on them; their secrets do not.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from .._core.explain import printable
from .._core.looking_into import looked_into
from .._core.placeholders import highest
from .._core.redaction import Redactor
from .._storage.files import CassetteFile, save
from ..exceptions import CassetteUnreadable
from .check import Finding, Report, unreadable
from .overview import is_meant_to_be_one
from .secret_places import Left, left_in
from .sources import on_disk, read

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from .._core.cassette import Entry
    from .._core.model import Interaction
    from .._core.redaction import Rules

__all__ = ["Redacted", "check_secrets", "redact"]

_REMEDY = (
    "api-mocker cassette redact --write {path}\n"
    "or, where it is none:  [tool.api_mocker.redact] keep = [...]; a secret that was ever committed is to be "
    "revoked"
)


@dataclass(frozen=True, slots=True)
class Redacted:
    """What hiding changes, or would change, in a cassette: how many of its interactions, and what is left where."""

    path: Path
    interactions: int
    changed: int
    left: tuple[Left, ...]


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
    remedy = printable(_REMEDY.format(path=path.as_posix()))
    for entry, (before, after) in zip(entries, _pairs(entries, rules), strict=True):
        for left in left_in(before, after):
            look = getattr(entry.source, "line_of", None)
            line = entry.line if look is None else look(left.keys)
            yield Finding("secret", path, printable(left.said), remedy, line, entry.number + 1)


def _pairs(entries: Sequence[Entry], rules: Rules) -> list[tuple[Interaction, Interaction]]:
    """Each interaction, and what becomes of it; the same object where nothing is to be hidden."""
    redactor = Redactor(_as_stored(rules, entries), _taken(entries))
    before = [looked_into(entry.interaction, redactor) for entry in entries]
    after = redactor.seal(before)
    return [
        (entry.interaction, entry.interaction if new == entry.interaction else new)
        for entry, new in zip(entries, after, strict=True)
    ]


def _as_stored(rules: Rules, entries: Iterable[Entry]) -> Rules:
    names = {name.lower() for entry in entries for name, _ in entry.interaction.request.headers}
    return replace(rules, allow_request_headers=rules.allow_request_headers | names)


def _taken(entries: Iterable[Entry]) -> dict[str, int]:
    taken: dict[str, int] = {}
    for entry in entries:
        text = "" if entry.source is None else entry.source.raw.decode("utf-8", "replace")
        for name, number in highest(text).items():
            taken[name] = max(taken.get(name, 0), number)
    return taken


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
    left = tuple(one for before, after in pairs if after is not before for one in left_in(before, after))
    changed = sum(after is not before for before, after in pairs)
    if write and changed:
        save(path, file.head, items, opened=file, root=root)
    return Redacted(path, len(entries), changed, left)
