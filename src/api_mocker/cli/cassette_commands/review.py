"""``api-mocker cassette review``: interaction by interaction, what is taken of what waits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ..arguments import FORMAT
from ..waiting import KIND, PLACES, chosen

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from ..._storage.waiting import Waiting

__all__ = ["command"]


@click.command(
    "review",
    epilog="""\b
Example:
  api-mocker cassette review cassettes/test_checkout""",
)
@PLACES
@KIND
@click.option("--list", "listing", is_flag=True, help="Only say what waits.")
@click.option("--force", is_flag=True, help="Also where the cassette has changed since.")
@FORMAT
def command(places: tuple[Path, ...], kind: str | None, form: str, *, listing: bool, force: bool) -> None:
    """Look through recordings that wait, interaction by interaction, and take what is right.

    PATH is a cassette, a recording that waits for one, or a folder of either. Each change is shown
    (+ added, - removed, ~ changed, > moved) and asked about: y takes it, n leaves the cassette as
    it is there, a takes this and all that follow in this cassette, d none of them, s lets the
    whole recording wait, q ends. Nothing is written before a cassette is decided as a whole. The
    answers are read from the input, one a line; where it ends too soon, what is not decided waits.

    Exits with 1 when that happened, or when a cassette has changed since the recording was made.
    """
    from ..reviewing import Reviewer

    if form == "json" and not listing:
        raise click.UsageError("--format json goes with --list")
    recordings = chosen(places, kind)
    if listing:
        _list(recordings, form)
        return
    reviewer = Reviewer(force=force)
    try:
        code = reviewer.review_all(recordings)
    except KeyboardInterrupt:
        click.echo()
        click.echo("interrupted: what was not decided waits as before", err=True)
        code = 130
    if code:
        raise click.exceptions.Exit(code)


def _list(recordings: Sequence[Waiting], form: str) -> None:
    from ..review_page import list_, list_json, opened
    from ..terminal import followed, page

    cases = [*followed(map(opened, recordings), "reading", len(recordings))]
    if form == "json":
        click.echo(list_json(cases))
    else:
        with page() as out:
            list_(out, cases)
    if any(case.error for case in cases):
        raise click.exceptions.Exit(2)
