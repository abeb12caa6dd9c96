"""The conversation of ``api-mocker cassette review``.

The law of this file: nothing is written before a cassette is decided as a whole, so that whoever
stops in the middle (by a key, by Ctrl-C, by the end of the input) finds all as it was.
"""

from __future__ import annotations

import sys
from io import TextIOWrapper
from typing import TYPE_CHECKING, TextIO

import click

from .._core.explain import printable
from ..exceptions import CassetteError
from . import review_page
from .waiting import Case, away, named, take, tally

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .._core.cassette import Entry
    from .._core.model import Interaction
    from .._storage.waiting import Waiting

__all__ = ["Reviewer"]

_KEYS = {
    "y": "take this change",
    "n": "do not take it: here the cassette stays as it is",
    "a": "take this and all that follow in this cassette",
    "d": "drop this and all that follow in this cassette",
    "s": "skip this cassette: its recording waits as before",
    "q": "end; what is not decided waits as before",
    "?": "say what the keys mean",
}


class _Left(Exception):
    """A cassette is not decided, and waits."""


class Reviewer:
    """Asks about one recording after the other."""

    def __init__(self, *, force: bool) -> None:
        self._force = force
        self._answers: TextIO | None = sys.stdin  # None where it was closed before we began
        if isinstance(self._answers, TextIOWrapper):
            self._answers.reconfigure(errors="replace")  # what is no text is no key either
        self._has_ended = False
        self._was_told = True  # by a key, and not by the end of the input

    def review_all(self, recordings: Sequence[Waiting]) -> int:
        """Asks about each until somebody has had enough; returns the exit code that they deserve.

        What goes wrong with one is said, and the others have their turn.
        """
        code = 0
        for recording in recordings:
            try:
                code = max(code, self._review(recording))
            except CassetteError as error:
                click.echo(f"Error: {printable(str(error))}", err=True)
                code = 2
            if self._has_ended:
                break
        if not recordings:
            click.echo("nothing waits")
        return code

    def _review(self, recording: Waiting) -> int:
        case = Case.of(recording)
        if case.review.is_in_place:
            away(recording)
            click.echo(f"in place already: {named(recording)}")
            return 0
        if case.misfit and not self._force:
            click.echo(
                f"{named(recording)}: {case.misfit}; record it again, or review it all the same with --force",
                err=True,
            )
            return 1
        review_page.heading(case)
        try:
            self._settle(case, self._decided(case))
        except _Left:
            click.echo(f"waits as before: {named(recording)}")
            return 0 if self._was_told else 1
        return 0

    def _decided(self, case: Case) -> set[int]:
        """The numbers of the changes that are taken."""
        changes = case.review.changes
        taken: set[int] = set()
        for number in range(len(changes)):
            review_page.change(case, number)
            answer = self._ask("take it?", _KEYS)
            if answer == "d":
                break
            if answer == "a":
                return taken | set(range(number, len(changes)))
            if answer == "y":
                taken.add(number)
        return taken

    def _settle(self, case: Case, taken: set[int]) -> None:
        total = len(case.review.changes)
        if not total:
            click.echo("only volatile values are others")
        if not total and self._ask("take it?", ("y", "n", "s", "q")) == "y":
            self._take(case, case.after, "")
        elif not taken:
            if away(case.recording):
                click.echo(f"rejected: {named(case.recording)} stays as it was")
        else:
            mixture = case.review.mixed(taken)
            for reliance in mixture.unmet:
                review_page.warning(reliance)
            if mixture.unmet and self._ask("put it in place all the same?", ("y", "n", "q")) == "n":
                raise _Left
            self._take(
                case, mixture.items, f", {len(taken)} of {total} changes" if len(taken) < total else ""
            )

    def _take(self, case: Case, items: Sequence[Entry | Interaction], how_many: str) -> None:
        told = tally(case)
        take(case, items)
        click.echo(f"accepted: {named(case.recording)} ({told}){how_many}")

    def _ask(self, question: str, keys: dict[str, str] | tuple[str, ...]) -> str:
        """The key that was chosen; _Left for those that leave the cassette undecided."""
        while True:
            click.echo(f"{question} [{','.join(keys)}] ", nl=False)
            sys.stdout.flush()
            line = self._answers.readline() if self._answers is not None else ""
            if self._answers is None or not self._answers.isatty():
                click.echo(line.strip()[:1])  # so that what was answered can be read
            answer = line.strip()[:1].lower()
            if not line or answer == "q":
                self._has_ended, self._was_told = True, bool(line)
                raise _Left
            if answer == "s" and "s" in keys:
                raise _Left
            if answer in keys and answer != "?":
                return answer
            for key in keys:
                click.echo(f"  {key}  {_KEYS[key]}")
