"""What ``api-mocker cassette review`` prints.

The law of this file: a change is told in the words of `changes`, and an interaction that comes or goes
is shown as `flow_page` shows it; recorded text never drives the terminal, and the JSON form is stable.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from rich.text import Text

from .._core.explain import printable
from ..exceptions import CassetteError
from .arguments import from_here
from .changes import change_lines, headline, one_line
from .flow_page import exchanged
from .terminal import console
from .waiting import Case, named, said, tally

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import Console

    from .._core.model import Interaction
    from .._storage.waiting import Waiting
    from ..maintain.compare import Change
    from ..maintain.reliance import Reliance

__all__ = ["Opened", "change", "heading", "list_", "list_json", "opened", "warning"]

_INDENTED = " " * 7


def heading(case: Case) -> None:
    """Which cassette it is about, why and since when."""
    facts = ", ".join([*said(case), *([case.misfit] if case.misfit else [])])
    _print(Text.assemble((named(case.recording), "bold"), (f"  {tally(case)}  {facts}", "dim")))


def change(case: Case, number: int) -> None:
    """One change, with all that is to know about it."""
    changes = case.review.changes
    _print(Text(), *_told(case, changes[number], Text(f"[{number + 1}/{len(changes)}] ", "dim")))


def _told(case: Case, one: Change, place: Text) -> Iterator[Text]:
    if one.kind in ("added", "removed"):
        yield Text.assemble(place, headline(one, answered=False))
        yield from exchanged(one.interaction, coloured=console().color_system is not None)
        return
    first, *rest = change_lines(one)
    yield Text.assemble(place, first)
    yield from rest
    noise = [each for each in case.review.noise if (each.before, each.after) == (one.before, one.after)]
    volatile = [one_line(detail.where) for each in noise for detail in each.details]
    if volatile:
        yield Text(f"{_INDENTED}and as every time: {', '.join(volatile)}", "dim")


def warning(reliance: Reliance) -> None:
    """That an interaction will not be replayed as things are."""
    fate = "not taken" if reliance.new else "replaced"
    value = json.dumps(reliance.value, ensure_ascii=False)
    _print(
        Text(
            f"warning: {_request(reliance.interaction)} sends {one_line(value)}, "
            f"which came with the answer to {_request(reliance.giver)}; that one is {fate}",
            "yellow",
        )
    )


def _request(interaction: Interaction) -> str:
    return one_line(f"{interaction.request.method} {interaction.request.url}")


def _print(*parts: Text) -> None:
    out = console()
    for part in parts:
        out.print(part, soft_wrap=not out.is_terminal)


class Opened(NamedTuple):
    """A recording that waits, and what it changes; or why that cannot be told."""

    recording: Waiting
    case: Case | None
    error: str | None = None

    @property
    def state(self) -> str | None:
        """What is to be known before it is taken, None where there is nothing."""
        if self.case is None:
            return None
        return "the cassette holds it already" if self.case.review.is_in_place else self.case.misfit or None


def opened(recording: Waiting) -> Opened:
    """What is to be said of a recording."""
    try:
        return Opened(recording, Case.of(recording))
    except CassetteError as error:
        return Opened(recording, None, printable(str(error)))


def list_(out: Console, recordings: Sequence[Opened]) -> None:
    """One line for each recording."""
    if not recordings:
        out.print("nothing waits")
    for one in recordings:
        name = named(one.recording)
        if one.case is None:
            line = Text.assemble(name, ("  cannot be read", "red"), (f"\n  {one.error}", "dim"))
        else:
            facts = ", ".join([*said(one.case), *([one.state] if one.state else [])])
            line = Text(f"{name}  {tally(one.case)}  {facts}")
        out.print(line, soft_wrap=not out.is_terminal)


def list_json(recordings: Sequence[Opened]) -> str:
    """The same as JSON."""
    return json.dumps({"waiting": [_plain(one) for one in recordings]}, indent=2)


def _plain(one: Opened) -> dict[str, Any]:  # Any: JSON
    recording, case = one.recording, one.case
    return {
        "cassette": from_here(recording.cassette).as_posix(),
        "path": from_here(recording.path).as_posix(),
        "kind": recording.kind,
        "counts": case and case.review.counts(),
        "recorded_last": case and case.recorded and case.recorded.isoformat(),
        "misfit": one.state,
        "error": one.error,
    }
