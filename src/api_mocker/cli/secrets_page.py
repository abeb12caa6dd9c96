"""What ``redact`` prints: a line for each secret, with its place, kind and length.

The law of this file: no secret is shown; the JSON form has the same as the text.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from rich.text import Text

from .._core.explain import printable
from ..maintain.secrets import said
from .terminal import counted, path_text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from rich.console import Console

    from ..maintain.secrets import Redacted

__all__ = ["redact", "redact_json"]


def redact(console: Console, done: Sequence[Redacted], *, wrote: bool) -> None:
    """What was (or would be) hidden, by file, and how many cassettes hold nothing."""
    changed = [one for one in done if one.is_changed]
    for one in changed:
        verb = "hidden in" if wrote else "to hide in"
        parts = f"{one.changed} of {counted(one.interactions, 'interaction')}"
        parts += ", and elsewhere" if one.elsewhere else ""
        console.print(Text.assemble((f"{path_text(one.path)}: ", "bold"), f"{verb} {parts}"))
        for left in one.left:
            console.print(Text(f"    {printable(said(left))}", "dim"))
    clean = len(done) - len(changed)
    if clean or not changed:
        console.print(
            f"{counted(clean, 'cassette')} without secrets left as {'it is' if clean == 1 else 'they are'}"
        )
    if changed and not wrote:
        console.print(Text("nothing was changed; to do it:  --write", "yellow"))


def redact_json(done: Sequence[Redacted], others: Sequence[Path], *, wrote: bool) -> str:
    """The same as JSON."""
    cassettes = [
        {
            "path": one.path.as_posix(),
            "interactions": one.interactions,
            "changed": one.changed,
            "secrets": [
                {"place": left.place, "kind": left.kind, "what": left.what, "length": left.length}
                for left in one.left
            ],
        }
        for one in done
        if one.is_changed
    ]
    found = {
        "checked": len(done),
        "written": wrote,
        "cassettes": cassettes,
        "others": [path.as_posix() for path in others],
    }
    return json.dumps(found, indent=2)
