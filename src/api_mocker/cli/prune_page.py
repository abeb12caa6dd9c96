"""What ``prune`` prints: what goes, in the words of ``diff``, and what stays, with the reason.

The law of this file: nothing goes that is not named here, and nothing that might be unused stays without
its reason.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from rich.text import Text

from ..maintain.compare import Change
from .changes import headline, one_line
from .terminal import counted, path_text, sized

if TYPE_CHECKING:
    from rich.console import Console

    from ..maintain.prune import Cut, Dropped, Kept, Plan

__all__ = ["as_json", "as_text"]


def as_text(console: Console, made: Plan, *, wrote: bool) -> None:
    """The files that lose something, what else goes, what stays, and the totals."""
    for cut in made.cuts:
        _cut(console, cut)
    for left in made.leftovers:
        what = "an empty folder" if left.size is None else f"{sized(left.size)}: no cassette names it"
        console.print(Text.assemble((f"- {path_text(left.path)}", "red"), f"  {what}"))
    for kept in made.kept:
        console.print(
            Text.assemble("stays: ", (path_text(kept.path), "bold"), f"{_much(kept)}: {one_line(kept.why)}")
        )
    console.print(_total(made, wrote=wrote))
    if again := _again(made):
        console.print(Text(f"Record them again:  pytest --record-mode=new_episodes {again}"))


def _cut(console: Console, cut: Cut) -> None:
    what = (
        f"the whole file, {sized(cut.size)}: {cut.why}"
        if cut.whole
        else f"{len(cut.dropped)} of {counted(cut.total, 'interaction')}, {sized(cut.size)}"
    )
    console.print(Text.assemble((path_text(cut.path), "bold"), f"  {what}"))
    for dropped in cut.dropped:
        line = headline(Change("removed", dropped.number, None, dropped.interaction))
        if not cut.whole or dropped.played:
            line.append(f"  ({_why(dropped)})", "dim")
        console.print(line)


def _why(dropped: Dropped) -> str:
    played = f", and {', '.join(map(one_line, dropped.played))} plays it" if dropped.played else ""
    return dropped.why + played


def _much(kept: Kept) -> str:
    if kept.interactions is None:
        return ""
    return f", {counted(kept.interactions, 'interaction')}"


def _total(made: Plan, *, wrote: bool) -> Text:
    if not made:
        return Text("nothing to prune")
    counts = {
        "interaction": sum(len(cut.dropped) for cut in made.cuts),
        "cassette": sum(cut.whole for cut in made.cuts),
        "body": sum(left.size is not None for left in made.leftovers),
        "folder": sum(left.size is None for left in made.leftovers),
    }
    what = [
        counted(number, name, "bodies" if name == "body" else "") for name, number in counts.items() if number
    ]
    said = f"{', '.join(what)}: {sized(made.size)}"
    return Text(f"removed {said}" if wrote else f"would remove {said}; nothing is changed without --write")


def _again(made: Plan) -> str:
    """The tests that play what goes."""
    import shlex

    tests = {test for cut in made.cuts for dropped in cut.dropped for test in dropped.played if test}
    return " ".join(shlex.quote(one_line(test)) for test in sorted(tests))


def as_json(made: Plan, *, wrote: bool) -> str:
    """The same as JSON; sizes in bytes, interactions counted from 1."""
    cuts = [
        {
            "path": cut.path.as_posix(),
            "whole": cut.whole,
            "why": cut.why if cut.whole else None,
            "size": cut.size,
            "interactions": cut.total,
            "removed": [
                {
                    "interaction": dropped.number + 1,
                    "method": dropped.interaction.request.method,
                    "url": dropped.interaction.request.url,
                    "why": dropped.why,
                    "played_by": [*dropped.played],
                }
                for dropped in cut.dropped
            ],
        }
        for cut in made.cuts
    ]
    found = {
        "written": wrote,
        "size": made.size,
        "cassettes": cuts,
        "bodies": [
            {"path": left.path.as_posix(), "size": left.size}
            for left in made.leftovers
            if left.size is not None
        ],
        "folders": [left.path.as_posix() for left in made.leftovers if left.size is None],
        "kept": [
            {"path": kept.path.as_posix(), "interactions": kept.interactions, "why": kept.why}
            for kept in made.kept
        ],
        "others": [path.as_posix() for path in made.others],
    }
    return json.dumps(found, indent=2)
