"""One change of a recording, as people read it: the words and signs that several commands share.

The law of this file: ``+`` added, ``-`` removed, ``~`` changed, ``>`` moved, in every command alike;
a change is told in full, and recorded text never drives the terminal.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from .._core.explain import printable
from .._core.model import media_type

if TYPE_CHECKING:
    from .._core.model import Interaction
    from ..maintain.compare import Change, Kind
    from ..maintain.details import Detail

__all__ = ["SIGNS", "STYLES", "answer", "change_lines", "detail_lines", "headline", "kept", "one_line"]

SIGNS: dict[Kind, str] = {"added": "+", "removed": "-", "changed": "~", "moved": ">"}
STYLES: dict[Kind, str] = {"added": "green", "removed": "red", "changed": "yellow", "moved": "cyan"}

_SHOWN = 100  # characters of a value, before only the part that differs is shown
_AROUND = 20  # of them before the first one that differs
_INDENTED = " " * 7


def change_lines(change: Change) -> list[Text]:
    """The interaction, and each thing about it that is not as it was."""
    return [headline(change), *(line for detail in change.details for line in detail_lines(detail))]


def headline(change: Change, *, answered: bool = True) -> Text:
    """Sign, number, request and, if `answered`, what came of it: ``+   4  GET https://... -> 200 OK``."""
    style = STYLES[change.kind]
    number = change.before if change.after is None else change.after
    request = change.interaction.request
    line = Text.assemble(
        (f"{SIGNS[change.kind]} {(number or 0) + 1:>3}  ", style),
        (one_line(request.method), "bold"),
        " ",
        one_line(request.url),
    )
    if answered and change.kind in ("added", "removed"):
        line.append(f" -> {one_line(answer(change.interaction))}", "dim")
    if change.moved and change.before is not None:
        line.append(f"  (moved, was {change.before + 1})", STYLES["moved"])
    return line


def answer(interaction: Interaction) -> str:
    """What came of a request, in a few words."""
    words = []
    response = interaction.response
    if response is not None:
        words.append(f"{response.status} {response.reason}".strip())
        kind = media_type(response.headers)[0]
        if response.size:
            words.append(f"{kind or 'body'}, {response.size:,} bytes")
    if interaction.failure is not None:
        words.append(interaction.failure.kind)
    return ", ".join(words)


def detail_lines(detail: Detail) -> list[Text]:
    """One thing that is not as it was: where, and both values; a text as its hunk."""
    kind: Kind = "added" if detail.before is None else "removed" if detail.after is None else "changed"
    if detail.before is None and detail.after is None:
        kind = "changed"
    line = Text.assemble(_INDENTED, (f"{SIGNS[kind]} ", STYLES[kind]), one_line(detail.where))
    before, after = kept(detail.before, detail.after)
    if kind != "changed":
        line.append(f": {one_line(before or after)}", STYLES[kind])
    elif before or after:
        line.append(": ")
        line.append(one_line(before), STYLES["removed"])
        line.append(" -> ")
        line.append(one_line(after), STYLES["added"])
    if detail.note:
        line.append(f"  ({detail.note})", "bold")
    return [line, *(_hunk_line(each) for each in detail.hunk)]


def _hunk_line(line: str) -> Text:
    styles = {"+": STYLES["added"], "-": STYLES["removed"], "@": "cyan"}
    return Text(f"{_INDENTED}    {printable(line)}", styles.get(line[:1], ""))


def kept(before: str | None, after: str | None) -> tuple[str, str]:
    """Both values, long ones cut down to where they begin to differ; nothing for None."""
    was, now = before or "", after or ""
    start = 0
    if before is not None and after is not None and max(len(was), len(now)) > _SHOWN:
        same = next((at for at, (a, b) in enumerate(zip(was, now, strict=False)) if a != b), None)
        start = max(0, (min(len(was), len(now)) if same is None else same) - _AROUND)
    return _cut(was, start), _cut(now, start)


def _cut(value: str, start: int) -> str:
    if len(value) <= _SHOWN:
        return value
    more = len(value) - start - _SHOWN
    tail = f" ... {more:,} more characters" if more > 0 else ""
    return f"{'... ' if start else ''}{value[start : start + _SHOWN]}{tail}"


def one_line(text: str) -> str:
    """Recorded text that cannot drive a terminal, nor look like a line of ours."""
    return printable(text).replace("\n", "\\n")
