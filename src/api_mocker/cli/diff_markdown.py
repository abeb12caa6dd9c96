"""Differences of recordings as Markdown, for a comment under a pull request.

The law of this file: recorded text stands in code and never becomes Markdown, HTML or a mention; and
the whole is never longer than a comment may be.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from .._core.explain import printable
from ..maintain.compare import KINDS
from .changes import SIGNS, answer, kept, one_line
from .diff_text import counted, folded_line, summary

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..maintain.compare import Change
    from ..maintain.details import Detail
    from ..maintain.diffing import FileDiff, Report

__all__ = ["diff_markdown"]

_ROOM = 60_000  # characters; GitHub takes 65,536, and others no less
_LINE = 400  # characters of a line of a hunk
_TICKS = re.compile("`+")


def diff_markdown(report: Report, *, noise: bool, stat: bool) -> str:
    """A table of files, then the changes of each, folded."""
    files = [file for file in report.files if file.differs or (noise and file.folded)]
    lines = [f"**{summary(report)}**", "", *_table(files)] if files else ["No cassette changed."]
    tail = [] if noise or not report.folded else ["", f"<sub>{_html(folded_line(report.folded))}</sub>"]
    tail += [line for error in report.errors for line in ("", f"**Not compared:** {_code(error)}")]
    room = _ROOM - sum(map(len, [*lines, *tail]))
    left = 0
    for file in [] if stat else files:
        piece = _folded(file, noise=noise, room=room)
        room -= len(piece)
        if room < 0:
            left += 1
        else:
            lines += ["", piece]
    if left:
        lines += ["", f"The changes of {counted(left, 'more cassette')} do not fit into a comment."]
    return "\n".join([*lines, *tail, ""])


def _table(files: list[FileDiff]) -> Iterator[str]:
    yield f"| cassette | {' | '.join(KINDS)} |"
    yield f"| --- |{' ---: |' * len(KINDS)}"
    for file in files:
        state = {"added": " (new)", "removed": " (deleted)"}.get(file.state, "")
        numbers = " | ".join(str(file.counts[kind] or "") for kind in KINDS)
        yield f"| {_cell(file.path)}{state} | {numbers} |"


def _folded(file: FileDiff, *, noise: bool, room: int) -> str:
    said = ", ".join(f"{number} {kind}" for kind, number in file.counts.items() if number) or "only noise"
    head = f"<details><summary><code>{_html(one_line(file.path))}</code>: {said}</summary>\n"
    lines = [head]
    size = len(head) + 200
    changes = file.changes(noise=noise)
    for at, change in enumerate(changes):
        piece = "\n".join(_change(change))
        size += len(piece) + 1
        if size > room and at:
            lines.append(f"\n... and {counted(len(changes) - at, 'more interaction')}.")
            break
        lines.append(piece)
    return "\n".join([*lines, "\n</details>"])


def _change(change: Change) -> Iterator[str]:
    number = change.before if change.after is None else change.after
    request = change.interaction.request
    words = f"{SIGNS[change.kind]} {(number or 0) + 1} {request.method} {request.url}"
    if change.kind in ("added", "removed"):
        words += f" -> {answer(change.interaction)}"
    moved = f" (moved, was {change.before + 1})" if change.moved and change.before is not None else ""
    yield f"\n{_code(words)}{moved}"
    for at, detail in enumerate(change.details):
        if not at:
            yield ""
        yield from _detail(detail)


def _detail(detail: Detail) -> Iterator[str]:
    before, after = kept(detail.before, detail.after)
    note = f" *({detail.note})*" if detail.note else ""
    if detail.before is None and detail.after is None:
        yield f"- {_code(detail.where)}{note}"
    elif detail.before is None:
        yield f"- {_code(detail.where)} added: {_code(after)}{note}"
    elif detail.after is None:
        yield f"- {_code(detail.where)} removed: {_code(before)}{note}"
    else:
        yield f"- {_code(detail.where)}: {_code(before)} → {_code(after)}{note}"
    if detail.hunk:
        lines = [printable(line)[:_LINE] for line in detail.hunk]
        fence = "`" * max(3, _ticks("\n".join(lines)) + 1)
        yield f"\n  {fence}diff"
        yield from (f"  {line}" for line in lines)
        yield f"  {fence}\n"


def _code(text: str) -> str:
    """Text as code, whatever is in it."""
    text = one_line(text)
    ticks = "`" * (_ticks(text) + 1)
    space = " " if not text or text[0] in "` " or text[-1] in "` " else ""
    return f"{ticks}{space}{text}{space}{ticks}"


def _cell(text: str) -> str:
    """Code in a table, where a bar ends the cell, even in code."""
    return _code(text).replace("|", "\\|")


def _ticks(text: str) -> int:
    return max(map(len, _TICKS.findall(text)), default=0)


def _html(text: str) -> str:
    for sign, written in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("`", "&#96;"), ("*", "&#42;")):
        text = text.replace(sign, written)
    return text.replace("_", "&#95;").replace("@", "&#64;").replace("[", "&#91;")
