"""Everything that can be wrong with cassettes without running a test.

The law of this file: what is looked for stands in one table, `RULES`; each finding says where it is,
down to the line, and what to do; and looking changes nothing. What cannot be known for certain
(whether a test still exists, whether a value changes) is named only where the files prove it.
"""

from __future__ import annotations

import json
import re
import shlex
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from unicodedata import normalize

from .._core.age import in_days, spelled
from .._core.canonical import Canonical, Ignore
from .._core.explain import printable
from .._core.matching import Matching
from .._core.model import Response
from .._core.placeholders import broken
from .._core.windows import words
from .._storage.files import CassetteFile
from .._storage.yaml_reader import read_document
from ..exceptions import CassetteTooNew, CassetteUnreadable
from .overview import is_meant_to_be_one
from .owners import Owners
from .volatile import volatile_values

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
    from datetime import datetime
    from pathlib import Path

    from .._config import Config
    from .._core.cassette import Entry
    from .._core.model import Request

__all__ = ["RULES", "Finding", "Report", "Rule", "check", "unreadable"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong; ``line`` and ``interaction`` count from 1."""

    rule: str
    path: Path
    text: str
    remedy: str
    line: int | None = None
    interaction: int | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """What is looked for in a cassette. Those without `find` show when files are read, or found."""

    summary: str
    find: Callable[[_Subject], Iterator[Finding]] | None = None


@dataclass(slots=True)
class Report:
    """What was found in how many cassettes; ``others`` are files that are none."""

    checked: int = 0
    findings: list[Finding] = field(default_factory=list)
    others: list[Path] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Subject:
    """One cassette, and all that is known around it."""

    path: Path
    file: CassetteFile
    entries: Sequence[Entry]  # those that can be read
    config: Config
    root: Path
    now: datetime
    owners: Owners

    @property
    def again(self) -> str:
        """How it is recorded again."""
        if self.file.test is None:
            return "record it again"
        return f"record it again:  pytest --record-mode=rewrite {shlex.quote(self.file.test)}"

    def found(self, rule: str, text: str, remedy: str, entry: Entry | None = None, *place: str) -> Finding:
        """A finding at an interaction, where these keys lead in it."""
        line = None if entry is None else _line_of(entry, place)
        number = None if entry is None else entry.number + 1
        return Finding(rule, self.path, printable(text), remedy, line, number)


def _line_of(entry: Entry, place: Sequence[str]) -> int | None:
    look = getattr(entry.source, "line_of", None)
    return look(place) if look is not None and place else entry.line


def check(
    paths: Iterable[Path],
    *,
    config: Config,
    root: Path,
    now: datetime,
    folder: Path | None = None,
    skip: Iterable[str] = (),
) -> Report:
    """Looks at these files by every rule but those to `skip`; within `folder`, nothing but cassettes belongs."""
    report = Report()
    left_out = frozenset(skip)
    owners = Owners()
    names: dict[str, Path] = {}
    for path in paths:
        try:
            found = [*_read(path, config, root, now, owners)]
        except CassetteUnreadable as error:
            if not is_meant_to_be_one(path, folder):
                report.others.append(path)
                continue
            found = [unreadable(error, path)]
        report.checked += 1
        found += _collisions(path, names)
        found = [finding for finding in found if finding.rule not in left_out]
        report.findings += sorted(found, key=lambda finding: finding.line or 0)
    return report


def _read(path: Path, config: Config, root: Path, now: datetime, owners: Owners) -> Iterator[Finding]:
    file = CassetteFile(path)
    readable: list[Entry] = []
    for entry in file.entries():
        try:
            _ = entry.interaction
        except CassetteUnreadable as error:
            yield unreadable(error, path, entry)
        else:
            readable.append(entry)
    subject = _Subject(path, file, readable, config, root, now, owners)
    for rule in RULES.values():
        if rule.find is not None:
            yield from rule.find(subject)


def unreadable(error: CassetteUnreadable, path: Path, entry: Entry | None = None) -> Finding:
    """The finding that a file, or an interaction in it, cannot be read."""
    rule, remedy = "unreadable", "restore it from version control, or delete it and record it again"
    if isinstance(error, CassetteTooNew):
        remedy = error.remedy
    elif error.place[-1:] == ("body",):
        rule, remedy = "body", "restore it from version control, or record it again"
    elif error.place:
        rule, remedy = "schema", "correct this line, or record it again"
    number = None if entry is None else entry.number + 1
    return Finding(rule, path, printable(error.reason), remedy, error.line, number)


def _placeholders(subject: _Subject) -> Iterator[Finding]:
    remedy = "write <redacted:NAME:N>, NAME of a-z, 0-9 and _.- and N from 1 on, as it stands elsewhere in the file"
    for entry in subject.entries:
        text = entry.source.raw.decode() if entry.source is not None else ""
        for at in broken(text):
            shown = re.split(r"[\s\"']", text[at : at + 60])[0]
            line = None if entry.line is None else entry.line + text.count("\n", 0, at)
            said = printable(f"{shown} is no placeholder: the code under test would get it as it stands")
            yield Finding("placeholder", subject.path, said, remedy, line, entry.number + 1)
        for side, content in _beside(entry):
            for _ in broken(content):
                said = f"a body beside the cassette holds a broken placeholder ({side})"
                yield subject.found("placeholder", said, subject.again, entry, side, "body")


def _beside(entry: Entry) -> Iterator[tuple[str, str]]:
    """The bodies of an interaction that are in files of their own."""
    raw = entry.source.raw if entry.source is not None else b""
    if b"sha256:" not in raw:
        return
    document = read_document(raw.decode())
    interaction = entry.interaction
    for side, message in (("request", interaction.request), ("response", interaction.response)):
        held = document.get(side)
        fields = held.get("body") if isinstance(held, dict) else None
        if message is not None and isinstance(fields, dict) and "file" in fields:
            yield from ((side, text) for text in _texts(message))


def _texts(message: Request | Response) -> Iterator[str]:
    if isinstance(message, Response) and message.large is not None:
        yield from words(message.large)
    else:
        yield message.body.decode("utf-8", "replace")


def _volatile(subject: _Subject) -> Iterator[Finding]:
    config = subject.config
    query, body = "query" in config.match_on, "body" in config.match_on
    ignore = Ignore.parse(config.ignore)
    for item in volatile_values(subject.entries, ignore, query=query, body=body):
        more = f", and {item.further} more interactions have one there" if item.further else ""
        text = f"{item.address} is {item.form} ({item.value}) that the next run will not send again{more}"
        remedy = f"ignore = [{json.dumps(item.address, ensure_ascii=False)}], or freeze what makes it"
        yield subject.found("volatile", text, printable(remedy), item.entry, "request", item.part)


_TRANSIENT = frozenset({429, 502, 503, 504})


def _transient(subject: _Subject) -> Iterator[Finding]:
    matching, ignore = Matching(subject.config.match_on), Ignore.parse(subject.config.ignore)
    waiting: defaultdict[Hashable, list[Entry]] = defaultdict(list)
    for entry in subject.entries:
        response = entry.interaction.response
        if response is None:
            continue
        request = Canonical(entry.interaction.request, ignore)
        key = matching.coarse(request), matching.fine(request)
        if response.status in _TRANSIENT:
            waiting[key].append(entry)
        elif response.status < 400:
            waiting.pop(key, None)  # those before were retried
    for entry in sorted((entry for left in waiting.values() for entry in left), key=lambda one: one.number):
        response = entry.interaction.response
        status = response.status if response is not None else 0
        text = (
            f"the answer {status} says that the service was not well, and no later one says that it got well"
        )
        remedy = (
            f"{subject.again}\nor, where the test is about it, declare it:  respond_with(status={status})"
        )
        yield subject.found("transient", text, remedy, entry, "response", "status")


def _expired(subject: _Subject) -> Iterator[Finding]:
    limit = subject.config.max_age
    if limit is None:
        return
    old = [
        (made, entry)
        for entry in subject.entries
        if (made := entry.interaction.recorded_at) is not None and subject.now - made > limit
    ]
    if old:
        made, entry = min(old, key=lambda pair: pair[0])
        age = in_days(subject.now - made)
        others = f"; {len(old) - 1} more are too old" if len(old) > 1 else ""
        text = f"recorded {age} ago, and max_age is {spelled(limit)}{others}"
        yield subject.found("expired", text, subject.again, entry, "recorded_at")


def _orphaned(subject: _Subject) -> Iterator[Finding]:
    test = subject.file.test
    if test is None:
        return
    folders = dict.fromkeys([subject.root, *subject.path.resolve().parents])
    gone = subject.owners.gone(test, [*folders])
    if gone is not None:
        text = printable(f"it belongs to {test}, and {gone}")
        remedy = "delete it, or, if another test uses it, name that one in the line that begins with 'test:'"
        yield Finding("owner", subject.path, text, remedy, subject.file.header_line("test"))


def _collisions(path: Path, names: dict[str, Path]) -> Iterator[Finding]:
    """A path that some file systems take for one that came before."""
    key = normalize("NFC", path.resolve().as_posix()).casefold()
    before = names.setdefault(key, path)
    if before != path:
        text = printable(f"where upper and lower case are the same, this is the file {before.as_posix()}")
        yield Finding(
            "collision", path, text, "rename one of them, and the test or the mark that it is named after"
        )


RULES: dict[str, Rule] = {
    "unreadable": Rule("a file that is cut off, no YAML, or of a later version"),
    "schema": Rule("a document that is YAML and not of the format: an unknown key, a missing one, an impossible value"),
    "body": Rule("a body that is not restored: its file beside the cassette is gone or changed, its layout or base64 is wrong"),
    "placeholder": Rule("a `<redacted:...>` that is not of the grammar, so that nothing recognises it", _placeholders),
    "volatile": Rule("a UUID, time, epoch or hash in the query or body of a request that is matched on, and that no earlier answer gave out", _volatile),
    "transient": Rule("429, 502, 503 or 504 that no success of the same request follows", _transient),
    "expired": Rule("older than `max_age`", _expired),
    "collision": Rule("two names that are one where upper and lower case are the same"),
    "owner": Rule("the test in its header is gone: no such file, or the file does not hold it any more", _orphaned),
}  # fmt: skip
"""What is looked for, by its name."""
