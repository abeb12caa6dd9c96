"""What ``accept``, ``reject`` and ``review`` share: choosing recordings that wait, and opening one.

The law of this file: a recording is put in the place of the very cassette that it was compared with,
or of another one where somebody said ``--force``; and it goes when its cassette is on the disk, not
before.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import click

from .._core.explain import printable
from ..exceptions import CassetteBusy, CassetteError
from .arguments import from_here
from .terminal import path_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime

    from .._core.cassette import Entry
    from .._core.model import Interaction
    from .._storage.files import CassetteFile
    from .._storage.waiting import Waiting
    from ..maintain.compare import How
    from ..maintain.review import Review

__all__ = [
    "ALL",
    "KIND",
    "PLACES",
    "Case",
    "Outcome",
    "away",
    "chosen",
    "each",
    "named",
    "recorded_again",
    "said",
    "take",
    "tally",
]

PLACES = click.argument("places", metavar="[PATH]...", nargs=-1, type=click.Path(path_type=Path))
ALL = click.option("--all", "everything", is_flag=True, help="All that waits in the project.")
KIND = click.option(
    "--kind",
    type=click.Choice(["review", "failed"]),
    help="Only what waits for review, or only what failing tests left.",
)


@dataclass(frozen=True, slots=True)
class Case:
    """A recording that waits, opened beside the cassette that it is for."""

    recording: Waiting
    current: CassetteFile | None
    head: bytes
    before: Sequence[Entry]
    after: Sequence[Entry]
    review: Review

    @classmethod
    def of(cls, recording: Waiting) -> Case:
        """Opens both; CassetteUnreadable names the one that is broken."""
        from .._storage.files import CassetteFile
        from ..maintain.review import Review

        path = recording.cassette
        current = CassetteFile(path) if path.exists() or path.is_symlink() else None
        file = CassetteFile(recording.path)
        before, after = [*current.entries()] if current else [], [*file.entries()]
        head = current.head if current else file.head
        return cls(recording, current, head, before, after, Review(before, after, _how(recording.root)))

    @property
    def recorded(self) -> datetime | None:
        """When the newest of its interactions was recorded."""
        moments = (entry.interaction.recorded_at for entry in self.after)
        return max((moment for moment in moments if moment is not None), default=None)

    @property
    def misfit(self) -> str:
        """Why the cassette is not the one that this was recorded against; "" where it is."""
        recording, current = self.recording, self.current
        if self.review.is_in_place or recording.fits(current):
            return ""
        if current is None:
            return "the cassette is gone since this was recorded"
        if recording.replaces == "":
            return "the cassette was made after this was recorded"
        if recording.replaces is None:
            return "the cassette is newer than this recording"
        return "the cassette has changed since this was recorded"


@cache
def _how(root: Path) -> How:
    """What the project ignores is no change to decide about, as it was none to whoever recorded."""
    from .._config import read_project
    from .._core.canonical import Ignore
    from ..maintain.compare import How

    return How(Ignore.parse(read_project(root).ignore))


def chosen(places: Sequence[Path], kind: str | None, *, everything: bool | None = None) -> list[Waiting]:
    """The recordings at these places (cassettes, recordings, folders of either), or all of the project.

    UsageError where nothing waits that is called so, where nothing was named though something waits, and
    where names stand beside ``everything`` (None: nobody has to say that all is meant).
    """
    from .._storage.waiting import waiting

    here = Path.cwd()
    if not places:
        root = _root(here)
        found = [one for one in waiting(root) if kind in (None, one.kind)] if root is not None else []
        if found and everything is False:
            raise click.UsageError(
                f"name what is meant, or say --all; {_recordings(len(found))}: api-mocker cassette review --list"
            )
        return found
    if everything:
        raise click.UsageError("either name what is meant, or say --all")
    out: dict[Path, Waiting] = {}
    for place in places:
        path = (here / place).resolve()
        root = _root(path)
        all_ = [*waiting(root)] if root is not None else []
        found = [one for one in all_ if _is_meant(one, path) and kind in (None, one.kind)]
        if not found and not path.exists():
            raise click.UsageError(f"nothing waits for {printable(str(place))}, and there is no such file")
        out |= {one.path: one for one in found}
    return list(out.values())


def _root(start: Path) -> Path | None:
    from .._storage.journal import recover
    from .._storage.waiting import waiting_root

    root = waiting_root(start)
    if root is not None:
        recover(root)  # what a killed process left waits, too
    return root


def _recordings(number: int) -> str:
    return "1 recording waits" if number == 1 else f"{number} recordings wait"


def _is_meant(one: Waiting, path: Path) -> bool:
    return any(own.resolve().is_relative_to(path) for own in (one.path, one.cassette))


class Outcome(NamedTuple):
    """What became of one recording; ``code`` is the exit code that it deserves, ``text`` says it."""

    recording: Waiting
    result: Literal["accepted", "rejected", "in place already", "refused", "error"]
    text: str
    code: int = 0
    case: Case | None = None


def each(recordings: Sequence[Waiting], do: Callable[[Waiting], Outcome], form: str = "text") -> None:
    """Does something with each; what goes wrong with one is said, and the others have their turn.

    Exits with the highest code: 1 where one was refused, 2 where one was in trouble.
    """
    outcomes = []
    for recording in recordings:
        try:
            one = do(recording)
        except CassetteError as error:
            one = Outcome(recording, "error", f"Error: {printable(str(error))}", 2)
        outcomes.append(one)
        if form == "text":
            click.echo(one.text, err=one.code > 0)
    if form == "json":
        click.echo(json.dumps({"recordings": [_plain(one) for one in outcomes]}, indent=2))
    elif not outcomes:
        click.echo("nothing waits")
    code = max((one.code for one in outcomes), default=0)
    if code:
        raise click.exceptions.Exit(code)


def _plain(one: Outcome) -> dict[str, Any]:  # Any: JSON
    return {
        "cassette": from_here(one.recording.cassette).as_posix(),
        "path": from_here(one.recording.path).as_posix(),
        "kind": one.recording.kind,
        "result": one.result,
        "counts": one.case and one.case.review.counts(),
        "text": one.text,
    }


def take(case: Case, items: Sequence[Entry | Interaction]) -> None:
    """Makes these the cassette, and takes the recording away; CassetteError where that cannot be."""
    from .._storage.waiting import put_in_place

    try:
        put_in_place(case.recording, case.head, items, case.current)
    except CassetteBusy:  # its advice is for those who record
        raise CassetteError(
            f"{named(case.recording)} was written by another process just now; it is left as it is, and its "
            f"recording waits: try again"
        ) from None
    away(case.recording)


def away(recording: Waiting) -> bool:
    """Takes a recording away; says so where it cannot, because it is another one by now."""
    from .._storage.waiting import drop

    gone = drop(recording)
    if not gone:
        click.echo(recorded_again(recording), err=True)
    return gone


def recorded_again(recording: Waiting) -> str:
    """That a recording is another one than it was when we looked."""
    return f"{named(recording)}: recorded again meanwhile; the new recording waits"


def named(recording: Waiting) -> str:
    """The cassette of a recording, as it is shortest to say."""
    return path_text(from_here(recording.cassette))


def tally(case: Case) -> str:
    """What it changes, in numbers: ``+1 -0 ~2``; what only stands elsewhere is counted where there is any."""
    from .changes import SIGNS

    counts = case.review.counts()
    return " ".join(f"{SIGNS[kind]}{number}" for kind, number in counts.items() if number or kind != "moved")


def said(case: Case) -> Iterator[str]:
    """Why it waits and since when."""
    yield "its test failed" if case.recording.kind == "failed" else "waits for review"
    if case.recorded is not None:
        yield f"recorded {case.recorded:%Y-%m-%d %H:%M} UTC"
