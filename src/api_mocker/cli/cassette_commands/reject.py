"""``api-mocker cassette reject``: what waits is dropped."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ..arguments import FORMAT
from ..waiting import ALL, KIND, PLACES, Outcome, chosen, each, named, recorded_again

if TYPE_CHECKING:
    from pathlib import Path

    from ..._storage.waiting import Waiting

__all__ = ["command"]


@click.command(
    "reject",
    epilog="""\b
Example:
  api-mocker cassette reject --all --kind failed""",
)
@PLACES
@ALL
@KIND
@FORMAT
def command(places: tuple[Path, ...], kind: str | None, form: str, *, everything: bool) -> None:
    """Drop recordings that wait; their cassettes stay as they are.

    PATH is a cassette, a recording that waits for one, or a folder of either. Exits with 1 when a
    recording is another one by now, which stays.
    """
    from ..._storage.waiting import drop

    def reject(recording: Waiting) -> Outcome:
        if not drop(recording):
            return Outcome(recording, "refused", recorded_again(recording), 1)
        return Outcome(recording, "rejected", f"rejected: {named(recording)}")

    each(chosen(places, kind, everything=everything), reject, form)
