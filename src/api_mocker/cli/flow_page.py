"""What ``show`` prints: a cassette as the flow that it holds.

The law of this file: recorded text never drives the terminal (control characters are shown, not
sent), and the JSON form is that of the format.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

from rich.console import Group
from rich.syntax import Syntax
from rich.text import Text

from .._core.body import pack
from .._core.explain import printable
from .._core.model import Response, media_type
from .._storage import schema
from .terminal import STATUS_STYLES, counted, path_text, sized

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from rich.console import Console, RenderableType

    from .._core.cassette import Entry
    from .._core.model import Headers, Interaction, Request
    from .._storage.files import CassetteFile

__all__ = ["exchanged", "facts", "outcome", "show", "show_json"]

_LINES_SHOWN = 12  # of a body
_LINE_SHOWN = 400  # characters of a line of it


class _Manner(NamedTuple):
    """Whether there are bodies, whether they are whole (and have headers), and whether colours will be seen."""

    bodies: bool
    whole: bool
    coloured: bool


def show(
    console: Console, file: CassetteFile, entries: Sequence[Entry], *, bodies: bool, whole: bool
) -> None:
    """The flow of one cassette; `whole`: with headers, and with nothing folded."""
    newest = facts(console, file, entries)
    manner = _Manner(bodies, whole, coloured=console.color_system is not None)
    for entry in entries:
        console.print()
        console.print(_interaction(entry, newest, manner))


def facts(console: Console, file: CassetteFile, entries: Sequence[Entry]) -> datetime | None:
    """Prints whose cassette it is and how much it holds; when its newest interaction was recorded."""
    console.print(Text(path_text(file.path), "bold"))
    moments = [moment for entry in entries if (moment := entry.interaction.recorded_at) is not None]
    said = [f"test {file.test}"] if file.test else []
    said.append(counted(len(entries), "interaction"))
    if moments:
        said.append(f"recorded {max(moments):%Y-%m-%d %H:%M} UTC")
    console.print(Text(printable(", ".join(said)), "dim"))
    return max(moments, default=None)


def _interaction(entry: Entry, newest: datetime | None, manner: _Manner) -> RenderableType:
    interaction = entry.interaction
    request = interaction.request
    line = Text.assemble(
        (f"{entry.number + 1:>3}  ", "dim"), (printable(request.method), "bold"), " ", printable(request.url)
    )
    if request.body:
        kind = media_type(request.headers)[0]
        line.append(f"  {printable(', '.join(filter(None, [kind, sized(len(request.body))])))}", "dim")
    return Group(line, *_exchanged(interaction, newest, manner))


def exchanged(interaction: Interaction, *, coloured: bool) -> list[Text]:
    """What went and what came back, long bodies folded: all but the first line."""
    return _exchanged(interaction, None, _Manner(bodies=True, whole=False, coloured=coloured))


def _exchanged(interaction: Interaction, newest: datetime | None, manner: _Manner) -> list[Text]:
    request, response = interaction.request, interaction.response
    parts: list[Text] = []
    if manner.whole:
        parts += _headers(request.headers)
    if manner.bodies:
        parts += _body(request, manner)
    parts.append(_answer(interaction, newest))
    if response is not None and manner.whole:
        parts += _headers(response.headers)
    if response is not None and manner.bodies:
        parts += _body(response, manner)
    return parts


def outcome(interaction: Interaction) -> tuple[str, str]:
    """What came back, in a few words, and how that looks."""
    response, failure = interaction.response, interaction.failure
    if response is None:
        return (printable(failure.kind) if failure else "", "red")
    said = f"{response.status} {printable(response.reason)}".strip()
    return said, STATUS_STYLES.get(response.status // 100, "")


def _answer(interaction: Interaction, newest: datetime | None) -> Text:
    line = Text("     <- ", "dim")
    line.append(*outcome(interaction))
    response = interaction.response
    said = [] if response is None else _described(response)
    moment = interaction.recorded_at
    if moment is not None and newest is not None:
        said.append(f"{moment:%H:%M:%S}" if moment.date() == newest.date() else f"{moment:%Y-%m-%d %H:%M:%S}")
    line.append(f"  {printable(', '.join(said))}", "dim")
    for location in response.headers.get_all("location") if response is not None else ():
        line.append(f"  -> {printable(location)}", "cyan")
    if interaction.failure is not None and response is not None:
        line.append(f"  then {interaction.failure.kind}", "red")
    return line


def _described(response: Response) -> list[str]:
    kind = media_type(response.headers)[0]
    said = [kind] if kind else []
    said.append(sized(response.size))
    if response.coding is not None:
        said.append(f"sent as {response.coding.name}")
    if response.chunks is not None:
        said.append(counted(len(response.chunks), "chunk"))
    if response.truncated:
        said.append("closed early by the caller")
    return said


def _headers(headers: Headers) -> list[Text]:
    return [
        _indented(Text.assemble((f"{printable(name)}: ", "cyan"), printable(value)))
        for name, value in headers
    ]


def _body(message: Request | Response, manner: _Manner) -> list[Text]:
    if isinstance(message, Response) and message.large is not None:
        return [_indented(Text(f"({sized(message.size)}, too large to be shown)", "dim"))]
    if not message.body:
        return []
    kind, parameters = media_type(message.headers)
    fields = pack(message.body, kind, parameters.get("charset"))
    if "base64" in fields:
        return [_indented(Text(f"({sized(len(message.body))} of binary content)", "dim"))]
    language, text = ("json", fields["json"]) if "json" in fields else (_language(kind), fields["text"])
    lines = printable(text).splitlines()
    kept = lines if manner.whole else [*map(_folded, lines[:_LINES_SHOWN])]
    shown = "\n".join(kept)
    content = Text(shown)
    if manner.coloured:  # telling the colours apart takes ten times as long as all the rest
        content = Syntax(shown, language, theme="ansi_dark", background_color="default").highlight(shown)
    content.rstrip()
    parts = [_indented(content)]
    if len(lines) > len(kept):
        parts.append(_indented(Text(f"... {counted(len(lines) - len(kept), 'more line')}", "dim")))
    return parts


_LANGUAGES = {"html": "html", "xml": "xml", "javascript": "javascript", "css": "css", "yaml": "yaml"}


def _language(kind: str) -> str:
    """What a text of this media type is highlighted as."""
    return next((language for word, language in _LANGUAGES.items() if word in kind), "text")


def _folded(line: str) -> str:
    more = len(line) - _LINE_SHOWN
    return line if more <= 0 else f"{line[:_LINE_SHOWN]} ... {counted(more, 'more character')}"


def _indented(content: Text) -> Text:
    margin = Text(" " * 8)
    return Text("\n").join(Text.assemble(margin, line) for line in content.split("\n"))


def show_json(file: CassetteFile, entries: Sequence[Entry]) -> str:
    """The same as JSON: the header and the documents of the format."""
    documents = [schema.write(entry.interaction) for entry in entries]
    return json.dumps({"path": file.path.as_posix(), "test": file.test, "interactions": documents}, indent=2)
