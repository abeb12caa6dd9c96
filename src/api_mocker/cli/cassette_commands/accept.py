"""``api-mocker cassette accept``: what waits takes the place of its cassette."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import click

from ..arguments import FORMAT, from_here
from ..terminal import path_text
from ..waiting import ALL, KIND, PLACES, Case, Outcome, away, chosen, each, named, take, tally

if TYPE_CHECKING:
    from pathlib import Path

    from ..._storage.waiting import Waiting

__all__ = ["command"]


@click.command(
    "accept",
    epilog="""\b
Example:
  api-mocker cassette accept cassettes/test_checkout/test_happy_path.yaml
  api-mocker cassette accept --all --kind review""",
)
@PLACES
@ALL
@KIND
@click.option("--force", is_flag=True, help="Also where the cassette has changed since.")
@FORMAT
def command(places: tuple[Path, ...], kind: str | None, form: str, *, everything: bool, force: bool) -> None:
    """Put recordings that wait in the place of their cassettes.

    PATH is a cassette, a recording that waits for one, or a folder of either. What waits comes from
    failing tests, and from recording with the option review. Exits with 1 when a cassette has
    changed since the recording was made: it stays as it is, and the recording waits.
    """
    recordings = chosen(places, kind, everything=everything)
    several = {path for path, count in Counter(one.cassette for one in recordings).items() if count > 1}

    def accept(recording: Waiting) -> Outcome:
        return (
            _refused_twin(recording) if recording.cassette in several else _accepted(recording, force=force)
        )

    each(recordings, accept, form)


def _refused_twin(recording: Waiting) -> Outcome:
    text = (
        f"{named(recording)}: not accepted: two recordings wait for it, one for review and one of a test "
        f"that failed; name one by its path, or by --kind: {path_text(from_here(recording.path))}"
    )
    return Outcome(recording, "refused", text, 1)


def _accepted(recording: Waiting, *, force: bool) -> Outcome:
    case = Case.of(recording)
    if case.review.is_in_place:
        away(recording)
        return Outcome(recording, "in place already", f"in place already: {named(recording)}", 0, case)
    if case.misfit and not force:
        advice = "record it again, or take it with --force"
        text = f"{named(recording)}: not accepted: {case.misfit}; {advice}"
        return Outcome(recording, "refused", text, 1, case)
    take(case, case.after)
    failed = "; its test failed when this was recorded" if recording.kind == "failed" else ""
    text = f"accepted: {named(recording)} ({tally(case)}){failed}"
    return Outcome(recording, "accepted", text, 0, case)
