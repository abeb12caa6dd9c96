"""What ``show --flow`` draws: the test and the services it talked to, as a sequence diagram.

The law of this file: one lane for the caller and one for each host, in the order in which they were
first asked; an arrow out and an arrow back for each interaction. In the terminal it is made of
characters that the terminal can write, and as wide as it is; in Mermaid, no recorded text is syntax.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from rich.text import Text

from .._core.explain import printable
from .flow_page import outcome
from .terminal import glyphs, sized

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from rich.console import Console

    from .._core.cassette import Entry
    from .._core.model import Interaction

__all__ = ["draw", "mermaid"]

_LABEL = 60  # characters of what stands on an arrow
_NARROWEST = 16


def draw(console: Console, test: str | None, entries: Sequence[Entry]) -> None:
    """The diagram, made of characters."""
    hosts = list(dict.fromkeys(_host(entry.interaction) for entry in entries))
    lanes = [_caller(test), *hosts]
    width = console.width if console.is_terminal else 10_000
    room = max(8, width // len(lanes) - 3)
    names = [_cut(name, room) for name in lanes]
    beside = (len(names[0]) + max(map(len, names[1:]), default=0)) // 2 + 6
    limit = max(_NARROWEST, min(_LABEL, width - beside))
    asked = [_cut(_asked(entry), limit) for entry in entries]
    answered = [
        (_cut(said, limit), style) for said, style in (_answered(entry.interaction) for entry in entries)
    ]
    at = _places(
        names,
        [
            (hosts.index(_host(entry.interaction)) + 1, max(len(ask), len(answer)))
            for entry, ask, (answer, _) in zip(entries, asked, answered, strict=True)
        ],
    )
    rows = [_named(names, at), *_rows(at, hosts, entries, asked, answered)]
    for row, style in rows:
        console.print(Text(row.rstrip(), style), no_wrap=True, crop=False, overflow="ignore")


def _caller(test: str | None) -> str:
    return printable(test.rpartition("::")[2]) if test else "caller"


def _host(interaction: Interaction) -> str:
    return printable(urlsplit(interaction.request.url).netloc.rpartition("@")[2])


def _asked(entry: Entry) -> str:
    request = entry.interaction.request
    parts = urlsplit(request.url)
    path = f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}"
    size = f"  {sized(len(request.body))}" if request.body else ""
    return printable(f"{entry.number + 1}  {request.method} {path}{size}")


def _answered(interaction: Interaction) -> tuple[str, str]:
    said, style = outcome(interaction)
    response = interaction.response
    if response is not None:
        said += f"  {sized(response.size)}"
        said += f", then {interaction.failure.kind}" if interaction.failure is not None else ""
    return said, style


def _cut(text: str, length: int) -> str:
    more = glyphs().more
    return text if len(text) <= length else f"{text[: length - len(more)]}{more}"


def _places(names: Sequence[str], labels: Iterable[tuple[int, int]]) -> list[int]:
    """The column of each lane: names side by side, and each label between the caller and its lane."""
    needed = [0] * len(names)
    for lane, length in labels:
        needed[lane] = max(needed[lane], length)
    at = [len(names[0]) // 2]
    for lane in range(1, len(names)):
        beside = at[-1] + (len(names[lane - 1]) + len(names[lane])) // 2 + 3
        at.append(max(beside, at[0] + needed[lane] + 4))
    return at


def _named(names: Sequence[str], at: Sequence[int]) -> tuple[str, str]:
    row = ""
    for name, place in zip(names, at, strict=True):
        row = row.ljust(place - len(name) // 2) + name
    return row, "bold"


def _rows(
    at: Sequence[int],
    hosts: Sequence[str],
    entries: Sequence[Entry],
    asked: Sequence[str],
    answered: Sequence[tuple[str, str]],
) -> Iterator[tuple[str, str]]:
    drawn = glyphs()
    start = at[0] + 1
    for entry, ask, (answer, style) in zip(entries, asked, answered, strict=True):
        end = at[hosts.index(_host(entry.interaction)) + 1]
        length = end - start - 1
        failed = entry.interaction.failure is not None
        yield _over(at, start, "", drawn.bar), ""
        yield _over(at, start, f" {ask}", drawn.bar), ""
        yield _over(at, start, drawn.ask * length + drawn.right, drawn.bar), ""
        yield _over(at, start, f" {answer}", drawn.bar), style
        back = drawn.broken if failed else drawn.left
        yield _over(at, start, back + drawn.answer * length, drawn.bar), style


def _over(at: Sequence[int], start: int, text: str, bar: str) -> str:
    """A row of lanes with a text over them."""
    row = [" "] * max(at[-1] + 1, start + len(text))
    for place in at:
        row[place] = bar
    row[start : start + len(text)] = text
    return "".join(row)


def mermaid(test: str | None, entries: Sequence[Entry]) -> str:
    """The diagram as Mermaid, for Markdown that draws it."""
    hosts = list(dict.fromkeys(_host(entry.interaction) for entry in entries))
    lines = ["sequenceDiagram", f"    participant T as {_plain(_caller(test))}"]
    lines += [f"    participant H{number} as {_plain(host)}" for number, host in enumerate(hosts, 1)]
    for entry in entries:
        host = f"H{hosts.index(_host(entry.interaction)) + 1}"
        back = "--x" if entry.interaction.failure is not None else "-->>"
        lines.append(f"    T->>{host}: {_plain(_cut(_asked(entry), _LABEL))}")
        lines.append(f"    {host}{back}T: {_plain(_answered(entry.interaction)[0])}")
    return "\n".join(lines)


_MEANT = {"#": "#35;", ";": "#59;", "<": "#lt;", ">": "#gt;", "%": "#37;"}


def _plain(text: str) -> str:
    """The text with what Mermaid would read as its own written as its entity."""
    return "".join(_MEANT.get(character, character) for character in text)
